#include "tests/sim/push.h"

#include "tests/sim/checkers.h"
#include "tests/sim/node.h"
#include "tests/sim/workload.h"

enum { PUSH_MAX_MS = 15 * 1000 }; /* the comparison that keeps a line alive comes after 40 s of silence */

static bool stays(const struct side *s)
{
    return !s->is_gone && !s->is_deaf && s->session != NULL && s->is_live && s->mask == NULL &&
           s->status.is_agreed;
}

static bool is_fit(const struct world *w, const struct line *l)
{
    if (l == NULL || l->edge == LINE_NO_EDGE || l->is_broken || l->is_dripping || l->is_spoiled)
        return false;
    return stays(&l->side[0]) && stays(&l->side[1]) && l->side[0].node->is_in_core &&
           l->side[1].node->is_in_core && !w->edge[l->edge].is_gone;
}

static const struct line *fit_line(struct world *w)
{
    size_t start = w->lines.count > 0 ? (size_t)test_rng_below(&w->rng, w->lines.count) : 0;
    for (size_t i = 0; i < w->lines.count; i++) {
        const struct line *l = w->lines.at[(start + i) % w->lines.count];
        if (is_fit(w, l))
            return l;
    }
    return NULL;
}

static bool shares(const struct node *n, const struct line *l, const struct smk_scope *scope)
{
    struct smk_roster *roster = disk_roster(&n->disk);
    return smk_roster_holds(roster, l->side[0].node->device.sign.public_key, scope) &&
           smk_roster_holds(roster, l->side[1].node->device.sign.public_key, scope);
}

/* A scope behind `gov` that both sides share by what each of them knows; scope_count when there is none. */
static size_t shared_scope(struct world *w, const struct line *l)
{
    size_t count = w->government.scope_count, start = (size_t)test_rng_below(&w->rng, count);
    for (size_t i = 0; i < count; i++) {
        size_t at = (start + i) % count;
        const struct smk_scope *scope = &w->government.scope[at];
        if (at > 0 && shares(l->side[0].node, l, scope) && shares(l->side[1].node, l, scope))
            return at;
    }
    return count;
}

bool push_begin(struct world *w)
{
    const struct line *l = fit_line(w);
    size_t scope = l != NULL ? shared_scope(w, l) : w->government.scope_count;
    if (scope == w->government.scope_count)
        return false;
    unsigned from = (unsigned)test_rng_below(&w->rng, 2);
    w->is_hushed = true;
    w->push = (struct push){.line_serial = l->serial,
                            .scope = scope,
                            .from = l->side[from].node->index,
                            .to = l->side[1 - from].node->index,
                            .until_ms = w->now_ms + PUSH_MAX_MS};
    return workload_edit(w, &w->node[w->push.from], scope);
}

bool push_is_over(struct world *w)
{
    const struct push *p = &w->push;
    const struct smk_scope *scope = &w->government.scope[p->scope];
    if (scope_set(&w->node[p->from], scope) == scope_set(&w->node[p->to], scope)) {
        w->tally.pushes++;
        return true;
    }
    if (line_find(w, p->line_serial) == NULL)
        world_fail(w, "the line between nodes %zu and %zu has ended instead of pushing %s", p->from, p->to,
                   scope->text);
    else if (w->now_ms > p->until_ms)
        world_fail(w, "what node %zu wrote in %s has not come to node %zu over the line between them",
                   p->from, scope->text, p->to);
    return w->now_ms > p->until_ms;
}
