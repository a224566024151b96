#include "store/icu.h"
#include "tests/support/fault.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

typedef enum smk_err form_fn(struct smk_bytes text, struct smk_buf *b);

static bool form_is(form_fn *fn, const char *text, const char *wanted)
{
    struct smk_buf b = {.max = 4096};
    cr_assert(eq(int, fn(smk_bytes_of_text(text), &b), SMK_OK), "%s", text);
    bool is_equal = smk_bytes_is_equal(smk_buf_view(&b), smk_bytes_of_text(wanted));
    smk_buf_deinit(&b);
    return is_equal;
}

Test(icu, texts_become_nfc)
{
    static const struct {
        const char *text, *nfc, *why;
    } row[] = {
        {"", "", "nothing"},
        {"plain", "plain", "ASCII"},
        {"caf\u00e9", "caf\u00e9", "composed already"},
        {"cafe\u0301", "caf\u00e9", "composed now"},
        {"\u212b", "\u00c5", "one letter for another"},
        {"\u2000x", "\u2002x", "one space for another"},
        {"ខេត្តបាត់ដំបង", "ខេត្តបាត់ដំបង", "Khmer stays"},
        {"ពៅ្នលិច", "ពៅ្នលិច", "as it was typed"},
        {"ក\u200bខ", "ក\u200bខ", "ZWSP and all"},
        {"ក\u17dd\u17d2ខ", "ក\u17d2\u17ddខ", "but for ATTHACAN and COENG"},
        {"1\u20443", "1\u20443", "compatibility forms stay"},
        {"\u1100\u1161\u11a8", "\uac01", "Hangul"},
        {"\U0001f469\u200d\U0001f33e", "\U0001f469\u200d\U0001f33e", "emoji stay"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(form_is(smk_icu_nfc, row[i].text, row[i].nfc), "%s", row[i].why);
}

Test(icu, texts_lose_case_and_compatibility_forms)
{
    cr_assert(form_is(smk_icu_casefold, "", ""));
    cr_assert(form_is(smk_icu_casefold, "LI\u0421ADHO", "li\u0441adho"));
    cr_assert(form_is(smk_icu_casefold, "Stra\u00dfe \uff21\u00b2 \ufb01", "strasse a2 fi"));
    cr_assert(form_is(smk_icu_casefold, "ក\u200bខ\u17b5", "កខ"));
}

Test(icu, texts_that_are_none_or_too_long_are_refused_by_every_function)
{
    static uint8_t many[SMK_ICU_TEXT_BYTES_MAX + 1];
    memset(many, 'a', sizeof many);
    const struct {
        struct smk_bytes text;
        enum smk_err err;
    } row[] = {
        {smk_bytes_of_text("a\xff"), SMK_ERR_INVALID},
        {smk_bytes_of_text("\xe1\x9e"), SMK_ERR_INVALID},
        {{many, sizeof many}, SMK_ERR_TOO_BIG_HERE},
    };
    struct smk_breaker *breaker;
    struct smk_collator *collator;
    struct smk_spoof *spoof;
    struct smk_buf b = {.max = 4096};
    cr_assert(eq(int, smk_breaker_new(&breaker), SMK_OK));
    cr_assert(eq(int, smk_collator_new(&collator), SMK_OK));
    cr_assert(eq(int, smk_spoof_new(&spoof), SMK_OK));
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        cr_assert(eq(int, smk_icu_nfc(row[i].text, &b), row[i].err), "%zu", i);
        cr_assert(eq(int, smk_icu_casefold(row[i].text, &b), row[i].err), "%zu", i);
        cr_assert(eq(int, smk_breaker_start(breaker, row[i].text), row[i].err), "%zu", i);
        cr_assert(eq(int, smk_collator_key(collator, row[i].text, 100, &b), row[i].err), "%zu", i);
        cr_assert(eq(int, smk_spoof_skeleton(spoof, row[i].text, &b), row[i].err), "%zu", i);
        cr_assert(eq(sz, b.len, 0));
    }
    struct smk_buf whole = {.max = SMK_ICU_TEXT_BYTES_MAX}, small = {.max = 2};
    many[0] = 'A';
    cr_assert(eq(int, smk_icu_casefold((struct smk_bytes){many, SMK_ICU_TEXT_BYTES_MAX}, &whole), SMK_OK));
    cr_assert(eq(sz, whole.len, SMK_ICU_TEXT_BYTES_MAX), "the longest there may be");
    cr_assert(eq(int, smk_icu_nfc(smk_bytes_of_text("abc"), &small), SMK_ERR_TOO_BIG_HERE));
    smk_buf_deinit(&whole);
    smk_buf_deinit(&small);
    smk_buf_deinit(&b);
    smk_breaker_free(breaker);
    smk_collator_free(collator);
    smk_spoof_free(spoof);
}

Test(icu, characters_have_a_class)
{
    cr_assert(eq(int, smk_icu_class('a'), SMK_ICU_LETTER));
    cr_assert(eq(int, smk_icu_class(0x301), SMK_ICU_LETTER));
    cr_assert(eq(int, smk_icu_class(0x1780), SMK_ICU_LETTER));
    cr_assert(eq(int, smk_icu_class(0x17d2), SMK_ICU_LETTER));
    cr_assert(eq(int, smk_icu_class('7'), SMK_ICU_DIGIT));
    cr_assert(eq(int, smk_icu_class(0x17e7), SMK_ICU_DIGIT));
    cr_assert(eq(int, smk_icu_class(0x17d4), SMK_ICU_OTHER));
    cr_assert(eq(int, smk_icu_class(' '), SMK_ICU_OTHER));
    cr_assert(eq(int, smk_icu_class(0x1f44d), SMK_ICU_OTHER));
}

Test(icu, the_version_names_library_data_and_order)
{
    char version[SMK_ICU_VERSION_LETTERS_MAX + 1];
    unsigned part[4] = {0};
    cr_assert(eq(int, smk_icu_version(version), SMK_OK));
    cr_assert(eq(int, sscanf(version, "%u.%u %u.%u ", &part[0], &part[1], &part[2], &part[3]), 4), "%s",
              version);
    cr_assert(ge(uint, part[0], 60));
    cr_assert(eq(uint, part[0], part[2]), "library and data belong together");
    cr_assert(eq(ptr, strchr(version, '-'), NULL), "there is an order: %s", version);
    test_fault_begin(TEST_FAULT_ONCE, 0);
    enum smk_err err = smk_icu_version(version);
    test_fault_end();
    cr_assert(eq(int, err, SMK_ERR_NOMEM), "what memory hides is not another version");
}

Test(icu, khmer_is_cut_into_words)
{
    static const char text[] = "អង្គការសង្គមស៊ីវិលនៅខេត្តកំពង់ចាម, two words";
    static const char *const word[] = {"អង្គការ", "សង្គម", "ស៊ីវិល", "នៅ", "ខេត្ត", "កំពង់ចាម",
                                       ",",      " ",    "two", " ",  "words"};
    struct smk_breaker *b = NULL;
    size_t border, last;
    smk_breaker_free(NULL);
    cr_assert(eq(int, smk_breaker_new(&b), SMK_OK));
    cr_assert(not(smk_breaker_next(b, &border)), "no text yet");
    for (int again = 0; again < 2; again++) {
        cr_assert(eq(int, smk_breaker_start(b, smk_bytes_of_text(text)), SMK_OK));
        last = 0;
        for (size_t i = 0; i < sizeof word / sizeof word[0]; i++) {
            cr_assert(smk_breaker_next(b, &border), "%s", word[i]);
            cr_assert(eq(sz, border - last, strlen(word[i])), "%s", word[i]);
            cr_assert(eq(int, memcmp(text + last, word[i], border - last), 0), "%s", word[i]);
            last = border;
        }
        cr_assert(eq(sz, last, sizeof text - 1));
        cr_assert(not(smk_breaker_next(b, &border)));
        cr_assert(eq(int, smk_breaker_start(b, (struct smk_bytes){NULL, 0}), SMK_OK));
        cr_assert(not(smk_breaker_next(b, &border)), "an empty text has no border");
    }
    smk_breaker_free(b);
}

Test(icu, texts_sort_as_in_a_khmer_dictionary)
{
    static const char *const sorted[] = {"12",   "កណ្តាល", "កែប", "កំពង់ចាម", "កំពត",   "ក្រចេះ",
                                         "ខេត្ត", "រតនគិរី", "ឫស្សី", "ហាន់",    "apple", "Banan"};
    struct smk_collator *c = NULL;
    struct smk_buf last = {.max = 4096}, key = {.max = 4096}, other = {.max = 4096};
    smk_collator_free(NULL);
    cr_assert(eq(int, smk_collator_new(&c), SMK_OK));
    for (size_t i = 0; i < sizeof sorted / sizeof sorted[0]; i++) {
        smk_buf_reset(&key);
        cr_assert(eq(int, smk_collator_key(c, smk_bytes_of_text(sorted[i]), 400, &key), SMK_OK));
        cr_assert(gt(sz, key.len, 0));
        cr_assert(lt(int, smk_bytes_compare(smk_buf_view(&last), smk_buf_view(&key)), 0), "%s", sorted[i]);
        cr_assert(eq(ptr, memchr(key.data, 0, key.len), NULL));
        smk_buf_reset(&last);
        smk_buf_write_bytes(&last, smk_buf_view(&key));
    }
    smk_buf_reset(&key);
    cr_assert(eq(int, smk_collator_key(c, smk_bytes_of_text("BANAN"), 400, &key), SMK_OK));
    cr_assert(eq(int, smk_collator_key(c, smk_bytes_of_text("banan"), 400, &other), SMK_OK));
    cr_assert(smk_bytes_is_equal(smk_buf_view(&key), smk_buf_view(&other)), "case does not matter");
    smk_buf_reset(&other);
    cr_assert(eq(int, smk_collator_key(c, smk_bytes_of_text("banan"), 3, &other), SMK_OK));
    cr_assert(eq(sz, other.len, 3), "cut where it may be");
    cr_assert(eq(int, memcmp(other.data, key.data, 3), 0));
    smk_collator_free(c);
    smk_buf_deinit(&last);
    smk_buf_deinit(&key);
    smk_buf_deinit(&other);
}

static bool is_confusable(struct smk_spoof *s, const char *a, const char *b)
{
    struct smk_buf of_a = {.max = 4096}, of_b = {.max = 4096};
    cr_assert(eq(int, smk_spoof_skeleton(s, smk_bytes_of_text(a), &of_a), SMK_OK));
    cr_assert(eq(int, smk_spoof_skeleton(s, smk_bytes_of_text(b), &of_b), SMK_OK));
    bool is_equal = smk_bytes_is_equal(smk_buf_view(&of_a), smk_buf_view(&of_b));
    smk_buf_deinit(&of_a);
    smk_buf_deinit(&of_b);
    return is_equal;
}

Test(icu, what_is_confusable_has_one_skeleton)
{
    struct smk_spoof *s = NULL;
    smk_spoof_free(NULL);
    cr_assert(eq(int, smk_spoof_new(&s), SMK_OK));
    cr_assert(is_confusable(s, "LICADHO", "LI\u0421ADHO"));
    cr_assert(is_confusable(s, "ct0d", "ctOd"));
    cr_assert(is_confusable(s, "", ""));
    cr_assert(not(is_confusable(s, "ctod", "cpdd")));
    smk_spoof_free(s);
}

/* ---- too little memory ---- */

static enum smk_err run_all(void)
{
    struct smk_breaker *breaker = NULL;
    struct smk_collator *collator = NULL;
    struct smk_spoof *spoof = NULL;
    struct smk_bytes text = smk_bytes_of_text("cafe\u0301 ខេត្តកំពង់ចាម");
    struct smk_buf b = {.max = 4096};
    size_t border;
    enum smk_err err = smk_icu_nfc(text, &b);
    err = err == SMK_OK ? smk_icu_casefold(text, &b) : err;
    err = err == SMK_OK ? smk_breaker_new(&breaker) : err;
    err = err == SMK_OK ? smk_breaker_start(breaker, text) : err;
    while (err == SMK_OK && smk_breaker_next(breaker, &border))
        ;
    err = err == SMK_OK ? smk_collator_new(&collator) : err;
    err = err == SMK_OK ? smk_collator_key(collator, text, 400, &b) : err;
    err = err == SMK_OK ? smk_spoof_new(&spoof) : err;
    err = err == SMK_OK ? smk_spoof_skeleton(spoof, text, &b) : err;
    smk_breaker_free(breaker);
    smk_collator_free(collator);
    smk_spoof_free(spoof);
    smk_buf_deinit(&b);
    return err;
}

Test(icu, each_of_our_allocations_may_fail)
{
    unsigned long nth = 0, hits = 1;
    for (; hits > 0 && nth < 100; nth++) {
        test_fault_begin(TEST_FAULT_ONCE, nth);
        enum smk_err err = run_all();
        test_fault_end();
        hits = test_fault_hits();
        cr_assert(eq(int, err, hits > 0 ? SMK_ERR_NOMEM : SMK_OK), "%lu", nth);
        cr_assert(eq(long, test_fault_live(), 0), "%lu", nth);
    }
    cr_assert(gt(ulong, nth, 10));
}
