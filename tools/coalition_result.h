/* tools/coalition_result.h: what is read from the nodes' stores once every process has ended, and what is said of it.
 *
 * Shape    result.json: {"nodes": {NAME: {"scopes", "tables", "audit", "left_waiting", "refused"}}, "pairs", "sessions",
 *          "damaged_copy", "live", "cut", "turns", "good"}. agreed_before of a session: the two held the same when it
 *          began, and nothing moved until it ended.
 * Source   README.md at the top shows a whole run.
 * Memory   JSON is GIVEN.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_COALITION_RESULT_H
#define SMK_TOOLS_COALITION_RESULT_H

#include "tools/coalition_run.h"

/* Reads every node's own store. NULL, having said why, when one cannot be read. */
json_t *smk_result_collect(struct smk_run *run);

/* Copies the store of the first hub (of the founder when there is none), changes one byte inside a record of the copy,
 * and audits it: {"node", "record", "offset", "named", "code"}. NULL, having said why, when that could not be done. */
json_t *smk_result_damage(struct smk_run *run);

/* Judges what was collected and keeps the answer in it ("good"). */
bool smk_result_judge(const struct smk_run *run, json_t *result);
/* DIR/result.json. False, having said why. */
bool smk_result_write(const struct smk_run *run, const json_t *result);

/* For people: tables on stdout, and one sentence for each thing that is not good. */
void smk_result_tell(const struct smk_run *run, const json_t *result);

#endif
