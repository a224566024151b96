#include "tests/sim/world.h"

#include "proto/check.h"
#include "tests/sim/byzantine.h"
#include "tests/sim/checkers.h"
#include "tests/sim/faults.h"
#include "tests/sim/node.h"
#include "tests/sim/push.h"
#include "tests/sim/standin.h"
#include "tests/sim/topology.h"
#include "tests/sim/workload.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STORM_MIN_MS = 15 * 1000,
    STORM_MAX_MS = 240 * 1000,
    WORKING_STORM_MIN_MS =
        50 * 1000, /* enough for a list to be endorsed, and not so much that folding it takes the time */
    WORKING_STORM_MAX_MS = 100 * 1000,
    CALM_MAX_MS = 20 * 60 * 1000, /* a core that has not converged by then has failed */
    CHECK_EVERY_MS = 10 * 1000,
    CALM_CHECK_EVERY_MS = 1000,
};

/* ---- chance, time, the trace ---- */

uint64_t world_between(struct world *w, uint64_t low, uint64_t high)
{
    return low + test_rng_below(&w->rng, high - low + 1);
}

uint64_t world_around(struct world *w, uint64_t mean_ms)
{
    return 1 + test_rng_below(&w->rng, 2 * mean_ms);
}

bool world_chance(struct world *w, unsigned of_10000)
{
    return of_10000 > 0 && test_rng_below(&w->rng, 10000) < of_10000;
}

void world_in(struct world *w, uint64_t ms, struct event e)
{
    e.at_ms = w->now_ms + ms;
    queue_put(&w->queue, e);
}

void world_mix(struct world *w, uint64_t word)
{
    w->trace = (w->trace ^ word) * 0x9e3779b97f4a7c15U;
    w->trace ^= w->trace >> 31;
}

void world_mix_bytes(struct world *w, struct smk_bytes bytes)
{
    uint64_t word = bytes.len;
    size_t i = 0;
    for (; i + 8 <= bytes.len; i += 8) {
        uint64_t piece;
        memcpy(&piece, bytes.data + i, 8);
        word = (word ^ piece) * 0xbf58476d1ce4e5b9U;
    }
    for (; i < bytes.len; i++)
        word = (word ^ bytes.data[i]) * 0xbf58476d1ce4e5b9U;
    world_mix(w, word);
}

void world_tell(struct world *w, const char *format, ...)
{
    va_list args;
    if (!w->options.is_traced)
        return;
    printf("%6" PRIu64 ".%03" PRIu64 "  ", w->now_ms / 1000, w->now_ms % 1000);
    va_start(args, format);
    (void)vprintf(format, args);
    va_end(args);
    (void)putchar('\n');
}

void world_fail(struct world *w, const char *format, ...)
{
    va_list args;
    if (w->has_failed)
        return;
    w->has_failed = true;
    va_start(args, format);
    int len = vsnprintf(w->reason, sizeof w->reason, format, args);
    va_end(args);
    if (len > 0 && (size_t)len < sizeof w->reason)
        (void)snprintf(w->reason + len, sizeof w->reason - (size_t)len, " (at %" PRIu64 ".%03" PRIu64 " s)",
                       w->now_ms / 1000, w->now_ms % 1000);
    world_tell(w, "VIOLATION: %s", w->reason);
}

/* ---- the beginning ---- */

static void world_draw(struct world *w)
{
    w->has_real_keys = test_rng_below(&w->rng, 10) == 0;
    w->has_real_stores = test_rng_below(&w->rng, 20) == 0;
    w->must_converge = w->options.must_converge || test_rng_chance(&w->rng, 60);
    w->takes_rights = test_rng_chance(&w->rng, 18) && (LOST_RIGHTS_CONVERGE || !w->options.must_converge);
    w->storm_ms = world_between(w, STORM_MIN_MS, w->has_real_keys ? STORM_MAX_MS / 4 : STORM_MAX_MS);
    standin_begin(w->options.seed, w->has_real_keys);
    ledger_init(&w->ledger);
    if (w->has_real_stores)
        test_dir_init(&w->dir);
    weather_draw(w);
    if (w->weather.is_working)
        w->storm_ms = world_between(w, WORKING_STORM_MIN_MS, WORKING_STORM_MAX_MS);
    if (w->takes_rights)
        w->weather.decision_every_ms = 4000 + test_rng_below(&w->rng, 12000);
    topology_draw(w);
    byzantine_draw(w);
    w->tally.worlds = 1;
    w->tally.worlds_real_keys = w->has_real_keys;
    w->tally.worlds_real_stores = w->has_real_stores;
}

static void world_begin(struct world *w)
{
    world_draw(w);
    bool has_council = test_rng_chance(&w->rng, w->has_real_keys ? 10 : 35);
    test_coalition_init(&w->coalition, has_council ? 3 : 1, has_council ? 2 : 1);
    government_found(w);
    for (size_t i = 1; i < w->node_count; i++)
        if (w->node[i].is_member)
            w->node[i].is_member = government_welcome(w, w->coalition.roster, &w->node[i]);
    for (size_t i = 0; i < w->node_count; i++)
        if (w->node[i].is_member)
            node_start(w, &w->node[i]);
    world_in(w, world_around(w, w->weather.fault_every_ms), (struct event){.what = HAPPENS_FAULT});
    world_in(w, CHECK_EVERY_MS, (struct event){.what = HAPPENS_CHECK});
    if (w->weather.decision_every_ms > 0)
        world_in(w, world_around(w, w->weather.decision_every_ms), (struct event){.what = HAPPENS_DECISION});
    world_tell(w, "seed %" PRIu64 ": %zu nodes, %zu edges, %s keys, %s", w->options.seed, w->node_count,
               w->edge_count, w->has_real_keys ? "real" : "stand-in",
               w->has_real_stores ? "real stores" : "disks in memory");
    for (size_t i = 0; i < w->node_count; i++)
        world_tell(w, "node %zu: %s (%s), %s%s", i, w->node[i].org->slug, w->node[i].offices,
                   node_is_honest(&w->node[i]) ? "honest" : "Byzantine",
                   w->node[i].is_member ? "" : ", not certified yet");
}

void world_deinit(struct world *w)
{
    lines_deinit(w);
    for (size_t i = 0; i < w->node_count; i++) {
        struct node *n = &w->node[i];
        for (size_t k = 0; k < n->job_count; k++)
            smk_buf_deinit(&n->job[k].message);
        free(n->job);
        if (n->twin != NULL)
            disk_deinit(n->twin);
        free(n->twin);
        disk_deinit(&n->disk);
        holding_deinit(&n->holding);
        holding_deinit(&n->twin_holding);
    }
    for (size_t i = 0; i < w->edge_count; i++)
        smk_buf_deinit(&w->edge[i].last);
    ledger_deinit(&w->ledger);
    government_deinit(&w->government);
    queue_deinit(&w->queue);
    test_coalition_deinit(&w->coalition);
    if (w->has_real_stores)
        test_dir_deinit(&w->dir);
}

/* ---- what happens ---- */

static void look_round(struct world *w)
{
    if (w->phase == PHASE_STORM) {
        check_world(w);
        world_in(w, CHECK_EVERY_MS, (struct event){.what = HAPPENS_CHECK});
        return;
    }
    if (w->phase == PHASE_PUSH) {
        w->is_over = push_is_over(w);
    } else if (liveness_is_reached(w)) {
        world_tell(w, "the core has converged");
        w->tally.worlds_converged = 1;
        w->is_over = !push_begin(w);
        w->phase = PHASE_PUSH;
    } else if (w->now_ms > w->calm_ms + CALM_MAX_MS) {
        char why[200];
        liveness_explain(w, why, sizeof why);
        world_fail(w, "the core has not converged within 20 minutes: %s", why);
    }
    world_in(w, CALM_CHECK_EVERY_MS, (struct event){.what = HAPPENS_CHECK});
}

static void decide_round(struct world *w)
{
    if (w->phase != PHASE_STORM)
        return;
    government_decide(w);
    world_in(w, world_around(w, w->weather.decision_every_ms), (struct event){.what = HAPPENS_DECISION});
}

static void restart(struct world *w, const struct event *e)
{
    struct node *n = &w->node[e->who];
    if (e->serial == n->life && !n->is_up)
        node_restart(w, n);
}

static void happen(struct world *w, const struct event *e)
{
    switch (e->what) {
    case HAPPENS_MAIL: line_mail(w, e); break;
    case HAPPENS_HANGUP: line_hangup(w, e); break;
    case HAPPENS_WAKE: line_wake(w, e); break;
    case HAPPENS_SYNC: node_sync_over(w, e); break;
    case HAPPENS_LOOK: node_look(w, e); break;
    case HAPPENS_WRITE: workload_due(w, e); break;
    case HAPPENS_DIAL: edge_dial(w, e); break;
    case HAPPENS_FAULT: fault_strikes(w); break;
    case HAPPENS_CRASH: fault_crash_in_sync(w, e); break;
    case HAPPENS_RESTART: restart(w, e); break;
    case HAPPENS_MEND: fault_mend(w, e); break;
    case HAPPENS_ROGUE: line_rogue(w, e); break;
    case HAPPENS_DECISION: decide_round(w); break;
    case HAPPENS_CHECK: look_round(w); break;
    case HAPPENINGS: SMK_UNREACHABLE();
    }
}

bool world_has_lost_rights(const struct world *w)
{
    return w->tally.fault[FAULT_NARROWER_AREA] > 0 || w->tally.fault[FAULT_MOVED_DEVICE] > 0;
}

static void storm_ends(struct world *w)
{
    if (w->must_converge && (LOST_RIGHTS_CONVERGE || !world_has_lost_rights(w)))
        liveness_begin(w);
    else
        w->is_over = true;
}

bool world_run(struct world *w, struct world_options options)
{
    struct event e;
    memset(w, 0, sizeof *w);
    w->options = options;
    w->rng = test_rng_from(options.seed);
    world_begin(w);
    while (!w->is_over && !w->has_failed && queue_take(&w->queue, &e)) {
        w->now_ms = e.at_ms;
        if (w->phase == PHASE_STORM && w->now_ms >= w->storm_ms)
            storm_ends(w);
        world_mix(w, (e.at_ms << 16) + ((uint64_t)e.what << 8) + e.who + ((uint64_t)e.part << 40));
        happen(w, &e);
        if (++w->tally.events > WORLD_EVENTS_MAX)
            world_fail(w, "more than %d events", WORLD_EVENTS_MAX);
    }
    if (!w->has_failed)
        check_all(w);
    return !w->has_failed;
}
