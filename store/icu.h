/* store/icu.h: what only the Unicode library knows: forms of letters, borders of words, order, what is confusable.
 *
 * Words and keys differ between versions of that library: whoever keeps them keeps smk_icu_version beside them, and makes
 * them anew when it changes. Nothing that is signed or sent depends on them. The form NFC does not change between versions
 * for characters that a version knows.
 *
 * Shape    UTF-8 in, UTF-8 (or bytes of a key) out; texts of at most SMK_ICU_TEXT_BYTES_MAX.
 * Source   ICU (icu-uc, icu-i18n); only icu.c sees it.
 * Memory   appends to the caller's buffer; objects are freed by the function of their name.   Secrets  none.
 * Threads  any; one at a time per object.
 */
#ifndef SMK_STORE_ICU_H
#define SMK_STORE_ICU_H

#include "proto/bytes.h"

enum {
    SMK_ICU_TEXT_BYTES_MAX = 1024 * 1024,
    SMK_ICU_VERSION_LETTERS_MAX = 63,
};

/* "72.1 72.1 153.120.42": of the library, its data, and the order of Khmer ("-" when there is no such data).
 * OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_icu_version(char ret_version[SMK_ICU_VERSION_LETTERS_MAX + 1]);

/* ---- forms ---- */

/* Appends the text in the form NFC, in which every text of ours is signed.
 *
 * OK
 * SMK_ERR_INVALID        not UTF-8; nothing was appended
 * SMK_ERR_TOO_BIG_HERE   the text is too long, or more than the buffer's max
 * SMK_ERR_UNICODE        the library does not work
 * SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_icu_nfc(struct smk_bytes text, struct smk_buf *b);

/* Appends it without compatibility forms, case and whatever is invisible (NFKC_Casefold), for what is compared.
 *
 * OK, SMK_ERR_INVALID, SMK_ERR_TOO_BIG_HERE, SMK_ERR_UNICODE, SMK_ERR_NOMEM   as above */
SMK_MUST_USE enum smk_err smk_icu_casefold(struct smk_bytes text, struct smk_buf *b);

enum smk_icu_class { SMK_ICU_OTHER, SMK_ICU_LETTER, SMK_ICU_DIGIT };
/* A letter or combining mark of any script, a digit or number, or neither. */
enum smk_icu_class smk_icu_class(uint32_t point);

/* ---- words ---- */

/* Borders of words in the text at hand; Khmer by its dictionary. */
struct smk_breaker;

/* GIVES, smk_breaker_free.
 * OK, SMK_ERR_UNICODE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_breaker_new(struct smk_breaker **ret_breaker);
void smk_breaker_free(struct smk_breaker *b);

/* Begins with another text, which is BORROWED until the next start.
 * OK, SMK_ERR_INVALID, SMK_ERR_TOO_BIG_HERE, SMK_ERR_UNICODE, SMK_ERR_NOMEM   as above */
SMK_MUST_USE enum smk_err smk_breaker_start(struct smk_breaker *b, struct smk_bytes text);
/* The next border, in bytes from the beginning of the text: ascending, the last one is its length. False at the end. */
bool smk_breaker_next(struct smk_breaker *b, size_t *ret_border);

/* ---- order ---- */

/* The order of a Khmer dictionary, and of other scripts after their own; case does not matter, accents do. */
struct smk_collator;

/* GIVES, smk_collator_free.
 * OK, SMK_ERR_UNICODE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_collator_new(struct smk_collator **ret_collator);
void smk_collator_free(struct smk_collator *c);

/* Appends a key: texts sort as the bytes of their keys do. Cut at bytes_max, which leaves only ties undecided.
 * OK, SMK_ERR_INVALID, SMK_ERR_TOO_BIG_HERE, SMK_ERR_UNICODE, SMK_ERR_NOMEM   as above */
SMK_MUST_USE enum smk_err smk_collator_key(struct smk_collator *c, struct smk_bytes text, size_t bytes_max,
                                           struct smk_buf *b);

/* ---- what is confusable ---- */

/* Two texts are confusable when their skeletons are equal (Unicode TS #39): a Cyrillic С for a C, an l for a 1. */
struct smk_spoof;

/* GIVES, smk_spoof_free.
 * OK, SMK_ERR_UNICODE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_spoof_new(struct smk_spoof **ret_spoof);
void smk_spoof_free(struct smk_spoof *s);

/* Appends the skeleton.
 * OK, SMK_ERR_INVALID, SMK_ERR_TOO_BIG_HERE, SMK_ERR_UNICODE, SMK_ERR_NOMEM   as above */
SMK_MUST_USE enum smk_err smk_spoof_skeleton(struct smk_spoof *s, struct smk_bytes text, struct smk_buf *b);

#endif
