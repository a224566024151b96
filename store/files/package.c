#include "store/files/package.h"

#include "store/files/csv.h"
#include "store/files/dictionary.h"
#include "store/files/instant.h"
#include "store/files/json.h"
#include "store/files/map.h"
#include "store/files/places.h"

#include "proto/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char package_name[] = "datapackage.json", dictionary_name[] = "dictionary.csv",
                  places_name[] = "places.csv", map_name[] = "places.geojson";

enum { TEXT_BYTES_MAX = 4 * 1024 * 1024 };

bool smk_package_is_own_file(const char *name)
{
    return strcmp(name, package_name) == 0 || strcmp(name, dictionary_name) == 0 ||
           strcmp(name, places_name) == 0 || strcmp(name, map_name) == 0;
}

/* Text that is written as it grows. */
struct writing {
    struct smk_outbox *outbox;
    struct smk_buf text;
    enum smk_err err;
};

static void add(struct writing *w, const char *text)
{
    smk_buf_write_bytes(&w->text, smk_bytes_of_text(text));
}

static void add_json(struct writing *w, const char *text)
{
    smk_json_write_text(&w->text, smk_bytes_of_text(text));
}

__attribute__((format(printf, 2, 3))) static void add_format(struct writing *w, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments); /* numbers and hashes: they fit */
    va_end(arguments);
    add(w, text);
}

static enum smk_err hand_over(struct writing *w)
{
    if (w->err == SMK_OK)
        w->err = w->text.err;
    if (w->err == SMK_OK)
        w->err = smk_outbox_write(w->outbox, smk_buf_view(&w->text));
    smk_buf_reset(&w->text);
    return w->err;
}

static enum smk_err finish(struct writing *w)
{
    enum smk_err err = hand_over(w);
    if (err == SMK_OK)
        err = smk_outbox_close(w->outbox);
    smk_buf_deinit(&w->text);
    return err;
}

/* ---- dictionary ---- */

static enum smk_err write_cells(struct writing *w, const struct smk_bytes *text, size_t count)
{
    struct smk_cell cell[16];
    for (size_t i = 0; i < count; i++)
        cell[i] = (struct smk_cell){SMK_CELL_TEXT, text[i]};
    smk_csv_write_row(&w->text, cell, count);
    return hand_over(w);
}

/* table, column, type, required, label_km, label_en, khmer, note */
static enum smk_err write_word(struct writing *w, const struct smk_export_table *t,
                               const struct smk_column *c)
{
    enum { TYPE, KM, EN, NOTE, TEXTS };
    struct smk_buf text[TEXTS] = {{.max = 4096}, {.max = 4096}, {.max = 4096}, {.max = 4096}};
    smk_column_type_word(c, &text[TYPE]);
    smk_column_label(&t->type, c, SMK_KHMER, &text[KM]);
    smk_column_label(&t->type, c, SMK_ENGLISH, &text[EN]);
    smk_column_note(c, &text[NOTE]);
    const struct smk_bytes row[] = {smk_bytes_of_text(t->type.name),
                                    smk_bytes_of_text(c->name),
                                    smk_buf_view(&text[TYPE]),
                                    smk_bytes_of_text(smk_column_is_required(c) ? "yes" : "no"),
                                    smk_buf_view(&text[KM]),
                                    smk_buf_view(&text[EN]),
                                    smk_bytes_of_text(smk_khmer_word(smk_column_khmer(&t->type, c))),
                                    smk_buf_view(&text[NOTE])};
    enum smk_err err = write_cells(w, row, sizeof row / sizeof row[0]);
    for (size_t i = 0; i < TEXTS; i++) {
        if (text[i].err == SMK_ERR_NOMEM)
            err = SMK_ERR_NOMEM;
        smk_buf_deinit(&text[i]);
    }
    return err;
}

static enum smk_err write_dictionary(struct smk_export *x, struct smk_outbox *o)
{
    static const char *const head[] = {"table",    "column",   "type",  "required",
                                       "label_km", "label_en", "khmer", "note"};
    struct smk_bytes name[sizeof head / sizeof head[0]];
    struct writing w = {.outbox = o, .text = {.max = TEXT_BYTES_MAX}};
    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++)
        name[i] = smk_bytes_of_text(head[i]);
    w.err = smk_outbox_open(o, dictionary_name);
    if (w.err == SMK_OK)
        (void)write_cells(&w, name, sizeof head / sizeof head[0]); /* w.err */
    for (size_t i = 0; w.err == SMK_OK && i < x->count; i++)
        for (size_t k = 0; w.err == SMK_OK && k < x->table[i].columns.count; k++)
            w.err = write_word(&w, &x->table[i], x->table[i].columns.at[k]);
    return finish(&w);
}

/* ---- places ---- */

static enum smk_err write_place(void *ctx, const struct smk_cell *cell, size_t count)
{
    struct writing *w = ctx;
    smk_csv_write_row(&w->text, cell, count);
    return hand_over(w);
}

static enum smk_err write_places(const struct smk_places *p, const struct smk_column_head *head,
                                 struct smk_outbox *o)
{
    struct writing w = {.outbox = o, .text = {.max = TEXT_BYTES_MAX}};
    w.err = smk_outbox_open(o, places_name);
    for (size_t i = 0; i < p->column_count + 2; i++) {
        add(&w, i > 0 ? "," : "");
        add(&w, head[i].name);
    }
    add(&w, "\r\n");
    if (w.err == SMK_OK)
        w.err = smk_places_each(p, write_place, &w);
    return finish(&w);
}

struct map_writing {
    struct writing w;
    const struct smk_map *map;
    const struct smk_column_head *head;
    bool is_second;
};

static enum smk_err write_feature(void *ctx, const struct smk_cell *cell, size_t count)
{
    struct map_writing *m = ctx;
    char code[8] = "";
    memcpy(code, cell[0].text.data, cell[0].text.len); /* 2 or 4 digits */
    add(&m->w, m->is_second ? ",\n" : "\n");
    m->is_second = true;
    add(&m->w, "{\"type\":\"Feature\",\"id\":");
    add_json(&m->w, code);
    add(&m->w, ",\"properties\":");
    smk_json_write_row(&m->w.text, m->head, cell, count);
    add(&m->w, ",\"geometry\":");
    if (!smk_map_write(m->map, code, &m->w.text))
        return SMK_ERR_INVALID;
    add(&m->w, "}");
    return hand_over(&m->w);
}

static enum smk_err write_map(const struct smk_places *p, const struct smk_column_head *head,
                              struct smk_outbox *o)
{
    struct smk_map *map = NULL;
    struct map_writing m = {.w = {.outbox = o, .text = {.max = TEXT_BYTES_MAX}}, .head = head};
    m.w.err = smk_map_new(&map);
    m.map = map;
    if (m.w.err == SMK_OK)
        m.w.err = smk_outbox_open(o, map_name);
    add(&m.w, "{\"type\":\"FeatureCollection\",\n\"attribution\":");
    add_json(&m.w, smk_map_notice);
    add(&m.w, ",\n\"features\":[");
    if (m.w.err == SMK_OK)
        m.w.err = smk_places_each(p, write_feature, &m);
    add(&m.w, "]}\n");
    enum smk_err err = finish(&m.w);
    smk_map_free(map);
    return err;
}

static enum smk_err write_both(struct smk_export *x, struct smk_outbox *o, bool has_table, size_t *ret_rows)
{
    struct smk_places *p = smk_mem_new(sizeof *p);
    struct smk_column_head *head = NULL;
    enum smk_err err = p != NULL ? smk_places_init(p, x) : SMK_ERR_NOMEM;
    if (err == SMK_OK && (head = smk_places_heads(p)) == NULL)
        err = SMK_ERR_NOMEM;
    if (err == SMK_OK && has_table)
        err = write_places(p, head, o);
    if (err == SMK_OK)
        err = write_map(p, head, o);
    if (err == SMK_OK)
        *ret_rows = p->row_count;
    smk_mem_free(head);
    if (p != NULL)
        smk_places_deinit(p);
    smk_mem_free(p);
    return err;
}

enum smk_err smk_package_write_places(struct smk_export *x, struct smk_outbox *o)
{
    size_t rows;
    return write_both(x, o, false, &rows);
}

/* ---- datapackage.json ---- */

/* Table Schema knows no dates that are partly known, and an amount is only exact as text: both are strings there. */
static void write_constraints(struct writing *w, const struct smk_export_table *t, const struct smk_column *c)
{
    const struct smk_field *rule = c->role == SMK_COLUMN_FIELD ? smk_column_rule(c) : NULL;
    bool is_list = c->role == SMK_COLUMN_FIELD && (c->field->flags & SMK_FIELD_IS_LIST) != 0;
    const char *gap = "";
    add(w, ", \"constraints\": {");
    if (!t->type.is_act && smk_column_is_required(c)) {
        add(w, "\"required\": true");
        gap = ", ";
    }
    if (rule != NULL && !is_list && rule->type == SMK_FIELD_DATE) {
        add(w, gap);
        add(w, "\"pattern\": \"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?\"");
    }
    if (rule != NULL && !is_list && rule->type == SMK_FIELD_TALLY)
        add_format(w, "%s\"minimum\": 0", gap);
    if (rule != NULL && !is_list && rule->type == SMK_FIELD_CHOICE) {
        add_format(w, "%s\"enum\": [", gap);
        for (size_t i = 0; rule->choices[i] != NULL; i++) {
            add(w, i > 0 ? ", " : "");
            add_json(w, rule->choices[i]);
        }
        add(w, "]");
    }
    add(w, "}");
}

static void write_label(struct writing *w, const char *key, const struct smk_buf *label)
{
    add(w, ", ");
    add_json(w, key);
    add(w, ": ");
    smk_json_write_text(&w->text, smk_buf_view(label));
    if (label->err == SMK_ERR_NOMEM)
        w->err = SMK_ERR_NOMEM;
}

static void write_field(struct writing *w, const struct smk_export_table *t, const struct smk_column *c)
{
    enum { EN, KM, NOTE, TEXTS };
    struct smk_buf text[TEXTS] = {{.max = 4096}, {.max = 4096}, {.max = 4096}};
    smk_column_label(&t->type, c, SMK_ENGLISH, &text[EN]);
    smk_column_label(&t->type, c, SMK_KHMER, &text[KM]);
    smk_column_note(c, &text[NOTE]);
    add(w, "{\"name\": ");
    add_json(w, c->name);
    add_format(w, ", \"type\": \"%s\"", smk_column_type(c) == SMK_CELL_INTEGER ? "integer" : "string");
    write_label(w, "title", &text[EN]);
    write_label(w, "title_km", &text[KM]);
    write_label(w, "description", &text[NOTE]);
    write_constraints(w, t, c);
    add(w, "}");
    for (size_t i = 0; i < TEXTS; i++)
        smk_buf_deinit(&text[i]);
}

static void write_file(struct writing *w, const struct smk_outbox_file *file, const char *format,
                       const char *media)
{
    char hash[2 * SMK_HASH_BYTES + 1];
    bool is_map = strcmp(file->name, map_name) == 0; /* no two resources may have one name */
    smk_hex_format(SMK_BYTES(file->sha256), hash);
    add_format(w, "{\"name\": \"%.*s%s\"", (int)strcspn(file->name, "."), file->name, is_map ? "-map" : "");
    add(w, ", \"path\": ");
    add_json(w, file->name);
    add_format(w, ", \"format\": \"%s\", \"mediatype\": \"%s\", \"encoding\": \"utf-8\"", format, media);
    add_format(w, ", \"bytes\": %llu, \"hash\": \"sha256:%s\"", (unsigned long long)file->bytes, hash);
}

/* How much is not published is not for everybody either. */
static void write_left_out(struct writing *w, const struct smk_export_table *t, bool is_public)
{
    const char *gap = "";
    add_format(w, ", \"rows\": %zu", t->count);
    if (is_public)
        return;
    add(w, ", \"left_out\": {");
    for (size_t i = 0; i < SMK_LEFT_OUT_WORDS; i++) {
        if (t->left_out[i] == 0)
            continue;
        add_format(w, "%s\"%s\": %llu", gap, smk_left_out_code((enum smk_left_out)i),
                   (unsigned long long)t->left_out[i]);
        gap = ", ";
    }
    add(w, "}");
}

static enum smk_err write_resource(struct writing *w, const struct smk_export_table *t,
                                   const struct smk_outbox_file *file, bool is_public)
{
    write_file(w, file, "csv", "text/csv");
    add(w, ", \"profile\": \"tabular-data-resource\"");
    write_left_out(w, t, is_public);
    add(w, ",\n \"schema\": {\"missingValues\": [\"\", \"unknown\", \"*\"], \"primaryKey\": ");
    add(w, t->type.is_act ? "[\"record\"]" : "[\"doc\", \"scope\"]");
    add(w, ", \"fields\": [");
    for (size_t i = 0; w->err == SMK_OK && i < t->columns.count; i++) {
        add(w, i > 0 ? ",\n  " : "\n  ");
        write_field(w, t, t->columns.at[i]);
        (void)hand_over(w); /* w->err */
    }
    add(w, "]}}");
    return hand_over(w);
}

/* Files of a package that are no tables of documents or acts. */
static enum smk_err write_other(struct writing *w, const struct smk_outbox_file *file, size_t place_count)
{
    bool is_map = strcmp(file->name, map_name) == 0;
    write_file(w, file, is_map ? "geojson" : "csv", is_map ? "application/geo+json" : "text/csv");
    if (strcmp(file->name, dictionary_name) != 0)
        add_format(w, ", \"rows\": %zu", place_count);
    if (is_map) {
        add(w, ",\n \"sources\": [{\"title\": ");
        add_json(w, smk_map_source);
        add(w, "}], \"licenses\": [{\"name\": ");
        add_json(w, smk_map_licence);
        add(w, "}], \"description\": ");
        add_json(w, smk_map_notice);
    }
    add(w, "}");
    return hand_over(w);
}

static void write_head(struct writing *w, const struct smk_export *x, const struct smk_export_target *target)
{
    char coalition[2 * SMK_ID_BYTES + 1];
    struct smk_instant now, newest;
    smk_hex_format((struct smk_bytes){smk_fold_coalition(x->fold), SMK_ID_BYTES}, coalition);
    add(w, "{\"profile\": \"tabular-data-package\", \"name\": \"samaki-export\", \"title\": ");
    add_json(w, target->title);
    add_format(w, ",\n\"created\": \"%s\", \"coalition\": \"%s\", \"newest_record\": \"%s\", \"public\": %s",
               smk_instant_spell(target->now_ms, &now), coalition, smk_instant_spell(x->newest_ms, &newest),
               x->is_public ? "true" : "false");
    add(w, ",\n\"description\": ");
    add_json(
        w,
        x->is_public
            ? "Published documents and acts. Numbers of 1 to 4 people are withheld, and those by which they "
              "could be found: they stand as '*'. Lists in one cell are joined by '; '."
            : "Documents and acts that this node holds; not for publication. Lists in one cell are joined by "
              "'; '.");
    add(w, ",\n\"resources\": [");
}

static enum smk_err write_package(struct smk_export *x, const struct smk_export_target *target,
                                  struct smk_outbox *o, size_t place_count)
{
    struct writing w = {.outbox = o, .text = {.max = TEXT_BYTES_MAX}};
    size_t count = o->count; /* without this file */
    w.err = smk_outbox_open(o, package_name);
    write_head(&w, x, target);
    for (size_t i = 0; w.err == SMK_OK && i < count; i++) {
        add(&w, i > 0 ? ",\n" : "\n");
        w.err = i < x->count ? write_resource(&w, &x->table[i], &o->file[i], x->is_public)
                             : write_other(&w, &o->file[i], place_count);
    }
    add(&w, "]}\n");
    return finish(&w);
}

enum smk_err smk_package_write(struct smk_export *x, const struct smk_export_target *target,
                               struct smk_outbox *o)
{
    bool is_whole = target->form == SMK_FORM_PACKAGE;
    size_t place_count = 0;
    enum smk_err err = SMK_OK;
    for (size_t i = 0; err == SMK_OK && i < x->count; i++) {
        char name[SMK_TYPE_NAME_MAX + 8];
        (void)snprintf(name, sizeof name, "%s.csv", x->table[i].type.name);
        err = smk_export_csv(x, &x->table[i], target->has_mark, name, o);
    }
    if (err == SMK_OK && is_whole)
        err = write_dictionary(x, o);
    if (err == SMK_OK && is_whole)
        err = write_both(x, o, true, &place_count);
    return err == SMK_OK ? write_package(x, target, o, place_count) : err;
}
