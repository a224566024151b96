#include "proto/session_state.h"

#include "proto/check.h"
#include "proto/mem.h"

enum {
    SLICE_BYTES = 64 * 1024, /* of the inbox, given to the channel at once */
    NOTICES_PER_MESSAGE = 2,
};

/* ---- the table ---- */

#define END [SMK_MESSAGE_CLOSE] = smk_session_on_close
#define ACK [SMK_MESSAGE_ACK] = smk_session_on_ack
#define RECORDS ACK, [SMK_MESSAGE_RECORDS] = smk_session_on_records
#define ROUND                                                                                    \
    RECORDS, [SMK_MESSAGE_TREE] = smk_session_on_tree, [SMK_MESSAGE_WANT] = smk_session_on_want, \
             [SMK_MESSAGE_LACK] = smk_session_on_lack, [SMK_MESSAGE_DONE] = smk_session_on_done
/* After our close: what the peer said before it heard of it. */
#define IGNORED                                                                                     \
    [SMK_MESSAGE_HELLO] = smk_session_on_nothing, [SMK_MESSAGE_JOIN] = smk_session_on_nothing,      \
    [SMK_MESSAGE_WELCOME] = smk_session_on_nothing, [SMK_MESSAGE_ROOTS] = smk_session_on_nothing,   \
    [SMK_MESSAGE_TREE] = smk_session_on_nothing, [SMK_MESSAGE_WANT] = smk_session_on_nothing,       \
    [SMK_MESSAGE_RECORDS] = smk_session_on_nothing, [SMK_MESSAGE_ACK] = smk_session_on_nothing,     \
    [SMK_MESSAGE_LACK] = smk_session_on_nothing, [SMK_MESSAGE_DONE] = smk_session_on_nothing,       \
    [SMK_MESSAGE_COMPARE] = smk_session_on_nothing, [SMK_MESSAGE_RECEIPT] = smk_session_on_nothing, \
    [SMK_MESSAGE_RECEIPT_ANSWER] = smk_session_on_nothing, [SMK_MESSAGE_AGAIN] = smk_session_on_nothing

typedef smk_session_message_fn *const row[SMK_MESSAGE_END];

/* When the initiator compares, all that it pushed is answered; what the responder pushed, and its `again`, may cross
 * the comparison, and so may the initiator's answers to that. After a refused batch those that were already on their way
 * come when nothing is wanted any more: behind `done`, and before the giver's `compare`. */
static row initiator_table[SMK_PHASE_END] = {
    [SMK_PHASE_JOINING] = {END, [SMK_MESSAGE_WELCOME] = smk_session_on_welcome},
    [SMK_PHASE_HELLO] = {END, [SMK_MESSAGE_HELLO] = smk_session_on_hello},
    [SMK_PHASE_ROOTS] = {END, [SMK_MESSAGE_ROOTS] = smk_session_on_roots},
    [SMK_PHASE_ROUND] = {END, ROUND},
    [SMK_PHASE_COMPARE] = {END, RECORDS, [SMK_MESSAGE_COMPARE] = smk_session_on_compare,
                           [SMK_MESSAGE_AGAIN] = smk_session_on_again_late},
    [SMK_PHASE_LIVE] = {END, RECORDS, [SMK_MESSAGE_AGAIN] = smk_session_on_again,
                        [SMK_MESSAGE_RECEIPT_ANSWER] = smk_session_on_receipt_answer},
    [SMK_PHASE_CLOSING] = {END, IGNORED},
};

static row responder_table[SMK_PHASE_END] = {
    [SMK_PHASE_ADMITTING] = {END},
    [SMK_PHASE_HELLO] =
        {END, [SMK_MESSAGE_HELLO] = smk_session_on_hello, [SMK_MESSAGE_JOIN] = smk_session_on_join},
    [SMK_PHASE_ROOTS] = {END, ACK, [SMK_MESSAGE_ROOTS] = smk_session_on_roots},
    [SMK_PHASE_ROUND] = {END, ROUND},
    [SMK_PHASE_COMPARE] = {END, RECORDS, [SMK_MESSAGE_COMPARE] = smk_session_on_compare},
    [SMK_PHASE_LIVE] = {END, RECORDS, [SMK_MESSAGE_COMPARE] = smk_session_on_compare,
                        [SMK_MESSAGE_RECEIPT] = smk_session_on_receipt},
    [SMK_PHASE_CLOSING] = {END, IGNORED},
};

enum smk_err smk_session_on_nothing(struct smk_session *s, const struct smk_incoming *m)
{
    (void)s;
    (void)m;
    return SMK_OK;
}

static enum smk_err dispatch(struct smk_session *s, const struct smk_message_view *view)
{
    if (view->type == 0 || view->type >= SMK_MESSAGE_END) {
        if (view->type >= SMK_MESSAGE_SKIPPED_FROM && (!s->is_stranger || s->status.is_bound))
            return SMK_OK;
        return smk_session_refuse(s, SMK_ERR_VERSION, "a message of a newer version");
    }
    smk_session_message_fn *handler =
        (s->is_initiator ? initiator_table : responder_table)[s->phase][view->type];
    if (handler == NULL)
        return SMK_ERR_UNEXPECTED;
    SMK_CLEANUP(smk_tree_deinit) struct smk_tree tree = {0};
    struct smk_incoming m = {.body = view->body};
    if (view->type != SMK_MESSAGE_RECORDS && handler != smk_session_on_nothing) {
        enum smk_err err = smk_tree_decode(view->body, SMK_WALK_PAYLOAD, &tree);
        if (err != SMK_OK)
            return err;
        m.root = tree.root;
    }
    return handler(s, &m);
}

/* ---- the line ---- */

struct smk_bytes smk_session_unread(const struct smk_session *s)
{
    if (s->inbox_used == s->inbox.len)
        return (struct smk_bytes){0};
    return (struct smk_bytes){s->inbox.data + s->inbox_used, s->inbox.len - s->inbox_used};
}

enum smk_err smk_session_take(struct smk_session *s, bool *ret_has_moved)
{
    if (s->phase == SMK_PHASE_HANDSHAKE)
        return smk_session_shake(s, ret_has_moved);
    if (!s->has_channel)
        return SMK_OK;
    struct smk_message_view view;
    bool has_message = false;
    enum smk_err err = smk_channel_next(&s->channel, &has_message, &view);
    if (err != SMK_OK)
        return err;
    if (has_message) {
        *ret_has_moved = true;
        return dispatch(s, &view);
    }
    struct smk_bytes slice = smk_session_unread(s);
    if (slice.len == 0)
        return SMK_OK;
    if (slice.len > SLICE_BYTES)
        slice.len = SLICE_BYTES;
    s->inbox_used += slice.len;
    *ret_has_moved = true;
    return smk_channel_receive(&s->channel, slice);
}

enum smk_err smk_session_send(struct smk_session *s, enum smk_message_type type)
{
    SMK_ASSERT(s->has_channel);
    SMK_ASSERT(!s->is_close_sent);
    enum smk_err err = s->body.err;
    if (err == SMK_OK)
        err = smk_channel_send(&s->channel, (uint8_t)type, smk_buf_view(&s->body), &s->line);
    smk_buf_reset(&s->body);
    s->spoke_ms = s->now_ms;
    return err;
}

bool smk_session_is_held_up(const struct smk_session *s)
{
    size_t notices_max = sizeof s->up.notice / sizeof s->up.notice[0];
    return s->is_lending || s->up.has_join || s->line.len >= SMK_SESSION_LINE_BYTES ||
           s->up.notice_count + NOTICES_PER_MESSAGE > notices_max;
}
