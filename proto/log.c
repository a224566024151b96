#include "proto/log.h"

#include "proto/check.h"

#include <string.h>

void smk_log_init(struct smk_log *log, const uint8_t author[SMK_KEY_BYTES],
                  const uint8_t incarnation[SMK_INCARNATION_BYTES], const struct smk_scope *scope)
{
    *log = (struct smk_log){.scope = *scope};
    memcpy(log->author, author, sizeof log->author);
    memcpy(log->incarnation, incarnation, sizeof log->incarnation);
    smk_log_id(author, incarnation, scope, log->log_id);
}

uint64_t smk_log_settled(const struct smk_log *log)
{
    return log->fork > 0 && log->fork <= log->seq ? log->fork - 1 : log->seq;
}

void smk_log_head(const struct smk_log *log, struct smk_head *ret_head)
{
    SMK_ASSERT(log->seq >= 1 || log->fork > 0);
    SMK_ASSERT(log->tree.size == log->seq);
    struct smk_head head = {.seq = smk_log_settled(log), .fork = log->fork};
    head.state = log->fork > 0 ? SMK_LEAF_FORKED : SMK_LEAF_WHOLE;
    memcpy(head.log_id, log->log_id, sizeof head.log_id);
    memcpy(head.author, log->author, sizeof head.author);
    memcpy(head.incarnation, log->incarnation, sizeof head.incarnation);
    if (head.seq < log->seq) {
        memcpy(head.id, log->fork_prev, sizeof head.id);
        memcpy(head.log_root, log->fork_root, sizeof head.log_root);
    } else {
        memcpy(head.id, log->id, sizeof head.id);
        smk_logtree_root(&log->tree, &smk_logtree_samaki, head.log_root);
    }
    *ret_head = head;
}

/* What the next record must follow. */
struct tip {
    uint64_t seq;
    uint64_t time;
    const uint8_t *id; /* zeros at seq 0 */
};

/* A decision that has not arrived may be the one about the author: whoever sent the record knows more than is known here. */
static enum smk_err check_under(struct smk_roster *roster, const struct smk_record *r,
                                const struct smk_open *open)
{
    enum smk_err err = SMK_ERR_BAD_OPEN;
    for (size_t i = 0; i < open->under_count; i++) {
        const struct smk_device *device = smk_roster_device_of_decision(roster, open->under[i]);
        if (device != NULL && memcmp(device->sign_key, r->header.author, SMK_KEY_BYTES) == 0)
            return SMK_OK;
        if (!smk_roster_has_decision(roster, open->under[i]))
            err = SMK_ERR_UNKNOWN_AUTHOR;
    }
    return err;
}

/* Rule 6: one open, at the beginning, under a decision about its author. */
static enum smk_err check_open(struct smk_roster *roster, const struct smk_record *r)
{
    bool is_open = r->header.type == SMK_RECORD_OPEN;
    if (is_open != (r->header.seq == 1))
        return SMK_ERR_BAD_OPEN;
    if (!is_open)
        return SMK_OK;
    if (!r->has_payload || r->header.codec != 0) /* nobody could ever see what it opens */
        return SMK_ERR_BAD_OPEN;
    struct smk_open open;
    enum smk_err err = smk_open_decode(r->payload, &open);
    if (err != SMK_OK)
        return err;
    return check_under(roster, r, &open);
}

static bool belongs_to(const struct smk_log *log, const struct smk_header *h)
{
    return memcmp(h->author, log->author, sizeof h->author) == 0 &&
           memcmp(h->incarnation, log->incarnation, sizeof h->incarnation) == 0 &&
           smk_scope_is_equal(&h->scope, &log->scope);
}

/* Rules 4 and 5. A fork accuses the author, so it takes the author's signature. */
static enum smk_err check_chain(const struct smk_log *log, const struct smk_roster *roster,
                                const struct tip *tip, const struct smk_record *r)
{
    if (!belongs_to(log, &r->header))
        return SMK_ERR_GAP;
    if (log->fork > 0 && r->header.seq >= log->fork)
        return SMK_ERR_FORKED;
    if (r->header.seq == tip->seq && memcmp(r->id, tip->id, SMK_ID_BYTES) != 0)
        return smk_record_is_signed(r, smk_roster_coalition(roster)) ? SMK_ERR_FORKED : SMK_ERR_BAD_SIGNATURE;
    if (r->header.seq != tip->seq + 1)
        return SMK_ERR_GAP;
    if (tip->seq > 0 && memcmp(r->header.prev, tip->id, SMK_ID_BYTES) != 0)
        return SMK_ERR_BAD_PREV;
    return SMK_OK;
}

/* Rules 1 to 7 of PROTOCOL.md section 4.5, in this order. */
static enum smk_err check_record(const struct smk_log *log, struct smk_roster *roster, const struct tip *tip,
                                 const struct smk_record *r)
{
    enum smk_err err = smk_record_check_payload(r);
    if (err != SMK_OK)
        return err;
    if (smk_roster_device(roster, r->header.author) == NULL)
        return SMK_ERR_UNKNOWN_AUTHOR;
    if (!smk_roster_holds(roster, r->header.author, &r->header.scope))
        return SMK_ERR_NOT_ENTITLED;
    err = check_chain(log, roster, tip, r);
    if (err != SMK_OK)
        return err;
    err = check_open(roster, r);
    if (err != SMK_OK)
        return err;
    return tip->seq > 0 && r->header.time <= tip->time ? SMK_ERR_BAD_TIME : SMK_OK;
}

/* Rule 8: *count is the number of records that no other rule refuses; it shrinks to those that may be taken. */
static enum smk_err check_signatures(const struct smk_roster *roster, const struct smk_record *records,
                                     size_t *count, bool *ret_is_bad)
{
    const uint8_t *coalition = smk_roster_coalition(roster);
    enum smk_err err = SMK_OK;
    size_t covered = 0, checked = 0;
    for (; checked < *count && checked < covered + SMK_COVER_RECORDS_MAX && err == SMK_OK; checked++) {
        const struct smk_record *r = &records[checked];
        ret_is_bad[checked] = !smk_record_is_signed(r, coalition);
        if (!ret_is_bad[checked])
            covered = checked + 1;
        else if (smk_record_type_needs_own_signature(r->header.type))
            err = SMK_ERR_BAD_SIGNATURE;
    }
    size_t refused = err == SMK_OK ? checked : checked - 1;
    if (covered < refused)
        err = SMK_ERR_NOT_COVERED;
    *count = covered;
    return err;
}

static void log_append(struct smk_log *log, const struct smk_record *r, bool is_bad)
{
    SMK_ASSERT(r->header.seq == log->seq + 1);
    log->seq = r->header.seq;
    log->time = r->header.time;
    memcpy(log->id, r->id, sizeof log->id);
    if (is_bad)
        log->bad_signatures++;
    else if (log->verified_through == log->seq - 1)
        log->verified_through = log->seq;
    if (!r->has_payload)
        log->holes++;
    smk_logtree_append(&log->tree, &smk_logtree_samaki, SMK_BYTES(r->id));
}

enum smk_err smk_log_take_run(const struct smk_log *log, struct smk_roster *roster,
                              const struct smk_record *records, size_t count, struct smk_log *ret_log,
                              size_t *ret_taken, bool *ret_is_bad)
{
    SMK_ASSERT(log->tree.size == log->seq);
    struct smk_log after = *log;
    struct tip tip = {.seq = log->seq, .time = log->time, .id = log->id};
    enum smk_err err = SMK_OK;
    size_t taken = 0;
    for (; taken < count; taken++) {
        const struct smk_record *r = &records[taken];
        ret_is_bad[taken] = false;
        err = check_record(log, roster, &tip, r);
        if (err != SMK_OK)
            break;
        tip = (struct tip){.seq = r->header.seq, .time = r->header.time, .id = r->id};
    }
    enum smk_err signatures = check_signatures(roster, records, &taken, ret_is_bad);
    if (signatures != SMK_OK)
        err = signatures;
    for (size_t i = 0; i < taken; i++)
        log_append(&after, &records[i], ret_is_bad[i]);
    for (size_t i = taken; i < count; i++)
        ret_is_bad[i] = false;
    *ret_log = after;
    *ret_taken = taken;
    return err;
}
