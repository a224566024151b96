/* store/files/export_write.h: tables of documents and acts as files.
 *
 * Shape    csv: one table, one file; several: a folder of them with datapackage.json. xlsx, json: one file. package: a
 *          folder with datapackage.json, a CSV file a table, dictionary.csv, places.csv and places.geojson. geojson:
 *          places.geojson alone. Everything appears whole, or not at all (outbox.h); a workbook is read back before.
 * Source   README.md in this folder.
 * Memory   as said.   Secrets  what is in the tables.   Threads  one.
 */
#ifndef SMK_STORE_FILES_EXPORT_WRITE_H
#define SMK_STORE_FILES_EXPORT_WRITE_H

#include "store/files/export.h"
#include "store/files/outbox.h"

enum smk_export_form {
    SMK_FORM_CSV,
    SMK_FORM_XLSX,
    SMK_FORM_JSON,
    SMK_FORM_PACKAGE,
    SMK_FORM_GEOJSON,
    SMK_FORMS
};
bool smk_export_form_find(const char *word, enum smk_export_form *ret_form); /* "csv" */

struct smk_export_target {
    const char *path;
    enum smk_export_form form;
    bool replaces;     /* what is there */
    bool has_mark;     /* CSV with a byte order mark, for Excel */
    const char *title; /* of a package: the coalition's name; UTF-8 */
    uint64_t now_ms;
};

/* Where a table did not fit. */
struct smk_export_misfit {
    const char *table;  /* NULL: nothing is known; BORROWED from the export */
    size_t row;         /* from 1; 0 = the table as a whole */
    const char *column; /* NULL = the row as a whole */
};

/* OK
 * SMK_ERR_EXISTS, SMK_ERR_INVALID, SMK_ERR_NOT_FOUND   the target, as smk_outbox_begin
 * SMK_ERR_TOO_BIG_HERE   a workbook cannot hold it (ret_misfit), or would not be read again; or the path is too long
 * SMK_ERR_STORE_FULL, SMK_ERR_IO, SMK_ERR_NOMEM
 * In all of these cases nothing was written. */
SMK_MUST_USE enum smk_err smk_export_write(struct smk_export *x, const struct smk_export_target *target,
                                           struct smk_export_misfit *ret_misfit);

/* ---- for package.c and places.c ---- */

/* GIVES the heads of a table's columns: smk_mem_free; NULL when there is no memory. */
struct smk_column_head *smk_export_heads(const struct smk_export_table *t);
/* One table as CSV, into a new file of the outbox. OK, and every error of the outbox */
SMK_MUST_USE enum smk_err smk_export_csv(struct smk_export *x, const struct smk_export_table *t,
                                         bool has_mark, const char *name, struct smk_outbox *o);

#endif
