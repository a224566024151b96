#include "store/local.h"

#include "proto/hash.h"
#include "store/inside.h"
#include "store/local_rows.h"
#include "tests/support/stores.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(local, .init = start_crypto, .timeout = 120);

Test(local, invitations_come_back_and_go_when_they_have_expired)
{
    struct test_dir dir;
    struct smk_home home;
    struct smk_invitation_row row = {.secret = {1, 2, 3}, .office_count = 2}, back;
    test_dir_init(&dir);
    test_home_found(&dir, "a", &home);
    memcpy(row.org.text, "ctod", 5);
    memcpy(row.office[0].text, "ctod-editor", 12);
    memcpy(row.office[1].text, "ctod-approver", 14);
    for (uint8_t i = 0; i < 20; i++) {
        row.id[0] = i;
        row.expires_ms = smk_wall_ms() + (i % 2 == 0 ? 100000000 : 0); /* the odd ones are over at once */
        cr_assert(eq(int, smk_local_put_invitation(home.store, &row), SMK_OK));
    }
    row.id[0] = 2;
    row.is_used = true;
    row.used_by[5] = 9;
    row.expires_ms = smk_wall_ms() + 50000000;
    cr_assert(eq(int, smk_local_put_invitation(home.store, &row), SMK_OK));
    cr_assert(eq(int, smk_local_get_invitation(home.store, row.id, &back), SMK_OK));
    cr_assert(eq(int, memcmp(&back, &row, sizeof row), 0));
    for (uint8_t i = 0; i < 20; i++) {
        row.id[0] = i;
        enum smk_err expected = i % 2 == 0 ? SMK_OK : SMK_ERR_NOT_FOUND;
        cr_assert(eq(int, smk_local_get_invitation(home.store, row.id, &back), expected), "%d", i);
    }
    for (uint8_t is_old = 0; is_old < 2;
         is_old++) { /* a used one stays for 30 days: its answer may have been lost */
        row.id[0] = 100 + is_old;
        row.is_used = true;
        row.expires_ms = smk_wall_ms() - (is_old ? 31 : 29) * SMK_DAY_MS;
        cr_assert(eq(int, smk_local_put_invitation(home.store, &row), SMK_OK));
    }
    row.id[0] = 102; /* giving another one sweeps */
    cr_assert(eq(int, smk_local_put_invitation(home.store, &row), SMK_OK));
    row.id[0] = 100;
    cr_assert(eq(int, smk_local_get_invitation(home.store, row.id, &back), SMK_OK));
    row.id[0] = 101;
    cr_assert(eq(int, smk_local_get_invitation(home.store, row.id, &back), SMK_ERR_NOT_FOUND));
    smk_home_close(&home);
    test_dir_deinit(&dir);
}

struct peers {
    size_t count;
    size_t max;
    struct smk_peer_row last;
};

static bool count_peer(void *ctx, const struct smk_peer_row *row)
{
    struct peers *p = ctx;
    cr_assert(gt(int, memcmp(row->sign_key, p->last.sign_key, SMK_KEY_BYTES), 0));
    p->last = *row;
    return ++p->count < p->max;
}

Test(local, peers_come_back_in_order_of_their_keys)
{
    struct test_dir dir;
    struct smk_home home;
    struct smk_peer_row row = {.lacks_us = true, .compared_ms = 1, .compared_records = 2, .seen_ms = 3}, back;
    test_dir_init(&dir);
    test_home_found(&dir, "a", &home);
    memcpy(row.address, "hub.example:4717", 17);
    memcpy(row.last_reason, "the line was cut \xff", 19);
    row.receipt_ms = 4;
    row.receipt_digest[31] = 5;
    row.receipt.max = 100000;
    for (int i = 0; i < 30000; i++)
        smk_buf_write_u8(&row.receipt, (uint8_t)i);
    cr_assert(eq(int, smk_local_get_peer(home.store, row.sign_key, &back), SMK_ERR_NOT_FOUND));
    for (uint8_t i = 10; i > 0; i--) {
        row.sign_key[0] = i;
        cr_assert(eq(int, smk_local_put_peer(home.store, &row), SMK_OK));
    }
    cr_assert(eq(int, smk_local_get_peer(home.store, row.sign_key, &back), SMK_OK));
    cr_assert(smk_bytes_is_equal(smk_buf_view(&back.receipt), smk_buf_view(&row.receipt)));
    smk_buf_deinit(&back.receipt);
    back.receipt = row.receipt;
    cr_assert(eq(int, memcmp(&back, &row, sizeof row), 0));
    struct peers all = {.max = SIZE_MAX}, some = {.max = 4};
    cr_assert(eq(int, smk_local_each_peer(home.store, count_peer, &all), SMK_OK));
    cr_assert(eq(sz, all.count, 10));
    cr_assert(eq(int, smk_local_each_peer(home.store, count_peer, &some), SMK_OK));
    cr_assert(eq(sz, some.count, 4));
    smk_buf_deinit(&row.receipt);
    smk_home_close(&home);
    test_dir_deinit(&dir);
}

struct sessions {
    size_t count;
    uint64_t first;
    uint64_t last;
};

static bool count_session(void *ctx, const struct smk_session_row *row)
{
    struct sessions *s = ctx;
    if (s->count++ == 0)
        s->first = row->records_sent;
    else
        cr_assert(eq(u64, row->records_sent, s->last + 1));
    s->last = row->records_sent;
    return true;
}

static enum smk_err add_many(struct smk_txn *t, void *ctx)
{
    struct smk_session_row row = {.ended_ms = 5};
    for (uint64_t i = 0; i < *(uint64_t *)ctx; i++) {
        row.records_sent = i + 1;
        smk_session_row_add(t, &row);
    }
    return t->err;
}

Test(local, keeps_the_newest_thousand_sessions)
{
    struct test_dir dir;
    struct smk_home home;
    uint64_t many = 1234;
    struct sessions s = {0};
    test_dir_init(&dir);
    test_home_found(&dir, "a", &home);
    cr_assert(eq(int, smk_local_each_session(home.store, count_session, &s), SMK_OK));
    cr_assert(eq(sz, s.count, 0));
    cr_assert(eq(int, smk_db_write(home.store->db, add_many, &many), SMK_OK));
    cr_assert(eq(int, smk_local_each_session(home.store, count_session, &s), SMK_OK));
    cr_assert(eq(sz, s.count, 1000));
    cr_assert(eq(u64, s.first, 235));
    cr_assert(eq(u64, s.last, 1234));
    smk_home_close(&home);
    test_dir_deinit(&dir);
}

/* Notes a session that ended then, with what it says of its last equal comparison. */
static void note_compared(struct smk_home *home, uint64_t compared_ms, uint64_t records, uint64_t ended_ms,
                          struct smk_peer_row *ret_peer)
{
    struct smk_session_row row;
    struct smk_session_status status = {
        .is_bound = true,
        .was_agreed_at_hello = true, /* it may have differed later */
        .peer_sign_key = {3},
        .compared_ms = compared_ms,
        .shared_records = records,
        .reason = "",
    };
    smk_session_row_from(&status, true, ended_ms, &row);
    cr_assert(eq(int, smk_local_note_session(home->store, &row, &status, NULL, NULL), SMK_OK));
    cr_assert(eq(int, smk_local_get_peer(home->store, status.peer_sign_key, ret_peer), SMK_OK));
    smk_buf_deinit(&ret_peer->receipt);
}

Test(local, keeps_the_newest_comparison_whichever_session_ends_last)
{
    struct test_dir dir;
    struct smk_home home;
    struct smk_peer_row peer;
    static const struct {
        uint64_t compared_ms, records, ended_ms, want_ms, want_records;
        const char *why;
    } row[] = {
        {900, 77, 1000, 900, 77, "the first one"},
        {950, 80, 3000, 950, 80, "a newer comparison"},
        {920, 78, 4000, 950, 80, "an older one, of a session that ends later"},
        {0, 0, 5000, 950, 80, "a session that never was equal"},
        {9000, 90, 6000, 9000, 90, "a clock that was ahead"},
        {6500, 91, 7000, 6500, 91, "and is right again"},
    };
    test_dir_init(&dir);
    test_home_found(&dir, "a", &home);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        note_compared(&home, row[i].compared_ms, row[i].records, row[i].ended_ms, &peer);
        cr_assert(eq(u64, peer.compared_ms, row[i].want_ms), "%s", row[i].why);
        cr_assert(eq(u64, peer.compared_records, row[i].want_records), "%s", row[i].why);
    }
    smk_home_close(&home);
    test_dir_deinit(&dir);
}

Test(local, a_session_tells_about_its_peer)
{
    struct test_dir dir;
    struct smk_home home;
    struct smk_session_row row;
    struct smk_peer_row peer;
    struct smk_session_status status = {
        .is_bound = true,
        .is_complete = true,
        .is_agreed = true,
        .peer_sign_key = {3},
        .line_bytes_sent = 10,
        .line_bytes_received = 20,
        .handshake_bytes_sent = 3,
        .handshake_bytes_received = 4,
        .records_sent = 5,
        .records_received = 6,
        .compared_ms = 900,
        .shared_records = 77,
        .reason = "",
    };
    uint8_t body[] = {0x93, 1, 2, 3};
    struct smk_sync_receipt receipt = {.body = SMK_BYTES(body), .digest = {9}, .initiator_signature = {1}};
    test_dir_init(&dir);
    test_home_found(&dir, "a", &home);
    smk_session_row_from(&status, true, 1000, &row);
    cr_assert(eq(u64, row.handshake_bytes, 7));
    cr_assert(eq(u64, row.bytes_up, 10));
    cr_assert(eq(int, smk_local_note_session(home.store, &row, &status, "10.0.0.7:1", &receipt), SMK_OK));
    cr_assert(eq(int, smk_local_get_peer(home.store, status.peer_sign_key, &peer), SMK_OK));
    cr_assert(not(peer.lacks_us));
    cr_assert(eq(str, peer.address, "10.0.0.7:1"));
    cr_assert(eq(u64, peer.compared_ms, 900));
    cr_assert(eq(u64, peer.compared_records, 77));
    cr_assert(eq(u64, peer.receipt_ms, 1000));
    cr_assert(eq(int, peer.receipt_digest[0], 9));
    cr_assert(eq(sz, peer.receipt.len, 1 + 2 + 4 + 2 * (2 + 64)));
    smk_buf_deinit(&peer.receipt);

    /* the next one fails: what was known stays, but the certificate is sent again */
    status.is_complete = status.is_agreed = false;
    status.peer_code = 4;
    status.reason = "unknown_author";
    smk_session_row_from(&status, true, 2000, &row);
    cr_assert(eq(int, smk_local_note_session(home.store, &row, &status, NULL, NULL), SMK_OK));
    cr_assert(eq(int, smk_local_get_peer(home.store, status.peer_sign_key, &peer), SMK_OK));
    cr_assert(peer.lacks_us);
    cr_assert(eq(str, peer.address, "10.0.0.7:1"));
    cr_assert(eq(u64, peer.compared_ms, 900));
    cr_assert(eq(u64, peer.seen_ms, 2000));
    cr_assert(eq(str, peer.last_reason, "unknown_author"));
    cr_assert(eq(u64, peer.receipt_ms, 1000));
    smk_buf_deinit(&peer.receipt);

    /* nobody's session is kept too, but makes no peer */
    struct peers all = {.max = SIZE_MAX};
    memset(&status, 0, sizeof status);
    smk_session_row_from(&status, false, 3000, &row);
    cr_assert(eq(int, smk_local_note_session(home.store, &row, &status, NULL, NULL), SMK_OK));
    cr_assert(eq(int, smk_local_each_peer(home.store, count_peer, &all), SMK_OK));
    cr_assert(eq(sz, all.count, 1));
    smk_home_close(&home);
    test_dir_deinit(&dir);
}

static enum smk_err put_rubbish(struct smk_txn *t, void *ctx)
{
    (void)ctx;
    uint8_t key[1 + SMK_KEY_BYTES] = {'p', 5};
    smk_txn_put(t, SMK_TABLE_LOCAL, SMK_BYTES(key), smk_bytes_of_text("\x93\x01\x02\x03"));
    key[0] = 'i';
    smk_txn_put(t, SMK_TABLE_LOCAL, (struct smk_bytes){key, 17}, smk_bytes_of_text("\xc1"));
    return t->err;
}

Test(local, rows_that_are_not_in_form_are_damage)
{
    struct test_dir dir;
    struct smk_home home;
    uint8_t key[SMK_KEY_BYTES] = {5};
    struct smk_peer_row peer;
    struct smk_invitation_row invitation;
    struct peers all = {.max = SIZE_MAX};
    test_dir_init(&dir);
    test_home_found(&dir, "a", &home);
    cr_assert(eq(int, smk_db_write(home.store->db, put_rubbish, NULL), SMK_OK));
    cr_assert(eq(int, smk_local_get_peer(home.store, key, &peer), SMK_ERR_STORE_DAMAGED));
    cr_assert(eq(int, smk_local_each_peer(home.store, count_peer, &all), SMK_ERR_STORE_DAMAGED));
    cr_assert(eq(int, smk_local_get_invitation(home.store, key, &invitation), SMK_ERR_STORE_DAMAGED));
    smk_home_close(&home);
    test_dir_deinit(&dir);
}
