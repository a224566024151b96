/* tools/questions.h: the fields of a type as questions, in the order in which they are asked.
 *
 * Shape    a text in two languages is two questions, a group one for each part; lists of texts and of groups, and answers,
 *          are one question that goes on until nothing is typed.
 * Memory   by value; rules are static.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_TOOLS_QUESTIONS_H
#define SMK_TOOLS_QUESTIONS_H

#include "proto/schema.h"

enum { SMK_QUESTIONS_MAX = 96 };

enum smk_question_form {
    SMK_ASK_VALUE,
    SMK_ASK_LANGUAGE, /* one language of a text: the path ends with it */
    SMK_ASK_ITEMS,    /* texts, one after the other */
    SMK_ASK_GROUPS,   /* groups of fields, one after the other */
    SMK_ASK_PAIRS,    /* NAME=TEXT, one after the other */
    SMK_ASK_FILE,     /* the path of the file that is attached */
};

struct smk_question {
    const struct smk_field *top;  /* the field of the type */
    const struct smk_field *rule; /* what is asked for: a part of it, or itself */
    enum smk_question_form form;
    char path[SMK_FIELD_PATH_MAX + 1]; /* as a word of field_words.h names it: "title_km", "cost.amount" */
};

/* The questions about a whole document. Returns how many. */
size_t smk_questions_of_kind(const struct smk_kind *kind,
                             struct smk_question ret_questions[SMK_QUESTIONS_MAX]);
/* The questions about one group: item `place` (from 1) of a list, or the group itself when place is 0. */
size_t smk_questions_of_group(const struct smk_field *group, size_t place,
                              struct smk_question ret_questions[SMK_QUESTIONS_MAX]);

#endif
