#include "proto/check.h"
#include "proto/fold.h"
#include "proto/hash.h"
#include "tests/support/deeds.h"
#include "tests/support/rng.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Five people write the same documents on nodes that meet now and then, some of them only in part. Whatever the order of
 * arrival, every node ends with one state; every value that was ever written is there, was replaced by somebody who had
 * seen it, or stands beside others for people to choose from. SMK_HISTORIES=10000 for the long run. */

enum { HISTORIES = 400, ORDERS = 3, WRITES_MAX = 40, EDITS_MAX = 64, DOCS = 2, FIELDS = 4, EDITORS = 5 };

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(merge_prop, .init = start_crypto);

static const char scope[] = "dm:0201";
static const struct {
    enum test_who who;
    const char *office;
} seat[EDITORS] = {{TEST_CTOD, "ctod-editor"},
                   {TEST_AS, "as-editor"},
                   {TEST_BANAN, "banan-clerk"},
                   {TEST_SEC, "sec-editor"},
                   {TEST_HUB, "hub-coord"}};
/* In the order of their keys in a canonical map. */
static const char *const field_name[FIELDS] = {"ref", "venue", "remarks", "km_review"};

/* What the model knows of one edit: only what was written and which records it names. */
struct written {
    size_t doc;
    uint64_t past; /* bit i: edit i lies in its causal past */
    bool sets[FIELDS];
    struct smk_bytes value[FIELDS]; /* as it stands in the record */
    const uint8_t *id;
    size_t editor;
    size_t place; /* in the log of the editor */
};

struct history {
    struct test_deeds *w;
    struct test_rng r;
    struct test_run *log[EDITORS];
    struct smk_fold *view[EDITORS];
    size_t has[EDITORS][EDITORS]; /* records of each log that an editor's node holds */
    size_t count;
    struct written edit[EDITS_MAX];
};

/* ---- nodes ---- */

static void take(struct history *h, size_t node, size_t log, size_t count)
{
    for (; h->has[node][log] < count; h->has[node][log]++)
        cr_assert(eq(int, smk_fold_add(h->view[node], &h->log[log]->record[h->has[node][log]]), SMK_OK));
}

/* All that the other node has, or the beginning of one log: a line that breaks brings no more. */
static void meet(struct history *h, size_t to, size_t from)
{
    if (test_rng_chance(&h->r, 25)) {
        size_t log = (size_t)test_rng_below(&h->r, EDITORS), more = h->has[from][log];
        take(h, to, log, more > 0 ? 1 + (size_t)test_rng_below(&h->r, more) : 0);
        return;
    }
    for (size_t log = 0; log < EDITORS; log++)
        take(h, to, log, h->has[from][log]);
}

static void forget_runs(struct test_deeds *w)
{
    for (size_t i = 0; i < w->run_count; i++) {
        test_run_deinit(w->run[i]);
        free(w->run[i]);
    }
    w->run_count = 0;
}

static void history_init(struct history *h, struct test_deeds *w, uint64_t seed)
{
    memset(h, 0, sizeof *h);
    h->w = w;
    h->r = test_rng_from(seed);
    for (size_t i = 0; i < EDITORS; i++) {
        h->log[i] = test_deeds_log_again(w, seat[i].who, scope, seed * EDITORS + i);
        cr_assert(eq(int, smk_fold_new(w->coalition.roster, &h->view[i]), SMK_OK));
        take(h, i, i, 1);
    }
}

static void history_deinit(struct history *h)
{
    for (size_t i = 0; i < EDITORS; i++)
        smk_fold_free(h->view[i]);
    forget_runs(h->w);
}

/* ---- writing ---- */

static const struct smk_fold_doc *doc_of(struct smk_fold *f, size_t doc)
{
    return test_find_doc(f, "meeting", doc, scope);
}

/* The value of a field: few of them, so that two people may write the same; sometimes it is taken back. */
static int write_field(struct history *h, size_t field, char *text, size_t room)
{
    unsigned value = (unsigned)test_rng_below(&h->r, 5);
    if (test_rng_chance(&h->r, 10))
        return snprintf(text, room, "'%s' nil ", field_name[field]);
    bool is_text = field == 1 || field == 2;
    return snprintf(text, room, is_text ? "'%s' {'en' 'v%u'} " : "'%s' 'v%u' ", field_name[field], value);
}

/* The model's own closure: what the deps and the record before have in their past, and they themselves. */
static uint64_t past_of(const struct history *h, size_t editor, const struct smk_fold_deps *deps)
{
    uint64_t past = 0;
    for (size_t i = 0; i < h->count; i++) {
        bool is_named = h->edit[i].editor == editor;
        for (size_t k = 0; k < deps->count; k++)
            is_named = is_named || memcmp(deps->entry[k]->id, h->edit[i].id, SMK_ID_BYTES) == 0;
        if (is_named)
            past |= h->edit[i].past | (uint64_t)1 << i;
    }
    return past;
}

static void note(struct history *h, size_t editor, size_t doc, const bool sets[FIELDS],
                 const struct smk_fold_deps *deps, const uint8_t *id)
{
    struct written *e = &h->edit[h->count];
    struct smk_edit edit;
    const struct smk_record *record = &h->log[editor]->record[h->log[editor]->count - 1];
    cr_assert(eq(int, smk_edit_decode(record->payload, &edit), SMK_OK));
    *e = (struct written){.doc = doc, .past = past_of(h, editor, deps), .id = id, .editor = editor};
    for (size_t k = 0; k < FIELDS; k++) {
        e->sets[k] = sets[k];
        e->value[k] = smk_span_find(edit.fields, field_name[k]);
    }
    h->count++;
    take(h, editor, editor, h->log[editor]->count);
}

/* As the tools write: having seen the heads of the document, as far as they are here. */
static void write_edit(struct history *h, size_t editor, size_t doc, const bool sets[FIELDS])
{
    char fields[256] = "{";
    size_t at = 1;
    struct smk_fold_deps deps = {0};
    struct test_deed deed = {.office = seat[editor].office, .kind = "meeting", .doc = doc};
    cr_assert(eq(int, smk_fold_finish(h->view[editor]), SMK_OK));
    const struct smk_fold_doc *now = doc_of(h->view[editor], doc);
    for (size_t i = 0; now != NULL && i < now->head_count; i++)
        smk_fold_add_dep(h->view[editor], &deps, now->head[i]);
    for (size_t i = 0; i < deps.count; i++)
        deed.dep[deed.dep_count++] = deps.entry[i]->id;
    for (size_t k = 0; k < FIELDS; k++)
        at += sets[k] ? (size_t)write_field(h, k, fields + at, sizeof fields - at) : 0;
    (void)snprintf(fields + at, sizeof fields - at, "}");
    deed.fields = fields;
    note(h, editor, doc, sets, &deps, test_deed(h->log[editor], &deed));
}

static void random_step(struct history *h)
{
    size_t editor = (size_t)test_rng_below(&h->r, EDITORS);
    bool sets[FIELDS];
    if (test_rng_chance(&h->r, 40)) {
        meet(h, editor, (size_t)test_rng_below(&h->r, EDITORS));
        return;
    }
    for (size_t k = 0; k < FIELDS; k++)
        sets[k] = test_rng_chance(&h->r, 40);
    write_edit(h, editor, (size_t)test_rng_below(&h->r, DOCS), sets);
}

/* ---- what the end must be ---- */

/* Another edit set the field and had seen this one. */
static bool is_replaced(const struct history *h, size_t i, size_t field)
{
    for (size_t k = 0; k < h->count; k++)
        if (h->edit[k].doc == h->edit[i].doc && h->edit[k].sets[field] && (h->edit[k].past >> i & 1) != 0)
            return true;
    return false;
}

/* Every value that was not replaced is shown, and nothing else; the same value once. */
static size_t expect_field(const struct history *h, struct smk_fold *f, size_t doc, size_t field,
                           uint64_t seed)
{
    struct smk_fold_value value[SMK_FOLD_VALUES_MAX];
    bool is_known[SMK_FOLD_VALUES_MAX] = {false};
    size_t count = smk_fold_values(f, doc_of(f, doc), smk_bytes_of_text(field_name[field]), value);
    for (size_t i = 0; i < h->count; i++) {
        const struct written *e = &h->edit[i];
        if (e->doc != doc || !e->sets[field] || is_replaced(h, i, field))
            continue;
        size_t at = 0;
        while (at < count && !smk_bytes_is_equal(value[at].value, e->value[field]))
            at++;
        cr_assert(lt(sz, at, count), "seed %" PRIu64 ": a value of %s is lost", seed, field_name[field]);
        is_known[at] = true;
    }
    for (size_t i = 0; i < count; i++) {
        cr_assert(is_known[i], "seed %" PRIu64 ": a value of %s was replaced and is shown", seed,
                  field_name[field]);
        for (size_t k = 0; k < i; k++)
            cr_assert(not(smk_bytes_is_equal(value[i].value, value[k].value)), "seed %" PRIu64, seed);
        cr_assert(i == 0 || memcmp(value[i - 1].edit->id, value[i].edit->id, SMK_ID_BYTES) < 0);
    }
    return count;
}

/* Everything that the fold says of the documents, as bytes. */
static void write_state(struct smk_fold *f, struct smk_buf *b)
{
    for (size_t d = 0; d < smk_fold_doc_count(f); d++) {
        const struct smk_fold_doc *doc = smk_fold_doc_at(f, d);
        smk_buf_write(b, doc->id, sizeof doc->id);
        for (size_t i = 0; i < doc->head_count; i++)
            smk_buf_write(b, doc->head[i]->id, SMK_ID_BYTES);
        for (size_t k = 0; k < FIELDS; k++) {
            struct smk_fold_value value[SMK_FOLD_VALUES_MAX];
            size_t count = smk_fold_values(f, doc, smk_bytes_of_text(field_name[k]), value);
            smk_buf_write_u8(b, (uint8_t)count);
            for (size_t i = 0; i < count; i++) {
                smk_buf_write_bytes(b, value[i].value);
                smk_buf_write(b, value[i].edit->id, SMK_ID_BYTES);
            }
        }
    }
    cr_assert(eq(int, b->err, SMK_OK));
}

/* All records, in any order and some of them twice, with looks in between. GIVES. */
static struct smk_fold *fold_in_random_order(struct history *h)
{
    const struct smk_record *record[EDITORS * TEST_RUN_MAX];
    struct smk_fold *f;
    size_t count = 0;
    for (size_t i = 0; i < EDITORS; i++)
        for (size_t k = 0; k < h->log[i]->count; k++)
            record[count++] = &h->log[i]->record[k];
    cr_assert(eq(int, smk_fold_new(h->w->coalition.roster, &f), SMK_OK));
    for (size_t left = count; left > 0; left--) {
        size_t k = (size_t)test_rng_below(&h->r, left);
        const struct smk_record *next = record[k];
        record[k] = record[left - 1];
        cr_assert(eq(int, smk_fold_add(f, next), SMK_OK));
        if (test_rng_chance(&h->r, 5))
            cr_assert(eq(int, smk_fold_add(f, next), SMK_OK));
        if (test_rng_chance(&h->r, 5))
            cr_assert(eq(int, smk_fold_finish(f), SMK_OK));
    }
    cr_assert(eq(int, smk_fold_finish(f), SMK_OK));
    return f;
}

/* One state whatever the order; returns how many fields have several values. */
static size_t expect_end(struct history *h, uint64_t seed)
{
    struct smk_buf wanted = {.max = 1 << 20};
    size_t conflicts = 0;
    for (size_t order = 0; order < ORDERS; order++) {
        struct smk_buf got = {.max = 1 << 20};
        struct smk_fold *f = fold_in_random_order(h);
        write_state(f, order == 0 ? &wanted : &got);
        cr_assert(order == 0 || smk_bytes_is_equal(smk_buf_view(&got), smk_buf_view(&wanted)),
                  "seed %" PRIu64 ": another order, another state", seed);
        for (size_t i = 0; order == 0 && i < h->count; i++)
            cr_assert(eq(int, smk_fold_find_entry(f, h->edit[i].id)->reason, SMK_REASON_COUNTS),
                      "seed %" PRIu64, seed);
        for (size_t doc = 0; order == 0 && doc < DOCS; doc++)
            for (size_t k = 0; doc_of(f, doc) != NULL && k < FIELDS; k++)
                conflicts += expect_field(h, f, doc, k, seed) > 1;
        smk_fold_free(f);
        smk_buf_deinit(&got);
    }
    smk_buf_deinit(&wanted);
    return conflicts;
}

/* Somebody who has everything writes every field anew: nothing stands beside anything then. */
static void resolve(struct history *h, uint64_t seed)
{
    static const bool all[FIELDS] = {true, true, true, true};
    size_t editor = (size_t)test_rng_below(&h->r, EDITORS);
    for (size_t log = 0; log < EDITORS; log++)
        take(h, editor, log, h->log[log]->count);
    for (size_t doc = 0; doc < DOCS; doc++)
        write_edit(h, editor, doc, all);
    cr_assert(eq(sz, expect_end(h, seed), 0), "seed %" PRIu64 ": somebody had seen all and chose", seed);
}

static size_t histories_wanted(void)
{
    const char *text = getenv("SMK_HISTORIES");
    return text != NULL ? (size_t)strtoull(text, NULL, 10) : HISTORIES;
}

Test(merge_prop, every_value_is_there_or_was_replaced_by_somebody_who_had_seen_it, .timeout = 3600)
{
    uint64_t first = test_seed();
    struct test_deeds w;
    struct history *h = malloc(sizeof *h);
    size_t wanted = histories_wanted(), edits = 0, conflicts = 0, replaced = 0;
    cr_assert(ne(ptr, h, NULL));
    test_deeds_init(&w);
    for (size_t i = 0; i < wanted; i++) {
        uint64_t seed = first + i;
        history_init(h, &w, seed);
        size_t steps = 5 + (size_t)test_rng_below(&h->r, WRITES_MAX);
        for (size_t k = 0; k < steps; k++)
            random_step(h);
        conflicts += expect_end(h, seed);
        for (size_t k = 0; k < h->count; k++)
            for (size_t n = 0; n < FIELDS; n++)
                replaced += h->edit[k].sets[n] && is_replaced(h, k, n);
        resolve(h, seed);
        edits += h->count;
        history_deinit(h);
    }
    (void)printf("%zu histories, %zu edits, %zu values replaced, %zu fields with several values\n", wanted,
                 edits, replaced, conflicts);
    cr_assert(gt(sz, conflicts, wanted), "the histories are too tame to prove anything");
    cr_assert(gt(sz, replaced, wanted), "nobody had seen anything");
    test_deeds_deinit(&w);
    free(h);
}
