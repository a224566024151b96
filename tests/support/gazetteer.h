/* tests/support/gazetteer.h: the table of places, by their numbers, for who cannot see store/places.h beside proto/policy.h.
 *
 * Memory   texts are static; test_gazetteer_close frees the names.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TESTS_SUPPORT_GAZETTEER_H
#define SMK_TESTS_SUPPORT_GAZETTEER_H

#include <stddef.h>

enum { TEST_PLACE_PROVINCE = 1, TEST_PLACE_DISTRICT, TEST_PLACE_COMMUNE, TEST_PLACE_LEVELS };

struct test_place {
    const char *code, *name_en, *name_km;
    size_t level;
    size_t below; /* so many that follow lie in it */
};

/* What cannot fail in a test stops the program. */
void test_gazetteer_open(void);
void test_gazetteer_close(void);
size_t test_gazetteer_count(void);
struct test_place test_gazetteer_at(size_t i);
/* The place that is found for a text among those of the level of place i that lie where it lies; the number of places when
 * it is none, or not clear. */
size_t test_gazetteer_find(size_t i, const char *text);

size_t test_gazetteer_alias_count(void);
/* Another name, and the number of its place. */
const char *test_gazetteer_alias_at(size_t alias, size_t *ret_place);

#endif
