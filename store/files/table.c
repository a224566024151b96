#include "store/files/table.h"

#include "proto/check.h"
#include "proto/mem.h"
#include "proto/utf8.h"

#include <string.h>

static const char *const flaw_code[] = {
#define X(name, code, text) code,
    SMK_FILE_FLAW_MAP(X)
#undef X
};
static const char *const flaw_text[] = {
#define X(name, code, text) text,
    SMK_FILE_FLAW_MAP(X)
#undef X
};

const char *smk_file_flaw_code(enum smk_file_flaw flaw)
{
    return flaw_code[flaw];
}

const char *smk_file_flaw_text(enum smk_file_flaw flaw)
{
    return flaw_text[flaw];
}

const char *smk_column_letters(size_t column, struct smk_column_letters *ret_letters)
{
    char reversed[sizeof ret_letters->text];
    size_t count = 0;
    for (; column > 0 && count + 1 < sizeof reversed; column = (column - 1) / 26)
        reversed[count++] = (char)('A' + (column - 1) % 26);
    for (size_t i = 0; i < count; i++)
        ret_letters->text[i] = reversed[count - 1 - i];
    ret_letters->text[count] = '\0';
    return ret_letters->text;
}

/* ---- rows ---- */

static bool refuse(struct smk_row_builder *b, enum smk_file_flaw flaw)
{
    if (b->flaw == SMK_FILE_NONE)
        b->flaw = flaw;
    return false;
}

static bool has_room(struct smk_row_builder *b)
{
    if (b->cell == NULL)
        b->cell = smk_mem_array(SMK_TABLE_COLUMNS_MAX, sizeof *b->cell);
    if (b->place == NULL)
        b->place = smk_mem_array(SMK_TABLE_COLUMNS_MAX, sizeof *b->place);
    return b->cell != NULL && b->place != NULL;
}

static enum smk_file_flaw look_at(struct smk_bytes text)
{
    if (text.len > SMK_TABLE_CELL_BYTES_MAX)
        return SMK_FILE_CELL_TOO_LONG;
    if (text.len > 0 && memchr(text.data, 0, text.len) != NULL)
        return SMK_FILE_ZERO_BYTE;
    return smk_utf8_is_valid(text) ? SMK_FILE_NONE : SMK_FILE_NOT_UTF8;
}

/* Letters are noted by their place: the buffer may move while the row grows. */
static void append(struct smk_row_builder *b, enum smk_cell_type type, struct smk_bytes text)
{
    b->cell[b->count] = (struct smk_cell){.type = type, .text = {NULL, text.len}};
    b->place[b->count++] = b->letters.len;
    smk_buf_write_bytes(&b->letters, text);
}

bool smk_row_put(struct smk_row_builder *b, size_t column, enum smk_cell_type type, struct smk_bytes text)
{
    enum smk_file_flaw flaw = look_at(text);
    if (b->flaw != SMK_FILE_NONE)
        return false;
    if (column >= SMK_TABLE_COLUMNS_MAX)
        return refuse(b, SMK_FILE_TOO_MANY_COLUMNS);
    if (column < b->count)
        return refuse(b, SMK_FILE_BAD_SHEET);
    if (flaw != SMK_FILE_NONE)
        return refuse(b, flaw);
    if (!has_room(b))
        return refuse(b, SMK_FILE_NO_MEMORY);
    while (b->count < column)
        append(b, SMK_CELL_EMPTY, (struct smk_bytes){0});
    append(b, text.len > 0 ? type : SMK_CELL_EMPTY, text);
    if (b->letters.err != SMK_OK)
        return refuse(b, b->letters.err == SMK_ERR_NOMEM ? SMK_FILE_NO_MEMORY : SMK_FILE_ROW_TOO_LONG);
    return true;
}

struct smk_row smk_row_view(const struct smk_row_builder *b, size_t number)
{
    SMK_ASSERT(b->flaw == SMK_FILE_NONE);
    for (size_t i = 0; i < b->count; i++)
        b->cell[i].text.data = b->cell[i].text.len > 0 ? b->letters.data + b->place[i] : NULL;
    return (struct smk_row){.number = number, .count = b->count, .cell = b->cell};
}

bool smk_row_is_blank(const struct smk_row_builder *b)
{
    return b->letters.len == 0;
}

void smk_row_reset(struct smk_row_builder *b)
{
    smk_buf_reset(&b->letters);
    b->count = 0;
    b->flaw = SMK_FILE_NONE;
}

void smk_row_deinit(struct smk_row_builder *b)
{
    smk_buf_deinit(&b->letters);
    smk_mem_free(b->cell);
    smk_mem_free(b->place);
    *b = SMK_ROW_BUILDER;
}
