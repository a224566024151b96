/* tests/sim/rogue.h: an end of a line that is no session: somebody from outside who replays old bytes, or a Byzantine
 * node that says nothing, garbage, or, after a proper handshake, whatever its vices suggest.
 *
 * Shape    rogue_speak is called again and again and says the next thing; what the other side says goes to rogue_hear.
 * Memory   owned by the rogue; the node is BORROWED.   Secrets  none.   Threads  one at a time.
 */
#ifndef SMK_TESTS_SIM_ROGUE_H
#define SMK_TESTS_SIM_ROGUE_H

#include "proto/channel.h"
#include "tests/sim/world.h"

enum rogue_kind { ROGUE_REPLAYS, ROGUE_SILENT, ROGUE_GARBAGE, ROGUE_SPEAKS };

struct rogue {
    enum rogue_kind kind;
    struct node *node; /* NULL: from outside */
    bool is_initiator;
    bool is_lost; /* the other side makes no sense any more, or has closed */
    struct smk_noise noise;
    struct smk_channel channel;
    bool has_channel;
    bool has_said_hello;
    bool has_heard_hello;
    struct smk_buf in;     /* not yet looked at */
    struct smk_buf script; /* of a replay */
    unsigned said;         /* messages */
    unsigned most;
    uint64_t round;
    uint64_t next_batch;
};

/* What node n has instead of a session this time; NULL: a session after all. */
struct rogue *rogue_of(struct world *w, struct node *n, bool is_initiator);
struct rogue *rogue_replay(struct world *w, struct smk_bytes said);
void rogue_free(struct rogue *r); /* NULL does nothing */

void rogue_hear(struct rogue *r, struct smk_bytes bytes);
/* Appends what it says now. False: it hangs up. */
bool rogue_speak(struct world *w, struct rogue *r, struct smk_buf *out);
uint64_t rogue_pause_ms(struct world *w, const struct rogue *r);

/* ---- rogue_words.c ---- */

/* Appends the body of some message that suits the vices, and gives its type. */
uint8_t rogue_word(struct world *w, struct rogue *r, struct smk_buf *body);

/* ---- rogue_records.c ---- */

/* True records in the wrong place, with a changed byte, or of a scope that is not shared; nothing when it has none. */
void rogue_records(struct world *w, struct rogue *r, struct smk_buf *b);
/* A well signed record of its own that breaks a rule of its chain: a gap, a time that does not rise, an open where none
 * may be, none where one must be, a payload that is not canonical; nothing when it has no log. */
void rogue_flaw(struct world *w, struct rogue *r, struct smk_buf *b);

#endif
