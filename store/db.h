/* store/db.h: the door to LMDB: one environment with eleven tables.
 *
 * Shape    a transaction carries its first error; the end reports it. Writes run as a function that may be run
 *          again: when the map is full the transaction is aborted, the map doubled, and the function starts over.
 * Source   SCHEMA.md section 2.
 * Memory   values that are read BORROW from the file until their transaction ends.
 * Secrets  none of its own.
 * Damage   pages that cannot be may end the process by SIGBUS, SIGSEGV or SIGABRT: programs catch these and say that
 *          the store file is damaged; an audit reads in a process of its own.
 * Threads  any thread may begin a transaction; one transaction is used by one thread. No transaction is begun while
 *          the same thread has one open.
 */
#ifndef SMK_STORE_DB_H
#define SMK_STORE_DB_H

#include "proto/bytes.h"

enum smk_table {
    SMK_TABLE_META,
    SMK_TABLE_REC,
    SMK_TABLE_IDX,
    SMK_TABLE_LOG,
    SMK_TABLE_LOGID,
    SMK_TABLE_LOCAL,
    SMK_TABLE_FORK,
    SMK_TABLE_DIS,
    SMK_TABLE_INDEX, /* from here on: derived from the others */
    SMK_TABLE_TERMS,
    SMK_TABLE_IDS,
    SMK_TABLE_COUNT,
    SMK_TABLE_DERIVED = SMK_TABLE_INDEX, /* the first derived one */
};
/* Static name of a table in the file. */
const char *smk_table_name(enum smk_table table);

struct smk_db; /* opaque */

/* Zero-initialise; the first error sticks in err. */
struct smk_txn {
    struct smk_db *db;
    void *raw;
    bool is_write;
    bool has_changes;
    bool is_map_full;
    enum smk_err err;
};

/* What a write does. It must give the same answer when it is run again after an abort.
 * OK, or whatever ends the write; then nothing is written */
typedef enum smk_err smk_write_fn(struct smk_txn *t, void *ctx);

struct smk_db_options {
    const char *path; /* the folder; BORROWED for the call */
    bool is_read_only;
    bool has_no_reserve; /* a file that is not in its place yet: nothing is kept beside it */
    uint64_t map_bytes;  /* first size of the map; 0 = 64 MiB */
};

/* Makes the file with its tables and whatever fn writes: it gets its name when all of it is on the disk. Makes the
 * folder if it is missing; syncs it and the one above.
 * OK, SMK_ERR_EXISTS, SMK_ERR_STORE_FS, SMK_ERR_STORE_FULL, SMK_ERR_STORE_IO, SMK_ERR_NOMEM, errors of fn */
SMK_MUST_USE enum smk_err smk_db_create(const char *path, smk_write_fn *fn, void *ctx);

/* GIVES an open environment; slots of readers that died are swept, and again now and then while it is written to. The
 * derived tables may be missing.
 * OK, SMK_ERR_STORE_MISSING, SMK_ERR_STORE_DAMAGED, SMK_ERR_STORE_VERSION, SMK_ERR_STORE_FS, SMK_ERR_STORE_FULL,
 * SMK_ERR_STORE_BUSY, SMK_ERR_STORE_IO, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_db_open(const struct smk_db_options *options, struct smk_db **ret_db);
void smk_db_close(struct smk_db *db); /* NULL does nothing; no transaction is open */

/* Whether a derived table is missing: the file is of an earlier schema. Reads then find nothing in it; writes are an error.
 */
bool smk_db_lacks_derived(const struct smk_db *db);
/* Makes the derived tables that are missing, and whatever fn writes, in one transaction. While no other thread uses db.
 * OK, every error of smk_db_write */
SMK_MUST_USE enum smk_err smk_db_add_derived(struct smk_db *db, smk_write_fn *fn, void *ctx);

/* Number of the newest committed transaction, by any process. */
uint64_t smk_db_moment(struct smk_db *db);
/* Inode number of the file when it was opened. */
uint64_t smk_db_inode(const struct smk_db *db);
uint64_t smk_db_map_bytes(struct smk_db *db);
/* Version of the library: major, minor, patch, each u32 BE. */
void smk_db_library_version(uint8_t ret_version[12]);

/* Runs fn inside a write transaction and commits it with a sync, unless fn changed nothing.
 *
 * OK
 * SMK_ERR_STORE_FULL   the disk (or the address space) is full, or the reserve is given up and there is no room to make
 *                      it again (SCHEMA.md section 7.1); nothing of this write is stored
 * SMK_ERR_STORE_IO     also when an earlier commit failed: the environment then takes no more writes
 * SMK_ERR_NOT_ALLOWED_HERE   opened read-only
 * SMK_ERR_STORE_DAMAGED, SMK_ERR_NOMEM, errors of fn */
SMK_MUST_USE enum smk_err smk_db_write(struct smk_db *db, smk_write_fn *fn, void *ctx);
/* The same for a small write that has to go through on a full disk: it gives the reserve up for itself.
 * OK, every error of smk_db_write */
SMK_MUST_USE enum smk_err smk_db_write_vital(struct smk_db *db, smk_write_fn *fn, void *ctx);

/* Writes a copy without free pages to a file that is not there yet, and syncs it. Where the answer is not OK a part of
 * it may stand there.
 * OK, SMK_ERR_STORE_FULL, SMK_ERR_STORE_IO, SMK_ERR_STORE_DAMAGED, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_db_copy(struct smk_db *db, const char *path);

/* Begins reading; a failure is in t->err, and every read then answers 'nothing'. */
void smk_txn_begin_read(struct smk_txn *t, struct smk_db *db);
/* Ends reading and tells the first error. Harmless when nothing is open.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_txn_end(struct smk_txn *t);
/* The same for a cleanup attribute. */
void smk_txn_abort(struct smk_txn *t);

/* True when the key is there; ret_value is untouched otherwise. Other failures stick in t->err. */
bool smk_txn_get(struct smk_txn *t, enum smk_table table, struct smk_bytes key, struct smk_bytes *ret_value);
void smk_txn_put(struct smk_txn *t, enum smk_table table, struct smk_bytes key, struct smk_bytes value);
/* Adds a row behind the last one and answers where its value_bytes are to be written, at once; NULL after an error. */
uint8_t *smk_txn_append(struct smk_txn *t, enum smk_table table, struct smk_bytes key, size_t value_bytes);
/* A key that is not there is fine. */
void smk_txn_del(struct smk_txn *t, enum smk_table table, struct smk_bytes key);
/* Takes all rows away. */
void smk_txn_clear(struct smk_txn *t, enum smk_table table);
/* Number of rows as the file counts them. */
uint64_t smk_txn_count(struct smk_txn *t, enum smk_table table);
/* Number of the transaction: of the newest commit when reading. */
uint64_t smk_txn_moment(const struct smk_txn *t);

/* A cursor over one table; key and value BORROW until it moves or the table is written to. */
struct smk_cursor {
    struct smk_txn *txn;
    enum smk_table table;
    void *raw;
    struct smk_bytes key;
    struct smk_bytes value;
};
/* A failure is in t->err. Close it before its transaction ends. */
void smk_cursor_open(struct smk_cursor *c, struct smk_txn *t, enum smk_table table);
/* The same over LMDB's own main table, whose keys are the names of the tables: for audits. */
void smk_cursor_open_main(struct smk_cursor *c, struct smk_txn *t);
void smk_cursor_close(struct smk_cursor *c);
/* Each answers whether there is such a row. */
bool smk_cursor_first(struct smk_cursor *c);
bool smk_cursor_last(struct smk_cursor *c);
bool smk_cursor_next(struct smk_cursor *c);
bool smk_cursor_prev(struct smk_cursor *c);
bool smk_cursor_seek(struct smk_cursor *c, struct smk_bytes key); /* the first key that is not smaller */
/* As smk_txn_put into its table, and stands there; rising keys are put without looking for their page from the root. */
void smk_cursor_put(struct smk_cursor *c, struct smk_bytes key, struct smk_bytes value);

#endif
