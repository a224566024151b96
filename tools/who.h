/* tools/who.h: the offices that a word of the command line means: one, those of an organisation, or those of a device.
 *
 * Shape    the slug of an office, else of an organisation; else at least 8 digits of a device's key, as `samaki device`
 *          groups them or in one; `me` is this device, unless something is called so.
 * Source   README.md in this folder, `can`.
 * Memory   BORROWS from the roster.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_WHO_H
#define SMK_TOOLS_WHO_H

#include "tools/fold_load.h"

enum { SMK_WHO_OFFICES_MAX = 64 };

struct smk_who {
    const struct smk_device *device; /* NULL: an office or an organisation, on whatever device */
    size_t count;                    /* offices in force */
    const struct smk_office *office[SMK_WHO_OFFICES_MAX];
};

/* SMK_EXIT_DONE, or the code after having said that nobody is meant, or several devices. */
enum smk_exit smk_who_find(struct smk_cli *cli, const struct smk_home *home, struct smk_roster *roster,
                           const char *word, struct smk_who *ret_who);

#endif
