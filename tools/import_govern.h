/* tools/import_govern.h: organisations and offices of a folder as decisions of governance.
 *
 * Shape    only where the root keys are. What is in force stays as it is; what it leaves open (a name in one language, an
 *          area, a meeting) is completed from the folder.
 * Memory   as import_write.h.   Secrets  the root keys of the home.   Threads  one.
 */
#ifndef SMK_TOOLS_IMPORT_GOVERN_H
#define SMK_TOOLS_IMPORT_GOVERN_H

#include "tools/import_write.h"

/* Decides what is missing, or notes that it is left to the secretariat. False: i->err. */
bool smk_import_govern(struct smk_import *i);

/* What cannot be used of an object; all static. */
struct smk_seat_flaw {
    const char *field, *code, *why;
    enum smk_err err; /* SMK_OK, unless there was no memory to look at it */
};

/* Reads one object of organisations.json or offices.json. False: *ret_flaw. */
bool smk_import_read_organisation(json_t *object, struct smk_organisation *ret_organisation,
                                  struct smk_seat_flaw *ret_flaw);
bool smk_import_read_office(json_t *object, struct smk_office *ret_office, struct smk_seat_flaw *ret_flaw);

#endif
