/* store/index_apply.h: what folding the documents of one id came to, and the rows that change by it. Not for other rooms.
 *
 * Source   SCHEMA.md section 9.
 * Memory   owned by the change: smk_index_change_deinit.   Secrets  texts are as private as the store.
 * Threads  as the transaction.
 */
#ifndef SMK_STORE_INDEX_APPLY_H
#define SMK_STORE_INDEX_APPLY_H

#include "store/index_postings.h"
#include "store/index_state.h"
#include "store/index_summary.h"

struct smk_index_change_doc {
    struct smk_index_summary summary;
    struct smk_doc_row row; /* BORROWS from the summary */
};

struct smk_index_change {
    uint8_t id[SMK_DOC_ID_BYTES];
    bool has_entries; /* otherwise nothing is kept of the id */
    uint8_t digest[16];
    struct smk_buf reads, names, scopes, shares; /* canonical, as the row of the group has them */
    struct smk_index_change_doc *doc;
    size_t doc_count, doc_capacity;
    struct smk_index_terms terms;
    struct smk_postings postings; /* of all changes since it was begun */
    struct smk_totals delta;      /* of all changes since it was begun: modulo 2^64 */
    struct smk_buf old_group, old_docs, old_terms, numbers; /* while rows are written */
    struct smk_buf new_terms, new_group;
};
void smk_index_change_deinit(struct smk_index_change *c); /* works on a zeroed object */
/* Begins with another id; delta and postings go on. */
void smk_index_change_begin(struct smk_index_change *c, const uint8_t id[SMK_DOC_ID_BYTES], bool has_entries);
/* OK, SMK_ERR_UNICODE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_change_add_doc(struct smk_index_change *c, struct smk_index_language *l,
                                                   struct smk_fold *f, const struct smk_fold_doc *doc);

/* Writes the rows that differ; the id is not dirty any more. *ret_has_changed: others may find something else here.
 * OK, SMK_ERR_STORE_*, SMK_ERR_UNICODE, SMK_ERR_TOO_BIG_HERE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_apply(struct smk_index_walk *w, struct smk_txn *t,
                                          struct smk_index_change *c, bool *ret_has_changed);
/* The rest, once all changes of a transaction are applied: puts the postings, and adds delta to the totals.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_apply_rest(struct smk_txn *t, struct smk_index_change *c);

#endif
