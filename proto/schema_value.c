/* What one value of each type must look like. */
#include "proto/schema_value.h"

#include "proto/khmer.h"

#include <string.h>

static const char *const flaw_code[] = {
#define X(name, code, text) code,
    SMK_FLAW_MAP(X)
#undef X
};
static const char *const flaw_text[] = {
#define X(name, code, text) text,
    SMK_FLAW_MAP(X)
#undef X
};

const char *smk_flaw_code(enum smk_flaw flaw)
{
    return flaw_code[flaw];
}

const char *smk_flaw_text(enum smk_flaw flaw)
{
    return flaw_text[flaw];
}

/* ---- texts ---- */

static bool point_is_clean(uint32_t point, bool may_have_lines)
{
    if (point < 0x20)
        return may_have_lines && (point == '\n' || point == '\t');
    if (point >= 0x7f && point < 0xa0)
        return false;
    if (point == 0x2028 || point == 0x2029) /* line and paragraph separators */
        return false;
    if (point == 0x200e || point == 0x200f || point == 0x061c) /* marks of direction */
        return false;
    if ((point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069))
        return false;
    if (point >= 0xe0000 && point <= 0xe007f) /* invisible tags */
        return false;
    return (point & 0xfffe) != 0xfffe && point != 0xfeff;
}

bool smk_text_is_clean(struct smk_bytes utf8, bool may_have_lines)
{
    uint32_t point;
    size_t at = 0;
    while (smk_utf8_next(utf8, &at, &point))
        if (!point_is_clean(point, may_have_lines))
            return false;
    return at == utf8.len;
}

enum smk_flaw smk_check_text(struct smk_bytes v, size_t bytes_max, bool may_have_lines)
{
    struct smk_bytes text = smk_span_str(v);
    if (smk_span_type(v) != SMK_VALUE_STR)
        return SMK_FLAW_WRONG_TYPE;
    if (text.len > bytes_max)
        return SMK_FLAW_TOO_LONG;
    bool is_blank = true;
    for (size_t i = 0; i < text.len; i++)
        is_blank = is_blank && text.data[i] <= ' ';
    if (is_blank || !smk_text_is_clean(text, may_have_lines))
        return SMK_FLAW_BAD_TEXT;
    return smk_khmer_is_old_font(text) ? SMK_FLAW_OLD_FONT : SMK_FLAW_NONE;
}

enum smk_flaw smk_check_bilingual(struct smk_bytes v)
{
    struct smk_span_iter it = smk_span_each(v);
    struct smk_bytes key, text;
    if (smk_span_type(v) != SMK_VALUE_MAP)
        return SMK_FLAW_WRONG_TYPE;
    if (it.left == 0)
        return SMK_FLAW_BAD_TEXT;
    while (smk_span_next(&it, &key, &text)) {
        if (!smk_bytes_is_equal(key, smk_bytes_of_text("en")) &&
            !smk_bytes_is_equal(key, smk_bytes_of_text("km")))
            return SMK_FLAW_UNKNOWN_FIELD;
        enum smk_flaw flaw = smk_check_text(text, SMK_TEXT_BYTES_MAX, true);
        if (flaw != SMK_FLAW_NONE)
            return flaw;
    }
    return SMK_FLAW_NONE;
}

static bool is_name_letter(uint8_t c)
{
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return is_letter || (c != 0 && strchr("._:/+-", c) != NULL);
}

enum smk_flaw smk_check_name(struct smk_bytes v)
{
    struct smk_bytes name = smk_span_str(v);
    if (smk_span_type(v) != SMK_VALUE_STR)
        return SMK_FLAW_WRONG_TYPE;
    if (name.len > SMK_NAME_LETTERS_MAX)
        return SMK_FLAW_TOO_LONG;
    bool is_good = name.len > 0;
    for (size_t i = 0; i < name.len; i++)
        is_good = is_good && is_name_letter(name.data[i]);
    return is_good ? SMK_FLAW_NONE : SMK_FLAW_BAD_TEXT;
}

enum smk_flaw smk_check_choice(struct smk_bytes v, const char *const *choices)
{
    if (smk_span_type(v) != SMK_VALUE_STR)
        return SMK_FLAW_WRONG_TYPE;
    for (; *choices != NULL; choices++)
        if (smk_span_is_text(v, *choices))
            return SMK_FLAW_NONE;
    return SMK_FLAW_UNKNOWN_CHOICE;
}

/* ---- digits ---- */

static bool all_digits(struct smk_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.len > 0;
}

static unsigned digits_value(const uint8_t *at, size_t count)
{
    unsigned value = 0;
    for (size_t i = 0; i < count; i++)
        value = value * 10 + (unsigned)(at[i] - '0');
    return value;
}

enum smk_flaw smk_check_area(struct smk_bytes v, uint64_t digits_min, uint64_t digits_max)
{
    struct smk_bytes text = smk_span_str(v);
    if (smk_span_type(v) != SMK_VALUE_STR)
        return SMK_FLAW_WRONG_TYPE;
    bool is_good = all_digits(text) && text.len % 2 == 0 && text.len >= digits_min && text.len <= digits_max;
    return is_good ? SMK_FLAW_NONE : SMK_FLAW_BAD_AREA;
}

/* Up to 15 digits, and up to 4 behind a point. */
enum smk_flaw smk_check_amount(struct smk_bytes v)
{
    struct smk_bytes text = smk_span_str(v);
    if (smk_span_type(v) != SMK_VALUE_STR)
        return SMK_FLAW_WRONG_TYPE;
    const uint8_t *point = text.len > 0 ? memchr(text.data, '.', text.len) : NULL;
    size_t whole = point != NULL ? (size_t)(point - text.data) : text.len;
    struct smk_bytes cents = {0};
    if (point != NULL)
        cents = (struct smk_bytes){point + 1, text.len - whole - 1};
    bool is_good = all_digits((struct smk_bytes){text.data, whole}) && whole <= 15;
    if (point != NULL)
        is_good = is_good && all_digits(cents) && cents.len <= 4;
    return is_good ? SMK_FLAW_NONE : SMK_FLAW_OUT_OF_RANGE;
}

bool smk_date_is_valid(struct smk_bytes text)
{
    static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (text.len != 4 && text.len != 7 && text.len != 10)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        bool is_dash = i == 4 || i == 7;
        if (is_dash ? text.data[i] != '-' : text.data[i] < '0' || text.data[i] > '9')
            return false;
    }
    unsigned year = digits_value(text.data, 4);
    unsigned month = text.len >= 7 ? digits_value(text.data + 5, 2) : 1;
    unsigned day = text.len >= 10 ? digits_value(text.data + 8, 2) : 1;
    if (year < 1900 || month < 1 || month > 12 || day < 1)
        return false;
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= days[month - 1] + (month == 2 && is_leap ? 1u : 0u);
}

enum smk_flaw smk_check_date(struct smk_bytes v)
{
    if (smk_span_type(v) != SMK_VALUE_STR)
        return SMK_FLAW_WRONG_TYPE;
    return smk_date_is_valid(smk_span_str(v)) ? SMK_FLAW_NONE : SMK_FLAW_BAD_DATE;
}

/* ---- tallies ---- */

/* A number that may be unknown. */
struct count {
    bool is_good;
    bool is_known;
    uint64_t number;
};

static struct count count_of(struct smk_bytes v)
{
    enum smk_value_type type = smk_span_type(v);
    struct count c = {.number = smk_span_uint(v), .is_known = type == SMK_VALUE_UINT};
    c.is_good = (c.is_known && c.number <= SMK_TALLY_MAX) || type == SMK_VALUE_NIL || type == SMK_VALUE_NONE;
    return c;
}

static bool is_at_most(struct count part, struct count whole)
{
    return !part.is_known || (whole.is_known && part.number <= whole.number);
}

/* One breakdown: its parts add up to the total and, where sex is recorded throughout, to the women. */
static bool breakdown_adds_up(struct smk_bytes breakdown, struct count total, struct count female)
{
    struct smk_span_iter it = smk_span_each(breakdown);
    struct smk_bytes key, part;
    uint64_t total_sum = 0, female_sum = 0;
    bool all_sexes = true;
    if (smk_span_type(breakdown) != SMK_VALUE_MAP || it.left > SMK_ANSWERS_MAX)
        return false;
    if (it.left == 0)
        return true;
    while (smk_span_next(&it, &key, &part)) {
        bool is_plain = smk_span_type(part) == SMK_VALUE_UINT;
        struct count all = count_of(is_plain ? part : smk_span_find(part, "total"));
        struct count women = count_of(is_plain ? (struct smk_bytes){0} : smk_span_find(part, "female"));
        if (!all.is_good || !all.is_known || !women.is_good || !is_at_most(women, all))
            return false;
        if (!is_plain && smk_span_count(part) > 2)
            return false;
        all_sexes = all_sexes && women.is_known;
        total_sum += all.number;
        female_sum += women.number;
    }
    bool women_fit = !all_sexes || !female.is_known || female_sum == female.number;
    return total.is_known && total_sum == total.number && women_fit;
}

bool smk_tally_is_valid(struct smk_bytes tally)
{
    struct smk_span_iter it = smk_span_each(tally);
    struct smk_bytes key, value;
    if (smk_span_type(tally) != SMK_VALUE_MAP)
        return false;
    struct count total = count_of(smk_span_find(tally, "total")),
                 female = count_of(smk_span_find(tally, "female"));
    if (smk_span_find(tally, "total").len == 0 || !total.is_good || !female.is_good ||
        !is_at_most(female, total))
        return false;
    while (smk_span_next(&it, &key, &value)) {
        bool is_breakdown = key.len > 3 && memcmp(key.data, "by_", 3) == 0;
        bool is_part = smk_bytes_is_equal(key, smk_bytes_of_text("youth")) ||
                       smk_bytes_is_equal(key, smk_bytes_of_text("disability"));
        bool is_head = smk_bytes_is_equal(key, smk_bytes_of_text("total")) ||
                       smk_bytes_is_equal(key, smk_bytes_of_text("female"));
        if (is_breakdown && !breakdown_adds_up(value, total, female))
            return false;
        struct count part = count_of(value);
        if (is_part && (!part.is_good || !is_at_most(part, total)))
            return false;
        if (!is_breakdown && !is_part && !is_head)
            return false;
    }
    return true;
}
