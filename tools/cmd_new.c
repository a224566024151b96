/* samaki new TYPE, samaki edit DOC: a document from fields on the command line, from a file, or asked for. */
#include "tools/args.h"
#include "tools/asking.h"
#include "tools/line.h"

enum { FIELD, FILE_, DRAFT, OPTIONS };

static enum smk_exit take_fields(struct smk_writing *w, const struct smk_arg *option, const char *command)
{
    enum smk_exit code = SMK_EXIT_DONE;
    bool is_bare = option[FIELD].count == 0 && option[FILE_].count == 0;
    if (is_bare && !w->acting.cli->is_json && smk_line_is_terminal())
        return smk_ask(w);
    if (is_bare)
        return smk_refuse(w->acting.cli, SMK_EXIT_USAGE, SMK_SAY_NO_FIELDS, SMK_ABOUT(command));
    if (option[FILE_].count > 0)
        code = smk_writing_take_file(w, option[FILE_].value[0]);
    if (code == SMK_EXIT_DONE)
        code = smk_writing_take_words(w, option[FIELD].value, option[FIELD].count);
    return code == SMK_EXIT_DONE ? smk_writing_write(w) : code;
}

enum smk_exit smk_cmd_new(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_writing_close) struct smk_writing w = {0};
    struct smk_arg option[OPTIONS] = {
        [FIELD] = {.name = "--field", .max = SMK_ARG_VALUES_MAX, .takes_words = true},
        [FILE_] = {.name = "--file", .max = 1},
        [DRAFT] = {.name = "--draft"}};
    const char *type = NULL;
    size_t words = 0;
    if (!smk_args_read(cli, argc, argv, option, OPTIONS, &type, 1, &words))
        return SMK_EXIT_USAGE;
    if (words != 1)
        return smk_cli_usage(cli, NULL, NULL);
    enum smk_exit code = smk_writing_open(cli, &w);
    if (code == SMK_EXIT_DONE)
        code = smk_writing_begin(&w, type);
    w.is_draft = option[DRAFT].count > 0;
    return code == SMK_EXIT_DONE ? take_fields(&w, option, "samaki new TYPE") : code;
}

enum smk_exit smk_cmd_edit(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_writing_close) struct smk_writing w = {0};
    struct smk_arg option[DRAFT] = {
        [FIELD] = {.name = "--field", .max = SMK_ARG_VALUES_MAX, .takes_words = true},
        [FILE_] = {.name = "--file", .max = 1}};
    const char *word = NULL;
    size_t words = 0;
    if (!smk_args_read(cli, argc, argv, option, DRAFT, &word, 1, &words))
        return SMK_EXIT_USAGE;
    if (words != 1)
        return smk_cli_usage(cli, NULL, NULL);
    enum smk_exit code = smk_writing_open(cli, &w);
    if (code == SMK_EXIT_DONE)
        code = smk_writing_change(&w, NULL, word);
    w.leaves_same_out = true;
    return code == SMK_EXIT_DONE ? take_fields(&w, option, "samaki edit DOC") : code;
}
