#include "proto/invitation.h"

#include "proto/check.h"
#include "proto/hash.h"
#include "proto/lists.h"
#include "proto/mem.h"

#include <string.h>

enum {
    INVITATION_VERSION = 1,
    SIGNED_FIELDS = 11, /* all but the signature */
    BODY_BYTES_MAX = 2048,
    PREFIX_LETTERS = 8,
};

static const char prefix[PREFIX_LETTERS + 1] = "samaki1:";

_Static_assert(PREFIX_LETTERS + (BODY_BYTES_MAX * 4 + 2) / 3 <= SMK_INVITATION_TEXT_BYTES_MAX,
               "the text fits");

/* ---- base64url without padding (RFC 4648 section 5) ---- */

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void base64_format(struct smk_bytes bytes, struct smk_buf *b)
{
    uint32_t bits = 0;
    unsigned count = 0; /* of bits that are not written yet */
    for (size_t i = 0; i < bytes.len; i++) {
        bits = bits << 8 | bytes.data[i];
        for (count += 8; count >= 6; count -= 6)
            smk_buf_write_u8(b, (uint8_t)letters[bits >> (count - 6) & 63]);
    }
    if (count > 0)
        smk_buf_write_u8(b, (uint8_t)letters[bits << (6 - count) & 63]);
}

/* False for a foreign letter, a length that no bytes have, and unused bits that are not 0. */
static bool base64_parse(struct smk_bytes text, struct smk_buf *b)
{
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < text.len; i++) {
        const char *letter = memchr(letters, text.data[i], sizeof letters - 1);
        if (letter == NULL)
            return false;
        bits = bits << 6 | (uint32_t)(letter - letters);
        count += 6;
        if (count >= 8) {
            count -= 8;
            smk_buf_write_u8(b, (uint8_t)(bits >> count));
        }
    }
    return count < 6 && (bits & ((1u << count) - 1)) == 0;
}

/* ---- writing ---- */

static void pack_signed_fields(struct smk_buf *b, const struct smk_invitation *inv)
{
    smk_pack_uint(b, INVITATION_VERSION);
    smk_pack_bin(b, SMK_BYTES(inv->coalition));
    smk_pack_bin(b, SMK_BYTES(inv->transport_key));
    smk_pack_bin(b, SMK_BYTES(inv->box_key));
    smk_pack_text(b, inv->address);
    smk_pack_bin(b, SMK_BYTES(inv->id));
    smk_pack_bin(b, SMK_BYTES(inv->secret));
    smk_pack_text(b, inv->org.text);
    smk_pack_array(b, inv->office_count);
    for (size_t i = 0; i < inv->office_count; i++)
        smk_pack_text(b, inv->office[i].text);
    smk_pack_uint(b, inv->expires_ms);
    smk_pack_bin(b, SMK_BYTES(inv->sign_key));
}

/* The hash that is signed. */
static enum smk_err invitation_hash(const struct smk_invitation *inv, uint8_t ret_hash[SMK_HASH_BYTES])
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf body = {.max = BODY_BYTES_MAX};
    smk_pack_array(&body, SIGNED_FIELDS);
    pack_signed_fields(&body, inv);
    if (body.err == SMK_OK)
        smk_hash(SMK_PERSONAL_OBJECT, smk_buf_view(&body), ret_hash);
    return body.err;
}

enum smk_err smk_invitation_format(const struct smk_invitation *inv, const struct smk_sign_key *key,
                                   struct smk_buf *b)
{
    SMK_ASSERT(memcmp(inv->sign_key, key->public_key, SMK_KEY_BYTES) == 0);
    SMK_ASSERT(inv->office_count <= SMK_OFFICES_PER_DEVICE_MAX);
    uint8_t hash[SMK_HASH_BYTES], signature[SMK_SIGNATURE_BYTES];
    enum smk_err err = invitation_hash(inv, hash);
    if (err == SMK_OK)
        err = smk_sign(key, SMK_SIGN_INVITATION, inv->coalition, hash, signature);
    if (err != SMK_OK)
        return err;
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf body = {.max = BODY_BYTES_MAX};
    smk_pack_array(&body, SIGNED_FIELDS + 1);
    pack_signed_fields(&body, inv);
    smk_pack_bin(&body, SMK_BYTES(signature));
    if (body.err != SMK_OK)
        return body.err;
    smk_buf_write(b, prefix, PREFIX_LETTERS);
    base64_format(smk_buf_view(&body), b);
    return b->err;
}

/* ---- reading ---- */

static void invitation_wipe(struct smk_invitation *inv)
{
    smk_mem_wipe(inv, sizeof *inv);
}

static enum smk_err offices_read(struct smk_value offices, struct smk_invitation *inv)
{
    inv->office_count = smk_value_count(offices);
    for (size_t i = 0; i < inv->office_count; i++) {
        struct smk_bytes slug = smk_value_str(smk_value_item(offices, i));
        if (!smk_slug_is_valid(slug) || !smk_slug_copy(slug, &inv->office[i]))
            return SMK_ERR_INVALID;
    }
    return SMK_OK;
}

static enum smk_err invitation_read(struct smk_value root, struct smk_invitation *inv,
                                    uint8_t ret_signature[SMK_SIGNATURE_BYTES])
{
    struct smk_value version = smk_value_item(root, 0);
    if (smk_value_type(version) == SMK_VALUE_UINT && smk_value_uint(version) != INVITATION_VERSION)
        return SMK_ERR_NEWER_VERSION;
    struct smk_fields f = smk_fields_of(root, SIGNED_FIELDS + 1);
    (void)smk_field_uint(&f, INVITATION_VERSION); /* only the type is still open */
    smk_field_key(&f, inv->coalition, sizeof inv->coalition);
    smk_field_key(&f, inv->transport_key, sizeof inv->transport_key);
    smk_field_key(&f, inv->box_key, sizeof inv->box_key);
    struct smk_bytes address = smk_field_str(&f, sizeof inv->address - 1);
    smk_field_key(&f, inv->id, sizeof inv->id);
    smk_field_key(&f, inv->secret, sizeof inv->secret);
    struct smk_bytes org = smk_field_str(&f, SMK_SLUG_LETTERS_MAX);
    struct smk_value offices = smk_field_array(&f, SMK_OFFICES_PER_DEVICE_MAX);
    inv->expires_ms = smk_field_uint(&f, UINT64_MAX);
    smk_field_key(&f, inv->sign_key, sizeof inv->sign_key);
    smk_field_key(&f, ret_signature, SMK_SIGNATURE_BYTES);
    if (smk_fields_finish(&f) != SMK_OK || !smk_text_copy(address, inv->address, sizeof inv->address - 1))
        return SMK_ERR_INVALID;
    if (!smk_slug_is_valid(org) || !smk_slug_copy(org, &inv->org))
        return SMK_ERR_INVALID;
    return offices_read(offices, inv);
}

static enum smk_err body_decode(struct smk_bytes body, struct smk_invitation *ret_inv)
{
    SMK_CLEANUP(smk_tree_deinit) struct smk_tree tree = {0};
    SMK_CLEANUP(invitation_wipe) struct smk_invitation inv = {0};
    uint8_t hash[SMK_HASH_BYTES], signature[SMK_SIGNATURE_BYTES];
    enum smk_err err = smk_tree_decode(body, SMK_WALK_PAYLOAD, &tree);
    if (err == SMK_ERR_NOMEM)
        return err;
    if (err != SMK_OK)
        return SMK_ERR_INVALID;
    err = invitation_read(tree.root, &inv, signature);
    if (err == SMK_OK)
        err = invitation_hash(&inv, hash);
    if (err != SMK_OK)
        return err;
    if (!smk_verify(inv.sign_key, SMK_SIGN_INVITATION, inv.coalition, hash, signature))
        return SMK_ERR_INVALID;
    *ret_inv = inv;
    return SMK_OK;
}

/* The letters of the text without white space. */
static enum smk_err text_gather(struct smk_bytes text, struct smk_buf *letters_found)
{
    for (size_t i = 0; i < text.len && letters_found->err == SMK_OK; i++)
        if (memchr(" \t\r\n\v\f", text.data[i], 6) == NULL)
            smk_buf_write_u8(letters_found, text.data[i]);
    return letters_found->err == SMK_ERR_TOO_BIG_HERE ? SMK_ERR_INVALID : letters_found->err;
}

/* "samaki" and a number other than 1. */
static bool is_of_newer_version(struct smk_bytes text)
{
    struct smk_reader r = smk_reader_over(text);
    uint8_t word[6];
    smk_read_copy(&r, word, sizeof word);
    if (memcmp(word, prefix, sizeof word) != 0)
        return false;
    size_t digits = 0;
    uint8_t c = smk_read_u8(&r);
    for (; c >= '0' && c <= '9'; digits++)
        c = smk_read_u8(&r);
    return digits > 0 && c == ':';
}

enum smk_err smk_invitation_parse(struct smk_bytes text, struct smk_invitation *ret_inv)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf found = {.max = SMK_INVITATION_TEXT_BYTES_MAX};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf body = {.max = BODY_BYTES_MAX};
    enum smk_err err = text_gather(text, &found);
    if (err != SMK_OK)
        return err;
    struct smk_bytes all = smk_buf_view(&found);
    if (all.len < PREFIX_LETTERS || memcmp(all.data, prefix, PREFIX_LETTERS) != 0)
        return is_of_newer_version(all) ? SMK_ERR_NEWER_VERSION : SMK_ERR_INVALID;
    bool is_base64 =
        base64_parse((struct smk_bytes){all.data + PREFIX_LETTERS, all.len - PREFIX_LETTERS}, &body);
    if (body.err == SMK_ERR_NOMEM)
        return SMK_ERR_NOMEM;
    if (!is_base64 || body.err != SMK_OK)
        return SMK_ERR_INVALID;
    return body_decode(smk_buf_view(&body), ret_inv);
}
