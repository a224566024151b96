#include "tools/args.h"
#include "tools/peers.h"

#include "proto/mem.h"

enum smk_exit smk_cmd_peers(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    SMK_CLEANUP(smk_peer_list_deinit) struct smk_peer_list list = {0};
    struct smk_store_view *view;
    size_t count;
    if (!smk_args_read(cli, argc, argv, NULL, 0, NULL, 0, &count))
        return SMK_EXIT_USAGE;
    enum smk_exit code = smk_cli_open(cli, false, &home);
    if (code != SMK_EXIT_DONE)
        return code;
    enum smk_err err = smk_store_view_new(home.store, &view);
    if (err != SMK_OK)
        return smk_cli_fail_err(cli, err, "reading the store");
    err = smk_peer_list_read(&home, smk_store_view_get(view), &list);
    smk_store_view_free(view);
    if (err != SMK_OK)
        return smk_cli_fail_err(cli, err, "reading what is known of other nodes");
    for (size_t i = 0; i < list.count; i++) {
        if (cli->is_json)
            smk_cli_json(cli, smk_peer_json(&list.at[i]));
        else
            smk_peer_say(cli, &list.at[i]);
    }
    if (list.count == 0)
        smk_cli_say(cli, "There was no session with another node yet. Begin one with: samaki sync HOST:PORT");
    return SMK_EXIT_DONE;
}
