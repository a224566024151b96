#include "tools/cli.h"
#include "tools/text.h"

#include "proto/canon.h"
#include "proto/mem.h"
#include "proto/utf8.h"

#include <stdlib.h>
#include <string.h>

/* JSON leaves characters above ASCII as they are; those that a terminal might obey are written as \u escapes here.
 * They stand inside strings only, so the value stays the same. */
static void print_escaped(FILE *out, struct smk_bytes json)
{
    size_t plain = 0;
    for (size_t at = 0; at < json.len;) {
        uint32_t point;
        size_t taken = smk_text_next(json, at, &point);
        if (smk_text_is_unsafe(point) && point != SMK_TEXT_BAD) {
            (void)fwrite(json.data + plain, 1, at - plain, out);
            if (point > 0xFFFF)
                (void)fprintf(out, "\\u%04x\\u%04x", 0xD800u + ((point - 0x10000u) >> 10),
                              0xDC00u + (point & 0x3FFu));
            else
                (void)fprintf(out, "\\u%04x", (unsigned)point);
            plain = at + taken;
        }
        at += taken;
    }
    (void)fwrite(json.data + plain, 1, json.len - plain, out);
    (void)fputc('\n', out);
}

/* An answer that lacks a piece looks like one that has none: that there was no memory for a piece is remembered until the
 * answer is written. */
static bool has_lost_piece;

static void *watched_alloc(size_t size)
{
    void *at = malloc(size);
    has_lost_piece = has_lost_piece || at == NULL;
    return at;
}

void smk_json_watch(void)
{
    has_lost_piece = false;
    json_set_alloc_funcs(watched_alloc, free);
}

json_t *smk_json_lost(void)
{
    has_lost_piece = true;
    return NULL;
}

bool smk_json_has_lost(void)
{
    return has_lost_piece;
}

void smk_cli_json(struct smk_cli *cli, json_t *object)
{
    if (cli->is_json) {
        char *text = object != NULL && !has_lost_piece ? json_dumps(object, JSON_COMPACT) : NULL;
        if (text != NULL)
            print_escaped(stdout, smk_bytes_of_text(text));
        else
            (void)puts("{\"error\":\"nomem\",\"what\":\"There was not enough memory to write the answer.\"}");
        cli->has_lost_words = cli->has_lost_words || text == NULL;
        has_lost_piece = false;
        free(text);
    }
    json_decref(object);
}

json_t *smk_json_hex(struct smk_bytes bytes)
{
    char *text = smk_mem_new(2 * bytes.len + 1);
    if (text == NULL)
        return smk_json_lost();
    smk_hex_format(bytes, text);
    json_t *string = json_string(text);
    smk_mem_free(text);
    return string;
}

json_t *smk_json_text(struct smk_bytes utf8)
{
    static const char mark[] = "\xEF\xBF\xBD"; /* U+FFFD for what is no UTF-8 */
    if (smk_utf8_is_valid(utf8))
        return json_stringn(utf8.len > 0 ? (const char *)utf8.data : "", utf8.len);
    struct smk_buf b = {.max = 3 * utf8.len};
    for (size_t at = 0; at < utf8.len;) {
        uint32_t point;
        size_t taken = smk_text_next(utf8, at, &point);
        if (point == SMK_TEXT_BAD)
            smk_buf_write(&b, mark, sizeof mark - 1);
        else
            smk_buf_write(&b, utf8.data + at, taken);
        at += taken;
    }
    json_t *string = b.err == SMK_OK ? json_stringn((const char *)b.data, b.len) : smk_json_lost();
    smk_buf_deinit(&b);
    return string;
}

static json_t *json_of_uint(uint64_t value)
{
    if (value <= INT64_MAX)
        return json_integer((json_int_t)value);
    char text[24]; /* more than a JSON reader can be trusted to keep */
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    return json_string(text);
}

static json_t *json_of_array(struct smk_value v)
{
    json_t *array = json_array();
    for (size_t i = 0; i < smk_value_count(v); i++)
        if (json_array_append_new(array, smk_json_value(smk_value_item(v, i))) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static json_t *json_of_map(struct smk_value v)
{
    json_t *object = json_object();
    for (size_t i = 0; i < smk_value_count(v); i++) {
        struct smk_bytes key = smk_value_key(v, i);
        json_t *value = smk_json_value(smk_value_at(v, i));
        if (json_object_setn_new(object, key.len > 0 ? (const char *)key.data : "", key.len, value) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

/* No deeper than SMK_DEPTH_MAX: the decoder saw to that. */
json_t *smk_json_value(struct smk_value v)
{
    switch (smk_value_type(v)) {
    case SMK_VALUE_NONE:
    case SMK_VALUE_NIL: return json_null();
    case SMK_VALUE_BOOL: return json_boolean(smk_value_bool(v));
    case SMK_VALUE_UINT: return json_of_uint(smk_value_uint(v));
    case SMK_VALUE_NEGATIVE: return json_integer((json_int_t)smk_value_int(v));
    case SMK_VALUE_STR: return smk_json_text(smk_value_str(v));
    case SMK_VALUE_BIN: return smk_json_hex(smk_value_bin(v));
    case SMK_VALUE_ARRAY: return json_of_array(v);
    case SMK_VALUE_MAP: return json_of_map(v);
    }
    return NULL;
}
