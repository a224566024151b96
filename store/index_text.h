/* store/index_text.h: the text of a document as it is kept and looked through, and its terms. Not for other rooms.
 *
 * Shape    *compact* text: ASCII as it is, a letter or mark of the Khmer block (U+1780 + n, n < 128) as the byte 0x80 + n, any
 *          other character as 0x01 and its UTF-8, each byte in two halves 0x10..0x1f. No byte is zero, and one text begins
 *          another one where it does so in UTF-8. A *field* of a text ends with SMK_TEXT_FIELD_END; those of the title come first, with an
 *          empty field behind them.
 * Source   store/tokens.h; SCHEMA.md section 9.
 * Memory   as each function says.   Secrets  texts are as private as the store.   Threads  one at a time per object.
 */
#ifndef SMK_STORE_INDEX_TEXT_H
#define SMK_STORE_INDEX_TEXT_H

#include "store/icu.h"
#include "store/slices.h"
#include "store/tokens.h"

enum {
    SMK_TEXT_FIELD_END = 0x1f,   /* no fold makes or takes it */
    SMK_INDEX_TERMS_MAX = 65536, /* of one document; what follows is not found */
    SMK_INDEX_TERM_BYTES_MAX = 2 * SMK_TERM_BYTES_MAX,
    SMK_LANGUAGE_VERSION_BYTES = 8,
};

/* What only the Unicode library knows, opened once for many documents. */
struct smk_index_language {
    struct smk_tokeniser *tokeniser;
    struct smk_collator *collator;
    uint8_t version[SMK_LANGUAGE_VERSION_BYTES]; /* another one cuts, sorts or judges otherwise */
};
/* OK, SMK_ERR_UNICODE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_language_open(struct smk_index_language *l);
void smk_index_language_close(struct smk_index_language *l); /* works on a zeroed object */

/* Appends a folded text, compact. Errors stick in b. */
void smk_compact_write(struct smk_bytes folded, struct smk_buf *b);
/* True when neither side of this place in a compact text belongs to the other: at its ends, and where no cluster, word or
 * number goes over it. */
bool smk_compact_is_border(struct smk_bytes compact, size_t at);
/* The fields of the title. BORROWS. */
struct smk_bytes smk_compact_title(struct smk_bytes compact);
/* True when a unit (both compact) stands in the text: its clusters one after the other, whole. is_beginning: a word may go
 * on behind it. */
bool smk_compact_has(struct smk_bytes compact, struct smk_bytes unit, bool is_beginning);

/* The terms of a document, compact, ascending, once each, and its text. */
struct smk_index_terms {
    struct smk_slices terms; /* sorted */
    struct smk_buf text;     /* compact */
};
void smk_index_terms_deinit(struct smk_index_terms *t); /* works on a zeroed object */
/* Fields, each with SMK_TEXT_FIELD_END behind it, in UTF-8. What is not UTF-8, or longer than the tokeniser takes, has no
 * terms. Begins anew whatever was there.
 * OK, SMK_ERR_UNICODE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_terms_find(struct smk_index_language *l, struct smk_bytes fields,
                                               struct smk_index_terms *t);
/* As a row: each term behind its length (u16). Errors stick in b. */
void smk_index_terms_write(const struct smk_index_terms *t, struct smk_buf *b);
/* The next term of such a row; moves *at behind it. False at the end, and where the row is not in form. */
bool smk_index_terms_next(struct smk_bytes row, size_t *at, struct smk_bytes *ret_term);

/* Appends the order of a title: of what people read, then of the document's name, then of its id. Errors stick in b.
 * OK, SMK_ERR_UNICODE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_sort_key(struct smk_index_language *l, struct smk_bytes title,
                                             struct smk_bytes ref, const uint8_t *id, struct smk_buf *b);

#endif
