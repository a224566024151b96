#include "store/compact.h"

#include "proto/hash.h"
#include "store/inside.h"
#include "tests/support/builders.h"
#include "tests/support/stores.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(compact, .init = start_crypto, .timeout = 60);

/* A home in `a` that nobody else has open. */
static void open_alone(const struct test_dir *dir, struct smk_home *ret_home)
{
    cr_assert(eq(int, smk_home_open_alone(test_dir_at(dir, "a").text, ret_home), SMK_OK));
}

static void incarnation_of(struct smk_home *h, uint8_t ret_place[SMK_HASH_BYTES])
{
    memcpy(ret_place, h->store->place, SMK_HASH_BYTES);
}

static bool newest_log(void *ctx, const struct smk_log *log)
{
    *(struct smk_log *)ctx = *log;
    return true;
}

Test(compact, keeps_every_record_and_goes_on_in_the_same_log)
{
    struct test_dir dir;
    struct smk_home home;
    struct smk_compaction done;
    struct smk_log before, after;
    uint8_t digest[2][SMK_HASH_BYTES], place[2][SMK_HASH_BYTES];
    test_dir_init(&dir);
    test_home_found(&dir, "a", &home);
    cr_assert(eq(int, test_put(&home, "pub", 40), SMK_OK));
    for (int i = 0; i < 10; i++)
        cr_assert(eq(int, test_put(&home, "pub", 5), SMK_OK)); /* leaves free pages behind */
    cr_assert(eq(int, test_store_digest(home.store, digest[0]), SMK_OK));
    cr_assert(eq(int, smk_store_each_log(home.store, newest_log, &before), SMK_OK));
    uint64_t records = test_store_records(home.store);
    smk_home_close(&home);

    open_alone(&dir, &home);
    incarnation_of(&home, place[0]);
    cr_assert(eq(int, smk_home_compact(&home, &done), SMK_OK));
    incarnation_of(&home, place[1]);
    cr_assert(ne(int, memcmp(place[0], place[1], sizeof place[0]), 0), "it is another file");
    cr_assert(eq(u64, done.records, records));
    cr_assert(lt(u64, done.bytes_after, done.bytes_before));
    cr_assert(eq(int, test_store_digest(home.store, digest[1]), SMK_OK));
    cr_assert(eq(int, memcmp(digest[0], digest[1], SMK_HASH_BYTES), 0));
    cr_assert(ne(int, access(test_dir_at(&dir, "a/store/compact.new").text, F_OK), 0));

    cr_assert(eq(int, test_put(&home, "pub", 1), SMK_OK));
    cr_assert(eq(int, smk_store_each_log(home.store, newest_log, &after), SMK_OK));
    cr_assert(eq(u64, after.seq, before.seq + 1), "no new incarnation");
    smk_home_close(&home);
    test_dir_deinit(&dir);
}

Test(compact, needs_the_home_for_itself)
{
    struct test_dir dir;
    struct smk_home one, two;
    test_dir_init(&dir);
    test_home_found(&dir, "a", &one);
    cr_assert(eq(int, smk_home_open_alone(test_dir_at(&dir, "a").text, &two), SMK_ERR_STORE_BUSY));
    smk_home_close(&one);
    open_alone(&dir, &two);
    cr_assert(eq(int, smk_home_open(test_dir_at(&dir, "a").text, &one), SMK_ERR_STORE_BUSY));
    smk_home_close(&two);
    test_dir_deinit(&dir);
}

Test(compact, clears_away_what_a_killed_one_has_left)
{
    struct test_dir dir;
    struct smk_home home;
    struct smk_compaction done;
    test_dir_init(&dir);
    test_home_found(&dir, "a", &home);
    smk_home_close(&home);
    cr_assert(eq(int, mkdir(test_dir_at(&dir, "a/store/compact.new").text, 0700), 0));
    FILE *half = fopen(test_dir_at(&dir, "a/store/compact.new/data.mdb").text, "we");
    cr_assert(ne(ptr, half, NULL));
    (void)fputs("half", half);
    (void)fclose(half);
    open_alone(&dir, &home);
    cr_assert(eq(int, smk_home_compact(&home, &done), SMK_OK));
    smk_home_close(&home);
    test_dir_deinit(&dir);
}

static enum smk_err damage(struct smk_txn *t, void *ctx)
{
    uint8_t key[SMK_ARRIVAL_KEY_BYTES];
    struct smk_bytes row;
    bool is_newest = *(const bool *)ctx; /* an event; otherwise a decision, without which nothing opens */
    smk_row_write_u64(is_newest ? smk_txn_last_arrival(t) : 3, key);
    cr_assert(smk_txn_get(t, SMK_TABLE_REC, SMK_BYTES(key), &row));
    uint8_t *copy = malloc(row.len);
    memcpy(copy, row.data, row.len);
    copy[row.len - 1] ^= 1;
    smk_txn_put(t, SMK_TABLE_REC, SMK_BYTES(key), (struct smk_bytes){copy, row.len});
    free(copy);
    return SMK_OK;
}

Test(compact, leaves_a_damaged_store_as_it_is)
{
    for (unsigned i = 0; i < 2; i++) {
        struct test_dir dir;
        struct smk_home home;
        struct smk_compaction done;
        struct stat before, after;
        bool is_newest = i == 1;
        test_dir_init(&dir);
        test_home_found(&dir, "a", &home);
        cr_assert(eq(int, test_put(&home, "pub", 4), SMK_OK));
        cr_assert(eq(int, smk_db_write(home.store->db, damage, &is_newest), SMK_OK));
        smk_home_close(&home);
        open_alone(&dir, &home);
        struct test_path file = test_dir_at(&dir, "a/store/data.mdb");
        cr_assert(eq(int, stat(file.text, &before), 0));
        cr_assert(eq(int, smk_home_compact(&home, &done), SMK_ERR_STORE_DAMAGED));
        cr_assert(eq(int, stat(file.text, &after), 0));
        cr_assert(eq(u64, after.st_ino, before.st_ino));
        cr_assert(ne(ptr, home.store, NULL));
        smk_home_close(&home);
        test_dir_deinit(&dir);
    }
}
