#include "proto/session_state.h"

#include "proto/check.h"
#include "proto/log.h"

/* ---- in good order ---- */

void smk_session_stop(struct smk_session *s)
{
    if (s->phase == SMK_PHASE_CLOSING || s->is_stopping)
        return;
    bool has_spoken = s->has_channel && s->phase != SMK_PHASE_ADMITTING && !s->is_stranger;
    if (!has_spoken && !s->status.is_bound) {
        s->phase = SMK_PHASE_OVER; /* nobody is owed a word */
        return;
    }
    s->is_stopping = true;
    s->stop_ms = s->now_ms;
}

static bool is_under_way(const struct smk_session *s)
{
    return s->giving.under_way_count > 0 || s->taking.storing_count > 0 || s->awaits_receipt;
}

enum smk_err smk_session_stop_due(struct smk_session *s, bool *ret_has_moved)
{
    bool is_patient = s->now_ms < s->stop_ms + SMK_SESSION_END_MS;
    if (s->is_close_sent || (is_under_way(s) && is_patient))
        return SMK_OK;
    *ret_has_moved = true;
    return smk_session_close_send(s, 0);
}

enum smk_err smk_session_close_send(struct smk_session *s, uint64_t code)
{
    struct smk_close m = {.code = code, .message_count = s->channel.messages_sent};
    smk_close_encode(&m, &s->body);
    enum smk_err err = smk_session_send(s, SMK_MESSAGE_CLOSE);
    s->is_close_sent = true;
    s->close_code = code;
    s->close_ms = s->now_ms;
    s->phase = SMK_PHASE_CLOSING;
    return err;
}

enum smk_err smk_session_on_close(struct smk_session *s, const struct smk_incoming *m)
{
    struct smk_close close;
    enum smk_err err = smk_close_decode(m->root, &close);
    if (err != SMK_OK)
        return err;
    s->status.peer_code = close.code;
    smk_session_notify(s, SMK_NOTICE_PEER_CLOSED);
    if (close.code != 0)
        return smk_session_refuse(s, SMK_ERR_PEER_ERROR, smk_wire_code_name(close.code));
    if (!s->is_close_sent)
        err = smk_session_close_send(s, 0);
    bool is_whole =
        close.message_count == s->channel.messages_received - 1; /* the close itself is counted here */
    s->status.is_complete = err == SMK_OK && is_whole && s->close_code == 0;
    s->phase = SMK_PHASE_OVER;
    return err;
}

/* ---- failure ---- */

static uint64_t close_code_of(enum smk_err err)
{
    /* each side holds what the other cannot use: another peer may help */
    return smk_wire_code(err == SMK_ERR_NO_PROGRESS ? SMK_ERR_STORE_DAMAGED : err);
}

/* A stranger learns nothing but that it needs its certificate; who cut the line or gave up hears no more. */
static bool may_know(const struct smk_session *s, enum smk_err err)
{
    if (!s->has_channel || s->is_close_sent || s->phase == SMK_PHASE_ADMITTING)
        return false;
    if (s->is_stranger && !s->status.is_bound)
        return err == SMK_ERR_UNKNOWN_AUTHOR;
    return err != SMK_ERR_CUT_LINE && err != SMK_ERR_PEER_ERROR && err != SMK_ERR_BAD_INVITATION;
}

/* Whatever a stranger does wrong, it is a stranger. */
static enum smk_err blame(const struct smk_session *s, enum smk_err err)
{
    bool is_told = err == SMK_ERR_BAD_INVITATION || err == SMK_ERR_CUT_LINE || err == SMK_ERR_SILENT;
    bool is_stranger = s->is_stranger && !s->status.is_bound && s->phase == SMK_PHASE_HELLO;
    return is_stranger && smk_err_is_peer_fault(err) && !is_told ? SMK_ERR_UNKNOWN_PEER : err;
}

enum smk_err smk_session_fail(struct smk_session *s, enum smk_err err)
{
    enum smk_err blamed = blame(s, err);
    if (s->status.reason[0] == '\0')
        s->status.reason = smk_err_text(blamed);
    smk_buf_reset(&s->body);
    enum smk_err told = may_know(s, blamed) ? smk_session_close_send(s, close_code_of(blamed)) : SMK_OK;
    (void)told; /* the line dies in any case */
    s->has_agreed = false;
    s->phase = SMK_PHASE_OVER;
    return blamed;
}

/* ---- time ---- */

static bool is_unbound(const struct smk_session *s)
{
    return s->phase == SMK_PHASE_HANDSHAKE || (s->phase == SMK_PHASE_HELLO && s->is_stranger);
}

/* When the line counts as dead. The peer has to wait while we store. */
static uint64_t silent_at(const struct smk_session *s)
{
    if (s->phase == SMK_PHASE_HANDSHAKE)
        return s->start_ms + SMK_HANDSHAKE_TIMEOUT_MS;
    if (is_unbound(s))
        return s->heard_ms + SMK_HANDSHAKE_TIMEOUT_MS;
    if (s->phase == SMK_PHASE_CLOSING)
        return s->close_ms + SMK_SESSION_END_MS;
    return s->taking.storing_count > 0 ? UINT64_MAX : s->heard_ms + SMK_SILENCE_TIMEOUT_MS;
}

static uint64_t keepalive_at(const struct smk_session *s)
{
    if (!s->is_initiator || s->phase != SMK_PHASE_LIVE || s->is_stopping || s->is_compare_due)
        return UINT64_MAX;
    uint64_t last = s->heard_ms > s->spoke_ms ? s->heard_ms : s->spoke_ms;
    return last + SMK_KEEPALIVE_MS;
}

static uint64_t stop_at(const struct smk_session *s)
{
    if (s->phase == SMK_PHASE_CLOSING)
        return UINT64_MAX;
    return s->is_stopping ? s->stop_ms + SMK_SESSION_END_MS : s->start_ms + SMK_SESSION_AGE_MAX_MS;
}

enum smk_err smk_session_look_at_clock(struct smk_session *s)
{
    if (s->phase == SMK_PHASE_NEW)
        return SMK_OK;
    if (s->now_ms >= silent_at(s))
        return SMK_ERR_SILENT;
    if (s->now_ms >= keepalive_at(s))
        s->is_compare_due = true;
    if (s->now_ms >= stop_at(s))
        smk_session_stop(s); /* too old; once stopping, smk_session_stop_due looks at the time itself */
    return SMK_OK;
}

struct smk_mono smk_session_wake_at(const struct smk_session *s)
{
    if (s->phase == SMK_PHASE_NEW || s->phase == SMK_PHASE_OVER)
        return SMK_MONO_NEVER;
    uint64_t at = silent_at(s);
    if (keepalive_at(s) < at)
        at = keepalive_at(s);
    if (stop_at(s) < at)
        at = stop_at(s);
    return (struct smk_mono){at};
}
