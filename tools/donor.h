/* tools/donor.h: another node's export, out of which damaged records of this store are mended.
 *
 * Shape    every line is an object whose field `record` is a whole record in hex; lines of other records are passed over.
 *          What a line claims does not matter: only a record with the very id that belongs to a place is written.
 * Source   README.md in this folder, `export` and `scrub`.
 * Memory   holds the records of one run of damaged places at a time.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_DONOR_H
#define SMK_TOOLS_DONOR_H

#include "store/scrub.h"
#include "tools/cli.h"

enum { SMK_DONOR_LINE_BYTES_MAX = 2 * 1024 * 1024 };

/* SMK_EXIT_DONE: the file was read to its end; else the code to end with, after having said why. */
enum smk_exit smk_donor_use(struct smk_cli *cli, struct smk_store *store, const char *path);

#endif
