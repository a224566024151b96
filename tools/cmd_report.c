/* samaki report KIND: a page for printing. */
#include "tools/args.h"
#include "tools/doc_find.h"
#include "tools/report/report.h"
#include "tools/text.h"
#include "tools/when.h"

#include "store/files/outbox.h"

#include <string.h>
#include <sys/time.h>

static const struct kind {
    const char *name;
    const char *document[2]; /* what kinds of document it is about; NULL = about everything */
    smk_report_fn *make;
} kinds[] = {
    {"list", {"joint_list", NULL}, smk_report_list},
    {"study", {"case_study", "study_report"}, smk_report_study},
    {"tally", {NULL, NULL}, smk_report_tally},
    {"matrix", {NULL, NULL}, smk_report_matrix},
    {"ranks", {NULL, NULL}, smk_report_ranks},
    {"acceptance", {NULL, NULL}, smk_report_acceptance},
    {"progress", {NULL, NULL}, smk_report_progress},
    {"participants", {NULL, NULL}, smk_report_participants},
    {"quality", {NULL, NULL}, smk_report_quality},
};
enum { KIND_COUNT = sizeof kinds / sizeof kinds[0], FILE_NAME_MAX = 255 };

static const struct kind *find_kind(struct smk_cli *cli, const char *name)
{
    const char *names[KIND_COUNT];
    char list[256] = "";
    size_t len = 0;
    struct smk_shown shown;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
        names[i] = kinds[i].name;
        len += (size_t)snprintf(list + len, sizeof list - len, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    const char *nearest = smk_args_nearest(name, names, KIND_COUNT);
    smk_text_shown(name, &shown);
    if (nearest != NULL)
        (void)smk_args_refuse(cli, "There is no report '%s'. Did you mean %s?", shown.text, nearest);
    else
        (void)smk_args_refuse(cli, "There is no report '%s'. There are: %s", shown.text, list);
    return NULL;
}

static bool demand_words(struct smk_cli *cli, const struct kind *kind, size_t words)
{
    bool needs = kind->document[0] != NULL;
    if (needs && words < 2)
        return smk_args_refuse(cli, "Of which document? samaki report %s %s", kind->name,
                               strcmp(kind->name, "list") == 0 ? "JL-0201" : "CS-0201");
    if (!needs && words > 1)
        return smk_args_refuse(cli, "'report %s' is about everything that is here, or about --area CODE.",
                               kind->name);
    return true;
}

/* ---- options ---- */

struct options {
    struct smk_arg out, replace, date, area, digits;
};

static bool read_day(struct smk_cli *cli, const char *text, char ret_day[11])
{
    struct smk_shown shown;
    struct timeval now;
    struct smk_when when;
    if (text != NULL) {
        if (strlen(text) != 10 || !smk_date_is_valid(smk_bytes_of_text(text)))
            return smk_args_refuse(cli, "--date '%s' is not a day, such as 2021-12-31.",
                                   smk_text_shown(text, &shown));
        memcpy(ret_day, text, 11);
        return true;
    }
    if (gettimeofday(&now, NULL) != 0)
        return smk_args_refuse(cli, "The clock cannot be read: say --date, such as --date 2021-12-31.");
    (void)snprintf(ret_day, 11, "%.10s", smk_when_shown((uint64_t)now.tv_sec * 1000, &when));
    return true;
}

static bool read_options(struct smk_cli *cli, const struct kind *kind, const struct options *o,
                         struct smk_report *r)
{
    struct smk_shown shown;
    const char *digits = smk_arg_value(&o->digits, NULL), *area = smk_arg_value(&o->area, NULL);
    r->html.language = cli->has_language ? cli->language : SMK_KHMER;
    r->html.has_khmer_digits = r->html.language == SMK_KHMER;
    if (digits != NULL && strcmp(digits, "km") != 0 && strcmp(digits, "en") != 0)
        return smk_args_refuse(cli, "--digits is km or en.");
    if (digits != NULL)
        r->html.has_khmer_digits = strcmp(digits, "km") == 0;
    if (area != NULL && (kind->document[0] != NULL || strcmp(kind->name, "tally") == 0))
        return smk_args_refuse(cli, "'report %s' is not made for one area alone: leave --area out.",
                               kind->name);
    if (area != NULL && !smk_html_knows_place(smk_bytes_of_text(area)))
        return smk_args_refuse(
            cli, "--area '%s' is not the code of a place, such as 02 or 0201; 'samaki place' finds it.",
            smk_text_shown(area, &shown));
    if (area != NULL)
        (void)snprintf(r->area, sizeof r->area, "%s", area);
    return true;
}

/* ---- the file ---- */

static void default_name(const struct kind *kind, const char *word, char ret_name[FILE_NAME_MAX + 1])
{
    size_t len = (size_t)snprintf(ret_name, FILE_NAME_MAX + 1, "%s", kind->name);
    if (word == NULL)
        (void)snprintf(ret_name + len, FILE_NAME_MAX + 1 - len, ".html");
    else
        (void)snprintf(ret_name + len, FILE_NAME_MAX + 1 - len, "-%.64s.html", word);
    for (char *at = ret_name; *at != '\0'; at++)
        if (strchr("/\\ ", *at) != NULL)
            *at = '-';
}

static enum smk_exit fail_file(struct smk_cli *cli, enum smk_err err, const char *path)
{
    char what[1024];
    struct smk_shown shown;
    smk_text_shown(path, &shown);
    if (err == SMK_ERR_EXISTS) {
        (void)snprintf(what, sizeof what, "There is a file '%s' already.", shown.text);
        return smk_cli_fail(cli, SMK_EXIT_REFUSED, "exists", what, "It was left as it is.",
                            "Say --replace to write it anew, or --out with another name.");
    }
    if (err == SMK_ERR_NOT_FOUND || err == SMK_ERR_INVALID || err == SMK_ERR_TOO_BIG_HERE) {
        (void)snprintf(what, sizeof what, "'%s' cannot be a file here.", shown.text);
        return smk_cli_fail(cli, SMK_EXIT_REFUSED, "not_found", what, "Nothing was written.",
                            "Say --out with the name of a file in a folder that is there.");
    }
    return smk_cli_fail_err(cli, err, "writing the report");
}

static enum smk_err write_file(const char *path, bool replaces, struct smk_bytes page)
{
    struct smk_outbox box = {.fd = -1};
    enum smk_err err = smk_outbox_begin(&box, path, false, replaces, NULL);
    if (err == SMK_OK)
        err = smk_outbox_open(&box, "report.html");
    if (err == SMK_OK)
        err = smk_outbox_write(&box, page);
    if (err == SMK_OK)
        err = smk_outbox_close(&box);
    if (err == SMK_OK)
        err = smk_outbox_commit(&box);
    smk_outbox_abort(&box);
    return err;
}

static enum smk_exit give(struct smk_cli *cli, const struct kind *kind, const char *path, bool replaces,
                          struct smk_bytes page)
{
    struct smk_shown shown;
    if (strcmp(path, "-") == 0) {
        bool is_out = fwrite(page.data, 1, page.len, stdout) == page.len && fflush(stdout) == 0;
        return is_out ? SMK_EXIT_DONE : smk_cli_fail_err(cli, SMK_ERR_IO, "writing the report");
    }
    enum smk_err err = write_file(path, replaces, page);
    if (err != SMK_OK)
        return fail_file(cli, err, path);
    smk_cli_say(cli, "Written: %s (%zu bytes). Open it in a browser and print it on A4.",
                smk_text_shown(path, &shown), page.len);
    if (cli->is_json)
        smk_cli_json(cli, json_pack("{s:s, s:o, s:o}", "report", kind->name, "file",
                                    smk_json_text(smk_bytes_of_text(path)), "bytes",
                                    json_integer((json_int_t)page.len)));
    return SMK_EXIT_DONE;
}

/* ---- the report ---- */

/* A case study or a study report: the first of the kinds that has such a document. */
static enum smk_exit find_document(struct smk_cli *cli, const struct smk_loaded *l, const struct kind *kind,
                                   const char *word, const struct smk_fold_doc **ret_doc)
{
    const char *second = kind->document[1];
    if (second != NULL && smk_find_document(l, kind->document[0], word, ret_doc) == SMK_FOUND_NONE &&
        smk_find_document(l, second, word, ret_doc) != SMK_FOUND_NONE)
        return smk_demand_document(cli, l, second, word, ret_doc);
    enum smk_exit code = smk_demand_document(cli, l, kind->document[0], word, ret_doc);
    if (code == SMK_EXIT_DONE && !(*ret_doc)->counts)
        return smk_cli_fail(cli, SMK_EXIT_REFUSED, "does_not_count", "No edit of this document counts.",
                            "Nothing was written.", "'samaki show' says why.");
    if (code == SMK_EXIT_DONE && smk_fold_is_withdrawn(*ret_doc))
        return smk_cli_fail(cli, SMK_EXIT_REFUSED, "withdrawn", "This document was withdrawn.",
                            "Nothing was written.", "'samaki history' says by whom and why.");
    return code;
}

static enum smk_exit make(struct smk_cli *cli, const struct kind *kind, const char *word,
                          const struct options *o, struct smk_report *r)
{
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    SMK_CLEANUP(smk_loaded_close) struct smk_loaded loaded = {0};
    enum smk_exit code = smk_loaded_open_home(cli, false, &home, &loaded);
    if (code != SMK_EXIT_DONE)
        return code;
    r->fold = loaded.fold;
    if (!read_day(cli, smk_arg_value(&o->date, NULL), r->today))
        return SMK_EXIT_USAGE;
    if (word != NULL)
        code = find_document(cli, &loaded, kind, word, &r->doc);
    if (code != SMK_EXIT_DONE)
        return code;
    smk_report_open(r);
    enum smk_err err = kind->make(r);
    return err == SMK_OK ? SMK_EXIT_DONE : smk_cli_fail_err(cli, err, "making the report");
}

enum smk_exit smk_cmd_report(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_report_deinit) struct smk_report r = {.html.b.max = SMK_HTML_BYTES_MAX};
    struct options o = {{.name = "--out", .max = 1},
                        {.name = "--replace"},
                        {.name = "--date", .max = 1},
                        {.name = "--area", .max = 1},
                        {.name = "--digits", .max = 1}};
    struct smk_arg args[] = {o.out, o.replace, o.date, o.area, o.digits};
    const char *word[2] = {NULL, NULL};
    char name[FILE_NAME_MAX + 1];
    size_t words = 0;
    if (!smk_args_read(cli, argc, argv, args, sizeof args / sizeof args[0], word, 2, &words))
        return SMK_EXIT_USAGE;
    o = (struct options){args[0], args[1], args[2], args[3], args[4]};
    if (words == 0)
        return smk_cli_usage(cli, NULL, NULL);
    const struct kind *kind = find_kind(cli, word[0]);
    if (kind == NULL || !demand_words(cli, kind, words) || !read_options(cli, kind, &o, &r))
        return SMK_EXIT_USAGE;
    enum smk_exit code = make(cli, kind, words > 1 ? word[1] : NULL, &o, &r);
    if (code != SMK_EXIT_DONE)
        return code;
    default_name(kind, words > 1 ? word[1] : NULL, name);
    return give(cli, kind, smk_arg_value(&o.out, name), o.replace.count > 0, smk_buf_view(&r.html.b));
}
