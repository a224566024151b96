/* tools/typed.h: a name as people type it, on the way to being signed.
 *
 * A text becomes NFC before it is looked at and signed, and is never changed after that; what has come from elsewhere never
 * passes here. Texts of documents go the same way in field_map.c.
 *
 * Memory   caller's.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_TOOLS_TYPED_H
#define SMK_TOOLS_TYPED_H

#include "proto/bytes.h"

enum smk_typed {
    SMK_TYPED_WELL,
    SMK_TYPED_NO_TEXT, /* not UTF-8 */
    SMK_TYPED_TOO_LONG,
    SMK_TYPED_OLD_FONT, /* Limon, ABC */
    SMK_TYPED_FAILED,   /* too little memory, or a library that does not work: *ret_err */
};

/* At most max bytes and a zero into ret_text, which stays as it is otherwise. */
enum smk_typed smk_typed_read(struct smk_bytes text, size_t max, char *ret_text, enum smk_err *ret_err);

/* What to do about a text in an old font: one sentence. */
extern const char smk_typed_old_font_advice[];

#endif
