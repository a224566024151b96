/* proto/invitation.h: the text by which a device is invited.
 *
 * Source   PROTOCOL.md section 5.6.   Memory  by value.
 * Secrets  the secret; wipe the struct with smk_mem_wipe when done.   Threads  pure.
 */
#ifndef SMK_PROTO_INVITATION_H
#define SMK_PROTO_INVITATION_H

#include "proto/record.h"

struct smk_invitation {
    uint8_t coalition[SMK_ID_BYTES];
    uint8_t transport_key[SMK_KEY_BYTES]; /* of the inviter */
    uint8_t box_key[SMK_KEY_BYTES];
    uint8_t sign_key[SMK_KEY_BYTES];
    char address[256]; /* HOST:PORT */
    uint8_t id[SMK_INVITATION_ID_BYTES];
    uint8_t secret[SMK_SECRET_BYTES]; /* SECRET */
    struct smk_slug org;
    size_t office_count;
    struct smk_slug office[SMK_OFFICES_PER_DEVICE_MAX];
    uint64_t expires_ms;
};

enum { SMK_INVITATION_TEXT_BYTES_MAX = 4096 };

/* Appends the text "samaki1:..." (no final zero), signed by key (whose public part must be sign_key).
 * OK, SMK_ERR_CRYPTO, SMK_ERR_NOMEM, SMK_ERR_TOO_BIG_HERE */
SMK_MUST_USE enum smk_err smk_invitation_format(const struct smk_invitation *inv,
                                                const struct smk_sign_key *key, struct smk_buf *b);
/* Reads the text; white space around and line breaks inside are forgiven (it travels by chat and paper).
 * OK
 * SMK_ERR_INVALID         not an invitation, or a letter is wrong or missing (its signature does not fit)
 * SMK_ERR_NEWER_VERSION   an invitation of a newer Samaki
 * SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_invitation_parse(struct smk_bytes text, struct smk_invitation *ret_inv);

#endif
