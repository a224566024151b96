/* store/index_read.h: the index at one moment, for the files that read it. Not for other rooms.
 *
 * Source   SCHEMA.md section 9.   Memory  rows BORROW until the index is closed.   Secrets  as the store.
 * Threads  one at a time per object.
 */
#ifndef SMK_STORE_INDEX_READ_H
#define SMK_STORE_INDEX_READ_H

#include "store/index_state.h"

struct smk_index {
    struct smk_store *store;
    struct smk_txn txn; /* reading; a failure sticks in it */
    struct smk_index_language language;
};

/* A document by its number; false when it is not there, which is damage. */
bool smk_index_doc(struct smk_index *x, uint32_t number, struct smk_doc_row *ret_row);
/* Whether a document has all these properties. */
bool smk_index_fits(const struct smk_doc_row *row, const struct smk_index_filter *filter, size_t count);

/* The same for whoever goes through many of them: the row may be spoilt. */
bool smk_index_glance(struct smk_index *x, uint32_t number, struct smk_doc_row *ret_row);

/* A document that was found, to be put in order. */
struct smk_index_hit {
    uint32_t number;
    unsigned tier; /* lower ones come first */
    uint64_t touched;
    struct smk_bytes sort;
};
struct smk_index_hits {
    struct smk_index_hit *at;
    size_t count, capacity;
};
void smk_index_hits_deinit(struct smk_index_hits *h); /* works on a zeroed object */
/* OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_hits_add(struct smk_index_hits *h, const struct smk_index_hit *hit);
/* Sorts them, and gives those behind `after` (0: from the first on), at most limit (0: all).
 * OK, SMK_ERR_NOT_FOUND (after is none of them), SMK_ERR_STORE_* */
SMK_MUST_USE enum smk_err smk_index_hits_give(struct smk_index *x, struct smk_index_hits *h,
                                              enum smk_index_order order, uint32_t after, size_t limit,
                                              smk_doc_row_fn *fn, void *ctx);

/* index_search.c. OK, SMK_ERR_INVALID, SMK_ERR_STORE_*, SMK_ERR_UNICODE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_search(struct smk_index *x, const struct smk_index_query *query,
                                           struct smk_index_hits *hits);

#endif
