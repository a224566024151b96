/* tools/totals_cells.h: respondents by district, type, sex, age and disability, as far as their rows are here.
 *
 * Shape    an organisation's interviews stay with it: elsewhere a district has what the tallies of its case studies say, and
 *          the rest of its cells is not shared.
 * Source   proto/totals.h.   Memory  JSON is GIVEN.   Secrets  only numbers of people.   Threads  one.
 */
#ifndef SMK_TOOLS_TOTALS_CELLS_H
#define SMK_TOOLS_TOTALS_CELLS_H

#include "proto/totals.h"
#include "tools/cli.h"

/* An array of one object a district. */
json_t *smk_cells_json(const struct smk_totals *t);
/* One line a district; with_cells: and one for each cell. */
void smk_cells_say(struct smk_cli *cli, const struct smk_totals *t, bool with_cells);

#endif
