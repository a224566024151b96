#include "proto/fold.h"
#include "proto/hash.h"
#include "tests/support/deeds.h"
#include "tests/support/fault.h"
#include "tests/support/notation.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(fold, .init = start_crypto);

#define EDIT(o, k, d, f) (&(struct test_deed){.office = (o), .kind = (k), .doc = (d), .fields = (f)})

static enum smk_reason reason_of(const struct smk_fold *f, const uint8_t *id)
{
    const struct smk_fold_entry *e = smk_fold_find_entry(f, id);
    cr_assert(ne(ptr, (void *)(uintptr_t)e, NULL));
    return e->reason;
}

static bool says(struct smk_fold *f, const struct smk_fold_doc *doc, const char *field, const char *text)
{
    return smk_span_is_text(smk_fold_first(f, doc, field), text);
}

/* ---- edits ---- */

Test(fold, whether_an_edit_counts_is_told_with_its_reason)
{
    static const struct {
        enum test_who who;
        const char *scope, *office, *kind, *fields;
        enum smk_reason reason;
    } row[] = {
        {TEST_AS, "prov:02", "as-editor", "case_study", "{'district' '0201' 'lead_org' 'as'}",
         SMK_REASON_COUNTS},
        {TEST_AS, "prov:02", "as-editor", "case_study", "{'district' '0201' 'lead_org' 'ctod'}",
         SMK_REASON_OWNER},
        {TEST_AS, "prov:02", "as-approver", "case_study", "{'district' '0201'}", SMK_REASON_ROLE},
        {TEST_AS, "prov:02", "ctod-editor", "case_study", "{'district' '0201'}", SMK_REASON_OFFICE},
        {TEST_AS, "prov:02", "nobody", "case_study", "{'district' '0201'}", SMK_REASON_OFFICE},
        {TEST_AS, "prov:02", "as-editor", "case_study", "{'district' '0301'}", SMK_REASON_SCOPE},
        {TEST_AS, "dm:0201", "as-editor", "case_study", "{'district' '0201'}", SMK_REASON_SCOPE},
        {TEST_AS, "prov:02", "as-editor", "study", "{}", SMK_REASON_UNKNOWN_KIND},
        {TEST_AS, "org:as", "as-editor", "interview", "{'collected_by' 'as'}", SMK_REASON_COUNTS},
        {TEST_AS, "org:as", "as-editor", "interview", "{'collected_by' 'ctod'}", SMK_REASON_OWNER},
        {TEST_AS, "org:as", "as-editor", "case_study", "{'district' '0301' 'lead_org' 'ctod'}",
         SMK_REASON_COUNTS},
        {TEST_AS, "org:as", "as-editor", "joint_list", "{}", SMK_REASON_COUNTS},
        {TEST_AS, "org:as", "as-approver", "case_study", "{}", SMK_REASON_ROLE},
        {TEST_CTOD, "org:as", "ctod-editor", "case_study", "{}", SMK_REASON_OWNER},
        {TEST_SEC, "org:sec", "sec-approver", "project", "{}", SMK_REASON_COUNTS},
        {TEST_SEC, "nat", "sec-editor", "study_report", "{'lead_org' 'sec'}", SMK_REASON_COUNTS},
        {TEST_SEC, "nat", "sec-editor", "study_report", "{'lead_org' 'sec' 'province' '02'}",
         SMK_REASON_SCOPE},
        {TEST_AS, "prov:02", "as-editor", "study_report", "{'lead_org' 'as' 'province' '02'}",
         SMK_REASON_COUNTS},
        {TEST_SEC, "pub", "sec-approver", "study_report", "{'lead_org' 'as'}", SMK_REASON_COUNTS},
        {TEST_AUDITOR, "prov:02", "sec-auditor", "audit_note", "{'target' $1}", SMK_REASON_COUNTS},
        {TEST_AUDITOR, "prov:02", "sec-auditor", "case_study", "{}", SMK_REASON_ROLE},
        {TEST_AS, "prov:02", "as-editor", "audit_note", "{}", SMK_REASON_ROLE},
        {TEST_CTOD, "dm:0203", "ctod-narrow", "joint_list", "{'case_studies' [$6] 'district' '0203'}",
         SMK_REASON_COUNTS},
        {TEST_CTOD, "dm:0201", "ctod-narrow", "joint_list", "{'case_studies' [$6] 'district' '0201'}",
         SMK_REASON_AREA},
        {TEST_HUB, "pub", "hub-coord", "meeting", "{'area' '02' 'level' 'province'}", SMK_REASON_COUNTS},
        {TEST_HUB, "pub", "hub-coord", "meeting", "{'level' 'national'}", SMK_REASON_AREA},
        {TEST_HUB, "pub", "hub-coord", "meeting", "{'area' '0201' 'level' 'district'}", SMK_REASON_SCOPE},
        {TEST_SEC, "pub", "sec-approver", "project", "{}", SMK_REASON_COUNTS},
        {TEST_SEC, "pub", "sec-editor", "project", "{}", SMK_REASON_ROLE},
        {TEST_SEC, "pub", "sec-approver", "case_study", "{}", SMK_REASON_PREREQUISITE},
        {TEST_SEC, "pub", "sec-editor", "case_study", "{}", SMK_REASON_ROLE},
        {TEST_BANAN, "dm:0201", "banan-clerk", "recommendation", "{'from_findings' ['F'] 'district' '0201'}",
         SMK_REASON_COUNTS},
        {TEST_BANAN, "dm:0201", "banan-gov", "recommendation", "{'district' '0201'}", SMK_REASON_ROLE},
    };
    struct test_deeds w;
    const uint8_t *id[sizeof row / sizeof row[0]];
    test_deeds_init(&w);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        id[i] = test_deed(test_deeds_log(&w, row[i].who, row[i].scope),
                          EDIT(row[i].office, row[i].kind, i, row[i].fields));
    struct smk_fold *f = test_deeds_fold(&w);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(eq(int, reason_of(f, id[i]), row[i].reason), "row %zu, %s by %s: %s", i, row[i].kind,
                  row[i].office, smk_reason_code(reason_of(f, id[i])));
    smk_fold_free(f);
    test_deeds_deinit(&w);
}

Test(fold, who_gives_a_document_another_area_needs_a_say_over_both)
{
    static const struct {
        const char *before, *after;
        enum smk_reason reason;
    } row[] = {
        {"{'area' '02' 'level' 'province'}", "{'area' '02'}", SMK_REASON_COUNTS},
        {"{'area' '03' 'level' 'province'}", "{'area' '03'}", SMK_REASON_AREA},
        {"{'area' '02' 'level' 'province'}", "{'area' '03'}", SMK_REASON_AREA},
        {"{'area' '03' 'level' 'province'}", "{'area' '02'}",
         SMK_REASON_AREA}, /* taken from another province */
    };
    struct test_deeds w;
    const uint8_t *id[sizeof row / sizeof row[0]];
    test_deeds_init(&w);
    struct test_run *sec = test_deeds_log(&w, TEST_SEC, "pub"), *hub = test_deeds_log(&w, TEST_HUB, "pub");
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct test_deed moved = {.office = "hub-coord", .kind = "meeting", .doc = i, .fields = row[i].after};
        moved.dep[moved.dep_count++] = test_deed(sec, EDIT("sec-editor", "meeting", i, row[i].before));
        id[i] = test_deed(hub, &moved);
    }
    struct smk_fold *f = test_deeds_fold(&w);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(eq(int, reason_of(f, id[i]), row[i].reason), "row %zu: %s", i,
                  smk_reason_code(reason_of(f, id[i])));
    smk_fold_free(f);
    test_deeds_deinit(&w);
}

/* Two edits make a document without knowing of each other, in two areas; a third one has seen both. Records about another
 * document, in logs before and behind, have seen the one, the other, or neither. */
static void judge_third(enum test_who who, const char *office, int seen)
{
    enum { LOGS = 12 };
    struct test_deeds w;
    struct test_run *log[LOGS];
    test_deeds_init(&w);
    for (size_t i = 0; i < LOGS; i++)
        log[i] = test_deeds_log_again(&w, TEST_SEC, "pub", 30 + i);
    const uint8_t *made[2] = {
        test_deed(log[2], EDIT("sec-editor", "meeting", 1, "{'area' '02' 'level' 'province'}")),
        test_deed(log[3], EDIT("sec-editor", "meeting", 1, "{'area' '03' 'level' 'province'}")),
    };
    struct test_deed other = {.office = "sec-editor", .kind = "meeting", .doc = 2, .dep_count = 1};
    for (size_t i = 0; seen < 2 && i < LOGS; i++) {
        other.dep[0] = made[seen];
        if (i != 2 && i != 3)
            test_deed(log[i], &other);
    }
    struct test_deed third = {.office = office, .kind = "meeting", .doc = 1, .fields = "{'ref' 'A'}"};
    third.dep[third.dep_count++] = made[0];
    third.dep[third.dep_count++] = made[1];
    const uint8_t *id = test_deed(test_deeds_log(&w, who, "pub"), &third);
    bool is_first_smaller = memcmp(made[0], made[1], SMK_ID_BYTES) < 0;
    struct smk_fold *f = test_deeds_fold(&w);
    cr_assert(eq(int, reason_of(f, id), is_first_smaller ? SMK_REASON_COUNTS : SMK_REASON_AREA),
              "%s, seen %d: %s", office, seen, smk_reason_code(reason_of(f, id)));
    smk_fold_free(f);
    test_deeds_deinit(&w);
}

Test(fold, the_area_of_a_document_that_was_made_twice_hangs_on_no_other_record)
{
    for (int seen = 0; seen < 3; seen++) {
        judge_third(TEST_HUB, "hub-coord", seen);
        judge_third(TEST_CTOD, "ctod-editor", seen);
        judge_third(TEST_AS, "as-editor", seen);
    }
}

Test(fold, a_value_is_replaced_by_an_edit_that_had_seen_it)
{
    struct test_deeds w;
    test_deeds_init(&w);
    struct test_run *ctod = test_deeds_log(&w, TEST_CTOD, "dm:0201"),
                    *clerk = test_deeds_log(&w, TEST_BANAN, "dm:0201");
    const uint8_t *first =
        test_deed(ctod, EDIT("ctod-editor", "joint_list", 1,
                             "{'case_studies' [$6] 'ref' 'JL' 'version' 1 'district' '0201'}"));
    struct test_deed second = {.office = "banan-clerk",
                               .kind = "joint_list",
                               .doc = 1,
                               .fields = "{'case_studies' [$6] 'version' 2}"};
    second.dep[second.dep_count++] = first;
    test_deed(clerk, &second);
    struct smk_fold *f = test_deeds_fold(&w);
    const struct smk_fold_doc *doc = test_find_doc(f, "joint_list", 1, "dm:0201");
    cr_assert(eq(sz, doc->head_count, 1));
    cr_assert(eq(u64, smk_span_uint(smk_fold_first(f, doc, "version")), 2));
    cr_assert(says(f, doc, "ref", "JL"), "what the later edit did not name stays");
    smk_fold_free(f);
    test_deeds_deinit(&w);
}

Test(fold, values_written_without_knowing_of_each_other_both_stay_in_order_of_id)
{
    struct test_deeds w;
    struct smk_fold_value value[SMK_FOLD_VALUES_MAX];
    test_deeds_init(&w);
    struct test_run *ctod = test_deeds_log(&w, TEST_CTOD, "dm:0201"),
                    *as = test_deeds_log(&w, TEST_AS, "dm:0201");
    const uint8_t *base =
        test_deed(ctod, EDIT("ctod-editor", "joint_list", 1, "{'case_studies' [$6] 'ref' 'A' 'version' 1}"));
    struct test_deed edit = {.office = "as-editor",
                             .kind = "joint_list",
                             .doc = 1,
                             .fields = "{'case_studies' [$6] 'ref' 'B' 'version' 1}"};
    edit.dep[edit.dep_count++] = base;
    const uint8_t *left = test_deed(as, &edit);
    const uint8_t *right =
        test_deed(ctod, EDIT("ctod-editor", "joint_list", 1, "{'case_studies' [$6] 'ref' 'C'}"));
    struct smk_fold *f = test_deeds_fold(&w);
    const struct smk_fold_doc *doc = test_find_doc(f, "joint_list", 1, "dm:0201");
    cr_assert(eq(sz, doc->head_count, 2));
    bool left_first = memcmp(left, right, SMK_ID_BYTES) < 0;
    cr_assert(eq(sz, smk_fold_values(f, doc, smk_bytes_of_text("ref"), value), 2));
    cr_assert(smk_span_is_text(value[0].value, left_first ? "B" : "C"));
    cr_assert(smk_span_is_text(value[1].value, left_first ? "C" : "B"));
    cr_assert(eq(sz, smk_fold_values(f, doc, smk_bytes_of_text("version"), value), 1),
              "only one side set it since");
    smk_fold_free(f);

    struct test_deed choice = {
        .office = "as-editor", .kind = "joint_list", .doc = 1, .fields = "{'case_studies' [$6] 'ref' 'B'}"};
    choice.dep[choice.dep_count++] = right;
    test_deed(as, &choice);
    f = test_deeds_fold(&w);
    doc = test_find_doc(f, "joint_list", 1, "dm:0201");
    cr_assert(eq(sz, doc->head_count, 1));
    cr_assert(eq(sz, smk_fold_values(f, doc, smk_bytes_of_text("ref"), value), 1), "somebody chose");
    smk_fold_free(f);
    test_deeds_deinit(&w);
}

Test(fold, equal_values_of_two_edits_are_one_value)
{
    struct test_deeds w;
    struct smk_fold_value value[SMK_FOLD_VALUES_MAX];
    test_deeds_init(&w);
    test_deed(test_deeds_log(&w, TEST_CTOD, "dm:0201"),
              EDIT("ctod-editor", "joint_list", 1, "{'case_studies' [$6] 'ref' 'A'}"));
    test_deed(test_deeds_log(&w, TEST_AS, "dm:0201"),
              EDIT("as-editor", "joint_list", 1, "{'case_studies' [$6] 'ref' 'A'}"));
    struct smk_fold *f = test_deeds_fold(&w);
    const struct smk_fold_doc *doc = test_find_doc(f, "joint_list", 1, "dm:0201");
    cr_assert(eq(sz, doc->head_count, 2));
    cr_assert(eq(sz, smk_fold_values(f, doc, smk_bytes_of_text("ref"), value), 1));
    smk_fold_free(f);
    test_deeds_deinit(&w);
}

Test(fold, an_edit_that_does_not_count_changes_nothing)
{
    struct test_deeds w;
    test_deeds_init(&w);
    struct test_run *as = test_deeds_log(&w, TEST_AS, "prov:02"),
                    *ctod = test_deeds_log(&w, TEST_CTOD, "prov:02");
    const uint8_t *own =
        test_deed(as, EDIT("as-editor", "case_study", 1, "{'ref' 'A' 'district' '0201' 'lead_org' 'as'}"));
    struct test_deed foreign = {
        .office = "ctod-editor", .kind = "case_study", .doc = 1, .fields = "{'ref' 'X'}"};
    foreign.dep[foreign.dep_count++] = own;
    const uint8_t *id = test_deed(ctod, &foreign);
    struct smk_fold *f = test_deeds_fold(&w);
    const struct smk_fold_doc *doc = test_find_doc(f, "case_study", 1, "prov:02");
    cr_assert(eq(int, reason_of(f, id), SMK_REASON_OWNER));
    cr_assert(eq(sz, doc->edit_count, 2), "it stays visible");
    cr_assert(eq(sz, doc->head_count, 1));
    cr_assert(says(f, doc, "ref", "A"));
    smk_fold_free(f);
    test_deeds_deinit(&w);
}

Test(fold, the_same_id_in_two_scopes_is_two_documents)
{
    struct test_deeds w;
    test_deeds_init(&w);
    test_deed(test_deeds_log(&w, TEST_AS, "prov:02"),
              EDIT("as-editor", "study_report", 1, "{'ref' 'A' 'lead_org' 'as' 'province' '02'}"));
    test_deed(test_deeds_log(&w, TEST_SEC, "pub"), EDIT("sec-approver", "study_report", 1, "{'ref' 'B'}"));
    struct smk_fold *f = test_deeds_fold(&w);
    const struct smk_fold_doc *own = test_find_doc(f, "study_report", 1, "prov:02"),
                              *wide = test_find_doc(f, "study_report", 1, "pub");
    cr_assert(says(f, own, "ref", "A"));
    cr_assert(says(f, wide, "ref", "B"));
    cr_assert(eq(ptr, (void *)(uintptr_t)smk_fold_find_doc(f, own->kind_name, own->id, NULL),
                 (void *)(uintptr_t)own));
    smk_fold_free(f);
    test_deeds_deinit(&w);
}

Test(fold, what_a_newer_version_wrote_is_shown_and_counts_where_its_type_is_known)
{
    struct test_deeds w;
    test_deeds_init(&w);
    struct test_run *as = test_deeds_log(&w, TEST_AS, "prov:02");
    (void)test_deed(as, EDIT("as-editor", "survey", 7, "{'title' {'en' 'a'} 'colour' 'red'}"));
    const uint8_t *later = test_deed(as, EDIT("as-editor", "survey", 7, "{'colour' 'blue'}"));
    (void)test_deed(as, EDIT("as-editor", "case_study", 1, "{'colour' 'red' 'district' '0201'}"));
    (void)test_deed(as, EDIT("as-editor", "case_study", 1, "{'year' 2021}"));
    struct smk_fold *f = test_deeds_fold(&w);
    const struct smk_fold_doc *survey = test_find_doc(f, "survey", 7, "prov:02");
    const struct smk_fold_doc *study = test_find_doc(f, "case_study", 1, "prov:02");
    struct smk_bytes name[SMK_FOLD_NAMES_MAX];
    cr_assert(eq(int, survey->counts, false));
    cr_assert(eq(int, reason_of(f, later), SMK_REASON_UNKNOWN_KIND));
    cr_assert(eq(sz, smk_fold_names(survey, name), 2));
    cr_assert(says(f, survey, "colour", "blue"));
    cr_assert(eq(int, study->counts, true));
    cr_assert(says(f, study, "colour", "red"), "a later edit has lost a field that it does not know");
    smk_fold_free(f);
    test_deeds_deinit(&w);
}

Test(fold, of_a_document_in_several_scopes_the_one_where_it_lives_is_found_first)
{
    struct test_deeds w;
    struct smk_fold *f;
    test_deeds_init(&w);
    struct smk_bytes kind = smk_bytes_of_text("case_study");
    static const struct {
        enum test_who who;
        const char *scope, *office;
    } row[] = {{TEST_AS, "org:as", "as-editor"},
               {TEST_SEC, "pub", "sec-approver"},
               {TEST_AS, "prov:02", "as-editor"}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        uint8_t id[SMK_DOC_ID_BYTES];
        test_doc_id(1, id);
        (void)test_deed(test_deeds_log(&w, row[i].who, row[i].scope),
                        EDIT(row[i].office, "case_study", 1, "{'district' '0201' 'lead_org' 'as'}"));
        f = test_deeds_fold(&w);
        cr_assert(eq(str, (char *)(uintptr_t)smk_fold_find_doc(f, kind, id, NULL)->scope->text,
                     (char *)(uintptr_t)row[i].scope));
        smk_fold_free(f);
    }
    test_deeds_deinit(&w);
}

Test(fold, a_hole_and_a_payload_of_another_form_do_not_count)
{
    struct test_deeds w;
    struct smk_buf odd = {.max = 256};
    test_deeds_init(&w);
    struct test_run *as = test_deeds_log(&w, TEST_AS, "prov:02");
    const uint8_t *hole = test_deed(as, EDIT("as-editor", "case_study", 1, "{'district' '0201'}"));
    test_run_drop_payload(as, as->count - 1);
    test_pack(&odd, "{'hello' 1}", NULL);
    struct smk_header h = test_run_next(as, SMK_RECORD_EDIT);
    test_run_push(as, &h, smk_buf_view(&odd));
    const uint8_t *strange = as->record[as->count - 1].id;
    test_run_record(as, 99); /* a type that nobody knows */
    struct smk_fold *f = test_deeds_fold(&w);
    cr_assert(eq(int, reason_of(f, hole), SMK_REASON_NO_PAYLOAD));
    cr_assert(eq(int, reason_of(f, strange), SMK_REASON_SHAPE));
    cr_assert(eq(sz, smk_fold_doc_count(f), 0));
    cr_assert(eq(sz, smk_fold_entry_count(f), 2));
    cr_assert(eq(sz, smk_fold_record_count(f), 4));
    smk_fold_free(f);
    test_deeds_deinit(&w);
    smk_buf_deinit(&odd);
}

Test(fold, rights_are_those_that_the_log_was_opened_with)
{
    struct test_deeds w;
    uint8_t old[SMK_HASH_BYTES], hash[SMK_HASH_BYTES];
    test_deeds_init(&w);
    struct test_run *before = test_deeds_log(&w, TEST_AS, "prov:02");
    const uint8_t *early = test_deed(before, EDIT("as-editor", "case_study", 1, "{'district' '0201'}"));
    memcpy(old, w.device[TEST_AS].decision, sizeof old);
    struct smk_decision less = test_device(&w.device[TEST_AS], "as", "as-approver");
    test_replace(&less, old);
    test_decide(&w.coalition, &less, w.device[TEST_AS].decision);
    struct test_run *after = test_deeds_log_again(&w, TEST_AS, "prov:02", 77);
    const uint8_t *late = test_deed(after, EDIT("as-editor", "case_study", 2, "{'district' '0201'}"));
    const uint8_t *still = test_deed(before, EDIT("as-editor", "case_study", 3, "{'district' '0201'}"));
    struct smk_fold *f = test_deeds_fold(&w);
    cr_assert(eq(int, reason_of(f, early), SMK_REASON_COUNTS));
    cr_assert(eq(int, reason_of(f, late), SMK_REASON_OFFICE));
    cr_assert(eq(int, reason_of(f, still), SMK_REASON_COUNTS), "the old log goes on with its rights");
    smk_fold_free(f);

    struct smk_decision moved = test_office("as-editor", "ctod", "member_editor", "");
    uint8_t in_force[4][SMK_HASH_BYTES];
    cr_assert(eq(sz,
                 smk_roster_in_force(w.coalition.roster, SMK_DECIDE_OFFICE, smk_bytes_of_text("as-editor"),
                                     in_force, 4),
                 1));
    test_replace(&moved, in_force[0]);
    test_decide(&w.coalition, &moved, hash);
    f = test_deeds_fold(&w);
    cr_assert(eq(int, reason_of(f, early), SMK_REASON_NOT_IN_FORCE), "the office now belongs to others");
    smk_fold_free(f);
    test_deeds_deinit(&w);
}

/* ---- acts ---- */
