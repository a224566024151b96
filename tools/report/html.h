/* tools/report/html.h: a page being written: texts that came from elsewhere, escaped; numbers, dates and names as people
 * read them.
 *
 * Shape    XHTML in UTF-8 that is HTML as well. Only smk_html_raw takes markup, and only ours.
 * Source   README.md in this folder.
 * Memory   the page owns what is written: smk_html_deinit. Failures stick in b.err.
 * Secrets  those of the documents that it shows.   Threads  one.
 */
#ifndef SMK_TOOLS_REPORT_HTML_H
#define SMK_TOOLS_REPORT_HTML_H

#include "proto/labels.h"
#include "proto/roster.h"
#include "tools/report/words.h"

enum { SMK_HTML_BYTES_MAX = 256 * 1024 * 1024 };

struct smk_html {
    struct smk_buf b; /* {.max = SMK_HTML_BYTES_MAX} */
    enum smk_language language;
    bool has_khmer_digits;
};
void smk_html_deinit(struct smk_html *h); /* works on a zeroed object */

/* Markup of ours, as it stands. */
void smk_html_raw(struct smk_html *h, const char *markup);
/* A text from anywhere. & < > " ' become references, line breaks <br/>. What no page may hold, what cannot be seen and
 * what turns the direction of writing is shown as its number, \u202e. */
void smk_html_text(struct smk_html *h, struct smk_bytes text);
/* The same in Latin letters within Khmer: a code, an id. */
void smk_html_code(struct smk_html *h, struct smk_bytes text);

/* A text in two languages, given as a map of `en` and `km`: the one of the page, else the other one and which it is. */
void smk_html_bilingual(struct smk_html *h, struct smk_bytes map);
/* Both: that of the page, and below it the other. */
void smk_html_both(struct smk_html *h, struct smk_bytes map);
void smk_html_name(struct smk_html *h, const struct smk_bilingual *name);

/* Our own words: in the language of the page, in both. */
void smk_html_word(struct smk_html *h, enum smk_word word);
void smk_html_words(struct smk_html *h, enum smk_word word);
/* With {0} and {1} filled in. */
void smk_html_filled(struct smk_html *h, enum smk_word word, uint64_t first, uint64_t second);
/* A name out of labels.h; the code where there is none. */
void smk_html_label(struct smk_html *h, const struct smk_label *label, struct smk_bytes code);
void smk_html_choice(struct smk_html *h, const char *list, struct smk_bytes code);

void smk_html_number(struct smk_html *h, uint64_t number);
/* "2021-12-15" as "១៥ ធ្នូ ២០២១" or "15 Dec 2021", "2021-12" and "2021" likewise; anything else as a text. */
void smk_html_date(struct smk_html *h, struct smk_bytes date);
/* Name, kind and code of a place: "ស្រុកបាណន់ 0201". The code alone when the gazetteer has no such place. */
void smk_html_place(struct smk_html *h, struct smk_bytes code);
bool smk_html_knows_place(struct smk_bytes code);

/* ---- tables ---- */

/* The head of a table, NUMBER columns are set right. Ends with SMK_WORD_NONE. style: the class in page.css, "" for none. */
void smk_html_table(struct smk_html *h, const char *style, const enum smk_word *heads);
void smk_html_table_end(struct smk_html *h);
/* <td>..</td> around one thing */
void smk_html_cell_number(struct smk_html *h, uint64_t number);
void smk_html_cell_word(struct smk_html *h, enum smk_word word);
void smk_html_cell_unknown(struct smk_html *h); /* in a column of numbers: not known */
/* A row of two columns: what, and its value, which the caller writes before smk_html_fact_end. */
void smk_html_fact(struct smk_html *h, const struct smk_label *label, enum smk_word word);
void smk_html_fact_end(struct smk_html *h);

#endif
