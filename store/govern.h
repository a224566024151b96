/* store/govern.h: making decisions on this node: they need the root keys, and become records of our `gov` log.
 *
 * Source   PROTOCOL.md section 5.   Memory  inputs BORROWED.   Secrets  root keys.   Threads  as store.h.
 */
#ifndef SMK_STORE_GOVERN_H
#define SMK_STORE_GOVERN_H

#include "store/store.h"

/* Signs decisions with the root keys and writes them in one transaction. `replaces` is filled in: whatever is in
 * force on the same subject. A decision whose content is already in force is left out (ret_written counts the rest).
 *
 * OK
 * SMK_ERR_NOT_ALLOWED_HERE   fewer root keys than k, or keys that are not the genesis's
 * SMK_ERR_INVALID            a decision that does not hold together (unknown organisation or office, an office of
 *                            another organisation, an auditor's office beside another one, ...)
 * SMK_ERR_TOO_BIG_HERE       a decision is too large; 16 incarnations today
 * SMK_ERR_CLOCK              the wall clock shows no possible time
 * SMK_ERR_STORE_*, SMK_ERR_CRYPTO, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_store_decide(struct smk_store *s, const struct smk_identity *identity,
                                           const struct smk_sign_key *root_keys, size_t root_key_count,
                                           const struct smk_decision *decisions, size_t count,
                                           size_t *ret_written);

/* Certifies a device that has proved an invitation (the session checked the proof), marks the invitation used, and
 * makes the welcome; all in one sync. The same keys asking again get the same answer.
 *
 * ret_welcome   GIVES canonical [genesis, decisions]: smk_buf_deinit
 * OK
 * SMK_ERR_BAD_INVITATION     unknown, expired, used by other keys, or its offices do not exist (any more)
 * SMK_ERR_NOT_ALLOWED_HERE   no root key on this node
 * SMK_ERR_TOO_BIG_HERE       a decision or the welcome is too large; 16 incarnations today
 * SMK_ERR_CLOCK              the wall clock shows no possible time
 * SMK_ERR_STORE_*, SMK_ERR_CRYPTO, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_store_admit(struct smk_store *s, const struct smk_identity *identity,
                                          const struct smk_sign_key *root_keys, size_t root_key_count,
                                          const struct smk_join_request *request, uint64_t now_ms,
                                          struct smk_buf *ret_welcome);

/* Makes the store of a device that was welcomed, and keeps the welcome's decisions as a local row.
 * OK, every error of smk_store_create, SMK_ERR_MALFORMED, SMK_ERR_BAD_DECISION */
SMK_MUST_USE enum smk_err smk_store_create_welcomed(const char *path, struct smk_bytes welcome);

#endif
