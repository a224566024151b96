#include "tools/field_map.h"
#include "tests/support/notation.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static const uint8_t known_id[SMK_DOC_ID_BYTES] = {7};

/* Everything is known, but what begins with NO. */
static bool resolve(void *ctx, const struct smk_field *rule, const char *name,
                    uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    (void)ctx;
    (void)rule;
    if (strncmp(name, "NO", 2) == 0 || strncmp(name, "no", 2) == 0)
        return false;
    memcpy(ret_id, known_id, sizeof known_id);
    return true;
}

/* The canonical map of a JSON text; false and the complaint otherwise. */
static bool map(const char *kind, const char *json, struct smk_buf *b, struct smk_complaint *ret)
{
    static const char *const skip[] = {"status", NULL};
    const struct smk_kind *k = smk_kind_find(smk_bytes_of_text(kind));
    const struct smk_field_map m = {
        .rules = k->field, .rule_count = k->field_count, .skip = skip, .resolve = resolve};
    struct smk_pairs p = {0};
    json_t *object = json_loads(json, 0, NULL);
    cr_assert(ne(ptr, object, NULL), "%s", json);
    bool is_good = smk_field_map_read(&m, object, &p, ret);
    if (is_good) {
        smk_pairs_close_into(&p, b);
        cr_assert(eq(int, b->err, SMK_OK), "%s", json);
        cr_assert(eq(int, smk_walk(smk_buf_view(b), SMK_WALK_PAYLOAD), SMK_OK), "%s", json);
    }
    smk_pairs_deinit(&p);
    json_decref(object);
    return is_good;
}

Test(field_map, json_becomes_the_fields_of_the_schema)
{
    static const struct {
        const char *kind, *json, *fields, *why;
    } row[] = {
        {"event", "{\"id\": \"EV-1\"}", "{'ref' 'EV-1'}", "id is ref"},
        {"event", "{\"ref\": \"EV-1\"}", "{'ref' 'EV-1'}", "and may be called so"},
        {"event", "{\"title_en\": \"a\", \"title_km\": \"ក\"}", "{'title' {'en' 'a' 'km' 'ក'}}",
         "two languages"},
        {"event", "{\"title_km\": \"ក\", \"title_en\": \"a\"}", "{'title' {'en' 'a' 'km' 'ក'}}",
         "in any order"},
        {"event", "{\"title_en\": null, \"title_km\": \"ក\"}", "{'title' {'km' 'ក'}}", "one is null"},
        {"event", "{\"title_en\": null, \"title_km\": null}", "{}", "both are null"},
        {"event", "{\"title\": {\"en\": \"a\"}}", "{'title' {'en' 'a'}}", "as an object"},
        {"event", "{\"title\": \"plain\"}", "{'title' {'en' 'plain'}}", "a text alone is English"},
        {"event", "{\"title\": \"ខ្មែរ\"}", "{'title' {'km' 'ខ្មែរ'}}", "or Khmer, by its letters"},
        {"event", "{\"date\": null, \"area\": null}", "{}", "null says nothing"},
        {"event", "{\"participants\": null}", "{'participants' nil}", "but 'unknown' where that may be said"},
        {"event", "{\"participants\": {\"total\": 70, \"female\": null, \"by_category\": {}}}",
         "{'participants' {'total' 70 'female' nil 'by_category' {}}}", "unknown is not zero"},
        {"event", "{\"status\": \"held\"}", "{}", "what is to be skipped"},
        {"event", "{\"partners\": [\"CPDD\", \"sna-0602\"]}", "{'partners' ['cpdd' 'sna-0602']}",
         "slugs are lower-cased"},
        {"event", "{\"project\": \"PJ-1\"}", "{'project' $0}", "a reference is an id"},
        {"event", "{\"sessions\": [{\"title_en\": \"s\", \"participants\": null}]}",
         "{'sessions' [{'title' {'en' 's'} 'participants' nil}]}", "groups map like the rest"},
        {"event", "{\"provenance\": {\"b\": \"x\", \"a\": \"y\"}}", "{'provenance' {'a' 'y' 'b' 'x'}}",
         "free maps are sorted"},
        {"project", "{\"budget\": {\"currency\": \"USD\", \"approved\": \"60.5\", \"spent\": 57}}",
         "{'budget' {'spent' '57' 'approved' '60.5' 'currency' 'USD'}}", "whole amounts may be numbers"},
        {"attachment",
         "{\"sha256\": \"sha256:0101010101010101010101010101010101010101010101010101010101010101\"}",
         "{'sha256' #32x01}", "a hash is bytes"},
        {"joint_list", "{\"recommendations\": [\"RC-1\", \"RC-2\"]}", "{'recommendations' [$0 $0]}",
         "a list of references"},
        {"event", "{\"title_en\": \"cafe\u0301\", \"title_km\": \"ក\u17dd\u17d2ខ\"}",
         "{'title' {'en' 'caf\u00e9' 'km' 'ក\u17d2\u17ddខ'}}", "texts become NFC"},
        {"event", "{\"title_km\": \"ពៅ្នលិច\u200b\"}", "{'title' {'km' 'ពៅ្នលិច\u200b'}}", "and nothing else"},
        {"event", "{\"provenance\": {\"cafe\u0301\": \"e\u0301\"}}", "{'provenance' {'caf\u00e9' '\u00e9'}}",
         "names in free maps too"},
        {"event", "{\"date\": \"២០២១-១១-១៦\", \"area\": \" ០២០១\"}", "{'area' '0201' 'date' '2021-11-16'}",
         "Khmer digits"},
        {"case_study", "{\"year\": \"២០២១\"}", "{'year' 2021}", "in a number"},
        {"case_study", "{\"year\": \"2021\"}", "{'year' 2021}", "which a text may be"},
        {"event", "{\"participants\": {\"total\": \"៧០\", \"female\": \"30\"}}",
         "{'participants' {'total' 70 'female' 30}}", "in a tally"},
        {"interview", "{\"answers\": {\"q\": \"៧០\"}}", "{'answers' {'q' '៧០'}}", "but not in an answer"},
        {"project", "{\"budget\": {\"currency\": \"USD\", \"spent\": \"៥៧.៥\"}}",
         "{'budget' {'spent' '57.5' 'currency' 'USD'}}", "in an amount"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        const struct smk_bytes args[] = {SMK_BYTES(known_id)};
        struct smk_buf got = {.max = 65536}, wanted = {.max = 65536};
        struct smk_complaint c;
        cr_assert(eq(int, map(row[i].kind, row[i].json, &got, &c), true), "%s: %s", row[i].why, c.field);
        test_pack(&wanted, row[i].fields, args);
        cr_assert(smk_bytes_is_equal(smk_buf_view(&got), smk_buf_view(&wanted)), "%s", row[i].why);
        smk_buf_deinit(&got);
        smk_buf_deinit(&wanted);
    }
}

Test(field_map, what_cannot_be_a_field_is_named)
{
    static const struct {
        const char *kind, *json;
        enum smk_flaw flaw;
        const char *field;
    } row[] = {
        {"event", "{\"colour\": 1}", SMK_FLAW_UNKNOWN_FIELD, "colour"},
        {"event", "{\"colour\\u001b[2J\": 1}", SMK_FLAW_UNKNOWN_FIELD, "colour?[2J"},
        {"event", "{\"title_fr\": \"x\"}", SMK_FLAW_UNKNOWN_FIELD, "title_fr"},
        {"event", "{\"title\": {\"en\": \"a\"}, \"title_en\": \"b\"}", SMK_FLAW_UNKNOWN_FIELD, "title_en"},
        {"event", "{\"title\": {\"fr\": \"a\"}}", SMK_FLAW_UNKNOWN_FIELD, "title"},
        {"event", "{\"title_en\": 5}", SMK_FLAW_WRONG_TYPE, "title_en"},
        {"event", "{\"partners\": \"CPDD\"}", SMK_FLAW_WRONG_TYPE, "partners"},
        {"event", "{\"partners\": [\"NOBODY\"]}", SMK_FLAW_UNKNOWN_ORGANISATION, "partners"},
        {"event", "{\"partners\": [\"a b\"]}", SMK_FLAW_BAD_TEXT, "partners"},
        {"event", "{\"partners\": [5]}", SMK_FLAW_WRONG_TYPE, "partners"},
        {"event", "{\"project\": \"NO-1\"}", SMK_FLAW_UNKNOWN_REFERENCE, "project"},
        {"event", "{\"sessions\": [{\"titel\": \"s\"}]}", SMK_FLAW_UNKNOWN_FIELD, "sessions.titel"},
        {"event", "{\"participants\": [1]}", SMK_FLAW_WRONG_TYPE, "participants"},
        {"event", "{\"participants\": {\"total\": 1.5}}", SMK_FLAW_WRONG_TYPE, "participants"},
        {"event", "{\"provenance\": {\"a\": {\"b\": {\"c\": {\"d\": {\"e\": \"f\"}}}}}}", SMK_FLAW_WRONG_TYPE,
         "provenance"},
        {"case_study", "{\"year\": \"in 2021\"}", SMK_FLAW_WRONG_TYPE, "year"},
        {"case_study", "{\"year\": \"99999999999999999999\"}", SMK_FLAW_WRONG_TYPE, "year"},
        {"event", "{\"participants\": {\"total\": \"many\"}}", SMK_FLAW_WRONG_TYPE, "participants"},
        {"case_study", "{\"year\": 2021.0}", SMK_FLAW_WRONG_TYPE, "year"},
        {"recommendation", "{\"responsible_office\": \"NO-GOV\"}", SMK_FLAW_UNKNOWN_OFFICE,
         "responsible_office"},
        {"attachment", "{\"sha256\": \"01\"}", SMK_FLAW_BAD_TEXT, "sha256"},
        {"attachment", "{\"sha256\": 1}", SMK_FLAW_WRONG_TYPE, "sha256"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_buf got = {.max = 65536};
        struct smk_complaint c;
        cr_assert(eq(int, map(row[i].kind, row[i].json, &got, &c), false), "%s", row[i].json);
        cr_assert(eq(int, c.flaw, row[i].flaw), "%s: %s", row[i].json, smk_flaw_code(c.flaw));
        cr_assert(eq(str, c.field, (char *)(uintptr_t)row[i].field), "%s", row[i].json);
        smk_buf_deinit(&got);
    }
}

Test(field_map, a_text_that_grows_too_long_is_named)
{
    static char json[3 * 65536];
    struct smk_buf got = {.max = 65536};
    struct smk_complaint c;
    size_t len = (size_t)snprintf(json, sizeof json, "{\"title_en\": \"");
    for (int i = 0; i < 22000; i++) /* 66,000 bytes, and none of them is ASCII */
        len += (size_t)snprintf(json + len, sizeof json - len, "\u0344");
    (void)snprintf(json + len, sizeof json - len, "\"}");
    cr_assert(eq(int, map("event", json, &got, &c), false));
    cr_assert(eq(int, c.flaw, SMK_FLAW_TOO_LONG));
    cr_assert(eq(str, c.field, "title_en"));
    smk_buf_deinit(&got);
}

Test(field_map, capitals_of_a_slug_are_lowered_and_nothing_else)
{
    static const struct {
        const char *text, *slug;
    } row[] = {{"SNA-0201-GOV", "sna-0201-gov"},
               {"ctod", "ctod"},
               {"A_B", NULL},
               {"", NULL},
               {"é", NULL},
               {"abcdefghijklmnopqrstuvwx", "abcdefghijklmnopqrstuvwx"},
               {"abcdefghijklmnopqrstuvwxy", NULL}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_slug slug = {.text = "untouched"};
        bool is_good = smk_slug_lower(row[i].text, &slug);
        cr_assert(eq(int, is_good, row[i].slug != NULL), "%s", row[i].text);
        cr_assert(eq(str, slug.text, (char *)(uintptr_t)(is_good ? row[i].slug : "untouched")));
    }
}
