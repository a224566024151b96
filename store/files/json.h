/* store/files/json.h: tables as JSON, in and out.
 *
 * Shape    out: {"format": "samaki tables 1", "tables": {TYPE: [ROW, ...], ...}, "rows": {TYPE: n, ...}}, one row a line. A row
 *          is a flat object: the name of a column, and a text, a number (whole ones of up to 15 digits), true, false, or
 *          null for 'not known'; empty cells are left out.
 *          in: the same, without what stands around "tables", or one list of rows alone (a sheet without a name). The
 *          columns of a sheet are the names of all its rows, in the order in which they come.
 * Memory   text is BORROWED for the call.   Secrets  none of its own.   Threads  one per object.
 */
#ifndef SMK_STORE_FILES_JSON_H
#define SMK_STORE_FILES_JSON_H

#include "store/files/table.h"

/* Reads every sheet; the first row of each is the names of its columns, number 0, the others are counted from 1.
 * False: ret_fault. */
bool smk_json_tables_read(struct smk_bytes text, struct smk_table_sink sink,
                          struct smk_file_fault *ret_fault);

/* A text in quotes; all that might be taken for a line's end or a control is escaped. Errors stick in b. */
void smk_json_write_text(struct smk_buf *b, struct smk_bytes utf8);
/* A row, without a line's end. */
void smk_json_write_row(struct smk_buf *b, const struct smk_column_head *column, const struct smk_cell *cell,
                        size_t count);

#endif
