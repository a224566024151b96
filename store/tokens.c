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

static void give_pairs(struct tokenising *d, struct smk_bytes unit)
{
    struct smk_bytes first = {unit.data, smk_cluster_end(unit, 0)};
    const struct smk_bytes none = {unit.data, 0};
    bool is_alone = first.len == unit.len, is_query = d->use == SMK_TOKENS_OF_QUERY;
    for (size_t at = first.len; at < unit.len;) {
        struct smk_bytes second = {unit.data + at, smk_cluster_end(unit, at) - at};
        give_pair(d, first, second, false);
        at += second.len;
        first = second;
    }
    if (is_alone || !is_query)
        give_pair(d, first, none, is_query);
}

/* The words of a unit that begins at start of the folded text. A border inside a cluster is none: the spelling that was cut
 * into words has the same clusters in the same places. */
static void give_words(struct tokenising *d, struct smk_bytes unit, size_t start, enum smk_token_kind kind)
{
    size_t word = 0;
    for (size_t end = 0; end < unit.len;) {
        end = smk_cluster_end(unit, end);
        while (d->border < start + end && smk_breaker_next(d->t->breaker, &d->border))
            ;
        if (d->border == start + end || end == unit.len) {
            give_word(d, kind, (struct smk_bytes){unit.data + word, end - word});
            word = end;
        }
    }
}

static void give_unit(struct tokenising *d, struct smk_bytes unit, size_t start, enum smk_token_kind kind)
{
    switch (kind) {
    case SMK_TOKEN_NUMBER: give_word(d, kind, unit); break;
    case SMK_TOKEN_WORD: give_words(d, unit, start, kind); break;
    case SMK_TOKEN_KHMER_WORD:
    case SMK_TOKEN_PAIR:
        give_words(d, unit, start, SMK_TOKEN_KHMER_WORD);
        give_pairs(d, unit);
        break;
    }
}

/* ---- texts ---- */

/* Khmer first, since NFKC takes COENG and ATTHACAN in the wrong order; and again, for what NFKC has made of other forms. */
static enum smk_err fold_text(struct smk_tokeniser *t, struct smk_bytes text)
{
    smk_buf_reset(&t->first);
    smk_buf_reset(&t->plain);
    smk_buf_reset(&t->folded);
    enum smk_err err = text.len <= SMK_ICU_TEXT_BYTES_MAX ? SMK_OK : SMK_ERR_TOO_BIG_HERE;
    if (err == SMK_OK)
        err = smk_khmer_fold(text, &t->first);
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
