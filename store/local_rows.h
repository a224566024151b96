/* store/local_rows.h: the table `local`, row by row. Not for other rooms.
 *
 * Source   SCHEMA.md section 6.   Memory  as each function says.   Secrets  those of invitations.   Threads  as db.h.
 */
#ifndef SMK_STORE_LOCAL_ROWS_H
#define SMK_STORE_LOCAL_ROWS_H

#include "store/db.h"
#include "store/local.h"

enum { SMK_LOCAL_KEY_BYTES_MAX = 1 + SMK_KEY_BYTES, SMK_LOCAL_ROW_BYTES_MAX = 512 * 1024 };

/* OK, SMK_ERR_STORE_DAMAGED, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_invitation_row_decode(const uint8_t id[SMK_INVITATION_ID_BYTES],
                                                    struct smk_bytes value,
                                                    struct smk_invitation_row *ret_row);
/* Errors stick in the transaction, as for all that follow. */
void smk_invitation_row_put(struct smk_txn *t, const struct smk_invitation_row *row);
/* True when there is such a row. */
bool smk_invitation_row_find(struct smk_txn *t, const uint8_t id[SMK_INVITATION_ID_BYTES],
                             struct smk_invitation_row *ret_row);
/* Deletes every invitation that has expired. */
void smk_invitation_rows_prune(struct smk_txn *t, uint64_t now_ms);

/* GIVES row->receipt. OK, SMK_ERR_STORE_DAMAGED, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_peer_row_decode(const uint8_t sign_key[SMK_KEY_BYTES], struct smk_bytes value,
                                              struct smk_peer_row *ret_row);
void smk_peer_row_put(struct smk_txn *t, const struct smk_peer_row *row);
bool smk_peer_row_find(struct smk_txn *t, const uint8_t sign_key[SMK_KEY_BYTES],
                       struct smk_peer_row *ret_row);

/* OK, SMK_ERR_STORE_DAMAGED, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_session_row_decode(struct smk_bytes value, struct smk_session_row *ret_row);
/* Puts it behind the newest one and drops what is too old. */
void smk_session_row_add(struct smk_txn *t, const struct smk_session_row *row);

/* *ret_goes_on false stops. OK, or whatever ends the walk */
typedef enum smk_err smk_local_row_fn(void *ctx, struct smk_bytes key, struct smk_bytes value,
                                      bool *ret_goes_on);
/* Calls fn for every row whose key begins with letter, in order, outside of transactions.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM, errors of fn */
SMK_MUST_USE enum smk_err smk_local_each(struct smk_store *s, char letter, smk_local_row_fn *fn, void *ctx);

#endif
