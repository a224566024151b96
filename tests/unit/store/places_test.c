#include "store/places.h"

#include "store/places_table.h"
#include "tests/support/fault.h"
#include "tests/support/respell.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES_KNOWN = 1887 };

static struct smk_places *names;

static void make_names(void)
{
    cr_assert(eq(int, smk_places_new(&names), SMK_OK));
}

static void free_names(void)
{
    smk_places_free(names);
}

static struct smk_place_answer ask(const char *text, const struct smk_place *in, enum smk_place_level level)
{
    struct smk_place_answer a;
    const struct smk_place_query q = {smk_bytes_of_text(text), in, level};
    cr_assert(eq(int, smk_places_find(names, &q, &a), SMK_OK), "%s", text);
    return a;
}

static const struct smk_place *place(const char *code)
{
    const struct smk_place *p = smk_place_of_code(smk_bytes_of_text(code));
    cr_assert(ne(ptr, (void *)p, NULL), "%s", code);
    return p;
}

static bool is_one(struct smk_place_answer a, const struct smk_place *p)
{
    return a.count == 1 && a.place[0] == p;
}

static bool is_among(struct smk_place_answer a, const struct smk_place *p)
{
    for (size_t i = 0; i < a.count && i < SMK_PLACE_CANDIDATES_MAX; i++)
        if (a.place[i] == p)
            return true;
    return false;
}

/* ---- the table ---- */

Test(places, the_table_is_the_list)
{
    char line[512], made[512];
    const char *root = getenv("SMK_ROOT");
    (void)snprintf(line, sizeof line, "%s/store/places/gazetteer.csv", root != NULL ? root : ".");
    FILE *list = fopen(line, "r");
    cr_assert(ne(ptr, list, NULL), "%s", line);
    cr_assert(ne(ptr, fgets(line, sizeof line, list), NULL));
    size_t i = 0;
    for (; fgets(line, sizeof line, list) != NULL; i++) {
        static const char *const level[] = {"", "province", "district", "commune"};
        const struct smk_place *p = smk_place_at(i), *above = smk_place_parent(p);
        (void)snprintf(made, sizeof made, "%s,%s,%s,%s,%s,%s\n", p->code, level[smk_place_level(p)],
                       smk_place_kind_en(p->kind), above != NULL ? above->code : "", p->name_en, p->name_km);
        cr_assert(eq(str, made, line));
        cr_assert(eq(str, (char *)smk_place_level_en(smk_place_level(p)), (char *)level[smk_place_level(p)]));
    }
    (void)fclose(list);
    cr_assert(eq(sz, i, smk_place_count()));
    cr_assert(eq(sz, i, PLACES_KNOWN));
    cr_assert(eq(sz, smk_place_alias_count(), 17));
}

Test(places, each_place_lies_where_its_code_says)
{
    size_t below_provinces = 0, count;
    for (size_t i = 0; i < smk_place_count(); i++) {
        const struct smk_place *p = smk_place_at(i), *above = smk_place_parent(p);
        cr_assert(eq(ptr, (void *)smk_place_of_code(smk_bytes_of_text(p->code)), (void *)p));
        cr_assert(eq(int, above == NULL, smk_place_level(p) == SMK_PLACE_PROVINCE), "%s", p->code);
        if (above != NULL) {
            cr_assert(eq(int, smk_place_level(above) + 1, smk_place_level(p)), "%s", p->code);
            cr_assert(smk_place_is_below(p, above), "%s", p->code);
            cr_assert(not(smk_place_is_below(above, p)), "%s", p->code);
        }
        const struct smk_place *below = smk_place_below(p, &count);
        below_provinces += above == NULL ? count + 1 : 0;
        for (size_t k = 0; k < count; k++)
            cr_assert(smk_place_is_below(&below[k], p), "%s", p->code);
        cr_assert(not(smk_place_is_below(p, p)));
    }
    cr_assert(eq(sz, below_provinces, PLACES_KNOWN));
    (void)smk_place_below(place("02"), &count);
    cr_assert(eq(sz, count, 14 + 103), "Battambang");
    cr_assert(eq(sz, (size_t)(smk_place_below(place("0201"), &count) - smk_place_at(0)),
                 (size_t)(place("020101") - smk_place_at(0))));
    (void)smk_place_below(smk_place_at(smk_place_count() - 1), &count);
    cr_assert(eq(sz, count, 0), "the last one");
    cr_assert(eq(ptr, (void *)smk_place_of_code(smk_bytes_of_text("0101")), NULL), "numbers have gaps");
    cr_assert(eq(ptr, (void *)smk_place_of_code(smk_bytes_of_text("")), NULL));
    cr_assert(eq(ptr, (void *)smk_place_of_code(smk_bytes_of_text("99")), NULL));
    cr_assert(eq(str, (char *)smk_place_kind_km(place("0203")->kind), "ក្រុង"));
}

/* ---- every place ---- */

static void check_code(const struct smk_place *p)
{
    char text[64];
    size_t len = 0;
    cr_assert(is_one(ask(p->code, NULL, SMK_PLACE_ANY_LEVEL), p), "%s", p->code);
    cr_assert(eq(int, ask(p->code, NULL, SMK_PLACE_ANY_LEVEL).match, SMK_PLACE_BY_CODE));
    (void)snprintf(text, sizeof text, " KH%s", p->code);
    cr_assert(is_one(ask(text, NULL, SMK_PLACE_ANY_LEVEL), p), "%s", text);
    cr_assert(is_one(ask(p->code + (p->code[0] == '0'), NULL, SMK_PLACE_ANY_LEVEL), p), "%s", p->code);
    for (size_t i = 0; p->code[i] != '\0'; i++) /* Khmer digits */
        len += (size_t)snprintf(text + len, sizeof text - len, "\xe1\x9f%c", p->code[i] - '0' + 0xa0);
    cr_assert(is_one(ask(text, NULL, smk_place_level(p)), p), "%s", text);
}

static void check_name(const struct smk_place *p, const char *name)
{
    const struct smk_place *above = smk_place_parent(p);
    struct smk_place_answer a = ask(name, above, SMK_PLACE_ANY_LEVEL);
    if (above != NULL)
        cr_assert(is_one(a, p), "%s '%s' in its parent: %zu", p->code, name, a.count);
    cr_assert(is_one(ask(name, above, smk_place_level(p)), p), "%s '%s' of its level", p->code, name);
    a = ask(name, NULL, SMK_PLACE_ANY_LEVEL);
    bool is_number = a.match == SMK_PLACE_BY_CODE; /* some sangkats are called 1, 2, 3 */
    cr_assert(is_number || is_among(a, p), "%s '%s' anywhere", p->code, name);
}

Test(places, every_place_is_found_by_code_and_names, .init = make_names, .fini = free_names, .timeout = 60)
{
    for (size_t i = 0; i < smk_place_count(); i++) {
        const struct smk_place *p = smk_place_at(i);
        check_code(p);
        check_name(p, p->name_en);
        check_name(p, p->name_km);
    }
    for (size_t i = 0; i < smk_place_alias_count(); i++) {
        const struct smk_place_alias *alias = smk_place_alias_at(i);
        const struct smk_place *p = place(alias->code);
        struct smk_place_answer a = ask(alias->spelling, NULL, SMK_PLACE_ANY_LEVEL);
        cr_assert(is_among(a, p), "%s", alias->spelling);
        cr_assert(is_one(ask(alias->spelling, smk_place_parent(p), smk_place_level(p)), p), "%s",
                  alias->spelling);
    }
}

Test(places, homonyms_are_told_by_level_and_parent, .init = make_names, .fini = free_names)
{
    struct smk_place_answer a = ask("Battambang", NULL, SMK_PLACE_ANY_LEVEL);
    cr_assert(eq(sz, a.count, 2));
    cr_assert(eq(str, (char *)a.place[0]->code, "02"));
    cr_assert(eq(str, (char *)a.place[1]->code, "0203"));
    cr_assert(is_one(ask("បាត់ដំបង", NULL, SMK_PLACE_PROVINCE), place("02")));
    cr_assert(is_one(ask("បាត់ដំបង", NULL, SMK_PLACE_DISTRICT), place("0203")));
    cr_assert(is_one(ask("បាត់ដំបង", place("02"), SMK_PLACE_ANY_LEVEL), place("0203")));
    cr_assert(is_one(ask("Kamrieng", place("02"), SMK_PLACE_ANY_LEVEL), place("0212")),
              "the nearest level first");
    cr_assert(is_one(ask("Kamrieng", place("02"), SMK_PLACE_COMMUNE), place("021201")));
    a = ask("Chrey", place("02"), SMK_PLACE_ANY_LEVEL);
    cr_assert(eq(sz, a.count, 2), "two communes of one province");
    cr_assert(eq(sz, ask("សំរោង", NULL, SMK_PLACE_ANY_LEVEL).count, 12));
    cr_assert(eq(sz, ask("Chrey", place("0201"), SMK_PLACE_ANY_LEVEL).count, 0));
    a = ask("2", NULL, SMK_PLACE_ANY_LEVEL);
    cr_assert(is_one(a, place("02")), "a number is a code");
    cr_assert(is_one(ask("២", place("1801"), SMK_PLACE_ANY_LEVEL), place("180102")),
              "but the name of a sangkat there");
    cr_assert(is_one(ask("Sangkat ២", place("1801"), SMK_PLACE_ANY_LEVEL), place("180102")));
    cr_assert(is_one(ask("0201", place("02"), SMK_PLACE_ANY_LEVEL), place("0201")));
    cr_assert(eq(sz, ask("0201", place("03"), SMK_PLACE_ANY_LEVEL).count, 0), "a code of elsewhere");
    cr_assert(eq(sz, ask("0201", NULL, SMK_PLACE_COMMUNE).count, 0), "a code of another level");
}

/* ---- other spellings of Khmer names ---- */

Test(places, every_place_is_found_in_other_spellings, .init = make_names, .fini = free_names, .timeout = 60)
{
    static const size_t least[TEST_RESPELLINGS] = {50, 500, 3, PLACES_KNOWN, 20, 2, 200, 100};
    for (size_t way = 0; way < TEST_RESPELLINGS; way++) {
        size_t changed = 0;
        for (size_t i = 0; i < smk_place_count(); i++) {
            const struct smk_place *p = smk_place_at(i);
            char text[TEST_RESPELLED_BYTES_MAX];
            if (!test_respell(way, p->name_km, text))
                continue;
            changed++;
            cr_assert(is_one(ask(text, smk_place_parent(p), smk_place_level(p)), p), "%s: %s",
                      test_respelling_name[way], p->code);
        }
        cr_assert(ge(sz, changed, least[way]), "%s: only %zu names", test_respelling_name[way], changed);
    }
}

/* ---- words for kinds, and slips ---- */

Test(places, words_for_kinds_tell_homonyms_apart, .init = make_names, .fini = free_names)
{
    static const struct {
        const char *text, *code;
    } row[] = {
        {"ខេត្តបាត់ដំបង", "02"},
        {"ខេត្ដ បាត់ដំបង", "02"},
        {"ក្រុងបាត់ដំបង", "0203"},
        {"ស្រុកបាត់ដំបង", "0203"}, /* another kind, the same level */
        {"ខណ្ឌបាត់ដំបង", "0203"},
        {"ស្រុកកំរៀង", "0212"},
        {"ឃុំកំរៀង", "021201"},
        {"ឃុំ\u200bកំរៀង", "021201"},
        {"សង្កាត់កំរៀង", "021201"},
        {"រាជធានីភ្នំពេញ", "12"},
        {"ក្រុងភ្នំពេញ", "12"},
        {"Battambang Province", "02"},
        {"province of Battambang", "02"},
        {"Khet Battambang", "02"},
        {"Battambang municipality", "0203"},
        {"Battambang (municipality)", "0203"},
        {"Krong Battambang", "0203"},
        {"Battambang krong", "0203"},
        {"BATTAMBANG CITY", "0203"},
        {"Battambang town", "0203"},
        {"Phnom Penh Capital", "12"},
        {"Phnom Penh City", "12"},
        {"district Kamrieng", "0212"},
        {"Kamrieng District", "0212"},
        {"Srok Kamrieng", "0212"},
        {"Khum Kamrieng", "021201"},
        {"commune: Kamrieng", "021201"},
        {"Sangkat Kamrieng", "021201"},
        {"Khan Sen Sok", "1208"},
        {"Phnum Srok", "0103"}, /* a part of the name */
        {"Srok Phnum Srok", "0103"},
        {"Phunm Srok", "0103"},
        {"district 0201", "0201"},
        {"Kratie", "10"},
        {"KRATIÉ", "10"},
        {"Kratie\u0301", "10"},
        {"Takeo", "21"},
        {"Thma-Koul", "0202"},
        {"thmakoul", "0202"},
        {"កោះធំ ក", "080404"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_place_answer a = ask(row[i].text, NULL, SMK_PLACE_ANY_LEVEL);
        cr_assert(is_one(a, place(row[i].code)), "%s: %zu, %s", row[i].text, a.count,
                  a.count > 0 ? a.place[0]->code : "");
    }
    static const char *const none[] = {
        "",         "  ",      "ស្រុក",  "district", "Province of", "commune Banan", "ឃុំបាណន់x",   "Atlantis",
        "ខេត្តកំរៀង", "Kakab 3", "0299", "KH",       "1234567",     "02010101",      "ស្រុក\u17b6"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        cr_assert(eq(sz, ask(none[i], NULL, SMK_PLACE_ANY_LEVEL).count, 0), "'%s'", none[i]);
}

Test(places, a_latin_name_may_be_a_slip_away, .init = make_names, .fini = free_names)
{
    static const struct {
        const char *text, *in, *code;
    } row[] = {
        {"Banna", "02", "0201"},          {"Bannan", "02", "0201"},           {"Bananm", "02", "0201"},
        {"Baban", "02", "0201"},          {"Moung Russei", "02", "0206"},     {"Moung Ruesei", "02", "0206"},
        {"Ratonak Mondol", "02", "0207"}, {"Rotonnak Monndol", "02", "0207"}, {"Kamreing", "02", "0212"},
        {"Bavell", "02", "0204"},         {"Thma Koull", "02", "0202"},       {"Battambnag", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        const struct smk_place *in = row[i].in != NULL ? place(row[i].in) : NULL;
        struct smk_place_answer a = ask(row[i].text, in, SMK_PLACE_ANY_LEVEL);
        if (row[i].code == NULL)
            cr_assert(eq(sz, a.count, 2), "%s", row[i].text);
        else
            cr_assert(is_one(a, place(row[i].code)), "%s: %zu", row[i].text, a.count);
    }
    cr_assert(eq(int, ask("Baban", place("02"), SMK_PLACE_ANY_LEVEL).match, SMK_PLACE_BY_LIKENESS));
    cr_assert(eq(int, ask("Banna", place("02"), SMK_PLACE_ANY_LEVEL).match, SMK_PLACE_BY_ALIAS));
    cr_assert(eq(int, ask("Banan", place("02"), SMK_PLACE_ANY_LEVEL).match, SMK_PLACE_BY_NAME));
    cr_assert(eq(sz, ask("Bxnxn", place("02"), SMK_PLACE_ANY_LEVEL).count, 0), "two slips");
    cr_assert(eq(sz, ask("Bana", place("02"), SMK_PLACE_DISTRICT).count, 0), "four letters");
    cr_assert(eq(sz, ask("បាណន", place("02"), SMK_PLACE_ANY_LEVEL).count, 0), "Khmer is spelt right");
    cr_assert(eq(sz, ask("Kakab 3", place("12"), SMK_PLACE_ANY_LEVEL).count, 0), "digits are no slips");
    cr_assert(eq(sz, ask("Kakab 11", place("12"), SMK_PLACE_ANY_LEVEL).count, 0), "nor doubled ones");
}

/* One letter is left out, doubled, or exchanged with the next. */
static bool make_slip(const char *name, size_t at, int which, char ret_text[64])
{
    size_t len = strlen(name);
    bool is_letter = (name[at] | 0x20) >= 'a' && (name[at] | 0x20) <= 'z';
    if (!is_letter || (which == 2 && ((name[at + 1] | 0x20) < 'a' || (name[at + 1] | 0x20) > 'z')))
        return false;
    if (which == 0)
        (void)snprintf(ret_text, 64, "%.*s%s", (int)at, name, name + at + 1);
    else if (which == 1)
        (void)snprintf(ret_text, 64, "%.*s%c%s", (int)at + 1, name, name[at], name + at + 1);
    else
        (void)snprintf(ret_text, 64, "%.*s%c%c%s", (int)at, name, name[at + 1], name[at], name + at + 2);
    return at + (which == 2) < len;
}

Test(places, slips_of_any_name_are_found_or_not_clear_but_hardly_ever_another, .init = make_names,
     .fini = free_names, .timeout = 120)
{
    size_t tried = 0, found = 0, unclear = 0, other = 0;
    for (size_t i = 0; i < smk_place_count(); i += 3) {
        const struct smk_place *p = smk_place_at(i);
        size_t len = strlen(p->name_en);
        for (size_t at = 0; at < len; at++) {
            char text[64];
            if (len < 7 || !make_slip(p->name_en, at, (int)(at % 3), text))
                continue;
            struct smk_place_answer a = ask(text, smk_place_parent(p), smk_place_level(p));
            tried++;
            found += is_one(a, p);
            unclear += a.count > 1 && is_among(a, p);
            other += a.count > 0 && !is_among(a, p);
        }
    }
    cr_assert(gt(sz, tried, 3000));
    cr_assert(eq(sz, found + unclear + other, tried), "every slip leads somewhere");
    cr_assert(lt(sz, 200 * unclear, tried), "%zu of %zu are not clear", unclear, tried);
    cr_assert(lt(sz, 500 * other, tried), "%zu of %zu are another place", other, tried);
}

/* The rows of a questionnaire as people send it. */
Test(places, places_of_a_questionnaire_are_found, .init = make_names, .fini = free_names)
{
    static const struct {
        const char *district, *commune, *district_code, *commune_code;
    } row[] = {
        {"Banna", "ឈើទាល", "0201", "020104"},        {"ស្រុកថ្មគោល", "ជ្រោយស្តៅ", "0202", "020206"},
        {"Moung Russei", "Chrey", "0206", "020605"}, {"Kamrieng", "អូរដា", "0212", NULL},
        {"Kam\u200brieng", "អូរដា ", "0212", NULL},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        const struct smk_place *district = place(row[i].district_code);
        cr_assert(is_one(ask(row[i].district, NULL, SMK_PLACE_DISTRICT), district), "%s", row[i].district);
        struct smk_place_answer a = ask(row[i].commune, district, SMK_PLACE_COMMUNE);
        cr_assert(eq(sz, a.count, 1), "%s", row[i].commune);
        if (row[i].commune_code != NULL)
            cr_assert(eq(str, (char *)a.place[0]->code, (char *)row[i].commune_code));
    }
    cr_assert(eq(sz, ask("Chrey", NULL, SMK_PLACE_DISTRICT).count, 0), "no district");
    cr_assert(eq(sz, ask("Chrey", place("02"), SMK_PLACE_ANY_LEVEL).count, 2),
              "but two communes of Battambang");
    cr_assert(gt(sz, ask("Chrey", NULL, SMK_PLACE_ANY_LEVEL).count, 1));
    cr_assert(eq(sz, ask("Atlantis", NULL, SMK_PLACE_ANY_LEVEL).count, 0));
}

/* ---- what goes wrong ---- */

Test(places, what_is_no_text_is_refused_and_what_is_too_long_is_no_place, .init = make_names,
     .fini = free_names)
{
    struct smk_place_answer a = {.count = 7};
    struct smk_place_query q = {.text = smk_bytes_of_text("Banan\xff")};
    cr_assert(eq(int, smk_places_find(names, &q, &a), SMK_ERR_INVALID));
    cr_assert(eq(sz, a.count, 7), "left alone");
    static uint8_t many[SMK_PLACE_TEXT_BYTES_MAX + 1];
    memset(many, ' ', sizeof many);
    memcpy(many, "Banan", 5);
    q.text = (struct smk_bytes){many, sizeof many};
    cr_assert(eq(int, smk_places_find(names, &q, &a), SMK_OK));
    cr_assert(eq(sz, a.count, 0));
    q.text.len = SMK_PLACE_TEXT_BYTES_MAX;
    cr_assert(eq(int, smk_places_find(names, &q, &a), SMK_OK));
    cr_assert(is_one(a, place("0201")), "one byte less");
    for (size_t i = 0; i + 3 <= sizeof many; i += 3)
        memcpy(many + i, "\u17a4", 3); /* twice as long when it is folded */
    q.text.len = SMK_PLACE_TEXT_BYTES_MAX - SMK_PLACE_TEXT_BYTES_MAX % 3;
    cr_assert(eq(int, smk_places_find(names, &q, &a), SMK_OK));
    smk_places_free(NULL);
}

Test(places, each_allocation_may_fail, .timeout = 60)
{
    unsigned long nth = 0, hits = 1;
    for (; hits > 0; nth += nth < 40 ? 1 : 997) {
        struct smk_place_answer a;
        const struct smk_place_query q = {.text = smk_bytes_of_text("ស្រុកថ្មគោល")};
        names = NULL;
        test_fault_begin(TEST_FAULT_ONCE, nth);
        enum smk_err err = smk_places_new(&names);
        if (err == SMK_OK)
            err = smk_places_find(names, &q, &a);
        smk_places_free(names);
        test_fault_end();
        hits = test_fault_hits();
        cr_assert(eq(int, err, hits > 0 ? SMK_ERR_NOMEM : SMK_OK), "%lu", nth);
        cr_assert(eq(long, test_fault_live(), 0), "%lu", nth);
    }
    cr_assert(gt(ulong, nth, 1000));
    cr_assert(eq(int, smk_places_new(&names), SMK_OK));
    const struct smk_place_query q = {.text = smk_bytes_of_text("ស្រុកថ្មគោល")};
    for (nth = 0, hits = 1; hits > 0; nth++) {
        struct smk_place_answer a;
        test_fault_begin(TEST_FAULT_ONCE, nth);
        enum smk_err err = smk_places_find(names, &q, &a);
        test_fault_end();
        hits = test_fault_hits();
        cr_assert(eq(int, err, hits > 0 ? SMK_ERR_NOMEM : SMK_OK), "%lu", nth);
        cr_assert(eq(long, test_fault_live(), 0), "%lu", nth);
    }
    cr_assert(gt(ulong, nth, 3));
    smk_places_free(names);
}
