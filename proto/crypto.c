#include "proto/cipher.h"
#include "proto/hash.h"
#include "proto/mem.h"
#include "proto/sign.h"

#include <sodium.h>
#include <string.h>

/* The known answers: RFC 6234 (SHA-256), RFC 4231 (HMAC), RFC 7748 (X25519), RFC 8439 (ChaCha20-Poly1305) and
 * RFC 8032 (Ed25519); BLAKE2b with a personal string was computed with another implementation. */

static bool is_hex(const uint8_t *bytes, size_t len, const char *hex)
{
    char text[2 * 64 + 1];
    if (len > 64)
        return false;
    smk_hex_format((struct smk_bytes){bytes, len}, text);
    return strcmp(text, hex) == 0;
}

static bool hashes_are_right(void)
{
    uint8_t hash[SMK_HASH_BYTES], salt[SMK_SALT_BYTES];
    struct smk_bytes abc = smk_bytes_of_text("abc");
    for (uint8_t i = 0; i < sizeof salt; i++)
        salt[i] = i;
    smk_hash(SMK_PERSONAL_RECORD_ID, abc, hash);
    if (!is_hex(hash, sizeof hash, "f44dc92eef5c6d2d06e9246ebd192afab9c9ca7a8f79f4c337e7731e597360c7"))
        return false;
    smk_hash_keyed(SMK_PERSONAL_PAYLOAD, SMK_BYTES(salt), abc, hash);
    if (!is_hex(hash, sizeof hash, "1beb2248c52e22482b88b2915d9e6bf29929d63f64a4beb2448cafc2f890ae4b"))
        return false;
    smk_sha256(smk_bytes_of_text("ab"), smk_bytes_of_text("c"), hash);
    if (!is_hex(hash, sizeof hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
        return false;
    smk_hmac_sha256(smk_bytes_of_text("Jefe"), smk_bytes_of_text("what do ya want for nothing?"), hash);
    return is_hex(hash, sizeof hash, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static bool x25519_is_right(void)
{
    uint8_t secret[SMK_KEY_BYTES], point[SMK_KEY_BYTES], low_order[SMK_KEY_BYTES], shared[SMK_KEY_BYTES];
    if (!smk_hex_parse("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4", secret,
                       sizeof secret) ||
        !smk_hex_parse("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c", point,
                       sizeof point) ||
        !smk_hex_parse("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800", low_order,
                       sizeof low_order))
        return false;
    if (!smk_dh(secret, point, shared))
        return false;
    if (!is_hex(shared, sizeof shared, "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"))
        return false;
    return !smk_dh(secret, low_order, shared);
}

static bool aead_is_right(void)
{
    static const uint8_t nonce[SMK_AEAD_NONCE_BYTES] = {7, 0, 0, 0, '@', 'A', 'B', 'C', 'D', 'E', 'F', 'G'};
    static const uint8_t ad[] = {0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7};
    static const char plain[] =
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
        "future, sunscreen would be it.";
    uint8_t key[SMK_KEY_BYTES], sealed[sizeof plain - 1 + SMK_FRAME_TAG_BYTES], opened[sizeof plain - 1];
    for (uint8_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)(0x80 + i);
    smk_aead_seal_with(key, nonce, SMK_BYTES(ad), smk_bytes_of_text(plain), sealed);
    if (!is_hex(sealed, 16, "d31a8d34648e60db7b86afbc53ef7ec2") ||
        !is_hex(sealed + sizeof plain - 1, SMK_FRAME_TAG_BYTES, "1ae10b594f09e26a7e902ecbd0600691"))
        return false;
    if (!smk_aead_unseal_with(key, nonce, SMK_BYTES(ad), SMK_BYTES(sealed), opened))
        return false;
    if (memcmp(opened, plain, sizeof opened) != 0)
        return false;
    sealed[40] ^= 1;
    return !smk_aead_unseal_with(key, nonce, SMK_BYTES(ad), SMK_BYTES(sealed), opened);
}

static bool ed25519_signs_and_verifies(void)
{
    static const char signature_hex[] = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                                        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
    static const uint8_t message[] = {0x72};
    SMK_CLEANUP(smk_sign_key_deinit) struct smk_sign_key key = {0};
    uint8_t seed[SMK_SEED_BYTES], signature[SMK_SIGNATURE_BYTES];
    if (!smk_hex_parse("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", seed, sizeof seed))
        return false;
    smk_sign_key_init(&key, seed);
    if (!is_hex(key.public_key, SMK_KEY_BYTES,
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"))
        return false;
    if (crypto_sign_detached(signature, NULL, message, sizeof message, key.secret) != 0)
        return false;
    if (!is_hex(signature, sizeof signature, signature_hex))
        return false;
    if (!smk_ed25519_verify(key.public_key, SMK_BYTES(message), signature))
        return false;
    signature[3] ^= 1;
    if (smk_ed25519_verify(key.public_key, SMK_BYTES(message), signature))
        return false;
    return smk_sign_key_is_valid(key.public_key);
}

/* A point of order 8, and the base point plus that point: on the curve, and not of the prime-order group. */
static bool ed25519_refuses_bad_points(void)
{
    uint8_t small[SMK_KEY_BYTES], mixed[SMK_KEY_BYTES];
    if (!smk_hex_parse("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", small,
                       sizeof small) ||
        !smk_hex_parse("98519eadf35b995233b51b5cd23e9cc5a28b639b5a4af0ec903cb960d81b7819", mixed,
                       sizeof mixed))
        return false;
    return !smk_sign_key_is_valid(small) && !smk_sign_key_is_valid(mixed);
}

enum smk_err smk_crypto_start(void)
{
    if (sodium_init() < 0) /* 1 = it had been started already */
        return SMK_ERR_CRYPTO;
    bool is_right = hashes_are_right() && x25519_is_right() && aead_is_right() &&
                    ed25519_signs_and_verifies() && ed25519_refuses_bad_points();
    return is_right ? SMK_OK : SMK_ERR_CRYPTO;
}
