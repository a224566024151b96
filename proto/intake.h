/* proto/intake.h: a run of records that somebody offers, against what is held of its log.
 *
 * Shape    the run may begin before the head: what is the same is skipped, what differs proves a fork, what follows the
 *          head is judged by the rules of log.h.
 * Source   PROTOCOL.md sections 4.5, 4.7.
 * Memory   nothing is kept.   Secrets  none.   Threads  pure, apart from the callback.
 */
#ifndef SMK_PROTO_INTAKE_H
#define SMK_PROTO_INTAKE_H

#include "proto/log.h"

/* The record that is held at seq, 1 to the head's; it BORROWS until the intake has returned.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
typedef enum smk_err smk_intake_held_fn(void *ctx, uint64_t seq, struct smk_record *ret_record);

struct smk_intake {
    enum smk_err err;     /* OK, or the first refusal, as smk_log_take_run has them */
    size_t same;          /* records[0..same) are held already */
    size_t taken;         /* records[same..same + taken) are to be appended ... */
    struct smk_log after; /* ... and the log is this then */
    bool
        has_fork; /* what is held and records[same..] begin two branches: a proof was appended, err is FORKED */
    uint64_t fork_seq; /* lower than any fork known before */
    bool
        has_conflict; /* nothing fits, as if the run followed another record than the one held before it: the two
                           * may have parted further down */
};

/* log       as it is held; records[0] stands at a place from 1 to log->seq + 1
 * ret_is_bad   array of count, at the index of each record that is taken: its own signature is bad
 * ret_proof    takes the proof of a fork (fork.h)
 * OK           ret_intake says what becomes of the run
 * every error of held, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_intake_run(const struct smk_log *log, struct smk_roster *roster,
                                         const struct smk_record *records, size_t count,
                                         smk_intake_held_fn *held, void *ctx, bool *ret_is_bad,
                                         struct smk_buf *ret_proof, struct smk_intake *ret_intake);

#endif
