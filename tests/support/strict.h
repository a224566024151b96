/* tests/support/strict.h: what every decoder of canonical bytes must do with bytes that end early or late.
 *
 * Memory   tries each length in a heap block of exactly that length.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_TESTS_SUPPORT_STRICT_H
#define SMK_TESTS_SUPPORT_STRICT_H

#include "proto/bytes.h"

typedef enum smk_err test_decode_fn(struct smk_bytes bytes);

/* Every prefix is SMK_ERR_TRUNCATED, the whole is SMK_OK, the whole and one byte more is SMK_ERR_TRAILING.
 * NULL when that holds, otherwise what does not, as static text. */
const char *test_strictness(struct smk_bytes whole, test_decode_fn *decode);

/* The same for a decoder with one word for all: every prefix is `refused`, and the whole with any byte more is too. */
const char *test_strictness_as(struct smk_bytes whole, test_decode_fn *decode, enum smk_err refused);

/* For one canonical array: with its last field missing it is `less`, with a field more `more`. */
const char *test_field_strictness(struct smk_bytes array, test_decode_fn *decode, enum smk_err less,
                                  enum smk_err more);

#endif
