/* tests/sim/queue.h: what will happen in a world, soonest first.
 *
 * Shape    a binary heap; two events of one moment happen in the order in which they were put.
 * Memory   owns its array, at most QUEUE_EVENTS_MAX.   Secrets  none.   Threads  one at a time per object.
 */
#ifndef SMK_TESTS_SIM_QUEUE_H
#define SMK_TESTS_SIM_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { QUEUE_EVENTS_MAX = 1 << 20 };

enum happening {
    HAPPENS_MAIL,    /* bytes reach a side of a line */
    HAPPENS_HANGUP,  /* a side notices that the other has hung up */
    HAPPENS_WAKE,    /* a session wants to be woken */
    HAPPENS_SYNC,    /* a node's writer has synced */
    HAPPENS_LOOK,    /* a node looks at what was written locally */
    HAPPENS_WRITE,   /* somebody writes at a node */
    HAPPENS_DIAL,    /* an edge is dialled */
    HAPPENS_FAULT,   /* the weather strikes */
    HAPPENS_CRASH,   /* a node crashes while its writer syncs */
    HAPPENS_RESTART, /* a node comes back */
    HAPPENS_MEND,    /* a fault of a node or an edge ends */
    HAPPENS_ROGUE,   /* a rogue says the next thing */
    HAPPENS_DECISION,
    HAPPENS_CHECK,
    HAPPENINGS
};

struct event {
    uint64_t at_ms;
    uint64_t order;
    enum happening what;
    uint32_t who;    /* node, edge or place of a line */
    uint32_t part;   /* side of a line, kind of a fault */
    uint64_t serial; /* of the line or the life that it was meant for */
};

struct queue {
    struct event *at;
    size_t count;
    size_t capacity;
    uint64_t last_order;
};

void queue_deinit(struct queue *q);
void queue_put(struct queue *q, struct event e); /* sets e.order */
/* False when nothing will happen any more. */
bool queue_take(struct queue *q, struct event *ret_event);

#endif
