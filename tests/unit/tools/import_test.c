#include "tools/import_govern.h"
#include "tools/import_step.h"
#include "proto/hash.h"
#include "tests/support/builders.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- a folder ---- */

struct folder {
    char path[64];
};

static struct folder make_folder(void)
{
    struct folder f = {.path = "/tmp/smk-import-XXXXXX"};
    cr_assert(ne(ptr, mkdtemp(f.path), NULL));
    return f;
}

static void put_file(const struct folder *f, const char *name, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", f->path, name);
    FILE *file = fopen(path, "w");
    cr_assert(ne(ptr, file, NULL));
    cr_assert(ge(int, fputs(text, file), 0));
    cr_assert(eq(int, fclose(file), 0));
}

static void drop_folder(const struct folder *f)
{
    static const char *const more[] = {"organisations.json", "offices.json"};
    char path[128];
    for (size_t i = 0; i < SMK_IMPORT_TYPES + 2; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", f->path,
                       i < SMK_IMPORT_TYPES ? smk_import_form[i].file : more[i - SMK_IMPORT_TYPES]);
        (void)unlink(path); /* it may not be there */
    }
    (void)rmdir(f->path);
}

static const char organisations[] =
    "[{\"id\": \"SEC\", \"kind\": \"secretariat\", \"name_en\": \"s\"}, {\"id\": \"CTOD\", \"kind\": "
    "\"member\", "
    "\"name_en\": \"c\", \"area\": \"02\"}, {\"id\": \"AS\", \"kind\": \"member\", \"name_en\": \"a\"}]";
static const char offices[] =
    "[{\"id\": \"CTOD-DIR\", \"org\": \"CTOD\", \"role\": \"member_approver\", \"title_en\": \"d\"}, "
    "{\"id\": \"CTOD-FO\", \"org\": \"CTOD\", \"role\": \"member_editor\", \"title_en\": \"f\"}, "
    "{\"id\": \"AS-FO\", \"org\": \"AS\", \"role\": \"member_editor\", \"title_en\": \"f\"}, "
    "{\"id\": \"SEC-ED\", \"org\": \"SEC\", \"role\": \"secretariat_approver\", \"title_en\": \"e\"}, "
    "{\"id\": \"SNA-GOV\", \"org\": \"SEC\", \"role\": \"sna_signatory\", \"title_en\": \"g\"}]";

static bool has_refusal(const struct smk_import_report *r, const char *file, const char *ref,
                        const char *field, const char *code)
{
    for (size_t i = 0; i < r->refusal_count; i++)
        if (strcmp(r->refusal[i].file, file) == 0 && strcmp(r->refusal[i].ref, ref) == 0 &&
            strcmp(r->refusal[i].field, field) == 0 && strcmp(r->refusal[i].code, code) == 0)
            return true;
    return false;
}

/* ---- files ---- */

Test(import_set, a_file_that_is_unfit_is_named)
{
    static const struct {
        const char *file, *text, *code;
    } row[] = {
        {"events.json", "{nope", "bad_file"},
        {"events.json", "{}", "bad_file"},
        {"events.json", "[{\"id\": \"a\", \"id\": \"b\"}]", "bad_file"},
        {"events.json", "[{\"id\": \"\xff\"}]", "bad_file"},
        {"events.json", "[1] [2]", "bad_file"},
        {"interviews.csv", "id,sex\n\"1", "bad_file"},
        {"interviews.csv", "id,id\n1,2\n", "duplicate"},
        {"interviews.csv", "a,b\n1,2\n", "missing"},
        {"interviews.csv", "id,\n1,2\n", "bad_file"},
        {"interviews.csv", "id,sex\nI-1,male\nI-2,\xff\n", "bad_file"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct folder f = make_folder();
        struct smk_import_set set;
        struct smk_import_report r = {0};
        put_file(&f, row[i].file, row[i].text);
        cr_assert(eq(int, smk_import_set_load(&set, f.path, &r), false), "%s", row[i].text);
        cr_assert(has_refusal(&r, row[i].file, "", "", row[i].code), "%s", row[i].text);
        smk_import_set_deinit(&set);
        smk_import_report_deinit(&r);
        drop_folder(&f);
    }
}

Test(import_set, an_object_that_is_unfit_is_left_out_and_the_others_stay)
{
    struct folder f = make_folder();
    struct smk_import_set set;
    struct smk_import_report r = {0};
    put_file(&f, "events.json",
             "[{\"id\": \"EV-1\"}, {\"id\": \"EV 2\"}, 5, {\"id\": \"EV-3\"}, {\"id\": \"EV-3\"}, {}]");
    put_file(&f, "interviews.csv", "\xEF\xBB\xBFid,sex,likes\r\nI-1,female,\"=1+1\"\r\nI-2,male\r\n");
    cr_assert(eq(int, smk_import_set_load(&set, f.path, &r), true));
    cr_assert(ne(ptr, smk_import_find(&set, SMK_IMPORT_EVENT, "EV-1"), NULL));
    cr_assert(eq(ptr, smk_import_find(&set, SMK_IMPORT_EVENT, "EV-3"), NULL), "it is there twice");
    cr_assert(eq(int, smk_import_exists(&set, SMK_IMPORT_EVENT, "EV-3"), true));
    cr_assert(has_refusal(&r, "events.json", "#2", "id", "bad_text"));
    cr_assert(has_refusal(&r, "events.json", "#3", "id", "bad_text"));
    cr_assert(has_refusal(&r, "events.json", "#6", "id", "bad_text"));
    cr_assert(has_refusal(&r, "events.json", "EV-3", "id", "duplicate"));
    cr_assert(has_refusal(&r, "interviews.csv", "I-2", "", "wrong_shape"));
    struct smk_import_object *row = smk_import_find_any(&set, "I-1");
    cr_assert(ne(ptr, row, NULL));
    cr_assert(eq(str, (char *)(uintptr_t)smk_import_text(row, "sex"), "female"));
    cr_assert(eq(str,
                 (char *)(uintptr_t)json_string_value(
                     json_object_get(json_object_get(row->json, "answers"), "likes")),
                 "=1+1"),
              "a column that is no field is an answer, and nothing is evaluated");
    smk_import_set_deinit(&set);
    smk_import_report_deinit(&r);
    drop_folder(&f);
}

/* ---- who brings in what ---- */

static void start(struct test_world *w, struct folder *f, struct smk_import_set *set,
                  struct smk_import_report *r)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    test_world_init(w);
    *f = make_folder();
    put_file(f, "organisations.json", organisations);
    put_file(f, "offices.json", offices);
    put_file(f, "case_studies.json",
             "[{\"id\": \"CS-1\", \"created_by\": \"CTOD-FO\", \"submitted_by\": \"CTOD-FO\", "
             "\"verified_by\": \"SEC-ED\"}, "
             "{\"id\": \"CS-2\", \"created_by\": \"AS-FO\"}, {\"id\": \"CS-3\"}, {\"id\": \"CS-4\", "
             "\"created_by\": \"X\"}]");
    put_file(f, "joint_lists.json",
             "[{\"id\": \"JL-1\", \"drafted_by\": \"CTOD-FO\", \"negotiated_by\": \"CTOD-DIR\"}]");
    put_file(f, "recommendations.json",
             "[{\"id\": \"RC-1\", \"list\": \"JL-1\"}, {\"id\": \"RC-2\", \"list\": \"JL-9\"}]");
    put_file(
        f, "endorsements.json",
        "[{\"id\": \"EN-1\", \"list\": \"JL-1\", \"mode\": \"attested\", \"by_office\": \"SNA-GOV\", "
        "\"attestors\": "
        "[\"CTOD-DIR\", \"SEC-ED\"]}, {\"id\": \"EN-2\", \"list\": \"JL-1\", \"by_office\": \"SNA-GOV\"}, "
        "{\"id\": \"EN-3\", \"mode\": \"attested\", \"attestors\": [\"CTOD-DIR\"]}, {\"id\": \"EN-4\", "
        "\"mode\": \"oral\"}]");
    put_file(f, "attachments.json",
             "[{\"id\": \"AT-1\", \"subject\": \"EN-1\"}, {\"id\": \"AT-2\", \"subject\": \"EN-2\"}]");
    put_file(f, "verifications.json",
             "[{\"id\": \"VF-1\", \"by_office\": \"SEC-ED\", \"result\": \"disputed\"}]");
    put_file(f, "interviews.csv",
             "id,case_study,sex,collected_by\nI-1,CS-1,female,CTOD\nI-2,CS-2,male,AS\nI-3,CS-2,male,ZZ\n");
    cr_assert(eq(int, smk_import_set_load(set, f->path, r), true));
}

static const struct smk_import_step *find_step(const struct smk_import_steps *s, const char *id,
                                               const char *act, size_t index)
{
    for (size_t i = 0; i < s->count; i++) {
        bool is_act =
            act == NULL ? s->at[i].act == NULL : s->at[i].act != NULL && strcmp(s->at[i].act, act) == 0;
        if (strcmp(s->at[i].object->id, id) == 0 && is_act && s->at[i].index == index)
            return &s->at[i];
    }
    return NULL;
}

Test(import_step, each_step_is_done_by_the_office_that_the_object_names)
{
    static const struct {
        const char *id, *act;
        size_t index;
        const char *office, *org;
        bool is_ours;
    } row[] = {
        {"CS-1", NULL, 0, "ctod-fo", "ctod", true},
        {"CS-1", "submit", 0, "ctod-fo", "ctod", true},
        {"CS-1", "verify", 0, "sec-ed", "sec", false},
        {"CS-2", NULL, 0, "as-fo", "as", false},
        {"JL-1", NULL, 0, "ctod-fo", "ctod", true},
        {"JL-1", "negotiate", 0, "ctod-dir", "ctod", false},
        {"RC-1", NULL, 0, "ctod-fo", "ctod", true},
        {"EN-1", "attest_endorsement", 0, "ctod-dir", "ctod", false},
        {"EN-1", "attest_endorsement", 1, "sec-ed", "sec", false},
        {"EN-2", "endorse", 0, "sna-gov", "sec", false},
        {"AT-1", NULL, 0, "ctod-dir", "ctod", false},
        {"AT-2", NULL, 0, "sna-gov", "sec", false},
        {"VF-1", "dispute_progress", 0, "sec-ed", "sec", false},
        {"I-1", NULL, 0, "", "ctod", true},
        {"I-2", NULL, 0, "", "as", false},
    };
    struct test_world w;
    struct folder f;
    struct smk_import_set set;
    struct smk_import_steps steps = {0};
    struct smk_import_report r = {0};
    struct smk_device device = {.org = {"ctod"}, .office_count = 1, .office = {{"ctod-fo"}}};
    start(&w, &f, &set, &r);
    cr_assert(eq(int, smk_import_make_steps(&steps, &set, w.coalition.roster, &device, &r), true));
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        const struct smk_import_step *step = find_step(&steps, row[i].id, row[i].act, row[i].index);
        const char *act = row[i].act != NULL ? row[i].act : "edit";
        cr_assert(ne(ptr, (void *)(uintptr_t)step, NULL), "%s %s", row[i].id, act);
        cr_assert(eq(str, (char *)(uintptr_t)step->office.text, (char *)(uintptr_t)row[i].office), "%s %s",
                  row[i].id, act);
        cr_assert(eq(str, (char *)(uintptr_t)step->org.text, (char *)(uintptr_t)row[i].org), "%s %s",
                  row[i].id, act);
        cr_assert(eq(int, step->state, row[i].is_ours ? SMK_STEP_OPEN : SMK_STEP_LEFT), "%s %s", row[i].id,
                  act);
    }
    cr_assert(has_refusal(&r, "case_studies.json", "CS-3", "created_by", "missing"));
    cr_assert(has_refusal(&r, "case_studies.json", "CS-4", "created_by", "unknown_office"));
    cr_assert(has_refusal(&r, "recommendations.json", "RC-2", "list", "unknown_reference"));
    cr_assert(has_refusal(&r, "endorsements.json", "EN-3", "attestors", "needs_two_attestors"));
    cr_assert(has_refusal(&r, "endorsements.json", "EN-4", "mode", "unknown_choice"));
    cr_assert(has_refusal(&r, "interviews.csv", "I-3", "collected_by", "unknown_organisation"));
    smk_import_steps_deinit(&steps);
    smk_import_set_deinit(&set);
    smk_import_report_deinit(&r);
    drop_folder(&f);
    test_world_deinit(&w);
}

/* ---- tallies ---- */

Test(import_tally, a_case_study_of_ours_agrees_with_its_rows_or_is_refused)
{
    static const struct {
        const char *respondents;
        bool is_ours, is_refused;
        const char *why;
    } row[] = {
        {"{\"total\": 2, \"female\": 1}", true, false, "it agrees"},
        {"{\"total\": 3, \"female\": 1}", true, true, "one too many"},
        {"{\"total\": 2, \"female\": 2}", true, true, "one woman too many"},
        {"{\"total\": 3, \"female\": 1}", false, false, "somebody else's"},
        {"{\"total\": 2, \"female\": 1, \"by_method\": {\"phone\": {\"total\": 2, \"female\": 1}}}", true,
         false, "parts"},
        {"{\"total\": 2, \"female\": 1, \"by_method\": {\"phone\": {\"total\": 1, \"female\": 1}}}", true,
         true, "a part"},
        {"{\"total\": 2, \"female\": 1, \"by_method\": {\"fax\": {\"total\": 2, \"female\": 1}}}", true, true,
         "a name"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct folder f = make_folder();
        struct smk_import_set set;
        struct smk_import_report r = {0};
        char json[256];
        (void)snprintf(json, sizeof json, "[{\"id\": \"CS-1\", \"respondents\": %s}, {\"id\": \"CS-2\"}]",
                       row[i].respondents);
        put_file(&f, "case_studies.json", json);
        put_file(&f, "interviews.csv",
                 "id,case_study,sex,method\nI-1,CS-1,female,phone\nI-2,CS-1,male,phone\n");
        cr_assert(eq(int, smk_import_set_load(&set, f.path, &r), true));
        smk_import_find(&set, SMK_IMPORT_CASE_STUDY, "CS-1")->is_ours = row[i].is_ours;
        smk_import_find(&set, SMK_IMPORT_CASE_STUDY, "CS-2")->is_ours = true;
        smk_import_compare_tallies(&set, &r);
        cr_assert(eq(int, has_refusal(&r, "case_studies.json", "CS-1", "respondents", "invalid_tally"),
                     row[i].is_refused),
                  "%s", row[i].why);
        cr_assert(eq(u64, r.refused, (uint64_t)row[i].is_refused),
                  "one without rows and without respondents");
        smk_import_set_deinit(&set);
        smk_import_report_deinit(&r);
        drop_folder(&f);
    }
}

Test(import_tally, a_case_study_without_rows_is_compared_when_there_is_a_file_of_rows)
{
    static const struct {
        const char *rows; /* interviews.csv; NULL = there is none */
        bool is_refused;
    } row[] = {
        {NULL, false},
        {"id,case_study,sex\n", true},
        {"id,case_study,sex\nI-1,CS-2,female\n", true},
        {"id,case_study,sex\nI-1,CS-1,female\n", false},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct folder f = make_folder();
        struct smk_import_set set;
        struct smk_import_report r = {0};
        put_file(&f, "case_studies.json",
                 "[{\"id\": \"CS-1\", \"respondents\": {\"total\": 1, \"female\": 1}}]");
        if (row[i].rows != NULL)
            put_file(&f, "interviews.csv", row[i].rows);
        cr_assert(eq(int, smk_import_set_load(&set, f.path, &r), true));
        smk_import_find(&set, SMK_IMPORT_CASE_STUDY, "CS-1")->is_ours = true;
        smk_import_compare_tallies(&set, &r);
        cr_assert(eq(int, has_refusal(&r, "case_studies.json", "CS-1", "respondents", "invalid_tally"),
                     row[i].is_refused),
                  "row %zu", i);
        smk_import_set_deinit(&set);
        smk_import_report_deinit(&r);
        drop_folder(&f);
    }
}

/* ---- organisations and offices ---- */

Test(import_govern, organisations_and_offices_are_read_or_their_flaw_named)
{
    static const struct {
        const char *json;
        bool is_office, is_good;
        const char *field;
    } row[] = {
        {"{\"id\": \"CTOD\", \"kind\": \"member\", \"name_en\": \"x\", \"area\": \"02\"}", false, true, ""},
        {"{\"id\": \"MEF\", \"kind\": \"ministry\", \"name_km\": \"ក\", \"area\": null}", false, true, ""},
        {"{\"id\": \"C TOD\", \"kind\": \"member\", \"name_en\": \"x\"}", false, false, "id"},
        {"{\"id\": \"CTOD\", \"kind\": \"Member!\", \"name_en\": \"x\"}", false, false, "kind"},
        {"{\"id\": \"CTOD\", \"kind\": \"member\"}", false, false, "name_en"},
        {"{\"id\": \"CTOD\", \"kind\": \"member\", \"name_en\": \"a\\u0007\"}", false, false, "name_en"},
        {"{\"id\": \"CTOD\", \"kind\": \"member\", \"name_en\": \"x\", \"area\": \"020\"}", false, false,
         "area"},
        {"{\"id\": \"CTOD\", \"kind\": \"member\", \"name_en\": \"x\", \"area\": 2}", false, false, "area"},
        {"{\"id\": \"A-B\", \"org\": \"AS\", \"role\": \"member_editor\", \"title_en\": \"x\", \"meeting\": "
         "\"MT-1\"}",
         true, true, ""},
        {"{\"id\": \"A-B\", \"role\": \"member_editor\", \"title_en\": \"x\"}", true, false, "org"},
        {"{\"id\": \"A-B\", \"org\": \"AS\", \"role\": 5, \"title_en\": \"x\"}", true, false, "role"},
        {"{\"id\": \"A-B\", \"org\": \"AS\", \"role\": \"member_editor\"}", true, false, "title_en"},
        {"{\"id\": \"CTOD\", \"kind\": \"member\", \"name_en\": \"x\", \"name_km\": \"kmµúCa\"}", false,
         false, "name_km"},
        {"{\"id\": \"A-B\", \"org\": \"AS\", \"role\": \"member_editor\", \"title_en\": \"x\", \"area\": "
         "\"02010101\"}",
         true, false, "area"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        json_t *object = json_loads(row[i].json, 0, NULL);
        struct smk_organisation organisation;
        struct smk_office office;
        struct smk_seat_flaw flaw;
        bool is_good = row[i].is_office ? smk_import_read_office(object, &office, &flaw)
                                        : smk_import_read_organisation(object, &organisation, &flaw);
        cr_assert(eq(int, is_good, row[i].is_good), "%s", row[i].json);
        cr_assert(row[i].is_good || strcmp(flaw.field, row[i].field) == 0, "%s: %s", row[i].json, flaw.field);
        bool is_old_font = strstr(row[i].json, "µ") != NULL;
        cr_assert(row[i].is_good || (strcmp(flaw.code, "old_font") == 0) == is_old_font, "%s", row[i].json);
        json_decref(object);
    }
}

Test(import, names_of_a_folder_become_nfc)
{
    json_t *object =
        json_loads("{\"id\": \"CTOD\", \"kind\": \"member\", \"name_en\": \"cafe\u0301\"}", 0, NULL);
    struct smk_organisation organisation;
    struct smk_seat_flaw flaw;
    cr_assert(smk_import_read_organisation(object, &organisation, &flaw));
    cr_assert(eq(str, organisation.name.en, "caf\u00e9"));
    json_decref(object);
}
