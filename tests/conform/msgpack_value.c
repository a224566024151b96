#include "tests/conform/msgpack_value.h"

#include "proto/canon.h"

#include <stdlib.h>
#include <string.h>

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

/* Out of digits, as `bignum` has them and as long integers are carried. */
static bool integer_of_text(const char *text, struct conform_integer *ret_integer)
{
    struct conform_integer i = {.is_negative = *text == '-'};
    json_t *digits = json_string(text + i.is_negative);
    bool is_good = conform_uint(digits, &i.size);
    json_decref(digits);
    *ret_integer = i;
    return is_good && (!i.is_negative || i.size <= (uint64_t)1 << 63);
}

static struct conform_integer integer_of(int64_t number)
{
    return (struct conform_integer){number < 0,
                                    number < 0 ? (uint64_t)0 - (uint64_t)number : (uint64_t)number};
}

/* 1.0 is the integer 1 in the language that these files come from. */
static bool is_whole(double real)
{
    return real >= -0x1p63 && real < 0x1p63 && (double)(int64_t)real == real;
}

bool conform_integer_read(const char *type, const json_t *value, struct conform_integer *ret_integer)
{
    const char *digits = conform_long_integer(value);
    if (digits == NULL && strcmp(type, "bignum") == 0)
        digits = json_string_value(value);
    if (json_is_integer(value))
        *ret_integer = integer_of((int64_t)json_integer_value(value));
    else if (json_is_real(value) && is_whole(json_real_value(value)))
        *ret_integer = integer_of((int64_t)json_real_value(value));
    else
        return digits != NULL && integer_of_text(digits, ret_integer);
    return true;
}

bool conform_is_number(const json_t *value)
{
    return json_is_number(value) || conform_long_integer(value) != NULL;
}

/* ---- writing ---- */

static bool pack_json(const json_t *value, struct smk_buf *b);

struct member {
    struct smk_buf key; /* its letters */
    const json_t *value;
};

static int compare_members(const void *a, const void *b)
{
    const struct smk_buf *left = &((const struct member *)a)->key, *right = &((const struct member *)b)->key;
    if (left->len != right->len) /* the length is written before the letters */
        return left->len < right->len ? -1 : 1;
    return left->len > 0 ? memcmp(left->data, right->data, left->len) : 0;
}

static bool pack_members(struct member *member, size_t count, struct smk_buf *b)
{
    qsort(member, count, sizeof *member, compare_members);
    smk_pack_map(b, count);
    for (size_t i = 0; i < count; i++) {
        smk_pack_str(b, smk_buf_view(&member[i].key));
        if (member[i].key.err != SMK_OK || !pack_json(member[i].value, b))
            return false;
    }
    return true;
}

static bool pack_map(const json_t *map, struct smk_buf *b)
{
    size_t count = json_object_size(map), i = 0, len;
    const char *name;
    json_t *value;
    struct member *member = smk_mem_array(count, sizeof *member);
    if (member == NULL)
        return false;
    json_object_keylen_foreach((json_t *)(uintptr_t)map, name, len, value)
    {
        conform_letters(name, len, &member[i].key);
        member[i++].value = value;
    }
    bool is_good = pack_members(member, count, b);
    for (i = 0; i < count; i++)
        smk_buf_deinit(&member[i].key);
    smk_mem_free(member);
    return is_good;
}

static void pack_string(const json_t *value, struct smk_buf *b)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf letters = {0};
    conform_letters(json_string_value(value), json_string_length(value), &letters);
    smk_pack_str(b, smk_buf_view(&letters));
}

static bool pack_integer(const char *type, const json_t *value, struct smk_buf *b)
{
    struct conform_integer i;
    if (!conform_integer_read(type, value, &i))
        return false;
    if (i.is_negative)
        smk_pack_int(b, (int64_t)((uint64_t)0 - i.size));
    else
        smk_pack_uint(b, i.size);
    return true;
}

static bool pack_json(const json_t *value, struct smk_buf *b)
{
    if (conform_is_number(value))
        return pack_integer("number", value, b);
    if (json_is_null(value))
        smk_pack_nil(b);
    else if (json_is_boolean(value))
        smk_pack_bool(b, json_is_true(value));
    else if (json_is_string(value))
        pack_string(value, b);
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
        return pack_integer(type, value, b);
    if (strcmp(type, "binary") != 0)
        return pack_json(value, b) && b->err == SMK_OK;
    if (!conform_dashed_hex(value, &bytes))
        return false;
    smk_pack_bin(b, smk_buf_view(&bytes));
    return b->err == SMK_OK;
}
