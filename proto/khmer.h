/* proto/khmer.h: Khmer text: which spellings look alike, where a text may be cut, typed numbers, texts in old fonts.
 *
 * A cluster is what the eye takes for one letter: a base (consonant or independent vowel), whatever COENG (U+17D2) joins
 * to it, vowels and signs. What a user typed is stored and signed; a fold is only ever compared or indexed.
 *
 * Shape    UTF-8 in, UTF-8 out.
 * Source   order of marks: Unicode Technical Note #61, Khmer Encoding Structure; the rest: the Khmer block of Unicode.
 * Memory   appends to the caller's buffer.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_PROTO_KHMER_H
#define SMK_PROTO_KHMER_H

#include "proto/utf8.h"

/* ---- what looks alike ---- */

/* Appends the fold of a text: two texts that look the same to a reader of Khmer have one fold, and the fold of a fold is
 * itself. At most twice as long as the text.
 *
 *   left out      U+200B-200D, 2060, FEFF, 00AD, 17B4, 17B5; a COENG that joins nothing; a mark that stands twice in a
 *                 cluster; space at both ends
 *   one form      coeng TA is coeng DA; 17A3 is 17A2, 17A4 is 17A2 17B6, 17B2 is 17B1; E and AA are OO, E and II are OE;
 *                 a register shifter under a vowel that stands above is drawn as U, and is U
 *   one order     base, ROBAT, joined letters with RO last, register shifters, vowels (left, below, above, right), signs
 *   case, digits  Latin letters are small; Khmer digits are 0 to 9; any run of white space is one space
 *
 * The text should be NFC already where it holds Latin letters with accents.
 *
 * OK                     appended
 * SMK_ERR_INVALID        the text is not UTF-8; nothing was appended
 * SMK_ERR_TOO_BIG_HERE   more than the buffer's max
 * SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_khmer_fold(struct smk_bytes text, struct smk_buf *b);

/* The same, but with register shifters as dictionaries have them, for finding words. Cluster by cluster it is as long as
 * the fold is, and has the same fold.
 *
 * OK, SMK_ERR_INVALID, SMK_ERR_TOO_BIG_HERE, SMK_ERR_NOMEM   as above */
SMK_MUST_USE enum smk_err smk_khmer_spell(struct smk_bytes text, struct smk_buf *b);

/* A letter or mark that words are written with: neither a digit nor punctuation. */
bool smk_khmer_is_letter(uint32_t point);
/* What a fold leaves out, and what it takes for white space. */
bool smk_khmer_is_invisible(uint32_t point);
bool smk_khmer_is_space(uint32_t point);

/* ---- where a text may be cut ---- */

/* The end of the cluster that begins at `at` (< text.len). Never right behind U+17D2, never in front of a mark; what is
 * invisible goes with the cluster before it. In other scripts a letter keeps its combining marks, an emoji what is joined
 * to it. Bytes that are not UTF-8 are clusters of one byte. */
size_t smk_cluster_end(struct smk_bytes text, size_t at);
size_t smk_cluster_count(struct smk_bytes text);
/* How many bytes of the text's beginning are whole clusters, at most so many of them in at most so many bytes. 0 when not
 * even the first one fits. */
size_t smk_cluster_fit(struct smk_bytes text, size_t bytes_max, size_t clusters_max);

/* ---- numbers ---- */

/* A whole number as people type it: digits 0-9 and U+17E0-17E9, also mixed, with white space around it and invisible
 * characters anywhere. False when it is none, or larger than max; ret_number is untouched then. */
bool smk_khmer_number_parse(struct smk_bytes text, uint64_t max, uint64_t *ret_number);

/* ---- old fonts ---- */

/* True for a text that was most likely typed for an old Khmer font such as Limon or ABC, which draws Khmer letters in the
 * places of Latin ones (kmµúCa): no Khmer letter, but signs such as º ³ ¹ µ ¶ inside words, or capitals and punctuation
 * inside most words together with letters beyond ASCII. Ordinary French, Spanish or Vietnamese is not taken for it. */
bool smk_khmer_is_old_font(struct smk_bytes text);

#endif
