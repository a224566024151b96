/* store/local.h: rows that never leave this node: invitations, peers, sessions, sync receipts, our certificate.
 *
 * Shape    SCHEMA.md, table `local`.   Memory  copied in and out.
 * Secrets  the secret of an invitation until it is used or expired.   Threads  as store.h.
 */
#ifndef SMK_STORE_LOCAL_H
#define SMK_STORE_LOCAL_H

#include "store/store.h"

/* ---- invitations that this node gave ---- */

struct smk_invitation_row {
    uint8_t id[SMK_INVITATION_ID_BYTES];
    uint8_t secret[SMK_SECRET_BYTES]; /* SECRET */
    struct smk_slug org;
    size_t office_count;
    struct smk_slug office[SMK_OFFICES_PER_DEVICE_MAX];
    uint64_t expires_ms;
    bool is_used;
    uint8_t used_by[SMK_KEY_BYTES];
};
/* OK, SMK_ERR_NOT_ALLOWED_HERE (opened read-only), SMK_ERR_STORE_*, SMK_ERR_NOMEM; each function of this header that
 * writes syncs before it returns */
SMK_MUST_USE enum smk_err smk_local_put_invitation(struct smk_store *s, const struct smk_invitation_row *row);
/* OK, SMK_ERR_NOT_FOUND, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_local_get_invitation(struct smk_store *s,
                                                   const uint8_t id[SMK_INVITATION_ID_BYTES],
                                                   struct smk_invitation_row *ret_row);

/* ---- peers ---- */

struct smk_peer_row {
    uint8_t sign_key[SMK_KEY_BYTES];
    bool lacks_us;        /* it said that it does not know this device, and no session was completed since */
    char address[256];    /* where it was last reached by us; "" when it only dials */
    uint64_t compared_ms; /* when digests were last equal, wall clock; 0 = never */
    uint64_t compared_records; /* records of the shared scopes then */
    uint64_t seen_ms;          /* end of the last session of any outcome */
    char last_reason[128];     /* why the last session failed; "" when it was complete */
    uint64_t receipt_ms;
    uint8_t receipt_digest[SMK_HASH_BYTES];
    struct smk_buf receipt; /* canonical [body, initiator signature, responder signature]; may be empty.
                                   put copies it; get GIVES it: smk_buf_deinit */
};
/* OK, SMK_ERR_NOT_ALLOWED_HERE (opened read-only), SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_local_put_peer(struct smk_store *s, const struct smk_peer_row *row);
/* OK, SMK_ERR_NOT_FOUND, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_local_get_peer(struct smk_store *s, const uint8_t sign_key[SMK_KEY_BYTES],
                                             struct smk_peer_row *ret_row);
/* Takes over when the digests were last equal in a session, and how many records that was; true when it did. A row that
 * knows a newer comparison keeps it, since sessions do not end in the order in which they compared; but one with a time
 * after now_ms comes from a clock that was wrong. */
bool smk_peer_row_compared(struct smk_peer_row *row, const struct smk_session_status *status,
                           uint64_t now_ms);
typedef bool smk_peer_row_fn(void *ctx, const struct smk_peer_row *row);
/* OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_local_each_peer(struct smk_store *s, smk_peer_row_fn *fn, void *ctx);

/* ---- sessions, the newest 1,000 ---- */

struct smk_session_row {
    uint64_t ended_ms; /* wall clock */
    uint8_t peer_sign_key[SMK_KEY_BYTES];
    bool is_initiator;
    bool is_complete; /* closed in good order by both */
    bool was_agreed_at_hello;
    bool is_agreed;
    uint64_t bytes_up, bytes_down; /* on the line, handshake included */
    uint64_t handshake_bytes;      /* both ways */
    uint64_t records_sent, records_received;
    char reason[128];
};
/* Fills the row from a session that has ended. */
void smk_session_row_from(const struct smk_session_status *status, bool is_initiator, uint64_t now_ms,
                          struct smk_session_row *ret_row);
/* Keeps the row, and what it says about the peer (lacks_us, compared, seen, reason; a peer's `unknown_author` sets
 * lacks_us, so that the next hello carries the certificate). receipt may be NULL. address may be NULL.
 * OK, SMK_ERR_NOT_ALLOWED_HERE (opened read-only), SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_local_note_session(struct smk_store *s, const struct smk_session_row *row,
                                                 const struct smk_session_status *status, const char *address,
                                                 const struct smk_sync_receipt *receipt);
typedef bool smk_session_row_fn(void *ctx, const struct smk_session_row *row);
/* Oldest first. OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_local_each_session(struct smk_store *s, smk_session_row_fn *fn, void *ctx);

#endif
