/* tests/sim/topology.h: who dials whom: chains, stars with hubs, meshes.
 *
 * Memory   none.   Secrets  none.   Threads  one at a time.
 */
#ifndef SMK_TESTS_SIM_TOPOLOGY_H
#define SMK_TESTS_SIM_TOPOLOGY_H

#include "tests/sim/world.h"

/* Draws nodes and edges; everybody is connected with everybody. */
void topology_draw(struct world *w);
/* A node that is no hub dials another one from now on; never so that somebody is cut off. */
void topology_change_hub(struct world *w);

#endif
