#include "tests/conform/msgpack_value.h"

#include "proto/canon.h"

#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

enum { MEMBERS_MAX = 1024, EXT_TIMESTAMP = -1, NANOSECONDS = 1000000000 };

bool conform_dashed_hex(const json_t *text, struct smk_buf *ret_bytes)
{
    const char *dashed = json_string_value(text);
    if (dashed == NULL)
        return false;
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf hex = {.max = json_string_length(text) + 1};
    for (; *dashed != '\0'; dashed++)
        if (*dashed != '-')
            smk_buf_write_u8(&hex, (uint8_t)*dashed);
    json_t *plain = json_stringn(hex.len > 0 ? (const char *)hex.data : "", hex.len);
    bool is_good = hex.err == SMK_OK && conform_hex(plain, ret_bytes);
    json_decref(plain);
    return is_good;
}

/* ---- numbers ---- */

/* An integer of 64 bits, with its sign. */
struct integer {
    bool is_negative;
    uint64_t size; /* without the sign */
};

/* Out of digits, as `bignum` has them and as long integers are carried. */
static bool integer_of_text(const char *text, struct integer *ret_integer)
{
    if (*text == CONFORM_LONG_INTEGER_MARK)
        text++;
    struct integer i = {.is_negative = *text == '-'};
    json_t *digits = json_string(text + i.is_negative);
    bool is_good = conform_uint(digits, &i.size);
    json_decref(digits);
    *ret_integer = i;
    return is_good && (!i.is_negative || i.size <= (uint64_t)1 << 63);
}

static struct integer integer_of(int64_t number)
{
    return (struct integer){number < 0, number < 0 ? (uint64_t)0 - (uint64_t)number : (uint64_t)number};
}

/* 1.0 is the integer 1 in the language that these files come from. */
static bool is_whole(double real)
{
    return real > -9.0e15 && real < 9.0e15 && (double)(int64_t)real == real;
}

static bool integer_read(const json_t *value, struct integer *ret_integer)
{
    if (json_is_integer(value))
        *ret_integer = integer_of((int64_t)json_integer_value(value));
    else if (json_is_real(value) && is_whole(json_real_value(value)))
        *ret_integer = integer_of((int64_t)json_real_value(value));
    else
        return json_is_string(value) && integer_of_text(json_string_value(value), ret_integer);
    return true;
}

static bool is_number(const char *type, const json_t *value)
{
    bool is_long = json_is_string(value) && *json_string_value(value) == CONFORM_LONG_INTEGER_MARK;
    return strcmp(type, "bignum") == 0 || json_is_number(value) || is_long;
}

static struct smk_bytes text_of(const json_t *value)
{
    return (struct smk_bytes){(const uint8_t *)json_string_value(value), json_string_length(value)};
}

/* ---- writing ---- */

static bool pack_json(const json_t *value, struct smk_buf *b);

static int compare_keys(const void *a, const void *b)
{
    const char *left = *(const char *const *)a, *right = *(const char *const *)b;
    size_t left_len = strlen(left), right_len = strlen(right);
    if (left_len != right_len) /* the length is written before the letters */
        return left_len < right_len ? -1 : 1;
    return memcmp(left, right, left_len);
}

static bool pack_map(const json_t *map, struct smk_buf *b)
{
    const char *key[MEMBERS_MAX];
    size_t count = 0;
    const char *name;
    json_t *member;
    if (json_object_size(map) > MEMBERS_MAX)
        return false;
    json_object_foreach((json_t *)(uintptr_t)map, name, member) key[count++] = name;
    qsort(key, count, sizeof key[0], compare_keys);
    smk_pack_map(b, count);
    for (size_t i = 0; i < count; i++) {
        smk_pack_text(b, key[i]);
        if (!pack_json(json_object_get(map, key[i]), b))
            return false;
    }
    return true;
}

static bool pack_integer(const json_t *value, struct smk_buf *b)
{
    struct integer i;
    if (!integer_read(value, &i))
        return false;
    if (i.is_negative)
        smk_pack_int(b, (int64_t)((uint64_t)0 - i.size));
    else
        smk_pack_uint(b, i.size);
    return true;
}

static bool pack_json(const json_t *value, struct smk_buf *b)
{
    if (is_number("", value))
        return pack_integer(value, b);
    if (json_is_null(value))
        smk_pack_nil(b);
    else if (json_is_boolean(value))
        smk_pack_bool(b, json_is_true(value));
    else if (json_is_string(value))
        smk_pack_str(b, text_of(value));
    else if (json_is_object(value))
        return pack_map(value, b);
    else if (!json_is_array(value))
        return false;
    if (!json_is_array(value))
        return true;
    smk_pack_array(b, json_array_size(value));
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!pack_json(json_array_get(value, i), b))
            return false;
    return true;
}

bool conform_value_pack(const char *type, const json_t *value, struct smk_buf *b)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf bytes = {0};
    if (strcmp(type, "ext") == 0 || strcmp(type, "timestamp") == 0)
        return false;
    if (strcmp(type, "bignum") == 0)
        return pack_integer(value, b);
    if (strcmp(type, "binary") != 0)
        return pack_json(value, b) && b->err == SMK_OK;
    if (!conform_dashed_hex(value, &bytes))
        return false;
    smk_pack_bin(b, smk_buf_view(&bytes));
    return b->err == SMK_OK;
}

/* ---- reading ---- */

static bool is_same(const json_t *value, const msgpack_object *o);

static bool is_same_number(const json_t *value, const msgpack_object *o)
{
    struct integer i;
    bool is_integer = integer_read(value, &i);
    if (o->type == MSGPACK_OBJECT_POSITIVE_INTEGER)
        return is_integer && (!i.is_negative || i.size == 0) && i.size == o->via.u64;
    if (o->type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
        return is_integer && i.is_negative && i.size == (uint64_t)0 - (uint64_t)o->via.i64;
    if (o->type != MSGPACK_OBJECT_FLOAT32 && o->type != MSGPACK_OBJECT_FLOAT64)
        return false;
    if (!is_integer)
        return json_is_real(value) && json_real_value(value) == o->via.f64;
    long double size = (long double)i.size;
    return (i.is_negative ? -size : size) == (long double)o->via.f64;
}

static struct smk_bytes str_of(const msgpack_object *o)
{
    return (struct smk_bytes){(const uint8_t *)o->via.str.ptr, o->via.str.size};
}

static bool is_same_array(const json_t *value, const msgpack_object *o)
{
    bool same = json_is_array(value) && o->type == MSGPACK_OBJECT_ARRAY &&
                json_array_size(value) == o->via.array.size;
    for (size_t i = 0; same && i < o->via.array.size; i++)
        same = is_same(json_array_get(value, i), &o->via.array.ptr[i]);
    return same;
}

static bool is_same_map(const json_t *value, const msgpack_object *o)
{
    bool same =
        json_is_object(value) && o->type == MSGPACK_OBJECT_MAP && json_object_size(value) == o->via.map.size;
    for (size_t i = 0; same && i < o->via.map.size; i++) {
        const msgpack_object_kv *pair = &o->via.map.ptr[i];
        const json_t *member = NULL;
        if (pair->key.type == MSGPACK_OBJECT_STR)
            member = json_object_getn(value, pair->key.via.str.ptr, pair->key.via.str.size);
        same = member != NULL && is_same(member, &pair->val);
    }
    return same;
}

static bool is_same(const json_t *value, const msgpack_object *o)
{
    if (is_number("", value))
        return is_same_number(value, o);
    if (json_is_null(value))
        return o->type == MSGPACK_OBJECT_NIL;
    if (json_is_boolean(value))
        return o->type == MSGPACK_OBJECT_BOOLEAN && o->via.boolean == json_is_true(value);
    if (json_is_string(value))
        return o->type == MSGPACK_OBJECT_STR && smk_bytes_is_equal(text_of(value), str_of(o));
    return json_is_array(value) ? is_same_array(value, o) : is_same_map(value, o);
}

static bool is_same_bin(const json_t *value, const msgpack_object *o)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf bytes = {0};
    return conform_dashed_hex(value, &bytes) && o->type == MSGPACK_OBJECT_BIN &&
           smk_bytes_is_equal(smk_buf_view(&bytes),
                              (struct smk_bytes){(const uint8_t *)o->via.bin.ptr, o->via.bin.size});
}

static bool is_same_ext(const json_t *value, const msgpack_object *o)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf bytes = {0};
    return o->type == MSGPACK_OBJECT_EXT && json_is_integer(json_array_get(value, 0)) &&
           json_integer_value(json_array_get(value, 0)) == o->via.ext.type &&
           conform_dashed_hex(json_array_get(value, 1), &bytes) &&
           smk_bytes_is_equal(smk_buf_view(&bytes),
                              (struct smk_bytes){(const uint8_t *)o->via.ext.ptr, o->via.ext.size});
}

static uint64_t read_be(const char *at, size_t len)
{
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++)
        value = value << 8 | (uint8_t)at[i];
    return value;
}

/* Seconds and nanoseconds in 4, 8 or 12 bytes. */
static bool is_same_time(const json_t *value, const msgpack_object *o)
{
    struct integer seconds, fraction;
    if (o->type != MSGPACK_OBJECT_EXT || o->via.ext.type != EXT_TIMESTAMP ||
        !integer_read(json_array_get(value, 0), &seconds) ||
        !integer_read(json_array_get(value, 1), &fraction))
        return false;
    const char *at = o->via.ext.ptr;
    uint64_t whole = 0, nano = 0;
    if (o->via.ext.size == 4) {
        whole = read_be(at, 4);
    } else if (o->via.ext.size == 8) {
        nano = read_be(at, 8) >> 34;
        whole = read_be(at, 8) & (((uint64_t)1 << 34) - 1);
    } else if (o->via.ext.size == 12) {
        nano = read_be(at, 4);
        whole = read_be(at + 4, 8);
    } else {
        return false;
    }
    uint64_t expected = seconds.is_negative ? (uint64_t)0 - seconds.size : seconds.size;
    return nano < NANOSECONDS && !fraction.is_negative && nano == fraction.size && whole == expected;
}

bool conform_value_is_read(const char *type, const json_t *value, struct smk_bytes bytes)
{
    msgpack_unpacked result;
    size_t used = 0;
    msgpack_unpacked_init(&result);
    bool is_read =
        msgpack_unpack_next(&result, (const char *)bytes.data, bytes.len, &used) == MSGPACK_UNPACK_SUCCESS &&
        used == bytes.len;
    const msgpack_object *o = &result.data;
    if (is_read && strcmp(type, "binary") == 0)
        is_read = is_same_bin(value, o);
    else if (is_read && strcmp(type, "ext") == 0)
        is_read = is_same_ext(value, o);
    else if (is_read && strcmp(type, "timestamp") == 0)
        is_read = is_same_time(value, o);
    else if (is_read && is_number(type, value))
        is_read = is_same_number(value, o);
    else if (is_read)
        is_read = is_same(value, o);
    msgpack_unpacked_destroy(&result);
    return is_read;
}
