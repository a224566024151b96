/* tests/support/path.h: the whole way of a study and of a list through the world of deeds.h, one record after the other.
 *
 * Shape    a step is a deed with who does it where; each has seen all that stands in its scope, names the text as it stands,
 *          and carries the evidence it needs. Documents: 0 joint meeting, 1 list, 2 and 3 its recommendations, 4 provincial
 *          meeting, 5 national workshop, 6 study, 7 event, 8 project, 9 audit note about the list. Act 50 is the report that
 *          is verified, act 51 the award.
 * Memory   the world's.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TESTS_SUPPORT_PATH_H
#define SMK_TESTS_SUPPORT_PATH_H

#include "tests/support/deeds.h"

struct test_step {
    enum test_who who;
    const char *scope;
    struct test_deed deed;
};

/* Does every step before the one with this name ("joint_list.endorse"; NULL: all), one by one. */
void test_path(struct test_deeds *w, const char *before);
/* The step with that name; NULL when there is none. */
const struct test_step *test_path_step(const char *name);
/* Asks whether the step would count (ret_asked), then writes it, whatever the answer. The id of the record. */
const uint8_t *test_path_force(struct test_deeds *w, const struct test_step *step,
                               enum smk_reason *ret_asked);

#endif
