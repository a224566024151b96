/* store/files/withhold.h: numbers of people that are too small to be published, and those by which they could be found.
 *
 * Shape    a tally in, the tally out with "*" where a number is withheld.
 * Source   README.md in this folder, "What a public package withholds", says why this is enough.
 * Memory   appends to the caller's buffer.   Secrets  none of its own.   Threads  pure.
 */
#ifndef SMK_STORE_FILES_WITHHOLD_H
#define SMK_STORE_FILES_WITHHOLD_H

#include "proto/bytes.h"

enum { SMK_PEOPLE_MIN = 5 }; /* from here on a number of people may be published; so may none */

bool smk_is_small(uint64_t people);

/* tally   well-formed (smk_tally_is_valid). Errors stick in b. */
void smk_tally_withhold(struct smk_bytes tally, struct smk_buf *b);

#endif
