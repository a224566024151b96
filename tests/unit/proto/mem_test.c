#include "proto/mem.h"
#include "tests/support/fault.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool is_zero(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

Test(mem, new_memory_is_zeroed)
{
    for (size_t len = 1; len < 5000; len = len * 3 + 1) {
        uint8_t *bytes = smk_mem_new(len);
        cr_assert(ne(ptr, bytes, NULL));
        cr_assert(is_zero(bytes, len), "%zu", len);
        memset(bytes, 0xa5, len); /* so that the next one would show it */
        smk_mem_free(bytes);
    }
}

Test(mem, nothing_is_still_a_block_of_its_own)
{
    void *a = smk_mem_new(0), *b = smk_mem_array(0, 8), *c = smk_mem_array(8, 0),
         *d = smk_mem_resize(NULL, 0);
    cr_assert(ne(ptr, a, NULL));
    cr_assert(ne(ptr, b, NULL));
    cr_assert(ne(ptr, c, NULL));
    cr_assert(ne(ptr, d, NULL));
    smk_mem_free(a);
    smk_mem_free(b);
    smk_mem_free(c);
    smk_mem_free(d);
    smk_mem_free(NULL);
}

Test(mem, an_array_that_overflows_is_refused)
{
    static const struct {
        size_t count, size;
        const char *why;
    } row[] = {
        {SIZE_MAX, 2, "twice the largest"},
        {2, SIZE_MAX, "the same turned round"},
        {SIZE_MAX / 2 + 1, 2, "wraps to 0"},
        {(size_t)1 << 33, (size_t)1 << 33, "wraps to something small"},
    };
    test_fault_begin(TEST_FAULT_NONE, 0);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(eq(ptr, smk_mem_array(row[i].count, row[i].size), NULL), "%s", row[i].why);
    cr_assert(eq(long, test_fault_live(), 0));
    test_fault_end();
}

Test(mem, a_failed_resize_leaves_the_old_block)
{
    uint8_t *old = smk_mem_new(4);
    memcpy(old, "abcd", 4);
    test_fault_begin(TEST_FAULT_STICKY, 0);
    cr_assert(eq(ptr, smk_mem_resize(old, 4096), NULL));
    test_fault_end();
    cr_assert(eq(int, memcmp(old, "abcd", 4), 0));
    uint8_t *grown = smk_mem_resize(old, 4096);
    cr_assert(ne(ptr, grown, NULL));
    cr_assert(eq(int, memcmp(grown, "abcd", 4), 0));
    smk_mem_free(grown);
}

Test(mem, wipe_takes_exactly_what_it_is_given)
{
    uint8_t bytes[8];
    memset(bytes, 7, sizeof bytes);
    smk_mem_wipe(bytes + 2, 4);
    cr_assert(eq(int, memcmp(bytes, "\7\7\0\0\0\0\7\7", 8), 0));
    smk_mem_wipe(NULL, 0);
}

static int allocs, resizes, releases;

static void *counting_alloc(size_t size)
{
    allocs++;
    return calloc(1, size);
}

static void *counting_resize(void *at, size_t size)
{
    resizes++;
    return realloc(at, size);
}

static void counting_release(void *at)
{
    releases++;
    free(at);
}

Test(mem, another_table_serves_until_it_is_taken_away)
{
    static const struct smk_mem_ops counting = {counting_alloc, counting_resize, counting_release};
    smk_mem_use(&counting);
    void *a = smk_mem_new(1);
    void *b = smk_mem_array(2, 3);
    a = smk_mem_resize(a, 10);
    smk_mem_free(a);
    smk_mem_free(NULL);
    smk_mem_use(NULL);
    smk_mem_free(b);
    cr_assert(eq(int, allocs, 2));
    cr_assert(eq(int, resizes, 1));
    cr_assert(eq(int, releases, 1));
}
