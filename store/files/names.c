#include "store/files/names.h"

#include "proto/mem.h"
#include "proto/order.h"
#include "proto/schema_value.h"

#include <string.h>

static int compare_ids(const void *a, const void *b)
{
    const struct smk_name_row *left = a, *right = b;
    return memcmp(left->id, right->id, sizeof left->id);
}

static uint8_t lower(uint8_t letter)
{
    return letter >= 'A' && letter <= 'Z' ? (uint8_t)(letter - 'A' + 'a') : letter;
}

static int compare_refs(const struct smk_name_row *left, const struct smk_name_row *right)
{
    for (size_t i = 0; i < left->ref.len && i < right->ref.len; i++) {
        int order = lower(left->ref.data[i]) - lower(right->ref.data[i]);
        if (order != 0)
            return order;
    }
    return (left->ref.len > right->ref.len) - (left->ref.len < right->ref.len);
}

/* By ref, then kind, then id. */
static int compare_rows(const void *a, const void *b)
{
    const struct smk_name_row *left = a, *right = b;
    int order = compare_refs(left, right);
    if (order == 0 && left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    return order != 0 ? order : compare_ids(a, b);
}

/* A name that would be read as an id. */
static bool looks_like_id(struct smk_bytes ref)
{
    bool is_hex = ref.len == 2 * SMK_DOC_ID_BYTES;
    for (size_t i = 0; is_hex && i < ref.len; i++)
        is_hex = ref.data[i] != 0 && strchr("0123456789abcdefABCDEF", ref.data[i]) != NULL;
    return is_hex;
}

static bool is_seen(const struct smk_scope *scope, bool is_public)
{
    return !is_public || scope->kind == SMK_SCOPE_PUB;
}

static void add(struct smk_names *n, const uint8_t id[SMK_DOC_ID_BYTES], const struct smk_kind *kind,
                struct smk_bytes value)
{
    struct smk_bytes ref = smk_span_str(value);
    if (smk_check_name(value) != SMK_FLAW_NONE || looks_like_id(ref))
        return;
    struct smk_name_row *row = &n->row[n->count++];
    *row = (struct smk_name_row){.kind = kind, .ref = ref};
    memcpy(row->id, id, sizeof row->id);
}

static void collect(struct smk_names *n, struct smk_fold *f, bool is_public)
{
    for (size_t i = 0; i < smk_fold_doc_count(f); i++) {
        const struct smk_fold_doc *doc = smk_fold_doc_at(f, i);
        if (doc->counts && doc->kind != NULL && !smk_fold_is_withdrawn(doc) && is_seen(doc->scope, is_public))
            add(n, doc->id, doc->kind, smk_fold_first(f, doc, "ref"));
    }
    for (size_t i = 0; i < smk_fold_entry_count(f); i++) {
        const struct smk_fold_entry *e = smk_fold_entry_at(f, i);
        if (e->is_act && e->is_decoded && e->reason == SMK_REASON_COUNTS &&
            is_seen(&e->log->scope, is_public))
            add(n, e->act.id, NULL, smk_span_find(e->act.fields, "ref"));
    }
}

/* How many ids there are in rows that are in order; the same document in two scopes is one. */
static size_t count_ids(struct smk_name_row **row, size_t first, size_t end)
{
    size_t count = 0;
    for (size_t i = first; i < end; i++)
        count += i == first || compare_ids(row[i - 1], row[i]) != 0;
    return count;
}

static void mark_shared(struct smk_name_row **row, size_t count)
{
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && compare_refs(row[first], row[end]) == 0; end++)
            ;
        bool is_lone = count_ids(row, first, end) == 1;
        for (size_t of_kind = first, after; of_kind < end; of_kind = after) {
            for (after = of_kind + 1; after < end && row[after]->kind == row[of_kind]->kind; after++)
                ;
            bool is_shared = count_ids(row, of_kind, after) > 1;
            for (size_t i = of_kind; i < after; i++) {
                row[i]->is_lone = is_lone;
                row[i]->is_shared = is_shared;
            }
        }
    }
}

/* Into the order of ids, each once. */
static void settle(struct smk_names *n, struct smk_name_row **row, struct smk_name_row *room)
{
    size_t kept = 0;
    for (size_t i = 0; i < n->count; i++)
        if (kept == 0 || memcmp(room[kept - 1].id, row[i]->id, SMK_DOC_ID_BYTES) != 0)
            room[kept++] = *row[i];
    n->count = kept;
}

enum smk_err smk_names_init(struct smk_names *ret_names, struct smk_fold *f, bool is_public)
{
    struct smk_names n = {0};
    size_t most = smk_fold_doc_count(f) + smk_fold_entry_count(f);
    n.row = smk_mem_array(most, sizeof *n.row);
    struct smk_name_row *room = smk_mem_array(most, sizeof *room);
    const void **order = smk_mem_array(2 * most, sizeof *order);
    *ret_names = (struct smk_names){0};
    if (n.row == NULL || room == NULL || order == NULL) {
        smk_mem_free(n.row);
        smk_mem_free(room);
        smk_mem_free(order);
        return SMK_ERR_NOMEM;
    }
    collect(&n, f, is_public);
    for (size_t i = 0; i < n.count; i++)
        order[i] = &n.row[i];
    smk_order(order, order + most, n.count, compare_rows);
    mark_shared((struct smk_name_row **)order, n.count);
    smk_order(order, order + most, n.count, compare_ids);
    settle(&n, (struct smk_name_row **)order, room);
    smk_mem_free(n.row);
    for (size_t i = 0; i < n.count; i++)
        order[i] = &room[i];
    smk_order(order, order + most, n.count, compare_rows);
    *ret_names = (struct smk_names){room, (const struct smk_name_row **)order, n.count};
    return SMK_OK;
}

void smk_names_deinit(struct smk_names *n)
{
    smk_mem_free(n->row);
    smk_mem_free(n->by_ref);
    *n = (struct smk_names){0};
}

static const struct smk_name_row *find(const struct smk_names *n, const uint8_t id[SMK_DOC_ID_BYTES])
{
    size_t low = 0, high = n->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(n->row[middle].id, id, SMK_DOC_ID_BYTES);
        if (order == 0)
            return &n->row[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

struct smk_bytes smk_names_find(const struct smk_names *n, const struct smk_kind *kind,
                                const uint8_t id[SMK_DOC_ID_BYTES])
{
    const struct smk_name_row *row = find(n, id);
    return row != NULL && row->kind == kind && !row->is_shared ? row->ref : (struct smk_bytes){0};
}

void smk_names_write(void *ctx, const struct smk_field *rule, struct smk_bytes id, struct smk_buf *b)
{
    const struct smk_name_row *row = id.len == SMK_DOC_ID_BYTES ? find(ctx, id.data) : NULL;
    if (row == NULL)
        return;
    const struct smk_kind *kind = smk_kind_find(smk_bytes_of_text(rule->kind));
    bool is_any = strcmp(rule->kind, "any") == 0;
    if (is_any && row->kind == NULL) /* a document refers to an act, which no import brings along */
        return;
    if (is_any ? row->is_lone : row->kind == kind && !row->is_shared)
        smk_buf_write_bytes(b, row->ref);
}

enum smk_named smk_names_lookup(const struct smk_names *n, const struct smk_kind *kind, struct smk_bytes ref,
                                uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    const struct smk_name_row wanted = {.ref = ref, .kind = kind}; /* with the smallest of all ids */
    size_t low = 0, high = n->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_rows(n->by_ref[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == n->count || n->by_ref[low]->kind != kind || compare_refs(n->by_ref[low], &wanted) != 0)
        return SMK_NAMED_NONE;
    if (n->by_ref[low]->is_shared)
        return SMK_NAMED_SEVERAL;
    memcpy(ret_id, n->by_ref[low]->id, SMK_DOC_ID_BYTES);
    return SMK_NAMED_ONE;
}
