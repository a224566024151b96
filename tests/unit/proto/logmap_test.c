#include "proto/logmap.h"

#include "tests/support/fault.h"
#include "tests/support/rng.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <string.h>

enum { KEYS = 40 };

/* Few different keys, many of them with the same home slot. */
static void key_of(uint64_t number, uint8_t ret_key[SMK_ID_BYTES])
{
    memset(ret_key, 0, SMK_ID_BYTES);
    ret_key[0] = (uint8_t)(number % 3);
    ret_key[20] = (uint8_t)number;
}

Test(logmap, answers_like_a_plain_array_after_any_history, .timeout = 30)
{
    uint64_t first = test_seed();
    for (uint64_t seed = first; seed < first + 300; seed++) {
        struct test_rng rng = test_rng_from(seed);
        struct smk_logmap m = {.max = KEYS};
        bool is_there[KEYS] = {0};
        uint64_t value[KEYS] = {0};
        size_t count = 0;
        for (unsigned step = 0; step < 200; step++) {
            uint64_t k = test_rng_below(&rng, KEYS), what = test_rng_below(&rng, 100);
            uint8_t key[SMK_ID_BYTES];
            key_of(k, key);
            if (what < 60) {
                cr_assert(eq(int, smk_logmap_put(&m, key, step), SMK_OK));
                count += !is_there[k];
                is_there[k] = true;
                value[k] = step;
            } else if (what < 99) {
                smk_logmap_del(&m, key);
                count -= is_there[k];
                is_there[k] = false;
            } else {
                smk_logmap_clear(&m);
                count = 0;
                memset(is_there, 0, sizeof is_there);
            }
            cr_assert(eq(sz, m.count, count), "seed %" PRIu64, seed);
            for (uint64_t i = 0; i < KEYS; i++) {
                uint64_t found = UINT64_MAX;
                key_of(i, key);
                cr_assert(eq(u8, smk_logmap_get(&m, key, &found), is_there[i]), "seed %" PRIu64, seed);
                cr_assert(eq(u64, found, is_there[i] ? value[i] : UINT64_MAX), "seed %" PRIu64, seed);
            }
        }
        smk_logmap_deinit(&m);
    }
}

Test(logmap, takes_no_more_than_its_limit_but_replaces)
{
    struct smk_logmap m = {.max = 3};
    uint8_t key[SMK_ID_BYTES];
    for (uint64_t i = 0; i < 4; i++) {
        key_of(i, key);
        cr_assert(eq(int, smk_logmap_put(&m, key, i), i < 3 ? SMK_OK : SMK_ERR_TOO_BIG_HERE));
    }
    key_of(1, key);
    cr_assert(eq(int, smk_logmap_put(&m, key, 9), SMK_OK));
    smk_logmap_del(&m, key);
    key_of(3, key);
    cr_assert(eq(int, smk_logmap_put(&m, key, 3), SMK_OK));
    smk_logmap_deinit(&m);
    cr_assert(eq(sz, m.max, 3));
}

Test(logmap, is_unchanged_when_there_is_no_memory)
{
    struct smk_logmap m = {.max = 100};
    uint8_t key[SMK_ID_BYTES] = {1};
    uint64_t value = 7;
    test_fault_begin(TEST_FAULT_ONCE, 0);
    cr_assert(eq(int, smk_logmap_put(&m, key, 1), SMK_ERR_NOMEM));
    test_fault_end();
    cr_assert(not(smk_logmap_get(&m, key, &value)));
    cr_assert(eq(int, smk_logmap_put(&m, key, 1), SMK_OK));
    smk_logmap_deinit(&m);
}
