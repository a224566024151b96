#include "tests/sim/checkers.h"

#include "proto/hash.h"
#include "tests/sim/node.h"

#include <inttypes.h>
#include <string.h>

/* ---- events ---- */

void check_batch(struct world *w, const struct line *l, unsigned side, struct smk_bytes scope_text)
{
    struct smk_scope scope;
    const struct node *n = l->side[side].node;
    if (!node_is_honest(n))
        return;
    if (!smk_scope_parse(scope_text, &scope)) {
        world_fail(w, "node %zu was handed a batch without a scope", n->index);
        return;
    }
    struct smk_roster *roster = disk_roster(&n->disk);
    if (scope.kind == SMK_SCOPE_GOV && !scope.is_wit)
        return; /* also with a device that is only known by its certificate */
    if (!smk_roster_holds(roster, n->device.sign.public_key, &scope) ||
        !smk_roster_holds(roster, l->side[side].status.peer_sign_key, &scope))
        world_fail(w, "node %zu was handed a batch of %s, which it does not share with its peer", n->index,
                   scope.text);
}

/* Both know the same decisions, and have since the line began: then no right and no name can be in doubt. */
static bool is_of_one_mind(const struct line *l)
{
    const struct side *a = &l->side[0], *b = &l->side[1];
    uint64_t mind = a->decided_hash;
    return b->decided_hash == mind && a->node->holding.decided_hash == mind &&
           b->node->holding.decided_hash == mind;
}

static bool was_full(const struct line *l, const struct node *n)
{
    return n->is_full || (n->full_ms > 0 && n->full_ms >= l->began_ms);
}

static bool may_be_silent(const struct world *w, const struct line *l)
{
    bool is_deaf = l->side[0].is_deaf || l->side[1].is_deaf,
         is_alone = l->side[0].is_gone || l->side[1].is_gone;
    return is_deaf || is_alone || l->is_broken || l->is_dripping || l->has_gap || w->weather.bytes_per_ms > 0;
}

/* What a session of an honest node may say of another although nothing is wrong with either, when the world gave it a
 * reason. */
static bool has_reason(const struct world *w, const struct line *l, unsigned side, enum smk_err err)
{
    bool is_torn = !LOST_RIGHTS_CONVERGE && world_has_lost_rights(w);
    switch (err) {
    case SMK_OK: return true;
    case SMK_ERR_CUT_LINE: return l->is_broken || l->side[1 - side].is_gone;
    case SMK_ERR_SILENT: return may_be_silent(w, l);
    case SMK_ERR_UNKNOWN_PEER: /* governance has not arrived yet, or its decisions disagree about the peer */
    case SMK_ERR_UNKNOWN_AUTHOR: /* likewise, or about an author: the certificate comes next time */
        return !is_of_one_mind(l) || l->has_refused_author ||
               !node_knows(l->side[side].node, l->side[1 - side].node);
    case SMK_ERR_SCOPE_DENIED: return !is_of_one_mind(l); /* rights have changed in mid-session */
    case SMK_ERR_STORE_FULL: return was_full(l, l->side[0].node) || was_full(l, l->side[1].node);
    /* Two may have to part until a third has told one of them who the author of a record is. */
    case SMK_ERR_NO_PROGRESS: return l->has_refused_author || is_torn;
    case SMK_ERR_STORE_DAMAGED: return l->has_refused_author || is_torn;
    case SMK_ERR_NOT_FOUND: return is_torn; /* it has lost its own certificate and cannot show it */
    default: return false;
    }
}

/* What is said of an end: a node does not tell another one that nothing helps, but that something is broken. */
static uint64_t told(enum smk_err err)
{
    return smk_wire_code(err == SMK_ERR_NO_PROGRESS ? SMK_ERR_STORE_DAMAGED : err);
}

/* The other side gave up with an end that it had a reason for, and said which. */
static bool is_told_rightly(const struct world *w, const struct line *l, unsigned side)
{
    const struct side *other = &l->side[1 - side];
    return other->has_ended && told(other->ended) == l->side[side].status.peer_code &&
           has_reason(w, l, 1 - side, other->ended);
}

void check_end(struct world *w, const struct line *l, unsigned side, enum smk_err err)
{
    const struct side *own = &l->side[side], *other = &l->side[1 - side];
    if (l->is_spoiled || own->node == NULL || other->node == NULL || !node_is_honest(own->node) ||
        !node_is_honest(other->node))
        return;
    bool is_fine = err == SMK_ERR_PEER_ERROR ? is_told_rightly(w, l, side) : has_reason(w, l, side, err);
    if (!is_fine)
        world_fail(w,
                   "line %" PRIu64
                   " from node %zu to node %zu, both honest: node %zu ends with '%s' (%s, code %" PRIu64
                   ") without a reason",
                   l->serial, l->side[0].node->index, l->side[1].node->index, own->node->index,
                   smk_err_text(err), own->status.reason, own->status.peer_code);
}

void check_receipt(struct world *w, const struct line *l, unsigned side, const struct smk_sync_receipt *r)
{
    const struct node *initiator = l->side[0].node, *responder = l->side[1].node;
    uint8_t object[SMK_HASH_BYTES];
    if (initiator == NULL || !node_is_honest(l->side[side].node))
        return;
    smk_hash(SMK_PERSONAL_OBJECT, r->body, object);
    if (!smk_verify(initiator->device.sign.public_key, SMK_SIGN_SYNC_RECEIPT, w->coalition.id, object,
                    r->initiator_signature) ||
        !smk_verify(responder->device.sign.public_key, SMK_SIGN_SYNC_RECEIPT, w->coalition.id, object,
                    r->responder_signature))
        world_fail(w, "a sync receipt of nodes %zu and %zu is not signed by both", initiator->index,
                   responder->index);
}

void check_fork_notice(struct world *w, const struct line *l, unsigned side,
                       const uint8_t log_id[SMK_ID_BYTES])
{
    size_t at = ledger_find(&w->ledger, log_id);
    const struct node *n = l->side[side].node;
    if (node_is_honest(n) && (at == w->ledger.log_count || !w->ledger.log[at].is_forked))
        world_fail(w, "node %zu takes a log for forked that was never forked", n->index);
}

/* ---- one node ---- */

struct survey {
    struct world *w;
    const struct node *n;
    size_t scope;
    size_t logs;
    uint64_t set;
};

static uint64_t word_of(const uint8_t *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

static bool survey_head(void *ctx, const struct smk_head *head)
{
    struct survey *s = ctx;
    size_t at = ledger_find(&s->w->ledger, head->log_id);
    const struct held *held = at < s->n->holding.held_count ? &s->n->holding.held[at] : NULL;
    bool is_same = held != NULL && held->seq == head->seq && held->fork == head->fork &&
                   (head->seq == 0 || memcmp(held->id, head->id, SMK_ID_BYTES) == 0) &&
                   head->state == (held->fork > 0 ? SMK_LEAF_FORKED : SMK_LEAF_WHOLE);
    if (!is_same) {
        world_fail(s->w, "the frontier of node %zu in %s stands at record %" PRIu64 ", its disk at %" PRIu64,
                   s->n->index, s->w->government.scope[s->scope].text, head->seq,
                   held != NULL ? held->seq : 0);
        return false;
    }
    s->logs++;
    /* A sum, so that the order in which logs arrived is of no matter. */
    s->set +=
        (word_of(head->id) ^ head->seq ^ head->fork << 32) * 0x9e3779b97f4a7c15U ^ word_of(head->log_id);
    return true;
}

static size_t logs_held(const struct world *w, const struct node *n, size_t scope)
{
    size_t count = 0;
    for (size_t i = 0; i < n->holding.held_count && i < w->ledger.log_count; i++)
        count +=
            (n->holding.held[i].seq > 0 || n->holding.held[i].fork > 0) && w->ledger.log[i].scope == scope;
    return count;
}

/* The set of a scope as the frontier has it, which is checked against what the disk holds. */
static uint64_t survey_scope(struct world *w, const struct node *n, size_t scope,
                             uint8_t root[SMK_HASH_BYTES])
{
    struct survey s = {.w = w, .n = n, .scope = scope};
    const struct smk_view *view = disk_view(&n->disk);
    struct smk_frontier *f = view->frontier(view->ctx, &w->government.scope[scope]);
    memset(root, 0, SMK_HASH_BYTES);
    if (f != NULL) {
        smk_frontier_each(f, &(struct smk_prefix){0}, survey_head, &s);
        smk_frontier_root(f, root);
    }
    if (s.logs != logs_held(w, n, scope))
        world_fail(w, "the frontier of node %zu in %s has %zu logs, its disk has %zu", n->index,
                   w->government.scope[scope].text, s.logs, logs_held(w, n, scope));
    return s.logs == 0 ? 0 : s.set;
}

/* ---- all nodes ---- */

struct found {
    const struct node *n;
    uint64_t set;
    uint8_t root[SMK_HASH_BYTES];
};

static void compare_scope(struct world *w, size_t scope)
{
    struct found found[WORLD_NODES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < w->node_count && !w->has_failed; i++) {
        struct node *n = &w->node[i];
        if (!n->is_up || !node_is_honest(n))
            continue;
        struct found *f = &found[count++];
        f->n = n;
        f->set = survey_scope(w, n, scope, f->root);
        for (size_t k = 0; k + 1 < count; k++) {
            bool is_same = memcmp(found[k].root, f->root, SMK_HASH_BYTES) == 0;
            if ((found[k].set == f->set) != is_same)
                world_fail(w, "nodes %zu and %zu hold %s of %s, but their roots are %s", found[k].n->index,
                           n->index, found[k].set == f->set ? "the same set" : "different sets",
                           w->government.scope[scope].text, is_same ? "equal" : "different");
        }
    }
}

/* Every roster says what its decisions say, in whatever order and with whatever else they came. */
static void check_roster(struct world *w, struct node *n)
{
    bool is_dear = w->has_real_keys && !w->is_over; /* then once, at the end */
    if (n->roster_decided == n->holding.decided_hash || is_dear)
        return;
    n->roster_decided = n->holding.decided_hash;
    struct smk_roster *fresh = government_roster(w, n->holding.decided);
    if (roster_digest(w, disk_roster(&n->disk)) != roster_digest(w, fresh))
        world_fail(w, "the roster of node %zu says something else than the decisions that it knows",
                   n->index);
    smk_roster_free(fresh);
}

void check_world(struct world *w)
{
    for (size_t i = 0; i < w->government.scope_count && !w->has_failed; i++)
        compare_scope(w, i);
    for (size_t i = 0; i < w->node_count && !w->has_failed; i++)
        if (w->node[i].is_up && node_is_honest(&w->node[i]))
            check_roster(w, &w->node[i]);
}

void check_all(struct world *w)
{
    w->is_over = true;
    for (size_t i = 0; i < w->node_count && !w->has_failed; i++) {
        struct node *n = &w->node[i];
        if (!n->is_member || !node_is_honest(n))
            continue;
        disk_reopen(&n->disk);
        n->is_up = true;
        n->roster_decided = 0;
        ledger_look_again(w, n, &n->disk, &n->holding);
    }
    check_world(w);
    check_documents(w);
}
