/* proto/reconcile.h: finding out, for one scope, which heads the other side has and this one lacks.
 *
 * Shape    a walk: `tree` messages go to and fro strictly in turn; nothing else is touched. A message that asks (an
 *          item of children or leaves-ask), or says that its sender has more to say, is answered by exactly one. A
 *          message that does neither ends the walk, unless the one before it had more to say: then that side goes on.
 * Source   PROTOCOL.md section 9.3.
 * Memory   owns the list of subtrees that still have to be spoken about, bounded by a budget shared by all walks of a
 *          session. What does not fit is left out: the next round finds it again.
 * Secrets  none.   Threads  one at a time per object.
 */
#ifndef SMK_PROTO_RECONCILE_H
#define SMK_PROTO_RECONCILE_H

#include "proto/frontier.h"
#include "proto/message.h"

enum { SMK_RECONCILE_DUE_MAX = 65536 }; /* subtrees that may wait, over all walks of a session */

enum smk_reconcile_state {
    SMK_RECONCILE_THEIRS, /* the other side's turn */
    SMK_RECONCILE_OURS,   /* smk_reconcile_begin is due */
    SMK_RECONCILE_OVER,
};

/* Zero-initialised it waits for the other side to begin. */
struct smk_reconcile {
    enum smk_reconcile_state state;
    bool has_more_ours; /* as our last message said */
    bool has_more_theirs;
    struct smk_prefix *due; /* a stack */
    size_t due_count;
    size_t due_capacity;
};

/* What a walk finds; the head BORROWS until the call returns. */
struct smk_reconcile_sink {
    void *ctx;
    /* The other side has records of this log from our seq + 1 on to theirs->seq (our seq is 0 when the log is unknown
     * here). theirs->seq stays below a fork that is known here; of a log that is forked at its first record, and unknown
     * here, it is the place of the fork. */
    void (*lacking)(void *ctx, const struct smk_head *theirs, uint64_t our_seq);
    /* Both have the same seq, with different ids. */
    void (*forked)(void *ctx, const struct smk_head *theirs);
    /* A fork of this log is known here, and the other side knows none, or only a later one. */
    void (*unproved)(void *ctx, const struct smk_head *theirs);
};

/* Gives the waiting subtrees back to the budget. */
void smk_reconcile_deinit(struct smk_reconcile *r, size_t *due_left);

/* The initiator's first message. f NULL = nothing of the scope is here. State OURS before.
 * OK, SMK_ERR_NOMEM, SMK_ERR_TOO_BIG_HERE */
SMK_MUST_USE enum smk_err smk_reconcile_begin(struct smk_reconcile *r, const struct smk_scope *scope,
                                              struct smk_frontier *f, struct smk_buf *ret_body);

/* Takes one message of the other side and writes the answer when one is due.
 *
 * due_left   what is left of the session's budget
 * OK
 * SMK_ERR_UNEXPECTED   it was not the other side's turn -> peer fault
 * SMK_ERR_NOMEM, SMK_ERR_TOO_BIG_HERE */
SMK_MUST_USE enum smk_err smk_reconcile_take(struct smk_reconcile *r, struct smk_frontier *f,
                                             const struct smk_tree_message *m,
                                             const struct smk_reconcile_sink *sink, size_t *due_left,
                                             struct smk_buf *ret_body, bool *ret_has_answer);

#endif
