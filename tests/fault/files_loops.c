#define _GNU_SOURCE /* close_range */

/* Commands that bring files in or out: tables, workbooks, pages. */
#include "proto/check.h"
#include "tests/fault/commands.h"
#include "tests/fault/scenario.h"

#include <glob.h>
#include <stdio.h>
#include <unistd.h>

static const char table[] = "id,kind,title_en,date,date_precision,area\n"
                            "EV-1,training_series,Training,,unknown,\n"
                            "EV-2,training_series,Another,,unknown,\n";

/* ---- beginning ---- */

#define COMMAND(name, line, ...)                                            \
    static void begin_##name(void)                                          \
    {                                                                       \
        static const struct command command = {.words = line, __VA_ARGS__}; \
        commands_begin("a", &command);                                      \
    }

COMMAND(xlsx, "export --xlsx made/all.xlsx", .run = smk_cmd_export,
        .bytes_vary = true) /* the declaration of a part of XML may be lost: it is optional */
COMMAND(csv, "export --csv made/all", .run = smk_cmd_export, .bytes_vary = true) /* dated */
COMMAND(json, "export --json-file made/all.json", .run = smk_cmd_export)
COMMAND(package, "export --package made/all --public", .run = smk_cmd_export, .bytes_vary = true) /* dated */
COMMAND(geojson, "export --geojson made/all.geojson", .run = smk_cmd_export)
COMMAND(report, "report list JL-1 --out made/list.html --date 2026-11-30", .run = smk_cmd_report)

/* Over a file that is there. */
static void begin_replace(void)
{
    static const struct command nothing = {.words = "status", .run = smk_cmd_status};
    static const struct command command = {.words = "export --csv made/event.csv --type event --force",
                                           .run = smk_cmd_export};
    commands_begin("a", &nothing);
    command_file("made/event.csv", table);
    commands.command = &command;
    commands_keep();
}

static void begin_with_table(const struct command *c)
{
    static const struct command nothing = {.words = "status", .run = smk_cmd_status};
    commands_begin("a", &nothing);
    command_file("events.csv", table);
    commands.command = c;
}

static void begin_table(void)
{
    static const struct command command = {.words = "import events.csv --type event",
                                           .run = smk_cmd_import,
                                           .more = 3,
                                           .has_parts = true,
                                           .leaves_file = true};
    begin_with_table(&command);
    commands_keep();
}

/* The log of an import that went well, under a name of our own. */
static void begin_undo(void)
{
    static const struct command import = {.words = "import events.csv --type event", .run = smk_cmd_import};
    static const struct command undo = {
        .words = "import --undo log.jsonl", .run = smk_cmd_import, .more = 2, .has_parts = true};
    char pattern[TEST_PATH_MAX + 32];
    glob_t logs;
    begin_with_table(&undo);
    SMK_ASSERT(command_run(&import, commands.home) == SMK_EXIT_DONE);
    (void)snprintf(pattern, sizeof pattern, "%s/imports/*.jsonl", commands.home);
    SMK_ASSERT(glob(pattern, 0, NULL, &logs) == 0 && logs.gl_pathc == 1);
    SMK_ASSERT(rename(logs.gl_pathv[0], "log.jsonl") == 0);
    globfree(&logs);
    commands_keep();
}

/* A library that gives up leaves its own temporary files open, which have no names any more, and some memory: a program
 * that ends soon does not mind. Here they would fill the table of descriptors. */
static int top;
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

static void begin_workbook(void)
{
    begin_xlsx();
    top = dup(STDOUT_FILENO);
    SMK_ASSERT(top >= 0);
    (void)close(top--);
}

/* Blocks of ours are counted all the same. */
static enum smk_err act_workbook(void)
{
    if (__lsan_disable != NULL)
        __lsan_disable();
    enum smk_err err = commands_act();
    if (__lsan_enable != NULL)
        __lsan_enable();
    return err;
}

static void clear_workbook(void)
{
    SMK_ASSERT(close_range((unsigned)top + 1, ~0u, 0) == 0);
}

/* ---- the list ---- */

#define MOVING                                                                                   \
    CALLS_MEMORY | CALL_BIT(CALL_OWN_ALLOC) | CALL_BIT(CALL_OPEN) | CALL_BIT(CALL_READ) |        \
        CALL_BIT(CALL_WRITE) | CALL_BIT(CALL_SYNC) | CALL_BIT(CALL_LOOK) | CALL_BIT(CALL_NAME) | \
        CALL_BIT(CALL_UNLINK)
#define ROW(command, step, only_full)                                                                     \
    {                                                                                                     \
        .name = "files-" #command, .calls = MOVING, .is_vital = true, .is_long = (only_full),             \
        .arms_itself = true, .quick_step = (step), .begin = begin_##command, .arrange = commands_arrange, \
        .act = commands_act, .check = commands_check, .end = commands_end                                 \
    }
const struct scenario files_scenarios[] = {
    /* The library does not tell of each write that fails; the file that it made is read again instead. */
    {.name = "files-xlsx",
     .calls = MOVING,
     .is_vital = true,
     .is_tolerant = true,
     .arms_itself = true,
     .quick_step = 211,
     .begin = begin_workbook,
     .arrange = commands_arrange,
     .act = act_workbook,
     .check = commands_check,
     .clear = clear_workbook,
     .end = commands_end},
    ROW(csv, 211, true),
    ROW(json, 211, true),
    ROW(package, 211, true),
    ROW(geojson, 211, true),
    ROW(replace, 211, false),
    ROW(report, 211, false),
    ROW(table, 211, false),
    ROW(undo, 211, false),
    {.name = NULL},
};
