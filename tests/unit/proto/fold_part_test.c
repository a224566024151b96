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

TestSuite(fold_part, .init = start_crypto);

#define EDIT(o, k, d, f) (&(struct test_deed){.office = (o), .kind = (k), .doc = (d), .fields = (f)})

static struct smk_fold *fold_and_note(struct test_deeds *w)
{
    struct smk_fold *f = NULL;
    cr_assert(eq(int, smk_fold_new(w->coalition.roster, &f), SMK_OK));
    cr_assert(eq(int, smk_fold_note_asked(f), SMK_OK));
    for (size_t i = 0; i < w->run_count; i++)
        for (size_t k = 0; k < w->run[i]->count; k++)
            cr_assert(eq(int, smk_fold_add(f, &w->run[i]->record[k]), SMK_OK));
    cr_assert(eq(int, smk_fold_finish(f), SMK_OK));
    return f;
}

/* What document `by` asked for, by the numbers of documents below 10: "1 2 3". */
static const char *asked_of(struct smk_fold *f, uint64_t by, char ret_text[32])
{
    const struct smk_fold_question *asked = NULL;
    uint8_t by_id[SMK_DOC_ID_BYTES];
    size_t count = smk_fold_asked(f, &asked), len = 0;
    test_doc_id(by, by_id);
    for (uint64_t n = 0; n < 10; n++) {
        uint8_t id[SMK_DOC_ID_BYTES];
        test_doc_id(n, id);
        for (size_t i = 0; i < count; i++) {
            if (memcmp(asked[i].topic, id, sizeof id) != 0 || memcmp(asked[i].by, by_id, sizeof by_id) != 0)
                continue;
            ret_text[len++] = (char)('0' + n);
            ret_text[len++] = ' ';
        }
    }
    ret_text[len > 0 ? len - 1 : 0] = '\0';
    return ret_text;
}

Test(fold_part, edits_ask_for_nothing)
{
    struct test_deeds w;
    char text[32];
    test_deeds_init(&w);
    test_deed(test_deeds_log(&w, TEST_CTOD, "dm:0201"),
              EDIT("ctod-editor", "joint_list", 1, "{'district' '0201' 'recommendations' [$2 $3]}"));
    struct smk_fold *f = fold_and_note(&w);
    cr_assert(eq(str, (char *)(uintptr_t)asked_of(f, 1, text), ""));
    smk_fold_free(f);
    test_deeds_deinit(&w);
}

Test(fold_part, an_act_asks_for_its_document_what_its_text_names_and_what_the_list_names_now)
{
    struct test_deeds w;
    struct smk_buf pinned = {.max = 65536};
    char text[32];
    test_deeds_init(&w);
    struct test_run *ctod = test_deeds_log(&w, TEST_CTOD, "dm:0201");
    test_deed(ctod, EDIT("ctod-editor", "recommendation", 2, "{'from_findings' ['F'] 'district' '0201'}"));
    test_deed(ctod, EDIT("ctod-editor", "joint_list", 1, "{'district' '0201' 'recommendations' [$2]}"));
    test_deeds_pin(&w, "joint_list", 1, &pinned);
    test_deed(ctod, EDIT("ctod-editor", "joint_list", 1, "{'recommendations' [$4]}"));
    struct test_deed endorse = {.office = "banan-gov", .kind = "joint_list", .act = "endorse", .doc = 1};
    endorse.text = smk_buf_view(&pinned);
    test_deed(test_deeds_log(&w, TEST_BANAN, "dm:0201"), &endorse);
    struct smk_fold *f = fold_and_note(&w);
    cr_assert(eq(str, (char *)(uintptr_t)asked_of(f, 1, text), "1 2 4"));
    (void)test_find_doc(f, "joint_list", 7, "dm:0201");
    cr_assert(eq(str, (char *)(uintptr_t)asked_of(f, 1, text), "1 2 4"), "who reads asks for himself");
    cr_assert(eq(int, smk_fold_finish(f), SMK_OK));
    cr_assert(eq(str, (char *)(uintptr_t)asked_of(f, 1, text), "1 2 4"), "finishing again begins anew");
    cr_assert(eq(str, (char *)(uintptr_t)asked_of(f, 2, text), ""), "nobody did anything about this one");
    smk_fold_free(f);
    test_deeds_deinit(&w);
    smk_buf_deinit(&pinned);
}

Test(fold_part, an_act_of_a_rapporteur_asks_for_its_meeting)
{
    struct test_deeds w;
    char text[32];
    test_deeds_init(&w);
    struct test_deed present = {.office = "hub-rap",
                                .kind = "joint_list",
                                .act = "present_provincial",
                                .doc = 1,
                                .area = "0201",
                                .fields = "{'meeting' $5}"};
    test_deed(test_deeds_log(&w, TEST_HUB, "pub"), &present);
    struct smk_fold *f = fold_and_note(&w);
    cr_assert(eq(str, (char *)(uintptr_t)asked_of(f, 1, text), "1 5"));
    smk_fold_free(f);
    test_deeds_deinit(&w);
}

Test(fold_part, nobody_is_told_who_has_not_said_so)
{
    struct test_deeds w;
    const struct smk_fold_question *asked = NULL;
    test_deeds_init(&w);
    struct test_deed endorse = {.office = "banan-gov", .kind = "joint_list", .act = "endorse", .doc = 1};
    test_deed(test_deeds_log(&w, TEST_BANAN, "dm:0201"), &endorse);
    struct smk_fold *f = test_deeds_fold(&w);
    cr_assert(eq(sz, smk_fold_asked(f, &asked), 0));
    smk_fold_free(f);
    test_deeds_deinit(&w);
}

struct listing {
    char text[64];
    size_t len;
};

/* Documents by their number, "t" for what is none of them. */
static bool list_topic(void *ctx, const uint8_t *topic)
{
    struct listing *l = ctx;
    uint8_t id[SMK_DOC_ID_BYTES];
    char shown = 't';
    for (uint64_t n = 0; n < 10; n++) {
        test_doc_id(n, id);
        shown = memcmp(topic, id, sizeof id) == 0 ? (char)('0' + n) : shown;
    }
    l->text[l->len++] = shown;
    return shown != '9';
}

Test(fold_part, an_act_has_topics_wherever_its_fields_name_something)
{
    static const struct {
        const char *act, *fields, *topics;
    } row[] = {
        {NULL, "{'recommendations' [$2 $3]}", "1"},
        {"endorse", "{}", "1ttt"},
        {"accept",
         "{'items' [{'decision' 'accepted' 'recommendation' $2} {'recommendation' $3}] 'attachment' $4}",
         "1tt234ttt"},
        {"present_provincial", "{'page' $10 'meeting' $5}", "1tt5t"},
        {"present_provincial", "{'a' $9 'b' $5}", "1tt9"}, /* enough */
        {"prioritise_provincial", "{'rank' 1}", "1tttt"},
    };
    struct test_deeds w;
    test_deeds_init(&w);
    struct test_run *run = test_deeds_log(&w, TEST_BANAN, "dm:0201");
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct listing l = {0};
        struct test_deed deed = {.office = "banan-gov", .kind = "joint_list", .act = row[i].act, .doc = 1};
        deed.fields = row[i].fields;
        test_deed(run, &deed);
        smk_fold_each_topic(&run->record[run->count - 1], list_topic, &l);
        cr_assert(eq(str, l.text, (char *)(uintptr_t)row[i].topics), "row %zu", i);
    }
    struct listing l = {0};
    smk_fold_each_topic(&run->record[0], list_topic, &l);
    cr_assert(eq(sz, l.len, 0), "an open is about nothing");
    test_run_drop_payload(run, run->count - 1);
    smk_fold_each_topic(&run->record[run->count - 1], list_topic, &l);
    cr_assert(eq(sz, l.len, 0), "nor is a hole");
    test_deeds_deinit(&w);
}

Test(fold_part, a_record_has_seen_what_it_is_said_to_have_seen)
{
    struct test_deeds w;
    struct smk_fold *f = NULL;
    test_deeds_init(&w);
    struct test_run *ctod = test_deeds_log(&w, TEST_CTOD, "dm:0201"),
                    *as = test_deeds_log(&w, TEST_AS, "dm:0201");
    const uint8_t *first =
        test_deed(ctod, EDIT("ctod-editor", "joint_list", 1, "{'case_studies' [$6] 'district' '0201'}"));
    const uint8_t *second =
        test_deed(as, EDIT("as-editor", "joint_list", 1, "{'case_studies' [$6] 'version' 2}"));
    for (int has_seen = 0; has_seen < 2; has_seen++) {
        cr_assert(eq(int, smk_fold_new(w.coalition.roster, &f), SMK_OK));
        for (size_t i = 0; i < 2; i++) {
            cr_assert(eq(int, smk_fold_add(f, &ctod->record[i]), SMK_OK));
            cr_assert(
                eq(int,
                   smk_fold_add_seen(f, &as->record[i], (const uint8_t(*)[SMK_ID_BYTES])(const void *)first,
                                     i == 1 && has_seen == 1 ? 1 : 0),
                   SMK_OK));
        }
        cr_assert(eq(int, smk_fold_finish(f), SMK_OK));
        cr_assert(eq(int, smk_fold_has_seen(f, smk_fold_find_entry(f, second), smk_fold_find_entry(f, first)),
                     has_seen == 1));
        cr_assert(eq(sz, test_find_doc(f, "joint_list", 1, "dm:0201")->head_count, has_seen == 1 ? 1 : 2));
        smk_fold_free(f);
    }
    test_deeds_deinit(&w);
}

/* OK, or SMK_ERR_NOMEM and nothing is left. */
static enum smk_err fold_asking(const struct test_deeds *w)
{
    const struct smk_fold_question *asked = NULL;
    struct smk_fold *f = NULL;
    enum smk_err err = smk_fold_new(w->coalition.roster, &f);
    if (err == SMK_OK)
        err = smk_fold_note_asked(f);
    for (size_t i = 0; err == SMK_OK && i < w->run[0]->count; i++)
        err = smk_fold_add(f, &w->run[0]->record[i]);
    if (err == SMK_OK)
        err = smk_fold_finish(f);
    if (err == SMK_OK)
        cr_assert(eq(sz, smk_fold_asked(f, &asked), 70), "none is left out unsaid");
    smk_fold_free(f);
    return err;
}

Test(fold_part, asking_survives_every_failing_allocation)
{
    static const enum test_fault kind[] = {TEST_FAULT_ONCE, TEST_FAULT_STICKY};
    struct test_deeds w;
    test_deeds_init(&w);
    struct test_deed endorse = {.office = "banan-gov", .kind = "joint_list", .act = "endorse"};
    for (endorse.doc = 0; endorse.doc < 70; endorse.doc++)
        test_deed(test_deeds_log(&w, TEST_BANAN, "dm:0201"), &endorse);
    for (size_t i = 0; i < sizeof kind / sizeof kind[0]; i++) {
        bool is_over = false;
        for (unsigned long nth = 0; nth < 1000 && !is_over; nth++) {
            test_fault_begin(kind[i], nth);
            enum smk_err err = fold_asking(&w);
            test_fault_end();
            cr_assert(eq(long, test_fault_live(), 0), "something leaked at %lu", nth);
            is_over = test_fault_hits() == 0;
            cr_assert(eq(int, err, is_over ? SMK_OK : SMK_ERR_NOMEM), "at %lu", nth);
        }
        cr_assert(is_over);
    }
    test_deeds_deinit(&w);
}
