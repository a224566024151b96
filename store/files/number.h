/* store/files/number.h: numbers as spreadsheets store them, as people mean them.
 *
 * Shape    a spreadsheet keeps every number as a binary fraction and writes it with up to 17 digits
 *          ("0.10000000000000001"), of which 15 are meant. All arithmetic here is on decimal digits. A day is the number of
 *          days since the end of 1899 (or since 1904), and what the number is meant as stands in the form of its cell.
 * Memory   caller's.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_STORE_FILES_NUMBER_H
#define SMK_STORE_FILES_NUMBER_H

#include "proto/bytes.h"

enum { SMK_NUMBER_LETTERS_MAX = 127, SMK_NUMBER_DIGITS_MAX = 40, SMK_NUMBER_DECIMALS_MAX = 8 };

struct smk_number {
    char text[SMK_NUMBER_LETTERS_MAX +
              1]; /* "-12", "60782.5": no exponent, no sign of zero, nothing in front */
    bool is_integer;
};

/* What the form of a cell says about its number. */
enum {
    SMK_FORM_YEAR = 1 << 0,
    SMK_FORM_MONTH = 1 << 1,
    SMK_FORM_DAY = 1 << 2,
    SMK_FORM_TIME = 1 << 3,
};
struct smk_form {
    unsigned parts;    /* of a date or time; 0 = a plain number */
    unsigned decimals; /* that are shown of a plain number, at most SMK_NUMBER_DECIMALS_MAX */
};

/* A number as it stands in a file, "1.5E3". Rounds to 15 digits where it has a fraction or an exponent; shows at least
 * `decimals`. False when it is none, or longer than any number of use. */
bool smk_number_read(struct smk_bytes text, unsigned decimals, struct smk_number *ret_number);

/* The form that a code such as "yyyy\-mm\-dd" or "#,##0.00" gives. */
struct smk_form smk_form_of_code(struct smk_bytes code);
/* Those that have a number and no code. */
struct smk_form smk_form_of_number(unsigned number);

/* The civil date (and time) that a day number means, as far as its form shows it: "2021", "2021-11", "2021-11-16",
 * "2021-11-16T08:30:00", "08:30:00". False for a number that is no day. */
struct smk_day {
    char text[24];
};
bool smk_day_of_number(const struct smk_number *number, bool is_1904, struct smk_form form,
                       struct smk_day *ret_day);
/* The day number of "2021-11-16", since the end of 1899; false for anything else, and before March 1900. */
bool smk_number_of_day(struct smk_bytes date, uint32_t *ret_number);

#endif
