/* Every guard of the policy: what it lets pass and what it refuses, asked before writing and forced into a log. */
#include "proto/hash.h"
#include "tests/support/path.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(guard, .init = start_crypto);

static enum smk_reason judged(struct test_deeds *w, const uint8_t *id)
{
    struct smk_fold *f = test_deeds_fold(w);
    const struct smk_fold_entry *e = smk_fold_find_entry(f, id);
    cr_assert(ne(ptr, (void *)(uintptr_t)e, NULL));
    enum smk_reason reason = e->reason;
    smk_fold_free(f);
    return reason;
}

/* A step of the path, done otherwise. */
struct row {
    const char *step;   /* whose place it takes: what comes before has been done */
    const char *office; /* NULL: that of the step */
    const char *fields; /* NULL: those of the step */
    enum smk_reason reason;
    enum test_who who; /* with office */
    const char *edit;  /* an edit of its document before it; by its first editor */
    const char *again; /* the name of a step that is done first: out of turn, or once more */
};

static void expect(const struct row *row, size_t at)
{
    struct test_deeds w;
    enum smk_reason asked, forced;
    const struct test_step *model = test_path_step(row->step);
    cr_assert(ne(ptr, (void *)(uintptr_t)model, NULL), "%s", row->step);
    struct test_step step = *model;
    test_deeds_init(&w);
    test_path(&w, row->step);
    if (row->again != NULL)
        (void)test_path_force(&w, test_path_step(row->again), &asked);
    if (row->edit != NULL) {
        struct test_step edit = {
            TEST_CTOD,
            step.scope,
            {.office = "ctod-editor", .kind = step.deed.kind, .doc = step.deed.doc, .fields = row->edit}};
        if (strcmp(step.deed.kind, "case_study") == 0) {
            edit.who = TEST_AS;
            edit.deed.office = "as-editor";
        }
        (void)test_path_force(&w, &edit, &asked);
    }
    if (row->office != NULL) {
        step.deed.office = row->office;
        step.who = row->who;
    }
    step.deed.fields = row->fields != NULL ? row->fields : step.deed.fields;
    const uint8_t *id = test_path_force(&w, &step, &asked);
    forced = judged(&w, id);
    cr_assert(eq(int, asked, row->reason), "row %zu, %s, asked before: %s", at, row->step,
              smk_reason_code(asked));
    cr_assert(eq(int, forced, row->reason), "row %zu, %s, forced: %s", at, row->step,
              smk_reason_code(forced));
    test_deeds_deinit(&w);
}

#define BY(name, whoever, office_name, why)                                \
    {                                                                      \
        .step = name, .who = whoever, .office = office_name, .reason = why \
    }
#define EXPECT_ALL(rows)                                          \
    for (size_t i = 0; i < sizeof(rows) / sizeof((rows)[0]); i++) \
    expect(&(rows)[i], i)

Test(guard, the_whole_path_counts)
{
    struct test_deeds w;
    test_deeds_init(&w);
    test_path(&w, NULL);
    struct smk_fold *f = test_deeds_fold(&w);
    for (size_t i = 0; i < smk_fold_entry_count(f); i++)
        cr_assert(eq(int, smk_fold_entry_at(f, i)->reason, SMK_REASON_COUNTS), "record %zu: %s", i,
                  smk_reason_code(smk_fold_entry_at(f, i)->reason));
    smk_fold_free(f);
    test_deeds_deinit(&w);
}

#define WHY "'reason' {'en' 'x'}"

Test(guard, of_studies)
{
    static const struct row row[] = {
        {"case_study.submit", .reason = SMK_REASON_COUNTS},
        {"case_study.submit", .edit = "{'respondents' nil}", .reason = SMK_REASON_CONSENT},
        {"case_study.submit", .again = "case_study.submit", .reason = SMK_REASON_STATE},
        BY("case_study.submit", TEST_CTOD, "ctod-editor", SMK_REASON_OWNER),
        BY("case_study.submit", TEST_AS, "as-approver", SMK_REASON_ROLE),
        {"case_study.verify", .reason = SMK_REASON_COUNTS},
        {"case_study.verify", .again = "case_study.verify", .reason = SMK_REASON_STATE},
        BY("case_study.verify", TEST_SEC, "sec-editor", SMK_REASON_ROLE),
    };
    EXPECT_ALL(row);
}

Test(guard, of_meetings)
{
    static const struct row row[] = {
        {"meeting.record_minutes", .edit = "{'date' '2024-04-18'}", .reason = SMK_REASON_COUNTS},
        {"meeting.record_minutes", .edit = "{'date' '2024-04-19'}", .reason = SMK_REASON_FUTURE},
        {"meeting.record_minutes", .edit = "{'date' '2024-05'}", .reason = SMK_REASON_FUTURE},
        {"meeting.record_minutes", .edit = "{'date' '2024'}", .reason = SMK_REASON_COUNTS},
        {"meeting.record_minutes", .edit = "{'date' '2025'}", .reason = SMK_REASON_FUTURE},
        {"meeting.record_minutes", .edit = "{'date' nil}", .reason = SMK_REASON_COUNTS},
        {"meeting.record_minutes", .edit = "{'participants' {'total' 5}}", .reason = SMK_REASON_PARTICIPANTS},
        {"meeting.record_minutes", .edit = "{'participants' nil}", .reason = SMK_REASON_COUNTS},
        {"meeting.record_minutes", .fields = "{'participants' {'total' 5 'female' nil}}",
         .reason = SMK_REASON_COUNTS},
        {"meeting.record_minutes", .fields = "{'participants' {'total' 5 'female' 6}}",
         .reason = SMK_REASON_TALLY},
        {"meeting.record_minutes", .again = "meeting.record_minutes", .reason = SMK_REASON_COUNTS},
        BY("meeting.record_minutes", TEST_BAVEL, "bavel-gov", SMK_REASON_ROLE),
        {"meeting.close", .reason = SMK_REASON_COUNTS},
        {"meeting.close", .edit = "{'date' '2999-01-01'}", .reason = SMK_REASON_FUTURE},
        {"meeting.close", .again = "meeting.close", .reason = SMK_REASON_STATE},
        BY("meeting.close", TEST_SEC, "sec-approver", SMK_REASON_COUNTS),
        {"meeting.record_minutes", .again = "meeting.close", .reason = SMK_REASON_COUNTS},
    };
    EXPECT_ALL(row);
}

/* The approver who wrote the minutes too does not close. */
Test(guard, who_planned_or_wrote_the_minutes_does_not_close)
{
    struct test_deeds w;
    enum smk_reason asked;
    static const struct test_step plan = {
        TEST_HUB,
        "pub",
        {.office = "hub-coord",
         .kind = "meeting",
         .doc = 8,
         .fields = "{'kind' 'forum' 'level' 'province' 'area' '02' 'participants' nil}"}};
    static const struct test_step minutes = {TEST_SEC,
                                             "pub",
                                             {.office = "sec-editor",
                                              .kind = "meeting",
                                              .act = "record_minutes",
                                              .doc = 8,
                                              .fields = "{'minutes' {'en' 'x'}}"}};
    struct test_step close = {
        TEST_HUB, "pub", {.office = "hub-coord", .kind = "meeting", .act = "close", .doc = 8}};
    test_deeds_init(&w);
    (void)test_path_force(&w, &plan, &asked);
    const uint8_t *early = test_path_force(&w, &close, &asked);
    cr_assert(eq(int, asked, SMK_REASON_PREREQUISITE));
    cr_assert(eq(int, judged(&w, early), SMK_REASON_PREREQUISITE));
    (void)test_path_force(&w, &minutes, &asked);
    const uint8_t *own = test_path_force(&w, &close, &asked);
    cr_assert(eq(int, asked, SMK_REASON_DUTIES));
    cr_assert(eq(int, judged(&w, own), SMK_REASON_DUTIES));
    close.who = TEST_SEC;
    close.deed.office = "sec-approver";
    const uint8_t *other = test_path_force(&w, &close, &asked);
    cr_assert(eq(int, asked, SMK_REASON_COUNTS));
    cr_assert(eq(int, judged(&w, other), SMK_REASON_COUNTS));
    test_deeds_deinit(&w);
}

Test(guard, of_lists)
{
    static const struct row row[] = {
        {"joint_list.negotiate", .reason = SMK_REASON_COUNTS},
        {"joint_list.negotiate", .edit = "{'negotiated_at' $5}", .reason = SMK_REASON_PREREQUISITE},
        {"joint_list.negotiate", .edit = "{'recommendations' []}", .reason = SMK_REASON_NO_ITEM},
        {"joint_list.negotiate", .again = "joint_list.negotiate", .reason = SMK_REASON_STATE},
        BY("joint_list.negotiate", TEST_AS, "as-approver", SMK_REASON_COUNTS),
        {"joint_list.endorse", .reason = SMK_REASON_COUNTS},
        {"joint_list.endorse", .fields = "{'list_version' 0}", .reason = SMK_REASON_VERSION},
        {"joint_list.endorse", .fields = "{'list_version' 2}", .reason = SMK_REASON_VERSION},
        {"joint_list.endorse", .fields = "{}", .reason = SMK_REASON_COUNTS},
        {"joint_list.endorse", .edit = "{'version' 2}", .fields = "{'list_version' 2}",
         .reason = SMK_REASON_PREREQUISITE},
        {"joint_list.endorse", .again = "joint_list.endorse", .reason = SMK_REASON_STATE},
        {"joint_list.accept", .reason = SMK_REASON_COUNTS},
        {"joint_list.accept", .fields = "{'items' [{'recommendation' $2 'decision' 'accepted'}]}",
         .reason = SMK_REASON_ITEMS},
        {"joint_list.accept",
         .fields = "{'items' [{'recommendation' $2 'decision' 'accepted'} {'recommendation' $2 'decision' "
                   "'accepted'}]}",
         .reason = SMK_REASON_ITEMS},
        {"joint_list.accept",
         .fields = "{'items' [{'recommendation' $2 'decision' 'accepted'} {'recommendation' $5 'decision' "
                   "'accepted'}]}",
         .reason = SMK_REASON_ITEMS},
        {"joint_list.accept",
         .fields = "{'items' [{'recommendation' $2 'decision' 'accepted'} {'recommendation' $3 'decision' "
                   "'not_accepted'}]}",
         .reason = SMK_REASON_WHY},
        {"joint_list.accept",
         .fields = "{'items' [{'recommendation' $2 'decision' 'accepted'} {'recommendation' $3 'decision' "
                   "'accepted_with_changes'}]}",
         .reason = SMK_REASON_WHY},
        {"joint_list.accept",
         .fields = "{'items' [{'recommendation' $2 'decision' 'accepted'} {'recommendation' $3 'decision' "
                   "'accepted'}]}",
         .reason = SMK_REASON_COUNTS},
        {"joint_list.accept", .edit = "{'version' 2}", .reason = SMK_REASON_PREREQUISITE},
        {"joint_list.accept", .again = "joint_list.accept", .reason = SMK_REASON_STATE},
        BY("joint_list.accept", TEST_BAVEL, "bavel-gov", SMK_REASON_AREA),
    };
    EXPECT_ALL(row);
}

Test(guard, of_presentations_and_ranks)
{
    static const struct row row[] = {
        {"joint_list.present_provincial", .reason = SMK_REASON_COUNTS},
        {"joint_list.present_provincial", .again = "joint_list.present_provincial",
         .reason = SMK_REASON_COUNTS},
        {"joint_list.present_provincial", .fields = "{'meeting' $5 'recommendations' [$2 $3]}",
         .reason = SMK_REASON_PREREQUISITE},
        {"joint_list.present_provincial", .fields = "{'meeting' $4 'recommendations' [$2]}",
         .reason = SMK_REASON_PREREQUISITE},
        {"joint_list.present_provincial", .fields = "{'meeting' $4 'recommendations' [$3 $2]}",
         .reason = SMK_REASON_PREREQUISITE},
        {"joint_list.present_national", .reason = SMK_REASON_COUNTS},
        {"joint_list.present_national", .fields = "{'meeting' $4 'recommendations' [$2 $3]}",
         .reason = SMK_REASON_PREREQUISITE},
        {"recommendation.prioritise_provincial", .reason = SMK_REASON_COUNTS},
        {"recommendation.prioritise_provincial", .fields = "{'meeting' $5 'rank' 1}", .office = "hub-coord",
         .who = TEST_HUB, .reason = SMK_REASON_PREREQUISITE},
        {"recommendation.prioritise_provincial", .fields = "{'meeting' $5 'rank' 1}",
         .reason = SMK_REASON_MEETING},
        {"recommendation.prioritise_provincial", .again = "recommendation.prioritise_provincial",
         .fields = "{'meeting' $4 'rank' 2}", .reason = SMK_REASON_STATE},
        {"recommendation.prioritise_national", .reason = SMK_REASON_COUNTS},
        {"recommendation.prioritise_national", .fields = "{'meeting' $4 'rank' 1}",
         .reason = SMK_REASON_PREREQUISITE},
    };
    EXPECT_ALL(row);
}

Test(guard, one_rank_goes_to_one_recommendation_of_a_meeting)
{
    struct test_deeds w;
    enum smk_reason asked;
    test_deeds_init(&w);
    test_path(&w, "recommendation.prioritise_national");
    struct test_step step = *test_path_step("recommendation.prioritise_provincial");
    step.deed.doc = 3;
    const uint8_t *same = test_path_force(&w, &step, &asked);
    cr_assert(eq(int, asked, SMK_REASON_RANK));
    cr_assert(eq(int, judged(&w, same), SMK_REASON_RANK));
    step.deed.fields = "{'meeting' $4 'rank' 2}";
    const uint8_t *other = test_path_force(&w, &step, &asked);
    cr_assert(eq(int, asked, SMK_REASON_COUNTS));
    cr_assert(eq(int, judged(&w, other), SMK_REASON_COUNTS));
    test_deeds_deinit(&w);
}

#define REPORT(status, more) "{'status' '" status "' " more "}"

Test(guard, of_progress)
{
    static const struct row row[] = {
        {"recommendation.report_progress", .reason = SMK_REASON_COUNTS},
        {"recommendation.report_progress", .fields = REPORT("in_progress", "'percent' 40"),
         .reason = SMK_REASON_COUNTS},
        {"recommendation.report_progress", .fields = REPORT("planned", ""), .reason = SMK_REASON_COUNTS},
        {"recommendation.report_progress", .fields = REPORT("in_progress", "'percent' 101"),
         .reason = SMK_REASON_RANGE},
        {"recommendation.report_progress", .fields = REPORT("done", "'percent' 99"),
         .reason = SMK_REASON_DONE},
        {"recommendation.report_progress", .fields = REPORT("done", ""), .reason = SMK_REASON_DONE},
        {"recommendation.report_progress", .fields = REPORT("stalled", "'percent' 9"),
         .reason = SMK_REASON_WHY},
        {"recommendation.report_progress", .fields = REPORT("dropped", ""), .reason = SMK_REASON_WHY},
        {"recommendation.report_progress", .fields = REPORT("stalled", "'note' {'km' 'x'}"),
         .reason = SMK_REASON_COUNTS},
        {"recommendation.report_progress", .again = "recommendation.report_progress",
         .reason = SMK_REASON_STATE},
        BY("recommendation.report_progress", TEST_CTOD, "ctod-approver", SMK_REASON_ROLE),
        {"recommendation.verify_progress", .reason = SMK_REASON_COUNTS},
        {"recommendation.verify_progress", .again = "recommendation.verify_progress",
         .reason = SMK_REASON_STATE},
        BY("recommendation.verify_progress", TEST_CTOD, "ctod-approver", SMK_REASON_DUTIES),
        BY("recommendation.verify_progress", TEST_HUB, "hub-coord", SMK_REASON_COUNTS),
        {"recommendation.verify_progress", .fields = "{'follow_up' $9}", .reason = SMK_REASON_PREREQUISITE},
        {"recommendation.dispute_progress", .reason = SMK_REASON_COUNTS},
        BY("recommendation.dispute_progress", TEST_BANAN, "banan-gov", SMK_REASON_COUNTS),
        {"recommendation.dispute_progress", .fields = "{'follow_up' $11}", .reason = SMK_REASON_WHY},
        {"recommendation.dispute_progress", .again = "recommendation.dispute_progress",
         .reason = SMK_REASON_STATE},
        {"recommendation.verify_progress", .again = "recommendation.dispute_progress",
         .reason = SMK_REASON_STATE},
    };
    EXPECT_ALL(row);
}

Test(guard, a_recommendation_that_was_not_accepted_has_no_progress)
{
    struct test_deeds w;
    enum smk_reason asked;
    test_deeds_init(&w);
    test_path(&w, "recommendation.report_progress");
    struct test_step step = *test_path_step("recommendation.report_progress");
    step.deed.doc = 3; /* deferred */
    const uint8_t *id = test_path_force(&w, &step, &asked);
    cr_assert(eq(int, asked, SMK_REASON_PREREQUISITE));
    cr_assert(eq(int, judged(&w, id), SMK_REASON_PREREQUISITE));
    test_deeds_deinit(&w);
}

Test(guard, of_events_grants_and_notes)
{
    static const struct row row[] = {
        {"event.record", .reason = SMK_REASON_COUNTS},
        {"event.record", .fields = "{}", .reason = SMK_REASON_PARTICIPANTS},
        {"event.record", .fields = "{'participants' {'total' 70}}", .reason = SMK_REASON_COUNTS},
        {"event.record", .again = "event.record", .reason = SMK_REASON_STATE},
        {"project.award", .reason = SMK_REASON_COUNTS},
        {"project.award", .fields = "{'grantee' 'nobody'}", .reason = SMK_REASON_GRANTEE},
        {"project.close", .reason = SMK_REASON_COUNTS},
        {"project.close", .fields = "{'subgrant' $12}", .reason = SMK_REASON_PAGE},
        {"project.close", .fields = "{'subgrant' $12 'reports' []}", .reason = SMK_REASON_PAGE},
        {"project.close", .fields = "{'subgrant' $9 'reports' [$9]}", .reason = SMK_REASON_PREREQUISITE},
        {"project.close", .again = "project.close", .reason = SMK_REASON_STATE},
        {"audit_note.answer", .reason = SMK_REASON_COUNTS},
        BY("audit_note.answer", TEST_AS, "as-approver", SMK_REASON_OWNER),
        {"audit_note.answer", .again = "audit_note.answer", .reason = SMK_REASON_STATE},
        {"audit_note.close", .reason = SMK_REASON_COUNTS},
        {"audit_note.answer", .again = "audit_note.close", .reason = SMK_REASON_COUNTS},
        BY("audit_note.close", TEST_SEC, "sec-approver", SMK_REASON_ROLE),
    };
    EXPECT_ALL(row);
}

/* ---- edits ---- */

static void expect_edit(struct test_deeds *w, enum test_who who, const char *scope,
                        const struct test_deed *deed, enum smk_reason reason)
{
    const struct test_step step = {who, scope, *deed};
    enum smk_reason asked;
    const uint8_t *id = test_path_force(w, &step, &asked);
    cr_assert(eq(int, asked, reason), "%s %s: %s", deed->kind, deed->fields, smk_reason_code(asked));
    cr_assert(eq(int, judged(w, id), reason), "%s %s", deed->kind, deed->fields);
}

Test(guard, of_edits)
{
    static const struct {
        enum test_who who;
        const char *scope, *office, *kind, *fields;
        enum smk_reason reason;
    } row[] = {
        {TEST_AS, "prov:02", "as-editor", "case_study",
         "{'district' '0201' 'respondents' {'total' 10 'female' 11}}", SMK_REASON_TALLY},
        {TEST_AS, "prov:02", "as-editor", "case_study",
         "{'district' '0201' 'respondents' {'total' 10 'by_type' {'cso' 9}}}", SMK_REASON_TALLY},
        {TEST_AS, "prov:02", "as-editor", "case_study",
         "{'district' '0201' 'respondents' {'total' 10 'female' nil}}", SMK_REASON_COUNTS},
        {TEST_CTOD, "pub", "ctod-editor", "meeting", "{'level' 'district' 'area' '020101'}",
         SMK_REASON_LEVEL},
        {TEST_CTOD, "dm:0201", "ctod-editor", "meeting", "{'level' 'commune' 'area' '020101'}",
         SMK_REASON_COUNTS},
        {TEST_SEC, "org:sec", "sec-editor", "interview", "{'consent' 'no' 'collected_by' 'sec'}",
         SMK_REASON_CONSENT},
        {TEST_SEC, "org:sec", "sec-editor", "interview", "{'consent' 'yes' 'collected_by' 'sec'}",
         SMK_REASON_COUNTS},
        {TEST_CTOD, "dm:0201", "ctod-editor", "joint_list", "{'case_studies' [$6]}", SMK_REASON_COUNTS},
        {TEST_AUDITOR, "dm:0201", "sec-auditor", "audit_note", "{'text' {'en' 'x'}}", SMK_REASON_TARGET},
        {TEST_SEC, "pub", "sec-approver", "study_report", "{'summary' {'en' 'call 012 345 678'}}",
         SMK_REASON_PERSONAL},
        {TEST_SEC, "pub", "sec-approver", "study_report", "{'summary' {'km' 'dara@example.org'}}",
         SMK_REASON_PERSONAL},
        {TEST_SEC, "pub", "sec-approver", "study_report", "{'summary' {'en' 'on 2021-02-16 of 1,652 @ 10'}}",
         SMK_REASON_COUNTS},
        {TEST_SEC, "pub", "sec-approver", "case_study", "{'title' {'en' 'x'}}", SMK_REASON_PREREQUISITE},
    };
    struct test_deeds w;
    test_deeds_init(&w);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        const struct test_deed deed = {
            .office = row[i].office, .kind = row[i].kind, .doc = 100 + i, .fields = row[i].fields};
        expect_edit(&w, row[i].who, row[i].scope, &deed, row[i].reason);
    }
    test_deeds_deinit(&w);
}

Test(guard, a_list_rests_on_a_study_or_a_finding)
{
    struct test_deeds w;
    enum smk_reason asked;
    static const struct test_step item = {
        TEST_CTOD,
        "dm:0201",
        {.office = "ctod-editor", .kind = "recommendation", .doc = 8, .fields = "{'number' 1}"}};
    static const struct test_step edit = {
        TEST_CTOD,
        "dm:0201",
        {.office = "ctod-editor", .kind = "joint_list", .doc = 1, .fields = "{'recommendations' [$8]}"}};
    test_deeds_init(&w);
    test_path(&w, "joint_list.negotiate");
    (void)test_path_force(&w, &item, &asked);
    cr_assert(eq(int, asked, SMK_REASON_LINK), "asked before it is written");
    (void)test_path_force(&w, &edit, &asked);
    const uint8_t *id = test_path_force(&w, test_path_step("joint_list.negotiate"), &asked);
    cr_assert(eq(int, asked, SMK_REASON_LINK));
    cr_assert(eq(int, judged(&w, id), SMK_REASON_LINK), "forced into a log it comes no further");
    test_deeds_deinit(&w);
}

/* An edit that is not in form is no text of anybody: an act that names it says what is wrong with it. */
Test(guard, of_a_text_that_is_not_in_form_nothing_counts)
{
    static const struct {
        const char *step, *kind, *fields;
        enum smk_reason reason;
    } row[] = {
        {"case_study.submit", "case_study", "{'respondents' {'total' 10 'female' 11}}", SMK_REASON_TALLY},
        {"meeting.close", "meeting", "{'participants' {'total' 1 'female' 2}}", SMK_REASON_TALLY},
        {"meeting.record_minutes", "meeting", "{'level' 'district' 'area' '020101'}", SMK_REASON_LEVEL},
        {"case_study.submit", "case_study", "{'respondents' {'total' 11 'female' 11}}", SMK_REASON_COUNTS},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct test_deeds w;
        enum smk_reason asked;
        uint8_t head[1][SMK_ID_BYTES], doc[SMK_DOC_ID_BYTES];
        struct smk_buf text = {.max = SMK_PAYLOAD_BYTES_MAX};
        struct test_step step = *test_path_step(row[i].step), edit = step;
        test_deeds_init(&w);
        test_path(&w, row[i].step);
        bool is_study = strcmp(row[i].kind, "case_study") == 0;
        edit.deed = (struct test_deed){.office = is_study ? "as-editor" : "ctod-editor",
                                       .kind = row[i].kind,
                                       .doc = step.deed.doc,
                                       .fields = row[i].fields};
        memcpy(head[0], test_path_force(&w, &edit, &asked), sizeof head[0]);
        cr_assert(eq(int, asked, row[i].reason), "row %zu: the edit", i);
        test_doc_id(step.deed.doc, doc);
        smk_pack_array(&text, 1);
        smk_text_pack_part(&text, doc, (const uint8_t(*)[SMK_ID_BYTES])head, 1);
        step.deed.text = smk_buf_view(&text);
        const uint8_t *id = test_path_force(&w, &step, &asked);
        cr_assert(eq(int, asked, row[i].reason), "row %zu, asked before: %s", i, smk_reason_code(asked));
        cr_assert(eq(int, judged(&w, id), row[i].reason), "row %zu, forced", i);
        smk_buf_deinit(&text);
        test_deeds_deinit(&w);
    }
}
