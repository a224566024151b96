#include "tools/csv.h"

#include <string.h>

const char *smk_csv_flaw_text(enum smk_csv_flaw flaw)
{
    switch (flaw) {
    case SMK_CSV_FINE: return "it is good CSV";
    case SMK_CSV_OPEN_QUOTE: return "a field begins with a quote and never ends";
    case SMK_CSV_STRAY_QUOTE: return "a quote stands where none may stand";
    case SMK_CSV_TOO_LONG: return "the row is too long";
    }
    return "";
}

void smk_csv_init(struct smk_csv *c, struct smk_bytes text)
{
    memset(c, 0, sizeof *c);
    c->text = text;
    c->next_line = 1;
    c->unquoted.max = SMK_CSV_ROW_BYTES_MAX;
}

void smk_csv_deinit(struct smk_csv *c)
{
    smk_buf_deinit(&c->unquoted);
}

static bool is_at(const struct smk_csv *c, char letter)
{
    return c->at < c->text.len && c->text.data[c->at] == (uint8_t)letter;
}

/* The end of a line or of the text; a carriage return that a cut file ends with belongs to it. */
static bool is_row_end(const struct smk_csv *c)
{
    if (c->at >= c->text.len || is_at(c, '\n'))
        return true;
    return is_at(c, '\r') && (c->at + 1 == c->text.len || c->text.data[c->at + 1] == '\n');
}

static void skip_row_end(struct smk_csv *c)
{
    if (is_at(c, '\r'))
        c->at++;
    if (is_at(c, '\n'))
        c->at++;
    c->next_line++;
}

static void keep_letter(struct smk_csv *c)
{
    c->next_line += is_at(c, '\n');
    smk_buf_write_u8(&c->unquoted, c->text.data[c->at++]);
}

static enum smk_csv_flaw read_quoted(struct smk_csv *c)
{
    for (c->at++; c->at < c->text.len;) {
        if (!is_at(c, '"')) {
            keep_letter(c);
            continue;
        }
        c->at++;
        if (!is_at(c, '"'))
            return is_at(c, ',') || is_row_end(c) ? SMK_CSV_FINE : SMK_CSV_STRAY_QUOTE;
        keep_letter(c);
    }
    return SMK_CSV_OPEN_QUOTE;
}

static enum smk_csv_flaw read_plain(struct smk_csv *c)
{
    while (!is_at(c, ',') && !is_row_end(c)) {
        if (is_at(c, '"'))
            return SMK_CSV_STRAY_QUOTE;
        keep_letter(c);
    }
    return SMK_CSV_FINE;
}

/* Fields are noted by their place first: the buffer may move while the row grows. */
static enum smk_csv_flaw read_row(struct smk_csv *c, size_t place[SMK_CSV_FIELDS_MAX + 1])
{
    enum smk_csv_flaw flaw = SMK_CSV_FINE;
    for (bool goes_on = true; goes_on && flaw == SMK_CSV_FINE;) {
        if (c->field_count == SMK_CSV_FIELDS_MAX)
            return SMK_CSV_TOO_LONG;
        place[c->field_count++] = c->unquoted.len;
        flaw = is_at(c, '"') ? read_quoted(c) : read_plain(c);
        goes_on = is_at(c, ',');
        c->at += goes_on;
    }
    place[c->field_count] = c->unquoted.len;
    if (flaw == SMK_CSV_FINE && c->unquoted.err != SMK_OK)
        flaw = SMK_CSV_TOO_LONG;
    return flaw;
}

bool smk_csv_next(struct smk_csv *c)
{
    size_t place[SMK_CSV_FIELDS_MAX + 1];
    while (c->flaw == SMK_CSV_FINE && c->at < c->text.len) {
        c->line = c->next_line;
        c->field_count = 0;
        smk_buf_reset(&c->unquoted);
        c->flaw = read_row(c, place);
        if (c->flaw != SMK_CSV_FINE)
            return false;
        skip_row_end(c);
        if (c->unquoted.len == 0) /* an empty line, or nothing but commas */
            continue;
        for (size_t i = 0; i < c->field_count; i++)
            c->field[i] = (struct smk_bytes){c->unquoted.data + place[i], place[i + 1] - place[i]};
        return true;
    }
    return false;
}
