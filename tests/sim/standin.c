#include "tests/sim/standin.h"

#include "proto/check.h"
#include "proto/cipher.h"
#include "proto/hash.h"
#include "proto/sign.h"
#include "store/home.h"
#include "tests/support/rng.h"

#include <string.h>

/* The linker gives every call of smk_NAME from another file to __wrap_smk_NAME, and __real_smk_NAME is what it would
 * have been. */
void __real_smk_sign_key_init(struct smk_sign_key *k, const uint8_t seed[SMK_SEED_BYTES]);
enum smk_err __real_smk_sign(const struct smk_sign_key *k, enum smk_sign_kind kind,
                             const uint8_t coalition[SMK_ID_BYTES], const uint8_t object[SMK_HASH_BYTES],
                             uint8_t ret_signature[SMK_SIGNATURE_BYTES]);
bool __real_smk_verify(const uint8_t public_key[SMK_KEY_BYTES], enum smk_sign_kind kind,
                       const uint8_t coalition[SMK_ID_BYTES], const uint8_t object[SMK_HASH_BYTES],
                       const uint8_t signature[SMK_SIGNATURE_BYTES]);
bool __real_smk_sign_key_is_valid(const uint8_t public_key[SMK_KEY_BYTES]);
void __real_smk_dh_key_init(struct smk_dh_key *k, const uint8_t secret[SMK_KEY_BYTES]);
bool __real_smk_dh(const uint8_t secret[SMK_KEY_BYTES], const uint8_t public_key[SMK_KEY_BYTES],
                   uint8_t ret_shared[SMK_KEY_BYTES]);

void __wrap_smk_sign_key_init(struct smk_sign_key *k, const uint8_t seed[SMK_SEED_BYTES]);
enum smk_err __wrap_smk_sign(const struct smk_sign_key *k, enum smk_sign_kind kind,
                             const uint8_t coalition[SMK_ID_BYTES], const uint8_t object[SMK_HASH_BYTES],
                             uint8_t ret_signature[SMK_SIGNATURE_BYTES]);
bool __wrap_smk_verify(const uint8_t public_key[SMK_KEY_BYTES], enum smk_sign_kind kind,
                       const uint8_t coalition[SMK_ID_BYTES], const uint8_t object[SMK_HASH_BYTES],
                       const uint8_t signature[SMK_SIGNATURE_BYTES]);
bool __wrap_smk_sign_key_is_valid(const uint8_t public_key[SMK_KEY_BYTES]);
void __wrap_smk_dh_key_init(struct smk_dh_key *k, const uint8_t secret[SMK_KEY_BYTES]);
bool __wrap_smk_dh(const uint8_t secret[SMK_KEY_BYTES], const uint8_t public_key[SMK_KEY_BYTES],
                   uint8_t ret_shared[SMK_KEY_BYTES]);
void __wrap_smk_random(void *ret_bytes, size_t len);
uint64_t __wrap_smk_wall_ms(void);

/* ---- the keys of a world ---- */

enum { PLACES = 4096, KEYS_MAX = PLACES / 2 };

struct key {
    bool is_used;
    uint8_t public_key[SMK_KEY_BYTES];
    uint8_t secret[SMK_HASH_BYTES];
};

static struct {
    bool is_real;
    uint64_t wall_ms;
    struct test_rng rng; /* of smk_random */
    uint8_t world[SMK_HASH_BYTES];
    size_t count;
    struct key key[PLACES];
} standin = {.is_real = true};

static struct key *place_of(const uint8_t public_key[SMK_KEY_BYTES])
{
    uint64_t at;
    memcpy(&at, public_key, sizeof at);
    for (;; at++) {
        struct key *k = &standin.key[at % PLACES];
        if (!k->is_used || memcmp(k->public_key, public_key, SMK_KEY_BYTES) == 0)
            return k;
    }
}

void standin_begin(uint64_t seed, bool is_real)
{
    memset(standin.key, 0, sizeof standin.key);
    standin.count = 0;
    standin.is_real = is_real;
    standin.rng = test_rng_from(seed);
    test_rng_bytes(&standin.rng, standin.world, sizeof standin.world);
}

void standin_set_wall(uint64_t wall_ms)
{
    standin.wall_ms = wall_ms;
}

/* ---- signatures ---- */

void __wrap_smk_sign_key_init(struct smk_sign_key *k, const uint8_t seed[SMK_SEED_BYTES])
{
    if (standin.is_real) {
        __real_smk_sign_key_init(k, seed);
        return;
    }
    uint8_t secret[SMK_HASH_BYTES];
    smk_hash_pair("sim.secret", SMK_BYTES(standin.world), (struct smk_bytes){seed, SMK_SEED_BYTES}, secret);
    smk_hash("sim.public", SMK_BYTES(secret), k->public_key);
    memcpy(k->secret, secret, sizeof secret);
    memcpy(k->secret + sizeof secret, k->public_key, SMK_KEY_BYTES);
    struct key *kept = place_of(k->public_key);
    if (kept->is_used)
        return;
    SMK_ASSERT(standin.count++ < KEYS_MAX);
    kept->is_used = true;
    memcpy(kept->public_key, k->public_key, SMK_KEY_BYTES);
    memcpy(kept->secret, secret, sizeof secret);
}

static void signature_make(const uint8_t secret[SMK_HASH_BYTES], enum smk_sign_kind kind,
                           const uint8_t coalition[SMK_ID_BYTES], const uint8_t object[SMK_HASH_BYTES],
                           uint8_t ret_signature[SMK_SIGNATURE_BYTES])
{
    uint8_t input[1 + SMK_ID_BYTES + SMK_HASH_BYTES];
    input[0] = (uint8_t)kind;
    memcpy(input + 1, coalition, SMK_ID_BYTES);
    memcpy(input + 1 + SMK_ID_BYTES, object, SMK_HASH_BYTES);
    smk_hash_keyed("sim.signature", (struct smk_bytes){secret, SMK_HASH_BYTES}, SMK_BYTES(input),
                   ret_signature);
    for (size_t i = 0; i < SMK_HASH_BYTES; i++)
        ret_signature[SMK_HASH_BYTES + i] = (uint8_t)~ret_signature[i]; /* so that every byte is checked */
}

enum smk_err __wrap_smk_sign(const struct smk_sign_key *k, enum smk_sign_kind kind,
                             const uint8_t coalition[SMK_ID_BYTES], const uint8_t object[SMK_HASH_BYTES],
                             uint8_t ret_signature[SMK_SIGNATURE_BYTES])
{
    if (standin.is_real)
        return __real_smk_sign(k, kind, coalition, object, ret_signature);
    signature_make(k->secret, kind, coalition, object, ret_signature);
    return SMK_OK;
}

bool __wrap_smk_verify(const uint8_t public_key[SMK_KEY_BYTES], enum smk_sign_kind kind,
                       const uint8_t coalition[SMK_ID_BYTES], const uint8_t object[SMK_HASH_BYTES],
                       const uint8_t signature[SMK_SIGNATURE_BYTES])
{
    uint8_t good[SMK_SIGNATURE_BYTES];
    if (standin.is_real)
        return __real_smk_verify(public_key, kind, coalition, object, signature);
    const struct key *k = place_of(public_key);
    if (!k->is_used)
        return false;
    signature_make(k->secret, kind, coalition, object, good);
    return memcmp(good, signature, sizeof good) == 0;
}

bool __wrap_smk_sign_key_is_valid(const uint8_t public_key[SMK_KEY_BYTES])
{
    return standin.is_real ? __real_smk_sign_key_is_valid(public_key) : place_of(public_key)->is_used;
}

/* ---- X25519 ---- */

void __wrap_smk_dh_key_init(struct smk_dh_key *k, const uint8_t secret[SMK_KEY_BYTES])
{
    if (standin.is_real) {
        __real_smk_dh_key_init(k, secret);
        return;
    }
    memmove(k->secret, secret, SMK_KEY_BYTES);
    smk_hash("sim.dh", SMK_BYTES(k->secret), k->public_key);
}

/* Both sides know the two public keys; who only looks on is not in this process. */
bool __wrap_smk_dh(const uint8_t secret[SMK_KEY_BYTES], const uint8_t public_key[SMK_KEY_BYTES],
                   uint8_t ret_shared[SMK_KEY_BYTES])
{
    static const uint8_t zero[SMK_KEY_BYTES];
    uint8_t own[SMK_KEY_BYTES], both[2 * SMK_KEY_BYTES];
    if (standin.is_real)
        return __real_smk_dh(secret, public_key, ret_shared);
    smk_hash("sim.dh", (struct smk_bytes){secret, SMK_KEY_BYTES}, own);
    bool is_first = memcmp(own, public_key, SMK_KEY_BYTES) < 0;
    memcpy(both, is_first ? own : public_key, SMK_KEY_BYTES);
    memcpy(both + SMK_KEY_BYTES, is_first ? public_key : own, SMK_KEY_BYTES);
    smk_hash_keyed("sim.shared", SMK_BYTES(standin.world), SMK_BYTES(both), ret_shared);
    if (memcmp(public_key, zero, SMK_KEY_BYTES) != 0)
        return true;
    memset(ret_shared, 0, SMK_KEY_BYTES);
    return false;
}

/* ---- what store/ takes from the machine ---- */

void __wrap_smk_random(void *ret_bytes, size_t len)
{
    test_rng_bytes(&standin.rng, ret_bytes, len);
}

uint64_t __wrap_smk_wall_ms(void)
{
    return standin.wall_ms;
}
