#include "proto/fold.h"
#include "proto/hash.h"
#include "proto/totals.h"
#include "tests/support/deeds.h"
#include "tests/support/rng.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(fold_prop, .init = start_crypto);

enum { WORLDS = 25, ORDERS = 6, RECORDS_MAX = 400, DOCS = 4 };

/* ---- random worlds ---- */

static const struct {
    enum test_who who;
    const char *scope, *editor, *approver;
} seat[] = {
    {TEST_CTOD, "dm:0201", "ctod-editor", "ctod-approver"},
    {TEST_AS, "dm:0201", "as-editor", "as-approver"},
    {TEST_BANAN, "dm:0201", "banan-clerk", "banan-gov"},
    {TEST_SEC, "dm:0201", "sec-editor", "sec-approver"},
    {TEST_HUB, "dm:0201", "hub-coord", "hub-rap"},
    {TEST_AS, "prov:02", "as-editor", "as-approver"},
    {TEST_CTOD, "prov:02", "ctod-editor", "ctod-approver"},
    {TEST_SEC, "pub", "sec-editor", "sec-rap"},
};
enum { SEATS = sizeof seat / sizeof seat[0] };

static void add_random_deps(struct test_deeds *w, struct test_rng *r, const char *scope,
                            struct test_deed *deed)
{
    size_t wanted = (size_t)test_rng_below(r, 4);
    for (size_t i = 0; i < wanted; i++) {
        struct test_run *run = w->run[test_rng_below(r, w->run_count)];
        const uint8_t *id = run->record[test_rng_below(r, run->count)].id;
        bool is_double = strcmp(run->scope.text, scope) != 0;
        for (size_t k = 0; k < deed->dep_count; k++)
            is_double = is_double || memcmp(deed->dep[k], id, SMK_ID_BYTES) == 0;
        if (!is_double)
            deed->dep[deed->dep_count++] = id;
    }
}

static void random_edit(struct test_deeds *w, struct test_rng *r, size_t s)
{
    static const char *const name[] = {"ref", "theme", "title", "version"};
    char fields[256] = "{";
    size_t at = 1;
    for (size_t i = 0; i < 4; i++)
        if (test_rng_chance(r, 50))
            at += (size_t)snprintf(fields + at, sizeof fields - at, "'%s' 'v%u' ", name[i],
                                   (unsigned)test_rng_below(r, 3));
    (void)snprintf(fields + at, sizeof fields - at, "%s}",
                   test_rng_chance(r, 40) ? "'recommendations' [$2 $3]" : "");
    bool is_study = strcmp(seat[s].scope, "prov:02") == 0, is_event = strcmp(seat[s].scope, "pub") == 0;
    uint64_t doc = test_rng_below(r, DOCS);
    struct test_deed deed = {.office = test_rng_chance(r, 85) ? seat[s].editor : seat[s].approver,
                             .doc = doc};
    deed.kind = is_study ? "case_study" : is_event ? "event" : doc >= 2 ? "recommendation" : "joint_list";
    deed.fields = fields;
    add_random_deps(w, r, seat[s].scope, &deed);
    test_deed(test_deeds_log(w, seat[s].who, seat[s].scope), &deed);
}

/* About a text of now, of before, or of nothing. */
static void random_act(struct test_deeds *w, struct test_rng *r, size_t s, struct smk_buf *last_text)
{
    static const char *const act[] = {"negotiate", "endorse", "attest_endorsement", "attest_endorsement",
                                      "accept"};
    struct test_deed deed = {.office = seat[s].approver, .kind = "joint_list", .doc = test_rng_below(r, 2)};
    struct smk_fold *f = test_deeds_fold(w);
    const struct smk_fold_doc *list = test_find_doc(f, "joint_list", deed.doc, "dm:0201");
    if (list != NULL && test_rng_chance(r, 70)) {
        struct smk_buf text = {.max = 1 << 20};
        if (smk_fold_text(f, list, &text, NULL) == SMK_OK) {
            smk_buf_reset(last_text);
            smk_buf_write_bytes(last_text, smk_buf_view(&text));
        }
        smk_buf_deinit(&text);
    }
    smk_fold_free(f);
    deed.act = act[test_rng_below(r, sizeof act / sizeof act[0])];
    deed.fields = test_rng_chance(r, 80) ? "{'page' $10}" : "{'page' #32x01}";
    deed.text = smk_buf_view(last_text);
    deed.id = 100 + test_rng_below(r, 5);
    add_random_deps(w, r, "dm:0201", &deed);
    test_deed(test_deeds_log(w, seat[s].who, "dm:0201"), &deed);
}

static void make_world(struct test_deeds *w, struct test_rng *r)
{
    struct smk_buf last_text = {.max = 1 << 20};
    size_t records = 20 + (size_t)test_rng_below(r, 100);
    test_deeds_init(w);
    for (size_t i = 0; i < SEATS; i++)
        (void)test_deeds_log(w, seat[i].who, seat[i].scope);
    (void)test_deeds_log_again(w, TEST_CTOD, "dm:0201", 99);
    for (size_t i = 0; i < records; i++) {
        size_t s = (size_t)test_rng_below(r, SEATS);
        if (test_rng_chance(r, 75))
            random_edit(w, r, s);
        else
            random_act(w, r, (size_t)test_rng_below(r, 5), &last_text);
    }
    smk_buf_deinit(&last_text);
}

/* ---- the same set in any order ---- */

/* Everything that the fold says, as bytes. */
static void write_fold(struct smk_fold *f, struct smk_buf *b)
{
    struct smk_totals t;
    for (size_t i = 0; i < smk_fold_entry_count(f); i++) {
        const struct smk_fold_entry *e = smk_fold_entry_at(f, i);
        smk_buf_write(b, e->id, sizeof e->id);
        smk_buf_write_u8(b, (uint8_t)e->reason);
        smk_buf_write_u8(b, (uint8_t)e->note);
    }
    for (size_t i = 0; i < smk_fold_doc_count(f); i++) {
        const struct smk_fold_doc *doc = smk_fold_doc_at(f, i);
        struct smk_bytes name[SMK_FOLD_NAMES_MAX];
        struct smk_fold_value value[SMK_FOLD_VALUES_MAX];
        smk_buf_write(b, doc->id, sizeof doc->id);
        smk_buf_write_u8(b, doc->counts);
        for (size_t k = 0; k < doc->head_count; k++)
            smk_buf_write(b, doc->head[k]->id, SMK_ID_BYTES);
        size_t names = smk_fold_names(doc, name);
        for (size_t k = 0; k < names; k++) {
            size_t values = smk_fold_values(f, doc, name[k], value);
            smk_buf_write_bytes(b, name[k]);
            for (size_t v = 0; v < values; v++)
                smk_buf_write_bytes(b, value[v].value);
        }
        for (size_t k = 0; k < doc->act_count; k++)
            smk_buf_write(b, doc->act[k]->id, SMK_ID_BYTES);
        smk_buf_write_bytes(b, smk_bytes_of_text(smk_fold_status(doc)));
    }
    cr_assert(eq(int, smk_totals_make(f, &t), SMK_OK));
    for (size_t i = 0; i < t.row_count; i++)
        smk_buf_write(b, &t.row[i], sizeof t.row[i]);
    uint64_t numbers[] = {t.lists,
                          t.recommendations,
                          t.endorsements.count,
                          t.endorsements.by_attestation,
                          t.acceptances.count,
                          t.events.count,
                          t.not_counting,
                          t.respondents.count};
    smk_buf_write(b, numbers, sizeof numbers);
    smk_totals_deinit(&t);
    cr_assert(eq(int, b->err, SMK_OK));
}

static size_t gather(const struct test_deeds *w, const struct smk_record *ret[RECORDS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < w->run_count; i++)
        for (size_t k = 0; k < w->run[i]->count; k++)
            ret[count++] = &w->run[i]->record[k];
    cr_assert(le(sz, count, RECORDS_MAX));
    return count;
}

static void shuffle(const struct smk_record **record, size_t count, struct test_rng *r)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = (size_t)test_rng_below(r, i);
        const struct smk_record *swap = record[i - 1];
        record[i - 1] = record[k];
        record[k] = swap;
    }
}

Test(fold_prop, any_order_of_the_records_gives_the_same_documents_counts_and_totals, .timeout = 240)
{
    uint64_t first = test_seed();
    for (uint64_t i = 0; i < WORLDS; i++) {
        struct test_rng r = test_rng_from(first + i);
        struct test_deeds w;
        const struct smk_record *record[RECORDS_MAX];
        struct smk_buf wanted = {.max = 1 << 22};
        make_world(&w, &r);
        size_t count = gather(&w, record);
        struct smk_fold *f = test_deeds_fold(&w);
        write_fold(f, &wanted);
        smk_fold_free(f);
        for (size_t order = 0; order < ORDERS; order++) {
            struct smk_buf got = {.max = 1 << 22};
            size_t pause = (size_t)test_rng_below(&r, count);
            shuffle(record, count, &r);
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
            write_fold(f, &got);
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
    c->count = gather(w, c->record);
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
        make_world(&w, &r);
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
        make_world(&w, &r);
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
