#include "store/tokens.h"

#include "proto/check.h"
#include "proto/khmer.h"
#include "proto/mem.h"
#include "store/icu.h"

#include <string.h>

/* A fold is at most twice as long, compatibility forms are at most 18 characters for one; a text of ours has none. */
enum { FOLDED_BYTES_MAX = 4 * SMK_ICU_TEXT_BYTES_MAX };

struct smk_tokeniser {
    struct smk_breaker *breaker;
    struct smk_buf first, plain, folded, spelt;
};

/* What is done with one text. */
struct tokenising {
    struct smk_tokeniser *t;
    enum smk_token_use use;
    smk_token_fn *fn;
    void *ctx;
    size_t unit;
    size_t border; /* of words, the newest that was asked for */
    enum smk_err err;
};

enum smk_err smk_tokeniser_new(struct smk_tokeniser **ret_tokeniser)
{
    struct smk_tokeniser *t = smk_mem_new(sizeof *t);
    if (t == NULL)
        return SMK_ERR_NOMEM;
    t->first.max = t->plain.max = t->folded.max = t->spelt.max = FOLDED_BYTES_MAX;
    enum smk_err err = smk_breaker_new(&t->breaker);
    if (err != SMK_OK) {
        smk_tokeniser_free(t);
        return err;
    }
    *ret_tokeniser = t;
    return SMK_OK;
}

void smk_tokeniser_free(struct smk_tokeniser *t)
{
    if (t == NULL)
        return;
    smk_breaker_free(t->breaker);
    smk_buf_deinit(&t->first);
    smk_buf_deinit(&t->plain);
    smk_buf_deinit(&t->folded);
    smk_buf_deinit(&t->spelt);
    smk_mem_free(t);
}

/* ---- units ---- */

enum script { SCRIPT_NONE, SCRIPT_KHMER, SCRIPT_DIGITS, SCRIPT_OTHER };

static enum script script_of(uint32_t point)
{
    if (point < 0x80) {
        bool is_letter = (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z');
        return is_letter ? SCRIPT_OTHER : point >= '0' && point <= '9' ? SCRIPT_DIGITS : SCRIPT_NONE;
    }
    if (smk_khmer_is_letter(point))
        return SCRIPT_KHMER;
    switch (smk_icu_class(point)) {
    case SMK_ICU_LETTER: /* the sign of repetition is no letter to us */
        return point >= 0x1780 && point <= 0x17ff ? SCRIPT_NONE : SCRIPT_OTHER;
    case SMK_ICU_DIGIT: return SCRIPT_DIGITS;
    case SMK_ICU_OTHER: break;
    }
    return SCRIPT_NONE;
}

bool smk_tokens_next_unit(struct smk_bytes folded, size_t *at, struct smk_bytes *ret_unit,
                          enum smk_token_kind *ret_kind)
{
    enum script script = SCRIPT_NONE;
    size_t start = *at, end = *at;
    uint32_t point;
    while (smk_utf8_next(folded, &end, &point)) {
        enum script next = script_of(point);
        if (script != SCRIPT_NONE && next != script)
            break;
        script = next;
        if (script == SCRIPT_NONE)
            start = end;
        *at = end;
    }
    if (script == SCRIPT_NONE)
        return false;
    *ret_unit = (struct smk_bytes){folded.data + start, *at - start};
    *ret_kind = script == SCRIPT_KHMER    ? SMK_TOKEN_PAIR
                : script == SCRIPT_DIGITS ? SMK_TOKEN_NUMBER
                                          : SMK_TOKEN_WORD;
    return true;
}

/* The wanted clusters begin where a cluster begins, and end where one ends. */
static bool has_clusters(struct smk_bytes unit, struct smk_bytes wanted)
{
    for (size_t at = 0; wanted.len <= unit.len - at; at = smk_cluster_end(unit, at)) {
        if (memcmp(unit.data + at, wanted.data, wanted.len) != 0)
            continue;
        size_t end = at;
        while (end < at + wanted.len)
            end = smk_cluster_end(unit, end);
        if (end == at + wanted.len)
            return true;
    }
    return false;
}

bool smk_tokens_has_clusters(struct smk_bytes folded, struct smk_bytes unit)
{
    struct smk_bytes other;
    enum smk_token_kind kind;
    size_t at = 0;
    bool is_there = false;
    SMK_ASSERT(unit.len > 0);
    while (!is_there && smk_tokens_next_unit(folded, &at, &other, &kind))
        is_there = kind == SMK_TOKEN_PAIR && has_clusters(other, unit);
    return is_there;
}

/* ---- terms ---- */

static void give(struct tokenising *d, enum smk_token_kind kind, struct smk_bytes term, bool is_beginning)
{
    const struct smk_token token = {kind, term, is_beginning, d->unit};
    if (d->err == SMK_OK)
        d->err = d->fn(d->ctx, &token);
}

/* A word that is too long is shortened, if something is left of it. */
static void give_word(struct tokenising *d, enum smk_token_kind kind, struct smk_bytes word)
{
    if (word.len > SMK_TERM_BYTES_MAX)
        word.len = smk_cluster_fit(word, SMK_TERM_BYTES_MAX, SIZE_MAX);
    if (word.len > 0)
        give(d, kind, word, false);
}

/* Two clusters, or the last one of a unit and nothing. What is too long for a term is in no index, and not looked for. */
static void give_pair(struct tokenising *d, struct smk_bytes first, struct smk_bytes second,
                      bool is_beginning)
{
    uint8_t term[SMK_TERM_BYTES_MAX];
    size_t len = first.len + 1 + second.len;
    if (len > sizeof term)
        return;
    memcpy(term, first.data, first.len);
    term[first.len] = ' ';
    memcpy(term + first.len + 1, second.data, second.len);
    give(d, SMK_TOKEN_PAIR, (struct smk_bytes){term, len}, is_beginning);
}

/* The last cluster of a unit and nothing; of a query only where it is alone. */
static void give_last(struct tokenising *d, struct smk_bytes last, bool is_alone)
{
    bool is_query = d->use == SMK_TOKENS_OF_QUERY;
    if (is_alone || !is_query)
        give_pair(d, last, (struct smk_bytes){last.data, 0}, is_query);
}

/* The words of a unit that begins at start of the folded text, and of Khmer its pairs. A border inside a cluster is none: the
 * spelling that was cut into words has the same clusters in the same places. */
static void give_clusters(struct tokenising *d, struct smk_bytes unit, size_t start, enum smk_token_kind kind)
{
    bool has_pairs = kind == SMK_TOKEN_PAIR;
    struct smk_bytes last = {0};
    size_t word = 0;
    for (size_t at = 0, end; at < unit.len; at = end) {
        end = smk_cluster_end(unit, at);
        struct smk_bytes cluster = {unit.data + at, end - at};
        while (d->border < start + end && smk_breaker_next(d->t->breaker, &d->border))
            ;
        if (d->border == start + end || end == unit.len) {
            give_word(d, has_pairs ? SMK_TOKEN_KHMER_WORD : kind,
                      (struct smk_bytes){unit.data + word, end - word});
            word = end;
        }
        if (has_pairs && last.len > 0)
            give_pair(d, last, cluster, false);
        last = cluster;
    }
    if (has_pairs)
        give_last(d, last, last.len == unit.len);
}

static void give_unit(struct tokenising *d, struct smk_bytes unit, size_t start, enum smk_token_kind kind)
{
    if (kind == SMK_TOKEN_NUMBER)
        give_word(d, kind, unit);
    else
        give_clusters(d, unit, start, kind);
}

/* ---- texts ---- */

/* Small ASCII and Khmer letters stand for themselves; only ATTHACAN (E1 9F 9D) has a place among marks in NFKC. */
static bool is_its_own_casefold(struct smk_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < 0x80)
            continue;
        bool is_khmer = text.data[i] == 0xe1 && (text.data[i + 1] == 0x9e || text.data[i + 1] == 0x9f);
        if (!is_khmer || (text.data[i + 1] == 0x9f && text.data[i + 2] == 0x9d))
            return false;
        i += 2;
    }
    return true;
}

/* Khmer first, since NFKC takes COENG and ATTHACAN in the wrong order; and again, for what NFKC has made of other forms. */
static enum smk_err fold_text(struct smk_tokeniser *t, struct smk_bytes text)
{
    smk_buf_reset(&t->first);
    smk_buf_reset(&t->plain);
    smk_buf_reset(&t->folded);
    enum smk_err err = text.len <= SMK_ICU_TEXT_BYTES_MAX ? SMK_OK : SMK_ERR_TOO_BIG_HERE;
    if (err == SMK_OK)
        err = smk_khmer_fold(text, &t->first);
    if (err == SMK_OK && is_its_own_casefold(smk_buf_view(&t->first))) {
        smk_buf_write_bytes(&t->folded, smk_buf_view(&t->first)); /* and a fold of a fold is itself */
        return t->folded.err;
    }
    if (err == SMK_OK)
        err = smk_icu_casefold(smk_buf_view(&t->first), &t->plain);
    if (err == SMK_OK)
        err = smk_khmer_fold(smk_buf_view(&t->plain), &t->folded);
    return err;
}

enum smk_err smk_tokens_fold(struct smk_tokeniser *t, struct smk_bytes text, struct smk_bytes *ret_folded)
{
    enum smk_err err = fold_text(t, text);
    if (err == SMK_OK)
        *ret_folded = smk_buf_view(&t->folded);
    return err;
}

enum smk_err smk_tokenise(struct smk_tokeniser *t, struct smk_bytes text, enum smk_token_use use,
                          smk_token_fn *fn, void *ctx)
{
    struct tokenising d = {.t = t, .use = use, .fn = fn, .ctx = ctx};
    struct smk_bytes folded, unit;
    enum smk_token_kind kind;
    size_t at = 0;
    enum smk_err err = smk_tokens_fold(t, text, &folded);
    smk_buf_reset(&t->spelt);
    if (err == SMK_OK)
        err = smk_khmer_spell(folded, &t->spelt);
    if (err == SMK_OK)
        err = smk_breaker_start(t->breaker, smk_buf_view(&t->spelt));
    if (err != SMK_OK)
        return err;
    for (; d.err == SMK_OK && smk_tokens_next_unit(folded, &at, &unit, &kind); d.unit++)
        give_unit(&d, unit, (size_t)(unit.data - folded.data), kind);
    return d.err;
}

struct smk_bytes smk_tokens_folded(const struct smk_tokeniser *t)
{
    return smk_buf_view(&t->folded);
}
