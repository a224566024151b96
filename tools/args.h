/* tools/args.h: the words of a command line, and what people mean by a name, an area, an address.
 *
 * Shape    globals are taken out first (wherever they stand), then a command sorts the rest into its own options and
 *          plain words. Whatever is not understood is answered with a sentence that shows how it is written.
 * Source   README.md in this folder.
 * Memory   everything BORROWS from argv.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_ARGS_H
#define SMK_TOOLS_ARGS_H

#include "tools/cli.h"

enum { SMK_ARG_VALUES_MAX = 32 };

/* One option of a command. */
struct smk_arg {
    const char *name;  /* with its dashes: "--org" */
    size_t max;        /* how many values it may have, at most SMK_ARG_VALUES_MAX; 0 = a switch */
    bool may_be_empty; /* a value of no letters is one */
    bool takes_words;  /* a plain word NAME=VALUE is one of its values, too */
    size_t count;      /* set by smk_args_read */
    const char *value[SMK_ARG_VALUES_MAX];
};

struct smk_globals {
    bool wants_help;
    bool wants_version;
};

/* Takes the global options out of argv (argc and argv[0..argc) are changed) and fills cli; home_path is set in any case
 * unless no folder can be named. SMK_EXIT_DONE, or the code to end with after having said why.
 *
 * office, home   room for what is made here; must live as long as cli */
enum smk_exit smk_args_take_globals(struct smk_cli *cli, int *argc, char **argv, struct smk_slug *office,
                                    char home[SMK_HOME_PATH_MAX], struct smk_globals *ret_globals);

/* Sorts argv[1..argc) into options and plain words; "--name=value" is the same as two words; after "--" everything is
 * plain; NAME=VALUE goes to the option that takes such words. False after having said why. */
bool smk_args_read(struct smk_cli *cli, int argc, char **argv, struct smk_arg *args, size_t arg_count,
                   const char **ret_words, size_t words_max, size_t *ret_word_count);
/* The first value, or otherwise when there is none. */
const char *smk_arg_value(const struct smk_arg *arg, const char *otherwise);
/* False, after having said which is missing, unless the option has a value. example completes the sentence. */
bool smk_arg_demand(struct smk_cli *cli, const struct smk_arg *arg, const char *example);

/* Each checks one word and copies it; false after having said why. option: how the word was announced, "--org". */
bool smk_args_slug(struct smk_cli *cli, const char *option, const char *text, struct smk_slug *ret_slug);
bool smk_args_area(struct smk_cli *cli, const char *text, char ret_area[5]);
bool smk_args_role(struct smk_cli *cli, const char *text, struct smk_slug *ret_role);
bool smk_args_kind(struct smk_cli *cli, const char *text, struct smk_slug *ret_kind);
bool smk_args_utf8(struct smk_cli *cli, const char *option, const char *text, size_t max, char *ret_text);
bool smk_args_address(struct smk_cli *cli, const char *text);

/* "ID", "ID:ROLE", "ID:ROLE:AREA". */
struct smk_office_words {
    struct smk_slug slug;
    bool has_role;
    struct smk_slug role;
    char area[5]; /* "" = none named */
};
bool smk_args_office(struct smk_cli *cli, const char *text, struct smk_office_words *ret_office);

/* The one short name of a role, for offices that are named after their organisation: "editor". */
bool smk_role_is_known(const char *role);
bool smk_kind_is_known(const char *kind); /* of an organisation */
/* NULL when the role suits the organisation's kind, else to whom it belongs: "a secretariat". */
const char *smk_role_misfit(const char *role, const char *kind);
const char *smk_role_short(const char *role);
/* What an office of this role is called unless it is given a title. */
const char *smk_role_title(const char *role);

/* A mistake in the words of the command line: what is wrong and how it is written. Returns false. */
__attribute__((format(printf, 2, 3))) bool smk_args_refuse(struct smk_cli *cli, const char *format, ...);
/* The name among count names that text was probably meant to be; NULL when none is near. */
const char *smk_args_nearest(const char *text, const char *const *names, size_t count);

#endif
