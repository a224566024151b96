/* samaki import: what this device's offices own of a folder of data, or the rows of a file or of an export's folder. */
#include "tools/args.h"
#include "tools/import_govern.h"
#include "tools/import_write.h"
#include "tools/table_import.h"
#include "tools/text.h"
#include "tools/undo.h"

#include "proto/mem.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static void import_deinit(struct smk_import *i)
{
    smk_arena_deinit(&i->batch.payloads);
    smk_import_steps_deinit(&i->steps);
    smk_import_set_deinit(&i->set);
    smk_import_report_deinit(&i->report);
    smk_loaded_close(&i->loaded);
}

static bool is_open(const struct smk_import_step *step)
{
    return step->state == SMK_STEP_OPEN || step->state == SMK_STEP_WAITING;
}

/* Looks once at every open step (only at interviews, or at all others), and writes those that are ready. */
static bool run_pass(struct smk_import *i, bool wants_interviews)
{
    for (size_t k = 0; k < i->steps.count && i->err == SMK_OK; k++) {
        struct smk_import_step *step = &i->steps.at[k];
        if (!is_open(step) || (step->object->type == SMK_IMPORT_INTERVIEW) != wants_interviews)
            continue;
        smk_import_prepare(i, step);
        i->report.already += step->state == SMK_STEP_ALREADY;
        if (i->batch.count == SMK_IMPORT_BATCH_MAX)
            (void)smk_import_flush(i); /* i->err ends the loop */
    }
    return i->err == SMK_OK && smk_import_flush(i);
}

/* Steps that rest on others become ready when those are in the store: passes, until one writes nothing. */
static bool run_passes(struct smk_import *i)
{
    uint64_t before;
    if (!run_pass(i, true))
        return false;
    smk_import_compare_tallies(&i->set, &i->report);
    do {
        before = i->report.written;
        if (!run_pass(i, false))
            return false;
        if (i->report.written > before)
            i->err = smk_loaded_refresh(&i->loaded);
    } while (i->err == SMK_OK && i->report.written > before);
    return i->err == SMK_OK;
}

/* A step of somebody else that is here, as far as this node can see, is not left to anybody. */
static bool is_here(const struct smk_import *i, const struct smk_import_step *step)
{
    if (step->act == NULL)
        return smk_import_find_doc(i, step->object->type, step->object->id) != NULL;
    return smk_import_is_act_here(i, step);
}

static void sum_up(struct smk_import *i)
{
    for (size_t k = 0; k < i->steps.count; k++) {
        const struct smk_import_step *step = &i->steps.at[k];
        if (step->state == SMK_STEP_WAITING)
            smk_import_note_wait(&i->report, step->object->id, step->wait_for, &step->wait_from);
        if (step->state == SMK_STEP_LEFT && !is_here(i, step))
            smk_import_count_left(&i->report, &step->org, 1);
    }
}

static enum smk_exit run(struct smk_import *i, const char *folder)
{
    if (smk_import_set_load(&i->set, folder, &i->report) && smk_import_govern(i)) {
        const struct smk_device *device = smk_import_device(i);
        struct smk_roster *roster = smk_fold_roster(i->loaded.fold);
        if (smk_import_make_steps(&i->steps, &i->set, roster, device, &i->report) && run_passes(i))
            sum_up(i);
    }
    if (i->report.written + i->report.decided > 0)
        smk_home_poke(i->home);
    enum smk_exit told = smk_import_tell(i->cli, &i->report);
    return i->err == SMK_OK ? told : smk_cli_fail_err(i->cli, i->err, "writing what was imported");
}

/* What stands at a path: 0 = nothing, else S_IFREG and so on. False: it cannot be looked at, which says nothing of it. */
static bool look_at(const char *path, mode_t *ret_type)
{
    struct stat st;
    bool is_there = stat(path, &st) == 0;
    if (!is_there && errno != ENOENT && errno != ENOTDIR)
        return false;
    *ret_type = is_there ? st.st_mode & S_IFMT : 0;
    return true;
}

static enum smk_exit fail_look(struct smk_cli *cli)
{
    return smk_cli_fail_err(cli, SMK_ERR_IO, "looking at what is to be imported");
}

static enum smk_exit check_folder(struct smk_cli *cli, const char *folder)
{
    char what[1024];
    struct smk_shown shown;
    mode_t type;
    if (!look_at(folder, &type))
        return fail_look(cli);
    bool is_there = type != 0;
    if (type == S_IFDIR)
        return SMK_EXIT_DONE;
    (void)snprintf(what, sizeof what, is_there ? "%s is not a folder." : "There is no folder %s.",
                   smk_text_shown(folder, &shown));
    return smk_cli_fail(cli, SMK_EXIT_REFUSED, "bad_path", what, "Nothing was written.",
                        "Name a file of rows (CSV, XLSX, JSON), the folder of an export, or the folder that "
                        "holds organisations.json, "
                        "case_studies.json "
                        "and so on; a single document is written with 'samaki put FILE.json'.");
}

static enum smk_exit import_folder(struct smk_cli *cli, const char *folder)
{
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    enum smk_exit code = check_folder(cli, folder);
    if (code != SMK_EXIT_DONE)
        return code;
    struct smk_import *i = smk_mem_new(sizeof *i);
    if (i == NULL)
        return smk_cli_fail_err(cli, SMK_ERR_NOMEM, "importing");
    i->cli = cli;
    i->home = &home;
    code = smk_loaded_open_home(cli, true, &home, &i->loaded);
    if (code == SMK_EXIT_DONE)
        code = run(i, folder);
    import_deinit(i);
    smk_mem_free(i);
    return code;
}

enum { PREVIEW, TYPE, MAP, SET, FORM, UNDO, REASON, OPTIONS };

/* "COLUMN=ROLE": the last sign of the two counts, a column may have others in its name. */
static bool read_choice(struct smk_cli *cli, const char *word, struct smk_table_import *t)
{
    struct smk_shown shown;
    struct smk_survey_choice *choice = &t->choice[t->choice_count];
    const char *sign = strrchr(word, '=');
    if (sign == NULL || sign == word || !smk_survey_role_find(sign + 1, &choice->role))
        return smk_args_refuse(
            cli,
            "--map is written \"COLUMN=WHAT\", and WHAT is row, key, province, district, commune, "
            "sex, age, age_band, respondent_type, method, disability, consent, guardian_consent, date, "
            "start, case_study or review; not '%s'.",
            smk_text_shown(word, &shown));
    json_t *name = json_stringn(word, (size_t)(sign - word));
    if (name == NULL || json_array_append_new(t->words, name) != 0)
        return smk_args_refuse(cli, "The name of a column is good UTF-8.");
    choice->column = json_string_value(name);
    t->choice_count++;
    return true;
}

static enum smk_exit import_tables(struct smk_cli *cli, const char *path, bool is_folder,
                                   const struct smk_arg *option)
{
    struct smk_table_import *t = smk_mem_new(sizeof *t);
    json_t *words = json_array();
    bool is_good = t != NULL && words != NULL;
    enum smk_exit code = is_good ? SMK_EXIT_DONE : smk_cli_fail_err(cli, SMK_ERR_NOMEM, "importing");
    if (is_good) {
        t->cli = cli;
        t->path = path;
        t->is_folder = is_folder;
        t->words = words;
        t->type_word = smk_arg_value(&option[TYPE], NULL);
        t->form_path = smk_arg_value(&option[FORM], NULL);
        t->is_preview = option[PREVIEW].count > 0;
        t->setting_count = option[SET].count;
        memcpy(t->setting, option[SET].value, option[SET].count * sizeof t->setting[0]);
    }
    for (size_t i = 0; code == SMK_EXIT_DONE && i < option[MAP].count; i++)
        code = read_choice(cli, option[MAP].value[i], t) ? SMK_EXIT_DONE : SMK_EXIT_USAGE;
    if (code == SMK_EXIT_DONE)
        code = smk_table_import_run(t);
    json_decref(words);
    smk_mem_free(t);
    return code;
}

static enum smk_exit undo_import(struct smk_cli *cli, size_t words, const struct smk_arg *option)
{
    if (words > 0 || option[TYPE].count + option[MAP].count + option[SET].count + option[FORM].count > 0) {
        (void)smk_args_refuse(
            cli, "--undo takes the log of an import, and beside it --preview and --reason alone.");
        return SMK_EXIT_USAGE;
    }
    return smk_import_undo(cli, option[UNDO].value[0], smk_arg_value(&option[REASON], NULL),
                           option[PREVIEW].count > 0);
}

enum smk_exit smk_cmd_import(struct smk_cli *cli, int argc, char **argv)
{
    struct smk_arg option[OPTIONS] = {[PREVIEW] = {.name = "--preview"},
                                      [TYPE] = {.name = "--type", .max = 1},
                                      [MAP] = {.name = "--map", .max = SMK_TABLE_SETTINGS_MAX},
                                      [SET] = {.name = "--set", .max = SMK_TABLE_SETTINGS_MAX},
                                      [FORM] = {.name = "--form", .max = 1},
                                      [UNDO] = {.name = "--undo", .max = 1},
                                      [REASON] = {.name = "--reason", .max = 1}};
    const char *path = NULL;
    char package[SMK_HOME_PATH_MAX];
    size_t count = 0;
    mode_t type, package_type = 0;
    if (!smk_args_read(cli, argc, argv, option, OPTIONS, &path, 1, &count))
        return SMK_EXIT_USAGE;
    if (option[UNDO].count > 0)
        return undo_import(cli, count, option);
    if (count != 1 || option[REASON].count > 0)
        return smk_cli_usage(cli, NULL, NULL);
    if (!look_at(path, &type))
        return fail_look(cli);
    bool is_file = type == S_IFREG;
    if (!is_file && smk_home_join(path, "datapackage.json", package) && !look_at(package, &package_type))
        return fail_look(cli);
    bool is_export = package_type != 0;
    bool has_options = option[PREVIEW].count + option[TYPE].count + option[MAP].count + option[SET].count +
                           option[FORM].count >
                       0;
    if (is_export && option[TYPE].count + option[FORM].count > 0) {
        (void)smk_args_refuse(
            cli, option[TYPE].count > 0
                     ? "--type is for one file: in the folder of an export each file says its type."
                     : "--form is for the file of a survey, not for the folder of an export.");
        return SMK_EXIT_USAGE;
    }
    if (is_file || is_export)
        return import_tables(cli, path, is_export, option);
    if (has_options && type != 0) {
        (void)smk_args_refuse(cli,
                              "--preview, --type, --map, --set and --form are for a file, not for a folder.");
        return SMK_EXIT_USAGE;
    }
    return import_folder(cli, path);
}
