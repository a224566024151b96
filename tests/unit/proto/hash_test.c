#include "proto/hash.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static const char *const personal[] = {
    SMK_PERSONAL_GENESIS,  SMK_PERSONAL_HEADER,        SMK_PERSONAL_RECORD_ID,     SMK_PERSONAL_PAYLOAD,
    SMK_PERSONAL_LOG,      SMK_PERSONAL_FRONTIER_LEAF, SMK_PERSONAL_FRONTIER_NODE, SMK_PERSONAL_LOG_LEAF,
    SMK_PERSONAL_LOG_NODE, SMK_PERSONAL_DIGEST,        SMK_PERSONAL_OBJECT,        SMK_PERSONAL_TEXT,
    SMK_PERSONAL_IMPORT,
};

enum { PERSONALS = sizeof personal / sizeof personal[0] };

static bool is_hash(const uint8_t hash[SMK_HASH_BYTES], const char *hex)
{
    uint8_t expected[SMK_HASH_BYTES];
    cr_assert(smk_hex_parse(hex, expected, sizeof expected), "%s", hex);
    return memcmp(hash, expected, sizeof expected) == 0;
}

Test(hash, the_library_starts_and_knows_its_answers_more_than_once)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

Test(hash, known_answers)
{
    uint8_t hash[SMK_HASH_BYTES];
    smk_hash(SMK_PERSONAL_RECORD_ID, smk_bytes_of_text("abc"), hash);
    cr_assert(is_hash(hash, "f44dc92eef5c6d2d06e9246ebd192afab9c9ca7a8f79f4c337e7731e597360c7"));
    smk_hash(SMK_PERSONAL_LOG_LEAF, (struct smk_bytes){0}, hash);
    cr_assert(is_hash(hash, "fe69e4eaa59f7b10266ac3eeccf0cac14aa34f287c0e0c02b94aef6a58f98363"));
    smk_sha256((struct smk_bytes){0}, (struct smk_bytes){0}, hash);
    cr_assert(is_hash(hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
}

Test(hash, every_personal_gives_another_hash)
{
    uint8_t hash[PERSONALS][SMK_HASH_BYTES];
    for (size_t i = 0; i < PERSONALS; i++) {
        cr_assert(le(sz, strlen(personal[i]), 16), "%s", personal[i]);
        smk_hash(personal[i], smk_bytes_of_text("the same"), hash[i]);
        for (size_t j = 0; j < i; j++)
            cr_assert(ne(int, memcmp(hash[i], hash[j], SMK_HASH_BYTES), 0), "%s, %s", personal[i],
                      personal[j]);
    }
}

Test(hash, sha256_is_the_same_in_pieces)
{
    static const uint8_t bytes[300] = {1, 2, 3, [250] = 9};
    uint8_t whole[SMK_HASH_BYTES], pieces[SMK_HASH_BYTES];
    smk_sha256(SMK_BYTES(bytes), (struct smk_bytes){0}, whole);
    for (size_t length = 1; length <= sizeof bytes; length += 17) {
        struct smk_sha256 s;
        smk_sha256_init(&s);
        for (size_t at = 0; at < sizeof bytes; at += length) {
            size_t left = sizeof bytes - at;
            smk_sha256_add(&s, (struct smk_bytes){bytes + at, left < length ? left : length});
            smk_sha256_add(&s, (struct smk_bytes){0});
        }
        smk_sha256_finish(&s, pieces);
        cr_assert(eq(int, memcmp(whole, pieces, sizeof whole), 0), "pieces of %zu", length);
    }
}

Test(hash, a_pair_is_hashed_as_one_wherever_it_is_cut)
{
    static const uint8_t bytes[300] = {1, 2, 3, [250] = 9};
    uint8_t whole[SMK_HASH_BYTES], parts[SMK_HASH_BYTES], sha_whole[SMK_HASH_BYTES],
        sha_parts[SMK_HASH_BYTES];
    smk_hash(SMK_PERSONAL_HEADER, SMK_BYTES(bytes), whole);
    smk_sha256(SMK_BYTES(bytes), (struct smk_bytes){0}, sha_whole);
    for (size_t cut = 0; cut <= sizeof bytes; cut++) {
        struct smk_bytes a = {bytes, cut}, b = {bytes + cut, sizeof bytes - cut};
        smk_hash_pair(SMK_PERSONAL_HEADER, a, b, parts);
        smk_sha256(a, b, sha_parts);
        cr_assert(eq(int, memcmp(whole, parts, sizeof whole), 0), "cut at %zu", cut);
        cr_assert(eq(int, memcmp(sha_whole, sha_parts, sizeof sha_whole), 0), "cut at %zu", cut);
    }
}

Test(hash, the_key_counts_and_differs_from_bytes_in_front)
{
    uint8_t salt[SMK_SALT_BYTES] = {0}, plain[SMK_HASH_BYTES], keyed[SMK_HASH_BYTES], other[SMK_HASH_BYTES];
    struct smk_bytes text = smk_bytes_of_text("payload");
    smk_hash_pair(SMK_PERSONAL_PAYLOAD, SMK_BYTES(salt), text, plain);
    smk_hash_keyed(SMK_PERSONAL_PAYLOAD, SMK_BYTES(salt), text, keyed);
    cr_assert(ne(int, memcmp(plain, keyed, sizeof plain), 0));
    for (size_t i = 0; i < sizeof salt; i++) {
        salt[i] = 1;
        smk_hash_keyed(SMK_PERSONAL_PAYLOAD, SMK_BYTES(salt), text, other);
        cr_assert(ne(int, memcmp(other, keyed, sizeof keyed), 0), "byte %zu of the key", i);
        salt[i] = 0;
    }
    smk_hash(SMK_PERSONAL_PAYLOAD, text, plain);
    smk_hash_keyed(SMK_PERSONAL_PAYLOAD, (struct smk_bytes){0}, text, other);
    cr_assert(eq(int, memcmp(plain, other, sizeof plain), 0), "an empty key is no key");
}
