/* tools/bench/bench.c: measures Samaki against the limits of this machine. BENCH.md says what each key is.
 *
 *   bench [--json] [--quick] [--cpu] [--dir DIR] [KEY...]
 *
 * --cpu counts the time of this process on the processor instead of what passes: for a machine that is busy otherwise.
 * Everything that it writes lies in a new folder below DIR (TMPDIR, else /var/tmp), which it takes away again. */
#include "tools/bench/bench.h"

#include "proto/hash.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static clockid_t time_of = CLOCK_MONOTONIC;

double bench_now(void)
{
    struct timespec now = {0};
    if (clock_gettime(time_of, &now) != 0) {
        (void)fputs("bench: the clock cannot be read\n", stderr);
        exit(1);
    }
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b)
{
    const double *left = a, *right = b;
    return *left < *right ? -1 : *left > *right;
}

double bench_median(double *at, size_t count)
{
    qsort(at, count, sizeof *at, compare);
    return at[count / 2];
}

void bench_demand(enum smk_err err, const char *what)
{
    if (err == SMK_OK)
        return;
    (void)fprintf(stderr, "bench: %s: %s\n", what, smk_err_text(err));
    exit(1);
}

/* ---- what is asked for ---- */

struct asked {
    struct bench_options options;
    const char *below;
    bool is_json;
    bool wanted[BENCH_INDEX_KEYS];
    size_t count;
};

static bool want(struct asked *a, const char *name)
{
    for (size_t i = 0; i < BENCH_INDEX_KEYS; i++)
        if (strcmp(bench_index_key[i].name, name) == 0) {
            a->wanted[i] = true;
            a->count++;
            return true;
        }
    return false;
}

static bool read_words(int argc, char **argv, struct asked *ret_asked)
{
    const char *temporary = getenv("TMPDIR");
    *ret_asked = (struct asked){.below = temporary != NULL && temporary[0] != '\0' ? temporary : "/var/tmp"};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            ret_asked->is_json = true;
        else if (strcmp(argv[i], "--quick") == 0)
            ret_asked->options.is_quick = true;
        else if (strcmp(argv[i], "--cpu") == 0)
            time_of = CLOCK_PROCESS_CPUTIME_ID;
        else if (strcmp(argv[i], "--dir") == 0 && i + 1 < argc)
            ret_asked->below = argv[++i];
        else if (!want(ret_asked, argv[i]))
            return false;
    }
    for (size_t i = 0; i < BENCH_INDEX_KEYS && ret_asked->count == 0; i++)
        ret_asked->wanted[i] = true;
    return true;
}

static int say_usage(void)
{
    (void)fputs("usage: bench [--json] [--quick] [--cpu] [--dir DIR] [KEY...]\nKEY is one of:", stderr);
    for (size_t i = 0; i < BENCH_INDEX_KEYS; i++)
        (void)fprintf(stderr, " %s", bench_index_key[i].name);
    (void)fputc('\n', stderr);
    return 2;
}

/* ---- what came of it ---- */

static bool is_reached(const struct bench_key *key, double ratio)
{
    return key->is_at_most ? ratio <= key->goal : ratio >= key->goal;
}

static void say(const struct bench_key *key, const struct bench_result *r)
{
    double ratio = r->value / r->limit;
    (void)printf("%-14s %12.2f %s, limit %12.2f, ratio %6.2f, goal %s %.2f%s\n", key->name, r->value,
                 key->unit, r->limit, ratio, key->is_at_most ? "<=" : ">=", key->goal,
                 is_reached(key, ratio) ? "" : "   MISSED");
}

static double rounded(double number)
{
    return round(number * 1e4) / 1e4;
}

static json_t *result_json(const struct bench_key *key, const struct bench_result *r)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:s}", "value", rounded(r->value), "limit", rounded(r->limit),
                     "ratio", rounded(r->value / r->limit), "goal", key->goal, "unit", key->unit);
}

static void print(const struct asked *a, const struct bench_result *result)
{
    json_t *all = json_object();
    for (size_t i = 0; i < BENCH_INDEX_KEYS; i++) {
        if (!a->wanted[i])
            continue;
        if (!a->is_json)
            say(&bench_index_key[i], &result[i]);
        (void)json_object_set_new(all, bench_index_key[i].name, result_json(&bench_index_key[i], &result[i]));
    }
    if (a->is_json && json_dumpf(all, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(10)) == 0)
        (void)putchar('\n');
    json_decref(all);
}

/* ---- a folder for the run ---- */

/* In a child, so that the folder goes away whatever becomes of it. */
static int measure(const struct asked *a)
{
    struct bench_result result[BENCH_INDEX_KEYS] = {0};
    bench_demand(smk_crypto_start(), "libsodium");
    bench_index(&a->options, a->wanted, result);
    print(a, result);
    return fflush(stdout) == 0 ? 0 : 1;
}

static int run(const char *const *words)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        (void)execvp(words[0], (char *const *)(uintptr_t)words);
        _exit(127);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return 1;
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
    struct asked a;
    char dir[4096];
    int status = 0;
    if (!read_words(argc, argv, &a))
        return say_usage();
    int len = snprintf(dir, sizeof dir, "%s/samaki-bench-XXXXXX", a.below);
    if (len < 0 || (size_t)len >= sizeof dir || mkdtemp(dir) == NULL) {
        (void)fprintf(stderr, "bench: no folder can be made below %s: %s\n", a.below, strerror(errno));
        return 1;
    }
    a.options.dir = dir;
    pid_t child = fork();
    if (child == 0)
        exit(measure(&a));
    while (child > 0 && waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            break;
    int removed = run((const char *const[]){"rm", "-rf", "--", dir, NULL});
    return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 && removed == 0 ? 0 : 1;
}
