#include "store/forks.h"

#include "proto/check.h"
#include "proto/mem.h"

#include <string.h>

/* ---- rows ---- */

uint64_t smk_txn_last_fork(struct smk_txn *t)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    smk_cursor_open(&c, t, SMK_TABLE_FORK);
    if (!smk_cursor_last(&c))
        return 0;
    if (c.key.len != SMK_FORK_KEY_BYTES && t->err == SMK_OK)
        t->err = SMK_ERR_STORE_DAMAGED;
    return smk_row_read_u64(c.key);
}

bool smk_fork_row_read(struct smk_bytes row, struct smk_fork_row *ret_row)
{
    struct smk_reader r = smk_reader_over(row);
    uint32_t log_no = smk_read_be32(&r);
    size_t left = smk_reader_left(&r);
    if (r.err != SMK_OK || log_no == 0 || left == 0 || left > SMK_FORK_BYTES_MAX)
        return false;
    *ret_row = (struct smk_fork_row){.log_no = log_no, .proof = smk_read_bytes(&r, left)};
    return true;
}

static void proof_put(struct smk_txn *t, uint64_t number, uint32_t log_no, struct smk_bytes proof)
{
    uint8_t key[SMK_FORK_KEY_BYTES];
    smk_row_write_u64(number, key);
    uint8_t *row = smk_txn_append(t, SMK_TABLE_FORK, SMK_BYTES(key), SMK_FORK_LOG_BYTES + proof.len);
    if (row == NULL)
        return; /* sticks in the transaction */
    smk_row_write_u32(log_no, row);
    memcpy(row + SMK_FORK_LOG_BYTES, proof.data, proof.len);
}

static void proof_del(struct smk_txn *t, uint64_t number)
{
    uint8_t key[SMK_FORK_KEY_BYTES];
    smk_row_write_u64(number, key);
    smk_txn_del(t, SMK_TABLE_FORK, SMK_BYTES(key));
}

/* ---- freezing ---- */

/* The log root and the last id of the records before seq. */
static enum smk_err frozen_find(struct smk_txn *t, uint32_t log_no, struct smk_log *log, uint64_t seq)
{
    struct smk_logtree tree = {0};
    uint8_t id[SMK_ID_BYTES] = {0};
    for (uint64_t at = 1; at < seq; at++) {
        enum smk_err err = smk_txn_record_id(t, log_no, at, id);
        if (err != SMK_OK)
            return err;
        smk_logtree_append(&tree, &smk_logtree_samaki, SMK_BYTES(id));
    }
    memcpy(log->fork_prev, id, sizeof log->fork_prev);
    smk_logtree_root(&tree, &smk_logtree_samaki, log->fork_root);
    return SMK_OK;
}

static void branch_del(struct smk_txn *t, uint32_t log_no)
{
    uint8_t first[SMK_PLACE_KEY_BYTES], key[SMK_PLACE_KEY_BYTES];
    smk_place_key(log_no, 0, first);
    for (size_t i = 0; i < SMK_BRANCH_RECORDS_MAX; i++) {
        struct smk_cursor c = {0};
        uint32_t at_log = 0;
        uint64_t seq = 0;
        smk_cursor_open(&c, t, SMK_TABLE_DIS);
        bool is_one =
            smk_cursor_seek(&c, SMK_BYTES(first)) && smk_place_read(c.key, &at_log, &seq) && at_log == log_no;
        smk_cursor_close(&c);
        if (!is_one)
            return;
        smk_place_key(log_no, seq, key);
        smk_txn_del(t, SMK_TABLE_DIS, SMK_BYTES(key));
    }
}

enum smk_err smk_fork_keep(struct smk_append *a, uint32_t log_no, struct smk_log *log, uint64_t seq,
                           struct smk_bytes proof)
{
    struct smk_log after = *log;
    SMK_ASSERT(seq >= 1);
    SMK_ASSERT(log->fork == 0 || seq < log->fork);
    after.fork = seq;
    after.fork_number = ++a->fork_number;
    enum smk_err err = seq <= log->seq ? frozen_find(a->txn, log_no, &after, seq) : SMK_OK;
    if (err != SMK_OK)
        return err;
    if (log->fork_number > 0) {
        proof_del(a->txn, log->fork_number);
        branch_del(a->txn, log_no);
    }
    proof_put(a->txn, after.fork_number, log_no, proof);
    smk_append_state(a, log_no, &after);
    *log = after;
    return SMK_OK;
}

enum smk_err smk_fork_keep_branch(struct smk_append *a, uint32_t log_no, const struct smk_record *records,
                                  size_t count)
{
    size_t bytes = 0;
    uint8_t *row = smk_mem_new(SMK_PAYLOAD_BYTES_MAX + 2 * SMK_HEADER_BYTES_MAX);
    if (row == NULL)
        return SMK_ERR_NOMEM;
    branch_del(a->txn, log_no);
    for (size_t i = 0; i < count && i < SMK_BRANCH_RECORDS_MAX; i++) {
        uint8_t key[SMK_PLACE_KEY_BYTES];
        size_t row_bytes = smk_rec_row_bytes(&records[i]);
        bytes += row_bytes;
        if (bytes > SMK_BRANCH_BYTES_MAX)
            break;
        smk_place_key(log_no, records[i].header.seq, key);
        smk_rec_row_write(&records[i], log_no, row);
        smk_txn_put(a->txn, SMK_TABLE_DIS, SMK_BYTES(key), (struct smk_bytes){row, row_bytes});
    }
    smk_mem_free(row);
    return SMK_OK;
}
