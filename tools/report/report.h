/* tools/report/report.h: the reports, each a page of its own made from a fold.
 *
 * Shape    every number is computed from what counts in the fold. What is not known is said, never taken for zero.
 * Source   README.md in this folder.
 * Memory   the fold is BORROWED; the page is the caller's.   Secrets  those of the store.   Threads  that of the fold.
 */
#ifndef SMK_TOOLS_REPORT_REPORT_H
#define SMK_TOOLS_REPORT_REPORT_H

#include "proto/totals.h"
#include "tools/report/html.h"

struct smk_report {
    struct smk_html html;
    struct smk_fold *fold;
    char today[11];                 /* "2021-12-31": what was due before is overdue */
    char area[7];                   /* only what lies in this place; "" = everything */
    const struct smk_fold_doc *doc; /* what it is about; NULL where it is about everything */
    /* where joint lists stand in the fold, from first to before end; smk_report_open */
    size_t list_first, list_end;
};

void smk_report_deinit(struct smk_report *r); /* the page; works on a zeroed object */
/* Fills in what follows from the fold. */
void smk_report_open(struct smk_report *r);

/* Each writes a whole page.
 * OK
 * SMK_ERR_TOO_BIG_HERE  more than a page can hold
 * SMK_ERR_NOMEM */
typedef enum smk_err smk_report_fn(struct smk_report *r);
smk_report_fn smk_report_list, smk_report_study, smk_report_tally, smk_report_matrix, smk_report_ranks,
    smk_report_acceptance, smk_report_progress, smk_report_participants, smk_report_quality;

/* ---- what they share ---- */

struct smk_bytes smk_report_field(const struct smk_report *r, const struct smk_fold_doc *doc,
                                  const char *field);
/* False for drafts, for what does not count, for a second text of a document that is shown already, and for what lies
 * elsewhere than the area of the report. */
bool smk_report_shows(const struct smk_report *r, const struct smk_fold_doc *doc, const char *kind);
/* Fields that have several values at once. */
size_t smk_report_count_conflicts(const struct smk_report *r, const struct smk_fold_doc *doc);
/* The page with head and foot. With r->doc its title, version, fingerprint, else the word. */
void smk_report_begin(struct smk_report *r, enum smk_word title);
/* The end of the page. OK, SMK_ERR_TOO_BIG_HERE, SMK_ERR_NOMEM: the first that happened while it was written */
SMK_MUST_USE enum smk_err smk_report_end(struct smk_report *r);
/* Names as they are known here, else the code. */
void smk_report_organisation(struct smk_report *r, struct smk_bytes slug);
void smk_report_office(struct smk_report *r, struct smk_bytes slug);
/* A row of facts for a field with its label, unless it is not set. */
void smk_report_fact(struct smk_report *r, const struct smk_fold_doc *doc, const char *field);
/* A tally: total, women, what is known of sex; then each breakdown. */
void smk_report_tally_table(struct smk_report *r, struct smk_bytes tally);
/* The cells total, women, what is known of sex, of one row. */
void smk_report_sum_cells(struct smk_report *r, const struct smk_tally_sum *sum);
/* The tally of an act about the document, else of the document: what was counted there. */
struct smk_bytes smk_report_participants_of(const struct smk_report *r, const struct smk_fold_doc *doc);
void smk_report_nothing(struct smk_report *r);

#endif
