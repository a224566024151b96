/* store/files/xlsx.h: XLSX workbooks.
 *
 * Shape    in: every sheet by its name, rows as table.h has them. Texts from shared strings (runs joined, readings left
 *          out) and inline strings; numbers as the decimals that are meant (number.h), with the decimals that their cell
 *          shows; dates as ISO dates, as far as their cell shows them; booleans; errors. A cell with a formula gives the
 *          value that was stored with it, as text; the formula is not looked at.
 * Source   ECMA-376 part 1, sections 12, 18.
 * Memory   the file is BORROWED for the call.   Secrets  none of its own.   Threads  one per object.
 */
#ifndef SMK_STORE_FILES_XLSX_H
#define SMK_STORE_FILES_XLSX_H

#include "store/files/table.h"

/* Reads every sheet that the sink wants, in the order of the workbook. False: ret_fault. */
bool smk_xlsx_read(struct smk_bytes file, struct smk_table_sink sink, struct smk_file_fault *ret_fault);

/* Whether every part of a workbook is whole XML, also those that smk_xlsx_read does not look at: without one of them
 * Excel refuses the file. Every flaw of smk_xml_read_part. */
enum smk_file_flaw smk_xlsx_find_torn(struct smk_bytes file);

/* ---- writing ---- */

enum {
    SMK_XLSX_CELL_LETTERS_MAX = 32767, /* UTF-16 units, as Excel counts */
    SMK_XLSX_NAME_LETTERS_MAX = 31,    /* of a sheet */
};

/* One workbook, written row by row into a file that must not be there yet. Texts and codes stay text, whatever they look
 * like; whole dates and numbers of up to 15 digits are such; no cell has a formula. Zero-initialise. */
struct smk_xlsx_writer {
    struct smk_xlsx_workbook *book; /* of the library */
    struct smk_buf text;            /* of the cell at hand, with what XML cannot carry as escapes */
    size_t row, sheet_count, column_count;
    size_t fault_column; /* from 1: where a row was too long, or held what no workbook can */
};

/* path, folder   of the workbook, and of the temporary files that the library makes (it deletes them)
 * created_s      seconds since 1970, shown as the time of its making; the same cells make the same bytes
 * OK, SMK_ERR_NOMEM, SMK_ERR_IO */
SMK_MUST_USE enum smk_err smk_xlsx_create(struct smk_xlsx_writer *w, const char *path, const char *folder,
                                          uint64_t created_s);
/* A sheet and its first row, which stays in sight. name: 1 to 31 letters, none of []:*?/\ and no ' at its ends.
 * OK, SMK_ERR_INVALID (the name, or it is there already), SMK_ERR_TOO_BIG_HERE (sheets, columns), SMK_ERR_NOMEM,
 * SMK_ERR_IO, every error of smk_xlsx_add_row */
SMK_MUST_USE enum smk_err smk_xlsx_add_sheet(struct smk_xlsx_writer *w, const char *name,
                                             const struct smk_column_head *column, size_t count);
/* The next row of the newest sheet.
 * OK
 * SMK_ERR_TOO_BIG_HERE   more rows or cells than the bounds of table.h, or a text of more than 32,767 letters
 *                        (w->fault_column): no workbook can hold it; CSV and JSON can
 * SMK_ERR_INVALID        a zero byte, or bad UTF-8 (w->fault_column)
 * SMK_ERR_NOMEM, SMK_ERR_IO */
SMK_MUST_USE enum smk_err smk_xlsx_add_row(struct smk_xlsx_writer *w, const struct smk_cell *cell,
                                           size_t count);
/* A number among the properties of the document: the manifest of the workbook.
 * OK, SMK_ERR_NOMEM, SMK_ERR_INVALID */
SMK_MUST_USE enum smk_err smk_xlsx_set_property(struct smk_xlsx_writer *w, const char *name, uint64_t number);
/* Writes the file and releases everything. The library does not notice each failed write: read the file again
 * (smk_xlsx_read, smk_xlsx_find_torn) before it is relied on. Where it notices one it says so on stderr, too.
 * OK, SMK_ERR_NOMEM, SMK_ERR_IO, SMK_ERR_STORE_FULL */
SMK_MUST_USE enum smk_err smk_xlsx_finish(struct smk_xlsx_writer *w);
void smk_xlsx_abort(struct smk_xlsx_writer *w); /* works on a zeroed object; a file may lie at path */

#endif
