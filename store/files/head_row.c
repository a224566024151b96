#include "store/files/head_row.h"

#include "proto/mem.h"
#include "proto/order.h"

#include <string.h>

void smk_head_row_deinit(struct smk_head_row *h)
{
    smk_mem_free(h->column);
    smk_mem_free(h->is_named);
    smk_mem_free(h->field);
    *h = (struct smk_head_row){0};
}

static struct smk_bytes trim(struct smk_bytes text)
{
    while (text.len > 0 && text.data[text.len - 1] == ' ')
        text.len--;
    while (text.len > 0 && text.data[0] == ' ')
        text = (struct smk_bytes){text.data + 1, text.len - 1};
    return text;
}

static enum smk_head_row_flaw read_name(struct smk_head_row *h, size_t i, struct smk_bytes name)
{
    if (name.len == 0)
        return SMK_HEAD_FINE;
    if (smk_bytes_is_equal(name, smk_bytes_of_text("id")))
        name = smk_bytes_of_text("ref");
    struct smk_column *c = &h->column[i];
    if (!smk_column_parse(h->type, name, c))
        return SMK_HEAD_UNKNOWN;
    h->is_named[i] = true;
    if (c->role == SMK_COLUMN_FIELD) {
        h->field[h->field_count++] = i;
        return SMK_HEAD_FINE;
    }
    if (h->place[c->role] != SIZE_MAX)
        return SMK_HEAD_TWICE;
    h->place[c->role] = i;
    return SMK_HEAD_FINE;
}

static int compare_columns(const void *a, const void *b)
{
    return smk_column_compare(a, b);
}

/* Puts the fields in order; two of one name then stand side by side. */
static enum smk_head_row_flaw sort_fields(struct smk_head_row *h, size_t *ret_column)
{
    const void **order = smk_mem_array(2 * h->field_count + 1, sizeof *order);
    if (order == NULL)
        return SMK_HEAD_NO_MEMORY;
    for (size_t i = 0; i < h->field_count; i++)
        order[i] = &h->column[h->field[i]];
    smk_order(order, order + h->field_count, h->field_count, compare_columns);
    enum smk_head_row_flaw flaw = SMK_HEAD_FINE;
    for (size_t i = 0; i < h->field_count; i++) {
        h->field[i] = (size_t)((const struct smk_column *)order[i] - h->column);
        if (i > 0 && smk_column_compare(order[i - 1], order[i]) == 0) {
            *ret_column = h->field[i] + 1;
            flaw = SMK_HEAD_TWICE;
        }
    }
    smk_mem_free(order);
    return flaw;
}

enum smk_head_row_flaw smk_head_row_init(struct smk_head_row *ret_header, const struct smk_table_type *type,
                                         const struct smk_row *row, size_t *ret_column)
{
    struct smk_head_row *h = ret_header;
    *h = (struct smk_head_row){.type = type, .count = row->count};
    h->column = smk_mem_array(row->count + 1, sizeof *h->column);
    h->is_named = smk_mem_array(row->count + 1, sizeof *h->is_named);
    h->field = smk_mem_array(row->count + 1, sizeof *h->field);
    *ret_column = 0;
    if (h->column == NULL || h->is_named == NULL || h->field == NULL)
        return SMK_HEAD_NO_MEMORY;
    for (size_t i = 0; i < SMK_COLUMN_ROLES; i++)
        h->place[i] = SIZE_MAX;
    for (size_t i = 0; i < row->count; i++) {
        enum smk_head_row_flaw flaw = read_name(h, i, trim(row->cell[i].text));
        *ret_column = i + 1;
        if (flaw != SMK_HEAD_FINE)
            return flaw;
    }
    return sort_fields(h, ret_column);
}

struct smk_bytes smk_head_row_cell(const struct smk_head_row *h, const struct smk_row *row,
                                   enum smk_column_role role)
{
    size_t place = h->place[role];
    return place < row->count ? trim(row->cell[place].text) : (struct smk_bytes){0};
}

bool smk_head_row_has(const struct smk_head_row *h, const struct smk_column *c)
{
    size_t low = 0, high = h->field_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = smk_column_compare(&h->column[h->field[middle]], c);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}
