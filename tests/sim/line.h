/* tests/sim/line.h: connections between two nodes, and what drives the sessions at their ends.
 *
 * Shape    a line carries bytes both ways, in order, in pieces that take their time, until it breaks, as TCP does.
 *          A side drives its session as the daemon's link does (node/link.c): one step, what it asks for, SENT while it
 *          has more and the line is not too full.
 * Memory   lines are owned by the world and live until both sides have gone.
 * Secrets  none.   Threads  one at a time.
 */
#ifndef SMK_TESTS_SIM_LINE_H
#define SMK_TESTS_SIM_LINE_H

#include "proto/session.h"
#include "tests/sim/queue.h"

struct world;
struct node;
struct job;
struct rogue;
struct mask;

enum { LINE_NO_EDGE = 0xffff };

struct piece {
    struct piece *next;
    uint64_t sent_ms;
    size_t len;
    uint8_t bytes[];
};

struct side {
    struct node *node; /* NULL: somebody from outside */
    struct smk_session *session;
    struct rogue *rogue; /* instead of a session */
    struct mask *mask;   /* of a Byzantine node: what its session sees */
    bool is_for_twin;
    bool is_live; /* its session stays and pushes */
    bool is_gone; /* has hung up, or died */
    bool is_deaf; /* what is sent to it does not arrive */
    bool has_step_due;
    bool has_ended; /* its session has, with: */
    enum smk_err ended;
    uint64_t decided_hash;      /* what its node knew of decisions when the line began */
    uint64_t wake_ms;           /* its node's monotonic clock */
    uint64_t wake_due_ms;       /* the soonest wake-up in the queue, the world's clock; 0 = none */
    struct piece *first, *last; /* on the way to this side */
    size_t queued_bytes;
    uint64_t last_at_ms; /* arrival of the newest piece */
    struct smk_session_status status;
};

struct line {
    uint64_t serial;
    size_t edge; /* LINE_NO_EDGE: an attacker's */
    unsigned delay_min_ms, delay_max_ms;
    bool is_spoiled; /* bytes were changed on the way */
    bool is_broken;
    bool has_refused_author; /* a side waits for governance that the other one cannot give */
    bool is_dripping;
    bool has_gap; /* a piece was held up for seconds */
    uint64_t began_ms;
    struct side side[2]; /* [0] has dialled */
};

struct lines {
    struct line **at; /* NULL = free */
    size_t count;
    uint64_t last_serial;
};

void lines_deinit(struct world *w);
/* NULL when it is gone. */
struct line *line_find(struct world *w, uint64_t serial);
/* Any line that still has both sides; NULL when there is none. */
struct line *line_any(struct world *w);

/* An edge is dialled after so long, unless it waits for that already. */
void edge_dial_later(struct world *w, size_t edge, uint64_t ms);
void edge_dial(struct world *w, const struct event *e);
/* Somebody from outside connects and says what was said on an earlier line. */
void line_replay(struct world *w, size_t edge);

/* What the queue says. */
void line_mail(struct world *w, const struct event *e);
void line_hangup(struct world *w, const struct event *e);
void line_wake(struct world *w, const struct event *e);
void line_rogue(struct world *w, const struct event *e);

/* Bytes in flight are lost, both sides notice. */
void line_cut(struct world *w, struct line *l);
/* Every line of a node loses its side there. */
void lines_drop_node(struct world *w, struct node *n, bool is_silent);
/* The view of the node has moved; except: serial of a line, 0 = none. */
void lines_arrived(struct world *w, struct node *n, uint64_t except);
/* Tells the session of a batch what has become of it. */
void line_stored(struct world *w, const struct job *job, const struct smk_event *answer);
/* The sessions of an edge's line end in good order. */
void edge_stop(struct world *w, size_t edge);

#endif
