#include "store/home.h"

#include "proto/hash.h"
#include "store/inside.h"
#include "store/keyfile.h"
#include "tests/support/builders.h"
#include "tests/support/stores.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(home, .init = start_crypto, .timeout = 60);

static unsigned mode_of(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 ? st.st_mode & 0777 : 0;
}

Test(home, is_prepared_with_folders_lock_and_keys_that_stay)
{
    struct test_dir dir;
    struct smk_home home;
    uint8_t key[SMK_KEY_BYTES];
    test_dir_init(&dir);
    struct test_path path = test_dir_at(&dir, "deep/er/home");
    cr_assert(eq(int, smk_home_open(path.text, &home), SMK_ERR_STORE_MISSING));
    cr_assert(eq(uint, mode_of(test_dir_at(&dir, "deep").text), 0), "opening makes nothing");
    cr_assert(eq(int, smk_home_prepare(path.text, &home), SMK_OK));
    cr_assert(home.has_identity);
    cr_assert(eq(sz, home.root_key_count, 0));
    cr_assert(eq(ptr, home.store, NULL));
    memcpy(key, home.identity.sign.public_key, sizeof key);
    smk_home_close(&home);
    cr_assert(eq(uint, mode_of(path.text), 0700));
    cr_assert(eq(uint, mode_of(test_dir_at(&dir, "deep/er/home/store").text), 0700));
    cr_assert(eq(uint, mode_of(test_dir_at(&dir, "deep/er/home/run").text), 0700));
    cr_assert(eq(uint, mode_of(test_dir_at(&dir, "deep/er/home/lock").text), 0600));
    cr_assert(eq(uint, mode_of(test_dir_at(&dir, "deep/er/home/device.key").text), 0600));
    cr_assert(eq(int, smk_home_prepare(path.text, &home), SMK_OK));
    cr_assert(eq(int, memcmp(key, home.identity.sign.public_key, sizeof key), 0));
    smk_home_close(&home);
    smk_home_close(&home); /* twice is fine */
    cr_assert(eq(int, smk_home_open(path.text, &home), SMK_ERR_STORE_MISSING));
    test_dir_deinit(&dir);
}

Test(home, shares_its_lock_and_waits_for_nobody)
{
    struct test_dir dir;
    struct smk_home one, two;
    test_dir_init(&dir);
    test_home_found(&dir, "a", &one);
    cr_assert(eq(int, smk_home_prepare(test_dir_at(&dir, "a").text, &two), SMK_OK)); /* shared */
    smk_home_close(&two);
    smk_home_close(&one);
    int fd = open(test_dir_at(&dir, "a/lock").text, O_RDWR);
    cr_assert(eq(int, flock(fd, LOCK_EX | LOCK_NB), 0));
    cr_assert(eq(int, smk_home_open(test_dir_at(&dir, "a").text, &one), SMK_ERR_STORE_BUSY));
    cr_assert(eq(int, smk_home_prepare(test_dir_at(&dir, "a").text, &one), SMK_ERR_STORE_BUSY));
    (void)close(fd);
    cr_assert(eq(int, smk_home_open(test_dir_at(&dir, "a").text, &one), SMK_OK));
    smk_home_close(&one);
    test_dir_deinit(&dir);
}

Test(home, refuses_key_files_that_are_damaged_or_open_to_others)
{
    struct test_dir dir;
    struct smk_home home;
    test_dir_init(&dir);
    struct test_path path = test_dir_at(&dir, "a"), file = test_dir_at(&dir, "a/device.key");
    cr_assert(eq(int, smk_home_prepare(path.text, &home), SMK_OK));
    smk_home_close(&home);
    size_t bytes = test_file_bytes(file.text);
    cr_assert(eq(sz, bytes, 16 + 3 * 32 + 32));
    for (size_t i = 0; i < bytes; i++) {
        unsigned char was = test_file_peek(file.text, i);
        test_file_poke(file.text, i, was ^ 1);
        cr_assert(eq(int, smk_home_prepare(path.text, &home), SMK_ERR_KEY_FILE), "byte %zu", i);
        test_file_poke(file.text, i, was);
    }
    static const mode_t open_modes[] = {0640, 0604, 0660, 0610, 0601, 0602};
    for (size_t i = 0; i < sizeof open_modes / sizeof open_modes[0]; i++) {
        cr_assert(eq(int, chmod(file.text, open_modes[i]), 0));
        cr_assert(eq(int, smk_home_prepare(path.text, &home), SMK_ERR_KEY_FILE), "mode %o", open_modes[i]);
    }
    cr_assert(eq(int, chmod(file.text, 0400), 0));
    cr_assert(eq(int, smk_home_prepare(path.text, &home), SMK_OK));
    smk_home_close(&home);
    cr_assert(eq(int, chmod(file.text, 0600), 0));
    test_copy_file(file.text, test_dir_at(&dir, "kept").text);
    test_file_cut(file.text, bytes - 1);
    cr_assert(eq(int, smk_home_prepare(path.text, &home), SMK_ERR_KEY_FILE), "cut");
    cr_assert(eq(int, unlink(file.text), 0));
    cr_assert(eq(int, symlink(test_dir_at(&dir, "kept").text, file.text), 0));
    cr_assert(eq(int, smk_home_prepare(path.text, &home), SMK_ERR_KEY_FILE), "a link");
    if (geteuid() == 0) {
        cr_assert(eq(int, unlink(file.text), 0));
        test_copy_file(test_dir_at(&dir, "kept").text, file.text);
        cr_assert(eq(int, chown(file.text, 12345, 0), 0));
        cr_assert(eq(int, smk_home_prepare(path.text, &home), SMK_ERR_KEY_FILE), "somebody else's");
    }
    test_dir_deinit(&dir);
}

Test(home, key_files_are_never_replaced)
{
    struct test_dir dir;
    struct smk_keyfile k = {.kind = SMK_KEYFILE_ROOT, .count = 2}, back;
    test_dir_init(&dir);
    struct test_path path = test_dir_at(&dir, "root.key");
    smk_random(k.secret, sizeof k.secret[0] * 2);
    cr_assert(eq(int, smk_keyfile_read(path.text, SMK_KEYFILE_ROOT, &back), SMK_ERR_NOT_FOUND));
    cr_assert(eq(int, smk_keyfile_write(path.text, &k), SMK_OK));
    cr_assert(eq(int, smk_keyfile_write(path.text, &k), SMK_ERR_EXISTS));
    cr_assert(eq(int, smk_keyfile_read(path.text, SMK_KEYFILE_ROOT, &back), SMK_OK));
    cr_assert(eq(int, memcmp(&back, &k, sizeof k), 0));
    cr_assert(eq(int, smk_keyfile_read(path.text, SMK_KEYFILE_DEVICE, &back), SMK_ERR_KEY_FILE));
    cr_assert(eq(int, smk_keyfile_write(test_dir_at(&dir, "no/where").text, &k), SMK_ERR_IO));
    test_dir_deinit(&dir);
}

Test(home, a_copy_without_keys_opens_for_reading)
{
    struct test_dir dir;
    struct smk_home home, copy;
    test_dir_init(&dir);
    test_home_found(&dir, "a", &home);
    cr_assert(eq(int, test_put(&home, "nat", 3), SMK_OK));
    cr_assert(eq(int, mkdir(test_dir_at(&dir, "b").text, 0700), 0));
    cr_assert(eq(int, mkdir(test_dir_at(&dir, "b/store").text, 0700), 0));
    test_copy_file(test_dir_at(&dir, "a/store/data.mdb").text, test_dir_at(&dir, "b/store/data.mdb").text);
    cr_assert(eq(int, smk_home_open(test_dir_at(&dir, "b").text, &copy), SMK_OK));
    cr_assert(not(copy.has_identity));
    cr_assert(eq(u64, test_store_records(copy.store), test_store_records(home.store)));
    cr_assert(eq(int, test_put(&copy, "nat", 1), SMK_ERR_NOT_ALLOWED_HERE));
    smk_home_close(&copy);
    smk_home_close(&home);
    test_dir_deinit(&dir);
}

Test(home, a_founding_that_is_refused_or_cut_short_can_be_done_again)
{
    struct test_dir dir;
    struct smk_home home;
    struct smk_decision org = test_organisation("sec", "secretariat", "");
    struct smk_decision office = test_office("sec-approver", "sec", "secretariat_approver", "");
    struct smk_decision bad = test_office("NO SLUG", "sec", "secretariat_approver", "");
    test_dir_init(&dir);
    struct test_path path = test_dir_at(&dir, "a"), data = test_dir_at(&dir, "a/store/data.mdb");
    cr_assert(eq(int, smk_home_prepare(path.text, &home), SMK_OK));
    cr_assert(eq(int, smk_home_found(&home, "", "Asia/Phnom_Penh", &org.organisation, &office.office, 1),
                 SMK_ERR_INVALID));
    cr_assert(eq(int, smk_home_found(&home, "C", "Asia/Phnom_Penh", &org.organisation, &bad.office, 1),
                 SMK_ERR_INVALID));
    cr_assert(eq(uint, mode_of(data.text), 0), "nothing is left");
    /* cut short between making the store and the first decisions */
    struct smk_buf genesis = {.max = SMK_GENESIS_BYTES_MAX};
    struct smk_genesis g = {.name = "C", .time_zone = "UTC", .k = 1, .key_count = 1};
    cr_assert(eq(sz, home.root_key_count, 1));
    memcpy(g.key[0], home.root_key[0].public_key, SMK_KEY_BYTES);
    smk_genesis_encode(&g, &genesis);
    cr_assert(eq(int, smk_store_create(test_dir_at(&dir, "a/store").text, smk_buf_view(&genesis)), SMK_OK));
    cr_assert(
        eq(int, smk_home_found(&home, "C", "Asia/Phnom_Penh", &org.organisation, &office.office, 1), SMK_OK));
    cr_assert(
        eq(int, smk_home_found(&home, "C", "UTC", &org.organisation, &office.office, 1), SMK_ERR_EXISTS));
    smk_home_close(&home);
    cr_assert(eq(int, smk_home_prepare(path.text, &home), SMK_OK));
    cr_assert(
        eq(int, smk_home_found(&home, "C", "UTC", &org.organisation, &office.office, 1), SMK_ERR_EXISTS));
    smk_home_close(&home);
    cr_assert(eq(int, smk_home_open(path.text, &home), SMK_OK));
    cr_assert(eq(u64, test_store_records(home.store), 4));
    smk_home_close(&home);
    smk_buf_deinit(&genesis);
    test_dir_deinit(&dir);
}

Test(home, a_poke_reaches_who_listens_and_nobody_is_no_error)
{
    struct test_dir dir;
    struct smk_home home;
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    char byte[4];
    test_dir_init(&dir);
    cr_assert(eq(int, smk_home_prepare(test_dir_at(&dir, "a").text, &home), SMK_OK));
    smk_home_poke(&home);
    struct test_path path = test_dir_at(&dir, "a/run/poke");
    cr_assert(lt(sz, strlen(path.text), sizeof at.sun_path));
    memcpy(at.sun_path, path.text, strlen(path.text) + 1);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    cr_assert(eq(int, bind(fd, (struct sockaddr *)&at, sizeof at), 0));
    smk_home_poke(&home);
    cr_assert(eq(int, (int)recv(fd, byte, sizeof byte, MSG_DONTWAIT), 1));
    for (int i = 0; i < 5000; i++)
        smk_home_poke(&home); /* a full queue does not hold anybody up */
    (void)close(fd);
    smk_home_close(&home);
    test_dir_deinit(&dir);
}

Test(home, names_that_are_too_long_are_refused)
{
    char path[SMK_HOME_PATH_MAX], home[SMK_HOME_PATH_MAX + 10];
    struct smk_home h;
    memset(home, 'x', sizeof home - 1);
    home[sizeof home - 1] = 0;
    cr_assert(not(smk_home_join(home, "store", path)));
    cr_assert(eq(int, smk_home_open(home, &h), SMK_ERR_IO));
    cr_assert(eq(int, smk_home_prepare("", &h), SMK_ERR_IO));
    cr_assert(smk_home_join("/a", "b", path));
    cr_assert(eq(str, path, "/a/b"));
}
