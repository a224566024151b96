#include "proto/check.h"
#include "proto/hash.h"
#include "proto/lists.h"
#include "proto/mem.h"
#include "proto/roster.h"

#include <string.h>

enum { GENESIS_FIELDS = 6, GENESIS_VERSION = 1 };

void smk_genesis_encode(const struct smk_genesis *g, struct smk_buf *b)
{
    SMK_ASSERT(g->key_count <= SMK_ROOT_KEYS_MAX);
    SMK_ASSERT(g->k >= 1);
    SMK_ASSERT(g->k <= g->key_count);
    SMK_ASSERT(2 * g->k > g->key_count);
    smk_pack_array(b, GENESIS_FIELDS);
    smk_pack_uint(b, GENESIS_VERSION);
    smk_pack_text(b, g->name);
    smk_pack_text(b, g->time_zone);
    smk_pack_bin(b, SMK_BYTES(g->nonce));
    smk_pack_uint(b, g->k);
    smk_list_pack_hashes(b, g->key, g->key_count);
}

static bool is_time_zone(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_+-";
    return strspn(text, letters) == strlen(text);
}

static bool keys_are_valid(const struct smk_genesis *g)
{
    if (g->k < 1 || g->k > g->key_count || 2 * g->k <= g->key_count)
        return false;
    for (size_t i = 0; i < g->key_count; i++)
        if (!smk_sign_key_is_valid(g->key[i]))
            return false;
    return true;
}

static enum smk_err genesis_read(struct smk_value root, struct smk_genesis *ret_genesis)
{
    struct smk_value version = smk_value_item(root, 0);
    if (smk_value_type(version) == SMK_VALUE_UINT && smk_value_uint(version) != GENESIS_VERSION)
        return SMK_ERR_NEWER_VERSION; /* nothing else is known about its shape */
    struct smk_genesis g = {0};
    struct smk_fields f = smk_fields_of(root, GENESIS_FIELDS);
    (void)smk_field_uint(&f, GENESIS_VERSION); /* only the type is still open */
    struct smk_bytes name = smk_field_str(&f, sizeof g.name - 1);
    struct smk_bytes time_zone = smk_field_str(&f, sizeof g.time_zone - 1);
    smk_field_key(&f, g.nonce, sizeof g.nonce);
    g.k = smk_field_uint(&f, SMK_ROOT_KEYS_MAX);
    struct smk_value keys = smk_field_array(&f, SMK_ROOT_KEYS_MAX);
    enum smk_err err = smk_fields_finish(&f);
    if (err == SMK_OK)
        err = smk_list_read_hashes(keys, g.key, SMK_ROOT_KEYS_MAX, &g.key_count);
    if (err != SMK_OK)
        return err;
    bool has_texts = smk_text_copy(name, g.name, sizeof g.name - 1) &&
                     smk_text_copy(time_zone, g.time_zone, sizeof g.time_zone - 1) &&
                     is_time_zone(g.time_zone);
    if (!has_texts || !keys_are_valid(&g))
        return SMK_ERR_MALFORMED;
    *ret_genesis = g;
    return SMK_OK;
}

enum smk_err smk_genesis_decode(struct smk_bytes bytes, struct smk_genesis *ret_genesis)
{
    SMK_CLEANUP(smk_tree_deinit) struct smk_tree tree = {0};
    if (bytes.len > SMK_GENESIS_BYTES_MAX)
        return SMK_ERR_TOO_BIG;
    enum smk_err err = smk_tree_decode(bytes, SMK_WALK_PAYLOAD, &tree);
    if (err != SMK_OK)
        return err;
    return genesis_read(tree.root, ret_genesis);
}

void smk_genesis_id(struct smk_bytes bytes, uint8_t ret_coalition[SMK_ID_BYTES])
{
    smk_hash(SMK_PERSONAL_GENESIS, bytes, ret_coalition);
}
