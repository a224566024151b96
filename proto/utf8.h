/* proto/utf8.h: UTF-8, one character after the other.
 *
 * Shape    well-formed: no overlong form, no surrogate, nothing above U+10FFFF.
 * Source   RFC 3629.   Memory  allocates nothing.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_PROTO_UTF8_H
#define SMK_PROTO_UTF8_H

#include "proto/bytes.h"

enum { SMK_UTF8_BYTES_MAX = 4 }; /* of one character */

/* True for well-formed UTF-8. */
bool smk_utf8_is_valid(struct smk_bytes text);

/* Reads the character at *at and moves *at behind it. False, with nothing changed, at the end and where the bytes are not
 * well-formed. */
static inline bool smk_utf8_next(struct smk_bytes text, size_t *at, uint32_t *ret_point);

/* Appends a character (<= U+10FFFF, no surrogate); errors stick in b. */
static inline void smk_utf8_write(struct smk_buf *b, uint32_t point);

/* ---- what is called for each character of a text ---- */

/* smk_utf8_next and smk_utf8_write of any character. */
bool smk_utf8_next_any(struct smk_bytes text, size_t *at, uint32_t *ret_point);
void smk_utf8_write_any(struct smk_buf *b, uint32_t point);

/* ASCII, and Khmer: U+1000 to U+1FFF begin with E1. */
static inline bool smk_utf8_next(struct smk_bytes text, size_t *at, uint32_t *ret_point)
{
    if (*at >= text.len) /* of no text, data may be NULL */
        return false;
    const uint8_t *byte = text.data + *at;
    if (byte[0] < 0x80) {
        *ret_point = byte[0];
        *at += 1;
        return true;
    }
    if (text.len - *at >= 3 && byte[0] == 0xe1 && (byte[1] & 0xc0) == 0x80 && (byte[2] & 0xc0) == 0x80) {
        *ret_point = 0x1000u | (byte[1] & 0x3fu) << 6 | (byte[2] & 0x3fu);
        *at += 3;
        return true;
    }
    return smk_utf8_next_any(text, at, ret_point);
}

static inline void smk_utf8_write(struct smk_buf *b, uint32_t point)
{
    if (point < 0x80) {
        const uint8_t byte = (uint8_t)point;
        smk_buf_write(b, &byte, 1);
    } else if (point >= 0x1000 && point < 0x2000) {
        const uint8_t byte[] = {0xe1, (uint8_t)(0x80 | (point >> 6 & 0x3f)),
                                (uint8_t)(0x80 | (point & 0x3f))};
        smk_buf_write(b, byte, sizeof byte);
    } else {
        smk_utf8_write_any(b, point);
    }
}

#endif
