#include "proto/check.h"
#include "tests/sim/checkers.h"
#include "tests/sim/node.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- the core ---- */

static bool joins_core(const struct world *w, const struct edge *g)
{
    const struct node *a = &w->node[g->from], *b = &w->node[g->to];
    return !g->is_gone && a->is_member && b->is_member && node_is_honest(a) && node_is_honest(b) &&
           a->is_in_core != b->is_in_core && node_knows(a, b); /* whom it does not know it does not talk to */
}

/* Honest nodes that are connected without the others, grown from one of them until nothing is left or it is enough. */
static void core_grow(struct world *w, size_t start, size_t enough)
{
    size_t size = 1;
    for (size_t i = 0; i < w->node_count; i++)
        w->node[i].is_in_core = i == start;
    for (bool has_grown = true; has_grown && size < enough;) {
        has_grown = false;
        for (size_t i = 0; i < w->edge_count && size < enough; i++) {
            if (!joins_core(w, &w->edge[i]))
                continue;
            w->node[w->edge[i].from].is_in_core = true;
            w->node[w->edge[i].to].is_in_core = true;
            has_grown = true;
            size++;
        }
    }
}

/* Every decision that somebody in the core knows stands in a record that somebody in the core holds. */
static bool core_is_informed(const struct world *w)
{
    for (size_t i = 0; i < w->government.decided_count; i++) {
        bool is_known = false, is_recorded = false;
        for (size_t k = 0; k < w->node_count; k++) {
            is_known = is_known || (w->node[k].is_in_core && w->node[k].holding.decided[i]);
            is_recorded = is_recorded || (w->node[k].is_in_core && w->node[k].holding.recorded[i]);
        }
        if (is_known && !is_recorded)
            return false;
    }
    return true;
}

/* False when there is no core of which convergence could be demanded. */
static bool core_choose(struct world *w)
{
    size_t start = (size_t)test_rng_below(&w->rng, w->node_count), enough = w->node_count;
    if (test_rng_chance(&w->rng, 40))
        enough = 2 + (size_t)test_rng_below(&w->rng, w->node_count);
    while (!w->node[start].is_member || !node_is_honest(&w->node[start]))
        start = (start + 1) % w->node_count;
    core_grow(w, start, enough);
    if (WELCOMES_CONVERGE || core_is_informed(w))
        return true;
    core_grow(w, 0, w->node_count); /* around the founder, who is always honest */
    return core_is_informed(w);
}

static bool is_inside(const struct world *w, const struct edge *g)
{
    return !g->is_gone && w->node[g->from].is_in_core && w->node[g->to].is_in_core;
}

void liveness_begin(struct world *w)
{
    if (!core_choose(w)) {
        w->is_over = true;
        return;
    }
    w->phase = PHASE_CALM;
    w->calm_ms = w->now_ms;
    world_tell(w, "the faults stop around the core");
    for (size_t i = 0; i < w->node_count; i++) {
        struct node *n = &w->node[i];
        if (!n->is_in_core)
            continue;
        node_make_room(w, n);
        if (!n->is_up)
            node_restart(w, n);
    }
    for (size_t i = 0; i < w->edge_count; i++) {
        if (!is_inside(w, &w->edge[i]))
            continue;
        w->edge[i].is_down = false;
        w->edge[i].agreements = 0;
        edge_dial_later(w, i, 1000);
    }
}

/* ---- equal along every path ---- */

/* The number of the part of the core, of those who hold the scope, that a node belongs to. */
static size_t part_of(size_t *part, size_t node)
{
    while (part[node] != node)
        node = part[node];
    return node;
}

static bool holds(const struct world *w, size_t node, size_t scope)
{
    const struct node *n = &w->node[node];
    return n->is_in_core &&
           smk_roster_holds(disk_roster(&n->disk), n->device.sign.public_key, &w->government.scope[scope]);
}

/* The first pair that differs; false when none does. */
static bool differing_pair(const struct world *w, size_t scope, size_t *ret_a, size_t *ret_b)
{
    size_t part[WORLD_NODES_MAX];
    uint64_t set[WORLD_NODES_MAX] = {0};
    bool is_holder[WORLD_NODES_MAX];
    for (size_t i = 0; i < w->node_count; i++) {
        part[i] = i;
        is_holder[i] = holds(w, i, scope);
        if (is_holder[i])
            set[i] = scope_set(&w->node[i], &w->government.scope[scope]);
    }
    for (size_t i = 0; i < w->edge_count; i++) {
        const struct edge *g = &w->edge[i];
        if (is_inside(w, g) && is_holder[g->from] && is_holder[g->to])
            part[part_of(part, g->from)] = part_of(part, g->to);
    }
    for (size_t i = 0; i < w->node_count; i++) {
        *ret_a = part_of(part, i);
        *ret_b = i;
        if (is_holder[i] && set[i] != set[*ret_a])
            return true;
    }
    return false;
}

bool liveness_is_reached(struct world *w)
{
    size_t a, b;
    for (size_t i = 0; i < w->node_count; i++)
        if (w->node[i].is_in_core && w->node[i].is_look_due)
            return false;
    for (size_t scope = 0; scope < w->government.scope_count; scope++)
        if (differing_pair(w, scope, &a, &b))
            return false;
    uint64_t took_ms = w->now_ms - w->calm_ms;
    if (took_ms > w->tally.slowest_ms)
        w->tally.slowest_ms = took_ms;
    for (size_t i = 0; i < w->edge_count; i++)
        if (is_inside(w, &w->edge[i]) && w->edge[i].agreements > w->tally.sessions_most)
            w->tally.sessions_most = w->edge[i].agreements;
    return true;
}

void liveness_explain(struct world *w, char *text, size_t bytes)
{
    size_t a, b;
    for (size_t scope = 0; scope < w->government.scope_count; scope++) {
        if (!differing_pair(w, scope, &a, &b))
            continue;
        (void)snprintf(text, bytes, "nodes %zu and %zu differ in %s", a, b, w->government.scope[scope].text);
        return;
    }
    text[0] = '\0';
}
