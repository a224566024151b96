#include "proto/giving.h"
#include "proto/taking.h"

#include "proto/hash.h"
#include "proto/mem.h"
#include "tests/support/memory_node.h"
#include "tests/support/rng.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(giving, .init = start_crypto);
TestSuite(taking, .init = start_crypto);

/* ---- giving ---- */

struct giver {
    struct test_world w;
    struct memory_node node;
    struct smk_giving g;
    struct smk_buf body;
    struct smk_giving_out out;
};

static void giver_init(struct giver *t)
{
    test_world_init(&t->w);
    memory_node_init(&t->node, &t->w.coalition, &t->w.sec);
    memory_node_meet(&t->node, &t->w.coalition, &t->w.sec);
    smk_giving_init(&t->g);
    t->body = (struct smk_buf){.max = SMK_MESSAGE_BYTES_MAX};
}

static void giver_deinit(struct giver *t)
{
    smk_giving_deinit(&t->g);
    smk_buf_deinit(&t->body);
    memory_node_deinit(&t->node);
    test_world_deinit(&t->w);
}

static void want_log(struct giver *t, size_t log, uint64_t from, uint64_t to)
{
    const struct smk_log *l = &t->node.log[log].log;
    struct smk_want_run run = {.from = from, .to = to};
    memcpy(run.author, l->author, sizeof run.author);
    memcpy(run.incarnation, l->incarnation, sizeof run.incarnation);
    cr_assert(eq(int, smk_giving_want(&t->g, &l->scope, &run), SMK_OK));
}

static enum smk_err give(struct giver *t)
{
    smk_buf_reset(&t->body);
    enum smk_err err = smk_giving_next(&t->g, &t->node.view, t->w.coalition.id, 0, &t->body, &t->out);
    smk_giving_check(&t->g);
    return err;
}

/* Runs of the batch in t->body; checks that each ends with a good signature. */
static size_t runs_given(struct giver *t, uint64_t *ret_last_seq)
{
    struct smk_batch_reader r = {0};
    cr_assert(t->out.has_batch);
    cr_assert(eq(int, smk_batch_reader_init(&r, smk_buf_view(&t->body)), SMK_OK));
    size_t count = r.run_count;
    for (size_t i = 0; i < count; i++) {
        struct smk_batch_run run = smk_batch_reader_run(&r, i);
        uint8_t log_id[SMK_ID_BYTES];
        smk_log_id(run.author, run.incarnation, &r.scope, log_id);
        *ret_last_seq = run.first_seq + run.count - 1;
        for (size_t k = 0; k < t->node.log_count; k++) {
            const struct memory_log *log = &t->node.log[k];
            if (memcmp(log->log.log_id, log_id, SMK_ID_BYTES) == 0)
                cr_assert(smk_record_is_signed(&log->record[*ret_last_seq - 1].record, t->w.coalition.id));
        }
    }
    smk_batch_reader_deinit(&r);
    return count;
}

Test(giving, serves_run_by_run_and_scope_by_scope)
{
    struct giver t;
    uint64_t last = 0;
    giver_init(&t);
    memory_node_edit(&t.node, "pub", 3);
    memory_node_renew(&t.node, 1);
    memory_node_edit(&t.node, "pub", 3);
    memory_node_edit(&t.node, "nat", 3);
    want_log(&t, 0, 1, 2);
    want_log(&t, 1, 2, 2);
    want_log(&t, 2, 1, 1);
    want_log(&t, 2, 2, 2); /* the same log again: would be one run with the job before */
    cr_assert(smk_giving_has_to_send(&t.g));
    cr_assert(eq(int, give(&t), SMK_OK));
    cr_assert(eq(sz, runs_given(&t, &last), 2));
    cr_assert(eq(int, give(&t), SMK_OK));
    cr_assert(eq(sz, runs_given(&t, &last), 1));
    cr_assert(eq(u64, last, 1));
    cr_assert(eq(int, give(&t), SMK_OK));
    cr_assert(eq(sz, runs_given(&t, &last), 1));
    cr_assert(eq(u64, last, 2));
    cr_assert(not(smk_giving_has_to_send(&t.g)));
    cr_assert(not(smk_giving_is_idle(&t.g)));
    for (uint64_t number = 3; number >= 1; number--) { /* answers may come in any order */
        struct smk_given given;
        cr_assert(eq(int, smk_giving_answered(&t.g, number, false, 0, &given), SMK_OK));
        cr_assert(eq(sz, given.record_count, number == 1 ? 3 : 1));
        uint64_t listed = 0;
        for (size_t i = 0; i < given.run_count; i++)
            listed += given.run[i].to - given.run[i].from + 1;
        cr_assert(eq(sz, given.run_count, number == 1 ? 2 : 1));
        cr_assert(eq(u64, listed, given.record_count));
        smk_given_deinit(&given);
        cr_assert(eq(int, smk_giving_answered(&t.g, number, false, 0, &given), SMK_ERR_UNEXPECTED));
    }
    cr_assert(smk_giving_is_idle(&t.g));
    giver_deinit(&t);
}

Test(giving, says_what_it_cannot_give)
{
    static const struct {
        uint64_t from, to;
        size_t records;
        uint64_t lack_from, code;
        const char *why;
    } row[] = {
        {1, 4, 4, 0, 0, "all of it"},
        {1, 9, 4, 5, 13, "more than there is"},
        {5, 9, 0, 5, 13, "only what is not there"},
        {4, 4, 1, 0, 0, "the last one"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct giver t;
        size_t records = 0;
        struct smk_lack lack = {0};
        giver_init(&t);
        for (unsigned k = 0; k < 3; k++)
            memory_node_edit(&t.node, "pub", 3);
        want_log(&t, 0, row[i].from, row[i].to);
        for (unsigned k = 0; k < 3 && smk_giving_has_to_send(&t.g); k++) {
            cr_assert(eq(int, give(&t), SMK_OK));
            if (t.out.has_batch)
                records += t.g.under_way[t.g.under_way_count - 1].record_count;
            if (t.out.has_lack)
                lack = t.out.lack;
        }
        cr_assert(eq(sz, records, row[i].records), "%s", row[i].why);
        cr_assert(eq(u64, lack.from, row[i].lack_from), "%s", row[i].why);
        cr_assert(eq(u64, lack.code, row[i].code), "%s", row[i].why);
        cr_assert(eq(sz, t.g.job_count, 0), "%s", row[i].why);
        giver_deinit(&t);
    }
}

/* A log in which some signatures are bad, but covered by later ones. */
Test(giving, ends_every_page_with_a_good_signature, .timeout = 60)
{
    static const struct {
        unsigned bad_from, bad_to; /* seqs */
        size_t letters;
        uint64_t last; /* seq that can be given */
        const char *why;
    } row[] = {
        {0, 0, 300, 120, "none bad"},
        {7, 7, 300, 120, "one"},
        {5, 30, 300, 120, "more than one page"},
        {2, 119, 300, 120, "nearly all"},
        {2, 63, 300, 120, "up to a border"},
        {20, 90, 6000, 19, "more than one batch can carry"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct giver t;
        struct test_run *run = malloc(sizeof *run);
        giver_init(&t);
        test_run_init(run, &t.w.coalition, &t.w.ctod, "pub", 1);
        test_run_open(run);
        while (run->count < 120) {
            test_run_edit(run, row[i].letters);
            if (run->count >= row[i].bad_from && run->count <= row[i].bad_to)
                test_run_spoil_signature(run);
        }
        for (size_t k = 0; k < run->count; k++)
            memory_node_put(&t.node, &run->record[k]);
        want_log(&t, 0, 1, 120);
        t.g.target_bytes = 16 * 1024;
        uint64_t last = 0, lacks = 0;
        for (unsigned pages = 0; pages < 200 && smk_giving_has_to_send(&t.g); pages++) {
            struct smk_given given;
            uint64_t before = last;
            cr_assert(eq(int, give(&t), SMK_OK));
            lacks += t.out.has_lack;
            if (!t.out.has_batch)
                continue;
            cr_assert(eq(sz, runs_given(&t, &last), 1), "%s", row[i].why);
            cr_assert(gt(u64, last, before), "%s", row[i].why);
            cr_assert(eq(int, smk_giving_answered(&t.g, t.g.last_number, false, 2000, &given), SMK_OK));
            smk_given_deinit(&given);
        }
        cr_assert(eq(u64, last, row[i].last), "%s", row[i].why);
        cr_assert(eq(u64, lacks, row[i].last != 120), "%s", row[i].why);
        test_run_deinit(run);
        free(run);
        giver_deinit(&t);
    }
}

Test(giving, batches_shrink_on_a_slow_line_and_grow_on_a_fast_one)
{
    struct giver t;
    struct smk_given given;
    giver_init(&t);
    memory_node_edit(&t.node, "pub", 3);
    static const struct {
        uint64_t took_ms;
        size_t target;
    } row[] = {{2000, 8 << 10},  {5000, 4 << 10},  {9000, 4 << 10},    {1000, 8 << 10},  {10, 16 << 10},
               {10, 32 << 10},   {10, 64 << 10},   {10, 128 << 10},    {10, 256 << 10},  {10, 512 << 10},
               {10, 1024 << 10}, {10, 1024 << 10}, {4000, 1024 << 10}, {4001, 512 << 10}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        want_log(&t, 0, 1, 2);
        cr_assert(eq(int, give(&t), SMK_OK));
        cr_assert(eq(int, smk_giving_answered(&t.g, i + 1, false, row[i].took_ms, &given), SMK_OK));
        smk_given_deinit(&given);
        cr_assert(eq(sz, t.g.target_bytes, row[i].target), "row %zu", i);
    }
    giver_deinit(&t);
}

Test(giving, what_is_left_of_a_refused_run_is_dropped)
{
    struct giver t;
    struct smk_given given;
    giver_init(&t);
    for (unsigned i = 0; i < 40; i++)
        memory_node_edit(&t.node, "pub", 1000);
    memory_node_renew(&t.node, 1);
    memory_node_edit(&t.node, "pub", 3);
    want_log(&t, 0, 1, 41);
    want_log(&t, 1, 1, 2);
    t.g.target_bytes = 16 * 1024;
    cr_assert(eq(int, give(&t), SMK_OK));
    cr_assert(eq(int, give(&t), SMK_OK));
    cr_assert(eq(sz, t.g.job_count, 2));
    uint64_t left = t.g.job[0].to - t.g.job[0].next + 1;
    cr_assert(gt(u64, left, 1));
    cr_assert(eq(int, smk_giving_answered(&t.g, 1, true, 0, &given), SMK_OK));
    cr_assert(
        eq(u64, given.dropped_count, left)); /* told, so that somebody can say what the other side lacks */
    smk_given_deinit(&given);
    cr_assert(eq(sz, t.g.job_count, 1)); /* only the other log is left */
    smk_giving_check(&t.g);
    giver_deinit(&t);
}

Test(giving, pushes_of_one_log_are_one_job)
{
    struct giver t;
    giver_init(&t);
    for (unsigned i = 0; i < 9; i++)
        memory_node_edit(&t.node, i % 2 == 0 ? "pub" : "nat", 3);
    for (size_t i = 0; i < t.node.arrival_count; i++) {
        const struct memory_log *log = &t.node.log[t.node.arrival[i].log];
        const struct smk_header *h = &log->record[t.node.arrival[i].seq - 1].record.header;
        cr_assert(eq(int, smk_giving_push(&t.g, log->log.log_id, h), SMK_OK));
    }
    cr_assert(eq(sz, t.g.job_count, 2));
    cr_assert(eq(sz, t.g.pushed_count, 2));
    smk_giving_check(&t.g);
    struct smk_header h = t.node.log[0].record[0].record.header;
    for (uint64_t i = 0; t.g.pushed_count < SMK_GIVING_PUSHED_MAX; i++) {
        uint8_t log_id[SMK_ID_BYTES] = {0};
        memcpy(log_id, &i, sizeof i);
        cr_assert(eq(int, smk_giving_push(&t.g, log_id, &h), SMK_OK));
    }
    uint8_t one_more[SMK_ID_BYTES] = {9, 9, 9, 9};
    cr_assert(eq(int, smk_giving_push(&t.g, one_more, &h), SMK_ERR_TOO_BIG_HERE));
    smk_giving_drop_jobs(&t.g);
    smk_giving_check(&t.g);
    cr_assert(smk_giving_is_idle(&t.g));
    giver_deinit(&t);
}

/* ---- taking ---- */

static struct smk_head head_of(uint64_t log, uint64_t seq)
{
    struct smk_head h = {.seq = seq};
    struct smk_scope pub = smk_scope_of("pub");
    memcpy(h.author, &log, sizeof log);
    smk_log_id(h.author, h.incarnation, &pub, h.log_id);
    return h;
}

/* A batch with one run of a log; its items are not looked at. */
static void take_batch(struct smk_taking *t, uint64_t number, uint64_t log, uint64_t first, size_t count,
                       enum smk_err wanted)
{
    struct smk_head h = head_of(log, 1);
    struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX};
    struct smk_batch_reader r = {0};
    uint8_t fixed[SMK_SIGNATURE_BYTES] = {1};
    smk_pack_array(&b, 4);
    smk_pack_uint(&b, number);
    smk_pack_text(&b, "pub");
    smk_pack_array(&b, 1);
    smk_pack_array(&b, 4);
    smk_pack_bin(&b, SMK_BYTES(h.author));
    smk_pack_bin(&b, SMK_BYTES(h.incarnation));
    smk_pack_uint(&b, first);
    smk_pack_array(&b, count);
    for (size_t i = 0; i < count; i++) {
        smk_pack_array(&b, 8);
        smk_pack_uint(&b, 16);
        smk_pack_array(&b, 0);
        smk_pack_uint(&b, 1);
        smk_pack_uint(&b, 0);
        smk_pack_nil(&b);
        smk_pack_bin(&b, SMK_BYTES(fixed));
        smk_pack_bin(&b, (struct smk_bytes){fixed, SMK_SALT_BYTES});
        smk_pack_bin(&b, (struct smk_bytes){fixed, 1});
    }
    smk_pack_array(&b, 0);
    cr_assert(eq(int, smk_batch_reader_init(&r, smk_buf_view(&b)), SMK_OK));
    cr_assert(eq(int, smk_taking_batch(t, &r, b.len), wanted));
    smk_taking_check(t);
    smk_batch_reader_deinit(&r);
    smk_buf_deinit(&b);
}

static void want_head(struct smk_taking *t, uint64_t log, uint64_t seq, uint64_t our_seq)
{
    struct smk_scope pub = smk_scope_of("pub");
    struct smk_head h = head_of(log, seq);
    cr_assert(eq(int, smk_taking_want(t, &pub, &h, our_seq), SMK_OK));
}

static size_t ask(struct smk_taking *t)
{
    struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX};
    struct smk_tree tree = {0};
    struct smk_want m;
    cr_assert(smk_taking_has_to_ask(t));
    cr_assert(eq(int, smk_taking_ask(t, &b), SMK_OK));
    cr_assert(eq(int, smk_tree_decode(smk_buf_view(&b), SMK_WALK_PAYLOAD, &tree), SMK_OK));
    cr_assert(eq(int, smk_want_decode(tree.root, &m), SMK_OK));
    size_t count = m.count;
    smk_tree_deinit(&tree);
    smk_buf_deinit(&b);
    smk_taking_check(t);
    return count;
}

Test(taking, a_run_is_wanted_until_its_last_record_has_come)
{
    struct smk_taking t;
    struct smk_scope scope;
    smk_taking_init(&t);
    cr_assert(smk_taking_is_idle(&t));
    want_head(&t, 1, 10, 4);
    want_head(&t, 1, 99, 4); /* already wanted */
    cr_assert(eq(sz, t.wanted_count, 1));
    cr_assert(eq(sz, ask(&t), 1));
    cr_assert(not(smk_taking_has_to_ask(&t)));
    take_batch(&t, 1, 1, 5, 3, SMK_OK);
    cr_assert(eq(u64, t.wanted[0].next, 8));
    take_batch(&t, 2, 2, 1, 3, SMK_OK); /* a push of another log */
    take_batch(&t, 3, 1, 8, 3, SMK_OK);
    cr_assert(eq(sz, t.wanted_count, 0));
    cr_assert(not(smk_taking_is_idle(&t)));
    for (uint64_t number = 1; number <= 3; number++)
        cr_assert(eq(int, smk_taking_answered(&t, number, false, &scope), SMK_OK));
    cr_assert(smk_taking_is_idle(&t));
    cr_assert(eq(int, smk_taking_answered(&t, 3, false, &scope), SMK_ERR_INVALID));
    take_batch(&t, 5, 1, 8, 3, SMK_ERR_UNEXPECTED);
    smk_taking_deinit(&t);
}

Test(taking, a_refused_batch_gives_up_what_it_touched)
{
    struct smk_taking t;
    struct smk_scope scope;
    smk_taking_init(&t);
    for (uint64_t log = 0; log < 5; log++)
        want_head(&t, log, 10, 0);
    cr_assert(eq(sz, ask(&t), 5));
    take_batch(&t, 1, 0, 1, 5, SMK_OK);
    take_batch(&t, 2, 1, 1, 5, SMK_OK);
    take_batch(&t, 3, 0, 6, 2, SMK_OK);
    cr_assert(eq(int, smk_taking_answered(&t, 1, true, &scope), SMK_OK));
    smk_taking_check(&t);
    cr_assert(eq(sz, t.wanted_count, 4)); /* log 0 went, although a later batch carried more of it */
    cr_assert(eq(int, smk_taking_answered(&t, 2, false, &scope), SMK_OK));
    cr_assert(eq(sz, t.wanted_count, 4));
    struct smk_head lacked = head_of(3, 10);
    smk_taking_lack(&t, lacked.log_id);
    smk_taking_lack(&t, lacked.log_id);
    cr_assert(eq(sz, t.wanted_count, 3));
    smk_taking_check(&t);
    smk_taking_forget_wanted(&t);
    smk_taking_check(&t);
    cr_assert(eq(sz, t.storing_count, 1));
    smk_taking_deinit(&t);
}

Test(taking, asks_in_portions_and_keeps_to_the_limit, .timeout = 30)
{
    struct smk_taking t;
    smk_taking_init(&t);
    for (uint64_t log = 0; log < SMK_TAKING_WANTED_MAX + 10; log++)
        want_head(&t, log, 1, 0);
    cr_assert(eq(sz, t.wanted_count, SMK_TAKING_WANTED_MAX));
    for (unsigned i = 0; i < SMK_WANTED_RUNS_MAX / SMK_WANT_RUNS_MAX; i++)
        cr_assert(eq(sz, ask(&t), SMK_WANT_RUNS_MAX));
    cr_assert(not(smk_taking_has_to_ask(&t)));
    for (uint64_t log = 0; log < SMK_WANT_RUNS_MAX; log++) {
        cr_assert(not(smk_taking_has_to_ask(&t)));
        struct smk_head h = head_of(log, 1);
        smk_taking_lack(&t, h.log_id);
    }
    cr_assert(smk_taking_has_to_ask(&t));
    cr_assert(eq(sz, ask(&t), SMK_WANT_RUNS_MAX));
    smk_taking_deinit(&t);
}
