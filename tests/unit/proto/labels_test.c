#include "proto/fold.h"
#include "proto/labels.h"
#include "proto/policy.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whoever adds a type, field, choice, act, role or status finds here what proto/labels_table.c still lacks. */

static void expect(const struct smk_label *label, const char *list, const char *code)
{
    cr_assert(label != NULL, "proto/labels_table.c has no line {\"%s\", \"%s\", ENGLISH, KHMER, UNREVIEWED}",
              list, code);
}

static void expect_word(const char *list, const char *code)
{
    expect(smk_label_find(list, smk_bytes_of_text(code)), list, code);
}

static void expect_fields(const char *kind, const char *above, const struct smk_field *field, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char path[128], shown[256];
        (void)snprintf(path, sizeof path, "%s%s", above, field[i].name);
        (void)snprintf(shown, sizeof shown, "%s (of %s)", path, kind);
        expect(smk_label_field(kind, path), "field", shown);
        expect_word("field_type", smk_field_type_word(field[i].type));
        cr_assert(eq(int, field[i].choices != NULL, field[i].type == SMK_FIELD_CHOICE), "%s", shown);
        for (size_t k = 0; field[i].choices != NULL && field[i].choices[k] != NULL; k++)
            expect(smk_label_choice(&field[i], smk_bytes_of_text(field[i].choices[k])), field[i].vocabulary,
                   field[i].choices[k]);
        if (field[i].type == SMK_FIELD_REFERENCE)
            expect_word("type", field[i].kind);
        (void)strncat(path, ".", sizeof path - strlen(path) - 1);
        expect_fields(kind, path, field[i].part, field[i].part_count);
    }
}

Test(labels, every_type_field_choice_and_act_has_a_name_in_both_languages)
{
    for (size_t i = 0; i < smk_kind_count(); i++) {
        const struct smk_kind *kind = smk_kind_at(i);
        expect_word("type", kind->name);
        expect_fields(kind->name, "", kind->field, kind->field_count);
    }
    for (size_t i = 0; i < smk_entity_count(); i++) {
        const struct smk_entity *entity = smk_entity_at(i);
        expect_word("type", entity->name);
        expect_fields(entity->name, "", entity->field, entity->field_count);
    }
    for (size_t i = 0; i < smk_policy_count(); i++) {
        const struct smk_policy_rule *rule = smk_policy_at(i);
        const struct smk_act_kind *act =
            smk_act_kind_find(smk_bytes_of_text(rule->kind), smk_bytes_of_text(rule->act));
        expect_word("act", rule->act);
        for (size_t k = 0; k < SMK_POLICY_ROLES_MAX && rule->role[k] != NULL; k++)
            expect_word("role", rule->role[k]);
        if (act != NULL)
            expect_fields(rule->kind, "", act->field, act->field_count);
    }
}

Test(labels, every_status_scope_and_flaw_has_a_name_in_both_languages)
{
    static const char *const scope[] = {"gov", "pub", "nat", "prov:02", "dm:0201", "org:ctod"};
    size_t count = 0;
    for (; smk_fold_status_word(count) != NULL; count++)
        expect_word("status", smk_fold_status_word(count));
    cr_assert(gt(sz, count, 15));
    for (size_t i = 0; i < sizeof scope / sizeof scope[0]; i++) {
        struct smk_scope s = smk_scope_of(scope[i]);
        expect(smk_label_scope(&s), "scope", scope[i]);
    }
    for (int flaw = SMK_FLAW_NONE; flaw <= SMK_FLAW_SEVERAL; flaw++) {
        const char *code = smk_flaw_code((enum smk_flaw)flaw);
        const struct smk_label *label = smk_label_find("flaw", smk_bytes_of_text(code));
        expect(label, "flaw", code);
        cr_assert(
            eq(str, (char *)(uintptr_t)label->en, (char *)(uintptr_t)smk_flaw_text((enum smk_flaw)flaw)));
    }
}

static bool has_khmer(const char *text)
{
    return strstr(text, "\xe1\x9e") != NULL || strstr(text, "\xe1\x9f") != NULL; /* U+1780 to U+17FF */
}

Test(labels, each_stands_once_and_is_what_it_says)
{
    for (size_t i = 0; i < smk_label_table_count; i++) {
        const struct smk_label *label = &smk_label_table[i];
        cr_assert(smk_text_is_clean(smk_bytes_of_text(label->en), false), "%s", label->code);
        cr_assert(smk_text_is_clean(smk_bytes_of_text(label->km), false), "%s", label->code);
        cr_assert(label->en[0] != '\0' && !has_khmer(label->en), "%s %s", label->list, label->code);
        cr_assert(has_khmer(label->km), "%s %s", label->list, label->code);
        cr_assert(eq(ptr, (void *)(uintptr_t)smk_label_find(label->list, smk_bytes_of_text(label->code)),
                     (void *)(uintptr_t)label),
                  "%s %s stands twice", label->list, label->code);
    }
}

Test(labels, a_line_of_the_type_goes_before_one_for_the_name)
{
    static const struct {
        const char *kind, *path, *en;
    } row[] = {
        {"interview", "method", "Method"},
        {"recommendation", "method", "Method of ranking"},
        {"case_study", "findings[2].text", "Text"},
        {"case_study", "findings[].id", "Number of the finding"},
        {"organisation", "id", "Short name"},
        {"case_study", "respondents.by_age", "By age band"},
        {"case_study", "respondents.total", "Total"},
        {"case_study", "colour", NULL},
        {"case_study", "", NULL},
    };
    char far[SMK_FIELD_PATH_MAX + 3];
    memset(far, 'a', sizeof far);
    far[sizeof far - 1] = '\0';
    cr_assert(eq(ptr, (void *)(uintptr_t)smk_label_field("case_study", far), NULL));
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        const struct smk_label *label = smk_label_field(row[i].kind, row[i].path);
        cr_assert(eq(int, label != NULL, row[i].en != NULL), "%s", row[i].path);
        if (label != NULL)
            cr_assert(eq(str, (char *)(uintptr_t)label->en, (char *)(uintptr_t)row[i].en));
    }
    cr_assert(eq(str, (char *)(uintptr_t)smk_label_text(NULL, SMK_KHMER, "newer"), "newer"));
    cr_assert(eq(str, (char *)(uintptr_t)smk_khmer_word(SMK_KHMER_UNREVIEWED), "unreviewed"));
}

/* ---- against the coalition's vocabulary, where its file stands beside the tree ---- */

/* Names of the vocabulary that a list here is called otherwise; the rest has one name in both. */
static bool is_in_vocabulary(const struct smk_label *label)
{
    const char *root = getenv("SMK_ROOT");
    char path[4096], line[1024], tail[768];
    (void)snprintf(path, sizeof path, "%s/tools/sample/battambang/vocab.csv", root != NULL ? root : ".");
    (void)snprintf(tail, sizeof tail, ",%s,%s", label->km, smk_khmer_word(label->khmer));
    FILE *f = fopen(path, "rb");
    cr_assert(ne(ptr, f, NULL), "%s", path);
    bool is_found = false;
    while (!is_found && fgets(line, sizeof line, f) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        size_t len = strlen(line), end = strlen(tail);
        is_found = len > end && strcmp(line + len - end, tail) == 0 && strstr(line, label->en) != NULL;
    }
    cr_assert(eq(int, fclose(f), 0));
    return is_found;
}

Test(labels, what_is_called_reviewed_is_the_vocabularys_word)
{
    size_t reviewed = 0;
    for (size_t i = 0; i < smk_label_table_count; i++) {
        if (smk_label_table[i].khmer == SMK_KHMER_UNREVIEWED)
            continue;
        reviewed++;
        cr_assert(is_in_vocabulary(&smk_label_table[i]), "%s %s is not what vocab.csv says",
                  smk_label_table[i].list, smk_label_table[i].code);
    }
    cr_assert(gt(sz, reviewed, 70));
}
