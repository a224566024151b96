#include "proto/session_state.h"

#include "proto/check.h"
#include "proto/mem.h"

#include <string.h>

void smk_session_doubt(struct smk_session *s)
{
    if (s->is_initiator)
        s->is_compare_due = true;
    else
        s->is_again_due = true;
}

/* ---- local arrivals ---- */

struct arrivals {
    struct smk_session *s;
    size_t left;
    struct smk_scope last_scope;
    bool is_last_shared;
    bool is_cut_short; /* the cursor stays before the rest */
    enum smk_err err;
};

static bool is_shared(struct arrivals *a, const struct smk_scope *scope)
{
    if (a->last_scope.text[0] == '\0' || !smk_scope_is_equal(&a->last_scope, scope)) {
        a->last_scope = *scope;
        a->is_last_shared = smk_session_shares(a->s, scope);
    }
    return a->is_last_shared;
}

static enum smk_err push(struct smk_session *s, const struct smk_header *h)
{
    uint8_t log_id[SMK_ID_BYTES];
    uint64_t known = 0;
    smk_log_id(h->author, h->incarnation, &h->scope, log_id);
    if (smk_logmap_get(&s->peer_has, log_id, &known) && h->seq <= known)
        return SMK_OK;
    enum smk_err err = smk_giving_push(&s->giving, log_id, h);
    if (err != SMK_OK)
        return err;
    err = smk_logmap_put(&s->peer_has, log_id, h->seq);
    if (err == SMK_ERR_TOO_BIG_HERE) { /* more logs than are remembered: compare again instead */
        s->is_blind = true;
        smk_session_doubt(s);
        err = SMK_OK;
    }
    return err;
}

static bool on_arrival(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct arrivals *a = ctx;
    if (a->left == 0 || a->s->is_blind) {
        a->is_cut_short = true;
        return false;
    }
    a->left--;
    if (is_shared(a, &r->header.scope))
        a->err = push(a->s, &r->header);
    if (a->err == SMK_OK)
        a->s->cursor = arrival;
    else
        a->is_cut_short = true;
    return a->err == SMK_OK;
}

static enum smk_err look_at_arrivals(struct smk_session *s, bool *ret_has_moved)
{
    uint64_t before = s->cursor, newest = s->view->arrival(s->view->ctx);
    if (s->is_blind || newest <= s->cursor)
        return SMK_OK;
    struct arrivals a = {.s = s, .left = SMK_SESSION_ARRIVALS_PER_STEP};
    enum smk_err err = s->view->read_arrivals(s->view->ctx, s->cursor, on_arrival, &a);
    if (a.err == SMK_ERR_TOO_BIG_HERE)
        a.err = SMK_OK; /* the rest when some of the jobs have gone */
    if (err == SMK_ERR_NOT_FOUND ||
        err == SMK_ERR_STORE_DAMAGED) { /* the comparison finds out what can be given */
        s->is_blind = true;
        smk_session_doubt(s);
        err = SMK_OK;
    }
    if (err == SMK_OK && !s->is_blind && !a.is_cut_short)
        s->cursor = newest;
    *ret_has_moved = s->cursor != before;
    return err != SMK_OK ? err : a.err;
}

/* ---- forks ---- */

static bool on_fork(void *ctx, uint64_t number, const struct smk_view_fork *fork)
{
    struct arrivals *a = ctx;
    struct smk_session *s = a->s;
    uint64_t known = 0;
    bool is_known = smk_logmap_get(&s->peer_knows, fork->log_id, &known) && known <= fork->seq;
    if (!is_known && smk_session_shares(s, &fork->scope))
        a->err = smk_giving_prove(&s->giving, &fork->scope, fork->log_id);
    a->is_cut_short = a->err == SMK_ERR_TOO_BIG_HERE; /* the rest when some have gone */
    if (a->err != SMK_OK)
        return false;
    s->fork_cursor = number;
    return true;
}

/* The proof of a fork goes to everybody who holds the scope, before any record. */
static enum smk_err look_at_forks(struct smk_session *s, bool *ret_has_moved)
{
    uint64_t before = s->fork_cursor, newest = s->view->fork_number(s->view->ctx);
    if (newest <= before)
        return SMK_OK;
    struct arrivals a = {.s = s};
    enum smk_err err = s->view->read_forks(s->view->ctx, before, on_fork, &a);
    if (err == SMK_ERR_STORE_DAMAGED)
        err = SMK_OK; /* what can be read was given */
    if (a.is_cut_short)
        a.err = SMK_OK;
    else if (err == SMK_OK && a.err == SMK_OK)
        s->fork_cursor = newest;
    *ret_has_moved = s->fork_cursor != before;
    return err != SMK_OK ? err : a.err;
}

/* ---- again ---- */

enum smk_err smk_session_on_again(struct smk_session *s, const struct smk_incoming *m)
{
    enum smk_err err = smk_again_decode(m->root);
    if (err == SMK_OK)
        smk_session_doubt(s);
    return err;
}

enum smk_err smk_session_on_again_late(struct smk_session *s, const struct smk_incoming *m)
{
    (void)s; /* a comparison is on its way already */
    return smk_again_decode(m->root);
}

static enum smk_err again_send(struct smk_session *s)
{
    s->is_again_due = false;
    s->is_again_sent = true;
    smk_again_encode(&s->body);
    return smk_session_send(s, SMK_MESSAGE_AGAIN);
}

/* ---- what is due ---- */

static enum smk_err initiator_due(struct smk_session *s, bool *ret_has_moved)
{
    bool is_quiet = smk_giving_is_idle(&s->giving) && s->taking.storing_count == 0;
    if (!is_quiet || s->awaits_receipt)
        return SMK_OK;
    *ret_has_moved = true;
    if (s->is_full || s->is_peer_full) {
        smk_session_stop(s);
    } else if (s->is_compare_due) {
        s->is_compare_due = false;
        s->phase = SMK_PHASE_COMPARE;
    } else if (s->is_receipt_due) {
        s->is_receipt_due = false;
        return smk_session_receipt_send(s);
    } else if (!s->is_live) {
        smk_session_stop(s);
    } else {
        *ret_has_moved = false;
    }
    return SMK_OK;
}

enum smk_err smk_session_live_due(struct smk_session *s, bool *ret_has_moved)
{
    if (s->is_live && !s->is_full) {
        enum smk_err err = look_at_forks(s, ret_has_moved);
        if (err == SMK_OK && !*ret_has_moved)
            err = look_at_arrivals(s, ret_has_moved);
        if (err != SMK_OK || *ret_has_moved)
            return err;
    }
    if (smk_giving_has_to_send(&s->giving))
        return smk_session_give(s, ret_has_moved);
    if (s->is_initiator)
        return initiator_due(s, ret_has_moved);
    if (s->is_again_due && !s->is_again_sent) {
        *ret_has_moved = true;
        return again_send(s);
    }
    return SMK_OK;
}
