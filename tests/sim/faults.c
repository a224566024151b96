#include "tests/sim/faults.h"

#include "tests/sim/byzantine.h"
#include "tests/sim/node.h"
#include "tests/sim/topology.h"

#include <inttypes.h>
#include <string.h>

static const int64_t FIFTY_YEARS_MS = (int64_t)50 * 365 * 24 * 3600 * 1000;
enum { DRIFT_PPM_MAX = 50000, WORKING_PERCENT = 16, MEND_DISK, MEND_EDGE };

void weather_draw(struct world *w)
{
    struct weather *at = &w->weather;
    struct test_rng *r = &w->rng;
    unsigned fury = (unsigned)test_rng_below(r, 4); /* 0 calm .. 3 terrible */
    at->delay_min_ms = 1 + (unsigned)test_rng_below(r, 50);
    at->delay_max_ms = at->delay_min_ms + (unsigned)test_rng_below(r, test_rng_chance(r, 30) ? 700 : 100);
    at->bytes_per_ms = test_rng_chance(r, 30) ? 4 + (unsigned)test_rng_below(r, 60) : 0;
    at->split_percent = (unsigned)test_rng_below(r, 30);
    at->cut = fury * (unsigned)test_rng_below(r, 60);
    at->cut_mid_frame = fury * (unsigned)test_rng_below(r, 60);
    at->held_up = fury * (unsigned)test_rng_below(r, 60);
    at->doubled = fury * (unsigned)test_rng_below(r, 20);
    at->flipped = fury * (unsigned)test_rng_below(r, 20);
    at->fault_every_ms = 2000 + test_rng_below(r, 20000) / (fury + 1);
    at->write_every_ms = 4000 + test_rng_below(r, 40000);
    at->is_working = test_rng_chance(r, WORKING_PERCENT);
    if (at->is_working)
        at->write_every_ms = 1000 + test_rng_below(r, 1500);
    at->decision_every_ms = test_rng_chance(r, 60) ? 5000 + test_rng_below(r, 60000) : 0;
    at->sync_min_ms = 1 + (unsigned)test_rng_below(r, 10);
    at->sync_max_ms = at->sync_min_ms + (unsigned)test_rng_below(r, test_rng_chance(r, 20) ? 3000 : 60);
    at->live_percent = test_rng_chance(r, 30) ? 0 : test_rng_chance(r, 50) ? 100 : 50;
    at->pause_max_ms = 2000 + test_rng_below(r, 40000);
}

/* ---- targets ---- */

/* Any member that the weather may still reach; NULL when none is up. */
static struct node *any_up(struct world *w)
{
    size_t start = (size_t)test_rng_below(&w->rng, w->node_count);
    for (size_t i = 0; i < w->node_count; i++) {
        struct node *n = &w->node[(start + i) % w->node_count];
        if (n->is_member && n->is_up && (w->phase == PHASE_STORM || !n->is_in_core))
            return n;
    }
    return NULL;
}

static bool is_spared(const struct world *w, const struct line *l)
{
    const struct node *a = l->side[0].node, *b = l->side[1].node;
    return w->phase != PHASE_STORM && a != NULL && b != NULL && a->is_in_core && b->is_in_core;
}

/* ---- what goes wrong ---- */

static void crash(struct world *w)
{
    struct node *n = any_up(w);
    if (n == NULL)
        return;
    node_crash(w, n,
               (struct node_crash){.is_batch_kept = test_rng_chance(&w->rng, 50),
                                   .is_silent = test_rng_chance(&w->rng, 30),
                                   .back_in_ms = world_between(w, 500, 60000)});
}

/* In the moment in which a batch is between the session and the disk: the next one. */
static void crash_in_sync(struct world *w)
{
    w->is_crash_due = true;
}

void fault_crash_in_sync(struct world *w, const struct event *e)
{
    struct node *n = &w->node[e->who];
    if (e->serial != n->life || n->group_count == 0 || (w->phase != PHASE_STORM && n->is_in_core))
        return;
    node_crash(w, n,
               (struct node_crash){.is_batch_kept = test_rng_chance(&w->rng, 50),
                                   .back_in_ms = world_between(w, 500, 20000)});
}

static void disk_full(struct world *w)
{
    struct node *n = any_up(w);
    if (n == NULL || n->is_full)
        return;
    n->is_full = true;
    world_tell(w, "the disk of node %zu is full", n->index);
    world_count(w, FAULT_DISK_FULL);
    world_in(w, world_between(w, 1000, 60000),
             (struct event){.what = HAPPENS_MEND, .who = (uint32_t)n->index, .part = MEND_DISK});
}

static void clock_jump(struct world *w)
{
    struct node *n = any_up(w);
    if (n == NULL)
        return;
    int64_t reach = test_rng_chance(&w->rng, 50) ? FIFTY_YEARS_MS : 2 * 24 * 3600 * 1000;
    n->clock.offset_ms = (int64_t)test_rng_below(&w->rng, (uint64_t)(2 * reach + 1)) - reach;
    if (test_rng_chance(&w->rng, 30))
        n->clock.offset_ms = 0; /* somebody has set it right */
    world_tell(w, "the clock of node %zu is off by %" PRId64 " s", n->index, n->clock.offset_ms / 1000);
    world_count(w, FAULT_CLOCK_JUMP);
}

static void clock_drift(struct world *w)
{
    struct node *n = any_up(w);
    if (n == NULL)
        return;
    node_set_drift(w, n, (int64_t)test_rng_below(&w->rng, 2 * DRIFT_PPM_MAX + 1) - DRIFT_PPM_MAX);
    world_count(w, FAULT_CLOCK_DRIFT);
}

static void line_breaks(struct world *w)
{
    struct line *l = line_any(w);
    if (l == NULL || is_spared(w, l))
        return;
    world_tell(w, "line %" PRIu64 " breaks", l->serial);
    world_count(w, FAULT_CUT);
    line_cut(w, l);
}

static void one_way(struct world *w)
{
    struct line *l = line_any(w);
    if (l == NULL || is_spared(w, l))
        return;
    unsigned at = (unsigned)test_rng_below(&w->rng, 2);
    l->side[at].is_deaf = true;
    world_tell(w, "line %" PRIu64 ": nothing reaches side %u any more", l->serial, at);
    world_count(w, FAULT_ONE_WAY);
}

static void edge_down(struct world *w)
{
    size_t at = (size_t)test_rng_below(&w->rng, w->edge_count);
    struct edge *g = &w->edge[at];
    struct line *l = line_find(w, g->line_serial);
    bool is_inside = w->node[g->from].is_in_core && w->node[g->to].is_in_core;
    if (g->is_down || g->is_gone || (w->phase != PHASE_STORM && is_inside))
        return;
    g->is_down = true;
    if (l != NULL) { /* nothing arrives, nobody is told */
        l->side[0].is_deaf = true;
        l->side[1].is_deaf = true;
    }
    world_tell(w, "nodes %zu and %zu are out of reach", g->from, g->to);
    world_count(w, FAULT_EDGE_DOWN);
    world_in(w, world_between(w, 5000, 180000),
             (struct event){.what = HAPPENS_MEND, .who = (uint32_t)at, .part = MEND_EDGE});
}

void fault_mend(struct world *w, const struct event *e)
{
    if (e->part == MEND_DISK)
        node_make_room(w, &w->node[e->who]);
    else
        w->edge[e->who].is_down = false;
}

static void replay(struct world *w)
{
    size_t at = (size_t)test_rng_below(&w->rng, w->edge_count);
    line_replay(w, at);
}

void fault_strikes(struct world *w)
{
    typedef void fault_fn(struct world *);
    static fault_fn *const kind[] = {crash,      crash_in_sync, crash_in_sync,      disk_full,
                                     clock_jump, clock_drift,   line_breaks,        one_way,
                                     edge_down,  replay,        topology_change_hub};
    kind[test_rng_below(&w->rng, sizeof kind / sizeof kind[0])](w);
    world_in(w, world_around(w, w->weather.fault_every_ms), (struct event){.what = HAPPENS_FAULT});
}
