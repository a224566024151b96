#include "store/store.h"

#include "proto/hash.h"
#include "store/inside.h"
#include "tests/support/stores.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lmdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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

struct meta_change {
    const char *key;
    uint8_t value[64];
    size_t len; /* 0 = delete */
};

static enum smk_err meta_change(struct smk_txn *t, void *ctx)
{
    const struct meta_change *c = ctx;
    struct smk_bytes key = smk_bytes_of_text(c->key);
    if (c->len > 0)
        smk_txn_put(t, SMK_TABLE_META, key, (struct smk_bytes){c->value, c->len});
    else
        smk_txn_del(t, SMK_TABLE_META, key);
    return t->err;
}

Test(store, is_not_opened_with_meta_rows_of_another_kind)
{
    static const struct {
        struct meta_change change;
        enum smk_err err;
        const char *why;
    } row[] = {
        {{"schema", {0, 0, 0, 5}, 4}, SMK_ERR_STORE_VERSION, "a newer schema"},
        {{"schema", {0, 0, 0, 2}, 4}, SMK_ERR_STORE_VERSION, "an older schema"},
        {{"schema", {0, 0, 1}, 3}, SMK_ERR_STORE_DAMAGED, "a short schema"},
        {{"schema", {0}, 0}, SMK_ERR_STORE_DAMAGED, "no schema"},
        {{"coalition", {1}, 32}, SMK_ERR_STORE_DAMAGED, "another coalition"},
        {{"coalition", {0}, 0}, SMK_ERR_STORE_DAMAGED, "no coalition"},
        {{"genesis", {0x96}, 1}, SMK_ERR_STORE_DAMAGED, "another genesis"},
        {{"lmdb", {0}, 0}, SMK_ERR_STORE_DAMAGED, "no version of LMDB"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct test_dir dir;
        struct smk_home home;
        struct smk_store *s = NULL;
        test_dir_init(&dir);
        test_home_found(&dir, "a", &home);
        struct meta_change change = row[i].change;
        cr_assert(eq(int, smk_db_write(home.store->db, meta_change, &change), SMK_OK));
        smk_home_close(&home);
        struct test_path folder = test_dir_at(&dir, "a/store");
        struct smk_store_options options = {.path = folder.text};
        cr_assert(eq(int, smk_store_open(&options, &s), row[i].err), "%s", row[i].why);
        options.is_read_only = true;
        cr_assert(eq(int, smk_store_open(&options, &s), row[i].err), "%s", row[i].why);
        test_dir_deinit(&dir);
    }
}

/* As a program of schema 3 leaves it. */
static void lower_schema(const char *folder)
{
    static const char *const derived[] = {"index", "terms", "ids"};
    uint8_t schema[4] = {0, 0, 0, 3};
    MDB_val key = {.mv_size = 6, .mv_data = "schema"}, value = {.mv_size = 4, .mv_data = schema};
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    cr_assert(eq(int, mdb_env_create(&env), 0));
    cr_assert(eq(int, mdb_env_set_maxdbs(env, 16), 0));
    cr_assert(eq(int, mdb_env_open(env, folder, 0, 0600), 0));
    cr_assert(eq(int, mdb_txn_begin(env, NULL, 0, &txn), 0));
    for (size_t i = 0; i < 3; i++) {
        cr_assert(eq(int, mdb_dbi_open(txn, derived[i], 0, &dbi), 0));
        cr_assert(eq(int, mdb_drop(txn, dbi, 1), 0));
    }
    cr_assert(eq(int, mdb_dbi_open(txn, "meta", 0, &dbi), 0));
    cr_assert(eq(int, mdb_put(txn, dbi, &key, &value, 0), 0));
    cr_assert(eq(int, mdb_txn_commit(txn), 0));
    mdb_env_close(env);
}

static uint32_t schema_of(struct smk_store *s)
{
    struct smk_txn t;
    struct smk_bytes schema = {0};
    smk_txn_begin_read(&t, s->db);
    cr_assert(smk_txn_get(&t, SMK_TABLE_META, smk_bytes_of_text("schema"), &schema));
    uint32_t version = smk_row_read_u32(schema);
    cr_assert(eq(int, smk_txn_end(&t), SMK_OK));
    return version;
}

Test(store, of_schema_3_gets_the_derived_tables_when_it_is_opened_for_writing)
{
    struct test_dir dir;
    struct smk_home home;
    struct smk_store *s = NULL;
    uint8_t before[SMK_HASH_BYTES], after[SMK_HASH_BYTES];
    test_dir_init(&dir);
    test_home_found(&dir, "a", &home);
    cr_assert(eq(int, test_put(&home, "pub", 3), SMK_OK));
    cr_assert(eq(int, test_store_digest(home.store, before), SMK_OK));
    smk_home_close(&home);
    struct test_path folder = test_dir_at(&dir, "a/store");
    lower_schema(folder.text);

    struct smk_store_options options = {.path = folder.text, .is_read_only = true};
    cr_assert(eq(int, smk_store_open(&options, &s), SMK_OK));
    cr_assert(smk_db_lacks_derived(s->db));
    cr_assert(eq(int, test_store_digest(s, after), SMK_OK));
    cr_assert(eq(int, memcmp(before, after, sizeof after), 0));
    struct smk_txn t;
    struct smk_cursor c;
    struct smk_bytes value;
    smk_txn_begin_read(&t, s->db);
    cr_assert(not(smk_txn_get(&t, SMK_TABLE_IDS, SMK_BYTES(after), &value)));
    cr_assert(eq(u64, smk_txn_count(&t, SMK_TABLE_TERMS), 0));
    smk_cursor_open(&c, &t, SMK_TABLE_INDEX);
    cr_assert(not(smk_cursor_first(&c)));
    smk_cursor_close(&c);
    cr_assert(eq(int, smk_txn_end(&t), SMK_OK), "what is missing reads as empty");
    smk_store_close(s);

    options.is_read_only = false;
    cr_assert(eq(int, smk_store_open(&options, &s), SMK_OK));
    cr_assert(not(smk_db_lacks_derived(s->db)));
    cr_assert(eq(u32, schema_of(s), 4));
    cr_assert(eq(int, test_store_digest(s, after), SMK_OK));
    cr_assert(eq(int, memcmp(before, after, sizeof after), 0));
    smk_store_close(s);
    test_dir_deinit(&dir);
}

Test(store, is_made_of_a_genesis_and_nothing_else)
{
    struct test_dir dir;
    struct smk_store *s = NULL;
    test_dir_init(&dir);
    struct test_path folder = test_dir_at(&dir, "s");
    struct smk_store_options options = {.path = folder.text};
    cr_assert(eq(int, smk_store_create(folder.text, smk_bytes_of_text("\xc0")), SMK_ERR_MALFORMED));
    cr_assert(eq(int, smk_store_create(folder.text, (struct smk_bytes){0}), SMK_ERR_MALFORMED));
    cr_assert(eq(int, smk_store_open(&options, &s), SMK_ERR_STORE_MISSING));
    test_dir_deinit(&dir);
}

/* Writes until there is no room; what was acknowledged is there. */
static void fill_home(const char *path)
{
    const struct rlimit limit = {1 << 20, RLIM_INFINITY}, none = {RLIM_INFINITY, RLIM_INFINITY};
    struct smk_home home;
    uint64_t written = 0;
    enum smk_err err;
    (void)signal(SIGXFSZ, SIG_IGN);
    if (smk_home_open(path, &home) != SMK_OK || setrlimit(RLIMIT_FSIZE, &limit) != 0)
        _exit(1);
    while ((err = test_put(&home, "nat", 50)) == SMK_OK)
        written += 50;
    if (err != SMK_ERR_STORE_FULL || written == 0)
        _exit(2);
    if (test_store_records(home.store) != 5 + 1 + written)
        _exit(3);
    if (setrlimit(RLIMIT_FSIZE, &none) != 0 || test_put(&home, "nat", 50) != SMK_OK)
        _exit(4);
    if (test_store_records(home.store) != 5 + 1 + written + 50)
        _exit(5);
    smk_home_close(&home);
}

Test(store, says_that_it_is_full_and_goes_on_when_there_is_room_again)
{
    struct test_dir dir;
    int status;
    test_dir_init(&dir);
    struct test_path path = test_dir_at(&dir, "a");
    pid_t pid = fork();
    if (pid == 0) {
        struct smk_home home;
        test_home_found(&dir, "a", &home);
        smk_home_close(&home);
        fill_home(path.text);
        _exit(0);
    }
    cr_assert(eq(int, waitpid(pid, &status, 0), pid));
    cr_assert(eq(int, status, 0));
    test_dir_deinit(&dir);
}

struct writer {
    struct smk_home *home;
    atomic_bool is_over;
    enum smk_err err;
};

static void *write_all_the_time(void *ctx)
{
    struct writer *w = ctx;
    for (int i = 0; i < 60 && w->err == SMK_OK; i++)
        w->err = test_put(w->home, i % 2 == 0 ? "nat" : "pub", 20);
    atomic_store(&w->is_over, true);
    return NULL;
}

static bool count_one(void *ctx, uint64_t arrival, const struct smk_record *record)
{
    (void)arrival;
    (void)record;
    ++*(uint64_t *)ctx;
    return true;
}

Test(store, is_read_by_one_thread_while_another_writes_and_the_map_grows)
{
    struct test_dir dir;
    struct smk_home home;
    struct smk_store_view *v;
    pthread_t thread;
    bool has_moved, has_new_roster;
    test_dir_init(&dir);
    test_home_found(&dir, "a", &home);
    smk_store_close(home.store);
    struct test_path folder = test_dir_at(&dir, "a/store");
    struct smk_store_options options = {.path = folder.text, .map_bytes = 1 << 16};
    cr_assert(eq(int, smk_store_open(&options, &home.store), SMK_OK));
    cr_assert(eq(int, smk_store_view_new(home.store, &v), SMK_OK));
    const struct smk_view *view = smk_store_view_get(v);
    struct writer w = {.home = &home};
    cr_assert(eq(int, pthread_create(&thread, NULL, write_all_the_time, &w), 0));
    bool is_over;
    do {
        uint64_t count = 0;
        is_over = atomic_load(&w.is_over);
        cr_assert(eq(int, smk_store_view_catch_up(v, &has_moved, &has_new_roster), SMK_OK));
        cr_assert(eq(int, view->read_arrivals(view->ctx, 0, count_one, &count), SMK_OK));
        cr_assert(eq(u64, count, view->arrival(view->ctx)));
    } while (!is_over);
    cr_assert(eq(int, pthread_join(thread, NULL), 0));
    cr_assert(eq(int, w.err, SMK_OK));
    cr_assert(eq(u64, view->arrival(view->ctx), 5 + 2 + 1200));
    smk_store_view_free(v);
    smk_home_close(&home);
    test_dir_deinit(&dir);
}
