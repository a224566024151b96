#include "tests/support/workbook.h"

#include "proto/check.h"

#include <zip.h>

void test_zip(const struct test_part *part, size_t count, bool is_packed, struct smk_buf *b)
{
    static const uint8_t nothing[22] = {'P', 'K', 5,
                                        6}; /* an archive without parts: libzip would make no file of it */
    zip_error_t error;
    zip_stat_t st;
    uint8_t piece[4096];
    if (count == 0) {
        smk_buf_write(b, nothing, sizeof nothing);
        SMK_ASSERT(b->err == SMK_OK);
        return;
    }
    zip_error_init(&error);
    zip_source_t *file = zip_source_buffer_create(NULL, 0, 0, &error);
    SMK_ASSERT(file != NULL);
    zip_source_keep(file);
    zip_t *zip = zip_open_from_source(file, ZIP_TRUNCATE, &error);
    SMK_ASSERT(zip != NULL);
    for (size_t i = 0; i < count; i++) {
        zip_source_t *source = zip_source_buffer(zip, part[i].bytes.data, part[i].bytes.len, 0);
        SMK_ASSERT(source != NULL);
        zip_int64_t index = zip_file_add(zip, part[i].name, source, ZIP_FL_ENC_UTF_8);
        SMK_ASSERT(index >= 0);
        SMK_ASSERT(zip_set_file_compression(zip, (zip_uint64_t)index,
                                            is_packed ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0) == 0);
        zip_file_set_mtime(zip, (zip_uint64_t)index, 1700000000, 0); /* the same bytes each time */
    }
    SMK_ASSERT(zip_close(zip) == 0);
    SMK_ASSERT(zip_source_open(file) == 0 && zip_source_stat(file, &st) == 0);
    for (zip_int64_t got = 1; got > 0;) {
        got = zip_source_read(file, piece, sizeof piece);
        SMK_ASSERT(got >= 0);
        smk_buf_write(b, piece, (size_t)got);
    }
    SMK_ASSERT(zip_source_close(file) == 0);
    zip_source_free(file);
    zip_error_fini(&error);
    SMK_ASSERT(b->err == SMK_OK);
}

#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define SHEETS "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define RELATION(id, type, target) \
    "<Relationship Id=\"" id "\" Type=\"" OFFICE "/" type "\" Target=\"" target "\"/>"
#define RELATIONS(inner)                                                                                \
    HEAD "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">" inner \
         "</Relationships>"

const char *const test_workbook_name[TEST_WORKBOOK_PARTS] = {
    "_rels/.rels",   "xl/workbook.xml",          "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml",
    "xl/styles.xml", "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml",
};

static const char *const ordinary[TEST_WORKBOOK_PARTS] = {
    RELATIONS(RELATION("rId1", "officeDocument", "xl/workbook.xml")),
    HEAD "<workbook xmlns=\"" SHEETS "\" xmlns:r=\"" OFFICE "\"><sheets>"
         "<sheet name=\"first\" sheetId=\"1\" r:id=\"rId1\"/>"
         "<sheet name=\"ទីពីរ\" sheetId=\"2\" r:id=\"rId2\"/></sheets></workbook>",
    RELATIONS(RELATION("rId1", "worksheet", "worksheets/sheet1.xml")
                  RELATION("rId2", "worksheet", "/xl/worksheets/sheet2.xml") RELATION(
                      "rId3", "sharedStrings", "sharedStrings.xml") RELATION("rId4", "styles", "styles.xml")),
    HEAD "<sst xmlns=\"" SHEETS "\"><si><t>nought</t></si><si><t>one</t></si><si><t>two</t></si></sst>",
    HEAD "<styleSheet xmlns=\"" SHEETS "\"><numFmts count=\"2\">"
         "<numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\"/>"
         "<numFmt numFmtId=\"165\" formatCode=\"0.000\"/></numFmts>"
         "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs>"
         "<xf numFmtId=\"0\"/><xf numFmtId=\"164\"/><xf numFmtId=\"2\"/><xf numFmtId=\"17\"/>"
         "<xf numFmtId=\"22\"/><xf numFmtId=\"165\"/><xf numFmtId=\"20\"/></cellXfs></styleSheet>",
    HEAD "<worksheet xmlns=\"" SHEETS "\"><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>1</v></c>"
         "</row></sheetData></worksheet>",
    HEAD "<worksheet xmlns=\"" SHEETS "\"><sheetData/></worksheet>",
};

void test_workbook(const struct test_workbook *w, struct smk_buf *b)
{
    const char *const given[TEST_WORKBOOK_PARTS] = {w->root,   w->book,  w->relations, w->strings,
                                                    w->styles, w->first, w->second};
    struct test_part part[TEST_WORKBOOK_PARTS];
    size_t count = 0;
    for (size_t i = 0; i < TEST_WORKBOOK_PARTS; i++) {
        const char *text = given[i] != NULL ? given[i] : ordinary[i];
        if (text[0] != '\0') /* an empty one is left out */
            part[count++] = (struct test_part){test_workbook_name[i], smk_bytes_of_text(text)};
    }
    test_zip(part, count, !w->is_stored, b);
}
