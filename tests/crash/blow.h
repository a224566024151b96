/* tests/crash/blow.h: one kill -9 at a random instant of the data flow, and the look at what is left.
 *
 * Shape    a blow starts what it is about, notes every promise that is made, kills, and checks. What is drawn (kind, and
 *          the instant) comes from the seed; what the machine makes of it does not.
 * Memory   none of its own.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TESTS_CRASH_BLOW_H
#define SMK_TESTS_CRASH_BLOW_H

#include "tests/crash/world.h"
#include "tests/support/rng.h"

enum crash_blow {
    CRASH_BLOW_IMPORT,   /* the member's `samaki import` */
    CRASH_BLOW_SYNC,     /* the member's `samaki sync`, which is giving */
    CRASH_BLOW_RECEIVER, /* the secretariat's samakid, which is taking from that sync */
    CRASH_BLOW_SENDER,   /* the member's samakid, while `samaki put` feeds it */
    CRASH_BLOW_PUT,      /* a `samaki put`, one of many, beside both daemons */
    CRASH_BLOWS,
};

struct crash_tally {
    uint64_t kills; /* of programs that were alive */
    uint64_t kills_of[CRASH_BLOWS];
    uint64_t burst_kills; /* of writers and indexes that are nothing else */
    uint64_t lost;
    uint64_t failed_opens;
    uint64_t unclean_audits;
    /* Of the index, as burst.h has them. */
    uint64_t behind, other_indexes, documents;
};

/* How long each kind of work takes when nobody kills it; learned on the way. */
struct crash_pace {
    uint64_t span_us[CRASH_BLOWS];
};
extern const char *const crash_blow_name[CRASH_BLOWS];

/* False, having said why, when the blow could not be struck at all (a program that cannot be started). */
bool crash_blow_strike(struct crash_world *w, enum crash_blow blow, struct test_rng *rng,
                       struct crash_pace *pace, struct crash_tally *tally);
/* Lets everything end in peace: all is brought in and synced; audits both. False as above. */
bool crash_blow_finish(struct crash_world *w, struct crash_tally *tally);

#endif
