#include "store/files/csv.h"

#include "proto/check.h"

#include <string.h>

static const char separators[] = {',', ';', '\t'};
static const uint8_t mark[] = {0xef, 0xbb, 0xbf};

void smk_csv_init(struct smk_csv *c, struct smk_table_sink sink)
{
    *c = (struct smk_csv){.sink = sink,
                          .head = {.max = SMK_CSV_HEAD_BYTES_MAX},
                          .cell = {.max = SMK_TABLE_CELL_BYTES_MAX + 1}, /* and its guard */
                          .row = SMK_ROW_BUILDER,
                          .line = 1,
                          .row_line = 1};
}

void smk_csv_deinit(struct smk_csv *c)
{
    smk_buf_deinit(&c->head);
    smk_buf_deinit(&c->cell);
    smk_row_deinit(&c->row);
}

static bool fail(struct smk_csv *c, enum smk_file_flaw flaw)
{
    if (c->fault.flaw == SMK_FILE_NONE) {
        c->fault = (struct smk_file_fault){.flaw = flaw, .row = c->row_line};
        if (flaw != SMK_FILE_STOPPED && flaw != SMK_FILE_NO_MEMORY)
            c->fault.column = c->column + 1;
    }
    return false;
}

/* ---- guard ---- */

static bool is_dangerous(uint8_t letter)
{
    return letter != 0 && strchr("=+-@\t\r\n", letter) != NULL;
}

static bool is_guarded(struct smk_bytes text)
{
    return text.len > 1 && text.data[0] == '\'' && (is_dangerous(text.data[1]) || text.data[1] == '\'');
}

static bool needs_guard(struct smk_bytes text)
{
    return text.len > 0 && (is_dangerous(text.data[0]) || is_guarded(text));
}

/* ---- cells and rows ---- */

static bool end_cell(struct smk_csv *c)
{
    struct smk_bytes text = smk_buf_view(&c->cell);
    if (c->cell.err != SMK_OK)
        return fail(c, c->cell.err == SMK_ERR_NOMEM ? SMK_FILE_NO_MEMORY : SMK_FILE_CELL_TOO_LONG);
    if (is_guarded(text))
        text = (struct smk_bytes){text.data + 1, text.len - 1};
    if (!smk_row_put(&c->row, c->column, SMK_CELL_TEXT, text))
        return fail(c, c->row.flaw);
    smk_buf_reset(&c->cell);
    c->column++;
    c->state = SMK_CSV_CELL_BEGINS;
    return true;
}

static bool end_row(struct smk_csv *c)
{
    if (!end_cell(c))
        return false;
    if (!smk_row_is_blank(&c->row)) { /* an empty line, or nothing but separators */
        struct smk_row row = smk_row_view(&c->row, c->row_line);
        if (c->row_count++ == SMK_TABLE_ROWS_MAX)
            return fail(c, SMK_FILE_TOO_MANY_ROWS);
        if (!c->sink.row(c->sink.ctx, &row))
            return fail(c, SMK_FILE_STOPPED);
    }
    smk_row_reset(&c->row);
    c->column = 0;
    c->row_line = c->line;
    return true;
}

static bool keep(struct smk_csv *c, uint8_t letter)
{
    smk_buf_write_u8(&c->cell, letter);
    return c->cell.err == SMK_OK || end_cell(c); /* which says what is wrong */
}

/* A quote that ended its cell, then this letter; or a cell without quotes, and this letter. */
static bool read_outside(struct smk_csv *c, uint8_t letter)
{
    if (letter == (uint8_t)c->separator)
        return end_cell(c);
    if (letter == '\n')
        return end_row(c);
    if (c->state == SMK_CSV_QUOTE_IN_QUOTES || (letter == '"' && c->state == SMK_CSV_PLAIN))
        return fail(c, SMK_FILE_STRAY_QUOTE);
    c->state = letter == '"' ? SMK_CSV_QUOTED : SMK_CSV_PLAIN;
    return letter == '"' || keep(c, letter);
}

static bool read_inside(struct smk_csv *c, uint8_t letter)
{
    if (letter != '"')
        return keep(c, letter);
    c->state = SMK_CSV_QUOTE_IN_QUOTES;
    return true;
}

static bool read_letter(struct smk_csv *c, uint8_t letter)
{
    c->line += letter == '\n';
    if (c->has_return) { /* alone it is a letter like others */
        c->has_return = false;
        if (letter != '\n' && !read_outside(c, '\r'))
            return false;
    }
    if (c->state == SMK_CSV_QUOTED)
        return read_inside(c, letter);
    if (c->state == SMK_CSV_QUOTE_IN_QUOTES && letter == '"') {
        c->state = SMK_CSV_QUOTED;
        return keep(c, letter);
    }
    c->has_return = letter == '\r';
    return c->has_return || read_outside(c, letter);
}

static bool read_letters(struct smk_csv *c, struct smk_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!read_letter(c, text.data[i]))
            return false;
    return true;
}

/* ---- the first line ---- */

/* Takes "sep=;" and its line end away from the head. */
static bool take_hint(struct smk_bytes *head, char *ret_separator)
{
    if (head->len < 6 || memcmp(head->data, "sep=", 4) != 0)
        return false;
    size_t end = head->data[5] == '\r' ? 6 : 5;
    if (end >= head->len || head->data[end] != '\n' || memchr(separators, head->data[4], 3) == NULL)
        return false;
    *ret_separator = (char)head->data[4];
    *head = (struct smk_bytes){head->data + end + 1, head->len - end - 1};
    return true;
}

static bool begin(struct smk_csv *c)
{
    struct smk_bytes head = smk_buf_view(&c->head);
    size_t best = 0;
    if (head.len >= 2 && (memcmp(head.data, "\xff\xfe", 2) == 0 || memcmp(head.data, "\xfe\xff", 2) == 0))
        return fail(c, SMK_FILE_UTF16);
    if (head.len >= sizeof mark && memcmp(head.data, mark, sizeof mark) == 0)
        head = (struct smk_bytes){head.data + sizeof mark, head.len - sizeof mark};
    for (size_t i = 1; i < sizeof separators; i++)
        if (c->seen[i] > c->seen[best])
            best = i;
    c->separator = separators[best];
    if (take_hint(&head, &c->separator))
        c->row_line = ++c->line;
    if (c->sink.sheet != NULL && !c->sink.sheet(c->sink.ctx, (struct smk_bytes){0}))
        return fail(c, SMK_FILE_STOPPED);
    bool is_good = read_letters(c, head);
    smk_buf_deinit(&c->head);
    return is_good;
}

/* Looks for the end of the first line; returns how much of the piece belongs to the head. */
static size_t scan_head(struct smk_csv *c, struct smk_bytes piece, bool *ret_is_whole)
{
    size_t room = SMK_CSV_HEAD_BYTES_MAX - c->head.len;
    for (size_t i = 0; i < piece.len && i < room; i++) {
        const char *found = memchr(separators, piece.data[i], sizeof separators);
        if (piece.data[i] == '"')
            c->is_in_quotes = !c->is_in_quotes;
        else if (!c->is_in_quotes && found != NULL)
            c->seen[found - separators]++;
        *ret_is_whole = piece.data[i] == '\n' && !c->is_in_quotes;
        if (*ret_is_whole)
            return i + 1;
    }
    *ret_is_whole = piece.len >= room;
    return piece.len < room ? piece.len : room;
}

bool smk_csv_feed(struct smk_csv *c, struct smk_bytes piece)
{
    SMK_ASSERT(c->fault.flaw == SMK_FILE_NONE);
    if (c->separator == 0) {
        bool is_whole = false;
        size_t taken = scan_head(c, piece, &is_whole);
        smk_buf_write(&c->head, piece.data, taken);
        if (c->head.err != SMK_OK)
            return fail(c, SMK_FILE_NO_MEMORY);
        if (!is_whole)
            return true;
        if (!begin(c))
            return false;
        piece = (struct smk_bytes){piece.data + taken, piece.len - taken};
    }
    return read_letters(c, piece);
}

bool smk_csv_finish(struct smk_csv *c)
{
    SMK_ASSERT(c->fault.flaw == SMK_FILE_NONE);
    if (c->separator == 0 && !begin(c))
        return false;
    c->has_return = false; /* a carriage return that a cut file ends with belongs to the end of its line */
    if (c->state == SMK_CSV_QUOTED)
        return fail(c, SMK_FILE_OPEN_QUOTE);
    bool is_at_begin = c->state == SMK_CSV_CELL_BEGINS && c->column == 0;
    return is_at_begin || end_row(c);
}

bool smk_csv_read(struct smk_bytes text, struct smk_table_sink sink, struct smk_file_fault *ret_fault)
{
    struct smk_csv c;
    smk_csv_init(&c, sink);
    bool is_good = smk_csv_feed(&c, text) && smk_csv_finish(&c);
    *ret_fault = c.fault;
    smk_csv_deinit(&c);
    return is_good;
}

/* ---- writing ---- */

static bool begins_with(struct smk_bytes text, const void *word, size_t len)
{
    return text.len >= len && memcmp(text.data, word, len) == 0;
}

/* Whatever might be taken for a separator, the end of a row, or what may stand in front of the first. */
static bool needs_quotes(struct smk_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] != 0 && strchr("\",;\t\r\n", text.data[i]) != NULL)
            return true;
    return begins_with(text, " ", 1) || (text.len > 0 && text.data[text.len - 1] == ' ') ||
           begins_with(text, mark, sizeof mark) || begins_with(text, "sep=", 4);
}

static void write_cell(struct smk_buf *b, struct smk_bytes text)
{
    bool is_quoted = needs_quotes(text);
    if (is_quoted)
        smk_buf_write_u8(b, '"');
    if (needs_guard(text))
        smk_buf_write_u8(b, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"')
            smk_buf_write_u8(b, '"');
        smk_buf_write_u8(b, text.data[i]);
    }
    if (is_quoted)
        smk_buf_write_u8(b, '"');
}

void smk_csv_write_row(struct smk_buf *b, const struct smk_cell *cell, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            smk_buf_write_u8(b, ',');
        write_cell(b, cell[i].text);
    }
    smk_buf_write(b, "\r\n", 2);
}

void smk_csv_write_mark(struct smk_buf *b)
{
    smk_buf_write(b, mark, sizeof mark);
}
