#include "proto/check.h"
#include "proto/mem.h"
#include "store/forks.h"

#include <string.h>

/* ---- what is in dispute ---- */

void smk_disputes_deinit(struct smk_disputes *d)
{
    smk_mem_free(d->at);
    *d = (struct smk_disputes){0};
}

/* The place of a log number, or where it would stand. */
static size_t dispute_place(const struct smk_disputes *d, uint32_t log_no)
{
    size_t low = 0, high = d->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (d->at[middle].log_no < log_no)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

enum smk_err smk_disputes_put(struct smk_disputes *d, uint32_t log_no, uint64_t seq)
{
    size_t at = dispute_place(d, log_no);
    if (at < d->count && d->at[at].log_no == log_no) {
        d->at[at].seq = seq;
        return SMK_OK;
    }
    if (d->count == d->capacity) {
        size_t capacity = d->capacity > 0 ? 2 * d->capacity : 8;
        struct smk_dispute *grown = smk_mem_resize(d->at, capacity * sizeof *grown);
        if (grown == NULL)
            return SMK_ERR_NOMEM;
        d->at = grown;
        d->capacity = capacity;
    }
    memmove(&d->at[at + 1], &d->at[at], (d->count - at) * sizeof *d->at);
    d->at[at] = (struct smk_dispute){log_no, seq};
    d->count++;
    return SMK_OK;
}

bool smk_disputes_hold(const struct smk_disputes *d, uint32_t log_no, uint64_t seq)
{
    size_t at = dispute_place(d, log_no);
    return at < d->count && d->at[at].log_no == log_no && seq >= d->at[at].seq;
}

enum smk_err smk_forks_each_log(struct smk_txn *t, uint64_t after, smk_fork_log_fn *fn, void *ctx)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    uint8_t key[SMK_FORK_KEY_BYTES], log_key[SMK_LOG_KEY_BYTES];
    enum smk_err err = SMK_OK;
    smk_row_write_u64(after + 1, key);
    smk_cursor_open(&c, t, SMK_TABLE_FORK);
    for (bool is_row = smk_cursor_seek(&c, SMK_BYTES(key)); is_row && err == SMK_OK;
         is_row = smk_cursor_next(&c)) {
        struct smk_fork_row row;
        struct smk_bytes state;
        struct smk_log log;
        if (!smk_fork_row_read(c.value, &row))
            return SMK_ERR_STORE_DAMAGED;
        smk_row_write_u32(row.log_no, log_key);
        if (!smk_txn_get(t, SMK_TABLE_LOG, SMK_BYTES(log_key), &state))
            return t->err != SMK_OK ? t->err : SMK_ERR_STORE_DAMAGED;
        err = smk_log_row_read(state, &log);
        if (err == SMK_OK && log.fork == 0)
            err = SMK_ERR_STORE_DAMAGED;
        if (err == SMK_OK)
            err = fn(ctx, row.log_no, &log);
    }
    return err != SMK_OK ? err : t->err;
}

/* ---- proofs, one transaction each ---- */

/* A proof that was copied out. */
struct copied {
    struct smk_buf proof;
    struct smk_view_fork fork; /* its proof points into the copy */
    uint64_t number;           /* 0 = there is none */
};

static void copied_deinit(struct copied *c)
{
    smk_buf_deinit(&c->proof);
}

static enum smk_err row_copy(struct smk_txn *t, uint64_t number, struct smk_bytes value, struct copied *ret)
{
    struct smk_fork_row row;
    struct smk_bytes state;
    struct smk_log log;
    uint8_t key[SMK_LOG_KEY_BYTES];
    if (!smk_fork_row_read(value, &row))
        return SMK_ERR_STORE_DAMAGED;
    smk_row_write_u32(row.log_no, key);
    if (!smk_txn_get(t, SMK_TABLE_LOG, SMK_BYTES(key), &state))
        return t->err != SMK_OK ? t->err : SMK_ERR_STORE_DAMAGED;
    enum smk_err err = smk_log_row_read(state, &log);
    if (err != SMK_OK)
        return err;
    smk_buf_reset(&ret->proof);
    smk_buf_write_bytes(&ret->proof, row.proof);
    ret->fork =
        (struct smk_view_fork){.scope = log.scope, .seq = log.fork, .proof = smk_buf_view(&ret->proof)};
    memcpy(ret->fork.log_id, log.log_id, SMK_ID_BYTES);
    ret->number = number;
    return ret->proof.err;
}

/* The first one with a number of at least `from`. */
static enum smk_err copy_next(struct smk_store *s, uint64_t from, struct copied *ret)
{
    struct smk_txn t;
    uint8_t key[SMK_FORK_KEY_BYTES];
    ret->number = 0;
    smk_row_write_u64(from, key);
    smk_txn_begin_read(&t, s->db);
    struct smk_cursor c = {0};
    enum smk_err err = SMK_OK;
    smk_cursor_open(&c, &t, SMK_TABLE_FORK);
    if (smk_cursor_seek(&c, SMK_BYTES(key)))
        err = row_copy(&t, smk_row_read_u64(c.key), c.value, ret);
    smk_cursor_close(&c);
    enum smk_err end = smk_txn_end(&t);
    return err != SMK_OK ? err : end;
}

enum smk_err smk_forks_read(struct smk_store *s, uint64_t after, uint64_t last, smk_view_fork_fn *fn,
                            void *ctx)
{
    SMK_CLEANUP(copied_deinit) struct copied c = {.proof = {.max = SMK_FORK_BYTES_MAX}};
    for (uint64_t at = after; at < last; at = c.number) {
        enum smk_err err = copy_next(s, at + 1, &c);
        if (err != SMK_OK)
            return err;
        if (c.number == 0 || c.number > last || !fn(ctx, c.number, &c.fork))
            break;
    }
    return SMK_OK;
}

enum smk_err smk_forks_read_one(struct smk_store *s, const uint8_t log_id[SMK_ID_BYTES], smk_view_fork_fn *fn,
                                void *ctx)
{
    SMK_CLEANUP(copied_deinit) struct copied c = {.proof = {.max = SMK_FORK_BYTES_MAX}};
    struct smk_txn t;
    struct smk_log log;
    struct smk_bytes value;
    uint32_t log_no;
    uint8_t key[SMK_FORK_KEY_BYTES];
    enum smk_err err = SMK_ERR_NOT_FOUND;
    smk_txn_begin_read(&t, s->db);
    if (smk_txn_find_log(&t, log_id, &log_no, &log) && log.fork > 0) {
        smk_row_write_u64(log.fork_number, key);
        bool is_there = smk_txn_get(&t, SMK_TABLE_FORK, SMK_BYTES(key), &value);
        err = is_there ? row_copy(&t, log.fork_number, value, &c) : SMK_ERR_STORE_DAMAGED;
    }
    enum smk_err end = smk_txn_end(&t);
    if (end != SMK_OK)
        err = end;
    if (err == SMK_OK)
        (void)fn(ctx, c.number, &c.fork); /* there is only one */
    return err;
}

/* ---- branches ---- */

struct branch_read {
    enum smk_table table;
    uint32_t log_no;
    uint64_t next;
};

static enum smk_err branch_copy(struct smk_store *s, struct branch_read *b, struct smk_buf *ret_row,
                                uint64_t *ret_arrival)
{
    struct smk_txn t;
    struct smk_cursor c = {0};
    struct smk_bytes row;
    uint8_t key[SMK_PLACE_KEY_BYTES];
    uint32_t log_no = 0;
    uint64_t seq = 0;
    smk_place_key(b->log_no, b->next, key);
    smk_txn_begin_read(&t, s->db);
    smk_cursor_open(&c, &t, b->table);
    smk_buf_reset(ret_row);
    *ret_arrival = 0;
    bool is_one =
        smk_cursor_seek(&c, SMK_BYTES(key)) && smk_place_read(c.key, &log_no, &seq) && log_no == b->log_no;
    if (is_one && b->table == SMK_TABLE_IDX) {
        *ret_arrival = smk_row_read_u64(c.value);
        is_one = smk_txn_get(&t, SMK_TABLE_REC, c.value, &row);
    } else if (is_one) {
        row = c.value;
    }
    if (is_one)
        smk_buf_write_bytes(ret_row, row);
    b->next = seq + 1;
    smk_cursor_close(&c);
    enum smk_err end = smk_txn_end(&t);
    return end != SMK_OK ? end : ret_row->err;
}

enum smk_err smk_store_read_branch(struct smk_store *s, const uint8_t log_id[SMK_ID_BYTES], bool is_second,
                                   smk_view_record_fn *fn, void *ctx)
{
    SMK_CLEANUP(smk_buf_deinit)
    struct smk_buf bytes = {.max = SMK_PAYLOAD_BYTES_MAX + 2 * SMK_HEADER_BYTES_MAX};
    struct smk_txn t;
    struct smk_log log;
    struct branch_read b = {.table = is_second ? SMK_TABLE_DIS : SMK_TABLE_IDX};
    smk_txn_begin_read(&t, s->db);
    bool is_forked = smk_txn_find_log(&t, log_id, &b.log_no, &log) && log.fork > 0;
    enum smk_err err = smk_txn_end(&t);
    b.next = is_forked ? log.fork : 0;
    for (bool goes_on = is_forked; err == SMK_OK && goes_on;) {
        struct smk_rec_row row;
        struct smk_record record;
        uint64_t arrival;
        err = branch_copy(s, &b, &bytes, &arrival);
        if (err != SMK_OK || bytes.len == 0)
            break;
        err = smk_rec_row_read(smk_buf_view(&bytes), &row);
        if (err == SMK_OK)
            err = smk_rec_row_record(&row, &record);
        if (err == SMK_OK)
            goes_on = fn(ctx, arrival, &record);
    }
    return err;
}
