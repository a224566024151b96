/* tests/sim/check_forks.h: a batch that shows two records at one place must leave a proof behind.
 *
 * Shape    what a batch has to prove is found before it is judged, from the ids that the disk holds and the signatures of
 *          what is offered; it is asked for afterwards: a proof, and a leaf that is frozen at that place or before it.
 * Memory   by value.   Secrets  none.   Threads  one at a time.
 */
#ifndef SMK_TESTS_SIM_CHECK_FORKS_H
#define SMK_TESTS_SIM_CHECK_FORKS_H

#include "tests/sim/world.h"

enum { FORKS_DUE_MAX = 64 }; /* of one group; what is more is not looked at */

/* Logs that have to be known as forked once the group is on the disk. */
struct forks_due {
    size_t count;
    struct fork_due {
        struct smk_scope scope;
        uint8_t log_id[SMK_ID_BYTES];
        uint64_t seq; /* at the latest */
    } at[FORKS_DUE_MAX];
};

/* Adds what a `records` message has to prove to this disk, as it is now. */
void forks_due_add(const struct world *w, const struct disk *d, struct smk_bytes message,
                   struct forks_due *due);
/* They are proved. */
void check_forks_due(struct world *w, const struct node *n, const struct disk *d,
                     const struct forks_due *due);

#endif
