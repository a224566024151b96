#include "store/rows.h"

#include "proto/hash.h"
#include "tests/support/builders.h"
#include "tests/support/rng.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(rows, .init = start_crypto);

/* In a block of exactly that length, so that one byte too far is noticed. */
static uint8_t *exact(const uint8_t *from, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    if (len > 0)
        memcpy(copy, from, len);
    return copy;
}

static enum smk_err read_record(const uint8_t *bytes, size_t len)
{
    struct smk_rec_row row;
    struct smk_record record;
    uint8_t *copy = exact(bytes, len);
    enum smk_err err = smk_rec_row_read((struct smk_bytes){copy, len}, &row);
    if (err == SMK_OK)
        err = smk_rec_row_record(&row, &record);
    free(copy);
    return err;
}

static enum smk_err read_log(const uint8_t *bytes, size_t len)
{
    struct smk_log log;
    uint8_t *copy = exact(bytes, len);
    enum smk_err err = smk_log_row_read((struct smk_bytes){copy, len}, &log);
    free(copy);
    return err;
}

Test(rows, a_record_comes_back_as_it_was)
{
    struct test_world w;
    struct test_run run;
    test_world_init(&w);
    test_run_init(&run, &w.coalition, &w.ctod, "prov:02", 1);
    test_run_fill(&run, 3);
    test_run_drop_payload(&run, 2);
    for (size_t i = 0; i < run.count; i++) {
        const struct smk_record *r = &run.record[i];
        struct smk_rec_row row;
        struct smk_record back;
        size_t len = smk_rec_row_bytes(r);
        uint8_t *bytes = malloc(len);
        smk_rec_row_write(r, 77, bytes);
        cr_assert(eq(u32, smk_rec_row_log((struct smk_bytes){bytes, len}), 77));
        cr_assert(eq(int, smk_rec_row_read((struct smk_bytes){bytes, len}, &row), SMK_OK));
        cr_assert(eq(int, smk_rec_row_record(&row, &back), SMK_OK));
        cr_assert(eq(int, memcmp(back.id, r->id, SMK_ID_BYTES), 0));
        cr_assert(eq(int, back.has_payload, r->has_payload));
        cr_assert(smk_bytes_is_equal(back.payload, r->payload));
        cr_assert(smk_bytes_is_equal(back.header_bytes, r->header_bytes));
        free(bytes);
    }
    test_run_deinit(&run);
    test_world_deinit(&w);
}

Test(rows, a_record_that_was_cut_or_changed_anywhere_is_damaged)
{
    struct test_world w;
    struct test_run run;
    test_world_init(&w);
    test_run_init(&run, &w.coalition, &w.ctod, "prov:02", 1);
    test_run_fill(&run, 2);
    const struct smk_record *r = &run.record[1];
    size_t len = smk_rec_row_bytes(r), hole_len = len - SMK_SALT_BYTES - r->payload.len;
    uint8_t *bytes = malloc(len + 1);
    smk_rec_row_write(r, 1, bytes);
    cr_assert(eq(int, read_record(bytes, len), SMK_OK));
    for (size_t i = 0; i < len; i++)
        if (i != hole_len) /* that is a record without its payload */
            cr_assert(eq(int, read_record(bytes, i), SMK_ERR_STORE_DAMAGED), "cut at %zu", i);
    bytes[len] = 0;
    cr_assert(eq(int, read_record(bytes, len + 1), SMK_ERR_STORE_DAMAGED));
    for (size_t i = 0; i < len; i++) {
        bytes[i] ^= 0x40;
        enum smk_err expected =
            i >= 1 && i < 5 ? SMK_OK : SMK_ERR_STORE_DAMAGED; /* the log number is not its own */
        cr_assert(eq(int, read_record(bytes, len), expected), "byte %zu", i);
        bytes[i] ^= 0x40;
    }
    free(bytes);
    test_run_deinit(&run);
    test_world_deinit(&w);
}

Test(rows, a_log_state_comes_back_as_it_was_and_is_read_strictly)
{
    static const uint64_t seq[] = {1, 2, 3, 255, 256, 65535, SMK_SEQ_MAX};
    struct test_device d;
    test_device_init(&d, 5);
    for (size_t i = 0; i < sizeof seq / sizeof seq[0]; i++) {
        struct smk_scope scope = smk_scope_of(i % 2 == 0 ? "gov" : "wit:org:abcdefghijklmnopqrstuvwx");
        struct smk_log log, back;
        uint8_t incarnation[SMK_INCARNATION_BYTES] = {1, 2, 3}, row[SMK_LOG_ROW_BYTES_MAX + 1];
        smk_log_init(&log, d.sign.public_key, incarnation, &scope);
        log.seq = log.tree.size = seq[i];
        log.time = 11;
        log.verified_through = 12;
        log.bad_signatures = 13;
        log.holes = 14;
        memset(log.id, 0x5a, sizeof log.id);
        memset(log.tree.peak, 0xa5, smk_logtree_peak_count(seq[i]) * SMK_HASH_BYTES);
        size_t len = smk_log_row_write(&log, row);
        cr_assert(le(sz, len, SMK_LOG_ROW_BYTES_MAX));
        cr_assert(eq(int, smk_log_row_read((struct smk_bytes){row, len}, &back), SMK_OK));
        cr_assert(eq(int, memcmp(&back, &log, sizeof log), 0));
        for (size_t cut = 0; cut < len; cut++)
            cr_assert(eq(int, read_log(row, cut), SMK_ERR_STORE_DAMAGED));
        row[len] = 0;
        cr_assert(eq(int, read_log(row, len + 1), SMK_ERR_STORE_DAMAGED));
        struct smk_log_row_name name;
        cr_assert(smk_log_row_name((struct smk_bytes){row, len}, &name));
        cr_assert(smk_bytes_is_equal(name.scope, smk_scope_bytes(&scope)));
        cr_assert(eq(int, memcmp(name.author, log.author, SMK_KEY_BYTES), 0));
    }
}

Test(rows, rubbish_is_never_more_than_damaged)
{
    struct test_rng rng = test_rng_from(test_seed());
    for (int i = 0; i < 20000; i++) {
        uint8_t bytes[512];
        size_t len = test_rng_below(&rng, sizeof bytes);
        test_rng_bytes(&rng, bytes, len);
        if (len > 0)
            bytes[0] = 1;
        if (len > 15) {
            bytes[13] = 0;
            bytes[14] = (uint8_t)test_rng_below(&rng, 200);
            bytes[49 < len ? 49 : 0] = 3;
        }
        cr_assert(eq(int, read_record(bytes, len), SMK_ERR_STORE_DAMAGED));
        cr_assert(eq(int, read_log(bytes, len), SMK_ERR_STORE_DAMAGED));
    }
}
