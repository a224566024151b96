#include "proto/check.h"
#include "proto/mem.h"
#include "store/inside.h"

#include <string.h>

/* The roster of a store: the decision records of its `gov` logs, and the decisions of the welcome that made it. */

static bool is_gov(struct smk_bytes log_row)
{
    struct smk_log_row_name name;
    return smk_log_row_name(log_row, &name) && smk_bytes_is_equal(name.scope, smk_bytes_of_text("gov"));
}

static enum smk_err record_read(struct smk_bytes row_bytes, uint32_t log_no, const struct smk_log *log,
                                struct smk_record *ret_record)
{
    struct smk_rec_row row;
    enum smk_err err = smk_rec_row_read(row_bytes, &row);
    if (err == SMK_OK && (row.log_no != log_no || smk_rec_row_is_cut(&row, log)))
        err = SMK_ERR_STORE_DAMAGED;
    return err == SMK_OK ? smk_rec_row_record(&row, ret_record) : err;
}

/* Adds one record if it is a decision. What is no valid decision is a no-op. */
static enum smk_err add_record(struct smk_roster *roster, const struct smk_record *record, bool *ret_has_new)
{
    if (record->header.type != SMK_RECORD_DECISION || !record->has_payload)
        return SMK_OK;
    enum smk_err err = smk_roster_add(roster, record->payload);
    if (err == SMK_ERR_NOMEM)
        return err;
    *ret_has_new = true;
    return SMK_OK;
}

static enum smk_err add_welcome(struct smk_txn *t, struct smk_roster *roster)
{
    SMK_CLEANUP(smk_tree_deinit) struct smk_tree tree = {0};
    struct smk_bytes welcome;
    if (!smk_txn_get(t, SMK_TABLE_LOCAL, smk_bytes_of_text("w"), &welcome))
        return t->err;
    enum smk_err err = smk_tree_decode(welcome, SMK_WALK_PAYLOAD, &tree);
    if (err == SMK_OK)
        err = smk_roster_add_certificate(roster, tree.root);
    return err == SMK_OK || err == SMK_ERR_NOMEM ? err : SMK_ERR_STORE_DAMAGED;
}

static enum smk_err add_log(struct smk_txn *t, struct smk_roster *roster, uint32_t log_no,
                            const struct smk_log *log)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    uint8_t key[SMK_PLACE_KEY_BYTES];
    uint32_t at_log = 0;
    uint64_t at_seq = 0, count = 0, last_seq = smk_log_settled(log);
    bool has_new = false;
    smk_place_key(log_no, 1, key);
    smk_cursor_open(&c, t, SMK_TABLE_IDX);
    for (bool is_row = smk_cursor_seek(&c, SMK_BYTES(key)); is_row; is_row = smk_cursor_next(&c)) {
        struct smk_bytes row;
        struct smk_record record;
        if (!smk_place_read(c.key, &at_log, &at_seq))
            return SMK_ERR_STORE_DAMAGED;
        if (at_log != log_no || count == last_seq)
            break;
        count++;
        if (!smk_txn_get(t, SMK_TABLE_REC, c.value, &row))
            return t->err != SMK_OK ? t->err : SMK_ERR_STORE_DAMAGED;
        enum smk_err err = record_read(row, log_no, log, &record);
        if (err == SMK_OK && record.header.seq != at_seq)
            err = SMK_ERR_STORE_DAMAGED;
        if (err == SMK_OK)
            err = add_record(roster, &record, &has_new);
        if (err != SMK_OK)
            return err;
    }
    if (t->err != SMK_OK)
        return t->err;
    return count == last_seq ? SMK_OK : SMK_ERR_STORE_DAMAGED;
}

static enum smk_err add_all(struct smk_txn *t, struct smk_roster *roster)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    enum smk_err err = add_welcome(t, roster);
    smk_cursor_open(&c, t, SMK_TABLE_LOG);
    for (bool is_row = smk_cursor_first(&c); is_row && err == SMK_OK; is_row = smk_cursor_next(&c)) {
        struct smk_log log;
        if (!is_gov(c.value))
            continue;
        err = smk_log_row_read(c.value, &log);
        if (err == SMK_OK)
            err = add_log(t, roster, smk_row_read_u32(c.key), &log);
    }
    return err != SMK_OK ? err : t->err;
}

enum smk_err smk_decisions_load(struct smk_store *s, struct smk_txn *t, struct smk_roster **ret_roster)
{
    struct smk_roster *roster = NULL;
    if (t->err != SMK_OK)
        return t->err;
    enum smk_err err = smk_roster_new(smk_buf_view(&s->genesis), &roster);
    if (err == SMK_OK)
        err = add_all(t, roster);
    if (err != SMK_OK) {
        smk_roster_free(roster);
        return err;
    }
    *ret_roster = roster;
    return SMK_OK;
}

enum smk_err smk_decisions_follow(struct smk_txn *t, struct smk_roster *roster, uint64_t after,
                                  bool *ret_has_new)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    uint8_t key[SMK_ARRIVAL_KEY_BYTES], log_key[SMK_LOG_KEY_BYTES];
    uint32_t judged_log = 0;     /* the newest log that was looked up, */
    struct smk_log judged = {0}; /* and its state, if it is of `gov` */
    smk_row_write_u64(after + 1, key);
    smk_cursor_open(&c, t, SMK_TABLE_REC);
    for (bool is_row = smk_cursor_seek(&c, SMK_BYTES(key)); is_row; is_row = smk_cursor_next(&c)) {
        uint32_t log_no = smk_rec_row_log(c.value);
        if (log_no == 0)
            return SMK_ERR_STORE_DAMAGED;
        if (log_no != judged_log) {
            struct smk_bytes log_row;
            smk_row_write_u32(log_no, log_key);
            if (!smk_txn_get(t, SMK_TABLE_LOG, SMK_BYTES(log_key), &log_row))
                return t->err != SMK_OK ? t->err : SMK_ERR_STORE_DAMAGED;
            judged_log = log_no;
            judged = (struct smk_log){0};
            if (is_gov(log_row) && smk_log_row_read(log_row, &judged) != SMK_OK)
                return SMK_ERR_STORE_DAMAGED;
        }
        struct smk_record record;
        uint64_t last_seq = smk_log_settled(&judged); /* 0 for any other log */
        enum smk_err err = last_seq > 0 ? record_read(c.value, log_no, &judged, &record) : SMK_OK;
        if (err == SMK_OK && last_seq > 0 && record.header.seq <= last_seq)
            err = add_record(roster, &record, ret_has_new);
        if (err != SMK_OK)
            return err;
    }
    return t->err;
}

void smk_decisions_drop(struct smk_store *s)
{
    smk_roster_free(s->roster);
    s->roster = NULL;
    s->roster_arrival = 0;
}

enum smk_err smk_store_roster(struct smk_store *s, struct smk_roster **ret_roster)
{
    struct smk_txn t;
    struct smk_roster *roster = NULL;
    smk_txn_begin_read(&t, s->db);
    enum smk_err err = smk_decisions_load(s, &t, &roster);
    enum smk_err end = smk_txn_end(&t);
    if (err == SMK_OK && end != SMK_OK)
        err = end;
    if (err != SMK_OK) {
        smk_roster_free(roster);
        return err;
    }
    *ret_roster = roster;
    return SMK_OK;
}
