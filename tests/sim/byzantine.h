/* tests/sim/byzantine.h: nodes that belong to the coalition and do it harm, with valid keys and real sessions.
 *
 * Shape    a Byzantine node has some of the vices below. Its sessions are the real machines over a view that lies
 *          (struct mask), over a second disk with another history (the twin), or its ends of a line are rogues (rogue.h)
 *          that say whatever they like.
 * Memory   of the node.   Secrets  none.   Threads  one at a time.
 */
#ifndef SMK_TESTS_SIM_BYZANTINE_H
#define SMK_TESTS_SIM_BYZANTINE_H

#include "tests/sim/world.h"

enum vice {
    VICE_FORK = 1 << 0,           /* writes two histories of its log and shows each to half of its peers */
    VICE_WITHHOLD = 1 << 1,       /* shows less than it has */
    VICE_LIE = 1 << 2,            /* claims what it does not have */
    VICE_FLOOD = 1 << 3,          /* writes hundreds of records at once; sends messages without end */
    VICE_ODD_ENCODING = 1 << 4,   /* legal msgpack, not canonical; fields that are wrong */
    VICE_BAD_INNER = 1 << 5,      /* bad signatures covered by a good one */
    VICE_FUTURE = 1 << 6,         /* records from 50 years ahead */
    VICE_OLD_GOVERNANCE = 1 << 7, /* replays decisions that were replaced */
    VICE_FALSE_DECISION = 1 << 8, /* signs decisions itself */
    VICE_FOREIGN_SCOPE = 1 << 9,  /* asks for and gives what is not shared */
    VICE_DRIP = 1 << 10,
    VICE_SILENCE = 1 << 11,
    VICE_GARBAGE = 1 << 12,
    VICE_END = 1 << 13,
};

/* Gives vices to at most a quarter of the nodes; never to one with the root keys. */
void byzantine_draw(struct world *w);

/* What a session of n shows to the other side of the line. */
const struct smk_view *byzantine_view(struct world *w, struct node *n, struct line *l, unsigned side);
void mask_free(struct mask *m); /* NULL does nothing */

/* The disk that n writes to now; its only one when it is honest. */
struct disk *byzantine_face(struct world *w, struct node *n);
/* The time that n writes by: its wall clock when it is honest. */
uint64_t byzantine_wall_ms(struct world *w, const struct node *n);
bool byzantine_drips(struct world *w, const struct node *n);
/* One of its evil deeds, now and then. */
void byzantine_act(struct world *w, struct node *n);

#endif
