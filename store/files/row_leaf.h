/* store/files/row_leaf.h: one cell, or one item of it, as the value that its column stands for; for row_fields.c.
 *
 * Memory   BORROWS for the call.   Secrets  none of its own.   Threads  pure, but for the references.
 */
#ifndef SMK_STORE_FILES_ROW_LEAF_H
#define SMK_STORE_FILES_ROW_LEAF_H

#include "store/files/row_fields.h"

struct smk_leaf {
    enum smk_cell_type type;
    struct smk_bytes text; /* not blank */
};

/* Appends the value; errors of memory and room stick in b.
 * OK, SMK_ERR_INVALID (ret_flaw) */
SMK_MUST_USE enum smk_err smk_leaf_pack(const struct smk_column *c, struct smk_leaf leaf,
                                        const struct smk_references *references, struct smk_buf *b,
                                        struct smk_row_flaw *ret_flaw);
/* Fills the flaw. SMK_ERR_INVALID, always. */
SMK_MUST_USE enum smk_err smk_row_refuse(struct smk_row_flaw *ret_flaw, const struct smk_column *c,
                                         const char *code, const char *why);

#endif
