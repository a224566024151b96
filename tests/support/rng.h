/* tests/support/rng.h: random numbers that come again with the same seed.
 *
 * Shape    struct test_rng is one number; test_rng_from(seed) starts it.
 * Source   the seed of a run is fixed, unless the environment sets SMK_SEED (decimal, or 0x and hex).
 * Memory   caller's.   Secrets  none: nothing here is fit for keys.   Threads  one at a time per object.
 */
#ifndef SMK_TESTS_SUPPORT_RNG_H
#define SMK_TESTS_SUPPORT_RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test_rng {
    uint64_t state;
};

/* The seed of this run. A case adds its number to it, and a failing case prints the sum. */
uint64_t test_seed(void);

struct test_rng test_rng_from(uint64_t seed);
uint64_t test_rng_u64(struct test_rng *r);
uint64_t test_rng_below(struct test_rng *r, uint64_t n); /* 0..n-1; n >= 1 */
bool test_rng_chance(struct test_rng *r, unsigned percent);
void test_rng_bytes(struct test_rng *r, uint8_t *ret_out, size_t len);

#endif
