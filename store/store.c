#include "proto/check.h"
#include "proto/hash.h"
#include "proto/mem.h"
#include "store/home.h"
#include "store/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { SCHEMA = 4, SCHEMA_WITHOUT_DERIVED = 3, MACHINE_ID_BYTES_MAX = 64 };

/* ---- creating ---- */

struct creation {
    struct smk_bytes genesis;
    struct smk_bytes welcome;
    uint8_t coalition[SMK_ID_BYTES];
};

static enum smk_err creation_write(struct smk_txn *t, void *ctx)
{
    struct creation *c = ctx;
    uint8_t schema[4], library[12];
    smk_row_write_u32(SCHEMA, schema);
    smk_db_library_version(library);
    smk_txn_put(t, SMK_TABLE_META, smk_bytes_of_text("coalition"), SMK_BYTES(c->coalition));
    smk_txn_put(t, SMK_TABLE_META, smk_bytes_of_text("genesis"), c->genesis);
    smk_txn_put(t, SMK_TABLE_META, smk_bytes_of_text("lmdb"), SMK_BYTES(library));
    smk_txn_put(t, SMK_TABLE_META, smk_bytes_of_text("schema"), SMK_BYTES(schema));
    if (c->welcome.len > 0)
        smk_txn_put(t, SMK_TABLE_LOCAL, smk_bytes_of_text("w"), c->welcome);
    return SMK_OK;
}

enum smk_err smk_store_create_with(const char *path, struct smk_bytes genesis, struct smk_bytes welcome)
{
    struct smk_genesis decoded;
    struct creation c = {.genesis = genesis, .welcome = welcome};
    enum smk_err err = smk_genesis_decode(genesis, &decoded);
    if (err != SMK_OK)
        return err == SMK_ERR_NOMEM ? err : SMK_ERR_MALFORMED;
    smk_genesis_id(genesis, c.coalition);
    return smk_db_create(path, creation_write, &c);
}

enum smk_err smk_store_create(const char *path, struct smk_bytes genesis)
{
    return smk_store_create_with(path, genesis, (struct smk_bytes){0});
}

/* ---- opening ---- */

/* A machine without this file, or with one that nobody may read, is always without it. Any other failure is of the moment,
 * and must not make this machine look like another one: what is written then would begin new logs for no reason. */
static enum smk_err machine_id_read(uint8_t ret_text[MACHINE_ID_BYTES_MAX], size_t *ret_len)
{
    *ret_len = 0;
    int fd = open("/etc/machine-id", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == EPERM ? SMK_OK
                                                                                        : SMK_ERR_STORE_IO;
    enum smk_err err = SMK_OK;
    while (err == SMK_OK && *ret_len < MACHINE_ID_BYTES_MAX) {
        ssize_t n = read(fd, ret_text + *ret_len, MACHINE_ID_BYTES_MAX - *ret_len);
        if (n == 0)
            break;
        if (n > 0)
            *ret_len += (size_t)n;
        else if (errno != EINTR)
            err = SMK_ERR_STORE_IO;
    }
    (void)close(fd); /* only read from */
    return err;
}

/* What tells this file on this machine from a copy of it. */
static enum smk_err place_find(struct smk_store *s)
{
    uint8_t text[MACHINE_ID_BYTES_MAX], inode[8];
    size_t len;
    enum smk_err err = machine_id_read(text, &len);
    if (err != SMK_OK)
        return err;
    smk_row_write_u64(smk_db_inode(s->db), inode);
    smk_sha256((struct smk_bytes){text, len}, SMK_BYTES(inode), s->place);
    return SMK_OK;
}

enum smk_err smk_meta_read(struct smk_txn *t, struct smk_meta *ret_meta)
{
    struct smk_bytes schema = {0}, coalition = {0}, genesis = {0}, library = {0};
    struct smk_meta meta;
    bool is_whole = smk_txn_get(t, SMK_TABLE_META, smk_bytes_of_text("schema"), &schema) &&
                    smk_txn_get(t, SMK_TABLE_META, smk_bytes_of_text("coalition"), &coalition) &&
                    smk_txn_get(t, SMK_TABLE_META, smk_bytes_of_text("genesis"), &genesis) &&
                    smk_txn_get(t, SMK_TABLE_META, smk_bytes_of_text("lmdb"), &library);
    if (t->err != SMK_OK)
        return t->err;
    if (!is_whole || schema.len != 4 || coalition.len != SMK_ID_BYTES || library.len != 12 ||
        genesis.len > SMK_GENESIS_BYTES_MAX)
        return SMK_ERR_STORE_DAMAGED;
    uint32_t version = smk_row_read_u32(schema);
    if (version != SCHEMA && version != SCHEMA_WITHOUT_DERIVED)
        return SMK_ERR_STORE_VERSION;
    smk_genesis_id(genesis, meta.coalition);
    if (memcmp(meta.coalition, coalition.data, SMK_ID_BYTES) != 0)
        return SMK_ERR_STORE_DAMAGED;
    enum smk_err err = smk_genesis_decode(genesis, &meta.genesis);
    if (err != SMK_OK)
        return err == SMK_ERR_NOMEM ? err : SMK_ERR_STORE_DAMAGED;
    meta.genesis_bytes = genesis;
    *ret_meta = meta;
    return SMK_OK;
}

/* A store of schema 3 lacks the derived tables, and nothing else. */
static enum smk_err schema_raise(struct smk_txn *t, void *ctx)
{
    uint8_t schema[4];
    (void)ctx;
    smk_row_write_u32(SCHEMA, schema);
    smk_txn_put(t, SMK_TABLE_META, smk_bytes_of_text("schema"), SMK_BYTES(schema));
    return SMK_OK;
}

static enum smk_err meta_keep(struct smk_store *s, struct smk_txn *t)
{
    struct smk_meta meta;
    enum smk_err err = smk_meta_read(t, &meta);
    if (err != SMK_OK)
        return err;
    memcpy(s->coalition, meta.coalition, sizeof s->coalition);
    s->genesis.max = SMK_GENESIS_BYTES_MAX;
    smk_buf_write_bytes(&s->genesis, meta.genesis_bytes);
    return s->genesis.err;
}

enum smk_err smk_store_open(const struct smk_store_options *options, struct smk_store **ret_store)
{
    struct smk_db_options db_options = {
        .path = options->path,
        .is_read_only = options->is_read_only,
        .has_no_reserve = options->has_no_reserve,
        .map_bytes = options->map_bytes,
    };
    struct smk_store *s = smk_mem_new(sizeof *s);
    if (s == NULL)
        return SMK_ERR_NOMEM;
    s->wall_ms = smk_wall_ms;
    s->has_writer_lock = pthread_mutex_init(&s->writer, NULL) == 0;
    enum smk_err err = s->has_writer_lock ? smk_db_open(&db_options, &s->db) : SMK_ERR_NOMEM;
    if (err == SMK_OK) {
        struct smk_txn t;
        smk_txn_begin_read(&t, s->db);
        err = meta_keep(s, &t);
        enum smk_err end = smk_txn_end(&t);
        if (end != SMK_OK)
            err = end;
    }
    if (err == SMK_OK && !options->is_read_only) /* nothing is written under it there */
        err = place_find(s);
    if (err == SMK_OK && !options->is_read_only && smk_db_lacks_derived(s->db)) {
        err = smk_db_add_derived(s->db, schema_raise, NULL);
        err = err == SMK_ERR_STORE_FULL ? SMK_OK : err; /* what needs the tables will say so */
    }
    if (err != SMK_OK) {
        smk_store_close(s);
        return err;
    }
    *ret_store = s;
    return SMK_OK;
}

void smk_store_close(struct smk_store *s)
{
    if (s == NULL)
        return;
    smk_decisions_drop(s);
    smk_quota_deinit(&s->quota);
    smk_db_close(s->db);
    smk_buf_deinit(&s->genesis);
    if (s->has_writer_lock)
        (void)pthread_mutex_destroy(&s->writer); /* nobody holds it any more */
    smk_mem_free(s);
}

const uint8_t *smk_store_coalition(const struct smk_store *s)
{
    return s->coalition;
}

struct smk_bytes smk_store_genesis(const struct smk_store *s)
{
    return smk_buf_view(&s->genesis);
}

uint64_t smk_store_moment(const struct smk_store *s)
{
    return smk_db_moment(s->db);
}

/* ---- writing ---- */

/* What stands in memory may be of a write that was never stored. */
static void writer_forget(struct smk_store *s)
{
    smk_decisions_drop(s);
    s->quota.count = 0;
}

struct transaction {
    struct smk_store *store;
    smk_store_write_fn *fn;
    void *ctx;
    bool has_run; /* an attempt has failed before */
};

static enum smk_err transaction_run(struct smk_txn *t, void *ctx)
{
    struct transaction *tr = ctx;
    struct smk_store *s = tr->store;
    bool has_new = false;
    if (tr->has_run || s->roster_forks != smk_txn_last_fork(t))
        writer_forget(s); /* a fork takes decisions out of the roster */
    tr->has_run = true;
    enum smk_err err;
    if (s->roster == NULL)
        err = smk_decisions_load(s, t, &s->roster);
    else
        err = smk_decisions_follow(t, s->roster, s->roster_arrival, &has_new);
    if (err == SMK_OK)
        err = tr->fn(s, t, tr->ctx);
    s->roster_arrival = smk_txn_last_arrival(t);
    s->roster_forks = smk_txn_last_fork(t);
    return err;
}

typedef enum smk_err db_write_fn(struct smk_db *db, smk_write_fn *fn, void *ctx);

static enum smk_err transact(struct smk_store *s, db_write_fn *write, smk_store_write_fn *fn, void *ctx)
{
    struct transaction tr = {.store = s, .fn = fn, .ctx = ctx};
    SMK_ASSERT(pthread_mutex_lock(&s->writer) == 0);
    enum smk_err err = write(s->db, transaction_run, &tr);
    if (err != SMK_OK)
        writer_forget(s);
    SMK_ASSERT(pthread_mutex_unlock(&s->writer) == 0);
    return err;
}

enum smk_err smk_store_transact(struct smk_store *s, smk_store_write_fn *fn, void *ctx)
{
    return transact(s, smk_db_write, fn, ctx);
}

enum smk_err smk_store_transact_vital(struct smk_store *s, smk_store_write_fn *fn, void *ctx)
{
    return transact(s, smk_db_write_vital, fn, ctx);
}

/* ---- the newest numbers, logs, ids ---- */

static struct smk_bytes last_key(struct smk_txn *t, enum smk_table table, uint8_t *ret_key, size_t key_bytes)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    smk_cursor_open(&c, t, table);
    if (!smk_cursor_last(&c))
        return (struct smk_bytes){0};
    if (c.key.len != key_bytes) {
        t->err = SMK_ERR_STORE_DAMAGED;
        return (struct smk_bytes){0};
    }
    memcpy(ret_key, c.key.data, key_bytes);
    return (struct smk_bytes){ret_key, key_bytes};
}

uint64_t smk_txn_last_arrival(struct smk_txn *t)
{
    uint8_t key[SMK_ARRIVAL_KEY_BYTES];
    return smk_row_read_u64(last_key(t, SMK_TABLE_REC, key, sizeof key));
}

uint32_t smk_txn_last_log(struct smk_txn *t)
{
    uint8_t key[SMK_LOG_KEY_BYTES];
    return smk_row_read_u32(last_key(t, SMK_TABLE_LOG, key, sizeof key));
}

enum smk_err smk_txn_check_counts(struct smk_txn *t)
{
    uint64_t records = smk_txn_count(t, SMK_TABLE_REC), logs = smk_txn_count(t, SMK_TABLE_LOG);
    bool is_sound = smk_txn_last_arrival(t) == records && smk_txn_count(t, SMK_TABLE_IDX) == records &&
                    smk_txn_last_log(t) == logs && smk_txn_count(t, SMK_TABLE_LOGID) == logs;
    return t->err == SMK_OK && !is_sound ? SMK_ERR_STORE_DAMAGED : t->err;
}

bool smk_txn_find_log(struct smk_txn *t, const uint8_t log_id[SMK_ID_BYTES], uint32_t *ret_log_no,
                      struct smk_log *ret_log)
{
    struct smk_bytes number, row;
    if (!smk_txn_get(t, SMK_TABLE_LOGID, (struct smk_bytes){log_id, SMK_ID_BYTES}, &number))
        return false;
    uint32_t log_no = smk_row_read_u32(number);
    struct smk_log log = {0};
    bool is_sound = number.len == SMK_LOG_KEY_BYTES && smk_txn_get(t, SMK_TABLE_LOG, number, &row) &&
                    smk_log_row_read(row, &log) == SMK_OK && memcmp(log.log_id, log_id, SMK_ID_BYTES) == 0;
    if (!is_sound) {
        if (t->err == SMK_OK)
            t->err = SMK_ERR_STORE_DAMAGED;
        return false;
    }
    *ret_log_no = log_no;
    *ret_log = log;
    return true;
}

enum smk_err smk_txn_record(struct smk_txn *t, uint32_t log_no, uint64_t seq, struct smk_record *ret_record)
{
    uint8_t key[SMK_PLACE_KEY_BYTES];
    struct smk_bytes arrival, bytes;
    struct smk_rec_row row;
    struct smk_record record;
    smk_place_key(log_no, seq, key);
    bool is_there = smk_txn_get(t, SMK_TABLE_IDX, SMK_BYTES(key), &arrival) &&
                    smk_txn_get(t, SMK_TABLE_REC, arrival, &bytes);
    if (!is_there)
        return t->err != SMK_OK ? t->err : SMK_ERR_STORE_DAMAGED;
    enum smk_err err = smk_rec_row_read(bytes, &row);
    if (err == SMK_OK)
        err = smk_rec_row_record(&row, &record);
    if (err == SMK_OK && (row.log_no != log_no || record.header.seq != seq))
        err = SMK_ERR_STORE_DAMAGED;
    if (err == SMK_OK)
        *ret_record = record;
    return err;
}

enum smk_err smk_txn_record_id(struct smk_txn *t, uint32_t log_no, uint64_t seq, uint8_t ret_id[SMK_ID_BYTES])
{
    struct smk_record record;
    enum smk_err err = smk_txn_record(t, log_no, seq, &record);
    if (err == SMK_OK)
        memcpy(ret_id, record.id, SMK_ID_BYTES);
    return err;
}
