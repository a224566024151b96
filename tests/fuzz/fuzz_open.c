/* Target: the payload of an open. Input: faults, then the map. */
#include "proto/lists.h"
#include "proto/record.h"
#include "tests/fuzz/decoder.h"
#include "tests/support/notation.h"

#include <string.h>

enum { HEADS_MAX = 64 };

static enum smk_err decode(struct smk_bytes bytes, void *ret_value)
{
    return smk_open_decode(bytes, ret_value);
}

static const struct fuzz_decoder decoder = {sizeof(struct smk_open), decode, NULL, NULL, false, NULL};

static size_t heads_read(struct smk_value heads, struct smk_old_head *ret_heads)
{
    for (size_t i = 0; i < smk_value_count(heads); i++) {
        struct smk_fields f = smk_fields_of(smk_value_item(heads, i), 4);
        struct smk_old_head *head = &ret_heads[i];
        bool is_scope = smk_scope_parse(smk_field_str(&f, SMK_SCOPE_LETTERS_MAX), &head->scope);
        smk_field_key(&f, head->incarnation, sizeof head->incarnation);
        head->seq = smk_field_uint(&f, SMK_SEQ_MAX);
        smk_field_key(&f, head->id, sizeof head->id);
        SMK_ASSERT(is_scope);
        SMK_ASSERT(smk_fields_finish(&f) == SMK_OK);
        SMK_ASSERT(head->seq >= 1);
    }
    return smk_value_count(heads);
}

/* What was accepted is written by our own encoder as it came, unless it has keys of a later version. */
static void check_rewritten(struct smk_bytes bytes)
{
    struct smk_open open;
    struct smk_tree tree = {0};
    struct smk_old_head head[HEADS_MAX];
    char reason[256];
    struct smk_buf b = {.max = SMK_PAYLOAD_BYTES_MAX};
    if (smk_open_decode(bytes, &open) != SMK_OK)
        return;
    enum smk_err err = smk_tree_decode(bytes, SMK_WALK_PAYLOAD, &tree);
    SMK_ASSERT(err == SMK_OK);
    size_t count = heads_read(smk_value_find(tree.root, "heads"), head);
    if (smk_value_count(tree.root) == 3 && smk_text_copy(open.reason, reason, sizeof reason - 1)) {
        smk_open_encode((const uint8_t(*)[SMK_HASH_BYTES])open.under, open.under_count, head, count, reason,
                        &b);
        SMK_ASSERT(b.err == SMK_OK);
        SMK_ASSERT(smk_bytes_is_equal(smk_buf_view(&b), bytes));
    }
    smk_buf_deinit(&b);
    smk_tree_deinit(&tree);
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    struct smk_bytes bytes = fuzz_rest(&in);
    fuzz_decoder_check(&decoder, faults, bytes);
    check_rewritten(bytes);
}

void fuzz_seeds(void)
{
    static const uint8_t head[2];
    static const char *const text[] = {
        "{'heads' [] 'under' [#32x01] 'reason' 'first'}",
        "{'heads' [['pub' #16x01 7 #32x02] ['gov' #16x02 1 #32x03]] 'under' [] 'reason' 'r'}",
        "{'heads' [] 'later' 1 'under' [] 'reason' 'x'}",
    };
    for (size_t i = 0; i < 3; i++) {
        struct smk_buf b = {.max = 4096};
        char name[] = "open-a";
        name[5] = (char)('a' + i);
        test_pack(&b, text[i], NULL);
        fuzz_seed(name, SMK_BYTES(head), smk_buf_view(&b));
        smk_buf_deinit(&b);
    }
}
