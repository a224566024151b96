#include "proto/hash.h"
#include "tests/sim/world.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* sim [--seeds A-B] [--seed N [--trace]] [--byzantine] [--liveness] [--twice] [--each N]: worlds, one after the other. */

enum { WORLD_SECONDS_MAX = 120 }; /* of real time: a world that hangs is a failure with a seed as well */

struct plan {
    uint64_t first, last;
    bool is_twice;
    uint64_t each; /* so often at least each kind of fault has to come about, over all worlds */
    struct world_options options;
};

static struct world world;
static char replay[160]; /* how to see the world at hand again; for the signal handler */

/* ---- when a world stops the program ---- */

static void on_signal(int number)
{
    (void)number;
    static const char word[] = "\nsim: stopped by a signal in the world of: ";
    ssize_t ignored = write(STDERR_FILENO, word, sizeof word - 1);
    ignored = write(STDERR_FILENO, replay, strlen(replay));
    (void)ignored;
    _exit(1);
}

static void watch(void)
{
    static const int fatal[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM};
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
        (void)signal(fatal[i], on_signal);
}

/* ---- running ---- */

static void write_replay(const struct world_options *o)
{
    (void)snprintf(replay, sizeof replay, "sim --seed %" PRIu64 "%s%s --trace\n", o->seed,
                   o->must_be_byzantine ? " --byzantine" : "", o->must_converge ? " --liveness" : "");
}

static bool run_once(struct world_options options, uint64_t *ret_trace)
{
    write_replay(&options);
    (void)alarm(WORLD_SECONDS_MAX);
    bool is_good = world_run(&world, options);
    if (!is_good)
        printf("seed %" PRIu64 ": %s\n    again: %s", options.seed, world.reason, replay);
    *ret_trace = world.trace;
    world_deinit(&world);
    (void)alarm(0);
    return is_good;
}

static bool run(const struct plan *p, uint64_t seed, struct tally *sum)
{
    struct world_options options = p->options;
    uint64_t trace, again;
    options.seed = seed;
    bool is_good = run_once(options, &trace);
    tally_add(sum, &world.tally);
    if (options.is_traced)
        printf("trace %016" PRIx64 "\n", trace);
    if (is_good && p->is_twice) {
        is_good = run_once(options, &again) && trace == again;
        if (trace != again)
            printf("seed %" PRIu64 ": two runs differ: trace %016" PRIx64 " and %016" PRIx64
                   "\n    again, twice: %s",
                   seed, trace, again, replay);
    }
    return is_good;
}

/* ---- options ---- */

static bool parse_number(const char *text, char end, uint64_t *ret_number, const char **ret_rest)
{
    char *rest = NULL;
    errno = 0;
    uint64_t number = strtoull(text, &rest, 10);
    if (*text < '0' || *text > '9' || errno != 0 || *rest != end)
        return false;
    *ret_number = number;
    *ret_rest = rest + (end != '\0');
    return true;
}

static bool parse(int argc, char **argv, struct plan *p)
{
    *p = (struct plan){.first = 1, .last = 100};
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i], *rest;
        bool has_value = i + 1 < argc;
        if (strcmp(word, "--byzantine") == 0)
            p->options.must_be_byzantine = true;
        else if (strcmp(word, "--liveness") == 0)
            p->options.must_converge = true;
        else if (strcmp(word, "--trace") == 0)
            p->options.is_traced = true;
        else if (strcmp(word, "--twice") == 0)
            p->is_twice = true;
        else if (strcmp(word, "--each") == 0 && has_value && parse_number(argv[++i], '\0', &p->each, &rest))
            continue;
        else if (strcmp(word, "--seed") == 0 && has_value && parse_number(argv[++i], '\0', &p->first, &rest))
            p->last = p->first;
        else if (strcmp(word, "--seeds") == 0 && has_value &&
                 parse_number(argv[++i], '-', &p->first, &rest) && parse_number(rest, '\0', &p->last, &rest))
            continue;
        else
            return false;
    }
    return p->first <= p->last && (!p->options.is_traced || p->first == p->last);
}

int main(int argc, char **argv)
{
    struct plan p;
    struct tally sum = {0};
    uint64_t passed = 0, failed = 0;
    if (!parse(argc, argv, &p)) {
        fprintf(stderr, "usage: sim [--seeds A-B] [--seed N [--trace]] [--byzantine] [--liveness] [--twice] "
                        "[--each N]\n");
        return 2;
    }
    if (smk_crypto_start() != SMK_OK) {
        fprintf(stderr, "sim: the cryptographic library does not start\n");
        return 1;
    }
    watch();
    (void)setvbuf(stdout, NULL, _IOLBF, 0); /* a world that stops the program takes nothing of this with it */
    for (uint64_t seed = p.first;; seed++) {
        bool is_good = run(&p, seed, &sum);
        passed += is_good;
        failed += !is_good;
        if (seed == p.last)
            break;
    }
    if (!p.options.is_traced)
        tally_print(&sum);
    bool is_rare = tally_has_rare(&sum, p.each);
    if (p.options.must_be_byzantine && sum.worlds_byzantine < sum.worlds) {
        printf("%" PRIu64 " worlds had no Byzantine node\n", sum.worlds - sum.worlds_byzantine);
        is_rare = true;
    }
    printf("%" PRIu64 " passed, %" PRIu64 " failed\n", passed, failed);
    return failed > 0 || is_rare;
}
