/* tools/snapshot.h: the whole text of a document, written anew into a wider scope.
 *
 * Shape    a snapshot is an edit with all fields, whose `from` names the heads of the text that it was taken from. What
 *          the wider text has got already is what lies in the past of any edit that one of its snapshots names.
 * Source   PROTOCOL.md section 10.
 * Memory   as writing.h: what the fold handed out is gone after a write.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_SNAPSHOT_H
#define SMK_TOOLS_SNAPSHOT_H

#include "tools/writing.h"

enum smk_snapshot {
    SMK_SNAPSHOT_FAILED, /* it was said why; ret_code is the code to end with */
    SMK_SNAPSHOT_WRITTEN,
    SMK_SNAPSHOT_SAME, /* the wider text has all of it */
};

/* Writes the text of doc, which is whole and without several values anywhere, into scope.
 * A field that was changed in the wider text by somebody who did not take it from here, and says something else than doc
 * now does, is refused by name, unless is_over: the text of doc then replaces it. */
enum smk_snapshot smk_snapshot_write(struct smk_writing *w, const struct smk_fold_doc *doc,
                                     const struct smk_scope *scope, bool is_over, enum smk_exit *ret_code);

/* What a draft says where it will stand: the scope of its kind and fields. False: the fields do not say. */
bool smk_snapshot_scope(const struct smk_writing *w, const struct smk_fold_doc *doc,
                        struct smk_scope *ret_scope);

#endif
