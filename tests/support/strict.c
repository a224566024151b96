#include "tests/support/strict.h"

#include "proto/bounds.h"
#include "proto/canon.h"
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

const char *test_strictness_as(struct smk_bytes whole, test_decode_fn *decode, enum smk_err refused)
{
    const char *why = decode_exactly(whole, whole.len, decode) == SMK_OK ? NULL : "the whole is not accepted";
    for (size_t len = 0; len < whole.len && why == NULL; len++)
        if (decode_exactly(whole, len, decode) != refused)
            why = "a prefix is not refused";
    struct smk_buf longer = {.max = whole.len + 1};
    for (unsigned byte = 0; byte <= UINT8_MAX && why == NULL; byte++) {
        smk_buf_reset(&longer);
        smk_buf_write_bytes(&longer, whole);
        smk_buf_write_u8(&longer, (uint8_t)byte);
        SMK_ASSERT(longer.err == SMK_OK);
        if (decode_exactly(smk_buf_view(&longer), longer.len, decode) != refused)
            why = "a byte more is not refused";
    }
    smk_buf_deinit(&longer);
    return why;
}

/* The first count elements of an array, as an array; beyond its end come zeros. */
static enum smk_err decode_fields(struct smk_value array, size_t count, test_decode_fn *decode)
{
    struct smk_buf b = {.max = SIZE_MAX / 2};
    smk_pack_array(&b, count);
    for (size_t i = 0; i < count; i++)
        if (i < smk_value_count(array))
            smk_pack_value(&b, smk_value_item(array, i));
        else
            smk_pack_uint(&b, 0);
    SMK_ASSERT(b.err == SMK_OK);
    enum smk_err err = decode_exactly(smk_buf_view(&b), b.len, decode);
    smk_buf_deinit(&b);
    return err;
}

const char *test_field_strictness(struct smk_bytes array, test_decode_fn *decode, enum smk_err less,
                                  enum smk_err more)
{
    struct smk_tree t = {0};
    const char *why = NULL;
    enum smk_err err = smk_tree_decode(array, SMK_WALK_PAYLOAD, &t);
    SMK_ASSERT(err == SMK_OK);
    SMK_ASSERT(smk_value_type(t.root) == SMK_VALUE_ARRAY);
    size_t count = smk_value_count(t.root);
    if (count > 0 && decode_fields(t.root, count - 1, decode) != less)
        why = "a field less is judged otherwise";
    else if (decode_fields(t.root, count + 1, decode) != more)
        why = "a field more is judged otherwise";
    smk_tree_deinit(&t);
    return why;
}
