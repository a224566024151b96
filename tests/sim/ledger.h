/* tests/sim/ledger.h: what was written in a world and what was promised, kept outside of every node.
 *
 * Shape    for each log the ids of its records as their author made them; for each disk how far it holds each log, and
 *          how far it must hold it for ever: what was acknowledged to a peer, or to the person who wrote it. A disk is
 *          read on from where the ledger stood before; after a restart from its beginning.
 *          A record of an honest author stands in the ledger when the author's disk has it, so whatever else turns up
 *          under an honest name is a violation. A Byzantine author may make several records for one place.
 * Memory   owned by ledger and holdings.   Secrets  none.   Threads  one at a time.
 */
#ifndef SMK_TESTS_SIM_LEDGER_H
#define SMK_TESTS_SIM_LEDGER_H

#include "proto/log.h"
#include "proto/logmap.h"
#include "tests/sim/disk.h"
#include "tests/sim/government.h"

enum { LEDGER_LOGS_MAX = 1 << 16 };

struct world;
struct node;

struct ledger_record {
    uint8_t id[SMK_ID_BYTES];
    uint8_t prev[SMK_ID_BYTES];
    uint64_t time;
    uint64_t seq;
    bool is_flawed; /* signed, but breaking its chain: nobody may hold it, yet it proves a fork */
};

struct ledger_log {
    uint8_t log_id[SMK_ID_BYTES];
    size_t author; /* node */
    size_t scope;  /* of the government's */
    bool is_forked;
    uint64_t forked_at; /* the lowest place with two records */
    struct ledger_record *at;
    size_t count;
    size_t capacity;
};

struct ledger {
    struct smk_logmap index; /* log id -> log */
    struct ledger_log *log;
    size_t log_count;
    size_t log_capacity;
};

/* One log on one disk. */
struct held {
    uint64_t seq; /* the newest that is not in dispute */
    uint64_t promised;
    uint64_t fork;            /* from where on all is in dispute; 0 = nothing is */
    uint8_t id[SMK_ID_BYTES]; /* at seq */
};

struct holding {
    uint64_t cursor;                         /* arrivals up to it were looked at, */
    uint64_t fork_cursor;                    /* and proofs of forks */
    bool is_stale;                           /* governance came into dispute: it has to be read anew */
    bool welcomed[GOVERNMENT_DECISIONS_MAX]; /* decisions that came with the welcome */
    struct held *held;                       /* by number of the ledger's log */
    size_t held_count;
    bool decided
        [GOVERNMENT_DECISIONS_MAX]; /* decisions of the government that are held, or came with the welcome */
    bool recorded[GOVERNMENT_DECISIONS_MAX]; /* those that are held as records */
    uint64_t decided_hash;                   /* of the set of all of them */
    uint64_t records;
    size_t last_log; /* the log that was looked up last; SIZE_MAX = none */
};

void ledger_init(struct ledger *l);
void ledger_deinit(struct ledger *l);
void holding_init(struct holding *h);
void holding_deinit(struct holding *h);

/* Looks at what has arrived on a disk of n and judges it: chain, author, scope, payload. */
void ledger_look(struct world *w, struct node *n, struct disk *d, struct holding *h);
/* The same from the beginning, after a restart; everything promised must be there. */
void ledger_look_again(struct world *w, struct node *n, struct disk *d, struct holding *h);
/* Decisions that came with the welcome. */
void ledger_welcome(struct world *w, struct holding *h, struct smk_bytes welcome);

/* n's disk must hold this now, and for ever after. */
void ledger_promise(struct world *w, struct node *n, const struct smk_log_run *run);
/* Everything on n's disk that n wrote itself. */
void ledger_promise_own(struct world *w, struct node *n);

/* Number of the log; log_count when there is none. */
size_t ledger_find(const struct ledger *l, const uint8_t log_id[SMK_ID_BYTES]);
/* A flawed record that a Byzantine author has signed, in a log that there is. */
void ledger_confess(struct world *w, const struct node *author, const struct smk_record *r);
/* True when the author has made two records for this place, and these are two of them. */
bool ledger_has_fork(const struct ledger_log *log, const struct smk_fork *fork);

#endif
