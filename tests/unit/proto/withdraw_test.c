/* Withdrawals: who may, what they do to a document, and what undoes them. */
#include "proto/hash.h"
#include "proto/totals.h"
#include "tests/support/path.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(withdraw, .init = start_crypto);

#define REASON "{'reason' {'en' 'entered twice'}}"

/* Asked before it is written, and forced into a log. */
static void expect(struct test_deeds *w, const struct test_step *step, enum smk_reason reason)
{
    enum smk_reason asked;
    const uint8_t *id = test_path_force(w, step, &asked);
    struct smk_fold *f = test_deeds_fold(w);
    const struct smk_fold_entry *e = smk_fold_find_entry(f, id);
    cr_assert(ne(ptr, (void *)(uintptr_t)e, NULL));
    cr_assert(eq(int, asked, reason), "asked: %s", smk_reason_code(asked));
    cr_assert(eq(int, e->reason, reason), "forced: %s", smk_reason_code(e->reason));
    smk_fold_free(f);
}

static void expect_event(struct test_deeds *w, bool is_withdrawn, const char *status, uint64_t events)
{
    struct smk_fold *f = test_deeds_fold(w);
    struct smk_totals t = {0};
    const struct smk_fold_doc *doc = test_find_doc(f, "event", 7, "pub");
    cr_assert(eq(int, smk_fold_is_withdrawn(doc), is_withdrawn));
    cr_assert(eq(int, doc->counts, true), "it stays readable");
    cr_assert(eq(str, (char *)(uintptr_t)smk_fold_status(doc), (char *)(uintptr_t)status));
    cr_assert(eq(int, smk_totals_add_document(f, doc, &t), SMK_OK));
    cr_assert(eq(u64, t.events.count, events));
    smk_totals_deinit(&t);
    smk_fold_free(f);
}

static struct test_step withdrawal(const struct test_step *of)
{
    struct test_step step = *of;
    step.deed.act = "withdraw";
    step.deed.fields = REASON;
    return step;
}

Test(withdraw, an_own_text_goes_and_a_change_brings_it_back)
{
    struct test_deeds w;
    const struct test_step *record = test_path_step("event.record");
    struct test_step step = withdrawal(record), edit = *record;
    test_deeds_init(&w);
    test_path(&w, "event.record");
    edit.deed.act = NULL;
    edit.deed.fields = "{'title' {'en' 'Again'}}";
    expect_event(&w, false, "planned", 1);
    step.deed.fields = "{}";
    expect(&w, &step, SMK_REASON_WHY);
    step.deed.fields = REASON;
    expect(&w, &step, SMK_REASON_COUNTS);
    expect_event(&w, true, "withdrawn", 0);
    expect(&w, &step, SMK_REASON_STATE);  /* once is enough */
    expect(&w, record, SMK_REASON_STATE); /* and nothing else is done about it */
    expect(&w, &edit, SMK_REASON_COUNTS);
    expect_event(&w, false, "planned", 1);
    expect(&w, record, SMK_REASON_COUNTS);
    expect(&w, &step, SMK_REASON_COUNTS); /* its own organisation's acts are no hindrance */
    expect_event(&w, true, "withdrawn", 0);
    test_deeds_deinit(&w);
}

Test(withdraw, a_text_that_somebody_else_has_changed_or_judged_stays)
{
    struct test_deeds w;
    struct test_step study = withdrawal(test_path_step("case_study.submit"));
    test_deeds_init(&w);
    test_path(&w, "case_study.submit");
    study.deed.fields = REASON;
    struct test_step other = study;
    other.who = TEST_CTOD;
    other.deed.office = "ctod-editor";
    expect(&w, &other, SMK_REASON_OWNER);
    test_deeds_deinit(&w);
    test_deeds_init(&w);
    test_path(&w, "case_study.verify"); /* submitted: its own act */
    expect(&w, &study, SMK_REASON_COUNTS);
    test_deeds_deinit(&w);
    test_deeds_init(&w);
    test_path(&w, "meeting.close"); /* verified by the secretariat */
    expect(&w, &study, SMK_REASON_BUILT_ON);
    test_deeds_deinit(&w);
}

Test(withdraw, an_edit_that_had_not_seen_it_brings_the_document_back)
{
    struct test_deeds w;
    struct test_step step = withdrawal(test_path_step("event.record"));
    test_deeds_init(&w);
    test_path(&w, "event.record");
    expect(&w, &step, SMK_REASON_COUNTS);
    (void)test_deed(
        test_deeds_log_again(&w, step.who, "pub", 99),
        &(struct test_deed){
            .office = step.deed.office, .kind = "event", .doc = 7, .fields = "{'title' {'en' 'Meanwhile'}}"});
    expect_event(&w, false, "planned", 1);
    test_deeds_deinit(&w);
}
