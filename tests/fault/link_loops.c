/* A session of two homes over a line: one of them, the first, is where something fails. Then the two talk once more. */
#include "proto/check.h"
#include "tests/fault/partner.h"
#include "tests/fault/scenario.h"
#include "tests/fault/stage.h"
#include "tests/support/stores.h"
#include "tools/link.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
    struct smk_home home[2];
    struct stage stage[2];
    struct truth before[2];
    uint64_t more[2]; /* records that a whole session brings */
    bool is_initiator;
} l;

static const char *home_path(size_t at)
{
    static struct test_path path[2];
    path[at] = test_dir_at(scenario_dir(), at == 0 ? "a" : "b");
    return path[at].text;
}

static void homes_open(void)
{
    for (size_t i = 0; i < 2; i++)
        scenario_demand(smk_home_open(home_path(i), &l.home[i]));
}

static void homes_close(void)
{
    for (size_t i = 0; i < 2; i++)
        smk_home_close(&l.home[i]);
}

/* ---- one session ---- */

static enum smk_err act(void)
{
    struct smk_link_options options = {.home = &l.home[0], .is_initiator = l.is_initiator};
    struct smk_link_result result;
    struct partner partner;
    int line[2];
    SMK_ASSERT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) == 0);
    partner_talk(&partner, &l.home[1], line[1], !l.is_initiator);
    calls_arm();
    enum smk_err err = smk_link_talk(line[0], &options, &result);
    calls_disarm();
    (void)close(line[0]);
    enum smk_err theirs = partner_end(&partner);
    if (err == SMK_OK)
        err = result.err != SMK_OK ? result.err : result.store_err;
    if (err == SMK_OK && !(result.status.is_agreed && result.status.is_complete))
        err = theirs != SMK_OK ? theirs : SMK_ERR_CUT_LINE;
    smk_link_result_deinit(&result);
    return err;
}

static const char *homes_differ(enum outcome outcome)
{
    const char *wrong = NULL;
    for (size_t i = 0; i < 2 && wrong == NULL; i++)
        wrong = truth_differs(stage_store(home_path(i)), &l.before[i], l.more[i], outcome);
    return wrong;
}

static const char *check(enum smk_err err)
{
    homes_close();
    const char *wrong = homes_differ(err == SMK_OK ? OUTCOME_WHOLE : OUTCOME_PART);
    if (wrong != NULL)
        return wrong;
    homes_open();
    enum smk_err again = act();
    homes_close();
    if (again != SMK_OK)
        return scenario_text("once more without a fault it answered %s", smk_err_name(again));
    wrong = homes_differ(OUTCOME_WHOLE);
    for (size_t i = 0; i < 2 && wrong == NULL; i++)
        wrong = stage_names_differ(&l.stage[i]);
    return wrong;
}

/* ---- two homes that have something for each other ---- */

static void begin_as(bool is_initiator)
{
    l.is_initiator = is_initiator;
    test_home_found(scenario_dir(), "a", &l.home[0]);
    test_home_decide(&l.home[0], "ctod", "member", "02", "ctod-editor", "member_editor");
    test_home_join(scenario_dir(), "b", &l.home[0], "ctod", "ctod-editor", &l.home[1]);
    scenario_demand(test_put(&l.home[0], "pub", 3));
    scenario_demand(test_put(&l.home[1], "nat", 4));
    homes_close();
    for (size_t i = 0; i < 2; i++) {
        scenario_demand(truth_read(stage_store(home_path(i)), UINT64_MAX, &l.before[i]));
        stage_keep(&l.stage[i], home_path(i));
    }
    homes_open();
    scenario_demand(act());
    homes_close();
    for (size_t i = 0; i < 2; i++) {
        struct truth after;
        scenario_demand(truth_read(stage_store(home_path(i)), UINT64_MAX, &after));
        l.more[i] = after.records - l.before[i].records;
        SMK_ASSERT(l.more[i] > 0);
    }
}

static void begin_initiator(void)
{
    begin_as(true);
}

static void begin_responder(void)
{
    begin_as(false);
}

static void arrange(void)
{
    for (size_t i = 0; i < 2; i++)
        stage_restore(&l.stage[i]);
    homes_open();
}

static void end(void)
{
    for (size_t i = 0; i < 2; i++)
        stage_deinit(&l.stage[i]);
    memset(&l, 0, sizeof l);
}

#define TALKING                                                                                \
    CALLS_MEMORY | CALL_BIT(CALL_OWN_ALLOC) | CALL_BIT(CALL_READ) | CALL_BIT(CALL_WRITE) |     \
        CALL_BIT(CALL_SYNC) | CALL_BIT(CALL_MAP) | CALL_BIT(CALL_SIZE) | CALL_BIT(CALL_LOCK) | \
        CALL_BIT(CALL_RANDOM) | CALL_BIT(CALL_SOCKET) | CALL_BIT(CALL_NET) | CALL_BIT(CALL_LINE)
#define ROW(role)                                                                                         \
    {                                                                                                     \
        .name = "talk-" #role, .calls = TALKING, .is_vital = true, .has_line = true, .arms_itself = true, \
        .quick_step = 23, .begin = begin_##role, .arrange = arrange, .act = act, .check = check,          \
        .clear = homes_close, .end = end                                                                  \
    }
const struct scenario link_scenarios[] = {ROW(initiator), ROW(responder), {.name = NULL}};
