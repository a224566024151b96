/* Target: workbooks. Input: faults, then 0 and a file, or 1 and up to eight parts that are packed first: which (1 byte),
 * length (2), the bytes; parts that are not given are those of an ordinary workbook. */
#include "store/files/number.h"
#include "store/files/xlsx.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/workbook.h"

#include <string.h>

struct reading {
    size_t sheets, rows, number;
};

static bool take_sheet(void *ctx, struct smk_bytes name)
{
    struct reading *r = ctx;
    SMK_ASSERT(name.len <= SMK_SHEET_NAME_BYTES_MAX);
    r->number = 0;
    return ++r->sheets != 3; /* the third is passed over */
}

static void check_cell(const struct smk_cell *cell)
{
    struct smk_number number;
    struct smk_bytes text = cell->text;
    SMK_ASSERT((text.len == 0) == (cell->type == SMK_CELL_EMPTY));
    SMK_ASSERT(text.len <= SMK_TABLE_CELL_BYTES_MAX);
    bool is_integer = cell->type == SMK_CELL_INTEGER;
    if (is_integer || cell->type == SMK_CELL_DECIMAL) { /* and is its own number */
        SMK_ASSERT(smk_number_read(text, 0, &number));
        SMK_ASSERT(!is_integer || smk_bytes_is_equal(smk_bytes_of_text(number.text), text));
        SMK_ASSERT(memchr(text.data, 'E', text.len) == NULL);
    }
}

static bool take_row(void *ctx, const struct smk_row *row)
{
    struct reading *r = ctx;
    SMK_ASSERT(row->number > r->number);
    SMK_ASSERT(row->count >= 1 && row->count <= SMK_TABLE_COLUMNS_MAX);
    SMK_ASSERT(row->cell[row->count - 1].text.len > 0);
    r->number = row->number;
    for (size_t i = 0; i < row->count; i++)
        check_cell(&row->cell[i]);
    return ++r->rows < 10000;
}

static struct smk_file_fault read_file(struct smk_bytes file, struct reading *r)
{
    struct smk_file_fault fault = {0};
    *r = (struct reading){0};
    bool is_good =
        smk_xlsx_read(file, (struct smk_table_sink){.sheet = take_sheet, .row = take_row, .ctx = r}, &fault);
    SMK_ASSERT(is_good == (fault.flaw == SMK_FILE_NONE));
    SMK_ASSERT(smk_file_flaw_text(fault.flaw)[0] != '\0');
    return fault;
}

static void try_file(struct smk_bytes file)
{
    struct reading r, again;
    test_fault_pause(false);
    struct smk_file_fault fault = read_file(file, &r);
    test_fault_pause(true);
    SMK_ASSERT(fault.flaw != SMK_FILE_NO_MEMORY || test_fault_hits() > 0);
    struct smk_file_fault same = read_file(file, &again);
    if (test_fault_hits() == 0) {
        SMK_ASSERT(fault.flaw == same.flaw && fault.row == same.row && fault.column == same.column);
        SMK_ASSERT(r.rows == again.rows && r.sheets == again.sheets);
    }
}

/* Texts that end where their bytes do; zero bytes inside of them end them earlier. */
static void try_parts(struct smk_reader *in)
{
    static char text[TEST_WORKBOOK_PARTS][UINT16_MAX + 1];
    const char *given[TEST_WORKBOOK_PARTS] = {0};
    struct smk_buf file = {.max = 1 << 20};
    for (size_t i = 0; i < 8 && smk_reader_left(in) > 0; i++) {
        size_t which = (size_t)fuzz_below(in, TEST_WORKBOOK_PARTS);
        struct smk_bytes bytes = fuzz_bytes(in, smk_read_be16(in));
        if (bytes.len > 0)
            memcpy(text[which], bytes.data, bytes.len);
        text[which][bytes.len] = '\0';
        given[which] = text[which];
    }
    test_workbook(&(struct test_workbook){.root = given[0],
                                          .book = given[1],
                                          .relations = given[2],
                                          .strings = given[3],
                                          .styles = given[4],
                                          .first = given[5],
                                          .second = given[6],
                                          .is_stored = true},
                  &file);
    struct fuzz_block block = fuzz_block_of(smk_buf_view(&file));
    try_file(fuzz_block_view(&block));
    fuzz_block_drop(&block);
    smk_buf_deinit(&file);
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    bool has_parts = fuzz_below(&in, 2) == 1;
    fuzz_faults_begin(faults);
    if (has_parts) {
        try_parts(&in);
    } else {
        struct fuzz_block block = fuzz_block_of(fuzz_rest(&in));
        try_file(fuzz_block_view(&block));
        fuzz_block_drop(&block);
    }
    fuzz_faults_end();
}

static void add_part(struct smk_buf *b, size_t which, const char *text)
{
    smk_buf_write_u8(b, (uint8_t)which);
    smk_buf_write_be16(b, (uint16_t)strlen(text));
    smk_buf_write(b, text, strlen(text));
}

void fuzz_seeds(void)
{
    static const uint8_t whole[] = {0, 0, 0}, parts[] = {0, 0, 1};
    static const char *const sheet[] = {
        "<w><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>1</v></c><c "
        "s=\"1\"><v>44516</v></c></row></sheetData></w>",
        "<w><sheetData><row><c t=\"inlineStr\"><is><r><t>a_x0041_</t></r><rPh><t>b</t></rPh></is></c>"
        "<c t=\"b\"><v>1</v></c><c t=\"e\"><v>#N/A</v></c></row></sheetData></w>",
        "<x:w xmlns:x=\"y\"><x:sheetData><x:row r=\"7\"><x:c "
        "r=\"C7\"><x:f>A1</x:f><x:v>1.5E3</x:v></x:c></x:row>"
        "</x:sheetData></x:w>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]><w>&b;</w>",
    };
    struct smk_buf b = {.max = 1 << 16};
    test_workbook(&(struct test_workbook){.first = sheet[0]}, &b);
    fuzz_seed("file", SMK_BYTES(whole), smk_buf_view(&b));
    for (size_t i = 0; i < sizeof sheet / sizeof sheet[0]; i++) {
        char name[] = "sheet-a";
        name[6] = (char)('a' + i);
        smk_buf_reset(&b);
        add_part(&b, 5, sheet[i]);
        fuzz_seed(name, SMK_BYTES(parts), smk_buf_view(&b));
    }
    smk_buf_reset(&b);
    add_part(&b, 3, "<sst><si><t>a</t></si><si><r><t>b</t></r><r><t>c</t></r></si></sst>");
    add_part(&b, 4,
             "<s><numFmt numFmtId=\"164\" formatCode=\"[$-453]d mmm yyyy;@\"/><cellXfs><xf numFmtId=\"164\"/>"
             "<xf numFmtId=\"22\"/></cellXfs></s>");
    add_part(&b, 6,
             "<w><sheetData><row><c t=\"s\"><v>1</v></c><c s=\"0\"><v>1.25</v></c></row></sheetData></w>");
    fuzz_seed("strings-and-forms", SMK_BYTES(parts), smk_buf_view(&b));
    smk_buf_reset(&b);
    add_part(&b, 1,
             "<w xmlns:r=\"y\"><workbookPr date1904=\"true\"/><sheets><sheet name=\"a\" "
             "r:id=\"rId2\"/></sheets></w>");
    add_part(&b, 2,
             "<R><Relationship Id=\"rId2\" Type=\"x/worksheet\" Target=\"worksheets/sheet1.xml\"/></R>");
    fuzz_seed("book", SMK_BYTES(parts), smk_buf_view(&b));
    smk_buf_deinit(&b);
}
