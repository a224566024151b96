#include "tools/questions.h"

#include <stdio.h>
#include <string.h>

struct list {
    struct smk_question *question;
    size_t count;
    const struct smk_field *top;
};

static void add(struct list *l, const struct smk_field *rule, enum smk_question_form form, const char *above,
                const char *tail)
{
    if (l->count == SMK_QUESTIONS_MAX)
        return;
    struct smk_question *q = &l->question[l->count];
    int len = snprintf(q->path, sizeof q->path, "%s%s%s", above, rule->name, tail);
    if (len < 0 || (size_t)len >= sizeof q->path)
        return; /* no field of the table is that long */
    q->top = l->top != NULL ? l->top : rule;
    q->rule = rule;
    q->form = form;
    l->count++;
}

static void add_field(struct list *l, const struct smk_field *rule, const char *above)
{
    bool is_list = (rule->flags & SMK_FIELD_IS_LIST) != 0;
    bool is_text = rule->type == SMK_FIELD_BILINGUAL || rule->type == SMK_FIELD_TEXT;
    char inside[SMK_FIELD_PATH_MAX + 1];
    if (rule->type == SMK_FIELD_PROVENANCE) /* says where data came from, not what they are */
        return;
    if (rule->type == SMK_FIELD_GROUP && !is_list) {
        (void)snprintf(inside, sizeof inside, "%s%s.", above, rule->name);
        const struct smk_field *top = l->top;
        l->top = top != NULL ? top : rule;
        for (size_t i = 0; i < rule->part_count; i++)
            add_field(l, &rule->part[i], inside);
        l->top = top;
        return;
    }
    if (rule->type == SMK_FIELD_GROUP) {
        add(l, rule, SMK_ASK_GROUPS, above, "");
    } else if (is_list && is_text) {
        add(l, rule, SMK_ASK_ITEMS, above, "");
    } else if (rule->type == SMK_FIELD_BILINGUAL) {
        add(l, rule, SMK_ASK_LANGUAGE, above, "_km");
        add(l, rule, SMK_ASK_LANGUAGE, above, "_en");
    } else if (rule->type == SMK_FIELD_ANSWERS) {
        add(l, rule, SMK_ASK_PAIRS, above, "");
    } else {
        add(l, rule, rule->type == SMK_FIELD_SHA256 ? SMK_ASK_FILE : SMK_ASK_VALUE, above, "");
    }
}

static bool is_named(const struct smk_field *rule, const char *name)
{
    return strcmp(rule->name, name) == 0;
}

/* What a person thinks of last, or what follows from the file. */
static bool is_late(const struct smk_field *rule)
{
    return is_named(rule, "remarks");
}

size_t smk_questions_of_kind(const struct smk_kind *kind,
                             struct smk_question ret_questions[SMK_QUESTIONS_MAX])
{
    struct list l = {.question = ret_questions};
    bool has_file = smk_field_find(kind->field, kind->field_count, smk_bytes_of_text("sha256")) != NULL;
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < kind->field_count; i++) {
            const struct smk_field *rule = &kind->field[i];
            bool follows = is_named(rule, "km_review") || (has_file && is_named(rule, "bytes"));
            if (!follows && is_late(rule) == (round == 1))
                add_field(&l, rule, "");
        }
    return l.count;
}

size_t smk_questions_of_group(const struct smk_field *group, size_t place,
                              struct smk_question ret_questions[SMK_QUESTIONS_MAX])
{
    struct list l = {.question = ret_questions, .top = group};
    char above[SMK_FIELD_PATH_MAX + 1];
    (void)snprintf(above, sizeof above, place > 0 ? "%s[%zu]." : "%s.", group->name, place);
    for (size_t i = 0; i < group->part_count; i++)
        add_field(&l, &group->part[i], above);
    return l.count;
}
