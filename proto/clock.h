/* proto/clock.h: what a record had seen: for each log of its scope the newest record in its causal past.
 *
 * Shape    an immutable tree of 16 slots a level, keyed by the number of a log; trees share whatever they have in
 *          common, so a record costs memory only where it saw something new.
 * Source   PROTOCOL.md section 4.1: the causal past is the closure over deps and prev.
 * Memory   trees live in the space's arena and die with it.   Secrets  none.   Threads  one at a time per space.
 */
#ifndef SMK_PROTO_CLOCK_H
#define SMK_PROTO_CLOCK_H

#include "proto/arena.h"

struct smk_clock; /* opaque; NULL has seen nothing */

struct smk_clock_space {
    struct smk_arena arena;
    unsigned levels; /* of every tree here: set by smk_clock_space_init */
    bool is_full;    /* memory ran out: clocks made since then are too low */
};

/* Logs are numbered 0..log_count-1. Takes no memory. */
void smk_clock_space_init(struct smk_clock_space *s, size_t log_count);
void smk_clock_space_deinit(struct smk_clock_space *s); /* works on a zeroed object */

/* Newest seq seen of a log; 0 = none. */
uint64_t smk_clock_get(const struct smk_clock_space *s, const struct smk_clock *c, uint32_t log);
/* c with at least seq for a log. */
const struct smk_clock *smk_clock_raise(struct smk_clock_space *s, const struct smk_clock *c, uint32_t log,
                                        uint64_t seq);
/* All that a or b has seen. Trees that share their lower parts are joined without looking into them. */
const struct smk_clock *smk_clock_join(struct smk_clock_space *s, const struct smk_clock *a,
                                       const struct smk_clock *b);

#endif
