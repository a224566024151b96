/* store/files/types.h: what there is a table of.
 *
 * Shape    a type is a kind of document, an entity of acts (schema.h), or what other acts there are about a kind
 *          ("meeting_act").
 * Source   proto/schema.h, proto/policy.h.
 * Memory   by value; members are static.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_STORE_FILES_TYPES_H
#define SMK_STORE_FILES_TYPES_H

#include "proto/schema.h"

enum {
    SMK_TYPE_FIELDS_MAX = 40,
    SMK_TYPE_ACTS_MAX = 8,
    SMK_TYPE_NAME_MAX = 31, /* it is the name of a sheet */
};

struct smk_table_type {
    char name[SMK_TYPE_NAME_MAX + 1];
    const struct smk_kind *kind; /* of the documents, or of those that the acts are about */
    bool is_act;
    size_t act_count;
    const struct smk_act_kind *act[SMK_TYPE_ACTS_MAX];
    size_t field_count;
    const struct smk_field
        *field[SMK_TYPE_FIELDS_MAX]; /* in the order of the columns; of acts: of all of them */
};
size_t smk_table_type_count(void);
void smk_table_type_at(size_t i, struct smk_table_type *ret_type); /* i < count: documents first */
bool smk_table_type_find(struct smk_bytes name, struct smk_table_type *ret_type);

#endif
