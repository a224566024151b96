#include "proto/hash.h"
#include "proto/totals.h"
#include "tests/support/path.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stddef.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(totals, .init = start_crypto);

#define EDIT(o, k, d, f) (&(struct test_deed){.office = (o), .kind = (k), .doc = (d), .fields = (f)})

static struct smk_totals totals_of(struct test_deeds *w)
{
    struct smk_totals t;
    struct smk_fold *f = test_deeds_fold(w);
    cr_assert(eq(int, smk_totals_make(f, &t), SMK_OK));
    smk_fold_free(f);
    return t;
}

static const struct smk_totals_row *find_row(const struct smk_totals *t, const char *table, const char *name)
{
    for (size_t i = 0; i < t->row_count; i++)
        if (strcmp(t->row[i].table, table) == 0 && strcmp(t->row[i].name, name) == 0)
            return &t->row[i];
    return NULL;
}

Test(totals, interviews_are_counted_by_organisation)
{
    struct test_deeds w;
    test_deeds_init(&w);
    struct test_run *as = test_deeds_log(&w, TEST_AS, "org:as"),
                    *ctod = test_deeds_log(&w, TEST_CTOD, "org:ctod");
    test_deed(as, EDIT("as-editor", "interview", 1, "{'sex' 'female'}"));
    test_deed(as, EDIT("as-editor", "interview", 2, "{'sex' 'not_stated'}"));
    test_deed(as, EDIT("as-editor", "interview", 2, "{'sex' 'male'}"));
    test_deed(as, EDIT("as-approver", "interview", 3, "{'sex' 'male'}")); /* does not count */
    test_deed(ctod, EDIT("ctod-editor", "interview", 4, "{'sex' 'not_stated'}"));
    struct smk_totals t = totals_of(&w);
    cr_assert(eq(u64, t.interview_rows, 3));
    cr_assert(eq(u64, t.not_counting, 1));
    const struct smk_totals_row *row = find_row(&t, "interviews.by_org", "as");
    cr_assert(eq(u64, row->sum.total, 2));
    cr_assert(eq(u64, row->sum.female, 1));
    cr_assert(eq(u64, row->sum.with_sex, 2));
    cr_assert(eq(u64, find_row(&t, "interviews.by_org", "ctod")->sum.with_sex, 0));
    smk_totals_deinit(&t);
    test_deeds_deinit(&w);
}

Test(totals, what_is_unknown_is_not_zero)
{
    struct test_deeds w;
    test_deeds_init(&w);
    struct test_run *sec = test_deeds_log(&w, TEST_SEC, "pub");
    test_deed(sec, EDIT("sec-editor", "event", 1, "{'participants' {'total' 70 'female' nil}}"));
    test_deed(sec, EDIT("sec-editor", "event", 2, "{'participants' {'total' 10 'female' 4}}"));
    test_deed(sec, EDIT("sec-editor", "event", 3, "{'participants' nil}"));
    test_deed(sec, EDIT("sec-editor", "event", 4, "{}"));
    test_deed(sec, EDIT("sec-editor", "event", 5, "{'participants' {'total' 1 'female' 2}}")); /* cannot be */
    struct smk_totals t = totals_of(&w);
    cr_assert(eq(u64, t.events.count, 4), "what cannot be does not count");
    cr_assert(eq(u64, t.events.known, 2));
    cr_assert(eq(u64, t.events.total, 80));
    cr_assert(eq(u64, t.events.with_sex, 10));
    cr_assert(eq(u64, t.events.female, 4));
    smk_totals_deinit(&t);
    test_deeds_deinit(&w);
}

Test(totals, a_published_case_study_is_not_counted_twice)
{
    struct test_deeds w;
    test_deeds_init(&w);
    test_deed(test_deeds_log(&w, TEST_AS, "prov:02"),
              EDIT("as-editor", "case_study", 1,
                   "{'district' '0201' 'respondents' {'total' 5 'by_age' {'18_30' {'total' 5 'female' 3}} "
                   "'female' 3}}"));
    test_deed(test_deeds_log(&w, TEST_SEC, "pub"),
              EDIT("sec-approver", "case_study", 1, "{'respondents' {'total' 5 'female' 3}}"));
    struct smk_totals t = totals_of(&w);
    cr_assert(eq(u64, t.respondents.count, 1));
    cr_assert(eq(u64, t.respondents.total, 5));
    cr_assert(eq(u64, find_row(&t, "respondents.by_age", "18_30")->sum.female, 3));
    cr_assert(eq(u64, find_row(&t, "respondents.by_district", "0201")->sum.total, 5));
    smk_totals_deinit(&t);
    test_deeds_deinit(&w);
}

Test(totals, an_act_entered_twice_under_one_id_is_one)
{
    struct test_deeds w;
    enum smk_reason asked;
    test_deeds_init(&w);
    test_path(&w, "recommendation.report_progress");
    struct test_step report = *test_path_step("recommendation.report_progress");
    report.deed.fields = "{'date' '2024-05-01' 'status' 'planned'}";
    (void)test_path_force(&w, &report, &asked);
    struct test_run *first = test_deeds_log(&w, TEST_CTOD, "dm:0201"),
                    *second = test_deeds_log_again(&w, TEST_CTOD, "dm:0201", 9);
    struct smk_buf item = {.max = 65536};
    test_deeds_pin(&w, "recommendation", 2, &item);
    report.deed.text = smk_buf_view(&item);
    report.deed.dep[report.deed.dep_count++] = first->record[first->count - 1].id;
    test_deed(second, &report.deed);
    report.deed.dep[0] = second->record[second->count - 1].id;
    report.deed.id = 60;
    report.deed.fields = "{'date' '2024-06-01' 'status' 'in_progress'}";
    test_deed(first, &report.deed);
    report.deed.id = 61; /* entered later, but about an earlier day */
    report.deed.fields = "{'date' '2024-05-15' 'note' {'en' 'x'} 'status' 'stalled'}";
    test_deed(first, &report.deed);
    struct smk_totals t = totals_of(&w);
    cr_assert(eq(u64, t.follow_ups, 3));
    cr_assert(eq(u64, t.progress[1], 1), "in progress is the newest by its date");
    cr_assert(eq(u64, t.progress[0] + t.progress[2] + t.progress[3] + t.progress[4], 0));
    smk_totals_deinit(&t);
    test_deeds_deinit(&w);
    smk_buf_deinit(&item);
}

Test(totals, lists_are_counted_as_signed_or_attested_and_their_items_as_decided)
{
    struct test_deeds w;
    struct smk_buf text = {.max = 65536};
    test_deeds_init(&w);
    test_path(&w, "joint_list.endorse");
    struct test_run *ctod = test_deeds_log(&w, TEST_CTOD, "dm:0201");
    const uint8_t *negotiated = ctod->record[ctod->count - 1].id;
    test_deeds_pin(&w, "joint_list", 1, &text);
    struct test_deed half = {
        .office = "ctod-approver", .kind = "joint_list", .act = "attest_endorsement", .doc = 1};
    half.text = smk_buf_view(&text);
    half.fields = "{'page' $10}";
    test_deed(test_deeds_log(&w, TEST_CTOD, "dm:0201"), &half);
    struct smk_totals t = totals_of(&w);
    cr_assert(eq(u64, t.endorsements.count, 0), "half of it");
    smk_totals_deinit(&t);
    half.office = "sec-approver";
    half.dep[half.dep_count++] = negotiated;
    test_deed(test_deeds_log(&w, TEST_SEC, "dm:0201"), &half);
    t = totals_of(&w);
    cr_assert(eq(u64, t.endorsements.by_attestation, 1));
    smk_totals_deinit(&t);
    struct test_deed endorse = {.office = "banan-gov", .kind = "joint_list", .act = "endorse", .doc = 1};
    endorse.text = smk_buf_view(&text);
    endorse.dep[endorse.dep_count++] = negotiated; /* it has not seen the halves */
    test_deed(test_deeds_log(&w, TEST_BANAN, "dm:0201"), &endorse);
    endorse.act = "accept";
    endorse.fields = "{'items' [{'decision' 'accepted' 'recommendation' $2} "
                     "{'decision' 'referred_up' 'reason' {'en' 'x'} 'recommendation' $3}]}";
    test_deed(test_deeds_log(&w, TEST_BANAN, "dm:0201"), &endorse);
    t = totals_of(&w);
    cr_assert(eq(u64, t.endorsements.count, 1));
    cr_assert(eq(u64, t.endorsements.by_signature, 1), "its own signature says more");
    cr_assert(eq(u64, t.endorsements.by_attestation, 0));
    cr_assert(eq(u64, t.acceptances.by_signature, 1));
    cr_assert(eq(u64, t.decision[0], 1));
    cr_assert(eq(u64, t.decision[2], 0));
    cr_assert(eq(u64, t.decision[3], 1));
    smk_totals_deinit(&t);
    test_deeds_deinit(&w);
    smk_buf_deinit(&text);
}

/* ---- shares ---- */

static enum smk_err add_to(void *ctx, const struct smk_totals_row *row)
{
    return smk_totals_add_row(ctx, row);
}

static bool is_same(const struct smk_totals *a, const struct smk_totals *b)
{
    if (memcmp(a, b, offsetof(struct smk_totals, row_count)) != 0 || a->row_count != b->row_count)
        return false;
    for (size_t i = 0; i < a->row_count; i++)
        if (strcmp(a->row[i].table, b->row[i].table) != 0 || strcmp(a->row[i].name, b->row[i].name) != 0 ||
            memcmp(&a->row[i].sum, &b->row[i].sum, sizeof a->row[i].sum) != 0)
            return false;
    return true;
}

Test(totals, every_number_passes_through_rows)
{
    struct smk_totals t = {0}, again = {0};
    uint64_t *number = &t.interview_rows;
    enum { NUMBERS = offsetof(struct smk_totals, row_count) / sizeof(uint64_t) };
    for (size_t i = 0; i < NUMBERS; i++)
        number[i] = 1000 + i;
    t.row_count = 0;
    cr_assert(eq(int, smk_totals_each(&t, add_to, &again), SMK_OK));
    cr_assert(is_same(&t, &again));
    cr_assert(eq(int, smk_totals_each(&t, add_to, &again), SMK_OK));
    number = &again.interview_rows;
    for (size_t i = 0; i < NUMBERS; i++)
        cr_assert(eq(u64, number[i], 2 * (1000 + i)));
    struct smk_totals_row later = {.name = "of a later version", .sum = {.count = 1}};
    cr_assert(eq(int, smk_totals_add_row(&again, &later), SMK_OK));
    cr_assert(eq(sz, again.row_count, 0));
}

Test(totals, interviews_fall_into_cells)
{
    struct test_deeds w;
    test_deeds_init(&w);
    struct test_run *as = test_deeds_log(&w, TEST_AS, "org:as");
    test_deed(as, EDIT("as-editor", "interview", 1,
                       "{'sex' 'female' 'age_band' '18_30' 'district' '0201' 'disability' 'no' "
                       "'respondent_type' 'citizen'}"));
    test_deed(as, EDIT("as-editor", "interview", 2,
                       "{'sex' 'male' 'commune' '020105' 'age_band' 'a/b' 'respondent_type' 'cbo'}"));
    test_deed(as, EDIT("as-editor", "interview", 3, "{'sex' 'not_stated'}"));
    test_deed(as, EDIT("as-editor", "interview", 4, "{'sex' 'not_stated'}"));
    struct smk_totals t = totals_of(&w);
    cr_assert(eq(u64, find_row(&t, "cells", "0201/citizen/female/18_30/no")->sum.female, 1));
    cr_assert(eq(u64, find_row(&t, "cells", "0201/cbo/male/?/?")->sum.with_sex, 1));
    cr_assert(eq(u64, find_row(&t, "cells", "?/?/not_stated/?/?")->sum.total, 2));
    cr_assert(eq(u64, find_row(&t, "cells", "?/?/not_stated/?/?")->sum.with_sex, 0));
    smk_totals_deinit(&t);
    test_deeds_deinit(&w);
}
