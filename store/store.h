/* store/store.h: the records of one node in one LMDB environment.
 *
 * Shape    records under their arrival number, an index (local log number, seq), log states, meta and local rows;
 *          all of it described in SCHEMA.md.
 * Memory   opaque object; what is read is copied out or lent during a callback.
 * Secrets  the secrets of open invitations lie in a local row.
 * Threads  any thread may call; one writer at a time inside the process and between processes (LMDB's own lock).
 *          A process opens a store once and never uses it across fork.
 */
#ifndef SMK_STORE_STORE_H
#define SMK_STORE_STORE_H

#include "proto/batch.h"
#include "proto/log.h"
#include "proto/roster.h"
#include "proto/session.h"
#include "proto/view.h"

struct smk_store; /* opaque */

struct smk_store_options {
    const char *path;    /* the folder that holds data.mdb; BORROWED for the call */
    bool is_read_only;   /* no lock file is needed and nothing is written: for audits of copies */
    bool has_no_reserve; /* a file that is not in its place yet: nothing is kept beside it */
    size_t map_bytes;    /* first size of the map; 0 = 64 MiB. It grows by itself */
};

/* Makes an empty store for a coalition and syncs it and its folder.
 * OK
 * SMK_ERR_EXISTS        there is one already
 * SMK_ERR_STORE_FS      NFS, CIFS, vfat, exfat, FUSE: no safe place
 * SMK_ERR_STORE_FULL, SMK_ERR_STORE_IO, SMK_ERR_MALFORMED (genesis), SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_store_create(const char *path, struct smk_bytes genesis);

/* GIVES an open store; readers that a killed process left behind are swept.
 * OK
 * SMK_ERR_STORE_MISSING   no store there
 * SMK_ERR_STORE_DAMAGED   shorter than its pages, not LMDB, or without its meta rows
 * SMK_ERR_STORE_VERSION   another schema version, or an LMDB format that this library does not read
 * SMK_ERR_STORE_BUSY      too many programs read it, or its lock file is being made
 * SMK_ERR_STORE_FS, SMK_ERR_STORE_FULL, SMK_ERR_STORE_IO, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_store_open(const struct smk_store_options *options,
                                         struct smk_store **ret_store);
void smk_store_close(struct smk_store *s); /* NULL does nothing */

/* BORROWED for the life of the store. */
const uint8_t *smk_store_coalition(const struct smk_store *s);
struct smk_bytes smk_store_genesis(const struct smk_store *s);

/* LMDB's newest transaction id: changes when anybody, in any process, has committed. */
uint64_t smk_store_moment(const struct smk_store *s);

/* ---- records from elsewhere ---- */

struct smk_store_verdict {
    enum smk_err err;     /* OK, or the first refusal in the batch; the good runs of it are in all the same */
    uint64_t new_records; /* committed and synced when smk_store_take has returned OK */
    uint64_t duplicates;
    bool has_fork; /* a fork was found or proved that was not known: of the last one of the batch */
    uint8_t fork_log_id[SMK_ID_BYTES];
    bool has_conflict; /* a run is signed by its author, but not over what is held before it: likewise */
    uint8_t conflict_log_id[SMK_ID_BYTES];
};
/* What a session is told about its batch; taken is what smk_store_take answered. */
struct smk_event smk_store_verdict_event(const struct smk_store_verdict *verdict, enum smk_err taken,
                                         uint64_t ticket);

/* Judges and stores `records` messages (with the proofs of forks that they carry) of one or many sessions in one transaction with one sync (group commit).
 * Decisions of a batch of `gov` are read before its runs are judged.
 *
 * messages, count   BORROWED
 * ret_verdicts      array of count, set when the answer is OK
 * OK                        everything accepted is on the disk
 * SMK_ERR_STORE_FULL        nothing of this group was stored; what was stored before is safe. As verdict of one message:
 *                           there was room for governance and proofs of forks alone
 * SMK_ERR_NOT_ALLOWED_HERE  opened read-only
 * SMK_ERR_STORE_IO, SMK_ERR_STORE_DAMAGED, SMK_ERR_NOMEM   likewise nothing */
SMK_MUST_USE enum smk_err smk_store_take(struct smk_store *s, const struct smk_bytes *messages, size_t count,
                                         struct smk_store_verdict *ret_verdicts);

/* ---- records of our own ---- */

/* What is to be written; sequence number, time, incarnation and signature are made inside the transaction. */
struct smk_draft {
    struct smk_scope scope;
    uint64_t type;            /* SMK_RECORD_EDIT, ACT or DECISION */
    struct smk_bytes payload; /* BORROWED; canonical map */
    size_t dep_count;         /* must be held here; sorted and made unique by the writer */
    uint8_t dep[SMK_DEPS_MAX][SMK_ID_BYTES];
    uint64_t dep_time; /* newest header time among the deps; 0 without deps */
};

/* Signs and appends drafts to this device's logs, in one transaction with one sync; opens logs as needed; begins a
 * new incarnation when the device's certificate has changed or a log's time stands 24 h ahead.
 *
 * ret_ids   array of count: the ids of the new records
 * OK                          all are on the disk
 * SMK_ERR_NOT_ALLOWED_HERE    this device has no certificate, or does not hold the scope
 * SMK_ERR_INVALID             a draft that is no valid record (type, payload, deps, a decision outside `gov`)
 * SMK_ERR_CLOCK               the wall clock shows no possible time
 * SMK_ERR_TOO_BIG_HERE        payload too large, 16 incarnations today, 1,024 logs of this device and scope
 * SMK_ERR_CRYPTO, SMK_ERR_STORE_*, SMK_ERR_NOMEM; in every case nothing was written */
SMK_MUST_USE enum smk_err smk_store_write(struct smk_store *s, const struct smk_identity *identity,
                                          const struct smk_draft *drafts, size_t count,
                                          uint8_t (*ret_ids)[SMK_ID_BYTES]);

/* ---- reading ---- */

/* GIVES a fresh roster of all decisions held (records of `gov` and the welcome of this device).
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_store_roster(struct smk_store *s, struct smk_roster **ret_roster);

/* A moment of the store for sessions and folds: roster, frontiers, reads. */
struct smk_store_view; /* opaque */
/* GIVES a view that stands at the newest arrival.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_store_view_new(struct smk_store *s, struct smk_store_view **ret_view);
void smk_store_view_free(struct smk_store_view *v);
/* BORROWED for the life of the view. */
const struct smk_view *smk_store_view_get(struct smk_store_view *v);
/* Moves the view to now. *ret_has_moved tells whether records or proofs of forks arrived, *ret_has_new_roster whether
 * what was read before has to be read anew: governance has changed, or records came into dispute.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM: arrival and roster then stand where they stood; the next call repairs what
 * memory did not suffice for */
SMK_MUST_USE enum smk_err smk_store_view_catch_up(struct smk_store_view *v, bool *ret_has_moved,
                                                  bool *ret_has_new_roster);

/* The second branch of a forked log as far as it is kept here, ascending; the first one is what is held from fork on.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_store_read_branch(struct smk_store *s, const uint8_t log_id[SMK_ID_BYTES],
                                                bool is_second, smk_view_record_fn *fn, void *ctx);

/* Every log with its state, ascending by local number. false stops. */
typedef bool smk_store_log_fn(void *ctx, const struct smk_log *log);
/* OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_store_each_log(struct smk_store *s, smk_store_log_fn *fn, void *ctx);

#endif
