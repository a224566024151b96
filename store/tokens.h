/* store/tokens.h: a text as the terms of an index, and a query as the terms to look up.
 *
 * A text is taken apart into units: runs of Khmer letters, runs of digits, runs of letters of other scripts. All else parts
 * units and is not indexed. Everything is folded first (proto/khmer.h, and NFKC_Casefold), so texts that look alike have the
 * same terms; no term ends inside a cluster.
 *
 *   a number          its digits
 *   another script    its words; Latin: the whole unit
 *   Khmer             words, as ICU's dictionary cuts them: good for ranking, but another text may be cut otherwise. And
 *                     pairs of neighbouring clusters, with a space between; the last cluster of a unit alone with a space
 *                     behind it. So a unit of a query is found wherever its clusters stand one after the other: every text
 *                     that has it has all its pairs (the reverse takes a look at the text). One cluster alone is asked for
 *                     as the beginning of a pair.
 *
 * Shape    UTF-8 in; terms of 1 to SMK_TERM_BYTES_MAX bytes, without a zero byte. Only pairs have a space in them.
 * Source   the version of ICU (store/icu.h) decides on words; whoever keeps terms keeps it beside them.
 * Memory   a tokeniser is freed by smk_tokeniser_free; terms are BORROWED for the time of a call.   Secrets  none.
 * Threads  any; one at a time per object.
 */
#ifndef SMK_STORE_TOKENS_H
#define SMK_STORE_TOKENS_H

#include "proto/bytes.h"

enum { SMK_TERM_BYTES_MAX = 200 };

enum smk_token_kind {
    SMK_TOKEN_WORD, /* of another script than Khmer */
    SMK_TOKEN_NUMBER,
    SMK_TOKEN_KHMER_WORD, /* a hit counts more, a miss says nothing */
    SMK_TOKEN_PAIR,
};

struct smk_token {
    enum smk_token_kind kind;
    struct smk_bytes term;
    bool is_beginning; /* of a query: every term that begins so is meant */
    size_t unit;       /* the number of its unit in the text, from 0 */
};

enum smk_token_use { SMK_TOKENS_OF_TEXT, SMK_TOKENS_OF_QUERY };

/* What is not SMK_OK ends the tokenising and is its answer. */
typedef enum smk_err smk_token_fn(void *ctx, const struct smk_token *token);

struct smk_tokeniser;

/* GIVES, smk_tokeniser_free.
 * OK, SMK_ERR_NOMEM
 * SMK_ERR_UNICODE   the Unicode library does not work */
SMK_MUST_USE enum smk_err smk_tokeniser_new(struct smk_tokeniser **ret_tokeniser);
void smk_tokeniser_free(struct smk_tokeniser *t);

/* Gives each term in the order of the text; the same one may come several times.
 *
 * OK
 * SMK_ERR_INVALID        the text is not UTF-8
 * SMK_ERR_TOO_BIG_HERE   it is longer than SMK_ICU_TEXT_BYTES_MAX
 * SMK_ERR_UNICODE        the Unicode library does not work
 * SMK_ERR_NOMEM
 * whatever fn answers */
SMK_MUST_USE enum smk_err smk_tokenise(struct smk_tokeniser *t, struct smk_bytes text, enum smk_token_use use,
                                       smk_token_fn *fn, void *ctx);

/* The folded text that units are parts of: BORROWED until the next smk_tokenise. For looking whether the clusters of a
 * query's unit stand in it one after the other.
 *
 * OK, SMK_ERR_INVALID, SMK_ERR_TOO_BIG_HERE, SMK_ERR_UNICODE, SMK_ERR_NOMEM   as above */
SMK_MUST_USE enum smk_err smk_tokens_fold(struct smk_tokeniser *t, struct smk_bytes text,
                                          struct smk_bytes *ret_folded);
/* The same of the text that smk_tokenise was last given, without folding it again. */
struct smk_bytes smk_tokens_folded(const struct smk_tokeniser *t);
/* The next unit of a folded text from *at on; moves *at behind it. False at the end. */
bool smk_tokens_next_unit(struct smk_bytes folded, size_t *at, struct smk_bytes *ret_unit,
                          enum smk_token_kind *ret_kind);
/* True when the clusters of a Khmer unit (not empty) stand in a unit of the folded text one after the other, whole. */
bool smk_tokens_has_clusters(struct smk_bytes folded, struct smk_bytes unit);

#endif
