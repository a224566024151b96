/* proto/totals.h: the tables that reports show. They count only what counts.
 *
 * Shape    numbers, and rows of breakdowns; an act that was entered twice under one id is one.
 *          'Unknown' is not zero: a sum of women comes with the number of persons whose sex was recorded.
 * Memory   the rows are owned: smk_totals_deinit.   Secrets  none: rows of interviews are only counted.
 * Threads  that of the fold.
 */
#ifndef SMK_PROTO_TOTALS_H
#define SMK_PROTO_TOTALS_H

#include "proto/fold.h"

/* A sum of tallies. */
struct smk_tally_sum {
    uint64_t count;    /* tallies looked at */
    uint64_t known;    /* of these, with a total */
    uint64_t total;    /* persons */
    uint64_t with_sex; /* persons in tallies that give the number of women */
    uint64_t female;   /* women among them */
};

struct smk_agreed {
    uint64_t count; /* lists */
    uint64_t by_signature;
    uint64_t by_attestation;
};

enum {
    SMK_DECISION_WORDS = 5,
    SMK_PROGRESS_WORDS = 5,
    SMK_TOTALS_ROWS_MAX = 65536,
    SMK_TOTALS_TABLE_LETTERS_MAX = 39,
};
extern const char *const smk_decision_word[SMK_DECISION_WORDS]; /* "accepted", ... */
extern const char *const smk_progress_word[SMK_PROGRESS_WORDS]; /* "planned", ... */

/* One row of a breakdown: table "respondents.by_age", name "18_30". The table "cells" has interviews by
 * district/type/sex/age/disability, "0201/citizen/female/18_30/no", with "?" for what a row does not say. */
struct smk_totals_row {
    char table[SMK_TOTALS_TABLE_LETTERS_MAX + 1];
    char name[SMK_NAME_LETTERS_MAX + 1];
    struct smk_tally_sum sum;
};

struct smk_totals {
    uint64_t interview_rows;
    struct smk_tally_sum respondents; /* count: case studies */
    uint64_t lists;
    uint64_t recommendations;
    struct smk_agreed endorsements;
    struct smk_agreed acceptances;
    uint64_t decision[SMK_DECISION_WORDS];
    uint64_t presentations_province, presentations_national;
    uint64_t priorities_province, priorities_national;
    uint64_t follow_ups;
    uint64_t progress[SMK_PROGRESS_WORDS]; /* recommendations by newest report */
    uint64_t verified, disputed;
    struct smk_tally_sum meetings; /* participants */
    struct smk_tally_sum events;
    uint64_t projects;
    uint64_t subgrants;
    uint64_t attachments;
    uint64_t not_counting; /* edits and acts that are here and do not count */
    size_t row_count;
    size_t row_capacity;
    struct smk_totals_row *row; /* ascending by table and name */
};

/* GIVES the totals of a finished fold; release with smk_totals_deinit.
 * OK, SMK_ERR_TOO_BIG_HERE (more rows than any report can show), SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_totals_make(struct smk_fold *f, struct smk_totals *ret_totals);
void smk_totals_deinit(struct smk_totals *t); /* works on a zeroed object */

/* ---- shares: what the documents of one id add, so that totals can follow documents one by one ---- */

/* Adds what a document says and how it stands. Nothing for one that does not count, or that is here in its own scope too.
 * OK, SMK_ERR_TOO_BIG_HERE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_totals_add_document(struct smk_fold *f, const struct smk_fold_doc *doc,
                                                  struct smk_totals *t);
/* Adds the entries of all documents of one id.
 *
 * entry   put in another order here; spare has room for as many */
void smk_totals_add_entries(struct smk_totals *t, const struct smk_fold_entry **entry,
                            const struct smk_fold_entry **spare, size_t count);

/* OK, or whatever ends the walk */
typedef enum smk_err smk_totals_row_fn(void *ctx, const struct smk_totals_row *row);
/* Everything that is not zero as rows: the breakdowns, and each number of the struct in the table "".
 * OK, errors of fn */
SMK_MUST_USE enum smk_err smk_totals_each(const struct smk_totals *t, smk_totals_row_fn *fn, void *ctx);
/* Adds such a row; one of the table "" that this version has no number for is passed over.
 * OK, SMK_ERR_TOO_BIG_HERE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_totals_add_row(struct smk_totals *t, const struct smk_totals_row *row);

#endif
