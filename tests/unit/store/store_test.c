#include "store/store.h"

#include "proto/hash.h"
#include "store/inside.h"
#include "tests/support/stores.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(store, .init = start_crypto, .timeout = 60);

Test(store, a_founded_coalition_knows_its_device_and_survives_reopening)
{
    struct test_dir dir;
    struct smk_home home;
    test_dir_init(&dir);
    test_home_found(&dir, "a", &home);
    cr_assert(eq(int, test_put(&home, "org:sec", 3), SMK_OK));
    cr_assert(eq(int, test_put(&home, "nat", 2), SMK_OK));
    /* gov: open and 4 decisions; org:sec: open and 3; nat: open and 2 */
    cr_assert(eq(u64, test_store_records(home.store), 5 + 4 + 3));
    test_home_reopen(&home);
    cr_assert(eq(u64, test_store_records(home.store), 5 + 4 + 3));
    struct smk_roster *roster;
    cr_assert(eq(int, smk_store_roster(home.store, &roster), SMK_OK));
    const struct smk_device *device = smk_roster_device(roster, home.identity.sign.public_key);
    cr_assert(ne(ptr, (void *)(uintptr_t)device, NULL));
    cr_assert(eq(str, (char *)(uintptr_t)device->org.text, "sec"));
    cr_assert(eq(sz, device->office_count, 2));
    smk_roster_free(roster);
    smk_home_close(&home);
    test_dir_deinit(&dir);
}

Test(store, an_invited_device_gets_everything_that_it_shares)
{
    struct test_dir dir;
    struct smk_home a, b;
    uint8_t digest[2][SMK_HASH_BYTES];
    test_dir_init(&dir);
    test_home_found(&dir, "a", &a);
    test_home_decide(&a, "ctod", "member", "02", "ctod-editor", "member_editor");
    test_home_join(&dir, "b", &a, "ctod", "ctod-editor", &b);
    cr_assert(eq(int, test_put(&b, "prov:02", 30), SMK_OK));
    cr_assert(eq(int, test_put(&a, "prov:02", 3), SMK_OK));
    cr_assert(eq(u64, test_carry(a.store, b.store, "gov"), 8));
    cr_assert(eq(u64, test_carry(a.store, b.store, "prov:02"), 4));
    cr_assert(eq(u64, test_carry(b.store, a.store, "prov:02"), 31));
    cr_assert(eq(u64, test_carry(b.store, a.store, "prov:02"), 0));
    cr_assert(eq(u64, test_carry(a.store, b.store, "gov"), 0));
    cr_assert(eq(u64, test_store_records(a.store), test_store_records(b.store)));
    cr_assert(eq(int, test_store_digest(a.store, digest[0]), SMK_OK));
    cr_assert(eq(int, test_store_digest(b.store, digest[1]), SMK_OK));
    smk_home_close(&a);
    smk_home_close(&b);
    test_dir_deinit(&dir);
}
