/* tools/coalition_dir.h: the folder of a run: made, or emptied when it is one of ours.
 *
 * Shape    a marker file says that a folder is ours; whoever works in it holds a lock (flock) on that file.
 * Memory   by value.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_COALITION_DIR_H
#define SMK_TOOLS_COALITION_DIR_H

#include "store/home.h"

/* Makes the folder ready and empty; a folder that holds anything and has no marker is left alone. False, having said why.
 * ret_path: the folder's whole path. The lock is held until this program ends. */
bool smk_dir_prepare(const char *path, char ret_path[SMK_HOME_PATH_MAX]);

#endif
