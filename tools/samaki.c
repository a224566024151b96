/* The command line of Samaki: one table of commands. */
#include "tools/args.h"
#include "tools/fence.h"
#include "tools/text.h"

#include "proto/hash.h"

#include <ctype.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

static const char version[] = "0.1.0";

static const struct smk_command commands[] = {
    {"init",
     "--name NAME --org SLUG [--org-name TEXT] [--kind KIND] [--time-zone ZONE]"
     " [--office ID:ROLE]...",
     "found a coalition on this node", smk_cmd_init},
    {"invite",
     "--org SLUG (--role ROLE | --office ID[:ROLE[:AREA]])... --address HOST:PORT"
     " [--kind KIND] [--org-name TEXT] [--area NN]... [--days 7]",
     "write an invitation for one device", smk_cmd_invite},
    {"join", "TEXT | @FILE | -", "use an invitation", smk_cmd_join},
    {"org", "[list] | add SLUG --kind KIND [--name-en TEXT] [--name-km TEXT] [--area NN]...",
     "organisations: see them, decide them", smk_cmd_org},
    {"office",
     "[list] | add ID --org SLUG --role ROLE [--area NN] [--meeting NAME]"
     " [--title-en TEXT] [--title-km TEXT]",
     "offices: see them, decide them", smk_cmd_office},
    {"device", "[list]", "devices and their fingerprints", smk_cmd_device},
    {"roster", "", "who belongs, and what this device holds", smk_cmd_roster},
    {"import",
     "FOLDER | FILE | --undo LOG [--preview] [--type TYPE] [--map COLUMN=WHAT]... [--set FIELD=VALUE]... "
     "[--form FORM.xlsx]",
     "what this device's offices own of a folder of data; or the rows of a file", smk_cmd_import},
    {"export",
     "[--xlsx|--csv|--json-file|--package|--geojson PATH [--type TYPE]... [--public|--for-import] [--bom] "
     "[--force]]",
     "documents and acts as a file; without a form every record, one a line", smk_cmd_export},
    {"docs", "[TYPE]", "the types of documents, their fields and choices", smk_cmd_docs},
    {"put", "FILE.json...", "new documents, or changes of some", smk_cmd_put},
    {"new", "TYPE [NAME=VALUE]... [--file FILE.json] [--draft]", "a new document, or a draft of one",
     smk_cmd_new},
    {"edit", "DOC [NAME=VALUE]... [--file FILE.json]", "change what a document says", smk_cmd_edit},
    {"submit", "DOC [--over]", "give a draft to those who are to see it", smk_cmd_submit},
    {"publish", "DOC", "give a verified text to everybody", smk_cmd_publish},
    {"withdraw", "DOC --reason TEXT", "take a document of one's own organisation back", smk_cmd_withdraw},
    {"conflicts", "[DOC]", "fields that have several values at once, side by side", smk_cmd_conflicts},
    {"resolve", "DOC FIELD --take EDIT | --value VALUE", "one value instead of several", smk_cmd_resolve},
    {"endorse", "LIST [--attest] [--page FILE | --sha256 HEX] [--date DATE]",
     "endorse a joint list as it stands", smk_cmd_endorse},
    {"can", "WHO ACT DOC [NAME=VALUE]... [--all DECISION] [--page FILE]",
     "whether an office, organisation or device may do that now, else why not", smk_cmd_can},
    {"act", "ACT DOC [NAME=VALUE]... [--all DECISION] [--page FILE]", "any other act about a document",
     smk_cmd_act},
    {"list",
     "[TYPE] [--place PLACE] [--org SLUG] [--status WORD] [--theme WORD] [--mechanism WORD]"
     " [--sort title|time] [--limit N] [--after ID]",
     "the documents that are here", smk_cmd_list},
    {"search", "WORD... [--type TYPE] [the options of list]", "documents that have all these words",
     smk_cmd_search},
    {"show", "ID", "one document with its edits and acts, or one record", smk_cmd_show},
    {"history", "DOC", "what happened to a document, in order of time", smk_cmd_history},
    {"totals", "", "the tables, of what counts", smk_cmd_totals},
    {"report",
     "list LIST | study DOC | tally | matrix | ranks | acceptance | progress | participants | quality"
     " [--area CODE] [--date DATE] [--digits km|en] [--out FILE | --out -] [--replace]",
     "a page for printing, in Khmer unless --lang en", smk_cmd_report},
    {"place", "NAME [--in PLACE]", "the code of a province, district or commune", smk_cmd_place},
    {"sync", "HOST:PORT", "one session with another node, by hand", smk_cmd_sync},
    {"peers", "", "nodes that this one has met", smk_cmd_peers},
    {"status", "", "what is here, and how it compares", smk_cmd_status},
    {"forks", "", "logs that their author has forked, with both branches", smk_cmd_forks},
    {"reindex", "", "make the index of documents anew", smk_cmd_reindex},
    {"compact", "", "make the store file smaller, while nobody else uses it", smk_cmd_compact},
    {"scrub", "[--from FILE]", "look for records that the disk has spoilt, and mend them", smk_cmd_scrub},
    {"audit", "[HOME | FOLDER | data.mdb]", "check every byte and signature", smk_cmd_audit},
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static const struct smk_command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcasecmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static const char explanation[] =
    "'samaki COMMAND --help' shows how each is written. The home is --home, else $SAMAKI_HOME, else\n"
    "$XDG_DATA_HOME/samaki, else ~/.local/share/samaki. The words of a command may stand in any order.\n";

static json_t *help_json(const struct smk_command *command)
{
    return json_pack("{s:s, s:s, s:s}", "command", command->name, "arguments", command->arguments, "help",
                     command->help);
}

/* Without being asked it is the answer to a command line without a command. */
static enum smk_exit print_help(struct smk_cli *cli, bool is_asked)
{
    FILE *out = is_asked ? stdout : stderr;
    if (cli->is_json) {
        for (size_t i = 0; is_asked && i < COMMAND_COUNT; i++)
            smk_cli_json(cli, help_json(&commands[i]));
        return is_asked ? SMK_EXIT_DONE : smk_cli_usage(cli, NULL, NULL);
    }
    (void)fprintf(out, "usage: samaki [--home DIR] [--json] [--lang km|en] [--as OFFICE] COMMAND ...\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        (void)fprintf(out, "  %-8s  %s\n", commands[i].name, commands[i].help);
    (void)fprintf(out, "\n%s", explanation);
    return is_asked ? SMK_EXIT_DONE : SMK_EXIT_USAGE;
}

static enum smk_exit fail_unknown(struct smk_cli *cli, const char *name)
{
    const char *names[COMMAND_COUNT];
    struct smk_shown shown;
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i].name;
    const char *nearest = smk_args_nearest(name, names, COMMAND_COUNT);
    smk_text_shown(name, &shown);
    if (nearest != NULL)
        (void)smk_args_refuse(cli, "There is no command '%s'. Did you mean '%s'?", shown.text, nearest);
    else
        (void)smk_args_refuse(cli, "There is no command '%s'.", shown.text);
    return SMK_EXIT_USAGE;
}

/* The command's name is the first word. Only when options stand before it, it has to be looked for. */
static int find_name(int argc, char **argv)
{
    int first = -1;
    for (int i = 0; i < argc; i++) {
        if (argv[i][0] == '-')
            continue;
        if (i == 0 || find_command(argv[i]) != NULL)
            return i;
        first = first < 0 ? i : first;
    }
    return first;
}

static enum smk_exit run(struct smk_cli *cli, int argc, char **argv, const struct smk_globals *globals)
{
    int at = find_name(argc, argv);
    if (globals->wants_version) {
        (void)printf(cli->is_json ? "{\"version\":\"%s\"}\n" : "samaki %s\n", version);
        return SMK_EXIT_DONE;
    }
    if (at < 0 || strcasecmp(argv[at], "help") == 0)
        return print_help(cli, globals->wants_help || at >= 0);
    char *name = argv[at];
    memmove(argv + 1, argv, (size_t)at * sizeof argv[0]);
    argv[0] = name;
    cli->command = find_command(name);
    if (cli->command == NULL)
        return fail_unknown(cli, name);
    if (globals->wants_help && cli->is_json) {
        smk_cli_json(cli, help_json(cli->command));
        return SMK_EXIT_DONE;
    }
    if (globals->wants_help) {
        const char *arguments = cli->command->arguments;
        (void)printf("usage: samaki %s%s%s\n\n%s\n", cli->command->name, arguments[0] != 0 ? " " : "",
                     arguments, cli->command->help);
        return SMK_EXIT_DONE;
    }
    return cli->command->run(cli, argc, argv);
}

/* Keys are in memory: no core dumps, no looking in from outside, nothing readable by others. (The leak check of the
 * sanitizer looks in from outside, too.) */
static void harden(void)
{
    const struct rlimit none = {0};
    (void)setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__
    (void)prctl(PR_SET_DUMPABLE, 0);
#endif
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is an error like a full disk */
    (void)umask(077);
}

int main(int argc, char **argv)
{
    struct smk_cli cli = {0};
    struct smk_slug office = {0};
    struct smk_globals globals = {0};
    static char home[SMK_HOME_PATH_MAX];
    harden();
    argc = argc > 0 ? argc - 1 : 0;
    argv += argc > 0 ? 1 : 0;
    enum smk_exit code = smk_args_take_globals(&cli, &argc, argv, &office, home, &globals);
    smk_json_watch();
    smk_fence_raise(cli.is_json);
    if (code == SMK_EXIT_DONE && smk_crypto_start() != SMK_OK)
        code = smk_cli_fail_err(&cli, SMK_ERR_CRYPTO, "starting");
    if (code == SMK_EXIT_DONE)
        code = run(&cli, argc, argv, &globals);
    if (cli.has_lost_words && (code == SMK_EXIT_DONE || code == SMK_EXIT_USAGE))
        code = SMK_EXIT_TRY_AGAIN;
    if (fflush(stdout) != 0 && code == SMK_EXIT_DONE)
        code = SMK_EXIT_REFUSED; /* what was done is done, but nobody could read it */
    return (int)code;
}
