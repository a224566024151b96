#include "tools/field_words.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

/* What the document says already, as JSON: ctx. */
static json_t *present(void *ctx, const struct smk_field *rule, enum smk_flaw *ret_flaw)
{
    json_t *now = json_object_get(ctx, rule->name);
    if (json_is_string(now) && strcmp(json_string_value(now), "!") == 0)
        *ret_flaw = SMK_FLAW_SEVERAL;
    return json_is_string(now) ? NULL : json_deep_copy(now);
}

/* AT-n is the id nn...n. */
static bool resolve(void *ctx, const struct smk_field *rule, const char *name,
                    uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    (void)ctx;
    (void)rule;
    if (strncmp(name, "AT-", 3) != 0)
        return false;
    memset(ret_id, 17 * (name[3] - '0'), SMK_DOC_ID_BYTES);
    return true;
}

static bool read(const char *kind, json_t *now, const char *word, json_t *object, struct smk_complaint *ret)
{
    const struct smk_kind *k = smk_kind_find(smk_bytes_of_text(kind));
    const struct smk_field_words words = {
        .rules = k->field, .rule_count = k->field_count, .present = present, .resolve = resolve, .ctx = now};
    return smk_field_word_read(&words, word, object, ret);
}

static const char study[] =
    "{\"title\": {\"en\": \"Old\", \"km\": \"ចាស់\"}, \"year\": 2020, \"methods\": [\"phone\", "
    "\"focus_group\"],"
    " \"findings\": [{\"id\": \"F1\", \"text\": {\"en\": \"one\"}}, {\"id\": \"F2\", \"text\": {\"en\": "
    "\"two\"}}],"
    " \"respondents\": {\"total\": 10, \"female\": 4, \"by_age\": {\"18_30\": {\"total\": 10, \"female\": "
    "4}}},"
    " \"attachments\": [\"11111111111111111111111111111111\", \"22222222222222222222222222222222\"],"
    " \"remarks\": \"!\"}";

#define FINDING(id, text) "{\"id\": \"" id "\", \"text\": {\"en\": \"" text "\"}}"
#define BY_AGE "\"by_age\": {\"18_30\": {\"total\": 10, \"female\": 4}}"

static void expect(json_t *now, const char *kind, const char *word, const char *json, const char *why)
{
    struct smk_complaint c;
    json_t *object = json_object(), *wanted = json_loads(json, 0, NULL);
    cr_assert(ne(ptr, wanted, NULL), "%s", json);
    bool is_good = read(kind, now, word, object, &c);
    char *got = json_dumps(object, JSON_ENCODE_ANY);
    cr_assert(is_good, "%s: %s (%s)", word, smk_flaw_code(c.flaw), why);
    cr_assert(json_equal(object, wanted), "%s: %s (%s)", word, got, why);
    free(got);
    json_decref(object);
    json_decref(wanted);
}

Test(field_words, words_become_values_of_a_new_document)
{
    static const struct {
        const char *kind, *word, *json, *why;
    } row[] = {
        {"case_study", "year=2021", "{\"year\": 2021}", "a number"},
        {"case_study", "year=២០២១", "{\"year\": 2021}", "in Khmer digits"},
        {"case_study", "year=soon", "{\"year\": \"soon\"}", "for the check to refuse"},
        {"case_study", "district=០២០១", "{\"district\": \"0201\"}", "an area is text"},
        {"case_study", "id=CS-1", "{\"ref\": \"CS-1\"}", "id is ref"},
        {"case_study", "title=New", "{\"title\": {\"en\": \"New\"}}", "letters tell the language"},
        {"case_study", "title=ថ្មី", "{\"title\": {\"km\": \"ថ្មី\"}}", "Khmer ones too"},
        {"case_study", "title_km=New", "{\"title\": {\"km\": \"New\"}}", "unless it is said"},
        {"case_study", "title_en=a=b", "{\"title\": {\"en\": \"a=b\"}}", "only the first sign counts"},
        {"case_study", "methods=phone, Focus group", "{\"methods\": [\"phone\", \"focus_group\"]}",
         "by name"},
        {"case_study", "methods=តាមទូរស័ព្ទ", "{\"methods\": [\"phone\"]}", "in either language"},
        {"case_study", "methods=fax", "{\"methods\": [\"fax\"]}", "what is none stays, for the check"},
        {"case_study", "attachments=AT-1,AT-2", "{\"attachments\": [\"AT-1\", \"AT-2\"]}", "references"},
        {"case_study", "respondents=៥២/៣០", "{\"respondents\": {\"total\": 52, \"female\": 30}}", "a tally"},
        {"case_study", "respondents=52", "{\"respondents\": {\"total\": 52, \"female\": null}}",
         "sex unknown"},
        {"case_study", "respondents=52/?", "{\"respondents\": {\"total\": 52, \"female\": null}}",
         "the same"},
        {"case_study", "respondents=?", "{\"respondents\": {\"total\": null, \"female\": null}}",
         "nothing known"},
        {"case_study", "respondents.by_age.18_30=12/6",
         "{\"respondents\": {\"by_age\": {\"18_30\": {\"total\": 12, \"female\": 6}}}}", "a breakdown"},
        {"case_study", "findings[1].text_km=ក", "{\"findings\": [{\"text\": {\"km\": \"ក\"}}]}",
         "the place behind the last makes one"},
        {"case_study", "findings+={\"id\":\"F1\",\"text_en\":\"x\"}",
         "{\"findings\": [{\"id\": \"F1\", \"text_en\": \"x\"}]}", "a group as JSON"},
        {"case_study", "provenance.town=Bavel", "{\"provenance\": {\"town\": \"Bavel\"}}", "free names"},
        {"case_study", "year=", "{\"year\": null}", "nothing takes it back"},
        {"meeting", "agenda+=Opening, and greetings", "{\"agenda\": [\"Opening, and greetings\"]}",
         "texts hold commas"},
        {"meeting", "agenda[1]=Opening", "{\"agenda\": [{\"en\": \"Opening\"}]}", "an item by its place"},
        {"meeting", "date=២០២១-១១-១៦", "{\"date\": \"2021-11-16\"}", "dates"},
        {"recommendation", "cost.amount=៥០០.៥០", "{\"cost\": {\"amount\": \"500.50\"}}",
         "amounts, in a group"},
        {"interview", "answers.knows_ombudsman=no", "{\"answers\": {\"knows_ombudsman\": \"no\"}}",
         "answers"},
    };
    json_t *nothing = json_object();
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        expect(nothing, row[i].kind, row[i].word, row[i].json, row[i].why);
    json_decref(nothing);
}

Test(field_words, a_part_is_changed_in_what_is_there)
{
    static const struct {
        const char *word, *json;
    } row[] = {
        {"title=New", "{\"title\": {\"en\": \"New\", \"km\": \"ចាស់\"}}"},
        {"title_km=", "{\"title\": {\"en\": \"Old\"}}"},
        {"title.km=ថ្មី", "{\"title\": {\"en\": \"Old\", \"km\": \"ថ្មី\"}}"},
        {"title={\"en\":\"a\"}", "{\"title\": {\"en\": \"a\"}}"},
        {"title=", "{\"title\": null}"},
        {"methods+=individual", "{\"methods\": [\"phone\", \"focus_group\", \"individual\"]}"},
        {"methods-=Focus group", "{\"methods\": [\"phone\"]}"},
        {"methods[1]=individual", "{\"methods\": [\"individual\", \"focus_group\"]}"},
        {"methods[2]=", "{\"methods\": [\"phone\"]}"},
        {"methods=individual", "{\"methods\": [\"individual\"]}"},
        {"attachments-=AT-1", "{\"attachments\": [\"22222222222222222222222222222222\"]}"},
        {"findings[F2].text=zwei", "{\"findings\": [" FINDING("F1", "one") ", " FINDING("F2", "zwei") "]}"},
        {"findings[១].text.en=eins", "{\"findings\": [" FINDING("F1", "eins") ", " FINDING("F2", "two") "]}"},
        {"findings-=F1", "{\"findings\": [" FINDING("F2", "two") "]}"},
        {"respondents.female=5", "{\"respondents\": {\"total\": 10, \"female\": 5, " BY_AGE "}}"},
        {"respondents.female=", "{\"respondents\": {\"total\": 10, \"female\": null, " BY_AGE "}}"},
        {"respondents.by_age=", "{\"respondents\": {\"total\": 10, \"female\": 4}}"},
    };
    json_t *now = json_loads(study, 0, NULL);
    cr_assert(ne(ptr, now, NULL));
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        expect(now, "case_study", row[i].word, row[i].json, "");
    json_decref(now);
}

Test(field_words, a_text_alone_is_one_of_its_letters_when_a_part_of_it_changes)
{
    json_t *now = json_pack("{s:[s, s]}", "agenda", "one", "ពីរ");
    expect(now, "meeting", "agenda[1]=three", "{\"agenda\": [{\"en\": \"three\"}, \"ពីរ\"]}",
           "the same language");
    expect(now, "meeting", "agenda[2].en=two", "{\"agenda\": [\"one\", {\"km\": \"ពីរ\", \"en\": \"two\"}]}",
           "the other one");
    json_decref(now);
}

Test(field_words, what_makes_no_sense_is_named)
{
    static const struct {
        const char *word;
        enum smk_flaw flaw;
        const char *field;
    } row[] = {
        {"colour=red", SMK_FLAW_UNKNOWN_FIELD, "colour"},
        {"title_fr=x", SMK_FLAW_UNKNOWN_FIELD, "title_fr"},
        {"year.month=1", SMK_FLAW_UNKNOWN_FIELD, "year.month"},
        {"findings.text=x", SMK_FLAW_WRONG_TYPE, "findings.text"},
        {"findings[4].text=x", SMK_FLAW_OUT_OF_RANGE, "findings[4].text"},
        {"findings[0].text=x", SMK_FLAW_OUT_OF_RANGE, "findings[0].text"},
        {"findings[F9].text=x", SMK_FLAW_UNKNOWN_REFERENCE, "findings[F9].text"},
        {"findings[1].colour=x", SMK_FLAW_UNKNOWN_FIELD, "findings[1].colour"},
        {"findings[1=x", SMK_FLAW_UNKNOWN_FIELD, "findings[1"},
        {"year[1]=x", SMK_FLAW_WRONG_TYPE, "year[1]"},
        {"year+=1", SMK_FLAW_WRONG_TYPE, "year"},
        {"methods-=individual", SMK_FLAW_UNKNOWN_REFERENCE, "methods"},
        {"remarks_en=x", SMK_FLAW_SEVERAL, "remarks_en"},
        {"a\x1b[2J=x", SMK_FLAW_UNKNOWN_FIELD, "a?[2J"},
        {"year", SMK_FLAW_NONE, ""},
        {"=x", SMK_FLAW_NONE, ""},
        {"+=x", SMK_FLAW_NONE, ""},
        {"", SMK_FLAW_NONE, ""},
    };
    json_t *now = json_loads(study, 0, NULL);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_complaint c;
        json_t *object = json_object();
        cr_assert(eq(int, read("case_study", now, row[i].word, object, &c), false), "%s", row[i].word);
        cr_assert(eq(int, c.flaw, row[i].flaw), "%s: %s", row[i].word, smk_flaw_code(c.flaw));
        cr_assert(eq(str, c.field, (char *)(uintptr_t)row[i].field), "%s", row[i].word);
        json_decref(object);
    }
    json_decref(now);
}

Test(field_words, a_name_as_long_as_any_is_no_field)
{
    char word[SMK_FIELD_PATH_MAX + 8];
    struct smk_complaint c;
    json_t *object = json_object();
    for (size_t len = SMK_FIELD_PATH_MAX; len <= SMK_FIELD_PATH_MAX + 1; len++) {
        memset(word, 'a', len);
        memcpy(word + len, "=x", 3);
        cr_assert(eq(int, read("case_study", object, word, object, &c), false));
        cr_assert(eq(int, c.flaw, len <= SMK_FIELD_PATH_MAX ? SMK_FLAW_UNKNOWN_FIELD : SMK_FLAW_NONE));
    }
    json_decref(object);
}
