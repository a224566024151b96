#include "proto/hash.h"
#include "proto/sign.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static const uint8_t seed[SMK_SEED_BYTES] = {1, 2, 3}, coalition[SMK_ID_BYTES] = {7},
                     object[SMK_HASH_BYTES] = {8};

static void start(struct smk_sign_key *ret_key)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    smk_sign_key_init(ret_key, seed);
}

Test(sign, the_signed_bytes_are_the_74_of_the_protocol)
{
    struct smk_sign_key key;
    uint8_t signature[SMK_SIGNATURE_BYTES], input[74] = "SAMAKI-1";
    start(&key);
    input[9] = SMK_SIGN_DECISION;
    memcpy(input + 10, coalition, 32);
    memcpy(input + 42, object, 32);
    cr_assert(eq(int, smk_sign(&key, SMK_SIGN_DECISION, coalition, object, signature), SMK_OK));
    cr_assert(smk_ed25519_verify(key.public_key, SMK_BYTES(input), signature));
}

Test(sign, a_signature_holds_for_one_kind_one_coalition_and_one_object)
{
    struct smk_sign_key key, stranger;
    uint8_t signature[SMK_SIGNATURE_BYTES];
    start(&key);
    smk_sign_key_init(&stranger, coalition);
    for (int kind = SMK_SIGN_RECORD; kind <= SMK_SIGN_BINDING; kind++) {
        cr_assert(eq(int, smk_sign(&key, (enum smk_sign_kind)kind, coalition, object, signature), SMK_OK));
        for (int other = 0; other <= SMK_SIGN_BINDING + 1; other++)
            cr_assert(eq(int,
                         smk_verify(key.public_key, (enum smk_sign_kind)other, coalition, object, signature),
                         other == kind),
                      "signed as %d, read as %d", kind, other);
    }
    for (size_t i = 0; i < 32; i++) {
        uint8_t other[32];
        memcpy(other, coalition, 32);
        other[i] ^= 0x80;
        cr_assert(not(smk_verify(key.public_key, SMK_SIGN_BINDING, other, object, signature)),
                  "coalition %zu", i);
        memcpy(other, object, 32);
        other[i] ^= 1;
        cr_assert(not(smk_verify(key.public_key, SMK_SIGN_BINDING, coalition, other, signature)),
                  "object %zu", i);
    }
    cr_assert(not(smk_verify(stranger.public_key, SMK_SIGN_BINDING, coalition, object, signature)));
}

Test(sign, every_changed_bit_of_a_signature_is_noticed)
{
    struct smk_sign_key key;
    uint8_t signature[SMK_SIGNATURE_BYTES];
    start(&key);
    cr_assert(eq(int, smk_sign(&key, SMK_SIGN_RECORD, coalition, object, signature), SMK_OK));
    for (size_t bit = 0; bit < 8 * sizeof signature; bit++) {
        signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_assert(not(smk_verify(key.public_key, SMK_SIGN_RECORD, coalition, object, signature)), "bit %zu",
                  bit);
        signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    cr_assert(smk_verify(key.public_key, SMK_SIGN_RECORD, coalition, object, signature), "and whole again");
}

Test(sign, a_signature_that_does_not_verify_is_not_handed_out)
{
    struct smk_sign_key key;
    uint8_t signature[SMK_SIGNATURE_BYTES];
    start(&key);
    memset(signature, 0x55, sizeof signature);
    for (size_t i = 0; i < 64; i += 7) { /* a bit of the key turned over in memory */
        struct smk_sign_key broken = key;
        broken.secret[i] ^= 4;
        cr_assert(eq(int, smk_sign(&broken, SMK_SIGN_RECORD, coalition, object, signature), SMK_ERR_CRYPTO),
                  "%zu", i);
    }
    key.public_key[5] ^= 1;
    cr_assert(eq(int, smk_sign(&key, SMK_SIGN_RECORD, coalition, object, signature), SMK_ERR_CRYPTO));
    for (size_t i = 0; i < sizeof signature; i++)
        cr_assert(eq(u8, signature[i], 0x55), "untouched");
}

Test(sign, the_public_key_comes_from_the_seed)
{
    struct smk_sign_key key = {0};
    uint8_t rfc_seed[SMK_SEED_BYTES], expected[SMK_KEY_BYTES];
    static const struct smk_sign_key empty;
    start(&key);
    cr_assert(
        smk_hex_parse("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", rfc_seed, 32));
    cr_assert(
        smk_hex_parse("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", expected, 32));
    smk_sign_key_init(&key, rfc_seed);
    cr_assert(eq(int, memcmp(key.public_key, expected, 32), 0));
    cr_assert(smk_sign_key_is_valid(key.public_key));
    smk_sign_key_deinit(&key);
    cr_assert(eq(int, memcmp(&key, &empty, sizeof key), 0));
}

Test(sign, only_points_of_the_prime_order_group_are_keys)
{
    static const struct {
        const char *hex;
        bool is_valid;
        const char *why;
    } row[] = {
        {"5866666666666666666666666666666666666666666666666666666666666666", true, "the base point"},
        {"58666666666666666666666666666666666666666666666666666666666666e6", true, "its negative"},
        {"0100000000000000000000000000000000000000000000000000000000000000", false, "the neutral element"},
        {"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false, "order 2"},
        {"0000000000000000000000000000000000000000000000000000000000000000", false, "order 4"},
        {"0000000000000000000000000000000000000000000000000000000000000080", false, "order 4, negative"},
        {"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", false, "order 8"},
        {"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", false, "order 8, negative"},
        {"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", false, "order 8, another"},
        {"98519eadf35b995233b51b5cd23e9cc5a28b639b5a4af0ec903cb960d81b7819", false,
         "base point plus order 8"},
        {"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false, "0, not reduced"},
        {"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false, "1, not reduced"},
        {"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", false, "all ones"},
        {"0200000000000000000000000000000000000000000000000000000000000000", false, "no point of the curve"},
    };
    struct smk_sign_key key;
    start(&key);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        uint8_t point[SMK_KEY_BYTES];
        cr_assert(smk_hex_parse(row[i].hex, point, sizeof point), "%s", row[i].why);
        cr_assert(eq(int, smk_sign_key_is_valid(point), row[i].is_valid), "%s", row[i].why);
    }
}

Test(sign, an_empty_message_has_a_signature_too)
{
    struct smk_sign_key key;
    uint8_t rfc_seed[SMK_SEED_BYTES], signature[SMK_SIGNATURE_BYTES];
    start(&key);
    cr_assert(
        smk_hex_parse("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", rfc_seed, 32));
    cr_assert(smk_hex_parse("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
                            signature, sizeof signature));
    smk_sign_key_init(&key, rfc_seed);
    cr_assert(smk_ed25519_verify(key.public_key, (struct smk_bytes){0}, signature));
    cr_assert(not(smk_ed25519_verify(key.public_key, smk_bytes_of_text("x"), signature)));
}
