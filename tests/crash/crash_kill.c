/* A process outside the nodes notes what they promise to keep, kills them at random instants, and looks whether it is
 * there, and whether the index catches up. */
#include "tests/crash/blow.h"
#include "tests/crash/burst.h"
#include "tests/support/tidy.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOWS_MIN = 3, BLOWS_MORE = 3, BURST_STRIKES = 12, RUNS_MAX = 100000 };

struct options {
    uint64_t runs, seed;
};

static bool read_number(const char *text, uint64_t max, uint64_t *ret_number)
{
    char *end;
    if (text == NULL || text[0] < '0' || text[0] > '9')
        return false;
    unsigned long long number = strtoull(text, &end, 0);
    if (*end != 0 || number > max)
        return false;
    *ret_number = number;
    return true;
}

static bool read_options(int argc, char **argv, struct options *ret_options)
{
    struct options o = {.runs = 10, .seed = test_seed()};
    for (int i = 1; i < argc; i += 2) {
        if (strcmp(argv[i], "--runs") == 0 && read_number(argv[i + 1], RUNS_MAX, &o.runs) && o.runs > 0)
            continue;
        if (strcmp(argv[i], "--seed") == 0 && read_number(argv[i + 1], UINT64_MAX, &o.seed))
            continue;
        return false;
    }
    *ret_options = o;
    return true;
}

/* An import first, so that there is something to sync; then whatever is drawn. */
static enum crash_blow draw_blow(struct test_rng *rng, unsigned number)
{
    return number == 0 ? CRASH_BLOW_IMPORT : (enum crash_blow)test_rng_below(rng, CRASH_BLOWS);
}

static void tell(uint64_t run, uint64_t seed, const struct crash_tally *t, uint64_t noted, uint64_t forks)
{
    (void)printf("run %" PRIu64 " (seed %" PRIu64 "): kills %" PRIu64 " (", run, seed, t->kills);
    for (size_t i = 0; i < CRASH_BLOWS; i++)
        (void)printf("%s%s %" PRIu64, i > 0 ? ", " : "", crash_blow_name[i], t->kills_of[i]);
    (void)printf(", store writer and index %" PRIu64 "), noted %" PRIu64 ", lost %" PRIu64 ", forks %" PRIu64
                 "; index %" PRIu64 " times behind, %" PRIu64 " times another one, %" PRIu64 " documents\n",
                 t->burst_kills, noted, t->lost, forks, t->behind, t->other_indexes, t->documents);
    (void)fflush(stdout);
}

static bool burst(struct crash_world *w, struct test_rng *rng, struct crash_tally *tally)
{
    struct crash_burst b;
    if (!crash_burst_strike(w, BURST_STRIKES, rng, &b))
        return false;
    tally->kills += b.kills;
    tally->burst_kills += b.kills;
    tally->lost += b.lost;
    tally->failed_opens += b.failed_opens;
    tally->behind += b.behind;
    tally->other_indexes += b.other_indexes;
    tally->documents = b.documents;
    return true;
}

/* One world from its founding to its end. False when something was wrong with it. */
static bool play(struct crash_world *w, uint64_t run, uint64_t seed, struct crash_pace *pace,
                 struct crash_tally *ret_tally, uint64_t *ret_noted, uint64_t *ret_forks)
{
    struct test_rng rng = test_rng_from(seed);
    struct crash_tally tally = {0};
    unsigned blows = BLOWS_MIN + (unsigned)test_rng_below(&rng, BLOWS_MORE);
    bool is_good = crash_world_init(w);
    for (unsigned i = 0; i < blows && is_good; i++)
        is_good = crash_blow_strike(w, draw_blow(&rng, i), &rng, pace, &tally);
    is_good = is_good && burst(w, &rng, &tally);
    is_good = is_good && crash_blow_finish(w, &tally);
    *ret_noted = 0;
    for (size_t i = 0; i < CRASH_NODES; i++)
        *ret_noted += crash_noted_count(&w->node[i].noted);
    *ret_tally = tally;
    is_good = is_good && tally.lost == 0 && tally.failed_opens == 0 && tally.unclean_audits == 0 &&
              tally.other_indexes == 0 && w->forks == 0;
    tell(run, seed, &tally, *ret_noted, w->forks);
    *ret_forks = w->forks;
    crash_world_deinit(w, !is_good);
    return is_good;
}

int main(int argc, char **argv)
{
    static struct crash_world world;
    struct crash_pace pace = {0};
    struct options options;
    uint64_t kills = 0, noted = 0, lost = 0, failed_opens = 0, forks = 0, bad_runs = 0, behind = 0;
    if (!read_options(argc, argv, &options)) {
        (void)fputs("usage: crash_kill [--runs N] [--seed N]\n", stderr);
        return 2;
    }
    if (!crash_world_find(&world))
        return 1;
    test_tidy_begin(NULL);
    for (uint64_t i = 0; i < options.runs; i++) {
        struct crash_tally tally;
        uint64_t noted_now, forks_now;
        bad_runs += play(&world, i + 1, options.seed + i, &pace, &tally, &noted_now, &forks_now) ? 0 : 1;
        kills += tally.kills;
        noted += noted_now;
        lost += tally.lost;
        failed_opens += tally.failed_opens;
        forks += forks_now;
        behind += tally.behind;
    }
    (void)printf("kills %" PRIu64 ", noted %" PRIu64 ", lost %" PRIu64 ", failed opens %" PRIu64
                 ", forks %" PRIu64 ", indexes behind %" PRIu64 "\n",
                 kills, noted, lost, failed_opens, forks, behind);
    if (kills == 0 || noted == 0 || behind == 0)
        (void)fputs("crash_kill: nothing was killed or noted, or no index was behind: this proves nothing\n",
                    stderr);
    return bad_runs == 0 && lost == 0 && failed_opens == 0 && kills > 0 && noted > 0 && behind > 0 ? 0 : 1;
}
