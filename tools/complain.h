/* tools/complain.h: what is wrong with a field, and what would be right, in the words of people.
 *
 * Shape    a field is called by its label, then by its name for whoever types it.
 * Source   proto/labels.h.   Memory  caller's.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_COMPLAIN_H
#define SMK_TOOLS_COMPLAIN_H

#include "tools/messages.h"

/* The fields that a complaint is about: those of a type, or of an act about it. */
struct smk_form {
    const char *kind; /* for labels and hints: "case_study" */
    const struct smk_field *rules;
    size_t rule_count;
};
struct smk_form smk_form_of(const struct smk_kind *kind);

/* "Findings 2: Text" of "findings[2].text"; the path itself where there is no label. */
void smk_field_shown(const char *kind, const char *path, enum smk_language language, char *ret_text,
                     size_t room);
/* The rule that a path leads to; NULL when there is none (parts of tallies, unknown names). */
const struct smk_field *smk_field_at(const struct smk_form *form, const char *path);
/* What a field takes: "Whole number (1990-2200)", "Place code (4)", "Name of a document or act (Meeting)". */
void smk_field_hint(const struct smk_field *rule, enum smk_language language, char *ret_text, size_t room);
/* "council_meeting (Council meeting), owso (One window service office)"; "" when the field has none. */
void smk_field_choices(const struct smk_field *rule, enum smk_language language, char *ret_text, size_t room);

/* Refuses: which field, what is wrong, what would be right; with --lang km in both languages. */
enum smk_exit smk_complain(struct smk_cli *cli, const struct smk_form *form,
                           const struct smk_complaint *complaint);
/* The sentences alone, in one language. */
void smk_complaint_write(const struct smk_form *form, const struct smk_complaint *complaint,
                         enum smk_language language, char *ret_what, char *ret_todo, size_t room);

#endif
