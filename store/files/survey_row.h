/* store/files/survey_row.h: what survey.c and survey_row.c share.
 *
 * Memory   as survey.h.   Secrets  keys of rows.   Threads  one.
 */
#ifndef SMK_STORE_FILES_SURVEY_ROW_H
#define SMK_STORE_FILES_SURVEY_ROW_H

#include "store/files/survey.h"

#include "proto/hash.h"

struct smk_survey_seen {
    struct smk_survey_text key, row;
    size_t before;                /* in the same bucket, from 1; 0 = none */
    uint8_t hash[SMK_HASH_BYTES]; /* of what it says */
};

/* True: the answer says which row it repeats. */
bool smk_survey_find_seen(const struct smk_survey *s, const struct smk_row *row, struct smk_survey_answer *a);
/* OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_survey_add_seen(struct smk_survey *s, const struct smk_row *row,
                                              const struct smk_survey_answer *a);

#endif
