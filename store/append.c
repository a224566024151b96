#include "proto/check.h"
#include "proto/hash.h"
#include "proto/mem.h"
#include "store/inside.h"

#include <string.h>

/* ---- how many logs a device has in a scope ---- */

static uint64_t quota_name(const uint8_t author[SMK_KEY_BYTES], struct smk_bytes scope)
{
    uint8_t hash[SMK_HASH_BYTES];
    uint64_t name;
    smk_sha256((struct smk_bytes){author, SMK_KEY_BYTES}, scope, hash);
    memcpy(&name, hash, sizeof name);
    return name;
}

static enum smk_err quota_add(struct smk_quota *q, uint64_t name)
{
    if (q->count == q->capacity) {
        size_t capacity = q->capacity > 0 ? 2 * q->capacity : 64;
        uint64_t *grown = smk_mem_resize(q->name, capacity * sizeof *grown);
        if (grown == NULL)
            return SMK_ERR_NOMEM;
        q->name = grown;
        q->capacity = capacity;
    }
    q->name[q->count++] = name;
    return SMK_OK;
}

void smk_quota_deinit(struct smk_quota *q)
{
    smk_mem_free(q->name);
    *q = (struct smk_quota){0};
}

/* Reads the logs that were added since; those of this process are here already. */
static enum smk_err quota_follow(struct smk_quota *q, struct smk_txn *t, uint32_t last_log)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    uint8_t key[SMK_LOG_KEY_BYTES];
    struct smk_log_row_name name;
    if (q->count == last_log)
        return SMK_OK;
    smk_row_write_u32((uint32_t)q->count + 1, key);
    smk_cursor_open(&c, t, SMK_TABLE_LOG);
    for (bool is_row = smk_cursor_seek(&c, SMK_BYTES(key)); is_row; is_row = smk_cursor_next(&c)) {
        if (smk_row_read_u32(c.key) != q->count + 1 || !smk_log_row_name(c.value, &name))
            return SMK_ERR_STORE_DAMAGED;
        enum smk_err err = quota_add(q, quota_name(name.author, name.scope));
        if (err != SMK_OK)
            return err;
    }
    if (t->err == SMK_OK && q->count != last_log)
        return SMK_ERR_STORE_DAMAGED;
    return t->err;
}

/* ---- appending ---- */

enum smk_err smk_append_begin(struct smk_append *a, struct smk_store *s, struct smk_txn *t)
{
    *a = (struct smk_append){
        .store = s,
        .txn = t,
        .arrival = smk_txn_last_arrival(t),
        .log_no = smk_txn_last_log(t),
        .fork_number = smk_txn_last_fork(t),
    };
    enum smk_err err = smk_txn_check_counts(t);
    return err == SMK_OK ? quota_follow(&s->quota, t, a->log_no) : err;
}

enum smk_err smk_append_log(struct smk_append *a, const struct smk_log *log, uint32_t *ret_log_no)
{
    struct smk_quota *q = &a->store->quota;
    uint8_t number[SMK_LOG_KEY_BYTES];
    uint64_t name = quota_name(log->author, smk_scope_bytes(&log->scope));
    size_t same = 0;
    SMK_ASSERT(log->seq == 0);
    SMK_ASSERT(q->count == a->log_no);
    for (size_t i = 0; i < q->count; i++)
        same += q->name[i] == name;
    if (same >= SMK_LOGS_PER_DEVICE_SCOPE_MAX || a->log_no == UINT32_MAX)
        return SMK_ERR_TOO_BIG_HERE;
    enum smk_err err = quota_add(q, name);
    if (err != SMK_OK)
        return err;
    a->log_no++;
    smk_row_write_u32(a->log_no, number);
    smk_txn_put(a->txn, SMK_TABLE_LOGID, SMK_BYTES(log->log_id), SMK_BYTES(number));
    *ret_log_no = a->log_no;
    return SMK_OK;
}

void smk_append_record(struct smk_append *a, uint32_t log_no, const struct smk_record *r)
{
    uint8_t arrival[SMK_ARRIVAL_KEY_BYTES], place[SMK_PLACE_KEY_BYTES];
    smk_row_write_u64(++a->arrival, arrival);
    smk_place_key(log_no, r->header.seq, place);
    uint8_t *row = smk_txn_append(a->txn, SMK_TABLE_REC, SMK_BYTES(arrival), smk_rec_row_bytes(r));
    if (row == NULL)
        return; /* sticks in the transaction */
    smk_rec_row_write(r, log_no, row);
    smk_txn_put(a->txn, SMK_TABLE_IDX, SMK_BYTES(place), SMK_BYTES(arrival));
}

void smk_append_state(struct smk_append *a, uint32_t log_no, const struct smk_log *log)
{
    uint8_t key[SMK_LOG_KEY_BYTES], row[SMK_LOG_ROW_BYTES_MAX];
    smk_row_write_u32(log_no, key);
    size_t len = smk_log_row_write(log, row);
    smk_txn_put(a->txn, SMK_TABLE_LOG, SMK_BYTES(key), (struct smk_bytes){row, len});
}
