/* store/files/export.h: the documents and acts of a fold as tables.
 *
 * Shape    a table a type: documents by their ref, acts by their time, and only what counts. What is not in a table is
 *          counted with its reason. Rows are made one by one, as often as they are asked for.
 * Source   README.md in this folder, "Tables of documents and acts".
 * Memory   BORROWS the fold for its life; smk_export_free.   Secrets  interviews lie in it.   Threads  one.
 */
#ifndef SMK_STORE_FILES_EXPORT_H
#define SMK_STORE_FILES_EXPORT_H

#include "store/files/names.h"

/* Why a document or act is in no table. */
#define SMK_LEFT_OUT_MAP(X)                                                                 \
    X(NOT_COUNTING, "not_counting", "do not count")                                         \
    X(WITHDRAWN, "withdrawn", "were withdrawn")                                             \
    X(NOT_PUBLIC, "not_public", "are not published")                                        \
    X(NO_CONSENT, "no_consent",                                                             \
      "are interviews without consent, or of somebody under 18 without that of a guardian") \
    X(UNFIT, "unfit", "are not in the form of the schema, or do not fit into a row")

enum smk_left_out {
#define X(name, code, text) SMK_LEFT_##name,
    SMK_LEFT_OUT_MAP(X)
#undef X
        SMK_LEFT_OUT_WORDS,
};
const char *smk_left_out_code(enum smk_left_out why);
const char *smk_left_out_text(enum smk_left_out why); /* completes "3 interviews ..." */

/* What documents that are in a table have beside what is in it. */
#define SMK_LEFT_BEHIND_MAP(X)                                                                          \
    X(OTHER_VALUES, "other_values", "a field with other values beside the first, which alone is in it") \
    X(NEWER_FIELDS, "newer_fields", "fields of a newer version of Samaki, which are not in it")

enum smk_left_behind {
#define X(name, code, text) SMK_LEFT_BEHIND_##name,
    SMK_LEFT_BEHIND_MAP(X)
#undef X
        SMK_LEFT_BEHIND_WORDS,
};
const char *smk_left_behind_code(enum smk_left_behind what);
const char *smk_left_behind_text(enum smk_left_behind what); /* completes "3 of them have ..." */

struct smk_export_table {
    struct smk_table_type type;
    struct smk_columns columns;
    size_t count; /* rows */
    uint64_t left_out[SMK_LEFT_OUT_WORDS];
    uint64_t left_behind[SMK_LEFT_BEHIND_WORDS]; /* documents; of acts none */
    const void **item;                           /* documents, or entries of acts */
};

struct smk_export_options {
    bool is_public; /* for everybody: what stands in `pub`, no interviews, small numbers of people withheld */
    bool is_for_import; /* what an import takes: documents alone, without the columns that follow from acts */
    const struct smk_table_type *type; /* NULL: all that have a row */
    size_t type_count;
};

struct smk_export {
    struct smk_fold *fold;
    bool is_public, is_for_import;
    struct smk_names names;
    size_t count;
    struct smk_export_table *table;
    uint64_t newer_documents; /* of types that this version does not know: they are in no table */
    uint64_t newest_ms;       /* time of the newest edit or act that counts; 0 = none */
};

/* ret_export is to be released in any case.
 * OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_export_init(struct smk_export *ret_export, struct smk_fold *f,
                                          const struct smk_export_options *options);
void smk_export_deinit(struct smk_export *x); /* works on a zeroed object */

/* What it answers, if not OK, ends the walk. cell: one a column. */
typedef enum smk_err smk_export_row_fn(void *ctx, const struct smk_cell *cell, size_t count);
/* Calls fn for each row of a table.
 * OK, SMK_ERR_NOMEM, and what fn answers */
SMK_MUST_USE enum smk_err smk_export_each(struct smk_export *x, const struct smk_export_table *t,
                                          smk_export_row_fn *fn, void *ctx);

#endif
