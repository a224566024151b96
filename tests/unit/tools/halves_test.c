#include "tools/halves.h"

#include "proto/hash.h"
#include "tests/support/path.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(halves, .init = start_crypto);

/* The page that `$10` stands for in deeds.h, and another. */
static const uint8_t page[SMK_HASH_BYTES] = {1, 2, 3}, other_page[SMK_HASH_BYTES] = {4};

struct half {
    enum test_who who;
    const char *office, *act, *fields;
};

static const struct half own = {TEST_CTOD, "ctod-approver", "attest_endorsement", "{'page' $10}"},
                         others = {TEST_SEC, "sec-approver", "attest_endorsement", "{'page' $10}"},
                         not_over_it = {TEST_AS, "as-approver", "attest_endorsement", "{'page' #32x55}"},
                         not_that_act = {TEST_AS, "as-approver", "negotiate", "{'page' $10}"},
                         refused = {TEST_AS, "as-editor", "attest_endorsement", "{'page' $10}"};

/* Each half comes a second after the one before. */
static const uint8_t *half_push(struct test_deeds *w, const struct half *h, struct smk_bytes text,
                                const uint8_t *negotiated)
{
    struct test_run *run = test_deeds_log(w, h->who, "dm:0201");
    size_t newest = 0;
    for (size_t i = 0; i < w->run_count; i++)
        newest = w->run[i]->count > newest ? w->run[i]->count : newest;
    while (run->count < newest)
        test_run_record(run, 99);
    struct test_deed deed = {.office = h->office, .kind = "joint_list", .act = h->act, .doc = 1};
    deed.fields = h->fields;
    deed.text = text;
    if (h->who != TEST_CTOD)
        deed.dep[deed.dep_count++] = negotiated;
    return test_deed(run, &deed);
}

Test(halves, an_attestor_follows_the_newest_half_of_another_organisation)
{
    static const struct {
        const struct half *half[4];
        size_t found; /* which of them, from 1 on; 0: none */
    } row[] = {
        {{NULL}, 0},
        {{&own}, 0},
        {{&others}, 1},
        {{&others, &own}, 1}, /* the newer one is his own */
        {{&own, &others, &own}, 2},
        {{&others, &others}, 2},
        {{&not_over_it, &not_that_act}, 0},
        {{&others, &not_over_it, &not_that_act, &refused}, 1},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct test_deeds w;
        struct smk_buf text = {.max = 65536};
        const uint8_t *id[4] = {NULL};
        test_deeds_init(&w);
        test_path(&w, "joint_list.endorse");
        test_deeds_pin(&w, "joint_list", 1, &text);
        struct test_run *ctod = test_deeds_log(&w, TEST_CTOD, "dm:0201");
        const uint8_t *negotiated = ctod->record[ctod->count - 1].id;
        for (size_t k = 0; k < 4 && row[i].half[k] != NULL; k++)
            id[k] = half_push(&w, row[i].half[k], smk_buf_view(&text), negotiated);
        struct smk_fold *f = test_deeds_fold(&w);
        const struct smk_fold_doc *doc = test_find_doc(f, "joint_list", 1, "dm:0201");
        const struct smk_fold_entry *e = smk_half_find(doc, "attest_endorsement", page, "ctod");
        cr_assert(eq(int, e != NULL, row[i].found > 0), "row %zu", i);
        if (e != NULL)
            cr_assert(eq(int, memcmp(e->id, id[row[i].found - 1], SMK_ID_BYTES), 0), "row %zu", i);
        e = smk_half_find(doc, "attest_endorsement", other_page, "ctod");
        cr_assert(eq(ptr, (void *)(uintptr_t)e, NULL), "row %zu: another page", i);
        smk_fold_free(f);
        smk_buf_deinit(&text);
        test_deeds_deinit(&w);
    }
}

Test(halves, what_follows_a_half_is_about_the_same)
{
    static const uint8_t bytes[] = "text";
    struct smk_fold_entry half = {.act = {.text = SMK_BYTES(bytes)}};
    struct smk_act act = {.text = {0}}, alone[2] = {{.text = {0}}};
    memset(half.act.id, 7, sizeof half.act.id);
    memset(half.act.about, 8, sizeof half.act.about);
    smk_half_follow(&act, &half);
    cr_assert(eq(int, memcmp(act.id, half.act.id, sizeof act.id), 0));
    cr_assert(eq(int, memcmp(act.about, half.act.about, sizeof act.about), 0));
    cr_assert(eq(ptr, (void *)(uintptr_t)act.text.data, (void *)(uintptr_t)bytes));
    for (size_t i = 0; i < 2; i++)
        smk_half_follow(&alone[i], NULL);
    cr_assert(ne(int, memcmp(alone[0].id, alone[1].id, sizeof alone[0].id), 0), "an id of its own");
}
