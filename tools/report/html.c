#include "tools/report/html.h"

#include "proto/span.h"
#include "store/places.h"
#include "tools/cli.h"
#include "tools/text.h"

#include <string.h>

void smk_html_deinit(struct smk_html *h)
{
    smk_buf_deinit(&h->b);
}

void smk_html_raw(struct smk_html *h, const char *markup)
{
    smk_buf_write(&h->b, markup, strlen(markup));
}

/* ---- texts ---- */

static void write_piece(struct smk_html *h, uint32_t point, struct smk_bytes piece)
{
    char escaped[16];
    if (point == '\n') {
        smk_html_raw(h, "<br/>");
    } else if (smk_text_is_unsafe(point)) {
        smk_text_safe(piece, sizeof escaped - 1, escaped);
        smk_html_raw(h, escaped);
    } else if (point == '&' || point == '<' || point == '>' || point == '"' || point == '\'') {
        (void)snprintf(escaped, sizeof escaped, "&#%u;", (unsigned)point);
        smk_html_raw(h, escaped);
    } else {
        smk_buf_write_bytes(&h->b, piece);
    }
}

void smk_html_text(struct smk_html *h, struct smk_bytes text)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t point;
        size_t taken = smk_text_next(text, at, &point);
        write_piece(h, point, (struct smk_bytes){text.data + at, taken});
        at += taken;
    }
}

void smk_html_code(struct smk_html *h, struct smk_bytes text)
{
    smk_html_raw(h, "<span lang=\"en\" class=\"code\">");
    smk_html_text(h, text);
    smk_html_raw(h, "</span>");
}

static void write_in(struct smk_html *h, enum smk_language language, struct smk_bytes text)
{
    smk_html_raw(h, language == SMK_KHMER ? "<bdi lang=\"km\">" : "<bdi lang=\"en\">");
    smk_html_text(h, text);
    smk_html_raw(h, "</bdi>");
}

/* [0] in the language of the page, [1] in the other one */
struct pair {
    struct smk_bytes text[2];
};

static enum smk_language other(const struct smk_html *h)
{
    return h->language == SMK_KHMER ? SMK_ENGLISH : SMK_KHMER;
}

static struct pair pair_of(const struct smk_html *h, struct smk_bytes en, struct smk_bytes km)
{
    return h->language == SMK_KHMER ? (struct pair){{km, en}} : (struct pair){{en, km}};
}

static void write_one(struct smk_html *h, struct pair p)
{
    if (p.text[0].len > 0 || p.text[1].len == 0) {
        write_in(h, h->language, p.text[0]);
        return;
    }
    write_in(h, other(h), p.text[1]);
    smk_html_raw(h, " <span class=\"note\">(");
    smk_html_word(h, other(h) == SMK_KHMER ? SMK_WORD_IN_KHMER : SMK_WORD_IN_ENGLISH);
    smk_html_raw(h, ")</span>");
}

static void write_both(struct smk_html *h, struct pair p)
{
    if (p.text[0].len == 0 || p.text[1].len == 0) {
        write_one(h, p);
        return;
    }
    write_in(h, h->language, p.text[0]);
    smk_html_raw(h, " <span class=\"other\">");
    write_in(h, other(h), p.text[1]);
    smk_html_raw(h, "</span>");
}

static struct pair pair_of_map(const struct smk_html *h, struct smk_bytes map)
{
    return pair_of(h, smk_span_str(smk_span_find(map, "en")), smk_span_str(smk_span_find(map, "km")));
}

void smk_html_bilingual(struct smk_html *h, struct smk_bytes map)
{
    write_one(h, pair_of_map(h, map));
}

void smk_html_both(struct smk_html *h, struct smk_bytes map)
{
    write_both(h, pair_of_map(h, map));
}

void smk_html_name(struct smk_html *h, const struct smk_bilingual *name)
{
    write_one(h, pair_of(h, smk_bytes_of_text(name->en), smk_bytes_of_text(name->km)));
}

/* ---- our own words ---- */

void smk_html_word(struct smk_html *h, enum smk_word word)
{
    smk_html_text(h, smk_bytes_of_text(smk_word_text(word, h->language)));
}

void smk_html_words(struct smk_html *h, enum smk_word word)
{
    write_both(h, pair_of(h, smk_bytes_of_text(smk_word_text(word, SMK_ENGLISH)),
                          smk_bytes_of_text(smk_word_text(word, SMK_KHMER))));
}

void smk_html_filled(struct smk_html *h, enum smk_word word, uint64_t first, uint64_t second)
{
    const char *at = smk_word_text(word, h->language);
    for (const char *sign; (sign = strchr(at, '{')) != NULL; at = sign + 3) {
        smk_html_text(h, (struct smk_bytes){(const uint8_t *)at, (size_t)(sign - at)});
        smk_html_number(h, sign[1] == '0' ? first : second);
    }
    smk_html_text(h, smk_bytes_of_text(at));
}

void smk_html_label(struct smk_html *h, const struct smk_label *label, struct smk_bytes code)
{
    if (label != NULL)
        smk_html_text(h, smk_bytes_of_text(smk_label_text(label, h->language, "")));
    else
        smk_html_code(h, code);
}

void smk_html_choice(struct smk_html *h, const char *list, struct smk_bytes code)
{
    smk_html_label(h, smk_label_find(list, code), code);
}

/* ---- numbers, dates, places ---- */

static void write_digit(struct smk_html *h, unsigned digit)
{
    uint8_t khmer[] = {0xe1, 0x9f, (uint8_t)(0xa0 + digit)}; /* U+17E0 + digit */
    if (h->has_khmer_digits)
        smk_buf_write_bytes(&h->b, SMK_BYTES(khmer));
    else
        smk_buf_write_u8(&h->b, (uint8_t)('0' + digit));
}

void smk_html_number(struct smk_html *h, uint64_t number)
{
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    for (const char *at = digits; *at != '\0'; at++)
        write_digit(h, (unsigned)(*at - '0'));
}

static unsigned two_digits(struct smk_bytes date, size_t at)
{
    return (unsigned)((date.data[at] - '0') * 10 + (date.data[at + 1] - '0'));
}

void smk_html_date(struct smk_html *h, struct smk_bytes date)
{
    static const char *const month[2][12] = {
        {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
        {"មករា", "កុម្ភៈ", "មីនា", "មេសា", "ឧសភា", "មិថុនា", "កក្កដា", "សីហា", "កញ្ញា", "តុលា", "វិច្ឆិកា", "ធ្នូ"}};
    if (!smk_date_is_valid(date)) {
        smk_html_text(h, date);
        return;
    }
    if (date.len > 7) {
        smk_html_number(h, two_digits(date, 8));
        smk_html_raw(h, " ");
    }
    if (date.len > 4) {
        smk_html_raw(h, month[h->language == SMK_KHMER][two_digits(date, 5) - 1]);
        smk_html_raw(h, " ");
    }
    smk_html_number(h, two_digits(date, 0) * 100 + two_digits(date, 2));
}

void smk_html_place(struct smk_html *h, struct smk_bytes code)
{
    const struct smk_place *p = smk_place_of_code(code);
    if (p != NULL && h->language == SMK_KHMER)
        smk_html_raw(h, smk_place_kind_km(p->kind));
    if (p != NULL)
        smk_html_text(h, smk_bytes_of_text(h->language == SMK_KHMER ? p->name_km : p->name_en));
    if (p != NULL && h->language != SMK_KHMER) {
        smk_html_raw(h, ", ");
        smk_html_raw(h, smk_place_kind_en(p->kind));
    }
    smk_html_raw(h, p != NULL ? " " : "");
    smk_html_code(h, code);
}

bool smk_html_knows_place(struct smk_bytes code)
{
    return smk_place_of_code(code) != NULL;
}

/* ---- tables ---- */

void smk_html_table(struct smk_html *h, const char *style, const enum smk_word *heads)
{
    smk_html_raw(h, "<table class=\"");
    smk_html_raw(h, style);
    smk_html_raw(h, "\"><thead><tr>");
    for (; *heads != SMK_WORD_NONE; heads++) {
        smk_html_raw(h, smk_word_is_number(*heads) ? "<th class=\"n\">" : "<th>");
        smk_html_word(h, *heads);
        smk_html_raw(h, "</th>");
    }
    smk_html_raw(h, "</tr></thead><tbody>\n");
}

void smk_html_table_end(struct smk_html *h)
{
    smk_html_raw(h, "</tbody></table>\n");
}

void smk_html_cell_number(struct smk_html *h, uint64_t number)
{
    smk_html_raw(h, "<td class=\"n\">");
    smk_html_number(h, number);
    smk_html_raw(h, "</td>");
}

void smk_html_cell_word(struct smk_html *h, enum smk_word word)
{
    smk_html_raw(h, "<td>");
    smk_html_word(h, word);
    smk_html_raw(h, "</td>");
}

void smk_html_cell_unknown(struct smk_html *h)
{
    smk_html_raw(h, "<td class=\"n\">");
    smk_html_word(h, SMK_WORD_UNKNOWN);
    smk_html_raw(h, "</td>");
}

void smk_html_fact(struct smk_html *h, const struct smk_label *label, enum smk_word word)
{
    smk_html_raw(h, "<tr><th>");
    if (label != NULL)
        smk_html_label(h, label, (struct smk_bytes){0});
    else
        smk_html_word(h, word);
    smk_html_raw(h, "</th><td>");
}

void smk_html_fact_end(struct smk_html *h)
{
    smk_html_raw(h, "</td></tr>\n");
}
