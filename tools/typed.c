#include "tools/typed.h"

#include "proto/khmer.h"
#include "proto/mem.h"
#include "store/icu.h"

#include <string.h>

const char smk_typed_old_font_advice[] = "It looks like Khmer for an old font such as Limon or ABC: type it "
                                         "in Khmer Unicode, or convert it first.";

enum smk_typed smk_typed_read(struct smk_bytes text, size_t max, char *ret_text, enum smk_err *ret_err)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf form = {.max = max};
    enum smk_err err = smk_icu_nfc(text, &form);
    if (err == SMK_ERR_INVALID)
        return SMK_TYPED_NO_TEXT;
    if (err == SMK_ERR_TOO_BIG_HERE)
        return SMK_TYPED_TOO_LONG;
    if (err != SMK_OK) {
        *ret_err = err;
        return SMK_TYPED_FAILED;
    }
    if (smk_khmer_is_old_font(smk_buf_view(&form)))
        return SMK_TYPED_OLD_FONT;
    if (form.len > 0)
        memcpy(ret_text, form.data, form.len);
    ret_text[form.len] = '\0';
    return SMK_TYPED_WELL;
}
