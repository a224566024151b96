/* store/inside.h: what the files of this room share about an open store. Not for other rooms.
 *
 * Shape    one writer at a time in this process (the mutex), and between processes (LMDB's). Under it stand a roster
 *          and a table of logs that are brought up to date at the beginning of each write, since other processes
 *          write as well, and thrown away when a write fails.
 * Memory   owned by the store.   Secrets  none.   Threads  as each part says.
 */
#ifndef SMK_STORE_INSIDE_H
#define SMK_STORE_INSIDE_H

#include "store/db.h"
#include "store/rows.h"
#include "store/store.h"

#include <pthread.h>

struct smk_store {
    struct smk_db *db;
    uint8_t coalition[SMK_ID_BYTES];
    struct smk_buf genesis;
    uint8_t place[SMK_HASH_BYTES]; /* SCHEMA.md section 6, row `c` */
    uint64_t (*wall_ms)(void);     /* the wall clock; tests set another */
    bool has_writer_lock;
    pthread_mutex_t writer;    /* guards what follows */
    struct smk_roster *roster; /* NULL = to be read anew */
    uint64_t roster_arrival;   /* the arrival that it stands at, */
    uint64_t roster_forks;     /* and the newest proof of a fork */
    struct smk_quota {
        /* Entry i is a hash of author and scope of log number i + 1. */
        uint64_t *name;
        size_t count;
        size_t capacity;
    } quota;
};

/* A write with the store's roster at the moment of the transaction. Run again when the map had to grow.
 * OK, or whatever ends the write; then nothing is written */
typedef enum smk_err smk_store_write_fn(struct smk_store *s, struct smk_txn *t, void *ctx);
/* OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM, SMK_ERR_NOT_ALLOWED_HERE (read-only), errors of fn */
SMK_MUST_USE enum smk_err smk_store_transact(struct smk_store *s, smk_store_write_fn *fn, void *ctx);
/* The same for a small write that has to go through on a full disk: SCHEMA.md section 7.1.
 * OK, every error of smk_store_transact */
SMK_MUST_USE enum smk_err smk_store_transact_vital(struct smk_store *s, smk_store_write_fn *fn, void *ctx);

/* Number of the newest arrival; 0 = none. */
uint64_t smk_txn_last_arrival(struct smk_txn *t);
/* Numbers have no gaps and rows stay: each table counts as many rows as its newest number says, `idx` and `logid` as many
 * as what they find. A page of a table that is not its own is noticed here, though all that can still be read is sound.
 * OK, SMK_ERR_STORE_DAMAGED, SMK_ERR_STORE_IO, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_txn_check_counts(struct smk_txn *t);
/* Number of the newest log; 0 = none. */
uint32_t smk_txn_last_log(struct smk_txn *t);
/* Number of the newest proof of a fork; 0 = none. */
uint64_t smk_txn_last_fork(struct smk_txn *t);
/* True when the log is there. Damage sticks in t->err. */
bool smk_txn_find_log(struct smk_txn *t, const uint8_t log_id[SMK_ID_BYTES], uint32_t *ret_log_no,
                      struct smk_log *ret_log);
/* A record that is held, checked; it BORROWS until the transaction writes or ends.
 * OK, SMK_ERR_STORE_DAMAGED, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_txn_record(struct smk_txn *t, uint32_t log_no, uint64_t seq,
                                         struct smk_record *ret_record);
/* The id of a record that is held, recomputed.
 * OK, SMK_ERR_STORE_DAMAGED, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_txn_record_id(struct smk_txn *t, uint32_t log_no, uint64_t seq,
                                            uint8_t ret_id[SMK_ID_BYTES]);

/* ---- store.c ---- */

/* The table `meta`, checked. */
struct smk_meta {
    uint8_t coalition[SMK_ID_BYTES];
    struct smk_bytes genesis_bytes; /* BORROWED until the transaction ends */
    struct smk_genesis genesis;
};
/* OK, SMK_ERR_STORE_DAMAGED, SMK_ERR_STORE_VERSION, SMK_ERR_STORE_IO, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_meta_read(struct smk_txn *t, struct smk_meta *ret_meta);

/* ---- decisions.c ---- */

/* GIVES a roster of all decisions that the transaction sees.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_decisions_load(struct smk_store *s, struct smk_txn *t,
                                             struct smk_roster **ret_roster);
/* Adds the decisions with an arrival number above `after`, without those in dispute. *ret_has_new is set when there
 * were any.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_decisions_follow(struct smk_txn *t, struct smk_roster *roster, uint64_t after,
                                               bool *ret_has_new);
/* Throws away the writer's roster: it may know decisions that were not stored. */
void smk_decisions_drop(struct smk_store *s);

/* ---- append.c ---- */

/* Where the next records of a write go. */
struct smk_append {
    struct smk_store *store;
    struct smk_txn *txn;
    uint64_t arrival;     /* newest so far */
    uint32_t log_no;      /* newest so far */
    uint64_t fork_number; /* newest so far */
};
/* OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_append_begin(struct smk_append *a, struct smk_store *s, struct smk_txn *t);
/* Gives a new log its number and its row in `logid`.
 * OK
 * SMK_ERR_TOO_BIG_HERE   1,024 logs of this author and scope are here already
 * SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_append_log(struct smk_append *a, const struct smk_log *log,
                                         uint32_t *ret_log_no);
/* Writes rows in `rec` and `idx`; errors stick in the transaction. */
void smk_append_record(struct smk_append *a, uint32_t log_no, const struct smk_record *r);
/* Writes the state of a log whose records were appended. */
void smk_append_state(struct smk_append *a, uint32_t log_no, const struct smk_log *log);
void smk_quota_deinit(struct smk_quota *q);

/* ---- own.c ---- */

/* Writes to this device's own logs inside one transaction. */
struct smk_own {
    struct smk_append append;
    const struct smk_identity *identity; /* BORROWED */
    uint64_t wall_ms;
    uint8_t incarnation[SMK_INCARNATION_BYTES];
    const char *reason; /* static; why the incarnation was drawn */
    size_t certificate_count;
    uint8_t certificate[SMK_CERT_DECISIONS_MAX][SMK_HASH_BYTES];
    uint64_t day;
    uint64_t drawn; /* incarnations on that day */
    bool is_new;    /* the incarnation is not in the store yet */
    bool has_log;   /* the log last written to; its state is not in the store yet */
    uint32_t log_no;
    struct smk_log log;
    struct smk_buf header;
    struct smk_buf payload;
};
/* Finds or draws the incarnation under which the device of identity writes now, by the store's roster.
 * OK, SMK_ERR_NOT_ALLOWED_HERE (no certificate), SMK_ERR_TOO_BIG_HERE (16 incarnations today), SMK_ERR_CLOCK,
 * SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_own_begin(struct smk_own *o, struct smk_store *s, struct smk_txn *t,
                                        const struct smk_identity *identity);
/* Signs and appends one draft; opens its log if there is none.
 * OK, every error of smk_store_write */
SMK_MUST_USE enum smk_err smk_own_write(struct smk_own *o, const struct smk_draft *draft,
                                        uint8_t ret_id[SMK_ID_BYTES]);
/* The same for the payload of a decision. OK, every error of smk_store_write */
SMK_MUST_USE enum smk_err smk_own_write_decision(struct smk_own *o, struct smk_bytes payload,
                                                 uint8_t ret_id[SMK_ID_BYTES]);
/* The file was replaced by one at another place, and nobody copied it: the incarnation that was written under at `from`
 * goes on at `to`. OK, SMK_ERR_NOMEM, SMK_ERR_STORE_* */
SMK_MUST_USE enum smk_err smk_own_move(struct smk_txn *t, const uint8_t from[SMK_HASH_BYTES],
                                       const uint8_t to[SMK_HASH_BYTES]);
/* Keeps the last log's state, and the incarnation if it is new. OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_own_finish(struct smk_own *o);
void smk_own_deinit(struct smk_own *o); /* works on a zeroed object */

/* ---- write.c ---- */

/* smk_store_write inside a transaction: decisions among the drafts are known from the first record on.
 * OK, every error of smk_store_write */
SMK_MUST_USE enum smk_err smk_write_drafts(struct smk_store *s, struct smk_txn *t,
                                           const struct smk_identity *identity,
                                           const struct smk_draft *drafts, size_t count,
                                           uint8_t (*ret_ids)[SMK_ID_BYTES]);

/* ---- govern.c ---- */

enum { SMK_DECISION_PAYLOAD_BYTES_MAX = 2 * SMK_DECISION_BYTES_MAX };

struct smk_root {
    const struct smk_sign_key *key; /* SECRET; BORROWED */
    size_t count;
};
/* True when at least k of the genesis's root keys are here, and no other key is. */
bool smk_root_can_decide(struct smk_root root, const struct smk_genesis *g);
/* Fills in what d replaces, signs it, tells the writer's roster, and appends the payload map of its record; nothing of
 * this when its content is in force already.
 * OK, SMK_ERR_INVALID (it does not hold together), SMK_ERR_CRYPTO, SMK_ERR_NOMEM, SMK_ERR_TOO_BIG_HERE */
SMK_MUST_USE enum smk_err smk_decision_make(struct smk_store *s, struct smk_root root, struct smk_decision *d,
                                            struct smk_buf *payload, bool *ret_is_new);

/* ---- read.c ---- */

struct smk_disputes; /* forks.h */

/* A room for rows between the transaction that copied them and the callback that gets them. */
struct smk_reading {
    struct smk_store *store;
    uint64_t arrival_max; /* records behind it are not read */
    const struct smk_disputes
        *disputes;        /* BORROWED; what is in dispute is left out of arrivals. NULL = it is read too */
    struct smk_buf spare; /* kept between calls; taken away while a read runs, so that reads may nest */
};
/* As read_log (up to the newest record that is not in dispute) and read_arrivals of proto/view.h, with their errors (OK, SMK_ERR_NOT_FOUND, SMK_ERR_STORE_*,
 * SMK_ERR_NOMEM). Callbacks run outside of transactions. */
SMK_MUST_USE enum smk_err smk_reading_log(struct smk_reading *r, const uint8_t log_id[SMK_ID_BYTES],
                                          uint64_t from_seq, smk_view_record_fn *fn, void *ctx);
/* As above. OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_reading_arrivals(struct smk_reading *r, uint64_t after, smk_view_record_fn *fn,
                                               void *ctx);

/* ---- home.c ---- */

struct smk_home;
/* Draws HOME/root.key unless there is one.
 * OK, SMK_ERR_KEY_FILE, SMK_ERR_STORE_FULL, SMK_ERR_IO */
SMK_MUST_USE enum smk_err smk_home_draw_root(struct smk_home *h);
/* OK, every error of smk_store_open */
SMK_MUST_USE enum smk_err smk_home_open_store(struct smk_home *h);

/* smk_store_create with the decisions of a welcome (canonical array; empty = none).
 * OK, every error of smk_store_create */
SMK_MUST_USE enum smk_err smk_store_create_with(const char *path, struct smk_bytes genesis,
                                                struct smk_bytes welcome);

#endif
