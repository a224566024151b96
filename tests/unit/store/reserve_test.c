#include "store/reserve.h"

#include "proto/hash.h"
#include "store/inside.h"
#include "store/local.h"
#include "tests/support/builders.h"
#include "tests/support/stores.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(reserve, .init = start_crypto, .timeout = 120);

enum { DISK_BYTES = 4 * 1024 * 1024 };

/* In processes of their own there is no Criterion: the number says where it went wrong. */
#define DEMAND(condition)               \
    do {                                \
        if (!(condition))               \
            _exit(__LINE__ % 200 + 20); \
    } while (0)

static bool stands(const struct test_dir *dir, const char *name)
{
    struct stat st;
    return stat(test_dir_at(dir, name).text, &st) == 0 && st.st_size > 0;
}

/* Takes all the room that the disk has left. */
static void ballast_take(const struct test_dir *dir)
{
    static const uint8_t block[512] = {1};
    int fd = open(test_dir_at(dir, "disk/ballast").text, O_WRONLY | O_CREAT, 0600);
    DEMAND(fd >= 0);
    while (write(fd, block, sizeof block) == (ssize_t)sizeof block)
        continue;
    DEMAND(errno == ENOSPC);
    (void)close(fd);
}

static enum smk_err decide(struct smk_home *h, const char *slug)
{
    struct smk_decision d = test_organisation(slug, "member", "02");
    size_t written;
    return smk_store_decide(h->store, &h->identity, h->root_key, h->root_key_count, &d, 1, &written);
}

static void live_on_a_small_disk(const struct test_dir *dir)
{
    struct smk_home home;
    struct smk_peer_row peer = {.sign_key = {7}};
    test_home_found(dir, "disk/a", &home);
    DEMAND(test_put(&home, "pub", 5) == SMK_OK);
    DEMAND(stands(dir, "disk/a/store/reserve"));
    uint64_t records = test_store_records(home.store);

    ballast_take(dir);
    DEMAND(test_put(&home, "pub", 1000) == SMK_ERR_STORE_FULL);
    DEMAND(stands(dir, "disk/a/store/reserve")); /* no ordinary write touches it */
    DEMAND(test_store_records(home.store) == records);

    for (int i = 0; i < 20; i++) {
        char slug[16];
        (void)snprintf(slug, sizeof slug, "org-%d", i);
        DEMAND(decide(&home, slug) == SMK_OK);
        peer.compared_ms = (uint64_t)i;
        DEMAND(smk_local_put_peer(home.store, &peer) == SMK_OK);
        records++;
    }
    DEMAND(!stands(dir, "disk/a/store/reserve"));
    DEMAND(test_put(&home, "pub", 1) == SMK_ERR_STORE_FULL); /* what was given up is not for it */
    DEMAND(test_store_records(home.store) == records);

    DEMAND(unlink(test_dir_at(dir, "disk/ballast").text) == 0);
    DEMAND(test_put(&home, "pub", 10) == SMK_OK); /* nobody had to open it again */
    DEMAND(stands(dir, "disk/a/store/reserve"));
    test_home_reopen(&home);
    DEMAND(test_store_records(home.store) == records + 10);
    smk_home_close(&home);
    _exit(0);
}

/* Runs fn in a process of its own with a disk of 4 MiB at DIR/disk. */
static void on_a_small_disk(void (*fn)(const struct test_dir *dir))
{
    struct test_dir dir;
    int status = -1;
    test_dir_init(&dir);
    struct test_path disk = test_dir_at(&dir, "disk");
    cr_assert(eq(int, mkdir(disk.text, 0700), 0));
    if (mount("samaki-test", disk.text, "tmpfs", 0, "size=4m") != 0) {
        test_dir_deinit(&dir);
        cr_skip_test("a small disk cannot be mounted here");
    }
    pid_t pid = fork();
    if (pid == 0)
        fn(&dir);
    if (pid > 0)
        (void)waitpid(pid, &status, 0);
    int unmounted = umount(disk.text);
    test_dir_deinit(&dir);
    cr_assert(eq(int, status, 0), "exit code %d", WEXITSTATUS(status));
    cr_assert(eq(int, unmounted, 0));
}

Test(reserve, lets_small_writes_through_on_a_full_disk_and_comes_back)
{
    on_a_small_disk(live_on_a_small_disk);
}

/* Takes a scope of another store; the verdict of the last message. */
static struct smk_store_verdict take_scope(struct smk_home *from, struct smk_home *to, const char *scope)
{
    struct test_mail mail;
    struct smk_store_verdict verdict[64] = {{0}};
    test_mail_of(from->store, scope, &mail);
    DEMAND(mail.count >= 1);
    DEMAND(mail.count <= 64);
    DEMAND(test_mail_take(to->store, &mail, verdict) == SMK_OK);
    size_t last = mail.count - 1;
    test_mail_deinit(&mail);
    return verdict[last];
}

static void hear_of_governance(const struct test_dir *dir)
{
    struct smk_home founder, member;
    test_home_found(dir, "f", &founder);
    test_home_decide(&founder, "ctod", "member", "02", "ctod-editor", "member_editor");
    test_home_join(dir, "disk/m", &founder, "ctod", "ctod-editor", &member);
    DEMAND(take_scope(&founder, &member, "gov").err == SMK_OK);
    ballast_take(dir);
    DEMAND(test_put(&member, "pub", 1000) == SMK_ERR_STORE_FULL);
    DEMAND(decide(&founder, "late") == SMK_OK);
    DEMAND(test_put(&founder, "pub", 500) == SMK_OK);
    struct smk_store_verdict v = take_scope(&founder, &member, "gov");
    DEMAND(v.err == SMK_OK);
    DEMAND(v.new_records == 1);
    v = take_scope(&founder, &member, "pub");
    DEMAND(v.err == SMK_ERR_STORE_FULL);
    DEMAND(v.new_records == 0);
    smk_home_close(&member);
    smk_home_close(&founder);
    _exit(0);
}

Test(reserve, takes_governance_from_others_on_a_full_disk)
{
    on_a_small_disk(hear_of_governance);
}

Test(reserve, is_made_once_and_left_alone_where_a_process_may_not_make_it)
{
    struct test_dir dir;
    struct stat st;
    test_dir_init(&dir);
    cr_assert(smk_reserve_keep(dir.path));
    cr_assert(eq(int, stat(test_dir_at(&dir, "reserve").text, &st), 0));
    cr_assert(eq(u64, (uint64_t)st.st_size, SMK_RESERVE_BYTES));
    cr_assert(ge(u64, (uint64_t)st.st_blocks * 512, SMK_RESERVE_BYTES), "its room is taken");
    cr_assert(eq(int, st.st_mode & 0777, 0600));
    ino_t inode = st.st_ino;
    cr_assert(smk_reserve_keep(dir.path));
    cr_assert(eq(int, stat(test_dir_at(&dir, "reserve").text, &st), 0));
    cr_assert(eq(u64, st.st_ino, inode));
    cr_assert(smk_reserve_give_up(dir.path));
    cr_assert(not(smk_reserve_give_up(dir.path)));
    const struct rlimit limit = {1 << 20, RLIM_INFINITY};
    cr_assert(eq(int, setrlimit(RLIMIT_FSIZE, &limit), 0));
    cr_assert(smk_reserve_keep(dir.path), "that this process may not is no lack of room");
    cr_assert(ne(int, stat(test_dir_at(&dir, "reserve").text, &st), 0));
    test_dir_deinit(&dir);
}

Test(reserve, takes_the_place_of_what_a_killed_process_has_left)
{
    struct test_dir dir;
    test_dir_init(&dir);
    int fd = open(test_dir_at(&dir, "reserve.new").text, O_WRONLY | O_CREAT, 0600);
    cr_assert(ge(int, fd, 0));
    (void)close(fd);
    fd = open(test_dir_at(&dir, "reserve").text, O_WRONLY | O_CREAT, 0600); /* empty: no room is in it */
    cr_assert(ge(int, fd, 0));
    (void)close(fd);
    cr_assert(smk_reserve_keep(dir.path));
    cr_assert(eq(sz, test_file_bytes(test_dir_at(&dir, "reserve").text), SMK_RESERVE_BYTES));
    cr_assert(ne(int, access(test_dir_at(&dir, "reserve.new").text, F_OK), 0));
    test_dir_deinit(&dir);
}
