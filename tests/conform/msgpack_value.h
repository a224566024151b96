/* tests/conform/msgpack_value.h: a value as the msgpack test suite writes it in JSON, against bytes.
 *
 * Shape    type is the key of the case: nil, bool, binary, number, bignum, string, array, map, ext, timestamp.
 * Memory   JSON is BORROWED.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_TESTS_CONFORM_MSGPACK_VALUE_H
#define SMK_TESTS_CONFORM_MSGPACK_VALUE_H

#include "tests/conform/conform.h"

/* Hex with a dash between bytes. */
bool conform_dashed_hex(const json_t *text, struct smk_buf *ret_bytes);

/* ---- integers ---- */

/* An integer of 64 bits, with its sign. */
struct conform_integer {
    bool is_negative;
    uint64_t size; /* without the sign */
};

/* False for what is no integer, or beyond 64 bits. Only a bignum may be a string in the file. */
bool conform_integer_read(const char *type, const json_t *value, struct conform_integer *ret_integer);
bool conform_is_number(const json_t *value);

/* ---- values ---- */

/* Writes the value in the one form that our profile knows. False when the profile knows no form of it (fractions, ext,
 * timestamps), or it is no value at all. */
bool conform_value_pack(const char *type, const json_t *value, struct smk_buf *b);

/* True when these bytes, all of them, are the value: in whatever form. */
bool conform_value_is_read(const char *type, const json_t *value, struct smk_bytes bytes);

#endif
