#include "proto/check.h"
#include "proto/logtree.h"
#include "tests/sim/byzantine.h"
#include "tests/sim/node.h"

#include <stdlib.h>
#include <string.h>

/* A moment of a disk with lies in it. */
struct mask {
    struct smk_view view;
    const struct smk_view *truth;
    struct test_rng *rng;
    bool withholds;
    bool lies;
    size_t count;
    struct {
        struct smk_scope scope;
        struct smk_frontier *frontier;
    } at[GOVERNMENT_SCOPES_MAX];
};

static void demand(enum smk_err err)
{
    SMK_ASSERT(err == SMK_OK);
}

/* ---- heads that are not true ---- */

struct shorten {
    uint64_t to;
    struct smk_head *head;
    struct smk_logtree tree;
};

static bool shorten_by(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct shorten *s = ctx;
    (void)arrival;
    smk_logtree_append(&s->tree, &smk_logtree_samaki, SMK_BYTES(r->id));
    memcpy(s->head->id, r->id, SMK_ID_BYTES);
    return r->header.seq < s->to;
}

/* The head as it was after record `to`. */
static void head_shorten(struct mask *m, struct smk_head *head, uint64_t to)
{
    struct shorten s = {.to = to, .head = head};
    demand(m->truth->read_log(m->truth->ctx, head->log_id, 1, shorten_by, &s));
    head->seq = to;
    head->state = SMK_LEAF_WHOLE;
    head->fork = 0;
    smk_logtree_root(&s.tree, &smk_logtree_samaki, head->log_root);
}

struct painting {
    struct mask *m;
    struct smk_frontier *frontier;
    struct smk_scope scope;
};

static bool paint(void *ctx, const struct smk_head *head)
{
    struct painting *p = ctx;
    struct mask *m = p->m;
    struct smk_head false_head = *head;
    uint64_t dice = test_rng_below(m->rng, 100);
    if (m->withholds && dice < 25)
        return true;
    if (m->withholds && dice < 50 && head->seq > 0) /* a log that has forked is whole again */
        head_shorten(m, &false_head, 1 + test_rng_below(m->rng, head->seq));
    if (m->lies && dice >= 70) {
        false_head.seq += 1 + test_rng_below(m->rng, 1000);
        bool is_slander = dice >= 90; /* there is no proof */
        false_head.state = is_slander ? SMK_LEAF_FORKED : SMK_LEAF_WHOLE;
        false_head.fork = is_slander ? false_head.seq + 1 : 0;
        test_rng_bytes(m->rng, false_head.id, SMK_ID_BYTES);
        test_rng_bytes(m->rng, false_head.log_root, SMK_HASH_BYTES);
    }
    demand(smk_frontier_put(p->frontier, &false_head));
    if (m->lies && dice >= 95) { /* a log that nobody has written */
        test_rng_bytes(m->rng, false_head.incarnation, SMK_INCARNATION_BYTES);
        smk_log_id(false_head.author, false_head.incarnation, &p->scope, false_head.log_id);
        demand(smk_frontier_put(p->frontier, &false_head));
    }
    return true;
}

static bool paint_scope(void *ctx, const struct smk_scope *scope)
{
    struct mask *m = ctx;
    struct painting p = {.m = m, .frontier = smk_frontier_new(), .scope = *scope};
    SMK_ASSERT(p.frontier != NULL);
    SMK_ASSERT(m->count < GOVERNMENT_SCOPES_MAX);
    smk_frontier_each(m->truth->frontier(m->truth->ctx, scope), &(struct smk_prefix){0}, paint, &p);
    m->at[m->count].scope = *scope;
    m->at[m->count++].frontier = p.frontier;
    return true;
}

/* ---- the view ---- */

static struct smk_roster *mask_roster(void *ctx)
{
    const struct mask *m = ctx;
    return m->truth->roster(m->truth->ctx);
}

static uint64_t mask_arrival(void *ctx)
{
    (void)ctx;
    return 0;
}

static struct smk_frontier *mask_frontier(void *ctx, const struct smk_scope *scope)
{
    const struct mask *m = ctx;
    for (size_t i = 0; i < m->count; i++)
        if (smk_scope_is_equal(&m->at[i].scope, scope))
            return m->at[i].frontier;
    return NULL;
}

static void mask_each_scope(void *ctx, smk_view_scope_fn *fn, void *fn_ctx)
{
    const struct mask *m = ctx;
    for (size_t i = 0; i < m->count; i++)
        if (smk_frontier_count(m->at[i].frontier) > 0 && !fn(fn_ctx, &m->at[i].scope))
            return;
}

static enum smk_err mask_read_log(void *ctx, const uint8_t log_id[SMK_ID_BYTES], uint64_t from_seq,
                                  smk_view_record_fn *fn, void *fn_ctx)
{
    const struct mask *m = ctx;
    return m->truth->read_log(m->truth->ctx, log_id, from_seq, fn, fn_ctx);
}

static enum smk_err mask_read_arrivals(void *ctx, uint64_t after, smk_view_record_fn *fn, void *fn_ctx)
{
    (void)ctx;
    (void)after;
    (void)fn;
    (void)fn_ctx;
    return SMK_OK;
}

/* Whoever withholds records withholds the proofs against his friends as well. */
static uint64_t mask_fork_number(void *ctx)
{
    const struct mask *m = ctx;
    return m->withholds ? 0 : m->truth->fork_number(m->truth->ctx);
}

static enum smk_err mask_read_forks(void *ctx, uint64_t after, smk_view_fork_fn *fn, void *fn_ctx)
{
    const struct mask *m = ctx;
    return m->withholds ? SMK_OK : m->truth->read_forks(m->truth->ctx, after, fn, fn_ctx);
}

static enum smk_err mask_read_fork(void *ctx, const uint8_t log_id[SMK_ID_BYTES], smk_view_fork_fn *fn,
                                   void *fn_ctx)
{
    const struct mask *m = ctx;
    return m->withholds ? SMK_ERR_NOT_FOUND : m->truth->read_fork(m->truth->ctx, log_id, fn, fn_ctx);
}

static bool mask_find_invitation(void *ctx, const uint8_t id[SMK_INVITATION_ID_BYTES],
                                 struct smk_invitation_terms *ret_terms)
{
    (void)ctx;
    (void)id;
    (void)ret_terms;
    return false;
}

static void mask_peer_memory(void *ctx, const uint8_t sign_key[SMK_KEY_BYTES],
                             struct smk_peer_memory *ret_memory)
{
    const struct mask *m = ctx;
    m->truth->peer_memory(m->truth->ctx, sign_key, ret_memory);
}

static struct mask *mask_new(struct world *w, const struct smk_view *truth, unsigned vices)
{
    struct mask *m = calloc(1, sizeof *m);
    SMK_ASSERT(m != NULL);
    m->truth = truth;
    m->rng = &w->rng;
    m->withholds = (vices & VICE_WITHHOLD) != 0;
    m->lies = (vices & VICE_LIE) != 0;
    truth->each_scope(truth->ctx, paint_scope, m);
    m->view = (struct smk_view){
        .ctx = m,
        .roster = mask_roster,
        .arrival = mask_arrival,
        .frontier = mask_frontier,
        .each_scope = mask_each_scope,
        .read_log = mask_read_log,
        .read_arrivals = mask_read_arrivals,
        .fork_number = mask_fork_number,
        .read_forks = mask_read_forks,
        .read_fork = mask_read_fork,
        .find_invitation = mask_find_invitation,
        .peer_memory = mask_peer_memory,
    };
    return m;
}

void mask_free(struct mask *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < m->count; i++)
        smk_frontier_free(m->at[i].frontier);
    free(m);
}

const struct smk_view *byzantine_view(struct world *w, struct node *n, struct line *l, unsigned side)
{
    struct side *s = &l->side[side];
    const struct node *peer = l->side[1 - side].node;
    size_t peer_index = peer != NULL ? peer->index : 0;
    bool is_other_face = (peer_index % 2 == 1) != test_rng_chance(&w->rng, 30); /* now and then a slip */
    s->is_for_twin = n->twin != NULL && is_other_face;
    const struct smk_view *truth = disk_view(s->is_for_twin ? n->twin : &n->disk);
    if ((n->vices & (VICE_WITHHOLD | VICE_LIE)) == 0 || !test_rng_chance(&w->rng, 60))
        return truth;
    if ((n->vices & VICE_WITHHOLD) != 0)
        world_count(w, FAULT_WITHHELD);
    if ((n->vices & VICE_LIE) != 0)
        world_count(w, FAULT_LIE);
    s->mask = mask_new(w, truth, n->vices);
    return &s->mask->view;
}
