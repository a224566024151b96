#define _GNU_SOURCE /* qsort_r */
#include "store/slices.h"

#include "proto/check.h"
#include "proto/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    SLICES_FIRST = 256,
    RADIX_FROM = 32, /* below, counting bytes costs more than comparing */
};

void smk_slices_deinit(struct smk_slices *s)
{
    smk_buf_deinit(&s->bytes);
    smk_mem_free(s->slice);
    *s = (struct smk_slices){0};
}

void smk_slices_reset(struct smk_slices *s, size_t bytes_max)
{
    SMK_ASSERT(bytes_max < UINT32_MAX);
    smk_buf_reset(&s->bytes);
    s->bytes.max = bytes_max;
    s->count = 0;
}

static enum smk_err make_room(struct smk_slices *s)
{
    if (s->count < s->capacity)
        return SMK_OK;
    size_t capacity = s->capacity > 0 ? 2 * s->capacity : SLICES_FIRST;
    struct smk_slice *grown = smk_mem_resize(s->slice, 2 * capacity * sizeof *grown);
    if (grown == NULL)
        return SMK_ERR_NOMEM;
    s->slice = grown;
    s->capacity = capacity;
    return SMK_OK;
}

static uint64_t first_of(struct smk_bytes bytes)
{
    uint64_t first = 0;
    for (size_t i = 0; i < sizeof first; i++)
        first = first << 8 | (i < bytes.len ? bytes.data[i] : 0u);
    return first;
}

enum smk_err smk_slices_add_from(struct smk_slices *s, size_t at)
{
    enum smk_err err = s->bytes.err != SMK_OK ? s->bytes.err : make_room(s);
    if (err != SMK_OK)
        return err;
    struct smk_bytes added = {s->bytes.data + at, s->bytes.len - at};
    s->slice[s->count++] = (struct smk_slice){first_of(added), (uint32_t)at, (uint32_t)added.len};
    return SMK_OK;
}

struct smk_bytes smk_slices_at(const struct smk_slices *s, size_t i)
{
    return (struct smk_bytes){s->bytes.data + s->slice[i].at, s->slice[i].len};
}

/* ---- order ---- */

static int compare(const void *a, const void *b, void *bytes)
{
    const struct smk_slice *left = a, *right = b;
    const uint8_t *from = bytes;
    if (left->first != right->first)
        return left->first < right->first ? -1 : 1;
    return smk_bytes_compare((struct smk_bytes){from + left->at, left->len},
                             (struct smk_bytes){from + right->at, right->len});
}

static uint8_t digit(const struct smk_slice *slice, unsigned place)
{
    return (uint8_t)(slice->first >> 8 * place);
}

/* One pass of a radix sort: by one byte of the number, keeping the order among equals. False: they all have the same. */
static bool sort_by_digit(const struct smk_slice *from, size_t count, unsigned place, struct smk_slice *to)
{
    size_t next[256] = {0}, before = 0;
    for (size_t i = 0; i < count; i++)
        next[digit(&from[i], place)]++;
    if (next[digit(&from[0], place)] == count)
        return false;
    for (size_t d = 0; d < 256; d++) {
        size_t here = next[d];
        next[d] = before;
        before += here;
    }
    for (size_t i = 0; i < count; i++)
        to[next[digit(&from[i], place)]++] = from[i];
    return true;
}

static void sort_by_first(struct smk_slices *s)
{
    struct smk_slice *from = s->slice, *to = s->slice + s->capacity;
    for (unsigned place = 0; place < sizeof from->first; place++) {
        if (!sort_by_digit(from, s->count, place, to))
            continue;
        struct smk_slice *sorted = to;
        to = from;
        from = sorted;
    }
    if (from != s->slice)
        memcpy(s->slice, from, s->count * sizeof *from);
}

/* Among those of one beginning, most are in their order already: they came so. */
static void sort_ends(struct smk_slices *s)
{
    for (size_t from = 0, end; from < s->count; from = end) {
        bool is_sorted = true;
        for (end = from + 1; end < s->count && s->slice[end].first == s->slice[from].first; end++)
            is_sorted = is_sorted && compare(&s->slice[end - 1], &s->slice[end], s->bytes.data) <= 0;
        if (!is_sorted)
            qsort_r(s->slice + from, end - from, sizeof *s->slice, compare, s->bytes.data);
    }
}

void smk_slices_sort(struct smk_slices *s)
{
    if (s->count < RADIX_FROM) {
        if (s->count > 1)
            qsort_r(s->slice, s->count, sizeof *s->slice, compare, s->bytes.data);
        return;
    }
    sort_by_first(s);
    sort_ends(s);
}
