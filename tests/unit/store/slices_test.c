#include "store/slices.h"
#include "tests/support/rng.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(slices);

static void check_sorted(struct smk_slices *s, struct test_rng *r, unsigned count)
{
    smk_slices_reset(s, 1 << 20);
    for (unsigned i = 0; i < count; i++) {
        size_t at = s->bytes.len;
        for (uint64_t left = test_rng_below(r, 14); left > 0;
             left--) /* few letters: many have much in common */
            smk_buf_write_u8(&s->bytes, test_rng_chance(r, 80) ? 0 : (uint8_t)test_rng_below(r, 256));
        cr_assert(eq(int, smk_slices_add_from(s, at), SMK_OK));
    }
    smk_slices_sort(s);
    cr_assert(eq(sz, s->count, count));
    for (size_t i = 1; i < s->count; i++)
        cr_assert(le(int, smk_bytes_compare(smk_slices_at(s, i - 1), smk_slices_at(s, i)), 0), "%zu", i);
}

/* Few of them are sorted in another way than many. */
Test(slices, they_are_sorted_as_bytes_are)
{
    struct smk_slices s = {0};
    struct test_rng r = test_rng_from(test_seed());
    for (unsigned count = 0; count < 80; count++)
        check_sorted(&s, &r, count);
    check_sorted(&s, &r, 5000);
    smk_slices_deinit(&s);
}

Test(slices, what_does_not_fit_is_no_slice)
{
    struct smk_slices s = {0};
    smk_slices_reset(&s, 3);
    smk_buf_write(&s.bytes, "abc", 3);
    cr_assert(eq(int, smk_slices_add_from(&s, 0), SMK_OK));
    smk_buf_write(&s.bytes, "d", 1);
    cr_assert(eq(int, smk_slices_add_from(&s, 3), SMK_ERR_TOO_BIG_HERE));
    cr_assert(eq(sz, s.count, 1));
    smk_slices_reset(&s, 3);
    cr_assert(eq(sz, s.count, 0));
    smk_slices_sort(&s);
    smk_slices_deinit(&s);
}
