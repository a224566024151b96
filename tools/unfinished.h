/* tools/unfinished.h: answers that were given and not written as a document yet: one file for each, in HOME/unfinished/.
 *
 * Shape    {"started": ms, "words": ["year=2021", ...]}: the words of field_words.h in the order in which they were typed,
 *          so that what they were laid over may have changed meanwhile.
 * Source   store/SCHEMA.md, "The home".   Memory  owns its words.   Threads  one.
 * Secrets  as private as the store: mode 0600, and gone when the document is written.
 */
#ifndef SMK_TOOLS_UNFINISHED_H
#define SMK_TOOLS_UNFINISHED_H

#include "tools/cli.h"

enum { SMK_UNFINISHED_WORDS_MAX = 2000 };

struct smk_unfinished {
    char path[SMK_HOME_PATH_MAX];
    json_t *file; /* NULL: nothing yet */
    uint64_t started_ms;
};

/* Reads what is kept for a new document of a type (doc NULL) or a change of one. A file that cannot be read is none.
 * False when there is no place for such a file. */
bool smk_unfinished_open(const struct smk_home *home, const char *type, const uint8_t *doc,
                         struct smk_unfinished *ret_unfinished);
void smk_unfinished_close(struct smk_unfinished *u); /* works on a zeroed object; the file stays */

size_t smk_unfinished_count(const struct smk_unfinished *u);
const char *smk_unfinished_word(const struct smk_unfinished *u, size_t i); /* BORROWED */

/* Keeps one more word, on the disk when this returns true. False: no room, or too many. */
bool smk_unfinished_add(struct smk_unfinished *u, const char *word);
/* Throws it away, the file too. */
void smk_unfinished_drop(struct smk_unfinished *u);

#endif
