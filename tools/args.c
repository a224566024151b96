#include "tools/args.h"
#include "tools/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool smk_args_refuse(struct smk_cli *cli, const char *format, ...)
{
    char what[1024], hint[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    const struct smk_command *command = cli->command;
    if (command != NULL)
        (void)snprintf(hint, sizeof hint, "usage: samaki %s%s%s", command->name,
                       command->arguments[0] != 0 ? " " : "", command->arguments);
    else
        (void)snprintf(hint, sizeof hint, "'samaki --help' shows what there is.");
    (void)smk_cli_fail(cli, SMK_EXIT_USAGE, "usage", what, "", hint);
    return false;
}

/* How many letters have to be changed, added or left out; names are short. */
static size_t distance(const char *a, const char *b)
{
    enum { LETTERS_MAX = 32 };
    size_t a_len = strlen(a), b_len = strlen(b), row[LETTERS_MAX + 1];
    if (a_len > LETTERS_MAX || b_len > LETTERS_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 0; i < a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b_len; j++) {
            size_t best = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (diagonal + 1 < best)
                best = diagonal + 1;
            row[j + 1] = best;
        }
    }
    return row[b_len];
}

const char *smk_args_nearest(const char *text, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    size_t least = 3;
    for (size_t i = 0; i < count; i++) {
        size_t far = distance(text, names[i]);
        if (far < least && far < strlen(names[i]) - 1) {
            least = far;
            nearest = names[i];
        }
    }
    return nearest;
}

static struct smk_arg *find_arg(struct smk_arg *args, size_t count, const char *word, size_t word_len)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(args[i].name) == word_len && strncmp(args[i].name, word, word_len) == 0)
            return &args[i];
    return NULL;
}

static bool refuse_option(struct smk_cli *cli, const char *word, const struct smk_arg *args, size_t count)
{
    enum { NAMES_MAX = 16 };
    const char *names[NAMES_MAX];
    size_t name_count = 0;
    for (size_t i = 0; i < count && name_count < NAMES_MAX; i++)
        names[name_count++] = args[i].name;
    const char *nearest = smk_args_nearest(word, names, name_count);
    struct smk_shown shown;
    smk_text_shown(word, &shown);
    if (nearest != NULL)
        return smk_args_refuse(cli, "There is no option %s here. Did you mean %s?", shown.text, nearest);
    return smk_args_refuse(cli, "There is no option %s here.", shown.text);
}

/* One option at argv[*at]; moves *at past its value. */
static bool read_option(struct smk_cli *cli, int argc, char **argv, int *at, struct smk_arg *args,
                        size_t count)
{
    const char *word = argv[*at], *equals = strchr(word, '=');
    size_t word_len = equals != NULL ? (size_t)(equals - word) : strlen(word);
    struct smk_arg *arg = find_arg(args, count, word, word_len);
    if (arg == NULL)
        return refuse_option(cli, word, args, count);
    if (arg->max == 0) {
        arg->count = 1;
        return equals == NULL || smk_args_refuse(cli, "%s takes no value.", arg->name);
    }
    if (arg->count == arg->max)
        return smk_args_refuse(cli, arg->max == 1 ? "%s stands twice." : "%s stands too often.", arg->name);
    const char *value = equals != NULL ? equals + 1 : NULL;
    if (value == NULL && *at + 1 < argc && strncmp(argv[*at + 1], "--", 2) != 0)
        value = argv[++*at];
    if (value == NULL || (value[0] == 0 && !arg->may_be_empty))
        return smk_args_refuse(cli, "%s needs a value after it.", arg->name);
    arg->value[arg->count++] = value;
    return true;
}

/* The option that takes a plain word NAME=VALUE; NULL when this is none, or none takes such. */
static struct smk_arg *taker_of(const char *word, struct smk_arg *args, size_t count)
{
    if (!isalpha((unsigned char)word[0]) || strchr(word, '=') == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (args[i].takes_words)
            return &args[i];
    return NULL;
}

static bool refuse_word(struct smk_cli *cli, const char *word, const struct smk_arg *args, size_t count)
{
    struct smk_shown shown;
    const char *how = "A name of several words stands in quotes.";
    for (size_t i = 0; i < count; i++)
        if (args[i].takes_words)
            how = "A field is one word, NAME=VALUE; a value of several words stands in quotes.";
    return smk_args_refuse(cli, "'%s' is one word too many. %s", smk_text_shown(word, &shown), how);
}

bool smk_args_read(struct smk_cli *cli, int argc, char **argv, struct smk_arg *args, size_t arg_count,
                   const char **ret_words, size_t words_max, size_t *ret_word_count)
{
    bool is_plain = false;
    struct smk_arg *taker;
    *ret_word_count = 0;
    for (int at = 1; at < argc; at++) {
        if (!is_plain && strcmp(argv[at], "--") == 0) {
            is_plain = true;
        } else if (!is_plain && argv[at][0] == '-' && argv[at][1] != 0) {
            if (!read_option(cli, argc, argv, &at, args, arg_count))
                return false;
        } else if (!is_plain && (taker = taker_of(argv[at], args, arg_count)) != NULL) {
            if (taker->count == taker->max)
                return smk_args_refuse(cli, "At most %zu fields fit into one command.", taker->max);
            taker->value[taker->count++] = argv[at];
        } else if (*ret_word_count == words_max) {
            return refuse_word(cli, argv[at], args, arg_count);
        } else {
            ret_words[(*ret_word_count)++] = argv[at];
        }
    }
    return true;
}

const char *smk_arg_value(const struct smk_arg *arg, const char *otherwise)
{
    return arg->count > 0 ? arg->value[0] : otherwise;
}

bool smk_arg_demand(struct smk_cli *cli, const struct smk_arg *arg, const char *example)
{
    return arg->count > 0 ||
           smk_args_refuse(cli, "%s is missing, for example: %s %s", arg->name, arg->name, example);
}

/* ---- options that every command takes ---- */

static enum smk_exit choose_home(struct smk_cli *cli, char home[SMK_HOME_PATH_MAX])
{
    const char *base = getenv("SAMAKI_HOME"), *rest = "";
    if (cli->home_path == NULL && base != NULL && base[0] != 0)
        cli->home_path = base;
    if (cli->home_path != NULL)
        return SMK_EXIT_DONE;
    base = getenv("XDG_DATA_HOME");
    if (base == NULL || base[0] != '/') {
        base = getenv("HOME");
        rest = "/.local/share";
    }
    int len = base != NULL ? snprintf(home, SMK_HOME_PATH_MAX, "%s%s/samaki", base, rest) : -1;
    if (len < 0 || len >= SMK_HOME_PATH_MAX) {
        (void)smk_args_refuse(cli, "It is not clear which folder is meant: say --home DIR.");
        return SMK_EXIT_USAGE;
    }
    cli->home_path = home;
    return SMK_EXIT_DONE;
}

static bool take_office(struct smk_cli *cli, const char *text, struct smk_slug *office)
{
    char lower[SMK_SLUG_LETTERS_MAX + 1] = {0};
    for (size_t i = 0; i < SMK_SLUG_LETTERS_MAX && text[i] != 0; i++)
        lower[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
    if (strlen(text) > SMK_SLUG_LETTERS_MAX || !smk_slug_is_valid(smk_bytes_of_text(lower)) ||
        !smk_slug_copy(smk_bytes_of_text(lower), office)) {
        struct smk_shown shown;
        return smk_args_refuse(cli, "'%s' is not an office. 'samaki office list' shows those there are.",
                               smk_text_shown(text, &shown));
    }
    cli->as_office = office->text;
    return true;
}

enum smk_exit smk_args_take_globals(struct smk_cli *cli, int *argc, char **argv, struct smk_slug *office,
                                    char home[SMK_HOME_PATH_MAX], struct smk_globals *ret_globals)
{
    enum { HOME, LANG, AS, JSON, HELP, VERSION, COUNT };
    struct smk_arg args[COUNT] = {
        [HOME] = {.name = "--home", .max = 1}, [LANG] = {.name = "--lang", .max = 1},
        [AS] = {.name = "--as", .max = 1},     [JSON] = {.name = "--json"},
        [HELP] = {.name = "--help"},           [VERSION] = {.name = "--version"},
    };
    int kept = 0, count = *argc;
    for (int i = 0; i < count; i++) /* first of all, so that every refusal is said in the right form */
        cli->is_json = cli->is_json || strcmp(argv[i], "--json") == 0;
    for (int at = 0; at < count; at++) {
        const char *word = strcmp(argv[at], "-h") == 0 ? "--help" : argv[at];
        if (strcmp(word, "--") == 0) {
            while (at < count)
                argv[kept++] = argv[at++];
            break;
        }
        if (strcmp(word, "--help") == 0)
            args[HELP].count = 1;
        else if (find_arg(args, COUNT, word, strcspn(word, "=")) == NULL)
            argv[kept++] = argv[at];
        else if (!read_option(cli, count, argv, &at, args, COUNT))
            return SMK_EXIT_USAGE;
    }
    *argc = kept;
    ret_globals->wants_help = args[HELP].count > 0;
    ret_globals->wants_version = args[VERSION].count > 0;
    cli->home_path = smk_arg_value(&args[HOME], NULL);
    const char *language = smk_arg_value(&args[LANG], "en");
    if (strcmp(language, "en") != 0 && strcmp(language, "km") != 0) {
        (void)smk_args_refuse(cli, "--lang is km or en.");
        return SMK_EXIT_USAGE;
    }
    cli->has_language = args[LANG].count > 0;
    cli->language = strcmp(language, "km") == 0 ? SMK_KHMER : SMK_ENGLISH;
    if (args[AS].count > 0 && !take_office(cli, args[AS].value[0], office))
        return SMK_EXIT_USAGE;
    return choose_home(cli, home);
}
