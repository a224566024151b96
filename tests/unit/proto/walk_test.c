#include "proto/bounds.h"
#include "proto/walk.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const struct smk_walk_limits wide = {.depth_max = SMK_DEPTH_MAX, .nodes_max = SIZE_MAX};

/* Walks a copy that is exactly as long as the bytes, so that a sanitizer sees one read too far. */
static enum smk_err walk_exact(const uint8_t *bytes, size_t len, struct smk_walk_limits limits)
{
    uint8_t *exact = malloc(len > 0 ? len : 1);
    cr_assert(ne(ptr, exact, NULL));
    if (len > 0)
        memcpy(exact, bytes, len);
    enum smk_err err = smk_walk((struct smk_bytes){exact, len}, limits);
    free(exact);
    return err;
}

static enum smk_err walk_hex(const char *hex, struct smk_walk_limits limits)
{
    uint8_t bytes[512];
    size_t len = strlen(hex) / 2;
    cr_assert(le(sz, len, sizeof bytes));
    cr_assert(smk_hex_parse(hex, bytes, len), "%s", hex);
    return walk_exact(bytes, len, limits);
}

/* ---- integers ---- */

struct form {
    uint8_t lead;
    unsigned width; /* bytes behind the lead; 0 = the value is in the lead itself */
};

static size_t put_form(struct form f, uint64_t bits, uint8_t *ret_bytes)
{
    ret_bytes[0] = f.lead;
    for (unsigned i = 0; i < f.width; i++)
        ret_bytes[1 + i] = (uint8_t)(bits >> (8 * (f.width - 1 - i)));
    return 1 + f.width;
}

Test(walk, a_number_not_below_zero_has_one_form)
{
    static const struct form unsigned_form[] = {{0x00, 0}, {0xcc, 1}, {0xcd, 2}, {0xce, 4}, {0xcf, 8}};
    static const uint64_t form_max[] = {0x7f, UINT8_MAX, UINT16_MAX, UINT32_MAX, UINT64_MAX};
    static const struct form signed_form[] = {{0xd0, 1}, {0xd1, 2}, {0xd2, 4}, {0xd3, 8}};
    static const uint64_t signed_max[] = {INT8_MAX, INT16_MAX, INT32_MAX, INT64_MAX};
    static const uint64_t value[] = {0,
                                     1,
                                     0x7e,
                                     0x7f,
                                     0x80,
                                     0xff,
                                     0x100,
                                     0x7fff,
                                     0x8000,
                                     0xffff,
                                     0x10000,
                                     0x7fffffff,
                                     0x80000000,
                                     0xffffffff,
                                     0x100000000,
                                     INT64_MAX,
                                     (uint64_t)INT64_MAX + 1,
                                     UINT64_MAX};
    for (size_t v = 0; v < sizeof value / sizeof value[0]; v++) {
        bool is_first = true;
        uint8_t bytes[9];
        for (size_t f = 0; f < 5; f++) {
            if (value[v] > form_max[f])
                continue;
            size_t len = put_form(unsigned_form[f], value[v], bytes);
            if (f == 0)
                bytes[0] = (uint8_t)value[v];
            cr_assert(eq(int, walk_exact(bytes, len, wide), is_first ? SMK_OK : SMK_ERR_NOT_CANONICAL),
                      "%#jx form %zu", (uintmax_t)value[v], f);
            is_first = false;
        }
        for (size_t f = 0; f < 4; f++)
            if (value[v] <= signed_max[f])
                cr_assert(eq(int, walk_exact(bytes, put_form(signed_form[f], value[v], bytes), wide),
                             SMK_ERR_NOT_CANONICAL),
                          "%#jx signed %zu", (uintmax_t)value[v], f);
    }
}

Test(walk, a_number_below_zero_has_one_form)
{
    static const struct form form[] = {{0, 0}, {0xd0, 1}, {0xd1, 2}, {0xd2, 4}, {0xd3, 8}};
    static const int64_t form_min[] = {-32, INT8_MIN, INT16_MIN, INT32_MIN, INT64_MIN};
    static const int64_t value[] = {-1,
                                    -2,
                                    -31,
                                    -32,
                                    -33,
                                    -127,
                                    -128,
                                    -129,
                                    -255,
                                    -256,
                                    -32767,
                                    -32768,
                                    -32769,
                                    -65536,
                                    -65537,
                                    INT32_MIN,
                                    (int64_t)INT32_MIN - 1,
                                    INT64_MIN + 1,
                                    INT64_MIN};
    for (size_t v = 0; v < sizeof value / sizeof value[0]; v++) {
        bool is_first = true;
        for (size_t f = 0; f < 5; f++) {
            uint8_t bytes[9];
            if (value[v] < form_min[f])
                continue;
            size_t len = put_form(form[f], (uint64_t)value[v], bytes);
            if (f == 0)
                bytes[0] = (uint8_t)value[v];
            cr_assert(eq(int, walk_exact(bytes, len, wide), is_first ? SMK_OK : SMK_ERR_NOT_CANONICAL),
                      "%jd form %zu", (intmax_t)value[v], f);
            is_first = false;
        }
    }
}

/* ---- lengths ---- */

struct family {
    const char *name;
    struct form form[4]; /* shortest first; width 0 = in the lead */
    uint64_t form_max[4];
    size_t form_count;
};

static const struct family family[] = {
    {"str", {{0xa0, 0}, {0xd9, 1}, {0xda, 2}, {0xdb, 4}}, {31, UINT8_MAX, UINT16_MAX, UINT32_MAX}, 4},
    {"bin", {{0xc4, 1}, {0xc5, 2}, {0xc6, 4}}, {UINT8_MAX, UINT16_MAX, UINT32_MAX}, 3},
    {"array", {{0x90, 0}, {0xdc, 2}, {0xdd, 4}}, {15, UINT16_MAX, UINT32_MAX}, 3},
    {"map", {{0x80, 0}, {0xde, 2}, {0xdf, 4}}, {15, UINT16_MAX, UINT32_MAX}, 3},
};

/* A value of the family with count bytes, elements or pairs, in the given form; GIVES (free). */
static uint8_t *make_value(const struct family *fam, size_t form, size_t count, size_t *ret_len)
{
    uint8_t *bytes = malloc(5 + 7 * count);
    cr_assert(ne(ptr, bytes, NULL));
    size_t len = put_form(fam->form[form], count, bytes);
    if (fam->form[form].width == 0)
        bytes[0] = (uint8_t)(bytes[0] | count);
    for (size_t i = 0; i < count; i++) {
        if (fam->name[0] == 'm') { /* keys of five digits rise */
            bytes[len++] = 0xa5;
            for (size_t digit = 0, rest = i; digit < 5; digit++, rest /= 10)
                bytes[len + 4 - digit] = (uint8_t)('0' + rest % 10);
            len += 5;
        }
        bytes[len++] = fam->name[0] == 's' ? 'x' : 0xc0;
    }
    *ret_len = len;
    return bytes;
}

Test(walk, each_length_class_begins_where_the_shorter_one_ends)
{
    static const size_t count[] = {0,   1,   14,  15,  16,    17,    31,    32,   33,
                                   254, 255, 256, 257, 65534, 65535, 65536, 65537};
    for (size_t k = 0; k < sizeof family / sizeof family[0]; k++)
        for (size_t c = 0; c < sizeof count / sizeof count[0]; c++) {
            bool is_first = true;
            for (size_t f = 0; f < family[k].form_count; f++) {
                if (count[c] > family[k].form_max[f])
                    continue;
                size_t len;
                uint8_t *bytes = make_value(&family[k], f, count[c], &len);
                cr_assert(eq(int, walk_exact(bytes, len, wide), is_first ? SMK_OK : SMK_ERR_NOT_CANONICAL),
                          "%s of %zu in form %zu", family[k].name, count[c], f);
                free(bytes);
                is_first = false;
            }
        }
}

Test(walk, every_prefix_is_truncated_and_one_byte_more_is_trailing)
{
    static const char *const value[] = {
        "c0",
        "c2",
        "c3",
        "00",
        "7f",
        "ff",
        "e0",
        "cc80",
        "cd0100",
        "ce00010000",
        "cf0000000100000000",
        "d0df",
        "d1ff7f",
        "d2ffff7fff",
        "d3ffffffff7fffffff",
        "a0",
        "a3616263",
        "c400",
        "c4020001",
        "90",
        "93010203",
        "80",
        "81a161c0",
        "82a16101a2616203",
        "93c0a26869c4030a0b0c",
        "82a16192c0c3a16282a178a179a2616180",
        "91919191919191919191919191919190",
    };
    for (size_t i = 0; i < sizeof value / sizeof value[0]; i++) {
        uint8_t bytes[64] = {0};
        size_t len = strlen(value[i]) / 2;
        cr_assert(smk_hex_parse(value[i], bytes, len), "%s", value[i]);
        for (size_t cut = 0; cut < len; cut++)
            cr_assert(eq(int, walk_exact(bytes, cut, wide), SMK_ERR_TRUNCATED), "%s cut to %zu", value[i],
                      cut);
        cr_assert(eq(int, walk_exact(bytes, len, wide), SMK_OK), "%s", value[i]);
        for (unsigned more = 0; more < 256; more++) {
            bytes[len] = (uint8_t)more;
            cr_assert(eq(int, walk_exact(bytes, len + 1, wide), SMK_ERR_TRAILING), "%s and %02x", value[i],
                      more);
        }
    }
}

Test(walk, a_long_value_is_truncated_at_every_border)
{
    for (size_t k = 0; k < sizeof family / sizeof family[0]; k++) {
        size_t len;
        uint8_t *bytes = make_value(&family[k], family[k].form_count - 1, 65536, &len);
        for (size_t cut = 0; cut < len; cut = cut < 20 || cut + 20 > len ? cut + 1 : len - 19)
            cr_assert(eq(int, walk_exact(bytes, cut, wide), SMK_ERR_TRUNCATED), "%s cut to %zu",
                      family[k].name, cut);
        free(bytes);
    }
}

Test(walk, a_length_that_lies_is_truncated_at_once)
{
    static const char *const lie[] = {
        "dbffffffff",
        "c6ffffffff",
        "ddffffffff",
        "dfffffffff",
        "dd7fffffff",
        "df80000000",
        "df7fffffffa16101",
        "daffff",
        "deffff",
        "dcffff",
        "c5ffff",
        "c4ff",
        "d9ff",
        "9f",
        "8f",
        "bf",
        "82a16101",
        "92c0",
        "82a161c0a162",
        "91dd7fffffff9090",
        "ddfffffffec0c0c0c0",
        "dd0001000090",
        "9193dcffff",
        "dbffffffff6162",
        "dffffffffea161c0",
    };
    for (size_t i = 0; i < sizeof lie / sizeof lie[0]; i++)
        cr_assert(eq(int, walk_hex(lie[i], wide), SMK_ERR_TRUNCATED), "%s", lie[i]);
}

/* ---- what has no place ---- */

Test(walk, floats_ext_and_the_reserved_byte_are_refused_with_whatever_follows)
{
    static const uint8_t lead[] = {0xc1, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8};
    for (size_t i = 0; i < sizeof lead; i++)
        for (size_t len = 1; len < 20; len++) {
            uint8_t alone[20] = {lead[i]}, inside[21] = {0x91, lead[i]};
            cr_assert(eq(int, walk_exact(alone, len, wide), SMK_ERR_NOT_CANONICAL), "%02x, %zu bytes",
                      lead[i], len);
            cr_assert(eq(int, walk_exact(inside, len + 1, wide), SMK_ERR_NOT_CANONICAL), "%02x in an array",
                      lead[i]);
        }
}

Test(walk, keys_are_text_and_rise_by_their_encoded_form)
{
    static const struct {
        const char *hex;
        enum smk_err err;
        const char *why;
    } row[] = {
        {"82a161c0a162c0", SMK_OK, "a, b"},
        {"82a162c0a161c0", SMK_ERR_NOT_CANONICAL, "b, a"},
        {"82a161c0a161c0", SMK_ERR_NOT_CANONICAL, "a, a"},
        {"82a162c0a26161c0", SMK_OK, "b, aa: the shorter key is the smaller one"},
        {"82a26161c0a162c0", SMK_ERR_NOT_CANONICAL, "aa, b"},
        {"82a0c0a161c0", SMK_OK, "the empty key comes first"},
        {"82a161c0a0c0", SMK_ERR_NOT_CANONICAL, "the empty key last"},
        {"82a17ac0a2c280c0", SMK_OK, "z, U+0080"},
        {"81c0c0", SMK_ERR_NOT_CANONICAL, "nil as a key"},
        {"8101c0", SMK_ERR_NOT_CANONICAL, "a number as a key"},
        {"81c3c0", SMK_ERR_NOT_CANONICAL, "a bool as a key"},
        {"81c40161c0", SMK_ERR_NOT_CANONICAL, "bytes as a key"},
        {"8190c0", SMK_ERR_NOT_CANONICAL, "an array as a key"},
        {"8180c0", SMK_ERR_NOT_CANONICAL, "a map as a key"},
        {"82a16181a161c0a162c0", SMK_OK, "an inner map has an order of its own"},
        {"82a16181a17ac0a162c0", SMK_OK, "and the outer order goes on after it"},
        {"82a16281a161c0a161c0", SMK_ERR_NOT_CANONICAL, "and is not forgotten"},
        {"81a16182a162c0a161c0", SMK_ERR_NOT_CANONICAL, "wrong order one level down"},
        {"9281a162c081a161c0", SMK_OK, "two maps have nothing to do with each other"},
        {"82a161a162a162a161", SMK_OK, "values are not in the order"},
        {"81d90161c0", SMK_ERR_NOT_CANONICAL, "a key in a longer form"},
        {"81a1ffc0", SMK_ERR_NOT_CANONICAL, "a key that is no UTF-8"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(eq(int, walk_hex(row[i].hex, wide), row[i].err), "%s: %s", row[i].hex, row[i].why);
}

Test(walk, a_key_of_32_bytes_stands_behind_one_of_31)
{
    static const size_t len[] = {31, 32, 255, 256};
    for (size_t i = 1; i < 4; i++) { /* z...z, then a...a in the next class */
        uint8_t bytes[600] = {0x82}, turned[600] = {0x82};
        struct smk_buf first = {.max = 300}, second = {.max = 300};
        struct smk_buf *key[] = {&first, &second};
        for (size_t k = 0; k < 2; k++) {
            size_t letters = len[i - 1 + k];
            if (letters <= 31)
                smk_buf_write_u8(key[k], (uint8_t)(0xa0 | letters));
            else if (letters <= 255)
                smk_buf_write_be16(key[k], (uint16_t)(0xd900 | letters));
            else
                smk_buf_write(key[k], "\xda\x01\x00", 3);
            for (size_t j = 0; j < letters; j++)
                smk_buf_write_u8(key[k], k == 0 ? 'z' : 'a');
            smk_buf_write_u8(key[k], 0xc0);
            cr_assert(eq(int, key[k]->err, SMK_OK));
        }
        memcpy(bytes + 1, first.data, first.len);
        memcpy(bytes + 1 + first.len, second.data, second.len);
        memcpy(turned + 1, second.data, second.len);
        memcpy(turned + 1 + second.len, first.data, first.len);
        size_t whole = 1 + first.len + second.len;
        cr_assert(eq(int, walk_exact(bytes, whole, wide), SMK_OK), "%zu then %zu", len[i - 1], len[i]);
        cr_assert(eq(int, walk_exact(turned, whole, wide), SMK_ERR_NOT_CANONICAL), "%zu then %zu", len[i],
                  len[i - 1]);
        smk_buf_deinit(&first);
        smk_buf_deinit(&second);
    }
}

/* ---- limits ---- */

Test(walk, depth_counts_containers_and_what_is_in_them)
{
    for (unsigned max = 1; max <= SMK_DEPTH_MAX; max++)
        for (unsigned depth = 0; depth <= SMK_DEPTH_MAX + 2; depth++)
            for (unsigned kind = 0; kind < 3; kind++) { /* arrays, maps, both by turns */
                uint8_t bytes[64];
                size_t len = 0;
                for (unsigned i = 0; i < depth; i++) {
                    bool is_map = kind == 1 || (kind == 2 && i % 2 == 1);
                    bytes[len++] = is_map ? 0x81 : 0x91;
                    if (is_map)
                        bytes[len++] = 0xa0;
                }
                struct smk_walk_limits limits = {.depth_max = max, .nodes_max = SIZE_MAX};
                bytes[len++] = 0xc0; /* a scalar inside depth containers has depth + 1 */
                cr_assert(
                    eq(int, walk_exact(bytes, len, limits), depth + 1 <= max ? SMK_OK : SMK_ERR_TOO_DEEP),
                    "scalar in %u, at most %u, kind %u", depth, max, kind);
                bytes[len - 1] = 0x90; /* and so has an empty container */
                cr_assert(
                    eq(int, walk_exact(bytes, len, limits), depth + 1 <= max ? SMK_OK : SMK_ERR_TOO_DEEP),
                    "empty array in %u, at most %u, kind %u", depth, max, kind);
            }
}

Test(walk, depth_is_that_of_the_deepest_not_of_all_together)
{
    uint8_t bytes[100] = {0xdc, 0, 60};
    for (size_t i = 0; i < 60; i++)
        bytes[3 + i] = 0x90;
    struct smk_walk_limits two = {.depth_max = 2, .nodes_max = 61};
    cr_assert(eq(int, walk_exact(bytes, 63, two), SMK_OK));
}

Test(walk, a_bomb_of_containers_is_refused_without_reading_on)
{
    enum { BOMB = 1 << 20 };
    uint8_t *bytes = malloc(BOMB);
    cr_assert(ne(ptr, bytes, NULL));
    static const uint8_t lead[] = {0x91, 0x9f};
    for (size_t i = 0; i < sizeof lead; i++) {
        memset(bytes, lead[i], BOMB);
        cr_assert(eq(int, smk_walk((struct smk_bytes){bytes, BOMB}, wide), SMK_ERR_TOO_DEEP));
    }
    free(bytes);
}

Test(walk, every_value_counts_keys_too)
{
    static const struct {
        const char *hex;
        size_t nodes;
    } row[] = {{"c0", 1},   {"90", 1},          {"93c0c0c0", 4}, {"82a161c0a162c0", 5},
               {"9180", 2}, {"81a16192c0c0", 5}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        for (size_t max = 0; max < 8; max++) {
            struct smk_walk_limits limits = {.depth_max = 4, .nodes_max = max};
            cr_assert(eq(int, walk_hex(row[i].hex, limits), row[i].nodes <= max ? SMK_OK : SMK_ERR_TOO_BIG),
                      "%s, at most %zu", row[i].hex, max);
        }
}

Test(walk, a_depth_limit_of_zero_is_our_mistake, .signal = SIGABRT)
{
    (void)walk_hex("c0", (struct smk_walk_limits){.depth_max = 0, .nodes_max = 1});
}

Test(walk, a_depth_limit_beyond_the_most_is_our_mistake, .signal = SIGABRT)
{
    (void)walk_hex("c0", (struct smk_walk_limits){.depth_max = SMK_DEPTH_MAX + 1, .nodes_max = 1});
}

/* ---- UTF-8 ---- */

Test(walk, utf8_at_its_borders)
{
    static const struct {
        const char *text;
        bool is_valid;
        const char *why;
    } row[] = {
        {"", true, "nothing"},
        {"\x01\x7f", true, "ASCII"},
        {"\xc2\x80", true, "U+0080, first of two bytes"},
        {"\xdf\xbf", true, "U+07FF, last of two bytes"},
        {"\xe0\xa0\x80", true, "U+0800, first of three bytes"},
        {"\xed\x9f\xbf", true, "U+D7FF, last before the surrogates"},
        {"\xee\x80\x80", true, "U+E000, first behind the surrogates"},
        {"\xef\xbf\xbf", true, "U+FFFF"},
        {"\xf0\x90\x80\x80", true, "U+10000, first of four bytes"},
        {"\xf4\x8f\xbf\xbf", true, "U+10FFFF, the last"},
        {"\xe1\x9e\x81\xe1\x9f\x92\xe1\x9e\x9a", true, "Khmer"},
        {"\x80", false, "a second byte alone"},
        {"\xbf", false, "the same"},
        {"\xc0\x80", false, "overlong U+0000"},
        {"\xc1\xbf", false, "overlong U+007F"},
        {"\xc2", false, "cut after one of two"},
        {"\xc2\x7f", false, "second byte too small"},
        {"\xc2\xc0", false, "second byte too large"},
        {"\xe0\x9f\xbf", false, "overlong U+07FF"},
        {"\xe1\x80", false, "cut after two of three"},
        {"\xe1\x80\x7f", false, "third byte too small"},
        {"\xe1\x80\xc0", false, "third byte too large"},
        {"\xed\xa0\x80", false, "U+D800, a surrogate"},
        {"\xed\xbf\xbf", false, "U+DFFF, a surrogate"},
        {"\xf0\x8f\xbf\xbf", false, "overlong U+FFFF"},
        {"\xf0\x90\x80", false, "cut after three of four"},
        {"\xf1\x80\x80\x7f", false, "fourth byte too small"},
        {"\xf1\x80\xc0\x80", false, "third of four too large"},
        {"\xf4\x90\x80\x80", false, "U+110000"},
        {"\xf5\x80\x80\x80", false, "beyond all"},
        {"\xf8\x88\x80\x80\x80", false, "five bytes"},
        {"\xfe", false, "never a byte of UTF-8"},
        {"\xff", false, "never a byte of UTF-8"},
        {"a\xc2\x80z\xff", false, "good, then bad"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        size_t len = strlen(row[i].text);
        uint8_t *exact = malloc(len + 1);
        cr_assert(ne(ptr, exact, NULL));
        exact[0] = (uint8_t)(0xa0 | len);
        memcpy(exact + 1, row[i].text, len);
        cr_assert(eq(int, smk_utf8_is_valid((struct smk_bytes){exact + 1, len}), row[i].is_valid), "%s",
                  row[i].why);
        cr_assert(eq(int, smk_walk((struct smk_bytes){exact, len + 1}, wide),
                     row[i].is_valid ? SMK_OK : SMK_ERR_NOT_CANONICAL),
                  "%s", row[i].why);
        free(exact);
    }
}

Test(walk, utf8_agrees_with_the_arithmetic_for_every_pair_and_triple)
{
    for (unsigned lead = 0x80; lead < 0x100; lead++)
        for (unsigned second = 0; second < 0x100; second++) {
            uint8_t two[] = {(uint8_t)lead, (uint8_t)second},
                    three[] = {(uint8_t)lead, (uint8_t)second, 0x80};
            bool is_tail = second >= 0x80 && second < 0xc0;
            unsigned point2 = (lead & 0x1f) << 6 | (second & 0x3f);
            unsigned point3 = (lead & 0x0f) << 12 | (second & 0x3f) << 6;
            bool is_two = lead >= 0xc0 && lead < 0xe0 && is_tail && point2 >= 0x80;
            bool is_three = lead >= 0xe0 && lead < 0xf0 && is_tail && point3 >= 0x800 &&
                            (point3 < 0xd800 || point3 >= 0xe000);
            cr_assert(eq(int, smk_utf8_is_valid(SMK_BYTES(two)), is_two), "%02x %02x", lead, second);
            cr_assert(eq(int, smk_utf8_is_valid(SMK_BYTES(three)), is_three), "%02x %02x 80", lead, second);
        }
}
