/* tests/fuzz/scratch.h: files for targets that read files, in a folder of this process, and what was said on stderr.
 *
 * Memory   static; the folder goes when the process ends in good order.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TESTS_FUZZ_SCRATCH_H
#define SMK_TESTS_FUZZ_SCRATCH_H

#include "proto/bytes.h"

/* The folder; made on the first call. BORROWED. */
const char *scratch_folder(void);
/* Writes folder/name, 0600, over what was there; its path is BORROWED until the next call. */
const char *scratch_write(const char *name, struct smk_bytes bytes);

/* From here on stderr goes into a file in memory ... */
void scratch_hush(void);
/* ... up to here: at most ret_text_max - 1 bytes of it, and a zero. Returns how many bytes were written in all. */
size_t scratch_hear(char *ret_text, size_t ret_text_max);

#endif
