/* tests/support/respell.h: Khmer names as other people type them: spellings that look the same.
 *
 * Memory   caller's buffer.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_TESTS_SUPPORT_RESPELL_H
#define SMK_TESTS_SUPPORT_RESPELL_H

#include <stdbool.h>
#include <stddef.h>

enum { TEST_RESPELLINGS = 8, TEST_RESPELLED_BYTES_MAX = 513 };
extern const char *const test_respelling_name[TEST_RESPELLINGS];

/* The name with everything changed that this way of spelling changes; false when that is nothing. */
bool test_respell(size_t way, const char *name, char ret_text[TEST_RESPELLED_BYTES_MAX]);

#endif
