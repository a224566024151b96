#include "proto/session_state.h"

#include "proto/check.h"
#include "proto/mem.h"

#include <string.h>

/* ---- which scopes a round is about ---- */

void smk_session_round_drop(struct smk_session *s)
{
    for (size_t i = 0; i < s->scope_count; i++)
        smk_reconcile_deinit(&s->scope[i].walk, &s->due_left);
    smk_mem_free(s->scope);
    s->scope = NULL;
    s->scope_count = 0;
}

static void round_add(struct smk_session *s, const struct smk_scope *scope)
{
    enum smk_reconcile_state state = s->is_initiator ? SMK_RECONCILE_OURS : SMK_RECONCILE_THEIRS;
    s->scope[s->scope_count++] = (struct smk_round_scope){.scope = *scope, .walk = {.state = state}};
}

static void find_root(const struct smk_scope_root *at, size_t count, const struct smk_scope *scope,
                      uint8_t ret_root[SMK_HASH_BYTES])
{
    memset(ret_root, 0, SMK_HASH_BYTES);
    for (size_t i = 0; i < count; i++)
        if (smk_scope_is_equal(&at[i].scope, scope))
            memcpy(ret_root, at[i].root, SMK_HASH_BYTES);
}

/* Both lists ascend; both sides come to the same scopes, since both look at the same two lists. */
static enum smk_err round_merge(struct smk_session *s, const struct smk_scope_root *theirs,
                                size_t their_count)
{
    size_t i = 0, k = 0;
    while (i < s->shared_count || k < their_count) {
        int order = 0;
        if (i == s->shared_count || k == their_count)
            order = i == s->shared_count ? 1 : -1;
        else
            order = smk_scope_compare(&s->shared[i].scope, &theirs[k].scope);
        const struct smk_scope *scope = order <= 0 ? &s->shared[i].scope : &theirs[k].scope;
        if (order > 0 && !smk_session_shares(s, scope))
            return SMK_ERR_SCOPE_DENIED;
        if (order != 0 || memcmp(s->shared[i].root, theirs[k].root, SMK_HASH_BYTES) != 0)
            round_add(s, scope);
        i += order <= 0;
        k += order >= 0;
    }
    return SMK_OK;
}

/* From our own roots as sent (s->shared) and the peer's. */
static enum smk_err round_set_up(struct smk_session *s, const struct smk_scope_root *theirs,
                                 size_t their_count)
{
    uint8_t our_gov[SMK_HASH_BYTES], their_gov[SMK_HASH_BYTES];
    struct smk_scope gov = smk_scope_of("gov");
    enum smk_err err = SMK_OK;
    smk_session_round_drop(s);
    s->scope = smk_mem_array(s->shared_count + their_count, sizeof *s->scope);
    if (s->scope == NULL)
        return SMK_ERR_NOMEM;
    find_root(s->shared, s->shared_count, &gov, our_gov);
    find_root(theirs, their_count, &gov, their_gov);
    if (memcmp(our_gov, their_gov, sizeof our_gov) != 0)
        round_add(s, &gov); /* who may know what has to be settled first */
    else
        err = round_merge(s, theirs, their_count);
    s->walks_open = s->scope_count;
    s->scope_begun = 0;
    s->is_done_sent = s->is_done_received = s->has_progress = false;
    smk_taking_forget_wanted(&s->taking);
    s->phase = SMK_PHASE_ROUND;
    return err;
}

static enum smk_err roots_send(struct smk_session *s)
{
    enum smk_err err = smk_session_sum_up(s);
    if (err != SMK_OK)
        return err;
    smk_roots_encode(s->round, s->shared, s->shared_count, &s->body);
    return smk_session_send(s, SMK_MESSAGE_ROOTS);
}

enum smk_err smk_session_round_begin(struct smk_session *s)
{
    s->round++;
    s->phase = SMK_PHASE_ROOTS;
    return roots_send(s);
}

enum smk_err smk_session_on_roots(struct smk_session *s, const struct smk_incoming *m)
{
    struct smk_roots roots;
    enum smk_err err = smk_roots_decode(m->root, &roots);
    if (err != SMK_OK)
        return err;
    if (roots.round != s->round + !s->is_initiator)
        return SMK_ERR_UNEXPECTED;
    s->round = roots.round;
    if (!s->is_initiator)
        err = roots_send(s);
    if (err != SMK_OK)
        return err;
    struct smk_scope_root *theirs = smk_mem_array(roots.count, sizeof *theirs);
    if (theirs == NULL)
        return SMK_ERR_NOMEM;
    for (size_t i = 0; i < roots.count; i++)
        theirs[i] = smk_roots_at(&roots, i);
    err = round_set_up(s, theirs, roots.count);
    smk_mem_free(theirs);
    return err;
}

/* ---- walking ---- */

static struct smk_round_scope *round_find(struct smk_session *s, const struct smk_scope *scope)
{
    size_t low = 0, high = s->scope_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = smk_scope_compare(&s->scope[middle].scope, scope);
        if (order == 0)
            return &s->scope[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

struct walker {
    struct smk_session *s;
    const struct smk_scope *scope;
};

static void on_lacking(void *ctx, const struct smk_head *theirs, uint64_t our_seq)
{
    struct walker *w = ctx;
    uint64_t back = 0;
    if (w->s->is_full || w->s->walk_err != SMK_OK)
        return;
    (void)smk_logmap_get(&w->s->back, theirs->log_id, &back); /* 0 unless a want did not fit before */
    w->s->walk_err = smk_taking_want(&w->s->taking, w->scope, theirs, back < our_seq ? our_seq - back : 0);
}

/* Somewhere up to here the two differ. What the other side has there proves it, together with what is here. */
static void on_forked(void *ctx, const struct smk_head *theirs)
{
    struct walker *w = ctx;
    uint64_t back = 0;
    if (w->s->walk_err == SMK_OK && !smk_logmap_get(&w->s->back, theirs->log_id, &back))
        w->s->walk_err = smk_session_go_back(w->s, theirs->log_id);
    on_lacking(ctx, theirs, theirs->seq);
}

static void on_unproved(void *ctx, const struct smk_head *theirs)
{
    struct walker *w = ctx;
    if (w->s->walk_err != SMK_OK)
        return;
    enum smk_err err = smk_giving_prove(&w->s->giving, w->scope, theirs->log_id);
    w->s->walk_err = err == SMK_ERR_TOO_BIG_HERE ? SMK_OK : err; /* the next round finds the rest */
}

enum smk_err smk_session_on_tree(struct smk_session *s, const struct smk_incoming *m)
{
    struct smk_tree_message tree;
    enum smk_err err = smk_tree_message_decode(m->root, &tree);
    if (err != SMK_OK)
        return err;
    if (!smk_session_shares(s, &tree.scope))
        return SMK_ERR_SCOPE_DENIED;
    struct smk_round_scope *at = round_find(s, &tree.scope);
    if (at == NULL || s->is_done_received)
        return SMK_ERR_UNEXPECTED;
    struct walker w = {s, &at->scope};
    struct smk_reconcile_sink sink = {
        .ctx = &w, .lacking = on_lacking, .forked = on_forked, .unproved = on_unproved};
    bool has_answer = false;
    s->walk_err = SMK_OK;
    struct smk_frontier *f = s->view->frontier(s->view->ctx, &tree.scope);
    err = smk_reconcile_take(&at->walk, f, &tree, &sink, &s->due_left, &s->body, &has_answer);
    if (err == SMK_OK)
        err = s->walk_err;
    if (err != SMK_OK)
        return err;
    s->walks_open -= at->walk.state == SMK_RECONCILE_OVER;
    return has_answer ? smk_session_send(s, SMK_MESSAGE_TREE) : SMK_OK;
}

/* The rights may have changed since the roots were told: then nothing is said of that scope, and the session ends. */
static enum smk_err walk_begin(struct smk_session *s)
{
    struct smk_round_scope *at = &s->scope[s->scope_begun];
    if (!smk_session_shares(s, &at->scope)) {
        s->status.reason = "less is shared than before; the next session begins with that";
        smk_session_stop(s);
        return SMK_OK;
    }
    s->scope_begun++;
    struct smk_frontier *f = s->view->frontier(s->view->ctx, &at->scope);
    enum smk_err err = smk_reconcile_begin(&at->walk, &at->scope, f, &s->body);
    return err == SMK_OK ? smk_session_send(s, SMK_MESSAGE_TREE) : err;
}

/* ---- want and lack ---- */

enum smk_err smk_session_on_want(struct smk_session *s, const struct smk_incoming *m)
{
    struct smk_want want;
    enum smk_err err = smk_want_decode(m->root, &want);
    if (err != SMK_OK)
        return err;
    if (!smk_session_shares(s, &want.scope))
        return SMK_ERR_SCOPE_DENIED;
    if (s->is_done_received)
        return SMK_ERR_UNEXPECTED;
    for (size_t i = 0; i < want.count && err == SMK_OK; i++) {
        struct smk_want_run run = smk_want_at(&want, i);
        err = smk_giving_want(&s->giving, &want.scope, &run);
    }
    return err;
}

enum smk_err smk_session_on_lack(struct smk_session *s, const struct smk_incoming *m)
{
    struct smk_lack lack;
    uint8_t log_id[SMK_ID_BYTES];
    enum smk_err err = smk_lack_decode(m->root, &lack);
    if (err != SMK_OK)
        return err;
    if (!smk_session_shares(s, &lack.scope))
        return SMK_ERR_SCOPE_DENIED;
    smk_log_id(lack.author, lack.incarnation, &lack.scope, log_id);
    smk_taking_lack(&s->taking, log_id);
    return SMK_OK;
}

static enum smk_err want_send(struct smk_session *s)
{
    enum smk_err err = smk_taking_ask(&s->taking, &s->body);
    return err == SMK_OK ? smk_session_send(s, SMK_MESSAGE_WANT) : err;
}

/* ---- done ---- */

/* Each side has all that it wanted: its acknowledgements came before its `done`, so nothing is under way. */
static void round_end(struct smk_session *s)
{
    smk_session_round_drop(s);
    /* What comes from elsewhere meanwhile makes two busy nodes differ again and again, and is nobody's fault. */
    bool has_moved = s->view->arrival(s->view->ctx) != s->digest_arrival ||
                     s->view->fork_number(s->view->ctx) != s->digest_forks;
    s->rounds_without_progress = s->has_progress || has_moved ? 0 : s->rounds_without_progress + 1;
    s->phase = SMK_PHASE_COMPARE;
    if (s->is_initiator && (s->is_full || s->is_peer_full))
        smk_session_stop(s); /* nothing would be equal */
}

enum smk_err smk_session_on_done(struct smk_session *s, const struct smk_incoming *m)
{
    uint64_t round;
    enum smk_err err = smk_done_decode(m->root, &round);
    if (err != SMK_OK)
        return err;
    if (round != s->round || s->is_done_received || s->walks_open > 0)
        return SMK_ERR_UNEXPECTED;
    s->is_done_received = true;
    if (s->is_done_sent)
        round_end(s);
    return SMK_OK;
}

static enum smk_err done_send(struct smk_session *s)
{
    smk_done_encode(s->round, &s->body);
    enum smk_err err = smk_session_send(s, SMK_MESSAGE_DONE);
    s->is_done_sent = true;
    if (s->is_done_received)
        round_end(s);
    return err;
}

enum smk_err smk_session_round_due(struct smk_session *s, bool *ret_has_moved)
{
    *ret_has_moved = true;
    if (s->is_initiator && s->scope_begun < s->scope_count)
        return walk_begin(s);
    if (smk_taking_has_to_ask(&s->taking))
        return want_send(s);
    if (smk_giving_has_to_send(&s->giving))
        return smk_session_give(s, ret_has_moved);
    bool is_quiet = s->walks_open == 0 && smk_taking_is_idle(&s->taking) && smk_giving_is_idle(&s->giving);
    if (is_quiet && !s->is_done_sent)
        return done_send(s);
    *ret_has_moved = false;
    return SMK_OK;
}
