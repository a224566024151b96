/* Khmer text made at random, good and bad: what a fold must keep, and what it must not see. */
#include "proto/khmer.h"
#include "tests/support/rng.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { CASES = 20000, POINTS_MAX = 64, BYTES_MAX = 1024, MARKS_MAX = 8 };

static const uint32_t invisible[] = {0x200b, 0x200c, 0x200d, 0x2060, 0xfeff, 0x00ad, 0x17b4, 0x17b5};
enum { INVISIBLE_COUNT = sizeof invisible / sizeof invisible[0], COENG = 0x17d2 };

static uint32_t pick_base(struct test_rng *r)
{
    return (uint32_t)(0x1780 + test_rng_below(r, 0x23));
}

static uint32_t pick_mark(struct test_rng *r)
{
    return (uint32_t)(test_rng_chance(r, 90) ? 0x17b6 + test_rng_below(r, 0x1c) : 0x17dd);
}

/* Anything: Khmer in any order most of the time. */
static uint32_t pick_point(struct test_rng *r)
{
    static const uint32_t other[] = {' ',  'a',  'Z',   '0',     0x17e5, 0x17d4, 0x17d7,
                                     0xa0, 0xc9, 0x301, 0x1f44d, 0x17a4, 0x17a3, 0x17b2};
    uint64_t kind = test_rng_below(r, 100);
    if (kind < 30)
        return pick_base(r);
    if (kind < 55)
        return pick_mark(r);
    if (kind < 75)
        return COENG;
    if (kind < 85)
        return invisible[test_rng_below(r, INVISIBLE_COUNT)];
    return other[test_rng_below(r, sizeof other / sizeof other[0])];
}

static void write_random(struct test_rng *r, struct smk_buf *b)
{
    smk_buf_reset(b);
    for (uint64_t n = test_rng_below(r, POINTS_MAX); n > 0; n--)
        smk_utf8_write(b, pick_point(r));
    cr_assert(eq(int, b->err, SMK_OK));
}

static void fold(struct smk_bytes text, struct smk_buf *b)
{
    uint8_t *exact = malloc(text.len > 0 ? text.len : 1);
    cr_assert(ne(ptr, exact, NULL));
    if (text.len > 0)
        memcpy(exact, text.data, text.len);
    smk_buf_reset(b);
    cr_assert(eq(int, smk_khmer_fold((struct smk_bytes){exact, text.len}, b), SMK_OK));
    free(exact);
}

static bool is_one_fold(struct smk_bytes a, struct smk_bytes b)
{
    struct smk_buf fold_a = {.max = 2 * BYTES_MAX}, fold_b = {.max = 2 * BYTES_MAX};
    fold(a, &fold_a);
    fold(b, &fold_b);
    bool is_one = smk_bytes_is_equal(smk_buf_view(&fold_a), smk_buf_view(&fold_b));
    smk_buf_deinit(&fold_a);
    smk_buf_deinit(&fold_b);
    return is_one;
}

Test(khmer_prop, the_fold_of_a_fold_is_itself, .timeout = 60)
{
    struct smk_buf text = {.max = BYTES_MAX}, once = {.max = 2 * BYTES_MAX}, spelt = {.max = 2 * BYTES_MAX};
    for (uint64_t i = 0; i < CASES; i++) {
        uint64_t seed = test_seed() + i;
        struct test_rng r = test_rng_from(seed);
        write_random(&r, &text);
        fold(smk_buf_view(&text), &once);
        cr_assert(smk_utf8_is_valid(smk_buf_view(&once)), "seed %" PRIu64, seed);
        cr_assert(le(sz, once.len, 2 * text.len), "seed %" PRIu64, seed);
        cr_assert(is_one_fold(smk_buf_view(&once), smk_buf_view(&text)), "seed %" PRIu64, seed);
        smk_buf_reset(&spelt);
        cr_assert(eq(int, smk_khmer_spell(smk_buf_view(&text), &spelt), SMK_OK), "seed %" PRIu64, seed);
        cr_assert(eq(sz, spelt.len, once.len), "seed %" PRIu64, seed);
        cr_assert(is_one_fold(smk_buf_view(&spelt), smk_buf_view(&text)), "seed %" PRIu64, seed);
    }
    smk_buf_deinit(&text);
    smk_buf_deinit(&once);
    smk_buf_deinit(&spelt);
}

/* ---- clusters whose parts are shuffled ---- */

struct cluster {
    uint32_t base;
    uint32_t joined[2]; /* these two keep their order */
    size_t joined_count;
    bool has_ro;
    uint32_t mark[MARKS_MAX];
    size_t mark_count;
};

static struct cluster make_cluster(struct test_rng *r)
{
    struct cluster c = {.base = pick_base(r), .has_ro = test_rng_chance(r, 40)};
    c.joined_count = test_rng_below(r, 3);
    for (size_t i = 0; i < c.joined_count; i++) {
        c.joined[i] = pick_base(r);
        if (c.joined[i] == 0x179a)
            c.joined[i] = 0x1780;
    }
    c.mark_count = test_rng_below(r, 5);
    for (size_t i = 0; i < c.mark_count; i++)
        c.mark[i] = pick_mark(r);
    return c;
}

static void maybe_invisible(struct test_rng *r, struct smk_buf *b)
{
    if (test_rng_chance(r, 10))
        smk_utf8_write(b, invisible[test_rng_below(r, INVISIBLE_COUNT)]);
}

/* Some spelling of the cluster that looks like all the others. */
static void write_cluster(struct test_rng *r, const struct cluster *c, struct smk_buf *b)
{
    size_t joined = 0, marks = 0;
    bool has_ro = c->has_ro, is_taken[MARKS_MAX] = {false};
    smk_utf8_write(b, c->base);
    while (joined < c->joined_count || marks < c->mark_count || has_ro) {
        maybe_invisible(r, b);
        uint64_t which = test_rng_below(r, 3);
        size_t i = test_rng_below(r, MARKS_MAX);
        if (which == 0 && joined < c->joined_count) {
            uint32_t letter = c->joined[joined++];
            bool is_either = letter == 0x178a || letter == 0x178f;
            smk_utf8_write(b, COENG);
            maybe_invisible(r, b);
            smk_utf8_write(b, is_either && test_rng_chance(r, 50) ? 0x178a + 0x178f - letter : letter);
        } else if (which == 1 && has_ro) {
            smk_utf8_write(b, COENG);
            smk_utf8_write(b, 0x179a);
            has_ro = false;
        } else if (which == 2 && i < c->mark_count && !is_taken[i]) {
            smk_utf8_write(b, c->mark[i]);
            is_taken[i] = true;
            marks++;
        }
    }
    maybe_invisible(r, b);
}

Test(khmer_prop, the_order_inside_a_cluster_does_not_matter, .timeout = 60)
{
    struct smk_buf a = {.max = BYTES_MAX}, b = {.max = BYTES_MAX};
    for (uint64_t i = 0; i < CASES; i++) {
        uint64_t seed = test_seed() + i;
        struct test_rng r = test_rng_from(seed);
        smk_buf_reset(&a);
        smk_buf_reset(&b);
        for (uint64_t n = 1 + test_rng_below(&r, 4); n > 0; n--) {
            struct cluster c = make_cluster(&r);
            write_cluster(&r, &c, &a);
            write_cluster(&r, &c, &b);
        }
        cr_assert(is_one_fold(smk_buf_view(&a), smk_buf_view(&b)), "seed %" PRIu64, seed);
        cr_assert(eq(sz, smk_cluster_count(smk_buf_view(&a)), smk_cluster_count(smk_buf_view(&b))),
                  "seed %" PRIu64, seed);
    }
    smk_buf_deinit(&a);
    smk_buf_deinit(&b);
}

/* ---- cutting ---- */

static bool is_cut_well(struct smk_bytes text, size_t at)
{
    uint32_t last = 0, next = 0;
    size_t from = 0, end = at;
    while (from < at && smk_utf8_next(text, &from, &next))
        last = smk_khmer_is_invisible(next) ? last : next;
    if (from != at || !smk_utf8_next(text, &end, &next))
        return from == at;
    bool is_mark = smk_khmer_is_letter(next) && (next > 0x17b3 || smk_khmer_is_invisible(next));
    return last != COENG && !is_mark;
}

Test(khmer_prop, no_text_is_cut_inside_a_cluster, .timeout = 60)
{
    struct smk_buf text = {.max = BYTES_MAX};
    for (uint64_t i = 0; i < CASES; i++) {
        uint64_t seed = test_seed() + i;
        struct test_rng r = test_rng_from(seed);
        write_random(&r, &text);
        struct smk_bytes whole = smk_buf_view(&text);
        size_t bytes_max = test_rng_below(&r, whole.len + 2), clusters_max = test_rng_below(&r, 40);
        size_t len = smk_cluster_fit(whole, bytes_max, clusters_max);
        cr_assert(le(sz, len, bytes_max), "seed %" PRIu64, seed);
        cr_assert(le(sz, smk_cluster_count((struct smk_bytes){whole.data, len}), clusters_max),
                  "seed %" PRIu64, seed);
        cr_assert(len == 0 || is_cut_well(whole, len), "seed %" PRIu64 ": cut at %zu", seed, len);
        if (len < whole.len && clusters_max > smk_cluster_count((struct smk_bytes){whole.data, len}))
            cr_assert(gt(sz, smk_cluster_end(whole, len), bytes_max), "seed %" PRIu64 ": more would fit",
                      seed);
    }
    smk_buf_deinit(&text);
}

Test(khmer_prop, bytes_that_are_no_text_are_refused_and_cut_all_the_same, .timeout = 60)
{
    struct smk_buf text = {.max = BYTES_MAX}, b = {.max = 2 * BYTES_MAX};
    for (uint64_t i = 0; i < CASES; i++) {
        uint64_t seed = test_seed() + i, number;
        struct test_rng r = test_rng_from(seed);
        write_random(&r, &text);
        if (text.len == 0)
            continue;
        text.data[test_rng_below(&r, text.len)] ^= (uint8_t)(1 << test_rng_below(&r, 8));
        bool is_valid = smk_utf8_is_valid(smk_buf_view(&text));
        smk_buf_reset(&b);
        enum smk_err err = smk_khmer_fold(smk_buf_view(&text), &b);
        cr_assert(eq(int, err, is_valid ? SMK_OK : SMK_ERR_INVALID), "seed %" PRIu64, seed);
        cr_assert(is_valid || b.len == 0, "seed %" PRIu64, seed);
        for (size_t at = 0, end; at < text.len; at = end) {
            end = smk_cluster_end(smk_buf_view(&text), at);
            cr_assert(end > at && end <= text.len, "seed %" PRIu64, seed);
        }
        (void)smk_khmer_number_parse(smk_buf_view(&text), UINT64_MAX, &number);
        (void)smk_khmer_is_old_font(smk_buf_view(&text));
    }
    smk_buf_deinit(&text);
    smk_buf_deinit(&b);
}
