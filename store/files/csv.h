/* store/files/csv.h: comma-separated values as RFC 4180 has them, in and out.
 *
 * Shape    in: the text is fed in pieces of any size, rows go to a sink. UTF-8, a byte order mark is passed over; lines
 *          end with LF or CRLF; a cell in quotes may hold separators, line breaks and doubled quotes. The separator is the
 *          one of comma, semicolon and TAB that the first line has most of outside quotes (comma when it has none), or
 *          the one that a line "sep=;" in front names. All cells are text.
 *          out: UTF-8, comma, CRLF.
 *          Guard: a cell that a spreadsheet program might take for a formula (it begins with = + - @ TAB CR LF) gets a '
 *          in front; so does one that begins with ' followed by one of these or by another '. Reading takes that ' away
 *          again, so that every text comes back as it was.
 * Memory   a reader owns the row that it is in: smk_csv_deinit.   Secrets  none of its own.   Threads  one per object.
 */
#ifndef SMK_STORE_FILES_CSV_H
#define SMK_STORE_FILES_CSV_H

#include "store/files/table.h"

enum { SMK_CSV_HEAD_BYTES_MAX = 64 * 1024 }; /* within which the separator has to show */

enum smk_csv_state {
    SMK_CSV_CELL_BEGINS,
    SMK_CSV_PLAIN,
    SMK_CSV_QUOTED,
    SMK_CSV_QUOTE_IN_QUOTES, /* the end of the cell, or the first of two */
};

struct smk_csv {
    struct smk_table_sink sink;
    struct smk_file_fault fault; /* why smk_csv_feed answered false */
    /* before the separator is known */
    struct smk_buf head;
    bool is_in_quotes;
    size_t seen[3];
    char separator; /* 0 = not known yet */
    /* after that */
    enum smk_csv_state state;
    bool has_return; /* a CR came, and it is not clear yet whether it ends the row */
    struct smk_buf cell;
    struct smk_row_builder row;
    size_t column;
    size_t line, row_line, row_count;
};

/* The sink is BORROWED; sheet is called once, before the first row. */
void smk_csv_init(struct smk_csv *c, struct smk_table_sink sink);
void smk_csv_deinit(struct smk_csv *c);
/* The next piece of the text. False: c->fault; nothing more may be fed. */
bool smk_csv_feed(struct smk_csv *c, struct smk_bytes piece);
/* The text ends here. False: c->fault. */
bool smk_csv_finish(struct smk_csv *c);
/* A whole text at once. False: ret_fault. */
bool smk_csv_read(struct smk_bytes text, struct smk_table_sink sink, struct smk_file_fault *ret_fault);

/* Appends one row and its CRLF; errors stick in b. */
void smk_csv_write_row(struct smk_buf *b, const struct smk_cell *cell, size_t count);
/* Appends the byte order mark without which Excel takes UTF-8 for something else. */
void smk_csv_write_mark(struct smk_buf *b);

#endif
