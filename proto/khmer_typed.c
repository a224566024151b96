/* What people type: numbers, and texts for old fonts. */
#include "proto/khmer.h"

#include <string.h>

/* ---- numbers ---- */

static bool digit_of(uint32_t point, uint64_t *ret_digit)
{
    bool is_khmer = point >= 0x17e0 && point <= 0x17e9;
    *ret_digit = is_khmer ? point - 0x17e0 : point - '0';
    return is_khmer || (point >= '0' && point <= '9');
}

bool smk_khmer_number_parse(struct smk_bytes text, uint64_t max, uint64_t *ret_number)
{
    uint64_t number = 0, digit;
    uint32_t point;
    size_t at = 0;
    bool has_begun = false, has_ended = false;
    while (smk_utf8_next(text, &at, &point)) {
        if (smk_khmer_is_invisible(point))
            continue;
        if (smk_khmer_is_space(point)) {
            has_ended = has_begun;
            continue;
        }
        if (has_ended || !digit_of(point, &digit) || digit > max || number > (max - digit) / 10)
            return false;
        number = 10 * number + digit;
        has_begun = true;
    }
    if (at < text.len || !has_begun)
        return false;
    *ret_number = number;
    return true;
}

/* ---- old fonts ---- */

/* What a text has shown so far. */
struct signs {
    size_t letters; /* everything but white space */
    size_t words;
    size_t high;    /* beyond ASCII, in the places where old fonts have Khmer letters */
    size_t odd;     /* of these, signs that stand between two letters */
    size_t turns;   /* capitals behind small letters, and punctuation inside words */
    size_t strange; /* words with such turns */
};

static bool is_ascii_letter(uint32_t point)
{
    return (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z');
}

static bool is_accented(uint32_t point)
{
    return point >= 0xc0 && point <= 0xff && point != 0xd7 && point != 0xf7;
}

/* Signs that belong into no word. The acute accent, the middle dot and the like do, in other languages. */
static bool is_odd(uint32_t point)
{
    static const uint16_t sign[] = {0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa9,   0xaa,   0xab,   0xac,
                                    0xae, 0xb0, 0xb1, 0xb2, 0xb3, 0xb5, 0xb6, 0xb9,   0xba,   0xbb,   0xbc,
                                    0xbd, 0xbe, 0xbf, 0xd0, 0xde, 0xf0, 0xfe, 0x0192, 0x2020, 0x2021, 0x2030};
    for (size_t i = 0; i < sizeof sign / sizeof sign[0]; i++)
        if (point == sign[i])
            return true;
    return false;
}

static bool is_word_letter(uint32_t point)
{
    return is_ascii_letter(point) || is_accented(point) || is_odd(point);
}

static bool is_capital(uint32_t point)
{
    return (point >= 'A' && point <= 'Z') || (point >= 0xc0 && point <= 0xde && point != 0xd7);
}

/* A capital or punctuation inside a word, as old fonts have them: RbCaCn, GM<r. */
static bool is_turn(uint32_t before, uint32_t point, uint32_t after)
{
    bool is_inside = is_word_letter(before) && is_word_letter(after);
    if (is_capital(point))
        return is_word_letter(before) && !is_capital(before);
    return is_inside && point < 0x80 && !is_ascii_letter(point) && strchr(";<>)#^`|", (int)point) != NULL;
}

static void look_at(struct signs *s, uint32_t before, uint32_t point, uint32_t after, bool *is_strange_word)
{
    if (point == 0 || smk_khmer_is_space(point))
        return;
    s->letters++;
    if (before == 0 || smk_khmer_is_space(before)) {
        s->words++;
        *is_strange_word = false;
    }
    s->high += is_accented(point) || is_odd(point);
    s->odd += is_odd(point) && is_word_letter(before) && is_word_letter(after);
    if (!is_turn(before, point, after))
        return;
    s->turns++;
    s->strange += !*is_strange_word;
    *is_strange_word = true;
}

bool smk_khmer_is_old_font(struct smk_bytes text)
{
    struct signs s = {0};
    uint32_t before = 0, point = 0, after;
    bool is_strange_word = false;
    size_t at = 0;
    while (smk_utf8_next(text, &at, &after)) {
        if (after >= 0x1780 && after <= 0x17ff)
            return false;
        look_at(&s, before, point, after, &is_strange_word);
        before = point;
        point = after;
    }
    look_at(&s, before, point, 0, &is_strange_word);
    bool is_dense = s.odd >= 1 && s.high >= 2 && 12 * s.high >= s.letters;
    bool is_mixed = s.high >= 1 && s.turns >= 3 && s.turns > s.strange && 2 * s.strange >= s.words;
    return is_dense || is_mixed;
}
