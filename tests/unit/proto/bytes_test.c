#include "proto/bytes.h"
#include "proto/mem.h"
#include "tests/support/fault.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static int sign_of(int n)
{
    return (n > 0) - (n < 0);
}

Test(bytes, order_is_memcmp_then_the_shorter_first)
{
    static const struct {
        const char *a, *b;
        int order;
        const char *why;
    } row[] = {
        {"", "", 0, "nothing is nothing"},
        {"", "a", -1, "nothing comes first"},
        {"a", "a", 0, "the same"},
        {"a", "b", -1, "smaller byte"},
        {"a", "ab", -1, "a prefix comes first"},
        {"b", "ab", 1, "bytes count before length"},
        {"\x7f", "\x80", -1, "bytes have no sign"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_bytes a = smk_bytes_of_text(row[i].a), b = smk_bytes_of_text(row[i].b);
        cr_assert(eq(int, sign_of(smk_bytes_compare(a, b)), row[i].order), "%s", row[i].why);
        cr_assert(eq(int, sign_of(smk_bytes_compare(b, a)), -row[i].order), "%s, turned round", row[i].why);
        cr_assert(eq(int, smk_bytes_is_equal(a, b), row[i].order == 0), "%s", row[i].why);
    }
    cr_assert(smk_bytes_is_equal((struct smk_bytes){0}, smk_bytes_of_text("")), "an address means nothing");
}

Test(bytes, numbers_are_written_big_endian_and_read_back)
{
    struct smk_buf b = {.max = 100};
    smk_buf_write_u8(&b, 0x01);
    smk_buf_write_be16(&b, 0x0203);
    smk_buf_write_be32(&b, 0x04050607);
    smk_buf_write_be64(&b, 0x08090a0b0c0d0e0f);
    smk_buf_write_bytes(&b, smk_bytes_of_text("xyz"));
    cr_assert(eq(int, b.err, SMK_OK));
    static const uint8_t expected[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 'x', 'y', 'z'};
    cr_assert(smk_bytes_is_equal(smk_buf_view(&b), SMK_BYTES(expected)));

    struct smk_reader r = smk_reader_over(smk_buf_view(&b));
    uint8_t three[3];
    cr_assert(eq(u8, smk_read_u8(&r), 1));
    cr_assert(eq(u16, smk_read_be16(&r), 0x0203));
    cr_assert(eq(u32, smk_read_be32(&r), 0x04050607));
    cr_assert(eq(u64, smk_read_be64(&r), 0x08090a0b0c0d0e0f));
    cr_assert(eq(sz, smk_reader_left(&r), 3));
    cr_assert(eq(int, smk_reader_finish(&r), SMK_ERR_TRAILING));
    smk_read_copy(&r, three, 3);
    cr_assert(eq(int, memcmp(three, "xyz", 3), 0));
    cr_assert(eq(int, smk_reader_finish(&r), SMK_OK));
    smk_buf_deinit(&b);
}

/* Reads u8, be16, 4 bytes, be64: 15 bytes. */
static enum smk_err read_form(struct smk_bytes bytes)
{
    struct smk_reader r = smk_reader_over(bytes);
    uint8_t four[4];
    (void)smk_read_u8(&r);
    (void)smk_read_be16(&r);
    smk_read_copy(&r, four, sizeof four);
    (void)smk_read_be64(&r);
    return smk_reader_finish(&r);
}

Test(bytes, every_prefix_is_truncated_the_whole_is_ok_and_one_more_is_trailing)
{
    for (size_t len = 0; len <= 17; len++) {
        uint8_t *exact = calloc(1, len > 0 ? len : 1);
        enum smk_err expected = len < 15 ? SMK_ERR_TRUNCATED : len == 15 ? SMK_OK : SMK_ERR_TRAILING;
        cr_assert(eq(int, read_form((struct smk_bytes){len > 0 ? exact : NULL, len}), expected), "%zu", len);
        free(exact);
    }
}

Test(bytes, a_reader_remembers_its_first_failure_and_gives_zeros)
{
    static const uint8_t three[] = {1, 2, 3};
    uint8_t out[2] = {9, 9};
    struct smk_reader r = smk_reader_over(SMK_BYTES(three));
    cr_assert(eq(u32, smk_read_be32(&r), 0));
    cr_assert(eq(u8, smk_read_u8(&r), 0), "three bytes are there, but it has failed");
    smk_read_copy(&r, out, 2);
    cr_assert(eq(int, out[0] + out[1], 0));
    cr_assert(eq(sz, smk_read_bytes(&r, 0).len, 0));
    cr_assert(eq(sz, smk_reader_left(&r), 0));
    cr_assert(eq(int, smk_reader_finish(&r), SMK_ERR_TRUNCATED));
    r = smk_reader_over(SMK_BYTES(three));
    cr_assert(eq(ptr, (void *)(uintptr_t)smk_read_bytes(&r, SIZE_MAX).data, NULL),
              "a length near the end of memory");
    cr_assert(eq(int, smk_reader_finish(&r), SMK_ERR_TRUNCATED));
}

Test(bytes, a_buffer_takes_exactly_its_limit)
{
    for (size_t max = 0; max < 400; max += max < 3 ? 1 : 29) {
        struct smk_buf b = {.max = max};
        for (size_t i = 0; i < max; i++)
            smk_buf_write_u8(&b, (uint8_t)i);
        cr_assert(eq(int, b.err, SMK_OK), "%zu", max);
        cr_assert(eq(sz, b.len, max));
        cr_assert(le(sz, b.capacity, max), "%zu", max);
        smk_buf_write(&b, "", 0);
        cr_assert(eq(int, b.err, SMK_OK), "nothing fits always");
        smk_buf_write_u8(&b, 0);
        cr_assert(eq(int, b.err, SMK_ERR_TOO_BIG_HERE), "%zu", max);
        cr_assert(eq(sz, b.len, max), "nothing half-written");
        for (size_t i = 0; i < max; i++)
            cr_assert(eq(u8, b.data[i], (uint8_t)i));
        smk_buf_deinit(&b);
        cr_assert(eq(sz, b.max, max), "the limit stays");
    }
}

Test(bytes, the_first_failure_sticks_until_reset)
{
    struct smk_buf b = {.max = 4};
    smk_buf_write(&b, "abc", 3);
    smk_buf_write(&b, "de", 2);
    cr_assert(eq(int, b.err, SMK_ERR_TOO_BIG_HERE));
    smk_buf_write_u8(&b, 'x'); /* there would be room */
    cr_assert(eq(sz, b.len, 3));
    smk_buf_reset(&b);
    cr_assert(eq(int, b.err, SMK_OK));
    cr_assert(eq(sz, b.len, 0));
    smk_buf_write(&b, "wxyz", 4);
    cr_assert(eq(int, b.err, SMK_OK));
    smk_buf_write(&b, "", SIZE_MAX - 1); /* may not wrap round */
    cr_assert(eq(int, b.err, SMK_ERR_TOO_BIG_HERE));
    smk_buf_deinit(&b);
}

Test(bytes, a_buffer_without_memory_says_so_and_keeps_what_it_has)
{
    for (unsigned long nth = 0;; nth++) {
        cr_assert(lt(ulong, nth, 20));
        test_fault_begin(TEST_FAULT_ONCE, nth);
        struct smk_buf b = {.max = 1000};
        size_t written = 0;
        for (; written < 1000 && b.err == SMK_OK; written++)
            smk_buf_write_u8(&b, 'a');
        bool has_failed = test_fault_hits() > 0;
        cr_assert(eq(int, b.err, has_failed ? SMK_ERR_NOMEM : SMK_OK));
        cr_assert(eq(sz, b.len, has_failed ? written - 1 : 1000));
        smk_buf_deinit(&b);
        cr_assert(eq(long, test_fault_live(), 0));
        test_fault_end();
        if (!has_failed)
            break;
    }
}

Test(bytes, drop_takes_from_the_front)
{
    struct smk_buf b = {.max = 10};
    smk_buf_drop(&b, 0);
    smk_buf_write(&b, "abcdef", 6);
    smk_buf_drop(&b, 2);
    cr_assert(smk_bytes_is_equal(smk_buf_view(&b), smk_bytes_of_text("cdef")));
    smk_buf_drop(&b, 4);
    cr_assert(eq(sz, b.len, 0));
    smk_buf_deinit(&b);
}

Test(bytes, drop_of_more_than_there_is_aborts, .signal = SIGABRT)
{
    struct smk_buf b = {.max = 10};
    smk_buf_drop(&b, 1);
}

/* A release that looks for secrets in what it is given. */
static size_t block_bytes[64];
static void *block_at[64];
static size_t block_count, released_dirty;

static void *noting_alloc(size_t size)
{
    block_bytes[block_count] = size;
    return block_at[block_count++] = calloc(1, size);
}

static void noting_release(void *at)
{
    for (size_t i = 0; i < block_count; i++)
        if (block_at[i] == at)
            for (size_t j = 0; j < block_bytes[i]; j++)
                released_dirty += ((const uint8_t *)at)[j] != 0;
    /* never given back to the C library, so that no address comes twice */
}

Test(bytes, no_block_is_released_with_something_in_it)
{
    static const struct smk_mem_ops noting = {noting_alloc, realloc, noting_release};
    smk_mem_use(&noting);
    struct smk_buf b = {.max = 2000};
    for (size_t i = 0; i < 64; i++)
        smk_buf_write_u8(&b, 's');
    smk_buf_reset(&b); /* what was written before is still in the block */
    uint8_t many[1000];
    memset(many, 's', sizeof many);
    smk_buf_write(&b, many, sizeof many);
    smk_buf_drop(&b, 999);
    smk_buf_reset(&b);
    smk_buf_write(&b, many, sizeof many);
    smk_buf_drop(&b, 1000);
    smk_buf_write(&b, many, sizeof many);
    smk_buf_reset(&b);
    for (size_t i = 0; i < 2000; i++)
        smk_buf_write_u8(&b, 's');
    smk_buf_deinit(&b);
    smk_mem_use(NULL);
    cr_assert(eq(int, b.err, SMK_OK));
    cr_assert(ge(sz, block_count, 3));
    cr_assert(eq(sz, released_dirty, 0));
    for (size_t i = 0; i < block_count; i++)
        free(block_at[i]);
}

Test(bytes, hex_is_written_in_lower_case_and_read_in_either)
{
    static const struct {
        const char *text;
        size_t len;
        bool is_good;
        const char *why;
    } row[] = {
        {"", 0, true, "nothing"},
        {"00", 1, true, "a byte"},
        {"fF", 1, true, "either case"},
        {"0", 1, false, "half a byte"},
        {"000", 1, false, "a byte and a half"},
        {"00", 0, false, "longer than asked"},
        {"00", 2, false, "shorter than asked"},
        {"0g", 1, false, "no digit"},
        {" 0", 1, false, "a blank"},
        {"0x", 1, false, "a prefix"},
        {"/0", 1, false, "just below 0"},
        {":0", 1, false, "just above 9"},
        {"`0", 1, false, "just below a"},
        {"@0", 1, false, "just below A"},
        {"G0", 1, false, "just above F"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        uint8_t out[2] = {0x77, 0x77};
        cr_assert(eq(int, smk_hex_parse(row[i].text, out, row[i].len), row[i].is_good), "%s", row[i].why);
        if (!row[i].is_good)
            cr_assert(eq(int, memcmp(out, "\x77\x77", 2), 0), "%s: untouched", row[i].why);
    }
    for (unsigned value = 0; value < 256; value++) {
        uint8_t byte = (uint8_t)value, back;
        char text[3] = {'?', '?', '?'};
        smk_hex_format((struct smk_bytes){&byte, 1}, text);
        cr_assert(eq(sz, strlen(text), 2));
        cr_assert(eq(sz, strspn(text, "0123456789abcdef"), 2));
        cr_assert(smk_hex_parse(text, &back, 1));
        cr_assert(eq(u8, back, byte));
    }
}
