#include "store/files/xlsx.h"
#include "store/files/xlsx_book.h"

#include "tests/support/fault.h"
#include "tests/support/workbook.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All sheets as one text: their names in angle brackets, rows by number, cells by the first letter of their type. */
struct spelling {
    char text[8 * 1024];
    size_t len;
    size_t rows;
    const char *wanted; /* the one sheet; NULL = all */
    bool stops;         /* at the first row */
};

__attribute__((format(printf, 2, 3))) static void spell(struct spelling *s, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(s->text + s->len, sizeof s->text - s->len, format, arguments);
    va_end(arguments);
    cr_assert(len >= 0 && (size_t)len < sizeof s->text - s->len);
    s->len += (size_t)len;
}

static bool spell_sheet(void *ctx, struct smk_bytes name)
{
    struct spelling *s = ctx;
    spell(s, "<%.*s>", (int)name.len, (const char *)name.data);
    return s->wanted == NULL || smk_bytes_is_equal(name, smk_bytes_of_text(s->wanted));
}

static bool spell_row(void *ctx, const struct smk_row *row)
{
    struct spelling *s = ctx;
    s->rows++;
    spell(s, "%zu", row->number);
    for (size_t i = 0; i < row->count; i++)
        spell(s, "[%c%.*s]", "-u*tcidDbe"[row->cell[i].type], (int)row -> cell[i].text.len,
              row->cell[i].text.len > 0 ? (const char *)row->cell[i].text.data : "");
    return !s->stops;
}

static struct smk_file_fault read_book(const struct test_workbook *w, struct spelling *s)
{
    struct smk_buf file = {.max = 1 << 24};
    struct smk_file_fault fault;
    test_workbook(w, &file);
    bool is_good =
        smk_xlsx_read(smk_buf_view(&file),
                      (struct smk_table_sink){.sheet = spell_sheet, .row = spell_row, .ctx = s}, &fault);
    cr_assert(eq(int, is_good, fault.flaw == SMK_FILE_NONE));
    smk_buf_deinit(&file);
    return fault;
}

#define CELLS(inner) "<worksheet><sheetData><row r=\"1\">" inner "</row></sheetData></worksheet>"
#define ROWS(inner) "<worksheet><sheetData>" inner "</sheetData></worksheet>"

Test(xlsx, cells_come_as_what_they_are)
{
    static const struct {
        const char *cells, *spelled, *why;
    } row[] = {
        {"<c t=\"s\"><v>2</v></c>", "[ttwo]", "a shared string"},
        {"<c t=\"inlineStr\"><is><t>a</t></is></c>", "[ta]", "an inline string"},
        {"<c t=\"inlineStr\"><is><r><t>a</t></r><r><rPr/><t xml:space=\"preserve\"> b</t></r></is></c>",
         "[ta b]", "runs are joined"},
        {"<c t=\"inlineStr\"><is><t>a</t><rPh sb=\"0\" eb=\"1\"><t>read</t></rPh><t>b</t></is></c>", "[tab]",
         "how it is read is left out"},
        {"<c t=\"inlineStr\"><is><t>&lt;&amp;&#x1780;</t></is></c>", "[t<&ក]", "letters by name and number"},
        {"<c t=\"inlineStr\"><is><t>a_x000D_b_x005F_x000D_c_x1780_</t></is></c>", "[ta\rb_x000D_cក]",
         "escapes"},
        {"<c t=\"inlineStr\"><is><t>_x00g0_ _xD83D_ _x000d __x0041_</t></is></c>",
         "[t_x00g0_ _xD83D_ _x000d _A]", "what is no escape stays"},
        {"<c t=\"inlineStr\"><is><t>=1+1</t></is></c>", "[t=1+1]", "what looks like a formula is text"},
        {"<c><v>367</v></c>", "[i367]", "an integer"},
        {"<c t=\"n\"><v>0.10000000000000001</v></c>", "[d0.1]", "no artefact of a binary fraction"},
        {"<c s=\"2\"><v>60782.5</v></c>", "[d60782.50]", "as many decimals as are shown"},
        {"<c s=\"5\"><v>1.5</v></c>", "[d1.500]", "the same, by a form of its own"},
        {"<c s=\"1\"><v>44516</v></c>", "[D2021-11-16]", "a date"},
        {"<c s=\"3\"><v>44501</v></c>", "[D2021-11]", "a month"},
        {"<c s=\"4\"><v>44516.354166666664</v></c>", "[D2021-11-16T08:30:00]", "a date and a time"},
        {"<c s=\"6\"><v>0.354166666666667</v></c>", "[D08:30:00]", "a time"},
        {"<c s=\"1\"><v>-3</v></c>", "[i-3]", "no date: the number"},
        {"<c t=\"d\"><v>2021-11-16</v></c>", "[D2021-11-16]", "a date that is written out"},
        {"<c s=\"99\"><v>5</v></c>", "[i5]", "a form that is not there"},
        {"<c><v>1e999</v></c>", "[t1e999]", "no number: text"},
        {"<c t=\"b\"><v>1</v></c><c t=\"b\"><v>0</v></c>", "[btrue][bfalse]", "booleans"},
        {"<c t=\"e\"><v>#REF!</v></c>", "[e#REF!]", "an error"},
        {"<c><f>SUM(B1:B9)</f><v>12</v></c>", "[t12]", "of a formula its value, as text"},
        {"<c t=\"str\"><f>A1&amp;\"x\"</f><v>ax</v></c>", "[tax]", "the same"},
        {"<c s=\"1\"><f>TODAY()</f><v>44516</v></c>", "[t2021-11-16]", "the same"},
        {"<c><f>WEBSERVICE(\"http://x\")</f></c><c><v>1</v></c>", "[-][i1]",
         "a formula without a value is nothing"},
        {"<c r=\"B1\"><v>1</v></c><c r=\"D1\"><v>2</v></c><c><v>3</v></c>", "[-][i1][-][i2][i3]", "gaps"},
        {"<c><v>1</v></c><c s=\"1\"/><c r=\"XFD1\" s=\"1\"/>", "[i1]", "cells with nothing but a form"},
        {"<c t=\"s\"><v></v></c><c t=\"s\"/><c t=\"b\"><v/></c><c><v>1</v></c>", "[-][-][-][i1]",
         "empty values"},
        {"<x:c xmlns:x=\"y\" t=\"s\"><x:v>1</x:v></x:c>", "[tone]", "with a prefix"},
        {"<c t=\"zz\"><v>5</v></c>", "[i5]", "an unknown type"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char sheet[512], wanted[256];
        static struct spelling s;
        s = (struct spelling){0};
        (void)snprintf(sheet, sizeof sheet, CELLS("%s"), row[i].cells);
        (void)snprintf(wanted, sizeof wanted, "<first>1%s<ទីពីរ>", row[i].spelled);
        struct smk_file_fault fault = read_book(&(struct test_workbook){.first = sheet}, &s);
        cr_assert(eq(int, fault.flaw, SMK_FILE_NONE), "%s", row[i].why);
        cr_assert(eq(str, s.text, wanted), "%s", row[i].why);
    }
}

Test(xlsx, rows_keep_their_numbers)
{
    static struct spelling s;
    static const char sheet[] =
        ROWS("<row r=\"3\"><c><v>1</v></c></row><row><c><v>2</v></c></row><row r=\"9\"/>"
             "<row r=\"12\"><c r=\"A12\" s=\"1\"/></row><row r=\"1048576\"><c><v>3</v></c></row>");
    struct smk_file_fault fault = read_book(&(struct test_workbook){.second = sheet, .first = ROWS("")}, &s);
    cr_assert(eq(int, fault.flaw, SMK_FILE_NONE));
    cr_assert(eq(str, s.text, "<first><ទីពីរ>3[i1]4[i2]1048576[i3]"));
}

Test(xlsx, sheets_are_chosen_by_name_and_reading_can_end)
{
    static struct spelling s;
    static const char one[] = CELLS("<c><v>1</v></c>"), bad[] = "<worksheet><sheetData><row>";
    s = (struct spelling){.wanted = "ទីពីរ"};
    cr_assert(
        eq(int, read_book(&(struct test_workbook){.first = bad, .second = one}, &s).flaw, SMK_FILE_NONE),
        "a sheet that nobody wants is not looked at");
    cr_assert(eq(str, s.text, "<first><ទីពីរ>1[i1]"));
    s = (struct spelling){.stops = true};
    struct smk_file_fault fault = read_book(&(struct test_workbook){.first = one, .second = one}, &s);
    cr_assert(eq(int, fault.flaw, SMK_FILE_STOPPED));
    cr_assert(eq(sz, s.rows, 1));
}

Test(xlsx, days_may_begin_in_1904)
{
    static struct spelling s;
    static const char book[] =
        "<workbook xmlns:r=\"y\"><workbookPr date1904=\"1\"/><sheets><sheet name=\"a\" r:id=\"rId1\"/>"
        "<sheet name=\"chart\" r:id=\"rId77\"/></sheets></workbook>";
    struct test_workbook w = {.book = book, .first = CELLS("<c s=\"1\"><v>43054</v></c>")};
    cr_assert(eq(int, read_book(&w, &s).flaw, SMK_FILE_NONE));
    cr_assert(eq(str, s.text, "<a>1[D2021-11-16]"), "and a sheet of another kind is passed over");
}

Test(xlsx, strings_and_forms_may_be_missing)
{
    static struct spelling s;
    static const char relations[] =
        "<Relationships><Relationship Id=\"rId1\" Type=\"x/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
        "<Relationship Id=\"rId2\" Type=\"x/worksheet\" Target=\"http://a/b\" TargetMode=\"External\"/>"
        "</Relationships>";
    struct test_workbook w = {.relations = relations,
                              .strings = "",
                              .styles = "",
                              .second = "",
                              .first = CELLS("<c s=\"1\"><v>44516</v></c>")};
    cr_assert(eq(int, read_book(&w, &s).flaw, SMK_FILE_NONE));
    cr_assert(eq(str, s.text, "<first>1[i44516]"), "a sheet that lies elsewhere is not fetched");
}

static const struct {
    struct test_workbook book;
    enum smk_file_flaw flaw;
    const char *sheet;
    size_t row, column;
} wrong[] = {
    {{.root = ""}, SMK_FILE_NOT_WORKBOOK, "", 0, 0},
    {{.root = "<Relationships/>"}, SMK_FILE_NOT_WORKBOOK, "", 0, 0},
    {{.root = "<R><Relationship Id=\"a\" Type=\"x/officeDocument\" Target=\"../x.xml\"/></R>"},
     SMK_FILE_BAD_SHEET,
     "",
     0,
     0},
    {{.root = "<R><Relationship Id=\"a\" Type=\"x/officeDocument\" Target=\"xl/workbook.bin\"/></R>"},
     SMK_FILE_NOT_WORKBOOK,
     "",
     0,
     0},
    {{.book = ""}, SMK_FILE_PART_MISSING, "", 0, 0},
    {{.relations = ""}, SMK_FILE_PART_MISSING, "", 0, 0},
    {{.strings = ""}, SMK_FILE_PART_MISSING, "", 0, 0},
    {{.styles = ""}, SMK_FILE_PART_MISSING, "", 0, 0},
    {{.first = ""}, SMK_FILE_PART_MISSING, "first", 0, 0},
    {{.book = "<workbook><sheets/></workbook>"}, SMK_FILE_NOT_WORKBOOK, "", 0, 0},
    {{.book = "<workbook><sheets><sheet name=\"a\"/></sheets></workbook>"}, SMK_FILE_BAD_SHEET, "", 0, 0},
    {{.relations = "<R><Relationship Id=\"rId1\" Type=\"x/worksheet\" Target=\"../../etc/passwd\"/></R>"},
     SMK_FILE_BAD_SHEET,
     "",
     0,
     0},
    {{.book = "<!DOCTYPE a [<!ENTITY b \"c\">]><workbook/>"}, SMK_FILE_DOCTYPE, "", 0, 0},
    {{.strings = "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><sst/>"}, SMK_FILE_DOCTYPE, "", 0, 0},
    {{.first = "<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;\">]><worksheet>&c;</worksheet>"},
     SMK_FILE_DOCTYPE,
     "first",
     0,
     0},
    {{.first = "<worksheet>"}, SMK_FILE_BAD_XML, "first", 0, 0},
    {{.first = "<worksheet>&nbsp;</worksheet>"}, SMK_FILE_BAD_XML, "first", 0, 0},
    {{.first = ROWS("<row><c><v>1</v></c></row><row><c></row>")}, SMK_FILE_BAD_XML, "first", 2, 0},
    {{.first = "\xff"}, SMK_FILE_BAD_XML, "first", 0, 0},
    {{.styles = "<s><numFmt numFmtId=\"x\" formatCode=\"0\"/></s>"}, SMK_FILE_BAD_SHEET, "", 0, 0},
    {{.styles = "<s><cellXfs><xf numFmtId=\"-1\"/></cellXfs></s>"}, SMK_FILE_BAD_SHEET, "", 0, 0},
    {{.first = ROWS("<row r=\"2\"/><row r=\"2\"/>")}, SMK_FILE_BAD_SHEET, "first", 2, 0},
    {{.first = ROWS("<row r=\"0\"/>")}, SMK_FILE_BAD_SHEET, "first", 0, 0},
    {{.first = ROWS("<row r=\"1048577\"/>")}, SMK_FILE_BAD_SHEET, "first", 0, 0},
    {{.first = ROWS("<row r=\"x\"/>")}, SMK_FILE_BAD_SHEET, "first", 0, 0},
    {{.first = CELLS("<c r=\"B1\"/><c r=\"A1\"/>")}, SMK_FILE_BAD_SHEET, "first", 1, 3},
    {{.first = CELLS("<c r=\"A2\"/>")}, SMK_FILE_BAD_SHEET, "first", 1, 1},
    {{.first = CELLS("<c r=\"1\"/>")}, SMK_FILE_BAD_SHEET, "first", 1, 1},
    {{.first = CELLS("<c r=\"AAAA1\"/>")}, SMK_FILE_BAD_SHEET, "first", 1, 1},
    {{.first = CELLS("<c s=\"x\"/>")}, SMK_FILE_BAD_SHEET, "first", 1, 1},
    {{.first = CELLS("<c t=\"s\"><v>3</v></c>")}, SMK_FILE_BAD_SHEET, "first", 1, 1},
    {{.first = CELLS("<c t=\"s\"><v>-1</v></c>")}, SMK_FILE_BAD_SHEET, "first", 1, 1},
    {{.first = CELLS("<c t=\"s\"><v>00000000000000000000001</v></c>")}, SMK_FILE_BAD_SHEET, "first", 1, 1},
    {{.first = CELLS("<c r=\"AMK1\"><v>1</v></c>")}, SMK_FILE_TOO_MANY_COLUMNS, "first", 1, 1025},
    {{.first = CELLS("<c t=\"inlineStr\"><is><t>a_x0000_</t></is></c>")}, SMK_FILE_ZERO_BYTE, "first", 1, 1},
};

Test(xlsx, what_is_wrong_is_named_with_its_place)
{
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        static struct spelling s;
        s = (struct spelling){0};
        struct smk_file_fault fault = read_book(&wrong[i].book, &s);
        cr_assert(eq(int, fault.flaw, wrong[i].flaw), "row %zu", i);
        cr_assert(eq(str, fault.sheet, (char *)(uintptr_t)wrong[i].sheet), "row %zu", i);
        cr_assert(eq(sz, fault.row, wrong[i].row), "row %zu", i);
        cr_assert(eq(sz, fault.column, wrong[i].column), "row %zu", i);
    }
}

Test(xlsx, a_row_inside_of_a_row_comes_once)
{
    static struct spelling s;
    static const char sheet[] = ROWS("<row><c><v>1</v></c><row><c><v>2</v></c></row></row>");
    cr_assert(eq(int, read_book(&(struct test_workbook){.first = sheet}, &s).flaw, SMK_FILE_NONE));
    cr_assert(eq(str, s.text, "<first>2[i2]<ទីពីរ>"));
}

/* ---- files that are no workbooks ---- */

static bool any_row(void *ctx, const struct smk_row *row)
{
    (void)ctx;
    cr_assert(gt(sz, row->count, 0));
    return true;
}

static enum smk_file_flaw flaw_of(const void *bytes, size_t len)
{
    struct smk_file_fault fault;
    uint8_t *exact = malloc(len > 0 ? len : 1);
    cr_assert(ne(ptr, exact, NULL));
    if (len > 0)
        memcpy(exact, bytes, len);
    (void)smk_xlsx_read((struct smk_bytes){exact, len}, (struct smk_table_sink){.row = any_row}, &fault);
    free(exact);
    return fault.flaw;
}

Test(xlsx, other_files_are_called_what_they_are)
{
    static const char old[] = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 W\0o\0r\0k\0b\0o\0o\0k\0";
    static const char locked[] =
        "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0";
    cr_assert(eq(int, flaw_of(old, sizeof old), SMK_FILE_OLD_EXCEL));
    cr_assert(eq(int, flaw_of(locked, sizeof locked), SMK_FILE_ENCRYPTED));
    cr_assert(eq(int, flaw_of("", 0), SMK_FILE_NOT_WORKBOOK));
    cr_assert(eq(int, flaw_of("PK", 2), SMK_FILE_NOT_WORKBOOK));
    cr_assert(eq(int, flaw_of("a,b\n", 4), SMK_FILE_NOT_WORKBOOK));
    cr_assert(eq(int, flaw_of("PK\3\4rest", 8), SMK_FILE_NOT_WORKBOOK));
}

Test(xlsx, no_cut_and_no_changed_byte_does_harm)
{
    struct smk_buf file = {.max = 1 << 20};
    static const char sheet[] = CELLS("<c t=\"s\"><v>1</v></c><c s=\"1\"><v>44516</v></c>");
    test_workbook(&(struct test_workbook){.first = sheet}, &file);
    size_t good = 0, len = file.len;
    for (size_t cut = 0; cut < len; cut += 1 + cut / 50)
        cr_assert(ne(int, flaw_of(file.data, cut), SMK_FILE_NONE), "cut at %zu", cut);
    for (size_t at = 0; at < len; at += 3) {
        file.data[at] ^= 0x41;
        good += flaw_of(file.data, len) == SMK_FILE_NONE;
        file.data[at] ^= 0x41;
    }
    cr_assert(lt(sz, good, len / 3), "most of them are noticed");
    cr_assert(eq(int, flaw_of(file.data, len), SMK_FILE_NONE));
    smk_buf_deinit(&file);
}

/* ---- bounds ---- */

static struct smk_file_fault read_zip(const struct test_part *part, size_t count, bool is_packed)
{
    struct smk_buf file = {.max = 1 << 27};
    struct smk_file_fault fault;
    test_zip(part, count, is_packed, &file);
    (void)smk_xlsx_read(smk_buf_view(&file), (struct smk_table_sink){.row = any_row}, &fault);
    smk_buf_deinit(&file);
    return fault;
}

Test(xlsx, a_bomb_is_not_unpacked)
{
    static const struct {
        size_t bytes;
        bool is_packed;
        enum smk_file_flaw flaw;
    } row[] = {
        {SMK_ZIP_SMALL_BYTES, true, SMK_FILE_BAD_XML},
        {SMK_ZIP_SMALL_BYTES + 65536, true, SMK_FILE_BOMB},
        {SMK_ZIP_PART_BYTES_MAX + 1, true, SMK_FILE_BOMB},
        {SMK_ZIP_PART_BYTES_MAX, false, SMK_FILE_BAD_XML},
        {SMK_ZIP_PART_BYTES_MAX + 1, false, SMK_FILE_PART_TOO_LARGE},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        uint8_t *bytes = malloc(row[i].bytes);
        cr_assert(ne(ptr, bytes, NULL));
        memset(bytes, ' ', row[i].bytes); /* in front of nothing: good XML up to its end */
        struct test_part part = {test_workbook_name[0], {bytes, row[i].bytes}};
        cr_assert(eq(int, read_zip(&part, 1, row[i].is_packed).flaw, row[i].flaw), "row %zu", i);
        free(bytes);
    }
}

Test(xlsx, a_token_without_end_is_not_looked_at_for_ever)
{
    enum { LONG = 4 * 1024 * 1024 };
    uint8_t *bytes = malloc(LONG);
    cr_assert(ne(ptr, bytes, NULL));
    memset(bytes, 'a', LONG);
    memcpy(bytes, "<a b='", 6);
    memcpy(bytes + LONG - 3, "'/>", 3); /* without the bound it would be good XML */
    struct test_part part = {test_workbook_name[0], {bytes, LONG}};
    cr_assert(eq(int, read_zip(&part, 1, false).flaw, SMK_FILE_BAD_XML));
    free(bytes);
}

Test(xlsx, an_archive_has_at_most_4096_parts)
{
    struct test_part *part = calloc(SMK_ZIP_PARTS_MAX + 1, sizeof *part);
    char(*name)[16] = calloc(SMK_ZIP_PARTS_MAX + 1, sizeof *name);
    cr_assert(part != NULL && name != NULL);
    for (size_t i = 0; i <= SMK_ZIP_PARTS_MAX; i++) {
        (void)snprintf(name[i], sizeof name[i], "part%zu", i);
        part[i] = (struct test_part){name[i], smk_bytes_of_text("x")};
    }
    cr_assert(eq(int, read_zip(part, SMK_ZIP_PARTS_MAX, false).flaw, SMK_FILE_NOT_WORKBOOK));
    cr_assert(eq(int, read_zip(part, SMK_ZIP_PARTS_MAX + 1, false).flaw, SMK_FILE_TOO_MANY_PARTS));
    free(name);
    free(part);
}

/* A text with a piece repeated in its middle. */
static char *repeat(const char *head, const char *piece, size_t count, const char *tail)
{
    size_t len = strlen(piece), at = strlen(head);
    char *text = malloc(at + count * len + strlen(tail) + 1);
    cr_assert(ne(ptr, text, NULL));
    memcpy(text, head, at);
    for (size_t i = 0; i < count; i++, at += len)
        memcpy(text + at, piece, len);
    memcpy(text + at, tail, strlen(tail) + 1);
    return text;
}

static bool pass_over(void *ctx, struct smk_bytes name)
{
    (void)ctx;
    (void)name;
    return false;
}

Test(xlsx, bounds_hold_at_and_one_above)
{
    static const struct {
        const char *part, *head, *piece, *tail;
        size_t max;
        enum smk_file_flaw above;
    } row[] = {
        {"book", "<w xmlns:r=\"y\"><sheets>", "<sheet name=\"a\" r:id=\"rId1\"/>", "</sheets></w>",
         SMK_TABLE_SHEETS_MAX, SMK_FILE_TOO_MANY_SHEETS},
        {"styles", "<s><cellXfs>", "<xf/>", "</cellXfs></s>", SMK_XLSX_FORMS_MAX, SMK_FILE_PART_TOO_LARGE},
        {"styles", "<s>", "<numFmt numFmtId=\"1\" formatCode=\"0\"/>", "</s>", SMK_XLSX_CODES_MAX,
         SMK_FILE_PART_TOO_LARGE},
        {"strings", "<s>", "<si/>", "</s>", SMK_XLSX_STRINGS_MAX, SMK_FILE_PART_TOO_LARGE},
        {"first", "<w><sheetData><row><c t=\"inlineStr\"><is><t>", "ក_&#98;",
         "</t></is></c></row></sheetData></w>", SMK_TABLE_CELL_BYTES_MAX / 5, SMK_FILE_CELL_TOO_LONG},
        {"first", "<w><sheetData>", "<row><c><v>1</v></c></row>", "</sheetData></w>", SMK_TABLE_ROWS_MAX,
         SMK_FILE_TOO_MANY_ROWS},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        for (size_t over = 0; over < 2; over++) {
            char *text = repeat(row[i].head, row[i].piece, row[i].max + over, row[i].tail);
            struct test_workbook w = {.is_stored = true};
            struct smk_buf file = {.max = 1 << 26};
            struct smk_file_fault fault;
            bool is_sheet = strcmp(row[i].part, "first") == 0;
            const char **place = is_sheet                              ? &w.first
                                 : strcmp(row[i].part, "book") == 0    ? &w.book
                                 : strcmp(row[i].part, "strings") == 0 ? &w.strings
                                                                       : &w.styles;
            *place = text;
            test_workbook(&w, &file);
            struct smk_table_sink sink = {.sheet = is_sheet ? NULL : pass_over, .row = any_row};
            (void)smk_xlsx_read(smk_buf_view(&file), sink, &fault);
            cr_assert(eq(int, fault.flaw, over == 0 ? SMK_FILE_NONE : row[i].above), "row %zu, %zu over", i,
                      over);
            smk_buf_deinit(&file);
            free(text);
        }
}

/* ---- memory ---- */

Test(xlsx, too_little_memory_is_named_wherever_it_is)
{
    struct smk_buf file = {.max = 1 << 20};
    static const char sheet[] = CELLS(
        "<c t=\"s\"><v>1</v></c><c t=\"inlineStr\"><is><t>_x0041_</t></is></c><c s=\"1\"><v>44516</v></c>");
    test_workbook(&(struct test_workbook){.first = sheet}, &file);
    for (enum test_fault kind = TEST_FAULT_ONCE; kind <= TEST_FAULT_STICKY; kind++)
        for (unsigned long nth = 0;; nth++) {
            static struct spelling s;
            struct smk_file_fault fault;
            s = (struct spelling){0};
            cr_assert(lt(ulong, nth, 1000));
            test_fault_begin(kind, nth);
            (void)smk_xlsx_read(smk_buf_view(&file),
                                (struct smk_table_sink){.sheet = spell_sheet, .row = spell_row, .ctx = &s},
                                &fault);
            test_fault_end();
            cr_assert(eq(long, test_fault_live(), 0), "%lu", nth);
            if (test_fault_hits() == 0) {
                cr_assert(eq(str, s.text, "<first>1[tone][tA][D2021-11-16]<ទីពីរ>"));
                break;
            }
            cr_assert(eq(int, fault.flaw, SMK_FILE_NO_MEMORY), "%lu", nth);
        }
    smk_buf_deinit(&file);
}

/* Excel refuses a workbook for a part that the reading of sheets has no use for. */
Test(xlsx, a_torn_part_is_found_wherever_it_is)
{
    static const struct test_workbook torn[] = {{0},
                                                {.root = "<a>"},
                                                {.book = "<a><b></a>"},
                                                {.relations = "a"},
                                                {.strings = "<a"},
                                                {.styles = "<a>"},
                                                {.first = "<a></a></a>"},
                                                {.second = "<a></a"}};
    static const char *const odd[] = {"", "<a", "<a/>"};
    for (size_t i = 0; i < sizeof torn / sizeof torn[0]; i++) {
        struct smk_buf file = {.max = 1 << 20};
        test_workbook(&torn[i], &file);
        enum smk_file_flaw flaw = smk_xlsx_find_torn(smk_buf_view(&file));
        smk_buf_deinit(&file);
        cr_assert(eq(int, flaw, i == 0 ? SMK_FILE_NONE : SMK_FILE_BAD_XML), "%zu", i);
    }
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        struct smk_buf file = {.max = 1 << 20};
        const struct test_part part = {"docProps/app.xml", smk_bytes_of_text(odd[i])};
        test_zip(&part, 1, true, &file);
        enum smk_file_flaw flaw = smk_xlsx_find_torn(smk_buf_view(&file));
        smk_buf_deinit(&file);
        cr_assert(eq(int, flaw, i == 2 ? SMK_FILE_NONE : SMK_FILE_BAD_XML), "%zu", i);
    }
    cr_assert(eq(int, smk_xlsx_find_torn(smk_bytes_of_text("no archive")), SMK_FILE_NOT_WORKBOOK));
}
