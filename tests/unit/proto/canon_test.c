#include "proto/bounds.h"
#include "proto/canon.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static void is_hex(const struct smk_buf *b, const char *hex, const char *why)
{
    char text[512];
    cr_assert(eq(int, b->err, SMK_OK), "%s", why);
    cr_assert(lt(sz, 2 * b->len, sizeof text));
    smk_hex_format(smk_buf_view(b), text);
    cr_assert(eq(int, strcmp(text, hex), 0), "%s: %s, expected %s", why, text, hex);
}

Test(canon, numbers_are_written_in_their_one_form)
{
    static const struct {
        uint64_t value;
        const char *hex;
    } plus[] = {{0, "00"},
                {127, "7f"},
                {128, "cc80"},
                {255, "ccff"},
                {256, "cd0100"},
                {65535, "cdffff"},
                {65536, "ce00010000"},
                {UINT32_MAX, "ceffffffff"},
                {(uint64_t)UINT32_MAX + 1, "cf0000000100000000"},
                {INT64_MAX, "cf7fffffffffffffff"},
                {UINT64_MAX, "cfffffffffffffffff"}};
    static const struct {
        int64_t value;
        const char *hex;
    } minus[] = {{0, "00"},
                 {127, "7f"},
                 {200, "ccc8"},
                 {INT64_MAX, "cf7fffffffffffffff"},
                 {-1, "ff"},
                 {-32, "e0"},
                 {-33, "d0df"},
                 {-128, "d080"},
                 {-129, "d1ff7f"},
                 {-32768, "d18000"},
                 {-32769, "d2ffff7fff"},
                 {INT32_MIN, "d280000000"},
                 {(int64_t)INT32_MIN - 1, "d3ffffffff7fffffff"},
                 {INT64_MIN, "d38000000000000000"}};
    struct smk_buf b = {.max = 16};
    for (size_t i = 0; i < sizeof plus / sizeof plus[0]; i++) {
        smk_buf_reset(&b);
        smk_pack_uint(&b, plus[i].value);
        is_hex(&b, plus[i].hex, "uint");
    }
    for (size_t i = 0; i < sizeof minus / sizeof minus[0]; i++) {
        smk_buf_reset(&b);
        smk_pack_int(&b, minus[i].value);
        is_hex(&b, minus[i].hex, "int");
    }
    smk_buf_deinit(&b);
}

Test(canon, everything_else_is_written_in_its_one_form)
{
    struct smk_buf b = {.max = 200};
    smk_pack_map(&b, 5);
    smk_pack_text(&b, "");
    smk_pack_nil(&b);
    smk_pack_text(&b, "b");
    smk_pack_bool(&b, true);
    smk_pack_text(&b, "c");
    smk_pack_bool(&b, false);
    smk_pack_text(&b, "aa");
    smk_pack_bin(&b, (struct smk_bytes){0});
    smk_pack_text(&b, "ab");
    smk_pack_array(&b, 3);
    smk_pack_str(&b, (struct smk_bytes){0});
    smk_pack_bin(&b, smk_bytes_of_text("xy"));
    smk_pack_raw(&b, smk_bytes_of_text("\x01"));
    is_hex(&b, "85a0c0a162c3a163c2a26161c400a2616293a0c402787901", "map");
    cr_assert(eq(int, smk_walk(smk_buf_view(&b), SMK_WALK_PAYLOAD), SMK_OK));
    smk_buf_deinit(&b);
}

Test(canon, lengths_are_written_in_their_shortest_form)
{
    static const size_t count[] = {0, 15, 16, 31, 32, 255, 256, 65535, 65536};
    for (size_t i = 0; i < sizeof count / sizeof count[0]; i++) {
        uint8_t *zeros = calloc(1, count[i] + 1);
        cr_assert(ne(ptr, zeros, NULL));
        for (unsigned kind = 0; kind < 3; kind++) {
            struct smk_buf b = {.max = count[i] + 5};
            if (kind == 0)
                smk_pack_str(&b, (struct smk_bytes){zeros, count[i]});
            else if (kind == 1)
                smk_pack_bin(&b, (struct smk_bytes){zeros, count[i]});
            else
                smk_pack_array(&b, count[i]);
            for (size_t k = 0; kind == 2 && k < count[i]; k++)
                smk_pack_nil(&b);
            cr_assert(eq(int, b.err, SMK_OK));
            struct smk_walk_limits wide = {.depth_max = 2, .nodes_max = SIZE_MAX};
            cr_assert(eq(int, smk_walk(smk_buf_view(&b), wide), SMK_OK), "kind %u of %zu", kind, count[i]);
            smk_buf_deinit(&b);
        }
        free(zeros);
    }
}

Test(canon, writing_stops_at_the_limit_and_remembers_it)
{
    struct smk_buf b = {.max = 3};
    smk_pack_text(&b, "abc");
    cr_assert(eq(int, b.err, SMK_ERR_TOO_BIG_HERE));
    smk_pack_nil(&b);
    cr_assert(eq(int, b.err, SMK_ERR_TOO_BIG_HERE));
    smk_buf_deinit(&b);
}

Test(canon, key_order_is_that_of_the_encoded_keys)
{
    static const size_t len[] = {0, 1, 2, 30, 31, 32, 33, 254, 255, 256, 300};
    enum { LENGTHS = sizeof len / sizeof len[0] };
    for (size_t i = 0; i < LENGTHS * 2; i++)
        for (size_t j = 0; j < LENGTHS * 2; j++) {
            uint8_t a[300], b[300];
            memset(a, i % 2 == 0 ? 'a' : 'z', sizeof a);
            memset(b, j % 2 == 0 ? 'a' : 'z', sizeof b);
            struct smk_bytes key_a = {a, len[i / 2]}, key_b = {b, len[j / 2]};
            struct smk_buf enc_a = {.max = 400}, enc_b = {.max = 400};
            smk_pack_str(&enc_a, key_a);
            smk_pack_str(&enc_b, key_b);
            int expected = smk_bytes_compare(smk_buf_view(&enc_a), smk_buf_view(&enc_b));
            int order = smk_key_compare(key_a, key_b);
            cr_assert(eq(int, (order > 0) - (order < 0), (expected > 0) - (expected < 0)), "%zu %zu", i, j);
            smk_buf_deinit(&enc_a);
            smk_buf_deinit(&enc_b);
        }
}

static struct smk_tree decode(const char *hex, uint8_t *ret_bytes)
{
    struct smk_tree tree = {0};
    size_t len = strlen(hex) / 2;
    cr_assert(smk_hex_parse(hex, ret_bytes, len), "%s", hex);
    cr_assert(eq(int, smk_tree_decode((struct smk_bytes){ret_bytes, len}, SMK_WALK_PAYLOAD, &tree), SMK_OK),
              "%s", hex);
    return tree;
}

Test(canon, a_value_answers_for_its_own_type_and_with_zero_for_the_others)
{
    static const struct {
        const char *hex;
        enum smk_value_type type;
        bool truth;
        uint64_t number;
        int64_t signed_number;
        size_t str_len, bin_len, count;
    } row[] = {
        {"c0", SMK_VALUE_NIL, false, 0, 0, 0, 0, 0},
        {"c2", SMK_VALUE_BOOL, false, 0, 0, 0, 0, 0},
        {"c3", SMK_VALUE_BOOL, true, 0, 0, 0, 0, 0},
        {"07", SMK_VALUE_UINT, false, 7, 7, 0, 0, 0},
        {"cf7fffffffffffffff", SMK_VALUE_UINT, false, INT64_MAX, INT64_MAX, 0, 0, 0},
        {"cf8000000000000000", SMK_VALUE_UINT, false, (uint64_t)INT64_MAX + 1, 0, 0, 0, 0},
        {"ff", SMK_VALUE_NEGATIVE, false, 0, -1, 0, 0, 0},
        {"d38000000000000000", SMK_VALUE_NEGATIVE, false, 0, INT64_MIN, 0, 0, 0},
        {"a26869", SMK_VALUE_STR, false, 0, 0, 2, 0, 0},
        {"c403616263", SMK_VALUE_BIN, false, 0, 0, 0, 3, 0},
        {"92c0c0", SMK_VALUE_ARRAY, false, 0, 0, 0, 0, 2},
        {"81a16107", SMK_VALUE_MAP, false, 0, 0, 0, 0, 1},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        uint8_t bytes[32];
        struct smk_tree t = decode(row[i].hex, bytes);
        struct smk_value v = t.root;
        cr_assert(eq(int, smk_value_type(v), row[i].type), "%s", row[i].hex);
        cr_assert(eq(int, smk_value_is_nil(v), row[i].type == SMK_VALUE_NIL), "%s", row[i].hex);
        cr_assert(eq(int, smk_value_bool(v), row[i].truth), "%s", row[i].hex);
        cr_assert(eq(u64, smk_value_uint(v), row[i].number), "%s", row[i].hex);
        cr_assert(eq(i64, smk_value_int(v), row[i].signed_number), "%s", row[i].hex);
        cr_assert(eq(sz, smk_value_str(v).len, row[i].str_len), "%s", row[i].hex);
        cr_assert(eq(sz, smk_value_bin(v).len, row[i].bin_len), "%s", row[i].hex);
        cr_assert(eq(sz, smk_value_count(v), row[i].count), "%s", row[i].hex);
        cr_assert(eq(int, smk_value_type(smk_value_item(v, 0)),
                     row[i].type == SMK_VALUE_ARRAY ? SMK_VALUE_NIL : 0));
        cr_assert(
            eq(int, smk_value_type(smk_value_at(v, 0)), row[i].type == SMK_VALUE_MAP ? SMK_VALUE_UINT : 0));
        cr_assert(eq(sz, smk_value_key(v, 0).len, row[i].type == SMK_VALUE_MAP ? 1 : 0));
        cr_assert(eq(int, smk_value_type(smk_value_find(v, "a")),
                     row[i].type == SMK_VALUE_MAP ? SMK_VALUE_UINT : 0));
        smk_tree_deinit(&t);
        smk_tree_deinit(&t);
    }
    struct smk_value none = {0};
    cr_assert(eq(int, smk_value_type(none), SMK_VALUE_NONE));
    cr_assert(not(smk_value_is_nil(none)), "nothing is not nil");
}

Test(canon, members_are_found_by_place_and_by_key)
{
    uint8_t bytes[64];
    struct smk_tree t = decode("83a16101a1620aa2616192c0a178", bytes);
    cr_assert(eq(u64, smk_value_uint(smk_value_find(t.root, "b")), 10));
    struct smk_value inner = smk_value_find(t.root, "aa");
    cr_assert(eq(sz, smk_value_count(inner), 2));
    cr_assert(smk_bytes_is_equal(smk_value_str(smk_value_item(inner, 1)), smk_bytes_of_text("x")));
    cr_assert(eq(ptr, (void *)(uintptr_t)smk_value_str(smk_value_item(inner, 1)).data, bytes + 13),
              "borrowed");
    cr_assert(eq(int, smk_value_type(smk_value_item(inner, 2)), SMK_VALUE_NONE), "past the end");
    cr_assert(eq(int, smk_value_type(smk_value_item(inner, SIZE_MAX)), SMK_VALUE_NONE), "far past the end");
    cr_assert(eq(int, smk_value_type(smk_value_find(t.root, "c")), SMK_VALUE_NONE));
    cr_assert(eq(int, smk_value_type(smk_value_find(t.root, "")), SMK_VALUE_NONE));
    cr_assert(eq(int, smk_value_type(smk_value_at(t.root, 3)), SMK_VALUE_NONE));
    cr_assert(eq(sz, smk_value_key(t.root, 3).len, 0));
    cr_assert(smk_bytes_is_equal(smk_value_key(t.root, 2), smk_bytes_of_text("aa")));
    smk_tree_deinit(&t);
}

Test(canon, what_the_walker_refuses_is_not_decoded_and_the_tree_stays)
{
    static const struct {
        const char *hex;
        enum smk_err err;
    } row[] = {
        {"", SMK_ERR_TRUNCATED},
        {"92c0", SMK_ERR_TRUNCATED},
        {"c0c0", SMK_ERR_TRAILING},
        {"cc01", SMK_ERR_NOT_CANONICAL},
        {"ca00000000", SMK_ERR_NOT_CANONICAL},
        {"919191c0", SMK_ERR_TOO_DEEP},
        {"94c0c0c0c0", SMK_ERR_TOO_BIG},
        {"ddffffffff", SMK_ERR_TRUNCATED},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        uint8_t bytes[16];
        struct smk_tree tree = {.zone = bytes};
        size_t len = strlen(row[i].hex) / 2;
        cr_assert(smk_hex_parse(row[i].hex, bytes, len));
        struct smk_walk_limits limits = {.depth_max = 3, .nodes_max = 4};
        cr_assert(eq(int, smk_tree_decode((struct smk_bytes){bytes, len}, limits, &tree), row[i].err), "%s",
                  row[i].hex);
        cr_assert(eq(ptr, tree.zone, bytes), "untouched");
    }
}

Test(canon, fields_are_read_one_by_one)
{
    uint8_t bytes[64], key[2], maybe[2];
    bool is_nil;
    struct smk_tree t = decode("9a05c3a26869c4020102c4020304c091c080c2ff", bytes);
    struct smk_fields f = smk_fields_of(t.root, 10);
    cr_assert(eq(u64, smk_field_uint(&f, 5), 5));
    cr_assert(smk_field_bool(&f));
    cr_assert(smk_bytes_is_equal(smk_field_str(&f, 2), smk_bytes_of_text("hi")));
    cr_assert(eq(sz, smk_field_bin(&f, 2).len, 2));
    smk_field_key_or_nil(&f, key, 2, &is_nil);
    cr_assert(not(is_nil));
    cr_assert(eq(int, key[0] << 8 | key[1], 0x0304));
    memset(maybe, 9, sizeof maybe);
    smk_field_key_or_nil(&f, maybe, 2, &is_nil);
    cr_assert(is_nil);
    cr_assert(eq(int, maybe[0] + maybe[1], 0));
    cr_assert(eq(sz, smk_value_count(smk_field_array(&f, 1)), 1));
    cr_assert(eq(int, smk_value_type(smk_field_map(&f)), SMK_VALUE_MAP));
    cr_assert(not(smk_field_bool(&f)));
    cr_assert(eq(int, smk_value_type(smk_field_any(&f)), SMK_VALUE_NEGATIVE));
    cr_assert(eq(int, smk_fields_finish(&f), SMK_OK));
    (void)smk_field_any(&f);
    cr_assert(eq(int, smk_fields_finish(&f), SMK_ERR_MALFORMED), "one field too many");
    smk_tree_deinit(&t);
}

/* Reads the only field of the array; each reader asks for something a little too narrow for what is there. */
static enum smk_err read_one(const char *hex, unsigned reader)
{
    uint8_t bytes[64], key[4];
    bool is_nil;
    struct smk_tree t = decode(hex, bytes);
    struct smk_fields f = smk_fields_of(t.root, 1);
    switch (reader) {
    case 0: cr_assert(le(u64, smk_field_uint(&f, 9), 9)); break;
    case 1: (void)smk_field_bool(&f); break;
    case 2: cr_assert(le(sz, smk_field_str(&f, 2).len, 2)); break;
    case 3: cr_assert(le(sz, smk_field_bin(&f, 2).len, 2)); break;
    case 4: smk_field_key(&f, key, 4); break;
    case 5: smk_field_key_or_nil(&f, key, 4, &is_nil); break;
    case 6: cr_assert(le(sz, smk_value_count(smk_field_array(&f, 2)), 2)); break;
    default: (void)smk_field_map(&f); break;
    }
    enum smk_err err = smk_fields_finish(&f);
    smk_tree_deinit(&t);
    return err;
}

Test(canon, each_field_reader_takes_its_type_and_its_range_only)
{
    static const struct {
        const char *hex;
        unsigned fits; /* one bit for each reader that takes it */
        const char *why;
    } row[] = {
        {"9109", 1u << 0, "the largest number"},
        {"910a", 0, "one more"},
        {"91ff", 0, "a number below zero"},
        {"91c2", 1u << 1, "false"},
        {"91a26869", 1u << 2, "the longest text"},
        {"91a3686968", 0, "a letter more"},
        {"91c4020102", 1u << 3, "the longest bytes"},
        {"91c403010203", 0, "a byte more, and no key"},
        {"91c40401020304", 1u << 4 | 1u << 5, "a key"},
        {"91c4050102030405", 0, "a byte more than a key"},
        {"91c0", 1u << 5, "nil"},
        {"9192c0c0", 1u << 6, "the longest array"},
        {"9193c0c0c0", 0, "an element more"},
        {"9180", 1u << 7, "a map"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        for (unsigned reader = 0; reader < 8; reader++)
            cr_assert(eq(int, read_one(row[i].hex, reader),
                         (row[i].fits >> reader & 1) != 0 ? SMK_OK : SMK_ERR_MALFORMED),
                      "%s, reader %u", row[i].why, reader);
}

Test(canon, the_first_field_that_does_not_fit_stops_all)
{
    uint8_t bytes[64], key[2] = {9, 9};
    bool is_nil = true;
    struct smk_tree t = decode("98a161010203c0c402010291c080", bytes);
    struct smk_fields f = smk_fields_of(t.root, 8);
    cr_assert(eq(u64, smk_field_uint(&f, 9), 0));
    cr_assert(eq(u64, smk_field_uint(&f, 9), 0), "a good one behind it");
    cr_assert(eq(sz, smk_field_str(&f, 9).len, 0));
    cr_assert(eq(sz, smk_field_bin(&f, 9).len, 0));
    smk_field_key(&f, key, 2);
    cr_assert(eq(int, key[0] + key[1], 0));
    memset(key, 9, sizeof key);
    smk_field_key_or_nil(&f, key, 2, &is_nil);
    cr_assert(not(is_nil));
    cr_assert(eq(int, key[0] + key[1], 0));
    cr_assert(eq(int, smk_value_type(smk_field_array(&f, 9)), SMK_VALUE_NONE));
    cr_assert(eq(int, smk_value_type(smk_field_map(&f)), SMK_VALUE_NONE));
    cr_assert(not(smk_field_bool(&f)));
    cr_assert(eq(int, smk_fields_finish(&f), SMK_ERR_MALFORMED));
    smk_tree_deinit(&t);
}

Test(canon, the_number_of_fields_is_exact_or_a_minimum)
{
    uint8_t bytes[8];
    for (size_t count = 0; count < 5; count++) {
        struct smk_tree t = decode("93c0c0c0", bytes);
        struct smk_fields exact = smk_fields_of(t.root, count), from = smk_fields_from(t.root, count);
        cr_assert(eq(int, smk_fields_finish(&exact), count == 3 ? SMK_OK : SMK_ERR_MALFORMED), "%zu", count);
        cr_assert(eq(int, smk_fields_finish(&from), count <= 3 ? SMK_OK : SMK_ERR_MALFORMED), "%zu", count);
        smk_tree_deinit(&t);
    }
    struct smk_tree map = decode("80", bytes);
    struct smk_fields f = smk_fields_from(map.root, 0);
    cr_assert(eq(int, smk_fields_finish(&f), SMK_ERR_MALFORMED), "a map is no array");
    smk_tree_deinit(&map);
    f = smk_fields_of((struct smk_value){0}, 0);
    cr_assert(eq(int, smk_fields_finish(&f), SMK_ERR_MALFORMED), "nothing is no array");
}
