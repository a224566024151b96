/* store/keyfile.h: secrets in a file of their own.
 *
 * Source   SCHEMA.md section 1.1.   Memory  by value.
 * Secrets  all of it: the caller wipes what it was given.   Threads  pure but for the file.
 */
#ifndef SMK_STORE_KEYFILE_H
#define SMK_STORE_KEYFILE_H

#include "proto/bounds.h"
#include "proto/err.h"

#include <stddef.h>

enum smk_keyfile_kind { SMK_KEYFILE_DEVICE = 1, SMK_KEYFILE_ROOT = 2 };

enum { SMK_KEYFILE_SECRETS_MAX = SMK_ROOT_KEYS_MAX };

struct smk_keyfile {
    enum smk_keyfile_kind kind;
    size_t count;                                            /* 3 for a device, 1..16 for root keys */
    uint8_t secret[SMK_KEYFILE_SECRETS_MAX][SMK_SEED_BYTES]; /* SECRET */
};

/* Writes NAME.PID.new, syncs, links it to its name, syncs the folder; never over a file that is there.
 * OK
 * SMK_ERR_EXISTS       there is such a file
 * SMK_ERR_STORE_FULL   no room
 * SMK_ERR_IO */
SMK_MUST_USE enum smk_err smk_keyfile_write(const char *path, const struct smk_keyfile *k);

/* OK
 * SMK_ERR_NOT_FOUND   no such file
 * SMK_ERR_KEY_FILE    damaged, of another kind or owner, not a regular file, or open to group or others
 * SMK_ERR_IO */
SMK_MUST_USE enum smk_err smk_keyfile_read(const char *path, enum smk_keyfile_kind kind,
                                           struct smk_keyfile *ret_k);
void smk_keyfile_deinit(struct smk_keyfile *k); /* wipes */

#endif
