#include "store/db.h"

#include "proto/check.h"
#include "proto/mem.h"
#include "store/dbfile.h"
#include "store/dbwrite.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum {
    READERS_MAX = 254,
    RESIZES_MAX = 8,
    SWEEP_ATTEMPTS = 64, /* a killed reader holds its snapshot, and free pages, for so many writes at most */
};
#define MAP_BYTES_FIRST ((uint64_t)64 << 20)

struct smk_db {
    MDB_env *env;
    MDB_dbi dbi[SMK_TABLE_COUNT]; /* 0, which is LMDB's own: the table is missing */
    pthread_rwlock_t map;         /* shared: a transaction is open; exclusive: the map is being replaced */
    bool has_map_lock;
    bool has_lost_map; /* LMDB gave the map up and got no other: nothing may touch the environment any more */
    bool is_read_only, has_no_reserve;
    /* A commit failed in a way that nobody can judge; written inside write transactions only. */
    bool refuses_writes;
    atomic_uint attempt_count;
    uint64_t inode;
    char folder[SMK_DB_PATH_MAX];
};

/* ---- foreign codes and forms ---- */

static enum smk_err err_from_lmdb(int rc)
{
    switch (rc) {
    case MDB_SUCCESS: return SMK_OK;
    case MDB_NOTFOUND: return SMK_ERR_NOT_FOUND;
    case ENOMEM: return SMK_ERR_NOMEM;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case MDB_MAP_FULL: return SMK_ERR_STORE_FULL;
    case ENOENT: return SMK_ERR_STORE_MISSING;
    case MDB_READERS_FULL:
    case EAGAIN:
    case EBUSY: return SMK_ERR_STORE_BUSY;
    case MDB_VERSION_MISMATCH: return SMK_ERR_STORE_VERSION;
    case MDB_INVALID:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INCOMPATIBLE:
    case MDB_BAD_VALSIZE:
    case MDB_KEYEXIST: /* an append that is not behind the last row */ return SMK_ERR_STORE_DAMAGED;
    default: return SMK_ERR_STORE_IO;
    }
}

static MDB_val val_of(struct smk_bytes bytes)
{
    return (MDB_val){.mv_size = bytes.len, .mv_data = (void *)(uintptr_t)bytes.data};
}

static struct smk_bytes bytes_of(MDB_val val)
{
    return (struct smk_bytes){val.mv_data, val.mv_size};
}

void smk_db_library_version(uint8_t ret_version[12])
{
    int part[3];
    (void)mdb_version(&part[0], &part[1], &part[2]); /* the text that it returns says the same */
    for (size_t i = 0; i < 12; i++)
        ret_version[i] = (uint8_t)((unsigned)part[i / 4] >> (24 - 8 * (i % 4)));
}

/* ---- the map ---- */

/* What the environment says of itself, under the lock of the map; zeros when there is no map. */
static MDB_envinfo env_info(struct smk_db *db)
{
    MDB_envinfo info = {0};
    if (!db->has_lost_map)
        (void)mdb_env_info(db->env, &info); /* fails on a NULL argument only */
    return info;
}

/* LMDB lets the old map go before it asks for the new one: whether there is room has to be known before. */
static enum smk_err map_set(struct smk_db *db, uint64_t bytes)
{
    if (!smk_map_has_room(bytes))
        return SMK_ERR_STORE_FULL;
    int rc = mdb_env_set_mapsize(db->env, (size_t)bytes);
    db->has_lost_map = rc != 0 && rc != EINVAL; /* EINVAL: it was not touched */
    return rc == 0 ? SMK_OK : db->has_lost_map ? SMK_ERR_STORE_IO : SMK_ERR_STORE_FULL;
}

enum smk_err smk_db_grow(struct smk_db *db, uint64_t seen)
{
    SMK_ASSERT(pthread_rwlock_wrlock(&db->map) == 0);
    MDB_envinfo info = env_info(db);
    MDB_stat stat = {0};
    uint64_t bytes = info.me_mapsize, used = 0;
    if (!db->has_lost_map && mdb_env_stat(db->env, &stat) == 0)
        used = ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
    enum smk_err err = db->has_lost_map ? SMK_ERR_STORE_IO : SMK_OK;
    if (seen == bytes && bytes > 0)
        bytes *= 2;
    while (bytes < used && bytes > 0)
        bytes *= 2;
    if (err == SMK_OK && bytes != info.me_mapsize)
        err = bytes == 0 || bytes > SIZE_MAX / 2 ? SMK_ERR_STORE_FULL : map_set(db, bytes);
    SMK_ASSERT(pthread_rwlock_unlock(&db->map) == 0);
    return err;
}

static MDB_envinfo env_look(struct smk_db *db)
{
    SMK_ASSERT(pthread_rwlock_rdlock(&db->map) == 0);
    MDB_envinfo info = env_info(db);
    SMK_ASSERT(pthread_rwlock_unlock(&db->map) == 0);
    return info;
}

uint64_t smk_db_map_bytes(struct smk_db *db)
{
    return env_look(db).me_mapsize;
}

uint64_t smk_db_moment(struct smk_db *db)
{
    return env_look(db).me_last_txnid;
}

uint64_t smk_db_inode(const struct smk_db *db)
{
    return db->inode;
}

/* ---- transactions ---- */

static void txn_begin(struct smk_txn *t, struct smk_db *db, bool is_write)
{
    *t = (struct smk_txn){.db = db, .is_write = is_write};
    MDB_txn *raw = NULL;
    int rc = 0;
    bool has_swept = false;
    for (int i = 0; i < RESIZES_MAX; i++) {
        SMK_ASSERT(pthread_rwlock_rdlock(&db->map) == 0);
        rc = db->has_lost_map ? EIO : mdb_txn_begin(db->env, NULL, is_write ? 0 : MDB_RDONLY, &raw);
        if (rc == 0) {
            t->raw = raw;
            return;
        }
        SMK_ASSERT(pthread_rwlock_unlock(&db->map) == 0);
        if (rc == MDB_MAP_RESIZED) {
            t->err = smk_db_grow(db, 0);
            if (t->err != SMK_OK)
                return;
        } else if (rc == MDB_READERS_FULL && !has_swept) {
            (void)mdb_reader_check(db->env, NULL); /* the next attempt tells whether it helped */
            has_swept = true;
        } else {
            break;
        }
    }
    t->err = err_from_lmdb(rc);
}

/* The one place where a transaction ends. */
static int txn_finish(struct smk_txn *t, bool is_commit)
{
    int rc = 0;
    if (t->raw != NULL) {
        if (is_commit)
            rc = mdb_txn_commit(t->raw);
        else
            mdb_txn_abort(t->raw);
        t->raw = NULL;
        SMK_ASSERT(pthread_rwlock_unlock(&t->db->map) == 0);
    }
    return rc;
}

void smk_txn_begin_read(struct smk_txn *t, struct smk_db *db)
{
    txn_begin(t, db, false);
}

enum smk_err smk_txn_end(struct smk_txn *t)
{
    enum smk_err err = t->err;
    smk_txn_abort(t);
    return err;
}

void smk_txn_abort(struct smk_txn *t)
{
    (void)txn_finish(t, false); /* ending without a commit cannot fail */
    *t = (struct smk_txn){0};
}

/* LMDB calls a write that was cut short an I/O error, and a full disk does that. */
static bool db_is_full(const struct smk_db *db)
{
    char file[SMK_DB_PATH_MAX];
    return smk_db_join(db->folder, "data.mdb", file) && smk_disk_is_full(db->folder, file);
}

static enum smk_err err_of_write(const struct smk_db *db, int rc)
{
    return rc == EIO && db_is_full(db) ? SMK_ERR_STORE_FULL : err_from_lmdb(rc);
}

/* Notes the outcome of one call; true when it was a success. */
static bool txn_note(struct smk_txn *t, int rc)
{
    if (rc == 0)
        return true;
    if (rc != MDB_NOTFOUND && t->err == SMK_OK) {
        t->is_map_full = rc == MDB_MAP_FULL;
        t->err = t->is_write ? err_of_write(t->db, rc) : err_from_lmdb(rc);
    }
    return false;
}

enum smk_err smk_db_attempt(struct smk_db *db, smk_write_fn *fn, void *ctx, bool *ret_is_map_full)
{
    struct smk_txn t;
    *ret_is_map_full = false;
    if (db->is_read_only)
        return SMK_ERR_NOT_ALLOWED_HERE;
    if (atomic_fetch_add(&db->attempt_count, 1) % SWEEP_ATTEMPTS == SWEEP_ATTEMPTS - 1)
        (void)mdb_reader_check(db->env, NULL);
    txn_begin(&t, db, true);
    enum smk_err err = t.err;
    if (err != SMK_OK)
        return err;
    if (db->refuses_writes) {
        smk_txn_abort(&t);
        return SMK_ERR_STORE_IO;
    }
    err = fn(&t, ctx);
    if (t.err != SMK_OK)
        err = t.err; /* where it began */
    *ret_is_map_full = t.is_map_full;
    if (t.err == SMK_ERR_STORE_IO)
        db->refuses_writes = true;
    if (err != SMK_OK || !t.has_changes) {
        smk_txn_abort(&t);
        return err;
    }
    int rc = txn_finish(&t, true);
    *ret_is_map_full = rc == MDB_MAP_FULL;
    err = err_of_write(db, rc);
    if (err != SMK_OK && err != SMK_ERR_STORE_FULL && err != SMK_ERR_NOMEM) {
        db->refuses_writes = true;
        err = SMK_ERR_STORE_IO;
    }
    return err;
}

const char *smk_db_reserve_folder(const struct smk_db *db)
{
    return db->has_no_reserve ? NULL : db->folder;
}

/* ---- rows ---- */

static bool txn_is_alive(const struct smk_txn *t)
{
    return t->raw != NULL && t->err == SMK_OK;
}

static bool txn_has(const struct smk_txn *t, enum smk_table table)
{
    return txn_is_alive(t) && t->db->dbi[table] != 0;
}

static bool txn_may_write(struct smk_txn *t, enum smk_table table)
{
    SMK_ASSERT(t->is_write || t->err != SMK_OK);
    if (txn_is_alive(t) && !txn_has(t, table))
        t->err = SMK_ERR_STORE_VERSION;
    return t->has_changes = txn_is_alive(t);
}

bool smk_txn_get(struct smk_txn *t, enum smk_table table, struct smk_bytes key, struct smk_bytes *ret_value)
{
    if (!txn_has(t, table))
        return false;
    MDB_val k = val_of(key), v;
    if (!txn_note(t, mdb_get(t->raw, t->db->dbi[table], &k, &v)))
        return false;
    *ret_value = bytes_of(v);
    return true;
}

void smk_txn_put(struct smk_txn *t, enum smk_table table, struct smk_bytes key, struct smk_bytes value)
{
    if (!txn_may_write(t, table))
        return;
    MDB_val k = val_of(key), v = val_of(value);
    (void)txn_note(t, mdb_put(t->raw, t->db->dbi[table], &k, &v, 0)); /* sticks */
}

uint8_t *smk_txn_append(struct smk_txn *t, enum smk_table table, struct smk_bytes key, size_t value_bytes)
{
    if (!txn_may_write(t, table))
        return NULL;
    MDB_val k = val_of(key), v = {.mv_size = value_bytes};
    if (!txn_note(t, mdb_put(t->raw, t->db->dbi[table], &k, &v, MDB_APPEND | MDB_RESERVE)))
        return NULL;
    return v.mv_data;
}

void smk_txn_del(struct smk_txn *t, enum smk_table table, struct smk_bytes key)
{
    SMK_ASSERT(t->is_write || t->err != SMK_OK);
    if (!txn_has(t, table))
        return;
    MDB_val k = val_of(key);
    t->has_changes = txn_note(t, mdb_del(t->raw, t->db->dbi[table], &k, NULL)) || t->has_changes;
}

void smk_txn_clear(struct smk_txn *t, enum smk_table table)
{
    if (txn_may_write(t, table))
        (void)txn_note(t, mdb_drop(t->raw, t->db->dbi[table], 0)); /* sticks */
}

uint64_t smk_txn_count(struct smk_txn *t, enum smk_table table)
{
    MDB_stat stat = {0};
    if (!txn_has(t, table) || !txn_note(t, mdb_stat(t->raw, t->db->dbi[table], &stat)))
        return 0;
    return stat.ms_entries;
}

uint64_t smk_txn_moment(const struct smk_txn *t)
{
    return t->raw != NULL ? mdb_txn_id(t->raw) : 0;
}

/* ---- cursors ---- */

static void cursor_open(struct smk_cursor *c, struct smk_txn *t, MDB_dbi dbi)
{
    *c = (struct smk_cursor){.txn = t};
    MDB_cursor *raw = NULL;
    if (txn_is_alive(t) && dbi != 0 && txn_note(t, mdb_cursor_open(t->raw, dbi, &raw)))
        c->raw = raw;
}

void smk_cursor_open(struct smk_cursor *c, struct smk_txn *t, enum smk_table table)
{
    cursor_open(c, t, t->db != NULL ? t->db->dbi[table] : 0);
    c->table = table;
}

void smk_cursor_open_main(struct smk_cursor *c, struct smk_txn *t)
{
    cursor_open(c, t, 1); /* LMDB's fixed number of the main table */
}

void smk_cursor_close(struct smk_cursor *c)
{
    if (c->raw != NULL)
        mdb_cursor_close(c->raw);
    *c = (struct smk_cursor){0};
}

static bool cursor_move(struct smk_cursor *c, MDB_val key, MDB_cursor_op op)
{
    if (c->raw == NULL || !txn_is_alive(c->txn))
        return false;
    MDB_val value;
    if (!txn_note(c->txn, mdb_cursor_get(c->raw, &key, &value, op)))
        return false;
    c->key = bytes_of(key);
    c->value = bytes_of(value);
    return true;
}

bool smk_cursor_first(struct smk_cursor *c)
{
    return cursor_move(c, (MDB_val){0}, MDB_FIRST);
}

bool smk_cursor_last(struct smk_cursor *c)
{
    return cursor_move(c, (MDB_val){0}, MDB_LAST);
}

bool smk_cursor_next(struct smk_cursor *c)
{
    return cursor_move(c, (MDB_val){0}, MDB_NEXT);
}

bool smk_cursor_prev(struct smk_cursor *c)
{
    return cursor_move(c, (MDB_val){0}, MDB_PREV);
}

bool smk_cursor_seek(struct smk_cursor *c, struct smk_bytes key)
{
    return cursor_move(c, val_of(key), MDB_SET_RANGE);
}

void smk_cursor_put(struct smk_cursor *c, struct smk_bytes key, struct smk_bytes value)
{
    if (!txn_may_write(c->txn, c->table))
        return;
    MDB_val k = val_of(key), v = val_of(value);
    (void)txn_note(c->txn, mdb_cursor_put(c->raw, &k, &v, 0)); /* sticks */
}

/* ---- opening ---- */

/* LMDB ends the process when it meets a page that cannot be. Programs catch SIGABRT and say it in their own words. */
static void on_assert(MDB_env *env, const char *message)
{
    (void)env;
    (void)message;
}

static enum smk_err db_new(const char *folder, const char *path, uint64_t first_map_bytes, unsigned flags,
                           struct smk_db **ret_db)
{
    struct smk_db *db = smk_mem_new(sizeof *db);
    if (db == NULL)
        return SMK_ERR_NOMEM;
    db->is_read_only = (flags & MDB_RDONLY) != 0;
    memcpy(db->folder, folder, strlen(folder) + 1); /* its length was checked with a longer name */
    db->has_map_lock = pthread_rwlock_init(&db->map, NULL) == 0;
    int rc = db->has_map_lock ? mdb_env_create(&db->env) : ENOMEM;
    if (rc == 0)
        rc = mdb_env_set_maxdbs(db->env, SMK_TABLE_COUNT);
    if (rc == 0)
        rc = mdb_env_set_maxreaders(db->env, READERS_MAX);
    if (rc == 0)
        rc = mdb_env_set_mapsize(db->env, (size_t)first_map_bytes);
    if (rc == 0)
        rc = mdb_env_set_assert(db->env, on_assert);
    if (rc == 0)
        rc = mdb_env_open(db->env, path, MDB_NOTLS | flags, 0600);
    if (rc != 0) {
        smk_db_close(db);
        return err_from_lmdb(rc);
    }
    *ret_db = db;
    return SMK_OK;
}

void smk_db_close(struct smk_db *db)
{
    if (db == NULL)
        return;
    if (db->env != NULL)
        mdb_env_close(db->env);
    if (db->has_map_lock)
        (void)pthread_rwlock_destroy(&db->map); /* nobody holds it any more */
    smk_mem_free(db);
}

static void tables_open(struct smk_txn *t, unsigned flags)
{
    for (int i = 0; i < SMK_TABLE_COUNT && t->err == SMK_OK; i++) {
        const char *name = smk_table_name((enum smk_table)i);
        t->db->dbi[i] = 0;
        if (!txn_note(t, mdb_dbi_open(t->raw, name, flags, &t->db->dbi[i])) && i < SMK_TABLE_DERIVED)
            t->err = t->err == SMK_OK ? SMK_ERR_STORE_DAMAGED : t->err;
    }
}

enum smk_err smk_db_open(const struct smk_db_options *options, struct smk_db **ret_db)
{
    char path[SMK_DB_PATH_MAX];
    struct smk_dbfile file;
    if (!smk_db_join(options->path, "data.mdb", path))
        return SMK_ERR_STORE_MISSING;
    enum smk_err err = smk_dbfile_look(path, &file);
    if (err == SMK_OK && !options->is_read_only)
        err = smk_fs_check(options->path);
    if (err != SMK_OK)
        return err;

    uint64_t asked = options->map_bytes != 0 ? options->map_bytes : MAP_BYTES_FIRST;
    unsigned flags = options->is_read_only ? MDB_RDONLY : 0;
    if (!smk_db_join(options->path, "lock.mdb", path))
        return SMK_ERR_STORE_MISSING;
    if (options->is_read_only && access(path, W_OK) != 0)
        flags |= MDB_NOLOCK;
    struct smk_db *db = NULL;
    err = db_new(options->path, options->path, smk_dbfile_map_bytes(&file, asked), flags, &db);
    if (err != SMK_OK)
        return err;
    db->inode = file.inode;
    db->has_no_reserve = options->has_no_reserve;
    if ((flags & MDB_NOLOCK) == 0)
        (void)mdb_reader_check(db->env, NULL);

    struct smk_txn t;
    txn_begin(&t, db, false);
    if (t.err == SMK_OK)
        tables_open(&t, 0);
    err = t.err;
    /* A commit, also of a reader, is what keeps the table handles. */
    enum smk_err end = err_from_lmdb(txn_finish(&t, err == SMK_OK));
    if (err == SMK_OK)
        err = end;
    if (err != SMK_OK) {
        smk_db_close(db);
        return err;
    }
    *ret_db = db;
    return SMK_OK;
}

bool smk_db_lacks_derived(const struct smk_db *db)
{
    return db->dbi[SMK_TABLE_COUNT - 1] == 0; /* they were made together */
}

void smk_txn_make_tables(struct smk_txn *t)
{
    tables_open(t, MDB_CREATE);
    t->has_changes = true;
}

void smk_db_forget_derived(struct smk_db *db)
{
    for (int i = SMK_TABLE_DERIVED; i < SMK_TABLE_COUNT; i++)
        db->dbi[i] = 0;
}

/* ---- copying ---- */

enum smk_err smk_db_copy(struct smk_db *db, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_from_lmdb(errno);
    SMK_ASSERT(pthread_rwlock_rdlock(&db->map) == 0);
    int rc = db->has_lost_map ? EIO : mdb_env_copyfd2(db->env, fd, MDB_CP_COMPACT);
    SMK_ASSERT(pthread_rwlock_unlock(&db->map) == 0);
    if (rc == 0 && fsync(fd) != 0)
        rc = errno;
    if (close(fd) != 0 && rc == 0)
        rc = errno;
    return err_of_write(db, rc);
}

/* ---- creating ---- */

static enum smk_err create_in(struct smk_db *db, smk_write_fn *fn, void *ctx)
{
    struct smk_txn t;
    txn_begin(&t, db, true);
    enum smk_err err = t.err;
    if (err == SMK_OK) {
        smk_txn_make_tables(&t);
        err = t.err != SMK_OK ? t.err : fn(&t, ctx);
        err = t.err != SMK_OK ? t.err : err;
    }
    enum smk_err end = err_of_write(db, txn_finish(&t, err == SMK_OK));
    if (err == SMK_OK && end == SMK_OK && mdb_env_sync(db->env, 1) != 0)
        end = SMK_ERR_STORE_IO;
    return err != SMK_OK ? err : end;
}

enum smk_err smk_db_create(const char *path, smk_write_fn *fn, void *ctx)
{
    char file[SMK_DB_PATH_MAX], fresh[SMK_DB_PATH_MAX], lock[SMK_DB_PATH_MAX], above[SMK_DB_PATH_MAX];
    if (!smk_db_join(path, "data.mdb", file) || !smk_db_join(path, "data.mdb.new", fresh) ||
        !smk_db_join(path, "data.mdb.new-lock", lock) || !smk_db_join(path, "..", above))
        return SMK_ERR_STORE_IO;
    enum smk_err err = smk_dbfile_begin(path, file, fresh);
    if (err != SMK_OK)
        return err;
    struct smk_db *db = NULL;
    err = db_new(path, fresh, MAP_BYTES_FIRST, MDB_NOSUBDIR, &db);
    if (err == SMK_OK)
        err = create_in(db, fn, ctx);
    smk_db_close(db);
    (void)unlink(lock); /* not there when the environment could not be opened */
    enum smk_err end = smk_dbfile_finish(fresh, file, err == SMK_OK);
    if (err == SMK_OK)
        err = end;
    if (err == SMK_OK)
        err = smk_folder_sync(path);
    if (err == SMK_OK)
        err = smk_folder_sync(above);
    return err;
}
