#include "proto/session_state.h"

#include "proto/check.h"
#include "proto/mem.h"

#include <string.h>

/* ---- life ---- */

enum smk_err smk_session_new(const struct smk_session_options *options, struct smk_session **ret_session)
{
    SMK_ASSERT(options->identity != NULL);
    SMK_ASSERT(options->view != NULL || options->join != NULL);
    SMK_ASSERT(options->join == NULL || options->is_initiator);
    struct smk_session *s = smk_mem_new(sizeof *s);
    if (s == NULL)
        return SMK_ERR_NOMEM;
    s->is_initiator = options->is_initiator;
    s->is_live = options->is_live;
    s->identity = options->identity;
    s->view = options->view;
    s->join = options->join;
    memcpy(s->expected_transport, options->expected_transport, sizeof s->expected_transport);
    const uint8_t *coalition =
        s->join != NULL ? s->join->coalition : smk_roster_coalition(smk_session_roster(s));
    memcpy(s->coalition, coalition, sizeof s->coalition);

    uint8_t prologue[9 + SMK_ID_BYTES + 1] = "SAMAKI/1"; /* with its final zero */
    memcpy(prologue + 9, s->coalition, SMK_ID_BYTES);
    prologue[9 + SMK_ID_BYTES] = 1;
    struct smk_dh_key ephemeral;
    smk_dh_key_init(&ephemeral, options->ephemeral_secret);
    smk_noise_init(&s->noise, s->is_initiator, SMK_BYTES(prologue), &s->identity->transport, &ephemeral);
    smk_dh_key_deinit(&ephemeral);

    s->inbox.max = SMK_SESSION_INBOX_BYTES_MAX;
    s->line.max = SMK_SESSION_LINE_BYTES_MAX;
    s->body.max = SMK_MESSAGE_BYTES_MAX;
    s->lent.max = SMK_MESSAGE_BYTES_MAX;
    s->receipt_body.max = SMK_MESSAGE_BYTES_MAX;
    s->peer_has.max = SMK_SESSION_PEER_HAS_MAX;
    s->peer_knows.max = SMK_SESSION_PEER_HAS_MAX;
    s->back.max = SMK_SESSION_CONFLICTS_MAX;
    s->due_left = SMK_RECONCILE_DUE_MAX;
    smk_giving_init(&s->giving);
    smk_taking_init(&s->taking);
    s->status.reason = "";
    *ret_session = s;
    return SMK_OK;
}

void smk_session_free(struct smk_session *s)
{
    if (s == NULL)
        return;
    smk_session_round_drop(s);
    smk_noise_deinit(&s->noise);
    smk_channel_deinit(&s->channel);
    smk_buf_deinit(&s->inbox);
    smk_buf_deinit(&s->line);
    smk_buf_deinit(&s->body);
    smk_buf_deinit(&s->lent);
    smk_buf_deinit(&s->receipt_body);
    smk_mem_free(s->shared);
    smk_mem_free(s->acked);
    smk_giving_deinit(&s->giving);
    smk_taking_deinit(&s->taking);
    smk_logmap_deinit(&s->peer_has);
    smk_logmap_deinit(&s->peer_knows);
    smk_logmap_deinit(&s->back);
    smk_mem_wipe(s, sizeof *s);
    smk_mem_free(s);
}

enum smk_err smk_session_refuse(struct smk_session *s, enum smk_err err, const char *why)
{
    s->status.reason = why;
    return err;
}

void smk_session_notify(struct smk_session *s, enum smk_notice notice)
{
    for (unsigned i = 0; i < s->up.notice_count; i++)
        if (s->up.notice[i] == notice)
            return;
    SMK_ASSERT(s->up.notice_count < sizeof s->up.notice / sizeof s->up.notice[0]);
    s->up.notice[s->up.notice_count++] = notice;
}

/* ---- events ---- */

typedef enum smk_err event_fn(struct smk_session *s, const struct smk_event *ev);

static enum smk_err on_start(struct smk_session *s, const struct smk_event *ev)
{
    (void)ev;
    return smk_session_begin(s);
}

static enum smk_err on_received(struct smk_session *s, const struct smk_event *ev)
{
    smk_buf_drop(&s->inbox, s->inbox_used);
    s->inbox_used = 0;
    smk_buf_write_bytes(&s->inbox, ev->received);
    s->status.line_bytes_received += ev->received.len;
    if (ev->received.len > 0)
        s->heard_ms = s->now_ms;
    return s->inbox.err;
}

static enum smk_err on_moved(struct smk_session *s, const struct smk_event *ev)
{
    (void)s;
    (void)ev;
    return SMK_OK; /* every step looks at what is due */
}

static enum smk_err on_time(struct smk_session *s, const struct smk_event *ev)
{
    (void)ev;
    return smk_session_look_at_clock(s);
}

static enum smk_err on_stop(struct smk_session *s, const struct smk_event *ev)
{
    (void)ev;
    smk_session_stop(s);
    return SMK_OK;
}

static enum smk_err on_line_closed(struct smk_session *s, const struct smk_event *ev)
{
    (void)ev;
    if (s->phase == SMK_PHASE_JOINING)
        return smk_session_refuse(s, SMK_ERR_CUT_LINE, "the other node did not accept the invitation");
    if (s->phase == SMK_PHASE_HELLO && s->is_initiator)
        return smk_session_refuse(s, SMK_ERR_CUT_LINE, "the other node does not know this device");
    return SMK_ERR_CUT_LINE;
}

#define ALWAYS                                                                                               \
    [SMK_EV_TIME] = on_time, [SMK_EV_SENT] = on_moved, [SMK_EV_ARRIVED] = on_moved, [SMK_EV_STOP] = on_stop, \
    [SMK_EV_LINE_CLOSED] = on_line_closed
#define ON_THE_LINE ALWAYS, [SMK_EV_RECEIVED] = on_received
#define TALKING ON_THE_LINE, [SMK_EV_STORED] = smk_session_stored

#define EVENT_END (SMK_EV_LINE_CLOSED + 1)

static event_fn *const event_table[SMK_PHASE_END][EVENT_END] = {
    [SMK_PHASE_NEW] = {ALWAYS, [SMK_EV_START] = on_start},
    [SMK_PHASE_HANDSHAKE] = {ON_THE_LINE},
    [SMK_PHASE_JOINING] = {ON_THE_LINE},
    [SMK_PHASE_ADMITTING] = {ON_THE_LINE, [SMK_EV_ADMITTED] = smk_session_admitted},
    [SMK_PHASE_HELLO] = {ON_THE_LINE},
    [SMK_PHASE_ROOTS] = {TALKING},
    [SMK_PHASE_ROUND] = {TALKING},
    [SMK_PHASE_COMPARE] = {TALKING},
    [SMK_PHASE_LIVE] = {TALKING},
    [SMK_PHASE_CLOSING] = {TALKING},
    [SMK_PHASE_OVER] = {0},
};

/* ---- dues ---- */

typedef enum smk_err due_fn(struct smk_session *s, bool *ret_has_moved);

static due_fn *const due_table[SMK_PHASE_END] = {
    [SMK_PHASE_ROUND] = smk_session_round_due,
    [SMK_PHASE_COMPARE] = smk_session_compare_due,
    [SMK_PHASE_LIVE] = smk_session_live_due,
};

static enum smk_err move_once(struct smk_session *s, bool *ret_has_moved)
{
    enum smk_err err = smk_session_take(s, ret_has_moved);
    if (err != SMK_OK || *ret_has_moved)
        return err;
    if (s->is_stopping)
        return smk_session_stop_due(s, ret_has_moved);
    due_fn *due = due_table[s->phase];
    return due != NULL ? due(s, ret_has_moved) : SMK_OK;
}

static enum smk_err go_on(struct smk_session *s)
{
    while (s->phase != SMK_PHASE_OVER) {
        if (smk_session_is_held_up(s)) {
            s->up.has_more = true;
            return SMK_OK;
        }
        bool has_moved = false;
        enum smk_err err = move_once(s, &has_moved);
        if (err != SMK_OK || !has_moved)
            return err;
    }
    return SMK_OK;
}

/* The caller has enough to send. Only a stop does not wait for ever: the peer may never read. */
static enum smk_err wait_for_room(struct smk_session *s)
{
    bool has_moved = false;
    s->up.has_more = true;
    if (!s->is_stopping || s->phase == SMK_PHASE_OVER || s->now_ms < s->stop_ms + SMK_SESSION_END_MS)
        return SMK_OK;
    return smk_session_stop_due(s, &has_moved);
}

static void step_begin(struct smk_session *s, const struct smk_event *ev)
{
    s->now_ms = ev->now.ms;
    s->wall_ms = ev->wall_ms;
    s->up = (struct smk_update){0};
    s->is_lending = false;
    s->acked_count = 0;
    smk_buf_reset(&s->line);
    smk_buf_reset(&s->lent);
}

static void step_end(struct smk_session *s, struct smk_update *ret_update)
{
    s->status.line_bytes_sent += s->line.len;
    s->up.to_send = smk_buf_view(&s->line);
    s->up.acknowledged = s->acked;
    s->up.acknowledged_count = s->acked_count;
    s->up.unread_bytes = smk_session_unread(s).len;
    s->up.is_finished = s->phase == SMK_PHASE_OVER;
    s->up.has_more = s->up.has_more && !s->up.is_finished;
    s->up.wake_at = smk_session_wake_at(s);
    *ret_update = s->up;
}

enum smk_err smk_session_step(struct smk_session *s, const struct smk_event *ev,
                              struct smk_update *ret_update)
{
    SMK_ASSERT(ev->type < EVENT_END);
    SMK_ASSERT(s->phase < SMK_PHASE_END);
    if (s->phase == SMK_PHASE_OVER) {
        *ret_update = (struct smk_update){.wake_at = SMK_MONO_NEVER, .is_finished = true};
        return SMK_ERR_DEAD;
    }
    step_begin(s, ev);
    event_fn *handler = event_table[s->phase][ev->type];
    enum smk_err err = handler != NULL
                           ? handler(s, ev)
                           : smk_session_refuse(s, SMK_ERR_INVALID, "an event that cannot happen now");
    if (err == SMK_OK)
        err = ev->is_line_full ? wait_for_room(s) : go_on(s);
    if (err != SMK_OK)
        err = smk_session_fail(s, err);
    step_end(s, ret_update);
    return err;
}

void smk_session_status(const struct smk_session *s, struct smk_session_status *ret_status)
{
    struct smk_session_status status = s->status;
    bool is_quiet = smk_giving_is_idle(&s->giving) && smk_taking_is_idle(&s->taking);
    for (size_t i = 0; i < s->taking.wanted_count; i++)
        status.we_lack += s->taking.wanted[i].to - s->taking.wanted[i].next + 1;
    for (size_t i = 0; i < s->giving.job_count; i++)
        status.they_lack += s->giving.job[i].to - s->giving.job[i].next + 1;
    for (size_t i = 0; i < s->giving.under_way_count; i++)
        status.they_lack += s->giving.under_way[i].record_count;
    status.is_agreed = s->has_agreed && is_quiet;
    *ret_status = status;
}
