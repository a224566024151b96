/* store/forks.h: logs that their author has forked: proofs, frozen states, second branches. Not for other rooms.
 *
 * Shape    a proof stands in `fork` under a number that rises; its log's state names that number and the seq. The branch
 *          that came first stays where it is in `rec` and `idx`, the other one is kept in `dis`.
 * Source   SCHEMA.md sections 5, 6.   Memory  as said.   Secrets  none.   Threads  as the transaction.
 */
#ifndef SMK_STORE_FORKS_H
#define SMK_STORE_FORKS_H

#include "store/inside.h"

enum { SMK_FORK_KEY_BYTES = 8, SMK_FORK_LOG_BYTES = 4 };

/* Keeps a proof that log has forked at seq, and freezes the log there: a fork that is known may only move down.
 *
 * log     as it stands in the transaction; changed
 * OK, SMK_ERR_STORE_DAMAGED, SMK_ERR_NOMEM; other failures stick in the transaction */
SMK_MUST_USE enum smk_err smk_fork_keep(struct smk_append *a, uint32_t log_no, struct smk_log *log,
                                        uint64_t seq, struct smk_bytes proof);
/* Keeps what was offered in place of the records that are held, within SMK_BRANCH_*_MAX; the branch that was kept for
 * the log before is let go. OK, SMK_ERR_NOMEM; other failures stick in the transaction */
SMK_MUST_USE enum smk_err smk_fork_keep_branch(struct smk_append *a, uint32_t log_no,
                                               const struct smk_record *records, size_t count);

/* A row of `fork`. */
struct smk_fork_row {
    uint32_t log_no;
    struct smk_bytes proof; /* BORROWED from the row */
};
/* False when the row is not in form. */
bool smk_fork_row_read(struct smk_bytes row, struct smk_fork_row *ret_row);

/* Sorted by log number: from where on the records of a log are in dispute. */
struct smk_disputes {
    struct smk_dispute {
        uint32_t log_no;
        uint64_t seq;
    } * at;
    size_t count;
    size_t capacity;
};
void smk_disputes_deinit(struct smk_disputes *d);
/* OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_disputes_put(struct smk_disputes *d, uint32_t log_no, uint64_t seq);
bool smk_disputes_hold(const struct smk_disputes *d, uint32_t log_no, uint64_t seq);

/* OK, or whatever ends the walk */
typedef enum smk_err smk_fork_log_fn(void *ctx, uint32_t log_no, const struct smk_log *log);
/* Calls fn for the log state of each proof with a number above `after`.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM, errors of fn */
SMK_MUST_USE enum smk_err smk_forks_each_log(struct smk_txn *t, uint64_t after, smk_fork_log_fn *fn,
                                             void *ctx);

/* As read_forks of proto/view.h, of what is committed now; numbers up to `last`. The callback runs outside of a
 * transaction. OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_forks_read(struct smk_store *s, uint64_t after, uint64_t last,
                                         smk_view_fork_fn *fn, void *ctx);
/* As read_fork, likewise. OK, SMK_ERR_NOT_FOUND, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_forks_read_one(struct smk_store *s, const uint8_t log_id[SMK_ID_BYTES],
                                             smk_view_fork_fn *fn, void *ctx);

#endif
