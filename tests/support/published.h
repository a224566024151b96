/* tests/support/published.h: a world of which a part is published, for tests of what leaves.
 *
 * Shape    case studies, one of them also in pub, with small numbers in a breakdown; two events in pub, one with few
 *          women; attachments, of which one is for everybody.
 * Memory   as deeds.h.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TESTS_SUPPORT_PUBLISHED_H
#define SMK_TESTS_SUPPORT_PUBLISHED_H

#include "tests/support/deeds.h"

#define TEST_EDIT(o, k, d, f) (&(struct test_deed){.office = (o), .kind = (k), .doc = (d), .fields = (f)})

/* The fields of a case study of 30 people, in a breakdown by age. */
extern const char test_study[];

/* Begins the world; end it with test_deeds_deinit. */
void test_published_init(struct test_deeds *w);

#endif
