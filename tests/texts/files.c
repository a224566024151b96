/* Every text in every leaf through every form of table: what may stand in a record comes back byte by byte; what may not is
 * refused, whichever file brings it; and no file has a cell that begins a formula, or a line that a text has broken. */
#include "store/files/cells.h"
#include "store/files/csv.h"
#include "store/files/json.h"
#include "store/files/row_fields.h"
#include "store/files/xlsx.h"
#include "tests/support/tempdir.h"
#include "tests/texts/texts.h"

#include "proto/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

enum form { CSV, XLSX, JSON, FORMS };
static const char *const form_name[] = {"CSV", "XLSX", "JSON"};

/* A row that was written: which text in which leaf, and the fields that it stands for. */
struct written {
    const struct leaf *leaf;
    struct smk_bytes text;
    struct smk_buf fields; /* empty of a row that has the bare text in the leaf's own cell */
};

struct passing {
    const struct texts *texts;
    struct smk_table_type type;
    struct smk_columns columns;
    struct smk_column_head *head;
    struct smk_cell_scratch scratch;
    size_t count, room;
    struct written *row;
    bool is_bare;
    enum form form;
    /* reading */
    struct smk_head_row head_row;
    bool has_head;
    size_t at;
    uint64_t same[FORMS], refused[FORMS], own_words[FORMS];
};

static bool find_anything(void *ctx, const struct smk_field *rule, const char *name,
                          uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    (void)ctx;
    if (rule->type == SMK_FIELD_SLUG)
        return strcmp(name, "sec") == 0 || strcmp(name, "sec-editor") == 0;
    return smk_hex_parse(name, ret_id, SMK_DOC_ID_BYTES);
}

/* ---- what is written ---- */

static void add_columns(struct passing *p, const struct leaf *leaf)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf value = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_bytes values[SMK_TYPE_FIELDS_MAX] = {{0}};
    if (leaf->is_coded)
        return; /* its columns follow from the schema */
    leaf_pack(leaf, smk_bytes_of_text("x"), &value);
    for (size_t i = 0; i < p->type.field_count; i++)
        if (p->type.field[i] == leaf->field)
            values[i] = smk_buf_view(&value);
    SMK_ASSERT(smk_columns_add(&p->columns, values) == SMK_OK);
}

static void add_row(struct passing *p, const struct leaf *leaf, struct smk_bytes text, struct smk_bytes value)
{
    if (p->count == p->room) {
        p->room = p->room > 0 ? 2 * p->room : 1024;
        p->row = realloc(p->row, p->room * sizeof *p->row);
        SMK_ASSERT(p->row != NULL);
    }
    struct written *w = &p->row[p->count++];
    *w = (struct written){.leaf = leaf, .text = text, .fields = {.max = SMK_PAYLOAD_BYTES_MAX}};
    if (p->is_bare)
        return;
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs pairs = {0};
    smk_pack_raw(smk_pairs_open_text(&pairs, leaf->field->name), value);
    smk_pairs_close_into(&pairs, &w->fields);
    SMK_ASSERT(w->fields.err == SMK_OK);
}

/* Rows of fields: what fits. Bare rows: every text in every leaf. */
static void collect(struct passing *p, const struct leaf *leaf, size_t leaf_count)
{
    for (size_t i = 0; i < leaf_count; i++)
        if (strcmp(leaf[i].type.name, p->type.name) == 0)
            add_columns(p, &leaf[i]);
    for (size_t i = 0; i < leaf_count; i++) {
        if (strcmp(leaf[i].type.name, p->type.name) != 0)
            continue;
        for (size_t k = 0; k < p->texts->count; k++) {
            SMK_CLEANUP(smk_buf_deinit) struct smk_buf value = {.max = SMK_PAYLOAD_BYTES_MAX};
            leaf_pack(&leaf[i], p->texts->at[k], &value);
            SMK_ASSERT(value.err == SMK_OK);
            bool fits = !leaf[i].is_coded && leaf_fits(&leaf[i], smk_buf_view(&value));
            if (p->is_bare || fits)
                add_row(p, &leaf[i], p->texts->at[k], smk_buf_view(&value));
        }
    }
}

static void make_row(struct passing *p, const struct written *w, struct smk_row_builder *b)
{
    size_t own = 0;
    smk_row_reset(b);
    struct smk_bytes value = smk_span_find(smk_buf_view(&w->fields), w->leaf->field->name);
    for (size_t i = 0; i < p->columns.count; i++) {
        const struct smk_column *c = p->columns.at[i];
        own += leaf_is_column(w->leaf, c);
        if (p->is_bare && leaf_is_column(w->leaf, c))
            SMK_ASSERT(smk_row_put(b, i, SMK_CELL_TEXT, w->text));
        if (!p->is_bare && c->role == SMK_COLUMN_FIELD && c->field == w->leaf->field)
            SMK_ASSERT(smk_cell_put(b, i, c, value, &(struct smk_namer){0}, &p->scratch));
    }
    SMK_ASSERT(own == 1);
}

static void write_head(struct passing *p, struct smk_buf *b)
{
    struct smk_cell cell[SMK_TABLE_COLUMNS_MAX];
    for (size_t i = 0; i < p->columns.count; i++)
        cell[i] = (struct smk_cell){SMK_CELL_TEXT, smk_bytes_of_text(p->columns.at[i]->name)};
    smk_csv_write_row(b, cell, p->columns.count);
}

/* CSV and JSON into the buffer. */
static void write_text(struct passing *p, struct smk_buf *b)
{
    SMK_CLEANUP(smk_row_deinit) struct smk_row_builder row = SMK_ROW_BUILDER;
    if (p->form == CSV)
        write_head(p, b);
    else
        smk_buf_write(b, "{\"tables\": {\"t\": [\n", 19);
    for (size_t i = 0; i < p->count; i++) {
        make_row(p, &p->row[i], &row);
        struct smk_row r = smk_row_view(&row, i + 1);
        if (p->form == CSV) {
            smk_csv_write_row(b, r.cell, r.count);
            continue;
        }
        smk_json_write_row(b, p->head, r.cell, r.count);
        smk_buf_write(b, i + 1 < p->count ? ",\n" : "\n", i + 1 < p->count ? 2 : 1);
    }
    if (p->form == JSON)
        smk_buf_write(b, "]}}\n", 4);
    SMK_ASSERT(b->err == SMK_OK);
}

static void write_book(struct passing *p, const struct test_dir *dir, struct smk_buf *b)
{
    SMK_CLEANUP(smk_row_deinit) struct smk_row_builder row = SMK_ROW_BUILDER;
    struct smk_xlsx_writer w = {0};
    struct test_path path = test_dir_at(dir, "book.xlsx");
    SMK_ASSERT(smk_xlsx_create(&w, path.text, dir->path, 1) == SMK_OK);
    SMK_ASSERT(smk_xlsx_add_sheet(&w, "t", p->head, p->columns.count) == SMK_OK);
    for (size_t i = 0; i < p->count; i++) {
        make_row(p, &p->row[i], &row);
        struct smk_row r = smk_row_view(&row, i + 1);
        enum smk_err err = smk_xlsx_add_row(&w, r.cell, r.count);
        texts_check(err == SMK_OK, "no workbook takes it", p->row[i].leaf, p->row[i].text);
    }
    SMK_ASSERT(smk_xlsx_finish(&w) == SMK_OK);
    size_t size = test_file_bytes(path.text);
    FILE *file = fopen(path.text, "rb");
    uint8_t *bytes = malloc(size + 1);
    SMK_ASSERT(file != NULL && bytes != NULL && fread(bytes, 1, size, file) == size);
    (void)fclose(file);
    (void)remove(path.text);
    smk_buf_write(b, bytes, size);
    free(bytes);
    SMK_ASSERT(b->err == SMK_OK);
}

/* ---- what others would see in it ---- */

static bool begins_formula(char letter)
{
    return letter != '\0' && strchr("=+-@\t\r\n", letter) != NULL;
}

static void check_csv(struct smk_bytes text)
{
    bool is_quoted = false, is_begin = true;
    size_t lines = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = (char)text.data[i];
        if (is_begin && c == '"' && !is_quoted) {
            SMK_ASSERT(i + 1 < text.len && !begins_formula((char)text.data[i + 1]));
            is_quoted = true;
            is_begin = false;
            continue;
        }
        if (is_quoted) {
            is_quoted = c != '"' || (i + 1 < text.len && text.data[i + 1] == '"' && ++i > 0);
            continue;
        }
        if (is_begin && c != '\r' && c != '\n')
            SMK_ASSERT(!begins_formula(c));
        lines += c == '\n';
        is_begin = c == ',' || c == '\n';
    }
    SMK_ASSERT(!is_quoted && lines > 0);
}

static void check_json(struct smk_bytes text, size_t rows)
{
    size_t lines = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        lines += c == '\n';
        SMK_ASSERT(c >= ' ' || c == '\n');
        SMK_ASSERT(c != 0x7f);
        if (i + 2 < text.len)
            SMK_ASSERT(!(c == 0xe2 && text.data[i + 1] == 0x80 && (text.data[i + 2] & 0xfe) == 0xa8));
        if (i + 1 < text.len)
            SMK_ASSERT(!(c == 0xc2 && text.data[i + 1] < 0xa0));
    }
    SMK_ASSERT(lines == rows + 2);
}

/* No formula, and no link, in any part. */
static void check_book(struct smk_bytes file)
{
    zip_error_t error;
    zip_source_t *source = zip_source_buffer_create(file.data, file.len, 0, &error);
    zip_t *zip = zip_open_from_source(source, ZIP_RDONLY, &error);
    SMK_ASSERT(zip != NULL);
    for (zip_int64_t i = 0; i < zip_get_num_entries(zip, 0); i++) {
        zip_stat_t st;
        SMK_ASSERT(zip_stat_index(zip, (zip_uint64_t)i, 0, &st) == 0);
        char *part = malloc(st.size + 1);
        zip_file_t *open = zip_fopen_index(zip, (zip_uint64_t)i, 0);
        SMK_ASSERT(part != NULL && open != NULL && zip_fread(open, part, st.size) == (zip_int64_t)st.size);
        part[st.size] = '\0';
        SMK_ASSERT(strstr(part, "<f>") == NULL && strstr(part, "<f ") == NULL);
        SMK_ASSERT(strstr(part, "<hyperlink") == NULL && strstr(st.name, "externalLink") == NULL);
        (void)zip_fclose(open);
        free(part);
    }
    zip_discard(zip);
}

/* ---- reading it again ---- */

static void compare(struct passing *p, const struct written *w, enum smk_err err,
                    const struct smk_row_flaw *flaw, struct smk_bytes fields)
{
    struct smk_complaint complaint;
    if (!p->is_bare) {
        bool is_same = err == SMK_OK && smk_bytes_is_equal(fields, smk_buf_view(&w->fields));
        if (!is_same)
            (void)fprintf(stderr, "by way of %s: ", form_name[p->form]);
        texts_check(is_same, "it comes back otherwise", w->leaf, w->text);
        p->same[p->form]++;
        return;
    }
    bool is_refused = err != SMK_OK;
    texts_check(!is_refused || flaw->column[0] != '\0', "the refusal names no column", w->leaf, w->text);
    if (!is_refused)
        is_refused = !smk_schema_check(w->leaf->field, 1, fields, false, &complaint);
    struct smk_bytes value = smk_span_find(fields, w->leaf->field->name);
    bool is_list = (w->leaf->field->flags & SMK_FIELD_IS_LIST) != 0;
    if (is_refused) {
        p->refused[p->form]++;
    } else if (w->leaf->is_coded || is_list || value.len == 0) {
        p->own_words[p->form]++; /* the schema takes what was made of it: a code, items of a list, nothing */
    } else {
        SMK_CLEANUP(smk_buf_deinit) struct smk_buf whole = {.max = SMK_PAYLOAD_BYTES_MAX};
        leaf_pack(w->leaf, w->text, &whole);
        bool is_same = smk_bytes_is_equal(value, smk_buf_view(&whole));
        if (w->leaf->field->type == SMK_FIELD_NAME && !is_same) /* spaces around a name are nobody's */
            p->own_words[p->form]++;
        else
            texts_check(is_same, "what was taken is not what was typed", w->leaf, w->text);
        p->same[p->form] += is_same;
    }
}

static bool take_row(void *ctx, const struct smk_row *row)
{
    struct passing *p = ctx;
    size_t column;
    if (!p->has_head) {
        p->has_head = true;
        SMK_ASSERT(smk_head_row_init(&p->head_row, &p->type, row, &column) == SMK_HEAD_FINE);
        return true;
    }
    const struct smk_references references = {.find = find_anything};
    struct smk_row_fields f = SMK_ROW_FIELDS;
    struct smk_row_flaw flaw = {0};
    /* a row that says nothing is passed over by the reader: its number is the place of the others */
    size_t at = p->form == JSON ? row->number - 1 : p->at;
    while (p->is_bare && p->form != JSON && at < p->count && p->row[at].text.len == 0)
        at++;
    SMK_ASSERT(at < p->count);
    enum smk_err err = smk_row_fields_read(&f, &p->head_row, row, &references, &flaw);
    SMK_ASSERT(err == SMK_OK || err == SMK_ERR_INVALID);
    compare(p, &p->row[at], err, &flaw, smk_buf_view(&f.fields));
    p->at = at + 1;
    smk_row_fields_deinit(&f);
    return true;
}

static void pass(struct passing *p, const struct test_dir *dir)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf b = {.max = 512 * 1024 * 1024};
    struct smk_file_fault fault = {0};
    const struct smk_table_sink sink = {.row = take_row, .ctx = p};
    p->has_head = false;
    p->at = 0;
    if (p->form == XLSX)
        write_book(p, dir, &b);
    else
        write_text(p, &b);
    struct smk_bytes file = smk_buf_view(&b);
    if (p->form == CSV)
        check_csv(file);
    else if (p->form == JSON)
        check_json(file, p->count);
    else
        check_book(file);
    bool is_read = p->form == CSV    ? smk_csv_read(file, sink, &fault)
                   : p->form == XLSX ? smk_xlsx_read(file, sink, &fault)
                                     : smk_json_tables_read(file, sink, &fault);
    smk_head_row_deinit(&p->head_row);
    if (!is_read)
        (void)fprintf(stderr, "%s of %s: row %zu: %s\n", form_name[p->form], p->type.name, fault.row,
                      smk_file_flaw_code(fault.flaw));
    SMK_ASSERT(is_read);
    if (!p->is_bare)
        SMK_ASSERT(p->at == p->count);
}

/* ---- all of it ---- */

static void pass_type(struct passing *p, const struct leaf *leaf, size_t leaf_count,
                      const struct test_dir *dir)
{
    SMK_ASSERT(smk_columns_init(&p->columns, &p->type) == SMK_OK);
    collect(p, leaf, leaf_count);
    p->head = calloc(p->columns.count + 1, sizeof *p->head);
    SMK_ASSERT(p->head != NULL);
    for (size_t i = 0; i < p->columns.count; i++)
        p->head[i] = (struct smk_column_head){p->columns.at[i]->name, smk_column_type(p->columns.at[i])};
    for (p->form = CSV; p->form < FORMS; p->form++)
        pass(p, dir);
    for (size_t i = 0; i < p->count; i++)
        smk_buf_deinit(&p->row[i].fields);
    p->count = 0;
    free(p->head);
    smk_columns_deinit(&p->columns);
}

void texts_through_files(const struct texts *t)
{
    static struct leaf leaf[LEAVES_MAX];
    struct test_dir dir;
    test_dir_init(&dir);
    for (int of_acts = 0; of_acts < 2; of_acts++) {
        size_t leaf_count = leaves_find(of_acts == 1, leaf), coded = 0, types = 0;
        struct passing p = {.texts = t, .scratch = SMK_CELL_SCRATCH}, bare = p;
        bare.is_bare = true;
        for (size_t i = 0; i < leaf_count; i++)
            coded += leaf[i].is_coded;
        for (size_t i = 0; i < smk_table_type_count(); i++) {
            smk_table_type_at(i, &p.type);
            bare.type = p.type;
            if (p.type.is_act != (of_acts == 1))
                continue;
            types++;
            pass_type(&p, leaf, leaf_count, &dir);
            pass_type(&bare, leaf, leaf_count, &dir);
        }
        printf("%zu types of %s, %zu text leaves and %zu coded ones, %zu texts:\n", types,
               of_acts == 1 ? "acts" : "documents", leaf_count - coded, coded, t->count);
        for (enum form form = CSV; form < FORMS; form++)
            printf("  %-4s %" PRIu64 " values came back as they were; typed into cells: %" PRIu64
                   " taken as they are, %" PRIu64 " refused, %" PRIu64
                   " as a word of the schema, items or nothing\n",
                   form_name[form], p.same[form], bare.same[form], bare.refused[form], bare.own_words[form]);
        smk_cell_scratch_deinit(&p.scratch);
        smk_cell_scratch_deinit(&bare.scratch);
        free(p.row);
        free(bare.row);
    }
    test_dir_deinit(&dir);
}
