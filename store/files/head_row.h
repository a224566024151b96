/* store/files/head_row.h: the first row of a sheet: which column is which.
 *
 * Shape    names as columns.h has them, in any order; `id` is `ref`; a column without a name has to stay empty.
 * Memory   owned: smk_head_row_deinit.   Secrets  none.   Threads  one.
 */
#ifndef SMK_STORE_FILES_HEAD_ROW_H
#define SMK_STORE_FILES_HEAD_ROW_H

#include "store/files/columns.h"

struct smk_head_row {
    const struct smk_table_type *type; /* BORROWED */
    size_t count;                      /* cells of the first row */
    struct smk_column *column;         /* one each */
    bool *is_named;
    size_t field_count;
    size_t *field;                  /* columns that are fields, in the order of columns.h */
    size_t place[SMK_COLUMN_ROLES]; /* of the others; SIZE_MAX = not there */
};

enum smk_head_row_flaw { SMK_HEAD_FINE, SMK_HEAD_UNKNOWN, SMK_HEAD_TWICE, SMK_HEAD_NO_MEMORY };

/* ret_header is to be released in any case. ret_column: the column that is flawed, from 1. */
enum smk_head_row_flaw smk_head_row_init(struct smk_head_row *ret_header, const struct smk_table_type *type,
                                         const struct smk_row *row, size_t *ret_column);
void smk_head_row_deinit(struct smk_head_row *h); /* works on a zeroed object */
/* Whether a column of this name is there; c is one of a field. */
bool smk_head_row_has(const struct smk_head_row *h, const struct smk_column *c);
/* The cell of a column that is no field; empty when there is none. */
struct smk_bytes smk_head_row_cell(const struct smk_head_row *h, const struct smk_row *row,
                                   enum smk_column_role role);

#endif
