/* store/index_past.h: what a record had seen, from the rows of deps. Not for other rooms.
 *
 * Shape    a *step* is a record that names deps in other logs of its scope. Each has a clock: of every log the newest seq in
 *          its causal past. Clocks are made when they are asked for, and kept until the rows change.
 * Source   SCHEMA.md section 9.
 * Memory   owned: smk_past_deinit. Zero-initialise.   Secrets  none.   Threads  one at a time per object.
 */
#ifndef SMK_STORE_INDEX_PAST_H
#define SMK_STORE_INDEX_PAST_H

#include "proto/clock.h"
#include "store/forks.h"

struct smk_past_log; /* opaque */

struct smk_past {
    struct smk_clock_space clocks;
    uint32_t logs_max; /* that its clocks have room for; 0 = none are made */
    struct smk_past_log **log;
    size_t log_count, log_capacity; /* ascending by number */
    size_t step_count;              /* of all logs */
};
/* Also what has to be done when rows have changed, or records came into dispute: the next question begins anew. */
void smk_past_deinit(struct smk_past *p);

/* What record seq of a log had seen of other logs; what is in dispute is seen by nobody. ret_clock may be NULL: nothing. It
 * is BORROWED until the next question.
 * OK, SMK_ERR_STORE_DAMAGED, SMK_ERR_STORE_IO, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_past_clock(struct smk_past *p, struct smk_txn *t,
                                         const struct smk_disputes *disputes, uint32_t log_no, uint64_t seq,
                                         const struct smk_clock **ret_clock);
/* Newest seq of a log in a clock; 0 = none. */
uint64_t smk_past_seen(const struct smk_past *p, const struct smk_clock *c, uint32_t log_no);

#endif
