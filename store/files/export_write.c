#include "store/files/export_write.h"

#include "store/files/csv.h"
#include "store/files/json.h"
#include "store/files/package.h"
#include "store/files/xlsx.h"
#include "store/files/xlsx_zip.h"

#include "proto/mem.h"

#include <stdio.h>
#include <string.h>

enum {
    ROW_TEXT_BYTES_MAX = 2 * SMK_TABLE_ROW_BYTES_MAX + SMK_TABLE_COLUMNS_MAX * (SMK_COLUMN_NAME_MAX + 16)
};

bool smk_export_form_find(const char *word, enum smk_export_form *ret_form)
{
    static const char *const name[SMK_FORMS] = {"csv", "xlsx", "json", "package", "geojson"};
    for (size_t i = 0; i < SMK_FORMS; i++)
        if (strcmp(word, name[i]) == 0) {
            *ret_form = (enum smk_export_form)i;
            return true;
        }
    return false;
}

struct smk_column_head *smk_export_heads(const struct smk_export_table *t)
{
    struct smk_column_head *head = smk_mem_array(t->columns.count + 1, sizeof *head);
    for (size_t i = 0; head != NULL && i < t->columns.count; i++)
        head[i] = (struct smk_column_head){t->columns.at[i]->name, smk_column_type(t->columns.at[i])};
    return head;
}

/* ---- CSV and JSON: a row is a piece of text ---- */

struct text_writing {
    struct smk_outbox *outbox;
    struct smk_buf text;
    struct smk_column_head *head;
    bool is_second;
};

static enum smk_err hand_over(struct text_writing *w)
{
    enum smk_err err = w->text.err;
    if (err == SMK_OK)
        err = smk_outbox_write(w->outbox, smk_buf_view(&w->text));
    smk_buf_reset(&w->text);
    return err;
}

static enum smk_err write_csv_row(void *ctx, const struct smk_cell *cell, size_t count)
{
    struct text_writing *w = ctx;
    smk_csv_write_row(&w->text, cell, count);
    return hand_over(w);
}

static enum smk_err write_csv_head(struct text_writing *w, size_t count)
{
    struct smk_cell *cell = smk_mem_array(count + 1, sizeof *cell);
    if (cell == NULL)
        return SMK_ERR_NOMEM;
    for (size_t i = 0; i < count; i++)
        cell[i] = (struct smk_cell){SMK_CELL_TEXT, smk_bytes_of_text(w->head[i].name)};
    enum smk_err err = write_csv_row(w, cell, count);
    smk_mem_free(cell);
    return err;
}

enum smk_err smk_export_csv(struct smk_export *x, const struct smk_export_table *t, bool has_mark,
                            const char *name, struct smk_outbox *o)
{
    struct text_writing w = {.outbox = o, .text = {.max = ROW_TEXT_BYTES_MAX}, .head = smk_export_heads(t)};
    enum smk_err err = w.head != NULL ? smk_outbox_open(o, name) : SMK_ERR_NOMEM;
    if (err == SMK_OK && has_mark)
        smk_csv_write_mark(&w.text);
    if (err == SMK_OK)
        err = write_csv_head(&w, t->columns.count);
    if (err == SMK_OK)
        err = smk_export_each(x, t, write_csv_row, &w);
    if (err == SMK_OK)
        err = smk_outbox_close(o);
    smk_buf_deinit(&w.text);
    smk_mem_free(w.head);
    return err;
}

static enum smk_err write_json_row(void *ctx, const struct smk_cell *cell, size_t count)
{
    struct text_writing *w = ctx;
    smk_buf_write_bytes(&w->text, smk_bytes_of_text(w->is_second ? ",\n" : "\n"));
    w->is_second = true;
    smk_json_write_row(&w->text, w->head, cell, count);
    return hand_over(w);
}

static enum smk_err write_json_table(struct smk_export *x, const struct smk_export_table *t, bool is_first,
                                     struct text_writing *w)
{
    w->head = smk_export_heads(t);
    w->is_second = false;
    if (w->head == NULL)
        return SMK_ERR_NOMEM;
    smk_buf_write_bytes(&w->text, smk_bytes_of_text(is_first ? "\n" : ",\n"));
    smk_json_write_text(&w->text, smk_bytes_of_text(t->type.name));
    smk_buf_write(&w->text, ": [", 3);
    enum smk_err err = smk_export_each(x, t, write_json_row, w);
    smk_buf_write_u8(&w->text, ']');
    smk_mem_free(w->head);
    return err;
}

/* The manifest: how many rows each table has. */
static void write_json_counts(const struct smk_export *x, struct smk_buf *b)
{
    char number[32];
    smk_buf_write_bytes(b, smk_bytes_of_text("},\n\"rows\": {"));
    for (size_t i = 0; i < x->count; i++) {
        if (i > 0)
            smk_buf_write(b, ", ", 2);
        smk_json_write_text(b, smk_bytes_of_text(x->table[i].type.name));
        (void)snprintf(number, sizeof number, ": %zu", x->table[i].count);
        smk_buf_write_bytes(b, smk_bytes_of_text(number));
    }
    smk_buf_write_bytes(b, smk_bytes_of_text("}}\n"));
}

static enum smk_err write_json(struct smk_export *x, struct smk_outbox *o)
{
    struct text_writing w = {.outbox = o, .text = {.max = ROW_TEXT_BYTES_MAX}};
    enum smk_err err = smk_outbox_open(o, "tables.json");
    smk_buf_write_bytes(&w.text, smk_bytes_of_text("{\"format\": \"samaki tables 1\",\n\"tables\": {"));
    for (size_t i = 0; err == SMK_OK && i < x->count; i++)
        err = write_json_table(x, &x->table[i], i == 0, &w);
    write_json_counts(x, &w.text);
    if (err == SMK_OK)
        err = hand_over(&w);
    if (err == SMK_OK)
        err = smk_outbox_close(o);
    smk_buf_deinit(&w.text);
    return err;
}

/* ---- XLSX: written, then read again and compared ---- */

struct digest {
    struct smk_sha256 hash;
    size_t sheets, rows;
};

static void digest_text(struct digest *d, size_t place, struct smk_bytes text)
{
    const uint8_t number[2] = {(uint8_t)(place >> 8), (uint8_t)place}, end = 0;
    smk_sha256_add(&d->hash, SMK_BYTES(number));
    smk_sha256_add(&d->hash, text);
    smk_sha256_add(&d->hash, (struct smk_bytes){&end, 1});
}

static void digest_row(struct digest *d, const struct smk_cell *cell, size_t count)
{
    d->rows++;
    for (size_t i = 0; i < count; i++)
        if (cell[i].text.len > 0)
            digest_text(d, i, cell[i].text);
    digest_text(d, SMK_TABLE_COLUMNS_MAX, (struct smk_bytes){0});
}

static bool digest_read_sheet(void *ctx, struct smk_bytes name)
{
    struct digest *d = ctx;
    d->sheets++;
    digest_text(d, SMK_TABLE_COLUMNS_MAX + 1, name);
    return true;
}

static bool digest_read_row(void *ctx, const struct smk_row *row)
{
    digest_row(ctx, row->cell, row->count);
    return true;
}

struct book_writing {
    struct smk_xlsx_writer writer;
    struct digest written;
    const struct smk_export_table *table;
    struct smk_export_misfit *misfit;
    size_t row;
};

static void note_misfit(struct book_writing *w)
{
    size_t column = w->writer.fault_column;
    w->misfit->table = w->table->type.name;
    w->misfit->row = w->row;
    w->misfit->column = column > 0 ? w->table->columns.at[column - 1]->name : NULL;
}

static enum smk_err write_book_row(void *ctx, const struct smk_cell *cell, size_t count)
{
    struct book_writing *w = ctx;
    w->row++;
    digest_row(&w->written, cell, count);
    enum smk_err err = smk_xlsx_add_row(&w->writer, cell, count);
    if (err == SMK_ERR_TOO_BIG_HERE)
        note_misfit(w);
    return err;
}

static enum smk_err write_book_table(struct smk_export *x, struct book_writing *w,
                                     const struct smk_export_table *t)
{
    char name[SMK_TYPE_NAME_MAX + 8];
    struct smk_column_head *head = smk_export_heads(t);
    enum smk_err err = head != NULL ? SMK_OK : SMK_ERR_NOMEM;
    w->table = t;
    w->row = 0;
    if (err == SMK_OK)
        err = smk_xlsx_add_sheet(&w->writer, t->type.name, head, t->columns.count);
    if (err == SMK_OK) {
        (void)digest_read_sheet(&w->written, smk_bytes_of_text(t->type.name));
        w->written.rows++;
        for (size_t i = 0; i < t->columns.count; i++)
            digest_text(&w->written, i, smk_bytes_of_text(head[i].name));
        digest_text(&w->written, SMK_TABLE_COLUMNS_MAX, (struct smk_bytes){0});
        err = smk_export_each(x, t, write_book_row, w);
    }
    smk_mem_free(head);
    (void)snprintf(name, sizeof name, "rows %s", t->type.name);
    return err == SMK_OK ? smk_xlsx_set_property(&w->writer, name, t->count) : err;
}

/* What was meant, and what stands in the file: the library does not notice each failed write. */
static enum smk_err compare(struct digest *written, struct smk_bytes file, struct smk_export_misfit *misfit)
{
    struct digest read = {0};
    struct smk_file_fault fault;
    uint8_t meant[SMK_HASH_BYTES], there[SMK_HASH_BYTES];
    smk_sha256_init(&read.hash);
    struct smk_table_sink sink = {digest_read_sheet, digest_read_row, &read};
    bool is_read = smk_xlsx_read(file, sink, &fault);
    if (is_read)
        fault.flaw = smk_xlsx_find_torn(file);
    if (fault.flaw != SMK_FILE_NONE) {
        misfit->row = fault.row;
        bool is_large = fault.flaw == SMK_FILE_PART_TOO_LARGE || fault.flaw == SMK_FILE_BOMB;
        return fault.flaw == SMK_FILE_NO_MEMORY ? SMK_ERR_NOMEM
               : is_large                       ? SMK_ERR_TOO_BIG_HERE
                                                : SMK_ERR_IO;
    }
    smk_sha256_finish(&written->hash, meant);
    smk_sha256_finish(&read.hash, there);
    bool is_same = read.sheets == written->sheets && read.rows == written->rows &&
                   memcmp(meant, there, sizeof meant) == 0;
    return is_same ? SMK_OK : SMK_ERR_IO;
}

static enum smk_err write_book(struct smk_export *x, struct smk_outbox *o, struct smk_export_misfit *misfit)
{
    static const char name[] = "tables.xlsx";
    char path[SMK_OUTBOX_PATH_MAX];
    struct book_writing w = {.misfit = misfit};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf file = {0};
    smk_sha256_init(&w.written.hash);
    if (!smk_outbox_path(o, name, path))
        return SMK_ERR_TOO_BIG_HERE;
    enum smk_err err = smk_xlsx_create(&w.writer, path, o->folder, x->newest_ms / 1000);
    for (size_t i = 0; err == SMK_OK && i < x->count; i++)
        err = write_book_table(x, &w, &x->table[i]);
    if (err == SMK_OK)
        err = smk_xlsx_finish(&w.writer);
    else
        smk_xlsx_abort(&w.writer);
    if (err == SMK_OK)
        err = smk_outbox_adopt(o, name, 2 * SMK_ZIP_ALL_BYTES_MAX, &file);
    return err == SMK_OK ? compare(&w.written, smk_buf_view(&file), misfit) : err;
}

/* ---- all of them ---- */

static bool is_known_file(const char *name)
{
    struct smk_table_type type;
    const char *end = strstr(name, ".csv");
    if (smk_package_is_own_file(name))
        return true;
    return end != NULL && strcmp(end, ".csv") == 0 &&
           smk_table_type_find((struct smk_bytes){(const uint8_t *)name, (size_t)(end - name)}, &type);
}

static enum smk_err write_form(struct smk_export *x, const struct smk_export_target *target,
                               struct smk_outbox *o, struct smk_export_misfit *misfit)
{
    switch (target->form) {
    case SMK_FORM_CSV:
        return o->is_folder ? smk_package_write(x, target, o)
                            : smk_export_csv(x, &x->table[0], target->has_mark, "table.csv", o);
    case SMK_FORM_XLSX: return write_book(x, o, misfit);
    case SMK_FORM_JSON: return write_json(x, o);
    case SMK_FORM_PACKAGE: return smk_package_write(x, target, o);
    case SMK_FORM_GEOJSON: return smk_package_write_places(x, o);
    case SMK_FORMS: break;
    }
    return SMK_ERR_INVALID;
}

enum smk_err smk_export_write(struct smk_export *x, const struct smk_export_target *target,
                              struct smk_export_misfit *ret_misfit)
{
    struct smk_outbox *o = smk_mem_new(sizeof *o);
    bool is_folder = target->form == SMK_FORM_PACKAGE || (target->form == SMK_FORM_CSV && x->count != 1);
    *ret_misfit = (struct smk_export_misfit){0};
    if (o == NULL)
        return SMK_ERR_NOMEM;
    enum smk_err err = smk_outbox_begin(o, target->path, is_folder, target->replaces, is_known_file);
    if (err == SMK_OK)
        err = write_form(x, target, o, ret_misfit);
    if (err == SMK_OK)
        err = smk_outbox_commit(o);
    smk_outbox_abort(o);
    smk_mem_free(o);
    return err;
}
