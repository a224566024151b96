/* tests/fuzz/session_play.h: two nodes, the session of one of them, and a puppet in the place of the other.
 *
 * Shape    every scene begins the same way each time: keys, handshake and records follow from the scene alone, so that
 *          what an honest peer said once can be said again.
 * Memory   owned by the play; what cannot fail in a test stops the program.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TESTS_FUZZ_SESSION_PLAY_H
#define SMK_TESTS_FUZZ_SESSION_PLAY_H

#include "tests/support/puppet.h"

/* Operations of an input, by their first byte. */
enum op {
    OP_SAY,    /* type (1 byte), length (2), body */
    OP_STORED, /* which (1), answer (1): one that is not real, or from SESSION_REAL_VERDICT on the node's own */
    OP_TIME,   /* quarters of a millisecond (2) */
    OP_ARRIVED, /* what was written (1) */
    OP_SENT,
    OP_FULL,
    OP_STOP,
    OP_LINE_CLOSED,
    OP_RAW,      /* length (1), bytes */
    OP_ADMITTED, /* refused (1) */
    OP_HELLO,    /* what it says (1) */
    OP_JOIN,
    OP_READ_ERROR, /* whether (1) */
    OPS,
};
enum { SESSION_REAL_VERDICT = 31 };

enum scene {
    SCENE_MEMBER,   /* the node of the secretariat, which knows everybody; the peer is a member's */
    SCENE_NEWCOMER, /* a member's node that has no records yet; the peer is the secretariat's */
    SCENE_LOGS,     /* as the first, with many logs on both sides */
    SCENE_JOIN,     /* a device that joins; the peer invited it */
    SCENE_INVITER,  /* the node that invited; the peer is the device that joins */
    SCENES,
};
enum { FLAG_PEER_BEGAN = 1, FLAG_SHORT = 2, FLAG_SCENE_SHIFT = 2, PLAY_BATCHES_MAX = 64 };

struct play {
    struct test_world *world; /* one for all plays, but for those that add to it */
    struct test_device newcomer;
    struct smk_invitation invitation;
    struct memory_node node; /* of the session */
    const struct test_device *peer;
    struct memory_node *other; /* what the peer holds; NULL unless asked for */
    bool has_own_world;
    bool can_write; /* the node has a certificate */
    struct puppet puppet;
    uint64_t ticket[PLAY_BATCHES_MAX];
    struct smk_buf batch[PLAY_BATCHES_MAX];
    size_t batch_count;
    bool has_join;
    enum smk_err injected; /* the newest verdict that the harness made up */
};

/* Once in the process, before blocks are counted. */
void play_prepare(void);

/* The session has started, nothing was delivered. flags: any. has_other: the peer's node is made as well. */
void play_begin(struct play *p, unsigned flags, bool has_other);
void play_end(struct play *p);

/* Keeps what the newest update handed out. */
void play_note(struct play *p);
/* Lets the node take batch number at, and tells the session. */
enum smk_err play_store(struct play *p, size_t at);
/* Certifies the newcomer as it was invited and appends the welcome. */
void play_welcome(struct play *p, struct smk_buf *b);

#endif
