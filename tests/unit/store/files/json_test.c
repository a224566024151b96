#include "store/files/json.h"

#include "tests/support/fault.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sheets in angle brackets, rows by number, cells by the first letter of their type. */
struct spelling {
    char text[4096];
    size_t len;
    const char *passed; /* a sheet that nobody wants */
    bool stops;
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
    spell(s, "<%.*s>", (int)name.len, name.len > 0 ? (const char *)name.data : "");
    return s->passed == NULL || !smk_bytes_is_equal(name, smk_bytes_of_text(s->passed));
}

static bool spell_row(void *ctx, const struct smk_row *row)
{
    struct spelling *s = ctx;
    spell(s, "%zu", row->number);
    for (size_t i = 0; i < row->count; i++)
        spell(s, "[%c%.*s]", "-u*tcidDbe"[row->cell[i].type], (int)row -> cell[i].text.len,
              row->cell[i].text.len > 0 ? (const char *)row->cell[i].text.data : "");
    return !s->stops;
}

static const struct {
    const char *json, *spelled;
    enum smk_file_flaw flaw;
    const char *sheet;
    size_t row, column;
} read_rows[] = {
    {"[{\"a\":\"x\",\"b\":1}]", "<>0[ta][tb]1[tx][i1]", 0, "", 0, 0},
    {"\xef\xbb\xbf [ {\"a\" : \"x\"} ,\n{\"b\":\"y\",\"a\":\"z\"} ] \n", "<>0[ta][tb]1[tx]2[tz][ty]", 0, "",
     0, 0},
    {"{\"one\":[{\"a\":1}],\"two\":[{\"b\":true},{\"b\":false},{\"b\":null}]}",
     "<one>0[ta]1[i1]<two>0[tb]1[btrue]2[bfalse]3[uunknown]", 0, "", 0, 0},
    {"{\"format\":\"x\",\"tables\":{\"one\":[{\"a\":1}]},\"rows\":{\"one\":1}}", "<one>0[ta]1[i1]", 0, "", 0,
     0},
    {"{\"tables\":{},\"n\":5}", "", 0, "", 0, 0},
    {"{\"one\":[]}", "<one>", 0, "", 0, 0},
    {"[]", "<>", 0, "", 0, 0},
    {"{}", "", 0, "", 0, 0},
    {"[{},{\"a\":\"\"},{\"a\":\"x\"}]", "<>0[ta]3[tx]", 0, "", 0, 0},
    {"[{\"a\":0.1},{\"a\":1e3},{\"a\":60782.52},{\"a\":-5},{\"a\":1e99}]",
     "<>0[ta]1[d0.1]2[i1000]3[d60782.52]4[i-5]5[t9.9999999999999997e+98]", 0, "", 0, 0},
    {"[{\"a\":\"\\u0000\"}]", "<>", SMK_FILE_BAD_JSON, "", 1, 0},
    {"[{\"a\":1,\"a\":2}]", "<>", SMK_FILE_BAD_JSON, "", 1, 0},
    {"[{\"a\":[1]}]", "<>0[ta]", SMK_FILE_BAD_SHAPE, "", 1, 1},
    {"[{\"b\":1},{\"a\":{}}]", "<>0[tb][ta]1[i1]", SMK_FILE_BAD_SHAPE, "", 2, 2},
    {"[1]", "<>", SMK_FILE_BAD_SHAPE, "", 1, 0},
    {"[{\"a\":1}", "<>", SMK_FILE_BAD_JSON, "", 1, 0},
    {"[{\"a\":1},]", "<>", SMK_FILE_BAD_JSON, "", 2, 0},
    {"[{\"a\":1}] x", "<>0[ta]1[i1]", SMK_FILE_BAD_JSON, "", 1, 0},
    {"{\"one\":{\"a\":1}}", "", 0, "", 0, 0},
    {"{\"tables\":{\"one\":{\"a\":1}}}", "", SMK_FILE_BAD_SHAPE, "", 0, 0},
    {"{\"tables\":[{\"a\":1}]}", "<tables>0[ta]1[i1]", 0, "", 0, 0},
    {"{\"one\" 1}", "", SMK_FILE_BAD_SHAPE, "", 0, 0},
    {"{one:1}", "", SMK_FILE_BAD_JSON, "", 0, 0},
    {"{\"one\":[{\"a\":\"\xff\"}]}", "<one>", SMK_FILE_BAD_JSON, "one", 1, 0},
    {"5", "", SMK_FILE_BAD_JSON, "", 0, 0},
    {"", "", SMK_FILE_BAD_JSON, "", 0, 0},
};

Test(json, rows_come_as_they_were_written)
{
    for (size_t i = 0; i < sizeof read_rows / sizeof read_rows[0]; i++) {
        static struct spelling s;
        struct smk_file_fault fault;
        size_t len = strlen(read_rows[i].json);
        uint8_t *exact = malloc(len > 0 ? len : 1);
        cr_assert(ne(ptr, exact, NULL));
        memcpy(exact, read_rows[i].json, len);
        s = (struct spelling){0};
        bool is_good = smk_json_tables_read((struct smk_bytes){exact, len},
                                            (struct smk_table_sink){spell_sheet, spell_row, &s}, &fault);
        cr_assert(eq(int, is_good, fault.flaw == SMK_FILE_NONE));
        cr_assert(eq(str, s.text, (char *)(uintptr_t)read_rows[i].spelled), "%s", read_rows[i].json);
        cr_assert(eq(int, fault.flaw, read_rows[i].flaw), "%s", read_rows[i].json);
        cr_assert(eq(str, fault.sheet, (char *)(uintptr_t)read_rows[i].sheet), "%s", read_rows[i].json);
        cr_assert(eq(sz, fault.row, read_rows[i].row), "%s", read_rows[i].json);
        cr_assert(eq(sz, fault.column, read_rows[i].column), "%s", read_rows[i].json);
        free(exact);
    }
}

Test(json, sheets_are_chosen_and_reading_can_end)
{
    static struct spelling s = {.passed = "one"};
    static const char text[] = "{\"one\":[{\"a\":1}],\"two\":[{\"b\":2},{\"b\":3}]}";
    struct smk_file_fault fault;
    struct smk_table_sink sink = {spell_sheet, spell_row, &s};
    cr_assert(smk_json_tables_read(smk_bytes_of_text(text), sink, &fault));
    cr_assert(eq(str, s.text, "<one><two>0[tb]1[i2]2[i3]"));
    s = (struct spelling){.stops = true};
    cr_assert(not(smk_json_tables_read(smk_bytes_of_text(text), sink, &fault)));
    cr_assert(eq(int, fault.flaw, SMK_FILE_STOPPED));
    cr_assert(eq(str, s.text, "<one>0[ta]"));
}

static bool any_row(void *ctx, const struct smk_row *row)
{
    (void)ctx;
    (void)row;
    return true;
}

/* head, then count pieces with their number in them, then tail. */
static enum smk_file_flaw read_many(const char *head, const char *piece, size_t count, const char *tail)
{
    struct smk_buf b = {.max = 1 << 24};
    struct smk_file_fault fault;
    char text[64];
    smk_buf_write(&b, head, strlen(head));
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(text, sizeof text, "%s", i > 0 ? "," : "");
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), piece, i);
        smk_buf_write(&b, text, strlen(text));
    }
    smk_buf_write(&b, tail, strlen(tail));
    (void)smk_json_tables_read(smk_buf_view(&b), (struct smk_table_sink){.row = any_row}, &fault);
    smk_buf_deinit(&b);
    return fault.flaw;
}

Test(json, bounds_hold_at_and_one_above)
{
    cr_assert(eq(int, read_many("[{", "\"%zu\":1", SMK_TABLE_COLUMNS_MAX, "}]"), SMK_FILE_NONE));
    cr_assert(
        eq(int, read_many("[{", "\"%zu\":1", SMK_TABLE_COLUMNS_MAX + 1, "}]"), SMK_FILE_TOO_MANY_COLUMNS));
    cr_assert(eq(int, read_many("{", "\"%zu\":[]", SMK_TABLE_SHEETS_MAX, "}"), SMK_FILE_NONE));
    cr_assert(eq(int, read_many("{", "\"%zu\":[]", SMK_TABLE_SHEETS_MAX + 1, "}"), SMK_FILE_TOO_MANY_SHEETS));
    cr_assert(eq(int, read_many("[", "{\"a\":%zu}", SMK_TABLE_ROWS_MAX, "]"), SMK_FILE_NONE));
    cr_assert(eq(int, read_many("[", "{\"a\":%zu}", SMK_TABLE_ROWS_MAX + 1, "]"), SMK_FILE_TOO_MANY_ROWS));
    char *deep = malloc(100 * 1000 + 1);
    struct smk_file_fault fault;
    cr_assert(ne(ptr, deep, NULL));
    memset(deep, '[', 100 * 1000);
    cr_assert(not(smk_json_tables_read((struct smk_bytes){(uint8_t *)deep, 100 * 1000},
                                       (struct smk_table_sink){.row = any_row}, &fault)));
    free(deep);
}

Test(json, rows_are_written_flat_and_safe)
{
    static const struct smk_column_head head[] = {{"a", SMK_CELL_TEXT}, {"\"b\"", SMK_CELL_TEXT}};
    static const struct {
        enum smk_cell_type type;
        const char *text, *json;
    } row[] = {
        {SMK_CELL_TEXT, "x", "\"x\""},
        {SMK_CELL_TEXT, "\"\\\n\t\r\x1b", "\"\\\"\\\\\\n\\u0009\\u000d\\u001b\""},
        {SMK_CELL_TEXT, "\x7f\xc2\x85\xe2\x80\xa8ក", "\"\\u007f\\u0085\\u2028ក\""},
        {SMK_CELL_CODE, "0201", "\"0201\""},
        {SMK_CELL_INTEGER, "0", "0"},
        {SMK_CELL_INTEGER, "-12", "-12"},
        {SMK_CELL_INTEGER, "007", "\"007\""},
        {SMK_CELL_INTEGER, "-0", "\"-0\""},
        {SMK_CELL_INTEGER, "123456789012345", "123456789012345"},
        {SMK_CELL_INTEGER, "1234567890123456", "\"1234567890123456\""},
        {SMK_CELL_DECIMAL, "10.00", "\"10.00\""},
        {SMK_CELL_UNKNOWN, "unknown", "null"},
        {SMK_CELL_WITHHELD, "*", "\"*\""},
        {SMK_CELL_BOOLEAN, "true", "true"},
        {SMK_CELL_DATE, "2021-11", "\"2021-11\""},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_buf b = {.max = 256};
        char wanted[256];
        struct smk_cell cell[2] = {{0}, {row[i].type, smk_bytes_of_text(row[i].text)}};
        (void)snprintf(wanted, sizeof wanted, "{\"\\\"b\\\"\": %s}", row[i].json);
        smk_json_write_row(&b, head, cell, 2);
        cr_assert(smk_bytes_is_equal(smk_buf_view(&b), smk_bytes_of_text(wanted)), "%.*s", (int)b.len,
                  (const char *)b.data);
        smk_buf_deinit(&b);
    }
}

Test(json, too_little_memory_is_named_wherever_it_is)
{
    for (unsigned long nth = 0;; nth++) {
        static struct spelling s;
        struct smk_file_fault fault;
        s = (struct spelling){0};
        cr_assert(lt(ulong, nth, 100));
        test_fault_begin(TEST_FAULT_ONCE, nth);
        (void)smk_json_tables_read(smk_bytes_of_text("{\"one\":[{\"a\":1},{\"b\":2}]}"),
                                   (struct smk_table_sink){spell_sheet, spell_row, &s}, &fault);
        test_fault_end();
        cr_assert(eq(long, test_fault_live(), 0));
        cr_assert(eq(int, fault.flaw, test_fault_hits() == 0 ? SMK_FILE_NONE : SMK_FILE_NO_MEMORY));
        if (test_fault_hits() == 0)
            break;
    }
}
