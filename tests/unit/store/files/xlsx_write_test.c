#include "store/files/xlsx.h"

#include "tests/support/tempdir.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void read_file(const char *path, struct smk_buf *b)
{
    uint8_t piece[4096];
    size_t got;
    FILE *file = fopen(path, "rb");
    cr_assert(ne(ptr, file, NULL));
    while ((got = fread(piece, 1, sizeof piece, file)) > 0)
        smk_buf_write(b, piece, got);
    cr_assert(eq(int, fclose(file), 0));
    cr_assert(eq(int, b->err, SMK_OK));
}

static size_t count_files(const char *path)
{
    size_t count = 0;
    DIR *folder = opendir(path);
    cr_assert(ne(ptr, folder, NULL));
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count - 2;
}

/* The sheets that are expected, cell by cell. */
struct expecting {
    const char *const *name;
    const struct smk_cell *cell; /* of the row behind the first, the same on every sheet */
    const enum smk_cell_type *type;
    size_t count, sheets, rows;
};

static bool expect_sheet(void *ctx, struct smk_bytes name)
{
    struct expecting *e = ctx;
    e->rows = 0;
    cr_assert(smk_bytes_is_equal(name, smk_bytes_of_text(e->name[e->sheets])));
    e->sheets++;
    return true;
}

static bool expect_row(void *ctx, const struct smk_row *row)
{
    struct expecting *e = ctx;
    if (e->rows++ == 0)
        return true;
    cr_assert(eq(sz, row->number, 2));
    cr_assert(eq(sz, row->count, e->count));
    for (size_t i = 0; i < e->count; i++) {
        cr_assert(smk_bytes_is_equal(row->cell[i].text, e->cell[i].text), "cell %zu: '%.*s'", i,
                  (int)row->cell[i].text.len, (const char *)row->cell[i].text.data);
        cr_assert(eq(int, row->cell[i].type, e->type[i]), "cell %zu", i);
    }
    return true;
}

static const struct {
    enum smk_cell_type type;
    const char *text;
    enum smk_cell_type read;
} written[] = {
    {SMK_CELL_TEXT, "plain", SMK_CELL_TEXT},
    {SMK_CELL_TEXT, "=1+1", SMK_CELL_TEXT},
    {SMK_CELL_TEXT, "=cmd|'/C calc'!A0", SMK_CELL_TEXT},
    {SMK_CELL_TEXT, "@SUM(A1)", SMK_CELL_TEXT},
    {SMK_CELL_TEXT, "http://example.org/?a=1&b=<2>", SMK_CELL_TEXT},
    {SMK_CELL_TEXT, "mailto:a@b", SMK_CELL_TEXT},
    {SMK_CELL_TEXT, " both ends ", SMK_CELL_TEXT},
    {SMK_CELL_TEXT, "two\nlines\tand a tab", SMK_CELL_TEXT},
    {SMK_CELL_TEXT, "\r\n\x01\x1b[31m\x7f\x0b", SMK_CELL_TEXT},
    {SMK_CELL_TEXT, "_x000D_ _x005F_ _x00g0_ _x000D _", SMK_CELL_TEXT},
    {SMK_CELL_TEXT, "\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd", SMK_CELL_TEXT},
    {SMK_CELL_TEXT, "\xf0\x9f\x98\x80 សាមគ្គី", SMK_CELL_TEXT},
    {SMK_CELL_TEXT, "123", SMK_CELL_TEXT},
    {SMK_CELL_TEXT, "TRUE", SMK_CELL_TEXT},
    {SMK_CELL_CODE, "0201", SMK_CELL_TEXT},
    {SMK_CELL_EMPTY, "", SMK_CELL_EMPTY},
    {SMK_CELL_UNKNOWN, "unknown", SMK_CELL_TEXT},
    {SMK_CELL_INTEGER, "0", SMK_CELL_INTEGER},
    {SMK_CELL_INTEGER, "367", SMK_CELL_INTEGER},
    {SMK_CELL_INTEGER, "-5", SMK_CELL_INTEGER},
    {SMK_CELL_INTEGER, "1099511627776", SMK_CELL_INTEGER},
    {SMK_CELL_INTEGER, "123456789012345678", SMK_CELL_TEXT},
    {SMK_CELL_INTEGER, "007", SMK_CELL_TEXT},
    {SMK_CELL_DECIMAL, "60782.52", SMK_CELL_DECIMAL},
    {SMK_CELL_DECIMAL, "60782.50", SMK_CELL_DECIMAL},
    {SMK_CELL_DECIMAL, "10.00", SMK_CELL_DECIMAL},
    {SMK_CELL_DECIMAL, "0.1", SMK_CELL_DECIMAL},
    {SMK_CELL_DECIMAL, "99999999999.9999", SMK_CELL_DECIMAL},
    {SMK_CELL_DECIMAL, "999999999999999.9999", SMK_CELL_TEXT},
    {SMK_CELL_DECIMAL, "12", SMK_CELL_INTEGER},
    {SMK_CELL_DECIMAL, ".5", SMK_CELL_TEXT},
    {SMK_CELL_DECIMAL, "5.", SMK_CELL_TEXT},
    {SMK_CELL_DECIMAL, "-0", SMK_CELL_TEXT},
    {SMK_CELL_DECIMAL, "1.2.3", SMK_CELL_TEXT},
    {SMK_CELL_DATE, "2021-11-16", SMK_CELL_DATE},
    {SMK_CELL_DATE, "1900-03-01", SMK_CELL_DATE},
    {SMK_CELL_DATE, "2021-11", SMK_CELL_TEXT},
    {SMK_CELL_DATE, "2021", SMK_CELL_TEXT},
    {SMK_CELL_DATE, "1899-12-31", SMK_CELL_TEXT},
    {SMK_CELL_BOOLEAN, "true", SMK_CELL_BOOLEAN},
    {SMK_CELL_BOOLEAN, "false", SMK_CELL_BOOLEAN},
    {SMK_CELL_ERROR, "#REF!", SMK_CELL_TEXT},
};

Test(xlsx_write, every_cell_comes_back_as_it_was)
{
    enum { COUNT = sizeof written / sizeof written[0] };
    static const char *const name[] = {"case_study", "សំណើ", "a sheet with thirty-one letters"};
    struct smk_cell cell[COUNT];
    struct smk_column_head head[COUNT];
    enum smk_cell_type type[COUNT];
    struct expecting e = {name, cell, type, COUNT, 0, 0};
    struct test_dir dir;
    struct smk_xlsx_writer w;
    test_dir_init(&dir);
    for (size_t i = 0; i < COUNT; i++) {
        cell[i] = (struct smk_cell){written[i].type, smk_bytes_of_text(written[i].text)};
        type[i] = written[i].read;
        head[i] = (struct smk_column_head){"column", written[i].type};
    }
    struct smk_buf file[2] = {{.max = 1 << 20}, {.max = 1 << 20}};
    for (size_t turn = 0; turn < 2; turn++) {
        struct test_path path = test_dir_at(&dir, turn == 0 ? "a.xlsx" : "b.xlsx");
        cr_assert(eq(int, smk_xlsx_create(&w, path.text, dir.path, 1700000000), SMK_OK));
        for (size_t i = 0; i < 3; i++) {
            cr_assert(eq(int, smk_xlsx_add_sheet(&w, name[i], head, COUNT), SMK_OK));
            cr_assert(eq(int, smk_xlsx_add_row(&w, cell, COUNT), SMK_OK));
        }
        cr_assert(eq(int, smk_xlsx_set_property(&w, "rows case_study", 1), SMK_OK));
        cr_assert(eq(int, smk_xlsx_finish(&w), SMK_OK));
        read_file(path.text, &file[turn]);
    }
    struct smk_file_fault fault;
    struct smk_table_sink sink = {expect_sheet, expect_row, &e};
    cr_assert(smk_xlsx_read(smk_buf_view(&file[0]), sink, &fault), "%s", smk_file_flaw_text(fault.flaw));
    cr_assert(eq(sz, e.sheets, 3));
    cr_assert(eq(sz, e.rows, 2));
    cr_assert(smk_bytes_is_equal(smk_buf_view(&file[0]), smk_buf_view(&file[1])), "the same bytes each time");
    cr_assert(eq(sz, count_files(dir.path), 2), "no temporary file is left");
    smk_buf_deinit(&file[0]);
    smk_buf_deinit(&file[1]);
    test_dir_deinit(&dir);
}

static struct smk_cell text_of(char *text, const char *letter, size_t count)
{
    size_t len = strlen(letter);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * len, letter, len);
    return (struct smk_cell){SMK_CELL_TEXT, {(uint8_t *)text, count * len}};
}

Test(xlsx_write, bounds_are_named_one_below_at_and_one_above)
{
    struct test_dir dir;
    struct smk_xlsx_writer w;
    static char text[4 * (SMK_XLSX_CELL_LETTERS_MAX + 1)];
    static const struct smk_column_head head[2] = {{"a", SMK_CELL_TEXT}, {"b", SMK_CELL_TEXT}};
    struct smk_cell row[3] = {{SMK_CELL_TEXT, smk_bytes_of_text("x")}};
    test_dir_init(&dir);
    cr_assert(eq(int, smk_xlsx_create(&w, test_dir_at(&dir, "a.xlsx").text, dir.path, 0), SMK_OK));
    cr_assert(eq(int, smk_xlsx_add_sheet(&w, "a", head, 2), SMK_OK));
    static const struct {
        const char *letter;
        size_t units;
    } letter[] = {{"a", 1}, {"ក", 1}, {"\xf0\x9f\x98\x80", 2}, {"\x1b", 1}};
    for (size_t i = 0; i < sizeof letter / sizeof letter[0]; i++)
        for (size_t over = 0; over < 2; over++) {
            size_t count = SMK_XLSX_CELL_LETTERS_MAX / letter[i].units + over;
            row[1] = text_of(text, letter[i].letter, count);
            /* Seven letters stand for one that XML cannot carry: those are too long before they should be. */
            bool fits = over == 0 && letter[i].letter[0] != '\x1b';
            cr_assert(eq(int, smk_xlsx_add_row(&w, row, 2), fits ? SMK_OK : SMK_ERR_TOO_BIG_HERE));
            cr_assert(eq(sz, w.fault_column, fits ? 0 : 2));
        }
    row[1] = text_of(text, "\x1b", SMK_XLSX_CELL_LETTERS_MAX / 7);
    cr_assert(eq(int, smk_xlsx_add_row(&w, row, 2), SMK_OK));
    row[1].text = (struct smk_bytes){(const uint8_t *)"a\0b", 3};
    cr_assert(eq(int, smk_xlsx_add_row(&w, row, 2), SMK_ERR_INVALID));
    row[1].text = smk_bytes_of_text("\xff");
    cr_assert(eq(int, smk_xlsx_add_row(&w, row, 2), SMK_ERR_INVALID));
    row[1].text = smk_bytes_of_text("good");
    cr_assert(eq(int, smk_xlsx_add_row(&w, row, 3), SMK_ERR_TOO_BIG_HERE), "more cells than columns");
    cr_assert(eq(int, smk_xlsx_finish(&w), SMK_OK));
    test_dir_deinit(&dir);
}

Test(xlsx_write, sheets_have_names_that_excel_takes)
{
    static const char *const bad[] = {
        "",   "a/b", "a\\b", "a?b",  "a*b",   "[a]",   "a:b",
        "'a", "a'",  "a\nb", "\xff", "first", "FIRST", "a sheet with thirty-two letters."};
    struct test_dir dir;
    struct smk_xlsx_writer w;
    static const struct smk_column_head head = {"a", SMK_CELL_TEXT};
    test_dir_init(&dir);
    cr_assert(eq(int, smk_xlsx_create(&w, test_dir_at(&dir, "a.xlsx").text, dir.path, 0), SMK_OK));
    cr_assert(eq(int, smk_xlsx_add_sheet(&w, "first", &head, 1), SMK_OK));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert(eq(int, smk_xlsx_add_sheet(&w, bad[i], &head, 1), SMK_ERR_INVALID), "%s", bad[i]);
    for (size_t i = 1; i < SMK_TABLE_SHEETS_MAX; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "sheet %zu", i);
        cr_assert(eq(int, smk_xlsx_add_sheet(&w, name, &head, 1), SMK_OK));
    }
    cr_assert(eq(int, smk_xlsx_add_sheet(&w, "one more", &head, 1), SMK_ERR_TOO_BIG_HERE));
    smk_xlsx_abort(&w);
    struct smk_column_head *many = calloc(SMK_TABLE_COLUMNS_MAX + 1, sizeof *many);
    cr_assert(ne(ptr, many, NULL));
    for (size_t i = 0; i <= SMK_TABLE_COLUMNS_MAX; i++)
        many[i] = head;
    cr_assert(eq(int, smk_xlsx_create(&w, test_dir_at(&dir, "b.xlsx").text, dir.path, 0), SMK_OK));
    cr_assert(eq(int, smk_xlsx_add_sheet(&w, "a", many, SMK_TABLE_COLUMNS_MAX), SMK_OK));
    cr_assert(eq(int, smk_xlsx_add_sheet(&w, "b", many, SMK_TABLE_COLUMNS_MAX + 1), SMK_ERR_TOO_BIG_HERE));
    smk_xlsx_abort(&w);
    free(many);
    test_dir_deinit(&dir);
}

Test(xlsx_write, giving_up_leaves_nothing_open)
{
    struct test_dir dir;
    struct smk_xlsx_writer w = {0};
    static const struct smk_column_head head = {"a", SMK_CELL_TEXT};
    smk_xlsx_abort(&w);
    test_dir_init(&dir);
    int before = open("/dev/null", O_RDONLY | O_CLOEXEC);
    (void)close(before);
    for (size_t i = 0; i < 3; i++) {
        cr_assert(eq(int, smk_xlsx_create(&w, test_dir_at(&dir, "a.xlsx").text, dir.path, 0), SMK_OK));
        cr_assert(eq(int, smk_xlsx_add_sheet(&w, "a", &head, 1), SMK_OK));
        cr_assert(eq(int, smk_xlsx_add_sheet(&w, "b", &head, 1), SMK_OK));
        smk_xlsx_abort(&w);
    }
    int after = open("/dev/null", O_RDONLY | O_CLOEXEC);
    (void)close(after);
    cr_assert(eq(int, before, after), "no file stays open");
    cr_assert(eq(sz, count_files(dir.path), 0));
    test_dir_deinit(&dir);
}

Test(xlsx_write, a_folder_that_is_not_there_is_named)
{
    struct test_dir dir;
    struct smk_xlsx_writer w;
    static const struct smk_column_head head = {"a", SMK_CELL_TEXT};
    test_dir_init(&dir);
    cr_assert(eq(int, smk_xlsx_create(&w, test_dir_at(&dir, "no/a.xlsx").text, dir.path, 0), SMK_OK));
    cr_assert(eq(int, smk_xlsx_add_sheet(&w, "a", &head, 1), SMK_OK));
    cr_assert(eq(int, smk_xlsx_finish(&w), SMK_ERR_IO));
    test_dir_deinit(&dir);
}
