#include "store/files/json.h"

#include "proto/utf8.h"

#include <string.h>

enum { DIGITS_MAX = 15 };

static void write_escape(struct smk_buf *b, uint32_t point)
{
    static const char digits[] = "0123456789abcdef";
    char escape[] = "\\u0000";
    for (size_t i = 0; i < 4; i++, point >>= 4)
        escape[5 - i] = digits[point & 15];
    smk_buf_write(b, escape, 6);
}

void smk_json_write_text(struct smk_buf *b, struct smk_bytes utf8)
{
    uint32_t point;
    smk_buf_write_u8(b, '"');
    for (size_t at = 0, before = 0; smk_utf8_next(utf8, &at, &point); before = at) {
        bool is_control = point < 0x20 || (point >= 0x7f && point < 0xa0);
        bool is_separator = point == 0x2028 || point == 0x2029;
        if (point == '"' || point == '\\') {
            smk_buf_write_u8(b, '\\');
            smk_buf_write_u8(b, (uint8_t)point);
        } else if (point == '\n') {
            smk_buf_write(b, "\\n", 2);
        } else if (is_control || is_separator) {
            write_escape(b, point);
        } else {
            smk_buf_write(b, utf8.data + before, at - before);
        }
    }
    smk_buf_write_u8(b, '"');
}

/* Whole numbers that every reader of JSON keeps as they are. */
static bool is_safe_number(struct smk_bytes text)
{
    size_t first = text.len > 0 && text.data[0] == '-';
    for (size_t i = first; i < text.len; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    size_t digits = text.len - first;
    bool leads_with_zero = digits > 0 && text.data[first] == '0';
    return digits > 0 && digits <= DIGITS_MAX && (!leads_with_zero || (digits == 1 && first == 0));
}

static void write_cell(struct smk_buf *b, const struct smk_cell *cell)
{
    if (cell->type == SMK_CELL_UNKNOWN)
        smk_buf_write(b, "null", 4);
    else if (cell->type == SMK_CELL_BOOLEAN || (cell->type == SMK_CELL_INTEGER && is_safe_number(cell->text)))
        smk_buf_write_bytes(b, cell->text);
    else
        smk_json_write_text(b, cell->text);
}

void smk_json_write_row(struct smk_buf *b, const struct smk_column_head *column, const struct smk_cell *cell,
                        size_t count)
{
    bool is_first = true;
    smk_buf_write_u8(b, '{');
    for (size_t i = 0; i < count; i++) {
        if (cell[i].type == SMK_CELL_EMPTY)
            continue;
        if (!is_first)
            smk_buf_write(b, ", ", 2);
        is_first = false;
        smk_json_write_text(b, smk_bytes_of_text(column[i].name));
        smk_buf_write(b, ": ", 2);
        write_cell(b, &cell[i]);
    }
    smk_buf_write_u8(b, '}');
}
