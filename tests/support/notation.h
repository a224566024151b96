/* tests/support/notation.h: msgpack written as text, so that a row of a table shows what it tests.
 *
 * Shape    12 -7 nil true false 'text' [1 2] {'a' 1 'b' 2} #32x07 (a binary of 32 bytes 07) $0 (argument 0 as a
 *          binary). Map keys stand in the order in which they are written, right or wrong; lengths and integers
 *          have their shortest form.
 * Memory   caller's buffer.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_TESTS_SUPPORT_NOTATION_H
#define SMK_TESTS_SUPPORT_NOTATION_H

#include "proto/bytes.h"

/* Appends the values of the text; stops the program when it is mistyped. args may be NULL when no $ is used. */
void test_pack(struct smk_buf *b, const char *text, const struct smk_bytes *args);
/* The same one value, with the keys of its maps in the order of canonical msgpack. */
void test_pack_in_order(struct smk_buf *b, const char *text, const struct smk_bytes *args);

#endif
