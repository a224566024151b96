/* tools/coalition_step.h: what the demonstration coalition does, one step after the other.
 *
 * Shape    each step says one line or more of progress; false, having said why, ends the run.
 * Source   README.md at the top shows a whole run.   Memory  changes the run.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_COALITION_STEP_H
#define SMK_TOOLS_COALITION_STEP_H

#include "tools/coalition_run.h"

/* The secretariat founds and brings in who belongs; its daemon starts. */
bool smk_step_found(struct smk_run *run);
/* All others join by invitation. */
bool smk_step_join(struct smk_run *run);
/* Every node brings in its part of the folder, once; no daemon runs. */
bool smk_step_import_alone(struct smk_run *run);
/* Daemons start, save that of one member, which works on without a network; all bring in their parts, and what waits for
 * others is brought in when it has come. */
bool smk_step_work(struct smk_run *run);
/* The member comes back, over a line that is cut in the middle, and comes back once more. */
bool smk_step_return(struct smk_run *run);
/* The secretariat writes one record; another node has it at once. */
bool smk_step_live(struct smk_run *run);
/* Nodes that hold the same meet once more: a session of a few bytes. */
bool smk_step_meet(struct smk_run *run);

/* What the last imports left waiting, and what they refused, all nodes together. */
size_t smk_step_count(const struct smk_run *run, const char *what);

#endif
