/* The index of a store follows: each step is there or not, and afterwards the next walk makes the same of it. */
#include "proto/check.h"
#include "store/index_read.h"
#include "store/inside.h"
#include "tests/fault/scenario.h"
#include "tests/fault/stage.h"
#include "tests/support/histories.h"
#include "tests/support/indexes.h"

#include <string.h>

enum { DOCS_OF_STEP = 2, SEED = 5 };

static struct {
    struct stage stage;
    struct smk_store *store;
    struct smk_buf wanted; /* what an undisturbed walk comes to */
    size_t found;          /* documents that an undisturbed search finds */
    uint8_t doc[1][SMK_DOC_ID_BYTES];
} x;

static const char *store_path(void)
{
    static struct test_path path;
    path = test_dir_at(scenario_dir(), "s");
    return path.text;
}

/* A store with a history, and the same with its index half way. */
static void begin(void)
{
    struct test_deeds w;
    struct test_rng r = test_rng_from(SEED);
    test_history(&w, &r);
    x.store = test_index_store(scenario_dir(), "s", &w);
    for (size_t i = 0; i + 1 < w.run_count; i++) {
        SMK_ASSERT(test_index_offer(x.store, w.run[i], 0, w.run[i]->count) == w.run[i]->count);
        if (i == w.run_count / 2)
            test_index_follow(x.store, SEED);
    }
    smk_store_close(x.store);
    x.store = NULL;
    stage_keep(&x.stage, store_path());
    x.store = test_index_open(scenario_dir(), "s");
    test_index_follow(x.store, SEED);
    x.wanted.max = SIZE_MAX;
    test_index_dump(x.store, &x.wanted);
    smk_store_close(x.store);
    x.store = NULL;
    test_deeds_deinit(&w);
}

static void open_store(void)
{
    stage_restore(&x.stage);
    x.store = test_index_open(scenario_dir(), "s");
}

static void clear(void)
{
    smk_store_close(x.store);
    x.store = NULL;
}

static void end(void)
{
    smk_buf_deinit(&x.wanted);
    stage_deinit(&x.stage);
    memset(&x, 0, sizeof x);
}

static enum smk_err act_follow(void)
{
    struct smk_index_walk *w = NULL;
    bool is_done = false;
    enum smk_err err = smk_index_walk_new(x.store, &w);
    while (err == SMK_OK && !is_done) {
        w->docs_max = DOCS_OF_STEP;
        err = smk_index_walk_step(w, &is_done);
    }
    smk_index_walk_free(w);
    return err;
}

static const char *compare(void)
{
    struct smk_buf got = {.max = SIZE_MAX};
    test_index_dump(x.store, &got);
    bool is_same = smk_bytes_is_equal(smk_buf_view(&got), smk_buf_view(&x.wanted));
    smk_buf_deinit(&got);
    return is_same ? NULL : "the index says something else";
}

static const char *check_follow(enum smk_err err)
{
    enum smk_err again = err == SMK_OK ? SMK_OK : act_follow();
    if (again == SMK_ERR_STORE_IO) { /* a commit was broken: open it anew */
        clear();
        x.store = test_index_open(scenario_dir(), "s");
        again = act_follow();
    }
    if (again != SMK_OK)
        return scenario_text("once more without a fault it answered %s", smk_err_name(again));
    return compare();
}

/* ---- reading ---- */

static bool count_row(void *ctx, const struct smk_doc_row *row)
{
    size_t *count = ctx;
    (void)row;
    ++*count;
    return true;
}

static bool is_unfolded(const struct smk_fold *f)
{
    return f == NULL || smk_fold_doc_count(f) == 0;
}

/* One search, one list by time, totals, one document. */
static enum smk_err act_read(void)
{
    static const struct smk_index_query search = {.text = {(const uint8_t *)"v1", 2}},
                                        by_time = {.order = SMK_ORDER_TIME,
                                                   .filter_count = 1,
                                                   .filter = {{SMK_FACET_PLACE, {(const uint8_t *)"02", 2}}}};
    struct smk_index *index = NULL;
    struct smk_fold *f = NULL;
    struct smk_roster *roster = NULL;
    struct smk_totals totals = {0};
    uint64_t total;
    bool is_behind;
    size_t found = 0;
    enum smk_err err = smk_store_roster(x.store, &roster);
    if (err == SMK_OK)
        err = smk_index_open(x.store, &index, &is_behind);
    if (err == SMK_OK)
        err = smk_index_list(index, &search, count_row, &found, &total);
    if (err == SMK_OK)
        err = smk_index_list(index, &by_time, count_row, &found, &total);
    if (err == SMK_OK)
        err = smk_index_totals(index, &totals);
    if (err == SMK_OK)
        err = smk_index_fold(index, roster, (const uint8_t(*)[SMK_DOC_ID_BYTES])x.doc, 1, &f);
    if (err == SMK_OK && (is_behind || is_unfolded(f) || totals.lists == 0))
        err = SMK_ERR_INVALID;
    if (err == SMK_OK && x.found == 0)
        x.found = found; /* the first one: nothing disturbs it */
    if (err == SMK_OK && found != x.found)
        err = SMK_ERR_INVALID;
    smk_totals_deinit(&totals);
    smk_fold_free(f);
    smk_index_close(index);
    smk_roster_free(roster);
    return err;
}

static const char *check_read(enum smk_err err)
{
    if (err == SMK_ERR_INVALID)
        return "it found more or less than there is";
    enum smk_err again = act_read();
    return again == SMK_OK ? NULL
                           : scenario_text("once more without a fault it answered %s", smk_err_name(again));
}

static void begin_read(void)
{
    begin();
    test_doc_id(1, x.doc[0]);
    x.store = test_index_open(scenario_dir(), "s");
    test_index_follow(x.store, SEED);
    smk_store_close(x.store);
    x.store = NULL;
    stage_keep(&x.stage, store_path());
}

#define CALLS CALLS_MEMORY | CALLS_FILES
const struct scenario index_scenarios[] = {
    {"index", CALLS, .begin = begin, .arrange = open_store, .quick_step = 211, .act = act_follow,
     .check = check_follow, .clear = clear, .end = end},
    {"index-reading", CALLS, .begin = begin_read, .arrange = open_store, .quick_step = 13, .act = act_read,
     .check = check_read, .clear = clear, .end = end},
    {.name = NULL},
};
