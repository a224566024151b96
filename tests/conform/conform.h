/* tests/conform/conform.h: what the formats of the conformance program share.
 *
 * Words    file  one JSON file of test vectors, recognised by its content.
 *          item  one element of its list; most items are one case, some are several.
 *          why   the reason why a case failed, as static text; NULL when it passed.
 * Memory   JSON is BORROWED from the file that is being run; buffers are the caller's.
 */
#ifndef SMK_TESTS_CONFORM_CONFORM_H
#define SMK_TESTS_CONFORM_CONFORM_H

#include "proto/bytes.h"
#include "proto/mem.h"

#include <jansson.h>

struct conform_run {
    const char *file;
    size_t passed;
    size_t failed;
    size_t skipped;
};

struct conform_item {
    json_t *json;
    size_t index;        /* in its list, from 0 */
    const char *group;   /* name of the list, "" when it has none */
    const char *profile; /* the file's text about what is accepted, "" when it has none */
};

/* Counts one case; a failed one prints a line with the id of the case, made safe for a terminal. */
void conform_count(struct conform_run *run, const char *why, const char *id_format, ...)
    __attribute__((format(printf, 3, 4)));
void conform_skip(struct conform_run *run);

/* ---- formats: each runs one item, or a whole file of its own ---- */

void conform_noise_vector(struct conform_run *run, const struct conform_item *item);
void conform_noise_negative(struct conform_run *run, const struct conform_item *item);
void conform_noise_rekey(struct conform_run *run, const struct conform_item *item);
void conform_msgpack_suite(struct conform_run *run, const struct conform_item *item);
void conform_msgpack_profile(struct conform_run *run, const struct conform_item *item);
void conform_merkle(struct conform_run *run, const struct conform_item *item);
void conform_lookalikes(struct conform_run *run, const struct conform_item *item);
void conform_wycheproof(struct conform_run *run, json_t *file);
/* A survey's file of rows and what comes of each: FILE.csv and FILE.expected.json. */
void conform_survey(struct conform_run *run, const char *rows, const char *expected);

/* A file of acts that are to be refused: cases with an `input`, and the folder that they build on (acts.h). */
bool conform_is_acts(const json_t *root);
void conform_acts(struct conform_run *run, json_t *root, const char *path);

/* ---- reading JSON: everything answers false or "" to what is missing or of another type ---- */

/* GIVES the root (json_decref), or NULL with a line printed. Integers beyond 18 digits come as marked strings, so that
 * none is lost or rounded, and so do U+0000 and U+0001, so that keys may have them: what compares letters asks
 * conform_letters, what takes numbers conform_long_integer; conform_uint reads both kinds of integers. */
json_t *conform_load(const char *path);

/* The digits of a long integer, perhaps with a sign; NULL when the value is none. */
const char *conform_long_integer(const json_t *value);
/* The letters of a string or key as they were in the file; GIVES, smk_buf_deinit. */
void conform_letters(const char *text, size_t len, struct smk_buf *ret_letters);
void conform_mark(struct smk_bytes letters,
                  struct smk_buf *ret_marked); /* the other way; GIVES, smk_buf_deinit */

const char *conform_text(const json_t *object, const char *key);
bool conform_uint(const json_t *number, uint64_t *ret_number);
/* ret_bytes  set to exactly the bytes, so that a sanitizer sees one too far; GIVES, smk_buf_deinit. */
bool conform_hex(const json_t *text, struct smk_buf *ret_bytes);
bool conform_base64(const json_t *text, struct smk_buf *ret_bytes);
/* Hex of exactly len bytes. */
bool conform_hex_exact(const json_t *text, uint8_t *ret_bytes, size_t len);

#endif
