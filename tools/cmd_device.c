#include "tools/args.h"
#include "tools/show.h"

#include "proto/mem.h"

#include <string.h>

enum smk_exit smk_cmd_device(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    struct smk_roster *roster;
    const char *word[1];
    size_t count;
    if (!smk_args_read(cli, argc, argv, NULL, 0, word, 1, &count))
        return SMK_EXIT_USAGE;
    if (count == 1 && strcmp(word[0], "list") != 0)
        return smk_cli_usage(cli, NULL, NULL);
    enum smk_exit code = smk_cli_open_roster(cli, false, &home, &roster);
    if (code != SMK_EXIT_DONE)
        return code;
    for (size_t i = 0; i < smk_roster_device_count(roster); i++) {
        const struct smk_device *device = smk_roster_device_at(roster, i);
        bool is_this =
            home.has_identity && memcmp(home.identity.sign.public_key, device->sign_key, SMK_KEY_BYTES) == 0;
        if (cli->is_json)
            smk_cli_json(cli, smk_show_device_json(device, is_this));
        else
            smk_show_device(cli, device, is_this);
    }
    smk_roster_free(roster);
    return SMK_EXIT_DONE;
}
