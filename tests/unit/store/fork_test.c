#include "store/forks.h"

#include "proto/batch.h"
#include "proto/hash.h"
#include "store/audit.h"
#include "tests/support/builders.h"
#include "tests/support/stores.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(store_fork, .init = start_crypto, .timeout = 120);

/* A store of the secretariat's coalition, and two branches of a log of its member's device. */
struct scene {
    struct test_dir dir;
    struct test_world w;
    struct smk_store *store;
    struct test_run gov, a, b;
    uint8_t log_id[SMK_ID_BYTES];
};

static struct smk_store *open_at(const struct scene *s)
{
    struct smk_store *store = NULL;
    struct test_path folder = test_dir_at(&s->dir, "s");
    struct smk_store_options options = {.path = folder.text, .map_bytes = 1 << 16};
    cr_assert(eq(int, smk_store_open(&options, &store), SMK_OK));
    return store;
}

static struct smk_store_verdict take(struct smk_store *store, struct smk_buf *message)
{
    struct smk_store_verdict v;
    struct smk_bytes view = smk_buf_view(message);
    cr_assert(eq(int, smk_store_take(store, &view, 1, &v), SMK_OK));
    smk_buf_deinit(message);
    return v;
}

static struct smk_store_verdict take_run(struct scene *s, const struct test_run *run, size_t first,
                                         size_t count)
{
    struct smk_batch_writer w;
    struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX};
    smk_batch_writer_init(&w, &run->scope);
    for (size_t i = first; i < first + count; i++)
        smk_batch_writer_add(&w, &run->record[i]);
    cr_assert(eq(int, smk_batch_writer_finish(&w, 1, &b), SMK_OK));
    smk_batch_writer_deinit(&w);
    return take(s->store, &b);
}

static struct smk_store_verdict take_proof(struct scene *s, struct smk_bytes proof)
{
    struct smk_batch_writer w;
    struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX};
    smk_batch_writer_init(&w, &s->a.scope);
    cr_assert(smk_batch_writer_add_fork(&w, proof));
    cr_assert(eq(int, smk_batch_writer_finish(&w, 1, &b), SMK_OK));
    smk_batch_writer_deinit(&w);
    return take(s->store, &b);
}

static void push_decision(struct scene *s, const struct smk_decision *d)
{
    struct smk_buf payload = {.max = 2 * SMK_DECISION_BYTES_MAX};
    uint8_t hash[SMK_HASH_BYTES];
    test_decision_payload(&s->w.coalition, d, &payload, hash);
    struct smk_header h = test_run_next(&s->gov, SMK_RECORD_DECISION);
    test_run_push(&s->gov, &h, smk_buf_view(&payload));
    smk_buf_deinit(&payload);
}

static struct scene *scene_new(const char *scope)
{
    struct scene *s = calloc(1, sizeof *s);
    cr_assert(ne(ptr, s, NULL));
    test_dir_init(&s->dir);
    test_world_init(&s->w);
    struct test_path folder = test_dir_at(&s->dir, "s");
    cr_assert(eq(int, smk_store_create(folder.text, smk_buf_view(&s->w.coalition.genesis)), SMK_OK));
    s->store = open_at(s);
    test_run_init(&s->gov, &s->w.coalition, &s->w.sec, "gov", 1);
    test_run_open(&s->gov);
    struct smk_decision d[] = {
        test_organisation("sec", "secretariat", ""),
        test_office("sec-approver", "sec", "secretariat_approver", ""),
        test_device(&s->w.sec, "sec", "sec-approver"),
        test_organisation("ctod", "member", "02"),
        test_office("ctod-editor", "ctod", "member_editor", ""),
        test_device(&s->w.ctod, "ctod", "ctod-editor"),
    };
    for (size_t i = 0; i < sizeof d / sizeof d[0]; i++)
        push_decision(s, &d[i]);
    cr_assert(eq(int, take_run(s, &s->gov, 0, s->gov.count).err, SMK_OK));
    test_run_init(&s->a, &s->w.coalition, &s->w.ctod, scope, 3);
    test_run_init(&s->b, &s->w.coalition, &s->w.ctod, scope, 3);
    smk_log_id(s->w.ctod.sign.public_key, s->a.incarnation, &s->a.scope, s->log_id);
    return s;
}

static void scene_free(struct scene *s)
{
    smk_store_close(s->store);
    test_run_deinit(&s->gov);
    test_run_deinit(&s->a);
    test_run_deinit(&s->b);
    test_world_deinit(&s->w);
    test_dir_deinit(&s->dir);
    free(s);
}

static void branches(struct scene *s, size_t common, size_t a_more, size_t b_more)
{
    test_run_fill(&s->a, common);
    test_run_fill(&s->b, common);
    for (size_t i = 0; i < a_more; i++)
        test_run_edit(&s->a, 10 + i);
    for (size_t i = 0; i < b_more; i++)
        test_run_edit(&s->b, 60 + i);
}

static void proof_of(struct scene *s, size_t at, struct smk_buf *b)
{
    smk_buf_reset(b);
    cr_assert(eq(int,
                 smk_fork_make(&s->a.record[at], s->a.count - at, &s->b.record[at], s->b.count - at,
                               s->w.coalition.id, b),
                 SMK_OK));
}

static bool count_one(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    size_t *count = ctx;
    (void)arrival;
    (void)r;
    ++*count;
    return true;
}

static bool count_fork(void *ctx, uint64_t number, const struct smk_view_fork *fork)
{
    size_t *count = ctx;
    cr_assert(gt(u64, number, 0));
    cr_assert(gt(sz, fork->proof.len, 0));
    ++*count;
    return true;
}

static void on_finding(void *ctx, const struct smk_finding *finding)
{
    size_t *forks = ctx;
    cr_assert(eq(int, (int)finding->kind, (int)SMK_FINDING_FORK), "%s", finding->what);
    ++*forks;
}

/* Nothing but the forks is wrong with the store. */
static void expect_sound(struct scene *s, size_t forks)
{
    struct smk_audit_counts counts;
    struct test_path folder = test_dir_at(&s->dir, "s");
    size_t found = 0;
    cr_assert(eq(int, smk_store_audit(folder.text, on_finding, &found, &counts), SMK_OK));
    cr_assert(eq(sz, found, forks));
}

static const struct smk_head *head_of(const struct smk_view *v, const struct scene *s)
{
    struct smk_frontier *f = v->frontier(v->ctx, &s->a.scope);
    return f != NULL ? smk_frontier_find(f, s->log_id) : NULL;
}

/* What a view says of the log, freshly made and after it has caught up. */
static void expect_frozen(struct scene *s, struct smk_store_view *old, uint64_t settled, uint64_t fork)
{
    struct smk_store_view *fresh = NULL;
    bool has_moved, has_new_roster;
    cr_assert(eq(int, smk_store_view_catch_up(old, &has_moved, &has_new_roster), SMK_OK));
    cr_assert(eq(int, smk_store_view_new(s->store, &fresh), SMK_OK));
    struct smk_store_view *both[] = {old, fresh};
    uint8_t root[2][SMK_HASH_BYTES];
    for (size_t i = 0; i < 2; i++) {
        const struct smk_view *v = smk_store_view_get(both[i]);
        const struct smk_head *head = head_of(v, s);
        size_t in_log = 0, in_arrivals = 0, forks = 0;
        cr_assert(ne(ptr, (void *)(uintptr_t)head, NULL));
        cr_assert(eq(u64, head->seq, settled), "view %zu", i);
        cr_assert(eq(u64, head->fork, fork), "view %zu", i);
        cr_assert(eq(int, (int)head->state, (int)SMK_LEAF_FORKED));
        enum smk_err err = v->read_log(v->ctx, s->log_id, 1, count_one, &in_log);
        cr_assert(eq(int, err, settled > 0 ? SMK_OK : SMK_ERR_NOT_FOUND));
        cr_assert(eq(sz, in_log, (size_t)settled));
        cr_assert(eq(int, v->read_arrivals(v->ctx, 0, count_one, &in_arrivals), SMK_OK));
        bool is_gov = s->a.scope.kind == SMK_SCOPE_GOV;
        if (!is_gov)
            cr_assert(eq(sz, in_arrivals, s->gov.count + (size_t)settled), "view %zu", i);
        cr_assert(eq(int, v->read_forks(v->ctx, 0, count_fork, &forks), SMK_OK));
        cr_assert(eq(int, v->read_fork(v->ctx, s->log_id, count_fork, &forks), SMK_OK));
        cr_assert(eq(sz, forks, 2));
        smk_frontier_root(v->frontier(v->ctx, &s->a.scope), root[i]);
    }
    cr_assert(eq(int, memcmp(root[0], root[1], sizeof root[0]), 0));
    smk_store_view_free(fresh);
}

Test(store_fork, freezes_the_log_and_keeps_both_branches)
{
    struct scene *s = scene_new("prov:02");
    struct smk_store_view *view = NULL;
    size_t first = 0, second = 0;
    branches(s, 3, 4, 5);
    cr_assert(eq(u64, take_run(s, &s->a, 0, s->a.count).new_records, s->a.count));
    cr_assert(eq(int, smk_store_view_new(s->store, &view), SMK_OK));
    struct smk_store_verdict v = take_run(s, &s->b, 0, s->b.count);
    cr_assert(eq(int, v.err, SMK_ERR_FORKED));
    cr_assert(v.has_fork);
    expect_frozen(s, view, 3, 4);
    cr_assert(eq(int, smk_store_read_branch(s->store, s->log_id, false, count_one, &first), SMK_OK));
    cr_assert(eq(int, smk_store_read_branch(s->store, s->log_id, true, count_one, &second), SMK_OK));
    cr_assert(eq(sz, first, 4));
    cr_assert(eq(sz, second, 5));
    expect_sound(s, 1);
    smk_store_view_free(view);
    smk_store_close(s->store); /* all of it is on the disk */
    s->store = open_at(s);
    cr_assert(eq(int, smk_store_view_new(s->store, &view), SMK_OK));
    expect_frozen(s, view, 3, 4);
    v = take_run(s, &s->a, 0, s->a.count); /* what is held in dispute is a duplicate, no news */
    cr_assert(eq(u64, v.new_records, 0));
    cr_assert(eq(u64, v.duplicates, s->a.count));
    smk_store_view_free(view);
    scene_free(s);
}

struct rows {
    size_t count, bytes, longest;
};

static bool add_row(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct rows *rows = ctx;
    size_t bytes = smk_rec_row_bytes(r);
    (void)arrival;
    rows->count++;
    rows->bytes += bytes;
    rows->longest = bytes > rows->longest ? bytes : rows->longest;
    return true;
}

/* A row has its whole header, which a batch leaves out: a full batch is more than is kept. */
Test(store_fork, keeps_a_bounded_part_of_the_second_branch)
{
    enum { COMMON = 3, LETTERS = 1290 };
    struct scene *s = scene_new("prov:02");
    struct rows rows = {0};
    branches(s, COMMON, 1, 0);
    while (s->b.count < TEST_RUN_MAX)
        test_run_edit(&s->b, LETTERS);
    cr_assert(eq(int, take_run(s, &s->a, 0, s->a.count).err, SMK_OK));
    cr_assert(eq(int, take_run(s, &s->b, 0, s->b.count).err, SMK_ERR_FORKED));
    cr_assert(eq(int, smk_store_read_branch(s->store, s->log_id, true, add_row, &rows), SMK_OK));
    cr_assert(lt(sz, rows.count, s->b.count - COMMON), "a branch that fits shows nothing");
    cr_assert(le(sz, rows.bytes, SMK_BRANCH_BYTES_MAX));
    cr_assert(gt(sz, rows.bytes + rows.longest, SMK_BRANCH_BYTES_MAX), "no less than has room");
    expect_sound(s, 1);
    scene_free(s);
}

Test(store_fork, a_proof_comes_before_records_and_moves_down)
{
    struct scene *s = scene_new("prov:02");
    struct smk_store_view *view = NULL;
    struct smk_buf proof = {.max = SMK_FORK_BYTES_MAX};
    branches(s, 4, 5, 5);
    cr_assert(eq(int, smk_store_view_new(s->store, &view), SMK_OK));
    proof_of(s, 6, &proof); /* further up than where they part */
    struct smk_store_verdict v = take_proof(s, smk_buf_view(&proof));
    cr_assert(eq(int, v.err, SMK_OK));
    cr_assert(v.has_fork);
    expect_frozen(s, view, 0, 7);
    expect_sound(s, 1);
    v = take_run(s, &s->a, 0, s->a.count); /* what is before the fork is welcome, the rest is not */
    cr_assert(eq(int, v.err, SMK_ERR_FORKED));
    cr_assert(eq(u64, v.new_records, 6));
    expect_frozen(s, view, 6, 7);
    v = take_proof(s, smk_buf_view(&proof));
    cr_assert(not(v.has_fork)); /* known */
    proof_of(s, 4, &proof);
    v = take_proof(s, smk_buf_view(&proof));
    cr_assert(v.has_fork);
    expect_frozen(s, view, 4, 5);
    proof_of(s, 6, &proof);
    v = take_proof(s, smk_buf_view(&proof));
    cr_assert(eq(int, v.err, SMK_OK));
    cr_assert(not(v.has_fork)); /* never up again */
    expect_frozen(s, view, 4, 5);
    expect_sound(s, 1);
    smk_buf_deinit(&proof);
    smk_store_view_free(view);
    scene_free(s);
}

Test(store_fork, a_proof_of_a_stranger_or_of_another_scope_is_refused)
{
    struct scene *s = scene_new("nat");
    struct smk_buf proof = {.max = SMK_FORK_BYTES_MAX};
    struct test_run other, stranger[2];
    struct test_device unknown;
    branches(s, 2, 1, 1);
    proof_of(s, 2, &proof);
    test_run_init(&other, &s->w.coalition, &s->w.ctod, "pub", 1);
    struct smk_scope nat = s->a.scope;
    s->a.scope = other.scope; /* the batch says `pub` */
    cr_assert(eq(int, take_proof(s, smk_buf_view(&proof)).err, SMK_ERR_MALFORMED));
    s->a.scope = nat;
    test_device_init(&unknown, 99);
    for (size_t i = 0; i < 2; i++) {
        test_run_init(&stranger[i], &s->w.coalition, &unknown, "nat", 1);
        test_run_open(&stranger[i]);
        test_run_edit(&stranger[i], 10 + i);
    }
    smk_buf_reset(&proof);
    cr_assert(eq(
        int, smk_fork_make(&stranger[0].record[1], 1, &stranger[1].record[1], 1, s->w.coalition.id, &proof),
        SMK_OK));
    cr_assert(eq(int, take_proof(s, smk_buf_view(&proof)).err, SMK_ERR_UNKNOWN_AUTHOR));
    expect_sound(s, 0);
    for (size_t i = 0; i < 2; i++)
        test_run_deinit(&stranger[i]);
    test_run_deinit(&other);
    smk_buf_deinit(&proof);
    scene_free(s);
}

Test(store_fork, takes_decisions_back_that_are_in_dispute)
{
    struct scene *s = scene_new("gov");
    struct smk_store_view *view = NULL;
    struct smk_roster *roster = NULL;
    struct smk_buf payload = {.max = 2 * SMK_DECISION_BYTES_MAX};
    uint8_t hash[SMK_HASH_BYTES];
    branches(s, 1, 0, 1);
    struct smk_decision d = test_organisation("late", "member", "02");
    test_decision_payload(&s->w.coalition, &d, &payload, hash);
    struct smk_header h = test_run_next(&s->a, SMK_RECORD_DECISION);
    test_run_push(&s->a, &h, smk_buf_view(&payload));
    cr_assert(eq(int, take_run(s, &s->a, 0, 2).err, SMK_OK));
    cr_assert(eq(int, smk_store_view_new(s->store, &view), SMK_OK));
    const struct smk_view *v = smk_store_view_get(view);
    cr_assert(ne(ptr, (void *)(uintptr_t)smk_roster_organisation(v->roster(v->ctx), "late"), NULL));
    cr_assert(eq(int, take_run(s, &s->b, 0, 2).err, SMK_ERR_FORKED));
    expect_frozen(s, view, 1, 2);
    cr_assert(eq(ptr, (void *)(uintptr_t)smk_roster_organisation(v->roster(v->ctx), "late"), NULL));
    cr_assert(eq(int, smk_store_roster(s->store, &roster), SMK_OK));
    cr_assert(eq(ptr, (void *)(uintptr_t)smk_roster_organisation(roster, "late"), NULL));
    smk_roster_free(roster);
    smk_buf_deinit(&payload);
    smk_store_view_free(view);
    scene_free(s);
}

static bool keep_head(void *ctx, const struct smk_head *head)
{
    struct smk_head *kept = ctx;
    if (kept->seq == 0 || head->state == SMK_LEAF_WHOLE)
        *kept = *head;
    return true;
}

/* The head of a scope that is whole, or the only one. */
static struct smk_head whole_head(struct smk_home *h, const struct smk_scope *scope, size_t *ret_logs)
{
    struct smk_store_view *view = NULL;
    struct smk_head head = {0};
    struct smk_prefix root = {0};
    cr_assert(eq(int, smk_store_view_new(h->store, &view), SMK_OK));
    const struct smk_view *v = smk_store_view_get(view);
    struct smk_frontier *f = v->frontier(v->ctx, scope);
    smk_frontier_each(f, &root, keep_head, &head);
    *ret_logs = smk_frontier_count(f);
    smk_store_view_free(view);
    return head;
}

Test(store_fork, a_device_whose_log_is_forked_goes_on_in_another)
{
    struct test_dir dir;
    struct smk_home h;
    struct test_device copy; /* of the device, somewhere else */
    struct test_coalition c = {0};
    struct test_run *run = calloc(2, sizeof *run);
    struct smk_buf proof = {.max = SMK_FORK_BYTES_MAX}, message = {.max = SMK_MESSAGE_BYTES_MAX};
    struct smk_batch_writer w;
    struct smk_scope pub = smk_scope_of("pub");
    size_t logs;
    test_dir_init(&dir);
    test_home_found(&dir, "h", &h);
    cr_assert(ne(ptr, run, NULL));
    cr_assert(eq(int, test_put(&h, "pub", 3), SMK_OK));
    struct smk_head first = whole_head(&h, &pub, &logs);
    cr_assert(eq(sz, logs, 1));
    test_device_init(&copy, 1);
    copy.sign = h.identity.sign;
    memcpy(c.id, smk_store_coalition(h.store), sizeof c.id);
    for (size_t i = 0; i < 2; i++) {
        test_run_init(&run[i], &c, &copy, "pub", 1);
        memcpy(run[i].incarnation, first.incarnation, sizeof first.incarnation);
        test_run_open(&run[i]);
        test_run_edit(&run[i], 10 + i);
    }
    cr_assert(eq(int, smk_fork_make(&run[0].record[1], 1, &run[1].record[1], 1, c.id, &proof), SMK_OK));
    smk_batch_writer_init(&w, &pub);
    cr_assert(smk_batch_writer_add_fork(&w, smk_buf_view(&proof)));
    cr_assert(eq(int, smk_batch_writer_finish(&w, 1, &message), SMK_OK));
    smk_batch_writer_deinit(&w);
    cr_assert(take(h.store, &message).has_fork);
    cr_assert(eq(u64, whole_head(&h, &pub, &logs).seq, 1)); /* frozen behind its open */
    cr_assert(eq(int, test_put(&h, "pub", 2), SMK_OK));
    struct smk_head second = whole_head(&h, &pub, &logs);
    cr_assert(eq(sz, logs, 2));
    cr_assert(eq(u64, second.seq, 3)); /* an open and two edits */
    cr_assert(ne(int, memcmp(second.incarnation, first.incarnation, sizeof first.incarnation), 0));
    for (size_t i = 0; i < 2; i++)
        test_run_deinit(&run[i]);
    free(run);
    smk_buf_deinit(&proof);
    smk_home_close(&h);
    test_dir_deinit(&dir);
}
