/* tests/sim/tally.h: how often each kind of fault struck, and what was done in spite of it.
 *
 * Shape    one struct of counters for a world, added up over all worlds.
 * Memory   by value.   Secrets  none.   Threads  one at a time per object.
 */
#ifndef SMK_TESTS_SIM_TALLY_H
#define SMK_TESTS_SIM_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#define FAULT_MAP(X)                                                             \
    X(CUT, "line cut between two pieces")                                        \
    X(CUT_MID_FRAME, "line cut in mid-frame")                                    \
    X(HELD_UP, "piece held up for seconds")                                      \
    X(OVERTAKEN, "piece overtaken by a later one of another line")               \
    X(DOUBLED, "piece delivered twice")                                          \
    X(FLIPPED, "bit flipped on the way")                                         \
    X(REPLAYED, "old bytes replayed on a new line")                              \
    X(ONE_WAY, "line deaf in one direction")                                     \
    X(EDGE_DOWN, "two nodes out of each other's reach")                          \
    X(CRASH_IDLE, "crash with nothing under way")                                \
    X(CRASH_LOST, "crash that lost the unsynced batch")                          \
    X(CRASH_KEPT, "crash between the sync and the acknowledgement")              \
    X(DISK_FULL, "disk full for a while")                                        \
    X(CLOCK_DRIFT, "clock that begins to drift")                                 \
    X(CLOCK_JUMP, "clock that jumps")                                            \
    X(HUB_CHANGED, "node that dials another hub")                                \
    X(NEW_DEVICE, "device certified in mid-session")                             \
    X(NEW_OFFICE, "office decided in mid-session")                               \
    X(NEW_ORGANISATION, "organisation decided in mid-session")                   \
    X(WIDER_AREA, "organisation given another area in mid-session")              \
    X(NARROWER_AREA, "organisation that lost an area in mid-session")            \
    X(MOVED_DEVICE, "device moved to another organisation in mid-session")       \
    X(OTHER_OFFICES, "device's decision replaced in mid-session")                \
    X(CONCURRENT, "decisions on one subject made without knowing of each other") \
    X(FORK, "Byzantine: log forked")                                             \
    X(WITHHELD, "Byzantine: session that withholds records")                     \
    X(LIE, "Byzantine: session that lies about its frontier")                    \
    X(FLOOD, "Byzantine: flood of records or messages")                          \
    X(ODD_ENCODING, "Byzantine: message in an odd encoding")                     \
    X(BAD_INNER, "Byzantine: bad signature inside a run")                        \
    X(FLAW, "Byzantine: signed record that breaks its chain")                    \
    X(FUTURE, "Byzantine: record of a future time")                              \
    X(OLD_GOVERNANCE, "Byzantine: old governance replayed")                      \
    X(FALSE_DECISION, "Byzantine: decision without the root's signature")        \
    X(FOREIGN_SCOPE, "Byzantine: records or questions of a scope not shared")    \
    X(DRIP, "Byzantine: line that only drips")                                   \
    X(SILENCE, "Byzantine: line on which nothing is said")                       \
    X(GARBAGE, "Byzantine: garbage bytes")

enum fault {
#define X(name, text) FAULT_##name,
    FAULT_MAP(X)
#undef X
        FAULTS
};

enum { TALLY_ACTS_MAX = 64 }; /* rules of the policy */

struct tally {
    uint64_t fault[FAULTS];
    uint64_t edits; /* of each scope of a world those on the node that holds the most of them */
    uint64_t edits_counting;
    uint64_t acts;
    uint64_t acts_counting;
    uint64_t act[TALLY_ACTS_MAX]; /* those that count, by number of their rule in the policy */
    uint64_t worlds;
    uint64_t worlds_real_keys;
    uint64_t worlds_real_stores;
    uint64_t worlds_byzantine;
    uint64_t worlds_converged; /* liveness was demanded and seen */
    uint64_t pushes;           /* seen over a line that stood, after that */
    uint64_t nodes;
    uint64_t lines;
    uint64_t agreements;
    uint64_t records_written;
    uint64_t records_exchanged; /* new ones, committed by another node than the author's */
    uint64_t proofs;            /* of forks, on all disks */
    uint64_t proofs_in_stores;  /* of them in real stores */
    uint64_t forks_met;         /* batches that had to leave a proof behind, one for each log */
    uint64_t forks_met_by_stores;
    uint64_t events;
    uint64_t folds;         /* pairs of nodes whose documents were compared */
    uint64_t slowest_ms;    /* longest way to convergence, simulated */
    uint64_t sessions_most; /* most sessions of one edge on that way */
};

void tally_add(struct tally *sum, const struct tally *more);
/* To stdout, a line for each. */
void tally_print(const struct tally *t);
/* Names each kind of fault that came about less often, and, unless least is 0, whatever else has to come about in worlds
 * of which a thousand are asked for 100 of each fault: a part of least for each row of a table, and each act of the
 * policy but 'withdraw' at least once; true when there is one. */
bool tally_has_rare(const struct tally *t, uint64_t least);

#endif
