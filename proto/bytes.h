/* proto/bytes.h: a view of bytes, and a buffer that grows up to a limit.
 *
 * Shape    struct smk_bytes is pointer and length, never owning. struct smk_buf owns its bytes.
 * Memory   a view BORROWS; a buffer is released with smk_buf_deinit.
 * Secrets  smk_buf_deinit wipes, so a buffer may hold them.   Threads  one at a time per object.
 */
#ifndef SMK_PROTO_BYTES_H
#define SMK_PROTO_BYTES_H

#include "proto/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct smk_bytes {
    const uint8_t *data; /* may be NULL when len is 0 */
    size_t len;
};

/* A view of a whole fixed-size array, of a C string without its final zero. */
#define SMK_BYTES(array) ((struct smk_bytes){(array), sizeof(array)})
struct smk_bytes smk_bytes_of_text(const char *text);

bool smk_bytes_is_equal(struct smk_bytes a, struct smk_bytes b);

/* As memcmp over the common length, then the shorter first: <0, 0, >0. */
int smk_bytes_compare(struct smk_bytes a, struct smk_bytes b);

/* Zero-initialise with a limit: struct smk_buf b = {.max = SMK_PAYLOAD_BYTES_MAX}. The first failure sticks in
 * err, later writes do nothing, so a builder has one check at its end. */
struct smk_buf {
    uint8_t *data;
    size_t len;
    size_t capacity;
    size_t max; /* bytes; 0 means nothing may be written */
    enum smk_err err;
};

/* Appends; at failure sets b->err to SMK_ERR_NOMEM, or SMK_ERR_TOO_BIG_HERE beyond max. */
static inline void smk_buf_write(struct smk_buf *b, const void *data, size_t len);
void smk_buf_write_bytes(struct smk_buf *b, struct smk_bytes bytes);
void smk_buf_write_u8(struct smk_buf *b, uint8_t value);
void smk_buf_write_be16(struct smk_buf *b, uint16_t value);
void smk_buf_write_be32(struct smk_buf *b, uint32_t value);
void smk_buf_write_be64(struct smk_buf *b, uint64_t value);

/* A view of what is written; BORROWED until the next write. */
struct smk_bytes smk_buf_view(const struct smk_buf *b);

/* Empties, keeps the memory and max, forgets err. */
void smk_buf_reset(struct smk_buf *b);

/* Drops the first count bytes (count <= len). */
void smk_buf_drop(struct smk_buf *b, size_t count);

/* Wipes and releases; works on a zeroed object; leaves it empty with the same max. */
void smk_buf_deinit(struct smk_buf *b);

/* A cursor over fixed-form bytes that remembers its first failure. Reads after a failure give zeros. */
struct smk_reader {
    const uint8_t *at;
    const uint8_t *end;
    enum smk_err err; /* SMK_OK or SMK_ERR_TRUNCATED */
};

struct smk_reader smk_reader_over(struct smk_bytes bytes);
struct smk_bytes smk_read_bytes(struct smk_reader *r,
                                size_t len); /* BORROWS from the input; empty on failure */
void smk_read_copy(struct smk_reader *r, uint8_t *ret_out, size_t len); /* zeros on failure */
uint8_t smk_read_u8(struct smk_reader *r);
uint16_t smk_read_be16(struct smk_reader *r);
uint32_t smk_read_be32(struct smk_reader *r);
uint64_t smk_read_be64(struct smk_reader *r);
size_t smk_reader_left(const struct smk_reader *r);

/* OK                  everything was read and nothing is left
 * SMK_ERR_TRUNCATED   a read went past the end
 * SMK_ERR_TRAILING    bytes are left */
SMK_MUST_USE enum smk_err smk_reader_finish(const struct smk_reader *r);

/* Lower-case hex. smk_hex_format writes 2 * bytes.len characters and a zero into ret_text. */
void smk_hex_format(struct smk_bytes bytes, char *ret_text);
/* True when text is exactly 2 * len hex digits (either case); ret_out is untouched otherwise. */
bool smk_hex_parse(const char *text, uint8_t *ret_out, size_t len);

/* ---- what is called for each byte of a text ---- */

/* smk_buf_write where there may be no room. */
void smk_buf_write_slowly(struct smk_buf *b, const void *data, size_t len);

static inline void smk_buf_write(struct smk_buf *b, const void *data, size_t len)
{
    bool has_room =
        b->err == SMK_OK && b->capacity <= b->max && len < SIZE_MAX / 2 && len <= b->capacity - b->len;
    if (!has_room || len == 0) {
        smk_buf_write_slowly(b, data, len);
        return;
    }
    memcpy(b->data + b->len, data, len);
    b->len += len;
}

#endif
