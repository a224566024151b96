#include "proto/fold.h"
#include "proto/hash.h"
#include "tests/support/histories.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(fold_prop, .init = start_crypto);

enum { WORLDS = 25, ORDERS = 6, RECORDS_MAX = TEST_HISTORY_RECORDS_MAX };

/* ---- the same set in any order ---- */

Test(fold_prop, any_order_of_the_records_gives_the_same_documents_counts_and_totals, .timeout = 240)
{
    uint64_t first = test_seed();
    for (uint64_t i = 0; i < WORLDS; i++) {
        struct test_rng r = test_rng_from(first + i);
        struct test_deeds w;
        const struct smk_record *record[RECORDS_MAX];
        struct smk_buf wanted = {.max = 1 << 22};
        test_history(&w, &r);
        size_t count = test_history_records(&w, record);
        struct smk_fold *f = test_deeds_fold(&w);
        test_history_write(f, &wanted);
        smk_fold_free(f);
        for (size_t order = 0; order < ORDERS; order++) {
            struct smk_buf got = {.max = 1 << 22};
            size_t pause = (size_t)test_rng_below(&r, count);
            test_history_shuffle(record, count, &r);
            cr_assert(eq(int, smk_fold_new(w.coalition.roster, &f), SMK_OK));
            for (size_t k = 0; k < count; k++) {
                cr_assert(eq(int, smk_fold_add(f, record[k]), SMK_OK));
                if (k == pause) /* a look in between, and a record that comes again */
                    cr_assert(eq(int, smk_fold_finish(f), SMK_OK));
                if (test_rng_chance(&r, 5))
                    cr_assert(eq(int, smk_fold_add(f, record[test_rng_below(&r, k + 1)]), SMK_OK));
            }
            cr_assert(eq(int, smk_fold_finish(f), SMK_OK));
            cr_assert(eq(sz, smk_fold_record_count(f), count));
            test_history_write(f, &got);
            cr_assert(smk_bytes_is_equal(smk_buf_view(&got), smk_buf_view(&wanted)),
                      "seed %" PRIu64 ", order %zu", first + i, order);
            smk_fold_free(f);
            smk_buf_deinit(&got);
        }
        test_deeds_deinit(&w);
        smk_buf_deinit(&wanted);
    }
}

/* ---- against the definition, spelled out ---- */

/* seen[a][b]: a had b in its causal past. */
struct closure {
    size_t count;
    const struct smk_record *record[RECORDS_MAX];
    bool seen[RECORDS_MAX][RECORDS_MAX];
};

static size_t find_id(const struct closure *c, const uint8_t *id)
{
    for (size_t i = 0; i < c->count; i++)
        if (memcmp(c->record[i]->id, id, SMK_ID_BYTES) == 0)
            return i;
    return SIZE_MAX;
}

static void add_past(struct closure *c, size_t of, size_t from)
{
    if (from == SIZE_MAX || c->seen[of][from])
        return;
    c->seen[of][from] = true;
    const struct smk_header *h = &c->record[from]->header;
    if (h->seq > 1)
        add_past(c, of, find_id(c, h->prev));
    for (size_t i = 0; i < h->dep_count; i++)
        add_past(c, of, find_id(c, h->dep[i]));
}

static void make_closure(const struct test_deeds *w, struct closure *c)
{
    memset(c, 0, sizeof *c);
    c->count = test_history_records(w, c->record);
    for (size_t i = 0; i < c->count; i++) {
        add_past(c, i, i);
        c->seen[i][i] = false;
    }
}

/* No other counting edit of the document (that sets the field, if one is named) had seen e. */
static bool stands(const struct closure *c, const struct smk_fold_doc *doc, const struct smk_fold_entry *e,
                   const char *field)
{
    size_t own = find_id(c, e->id);
    for (size_t i = 0; i < doc->edit_count; i++) {
        const struct smk_fold_entry *other = doc->edit[i];
        bool sets = field == NULL || smk_span_find(other->edit.fields, field).len > 0;
        if (other->reason == SMK_REASON_COUNTS && sets && c->seen[find_id(c, other->id)][own])
            return false;
    }
    return true;
}

static bool is_value(const struct smk_fold_value *value, size_t count, struct smk_bytes wanted)
{
    for (size_t i = 0; i < count; i++)
        if (smk_bytes_is_equal(value[i].value, wanted))
            return true;
    return false;
}

static void expect_definition(struct smk_fold *f, const struct closure *c, const struct smk_fold_doc *doc,
                              uint64_t seed)
{
    static const char *const name[] = {"ref", "theme", "title", "version"};
    size_t heads = 0;
    for (size_t i = 0; i < doc->edit_count; i++)
        heads += doc->edit[i]->reason == SMK_REASON_COUNTS && stands(c, doc, doc->edit[i], NULL);
    cr_assert(eq(sz, doc->head_count, heads), "seed %" PRIu64, seed);
    for (size_t i = 0; i < doc->head_count; i++) {
        cr_assert(stands(c, doc, doc->head[i], NULL), "seed %" PRIu64, seed);
        cr_assert(i == 0 || memcmp(doc->head[i - 1]->id, doc->head[i]->id, SMK_ID_BYTES) < 0);
    }
    for (size_t n = 0; n < 4; n++) {
        struct smk_fold_value value[SMK_FOLD_VALUES_MAX];
        size_t count = smk_fold_values(f, doc, smk_bytes_of_text(name[n]), value);
        for (size_t i = 0; i < doc->edit_count; i++) {
            struct smk_bytes said = smk_span_find(doc->edit[i]->edit.fields, name[n]);
            if (doc->edit[i]->reason == SMK_REASON_COUNTS && said.len > 0 &&
                stands(c, doc, doc->edit[i], name[n]))
                cr_assert(is_value(value, count, said), "seed %" PRIu64 ": a value of %s is lost", seed,
                          name[n]);
        }
        for (size_t i = 0; i < count; i++)
            cr_assert(stands(c, doc, value[i].edit, name[n]), "seed %" PRIu64 ": %s was replaced", seed,
                      name[n]);
    }
}

Test(fold_prop, heads_and_values_are_what_the_definition_says, .timeout = 240)
{
    uint64_t first = test_seed();
    struct closure *c = malloc(sizeof *c);
    cr_assert(ne(ptr, c, NULL));
    size_t with_several = 0;
    for (uint64_t i = 0; i < WORLDS; i++) {
        struct test_rng r = test_rng_from(first + 1000 + i);
        struct test_deeds w;
        test_history(&w, &r);
        make_closure(&w, c);
        struct smk_fold *f = test_deeds_fold(&w);
        for (size_t d = 0; d < smk_fold_doc_count(f); d++) {
            expect_definition(f, c, smk_fold_doc_at(f, d), first + 1000 + i);
            with_several += smk_fold_doc_at(f, d)->head_count > 1;
        }
        smk_fold_free(f);
        test_deeds_deinit(&w);
    }
    cr_assert(gt(sz, with_several, 5), "the worlds are too tame to prove anything");
    free(c);
}

/* ---- what counts in a scope depends on that scope alone ---- */

Test(fold_prop, other_scopes_do_not_change_what_counts, .timeout = 240)
{
    uint64_t first = test_seed();
    for (uint64_t i = 0; i < WORLDS; i++) {
        struct test_rng r = test_rng_from(first + 2000 + i);
        struct test_deeds w;
        test_history(&w, &r);
        struct smk_fold *all = test_deeds_fold(&w), *part = NULL;
        cr_assert(eq(int, smk_fold_new(w.coalition.roster, &part), SMK_OK));
        for (size_t k = 0; k < w.run_count; k++)
            for (size_t n = 0; n < w.run[k]->count && strcmp(w.run[k]->scope.text, "dm:0201") == 0; n++)
                cr_assert(eq(int, smk_fold_add(part, &w.run[k]->record[n]), SMK_OK));
        cr_assert(eq(int, smk_fold_finish(part), SMK_OK));
        for (size_t k = 0; k < smk_fold_entry_count(part); k++) {
            const struct smk_fold_entry *e = smk_fold_entry_at(part, k);
            cr_assert(eq(int, e->reason, smk_fold_find_entry(all, e->id)->reason), "seed %" PRIu64,
                      first + 2000 + i);
        }
        smk_fold_free(part);
        smk_fold_free(all);
        test_deeds_deinit(&w);
    }
}
