#include "tools/args.h"
#include "tools/audit.h"
#include "tools/show.h"

#include "proto/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool has_data(const char *folder, const char *name)
{
    char path[SMK_HOME_PATH_MAX];
    return smk_home_join(folder, name, path) && access(path, F_OK) == 0;
}

static bool is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

/* A home, a folder with data.mdb, or that file: the folder with data.mdb. */
static bool find_folder(struct smk_cli *cli, const char *given, char ret_folder[SMK_HOME_PATH_MAX])
{
    struct smk_shown shown;
    const char *slash = strrchr(given, '/'), *name = slash != NULL ? slash + 1 : given;
    if (is_file(given)) {
        if (strcmp(name, "data.mdb") != 0)
            return smk_args_refuse(cli, "%s: a copy of a store is called data.mdb, in a folder of its own.",
                                   smk_text_shown(given, &shown));
        (void)snprintf(ret_folder, SMK_HOME_PATH_MAX, "%.*s", (int)(name - given), given);
        if (name == given)
            (void)snprintf(ret_folder, SMK_HOME_PATH_MAX, ".");
        return true;
    }
    if (!has_data(given, "data.mdb"))
        return smk_home_join(given, "store", ret_folder);
    (void)snprintf(ret_folder, SMK_HOME_PATH_MAX, "%s", given);
    return strlen(given) < SMK_HOME_PATH_MAX;
}

static const char *text_of(const json_t *finding, const char *key, struct smk_shown *ret_shown)
{
    const char *text = json_string_value(json_object_get(finding, key));
    return smk_text_shown(text != NULL ? text : "-", ret_shown);
}

static void say_findings(struct smk_cli *cli, const json_t *findings)
{
    json_t *finding;
    size_t i;
    json_array_foreach(findings, i, finding)
    {
        struct smk_shown id, scope, author, what;
        smk_cli_say(cli, "%s  %s  %s  seq %" PRId64 "  %s", text_of(finding, "id", &id),
                    text_of(finding, "scope", &scope), text_of(finding, "author", &author),
                    (int64_t)json_integer_value(json_object_get(finding, "seq")),
                    text_of(finding, "what", &what));
    }
}

static json_t *report_json(const struct smk_audit_report *report, bool is_clean)
{
    const struct smk_audit_counts *counts = &report->counts;
    return json_pack("{s:I, s:I, s:I, s:O, s:b}", "logs", (json_int_t)counts->logs, "records",
                     (json_int_t)counts->records, "signatures_good", (json_int_t)counts->signatures_good,
                     "findings", report->findings, "clean", is_clean ? 1 : 0);
}

static enum smk_exit fail_damaged(struct smk_cli *cli, const struct smk_audit_report *report)
{
    static const char what[] = "store file damaged";
    static const char safe[] = "Nothing was changed; what other nodes have received is safe with them.";
    static const char todo[] = "Keep the file; restore a backup, or join again and sync with another node.";
    if (!cli->is_json)
        return smk_cli_fail(cli, SMK_EXIT_REFUSED, "store_damaged", what, safe, todo);
    json_t *object = report_json(report, false);
    (void)json_object_set_new(object, "error", json_string("store_damaged"));
    (void)json_object_set_new(object, "what", json_string(what));
    (void)json_object_set_new(object, "safe", json_string(safe));
    (void)json_object_set_new(object, "do", json_string(todo));
    smk_cli_json(cli, object);
    return SMK_EXIT_REFUSED;
}

static enum smk_exit fail_missing(struct smk_cli *cli, const char *given)
{
    struct smk_shown shown;
    char what[1024];
    (void)snprintf(what, sizeof what, "There is no store in %s.", smk_text_shown(given, &shown));
    return smk_cli_fail(cli, SMK_EXIT_REFUSED, "store_missing", what, "",
                        "Name a home, a folder with data.mdb, or that file.");
}

static bool names_a_record(const struct smk_audit_report *report)
{
    json_t *finding;
    size_t i;
    json_array_foreach(report->findings, i, finding)
    {
        if (json_is_string(json_object_get(finding, "id")))
            return true;
    }
    return false;
}

/* Something is wrong that is no matter of one record: with the tables, or with the file itself. */
static bool is_file_damaged(const struct smk_audit_report *report)
{
    if (report->has_died || report->err == SMK_ERR_STORE_DAMAGED || report->err == SMK_ERR_STORE_IO)
        return true;
    return report->err == SMK_OK && report->counts.findings > 0 && !names_a_record(report);
}

static enum smk_exit tell(struct smk_cli *cli, const char *given, const struct smk_audit_report *report)
{
    const struct smk_audit_counts *counts = &report->counts;
    bool is_colour = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == NULL;
    if (!report->has_died && report->err == SMK_ERR_STORE_MISSING)
        return fail_missing(cli, given);
    say_findings(cli, report->findings);
    if (is_file_damaged(report))
        return fail_damaged(cli, report);
    if (report->err == SMK_ERR_STORE_VERSION)
        return smk_cli_fail(cli, SMK_EXIT_REFUSED, smk_err_name(report->err),
                            "store file damaged, or written by another version of Samaki",
                            "Nothing was changed.", "Audit it with the program that wrote it.");
    if (report->err != SMK_OK)
        return smk_cli_fail_err(cli, report->err, "auditing");
    bool is_clean = counts->findings == 0;
    struct smk_count findings, records, logs;
    smk_show_count(counts->findings, "finding", &findings);
    smk_show_count(counts->records, "record", &records);
    smk_show_count(counts->logs, "log", &logs);
    smk_cli_json(cli, report_json(report, is_clean));
    if (is_clean)
        smk_cli_say(
            cli, "%sEverything is as it was signed: %s in %s, %" PRIu64 " good signatures, nothing found.%s",
            is_colour ? "\x1b[32m" : "", records.text, logs.text, counts->signatures_good,
            is_colour ? "\x1b[0m" : "");
    else
        smk_cli_say(cli, "%s in %s of %s (%" PRIu64 " good signatures).", findings.text, records.text,
                    logs.text, counts->signatures_good);
    return is_clean ? SMK_EXIT_DONE : SMK_EXIT_REFUSED;
}

enum smk_exit smk_cmd_audit(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_audit_report_deinit) struct smk_audit_report report = {0};
    char folder[SMK_HOME_PATH_MAX];
    const char *given = cli->home_path;
    size_t count;
    if (!smk_args_read(cli, argc, argv, NULL, 0, &given, 1, &count) || !find_folder(cli, given, folder))
        return SMK_EXIT_USAGE;
    enum smk_err err = smk_audit_read(folder, &report);
    return err == SMK_OK ? tell(cli, given, &report) : smk_cli_fail_err(cli, err, "auditing");
}
