/* store/index_summary.h: what lists and searches need to know of one document, from a fold. Not for other rooms.
 *
 * Source   SCHEMA.md section 9.
 * Memory   buffers are owned: smk_index_summary_deinit.   Secrets  texts are as private as the store.
 * Threads  that of the fold.
 */
#ifndef SMK_STORE_INDEX_SUMMARY_H
#define SMK_STORE_INDEX_SUMMARY_H

#include "store/index_rows.h"
#include "store/index_text.h"

struct smk_index_summary {
    struct smk_buf row;  /* of smk_doc_row_write */
    struct smk_buf text; /* fields, as smk_index_terms_find takes them */
};
void smk_index_summary_deinit(struct smk_index_summary *s); /* works on a zeroed object */

/* Begins anew whatever was there.
 * OK, SMK_ERR_UNICODE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_summarise(struct smk_index_language *l, struct smk_fold *f,
                                              const struct smk_fold_doc *doc, struct smk_index_summary *s);

/* Appends, as canonical strings, every slug that an entry's fields name, and counts them. Errors stick in b. */
void smk_index_pack_names(const struct smk_fold_entry *e, struct smk_buf *b, size_t *count);

#endif
