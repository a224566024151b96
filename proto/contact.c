/* Telephone numbers and addresses of e-mail in a text. */
#include "proto/schema.h"

enum { PHONE_DIGITS_MIN = 8, PHONE_DIGITS_MAX = 15 };

/* One letter as far as numbers go: a digit, ASCII or Khmer (U+17E0 to U+17E9), else -1. *ret_len is its bytes. */
static int digit_at(struct smk_bytes text, size_t at, size_t *ret_len)
{
    const uint8_t *c = text.data + at;
    *ret_len = 1;
    if (c[0] >= '0' && c[0] <= '9')
        return c[0] - '0';
    if (text.len - at >= 3 && c[0] == 0xe1 && c[1] == 0x9f && c[2] >= 0xa0 && c[2] <= 0xa9) {
        *ret_len = 3;
        return c[2] - 0xa0;
    }
    return -1;
}

static bool is_between_digits(uint8_t c)
{
    return c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '/';
}

/* A run of digits that begins here, with at most one mark between two; it is a date or an amount when it does not begin with
 * 0 or +. */
static bool is_phone(struct smk_bytes text, size_t at)
{
    size_t digits = 0, len, marks = 0;
    bool has_plus = text.data[at] == '+';
    at += has_plus;
    if (at >= text.len || (!has_plus && digit_at(text, at, &len) != 0))
        return false;
    while (at < text.len && marks <= 1) {
        if (digit_at(text, at, &len) >= 0) {
            digits++;
            marks = 0;
        } else if (is_between_digits(text.data[at])) {
            marks++;
        } else {
            break;
        }
        at += len;
    }
    return digits >= PHONE_DIGITS_MIN && digits <= PHONE_DIGITS_MAX;
}

static bool is_address_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static bool is_address(struct smk_bytes text, size_t at)
{
    bool has_name = at > 0 && is_address_letter(text.data[at - 1]);
    for (size_t i = at + 1; has_name && i + 1 < text.len; i++) {
        if (text.data[i] == '.' && i > at + 1)
            return is_address_letter(text.data[i + 1]);
        if (!is_address_letter(text.data[i]))
            return false;
    }
    return false;
}

bool smk_text_has_contact(struct smk_bytes utf8)
{
    bool is_inside = false; /* behind a digit, with a mark or without: no number begins here */
    for (size_t at = 0, len = 1; at < utf8.len; at += len) {
        bool is_digit = digit_at(utf8, at, &len) >= 0;
        if (!is_inside && (is_digit || utf8.data[at] == '+') && is_phone(utf8, at))
            return true;
        if (utf8.data[at] == '@' && is_address(utf8, at))
            return true;
        is_inside = is_digit || (is_inside && is_between_digits(utf8.data[at]));
    }
    return false;
}
