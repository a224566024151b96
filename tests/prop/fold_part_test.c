#include "proto/fold.h"
#include "proto/hash.h"
#include "proto/totals.h"
#include "tests/support/histories.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(fold_part_prop, .init = start_crypto);

enum { WORLDS = 40, DOCS = 6, ROUNDS_MAX = 10 };

/* A fold that gets some documents of a world. */
struct part {
    const struct test_deeds *w;
    const struct smk_fold *all; /* knows what had seen what */
    bool has[TEST_HISTORY_RECORDS_MAX];
    const struct smk_record *record[TEST_HISTORY_RECORDS_MAX];
    size_t count;
};

struct looking {
    const uint8_t (*ids)[SMK_DOC_ID_BYTES];
    size_t count;
    bool is_found;
};

static bool look(void *ctx, const uint8_t *topic)
{
    struct looking *l = ctx;
    for (size_t i = 0; i < l->count && !l->is_found; i++)
        l->is_found = memcmp(topic, l->ids[i], SMK_DOC_ID_BYTES) == 0;
    return !l->is_found;
}

/* The open of a log, and every entry with one of the topics. */
static void choose(struct part *p, const uint8_t (*ids)[SMK_DOC_ID_BYTES], size_t id_count)
{
    for (size_t i = 0; i < p->count; i++) {
        struct looking l = {.ids = ids, .count = id_count};
        smk_fold_each_topic(p->record[i], look, &l);
        p->has[i] = p->record[i]->header.type == SMK_RECORD_OPEN || l.is_found;
    }
}

/* Of each other log of its scope the newest record of the part that this one had seen. */
static size_t seen_of(const struct part *p, size_t at, uint8_t (*ret_ids)[SMK_ID_BYTES])
{
    const struct smk_record *r = p->record[at];
    const struct smk_fold_entry *e = smk_fold_find_entry(p->all, r->id);
    size_t count = 0;
    for (size_t i = 0; e != NULL && i < p->count; i++) {
        const struct smk_fold_entry *earlier = smk_fold_find_entry(p->all, p->record[i]->id);
        if (!p->has[i] || earlier == NULL || earlier->log == e->log ||
            strcmp(earlier->log->scope.text, e->log->scope.text) != 0 ||
            !smk_fold_has_seen(p->all, e, earlier))
            continue;
        bool is_newer_of_log =
            count > 0 && smk_fold_find_entry(p->all, ret_ids[count - 1])->log == earlier->log;
        count = is_newer_of_log ? count - 1 : count; /* records stand log by log, ascending */
        memcpy(ret_ids[count++], earlier->id, SMK_ID_BYTES);
    }
    return count;
}

static struct smk_fold *fold_of(const struct part *p)
{
    struct smk_fold *f = NULL;
    uint8_t seen[TEST_DEEDS_RUNS_MAX][SMK_ID_BYTES];
    cr_assert(eq(int, smk_fold_new(p->w->coalition.roster, &f), SMK_OK));
    cr_assert(eq(int, smk_fold_note_asked(f), SMK_OK));
    for (size_t i = 0; i < p->count; i++) {
        if (!p->has[i])
            continue;
        size_t seen_count = seen_of(p, i, seen);
        cr_assert(eq(int,
                     smk_fold_add_seen(f, p->record[i], (const uint8_t(*)[SMK_ID_BYTES])seen, seen_count),
                     SMK_OK));
    }
    cr_assert(eq(int, smk_fold_finish(f), SMK_OK));
    return f;
}

/* Folds one document, then with all that it asked for, until it asks for nothing new. */
static struct smk_fold *fold_alone(struct part *p, const uint8_t id[SMK_DOC_ID_BYTES], size_t *ret_rounds)
{
    uint8_t ids[64][SMK_DOC_ID_BYTES];
    size_t count = 1;
    memcpy(ids[0], id, sizeof ids[0]);
    for (*ret_rounds = 1;; ++*ret_rounds) {
        const struct smk_fold_question *asked = NULL;
        choose(p, (const uint8_t(*)[SMK_DOC_ID_BYTES])ids, count);
        struct smk_fold *f = fold_of(p);
        size_t asked_count = smk_fold_asked(f, &asked), before = count;
        for (size_t i = 0; i < asked_count; i++) {
            bool is_there = false;
            for (size_t k = 0; k < count; k++)
                is_there = is_there || memcmp(ids[k], asked[i].topic, sizeof ids[k]) == 0;
            cr_assert(i == 0 || memcmp(&asked[i - 1], &asked[i], sizeof asked[i]) < 0, "once, ascending");
            if (!is_there)
                memcpy(ids[count++], asked[i].topic, sizeof ids[0]);
        }
        if (count == before)
            return f;
        smk_fold_free(f);
        cr_assert(lt(sz, *ret_rounds, ROUNDS_MAX));
    }
}

Test(fold_part_prop, a_document_alone_is_judged_as_among_all_others, .timeout = 240)
{
    uint64_t first = test_seed();
    size_t several_rounds = 0;
    for (uint64_t i = 0; i < WORLDS; i++) {
        struct test_rng r = test_rng_from(first + 5000 + i);
        struct test_deeds w;
        test_history(&w, &r);
        struct smk_fold *all = test_deeds_fold(&w);
        struct part p = {.w = &w, .all = all};
        p.count = test_history_records(&w, p.record);
        for (uint64_t d = 0; d < DOCS; d++) {
            struct smk_buf wanted = {.max = 1 << 22}, got = {.max = 1 << 22};
            uint8_t id[SMK_DOC_ID_BYTES];
            size_t rounds;
            test_doc_id(d, id);
            struct smk_fold *alone = fold_alone(&p, id, &rounds);
            several_rounds += rounds > 1;
            test_history_write_doc(all, id, &wanted);
            test_history_write_doc(alone, id, &got);
            cr_assert(smk_bytes_is_equal(smk_buf_view(&got), smk_buf_view(&wanted)),
                      "seed %" PRIu64 ", document %" PRIu64, first + 5000 + i, d);
            smk_fold_free(alone);
            smk_buf_deinit(&got);
            smk_buf_deinit(&wanted);
        }
        smk_fold_free(all);
        test_deeds_deinit(&w);
    }
    cr_assert(gt(sz, several_rounds, 5), "no document needed another one");
}

/* ---- shares ---- */

static enum smk_err add_to(void *ctx, const struct smk_totals_row *row)
{
    return smk_totals_add_row(ctx, row);
}

static enum smk_err write_row(void *ctx, const struct smk_totals_row *row)
{
    smk_buf_write(ctx, row, sizeof *row);
    return SMK_OK;
}

Test(fold_part_prop, the_shares_of_all_documents_are_the_totals, .timeout = 240)
{
    uint64_t first = test_seed();
    for (uint64_t i = 0; i < WORLDS; i++) {
        struct test_rng r = test_rng_from(first + 6000 + i);
        struct test_deeds w;
        struct smk_totals wanted, sum = {0};
        struct smk_buf left = {.max = 1 << 22}, right = {.max = 1 << 22};
        test_history(&w, &r);
        struct smk_fold *f = test_deeds_fold(&w);
        cr_assert(eq(int, smk_totals_make(f, &wanted), SMK_OK));
        for (uint64_t d = 0; d < DOCS; d++) {
            const struct smk_fold_entry *entry[TEST_HISTORY_RECORDS_MAX], *spare[TEST_HISTORY_RECORDS_MAX];
            struct smk_totals share = {0};
            uint8_t id[SMK_DOC_ID_BYTES];
            size_t count = 0;
            test_doc_id(d, id);
            for (size_t k = 0; k < smk_fold_entry_count(f); k++) {
                const struct smk_fold_entry *e = smk_fold_entry_at(f, k);
                if (memcmp(e->is_act ? e->act.doc : e->edit.doc, id, sizeof id) == 0)
                    entry[count++] = e;
            }
            smk_totals_add_entries(&share, entry, spare, count);
            for (size_t k = 0; k < smk_fold_doc_count(f); k++)
                if (memcmp(smk_fold_doc_at(f, k)->id, id, sizeof id) == 0)
                    cr_assert(eq(int, smk_totals_add_document(f, smk_fold_doc_at(f, k), &share), SMK_OK));
            cr_assert(eq(int, smk_totals_each(&share, add_to, &sum), SMK_OK));
            smk_totals_deinit(&share);
        }
        cr_assert(eq(int, smk_totals_each(&wanted, write_row, &left), SMK_OK));
        cr_assert(eq(int, smk_totals_each(&sum, write_row, &right), SMK_OK));
        cr_assert(smk_bytes_is_equal(smk_buf_view(&left), smk_buf_view(&right)), "seed %" PRIu64,
                  first + 6000 + i);
        smk_buf_deinit(&left);
        smk_buf_deinit(&right);
        smk_totals_deinit(&wanted);
        smk_totals_deinit(&sum);
        smk_fold_free(f);
        test_deeds_deinit(&w);
    }
}
