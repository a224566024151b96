/* tools/reasons.h: why an edit or act would not count, and what would be needed, in the words of people.
 *
 * Shape    one row for each reason of policy.h. {0} stands for the roles that may, {1} for where the document stands, {2} for
 *          where it would have to stand.
 * Source   PROTOCOL.md section 11.4.
 * Memory   static; what is filled in BORROWS for the call.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_REASONS_H
#define SMK_TOOLS_REASONS_H

#include "proto/fold.h"
#include "tools/messages.h"

struct smk_reason_row {
    const char *en, *km;   /* what would be needed; "" when nothing is */
    enum smk_khmer review; /* what is known of the Khmer, here and in smk_reason_text_km */
};
const struct smk_reason_row *smk_reason_row(enum smk_reason reason);

/* What it was asked about; all may be NULL. */
struct smk_asked {
    const struct smk_policy_rule *rule;
    const char *stands; /* the state of the document's text: "negotiated" */
    const char *before; /* the furthest state that any text of it has reached; NULL: not known */
};

/* What codes of a list are called, in a row; they end with NULL, or after max. "-" for none. */
void smk_reason_labels(const char *list, const char *const *code, size_t max, enum smk_language language,
                       char *ret_text, size_t room);

/* What would be needed, filled in. Whether there is a rule or not, nothing is left open in it. */
void smk_reason_needs(enum smk_reason reason, const struct smk_asked *asked, enum smk_language language,
                      char *ret_text, size_t room);
/* Refuses for a reason: "The office X may not do that: ..."; office NULL: none of this device's. `error` is the code. */
enum smk_exit smk_reason_refuse(struct smk_cli *cli, enum smk_reason reason, const char *office,
                                const struct smk_asked *asked);

#endif
