/* tools/bench/bench.h: what the files of the benchmark share.
 *
 * Shape    a key is a figure of Samaki beside a limit of the machine that was measured in the same run.
 * Memory   as each function says.   Secrets  none: keys and data are made for the run.   Threads  one.
 */
#ifndef SMK_TOOLS_BENCH_H
#define SMK_TOOLS_BENCH_H

#include "proto/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BENCH_RUNS = 5, BENCH_RUNS_QUICK = 3 };

struct bench_options {
    bool is_quick;   /* a tenth of the documents, fewer runs */
    const char *dir; /* an empty folder; BORROWED */
};

struct bench_result {
    double value, limit; /* both in the unit */
};

/* One key. goal: of value / limit; what is to be at most that is timed, what is to be at least that is a rate. */
struct bench_key {
    const char *name, *unit;
    double goal;
    bool is_at_most;
};

/* Seconds of a clock that only goes forward: what passes, or with --cpu what this process works. */
double bench_now(void);
/* The middle one of count numbers, which it sorts; count >= 1. */
double bench_median(double *at, size_t count);
/* Ends the program with a sentence unless err is OK. */
void bench_demand(enum smk_err err, const char *what);

/* index_keys.c: the keys of index, search, lists and totals, all measured over one store. */
enum {
    BENCH_INDEX,
    BENCH_SEARCH,
    BENCH_LIST,
    BENCH_TOTALS,
    BENCH_INDEX_KEYS,
};
extern const struct bench_key bench_index_key[BENCH_INDEX_KEYS];
/* Measures those that are wanted. */
void bench_index(const struct bench_options *options, const bool wanted[BENCH_INDEX_KEYS],
                 struct bench_result ret_result[BENCH_INDEX_KEYS]);

#endif
