/* proto/record.h: one signed record.
 *
 * Shape    header: canonical array of 13; whole record: [header, signature, salt or nil, payload or nil].
 * Source   PROTOCOL.md section 4.
 * Memory   a decoded record BORROWS header and payload from the bytes that it was decoded from.
 * Secrets  the salt, as long as the payload is one.   Threads  no shared state; one at a time per object.
 */
#ifndef SMK_PROTO_RECORD_H
#define SMK_PROTO_RECORD_H

#include "proto/canon.h"
#include "proto/scope.h"
#include "proto/sign.h"

enum smk_record_type {
    SMK_RECORD_OPEN = 1,
    SMK_RECORD_DECISION = 2,
    SMK_RECORD_EDIT = 16,
    SMK_RECORD_ACT = 17,
};

struct smk_header {
    uint64_t type;
    uint8_t author[SMK_KEY_BYTES];
    uint8_t incarnation[SMK_INCARNATION_BYTES];
    struct smk_scope scope;
    uint64_t seq;
    uint8_t prev[SMK_ID_BYTES]; /* zeros at seq 1 */
    size_t dep_count;
    uint8_t dep[SMK_DEPS_MAX][SMK_ID_BYTES];
    uint64_t time; /* ms << 16 | counter */
    uint64_t codec;
    bool has_key_id;
    uint8_t key_id[16];
    uint64_t payload_len;
    uint8_t payload_hash[SMK_HASH_BYTES];
};

struct smk_record {
    struct smk_header header;
    struct smk_bytes header_bytes; /* BORROWED */
    uint8_t header_hash[SMK_HASH_BYTES];
    uint8_t signature[SMK_SIGNATURE_BYTES];
    uint8_t id[SMK_ID_BYTES];
    bool has_payload;
    uint8_t salt[SMK_SALT_BYTES];
    struct smk_bytes payload; /* BORROWED; empty when missing */
};

/* True for the types that count only with a good signature of their own (PROTOCOL.md section 4.4). */
bool smk_record_type_needs_own_signature(uint64_t type);

/* H(samaki.log.v1, [author, incarnation, scope]). */
void smk_log_id(const uint8_t author[SMK_KEY_BYTES], const uint8_t incarnation[SMK_INCARNATION_BYTES],
                const struct smk_scope *scope, uint8_t ret_log_id[SMK_ID_BYTES]);

/* Appends the one encoding of a header; errors stick in b. The header must obey every rule of section 4.1. */
void smk_header_encode(const struct smk_header *h, struct smk_buf *b);

/* Decodes and checks every rule of section 4.1.
 *
 * OK
 * SMK_ERR_TRUNCATED, TRAILING, NOT_CANONICAL, TOO_DEEP   from the walker            -> peer fault
 * SMK_ERR_TOO_BIG        more than 768 bytes                                        -> peer fault
 * SMK_ERR_MALFORMED      a field breaks its rule                                    -> peer fault
 * SMK_ERR_NEWER_VERSION  header version is not 1                                    -> record refused
 * SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_header_decode(struct smk_bytes bytes, struct smk_header *ret_header);

/* The payload hash: keyed with the salt. */
void smk_payload_hash(const uint8_t salt[SMK_SALT_BYTES], struct smk_bytes payload,
                      uint8_t ret_hash[SMK_HASH_BYTES]);

/* Makes a record: fills payload_len and payload_hash of the header from payload and salt, encodes it, signs.
 *
 * header       everything but payload_len and payload_hash is set by the caller; author must be key's.
 * payload      BORROWED by ret_record; a canonical map of 1..65,536 bytes.
 * header_buf   takes the header's bytes (appended); BORROWED by ret_record, so do not write to it again.
 *
 * OK
 * SMK_ERR_CRYPTO         the signature does not verify
 * SMK_ERR_TOO_BIG_HERE   header or payload beyond their limits
 * SMK_ERR_INVALID        the payload is not a canonical map
 * SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_record_make(const struct smk_header *header, struct smk_bytes payload,
                                          const uint8_t salt[SMK_SALT_BYTES], const struct smk_sign_key *key,
                                          const uint8_t coalition[SMK_ID_BYTES], struct smk_buf *header_buf,
                                          struct smk_record *ret_record);

/* Puts a record together from its parts, as a receiver does: decodes the header, computes hash and id.
 *
 * header_bytes, payload   BORROWED by ret_record. salt NULL = the payload is missing.
 * OK, every error of smk_header_decode */
SMK_MUST_USE enum smk_err smk_record_assemble(struct smk_bytes header_bytes,
                                              const uint8_t signature[SMK_SIGNATURE_BYTES],
                                              const uint8_t *salt, struct smk_bytes payload,
                                              struct smk_record *ret_record);

/* Appends the whole-record form of section 4.2; errors stick in b. */
void smk_record_encode(const struct smk_record *r, struct smk_buf *b);

/* Decodes the whole-record form: shape only, see smk_record_check.
 *
 * wire   BORROWED for as long as ret_record is used.
 * OK, every error of smk_header_decode */
SMK_MUST_USE enum smk_err smk_record_decode(struct smk_bytes wire, struct smk_record *ret_record);

/* Payload against header: length, keyed hash, canonical map (codec 0). A missing payload passes.
 * OK
 * SMK_ERR_BAD_HASH    length or hash differ                    -> record refused
 * SMK_ERR_MALFORMED   not a canonical map, or an open or decision whose fields break their rules -> peer fault
 *                     (of a decision: body and signatures are there in form; whether it is valid is the roster's)
 * SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_record_check_payload(const struct smk_record *r);

/* True when the record's own signature is good. */
bool smk_record_is_signed(const struct smk_record *r, const uint8_t coalition[SMK_ID_BYTES]);

/* An open's payload. Arrays BORROW from the record's payload. */
struct smk_open {
    size_t under_count;
    uint8_t under[SMK_CERT_DECISIONS_MAX][SMK_HASH_BYTES];
    struct smk_bytes reason;
};
/* OK, the walker's errors, SMK_ERR_MALFORMED (peer fault), SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_open_decode(struct smk_bytes payload, struct smk_open *ret_open);

/* The head of an older incarnation, as an open names it. */
struct smk_old_head {
    struct smk_scope scope;
    uint8_t incarnation[SMK_INCARNATION_BYTES];
    uint64_t seq;
    uint8_t id[SMK_ID_BYTES];
};
/* Appends an open's payload map; at most 64 heads; errors stick in b. under: ascending. */
void smk_open_encode(const uint8_t (*under)[SMK_HASH_BYTES], size_t under_count,
                     const struct smk_old_head *heads, size_t head_count, const char *reason,
                     struct smk_buf *b);

/* ---- time ---- */

/* The next time of a log (PROTOCOL.md section 4.6).
 *
 * wall_ms      milliseconds since 1970
 * log_time     time of the log's head, 0 for a new log
 * dep_time     newest time among the deps, 0 for none
 * OK
 * SMK_ERR_CLOCK   the log stands more than 24 h ahead of the wall clock: begin a new incarnation; or the wall clock
 *                 is beyond what 48 bits of milliseconds hold */
SMK_MUST_USE enum smk_err smk_time_next(uint64_t wall_ms, uint64_t log_time, uint64_t dep_time,
                                        uint64_t *ret_time);
uint64_t smk_time_ms(uint64_t time);

#endif
