#include "store/files/csv.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All rows as one text: cells in brackets, rows ended by a bar. */
struct spelling {
    char text[16 * 1024];
    size_t len;
    size_t line[8];
    size_t rows;
    size_t rows_wanted; /* 0 = all */
};

static void spell(struct spelling *s, const void *bytes, size_t len)
{
    cr_assert(lt(sz, s->len + len, sizeof s->text));
    if (len > 0)
        memcpy(s->text + s->len, bytes, len);
    s->len += len;
    s->text[s->len] = '\0';
}

static bool spell_row(void *ctx, const struct smk_row *row)
{
    struct spelling *s = ctx;
    if (s->rows < 8)
        s->line[s->rows] = row->number;
    s->rows++;
    for (size_t i = 0; i < row->count; i++) {
        spell(s, "[", 1);
        spell(s, row->cell[i].text.data, row->cell[i].text.len);
        spell(s, "]", 1);
    }
    spell(s, "|", 1);
    return s->rows != s->rows_wanted;
}

static struct smk_table_sink spells(struct spelling *s)
{
    s->text[0] = '\0';
    return (struct smk_table_sink){.row = spell_row, .ctx = s};
}

/* In pieces of `piece` bytes; 0 = at once. */
static struct smk_file_fault spell_pieces(const char *csv, size_t piece, struct spelling *s)
{
    struct smk_csv c;
    size_t len = strlen(csv);
    *s = (struct spelling){0};
    smk_csv_init(&c, spells(s));
    bool is_good = true;
    for (size_t at = 0; is_good && at < len;) {
        size_t taken = piece > 0 && piece < len - at ? piece : len - at;
        is_good = smk_csv_feed(&c, (struct smk_bytes){(const uint8_t *)csv + at, taken});
        at += taken;
    }
    is_good = is_good && smk_csv_finish(&c);
    cr_assert(eq(int, is_good, c.fault.flaw == SMK_FILE_NONE));
    struct smk_file_fault fault = c.fault;
    smk_csv_deinit(&c);
    return fault;
}

Test(csv, rows_and_cells_come_as_they_were_written)
{
    static const struct {
        const char *csv, *spelled;
        enum smk_file_flaw flaw;
        size_t line, column;
        const char *why;
    } row[] = {
        {"a,b\nc,d\n", "[a][b]|[c][d]|", 0, 0, 0, "plain"},
        {"a,b\r\nc,d\r\n", "[a][b]|[c][d]|", 0, 0, 0, "lines of Windows"},
        {"a,b\nc,d", "[a][b]|[c][d]|", 0, 0, 0, "the last line does not end"},
        {"a,b\nc,d\r", "[a][b]|[c][d]|", 0, 0, 0, "the last line is cut in the middle of its end"},
        {"a,,b,\n", "[a][][b][]|", 0, 0, 0, "empty cells"},
        {"\"a,b\",c\n", "[a,b][c]|", 0, 0, 0, "a comma in quotes"},
        {"\"a\nb\",c\nd,e\n", "[a\nb][c]|[d][e]|", 0, 0, 0, "a line break in quotes"},
        {"\"a\"\"b\",c\n", "[a\"b][c]|", 0, 0, 0, "a doubled quote"},
        {"\"\",c\n", "[][c]|", 0, 0, 0, "nothing in quotes"},
        {"a\n\n\nb\n", "[a]|[b]|", 0, 0, 0, "empty lines"},
        {"a\n,,\nb\n", "[a]|[b]|", 0, 0, 0, "a line of commas"},
        {"=HYPERLINK(1)\n", "[=HYPERLINK(1)]|", 0, 0, 0, "a formula is text"},
        {"ក,ខ\n", "[ក][ខ]|", 0, 0, 0, "Khmer"},
        {"", "", 0, 0, 0, "nothing"},
        {"a\rb\n", "[a\rb]|", 0, 0, 0, "a lone carriage return is a letter; who reads it will complain"},
        {"\xef\xbb\xbf"
         "a,b\n",
         "[a][b]|", 0, 0, 0, "a byte order mark"},
        {"\xef\xbb\xbf\"a\",b\n", "[a][b]|", 0, 0, 0, "a byte order mark before a quote"},
        {"a;b\n1,5;2\n", "[a][b]|[1,5][2]|", 0, 0, 0,
         "semicolons, as Excel writes where the comma is decimal"},
        {"a\tb\n1,5\t2\n", "[a][b]|[1,5][2]|", 0, 0, 0, "tabs"},
        {"\"a;b;c\",d\n", "[a;b;c][d]|", 0, 0, 0, "what stands in quotes does not count"},
        {"a,b;c\n", "[a][b;c]|", 0, 0, 0, "as many of both: the comma"},
        {"sep=;\r\na,b;c\n", "[a,b][c]|", 0, 0, 0, "a hint in front"},
        {"sep=x\n", "[sep=x]|", 0, 0, 0, "a hint that is none"},
        {"'=1,'+,'-x,'@,'\t,''a,'a,',''\n", "[=1][+][-x][@][\t]['a]['a]['][']|", 0, 0, 0,
         "guards are undone"},
        {"a\n\"b", "[a]|", SMK_FILE_OPEN_QUOTE, 2, 1, "quotes that never end"},
        {"a\nx,\"b\"c\n", "[a]|", SMK_FILE_STRAY_QUOTE, 2, 2, "something behind the quotes"},
        {"a\nb,c\nd,e\"f\n", "[a]|[b][c]|", SMK_FILE_STRAY_QUOTE, 3, 2, "a quote inside a plain cell"},
        {"a\n\xff\n", "[a]|", SMK_FILE_NOT_UTF8, 2, 1, "another encoding"},
        {"\xff\xfe"
         "a",
         "", SMK_FILE_UTF16, 1, 1, "UTF-16, low byte first"},
        {"\xfe\xff"
         "a",
         "", SMK_FILE_UTF16, 1, 1, "UTF-16, high byte first"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        for (size_t piece = 0; piece < 4; piece++) {
            static struct spelling s;
            struct smk_file_fault fault = spell_pieces(row[i].csv, piece, &s);
            cr_assert(eq(str, s.text, (char *)(uintptr_t)row[i].spelled), "%s, pieces of %zu", row[i].why,
                      piece);
            cr_assert(eq(int, fault.flaw, row[i].flaw), "%s", row[i].why);
            cr_assert(eq(sz, fault.row, row[i].line), "%s", row[i].why);
            cr_assert(eq(sz, fault.column, row[i].column), "%s", row[i].why);
        }
    }
}

Test(csv, a_zero_byte_is_named)
{
    static struct spelling s;
    struct smk_file_fault fault;
    static const uint8_t text[] = "a\nb,c\0\n";
    cr_assert(eq(int, smk_csv_read((struct smk_bytes){text, sizeof text - 1}, spells(&s), &fault), false));
    cr_assert(eq(int, fault.flaw, SMK_FILE_ZERO_BYTE));
    cr_assert(eq(sz, fault.row, 2));
    cr_assert(eq(sz, fault.column, 2));
}

Test(csv, who_reads_may_stop)
{
    static struct spelling s = {.rows_wanted = 2};
    struct smk_file_fault fault;
    cr_assert(eq(int, smk_csv_read(smk_bytes_of_text("a\nb\nc\n"), spells(&s), &fault), false));
    cr_assert(eq(int, fault.flaw, SMK_FILE_STOPPED));
    cr_assert(eq(str, s.text, "[a]|[b]|"));
}

/* count times unit, then tail; read without a look at the rows. */
static bool count_row(void *ctx, const struct smk_row *row)
{
    (void)row;
    ++*(size_t *)ctx;
    return true;
}

static enum smk_file_flaw read_many(const char *unit, size_t count, const char *tail, size_t *ret_rows)
{
    struct smk_buf b = {.max = 1 << 24};
    struct smk_file_fault fault;
    for (size_t i = 0; i < count; i++)
        smk_buf_write(&b, unit, strlen(unit));
    smk_buf_write(&b, tail, strlen(tail));
    cr_assert(eq(int, b.err, SMK_OK));
    *ret_rows = 0;
    (void)smk_csv_read(smk_buf_view(&b), (struct smk_table_sink){.row = count_row, .ctx = ret_rows}, &fault);
    smk_buf_deinit(&b);
    return fault.flaw;
}

Test(csv, bounds_hold_one_below_at_and_one_above)
{
    static const struct {
        const char *unit, *tail;
        size_t max;
        enum smk_file_flaw flaw;
        const char *why;
    } row[] = {
        {"x,", "x", SMK_TABLE_COLUMNS_MAX - 1, SMK_FILE_TOO_MANY_COLUMNS, "columns"},
        {"x", "", SMK_TABLE_CELL_BYTES_MAX, SMK_FILE_CELL_TOO_LONG, "a cell"},
        {"x\n", "", SMK_TABLE_ROWS_MAX, SMK_FILE_TOO_MANY_ROWS, "rows"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        for (size_t count = row[i].max - 1; count <= row[i].max + 1; count++) {
            size_t rows;
            enum smk_file_flaw flaw = read_many(row[i].unit, count, row[i].tail, &rows);
            cr_assert(eq(int, flaw, count <= row[i].max ? SMK_FILE_NONE : row[i].flaw), "%s: %zu", row[i].why,
                      count);
        }
}

Test(csv, a_row_has_at_most_320_kib)
{
    for (size_t over = 0; over < 3; over++) {
        size_t half = SMK_TABLE_ROW_BYTES_MAX / 2, rows;
        char *text = malloc(2 * half + 4);
        struct smk_file_fault fault;
        cr_assert(ne(ptr, text, NULL));
        memset(text, 'x', 2 * half + 4);
        text[half] = ',';
        text[half + half / 2] = ','; /* three cells, so that none is too long */
        size_t len = 2 * half + 1 + over;
        rows = 0;
        bool is_good = smk_csv_read((struct smk_bytes){(uint8_t *)text, len},
                                    (struct smk_table_sink){.row = count_row, .ctx = &rows}, &fault);
        cr_assert(eq(int, is_good, over <= 1), "%zu letters and two commas", len - 2);
        cr_assert(eq(int, fault.flaw, over <= 1 ? SMK_FILE_NONE : SMK_FILE_ROW_TOO_LONG));
        free(text);
    }
}

Test(csv, every_cut_of_a_text_ends_in_order)
{
    static const char whole[] = "id,\"a,\"\"b\"\r\n1,\"x\ny\"\n2,\n";
    for (size_t len = 0; len < sizeof whole; len++) {
        uint8_t *exact = malloc(len > 0 ? len : 1);
        static struct spelling s;
        struct smk_file_fault fault;
        s = (struct spelling){0};
        cr_assert(ne(ptr, exact, NULL));
        memcpy(exact, whole, len);
        (void)smk_csv_read((struct smk_bytes){exact, len}, spells(&s), &fault);
        cr_assert(fault.flaw == SMK_FILE_NONE || fault.flaw == SMK_FILE_OPEN_QUOTE, "cut at %zu", len);
        free(exact);
    }
}

Test(csv, lines_are_counted_through_quotes)
{
    static struct spelling s;
    struct smk_file_fault fault;
    cr_assert(smk_csv_read(smk_bytes_of_text("a\n\"b\nc\"\n\nd\n"), spells(&s), &fault));
    cr_assert(eq(sz, s.rows, 3));
    cr_assert(eq(sz, s.line[0], 1));
    cr_assert(eq(sz, s.line[1], 2));
    cr_assert(eq(sz, s.line[2], 5));
    cr_assert(smk_csv_read(smk_bytes_of_text("sep=;\na\n"), spells(&s), &fault));
    cr_assert(eq(sz, s.line[3], 2), "behind the hint");
}

/* ---- writing ---- */

Test(csv, cells_are_quoted_and_guarded)
{
    static const struct {
        const char *cell, *csv;
    } row[] = {
        {"", ""},
        {"a", "a"},
        {"a,b", "\"a,b\""},
        {"a\"b", "\"a\"\"b\""},
        {"a;b", "\"a;b\""},
        {"a\tb", "\"a\tb\""},
        {"a\nb", "\"a\nb\""},
        {" a", "\" a\""},
        {"a ", "\"a \""},
        {"=1+1", "'=1+1"},
        {"+1", "'+1"},
        {"-1", "'-1"},
        {"@a", "'@a"},
        {"\ta", "\"'\ta\""},
        {"\ra", "\"'\ra\""},
        {"\na", "\"'\na\""},
        {"'", "'"},
        {"'a", "'a"},
        {"''", "'''"},
        {"'=1", "''=1"},
        {"a=1", "a=1"},
        {"0201", "0201"},
        {"ក", "ក"},
        {"sep=;", "\"sep=;\""},
        {"\xef\xbb\xbf"
         "a",
         "\"\xef\xbb\xbf"
         "a\""},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_buf b = {.max = 100};
        struct smk_cell cell[2] = {{.type = SMK_CELL_TEXT, .text = smk_bytes_of_text(row[i].cell)}, {0}};
        smk_csv_write_row(&b, cell, 1);
        smk_csv_write_row(&b, cell, 2);
        char wanted[100];
        (void)snprintf(wanted, sizeof wanted, "%s\r\n%s,\r\n", row[i].csv, row[i].csv);
        cr_assert(smk_bytes_is_equal(smk_buf_view(&b), smk_bytes_of_text(wanted)), "%s", row[i].csv);
        smk_buf_deinit(&b);
    }
}

Test(csv, any_text_comes_back_as_it_was)
{
    static const char letters[] = "'=+-@\t\r\n\",; a\xe1\x9e\x80"; /* the last three are one */
    static struct spelling s, wanted;
    /* Every text of up to four of these: all kinds of beginnings. */
    for (size_t n = 0; n < 14 * 14 * 14 * 14; n++) {
        char text[16];
        size_t len = 0;
        for (size_t left = n; left > 0; left /= 14) {
            size_t letter = left % 14;
            memcpy(text + len, letters + letter, letter == 13 ? 3 : 1);
            len += letter == 13 ? 3 : 1;
        }
        struct smk_cell cell[2] = {{.type = SMK_CELL_TEXT, .text = smk_bytes_of_text("x")},
                                   {.type = SMK_CELL_TEXT, .text = {(uint8_t *)text, len}}};
        struct smk_buf b = {.max = 100};
        struct smk_file_fault fault;
        size_t order = n % 2; /* first or last in its row */
        struct smk_cell swapped[2] = {cell[order], cell[1 - order]};
        s = wanted = (struct spelling){0};
        smk_csv_write_row(&b, swapped, 2);
        cr_assert(smk_csv_read(smk_buf_view(&b), spells(&s), &fault), "%zu", n);
        (void)spell_row(&wanted, &(struct smk_row){.count = 2, .cell = swapped});
        cr_assert(eq(str, s.text, wanted.text), "%zu", n);
        smk_buf_deinit(&b);
    }
}

Test(csv, the_mark_is_three_bytes)
{
    struct smk_buf b = {.max = 10};
    smk_csv_write_mark(&b);
    cr_assert(smk_bytes_is_equal(smk_buf_view(&b), smk_bytes_of_text("\xef\xbb\xbf")));
    smk_buf_deinit(&b);
}
