/* tools/import_need.h: what an act of a folder is about, and what has to be here before it.
 *
 * Memory   BORROWS from set and fold.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_IMPORT_NEED_H
#define SMK_TOOLS_IMPORT_NEED_H

#include "tools/import_write.h"

/* The document that a step's act is about. */
struct smk_import_target {
    enum smk_import_type type;
    const char *source; /* its id in the folder */
    const struct smk_fold_doc *doc;
};

/* The type of document that acts of this type are about; documents are about themselves. */
enum smk_import_type smk_import_target_type(enum smk_import_type type);
/* Its id in the folder; NULL when the object does not say. */
const char *smk_import_target_source(const struct smk_import *i, const struct smk_import_object *o);
/* False: the step waits or is refused. For a list, all its recommendations are here as well. */
bool smk_import_find_target(struct smk_import *i, struct smk_import_step *step,
                            struct smk_import_target *ret_target);
/* The act by that office, counting or not; NULL when it is not here. */
const struct smk_fold_entry *smk_import_find_act(const struct smk_fold_doc *doc, const char *act,
                                                 const uint8_t id[SMK_DOC_ID_BYTES], const char *office);
/* False: the step waits or is refused. ret_basis: the act that this one rests on; NULL when it rests on none. */
bool smk_import_check_needs(struct smk_import *i, struct smk_import_step *step,
                            const struct smk_import_target *target, const struct smk_fold_entry **ret_basis);

#endif
