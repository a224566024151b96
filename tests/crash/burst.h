/* tests/crash/burst.h: many kills of two kinds of process, quickly: one that does nothing but write to a store, and one that
 * brings its index up to date meanwhile.
 *
 * Shape    a writer is forked from the test, opens the home, writes records and says their ids after each commit; so is one
 *          that follows. Both are killed, each at a random instant; then another process opens the home, looks for all that
 *          was promised, lets the index catch up, and holds it against one that is made anew.
 * Memory   none of its own.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TESTS_CRASH_BURST_H
#define SMK_TESTS_CRASH_BURST_H

#include "tests/crash/world.h"
#include "tests/support/rng.h"

struct crash_burst {
    uint64_t kills;
    uint64_t lost;
    uint64_t failed_opens;
    uint64_t behind;        /* indexes that had to catch up */
    uint64_t other_indexes; /* that said something else then than one made anew */
    uint64_t documents;     /* most that an index had */
};
/* At node 1, beside whatever runs there. False, having said why, when no process could be started. */
bool crash_burst_strike(struct crash_world *w, unsigned strikes, struct test_rng *rng,
                        struct crash_burst *ret_burst);

#endif
