/* store/files/xlsx_book.h: what a workbook says about itself: its sheets, where they lie, its strings and forms.
 *
 * Memory   the book owns what it read: smk_xlsx_book_deinit.   Secrets  none of its own.   Threads  one.
 */
#ifndef SMK_STORE_FILES_XLSX_BOOK_H
#define SMK_STORE_FILES_XLSX_BOOK_H

#include "store/files/number.h"
#include "store/files/xlsx_xml.h"

enum {
    SMK_XLSX_PATH_MAX = 255,
    SMK_XLSX_STRINGS_MAX = 1000 * 1000,
    SMK_XLSX_FORMS_MAX = 65536,
    SMK_XLSX_CODES_MAX = 1024,
};

struct smk_xlsx_sheet {
    char name[SMK_SHEET_NAME_BYTES_MAX + 1];
    char path[SMK_XLSX_PATH_MAX + 1];
};

struct smk_xlsx_book {
    struct smk_zip *zip; /* BORROWED */
    char path[SMK_XLSX_PATH_MAX + 1];
    char strings_path[SMK_XLSX_PATH_MAX + 1], styles_path[SMK_XLSX_PATH_MAX + 1]; /* "" = none */
    bool is_1904;
    size_t sheet_count;
    struct smk_xlsx_sheet sheet[SMK_TABLE_SHEETS_MAX];
    struct smk_buf letters; /* of the shared strings */
    uint32_t *string_end;   /* where each ends in letters */
    size_t string_count, string_room;
    struct smk_form *form; /* by the index that cells name */
    size_t form_count, form_room;
};

/* Reads all but the sheets. ret_book is to be released in any case.
 * NONE, TOO_MANY_SHEETS, PART_TOO_LARGE (too many strings or forms), BAD_SHEET, NOT_WORKBOOK, every flaw of
 * smk_xml_read_part */
enum smk_file_flaw smk_xlsx_book_read(struct smk_zip *zip, struct smk_xlsx_book *ret_book);
void smk_xlsx_book_deinit(struct smk_xlsx_book *b); /* works on a zeroed object */
/* False when there is none of that number. */
bool smk_xlsx_string(const struct smk_xlsx_book *b, uint64_t index, struct smk_bytes *ret_text);
struct smk_form smk_xlsx_form(const struct smk_xlsx_book *b,
                              uint64_t index); /* a plain number when there is none */

/* A number of decimal digits alone; false for anything else, and above 999,999,999. */
bool smk_xlsx_index(const char *text, uint64_t *ret_index);

/* Reads one sheet (xlsx_sheet.c). Every flaw of smk_xml_read_part, BAD_SHEET, STOPPED, and those of rows. */
enum smk_file_flaw smk_xlsx_sheet_read(const struct smk_xlsx_book *b, const struct smk_xlsx_sheet *sheet,
                                       struct smk_table_sink sink, struct smk_file_fault *ret_fault);

#endif
