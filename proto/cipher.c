#include "proto/cipher.h"

#include "proto/check.h"
#include "proto/mem.h"

#include <sodium.h>
#include <string.h>

_Static_assert(SMK_KEY_BYTES == crypto_scalarmult_BYTES, "X25519 keys");
_Static_assert(SMK_KEY_BYTES == crypto_aead_chacha20poly1305_ietf_KEYBYTES, "ChaCha20-Poly1305 keys");
_Static_assert(SMK_AEAD_NONCE_BYTES == crypto_aead_chacha20poly1305_ietf_NPUBBYTES,
               "ChaCha20-Poly1305 nonces");
_Static_assert(SMK_FRAME_TAG_BYTES == crypto_aead_chacha20poly1305_ietf_ABYTES, "ChaCha20-Poly1305 tags");
_Static_assert(SMK_HASH_BYTES == crypto_auth_hmacsha256_BYTES, "HMAC-SHA-256");

static const uint8_t nothing[1]; /* stands for the address of zero bytes */

void smk_dh_key_init(struct smk_dh_key *k, const uint8_t secret[SMK_KEY_BYTES])
{
    memmove(k->secret, secret, SMK_KEY_BYTES);
    int answer = crypto_scalarmult_base(k->public_key, k->secret);
    SMK_ASSERT(answer == 0); /* the base point has no low order */
}

void smk_dh_key_deinit(struct smk_dh_key *k)
{
    smk_mem_wipe(k, sizeof *k);
}

bool smk_dh(const uint8_t secret[SMK_KEY_BYTES], const uint8_t public_key[SMK_KEY_BYTES],
            uint8_t ret_shared[SMK_KEY_BYTES])
{
    if (crypto_scalarmult(ret_shared, secret, public_key) == 0 &&
        sodium_is_zero(ret_shared, SMK_KEY_BYTES) == 0)
        return true;
    memset(ret_shared, 0, SMK_KEY_BYTES);
    return false;
}

void smk_aead_seal_with(const uint8_t key[SMK_KEY_BYTES], const uint8_t nonce[SMK_AEAD_NONCE_BYTES],
                        struct smk_bytes ad, struct smk_bytes plain, uint8_t *ret_sealed)
{
    const uint8_t *text = plain.len > 0 ? plain.data : nothing;
    (void)crypto_aead_chacha20poly1305_ietf_encrypt(ret_sealed, NULL, text, plain.len, ad.data, ad.len, NULL,
                                                    nonce, key); /* always 0 below 256 GiB */
}

bool smk_aead_unseal_with(const uint8_t key[SMK_KEY_BYTES], const uint8_t nonce[SMK_AEAD_NONCE_BYTES],
                          struct smk_bytes ad, struct smk_bytes sealed, uint8_t *ret_plain)
{
    if (sealed.len < SMK_FRAME_TAG_BYTES)
        return false;
    size_t len = sealed.len - SMK_FRAME_TAG_BYTES;
    /* Without a place for the plaintext only the tag is checked: the library would clear the place on failure. */
    if (crypto_aead_chacha20poly1305_ietf_decrypt_detached(NULL, NULL, sealed.data, len, sealed.data + len,
                                                           ad.data, ad.len, nonce, key) != 0)
        return false;
    if (len > 0)
        (void)crypto_stream_chacha20_ietf_xor_ic(ret_plain, sealed.data, len, nonce, 1, key); /* always 0 */
    return true;
}

static void nonce_of_counter(uint64_t counter, uint8_t ret_nonce[SMK_AEAD_NONCE_BYTES])
{
    memset(ret_nonce, 0, 4);
    for (unsigned i = 0; i < 8; i++)
        ret_nonce[4 + i] = (uint8_t)(counter >> (8 * i));
}

void smk_aead_seal(const uint8_t key[SMK_KEY_BYTES], uint64_t nonce, struct smk_bytes ad,
                   struct smk_bytes plain, uint8_t *ret_sealed)
{
    uint8_t bytes[SMK_AEAD_NONCE_BYTES];
    nonce_of_counter(nonce, bytes);
    smk_aead_seal_with(key, bytes, ad, plain, ret_sealed);
}

bool smk_aead_unseal(const uint8_t key[SMK_KEY_BYTES], uint64_t nonce, struct smk_bytes ad,
                     struct smk_bytes sealed, uint8_t *ret_plain)
{
    uint8_t bytes[SMK_AEAD_NONCE_BYTES];
    nonce_of_counter(nonce, bytes);
    return smk_aead_unseal_with(key, bytes, ad, sealed, ret_plain);
}

static void hmac_state_deinit(crypto_auth_hmacsha256_state *state)
{
    smk_mem_wipe(state, sizeof *state);
}

void smk_hmac_sha256(struct smk_bytes key, struct smk_bytes message, uint8_t ret_mac[SMK_HASH_BYTES])
{
    SMK_CLEANUP(hmac_state_deinit) crypto_auth_hmacsha256_state state;
    const uint8_t *key_bytes = key.len > 0 ? key.data : nothing;
    (void)crypto_auth_hmacsha256_init(&state, key_bytes, key.len); /* these three always return 0 */
    if (message.len > 0)
        (void)crypto_auth_hmacsha256_update(&state, message.data, message.len);
    (void)crypto_auth_hmacsha256_final(&state, ret_mac);
}

bool smk_mac_is_equal(const uint8_t a[SMK_HASH_BYTES], const uint8_t b[SMK_HASH_BYTES])
{
    return sodium_memcmp(a, b, SMK_HASH_BYTES) == 0;
}
