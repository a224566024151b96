#include "proto/mem.h"
#include "store/audit_state.h"

#include <string.h>

/* A walk through `idx`: log after log, place after place. */

struct places {
    struct smk_audit *audit;
    struct smk_audit_chain chain;
    bool has_chain;
    uint64_t count;
};

static enum smk_err chain_finish(struct places *p)
{
    enum smk_err err = p->has_chain ? smk_audit_chain_end(&p->chain) : SMK_OK;
    smk_audit_chain_deinit(&p->chain);
    p->has_chain = false;
    return err;
}

/* The state gives a log its name if the table `logid` says so too; else the records will. */
static void chain_begin(struct places *p, uint32_t log_no)
{
    struct smk_audit *a = p->audit;
    struct smk_audit_chain *c = &p->chain;
    uint8_t key[SMK_LOG_KEY_BYTES];
    struct smk_bytes row, number;
    *c = (struct smk_audit_chain){.audit = a, .log_no = log_no};
    p->has_chain = true;
    a->counts.logs++;
    smk_row_write_u32(log_no, key);
    if (!smk_audit_mark(a->log_seen, log_no, a->log_count))
        smk_audit_say(a, SMK_FINDING_INDEX, "the index has places of a log that has no state");
    c->has_state = smk_txn_get(&a->txn, SMK_TABLE_LOG, SMK_BYTES(key), &row) &&
                   smk_log_row_read(row, &c->state) == SMK_OK;
    if (!c->has_state)
        return;
    if (!smk_txn_get(&a->txn, SMK_TABLE_LOGID, SMK_BYTES(c->state.log_id), &number) ||
        smk_row_read_u32(number) != log_no)
        return;
    c->has_name = true;
    smk_log_init(&c->rebuilt, c->state.author, c->state.incarnation, &c->state.scope);
}

static enum smk_err place_add(struct places *p, uint64_t seq, struct smk_bytes value)
{
    struct smk_audit *a = p->audit;
    struct smk_audit_link link = {.seq = seq};
    uint64_t arrival = smk_row_read_u64(value);
    struct smk_bytes row;
    enum smk_err err = SMK_OK;
    if (!smk_audit_mark(a->rec_seen, arrival, a->arrival_max))
        smk_audit_say(a, SMK_FINDING_INDEX, "a place of the index names no record of its own");
    else if (smk_txn_get(&a->txn, SMK_TABLE_REC, value, &row))
        err = smk_audit_link_read(a, seq, arrival, row, &link);
    if (err == SMK_OK && a->txn.err != SMK_OK)
        err = a->txn.err;
    return err == SMK_OK ? smk_audit_chain_add(&p->chain, &link) : err;
}

static enum smk_err place_next(struct places *p, struct smk_cursor *c)
{
    struct smk_audit *a = p->audit;
    uint32_t log_no = 0;
    uint64_t seq = 0;
    struct smk_bytes value;
    enum smk_err err = SMK_OK;
    if (!smk_place_read(c->key, &log_no, &seq) || log_no == 0 || seq == 0) {
        smk_audit_say(a, SMK_FINDING_INDEX, "a place of the index is not in form");
        return SMK_OK;
    }
    bool is_found = smk_txn_get(&a->txn, SMK_TABLE_IDX, c->key, &value) && value.data == c->value.data &&
                    value.len == c->value.len;
    if (!is_found)
        smk_audit_say(a, SMK_FINDING_INDEX, "a place of the index is not found by its key");
    bool is_other = !p->has_chain || p->chain.log_no != log_no;
    bool is_falling = p->has_chain && (log_no < p->chain.log_no || (!is_other && seq <= p->chain.link.seq));
    if (is_falling) {
        smk_audit_say(a, SMK_FINDING_INDEX, "the index is not in order");
        return SMK_OK;
    }
    if (is_other) {
        err = chain_finish(p);
        chain_begin(p, log_no);
    }
    return err == SMK_OK ? place_add(p, seq, c->value) : err;
}

enum smk_err smk_audit_logs(struct smk_audit *a)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    struct places p = {.audit = a};
    uint64_t stated = smk_txn_count(&a->txn, SMK_TABLE_IDX);
    enum smk_err err = SMK_OK;
    smk_cursor_open(&c, &a->txn, SMK_TABLE_IDX);
    for (bool is_row = smk_cursor_first(&c); is_row && err == SMK_OK; is_row = smk_cursor_next(&c)) {
        if (++p.count > stated) /* a walk that comes back to where it was would never end */
            break;
        err = place_next(&p, &c);
    }
    enum smk_err end = chain_finish(&p);
    if (err == SMK_OK)
        err = end;
    if (p.count != stated || p.count != a->rec_count)
        smk_audit_say(a, SMK_FINDING_INDEX, "the index has another number of places than there are records");
    return err != SMK_OK ? err : a->txn.err;
}
