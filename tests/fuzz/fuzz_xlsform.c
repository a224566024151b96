/* Target: forms of surveys. Input: faults, then lines of cells between TABs: the sheet `survey`, a line of one byte 1E, the
 * sheet `choices`. They are put into a workbook whose XML is good; `xlsx` has bad ones.
 *
 * Each question is found by its path, names and labels are their own folds, notes say where they belong. With failing
 * allocations the form is the same, or there is none. */
#include "store/files/xlsform.h"
#include "proto/khmer.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/workbook.h"

#include <stdio.h>
#include <string.h>

enum { SHEET_BYTES_MAX = 1 << 19 };

static const char book[] =
    "<w xmlns:r=\"y\"><sheets><sheet name=\"survey\" r:id=\"rId1\"/><sheet name=\"choices\" r:id=\"rId2\"/>"
    "</sheets></w>";

/* ---- a workbook of the text ---- */

static void put_text(struct smk_buf *b, struct smk_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        char escape[8];
        if (text.data[i] == '<' || text.data[i] == '&' || text.data[i] == '>') {
            (void)snprintf(escape, sizeof escape, "&#%u;", text.data[i]);
            smk_buf_write(b, escape, strlen(escape));
        } else {
            smk_buf_write_u8(b, text.data[i] < ' ' ? ' ' : text.data[i]);
        }
    }
}

/* Up to the byte `end`, or the end of text, which is moved behind it. */
static struct smk_bytes until(struct smk_bytes *text, uint8_t end)
{
    const uint8_t *at = text->len > 0 ? memchr(text->data, end, text->len) : NULL;
    struct smk_bytes piece = {text->data, at != NULL ? (size_t)(at - text->data) : text->len};
    size_t used = piece.len + (at != NULL ? 1 : 0);
    if (used > 0)
        *text = (struct smk_bytes){text->data + used, text->len - used};
    return piece;
}

static void make_sheet(struct smk_bytes text, struct smk_buf *b)
{
    static const char head[] = "<w><sheetData>", tail[] = "</sheetData></w>", open[] = "<row>",
                      close[] = "</row>", cell[] = "<c t=\"inlineStr\"><is><t>", end[] = "</t></is></c>";
    smk_buf_write(b, head, sizeof head - 1);
    while (text.len > 0) {
        struct smk_bytes line = until(&text, '\n');
        smk_buf_write(b, open, sizeof open - 1);
        while (line.len > 0) {
            smk_buf_write(b, cell, sizeof cell - 1);
            put_text(b, until(&line, '\t'));
            smk_buf_write(b, end, sizeof end - 1);
        }
        smk_buf_write(b, close, sizeof close - 1);
    }
    smk_buf_write(b, tail, sizeof tail);
    SMK_ASSERT(b->err == SMK_OK);
}

static bool is_good_text(struct smk_bytes text)
{
    return smk_utf8_is_valid(text) && text.len <= 4096;
}

/* ---- what holds ---- */

static void check_fold(const char *name)
{
    struct smk_buf b = {.max = 1 << 16};
    SMK_ASSERT(smk_khmer_fold(smk_bytes_of_text(name), &b) == SMK_OK);
    SMK_ASSERT(smk_bytes_is_equal(smk_buf_view(&b), smk_bytes_of_text(name)));
    smk_buf_deinit(&b);
}

static void check_form(const struct smk_xlsform *f)
{
    for (size_t i = 0; i < f->question_count; i++) {
        const struct smk_xlsform_question *q = &f->question[i];
        SMK_ASSERT(q->names.name[0] != '\0' && q->row > 1);
        SMK_ASSERT(q->names.label_count <= SMK_XLSFORM_LABELS_MAX);
        check_fold(q->names.name);
        const struct smk_xlsform_question *found = smk_xlsform_find(f, q->path);
        SMK_ASSERT(found != NULL);
        SMK_ASSERT(strcmp(found->path, q->path) == 0 || strcmp(found->names.name, q->path) == 0);
    }
    for (size_t i = 0; i < f->choice_count; i++) {
        size_t at = i;
        if (f->choice[i].names.name[0] != '\0')
            SMK_ASSERT(smk_xlsform_next_choice(f, f->choice[i].list, f->choice[i].names.name, &at) ==
                       &f->choice[i]);
    }
    for (size_t i = 0; i < f->note_count; i++)
        SMK_ASSERT(f->note[i].what[0] != '\0' && f->note[i].about != NULL && f->note[i].sheet != NULL);
}

static void check_same(const struct smk_xlsform *a, const struct smk_xlsform *b)
{
    SMK_ASSERT(a->question_count == b->question_count && a->choice_count == b->choice_count);
    SMK_ASSERT(a->note_count == b->note_count);
    for (size_t i = 0; i < a->note_count; i++)
        SMK_ASSERT(a->note[i].row == b->note[i].row && strcmp(a->note[i].about, b->note[i].about) == 0);
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    struct smk_bytes text = fuzz_rest(&in);
    struct smk_buf first = {.max = SHEET_BYTES_MAX}, second = {.max = SHEET_BYTES_MAX},
                   file = {.max = 1 << 21};
    struct smk_xlsform calm, hit;
    struct smk_file_fault fault, same;
    if (!is_good_text(text))
        return;
    make_sheet(until(&text, 0x1e), &first);
    make_sheet(text, &second);
    test_workbook(&(struct test_workbook){.book = book,
                                          .first = (const char *)first.data,
                                          .second = (const char *)second.data,
                                          .is_stored = true},
                  &file);
    bool is_read = smk_xlsform_read(smk_buf_view(&file), &calm, &fault);
    SMK_ASSERT(is_read == (fault.flaw == SMK_FILE_NONE) && fault.flaw != SMK_FILE_NO_MEMORY);
    if (is_read)
        check_form(&calm);
    fuzz_faults_begin(faults);
    test_fault_pause(false);
    (void)smk_xlsform_read(smk_buf_view(&file), &hit, &same);
    test_fault_pause(true);
    SMK_ASSERT(same.flaw == fault.flaw || (same.flaw == SMK_FILE_NO_MEMORY && test_fault_hits() > 0));
    if (is_read && same.flaw == SMK_FILE_NONE)
        check_same(&calm, &hit);
    smk_xlsform_deinit(&hit);
    fuzz_faults_end();
    smk_xlsform_deinit(&calm);
    smk_buf_deinit(&first);
    smk_buf_deinit(&second);
    smk_buf_deinit(&file);
}

/* ---- seeds ---- */

void fuzz_seeds(void)
{
    static const uint8_t head[2] = {0}, first_fails[] = {1, 3};
    static const char form[] = "type\tname\tlabel::English\tlabel::Khmer\trelevant\n"
                               "begin group\twho\tWho\n"
                               "select_one sex\tq1\tSex\tភេទ\n"
                               "integer\tage\tAge\n"
                               "end group\n"
                               "begin_repeat\tr\n"
                               "text\tx\n"
                               "end_repeat\n"
                               "select_one kind or_other\tkind\tKind\t\t. = 1\n"
                               "geotrace\tway\n"
                               "\x1e"
                               "list_name\tname\tlabel\tdistrict\n"
                               "sex\t1\tWoman\n"
                               "sex\t2\tMan\n"
                               "kind\t\tNobody\n";
    fuzz_seed("form", SMK_BYTES(head), smk_bytes_of_text(form));
    fuzz_seed("form-without-memory", SMK_BYTES(first_fails), smk_bytes_of_text(form));
    fuzz_seed("no-form", SMK_BYTES(head),
              smk_bytes_of_text("type\tlabel\ntext\tSex\n\x1elist name\tvalue\na\tb\n"));
}
