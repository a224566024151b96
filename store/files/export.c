#include "store/files/export.h"

#include "store/files/instant.h"
#include "store/files/values.h"

#include "proto/check.h"
#include "proto/mem.h"
#include "proto/order.h"
#include "proto/record.h"

#include <stdio.h>
#include <string.h>

static const char *const left_code[] = {
#define X(name, code, text) code,
    SMK_LEFT_OUT_MAP(X)
#undef X
};
static const char *const left_text[] = {
#define X(name, code, text) text,
    SMK_LEFT_OUT_MAP(X)
#undef X
};

static const char *const behind_code[] = {
#define X(name, code, text) code,
    SMK_LEFT_BEHIND_MAP(X)
#undef X
};
static const char *const behind_text[] = {
#define X(name, code, text) text,
    SMK_LEFT_BEHIND_MAP(X)
#undef X
};

const char *smk_left_behind_code(enum smk_left_behind what)
{
    return behind_code[what];
}

const char *smk_left_behind_text(enum smk_left_behind what)
{
    return behind_text[what];
}

const char *smk_left_out_code(enum smk_left_out why)
{
    return left_code[why];
}

const char *smk_left_out_text(enum smk_left_out why)
{
    return left_text[why];
}

/* ---- what is in a table ---- */

static bool is_of_type(const struct smk_table_type *type, const struct smk_fold_entry *e)
{
    if (!e->is_act || !e->is_decoded || !smk_bytes_is_equal(e->act.kind, smk_bytes_of_text(type->kind->name)))
        return false;
    for (size_t i = 0; i < type->act_count; i++)
        if (smk_bytes_is_equal(e->act.act, smk_bytes_of_text(type->act[i]->act)))
            return true;
    return false;
}

static bool is_public_attachment(struct smk_fold *f, const struct smk_fold_doc *doc)
{
    struct smk_bytes visibility = smk_fold_first(f, doc, "visibility");
    return visibility.len == 0 || smk_span_is_text(visibility, "public");
}

/* Whoever was under 18 has agreed, and so has a guardian. */
static bool has_consent(struct smk_fold *f, const struct smk_fold_doc *doc)
{
    bool is_child = smk_span_is_text(smk_fold_first(f, doc, "age_band"), "15_17");
    return smk_span_is_text(smk_fold_first(f, doc, "consent"), "yes") &&
           (!is_child || smk_span_is_text(smk_fold_first(f, doc, "guardian_consent"), "yes"));
}

/* SMK_LEFT_OUT_WORDS when nothing keeps it out. */
static enum smk_left_out judge_document(struct smk_fold *f, const struct smk_fold_doc *doc, bool is_public)
{
    bool is_interview = doc->kind->lives == SMK_LIVES_IN_ORGANISATION;
    if (!doc->counts)
        return SMK_LEFT_NOT_COUNTING;
    if (smk_fold_is_withdrawn(doc))
        return SMK_LEFT_WITHDRAWN;
    if (is_interview && !has_consent(f, doc))
        return SMK_LEFT_NO_CONSENT;
    bool is_open = doc->scope->kind == SMK_SCOPE_PUB && !doc->scope->is_wit && !is_interview;
    if (is_public && (!is_open || !is_public_attachment(f, doc)))
        return SMK_LEFT_NOT_PUBLIC;
    return SMK_LEFT_OUT_WORDS;
}

static enum smk_left_out judge_act(const struct smk_fold_entry *act, bool is_public)
{
    if (act->reason != SMK_REASON_COUNTS)
        return SMK_LEFT_NOT_COUNTING;
    return is_public && act->log->scope.kind != SMK_SCOPE_PUB ? SMK_LEFT_NOT_PUBLIC : SMK_LEFT_OUT_WORDS;
}

static enum smk_err read_values(struct smk_export *x, const struct smk_table_type *type, const void *item,
                                struct smk_values *v)
{
    return type->is_act ? smk_values_of_act(v, type, item, x->is_public)
                        : smk_values_of_document(v, type, x->fold, item, x->is_public);
}

/* ---- rows ---- */

struct row_making {
    struct smk_export *x;
    const struct smk_export_table *table;
    struct smk_values values;
    struct smk_row_builder row;
    struct smk_cell_scratch scratch;
};

static void row_making_deinit(struct row_making *m)
{
    smk_values_deinit(&m->values);
    smk_row_deinit(&m->row);
    smk_cell_scratch_deinit(&m->scratch);
}

static bool put(struct row_making *m, size_t at, const struct smk_column *c, struct smk_bytes text)
{
    return smk_row_put(&m->row, at, smk_column_type(c), text);
}

static bool put_hex(struct row_making *m, size_t at, const struct smk_column *c, struct smk_bytes bytes)
{
    char hex[2 * SMK_ID_BYTES + 1];
    smk_hex_format(bytes, hex);
    return put(m, at, c, smk_bytes_of_text(hex));
}

static bool put_conflicts(struct row_making *m, size_t at, const struct smk_column *c)
{
    const struct smk_table_type *type = &m->table->type;
    char text[SMK_TYPE_FIELDS_MAX * 40] = "";
    size_t len = 0;
    for (size_t i = 0; i < type->field_count; i++)
        if (m->values.has_several[i] && len < sizeof text)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", len > 0 ? "; " : "",
                                    type->field[i]->name);
    return put(m, at, c, smk_bytes_of_text(text));
}

static bool put_fingerprint(struct row_making *m, size_t at, const struct smk_column *c)
{
    struct smk_fingerprint16 fingerprint;
    enum smk_err err = smk_fingerprint_of(&m->table->columns, m->values.value, &fingerprint);
    if (err != SMK_OK)
        m->row.flaw = err == SMK_ERR_NOMEM ? SMK_FILE_NO_MEMORY : SMK_FILE_ROW_TOO_LONG;
    return err == SMK_OK && put(m, at, c, smk_bytes_of_text(fingerprint.text));
}

/* "2026-11-22T07:02:11.250Z" */
static bool put_time(struct row_making *m, size_t at, const struct smk_column *c, uint64_t time)
{
    struct smk_instant instant;
    return put(m, at, c, smk_bytes_of_text(smk_instant_spell(smk_time_ms(time), &instant)));
}

static bool put_of(struct row_making *m, size_t at, const struct smk_column *c,
                   const struct smk_fold_entry *act)
{
    struct smk_bytes ref = smk_names_find(&m->x->names, m->table->type.kind, act->act.doc);
    return ref.len > 0 ? put(m, at, c, ref) : put_hex(m, at, c, SMK_BYTES(act->act.doc));
}

static bool put_of_document(struct row_making *m, size_t at, const struct smk_column *c,
                            const struct smk_fold_doc *doc)
{
    switch (c->role) {
    case SMK_COLUMN_DOC: return put_hex(m, at, c, SMK_BYTES(doc->id));
    case SMK_COLUMN_SCOPE: return put(m, at, c, smk_bytes_of_text(doc->scope->text));
    case SMK_COLUMN_FINGERPRINT: return put_fingerprint(m, at, c);
    case SMK_COLUMN_STATUS: return put(m, at, c, smk_bytes_of_text(smk_fold_status(doc)));
    case SMK_COLUMN_CONFLICTS: return put_conflicts(m, at, c);
    default: return true;
    }
}

static bool put_of_act(struct row_making *m, size_t at, const struct smk_column *c,
                       const struct smk_fold_entry *act)
{
    switch (c->role) {
    case SMK_COLUMN_ACT: return put(m, at, c, act->act.act);
    case SMK_COLUMN_OF: return put_of(m, at, c, act);
    case SMK_COLUMN_DOC: return put_hex(m, at, c, SMK_BYTES(act->act.doc));
    case SMK_COLUMN_ACT_ID: return put_hex(m, at, c, SMK_BYTES(act->act.id));
    case SMK_COLUMN_SCOPE: return put(m, at, c, smk_bytes_of_text(act->log->scope.text));
    case SMK_COLUMN_OFFICE: return put(m, at, c, act->act.office);
    case SMK_COLUMN_ORG: return put(m, at, c, smk_bytes_of_text(act->log->org.text));
    case SMK_COLUMN_TIME: return put_time(m, at, c, act->time);
    case SMK_COLUMN_RECORD: return put_hex(m, at, c, SMK_BYTES(act->id));
    case SMK_COLUMN_JUDGEMENT: return put(m, at, c, smk_bytes_of_text(smk_note_text(act->note)));
    default: return true;
    }
}

static bool put_cell(struct row_making *m, size_t at, const void *item)
{
    const struct smk_column *c = m->table->columns.at[at];
    const struct smk_namer namer = {smk_names_write, &m->x->names};
    if (c->role == SMK_COLUMN_FIELD)
        return smk_cell_put(&m->row, at, c, m->values.value[c->field_at], &namer, &m->scratch);
    return m->table->type.is_act ? put_of_act(m, at, c, item) : put_of_document(m, at, c, item);
}

/* OK, SMK_ERR_INVALID (it has no row), SMK_ERR_NOMEM */
static enum smk_err make_row(struct row_making *m, const void *item)
{
    enum smk_err err = read_values(m->x, &m->table->type, item, &m->values);
    smk_row_reset(&m->row);
    for (size_t i = 0; err == SMK_OK && i < m->table->columns.count; i++)
        if (!put_cell(m, i, item))
            err = m->row.flaw == SMK_FILE_NO_MEMORY ? SMK_ERR_NOMEM : SMK_ERR_INVALID;
    return err == SMK_OK || err == SMK_ERR_NOMEM ? err : SMK_ERR_INVALID;
}

enum smk_err smk_export_each(struct smk_export *x, const struct smk_export_table *t, smk_export_row_fn *fn,
                             void *ctx)
{
    SMK_CLEANUP(row_making_deinit)
    struct row_making m = {
        .x = x, .table = t, .values = SMK_VALUES, .row = SMK_ROW_BUILDER, .scratch = SMK_CELL_SCRATCH};
    enum smk_err err = SMK_OK;
    for (size_t i = 0; err == SMK_OK && i < t->count; i++) {
        err = make_row(&m, t->item[i]);
        SMK_ASSERT(err != SMK_ERR_INVALID); /* those are not among the items */
        if (err == SMK_OK) {
            struct smk_row row = smk_row_view(&m.row, i + 1);
            err = fn(ctx, row.cell, row.count);
        }
    }
    return err;
}

/* ---- tables ---- */

static void note_newest(struct smk_export *x, uint64_t time)
{
    if (smk_time_ms(time) > x->newest_ms)
        x->newest_ms = smk_time_ms(time);
}

/* Documents and acts of the type, without those that are kept out by what they are. */
static void list_items(struct smk_export *x, struct smk_export_table *t)
{
    struct smk_fold *f = x->fold;
    for (size_t i = 0; !t->type.is_act && i < smk_fold_doc_count(f); i++) {
        const struct smk_fold_doc *doc = smk_fold_doc_at(f, i);
        if (doc->kind != t->type.kind)
            continue;
        enum smk_left_out why = judge_document(f, doc, x->is_public);
        if (why == SMK_LEFT_OUT_WORDS)
            t->item[t->count++] = doc;
        else
            t->left_out[why]++;
    }
    for (size_t i = 0; t->type.is_act && i < smk_fold_entry_count(f); i++) {
        const struct smk_fold_entry *e = smk_fold_entry_at(f, i);
        if (!is_of_type(&t->type, e))
            continue;
        enum smk_left_out why = judge_act(e, x->is_public);
        if (why == SMK_LEFT_OUT_WORDS)
            t->item[t->count++] = e;
        else
            t->left_out[why]++;
    }
}

/* What a document says that its row does not. */
static void note_left_behind(struct smk_export_table *t, const struct smk_values *v,
                             const struct smk_fold_doc *doc)
{
    struct smk_bytes name[SMK_FOLD_NAMES_MAX];
    size_t count = smk_fold_names(doc, name);
    bool has_several = false, has_newer = false;
    for (size_t i = 0; i < t->type.field_count; i++)
        has_several = has_several || v->has_several[i];
    for (size_t i = 0; i < count; i++)
        has_newer = has_newer || smk_field_find(doc->kind->field, doc->kind->field_count, name[i]) == NULL;
    t->left_behind[SMK_LEFT_BEHIND_OTHER_VALUES] += has_several;
    t->left_behind[SMK_LEFT_BEHIND_NEWER_FIELDS] += has_newer;
}

/* Of each item the columns that it needs; one that has no row is left out. A row is tried once here, so that nothing can
 * go wrong with it later but the memory. */
static enum smk_err fit_columns(struct smk_export *x, struct smk_export_table *t)
{
    SMK_CLEANUP(row_making_deinit)
    struct row_making m = {
        .x = x, .table = t, .values = SMK_VALUES, .row = SMK_ROW_BUILDER, .scratch = SMK_CELL_SCRATCH};
    size_t kept = 0, count = t->count;
    for (size_t i = 0; i < count; i++) {
        enum smk_err err = read_values(x, &t->type, t->item[i], &m.values);
        if (err == SMK_OK)
            err = smk_columns_add(&t->columns, m.values.value);
        if (err == SMK_OK && kept == SMK_TABLE_ROWS_MAX - 1) /* and the first row */
            err = SMK_ERR_TOO_BIG_HERE;
        if (err == SMK_OK)
            err = make_row(&m, t->item[i]);
        if (err == SMK_ERR_NOMEM)
            return err;
        if (err == SMK_OK && !t->type.is_act)
            note_left_behind(t, &m.values, t->item[i]);
        if (err == SMK_OK)
            t->item[kept++] = t->item[i];
        else
            t->left_out[SMK_LEFT_UNFIT]++;
    }
    t->count = kept;
    return SMK_OK;
}

/* Documents by what people call them, acts by when they were done. */
struct sorting {
    const void *item;
    struct smk_bytes ref;
    uint64_t time;
    struct smk_bytes id;
    const struct smk_scope *scope;
};

static int compare_items(const void *a, const void *b)
{
    const struct sorting *left = a, *right = b;
    int order = smk_bytes_compare(left->ref, right->ref);
    if (order == 0 && left->time != right->time)
        order = left->time < right->time ? -1 : 1;
    if (order == 0)
        order = smk_bytes_compare(left->id, right->id);
    return order != 0 || left->scope == NULL ? order : smk_scope_compare(left->scope, right->scope);
}

static struct sorting sorting_of(struct smk_export *x, const struct smk_export_table *t, const void *item)
{
    const struct smk_fold_entry *act = item;
    const struct smk_fold_doc *doc = item;
    if (t->type.is_act)
        return (struct sorting){.item = item, .time = act->time, .id = SMK_BYTES(act->id)};
    return (struct sorting){.item = item,
                            .ref = smk_span_str(smk_fold_first(x->fold, doc, "ref")),
                            .id = SMK_BYTES(doc->id),
                            .scope = doc->scope};
}

static enum smk_err sort_items(struct smk_export *x, struct smk_export_table *t)
{
    struct sorting *row = smk_mem_array(t->count + 1, sizeof *row);
    const void **order = smk_mem_array(2 * t->count + 1, sizeof *order);
    enum smk_err err = row != NULL && order != NULL ? SMK_OK : SMK_ERR_NOMEM;
    for (size_t i = 0; err == SMK_OK && i < t->count; i++) {
        row[i] = sorting_of(x, t, t->item[i]);
        order[i] = &row[i];
    }
    if (err == SMK_OK)
        smk_order(order, order + t->count, t->count, compare_items);
    for (size_t i = 0; err == SMK_OK && i < t->count; i++)
        t->item[i] = ((const struct sorting *)order[i])->item;
    smk_mem_free(row);
    smk_mem_free(order);
    return err;
}

static enum smk_err make_table(struct smk_export *x, struct smk_export_table *t)
{
    size_t most = t->type.is_act ? smk_fold_entry_count(x->fold) : smk_fold_doc_count(x->fold);
    enum smk_err err = smk_columns_init(&t->columns, &t->type);
    t->item = smk_mem_array(most + 1, sizeof *t->item);
    if (err == SMK_OK && t->item == NULL)
        err = SMK_ERR_NOMEM;
    if (x->is_for_import)
        smk_columns_for_import(&t->columns);
    if (err == SMK_OK) {
        list_items(x, t);
        err = sort_items(x, t);
    }
    return err == SMK_OK ? fit_columns(x, t) : err;
}

static void note_times(struct smk_export *x)
{
    for (size_t i = 0; i < smk_fold_entry_count(x->fold); i++) {
        const struct smk_fold_entry *e = smk_fold_entry_at(x->fold, i);
        if (e->reason == SMK_REASON_COUNTS && (!x->is_public || e->log->scope.kind == SMK_SCOPE_PUB))
            note_newest(x, e->time);
    }
}

static void count_newer(struct smk_export *x)
{
    for (size_t i = 0; i < smk_fold_doc_count(x->fold); i++)
        x->newer_documents += smk_fold_doc_at(x->fold, i)->kind == NULL;
}

static void table_deinit(struct smk_export_table *t)
{
    smk_columns_deinit(&t->columns);
    smk_mem_free(t->item);
    *t = (struct smk_export_table){0};
}

/* A type of which nobody has anything is left out, unless it was asked for: then its columns are an empty form. For
 * everybody so is one of which nothing is published. */
static bool is_of_interest(const struct smk_export *x, const struct smk_export_table *t)
{
    uint64_t left = 0;
    if (t->type.is_act && x->is_for_import)
        return false;
    for (size_t i = 0; !x->is_public && i < SMK_LEFT_OUT_WORDS; i++)
        left += t->left_out[i];
    return t->count + left > 0;
}

enum smk_err smk_export_init(struct smk_export *ret_export, struct smk_fold *f,
                             const struct smk_export_options *options)
{
    struct smk_export *x = ret_export;
    size_t most = options->type != NULL ? options->type_count : smk_table_type_count();
    *x = (struct smk_export){
        .fold = f, .is_public = options->is_public, .is_for_import = options->is_for_import};
    enum smk_err err = smk_names_init(&x->names, f, options->is_public);
    x->table = smk_mem_array(most + 1, sizeof *x->table);
    if (err == SMK_OK && x->table == NULL)
        err = SMK_ERR_NOMEM;
    for (size_t i = 0; err == SMK_OK && i < most; i++) {
        struct smk_export_table *t = &x->table[x->count++];
        if (options->type != NULL)
            t->type = options->type[i];
        else
            smk_table_type_at(i, &t->type);
        err = make_table(x, t);
        if (err == SMK_OK && options->type == NULL && !is_of_interest(x, t)) {
            table_deinit(t);
            x->count--;
        }
    }
    if (err == SMK_OK) {
        note_times(x);
        count_newer(x);
    }
    return err;
}

void smk_export_deinit(struct smk_export *x)
{
    for (size_t i = 0; i < x->count; i++)
        table_deinit(&x->table[i]);
    smk_mem_free(x->table);
    smk_names_deinit(&x->names);
    *x = (struct smk_export){0};
}
