#include "proto/session_state.h"

#include "proto/check.h"
#include "proto/hash.h"
#include "proto/mem.h"

#include <string.h>

struct smk_roster *smk_session_roster(const struct smk_session *s)
{
    return s->view->roster(s->view->ctx);
}

bool smk_session_shares(const struct smk_session *s, const struct smk_scope *scope)
{
    if (scope->kind == SMK_SCOPE_GOV && !scope->is_wit)
        return true;
    struct smk_roster *roster = smk_session_roster(s);
    return s->has_peer_key && smk_roster_holds(roster, s->identity->sign.public_key, scope) &&
           smk_roster_holds(roster, s->peer_key, scope);
}

/* ---- the shared scopes and their digest ---- */

static enum smk_err shared_add(struct smk_session *s, const struct smk_scope *scope)
{
    if (s->shared_count >= SMK_SCOPES_PER_SESSION_MAX)
        return smk_session_refuse(s, SMK_ERR_TOO_BIG_HERE, "more shared scopes than one session can compare");
    if (s->shared_count == s->shared_capacity) {
        size_t capacity = s->shared_capacity == 0 ? 16 : 2 * s->shared_capacity;
        struct smk_scope_root *grown = smk_mem_resize(s->shared, capacity * sizeof *grown);
        if (grown == NULL)
            return SMK_ERR_NOMEM;
        s->shared = grown;
        s->shared_capacity = capacity;
    }
    struct smk_scope_root entry = {.scope = *scope};
    struct smk_frontier *f = s->view->frontier(s->view->ctx, scope);
    if (f != NULL) {
        smk_frontier_root(f, entry.root);
        s->shared_records += smk_frontier_records(f);
    }
    s->shared[s->shared_count++] = entry;
    return SMK_OK;
}

struct gathering {
    struct smk_session *s;
    struct smk_scope gov;
    bool has_gov;
    enum smk_err err;
};

/* `gov` has its place in the order of texts even when nothing of it is here. */
static bool gather(void *ctx, const struct smk_scope *scope)
{
    struct gathering *g = ctx;
    int order = smk_scope_compare(scope, &g->gov);
    if (!g->has_gov && order > 0)
        g->err = shared_add(g->s, &g->gov);
    g->has_gov = g->has_gov || order >= 0;
    if (g->err == SMK_OK && smk_session_shares(g->s, scope))
        g->err = shared_add(g->s, scope);
    return g->err == SMK_OK;
}

static enum smk_err digest_shared(struct smk_session *s)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf list = {.max = SMK_MESSAGE_BYTES_MAX};
    smk_pack_array(&list, s->shared_count);
    for (size_t i = 0; i < s->shared_count; i++) {
        smk_pack_array(&list, 3);
        smk_pack_str(&list, smk_scope_bytes(&s->shared[i].scope));
        smk_pack_bin(&list, SMK_BYTES(s->shared[i].root));
        smk_pack_nil(&list); /* holes */
    }
    if (list.err == SMK_OK)
        smk_hash(SMK_PERSONAL_DIGEST, smk_buf_view(&list), s->digest);
    return list.err;
}

enum smk_err smk_session_sum_up(struct smk_session *s)
{
    struct gathering g = {.s = s, .gov = smk_scope_of("gov")};
    s->shared_count = 0;
    s->shared_records = 0;
    s->view->each_scope(s->view->ctx, gather, &g);
    if (g.err == SMK_OK && !g.has_gov)
        g.err = shared_add(s, &g.gov);
    if (g.err != SMK_OK)
        return g.err;
    s->digest_arrival = s->view->arrival(s->view->ctx);
    s->digest_forks = s->view->fork_number(s->view->ctx);
    return digest_shared(s);
}

/* ---- comparing ---- */

static enum smk_err compare_send(struct smk_session *s)
{
    struct smk_compare m = {.round = s->round};
    enum smk_err err = smk_session_sum_up(s);
    if (err != SMK_OK)
        return err;
    memcpy(m.digest, s->digest, sizeof m.digest);
    smk_compare_encode(&m, &s->body);
    return smk_session_send(s, SMK_MESSAGE_COMPARE);
}

/* Equal at the moment of both digests: from here on only what arrives later is told. */
static void agree(struct smk_session *s)
{
    bool is_news = !s->has_agreed || memcmp(s->agreed_digest, s->digest, sizeof s->digest) != 0 ||
                   s->now_ms >= s->agreement_told_ms + SMK_SESSION_AGREEMENT_TOLD_MS;
    s->has_agreed = true;
    memcpy(s->agreed_digest, s->digest, sizeof s->agreed_digest);
    s->status.compared_ms = s->wall_ms;
    s->status.shared_scopes = s->shared_count;
    s->status.shared_records = s->shared_records;
    s->phase = SMK_PHASE_LIVE;
    s->rounds_without_progress = 0;
    s->cursor = s->digest_arrival;
    s->fork_cursor = s->digest_forks;
    smk_logmap_clear(&s->peer_has);
    smk_logmap_clear(&s->peer_knows);
    smk_logmap_clear(&s->back);
    s->is_blind = false;
    s->is_compare_due = false;
    s->is_again_due = s->is_again_sent = false;
    smk_session_receipt_consider(s);
    if (!is_news)
        return;
    s->agreement_told_ms = s->now_ms;
    smk_session_notify(s, SMK_NOTICE_AGREED);
}

enum smk_err smk_session_judge(struct smk_session *s, const uint8_t peer_digest[SMK_HASH_BYTES])
{
    s->owes_compare = s->has_compared = false;
    if (memcmp(peer_digest, s->digest, SMK_HASH_BYTES) == 0) {
        agree(s);
        return SMK_OK;
    }
    s->has_agreed = false;
    if (s->rounds_without_progress >= SMK_ROUNDS_WITHOUT_PROGRESS_MAX)
        return SMK_ERR_NO_PROGRESS;
    smk_giving_drop_jobs(&s->giving); /* pushes: the round will find them */
    if (s->is_full || s->is_peer_full) {
        smk_session_stop(s);
        s->phase = SMK_PHASE_LIVE;
        return SMK_OK;
    }
    if (s->is_initiator)
        return smk_session_round_begin(s);
    s->phase = SMK_PHASE_ROOTS;
    return SMK_OK;
}

enum smk_err smk_session_on_compare(struct smk_session *s, const struct smk_incoming *m)
{
    struct smk_compare compare;
    enum smk_err err = smk_compare_decode(m->root, &compare);
    if (err != SMK_OK)
        return err;
    if (compare.round != s->round || s->owes_compare || (s->is_initiator && !s->has_compared))
        return SMK_ERR_UNEXPECTED;
    if (s->is_initiator)
        return smk_session_judge(s, compare.digest);
    memcpy(s->peer_digest, compare.digest, sizeof s->peer_digest);
    s->owes_compare = true;
    s->phase = SMK_PHASE_COMPARE;
    return SMK_OK;
}

/* Neither side speaks of its state while records that it has received are still on their way to the disk. */
enum smk_err smk_session_compare_due(struct smk_session *s, bool *ret_has_moved)
{
    bool is_due = s->is_initiator ? !s->has_compared : s->owes_compare;
    if (!is_due || s->taking.storing_count > 0)
        return SMK_OK;
    *ret_has_moved = true;
    enum smk_err err = compare_send(s);
    if (err != SMK_OK)
        return err;
    if (!s->is_initiator)
        return smk_session_judge(s, s->peer_digest);
    s->has_compared = true;
    return SMK_OK;
}
