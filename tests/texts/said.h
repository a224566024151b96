/* tests/texts/said.h: what a command has written, looked at as a terminal, a JSON parser and an XML parser would.
 *
 * Memory   owned: said_deinit.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TESTS_TEXTS_SAID_H
#define SMK_TESTS_TEXTS_SAID_H

#include "proto/bytes.h"
#include "tests/support/tempdir.h"

struct said {
    char *text;
    size_t len;
};
/* Between these two everything that goes to stdout and stderr is kept. */
void said_begin(const struct test_dir *dir);
void said_end(const struct test_dir *dir, struct said *ret_said);
void said_deinit(struct said *s);

size_t said_lines(const struct said *s);
/* Lines between one that is `title` and the next empty one, or the end. */
size_t said_lines_of(const struct said *s, const char *title);
/* No control but line breaks, no mark that turns the direction of writing, no other line's end; good UTF-8. */
bool said_is_safe(const struct said *s);
/* Every line is a JSON object; count: how many there are, SIZE_MAX = any number. */
bool said_is_json(const struct said *s, size_t count);
/* Of the lines of 'list --json': how many lines the same list has for people. */
size_t said_list_lines(const struct said *s);
/* Members of the object that the first line's object has under a name. */
size_t said_count(const struct said *s, const char *name);
/* Whether a text of the first line's object, at any depth, is this one; of a text that is not good UTF-8, or none, true. */
bool said_has_text(const struct said *s, struct smk_bytes text);
/* Well-formed, and made of no other elements and attributes than pages of ours are. */
bool said_is_page(const struct said *s);
/* The file is one good value of JSON. */
bool file_is_json(const char *path);

#endif
