/* tools/coalition_plan.h: which nodes a data folder asks for, and who dials whom.
 *
 * Shape    organisations.json, offices.json, and of OWNERSHIP.csv the column `imported_by` alone. Node 0 founds: the
 *          secretariat, with all its offices but those of auditors, which get the last node, `auditor`.
 * Memory   by value.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_COALITION_PLAN_H
#define SMK_TOOLS_COALITION_PLAN_H

#include "proto/scope.h"

enum { SMK_PLAN_NODES_MAX = 48, SMK_PLAN_AREA_LETTERS_MAX = 8 };

struct smk_plan_office {
    struct smk_slug id;
    struct smk_slug role;
    char area[SMK_PLAN_AREA_LETTERS_MAX + 1]; /* "" = none of its own */
};

struct smk_plan_node {
    struct smk_slug name; /* the organisation's slug, or "auditor" */
    struct smk_slug org;
    struct smk_slug kind; /* "member", ... */
    char area[SMK_PLAN_AREA_LETTERS_MAX + 1];
    size_t office_count;
    struct smk_plan_office office[SMK_OFFICES_PER_DEVICE_MAX];
    size_t dials; /* the index of the node that it dials; the founder's own for the founder */
};

struct smk_plan {
    char coalition[201]; /* its name: that of the secretariat */
    size_t organisation_count;
    size_t office_count;
    size_t node_count; /* >= 1 */
    struct smk_plan_node node[SMK_PLAN_NODES_MAX];
};

/* Reads the folder; false after having said on stderr what is wrong with it. */
bool smk_plan_read(const char *folder, struct smk_plan *ret_plan);

#endif
