/* Finding a place: the letters of its names, without all that people write otherwise. */
#include "store/places_table.h"

#include "proto/arena.h"
#include "proto/check.h"
#include "proto/khmer.h"
#include "proto/mem.h"

#include <stdlib.h>
#include <string.h>

enum { LIKE_LETTERS_MIN = 5, KEY_BYTES_MAX = 2 * SMK_PLACE_TEXT_BYTES_MAX };

/* One spelling: the letters and digits of its fold. */
struct key {
    struct smk_bytes letters;
    const struct smk_place *place;
    bool is_alias;
};

struct smk_places {
    struct smk_arena arena;
    struct key *key; /* sorted by letters, then by place */
    size_t count;
};

/* ---- keys ---- */

/* What is left of a character of a fold: 0 = nothing. */
static uint32_t bare_letter(uint32_t point)
{
    static const char bare[] = "aaaaaaaceeeeiiiidnooooo\0ouuuuyty"; /* of U+00E0 to U+00FF */
    bool is_plain = (point >= '0' && point <= '9') || (point >= 'a' && point <= 'z');
    if (point < 0xe0)
        return is_plain ? point : 0;
    if (point <= 0xff)
        return (uint32_t)bare[point - 0xe0];
    if (point >= 0x1780 && point <= 0x17ff)
        return smk_khmer_is_letter(point) ? point : 0;
    bool is_sign = (point >= 0x300 && point <= 0x36f) || (point >= 0x2000 && point <= 0x206f) ||
                   (point >= 0x3000 && point <= 0x303f);
    return is_sign ? 0 : point;
}

static void write_key(struct smk_bytes folded, struct smk_buf *b)
{
    uint32_t point;
    for (size_t at = 0; smk_utf8_next(folded, &at, &point);)
        if (bare_letter(point) != 0)
            smk_utf8_write(b, bare_letter(point));
}

static int compare_keys(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    int order = smk_bytes_compare(x->letters, y->letters);
    return order != 0 ? order : (x->place > y->place) - (x->place < y->place);
}

static enum smk_err add_key(struct smk_places *p, const struct smk_place *place, const char *name,
                            bool is_alias)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf folded = {.max = KEY_BYTES_MAX};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf letters = {.max = KEY_BYTES_MAX};
    enum smk_err err = smk_khmer_fold(smk_bytes_of_text(name), &folded);
    write_key(smk_buf_view(&folded), &letters);
    if (err == SMK_OK)
        err = letters.err;
    if (err != SMK_OK)
        return err;
    struct smk_bytes kept = smk_arena_copy(&p->arena, smk_buf_view(&letters));
    p->key[p->count] = (struct key){kept, place, is_alias};
    p->count += kept.data != NULL;
    return kept.data != NULL ? SMK_OK : SMK_ERR_NOMEM;
}

static enum smk_err fill(struct smk_places *p)
{
    enum smk_err err = SMK_OK;
    p->key = smk_mem_array(2 * smk_place_count() + smk_place_alias_count(), sizeof *p->key);
    if (p->key == NULL)
        return SMK_ERR_NOMEM;
    for (size_t i = 0; err == SMK_OK && i < smk_place_count(); i++) {
        const struct smk_place *place = smk_place_at(i);
        err = add_key(p, place, place->name_en, false);
        if (err == SMK_OK)
            err = add_key(p, place, place->name_km, false);
    }
    for (size_t i = 0; err == SMK_OK && i < smk_place_alias_count(); i++) {
        const struct smk_place_alias *alias = smk_place_alias_at(i);
        err = add_key(p, smk_place_of_code(smk_bytes_of_text(alias->code)), alias->spelling, true);
    }
    if (err == SMK_OK)
        qsort(p->key, p->count, sizeof *p->key, compare_keys);
    return err;
}

enum smk_err smk_places_new(struct smk_places **ret_places)
{
    struct smk_places *p = smk_mem_new(sizeof *p);
    enum smk_err err = p != NULL ? fill(p) : SMK_ERR_NOMEM;
    if (err == SMK_OK)
        *ret_places = p;
    else
        smk_places_free(p);
    return err;
}

void smk_places_free(struct smk_places *p)
{
    if (p == NULL)
        return;
    smk_arena_deinit(&p->arena);
    smk_mem_free(p->key);
    smk_mem_free(p);
}

/* ---- words for kinds ---- */

#define KIND(kind) (1u << SMK_PLACE_IS_##kind)

/* As they stand in a fold. A city may be the capital. */
static const struct {
    const char *word;
    unsigned kinds;
} kind_word[] = {
    {"ខេត\u17d2ដ", KIND(PROVINCE)},
    {"រាជធានី", KIND(CAPITAL)},
    {"ស្រុក", KIND(DISTRICT)},
    {"ក្រុង", KIND(MUNICIPALITY) | KIND(CAPITAL)},
    {"ខណ្ឌ", KIND(KHAN)},
    {"ឃុំ", KIND(COMMUNE)},
    {"សង្កាត់", KIND(SANGKAT)},
    {"province", KIND(PROVINCE)},
    {"khet", KIND(PROVINCE)},
    {"khaet", KIND(PROVINCE)},
    {"capital", KIND(CAPITAL)},
    {"district", KIND(DISTRICT)},
    {"srok", KIND(DISTRICT)},
    {"municipality", KIND(MUNICIPALITY)},
    {"krong", KIND(MUNICIPALITY) | KIND(CAPITAL)},
    {"city", KIND(MUNICIPALITY) | KIND(CAPITAL)},
    {"town", KIND(MUNICIPALITY)},
    {"khan", KIND(KHAN)},
    {"commune", KIND(COMMUNE)},
    {"khum", KIND(COMMUNE)},
    {"sangkat", KIND(SANGKAT)},
};

static unsigned level_of_kind(unsigned kind)
{
    return kind <= SMK_PLACE_IS_CAPITAL ? SMK_PLACE_PROVINCE
           : kind <= SMK_PLACE_IS_KHAN  ? SMK_PLACE_DISTRICT
                                        : SMK_PLACE_COMMUNE;
}

static bool begins_with(struct smk_bytes text, const char *word, size_t *ret_len)
{
    *ret_len = strlen(word);
    return text.len > *ret_len && memcmp(text.data, word, *ret_len) == 0;
}

/* A Khmer word may stand right before the name, but not reach into its first cluster; a Latin one has a space. */
static bool take_front(struct smk_bytes *text, const char *word)
{
    size_t len;
    uint32_t next = 0;
    if (!begins_with(*text, word, &len))
        return false;
    size_t end = len;
    (void)smk_utf8_next(*text, &end, &next);
    bool is_khmer = (uint8_t)word[0] >= 0x80;
    if (next != ' ' && (!is_khmer || (smk_khmer_is_letter(next) && next > 0x17b3)))
        return false;
    len += next == ' ';
    *text = (struct smk_bytes){text->data + len, text->len - len};
    return true;
}

static bool take_back(struct smk_bytes *text, const char *word)
{
    size_t len = strlen(word);
    if (text->len <= len + 1 || memcmp(text->data + text->len - len, word, len) != 0 ||
        text->data[text->len - len - 1] != ' ')
        return false;
    text->len -= len + 1;
    return true;
}

/* "Battambang (municipality)" has the word at its end as well. */
static enum smk_err fold_without_signs(struct smk_bytes text, struct smk_buf *b)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf spaced = {.max = KEY_BYTES_MAX};
    enum smk_err err = smk_khmer_fold(text, &spaced);
    for (size_t i = 0; i < spaced.len; i++)
        if (strchr("(),;:./-_\"", spaced.data[i]) != NULL && spaced.data[i] != 0)
            spaced.data[i] = ' ';
    return err != SMK_OK ? err : smk_khmer_fold(smk_buf_view(&spaced), b);
}

/* Takes words for kinds off a folded text; the kinds that they name, 0 when there was none. */
static unsigned take_kinds(struct smk_bytes *text)
{
    unsigned kinds = 0;
    for (size_t i = 0; i < sizeof kind_word / sizeof kind_word[0]; i++)
        if (take_front(text, kind_word[i].word) || take_back(text, kind_word[i].word))
            kinds |= kind_word[i].kinds;
    if (kinds != 0)
        (void)take_front(text, "of");
    return kinds;
}

/* ---- looking ---- */

struct search {
    const struct smk_places *places;
    const struct smk_place_query *query;
    unsigned kinds; /* those that the text names, 0 = none: their levels alone will do */
    struct smk_place_answer *answer;
};

static bool is_wanted(const struct search *s, const struct smk_place *place)
{
    enum smk_place_level level = smk_place_level(place);
    bool is_level = s->kinds == 0;
    for (unsigned kind = 0; kind < SMK_PLACE_KINDS; kind++)
        is_level = is_level || ((s->kinds & 1u << kind) != 0 && level_of_kind(kind) == level);
    return is_level && (s->query->level == SMK_PLACE_ANY_LEVEL || s->query->level == level) &&
           (s->query->in == NULL || smk_place_is_below(place, s->query->in));
}

/* How well it fits what was asked for, beside its name: a smaller number is better. */
static unsigned distance_of(const struct search *s, const struct smk_place *place)
{
    unsigned is_other_kind = s->kinds != 0 && (s->kinds & 1u << place->kind) == 0;
    unsigned depth = s->query->in != NULL ? smk_place_level(place) : 0;
    return 2 * depth + is_other_kind;
}

/* Keeps the best ones, in the order of codes, each once. */
static void add(const struct search *s, const struct smk_place *place, enum smk_place_match match)
{
    struct smk_place_answer *a = s->answer;
    if (!is_wanted(s, place))
        return;
    if (a->count > 0 && distance_of(s, place) > distance_of(s, a->place[0]))
        return;
    if (a->count > 0 && distance_of(s, place) < distance_of(s, a->place[0]))
        a->count = 0;
    size_t kept = a->count < SMK_PLACE_CANDIDATES_MAX ? a->count : SMK_PLACE_CANDIDATES_MAX, at = 0;
    while (at < kept && a->place[at] < place)
        at++;
    if (at < kept && a->place[at] == place) {
        a->match = match < a->match ? match : a->match;
        return;
    }
    a->match = a->count == 0 || match < a->match ? match : a->match;
    a->count++;
    if (at == SMK_PLACE_CANDIDATES_MAX)
        return;
    kept -= kept == SMK_PLACE_CANDIDATES_MAX;
    memmove(&a->place[at + 1], &a->place[at], (kept - at) * sizeof a->place[0]);
    a->place[at] = place;
}

static void find_code(const struct search *s, struct smk_bytes letters)
{
    char code[SMK_PLACE_CODE_DIGITS_MAX + 1] = "0";
    if (letters.len > 2 && memcmp(letters.data, "kh", 2) == 0)
        letters = (struct smk_bytes){letters.data + 2, letters.len - 2};
    if (letters.len == 0 || letters.len > SMK_PLACE_CODE_DIGITS_MAX)
        return;
    memcpy(code + letters.len % 2, letters.data, letters.len);
    const struct smk_place *place =
        smk_place_of_code((struct smk_bytes){(const uint8_t *)code, letters.len + letters.len % 2});
    if (place != NULL)
        add(s, place, SMK_PLACE_BY_CODE);
}

static void find_name(const struct search *s, struct smk_bytes letters)
{
    size_t low = 0, high = s->places->count;
    const struct key *key = s->places->key;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (smk_bytes_compare(key[middle].letters, letters) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < s->places->count && smk_bytes_is_equal(key[low].letters, letters); low++)
        add(s, key[low].place, key[low].is_alias ? SMK_PLACE_BY_ALIAS : SMK_PLACE_BY_NAME);
}

/* ---- slips ---- */

static bool is_small_latin(uint8_t byte)
{
    return byte >= 'a' && byte <= 'z';
}

/* Equal but for letters that stand twice in one and once in the other. */
static bool is_equal_but_doubled(struct smk_bytes a, struct smk_bytes b)
{
    size_t i = 0, k = 0;
    while (i < a.len && k < b.len && a.data[i] == b.data[k]) {
        uint8_t letter = a.data[i];
        bool may_repeat = is_small_latin(letter);
        for (i++; may_repeat && i < a.len && a.data[i] == letter;)
            i++;
        for (k++; may_repeat && k < b.len && b.data[k] == letter;)
            k++;
    }
    return i == a.len && k == b.len;
}

/* One letter more, less, other, or two neighbours exchanged. A digit is never a slip: Kakab 1 is not Kakab 2. */
static bool is_one_slip(struct smk_bytes a, struct smk_bytes b)
{
    size_t front = 0, back = 0;
    size_t shorter = a.len < b.len ? a.len : b.len;
    while (front < shorter && a.data[front] == b.data[front])
        front++;
    while (back < shorter - front && a.data[a.len - 1 - back] == b.data[b.len - 1 - back])
        back++;
    size_t left_a = a.len - front - back, left_b = b.len - front - back;
    for (size_t i = 0; i < left_a; i++)
        if (!is_small_latin(a.data[front + i]))
            return false;
    for (size_t i = 0; i < left_b; i++)
        if (!is_small_latin(b.data[front + i]))
            return false;
    bool is_exchange = left_a == 2 && left_b == 2 && a.data[front] == b.data[front + 1] &&
                       a.data[front + 1] == b.data[front];
    return (left_a <= 1 && left_b <= 1) || is_exchange;
}

static void find_like(const struct search *s, struct smk_bytes letters)
{
    for (size_t i = 0; i < letters.len; i++)
        if (letters.data[i] >= 0x80)
            return;
    for (size_t i = 0; letters.len >= LIKE_LETTERS_MIN && i < s->places->count; i++) {
        const struct key *key = &s->places->key[i];
        bool is_latin = key->letters.len >= LIKE_LETTERS_MIN && key->letters.data[0] < 0x80;
        if (is_latin && (is_equal_but_doubled(key->letters, letters) || is_one_slip(key->letters, letters)))
            add(s, key->place, SMK_PLACE_BY_LIKENESS);
    }
}

/* whole: the letters of the text as it stands; name: without words for kinds. A place may be called Phnum Srok. */
static void look(struct search *s, struct smk_bytes whole, struct smk_bytes name, unsigned kinds)
{
    const struct smk_place_answer *a = s->answer;
    if (s->query->in == NULL)
        find_code(s, whole);
    if (a->count == 0)
        find_name(s, whole);
    s->kinds = kinds;
    if (a->count == 0 && kinds != 0 && s->query->in == NULL)
        find_code(s, name);
    if (a->count == 0 && kinds != 0)
        find_name(s, name);
    if (a->count == 0) /* below a place a number may be a name: three sangkats are called 1, 2 and 3 */
        find_code(s, name);
    if (a->count == 0)
        find_like(s, name);
    s->kinds = 0;
    if (a->count == 0 && kinds != 0)
        find_like(s, whole);
}

enum smk_err smk_places_find(const struct smk_places *p, const struct smk_place_query *q,
                             struct smk_place_answer *ret_answer)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf folded = {.max = KEY_BYTES_MAX};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf whole = {.max = KEY_BYTES_MAX};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf name = {.max = KEY_BYTES_MAX};
    struct smk_place_answer answer = {0};
    struct search s = {.places = p, .query = q, .answer = &answer};
    if (!smk_utf8_is_valid(q->text))
        return SMK_ERR_INVALID;
    if (q->text.len <= SMK_PLACE_TEXT_BYTES_MAX) {
        enum smk_err err = fold_without_signs(q->text, &folded);
        struct smk_bytes rest = smk_buf_view(&folded);
        unsigned kinds = take_kinds(&rest);
        write_key(smk_buf_view(&folded), &whole);
        write_key(rest, &name);
        err = err == SMK_OK ? whole.err : err;
        err = err == SMK_OK ? name.err : err;
        if (err != SMK_OK)
            return err;
        look(&s, smk_buf_view(&whole), smk_buf_view(&name), kinds);
    }
    *ret_answer = answer;
    return SMK_OK;
}
