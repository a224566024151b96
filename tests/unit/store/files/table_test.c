#include "store/files/table.h"

#include "tests/support/fault.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

Test(table, columns_are_called_as_spreadsheets_call_them)
{
    static const struct {
        size_t column;
        const char *letters;
    } row[] = {{1, "A"},   {26, "Z"},   {27, "AA"},   {52, "AZ"},
               {53, "BA"}, {702, "ZZ"}, {703, "AAA"}, {1024, "AMJ"}};
    struct smk_column_letters letters;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(eq(str, (char *)(uintptr_t)smk_column_letters(row[i].column, &letters),
                     (char *)(uintptr_t)row[i].letters));
}

Test(table, every_flaw_has_a_code_and_a_sentence)
{
    for (int flaw = 0; flaw <= SMK_FILE_BAD_SHAPE; flaw++) {
        cr_assert(gt(sz, strlen(smk_file_flaw_code((enum smk_file_flaw)flaw)), 1));
        cr_assert(gt(sz, strlen(smk_file_flaw_text((enum smk_file_flaw)flaw)), 10));
    }
}

Test(table, a_row_is_built_cell_by_cell)
{
    struct smk_row_builder b = SMK_ROW_BUILDER;
    cr_assert(smk_row_put(&b, 1, SMK_CELL_TEXT, smk_bytes_of_text("one")));
    cr_assert(smk_row_put(&b, 2, SMK_CELL_INTEGER, smk_bytes_of_text("")));
    cr_assert(smk_row_put(&b, 4, SMK_CELL_INTEGER, smk_bytes_of_text("4")));
    struct smk_row row = smk_row_view(&b, 7);
    static const enum smk_cell_type type[] = {SMK_CELL_EMPTY, SMK_CELL_TEXT, SMK_CELL_EMPTY, SMK_CELL_EMPTY,
                                              SMK_CELL_INTEGER};
    cr_assert(eq(sz, row.number, 7));
    cr_assert(eq(sz, row.count, 5));
    for (size_t i = 0; i < 5; i++)
        cr_assert(eq(int, row.cell[i].type, type[i]));
    cr_assert(smk_bytes_is_equal(row.cell[4].text, smk_bytes_of_text("4")));
    cr_assert(eq(int, smk_row_is_blank(&b), false));
    smk_row_reset(&b);
    cr_assert(smk_row_is_blank(&b));
    cr_assert(eq(sz, smk_row_view(&b, 8).count, 0));
    smk_row_deinit(&b);
}

Test(table, what_does_not_belong_into_a_row_is_named)
{
    static const struct {
        size_t column;
        const char *text;
        size_t len;
        enum smk_file_flaw flaw;
    } row[] = {
        {SMK_TABLE_COLUMNS_MAX - 1, "x", 1, SMK_FILE_NONE},
        {SMK_TABLE_COLUMNS_MAX, "x", 1, SMK_FILE_TOO_MANY_COLUMNS},
        {0, "x", 1, SMK_FILE_BAD_SHEET},
        {1, "\xed\xa0\x80", 3, SMK_FILE_NOT_UTF8},
        {1, "a\0b", 3, SMK_FILE_ZERO_BYTE},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_row_builder b = SMK_ROW_BUILDER;
        cr_assert(smk_row_put(&b, 0, SMK_CELL_TEXT, smk_bytes_of_text("first")));
        bool is_good = smk_row_put(&b, row[i].column, SMK_CELL_TEXT,
                                   (struct smk_bytes){(const uint8_t *)row[i].text, row[i].len});
        cr_assert(eq(int, is_good, row[i].flaw == SMK_FILE_NONE), "%zu", i);
        cr_assert(eq(int, b.flaw, row[i].flaw), "%zu", i);
        cr_assert(
            eq(int, smk_row_put(&b, SMK_TABLE_COLUMNS_MAX, SMK_CELL_TEXT, (struct smk_bytes){0}), false));
        cr_assert(eq(int, b.flaw, row[i].flaw != SMK_FILE_NONE ? row[i].flaw : SMK_FILE_TOO_MANY_COLUMNS),
                  "the first one sticks");
        smk_row_deinit(&b);
    }
}

Test(table, too_little_memory_is_named)
{
    for (unsigned long nth = 0; nth < 10; nth++) {
        struct smk_row_builder b = SMK_ROW_BUILDER;
        test_fault_begin(TEST_FAULT_ONCE, nth);
        bool is_good = smk_row_put(&b, 3, SMK_CELL_TEXT, smk_bytes_of_text("x"));
        test_fault_end();
        cr_assert(eq(int, is_good, test_fault_hits() == 0));
        cr_assert(eq(int, b.flaw, is_good ? SMK_FILE_NONE : SMK_FILE_NO_MEMORY));
        smk_row_deinit(&b);
        if (is_good) {
            cr_assert(eq(int, (int)nth, 3));
            return;
        }
    }
    cr_assert(false, "it never ended");
}
