#include "tests/conform/msgpack_value.h"

#include <stdio.h>
#include <string.h>

/* A reader of all of msgpack, in any form and of any depth: it needs the value to be there already, and holds the bytes
 * against it. It shares nothing with the code under test, and no limit with a library. */

enum { EXT_TIMESTAMP = -1, NANOSECONDS = 1000000000 };

enum kind { NOTHING, NIL, BOOL, UINT, NEGATIVE, FLOAT, STR, BIN, ARRAY, MAP, EXT };

struct head {
    enum kind kind;
    uint64_t number; /* bool, integer without its sign, bytes, elements or pairs */
    double real;
    int8_t ext_type;
};

static uint64_t read_width(struct smk_reader *r, unsigned log2_bytes)
{
    switch (log2_bytes) {
    case 0: return smk_read_u8(r);
    case 1: return smk_read_be16(r);
    case 2: return smk_read_be32(r);
    default: return smk_read_be64(r);
    }
}

static double read_float(struct smk_reader *r, bool is_double)
{
    uint32_t bits = is_double ? 0 : smk_read_be32(r);
    uint64_t wide_bits = is_double ? smk_read_be64(r) : 0;
    float narrow;
    double wide;
    memcpy(&narrow, &bits, sizeof narrow);
    memcpy(&wide, &wide_bits, sizeof wide);
    return is_double ? wide : (double)narrow;
}

static struct head read_signed(struct smk_reader *r, unsigned log2_bytes)
{
    unsigned bits = 8u << log2_bytes;
    uint64_t raw = read_width(r, log2_bytes);
    if (raw >> (bits - 1) == 0)
        return (struct head){.kind = UINT, .number = raw};
    uint64_t extended = bits == 64 ? raw : raw | UINT64_MAX << bits;
    return (struct head){.kind = NEGATIVE, .number = (uint64_t)0 - extended};
}

static struct head read_ext(struct smk_reader *r, uint64_t len)
{
    return (struct head){.kind = EXT, .number = len, .ext_type = (int8_t)smk_read_u8(r)};
}

/* The bytes from c0 on that are followed by their size. */
static struct head read_sized(struct smk_reader *r, uint8_t first)
{
    switch (first) {
    case 0xc0: return (struct head){.kind = NIL};
    case 0xc2:
    case 0xc3: return (struct head){.kind = BOOL, .number = first & 1};
    case 0xc4:
    case 0xc5:
    case 0xc6: return (struct head){.kind = BIN, .number = read_width(r, first - 0xc4u)};
    case 0xc7:
    case 0xc8:
    case 0xc9: return read_ext(r, read_width(r, first - 0xc7u));
    case 0xca:
    case 0xcb: return (struct head){.kind = FLOAT, .real = read_float(r, first == 0xcb)};
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf: return (struct head){.kind = UINT, .number = read_width(r, first - 0xccu)};
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3: return read_signed(r, first - 0xd0u);
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8: return read_ext(r, (uint64_t)1 << (first - 0xd4u));
    case 0xd9:
    case 0xda:
    case 0xdb: return (struct head){.kind = STR, .number = read_width(r, first - 0xd9u)};
    case 0xdc:
    case 0xdd: return (struct head){.kind = ARRAY, .number = read_width(r, first - 0xdbu)};
    case 0xde:
    case 0xdf: return (struct head){.kind = MAP, .number = read_width(r, first - 0xddu)};
    default: return (struct head){.kind = NOTHING};
    }
}

static struct head read_head(struct smk_reader *r)
{
    uint8_t first = smk_read_u8(r);
    if (r->err != SMK_OK)
        return (struct head){.kind = NOTHING};
    if (first < 0x80)
        return (struct head){.kind = UINT, .number = first};
    if (first < 0x90)
        return (struct head){.kind = MAP, .number = first & 0x0f};
    if (first < 0xa0)
        return (struct head){.kind = ARRAY, .number = first & 0x0f};
    if (first < 0xc0)
        return (struct head){.kind = STR, .number = first & 0x1f};
    if (first >= 0xe0)
        return (struct head){.kind = NEGATIVE, .number = 0x100u - first};
    return read_sized(r, first);
}

/* What follows the head of a string, a binary or an ext. */
static struct smk_bytes read_content(struct smk_reader *r, const struct head *h)
{
    return smk_read_bytes(r, (size_t)h->number);
}

static bool is_letters(const char *text, size_t len, struct smk_bytes bytes)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf letters = {0};
    conform_letters(text, len, &letters);
    return letters.err == SMK_OK && smk_bytes_is_equal(smk_buf_view(&letters), bytes);
}

/* An integer beyond 64 bits can only be a float: the digits of that one, all of them, have to be the same. */
static bool is_huge(const json_t *value, double real)
{
    char digits[400]; /* a double has at most 309 of them */
    const char *text =
        conform_long_integer(value) != NULL ? conform_long_integer(value) : json_string_value(value);
    int len = snprintf(digits, sizeof digits, "%.0f", real);
    return text != NULL && len > 0 && (size_t)len < sizeof digits && strcmp(text, digits) == 0;
}

static bool is_same_number(const char *type, const json_t *value, const struct head *h)
{
    struct conform_integer i;
    bool is_integer = conform_integer_read(type, value, &i);
    if (h->kind == UINT)
        return is_integer && (!i.is_negative || i.size == 0) && i.size == h->number;
    if (h->kind == NEGATIVE)
        return is_integer && i.is_negative && i.size == h->number;
    if (h->kind != FLOAT)
        return false;
    if (!is_integer)
        return json_is_real(value) ? json_real_value(value) == h->real : is_huge(value, h->real);
    long double size = (long double)i.size;
    return (i.is_negative ? -size : size) == (long double)h->real;
}

static bool is_same(const json_t *value, struct smk_reader *r);

static bool is_same_array(const json_t *value, struct smk_reader *r, const struct head *h)
{
    bool same = json_is_array(value) && h->kind == ARRAY && json_array_size(value) == h->number;
    for (size_t i = 0; same && i < json_array_size(value); i++)
        same = is_same(json_array_get(value, i), r);
    return same;
}

/* A key that is there once, and a member of the value. */
static const json_t *take_member(const json_t *value, struct smk_bytes key, json_t *seen)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf marked = {0};
    conform_mark(key, &marked);
    const char *name = marked.len > 0 ? (const char *)marked.data : "";
    if (marked.err != SMK_OK || json_object_getn(seen, name, marked.len) != NULL ||
        json_object_setn_new(seen, name, marked.len, json_true()) != 0)
        return NULL;
    return json_object_getn(value, name, marked.len);
}

static bool is_same_map(const json_t *value, struct smk_reader *r, const struct head *h)
{
    bool same = json_is_object(value) && h->kind == MAP && json_object_size(value) == h->number;
    json_t *seen = json_object();
    for (uint64_t i = 0; same && i < h->number; i++) {
        struct head key = read_head(r);
        struct smk_bytes name = key.kind == STR ? read_content(r, &key) : (struct smk_bytes){0};
        const json_t *member = key.kind == STR && r->err == SMK_OK ? take_member(value, name, seen) : NULL;
        same = member != NULL && is_same(member, r);
    }
    json_decref(seen);
    return same;
}

static bool is_same(const json_t *value, struct smk_reader *r)
{
    struct head h = read_head(r);
    if (conform_is_number(value))
        return is_same_number("number", value, &h);
    if (json_is_null(value))
        return h.kind == NIL;
    if (json_is_boolean(value))
        return h.kind == BOOL && (h.number == 1) == json_is_true(value);
    if (json_is_string(value))
        return h.kind == STR &&
               is_letters(json_string_value(value), json_string_length(value), read_content(r, &h));
    return json_is_array(value) ? is_same_array(value, r, &h) : is_same_map(value, r, &h);
}

static bool is_hex_content(const json_t *hex, struct smk_reader *r, const struct head *h)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf bytes = {0};
    return conform_dashed_hex(hex, &bytes) && bytes.len == h->number &&
           smk_bytes_is_equal(smk_buf_view(&bytes), read_content(r, h));
}

static bool is_same_ext(const json_t *value, struct smk_reader *r, const struct head *h)
{
    const json_t *type = json_array_get(value, 0);
    return h->kind == EXT && json_is_integer(type) && json_integer_value(type) == h->ext_type &&
           is_hex_content(json_array_get(value, 1), r, h);
}

/* Seconds and nanoseconds in 4, 8 or 12 bytes. */
static bool is_same_time(const json_t *value, struct smk_reader *r, const struct head *h)
{
    struct conform_integer seconds, fraction;
    if (h->kind != EXT || h->ext_type != EXT_TIMESTAMP ||
        !conform_integer_read("number", json_array_get(value, 0), &seconds) ||
        !conform_integer_read("number", json_array_get(value, 1), &fraction))
        return false;
    uint64_t whole = 0, nano = 0;
    if (h->number == 4) {
        whole = smk_read_be32(r);
    } else if (h->number == 8) {
        uint64_t both = smk_read_be64(r);
        nano = both >> 34;
        whole = both & (((uint64_t)1 << 34) - 1);
    } else if (h->number == 12) {
        nano = smk_read_be32(r);
        whole = smk_read_be64(r);
    } else {
        return false;
    }
    uint64_t expected = seconds.is_negative ? (uint64_t)0 - seconds.size : seconds.size;
    return nano < NANOSECONDS && !fraction.is_negative && nano == fraction.size && whole == expected;
}

bool conform_value_is_read(const char *type, const json_t *value, struct smk_bytes bytes)
{
    struct smk_reader r = smk_reader_over(bytes);
    bool is_read = false;
    bool is_plain = strcmp(type, "binary") != 0 && strcmp(type, "ext") != 0 &&
                    strcmp(type, "timestamp") != 0 && strcmp(type, "bignum") != 0;
    if (is_plain) {
        is_read = is_same(value, &r);
    } else {
        struct head h = read_head(&r);
        if (strcmp(type, "binary") == 0)
            is_read = h.kind == BIN && is_hex_content(value, &r, &h);
        else if (strcmp(type, "ext") == 0)
            is_read = is_same_ext(value, &r, &h);
        else if (strcmp(type, "timestamp") == 0)
            is_read = is_same_time(value, &r, &h);
        else
            is_read = is_same_number(type, value, &h);
    }
    return is_read && smk_reader_finish(&r) == SMK_OK;
}
