/* tools/fence.h: what a damaged store file can do to a program that reads it ends in a sentence.
 *
 * Shape    LMDB reads through a map: a page that cannot be ends a process by SIGBUS, SIGSEGV or SIGABRT. From here on
 *          that is told as every other failure is, and ends with exit code 1. Nothing was committed by then.
 * Memory   none.   Secrets  none.   Threads  once, at the beginning.
 */
#ifndef SMK_TOOLS_FENCE_H
#define SMK_TOOLS_FENCE_H

#include <stdbool.h>

/* is_json   one object on stdout instead of sentences on stderr */
void smk_fence_raise(bool is_json);

#endif
