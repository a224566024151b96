/* tools/record_show.h: one record, and one edit or act of a document, as JSON.
 *
 * Source   README.md in this folder, `show` and `export`.
 * Memory   JSON is GIVEN.   Secrets  the salt of a record, as long as its payload is one.   Threads  one.
 */
#ifndef SMK_TOOLS_RECORD_SHOW_H
#define SMK_TOOLS_RECORD_SHOW_H

#include "tools/fold_load.h"

/* "open", "edit", ...; "unknown" for a type that this version does not know. */
const char *smk_record_type_name(uint64_t type);
/* Everything that the record says: header, signature, salt, payload decoded; all binary values in hex. */
json_t *smk_record_json(const struct smk_record *record);
/* Adds counts, reason, why and note of an edit or act. */
void smk_entry_set_judgement(json_t *object, const struct smk_fold_entry *e);
/* Sorts by time, then id: for smk_order. */
int smk_entry_compare_times(const void *a, const void *b);
/* An edit or act as documents list it: id, signature, office, time, fields, whether it counts. */
json_t *smk_entry_json(struct smk_loaded *l, const struct smk_fold_entry *e);

#endif
