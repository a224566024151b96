#include "proto/check.h"
#include "proto/decision.h"
#include "proto/mem.h"
#include "store/govern.h"
#include "store/inside.h"
#include "store/local_rows.h"

#include <string.h>

/* Admitting a device that proved an invitation, and beginning as one that was admitted. */

enum { CERTIFICATE_BYTES_MAX = SMK_CERT_DECISIONS_MAX * SMK_DECISION_PAYLOAD_BYTES_MAX };

/* ---- the welcome ---- */

/* One certificate, decoded: what smk_roster_pack_certificate writes. */
struct certificate {
    struct smk_buf bytes;
    struct smk_tree tree;
    size_t count;
};

static void certificate_deinit(struct certificate *c)
{
    smk_tree_deinit(&c->tree);
    smk_buf_deinit(&c->bytes);
}

static enum smk_err certificate_read(struct smk_roster *r, const uint8_t sign_key[SMK_KEY_BYTES],
                                     struct certificate *c)
{
    c->bytes.max = CERTIFICATE_BYTES_MAX;
    enum smk_err err = smk_roster_pack_certificate(r, sign_key, &c->bytes);
    if (err == SMK_OK)
        err = smk_tree_decode(smk_buf_view(&c->bytes), SMK_WALK_PAYLOAD, &c->tree);
    c->count = smk_value_count(c->tree.root);
    return err;
}

static bool holds_item(const struct certificate *c, struct smk_value item)
{
    struct smk_bytes body = smk_value_bin(smk_value_item(item, 0));
    for (size_t i = 0; i < c->count; i++)
        if (smk_bytes_is_equal(smk_value_bin(smk_value_item(smk_value_item(c->tree.root, i), 0)), body))
            return true;
    return false;
}

/* Which decisions about the inviter travel along, so that the new device knows whom it meets: all that the other
 * certificate lacks; when there are too many, the offices are left out. */
static size_t choose_inviter(const struct certificate *inviter, const struct certificate *device,
                             bool *ret_chosen)
{
    size_t room = SMK_CERT_DECISIONS_MAX - device->count, chosen = 0;
    for (size_t i = 0; i < inviter->count; i++) {
        ret_chosen[i] = !holds_item(device, smk_value_item(inviter->tree.root, i));
        chosen += ret_chosen[i];
    }
    for (size_t i = inviter->count; i-- > 0 && chosen > room;) {
        if (i == 0 || i == inviter->count - 1 || !ret_chosen[i])
            continue;
        ret_chosen[i] = false;
        chosen--;
    }
    return chosen;
}

static enum smk_err welcome_make(struct smk_store *s, const uint8_t inviter_key[SMK_KEY_BYTES],
                                 const uint8_t device_key[SMK_KEY_BYTES], struct smk_buf *welcome)
{
    SMK_CLEANUP(certificate_deinit) struct certificate inviter = {0};
    SMK_CLEANUP(certificate_deinit) struct certificate device = {0};
    bool is_chosen[SMK_CERT_DECISIONS_MAX] = {false};
    enum smk_err err = certificate_read(s->roster, inviter_key, &inviter);
    if (err == SMK_OK)
        err = certificate_read(s->roster, device_key, &device);
    if (err == SMK_OK && (inviter.count > SMK_CERT_DECISIONS_MAX || device.count > SMK_CERT_DECISIONS_MAX))
        err = SMK_ERR_TOO_BIG_HERE;
    if (err != SMK_OK)
        return err;
    size_t chosen = choose_inviter(&inviter, &device, is_chosen);
    smk_pack_array(welcome, 2);
    smk_pack_bin(welcome, smk_buf_view(&s->genesis));
    smk_pack_array(welcome, chosen + device.count);
    for (size_t i = 0; i < inviter.count; i++)
        if (is_chosen[i])
            smk_pack_value(welcome, smk_value_item(inviter.tree.root, i));
    for (size_t i = 0; i < device.count; i++)
        smk_pack_value(welcome, smk_value_item(device.tree.root, i));
    return welcome->err;
}

/* ---- admitting ---- */

struct admitting {
    const struct smk_identity *identity;
    struct smk_root root;
    const struct smk_join_request *request;
    uint64_t now_ms;
    struct smk_buf welcome;
};

static struct smk_decision decision_for(const struct smk_join_request *request,
                                        const struct smk_invitation_row *row)
{
    struct smk_decision d = {.kind = SMK_DECIDE_DEVICE};
    struct smk_device *device = &d.device;
    memcpy(device->sign_key, request->sign_key, sizeof device->sign_key);
    memcpy(device->transport_key, request->transport_key, sizeof device->transport_key);
    memcpy(device->box_key, request->box_key, sizeof device->box_key);
    device->org = row->org;
    device->office_count = row->office_count;
    memcpy(device->office, row->office, row->office_count * sizeof row->office[0]);
    device->has_invitation = true;
    memcpy(device->invitation, row->id, sizeof device->invitation);
    return d;
}

/* True when the invitation was used by these very keys. */
static bool was_admitted(struct smk_roster *r, const struct smk_join_request *request,
                         const struct smk_invitation_row *row)
{
    const struct smk_device *device = smk_roster_device(r, request->sign_key);
    return device != NULL && memcmp(row->used_by, request->sign_key, SMK_KEY_BYTES) == 0 &&
           memcmp(device->transport_key, request->transport_key, SMK_KEY_BYTES) == 0 &&
           memcmp(device->box_key, request->box_key, SMK_KEY_BYTES) == 0;
}

static enum smk_err certify(struct smk_store *s, struct smk_txn *t, struct admitting *a,
                            struct smk_invitation_row *row)
{
    SMK_CLEANUP(smk_own_deinit) struct smk_own own = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf payload = {.max = SMK_DECISION_PAYLOAD_BYTES_MAX};
    uint8_t id[SMK_ID_BYTES];
    struct smk_decision d = decision_for(a->request, row);
    bool is_new = false;
    enum smk_err err = smk_own_begin(&own, s, t, a->identity);
    if (err == SMK_OK)
        err = smk_decision_make(s, a->root, &d, &payload, &is_new);
    if (err == SMK_ERR_INVALID)
        return SMK_ERR_BAD_INVITATION;
    if (err == SMK_OK && is_new)
        err = smk_own_write_decision(&own, smk_buf_view(&payload), id);
    if (err == SMK_OK)
        err = smk_own_finish(&own);
    row->is_used = true;
    memcpy(row->used_by, a->request->sign_key, sizeof row->used_by);
    smk_invitation_row_put(t, row);
    return err != SMK_OK ? err : t->err;
}

static enum smk_err admit_by(struct smk_store *s, struct smk_txn *t, struct admitting *a,
                             struct smk_invitation_row *row)
{
    enum smk_err err = SMK_OK;
    if (row->is_used && !was_admitted(s->roster, a->request, row))
        return SMK_ERR_BAD_INVITATION;
    if (!row->is_used && a->now_ms >= row->expires_ms)
        return SMK_ERR_BAD_INVITATION; /* a used one answers the same keys for ever: the answer may have been lost */
    if (!row->is_used)
        err = certify(s, t, a, row);
    smk_buf_reset(&a->welcome);
    if (err == SMK_OK)
        err = welcome_make(s, a->identity->sign.public_key, a->request->sign_key, &a->welcome);
    return err;
}

static enum smk_err admit(struct smk_store *s, struct smk_txn *t, void *ctx)
{
    struct admitting *a = ctx;
    struct smk_invitation_row row;
    if (!smk_root_can_decide(a->root, smk_roster_genesis(s->roster)))
        return SMK_ERR_NOT_ALLOWED_HERE;
    if (!smk_invitation_row_find(t, a->request->invitation, &row))
        return t->err != SMK_OK ? t->err : SMK_ERR_BAD_INVITATION;
    enum smk_err err = admit_by(s, t, a, &row);
    smk_mem_wipe(&row, sizeof row);
    return err;
}

enum smk_err smk_store_admit(struct smk_store *s, const struct smk_identity *identity,
                             const struct smk_sign_key *root_keys, size_t root_key_count,
                             const struct smk_join_request *request, uint64_t now_ms,
                             struct smk_buf *ret_welcome)
{
    struct admitting a = {
        .identity = identity,
        .root = {root_keys, root_key_count},
        .request = request,
        .now_ms = now_ms,
        .welcome = {.max = SMK_MESSAGE_BYTES_MAX},
    };
    enum smk_err err = smk_store_transact_vital(s, admit, &a);
    if (err == SMK_OK) /* the certificate is on the disk */
        *ret_welcome = a.welcome;
    else
        smk_buf_deinit(&a.welcome);
    return err;
}

/* ---- beginning ---- */

enum smk_err smk_store_create_welcomed(const char *path, struct smk_bytes welcome)
{
    SMK_CLEANUP(smk_tree_deinit) struct smk_tree tree = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf decisions = {.max = SMK_MESSAGE_BYTES_MAX};
    struct smk_roster *roster = NULL;
    enum smk_err err = smk_tree_decode(welcome, SMK_WALK_PAYLOAD, &tree);
    if (err != SMK_OK)
        return err == SMK_ERR_NOMEM ? err : SMK_ERR_MALFORMED;
    struct smk_fields f = smk_fields_from(tree.root, 2); /* it comes as the message was: perhaps with more */
    struct smk_bytes genesis = smk_field_bin(&f, SMK_GENESIS_BYTES_MAX);
    struct smk_value array = smk_field_array(&f, SMK_CERT_DECISIONS_MAX);
    err = smk_fields_finish(&f);
    if (err == SMK_OK)
        err = smk_roster_new(genesis, &roster);
    if (err != SMK_OK)
        return err == SMK_ERR_NOMEM ? err : SMK_ERR_MALFORMED;
    err = smk_roster_add_certificate(roster, array);
    smk_roster_free(roster);
    if (err != SMK_OK)
        return err == SMK_ERR_NOMEM || err == SMK_ERR_MALFORMED ? err : SMK_ERR_BAD_DECISION;
    smk_pack_value(&decisions, array);
    return decisions.err == SMK_OK ? smk_store_create_with(path, genesis, smk_buf_view(&decisions))
                                   : decisions.err;
}
