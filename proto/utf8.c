#include "proto/utf8.h"

#include "proto/check.h"

static size_t utf8_sequence(const uint8_t *at, size_t left)
{
    static const uint8_t low[] = {0x80, 0xa0, 0x90}, high[] = {0xbf, 0x9f, 0x8f};
    uint8_t lead = at[0];
    if (lead < 0x80)
        return 1;
    size_t len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || len > left)
        return 0;
    /* the second byte is narrower after E0, F0 (overlong), ED (surrogate) and F4 (beyond U+10FFFF) */
    uint8_t second_min = lead == 0xe0 ? low[1] : lead == 0xf0 ? low[2] : low[0];
    uint8_t second_max = lead == 0xed ? high[1] : lead == 0xf4 ? high[2] : high[0];
    if (at[1] < second_min || at[1] > second_max)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return len;
}

bool smk_utf8_is_valid(struct smk_bytes text)
{
    size_t at = 0;
    while (at < text.len) {
        size_t len = utf8_sequence(text.data + at, text.len - at);
        if (len == 0)
            return false;
        at += len;
    }
    return true;
}

bool smk_utf8_next_any(struct smk_bytes text, size_t *at, uint32_t *ret_point)
{
    SMK_ASSERT(*at <= text.len);
    size_t len = *at < text.len ? utf8_sequence(text.data + *at, text.len - *at) : 0;
    if (len == 0)
        return false;
    const uint8_t *byte = text.data + *at;
    uint32_t point = len == 1 ? byte[0] : (uint32_t)byte[0] & (0xffu >> (len + 1));
    for (size_t i = 1; i < len; i++)
        point = point << 6 | (byte[i] & 0x3fu);
    *ret_point = point;
    *at += len;
    return true;
}

void smk_utf8_write_any(struct smk_buf *b, uint32_t point)
{
    SMK_ASSERT(point <= 0x10ffff);
    SMK_ASSERT(point < 0xd800 || point > 0xdfff);
    uint8_t byte[SMK_UTF8_BYTES_MAX];
    size_t len = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, point >>= 6)
        byte[i] = (uint8_t)(0x80 | (point & 0x3f));
    byte[0] = (uint8_t)(len == 1 ? point : (0xff00u >> len & 0xffu) | point);
    smk_buf_write(b, byte, len);
}
