#include "proto/check.h"
#include "proto/err.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <string.h>

static const struct {
    enum smk_err err;
    const char *name;
    const char *text;
} row[] = {
#define X(name, code, text) {SMK_ERR_##name, #name, text},
    SMK_ERR_MAP(X)
#undef X
};

enum { ROWS = sizeof row / sizeof row[0] };

static int blames_of(enum smk_err err)
{
    return smk_err_is_ours(err) + smk_err_is_peer_fault(err) + smk_err_is_record_refused(err) +
           smk_err_is_storage(err);
}

Test(err, codes_names_and_texts_are_unique)
{
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = i + 1; j < ROWS; j++) {
            cr_assert(ne(int, row[i].err, row[j].err), "%s and %s", row[i].name, row[j].name);
            cr_assert(ne(int, strcmp(row[i].name, row[j].name), 0), "%s twice", row[i].name);
            cr_assert(ne(int, strcmp(row[i].text, row[j].text), 0), "%s and %s", row[i].name, row[j].name);
        }
}

Test(err, every_code_lies_in_our_range_and_has_exactly_one_blame)
{
    for (size_t i = 0; i < ROWS; i++) {
        cr_assert(le(int, row[i].err, -20100), "%s", row[i].name);
        cr_assert(gt(int, row[i].err, -20500), "%s", row[i].name);
        cr_assert(eq(int, blames_of(row[i].err), 1), "%s", row[i].name);
    }
}

Test(err, blame_follows_the_number)
{
    static const struct {
        int code;
        bool is_ours, is_peers, is_refused, is_storage;
        const char *why;
    } border[] = {
        {0, false, false, false, false, "success is nobody's fault"},
        {-20099, false, false, false, false, "above our range"},
        {-20100, true, false, false, false, "first of ours"},
        {-20199, true, false, false, false, "last of ours"},
        {-20200, false, true, false, false, "first of the peer's"},
        {-20299, false, true, false, false, "last of the peer's"},
        {-20300, false, false, true, false, "first of a record's"},
        {-20399, false, false, true, false, "last of a record's"},
        {-20400, false, false, false, true, "first of storage's"},
        {-20499, false, false, false, true, "last of storage's"},
        {-20500, false, false, false, false, "below our range"},
        {-30799, false, false, false, false, "a code of LMDB"},
        {-12, false, false, false, false, "a code of libuv"},
    };
    for (size_t i = 0; i < sizeof border / sizeof border[0]; i++) {
        enum smk_err err = (enum smk_err)border[i].code;
        cr_assert(eq(int, smk_err_is_ours(err), border[i].is_ours), "%s", border[i].why);
        cr_assert(eq(int, smk_err_is_peer_fault(err), border[i].is_peers), "%s", border[i].why);
        cr_assert(eq(int, smk_err_is_record_refused(err), border[i].is_refused), "%s", border[i].why);
        cr_assert(eq(int, smk_err_is_storage(err), border[i].is_storage), "%s", border[i].why);
    }
}

Test(err, name_and_text_of_every_code_and_of_no_code)
{
    for (size_t i = 0; i < ROWS; i++) {
        cr_assert(eq(int, strcmp(smk_err_name(row[i].err), row[i].name), 0), "%s", row[i].name);
        cr_assert(eq(int, strcmp(smk_err_text(row[i].err), row[i].text), 0), "%s", row[i].name);
        cr_assert(gt(sz, strlen(row[i].text), 0), "%s", row[i].name);
    }
    cr_assert(eq(int, strcmp(smk_err_name(SMK_OK), "OK"), 0));
    cr_assert(eq(int, strcmp(smk_err_text(SMK_OK), "ok"), 0));
    cr_assert(eq(int, strcmp(smk_err_name((enum smk_err) - 5), "UNKNOWN"), 0));
    cr_assert(eq(int, strcmp(smk_err_text((enum smk_err) - 5), "unknown error"), 0));
}

Test(check, a_true_condition_is_evaluated_once_and_passes)
{
    int calls = 0;
    SMK_ASSERT(++calls == 1);
    SMK_ASSERT(calls == 1 || calls == 2);
    cr_assert(eq(int, calls, 1));
}

Test(check, a_false_condition_aborts, .signal = SIGABRT)
{
    int one = 1;
    SMK_ASSERT(one == 2);
}

Test(check, the_condition_is_taken_as_a_whole, .signal = SIGABRT)
{
    int one = 1;
    SMK_ASSERT(one == 2 || one == 3); /* without parentheses a negation would take the first half only */
}

Test(check, what_cannot_be_reached_aborts, .signal = SIGABRT)
{
    SMK_UNREACHABLE();
}
