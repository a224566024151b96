#include "store/audit.h"

#include "proto/hash.h"
#include "tests/support/rng.h"
#include "tests/support/stores.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <lmdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(audit, .init = start_crypto, .timeout = 300);

/* What a child process found out. */
enum { FINDINGS_KEPT = 64 };
struct outcome {
    bool is_done; /* the child came to its end */
    enum smk_err err;
    struct smk_audit_counts counts;
    size_t count;
    struct smk_finding finding[FINDINGS_KEPT];
    enum smk_err digest_err;
    uint8_t digest[SMK_HASH_BYTES]; /* of a store that was found clean */
};

static void keep(void *ctx, const struct smk_finding *finding)
{
    struct outcome *o = ctx;
    if (o->count < FINDINGS_KEPT)
        o->finding[o->count] = *finding;
    o->count++;
}

static enum smk_err digest_of(const char *folder, uint8_t ret_digest[SMK_HASH_BYTES])
{
    struct smk_store *s;
    struct smk_store_options options = {.path = folder, .is_read_only = true};
    enum smk_err err = smk_store_open(&options, &s);
    if (err != SMK_OK)
        return err;
    err = test_store_digest(s, ret_digest);
    smk_store_close(s);
    return err;
}

static void child(const char *folder, struct outcome *o)
{
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    int nothing = open("/dev/null", O_WRONLY);
    (void)dup2(nothing, STDERR_FILENO);
    (void)dup2(nothing, STDOUT_FILENO);
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
        (void)signal(fatal[i], SIG_DFL); /* no report: to die is enough */
    (void)alarm(20);
    o->err = smk_store_audit(folder, keep, o, &o->counts);
    if (o->err == SMK_OK && o->count == 0)
        o->digest_err = digest_of(folder, o->digest);
    o->is_done = true;
    _exit(0);
}

/* Runs an audit in a child process, as a program has to. */
static struct outcome *audit(const char *folder)
{
    struct outcome *o = mmap(NULL, sizeof *o, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status;
    cr_assert(ne(ptr, o, MAP_FAILED));
    pid_t pid = fork();
    cr_assert(ne(int, pid, -1));
    if (pid == 0)
        child(folder, o);
    cr_assert(eq(int, waitpid(pid, &status, 0), pid));
    return o;
}

/* A child that died has said enough: the file is damaged. */
static bool is_reported(const struct outcome *o)
{
    return !o->is_done || o->err != SMK_OK || o->count > 0;
}

static void outcome_free(struct outcome *o)
{
    (void)munmap(o, sizeof *o);
}

/* ---- a store to be damaged ---- */

struct patient {
    struct test_dir dir;
    struct test_path folder; /* holds data.mdb, compacted: every record stands in it once */
    struct test_path file;
    size_t bytes;
    uint8_t digest[SMK_HASH_BYTES];
    size_t record_count;
    struct patient_record {
        uint8_t id[SMK_ID_BYTES];
        uint64_t seq;
        struct smk_buf header, payload;
        uint8_t signature[SMK_SIGNATURE_BYTES];
        uint8_t salt[SMK_SALT_BYTES];
    } record[256];
};

static bool keep_record(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct patient *p = ctx;
    (void)arrival;
    struct patient_record *k = &p->record[p->record_count++];
    k->seq = r->header.seq;
    memcpy(k->id, r->id, sizeof k->id);
    memcpy(k->signature, r->signature, sizeof k->signature);
    memcpy(k->salt, r->salt, sizeof k->salt);
    k->header.max = k->payload.max = SMK_PAYLOAD_BYTES_MAX;
    smk_buf_write_bytes(&k->header, r->header_bytes);
    smk_buf_write_bytes(&k->payload, r->payload);
    return true;
}

static void compact(const char *from, const char *to)
{
    MDB_env *env;
    cr_assert(eq(int, mdb_env_create(&env), 0));
    cr_assert(eq(int, mdb_env_open(env, from, MDB_RDONLY, 0600), 0));
    cr_assert(eq(int, mdb_env_copy2(env, to, MDB_CP_COMPACT), 0));
    mdb_env_close(env);
}

static struct patient *patient_new(size_t edits)
{
    struct patient *p = calloc(1, sizeof *p);
    struct smk_home a, b;
    struct smk_store_view *v;
    cr_assert(ne(ptr, p, NULL));
    test_dir_init(&p->dir);
    test_home_found(&p->dir, "a", &a);
    test_home_decide(&a, "ctod", "member", "02", "ctod-editor", "member_editor");
    test_home_join(&p->dir, "b", &a, "ctod", "ctod-editor", &b);
    cr_assert(eq(int, test_put(&a, "nat", edits / 4), SMK_OK));
    cr_assert(eq(int, test_put(&a, "prov:02", edits / 4), SMK_OK));
    cr_assert(eq(int, test_put(&b, "prov:02", edits / 2), SMK_OK));
    (void)test_carry(a.store, b.store, "gov");
    (void)test_carry(a.store, b.store, "prov:02");
    (void)test_carry(a.store, b.store, "nat");
    cr_assert(eq(int, smk_store_view_new(b.store, &v), SMK_OK));
    const struct smk_view *view = smk_store_view_get(v);
    cr_assert(eq(int, view->read_arrivals(view->ctx, 0, keep_record, p), SMK_OK));
    smk_store_view_free(v);
    smk_home_close(&a);
    smk_home_close(&b);
    p->folder = test_dir_at(&p->dir, "copy");
    p->file = test_dir_at(&p->dir, "copy/data.mdb");
    cr_assert(eq(int, mkdir(p->folder.text, 0700), 0));
    compact(test_dir_at(&p->dir, "b/store").text, p->folder.text);
    p->bytes = test_file_bytes(p->file.text);
    cr_assert(eq(int, digest_of(p->folder.text, p->digest), SMK_OK));
    return p;
}

static void patient_free(struct patient *p)
{
    for (size_t i = 0; i < p->record_count; i++) {
        smk_buf_deinit(&p->record[i].header);
        smk_buf_deinit(&p->record[i].payload);
    }
    test_dir_deinit(&p->dir);
    free(p);
}

/* Where bytes stand in the file; they must stand there once. */
static size_t find_once(const struct patient *p, struct smk_bytes what)
{
    uint8_t *all = malloc(p->bytes);
    int fd = open(p->file.text, O_RDONLY);
    size_t found = SIZE_MAX, times = 0;
    cr_assert(eq(sz, (size_t)read(fd, all, p->bytes), p->bytes));
    (void)close(fd);
    for (size_t i = 0; i + what.len <= p->bytes; i++)
        if (all[i] == what.data[0] && memcmp(all + i, what.data, what.len) == 0) {
            found = i;
            times++;
        }
    free(all);
    cr_assert(eq(sz, times, 1));
    return found;
}

Test(audit, finds_nothing_in_a_sound_store)
{
    struct patient *p = patient_new(40);
    struct outcome *o = audit(p->folder.text);
    cr_assert(o->is_done);
    cr_assert(eq(int, o->err, SMK_OK));
    cr_assert(eq(sz, o->count, 0), "%s", o->finding[0].what);
    cr_assert(eq(u64, o->counts.records, p->record_count));
    cr_assert(eq(u64, o->counts.signatures_good, p->record_count));
    cr_assert(eq(u64, o->counts.logs, 4));
    cr_assert(eq(u64, o->counts.findings, 0));
    outcome_free(o);
    o = audit(test_dir_at(&p->dir, "a/store").text); /* as it was written, with old pages in it */
    cr_assert(eq(sz, o->count, 0), "%s", o->finding[0].what);
    cr_assert(eq(int, o->err, SMK_OK));
    outcome_free(o);
    patient_free(p);
}

/* Changes one byte, and demands that exactly that record is named. */
static void damage_and_name(const struct patient *p, const struct patient_record *r, size_t offset,
                            const char *part)
{
    unsigned char was = test_file_peek(p->file.text, offset);
    test_file_poke(p->file.text, offset, was ^ 0x10);
    struct outcome *o = audit(p->folder.text);
    cr_assert(o->is_done, "%s of seq %zu", part, (size_t)r->seq);
    cr_assert(eq(int, o->err, SMK_OK), "%s of seq %zu", part, (size_t)r->seq);
    cr_assert(ge(sz, o->count, 1), "%s of seq %zu", part, (size_t)r->seq);
    for (size_t i = 0; i < o->count; i++) {
        cr_assert(eq(int, o->finding[i].kind, SMK_FINDING_DAMAGED_RECORD), "%s of seq %zu: %s", part,
                  (size_t)r->seq, o->finding[i].what);
        cr_assert(o->finding[i].has_id, "%s of seq %zu", part, (size_t)r->seq);
        cr_assert(eq(int, memcmp(o->finding[i].id, r->id, SMK_ID_BYTES), 0), "%s of seq %zu", part,
                  (size_t)r->seq);
        cr_assert(eq(u64, o->finding[i].seq, r->seq));
    }
    outcome_free(o);
    test_file_poke(p->file.text, offset, was);
}

Test(audit, names_the_record_in_which_one_byte_was_changed)
{
    struct patient *p = patient_new(40);
    struct test_rng rng = test_rng_from(test_seed());
    size_t step = getenv("SMK_FLIPS") != NULL ? 1 : 4;
    for (size_t i = 0; i < p->record_count; i += step) {
        const struct patient_record *r = &p->record[i];
        size_t header = find_once(p, smk_buf_view(&r->header));
        size_t signature = header + r->header.len, salt = signature + sizeof r->signature;
        size_t payload = salt + sizeof r->salt;
        damage_and_name(p, r, header + test_rng_below(&rng, r->header.len), "header");
        damage_and_name(p, r, signature + test_rng_below(&rng, sizeof r->signature), "signature");
        damage_and_name(p, r, salt + test_rng_below(&rng, sizeof r->salt), "salt");
        damage_and_name(p, r, payload + test_rng_below(&rng, r->payload.len), "payload");
    }
    patient_free(p);
}

/* After any change: reported, or nothing that reading gives is another. */
static void damage_anywhere(const struct patient *p, size_t offset, unsigned char mask, size_t *ret_silent)
{
    unsigned char was = test_file_peek(p->file.text, offset);
    test_file_poke(p->file.text, offset, was ^ mask);
    struct outcome *o = audit(p->folder.text);
    if (!is_reported(o)) {
        cr_assert(eq(int, o->digest_err, SMK_OK), "byte %zu ^ %02x", offset, mask);
        cr_assert(eq(int, memcmp(o->digest, p->digest, SMK_HASH_BYTES), 0), "byte %zu ^ %02x", offset, mask);
        ++*ret_silent;
    }
    outcome_free(o);
    test_file_poke(p->file.text, offset, was);
}

Test(audit, no_change_of_one_byte_anywhere_goes_unnoticed_and_matters, .timeout = 7200)
{
    struct patient *p = patient_new(40);
    const char *runs = getenv("SMK_FLIPS");
    size_t flips = runs != NULL ? strtoul(runs, NULL, 10) : 100, silent = 0;
    struct test_rng rng = test_rng_from(test_seed() + 1);
    for (size_t i = 0; i < 160 && i < p->bytes; i++) { /* all fields of the meta pages */
        damage_anywhere(p, i % 2 * 4096 + i, (unsigned char)(1u << (i % 8)), &silent);
    }
    for (size_t i = 0; i < flips; i++)
        damage_anywhere(p, test_rng_below(&rng, p->bytes), (unsigned char)(1u << test_rng_below(&rng, 8)),
                        &silent);
    for (size_t page = 2 * 4096; page < p->bytes; page += 4096) /* the head of every page */
        damage_anywhere(p, page + test_rng_below(&rng, 32), (unsigned char)(1u << test_rng_below(&rng, 8)),
                        &silent);
    cr_log_info("%zu bytes; %zu changes did no harm", p->bytes, silent);
    patient_free(p);
}

Test(audit, notices_that_the_newest_transaction_was_taken_back)
{
    static const struct {
        size_t page;
        int64_t step;
        const char *why;
    } row[] = {
        {0, 2, "the older page claims to be newer"},
        {1, 2, "the older page claims to be newer"},
        {0, -2, "the newer page claims to be older"},
        {1, -2, "the newer page claims to be older"},
        {0, 1, "the side is wrong"},
    };
    struct patient *p = patient_new(8);
    struct test_path live = test_dir_at(&p->dir, "a/store");
    struct test_path file = test_dir_at(&p->dir, "a/store/data.mdb");
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        size_t offset = row[i].page * 4096 + 144;
        unsigned char was = test_file_peek(file.text, offset);
        test_file_poke(file.text, offset, (unsigned char)(was + row[i].step));
        struct outcome *o = audit(live.text);
        cr_assert(is_reported(o), "%s", row[i].why);
        outcome_free(o);
        test_file_poke(file.text, offset, was);
    }
    struct outcome *o = audit(live.text);
    cr_assert(eq(sz, o->count, 0));
    outcome_free(o);
    patient_free(p);
}

Test(audit, says_why_a_file_is_no_store)
{
    struct patient *p = patient_new(8);
    struct outcome *o = audit(p->dir.path);
    cr_assert(eq(int, o->err, SMK_ERR_STORE_MISSING));
    outcome_free(o);
    test_file_cut(p->file.text, p->bytes - 4096);
    o = audit(p->folder.text);
    cr_assert(eq(int, o->err, SMK_ERR_STORE_DAMAGED));
    outcome_free(o);
    test_file_poke(p->file.text, 20, 2);        /* LMDB's data format, */
    test_file_poke(p->file.text, 4096 + 20, 2); /* on both of its first pages */
    o = audit(p->folder.text);
    cr_assert(eq(int, o->err, SMK_ERR_STORE_VERSION));
    outcome_free(o);
    patient_free(p);
}
