#include "store/files/xlsform.h"

#include "store/files/xlsx.h"
#include "tests/support/tempdir.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

TestSuite(xlsform);

enum { CELLS_MAX = 5 };

/* A workbook of rows; NULL ends a row, a NULL row the sheet. */
struct sheet {
    const char *name;
    const char *row[24][CELLS_MAX];
};

static struct smk_bytes book_of(const struct test_dir *dir, const struct sheet *sheet, size_t count,
                                struct smk_buf *file)
{
    struct smk_xlsx_writer w = {0};
    const char *path = test_dir_at(dir, "form.xlsx").text;
    char copy[TEST_PATH_MAX];
    uint8_t piece[4096];
    size_t got;
    (void)snprintf(copy, sizeof copy, "%s", path);
    cr_assert(eq(int, smk_xlsx_create(&w, copy, dir->path, 0), SMK_OK));
    for (size_t s = 0; s < count; s++) {
        struct smk_column_head head[CELLS_MAX];
        size_t columns = 0;
        for (; columns < CELLS_MAX && sheet[s].row[0][columns] != NULL; columns++)
            head[columns] = (struct smk_column_head){sheet[s].row[0][columns], SMK_CELL_TEXT};
        cr_assert(eq(int, smk_xlsx_add_sheet(&w, sheet[s].name, head, columns), SMK_OK));
        for (size_t r = 1; sheet[s].row[r][0] != NULL; r++) {
            struct smk_cell cell[CELLS_MAX] = {0};
            for (size_t c = 0; c < columns && sheet[s].row[r][c] != NULL; c++)
                if (sheet[s].row[r][c][0] != '\0')
                    cell[c] = (struct smk_cell){SMK_CELL_TEXT, smk_bytes_of_text(sheet[s].row[r][c])};
            cr_assert(eq(int, smk_xlsx_add_row(&w, cell, columns), SMK_OK));
        }
    }
    cr_assert(eq(int, smk_xlsx_finish(&w), SMK_OK));
    FILE *in = fopen(copy, "rb");
    cr_assert(in != NULL);
    file->max = 1 << 20;
    while ((got = fread(piece, 1, sizeof piece, in)) > 0)
        smk_buf_write(file, piece, got);
    (void)fclose(in);
    return smk_buf_view(file);
}

static bool read_sheets(const struct sheet *sheet, size_t count, struct smk_xlsform *f,
                        enum smk_file_flaw *ret)
{
    struct test_dir dir;
    struct smk_buf file = {0};
    struct smk_file_fault fault;
    test_dir_init(&dir);
    bool is_read = smk_xlsform_read(book_of(&dir, sheet, count, &file), f, &fault);
    *ret = fault.flaw;
    smk_buf_deinit(&file);
    test_dir_deinit(&dir);
    return is_read;
}

static const struct sheet choices = {"choices",
                                     {{"list_name", "name", "label::English", "label::Khmer"},
                                      {"sex", "1", "Woman", "ស្ត្រី"},
                                      {"sex", "2", "Man"},
                                      {"kind", "1", "Citizen"}}};

Test(xlsform, a_question_is_found_by_name_by_group_and_by_label)
{
    const struct sheet sheet[] = {{"survey",
                                   {{"type", "name", "label::English", "label::Khmer"},
                                    {"begin_group", "who", "Who"},
                                    {"select_one sex", "q1", "Sex", "ភេទ"},
                                    {"integer", "q2", "Age"},
                                    {"end group", ""},
                                    {"text", "sex", "q1"},
                                    {"text", "a", "The same"},
                                    {"text", "b", "The same"}}},
                                  choices};
    struct smk_xlsform f;
    enum smk_file_flaw flaw;
    cr_assert(read_sheets(sheet, 2, &f, &flaw));
    cr_assert(eq(sz, f.question_count, 5));
    cr_assert(eq(sz, f.note_count, 0));
    cr_assert(eq(ptr, (void *)(uintptr_t)smk_xlsform_find(&f, "q1"), (void *)&f.question[0]), "by name");
    cr_assert(eq(ptr, (void *)(uintptr_t)smk_xlsform_find(&f, "who/q1"), (void *)&f.question[0]));
    cr_assert(eq(ptr, (void *)(uintptr_t)smk_xlsform_find(&f, "who/age"), (void *)&f.question[1]),
              "label behind a group");
    cr_assert(eq(ptr, (void *)(uintptr_t)smk_xlsform_find(&f, "sex"), (void *)&f.question[2]),
              "a name goes before a label");
    cr_assert(smk_xlsform_find(&f, "the same") == NULL, "two questions have this label");
    cr_assert(smk_xlsform_find(&f, "") == NULL);
    smk_xlsform_deinit(&f);
}

Test(xlsform, a_choice_is_found_in_its_own_list_alone)
{
    const struct sheet sheet[] = {{"survey", {{"type", "name"}, {"select_one sex", "q1"}}}, choices};
    struct smk_xlsform f;
    enum smk_file_flaw flaw;
    size_t at = 0;
    cr_assert(read_sheets(sheet, 2, &f, &flaw));
    const struct smk_xlsform_choice *choice = smk_xlsform_next_choice(&f, "sex", "1", &at);
    cr_assert(choice != NULL && choice->names.label_count == 2);
    cr_assert(eq(str, (char *)(uintptr_t)choice->names.label[0], "woman"));
    cr_assert(smk_xlsform_next_choice(&f, "sex", "1", &at) == NULL, "there is one");
    at = 0;
    cr_assert(smk_xlsform_next_choice(&f, "sex", "citizen", &at) == NULL);
    smk_xlsform_deinit(&f);
}

Test(xlsform, answers_inside_a_repeat_are_not_taken)
{
    const struct sheet sheet[] = {{"survey",
                                   {{"type", "name"},
                                    {"begin_repeat", "child"},
                                    {"begin_group", "g"},
                                    {"integer", "age"},
                                    {"end_group", ""},
                                    {"end_repeat", ""},
                                    {"end_repeat", ""},
                                    {"integer", "own"}}},
                                  choices};
    struct smk_xlsform f;
    enum smk_file_flaw flaw;
    cr_assert(read_sheets(sheet, 2, &f, &flaw));
    cr_assert(eq(sz, f.question_count, 1));
    cr_assert(eq(str, (char *)(uintptr_t)f.question[0].path, "own"));
    cr_assert(eq(sz, f.note_count, 2), "the repeat, and an end of nothing");
    smk_xlsform_deinit(&f);
}

Test(xlsform, what_is_no_form_is_refused)
{
    const struct sheet none[] = {choices},
                       nameless[] = {{"survey", {{"type", "label"}, {"text", "Sex"}}}, choices};
    struct smk_xlsform f;
    enum smk_file_flaw flaw;
    cr_assert(not(read_sheets(none, 1, &f, &flaw)));
    cr_assert(eq(int, flaw, SMK_FILE_NOT_FORM));
    smk_xlsform_deinit(&f);
    cr_assert(not(read_sheets(nameless, 2, &f, &flaw)));
    cr_assert(eq(int, flaw, SMK_FILE_NOT_FORM));
    smk_xlsform_deinit(&f);
}

/* The rest of a form with more is not read on. */
Test(xlsform, groups_have_a_bound)
{
    struct sheet sheet[2] = {{"survey", {{"type", "name"}}}, choices};
    struct smk_xlsform f;
    enum smk_file_flaw flaw;
    for (size_t i = 1; i <= SMK_XLSFORM_GROUPS_MAX; i++) {
        sheet[0].row[i][0] = "begin_group";
        sheet[0].row[i][1] = "g";
    }
    cr_assert(read_sheets(sheet, 2, &f, &flaw));
    smk_xlsform_deinit(&f);
    sheet[0].row[SMK_XLSFORM_GROUPS_MAX + 1][0] = "begin_group";
    cr_assert(not(read_sheets(sheet, 2, &f, &flaw)));
    cr_assert(eq(int, flaw, SMK_FILE_NOT_FORM));
    smk_xlsform_deinit(&f);
}
