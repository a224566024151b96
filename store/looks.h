/* store/looks.h: whether one name can be taken for another.
 *
 * Two texts look alike when a reader of Khmer sees one spelling (proto/khmer.h), or when Unicode calls them confusable, as
 * they stand, in small or in capital letters: LICADHO with a Cyrillic С, an l for a 1, an O for a 0. They stay two texts: bytes, ids
 * and hashes differ. It is a reason to warn, never to refuse.
 *
 * Shape    UTF-8 in, an answer out.
 * Memory   an object is freed by smk_looks_free.   Secrets  none.   Threads  any; one at a time per object.
 */
#ifndef SMK_STORE_LOOKS_H
#define SMK_STORE_LOOKS_H

#include "proto/bytes.h"

/* The looks of one text, to be compared with many. */
struct smk_looks;

/* GIVES, smk_looks_free.
 * OK, SMK_ERR_NOMEM
 * SMK_ERR_INVALID        the text is not UTF-8
 * SMK_ERR_TOO_BIG_HERE   it is longer than a name can be
 * SMK_ERR_UNICODE        the Unicode library does not work */
SMK_MUST_USE enum smk_err smk_looks_new(struct smk_bytes text, struct smk_looks **ret_looks);
void smk_looks_free(struct smk_looks *l);

/* Equal texts look alike. Empty ones do not: nobody sees them.
 * OK, SMK_ERR_NOMEM, SMK_ERR_INVALID, SMK_ERR_TOO_BIG_HERE, SMK_ERR_UNICODE   as above; of other */
SMK_MUST_USE enum smk_err smk_looks_like(struct smk_looks *l, struct smk_bytes other, bool *ret_is_like);

/* Both at once.
 * OK, SMK_ERR_NOMEM, SMK_ERR_INVALID, SMK_ERR_TOO_BIG_HERE, SMK_ERR_UNICODE   as above */
SMK_MUST_USE enum smk_err smk_text_looks_like(struct smk_bytes a, struct smk_bytes b, bool *ret_is_like);

#endif
