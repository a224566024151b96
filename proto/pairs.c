#include "proto/pairs.h"

#include "proto/bounds.h"
#include "proto/check.h"
#include "proto/mem.h"

#include <string.h>

static void pairs_settle(struct smk_pairs *p)
{
    if (p->count == 0)
        return;
    struct smk_pair *newest = &p->pair[p->count - 1];
    newest->value_len = p->bytes.len - newest->value_at;
    if (p->err == SMK_OK) /* a write that failed leaves no value either */
        p->err = p->bytes.err;
    if (newest->value_len == 0 && p->err == SMK_OK)
        p->err = SMK_ERR_INVALID;
}

static bool pairs_grow(struct smk_pairs *p)
{
    if (p->count < p->capacity)
        return true;
    if (p->count >= SMK_PAIRS_MAX) {
        p->err = SMK_ERR_TOO_BIG_HERE;
        return false;
    }
    size_t wanted = p->capacity > 0 ? p->capacity * 2 : 16;
    struct smk_pair *grown = smk_mem_resize(p->pair, wanted * sizeof *grown);
    if (grown == NULL) {
        p->err = SMK_ERR_NOMEM;
        return false;
    }
    p->pair = grown;
    p->capacity = wanted;
    return true;
}

struct smk_buf *smk_pairs_open(struct smk_pairs *p, struct smk_bytes key)
{
    p->bytes.max = 4 * SMK_PAYLOAD_BYTES_MAX;
    pairs_settle(p);
    if (p->err != SMK_OK || !pairs_grow(p))
        return &p->bytes;
    struct smk_pair fresh = {.key_at = p->bytes.len, .key_len = key.len};
    smk_buf_write_bytes(&p->bytes, key);
    fresh.value_at = p->bytes.len;
    p->pair[p->count++] = fresh;
    return &p->bytes;
}

struct smk_buf *smk_pairs_open_text(struct smk_pairs *p, const char *key)
{
    return smk_pairs_open(p, smk_bytes_of_text(key));
}

void smk_pairs_drop(struct smk_pairs *p)
{
    SMK_ASSERT(p->count > 0 || p->err != SMK_OK);
    if (p->err != SMK_OK)
        return;
    p->bytes.len = p->pair[--p->count].key_at;
}

static struct smk_bytes pair_key(const struct smk_pairs *p, const struct smk_pair *pair)
{
    return (struct smk_bytes){p->bytes.data + pair->key_at, pair->key_len};
}

/* Few pairs, mostly given in order: sorted by insertion. */
static void pairs_sort(struct smk_pairs *p)
{
    for (size_t i = 1; i < p->count; i++) {
        struct smk_pair moving = p->pair[i];
        size_t at = i;
        while (at > 0 && smk_key_compare(pair_key(p, &p->pair[at - 1]), pair_key(p, &moving)) > 0) {
            p->pair[at] = p->pair[at - 1];
            at--;
        }
        p->pair[at] = moving;
        if (at > 0 && smk_bytes_is_equal(pair_key(p, &p->pair[at - 1]), pair_key(p, &moving)))
            p->err = SMK_ERR_INVALID;
    }
}

void smk_pairs_close_into(struct smk_pairs *p, struct smk_buf *b)
{
    pairs_settle(p);
    if (p->err == SMK_OK)
        p->err = p->bytes.err;
    if (p->err == SMK_OK)
        pairs_sort(p);
    if (p->err != SMK_OK) {
        b->err = b->err != SMK_OK ? b->err : p->err;
    } else {
        smk_pack_map(b, p->count);
        for (size_t i = 0; i < p->count; i++) {
            smk_pack_str(b, pair_key(p, &p->pair[i]));
            smk_pack_raw(b, (struct smk_bytes){p->bytes.data + p->pair[i].value_at, p->pair[i].value_len});
        }
    }
    smk_buf_reset(&p->bytes);
    p->count = 0;
    p->err = SMK_OK;
}

void smk_pairs_deinit(struct smk_pairs *p)
{
    smk_buf_deinit(&p->bytes);
    smk_mem_free(p->pair);
    *p = (struct smk_pairs){0};
}
