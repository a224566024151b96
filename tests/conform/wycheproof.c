#include "tests/conform/conform.h"

#include "proto/cipher.h"
#include "proto/hash.h"
#include "proto/sign.h"

#include <sodium.h>
#include <string.h>

/* What the code says to a case. */
enum answer { ACCEPTED, REFUSED, WRONG, UNREADABLE };

typedef enum answer case_fn(const json_t *group, const json_t *test);

static bool read_hex(const json_t *object, const char *key, struct smk_buf *ret_bytes)
{
    return conform_hex(json_object_get(object, key), ret_bytes);
}

/* ---- AEAD ---- */

struct aead_case {
    struct smk_buf key, nonce, ad, plain, sealed; /* sealed with its tag behind it */
};

static void aead_case_deinit(struct aead_case *c)
{
    smk_buf_deinit(&c->key);
    smk_buf_deinit(&c->nonce);
    smk_buf_deinit(&c->ad);
    smk_buf_deinit(&c->plain);
    smk_buf_deinit(&c->sealed);
}

static bool aead_case_read(struct aead_case *c, const json_t *test, size_t *ret_tag_bytes)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf text = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf tag = {0};
    if (!read_hex(test, "key", &c->key) || !read_hex(test, "iv", &c->nonce) ||
        !read_hex(test, "aad", &c->ad) || !read_hex(test, "msg", &c->plain) || !read_hex(test, "ct", &text) ||
        !read_hex(test, "tag", &tag))
        return false;
    c->sealed = (struct smk_buf){.max = text.len + tag.len};
    smk_buf_write_bytes(&c->sealed, smk_buf_view(&text));
    smk_buf_write_bytes(&c->sealed, smk_buf_view(&tag));
    *ret_tag_bytes = tag.len;
    return c->sealed.err == SMK_OK;
}

static void xchacha_seal(const struct aead_case *c, uint8_t *ret_sealed)
{
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(ret_sealed, NULL, c->plain.data, c->plain.len,
                                                     c->ad.data, c->ad.len, NULL, c->nonce.data,
                                                     c->key.data); /* always 0 */
}

static bool xchacha_unseal(const struct aead_case *c, uint8_t *ret_plain)
{
    return crypto_aead_xchacha20poly1305_ietf_decrypt(ret_plain, NULL, NULL, c->sealed.data, c->sealed.len,
                                                      c->ad.data, c->ad.len, c->nonce.data, c->key.data) == 0;
}

static void chacha_seal(const struct aead_case *c, uint8_t *ret_sealed)
{
    smk_aead_seal_with(c->key.data, c->nonce.data, smk_buf_view(&c->ad), smk_buf_view(&c->plain), ret_sealed);
}

static bool chacha_unseal(const struct aead_case *c, uint8_t *ret_plain)
{
    return smk_aead_unseal_with(c->key.data, c->nonce.data, smk_buf_view(&c->ad), smk_buf_view(&c->sealed),
                                ret_plain);
}

static enum answer aead_answer(const json_t *test, size_t nonce_bytes,
                               void (*seal)(const struct aead_case *c, uint8_t *ret_sealed),
                               bool (*unseal)(const struct aead_case *c, uint8_t *ret_plain))
{
    SMK_CLEANUP(aead_case_deinit) struct aead_case c = {0};
    size_t tag_bytes = 0;
    if (!aead_case_read(&c, test, &tag_bytes))
        return UNREADABLE;
    if (c.key.len != SMK_KEY_BYTES || c.nonce.len != nonce_bytes || tag_bytes != SMK_FRAME_TAG_BYTES)
        return REFUSED; /* sizes that cannot even be passed to these functions */
    size_t plain_bytes = c.sealed.len - SMK_FRAME_TAG_BYTES;
    uint8_t *place = smk_mem_new(plain_bytes + SMK_FRAME_TAG_BYTES);
    if (place == NULL)
        return UNREADABLE;
    bool is_good = unseal(&c, place) && plain_bytes == c.plain.len &&
                   smk_bytes_is_equal((struct smk_bytes){place, plain_bytes}, smk_buf_view(&c.plain));
    if (is_good) {
        seal(&c, place);
        is_good = smk_bytes_is_equal((struct smk_bytes){place, c.sealed.len}, smk_buf_view(&c.sealed));
    }
    smk_mem_free(place);
    return is_good ? ACCEPTED : REFUSED;
}

static enum answer chacha_case(const json_t *group, const json_t *test)
{
    (void)group;
    return aead_answer(test, SMK_AEAD_NONCE_BYTES, chacha_seal, chacha_unseal);
}

static enum answer xchacha_case(const json_t *group, const json_t *test)
{
    (void)group;
    return aead_answer(test, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, xchacha_seal, xchacha_unseal);
}

/* ---- signatures and shared secrets ---- */

/* The key of a group stands under one of two names. */
static enum answer ed25519_case(const json_t *group, const json_t *test)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf key = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf message = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf signature = {0};
    const json_t *key_object = json_object_get(group, "publicKey");
    if (key_object == NULL)
        key_object = json_object_get(group, "key");
    if (strcmp(conform_text(key_object, "curve"), "edwards25519") != 0)
        return UNREADABLE;
    if (!read_hex(key_object, "pk", &key) || !read_hex(test, "msg", &message) ||
        !read_hex(test, "sig", &signature))
        return UNREADABLE;
    if (key.len != SMK_KEY_BYTES || signature.len != SMK_SIGNATURE_BYTES)
        return REFUSED;
    return smk_ed25519_verify(key.data, smk_buf_view(&message), signature.data) ? ACCEPTED : REFUSED;
}

static enum answer x25519_case(const json_t *group, const json_t *test)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf public_key = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf secret = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf expected = {0};
    uint8_t shared[SMK_KEY_BYTES];
    if (strcmp(conform_text(group, "curve"), "curve25519") != 0)
        return UNREADABLE;
    if (!read_hex(test, "public", &public_key) || !read_hex(test, "private", &secret) ||
        !read_hex(test, "shared", &expected))
        return UNREADABLE;
    if (public_key.len != SMK_KEY_BYTES || secret.len != SMK_KEY_BYTES)
        return REFUSED;
    if (!smk_dh(secret.data, public_key.data, shared))
        return REFUSED;
    return smk_bytes_is_equal(SMK_BYTES(shared), smk_buf_view(&expected)) ? ACCEPTED : WRONG;
}

/* ---- HMAC and HKDF ---- */

static enum answer hmac_case(const json_t *group, const json_t *test)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf key = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf message = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf tag = {0};
    uint8_t mac[SMK_HASH_BYTES];
    uint64_t tag_bits = 0;
    if (!conform_uint(json_object_get(group, "tagSize"), &tag_bits) || !read_hex(test, "key", &key) ||
        !read_hex(test, "msg", &message) || !read_hex(test, "tag", &tag))
        return UNREADABLE;
    if (tag_bits == 0 || tag_bits > 8 * sizeof mac || tag_bits != 8 * tag.len)
        return REFUSED;
    smk_hmac_sha256(smk_buf_view(&key), smk_buf_view(&message), mac);
    return memcmp(mac, tag.data, tag.len) == 0 ? ACCEPTED : REFUSED;
}

/* T(n) = HMAC(prk, T(n-1) || info || n), until there are as many bytes as the place takes. */
static bool hkdf_expand(const uint8_t prk[SMK_HASH_BYTES], struct smk_bytes given, struct smk_buf *ret_okm)
{
    uint8_t block[SMK_HASH_BYTES];
    for (unsigned n = 1; ret_okm->err == SMK_OK && ret_okm->len < ret_okm->max; n++) {
        SMK_CLEANUP(smk_buf_deinit) struct smk_buf input = {.max = SMK_HASH_BYTES + given.len + 1};
        if (n > 1)
            smk_buf_write_bytes(&input, SMK_BYTES(block));
        smk_buf_write_bytes(&input, given);
        smk_buf_write_u8(&input, (uint8_t)n);
        if (input.err != SMK_OK)
            return false;
        smk_hmac_sha256((struct smk_bytes){prk, SMK_HASH_BYTES}, smk_buf_view(&input), block);
        size_t left = ret_okm->max - ret_okm->len;
        smk_buf_write(ret_okm, block, left < sizeof block ? left : sizeof block);
    }
    return ret_okm->err == SMK_OK;
}

static enum answer hkdf_case(const json_t *group, const json_t *test)
{
    (void)group;
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf input = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf salt = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf given = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf expected = {0};
    uint64_t size = 0;
    if (!conform_uint(json_object_get(test, "size"), &size) || !read_hex(test, "ikm", &input) ||
        !read_hex(test, "salt", &salt) || !read_hex(test, "info", &given) ||
        !read_hex(test, "okm", &expected))
        return UNREADABLE;
    if (size > 255 * SMK_HASH_BYTES)
        return REFUSED;
    uint8_t prk[SMK_HASH_BYTES];
    smk_hmac_sha256(smk_buf_view(&salt), smk_buf_view(&input), prk);
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf okm = {.max = (size_t)size};
    if (!hkdf_expand(prk, smk_buf_view(&given), &okm))
        return UNREADABLE;
    return smk_bytes_is_equal(smk_buf_view(&okm), smk_buf_view(&expected)) ? ACCEPTED : REFUSED;
}

/* ---- files ---- */

static const struct {
    const char *algorithm;
    case_fn *run;
} algorithm[] = {
    {"EDDSA", ed25519_case},
    {"XDH", x25519_case},
    {"CHACHA20-POLY1305", chacha_case},
    {"XCHACHA20-POLY1305", xchacha_case},
    {"HMACSHA256", hmac_case},
    {"HKDF-SHA-256", hkdf_case},
};

static case_fn *runner_of(const char *name)
{
    for (size_t i = 0; i < sizeof algorithm / sizeof algorithm[0]; i++)
        if (strcmp(algorithm[i].algorithm, name) == 0)
            return algorithm[i].run;
    return NULL;
}

/* A shared secret of zeros is listed as acceptable; here it must be refused. */
static bool is_zero_secret(const json_t *test)
{
    const char *shared = conform_text(test, "shared");
    return *shared != '\0' && strspn(shared, "0") == strlen(shared);
}

static const char *judge(const json_t *test, enum answer answer)
{
    const char *result = conform_text(test, "result");
    bool is_valid = strcmp(result, "valid") == 0, is_acceptable = strcmp(result, "acceptable") == 0;
    if (!is_valid && !is_acceptable && strcmp(result, "invalid") != 0)
        return "its result is none of valid, acceptable, invalid";
    if (answer == UNREADABLE)
        return "a field is missing or is of another kind";
    if (answer == WRONG)
        return "another value comes out";
    bool is_shared = json_object_get(test, "shared") != NULL;
    if (is_acceptable && !is_shared)
        return NULL; /* either will do */
    bool is_wanted = (is_valid || is_acceptable) && !(is_shared && is_zero_secret(test));
    if (is_wanted == (answer == ACCEPTED))
        return NULL;
    return is_wanted ? "refused, or another value comes out" : "accepted, and should be refused";
}

/* What a group says about the sizes of its cases, in bits; a group may say nothing. */
static const char *check_sizes(const json_t *group, const json_t *test)
{
    static const struct {
        const char *size;
        const char *field;
    } row[] = {{"keySize", "key"}, {"ivSize", "iv"}, {"tagSize", "tag"}, {"keySize", "ikm"}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        uint64_t bits = 0;
        const json_t *size = json_object_get(group, row[i].size),
                     *field = json_object_get(test, row[i].field);
        if (size == NULL || field == NULL)
            continue;
        bool is_fitting = conform_uint(size, &bits) && json_string_length(field) * 4 == bits;
        bool is_invalid = strcmp(conform_text(test, "result"), "invalid") == 0; /* perhaps for its size */
        if (!is_fitting && !is_invalid)
            return "a field has another size than its group says";
    }
    return NULL;
}

void conform_wycheproof(struct conform_run *run, json_t *file)
{
    const char *name = conform_text(file, "algorithm");
    case_fn *run_case = runner_of(name);
    if (run_case == NULL) {
        conform_count(run, "an algorithm that is not known here", "%s", name);
        return;
    }
    const json_t *groups = json_object_get(file, "testGroups");
    if (json_array_size(groups) == 0)
        conform_count(run, "there are no groups in it", "%s", name);
    uint64_t announced = 0, found = 0;
    for (size_t g = 0; g < json_array_size(groups); g++) {
        const json_t *group = json_array_get(groups, g);
        const json_t *tests = json_object_get(group, "tests");
        if (json_array_size(tests) == 0)
            conform_count(run, "there are no tests in it", "group %zu", g);
        for (size_t i = 0; i < json_array_size(tests); i++) {
            const json_t *test = json_array_get(tests, i);
            const json_t *id = json_object_get(test, "tcId");
            const char *why = check_sizes(group, test);
            conform_count(run, why != NULL ? why : judge(test, run_case(group, test)), "group %zu, tcId %lld",
                          g, (long long)json_integer_value(id));
            found++;
        }
    }
    const json_t *number = json_object_get(file, "numberOfTests");
    if (number != NULL && (!conform_uint(number, &announced) || announced != found))
        conform_count(run, "it has another number of tests than it says", "%s", name);
}
