#include "store/files/cells.h"

#include "store/files/list.h"

#include "proto/hash.h"
#include "proto/mem.h"

#include <string.h>

enum leaf { LEAF_NONE, LEAF_UNKNOWN, LEAF_WITHHELD, LEAF_TEXT };

void smk_cell_scratch_deinit(struct smk_cell_scratch *s)
{
    smk_buf_deinit(&s->cell);
    smk_buf_deinit(&s->item);
}

/* ---- one value ---- */

static enum leaf put_str(struct smk_bytes v, struct smk_buf *b)
{
    smk_buf_write_bytes(b, smk_span_str(v));
    return smk_span_type(v) == SMK_VALUE_STR ? LEAF_TEXT : LEAF_NONE;
}

static enum leaf put_count(struct smk_bytes v, struct smk_buf *b)
{
    char digits[24];
    size_t at = sizeof digits;
    if (smk_span_type(v) == SMK_VALUE_NIL)
        return LEAF_UNKNOWN;
    if (smk_span_type(v) == SMK_VALUE_STR)
        return LEAF_WITHHELD;
    if (smk_span_type(v) != SMK_VALUE_UINT)
        return LEAF_NONE;
    uint64_t number = smk_span_uint(v);
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    smk_buf_write(b, digits + at, sizeof digits - at);
    return LEAF_TEXT;
}

static enum leaf put_hex(struct smk_bytes bin, struct smk_buf *b)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bin.len; i++) {
        smk_buf_write_u8(b, (uint8_t)digits[bin.data[i] >> 4]);
        smk_buf_write_u8(b, (uint8_t)digits[bin.data[i] & 15]);
    }
    return bin.len > 0 ? LEAF_TEXT : LEAF_NONE;
}

static enum leaf put_reference(const struct smk_column *c, struct smk_bytes id, const struct smk_namer *namer,
                               struct smk_buf *b)
{
    size_t before = b->len;
    if (namer->name != NULL && id.len > 0)
        namer->name(namer->ctx, smk_column_rule(c), id, b);
    return b->len > before ? LEAF_TEXT : put_hex(id, b);
}

static enum leaf put_tally(const struct smk_column *c, struct smk_bytes tally, struct smk_buf *b)
{
    bool is_total = c->key_count == 1 && strcmp(c->key[0], "total") == 0;
    if (smk_span_type(tally) == SMK_VALUE_NIL) /* nothing is known of it: said once */
        return is_total ? LEAF_UNKNOWN : LEAF_NONE;
    for (size_t i = 0; i < c->key_count; i++)
        tally = smk_span_find(tally, c->key[i]);
    return put_count(tally, b);
}

static enum leaf put_keyed(const struct smk_column *c, struct smk_bytes v, struct smk_buf *b)
{
    return put_str(c->key_count > 0 ? smk_span_find(v, c->key[0]) : v, b);
}

/* v: one item of a list, or the value of a field that is none; a part of it where the column is of a group. */
static enum leaf put_leaf(const struct smk_column *c, struct smk_bytes v, const struct smk_namer *namer,
                          struct smk_buf *b)
{
    if (c->part != NULL)
        v = smk_span_find(v, c->part->name);
    switch (smk_column_rule(c)->type) {
    case SMK_FIELD_TEXT:
    case SMK_FIELD_NAME:
    case SMK_FIELD_SLUG:
    case SMK_FIELD_CHOICE:
    case SMK_FIELD_AREA:
    case SMK_FIELD_AMOUNT:
    case SMK_FIELD_DATE: return put_str(v, b);
    case SMK_FIELD_BILINGUAL: return put_str(smk_span_find(v, c->language), b);
    case SMK_FIELD_INTEGER: return put_count(v, b);
    case SMK_FIELD_TALLY: return put_tally(c, v, b);
    case SMK_FIELD_REFERENCE: return put_reference(c, smk_span_bin(v), namer, b);
    case SMK_FIELD_SHA256: return put_hex(smk_span_bin(v), b);
    case SMK_FIELD_ANSWERS:
    case SMK_FIELD_PROVENANCE: return put_keyed(c, v, b);
    case SMK_FIELD_GROUP: break;
    }
    return LEAF_NONE;
}

static struct smk_bytes text_of(enum leaf leaf, const struct smk_buf *b)
{
    switch (leaf) {
    case LEAF_UNKNOWN: return smk_bytes_of_text("unknown");
    case LEAF_WITHHELD: return smk_bytes_of_text("*");
    case LEAF_TEXT: return smk_buf_view(b);
    case LEAF_NONE: break;
    }
    return (struct smk_bytes){0};
}

/* ---- cells ---- */

/* A list of which no item says anything is an empty cell. */
static enum leaf put_list(const struct smk_column *c, struct smk_bytes list, const struct smk_namer *namer,
                          struct smk_cell_scratch *s)
{
    struct smk_span_iter it = smk_span_each(list);
    struct smk_bytes item;
    enum leaf whole = LEAF_NONE;
    for (bool is_first = true; smk_span_next(&it, NULL, &item); is_first = false) {
        smk_buf_reset(&s->item);
        enum leaf leaf = put_leaf(c, item, namer, &s->item);
        smk_list_add(&s->cell, text_of(leaf, &s->item), is_first);
        whole = leaf != LEAF_NONE ? LEAF_TEXT : whole;
        if (s->item.err != SMK_OK)
            s->cell.err = s->item.err;
    }
    return whole;
}

static enum smk_cell_type type_of(enum leaf leaf, const struct smk_column *c)
{
    return leaf == LEAF_UNKNOWN    ? SMK_CELL_UNKNOWN
           : leaf == LEAF_WITHHELD ? SMK_CELL_WITHHELD
                                   : smk_column_type(c);
}

bool smk_cell_put(struct smk_row_builder *row, size_t at, const struct smk_column *c, struct smk_bytes value,
                  const struct smk_namer *namer, struct smk_cell_scratch *scratch)
{
    bool is_list = (c->field->flags & SMK_FIELD_IS_LIST) != 0;
    smk_buf_reset(&scratch->cell);
    enum leaf leaf = is_list ? put_list(c, value, namer, scratch) : put_leaf(c, value, namer, &scratch->cell);
    if (scratch->cell.err != SMK_OK) {
        row->flaw = scratch->cell.err == SMK_ERR_NOMEM ? SMK_FILE_NO_MEMORY : SMK_FILE_CELL_TOO_LONG;
        return false;
    }
    return smk_row_put(row, at, type_of(leaf, c), text_of(leaf, &scratch->cell));
}

/* ---- fingerprints ---- */

static void add_cell(struct smk_buf *b, const char *name, struct smk_bytes text)
{
    if (text.len == 0)
        return;
    smk_buf_write(b, name, strlen(name) + 1);
    smk_buf_write_bytes(b, text);
    smk_buf_write_u8(b, 0);
}

enum smk_err smk_fingerprint_of(const struct smk_columns *c, const struct smk_bytes *value,
                                struct smk_fingerprint16 *ret_fingerprint)
{
    static const struct smk_namer ids = {0};
    uint8_t hash[SMK_HASH_BYTES];
    SMK_CLEANUP(smk_cell_scratch_deinit) struct smk_cell_scratch scratch = SMK_CELL_SCRATCH;
    SMK_CLEANUP(smk_row_deinit) struct smk_row_builder row = SMK_ROW_BUILDER;
    SMK_CLEANUP(smk_buf_deinit)
    struct smk_buf said = {.max =
                               SMK_TABLE_ROW_BYTES_MAX + SMK_TABLE_COLUMNS_MAX * (SMK_COLUMN_NAME_MAX + 2)};
    for (size_t i = 0; i < c->count; i++) {
        const struct smk_column *column = c->at[i];
        if (column->role != SMK_COLUMN_FIELD || value[column->field_at].len == 0)
            continue;
        if (!smk_cell_put(&row, i, column, value[column->field_at], &ids, &scratch))
            return row.flaw == SMK_FILE_NO_MEMORY ? SMK_ERR_NOMEM : SMK_ERR_TOO_BIG_HERE;
    }
    struct smk_row whole = smk_row_view(&row, 0);
    for (size_t i = 0; i < whole.count; i++)
        add_cell(&said, c->at[i]->name, whole.cell[i].text);
    if (said.err != SMK_OK)
        return said.err;
    smk_sha256(smk_buf_view(&said), (struct smk_bytes){0}, hash);
    smk_hex_format((struct smk_bytes){hash, sizeof ret_fingerprint->text / 2}, ret_fingerprint->text);
    return SMK_OK;
}
