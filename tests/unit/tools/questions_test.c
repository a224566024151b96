#include "tools/questions.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static bool is_asked(const struct smk_question *q, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(q[i].path, path) == 0)
            return true;
    return false;
}

Test(questions, every_field_is_asked_for_but_what_follows_or_came_with_data)
{
    static const char *const silent[] = {"provenance", "km_review", "bytes"};
    for (size_t k = 0; k < smk_kind_count(); k++) {
        const struct smk_kind *kind = smk_kind_at(k);
        struct smk_question q[SMK_QUESTIONS_MAX];
        size_t count = smk_questions_of_kind(kind, q);
        cr_assert(lt(sz, count, SMK_QUESTIONS_MAX), "%s", kind->name);
        cr_assert(eq(str, q[0].path, "ref"), "%s", kind->name);
        cr_assert(eq(str, q[count - 1].path, "remarks_en"), "%s", kind->name);
        for (size_t i = 0; i < kind->field_count; i++) {
            bool is_silent = false, has_question = false;
            for (size_t n = 0; n < sizeof silent / sizeof silent[0]; n++)
                is_silent = is_silent || strcmp(kind->field[i].name, silent[n]) == 0;
            for (size_t n = 0; n < count; n++)
                has_question = has_question || q[n].top == &kind->field[i];
            cr_assert(eq(int, has_question, !is_silent), "%s of %s", kind->field[i].name, kind->name);
        }
    }
}

Test(questions, texts_are_two_and_groups_are_their_parts)
{
    struct smk_question q[SMK_QUESTIONS_MAX];
    const struct smk_kind *kind = smk_kind_find(smk_bytes_of_text("recommendation"));
    size_t count = smk_questions_of_kind(kind, q);
    static const char *const asked[] = {"title_km", "title_en", "cost.amount", "cost.currency",
                                        "target_groups"};
    static const char *const not_asked[] = {"title", "cost", "remarks", "cost_km"};
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++)
        cr_assert(is_asked(q, count, asked[i]), "%s", asked[i]);
    for (size_t i = 0; i < sizeof not_asked / sizeof not_asked[0]; i++)
        cr_assert(eq(int, is_asked(q, count, not_asked[i]), false), "%s", not_asked[i]);
    kind = smk_kind_find(smk_bytes_of_text("case_study"));
    count = smk_questions_of_group(
        smk_field_find(kind->field, kind->field_count, smk_bytes_of_text("findings")), 3, q);
    cr_assert(eq(sz, count, 4));
    cr_assert(eq(str, q[1].path, "findings[3].text_km"));
    cr_assert(eq(str, (char *)(uintptr_t)q[1].top->name, "findings"));
    cr_assert(eq(str, (char *)(uintptr_t)q[1].rule->name, "text"));
}
