/* Runs every operation of the scenarios again and again: the n-th call of a kind fails, n counted up until the operation
 * passes untouched; once with that call alone failing, once with all that follow.
 *
 *     fault_loops [--scenario S] [--fault F] [--nth N] [--once | --sticky] [--full] [--list]
 *
 * S and F are names, or beginnings of names. Exit 1 when anything is wrong. */
#include "tests/fault/scenario.h"

#include "proto/check.h"
#include "proto/hash.h"
#include "tests/support/tidy.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RUNS_MAX = 100000, RUN_S = 60, QUICK_POINTS = 6, QUICK_STICKY_STEP = 9, FAULT_KINDS_MAX = 64 };

int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

static const struct scenario *const lists[] = {
    proto_scenarios, session_scenarios, home_scenarios,  change_scenarios, fork_scenarios, upkeep_scenarios,
    index_scenarios, link_scenarios,    tools_scenarios, files_scenarios,  node_scenarios,
};

struct options {
    const char *scenario, *fault;
    bool has_nth, is_full, is_list;
    bool has_way, is_sticky;
    unsigned long nth;
};

struct totals {
    unsigned long loops, runs, failed;
    unsigned long hits[FAULT_KINDS_MAX]; /* runs that a kind has hit */
};

struct loop {
    const struct scenario *scenario;
    const struct fault_kind *kind;
    bool is_sticky;
    unsigned long runs, points, lived;
    unsigned long wrong;
};

static struct test_dir dir;
static char now[256]; /* what is being run, for a signal */
static size_t now_len;

const struct test_dir *scenario_dir(void)
{
    return &dir;
}

const char *scenario_text(const char *format, ...)
{
    static char text[512];
    va_list rest;
    va_start(rest, format);
    (void)vsnprintf(text, sizeof text, format, rest);
    va_end(rest);
    return text;
}

void scenario_demand(enum smk_err err)
{
    if (err == SMK_OK)
        return;
    calls_disarm();
    (void)fprintf(stderr, "fault_loops: what nothing disturbed failed: %s\n", smk_err_name(err));
    abort();
}

/* ---- one run ---- */

static void on_signal(int signal)
{
    static const char head[] = "fault_loops: ended by a signal (14: took too long) during ";
    (void)!write(STDERR_FILENO, head, sizeof head - 1);
    (void)!write(STDERR_FILENO, now, now_len);
    calls_disarm();
    test_tidy_now();
    _exit(128 + signal);
}

static void complain(struct loop *l, unsigned long nth, enum smk_err err, const char *what)
{
    (void)printf("%s, %s %s, n = %lu (%s), answer %s: %s\n", l->scenario->name, l->kind->name,
                 l->is_sticky ? "sticky" : "once", nth, calls_first_hit(), smk_err_name(err), what);
    l->wrong++;
}

/* What a run must not leave behind. */
struct counts {
    long blocks, maps;
    size_t files;
};

static struct counts counts_now(void)
{
    return (struct counts){calls_live(), calls_maps(), calls_open_files()};
}

static const char *counts_differ(const struct counts *before)
{
    struct counts after = counts_now();
    if (after.blocks != before->blocks)
        return scenario_text("%ld blocks were not released", after.blocks - before->blocks);
    if (after.files != before->files)
        return scenario_text("%zu files were open before, %zu are now", before->files, after.files);
    if (after.maps != before->maps)
        return scenario_text("%ld maps were not undone", after.maps - before->maps);
    return NULL;
}

/* A machine that fails is no file that is damaged, no peer that lies, and no record that is wrong. */
static bool is_honest(const struct scenario *s, enum smk_err err)
{
    static const enum smk_err honest[] = {SMK_ERR_NOMEM,    SMK_ERR_IO,         SMK_ERR_CRYPTO,
                                          SMK_ERR_STORE_IO, SMK_ERR_STORE_FULL, SMK_ERR_STORE_BUSY};
    static const enum smk_err of_lines[] = {SMK_ERR_DEAD, SMK_ERR_CUT_LINE, SMK_ERR_PEER_ERROR,
                                            SMK_ERR_SILENT};
    for (size_t i = 0; i < sizeof honest / sizeof honest[0]; i++)
        if (err == honest[i])
            return true;
    for (size_t i = 0; i < sizeof of_lines / sizeof of_lines[0] && s->has_line; i++)
        if (err == of_lines[i])
            return true;
    return false;
}

static const char *judge(const struct scenario *s, const struct fault_kind *kind, enum smk_err err)
{
    bool must_tell = kind->must_tell && !s->is_tolerant && !(s->is_vital && kind->error == ENOSPC);
    if (calls_hits() == 0 && err != SMK_OK)
        return "nothing was hit, and it failed";
    if (calls_hits() > 0 && err == SMK_OK && must_tell)
        return "it was hit, and said that all went well";
    /* LMDB does not read on: to it a file that gives half of its beginning is cut short. */
    if (err != SMK_OK && !calls_read_is_short() && !is_honest(s, err))
        return "the answer blames something else";
    return s->check != NULL ? s->check(err) : NULL;
}

/* True when something was hit. */
static bool run_once(struct loop *l, unsigned long nth)
{
    const struct scenario *s = l->scenario;
    struct counts before = counts_now();
    now_len = (size_t)snprintf(now, sizeof now, "--scenario %s --fault %s --%s --nth %lu\n", s->name,
                               l->kind->name, l->is_sticky ? "sticky" : "once", nth);
    (void)alarm(RUN_S);
    if (s->arrange != NULL)
        s->arrange();
    calls_plan(&(struct calls_plan){.kind = l->kind,
                                    .is_sticky = l->is_sticky,
                                    .has_reserve = s->has_reserve,
                                    .has_all_threads = s->has_all_threads,
                                    .nth = nth});
    if (!s->arms_itself)
        calls_arm();
    enum smk_err err = s->act();
    calls_over();
    bool was_hit = calls_hits() > 0;
    const char *wrong = judge(s, l->kind, err);
    if (wrong != NULL)
        complain(l, nth, err, wrong);
    if (s->clear != NULL)
        s->clear();
    wrong = counts_differ(&before);
    if (wrong != NULL)
        complain(l, nth, err, wrong);
    l->runs++;
    l->points += was_hit && err != SMK_OK ? 1 : 0;
    l->lived += was_hit && err == SMK_OK ? 1 : 0;
    return was_hit;
}

/* ---- loops ---- */

static unsigned long leaks_find(const char *what)
{
    if (__lsan_do_recoverable_leak_check == NULL || __lsan_do_recoverable_leak_check() == 0)
        return 0;
    (void)printf("%s: something leaked (above; --fault and --nth tell where)\n", what);
    return 1;
}

/* In the quick size the long loops leave points out, those with all calls failing more than those with one. */
static unsigned long step_of(const struct loop *l, const struct options *o, unsigned long nth)
{
    unsigned long step = l->scenario->quick_step > 1 ? l->scenario->quick_step : 1;
    if (l->is_sticky && step < QUICK_STICKY_STEP)
        step = QUICK_STICKY_STEP;
    return o->is_full || nth < QUICK_POINTS ? 1 : step;
}

static void loop_run(struct loop *l, const struct options *o)
{
    if (o->has_nth) {
        if (!run_once(l, o->nth))
            complain(l, o->nth, SMK_OK, "it never comes to that call");
    } else {
        for (unsigned long nth = 0; run_once(l, nth) && l->runs < RUNS_MAX;)
            nth += step_of(l, o, nth);
    }
    if (l->runs >= RUNS_MAX)
        complain(l, l->runs, SMK_OK, "it does not come to an end");
    if (l->points + l->lived == 0 && l->wrong == 0)
        return;           /* it makes no such call */
    if (o->fault != NULL) /* it takes its time: else once for all loops of a scenario */
        l->wrong += leaks_find(l->kind->name);
    (void)printf("%s, %s %s, %lu runs, failed at %lu points", l->scenario->name, l->kind->name,
                 l->is_sticky ? "sticky" : "once", l->runs, l->points);
    (void)printf(l->lived > 0 ? ", lived through %lu\n" : "\n", l->lived);
}

static bool is_asked(const char *asked, const char *name)
{
    return asked == NULL || strncmp(name, asked, strlen(asked)) == 0;
}

/* So that what is made once and kept is there before anything is counted. */
static void warm_up(const struct scenario *s)
{
    calls_plan(&(struct calls_plan){0});
    if (s->arrange != NULL)
        s->arrange();
    enum smk_err err = s->act();
    calls_disarm();
    const char *wrong = err == SMK_OK && s->check != NULL ? s->check(err) : NULL;
    if (err != SMK_OK || wrong != NULL) {
        (void)printf("%s, without any fault: %s %s\n", s->name, smk_err_name(err),
                     wrong != NULL ? wrong : "");
        (void)fflush(stdout);
        abort();
    }
    if (s->clear != NULL)
        s->clear();
}

static void scenario_run(const struct scenario *s, const struct options *o, struct totals *t)
{
    test_tidy_folder(dir.path);
    test_dir_init(&dir);
    calls_begin(dir.path);
    now_len = (size_t)snprintf(now, sizeof now, "--scenario %s, before any fault\n", s->name);
    if (s->begin != NULL)
        s->begin();
    warm_up(s);
    for (const struct fault_kind *kind = fault_kinds; kind->name != NULL; kind++)
        for (int sticky = 0; sticky < 2; sticky++) {
            struct loop l = {.scenario = s, .kind = kind, .is_sticky = sticky == 1};
            if ((s->calls & CALL_BIT(kind->call)) == 0 || !is_asked(o->fault, kind->name) ||
                (o->has_way && o->is_sticky != l.is_sticky))
                continue;
            loop_run(&l, o);
            (void)fflush(stdout);
            t->loops++;
            t->runs += l.runs;
            t->failed += l.wrong;
            t->hits[kind - fault_kinds] += l.points + l.lived;
        }
    (void)alarm(0);
    if (s->end != NULL)
        s->end();
    t->failed += leaks_find(s->name);
    test_dir_deinit(&dir);
    test_tidy_folder(NULL);
}

/* A kind that hits nothing in all of the scenarios is one whose definition nobody calls any more. */
static unsigned long idle_kinds(const struct totals *t)
{
    unsigned long count = 0;
    for (size_t i = 0; fault_kinds[i].name != NULL; i++) {
        SMK_ASSERT(i < FAULT_KINDS_MAX);
        if (t->hits[i] == 0)
            (void)printf("%s: never hit anything\n", fault_kinds[i].name);
        count += t->hits[i] == 0;
    }
    return count;
}

/* ---- the program ---- */

static bool options_read(int argc, char **argv, struct options *o)
{
    for (int i = 1; i < argc; i++) {
        bool has_more = i + 1 < argc;
        if (strcmp(argv[i], "--full") == 0)
            o->is_full = true;
        else if (strcmp(argv[i], "--list") == 0)
            o->is_list = true;
        else if (strcmp(argv[i], "--once") == 0 || strcmp(argv[i], "--sticky") == 0)
            o->has_way = true, o->is_sticky = argv[i][2] == 's';
        else if (strcmp(argv[i], "--scenario") == 0 && has_more)
            o->scenario = argv[++i];
        else if (strcmp(argv[i], "--fault") == 0 && has_more)
            o->fault = argv[++i];
        else if (strcmp(argv[i], "--nth") == 0 && has_more)
            o->has_nth = true, o->nth = strtoul(argv[++i], NULL, 10);
        else
            return false;
    }
    return true;
}

static void signals_set(void)
{
    static const int deadly[] = {SIGABRT, SIGALRM, SIGSEGV, SIGBUS};
    for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++)
        (void)signal(deadly[i], on_signal);
    test_tidy_begin(calls_disarm);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)umask(077);
}

int main(int argc, char **argv)
{
    struct options o = {0};
    struct totals t = {0};
    if (!options_read(argc, argv, &o)) {
        (void)fprintf(stderr, "usage: fault_loops [--scenario S] [--fault F] [--nth N] [--once | --sticky] "
                              "[--full] [--list]\n");
        return 2;
    }
    signals_set();
    scenario_demand(smk_crypto_start());
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        for (const struct scenario *s = lists[i]; s->name != NULL; s++) {
            if (o.is_list)
                (void)puts(s->name);
            else if (is_asked(o.scenario, s->name) && (o.is_full || o.scenario != NULL || !s->is_long))
                scenario_run(s, &o, &t);
        }
    if (!o.is_list && o.scenario == NULL && o.fault == NULL && !o.has_nth && !o.has_way)
        t.failed += idle_kinds(&t);
    if (!o.is_list)
        (void)printf("%lu loops, %lu runs, %lu failed\n", t.loops, t.runs, t.failed);
    (void)fflush(stdout); /* what leaked ends the program before that */
    if (!o.is_list && t.runs == 0) {
        (void)fprintf(stderr, "fault_loops: nothing of that name was run; --list names the operations\n");
        return 2;
    }
    return t.failed > 0 ? 1 : 0;
}
