/* tests/sim/wiretap.h: every message that an honest session says, before it is sealed: is its scope one that the other
 * side may hold?
 *
 * Shape    the simulator is linked with --wrap=smk_channel_send, and says whose step is under way.
 * Memory   none is kept.   Secrets  none.   Threads  one in the whole process.
 */
#ifndef SMK_TESTS_SIM_WIRETAP_H
#define SMK_TESTS_SIM_WIRETAP_H

#include "tests/sim/line.h"

/* The session of this side makes a step; until wiretap_end. */
void wiretap_begin(struct world *w, const struct line *l, unsigned side);
void wiretap_end(void);

#endif
