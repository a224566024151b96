/* tools/decide.h: decisions as the command line makes them: who may, what they say, how a refusal is told.
 *
 * Shape    a list of decisions is collected, then signed and written at once.
 * Memory   a list is freed by smk_decisions_deinit.   Secrets  the root keys stay in the home.   Threads  one.
 */
#ifndef SMK_TOOLS_DECIDE_H
#define SMK_TOOLS_DECIDE_H

#include "store/govern.h"
#include "tools/args.h"

enum { SMK_DECISIONS_AT_ONCE_MAX = SMK_OFFICES_PER_DEVICE_MAX + 1 };

struct smk_decisions {
    size_t count;
    struct smk_decision *at; /* room for SMK_DECISIONS_AT_ONCE_MAX */
};
bool smk_decisions_init(struct smk_decisions *d);   /* false when there is no memory */
void smk_decisions_deinit(struct smk_decisions *d); /* works on a zeroed object */
/* A zeroed decision at the end of the list, which must have room. BORROWED from the list. */
struct smk_decision *smk_decisions_add(struct smk_decisions *d, enum smk_decision_kind kind);

/* SMK_EXIT_DONE when the root keys of this coalition are in this home; else says who can decide. */
enum smk_exit smk_decide_demand_root(struct smk_cli *cli, const struct smk_home *home,
                                     struct smk_roster *roster);
/* Signs and writes; *ret_written tells how many said something new. SMK_EXIT_DONE, or the code after saying why not. */
enum smk_exit smk_decide_write(struct smk_cli *cli, struct smk_home *home, const struct smk_decisions *d,
                               size_t *ret_written);

/* What the options of an organisation say, on top of organisation: name, kind, areas. NULL: not said. */
struct smk_organisation_words {
    const struct smk_arg *kind;
    const struct smk_arg *name_en;
    const struct smk_arg *name_km;
    const struct smk_arg *areas;
};
/* Fills an organisation of this slug; a name that is not said is the slug in capitals, the kind otherwise. False after
 * having said what is wrong. */
bool smk_decide_read_organisation(struct smk_cli *cli, const struct smk_slug *slug,
                                  const struct smk_organisation_words *words, const char *kind_otherwise,
                                  struct smk_organisation *ret_organisation);
/* SLUG-editor and the like: the office of a role that has no name of its own. False after having said why not. */
bool smk_decide_name_office(struct smk_cli *cli, const struct smk_slug *org, const char *role,
                            struct smk_slug *ret_slug);
/* False, after having said it, when a role does not suit the organisation's kind. */
bool smk_decide_check_role(struct smk_cli *cli, const char *role,
                           const struct smk_organisation *organisation);

#endif
