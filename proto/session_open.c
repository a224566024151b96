#include "proto/session_state.h"

#include "proto/check.h"
#include "proto/hash.h"
#include "proto/mem.h"

#include <string.h>

enum { FRAME_LENGTH_BYTES = 2 };

static const uint8_t no_key[SMK_KEY_BYTES];

/* ---- handshake ---- */

static enum smk_err shake_send(struct smk_session *s)
{
    size_t start = s->line.len;
    smk_buf_write_be16(&s->line, (uint16_t)smk_noise_overhead(&s->noise));
    enum smk_err err = smk_noise_write(&s->noise, (struct smk_bytes){0}, &s->line);
    s->status.handshake_bytes_sent += s->line.len - start;
    return err;
}

enum smk_err smk_session_begin(struct smk_session *s)
{
    s->phase = SMK_PHASE_HANDSHAKE;
    s->start_ms = s->heard_ms = s->spoke_ms = s->now_ms;
    return s->is_initiator ? shake_send(s) : SMK_OK;
}

/* Before message 3: is this whom the initiator wanted to reach? */
static enum smk_err check_responder(struct smk_session *s)
{
    if (memcmp(s->peer_transport, s->identity->transport.public_key, SMK_KEY_BYTES) == 0)
        return smk_session_refuse(s, SMK_ERR_UNKNOWN_PEER, "this node has called itself");
    const uint8_t *wanted = s->join != NULL ? s->join->transport_key : s->expected_transport;
    if (memcmp(wanted, no_key, SMK_KEY_BYTES) != 0 && memcmp(wanted, s->peer_transport, SMK_KEY_BYTES) != 0)
        return smk_session_refuse(s, SMK_ERR_UNKNOWN_PEER, "another node than the one that was called");
    if (s->join != NULL)
        return SMK_OK;
    const struct smk_device *device =
        smk_roster_device_by_transport(smk_session_roster(s), s->peer_transport);
    if (device == NULL && memcmp(wanted, no_key, SMK_KEY_BYTES) == 0)
        return SMK_ERR_UNKNOWN_PEER;
    return SMK_OK;
}

/* What the roster says about the transport key; the binding will prove it. */
static void look_up_peer(struct smk_session *s)
{
    const struct smk_device *device =
        s->view != NULL ? smk_roster_device_by_transport(smk_session_roster(s), s->peer_transport) : NULL;
    s->is_stranger = device == NULL && !s->is_initiator;
    s->has_peer_key = device != NULL;
    if (device != NULL)
        memcpy(s->peer_key, device->sign_key, SMK_KEY_BYTES);
    memcpy(s->status.peer_sign_key, s->peer_key, SMK_KEY_BYTES);
}

static enum smk_err channel_begin(struct smk_session *s)
{
    struct smk_noise_cipher send, receive;
    enum smk_err err = smk_noise_split(&s->noise, &send, &receive);
    if (err != SMK_OK)
        return err;
    memcpy(s->handshake_hash, s->noise.hash, SMK_HASH_BYTES);
    smk_channel_init(&s->channel, &send, &receive);
    s->has_channel = true;
    smk_mem_wipe(&send, sizeof send);
    smk_mem_wipe(&receive, sizeof receive);
    s->phase = SMK_PHASE_HELLO;
    s->heard_ms = s->now_ms;
    return SMK_OK;
}

static enum smk_err hello_send(struct smk_session *s);

/* After a message of the handshake was read. */
static enum smk_err shake_on(struct smk_session *s)
{
    if (!smk_noise_is_done(&s->noise)) {
        if (!s->is_initiator)
            return shake_send(s); /* message 2 */
        memcpy(s->peer_transport, s->noise.peer_static, SMK_KEY_BYTES);
        enum smk_err err = check_responder(s);
        if (err == SMK_OK)
            err = shake_send(s); /* message 3 */
        if (err == SMK_OK)
            err = channel_begin(s);
        if (err != SMK_OK)
            return err;
        look_up_peer(s);
        return s->join != NULL ? smk_session_join_send(s) : hello_send(s);
    }
    memcpy(s->peer_transport, s->noise.peer_static, SMK_KEY_BYTES);
    if (memcmp(s->peer_transport, s->identity->transport.public_key, SMK_KEY_BYTES) == 0)
        return smk_session_refuse(s, SMK_ERR_UNKNOWN_PEER, "this node has called itself");
    enum smk_err err = channel_begin(s);
    if (err == SMK_OK)
        look_up_peer(s);
    return err;
}

enum smk_err smk_session_shake(struct smk_session *s, bool *ret_has_moved)
{
    struct smk_bytes left = smk_session_unread(s);
    if (left.len < FRAME_LENGTH_BYTES)
        return SMK_OK;
    size_t expected = smk_noise_overhead(&s->noise);
    if (((size_t)left.data[0] << 8 | left.data[1]) != expected || smk_noise_is_write_turn(&s->noise))
        return SMK_ERR_HANDSHAKE;
    if (left.len < FRAME_LENGTH_BYTES + expected)
        return SMK_OK;
    struct smk_buf nothing = {0}; /* the payloads are empty: there is room for no byte */
    struct smk_bytes message = {left.data + FRAME_LENGTH_BYTES, expected};
    enum smk_err err = smk_noise_read(&s->noise, message, &nothing);
    smk_buf_deinit(&nothing);
    if (err != SMK_OK)
        return err;
    s->inbox_used += FRAME_LENGTH_BYTES + expected;
    s->status.handshake_bytes_received += FRAME_LENGTH_BYTES + expected;
    *ret_has_moved = true;
    return shake_on(s);
}

/* ---- hello ---- */

void smk_session_binding(const struct smk_session *s, bool is_initiator,
                         const uint8_t transport_key[SMK_KEY_BYTES], uint8_t ret_object[SMK_HASH_BYTES])
{
    /* array of 3, bin 32, 0 or 1, bin 32: written by hand, so that it needs no memory */
    uint8_t body[1 + 2 + SMK_HASH_BYTES + 1 + 2 + SMK_KEY_BYTES];
    uint8_t *at = body;
    *at++ = 0x93;
    *at++ = 0xc4;
    *at++ = SMK_HASH_BYTES;
    memcpy(at, s->handshake_hash, SMK_HASH_BYTES);
    at += SMK_HASH_BYTES;
    *at++ = is_initiator ? 0 : 1;
    *at++ = 0xc4;
    *at++ = SMK_KEY_BYTES;
    memcpy(at, transport_key, SMK_KEY_BYTES);
    smk_hash(SMK_PERSONAL_OBJECT, SMK_BYTES(body), ret_object);
}

/* What is remembered of the peer, once its key is known. True when it has to be told our certificate. */
static bool remember_peer(struct smk_session *s)
{
    struct smk_peer_memory memory = {0};
    if (s->has_peer_key)
        s->view->peer_memory(s->view->ctx, s->peer_key, &memory);
    s->receipt_ms = memory.receipt_ms;
    memcpy(s->receipt_digest, memory.receipt_digest, sizeof s->receipt_digest);
    return memory.lacks_us;
}

static enum smk_err hello_send(struct smk_session *s)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf certificate = {.max = SMK_MESSAGE_BYTES_MAX / 2};
    struct smk_hello m = {.level = SMK_FEATURE_LEVEL, .lowest_level = SMK_FEATURE_LEVEL_LOWEST};
    bool lacks_us = remember_peer(s);
    enum smk_err err = smk_session_sum_up(s);
    if (err == SMK_OK && lacks_us) {
        m.has_certificate = true;
        err = smk_roster_pack_certificate(smk_session_roster(s), s->identity->sign.public_key, &certificate);
        m.certificate_bytes = smk_buf_view(&certificate);
    }
    if (err != SMK_OK)
        return err;
    uint8_t object[SMK_HASH_BYTES];
    smk_session_binding(s, s->is_initiator, s->identity->transport.public_key, object);
    err = smk_sign(&s->identity->sign, SMK_SIGN_BINDING, s->coalition, object, m.binding);
    if (err != SMK_OK)
        return err;
    memcpy(m.digest, s->digest, sizeof m.digest);
    smk_hello_encode(&m, &s->body);
    return smk_session_send(s, SMK_MESSAGE_HELLO);
}

/* A device that the roster does not know by its transport key, but that brings its certificate. */
static enum smk_err look_up_certificate(struct smk_session *s, const struct smk_hello *m)
{
    struct smk_roster *known = smk_session_roster(s), *scratch = NULL;
    if (!m->has_certificate)
        return smk_session_refuse(s, SMK_ERR_UNKNOWN_AUTHOR,
                                  "the peer is not known here and brings no certificate");
    enum smk_err err = smk_roster_new(smk_roster_genesis_bytes(known), &scratch);
    if (err != SMK_OK)
        return err;
    err = smk_roster_add_certificate(scratch, m->certificate);
    const struct smk_device *device =
        err == SMK_OK ? smk_roster_device_by_transport(scratch, s->peer_transport) : NULL;
    if (device != NULL) {
        memcpy(s->peer_key, device->sign_key, SMK_KEY_BYTES);
        s->has_peer_key = true;
    }
    smk_roster_free(scratch);
    if (err == SMK_ERR_NOMEM)
        return err;
    if (!s->has_peer_key)
        return smk_session_refuse(s, SMK_ERR_UNKNOWN_PEER,
                                  "the peer's certificate is not valid for its transport key");
    /* Known by its key, but not with this transport key: the certificate is older than what is in force here. */
    if (smk_roster_device(known, s->peer_key) != NULL)
        return smk_session_refuse(s, SMK_ERR_UNKNOWN_PEER, "the peer's certificate is no longer in force");
    return SMK_OK;
}

static enum smk_err check_hello(struct smk_session *s, const struct smk_hello *m)
{
    if (m->lowest_level > SMK_FEATURE_LEVEL || m->level < SMK_FEATURE_LEVEL_LOWEST)
        return smk_session_refuse(s, SMK_ERR_VERSION, "the peer speaks no level that this program speaks");
    enum smk_err err = s->has_peer_key ? SMK_OK : look_up_certificate(s, m);
    if (err != SMK_OK)
        return err;
    uint8_t object[SMK_HASH_BYTES];
    smk_session_binding(s, !s->is_initiator, s->peer_transport, object);
    if (!smk_verify(s->peer_key, SMK_SIGN_BINDING, s->coalition, object, m->binding))
        return SMK_ERR_BAD_BINDING;
    if (memcmp(s->peer_key, s->identity->sign.public_key, SMK_KEY_BYTES) == 0)
        return smk_session_refuse(s, SMK_ERR_UNKNOWN_PEER, "the peer has the device key of this node");
    return SMK_OK;
}

enum smk_err smk_session_on_hello(struct smk_session *s, const struct smk_incoming *m)
{
    struct smk_hello hello;
    enum smk_err err = smk_hello_decode(m->root, &hello);
    if (err == SMK_OK)
        err = check_hello(s, &hello);
    if (err != SMK_OK)
        return err;
    s->status.is_bound = true;
    memcpy(s->status.peer_sign_key, s->peer_key, SMK_KEY_BYTES);
    smk_session_notify(s, SMK_NOTICE_BOUND);
    if (s->is_initiator)
        (void)remember_peer(s); /* it may have become known only now */
    else
        err = hello_send(s);
    if (err != SMK_OK)
        return err;
    s->status.was_agreed_at_hello = memcmp(hello.digest, s->digest, SMK_HASH_BYTES) == 0;
    return smk_session_judge(s, hello.digest);
}
