#include "store/files/row_fields.h"

#include "store/files/list.h"
#include "store/files/row_leaf.h"

#include "proto/mem.h"
#include "proto/pairs.h"

#include <string.h>

/* A row under way. */
struct reading {
    const struct smk_head_row *header;
    const struct smk_row *row;
    const struct smk_references *references;
    struct smk_list_iter *item; /* by column: where its list stands */
    bool is_item;               /* cells are read item by item */
    struct smk_buf text;        /* of the item at hand */
    enum smk_err err;           /* of that buffer: each item empties it */
    struct smk_row_flaw *flaw;
};

/* Columns of one field or one part of it: first to end - 1 of header->field. */
struct run {
    size_t first, end;
};

void smk_row_fields_deinit(struct smk_row_fields *f)
{
    smk_buf_deinit(&f->fields);
    *f = (struct smk_row_fields){0};
}

static const struct smk_column *column_at(const struct reading *r, size_t i)
{
    return &r->header->column[r->header->field[i]];
}

static enum smk_err refuse(struct reading *r, const struct smk_column *c, const char *code, const char *why)
{
    return smk_row_refuse(r->flaw, c, code, why);
}

/* ---- cells ---- */

static struct smk_leaf cell_of(const struct reading *r, size_t i)
{
    size_t place = r->header->field[i];
    return place < r->row->count ? (struct smk_leaf){r->row->cell[place].type, r->row->cell[place].text}
                                 : (struct smk_leaf){0};
}

static bool is_blank(struct smk_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] > ' ')
            return false;
    return true;
}

/* The leaf of a column: each column is asked once for each item, in order. */
static struct smk_leaf leaf_at(struct reading *r, size_t i)
{
    struct smk_leaf leaf = cell_of(r, i);
    if (r->is_item) {
        bool is_there = smk_list_next(&r->item[i], &r->text);
        r->err = r->err == SMK_OK ? r->text.err : r->err;
        leaf = (struct smk_leaf){SMK_CELL_TEXT, is_there ? smk_buf_view(&r->text) : (struct smk_bytes){0}};
    }
    if (is_blank(leaf.text))
        leaf = (struct smk_leaf){0};
    return leaf;
}

/* ---- values that several columns make up ---- */

/* A pair for the column's leaf when it says something. */
static enum smk_err put_leaf(struct reading *r, size_t i, const char *key, struct smk_pairs *p)
{
    struct smk_leaf leaf = leaf_at(r, i);
    if (leaf.text.len == 0)
        return SMK_OK;
    return smk_leaf_pack(column_at(r, i), leaf, r->references, smk_pairs_open_text(p, key), r->flaw);
}

/* What is given to a builder of maps: a map with nothing in it says nothing. */
static void close_map(struct smk_pairs *p, struct smk_buf *b, bool *ret_has_value)
{
    *ret_has_value = p->count > 0;
    if (p->count > 0)
        smk_pairs_close_into(p, b);
    else if (p->err != SMK_OK || p->bytes.err != SMK_OK)
        b->err = p->err != SMK_OK ? p->err : p->bytes.err;
}

static enum smk_err build_languages(struct reading *r, struct run run, struct smk_buf *b, bool *ret_has_value)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    enum smk_err err = SMK_OK;
    for (size_t i = run.first; err == SMK_OK && i < run.end; i++)
        err = put_leaf(r, i, column_at(r, i)->language, &p);
    close_map(&p, b, ret_has_value);
    return err;
}

static size_t end_of_key(const struct reading *r, struct run run, size_t depth)
{
    size_t end = run.first;
    const char *key = column_at(r, run.first)->key[depth];
    while (end < run.end && column_at(r, end)->key_count > depth &&
           strcmp(column_at(r, end)->key[depth], key) == 0)
        end++;
    return end;
}

static enum smk_err build_keys(struct reading *r, struct run run, size_t depth, struct smk_buf *b,
                               bool *ret_has_value);

/* The first column gives the value alone; those behind it, with more keys, would give a map in its place. Of each row one
 * of the two says something. */
static enum smk_err build_plain(struct reading *r, struct run run, size_t depth, struct smk_buf *b,
                                bool *ret_has_value)
{
    const struct smk_column *c = column_at(r, run.first);
    struct smk_leaf plain = leaf_at(r, run.first);
    enum smk_err err = SMK_OK;
    run.first++;
    *ret_has_value = plain.text.len > 0;
    if (!*ret_has_value)
        return run.first < run.end ? build_keys(r, run, depth, b, ret_has_value) : SMK_OK;
    err = smk_leaf_pack(c, plain, r->references, b, r->flaw);
    for (size_t i = run.first; err == SMK_OK && i < run.end; i++)
        if (leaf_at(r, i).text.len > 0)
            err = refuse(r, c, "said_twice", "the same is said by another column as well");
    return err;
}

/* Columns that share their keys up to `depth`: one value, or a map of those below. */
static enum smk_err put_keys(struct reading *r, struct run run, size_t depth, struct smk_pairs *p)
{
    const struct smk_column *c = column_at(r, run.first);
    struct smk_buf *b = smk_pairs_open_text(p, c->key[depth]);
    bool has_value = false;
    enum smk_err err = c->key_count == depth + 1 ? build_plain(r, run, depth + 1, b, &has_value)
                                                 : build_keys(r, run, depth + 1, b, &has_value);
    if (err == SMK_OK && !has_value)
        smk_pairs_drop(p);
    return err;
}

static enum smk_err build_keys(struct reading *r, struct run run, size_t depth, struct smk_buf *b,
                               bool *ret_has_value)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    enum smk_err err = SMK_OK;
    for (size_t i = run.first, end; err == SMK_OK && i < run.end; i = end) {
        end = end_of_key(r, (struct run){i, run.end}, depth);
        err = put_keys(r, (struct run){i, end}, depth, &p);
    }
    close_map(&p, b, ret_has_value);
    return err;
}

/* "not known" of all of it is said by its total alone. */
static bool is_unknown(const struct smk_field *rule, struct smk_bytes tally)
{
    return (rule->flags & SMK_FIELD_MAY_BE_UNKNOWN) != 0 && smk_span_count(tally) == 1 &&
           smk_span_type(smk_span_find(tally, "total")) == SMK_VALUE_NIL;
}

static enum smk_err build_tally(struct reading *r, struct run run, struct smk_buf *b, bool *ret_has_value)
{
    size_t before = b->len;
    enum smk_err err = build_keys(r, run, 0, b, ret_has_value);
    struct smk_bytes tally = {b->data != NULL ? b->data + before : NULL, b->len - before};
    if (err == SMK_OK && *ret_has_value && b->err == SMK_OK &&
        is_unknown(smk_column_rule(column_at(r, run.first)), tally)) {
        b->len = before;
        smk_pack_nil(b);
    }
    return err;
}

/* A text alone, or a map of texts. */
static enum smk_err build_provenance(struct reading *r, struct run run, struct smk_buf *b,
                                     bool *ret_has_value)
{
    bool has_plain = column_at(r, run.first)->key_count == 0;
    return has_plain ? build_plain(r, run, 0, b, ret_has_value) : build_keys(r, run, 0, b, ret_has_value);
}

static enum smk_err build_value(struct reading *r, struct run run, struct smk_buf *b, bool *ret_has_value);

static enum smk_err build_group(struct reading *r, struct run run, struct smk_buf *b, bool *ret_has_value)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    enum smk_err err = SMK_OK;
    for (size_t i = run.first, end; err == SMK_OK && i < run.end; i = end) {
        const struct smk_field *part = column_at(r, i)->part;
        bool has_value = false;
        for (end = i; end < run.end && column_at(r, end)->part == part; end++)
            ;
        err = build_value(r, (struct run){i, end}, smk_pairs_open_text(&p, part->name), &has_value);
        if (err == SMK_OK && !has_value)
            smk_pairs_drop(&p);
    }
    close_map(&p, b, ret_has_value);
    return err;
}

/* Of a part of a group, or of a field that is none. */
static enum smk_err build_value(struct reading *r, struct run run, struct smk_buf *b, bool *ret_has_value)
{
    const struct smk_column *c = column_at(r, run.first);
    switch (smk_column_rule(c)->type) {
    case SMK_FIELD_BILINGUAL: return build_languages(r, run, b, ret_has_value);
    case SMK_FIELD_TALLY: return build_tally(r, run, b, ret_has_value);
    case SMK_FIELD_ANSWERS: return build_keys(r, run, 0, b, ret_has_value);
    case SMK_FIELD_PROVENANCE: return build_provenance(r, run, b, ret_has_value);
    default: break;
    }
    struct smk_leaf leaf = leaf_at(r, run.first);
    *ret_has_value = leaf.text.len > 0;
    return leaf.text.len > 0 ? smk_leaf_pack(c, leaf, r->references, b, r->flaw) : SMK_OK;
}

static enum smk_err build_item(struct reading *r, struct run run, struct smk_buf *b, bool *ret_has_value)
{
    bool is_group = column_at(r, run.first)->field->type == SMK_FIELD_GROUP;
    return is_group ? build_group(r, run, b, ret_has_value) : build_value(r, run, b, ret_has_value);
}

/* ---- lists ---- */

/* Columns of one list have as many items each, or say nothing at all. */
static enum smk_err count_items(struct reading *r, struct run run, size_t *ret_count)
{
    *ret_count = 0;
    for (size_t i = run.first; i < run.end; i++) {
        struct smk_bytes text = cell_of(r, i).text;
        size_t count = is_blank(text) ? 0 : smk_list_count(text);
        r->item[i] = smk_list_each(count > 0 ? text : (struct smk_bytes){0});
        if (count > 0 && *ret_count > 0 && count != *ret_count)
            return refuse(
                r, column_at(r, i), "uneven_lists",
                "it has another number of items, set apart by ';', than the other columns of this list");
        *ret_count = count > 0 ? count : *ret_count;
        if (count > SMK_LIST_ITEMS_MAX)
            return refuse(r, column_at(r, i), smk_flaw_code(SMK_FLAW_TOO_LONG),
                          smk_flaw_text(SMK_FLAW_TOO_LONG));
    }
    return SMK_OK;
}

static enum smk_err build_list(struct reading *r, struct run run, struct smk_buf *b, bool *ret_has_value)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf items = {.max = SMK_PAYLOAD_BYTES_MAX};
    size_t count, kept = 0;
    enum smk_err err = count_items(r, run, &count);
    r->is_item = true;
    for (size_t i = 0; err == SMK_OK && i < count; i++) {
        bool has_value = false;
        err = build_item(r, run, &items, &has_value);
        kept += has_value;
    }
    r->is_item = false;
    *ret_has_value = kept > 0;
    if (err == SMK_OK && kept > 0) {
        smk_pack_array(b, kept);
        smk_buf_write_bytes(b, smk_buf_view(&items));
    }
    if (items.err != SMK_OK)
        b->err = items.err;
    return err;
}

/* ---- the row ---- */

static enum smk_err read_field(struct reading *r, struct run run, struct smk_row_fields *f,
                               struct smk_pairs *p)
{
    const struct smk_column *c = column_at(r, run.first);
    bool has_value = false, is_list = (c->field->flags & SMK_FIELD_IS_LIST) != 0;
    struct smk_buf *b = smk_pairs_open_text(p, c->field->name);
    enum smk_err err = is_list ? build_list(r, run, b, &has_value) : build_item(r, run, b, &has_value);
    f->has_column[c->field_at] = true;
    f->has_value[c->field_at] = has_value;
    if (err == SMK_OK && !has_value)
        smk_pairs_drop(p);
    return err;
}

static enum smk_err check_unnamed(struct reading *r)
{
    for (size_t i = 0; i < r->row->count; i++) {
        bool is_named = i < r->header->count && r->header->is_named[i];
        if (is_named || is_blank(r->row->cell[i].text))
            continue;
        r->flaw->code = "wrong_shape";
        r->flaw->why = "there is something in a column that has no name in the first row";
        return SMK_ERR_INVALID;
    }
    return SMK_OK;
}

static enum smk_err read_fields(struct reading *r, struct smk_row_fields *f)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    enum smk_err err = check_unnamed(r);
    size_t count = r->header->field_count;
    for (size_t i = 0, end; err == SMK_OK && i < count; i = end) {
        for (end = i; end < count && column_at(r, end)->field_at == column_at(r, i)->field_at; end++)
            ;
        err = read_field(r, (struct run){i, end}, f, &p);
    }
    if (err != SMK_OK)
        return err;
    smk_pairs_close_into(&p, &f->fields);
    return f->fields.err;
}

enum smk_err smk_row_fields_read(struct smk_row_fields *f, const struct smk_head_row *h,
                                 const struct smk_row *row, const struct smk_references *references,
                                 struct smk_row_flaw *ret_flaw)
{
    struct reading r = {.header = h,
                        .row = row,
                        .references = references,
                        .text = {.max = SMK_TABLE_CELL_BYTES_MAX},
                        .flaw = ret_flaw};
    smk_buf_reset(&f->fields);
    memset(f->has_column, 0, sizeof f->has_column);
    memset(f->has_value, 0, sizeof f->has_value);
    *ret_flaw = (struct smk_row_flaw){0};
    r.item = smk_mem_array(h->field_count + 1, sizeof *r.item);
    enum smk_err err = r.item != NULL ? read_fields(&r, f) : SMK_ERR_NOMEM;
    if (err == SMK_OK)
        err = r.err;
    smk_buf_deinit(&r.text);
    smk_mem_free(r.item);
    return err;
}
