#include "store/files/places.h"

#include "store/files/values.h"

#include "proto/mem.h"
#include "proto/order.h"

#include <stdio.h>
#include <string.h>

enum { PLACES = SMK_PLACE_DISTRICTS + SMK_PLACE_PROVINCES, SUMS = 4 };

/* Of each tally: persons, women, persons whose sex is recorded, documents that say no number. */
static const char *const sum_name[SUMS] = {"total", "female", "with_sex_recorded", "unknown"};

/* The columns that a table of the export gives. */
struct table_columns {
    size_t documents;                /* how many there are */
    size_t sum[SMK_TYPE_FIELDS_MAX]; /* the first of SUMS; 0 = the field is no tally */
};

static size_t add_column(struct smk_places *p, const char *type, const char *field, const char *sum)
{
    if (p->column_count == SMK_PLACE_COLUMNS_MAX)
        return 0;
    (void)snprintf(p->name[p->column_count], sizeof p->name[0], "%s%s%s%s%s", type,
                   field[0] != '\0' ? "." : "", field, sum[0] != '\0' ? "." : "", sum);
    return p->column_count++;
}

static void add_table(struct smk_places *p, const struct smk_table_type *type, struct table_columns *c)
{
    c->documents = add_column(p, type->name, "", "");
    for (size_t i = 0; !type->is_act && i < type->field_count; i++) {
        bool is_tally =
            type->field[i]->type == SMK_FIELD_TALLY && (type->field[i]->flags & SMK_FIELD_IS_LIST) == 0;
        for (size_t k = 0; is_tally && k < SUMS; k++) {
            size_t column = add_column(p, type->name, type->field[i]->name, sum_name[k]);
            c->sum[i] = k == 0 ? column : c->sum[i];
        }
    }
}

/* ---- where something belongs ---- */

static bool digits_of(struct smk_bytes area, size_t count, size_t *ret_number)
{
    size_t number = 0;
    if (area.len < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (area.data[i] < '0' || area.data[i] > '9')
            return false;
        number = number * 10 + (size_t)(area.data[i] - '0');
    }
    *ret_number = number;
    return true;
}

static struct smk_bytes area_of_document(struct smk_fold *f, const struct smk_fold_doc *doc)
{
    if (doc == NULL || doc->kind == NULL || doc->kind->area_field == NULL)
        return (struct smk_bytes){0};
    return smk_span_str(smk_fold_first(f, doc, doc->kind->area_field));
}

/* For everybody only what is published: the act itself, or the document that it is about. */
static struct smk_bytes area_of_act(struct smk_export *x, const struct smk_fold_entry *act)
{
    struct smk_scope pub = smk_scope_of("pub");
    if (act->act.area.len > 0)
        return act->act.area;
    return area_of_document(
        x->fold, smk_fold_find_doc(x->fold, act->act.kind, act->act.doc, x->is_public ? &pub : NULL));
}

/* ---- adding up ---- */

struct adding {
    struct smk_places *p;
    size_t place[2]; /* district and province; PLACES = none */
};

static struct adding place_of(struct smk_places *p, struct smk_bytes area)
{
    struct adding a = {p, {PLACES, PLACES}};
    size_t number;
    if (digits_of(area, 4, &number))
        a.place[0] = number;
    if (digits_of(area, 2, &number))
        a.place[1] = SMK_PLACE_DISTRICTS + number;
    return a;
}

static void add(const struct adding *a, size_t column, uint64_t number, bool is_withheld)
{
    for (size_t i = 0; i < 2; i++) {
        if (a->place[i] == PLACES)
            continue;
        struct smk_place_count *count = &a->p->count[a->place[i] * a->p->column_count + column];
        count->number += number;
        count->is_withheld = count->is_withheld || is_withheld;
        a->p->is_there[a->place[i]] = true;
    }
}

static void add_tally(const struct adding *a, size_t column, struct smk_bytes tally)
{
    struct smk_bytes total = smk_span_find(tally, "total"), female = smk_span_find(tally, "female");
    bool is_withheld = smk_span_type(total) == SMK_VALUE_STR,
         has_total = smk_span_type(total) == SMK_VALUE_UINT;
    bool hides_women = smk_span_type(female) == SMK_VALUE_STR,
         has_women = smk_span_type(female) == SMK_VALUE_UINT;
    add(a, column, smk_span_uint(total), is_withheld);
    add(a, column + 1, smk_span_uint(female), hides_women);
    add(a, column + 2, has_women ? smk_span_uint(total) : 0, hides_women);
    add(a, column + 3, !has_total && !is_withheld, false);
}

static const uint8_t *id_of(const struct smk_export_table *t, const void *item)
{
    const struct smk_fold_entry *act = item;
    const struct smk_fold_doc *doc = item;
    return t->type.is_act ? act->act.id : doc->id;
}

static int compare_acts(const void *a, const void *b)
{
    const struct smk_fold_entry *left = a, *right = b;
    return memcmp(left->act.id, right->act.id, sizeof left->act.id);
}

/* Documents lie by their id already where their refs are equal; acts do not. What has one id is one: a document in several
 * scopes, the two halves of an attestation. */
static enum smk_err add_items(struct smk_places *p, struct smk_export *x, const struct smk_export_table *t,
                              const struct table_columns *c, const void *const *item)
{
    SMK_CLEANUP(smk_values_deinit) struct smk_values v = SMK_VALUES;
    for (size_t i = 0; i < t->count; i++) {
        if (i > 0 && memcmp(id_of(t, item[i]), id_of(t, item[i - 1]), SMK_DOC_ID_BYTES) == 0)
            continue;
        bool is_act = t->type.is_act;
        struct adding a = place_of(p, is_act ? area_of_act(x, item[i]) : area_of_document(x->fold, item[i]));
        add(&a, c->documents, 1, false);
        if (is_act)
            continue;
        enum smk_err err = smk_values_of_document(&v, &t->type, x->fold, item[i], x->is_public);
        if (err == SMK_ERR_NOMEM)
            return err;
        for (size_t k = 0; err == SMK_OK && k < t->type.field_count; k++)
            if (c->sum[k] > 0)
                add_tally(&a, c->sum[k], v.value[k]);
    }
    return SMK_OK;
}

static enum smk_err add_documents(struct smk_places *p, struct smk_export *x,
                                  const struct smk_export_table *t, const struct table_columns *c)
{
    if (!t->type.is_act)
        return add_items(p, x, t, c, (const void *const *)t->item);
    const void **item = smk_mem_array(2 * t->count + 1, sizeof *item);
    if (item == NULL)
        return SMK_ERR_NOMEM;
    memcpy(item, t->item, t->count * sizeof *item);
    smk_order(item, item + t->count, t->count, compare_acts);
    enum smk_err err = add_items(p, x, t, c, (const void *const *)item);
    smk_mem_free(item);
    return err;
}

enum smk_err smk_places_init(struct smk_places *ret_places, struct smk_export *x)
{
    struct smk_places *p = ret_places;
    *p = (struct smk_places){0};
    struct table_columns *columns = smk_mem_array(x->count + 1, sizeof *columns);
    if (columns == NULL)
        return SMK_ERR_NOMEM;
    for (size_t i = 0; i < x->count; i++)
        add_table(p, &x->table[i].type, &columns[i]);
    p->count = smk_mem_array(PLACES * (p->column_count + 1), sizeof *p->count);
    p->is_there = smk_mem_array(PLACES, sizeof *p->is_there);
    enum smk_err err = p->count != NULL && p->is_there != NULL ? SMK_OK : SMK_ERR_NOMEM;
    for (size_t i = 0; err == SMK_OK && i < x->count; i++)
        err = add_documents(p, x, &x->table[i], &columns[i]);
    for (size_t i = 0; err == SMK_OK && i < PLACES; i++)
        p->row_count += p->is_there[i];
    smk_mem_free(columns);
    return err;
}

void smk_places_deinit(struct smk_places *p)
{
    smk_mem_free(p->count);
    smk_mem_free(p->is_there);
    *p = (struct smk_places){0};
}

/* ---- rows ---- */

struct smk_column_head *smk_places_heads(const struct smk_places *p)
{
    struct smk_column_head *head = smk_mem_array(p->column_count + 2, sizeof *head);
    if (head == NULL)
        return NULL;
    head[0] = (struct smk_column_head){"code", SMK_CELL_CODE};
    head[1] = (struct smk_column_head){"level", SMK_CELL_CODE};
    for (size_t i = 0; i < p->column_count; i++)
        head[i + 2] = (struct smk_column_head){p->name[i], SMK_CELL_INTEGER};
    return head;
}

static bool put_row(const struct smk_places *p, size_t place, struct smk_row_builder *row)
{
    char text[24];
    bool is_district = place < SMK_PLACE_DISTRICTS;
    (void)snprintf(text, sizeof text, is_district ? "%04zu" : "%02zu",
                   is_district ? place : place - SMK_PLACE_DISTRICTS);
    smk_row_reset(row);
    bool is_good =
        smk_row_put(row, 0, SMK_CELL_CODE, smk_bytes_of_text(text)) &&
        smk_row_put(row, 1, SMK_CELL_CODE, smk_bytes_of_text(is_district ? "district" : "province"));
    for (size_t i = 0; is_good && i < p->column_count; i++) {
        const struct smk_place_count *count = &p->count[place * p->column_count + i];
        (void)snprintf(text, sizeof text, "%llu", (unsigned long long)count->number);
        is_good = count->is_withheld ? smk_row_put(row, i + 2, SMK_CELL_WITHHELD, smk_bytes_of_text("*"))
                                     : smk_row_put(row, i + 2, SMK_CELL_INTEGER, smk_bytes_of_text(text));
    }
    return is_good;
}

enum smk_err smk_places_each(const struct smk_places *p, smk_export_row_fn *fn, void *ctx)
{
    SMK_CLEANUP(smk_row_deinit) struct smk_row_builder b = SMK_ROW_BUILDER;
    enum smk_err err = SMK_OK;
    for (size_t i = 0; err == SMK_OK && i < PLACES; i++) {
        size_t place = i < SMK_PLACE_PROVINCES ? SMK_PLACE_DISTRICTS + i : i - SMK_PLACE_PROVINCES;
        if (!p->is_there[place])
            continue;
        if (!put_row(p, place, &b))
            return SMK_ERR_NOMEM;
        struct smk_row row = smk_row_view(&b, i);
        err = fn(ctx, row.cell, row.count);
    }
    return err;
}
