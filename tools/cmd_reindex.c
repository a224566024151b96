/* samaki reindex: throws the index away and makes it anew from the records. */
#include "tools/doc_query.h"

#include "proto/mem.h"

struct counting {
    uint64_t documents;
};

static bool count_row(void *ctx, const struct smk_doc_row *row)
{
    struct counting *c = ctx;
    (void)row;
    c->documents++;
    return true;
}

enum smk_exit smk_cmd_reindex(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    SMK_CLEANUP(smk_index_drop) struct smk_index *index = NULL;
    const struct smk_index_query all = {0};
    struct counting c = {0};
    uint64_t total;
    size_t words = 0;
    if (!smk_args_read(cli, argc, argv, NULL, 0, NULL, 0, &words))
        return SMK_EXIT_USAGE;
    enum smk_exit code = smk_cli_open(cli, false, &home);
    if (code != SMK_EXIT_DONE)
        return code;
    enum smk_err err = smk_index_reset(home.store);
    if (err != SMK_OK)
        return smk_cli_fail_err(cli, err, "throwing the index away");
    code = smk_index_load(cli, &home, &index);
    if (code != SMK_EXIT_DONE)
        return code;
    err = smk_index_list(index, &all, count_row, &c, &total);
    if (err != SMK_OK)
        return smk_cli_fail_err(cli, err, "reading the index");
    smk_cli_say(cli, "The index was made anew: %llu documents.", (unsigned long long)c.documents);
    if (cli->is_json)
        smk_cli_json(cli, json_pack("{s:I}", "documents", (json_int_t)c.documents));
    return SMK_EXIT_DONE;
}
