#include "proto/batch.h"
#include "proto/check.h"
#include "proto/intake.h"
#include "proto/mem.h"
#include "tests/support/memory_node.h"

#include <stdlib.h>
#include <string.h>

/* What a memory node does with a `records` message: what the store does, without a disk. */

struct taking {
    struct memory_node *node;
    struct smk_batch_reader reader;
    struct smk_event *event; /* the answer */
    struct smk_log log;      /* of the run at hand */
};

static void demand(enum smk_err err)
{
    SMK_ASSERT(err == SMK_OK);
}

static void refuse(struct taking *t, enum smk_err err)
{
    if (t->event->verdict == SMK_OK)
        t->event->verdict = err;
}

static void add_decision(void *ctx, struct smk_bytes payload)
{
    enum smk_err err = smk_roster_add(ctx, payload);
    SMK_ASSERT(err == SMK_OK || smk_err_is_record_refused(err)); /* one that is not valid is a no-op */
}

/* Of the decisions that are not in dispute, and those that came without a record. */
static void roster_renew(struct memory_node *n)
{
    struct smk_roster *renewed = NULL;
    demand(smk_roster_new(smk_roster_genesis_bytes(n->roster), &renewed));
    for (size_t i = 0; i < n->met_count; i++)
        demand(smk_roster_add(renewed, smk_buf_view(&n->met[i])));
    for (size_t i = 0; i < n->log_count; i++)
        for (size_t k = 0; k < smk_log_settled(&n->log[i].log); k++) {
            const struct smk_record *r = &n->log[i].record[k].record;
            if (r->header.type == SMK_RECORD_DECISION && r->has_payload)
                add_decision(renewed, r->payload);
        }
    smk_roster_free(n->roster);
    n->roster = renewed;
}

/* ---- forks ---- */

static void adopt(struct taking *t, struct smk_log *log, uint64_t seq, struct smk_bytes proof)
{
    struct memory_node *n = t->node;
    struct smk_logtree tree = {0};
    const struct memory_log *held = memory_node_find(n, log->log_id);
    log->fork = seq;
    log->fork_number = ++n->fork_number;
    if (seq <= log->seq) {
        memset(log->fork_prev, 0, sizeof log->fork_prev);
        for (size_t i = 0; i + 1 < seq; i++) {
            smk_logtree_append(&tree, &smk_logtree_samaki, SMK_BYTES(held->record[i].record.id));
            memcpy(log->fork_prev, held->record[i].record.id, sizeof log->fork_prev);
        }
        smk_logtree_root(&tree, &smk_logtree_samaki, log->fork_root);
    }
    memory_node_append(n, log, NULL, 0);
    struct memory_log *own = memory_node_find(n, log->log_id);
    smk_buf_deinit(&own->proof);
    own->proof = (struct smk_buf){.max = SMK_FORK_BYTES_MAX};
    smk_buf_write_bytes(&own->proof, proof);
    demand(own->proof.err);
    t->event->has_fork = true;
    memcpy(t->event->fork_log_id, log->log_id, SMK_ID_BYTES);
    if (log->scope.kind == SMK_SCOPE_GOV && !log->scope.is_wit)
        roster_renew(n);
}

static enum smk_err check_proof(const struct taking *t, const struct smk_fork *fork)
{
    if (!smk_scope_is_equal(&fork->scope, &t->reader.scope))
        return SMK_ERR_MALFORMED;
    if (smk_roster_device(t->node->roster, fork->author) == NULL)
        return SMK_ERR_UNKNOWN_AUTHOR;
    return smk_roster_holds(t->node->roster, fork->author, &fork->scope) ? SMK_OK : SMK_ERR_NOT_ENTITLED;
}

static void take_proof(struct taking *t, size_t at)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf proof = {.max = SMK_FORK_BYTES_MAX};
    struct smk_fork fork;
    smk_batch_reader_fork(&t->reader, at, &proof);
    enum smk_err err = proof.err;
    if (err == SMK_OK)
        err = smk_fork_decode(smk_buf_view(&proof), smk_roster_coalition(t->node->roster), &fork);
    if (err == SMK_OK)
        err = check_proof(t, &fork);
    if (err != SMK_OK) {
        refuse(t, err);
        return;
    }
    struct smk_log log;
    const struct memory_log *held = memory_node_find(t->node, fork.log_id);
    smk_log_init(&log, fork.author, fork.incarnation, &fork.scope);
    if (held != NULL)
        log = held->log;
    if (log.fork == 0 || fork.seq < log.fork)
        adopt(t, &log, fork.seq, smk_buf_view(&proof));
}

/* ---- runs ---- */

static enum smk_err held_at(void *ctx, uint64_t seq, struct smk_record *ret_record)
{
    const struct taking *t = ctx;
    const struct memory_log *held = memory_node_find(t->node, t->log.log_id);
    SMK_ASSERT(held != NULL);
    SMK_ASSERT(seq <= held->count);
    *ret_record = held->record[seq - 1].record;
    return SMK_OK;
}

static void take_judged(struct taking *t, const struct smk_record *records, struct smk_intake *in,
                        struct smk_bytes proof)
{
    struct memory_node *n = t->node;
    if (in->has_conflict) {
        t->event->has_conflict = true;
        memcpy(t->event->conflict_log_id, t->log.log_id, SMK_ID_BYTES);
    }
    if (in->has_fork)
        adopt(t, &t->log, in->fork_seq, proof);
    if (in->taken > n->room) {
        in->taken = 0;
        in->err = SMK_ERR_STORE_FULL;
    }
    if (in->taken > 0)
        memory_node_append(n, &in->after, records + in->same, in->taken);
    n->room -= in->taken;
    t->event->new_records += in->taken;
    if (in->err != SMK_OK)
        refuse(t, in->err);
}

static void take_run(struct taking *t, size_t at)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf proof = {.max = SMK_FORK_BYTES_MAX};
    struct smk_batch_run run = smk_batch_reader_run(&t->reader, at);
    uint8_t prev[SMK_ID_BYTES] = {0};
    struct smk_intake in;
    smk_log_init(&t->log, run.author, run.incarnation, &t->reader.scope);
    const struct memory_log *held = memory_node_find(t->node, t->log.log_id);
    if (held != NULL)
        t->log = held->log;
    if (run.first_seq > t->log.seq + 1) {
        refuse(t, t->log.fork > 0 && run.first_seq >= t->log.fork ? SMK_ERR_FORKED : SMK_ERR_GAP);
        return;
    }
    if (run.first_seq > 1 && held != NULL)
        memcpy(prev, held->record[run.first_seq - 2].record.id, sizeof prev);
    struct smk_record *records = calloc(run.count, sizeof *records);
    bool *is_bad = calloc(run.count, sizeof *is_bad);
    SMK_ASSERT(records != NULL);
    SMK_ASSERT(is_bad != NULL);
    enum smk_err err = smk_batch_reader_records(&t->reader, at, 0, prev, records);
    if (err == SMK_OK)
        err = smk_intake_run(&t->log, t->node->roster, records, run.count, held_at, t, is_bad, &proof, &in);
    if (err == SMK_OK)
        take_judged(t, records, &in, smk_buf_view(&proof));
    else
        refuse(t, err);
    free(records);
    free(is_bad);
}

struct smk_event memory_node_store(struct memory_node *n, struct smk_bytes message, uint64_t ticket)
{
    struct smk_event ev = {.type = SMK_EV_STORED, .ticket = ticket, .verdict = n->refusal};
    struct taking t = {.node = n, .event = &ev};
    if (n->refusal != SMK_OK)
        return ev;
    demand(smk_batch_reader_init(&t.reader, message)); /* the session has read it before */
    if (t.reader.scope.kind == SMK_SCOPE_GOV && !t.reader.scope.is_wit)
        smk_batch_reader_each_decision(&t.reader, add_decision, n->roster);
    for (size_t i = 0; i < t.reader.fork_count; i++)
        take_proof(&t, i);
    for (size_t i = 0; i < t.reader.run_count; i++)
        take_run(&t, i);
    smk_batch_reader_deinit(&t.reader);
    return ev;
}

enum smk_err memory_node_take(struct memory_node *n, struct smk_bytes message, uint64_t *ret_new_records)
{
    struct smk_event ev = memory_node_store(n, message, 0);
    *ret_new_records = ev.new_records;
    return ev.verdict;
}
