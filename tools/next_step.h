/* tools/next_step.h: what leads on when something cannot be done yet, or not any more.
 *
 * Shape    sentences behind "It stands at: ...", or instead: that the text is newer than what was done about it, the act that leads to where
 *          it has to stand with the roles that may do it, and what a guard looks for elsewhere.
 * Source   PROTOCOL.md section 11.4.
 * Memory   static; what is filled in BORROWS for the call.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_NEXT_STEP_H
#define SMK_TOOLS_NEXT_STEP_H

#include "tools/reasons.h"

/* Appends to what text holds already, or replaces it where the state is not what is lacking; nothing where nothing is to be
 * said. asked->rule is not NULL. */
void smk_next_step(enum smk_reason reason, const struct smk_asked *asked, enum smk_language language,
                   char *text, size_t room);

#endif
