#include "store/store.h"

#include "proto/hash.h"
#include "store/audit.h"
#include "store/local.h"
#include "tests/support/rng.h"
#include "tests/support/stores.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Several processes at one store. The children begin before this process opens anything. */

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(process, .init = start_crypto, .timeout = 200);

struct worker {
    pid_t pid;
    int from; /* what it says: one byte for each write that was acknowledged to it */
};

/* Writes to its scope, one record a call, until it is told to stop by its death or has written max. */
static void work(const char *home_path, const char *scope, int out, size_t max)
{
    struct smk_home home;
    if (smk_home_open(home_path, &home) != SMK_OK)
        _exit(1);
    for (size_t i = 0; i < max; i++) {
        if (test_put(&home, scope, 1) != SMK_OK)
            _exit(2);
        if (write(out, "+", 1) != 1)
            _exit(3);
    }
    smk_home_close(&home);
    _exit(0);
}

static struct worker worker_start(const char *home_path, const char *scope, size_t max)
{
    int pipe_fd[2];
    struct worker w;
    cr_assert(eq(int, pipe(pipe_fd), 0));
    w.pid = fork();
    cr_assert(ne(int, w.pid, -1));
    if (w.pid == 0) {
        (void)close(pipe_fd[0]);
        work(home_path, scope, pipe_fd[1], max);
    }
    (void)close(pipe_fd[1]);
    w.from = pipe_fd[0];
    return w;
}

/* Waits until at least count writes were acknowledged; answers how many. */
static size_t worker_wait(struct worker *w, size_t count)
{
    char said[64];
    size_t heard = 0;
    while (heard < count) {
        ssize_t n = read(w->from, said, sizeof said < count - heard ? sizeof said : count - heard);
        if (n <= 0)
            break;
        heard += (size_t)n;
    }
    return heard;
}

/* Everything that it still says, after its end. */
static size_t worker_end(struct worker *w, int *ret_status)
{
    size_t heard = worker_wait(w, SIZE_MAX);
    cr_assert(eq(int, waitpid(w->pid, ret_status, 0), w->pid));
    (void)close(w->from);
    return heard;
}

static void no_finding(void *ctx, const struct smk_finding *finding)
{
    (void)ctx;
    cr_assert(eq(str, (char *)(uintptr_t)finding->what, ""));
}

static void found_at(const struct test_dir *dir)
{
    pid_t pid = fork(); /* the environment is never opened in the process that will fork again */
    int status;
    if (pid == 0) {
        struct smk_home home;
        test_home_found(dir, "a", &home);
        smk_home_close(&home);
        _exit(0);
    }
    cr_assert(eq(int, waitpid(pid, &status, 0), pid));
    cr_assert(eq(int, status, 0));
}

static void audit_clean(const struct test_dir *dir, uint64_t records)
{
    struct smk_audit_counts counts;
    cr_assert(eq(int, smk_store_audit(test_dir_at(dir, "a/store").text, no_finding, NULL, &counts), SMK_OK));
    cr_assert(eq(u64, counts.records, records));
    cr_assert(eq(u64, counts.findings, 0));
}

Test(process, two_processes_write_to_one_store)
{
    struct test_dir dir;
    int status;
    test_dir_init(&dir);
    found_at(&dir);
    struct test_path home = test_dir_at(&dir, "a");
    struct worker w[3] = {
        worker_start(home.text, "nat", 60),
        worker_start(home.text, "nat", 60),
        worker_start(home.text, "pub", 60),
    };
    for (size_t i = 0; i < 3; i++) {
        cr_assert(eq(sz, worker_end(&w[i], &status), 60));
        cr_assert(eq(int, status, 0));
    }
    audit_clean(&dir, 5 + 1 + 120 + 1 + 60);
    test_dir_deinit(&dir);
}

Test(process, what_was_acknowledged_outlives_a_process_that_is_killed)
{
    struct test_dir dir;
    int status;
    uint64_t acknowledged = 0, killed = 0;
    struct test_rng rng = test_rng_from(test_seed());
    test_dir_init(&dir);
    found_at(&dir);
    struct test_path home = test_dir_at(&dir, "a");
    for (int i = 0; i < 12; i++) {
        struct worker w = worker_start(home.text, "nat", 1000);
        uint64_t heard = worker_wait(&w, 1 + test_rng_below(&rng, 12));
        (void)poll(NULL, 0, (int)test_rng_below(&rng, 3)); /* anywhere inside a write */
        cr_assert(eq(int, kill(w.pid, SIGKILL), 0));
        heard += worker_end(&w, &status);
        bool was_killed = WIFSIGNALED(status);
        cr_assert(was_killed);
        acknowledged += heard;
        killed++;
    }
    struct smk_home h;
    cr_assert(eq(int, smk_home_open(home.text, &h), SMK_OK));
    uint64_t records = test_store_records(h.store) - 5 - 1;
    cr_assert(ge(u64, records, acknowledged));
    cr_assert(le(u64, records, acknowledged + killed), "at most one of each was on its way");
    cr_assert(eq(int, test_put(&h, "nat", 1), SMK_OK));
    smk_home_close(&h);
    audit_clean(&dir, 5 + 1 + records + 1);
    test_dir_deinit(&dir);
}

Test(process, a_view_sees_what_another_process_writes)
{
    struct test_dir dir;
    int status;
    struct smk_home home;
    struct smk_store_view *v;
    bool has_moved, has_new_roster;
    test_dir_init(&dir);
    found_at(&dir);
    struct worker w = worker_start(test_dir_at(&dir, "a").text, "nat", 200);
    cr_assert(eq(sz, worker_wait(&w, 1), 1));
    cr_assert(eq(int, smk_home_open(test_dir_at(&dir, "a").text, &home), SMK_OK));
    cr_assert(eq(int, smk_store_view_new(home.store, &v), SMK_OK));
    const struct smk_view *view = smk_store_view_get(v);
    uint64_t moment = smk_store_moment(home.store), arrival = view->arrival(view->ctx);
    cr_assert(ge(u64, arrival, 7));
    while (view->arrival(view->ctx) < 206) {
        if (smk_store_moment(home.store) == moment)
            continue;
        moment = smk_store_moment(home.store);
        cr_assert(eq(int, smk_store_view_catch_up(v, &has_moved, &has_new_roster), SMK_OK));
        cr_assert(ge(u64, view->arrival(view->ctx), arrival));
        arrival = view->arrival(view->ctx);
        if (arrival % 5 == 0)
            cr_assert(eq(int, test_put(&home, "pub", 1), SMK_OK)); /* and writes itself */
    }
    cr_assert(eq(sz, worker_end(&w, &status), 199));
    cr_assert(eq(int, status, 0));
    smk_store_view_free(v);
    smk_home_close(&home);
    struct smk_audit_counts counts;
    cr_assert(eq(int, smk_store_audit(test_dir_at(&dir, "a/store").text, no_finding, NULL, &counts), SMK_OK));
    test_dir_deinit(&dir);
}
