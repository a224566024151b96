/* Commands of samaki, run inside this program: they end with one of their exit codes, say something when it is not 0, and
 * what they write is there or not. */
#include "proto/check.h"
#include "tests/fault/partner.h"
#include "tests/fault/scenario.h"
#include "tests/fault/stage.h"
#include "tests/support/stores.h"
#include "tools/cli.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORDS_MAX = 12, SAID_MAX = 8192 };

static const char meeting[] =
    "{\"type\": \"meeting\", \"id\": \"MT-1\", \"kind\": \"joint_consultation\", \"level\": \"district\","
    " \"area\": \"0201\", \"date\": \"2026-11-20\", \"title_en\": \"Joint meeting\", \"organisers\": "
    "[\"sec\"]}";
static const char next_meeting[] =
    "{\"type\": \"meeting\", \"id\": \"MT-2\", \"kind\": \"joint_consultation\", \"level\": \"district\","
    " \"area\": \"0201\", \"date\": \"2026-12-20\", \"title_en\": \"Next meeting\", \"organisers\": "
    "[\"sec\"]}";
static const char recommendation[] =
    "{\"type\": \"recommendation\", \"id\": \"RC-1\", \"number\": 1, \"district\": \"0201\", \"theme\": "
    "\"notice\","
    " \"title_en\": \"Announce meetings\", \"mechanism\": \"council_meeting\", \"level\": \"district\","
    " \"responsible_office\": \"banan-gov\", \"timeframe\": \"short\", \"from_findings\": [\"F-1\"]}";
static const char another[] =
    "{\"type\": \"event\", \"id\": \"EV-9\", \"kind\": \"training_series\", \"title_en\": \"Training\"}";
static const char list[] =
    "{\"type\": \"joint_list\", \"id\": \"JL-1\", \"district\": \"0201\", \"version\": 1, \"title_en\": "
    "\"List\","
    " \"parties\": [\"banan\", \"sec\"], \"negotiated_at\": \"MT-1\", \"recommendations\": [\"RC-1\"]}";
static const char events[] =
    "[{\"id\": \"EV-1\", \"kind\": \"training_series\", \"title_en\": \"Training\", \"date\": null,"
    " \"date_precision\": \"unknown\", \"area\": null, \"partners\": [\"SEC\"], \"created_by\": "
    "\"SEC-EDITOR\"},"
    " {\"id\": \"EV-2\", \"kind\": \"training_series\", \"title_en\": \"Another\", \"date\": null,"
    " \"date_precision\": \"unknown\", \"area\": null, \"partners\": [\"SEC\"], \"created_by\": "
    "\"SEC-EDITOR\"}]";

/* A command line, and what it adds. */
struct command {
    const char *words;
    smk_command_fn *run;
    uint64_t more;
    bool is_json;
    bool has_parts; /* it commits more than once */
};

static struct {
    const struct command *command;
    struct stage stage;
    struct truth before;
    struct truth joined;       /* what a home that has joined holds, */
    struct stage joined_files; /* and in which files */
    int nowhere, out, err;
    char home[TEST_PATH_MAX];
    char said[TEST_PATH_MAX]; /* the file that takes stdout and stderr */
} t;

/* ---- running one ---- */

/* What it says goes to a file. */
static void silence(bool begins)
{
    (void)fflush(stdout);
    (void)fflush(stderr);
    if (begins)
        SMK_ASSERT(ftruncate(t.nowhere, 0) == 0 && lseek(t.nowhere, 0, SEEK_SET) == 0);
    SMK_ASSERT(dup2(begins ? t.nowhere : t.out, STDOUT_FILENO) >= 0);
    SMK_ASSERT(dup2(begins ? t.nowhere : t.err, STDERR_FILENO) >= 0);
}

static enum smk_exit run(const struct command *c, const char *home)
{
    static char text[512];
    char *word[WORDS_MAX] = {0};
    int count = 0;
    struct smk_cli cli = {.home_path = home, .is_json = c->is_json};
    const struct smk_command entry = {.name = "command", .arguments = "", .help = "", .run = c->run};
    cli.command = &entry;
    (void)snprintf(text, sizeof text, "%s", c->words);
    for (char *at = text; *at != 0 && count < WORDS_MAX; at += strspn(at, " ")) {
        word[count++] = at;
        at += strcspn(at, " ");
        if (*at != 0)
            *at++ = 0;
    }
    smk_json_watch();
    silence(true);
    calls_arm();
    enum smk_exit code = c->run(&cli, count, word);
    calls_disarm();
    silence(false);
    bool is_lost =
        cli.has_lost_words && (code == SMK_EXIT_DONE || code == SMK_EXIT_USAGE); /* as samaki.c does */
    return is_lost ? SMK_EXIT_TRY_AGAIN : code;
}

/* The exit code as an error that says as little: what it is about stands in the text. */
static enum smk_err err_of(enum smk_exit code)
{
    return code == SMK_EXIT_DONE ? SMK_OK : code == SMK_EXIT_USAGE ? SMK_ERR_INVALID : SMK_ERR_IO;
}

static enum smk_err act(void)
{
    return err_of(run(t.command, t.home));
}

/* ---- two homes: a secretariat with documents, a district's administration that holds them ---- */

static void file_write(const char *name, const char *text)
{
    FILE *file = fopen(test_dir_at(scenario_dir(), name).text, "w");
    SMK_ASSERT(file != NULL);
    SMK_ASSERT(fputs(text, file) >= 0);
    SMK_ASSERT(fclose(file) == 0);
}

static void put_now(const char *home, const char *text)
{
    const struct command put = {.words = "put document.json", .run = smk_cmd_put};
    file_write("document.json", text);
    SMK_ASSERT(run(&put, home) == SMK_EXIT_DONE);
}

static void act_now(const char *home, const char *words)
{
    const struct command act = {.words = words, .run = smk_cmd_act};
    SMK_ASSERT(run(&act, home) == SMK_EXIT_DONE);
}

/* A member negotiates the list, in a home of its own, once the meeting is closed. */
static void negotiate(struct smk_home *a, const char *a_path)
{
    struct smk_home n;
    char path[TEST_PATH_MAX];
    test_home_decide(a, "ngo", "member", "02", "ngo-dir", "member_approver");
    test_home_join(scenario_dir(), "n", a, "ngo", "ngo-dir", &n);
    act_now(a_path, "act record_minutes MT-1 --field minutes=Done --field participants=12/5");
    act_now(a_path, "act close MT-1");
    (void)test_carry(a->store, n.store, "gov");
    (void)test_carry(a->store, n.store, "dm:0201");
    (void)snprintf(path, sizeof path, "%s", test_dir_at(scenario_dir(), "n").text);
    act_now(path, "act negotiate JL-1");
    (void)test_carry(n.store, a->store, "dm:0201");
    smk_home_close(&n);
}

static void homes_make(void)
{
    struct smk_home a, b;
    char path[TEST_PATH_MAX];
    test_home_found(scenario_dir(), "a", &a);
    test_home_decide(&a, "banan", "sna_dm", "0201", "banan-gov", "sna_signatory");
    test_home_join(scenario_dir(), "b", &a, "banan", "banan-gov", &b);
    (void)snprintf(path, sizeof path, "%s", test_dir_at(scenario_dir(), "a").text);
    put_now(path, meeting);
    put_now(path, next_meeting);
    put_now(path, recommendation);
    put_now(path, list);
    negotiate(&a, path);
    (void)test_carry(a.store, b.store, "gov");
    (void)test_carry(a.store, b.store, "dm:0201");
    smk_home_close(&a);
    smk_home_close(&b);
}

static void begin_with(const char *home, const struct command *c)
{
    t.command = c;
    (void)snprintf(t.said, sizeof t.said, "%s", test_dir_at(scenario_dir(), "said").text);
    t.nowhere = open(t.said, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    t.out = dup(STDOUT_FILENO);
    t.err = dup(STDERR_FILENO);
    SMK_ASSERT(t.nowhere >= 0);
    SMK_ASSERT(chdir(scenario_dir()->path) == 0);
    homes_make();
    (void)snprintf(t.home, sizeof t.home, "%s", test_dir_at(scenario_dir(), home).text);
}

static void begin_in(const char *home, const struct command *c)
{
    begin_with(home, c);
    SMK_ASSERT(mkdir(test_dir_at(scenario_dir(), "folder").text, 0700) == 0);
    file_write("document.json", another);
    file_write("folder/events.json", events);
    scenario_demand(truth_read(stage_store(t.home), UINT64_MAX, &t.before));
    stage_keep(&t.stage, t.home);
}

static void arrange(void)
{
    stage_restore(&t.stage);
}

static void end(void)
{
    (void)close(t.nowhere);
    (void)close(t.out);
    (void)close(t.err);
    SMK_ASSERT(chdir("/") == 0);
    stage_deinit(&t.stage);
    memset(&t, 0, sizeof t);
}

/* ---- judging it ---- */

/* What the command has said: until the next call. */
static const char *said_read(void)
{
    static char said[SAID_MAX];
    int fd = open(t.said, O_RDONLY | O_CLOEXEC);
    SMK_ASSERT(fd >= 0);
    ssize_t len = read(fd, said, sizeof said - 1);
    (void)close(fd);
    said[len > 0 ? len : 0] = 0;
    return said;
}

static const char *saying_fails(enum smk_err err)
{
    static const char *const wrong[] = {"damaged", "no Samaki home", "corrupt"};
    const char *said = said_read();
    if (err != SMK_OK && said[0] == 0)
        return "it failed and said nothing";
    if (calls_read_is_short()) /* to LMDB a file that gives half of its beginning is cut short */
        return NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0] && err != SMK_OK; i++)
        if (strstr(said, wrong[i]) != NULL)
            return scenario_text("it said '%s': %.200s", wrong[i], said);
    return NULL;
}

static const char *check(enum smk_err err)
{
    enum outcome outcome = err == SMK_OK ? OUTCOME_WHOLE : OUTCOME_BROKEN;
    const char *wrong = saying_fails(err);
    if (t.command->has_parts && err != SMK_OK)
        outcome = OUTCOME_PART;
    if (wrong == NULL)
        wrong = truth_differs(stage_store(t.home), &t.before, t.command->more, outcome);
    if (wrong != NULL || err == SMK_OK)
        return wrong;
    stage_restore(&t.stage);
    if (run(t.command, t.home) != SMK_EXIT_DONE)
        return "once more without a fault it fails";
    wrong = truth_differs(stage_store(t.home), &t.before, t.command->more, OUTCOME_WHOLE);
    return wrong != NULL ? wrong : stage_names_differ(&t.stage);
}

/* ---- joining: the inviting node answers on loopback ---- */

static struct {
    struct smk_home home;
    struct partner partner;
    bool is_there;
} inviter;

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
    (void)snprintf(joiner.path, sizeof joiner.path, "%s", t.home);
    test_dir_deinit(&joiner);
    stage_restore(&t.stage);
    partner_listen(&inviter.partner, &inviter.home, address);
    (void)snprintf(words, sizeof words, "invite --org banan --office banan-gov --address %s", address);
    (void)snprintf(path, sizeof path, "%s", test_dir_at(scenario_dir(), "a").text);
    SMK_ASSERT(run(&invite, path) == SMK_EXIT_DONE);
    const char *text = strstr(said_read(), "samaki1:");
    SMK_ASSERT(text != NULL);
    file_write("invitation.txt", text);
    scenario_demand(smk_home_open(path, &inviter.home));
    inviter.is_there = true;
}

/* A first run tells what a home that has joined holds. */
static void begin_join(void)
{
    static const struct command command = {.words = "join @invitation.txt", .run = smk_cmd_join};
    struct test_path path;
    begin_with("c", &command);
    path = test_dir_at(scenario_dir(), "a");
    scenario_demand(truth_read(stage_store(path.text), UINT64_MAX, &t.before));
    stage_keep(&t.stage, path.text);
    arrange_join();
    scenario_demand(act());
    inviter_leave();
    scenario_demand(truth_read(stage_store(t.home), UINT64_MAX, &t.joined));
    stage_keep(&t.joined_files, t.home);
}

static const char *check_join(enum smk_err err)
{
    const struct truth nothing = {0};
    const char *wrong = saying_fails(err);
    if (err != SMK_OK && run(t.command, t.home) != SMK_EXIT_DONE)
        wrong = "once more without a fault it fails";
    inviter_leave();
    if (wrong == NULL)
        wrong =
            truth_differs(stage_store(test_dir_at(scenario_dir(), "a").text), &t.before, 1, OUTCOME_WHOLE);
    if (wrong == NULL)
        wrong = truth_differs(stage_store(t.home), &nothing, t.joined.records, OUTCOME_WHOLE);
    return wrong != NULL ? wrong : stage_names_differ(&t.joined_files);
}

static void end_join(void)
{
    stage_deinit(&t.joined_files);
    end();
}

/* ---- the commands ---- */

#define COMMAND(name, home, ...)                             \
    static void begin_##name(void)                           \
    {                                                        \
        static const struct command command = {__VA_ARGS__}; \
        begin_in(home, &command);                            \
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
#define ROW(command, step, is_less)                                                                          \
    {                                                                                                        \
        .name = "samaki-" #command, .calls = RUNNING, .is_vital = true, .is_tolerant = (is_less),            \
        .arms_itself = true, .quick_step = (step), .begin = begin_##command, .arrange = arrange, .act = act, \
        .check = check, .end = end                                                                           \
    }
#define LONG_ROW(command)                                                                                \
    {                                                                                                    \
        .name = "samaki-" #command, .calls = RUNNING, .is_vital = true, .is_long = true,                 \
        .arms_itself = true, .quick_step = 97, .begin = begin_##command, .arrange = arrange, .act = act, \
        .check = check, .end = end                                                                       \
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
     .act = act,
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
