/* samaki list [TYPE]: the documents that are here. */
#include "tools/doc_query.h"

#include "proto/mem.h"

enum smk_exit smk_cmd_list(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    SMK_CLEANUP(smk_index_drop) struct smk_index *index = NULL;
    struct smk_doc_query q;
    enum smk_exit code = smk_doc_query_read(cli, argc, argv, false, &q);
    if (code == SMK_EXIT_DONE)
        code = smk_cli_open(cli, false, &home);
    if (code == SMK_EXIT_DONE)
        code = smk_index_load(cli, &home, &index);
    return code == SMK_EXIT_DONE ? smk_doc_query_run(cli, index, &q) : code;
}
