#include "proto/schema.h"
#include "tests/support/notation.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

enum { ROOM = 128 * 1024 };

/* Checks one map against a kind. */
static enum smk_flaw check(const char *kind, bool is_whole, const char *fields, struct smk_complaint *ret)
{
    static const uint8_t id[SMK_DOC_ID_BYTES] = {1}, hash[SMK_HASH_BYTES] = {2};
    const struct smk_bytes args[] = {SMK_BYTES(id), SMK_BYTES(hash)};
    struct smk_buf b = {.max = ROOM};
    test_pack(&b, fields, args);
    cr_assert(eq(int, smk_walk(smk_buf_view(&b), SMK_WALK_PAYLOAD), SMK_OK), "%s is not canonical", fields);
    const struct smk_kind *found = smk_kind_find(smk_bytes_of_text(kind));
    cr_assert(ne(ptr, (void *)(uintptr_t)found, NULL));
    bool is_good = smk_kind_check(found, smk_buf_view(&b), is_whole, ret);
    cr_assert(eq(int, is_good, ret->flaw == SMK_FLAW_NONE));
    smk_buf_deinit(&b);
    return ret->flaw;
}

#define STUDY_HEAD                                                                                      \
    "{'year' 2021 'title' {'en' 'Banan'} 'methods' ['phone'] 'district' '0201' 'findings' [{'id' 'F1' " \
    "'text' {'km' 'ក'}}] 'lead_org' 'as' 'respondents' "

Test(schema, a_whole_document_is_accepted)
{
    static const struct {
        const char *kind, *fields;
    } row[] = {
        {"case_study", STUDY_HEAD "{'total' 3 'female' 2}}"},
        {"interview",
         "{'sex' 'male' 'date' '2021-04-18' 'method' 'phone' 'answers' {'used_owso' 'yes'} 'commune' "
         "'020105' 'consent' 'yes' 'age_band' '60_plus' 'district' '0201' 'case_study' $0 'collected_by' "
         "'ctod' 'respondent_type' 'cbo'}"},
        {"meeting",
         "{'area' '0201' 'date' '2021-11-16' 'kind' 'joint_consultation' 'level' 'district' 'lists' [$0] "
         "'organisers' ['as' 'cpdd'] 'participants' {'total' 31 'female' 14 'by_category' {'cbo' 11 'sna' "
         "20}} 'date_precision' 'day'}"},
        {"meeting", "{'kind' 'national_workshop' 'level' 'national' 'organisers' ['cpdd'] 'participants' nil "
                    "'date_precision' 'unknown'}"},
        {"recommendation",
         "{'level' 'district' 'theme' 'forum' 'title' {'en' 'x'} 'number' 1 'district' '0201' "
         "'mechanism' 'dc_forum' 'timeframe' 'medium' 'from_findings' ['CS-0201-F1'] "
         "'responsible_office' 'sna-0201-gov'}"},
        {"joint_list",
         "{'title' {'en' 'x'} 'parties' ['as'] 'version' 1 'district' '0201' 'negotiated_at' $0 "
         "'recommendations' [$0]}"},
        {"event", "{'kind' 'training' 'title' {'en' 'x' 'km' 'ក'} 'sessions' [{'title' {'en' 's'} "
                  "'participants' nil}] "
                  "'participants' {'total' 70 'female' nil 'by_category' {}}}"},
        {"project",
         "{'lead' 'cpdd' 'name' {'en' 'x'} 'areas' ['02' '0305'] 'links' [$0] 'budget' {'spent' '57868.24' "
         "'approved' '60782.52' 'currency' 'USD'}}"},
        {"attachment", "{'kind' 'signed_page' 'bytes' 207 'sha256' $1 'subject' $0 'media_type' 'text/plain' "
                       "'visibility' 'parties'}"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_complaint c;
        cr_assert(eq(int, check(row[i].kind, true, row[i].fields, &c), SMK_FLAW_NONE), "%s: %s %s",
                  row[i].kind, smk_flaw_code(c.flaw), c.field);
    }
}

Test(schema, each_flaw_is_named_with_its_field)
{
    static const struct {
        const char *kind;
        bool is_whole;
        const char *fields;
        enum smk_flaw flaw;
        const char *field;
    } row[] = {
        {"case_study", true, "{}", SMK_FLAW_MISSING, "district"},
        {"case_study", false, "{}", SMK_FLAW_NONE, ""},
        {"case_study", false, "{'status' 'draft'}", SMK_FLAW_UNKNOWN_FIELD, "status"},
        {"case_study", false, "{'year' '2021'}", SMK_FLAW_WRONG_TYPE, "year"},
        {"case_study", false, "{'year' 1989}", SMK_FLAW_OUT_OF_RANGE, "year"},
        {"case_study", false, "{'year' -5}", SMK_FLAW_OUT_OF_RANGE, "year"},
        {"case_study", false, "{'year' nil}", SMK_FLAW_MISSING, "year"},
        {"case_study", false, "{'km_review' nil}", SMK_FLAW_NONE, ""},
        {"case_study", true, "{'km_review' nil}", SMK_FLAW_WRONG_TYPE, "km_review"},
        {"case_study", false, "{'title' {}}", SMK_FLAW_BAD_TEXT, "title"},
        {"case_study", false, "{'title' {'en' ' '}}", SMK_FLAW_BAD_TEXT, "title"},
        {"case_study", false, "{'title' {'fr' 'x'}}", SMK_FLAW_UNKNOWN_FIELD, "title"},
        {"case_study", false, "{'title' 'x'}", SMK_FLAW_WRONG_TYPE, "title"},
        {"case_study", false, "{'title' {'en' 'a\x1b[2J'}}", SMK_FLAW_BAD_TEXT, "title"},
        {"case_study", false, "{'title' {'en' 'a\xe2\x80\xae z'}}", SMK_FLAW_BAD_TEXT, "title"},
        {"case_study", false, "{'title' {'en' 'a\nb'}}", SMK_FLAW_NONE, ""},
        {"case_study", false, "{'title' {'km' 'ខ្មែរ\xe2\x80\x8bភាសា'}}", SMK_FLAW_NONE, ""},
        {"case_study", false, "{'title' {'en' 'kmµúCa'}}", SMK_FLAW_OLD_FONT, "title"},
        {"case_study", false, "{'title' {'km' 'éf¶ExqñaMkMeNIt'}}", SMK_FLAW_OLD_FONT, "title"},
        {"case_study", false, "{'title' {'km' 'កម្ពុជា kmµúCa'}}", SMK_FLAW_NONE, ""},
        {"case_study", false, "{'provenance' 'kmµúCa'}", SMK_FLAW_OLD_FONT, "provenance"},
        {"interview", false, "{'answers' {'a' 'kmµúCa'}}", SMK_FLAW_OLD_FONT, "answers"},
        {"case_study", false, "{'district' '020'}", SMK_FLAW_BAD_AREA, "district"},
        {"case_study", false, "{'district' '02'}", SMK_FLAW_BAD_AREA, "district"},
        {"case_study", false, "{'district' '02x1'}", SMK_FLAW_BAD_AREA, "district"},
        {"case_study", false, "{'methods' []}", SMK_FLAW_MISSING, "methods"},
        {"case_study", false, "{'methods' ['phone' 'fax']}", SMK_FLAW_UNKNOWN_CHOICE, "methods[2]"},
        {"case_study", false, "{'lead_org' 'AS'}", SMK_FLAW_BAD_TEXT, "lead_org"},
        {"case_study", false, "{'findings' [{'id' 'F1'}]}", SMK_FLAW_MISSING, "findings[1].text"},
        {"case_study", false, "{'findings' [{'id' 'F 1' 'text' {'en' 'x'}}]}", SMK_FLAW_BAD_TEXT,
         "findings[1].id"},
        {"case_study", false, "{'findings' [{'idx' 'F1'}]}", SMK_FLAW_UNKNOWN_FIELD, "findings[1].idx"},
        {"case_study", false, "{'respondents' {'total' 10 'female' 11}}", SMK_FLAW_INVALID_TALLY,
         "respondents"},
        {"case_study", false, "{'attachments' [$1]}", SMK_FLAW_WRONG_TYPE, "attachments[1]"},
        {"case_study", false, "{'provenance' {'a' 1}}", SMK_FLAW_WRONG_TYPE, "provenance"},
        {"interview", false, "{'date' '2021-02-30'}", SMK_FLAW_BAD_DATE, "date"},
        {"interview", false, "{'consent' 'no'}", SMK_FLAW_NO_CONSENT, "consent"},
        {"interview", false, "{'commune' '020205' 'district' '0201'}", SMK_FLAW_BAD_AREA, "commune"},
        {"interview", false, "{'answers' {'a' 1}}", SMK_FLAW_WRONG_TYPE, "answers"},
        {"meeting", false, "{'area' '020101' 'level' 'district'}", SMK_FLAW_WRONG_LEVEL, "level"},
        {"meeting", false, "{'area' '02' 'level' 'national'}", SMK_FLAW_WRONG_LEVEL, "level"},
        {"meeting", false, "{'level' 'district'}", SMK_FLAW_NONE, ""},
        {"meeting", true, "{'kind' 'council' 'level' 'district' 'organisers' ['as']}", SMK_FLAW_WRONG_LEVEL,
         "level"},
        {"meeting", true, "{'area' '02' 'kind' 'council' 'level' 'province' 'organisers' ['as']}",
         SMK_FLAW_MISSING, "date"},
        {"meeting", false, "{'date' '2021-11' 'date_precision' 'day'}", SMK_FLAW_BAD_DATE, "date"},
        {"event", false, "{'date' '2024' 'date_precision' 'year'}", SMK_FLAW_NONE, ""},
        {"event", false, "{'date' '2024' 'date_precision' 'unknown'}", SMK_FLAW_BAD_DATE, "date"},
        {"project", false, "{'budget' {'spent' '1,5' 'currency' 'USD'}}", SMK_FLAW_OUT_OF_RANGE,
         "budget.spent"},
        {"attachment", false, "{'sha256' $0}", SMK_FLAW_WRONG_TYPE, "sha256"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_complaint c;
        enum smk_flaw flaw = check(row[i].kind, row[i].is_whole, row[i].fields, &c);
        cr_assert(eq(int, flaw, row[i].flaw), "%s: %s at '%s'", row[i].fields, smk_flaw_code(flaw), c.field);
        cr_assert(eq(str, c.field, (char *)(uintptr_t)row[i].field), "%s", row[i].fields);
    }
}

Test(schema, a_tally_adds_up_or_is_refused)
{
    static const struct {
        bool is_good;
        const char *tally, *why;
    } row[] = {
        {true, "{'total' 0 'female' 0}", "nobody came"},
        {true, "{'total' 5}", "sex not recorded"},
        {true, "{'total' 5 'female' nil}", "sex not recorded, said so"},
        {true, "{'total' nil}", "unknown, said so"},
        {false, "{'female' 1}", "without a total"},
        {false, "{'total' nil 'female' 1}", "women of an unknown number"},
        {false, "{'total' 5 'female' 6}", "more women than persons"},
        {false, "{'total' -1}", "below zero"},
        {false, "{'total' 1000000001}", "more than there are"},
        {true, "{'total' 5 'female' 3 'by_type' {'a' {'total' 2 'female' 1} 'b' {'total' 3 'female' 2}}}",
         "adds up"},
        {false, "{'total' 5 'female' 3 'by_type' {'a' {'total' 2 'female' 1} 'b' {'total' 2 'female' 2}}}",
         "total"},
        {false, "{'total' 5 'female' 3 'by_type' {'a' {'total' 2 'female' 1} 'b' {'total' 3 'female' 1}}}",
         "women"},
        {true, "{'total' 5 'female' 3 'by_type' {'a' {'total' 2} 'b' {'total' 3 'female' 1}}}",
         "women partly unknown"},
        {false, "{'total' 5 'by_type' {'a' {'total' 5 'female' 6}}}", "more women than persons in a part"},
        {true, "{'total' 5 'by_category' {'cbo' 2 'sna' 3}}", "plain numbers"},
        {true, "{'total' 5 'by_category' {}}", "an empty breakdown says nothing"},
        {false, "{'total' nil 'by_category' {'cbo' 2}}", "parts of an unknown number"},
        {false, "{'total' 5 'by_type' 5}", "no breakdown"},
        {false, "{'total' 5 'children' 5}", "an unknown name"},
        {true, "{'total' 5 'youth' 2}", "young people"},
        {false, "{'total' 5 'youth' 6}", "more young people than people"},
        {false, "'5'", "not a map"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_buf b = {.max = ROOM};
        test_pack(&b, row[i].tally, NULL);
        cr_assert(eq(int, smk_tally_is_valid(smk_buf_view(&b)), row[i].is_good), "%s: %s", row[i].tally,
                  row[i].why);
        smk_buf_deinit(&b);
    }
}

Test(schema, dates_are_days_that_exist)
{
    static const struct {
        const char *date;
        bool is_good;
    } row[] = {{"2021", true},        {"2021-11", true},     {"2021-11-16", true},  {"2024-02-29", true},
               {"2000-02-29", true},  {"1900-02-29", false}, {"2023-02-29", false}, {"2021-13", false},
               {"2021-00", false},    {"2021-04-31", false}, {"2021-04-00", false}, {"1899", false},
               {"21-11-16", false},   {"2021/11/16", false}, {"2021-1-6", false},   {"", false},
               {"2021-11-16T", false}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(eq(int, smk_date_is_valid(smk_bytes_of_text(row[i].date)), row[i].is_good), "%s",
                  row[i].date);
}

Test(schema, limits_hold_one_below_at_and_above)
{
    static char text[SMK_TEXT_BYTES_MAX + 2], fields[SMK_TEXT_BYTES_MAX + 64];
    struct smk_complaint c;
    memset(text, 'a', sizeof text);
    for (size_t len = SMK_TEXT_BYTES_MAX - 1; len <= SMK_TEXT_BYTES_MAX + 1; len++) {
        (void)snprintf(fields, sizeof fields, "{'title' {'en' '%.*s'}}", (int)len, text);
        enum smk_flaw wanted = len <= SMK_TEXT_BYTES_MAX ? SMK_FLAW_NONE : SMK_FLAW_TOO_LONG;
        cr_assert(eq(int, check("event", false, fields, &c), wanted), "%zu bytes", len);
    }
    for (size_t count = SMK_LIST_ITEMS_MAX - 1; count <= SMK_LIST_ITEMS_MAX + 1; count++) {
        size_t at = (size_t)snprintf(fields, sizeof fields, "{'organisers' [");
        for (size_t i = 0; i < count; i++)
            at += (size_t)snprintf(fields + at, sizeof fields - at, "'a' ");
        (void)snprintf(fields + at, sizeof fields - at, "]}");
        enum smk_flaw wanted = count <= SMK_LIST_ITEMS_MAX ? SMK_FLAW_NONE : SMK_FLAW_TOO_LONG;
        cr_assert(eq(int, check("event", false, fields, &c), wanted), "%zu items", count);
    }
}

Test(schema, every_act_of_the_table_has_a_rule_in_common_with_its_kind)
{
    for (size_t i = 0; i < smk_kind_count(); i++) {
        const struct smk_kind *kind = smk_kind_at(i);
        cr_assert(eq(ptr, (void *)(uintptr_t)smk_kind_find(smk_bytes_of_text(kind->name)),
                     (void *)(uintptr_t)kind));
        for (size_t k = 0; k < kind->field_count; k++)
            for (size_t m = 0; m < k; m++)
                cr_assert(
                    ne(str, (char *)(uintptr_t)kind->field[k].name, (char *)(uintptr_t)kind->field[m].name),
                    "%s names a field twice", kind->name);
        if (kind->area_field != NULL)
            cr_assert(ne(ptr,
                         (void *)(uintptr_t)smk_field_find(kind->field, kind->field_count,
                                                           smk_bytes_of_text(kind->area_field)),
                         NULL));
    }
    cr_assert(eq(ptr, (void *)(uintptr_t)smk_kind_find(smk_bytes_of_text("note")), NULL));
    cr_assert(eq(
        ptr, (void *)(uintptr_t)smk_act_kind_find(smk_bytes_of_text("event"), smk_bytes_of_text("endorse")),
        NULL));
}

/* ---- scopes ---- */

Test(schema, a_document_lives_where_its_kind_and_fields_say)
{
    static const struct {
        const char *kind, *fields, *scope;
    } row[] = {
        {"case_study", "{'district' '0201'}", "prov:02"},
        {"case_study", "{}", NULL},
        {"meeting", "{'area' '0201' 'level' 'district'}", "dm:0201"},
        {"meeting", "{'area' '020104' 'level' 'commune'}", "dm:0201"},
        {"meeting", "{'area' '02' 'level' 'province'}", "pub"},
        {"meeting", "{'level' 'national'}", "pub"},
        {"meeting", "{'area' '0201'}", NULL},
        {"joint_list", "{'district' '1201'}", "dm:1201"},
        {"recommendation", "{'district' '0201'}", "dm:0201"},
        {"interview", "{}", "org:ctod"},
        {"event", "{}", "pub"},
        {"project", "{}", "pub"},
        {"attachment", "{}", NULL},
        {"audit_note", "{}", NULL},
        {"study_report", "{'province' '02'}", "prov:02"},
        {"study_report", "{}", "nat"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_buf b = {.max = ROOM};
        struct smk_scope scope;
        test_pack(&b, row[i].fields, NULL);
        const struct smk_kind *kind = smk_kind_find(smk_bytes_of_text(row[i].kind));
        bool is_known = smk_kind_scope(kind, smk_buf_view(&b), "ctod", &scope);
        cr_assert(eq(int, is_known, row[i].scope != NULL), "%s %s", row[i].kind, row[i].fields);
        if (is_known) {
            cr_assert(eq(str, scope.text, (char *)(uintptr_t)row[i].scope));
            cr_assert(eq(int, smk_kind_fits_scope(kind, smk_buf_view(&b), &scope), true));
            cr_assert(eq(int, smk_kind_is_own_scope(kind, &scope), true));
        }
        smk_buf_deinit(&b);
    }
}

Test(schema, an_edit_that_says_another_area_does_not_fit_its_scope)
{
    static const struct {
        const char *kind, *fields, *scope;
        bool fits;
    } row[] = {
        {"case_study", "{'district' '0301'}", "prov:02", false},
        {"case_study", "{}", "prov:02", true},
        {"case_study", "{'district' '0301'}", "pub", true},
        {"case_study", "{}", "dm:0201", false},
        {"joint_list", "{'district' '0202'}", "dm:0201", false},
        {"joint_list", "{}", "pub", false},
        {"meeting", "{'level' 'district'}", "pub", false},
        {"meeting", "{'level' 'national'}", "dm:0201", false},
        {"meeting", "{}", "pub", true},
        {"meeting", "{}", "dm:0201", true},
        {"case_study", "{'district' '0301'}", "org:as", true},
        {"joint_list", "{}", "org:as", true},
        {"audit_note", "{}", "nat", true},
        {"audit_note", "{}", "gov", false},
        {"study_report", "{'province' '03'}", "prov:02", false},
        {"study_report", "{'province' '02'}", "nat", false},
        {"study_report", "{}", "nat", true},
        {"study_report", "{}", "pub", true},
        {"study_report", "{}", "dm:0201", false},
        {"interview", "{}", "org:as", true},
        {"interview", "{}", "pub", false},
        {"event", "{}", "nat", false},
        {"attachment", "{}", "gov", false},
        {"attachment", "{}", "org:as", true},
        {"event", "{}", "wit:pub", false},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_buf b = {.max = ROOM};
        struct smk_scope scope = smk_scope_of(row[i].scope);
        test_pack(&b, row[i].fields, NULL);
        const struct smk_kind *kind = smk_kind_find(smk_bytes_of_text(row[i].kind));
        cr_assert(eq(int, smk_kind_fits_scope(kind, smk_buf_view(&b), &scope), row[i].fits), "%s %s in %s",
                  row[i].kind, row[i].fields, row[i].scope);
        smk_buf_deinit(&b);
    }
}

Test(schema, a_scope_tells_drafts_from_texts_and_from_what_is_published)
{
    static const struct {
        const char *kind, *scope;
        enum smk_stand stand;
    } row[] = {
        {"case_study", "org:as", SMK_STAND_DRAFT},
        {"case_study", "prov:02", SMK_STAND_OWN},
        {"case_study", "pub", SMK_STAND_PUBLISHED},
        {"case_study", "wit:pub", SMK_STAND_NONE},
        {"study_report", "nat", SMK_STAND_OWN},
        {"study_report", "pub", SMK_STAND_PUBLISHED},
        {"event", "pub", SMK_STAND_OWN},
        {"event", "org:as", SMK_STAND_DRAFT},
        {"interview", "org:as", SMK_STAND_OWN},
        {"attachment", "org:as", SMK_STAND_OWN},
        {"recommendation", "dm:0201", SMK_STAND_OWN},
        {"recommendation", "pub", SMK_STAND_NONE},
        {"recommendation", "org:as", SMK_STAND_DRAFT},
        {"meeting", "gov", SMK_STAND_NONE},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_scope scope = smk_scope_of(row[i].scope);
        const struct smk_kind *kind = smk_kind_find(smk_bytes_of_text(row[i].kind));
        cr_assert(eq(int, smk_kind_stand(kind, (struct smk_bytes){0}, &scope), row[i].stand), "%s in %s",
                  row[i].kind, row[i].scope);
        bool is_listed = false;
        for (const char *const *at = smk_kind_scopes(kind); *at != NULL; at++)
            is_listed = is_listed || strncmp(*at, scope.text, strcspn(*at, ":")) == 0;
        cr_assert(eq(int, is_listed, row[i].stand != SMK_STAND_NONE), "%s in %s", row[i].kind, row[i].scope);
        cr_assert(row[i].stand != SMK_STAND_DRAFT || smk_kind_has_drafts(kind));
        cr_assert(row[i].stand != SMK_STAND_PUBLISHED || smk_kind_is_published(kind));
    }
}
