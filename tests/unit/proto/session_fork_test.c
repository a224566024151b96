#include "proto/hash.h"
#include "tests/support/duel.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

/* Sessions between nodes that hold different branches of a log, or know a fork that the other does not. */

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(session_fork, .init = start_crypto, .timeout = 120);

enum { NODES = 3 };

/* Three nodes that agree, and two branches of one log of a fourth device. */
struct scene {
    struct test_world w;
    struct test_device forker;
    struct memory_node node[NODES];
    struct test_run *a, *b;
    uint8_t log_id[SMK_ID_BYTES];
    uint64_t seed;
    struct duel_side side[2];
};

static void meet(struct scene *s, size_t one, size_t other)
{
    duel_once(&s->node[one], &s->node[other], (struct duel_options){.seed = ++s->seed, .chunk_max = 4000},
              s->side);
}

static void scene_init(struct scene *s, const char *scope)
{
    *s = (struct scene){0};
    test_world_init(&s->w);
    test_device_init(&s->forker, 77);
    test_certify(&s->w.coalition, &s->forker, "ctod", "ctod-editor");
    const struct test_device *device[NODES] = {&s->w.sec, &s->w.ctod, &s->w.bavel};
    for (size_t i = 0; i < NODES; i++) {
        memory_node_init(&s->node[i], &s->w.coalition, device[i]);
        for (size_t k = 0; k < NODES; k++)
            memory_node_meet(&s->node[i], &s->w.coalition, device[k]);
    }
    memory_node_publish(&s->node[0], &s->w.coalition);
    meet(s, 0, 1);
    meet(s, 0, 2);
    s->a = calloc(1, sizeof *s->a);
    s->b = calloc(1, sizeof *s->b);
    cr_assert(ne(ptr, s->a, NULL));
    cr_assert(ne(ptr, s->b, NULL));
    test_run_init(s->a, &s->w.coalition, &s->forker, scope, 3);
    test_run_init(s->b, &s->w.coalition, &s->forker, scope, 3);
    smk_log_id(s->a->device->sign.public_key, s->a->incarnation, &s->a->scope, s->log_id);
}

static void scene_deinit(struct scene *s)
{
    test_run_deinit(s->a);
    test_run_deinit(s->b);
    free(s->a);
    free(s->b);
    for (size_t i = 0; i < NODES; i++)
        memory_node_deinit(&s->node[i]);
    test_world_deinit(&s->w);
}

/* `common` records are the same, then each branch has so many of its own. */
static void fork_at(struct scene *s, size_t common, size_t a_more, size_t b_more)
{
    if (common > 0) {
        test_run_fill(s->a, common);
        test_run_fill(s->b, common);
    }
    for (size_t i = 0; i < a_more; i++)
        test_run_edit(s->a, 10 + i);
    for (size_t i = 0; i < b_more; i++)
        test_run_edit(s->b, 60 + i);
}

/* An open at another time than the other branch has it. */
static void open_later(struct test_run *run)
{
    struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_header h = test_run_next(run, SMK_RECORD_OPEN);
    uint8_t under[1][SMK_HASH_BYTES];
    memcpy(under[0], run->device->decision, sizeof under[0]);
    smk_open_encode((const uint8_t(*)[SMK_HASH_BYTES])under, 1, NULL, 0, "new store", &payload);
    h.time++;
    test_run_push(run, &h, smk_buf_view(&payload));
    smk_buf_deinit(&payload);
}

static void put(struct memory_node *n, const struct test_run *run, size_t count)
{
    for (size_t i = 0; i < count; i++)
        memory_node_put(n, &run->record[i]);
}

static void expect_frozen(struct scene *s, size_t node, uint64_t fork, const char *why)
{
    const struct memory_log *log = memory_node_find(&s->node[node], s->log_id);
    cr_assert(ne(ptr, (void *)(uintptr_t)log, NULL), "%s", why);
    cr_assert(eq(u64, log->log.fork, fork), "%s", why);
    cr_assert(le(u64, smk_log_settled(&log->log), fork - 1), "%s", why);
}

static void expect_agreed(struct scene *s, const char *why)
{
    for (size_t i = 0; i < 2; i++) {
        cr_assert(eq(int, s->side[i].err, SMK_OK), "%s: %s", why, s->side[i].status.reason);
        cr_assert(s->side[i].status.is_agreed, "%s", why);
        cr_assert(s->side[i].status.is_complete, "%s", why);
    }
}

Test(session_fork, is_found_wherever_the_branches_part)
{
    static const struct {
        size_t common, a_more, b_more;
        const char *why;
    } row[] = {
        {3, 1, 1, "heads at one place"},       {3, 1, 4, "the other is ahead"},
        {3, 4, 1, "the other is behind"},      {1, 1, 1, "right behind the open"},
        {3, 40, 37, "parted long ago"},        {0, 5, 5, "parted at the first record"},
        {2, 120, 200, "parted very long ago"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct scene s;
        scene_init(&s, "pub");
        if (row[i].common == 0) {
            test_run_open(s.a);
            open_later(s.b);
        }
        fork_at(&s, row[i].common, row[i].a_more, row[i].b_more);
        put(&s.node[0], s.a, s.a->count);
        put(&s.node[1], s.b, s.b->count);
        memory_node_edit(&s.node[0], "pub", 1);
        memory_node_edit(&s.node[1], "nat", 1);
        meet(&s, i % 2, 1 - i % 2);
        expect_agreed(&s, row[i].why);
        uint64_t fork = row[i].common == 0 ? 1 : row[i].common + 1;
        for (size_t k = 0; k < 2; k++)
            expect_frozen(&s, k, fork, row[i].why);
        meet(&s, 1, 2); /* whoever has nothing of the log gets the proof, and what is before the fork */
        expect_agreed(&s, row[i].why);
        expect_frozen(&s, 2, fork, row[i].why);
        scene_deinit(&s);
    }
}

Test(session_fork, moves_down_to_the_lowest_that_is_known)
{
    struct scene s;
    scene_init(&s, "pub");
    fork_at(&s, 6, 3, 3);
    put(&s.node[0], s.a, s.a->count);
    put(&s.node[1], s.b, s.b->count);
    meet(&s, 0, 1);
    expect_frozen(&s, 0, 7, "first");
    struct test_run *c = calloc(1, sizeof *c);
    cr_assert(ne(ptr, c, NULL));
    test_run_init(c, &s.w.coalition, &s.forker, "pub", 3);
    test_run_fill(c, 2);
    for (size_t i = 0; i < 8; i++)
        test_run_edit(c, 100 + i); /* a third branch, from seq 3 on */
    put(&s.node[2], c, c->count);
    meet(&s, 2, 0);
    expect_agreed(&s, "the third branch");
    expect_frozen(&s, 2, 3, "where the third branch parts");
    expect_frozen(&s, 0, 3, "where the third branch parts");
    meet(&s, 0, 1);
    expect_agreed(&s, "told on");
    expect_frozen(&s, 1, 3, "told on");
    test_run_deinit(c);
    free(c);
    scene_deinit(&s);
}

Test(session_fork, is_pushed_to_whoever_is_connected)
{
    struct scene s;
    struct duel d;
    scene_init(&s, "pub");
    fork_at(&s, 3, 2, 2);
    put(&s.node[0], s.a, s.a->count);
    meet(&s, 0, 2);
    expect_agreed(&s, "before");
    duel_begin(&d, &s.node[0], &s.node[2], (struct duel_options){.seed = 5, .is_live = {true, true}});
    duel_run(&d, NULL, NULL);
    put(&s.node[1], s.b, s.b->count);
    meet(&s, 1, 0); /* node 0 learns of the fork while it is connected to node 2 */
    expect_frozen(&s, 0, 4, "found");
    for (unsigned i = 0; i < 2; i++)
        (void)duel_event(&d, i, (struct smk_event){.type = SMK_EV_ARRIVED});
    duel_run(&d, NULL, NULL);
    expect_frozen(&s, 2, 4, "pushed");
    cr_assert(eq(u32, d.side[1].notices[SMK_NOTICE_FORK], 1));
    cr_assert(eq(int, d.side[0].err, SMK_OK));
    cr_assert(eq(int, d.side[1].err, SMK_OK));
    uint8_t root[2][SMK_HASH_BYTES];
    memory_node_root(&s.node[0], "pub", root[0]);
    memory_node_root(&s.node[2], "pub", root[1]);
    cr_assert(eq(int, memcmp(root[0], root[1], sizeof root[0]), 0));
    duel_end(&d);
    scene_deinit(&s);
}

Test(session_fork, of_governance_takes_its_decisions_back)
{
    struct scene s;
    scene_init(&s, "gov");
    struct smk_buf payload = {.max = 2 * SMK_DECISION_BYTES_MAX};
    uint8_t hash[SMK_HASH_BYTES];
    struct smk_decision d = test_organisation("late", "member", "02");
    test_decision_payload(&s.w.coalition, &d, &payload, hash);
    fork_at(&s, 1, 0, 1);
    struct smk_header h = test_run_next(s.a, SMK_RECORD_DECISION);
    test_run_push(s.a, &h, smk_buf_view(&payload));
    put(&s.node[0], s.a, s.a->count);
    put(&s.node[1], s.b, s.b->count);
    cr_assert(ne(ptr, (void *)(uintptr_t)smk_roster_organisation(s.node[0].roster, "late"), NULL));
    meet(&s, 0, 1);
    expect_agreed(&s, "governance");
    expect_frozen(&s, 0, 2, "governance");
    expect_frozen(&s, 1, 2, "governance");
    for (size_t i = 0; i < 2; i++)
        cr_assert(eq(ptr, (void *)(uintptr_t)smk_roster_organisation(s.node[i].roster, "late"), NULL));
    smk_buf_deinit(&payload);
    scene_deinit(&s);
}
