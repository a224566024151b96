#include "store/looks.h"
#include "tests/support/fault.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static bool looks_like(const char *a, const char *b)
{
    bool there = false, back = false;
    cr_assert(eq(int, smk_text_looks_like(smk_bytes_of_text(a), smk_bytes_of_text(b), &there), SMK_OK), "%s",
              a);
    cr_assert(eq(int, smk_text_looks_like(smk_bytes_of_text(b), smk_bytes_of_text(a), &back), SMK_OK), "%s",
              b);
    cr_assert(eq(int, there, back), "%s, %s", a, b);
    return there;
}

Test(looks, names_that_can_be_taken_for_another)
{
    static const char *const like[][2] = {
        {"LICADHO", "LICADHO"},
        {"LICADHO", "LI\u0421ADHO"},
        {"LICADHO", "licadho"},
        {"licadho", "li\u0441adho"},
        {"LICADHO", "li\u0441adho"},
        {"ctod", "ct0d"},
        {"sna-0201", "sna-O2O1"},
        {"as-1", "as-l"},
        {"AS-I", "AS-l"},
        {"comfrel", "cornfrel"},
        {"កណ្តាល", "កណ្ដាល"},
        {"ស្រី", "ស\u17d2រ\u200bី"},
        {"ប៉ី", "បុី"},
        {"១២", "12"},
        {"ក ខ", "ក\u00a0ខ"},
        {"caf\u00e9", "cafe\u0301"},
    };
    static const char *const other[][2] = {
        {"LICADHO", "ADHOC"}, {"ctod", "cpdd"}, {"កណ្តាល", "កណ្តារ"}, {"", ""}, {"a", ""}, {"as", "as-2"},
    };
    for (size_t i = 0; i < sizeof like / sizeof like[0]; i++)
        cr_assert(looks_like(like[i][0], like[i][1]), "%s, %s", like[i][0], like[i][1]);
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
        cr_assert(not(looks_like(other[i][0], other[i][1])), "%s, %s", other[i][0], other[i][1]);
}

Test(looks, what_is_no_name_is_refused)
{
    static uint8_t many[4097];
    struct smk_looks *l = NULL;
    bool is_like = true;
    memset(many, 'a', sizeof many);
    cr_assert(eq(int, smk_looks_new(smk_bytes_of_text("a\xff"), &l), SMK_ERR_INVALID));
    cr_assert(eq(int, smk_looks_new(SMK_BYTES(many), &l), SMK_ERR_TOO_BIG_HERE));
    cr_assert(eq(ptr, l, NULL));
    cr_assert(eq(int, smk_looks_new(smk_bytes_of_text("a"), &l), SMK_OK));
    cr_assert(eq(int, smk_looks_like(l, smk_bytes_of_text("\xff"), &is_like), SMK_ERR_INVALID));
    cr_assert(eq(int, smk_looks_like(l, SMK_BYTES(many), &is_like), SMK_ERR_TOO_BIG_HERE));
    cr_assert(is_like, "left alone");
    cr_assert(eq(int, smk_looks_like(l, smk_bytes_of_text("A"), &is_like), SMK_OK), "and goes on");
    cr_assert(is_like);
    smk_looks_free(l);
    smk_looks_free(NULL);
}

Test(looks, each_allocation_may_fail)
{
    unsigned long nth = 0, hits = 1;
    for (; hits > 0 && nth < 200; nth++) {
        bool is_like = false;
        test_fault_begin(TEST_FAULT_ONCE, nth);
        enum smk_err err =
            smk_text_looks_like(smk_bytes_of_text("LICADHO"), smk_bytes_of_text("LI\u0421ADHO"), &is_like);
        test_fault_end();
        hits = test_fault_hits();
        cr_assert(eq(int, err, hits > 0 ? SMK_ERR_NOMEM : SMK_OK), "%lu", nth);
        cr_assert(eq(int, is_like, err == SMK_OK), "%lu", nth);
        cr_assert(eq(long, test_fault_live(), 0), "%lu", nth);
    }
    cr_assert(gt(ulong, nth, 10));
}
