#include "proto/check.h"
#include "proto/mem.h"
#include "store/inside.h"
#include "store/local_rows.h"

#include <string.h>

enum { VERSION = 1, PEER_FIELDS = 10, SESSION_FIELDS = 13, SESSIONS_KEPT = 1000, CODE_UNKNOWN_AUTHOR = 4 };

static void text_pack(struct smk_buf *b, const char *text, size_t size)
{
    smk_pack_bin(b, (struct smk_bytes){(const uint8_t *)text, strnlen(text, size - 1)});
}

/* Into size bytes, zero-terminated; the rest is cut off. */
static void text_copy(struct smk_bytes from, char *ret_text, size_t size)
{
    size_t len = from.len < size ? from.len : size - 1;
    memset(ret_text, 0, size);
    if (len > 0)
        memcpy(ret_text, from.data, len);
}

/* ---- peers ---- */

static void peer_key(const uint8_t sign_key[SMK_KEY_BYTES], uint8_t ret_key[SMK_LOCAL_KEY_BYTES_MAX])
{
    ret_key[0] = 'p';
    memcpy(ret_key + 1, sign_key, SMK_KEY_BYTES);
}

enum smk_err smk_peer_row_decode(const uint8_t sign_key[SMK_KEY_BYTES], struct smk_bytes value,
                                 struct smk_peer_row *ret_row)
{
    SMK_CLEANUP(smk_tree_deinit) struct smk_tree tree = {0};
    struct smk_peer_row row = {.receipt = {.max = SMK_LOCAL_ROW_BYTES_MAX}};
    enum smk_err err = smk_tree_decode(value, SMK_WALK_PAYLOAD, &tree);
    if (err != SMK_OK)
        return err == SMK_ERR_NOMEM ? err : SMK_ERR_STORE_DAMAGED;
    struct smk_fields f = smk_fields_of(tree.root, PEER_FIELDS);
    bool is_known = smk_field_uint(&f, VERSION) == VERSION;
    memcpy(row.sign_key, sign_key, sizeof row.sign_key);
    row.lacks_us = smk_field_bool(&f);
    text_copy(smk_field_bin(&f, sizeof row.address - 1), row.address, sizeof row.address);
    row.compared_ms = smk_field_uint(&f, UINT64_MAX);
    row.compared_records = smk_field_uint(&f, UINT64_MAX);
    row.seen_ms = smk_field_uint(&f, UINT64_MAX);
    text_copy(smk_field_bin(&f, sizeof row.last_reason - 1), row.last_reason, sizeof row.last_reason);
    row.receipt_ms = smk_field_uint(&f, UINT64_MAX);
    smk_field_key(&f, row.receipt_digest, sizeof row.receipt_digest);
    struct smk_bytes receipt = smk_field_bin(&f, SMK_LOCAL_ROW_BYTES_MAX);
    if (!is_known || smk_fields_finish(&f) != SMK_OK)
        return SMK_ERR_STORE_DAMAGED;
    smk_buf_write_bytes(&row.receipt, receipt);
    if (row.receipt.err != SMK_OK) {
        smk_buf_deinit(&row.receipt);
        return SMK_ERR_NOMEM;
    }
    *ret_row = row;
    return SMK_OK;
}

static void row_put(struct smk_txn *t, struct smk_bytes key, struct smk_buf *b)
{
    if (b->err != SMK_OK && t->err == SMK_OK)
        t->err = b->err;
    if (b->err == SMK_OK)
        smk_txn_put(t, SMK_TABLE_LOCAL, key, smk_buf_view(b));
    smk_buf_deinit(b);
}

void smk_peer_row_put(struct smk_txn *t, const struct smk_peer_row *row)
{
    struct smk_buf b = {.max = SMK_LOCAL_ROW_BYTES_MAX};
    uint8_t key[SMK_LOCAL_KEY_BYTES_MAX];
    peer_key(row->sign_key, key);
    smk_pack_array(&b, PEER_FIELDS);
    smk_pack_uint(&b, VERSION);
    smk_pack_bool(&b, row->lacks_us);
    text_pack(&b, row->address, sizeof row->address);
    smk_pack_uint(&b, row->compared_ms);
    smk_pack_uint(&b, row->compared_records);
    smk_pack_uint(&b, row->seen_ms);
    text_pack(&b, row->last_reason, sizeof row->last_reason);
    smk_pack_uint(&b, row->receipt_ms);
    smk_pack_bin(&b, SMK_BYTES(row->receipt_digest));
    smk_pack_bin(&b, smk_buf_view(&row->receipt));
    row_put(t, SMK_BYTES(key), &b);
}

bool smk_peer_row_find(struct smk_txn *t, const uint8_t sign_key[SMK_KEY_BYTES], struct smk_peer_row *ret_row)
{
    uint8_t key[SMK_LOCAL_KEY_BYTES_MAX];
    struct smk_bytes value;
    peer_key(sign_key, key);
    if (!smk_txn_get(t, SMK_TABLE_LOCAL, SMK_BYTES(key), &value))
        return false;
    enum smk_err err = smk_peer_row_decode(sign_key, value, ret_row);
    if (err != SMK_OK)
        t->err = err;
    return err == SMK_OK;
}

static enum smk_err peer_put(struct smk_txn *t, void *ctx)
{
    smk_peer_row_put(t, ctx);
    return t->err;
}

enum smk_err smk_local_put_peer(struct smk_store *s, const struct smk_peer_row *row)
{
    return smk_db_write_vital(s->db, peer_put, (void *)(uintptr_t)row); /* read only there */
}

enum smk_err smk_local_get_peer(struct smk_store *s, const uint8_t sign_key[SMK_KEY_BYTES],
                                struct smk_peer_row *ret_row)
{
    struct smk_txn t;
    smk_txn_begin_read(&t, s->db);
    bool is_there = smk_peer_row_find(&t, sign_key, ret_row);
    enum smk_err err = smk_txn_end(&t);
    return err == SMK_OK && !is_there ? SMK_ERR_NOT_FOUND : err;
}

struct peer_walk {
    smk_peer_row_fn *fn;
    void *ctx;
};

static enum smk_err peer_give(void *ctx, struct smk_bytes key, struct smk_bytes value, bool *ret_goes_on)
{
    struct peer_walk *w = ctx;
    struct smk_peer_row row;
    if (key.len != SMK_LOCAL_KEY_BYTES_MAX)
        return SMK_ERR_STORE_DAMAGED;
    enum smk_err err = smk_peer_row_decode(key.data + 1, value, &row);
    if (err != SMK_OK)
        return err;
    *ret_goes_on = w->fn(w->ctx, &row);
    smk_buf_deinit(&row.receipt);
    return SMK_OK;
}

enum smk_err smk_local_each_peer(struct smk_store *s, smk_peer_row_fn *fn, void *ctx)
{
    return smk_local_each(s, 'p', peer_give, &(struct peer_walk){.fn = fn, .ctx = ctx});
}

/* ---- sessions ---- */

enum smk_err smk_session_row_decode(struct smk_bytes value, struct smk_session_row *ret_row)
{
    SMK_CLEANUP(smk_tree_deinit) struct smk_tree tree = {0};
    struct smk_session_row row = {0};
    enum smk_err err = smk_tree_decode(value, SMK_WALK_PAYLOAD, &tree);
    if (err != SMK_OK)
        return err == SMK_ERR_NOMEM ? err : SMK_ERR_STORE_DAMAGED;
    struct smk_fields f = smk_fields_of(tree.root, SESSION_FIELDS);
    bool is_known = smk_field_uint(&f, VERSION) == VERSION;
    row.ended_ms = smk_field_uint(&f, UINT64_MAX);
    smk_field_key(&f, row.peer_sign_key, sizeof row.peer_sign_key);
    row.is_initiator = smk_field_bool(&f);
    row.is_complete = smk_field_bool(&f);
    row.was_agreed_at_hello = smk_field_bool(&f);
    row.is_agreed = smk_field_bool(&f);
    row.bytes_up = smk_field_uint(&f, UINT64_MAX);
    row.bytes_down = smk_field_uint(&f, UINT64_MAX);
    row.handshake_bytes = smk_field_uint(&f, UINT64_MAX);
    row.records_sent = smk_field_uint(&f, UINT64_MAX);
    row.records_received = smk_field_uint(&f, UINT64_MAX);
    text_copy(smk_field_bin(&f, sizeof row.reason - 1), row.reason, sizeof row.reason);
    if (!is_known || smk_fields_finish(&f) != SMK_OK)
        return SMK_ERR_STORE_DAMAGED;
    *ret_row = row;
    return SMK_OK;
}

static void session_pack(const struct smk_session_row *row, struct smk_buf *b)
{
    smk_pack_array(b, SESSION_FIELDS);
    smk_pack_uint(b, VERSION);
    smk_pack_uint(b, row->ended_ms);
    smk_pack_bin(b, SMK_BYTES(row->peer_sign_key));
    smk_pack_bool(b, row->is_initiator);
    smk_pack_bool(b, row->is_complete);
    smk_pack_bool(b, row->was_agreed_at_hello);
    smk_pack_bool(b, row->is_agreed);
    smk_pack_uint(b, row->bytes_up);
    smk_pack_uint(b, row->bytes_down);
    smk_pack_uint(b, row->handshake_bytes);
    smk_pack_uint(b, row->records_sent);
    smk_pack_uint(b, row->records_received);
    text_pack(b, row->reason, sizeof row->reason);
}

enum { SESSION_KEY_BYTES = 1 + 8 };

static void session_key(uint64_t number, uint8_t ret_key[SESSION_KEY_BYTES])
{
    ret_key[0] = 's';
    smk_row_write_u64(number, ret_key + 1);
}

static uint64_t session_number(const struct smk_cursor *c)
{
    if (c->key.len != SESSION_KEY_BYTES || c->key.data[0] != 's')
        return 0;
    return smk_row_read_u64((struct smk_bytes){c->key.data + 1, 8});
}

/* 0 = none */
static uint64_t session_oldest(struct smk_txn *t)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    smk_cursor_open(&c, t, SMK_TABLE_LOCAL);
    return smk_cursor_seek(&c, smk_bytes_of_text("s")) ? session_number(&c) : 0;
}

static uint64_t session_newest(struct smk_txn *t)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    smk_cursor_open(&c, t, SMK_TABLE_LOCAL);
    bool is_behind = smk_cursor_seek(&c, smk_bytes_of_text("t"));
    return (is_behind ? smk_cursor_prev(&c) : smk_cursor_last(&c)) ? session_number(&c) : 0;
}

void smk_session_row_add(struct smk_txn *t, const struct smk_session_row *row)
{
    struct smk_buf b = {.max = SMK_LOCAL_ROW_BYTES_MAX};
    uint8_t key[SESSION_KEY_BYTES];
    uint64_t number = session_newest(t) + 1;
    session_pack(row, &b);
    session_key(number, key);
    row_put(t, SMK_BYTES(key), &b);
    for (uint64_t old = session_oldest(t); old != 0 && old + SESSIONS_KEPT <= number;
         old = session_oldest(t)) {
        session_key(old, key);
        smk_txn_del(t, SMK_TABLE_LOCAL, SMK_BYTES(key));
    }
}

struct session_walk {
    smk_session_row_fn *fn;
    void *ctx;
};

static enum smk_err session_give(void *ctx, struct smk_bytes key, struct smk_bytes value, bool *ret_goes_on)
{
    struct session_walk *w = ctx;
    struct smk_session_row row;
    enum smk_err err =
        key.len == SESSION_KEY_BYTES ? smk_session_row_decode(value, &row) : SMK_ERR_STORE_DAMAGED;
    if (err == SMK_OK)
        *ret_goes_on = w->fn(w->ctx, &row);
    return err;
}

enum smk_err smk_local_each_session(struct smk_store *s, smk_session_row_fn *fn, void *ctx)
{
    return smk_local_each(s, 's', session_give, &(struct session_walk){.fn = fn, .ctx = ctx});
}

void smk_session_row_from(const struct smk_session_status *status, bool is_initiator, uint64_t now_ms,
                          struct smk_session_row *ret_row)
{
    struct smk_session_row row = {
        .ended_ms = now_ms,
        .is_initiator = is_initiator,
        .is_complete = status->is_complete,
        .was_agreed_at_hello = status->was_agreed_at_hello,
        .is_agreed = status->is_agreed,
        .bytes_up = status->line_bytes_sent,
        .bytes_down = status->line_bytes_received,
        .handshake_bytes = status->handshake_bytes_sent + status->handshake_bytes_received,
        .records_sent = status->records_sent,
        .records_received = status->records_received,
    };
    memcpy(row.peer_sign_key, status->peer_sign_key, sizeof row.peer_sign_key);
    if (status->reason != NULL)
        text_copy(smk_bytes_of_text(status->reason), row.reason, sizeof row.reason);
    *ret_row = row;
}

/* ---- what a session says about its peer ---- */

struct note {
    const struct smk_session_row *row;
    const struct smk_session_status *status;
    const char *address;
    const struct smk_sync_receipt *receipt;
};

static void receipt_pack(const struct smk_sync_receipt *receipt, struct smk_buf *b)
{
    smk_buf_reset(b);
    smk_pack_array(b, 3);
    smk_pack_bin(b, receipt->body);
    smk_pack_bin(b, SMK_BYTES(receipt->initiator_signature));
    smk_pack_bin(b, SMK_BYTES(receipt->responder_signature));
}

bool smk_peer_row_compared(struct smk_peer_row *row, const struct smk_session_status *status, uint64_t now_ms)
{
    if (status->compared_ms <= row->compared_ms && row->compared_ms <= now_ms)
        return false;
    if (status->compared_ms == 0)
        return false;
    row->compared_ms = status->compared_ms;
    row->compared_records = status->shared_records;
    return true;
}

static void peer_note(struct smk_peer_row *peer, const struct note *n)
{
    const struct smk_session_status *status = n->status;
    if (status->is_complete || n->receipt != NULL)
        peer->lacks_us = false;
    if (status->peer_code == CODE_UNKNOWN_AUTHOR)
        peer->lacks_us = true;
    if (n->address != NULL)
        text_copy(smk_bytes_of_text(n->address), peer->address, sizeof peer->address);
    (void)smk_peer_row_compared(peer, status, n->row->ended_ms); /* an older one changes nothing */
    peer->seen_ms = n->row->ended_ms;
    memcpy(peer->last_reason, n->row->reason, sizeof peer->last_reason);
    if (n->receipt != NULL) {
        peer->receipt_ms = n->row->ended_ms;
        memcpy(peer->receipt_digest, n->receipt->digest, sizeof peer->receipt_digest);
        receipt_pack(n->receipt, &peer->receipt);
    }
}

static enum smk_err note_write(struct smk_txn *t, void *ctx)
{
    static const uint8_t nobody[SMK_KEY_BYTES] = {0};
    const struct note *n = ctx;
    struct smk_peer_row peer = {.receipt = {.max = SMK_LOCAL_ROW_BYTES_MAX}};
    smk_session_row_add(t, n->row);
    if (memcmp(n->row->peer_sign_key, nobody, sizeof nobody) == 0)
        return t->err;
    if (!smk_peer_row_find(t, n->row->peer_sign_key, &peer))
        memcpy(peer.sign_key, n->row->peer_sign_key, sizeof peer.sign_key);
    peer_note(&peer, n);
    smk_peer_row_put(t, &peer);
    enum smk_err err = t->err != SMK_OK ? t->err : peer.receipt.err;
    smk_buf_deinit(&peer.receipt);
    return err;
}

enum smk_err smk_local_note_session(struct smk_store *s, const struct smk_session_row *row,
                                    const struct smk_session_status *status, const char *address,
                                    const struct smk_sync_receipt *receipt)
{
    struct note n = {.row = row, .status = status, .address = address, .receipt = receipt};
    return smk_db_write_vital(s->db, note_write, &n);
}
