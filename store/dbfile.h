/* store/dbfile.h: a look at data.mdb with plain reads, before LMDB maps it.
 *
 * Shape    the two meta pages of LMDB's data format 1, the length of the file, the kind of its file system.
 * Source   SCHEMA.md section 2.
 * Memory   by value.   Secrets  none.   Threads  pure but for the file.
 */
#ifndef SMK_STORE_DBFILE_H
#define SMK_STORE_DBFILE_H

#include "proto/err.h"

#include <stddef.h>
#include <stdint.h>

/* What one meta page says. */
struct smk_dbmeta {
    uint32_t format;
    uint64_t txnid;
    uint64_t last_page;
    uint64_t free_root; /* page of the tree of free pages; UINT64_MAX = empty */
    uint64_t main_root;
};

struct smk_dbfile {
    uint64_t bytes;
    uint64_t page_bytes;
    uint64_t inode;
    struct smk_dbmeta meta[2];
    unsigned newest; /* the meta page that LMDB goes by */
};

/* path   of data.mdb itself
 * OK                      long enough for its pages
 * SMK_ERR_STORE_MISSING   there is no such file
 * SMK_ERR_STORE_VERSION   another data format of LMDB, as both meta pages say
 * SMK_ERR_STORE_DAMAGED   not LMDB's, or shorter than its pages
 * SMK_ERR_STORE_IO        cannot be read */
SMK_MUST_USE enum smk_err smk_dbfile_look(const char *path, struct smk_dbfile *ret_file);

/* Whether the two meta pages can be those of one file that was written in order: their numbers are neighbours, each on
 * its side, and each one's newest free pages are those of its own transaction. For audits of a file at rest.
 * OK, SMK_ERR_STORE_DAMAGED (they cannot), SMK_ERR_STORE_IO (cannot be read) */
SMK_MUST_USE enum smk_err smk_dbfile_metas_agree(const char *path, const struct smk_dbfile *file);

/* A map for the file: what is asked for, doubled until half of it is free. */
uint64_t smk_dbfile_map_bytes(const struct smk_dbfile *file, uint64_t asked);

/* Whether so many bytes can be mapped now, beside all that is mapped. */
bool smk_map_has_room(uint64_t bytes);

/* ---- folders and names ---- */

enum { SMK_DB_PATH_MAX = 4096 };

/* False when it would be too long. */
bool smk_db_join(const char *folder, const char *name, char ret_path[SMK_DB_PATH_MAX]);
/* Makes the folder if it is missing and looks whether a file may be made there; clears away what an earlier attempt
 * has left under the name `fresh`.
 * OK, SMK_ERR_EXISTS (the file is there), SMK_ERR_STORE_FS, SMK_ERR_STORE_FULL, SMK_ERR_STORE_IO */
SMK_MUST_USE enum smk_err smk_dbfile_begin(const char *folder, const char *file, const char *fresh);
/* Gives the fresh file its name, or clears it away.
 * OK, SMK_ERR_EXISTS (somebody was faster), SMK_ERR_STORE_IO */
SMK_MUST_USE enum smk_err smk_dbfile_finish(const char *fresh, const char *file, bool is_good);
/* OK, SMK_ERR_STORE_IO */
SMK_MUST_USE enum smk_err smk_folder_sync(const char *folder);

/* Whether `file` in `folder` has no room to grow: LMDB calls a write that was cut short an I/O error. */
bool smk_disk_is_full(const char *folder, const char *file);

/* True for the statfs types of NFS, CIFS, SMB, vfat, exfat and FUSE. */
bool smk_fs_is_unsafe(uint64_t fs_type);
/* OK, SMK_ERR_STORE_FS, SMK_ERR_STORE_MISSING (no such folder), SMK_ERR_STORE_IO */
SMK_MUST_USE enum smk_err smk_fs_check(const char *folder);

#endif
