/* store/index_state.h: one walk along the arrival feed, for the files index*.c alone.
 *
 * Shape    a walk goes on in steps: each is one transaction of bounded size that leaves the tables consistent and the
 *          cursor where it has come to. In this order: proofs of forks, arrivals, governance, document ids to be folded
 *          anew. When nothing is left the index says what a fold of everything says.
 * Source   SCHEMA.md section 9.
 * Memory   owned by the walk.   Secrets  as the store.   Threads  one at a time per object; steps as the transaction.
 */
#ifndef SMK_STORE_INDEX_STATE_H
#define SMK_STORE_INDEX_STATE_H

#include "store/index_past.h"
#include "store/index_rows.h"
#include "store/index_text.h"

struct smk_index_walk {
    struct smk_store *store;
    struct smk_index_cursor cursor; /* of the step */
    struct smk_disputes disputes;   /* of the forks up to dispute_number */
    uint64_t dispute_number;
    struct smk_past past;
    struct smk_index_language language;
    /* Bounds of one step. */
    size_t arrivals_max;
    size_t docs_max;
};

/* The scope of a log and where its records come into dispute; looked up once in a row. */
struct smk_index_log {
    uint32_t log_no; /* 0: nothing yet */
    struct smk_log log;
};
/* OK, SMK_ERR_STORE_DAMAGED, SMK_ERR_STORE_IO, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_log_find(struct smk_txn *t, uint32_t log_no, struct smk_index_log *log);

/* A row of `rec`, checked. BORROWS until the transaction writes or ends.
 * OK, SMK_ERR_STORE_DAMAGED, SMK_ERR_STORE_IO, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_record(struct smk_txn *t, uint64_t arrival, struct smk_index_log *log,
                                           struct smk_rec_row *ret_row, struct smk_record *ret_record);
/* The document that an edit or act is about; false when it is neither, or has not their form. */
bool smk_index_subject(const struct smk_record *record, uint8_t ret_id[SMK_DOC_ID_BYTES]);

/* Puts a row without a value; errors stick in the transaction, as everywhere here. */
void smk_index_mark(struct smk_txn *t, const struct smk_index_key *k);
void smk_index_make_dirty(struct smk_txn *t, const uint8_t id[SMK_DOC_ID_BYTES]);
/* Makes the document ids dirty that stand in the last 16 bytes of all keys with this beginning.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_make_all_dirty(struct smk_txn *t, const struct smk_index_key *prefix);

/* index.c: false when there is no index of this version, of these words and this order: it has to be made anew. */
bool smk_index_cursor_get(struct smk_txn *t, const uint8_t language[SMK_LANGUAGE_VERSION_BYTES],
                          struct smk_index_cursor *ret_cursor);
/* True when the tables say what a fold of everything says, now. A failure is in t->err. */
bool smk_index_is_current(struct smk_txn *t, const uint8_t language[SMK_LANGUAGE_VERSION_BYTES]);

/* index_feed.c: follows the feed by at most arrivals_max.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_feed(struct smk_index_walk *w, struct smk_txn *t,
                                         struct smk_roster *roster);
/* The row of an edit or act, by its document; makes that dirty. Of other records there is none.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_put_entry(struct smk_txn *t, const struct smk_record *r, uint64_t arrival,
                                              uint32_t log_no);
/* Takes it away again. OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_take_entry(struct smk_txn *t, const struct smk_record *r,
                                               uint64_t arrival);
/* index_forks.c: the first place of a log with a seq of at least seq; false when there is none. */
bool smk_index_next_place(struct smk_txn *t, uint32_t log_no, uint64_t seq, uint64_t *ret_seq,
                          uint64_t *ret_arrival);
/* Takes what came into dispute out of the rows of entries.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_follow_forks(struct smk_index_walk *w, struct smk_txn *t);
/* index_rights.c: notes what an open gives its log.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_keep_rights(struct smk_txn *t, struct smk_roster *roster, uint32_t log_no,
                                                const struct smk_record *open);
/* Makes dirty what governance has changed.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_follow_rights(struct smk_index_walk *w, struct smk_txn *t,
                                                  struct smk_roster *roster);
/* index_fold.c: folds at most docs_max document ids anew.
 * OK, SMK_ERR_STORE_*, SMK_ERR_TOO_BIG_HERE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_fold_dirty(struct smk_index_walk *w, struct smk_txn *t,
                                               struct smk_roster *roster);

#endif
