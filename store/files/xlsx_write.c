/* Workbooks, written by libxlsxwriter. */
#include "store/files/number.h"
#include "store/files/xlsx.h"

#include "proto/check.h"
#include "proto/mem.h"
#include "proto/utf8.h"

#include <errno.h>
#include <string.h>
#include <xlsxwriter.h>

enum { DECIMALS_MAX = 4, DIGITS_MAX = 15, WIDTH = 18 };

struct smk_xlsx_workbook {
    lxw_workbook *book;
    lxw_worksheet *sheet;                       /* the newest */
    lxw_worksheet *every[SMK_TABLE_SHEETS_MAX]; /* those that have a temporary file open */
    size_t count;
    lxw_format *head, *text, *date;
    lxw_format *decimal[DECIMALS_MAX + 1];
};

/* The only place where codes of libxlsxwriter become ours. */
static enum smk_err err_of(lxw_error code)
{
    bool is_full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    switch (code) {
    case LXW_NO_ERROR: return SMK_OK;
    case LXW_ERROR_MEMORY_MALLOC_FAILED: return SMK_ERR_NOMEM;
    case LXW_ERROR_CREATING_XLSX_FILE:
    case LXW_ERROR_CREATING_TMPFILE:
    case LXW_ERROR_READING_TMPFILE:
    case LXW_ERROR_ZIP_FILE_OPERATION:
    case LXW_ERROR_ZIP_BAD_ZIP_FILE:
    case LXW_ERROR_ZIP_INTERNAL_ERROR:
    case LXW_ERROR_ZIP_FILE_ADD:
    case LXW_ERROR_ZIP_CLOSE: return is_full ? SMK_ERR_STORE_FULL : SMK_ERR_IO;
    case LXW_ERROR_MAX_STRING_LENGTH_EXCEEDED: return SMK_ERR_TOO_BIG_HERE;
    default: return SMK_ERR_INVALID;
    }
}

/* ---- the workbook ---- */

static lxw_format *make_format(struct smk_xlsx_workbook *b, const char *code)
{
    lxw_format *format = workbook_add_format(b->book);
    if (format != NULL)
        format_set_num_format(format, code);
    return format;
}

static bool make_formats(struct smk_xlsx_workbook *b)
{
    static const char *const decimals[] = {"0", "0.0", "0.00", "0.000", "0.0000"};
    bool is_good = true;
    b->head = make_format(b, "@");
    b->text = make_format(b, "@");
    b->date = make_format(b, "yyyy-mm-dd");
    for (size_t i = 0; i <= DECIMALS_MAX; i++) {
        b->decimal[i] = make_format(b, decimals[i]);
        is_good = is_good && b->decimal[i] != NULL;
    }
    if (b->head != NULL)
        format_set_bold(b->head);
    return is_good && b->head != NULL && b->text != NULL && b->date != NULL;
}

enum smk_err smk_xlsx_create(struct smk_xlsx_writer *w, const char *path, const char *folder,
                             uint64_t created_s)
{
    lxw_workbook_options options = {.constant_memory = LXW_TRUE, .tmpdir = (char *)(uintptr_t)folder};
    lxw_doc_properties properties = {.created = (time_t)created_s};
    *w = (struct smk_xlsx_writer){.text = {.max = 8 * SMK_TABLE_CELL_BYTES_MAX}};
    struct smk_xlsx_workbook *b = smk_mem_new(sizeof *b);
    if (b == NULL)
        return SMK_ERR_NOMEM;
    w->book = b;
    b->book = workbook_new_opt(path, &options);
    bool is_good =
        b->book != NULL && make_formats(b) && workbook_set_properties(b->book, &properties) == LXW_NO_ERROR;
    if (is_good)
        return SMK_OK;
    smk_xlsx_abort(w);
    return SMK_ERR_NOMEM;
}

static void release(struct smk_xlsx_writer *w)
{
    smk_buf_deinit(&w->text);
    smk_mem_free(w->book);
    *w = (struct smk_xlsx_writer){0};
}

void smk_xlsx_abort(struct smk_xlsx_writer *w)
{
    struct smk_xlsx_workbook *b = w->book;
    for (size_t i = 0; b != NULL && i < b->count;
         i++) /* the library closes them only when it writes the workbook */
        if (b->every[i]->optimize_tmpfile != NULL)
            (void)fclose(b->every[i]->optimize_tmpfile); /* what is in it is not wanted any more */
    if (b != NULL && b->book != NULL)
        lxw_workbook_free(b->book);
    release(w);
}

enum smk_err smk_xlsx_finish(struct smk_xlsx_writer *w)
{
    errno = 0;
    lxw_error code = workbook_close(w->book->book); /* releases it in any case */
    enum smk_err err = err_of(code);
    release(w);
    return err;
}

enum smk_err smk_xlsx_set_property(struct smk_xlsx_writer *w, const char *name, uint64_t number)
{
    return err_of(workbook_set_custom_property_number(w->book->book, name, (double)number));
}

/* ---- sheets ---- */

/* How many UTF-16 units a text has, as Excel counts letters. */
static size_t count_letters(struct smk_bytes utf8)
{
    size_t count = 0;
    for (size_t i = 0; i < utf8.len; i++)
        count += (size_t)((utf8.data[i] & 0xc0) != 0x80) + (size_t)(utf8.data[i] >= 0xf0);
    return count;
}

static bool is_sheet_name(const char *name)
{
    struct smk_bytes text = smk_bytes_of_text(name);
    if (text.len == 0 || !smk_utf8_is_valid(text) || count_letters(text) > SMK_XLSX_NAME_LETTERS_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 0x20 || strchr("[]:*?/\\", text.data[i]) != NULL)
            return false;
    return name[0] != '\'' && name[text.len - 1] != '\'';
}

/* Columns of text are marked as such, so that what people type into them stays text: codes keep their zeros. */
static enum smk_err set_columns(struct smk_xlsx_writer *w, const struct smk_column_head *column, size_t count)
{
    lxw_error code = LXW_NO_ERROR;
    for (size_t i = 0; i < count && code == LXW_NO_ERROR; i++) {
        bool is_number = column[i].type == SMK_CELL_INTEGER || column[i].type == SMK_CELL_DECIMAL;
        code = worksheet_set_column(w->book->sheet, (lxw_col_t)i, (lxw_col_t)i, WIDTH,
                                    is_number ? NULL : w->book->text);
    }
    return err_of(code);
}

enum smk_err smk_xlsx_add_sheet(struct smk_xlsx_writer *w, const char *name,
                                const struct smk_column_head *column, size_t count)
{
    if (!is_sheet_name(name))
        return SMK_ERR_INVALID;
    if (count > SMK_TABLE_COLUMNS_MAX || w->sheet_count == SMK_TABLE_SHEETS_MAX)
        return SMK_ERR_TOO_BIG_HERE;
    if (workbook_validate_sheet_name(w->book->book, name) != LXW_NO_ERROR)
        return SMK_ERR_INVALID;
    struct smk_cell *head = smk_mem_array(count + 1, sizeof *head);
    if (head == NULL)
        return SMK_ERR_NOMEM;
    for (size_t i = 0; i < count; i++)
        head[i] = (struct smk_cell){.type = SMK_CELL_TEXT, .text = smk_bytes_of_text(column[i].name)};
    errno = 0;
    w->book->sheet = workbook_add_worksheet(w->book->book, name);
    enum smk_err err = w->book->sheet != NULL ? SMK_OK : err_of(LXW_ERROR_CREATING_TMPFILE);
    if (err == SMK_OK)
        w->book->every[w->book->count++] = w->book->sheet;
    w->sheet_count++;
    w->column_count = count;
    w->row = 0;
    if (err == SMK_OK)
        err = set_columns(w, column, count);
    if (err == SMK_OK) {
        worksheet_freeze_panes(w->book->sheet, 1, 0);
        err = smk_xlsx_add_row(w, head, count);
    }
    smk_mem_free(head);
    return err;
}

/* ---- cells ---- */

static bool is_hex(uint8_t letter)
{
    return (letter >= '0' && letter <= '9') || ((letter & 0xdf) >= 'A' && (letter & 0xdf) <= 'F');
}

/* "_x0041_" in a text would be read as an escape. */
static bool looks_escaped(struct smk_bytes text, size_t at)
{
    if (text.len - at < 7 || text.data[at] != '_' || text.data[at + 1] != 'x' || text.data[at + 6] != '_')
        return false;
    for (size_t i = 2; i < 6; i++)
        if (!is_hex(text.data[at + i]))
            return false;
    return true;
}

/* U+FFFE and U+FFFF are no letters of XML. */
static bool is_no_letter(struct smk_bytes text, size_t at)
{
    return text.len - at >= 3 && text.data[at] == 0xef && text.data[at + 1] == 0xbf &&
           text.data[at + 2] >= 0xbe;
}

static void write_escape(struct smk_buf *b, unsigned point)
{
    static const char digits[] = "0123456789ABCDEF";
    char escape[] = "_x0000_";
    for (size_t i = 0; i < 4; i++, point >>= 4)
        escape[5 - i] = digits[point & 15];
    smk_buf_write(b, escape, 7);
}

static const char *escape(struct smk_xlsx_writer *w, struct smk_bytes text)
{
    smk_buf_reset(&w->text);
    for (size_t at = 0; at < text.len; at++) {
        uint8_t letter = text.data[at];
        bool is_control = letter < 0x20 && letter != '\t' && letter != '\n';
        if (is_no_letter(text, at)) {
            write_escape(&w->text, 0xff00u | (text.data[at + 2] + 0x40u));
            at += 2;
        } else if (is_control || looks_escaped(text, at)) {
            write_escape(&w->text, letter);
        } else {
            smk_buf_write_u8(&w->text, letter);
        }
    }
    smk_buf_write_u8(&w->text, 0);
    return (const char *)w->text.data;
}

static lxw_error write_text(struct smk_xlsx_writer *w, lxw_col_t column, struct smk_bytes text)
{
    const char *escaped = escape(w, text);
    if (w->text.err != SMK_OK)
        return LXW_ERROR_MEMORY_MALLOC_FAILED;
    bool is_head = w->row == 0;
    return worksheet_write_string(w->book->sheet, (lxw_row_t)w->row, column, escaped,
                                  is_head ? w->book->head : w->book->text);
}

/* A number of up to 15 digits, of which a binary fraction loses none. */
static bool number_of(struct smk_bytes text, double *ret_number, unsigned *ret_decimals)
{
    uint64_t digits = 0;
    unsigned count = 0, decimals = 0;
    bool has_point = false, is_negative = text.len > 0 && text.data[0] == '-';
    double unit = 1;
    for (size_t i = is_negative; i < text.len; i++) {
        if (text.data[i] == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (text.data[i] < '0' || text.data[i] > '9' || count == DIGITS_MAX)
            return false;
        digits = digits * 10 + (uint64_t)(text.data[i] - '0');
        count++;
        decimals += has_point;
        unit *= has_point ? 10 : 1;
    }
    bool is_plain = count > 0 && decimals <= DECIMALS_MAX && (!has_point || decimals > 0);
    bool leads_with_zero = count - decimals > 1 && text.data[is_negative] == '0';
    *ret_number = (is_negative ? -(double)digits : (double)digits) / unit;
    *ret_decimals = decimals;
    return is_plain && count > decimals && !leads_with_zero && !(is_negative && digits == 0);
}

static lxw_error write_number(struct smk_xlsx_writer *w, lxw_col_t column, struct smk_bytes text)
{
    double number;
    unsigned decimals;
    if (!number_of(text, &number, &decimals))
        return write_text(w, column, text);
    return worksheet_write_number(w->book->sheet, (lxw_row_t)w->row, column, number,
                                  w->book->decimal[decimals]);
}

static lxw_error write_date(struct smk_xlsx_writer *w, lxw_col_t column, struct smk_bytes text)
{
    uint32_t day;
    if (!smk_number_of_day(text, &day)) /* partly known, or before March 1900 */
        return write_text(w, column, text);
    return worksheet_write_number(w->book->sheet, (lxw_row_t)w->row, column, day, w->book->date);
}

static lxw_error write_cell(struct smk_xlsx_writer *w, lxw_col_t column, const struct smk_cell *cell)
{
    switch (cell->type) {
    case SMK_CELL_EMPTY: return LXW_NO_ERROR;
    case SMK_CELL_INTEGER:
    case SMK_CELL_DECIMAL: return write_number(w, column, cell->text);
    case SMK_CELL_DATE: return write_date(w, column, cell->text);
    case SMK_CELL_BOOLEAN:
        return worksheet_write_boolean(w->book->sheet, (lxw_row_t)w->row, column,
                                       smk_bytes_is_equal(cell->text, smk_bytes_of_text("true")),
                                       w->book->decimal[0]);
    case SMK_CELL_UNKNOWN:
    case SMK_CELL_WITHHELD:
    case SMK_CELL_TEXT:
    case SMK_CELL_CODE:
    case SMK_CELL_ERROR: return write_text(w, column, cell->text);
    }
    return LXW_NO_ERROR;
}

static enum smk_err look_at(struct smk_bytes text)
{
    if (count_letters(text) > SMK_XLSX_CELL_LETTERS_MAX)
        return SMK_ERR_TOO_BIG_HERE;
    bool is_text = text.len == 0 || (memchr(text.data, 0, text.len) == NULL && smk_utf8_is_valid(text));
    return is_text ? SMK_OK : SMK_ERR_INVALID;
}

enum smk_err smk_xlsx_add_row(struct smk_xlsx_writer *w, const struct smk_cell *cell, size_t count)
{
    SMK_ASSERT(w->sheet_count > 0);
    w->fault_column = 0;
    if (count > w->column_count || w->row == SMK_TABLE_ROWS_MAX)
        return SMK_ERR_TOO_BIG_HERE;
    for (size_t i = 0; i < count; i++) {
        enum smk_err err = look_at(cell[i].text);
        if (err == SMK_OK)
            err = err_of(write_cell(w, (lxw_col_t)i, &cell[i]));
        if (err != SMK_OK) {
            w->fault_column = i + 1;
            return err;
        }
    }
    w->row++;
    return SMK_OK;
}
