/* tests/support/duel.h: two sessions, a line between them, and a clock that only moves when nothing else does.
 *
 * Shape    the line is two queues of bytes, delivered in random pieces; batches are stored by the memory nodes at a
 *          random later moment; whatever can happen next is chosen by the random numbers.
 * Memory   owns the sessions and the queues; BORROWS the nodes.   Secrets  none.   Threads  one at a time.
 */
#ifndef SMK_TESTS_SUPPORT_DUEL_H
#define SMK_TESTS_SUPPORT_DUEL_H

#include "tests/support/memory_node.h"
#include "tests/support/rng.h"

struct duel_batch {
    uint64_t ticket;
    struct smk_buf message;
};

struct duel_side {
    struct memory_node *node;
    struct smk_session *session;
    struct smk_buf inbox;     /* on its way to this side */
    struct duel_batch *batch; /* handed out, not stored */
    size_t batch_count;
    bool has_more;
    bool has_join;
    struct smk_join_request join;
    bool is_over;     /* finished or failed */
    enum smk_err err; /* how it failed */
    uint64_t wake_ms;
    size_t bytes_out;
    size_t step_bytes_max; /* the most that one step wanted to send */
    unsigned notices[SMK_NOTICES];
    struct smk_buf welcome;
    struct smk_session_status status; /* after the newest step */
};

struct duel_options {
    uint64_t seed;
    bool is_live[2];
    size_t cut_after;                  /* the line breaks when so many bytes were delivered; 0 = never */
    size_t chunk_max;                  /* of one delivery; 0 = whatever is there */
    bool has_to_wait_to_store;         /* batches are stored only when nothing else can happen */
    const struct smk_invitation *join; /* side 0 joins with it */
    void (*on_step)(bool begins);      /* called around every step of a session; NULL = nobody cares */
};

struct duel {
    struct duel_side side[2]; /* [0] is the initiator */
    struct test_rng rng;
    struct duel_options options;
    uint64_t now_ms;
    uint64_t wall_ms;
    size_t delivered;
    bool is_cut;
};

/* Called between two events, about once in ten; for local writes in mid-session. */
typedef void duel_meddle_fn(void *ctx, struct duel *d);

void duel_begin(struct duel *d, struct memory_node *initiator, struct memory_node *responder,
                struct duel_options options);
void duel_end(struct duel *d);

/* Runs until both are over or nothing is left but waiting. */
void duel_run(struct duel *d, duel_meddle_fn *meddle, void *ctx);
/* Lets time pass until the next wake-up, then runs. False when nobody wants to be woken. */
bool duel_wait(struct duel *d);
/* Gives one event to a side, with all that follows from its update. */
enum smk_err duel_event(struct duel *d, unsigned side, struct smk_event ev);

/* A whole session of two nodes that ends by itself; asserts nothing. Only numbers of ret_side are alive. */
void duel_once(struct memory_node *initiator, struct memory_node *responder, struct duel_options options,
               struct duel_side ret_side[2]);

#endif
