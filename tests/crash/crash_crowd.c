/* tests/crash/crash_crowd.c: several processes at one store: one that is stopped in the middle of a transaction and goes on
 * or is killed; and two that write while a third compacts. */
#define _GNU_SOURCE /* pipe2 */

#include "proto/check.h"
#include "proto/hash.h"
#include "store/audit.h"
#include "store/compact.h"
#include "store/inside.h"
#include "tests/crash/state.h"
#include "tests/support/builders.h"
#include "tests/support/rng.h"
#include "tests/support/stores.h"
#include "tests/support/tidy.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WRITERS = 2, PAUSE_US = 3000, TRY_US = 500, END_MS = 120 * 1000, STEP_MS = 5 };

struct crowd {
    struct test_dir dir;
    struct test_path home;
    uint64_t seed;
    uint64_t stop_ms;
    uint64_t stops, lost, failures;
    uint64_t written, compactions;
};

static void demand(enum smk_err err, const char *what)
{
    if (err == SMK_OK)
        return;
    (void)fprintf(stderr, "crash_crowd: %s: %s\n", what, smk_err_text(err));
    exit(1);
}

/* In a process of its own, since a store is never open in one that forks; it does not outlive the test. */
static pid_t start(void (*work)(struct crowd *c, int out), struct crowd *c, int out)
{
    pid_t pid = fork();
    SMK_ASSERT(pid >= 0);
    if (pid > 0)
        return pid;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    work(c, out);
    _exit(0);
}

/* Its exit code; -1 when it was killed, or is still running after ms and is killed now. */
static int await(pid_t pid, int ms)
{
    int status;
    for (int waited = 0; waited <= ms; waited += STEP_MS) {
        if (waitpid(pid, &status, WNOHANG) == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        (void)poll(NULL, 0, STEP_MS);
    }
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, &status, 0);
    return -1;
}

static void expect(struct crowd *c, bool is_good, const char *what)
{
    if (is_good)
        return;
    (void)fprintf(stderr, "FAILED: %s (seed %" PRIu64 ")\n", what, c->seed);
    c->failures++;
}

static void home_open(struct crowd *c, struct smk_home *h)
{
    demand(smk_home_open(c->home.text, h), "opening the home");
}

/* ---- stopped in the middle ---- */

/* A row that is half of a transaction when the process stops. */
static enum smk_err put_and_stop(struct smk_txn *t, void *ctx)
{
    (void)ctx;
    smk_txn_put(t, SMK_TABLE_LOCAL, smk_bytes_of_text("stopped"), smk_bytes_of_text("half"));
    (void)raise(SIGSTOP);
    return t->err;
}

static void work_stopped(struct crowd *c, int out)
{
    struct smk_home home;
    (void)out;
    home_open(c, &home);
    demand(smk_db_write(home.store->db, put_and_stop, NULL), "the write that was stopped");
    smk_home_close(&home);
}

static void work_read(struct crowd *c, int out)
{
    struct smk_home home;
    struct crash_state state;
    (void)out;
    home_open(c, &home);
    demand(crash_state_read(&home, true, &state), "reading beside a stopped writer");
    smk_home_close(&home);
}

static void work_put(struct crowd *c, int out)
{
    struct smk_home home;
    (void)out;
    home_open(c, &home);
    demand(test_put(&home, "pub", 1), "writing behind a stopped writer");
    smk_home_close(&home);
}

/* Exit code 1 when the half row is there; it is taken away then. */
static enum smk_err take_half(struct smk_txn *t, void *ctx)
{
    struct smk_bytes value;
    *(bool *)ctx = smk_txn_get(t, SMK_TABLE_LOCAL, smk_bytes_of_text("stopped"), &value);
    smk_txn_del(t, SMK_TABLE_LOCAL, smk_bytes_of_text("stopped"));
    return t->err;
}

static void work_look(struct crowd *c, int out)
{
    struct smk_home home;
    bool is_there = false;
    (void)out;
    home_open(c, &home);
    if (smk_db_write(home.store->db, take_half, &is_there) != SMK_OK)
        _exit(2);
    smk_home_close(&home);
    _exit(is_there ? 1 : 0);
}

static uint64_t records_of(struct crowd *c)
{
    int line[2];
    uint64_t records = 0;
    SMK_ASSERT(pipe2(line, O_CLOEXEC) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct smk_home home;
        home_open(c, &home);
        records = test_store_records(home.store);
        smk_home_close(&home);
        _exit(write(line[1], &records, sizeof records) == sizeof records ? 0 : 1);
    }
    (void)close(line[1]);
    SMK_ASSERT(read(line[0], &records, sizeof records) == sizeof records);
    (void)close(line[0]);
    SMK_ASSERT(await(pid, END_MS) == 0);
    return records;
}

static void stop_once(struct crowd *c, bool goes_on)
{
    int status;
    uint64_t before = records_of(c);
    pid_t stopped = start(work_stopped, c, -1);
    SMK_ASSERT(waitpid(stopped, &status, WUNTRACED) == stopped);
    SMK_ASSERT(WIFSTOPPED(status));
    c->stops++;
    expect(c, await(start(work_read, c, -1), END_MS) == 0, "reading beside a stopped writer");
    pid_t waiting = start(work_put, c, -1);
    (void)poll(NULL, 0, (int)c->stop_ms);
    expect(c, waitpid(waiting, &status, WNOHANG) == 0, "a writer waits for the one that is stopped");
    (void)kill(stopped, goes_on ? SIGCONT : SIGKILL);
    int code = await(stopped, END_MS);
    expect(c, code == (goes_on ? 0 : -1), "the stopped writer ends as it should");
    expect(c, await(waiting, END_MS) == 0, "the writer that waited goes on");
    expect(c, await(start(work_look, c, -1), END_MS) == (goes_on ? 1 : 0),
           goes_on ? "the whole transaction is there" : "nothing of the transaction is there");
    expect(c, records_of(c) == before + 1, "what was written behind it is there");
}

/* ---- two write, a third compacts ---- */

static void put_one(struct smk_home *h, uint64_t number, size_t letters, uint8_t ret_id[SMK_ID_BYTES])
{
    struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    uint8_t id[1][SMK_ID_BYTES];
    test_edit_payload(&payload, number, letters);
    struct smk_draft draft = {
        .scope = smk_scope_of("pub"), .type = SMK_RECORD_EDIT, .payload = smk_buf_view(&payload)};
    demand(smk_store_write(h->store, &h->identity, &draft, 1, id), "an edit");
    memcpy(ret_id, id[0], SMK_ID_BYTES);
    smk_buf_deinit(&payload);
}

static bool try_home(struct crowd *c, bool is_alone, struct smk_home *h)
{
    enum smk_err err = is_alone ? smk_home_open_alone(c->home.text, h) : smk_home_open(c->home.text, h);
    if (err == SMK_ERR_STORE_BUSY) {
        (void)usleep(TRY_US);
        return false;
    }
    demand(err, is_alone ? "opening alone" : "opening the home");
    return true;
}

/* Says the id of each record that it was told is on the disk. */
static void work_write(struct crowd *c, int out)
{
    struct test_rng rng = test_rng_from(c->seed ^ (uint64_t)getpid());
    for (uint64_t i = 0; i < c->written;) {
        struct smk_home home;
        uint8_t id[SMK_ID_BYTES];
        if (!try_home(c, false, &home))
            continue;
        put_one(&home, i++, (size_t)test_rng_below(&rng, 600), id);
        if (write(out, id, sizeof id) != sizeof id)
            _exit(1);
        smk_home_close(&home);
        (void)usleep((useconds_t)test_rng_below(&rng, PAUSE_US));
    }
}

/* Says a byte for each time; until it is killed. */
static void work_compact(struct crowd *c, int out)
{
    for (;;) {
        struct smk_home home;
        struct smk_compaction done;
        if (!try_home(c, true, &home))
            continue;
        demand(smk_home_compact(&home, &done), "compacting");
        smk_home_close(&home);
        if (write(out, "c", 1) != 1)
            _exit(1);
        (void)usleep(PAUSE_US);
    }
}

struct ids {
    uint8_t (*at)[SMK_ID_BYTES];
    size_t count;
};

/* What each pipe has said until its end. */
static void gather(int in[WRITERS], struct ids *ids)
{
    for (int i = 0; i < WRITERS; i++) {
        uint8_t id[SMK_ID_BYTES];
        while (read(in[i], id, sizeof id) == (ssize_t)sizeof id) {
            ids->at = realloc(ids->at, (ids->count + 1) * sizeof *ids->at);
            SMK_ASSERT(ids->at != NULL);
            memcpy(ids->at[ids->count++], id, sizeof id);
        }
        (void)close(in[i]);
    }
}

struct finding_ids {
    const struct ids *ids;
    bool *is_found;
};

static bool find_id(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct finding_ids *f = ctx;
    (void)arrival;
    for (size_t i = 0; i < f->ids->count; i++)
        if (memcmp(f->ids->at[i], r->id, SMK_ID_BYTES) == 0)
            f->is_found[i] = true;
    return true;
}

static void count_finding(void *ctx, const struct smk_finding *finding)
{
    (void)fprintf(stderr, "audit: %s\n", finding->what);
    ++*(uint64_t *)ctx;
}

/* A fork would show here: a place can hold one of two records only, so that the other is lost. */
static void check_ids(struct crowd *c, const struct ids *ids)
{
    struct smk_home home;
    struct smk_store_view *v;
    struct smk_audit_counts counts;
    uint64_t findings = 0;
    struct finding_ids f = {.ids = ids, .is_found = calloc(ids->count + 1, sizeof(bool))};
    SMK_ASSERT(f.is_found != NULL);
    home_open(c, &home);
    demand(smk_store_view_new(home.store, &v), "reading");
    const struct smk_view *view = smk_store_view_get(v);
    demand(view->read_arrivals(view->ctx, 0, find_id, &f), "reading");
    smk_store_view_free(v);
    smk_home_close(&home);
    for (size_t i = 0; i < ids->count; i++)
        c->lost += !f.is_found[i];
    free(f.is_found);
    demand(smk_store_audit(test_dir_at(&c->dir, "a/store").text, count_finding, &findings, &counts),
           "auditing");
    expect(c, findings == 0, "the audit finds nothing");
}

static void crowd(struct crowd *c, uint64_t each)
{
    int line[WRITERS + 1][2], in[WRITERS];
    pid_t pid[WRITERS + 1];
    struct ids ids = {0};
    char byte;
    c->written = each;
    for (int i = 0; i <= WRITERS; i++) {
        SMK_ASSERT(pipe2(line[i], O_CLOEXEC) == 0);
        pid[i] = start(i < WRITERS ? work_write : work_compact, c, line[i][1]);
        (void)close(line[i][1]);
    }
    for (int i = 0; i < WRITERS; i++)
        in[i] = line[i][0];
    gather(in, &ids);
    for (int i = 0; i < WRITERS; i++)
        expect(c, await(pid[i], END_MS) == 0, "a writer ends well");
    expect(c, waitpid(pid[WRITERS], NULL, WNOHANG) == 0, "the compactor goes on all the time");
    (void)kill(pid[WRITERS], SIGKILL); /* whatever it is just about */
    (void)await(pid[WRITERS], END_MS);
    while (read(line[WRITERS][0], &byte, 1) == 1)
        c->compactions++;
    (void)close(line[WRITERS][0]);
    c->written = ids.count;
    check_ids(c, &ids);
    free(ids.at);
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
    static struct crowd c;
    uint64_t stops = 20, each = 2000;
    c.seed = test_seed();
    c.stop_ms = 3000;
    for (int i = 1; i < argc; i += 2) {
        bool is_known = (strcmp(argv[i], "--stops") == 0 && read_number(argv[i + 1], &stops)) ||
                        (strcmp(argv[i], "--stop-ms") == 0 && read_number(argv[i + 1], &c.stop_ms)) ||
                        (strcmp(argv[i], "--writes") == 0 && read_number(argv[i + 1], &each)) ||
                        (strcmp(argv[i], "--seed") == 0 && read_number(argv[i + 1], &c.seed));
        if (!is_known) {
            (void)fputs("usage: crash_crowd [--stops N] [--stop-ms N] [--writes N] [--seed N]\n", stderr);
            return 2;
        }
    }
    demand(smk_crypto_start(), "libsodium");
    test_tidy_begin(NULL);
    test_tidy_folder(c.dir.path);
    test_dir_init(&c.dir);
    c.home = test_dir_at(&c.dir, "a");
    pid_t founder = fork();
    if (founder == 0) {
        struct smk_home home;
        test_home_found(&c.dir, "a", &home);
        demand(test_put(&home, "pub", 20), "writing");
        smk_home_close(&home);
        _exit(0);
    }
    SMK_ASSERT(await(founder, END_MS) == 0);
    for (uint64_t i = 0; i < stops; i++)
        stop_once(&c, i % 2 == 0);
    crowd(&c, each);
    (void)printf("stops %" PRIu64 " of %" PRIu64 " ms; written %" PRIu64 " by %d, compactions %" PRIu64
                 ", lost %" PRIu64 ", failures %" PRIu64 " (seed %" PRIu64 ")\n",
                 c.stops, c.stop_ms, c.written, WRITERS, c.compactions, c.lost, c.failures, c.seed);
    bool is_good =
        c.lost == 0 && c.failures == 0 && c.written == WRITERS * each && (each == 0 || c.compactions > 0);
    test_dir_deinit(&c.dir);
    return is_good ? 0 : 1;
}
