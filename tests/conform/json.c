#include "tests/conform/conform.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
    FILE_BYTES_MAX = 256 * 1024 * 1024,
    DIGITS_EXACT_MAX = 18, /* every integer of so many digits fits 64 bits with a sign */
};

#define QUOTE_AND_MARK "\"\\u0001"

static bool read_whole(const char *path, struct smk_buf *ret_text)
{
    FILE *in = fopen(path, "rb");
    if (in == NULL)
        return false;
    char chunk[16 * 1024];
    size_t got;
    while ((got = fread(chunk, 1, sizeof chunk, in)) > 0)
        smk_buf_write(ret_text, chunk, got);
    bool is_good = ferror(in) == 0 && ret_text->err == SMK_OK;
    (void)fclose(in); /* it was only read */
    return is_good;
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

/* Copies JSON text, with long integers put between quotes, behind a mark. */
static void quote_long_integers(struct smk_bytes text, struct smk_buf *ret_quoted)
{
    for (size_t at = 0; at < text.len;) {
        uint8_t c = text.data[at];
        bool is_long = false;
        size_t span = 1;
        if (c == '"')
            span = string_span(text, at);
        else if (c == '-' || (c >= '0' && c <= '9'))
            span = number_span(text, at, &is_long);
        is_long = is_long && may_be_quoted(text, at, span);
        if (is_long)
            smk_buf_write(ret_quoted, QUOTE_AND_MARK, sizeof QUOTE_AND_MARK - 1);
        smk_buf_write(ret_quoted, text.data + at, span);
        if (is_long)
            smk_buf_write_u8(ret_quoted, '"');
        at += span;
    }
}

json_t *conform_load(const char *path)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf text = {.max = FILE_BYTES_MAX};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf quoted = {.max = 2 * (size_t)FILE_BYTES_MAX};
    if (!read_whole(path, &text)) {
        printf("FAIL %s: cannot be read\n", path);
        return NULL;
    }
    quote_long_integers(smk_buf_view(&text), &quoted);
    json_error_t error = {.text = "out of memory"};
    json_t *root = NULL;
    if (quoted.err == SMK_OK)
        root = json_loadb((const char *)quoted.data, quoted.len,
                          JSON_ALLOW_NUL | JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
    if (root == NULL)
        printf("FAIL %s: line %d: not JSON\n", path, error.line);
    return root;
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
    const char *digits = json_string_value(number);
    if (digits != NULL && *digits == CONFORM_LONG_INTEGER_MARK)
        digits++;
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
