#include "tools/args.h"
#include "tools/outcome.h"

#include "proto/mem.h"

enum smk_exit smk_cmd_sync(struct smk_cli *cli, int argc, char **argv)
{
    static const uint8_t anybody[SMK_KEY_BYTES];
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    struct smk_outcome outcome;
    const char *address;
    size_t count;
    if (!smk_args_read(cli, argc, argv, NULL, 0, &address, 1, &count))
        return SMK_EXIT_USAGE;
    if (count == 0)
        return smk_cli_usage(cli, NULL, NULL);
    if (!smk_args_address(cli, address))
        return SMK_EXIT_USAGE;
    enum smk_exit code = smk_cli_open(cli, true, &home);
    if (code != SMK_EXIT_DONE)
        return code;
    enum smk_err err = smk_outcome_sync(cli, &home, address, anybody, &outcome);
    if (err != SMK_OK)
        code = smk_cli_fail_err(cli, err, "talking to the other node");
    else if (cli->is_json)
        smk_cli_json(cli, smk_outcome_json(&outcome));
    else
        smk_outcome_say(cli, &outcome);
    if (err == SMK_OK)
        code = cli->is_json ? smk_outcome_exit(&outcome) : smk_outcome_fail(cli, &outcome);
    smk_link_result_deinit(&outcome.result);
    return code;
}
