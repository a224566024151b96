/* Commands of samaki. */
#include "proto/check.h"
#include "tests/fault/commands.h"
#include "tests/fault/partner.h"
#include "tests/fault/scenario.h"

#include <stdio.h>
#include <string.h>

/* ---- joining: the inviting node answers on loopback ---- */

static struct {
    struct smk_home home;
    struct partner partner;
    bool is_there;
} inviter;

/* What a home that has joined holds, and in which files. */
static struct {
    struct truth truth;
    struct stage files;
} joined;

static void inviter_leave(void)
{
    if (!inviter.is_there)
        return;
    (void)partner_end(&inviter.partner);
    smk_home_close(&inviter.home);
    inviter.is_there = false;
}

/* A new invitation in a file, somebody who answers it, and no home. */
static void arrange_join(void)
{
    char address[32], words[128];
    char path[TEST_PATH_MAX];
    const struct command invite = {.words = words, .run = smk_cmd_invite};
    struct test_dir joiner;
    (void)snprintf(joiner.path, sizeof joiner.path, "%s", commands.home);
    test_dir_deinit(&joiner);
    stage_restore(&commands.stage);
    partner_listen(&inviter.partner, &inviter.home, address);
    (void)snprintf(words, sizeof words, "invite --org banan --office banan-gov --address %s", address);
    (void)snprintf(path, sizeof path, "%s", test_dir_at(scenario_dir(), "a").text);
    SMK_ASSERT(command_run(&invite, path) == SMK_EXIT_DONE);
    const char *text = strstr(commands_said(), "samaki1:");
    SMK_ASSERT(text != NULL);
    command_file("invitation.txt", text);
    scenario_demand(smk_home_open(path, &inviter.home));
    inviter.is_there = true;
}

/* A first run tells what a home that has joined holds. */
static void begin_join(void)
{
    static const struct command command = {.words = "join @invitation.txt", .run = smk_cmd_join};
    struct test_path path;
    commands_begin_with("c", &command);
    path = test_dir_at(scenario_dir(), "a");
    scenario_demand(truth_read(stage_store(path.text), UINT64_MAX, &commands.before));
    stage_keep(&commands.stage, path.text);
    arrange_join();
    scenario_demand(commands_act());
    inviter_leave();
    scenario_demand(truth_read(stage_store(commands.home), UINT64_MAX, &joined.truth));
    stage_keep(&joined.files, commands.home);
}

static const char *check_join(enum smk_err err)
{
    const struct truth nothing = {0};
    const char *wrong = commands_saying_fails(err);
    if (err != SMK_OK && command_run(commands.command, commands.home) != SMK_EXIT_DONE)
        wrong = "once more without a fault it fails";
    inviter_leave();
    if (wrong == NULL)
        wrong = truth_differs(stage_store(test_dir_at(scenario_dir(), "a").text), &commands.before, 1,
                              OUTCOME_WHOLE);
    if (wrong == NULL)
        wrong = truth_differs(stage_store(commands.home), &nothing, joined.truth.records, OUTCOME_WHOLE);
    return wrong != NULL ? wrong : stage_names_differ(&joined.files);
}

static void end_join(void)
{
    stage_deinit(&joined.files);
    commands_end();
}

/* ---- the commands ---- */

#define COMMAND(name, home, ...)                             \
    static void begin_##name(void)                           \
    {                                                        \
        static const struct command command = {__VA_ARGS__}; \
        commands_begin(home, &command);                      \
    }

COMMAND(put, "a", "put document.json", smk_cmd_put, .more = 2)
COMMAND(endorse, "b", "endorse JL-1", smk_cmd_endorse, .more = 2)
COMMAND(import, "a", "import folder", smk_cmd_import, .more = 3, .has_parts = true)
COMMAND(export, "a", "export", smk_cmd_export, .more = 0, .is_json = true)
COMMAND(list, "b", "list", smk_cmd_list, .more = 0)
COMMAND(search, "b", "search list", smk_cmd_search, .more = 0)
COMMAND(reindex, "b", "reindex", smk_cmd_reindex, .more = 0, .is_json = true)
COMMAND(show, "b", "show JL-1", smk_cmd_show, .more = 0, .is_json = true)
COMMAND(history, "b", "history JL-1", smk_cmd_history, .more = 0)
COMMAND(totals, "b", "totals", smk_cmd_totals, .more = 0, .is_json = true)
COMMAND(status, "a", "status", smk_cmd_status, .more = 0)
COMMAND(roster, "a", "roster", smk_cmd_roster, .more = 0, .is_json = true)
COMMAND(audit, "a", "audit", smk_cmd_audit, .more = 0)
COMMAND(scrub, "a", "scrub", smk_cmd_scrub, .more = 0)
COMMAND(new, "a", "new event --field id=EV-8 --field kind=training_series --field title_en=Another",
        smk_cmd_new, .more = 2)
COMMAND(edit, "a", "edit MT-1 --field venue=Hall", smk_cmd_edit, .more = 1)
COMMAND(act, "a", "act cancel MT-2 --field reason=Rain", smk_cmd_act, .more = 1)
COMMAND(can, "b", "can banan endorse JL-1", smk_cmd_can, .more = 0, .is_json = true)
COMMAND(conflicts, "a", "conflicts", smk_cmd_conflicts, .more = 0, .is_json = true)
COMMAND(docs, "a", "docs meeting", smk_cmd_docs, .more = 0, .is_json = true)
COMMAND(place, "a", "place Banan", smk_cmd_place, .more = 0)
COMMAND(peers, "b", "peers", smk_cmd_peers, .more = 0)
COMMAND(forks, "a", "forks", smk_cmd_forks, .more = 0, .is_json = true)
COMMAND(device, "b", "device", smk_cmd_device, .more = 0)
COMMAND(org, "a", "org add other --kind member --area 02 --name-en Other", smk_cmd_org, .more = 1)
COMMAND(office, "a", "office add sec-more --org sec --role secretariat_editor", smk_cmd_office, .more = 1)
COMMAND(invite, "a", "invite --org banan --office banan-gov --address 127.0.0.1:1", smk_cmd_invite, .more = 0)

#define RUNNING                                                                           \
    CALLS_MEMORY | CALL_BIT(CALL_OWN_ALLOC) | CALL_BIT(CALL_OPEN) | CALL_BIT(CALL_READ) | \
        CALL_BIT(CALL_WRITE) | CALL_BIT(CALL_SYNC) | CALL_BIT(CALL_LOOK) | CALL_BIT(CALL_PROCESS)
#define ROW(command, step, is_less)                                                                       \
    {                                                                                                     \
        .name = "samaki-" #command, .calls = RUNNING, .is_vital = true, .is_tolerant = (is_less),         \
        .arms_itself = true, .quick_step = (step), .begin = begin_##command, .arrange = commands_arrange, \
        .act = commands_act, .check = commands_check, .end = commands_end                                 \
    }
#define LONG_ROW(command)                                                                             \
    {                                                                                                 \
        .name = "samaki-" #command, .calls = RUNNING, .is_vital = true, .is_long = true,              \
        .arms_itself = true, .quick_step = 97, .begin = begin_##command, .arrange = commands_arrange, \
        .act = commands_act, .check = commands_check, .end = commands_end                             \
    }
#define JOINING RUNNING | CALLS_FILES | CALL_BIT(CALL_SOCKET) | CALL_BIT(CALL_NET) | CALL_BIT(CALL_LINE)
const struct scenario tools_scenarios[] = {
    {.name = "samaki-join",
     .calls = JOINING,
     .is_vital = true,
     .arms_itself = true,
     .quick_step = 131,
     .begin = begin_join,
     .arrange = arrange_join,
     .act = commands_act,
     .check = check_join,
     .clear = inviter_leave,
     .end = end_join},
    ROW(put, 97, false),
    ROW(endorse, 97, false),
    ROW(import, 131, false),
    ROW(export, 97, false),
    LONG_ROW(list),
    ROW(search, 97, false),
    LONG_ROW(reindex),
    ROW(show, 97, true),
    LONG_ROW(history),
    ROW(totals, 97, false),
    ROW(status, 97, true),
    LONG_ROW(roster),
    ROW(audit, 97, false),
    ROW(scrub, 97, true),
    LONG_ROW(invite),
    ROW(new, 97, false),
    ROW(edit, 97, false),
    ROW(act, 97, false),
    ROW(can, 97, false),
    ROW(conflicts, 97, true),
    LONG_ROW(docs),
    LONG_ROW(place),
    ROW(peers, 97, true),
    ROW(forks, 97, true),
    LONG_ROW(device),
    ROW(org, 97, false),
    ROW(office, 97, false),
    {.name = NULL},
};
