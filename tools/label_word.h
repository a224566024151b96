/* tools/label_word.h: a type, status or choice on the command line, by its code or by what people call it.
 *
 * Source   proto/labels.h.   Memory  words BORROW from the table of labels.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_LABEL_WORD_H
#define SMK_TOOLS_LABEL_WORD_H

/* The code in a list of labels ("status") whose code or name in either language is this word, in any case, with spaces or strokes
 * for `_`; NULL when there is none. */
const char *smk_label_word(const char *list, const char *word);
/* The code that was probably meant; NULL when none is near. */
const char *smk_label_nearest(const char *list, const char *word);

#endif
