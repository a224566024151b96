/* Lists in order of title or time, page by page. */
#include "store/index_read.h"

#include "proto/mem.h"

#include <stdlib.h>
#include <string.h>

/* A property that so few documents have is gathered and sorted; so many rows are counted to find that out. */
enum { FEW_MAX = 512 };

/* ---- hits ---- */

void smk_index_hits_deinit(struct smk_index_hits *h)
{
    smk_mem_free(h->at);
    *h = (struct smk_index_hits){0};
}

enum smk_err smk_index_hits_add(struct smk_index_hits *h, const struct smk_index_hit *hit)
{
    if (h->count == h->capacity) {
        size_t capacity = h->capacity > 0 ? 2 * h->capacity : 64;
        struct smk_index_hit *grown = smk_mem_resize(h->at, capacity * sizeof *grown);
        if (grown == NULL)
            return SMK_ERR_NOMEM;
        h->at = grown;
        h->capacity = capacity;
    }
    h->at[h->count++] = *hit;
    return SMK_OK;
}

static int by_number(const struct smk_index_hit *a, const struct smk_index_hit *b)
{
    return a->number < b->number ? -1 : a->number > b->number;
}

static int by_title(const void *a, const void *b)
{
    const struct smk_index_hit *left = a, *right = b;
    if (left->tier != right->tier)
        return left->tier < right->tier ? -1 : 1;
    int order = smk_bytes_compare(left->sort, right->sort);
    return order != 0 ? order : by_number(left, right);
}

/* The newest first, whatever part of it was found. */
static int by_time(const void *a, const void *b)
{
    const struct smk_index_hit *left = a, *right = b;
    if (left->touched != right->touched)
        return left->touched > right->touched ? -1 : 1;
    return by_number(right, left);
}

enum smk_err smk_index_hits_give(struct smk_index *x, struct smk_index_hits *h, enum smk_index_order order,
                                 uint32_t after, size_t limit, smk_doc_row_fn *fn, void *ctx)
{
    size_t first = 0;
    struct smk_doc_row row;
    if (h->count > 0)
        qsort(h->at, h->count, sizeof *h->at, order == SMK_ORDER_TIME ? by_time : by_title);
    while (after != 0 && first < h->count && h->at[first].number != after)
        first++;
    if (after != 0 && first++ == h->count)
        return SMK_ERR_NOT_FOUND;
    for (size_t i = first; i < h->count && (limit == 0 || i - first < limit); i++)
        if (!smk_index_doc(x, h->at[i].number, &row) || !fn(ctx, &row))
            break;
    return x->txn.err;
}

/* ---- which property to walk along ---- */

struct listing {
    struct smk_index *index;
    const struct smk_index_query *query;
    uint32_t after; /* number of the document; 0 = from the first on */
    struct smk_doc_row after_row;
    smk_doc_row_fn *fn;
    void *ctx;
    size_t given;
};

/* Rows with that value, at most max. */
static size_t count_rows(struct smk_index *x, const struct smk_index_filter *f, size_t max)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    struct smk_index_key prefix;
    size_t count = 0;
    smk_index_facet_prefix(&prefix, SMK_INDEX_FACET, f);
    smk_cursor_open(&c, &x->txn, SMK_TABLE_INDEX);
    for (bool is_row = smk_cursor_seek(&c, smk_index_key_view(&prefix));
         count < max && is_row && smk_index_key_begins(c.key, &prefix); is_row = smk_cursor_next(&c))
        count++;
    return count;
}

/* The property that the fewest documents have; *ret_count of them, as far as they were counted. */
static struct smk_index_filter rarest(struct smk_index *x, const struct smk_index_query *q, size_t *ret_count)
{
    struct smk_index_filter best = {SMK_FACET_ALL, {0}};
    size_t least = FEW_MAX + 1;
    for (size_t i = 0; i < q->filter_count; i++) {
        size_t count = count_rows(x, &q->filter[i], least);
        if (i > 0 && count >= least)
            continue;
        best = q->filter[i];
        least = count;
    }
    *ret_count = least;
    return best;
}

/* ---- in order ---- */

/* False when there are enough. */
static bool give(struct listing *l, uint32_t number)
{
    struct smk_doc_row row;
    if (!smk_index_doc(l->index, number, &row))
        return false;
    if (!smk_index_fits(&row, l->query->filter, l->query->filter_count))
        return true;
    l->given++;
    return l->fn(l->ctx, &row) && l->given != l->query->limit;
}

static void list_by_title(struct listing *l, const struct smk_index_filter *f)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    struct smk_index_key prefix, from;
    smk_index_facet_prefix(&prefix, SMK_INDEX_FACET, f);
    from = prefix;
    if (l->after != 0) {
        smk_index_facet_key(&from, f, l->after_row.sort, l->after);
        smk_index_key_add_u8(&from, 0); /* behind it */
    }
    smk_cursor_open(&c, &l->index->txn, SMK_TABLE_INDEX);
    for (bool is_row = smk_cursor_seek(&c, smk_index_key_view(&from));
         is_row && smk_index_key_begins(c.key, &prefix); is_row = smk_cursor_next(&c))
        if (!give(l, smk_index_key_number(c.key)))
            return;
}

/* From the end on. */
static void list_by_time(struct listing *l, const struct smk_index_filter *f)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    struct smk_index_key prefix, before;
    smk_index_facet_prefix(&prefix, SMK_INDEX_TIME, f);
    before = prefix;
    before.at[before.len - 1] =
        1; /* in the place of the zero behind the value: the first key behind all of them */
    if (l->after != 0)
        smk_index_time_key(&before, f, l->after_row.touched, l->after);
    smk_cursor_open(&c, &l->index->txn, SMK_TABLE_INDEX);
    bool is_row =
        smk_cursor_seek(&c, smk_index_key_view(&before)) ? smk_cursor_prev(&c) : smk_cursor_last(&c);
    for (; is_row && smk_index_key_begins(c.key, &prefix); is_row = smk_cursor_prev(&c))
        if (!give(l, smk_index_key_number(c.key)))
            return;
}

/* The few documents with a property, sorted here. */
static enum smk_err list_few(struct listing *l, const struct smk_index_filter *f)
{
    SMK_CLEANUP(smk_index_hits_deinit) struct smk_index_hits hits = {0};
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    struct smk_index_key prefix;
    enum smk_err err = SMK_OK;
    smk_index_facet_prefix(&prefix, SMK_INDEX_FACET, f);
    smk_cursor_open(&c, &l->index->txn, SMK_TABLE_INDEX);
    for (bool is_row = smk_cursor_seek(&c, smk_index_key_view(&prefix));
         err == SMK_OK && is_row && smk_index_key_begins(c.key, &prefix); is_row = smk_cursor_next(&c)) {
        struct smk_index_hit hit = {.number = smk_index_key_number(c.key)};
        struct smk_doc_row row;
        if (!smk_index_glance(l->index, hit.number, &row))
            return l->index->txn.err;
        hit.sort = row.sort;
        hit.touched = row.touched;
        if (smk_index_fits(&row, l->query->filter, l->query->filter_count))
            err = smk_index_hits_add(&hits, &hit);
    }
    if (err != SMK_OK)
        return err;
    return smk_index_hits_give(l->index, &hits, l->query->order, l->after, l->query->limit, l->fn, l->ctx);
}

static enum smk_err list(struct listing *l)
{
    size_t count;
    const struct smk_index_query *q = l->query;
    struct smk_index_filter f = rarest(l->index, q, &count);
    if (q->order == SMK_ORDER_TITLE) {
        list_by_title(l, &f);
        return l->index->txn.err;
    }
    if (q->filter_count > 0 && count <= FEW_MAX)
        return list_few(l, &f);
    f = (struct smk_index_filter){SMK_FACET_ALL, {0}};
    for (size_t i = 0; i < q->filter_count; i++)
        f = q->filter[i].facet == SMK_FACET_KIND ? q->filter[i] : f;
    list_by_time(l, &f);
    return l->index->txn.err;
}

/* ---- where to go on ---- */

/* The document that a page ended with. */
static enum smk_err find_after(struct listing *l)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    char hex[2 * SMK_DOC_ID_BYTES + 1];
    struct smk_index_filter f = {SMK_FACET_ID, {0}};
    struct smk_index_key prefix;
    smk_hex_format((struct smk_bytes){l->query->after_id, SMK_DOC_ID_BYTES}, hex);
    f.value = smk_bytes_of_text(hex);
    smk_index_facet_prefix(&prefix, SMK_INDEX_FACET, &f);
    smk_cursor_open(&c, &l->index->txn, SMK_TABLE_INDEX);
    for (bool is_row = smk_cursor_seek(&c, smk_index_key_view(&prefix));
         is_row && smk_index_key_begins(c.key, &prefix); is_row = smk_cursor_next(&c)) {
        struct smk_doc_row row;
        uint32_t number = smk_index_key_number(c.key);
        if (!smk_index_doc(l->index, number, &row))
            return l->index->txn.err;
        struct smk_bytes scope = l->query->after_scope;
        if (scope.len > 0 && !smk_bytes_is_equal(scope, row.scope))
            continue;
        l->after = number;
        l->after_row = row;
    }
    if (l->index->txn.err != SMK_OK)
        return l->index->txn.err;
    return l->after != 0 ? SMK_OK : SMK_ERR_NOT_FOUND;
}

enum smk_err smk_index_list(struct smk_index *x, const struct smk_index_query *query, smk_doc_row_fn *fn,
                            void *ctx, uint64_t *ret_total)
{
    SMK_CLEANUP(smk_index_hits_deinit) struct smk_index_hits hits = {0};
    struct listing l = {.index = x, .query = query, .fn = fn, .ctx = ctx};
    *ret_total = 0;
    for (size_t i = 0; i < query->filter_count; i++)
        if (query->filter[i].value.len > SMK_INDEX_VALUE_BYTES_MAX)
            return SMK_OK; /* no document has that */
    enum smk_err err = query->after_id != NULL ? find_after(&l) : SMK_OK;
    if (err != SMK_OK || query->text.len == 0)
        return err != SMK_OK ? err : list(&l);
    err = smk_index_search(x, query, &hits);
    if (err == SMK_OK)
        err = smk_index_hits_give(x, &hits, query->order, l.after, query->limit, fn, ctx);
    if (err == SMK_OK)
        *ret_total = hits.count;
    return err;
}
