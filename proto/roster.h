/* proto/roster.h: governance: organisations, offices, devices, and who holds which scope.
 *
 * Shape    a set of valid decisions under one genesis; everything else follows from the set, in any order.
 * Source   PROTOCOL.md section 5.
 * Memory   owns copies of all it is given. Pointers that it hands out are BORROWED until the next add.
 * Secrets  none.   Threads  reading is not shared-safe (tables are derived lazily): one thread at a time.
 */
#ifndef SMK_PROTO_ROSTER_H
#define SMK_PROTO_ROSTER_H

#include "proto/record.h"

struct smk_genesis {
    char name[201];
    char time_zone[65];
    uint8_t nonce[16];
    uint64_t k;
    size_t key_count;
    uint8_t key[SMK_ROOT_KEYS_MAX][SMK_KEY_BYTES];
};

void smk_genesis_encode(const struct smk_genesis *g, struct smk_buf *b);
/* OK, the walker's errors, SMK_ERR_MALFORMED (peer fault), SMK_ERR_NEWER_VERSION, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_genesis_decode(struct smk_bytes bytes, struct smk_genesis *ret_genesis);
void smk_genesis_id(struct smk_bytes bytes, uint8_t ret_coalition[SMK_ID_BYTES]);

/* ---- decisions ---- */

enum smk_decision_kind { SMK_DECIDE_ORGANISATION = 1, SMK_DECIDE_OFFICE = 2, SMK_DECIDE_DEVICE = 3 };

/* Texts of people in two languages; either may be empty, not both. UTF-8, zero-terminated. */
struct smk_bilingual {
    char en[256];
    char km[512];
};

struct smk_organisation {
    struct smk_slug slug;
    struct smk_slug kind; /* "member", ... */
    struct smk_bilingual name;
    size_t area_count;
    char area[SMK_AREAS_MAX][5]; /* "02" or "0201" */
};

struct smk_office {
    struct smk_slug slug;
    struct smk_slug org;
    struct smk_slug role;
    struct smk_bilingual title;
    char area[5];     /* "" = its organisation's */
    char meeting[65]; /* "" = none */
};

struct smk_device {
    uint8_t sign_key[SMK_KEY_BYTES];
    uint8_t transport_key[SMK_KEY_BYTES];
    uint8_t box_key[SMK_KEY_BYTES];
    struct smk_slug org;
    size_t office_count;
    struct smk_slug office[SMK_OFFICES_PER_DEVICE_MAX];
    bool has_invitation;
    uint8_t invitation[SMK_INVITATION_ID_BYTES];
};

struct smk_decision {
    enum smk_decision_kind kind;
    union {
        struct smk_organisation organisation;
        struct smk_office office;
        struct smk_device device;
    };
    size_t replaces_count;
    uint8_t replaces[SMK_CERT_DECISIONS_MAX][SMK_HASH_BYTES];
};

/* Appends the body; errors stick in b (SMK_ERR_TOO_BIG_HERE beyond 4,096 bytes is the caller's max). */
void smk_decision_encode(const struct smk_decision *d, struct smk_buf *b);
/* OK, the walker's errors, SMK_ERR_MALFORMED (peer fault; also a device key that is no valid point),
 * SMK_ERR_NEWER_VERSION (a kind or version that this program does not know), SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_decision_decode(struct smk_bytes body, struct smk_decision *ret_decision);
void smk_decision_hash(struct smk_bytes body, uint8_t ret_hash[SMK_HASH_BYTES]);

/* Appends the payload map of a decision record: body and signatures by these root keys (sorted here).
 * OK, SMK_ERR_CRYPTO, SMK_ERR_NOMEM, SMK_ERR_TOO_BIG_HERE */
SMK_MUST_USE enum smk_err smk_decision_sign(struct smk_bytes body, const struct smk_sign_key *root_keys,
                                            size_t root_key_count, const uint8_t coalition[SMK_ID_BYTES],
                                            struct smk_buf *b);

/* ---- the roster ---- */

struct smk_roster; /* opaque */

/* GIVES a roster that knows only the genesis. bytes are copied.
 * OK, every error of smk_genesis_decode */
SMK_MUST_USE enum smk_err smk_roster_new(struct smk_bytes genesis, struct smk_roster **ret_roster);
void smk_roster_free(struct smk_roster *r); /* NULL does nothing */

const uint8_t *smk_roster_coalition(const struct smk_roster *r); /* 32 bytes */
const struct smk_genesis *smk_roster_genesis(const struct smk_roster *r);
struct smk_bytes smk_roster_genesis_bytes(const struct smk_roster *r);

/* Adds one decision: payload is the payload map of a decision record, or [body, sigs] (certificates, welcome).
 * A decision that is already there is OK. One that is not valid changes nothing.
 * OK
 * SMK_ERR_BAD_DECISION   too few good signatures, a bad one, one by a key that is no root key, one key twice, or not
 *                        in form -> record refused
 * SMK_ERR_NEWER_VERSION  a kind this program does not know (it is a no-op)
 * SMK_ERR_TOO_BIG_HERE   beyond SMK_DECISIONS_MAX
 * SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_roster_add(struct smk_roster *r, struct smk_bytes payload);

/* In force now; NULL when there is none, when several in force contradict each other, and for a device whose
 * organisation is not there. A device names its offices as decided: one counts only while smk_roster_office finds it
 * and it is of the device's organisation. All BORROWED until the next add. */
const struct smk_organisation *smk_roster_organisation(struct smk_roster *r, const char *slug);
const struct smk_office *smk_roster_office(struct smk_roster *r, const char *slug);
const struct smk_device *smk_roster_device(struct smk_roster *r, const uint8_t sign_key[SMK_KEY_BYTES]);
const struct smk_device *smk_roster_device_by_transport(struct smk_roster *r,
                                                        const uint8_t key[SMK_KEY_BYTES]);
const struct smk_device *smk_roster_device_by_invitation(struct smk_roster *r,
                                                         const uint8_t invitation[SMK_INVITATION_ID_BYTES]);

/* Enumerate what is in force, in ascending order of slug or key. */
size_t smk_roster_organisation_count(struct smk_roster *r);
const struct smk_organisation *smk_roster_organisation_at(struct smk_roster *r, size_t i);
size_t smk_roster_office_count(struct smk_roster *r);
const struct smk_office *smk_roster_office_at(struct smk_roster *r, size_t i);
size_t smk_roster_device_count(struct smk_roster *r);
const struct smk_device *smk_roster_device_at(struct smk_roster *r, size_t i);

/* Hashes of the decisions in force on a subject (for `replaces` and `under`), ascending, also of those that
 * contradict each other; returns how many there are, which may be more than the max that are written. For a device subject is its sign key, for the others the slug's letters. */
size_t smk_roster_in_force(struct smk_roster *r, enum smk_decision_kind kind, struct smk_bytes subject,
                           uint8_t (*ret_hashes)[SMK_HASH_BYTES], size_t max);
/* True when a valid decision with this hash is known, of any kind, in force or not. */
bool smk_roster_has_decision(const struct smk_roster *r, const uint8_t hash[SMK_HASH_BYTES]);
/* The device decision with this hash, in force or not; NULL when unknown or of another kind. */
const struct smk_device *smk_roster_device_of_decision(struct smk_roster *r,
                                                       const uint8_t hash[SMK_HASH_BYTES]);

/* True when the device with this key is certified and its organisation and offices give it the scope (5.5). */
bool smk_roster_holds(struct smk_roster *r, const uint8_t sign_key[SMK_KEY_BYTES],
                      const struct smk_scope *scope);
/* What its offices make of a device. */
enum smk_standing {
    SMK_STANDING_ORDINARY, /* it has no office, or one that is known here and is no auditor's of its organisation */
    SMK_STANDING_AUDITOR,   /* every office is an auditor's */
    SMK_STANDING_UNSETTLED, /* neither: an office is not known here, and may turn out to be either */
};
enum smk_standing smk_roster_standing(struct smk_roster *r, const struct smk_device *device);
/* The office's own area, else its organisation's areas: true when one of them is a prefix of area ("02" of "0201").
 * A secretariat's office without an area covers everything. */
bool smk_roster_office_covers(struct smk_roster *r, const struct smk_office *office, const char *area);

/* Appends the array of [body, sigs]: organisation, offices, then the device's own decision (all in force).
 * OK, SMK_ERR_NOT_FOUND (no such device), SMK_ERR_TOO_BIG_HERE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_roster_pack_certificate(struct smk_roster *r,
                                                      const uint8_t sign_key[SMK_KEY_BYTES],
                                                      struct smk_buf *b);
/* Adds every [body, sigs] of a decoded array (certificate or welcome, at most 64); stops at the first that is not
 * valid. Kinds that this program does not know are passed over.
 * OK, every error of smk_roster_add, SMK_ERR_MALFORMED (peer fault) */
SMK_MUST_USE enum smk_err smk_roster_add_certificate(struct smk_roster *r, struct smk_value array);

#endif
