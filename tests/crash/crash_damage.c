/* tests/crash/crash_damage.c: a store file that is cut short, or of which bits are flipped.
 *
 * A cut file is refused with a code, never with a signal. Every flip inside a record is found by a scrub, by name. A flip
 * anywhere may end the process that reads, but no record comes out of it that was never stored. */
#define _GNU_SOURCE /* memmem */

#include "proto/check.h"
#include "proto/hash.h"
#include "store/compact.h"
#include "store/scrub.h"
#include "tests/support/rng.h"
#include "tests/support/stores.h"
#include "tests/support/tidy.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    EDITS = 60,
    RECORDS_MAX = 512,
    ROW_HEAD_BYTES = 15, /* what stands before the header in a row of `rec`: SCHEMA.md section 4 */
    SIGNATURE_AND_SALT_BYTES = 64 + 16,
    CHILD_S = 20,
};

struct stored {
    uint8_t id[SMK_ID_BYTES];
    uint64_t seq;
    size_t at, len; /* of its row in the file */
};

struct tally {
    uint64_t cuts, refused;
    uint64_t flips, found;
    uint64_t anywhere, wrong, died;
};

struct damage {
    struct test_dir dir;
    struct test_path folder, file; /* of the copy that is damaged */
    uint8_t *bytes;                /* of the file, whole */
    size_t len;
    size_t record_count;
    struct stored record[RECORDS_MAX + 1]; /* by arrival */
    struct tally *tally;                   /* shared with those that may die */
    uint64_t seed;
};

static void demand(enum smk_err err, const char *what)
{
    if (err == SMK_OK)
        return;
    (void)fprintf(stderr, "crash_damage: %s: %s\n", what, smk_err_text(err));
    exit(1);
}

/* ---- the store ---- */

static bool keep_record(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct damage *d = ctx;
    SMK_ASSERT(arrival <= RECORDS_MAX);
    struct stored *s = &d->record[arrival];
    const uint8_t *header = memmem(d->bytes, d->len, r->header_bytes.data, r->header_bytes.len);
    SMK_ASSERT(header != NULL);
    memcpy(s->id, r->id, sizeof s->id);
    s->seq = r->header.seq;
    s->at = (size_t)(header - d->bytes) - ROW_HEAD_BYTES;
    s->len = ROW_HEAD_BYTES + r->header_bytes.len + SIGNATURE_AND_SALT_BYTES + r->payload.len;
    d->record_count = arrival;
    return true;
}

static struct smk_store *store_open(const struct damage *d)
{
    struct smk_store *s = NULL;
    struct smk_store_options options = {.path = d->folder.text, .is_read_only = true};
    demand(smk_store_open(&options, &s), "opening the copy");
    return s;
}

static void file_read(struct damage *d)
{
    int fd = open(d->file.text, O_RDONLY | O_CLOEXEC);
    d->len = test_file_bytes(d->file.text);
    d->bytes = malloc(d->len);
    SMK_ASSERT(fd >= 0);
    SMK_ASSERT(d->bytes != NULL);
    SMK_ASSERT(read(fd, d->bytes, d->len) == (ssize_t)d->len);
    (void)close(fd);
}

/* Compacted, so that every record stands in it once. */
static void store_make(struct damage *d)
{
    struct smk_home home;
    struct smk_compaction done;
    struct smk_store_view *v;
    struct test_path path = test_dir_at(&d->dir, "a");
    test_home_found(&d->dir, "a", &home);
    for (int i = 0; i < 4; i++)
        demand(test_put(&home, i % 2 == 0 ? "pub" : "nat", EDITS / 4), "writing");
    smk_home_close(&home);
    demand(smk_home_open_alone(path.text, &home), "opening alone");
    demand(smk_home_compact(&home, &done), "compacting");
    smk_home_close(&home);
    d->folder = test_dir_at(&d->dir, "copy");
    d->file = test_dir_at(&d->dir, "copy/data.mdb");
    SMK_ASSERT(mkdir(d->folder.text, 0700) == 0);
    test_copy_file(test_dir_at(&d->dir, "a/store/data.mdb").text, d->file.text);
    file_read(d);
    struct smk_store *s = store_open(d);
    demand(smk_store_view_new(s, &v), "reading");
    const struct smk_view *view = smk_store_view_get(v);
    demand(view->read_arrivals(view->ctx, 0, keep_record, d), "reading");
    smk_store_view_free(v);
    smk_store_close(s);
}

/* ---- cuts ---- */

static void cut(struct damage *d, size_t len)
{
    struct smk_store *s = NULL;
    struct smk_store_options reading = {.path = d->folder.text, .is_read_only = true},
                             writing = {.path = d->folder.text};
    int fd = open(d->file.text, O_WRONLY | O_TRUNC | O_CLOEXEC);
    SMK_ASSERT(fd >= 0);
    SMK_ASSERT(write(fd, d->bytes, len) == (ssize_t)len);
    (void)close(fd);
    d->tally->cuts++;
    enum smk_err read_err = smk_store_open(&reading, &s);
    enum smk_err write_err = read_err != SMK_OK ? smk_store_open(&writing, &s) : SMK_OK;
    if (read_err == SMK_ERR_STORE_DAMAGED && write_err == SMK_ERR_STORE_DAMAGED)
        d->tally->refused++;
    else
        (void)fprintf(stderr, "NOT REFUSED: cut to %zu of %zu bytes: %s, %s\n", len, d->len,
                      smk_err_name(read_err), smk_err_name(write_err));
    smk_store_close(s);
}

static void cut_all(struct damage *d, uint64_t count, struct test_rng *rng)
{
    for (uint64_t i = 0; i < count; i++) {
        static const size_t special[] = {0, 1, 152, 4096, 4097, 8191, 8192};
        size_t len =
            i < sizeof special / sizeof special[0] ? special[i] : (size_t)test_rng_below(rng, d->len);
        cut(d, len);
    }
    cut(d, d->len - 1);
    test_copy_file(test_dir_at(&d->dir, "a/store/data.mdb").text, d->file.text);
}

/* ---- flips inside records ---- */

struct search {
    const struct stored *wanted;
    uint64_t arrival;
    bool is_named;
    size_t others;
};

static void judge_damage(void *ctx, const struct smk_damage *found)
{
    struct search *x = ctx;
    bool is_it = found->arrival == x->arrival && found->seq == x->wanted->seq && found->has_id &&
                 memcmp(found->id, x->wanted->id, SMK_ID_BYTES) == 0;
    x->is_named = x->is_named || is_it;
    x->others += !is_it;
}

static void flip(const struct damage *d, size_t at, uint8_t bits)
{
    test_file_poke(d->file.text, at, test_file_peek(d->file.text, at) ^ bits);
}

static void flip_records(struct damage *d, uint64_t count, struct test_rng *rng)
{
    for (uint64_t i = 0; i < count; i++) {
        struct smk_scrub_counts counts;
        uint64_t arrival = 1 + test_rng_below(rng, d->record_count);
        struct search x = {.wanted = &d->record[arrival], .arrival = arrival};
        size_t at = x.wanted->at + (size_t)test_rng_below(rng, x.wanted->len);
        uint8_t bits = (uint8_t)(1u << test_rng_below(rng, 8));
        flip(d, at, bits);
        struct smk_store *s = store_open(d);
        d->tally->flips++;
        demand(smk_store_scrub(s, judge_damage, &x, &counts), "scrubbing");
        smk_store_close(s);
        if (x.is_named && x.others == 0)
            d->tally->found++;
        else
            (void)fprintf(stderr,
                          "NOT FOUND: bit %02x of byte %zu (arrival %" PRIu64 ", byte %zu of its row)\n",
                          bits, at, arrival, at - x.wanted->at);
        flip(d, at, bits);
    }
}

/* ---- flips anywhere ---- */

static void ignore_damage(void *ctx, const struct smk_damage *found)
{
    (void)ctx;
    (void)found;
}

static bool judge_record(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct damage *d = ctx;
    if (arrival < 1 || arrival > d->record_count || memcmp(d->record[arrival].id, r->id, SMK_ID_BYTES) != 0) {
        (void)fprintf(stderr, "WRONG RECORD at arrival %" PRIu64 "\n", arrival);
        d->tally->wrong++;
    }
    return true;
}

/* What a program would do with the file. Dying is an answer: programs catch it and say 'store file damaged'. */
static _Noreturn void read_apart(struct damage *d)
{
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    struct smk_store *s = NULL;
    struct smk_store_view *v = NULL;
    struct smk_scrub_counts counts;
    struct smk_store_options options = {.path = d->folder.text, .is_read_only = true};
    int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)dup2(nothing, STDERR_FILENO); /* no sanitizer's report: to die is enough */
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
        (void)signal(fatal[i], SIG_DFL);
    (void)alarm(CHILD_S);
    enum smk_err err = smk_store_open(&options, &s);
    if (err == SMK_OK)
        err = smk_store_view_new(s, &v);
    if (err == SMK_OK) {
        const struct smk_view *view = smk_store_view_get(v);
        err = view->read_arrivals(view->ctx, 0, judge_record, d);
    }
    if (s != NULL && smk_store_scrub(s, ignore_damage, NULL, &counts) != SMK_OK)
        err = SMK_ERR_STORE_DAMAGED;
    _exit(err == SMK_OK ? 0 : 1);
}

static void flip_anywhere(struct damage *d, uint64_t count, struct test_rng *rng)
{
    for (uint64_t i = 0; i < count; i++) {
        size_t at = (size_t)test_rng_below(rng, d->len);
        uint8_t bits = (uint8_t)(1u << test_rng_below(rng, 8));
        int status = 0;
        flip(d, at, bits);
        d->tally->anywhere++;
        pid_t pid = fork();
        if (pid == 0)
            read_apart(d);
        SMK_ASSERT(pid > 0);
        SMK_ASSERT(waitpid(pid, &status, 0) == pid);
        d->tally->died += !WIFEXITED(status) || WEXITSTATUS(status) > 1;
        flip(d, at, bits);
    }
}

/* ---- the program ---- */

static bool read_number(const char *text, uint64_t *ret_number)
{
    char *end;
    if (text == NULL || text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    uint64_t number = strtoull(text, &end, 10);
    if (errno != 0 || *end != 0)
        return false;
    *ret_number = number;
    return true;
}

int main(int argc, char **argv)
{
    static struct damage d;
    uint64_t cuts = 200, flips = 1000, anywhere = 1000;
    d.seed = test_seed();
    for (int i = 1; i < argc; i += 2) {
        bool is_known = (strcmp(argv[i], "--cuts") == 0 && read_number(argv[i + 1], &cuts)) ||
                        (strcmp(argv[i], "--flips") == 0 && read_number(argv[i + 1], &flips)) ||
                        (strcmp(argv[i], "--anywhere") == 0 && read_number(argv[i + 1], &anywhere)) ||
                        (strcmp(argv[i], "--seed") == 0 && read_number(argv[i + 1], &d.seed));
        if (!is_known) {
            (void)fputs("usage: crash_damage [--cuts N] [--flips N] [--anywhere N] [--seed N]\n", stderr);
            return 2;
        }
    }
    struct test_rng rng = test_rng_from(d.seed);
    d.tally = mmap(NULL, sizeof *d.tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    SMK_ASSERT(d.tally != MAP_FAILED);
    demand(smk_crypto_start(), "libsodium");
    test_tidy_begin(NULL);
    test_tidy_folder(d.dir.path);
    test_dir_init(&d.dir);
    store_make(&d);
    cut_all(&d, cuts, &rng);
    flip_records(&d, flips, &rng);
    flip_anywhere(&d, anywhere, &rng);
    const struct tally *t = d.tally;
    (void)printf("cuts %" PRIu64 ", refused %" PRIu64 "; flips in %zu records %" PRIu64 ", found %" PRIu64
                 "; flips anywhere %" PRIu64 ", wrong records %" PRIu64 ", ended the reader %" PRIu64
                 " (seed %" PRIu64 ")\n",
                 t->cuts, t->refused, d.record_count, t->flips, t->found, t->anywhere, t->wrong, t->died,
                 d.seed);
    bool is_good = t->cuts == t->refused && t->flips == t->found && t->wrong == 0;
    free(d.bytes);
    test_dir_deinit(&d.dir);
    return is_good ? 0 : 1;
}
