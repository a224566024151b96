#include "store/db.h"

#include "store/dbfile.h"
#include "store/rows.h"
#include "tests/support/tempdir.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(db, .timeout = 60);

enum { ROW_BYTES = 3000 };

/* Appends rows to `rec`, numbered from after the last one on. */
struct filling {
    uint64_t count;
    uint64_t last;
    int attempts;
};

static enum smk_err fill(struct smk_txn *t, void *ctx)
{
    struct filling *f = ctx;
    struct smk_cursor c;
    f->attempts++;
    smk_cursor_open(&c, t, SMK_TABLE_REC);
    f->last = smk_cursor_last(&c) ? smk_row_read_u64(c.key) : 0;
    smk_cursor_close(&c);
    for (uint64_t i = 0; i < f->count; i++) {
        uint8_t key[8];
        smk_row_write_u64(++f->last, key);
        uint8_t *at = smk_txn_append(t, SMK_TABLE_REC, SMK_BYTES(key), ROW_BYTES);
        if (at == NULL)
            break;
        memset(at, (int)f->last, ROW_BYTES);
    }
    return t->err;
}

static enum smk_err write_rows(struct smk_db *db, uint64_t count)
{
    return smk_db_write(db, fill, &(struct filling){.count = count});
}

static enum smk_err write_nothing(struct smk_txn *t, void *ctx)
{
    (void)ctx;
    return t->err;
}

static enum smk_err write_and_refuse(struct smk_txn *t, void *ctx)
{
    (void)ctx;
    smk_txn_put(t, SMK_TABLE_META, smk_bytes_of_text("no"), smk_bytes_of_text("trace"));
    return SMK_ERR_INVALID;
}

static uint64_t count_rows(struct smk_db *db)
{
    struct smk_txn t;
    smk_txn_begin_read(&t, db);
    uint64_t count = smk_txn_count(&t, SMK_TABLE_REC);
    cr_assert(eq(int, smk_txn_end(&t), SMK_OK));
    return count;
}

static struct smk_db *db_at(const char *folder, bool is_read_only, uint64_t map_bytes)
{
    struct smk_db *db = NULL;
    struct smk_db_options options = {.path = folder, .is_read_only = is_read_only, .map_bytes = map_bytes};
    cr_assert(eq(int, smk_db_open(&options, &db), SMK_OK));
    return db;
}

static enum smk_err open_err(const char *folder, bool is_read_only)
{
    struct smk_db *db = NULL;
    struct smk_db_options options = {.path = folder, .is_read_only = is_read_only};
    enum smk_err err = smk_db_open(&options, &db);
    smk_db_close(db);
    return err;
}

/* A new environment in DIR/s. */
static struct test_path fresh(struct test_dir *dir)
{
    test_dir_init(dir);
    struct test_path folder = test_dir_at(dir, "s");
    cr_assert(eq(int, smk_db_create(folder.text, write_nothing, NULL), SMK_OK));
    return folder;
}

Test(db, is_made_once_and_whole)
{
    struct test_dir dir;
    struct stat st;
    struct test_path folder = fresh(&dir);
    cr_assert(eq(int, smk_db_create(folder.text, write_nothing, NULL), SMK_ERR_EXISTS));
    cr_assert(eq(int, stat(test_dir_at(&dir, "s/data.mdb").text, &st), 0));
    cr_assert(eq(int, st.st_mode & 077, 0));
    cr_assert(ne(int, stat(test_dir_at(&dir, "s/data.mdb.new").text, &st), 0));
    cr_assert(ne(int, stat(test_dir_at(&dir, "s/data.mdb.new-lock").text, &st), 0));
    /* a creation that fails leaves nothing behind */
    struct test_path other = test_dir_at(&dir, "t");
    cr_assert(eq(int, smk_db_create(other.text, write_and_refuse, NULL), SMK_ERR_INVALID));
    cr_assert(eq(int, open_err(other.text, false), SMK_ERR_STORE_MISSING));
    cr_assert(eq(int, smk_db_create(other.text, write_nothing, NULL), SMK_OK));
    test_dir_deinit(&dir);
}

Test(db, says_why_it_does_not_open)
{
    struct test_dir dir;
    struct test_path folder = fresh(&dir), file = test_dir_at(&dir, "s/data.mdb");
    struct smk_db *db = db_at(folder.text, false, 0);
    cr_assert(eq(int, write_rows(db, 20), SMK_OK));
    smk_db_close(db);
    size_t bytes = test_file_bytes(file.text);
    test_copy_file(file.text, test_dir_at(&dir, "whole").text);

    cr_assert(eq(int, open_err(test_dir_at(&dir, "nowhere").text, false), SMK_ERR_STORE_MISSING));
    cr_assert(eq(int, open_err(dir.path, false), SMK_ERR_STORE_MISSING));
    test_file_cut(file.text, bytes - 1);
    cr_assert(eq(int, open_err(folder.text, false), SMK_ERR_STORE_DAMAGED), "one byte short");
    test_file_cut(file.text, 100);
    cr_assert(eq(int, open_err(folder.text, false), SMK_ERR_STORE_DAMAGED), "a stump");
    test_file_cut(file.text, 0);
    cr_assert(eq(int, open_err(folder.text, false), SMK_ERR_STORE_DAMAGED), "empty");
    test_copy_file(test_dir_at(&dir, "whole").text, file.text);
    test_file_poke(file.text, 4096 + 20, 9);
    cr_assert(eq(int, open_err(folder.text, false), SMK_ERR_STORE_DAMAGED), "as only one page says");
    test_file_poke(file.text, 20, 9);
    cr_assert(eq(int, open_err(folder.text, false), SMK_ERR_STORE_VERSION), "another data format");
    test_file_poke(file.text, 20, 1);
    test_file_poke(file.text, 4096 + 20, 1);
    test_file_poke(file.text, 16, 0);
    cr_assert(eq(int, open_err(folder.text, false), SMK_ERR_STORE_DAMAGED), "no magic number");
    test_copy_file("/bin/sh", file.text);
    cr_assert(eq(int, open_err(folder.text, false), SMK_ERR_STORE_DAMAGED), "something else");
    test_copy_file(test_dir_at(&dir, "whole").text, file.text);
    cr_assert(eq(int, open_err(folder.text, false), SMK_OK));
    test_dir_deinit(&dir);
}

Test(db, grows_from_a_small_map_while_others_read)
{
    struct test_dir dir;
    struct test_path folder = fresh(&dir);
    struct smk_db *db = db_at(folder.text, false, 1 << 20);
    struct filling f = {.count = 2000}; /* 8 MiB */
    cr_assert(eq(u64, smk_db_map_bytes(db), 1 << 20));
    cr_assert(eq(int, smk_db_write(db, fill, &f), SMK_OK));
    cr_assert(ge(int, f.attempts, 4));
    cr_assert(ge(u64, smk_db_map_bytes(db), 8 << 20));
    cr_assert(eq(u64, count_rows(db), 2000));
    smk_db_close(db);
    db = db_at(folder.text, false, 1 << 20);
    cr_assert(eq(u64, count_rows(db), 2000));
    cr_assert(ge(u64, smk_db_map_bytes(db), 16 << 20)); /* twice what is in use */
    smk_db_close(db);
    test_dir_deinit(&dir);
}

static void in_child(void (*fn)(const char *folder), const char *folder)
{
    int status;
    pid_t pid = fork();
    cr_assert(ne(int, pid, -1));
    if (pid == 0) {
        fn(folder);
        _exit(0);
    }
    cr_assert(eq(int, waitpid(pid, &status, 0), pid));
    cr_assert(eq(int, status, 0));
}

/* How many bytes of the map are in use. */
static uint64_t used_bytes(const char *folder)
{
    struct smk_dbfile file;
    char path[SMK_DB_PATH_MAX];
    cr_assert(smk_db_join(folder, "data.mdb", path));
    cr_assert(eq(int, smk_dbfile_look(path, &file), SMK_OK));
    return (file.meta[file.newest].last_page + 1) * file.page_bytes;
}

Test(db, grows_whether_the_map_is_nearly_full_or_full_to_the_last_page)
{
    static const unsigned percent[] = {90, 98, 100};
    for (size_t i = 0; i < sizeof percent / sizeof percent[0]; i++) {
        struct test_dir dir;
        struct test_path folder = fresh(&dir);
        struct smk_db *db = db_at(folder.text, false, 1 << 20);
        uint64_t rows = 0, full = (1 << 20) / 100 * percent[i] - 8192;
        while (used_bytes(folder.text) < full && smk_db_map_bytes(db) == 1 << 20) {
            cr_assert(eq(int, write_rows(db, 1), SMK_OK));
            rows++;
        }
        struct filling f = {.count = 400};
        cr_assert(eq(int, smk_db_write(db, fill, &f), SMK_OK), "%u %%", percent[i]);
        cr_assert(ge(int, f.attempts, 2), "%u %%: the map had to grow", percent[i]);
        cr_assert(eq(u64, count_rows(db), rows + 400), "%u %%", percent[i]);
        cr_assert(eq(int, smk_db_write_vital(db, fill, &f), SMK_OK));
        smk_db_close(db);
        test_dir_deinit(&dir);
    }
}

/* Addresses that this process has taken. */
static uint64_t address_bytes(void)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL || fscanf(file, "%llu", &pages) != 1)
        _exit(30);
    (void)fclose(file);
    return pages * 4096;
}

static void run_out_of_addresses(const char *folder)
{
    const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    struct smk_db *db = NULL;
    struct smk_db_options options = {.path = folder, .map_bytes = 32 << 20};
    if (smk_db_open(&options, &db) != SMK_OK || write_rows(db, 100) != SMK_OK)
        _exit(1);
    const struct rlimit tight = {address_bytes() + (24 << 20), RLIM_INFINITY}; /* not enough for 64 MiB */
    if (setrlimit(RLIMIT_AS, &tight) != 0)
        _exit(9);
    enum smk_err err;
    uint64_t rows = 100;
    while ((err = write_rows(db, 100)) == SMK_OK)
        rows += 100;
    if (err != SMK_ERR_STORE_FULL || count_rows(db) != rows)
        _exit(2);
    if (write_rows(db, 1000) != SMK_ERR_STORE_FULL || count_rows(db) != rows ||
        smk_db_map_bytes(db) != 32 << 20)
        _exit(3);
    if (setrlimit(RLIMIT_AS, &none) != 0 || write_rows(db, 1000) != SMK_OK || count_rows(db) != rows + 1000)
        _exit(4); /* the same open environment goes on */
    smk_db_close(db);
}

Test(db, stays_readable_when_there_are_no_addresses_for_a_larger_map)
{
    struct test_dir dir;
    struct test_path folder = fresh(&dir);
    in_child(run_out_of_addresses, folder.text);
    test_dir_deinit(&dir);
}

struct reader {
    struct smk_db *db;
    atomic_bool is_over;
    uint64_t reads;
    bool is_sound;
};

static void *read_all_the_time(void *ctx)
{
    struct reader *r = ctx;
    r->is_sound = true;
    while (!atomic_load(&r->is_over)) {
        struct smk_txn t;
        struct smk_cursor c;
        smk_txn_begin_read(&t, r->db);
        smk_cursor_open(&c, &t, SMK_TABLE_REC);
        for (bool is_row = smk_cursor_first(&c); is_row; is_row = smk_cursor_next(&c))
            r->is_sound = r->is_sound && c.value.len == ROW_BYTES &&
                          c.value.data[ROW_BYTES - 1] == (uint8_t)smk_row_read_u64(c.key);
        smk_cursor_close(&c);
        r->is_sound = smk_txn_end(&t) == SMK_OK && r->is_sound;
        r->reads++;
    }
    return NULL;
}

Test(db, replaces_the_map_between_the_reads_of_another_thread)
{
    struct test_dir dir;
    struct test_path folder = fresh(&dir);
    struct smk_db *db = db_at(folder.text, false, 1 << 16);
    struct reader r = {.db = db};
    pthread_t thread;
    cr_assert(eq(int, pthread_create(&thread, NULL, read_all_the_time, &r), 0));
    for (int i = 0; i < 60; i++)
        cr_assert(eq(int, write_rows(db, 10), SMK_OK));
    atomic_store(&r.is_over, true);
    cr_assert(eq(int, pthread_join(thread, NULL), 0));
    cr_assert(r.is_sound);
    cr_assert(gt(u64, r.reads, 0));
    cr_assert(eq(u64, count_rows(db), 600));
    smk_db_close(db);
    test_dir_deinit(&dir);
}

static void grow_it(const char *folder)
{
    struct smk_db *db = NULL;
    struct smk_db_options options = {.path = folder, .map_bytes = 1 << 16};
    if (smk_db_open(&options, &db) != SMK_OK || write_rows(db, 1000) != SMK_OK)
        _exit(1);
    smk_db_close(db);
}

Test(db, follows_when_another_process_has_made_the_map_larger)
{
    struct test_dir dir;
    struct test_path folder = fresh(&dir);
    struct smk_db *db = db_at(folder.text, false, 1 << 16);
    uint64_t moment = smk_db_moment(db);
    in_child(grow_it, folder.text);
    cr_assert(gt(u64, smk_db_moment(db), moment));
    cr_assert(eq(u64, count_rows(db), 1000));
    cr_assert(eq(int, write_rows(db, 5), SMK_OK));
    cr_assert(eq(u64, count_rows(db), 1005));
    smk_db_close(db);
    test_dir_deinit(&dir);
}

static void read_and_die(const char *folder)
{
    struct smk_db *db = NULL;
    struct smk_db_options options = {.path = folder};
    if (smk_db_open(&options, &db) != SMK_OK)
        _exit(1);
    for (int i = 0; i < 60; i++) {
        struct smk_txn t;
        smk_txn_begin_read(&t, db);
        if (t.err != SMK_OK)
            _exit(2);
    }
    _exit(0); /* the slots stay taken */
}

Test(db, takes_back_the_slots_of_readers_that_died)
{
    struct test_dir dir;
    struct test_path folder = fresh(&dir);
    struct smk_db *db =
        db_at(folder.text, false, 0); /* open all the time: so the slots are not new each time */
    for (int i = 0; i < 6; i++)
        in_child(read_and_die, folder.text); /* more than there are slots */
    for (int i = 0; i < 5; i++)
        cr_assert(eq(u64, count_rows(db), 0));
    smk_db_close(db);
    test_dir_deinit(&dir);
}

static enum smk_err note_turn(struct smk_txn *t, void *ctx)
{
    smk_txn_put(t, SMK_TABLE_LOCAL, smk_bytes_of_text("turn"), *(struct smk_bytes *)ctx);
    return t->err;
}

/* Commits that only replace rows: where free pages are used again, the file does not grow. */
static void rewrite(struct smk_db *db, size_t turns)
{
    for (size_t i = 0; i < turns; i++) {
        uint8_t value[64] = {(uint8_t)i, (uint8_t)(i >> 8)};
        struct smk_bytes bytes = SMK_BYTES(value);
        cr_assert(eq(int, smk_db_write(db, note_turn, &bytes), SMK_OK));
    }
}

/* Reads in a process of its own until somebody kills it. */
static pid_t reader_start(const char *folder)
{
    int ready[2];
    char byte = 0;
    cr_assert(eq(int, pipe(ready), 0));
    pid_t pid = fork();
    if (pid == 0) {
        struct smk_db *db = NULL;
        struct smk_db_options options = {.path = folder};
        struct smk_txn t = {.err = smk_db_open(&options, &db)};
        if (t.err == SMK_OK)
            smk_txn_begin_read(&t, db);
        if (t.err == SMK_OK && write(ready[1], "r", 1) == 1)
            for (;;)
                (void)pause();
        _exit(1);
    }
    (void)close(ready[1]);
    cr_assert(eq(int, (int)read(ready[0], &byte, 1), 1));
    (void)close(ready[0]);
    return pid;
}

Test(db, does_not_grow_for_readers_that_were_killed)
{
    enum { READERS = 100, TURNS = 640 };
    struct test_dir dir;
    struct test_path folder = fresh(&dir), file = test_dir_at(&dir, "s/data.mdb");
    struct smk_db *db = db_at(folder.text, false, 0);
    pid_t reader[READERS];
    rewrite(db, TURNS);
    size_t before = test_file_bytes(file.text);
    for (int i = 0; i < READERS; i++)
        reader[i] = reader_start(folder.text);
    rewrite(db, 10); /* what they see has to stay */
    for (int i = 0; i < READERS; i++) {
        cr_assert(eq(int, kill(reader[i], SIGKILL), 0));
        cr_assert(eq(int, waitpid(reader[i], NULL, 0), reader[i]));
    }
    rewrite(db, 64); /* within these the slots are looked at */
    size_t swept = test_file_bytes(file.text);
    rewrite(db, TURNS);
    size_t after = test_file_bytes(file.text);
    cr_assert(le(sz, after, swept + swept / 10), "%zu bytes, %zu, %zu", before, swept, after);
    smk_db_close(db);
    test_dir_deinit(&dir);
}

Test(db, keeps_nothing_of_a_write_that_ends_badly_and_commits_nothing_without_changes)
{
    struct test_dir dir;
    struct test_path folder = fresh(&dir);
    struct smk_db *db = db_at(folder.text, false, 0);
    struct smk_txn t;
    struct smk_bytes value;
    uint64_t moment = smk_db_moment(db);
    cr_assert(eq(int, smk_db_write(db, write_and_refuse, NULL), SMK_ERR_INVALID));
    cr_assert(eq(int, smk_db_write(db, write_nothing, NULL), SMK_OK));
    cr_assert(eq(u64, smk_db_moment(db), moment));
    smk_txn_begin_read(&t, db);
    cr_assert(not(smk_txn_get(&t, SMK_TABLE_META, smk_bytes_of_text("no"), &value)));
    cr_assert(eq(int, smk_txn_end(&t), SMK_OK));
    cr_assert(eq(int, write_rows(db, 1), SMK_OK));
    cr_assert(eq(u64, smk_db_moment(db), moment + 1));
    smk_db_close(db);
    test_dir_deinit(&dir);
}

Test(db, opens_a_copy_without_a_lock_file_for_reading_only)
{
    struct test_dir dir;
    struct test_path folder = fresh(&dir), copy = test_dir_at(&dir, "copy");
    struct stat st;
    struct smk_db *db = db_at(folder.text, false, 0);
    cr_assert(eq(int, write_rows(db, 7), SMK_OK));
    smk_db_close(db);
    cr_assert(eq(int, mkdir(copy.text, 0700), 0));
    test_copy_file(test_dir_at(&dir, "s/data.mdb").text, test_dir_at(&dir, "copy/data.mdb").text);
    db = db_at(copy.text, true, 0);
    cr_assert(eq(u64, count_rows(db), 7));
    cr_assert(eq(int, write_rows(db, 1), SMK_ERR_NOT_ALLOWED_HERE));
    smk_db_close(db);
    cr_assert(ne(int, stat(test_dir_at(&dir, "copy/lock.mdb").text, &st), 0));
    test_dir_deinit(&dir);
}

/* Writes until the disk is full; what was there before is there after, and space helps. */
static void fill_up(const char *folder)
{
    struct smk_db *db = NULL;
    struct smk_db_options options = {.path = folder};
    enum smk_err err = smk_db_open(&options, &db);
    uint64_t stored = 0;
    if (err != SMK_OK)
        _exit(1);
    while ((err = write_rows(db, 20)) == SMK_OK)
        stored += 20;
    if (err != SMK_ERR_STORE_FULL || stored == 0 || count_rows(db) != stored)
        _exit(2);
    if (write_rows(db, 20) != SMK_ERR_STORE_FULL) /* and again, and still not broken */
        _exit(3);
    smk_db_close(db);
    if (smk_db_open(&options, &db) != SMK_OK || count_rows(db) != stored)
        _exit(4);
    smk_db_close(db);
}

static void fill_up_limited(const char *folder)
{
    const struct rlimit limit = {2 << 20, 2 << 20};
    (void)signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        _exit(9);
    fill_up(folder);
}

Test(db, stays_readable_when_a_file_may_not_grow_any_more)
{
    struct test_dir dir;
    struct test_path folder = fresh(&dir);
    in_child(fill_up_limited, folder.text);
    struct smk_db *db = db_at(folder.text, false, 0);
    cr_assert(eq(int, write_rows(db, 500), SMK_OK)); /* without the limit it goes on */
    smk_db_close(db);
    test_dir_deinit(&dir);
}

Test(db, stays_readable_when_the_disk_is_full)
{
    struct test_dir dir;
    test_dir_init(&dir);
    struct test_path disk = test_dir_at(&dir, "disk"), folder = test_dir_at(&dir, "disk/s");
    cr_assert(eq(int, mkdir(disk.text, 0700), 0));
    if (mount("samaki-test", disk.text, "tmpfs", 0, "size=2m") != 0) {
        test_dir_deinit(&dir);
        cr_skip_test("a small disk cannot be mounted here");
    }
    enum smk_err err = smk_db_create(folder.text, write_nothing, NULL);
    pid_t pid = err == SMK_OK ? fork() : -1;
    int status = -1;
    if (pid == 0) {
        fill_up(folder.text);
        _exit(0);
    }
    if (pid > 0)
        (void)waitpid(pid, &status, 0);
    int unmounted = umount(disk.text);
    test_dir_deinit(&dir);
    cr_assert(eq(int, err, SMK_OK));
    cr_assert(eq(int, status, 0));
    cr_assert(eq(int, unmounted, 0));
}

Test(db, knows_the_file_systems_that_are_no_safe_place)
{
    static const struct {
        uint64_t type;
        bool is_unsafe;
        const char *name;
    } row[] = {
        {0x6969, true, "NFS"},        {0x517b, true, "SMB"},
        {0xff534d42, true, "CIFS"},   {0xfe534d42, true, "SMB2"},
        {0x4d44, true, "vfat"},       {0x2011bab0, true, "exfat"},
        {0x65735546, true, "FUSE"},   {0xef53, false, "ext4"},
        {0x9123683e, false, "btrfs"}, {0x58465342, false, "xfs"},
        {0x01021994, false, "tmpfs"}, {0xfffffffffe534d42, true, "SMB2, sign extended"},
        {0x2fc12fc1, false, "zfs"},   {0x794c7630, false, "overlay"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(eq(int, smk_fs_is_unsafe(row[i].type), row[i].is_unsafe), "%s", row[i].name);
    cr_assert(eq(int, smk_fs_check("/nowhere"), SMK_ERR_STORE_MISSING));
}
