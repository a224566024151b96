#include "tests/support/respell.h"

#include "proto/check.h"
#include "proto/khmer.h"

#include <string.h>

enum { POINTS_MAX = 128 };

struct points {
    uint32_t at[POINTS_MAX];
    size_t count;
};

static struct points points_of(const char *text)
{
    struct points p = {0};
    size_t at = 0;
    while (p.count < POINTS_MAX && smk_utf8_next(smk_bytes_of_text(text), &at, &p.at[p.count]))
        p.count++;
    return p;
}

static bool is_coeng_of(const struct points *p, size_t i, uint32_t letter)
{
    return i + 1 < p->count && p->at[i] == 0x17d2 && (letter == 0 || p->at[i + 1] == letter);
}

static bool is_vowel(uint32_t point)
{
    return point >= 0x17b6 && point <= 0x17c6;
}

/* Each answers whether it has changed anything. */
static bool exchange_ta_and_da(struct points *p)
{
    bool is_other = false;
    for (size_t i = 0; i < p->count; i++)
        if (is_coeng_of(p, i, 0x178f) || is_coeng_of(p, i, 0x178a)) {
            p->at[i + 1] = 0x178f + 0x178a - p->at[i + 1];
            is_other = true;
        }
    return is_other;
}

static bool put_vowel_before_coeng(struct points *p)
{
    bool is_other = false;
    for (size_t i = 0; i + 2 < p->count; i++)
        if (is_coeng_of(p, i, 0) && is_vowel(p->at[i + 2])) {
            uint32_t vowel = p->at[i + 2];
            p->at[i + 2] = p->at[i + 1];
            p->at[i + 1] = p->at[i];
            p->at[i] = vowel;
            is_other = true;
        }
    return is_other;
}

static bool put_coeng_ro_first(struct points *p)
{
    bool is_other = false;
    for (size_t i = 0; i + 3 < p->count; i++)
        if (is_coeng_of(p, i, 0) && !is_coeng_of(p, i, 0x179a) && is_coeng_of(p, i + 2, 0x179a)) {
            p->at[i + 3] = p->at[i + 1];
            p->at[i + 1] = 0x179a;
            is_other = true;
        }
    return is_other;
}

static bool put_zwsp_everywhere(struct points *p)
{
    struct points spread = {0};
    for (size_t i = 0; i < p->count; i++) {
        spread.at[spread.count++] = p->at[i];
        spread.at[spread.count++] = 0x200b;
    }
    *p = spread;
    return true;
}

static bool put_vowel_before_shifter(struct points *p)
{
    bool is_other = false;
    for (size_t i = 0; i + 1 < p->count; i++)
        if ((p->at[i] == 0x17c9 || p->at[i] == 0x17ca) && is_vowel(p->at[i + 1])) {
            uint32_t shifter = p->at[i];
            p->at[i] = p->at[i + 1];
            p->at[i + 1] = shifter;
            is_other = true;
            i++;
        }
    return is_other;
}

static bool draw_shifter_as_u(struct points *p)
{
    bool is_other = false;
    for (size_t i = 0; i + 1 < p->count; i++)
        if ((p->at[i] == 0x17c9 || p->at[i] == 0x17ca) && p->at[i + 1] >= 0x17b7 && p->at[i + 1] <= 0x17ba) {
            p->at[i] = 0x17bb;
            is_other = true;
        }
    return is_other;
}

static bool split_oo(struct points *p)
{
    struct points split = {0};
    for (size_t i = 0; i < p->count; i++) {
        bool is_oo = p->at[i] == 0x17c4;
        split.at[split.count++] = is_oo ? 0x17c1 : p->at[i];
        if (is_oo)
            split.at[split.count++] = 0x17b6;
    }
    bool is_other = split.count != p->count;
    *p = split;
    return is_other;
}

static bool put_nikahit_first(struct points *p)
{
    bool is_other = false;
    for (size_t i = 0; i + 1 < p->count; i++)
        if (p->at[i] != 0x17c6 && is_vowel(p->at[i]) && p->at[i + 1] == 0x17c6) {
            p->at[i + 1] = p->at[i];
            p->at[i] = 0x17c6;
            is_other = true;
        }
    return is_other;
}

static bool (*const change[TEST_RESPELLINGS])(struct points *p) = {
    exchange_ta_and_da,       put_vowel_before_coeng, put_coeng_ro_first, put_zwsp_everywhere,
    put_vowel_before_shifter, draw_shifter_as_u,      split_oo,           put_nikahit_first,
};
const char *const test_respelling_name[TEST_RESPELLINGS] = {
    "coeng TA and DA",      "vowel before coeng", "coeng RO first",  "ZWSP",
    "vowel before shifter", "U for a shifter",    "E and AA for OO", "NIKAHIT before the vowel",
};

bool test_respell(size_t way, const char *name, char ret_text[TEST_RESPELLED_BYTES_MAX])
{
    struct points p = points_of(name);
    struct smk_buf b = {.max = TEST_RESPELLED_BYTES_MAX - 1};
    bool is_other = change[way](&p);
    for (size_t i = 0; i < p.count; i++)
        smk_utf8_write(&b, p.at[i]);
    SMK_ASSERT(b.err == SMK_OK);
    if (is_other) {
        memcpy(ret_text, b.data, b.len);
        ret_text[b.len] = '\0';
    }
    smk_buf_deinit(&b);
    return is_other;
}
