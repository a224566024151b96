#include "proto/decision.h"

#include "proto/check.h"
#include "proto/roster.h"

#include <string.h>

static enum smk_err sigs_read(struct smk_value sigs, struct smk_decision_form *form)
{
    form->sig_count = smk_value_count(sigs);
    if (smk_value_type(sigs) != SMK_VALUE_ARRAY || form->sig_count > SMK_ROOT_KEYS_MAX)
        return SMK_ERR_MALFORMED;
    for (size_t i = 0; i < form->sig_count; i++) {
        struct smk_fields f = smk_fields_of(smk_value_item(sigs, i), 2);
        struct smk_bytes key = smk_field_bin(&f, SMK_KEY_BYTES);
        struct smk_bytes signature = smk_field_bin(&f, SMK_SIGNATURE_BYTES);
        enum smk_err err = smk_fields_finish(&f);
        if (err != SMK_OK)
            return err;
        if (key.len != SMK_KEY_BYTES || signature.len != SMK_SIGNATURE_BYTES)
            return SMK_ERR_MALFORMED;
        if (i > 0 && memcmp(form->sig[i - 1].key, key.data, SMK_KEY_BYTES) >= 0)
            return SMK_ERR_MALFORMED;
        form->sig[i] = (struct smk_decision_sig){key.data, signature.data};
    }
    return SMK_OK;
}

enum smk_err smk_decision_form_read(struct smk_value v, struct smk_decision_form *ret_form)
{
    bool is_map = smk_value_type(v) == SMK_VALUE_MAP;
    bool is_pair = smk_value_type(v) == SMK_VALUE_ARRAY && smk_value_count(v) == 2;
    if (!is_map && !is_pair)
        return SMK_ERR_MALFORMED;
    struct smk_value body = is_map ? smk_value_find(v, "body") : smk_value_item(v, 0);
    struct smk_value sigs = is_map ? smk_value_find(v, "sigs") : smk_value_item(v, 1);
    struct smk_decision_form form = {.body = smk_value_bin(body)};
    if (form.body.len < 1 || form.body.len > SMK_DECISION_BYTES_MAX)
        return SMK_ERR_MALFORMED;
    enum smk_err err = sigs_read(sigs, &form);
    if (err == SMK_OK)
        *ret_form = form;
    return err;
}

void smk_decision_form_pack_sigs(const struct smk_decision_form *form, struct smk_buf *b)
{
    smk_pack_array(b, form->sig_count);
    for (size_t i = 0; i < form->sig_count; i++) {
        smk_pack_array(b, 2);
        smk_pack_bin(b, (struct smk_bytes){form->sig[i].key, SMK_KEY_BYTES});
        smk_pack_bin(b, (struct smk_bytes){form->sig[i].signature, SMK_SIGNATURE_BYTES});
    }
}

void smk_decision_form_pack(const struct smk_decision_form *form, struct smk_buf *b)
{
    smk_pack_array(b, 2);
    smk_pack_bin(b, form->body);
    smk_decision_form_pack_sigs(form, b);
}

/* Indexes of the keys in ascending order of public key. */
static void sort_keys(const struct smk_sign_key *keys, size_t count, size_t ret_order[SMK_ROOT_KEYS_MAX])
{
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        for (; at > 0; at--) {
            int order = memcmp(keys[ret_order[at - 1]].public_key, keys[i].public_key, SMK_KEY_BYTES);
            SMK_ASSERT(order != 0); /* nobody signs twice */
            if (order < 0)
                break;
            ret_order[at] = ret_order[at - 1];
        }
        ret_order[at] = i;
    }
}

enum smk_err smk_decision_sign(struct smk_bytes body, const struct smk_sign_key *root_keys,
                               size_t root_key_count, const uint8_t coalition[SMK_ID_BYTES],
                               struct smk_buf *b)
{
    SMK_ASSERT(root_key_count <= SMK_ROOT_KEYS_MAX);
    size_t order[SMK_ROOT_KEYS_MAX] = {0};
    uint8_t hash[SMK_HASH_BYTES], signature[SMK_ROOT_KEYS_MAX][SMK_SIGNATURE_BYTES];
    struct smk_decision_form form = {.body = body, .sig_count = root_key_count};
    smk_decision_hash(body, hash);
    sort_keys(root_keys, root_key_count, order);
    for (size_t i = 0; i < root_key_count; i++) {
        const struct smk_sign_key *key = &root_keys[order[i]];
        enum smk_err err = smk_sign(key, SMK_SIGN_DECISION, coalition, hash, signature[i]);
        if (err != SMK_OK)
            return err;
        form.sig[i] = (struct smk_decision_sig){key->public_key, signature[i]};
    }
    smk_pack_map(b, 2);
    smk_pack_text(b, "body");
    smk_pack_bin(b, body);
    smk_pack_text(b, "sigs");
    smk_decision_form_pack_sigs(&form, b);
    return b->err;
}
