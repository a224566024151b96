/* proto/sign.h: Ed25519 over the one 74-byte input that Samaki signs. One of the few files that know libsodium.
 *
 * Shape    signed bytes = "SAMAKI-1" || 0x00 || kind || coalition id (32) || object id (32).
 * Source   PROTOCOL.md section 3.
 * Memory   caller's.   Secrets  struct smk_sign_key: wipe with smk_sign_key_deinit.   Threads  pure.
 */
#ifndef SMK_PROTO_SIGN_H
#define SMK_PROTO_SIGN_H

#include "proto/bounds.h"
#include "proto/bytes.h"

enum smk_sign_kind {
    SMK_SIGN_RECORD = 1,
    SMK_SIGN_BUNDLE = 2,
    SMK_SIGN_INVITATION = 3,
    SMK_SIGN_ROOT_VERSION = 4,
    SMK_SIGN_DECISION = 5,
    SMK_SIGN_RECEIPT = 6,
    SMK_SIGN_SYNC_RECEIPT = 7,
    SMK_SIGN_BINDING = 8,
};

struct smk_sign_key {
    uint8_t secret[64]; /* SECRET: libsodium's seed || public key */
    uint8_t public_key[SMK_KEY_BYTES];
};

/* Derives the key pair; the public key always comes from the seed, never from elsewhere. */
void smk_sign_key_init(struct smk_sign_key *k, const uint8_t seed[SMK_SEED_BYTES]);
void smk_sign_key_deinit(struct smk_sign_key *k); /* wipes */

/* Signs, then verifies once before the signature is used (it catches memory faults).
 *
 * OK
 * SMK_ERR_CRYPTO   the fresh signature does not verify: this machine cannot be trusted -> ours */
SMK_MUST_USE enum smk_err smk_sign(const struct smk_sign_key *k, enum smk_sign_kind kind,
                                   const uint8_t coalition[SMK_ID_BYTES],
                                   const uint8_t object[SMK_HASH_BYTES],
                                   uint8_t ret_signature[SMK_SIGNATURE_BYTES]);

/* True when the signature is good. */
bool smk_verify(const uint8_t public_key[SMK_KEY_BYTES], enum smk_sign_kind kind,
                const uint8_t coalition[SMK_ID_BYTES], const uint8_t object[SMK_HASH_BYTES],
                const uint8_t signature[SMK_SIGNATURE_BYTES]);

/* Plain Ed25519 over any bytes: for test vectors only. */
bool smk_ed25519_verify(const uint8_t public_key[SMK_KEY_BYTES], struct smk_bytes message,
                        const uint8_t signature[SMK_SIGNATURE_BYTES]);

/* True for a point of the prime-order group: demanded of every public key before it is certified. */
bool smk_sign_key_is_valid(const uint8_t public_key[SMK_KEY_BYTES]);

#endif
