#include "proto/message.h"

#include "proto/check.h"
#include "proto/record.h"

#include <string.h>

enum {
    ITEM_FIELDS = 3,
    HEAD_FIELDS = 6,
    CHILDREN = 16,
    PREFIX_NIBBLES_MAX = 2 * SMK_ID_BYTES,
};

/* ---- writing ---- */

void smk_tree_message_encode(const struct smk_scope *scope, size_t count, struct smk_bytes items,
                             bool has_more, struct smk_buf *b)
{
    SMK_ASSERT(count <= SMK_TREE_ITEMS_MAX);
    smk_pack_array(b, 3);
    smk_pack_str(b, smk_scope_bytes(scope));
    smk_pack_array(b, count);
    smk_pack_raw(b, items);
    smk_pack_bool(b, has_more);
}

void smk_tree_item_begin(enum smk_walk_kind kind, const struct smk_prefix *prefix, size_t content_count,
                         struct smk_buf *b)
{
    uint8_t bytes[1 + SMK_ID_BYTES];
    SMK_ASSERT(prefix->nibbles <= PREFIX_NIBBLES_MAX);
    size_t path_bytes = ((size_t)prefix->nibbles + 1) / 2;
    bytes[0] = prefix->nibbles;
    memcpy(bytes + 1, prefix->path, path_bytes);
    smk_pack_array(b, ITEM_FIELDS);
    smk_pack_uint(b, (uint64_t)kind);
    smk_pack_bin(b, (struct smk_bytes){bytes, 1 + path_bytes});
    smk_pack_array(b, content_count);
}

void smk_tree_head_encode(const struct smk_head *h, struct smk_buf *b)
{
    smk_pack_array(b, HEAD_FIELDS);
    smk_pack_bin(b, SMK_BYTES(h->author));
    smk_pack_bin(b, SMK_BYTES(h->incarnation));
    smk_pack_uint(b, h->seq);
    smk_pack_bin(b, SMK_BYTES(h->id));
    smk_pack_uint(b, (uint64_t)h->state);
    smk_pack_uint(b, h->fork);
}

/* ---- reading ---- */

static bool prefix_read(struct smk_bytes bytes, struct smk_prefix *ret_prefix)
{
    struct smk_prefix prefix = {0};
    if (bytes.len < 1 || bytes.data[0] > PREFIX_NIBBLES_MAX)
        return false;
    prefix.nibbles = bytes.data[0];
    if (bytes.len != 1 + ((size_t)prefix.nibbles + 1) / 2)
        return false;
    memcpy(prefix.path, bytes.data + 1, bytes.len - 1);
    if (prefix.nibbles % 2 == 1 && (bytes.data[bytes.len - 1] & 0x0f) != 0)
        return false;
    *ret_prefix = prefix;
    return true;
}

static enum smk_err item_read(struct smk_value v, struct smk_tree_item *ret_item)
{
    struct smk_tree_item item = {0};
    struct smk_fields f = smk_fields_of(v, ITEM_FIELDS);
    uint64_t kind = smk_field_uint(&f, SMK_WALK_LEAVES);
    struct smk_bytes prefix = smk_field_bin(&f, 1 + SMK_ID_BYTES);
    item.content = smk_field_array(&f, SMK_TREE_REPLY_LEAVES_MAX);
    if (smk_fields_finish(&f) != SMK_OK || !prefix_read(prefix, &item.prefix))
        return SMK_ERR_MALFORMED;
    item.kind = (enum smk_walk_kind)kind;
    if (item.kind != SMK_WALK_CHILDREN)
        item.head_count = smk_value_count(item.content);
    *ret_item = item;
    return SMK_OK;
}

static enum smk_err head_read(struct smk_value v, const struct smk_scope *scope, struct smk_head *ret_head)
{
    struct smk_head h = {0};
    struct smk_fields f = smk_fields_of(v, HEAD_FIELDS);
    smk_field_key(&f, h.author, sizeof h.author);
    smk_field_key(&f, h.incarnation, sizeof h.incarnation);
    h.seq = smk_field_uint(&f, SMK_SEQ_MAX);
    smk_field_key(&f, h.id, sizeof h.id);
    h.state = (enum smk_leaf_state)smk_field_uint(&f, SMK_LEAF_CUT);
    h.fork = smk_field_uint(&f, SMK_SEQ_MAX);
    bool is_forked = h.state == SMK_LEAF_FORKED;
    if (smk_fields_finish(&f) != SMK_OK || (is_forked ? h.fork <= h.seq : h.fork != 0 || h.seq < 1))
        return SMK_ERR_MALFORMED;
    smk_log_id(h.author, h.incarnation, scope, h.log_id);
    *ret_head = h;
    return SMK_OK;
}

static enum smk_err check_children(const struct smk_tree_item *item)
{
    if (item->prefix.nibbles >= PREFIX_NIBBLES_MAX || smk_value_count(item->content) != CHILDREN)
        return SMK_ERR_MALFORMED;
    struct smk_fields f = smk_fields_of(item->content, CHILDREN);
    for (unsigned i = 0; i < CHILDREN; i++) {
        uint8_t hash[SMK_HASH_BYTES];
        bool is_nil;
        smk_field_key_or_nil(&f, hash, sizeof hash, &is_nil);
    }
    return smk_fields_finish(&f);
}

static enum smk_err check_heads(const struct smk_tree_item *item, const struct smk_scope *scope)
{
    uint8_t before[SMK_ID_BYTES] = {0};
    if (item->kind == SMK_WALK_LEAVES_ASK && item->head_count > SMK_TREE_LEAVES_MAX)
        return SMK_ERR_MALFORMED;
    for (size_t i = 0; i < item->head_count; i++) {
        struct smk_head h;
        enum smk_err err = head_read(smk_value_item(item->content, i), scope, &h);
        if (err != SMK_OK)
            return err;
        if (!smk_prefix_is_of(&item->prefix, h.log_id) ||
            (i > 0 && memcmp(before, h.log_id, sizeof before) >= 0))
            return SMK_ERR_MALFORMED;
        memcpy(before, h.log_id, sizeof before);
    }
    return SMK_OK;
}

enum smk_err smk_tree_message_decode(struct smk_value v, struct smk_tree_message *ret_message)
{
    struct smk_tree_message m = {0};
    struct smk_fields f = smk_fields_from(v, 3);
    struct smk_bytes text = smk_field_str(&f, SMK_SCOPE_LETTERS_MAX);
    m.items = smk_field_array(&f, SMK_TREE_ITEMS_MAX);
    m.has_more = smk_field_bool(&f);
    m.count = smk_value_count(m.items);
    if (smk_fields_finish(&f) != SMK_OK || !smk_scope_parse(text, &m.scope))
        return SMK_ERR_MALFORMED;
    for (size_t i = 0; i < m.count; i++) {
        struct smk_tree_item item;
        enum smk_err err = item_read(smk_value_item(m.items, i), &item);
        if (err == SMK_OK)
            err = item.kind == SMK_WALK_CHILDREN ? check_children(&item) : check_heads(&item, &m.scope);
        if (err != SMK_OK)
            return err;
    }
    *ret_message = m;
    return SMK_OK;
}

struct smk_tree_item smk_tree_message_at(const struct smk_tree_message *m, size_t i)
{
    struct smk_tree_item item = {0};
    enum smk_err err = item_read(smk_value_item(m->items, i), &item);
    SMK_ASSERT(err == SMK_OK); /* decode has read it before */
    return item;
}

void smk_tree_item_child(const struct smk_tree_item *item, unsigned slot, uint8_t ret_hash[SMK_HASH_BYTES])
{
    SMK_ASSERT(item->kind == SMK_WALK_CHILDREN);
    struct smk_bytes hash = smk_value_bin(smk_value_item(item->content, slot));
    memset(ret_hash, 0, SMK_HASH_BYTES);
    if (hash.len == SMK_HASH_BYTES)
        memcpy(ret_hash, hash.data, SMK_HASH_BYTES);
}

void smk_tree_item_head(const struct smk_tree_item *item, const struct smk_scope *scope, size_t i,
                        struct smk_head *ret_head)
{
    enum smk_err err = head_read(smk_value_item(item->content, i), scope, ret_head);
    SMK_ASSERT(err == SMK_OK); /* decode has read it before */
}
