/* tests/sim/node.h: one machine of the world: its process, its writer, its clock.
 *
 * Shape    batches wait until the writer is free, are synced in groups, and are told to their sessions then, as the
 *          daemon does it (node/writer.c, node/node.c).
 * Memory   of the world.   Secrets  none.   Threads  one at a time.
 */
#ifndef SMK_TESTS_SIM_NODE_H
#define SMK_TESTS_SIM_NODE_H

#include "tests/sim/world.h"

/* The disk of a new node, in memory or real as the world is. */
void node_make_disk(struct world *w, struct node *n, struct smk_bytes welcome);
/* Its process starts: edges are dialled, people write. */
void node_start(struct world *w, struct node *n);

/* The process dies. What its writer was syncing is lost, or was just in time. is_silent: nobody notices before the
 * silence of its lines is too long. It comes back by itself. */
struct node_crash {
    bool is_batch_kept;
    bool is_silent;
    uint64_t back_in_ms;
};
void node_crash(struct world *w, struct node *n, struct node_crash how);
void node_restart(struct world *w, struct node *n);

/* Its disk is full no more. */
void node_make_room(const struct world *w, struct node *n);

/* Writes to its own logs. False when it cannot: no room, no certificate, a clock that cannot be right. */
bool node_write(struct world *w, struct node *n, const struct smk_draft *drafts, size_t count);
/* A batch that a session handed out. */
void node_put_batch(struct world *w, struct node *n, struct job job, struct smk_bytes message);
void node_sync_over(struct world *w, const struct event *e);
void node_look(struct world *w, const struct event *e);

/* By its roster: only then can it dial the other one. */
bool node_knows(const struct node *n, const struct node *other);

/* ---- clocks ---- */

uint64_t node_mono_ms(const struct world *w, const struct node *n);
uint64_t node_wall_ms(const struct world *w, const struct node *n);
/* How long until its monotonic clock shows this; at least 1. */
uint64_t node_until_ms(const struct world *w, const struct node *n, uint64_t mono_ms);
void node_set_drift(const struct world *w, struct node *n, int64_t drift_ppm);

#endif
