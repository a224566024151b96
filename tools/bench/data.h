/* tools/bench/data.h: a coalition with documents of made-up prose, the same on every run.
 *
 * Shape    a secretariat; half its documents are events (in `pub`), half interviews (in its own scope), in Khmer and English
 *          as the sample has them, about 700 bytes a record, places all over the country.
 * Memory   texts are appended to the caller's buffer.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_BENCH_DATA_H
#define SMK_TOOLS_BENCH_DATA_H

#include "store/home.h"

/* Founds the coalition in a folder and writes documents; ret_home is open. */
void bench_data_make(const char *folder, size_t documents, struct smk_home *ret_home);
/* Appends the texts of document i, as they are indexed: fields in Khmer and English, one after the other. */
void bench_data_text(uint64_t i, struct smk_buf *b);

#endif
