#include "tests/support/indexes.h"

#include "proto/batch.h"
#include "proto/check.h"
#include "proto/mem.h"
#include "store/index_state.h"
#include "store/index_summary.h"
#include "tests/support/rng.h"

#include <stdlib.h>
#include <string.h>

/* ---- stores ---- */

static void demand(enum smk_err err)
{
    SMK_ASSERT(err == SMK_OK);
}

struct smk_store *test_index_open(const struct test_dir *dir, const char *name)
{
    struct smk_store *s = NULL;
    struct test_path folder = test_dir_at(dir, name);
    struct smk_store_options options = {.path = folder.text, .map_bytes = 1 << 20};
    demand(smk_store_open(&options, &s));
    return s;
}

static void push_decision(struct test_run *gov, struct test_deeds *w, const struct smk_decision *d)
{
    struct smk_buf payload = {.max = 2 * SMK_DECISION_BYTES_MAX};
    uint8_t hash[SMK_HASH_BYTES];
    test_decision_payload(&w->coalition, d, &payload, hash);
    struct smk_header h = test_run_next(gov, SMK_RECORD_DECISION);
    test_run_push(gov, &h, smk_buf_view(&payload));
    smk_buf_deinit(&payload);
}

/* The secretariat's log of decisions: one of the runs of the world, so that it goes on. */
static struct test_run *gov_of(struct test_deeds *w)
{
    for (size_t i = 0; i < w->run_count; i++)
        if (strcmp(w->run[i]->scope.text, "gov") == 0)
            return w->run[i];
    struct test_run *gov = test_deeds_log_again(w, TEST_SEC, "gov", 7777);
    struct smk_roster *roster = w->coalition.roster;
    for (size_t i = 0; i < smk_roster_organisation_count(roster); i++) {
        struct smk_decision d = {.kind = SMK_DECIDE_ORGANISATION,
                                 .organisation = *smk_roster_organisation_at(roster, i)};
        push_decision(gov, w, &d);
    }
    for (size_t i = 0; i < smk_roster_office_count(roster); i++) {
        struct smk_decision d = {.kind = SMK_DECIDE_OFFICE, .office = *smk_roster_office_at(roster, i)};
        push_decision(gov, w, &d);
    }
    for (size_t i = 0; i < smk_roster_device_count(roster); i++) {
        struct smk_decision d = {.kind = SMK_DECIDE_DEVICE, .device = *smk_roster_device_at(roster, i)};
        push_decision(gov, w, &d);
    }
    return gov;
}

static struct smk_store_verdict offer(struct smk_store *s, const struct test_run *run, size_t first,
                                      size_t count)
{
    struct smk_batch_writer w;
    struct smk_store_verdict verdict;
    struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX};
    smk_batch_writer_init(&w, &run->scope);
    for (size_t i = first; i < first + count; i++)
        smk_batch_writer_add(&w, &run->record[i]);
    demand(smk_batch_writer_finish(&w, 1, &b));
    struct smk_bytes message = smk_buf_view(&b);
    demand(smk_store_take(s, &message, 1, &verdict));
    smk_batch_writer_deinit(&w);
    smk_buf_deinit(&b);
    return verdict;
}

size_t test_index_offer(struct smk_store *s, const struct test_run *run, size_t first, size_t count)
{
    if (count == 0)
        return 0;
    struct smk_store_verdict verdict = offer(s, run, first, count);
    SMK_ASSERT(verdict.err != SMK_OK || verdict.new_records == count);
    return (size_t)verdict.new_records;
}

bool test_index_offer_fork(struct smk_store *s, const struct test_run *branch, size_t at)
{
    return offer(s, branch, at, 1).has_fork;
}

struct smk_store *test_index_store(const struct test_dir *dir, const char *name, struct test_deeds *w)
{
    struct test_path folder = test_dir_at(dir, name);
    struct test_run *gov = gov_of(w);
    demand(smk_store_create(folder.text, smk_buf_view(&w->coalition.genesis)));
    struct smk_store *s = test_index_open(dir, name);
    SMK_ASSERT(test_index_offer(s, gov, 0, gov->count) == gov->count);
    return s;
}

void test_index_decide(struct smk_store *s, struct test_deeds *w, const struct smk_decision *d)
{
    struct test_run *gov = gov_of(w);
    push_decision(gov, w, d);
    SMK_ASSERT(test_index_offer(s, gov, gov->count - 1, 1) == 1);
}

void test_index_go_on(struct smk_index_walk *w, uint64_t seed)
{
    struct test_rng r = test_rng_from(seed);
    for (bool is_done = false; !is_done;) {
        w->arrivals_max = 1 + (size_t)test_rng_below(&r, 40);
        w->docs_max = 1 + (size_t)test_rng_below(&r, 6);
        demand(smk_index_walk_step(w, &is_done));
    }
}

void test_index_follow(struct smk_store *s, uint64_t seed)
{
    struct smk_index_walk *w = NULL;
    demand(smk_index_walk_new(s, &w));
    test_index_go_on(w, seed);
    smk_index_walk_free(w);
}

/* ---- lines ---- */

struct lines {
    struct smk_buf bytes;
    size_t *at; /* where each begins */
    size_t count, capacity;
};

static struct smk_buf *line_begin(struct lines *l)
{
    if (l->count == l->capacity) {
        l->capacity = l->capacity > 0 ? 2 * l->capacity : 256;
        l->at = realloc(l->at, l->capacity * sizeof *l->at);
        SMK_ASSERT(l->at != NULL);
    }
    l->bytes.max = SIZE_MAX;
    l->at[l->count++] = l->bytes.len;
    return &l->bytes;
}

static struct smk_bytes line_at(const struct lines *l, size_t i)
{
    size_t end = i + 1 < l->count ? l->at[i + 1] : l->bytes.len;
    return (struct smk_bytes){l->bytes.data + l->at[i], end - l->at[i]};
}

static int compare_lines(const void *a, const void *b)
{
    const struct smk_bytes *left = a, *right = b;
    return smk_bytes_compare(*left, *right);
}

static void lines_finish(struct lines *l, struct smk_buf *b)
{
    struct smk_bytes *line = calloc(l->count + 1, sizeof *line);
    SMK_ASSERT(line != NULL);
    for (size_t i = 0; i < l->count; i++)
        line[i] = line_at(l, i);
    qsort(line, l->count, sizeof *line, compare_lines);
    for (size_t i = 0; i < l->count; i++) {
        smk_buf_write_bytes(b, line[i]);
        smk_buf_write_u8(b, '\n');
    }
    SMK_ASSERT(l->bytes.err == SMK_OK);
    SMK_ASSERT(b->err == SMK_OK);
    free(line);
    free(l->at);
    smk_buf_deinit(&l->bytes);
}

/* ---- the index ---- */

static bool get(struct smk_txn *t, enum smk_index_letter letter, uint32_t number, struct smk_bytes *ret_value)
{
    struct smk_index_key k;
    smk_index_number_key(&k, letter, number);
    return smk_txn_get(t, SMK_TABLE_INDEX, smk_index_key_view(&k), ret_value);
}

/* Instead of its number: id, type, scope. */
static void write_doc_name(struct smk_txn *t, uint32_t number, struct smk_buf *b)
{
    struct smk_bytes value;
    struct smk_doc_row row;
    SMK_ASSERT(get(t, SMK_INDEX_DOC, number, &value));
    SMK_ASSERT(smk_doc_row_read(value, &row));
    smk_buf_write(b, row.id, SMK_DOC_ID_BYTES);
    smk_buf_write_bytes(b, row.kind);
    smk_buf_write_u8(b, ' ');
    smk_buf_write_bytes(b, row.scope);
}

static bool is_told(uint8_t letter)
{
    switch (letter) {
    case SMK_INDEX_CURSOR:
    case SMK_INDEX_ENTRY:
    case SMK_INDEX_PAST:
    case SMK_INDEX_WAIT:
    case SMK_INDEX_STRAY:
    case SMK_INDEX_RIGHTS:
    case SMK_INDEX_DECIDED: return false; /* of the feed: numbers of this store */
    default: return true;
    }
}

static void write_row(struct smk_txn *t, struct smk_bytes key, struct smk_bytes value, struct lines *l)
{
    struct smk_group_row group;
    struct smk_buf *b = line_begin(l);
    uint8_t letter = key.data[0];
    bool has_number = letter == SMK_INDEX_DOC || letter == SMK_INDEX_TEXT || letter == SMK_INDEX_OWN ||
                      letter == SMK_INDEX_FACET || letter == SMK_INDEX_TIME;
    smk_buf_write(b, key.data, has_number ? key.len - 4 : key.len);
    if (has_number)
        write_doc_name(t, smk_index_key_number(key), b);
    if (letter != SMK_INDEX_GROUP) {
        smk_buf_write_bytes(b, value);
        return;
    }
    SMK_ASSERT(smk_group_row_read(value, &group));
    smk_buf_write_bytes(b, group.digest);
    smk_buf_write_bytes(b, group.reads);
    smk_buf_write_bytes(b, group.names);
    smk_buf_write_bytes(b, group.scopes);
    smk_buf_write_bytes(b, group.shares);
}

static void write_terms(struct smk_txn *t, struct lines *l)
{
    struct smk_cursor c;
    smk_cursor_open(&c, t, SMK_TABLE_TERMS);
    for (bool is_row = smk_cursor_first(&c); is_row; is_row = smk_cursor_next(&c)) {
        struct smk_buf *b = line_begin(l);
        SMK_ASSERT(c.value.len == 0);
        smk_buf_write(b, c.key.data, c.key.len - 4);
        write_doc_name(t, smk_index_key_number(c.key), b);
    }
    smk_cursor_close(&c);
}

void test_index_dump(struct smk_store *s, struct smk_buf *b)
{
    struct lines l = {0};
    struct smk_txn t;
    struct smk_cursor c;
    smk_txn_begin_read(&t, s->db);
    smk_cursor_open(&c, &t, SMK_TABLE_INDEX);
    for (bool is_row = smk_cursor_first(&c); is_row; is_row = smk_cursor_next(&c)) {
        SMK_ASSERT(c.key.data[0] != SMK_INDEX_DIRTY);
        if (is_told(c.key.data[0]))
            write_row(&t, c.key, c.value, &l);
    }
    smk_cursor_close(&c);
    write_terms(&t, &l);
    demand(smk_txn_end(&t));
    lines_finish(&l, b);
}

/* ---- the feed ---- */

static int compare_places(const void *a, const void *b)
{
    return memcmp(a, b, SMK_INDEX_PLACE_BYTES);
}

/* Which deps were there first depends on where a step ended. */
static void write_past(struct smk_bytes value, struct smk_buf *b)
{
    uint8_t place[SMK_DEPS_MAX * SMK_INDEX_PLACE_BYTES];
    SMK_ASSERT(value.len <= sizeof place);
    memcpy(place, value.data, value.len);
    qsort(place, value.len / SMK_INDEX_PLACE_BYTES, SMK_INDEX_PLACE_BYTES, compare_places);
    smk_buf_write(b, place, value.len);
}

static void write_cursor(struct smk_bytes value, struct smk_buf *b)
{
    struct smk_index_cursor c;
    SMK_ASSERT(smk_index_cursor_read(value, &c));
    c.epoch = 0;
    c.last_doc = 0;
    smk_index_cursor_write(&c, b);
}

void test_index_dump_feed(struct smk_store *s, struct smk_buf *b)
{
    struct lines l = {0};
    struct smk_txn t;
    struct smk_cursor c;
    smk_txn_begin_read(&t, s->db);
    smk_cursor_open(&c, &t, SMK_TABLE_INDEX);
    for (bool is_row = smk_cursor_first(&c); is_row; is_row = smk_cursor_next(&c)) {
        if (is_told(c.key.data[0]))
            continue;
        struct smk_buf *line = line_begin(&l);
        smk_buf_write_bytes(line, c.key);
        if (c.key.data[0] == SMK_INDEX_PAST)
            write_past(c.value, line);
        else if (c.key.data[0] == SMK_INDEX_CURSOR)
            write_cursor(c.value, line);
        else
            smk_buf_write_bytes(line, c.value);
    }
    smk_cursor_close(&c);
    smk_cursor_open(&c, &t, SMK_TABLE_IDS);
    for (bool is_row = smk_cursor_first(&c); is_row; is_row = smk_cursor_next(&c)) {
        smk_buf_write_bytes(line_begin(&l), c.key);
        smk_buf_write_bytes(&l.bytes, c.value);
    }
    smk_cursor_close(&c);
    demand(smk_txn_end(&t));
    lines_finish(&l, b);
}

/* ---- documents and totals alone ---- */

void test_index_dump_docs(struct smk_store *s, struct smk_buf *b)
{
    struct lines l = {0};
    struct smk_txn t;
    struct smk_cursor c;
    smk_txn_begin_read(&t, s->db);
    smk_cursor_open(&c, &t, SMK_TABLE_INDEX);
    for (bool is_row = smk_cursor_first(&c); is_row; is_row = smk_cursor_next(&c)) {
        struct smk_totals_row row;
        if (c.key.data[0] == SMK_INDEX_DOC) {
            smk_buf_write_bytes(line_begin(&l), c.value);
        } else if (c.key.data[0] == SMK_INDEX_SUM) {
            SMK_ASSERT(smk_index_sum_read(c.key, c.value, &row));
            smk_buf_write(line_begin(&l), &row, sizeof row);
        }
    }
    smk_cursor_close(&c);
    demand(smk_txn_end(&t));
    lines_finish(&l, b);
}

static bool add_record(void *ctx, uint64_t arrival, const struct smk_record *record)
{
    (void)arrival;
    demand(smk_fold_add(ctx, record));
    return true;
}

static enum smk_err write_sum(void *ctx, const struct smk_totals_row *row)
{
    smk_buf_write(line_begin(ctx), row, sizeof *row);
    return SMK_OK;
}

void test_index_dump_fold(struct smk_store *s, struct smk_buf *b)
{
    struct lines l = {0};
    struct smk_store_view *view = NULL;
    struct smk_fold *f = NULL;
    struct smk_index_language language;
    struct smk_index_summary summary = {0};
    struct smk_totals totals;
    demand(smk_store_view_new(s, &view));
    const struct smk_view *table = smk_store_view_get(view);
    demand(smk_fold_new(table->roster(table->ctx), &f));
    demand(table->read_arrivals(table->ctx, 0, add_record, f));
    demand(smk_fold_finish(f));
    demand(smk_index_language_open(&language));
    for (size_t i = 0; i < smk_fold_doc_count(f); i++) {
        demand(smk_index_summarise(&language, f, smk_fold_doc_at(f, i), &summary));
        smk_buf_write_bytes(line_begin(&l), smk_buf_view(&summary.row));
    }
    demand(smk_totals_make(f, &totals));
    demand(smk_totals_each(&totals, write_sum, &l));
    smk_totals_deinit(&totals);
    smk_index_summary_deinit(&summary);
    smk_index_language_close(&language);
    smk_fold_free(f);
    smk_store_view_free(view);
    lines_finish(&l, b);
}

/* ---- an index made anew ---- */

static enum smk_err find_out(struct smk_store *s, struct test_index_found *ret_found)
{
    struct smk_index_language language = {0};
    struct smk_txn t;
    struct smk_cursor c;
    enum smk_err err = smk_index_language_open(&language);
    if (err != SMK_OK)
        return err;
    smk_txn_begin_read(&t, s->db);
    ret_found->was_behind = !smk_index_is_current(&t, language.version);
    err = smk_txn_end(&t);
    smk_index_language_close(&language);
    if (err == SMK_OK)
        err = smk_index_follow(s);
    if (err != SMK_OK)
        return err;
    smk_txn_begin_read(&t, s->db);
    smk_cursor_open(&c, &t, SMK_TABLE_INDEX);
    for (bool is_row = smk_cursor_first(&c); is_row; is_row = smk_cursor_next(&c))
        ret_found->documents += c.key.data[0] == SMK_INDEX_DOC;
    smk_cursor_close(&c);
    smk_cursor_open(&c, &t, SMK_TABLE_TERMS);
    for (bool is_row = smk_cursor_first(&c); is_row; is_row = smk_cursor_next(&c))
        ret_found->terms++;
    smk_cursor_close(&c);
    return smk_txn_end(&t);
}

static void dump_all(struct smk_store *s, struct smk_buf *b)
{
    test_index_dump(s, b);
    test_index_dump_feed(s, b);
}

enum smk_err test_index_compare(struct smk_store *s, struct test_index_found *ret_found, bool *ret_is_same)
{
    struct smk_buf followed = {.max = SIZE_MAX}, anew = {.max = SIZE_MAX};
    struct test_index_found found = {0};
    enum smk_err err = find_out(s, &found);
    if (err == SMK_OK) {
        dump_all(s, &followed);
        err = smk_index_reset(s);
    }
    if (err == SMK_OK)
        err = smk_index_follow(s);
    if (err == SMK_OK) {
        dump_all(s, &anew);
        *ret_is_same = smk_bytes_is_equal(smk_buf_view(&followed), smk_buf_view(&anew));
        *ret_found = found;
    }
    smk_buf_deinit(&followed);
    smk_buf_deinit(&anew);
    return err;
}
