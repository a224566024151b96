/* One sheet of a workbook, row by row. */
#include "store/files/xlsx.h"
#include "store/files/xlsx_book.h"

#include "proto/mem.h"
#include "proto/utf8.h"

#include <string.h>

enum { ROW_LAST = 1048576, COLUMN_LETTERS_MAX = 3 };

enum cell_kind {
    CELL_NUMBER,
    CELL_SHARED, /* the value is the number of a shared string */
    CELL_TEXT,
    CELL_BOOLEAN,
    CELL_ERROR,
    CELL_DATE, /* written out, as ISO 8601 has it */
};

struct sheet_reading {
    const struct smk_xlsx_book *book;
    struct smk_table_sink sink;
    struct smk_file_fault *fault;
    struct smk_row_builder row;
    struct smk_buf value, plain; /* of the cell; with its escapes undone */
    size_t row_number, row_count;
    size_t column; /* of the cell, from 0; one behind the newest cell between two */
    enum cell_kind kind;
    uint64_t form;
    bool is_in_rows, is_in_value, has_formula;
    unsigned readings; /* depth inside of what tells how a word is read */
};

/* ---- where a cell stands ---- */

/* "AB12": column 27, row 12. */
static bool read_place(const char *text, size_t *ret_column, uint64_t *ret_row)
{
    size_t letters = 0, column = 0;
    for (; text[letters] >= 'A' && text[letters] <= 'Z'; letters++) {
        if (letters == COLUMN_LETTERS_MAX)
            return false;
        column = column * 26 + (size_t)(text[letters] - 'A') + 1;
    }
    *ret_column = column - 1;
    return letters > 0 && smk_xlsx_index(text + letters, ret_row);
}

static enum smk_file_flaw open_row(struct sheet_reading *s, struct smk_xml_attributes a)
{
    const char *text = smk_xml_find(a, "r", false);
    uint64_t number = s->row_number + 1;
    if (text != NULL && !smk_xlsx_index(text, &number))
        return SMK_FILE_BAD_SHEET;
    if (number <= s->row_number || number > ROW_LAST)
        return SMK_FILE_BAD_SHEET;
    s->row_number = (size_t)number;
    s->column = 0;
    smk_row_reset(&s->row);
    return SMK_FILE_NONE;
}

static enum cell_kind kind_of(const char *type)
{
    static const struct {
        const char *type;
        enum cell_kind kind;
    } row[] = {{"s", CELL_SHARED},  {"inlineStr", CELL_TEXT}, {"str", CELL_TEXT},
               {"b", CELL_BOOLEAN}, {"e", CELL_ERROR},        {"d", CELL_DATE}};
    for (size_t i = 0; type != NULL && i < sizeof row / sizeof row[0]; i++)
        if (strcmp(type, row[i].type) == 0)
            return row[i].kind;
    return CELL_NUMBER;
}

static enum smk_file_flaw open_cell(struct sheet_reading *s, struct smk_xml_attributes a)
{
    const char *place = smk_xml_find(a, "r", false), *form = smk_xml_find(a, "s", false);
    uint64_t row = s->row_number;
    size_t column = s->column;
    if (place != NULL && (!read_place(place, &column, &row) || row != s->row_number || column < s->column))
        return SMK_FILE_BAD_SHEET;
    s->column = column;
    s->form = SMK_XLSX_FORMS_MAX; /* none */
    if (form != NULL && !smk_xlsx_index(form, &s->form))
        return SMK_FILE_BAD_SHEET;
    s->kind = kind_of(smk_xml_find(a, "t", false));
    s->has_formula = false;
    smk_buf_reset(&s->value);
    return SMK_FILE_NONE;
}

/* ---- what it holds ---- */

static int hex_of(uint8_t letter)
{
    if (letter >= '0' && letter <= '9')
        return letter - '0';
    letter &= 0xdf;
    return letter >= 'A' && letter <= 'F' ? letter - 'A' + 10 : -1;
}

/* "_x000D_" stands for a letter that XML cannot carry; false for anything else, and for halves of surrogates. */
static bool read_escape(struct smk_bytes text, size_t at, uint32_t *ret_point)
{
    uint32_t point = 0;
    if (text.len - at < 7 || text.data[at] != '_' || text.data[at + 1] != 'x' || text.data[at + 6] != '_')
        return false;
    for (size_t i = 2; i < 6; i++) {
        int digit = hex_of(text.data[at + i]);
        if (digit < 0)
            return false;
        point = point << 4 | (uint32_t)digit;
    }
    *ret_point = point;
    return point < 0xd800 || point > 0xdfff;
}

static struct smk_bytes unescape(struct sheet_reading *s, struct smk_bytes text)
{
    uint32_t point;
    smk_buf_reset(&s->plain);
    if (text.len == 0 || memchr(text.data, '_', text.len) == NULL)
        return text;
    for (size_t at = 0; at < text.len;) {
        if (read_escape(text, at, &point)) {
            smk_utf8_write(&s->plain, point);
            at += 7;
        } else {
            smk_buf_write_u8(&s->plain, text.data[at++]);
        }
    }
    return smk_buf_view(&s->plain);
}

static bool put(struct sheet_reading *s, enum smk_cell_type type, struct smk_bytes text)
{
    if (text.len == 0) /* cells that have nothing but a form may stand anywhere */
        return true;
    return smk_row_put(&s->row, s->column, s->has_formula ? SMK_CELL_TEXT : type, text);
}

static bool put_number(struct sheet_reading *s, struct smk_bytes value)
{
    struct smk_form form = smk_xlsx_form(s->book, s->form);
    struct smk_number number;
    struct smk_day day;
    if (!smk_number_read(value, form.parts == 0 ? form.decimals : 0, &number))
        return put(s, SMK_CELL_TEXT, value);
    if (form.parts != 0 && smk_day_of_number(&number, s->book->is_1904, form, &day))
        return put(s, SMK_CELL_DATE, smk_bytes_of_text(day.text));
    return put(s, number.is_integer ? SMK_CELL_INTEGER : SMK_CELL_DECIMAL, smk_bytes_of_text(number.text));
}

static bool put_cell(struct sheet_reading *s)
{
    struct smk_bytes value = smk_buf_view(&s->value), text;
    uint64_t index = 0;
    char digits[16] = "";
    if (value.len == 0)
        return true;
    switch (s->kind) {
    case CELL_NUMBER: return put_number(s, value);
    case CELL_SHARED:
        if (value.len < sizeof digits)
            memcpy(digits, value.data, value.len);
        if (smk_xlsx_index(digits, &index) && smk_xlsx_string(s->book, index, &text))
            return put(s, SMK_CELL_TEXT, unescape(s, text));
        s->row.flaw = SMK_FILE_BAD_SHEET;
        return false;
    case CELL_TEXT: return put(s, SMK_CELL_TEXT, unescape(s, value));
    case CELL_BOOLEAN:
        return put(s, SMK_CELL_BOOLEAN,
                   smk_bytes_of_text(smk_bytes_is_equal(value, smk_bytes_of_text("1")) ? "true" : "false"));
    case CELL_ERROR: return put(s, SMK_CELL_ERROR, value);
    case CELL_DATE: return put(s, SMK_CELL_DATE, value);
    }
    return true;
}

static enum smk_file_flaw close_cell(struct sheet_reading *s)
{
    if (s->value.err != SMK_OK)
        return s->value.err == SMK_ERR_NOMEM ? SMK_FILE_NO_MEMORY : SMK_FILE_CELL_TOO_LONG;
    if (!put_cell(s))
        return s->row.flaw;
    if (s->plain.err != SMK_OK)
        return s->plain.err == SMK_ERR_NOMEM ? SMK_FILE_NO_MEMORY : SMK_FILE_CELL_TOO_LONG;
    s->column++;
    return SMK_FILE_NONE;
}

static enum smk_file_flaw close_row(struct sheet_reading *s)
{
    s->column = 0;
    if (smk_row_is_blank(&s->row))
        return SMK_FILE_NONE;
    if (s->row_count++ == SMK_TABLE_ROWS_MAX)
        return SMK_FILE_TOO_MANY_ROWS;
    struct smk_row row = smk_row_view(&s->row, s->row_number);
    bool goes_on = s->sink.row(s->sink.ctx, &row);
    smk_row_reset(&s->row); /* a row inside of a row would come twice */
    return goes_on ? SMK_FILE_NONE : SMK_FILE_STOPPED;
}

/* ---- events ---- */

static enum smk_file_flaw note_place(struct sheet_reading *s, enum smk_file_flaw flaw, bool is_cell)
{
    if (flaw == SMK_FILE_NONE)
        return flaw;
    s->fault->row = s->row_number;
    s->fault->column = is_cell ? s->column + 1 : 0;
    return flaw;
}

static enum smk_file_flaw on_open(void *ctx, const char *name, struct smk_xml_attributes a)
{
    struct sheet_reading *s = ctx;
    s->is_in_value = false;
    if (strcmp(name, "sheetData") == 0)
        s->is_in_rows = true;
    if (!s->is_in_rows)
        return SMK_FILE_NONE;
    if (strcmp(name, "row") == 0)
        return note_place(s, open_row(s, a), false);
    if (strcmp(name, "c") == 0)
        return note_place(s, open_cell(s, a), true);
    s->has_formula = s->has_formula || strcmp(name, "f") == 0;
    s->readings += strcmp(name, "rPh") == 0;
    s->is_in_value = strcmp(name, "v") == 0 || (strcmp(name, "t") == 0 && s->readings == 0);
    return SMK_FILE_NONE;
}

static enum smk_file_flaw on_text(void *ctx, struct smk_bytes text)
{
    struct sheet_reading *s = ctx;
    if (s->is_in_value)
        smk_buf_write_bytes(&s->value, text);
    return SMK_FILE_NONE; /* what was too much is said at the end of the cell */
}

static enum smk_file_flaw on_close(void *ctx, const char *name)
{
    struct sheet_reading *s = ctx;
    s->is_in_value = false;
    if (!s->is_in_rows)
        return SMK_FILE_NONE;
    if (strcmp(name, "c") == 0)
        return note_place(s, close_cell(s), true);
    if (strcmp(name, "row") == 0)
        return note_place(s, close_row(s), false);
    s->readings -= strcmp(name, "rPh") == 0 && s->readings > 0;
    if (strcmp(name, "sheetData") == 0)
        s->is_in_rows = false;
    return SMK_FILE_NONE;
}

enum smk_file_flaw smk_xlsx_sheet_read(const struct smk_xlsx_book *b, const struct smk_xlsx_sheet *sheet,
                                       struct smk_table_sink sink, struct smk_file_fault *ret_fault)
{
    struct sheet_reading s = {.book = b,
                              .sink = sink,
                              .fault = ret_fault,
                              .row = SMK_ROW_BUILDER,
                              .value = {.max = SMK_TABLE_CELL_BYTES_MAX},
                              .plain = {.max = SMK_TABLE_CELL_BYTES_MAX}};
    struct smk_xml_events events = {on_open, on_text, on_close, &s};
    enum smk_file_flaw flaw = smk_xml_read_part(b->zip, sheet->path, events);
    if (flaw != SMK_FILE_NONE && ret_fault->row == 0)
        ret_fault->row = s.row_number;
    smk_buf_deinit(&s.value);
    smk_buf_deinit(&s.plain);
    smk_row_deinit(&s.row);
    return flaw;
}

bool smk_xlsx_read(struct smk_bytes file, struct smk_table_sink sink, struct smk_file_fault *ret_fault)
{
    struct smk_file_fault fault = {0};
    static const size_t name_bytes = SMK_SHEET_NAME_BYTES_MAX + 1;
    struct smk_zip *zip = NULL;
    struct smk_xlsx_book *book = NULL;
    fault.flaw = smk_zip_open(file, &zip);
    if (fault.flaw == SMK_FILE_NONE && (book = smk_mem_new(sizeof *book)) == NULL)
        fault.flaw = SMK_FILE_NO_MEMORY;
    if (fault.flaw == SMK_FILE_NONE)
        fault.flaw = smk_xlsx_book_read(zip, book);
    for (size_t i = 0; fault.flaw == SMK_FILE_NONE && i < book->sheet_count; i++) {
        const struct smk_xlsx_sheet *sheet = &book->sheet[i];
        if (sink.sheet != NULL && !sink.sheet(sink.ctx, smk_bytes_of_text(sheet->name)))
            continue;
        fault.flaw = smk_xlsx_sheet_read(book, sheet, sink, &fault);
        if (fault.flaw != SMK_FILE_NONE)
            memcpy(fault.sheet, sheet->name, name_bytes);
    }
    if (book != NULL)
        smk_xlsx_book_deinit(book);
    smk_mem_free(book);
    smk_zip_close(zip);
    *ret_fault = fault;
    return fault.flaw == SMK_FILE_NONE;
}

enum smk_file_flaw smk_xlsx_find_torn(struct smk_bytes file)
{
    struct smk_zip *zip = NULL;
    const char *name;
    enum smk_file_flaw flaw = smk_zip_open(file, &zip);
    for (size_t i = 0; flaw == SMK_FILE_NONE && (name = smk_zip_part(zip, i)) != NULL; i++)
        flaw = smk_xml_read_part(zip, name, (struct smk_xml_events){0});
    smk_zip_close(zip);
    return flaw;
}
