/* tests/sim/push.h: what is written after all have agreed goes over a line that stands, at once, without another session.
 *
 * Shape    once the core has converged nobody dials any more; over a line whose two sides both stay, one more record has
 *          to come to the other side. When there is no such line, or it ends meanwhile, nothing is demanded.
 * Memory   none of its own.   Secrets  none.   Threads  one at a time.
 */
#ifndef SMK_TESTS_SIM_PUSH_H
#define SMK_TESTS_SIM_PUSH_H

#include "tests/sim/world.h"

/* Chooses the line and writes the record; false when there is none to choose. */
bool push_begin(struct world *w);
/* True when the record has arrived. Too late, and an end of the line, are violations. */
bool push_is_over(struct world *w);

#endif
