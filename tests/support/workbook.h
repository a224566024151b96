/* tests/support/workbook.h: XLSX files made by hand, part by part, good ones and others.
 *
 * Memory   appends to the caller's buffer. What cannot fail in a test stops the program.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TESTS_SUPPORT_WORKBOOK_H
#define SMK_TESTS_SUPPORT_WORKBOOK_H

#include "proto/bytes.h"

struct test_part {
    const char *name;
    struct smk_bytes bytes;
};

/* A ZIP archive of these parts, packed or stored. */
void test_zip(const struct test_part *part, size_t count, bool is_packed, struct smk_buf *b);

/* The parts of a workbook; NULL takes an ordinary one. */
struct test_workbook {
    const char *root;      /* _rels/.rels */
    const char *book;      /* xl/workbook.xml: two sheets, 'first' and 'ទីពីរ' */
    const char *relations; /* xl/_rels/workbook.xml.rels */
    const char *strings;   /* xl/sharedStrings.xml: "nought", "one", "two" */
    const char *styles;    /* xl/styles.xml */
    const char *first;     /* xl/worksheets/sheet1.xml */
    const char *second;    /* xl/worksheets/sheet2.xml */
    bool is_stored;        /* not packed */
};
enum { TEST_WORKBOOK_PARTS = 7 };
extern const char *const test_workbook_name[TEST_WORKBOOK_PARTS]; /* of the parts, in this order */
void test_workbook(const struct test_workbook *w, struct smk_buf *b);

#endif
