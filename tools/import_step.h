/* tools/import_step.h: what has to be written for the objects of a folder, and by whom.
 *
 * Shape    each field that names an office as having done something is a step: the first edit of a document, or one
 *          act. A step is ours when this device holds its office, and left to that office's organisation otherwise.
 * Source   tools/sample/battambang/README.md, "Bringing it in".
 * Memory   steps BORROW from the set.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_IMPORT_STEP_H
#define SMK_TOOLS_IMPORT_STEP_H

#include "proto/fold.h"
#include "tools/import_set.h"

enum { SMK_ATTESTORS_MAX = 8 };

enum smk_step_state {
    SMK_STEP_OPEN,
    SMK_STEP_WAITING,
    SMK_STEP_LEFT,
    SMK_STEP_ALREADY,
    SMK_STEP_DONE,
    SMK_STEP_REFUSED,
};

struct smk_import_step {
    struct smk_import_object *object;
    const char *act;        /* NULL: the first edit of the document */
    const char *key;        /* the field that names the office, for refusals */
    struct smk_slug office; /* "" for interviews: any office of org that may */
    struct smk_slug org;
    size_t index; /* which attestor */
    json_t *part; /* the sub-grant that is awarded */
    enum smk_step_state state;
    const char *wait_for; /* WAITING: BORROWED from the set, or static */
    struct smk_slug wait_from;
};

struct smk_import_steps {
    struct smk_import_step *at;
    size_t count, capacity;
};
void smk_import_steps_deinit(struct smk_import_steps *s); /* works on a zeroed object */

/* Makes the steps of every object that is not refused; an object whose steps cannot be told is refused.
 * device NULL: everything is somebody else's. False when there is no memory. */
bool smk_import_make_steps(struct smk_import_steps *steps, struct smk_import_set *set,
                           struct smk_roster *roster, const struct smk_device *device,
                           struct smk_import_report *report);

/* The organisation of an office: in force, or as the folder says; false when neither knows it. */
bool smk_import_org_of_office(const struct smk_import_set *set, struct smk_roster *roster, const char *office,
                              struct smk_slug *ret_org);
/* The office that writes the first edit of an object, or its first act, as the folder spells it; NULL when it says none. */
const char *smk_import_maker(const struct smk_import_set *set, const struct smk_import_object *o);
/* "signed" unless it says otherwise. */
bool smk_import_is_attested(const struct smk_import_object *o);

#endif
