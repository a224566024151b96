#include "tests/sim/queue.h"

#include "proto/check.h"

#include <stdlib.h>

static bool is_before(const struct event *a, const struct event *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void swap(struct event *a, struct event *b)
{
    struct event kept = *a;
    *a = *b;
    *b = kept;
}

void queue_deinit(struct queue *q)
{
    free(q->at);
    *q = (struct queue){0};
}

void queue_put(struct queue *q, struct event e)
{
    if (q->count == q->capacity) {
        SMK_ASSERT(q->capacity < QUEUE_EVENTS_MAX);
        q->capacity = q->capacity > 0 ? 2 * q->capacity : 64;
        q->at = realloc(q->at, q->capacity * sizeof *q->at);
        SMK_ASSERT(q->at != NULL);
    }
    e.order = ++q->last_order;
    size_t i = q->count++;
    q->at[i] = e;
    for (; i > 0 && is_before(&q->at[i], &q->at[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&q->at[i], &q->at[(i - 1) / 2]);
}

bool queue_take(struct queue *q, struct event *ret_event)
{
    if (q->count == 0)
        return false;
    *ret_event = q->at[0];
    q->at[0] = q->at[--q->count];
    for (size_t i = 0;;) {
        size_t least = 2 * i + 1;
        if (least >= q->count)
            return true;
        if (least + 1 < q->count && is_before(&q->at[least + 1], &q->at[least]))
            least++;
        if (!is_before(&q->at[least], &q->at[i]))
            return true;
        swap(&q->at[i], &q->at[least]);
        i = least;
    }
}
