#include "proto/bounds.h"
#include "proto/canon.h"
#include "tests/support/rng.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    VALUE_BYTES_MAX = 4096,
    KEYS_MAX = 8,
    KEY_BYTES_MAX = 40,
};

static const struct smk_walk_limits limits = {.depth_max = SMK_DEPTH_MAX, .nodes_max = SMK_NODES_MAX};

static uint8_t *exact_copy(struct smk_bytes bytes)
{
    uint8_t *copy = malloc(bytes.len > 0 ? bytes.len : 1);
    cr_assert(ne(ptr, copy, NULL));
    if (bytes.len > 0)
        memcpy(copy, bytes.data, bytes.len);
    return copy;
}

/* ---- values ---- */

static size_t pick_length(struct test_rng *r)
{
    static const size_t border[] = {0, 1, 15, 16, 17, 31, 32, 33, 254, 255, 256, 257};
    return test_rng_chance(r, 40) ? border[test_rng_below(r, sizeof border / sizeof border[0])]
                                  : test_rng_below(r, 20);
}

static uint64_t pick_number(struct test_rng *r)
{
    uint64_t edge = (uint64_t)1 << test_rng_below(r, 64);
    return test_rng_chance(r, 70) ? edge - 2 + test_rng_below(r, 4) : test_rng_u64(r);
}

static void pack_text_of(struct smk_buf *b, struct test_rng *r, size_t len)
{
    static const char *const letter[] = {
        "a", "~", "\xc2\x80", "\xe1\x9e\x81", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf"};
    uint8_t text[300];
    size_t at = 0;
    while (at < len) {
        const char *next = letter[test_rng_below(r, 6)];
        size_t bytes = strlen(next);
        if (at + bytes > len) {
            text[at++] = 'x';
            continue;
        }
        memcpy(text + at, next, bytes);
        at += bytes;
    }
    smk_pack_str(b, (struct smk_bytes){text, len});
}

static void pack_random(struct smk_buf *b, struct test_rng *r, unsigned depth);

struct key {
    uint8_t text[KEY_BYTES_MAX];
    size_t len;
};

static int compare_keys(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    return smk_key_compare((struct smk_bytes){x->text, x->len}, (struct smk_bytes){y->text, y->len});
}

static void pack_random_map(struct smk_buf *b, struct test_rng *r, unsigned depth)
{
    struct key key[KEYS_MAX];
    size_t wanted = test_rng_below(r, KEYS_MAX + 1), count = 0;
    for (size_t i = 0; i < wanted; i++) {
        key[i].len = test_rng_chance(r, 20) ? 30 + test_rng_below(r, 4) : test_rng_below(r, 3);
        for (size_t j = 0; j < key[i].len; j++)
            key[i].text[j] = (uint8_t)('a' + test_rng_below(r, 3));
    }
    qsort(key, wanted, sizeof key[0], compare_keys);
    for (size_t i = 0; i < wanted; i++)
        if (count == 0 || compare_keys(&key[count - 1], &key[i]) != 0)
            key[count++] = key[i];
    smk_pack_map(b, count);
    for (size_t i = 0; i < count; i++) {
        smk_pack_str(b, (struct smk_bytes){key[i].text, key[i].len});
        pack_random(b, r, depth + 1);
    }
}

static void pack_random(struct smk_buf *b, struct test_rng *r, unsigned depth)
{
    static const uint8_t zeros[300];
    switch (test_rng_below(r, depth < SMK_DEPTH_MAX && b->len < VALUE_BYTES_MAX / 2 ? 10 : 6)) {
    case 0: smk_pack_nil(b); return;
    case 1: smk_pack_bool(b, test_rng_chance(r, 50)); return;
    case 2: smk_pack_uint(b, pick_number(r)); return;
    case 3: smk_pack_int(b, (int64_t)(0 - pick_number(r))); return;
    case 4: pack_text_of(b, r, pick_length(r)); return;
    case 5: smk_pack_bin(b, (struct smk_bytes){zeros, pick_length(r)}); return;
    case 6:
    case 7: pack_random_map(b, r, depth); return;
    default: break;
    }
    size_t count = test_rng_chance(r, 10) ? 15 + test_rng_below(r, 3) : test_rng_below(r, 5);
    smk_pack_array(b, count);
    for (size_t i = 0; i < count; i++)
        pack_random(b, r, depth + 1);
}

/* ---- the property ---- */

/* Whatever the walker accepts comes out byte for byte when it is decoded and written again; whatever it refuses is
 * not decoded. */
static enum smk_err check_round_trip(struct smk_bytes bytes, uint64_t seed)
{
    uint8_t *exact = exact_copy(bytes);
    struct smk_bytes view = {exact, bytes.len};
    struct smk_tree tree = {0};
    enum smk_err err = smk_walk(view, limits);
    cr_assert(eq(int, smk_tree_decode(view, limits, &tree), err), "seed %" PRIu64, seed);
    if (err == SMK_OK) {
        struct smk_buf again = {.max = bytes.len};
        smk_pack_value(&again, tree.root);
        cr_assert(eq(int, again.err, SMK_OK), "seed %" PRIu64, seed);
        cr_assert(smk_bytes_is_equal(smk_buf_view(&again), view), "seed %" PRIu64, seed);
        smk_buf_deinit(&again);
    } else {
        cr_assert(smk_err_is_peer_fault(err), "seed %" PRIu64, seed);
        cr_assert(eq(ptr, tree.zone, NULL), "seed %" PRIu64, seed);
    }
    smk_tree_deinit(&tree);
    free(exact);
    return err;
}

Test(walk_prop, what_is_written_is_accepted_and_comes_back_the_same, .timeout = 120)
{
    uint64_t first = test_seed();
    for (uint64_t i = 0; i < 4000; i++) {
        struct test_rng r = test_rng_from(first + i);
        struct smk_buf b = {.max = 64 * VALUE_BYTES_MAX};
        pack_random(&b, &r, 1);
        cr_assert(eq(int, b.err, SMK_OK), "seed %" PRIu64, first + i);
        cr_assert(eq(int, check_round_trip(smk_buf_view(&b), first + i), SMK_OK), "seed %" PRIu64, first + i);
        smk_buf_deinit(&b);
    }
}

Test(walk_prop, every_prefix_is_truncated_and_one_byte_more_is_trailing, .timeout = 120)
{
    uint64_t first = test_seed();
    for (uint64_t i = 0; i < 1000; i++) {
        struct test_rng r = test_rng_from(first + i);
        struct smk_buf b = {.max = 64 * VALUE_BYTES_MAX};
        pack_random(&b, &r, 1);
        size_t step = b.len > 60 ? b.len / 60 : 1;
        for (size_t cut = 0; cut < b.len; cut += step) {
            uint8_t *exact = exact_copy((struct smk_bytes){b.data, cut});
            cr_assert(eq(int, smk_walk((struct smk_bytes){exact, cut}, limits), SMK_ERR_TRUNCATED),
                      "seed %" PRIu64 ", cut to %zu", first + i, cut);
            free(exact);
        }
        smk_buf_write_u8(&b, (uint8_t)test_rng_u64(&r));
        cr_assert(eq(int, smk_walk(smk_buf_view(&b), limits), SMK_ERR_TRAILING), "seed %" PRIu64, first + i);
        smk_buf_deinit(&b);
    }
}

/* Bytes at which something begins or ends. */
static uint8_t pick_byte(struct test_rng *r)
{
    static const uint8_t edge[] = {0x00, 0x7f, 0x80, 0x81, 0x8f, 0x90, 0x91, 0x9f, 0xa0, 0xa1,
                                   0xbf, 0xc0, 0xc1, 0xc2, 0xc4, 0xc5, 0xc6, 0xc7, 0xca, 0xcc,
                                   0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd9, 0xda,
                                   0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xe0, 0xff, 0x20, 0x01};
    return test_rng_chance(r, 60) ? edge[test_rng_below(r, sizeof edge)] : (uint8_t)test_rng_u64(r);
}

static void mutate(struct smk_buf *b, struct test_rng *r)
{
    if (b->len == 0)
        return;
    size_t at = (size_t)test_rng_below(r, b->len);
    switch (test_rng_below(r, 4)) {
    case 0: b->data[at] = pick_byte(r); return;
    case 1: b->data[at] = (uint8_t)(b->data[at] + (test_rng_chance(r, 50) ? 1 : 255)); return;
    case 2: /* one byte less */
        memmove(b->data + at, b->data + at + 1, b->len - at - 1);
        b->len--;
        return;
    default: /* one byte more */
        smk_buf_write_u8(b, 0);
        memmove(b->data + at + 1, b->data + at, b->len - at - 1);
        b->data[at] = pick_byte(r);
    }
}

Test(walk_prop, mutated_values_are_refused_or_come_back_the_same, .timeout = 120)
{
    uint64_t first = test_seed();
    size_t accepted = 0, refused = 0;
    for (uint64_t i = 0; i < 20000; i++) {
        struct test_rng r = test_rng_from(first + i);
        struct smk_buf b = {.max = 64 * VALUE_BYTES_MAX};
        pack_random(&b, &r, SMK_DEPTH_MAX - (unsigned)test_rng_below(&r, 4));
        for (uint64_t n = 1 + test_rng_below(&r, 3); n > 0; n--)
            mutate(&b, &r);
        if (check_round_trip(smk_buf_view(&b), first + i) == SMK_OK)
            accepted++;
        else
            refused++;
        smk_buf_deinit(&b);
    }
    cr_assert(gt(sz, accepted, 1000), "the generator reaches both sides");
    cr_assert(gt(sz, refused, 1000), "the generator reaches both sides");
}

Test(walk_prop, noise_is_refused_or_comes_back_the_same, .timeout = 120)
{
    uint64_t first = test_seed();
    size_t accepted = 0;
    for (uint64_t i = 0; i < 40000; i++) {
        struct test_rng r = test_rng_from(first + i);
        uint8_t bytes[24];
        size_t len = test_rng_below(&r, sizeof bytes + 1);
        for (size_t j = 0; j < len; j++)
            bytes[j] = pick_byte(&r);
        accepted += check_round_trip((struct smk_bytes){bytes, len}, first + i) == SMK_OK;
    }
    cr_assert(gt(sz, accepted, 100), "the generator reaches both sides");
}

/* All one, two and three byte inputs: nothing is left to chance. */
Test(walk_prop, every_short_input_is_refused_or_comes_back_the_same, .timeout = 120)
{
    static const uint8_t last[] = {0x00, 0x1f, 0x20, 0x61, 0x7f, 0x80, 0xa0, 0xbf, 0xc0, 0xc1, 0xdf, 0xff};
    for (unsigned i = 0; i < 0x10000; i++) {
        uint8_t bytes[] = {(uint8_t)(i >> 8), (uint8_t)i, last[i % sizeof last]};
        if (i < 0x100)
            (void)check_round_trip((struct smk_bytes){bytes + 1, 1}, i);
        (void)check_round_trip((struct smk_bytes){bytes, 2}, i);
        (void)check_round_trip((struct smk_bytes){bytes, 3}, i);
    }
}
