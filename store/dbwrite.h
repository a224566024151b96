/* store/dbwrite.h: one attempt at a write, and what is done between two of them. Not for other rooms.
 *
 * Shape    dbwrite.c makes smk_db_write of it: it tries again with a larger map, and keeps the reserve.
 * Source   SCHEMA.md sections 2, 7.1.
 * Memory   none kept.   Secrets  none.   Threads  as db.h.
 */
#ifndef SMK_STORE_DBWRITE_H
#define SMK_STORE_DBWRITE_H

#include "store/db.h"

/* Runs fn once in a write transaction and commits it, unless it changed nothing. *ret_is_map_full: the answer may be
 * another one with a larger map.
 * OK, every error of smk_db_write */
SMK_MUST_USE enum smk_err smk_db_attempt(struct smk_db *db, smk_write_fn *fn, void *ctx,
                                         bool *ret_is_map_full);

/* Replaces the map by one of twice `seen` bytes, unless somebody was faster; 0 = by one for what the file holds now.
 * OK
 * SMK_ERR_STORE_FULL   there are not so many addresses; the old map stays
 * SMK_ERR_STORE_IO     the map was lost: nothing can be read or written any more */
SMK_MUST_USE enum smk_err smk_db_grow(struct smk_db *db, uint64_t seen);

/* Inside a write: makes the tables that are missing. A failure is in t->err. */
void smk_txn_make_tables(struct smk_txn *t);
/* After a write that made derived tables was not committed: they are missing again. */
void smk_db_forget_derived(struct smk_db *db);

/* Where the reserve of the environment is kept; NULL = it has none. BORROWED for the life of db. */
const char *smk_db_reserve_folder(const struct smk_db *db);

#endif
