/* tools/report/html.h: any text stays a text; numbers, dates and places as people read them. */
#include "proto/hash.h"
#include "tools/report/page.h"
#include "tools/text.h"
#include "tools/cli.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <expat.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* ---- a page read back by another parser ---- */

struct seen {
    struct smk_buf text; /* everything inside body, <br/> as a line break */
    bool is_in_body;
    size_t strangers; /* elements in body that are neither p, br, bdi nor span */
    struct smk_buf policy, style;
    bool is_in_style;
};

static void on_open(void *ctx, const XML_Char *name, const XML_Char **attribute)
{
    static const char *const ours[] = {"body", "p", "br", "bdi", "span"};
    struct seen *s = ctx;
    bool is_ours = false;
    s->is_in_body = s->is_in_body || strcmp(name, "body") == 0;
    s->is_in_style = strcmp(name, "style") == 0;
    if (strcmp(name, "br") == 0)
        smk_buf_write(&s->text, "\n", 1);
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        is_ours = is_ours || strcmp(name, ours[i]) == 0;
    s->strangers += s->is_in_body && !is_ours;
    for (size_t i = 0; strcmp(name, "meta") == 0 && attribute[i] != NULL; i += 2)
        if (strcmp(attribute[i], "content") == 0 && s->policy.len == 0)
            smk_buf_write(&s->policy, attribute[i + 1], strlen(attribute[i + 1]));
}

static void on_close(void *ctx, const XML_Char *name)
{
    struct seen *s = ctx;
    (void)name;
    s->is_in_style = false;
}

static void on_text(void *ctx, const XML_Char *text, int len)
{
    struct seen *s = ctx;
    if (s->is_in_body || s->is_in_style)
        smk_buf_write(s->is_in_body ? &s->text : &s->style, text, (size_t)len);
}

static struct seen read_page(struct smk_bytes page)
{
    struct seen s = {.text.max = 1 << 20, .policy.max = 4096, .style.max = 1 << 20};
    XML_Parser parser = XML_ParserCreate("UTF-8");
    XML_SetUserData(parser, &s);
    XML_SetElementHandler(parser, on_open, on_close);
    XML_SetCharacterDataHandler(parser, on_text);
    cr_assert(eq(int, XML_Parse(parser, (const char *)page.data, (int)page.len, 1), XML_STATUS_OK), "%s",
              XML_ErrorString(XML_GetErrorCode(parser)));
    XML_ParserFree(parser);
    return s;
}

static void seen_deinit(struct seen *s)
{
    smk_buf_deinit(&s->text);
    smk_buf_deinit(&s->policy);
    smk_buf_deinit(&s->style);
}

/* What a reader should see: what a terminal is shown, but for line breaks. */
static void shown(struct smk_bytes text, struct smk_buf *b)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t point;
        char piece[16];
        size_t taken = smk_text_next(text, at, &point);
        smk_text_safe((struct smk_bytes){text.data + at, taken}, sizeof piece - 1, piece);
        smk_buf_write(b, point == '\n' ? "\n" : piece, point == '\n' ? 1 : strlen(piece));
        at += taken;
    }
}

static void check_text(struct smk_bytes text)
{
    struct smk_html h = {.b.max = SMK_HTML_BYTES_MAX, .language = SMK_KHMER, .has_khmer_digits = true};
    struct smk_buf wanted = {.max = 1 << 20};
    smk_page_begin(&h, text, text);
    smk_html_raw(&h, "<p>");
    smk_html_text(&h, text);
    smk_html_code(&h, text);
    smk_html_raw(&h, "</p>");
    smk_page_end(&h);
    cr_assert(eq(int, h.b.err, SMK_OK));
    struct seen s = read_page(smk_buf_view(&h.b));
    smk_buf_write(&wanted, "\n", 1);
    shown(text, &wanted);
    shown(text, &wanted);
    smk_buf_write(&wanted, "", 1);
    smk_buf_write(&s.text, "", 1);
    cr_assert(eq(sz, s.strangers, 0));
    cr_assert(eq(str, (char *)s.text.data, (char *)wanted.data));
    seen_deinit(&s);
    smk_buf_deinit(&wanted);
    smk_html_deinit(&h);
}

static void check_texts(const char *const *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_text(smk_bytes_of_text(text[i]));
}

Test(html, shows_any_text_as_a_text)
{
    static const char *const text[] = {
        "<script>alert(1)</script>",
        "</style><script>x</script>",
        "\"><img src=x onerror=alert(1)>",
        "&amp;&#0;",
        "a\nb",
        "\x1b[2J\x07",
        "\xe2\x80\xae"
        "drow",
        "\xff\xc0\x80",
        "]]>",
        "'); } @import url(//x)",
        "\\3c script\\3e ",
        "ខ្មែរ\xe2\x80\x8bសួស្តី",
    };
    check_texts(text, sizeof text / sizeof text[0]);
}

/* Lists of others, where they stand beside the project. */
Test(html, shows_lists_of_naughty_texts_as_texts)
{
    const char *root = getenv("SMK_ROOT");
    char path[4096];
    size_t i;
    json_t *text;
    (void)snprintf(path, sizeof path, "%s/../shared/vectors/text/blns.json", root != NULL ? root : ".");
    json_t *all = json_load_file(path, 0, NULL);
    if (all == NULL)
        cr_skip_test("%s is not here", path);
    json_array_foreach(all, i, text)
        check_text((struct smk_bytes){(const uint8_t *)json_string_value(text), json_string_length(text)});
    cr_assert(gt(sz, i, 100));
    json_decref(all);
}

Test(html, allows_its_own_style_sheet_and_nothing_else)
{
    struct smk_html h = {.b.max = SMK_HTML_BYTES_MAX, .language = SMK_KHMER};
    uint8_t hash[SMK_HASH_BYTES];
    smk_page_begin(&h, smk_bytes_of_text("t"), smk_bytes_of_text("JL-0201 · ខ្មែរ"));
    smk_page_end(&h);
    struct seen s = read_page(smk_buf_view(&h.b));
    smk_sha256(smk_buf_view(&s.style), (struct smk_bytes){0}, hash);
    cr_assert(eq(chr, s.policy.data[s.policy.len - 1], '\''));
    cr_assert(lt(sz, 100, s.style.len));
    /* the hash that the policy names, letter by letter, as bits */
    static const char letter[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *digest = (const char *)s.policy.data + s.policy.len - 45;
    for (size_t bit = 0; bit < 256; bit++) {
        size_t value = (size_t)(strchr(letter, digest[bit / 6]) - letter);
        unsigned said = value >> (5 - bit % 6) & 1, is = hash[bit / 8] >> (7 - bit % 8) & 1;
        cr_assert(eq(uint, said, is), "bit %zu", bit);
    }
    smk_buf_write(&s.policy, "", 1);
    cr_assert(strstr((char *)s.policy.data, "default-src 'none'") != NULL);
    cr_assert(strstr((char *)s.policy.data, "unsafe") == NULL);
    seen_deinit(&s);
    smk_html_deinit(&h);
}

static void check_date(enum smk_language language, const char *date, const char *wanted)
{
    struct smk_html h = {.b.max = 4096, .language = language, .has_khmer_digits = language == SMK_KHMER};
    smk_html_date(&h, smk_bytes_of_text(date));
    smk_buf_write(&h.b, "", 1);
    cr_expect(eq(str, (char *)h.b.data, (char *)wanted));
    smk_html_deinit(&h);
}

Test(html, writes_dates_as_far_as_they_are_known)
{
    check_date(SMK_KHMER, "2021-12-15", "១៥ ធ្នូ ២០២១");
    check_date(SMK_KHMER, "2022-01", "មករា ២០២២");
    check_date(SMK_KHMER, "2021", "២០២១");
    check_date(SMK_ENGLISH, "2021-12-05", "5 Dec 2021");
    check_date(SMK_ENGLISH, "2021-13-05", "2021-13-05");
    check_date(SMK_ENGLISH, "<", "&#60;");
}

Test(html, names_a_place_with_its_code)
{
    struct smk_html h = {.b.max = 4096, .language = SMK_KHMER};
    smk_html_place(&h, smk_bytes_of_text("0201"));
    smk_html_place(&h, smk_bytes_of_text("9999"));
    smk_buf_write(&h.b, "", 1);
    cr_assert(eq(str, (char *)h.b.data,
                 (char *)"ស្រុកបាណន់ <span lang=\"en\" class=\"code\">0201</span><span lang=\"en\" "
                         "class=\"code\">9999</span>"));
    smk_html_deinit(&h);
}

Test(html, has_each_word_in_both_languages)
{
    for (enum smk_word word = SMK_WORD_NONE + 1; word < SMK_WORD_COUNT; word++)
        for (enum smk_language language = SMK_ENGLISH; language <= SMK_KHMER; language++)
            cr_expect(strlen(smk_word_text(word, language)) > 0, "word %d", (int)word);
}
