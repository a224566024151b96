#include "store/local_rows.h"

#include "proto/hash.h"
#include "store/damage.h"
#include "store/forks.h"
#include "tests/support/notation.h"
#include "tests/support/stores.h"
#include "tests/support/strict.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(local_rows, .init = start_crypto, .timeout = 120);

static enum smk_err invitation(struct smk_bytes value)
{
    static const uint8_t id[SMK_INVITATION_ID_BYTES] = {1};
    struct smk_invitation_row row;
    return smk_invitation_row_decode(id, value, &row);
}

static enum smk_err peer(struct smk_bytes value)
{
    static const uint8_t key[SMK_KEY_BYTES] = {1};
    struct smk_peer_row row;
    enum smk_err err = smk_peer_row_decode(key, value, &row);
    if (err == SMK_OK)
        smk_buf_deinit(&row.receipt);
    return err;
}

static enum smk_err session(struct smk_bytes value)
{
    struct smk_session_row row;
    return smk_session_row_decode(value, &row);
}

static enum smk_err damage(struct smk_bytes value)
{
    static const uint8_t key[SMK_DAMAGE_KEY_BYTES] = {'d', 0, 0, 0, 0, 0, 0, 0, 5};
    struct smk_damage row;
    return smk_damage_row_decode(SMK_BYTES(key), value, &row);
}

Test(local_rows, have_their_exact_fields_and_nothing_behind_them)
{
    static const struct {
        test_decode_fn *decode;
        const char *text;
    } row[] = {
        {invitation, "[1 #32x01 'ctod' ['ctod-editor'] 1713312000000 nil]"},
        {invitation, "[1 #32x01 'ctod' [] 1713312000000 #32x02]"},
        {peer, "[1 true #17x41 5 6 7 #3x42 8 #32x09 #40x0a]"},
        {peer, "[1 false #0x00 0 0 0 #0x00 0 #32x00 #0x00]"},
        {session, "[1 5 #32x01 true false true false 1 2 3 4 5 #3x41]"},
        {damage, "[1 3 9 nil 10]"},
        {damage, "[1 3 9 #32x01 10]"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_buf b = {.max = 4096};
        test_pack(&b, row[i].text, NULL);
        const char *why = test_strictness_as(smk_buf_view(&b), row[i].decode, SMK_ERR_STORE_DAMAGED);
        cr_assert(eq(ptr, (void *)(uintptr_t)why, NULL), "%s: %s", row[i].text, why);
        why = test_field_strictness(smk_buf_view(&b), row[i].decode, SMK_ERR_STORE_DAMAGED,
                                    SMK_ERR_STORE_DAMAGED);
        cr_assert(eq(ptr, (void *)(uintptr_t)why, NULL), "%s: %s", row[i].text, why);
        smk_buf_deinit(&b);
    }
}

Test(local_rows, a_row_of_a_proof_names_a_log_and_has_a_proof_of_a_bounded_size)
{
    static const struct {
        uint32_t log_no;
        size_t proof_bytes;
        bool is_good;
    } row[] = {
        {1, 1, true},  {UINT32_MAX, SMK_FORK_BYTES_MAX, true}, {0, 1, false},
        {1, 0, false}, {1, SMK_FORK_BYTES_MAX + 1, false},
    };
    struct smk_fork_row back;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        size_t len = 4 + row[i].proof_bytes;
        uint8_t *bytes = calloc(1, len);
        smk_row_write_u32(row[i].log_no, bytes);
        cr_assert(eq(int, smk_fork_row_read((struct smk_bytes){bytes, len}, &back), row[i].is_good),
                  "row %zu", i);
        if (row[i].is_good) {
            cr_assert(eq(uint, back.log_no, row[i].log_no));
            cr_assert(eq(sz, back.proof.len, row[i].proof_bytes));
        }
        free(bytes);
    }
    for (size_t len = 0; len < 5; len++) {
        uint8_t *bytes = calloc(1, len + 1);
        bytes[0] = 1;
        cr_assert(not(smk_fork_row_read((struct smk_bytes){bytes, len}, &back)), "%zu bytes", len);
        free(bytes);
    }
}

/* ---- what we write under: a row in any other form counts as none, and another incarnation is drawn ---- */

static enum smk_err own_copy(struct smk_txn *t, void *ctx)
{
    struct smk_bytes value;
    cr_assert(smk_txn_get(t, SMK_TABLE_LOCAL, smk_bytes_of_text("c"), &value));
    smk_buf_reset(ctx);
    smk_buf_write_bytes(ctx, value);
    return SMK_OK;
}

static enum smk_err own_replace(struct smk_txn *t, void *ctx)
{
    smk_txn_put(t, SMK_TABLE_LOCAL, smk_bytes_of_text("c"), smk_buf_view(ctx));
    return t->err;
}

/* Writes a record with this row in place, and tells whether the row stayed as it was. */
static struct smk_home own_home;

static enum smk_err own(struct smk_bytes value)
{
    struct smk_buf given = {.max = 4096}, after = {.max = 4096};
    smk_buf_write_bytes(&given, value);
    cr_assert(eq(int, smk_db_write(own_home.store->db, own_replace, &given), SMK_OK));
    cr_assert(eq(int, test_put(&own_home, "nat", 1), SMK_OK));
    cr_assert(eq(int, smk_db_write(own_home.store->db, own_copy, &after), SMK_OK));
    bool is_kept = smk_bytes_is_equal(smk_buf_view(&given), smk_buf_view(&after));
    smk_buf_deinit(&given);
    smk_buf_deinit(&after);
    return is_kept ? SMK_OK : SMK_ERR_STORE_DAMAGED;
}

Test(local_rows, what_we_write_under_is_read_in_its_one_form_alone)
{
    struct test_dir dir;
    struct smk_buf whole = {.max = 4096}, part = {.max = 4096};
    test_dir_init(&dir);
    test_home_found(&dir, "a", &own_home);
    cr_assert(eq(int, test_put(&own_home, "nat", 1), SMK_OK));
    cr_assert(eq(int, smk_db_write(own_home.store->db, own_copy, &whole), SMK_OK));
    cr_assert(eq(int, own(smk_buf_view(&whole)), SMK_OK), "the row itself");
    const char *why =
        test_field_strictness(smk_buf_view(&whole), own, SMK_ERR_STORE_DAMAGED, SMK_ERR_STORE_DAMAGED);
    cr_assert(eq(ptr, (void *)(uintptr_t)why, NULL), "%s", why);
    for (size_t len = 1; len < whole.len; len += 5) { /* each one is a write, so not all */
        smk_buf_reset(&part);
        smk_buf_write(&part, whole.data, len);
        cr_assert(eq(int, own(smk_buf_view(&part)), SMK_ERR_STORE_DAMAGED), "%zu bytes", len);
    }
    for (unsigned byte = 0; byte <= UINT8_MAX; byte += 51) {
        smk_buf_reset(&part);
        smk_buf_write_bytes(&part, smk_buf_view(&whole));
        smk_buf_write_u8(&part, (uint8_t)byte);
        cr_assert(eq(int, own(smk_buf_view(&part)), SMK_ERR_STORE_DAMAGED), "byte %u", byte);
    }
    cr_assert(eq(int, own(smk_buf_view(&whole)), SMK_OK), "the row itself, again");
    smk_buf_deinit(&whole);
    smk_buf_deinit(&part);
    smk_home_close(&own_home);
    test_dir_deinit(&dir);
}
