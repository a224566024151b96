/* store/files/cells.h: values of fields as cells.
 *
 * Shape    a value is one canonical msgpack value, well-formed as its rule wants it (smk_schema_check), or empty where a
 *          field is not set; in a tally a text "*" stands for a number that is withheld.
 * Source   README.md in this folder, "Columns".
 * Memory   cells are copied into the row.   Secrets  none of its own.   Threads  one.
 */
#ifndef SMK_STORE_FILES_CELLS_H
#define SMK_STORE_FILES_CELLS_H

#include "store/files/columns.h"

/* Appends what people call the document or act of that id; nothing where there is no name for it: then the id stands
 * there, in hex. */
struct smk_namer {
    void (*name)(void *ctx, const struct smk_field *rule, struct smk_bytes id,
                 struct smk_buf *b); /* NULL: never */
    void *ctx;
};

struct smk_cell_scratch {
    struct smk_buf cell, item;
};
#define SMK_CELL_SCRATCH \
    ((struct smk_cell_scratch){{.max = SMK_TABLE_CELL_BYTES_MAX}, {.max = SMK_TABLE_CELL_BYTES_MAX}})
void smk_cell_scratch_deinit(struct smk_cell_scratch *s);

/* Puts the cell of a column of a field. value: of the whole field. False: row->flaw. */
bool smk_cell_put(struct smk_row_builder *row, size_t at, const struct smk_column *c, struct smk_bytes value,
                  const struct smk_namer *namer, struct smk_cell_scratch *scratch);

struct smk_fingerprint16 {
    char text[17];
};
/* What the fields of a document say, in 16 hex digits: the first of SHA-256 over the name and the text of each cell that
 * is not empty, each with a zero byte behind it, in the order of the columns; references as ids.
 * OK, SMK_ERR_TOO_BIG_HERE (a cell or the row is longer than table.h allows), SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_fingerprint_of(const struct smk_columns *c, const struct smk_bytes *value,
                                             struct smk_fingerprint16 *ret_fingerprint);

#endif
