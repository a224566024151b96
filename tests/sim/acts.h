/* tests/sim/acts.h: what the people of a world do with its documents: acts that count, by all that their node holds.
 *
 * Shape    a node's records are folded; of the acts that the policy knows one is chosen that would count if it were written
 *          now, with its text, its evidence, and what its writer has seen. Sometimes one that would not.
 * Source   PROTOCOL.md section 11.
 * Memory   caller's buffers.   Secrets  none.   Threads  one at a time.
 */
#ifndef SMK_TESTS_SIM_ACTS_H
#define SMK_TESTS_SIM_ACTS_H

#include "store/store.h"
#include "tests/sim/world.h"

/* True of scopes whose documents have acts. */
bool act_is_possible(const struct smk_scope *scope);
enum act_choice {
    ACT_CHOSEN,
    ACT_PAPER_MISSING, /* none, but a paper of the scope that the people at n may write is not there yet */
    ACT_NOTHING,
};

/* Fills in draft (deps, type) and appends the payload of an act that the people at n may write into draft->scope.
 * ret_paper   on ACT_PAPER_MISSING its number
 * Otherwise draft and payload are as before. */
enum act_choice act_choose(struct world *w, struct node *n, struct smk_draft *draft, struct smk_buf *payload,
                           uint64_t *ret_paper);
/* The same of an edit that publishes what stands in province 02; false when it is not there. */
bool act_publish(struct world *w, struct node *n, struct smk_draft *draft, struct smk_buf *payload);

#endif
