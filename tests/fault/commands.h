/* tests/fault/commands.h: a command of samaki, run inside this program in a home with documents.
 *
 * Shape    it ends with one of its exit codes, says something when that is not 0, and what it writes is there or not. The
 *          program stands in the folder of its scenario: `a` is the home of a secretariat, `b` that of a district's
 *          administration, both with a meeting that is over, a list that was negotiated there, and a meeting to come;
 *          `document.json` and `folder` can be brought in. Files that a command makes go into the folder `made`.
 * Memory   commands_end releases what commands_begin made.   Secrets  those of the homes.   Threads  one.
 */
#ifndef SMK_TESTS_FAULT_COMMANDS_H
#define SMK_TESTS_FAULT_COMMANDS_H

#include "tests/fault/stage.h"
#include "tools/cli.h"

/* A command line, and what it adds. */
struct command {
    const char *words;
    smk_command_fn *run;
    uint64_t more; /* records */
    bool is_json;
    bool has_parts;   /* it commits more than once */
    bool leaves_file; /* in its home, of a name that nobody knows before */
    bool bytes_vary;  /* of the files that it makes, though they are whole */
};

/* What the scenario that runs has. */
struct commands {
    const struct command *command;
    struct stage stage; /* of the home */
    struct truth before;
    struct stage made;  /* the folder as it is before */
    struct stage whole; /* the same after a run that nothing disturbed */
    int nowhere, out, err;
    char home[TEST_PATH_MAX];
    char said[TEST_PATH_MAX]; /* the file that takes stdout and stderr */
};
extern struct commands commands;

/* Runs it once, armed while it runs; its exit code, as the program samaki gives it. home: BORROWED */
enum smk_exit command_run(const struct command *c, const char *home);
/* A file below the scenario's folder. */
void command_file(const char *name, const char *text);

/* Makes the homes. home: the name of that in which the command c runs, which may not be there yet. */
void commands_begin_with(const char *home, const struct command *c);
/* The same, and keeps the home as it is, for arranging. */
void commands_begin(const char *home, const struct command *c);
void commands_keep(void); /* from now on it is arranged as it is now */
void commands_arrange(void);
enum smk_err commands_act(void);
void commands_end(void);

const char *commands_said(void); /* what the newest command has said: until the next call */
/* NULL, or what is wrong with it: it is empty, or blames the wrong one. */
const char *commands_saying_fails(enum smk_err err);
/* NULL when records and files are those of before, or of a whole run, and the same goes well without a fault. */
const char *commands_check(enum smk_err err);

#endif
