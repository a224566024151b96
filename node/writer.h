/* node/writer.h: the one thread of the daemon that commits.
 *
 * Shape    a bounded queue of jobs in, a queue of results out. The batches that wait are committed together, up to a
 *          size that is done within a fraction of a second (group commit); a result is handed to the loop only after
 *          the sync.
 * Memory   a job is copied in; results are lent during the callback.
 * Secrets  uses the root keys of the home for admissions.
 * Threads  put and free from the loop thread; results are called on the loop thread.
 */
#ifndef SMK_NODE_WRITER_H
#define SMK_NODE_WRITER_H

#include "store/home.h"
#include "store/local.h"

#include <uv.h>

enum {
    SMK_WRITER_BYTES_HIGH = 32 * 1024 * 1024, /* above this, links stop reading until the queue is lower */
    SMK_WRITER_GROUP_BATCHES_MAX = 16,        /* batches in one commit, */
    SMK_WRITER_GROUP_BYTES = 256 * 1024,      /* and none is added to so many bytes */
};

enum smk_job_type {
    SMK_JOB_BATCH,   /* judge and store a records message */
    SMK_JOB_ADMIT,   /* certify a device that proved an invitation */
    SMK_JOB_SESSION, /* keep what a finished session says */
    SMK_JOB_AGREED,  /* keep that the digests were equal while a session goes on */
    SMK_JOB_RECEIPT, /* keep a sync receipt */
};

struct smk_job_result {
    enum smk_job_type type;
    uint64_t link_id;
    uint64_t ticket; /* BATCH */
    enum smk_err err;
    struct smk_event stored;  /* BATCH: what the session is told */
    struct smk_bytes welcome; /* ADMIT with OK; BORROWED for the call */
};
typedef void smk_job_done_fn(void *ctx, const struct smk_job_result *result);

struct smk_writer; /* opaque */

/* GIVES a running writer. done is called on the loop's thread, once for each job that was worked on.
 * OK, SMK_ERR_NOMEM, SMK_ERR_IO (no thread) */
SMK_MUST_USE enum smk_err smk_writer_new(uv_loop_t *loop, struct smk_home *home, smk_job_done_fn *done,
                                         void *ctx, struct smk_writer **ret_writer);

/* Forgets the batches that wait (nobody was told that they are stored), finishes the rest, ends the thread, then closes
 * its handle; the loop must run once more to free it. False when that has not happened after patience_ms: the writer is
 * then still at work; call again, or end the process, which loses nothing that was acknowledged. No job is put any more. */
SMK_MUST_USE bool smk_writer_stop(struct smk_writer *w, unsigned patience_ms);

/* Each copies its input; false when there is no memory (the link is then closed). */
SMK_MUST_USE bool smk_writer_put_batch(struct smk_writer *w, uint64_t link_id, const struct smk_batch *batch);
SMK_MUST_USE bool smk_writer_put_admit(struct smk_writer *w, uint64_t link_id,
                                       const struct smk_join_request *request);
SMK_MUST_USE bool smk_writer_put_session(struct smk_writer *w, const struct smk_session_status *status,
                                         bool is_initiator, const char *address);
SMK_MUST_USE bool smk_writer_put_agreed(struct smk_writer *w, const struct smk_session_status *status);

SMK_MUST_USE bool smk_writer_put_receipt(struct smk_writer *w, const struct smk_session_status *status,
                                         const struct smk_sync_receipt *receipt);

/* True while the queue holds more than SMK_WRITER_BYTES_HIGH. */
bool smk_writer_is_full(struct smk_writer *w);

#endif
