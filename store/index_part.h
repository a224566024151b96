/* store/index_part.h: a fold of some documents alone, out of the rows of entries. Not for other rooms.
 *
 * Shape    gets the entries of the documents that are wanted, and of every topic that judging them asks about, until it asks
 *          for nothing new.
 * Source   proto/fold.h; SCHEMA.md section 9.
 * Memory   owned: smk_part_deinit. Records BORROW from the transaction, the fold does not.
 * Secrets  as the store.   Threads  as the transaction.
 */
#ifndef SMK_STORE_INDEX_PART_H
#define SMK_STORE_INDEX_PART_H

#include "store/index_state.h"

struct smk_part_node {
    uint64_t arrival;
    uint32_t log_no;
    bool has_subject;
    uint8_t subject[SMK_DOC_ID_BYTES]; /* the document that it is about */
    struct smk_record record;
};

/* Ids, ascending, once each. */
struct smk_part_ids {
    uint8_t (*at)[SMK_DOC_ID_BYTES];
    size_t count, capacity;
};

struct smk_part {
    struct smk_txn *txn;
    struct smk_roster *roster; /* BORROWED for the life of the fold */
    const struct smk_disputes *disputes;
    struct smk_past *past;
    struct smk_part_ids topics;  /* whose entries are here */
    struct smk_part_ids deep;    /* those of them whose documents are needed */
    struct smk_part_ids needed;  /* documents whose entries have to be judged rightly */
    struct smk_part_node **node; /* by log number and seq */
    size_t node_count, node_capacity;
    struct smk_fold *fold; /* finished, once smk_part_fold has answered OK */
};
void smk_part_init(struct smk_part *p, struct smk_txn *t, struct smk_roster *roster,
                   const struct smk_disputes *disputes, struct smk_past *past);
void smk_part_deinit(struct smk_part *p); /* works on a zeroed object */

/* Wants a document: adds its entries, and the opens of their logs.
 * OK, SMK_ERR_STORE_DAMAGED, SMK_ERR_STORE_IO, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_part_want(struct smk_part *p, const uint8_t id[SMK_DOC_ID_BYTES]);
/* Folds, and loads what judging the documents that are wanted asks for. Afterwards nothing is added any more.
 * OK, SMK_ERR_STORE_*, SMK_ERR_TOO_BIG_HERE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_part_fold(struct smk_part *p);

#endif
