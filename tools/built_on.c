#include "tools/built_on.h"

#include "proto/mem.h"
#include "proto/order.h"

#include <string.h>

static void add(struct smk_built_on *b, struct smk_bytes id, const struct smk_fold_doc *by)
{
    if (id.len != SMK_DOC_ID_BYTES || memcmp(id.data, by->id, SMK_DOC_ID_BYTES) == 0 || b->err != SMK_OK)
        return;
    if (b->count == b->room) {
        size_t room = b->room > 0 ? 2 * b->room : 256;
        struct smk_built_on_row *grown = smk_mem_resize(b->row, room * sizeof *grown);
        if (grown == NULL) {
            b->err = SMK_ERR_NOMEM;
            return;
        }
        b->row = grown;
        b->room = room;
    }
    memcpy(b->row[b->count].id, id.data, SMK_DOC_ID_BYTES);
    b->row[b->count++].by = by;
}

/* Of one value: of a reference the id, of a group those of its parts. Groups hold no groups. */
static void add_value(struct smk_built_on *b, const struct smk_field *rule, struct smk_bytes value,
                      const struct smk_fold_doc *by)
{
    if (rule->type == SMK_FIELD_REFERENCE)
        add(b, smk_span_bin(value), by);
    for (size_t i = 0; rule->type == SMK_FIELD_GROUP && i < rule->part_count; i++) {
        struct smk_bytes part = smk_span_find(value, rule->part[i].name), item;
        struct smk_span_iter it = smk_span_each(part);
        if (rule->part[i].type != SMK_FIELD_REFERENCE)
            continue;
        add(b, smk_span_bin(part), by);
        while ((rule->part[i].flags & SMK_FIELD_IS_LIST) != 0 && smk_span_next(&it, NULL, &item))
            add(b, smk_span_bin(item), by);
    }
}

/* Every value that stands, also where there are several. */
static void add_document(struct smk_built_on *b, struct smk_fold *f, const struct smk_fold_doc *doc)
{
    for (size_t i = 0; i < doc->kind->field_count; i++) {
        const struct smk_field *rule = &doc->kind->field[i];
        struct smk_fold_value value[SMK_FOLD_VALUES_MAX];
        if (rule->type != SMK_FIELD_REFERENCE && rule->type != SMK_FIELD_GROUP)
            continue;
        size_t count = smk_fold_values(f, doc, smk_bytes_of_text(rule->name), value);
        for (size_t k = 0; k < count; k++) {
            struct smk_span_iter it = smk_span_each(value[k].value);
            struct smk_bytes item;
            if ((rule->flags & SMK_FIELD_IS_LIST) == 0)
                add_value(b, rule, value[k].value, doc);
            while ((rule->flags & SMK_FIELD_IS_LIST) != 0 && smk_span_next(&it, NULL, &item))
                add_value(b, rule, item, doc);
        }
    }
}

static int compare_rows(const void *a, const void *b)
{
    const struct smk_built_on_row *left = a, *right = b;
    return memcmp(left->id, right->id, SMK_DOC_ID_BYTES);
}

static enum smk_err sort_rows(struct smk_built_on *b)
{
    const void **order = smk_mem_array(2 * b->count + 1, sizeof *order);
    struct smk_built_on_row *sorted = smk_mem_array(b->count + 1, sizeof *sorted);
    enum smk_err err = order != NULL && sorted != NULL ? SMK_OK : SMK_ERR_NOMEM;
    for (size_t i = 0; err == SMK_OK && i < b->count; i++)
        order[i] = &b->row[i];
    if (err == SMK_OK) {
        smk_order(order, order + b->count, b->count, compare_rows);
        for (size_t i = 0; i < b->count; i++)
            sorted[i] = *(const struct smk_built_on_row *)order[i];
        smk_mem_free(b->row);
        b->row = sorted;
        b->room = b->count + 1;
        sorted = NULL;
    }
    smk_mem_free(order);
    smk_mem_free(sorted);
    return err;
}

enum smk_err smk_built_on_init(struct smk_built_on *ret_built, struct smk_fold *f)
{
    *ret_built = (struct smk_built_on){0};
    for (size_t i = 0; i < smk_fold_doc_count(f); i++) {
        const struct smk_fold_doc *doc = smk_fold_doc_at(f, i);
        if (doc->counts && doc->kind != NULL && !smk_fold_is_withdrawn(doc))
            add_document(ret_built, f, doc);
    }
    return ret_built->err == SMK_OK ? sort_rows(ret_built) : ret_built->err;
}

void smk_built_on_deinit(struct smk_built_on *b)
{
    smk_mem_free(b->row);
    *b = (struct smk_built_on){0};
}

size_t smk_built_on_find(const struct smk_built_on *b, const uint8_t id[SMK_DOC_ID_BYTES])
{
    size_t low = 0, high = b->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(b->row[middle].id, id, SMK_DOC_ID_BYTES) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < b->count && memcmp(b->row[low].id, id, SMK_DOC_ID_BYTES) == 0 ? low : b->count;
}
