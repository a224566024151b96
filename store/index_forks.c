/* What came into dispute is in no fold any more. */
#include "store/index_state.h"

#include "proto/mem.h"

#include <string.h>

struct forking {
    struct smk_index_walk *walk;
    struct smk_txn *txn;
    uint64_t last_arrival; /* up to which there are rows */
};

bool smk_index_next_place(struct smk_txn *t, uint32_t log_no, uint64_t seq, uint64_t *ret_seq,
                          uint64_t *ret_arrival)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    uint8_t key[SMK_PLACE_KEY_BYTES];
    uint32_t at_log = 0;
    smk_place_key(log_no, seq, key);
    smk_cursor_open(&c, t, SMK_TABLE_IDX);
    bool is_there =
        smk_cursor_seek(&c, SMK_BYTES(key)) && smk_place_read(c.key, &at_log, ret_seq) && at_log == log_no;
    *ret_arrival = is_there ? smk_row_read_u64(c.value) : 0;
    return is_there;
}

static enum smk_err take_record(struct forking *f, uint32_t log_no, uint64_t seq, uint64_t arrival)
{
    struct smk_index_log log = {0};
    struct smk_rec_row row;
    struct smk_record record;
    struct smk_index_key k;
    uint8_t id[SMK_ID_BYTES];
    enum smk_err err = smk_index_record(f->txn, arrival, &log, &row, &record);
    if (err != SMK_OK)
        return err;
    memcpy(id, record.id, sizeof id);
    err = smk_index_take_entry(f->txn, &record, arrival);
    smk_index_number_key(&k, SMK_INDEX_PAST, log_no);
    smk_index_key_add_u64(&k, seq);
    smk_txn_del(f->txn, SMK_TABLE_INDEX, smk_index_key_view(&k));
    smk_txn_del(f->txn, SMK_TABLE_IDS, SMK_BYTES(id));
    return err != SMK_OK ? err : f->txn->err;
}

static enum smk_err follow_fork(void *ctx, uint32_t log_no, const struct smk_log *log)
{
    struct forking *f = ctx;
    uint64_t seq = log->fork, arrival = 0;
    enum smk_err err = SMK_OK;
    for (; err == SMK_OK && smk_index_next_place(f->txn, log_no, seq, &seq, &arrival); seq++)
        if (arrival <= f->last_arrival)
            err = take_record(f, log_no, seq, arrival);
    bool is_gov = log->scope.kind == SMK_SCOPE_GOV && !log->scope.is_wit;
    f->walk->cursor.is_gov_stale = f->walk->cursor.is_gov_stale || is_gov;
    struct smk_index_key k;
    smk_index_key_begin(&k, SMK_INDEX_MIXED);
    smk_index_key_add(&k, smk_scope_bytes(&log->scope));
    smk_index_key_add_u8(&k, 0);
    return err == SMK_OK ? smk_index_make_all_dirty(f->txn, &k) : err;
}

enum smk_err smk_index_follow_forks(struct smk_index_walk *w, struct smk_txn *t)
{
    struct forking f = {.walk = w, .txn = t, .last_arrival = w->cursor.arrival};
    uint64_t last = smk_txn_last_fork(t);
    smk_past_deinit(&w->past);
    enum smk_err err = smk_forks_each_log(t, w->cursor.fork_number, follow_fork, &f);
    if (err == SMK_OK)
        w->cursor.fork_number = last;
    return err != SMK_OK ? err : t->err;
}
