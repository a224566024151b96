/* tools/text.h: text that came from elsewhere, made fit for a terminal. smk_text_safe itself stands in cli.h.
 *
 * Shape    UTF-8 in; escapes such as \x1b and \u202e out.
 * Memory   caller's.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_TOOLS_TEXT_H
#define SMK_TOOLS_TEXT_H

#include "proto/bytes.h"

/* Stands for a byte that does not belong to good UTF-8. */
#define SMK_TEXT_BAD UINT32_MAX

/* The character that begins at `at` (< text.len); returns how many bytes it takes: 1 for a bad one. */
size_t smk_text_next(struct smk_bytes text, size_t at, uint32_t *ret_point);
/* True for what may move the cursor, turn the direction of writing, or hide: also for SMK_TEXT_BAD. */
bool smk_text_is_unsafe(uint32_t point);

/* A text that is ready for printf; long ones are cut. */
struct smk_shown {
    char text[768];
};
/* Returns ret_shown->text, so that it may stand as an argument. */
const char *smk_text_shown(const char *text, struct smk_shown *ret_shown);

#endif
