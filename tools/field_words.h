/* tools/field_words.h: fields as words of the command line, NAME=VALUE, turned into JSON.
 *
 * Shape    a value that begins with { or [ is JSON; lists may also be written A,B,C; numbers in digits.
 * Memory   JSON is GIVEN or set into the object.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_FIELD_WORDS_H
#define SMK_TOOLS_FIELD_WORDS_H

#include "proto/schema.h"

#include <jansson.h>

/* Sets one field of object. False when the word has no '=', no value, or a value that is no JSON where it begins as such. */
bool smk_field_word_read(const struct smk_field *rules, size_t rule_count, const char *word, json_t *object);

#endif
