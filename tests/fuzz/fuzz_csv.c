/* Target: comma-separated values, and interviews.csv as an import reads it. Input: faults, which (0 the rows, 1 the file),
 * the size of the pieces, then the text. */
#include "store/files/csv.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/scratch.h"
#include "tools/import_set.h"

/* What came of a reading: every row, written again. */
struct reading {
    struct smk_buf rows;
    size_t count, number;
    bool is_silent;
};

static bool take_row(void *ctx, const struct smk_row *row)
{
    struct reading *r = ctx;
    SMK_ASSERT(row->count >= 1 && row->count <= SMK_TABLE_COLUMNS_MAX);
    SMK_ASSERT(row->number > r->number);
    r->number = row->number;
    r->count++;
    for (size_t i = 0; i < row->count; i++)
        SMK_ASSERT(row->cell[i].type == (row->cell[i].text.len > 0 ? SMK_CELL_TEXT : SMK_CELL_EMPTY));
    if (!r->is_silent)
        smk_csv_write_row(&r->rows, row->cell, row->count);
    return true;
}

/* In pieces of `piece` bytes; 0 = all of it. */
static struct smk_file_fault read_rows(struct smk_bytes text, size_t piece, struct reading *r)
{
    struct smk_csv c;
    smk_csv_init(&c, (struct smk_table_sink){.row = take_row, .ctx = r});
    bool is_good = true;
    for (size_t at = 0; is_good && at < text.len;) {
        size_t len = piece > 0 && piece < text.len - at ? piece : text.len - at;
        is_good = smk_csv_feed(&c, (struct smk_bytes){text.data + at, len});
        at += len;
    }
    is_good = is_good && smk_csv_finish(&c);
    SMK_ASSERT(is_good == (c.fault.flaw == SMK_FILE_NONE));
    struct smk_file_fault fault = c.fault;
    smk_csv_deinit(&c);
    return fault;
}

static void try_rows(struct smk_bytes text, size_t piece)
{
    struct reading first = {.rows = {.max = 1 << 22}}, other = first, again = first;
    struct reading hit = {.is_silent = true};
    test_fault_pause(false);
    struct smk_file_fault fault = read_rows(text, piece, &hit);
    test_fault_pause(true);
    SMK_ASSERT(fault.flaw != SMK_FILE_NO_MEMORY || test_fault_hits() > 0);
    (void)smk_csv_read(text, (struct smk_table_sink){.row = take_row, .ctx = &first}, &fault);
    struct smk_file_fault same = read_rows(text, piece + 1, &other);
    SMK_ASSERT(fault.flaw == same.flaw && fault.row == same.row && fault.column == same.column);
    SMK_ASSERT(smk_bytes_is_equal(smk_buf_view(&first.rows), smk_buf_view(&other.rows)));
    SMK_ASSERT(first.rows.err == SMK_OK);
    fault = read_rows(smk_buf_view(&first.rows), 0, &again);
    SMK_ASSERT(fault.flaw == SMK_FILE_NONE);
    SMK_ASSERT(first.count == again.count);
    SMK_ASSERT(smk_bytes_is_equal(smk_buf_view(&first.rows), smk_buf_view(&again.rows)));
    smk_buf_deinit(&first.rows);
    smk_buf_deinit(&other.rows);
    smk_buf_deinit(&again.rows);
}

static void try_file(struct smk_bytes text)
{
    struct smk_import_report report = {0};
    json_t *rows = NULL;
    const char *path = scratch_write("interviews.csv", text);
    test_fault_pause(false);
    bool is_good = smk_import_read_rows(path, &rows, &report);
    test_fault_pause(true);
    SMK_ASSERT(is_good || rows == NULL);
    SMK_ASSERT(is_good || report.refused > 0 || report.is_out_of_memory || test_fault_hits() > 0);
    SMK_ASSERT(rows == NULL || json_is_array(rows));
    json_decref(rows);
    smk_import_report_deinit(&report);
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    bool is_file = fuzz_below(&in, 2) == 1;
    size_t piece = (size_t)fuzz_below(&in, 8);
    struct fuzz_block block = fuzz_block_of(fuzz_rest(&in));
    fuzz_faults_begin(faults);
    if (is_file)
        try_file(fuzz_block_view(&block));
    else
        try_rows(fuzz_block_view(&block), piece);
    fuzz_faults_end();
    fuzz_block_drop(&block);
}

void fuzz_seeds(void)
{
    static const uint8_t cursor[] = {0, 0, 0, 2}, file[] = {0, 0, 1, 0};
    static const char *const text[] = {
        "a,b,c\n1,2,3\n",
        "a,\"b,\"\"x\"\"\nnext\",c\r\n\r\n,,\r\n",
        "\"open",
        "a\"b,c\n",
        "\xEF\xBB\xBFinterview_id,organisation,district,sex,age_group,q1\nIV-1,CTOD,0201,female,18_30,=1+1\n",
        "interview_id,consent,consent\nIV-1,yes,no\n",
        "sep=;\r\na;b\r\n'=1+1;''x\r\n",
        "a\tb\r\r\n\t'\t\n",
        "\xff\xfe",
    };
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
        char name[] = "rows-a", file_name[] = "file-a";
        name[5] = file_name[5] = (char)('a' + i);
        fuzz_seed(name, SMK_BYTES(cursor), smk_bytes_of_text(text[i]));
        fuzz_seed(file_name, SMK_BYTES(file), smk_bytes_of_text(text[i]));
    }
}
