/* proto/giving.h: what the other side asked for or has not seen yet, and the batches that it has not answered.
 *
 * Shape    a job is a run of one log, `next` to `to`; jobs are served first come, first served, log by log. A proof of a
 *          fork goes before everything else. Batches begin small, grow while they are answered within a second and
 *          shrink when that takes longer than four: a slow line is never busy with one batch for long, and one that
 *          breaks again and again still carries a batch in between.
 * Source   PROTOCOL.md section 9.4.
 * Memory   owns its list of at most SMK_GIVING_JOBS_MAX jobs.   Secrets  none.   Threads  one at a time per object.
 */
#ifndef SMK_PROTO_GIVING_H
#define SMK_PROTO_GIVING_H

#include "proto/batch.h"
#include "proto/log.h"
#include "proto/message.h"
#include "proto/view.h"

enum {
    SMK_GIVING_PUSHED_MAX = 1024,
    SMK_GIVING_JOBS_MAX = SMK_WANTED_RUNS_MAX + SMK_GIVING_PUSHED_MAX,
    SMK_GIVING_PROOFS_MAX = SMK_GIVING_PUSHED_MAX / 2, /* of those pushed */
};

struct smk_give_job {
    struct smk_scope scope;
    uint8_t log_id[SMK_ID_BYTES];
    uint8_t author[SMK_KEY_BYTES];
    uint8_t incarnation[SMK_INCARNATION_BYTES];
    uint64_t next;
    uint64_t to;
    uint64_t first_batch; /* numbers of the batches that carried some of it; 0 = none yet */
    uint64_t last_batch;
    bool is_pushed; /* nobody asked for it */
    bool is_proof;  /* the proof of a fork of this log; pushed, and before all that is no proof */
};

struct smk_given {
    uint64_t number;
    size_t bytes;
    size_t record_count;
    uint64_t dropped_count; /* records of its runs that were still to come, and will not: it was refused */
    uint64_t sent_ms;
    struct smk_scope scope;
    struct smk_log_run *run; /* OWNS; of this scope */
    size_t run_count;
};
void smk_given_deinit(struct smk_given *given);

struct smk_giving {
    /* 1. pushed_count counts is_pushed; job_count - pushed_count <= SMK_WANTED_RUNS_MAX.
     * 2. under_way_bytes is the sum over under_way[0..under_way_count). */
    struct smk_give_job *job; /* [0] is served first */
    size_t job_count;
    size_t job_capacity;
    size_t pushed_count;
    struct smk_given under_way[SMK_BATCHES_UNDER_WAY_MAX];
    size_t under_way_count;
    size_t under_way_bytes;
    struct smk_log_run *run; /* of the batch being written */
    size_t run_count;
    size_t run_capacity;
    uint64_t last_number;
    size_t target_bytes; /* of one batch */
};

void smk_giving_init(struct smk_giving *g);
void smk_giving_deinit(struct smk_giving *g);
void smk_giving_check(const struct smk_giving *g); /* asserts 1 and 2 */

/* No job is left and every batch is answered. */
bool smk_giving_is_idle(const struct smk_giving *g);

/* The other side wants this run.
 * OK
 * SMK_ERR_CREDIT   too many at once -> peer fault
 * SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_giving_want(struct smk_giving *g, const struct smk_scope *scope,
                                          const struct smk_want_run *run);
/* A record that the other side has not; one that follows the end of a pushed job makes that job longer.
 * OK
 * SMK_ERR_TOO_BIG_HERE   too many logs wait: try again when some have gone
 * SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_giving_push(struct smk_giving *g, const uint8_t log_id[SMK_ID_BYTES],
                                          const struct smk_header *h);
/* The other side does not know that this log has forked. A second call before the proof has gone changes nothing.
 * OK
 * SMK_ERR_TOO_BIG_HERE   too many proofs wait: try again when some have gone
 * SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_giving_prove(struct smk_giving *g, const struct smk_scope *scope,
                                           const uint8_t log_id[SMK_ID_BYTES]);
/* Drops every job; what is under way stays. */
void smk_giving_drop_jobs(struct smk_giving *g);
/* Drops the job that is served first. */
void smk_giving_drop_first(struct smk_giving *g);

/* True when there is a job and the credit allows a batch. */
bool smk_giving_has_to_send(const struct smk_giving *g);

struct smk_giving_out {
    bool has_batch; /* the body of a `records` message was appended */
    bool has_lack;  /* then to be said, after the batch */
    struct smk_lack lack;
};

/* Writes the next batch. One scope; every run ends with a good signature.
 *
 * OK
 * every error of view->read_log and view->read_fork but NOT_FOUND and STORE_DAMAGED, which are told as a lack; SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_giving_next(struct smk_giving *g, const struct smk_view *view,
                                          const uint8_t coalition[SMK_ID_BYTES], uint64_t now_ms,
                                          struct smk_buf *ret_body, struct smk_giving_out *ret_out);

/* The other side has answered a batch; the rest of what a refused one touched is dropped.
 *
 * ret_given   GIVEN on OK: smk_given_deinit
 * OK
 * SMK_ERR_UNEXPECTED   no such batch is under way -> peer fault */
SMK_MUST_USE enum smk_err smk_giving_answered(struct smk_giving *g, uint64_t number, bool is_refused,
                                              uint64_t now_ms, struct smk_given *ret_given);

#endif
