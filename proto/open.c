#include "proto/check.h"
#include "proto/lists.h"
#include "proto/mem.h"
#include "proto/record.h"

enum { OPEN_HEADS_MAX = 64 };

static enum smk_err check_old_head(struct smk_value v)
{
    struct smk_scope scope;
    uint8_t incarnation[SMK_INCARNATION_BYTES], id[SMK_ID_BYTES];
    struct smk_fields f = smk_fields_of(v, 4);
    struct smk_bytes text = smk_field_str(&f, SMK_SCOPE_LETTERS_MAX);
    smk_field_key(&f, incarnation, sizeof incarnation);
    uint64_t seq = smk_field_uint(&f, SMK_SEQ_MAX);
    smk_field_key(&f, id, sizeof id);
    enum smk_err err = smk_fields_finish(&f);
    if (err == SMK_OK && (seq < 1 || !smk_scope_parse(text, &scope)))
        err = SMK_ERR_MALFORMED;
    return err;
}

static enum smk_err open_read(struct smk_value map, struct smk_open *ret_open)
{
    if (smk_value_type(map) != SMK_VALUE_MAP)
        return SMK_ERR_MALFORMED;
    struct smk_value heads = smk_value_find(map, "heads");
    struct smk_value reason = smk_value_find(map, "reason");
    if (smk_value_type(heads) != SMK_VALUE_ARRAY || smk_value_type(reason) != SMK_VALUE_STR)
        return SMK_ERR_MALFORMED;
    if (smk_value_count(heads) > OPEN_HEADS_MAX)
        return SMK_ERR_MALFORMED;
    for (size_t i = 0; i < smk_value_count(heads); i++) {
        enum smk_err err = check_old_head(smk_value_item(heads, i));
        if (err != SMK_OK)
            return err;
    }
    struct smk_open open = {.reason = smk_value_str(reason)};
    enum smk_err err = smk_list_read_hashes(smk_value_find(map, "under"), open.under, SMK_CERT_DECISIONS_MAX,
                                            &open.under_count);
    if (err == SMK_OK)
        *ret_open = open;
    return err;
}

enum smk_err smk_open_decode(struct smk_bytes payload, struct smk_open *ret_open)
{
    SMK_CLEANUP(smk_tree_deinit) struct smk_tree tree = {0};
    if (payload.len > SMK_PAYLOAD_BYTES_MAX)
        return SMK_ERR_MALFORMED;
    enum smk_err err = smk_tree_decode(payload, SMK_WALK_PAYLOAD, &tree);
    if (err != SMK_OK)
        return err;
    return open_read(tree.root, ret_open);
}

void smk_open_encode(const uint8_t (*under)[SMK_HASH_BYTES], size_t under_count,
                     const struct smk_old_head *heads, size_t head_count, const char *reason,
                     struct smk_buf *b)
{
    SMK_ASSERT(under_count <= SMK_CERT_DECISIONS_MAX);
    SMK_ASSERT(head_count <= OPEN_HEADS_MAX);
    smk_pack_map(b, 3);
    smk_pack_text(b, "heads");
    smk_pack_array(b, head_count);
    for (size_t i = 0; i < head_count; i++) {
        smk_pack_array(b, 4);
        smk_pack_str(b, smk_scope_bytes(&heads[i].scope));
        smk_pack_bin(b, SMK_BYTES(heads[i].incarnation));
        smk_pack_uint(b, heads[i].seq);
        smk_pack_bin(b, SMK_BYTES(heads[i].id));
    }
    smk_pack_text(b, "under");
    smk_list_pack_hashes(b, under, under_count);
    smk_pack_text(b, "reason");
    smk_pack_text(b, reason);
}
