/* tools/place_word.h: a place on the command line, by its code or by a name.
 *
 * Memory   caller's.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_PLACE_WORD_H
#define SMK_TOOLS_PLACE_WORD_H

#include "tools/cli.h"

enum { SMK_PLACE_WORD_DIGITS_MAX = 8 };

/* The code of a place: one of 2, 4, 6 or 8 digits as it stands, else that of the only place of this name, or of the widest
 * when the others lie in it. Says which one it is where that is not plain. SMK_EXIT_DONE, or the code to end with after having said why there is none. */
enum smk_exit smk_place_word(struct smk_cli *cli, const char *text,
                             char ret_code[SMK_PLACE_WORD_DIGITS_MAX + 1]);
/* A line for people when a text that was searched for in vain is the name of one place (or of one and of some in it). SMK_EXIT_DONE, or the code to end
 * with after having said why. */
enum smk_exit smk_place_hint(struct smk_cli *cli, const char *text);

#endif
