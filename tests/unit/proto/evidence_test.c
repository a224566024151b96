/* What is done in a wider scope carries what it rests on: what that has to be, whoever carries it. */
#include "proto/hash.h"
#include "tests/support/path.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(evidence, .init = start_crypto);

static enum smk_reason judged(struct test_deeds *w, const uint8_t *id)
{
    struct smk_fold *f = test_deeds_fold(w);
    const struct smk_fold_entry *e = smk_fold_find_entry(f, id);
    cr_assert(ne(ptr, (void *)(uintptr_t)e, NULL));
    enum smk_reason reason = e->reason;
    smk_fold_free(f);
    return reason;
}

/* A study is published with the act that verified exactly the text it was taken from. */
Test(evidence, what_is_published_was_verified)
{
    struct test_deeds w;
    enum smk_reason asked;
    static const struct test_step publish = {
        TEST_SEC,
        "pub",
        {.office = "sec-approver", .kind = "case_study", .doc = 6, .fields = "{'title' {'en' 'x'}}"}};
    static const struct test_step edit = {
        TEST_AS,
        "prov:02",
        {.office = "as-editor", .kind = "case_study", .doc = 6, .fields = "{'title' {'en' 'y'}}"}};
    test_deeds_init(&w);
    test_path(&w, "case_study.verify");
    const uint8_t *early = test_path_force(&w, &publish, &asked);
    cr_assert(eq(int, asked, SMK_REASON_PREREQUISITE));
    cr_assert(eq(int, judged(&w, early), SMK_REASON_PREREQUISITE));
    (void)test_path_force(&w, test_path_step("case_study.verify"), &asked);
    const uint8_t *good = test_path_force(&w, &publish, &asked);
    cr_assert(eq(int, asked, SMK_REASON_COUNTS));
    cr_assert(eq(int, judged(&w, good), SMK_REASON_COUNTS));
    (void)test_path_force(&w, &edit, &asked);
    const uint8_t *other = test_path_force(&w, &publish, &asked);
    cr_assert(eq(int, judged(&w, other), SMK_REASON_PREREQUISITE), "the text was edited since");
    test_deeds_deinit(&w);
}

/* Whoever holds pub alone judges a presentation by what it carries: nothing else is given to this fold. */
static enum smk_reason judged_in_pub(struct test_deeds *w, const uint8_t *id)
{
    struct smk_fold *f = NULL;
    cr_assert(eq(int, smk_fold_new(w->coalition.roster, &f), SMK_OK));
    for (size_t i = 0; i < w->run_count; i++)
        for (size_t k = 0; strcmp(w->run[i]->scope.text, "pub") == 0 && k < w->run[i]->count; k++)
            cr_assert(eq(int, smk_fold_add(f, &w->run[i]->record[k]), SMK_OK));
    cr_assert(eq(int, smk_fold_finish(f), SMK_OK));
    enum smk_reason reason = smk_fold_find_entry(f, id)->reason;
    smk_fold_free(f);
    return reason;
}

Test(evidence, a_presentation_carries_its_endorsement)
{
    struct test_deeds w;
    enum smk_reason asked;
    struct smk_buf bad = {.max = SMK_PAYLOAD_BYTES_MAX};
    test_deeds_init(&w);
    test_path(&w, "joint_list.present_provincial");
    struct test_step step = *test_path_step("joint_list.present_provincial");
    const uint8_t *good = test_path_force(&w, &step, &asked);
    cr_assert(eq(int, judged_in_pub(&w, good), SMK_REASON_COUNTS));
    /* the same with another byte of what it carries: signature or payload do not fit */
    struct test_run *hub = test_deeds_log(&w, TEST_HUB, "pub");
    struct smk_act act;
    cr_assert(eq(int, smk_act_decode(hub->record[hub->count - 1].payload, &act), SMK_OK));
    smk_buf_write_bytes(&bad, act.evidence);
    bad.data[bad.len - 1] ^= 1;
    step.deed.evidence = smk_buf_view(&bad);
    const uint8_t *changed = test_path_force(&w, &step, &asked);
    cr_assert(eq(int, asked, SMK_REASON_PREREQUISITE));
    cr_assert(eq(int, judged_in_pub(&w, changed), SMK_REASON_PREREQUISITE));
    /* and a whole record that nobody has signed */
    struct smk_buf whole = {.max = 2 * SMK_PAYLOAD_BYTES_MAX};
    const struct test_run *banan = test_deeds_log(&w, TEST_BANAN, "dm:0201");
    struct smk_record forged = banan->record[banan->count - 1];
    forged.signature[0] ^= 1;
    smk_record_encode(&forged, &whole);
    smk_buf_reset(&bad);
    smk_pack_array(&bad, 1);
    smk_pack_bin(&bad, smk_buf_view(&whole));
    step.deed.evidence = smk_buf_view(&bad);
    const uint8_t *unsigned_one = test_path_force(&w, &step, &asked);
    cr_assert(eq(int, judged_in_pub(&w, unsigned_one), SMK_REASON_PREREQUISITE));
    smk_buf_deinit(&whole);
    /* and that of another list */
    step.deed.evidence = (struct smk_bytes){0};
    step.deed.about = (const uint8_t[SMK_HASH_BYTES]){1};
    const uint8_t *other = test_path_force(&w, &step, &asked);
    cr_assert(eq(int, judged_in_pub(&w, other), SMK_REASON_PREREQUISITE));
    test_deeds_deinit(&w);
    smk_buf_deinit(&bad);
}

static const struct test_step half_of_member = {TEST_CTOD,
                                                "dm:0201",
                                                {.office = "ctod-approver",
                                                 .kind = "joint_list",
                                                 .act = "attest_endorsement",
                                                 .doc = 1,
                                                 .fields = "{'page' $10}"}};
static const struct test_step half_of_secretariat = {TEST_SEC,
                                                     "dm:0201",
                                                     {.office = "sec-approver",
                                                      .kind = "joint_list",
                                                      .act = "attest_endorsement",
                                                      .doc = 1,
                                                      .fields = "{'page' $10}"}};

/* The provincial meeting, held. */
static void hold_meeting(struct test_deeds *w)
{
    enum smk_reason asked;
    static const struct test_step meeting = {
        TEST_HUB,
        "pub",
        {.office = "hub-coord",
         .kind = "meeting",
         .doc = 4,
         .fields = "{'ref' 'MT-02' 'level' 'province' 'area' '02' 'participants' nil}"}};
    static const struct test_step minutes = {TEST_HUB,
                                             "pub",
                                             {.office = "hub-rap",
                                              .kind = "meeting",
                                              .act = "record_minutes",
                                              .doc = 4,
                                              .fields = "{'minutes' {'en' 'x'}}"}};
    (void)test_path_force(w, &meeting, &asked);
    (void)test_path_force(w, &minutes, &asked);
    cr_assert(eq(int, asked, SMK_REASON_COUNTS));
}

Test(evidence, an_attested_endorsement_is_carried_in_both_halves)
{
    struct test_deeds w;
    enum smk_reason asked;
    test_deeds_init(&w);
    test_path(&w, "joint_list.endorse");
    const uint8_t *one = test_path_force(&w, &half_of_member, &asked);
    cr_assert(eq(int, judged(&w, one), SMK_REASON_HALF));
    hold_meeting(&w);
    const struct test_step *present = test_path_step("joint_list.present_provincial");
    const uint8_t *early = test_path_force(&w, present, &asked);
    cr_assert(eq(int, judged_in_pub(&w, early), SMK_REASON_PREREQUISITE));
    const uint8_t *two = test_path_force(&w, &half_of_secretariat, &asked);
    cr_assert(eq(int, judged(&w, one), SMK_REASON_COUNTS));
    cr_assert(eq(int, judged(&w, two), SMK_REASON_COUNTS));
    const uint8_t *good = test_path_force(&w, present, &asked);
    cr_assert(eq(int, asked, SMK_REASON_COUNTS));
    cr_assert(eq(int, judged_in_pub(&w, good), SMK_REASON_COUNTS));
    test_deeds_deinit(&w);
}

/* A modified node carries whatever it likes: of each half role, organisation and page are asked anew. */
Test(evidence, halves_that_are_carried_are_of_two_who_may)
{
    static const struct {
        enum test_who first, second;
        const char *first_office, *second_office, *second_page;
        enum smk_reason reason;
    } row[] = {
        {TEST_CTOD, TEST_SEC, "ctod-approver", "sec-approver", "{'page' $10}", SMK_REASON_COUNTS},
        {TEST_CTOD, TEST_SEC, "ctod-editor", "sec-approver", "{'page' $10}", SMK_REASON_PREREQUISITE},
        {TEST_CTOD, TEST_SEC, "ctod-approver", "sec-editor", "{'page' $10}", SMK_REASON_PREREQUISITE},
        {TEST_CTOD, TEST_AS, "ctod-approver", "as-approver", "{'page' $10}", SMK_REASON_PREREQUISITE},
        {TEST_SEC_MEMBER, TEST_SEC, "sec-member", "sec-approver", "{'page' $10}", SMK_REASON_PREREQUISITE},
        {TEST_CTOD, TEST_SEC, "ctod-approver", "sec-approver", "{'page' #32x55}", SMK_REASON_PREREQUISITE},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct test_deeds w;
        enum smk_reason asked;
        struct smk_buf evidence = {.max = SMK_PAYLOAD_BYTES_MAX};
        struct test_step half[2] = {half_of_member, half_of_member};
        half[0].who = row[i].first;
        half[0].deed.office = row[i].first_office;
        half[1].who = row[i].second;
        half[1].deed.office = row[i].second_office;
        half[1].deed.fields = row[i].second_page;
        test_deeds_init(&w);
        test_path(&w, "joint_list.endorse");
        smk_pack_array(&evidence, 2);
        for (size_t k = 0; k < 2; k++) {
            struct smk_buf whole = {.max = 2 * SMK_PAYLOAD_BYTES_MAX};
            (void)test_path_force(&w, &half[k], &asked);
            const struct test_run *run = test_deeds_log(&w, half[k].who, "dm:0201");
            smk_record_encode(&run->record[run->count - 1], &whole);
            smk_pack_bin(&evidence, smk_buf_view(&whole));
            smk_buf_deinit(&whole);
        }
        struct test_step present = *test_path_step("joint_list.present_provincial");
        present.deed.evidence = smk_buf_view(&evidence);
        hold_meeting(&w);
        const uint8_t *id = test_path_force(&w, &present, &asked);
        cr_assert(eq(int, judged_in_pub(&w, id), row[i].reason), "row %zu", i);
        smk_buf_deinit(&evidence);
        test_deeds_deinit(&w);
    }
}
