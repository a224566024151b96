#include "tests/support/notation.h"

#include "proto/canon.h"
#include "proto/check.h"
#include "proto/pairs.h"
#include "proto/span.h"

#include <stdlib.h>
#include <string.h>

struct cursor {
    const char *at;
    const struct smk_bytes *args;
};

static bool cursor_takes(struct cursor *c, const char *word)
{
    size_t len = strlen(word);
    if (strncmp(c->at, word, len) != 0)
        return false;
    c->at += len;
    return true;
}

static void skip_space(struct cursor *c)
{
    c->at += strspn(c->at, " \n");
}

static unsigned long read_number(struct cursor *c, int base)
{
    char *end = NULL;
    unsigned long number = strtoul(c->at, &end, base);
    SMK_ASSERT(end != c->at);
    c->at = end;
    return number;
}

static void pack_one(struct cursor *c, struct smk_buf *b);

/* The values up to the closing letter, packed into b; returns how many there are. */
static size_t pack_until(struct cursor *c, const char *close, struct smk_buf *b)
{
    size_t count = 0;
    for (skip_space(c); !cursor_takes(c, close); skip_space(c), count++)
        pack_one(c, b);
    return count;
}

static void pack_container(struct cursor *c, bool is_map, struct smk_buf *b)
{
    struct smk_buf inner = {.max = b->max};
    size_t count = pack_until(c, is_map ? "}" : "]", &inner);
    SMK_ASSERT(!is_map || count % 2 == 0);
    if (is_map)
        smk_pack_map(b, count / 2);
    else
        smk_pack_array(b, count);
    smk_pack_raw(b, smk_buf_view(&inner));
    SMK_ASSERT(inner.err == SMK_OK);
    smk_buf_deinit(&inner);
}

static void pack_binary(struct cursor *c, struct smk_buf *b)
{
    struct smk_buf bytes = {.max = b->max};
    unsigned long len = read_number(c, 10);
    SMK_ASSERT(cursor_takes(c, "x"));
    uint8_t byte = (uint8_t)read_number(c, 16);
    for (unsigned long i = 0; i < len; i++)
        smk_buf_write_u8(&bytes, byte);
    smk_pack_bin(b, smk_buf_view(&bytes));
    smk_buf_deinit(&bytes);
}

static void pack_text(struct cursor *c, struct smk_buf *b)
{
    size_t len = strcspn(c->at, "'");
    smk_pack_str(b, (struct smk_bytes){(const uint8_t *)c->at, len});
    c->at += len;
    SMK_ASSERT(cursor_takes(c, "'"));
}

static void pack_one(struct cursor *c, struct smk_buf *b)
{
    if (cursor_takes(c, "nil"))
        smk_pack_nil(b);
    else if (cursor_takes(c, "true"))
        smk_pack_bool(b, true);
    else if (cursor_takes(c, "false"))
        smk_pack_bool(b, false);
    else if (cursor_takes(c, "'"))
        pack_text(c, b);
    else if (cursor_takes(c, "["))
        pack_container(c, false, b);
    else if (cursor_takes(c, "{"))
        pack_container(c, true, b);
    else if (cursor_takes(c, "#"))
        pack_binary(c, b);
    else if (cursor_takes(c, "$"))
        smk_pack_bin(b, c->args[read_number(c, 10)]);
    else if (cursor_takes(c, "-"))
        smk_pack_int(b, -(int64_t)read_number(c, 10));
    else
        smk_pack_uint(b, read_number(c, 10));
}

void test_pack(struct smk_buf *b, const char *text, const struct smk_bytes *args)
{
    struct cursor c = {text, args};
    for (skip_space(&c); *c.at != '\0'; skip_space(&c))
        pack_one(&c, b);
    SMK_ASSERT(b->err == SMK_OK);
}

static void put_in_order(struct smk_bytes v, struct smk_buf *b)
{
    struct smk_pairs p = {0};
    struct smk_span_iter it = smk_span_each(v);
    struct smk_bytes key, value;
    bool is_map = smk_span_type(v) == SMK_VALUE_MAP;
    if (!is_map && smk_span_type(v) != SMK_VALUE_ARRAY) {
        smk_pack_raw(b, v);
        return;
    }
    if (!is_map)
        smk_pack_array(b, it.left);
    while (smk_span_next(&it, &key, &value))
        put_in_order(value, is_map ? smk_pairs_open(&p, key) : b);
    if (is_map)
        smk_pairs_close_into(&p, b);
    smk_pairs_deinit(&p);
}

void test_pack_in_order(struct smk_buf *b, const char *text, const struct smk_bytes *args)
{
    struct smk_buf written = {.max = b->max};
    test_pack(&written, text, args);
    put_in_order(smk_buf_view(&written), b);
    smk_buf_deinit(&written);
    SMK_ASSERT(b->err == SMK_OK);
}
