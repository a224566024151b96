/* tools/entry_say.h: one edit or act in the words of people: which day it claims, when it was entered, whether it counts.
 *
 * Shape    the day is the `date` among its own fields, as its writer says; when it was entered is the time in the record's
 *          header, which is signed with it and no earlier than what it had seen. Neither proves the other.
 * Source   PROTOCOL.md sections 4.1, 10; README.md in this folder, `show` and `history`.
 * Memory   caller's.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_ENTRY_SAY_H
#define SMK_TOOLS_ENTRY_SAY_H

#include "proto/fold.h"
#include "tools/messages.h"

enum { SMK_ENTRY_WORDS_MAX = 512 };

/* The day that it claims, "2021-11-16", fit for a terminal; "" when it claims none. Returns ret_day. */
const char *smk_entry_day(const struct smk_fold_entry *e, char ret_day[16]);
/* "dated 2021-11-16, entered 2026-11-22 14:02" in the language of the command line; without a day the second half alone. */
void smk_entry_when(const struct smk_cli *cli, const struct smk_fold_entry *e,
                    char ret_text[SMK_ENTRY_WORDS_MAX]);
/* "does not count: the office has no say about this area", "of an earlier version"; "" when nothing is to be said. */
void smk_entry_verdict(const struct smk_cli *cli, const struct smk_fold_entry *e,
                       char ret_text[SMK_ENTRY_WORDS_MAX]);
/* The name of a reason in the language of the command line. */
const char *smk_reason_said(const struct smk_cli *cli, enum smk_reason reason);

#endif
