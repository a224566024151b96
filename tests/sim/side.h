/* tests/sim/side.h: one end of a line: a session or a rogue, and the pieces on their way to it. For line.c.
 *
 * Memory   of the line.   Secrets  none.   Threads  one at a time.
 */
#ifndef SMK_TESTS_SIM_SIDE_H
#define SMK_TESTS_SIM_SIDE_H

#include "tests/sim/world.h"

/* A session of the node, or what a Byzantine node has instead. Side 0 begins to talk. */
void side_open(struct world *w, struct line *l, unsigned at, struct node *n);
/* Side 0 is somebody who has recorded these bytes. */
void side_open_replay(struct world *w, struct line *l, struct smk_bytes said);
/* Releases session, rogue and mask; the status stays. */
void side_close(struct side *s);

/* Gives an event to the session, with all that follows from its update. The side may be gone afterwards, but the line
 * is there until line_release. */
void side_drive(struct world *w, struct line *l, unsigned at, struct smk_event ev);
void side_wake_later(struct world *w, struct line *l, unsigned at);
void side_line_closed(struct world *w, struct line *l, unsigned at);
void side_rogue_speaks(struct world *w, struct line *l, unsigned at);

/* Puts bytes on their way to the other side. */
void side_send(struct world *w, struct line *l, unsigned from, struct smk_bytes bytes);

/* ---- line.c ---- */

void line_put(struct world *w, struct line *l, enum happening what, unsigned side, uint64_t in_ms);
/* The side goes; the other one notices when all that was sent has arrived. */
void line_hang_up(struct world *w, struct line *l, unsigned from);
/* Releases the line when both sides have gone. */
void line_release(struct world *w, struct line *l);

#endif
