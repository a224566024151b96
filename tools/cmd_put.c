/* samaki put FILE.json...: new documents, or changes of some. */
#include "tools/args.h"
#include "tools/writing.h"

enum { FILES_MAX = 256 };

static enum smk_exit put_file(struct smk_cli *cli, const char *path)
{
    SMK_CLEANUP(smk_writing_close) struct smk_writing w;
    enum smk_exit code = smk_writing_open(cli, &w);
    if (code == SMK_EXIT_DONE)
        code = smk_writing_take_file(&w, path);
    return code == SMK_EXIT_DONE ? smk_writing_write(&w) : code;
}

/* One after the other: a list may name the recommendation that was written before it. */
enum smk_exit smk_cmd_put(struct smk_cli *cli, int argc, char **argv)
{
    const char *path[FILES_MAX];
    size_t count = 0;
    const char *as_office = cli->as_office;
    enum smk_exit code = SMK_EXIT_DONE;
    if (!smk_args_read(cli, argc, argv, NULL, 0, path, FILES_MAX, &count))
        return SMK_EXIT_USAGE;
    if (count == 0)
        return smk_cli_usage(cli, NULL, NULL);
    for (size_t i = 0; i < count && code == SMK_EXIT_DONE; i++) {
        cli->as_office = as_office; /* a file may have named its own */
        cli->about_file = count > 1 ? path[i] : NULL;
        code = put_file(cli, path[i]);
    }
    cli->as_office = as_office;
    cli->about_file = NULL;
    return code;
}
