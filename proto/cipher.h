/* proto/cipher.h: the primitives under Noise and invitations. One of the few files that know libsodium.
 *
 * Shape    X25519, ChaCha20-Poly1305 (IETF), HMAC-SHA-256, HKDF as the Noise specification writes it.
 * Memory   caller's.   Secrets  keys and shared secrets: callers keep them in structs that wipe.   Threads  pure.
 */
#ifndef SMK_PROTO_CIPHER_H
#define SMK_PROTO_CIPHER_H

#include "proto/bounds.h"
#include "proto/bytes.h"

enum { SMK_AEAD_NONCE_BYTES = 12 };

struct smk_dh_key {
    uint8_t secret[SMK_KEY_BYTES]; /* SECRET */
    uint8_t public_key[SMK_KEY_BYTES];
};

/* Derives the public key from 32 secret bytes (clamped by X25519 itself). */
void smk_dh_key_init(struct smk_dh_key *k, const uint8_t secret[SMK_KEY_BYTES]);
void smk_dh_key_deinit(struct smk_dh_key *k); /* wipes */

/* X25519. False when the result is all zero (a low-order point): the caller must fail. ret_shared is then zeros. */
SMK_MUST_USE bool smk_dh(const uint8_t secret[SMK_KEY_BYTES], const uint8_t public_key[SMK_KEY_BYTES],
                         uint8_t ret_shared[SMK_KEY_BYTES]);

/* ret_sealed takes plain.len + 16 bytes and may be plain.data itself. nonce is the Noise counter (4 zero bytes,
 * 8 bytes little-endian). */
void smk_aead_seal(const uint8_t key[SMK_KEY_BYTES], uint64_t nonce, struct smk_bytes ad,
                   struct smk_bytes plain, uint8_t *ret_sealed);
/* ret_plain takes sealed.len - 16 bytes and may be sealed.data itself. False, and nothing written, when it does
 * not open. */
SMK_MUST_USE bool smk_aead_unseal(const uint8_t key[SMK_KEY_BYTES], uint64_t nonce, struct smk_bytes ad,
                                  struct smk_bytes sealed, uint8_t *ret_plain);

/* The same with all 12 bytes of the nonce given: for test vectors only. */
void smk_aead_seal_with(const uint8_t key[SMK_KEY_BYTES], const uint8_t nonce[SMK_AEAD_NONCE_BYTES],
                        struct smk_bytes ad, struct smk_bytes plain, uint8_t *ret_sealed);
SMK_MUST_USE bool smk_aead_unseal_with(const uint8_t key[SMK_KEY_BYTES],
                                       const uint8_t nonce[SMK_AEAD_NONCE_BYTES], struct smk_bytes ad,
                                       struct smk_bytes sealed, uint8_t *ret_plain);

void smk_hmac_sha256(struct smk_bytes key, struct smk_bytes message, uint8_t ret_mac[SMK_HASH_BYTES]);
/* Constant time. */
bool smk_mac_is_equal(const uint8_t a[SMK_HASH_BYTES], const uint8_t b[SMK_HASH_BYTES]);

#endif
