#include "tests/conform/conform.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
    FILE_BYTES_MAX = 256 * 1024 * 1024,
    MARK = 1,
    DIGITS_EXACT_MAX = 18, /* every integer of so many digits fits 64 bits with a sign */
};

#define MARK_ESCAPE "\\u0001"

/* Reads until the end of the file or of the room. */
static enum smk_err read_all(FILE *in, struct smk_buf *ret_text)
{
    char chunk[16 * 1024];
    size_t got;
    while (ret_text->err == SMK_OK && (got = fread(chunk, 1, sizeof chunk, in)) > 0)
        smk_buf_write(ret_text, chunk, got);
    return ret_text->err;
}

/* NULL, or why not. */
static const char *read_whole(const char *path, struct smk_buf *ret_text)
{
    FILE *in = fopen(path, "rb");
    if (in == NULL)
        return "it cannot be opened";
    enum smk_err err = read_all(in, ret_text);
    bool is_broken = ferror(in) != 0;
    (void)fclose(in); /* it was only read */
    if (err == SMK_ERR_TOO_BIG_HERE)
        return "it is larger than 256 MiB";
    if (err != SMK_OK)
        return "there is no memory for it";
    if (is_broken)
        return "it cannot be read";
    return ret_text->len == 0 ? "it is empty" : NULL;
}

/* Bytes of the number that begins at `at`; ret_is_long tells an integer that may not fit. */
static size_t number_span(struct smk_bytes text, size_t at, bool *ret_is_long)
{
    size_t end = at, digits = 0;
    bool is_integer = true;
    for (; end < text.len && strchr("+-.eE0123456789", text.data[end]) != NULL && text.data[end] != '\0';
         end++) {
        uint8_t c = text.data[end];
        digits += c >= '0' && c <= '9';
        is_integer = is_integer && (end == at || (c >= '0' && c <= '9'));
    }
    *ret_is_long = is_integer && digits > DIGITS_EXACT_MAX;
    return end - at;
}

static size_t string_span(struct smk_bytes text, size_t at)
{
    size_t end = at + 1;
    while (end < text.len && text.data[end] != '"')
        end += text.data[end] == '\\' ? 2 : 1;
    return (end < text.len ? end + 1 : text.len) - at;
}

/* JSON has no zeros in front, and no number is a name. */
static bool may_be_quoted(struct smk_bytes text, size_t at, size_t span)
{
    size_t first = text.data[at] == '-' ? at + 1 : at, next = at + span;
    while (next < text.len && strchr(" \t\r\n", text.data[next]) != NULL && text.data[next] != '\0')
        next++;
    return text.data[first] != '0' && (next == text.len || text.data[next] != ':');
}

/* A string in which U+0001 begins a mark, so that letters that a key must not have, and numbers, can be told. */
static void copy_string(struct smk_bytes string, struct smk_buf *ret_quoted)
{
    for (size_t at = 0; at < string.len;) {
        size_t span = string.data[at] == '\\' && at + 1 < string.len ? 2 : 1;
        if (string.len - at >= 6 && memcmp(string.data + at, "\\u0000", 6) == 0) {
            smk_buf_write(ret_quoted, MARK_ESCAPE "0", sizeof MARK_ESCAPE);
            span = 6;
        } else if (string.len - at >= 6 && memcmp(string.data + at, MARK_ESCAPE, 6) == 0) {
            smk_buf_write(ret_quoted, MARK_ESCAPE "1", sizeof MARK_ESCAPE);
            span = 6;
        } else {
            smk_buf_write(ret_quoted, string.data + at, span);
        }
        at += span;
    }
}

static void copy_number(struct smk_bytes number, bool is_long, struct smk_buf *ret_quoted)
{
    if (is_long)
        smk_buf_write(ret_quoted, "\"" MARK_ESCAPE "n", sizeof MARK_ESCAPE + 1);
    smk_buf_write_bytes(ret_quoted, number);
    if (is_long)
        smk_buf_write_u8(ret_quoted, '"');
}

/* Copies JSON text, with marks in its strings and long integers as strings. */
static void quote_long_integers(struct smk_bytes text, struct smk_buf *ret_quoted)
{
    for (size_t at = 0; at < text.len && ret_quoted->err == SMK_OK;) {
        uint8_t c = text.data[at];
        bool is_long = false;
        size_t span = 1;
        if (c == '"') {
            span = string_span(text, at);
            copy_string((struct smk_bytes){text.data + at, span}, ret_quoted);
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            span = number_span(text, at, &is_long);
            is_long = is_long && may_be_quoted(text, at, span);
            copy_number((struct smk_bytes){text.data + at, span}, is_long, ret_quoted);
        } else {
            smk_buf_write_u8(ret_quoted, c);
        }
        at += span;
    }
}

json_t *conform_load(const char *path)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf text = {.max = FILE_BYTES_MAX};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf quoted = {.max = 3 * (size_t)FILE_BYTES_MAX};
    const char *why = read_whole(path, &text);
    if (why == NULL)
        quote_long_integers(smk_buf_view(&text), &quoted);
    if (why == NULL && quoted.err != SMK_OK)
        why = "there is no memory for it";
    if (why != NULL) {
        printf("FAIL %s: %s\n", path, why);
        return NULL;
    }
    json_error_t error = {.line = -1};
    json_t *root =
        json_loadb((const char *)quoted.data, quoted.len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
    if (root == NULL && error.line > 0)
        printf("FAIL %s: it is not JSON, or too deep for it, in line %d\n", path, error.line);
    else if (root == NULL)
        printf("FAIL %s: it is not JSON\n", path);
    return root;
}

const char *conform_long_integer(const json_t *value)
{
    const char *text = json_string_value(value);
    return text != NULL && text[0] == MARK && text[1] == 'n' ? text + 2 : NULL;
}

void conform_letters(const char *text, size_t len, struct smk_buf *ret_letters)
{
    *ret_letters = (struct smk_buf){.max = len};
    for (size_t at = 0; at < len; at++)
        if (text[at] == MARK && at + 1 < len)
            smk_buf_write_u8(ret_letters, text[++at] == '1');
        else
            smk_buf_write_u8(ret_letters, (uint8_t)text[at]);
}

void conform_mark(struct smk_bytes letters, struct smk_buf *ret_marked)
{
    *ret_marked = (struct smk_buf){.max = 2 * letters.len};
    for (size_t at = 0; at < letters.len; at++) {
        uint8_t c = letters.data[at];
        if (c <= MARK)
            smk_buf_write_u8(ret_marked, MARK);
        smk_buf_write_u8(ret_marked, c <= MARK ? (uint8_t)('0' + c) : c);
    }
}

const char *conform_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

bool conform_uint(const json_t *number, uint64_t *ret_number)
{
    if (json_is_integer(number) && json_integer_value(number) >= 0) {
        *ret_number = (uint64_t)json_integer_value(number);
        return true;
    }
    const char *digits = conform_long_integer(number);
    if (digits == NULL)
        digits = json_string_value(number);
    if (digits == NULL || *digits == '\0')
        return false;
    uint64_t value = 0;
    for (; *digits != '\0'; digits++) {
        if (*digits < '0' || *digits > '9')
            return false;
        uint64_t digit = (uint64_t)(*digits - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *ret_number = value;
    return true;
}

/* Makes room for exactly len bytes. */
static bool take_room(struct smk_buf *bytes, size_t len)
{
    *bytes = (struct smk_buf){.max = len};
    if (len == 0)
        return true;
    bytes->data = smk_mem_new(len);
    if (bytes->data == NULL)
        return false;
    bytes->len = bytes->capacity = len;
    return true;
}

bool conform_hex(const json_t *text, struct smk_buf *ret_bytes)
{
    const char *hex = json_string_value(text);
    size_t digits = json_string_length(text);
    if (hex == NULL || digits % 2 != 0 || strlen(hex) != digits || !take_room(ret_bytes, digits / 2))
        return false;
    return digits == 0 || smk_hex_parse(hex, ret_bytes->data, digits / 2);
}

bool conform_base64(const json_t *text, struct smk_buf *ret_bytes)
{
    const char *base64 = json_string_value(text);
    size_t letters = json_string_length(text);
    if (base64 == NULL || letters % 4 != 0 || !take_room(ret_bytes, letters / 4 * 3))
        return false;
    if (letters == 0)
        return true;
    return sodium_base642bin(ret_bytes->data, ret_bytes->capacity, base64, letters, NULL, &ret_bytes->len,
                             NULL, sodium_base64_VARIANT_ORIGINAL) == 0;
}

bool conform_hex_exact(const json_t *text, uint8_t *ret_bytes, size_t len)
{
    const char *hex = json_string_value(text);
    return hex != NULL && strlen(hex) == 2 * len && smk_hex_parse(hex, ret_bytes, len);
}
