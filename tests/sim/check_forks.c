#include "tests/sim/check_forks.h"

#include "proto/batch.h"
#include "proto/check.h"
#include "proto/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void due_add(struct forks_due *due, const struct smk_scope *scope, const uint8_t log_id[SMK_ID_BYTES],
                    uint64_t seq)
{
    if (due->count == FORKS_DUE_MAX)
        return;
    struct fork_due *added = &due->at[due->count++];
    *added = (struct fork_due){.scope = *scope, .seq = seq};
    memcpy(added->log_id, log_id, sizeof added->log_id);
}

static const struct smk_head *head_of(const struct disk *d, const struct smk_scope *scope,
                                      const uint8_t log_id[SMK_ID_BYTES])
{
    const struct smk_view *view = disk_view(d);
    const struct smk_frontier *f = view->frontier(view->ctx, scope);
    return f != NULL ? smk_frontier_find(f, log_id) : NULL;
}

/* ---- runs that meet what is held ---- */

struct meeting {
    const struct smk_record *offered;
    size_t count;
    size_t same; /* from the first on */
};

static bool meet(void *ctx, uint64_t arrival, const struct smk_record *held)
{
    struct meeting *m = ctx;
    (void)arrival;
    if (m->same == m->count || memcmp(m->offered[m->same].id, held->id, SMK_ID_BYTES) != 0)
        return false;
    m->same++;
    return true;
}

static bool copy_id(void *ctx, uint64_t arrival, const struct smk_record *held)
{
    (void)arrival;
    memcpy(ctx, held->id, SMK_ID_BYTES);
    return false;
}

static bool is_covered(const struct world *w, const struct smk_record *records, size_t count)
{
    for (size_t i = 0; i < count && i < SMK_COVER_RECORDS_MAX; i++)
        if (smk_record_is_signed(&records[i], w->coalition.id))
            return true;
    return false;
}

/* Where the run goes another way than what is held, signed; 0 = nowhere. What is held is covered, or it would not be. */
static uint64_t parting(const struct world *w, const struct disk *d, const struct smk_head *head,
                        struct smk_batch_reader *r, size_t run_index)
{
    struct smk_batch_run run = smk_batch_reader_run(r, run_index);
    const struct smk_view *view = disk_view(d);
    struct smk_record *records = calloc(run.count, sizeof *records);
    struct meeting m = {.offered = records, .count = run.count};
    uint8_t prev[SMK_ID_BYTES] = {0};
    uint64_t seq = 0;
    SMK_ASSERT(records != NULL);
    enum smk_err err = SMK_OK;
    if (run.first_seq > 1)
        err = view->read_log(view->ctx, head->log_id, run.first_seq - 1, copy_id, prev);
    if (err == SMK_OK)
        err = smk_batch_reader_records(r, run_index, 0, prev, records);
    if (err == SMK_OK)
        err = view->read_log(view->ctx, head->log_id, run.first_seq, meet, &m);
    bool has_met = err == SMK_OK && m.same < run.count && run.first_seq + m.same <= head->seq;
    if (has_met && is_covered(w, records + m.same, run.count - m.same))
        seq = run.first_seq + m.same;
    free(records);
    return seq;
}

static void run_add(const struct world *w, const struct disk *d, struct smk_batch_reader *r, size_t run_index,
                    struct forks_due *due)
{
    struct smk_batch_run run = smk_batch_reader_run(r, run_index);
    struct smk_log log;
    smk_log_init(&log, run.author, run.incarnation, &r->scope);
    const struct smk_head *head = head_of(d, &r->scope, log.log_id);
    if (head == NULL || run.first_seq > head->seq)
        return;
    uint64_t seq = parting(w, d, head, r, run_index);
    if (seq > 0)
        due_add(due, &r->scope, log.log_id, seq);
}

/* ---- proofs that come along ---- */

static bool is_entitled(const struct disk *d, const struct smk_fork *fork)
{
    return smk_roster_device(disk_roster(d), fork->author) != NULL &&
           smk_roster_holds(disk_roster(d), fork->author, &fork->scope);
}

/* What comes along in `gov` may take rights away before the proof is looked at. */
static void proof_add(const struct world *w, const struct disk *d, const struct smk_batch_reader *r,
                      size_t index, struct forks_due *due)
{
    struct smk_buf proof = {.max = SMK_FORK_BYTES_MAX};
    struct smk_fork fork;
    smk_batch_reader_fork(r, index, &proof);
    bool is_good = proof.err == SMK_OK &&
                   smk_fork_decode(smk_buf_view(&proof), w->coalition.id, &fork) == SMK_OK &&
                   smk_scope_is_equal(&fork.scope, &r->scope) && r->scope.kind != SMK_SCOPE_GOV;
    if (is_good && is_entitled(d, &fork))
        due_add(due, &fork.scope, fork.log_id, fork.seq);
    smk_buf_deinit(&proof);
}

void forks_due_add(const struct world *w, const struct disk *d, struct smk_bytes message,
                   struct forks_due *due)
{
    struct smk_batch_reader r = {0};
    enum smk_err err = smk_batch_reader_init(&r, message);
    for (size_t i = 0; err == SMK_OK && i < r.fork_count; i++)
        proof_add(w, d, &r, i, due);
    for (size_t i = 0; err == SMK_OK && i < r.run_count; i++)
        run_add(w, d, &r, i, due);
    smk_batch_reader_deinit(&r);
}

/* ---- afterwards ---- */

static bool fork_found(void *ctx, uint64_t number, const struct smk_view_fork *fork)
{
    uint64_t *seq = ctx;
    (void)number;
    *seq = fork->seq;
    return false;
}

void check_forks_due(struct world *w, const struct node *n, const struct disk *d, const struct forks_due *due)
{
    const struct smk_view *view = disk_view(d);
    for (size_t i = 0; i < due->count && !w->has_failed; i++) {
        const struct fork_due *f = &due->at[i];
        const struct smk_head *head = head_of(d, &f->scope, f->log_id);
        uint64_t proved = 0;
        enum smk_err err = view->read_fork(view->ctx, f->log_id, fork_found, &proved);
        bool is_proved = err == SMK_OK && proved > 0 && proved <= f->seq;
        bool is_frozen = head != NULL && head->state == SMK_LEAF_FORKED && head->fork == proved;
        w->tally.forks_met++;
        w->tally.forks_met_by_stores += d->store != NULL;
        if (!is_proved || !is_frozen)
            world_fail(w,
                       "node %zu was given another record %" PRIu64
                       " of a log in %s than it holds, signed, and "
                       "%s: %s",
                       n->index, f->seq, f->scope.text,
                       is_proved ? "its leaf is not frozen" : "keeps no proof", smk_err_text(err));
    }
}
