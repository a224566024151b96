#include "tests/fault/commands.h"

#include "proto/check.h"
#include "tests/fault/scenario.h"
#include "tests/support/stores.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORDS_MAX = 12, SAID_MAX = 8192 };

struct commands commands;

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

/* ---- running one ---- */

/* What it says goes to a file. */
static void silence(bool begins)
{
    (void)fflush(stdout);
    (void)fflush(stderr);
    if (begins)
        SMK_ASSERT(ftruncate(commands.nowhere, 0) == 0 && lseek(commands.nowhere, 0, SEEK_SET) == 0);
    SMK_ASSERT(dup2(begins ? commands.nowhere : commands.out, STDOUT_FILENO) >= 0);
    SMK_ASSERT(dup2(begins ? commands.nowhere : commands.err, STDERR_FILENO) >= 0);
}

enum smk_exit command_run(const struct command *c, const char *home)
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

enum smk_err commands_act(void)
{
    return err_of(command_run(commands.command, commands.home));
}

/* ---- two homes: a secretariat with documents, a district's administration that holds them ---- */

void command_file(const char *name, const char *text)
{
    FILE *file = fopen(test_dir_at(scenario_dir(), name).text, "w");
    SMK_ASSERT(file != NULL);
    SMK_ASSERT(fputs(text, file) >= 0);
    SMK_ASSERT(fclose(file) == 0);
}

static void put_now(const char *home, const char *text)
{
    const struct command put = {.words = "put document.json", .run = smk_cmd_put};
    command_file("document.json", text);
    SMK_ASSERT(command_run(&put, home) == SMK_EXIT_DONE);
}

static void act_now(const char *home, const char *words)
{
    const struct command act = {.words = words, .run = smk_cmd_act};
    SMK_ASSERT(command_run(&act, home) == SMK_EXIT_DONE);
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

void commands_begin_with(const char *home, const struct command *c)
{
    commands.command = c;
    (void)snprintf(commands.said, sizeof commands.said, "%s", test_dir_at(scenario_dir(), "said").text);
    commands.nowhere = open(commands.said, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    commands.out = dup(STDOUT_FILENO);
    commands.err = dup(STDERR_FILENO);
    SMK_ASSERT(commands.nowhere >= 0);
    SMK_ASSERT(chdir(scenario_dir()->path) == 0);
    homes_make();
    (void)snprintf(commands.home, sizeof commands.home, "%s", test_dir_at(scenario_dir(), home).text);
}

void commands_begin(const char *home, const struct command *c)
{
    commands_begin_with(home, c);
    SMK_ASSERT(mkdir("folder", 0700) == 0);
    SMK_ASSERT(mkdir("made", 0700) == 0);
    command_file("document.json", another);
    command_file("folder/events.json", events);
    commands_keep();
}

/* A run that nothing disturbs tells which files are made. */
void commands_keep(void)
{
    const char *made = test_dir_at(scenario_dir(), "made").text;
    scenario_demand(truth_read(stage_store(commands.home), UINT64_MAX, &commands.before));
    stage_keep(&commands.stage, commands.home);
    stage_keep(&commands.made, made);
    scenario_demand(commands_act());
    stage_keep(&commands.whole, test_dir_at(scenario_dir(), "made").text);
    commands_arrange();
}

void commands_arrange(void)
{
    stage_restore(&commands.stage);
    stage_restore(&commands.made);
}

void commands_end(void)
{
    (void)close(commands.nowhere);
    (void)close(commands.out);
    (void)close(commands.err);
    SMK_ASSERT(chdir("/") == 0);
    stage_deinit(&commands.stage);
    stage_deinit(&commands.made);
    stage_deinit(&commands.whole);
    memset(&commands, 0, sizeof commands);
}

/* ---- judging it ---- */

/* What the command has said: until the next call. */
const char *commands_said(void)
{
    static char said[SAID_MAX];
    int fd = open(commands.said, O_RDONLY | O_CLOEXEC);
    SMK_ASSERT(fd >= 0);
    ssize_t len = read(fd, said, sizeof said - 1);
    (void)close(fd);
    said[len > 0 ? len : 0] = 0;
    return said;
}

const char *commands_saying_fails(enum smk_err err)
{
    static const char *const wrong[] = {"damaged", "no Samaki home", "corrupt"};
    const char *said = commands_said();
    if (err != SMK_OK && said[0] == 0)
        return "it failed and said nothing";
    if (calls_read_is_short()) /* to LMDB a file that gives half of its beginning is cut short */
        return NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0] && err != SMK_OK; i++)
        if (strstr(said, wrong[i]) != NULL)
            return scenario_text("it said '%s': %.200s", wrong[i], said);
    return NULL;
}

static const char *folder_differs(const struct stage *s, bool bytes_vary)
{
    const char *wrong = stage_names_differ(s);
    for (size_t i = 0; i < s->count && wrong == NULL && !bytes_vary; i++)
        if (!s->file[i].is_folder && !stage_is_same(s, s->file[i].name))
            wrong = scenario_text("%s is not whole", s->file[i].name);
    return wrong;
}

/* All the files that a whole run makes; or, when it failed, what was there before. */
static const char *made_differs(enum smk_err err)
{
    if (err != SMK_OK && folder_differs(&commands.made, false) == NULL)
        return NULL;
    return folder_differs(&commands.whole, commands.command->bytes_vary);
}

static const char *records_differ(enum outcome outcome)
{
    return truth_differs(stage_store(commands.home), &commands.before, commands.command->more, outcome);
}

const char *commands_check(enum smk_err err)
{
    enum outcome outcome = err == SMK_OK ? OUTCOME_WHOLE : OUTCOME_BROKEN;
    const char *wrong = commands_saying_fails(err);
    if (commands.command->has_parts && err != SMK_OK)
        outcome = OUTCOME_PART;
    if (wrong == NULL)
        wrong = made_differs(err);
    if (wrong == NULL)
        wrong = records_differ(outcome);
    if (wrong != NULL || err == SMK_OK)
        return wrong;
    commands_arrange();
    if (command_run(commands.command, commands.home) != SMK_EXIT_DONE)
        return "once more without a fault it fails";
    wrong = records_differ(OUTCOME_WHOLE);
    if (wrong == NULL)
        wrong = made_differs(SMK_OK);
    if (wrong != NULL || commands.command->leaves_file)
        return wrong;
    return stage_names_differ(&commands.stage);
}
