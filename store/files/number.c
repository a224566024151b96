#include "store/files/number.h"

#include <string.h>

enum { MEANT_DIGITS = 15, EXPONENT_MAX = 40, DAY_LAST = 2958465 /* 9999-12-31 */, DAY_1904 = 1462 };

/* 0.d1d2d3... times ten to the power of point, d1 not zero unless there is no digit. */
struct digits {
    uint8_t d[SMK_NUMBER_DIGITS_MAX + 1];
    int count;
    int point;
    bool is_negative;
    bool is_rounded; /* a fraction or an exponent was given: digits beyond the meant ones mean nothing */
};

static bool is_digit(uint8_t letter)
{
    return letter >= '0' && letter <= '9';
}

/* ---- reading ---- */

static bool read_digits(struct smk_bytes text, size_t *at, struct digits *n)
{
    bool has_point = false, has_digit = false;
    for (; *at < text.len && (is_digit(text.data[*at]) || (text.data[*at] == '.' && !has_point)); ++*at) {
        uint8_t letter = text.data[*at];
        if (letter == '.') {
            has_point = n->is_rounded = true;
            continue;
        }
        has_digit = true;
        if (letter == '0' && n->count == 0) { /* in front of all others it only moves the point */
            n->point -= has_point;
            continue;
        }
        if (n->count == SMK_NUMBER_DIGITS_MAX)
            return false;
        n->d[n->count++] = (uint8_t)(letter - '0');
        n->point += !has_point;
    }
    return has_digit && n->point >= -EXPONENT_MAX;
}

static bool read_exponent(struct smk_bytes text, size_t *at, struct digits *n)
{
    if (*at == text.len || (text.data[*at] != 'e' && text.data[*at] != 'E'))
        return true;
    ++*at;
    bool is_negative = *at < text.len && text.data[*at] == '-';
    if (*at < text.len && (text.data[*at] == '-' || text.data[*at] == '+'))
        ++*at;
    int exponent = 0;
    size_t first = *at;
    for (; *at < text.len && is_digit(text.data[*at]) && exponent < 1000; ++*at)
        exponent = exponent * 10 + (text.data[*at] - '0');
    n->point += is_negative ? -exponent : exponent;
    n->is_rounded = true;
    return *at > first;
}

static void round_digits(struct digits *n)
{
    if (n->is_rounded && n->count > MEANT_DIGITS) {
        bool is_up = n->d[MEANT_DIGITS] >= 5;
        n->count = MEANT_DIGITS;
        while (is_up && n->count > 0 && n->d[n->count - 1] == 9)
            n->count--;
        if (is_up && n->count > 0) {
            n->d[n->count - 1]++;
        } else if (is_up) { /* 999.. becomes 1000.. */
            n->d[n->count++] = 1;
            n->point++;
        }
    }
    while (n->count > 0 && n->d[n->count - 1] == 0)
        n->count--;
    if (n->count == 0)
        *n = (struct digits){.point = 0};
}

static size_t put(char *text, size_t len, char letter)
{
    if (len < SMK_NUMBER_LETTERS_MAX)
        text[len++] = letter;
    return len;
}

static void spell(const struct digits *n, unsigned decimals, struct smk_number *ret)
{
    size_t len = 0;
    int shown = n->count > n->point ? n->count - n->point : 0; /* behind the point */
    if (shown < (int)decimals)
        shown = (int)decimals;
    if (n->is_negative && n->count > 0)
        len = put(ret->text, len, '-');
    for (int i = n->point > 0 ? 0 : n->point - 1; i < n->point + shown; i++) {
        if (i == n->point)
            len = put(ret->text, len, '.');
        len = put(ret->text, len, i >= 0 && i < n->count ? (char)('0' + n->d[i]) : '0');
    }
    ret->text[len] = '\0';
    ret->is_integer = shown == 0;
}

bool smk_number_read(struct smk_bytes text, unsigned decimals, struct smk_number *ret_number)
{
    struct digits n = {0};
    size_t at = 0;
    n.is_negative = text.len > 0 && text.data[0] == '-';
    if (text.len > 0 && (text.data[0] == '-' || text.data[0] == '+'))
        at++;
    if (!read_digits(text, &at, &n) || !read_exponent(text, &at, &n) || at != text.len)
        return false;
    bool is_negative = n.is_negative;
    round_digits(&n);
    n.is_negative = is_negative;
    if (n.point > EXPONENT_MAX || n.point < -EXPONENT_MAX)
        return false;
    spell(&n, decimals <= SMK_NUMBER_DECIMALS_MAX ? decimals : SMK_NUMBER_DECIMALS_MAX, ret_number);
    return true;
}

/* ---- forms ---- */

struct smk_form smk_form_of_number(unsigned number)
{
    static const unsigned date = SMK_FORM_YEAR | SMK_FORM_MONTH | SMK_FORM_DAY;
    if (number == 2 || number == 4 || number == 10) /* 0.00, #,##0.00; 10 is a percentage: as it is stored */
        return (struct smk_form){.decimals = number == 10 ? 0 : 2};
    if (number == 17)
        return (struct smk_form){.parts = SMK_FORM_YEAR | SMK_FORM_MONTH};
    if (number == 22)
        return (struct smk_form){.parts = date | SMK_FORM_TIME};
    if ((number >= 18 && number <= 21) || (number >= 45 && number <= 47))
        return (struct smk_form){.parts = SMK_FORM_TIME};
    if ((number >= 14 && number <= 16) || (number >= 27 && number <= 36) || (number >= 50 && number <= 58))
        return (struct smk_form){.parts = date};
    return (struct smk_form){0};
}

static bool is_word(struct smk_bytes code, size_t at, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i < len; i++)
        if (i >= code.len - at || (code.data[at + i] & 0xdf) != (word[i] & 0xdf))
            return false;
    return true;
}

/* Passes over what stands for itself: "text", \x, _x, *x, [colour], and the halves of a day. */
static size_t skip_literal(struct smk_bytes code, size_t at)
{
    uint8_t letter = code.data[at];
    if (is_word(code, at, "AM/PM"))
        return at + 5;
    if (is_word(code, at, "A/P"))
        return at + 3;
    if (letter == '\\' || letter == '_' || letter == '*')
        return at + 2;
    if (letter != '"' && letter != '[')
        return at;
    const uint8_t *end = memchr(code.data + at + 1, letter == '"' ? '"' : ']', code.len - at - 1);
    return end != NULL ? (size_t)(end - code.data) + 1 : code.len;
}

/* [h], [mm] and [ss] count beyond a day. */
static bool is_elapsed(struct smk_bytes code, size_t at)
{
    return code.data[at] == '[' && at + 1 < code.len && strchr("hHmMsS", code.data[at + 1]) != NULL &&
           code.data[at + 1] != 0;
}

/* An m is a minute behind hours. */
static unsigned part_of(char letter, char before)
{
    switch (letter) {
    case 'y': return SMK_FORM_YEAR;
    case 'd': return SMK_FORM_DAY;
    case 'h':
    case 's': return SMK_FORM_TIME;
    case 'm': return before == 'h' ? SMK_FORM_TIME : SMK_FORM_MONTH;
    default: return 0;
    }
}

struct smk_form smk_form_of_code(struct smk_bytes code)
{
    struct smk_form form = {0};
    char before = 0;
    bool has_point = false, is_scaled = false;
    for (size_t at = 0;
         at < code.len && code.data[at] != ';';) { /* the first section is that of positive numbers */
        if (is_elapsed(code, at))
            form.parts |= SMK_FORM_TIME;
        size_t next = skip_literal(code, at);
        if (next > at) {
            at = next;
            continue;
        }
        uint8_t c = code.data[at++];
        char letter = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : (char)c;
        bool is_repeated = at >= 2 && code.data[at - 2] == c && letter == before; /* "mm" is one part */
        if (is_repeated)
            continue;
        if (letter == 's' && before == 'm' && (form.parts & (SMK_FORM_YEAR | SMK_FORM_DAY)) == 0)
            form.parts &= ~(unsigned)SMK_FORM_MONTH; /* it was minutes: "mm:ss" */
        form.parts |= part_of(letter, before);
        if (letter >= 'a' && letter <= 'z')
            before = letter;
        form.decimals += has_point && letter == '0';
        has_point = has_point || letter == '.';
        is_scaled = is_scaled || letter == '%' || letter == 'e' || letter == '/';
    }
    if (form.parts != 0 || is_scaled || form.decimals > SMK_NUMBER_DECIMALS_MAX)
        form.decimals = 0;
    return form;
}

/* ---- days ---- */

/* Days since 0000-03-01 in the proleptic Gregorian calendar; years begin in March, so that a leap day is the last. */
static uint32_t day_number(uint32_t year, uint32_t month, uint32_t day)
{
    if (month < 3)
        year--;
    uint32_t of_year = (153 * (month < 3 ? month + 9 : month - 3) + 2) / 5 + day - 1;
    return 365 * year + year / 4 - year / 100 + year / 400 + of_year;
}

static void civil_of(uint32_t days, uint32_t *ret_year, uint32_t *ret_month, uint32_t *ret_day)
{
    uint32_t era = days / 146097, of_era = days % 146097;
    uint32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    uint32_t month = (5 * of_year + 2) / 153;
    *ret_day = of_year - (153 * month + 2) / 5 + 1;
    *ret_month = month < 10 ? month + 3 : month - 9;
    *ret_year = year + 400 * era + (*ret_month < 3);
}

static size_t put_digits(char *text, size_t len, uint32_t number, int width)
{
    for (int i = width - 1; i >= 0; i--, number /= 10)
        text[len + (size_t)i] = (char)('0' + number % 10);
    return len + (size_t)width;
}

static size_t put_date(char *text, uint32_t serial, unsigned parts)
{
    /* 1900 counts as a leap year there: before March 1900 a day has the number after the one it should have. */
    uint32_t year, month, day;
    size_t len = 0;
    civil_of(day_number(1899, 12, 30) + serial + (serial < 60 ? 1 : 0), &year, &month, &day);
    len = put_digits(text, len, year, 4);
    if ((parts & (SMK_FORM_MONTH | SMK_FORM_DAY)) != 0) {
        text[len++] = '-';
        len = put_digits(text, len, month, 2);
    }
    if ((parts & SMK_FORM_DAY) != 0) {
        text[len++] = '-';
        len = put_digits(text, len, day, 2);
    }
    return len;
}

static size_t put_time(char *text, size_t len, uint32_t seconds)
{
    len = put_digits(text, len, seconds / 3600, 2);
    text[len++] = ':';
    len = put_digits(text, len, seconds / 60 % 60, 2);
    text[len++] = ':';
    return put_digits(text, len, seconds % 60, 2);
}

/* Whole days, and the seconds that are left over, from "44516.354166667". */
static bool split_day(const struct smk_number *number, uint32_t *ret_days, uint32_t *ret_seconds)
{
    uint64_t days = 0, fraction = 0, unit = 1;
    const char *at = number->text;
    if (*at == '-')
        return false;
    for (; *at >= '0' && *at <= '9'; at++) {
        days = days * 10 + (uint64_t)(*at - '0');
        if (days > DAY_LAST)
            return false;
    }
    for (at += *at == '.'; *at >= '0' && *at <= '9' && unit < 1000000000000ull; at++, unit *= 10)
        fraction = fraction * 10 + (uint64_t)(*at - '0');
    uint64_t seconds = (fraction * 86400 + unit / 2) / unit;
    *ret_days = (uint32_t)(days + seconds / 86400);
    *ret_seconds = (uint32_t)(seconds % 86400);
    return *ret_days <= DAY_LAST;
}

bool smk_day_of_number(const struct smk_number *number, bool is_1904, struct smk_form form,
                       struct smk_day *ret_day)
{
    uint32_t days, seconds;
    size_t len = 0;
    unsigned date = form.parts & (SMK_FORM_YEAR | SMK_FORM_MONTH | SMK_FORM_DAY);
    if (!split_day(number, &days, &seconds))
        return false;
    if (date != 0 && is_1904)
        days += DAY_1904;
    if (date != 0 && (days == 0 || days == 60 || days > DAY_LAST)) /* 60 is the day that 1900 did not have */
        return false;
    if (date == 0 && days > 0) /* hours beyond a day are a number, not a time of day */
        return false;
    if (date != 0)
        len = put_date(ret_day->text, days, date);
    bool has_time = (form.parts & SMK_FORM_TIME) != 0 && (date == 0 || seconds > 0);
    if (has_time && date != 0)
        ret_day->text[len++] = 'T';
    if (has_time)
        len = put_time(ret_day->text, len, seconds);
    ret_day->text[len] = '\0';
    return true;
}

bool smk_number_of_day(struct smk_bytes date, uint32_t *ret_number)
{
    uint32_t part[3] = {0};
    if (date.len != 10)
        return false;
    for (size_t i = 0, k = 0; i < 10; i++) {
        if (i == 4 || i == 7) {
            k++;
            if (date.data[i] != '-')
                return false;
        } else if (!is_digit(date.data[i])) {
            return false;
        } else {
            part[k] = part[k] * 10 + (uint32_t)(date.data[i] - '0');
        }
    }
    uint32_t year, month, day, days = day_number(part[0], part[1], part[2]);
    if (part[0] < 1900 || part[1] < 1 || part[1] > 12 || part[2] < 1 || part[2] > 31)
        return false;
    civil_of(days, &year, &month, &day);
    if (year != part[0] || month != part[1] || day != part[2]) /* 30 February */
        return false;
    *ret_number = days - day_number(1899, 12, 30);
    return *ret_number > 60;
}
