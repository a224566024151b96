#include "proto/sign.h"

#include "proto/check.h"
#include "proto/mem.h"

#include <sodium.h>
#include <string.h>

enum { SIGNED_INPUT_BYTES = 74 };

static void signed_input(enum smk_sign_kind kind, const uint8_t coalition[SMK_ID_BYTES],
                         const uint8_t object[SMK_HASH_BYTES], uint8_t ret_input[SIGNED_INPUT_BYTES])
{
    _Static_assert(8 + 1 + 1 + SMK_ID_BYTES + SMK_HASH_BYTES == SIGNED_INPUT_BYTES, "the signed form");
    memcpy(ret_input, "SAMAKI-1", 8);
    ret_input[8] = 0;
    ret_input[9] = (uint8_t)kind;
    memcpy(ret_input + 10, coalition, SMK_ID_BYTES);
    memcpy(ret_input + 10 + SMK_ID_BYTES, object, SMK_HASH_BYTES);
}

void smk_sign_key_init(struct smk_sign_key *k, const uint8_t seed[SMK_SEED_BYTES])
{
    int answer = crypto_sign_seed_keypair(k->public_key, k->secret, seed);
    SMK_ASSERT(answer == 0); /* documented never to fail */
}

void smk_sign_key_deinit(struct smk_sign_key *k)
{
    smk_mem_wipe(k, sizeof *k);
}

enum smk_err smk_sign(const struct smk_sign_key *k, enum smk_sign_kind kind,
                      const uint8_t coalition[SMK_ID_BYTES], const uint8_t object[SMK_HASH_BYTES],
                      uint8_t ret_signature[SMK_SIGNATURE_BYTES])
{
    uint8_t input[SIGNED_INPUT_BYTES], signature[SMK_SIGNATURE_BYTES];
    signed_input(kind, coalition, object, input);
    if (crypto_sign_detached(signature, NULL, input, sizeof input, k->secret) != 0)
        return SMK_ERR_CRYPTO;
    if (crypto_sign_verify_detached(signature, input, sizeof input, k->public_key) != 0)
        return SMK_ERR_CRYPTO;
    memcpy(ret_signature, signature, sizeof signature);
    return SMK_OK;
}

bool smk_verify(const uint8_t public_key[SMK_KEY_BYTES], enum smk_sign_kind kind,
                const uint8_t coalition[SMK_ID_BYTES], const uint8_t object[SMK_HASH_BYTES],
                const uint8_t signature[SMK_SIGNATURE_BYTES])
{
    uint8_t input[SIGNED_INPUT_BYTES];
    signed_input(kind, coalition, object, input);
    return smk_ed25519_verify(public_key, SMK_BYTES(input), signature);
}

bool smk_ed25519_verify(const uint8_t public_key[SMK_KEY_BYTES], struct smk_bytes message,
                        const uint8_t signature[SMK_SIGNATURE_BYTES])
{
    static const uint8_t nothing[1];
    const uint8_t *data = message.len > 0 ? message.data : nothing;
    return crypto_sign_verify_detached(signature, data, message.len, public_key) == 0;
}

bool smk_sign_key_is_valid(const uint8_t public_key[SMK_KEY_BYTES])
{
    return crypto_core_ed25519_is_valid_point(public_key) == 1;
}
