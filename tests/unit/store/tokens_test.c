#include "store/tokens.h"

#include "proto/khmer.h"
#include "store/icu.h"
#include "tests/support/fault.h"
#include "tests/support/rng.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

/* The terms of a text: w word, n number, k Khmer word, p pair, b a pair's beginning, with the number of the unit. */
struct terms {
    char text[8192];
    size_t len;
    size_t count, stop_after; /* 0: never */
};

static enum smk_err note(void *ctx, const struct smk_token *token)
{
    struct terms *t = ctx;
    static const char letter[] = {[SMK_TOKEN_WORD] = 'w',
                                  [SMK_TOKEN_NUMBER] = 'n',
                                  [SMK_TOKEN_KHMER_WORD] = 'k',
                                  [SMK_TOKEN_PAIR] = 'p'};
    cr_assert(token->term.len >= 1 && token->term.len <= SMK_TERM_BYTES_MAX);
    cr_assert(smk_utf8_is_valid(token->term));
    cr_assert(eq(ptr, memchr(token->term.data, 0, token->term.len), NULL));
    cr_assert(le(sz, t->len + token->term.len + 16, sizeof t->text));
    t->len += (size_t)snprintf(t->text + t->len, sizeof t->text - t->len, "%s%c%zu:%.*s",
                               t->len > 0 ? "|" : "", token->is_beginning ? 'b' : letter[token->kind],
                               token->unit, (int)token->term.len, (const char *)token->term.data);
    return ++t->count == t->stop_after ? SMK_ERR_NOT_FOUND : SMK_OK;
}

static const char *terms_of(struct smk_tokeniser *t, const char *text, enum smk_token_use use,
                            struct terms *room)
{
    *room = (struct terms){0};
    cr_assert(eq(int, smk_tokenise(t, smk_bytes_of_text(text), use, note, room), SMK_OK), "%s", text);
    return room->text;
}

static struct smk_tokeniser *make(void)
{
    struct smk_tokeniser *t = NULL;
    cr_assert(eq(int, smk_tokeniser_new(&t), SMK_OK));
    return t;
}

Test(tokens, a_text_and_a_query_become_terms)
{
    static const struct {
        const char *text, *of_text, *of_query, *why;
    } row[] = {
        {"", "", "", "nothing"},
        {" .,- ។ៗ", "", "", "nothing but signs"},
        {"Joint List", "w0:joint|w1:list", "w0:joint|w1:list", "Latin"},
        {"world's", "w0:world|w1:s", "w0:world|w1:s", "a sign parts words"},
        {"JL-0201", "w0:jl|n1:0201", "w0:jl|n1:0201", "and so does"},
        {"cop26b", "w0:cop|n1:26|w2:b", "w0:cop|n1:26|w2:b", "a change to digits and back"},
        {"២០២៤ 1,250", "n0:2024|n1:1|n2:250", "n0:2024|n1:1|n2:250", "numbers"},
        {"ឆ្នាំ២០២៤", "k0:ឆ្នាំ|p0:ឆ្នាំ |n1:2024", "k0:ឆ្នាំ|b0:ឆ្នាំ |n1:2024", "digits leave the word"},
        {"ស្រី", "k0:ស្រី|p0:ស្រី ", "k0:ស្រី|b0:ស្រី ", "one cluster"},
        {"កុមារ", "p0:កុ មា|k0:កុមារ|p0:មា រ|p0:រ ", "p0:កុ មា|k0:កុមារ|p0:មា រ", "three clusters"},
        {"ស្រីកុមារ", "k0:ស្រី|p0:ស្រី កុ|p0:កុ មា|k0:កុមារ|p0:មា រ|p0:រ ", "k0:ស្រី|p0:ស្រី កុ|p0:កុ មា|k0:កុមារ|p0:មា រ",
         "two words of one unit"},
        {"ស្ដ្រី", "k0:ស\u17d2ដ\u17d2រី|p0:ស\u17d2ដ\u17d2រី ", "k0:ស\u17d2ដ\u17d2រី|b0:ស\u17d2ដ\u17d2រី ", "folded"},
        {"ស្រីabc", "k0:ស្រី|p0:ស្រី |w1:abc", "k0:ស្រី|b0:ស្រី |w1:abc", "two scripts"},
        {"Stra\u00dfe \ufb01n caf\u00e9 cafe\u0301", "w0:strasse|w1:fin|w2:caf\u00e9|w3:caf\u00e9",
         "w0:strasse|w1:fin|w2:caf\u00e9|w3:caf\u00e9", "other forms of letters"},
        {"\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35\u0e0a\u0e32\u0e27\u0e42\u0e25\u0e01",
         "w0:\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35|w0:\u0e0a\u0e32\u0e27|w0:\u0e42\u0e25\u0e01",
         "w0:\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35|w0:\u0e0a\u0e32\u0e27|w0:\u0e42\u0e25\u0e01",
         "Thai by its dictionary"},
    };
    struct smk_tokeniser *t = make();
    static struct terms room;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        cr_assert(
            eq(str, (char *)terms_of(t, row[i].text, SMK_TOKENS_OF_TEXT, &room), (char *)row[i].of_text),
            "%s", row[i].why);
        cr_assert(
            eq(str, (char *)terms_of(t, row[i].text, SMK_TOKENS_OF_QUERY, &room), (char *)row[i].of_query),
            "%s", row[i].why);
    }
    smk_tokeniser_free(t);
}

Test(tokens, texts_that_look_alike_have_the_same_terms)
{
    static const char *const row[][2] = {
        {"ខេត្តកណ្តាលនិងសង្គមស៊ីវិល", "ខេត្ដកណ្ដាលនិងសង្គមសុីវិល"},
        {"ពៅ្នលិច អង្រ្គង", "ព្នៅលិច អង្គ្រង"},
        {"ស្នើឲ្យ\u200bរដ្ឋាភិបាល", "ស្នើឱ្យរដ្ឋាភិបាល"},
        {"ក\u17d2ខ\u17dd", "ក\u17dd\u17d2ខ"},
        {"LICADHO ១២", "licadho\u00a012"},
    };
    struct smk_tokeniser *t = make();
    static struct terms a, b;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(eq(str, (char *)terms_of(t, row[i][0], SMK_TOKENS_OF_TEXT, &a),
                     (char *)terms_of(t, row[i][1], SMK_TOKENS_OF_TEXT, &b)));
    smk_tokeniser_free(t);
}

Test(tokens, no_term_ends_inside_a_cluster_and_none_is_too_long)
{
    struct smk_tokeniser *t = make();
    struct smk_buf text = {.max = 65536};
    static struct terms room;
    for (int i = 0; i < 300; i++)
        smk_buf_write(&text, "a", 1);
    smk_buf_write(&text, " ", 1);
    for (int i = 0; i < 300; i++)
        smk_buf_write(&text, "7", 1);
    smk_buf_write_u8(&text, 0);
    terms_of(t, (const char *)text.data, SMK_TOKENS_OF_TEXT, &room);
    cr_assert(eq(sz, room.count, 2));
    cr_assert(eq(sz, room.len, 2 * SMK_TERM_BYTES_MAX + strlen("w0:|n1:")));
    smk_buf_reset(&text);
    smk_buf_write_bytes(&text, smk_bytes_of_text("ខក"));
    for (int i = 0; i < 40; i++)
        smk_buf_write_bytes(&text, smk_bytes_of_text("\u17d2ខ")); /* a tower of 241 bytes */
    smk_buf_write_bytes(&text, smk_bytes_of_text("គឃង"));
    smk_buf_write_u8(&text, 0);
    terms_of(t, (const char *)text.data, SMK_TOKENS_OF_TEXT, &room);
    for (const char *at = strstr(room.text, "p0:"); at != NULL; at = strstr(at + 1, "p0:"))
        cr_assert(eq(ptr, strstr(at, "\u17d2"), NULL), "no pair has a part of the tower: %s", room.text);
    cr_assert(ne(ptr, strstr(room.text, "p0:គ ឃ|"), NULL), "%s", room.text);
    cr_assert(ne(ptr, strstr(room.text, "p0:ង "), NULL), "%s", room.text);
    smk_buf_deinit(&text);
    smk_tokeniser_free(t);
}

Test(tokens, what_is_no_text_or_not_wanted_ends_it)
{
    static uint8_t many[SMK_ICU_TEXT_BYTES_MAX + 1];
    struct smk_tokeniser *t = make();
    struct terms room = {0};
    struct smk_bytes folded;
    memset(many, 'a', sizeof many);
    cr_assert(eq(int, smk_tokenise(t, smk_bytes_of_text("a \xff"), SMK_TOKENS_OF_TEXT, note, &room),
                 SMK_ERR_INVALID));
    cr_assert(eq(int, smk_tokens_fold(t, smk_bytes_of_text("a \xff"), &folded), SMK_ERR_INVALID));
    cr_assert(eq(int, smk_tokenise(t, (struct smk_bytes){many, sizeof many}, SMK_TOKENS_OF_TEXT, note, &room),
                 SMK_ERR_TOO_BIG_HERE));
    cr_assert(eq(sz, room.count, 0));
    room.stop_after = 2;
    cr_assert(eq(int, smk_tokenise(t, smk_bytes_of_text("a b c"), SMK_TOKENS_OF_TEXT, note, &room),
                 SMK_ERR_NOT_FOUND));
    cr_assert(eq(sz, room.count, 2));
    smk_tokeniser_free(t);
    smk_tokeniser_free(NULL);
}

Test(tokens, units_of_a_query_are_looked_for_in_the_folded_text)
{
    static const struct {
        const char *text, *unit;
        bool is_there;
        const char *why;
    } row[] = {
        {"ខេត្តកំពង់ចាម", "កំពង់ចាម", true, "at the end"},
        {"ខេត្តកំពង់ចាម", "ខេត្ដ", true, "at the beginning"},
        {"ខេត្តកំពង់ចាម", "តកំ", false, "a part of a cluster"},
        {"ច្រក", "ចក", false, "clusters are whole"},
        {"ចក្រ", "ចក", false, "also the last one"},
        {"ច ក", "ចក", false, "they stand one after the other"},
        {"abc ចក", "ចក", true, "whatever stands before"},
        {"ចចក", "ចក", true, "and once more"},
        {"", "ច", false, "nothing is there"},
    };
    struct smk_tokeniser *t = make();
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_bytes folded, unit, found;
        struct smk_buf kept = {.max = 256};
        enum smk_token_kind kind;
        size_t at = 0;
        cr_assert(eq(int, smk_tokens_fold(t, smk_bytes_of_text(row[i].unit), &unit), SMK_OK));
        cr_assert(smk_tokens_next_unit(unit, &at, &found, &kind));
        cr_assert(eq(int, kind, SMK_TOKEN_PAIR));
        smk_buf_write_bytes(&kept, found);
        cr_assert(eq(int, smk_tokens_fold(t, smk_bytes_of_text(row[i].text), &folded), SMK_OK));
        cr_assert(eq(int, smk_tokens_has_clusters(folded, smk_buf_view(&kept)), row[i].is_there), "%s",
                  row[i].why);
        smk_buf_deinit(&kept);
    }
    smk_tokeniser_free(t);
}

static enum smk_err count(void *ctx, const struct smk_token *token)
{
    (void)token;
    ++*(size_t *)ctx;
    return SMK_OK;
}

Test(tokens, each_allocation_may_fail)
{
    unsigned long nth = 0, hits = 1;
    for (; hits > 0 && nth < 100; nth++) {
        struct smk_tokeniser *t = NULL;
        size_t terms = 0;
        test_fault_begin(TEST_FAULT_ONCE, nth);
        enum smk_err err = smk_tokeniser_new(&t);
        if (err == SMK_OK)
            err = smk_tokenise(t, smk_bytes_of_text("ខេត្តកំពង់ចាម 2024"), SMK_TOKENS_OF_TEXT, count, &terms);
        smk_tokeniser_free(t);
        test_fault_end();
        hits = test_fault_hits();
        cr_assert(eq(int, err, hits > 0 ? SMK_ERR_NOMEM : SMK_OK), "%lu", nth);
        cr_assert(eq(long, test_fault_live(), 0), "%lu", nth);
        cr_assert(eq(int, terms > 0, err == SMK_OK), "%lu", nth);
    }
    cr_assert(gt(ulong, nth, 5));
}

/* Where small ASCII and Khmer letters stand alone, the library for Unicode is not asked: it would say the same. */
Test(tokens, a_text_that_is_its_own_casefold_is_folded_as_any_other)
{
    struct smk_tokeniser *t = make();
    struct test_rng r = test_rng_from(test_seed());
    for (unsigned i = 0; i < 3000; i++) {
        struct smk_buf text = {.max = 1024}, first = {.max = 8192}, plain = {.max = 8192},
                       folded = {.max = 8192};
        struct smk_bytes got;
        for (uint64_t left = 1 + test_rng_below(&r, 20); left > 0; left--) {
            bool is_khmer = test_rng_chance(&r, 70), is_other = test_rng_chance(&r, 3);
            smk_utf8_write(&text, is_other   ? 0xe9 + (uint32_t)test_rng_below(&r, 0x300)
                                  : is_khmer ? 0x1780 + (uint32_t)test_rng_below(&r, 128)
                                             : 1 + (uint32_t)test_rng_below(&r, 127));
        }
        cr_assert(eq(int, smk_khmer_fold(smk_buf_view(&text), &first), SMK_OK));
        cr_assert(eq(int, smk_icu_casefold(smk_buf_view(&first), &plain), SMK_OK));
        cr_assert(eq(int, smk_khmer_fold(smk_buf_view(&plain), &folded), SMK_OK));
        cr_assert(eq(int, smk_tokens_fold(t, smk_buf_view(&text), &got), SMK_OK));
        cr_assert(smk_bytes_is_equal(got, smk_buf_view(&folded)), "text %u", i);
        smk_buf_deinit(&text);
        smk_buf_deinit(&first);
        smk_buf_deinit(&plain);
        smk_buf_deinit(&folded);
    }
    smk_tokeniser_free(t);
}
