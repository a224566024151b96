/* store/files/table.h: a table as files of every form have it: named sheets, rows, cells that know what they are.
 *
 * Shape    a reader calls a sink: each sheet by its name, then its rows in order. Nothing is evaluated: what looks like
 *          a formula is text. A row without any letter is passed over. The first row is a row like any other;
 *          head_row.h reads it as names of columns.
 * Source   README.md in this folder.
 * Memory   names and cells BORROW for the call.   Secrets  none of its own.   Threads  one at a time per object.
 */
#ifndef SMK_STORE_FILES_TABLE_H
#define SMK_STORE_FILES_TABLE_H

#include "proto/bytes.h"

enum {
    SMK_TABLE_COLUMNS_MAX = 1024,
    SMK_TABLE_ROWS_MAX = 200 * 1000, /* of one sheet */
    SMK_TABLE_SHEETS_MAX = 64,
    SMK_TABLE_CELL_BYTES_MAX = 160 * 1024, /* 64 KiB of payload, each byte with its escape, and separators */
    SMK_TABLE_ROW_BYTES_MAX = 320 * 1024,
    SMK_SHEET_NAME_BYTES_MAX = 128, /* XLSX allows 31 letters */
};

enum smk_cell_type {
    SMK_CELL_EMPTY,    /* nothing is said */
    SMK_CELL_UNKNOWN,  /* 'not known' is said; text is "unknown" */
    SMK_CELL_WITHHELD, /* a number of people too small to be published; text is "*" */
    SMK_CELL_TEXT,
    SMK_CELL_CODE,    /* digits or letters that are no number: "0201" */
    SMK_CELL_INTEGER, /* "-?[0-9]+" */
    SMK_CELL_DECIMAL, /* "60782.50": exact, never by way of a binary fraction */
    SMK_CELL_DATE,    /* "2021", "2021-11", "2021-11-16", or with a time: "2021-11-16T08:30:00" */
    SMK_CELL_BOOLEAN, /* "true", "false" */
    SMK_CELL_ERROR,   /* a spreadsheet's own: "#REF!" */
};

struct smk_cell {
    enum smk_cell_type type;
    struct smk_bytes text; /* UTF-8; of an empty cell nothing */
};

struct smk_row {
    size_t number; /* the line of the file where it begins, or the row of the sheet; from 1 */
    size_t count;
    const struct smk_cell *cell;
};

struct smk_table_sink {
    /* A sheet begins; false passes its rows over. NULL wants every sheet. CSV has one, without a name. */
    bool (*sheet)(void *ctx, struct smk_bytes name);
    /* False ends the reading. */
    bool (*row)(void *ctx, const struct smk_row *row);
    void *ctx;
};

/* What heads a column of a sheet that is written. */
struct smk_column_head {
    const char *name;
    enum smk_cell_type type; /* of its cells, as far as the form of the column follows from it */
};

/* Why a file cannot be read on: all but the first two are about what stands in it. */
#define SMK_FILE_FLAW_MAP(X)                                                                                 \
    X(NONE, "ok", "nothing is wrong")                                                                        \
    X(STOPPED, "stopped", "the reading was ended")                                                           \
    X(NO_MEMORY, "no_memory", "there is too little memory")                                                  \
    X(UTF16, "bad_encoding", "the text is in UTF-16: save it as 'CSV UTF-8', or as XLSX")                    \
    X(NOT_UTF8, "bad_encoding", "the text is not good UTF-8: save it as 'CSV UTF-8', or as XLSX")            \
    X(ZERO_BYTE, "bad_text", "there is a zero byte, which no text has")                                      \
    X(OPEN_QUOTE, "open_quote", "a cell begins with a quote and never ends")                                 \
    X(STRAY_QUOTE, "stray_quote", "a quote stands where none may stand")                                     \
    X(CELL_TOO_LONG, "too_long", "a cell is too long")                                                       \
    X(ROW_TOO_LONG, "too_long", "a row is too long")                                                         \
    X(TOO_MANY_COLUMNS, "too_many_columns", "there are more than 1024 columns")                              \
    X(TOO_MANY_ROWS, "too_many_rows", "there are more than 200000 rows in one sheet")                        \
    X(TOO_MANY_SHEETS, "too_many_sheets", "there are more than 64 sheets")                                   \
    X(OLD_EXCEL, "old_excel", "it is a workbook of Excel 97 to 2003 (.xls): open it and save it as .xlsx")   \
    X(ENCRYPTED, "encrypted", "it is protected by a password: open it and save it without one")              \
    X(NOT_WORKBOOK, "not_a_workbook", "it is no XLSX workbook")                                              \
    X(BAD_ZIP, "damaged", "the workbook is damaged: its parts cannot be unpacked")                           \
    X(TOO_MANY_PARTS, "too_large", "the workbook has more parts than a workbook needs")                      \
    X(PART_TOO_LARGE, "too_large", "a part of the workbook is larger than 32 MB, or all are than 128 MB")    \
    X(BOMB, "too_large", "a part of the workbook unpacks to more than 200 times its size")                   \
    X(PART_MISSING, "damaged", "a part that the workbook names is not in it")                                \
    X(DOCTYPE, "doctype", "a part of the workbook declares a document type, as no spreadsheet program does") \
    X(BAD_XML, "damaged", "a part of the workbook is no good XML")                                           \
    X(BAD_SHEET, "damaged", "a part of the workbook is not in the form that it should have")                 \
    X(NOT_FORM, "not_a_form",                                                                                \
      "it is no XLSForm: it has no sheet 'survey' with the columns 'type' and 'name'")                       \
    X(BAD_JSON, "bad_json", "it is no good JSON")                                                            \
    X(BAD_SHAPE, "wrong_shape", "it is no list of flat objects, and no object of such lists by type")

enum smk_file_flaw {
#define X(name, code, text) SMK_FILE_##name,
    SMK_FILE_FLAW_MAP(X)
#undef X
};
const char *smk_file_flaw_code(enum smk_file_flaw flaw); /* "too_long" */
const char *smk_file_flaw_text(enum smk_file_flaw flaw);

struct smk_file_fault {
    enum smk_file_flaw flaw;
    char sheet[SMK_SHEET_NAME_BYTES_MAX + 1]; /* as the file spells it: not fit for a terminal; "" = none */
    size_t row;                               /* as in struct smk_row; 0 = not about one */
    size_t column;                            /* from 1; 0 = not about one */
};

/* "A", "Z", "AA", ...: what spreadsheet programs call column i (from 1). */
struct smk_column_letters {
    char text[8];
};
const char *smk_column_letters(size_t column, struct smk_column_letters *ret_letters);

/* ---- a row under construction ---- */

/* Cells are given one after the other; bounds and letters are looked at here. Zero-initialise with SMK_ROW_BUILDER. */
struct smk_row_builder {
    struct smk_buf letters;
    struct smk_cell *cell; /* SMK_TABLE_COLUMNS_MAX of them */
    size_t *place;         /* where each begins in letters */
    size_t count;
    enum smk_file_flaw flaw; /* the first one sticks; it is about the cell behind the last */
};
#define SMK_ROW_BUILDER ((struct smk_row_builder){.letters = {.max = SMK_TABLE_ROW_BYTES_MAX}})

/* Cell `column`, from 0 and rising; those that are left out are empty. An empty text makes an empty cell of any type.
 * False: b->flaw. text is copied. */
bool smk_row_put(struct smk_row_builder *b, size_t column, enum smk_cell_type type, struct smk_bytes text);
/* The row; BORROWED until the next put or reset. */
struct smk_row smk_row_view(const struct smk_row_builder *b, size_t number);
bool smk_row_is_blank(const struct smk_row_builder *b); /* no cell has a letter */
void smk_row_reset(struct smk_row_builder *b);          /* forgets the flaw as well */
void smk_row_deinit(struct smk_row_builder *b);         /* works on a zeroed object */

#endif
