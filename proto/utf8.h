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
bool smk_utf8_next(struct smk_bytes text, size_t *at, uint32_t *ret_point);

/* Appends a character (<= U+10FFFF, no surrogate); errors stick in b. */
void smk_utf8_write(struct smk_buf *b, uint32_t point);

#endif
