/* tools/act_words.h: an act about a document, from the words of a command line.
 *
 * Shape    ACT DOC [NAME=VALUE]... [--all DECISION] [--page FILE]; what follows from the document is filled in.
 * Source   README.md in this folder, `act` and `can`.
 * Memory   BORROWS from the words and the fold; owns the fields: smk_act_words_deinit.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_ACT_WORDS_H
#define SMK_TOOLS_ACT_WORDS_H

#include "tools/acting.h"
#include "tools/args.h"

/* Places of the options. */
enum { SMK_ACT_FIELD, SMK_ACT_ALL, SMK_ACT_PAGE, SMK_ACT_OPTIONS };
#define SMK_ACT_ARGS                                                                           \
    {                                                                                          \
        [SMK_ACT_FIELD] = {.name = "--field", .max = SMK_ARG_VALUES_MAX, .takes_words = true}, \
        [SMK_ACT_ALL] = {.name = "--all", .max = 1}, [SMK_ACT_PAGE] = {                        \
            .name = "--page",                                                                  \
            .max = 1                                                                           \
        }                                                                                      \
    }

struct smk_act_words {
    const struct smk_fold_doc *doc;
    const struct smk_fold_entry *basis; /* the act that it rests on, where it is plain which; may be NULL */
    struct smk_act act;
    struct smk_pairs pairs;
    struct smk_buf fields;
};
void smk_act_words_deinit(struct smk_act_words *w); /* works on a zeroed object */

/* is_question: nothing will be written, so a page may be left out.
 * SMK_EXIT_DONE, or the code after having said what is wrong with the words. */
enum smk_exit smk_act_words_init(struct smk_acting *a, const char *act, const char *document,
                                 const struct smk_arg *option, bool is_question,
                                 struct smk_act_words *ret_words);

#endif
