/* tools/audit.h: the reading of a store that may be damaged, kept apart from the process that reports.
 *
 * Shape    smk_audit_read forks; the child looks at every byte and writes one JSON object a line into a pipe; the parent
 *          gathers them. A child that dies of a signal, hangs or fails is an answer too: the file is damaged.
 * Source   README.md in this folder, `audit`.
 * Memory   a report is released with smk_audit_report_deinit.   Secrets  none.   Threads  call it while there is one.
 */
#ifndef SMK_TOOLS_AUDIT_H
#define SMK_TOOLS_AUDIT_H

#include "store/audit.h"

#include <jansson.h>

enum {
    SMK_AUDIT_CHILD_S = 50,          /* after this the child ends itself */
    SMK_AUDIT_PARENT_MS = 57 * 1000, /* after this the parent ends it */
    SMK_AUDIT_FINDINGS_MAX = 10000,  /* reported one by one; more are only counted */
    SMK_AUDIT_LINE_BYTES_MAX = 4096,
};

struct smk_audit_report {
    enum smk_err err; /* OK: everything was looked at */
    bool has_died;    /* the child was killed, hung or gave no answer */
    json_t *findings; /* array of {kind, id, scope, author, seq, what}; author is a slug, or a key, or null */
    struct smk_audit_counts counts;
};
void smk_audit_report_deinit(struct smk_audit_report *report); /* works on a zeroed object */

/* folder   the one that holds data.mdb
 * OK                     see ret_report
 * SMK_ERR_NOMEM, SMK_ERR_IO   no child could be started, or heard to the end, or it had too little memory */
SMK_MUST_USE enum smk_err smk_audit_read(const char *folder, struct smk_audit_report *ret_report);

/* What the child does: everything, writing lines to out. Never returns to the parent's code. */
_Noreturn void smk_audit_child(const char *folder, int out);

#endif
