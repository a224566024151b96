#include "tests/support/strict.h"

#include "proto/check.h"

#include <stdlib.h>
#include <string.h>

/* Decodes the first len bytes of whole; a byte beyond its end is 0. */
static enum smk_err decode_exactly(struct smk_bytes whole, size_t len, test_decode_fn *decode)
{
    uint8_t *exact = calloc(1, len > 0 ? len : 1);
    SMK_ASSERT(exact != NULL);
    memcpy(exact, whole.data, len < whole.len ? len : whole.len);
    enum smk_err err = decode((struct smk_bytes){exact, len});
    free(exact);
    return err;
}

const char *test_strictness(struct smk_bytes whole, test_decode_fn *decode)
{
    for (size_t len = 0; len < whole.len; len++)
        if (decode_exactly(whole, len, decode) != SMK_ERR_TRUNCATED)
            return "a prefix is not truncated";
    if (decode_exactly(whole, whole.len, decode) != SMK_OK)
        return "the whole is not accepted";
    return decode_exactly(whole, whole.len + 1, decode) == SMK_ERR_TRAILING ? NULL
                                                                            : "a byte more is not trailing";
}
