#include "proto/bounds.h"
#include "proto/span.h"
#include "tests/support/notation.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

/* The same answers as from a tree of msgpack-c, all the way down. */
static void expect_same(struct smk_value v, struct smk_bytes span)
{
    cr_assert(eq(int, smk_span_type(span), smk_value_type(v)));
    cr_assert(eq(u64, smk_span_uint(span), smk_value_uint(v)));
    cr_assert(eq(int, smk_span_bool(span), smk_value_bool(v)));
    cr_assert(smk_bytes_is_equal(smk_span_str(span), smk_value_str(v)));
    cr_assert(smk_bytes_is_equal(smk_span_bin(span), smk_value_bin(v)));
    cr_assert(eq(sz, smk_span_count(span), smk_value_count(v)));
    bool is_map = smk_value_type(v) == SMK_VALUE_MAP;
    struct smk_span_iter it = smk_span_each(span);
    struct smk_bytes key, value;
    for (size_t i = 0; i < smk_value_count(v); i++) {
        cr_assert(smk_span_next(&it, &key, &value));
        if (is_map)
            cr_assert(smk_bytes_is_equal(key, smk_value_key(v, i)));
        expect_same(is_map ? smk_value_at(v, i) : smk_value_item(v, i), value);
    }
    cr_assert(not(smk_span_next(&it, &key, &value)));
}

static const char *const samples[] = {
    "0",
    "127",
    "128",
    "65535",
    "65536",
    "4294967296",
    "-1",
    "-32",
    "-33",
    "-40000",
    "nil",
    "true",
    "false",
    "''",
    "'abc'",
    "[]",
    "{}",
    "[1 [2 [3 nil]] 'x']",
    "{'a' 1 'b' {'c' [true false]}}",
    "#3x07",
    "#300x07",
    "[0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17]",
    "'a text of more than thirty-one letters, so that it has a longer head'",
};

Test(span, it_reads_what_a_tree_reads)
{
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct smk_buf b = {.max = 65536};
        struct smk_tree tree;
        test_pack(&b, samples[i], NULL);
        cr_assert(eq(int, smk_tree_decode(smk_buf_view(&b), SMK_WALK_PAYLOAD, &tree), SMK_OK), "%s",
                  samples[i]);
        expect_same(tree.root, smk_buf_view(&b));
        smk_tree_deinit(&tree);
        smk_buf_deinit(&b);
    }
}

Test(span, keys_and_places_are_found)
{
    struct smk_buf b = {.max = 65536};
    test_pack(&b, "{'a' 1 'bb' [7 8 9]}", NULL);
    struct smk_bytes map = smk_buf_view(&b);
    cr_assert(eq(u64, smk_span_uint(smk_span_find(map, "a")), 1));
    cr_assert(eq(sz, smk_span_find(map, "c").len, 0));
    cr_assert(eq(u64, smk_span_uint(smk_span_item(smk_span_find(map, "bb"), 2)), 9));
    cr_assert(eq(sz, smk_span_item(smk_span_find(map, "bb"), 3).len, 0));
    cr_assert(eq(sz, smk_span_find(smk_span_find(map, "bb"), "a").len, 0), "an array has no keys");
    cr_assert(eq(sz, smk_span_item(map, 0).len, 0), "a map has no places");
    cr_assert(eq(int, smk_span_type((struct smk_bytes){0}), SMK_VALUE_NONE));
    smk_buf_deinit(&b);
}

/* Bytes that never passed the walker: the answers are of no use, but nothing outside is touched. */
Test(span, cut_and_changed_bytes_are_never_left)
{
    struct smk_buf b = {.max = 65536};
    test_pack(&b, "{'a' [1 'text' {'b' #40x07}] 'c' {'d' [4294967296 -40000]}}", NULL);
    for (size_t len = 0; len <= b.len; len++)
        for (size_t change = 0; change <= 8 * len; change++) {
            uint8_t *exact = malloc(len > 0 ? len : 1);
            cr_assert(ne(ptr, exact, NULL));
            memcpy(exact, b.data, len);
            if (change > 0)
                exact[(change - 1) / 8] ^= (uint8_t)(1u << ((change - 1) % 8));
            struct smk_bytes map = {exact, len}, key, value;
            struct smk_span_iter it = smk_span_each(map);
            while (smk_span_next(&it, &key, &value))
                cr_assert(le(sz, smk_span_count(value) + value.len, SIZE_MAX / 2));
            (void)smk_span_find(smk_span_find(map, "c"), "d");
            free(exact);
        }
    smk_buf_deinit(&b);
}

/* A head that says more than there is: nothing is there. */
Test(span, a_value_that_ends_early_is_empty)
{
    static const char *const form[] = {"'a text of more than thirty-one bytes'", "#40x07",
                                       "[1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16]", "'short'"};
    for (size_t i = 0; i < sizeof form / sizeof form[0]; i++) {
        struct smk_buf b = {.max = 65536};
        test_pack(&b, form[i], NULL);
        for (size_t len = 0; len < b.len; len++) {
            uint8_t *exact = malloc(len > 0 ? len : 1);
            cr_assert(ne(ptr, exact, NULL));
            memcpy(exact, b.data, len);
            struct smk_bytes cut = {exact, len}, value;
            cr_assert(eq(sz, smk_span_str(cut).len, 0));
            cr_assert(eq(sz, smk_span_bin(cut).len, 0));
            size_t seen = 0;
            for (struct smk_span_iter it = smk_span_each(cut); smk_span_next(&it, NULL, &value);)
                seen += value.len;
            cr_assert(le(sz, seen, len));
            free(exact);
        }
        smk_buf_deinit(&b);
    }
}
