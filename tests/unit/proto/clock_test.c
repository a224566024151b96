#include "proto/clock.h"
#include "proto/order.h"
#include "tests/support/rng.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <string.h>

enum { LOGS_MAX = 5000, CLOCKS = 40 };

static void expect_row(const struct smk_clock_space *s, const struct smk_clock *c, const uint64_t *row,
                       size_t logs, uint64_t seed)
{
    for (uint32_t log = 0; log < logs; log++)
        cr_assert(eq(u64, smk_clock_get(s, c, log), row[log]), "seed %" PRIu64, seed);
}

Test(clock, raising_and_joining_are_those_of_plain_rows, .timeout = 60)
{
    static const size_t sizes[] = {1, 2, 16, 17, 256, 257, LOGS_MAX};
    static uint64_t row[CLOCKS][LOGS_MAX];
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct test_rng r = test_rng_from(test_seed() + i);
        struct smk_clock_space s;
        const struct smk_clock *clock[CLOCKS] = {NULL};
        memset(row, 0, sizeof row);
        smk_clock_space_init(&s, sizes[i]);
        for (size_t step = 0; step < 400; step++) {
            size_t a = (size_t)test_rng_below(&r, CLOCKS), b = (size_t)test_rng_below(&r, CLOCKS);
            uint32_t log = (uint32_t)test_rng_below(&r, sizes[i]);
            uint64_t seq = test_rng_below(&r, 1000);
            if (test_rng_chance(&r, 60)) {
                clock[a] = smk_clock_raise(&s, clock[a], log, seq);
                row[a][log] = row[a][log] > seq ? row[a][log] : seq;
                continue;
            }
            clock[a] = smk_clock_join(&s, clock[a], clock[b]);
            for (size_t k = 0; k < sizes[i]; k++)
                row[a][k] = row[a][k] > row[b][k] ? row[a][k] : row[b][k];
        }
        for (size_t a = 0; a < CLOCKS; a++)
            expect_row(&s, clock[a], row[a], sizes[i], test_seed() + i);
        cr_assert(not(s.is_full));
        smk_clock_space_deinit(&s);
    }
}

Test(clock, what_says_nothing_new_costs_no_memory)
{
    struct smk_clock_space s;
    smk_clock_space_init(&s, 300);
    const struct smk_clock *c = smk_clock_raise(&s, NULL, 7, 5), *d = smk_clock_raise(&s, c, 200, 1);
    cr_assert(eq(ptr, (void *)(uintptr_t)smk_clock_raise(&s, c, 7, 4), (void *)(uintptr_t)c));
    cr_assert(eq(ptr, (void *)(uintptr_t)smk_clock_join(&s, d, c), (void *)(uintptr_t)d));
    cr_assert(eq(ptr, (void *)(uintptr_t)smk_clock_join(&s, c, d), (void *)(uintptr_t)d));
    cr_assert(eq(ptr, (void *)(uintptr_t)smk_clock_join(&s, NULL, d), (void *)(uintptr_t)d));
    cr_assert(eq(u64, smk_clock_get(&s, NULL, 3), 0));
    smk_clock_space_deinit(&s);
}

/* ---- sorting ---- */

struct item {
    uint64_t key;
    size_t place;
};

static int compare(const void *a, const void *b)
{
    const struct item *left = a, *right = b;
    return (left->key > right->key) - (left->key < right->key);
}

Test(order, it_is_sorted_and_equal_ones_keep_their_order)
{
    static struct item item[300];
    for (size_t count = 0; count <= 300; count += count < 20 ? 1 : 35) {
        struct test_rng r = test_rng_from(test_seed() + count);
        const void *at[300], *spare[300];
        for (size_t i = 0; i < count; i++) {
            item[i] = (struct item){.key = test_rng_below(&r, 1 + count / 3), .place = i};
            at[i] = &item[i];
        }
        smk_order(at, spare, count, compare);
        for (size_t i = 1; i < count; i++) {
            const struct item *before = at[i - 1], *here = at[i];
            cr_assert(before->key < here->key || (before->key == here->key && before->place < here->place),
                      "seed %" PRIu64, test_seed() + count);
        }
    }
}
