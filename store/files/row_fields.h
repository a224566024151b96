/* store/files/row_fields.h: a row of a table as the fields of a document.
 *
 * Shape    the reverse of cells.h: what export wrote becomes the same fields again. What people and spreadsheet programs make of it is
 *          forgiven: Khmer digits in numbers, dates and codes; codes of places that have lost a zero in front; capitals in
 *          slugs and choices; TRUE for yes; spaces around anything but text.
 * Source   README.md in this folder, "Columns".
 * Memory   as said.   Secrets  none of its own.   Threads  one.
 */
#ifndef SMK_STORE_FILES_ROW_FIELDS_H
#define SMK_STORE_FILES_ROW_FIELDS_H

#include "store/files/head_row.h"

/* The id of what a reference names, or whether such an organisation or office is known (rule->type is SMK_FIELD_SLUG; ret_id
 * is then of no use). */
typedef bool smk_reference_fn(void *ctx, const struct smk_field *rule, const char *name,
                              uint8_t ret_id[SMK_DOC_ID_BYTES]);
struct smk_references {
    smk_reference_fn *find;
    void *ctx;
};

struct smk_row_flaw {
    const char *code; /* "unknown_reference" */
    const char *why;
    char column[SMK_COLUMN_NAME_MAX + 1]; /* or a field of the schema; "" = the row as a whole */
    const struct smk_field *rule;         /* for its choices; NULL when there are none */
};

struct smk_row_fields {
    struct smk_buf fields; /* canonical map of those that say something */
    bool has_column
        [SMK_TYPE_FIELDS_MAX]; /* a field of the type has a column here, and may so be said to be empty */
    bool has_value[SMK_TYPE_FIELDS_MAX];
};
#define SMK_ROW_FIELDS ((struct smk_row_fields){.fields = {.max = SMK_PAYLOAD_BYTES_MAX}})
void smk_row_fields_deinit(struct smk_row_fields *f);

/* Reads the fields of a row. Whether they are complete, and go together, is for smk_kind_check.
 * OK
 * SMK_ERR_INVALID       ret_flaw
 * SMK_ERR_TOO_BIG_HERE  more than fits into one record
 * SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_row_fields_read(struct smk_row_fields *f, const struct smk_head_row *h,
                                              const struct smk_row *row,
                                              const struct smk_references *references,
                                              struct smk_row_flaw *ret_flaw);

#endif
