#include "proto/reconcile.h"

#include "proto/check.h"
#include "proto/hash.h"
#include "proto/mem.h"
#include "proto/record.h"
#include "tests/support/fault.h"
#include "tests/support/rng.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(reconcile, .init = start_crypto);

/* One side: its heads, and what it found out. */
struct side {
    struct smk_frontier *f; /* NULL: nothing of the scope is here */
    struct smk_reconcile walk;
    size_t due_left;
    struct smk_frontier *wanted; /* heads that it lacks, as the other side told them */
    size_t lacking;
    size_t forked;
    size_t unproved;
    size_t messages;
    size_t bytes;
    size_t due_max;
};

static const char scope_text[] = "pub";

static struct smk_head head_of(uint64_t log, uint64_t seq, uint8_t branch)
{
    struct smk_head h = {.seq = seq};
    struct smk_scope scope = smk_scope_of(scope_text);
    memcpy(h.author, &log, sizeof log);
    smk_log_id(h.author, h.incarnation, &scope, h.log_id);
    memcpy(h.id, &seq, sizeof seq);
    h.id[8] = (uint8_t)log;
    h.id[9] = branch;
    memcpy(h.log_root, h.id, sizeof h.log_root);
    return h;
}

static void put(struct side *s, struct smk_head h)
{
    if (s->f == NULL)
        s->f = smk_frontier_new();
    cr_assert(eq(int, smk_frontier_put(s->f, &h), SMK_OK));
}

static void side_init(struct side *s)
{
    *s = (struct side){.due_left = SMK_RECONCILE_DUE_MAX, .wanted = smk_frontier_new()};
}

static void side_deinit(struct side *s)
{
    smk_reconcile_deinit(&s->walk, &s->due_left);
    cr_assert(eq(sz, s->due_left, SMK_RECONCILE_DUE_MAX)); /* everything was given back */
    smk_frontier_free(s->f);
    smk_frontier_free(s->wanted);
}

static void on_lacking(void *ctx, const struct smk_head *theirs, uint64_t our_seq)
{
    struct side *s = ctx;
    const struct smk_head *ours = s->f != NULL ? smk_frontier_find(s->f, theirs->log_id) : NULL;
    SMK_ASSERT(our_seq == (ours != NULL ? ours->seq : 0));
    SMK_ASSERT(theirs->seq > our_seq);
    enum smk_err err = smk_frontier_put(s->wanted, theirs);
    SMK_ASSERT(err == SMK_OK);
    s->lacking++;
}

static void on_forked(void *ctx, const struct smk_head *theirs)
{
    struct side *s = ctx;
    (void)theirs;
    s->forked++;
}

static void on_unproved(void *ctx, const struct smk_head *theirs)
{
    struct side *s = ctx;
    (void)theirs;
    s->unproved++;
}

/* Gives one message to a side; true when it answered into *b. */
static bool take(struct side *s, struct smk_buf *b)
{
    struct smk_tree tree = {0};
    struct smk_tree_message m;
    struct smk_reconcile_sink sink = {s, on_lacking, on_forked, on_unproved};
    struct smk_buf answer = {.max = SMK_MESSAGE_BYTES_MAX};
    bool has_answer = false;
    cr_assert(eq(int, smk_tree_decode(smk_buf_view(b), SMK_WALK_PAYLOAD, &tree), SMK_OK));
    cr_assert(eq(int, smk_tree_message_decode(tree.root, &m), SMK_OK));
    cr_assert(
        eq(int, smk_reconcile_take(&s->walk, s->f, &m, &sink, &s->due_left, &answer, &has_answer), SMK_OK));
    smk_tree_deinit(&tree);
    smk_buf_deinit(b);
    *b = answer;
    if (s->walk.due_count > s->due_max)
        s->due_max = s->walk.due_count;
    return has_answer;
}

static void walk(struct side *a, struct side *b)
{
    struct side *speaker = a, *listener = b;
    struct smk_scope scope = smk_scope_of(scope_text);
    struct smk_buf message = {.max = SMK_MESSAGE_BYTES_MAX};
    smk_reconcile_deinit(&a->walk, &a->due_left);
    smk_reconcile_deinit(&b->walk, &b->due_left);
    a->walk.state = SMK_RECONCILE_OURS;
    cr_assert(eq(int, smk_reconcile_begin(&a->walk, &scope, a->f, &message), SMK_OK));
    for (bool goes_on = true; goes_on;) {
        speaker->messages++;
        speaker->bytes += message.len;
        cr_assert(lt(sz, message.len, SMK_MESSAGE_BYTES_MAX));
        cr_assert(lt(sz, a->messages + b->messages, 200));
        goes_on = take(listener, &message);
        struct side *last = speaker;
        speaker = listener;
        listener = last;
    }
    smk_buf_deinit(&message);
    cr_assert(eq(int, (int)a->walk.state, SMK_RECONCILE_OVER));
    cr_assert(eq(int, (int)b->walk.state, SMK_RECONCILE_OVER));
    cr_assert(eq(sz, a->walk.due_count + b->walk.due_count, 0));
}

static bool put_wanted(void *ctx, const struct smk_head *told)
{
    struct smk_head head = *told;
    memcpy(head.log_root, head.id, sizeof head.log_root); /* it is not told, but follows from the records */
    put(ctx, head);
    return true;
}

/* Takes over all that was found, as if the records had come. */
static void mend(struct side *s)
{
    struct smk_prefix root = {0};
    struct smk_frontier *wanted = s->wanted;
    s->wanted = smk_frontier_new();
    smk_frontier_each(wanted, &root, put_wanted, s);
    smk_frontier_free(wanted);
}

static bool is_equal(struct side *a, struct side *b)
{
    uint8_t root_a[SMK_HASH_BYTES] = {0}, root_b[SMK_HASH_BYTES] = {0};
    if (a->f != NULL)
        smk_frontier_root(a->f, root_a);
    if (b->f != NULL)
        smk_frontier_root(b->f, root_b);
    return memcmp(root_a, root_b, sizeof root_a) == 0;
}

/* ---- one walk ---- */

static void check_walk(struct side *a, struct side *b, size_t a_lacks, size_t b_lacks, const char *why)
{
    walk(a, b);
    cr_assert(eq(sz, a->lacking, a_lacks), "%s", why);
    cr_assert(eq(sz, b->lacking, b_lacks), "%s", why);
}

Test(reconcile, small_differences_are_found_in_few_messages)
{
    static const struct {
        size_t common, only_a, only_b, ahead_a, ahead_b;
        size_t messages_max;
        const char *why;
    } row[] = {
        {0, 0, 1, 0, 0, 2, "nothing against one"},
        {0, 1, 0, 0, 0, 2, "one against nothing"},
        {0, 0, 16, 0, 0, 2, "nothing against sixteen"},
        {0, 16, 0, 0, 0, 2, "sixteen against nothing"},
        {0, 0, 200, 0, 0, 2, "nothing against many"},
        {0, 200, 0, 0, 0, 3, "many against nothing"},
        {3, 2, 4, 1, 1, 2, "few"},
        {200, 0, 0, 1, 0, 3, "one of many is ahead"},
        {200, 0, 0, 0, 1, 3, "the same, on the other side"},
        {200, 5, 7, 20, 30, 5, "some of many"},
        {0, 150, 150, 0, 0, 5, "nothing in common"},
        {200, 0, 0, 0, 0, 2, "no difference at all"},
        {5000, 1, 1, 1, 1, 6, "four of five thousand"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct side a, b;
        uint64_t log = 0;
        side_init(&a);
        side_init(&b);
        for (size_t k = 0; k < row[i].common; k++, log++) {
            put(&a, head_of(log, 5 + (k < row[i].ahead_a), 0));
            put(&b, head_of(log, 5 + (k >= row[i].ahead_a && k < row[i].ahead_a + row[i].ahead_b), 0));
        }
        for (size_t k = 0; k < row[i].only_a; k++)
            put(&a, head_of(log++, 1, 0));
        for (size_t k = 0; k < row[i].only_b; k++)
            put(&b, head_of(log++, 1, 0));
        check_walk(&a, &b, row[i].only_b + row[i].ahead_b, row[i].only_a + row[i].ahead_a, row[i].why);
        cr_assert(le(sz, a.messages + b.messages, row[i].messages_max), "%s: %zu", row[i].why,
                  a.messages + b.messages);
        mend(&a);
        mend(&b);
        cr_assert(is_equal(&a, &b), "%s", row[i].why);
        if (row[i].common >= 200)
            printf("%s: %zu messages, %zu bytes\n", row[i].why, a.messages + b.messages, a.bytes + b.bytes);
        side_deinit(&a);
        side_deinit(&b);
    }
}

Test(reconcile, a_fork_is_told_to_both_and_wanted_by_none)
{
    for (size_t others = 0; others < 100; others += 33) {
        struct side a, b;
        side_init(&a);
        side_init(&b);
        for (uint64_t i = 0; i < others; i++) {
            put(&a, head_of(i, 3, 0));
            put(&b, head_of(i, 3, 0));
        }
        put(&a, head_of(1000, 7, 1));
        put(&b, head_of(1000, 7, 2));
        check_walk(&a, &b, 0, 0, "a fork");
        cr_assert(eq(sz, a.forked, 1));
        cr_assert(eq(sz, b.forked, 1));
        side_deinit(&a);
        side_deinit(&b);
    }
}

Test(reconcile, heads_that_are_behind_are_not_told)
{
    struct side a, b;
    struct smk_scope scope = smk_scope_of(scope_text);
    struct smk_buf message = {.max = SMK_MESSAGE_BYTES_MAX};
    side_init(&a);
    side_init(&b);
    for (uint64_t i = 0; i < 10; i++) {
        put(&a, head_of(i, 9, 0));
        put(&b, head_of(i, 4, 0));
    }
    a.walk.state = SMK_RECONCILE_OURS;
    cr_assert(eq(int, smk_reconcile_begin(&a.walk, &scope, a.f, &message), SMK_OK));
    cr_assert(take(&b, &message));
    cr_assert(eq(sz, b.lacking, 10));
    cr_assert(lt(sz, message.len, 16)); /* an empty answer */
    cr_assert(not(take(&a, &message)));
    smk_buf_deinit(&message);
    side_deinit(&a);
    side_deinit(&b);
}

/* ---- many rounds ---- */

Test(reconcile, whatever_differs_is_equal_after_some_rounds, .timeout = 120)
{
    uint64_t first = test_seed();
    for (uint64_t seed = first; seed < first + 60; seed++) {
        struct test_rng rng = test_rng_from(seed);
        struct side a, b;
        uint64_t logs = test_rng_below(&rng, test_rng_chance(&rng, 20) ? 3000 : 120);
        unsigned both = (unsigned)test_rng_below(&rng, 101), rounds = 0;
        side_init(&a);
        side_init(&b);
        for (uint64_t i = 0; i < logs; i++) {
            bool is_both = test_rng_chance(&rng, both), is_first = test_rng_chance(&rng, 50);
            if (is_both || is_first)
                put(&a, head_of(i, 1 + test_rng_below(&rng, 3), 0));
            if (is_both || !is_first)
                put(&b, head_of(i, 1 + test_rng_below(&rng, 3), 0));
        }
        for (; !is_equal(&a, &b) && rounds < 4; rounds++) {
            walk(&a, &b);
            mend(&a);
            mend(&b);
        }
        cr_assert(is_equal(&a, &b), "seed %" PRIu64, seed);
        cr_assert(le(u32, rounds, 1), "seed %" PRIu64, seed); /* as long as the limits are not reached */
        side_deinit(&a);
        side_deinit(&b);
    }
}

Test(reconcile, very_many_logs_take_more_rounds_but_no_more_memory, .timeout = 120)
{
    for (unsigned kind = 0; kind < 2; kind++) {
        struct side a, b;
        unsigned rounds = 0;
        side_init(&a);
        side_init(&b);
        for (uint64_t i = 0; i < 20000; i++) {
            put(&a, head_of(i, 2, 0));
            if (kind == 1)
                put(&b, head_of(i, 1 + i % 3, 0)); /* all differ, in one direction or the other */
        }
        for (; !is_equal(&a, &b) && rounds < 10; rounds++) {
            walk(kind == 0 ? &b : &a, kind == 0 ? &a : &b);
            mend(&a);
            mend(&b);
        }
        printf("20,000 logs, kind %u: %u rounds, %zu messages, %zu bytes\n", kind, rounds,
               a.messages + b.messages, a.bytes + b.bytes);
        cr_assert(is_equal(&a, &b));
        cr_assert(le(sz, a.due_max, 16 * 1024));
        cr_assert(le(sz, b.due_max, 16 * 1024));
        side_deinit(&a);
        side_deinit(&b);
    }
}

/* ---- turns and bounds ---- */

Test(reconcile, a_message_out_of_turn_is_refused)
{
    struct side a;
    struct smk_scope scope = smk_scope_of(scope_text);
    struct smk_buf message = {.max = SMK_MESSAGE_BYTES_MAX}, answer = {.max = SMK_MESSAGE_BYTES_MAX};
    struct smk_tree tree = {0};
    struct smk_tree_message m;
    struct smk_reconcile_sink sink = {&a, on_lacking, on_forked, on_unproved};
    bool has_answer;
    side_init(&a);
    smk_tree_message_encode(&scope, 0, (struct smk_bytes){0}, false, &message);
    cr_assert(eq(int, smk_tree_decode(smk_buf_view(&message), SMK_WALK_PAYLOAD, &tree), SMK_OK));
    cr_assert(eq(int, smk_tree_message_decode(tree.root, &m), SMK_OK));
    static const enum smk_reconcile_state wrong[] = {SMK_RECONCILE_OURS, SMK_RECONCILE_OVER};
    for (size_t i = 0; i < 2; i++) {
        a.walk.state = wrong[i];
        cr_assert(eq(int, smk_reconcile_take(&a.walk, a.f, &m, &sink, &a.due_left, &answer, &has_answer),
                     SMK_ERR_UNEXPECTED));
    }
    smk_tree_deinit(&tree);
    smk_buf_deinit(&message);
    smk_buf_deinit(&answer);
    side_deinit(&a);
}

/* A peer that asks about the same children again and again, all of them different. */
Test(reconcile, a_peer_that_asks_for_ever_costs_bounded_memory, .timeout = 60)
{
    struct side a;
    struct smk_scope scope = smk_scope_of(scope_text);
    struct smk_prefix root = {0};
    side_init(&a);
    for (uint64_t i = 0; i < 5000; i++)
        put(&a, head_of(i, 1, 0));
    for (unsigned turn = 0; turn < 60; turn++) {
        struct smk_buf items = {.max = SMK_MESSAGE_BYTES_MAX}, message = {.max = SMK_MESSAGE_BYTES_MAX};
        for (unsigned i = 0; i < SMK_TREE_ITEMS_MAX; i++) {
            uint8_t hash[SMK_HASH_BYTES] = {1};
            smk_tree_item_begin(SMK_WALK_CHILDREN, &root, 16, &items);
            for (unsigned k = 0; k < 16; k++)
                smk_pack_bin(&items, SMK_BYTES(hash));
        }
        smk_tree_message_encode(&scope, SMK_TREE_ITEMS_MAX, smk_buf_view(&items), true, &message);
        cr_assert(take(&a, &message));
        cr_assert(le(sz, a.walk.due_count, SMK_RECONCILE_DUE_MAX));
        cr_assert(eq(sz, a.walk.due_count + a.due_left, SMK_RECONCILE_DUE_MAX));
        smk_buf_deinit(&items);
        smk_buf_deinit(&message);
    }
    cr_assert(gt(sz, a.walk.due_count, SMK_RECONCILE_DUE_MAX - 512)); /* the budget is used up, and no more */
    side_deinit(&a);
}

Test(reconcile, survives_every_failing_allocation)
{
    struct side a;
    struct smk_scope scope = smk_scope_of(scope_text);
    unsigned long n = 0;
    side_init(&a);
    for (uint64_t i = 0; i < 40; i++)
        put(&a, head_of(i, 1, 0));
    for (bool has_failed = true; has_failed; n++) {
        struct smk_buf body = {.max = SMK_MESSAGE_BYTES_MAX};
        a.walk = (struct smk_reconcile){.state = SMK_RECONCILE_OURS};
        test_fault_begin(TEST_FAULT_ONCE, n);
        enum smk_err err = smk_reconcile_begin(&a.walk, &scope, a.f, &body);
        smk_buf_deinit(&body);
        test_fault_end();
        has_failed = test_fault_hits() > 0;
        cr_assert(eq(int, err, has_failed ? SMK_ERR_NOMEM : SMK_OK));
        cr_assert(eq(long, test_fault_live(), 0));
    }
    side_deinit(&a);
}
