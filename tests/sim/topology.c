#include "tests/sim/topology.h"

#include "proto/check.h"
#include "tests/sim/node.h"

#include <string.h>

enum { EDGE_BACKOFF_MS = 500, BYZANTINE_NODES_MIN = 4 /* a quarter of them is one */ };

/* ---- edges ---- */

static size_t edge_add(struct world *w, size_t from, size_t to)
{
    SMK_ASSERT(w->edge_count < WORLD_EDGES_MAX);
    w->edge[w->edge_count] = (struct edge){.from = from, .to = to, .backoff_ms = EDGE_BACKOFF_MS};
    return w->edge_count++;
}

/* In any direction. */
static void join(struct world *w, size_t a, size_t b)
{
    bool is_turned = test_rng_chance(&w->rng, 50);
    (void)edge_add(w, is_turned ? b : a, is_turned ? a : b);
    if (test_rng_chance(&w->rng, 8))
        (void)edge_add(w, is_turned ? a : b, is_turned ? b : a); /* both dial */
}

static void chain(struct world *w)
{
    for (size_t i = 1; i < w->node_count; i++) {
        join(w, i - 1, i);
        w->node[i].inviter = i - 1;
    }
}

/* Hubs dial the founder, everybody else dials a hub. */
static void star(struct world *w)
{
    size_t hubs = 1 + (size_t)test_rng_below(&w->rng, w->node_count / 4 + 1);
    for (size_t i = 1; i < w->node_count; i++) {
        size_t to = i < hubs ? 0 : (size_t)test_rng_below(&w->rng, hubs);
        (void)edge_add(w, i, to);
        w->node[i].inviter = to;
    }
}

static void mesh(struct world *w)
{
    for (size_t i = 1; i < w->node_count; i++) {
        w->node[i].inviter = (size_t)test_rng_below(&w->rng, i);
        join(w, w->node[i].inviter, i);
    }
    size_t more = (size_t)test_rng_below(&w->rng, w->node_count + 1);
    for (size_t i = 0; i < more; i++) {
        size_t a = (size_t)test_rng_below(&w->rng, w->node_count);
        size_t b = (size_t)test_rng_below(&w->rng, w->node_count);
        if (a != b)
            join(w, a, b);
    }
}

static size_t any_size(struct test_rng *r)
{
    uint64_t dice = test_rng_below(r, 100);
    if (dice < 70)
        return 3 + (size_t)test_rng_below(r, 5);
    if (dice < 97)
        return 8 + (size_t)test_rng_below(r, 7);
    return 15 + (size_t)test_rng_below(r, WORLD_NODES_MAX - 14);
}

void topology_draw(struct world *w)
{
    typedef void shape_fn(struct world *);
    static shape_fn *const shape[] = {chain, star, mesh};
    w->node_count = any_size(&w->rng);
    if (w->has_real_keys || w->has_real_stores)
        w->node_count = 3 + w->node_count % 4;
    if (w->options.must_be_byzantine && w->node_count < BYZANTINE_NODES_MIN)
        w->node_count = BYZANTINE_NODES_MIN;
    for (size_t i = 0; i < w->node_count; i++) {
        struct node *n = &w->node[i];
        n->index = i;
        n->life = 1;
        n->org = government_org(w, i);
        n->offices = n->org->offices;
        n->is_root =
            i == 0 || (i >= 4 && strcmp(n->org->slug, "sec") == 0 && strcmp(n->offices, "sec-auditor") != 0);
        n->is_member = true;
        test_device_init(&n->device, i);
    }
    shape[test_rng_below(&w->rng, sizeof shape / sizeof shape[0])](w);
    /* Latecomers stand at the end, where nobody has been invited by them. */
    for (size_t i = w->node_count - 1; i > w->node_count / 2 && !w->node[i].is_root; i--) {
        if (test_rng_chance(&w->rng, 40))
            break;
        government_delay(w, &w->node[i]);
    }
    w->tally.nodes += w->node_count;
}

/* ---- hubs ---- */

/* How many nodes are reached from node 0. */
static size_t reached(const struct world *w)
{
    bool is_reached[WORLD_NODES_MAX] = {true};
    size_t count = 1;
    for (bool has_grown = true; has_grown;) {
        has_grown = false;
        for (size_t i = 0; i < w->edge_count; i++) {
            const struct edge *g = &w->edge[i];
            if (g->is_gone || is_reached[g->from] == is_reached[g->to])
                continue;
            is_reached[g->from] = is_reached[g->to] = true;
            has_grown = true;
            count++;
        }
    }
    return count;
}

void topology_change_hub(struct world *w)
{
    size_t old = (size_t)test_rng_below(&w->rng, w->edge_count);
    size_t to = (size_t)test_rng_below(&w->rng, w->node_count);
    struct edge *g = &w->edge[old];
    if (w->phase != PHASE_STORM || w->edge_count == WORLD_EDGES_MAX || g->is_gone || to == g->from ||
        to == g->to || !w->node[to].is_member || !w->node[g->from].is_member ||
        !node_knows(&w->node[g->from], &w->node[to]))
        return;
    size_t added = edge_add(w, g->from, to);
    g->is_gone = true;
    if (reached(w) < w->node_count) {
        g->is_gone = false;
        w->edge_count--;
        return;
    }
    world_tell(w, "node %zu dials node %zu instead of node %zu", g->from, to, g->to);
    world_count(w, FAULT_HUB_CHANGED);
    edge_stop(w, old);
    edge_dial_later(w, added, world_between(w, 1, 5000));
}
