#include "store/inside.h"

#include "proto/hash.h"
#include "store/local.h"
#include "tests/support/stores.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Tables that the disk has changed: reading answers as before, or says that the store is damaged. */

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(damage, .init = start_crypto, .timeout = 120);

struct row_change {
    enum smk_table table;
    struct smk_bytes key, value;
};

static enum smk_err row_put(struct smk_txn *t, void *ctx)
{
    const struct row_change *c = ctx;
    smk_txn_put(t, c->table, c->key, c->value);
    return SMK_OK;
}

static void put(struct smk_home *h, enum smk_table table, struct smk_bytes key, struct smk_bytes value)
{
    struct row_change c = {table, key, value};
    cr_assert(eq(int, smk_db_write(h->store->db, row_put, &c), SMK_OK));
}

/* Copies row number `at` of a table; false when there is none. */
static bool row_copy(struct smk_home *h, enum smk_table table, size_t at, struct smk_buf *key,
                     struct smk_buf *value)
{
    struct smk_txn t;
    struct smk_cursor c = {0};
    smk_buf_reset(key);
    smk_buf_reset(value);
    smk_txn_begin_read(&t, h->store->db);
    smk_cursor_open(&c, &t, table);
    bool is_row = smk_cursor_first(&c);
    for (size_t i = 0; i < at && is_row; i++)
        is_row = smk_cursor_next(&c);
    if (is_row) {
        smk_buf_write_bytes(key, c.key);
        smk_buf_write_bytes(value, c.value);
    }
    smk_cursor_close(&c);
    cr_assert(eq(int, smk_txn_end(&t), SMK_OK));
    return is_row;
}

/* What reading gives is what was there, or the answer is that the store is damaged. */
static void expect_no_lie(struct smk_home *h, const uint8_t truth[SMK_HASH_BYTES], const char *why, size_t at)
{
    uint8_t digest[SMK_HASH_BYTES];
    enum smk_err err = test_store_digest(h->store, digest);
    if (err == SMK_OK)
        cr_assert(eq(int, memcmp(digest, truth, sizeof digest), 0), "%s, row %zu", why, at);
    else
        cr_assert(eq(int, err, SMK_ERR_STORE_DAMAGED), "%s, row %zu", why, at);
}

Test(damage, a_place_that_names_another_record_is_noticed)
{
    struct test_dir dir;
    struct smk_home h;
    struct smk_buf key = {.max = 64}, value = {.max = 4096};
    uint8_t truth[SMK_HASH_BYTES];
    static const uint64_t shift[] = {1, 2, 7, 1000, (uint64_t)1 << 40};
    test_dir_init(&dir);
    test_home_found(&dir, "a", &h);
    test_home_decide(&h, "ctod", "member", "02", "ctod-editor", "member_editor");
    cr_assert(eq(int, test_put(&h, "pub", 5), SMK_OK));
    cr_assert(eq(int, test_store_digest(h.store, truth), SMK_OK));
    size_t noticed = 0;
    for (size_t i = 0; row_copy(&h, SMK_TABLE_IDX, i, &key, &value); i++)
        for (size_t k = 0; k < sizeof shift / sizeof shift[0]; k++) {
            uint8_t other[SMK_ARRIVAL_KEY_BYTES], digest[SMK_HASH_BYTES];
            smk_row_write_u64(smk_row_read_u64(smk_buf_view(&value)) + shift[k], other);
            put(&h, SMK_TABLE_IDX, smk_buf_view(&key), SMK_BYTES(other));
            test_home_reopen(&h);
            expect_no_lie(&h, truth, "index", i);
            noticed += test_store_digest(h.store, digest) != SMK_OK;
            put(&h, SMK_TABLE_IDX, smk_buf_view(&key), smk_buf_view(&value));
        }
    cr_assert(gt(sz, noticed, 0));
    test_home_reopen(&h);
    expect_no_lie(&h, truth, "as it was", 0);
    smk_buf_deinit(&key);
    smk_buf_deinit(&value);
    smk_home_close(&h);
    test_dir_deinit(&dir);
}

Test(damage, every_byte_of_a_log_state_is_guarded)
{
    struct test_dir dir;
    struct smk_home h;
    struct smk_buf key = {.max = 64}, value = {.max = 4096};
    test_dir_init(&dir);
    test_home_found(&dir, "a", &h);
    cr_assert(eq(int, test_put(&h, "pub", 5), SMK_OK));
    cr_assert(row_copy(&h, SMK_TABLE_LOG, 1, &key, &value));
    for (size_t i = 0; i < value.len; i++) {
        struct smk_store_view *view = NULL;
        value.data[i] ^= 1;
        put(&h, SMK_TABLE_LOG, smk_buf_view(&key), smk_buf_view(&value));
        enum smk_err err = smk_store_view_new(h.store, &view);
        cr_assert(eq(int, err, SMK_ERR_STORE_DAMAGED), "byte %zu", i);
        value.data[i] ^= 1;
    }
    smk_buf_deinit(&key);
    smk_buf_deinit(&value);
    smk_home_close(&h);
    test_dir_deinit(&dir);
}

/* Puts other bytes in all places of a file where some stand. */
static void patch(const char *path, struct smk_bytes from, struct smk_bytes to)
{
    FILE *f = fopen(path, "r+b");
    cr_assert(ne(ptr, f, NULL));
    uint8_t *all = malloc(1 << 22);
    cr_assert(ne(ptr, all, NULL));
    size_t len = fread(all, 1, 1 << 22, f), found = 0;
    for (size_t i = 0; i + from.len <= len; i++)
        if (memcmp(all + i, from.data, from.len) == 0) {
            memcpy(all + i, to.data, to.len);
            found++;
        }
    cr_assert(gt(sz, found, 0));
    cr_assert(eq(int, fseek(f, 0, SEEK_SET), 0));
    cr_assert(eq(sz, fwrite(all, 1, len, f), len));
    cr_assert(eq(int, fclose(f), 0));
    free(all);
}

static bool count_row(void *ctx, const struct smk_session_row *row)
{
    size_t *count = ctx;
    (void)row;
    return ++*count < 1000;
}

Test(damage, local_rows_that_do_not_rise_end_the_walk, .timeout = 20)
{
    struct test_dir dir;
    struct smk_home h;
    struct smk_session_status status = {.is_bound = true, .peer_sign_key = {9}, .reason = ""};
    struct smk_session_row row;
    size_t count = 0;
    test_dir_init(&dir);
    test_home_found(&dir, "a", &h);
    smk_session_row_from(&status, true, 1000, &row);
    for (int i = 0; i < 5; i++)
        cr_assert(eq(int, smk_local_note_session(h.store, &row, &status, NULL, NULL), SMK_OK));
    smk_home_close(&h);
    struct test_path file = test_dir_at(&dir, "a/store/data.mdb");
    uint8_t third[] = {'s', 0, 0, 0, 0, 0, 0, 0, 3}, other[] = {'s', 0, 0, 0, 0, 0, 0, 0, 0x63};
    patch(file.text, SMK_BYTES(third), SMK_BYTES(other));
    struct test_path home = test_dir_at(&dir, "a");
    cr_assert(eq(int, smk_home_open(home.text, &h), SMK_OK));
    cr_assert(eq(int, smk_local_each_session(h.store, count_row, &count), SMK_ERR_STORE_DAMAGED));
    smk_home_close(&h);
    test_dir_deinit(&dir);
}

static enum smk_err row_del(struct smk_txn *t, void *ctx)
{
    const struct row_change *c = ctx;
    smk_txn_del(t, c->table, c->key);
    return SMK_OK;
}

/* What is left can be read without a fault: only the number of rows tells. */
Test(damage, rows_that_are_missing_at_the_end_are_noticed)
{
    static const enum smk_table tables[] = {SMK_TABLE_REC, SMK_TABLE_IDX, SMK_TABLE_LOG, SMK_TABLE_LOGID};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        struct test_dir dir;
        struct smk_home h;
        struct smk_store_view *view = NULL;
        struct smk_buf key = {.max = 64}, value = {.max = 4096};
        test_dir_init(&dir);
        test_home_found(&dir, "a", &h);
        cr_assert(eq(int, test_put(&h, "pub", 5), SMK_OK));
        size_t last = 0;
        while (row_copy(&h, tables[i], last + 1, &key, &value))
            last++;
        cr_assert(row_copy(&h, tables[i], last, &key, &value));
        struct row_change gone = {tables[i], smk_buf_view(&key), smk_buf_view(&value)};
        cr_assert(eq(int, smk_db_write(h.store->db, row_del, &gone), SMK_OK));
        cr_assert(eq(int, smk_store_view_new(h.store, &view), SMK_ERR_STORE_DAMAGED), "%s",
                  smk_table_name(tables[i]));
        cr_assert(eq(int, test_put(&h, "pub", 1), SMK_ERR_STORE_DAMAGED), "%s", smk_table_name(tables[i]));
        put(&h, tables[i], smk_buf_view(&key), smk_buf_view(&value));
        cr_assert(eq(int, test_put(&h, "pub", 1), SMK_OK), "%s", smk_table_name(tables[i]));
        smk_buf_deinit(&key);
        smk_buf_deinit(&value);
        smk_home_close(&h);
        test_dir_deinit(&dir);
    }
}
