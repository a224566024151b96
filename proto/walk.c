#include "proto/walk.h"

#include "proto/bounds.h"
#include "proto/check.h"

#include <string.h>

/* Words: a *token* is the first byte of a value with its length or number; a *frame* is an open container. */

enum token_kind { TOKEN_SCALAR, TOKEN_STR, TOKEN_BIN, TOKEN_ARRAY, TOKEN_MAP };

struct token {
    enum token_kind kind;
    uint64_t count; /* bytes of str and bin, elements of array, pairs of map */
};

struct frame {
    uint64_t left; /* values still to come, keys included */
    bool is_map;
    struct smk_bytes last_key; /* encoded, of the map; empty before the first */
};

struct walk {
    const uint8_t *at;
    const uint8_t *end;
    struct frame frame[SMK_DEPTH_MAX];
    unsigned depth; /* open containers */
};

/* Reads a big-endian number of width bytes; false when the input ends first. */
static bool walk_number(struct walk *w, unsigned width, uint64_t *ret_number)
{
    if ((size_t)(w->end - w->at) < width)
        return false;
    uint64_t number = 0;
    for (unsigned i = 0; i < width; i++)
        number = number << 8 | *w->at++;
    *ret_number = number;
    return true;
}

/* A length of width bytes that must not fit the next shorter form. */
static enum smk_err walk_length(struct walk *w, unsigned width, uint64_t shorter_max, uint64_t *ret_length)
{
    uint64_t length;
    if (!walk_number(w, width, &length))
        return SMK_ERR_TRUNCATED;
    if (length <= shorter_max)
        return SMK_ERR_NOT_CANONICAL;
    *ret_length = length;
    return SMK_OK;
}

static enum smk_err walk_unsigned(struct walk *w, unsigned width)
{
    uint64_t number;
    if (!walk_number(w, width, &number))
        return SMK_ERR_TRUNCATED;
    uint64_t shorter_max = width == 1 ? 0x7f : ((uint64_t)1 << (4 * width)) - 1;
    return number <= shorter_max ? SMK_ERR_NOT_CANONICAL : SMK_OK;
}

static enum smk_err walk_signed(struct walk *w, unsigned width)
{
    uint64_t bits;
    if (!walk_number(w, width, &bits))
        return SMK_ERR_TRUNCATED;
    unsigned unused = 64 - 8 * width;
    int64_t number = (int64_t)(bits << unused) >> unused;
    int64_t shorter_min = width == 1 ? -32 : -((int64_t)1 << (4 * width - 1));
    return number >= shorter_min ? SMK_ERR_NOT_CANONICAL : SMK_OK; /* also refuses what is not negative */
}

/* Tokens C0..DF: everything that is not a fixint, fixstr, fixarray or fixmap. */
static enum smk_err walk_long_token(struct walk *w, uint8_t lead, struct token *t)
{
    switch (lead) {
    case 0xc0: /* nil, false, true */
    case 0xc2:
    case 0xc3: return SMK_OK;
    case 0xc4: t->kind = TOKEN_BIN; return walk_number(w, 1, &t->count) ? SMK_OK : SMK_ERR_TRUNCATED;
    case 0xc5: t->kind = TOKEN_BIN; return walk_length(w, 2, UINT8_MAX, &t->count);
    case 0xc6: t->kind = TOKEN_BIN; return walk_length(w, 4, UINT16_MAX, &t->count);
    case 0xcc: return walk_unsigned(w, 1);
    case 0xcd: return walk_unsigned(w, 2);
    case 0xce: return walk_unsigned(w, 4);
    case 0xcf: return walk_unsigned(w, 8);
    case 0xd0: return walk_signed(w, 1);
    case 0xd1: return walk_signed(w, 2);
    case 0xd2: return walk_signed(w, 4);
    case 0xd3: return walk_signed(w, 8);
    case 0xd9: t->kind = TOKEN_STR; return walk_length(w, 1, 31, &t->count);
    case 0xda: t->kind = TOKEN_STR; return walk_length(w, 2, UINT8_MAX, &t->count);
    case 0xdb: t->kind = TOKEN_STR; return walk_length(w, 4, UINT16_MAX, &t->count);
    case 0xdc: t->kind = TOKEN_ARRAY; return walk_length(w, 2, 15, &t->count);
    case 0xdd: t->kind = TOKEN_ARRAY; return walk_length(w, 4, UINT16_MAX, &t->count);
    case 0xde: t->kind = TOKEN_MAP; return walk_length(w, 2, 15, &t->count);
    case 0xdf: t->kind = TOKEN_MAP; return walk_length(w, 4, UINT16_MAX, &t->count);
    default: return SMK_ERR_NOT_CANONICAL; /* reserved, ext, floats */
    }
}

static enum smk_err walk_token(struct walk *w, struct token *t)
{
    if (w->at == w->end)
        return SMK_ERR_TRUNCATED;
    uint8_t lead = *w->at++;
    *t = (struct token){.kind = TOKEN_SCALAR};
    if (lead < 0x80 || lead >= 0xe0)
        return SMK_OK;
    if (lead >= 0xc0)
        return walk_long_token(w, lead, t);
    if (lead >= 0xa0)
        *t = (struct token){TOKEN_STR, lead & 31u};
    else if (lead >= 0x90)
        *t = (struct token){TOKEN_ARRAY, lead & 15u};
    else
        *t = (struct token){TOKEN_MAP, lead & 15u};
    return SMK_OK;
}

static enum smk_err walk_content(struct walk *w, const struct token *t)
{
    size_t left = (size_t)(w->end - w->at);
    if (t->kind == TOKEN_MAP)
        return t->count > left / 2 ? SMK_ERR_TRUNCATED : SMK_OK; /* every key and value needs a byte */
    if (t->count > left)
        return SMK_ERR_TRUNCATED;
    if (t->kind == TOKEN_ARRAY)
        return SMK_OK;
    struct smk_bytes content = {w->at, (size_t)t->count};
    if (t->kind == TOKEN_STR && !smk_utf8_is_valid(content))
        return SMK_ERR_NOT_CANONICAL;
    w->at += content.len;
    return SMK_OK;
}

/* The value that started at `start` has been read; if it is a key, it must rise above the last one. */
static enum smk_err walk_key_order(struct walk *w, const struct token *t, const uint8_t *start)
{
    struct frame *f = &w->frame[w->depth - 1];
    bool is_key = f->is_map && f->left % 2 == 0;
    if (!is_key)
        return SMK_OK;
    if (t->kind != TOKEN_STR)
        return SMK_ERR_NOT_CANONICAL;
    struct smk_bytes key = {start, (size_t)(w->at - start)};
    if (f->last_key.len > 0 && smk_bytes_compare(f->last_key, key) >= 0)
        return SMK_ERR_NOT_CANONICAL;
    f->last_key = key;
    return SMK_OK;
}

static void walk_close_full_containers(struct walk *w)
{
    while (w->depth > 0 && w->frame[w->depth - 1].left == 0)
        w->depth--;
}

static enum smk_err walk_value(struct walk *w, unsigned depth_max)
{
    const uint8_t *start = w->at;
    if (w->depth + 1 > depth_max)
        return SMK_ERR_TOO_DEEP;
    struct token t;
    enum smk_err err = walk_token(w, &t);
    if (err == SMK_OK)
        err = walk_content(w, &t);
    if (err == SMK_OK && w->depth > 0)
        err = walk_key_order(w, &t, start);
    if (err != SMK_OK)
        return err;
    if (w->depth > 0)
        w->frame[w->depth - 1].left--;
    if (t.kind == TOKEN_ARRAY || t.kind == TOKEN_MAP) {
        bool is_map = t.kind == TOKEN_MAP;
        SMK_ASSERT(w->depth < SMK_DEPTH_MAX);
        w->frame[w->depth++] = (struct frame){.left = is_map ? 2 * t.count : t.count, .is_map = is_map};
    }
    walk_close_full_containers(w);
    return SMK_OK;
}

enum smk_err smk_walk(struct smk_bytes bytes, struct smk_walk_limits limits)
{
    SMK_ASSERT(limits.depth_max >= 1);
    SMK_ASSERT(limits.depth_max <= SMK_DEPTH_MAX);
    if (bytes.len == 0)
        return SMK_ERR_TRUNCATED;
    struct walk w = {.at = bytes.data, .end = bytes.data + bytes.len};
    size_t nodes = 0;
    do {
        if (++nodes > limits.nodes_max)
            return SMK_ERR_TOO_BIG;
        enum smk_err err = walk_value(&w, limits.depth_max);
        if (err != SMK_OK)
            return err;
    } while (w.depth > 0);
    return w.at == w.end ? SMK_OK : SMK_ERR_TRAILING;
}
