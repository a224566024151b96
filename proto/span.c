#include "proto/span.h"

#include <string.h>

/* The first byte of a value and what stands behind it. */
struct lead {
    enum smk_value_type type;
    size_t head;     /* bytes of the token: first byte and length or number */
    uint64_t number; /* value of an integer or bool, bytes of str and bin, elements, pairs */
};

static uint64_t be_number(struct smk_bytes v, size_t width)
{
    uint64_t number = 0;
    for (size_t i = 0; i < width && 1 + i < v.len; i++)
        number = number << 8 | v.data[1 + i];
    return number;
}

static struct lead lead_with(struct smk_bytes v, enum smk_value_type type, size_t width)
{
    return (struct lead){type, 1 + width, be_number(v, width)};
}

static struct lead lead_long(struct smk_bytes v)
{
    uint8_t first = v.data[0];
    switch (first) {
    case 0xc2:
    case 0xc3: return (struct lead){SMK_VALUE_BOOL, 1, first & 1};
    case 0xc4:
    case 0xc5:
    case 0xc6: return lead_with(v, SMK_VALUE_BIN, (size_t)1 << (first - 0xc4));
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf: return lead_with(v, SMK_VALUE_UINT, (size_t)1 << (first - 0xcc));
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3: return lead_with(v, SMK_VALUE_NEGATIVE, (size_t)1 << (first - 0xd0));
    case 0xd9:
    case 0xda:
    case 0xdb: return lead_with(v, SMK_VALUE_STR, (size_t)1 << (first - 0xd9));
    case 0xdc:
    case 0xdd: return lead_with(v, SMK_VALUE_ARRAY, (size_t)2 << (first - 0xdc));
    case 0xde:
    case 0xdf: return lead_with(v, SMK_VALUE_MAP, (size_t)2 << (first - 0xde));
    default: return (struct lead){SMK_VALUE_NIL, 1, 0};
    }
}

static struct lead lead_of(struct smk_bytes v)
{
    if (v.len == 0)
        return (struct lead){0};
    uint8_t first = v.data[0];
    if (first < 0x80)
        return (struct lead){SMK_VALUE_UINT, 1, first};
    if (first < 0x90)
        return (struct lead){SMK_VALUE_MAP, 1, first & 0x0f};
    if (first < 0xa0)
        return (struct lead){SMK_VALUE_ARRAY, 1, first & 0x0f};
    if (first < 0xc0)
        return (struct lead){SMK_VALUE_STR, 1, first & 0x1f};
    if (first >= 0xe0)
        return (struct lead){SMK_VALUE_NEGATIVE, 1, first};
    return lead_long(v);
}

/* Values inside this one that stand behind its token. */
static uint64_t lead_children(struct lead l)
{
    return l.type == SMK_VALUE_ARRAY ? l.number : l.type == SMK_VALUE_MAP ? 2 * l.number : 0;
}

/* Bytes of the first whole value in rest; all of rest when it ends early. */
static size_t value_length(struct smk_bytes rest)
{
    size_t at = 0;
    uint64_t open = 1;
    while (open > 0 && at < rest.len) {
        struct lead l = lead_of((struct smk_bytes){rest.data + at, rest.len - at});
        uint64_t body = l.type == SMK_VALUE_STR || l.type == SMK_VALUE_BIN ? l.number : 0;
        if (l.head > rest.len - at || body > rest.len - at - l.head)
            return rest.len;
        at += l.head + (size_t)body;
        open += lead_children(l) - 1;
    }
    return at;
}

static struct smk_bytes take_value(struct smk_bytes *rest)
{
    struct smk_bytes value = {rest->data, value_length(*rest)};
    if (value.len > 0)
        rest->data += value.len;
    rest->len -= value.len;
    return value;
}

enum smk_value_type smk_span_type(struct smk_bytes v)
{
    return lead_of(v).type;
}

bool smk_span_bool(struct smk_bytes v)
{
    struct lead l = lead_of(v);
    return l.type == SMK_VALUE_BOOL && l.number != 0;
}

uint64_t smk_span_uint(struct smk_bytes v)
{
    struct lead l = lead_of(v);
    return l.type == SMK_VALUE_UINT ? l.number : 0;
}

static struct smk_bytes body_of(struct smk_bytes v, enum smk_value_type type)
{
    struct lead l = lead_of(v);
    if (l.type != type || l.head > v.len || l.number > v.len - l.head)
        return (struct smk_bytes){0};
    return (struct smk_bytes){v.data + l.head, (size_t)l.number};
}

struct smk_bytes smk_span_str(struct smk_bytes v)
{
    return body_of(v, SMK_VALUE_STR);
}

struct smk_bytes smk_span_bin(struct smk_bytes v)
{
    return body_of(v, SMK_VALUE_BIN);
}

struct smk_span_iter smk_span_each(struct smk_bytes container)
{
    struct lead l = lead_of(container);
    bool is_map = l.type == SMK_VALUE_MAP;
    if ((!is_map && l.type != SMK_VALUE_ARRAY) || l.head > container.len)
        return (struct smk_span_iter){0};
    struct smk_bytes rest = {container.data + l.head, container.len - l.head};
    return (struct smk_span_iter){.rest = rest, .left = (size_t)l.number, .is_map = is_map};
}

bool smk_span_next(struct smk_span_iter *it, struct smk_bytes *ret_key, struct smk_bytes *ret_value)
{
    if (it->left == 0 || it->rest.len == 0)
        return false;
    struct smk_bytes key = {0};
    if (it->is_map)
        key = smk_span_str(take_value(&it->rest));
    if (ret_key != NULL)
        *ret_key = key;
    *ret_value = take_value(&it->rest);
    it->left--;
    return true;
}

size_t smk_span_count(struct smk_bytes v)
{
    return smk_span_each(v).left;
}

struct smk_bytes smk_span_find_bytes(struct smk_bytes map, struct smk_bytes wanted)
{
    struct smk_span_iter it = smk_span_each(map);
    struct smk_bytes key, value;
    while (it.is_map && smk_span_next(&it, &key, &value))
        if (smk_bytes_is_equal(key, wanted))
            return value;
    return (struct smk_bytes){0};
}

struct smk_bytes smk_span_find(struct smk_bytes map, const char *key)
{
    return smk_span_find_bytes(map, smk_bytes_of_text(key));
}

struct smk_bytes smk_span_item(struct smk_bytes array, size_t i)
{
    struct smk_span_iter it = smk_span_each(array);
    struct smk_bytes value = {0};
    for (size_t at = 0; !it.is_map && smk_span_next(&it, NULL, &value); at++)
        if (at == i)
            return value;
    return (struct smk_bytes){0};
}

bool smk_span_is_text(struct smk_bytes v, const char *text)
{
    return smk_span_type(v) == SMK_VALUE_STR && smk_bytes_is_equal(smk_span_str(v), smk_bytes_of_text(text));
}
