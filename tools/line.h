/* tools/line.h: one line that somebody types, or the word that they have gone.
 *
 * Shape    while lines are read, Ctrl-C, a closed terminal and a polite kill end the reading instead of the program, so
 *          that what was entered can be kept.
 * Memory   caller's.   Secrets  none.   Threads  one; signals of the whole program between begin and end.
 */
#ifndef SMK_TOOLS_LINE_H
#define SMK_TOOLS_LINE_H

#include "proto/bytes.h"

enum { SMK_LINE_BYTES_MAX = 16 * 1024 };

void smk_line_begin(void);
void smk_line_end(void);

/* True when somebody sits there: a terminal on both sides. */
bool smk_line_is_terminal(void);

/* Shows the prompt and reads a line without its end and without spaces around it. False: they have gone (Ctrl-C, Ctrl-D,
 * the terminal is closed, the program shall end). A line that is too long is cut, and *ret_is_cut set. */
bool smk_line_read(const char *prompt, char ret_line[SMK_LINE_BYTES_MAX], bool *ret_is_cut);

#endif
