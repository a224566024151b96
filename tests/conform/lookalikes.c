/* Pairs of names that a reader can take for one another: we say so, and keep them apart. */
#include "tests/conform/conform.h"

#include "store/icu.h"
#include "store/looks.h"

static bool is_one_nfc(struct smk_bytes a, struct smk_bytes b, const char **ret_why)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf of_a = {.max = 4096};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf of_b = {.max = 4096};
    if (smk_icu_nfc(a, &of_a) != SMK_OK || smk_icu_nfc(b, &of_b) != SMK_OK)
        *ret_why = "it has no NFC";
    return smk_bytes_is_equal(smk_buf_view(&of_a), smk_buf_view(&of_b));
}

static const char *judge(const json_t *json)
{
    struct smk_bytes a = smk_bytes_of_text(conform_text(json, "a")),
                     b = smk_bytes_of_text(conform_text(json, "b"));
    json_t *bytes = json_object_get(json, "equal_bytes"), *nfc = json_object_get(json, "equal_nfc");
    const char *why = NULL;
    bool is_like = false;
    if (a.len == 0 || b.len == 0 || !json_is_boolean(bytes) || !json_is_boolean(nfc))
        return "a field is missing";
    if (smk_bytes_is_equal(a, b) != json_is_true(bytes))
        return "the bytes are equal, or are not";
    if (is_one_nfc(a, b, &why) != json_is_true(nfc))
        return "as NFC they are equal, or are not";
    if (why == NULL && (smk_text_looks_like(a, b, &is_like) != SMK_OK || !is_like))
        return "one is not taken for the other";
    return why;
}

void conform_lookalikes(struct conform_run *run, const struct conform_item *item)
{
    conform_count(run, judge(item->json), "%s #%zu %s", item->group, item->index,
                  conform_text(item->json, "id"));
}
