/* tools/undo.h: an import taken back as a whole: what its log names is withdrawn, one act a document.
 *
 * Shape    a document stays, and is named with the reason, when anybody has built on it since: edited it, acted on it, named it
 *          in a document that stays, taken it into a wider scope. What the import only changed stays as well.
 * Source   README.md in this folder, `import`.
 * Memory   as said.   Secrets  those of the home.   Threads  one.
 */
#ifndef SMK_TOOLS_UNDO_H
#define SMK_TOOLS_UNDO_H

#include "tools/cli.h"

/* {"reason_km": TEXT} or {"reason_en": TEXT}, by its letters. GIVES. */
json_t *smk_withdraw_reason(const char *text);

/* `samaki import --undo LOG`. reason NULL: says which file. */
enum smk_exit smk_import_undo(struct smk_cli *cli, const char *log, const char *reason, bool is_preview);

#endif
