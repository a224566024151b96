#include "proto/check.h"
#include "tests/sim/node.h"
#include "tests/sim/rogue.h"
#include "tests/sim/side.h"

#include <stdlib.h>
#include <string.h>

enum {
    RECORDED_BYTES_MAX = 64 * 1024,
    HELD_UP_MAX_MS = 30 * 1000,
    DRIP_MAX_BYTES = 24,
    DRIP_BYTES_MAX = 4000
};

/* Faults stay away from lines inside the core once they have stopped. */
static bool is_exposed(const struct world *w, const struct line *l)
{
    const struct node *a = l->side[0].node, *b = l->side[1].node;
    return w->phase == PHASE_STORM || a == NULL || b == NULL || !a->is_in_core || !b->is_in_core;
}

/* ---- sending ---- */

static void record(struct world *w, struct line *l, struct smk_bytes bytes)
{
    if (l->edge == LINE_NO_EDGE)
        return;
    struct smk_buf *last = &w->edge[l->edge].last;
    last->max = RECORDED_BYTES_MAX;
    if (l->side[0].status.line_bytes_sent == bytes.len) /* the first ones of this line */
        smk_buf_reset(last);
    if (last->len + bytes.len <= last->max)
        smk_buf_write_bytes(last, bytes);
}

static void piece_put(struct world *w, struct line *l, unsigned to, struct smk_bytes bytes, uint64_t delay_ms)
{
    struct side *s = &l->side[to];
    struct piece *p = malloc(sizeof *p + bytes.len);
    SMK_ASSERT(p != NULL);
    *p = (struct piece){.sent_ms = w->now_ms, .len = bytes.len};
    memcpy(p->bytes, bytes.data, bytes.len);
    if (s->last != NULL)
        s->last->next = p;
    else
        s->first = p;
    s->last = p;
    s->queued_bytes += bytes.len;
    uint64_t at_ms = w->now_ms + delay_ms;
    if (at_ms < s->last_at_ms)
        at_ms = s->last_at_ms;
    if (w->weather.bytes_per_ms > 0)
        at_ms += bytes.len / w->weather.bytes_per_ms;
    s->last_at_ms = at_ms;
    line_put(w, l, HAPPENS_MAIL, to, at_ms - w->now_ms);
}

static void drip(struct world *w, struct line *l, unsigned to, struct smk_bytes bytes)
{
    size_t used = 0;
    while (used < bytes.len) {
        size_t len = 1 + (size_t)test_rng_below(&w->rng, DRIP_MAX_BYTES);
        if (len > bytes.len - used || used > DRIP_BYTES_MAX)
            len = bytes.len - used;
        uint64_t from_ms = l->side[to].last_at_ms > w->now_ms ? l->side[to].last_at_ms - w->now_ms : 0;
        piece_put(w, l, to, (struct smk_bytes){bytes.data + used, len}, from_ms + world_between(w, 20, 2000));
        used += len;
    }
}

void side_send(struct world *w, struct line *l, unsigned from, struct smk_bytes bytes)
{
    unsigned to = 1 - from;
    uint64_t delay_ms = world_between(w, l->delay_min_ms, l->delay_max_ms);
    if (bytes.len == 0)
        return;
    if (from == 0)
        record(w, l, bytes);
    if (l->side[to].is_gone || l->side[to].is_deaf)
        return;
    const struct node *speaker = l->side[from].node;
    if (l->is_dripping && speaker != NULL && !node_is_honest(speaker)) {
        drip(w, l, to, bytes);
        return;
    }
    if (is_exposed(w, l) && world_chance(w, w->weather.held_up)) {
        delay_ms += world_between(w, 1000, HELD_UP_MAX_MS);
        world_count(w, FAULT_HELD_UP);
        l->has_gap = true;
    }
    piece_put(w, l, to, bytes, delay_ms);
}

/* ---- delivering ---- */

static void hear(struct world *w, struct line *l, unsigned at, struct smk_bytes bytes)
{
    struct side *s = &l->side[at];
    if (s->is_gone || bytes.len == 0)
        return;
    world_mix_bytes(w, bytes);
    if (s->session == NULL) {
        if (s->rogue != NULL)
            rogue_hear(s->rogue, bytes);
        return;
    }
    uint8_t *exact = malloc(bytes.len); /* exact size: a sanitizer sees one byte too far */
    SMK_ASSERT(exact != NULL);
    memcpy(exact, bytes.data, bytes.len);
    side_drive(w, l, at, (struct smk_event){.type = SMK_EV_RECEIVED, .received = {exact, bytes.len}});
    free(exact);
}

/* The line had been full: its sender may go on. */
static void sender_goes_on(struct world *w, struct line *l, unsigned from)
{
    if (!l->side[from].is_gone && l->side[from].has_step_due)
        side_drive(w, l, from, (struct smk_event){.type = SMK_EV_SENT});
}

static struct piece *piece_take(struct side *s)
{
    struct piece *p = s->first;
    if (p == NULL)
        return NULL;
    s->first = p->next;
    if (s->first == NULL)
        s->last = NULL;
    s->queued_bytes -= p->len;
    return p;
}

/* Only a part arrives now; the rest comes as a piece of its own, before all others. */
static void piece_split(struct world *w, struct line *l, unsigned at, struct piece *p, size_t len)
{
    struct side *s = &l->side[at];
    struct piece *rest = malloc(sizeof *rest + p->len - len);
    SMK_ASSERT(rest != NULL);
    *rest = (struct piece){.next = s->first, .sent_ms = p->sent_ms, .len = p->len - len};
    memcpy(rest->bytes, p->bytes + len, rest->len);
    s->first = rest;
    if (s->last == NULL)
        s->last = rest;
    s->queued_bytes += rest->len;
    p->len = len;
    line_put(w, l, HAPPENS_MAIL, at, world_between(w, 0, 20));
}

static void note_order(struct world *w, struct node *n, const struct piece *p)
{
    if (n == NULL)
        return;
    if (p->sent_ms < n->heard_sent_ms)
        world_count(w, FAULT_OVERTAKEN);
    else
        n->heard_sent_ms = p->sent_ms;
}

static void piece_deliver(struct world *w, struct line *l, unsigned at, struct piece *p)
{
    const struct weather *weather = &w->weather;
    struct smk_bytes whole = {p->bytes, p->len};
    note_order(w, l->side[at].node, p);
    if (!is_exposed(w, l)) {
        hear(w, l, at, whole);
        return;
    }
    if (p->len > 1 && world_chance(w, weather->cut_mid_frame)) {
        world_count(w, FAULT_CUT_MID_FRAME);
        hear(w, l, at, (struct smk_bytes){p->bytes, 1 + (size_t)test_rng_below(&w->rng, p->len - 1)});
        line_cut(w, l);
        return;
    }
    if (world_chance(w, weather->cut)) {
        world_count(w, FAULT_CUT);
        line_cut(w, l);
        return;
    }
    if (world_chance(w, weather->flipped)) {
        world_count(w, FAULT_FLIPPED);
        l->is_spoiled = true;
        p->bytes[test_rng_below(&w->rng, p->len)] ^= (uint8_t)(1u << test_rng_below(&w->rng, 8));
    }
    bool is_doubled = world_chance(w, weather->doubled);
    if (is_doubled) {
        world_count(w, FAULT_DOUBLED);
        l->is_spoiled = true;
        hear(w, l, at, whole);
    }
    if (test_rng_chance(&w->rng, weather->split_percent) && p->len > 1 && !is_doubled) {
        piece_split(w, l, at, p, 1 + (size_t)test_rng_below(&w->rng, p->len - 1));
        whole.len = p->len;
    }
    hear(w, l, at, whole);
}

void line_mail(struct world *w, const struct event *e)
{
    struct line *l = e->who < w->lines.count ? w->lines.at[e->who] : NULL;
    if (l == NULL || l->serial != e->serial)
        return;
    struct piece *p = piece_take(&l->side[e->part]);
    if (p == NULL)
        return;
    if (!l->side[e->part].is_gone && !l->side[e->part].is_deaf) {
        piece_deliver(w, l, e->part, p);
        sender_goes_on(w, l, 1 - e->part);
    }
    free(p);
    line_release(w, l);
}
