/* proto/noise.h: Noise_XX_25519_ChaChaPoly_SHA256, from the Noise Protocol Framework, revision 34.
 *
 * Shape    -> e ; <- e, ee, s, es ; -> s, se. Payloads may be empty (Samaki sends empty ones). The caller gives
 *          static and ephemeral keys: nothing here draws randomness.
 * Source   PROTOCOL.md section 8.1; https://noiseprotocol.org/noise.html sections 5, 7.
 * Memory   caller's struct; messages are copied.
 * Secrets  everything in it; smk_noise_deinit wipes.   Threads  one at a time per object.
 */
#ifndef SMK_PROTO_NOISE_H
#define SMK_PROTO_NOISE_H

#include "proto/cipher.h"

/* One direction after the split. */
struct smk_noise_cipher {
    uint8_t key[SMK_KEY_BYTES]; /* SECRET */
    uint64_t nonce;             /* moves only on success; UINT64_MAX is never used */
};

/* Seals plain.len + 16 bytes into ret_sealed.
 * OK
 * SMK_ERR_DEAD   the nonces are used up */
SMK_MUST_USE enum smk_err smk_noise_cipher_seal(struct smk_noise_cipher *c, struct smk_bytes plain,
                                                uint8_t *ret_sealed);
/* Opens into ret_plain (sealed.len - 16 bytes). On failure the nonce stays and nothing is written.
 * OK
 * SMK_ERR_DECRYPT     does not open, or shorter than a tag -> peer fault
 * SMK_ERR_DEAD        the nonces are used up */
SMK_MUST_USE enum smk_err smk_noise_cipher_unseal(struct smk_noise_cipher *c, struct smk_bytes sealed,
                                                  uint8_t *ret_plain);
/* Rekey as Noise section 4.2 defines it; the nonce goes on. */
void smk_noise_cipher_rekey(struct smk_noise_cipher *c);

struct smk_noise {
    struct smk_noise_cipher cipher; /* of the handshake; has_key says whether it is used */
    bool has_key;
    bool is_initiator;
    bool has_failed;
    unsigned step;                        /* messages done: 0..3 */
    uint8_t chaining_key[SMK_HASH_BYTES]; /* SECRET */
    uint8_t hash[SMK_HASH_BYTES];         /* h; after step 3 the handshake hash */
    struct smk_dh_key own_static;
    struct smk_dh_key own_ephemeral;
    uint8_t peer_static[SMK_KEY_BYTES];
    uint8_t peer_ephemeral[SMK_KEY_BYTES];
    bool has_peer_static;
};

/* Begins. own_static and own_ephemeral are copied. */
void smk_noise_init(struct smk_noise *n, bool is_initiator, struct smk_bytes prologue,
                    const struct smk_dh_key *own_static, const struct smk_dh_key *own_ephemeral);
void smk_noise_deinit(struct smk_noise *n);

/* True when it is this side's turn to write: never once the handshake is done or has failed. Done: all three
 * messages have passed and none has failed. */
bool smk_noise_is_write_turn(const struct smk_noise *n);
bool smk_noise_is_done(const struct smk_noise *n);

/* Bytes that the next message adds to its payload: 32, 96, 64; 0 when all three are done. */
size_t smk_noise_overhead(const struct smk_noise *n);

/* Appends the next message with this payload.
 * OK
 * SMK_ERR_HANDSHAKE    a DH result was zero; the handshake is dead -> peer fault
 * SMK_ERR_UNEXPECTED   not this side's turn, or dead
 * SMK_ERR_NOMEM, SMK_ERR_TOO_BIG_HERE   from the buffer, or a message of more than 65,535 bytes; state unchanged */
SMK_MUST_USE enum smk_err smk_noise_write(struct smk_noise *n, struct smk_bytes payload, struct smk_buf *b);

/* Reads the peer's next message and appends its payload. All is checked on copies first; any failure is final.
 * OK
 * SMK_ERR_HANDSHAKE    too short, does not open, a zero DH result -> peer fault
 * SMK_ERR_UNEXPECTED   not the peer's turn, or dead
 * SMK_ERR_NOMEM, SMK_ERR_TOO_BIG_HERE   from the buffer */
SMK_MUST_USE enum smk_err smk_noise_read(struct smk_noise *n, struct smk_bytes message,
                                         struct smk_buf *ret_payload);

/* After the last message: the two directions. The handshake's own secrets are wiped; hash and peer_static stay.
 * OK
 * SMK_ERR_UNEXPECTED   the handshake is not done, or has been split before */
SMK_MUST_USE enum smk_err smk_noise_split(struct smk_noise *n, struct smk_noise_cipher *ret_send,
                                          struct smk_noise_cipher *ret_receive);

#endif
