/* tools/built_on.h: which documents name which others: what would hang in the air if one were withdrawn.
 *
 * Shape    all references of all documents that count and were not withdrawn, ascending by the id that is named.
 * Memory   owned: smk_built_on_deinit; documents are BORROWED from the fold.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_BUILT_ON_H
#define SMK_TOOLS_BUILT_ON_H

#include "proto/fold.h"

struct smk_built_on_row {
    uint8_t id[SMK_DOC_ID_BYTES];  /* of what is named */
    const struct smk_fold_doc *by; /* never the document itself */
};
struct smk_built_on {
    size_t count, room;
    struct smk_built_on_row *row;
    enum smk_err err;
};
/* ret_built is to be released in any case. OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_built_on_init(struct smk_built_on *ret_built, struct smk_fold *f);
void smk_built_on_deinit(struct smk_built_on *b); /* works on a zeroed object */
/* The first row about the id; b->count when there is none. The others follow it. */
size_t smk_built_on_find(const struct smk_built_on *b, const uint8_t id[SMK_DOC_ID_BYTES]);

#endif
