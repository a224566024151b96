#include "proto/bytes.h"

#include "proto/check.h"
#include "proto/mem.h"

#include <string.h>

struct smk_bytes smk_bytes_of_text(const char *text)
{
    return (struct smk_bytes){(const uint8_t *)text, strlen(text)};
}

bool smk_bytes_is_equal(struct smk_bytes a, struct smk_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

int smk_bytes_compare(struct smk_bytes a, struct smk_bytes b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common > 0 ? memcmp(a.data, b.data, common) : 0;
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

static bool buf_has_room(struct smk_buf *b, size_t len)
{
    if (b->err != SMK_OK)
        return false;
    if (b->len > b->max || len > b->max - b->len) {
        b->err = SMK_ERR_TOO_BIG_HERE;
        return false;
    }
    if (len <= b->capacity - b->len)
        return true;
    size_t wanted = b->capacity < 64 ? 64 : b->capacity;
    while (wanted < b->len + len)
        wanted = wanted > b->max / 2 ? b->max : wanted * 2;
    if (wanted > b->max)
        wanted = b->max;
    uint8_t *grown = smk_mem_new(wanted);
    if (grown == NULL) {
        b->err = SMK_ERR_NOMEM;
        return false;
    }
    if (b->len > 0)
        memcpy(grown, b->data, b->len);
    smk_mem_wipe(b->data, b->capacity); /* a buffer may hold secrets, so the old block must not keep them */
    smk_mem_free(b->data);
    b->data = grown;
    b->capacity = wanted;
    return true;
}

void smk_buf_write_slowly(struct smk_buf *b, const void *data, size_t len)
{
    if (len == 0 || !buf_has_room(b, len))
        return;
    memcpy(b->data + b->len, data, len);
    b->len += len;
}

void smk_buf_write_bytes(struct smk_buf *b, struct smk_bytes bytes)
{
    smk_buf_write(b, bytes.data, bytes.len);
}

void smk_buf_write_u8(struct smk_buf *b, uint8_t value)
{
    smk_buf_write(b, &value, 1);
}

static void buf_write_be(struct smk_buf *b, uint64_t value, size_t width)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < width; i++)
        bytes[i] = (uint8_t)(value >> (8 * (width - 1 - i)));
    smk_buf_write(b, bytes, width);
}

void smk_buf_write_be16(struct smk_buf *b, uint16_t value)
{
    buf_write_be(b, value, 2);
}

void smk_buf_write_be32(struct smk_buf *b, uint32_t value)
{
    buf_write_be(b, value, 4);
}

void smk_buf_write_be64(struct smk_buf *b, uint64_t value)
{
    buf_write_be(b, value, 8);
}

struct smk_bytes smk_buf_view(const struct smk_buf *b)
{
    return (struct smk_bytes){b->data, b->len};
}

void smk_buf_reset(struct smk_buf *b)
{
    b->len = 0;
    b->err = SMK_OK;
}

void smk_buf_drop(struct smk_buf *b, size_t count)
{
    SMK_ASSERT(count <= b->len);
    if (count == 0)
        return;
    memmove(b->data, b->data + count, b->len - count);
    b->len -= count;
}

void smk_buf_deinit(struct smk_buf *b)
{
    smk_mem_wipe(b->data, b->capacity);
    smk_mem_free(b->data);
    *b = (struct smk_buf){.max = b->max};
}

struct smk_reader smk_reader_over(struct smk_bytes bytes)
{
    static const uint8_t nothing[1];
    const uint8_t *start = bytes.len > 0 ? bytes.data : nothing;
    return (struct smk_reader){.at = start, .end = start + bytes.len};
}

struct smk_bytes smk_read_bytes(struct smk_reader *r, size_t len)
{
    if (r->err == SMK_OK && len > (size_t)(r->end - r->at)) /* compare lengths, never add to pointers */
        r->err = SMK_ERR_TRUNCATED;
    if (r->err != SMK_OK)
        return (struct smk_bytes){0};
    struct smk_bytes field = {r->at, len};
    r->at += len;
    return field;
}

void smk_read_copy(struct smk_reader *r, uint8_t *ret_out, size_t len)
{
    struct smk_bytes field = smk_read_bytes(r, len);
    memset(ret_out, 0, len);
    if (field.len > 0)
        memcpy(ret_out, field.data, field.len);
}

static uint64_t read_be(struct smk_reader *r, size_t width)
{
    struct smk_bytes field = smk_read_bytes(r, width);
    uint64_t value = 0;
    for (size_t i = 0; i < field.len; i++)
        value = value << 8 | field.data[i];
    return value;
}

uint8_t smk_read_u8(struct smk_reader *r)
{
    return (uint8_t)read_be(r, 1);
}

uint16_t smk_read_be16(struct smk_reader *r)
{
    return (uint16_t)read_be(r, 2);
}

uint32_t smk_read_be32(struct smk_reader *r)
{
    return (uint32_t)read_be(r, 4);
}

uint64_t smk_read_be64(struct smk_reader *r)
{
    return read_be(r, 8);
}

size_t smk_reader_left(const struct smk_reader *r)
{
    return r->err == SMK_OK ? (size_t)(r->end - r->at) : 0;
}

enum smk_err smk_reader_finish(const struct smk_reader *r)
{
    if (r->err != SMK_OK)
        return r->err;
    return r->at == r->end ? SMK_OK : SMK_ERR_TRAILING;
}

void smk_hex_format(struct smk_bytes bytes, char *ret_text)
{
    static const char digit[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.len; i++) {
        ret_text[2 * i] = digit[bytes.data[i] >> 4];
        ret_text[2 * i + 1] = digit[bytes.data[i] & 15];
    }
    ret_text[2 * bytes.len] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool smk_hex_parse(const char *text, uint8_t *ret_out, size_t len)
{
    for (size_t i = 0; i < 2 * len; i++)
        if (text[i] == '\0' || hex_value(text[i]) < 0)
            return false;
    if (text[2 * len] != '\0')
        return false;
    for (size_t i = 0; i < len; i++)
        ret_out[i] = (uint8_t)(hex_value(text[2 * i]) << 4 | hex_value(text[2 * i + 1]));
    return true;
}
