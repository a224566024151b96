#include "proto/record.h"

#include "proto/check.h"
#include "proto/decision.h"
#include "proto/hash.h"
#include "proto/lists.h"
#include "proto/mem.h"

#include <string.h>

enum {
    HEADER_FIELDS = 13,
    HEADER_VERSION = 1,
    CODEC_PLAIN = 0,
    CODEC_SEALED = 1,
    /* a whole record: its array, and a head of at most 5 bytes for each binary */
    RECORD_BYTES_MAX =
        1 + SMK_HEADER_BYTES_MAX + SMK_SIGNATURE_BYTES + SMK_SALT_BYTES + SMK_PAYLOAD_BYTES_MAX + 4 * 5,
};

bool smk_record_type_needs_own_signature(uint64_t type)
{
    return type < 128 && type != SMK_RECORD_EDIT;
}

void smk_log_id(const uint8_t author[SMK_KEY_BYTES], const uint8_t incarnation[SMK_INCARNATION_BYTES],
                const struct smk_scope *scope, uint8_t ret_log_id[SMK_ID_BYTES])
{
    /* array of 3, bin 32, bin 16, str of at most 40: written by hand, so that it needs no memory */
    uint8_t bytes[1 + 2 + SMK_KEY_BYTES + 2 + SMK_INCARNATION_BYTES + 2 + SMK_SCOPE_LETTERS_MAX];
    struct smk_bytes text = smk_scope_bytes(scope);
    size_t len = 0;
    bytes[len++] = 0x93;
    bytes[len++] = 0xc4;
    bytes[len++] = SMK_KEY_BYTES;
    memcpy(bytes + len, author, SMK_KEY_BYTES);
    len += SMK_KEY_BYTES;
    bytes[len++] = 0xc4;
    bytes[len++] = SMK_INCARNATION_BYTES;
    memcpy(bytes + len, incarnation, SMK_INCARNATION_BYTES);
    len += SMK_INCARNATION_BYTES;
    if (text.len > 31)
        bytes[len++] = 0xd9;
    bytes[len++] = (uint8_t)(text.len > 31 ? text.len : 0xa0 | text.len);
    memcpy(bytes + len, text.data, text.len);
    smk_hash(SMK_PERSONAL_LOG, (struct smk_bytes){bytes, len + text.len}, ret_log_id);
}

/* ---- header ---- */

void smk_header_encode(const struct smk_header *h, struct smk_buf *b)
{
    SMK_ASSERT(h->seq >= 1);
    SMK_ASSERT(h->seq <= SMK_SEQ_MAX);
    SMK_ASSERT(h->dep_count <= SMK_DEPS_MAX);
    SMK_ASSERT(h->codec <= CODEC_SEALED);
    SMK_ASSERT(h->has_key_id == (h->codec == CODEC_SEALED));
    SMK_ASSERT(h->payload_len >= 1);
    SMK_ASSERT(h->payload_len <= SMK_PAYLOAD_BYTES_MAX);
    smk_pack_array(b, HEADER_FIELDS);
    smk_pack_uint(b, HEADER_VERSION);
    smk_pack_uint(b, h->type);
    smk_pack_bin(b, SMK_BYTES(h->author));
    smk_pack_bin(b, SMK_BYTES(h->incarnation));
    smk_pack_str(b, smk_scope_bytes(&h->scope));
    smk_pack_uint(b, h->seq);
    if (h->seq == 1)
        smk_pack_nil(b);
    else
        smk_pack_bin(b, SMK_BYTES(h->prev));
    smk_list_pack_hashes(b, h->dep, h->dep_count);
    smk_pack_uint(b, h->time);
    smk_pack_uint(b, h->codec);
    if (h->has_key_id)
        smk_pack_bin(b, SMK_BYTES(h->key_id));
    else
        smk_pack_nil(b);
    smk_pack_uint(b, h->payload_len);
    smk_pack_bin(b, SMK_BYTES(h->payload_hash));
}

static enum smk_err header_read(struct smk_value root, struct smk_header *ret_header)
{
    struct smk_value version = smk_value_item(root, 0);
    if (smk_value_type(version) == SMK_VALUE_UINT && smk_value_uint(version) != HEADER_VERSION)
        return SMK_ERR_NEWER_VERSION; /* nothing else is known about its shape */
    struct smk_header h = {0};
    bool has_no_prev, has_no_key_id;
    struct smk_fields f = smk_fields_of(root, HEADER_FIELDS);
    (void)smk_field_uint(&f, HEADER_VERSION); /* only the type is still open */
    h.type = smk_field_uint(&f, UINT64_MAX);
    smk_field_key(&f, h.author, sizeof h.author);
    smk_field_key(&f, h.incarnation, sizeof h.incarnation);
    struct smk_bytes scope = smk_field_str(&f, SMK_SCOPE_LETTERS_MAX);
    h.seq = smk_field_uint(&f, SMK_SEQ_MAX);
    smk_field_key_or_nil(&f, h.prev, sizeof h.prev, &has_no_prev);
    struct smk_value deps = smk_field_array(&f, SMK_DEPS_MAX);
    h.time = smk_field_uint(&f, UINT64_MAX);
    h.codec = smk_field_uint(&f, CODEC_SEALED);
    smk_field_key_or_nil(&f, h.key_id, sizeof h.key_id, &has_no_key_id);
    h.payload_len = smk_field_uint(&f, SMK_PAYLOAD_BYTES_MAX);
    smk_field_key(&f, h.payload_hash, sizeof h.payload_hash);
    enum smk_err err = smk_fields_finish(&f);
    if (err == SMK_OK)
        err = smk_list_read_hashes(deps, h.dep, SMK_DEPS_MAX, &h.dep_count);
    if (err != SMK_OK)
        return err;
    h.has_key_id = !has_no_key_id;
    bool is_in_form = h.seq >= 1 && has_no_prev == (h.seq == 1) &&
                      h.has_key_id == (h.codec == CODEC_SEALED) && h.payload_len >= 1 &&
                      smk_scope_parse(scope, &h.scope);
    if (!is_in_form)
        return SMK_ERR_MALFORMED;
    *ret_header = h;
    return SMK_OK;
}

enum smk_err smk_header_decode(struct smk_bytes bytes, struct smk_header *ret_header)
{
    SMK_CLEANUP(smk_tree_deinit) struct smk_tree tree = {0};
    if (bytes.len > SMK_HEADER_BYTES_MAX)
        return SMK_ERR_TOO_BIG;
    enum smk_err err = smk_tree_decode(bytes, SMK_WALK_HEADER, &tree);
    if (err != SMK_OK)
        return err;
    return header_read(tree.root, ret_header);
}

/* ---- record ---- */

void smk_payload_hash(const uint8_t salt[SMK_SALT_BYTES], struct smk_bytes payload,
                      uint8_t ret_hash[SMK_HASH_BYTES])
{
    smk_hash_keyed(SMK_PERSONAL_PAYLOAD, (struct smk_bytes){salt, SMK_SALT_BYTES}, payload, ret_hash);
}

/* Header hash and id, from header_bytes and signature. */
static void record_name(struct smk_record *r)
{
    smk_hash(SMK_PERSONAL_HEADER, r->header_bytes, r->header_hash);
    smk_hash_pair(SMK_PERSONAL_RECORD_ID, SMK_BYTES(r->header_hash), SMK_BYTES(r->signature), r->id);
}

/* OK, or why the payload is not one canonical map. */
static enum smk_err map_check(struct smk_bytes payload)
{
    enum smk_err err = smk_walk(payload, SMK_WALK_PAYLOAD);
    if (err != SMK_OK)
        return err;
    uint8_t lead = payload.data[0];
    bool is_map = (lead & 0xf0) == 0x80 || lead == 0xde || lead == 0xdf;
    return is_map ? SMK_OK : SMK_ERR_MALFORMED;
}

enum smk_err smk_record_make(const struct smk_header *header, struct smk_bytes payload,
                             const uint8_t salt[SMK_SALT_BYTES], const struct smk_sign_key *key,
                             const uint8_t coalition[SMK_ID_BYTES], struct smk_buf *header_buf,
                             struct smk_record *ret_record)
{
    SMK_ASSERT(memcmp(header->author, key->public_key, SMK_KEY_BYTES) == 0);
    if (payload.len > SMK_PAYLOAD_BYTES_MAX)
        return SMK_ERR_TOO_BIG_HERE;
    if (payload.len < 1 || (header->codec == CODEC_PLAIN && map_check(payload) != SMK_OK))
        return SMK_ERR_INVALID;
    struct smk_record r = {.header = *header, .has_payload = true, .payload = payload};
    memcpy(r.salt, salt, sizeof r.salt);
    r.header.payload_len = payload.len;
    smk_payload_hash(salt, payload, r.header.payload_hash);
    size_t start = header_buf->len;
    smk_header_encode(&r.header, header_buf);
    enum smk_err err = header_buf->err;
    if (err == SMK_OK) {
        SMK_ASSERT(header_buf->len - start <= SMK_HEADER_BYTES_MAX); /* its fields cannot fill so much */
        r.header_bytes = (struct smk_bytes){header_buf->data + start, header_buf->len - start};
        smk_hash(SMK_PERSONAL_HEADER, r.header_bytes, r.header_hash);
        err = smk_sign(key, SMK_SIGN_RECORD, coalition, r.header_hash, r.signature);
    }
    if (err != SMK_OK) {
        header_buf->len = start;
        return err;
    }
    record_name(&r);
    *ret_record = r;
    return SMK_OK;
}

enum smk_err smk_record_assemble(struct smk_bytes header_bytes, const uint8_t signature[SMK_SIGNATURE_BYTES],
                                 const uint8_t *salt, struct smk_bytes payload, struct smk_record *ret_record)
{
    struct smk_record r = {.header_bytes = header_bytes};
    enum smk_err err = smk_header_decode(header_bytes, &r.header);
    if (err != SMK_OK)
        return err;
    memcpy(r.signature, signature, sizeof r.signature);
    if (salt != NULL) {
        r.has_payload = true;
        r.payload = payload;
        memcpy(r.salt, salt, sizeof r.salt);
    }
    record_name(&r);
    *ret_record = r;
    return SMK_OK;
}

void smk_record_encode(const struct smk_record *r, struct smk_buf *b)
{
    smk_pack_array(b, 4);
    smk_pack_bin(b, r->header_bytes);
    smk_pack_bin(b, SMK_BYTES(r->signature));
    if (r->has_payload) {
        smk_pack_bin(b, SMK_BYTES(r->salt));
        smk_pack_bin(b, r->payload);
    } else {
        smk_pack_nil(b);
        smk_pack_nil(b);
    }
}

enum smk_err smk_record_decode(struct smk_bytes wire, struct smk_record *ret_record)
{
    SMK_CLEANUP(smk_tree_deinit) struct smk_tree tree = {0};
    if (wire.len > RECORD_BYTES_MAX)
        return SMK_ERR_TOO_BIG;
    enum smk_err err = smk_tree_decode(wire, SMK_WALK_HEADER, &tree);
    if (err != SMK_OK)
        return err;
    uint8_t signature[SMK_SIGNATURE_BYTES], salt[SMK_SALT_BYTES];
    struct smk_bytes payload = {0};
    bool has_no_salt;
    struct smk_fields f = smk_fields_of(tree.root, 4);
    struct smk_bytes header_bytes = smk_field_bin(&f, SIZE_MAX);
    smk_field_key(&f, signature, sizeof signature);
    smk_field_key_or_nil(&f, salt, sizeof salt, &has_no_salt);
    if (!has_no_salt)
        payload = smk_field_bin(&f, SMK_PAYLOAD_BYTES_MAX);
    else if (!smk_value_is_nil(smk_field_any(&f)))
        f.err = SMK_ERR_MALFORMED;
    err = smk_fields_finish(&f);
    if (err != SMK_OK)
        return err;
    return smk_record_assemble(header_bytes, signature, has_no_salt ? NULL : salt, payload, ret_record);
}

static enum smk_err check_decision_payload(struct smk_bytes payload)
{
    SMK_CLEANUP(smk_tree_deinit) struct smk_tree tree = {0};
    struct smk_decision_form form;
    enum smk_err err = smk_tree_decode(payload, SMK_WALK_PAYLOAD, &tree);
    return err == SMK_OK ? smk_decision_form_read(tree.root, &form) : err;
}

enum smk_err smk_record_check_payload(const struct smk_record *r)
{
    if (!r->has_payload)
        return SMK_OK;
    uint8_t hash[SMK_HASH_BYTES];
    if (r->payload.len != r->header.payload_len)
        return SMK_ERR_BAD_HASH;
    smk_payload_hash(r->salt, r->payload, hash);
    if (memcmp(hash, r->header.payload_hash, sizeof hash) != 0)
        return SMK_ERR_BAD_HASH;
    if (r->header.codec != CODEC_PLAIN)
        return SMK_OK;
    struct smk_open open;
    enum smk_err err = map_check(r->payload);
    if (err == SMK_OK && r->header.type == SMK_RECORD_OPEN)
        err = smk_open_decode(r->payload, &open);
    else if (err == SMK_OK && r->header.type == SMK_RECORD_DECISION)
        err = check_decision_payload(r->payload);
    if (err == SMK_OK || err == SMK_ERR_NOMEM)
        return err;
    return SMK_ERR_MALFORMED;
}

bool smk_record_is_signed(const struct smk_record *r, const uint8_t coalition[SMK_ID_BYTES])
{
    return smk_verify(r->header.author, SMK_SIGN_RECORD, coalition, r->header_hash, r->signature);
}
