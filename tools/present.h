/* tools/present.h: what a field says now, as JSON that field_map.h writes back without a loss.
 *
 * Shape    what this version could have written itself is JSON as people write it (ids in hex); what it could not (a part
 *          of a newer version, a choice that it does not know, an organisation that is gone) goes through as it is.
 * Memory   spans BORROW from the fold, which must not be refreshed meanwhile.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_PRESENT_H
#define SMK_TOOLS_PRESENT_H

#include "tools/doc_find.h"
#include "tools/field_map.h"

enum { SMK_PRESENT_RAW_MAX = 2048 };

struct smk_present {
    struct smk_loaded *loaded;
    const struct smk_fold_doc *doc; /* NULL: nothing is there */
    size_t raw_count;
    struct smk_bytes raw[SMK_PRESENT_RAW_MAX];
    bool is_full; /* more than that: what was made is not whole */
};

/* GIVES; NULL when the field is not set, taken back or unknown. *ret_flaw is SMK_FLAW_NONE, SMK_FLAW_NEWER when the value
 * is of another form than this version's, SMK_FLAW_SEVERAL when there are several, or SMK_FLAW_TOO_LONG. For struct smk_field_words; ctx is the struct smk_present. */
json_t *smk_present_get(void *ctx, const struct smk_field *rule, enum smk_flaw *ret_flaw);
/* smk_resolve_here with such a context. */
bool smk_present_resolve(void *ctx, const struct smk_field *rule, const char *name,
                         uint8_t ret_id[SMK_DOC_ID_BYTES]);
/* As smk_present_get, for one value of a rule. */
json_t *smk_present_value(struct smk_present *p, const struct smk_field *rule, struct smk_bytes value);

#endif
