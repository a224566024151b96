/* store/files/names.h: what people call the documents and acts that references point to.
 *
 * Shape    a document is called by its ref, where no other one of its kind has the same (in any case of letters). An act is
 *          called by the ref in its fields, under the same rule, where acts refer to it; documents name acts by their id,
 *          since no import brings those along. In a public package only what stands in `pub` has a name.
 * Memory   BORROWS from the fold; released with smk_names_deinit.   Secrets  none of its own.   Threads  one.
 */
#ifndef SMK_STORE_FILES_NAMES_H
#define SMK_STORE_FILES_NAMES_H

#include "proto/fold.h"
#include "store/files/cells.h"

struct smk_name_row {
    uint8_t id[SMK_DOC_ID_BYTES];
    const struct smk_kind *kind; /* NULL for acts */
    struct smk_bytes ref;
    bool is_shared; /* another one of its kind has the same ref */
    bool is_lone;   /* no other one of any kind has it */
};

struct smk_names {
    struct smk_name_row *row;           /* ascending by id, each once */
    const struct smk_name_row **by_ref; /* ascending by ref in any case, then kind */
    size_t count;
};
/* ret_names is to be released in any case. OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_names_init(struct smk_names *ret_names, struct smk_fold *f, bool is_public);
void smk_names_deinit(struct smk_names *n); /* works on a zeroed object */
/* For struct smk_namer; ctx is the struct smk_names. */
void smk_names_write(void *ctx, const struct smk_field *rule, struct smk_bytes id, struct smk_buf *b);
/* The same without a rule: of a document of this kind. */
struct smk_bytes smk_names_find(const struct smk_names *n, const struct smk_kind *kind,
                                const uint8_t id[SMK_DOC_ID_BYTES]);

enum smk_named { SMK_NAMED_NONE, SMK_NAMED_ONE, SMK_NAMED_SEVERAL };
/* The other way round: the id of the document of a kind (NULL: of the act) that is called so, in any case of letters. */
enum smk_named smk_names_lookup(const struct smk_names *n, const struct smk_kind *kind, struct smk_bytes ref,
                                uint8_t ret_id[SMK_DOC_ID_BYTES]);

#endif
