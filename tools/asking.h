/* tools/asking.h: a document from answers: field by field, with labels, choices and what stands there now.
 *
 * Shape    only at a terminal. Each answer is looked at when it is given, and is on the disk before the next question;
 *          at the end everything is shown once more and can be corrected. Whoever goes in between finds it again: as a
 *          draft, or kept for the next time.
 * Source   README.md in this folder.
 * Memory   as writing.h.   Secrets  answers are as private as the store.   Threads  one; signals as line.h.
 */
#ifndef SMK_TOOLS_ASKING_H
#define SMK_TOOLS_ASKING_H

#include "tools/writing.h"

/* Asks, and writes; kind or doc of the writing are set. SMK_EXIT_DONE when it was written, SMK_EXIT_TRY_AGAIN when somebody
 * has gone and what was entered is kept, or another code after having said why not. */
enum smk_exit smk_ask(struct smk_writing *w);

#endif
