/* store/files/outbox.h: files that appear whole, or not at all.
 *
 * Shape    everything is written into a folder of its own beside the place where it will stand, synced, and renamed.
 *          What stands there already stays, unless it may be replaced; then it is replaced in one step as well.
 * Memory   the outbox owns its descriptors: smk_outbox_abort in any case.
 * Secrets  files are 0600, folders 0700: interviews may lie in them.   Threads  one.
 */
#ifndef SMK_STORE_FILES_OUTBOX_H
#define SMK_STORE_FILES_OUTBOX_H

#include "proto/hash.h"

enum { SMK_OUTBOX_PATH_MAX = 4096, SMK_OUTBOX_FILES_MAX = 80, SMK_OUTBOX_NAME_MAX = 63 };

struct smk_outbox_file {
    char name[SMK_OUTBOX_NAME_MAX + 1];
    uint64_t bytes;
    uint8_t sha256[SMK_HASH_BYTES];
};

struct smk_outbox {
    char target[SMK_OUTBOX_PATH_MAX];
    char folder[SMK_OUTBOX_PATH_MAX]; /* beside it; "" when there is none */
    bool is_folder;                   /* the target is one; otherwise it is the one file that is written */
    bool replaces;
    size_t count;
    struct smk_outbox_file file[SMK_OUTBOX_FILES_MAX];
    /* the newest file, while it is open */
    int fd; /* -1: none */
    struct smk_buf waiting;
    struct smk_sha256 hash;
};

/* May a folder that is to be replaced hold a file of this name? */
typedef bool smk_outbox_known_fn(const char *name);

/* Makes the folder beside the target.
 *
 * known   of a target that is a folder and may be replaced: nothing but such files may lie in it
 * OK
 * SMK_ERR_EXISTS        there is something already, and it may not be replaced
 * SMK_ERR_INVALID       what is there is no file (or no folder of such files): it stays in any case
 * SMK_ERR_NOT_FOUND     the folder for it is not there
 * SMK_ERR_TOO_BIG_HERE  the path is too long
 * SMK_ERR_STORE_FULL, SMK_ERR_IO */
SMK_MUST_USE enum smk_err smk_outbox_begin(struct smk_outbox *o, const char *target, bool is_folder,
                                           bool replaces, smk_outbox_known_fn *known);
/* Begins the next file; the one before it is closed. name: letters, digits, hyphens, underscores, one full stop.
 * OK, SMK_ERR_STORE_FULL, SMK_ERR_IO, SMK_ERR_TOO_BIG_HERE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_outbox_open(struct smk_outbox *o, const char *name);
/* OK, SMK_ERR_STORE_FULL, SMK_ERR_IO, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_outbox_write(struct smk_outbox *o, struct smk_bytes bytes);
/* Syncs the newest file; its size and hash are known from here on.
 * OK, SMK_ERR_STORE_FULL, SMK_ERR_IO, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_outbox_close(struct smk_outbox *o);
/* For a file that somebody else writes: its path. Then smk_outbox_adopt. False when it is too long. */
SMK_MUST_USE bool smk_outbox_path(const struct smk_outbox *o, const char *name,
                                  char ret_path[SMK_OUTBOX_PATH_MAX]);
/* Reads such a file, syncs and counts it.
 *
 * ret_file   GIVES its bytes: smk_buf_deinit in any case
 * OK, SMK_ERR_TOO_BIG_HERE (more than bytes_max), SMK_ERR_IO, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_outbox_adopt(struct smk_outbox *o, const char *name, size_t bytes_max,
                                           struct smk_buf *ret_file);
/* Puts everything into its place. Whatever it answers, what stood there before is still there, or what was written is,
 * whole.
 * OK, SMK_ERR_EXISTS (somebody else was faster), SMK_ERR_STORE_FULL, SMK_ERR_IO, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_outbox_commit(struct smk_outbox *o);
void smk_outbox_abort(
    struct smk_outbox *o); /* takes away what is left; works on a zeroed object and after a commit */

#endif
