/* tests/conform/samaki.h: Samaki's own vectors, one item at a time: read back, computed anew, compared. */
#ifndef SMK_TESTS_CONFORM_SAMAKI_H
#define SMK_TESTS_CONFORM_SAMAKI_H

#include "tests/conform/conform.h"

void conform_samaki(struct conform_run *run, const struct conform_item *item);

#endif
