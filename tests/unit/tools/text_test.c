#include "proto/utf8.h"
#include "tools/cli.h"
#include "tools/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

Test(text, what_a_terminal_might_obey_is_escaped)
{
    static const struct {
        const char *text, *shown;
        const char *why;
    } row[] = {
        {"plain", "plain", "letters stay"},
        {"សាមគ្គី", "សាមគ្គី", "Khmer stays"},
        {"ក\xE2\x80\x8Bខ", "ក\xE2\x80\x8Bខ", "the zero-width space is ordinary Khmer text"},
        {"\x1b[31mred", "\\x1b[31mred", "escape sequences"},
        {"a\r\nb\tc", "a\\x0d\\x0ab\\x09c", "one entry stays on one line"},
        {"\x7f", "\\x7f", "DEL"},
        {"\xC2\x9B"
         "31m",
         "\\u009b31m", "C1 controls, which some terminals obey"},
        {"\xE2\x80\xAEgnp.exe", "\\u202egnp.exe", "right-to-left override"},
        {"\xE2\x81\xA6x\xE2\x81\xA9", "\\u2066x\\u2069", "isolates"},
        {"\xE2\x80\xA8", "\\u2028", "line separator"},
        {"\xEF\xBB\xBFx", "\\ufeffx", "byte order mark"},
        {"\xF3\xA0\x81\x81", "\\U000e0041", "tags, which show nothing"},
        {"\xFF\xC3", "\\xff\\xc3", "bytes that are no UTF-8, also at the end"},
        {"\xC0\xAF", "\\xc0\\xaf", "an overlong form"},
        {"\xED\xA0\x80", "\\xed\\xa0\\x80", "a surrogate"},
        {"\xF5\x80\x80\x80", "\\xf5\\x80\\x80\\x80", "above U+10FFFF"},
        {"\xE2\x82", "\\xe2\\x82", "cut in the middle"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char shown[64];
        smk_text_safe(smk_bytes_of_text(row[i].text), sizeof shown - 1, shown);
        cr_assert(eq(str, shown, (char *)row[i].shown), "%s", row[i].why);
    }
}

Test(text, it_is_cut_between_characters_and_between_escapes)
{
    static const char text[] = "aក\x1b";
    static const char *const at[] = {"", "a", "a", "a", "aក", "aក", "aក", "aក", "aក\\x1b", "aក\\x1b"};
    for (size_t max = 0; max < sizeof at / sizeof at[0]; max++) {
        char *exact = malloc(max + 1); /* so that one byte too far is noticed */
        cr_assert(ne(ptr, exact, NULL));
        smk_text_safe(smk_bytes_of_text(text), max, exact);
        cr_assert(eq(str, exact, (char *)at[max]), "max %zu", max);
        free(exact);
    }
}

Test(text, every_byte_and_every_pair_gives_good_text)
{
    for (unsigned first = 0; first < 256; first++) {
        for (unsigned second = 0; second < 256; second++) {
            uint8_t pair[2] = {(uint8_t)first, (uint8_t)second};
            char shown[32];
            smk_text_safe(SMK_BYTES(pair), sizeof shown - 1, shown);
            struct smk_bytes out = smk_bytes_of_text(shown);
            cr_assert(smk_utf8_is_valid(out), "%02x %02x", first, second);
            uint32_t point;
            for (size_t i = 0; i < out.len; i += smk_text_next(out, i, &point)) {
                (void)smk_text_next(out, i, &point);
                cr_assert(not(smk_text_is_unsafe(point)), "%02x %02x", first, second);
            }
        }
    }
}
