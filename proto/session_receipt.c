#include "proto/session_state.h"

#include "proto/check.h"
#include "proto/hash.h"
#include "proto/mem.h"

#include <string.h>

void smk_session_receipt_consider(struct smk_session *s)
{
    bool is_old = s->receipt_ms == 0 || s->wall_ms >= s->receipt_ms + SMK_DAY_MS;
    bool has_moved = memcmp(s->receipt_digest, s->digest, sizeof s->digest) != 0;
    bool was_refused = memcmp(s->refused_digest, s->digest, sizeof s->digest) == 0;
    s->is_receipt_due = s->is_initiator && (is_old || has_moved) && !was_refused;
}

/* [handshake hash, digest, [[scope, records, holes, missing attachments]...], time] over s->shared. */
static void body_write(const struct smk_session *s, uint64_t time_ms, struct smk_buf *b)
{
    smk_pack_array(b, 4);
    smk_pack_bin(b, SMK_BYTES(s->handshake_hash));
    smk_pack_bin(b, SMK_BYTES(s->digest));
    smk_pack_array(b, s->shared_count);
    for (size_t i = 0; i < s->shared_count; i++) {
        struct smk_frontier *f = s->view->frontier(s->view->ctx, &s->shared[i].scope);
        smk_pack_array(b, 4);
        smk_pack_str(b, smk_scope_bytes(&s->shared[i].scope));
        smk_pack_uint(b, f != NULL ? smk_frontier_records(f) : 0);
        smk_pack_uint(b, 0);
        smk_pack_uint(b, 0);
    }
    smk_pack_uint(b, time_ms);
}

static void body_object(struct smk_bytes body, uint8_t ret_object[SMK_HASH_BYTES])
{
    smk_hash(SMK_PERSONAL_OBJECT, body, ret_object);
}

static enum smk_err body_sign(const struct smk_session *s, struct smk_bytes body,
                              uint8_t ret_signature[SMK_SIGNATURE_BYTES])
{
    uint8_t object[SMK_HASH_BYTES];
    body_object(body, object);
    return smk_sign(&s->identity->sign, SMK_SIGN_SYNC_RECEIPT, s->coalition, object, ret_signature);
}

static bool is_signed_by_peer(const struct smk_session *s, struct smk_bytes body,
                              const uint8_t signature[SMK_SIGNATURE_BYTES])
{
    uint8_t object[SMK_HASH_BYTES];
    body_object(body, object);
    return smk_verify(s->peer_key, SMK_SIGN_SYNC_RECEIPT, s->coalition, object, signature);
}

/* Both signatures are here. */
static enum smk_err receipt_keep(struct smk_session *s, struct smk_bytes body,
                                 const uint8_t *initiator_signature, const uint8_t *responder_signature,
                                 const uint8_t digest[SMK_HASH_BYTES])
{
    smk_buf_write_bytes(&s->lent, body);
    if (s->lent.err != SMK_OK)
        return s->lent.err;
    struct smk_sync_receipt *receipt = &s->up.receipt;
    receipt->body = smk_buf_view(&s->lent);
    receipt->is_ours_initiator = s->is_initiator;
    memcpy(receipt->initiator_signature, initiator_signature, SMK_SIGNATURE_BYTES);
    memcpy(receipt->responder_signature, responder_signature, SMK_SIGNATURE_BYTES);
    memcpy(receipt->digest, digest, SMK_HASH_BYTES);
    s->is_lending = true;
    s->receipt_ms = s->wall_ms;
    memcpy(s->receipt_digest, digest, sizeof s->receipt_digest);
    smk_session_notify(s, SMK_NOTICE_RECEIPT);
    return SMK_OK;
}

/* ---- initiator ---- */

enum smk_err smk_session_receipt_send(struct smk_session *s)
{
    struct smk_receipt m = {0};
    enum smk_err err = smk_session_sum_up(s);
    if (err != SMK_OK)
        return err;
    if (memcmp(s->digest, s->agreed_digest, sizeof s->digest) != 0) {
        smk_session_doubt(s); /* something moved since */
        return SMK_OK;
    }
    smk_buf_reset(&s->receipt_body);
    body_write(s, s->wall_ms, &s->receipt_body);
    err = s->receipt_body.err;
    if (err == SMK_OK)
        err = body_sign(s, smk_buf_view(&s->receipt_body), s->receipt_signature);
    if (err != SMK_OK)
        return err;
    m.time_ms = s->wall_ms;
    memcpy(m.signature, s->receipt_signature, sizeof m.signature);
    smk_receipt_encode(&m, &s->body);
    s->awaits_receipt = true;
    return smk_session_send(s, SMK_MESSAGE_RECEIPT);
}

enum smk_err smk_session_on_receipt_answer(struct smk_session *s, const struct smk_incoming *m)
{
    bool has_moved = false;
    uint8_t signature[SMK_SIGNATURE_BYTES];
    enum smk_err err = smk_receipt_answer_decode(m->root, &has_moved, signature);
    if (err != SMK_OK)
        return err;
    if (!s->awaits_receipt)
        return SMK_ERR_UNEXPECTED;
    s->awaits_receipt = false;
    if (has_moved) {
        memcpy(s->refused_digest, s->agreed_digest, sizeof s->refused_digest);
        smk_session_doubt(s);
        return SMK_OK;
    }
    if (!is_signed_by_peer(s, smk_buf_view(&s->receipt_body), signature))
        return smk_session_refuse(s, SMK_ERR_BAD_BINDING, "a receipt that the peer's device did not sign");
    return receipt_keep(s, smk_buf_view(&s->receipt_body), s->receipt_signature, signature, s->agreed_digest);
}

/* ---- responder ---- */

/* The body is not sent: it must be what this side writes itself for that time, or something has moved. */
enum smk_err smk_session_on_receipt(struct smk_session *s, const struct smk_incoming *m)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf body = {.max = SMK_MESSAGE_BYTES_MAX};
    struct smk_receipt receipt;
    uint8_t signature[SMK_SIGNATURE_BYTES];
    enum smk_err err = smk_receipt_decode(m->root, &receipt);
    if (err == SMK_OK)
        err = smk_session_sum_up(s);
    if (err == SMK_OK) {
        body_write(s, receipt.time_ms, &body);
        err = body.err;
    }
    if (err != SMK_OK)
        return err;
    bool is_same = is_signed_by_peer(s, smk_buf_view(&body), receipt.signature);
    if (is_same)
        err = body_sign(s, smk_buf_view(&body), signature);
    if (err != SMK_OK)
        return err;
    smk_receipt_answer_encode(is_same ? signature : NULL, &s->body);
    err = smk_session_send(s, SMK_MESSAGE_RECEIPT_ANSWER);
    if (err != SMK_OK || !is_same)
        return err;
    return receipt_keep(s, smk_buf_view(&body), receipt.signature, signature, s->digest);
}
