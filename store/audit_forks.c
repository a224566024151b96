#include "proto/mem.h"
#include "store/audit_state.h"
#include "store/forks.h"

#include <string.h>

/* The tables `fork` and `dis`, and what the states of logs say about them. */

static void accuse(struct smk_audit *a, const struct smk_fork *fork)
{
    struct smk_finding finding = {
        .kind = SMK_FINDING_FORK,
        .has_id = true,
        .scope = fork->scope,
        .seq = fork->seq,
        .what =
            "its author has signed two records for one place of its log; from there on nothing of it counts",
    };
    memcpy(finding.id, fork->id[0], sizeof finding.id);
    memcpy(finding.author, fork->author, sizeof finding.author);
    smk_audit_report(a, &finding);
}

/* True when the log that the row names is forked at that place by that proof. */
static bool state_agrees(struct smk_audit *a, uint64_t number, uint32_t log_no, const struct smk_fork *fork)
{
    uint8_t key[SMK_LOG_KEY_BYTES];
    struct smk_bytes state;
    struct smk_log log;
    smk_row_write_u32(log_no, key);
    return smk_txn_get(&a->txn, SMK_TABLE_LOG, SMK_BYTES(key), &state) &&
           smk_log_row_read(state, &log) == SMK_OK && log.fork == fork->seq && log.fork_number == number &&
           memcmp(log.log_id, fork->log_id, SMK_ID_BYTES) == 0;
}

static enum smk_err proof_check(struct smk_audit *a, uint64_t number, struct smk_bytes value)
{
    struct smk_fork_row row;
    struct smk_fork fork;
    if (!smk_fork_row_read(value, &row)) {
        smk_audit_say(a, SMK_FINDING_INDEX, "a row of the table `fork` is not in form");
        return SMK_OK;
    }
    enum smk_err err = smk_fork_decode(row.proof, a->meta.coalition, &fork);
    if (err == SMK_ERR_NOMEM)
        return err;
    if (err != SMK_OK)
        smk_audit_say(a, SMK_FINDING_INDEX, "the proof of a fork proves nothing");
    else if (!state_agrees(a, number, row.log_no, &fork))
        smk_audit_say(a, SMK_FINDING_INDEX, "the state of a log and the proof of its fork disagree");
    else
        accuse(a, &fork);
    return SMK_OK;
}

enum smk_err smk_audit_proofs(struct smk_audit *a)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    uint64_t stated = smk_txn_count(&a->txn, SMK_TABLE_FORK), count = 0, last = 0;
    enum smk_err err = SMK_OK;
    smk_cursor_open(&c, &a->txn, SMK_TABLE_FORK);
    for (bool is_row = smk_cursor_first(&c); is_row && err == SMK_OK && count <= stated;
         is_row = smk_cursor_next(&c)) {
        uint64_t number = smk_row_read_u64(c.key);
        struct smk_bytes value;
        bool is_found = smk_txn_get(&a->txn, SMK_TABLE_FORK, c.key, &value) && value.data == c.value.data;
        if (number <= last || !is_found)
            smk_audit_say(a, SMK_FINDING_INDEX, "the rows of the table `fork` are not in order");
        last = number;
        count++;
        err = proof_check(a, number, c.value);
    }
    if (count != stated || count != a->forked_count)
        smk_audit_say(a, SMK_FINDING_INDEX, "there are more or fewer proofs of forks than forked logs");
    return err != SMK_OK ? err : a->txn.err;
}

/* ---- second branches ---- */

struct branches {
    uint32_t log_no;
    struct smk_log log; /* of log_no; fork 0 when it is not forked, or unknown */
};

static void log_find(struct smk_audit *a, struct branches *b, uint32_t log_no)
{
    uint8_t key[SMK_LOG_KEY_BYTES];
    struct smk_bytes state;
    if (log_no == b->log_no)
        return;
    *b = (struct branches){.log_no = log_no};
    smk_row_write_u32(log_no, key);
    if (!smk_txn_get(&a->txn, SMK_TABLE_LOG, SMK_BYTES(key), &state) ||
        smk_log_row_read(state, &b->log) != SMK_OK)
        b->log = (struct smk_log){0};
}

static enum smk_err disputed_check(struct smk_audit *a, struct branches *b, struct smk_bytes key,
                                   struct smk_bytes value)
{
    uint32_t log_no = 0;
    uint64_t seq = 0;
    struct smk_rec_row row;
    struct smk_record r;
    uint8_t log_id[SMK_ID_BYTES];
    enum smk_err err = smk_place_read(key, &log_no, &seq) ? SMK_OK : SMK_ERR_STORE_DAMAGED;
    if (err == SMK_OK)
        err = smk_rec_row_read(value, &row);
    if (err == SMK_OK)
        err = smk_rec_row_record(&row, &r);
    if (err == SMK_ERR_NOMEM)
        return err;
    if (err == SMK_OK) {
        log_find(a, b, log_no);
        smk_log_id(r.header.author, r.header.incarnation, &r.header.scope, log_id);
        if (row.log_no != log_no || r.header.seq != seq || b->log.fork == 0 || seq < b->log.fork ||
            memcmp(log_id, b->log.log_id, sizeof log_id) != 0)
            err = SMK_ERR_STORE_DAMAGED;
    }
    if (err != SMK_OK)
        smk_audit_report(a,
                         &(struct smk_finding){
                             .kind = SMK_FINDING_DAMAGED_RECORD,
                             .scope = b->log.scope,
                             .seq = seq,
                             .what = "a record of the second branch of a fork is not what its author signed",
                         });
    return SMK_OK;
}

enum smk_err smk_audit_branches(struct smk_audit *a)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    uint64_t stated = smk_txn_count(&a->txn, SMK_TABLE_DIS), count = 0;
    struct branches b = {0};
    enum smk_err err = SMK_OK;
    smk_cursor_open(&c, &a->txn, SMK_TABLE_DIS);
    for (bool is_row = smk_cursor_first(&c); is_row && err == SMK_OK && count <= stated;
         is_row = smk_cursor_next(&c)) {
        count++;
        err = disputed_check(a, &b, c.key, c.value);
    }
    if (count != stated)
        smk_audit_say(a, SMK_FINDING_INDEX, "the table `dis` has another number of rows than it says");
    return err != SMK_OK ? err : a->txn.err;
}
