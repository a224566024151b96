/* proto/bounds.h: every limit, with its unit and its relation to the others.
 *
 * Source   PROTOCOL.md section 13.   Memory, secrets, threads  none.
 */
#ifndef SMK_PROTO_BOUNDS_H
#define SMK_PROTO_BOUNDS_H

#include <stdint.h>

enum {
    /* sizes fixed by the protocol, bytes */
    SMK_HASH_BYTES = 32,
    SMK_ID_BYTES = 32, /* record id, coalition id, log id */
    SMK_DOC_ID_BYTES = 16,
    SMK_INCARNATION_BYTES = 16,
    SMK_SALT_BYTES = 16,
    SMK_KEY_BYTES = 32,  /* any public key */
    SMK_SEED_BYTES = 32, /* any secret key at rest */
    SMK_SIGNATURE_BYTES = 64,
    SMK_INVITATION_ID_BYTES = 16,
    SMK_SECRET_BYTES = 32, /* the secret of an invitation */

    /* records */
    SMK_HEADER_BYTES_MAX = 768,
    SMK_PAYLOAD_BYTES_MAX = 64 * 1024,
    SMK_DEPTH_MAX = 16, /* containers; the root has depth 1, a scalar inside d containers d + 1 */
    SMK_HEADER_DEPTH_MAX = 8,
    SMK_NODES_MAX = 65536, /* values in one payload */
    SMK_DEPS_MAX = 8,
    SMK_SLUG_LETTERS_MAX = 24,
    SMK_SCOPE_LETTERS_MAX = 40, /* "wit:org:" and a slug, with room */

    /* governance */
    SMK_ROOT_KEYS_MAX = 16,
    SMK_DECISION_BYTES_MAX = 4096,
    SMK_GENESIS_BYTES_MAX = 2048,
    SMK_CERT_DECISIONS_MAX = 64, /* decisions that travel with a hello or a welcome */
    SMK_OFFICES_PER_DEVICE_MAX = 32,
    SMK_ORGANISATIONS_MAX = 1024,
    SMK_DEVICES_PER_ORGANISATION_MAX = 1024,
    SMK_OFFICES_MAX = 16384,
    SMK_DECISIONS_MAX = 65536,
    SMK_AREAS_MAX = 32, /* areas of one organisation */

    /* documents and acts */
    SMK_TEXT_PARTS_MAX = 256, /* documents named in the `text` of an act */
    SMK_TEXT_HEADS_MAX = 64,  /* heads of one document in it */

    /* logs */
    SMK_LOG_PEAKS_MAX = 53,
    SMK_LOGS_PER_DEVICE_SCOPE_MAX = 1024,
    SMK_INCARNATIONS_PER_DAY_MAX = 16,
    SMK_COVER_RECORDS_MAX = 16,     /* a record is signed well, or one of the 15 that follow it */
    SMK_FORK_BYTES_MAX = 32 * 1024, /* the proof of a fork */
    SMK_BATCH_FORKS_MAX = 16,       /* proofs in one batch */
    SMK_BRANCH_RECORDS_MAX = 1024,  /* kept of the second branch of a forked log */
    SMK_BRANCH_BYTES_MAX = 1024 * 1024,

    /* channel and session */
    SMK_FRAME_BYTES_MAX = 65535, /* ciphertext of one Noise message */
    SMK_FRAME_TAG_BYTES = 16,
    SMK_BATCH_BYTES_MAX = 1024 * 1024,
    SMK_BATCH_RECORDS_MAX = 1024,
    SMK_MESSAGE_BYTES_MAX = 1024 * 1024 + 64 * 1024,
    SMK_CREDIT_BYTES = 4 * 1024 * 1024,
    SMK_BATCHES_UNDER_WAY_MAX = 64, /* not acknowledged, in one direction */
    SMK_WANT_RUNS_MAX = 256,        /* of one message */
    SMK_WANTED_RUNS_MAX = 1024,     /* asked for and not answered yet, in one direction */
    SMK_SCOPES_PER_SESSION_MAX = 4096,
    SMK_TREE_ITEMS_MAX = 256,         /* items of one tree message */
    SMK_TREE_LEAVES_MAX = 16,         /* a subtree with at most so many logs is sent as leaves ... */
    SMK_TREE_REPLY_LEAVES_MAX = 4096, /* ... and an answer may carry at most so many in one item */
    SMK_ROUNDS_WITHOUT_PROGRESS_MAX = 8,
    SMK_REKEY_EVERY_MESSAGES = 65536,
    SMK_HANDSHAKE_TIMEOUT_MS = 10 * 1000,
    SMK_SILENCE_TIMEOUT_MS = 120 * 1000,
    SMK_KEEPALIVE_MS = 40 * 1000,
    SMK_SESSION_AGE_MAX_MS = 12 * 3600 * 1000,
    SMK_LISTENERS_HALF_OPEN_MAX = 64,
    SMK_HALF_OPEN_PER_ADDRESS_MAX = 8,

    SMK_FEATURE_LEVEL = 2,
    SMK_FEATURE_LEVEL_LOWEST = 2,
};

#define SMK_SEQ_MAX (((uint64_t)1 << 53) - 1)
#define SMK_DAY_MS ((uint64_t)24 * 3600 * 1000)
#define SMK_WALL_MS_MAX (((uint64_t)1 << 48) - 1)

_Static_assert(SMK_PAYLOAD_BYTES_MAX + SMK_HEADER_BYTES_MAX + 4096 <= SMK_BATCH_BYTES_MAX,
               "a record fits a batch");
_Static_assert(SMK_BATCH_BYTES_MAX < SMK_MESSAGE_BYTES_MAX, "a batch and its wrapping fit a message");
_Static_assert(2 * SMK_MESSAGE_BYTES_MAX <= SMK_CREDIT_BYTES, "two batches may be under way");
_Static_assert(SMK_HANDSHAKE_TIMEOUT_MS < SMK_SILENCE_TIMEOUT_MS, "the handshake ends before silence does");
_Static_assert(2 * SMK_KEEPALIVE_MS < SMK_SILENCE_TIMEOUT_MS, "one keepalive may be lost");

#endif
