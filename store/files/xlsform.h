/* store/files/xlsform.h: an XLSForm, as far as it says what the columns and answers of a survey mean.
 *
 * Shape    the sheets `survey` and `choices` of a workbook: questions with their names and labels, lists with their choices.
 *          Each row, cell, column and sheet that is not understood is noted, in the order of the workbook.
 * Source   README.md in this folder, "Forms"; the XLSForm standard, xlsform.org.
 * Memory   owned by the form: smk_xlsform_deinit.   Secrets  none: a form asks, it does not answer.   Threads  one per object.
 */
#ifndef SMK_STORE_FILES_XLSFORM_H
#define SMK_STORE_FILES_XLSFORM_H

#include "proto/arena.h"
#include "store/files/table.h"

enum {
    SMK_XLSFORM_QUESTIONS_MAX = 2000,
    SMK_XLSFORM_CHOICES_MAX = 50 * 1000,
    SMK_XLSFORM_NOTES_MAX = 2000, /* then the last of them says that there are more */
    SMK_XLSFORM_LABELS_MAX = 8,   /* languages */
    SMK_XLSFORM_NAME_BYTES_MAX = 127,
    SMK_XLSFORM_LABEL_BYTES_MAX = 1000,
    SMK_XLSFORM_GROUPS_MAX = 16, /* one inside the other */
};

/* One thing by its name and by what people see instead, in each language; folded (smk_khmer_fold), so that two are the
 * same when they are equal. */
struct smk_xlsform_names {
    const char *name;
    size_t label_count;
    const char *label[SMK_XLSFORM_LABELS_MAX];
};

struct smk_xlsform_question {
    struct smk_xlsform_names names;
    const char *path;  /* "group/name", folded */
    const char *list;  /* its choices; NULL = it has none */
    size_t row;        /* of the sheet */
    const char *shown; /* its name as the form has it; not fit for a terminal */
};

struct smk_xlsform_choice {
    const char *list;
    struct smk_xlsform_names names;
};

/* What was not understood: "survey", row 14, "geotrace", "answers of this type are not taken". */
struct smk_xlsform_note {
    const char *sheet; /* as the workbook spells it, as `about` is: not fit for a terminal */
    size_t row;        /* 0 = the sheet as a whole */
    const char *about;
    const char *what;
};

struct smk_xlsform {
    struct smk_arena arena;
    size_t question_count, choice_count, note_count;
    struct smk_xlsform_question *question;
    struct smk_xlsform_choice *choice;
    struct smk_xlsform_note *note;
};

/* Reads a workbook; ret_form is to be released in any case. False: ret_fault. */
bool smk_xlsform_read(struct smk_bytes file, struct smk_xlsform *ret_form, struct smk_file_fault *ret_fault);
void smk_xlsform_deinit(struct smk_xlsform *f); /* works on a zeroed object */

/* The one question that a column of answers is headed by: its name, also behind those of groups, or its label in a language.
 * folded: BORROWED. NULL: none, or several. */
const struct smk_xlsform_question *smk_xlsform_find(const struct smk_xlsform *f, const char *folded);
/* The next choice of a list, from *at on, that has this name or label; *at moves behind it. NULL: no more. */
const struct smk_xlsform_choice *smk_xlsform_next_choice(const struct smk_xlsform *f, const char *list,
                                                         const char *folded, size_t *at);

#endif
