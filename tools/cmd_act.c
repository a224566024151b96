/* samaki act ACT DOC [NAME=VALUE]...: any act about a document as it stands. */
#include "tools/act_words.h"

enum smk_exit smk_cmd_act(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_acting_close) struct smk_acting a = {0};
    SMK_CLEANUP(smk_act_words_deinit) struct smk_act_words w = {0};
    struct smk_arg option[SMK_ACT_OPTIONS] = SMK_ACT_ARGS;
    const char *word[2] = {NULL, NULL};
    size_t words = 0;
    if (!smk_args_read(cli, argc, argv, option, SMK_ACT_OPTIONS, word, 2, &words))
        return SMK_EXIT_USAGE;
    if (words != 2)
        return smk_cli_usage(cli, "act", "ACT DOC [NAME=VALUE]... [--all DECISION] [--page FILE]");
    enum smk_exit code = smk_acting_open(cli, &a);
    if (code == SMK_EXIT_DONE)
        code = smk_act_words_init(&a, word[0], word[1], option, false, &w);
    return code == SMK_EXIT_DONE ? smk_acting_act(&a, &w.act, w.doc, w.basis) : code;
}
