#include "tests/support/rng.h"

#include "proto/check.h"

#include <errno.h>
#include <stdlib.h>

static const uint64_t FIXED_SEED = 20240417;

uint64_t test_seed(void)
{
    const char *text = getenv("SMK_SEED");
    if (text == NULL || *text == '\0')
        return FIXED_SEED;
    char *end = NULL;
    errno = 0;
    uint64_t seed = strtoull(text, &end, 0);
    SMK_ASSERT(errno == 0);
    SMK_ASSERT(*end == '\0'); /* a mistyped seed must not silently test something else */
    return seed;
}

struct test_rng test_rng_from(uint64_t seed)
{
    return (struct test_rng){seed};
}

/* A counter with a large odd stride, mixed so that neighbouring seeds have nothing in common (SplitMix64). */
uint64_t test_rng_u64(struct test_rng *r)
{
    r->state += 0x9e3779b97f4a7c15U;
    uint64_t x = r->state;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

uint64_t test_rng_below(struct test_rng *r, uint64_t n)
{
    SMK_ASSERT(n >= 1);
    return test_rng_u64(r) % n; /* the small bias does not matter to a test */
}

bool test_rng_chance(struct test_rng *r, unsigned percent)
{
    return test_rng_below(r, 100) < percent;
}

void test_rng_bytes(struct test_rng *r, uint8_t *ret_out, size_t len)
{
    uint64_t word = 0;
    for (size_t i = 0; i < len; i++) {
        if (i % 8 == 0)
            word = test_rng_u64(r);
        ret_out[i] = (uint8_t)(word >> (8 * (i % 8)));
    }
}
