/* tests/sim/faults.h: the weather: what goes wrong in a world, how often, and for how long.
 *
 * Memory   none.   Secrets  none.   Threads  one at a time.
 */
#ifndef SMK_TESTS_SIM_FAULTS_H
#define SMK_TESTS_SIM_FAULTS_H

#include "tests/sim/world.h"

/* Some worlds are calm, some are terrible. */
void weather_draw(struct world *w);
/* Something goes wrong now; and again later. */
void fault_strikes(struct world *w);
/* The sync that was waited for is under way. */
void fault_crash_in_sync(struct world *w, const struct event *e);
/* A fault of a node or an edge ends. */
void fault_mend(struct world *w, const struct event *e);

#endif
