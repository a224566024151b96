#include "proto/check.h"
#include "proto/mem.h"
#include "store/home.h"
#include "store/inside.h"
#include "store/local_rows.h"

#include <string.h>

enum { VERSION = 1, PAGE_BYTES = 64 * 1024 };
#define USED_KEPT_MS (30 * SMK_DAY_MS)

static size_t invitation_key(const uint8_t id[SMK_INVITATION_ID_BYTES],
                             uint8_t ret_key[SMK_LOCAL_KEY_BYTES_MAX])
{
    ret_key[0] = 'i';
    memcpy(ret_key + 1, id, SMK_INVITATION_ID_BYTES);
    return 1 + SMK_INVITATION_ID_BYTES;
}

/* ---- invitations ---- */

static enum smk_err invitation_read(struct smk_value root, struct smk_invitation_row *row)
{
    bool is_unused;
    struct smk_fields f = smk_fields_of(root, 6);
    bool is_known = smk_field_uint(&f, VERSION) == VERSION;
    smk_field_key(&f, row->secret, sizeof row->secret);
    bool fits = smk_slug_copy(smk_field_str(&f, SMK_SLUG_LETTERS_MAX), &row->org);
    struct smk_value offices = smk_field_array(&f, SMK_OFFICES_PER_DEVICE_MAX);
    row->expires_ms = smk_field_uint(&f, UINT64_MAX);
    smk_field_key_or_nil(&f, row->used_by, sizeof row->used_by, &is_unused);
    row->is_used = !is_unused;
    row->office_count = smk_value_count(offices);
    for (size_t i = 0; i < row->office_count; i++)
        fits = fits && smk_slug_copy(smk_value_str(smk_value_item(offices, i)), &row->office[i]);
    return is_known && fits && smk_fields_finish(&f) == SMK_OK ? SMK_OK : SMK_ERR_STORE_DAMAGED;
}

enum smk_err smk_invitation_row_decode(const uint8_t id[SMK_INVITATION_ID_BYTES], struct smk_bytes value,
                                       struct smk_invitation_row *ret_row)
{
    SMK_CLEANUP(smk_tree_deinit) struct smk_tree tree = {0};
    struct smk_invitation_row row = {0};
    enum smk_err err = smk_tree_decode(value, SMK_WALK_PAYLOAD, &tree);
    if (err != SMK_OK)
        return err == SMK_ERR_NOMEM ? err : SMK_ERR_STORE_DAMAGED;
    memcpy(row.id, id, sizeof row.id);
    err = invitation_read(tree.root, &row);
    if (err == SMK_OK)
        *ret_row = row;
    smk_mem_wipe(&row, sizeof row);
    return err;
}

/* Puts what was built, unless the transaction or the building has failed. */
static void row_put(struct smk_txn *t, const uint8_t *key, size_t key_len, struct smk_buf *b)
{
    if (b->err != SMK_OK && t->err == SMK_OK)
        t->err = b->err;
    if (b->err == SMK_OK)
        smk_txn_put(t, SMK_TABLE_LOCAL, (struct smk_bytes){key, key_len}, smk_buf_view(b));
    smk_buf_deinit(b);
}

void smk_invitation_row_put(struct smk_txn *t, const struct smk_invitation_row *row)
{
    struct smk_buf b = {.max = SMK_LOCAL_ROW_BYTES_MAX};
    uint8_t key[SMK_LOCAL_KEY_BYTES_MAX];
    SMK_ASSERT(row->office_count <= SMK_OFFICES_PER_DEVICE_MAX);
    smk_pack_array(&b, 6);
    smk_pack_uint(&b, VERSION);
    smk_pack_bin(&b, SMK_BYTES(row->secret));
    smk_pack_text(&b, row->org.text);
    smk_pack_array(&b, row->office_count);
    for (size_t i = 0; i < row->office_count; i++)
        smk_pack_text(&b, row->office[i].text);
    smk_pack_uint(&b, row->expires_ms);
    if (row->is_used)
        smk_pack_bin(&b, SMK_BYTES(row->used_by));
    else
        smk_pack_nil(&b);
    row_put(t, key, invitation_key(row->id, key), &b);
}

bool smk_invitation_row_find(struct smk_txn *t, const uint8_t id[SMK_INVITATION_ID_BYTES],
                             struct smk_invitation_row *ret_row)
{
    uint8_t key[SMK_LOCAL_KEY_BYTES_MAX];
    struct smk_bytes value;
    if (!smk_txn_get(t, SMK_TABLE_LOCAL, (struct smk_bytes){key, invitation_key(id, key)}, &value))
        return false;
    enum smk_err err = smk_invitation_row_decode(id, value, ret_row);
    if (err != SMK_OK)
        t->err = err;
    return err == SMK_OK;
}

/* A used one is kept for a while, so that its device can fetch an answer that was lost. */
static bool is_over(const struct smk_invitation_row *row, uint64_t now_ms)
{
    uint64_t kept_ms = row->is_used ? USED_KEPT_MS : 0;
    return row->expires_ms <= now_ms && now_ms - row->expires_ms >= kept_ms;
}

/* The first invitation with a key above `after` that has expired. */
static bool expired_find(struct smk_txn *t, uint64_t now_ms, uint8_t id[SMK_INVITATION_ID_BYTES])
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    uint8_t key[SMK_LOCAL_KEY_BYTES_MAX];
    struct smk_invitation_row row;
    size_t len = invitation_key(id, key);
    bool is_expired = false;
    smk_cursor_open(&c, t, SMK_TABLE_LOCAL);
    for (bool is_row = smk_cursor_seek(&c, (struct smk_bytes){key, len}); is_row && !is_expired;
         is_row = smk_cursor_next(&c)) {
        if (c.key.len != len || c.key.data[0] != 'i')
            return false;
        is_expired =
            smk_invitation_row_decode(c.key.data + 1, c.value, &row) == SMK_OK && is_over(&row, now_ms);
        if (is_expired)
            memcpy(id, row.id, SMK_INVITATION_ID_BYTES);
    }
    smk_mem_wipe(&row, sizeof row);
    return is_expired;
}

void smk_invitation_rows_prune(struct smk_txn *t, uint64_t now_ms)
{
    uint8_t id[SMK_INVITATION_ID_BYTES] = {0}, key[SMK_LOCAL_KEY_BYTES_MAX];
    while (expired_find(t, now_ms, id) && t->err == SMK_OK)
        smk_txn_del(t, SMK_TABLE_LOCAL, (struct smk_bytes){key, invitation_key(id, key)});
}

static enum smk_err invitation_put(struct smk_txn *t, void *ctx)
{
    const struct smk_invitation_row *row = ctx;
    smk_invitation_rows_prune(t, smk_wall_ms());
    smk_invitation_row_put(t, row);
    return t->err;
}

enum smk_err smk_local_put_invitation(struct smk_store *s, const struct smk_invitation_row *row)
{
    struct smk_invitation_row copy = *row;
    enum smk_err err = smk_db_write_vital(s->db, invitation_put, &copy);
    smk_mem_wipe(&copy, sizeof copy);
    return err;
}

enum smk_err smk_local_get_invitation(struct smk_store *s, const uint8_t id[SMK_INVITATION_ID_BYTES],
                                      struct smk_invitation_row *ret_row)
{
    struct smk_txn t;
    smk_txn_begin_read(&t, s->db);
    bool is_there = smk_invitation_row_find(&t, id, ret_row);
    enum smk_err err = smk_txn_end(&t);
    return err == SMK_OK && !is_there ? SMK_ERR_NOT_FOUND : err;
}

/* ---- all rows of a kind ---- */

/* Copies rows [key length, key, value length, value] until the page is full. */
static void each_fill(struct smk_txn *t, struct smk_bytes from, char letter, struct smk_buf *page)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    smk_cursor_open(&c, t, SMK_TABLE_LOCAL);
    for (bool is_row = smk_cursor_seek(&c, from); is_row; is_row = smk_cursor_next(&c)) {
        bool is_from = smk_bytes_is_equal(c.key, from) && from.len > 1; /* it was given before */
        if (c.key.len < 1 || c.key.data[0] != (uint8_t)letter || page->len >= PAGE_BYTES)
            return;
        if (is_from)
            continue;
        if (c.key.len > SMK_LOCAL_KEY_BYTES_MAX || c.value.len > SMK_LOCAL_ROW_BYTES_MAX) {
            t->err = SMK_ERR_STORE_DAMAGED;
            return;
        }
        smk_buf_write_be32(page, (uint32_t)c.key.len);
        smk_buf_write_bytes(page, c.key);
        smk_buf_write_be32(page, (uint32_t)c.value.len);
        smk_buf_write_bytes(page, c.value);
    }
}

static enum smk_err each_give(const struct smk_buf *page, uint8_t last[SMK_LOCAL_KEY_BYTES_MAX],
                              size_t *last_len, smk_local_row_fn *fn, void *ctx, bool *ret_goes_on)
{
    struct smk_reader r = smk_reader_over(smk_buf_view(page));
    *ret_goes_on = page->len > 0;
    while (smk_reader_left(&r) > 0 && *ret_goes_on) {
        struct smk_bytes key = smk_read_bytes(&r, smk_read_be32(&r));
        struct smk_bytes value = smk_read_bytes(&r, smk_read_be32(&r));
        if (smk_bytes_compare(key, (struct smk_bytes){last, *last_len}) <= 0)
            return SMK_ERR_STORE_DAMAGED; /* keys that do not rise would be met again and again */
        enum smk_err err = fn(ctx, key, value, ret_goes_on);
        if (err != SMK_OK)
            return err;
        memcpy(last, key.data, key.len);
        *last_len = key.len;
    }
    return SMK_OK;
}

enum smk_err smk_local_each(struct smk_store *s, char letter, smk_local_row_fn *fn, void *ctx)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf page = {.max = PAGE_BYTES + 2 * SMK_LOCAL_ROW_BYTES_MAX};
    uint8_t last[SMK_LOCAL_KEY_BYTES_MAX] = {(uint8_t)letter};
    size_t last_len = 1;
    bool goes_on = true;
    while (goes_on) {
        struct smk_txn t;
        smk_buf_reset(&page);
        smk_txn_begin_read(&t, s->db);
        each_fill(&t, (struct smk_bytes){last, last_len}, letter, &page);
        enum smk_err err = smk_txn_end(&t);
        if (err == SMK_OK)
            err = page.err;
        if (err == SMK_OK)
            err = each_give(&page, last, &last_len, fn, ctx, &goes_on);
        if (err != SMK_OK)
            return err;
    }
    return SMK_OK;
}
