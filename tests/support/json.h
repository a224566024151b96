/* tests/support/json.h: writes JSON, one member a line.
 *
 * Memory   appends to the caller's buffer; errors stick there.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_TESTS_SUPPORT_JSON_H
#define SMK_TESTS_SUPPORT_JSON_H

#include "proto/bytes.h"

/* Zero-initialise with the buffer. */
struct test_json {
    struct smk_buf *b;
    unsigned depth;
    bool has_sibling;
};

/* key NULL: an element of an array. open is '{' or '[', close its partner. */
void test_json_open(struct test_json *j, const char *key, char open);
void test_json_close(struct test_json *j, char close);
/* Text must need no escapes. */
void test_json_text(struct test_json *j, const char *key, const char *text);
void test_json_hex(struct test_json *j, const char *key, struct smk_bytes bytes);
void test_json_uint(struct test_json *j, const char *key, uint64_t number);
void test_json_bool(struct test_json *j, const char *key, bool value);

#endif
