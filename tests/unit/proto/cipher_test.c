#include "proto/cipher.h"
#include "proto/hash.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

enum { TAG = SMK_FRAME_TAG_BYTES };

static const uint8_t key[SMK_KEY_BYTES] = {4, 5, 6};

static uint8_t *bytes_of(size_t len, uint8_t fill)
{
    uint8_t *bytes = malloc(len > 0 ? len : 1);
    cr_assert(ne(ptr, bytes, NULL));
    memset(bytes, fill, len);
    return bytes;
}

Test(cipher, what_is_sealed_opens_again_in_place_or_elsewhere)
{
    static const size_t len[] = {0, 1, 15, 16, 17, 63, 64, 65, 1000, SMK_FRAME_BYTES_MAX - TAG};
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    for (size_t i = 0; i < sizeof len / sizeof len[0]; i++) {
        uint8_t *plain = bytes_of(len[i], 'p'), *sealed = bytes_of(len[i] + TAG, 0),
                *in_place = bytes_of(len[i] + TAG, 'p');
        struct smk_bytes ad = smk_bytes_of_text("beside"), text = {plain, len[i]},
                         whole = {sealed, len[i] + TAG};
        smk_aead_seal(key, i, ad, text, sealed);
        smk_aead_seal(key, i, ad, (struct smk_bytes){in_place, len[i]}, in_place);
        cr_assert(eq(int, memcmp(sealed, in_place, whole.len), 0), "%zu", len[i]);
        cr_assert(len[i] < 16 || memcmp(sealed, plain, 16) != 0, "%zu", len[i]);
        memset(plain, 0, len[i]);
        cr_assert(smk_aead_unseal(key, i, ad, whole, plain), "%zu", len[i]);
        cr_assert(smk_aead_unseal(key, i, ad, (struct smk_bytes){in_place, whole.len}, in_place), "%zu",
                  len[i]);
        for (size_t j = 0; j < len[i]; j++)
            cr_assert(plain[j] == 'p' && in_place[j] == 'p', "%zu of %zu", j, len[i]);
        free(plain);
        free(sealed);
        free(in_place);
    }
}

Test(cipher, whatever_is_changed_does_not_open_and_writes_nothing)
{
    uint8_t sealed[20 + TAG], place[20], other_key[SMK_KEY_BYTES];
    struct smk_bytes ad = smk_bytes_of_text("ad"), whole = SMK_BYTES(sealed);
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    memset(place, 0x33, sizeof place);
    memcpy(other_key, key, sizeof key);
    other_key[31] ^= 1;
    smk_aead_seal(key, 7, ad, smk_bytes_of_text("twenty bytes of text"), sealed);
    for (size_t bit = 0; bit < 8 * sizeof sealed; bit++) {
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_assert(not(smk_aead_unseal(key, 7, ad, whole, place)), "bit %zu", bit);
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t len = 0; len < sizeof sealed; len++)
        cr_assert(not(smk_aead_unseal(key, 7, ad, (struct smk_bytes){sealed, len}, place)), "cut to %zu",
                  len);
    cr_assert(not(smk_aead_unseal(key, 6, ad, whole, place)), "another nonce");
    cr_assert(not(smk_aead_unseal(other_key, 7, ad, whole, place)), "another key");
    cr_assert(not(smk_aead_unseal(key, 7, smk_bytes_of_text("aD"), whole, place)), "other bytes beside it");
    cr_assert(not(smk_aead_unseal(key, 7, (struct smk_bytes){0}, whole, place)), "no bytes beside it");
    for (size_t i = 0; i < sizeof place; i++)
        cr_assert(eq(u8, place[i], 0x33));
    cr_assert(smk_aead_unseal(key, 7, ad, whole, place), "and unchanged it opens");
}

Test(cipher, the_nonce_is_four_zeros_and_the_counter_from_its_low_end)
{
    static const uint8_t nonce[SMK_AEAD_NONCE_BYTES] = {0,    0,    0,    0,    0x08, 0x07,
                                                        0x06, 0x05, 0x04, 0x03, 0x02, 0x01};
    uint8_t a[5 + TAG], b[5 + TAG], place[5];
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    smk_aead_seal(key, 0x0102030405060708, (struct smk_bytes){0}, smk_bytes_of_text("hello"), a);
    smk_aead_seal_with(key, nonce, (struct smk_bytes){0}, smk_bytes_of_text("hello"), b);
    cr_assert(eq(int, memcmp(a, b, sizeof a), 0));
    cr_assert(smk_aead_unseal_with(key, nonce, (struct smk_bytes){0}, SMK_BYTES(a), place));
}

/* RFC 7748 section 6.1 */
Test(cipher, both_ends_of_an_exchange_have_the_same_secret)
{
    static const char *const hex[] = {
        "77076d0a7318a57d3c16c17251b26645df4c2f92ebc099b9dbd0ba0b0c1d2e3f", /* any secret */
        "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb", /* the second secret of the RFC */
        "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f", /* and its public key */
    };
    struct smk_dh_key alice, bob;
    static const struct smk_dh_key empty;
    uint8_t bytes[3][SMK_KEY_BYTES], one[SMK_KEY_BYTES], two[SMK_KEY_BYTES];
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    for (size_t i = 0; i < 3; i++)
        cr_assert(smk_hex_parse(hex[i], bytes[i], SMK_KEY_BYTES));
    smk_dh_key_init(&alice, bytes[0]);
    smk_dh_key_init(&bob, bytes[1]);
    cr_assert(eq(int, memcmp(bob.public_key, bytes[2], SMK_KEY_BYTES), 0));
    cr_assert(eq(int, memcmp(bob.secret, bytes[1], SMK_KEY_BYTES), 0), "kept as it was given");
    cr_assert(smk_dh(alice.secret, bob.public_key, one));
    cr_assert(smk_dh(bob.secret, alice.public_key, two));
    cr_assert(eq(int, memcmp(one, two, sizeof one), 0));
    smk_dh_key_deinit(&alice);
    cr_assert(eq(int, memcmp(&alice, &empty, sizeof alice), 0));
}

Test(cipher, a_point_of_low_order_gives_nothing)
{
    static const char *const low[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    };
    static const uint8_t zeros[SMK_KEY_BYTES];
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    for (size_t i = 0; i < sizeof low / sizeof low[0]; i++) {
        uint8_t point[SMK_KEY_BYTES], shared[SMK_KEY_BYTES];
        cr_assert(smk_hex_parse(low[i], point, sizeof point), "%s", low[i]);
        memset(shared, 1, sizeof shared);
        cr_assert(not(smk_dh(key, point, shared)), "%s", low[i]);
        cr_assert(eq(int, memcmp(shared, zeros, sizeof zeros), 0), "%s", low[i]);
    }
}

Test(cipher, hmac_takes_keys_of_any_length)
{
    static const struct {
        size_t key_bytes;
        uint8_t key_fill;
        const char *message;
        const char *mac;
        const char *why;
    } row[] = {
        {20, 0x0b, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
         "RFC 4231, 1"},
        {131, 0xaa, "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", "RFC 4231, 6"},
        {0, 0, "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad", "nothing at all"},
    };
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        uint8_t *hmac_key = bytes_of(row[i].key_bytes, row[i].key_fill), mac[SMK_HASH_BYTES],
                expected[SMK_HASH_BYTES];
        cr_assert(smk_hex_parse(row[i].mac, expected, sizeof expected));
        smk_hmac_sha256((struct smk_bytes){row[i].key_bytes > 0 ? hmac_key : NULL, row[i].key_bytes},
                        smk_bytes_of_text(row[i].message), mac);
        cr_assert(smk_mac_is_equal(mac, expected), "%s", row[i].why);
        for (size_t bit = 0; bit < 256; bit++) {
            mac[bit / 8] ^= (uint8_t)(1u << bit % 8);
            cr_assert(not(smk_mac_is_equal(mac, expected)), "%s, bit %zu", row[i].why, bit);
            mac[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        free(hmac_key);
    }
}
