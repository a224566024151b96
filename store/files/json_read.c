#include "store/files/json.h"

#include "store/files/number.h"

#include "proto/mem.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* The outer forms are read here, so that of a long list one row at a time is in memory. */
struct json_reading {
    struct smk_bytes text;
    size_t at;
    struct smk_table_sink sink;
    struct smk_file_fault fault;
    struct smk_row_builder row;
    struct smk_buf names; /* of the columns of this sheet, each with a zero byte behind it */
    size_t count;
    size_t *place;  /* where each begins; SMK_TABLE_COLUMNS_MAX of them */
    json_t *number; /* of a name among them */
};

static bool fail(struct json_reading *r, enum smk_file_flaw flaw)
{
    if (r->fault.flaw == SMK_FILE_NONE)
        r->fault.flaw = flaw;
    return false;
}

/* ---- the outer forms ---- */

static void skip_space(struct json_reading *r)
{
    while (r->at < r->text.len && r->text.data[r->at] != 0 && strchr(" \t\r\n", r->text.data[r->at]) != NULL)
        r->at++;
}

static bool take(struct json_reading *r, char letter)
{
    skip_space(r);
    if (r->at == r->text.len || r->text.data[r->at] != (uint8_t)letter)
        return false;
    r->at++;
    return true;
}

/* The next value, whatever it is. GIVES; NULL after having said why. */
static json_t *take_value(struct json_reading *r)
{
    static const size_t flags = JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY;
    json_error_t error;
    skip_space(r);
    json_t *value = json_loadb((const char *)r->text.data + r->at, r->text.len - r->at, flags, &error);
    if (value == NULL)
        (void)fail(r, json_error_code(&error) == json_error_out_of_memory ? SMK_FILE_NO_MEMORY
                                                                          : SMK_FILE_BAD_JSON);
    else
        r->at += (size_t)error.position;
    return value;
}

typedef bool item_fn(struct json_reading *r, void *ctx);

/* "[" and values, or "{" and members, up to the closing sign. */
static bool each(struct json_reading *r, char close, item_fn *fn, void *ctx)
{
    if (take(r, close))
        return true;
    do {
        if (!fn(r, ctx))
            return false;
    } while (take(r, ','));
    return take(r, close) || fail(r, SMK_FILE_BAD_JSON);
}

/* ---- columns ---- */

static const char *name_of(const struct json_reading *r, size_t column)
{
    return (const char *)r->names.data + r->place[column];
}

static bool add_column(struct json_reading *r, const char *name)
{
    if (r->count == SMK_TABLE_COLUMNS_MAX)
        return fail(r, SMK_FILE_TOO_MANY_COLUMNS);
    if (json_object_set_new(r->number, name, json_integer((json_int_t)r->count)) != 0)
        return fail(r, SMK_FILE_NO_MEMORY);
    r->place[r->count++] = r->names.len;
    smk_buf_write(&r->names, name, strlen(name) + 1);
    return r->names.err == SMK_OK ||
           fail(r, r->names.err == SMK_ERR_NOMEM ? SMK_FILE_NO_MEMORY : SMK_FILE_ROW_TOO_LONG);
}

static bool add_columns(struct json_reading *r, json_t *object)
{
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        if (json_object_get(r->number, name) == NULL && !add_column(r, name))
            return false;
    }
    return true;
}

/* ---- rows ---- */

static bool hand_over(struct json_reading *r)
{
    struct smk_row row = smk_row_view(&r->row, r->fault.row);
    if (!r->sink.row(r->sink.ctx, &row))
        return fail(r, SMK_FILE_STOPPED);
    smk_row_reset(&r->row);
    return true;
}

static bool put(struct json_reading *r, size_t column, enum smk_cell_type type, const char *text, size_t len)
{
    if (smk_row_put(&r->row, column, type, (struct smk_bytes){(const uint8_t *)text, len}))
        return true;
    r->fault.column = column + 1;
    return fail(r, r->row.flaw);
}

static bool put_value(struct json_reading *r, size_t column, const json_t *value)
{
    char digits[64];
    struct smk_number number;
    switch (json_typeof(value)) {
    case JSON_STRING:
        return put(r, column, SMK_CELL_TEXT, json_string_value(value), json_string_length(value));
    case JSON_INTEGER:
        (void)snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return put(r, column, SMK_CELL_INTEGER, digits, strlen(digits));
    case JSON_REAL: /* what was meant, as with spreadsheets */
        (void)snprintf(digits, sizeof digits, "%.17g", json_real_value(value));
        if (!smk_number_read(smk_bytes_of_text(digits), 0, &number))
            return put(r, column, SMK_CELL_TEXT, digits, strlen(digits));
        return put(r, column, number.is_integer ? SMK_CELL_INTEGER : SMK_CELL_DECIMAL, number.text,
                   strlen(number.text));
    case JSON_TRUE: return put(r, column, SMK_CELL_BOOLEAN, "true", 4);
    case JSON_FALSE: return put(r, column, SMK_CELL_BOOLEAN, "false", 5);
    case JSON_NULL: return put(r, column, SMK_CELL_UNKNOWN, "unknown", 7);
    case JSON_OBJECT:
    case JSON_ARRAY: break;
    }
    r->fault.column = column + 1;
    return fail(r, SMK_FILE_BAD_SHAPE);
}

/* The cells in the order of the columns, whatever order the row has them in. */
static bool put_object(struct json_reading *r, json_t *object)
{
    smk_row_reset(&r->row); /* of one before it that was blank */
    for (size_t i = 0; i < r->count; i++) {
        const json_t *value = json_object_get(object, name_of(r, i));
        if (value != NULL && !put_value(r, i, value))
            return false;
    }
    return smk_row_is_blank(&r->row) || hand_over(r);
}

static bool read_row(struct json_reading *r, void *ctx)
{
    const bool *is_second = ctx;
    if (r->fault.row++ == SMK_TABLE_ROWS_MAX)
        return fail(r, SMK_FILE_TOO_MANY_ROWS);
    json_t *object = take_value(r);
    if (object == NULL)
        return false;
    bool is_good = json_is_object(object) || fail(r, SMK_FILE_BAD_SHAPE);
    if (is_good)
        is_good = *is_second ? put_object(r, object) : add_columns(r, object);
    json_decref(object);
    return is_good;
}

/* ---- sheets ---- */

/* Twice: first the names of all columns, then the rows. */
static bool read_sheet(struct json_reading *r, struct smk_bytes name)
{
    bool is_second = false;
    bool is_wanted = r->sink.sheet == NULL || r->sink.sheet(r->sink.ctx, name);
    if (name.len > 0)
        memcpy(r->fault.sheet, name.data, name.len);
    r->fault.sheet[name.len] = '\0';
    smk_buf_reset(&r->names);
    (void)json_object_clear(r->number); /* it is one */
    r->count = 0;
    size_t begin = r->at;
    r->fault.row = 0;
    if (!each(r, ']', read_row, &is_second))
        return false;
    r->fault.row = 0;
    if (!is_wanted || r->count == 0)
        return true;
    for (size_t i = 0; i < r->count; i++)
        if (!put(r, i, SMK_CELL_TEXT, name_of(r, i), strlen(name_of(r, i))))
            return false;
    if (!smk_row_is_blank(&r->row) && !hand_over(r))
        return false;
    is_second = true;
    r->at = begin;
    return each(r, ']', read_row, &is_second);
}

/* "name": ; GIVES the name. */
static json_t *take_name(struct json_reading *r)
{
    json_t *name = take_value(r);
    if (name == NULL)
        return NULL;
    if (json_is_string(name) && json_string_length(name) <= SMK_SHEET_NAME_BYTES_MAX &&
        strlen(json_string_value(name)) == json_string_length(name) && take(r, ':'))
        return name;
    json_decref(name);
    (void)fail(r, SMK_FILE_BAD_SHAPE);
    return NULL;
}

static bool read_member(struct json_reading *r, void *ctx)
{
    size_t *sheets = ctx;
    json_t *name = take_name(r);
    if (name == NULL)
        return false;
    bool is_good;
    if (++*sheets > SMK_TABLE_SHEETS_MAX)
        is_good = fail(r, SMK_FILE_TOO_MANY_SHEETS);
    else if (take(r, '['))
        is_good = read_sheet(r, smk_bytes_of_text(json_string_value(name)));
    else
        is_good = fail(r, SMK_FILE_BAD_SHAPE);
    json_decref(name);
    return is_good;
}

/* A member of the whole: "tables", or something about them that is passed over, or a sheet. */
static bool read_outer_member(struct json_reading *r, void *ctx)
{
    size_t *sheets = ctx;
    size_t begin;
    skip_space(r);
    begin = r->at;
    json_t *name = take_name(r);
    if (name == NULL)
        return false;
    bool is_tables = strcmp(json_string_value(name), "tables") == 0;
    json_decref(name);
    skip_space(r);
    bool is_list = r->at < r->text.len && r->text.data[r->at] == '[';
    if (is_tables && take(r, '{'))
        return each(r, '}', read_member, sheets);
    if (is_list) {
        r->at = begin;
        return read_member(r, sheets);
    }
    json_t *other = take_value(r);
    json_decref(other);
    return other != NULL;
}

static bool read_all(struct json_reading *r)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    size_t sheets = 0;
    if (r->text.len >= 3 && memcmp(r->text.data, mark, 3) == 0)
        r->at = 3;
    bool is_good = take(r, '[')   ? read_sheet(r, (struct smk_bytes){0})
                   : take(r, '{') ? each(r, '}', read_outer_member, &sheets)
                                  : fail(r, SMK_FILE_BAD_JSON);
    skip_space(r);
    return is_good && (r->at == r->text.len || fail(r, SMK_FILE_BAD_JSON));
}

bool smk_json_tables_read(struct smk_bytes text, struct smk_table_sink sink, struct smk_file_fault *ret_fault)
{
    struct json_reading r = {
        .text = text, .sink = sink, .row = SMK_ROW_BUILDER, .names = {.max = SMK_TABLE_ROW_BYTES_MAX}};
    r.place = smk_mem_array(SMK_TABLE_COLUMNS_MAX, sizeof *r.place);
    r.number = json_object();
    bool is_good = r.place != NULL && r.number != NULL ? read_all(&r) : fail(&r, SMK_FILE_NO_MEMORY);
    json_decref(r.number);
    smk_mem_free(r.place);
    smk_buf_deinit(&r.names);
    smk_row_deinit(&r.row);
    if (is_good)
        r.fault = (struct smk_file_fault){0};
    *ret_fault = r.fault;
    return is_good;
}
