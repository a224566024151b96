#include "proto/lists.h"

#include "proto/check.h"

#include <string.h>

enum smk_err smk_list_read_hashes(struct smk_value array, uint8_t (*ret_list)[SMK_HASH_BYTES], size_t max,
                                  size_t *ret_count)
{
    size_t count = smk_value_count(array);
    if (smk_value_type(array) != SMK_VALUE_ARRAY || count > max)
        return SMK_ERR_MALFORMED;
    struct smk_bytes last = {0};
    for (size_t i = 0; i < count; i++) {
        struct smk_bytes hash = smk_value_bin(smk_value_item(array, i));
        if (hash.len != SMK_HASH_BYTES || (i > 0 && smk_bytes_compare(last, hash) >= 0))
            return SMK_ERR_MALFORMED;
        last = hash;
    }
    for (size_t i = 0; i < count; i++)
        memcpy(ret_list[i], smk_value_bin(smk_value_item(array, i)).data, SMK_HASH_BYTES);
    *ret_count = count;
    return SMK_OK;
}

enum smk_err smk_list_read_slugs(struct smk_value array, struct smk_slug *ret_list, size_t max,
                                 size_t *ret_count)
{
    size_t count = smk_value_count(array);
    if (smk_value_type(array) != SMK_VALUE_ARRAY || count > max)
        return SMK_ERR_MALFORMED;
    struct smk_bytes last = {0};
    for (size_t i = 0; i < count; i++) {
        struct smk_bytes slug = smk_value_str(smk_value_item(array, i));
        if (!smk_slug_is_valid(slug) || (i > 0 && smk_bytes_compare(last, slug) >= 0))
            return SMK_ERR_MALFORMED;
        last = slug;
    }
    for (size_t i = 0; i < count; i++) {
        bool fits = smk_slug_copy(smk_value_str(smk_value_item(array, i)), &ret_list[i]);
        SMK_ASSERT(fits);
    }
    *ret_count = count;
    return SMK_OK;
}

void smk_list_pack_hashes(struct smk_buf *b, const uint8_t (*list)[SMK_HASH_BYTES], size_t count)
{
    smk_pack_array(b, count);
    for (size_t i = 0; i < count; i++) {
        SMK_ASSERT(i == 0 || memcmp(list[i - 1], list[i], SMK_HASH_BYTES) < 0);
        smk_pack_bin(b, SMK_BYTES(list[i]));
    }
}

bool smk_text_copy(struct smk_bytes text, char *ret_text, size_t max)
{
    if (text.len < 1 || text.len > max || memchr(text.data, 0, text.len) != NULL)
        return false;
    memcpy(ret_text, text.data, text.len);
    ret_text[text.len] = '\0';
    return true;
}
