#include "tests/sim/line.h"

#include "proto/check.h"
#include "tests/sim/byzantine.h"
#include "tests/sim/node.h"
#include "tests/sim/rogue.h"
#include "tests/sim/side.h"
#include "tests/sim/world.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { BACKOFF_FIRST_MS = 500, BACKOFF_LATEST_MS = 60 * 1000 };

/* ---- finding ---- */

struct line *line_find(struct world *w, uint64_t serial)
{
    for (size_t i = 0; i < w->lines.count; i++)
        if (w->lines.at[i] != NULL && w->lines.at[i]->serial == serial)
            return w->lines.at[i];
    return NULL;
}

/* The line that an event was meant for. */
static struct line *line_of(struct world *w, const struct event *e)
{
    struct line *l = e->who < w->lines.count ? w->lines.at[e->who] : NULL;
    return l != NULL && l->serial == e->serial ? l : NULL;
}

struct line *line_any(struct world *w)
{
    size_t start = w->lines.count > 0 ? (size_t)test_rng_below(&w->rng, w->lines.count) : 0;
    for (size_t i = 0; i < w->lines.count; i++) {
        struct line *l = w->lines.at[(start + i) % w->lines.count];
        if (l != NULL && !l->side[0].is_gone && !l->side[1].is_gone)
            return l;
    }
    return NULL;
}

/* ---- life ---- */

static struct line *line_new(struct world *w, size_t edge)
{
    size_t at = 0;
    while (at < w->lines.count && w->lines.at[at] != NULL)
        at++;
    if (at == w->lines.count) {
        w->lines.at = realloc(w->lines.at, (at + 1) * sizeof(struct line *));
        SMK_ASSERT(w->lines.at != NULL);
        w->lines.count++;
    }
    struct line *l = calloc(1, sizeof *l);
    SMK_ASSERT(l != NULL);
    l->serial = ++w->lines.last_serial;
    l->edge = edge;
    l->began_ms = w->now_ms;
    l->delay_min_ms = (unsigned)world_between(w, w->weather.delay_min_ms, w->weather.delay_max_ms);
    l->delay_max_ms = l->delay_min_ms + 1 + l->delay_min_ms / 4;
    w->lines.at[at] = l;
    w->tally.lines++;
    return l;
}

static void pieces_drop(struct side *s)
{
    while (s->first != NULL) {
        struct piece *next = s->first->next;
        free(s->first);
        s->first = next;
    }
    s->last = NULL;
    s->queued_bytes = 0;
}

static void line_free(struct line *l)
{
    for (unsigned i = 0; i < 2; i++) {
        side_close(&l->side[i]);
        pieces_drop(&l->side[i]);
    }
    free(l);
}

void lines_deinit(struct world *w)
{
    for (size_t i = 0; i < w->lines.count; i++)
        if (w->lines.at[i] != NULL)
            line_free(w->lines.at[i]);
    free(w->lines.at);
    w->lines = (struct lines){0};
}

/* ---- edges ---- */

void edge_dial_later(struct world *w, size_t edge, uint64_t ms)
{
    struct edge *g = &w->edge[edge];
    if (g->is_dial_due || g->is_gone || g->line_serial != 0)
        return;
    g->is_dial_due = true;
    world_in(w, ms, (struct event){.what = HAPPENS_DIAL, .who = (uint32_t)edge});
}

static void edge_back_off(struct world *w, struct edge *g)
{
    uint64_t wait_ms = g->backoff_ms - test_rng_below(&w->rng, g->backoff_ms / 4 + 1);
    g->backoff_ms = 2 * g->backoff_ms < BACKOFF_LATEST_MS ? 2 * g->backoff_ms : BACKOFF_LATEST_MS;
    edge_dial_later(w, (size_t)(g - w->edge), wait_ms);
}

void edge_dial(struct world *w, const struct event *e)
{
    struct edge *g = &w->edge[e->who];
    struct node *from = &w->node[g->from], *to = &w->node[g->to];
    g->is_dial_due = false;
    if (g->is_gone || g->line_serial != 0 || !from->is_up || w->is_hushed)
        return;
    if (g->is_down || !to->is_up) {
        edge_back_off(w, g);
        return;
    }
    struct line *l = line_new(w, e->who);
    g->line_serial = l->serial;
    l->is_dripping = byzantine_drips(w, from) || byzantine_drips(w, to);
    world_tell(w, "line %" PRIu64 ": node %zu dials node %zu", l->serial, g->from, g->to);
    side_open(w, l, 1, to);
    side_open(w, l, 0, from);
}

/* Both sides have gone. */
static void edge_ended(struct world *w, struct line *l)
{
    struct edge *g = &w->edge[l->edge];
    const struct smk_session_status *s = &l->side[0].status;
    g->line_serial = 0;
    bool was_of_use = s->is_agreed || s->records_received > 0 || s->records_sent > 0;
    if (was_of_use)
        g->backoff_ms = BACKOFF_FIRST_MS;
    if (s->is_complete && w->phase == PHASE_STORM)
        edge_dial_later(w, l->edge, world_between(w, 1, w->weather.pause_max_ms));
    else
        edge_back_off(w, g);
}

void edge_stop(struct world *w, size_t edge)
{
    for (unsigned i = 0; i < 2; i++) {
        struct line *l = line_find(w, w->edge[edge].line_serial);
        if (l == NULL || l->side[i].is_gone || l->side[i].session == NULL)
            continue;
        side_drive(w, l, i, (struct smk_event){.type = SMK_EV_STOP});
        line_release(w, l);
    }
}

void line_replay(struct world *w, size_t edge)
{
    struct edge *g = &w->edge[edge];
    struct node *to = &w->node[g->to];
    if (g->last.len == 0 || !to->is_up || !node_is_honest(to))
        return;
    struct line *l = line_new(w, LINE_NO_EDGE);
    world_tell(w, "line %" PRIu64 ": somebody replays to node %zu what node %zu said before", l->serial,
               g->to, g->from);
    world_count(w, FAULT_REPLAYED);
    side_open(w, l, 1, to);
    side_open_replay(w, l, smk_buf_view(&g->last));
}

/* ---- the end of a line ---- */

void line_release(struct world *w, struct line *l)
{
    if (!l->side[0].is_gone || !l->side[1].is_gone)
        return;
    size_t at = 0;
    while (w->lines.at[at] != l)
        at++;
    w->lines.at[at] = NULL;
    if (l->edge != LINE_NO_EDGE)
        edge_ended(w, l);
    line_free(l);
}

static uint32_t place_of(const struct world *w, const struct line *l)
{
    size_t at = 0;
    while (w->lines.at[at] != l)
        at++;
    return (uint32_t)at;
}

void line_put(struct world *w, struct line *l, enum happening what, unsigned side, uint64_t in_ms)
{
    world_in(w, in_ms,
             (struct event){.what = what, .who = place_of(w, l), .part = side, .serial = l->serial});
}

void line_hang_up(struct world *w, struct line *l, unsigned from)
{
    struct side *other = &l->side[1 - from];
    l->side[from].is_gone = true;
    side_close(&l->side[from]);
    pieces_drop(&l->side[from]);
    if (other->is_gone)
        return;
    uint64_t at_ms = w->now_ms + world_between(w, l->delay_min_ms, l->delay_max_ms);
    if (other->last_at_ms > at_ms)
        at_ms = other->last_at_ms;
    line_put(w, l, HAPPENS_HANGUP, 1 - from, at_ms - w->now_ms);
}

void line_cut(struct world *w, struct line *l)
{
    for (unsigned i = 0; i < 2; i++) {
        pieces_drop(&l->side[i]);
        l->side[i].last_at_ms = w->now_ms;
        l->side[i].is_deaf = true;
        if (!l->side[i].is_gone)
            line_put(w, l, HAPPENS_HANGUP, i, world_between(w, 1, 3000));
    }
    l->is_broken = true;
}

void line_hangup(struct world *w, const struct event *e)
{
    struct line *l = line_of(w, e);
    if (l == NULL || l->side[e->part].is_gone || (l->side[e->part].is_deaf && !l->is_broken))
        return;
    side_line_closed(w, l, e->part);
    line_release(w, l);
}

void lines_drop_node(struct world *w, struct node *n, bool is_silent)
{
    for (size_t i = 0; i < w->lines.count; i++) {
        struct line *l = w->lines.at[i];
        for (unsigned side = 0; l != NULL && side < 2; side++) {
            struct side *s = &l->side[side];
            if (s->node != n || s->is_gone)
                continue;
            if (side == 0 && l->edge != LINE_NO_EDGE) {
                w->edge[l->edge].line_serial = 0; /* it may dial anew before the other side has noticed */
                l->edge = LINE_NO_EDGE;
            }
            if (is_silent) {
                s->is_gone = true;
                side_close(s);
                pieces_drop(s);
            } else {
                line_hang_up(w, l, side);
            }
        }
        if (l != NULL)
            line_release(w, l);
    }
}

/* ---- events of the sessions ---- */

void line_wake(struct world *w, const struct event *e)
{
    struct line *l = line_of(w, e);
    if (l == NULL || l->side[e->part].is_gone)
        return;
    struct side *s = &l->side[e->part];
    if (s->wake_due_ms > w->now_ms)
        return; /* another one will come */
    s->wake_due_ms = 0;
    if (node_mono_ms(w, s->node) < s->wake_ms) {
        side_wake_later(w, l, e->part);
        return;
    }
    side_drive(w, l, e->part, (struct smk_event){.type = SMK_EV_TIME});
    line_release(w, l);
}

void line_rogue(struct world *w, const struct event *e)
{
    struct line *l = line_of(w, e);
    if (l == NULL || l->side[e->part].is_gone)
        return;
    side_rogue_speaks(w, l, e->part);
    line_release(w, l);
}

void lines_arrived(struct world *w, struct node *n, uint64_t except)
{
    for (size_t i = 0; i < w->lines.count; i++)
        for (unsigned side = 0; w->lines.at[i] != NULL && side < 2; side++) {
            struct line *l = w->lines.at[i];
            const struct side *s = &l->side[side];
            if (s->node != n || s->is_gone || s->session == NULL || l->serial == except || s->mask != NULL)
                continue;
            side_drive(w, l, side, (struct smk_event){.type = SMK_EV_ARRIVED});
            line_release(w, l);
        }
}

void line_stored(struct world *w, const struct job *job, const struct smk_event *answer)
{
    struct line *l = line_find(w, job->line_serial);
    if (l == NULL || l->side[job->side].is_gone)
        return;
    l->has_refused_author = l->has_refused_author || answer->verdict == SMK_ERR_UNKNOWN_AUTHOR;
    side_drive(w, l, job->side, *answer);
    line_release(w, l);
}
