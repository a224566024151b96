#include "proto/hash.h"
#include "store/inside.h"
#include "tests/support/histories.h"
#include "tests/support/indexes.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(index_prop, .init = start_crypto);

enum { WORLDS = 12, RUNS_MAX = TEST_DEEDS_RUNS_MAX };

/* Some more records of a random run, at most so many; false when all are there. */
static bool offer_some(struct smk_store *s, struct test_deeds *w, size_t given[RUNS_MAX], struct test_rng *r,
                       size_t max)
{
    size_t left = 0;
    for (size_t i = 0; i < w->run_count; i++)
        left += w->run[i]->count - given[i];
    if (left == 0)
        return false;
    for (;;) {
        size_t i = (size_t)test_rng_below(r, w->run_count), rest = w->run[i]->count - given[i];
        if (rest == 0)
            continue;
        size_t count = 1 + (size_t)test_rng_below(r, rest < max ? rest : max);
        bool is_taken = test_index_offer(s, w->run[i], given[i], count) == count;
        given[i] =
            is_taken ? given[i] + count : w->run[i]->count; /* it has no right to this scope any more */
        return true;
    }
}

static void expect_fold(struct smk_store *s, uint64_t seed, const char *when)
{
    struct smk_buf wanted = {.max = SIZE_MAX}, got = {.max = SIZE_MAX};
    test_index_dump_fold(s, &wanted);
    test_index_dump_docs(s, &got);
    cr_assert(smk_bytes_is_equal(smk_buf_view(&wanted), smk_buf_view(&got)), "seed %" PRIu64 ": %s", seed,
              when);
    smk_buf_deinit(&wanted);
    smk_buf_deinit(&got);
}

/* has_forks: what a record in dispute had left behind among the rows of the feed differs, and nobody reads it. */
static void dump(struct smk_store *s, bool has_forks, struct smk_buf *b)
{
    test_index_dump(s, b);
    if (!has_forks)
        test_index_dump_feed(s, b);
}

static void expect_rebuilt(struct smk_store *s, bool has_forks, uint64_t seed)
{
    struct smk_buf before = {.max = SIZE_MAX}, after = {.max = SIZE_MAX};
    dump(s, has_forks, &before);
    cr_assert(eq(int, smk_index_reset(s), SMK_OK));
    test_index_follow(s, seed + 17);
    dump(s, has_forks, &after);
    cr_assert(smk_bytes_is_equal(smk_buf_view(&before), smk_buf_view(&after)), "seed %" PRIu64, seed);
    smk_buf_deinit(&before);
    smk_buf_deinit(&after);
}

/* ---- what happens beside records that come ---- */

/* Decides anew, in place of what is in force. */
static void decide(struct smk_store *s, struct test_deeds *w, struct smk_decision d, struct smk_bytes subject)
{
    uint8_t in_force[SMK_CERT_DECISIONS_MAX][SMK_HASH_BYTES], hash[SMK_HASH_BYTES];
    size_t count =
        smk_roster_in_force(w->coalition.roster, d.kind, subject, in_force, SMK_CERT_DECISIONS_MAX);
    for (size_t i = 0; i < count; i++)
        test_replace(&d, in_force[i]);
    test_decide(&w->coalition, &d, hash);
    test_index_decide(s, w, &d);
}

/* A device gets other offices, and writes under them. */
static void begin_log(struct smk_store *s, struct test_deeds *w, struct test_rng *r)
{
    struct test_device *as = &w->device[TEST_AS];
    struct smk_decision d =
        test_device(as, "as", test_rng_chance(r, 50) ? "as-approver" : "as-approver as-editor");
    if (w->run_count + 1 >= RUNS_MAX)
        return;
    test_replace(&d, as->decision);
    test_decide(&w->coalition, &d, as->decision);
    test_index_decide(s, w, &d);
    struct test_run *run = test_deeds_log_again(w, TEST_AS, "dm:0201", 500 + w->run_count);
    struct test_deed edit = {
        .office = "as-editor", .kind = "recommendation", .doc = 2 + test_rng_below(r, 2)};
    edit.fields = "{'ref' 'late'}";
    test_deed(run, &edit);
}

static void change_rights(struct smk_store *s, struct test_deeds *w, struct test_rng *r)
{
    switch (test_rng_below(r, 5)) {
    case 0:
        decide(s, w, test_office("as-editor", test_rng_chance(r, 50) ? "ctod" : "as", "member_editor", ""),
               smk_bytes_of_text("as-editor"));
        break;
    case 1:
        decide(s, w, test_organisation("ctod", "member", test_rng_chance(r, 50) ? "03" : "02"),
               smk_bytes_of_text("ctod"));
        break;
    case 2:
        decide(s, w,
               test_office("banan-gov", "banan", "sna_signatory", test_rng_chance(r, 50) ? "0204" : "0201"),
               smk_bytes_of_text("banan-gov"));
        break;
    case 3: begin_log(s, w, r); break;
    default: /* two that do not know of each other: then there is none */
        decide(s, w, test_office("ctod-approver", "ctod", "member_approver", ""), (struct smk_bytes){0});
        break;
    }
}

static size_t forks; /* that were found */

/* Another record in the place of one that is held: the records of run i from index `from` on. */
static void fork_log(struct smk_store *s, struct test_deeds *w, size_t i, size_t from, size_t given[RUNS_MAX],
                     struct test_rng *r)
{
    struct test_run *branch = calloc(1, sizeof *branch);
    cr_assert(ne(ptr, branch, NULL));
    if (given[i] > from) {
        *branch = *w->run[i];
        branch->count = from + (size_t)test_rng_below(r, given[i] - from);
        size_t at = branch->count;
        test_run_record(branch, 99);
        forks += test_index_offer_fork(s, branch, at);
        given[i] = w->run[i]->count; /* nothing more is taken of it */
        free((void *)(uintptr_t)branch->record[at].header_bytes.data);
        free((void *)(uintptr_t)branch->record[at].payload.data);
    }
    free(branch);
}

/* An edit of no form, and one whose payload is not there. */
static void push_strays(struct test_deeds *w, struct test_rng *r)
{
    struct test_run *run = w->run[test_rng_below(r, w->run_count)];
    if (strcmp(run->scope.text, "gov") == 0)
        return;
    test_run_record(run, SMK_RECORD_EDIT);
    test_run_record(run, SMK_RECORD_ACT);
    if (test_rng_chance(r, 50))
        test_run_drop_payload(run, run->count - 1);
}

/* Of what happens beside records that come. */
struct happening {
    size_t gov;         /* which run that is */
    size_t gov_count;   /* decisions that the world began with */
    bool is_gov_forked; /* nothing is decided any more */
};

static void disturb(struct smk_store *s, struct test_deeds *w, struct happening *h, size_t given[RUNS_MAX],
                    struct test_rng *r)
{
    size_t i = (size_t)test_rng_below(r, w->run_count);
    switch (test_rng_below(r, 8)) {
    case 0:
        if (i != h->gov)
            fork_log(s, w, i, 1, given, r);
        break;
    case 1: push_strays(w, r); break;
    case 2:
        h->is_gov_forked = h->is_gov_forked || given[h->gov] > h->gov_count;
        fork_log(s, w, h->gov, h->gov_count, given, r);
        break;
    default:
        if (!h->is_gov_forked)
            change_rights(s, w, r);
        given[h->gov] = w->run[h->gov]->count;
        break;
    }
}

/* ---- worlds ---- */

/* How a world comes in. */
static const struct {
    size_t records_max; /* at once */
    unsigned follow;    /* per cent: how often the index follows in between, */
    unsigned disturbed; /* and how often something else happens */
    bool has_one_walk;
} way[] = {{12, 30, 0, false}, {1, 100, 0, true}, {3, 60, 10, true}, {40, 10, 20, false}, {1, 50, 5, false}};
enum { WAYS = sizeof way / sizeof way[0] };

static void expect_index(uint64_t seed, size_t at)
{
    struct test_rng r = test_rng_from(seed);
    struct test_deeds w;
    struct test_dir dir;
    struct smk_index_walk *walk = NULL;
    size_t given[RUNS_MAX] = {0};
    test_history(&w, &r);
    test_dir_init(&dir);
    struct smk_store *s = test_index_store(&dir, "s", &w);
    struct happening h = {.gov = w.run_count - 1, .gov_count = w.run[w.run_count - 1]->count};
    given[h.gov] = h.gov_count;
    cr_assert(eq(int, smk_index_walk_new(s, &walk), SMK_OK));
    for (size_t turn = 0; offer_some(s, &w, given, &r, way[at].records_max); turn++) {
        if (test_rng_chance(&r, way[at].disturbed))
            disturb(s, &w, &h, given, &r);
        if (!test_rng_chance(&r, way[at].follow))
            continue;
        if (way[at].has_one_walk)
            test_index_go_on(walk, seed + turn);
        else
            test_index_follow(s, seed + turn);
        if (test_rng_chance(&r, 20))
            expect_fold(s, seed, "in between");
    }
    smk_index_walk_free(walk);
    test_index_follow(s, seed);
    expect_fold(s, seed, "at the end");
    expect_rebuilt(s, way[at].disturbed > 0, seed);
    smk_store_close(s);
    test_dir_deinit(&dir);
    test_deeds_deinit(&w);
}

Test(index_prop, says_what_a_fold_of_everything_says_in_any_order_of_arrival, .timeout = 600)
{
    uint64_t first = test_seed();
    for (uint64_t i = 0; i < WORLDS; i++)
        expect_index(first + 9000 + i, i % WAYS);
    cr_assert(gt(sz, forks, 0), "no log was ever forked");
}
