#include "tools/args.h"
#include "tools/cli.h"

#include "proto/mem.h"
#include "store/compact.h"

#include <inttypes.h>

static enum smk_exit fail_in_use(struct smk_cli *cli)
{
    return smk_cli_fail(cli, SMK_EXIT_TRY_AGAIN, smk_err_name(SMK_ERR_STORE_BUSY),
                        "Another program uses this home.", "Nothing was changed.",
                        "Stop samakid and every other samaki of this home, then try again.");
}

enum smk_exit smk_cmd_compact(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    struct smk_compaction done;
    size_t count;
    if (!smk_args_read(cli, argc, argv, NULL, 0, NULL, 0, &count))
        return SMK_EXIT_USAGE;
    enum smk_err err = smk_home_open_alone(cli->home_path, &home);
    if (err == SMK_ERR_STORE_BUSY)
        return fail_in_use(cli);
    if (err != SMK_OK)
        return smk_cli_fail_err(cli, err, "opening the home");
    err = smk_home_compact(&home, &done);
    if (err != SMK_OK)
        return smk_cli_fail_err(cli, err, "compacting the store");
    smk_cli_say(cli,
                "The store had %" PRIu64 " bytes and has %" PRIu64 " now. All %" PRIu64
                " records were read and are good.",
                done.bytes_before, done.bytes_after, done.records);
    smk_cli_json(cli,
                 json_pack("{s:I, s:I, s:I}", "bytes_before", (json_int_t)done.bytes_before, "bytes_after",
                           (json_int_t)done.bytes_after, "records", (json_int_t)done.records));
    return SMK_EXIT_DONE;
}
