/* Which documents have all words of a query. */
#include "store/index_read.h"

#include "proto/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    UNITS_MAX = 32,    /* of a query; what follows is not asked */
    TERMS_MAX = 256,   /* likewise */
    BEGINNING_MIN = 3, /* a shorter word is meant as a whole */
    QUERY_BYTES_MAX = 4096,
    RACE_MAX = 4096, /* rows that are counted to find the rarest term */
};

/* A term that a document must have, or one that begins so. */
struct wanted {
    uint8_t term[SMK_INDEX_TERM_BYTES_MAX];
    size_t len;
    bool is_beginning;
};

/* A word of the query, as its text has it. */
struct unit {
    struct smk_bytes compact; /* BORROWS from letters */
    bool is_khmer;
    bool is_beginning; /* a word that may go on */
    bool needs_look;   /* its terms may be there, and the whole not */
    size_t terms;
};

struct search {
    struct smk_index *index;
    struct wanted wanted[TERMS_MAX];
    size_t wanted_count;
    struct wanted word[UNITS_MAX]; /* of a unit: the word of the dictionary that it is */
    struct unit unit[UNITS_MAX];
    size_t unit_count;
    struct smk_buf letters;
};

/* ---- the query ---- */

static void copy_term(struct wanted *w, struct smk_bytes term, struct smk_buf *spare)
{
    smk_buf_reset(spare);
    smk_compact_write(term, spare);
    w->len = spare->err == SMK_OK && spare->len <= sizeof w->term ? spare->len : 0;
    if (w->len > 0)
        memcpy(w->term, spare->data, w->len);
}

static size_t letters_of(struct smk_bytes utf8)
{
    size_t count = 0;
    for (size_t i = 0; i < utf8.len; i++)
        count += (utf8.data[i] & 0xc0) != 0x80;
    return count;
}

/* The context of a tokenising. */
struct asking {
    struct search *search;
    struct smk_buf spare;
};

static enum smk_err add_token(void *ctx, const struct smk_token *token)
{
    struct asking *a = ctx;
    struct search *s = a->search;
    if (token->unit >= UNITS_MAX || s->wanted_count == TERMS_MAX)
        return SMK_OK;
    struct unit *u = &s->unit[token->unit];
    if (token->kind ==
        SMK_TOKEN_KHMER_WORD) { /* another text may be cut otherwise: it is good for the order alone */
        copy_term(&s->word[token->unit], token->term, &a->spare);
        return a->spare.err;
    }
    struct wanted *w = &s->wanted[s->wanted_count++];
    copy_term(w, token->term, &a->spare);
    u->is_beginning = token->kind == SMK_TOKEN_WORD && letters_of(token->term) >= BEGINNING_MIN;
    w->is_beginning = token->is_beginning || u->is_beginning;
    u->terms++;
    return a->spare.err;
}

/* Units are numbered as the tokeniser numbers them. */
static void read_units(struct search *s, struct smk_bytes folded)
{
    struct smk_bytes unit;
    enum smk_token_kind kind;
    for (size_t at = 0; s->unit_count < UNITS_MAX && smk_tokens_next_unit(folded, &at, &unit, &kind);) {
        struct unit *u = &s->unit[s->unit_count++];
        size_t from = s->letters.len;
        smk_compact_write(unit, &s->letters);
        u->compact = (struct smk_bytes){(const uint8_t *)(uintptr_t)from, s->letters.len - from};
        u->is_khmer = kind == SMK_TOKEN_PAIR || kind == SMK_TOKEN_KHMER_WORD;
        u->needs_look = u->is_khmer && u->terms > 1;
    }
    for (size_t i = 0; i < s->unit_count; i++)
        s->unit[i].compact.data = s->letters.data + (uintptr_t)s->unit[i].compact.data;
}

static enum smk_err read_query(struct search *s, struct smk_bytes text)
{
    struct asking a = {.search = s, .spare = {.max = SIZE_MAX}};
    s->letters.max = SIZE_MAX;
    if (text.len > QUERY_BYTES_MAX)
        return SMK_ERR_INVALID;
    enum smk_err err = smk_tokenise(s->index->language.tokeniser, text, SMK_TOKENS_OF_QUERY, add_token, &a);
    if (err == SMK_OK)
        read_units(s, smk_tokens_folded(s->index->language.tokeniser));
    smk_buf_deinit(&a.spare);
    if (err == SMK_OK)
        err = s->letters.err;
    return err == SMK_OK && s->unit_count == 0 ? SMK_ERR_INVALID : err;
}

/* ---- postings ---- */

struct numbers {
    uint32_t *at;
    size_t count, capacity;
};

static void numbers_deinit(struct numbers *n)
{
    smk_mem_free(n->at);
    *n = (struct numbers){0};
}

static enum smk_err numbers_add(struct numbers *n, uint32_t number)
{
    if (n->count == n->capacity) {
        size_t capacity = n->capacity > 0 ? 2 * n->capacity : 256;
        uint32_t *grown = smk_mem_resize(n->at, capacity * sizeof *grown);
        if (grown == NULL)
            return SMK_ERR_NOMEM;
        n->at = grown;
        n->capacity = capacity;
    }
    n->at[n->count++] = number;
    return SMK_OK;
}

static int compare_numbers(const void *a, const void *b)
{
    const uint32_t *left = a, *right = b;
    return *left < *right ? -1 : *left > *right;
}

static void numbers_sort(struct numbers *n)
{
    size_t kept = 0;
    if (n->count > 0)
        qsort(n->at, n->count, sizeof *n->at, compare_numbers);
    for (size_t i = 0; i < n->count; i++)
        if (kept == 0 || n->at[kept - 1] != n->at[i])
            n->at[kept++] = n->at[i];
    n->count = kept;
}

static bool numbers_have(const struct numbers *n, uint32_t number)
{
    return n->count > 0 && bsearch(&number, n->at, n->count, sizeof *n->at, compare_numbers) != NULL;
}

static size_t posting_key(const struct wanted *w, uint8_t *ret_key)
{
    memcpy(ret_key, w->term, w->len);
    ret_key[w->len] = 0;
    return w->len + (w->is_beginning ? 0 : 1);
}

/* Documents of a term, at most max of them; of a beginning some may come twice. */
static enum smk_err read_postings(struct search *s, const struct wanted *w, size_t max, struct numbers *n)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    uint8_t key[SMK_INDEX_TERM_BYTES_MAX + 1];
    size_t len = posting_key(w, key);
    enum smk_err err = SMK_OK;
    if (w->len == 0)
        return SMK_OK;
    smk_cursor_open(&c, &s->index->txn, SMK_TABLE_TERMS);
    for (bool is_row = smk_cursor_seek(&c, (struct smk_bytes){key, len});
         is_row && err == SMK_OK && n->count < max && c.key.len >= len && memcmp(c.key.data, key, len) == 0;
         is_row = smk_cursor_next(&c))
        err = numbers_add(n, smk_index_key_number(c.key));
    return err != SMK_OK ? err : s->index->txn.err;
}

static bool has_posting(struct search *s, const struct wanted *w, uint32_t number)
{
    uint8_t key[SMK_INDEX_TERM_BYTES_MAX + 1 + 4];
    struct smk_bytes value;
    memcpy(key, w->term, w->len);
    key[w->len] = 0;
    smk_row_write_u32(number, key + w->len + 1);
    return w->len > 0 &&
           smk_txn_get(&s->index->txn, SMK_TABLE_TERMS, (struct smk_bytes){key, w->len + 1 + 4}, &value);
}

/* The term that the fewest documents have, as far as rows were counted. */
static enum smk_err find_rarest(struct search *s, size_t *ret_rarest)
{
    size_t least = RACE_MAX;
    *ret_rarest = 0;
    for (size_t i = 0; i < s->wanted_count; i++) {
        SMK_CLEANUP(numbers_deinit) struct numbers n = {0};
        enum smk_err err = read_postings(s, &s->wanted[i], least, &n);
        if (err != SMK_OK)
            return err;
        if (n.count >= least)
            continue;
        least = n.count;
        *ret_rarest = i;
    }
    return SMK_OK;
}

/* Documents that have every term. */
static enum smk_err find_candidates(struct search *s, struct numbers *n)
{
    size_t rarest;
    enum smk_err err = find_rarest(s, &rarest);
    if (err == SMK_OK)
        err = read_postings(s, &s->wanted[rarest], SIZE_MAX, n);
    numbers_sort(n);
    for (size_t i = 0; i < s->wanted_count && err == SMK_OK && n->count > 0; i++) {
        SMK_CLEANUP(numbers_deinit) struct numbers all = {0};
        const struct wanted *w = &s->wanted[i];
        size_t kept = 0;
        if (i == rarest)
            continue;
        if (w->is_beginning) {
            err = read_postings(s, w, SIZE_MAX, &all);
            numbers_sort(&all);
        }
        for (size_t k = 0; k < n->count; k++)
            if (w->is_beginning ? numbers_have(&all, n->at[k]) : has_posting(s, w, n->at[k]))
                n->at[kept++] = n->at[k];
        n->count = kept;
    }
    return err != SMK_OK ? err : s->index->txn.err;
}

/* ---- looking at the text ---- */

/* All pairs of clusters may stand in a text, and the word they come from not. */
static bool has_units(const struct search *s, struct smk_bytes text)
{
    for (size_t i = 0; i < s->unit_count; i++)
        if (s->unit[i].needs_look && !smk_compact_has(text, s->unit[i].compact, false))
            return false;
    return true;
}

/* 0: its title has all words; 1: each Khmer word of the query is one word there; 2: the rest. */
static unsigned tier_of(struct search *s, uint32_t number, struct smk_bytes text)
{
    struct smk_bytes title = smk_compact_title(text);
    bool is_in_title = true, is_word = true;
    for (size_t i = 0; i < s->unit_count; i++) {
        const struct unit *u = &s->unit[i];
        const struct wanted *w = &s->word[i];
        bool is_one_word =
            !u->is_khmer || (w->len == u->compact.len && memcmp(w->term, u->compact.data, w->len) == 0);
        is_in_title = is_in_title && smk_compact_has(title, u->compact, u->is_beginning);
        is_word = is_word && is_one_word && (!u->is_khmer || has_posting(s, w, number));
    }
    return is_in_title ? 0 : is_word ? 1 : 2;
}

static enum smk_err add_hit(struct search *s, const struct smk_index_query *q, uint32_t number,
                            struct smk_index_hits *hits)
{
    struct smk_index_key k;
    struct smk_bytes text = {0};
    struct smk_doc_row row;
    smk_index_number_key(&k, SMK_INDEX_TEXT, number);
    if (!smk_txn_get(&s->index->txn, SMK_TABLE_INDEX, smk_index_key_view(&k), &text) &&
        s->index->txn.err == SMK_OK)
        s->index->txn.err = SMK_ERR_STORE_DAMAGED;
    if (s->index->txn.err != SMK_OK || !has_units(s, text) || !smk_index_glance(s->index, number, &row))
        return s->index->txn.err;
    if (!smk_index_fits(&row, q->filter, q->filter_count))
        return SMK_OK;
    struct smk_index_hit hit = {.number = number, .touched = row.touched, .sort = row.sort};
    hit.tier = tier_of(s, number, text);
    return smk_index_hits_add(hits, &hit);
}

static bool is_answerable(const struct search *s)
{
    for (size_t i = 0; i < s->unit_count; i++)
        if (s->unit[i].terms == 0) /* a cluster too long for any term */
            return false;
    return true;
}

enum smk_err smk_index_search(struct smk_index *x, const struct smk_index_query *query,
                              struct smk_index_hits *hits)
{
    SMK_CLEANUP(numbers_deinit) struct numbers found = {0};
    struct search *s = smk_mem_new(sizeof *s);
    if (s == NULL)
        return SMK_ERR_NOMEM;
    s->index = x;
    enum smk_err err = read_query(s, query->text);
    if (err == SMK_OK && is_answerable(s))
        err = find_candidates(s, &found);
    for (size_t i = 0; i < found.count && err == SMK_OK; i++)
        err = add_hit(s, query, found.at[i], hits);
    smk_buf_deinit(&s->letters);
    smk_mem_free(s);
    return err;
}
