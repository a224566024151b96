/* Follows the arrival feed: which records are about which document, what each had seen, what has to be folded anew. */
#include "store/index_state.h"

#include "proto/mem.h"

#include <string.h>

enum { FEED_BYTES_MAX = 8 * 1024 * 1024 };

/* ---- what all steps share ---- */

enum smk_err smk_index_log_find(struct smk_txn *t, uint32_t log_no, struct smk_index_log *log)
{
    uint8_t key[SMK_LOG_KEY_BYTES];
    struct smk_bytes row;
    if (log->log_no == log_no && log_no != 0)
        return t->err;
    log->log_no = 0;
    smk_row_write_u32(log_no, key);
    if (!smk_txn_get(t, SMK_TABLE_LOG, SMK_BYTES(key), &row))
        return t->err != SMK_OK ? t->err : SMK_ERR_STORE_DAMAGED;
    enum smk_err err = smk_log_row_read(row, &log->log);
    log->log_no = err == SMK_OK ? log_no : 0;
    return err;
}

enum smk_err smk_index_record(struct smk_txn *t, uint64_t arrival, struct smk_index_log *log,
                              struct smk_rec_row *ret_row, struct smk_record *ret_record)
{
    uint8_t key[SMK_ARRIVAL_KEY_BYTES];
    struct smk_bytes bytes;
    smk_row_write_u64(arrival, key);
    if (!smk_txn_get(t, SMK_TABLE_REC, SMK_BYTES(key), &bytes))
        return t->err != SMK_OK ? t->err : SMK_ERR_STORE_DAMAGED;
    enum smk_err err = smk_rec_row_read(bytes, ret_row);
    if (err == SMK_OK)
        err = smk_index_log_find(t, ret_row->log_no, log);
    if (err == SMK_OK && smk_rec_row_is_cut(ret_row, &log->log))
        err = SMK_ERR_STORE_DAMAGED;
    return err == SMK_OK ? smk_rec_row_record(ret_row, ret_record) : err;
}

static bool is_entry(const struct smk_record *r)
{
    return (r->header.type == SMK_RECORD_EDIT || r->header.type == SMK_RECORD_ACT) &&
           !r->header.scope.is_wit && r->header.scope.kind != SMK_SCOPE_GOV;
}

static bool keep_first(void *ctx, const uint8_t *topic)
{
    uint8_t *id = ctx;
    memcpy(id, topic, SMK_DOC_ID_BYTES);
    id[SMK_DOC_ID_BYTES] = 1;
    return false;
}

bool smk_index_subject(const struct smk_record *record, uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    uint8_t found[SMK_DOC_ID_BYTES + 1] = {0};
    smk_fold_each_topic(record, keep_first, found);
    if (found[SMK_DOC_ID_BYTES] == 1)
        memcpy(ret_id, found, SMK_DOC_ID_BYTES);
    return found[SMK_DOC_ID_BYTES] == 1;
}

void smk_index_mark(struct smk_txn *t, const struct smk_index_key *k)
{
    smk_txn_put(t, SMK_TABLE_INDEX, smk_index_key_view(k), (struct smk_bytes){0});
}

void smk_index_make_dirty(struct smk_txn *t, const uint8_t id[SMK_DOC_ID_BYTES])
{
    struct smk_index_key k;
    smk_index_doc_id_key(&k, SMK_INDEX_DIRTY, id);
    smk_index_mark(t, &k);
}

enum smk_err smk_index_make_all_dirty(struct smk_txn *t, const struct smk_index_key *prefix)
{
    struct smk_index_key at = *prefix;
    uint8_t id[SMK_DOC_ID_BYTES];
    for (;;) { /* a cursor does not outlive what is written into its table */
        SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
        smk_cursor_open(&c, t, SMK_TABLE_INDEX);
        bool is_row = smk_cursor_seek(&c, smk_index_key_view(&at)) && smk_index_key_begins(c.key, prefix);
        if (!is_row || c.key.len < prefix->len + sizeof id || c.key.len + 1 > sizeof at.at)
            return t->err != SMK_OK || !is_row ? t->err : SMK_ERR_STORE_DAMAGED;
        memcpy(id, c.key.data + c.key.len - sizeof id, sizeof id);
        memcpy(at.at, c.key.data, c.key.len);
        at.len = c.key.len;
        smk_index_key_add_u8(&at, 0); /* the next key behind it */
        smk_index_make_dirty(t, id);
    }
}

/* ---- one window of arrivals ---- */

struct fed {
    uint8_t id[SMK_ID_BYTES];
    uint64_t arrival;
    uint32_t log_no;
    uint64_t seq;
    size_t first_dep, dep_count; /* of the window's deps */
};

struct window {
    struct smk_index_walk *walk;
    struct smk_txn *txn;
    struct smk_roster *roster;
    struct smk_index_log log;
    struct fed *fed;
    size_t count, capacity;
    struct smk_buf deps; /* ids, one after the other */
    uint64_t bytes;
    /* Scopes in which a record came that others had named before: what they had seen has changed. */
    struct smk_scope *late;
    size_t late_count, late_capacity;
};

static void window_deinit(struct window *w)
{
    smk_mem_free(w->fed);
    smk_mem_free(w->late);
    smk_buf_deinit(&w->deps);
}

static enum smk_err fed_add(struct window *w, const struct smk_record *r, uint64_t arrival, uint32_t log_no)
{
    if (w->count == w->capacity) {
        size_t capacity = w->capacity > 0 ? 2 * w->capacity : 64;
        struct fed *grown = smk_mem_resize(w->fed, capacity * sizeof *grown);
        if (grown == NULL)
            return SMK_ERR_NOMEM;
        w->fed = grown;
        w->capacity = capacity;
    }
    struct fed *f = &w->fed[w->count++];
    *f = (struct fed){.arrival = arrival, .log_no = log_no, .seq = r->header.seq};
    memcpy(f->id, r->id, sizeof f->id);
    f->first_dep = w->deps.len / SMK_ID_BYTES;
    f->dep_count = r->header.dep_count;
    smk_buf_write(&w->deps, r->header.dep, r->header.dep_count * SMK_ID_BYTES);
    return w->deps.err;
}

static void put_place(struct smk_txn *t, enum smk_table table, struct smk_bytes key, uint32_t log_no,
                      uint64_t seq)
{
    uint8_t place[SMK_PLACE_KEY_BYTES];
    smk_place_key(log_no, seq, place);
    smk_txn_put(t, table, key, SMK_BYTES(place));
}

/* An edit or act without a document is one more, or one less, that does not count. */
static enum smk_err put_stray(struct smk_txn *t, uint64_t arrival, bool is_there)
{
    struct smk_totals_row row = {.name = "not_counting"};
    struct smk_index_key stray, k;
    struct smk_bytes value;
    uint8_t sum[SMK_INDEX_SUM_BYTES];
    smk_index_key_begin(&stray, SMK_INDEX_STRAY);
    smk_index_key_add_u64(&stray, arrival);
    if (smk_txn_get(t, SMK_TABLE_INDEX, smk_index_key_view(&stray), &value) == is_there)
        return t->err;
    smk_index_sum_key(&k, &row);
    if (smk_txn_get(t, SMK_TABLE_INDEX, smk_index_key_view(&k), &value) &&
        !smk_index_sum_read(smk_index_key_view(&k), value, &row))
        return SMK_ERR_STORE_DAMAGED;
    row.sum.count += is_there ? 1 : UINT64_MAX;
    smk_index_sum_write(&row.sum, sum);
    if (row.sum.count > 0)
        smk_txn_put(t, SMK_TABLE_INDEX, smk_index_key_view(&k), SMK_BYTES(sum));
    else
        smk_txn_del(t, SMK_TABLE_INDEX, smk_index_key_view(&k));
    if (is_there)
        smk_index_mark(t, &stray);
    else
        smk_txn_del(t, SMK_TABLE_INDEX, smk_index_key_view(&stray));
    return t->err;
}

/* The topics of a record, copied: what was read is gone once something is written. */
struct topics {
    struct smk_buf ids;
};

static bool keep_topic(void *ctx, const uint8_t *topic)
{
    struct topics *all = ctx;
    smk_buf_write(&all->ids, topic, SMK_DOC_ID_BYTES);
    return all->ids.err == SMK_OK;
}

static void topics_deinit(struct topics *all)
{
    smk_buf_deinit(&all->ids);
}

static enum smk_err topics_find(const struct smk_record *r, struct topics *ret_topics)
{
    ret_topics->ids.max = SMK_PAYLOAD_BYTES_MAX;
    smk_fold_each_topic(r, keep_topic, ret_topics);
    return ret_topics->ids.err;
}

static void entry_key(struct smk_index_key *k, const uint8_t *topic, uint64_t arrival)
{
    smk_index_doc_id_key(k, SMK_INDEX_ENTRY, topic);
    smk_index_key_add_u64(k, arrival);
}

enum smk_err smk_index_put_entry(struct smk_txn *t, const struct smk_record *r, uint64_t arrival,
                                 uint32_t log_no)
{
    SMK_CLEANUP(topics_deinit) struct topics topics = {0};
    struct smk_index_key k;
    enum smk_err err = topics_find(r, &topics);
    if (err != SMK_OK)
        return err;
    if (topics.ids.len == 0)
        return is_entry(r) ? put_stray(t, arrival, true) : t->err;
    for (size_t at = 0; at < topics.ids.len; at += SMK_DOC_ID_BYTES) {
        entry_key(&k, topics.ids.data + at, arrival);
        put_place(t, SMK_TABLE_INDEX, smk_index_key_view(&k), log_no, r->header.seq);
    }
    smk_index_make_dirty(t, topics.ids.data); /* its document comes first */
    return t->err;
}

enum smk_err smk_index_take_entry(struct smk_txn *t, const struct smk_record *r, uint64_t arrival)
{
    SMK_CLEANUP(topics_deinit) struct topics topics = {0};
    struct smk_index_key k;
    enum smk_err err = topics_find(r, &topics);
    if (err != SMK_OK)
        return err;
    if (topics.ids.len == 0)
        return is_entry(r) ? put_stray(t, arrival, false) : t->err;
    for (size_t at = 0; at < topics.ids.len && err == SMK_OK; at += SMK_DOC_ID_BYTES) {
        entry_key(&k, topics.ids.data + at, arrival);
        smk_txn_del(t, SMK_TABLE_INDEX, smk_index_key_view(&k));
        smk_index_doc_id_key(&k, SMK_INDEX_READER, topics.ids.data + at);
        err = smk_index_make_all_dirty(t, &k);
    }
    smk_index_make_dirty(t, topics.ids.data);
    return err != SMK_OK ? err : t->err;
}

/* Copies what is needed of one record: what was read is gone once something is written. */
static enum smk_err feed_one(struct window *w, uint64_t arrival)
{
    struct smk_rec_row row;
    struct smk_record record;
    enum smk_err err = smk_index_record(w->txn, arrival, &w->log, &row, &record);
    if (err != SMK_OK)
        return err;
    const struct smk_scope *scope = &record.header.scope;
    bool is_gov = scope->kind == SMK_SCOPE_GOV && !scope->is_wit;
    w->walk->cursor.is_gov_stale = w->walk->cursor.is_gov_stale || is_gov;
    w->bytes += row.header.len + row.payload.len;
    if (smk_disputes_hold(&w->walk->disputes, row.log_no, record.header.seq))
        return SMK_OK;
    err = fed_add(w, &record, arrival, row.log_no);
    if (err == SMK_OK && record.header.type == SMK_RECORD_OPEN)
        err = smk_index_keep_rights(w->txn, w->roster, row.log_no, &record);
    return err == SMK_OK ? smk_index_put_entry(w->txn, &record, arrival, row.log_no) : err;
}

/* ---- what each had seen ---- */

static enum smk_err note_late(struct window *w, const struct smk_scope *scope)
{
    for (size_t i = 0; i < w->late_count; i++)
        if (smk_scope_is_equal(&w->late[i], scope))
            return SMK_OK;
    if (w->late_count == w->late_capacity) {
        size_t capacity = w->late_capacity > 0 ? 2 * w->late_capacity : 8;
        struct smk_scope *grown = smk_mem_resize(w->late, capacity * sizeof *grown);
        if (grown == NULL)
            return SMK_ERR_NOMEM;
        w->late = grown;
        w->late_capacity = capacity;
    }
    w->late[w->late_count++] = *scope;
    return SMK_OK;
}

static bool is_same_scope(struct smk_txn *t, struct smk_index_log *log, uint32_t other,
                          struct smk_scope *scope)
{
    if (smk_index_log_find(t, other, log) != SMK_OK)
        return false;
    return smk_scope_is_equal(&log->log.scope, scope);
}

/* Adds a place to the row of deps of a record. */
static void add_past(struct smk_txn *t, uint32_t log_no, uint64_t seq, struct smk_bytes place)
{
    uint8_t row[SMK_DEPS_MAX * SMK_PLACE_KEY_BYTES];
    struct smk_index_key k;
    struct smk_bytes before = {0};
    smk_index_number_key(&k, SMK_INDEX_PAST, log_no);
    smk_index_key_add_u64(&k, seq);
    if (smk_txn_get(t, SMK_TABLE_INDEX, smk_index_key_view(&k), &before) &&
        before.len > sizeof row - SMK_PLACE_KEY_BYTES)
        t->err = SMK_ERR_STORE_DAMAGED;
    if (t->err != SMK_OK)
        return;
    if (before.len > 0)
        memcpy(row, before.data, before.len);
    memcpy(row + before.len, place.data, SMK_PLACE_KEY_BYTES);
    smk_txn_put(t, SMK_TABLE_INDEX, smk_index_key_view(&k),
                (struct smk_bytes){row, before.len + SMK_PLACE_KEY_BYTES});
}

static void wait_key(struct smk_index_key *k, const uint8_t *id)
{
    smk_index_key_begin(k, SMK_INDEX_WAIT);
    smk_index_key_add(k, (struct smk_bytes){id, SMK_ID_BYTES});
}

/* A dep that is here and of the same scope goes into the row of deps, one that is not here waits. */
static enum smk_err place_dep(struct window *w, const struct fed *f, const uint8_t *dep,
                              struct smk_scope *scope)
{
    struct smk_index_key k;
    struct smk_bytes found;
    uint8_t place[SMK_PLACE_KEY_BYTES];
    uint32_t log_no = 0;
    uint64_t seq = 0;
    if (!smk_txn_get(w->txn, SMK_TABLE_IDS, (struct smk_bytes){dep, SMK_ID_BYTES}, &found)) {
        wait_key(&k, dep);
        smk_index_key_add_u32(&k, f->log_no);
        smk_index_key_add_u64(&k, f->seq);
        smk_index_mark(w->txn, &k);
        w->walk->cursor.wait_count++;
        return w->txn->err;
    }
    if (!smk_place_read(found, &log_no, &seq))
        return SMK_ERR_STORE_DAMAGED;
    memcpy(place, found.data, sizeof place);
    if (log_no != f->log_no && is_same_scope(w->txn, &w->log, log_no, scope))
        add_past(w->txn, f->log_no, f->seq, SMK_BYTES(place));
    return w->txn->err;
}

/* Those that have named this record before it came. */
static enum smk_err answer_waits(struct window *w, const struct fed *f, struct smk_scope *scope)
{
    struct smk_index_key prefix;
    uint8_t place[SMK_PLACE_KEY_BYTES];
    wait_key(&prefix, f->id);
    smk_place_key(f->log_no, f->seq, place);
    for (bool has_more = w->walk->cursor.wait_count > 0; has_more && w->txn->err == SMK_OK;) {
        SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
        struct smk_index_key k = prefix;
        uint32_t log_no = 0;
        uint64_t seq = 0;
        smk_cursor_open(&c, w->txn, SMK_TABLE_INDEX);
        has_more = smk_cursor_seek(&c, smk_index_key_view(&prefix)) && smk_index_key_begins(c.key, &prefix);
        if (!has_more)
            break;
        if (!smk_place_read((struct smk_bytes){c.key.data + prefix.len, c.key.len - prefix.len}, &log_no,
                            &seq))
            return SMK_ERR_STORE_DAMAGED;
        smk_index_key_add_u32(&k, log_no);
        smk_index_key_add_u64(&k, seq);
        smk_cursor_close(&c);
        smk_txn_del(w->txn, SMK_TABLE_INDEX, smk_index_key_view(&k));
        w->walk->cursor.wait_count--;
        if (log_no == f->log_no || !is_same_scope(w->txn, &w->log, log_no, scope))
            continue;
        add_past(w->txn, log_no, seq, SMK_BYTES(place));
        enum smk_err err = note_late(w, scope);
        if (err != SMK_OK)
            return err;
    }
    return w->txn->err;
}

static enum smk_err place_all(struct window *w)
{
    enum smk_err err = SMK_OK;
    for (size_t i = 0; i < w->count && err == SMK_OK; i++)
        put_place(w->txn, SMK_TABLE_IDS, SMK_BYTES(w->fed[i].id), w->fed[i].log_no, w->fed[i].seq);
    for (size_t i = 0; i < w->count && err == SMK_OK; i++) {
        const struct fed *f = &w->fed[i];
        if (f->dep_count == 0 && w->walk->cursor.wait_count == 0)
            continue;
        err = smk_index_log_find(w->txn, f->log_no, &w->log);
        struct smk_scope scope = w->log.log.scope;
        for (size_t k = 0; k < f->dep_count && err == SMK_OK; k++)
            err = place_dep(w, f, w->deps.data + (f->first_dep + k) * SMK_ID_BYTES, &scope);
        if (err == SMK_OK)
            err = answer_waits(w, f, &scope);
    }
    for (size_t i = 0; i < w->late_count && err == SMK_OK; i++) {
        struct smk_index_key k;
        smk_index_key_begin(&k, SMK_INDEX_MIXED);
        smk_index_key_add(&k, smk_scope_bytes(&w->late[i]));
        smk_index_key_add_u8(&k, 0);
        err = smk_index_make_all_dirty(w->txn, &k);
    }
    return err != SMK_OK ? err : w->txn->err;
}

enum smk_err smk_index_feed(struct smk_index_walk *walk, struct smk_txn *t, struct smk_roster *roster)
{
    SMK_CLEANUP(window_deinit) struct window w = {.walk = walk, .txn = t, .roster = roster};
    uint64_t last = smk_txn_last_arrival(t), at = walk->cursor.arrival;
    enum smk_err err = t->err;
    w.deps.max = walk->arrivals_max * SMK_DEPS_MAX * SMK_ID_BYTES;
    smk_past_deinit(&walk->past);
    while (err == SMK_OK && at < last && at - walk->cursor.arrival < walk->arrivals_max &&
           w.bytes < FEED_BYTES_MAX)
        err = feed_one(&w, ++at);
    if (err == SMK_OK)
        err = place_all(&w);
    walk->cursor.arrival = at;
    return err;
}
