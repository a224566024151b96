/* tools/lookalikes.h: a warning when a new organisation or office can be taken for another one.
 *
 * Shape    collected before anything is written, said afterwards; never a reason to refuse.
 * Source   store/looks.h.
 * Memory   by value.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_LOOKALIKES_H
#define SMK_TOOLS_LOOKALIKES_H

#include "tools/cli.h"

enum { SMK_LOOKALIKES_MAX = 8 };

struct smk_lookalikes {
    size_t count; /* the first ones */
    struct smk_slug slug[SMK_LOOKALIKES_MAX];
};

/* Organisations whose slug or name (in the same language) looks like that of o; not the one that o is.
 * OK, SMK_ERR_NOMEM
 * SMK_ERR_UNICODE   the Unicode library does not work */
SMK_MUST_USE enum smk_err smk_lookalikes_of_organisation(struct smk_roster *roster,
                                                         const struct smk_organisation *o,
                                                         struct smk_lookalikes *ret_lookalikes);
/* Offices whose slug looks like that of o; and of the same organisation those whose title does, of others those whose title
 * does without being the same. has_title: o has one of its own, not that of its role.
 * OK, SMK_ERR_NOMEM, SMK_ERR_UNICODE   as above */
SMK_MUST_USE enum smk_err smk_lookalikes_of_office(struct smk_roster *roster, const struct smk_office *o,
                                                   bool has_title, struct smk_lookalikes *ret_lookalikes);

/* One sentence for each on stderr; nothing with --json. what: "organisation" */
void smk_lookalikes_say(const struct smk_cli *cli, const char *what, const char *slug,
                        const struct smk_lookalikes *l);
/* The array of slugs. GIVES. */
json_t *smk_lookalikes_json(const struct smk_lookalikes *l);

#endif
