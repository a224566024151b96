/* tests/sim/checkers.h: what must never happen, and how it is noticed. A violation goes to world_fail.
 *
 * Shape    some checks belong to an event (a batch, the end of a session), the ledger's to every commit (ledger.h); those
 *          that compare nodes run at intervals and at the end.
 *          Words: the *set* of a scope on a disk is all logs of it with their heads. Two disks with equal sets must have
 *          equal roots, and disks with equal roots equal sets. A roster must say what a fresh one says that knows the
 *          same decisions. With equal sets and equal decisions documents must be equal.
 * Memory   none is kept.   Secrets  none.   Threads  one at a time.
 */
#ifndef SMK_TESTS_SIM_CHECKERS_H
#define SMK_TESTS_SIM_CHECKERS_H

#include "tests/sim/world.h"

/* What the product does not promise yet. Each 0 takes a demand away; each becomes 1, and goes, with the product. */
enum {
    /* Decisions that a node knows from its welcome reach others. 0: a core is chosen so that somebody in it holds each of
     * them as a record; otherwise two nodes with equal `gov` may think differently of who shares what. */
    WELCOMES_CONVERGE = 0,
    /* Records that were written while their author held a scope reach everybody who holds it, also after the author has
     * lost it. 0: a world in which somebody lost rights demands no convergence. */
    LOST_RIGHTS_CONVERGE = 0,
};

/* A session handed out a batch of this scope. */
void check_batch(struct world *w, const struct line *l, unsigned side, struct smk_bytes scope);
/* A session ended: two honest nodes on a sound line have no reason to blame each other. */
void check_end(struct world *w, const struct line *l, unsigned side, enum smk_err err);
void check_receipt(struct world *w, const struct line *l, unsigned side,
                   const struct smk_sync_receipt *receipt);
/* A session says that a log is forked: then its author is Byzantine and did it. */
void check_fork_notice(struct world *w, const struct line *l, unsigned side,
                       const uint8_t log_id[SMK_ID_BYTES]);

/* Every frontier of every honest node that is up says what its disk holds; equal sets have equal roots; equal decisions
 * have equal rosters. */
void check_world(struct world *w);
/* Every honest disk is read from the beginning; what was promised is there; documents of equal sets are equal. */
void check_all(struct world *w);

/* ---- check_documents.c ---- */

void check_documents(struct world *w);
/* A hash over everything that a roster answers. */
uint64_t roster_digest(const struct world *w, struct smk_roster *roster);
/* The set of a scope on a disk, as a number that differs for different sets; 0 when nothing is there. */
uint64_t scope_set(const struct node *n, const struct smk_scope *scope);

/* ---- liveness.c ---- */

/* The faults stop; a core is chosen. */
void liveness_begin(struct world *w);
/* True when every scope is equal along every path of core nodes that hold it. */
bool liveness_is_reached(struct world *w);
/* Why it was not reached, for the report. */
void liveness_explain(struct world *w, char *text, size_t bytes);

#endif
