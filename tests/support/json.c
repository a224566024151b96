#include "tests/support/json.h"

#include "proto/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void write_text(struct test_json *j, const char *text)
{
    smk_buf_write(j->b, text, strlen(text));
}

static void write_quoted(struct test_json *j, const char *text)
{
    SMK_ASSERT(strpbrk(text, "\"\\\n\t") == NULL);
    write_text(j, "\"");
    write_text(j, text);
    write_text(j, "\"");
}

static void write_line(struct test_json *j)
{
    write_text(j, "\n");
    for (unsigned i = 0; i < j->depth; i++)
        write_text(j, "  ");
}

static void begin(struct test_json *j, const char *key)
{
    if (j->has_sibling)
        write_text(j, ",");
    if (j->depth > 0)
        write_line(j);
    if (key != NULL) {
        write_quoted(j, key);
        write_text(j, ": ");
    }
    j->has_sibling = true;
}

void test_json_open(struct test_json *j, const char *key, char open)
{
    begin(j, key);
    smk_buf_write(j->b, &open, 1);
    j->depth++;
    j->has_sibling = false;
}

void test_json_close(struct test_json *j, char close)
{
    j->depth--;
    if (j->has_sibling)
        write_line(j);
    smk_buf_write(j->b, &close, 1);
    j->has_sibling = true;
    if (j->depth == 0)
        write_text(j, "\n");
}

void test_json_text(struct test_json *j, const char *key, const char *text)
{
    begin(j, key);
    write_quoted(j, text);
}

void test_json_hex(struct test_json *j, const char *key, struct smk_bytes bytes)
{
    begin(j, key);
    write_text(j, "\"");
    for (size_t i = 0; i < bytes.len; i++) {
        char digits[3];
        smk_hex_format((struct smk_bytes){bytes.data + i, 1}, digits);
        write_text(j, digits);
    }
    write_text(j, "\"");
}

void test_json_uint(struct test_json *j, const char *key, uint64_t number)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, number); /* at most 20 digits */
    begin(j, key);
    if (number < (uint64_t)1 << 53)
        write_text(j, text);
    else
        write_quoted(j, text);
}

void test_json_bool(struct test_json *j, const char *key, bool value)
{
    begin(j, key);
    write_text(j, value ? "true" : "false");
}
