/* store/index_postings.h: the terms of the documents of one step, gathered and put in their order: neighbours share pages.
 *
 * Shape    a posting is a key of the table `terms`. What is gathered is not there before smk_postings_put; at most
 *          SMK_POSTINGS_BYTES_MAX are kept, more are put on the way.
 * Source   SCHEMA.md section 9.
 * Memory   owned by the object: smk_postings_deinit.   Secrets  as the store.   Threads  as the transaction.
 */
#ifndef SMK_STORE_INDEX_POSTINGS_H
#define SMK_STORE_INDEX_POSTINGS_H

#include "store/db.h"
#include "store/slices.h"

enum { SMK_POSTINGS_BYTES_MAX = 8 * 1024 * 1024 };

struct smk_postings {
    struct smk_slices keys;
};
void smk_postings_deinit(struct smk_postings *p); /* works on a zeroed object */

/* Adds the key of a term of a document that is not there yet.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_postings_add(struct smk_postings *p, struct smk_txn *t, struct smk_bytes term,
                                           uint32_t number);
/* Puts all of them; none is left. OK, SMK_ERR_STORE_* */
SMK_MUST_USE enum smk_err smk_postings_put(struct smk_postings *p, struct smk_txn *t);

#endif
