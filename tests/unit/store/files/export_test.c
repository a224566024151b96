#include "store/files/export.h"

#include "proto/hash.h"

#include "tests/support/exports.h"
#include "tests/support/path.h"
#include "tests/support/published.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(export, .init = start_crypto);

static const char meeting[] =
    "{'ref' 'MT-1' 'area' '0201' 'date' '2021-11-16' 'kind' 'joint_consultation' 'level' 'district' "
    "'lists' [$3] 'organisers' ['as']}";
/* What row `row` (from 0) has in a column. */
struct looking {
    const struct smk_export_table *table;
    const char *column;
    size_t row, at;
    char text[4096];
};

static enum smk_err look_at_row(void *ctx, const struct smk_cell *cell, size_t count)
{
    struct looking *l = ctx;
    cr_assert(le(sz, count, l->table->columns.count));
    for (size_t i = 0; l->at == l->row && i < count; i++)
        if (strcmp(l->table->columns.at[i]->name, l->column) == 0) {
            cr_assert(lt(sz, cell[i].text.len, sizeof l->text));
            if (cell[i].text.len > 0)
                memcpy(l->text, cell[i].text.data, cell[i].text.len);
            l->text[cell[i].text.len] = '\0';
        }
    l->at++;
    return SMK_OK;
}

static const char *cell_at(struct smk_export *x, const char *table, size_t row, const char *column)
{
    static struct looking l;
    l = (struct looking){.table = test_export_table(x, table), .column = column, .row = row};
    cr_assert(ne(ptr, (void *)(uintptr_t)l.table, NULL), "%s", table);
    cr_assert(lt(sz, row, l.table->count));
    bool is_there = false;
    for (size_t i = 0; i < l.table->columns.count; i++)
        is_there = is_there || strcmp(l.table->columns.at[i]->name, column) == 0;
    cr_assert(is_there, "%s.%s", table, column);
    cr_assert(eq(int, smk_export_each(x, l.table, look_at_row, &l), SMK_OK));
    return l.text;
}

#define CELL(x, table, row, column, wanted)                                                              \
    cr_assert(                                                                                           \
        eq(str, (char *)(uintptr_t)cell_at((x), (table), (row), (column)), (char *)(uintptr_t)(wanted)), \
        "%s, %d, %s", (table), (row), (column))

Test(export, documents_stand_by_their_refs_with_what_they_say)
{
    struct test_deeds w;
    test_deeds_init(&w);
    struct test_run *as = test_deeds_log(&w, TEST_AS, "prov:02"),
                    *dm = test_deeds_log(&w, TEST_AS, "dm:0201");
    test_deed(as, TEST_EDIT("as-editor", "case_study", 1, test_study));
    test_deed(dm, TEST_EDIT("as-editor", "meeting", 2, meeting));
    test_deed(
        dm, TEST_EDIT(
                "as-editor", "joint_list", 3,
                "{'ref' 'JL-1' 'title' {'en' 'List'} 'parties' ['as' 'banan'] 'version' 1 'district' '0201' "
                "'negotiated_at' $2 'recommendations' [$4]}"));
    test_deed(dm, TEST_EDIT("as-editor", "meeting", 5,
                            "{'ref' 'MT-0' 'area' '0201' 'kind' 'forum' 'level' 'district'}"));
    test_deed(dm, TEST_EDIT("banan-gov", "meeting", 6, meeting)); /* does not count */
    struct smk_fold *f = test_deeds_fold(&w);
    struct smk_export x = test_export(f, false);
    cr_assert(eq(sz, x.count, 3), "types of which there is something");
    cr_assert(eq(sz, test_export_table(&x, "meeting")->count, 2));
    cr_assert(eq(u64, test_export_table(&x, "meeting")->left_out[SMK_LEFT_NOT_COUNTING], 1));
    CELL(&x, "meeting", 0, "ref", "MT-0");
    CELL(&x, "meeting", 1, "ref", "MT-1");
    CELL(&x, "meeting", 1, "lists", "JL-1");
    CELL(&x, "meeting", 1, "date", "2021-11-16");
    CELL(&x, "meeting", 1, "scope", "dm:0201");
    CELL(&x, "meeting", 1, "status", "planned");
    CELL(&x, "meeting", 1, "conflicts", "");
    CELL(&x, "joint_list", 0, "negotiated_at", "MT-1");
    CELL(&x, "joint_list", 0, "parties", "as; banan");
    cr_assert(eq(sz, strlen(cell_at(&x, "joint_list", 0, "recommendations")), 32),
              "what is not here has no name");
    CELL(&x, "case_study", 0, "title_km", "ក");
    CELL(&x, "case_study", 0, "title_en", "One");
    CELL(&x, "case_study", 0, "findings.id", "F-1");
    CELL(&x, "case_study", 0, "respondents.by_age.15_17.female", "1");
    cr_assert(eq(sz, strlen(cell_at(&x, "case_study", 0, "fingerprint")), 16));
    smk_export_deinit(&x);
    smk_fold_free(f);
    test_deeds_deinit(&w);
}

Test(export, names_are_given_only_where_they_are_nobody_elses)
{
    struct test_deeds w;
    test_deeds_init(&w);
    struct test_run *dm = test_deeds_log(&w, TEST_AS, "dm:0201");
    test_deed(dm, TEST_EDIT("as-editor", "meeting", 1,
                            "{'ref' 'MT-1' 'area' '0201' 'kind' 'forum' 'level' 'district'}"));
    test_deed(dm, TEST_EDIT("as-editor", "meeting", 2,
                            "{'ref' 'mt-1' 'area' '0201' 'kind' 'forum' 'level' 'district'}"));
    test_deed(dm, TEST_EDIT("as-editor", "meeting", 3,
                            "{'ref' 'MT-3' 'area' '0201' 'kind' 'forum' 'level' 'district'}"));
    test_deed(
        dm,
        TEST_EDIT(
            "as-editor", "meeting", 4,
            "{'ref' '0123456789abcdef0123456789ABCDEF' 'area' '0201' 'kind' 'forum' 'level' 'district'}"));
    test_deed(dm,
              TEST_EDIT("as-editor", "joint_list", 5, "{'ref' 'A' 'district' '0201' 'negotiated_at' $1}"));
    test_deed(dm,
              TEST_EDIT("as-editor", "joint_list", 6, "{'ref' 'B' 'district' '0201' 'negotiated_at' $3}"));
    test_deed(dm,
              TEST_EDIT("as-editor", "joint_list", 7, "{'ref' 'C' 'district' '0201' 'negotiated_at' $4}"));
    struct smk_fold *f = test_deeds_fold(&w);
    struct smk_export x = test_export(f, false);
    cr_assert(eq(sz, strlen(cell_at(&x, "joint_list", 0, "negotiated_at")), 32), "two are called so");
    CELL(&x, "joint_list", 1, "negotiated_at", "MT-3");
    cr_assert(ne(str, (char *)(uintptr_t)cell_at(&x, "joint_list", 2, "negotiated_at"),
                 "0123456789abcdef0123456789ABCDEF"),
              "a name that would be read as an id");
    uint8_t id[SMK_DOC_ID_BYTES], wanted[SMK_DOC_ID_BYTES];
    const struct smk_kind *kind = smk_kind_find(smk_bytes_of_text("meeting"));
    test_doc_id(3, wanted);
    cr_assert(eq(int, smk_names_lookup(&x.names, kind, smk_bytes_of_text("mt-3"), id), SMK_NAMED_ONE));
    cr_assert(eq(int, memcmp(id, wanted, sizeof id), 0));
    cr_assert(eq(int, smk_names_lookup(&x.names, kind, smk_bytes_of_text("MT-1"), id), SMK_NAMED_SEVERAL));
    cr_assert(eq(int, smk_names_lookup(&x.names, kind, smk_bytes_of_text("MT-2"), id), SMK_NAMED_NONE));
    cr_assert(eq(int, smk_names_lookup(&x.names, NULL, smk_bytes_of_text("MT-3"), id), SMK_NAMED_NONE));
    smk_export_deinit(&x);
    smk_fold_free(f);
    test_deeds_deinit(&w);
}

Test(export, several_values_are_told_and_the_first_is_shown)
{
    struct test_deeds w;
    test_deeds_init(&w);
    const uint8_t *first =
        test_deed(test_deeds_log(&w, TEST_AS, "dm:0201"),
                  TEST_EDIT("as-editor", "meeting", 1,
                            "{'ref' 'MT-1' 'area' '0201' 'kind' 'forum' 'level' 'district'}"));
    struct test_deed one = {
        .office = "as-editor", .kind = "meeting", .doc = 1, .dep_count = 1, .dep = {first}};
    one.fields = "{'date' '2021-11-16'}";
    test_deed(test_deeds_log(&w, TEST_AS, "dm:0201"), &one);
    one.office = "ctod-editor";
    one.fields = "{'date' '2021-11-17'}";
    test_deed(test_deeds_log(&w, TEST_CTOD, "dm:0201"), &one);
    struct smk_fold *f = test_deeds_fold(&w);
    struct smk_export x = test_export(f, false);
    CELL(&x, "meeting", 0, "conflicts", "date");
    cr_assert(eq(sz, strlen(cell_at(&x, "meeting", 0, "date")), 10));
    smk_export_deinit(&x);
    smk_fold_free(f);
    test_deeds_deinit(&w);
}

Test(export, interviews_leave_only_with_consent_and_never_for_everybody)
{
    struct test_deeds w;
    test_deeds_init(&w);
    struct test_run *as = test_deeds_log(&w, TEST_AS, "org:as");
    test_deed(as, TEST_EDIT("as-editor", "interview", 1,
                            "{'ref' 'I-1' 'sex' 'female' 'consent' 'yes' 'collected_by' 'as'}"));
    test_deed(as, TEST_EDIT("as-editor", "interview", 2,
                            "{'ref' 'I-2' 'sex' 'male' 'consent' 'no' 'collected_by' 'as'}"));
    test_deed(as, TEST_EDIT("as-editor", "interview", 3, "{'ref' 'I-3' 'sex' 'male' 'collected_by' 'as'}"));
    test_deed(as, TEST_EDIT("as-editor", "interview", 4,
                            "{'ref' 'I-4' 'age_band' '15_17' 'consent' 'yes' 'collected_by' 'as'}"));
    test_deed(as, TEST_EDIT("as-editor", "interview", 5,
                            "{'ref' 'I-5' 'age_band' '15_17' 'consent' 'yes' 'collected_by' 'as' "
                            "'guardian_consent' 'yes'}"));
    struct smk_fold *f = test_deeds_fold(&w);
    struct smk_export x = test_export(f, false);
    cr_assert(eq(sz, test_export_table(&x, "interview")->count, 2));
    cr_assert(eq(u64, test_export_table(&x, "interview")->left_out[SMK_LEFT_NO_CONSENT], 2));
    CELL(&x, "interview", 0, "ref", "I-1");
    CELL(&x, "interview", 1, "ref", "I-5");
    smk_export_deinit(&x);
    struct smk_table_type type = test_table_type("interview");
    struct smk_export_options options = {.is_public = true, .type = &type, .type_count = 1};
    cr_assert(eq(int, smk_export_init(&x, f, &options), SMK_OK));
    cr_assert(eq(sz, x.table[0].count, 0), "not even when asked for");
    cr_assert(eq(u64, x.table[0].left_out[SMK_LEFT_NOT_PUBLIC], 2));
    smk_export_deinit(&x);
    smk_fold_free(f);
    test_deeds_deinit(&w);
}

Test(export, for_everybody_only_what_is_published_and_no_small_number)
{
    struct test_deeds w;
    test_published_init(&w);
    struct smk_fold *f = test_deeds_fold(&w);
    struct smk_export x = test_export(f, true);
    cr_assert(eq(sz, test_export_table(&x, "case_study")->count, 1));
    cr_assert(eq(u64, test_export_table(&x, "case_study")->left_out[SMK_LEFT_NOT_PUBLIC], 2));
    CELL(&x, "case_study", 0, "scope", "pub");
    CELL(&x, "case_study", 0, "respondents.total", "30");
    CELL(&x, "case_study", 0, "respondents.by_age.15_17.total", "*");
    CELL(&x, "case_study", 0, "respondents.by_age.18_30.total", "*");
    CELL(&x, "event", 0, "participants.total", "20");
    CELL(&x, "event", 0, "participants.female", "*");
    CELL(&x, "event", 1, "participants.female", "20");
    cr_assert(eq(sz, test_export_table(&x, "attachment")->count, 1));
    CELL(&x, "attachment", 0, "ref", "AT-2");
    smk_export_deinit(&x);
    x = test_export(f, false);
    CELL(&x, "event", 0, "participants.female", "4");
    cr_assert(eq(sz, test_export_table(&x, "case_study")->count, 3));
    smk_export_deinit(&x);
    smk_fold_free(f);
    test_deeds_deinit(&w);
}

Test(export, acts_stand_by_their_time_with_what_they_are_about)
{
    struct test_deeds w;
    struct smk_buf text = {.max = SMK_PAYLOAD_BYTES_MAX};
    test_deeds_init(&w);
    test_path(&w, "recommendation.report_progress");
    struct test_run *dm = test_deeds_log(&w, TEST_AS, "dm:0201"),
                    *banan = test_deeds_log(&w, TEST_BANAN, "dm:0201");
    test_deeds_pin(&w, "recommendation", 2, &text);
    struct test_deed report = {.office = "as-editor",
                               .kind = "recommendation",
                               .act = "report_progress",
                               .doc = 2,
                               .dep = {banan->record[banan->count - 1].id},
                               .dep_count = 1,
                               .fields = "{'ref' 'FU-1' 'date' '2022-01-01' 'status' 'planned' 'percent' 5}",
                               .text = smk_buf_view(&text)};
    test_deed(dm, &report);
    report.fields = "{'date' '2022-02-01' 'percent' 100 'status' 'done'}";
    test_deed(dm, &report);
    report.dep_count = 0;
    report.office = "banan-gov"; /* may not */
    test_deed(test_deeds_log(&w, TEST_BANAN, "dm:0201"), &report);
    struct smk_fold *f = test_deeds_fold(&w);
    struct smk_export x = test_export(f, false);
    cr_assert(eq(sz, test_export_table(&x, "follow_up")->count, 2));
    cr_assert(eq(u64, test_export_table(&x, "follow_up")->left_out[SMK_LEFT_NOT_COUNTING], 1));
    CELL(&x, "follow_up", 0, "act", "report_progress");
    CELL(&x, "follow_up", 0, "of", "RC-1");
    CELL(&x, "follow_up", 0, "percent", "5");
    CELL(&x, "follow_up", 1, "status", "done");
    CELL(&x, "follow_up", 1, "office", "as-editor");
    CELL(&x, "follow_up", 1, "org", "as");
    cr_assert(eq(sz, strlen(cell_at(&x, "follow_up", 1, "record")), 64));
    const char *time = cell_at(&x, "follow_up", 0, "time");
    cr_assert(eq(sz, strlen(time), 24));
    cr_assert(eq(int, strncmp(time, "2024-04-17T", 11), 0), "%s", time);
    smk_export_deinit(&x);
    smk_fold_free(f);
    smk_buf_deinit(&text);
    test_deeds_deinit(&w);
}

Test(export, what_is_not_in_form_is_left_out_and_told)
{
    static const char *const bad[] = {
        "{'ref' 'B' 'title' 5}",
        "{'ref' 'B' 'title' {'fr' 'a'}}",
        "{'ref' 'B' 'title' {'en' '\x1b[2J'}}",
        "{'ref' 'B' 'participants' {'total' 1 'by_x' "
        "{'0123456789012345678901234567890123456789012345678901234567890123x' 1}}}",
        "{'ref' 'B' 'partners' 'x'}",
        "{'ref' 'B' 'sessions' [{'nothing' 1}]}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct test_deeds w;
        test_deeds_init(&w);
        struct test_run *pub = test_deeds_log(&w, TEST_SEC, "pub");
        test_deed(pub, TEST_EDIT("sec-editor", "event", 1, "{'ref' 'A' 'kind' 'other'}"));
        test_deed(pub, TEST_EDIT("sec-editor", "event", 2, bad[i]));
        test_deed(pub, TEST_EDIT("sec-editor", "event", 3,
                                 "{'ref' 'C' 'zzz' 'of a later version' 'kind' 'other'}"));
        struct smk_fold *f = test_deeds_fold(&w);
        struct smk_export x = test_export(f, false);
        cr_assert(eq(sz, test_export_table(&x, "event")->count, 2), "%s", bad[i]);
        cr_assert(eq(u64, test_export_table(&x, "event")->left_out[SMK_LEFT_UNFIT], 1), "%s", bad[i]);
        CELL(&x, "event", 1, "ref", "C");
        smk_export_deinit(&x);
        smk_fold_free(f);
        test_deeds_deinit(&w);
    }
}

Test(export, what_a_row_does_not_say_of_its_document_is_counted)
{
    struct test_deeds w;
    test_deeds_init(&w);
    struct test_run *sec = test_deeds_log(&w, TEST_SEC, "pub"), *as = test_deeds_log(&w, TEST_AS, "pub");
    test_deed(sec, TEST_EDIT("sec-editor", "event", 1, "{'ref' 'A' 'kind' 'other' 'organisers' ['as']}"));
    test_deed(sec, TEST_EDIT("sec-editor", "event", 2, "{'ref' 'B' 'kind' 'other' 'zzz' 1 'yyy' 2}"));
    test_deed(sec, TEST_EDIT("sec-editor", "event", 3, "{'ref' 'C' 'kind' 'other' 'area' '02'}"));
    test_deed(as, TEST_EDIT("as-editor", "event", 3, "{'organisers' ['as'] 'area' '01'}"));
    test_deed(sec, TEST_EDIT("sec-editor", "of_tomorrow", 4, "{'ref' 'D'}"));
    for (int is_public = 0; is_public < 2; is_public++) {
        struct smk_fold *f = test_deeds_fold(&w);
        struct smk_export x = test_export(f, is_public == 1);
        const struct smk_export_table *t = test_export_table(&x, "event");
        cr_assert(eq(sz, t->count, 3));
        cr_assert(eq(u64, t->left_behind[SMK_LEFT_BEHIND_NEWER_FIELDS], 1), "documents, not fields");
        cr_assert(eq(u64, t->left_behind[SMK_LEFT_BEHIND_OTHER_VALUES], 1));
        cr_assert(eq(u64, x.newer_documents, 1));
        smk_export_deinit(&x);
        smk_fold_free(f);
    }
    test_deeds_deinit(&w);
}

Test(export, documents_that_need_too_many_columns_are_left_out_and_told)
{
    struct test_deeds w;
    test_deeds_init(&w);
    struct test_run *as = test_deeds_log(&w, TEST_AS, "org:as");
    for (uint64_t n = 0; n < 8; n++) {
        static char fields[16 * 1024];
        size_t len = (size_t)snprintf(fields, sizeof fields, "{'ref' 'I-%d' 'answers' {", (int)n);
        for (unsigned i = 0; i < 200; i++)
            len += (size_t)snprintf(fields + len, sizeof fields - len, "'q%u%03u' 'a' ", (unsigned)n, i);
        (void)snprintf(fields + len, sizeof fields - len, "} 'consent' 'yes' 'collected_by' 'as'}");
        test_deed(as, TEST_EDIT("as-editor", "interview", n, fields));
    }
    struct smk_fold *f = test_deeds_fold(&w);
    struct smk_export x = test_export(f, false);
    cr_assert(eq(sz, test_export_table(&x, "interview")->count, 5),
              "of which each needs 200 columns of its own");
    cr_assert(eq(u64, test_export_table(&x, "interview")->left_out[SMK_LEFT_UNFIT], 3));
    cr_assert(le(sz, test_export_table(&x, "interview")->columns.count, SMK_TABLE_COLUMNS_MAX));
    smk_export_deinit(&x);
    smk_fold_free(f);
    test_deeds_deinit(&w);
}
