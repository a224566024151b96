/* tools/conflict.h: fields that several people have written without seeing each other's.
 *
 * Shape    a conflict is one field of one document in one scope with its values, ascending by id of their edits.
 * Memory   BORROWS from the fold.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_CONFLICT_H
#define SMK_TOOLS_CONFLICT_H

#include "tools/doc_find.h"

struct smk_conflict {
    const struct smk_fold_doc *doc;
    struct smk_bytes field;
    size_t count; /* at least 2 */
    struct smk_fold_value value[SMK_FOLD_VALUES_MAX];
};

typedef void smk_conflict_fn(void *ctx, const struct smk_conflict *conflict);
/* Calls fn, which may be NULL, for each conflict of a document; returns how many there are. */
size_t smk_conflicts_each(struct smk_fold *f, const struct smk_fold_doc *doc, smk_conflict_fn *fn, void *ctx);

/* A value for people: both languages of a text, the names of choices and of documents that are here, women of a total,
 * else compact JSON. Fit for a terminal. rule may be NULL. */
void smk_value_shown(const struct smk_loaded *l, const struct smk_field *rule, struct smk_bytes value,
                     enum smk_language language, char *ret_text, size_t room);

#endif
