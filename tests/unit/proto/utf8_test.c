#include "proto/utf8.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static void check_round_trip(uint32_t point, size_t wanted_len)
{
    struct smk_buf b = {.max = SMK_UTF8_BYTES_MAX};
    uint32_t read = 0;
    size_t at = 0;
    smk_utf8_write(&b, point);
    cr_assert(eq(int, b.err, SMK_OK), "%x", point);
    cr_assert(eq(sz, b.len, wanted_len), "%x", point);
    cr_assert(smk_utf8_is_valid(smk_buf_view(&b)), "%x", point);
    cr_assert(smk_utf8_next(smk_buf_view(&b), &at, &read), "%x", point);
    cr_assert(eq(u32, read, point));
    cr_assert(eq(sz, at, wanted_len), "%x", point);
    cr_assert(not(smk_utf8_next(smk_buf_view(&b), &at, &read)), "%x: nothing after it", point);
    for (size_t len = 0; len < wanted_len; len++) {
        at = 0;
        cr_assert(not(smk_utf8_next((struct smk_bytes){b.data, len}, &at, &read)), "%x cut to %zu", point,
                  len);
        cr_assert(eq(sz, at, 0));
        cr_assert(eq(int, smk_utf8_is_valid((struct smk_bytes){b.data, len}), len == 0), "%x", point);
    }
    smk_buf_deinit(&b);
}

Test(utf8, what_is_written_is_read)
{
    static const struct {
        uint32_t first, last;
        size_t len;
    } row[] = {
        {0, 0x7f, 1}, {0x80, 0x7ff, 2}, {0x800, 0xd7ff, 3}, {0xe000, 0xffff, 3}, {0x10000, 0x10ffff, 4}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        for (uint32_t point = row[i].first; point < row[i].last;
             point += 1 + (row[i].last - row[i].first) / 997)
            check_round_trip(point, row[i].len);
        check_round_trip(row[i].last, row[i].len);
    }
}

Test(utf8, what_is_not_well_formed_is_not_read)
{
    static const struct {
        const char *bytes, *why;
    } row[] = {
        {"\x80", "a follower alone"},
        {"\xc0\x80", "two bytes for U+0000"},
        {"\xc1\xbf", "two bytes for U+007F"},
        {"\xe0\x9f\xbf", "three bytes for U+07FF"},
        {"\xed\xa0\x80", "U+D800"},
        {"\xed\xbf\xbf", "U+DFFF"},
        {"\xf0\x8f\xbf\xbf", "four bytes for U+FFFF"},
        {"\xf4\x90\x80\x80", "U+110000"},
        {"\xf5\x80\x80\x80", "beyond that"},
        {"\xff", "no byte of UTF-8"},
        {"\xe1\x9e", "cut"},
        {"\xe1\x9e\xe1\x9e\x80", "cut by another one"},
        {"\xf0\x9f\x90\xff", "a bad last byte"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        uint32_t point = 7;
        size_t at = 0;
        cr_assert(not(smk_utf8_next(smk_bytes_of_text(row[i].bytes), &at, &point)), "%s", row[i].why);
        cr_assert(eq(sz, at, 0), "%s", row[i].why);
        cr_assert(eq(u32, point, 7));
        cr_assert(not(smk_utf8_is_valid(smk_bytes_of_text(row[i].bytes))), "%s", row[i].why);
    }
    cr_assert(smk_utf8_is_valid(smk_bytes_of_text("")));
    cr_assert(smk_utf8_is_valid(smk_bytes_of_text("សាមគ្គី 1")));
    cr_assert(not(smk_utf8_is_valid(smk_bytes_of_text("a\x80"))));
}

Test(utf8, a_buffer_that_is_full_says_so)
{
    struct smk_buf b = {.max = 2};
    smk_utf8_write(&b, 0x1780);
    cr_assert(eq(int, b.err, SMK_ERR_TOO_BIG_HERE));
    smk_buf_deinit(&b);
}
