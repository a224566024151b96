/* tools/csv.h: comma-separated values as RFC 4180 has them.
 *
 * Shape    a cursor over the bytes; each row comes as a list of fields. Lines end with LF or CRLF; a field in quotes may
 *          hold commas, line breaks and doubled quotes. A row without any letter is passed over. Nothing is
 *          evaluated: what looks like a formula is text.
 * Memory   fields BORROW from the cursor until the next row.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_CSV_H
#define SMK_TOOLS_CSV_H

#include "proto/bytes.h"

enum { SMK_CSV_FIELDS_MAX = 256, SMK_CSV_ROW_BYTES_MAX = 256 * 1024 };

enum smk_csv_flaw {
    SMK_CSV_FINE,
    SMK_CSV_OPEN_QUOTE,  /* the text ends inside quotes */
    SMK_CSV_STRAY_QUOTE, /* a quote where none may stand */
    SMK_CSV_TOO_LONG,    /* more fields or bytes in one row than anyone writes */
};
const char *smk_csv_flaw_text(enum smk_csv_flaw flaw);

struct smk_csv {
    struct smk_bytes text;
    size_t at;
    size_t line; /* of the row just read, from 1 */
    size_t next_line;
    enum smk_csv_flaw flaw;
    size_t field_count;
    struct smk_bytes field[SMK_CSV_FIELDS_MAX];
    struct smk_buf unquoted; /* letters of the fields of this row */
};

/* text is BORROWED for the life of the cursor. Release with smk_csv_deinit. */
void smk_csv_init(struct smk_csv *c, struct smk_bytes text);
void smk_csv_deinit(struct smk_csv *c);
/* The next row; false at the end, and at a flaw (c->flaw; no row follows). */
bool smk_csv_next(struct smk_csv *c);

#endif
