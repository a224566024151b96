/* tests/sim/world.h: one simulated world: nodes with disks and clocks, lines between them, one virtual clock, one seed.
 *
 * Shape    the world jumps to the next thing that happens (queue.h) and lets it happen; what happens puts further
 *          events into the queue. Whatever is decided is decided by w->rng.
 * Words    *node*: one device with its disk. *edge*: two nodes of which the first dials the second, again and again.
 *          *line*: one connection, with a *side* at each end; a side is a real session, or a *rogue*. *piece*: bytes
 *          that travel together. *weather*: how often each fault strikes in this world. *core*: the honest nodes that
 *          have to converge once the faults have stopped around them.
 * Memory   owned by the world.   Secrets  none.   Threads  one at a time.
 */
#ifndef SMK_TESTS_SIM_WORLD_H
#define SMK_TESTS_SIM_WORLD_H

#include "tests/sim/disk.h"
#include "tests/sim/government.h"
#include "tests/sim/ledger.h"
#include "tests/sim/line.h"
#include "tests/sim/queue.h"
#include "tests/sim/tally.h"
#include "tests/support/builders.h"
#include "tests/support/rng.h"
#include "tests/support/tempdir.h"

enum {
    WORLD_NODES_MAX = 32,
    WORLD_EDGES_MAX = 160,
    WORLD_JOBS_MAX = 16,        /* batches in one commit, as the daemon groups them */
    WORLD_EVENTS_MAX = 4000000, /* a world that is not at its end by then never will be */
    WORLD_REASON_BYTES = 512,
};

struct world_options {
    uint64_t seed;
    bool must_be_byzantine;
    bool must_converge;
    bool is_traced; /* events go to stdout */
};

/* Milliseconds of the world -> those of one machine. */
struct clock {
    uint64_t base_ms; /* of the world, when the drift was last changed */
    uint64_t base_mono_ms;
    int64_t drift_ppm;
    int64_t offset_ms; /* of the wall clock */
};

/* A batch on its way to the disk. */
struct job {
    uint64_t line_serial;
    unsigned side;
    uint64_t ticket;
    bool is_for_twin; /* of a node with two faces */
    struct smk_buf message;
};

struct node {
    size_t index;
    struct test_device device;
    const struct org_plan *org;
    const char *offices; /* words with spaces between them, of the newest decision about it */
    size_t inviter;
    bool is_root;     /* holds the root keys */
    bool is_member;   /* certified, and has a disk */
    bool is_up;       /* its process runs */
    bool is_full;     /* its disk */
    uint64_t full_ms; /* when it was full last, and is not any more */
    bool is_in_core;  /* once the faults have stopped */
    unsigned vices;   /* of a Byzantine node (byzantine.h); 0 = honest */
    uint64_t life;    /* raised by every crash: what was meant for an earlier life does not happen */
    struct clock clock;
    struct disk disk;
    struct disk *twin; /* of a node that forks its log: what it shows to every other peer; NULL = none */
    struct job *job;   /* waiting for the disk; the first group_count are being synced */
    size_t job_count;
    size_t group_count;
    bool is_look_due;
    uint64_t heard_sent_ms; /* of all pieces received, the newest time of sending */
    struct holding holding; /* what the ledger knows of its disk */
    struct holding twin_holding;
    uint64_t roster_decided; /* the set of decisions for which its roster was checked */
};

struct edge {
    size_t from; /* dials */
    size_t to;
    bool is_gone; /* dials no more */
    bool is_down;
    bool is_dial_due;
    uint64_t line_serial; /* 0 = there is none */
    uint64_t backoff_ms;
    uint64_t agreements; /* since the faults have stopped */
    struct smk_buf last; /* what the dialling side said on an earlier line */
};

struct weather {
    unsigned delay_min_ms, delay_max_ms;
    unsigned bytes_per_ms; /* of a slow line; 0 = no limit */
    unsigned split_percent;
    /* of 10,000 pieces */
    unsigned cut, cut_mid_frame, held_up, doubled, flipped;
    uint64_t fault_every_ms; /* mean */
    uint64_t write_every_ms; /* mean, of one node */
    bool is_working; /* people write often, and mostly about a few documents, which they bring to their end */
    uint64_t decision_every_ms;
    unsigned sync_min_ms, sync_max_ms;
    unsigned live_percent; /* sides that stay and push */
    uint64_t pause_max_ms; /* between two sessions that ended well */
};

enum phase { PHASE_STORM, PHASE_CALM, PHASE_PUSH };

/* A record on its way over a line that stands (push.h). */
struct push {
    uint64_t line_serial;
    uint64_t until_ms;
    size_t scope, from, to;
};

struct world {
    struct world_options options;
    struct test_rng rng;
    struct queue queue;
    uint64_t now_ms;
    enum phase phase;
    uint64_t storm_ms; /* how long the faults last */
    uint64_t calm_ms;  /* when they stopped */
    bool has_real_keys;
    bool has_real_stores;
    bool must_converge;
    bool takes_rights; /* governance also takes away what it has given */
    bool is_over;
    bool is_hushed; /* nobody dials any more */
    struct push push;
    bool is_crash_due; /* the next sync of a node ends in a crash */
    struct weather weather;
    struct test_dir dir; /* of real stores */

    struct test_coalition coalition;
    struct government government;
    struct ledger ledger;
    struct node node[WORLD_NODES_MAX];
    size_t node_count;
    struct edge edge[WORLD_EDGES_MAX];
    size_t edge_count;
    struct lines lines;

    struct tally tally;
    uint64_t trace; /* hash over all events */
    bool has_failed;
    char reason[WORLD_REASON_BYTES]; /* why */
};

/* Makes the world of a seed and lets it run to its end. True when nothing was violated; otherwise w->reason says what
 * was. The world is to be released in any case. */
bool world_run(struct world *w, struct world_options options);
void world_deinit(struct world *w);

/* Notes a violation; the first one stays. The world ends. */
__attribute__((format(printf, 2, 3))) void world_fail(struct world *w, const char *format, ...);
static inline void world_count(struct world *w, enum fault f)
{
    w->tally.fault[f]++;
}

/* Puts an event that is so many milliseconds away. */
void world_in(struct world *w, uint64_t ms, struct event e);
/* A time around mean, 1 at least. */
uint64_t world_around(struct world *w, uint64_t mean_ms);
uint64_t world_between(struct world *w, uint64_t low, uint64_t high);
/* True so many times out of 10,000. */
bool world_chance(struct world *w, unsigned of_10000);
/* Random text of the trace: what happened, in words. */
__attribute__((format(printf, 2, 3))) void world_tell(struct world *w, const char *format, ...);
/* Mixes into the hash of the trace. */
void world_mix(struct world *w, uint64_t word);
void world_mix_bytes(struct world *w, struct smk_bytes bytes);

/* Somebody may hold less now than before. */
bool world_has_lost_rights(const struct world *w);
bool node_is_honest(const struct node *n);

#endif
