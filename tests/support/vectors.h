/* tests/support/vectors.h: makes the files in tests/vectors, always the same bytes.
 *
 * Shape    each file is a JSON object with a text `about` and an array `vectors`; each vector is an object whose
 *          member `samaki` says what it is. Bytes are lower-case hex, integers from 2^53 on are decimal text.
 * Source   PROTOCOL.md sections 3 to 7, 9.2, 9.6.   Memory  caller's buffer.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_TESTS_SUPPORT_VECTORS_H
#define SMK_TESTS_SUPPORT_VECTORS_H

#include "proto/bytes.h"

enum { TEST_VECTOR_FILES = 3 };

/* "records.json", ... */
const char *test_vectors_name(size_t file);

/* Appends the whole content of a file. */
void test_vectors_write(size_t file, struct smk_buf *b);

#endif
