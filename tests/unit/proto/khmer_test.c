#include "proto/khmer.h"
#include "tests/support/fault.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

typedef enum smk_err fold_fn(struct smk_bytes text, struct smk_buf *b);

/* The fold as a text; the caller frees nothing: there are few, and each test is a process. */
static const char *folded_by(fold_fn *fn, const char *text)
{
    struct smk_buf b = {.max = 4096};
    cr_assert(eq(int, fn(smk_bytes_of_text(text), &b), SMK_OK), "%s", text);
    smk_buf_write_u8(&b, 0);
    cr_assert(eq(int, b.err, SMK_OK));
    static char room[8][1024];
    static size_t next;
    char *copy = room[next++ % 8];
    cr_assert(le(sz, b.len, sizeof room[0]));
    memcpy(copy, b.data, b.len);
    smk_buf_deinit(&b);
    return copy;
}

static const char *folded(const char *text)
{
    return folded_by(smk_khmer_fold, text);
}

Test(khmer, texts_that_look_alike_have_one_fold)
{
    static const struct {
        const char *a, *b, *why;
    } row[] = {
        {"កណ្តាល", "កណ្ដាល", "coeng TA, coeng DA"},
        {"ព្នៅលិច", "ពៅ្នលិច", "vowel before coeng"},
        {"អង្គ្រង", "អង្រ្គង", "coeng RO first"},
        {"ស្ត្រី", "ស្រ្តី", "coeng RO first, and coeng TA"},
        {"ស្ត្រី", "ស្រី្ដ", "all at once"},
        {"ស៊ីវិល", "សីុវិល", "II before U"},
        {"ស៊ីវិល", "ស\u17b8\u17caវិល", "vowel before shifter"},
        {"ស៊ីវិល", "សុីវិល", "U for a shifter"},
        {"ស៊ីវិល", "ស៉ីវិល", "the other shifter"},
        {"ប៉ី", "បុី", "MUUSIKATOAN drawn as U"},
        {"ញ៉ាំ", "ញុាំ", "AA and NIKAHIT stand above together"},
        {"ញ៉ាំ", "ញ\u17c6\u17c9\u17b6", "in another order"},
        {"កោ", "ក\u17c1\u17b6", "OO typed as E and AA"},
        {"កោ", "ក\u17b6\u17c1", "or as AA and E"},
        {"កើ", "ក\u17c1\u17b8", "OE typed as E and II"},
        {"ក\u17be\u17b6", "ក\u17c4\u17b8", "three strokes, two ways"},
        {"កាំ", "ក\u17c6\u17b6", "AA, NIKAHIT"},
        {"ពណ៌", "ពណ\u17cc", "ROBAT"},
        {"ក\u17cc\u17d2ខា", "ក\u17b6\u17d2ខ\u17cc", "ROBAT first"},
        {"អា", "\u17a4", "17A4"},
        {"អ", "\u17a3", "17A3"},
        {"ឱ្យ", "ឲ្យ", "17B1, 17B2"},
        {"ក", "ក\u17b5", "inherent vowel"},
        {"ក", "ក\u17b4", "the other one"},
        {"កម្ពុជា", "កម\u17d2\u200cព\u17bb\u200bជ\u2060\u17b6", "what is invisible"},
        {"កម្ពុជា", "\ufeffកម្ពុ\u00adជ\u200dា", "what else is"},
        {"ក្រ", "ក\u17d2\u17d2រ", "two coengs"},
        {"ក", "ក\u17d2", "a coeng that joins nothing"},
        {"ក្រ ខ", "ក្រ\u17d2 ខ", "nor a space"},
        {"ក្រ", "ក្រ\u17d2រ", "RO twice"},
        {"កា", "ក\u17b6\u17b6", "a mark twice"},
        {"ឆ្នាំ2024", "ឆ្នាំ២០២៤", "digits"},
        {"  ក   ខ ", "ក\u00a0ខ", "white space"},
        {"ក ខ", "ក\t\n\u2003ខ\u3000", "of any kind"},
        {"licadho", "LICADHO", "small letters"},
        {"é ÿ ā ł ơ ư ế ß i", "É Ÿ Ā Ł Ơ Ư Ế ẞ İ", "also with accents"},
        {" \u17d2ក", "\u17d2ក", "a mark on nothing"},
        {"", " \u200b\u17d2 ", "nothing to see"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        cr_assert(eq(str, (char *)folded(row[i].a), (char *)folded(row[i].b)), "%s", row[i].why);
        cr_assert(eq(str, (char *)folded(folded(row[i].b)), (char *)folded(row[i].b)), "%s", row[i].why);
    }
}

Test(khmer, texts_that_look_different_keep_two_folds)
{
    static const struct {
        const char *a, *b, *why;
    } row[] = {
        {"ត", "ដ", "TA and DA as bases"},
        {"ក្ក", "កក", "coeng"},
        {"ក្គ្ក", "ក្ក្គ", "two joined letters, one above the other"},
        {"កុ", "ក៊", "a shifter that stays above"},
        {"ក៉", "ក៊", "the two shifters"},
        {"កាំ", "កា", "NIKAHIT"},
        {"កេ", "កែ", "two vowels"},
        {"កោ", "កៅ", "OO and AU"},
        {"ក ខ", "កខ", "a space"},
        {"ក1", "ក2", "digits"},
        {"ក។", "ក៕", "punctuation"},
        {"កៗ", "ក", "the sign of repetition"},
        {"u", "ü", "accents"},
        {"С", "C", "Cyrillic: that is for the look-alike check"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(ne(str, (char *)folded(row[i].a), (char *)folded(row[i].b)), "%s", row[i].why);
}

Test(khmer, the_fold_of_good_spelling_is_known)
{
    static const struct {
        const char *text, *fold, *spelling, *why;
    } row[] = {
        {"កម្ពុជា", "កម្ពុជា", "កម្ពុជា", "nothing to do"},
        {"ស្រុកថ្មគោល", "ស្រុកថ្មគោល", "ស្រុកថ្មគោល", "nor here"},
        {"ស្ត្រី", "ស\u17d2ដ\u17d2រី", "ស\u17d2ដ\u17d2រី", "coeng DA, coeng RO"},
        {"សុីវិល", "សុីវិល", "ស៊ីវិល", "TRIISAP, as dictionaries have it"},
        {"ប៊ី", "បុី", "ប៉ី", "MUUSIKATOAN on BA"},
        {"ហ៊ាន", "ហ៊ាន", "ហ៊ាន", "a shifter that stays"},
        {"ញ៉ាំ", "ញុាំ", "ញ៉ាំ", "and on the second series"},
        {"ក្រៅ\u200bផ្ទះ ៣", "ក្រៅផ្ទះ 3", "ក្រៅផ្ទះ 3", "digits, no ZWSP"},
        {"a \u17b6\u17c9b", "a \u17c9\u17b6b", "a \u17c9\u17b6b", "marks on nothing are sorted too"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        cr_assert(eq(str, (char *)folded(row[i].text), (char *)row[i].fold), "%s", row[i].why);
        const char *spelt = folded_by(smk_khmer_spell, row[i].text);
        cr_assert(eq(str, (char *)spelt, (char *)row[i].spelling), "%s", row[i].why);
        cr_assert(eq(str, (char *)folded(spelt), (char *)row[i].fold), "%s", row[i].why);
    }
}

Test(khmer, a_fold_is_refused_with_a_name)
{
    struct smk_buf b = {.max = 8};
    cr_assert(eq(int, smk_khmer_fold(smk_bytes_of_text("ក\xe1\x9e"), &b), SMK_ERR_INVALID));
    cr_assert(eq(int, smk_khmer_spell(smk_bytes_of_text("\xff"), &b), SMK_ERR_INVALID));
    cr_assert(eq(sz, b.len, 0));
    cr_assert(eq(int, b.err, SMK_OK));
    cr_assert(eq(int, smk_khmer_fold(smk_bytes_of_text("កកក"), &b), SMK_ERR_TOO_BIG_HERE));
    smk_buf_deinit(&b);
    struct smk_buf none = {.max = 4096};
    test_fault_begin(TEST_FAULT_ONCE, 0);
    enum smk_err err = smk_khmer_fold(smk_bytes_of_text("កកក"), &none);
    test_fault_end();
    cr_assert(eq(int, err, SMK_ERR_NOMEM));
    smk_buf_deinit(&none);
}

Test(khmer, a_fold_is_appended)
{
    struct smk_buf b = {.max = 64};
    smk_buf_write(&b, "x", 1);
    cr_assert(eq(int, smk_khmer_fold(smk_bytes_of_text(" Y "), &b), SMK_OK));
    cr_assert(smk_bytes_is_equal(smk_buf_view(&b), smk_bytes_of_text("xy")));
    smk_buf_deinit(&b);
}

/* ---- clusters ---- */

Test(khmer, clusters_are_what_the_eye_takes_for_one_letter)
{
    static const struct {
        const char *text, *cut, *why;
    } row[] = {
        {"បញ្ជី", "ប|ញ្ជី", "a stack stays whole"},
        {"ស្ត្រីកម្ពុជា", "ស្ត្រី|ក|ម្ពុ|ជា", "also of three"},
        {"ពៅ្នលិច", "ពៅ្ន|លិ|ច", "and in disorder"},
        {"កម\u17d2\u200cពុ", "ក|ម\u17d2\u200cពុ", "or with something invisible in it"},
        {"ក\u200bខ", "ក\u200b|ខ", "which goes with the cluster before it"},
        {"\u200b\u200bក", "\u200b\u200bក", "or with the first one"},
        {"\u200b", "\u200b", "or is alone"},
        {"ឆ្នាំ២០២៤។", "ឆ្នាំ|២|០|២|៤|។", "digits and punctuation are letters of their own"},
        {"ក\u17d2", "ក\u17d2", "a coeng at the end"},
        {"ក\u17d2 ខ", "ក\u17d2 |ខ", "never cut behind it"},
        {"ក\u17d2\u17d2ខ", "ក\u17d2\u17d2ខ", "nor between two"},
        {"\u17b6ក", "\u17b6|ក", "a mark on nothing"},
        {"abc", "a|b|c", "Latin"},
        {"e\u0301\u0302f", "e\u0301\u0302|f", "with accents"},
        {"a\r\nb", "a|\r\n|b", "a line break is one"},
        {"\U0001f469\u200d\U0001f33eក", "\U0001f469\u200d\U0001f33e|ក", "joined emoji"},
        {"ក\u200dខ", "ក\u200d|ខ", "letters are not joined so"},
        {"\U0001f1f0\U0001f1ed\U0001f1f0\U0001f1ed", "\U0001f1f0\U0001f1ed|\U0001f1f0\U0001f1ed",
         "two flags"},
        {"\U0001f44d\U0001f3fd!", "\U0001f44d\U0001f3fd|!", "the colour of a hand"},
        {"ที่", "ที่", "Thai"},
        {"a\xff\xfe"
         "b",
         "a|\xff|\xfe|b", "bytes that are no text"},
        {"ក\xe1\x9e", "ក|\xe1|\x9e", "or a part of one"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_bytes text = smk_bytes_of_text(row[i].text);
        char cut[256];
        size_t len = 0, count = 0;
        for (size_t at = 0; at < text.len; count++) {
            size_t end = smk_cluster_end(text, at);
            cr_assert(gt(sz, end, at), "%s", row[i].why);
            if (at > 0)
                cut[len++] = '|';
            memcpy(cut + len, text.data + at, end - at);
            len += end - at;
            at = end;
        }
        cut[len] = '\0';
        cr_assert(eq(str, cut, (char *)row[i].cut), "%s", row[i].why);
        cr_assert(eq(sz, smk_cluster_count(text), count), "%s", row[i].why);
    }
    cr_assert(eq(sz, smk_cluster_count(smk_bytes_of_text("")), 0));
}

Test(khmer, a_text_is_shortened_by_whole_clusters)
{
    static const struct {
        const char *text;
        size_t bytes_max, clusters_max;
        const char *kept, *why;
    } row[] = {
        {"ស្ត្រីក", 100, 100, "ស្ត្រីក", "all of it"},
        {"ស្ត្រីក", 21, 100, "ស្ត្រីក", "exactly"},
        {"ស្ត្រីក", 20, 100, "ស្ត្រី", "one byte less"},
        {"ស្ត្រីក", 18, 100, "ស្ត្រី", "the first one exactly"},
        {"ស្ត្រីក", 17, 100, "", "not even the first"},
        {"ស្ត្រីក", 100, 1, "ស្ត្រី", "by clusters"},
        {"ស្ត្រីក", 100, 0, "", "none"},
        {"abc", 2, 100, "ab", "Latin"},
        {"", 2, 2, "", "nothing"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(eq(sz,
                     smk_cluster_fit(smk_bytes_of_text(row[i].text), row[i].bytes_max, row[i].clusters_max),
                     strlen(row[i].kept)),
                  "%s", row[i].why);
}

/* ---- numbers ---- */

Test(khmer, numbers_are_read_in_both_kinds_of_digits)
{
    static const struct {
        const char *text;
        uint64_t max;
        bool is_number;
        uint64_t number;
    } row[] = {
        {"34", 100, true, 34},
        {"៣៤", 100, true, 34},
        {"៣4", 100, true, 34},
        {" ៣៤\u200b\u00a0", 100, true, 34},
        {"០០៧", 100, true, 7},
        {"0", 0, true, 0},
        {"100", 100, true, 100},
        {"101", 100, false, 0},
        {"9", 5, false, 0},
        {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, false, 0},
        {"99999999999999999999999", UINT64_MAX, false, 0},
        {"", 100, false, 0},
        {"  ", 100, false, 0},
        {"-3", 100, false, 0},
        {"3 4", 100, false, 0},
        {"3a", 100, false, 0},
        {"៣\xe1", 100, false, 0},
        {"៰", 100, false, 0}, /* a divination digit */
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        uint64_t number = 4711;
        bool is_number = smk_khmer_number_parse(smk_bytes_of_text(row[i].text), row[i].max, &number);
        cr_assert(eq(int, is_number, row[i].is_number), "'%s'", row[i].text);
        cr_assert(eq(u64, number, is_number ? row[i].number : 4711), "'%s'", row[i].text);
    }
}

/* ---- old fonts ---- */

Test(khmer, texts_for_old_fonts_are_recognised)
{
    static const char *const old[] = {
        "kmµúCa",
        "éf¶ExqñaMkMeNIt",
        "RBHraCaNacRkkm<úCa",
        "CaGnkkarBarbdimakr edIm,IsuxmalPaBkúngPUmirbs;eyIg",
        "enA7éf¶eTót eyIgnwg",
        "extþ)at;dMbg RsukbaNn; XMuéRBFM sgÇ",
    };
    static const char *const ordinary[] = {
        "",
        "Coalition for Partnership in Democratic Development",
        "Coopération économique à Siem Réap: l´eau, 100 m³ d´eau à 25°C",
        "«Société» n° 3, 2ª edición, ¿Qué? ¡Sí! El niño comió piñas",
        "Đường Nguyễn Huệ, Thành phố Hồ Chí Minh",
        "Größe ± 5 µm, Straße, Maß, Übung",
        "McDonald's and JavaScript, iPhone; eBay",
        "PowerPoint LibreOffice Café PayPal",
        "(a);(b) x<y a#b",
        "Oxfam·Novib® £5 ½ kg © 2021 ± 3 §4",
        "សាមគ្គី kmµúCa º³¹",
        "Café",
        "\xff\xfe kmµúCa",
        "col·lecció d'art al·lucinant",
    };
    for (size_t i = 0; i < sizeof old / sizeof old[0]; i++)
        cr_assert(smk_khmer_is_old_font(smk_bytes_of_text(old[i])), "%s", old[i]);
    for (size_t i = 0; i < sizeof ordinary / sizeof ordinary[0]; i++)
        cr_assert(not(smk_khmer_is_old_font(smk_bytes_of_text(ordinary[i]))), "%s", ordinary[i]);
}
