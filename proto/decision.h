/* proto/decision.h: the two forms in which a decision travels, before anybody asks whether it is valid.
 *
 * Shape    payload map {body, sigs} of a decision record, or array [body, sigs] in certificates and welcomes.
 * Source   PROTOCOL.md sections 5.2, 5.6, 9.1.
 * Memory   everything BORROWS from the decoded bytes.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_PROTO_DECISION_H
#define SMK_PROTO_DECISION_H

#include "proto/bounds.h"
#include "proto/canon.h"

struct smk_decision_form {
    struct smk_bytes body; /* 1..4,096 bytes, not looked into */
    size_t sig_count;
    /* ascending by key, no key twice */
    struct smk_decision_sig {
        const uint8_t *key;
        const uint8_t *signature;
    } sig[SMK_ROOT_KEYS_MAX];
};

/* v is the map or the array.
 * OK, SMK_ERR_MALFORMED (peer fault) */
SMK_MUST_USE enum smk_err smk_decision_form_read(struct smk_value v, struct smk_decision_form *ret_form);

/* Appends the array of signatures, and the array [body, sigs]. */
void smk_decision_form_pack_sigs(const struct smk_decision_form *form, struct smk_buf *b);
void smk_decision_form_pack(const struct smk_decision_form *form, struct smk_buf *b);

#endif
