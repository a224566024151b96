/* proto/totals_rows.h: rows of totals while they are summed up; for totals.c and totals_rows.c.
 *
 * Memory   rows belong to the totals.   Secrets  none.   Threads  one at a time per object.
 */
#ifndef SMK_PROTO_TOTALS_ROWS_H
#define SMK_PROTO_TOTALS_ROWS_H

#include "proto/totals.h"

/* Adds a tally (empty or nil: unknown) to a sum; one that does not add up counts as unknown. */
void smk_sum_add_tally(struct smk_tally_sum *sum, struct smk_bytes tally);
/* Adds to the row of that name, which is made if need be.
 * OK, SMK_ERR_TOO_BIG_HERE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_totals_add(struct smk_totals *t, const char *table, struct smk_bytes name,
                                         const struct smk_tally_sum *sum);
/* Adds every `by_...` of a good tally, as tables PREFIX.by_... ; as smk_totals_add.
 * OK, SMK_ERR_TOO_BIG_HERE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_totals_add_breakdowns(struct smk_totals *t, const char *prefix,
                                                    struct smk_bytes tally);

#endif
