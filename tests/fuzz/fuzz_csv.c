/* Target: comma-separated values, and interviews.csv as an import reads it. Input: faults, which (0 the cursor, 1 the file),
 * then the text. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/scratch.h"
#include "tools/csv.h"
#include "tools/import_set.h"

#include <string.h>

/* Every row again, all fields in quotes. */
static void write_row(const struct smk_csv *c, struct smk_buf *b)
{
    for (size_t i = 0; i < c->field_count; i++) {
        smk_buf_write_u8(b, i == 0 ? '"' : ',');
        if (i > 0)
            smk_buf_write_u8(b, '"');
        for (size_t k = 0; k < c->field[i].len; k++) {
            if (c->field[i].data[k] == '"')
                smk_buf_write_u8(b, '"');
            smk_buf_write_u8(b, c->field[i].data[k]);
        }
        smk_buf_write_u8(b, '"');
    }
    smk_buf_write_u8(b, '\n');
}

/* How many rows; all of them are appended to b when there is one. */
static size_t read_rows(struct smk_bytes text, struct smk_buf *b, enum smk_csv_flaw *ret_flaw)
{
    static struct smk_csv c;
    size_t rows = 0, line = 0;
    smk_csv_init(&c, text);
    while (smk_csv_next(&c)) {
        SMK_ASSERT(c.field_count >= 1 && c.field_count <= SMK_CSV_FIELDS_MAX);
        SMK_ASSERT(c.line > line);
        line = c.line;
        rows++;
        if (b != NULL)
            write_row(&c, b);
    }
    *ret_flaw = c.flaw;
    SMK_ASSERT(smk_csv_flaw_text(c.flaw) != NULL);
    smk_csv_deinit(&c);
    return rows;
}

static void try_cursor(struct smk_bytes text)
{
    struct smk_buf first = {.max = 1 << 22}, second = {.max = 1 << 22};
    enum smk_csv_flaw flaw;
    test_fault_pause(false);
    (void)read_rows(text, NULL, &flaw); /* with failing allocations: no harm */
    test_fault_pause(true);
    size_t rows = read_rows(text, &first, &flaw);
    SMK_ASSERT(first.err == SMK_OK);
    size_t again = read_rows(smk_buf_view(&first), &second, &flaw);
    SMK_ASSERT(flaw == SMK_CSV_FINE || flaw == SMK_CSV_TOO_LONG);
    if (flaw == SMK_CSV_FINE) {
        SMK_ASSERT(rows == again);
        SMK_ASSERT(smk_bytes_is_equal(smk_buf_view(&first), smk_buf_view(&second)));
    }
    smk_buf_deinit(&first);
    smk_buf_deinit(&second);
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
    struct fuzz_block block = fuzz_block_of(fuzz_rest(&in));
    fuzz_faults_begin(faults);
    if (is_file)
        try_file(fuzz_block_view(&block));
    else
        try_cursor(fuzz_block_view(&block));
    fuzz_faults_end();
    fuzz_block_drop(&block);
}

void fuzz_seeds(void)
{
    static const uint8_t cursor[] = {0, 0, 0}, file[] = {0, 0, 1};
    static const char *const text[] = {
        "a,b,c\n1,2,3\n",
        "a,\"b,\"\"x\"\"\nnext\",c\r\n\r\n,,\r\n",
        "\"open",
        "a\"b,c\n",
        "\xEF\xBB\xBFinterview_id,organisation,district,sex,age_group,q1\nIV-1,CTOD,0201,female,18_30,=1+1\n",
        "interview_id,consent,consent\nIV-1,yes,no\n",
    };
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
        char name[] = "cursor-a", file_name[] = "file-a";
        name[7] = file_name[5] = (char)('a' + i);
        fuzz_seed(name, SMK_BYTES(cursor), smk_bytes_of_text(text[i]));
        fuzz_seed(file_name, SMK_BYTES(file), smk_bytes_of_text(text[i]));
    }
}
