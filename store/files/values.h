/* store/files/values.h: what the fields of a document or act say, as one value each.
 *
 * Shape    of a document the first value of each field that is not taken back, as it is shown everywhere; all of them
 *          together are well-formed (smk_schema_check). For a public package small numbers of people are withheld.
 * Memory   values BORROW from their struct until the next reading.   Secrets  none of its own.   Threads  one.
 */
#ifndef SMK_STORE_FILES_VALUES_H
#define SMK_STORE_FILES_VALUES_H

#include "proto/fold.h"
#include "store/files/types.h"

struct smk_values {
    struct smk_buf fields;                       /* canonical map */
    struct smk_bytes value[SMK_TYPE_FIELDS_MAX]; /* by the fields of the type; empty = says nothing */
    bool has_several[SMK_TYPE_FIELDS_MAX]; /* edits that had not seen each other said different things */
};
#define SMK_VALUES ((struct smk_values){.fields = {.max = 8 * SMK_PAYLOAD_BYTES_MAX}})
void smk_values_deinit(struct smk_values *v);

/* OK
 * SMK_ERR_INVALID   what it says is not in the form of the schema: it came from a node that did not check it
 * SMK_ERR_NOMEM, SMK_ERR_TOO_BIG_HERE */
SMK_MUST_USE enum smk_err smk_values_of_document(struct smk_values *v, const struct smk_table_type *type,
                                                 struct smk_fold *f, const struct smk_fold_doc *doc,
                                                 bool is_public);
/* OK, SMK_ERR_INVALID, SMK_ERR_NOMEM, SMK_ERR_TOO_BIG_HERE, as smk_values_of_document */
SMK_MUST_USE enum smk_err smk_values_of_act(struct smk_values *v, const struct smk_table_type *type,
                                            const struct smk_fold_entry *act, bool is_public);

#endif
