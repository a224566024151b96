/* tools/evidence.h: the records of a narrower scope that an act or a published text carries with it.
 *
 * Shape    a canonical array of whole records (PROTOCOL.md sections 4.2, 11.2).
 * Memory   appended to the caller's buffer.   Secrets  none beyond the records'.   Threads  one.
 */
#ifndef SMK_TOOLS_EVIDENCE_H
#define SMK_TOOLS_EVIDENCE_H

#include "tools/fold_load.h"

/* What this act about doc, as it stands, has to carry; nothing is appended when it needs none or has none yet. act is
 * "publish" for the text of a study that is published.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM; errors of b stick in it */
SMK_MUST_USE enum smk_err smk_evidence_pack(struct smk_loaded *l, const struct smk_fold_doc *doc,
                                            const char *act, struct smk_buf *b);

#endif
