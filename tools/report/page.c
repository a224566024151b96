#include "tools/report/page.h"

#include "proto/hash.h"
#include "tools/cli.h"

#include <stdio.h>
#include <string.h>

/* The style sheet itself, as a part of the program. */
__asm__(".section .rodata\n"
        ".balign 16\n"
        "smk_style_bytes:\n"
        ".incbin \"" SMK_STYLE_FILE "\"\n"
        "smk_style_end:\n"
        ".previous\n");
extern const uint8_t smk_style_bytes[], smk_style_end[];

enum { HASH_LETTERS = 44 }; /* of 32 bytes in base 64 */

static void base64_of(const uint8_t hash[SMK_HASH_BYTES], char ret_text[HASH_LETTERS + 1])
{
    static const char letter[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i + 1 < HASH_LETTERS; i++) {
        size_t bit = i * 6, at = bit / 8;
        unsigned two = (unsigned)hash[at] << 8 | (at + 1 < SMK_HASH_BYTES ? hash[at + 1] : 0U);
        ret_text[i] = letter[two >> (10 - bit % 8) & 63];
    }
    ret_text[HASH_LETTERS - 1] = '=';
    ret_text[HASH_LETTERS] = '\0';
}

/* A text inside quotes of a style sheet: whatever is not plain becomes the number of its character. */
static void write_css_text(struct smk_buf *b, struct smk_bytes text)
{
    static const char plain[] = " ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:/";
    char number[16];
    smk_buf_write(b, "\"", 1);
    for (size_t at = 0; at < text.len;) {
        uint32_t point = 0xFFFD;
        size_t end = at;
        if (!smk_utf8_next(text, &end, &point))
            end = at + 1;
        if (point != 0 && point < 0x80 && strchr(plain, (int)point) != NULL)
            smk_buf_write(b, text.data + at, 1);
        else
            smk_buf_write(
                b, number,
                (size_t)snprintf(number, sizeof number, "\\%06x ", point > 0 ? (unsigned)point : 0xFFFD));
        at = end;
    }
    smk_buf_write(b, "\"", 1);
}

static void write_css(struct smk_buf *b, const char *css)
{
    smk_buf_write(b, css, strlen(css));
}

static void write_foot(const struct smk_html *h, struct smk_buf *b, struct smk_bytes foot)
{
    static const char font[] = "font:9pt/1.6 \"Samaki\",sans-serif;vertical-align:top;padding-top:2mm;";
    const char *style = h->has_khmer_digits ? ",khmer)" : ")";
    write_css(b, "@page{@bottom-left{");
    write_css(b, font);
    write_css(b, "width:76%;text-align:left;content:");
    write_css_text(b, foot);
    write_css(b, "}@bottom-right{");
    write_css(b, font);
    write_css(b, "text-align:right;white-space:nowrap;content:");
    write_css_text(b, smk_bytes_of_text(smk_word_text(SMK_WORD_PAGE, h->language)));
    write_css(b, "\" \" counter(page");
    write_css(b, style);
    write_css(b, "\" / \" counter(pages");
    write_css(b, style);
    write_css(b, "}}\n");
}

void smk_page_begin(struct smk_html *h, struct smk_bytes title, struct smk_bytes foot)
{
    struct smk_buf style = {.max = SMK_HTML_BYTES_MAX};
    uint8_t hash[SMK_HASH_BYTES];
    char digest[HASH_LETTERS + 1], line[1024];
    smk_buf_write(&style, smk_style_bytes, (size_t)(smk_style_end - smk_style_bytes));
    write_foot(h, &style, foot);
    smk_sha256(smk_buf_view(&style), (struct smk_bytes){0}, hash);
    base64_of(hash, digest);
    smk_html_raw(h, "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"");
    smk_html_raw(h, h->language == SMK_KHMER ? "km" : "en");
    smk_html_raw(h, "\"><head><meta charset=\"utf-8\"/>\n<meta http-equiv=\"Content-Security-Policy\" "
                    "content=\"default-src 'none'; base-uri 'none'; form-action 'none'; font-src data:; "
                    "style-src 'sha256-");
    smk_html_raw(h, digest);
    smk_html_raw(h, "'\"/>\n<meta name=\"referrer\" content=\"no-referrer\"/>\n"
                    "<meta name=\"viewport\" content=\"width=device-width\"/>\n<title>");
    smk_text_safe(title, sizeof line - 1, line); /* a title has no lines */
    smk_html_text(h, smk_bytes_of_text(line));
    smk_html_raw(h, "</title>\n<style>");
    smk_buf_write_bytes(&h->b, smk_buf_view(&style));
    smk_html_raw(h, "</style></head><body>\n");
    if (style.err != SMK_OK)
        h->b.err = style.err;
    smk_buf_deinit(&style);
}

void smk_page_end(struct smk_html *h)
{
    smk_html_raw(h, "</body></html>\n");
}
