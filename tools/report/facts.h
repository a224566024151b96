/* tools/report/facts.h: where a recommendation stands: what was decided, what was reported, whether others agree.
 *
 * Memory   BORROWS from the fold.   Secrets  none of its own.   Threads  that of the fold.
 */
#ifndef SMK_TOOLS_REPORT_FACTS_H
#define SMK_TOOLS_REPORT_FACTS_H

#include "tools/report/report.h"

enum smk_check { SMK_CHECK_NONE, SMK_CHECK_VERIFIED, SMK_CHECK_DISPUTED };

struct smk_facts {
    struct smk_bytes decision;               /* a word of the vocabulary `status`; empty: not decided */
    struct smk_bytes due;                    /* a date, or empty */
    const struct smk_fold_entry *report;     /* the newest; NULL */
    struct smk_bytes status;                 /* that it says; empty without one */
    enum smk_check check;                    /* of that report: the newest verification or dispute of it */
    const struct smk_fold_entry *checked_by; /* NULL for none */
};

/* The act by which a list was accepted or endorsed, by hand or by two halves; NULL when it was not. */
const struct smk_fold_entry *smk_facts_acceptance(const struct smk_fold_doc *list);
const struct smk_fold_entry *smk_facts_endorsement(const struct smk_fold_doc *list);
/* Of a recommendation, by the acceptance of the list that names it. */
void smk_facts_find(const struct smk_report *r, const struct smk_fold_doc *recommendation,
                    struct smk_facts *ret_facts);
/* What is due before the day of the report and neither done nor dropped. */
bool smk_facts_is_overdue(const struct smk_report *r, const struct smk_facts *f);

/* Every recommendation that the report shows, with its facts, by district, number, id. */
struct smk_facts_row {
    const struct smk_fold_doc *doc;
    struct smk_bytes district;
    uint64_t number;
    struct smk_facts facts;
};
struct smk_facts_table {
    size_t count;
    struct smk_facts_row **row; /* owned: smk_facts_table_deinit */
    struct smk_facts_row *all;
};
/* OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_facts_table_make(const struct smk_report *r, struct smk_facts_table *ret_table);
void smk_facts_table_deinit(struct smk_facts_table *t); /* works on a zeroed object */

/* The cells of a table. smk_facts_title_cells: number, and the title with the short name below it. */
void smk_facts_title_cells(struct smk_report *r, const struct smk_facts_row *row);
void smk_facts_decision_cell(struct smk_report *r, const struct smk_facts *f);
void smk_facts_status_cell(struct smk_report *r, const struct smk_facts *f);
void smk_facts_check_cell(struct smk_report *r, const struct smk_facts *f);

#endif
