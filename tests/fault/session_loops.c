/* Whole sessions of two nodes in memory, in which an allocation of a step fails: both give, one joins, the two hold
 * different branches of a log. Whatever was, the next session mends it. */
#include "proto/check.h"
#include "tests/fault/scenario.h"
#include "tests/support/duel.h"
#include "tests/support/session_fixture.h"

#include <stdlib.h>
#include <string.h>

enum { SESSIONS_MAX = 3, COMMON = 3 };

static struct {
    struct test_world world;
    struct test_device forker;
    struct test_run *branch[2];
    struct memory_node node[2];
    struct duel_side side[2];
    bool has_fork;
    uint8_t log_id[SMK_ID_BYTES];
} s;

static void on_step(bool begins)
{
    if (begins)
        calls_arm();
    else
        calls_disarm();
}

/* The error that one of the two began with: the other one lost its peer. */
static enum smk_err first_error(const struct duel_side side[2])
{
    for (size_t i = 0; i < 2; i++)
        if (side[i].err == SMK_ERR_NOMEM)
            return side[i].err;
    return side[0].err != SMK_OK ? side[0].err : side[1].err;
}

/* ---- two that have something for each other ---- */

static void begin_two(void)
{
    test_world_init(&s.world);
}

static void end_two(void)
{
    test_world_deinit(&s.world);
    memset(&s, 0, sizeof s);
}

static void arrange_two(void)
{
    const struct test_device *device[] = {&s.world.ctod, &s.world.sec};
    for (size_t i = 0; i < 2; i++) {
        memory_node_init(&s.node[i], &s.world.coalition, device[i]);
        for (size_t k = 0; k < 2; k++)
            memory_node_meet(&s.node[i], &s.world.coalition, device[k]);
    }
    memory_node_publish(&s.node[1], &s.world.coalition);
    memory_node_edit(&s.node[0], "nat", 3);
    memory_node_edit(&s.node[1], "pub", 3);
}

static enum smk_err act_two(void)
{
    duel_once(&s.node[0], &s.node[1], (struct duel_options){.on_step = on_step}, s.side);
    return first_error(s.side);
}

static const char *check_two(enum smk_err err)
{
    static const char *const scopes[] = {"gov", "nat", "pub"};
    for (size_t i = 0; i < SESSIONS_MAX && (i == 0 || !s.side[0].status.is_agreed); i++)
        duel_once(&s.node[0], &s.node[1], (struct duel_options){.seed = i}, s.side);
    (void)err;
    if (!s.side[0].status.is_agreed || !s.side[1].status.is_complete)
        return "the next sessions do not agree";
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) {
        uint8_t root[2][SMK_HASH_BYTES];
        memory_node_root(&s.node[0], scopes[i], root[0]);
        memory_node_root(&s.node[1], scopes[i], root[1]);
        if (memcmp(root[0], root[1], SMK_HASH_BYTES) != 0)
            return scenario_text("they agree, but differ in %s", scopes[i]);
    }
    for (size_t i = 0; i < 2 && s.has_fork; i++)
        if (memory_node_find(&s.node[i], s.log_id)->log.fork != COMMON + 1)
            return "one of them does not know the fork";
    return NULL;
}

static void clear_two(void)
{
    memory_node_deinit(&s.node[0]);
    memory_node_deinit(&s.node[1]);
}

/* ---- two branches ---- */

static void begin_forked(void)
{
    test_world_init(&s.world);
    test_device_init(&s.forker, 77);
    test_certify(&s.world.coalition, &s.forker, "ctod", "ctod-editor");
    for (size_t i = 0; i < 2; i++) {
        s.branch[i] = calloc(1, sizeof *s.branch[i]);
        SMK_ASSERT(s.branch[i] != NULL);
        test_run_init(s.branch[i], &s.world.coalition, &s.forker, "pub", 3);
        test_run_fill(s.branch[i], COMMON);
        test_run_edit(s.branch[i], 10 + i);
        test_run_edit(s.branch[i], 20);
    }
    smk_log_id(s.forker.sign.public_key, s.branch[0]->incarnation, &s.branch[0]->scope, s.log_id);
    s.has_fork = true;
}

static void arrange_forked(void)
{
    arrange_two();
    for (size_t i = 0; i < 2; i++) {
        memory_node_meet(&s.node[i], &s.world.coalition, &s.forker);
        for (size_t k = 0; k < s.branch[i]->count; k++)
            memory_node_put(&s.node[i], &s.branch[i]->record[k]);
    }
}

static void end_forked(void)
{
    for (size_t i = 0; i < 2; i++) {
        test_run_deinit(s.branch[i]);
        free(s.branch[i]);
    }
    end_two();
}

/* ---- one that joins ---- */

static struct {
    struct session_fixture fixture;
    struct smk_buf welcome;
} j;

static void arrange_join(void)
{
    session_fixture_init(&j.fixture);
    j.welcome = (struct smk_buf){.max = SMK_MESSAGE_BYTES_MAX};
    session_fixture_welcome(&j.fixture, "ctod", "ctod-editor", &j.welcome);
}

/* The welcome that arrived, if it did, is the one that was given. */
static enum smk_err join(void (*step)(bool begins), bool *ret_is_welcome)
{
    struct duel d;
    duel_begin(&d, &j.fixture.joiner, &j.fixture.node,
               (struct duel_options){.join = &j.fixture.invitation, .on_step = step});
    duel_run(&d, NULL, NULL);
    if (d.side[1].has_join && !d.side[1].is_over) {
        struct smk_event admitted = {.type = SMK_EV_ADMITTED, .welcome = smk_buf_view(&j.welcome)};
        (void)duel_event(&d, 1, admitted); /* how it ends is in the side */
        duel_run(&d, NULL, NULL);
    }
    enum smk_err err = first_error(d.side);
    *ret_is_welcome = d.side[0].notices[SMK_NOTICE_WELCOME] == 1;
    if (*ret_is_welcome && !smk_bytes_is_equal(smk_buf_view(&d.side[0].welcome), smk_buf_view(&j.welcome)))
        err = SMK_ERR_INVALID;
    duel_end(&d);
    return err;
}

static enum smk_err act_join(void)
{
    bool is_welcome;
    enum smk_err err = join(on_step, &is_welcome);
    return err == SMK_OK && !is_welcome ? SMK_ERR_INVALID : err;
}

static const char *check_join(enum smk_err err)
{
    bool is_welcome;
    (void)err;
    enum smk_err again = join(NULL, &is_welcome);
    return again == SMK_OK && is_welcome ? NULL : "the same invitation is of no use any more";
}

static void clear_join(void)
{
    smk_buf_deinit(&j.welcome);
    session_fixture_deinit(&j.fixture);
}

const struct scenario session_scenarios[] = {
    {"session", CALLS_MEMORY, .arms_itself = true, .has_line = true, .quick_step = 11, .begin = begin_two,
     .arrange = arrange_two, .act = act_two, .check = check_two, .clear = clear_two, .end = end_two},
    {"session-fork", CALLS_MEMORY, .arms_itself = true, .has_line = true, .quick_step = 11,
     .begin = begin_forked, .arrange = arrange_forked, .act = act_two, .check = check_two, .clear = clear_two,
     .end = end_forked},
    {"join", CALLS_MEMORY, .arms_itself = true, .has_line = true, .quick_step = 11, .arrange = arrange_join,
     .act = act_join, .check = check_join, .clear = clear_join},
    {.name = NULL},
};
