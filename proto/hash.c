#include "proto/hash.h"

#include "proto/check.h"

#include <sodium.h>
#include <string.h>

static void hash_begin(crypto_generichash_blake2b_state *state, const char *personal, struct smk_bytes key)
{
    uint8_t padded[crypto_generichash_blake2b_PERSONALBYTES] = {0};
    static const uint8_t no_salt[crypto_generichash_blake2b_SALTBYTES];
    size_t len = strlen(personal);
    SMK_ASSERT(len <= sizeof padded);
    memcpy(padded, personal, len);
    int answer = crypto_generichash_blake2b_init_salt_personal(state, key.data, key.len, SMK_HASH_BYTES,
                                                               no_salt, padded);
    SMK_ASSERT(answer == 0); /* fails only for key or output sizes that are out of range */
}

static void hash_piece(crypto_generichash_blake2b_state *state, struct smk_bytes piece)
{
    if (piece.len > 0)
        (void)crypto_generichash_blake2b_update(state, piece.data, piece.len); /* always 0 */
}

static void hash_all(const char *personal, struct smk_bytes key, struct smk_bytes a, struct smk_bytes b,
                     uint8_t ret_hash[SMK_HASH_BYTES])
{
    crypto_generichash_blake2b_state state;
    hash_begin(&state, personal, key);
    hash_piece(&state, a);
    hash_piece(&state, b);
    (void)crypto_generichash_blake2b_final(&state, ret_hash,
                                           SMK_HASH_BYTES); /* first call after begin: always 0 */
}

void smk_hash(const char *personal, struct smk_bytes bytes, uint8_t ret_hash[SMK_HASH_BYTES])
{
    hash_all(personal, (struct smk_bytes){0}, bytes, (struct smk_bytes){0}, ret_hash);
}

void smk_hash_pair(const char *personal, struct smk_bytes a, struct smk_bytes b,
                   uint8_t ret_hash[SMK_HASH_BYTES])
{
    hash_all(personal, (struct smk_bytes){0}, a, b, ret_hash);
}

void smk_hash_keyed(const char *personal, struct smk_bytes key, struct smk_bytes bytes,
                    uint8_t ret_hash[SMK_HASH_BYTES])
{
    hash_all(personal, key, bytes, (struct smk_bytes){0}, ret_hash);
}

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(struct smk_sha256), "the state has room");

static crypto_hash_sha256_state *sha256_state(struct smk_sha256 *s)
{
    return (crypto_hash_sha256_state *)(void *)s->state;
}

void smk_sha256_init(struct smk_sha256 *s)
{
    (void)crypto_hash_sha256_init(sha256_state(s)); /* these three always return 0 */
}

void smk_sha256_add(struct smk_sha256 *s, struct smk_bytes piece)
{
    if (piece.len > 0)
        (void)crypto_hash_sha256_update(sha256_state(s), piece.data, piece.len);
}

void smk_sha256_finish(struct smk_sha256 *s, uint8_t ret_hash[SMK_HASH_BYTES])
{
    (void)crypto_hash_sha256_final(sha256_state(s), ret_hash);
}

void smk_sha256(struct smk_bytes a, struct smk_bytes b, uint8_t ret_hash[SMK_HASH_BYTES])
{
    struct smk_sha256 s;
    smk_sha256_init(&s);
    smk_sha256_add(&s, a);
    smk_sha256_add(&s, b);
    smk_sha256_finish(&s, ret_hash);
}
