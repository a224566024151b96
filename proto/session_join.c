#include "proto/session_state.h"

#include "proto/check.h"
#include "proto/mem.h"

#include <string.h>

/* ---- the device that joins ---- */

static void join_mac(const struct smk_session *s, const uint8_t secret[SMK_SECRET_BYTES],
                     const struct smk_join *m, uint8_t ret_mac[SMK_HASH_BYTES])
{
    uint8_t bytes[SMK_HASH_BYTES + 2 * SMK_KEY_BYTES];
    memcpy(bytes, s->handshake_hash, SMK_HASH_BYTES);
    memcpy(bytes + SMK_HASH_BYTES, m->sign_key, SMK_KEY_BYTES);
    memcpy(bytes + SMK_HASH_BYTES + SMK_KEY_BYTES, m->box_key, SMK_KEY_BYTES);
    smk_hmac_sha256((struct smk_bytes){secret, SMK_SECRET_BYTES}, SMK_BYTES(bytes), ret_mac);
}

/* False when the other key is no key. */
static bool box_proof(const struct smk_session *s, const uint8_t peer_box_key[SMK_KEY_BYTES],
                      uint8_t ret_proof[SMK_HASH_BYTES])
{
    uint8_t shared[SMK_KEY_BYTES];
    bool is_good = smk_dh(s->identity->box.secret, peer_box_key, shared);
    smk_hmac_sha256(SMK_BYTES(shared), SMK_BYTES(s->handshake_hash), ret_proof);
    smk_mem_wipe(shared, sizeof shared);
    return is_good;
}

enum smk_err smk_session_join_send(struct smk_session *s)
{
    struct smk_join m = {0};
    uint8_t object[SMK_HASH_BYTES];
    memcpy(m.invitation, s->join->id, sizeof m.invitation);
    memcpy(m.sign_key, s->identity->sign.public_key, sizeof m.sign_key);
    memcpy(m.box_key, s->identity->box.public_key, sizeof m.box_key);
    join_mac(s, s->join->secret, &m, m.mac);
    if (!box_proof(s, s->join->box_key, m.box_proof))
        return smk_session_refuse(s, SMK_ERR_BAD_INVITATION, "the invitation names a box key that is none");
    smk_session_binding(s, true, s->identity->transport.public_key, object);
    enum smk_err err = smk_sign(&s->identity->sign, SMK_SIGN_BINDING, s->coalition, object, m.binding);
    if (err != SMK_OK)
        return err;
    smk_join_encode(&m, &s->body);
    s->phase = SMK_PHASE_JOINING;
    return smk_session_send(s, SMK_MESSAGE_JOIN);
}

static bool is_invited_office(const struct smk_invitation *inv, const struct smk_slug *office)
{
    for (size_t i = 0; i < inv->office_count; i++)
        if (strcmp(inv->office[i].text, office->text) == 0)
            return true;
    return false;
}

/* The certificate is about this device, and gives what the invitation promised and nothing else. */
static bool is_promised(const struct smk_session *s, const struct smk_device *d)
{
    const struct smk_identity *own = s->identity;
    if (d == NULL || memcmp(d->transport_key, own->transport.public_key, SMK_KEY_BYTES) != 0 ||
        memcmp(d->box_key, own->box.public_key, SMK_KEY_BYTES) != 0 ||
        strcmp(d->org.text, s->join->org.text) != 0)
        return false;
    if (d->has_invitation && memcmp(d->invitation, s->join->id, SMK_INVITATION_ID_BYTES) != 0)
        return false;
    for (size_t i = 0; i < d->office_count; i++)
        if (!is_invited_office(s->join, &d->office[i]))
            return false;
    return d->office_count == s->join->office_count;
}

static enum smk_err check_welcome(struct smk_session *s, const struct smk_welcome *m)
{
    uint8_t coalition[SMK_ID_BYTES];
    struct smk_roster *roster = NULL;
    smk_genesis_id(m->genesis, coalition);
    if (memcmp(coalition, s->coalition, sizeof coalition) != 0)
        return smk_session_refuse(s, SMK_ERR_MALFORMED, "the welcome is to another coalition");
    enum smk_err err = smk_roster_new(m->genesis, &roster);
    if (err != SMK_OK)
        return err;
    err = smk_roster_add_certificate(roster, m->decisions);
    bool is_good = err == SMK_OK && is_promised(s, smk_roster_device(roster, s->identity->sign.public_key));
    smk_roster_free(roster);
    if (err == SMK_ERR_NOMEM)
        return err;
    return is_good ? SMK_OK
                   : smk_session_refuse(s, SMK_ERR_MALFORMED,
                                        "the welcome does not hold what the invitation promised");
}

enum smk_err smk_session_on_welcome(struct smk_session *s, const struct smk_incoming *m)
{
    struct smk_welcome welcome;
    if (s->is_welcomed)
        return SMK_ERR_UNEXPECTED;
    enum smk_err err = smk_welcome_decode(m->root, &welcome);
    if (err == SMK_OK)
        err = check_welcome(s, &welcome);
    if (err != SMK_OK)
        return err;
    s->is_welcomed = true;
    smk_buf_write_bytes(&s->lent, m->body);
    if (s->lent.err != SMK_OK)
        return s->lent.err;
    s->up.welcome = smk_buf_view(&s->lent);
    s->is_lending = true;
    smk_session_notify(s, SMK_NOTICE_WELCOME);
    return SMK_OK;
}

/* ---- the device that invited ---- */

static enum smk_err check_terms(struct smk_session *s, const struct smk_join *m)
{
    struct smk_invitation_terms terms = {0};
    uint8_t mac[SMK_HASH_BYTES];
    if (!s->view->find_invitation(s->view->ctx, m->invitation, &terms))
        return smk_session_refuse(s, SMK_ERR_BAD_INVITATION, "nobody was invited under this id");
    join_mac(s, terms.secret, m, mac);
    smk_mem_wipe(terms.secret, sizeof terms.secret);
    if (!smk_mac_is_equal(mac, m->mac))
        return smk_session_refuse(s, SMK_ERR_BAD_INVITATION, "the secret of the invitation was not proved");
    if (terms.is_used && memcmp(terms.used_by, m->sign_key, SMK_KEY_BYTES) != 0)
        return smk_session_refuse(s, SMK_ERR_BAD_INVITATION, "the invitation was used by another device");
    if (!terms.is_used && s->wall_ms >= terms.expires_ms)
        return smk_session_refuse(s, SMK_ERR_BAD_INVITATION, "the invitation has expired");
    return SMK_OK;
}

/* Each of the three keys is the joining device's own: transport by the handshake, the others here. */
static enum smk_err check_keys(struct smk_session *s, const struct smk_join *m)
{
    uint8_t object[SMK_HASH_BYTES], proof[SMK_HASH_BYTES];
    smk_session_binding(s, true, s->peer_transport, object);
    if (!smk_sign_key_is_valid(m->sign_key) ||
        !smk_verify(m->sign_key, SMK_SIGN_BINDING, s->coalition, object, m->binding))
        return smk_session_refuse(s, SMK_ERR_BAD_INVITATION, "the device key was not proved");
    if (!box_proof(s, m->box_key, proof) || !smk_mac_is_equal(proof, m->box_proof))
        return smk_session_refuse(s, SMK_ERR_BAD_INVITATION, "the box key was not proved");
    return SMK_OK;
}

enum smk_err smk_session_on_join(struct smk_session *s, const struct smk_incoming *m)
{
    struct smk_join join;
    enum smk_err err = smk_join_decode(m->root, &join);
    if (err != SMK_OK)
        return smk_session_refuse(s, SMK_ERR_BAD_INVITATION, "the join is not in form");
    err = check_terms(s, &join);
    if (err == SMK_OK)
        err = check_keys(s, &join);
    if (err != SMK_OK)
        return err;
    s->up.has_join = true;
    memcpy(s->up.join.invitation, join.invitation, sizeof s->up.join.invitation);
    memcpy(s->up.join.sign_key, join.sign_key, SMK_KEY_BYTES);
    memcpy(s->up.join.transport_key, s->peer_transport, SMK_KEY_BYTES);
    memcpy(s->up.join.box_key, join.box_key, SMK_KEY_BYTES);
    s->phase = SMK_PHASE_ADMITTING;
    return SMK_OK;
}

enum smk_err smk_session_admitted(struct smk_session *s, const struct smk_event *ev)
{
    if (ev->verdict != SMK_OK)
        return smk_session_refuse(s, ev->verdict, "the device was not admitted");
    smk_buf_write_bytes(&s->body, ev->welcome);
    enum smk_err err = smk_session_send(s, SMK_MESSAGE_WELCOME);
    if (err == SMK_OK)
        err = smk_session_close_send(s, 0);
    return err;
}
