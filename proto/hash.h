/* proto/hash.h: BLAKE2b-256 with a personal string for every use. One of the few files that know libsodium.
 *
 * Shape    H(p, x) of PROTOCOL.md section 3; x may be given in pieces.
 * Memory   caller's.   Secrets  the salt of a payload is the key of its hash.   Threads  one at a time per object.
 */
#ifndef SMK_PROTO_HASH_H
#define SMK_PROTO_HASH_H

#include "proto/bounds.h"
#include "proto/bytes.h"

/* Personals, ASCII, zero-padded to 16 bytes when used. */
#define SMK_PERSONAL_GENESIS "samaki.gen.v1"
#define SMK_PERSONAL_HEADER "samaki.hdr.v1"
#define SMK_PERSONAL_RECORD_ID "samaki.id.v1"
#define SMK_PERSONAL_PAYLOAD "samaki.pay.v1"
#define SMK_PERSONAL_LOG "samaki.log.v1"
#define SMK_PERSONAL_FRONTIER_LEAF "samaki.leaf.v1"
#define SMK_PERSONAL_FRONTIER_NODE "samaki.node.v1"
#define SMK_PERSONAL_LOG_LEAF "samaki.lf.v1"
#define SMK_PERSONAL_LOG_NODE "samaki.nd.v1"
#define SMK_PERSONAL_DIGEST "samaki.dig.v1"
#define SMK_PERSONAL_OBJECT "samaki.obj.v1"
#define SMK_PERSONAL_TEXT "samaki.txt.v1"
#define SMK_PERSONAL_IMPORT "samaki.imp.v1"

/* H(personal, bytes). */
void smk_hash(const char *personal, struct smk_bytes bytes, uint8_t ret_hash[SMK_HASH_BYTES]);

/* H(personal, a || b). */
void smk_hash_pair(const char *personal, struct smk_bytes a, struct smk_bytes b,
                   uint8_t ret_hash[SMK_HASH_BYTES]);

/* H with a key: the payload hash, key = the payload's salt. */
void smk_hash_keyed(const char *personal, struct smk_bytes key, struct smk_bytes bytes,
                    uint8_t ret_hash[SMK_HASH_BYTES]);

/* SHA-256, for tests of the log tree against RFC 6962 and for the digests of attachments. */
void smk_sha256(struct smk_bytes a, struct smk_bytes b, uint8_t ret_hash[SMK_HASH_BYTES]);

/* The same in any number of pieces. */
struct smk_sha256 {
    uint64_t state[16]; /* of the library */
};
void smk_sha256_init(struct smk_sha256 *s);
void smk_sha256_add(struct smk_sha256 *s, struct smk_bytes piece);
void smk_sha256_finish(struct smk_sha256 *s, uint8_t ret_hash[SMK_HASH_BYTES]);

/* Starts the cryptographic library; call once per process before anything else here, in sign.h or cipher.h.
 * Runs known-answer tests of every primitive that Samaki uses.
 *
 * OK
 * SMK_ERR_CRYPTO   the library does not start, or a known answer comes out wrong -> ours */
SMK_MUST_USE enum smk_err smk_crypto_start(void);

#endif
