#include "tools/cli.h"
#include "tools/text.h"
#include "tools/when.h"

#include <string.h>

void smk_cli_say(struct smk_cli *cli, const char *format, ...)
{
    if (cli->is_json)
        return;
    va_list arguments;
    va_start(arguments, format);
    (void)vprintf(format, arguments);
    va_end(arguments);
    (void)fputc('\n', stdout);
}

enum smk_exit smk_cli_fail(struct smk_cli *cli, enum smk_exit code, const char *error, const char *what,
                           const char *safe, const char *todo)
{
    if (cli->is_json) {
        json_t *object =
            json_pack("{s:s, s:s, s:s, s:s}", "error", error, "what", what, "safe", safe, "do", todo);
        if (cli->about_file != NULL)
            (void)json_object_set_new(object, "file", smk_json_text(smk_bytes_of_text(cli->about_file)));
        smk_cli_json(cli, object);
        return code;
    }
    struct smk_shown file;
    (void)fflush(stdout);
    (void)fprintf(stderr, "samaki: %s%s%s\n",
                  cli->about_file != NULL ? smk_text_shown(cli->about_file, &file) : "",
                  cli->about_file != NULL ? ": " : "", what);
    if (safe[0] != 0)
        (void)fprintf(stderr, "        %s\n", safe);
    if (todo[0] != 0)
        (void)fprintf(stderr, "        %s\n", todo);
    return code;
}

enum smk_exit smk_cli_usage(struct smk_cli *cli, const char *name, const char *arguments)
{
    if (name == NULL) {
        name = cli->command != NULL ? cli->command->name : "COMMAND";
        arguments = cli->command != NULL ? cli->command->arguments : "...";
    }
    const char *gap = arguments[0] != 0 ? " " : "";
    if (!cli->is_json) {
        (void)fflush(stdout);
        (void)fprintf(stderr, "usage: samaki %s%s%s\n", name, gap, arguments);
        return SMK_EXIT_USAGE;
    }
    json_t *usage = json_pack("{s:s}", "error", "usage");
    json_t *what = json_sprintf("usage: samaki %s%s%s", name, gap, arguments);
    (void)json_object_set_new(usage, "what", what);
    (void)json_object_set_new(usage, "safe", json_string("Nothing was done."));
    (void)json_object_set_new(usage, "do", json_sprintf("Try 'samaki %s --help'.", name));
    smk_cli_json(cli, usage);
    return SMK_EXIT_USAGE;
}

enum smk_exit smk_cli_open(struct smk_cli *cli, bool needs_identity, struct smk_home *ret_home)
{
    enum smk_err err = smk_home_open(cli->home_path, ret_home);
    if (err != SMK_OK)
        return smk_cli_fail_err(cli, err, "opening the home");
    if (needs_identity && !ret_home->has_identity) {
        smk_home_close(ret_home);
        return smk_cli_fail_err(cli, SMK_ERR_KEY_FILE,
                                "opening the home, which has no keys: it is a copy to read");
    }
    struct smk_genesis genesis;
    err = smk_genesis_decode(smk_store_genesis(ret_home->store), &genesis);
    if (err != SMK_OK) {
        smk_home_close(ret_home);
        return smk_cli_fail_err(cli, err == SMK_ERR_NOMEM ? err : SMK_ERR_STORE_DAMAGED, "opening the home");
    }
    smk_when_use_zone(genesis.time_zone);
    return SMK_EXIT_DONE;
}

enum smk_exit smk_cli_open_roster(struct smk_cli *cli, bool needs_identity, struct smk_home *ret_home,
                                  struct smk_roster **ret_roster)
{
    enum smk_exit code = smk_cli_open(cli, needs_identity, ret_home);
    if (code != SMK_EXIT_DONE)
        return code;
    enum smk_err err = smk_store_roster(ret_home->store, ret_roster);
    if (err == SMK_OK)
        return SMK_EXIT_DONE;
    smk_home_close(ret_home);
    return smk_cli_fail_err(cli, err, "reading who belongs to the coalition");
}
