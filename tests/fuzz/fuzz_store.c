/* Target: a store whose file is sound to LMDB, and whose rows are not what was written; scrub, audit, and `records` messages.
 * Signatures are the simulator's stand-ins, as are clock and random bytes, so that the store is the same every time.
 *
 * Input: changes: table (1 byte), row (2), what (enum what, 1), its arguments; or the body of a message: length (2), bytes.
 *
 * Nothing that changes what is read goes unnoticed by scrub, audit and reading alike; nothing is found where nothing was
 * changed. */
#include "proto/mem.h"
#include "store/audit.h"
#include "store/db.h"
#include "store/local.h"
#include "store/scrub.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/scratch.h"
#include "tests/sim/standin.h"
#include "tests/support/stores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum what { FLIP, CUT, DELETE, REPLACE, ADD, SWAP, MESSAGE, WHATS };
enum { CHANGES_MAX = 16, KEY_BYTES_MAX = 40 };

/* ---- the store as it was written ---- */

static struct {
    struct smk_buf file; /* data.mdb; not of the heap that is counted */
    uint8_t digest[SMK_HASH_BYTES];
    struct test_mail mail; /* what a member has to tell */
} good;

static void demand(enum smk_err err)
{
    SMK_ASSERT(err == SMK_OK);
}

static void read_file(const char *path, struct smk_buf *b)
{
    uint8_t piece[4096];
    FILE *file = fopen(path, "rb");
    SMK_ASSERT(file != NULL);
    for (size_t len; (len = fread(piece, 1, sizeof piece, file)) > 0;)
        smk_buf_write(b, piece, len);
    SMK_ASSERT(b->err == SMK_OK);
    (void)fclose(file); /* only read from */
}

static void local_rows_write(struct smk_store *s)
{
    struct smk_peer_row peer = {.sign_key = {1}, .address = "a:1", .compared_ms = 5, .receipt = {.max = 64}};
    struct smk_invitation_row invitation = {.id = {2}, .org = {"ctod"}, .expires_ms = UINT64_MAX};
    smk_buf_write_u8(&peer.receipt, 0x90);
    demand(smk_local_put_peer(s, &peer));
    demand(smk_local_put_invitation(s, &invitation));
    smk_buf_deinit(&peer.receipt);
}

static void prepare(void)
{
    struct test_dir dir;
    struct smk_home founder, member;
    if (good.file.len > 0)
        return;
    standin_begin(1, false);
    standin_set_wall(1713312000000);
    test_dir_init(&dir);
    test_home_found(&dir, "a", &founder);
    test_home_decide(&founder, "ctod", "member", "02", "ctod-editor", "member_editor");
    test_home_join(&dir, "b", &founder, "ctod", "ctod-editor", &member);
    (void)test_carry(founder.store, member.store, "gov");
    demand(test_put(&member, "pub", 3));
    demand(test_put(&founder, "pub", 4));
    demand(test_put(&founder, "nat", 2));
    local_rows_write(founder.store);
    test_mail_of(member.store, "pub", &good.mail);
    demand(test_store_digest(founder.store, good.digest));
    smk_home_close(&founder);
    smk_home_close(&member);
    good.file.max = 64 << 20;
    char path[2 * TEST_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/a/store/data.mdb", dir.path);
    read_file(path, &good.file);
    test_dir_deinit(&dir);
}

/* A fresh copy; the folder of the store. */
static const char *lay_out(void)
{
    static char lock[512];
    (void)snprintf(lock, sizeof lock, "%s/lock.mdb", scratch_folder());
    (void)unlink(lock); /* or it was not there */
    (void)scratch_write("data.mdb", smk_buf_view(&good.file));
    return scratch_folder();
}

/* ---- changes ---- */

struct changes {
    struct smk_reader start; /* a write may be run again */
    struct smk_reader in;
    size_t made;
};

static bool row_find(struct smk_txn *t, enum smk_table table, size_t number, struct smk_buf *key,
                     struct smk_buf *value)
{
    struct smk_cursor c;
    uint64_t rows = smk_txn_count(t, table);
    bool is_there = rows > 0;
    smk_cursor_open(&c, t, table);
    is_there = is_there && smk_cursor_first(&c);
    for (uint64_t i = 0; is_there && i < number % rows; i++)
        is_there = smk_cursor_next(&c);
    if (is_there) {
        smk_buf_write_bytes(key, c.key);
        smk_buf_write_bytes(value, c.value);
    }
    smk_cursor_close(&c);
    return is_there;
}

/* What becomes of the value; false when nothing does. */
static bool value_change(struct changes *c, enum what what, struct smk_buf *value)
{
    if (what == FLIP) {
        size_t at = smk_read_be16(&c->in);
        uint8_t mask = smk_read_u8(&c->in);
        if (value->len == 0 || mask == 0)
            return false;
        value->data[at % value->len] ^= mask;
        return true;
    }
    size_t len = smk_read_u8(&c->in);
    if (what == CUT) {
        bool is_shorter = len < value->len;
        value->len = is_shorter ? len : value->len;
        return is_shorter;
    }
    struct smk_bytes given = fuzz_bytes(&c->in, len);
    bool is_same = smk_bytes_is_equal(given, smk_buf_view(value));
    smk_buf_reset(value);
    smk_buf_write_bytes(value, given);
    return !is_same;
}

static void change_row(struct smk_txn *t, struct changes *c, enum smk_table table, size_t number,
                       enum what what)
{
    struct smk_buf key = {.max = 4096}, value = {.max = 1 << 20}, other_key = {.max = 4096},
                   other = {.max = 1 << 20};
    if (what == ADD) {
        struct smk_bytes added = fuzz_bytes(&c->in, 1 + (size_t)fuzz_below(&c->in, KEY_BYTES_MAX));
        struct smk_bytes content = fuzz_bytes(&c->in, smk_read_u8(&c->in));
        if (added.len > 0) {
            smk_txn_put(t, table, added, content);
            c->made++;
        }
    } else if (row_find(t, table, number, &key, &value)) {
        if (what == DELETE) {
            smk_txn_del(t, table, smk_buf_view(&key));
            c->made++;
        } else if (what == SWAP && row_find(t, table, number + 1, &other_key, &other)) {
            smk_txn_put(t, table, smk_buf_view(&key), smk_buf_view(&other));
            smk_txn_put(t, table, smk_buf_view(&other_key), smk_buf_view(&value));
            c->made++;
        } else if (what != SWAP && value_change(c, what, &value)) {
            smk_txn_put(t, table, smk_buf_view(&key), smk_buf_view(&value));
            c->made++;
        }
    }
    smk_buf_deinit(&key);
    smk_buf_deinit(&value);
    smk_buf_deinit(&other_key);
    smk_buf_deinit(&other);
}

static enum smk_err change_rows(struct smk_txn *t, void *ctx)
{
    struct changes *c = ctx;
    c->in = c->start;
    c->made = 0;
    for (size_t i = 0; i < CHANGES_MAX && smk_reader_left(&c->in) > 0; i++) {
        enum smk_table table = (enum smk_table)fuzz_below(&c->in, SMK_TABLE_COUNT);
        size_t number = smk_read_be16(&c->in);
        enum what what = (enum what)fuzz_below(&c->in, WHATS);
        if (what == MESSAGE)
            (void)fuzz_bytes(&c->in, smk_read_be16(&c->in));
        else
            change_row(t, c, table, number, what);
    }
    return t->err;
}

/* ---- reading ---- */

static void check_storage(const char *what, enum smk_err err)
{
    if (err == SMK_OK || smk_err_is_storage(err))
        return;
    (void)fprintf(stderr, "fuzz: %s: %s\n", what, smk_err_name(err));
    abort();
}

static bool see_peer(void *ctx, const struct smk_peer_row *row)
{
    (void)ctx;
    return memchr(row->address, 0, sizeof row->address) != NULL;
}

static bool see_session(void *ctx, const struct smk_session_row *row)
{
    (void)ctx;
    return memchr(row->reason, 0, sizeof row->reason) != NULL;
}

static void see_damage(void *ctx, const struct smk_damage *damage)
{
    SMK_ASSERT(ctx != NULL || damage->what == NULL);
}

static void see_finding(void *ctx, const struct smk_finding *finding)
{
    SMK_ASSERT(finding->kind <= SMK_FINDING_RIGHTS);
    SMK_ASSERT(finding->what != NULL);
    ++*(uint64_t *)ctx;
}

static void take_message(struct smk_store *s, struct smk_bytes body)
{
    struct fuzz_block block = fuzz_block_of(body);
    struct smk_bytes message = fuzz_block_view(&block);
    struct smk_batch_reader reader;
    struct smk_store_verdict verdict;
    if (smk_batch_reader_init(&reader, message) == SMK_OK) { /* as the session has done before */
        smk_batch_reader_deinit(&reader);
        enum smk_err err = smk_store_take(s, &message, 1, &verdict);
        check_storage("taking", err);
    }
    fuzz_block_drop(&block);
}

static void take_messages(struct smk_store *s, struct smk_reader in)
{
    for (size_t i = 0; i < CHANGES_MAX && smk_reader_left(&in) > 0; i++) {
        (void)smk_read_bytes(&in, 3);
        if (fuzz_below(&in, WHATS) == MESSAGE)
            take_message(s, fuzz_bytes(&in, smk_read_be16(&in)));
    }
}

/* What an opened store says: whether anything is noticed, or read otherwise than it was written. */
static void look_around(struct smk_store *s, bool *ret_is_noticed, bool *ret_is_other)
{
    struct smk_scrub_counts counts = {0};
    uint8_t digest[SMK_HASH_BYTES] = {0};
    enum smk_err read = test_store_digest(s, digest);
    if (read != SMK_ERR_NOT_FOUND) /* a log whose name leads nowhere */
        check_storage("reading", read);
    check_storage("peers", smk_local_each_peer(s, see_peer, NULL));
    check_storage("sessions", smk_local_each_session(s, see_session, NULL));
    enum smk_err scrubbed = smk_store_scrub(s, see_damage, &counts, &counts);
    check_storage("scrub", scrubbed);
    check_storage("damage", smk_store_each_damaged(s, see_damage, NULL));
    *ret_is_noticed = read != SMK_OK || scrubbed != SMK_OK || counts.damaged + counts.faults > 0;
    *ret_is_other = memcmp(digest, good.digest, sizeof digest) != 0;
}

void fuzz_one(struct smk_bytes input)
{
    struct changes c = {.start = smk_reader_over(input)};
    struct smk_db *db = NULL;
    struct smk_store *s = NULL;
    struct smk_audit_counts counts = {0};
    bool is_noticed = true, is_other = false;
    uint64_t told = 0;
    prepare();
    const char *folder = lay_out();
    fuzz_faults_begin((struct fuzz_faults){0});
    demand(smk_db_open(&(struct smk_db_options){.path = folder, .has_no_reserve = true}, &db));
    enum smk_err written = smk_db_write(db, change_rows, &c);
    smk_db_close(db);
    check_storage("writing", written);
    if (written != SMK_OK)
        c.made = 0;
    struct smk_store_options options = {.path = folder, .has_no_reserve = true};
    enum smk_err opened = smk_store_open(&options, &s);
    check_storage("opening", opened);
    if (opened == SMK_OK)
        look_around(s, &is_noticed, &is_other);
    smk_store_close(s);
    enum smk_err audited = smk_store_audit(folder, see_finding, &told, &counts);
    check_storage("audit", audited);
    SMK_ASSERT(audited != SMK_OK || counts.findings == told);
    bool is_found = is_noticed || audited != SMK_OK || counts.findings > 0;
    SMK_ASSERT(!is_other || is_found);
    SMK_ASSERT(c.made > 0 || (opened == SMK_OK && !is_found && !is_other));
    if (opened == SMK_OK) {
        demand(smk_store_open(&options, &s));
        take_messages(s, c.start);
        smk_store_close(s);
    }
    fuzz_faults_end();
}

/* ---- seeds ---- */

void fuzz_seeds(void)
{
    static const uint8_t flip[] = {SMK_TABLE_REC, 0, 3, FLIP, 0, 40, 1};
    static const uint8_t cut[] = {SMK_TABLE_LOG, 0, 1, CUT, 60};
    static const uint8_t delete[] = {SMK_TABLE_IDX, 0, 2, DELETE};
    static const uint8_t swap[] = {SMK_TABLE_REC, 0, 4, SWAP};
    static const uint8_t meta[] = {SMK_TABLE_META, 0, 0, FLIP, 0, 2, 1, SMK_TABLE_META, 0, 1, DELETE};
    static const uint8_t local[] = {SMK_TABLE_LOCAL, 0, 0, REPLACE, 2, 0x91, 0x01};
    static const uint8_t added[] = {
        SMK_TABLE_FORK, 0, 0, ADD, 7, 0, 0, 0, 0, 0, 0, 0, 1, 5, 0, 0, 0, 1, 0x90};
    fuzz_seed("nothing", (struct smk_bytes){(const uint8_t *)"", 0}, (struct smk_bytes){0});
    fuzz_seed("flip", SMK_BYTES(flip), (struct smk_bytes){0});
    fuzz_seed("cut", SMK_BYTES(cut), (struct smk_bytes){0});
    fuzz_seed("delete", SMK_BYTES(delete), (struct smk_bytes){0});
    fuzz_seed("swap", SMK_BYTES(swap), (struct smk_bytes){0});
    fuzz_seed("meta", SMK_BYTES(meta), (struct smk_bytes){0});
    fuzz_seed("local", SMK_BYTES(local), (struct smk_bytes){0});
    fuzz_seed("added", SMK_BYTES(added), (struct smk_bytes){0});
    prepare();
    for (size_t i = 0; i < good.mail.count; i++) {
        struct smk_bytes body = smk_buf_view(&good.mail.message[i]);
        const uint8_t head[] = {0, 0, 0, MESSAGE, (uint8_t)(body.len >> 8), (uint8_t)body.len};
        char name[] = "message-a";
        name[8] = (char)('a' + i);
        fuzz_seed(name, SMK_BYTES(head), body);
    }
}
