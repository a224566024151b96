/* tools/cli.h: what every command of `samaki` shares: options, exit codes, how success and failure are said.
 *
 * Shape    one file a command, cmd_NAME.c, with one function of type smk_command_fn; the table is in samaki.c.
 * Source   README.md in this folder documents every command, its JSON and its exit codes.
 * Memory   as said below.   Secrets  those of the home that it opens.   Threads  one.
 */
#ifndef SMK_TOOLS_CLI_H
#define SMK_TOOLS_CLI_H

#include "proto/labels.h"
#include "store/home.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>

enum smk_exit {
    SMK_EXIT_DONE = 0,
    SMK_EXIT_REFUSED = 1, /* refused, or found something wrong; a sentence says what to do */
    SMK_EXIT_USAGE = 2,
    SMK_EXIT_TRY_AGAIN = 75,
};

struct smk_command;

struct smk_cli {
    const char
        *home_path; /* --home, else $SAMAKI_HOME, else $XDG_DATA_HOME/samaki, else ~/.local/share/samaki */
    enum smk_language language; /* --lang */
    bool has_language;          /* it was given */
    const char *as_office;      /* --as OFFICE (lower-cased); NULL = the device's only fitting office */
    bool is_json;               /* --json: one object, or one a line for lists; nothing else on stdout */
    const char *about_file;     /* of several files the one at hand: a failure names it; NULL otherwise */
    bool
        has_lost_words; /* there was no memory for a part of the answer or the question: not done, whatever the command says */
    const struct smk_command *command; /* the entry of the table that is being run; NULL outside one */
};

/* argv[0] is the command's name; global options are already taken out, wherever they stood. */
typedef enum smk_exit smk_command_fn(struct smk_cli *cli, int argc, char **argv);

struct smk_command {
    const char *name;
    const char *arguments; /* "FILE.json", for the usage line */
    const char *help;      /* one line */
    smk_command_fn *run;
};

/* The command functions, one per file. */
smk_command_fn smk_cmd_init, smk_cmd_invite, smk_cmd_join, smk_cmd_org, smk_cmd_device, smk_cmd_office,
    smk_cmd_roster, smk_cmd_sync, smk_cmd_peers, smk_cmd_status, smk_cmd_audit;
smk_command_fn smk_cmd_import, smk_cmd_export, smk_cmd_put, smk_cmd_endorse, smk_cmd_act, smk_cmd_list,
    smk_cmd_show, smk_cmd_history, smk_cmd_totals, smk_cmd_compact, smk_cmd_forks, smk_cmd_place,
    smk_cmd_scrub, smk_cmd_search, smk_cmd_reindex;
smk_command_fn smk_cmd_docs, smk_cmd_new, smk_cmd_edit, smk_cmd_conflicts, smk_cmd_resolve, smk_cmd_submit,
    smk_cmd_publish, smk_cmd_report, smk_cmd_can, smk_cmd_withdraw;

/* Opens the home with its store; on failure says why and returns the exit code to end with (else SMK_EXIT_DONE).
 * needs_identity: the command signs. Close with smk_home_close. */
enum smk_exit smk_cli_open(struct smk_cli *cli, bool needs_identity, struct smk_home *ret_home);
/* The same, and GIVES the roster of all decisions held: smk_roster_free. On failure the home is closed. */
enum smk_exit smk_cli_open_roster(struct smk_cli *cli, bool needs_identity, struct smk_home *ret_home,
                                  struct smk_roster **ret_roster);

/* A failure in three parts, to stderr (plain) or stdout (--json: {"error":code,"what":..,"safe":..,"do":..}, and "file"
 * where it is about one of several).
 * what happened, what is safe, what to do; each one sentence, already without foreign control characters. */
enum smk_exit smk_cli_fail(struct smk_cli *cli, enum smk_exit code, const char *error, const char *what,
                           const char *safe, const char *todo);
/* The same for an error code of ours, with fitting sentences; `during` says what was being done ("opening the store"). */
enum smk_exit smk_cli_fail_err(struct smk_cli *cli, enum smk_err err, const char *during);
/* "usage: samaki NAME ARGUMENTS", exit 2. Both NULL: those of the command that is being run. */
enum smk_exit smk_cli_usage(struct smk_cli *cli, const char *name, const char *arguments);

/* One line for people (suppressed with --json). Foreign text goes through smk_text_safe first. */
__attribute__((format(printf, 2, 3))) void smk_cli_say(struct smk_cli *cli, const char *format, ...);
/* One JSON object on one line of stdout (only with --json); TAKES the reference in any case. */
void smk_cli_json(struct smk_cli *cli, json_t *object);

/* Copies UTF-8 text with everything unsafe for a terminal escaped (control characters, bidi marks, line breaks, bad
 * UTF-8); cut at max bytes at a character border. ret_text has room for max + 1 bytes. */
void smk_text_safe(struct smk_bytes text, size_t max, char *ret_text);

/* From now on an answer for which there was too little memory is not written with a piece less, but as such. */
void smk_json_watch(void);
/* A piece could not be made. NULL. */
json_t *smk_json_lost(void);
bool smk_json_has_lost(void); /* since the newest answer */
/* Hex helpers for JSON: GIVES a JSON string; NULL when there is no memory. */
json_t *smk_json_hex(struct smk_bytes bytes);
json_t *smk_json_text(struct smk_bytes utf8);
/* A value tree as JSON: bin as hex string, maps, arrays, integers, null. GIVES; NULL when there is no memory. */
json_t *smk_json_value(struct smk_value v);

#endif
