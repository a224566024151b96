#include "proto/scope.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static bool is_text(const char *text, const char *wanted)
{
    return strcmp(text, wanted) == 0;
}

static bool parses(const char *text, struct smk_scope *ret_scope)
{
    return smk_scope_parse(smk_bytes_of_text(text), ret_scope);
}

Test(scope, takes_every_kind_with_and_without_wit)
{
    static const struct {
        const char *text;
        enum smk_scope_kind kind;
        const char *argument;
    } row[] = {
        {"gov", SMK_SCOPE_GOV, ""},
        {"pub", SMK_SCOPE_PUB, ""},
        {"nat", SMK_SCOPE_NAT, ""},
        {"prov:02", SMK_SCOPE_PROV, "02"},
        {"prov:00", SMK_SCOPE_PROV, "00"},
        {"dm:0201", SMK_SCOPE_DM, "0201"},
        {"org:ctod", SMK_SCOPE_ORG, "ctod"},
        {"org:-", SMK_SCOPE_ORG, "-"},
        {"org:abcdefghijklmnopqrstuvwx", SMK_SCOPE_ORG, "abcdefghijklmnopqrstuvwx"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char wit[64] = "wit:";
        struct smk_scope plain, statements;
        memcpy(wit + 4, row[i].text, strlen(row[i].text));
        cr_assert(parses(row[i].text, &plain), "%s", row[i].text);
        cr_assert(parses(wit, &statements), "%s", wit);
        cr_assert(not(plain.is_wit));
        cr_assert(statements.is_wit);
        cr_assert(eq(int, plain.kind, row[i].kind), "%s", row[i].text);
        cr_assert(eq(int, statements.kind, row[i].kind), "%s", wit);
        cr_assert(is_text(plain.text, row[i].text));
        cr_assert(is_text(statements.text, wit));
        cr_assert(is_text(smk_scope_argument(&plain), row[i].argument));
        cr_assert(is_text(smk_scope_argument(&statements), row[i].argument));
        cr_assert(not(smk_scope_is_equal(&plain, &statements)));
        cr_assert(smk_bytes_is_equal(smk_scope_bytes(&plain), smk_bytes_of_text(row[i].text)));
    }
}

Test(scope, refuses_everything_else_and_leaves_the_answer_alone)
{
    static const char *const row[] = {
        "",
        "g",
        "go",
        "govv",
        "GOV",
        " gov",
        "gov ",
        "prov",
        "prov:",
        "prov:2",
        "prov:002",
        "prov:0a",
        "prov:0202",
        "dm:02",
        "dm:02015",
        "dm:020",
        "dm:020 ",
        "dm:",
        "org",
        "org:",
        "org:Ctod",
        "org:a_b",
        "org:a b",
        "org:é",
        "wit",
        "wit:",
        "wit:wit:gov",
        "wit:x",
        "wit:prov:",
        "prov:02:gov",
        "nat:",
        "pub:02",
        "org:a:b",
        "dm:-201",
        "prov:+2",
        "org:abcdefghijklmnopqrstuvwxy",
        "wit:org:abcdefghijklmnopqrstuvwxy",
        "gov\n",
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_scope scope = smk_scope_of("dm:0201");
        cr_assert(not(parses(row[i], &scope)), "'%s'", row[i]);
        cr_assert(is_text(scope.text, "dm:0201"));
    }
    struct smk_scope scope;
    static const uint8_t with_zero[] = {'g', 'o', 'v', 0},
                         slug_with_zero[] = {'o', 'r', 'g', ':', 'a', 0, 'b'};
    cr_assert(not(smk_scope_parse(SMK_BYTES(with_zero), &scope)));
    cr_assert(not(smk_scope_parse(SMK_BYTES(slug_with_zero), &scope)));
    cr_assert(not(smk_scope_parse((struct smk_bytes){0}, &scope)));
}

Test(scope, of_an_organisation_is_made_from_its_slug)
{
    struct smk_scope scope = smk_scope_of_org("abcdefghijklmnopqrstuvwx");
    cr_assert(is_text(scope.text, "org:abcdefghijklmnopqrstuvwx"));
    cr_assert(eq(int, scope.kind, SMK_SCOPE_ORG));
}

Test(scope, is_ordered_by_its_text)
{
    static const char *const row[] = {"dm:0201", "dm:0202", "gov", "nat",    "org:a",
                                      "org:a-b", "prov:02", "pub", "wit:gov"};
    enum { COUNT = sizeof row / sizeof row[0] };
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t j = 0; j < COUNT; j++) {
            struct smk_scope a = smk_scope_of(row[i]), b = smk_scope_of(row[j]);
            int order = smk_scope_compare(&a, &b);
            cr_assert(eq(int, order < 0, i < j), "%s %s", row[i], row[j]);
            cr_assert(eq(int, order == 0, i == j), "%s %s", row[i], row[j]);
            cr_assert(eq(int, smk_scope_is_equal(&a, &b), i == j));
        }
    }
}

Test(slug, is_1_to_24_small_letters_digits_and_hyphens)
{
    static const struct {
        const char *text;
        bool is_valid;
    } row[] = {
        {"a", true},
        {"0", true},
        {"-", true},
        {"abc-123", true},
        {"abcdefghijklmnopqrstuvwx", true},
        {"", false},
        {"A", false},
        {"a_b", false},
        {"a.b", false},
        {"abcdefghijklmnopqrstuvwxy", false},
        {"a b", false},
        {"a/b", false},
        {"`", false},
        {"{", false},
        {":", false},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(eq(int, smk_slug_is_valid(smk_bytes_of_text(row[i].text)), row[i].is_valid), "'%s'",
                  row[i].text);
}

Test(slug, copy_takes_24_bytes_without_a_zero)
{
    static const uint8_t with_zero[] = {'a', 0, 'b'};
    struct smk_slug slug = {"before"};
    cr_assert(not(smk_slug_copy(smk_bytes_of_text("abcdefghijklmnopqrstuvwxy"), &slug)));
    cr_assert(not(smk_slug_copy(SMK_BYTES(with_zero), &slug)));
    cr_assert(is_text(slug.text, "before"));
    cr_assert(smk_slug_copy(smk_bytes_of_text("sna_dm"), &slug));
    cr_assert(is_text(slug.text, "sna_dm"));
    cr_assert(smk_slug_copy(smk_bytes_of_text("abcdefghijklmnopqrstuvwx"), &slug));
    cr_assert(eq(sz, strlen(slug.text), 24));
    cr_assert(smk_slug_copy((struct smk_bytes){0}, &slug));
    cr_assert(is_text(slug.text, ""));
}
