/* tests/crash/burst.h: many kills of one kind of process, quickly: one that does nothing but write to a store.
 *
 * Shape    each is forked from the test, opens the home, writes records and says their ids after each commit, and is
 *          killed at a random instant; then another process opens the home and looks for all that was promised.
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
};
/* At node 1, beside whatever runs there. False, having said why, when no process could be started. */
bool crash_burst_strike(struct crash_world *w, unsigned kills, struct test_rng *rng,
                        struct crash_burst *ret_burst);

#endif
