/* One file of rows: read, told apart, brought in. */
#include "tools/table_import.h"

#include "store/files/csv.h"
#include "store/files/json.h"
#include "store/files/xlsx.h"
#include "tools/text.h"

#include "proto/mem.h"

#include <string.h>

static bool is_over(const struct smk_table_import *t)
{
    return t->err != SMK_OK || t->code != SMK_EXIT_DONE;
}

static enum smk_exit refuse(struct smk_table_import *t, const char *error, const char *what, const char *todo)
{
    return smk_cli_fail(t->cli, SMK_EXIT_REFUSED, error, what, "Nothing of this sheet was written.", todo);
}

/* ---- sheets ---- */

static void end_sheet(struct smk_table_import *t)
{
    smk_head_row_deinit(&t->head);
    smk_table_survey_end(t);
    t->has_head = false;
}

/* The beginning of the file's name: "event" of "out/event.csv". */
static struct smk_bytes name_of_file(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    return (struct smk_bytes){(const uint8_t *)name, strcspn(name, ".")};
}

/* Sheets of acts and foreign ones are passed over: acts are done by offices, one by one. */
static bool take_sheet(void *ctx, struct smk_bytes name)
{
    struct smk_table_import *t = ctx;
    end_sheet(t);
    if (t->is_folder)
        name = smk_bytes_of_text(t->at->name);
    size_t len = name.len < sizeof t->sheet ? name.len : sizeof t->sheet - 1;
    if (len > 0)
        memcpy(t->sheet, name.data, len);
    t->sheet[len] = '\0';
    struct smk_bytes word = t->type_word != NULL ? smk_bytes_of_text(t->type_word) : name;
    if (word.len == 0)
        word = name_of_file(t->path);
    t->type.kind = NULL;
    if (!smk_table_type_find(word, &t->type))
        t->type.kind = NULL;
    if (t->type.kind == NULL || !t->type.is_act)
        return true;
    if (!t->is_naming)
        smk_cli_say(t->cli, "%s: passed over. Acts are not imported: each is done by its own office.",
                    t->type.name);
    return false;
}

static bool refuse_head(struct smk_table_import *t, const struct smk_row *row, enum smk_head_row_flaw flaw,
                        size_t column)
{
    char what[1024], name[129] = "";
    struct smk_column_letters letters;
    if (flaw == SMK_HEAD_NO_MEMORY) {
        t->err = SMK_ERR_NOMEM;
        return false;
    }
    if (column > 0 && column <= row->count)
        smk_text_safe(row->cell[column - 1].text, sizeof name - 1, name);
    (void)snprintf(what, sizeof what, "Column %s (%s) %s %s.", smk_column_letters(column, &letters), name,
                   flaw == SMK_HEAD_TWICE ? "is there twice in" : "is no field of", t->type.name);
    char todo[256];
    (void)snprintf(todo, sizeof todo,
                   "'samaki docs %s' shows the fields, 'samaki export --csv FORM.csv --type %s' makes a "
                   "form with every column.",
                   t->type.name, t->type.name);
    t->code = refuse(t, flaw == SMK_HEAD_TWICE ? "twice" : "unknown_column", what, todo);
    return false;
}

/* Columns of an export that say what edits and acts have made of a document: nothing can be done with them here. */
static void say_passed_over(struct smk_table_import *t)
{
    static const enum smk_column_role made[] = {SMK_COLUMN_STATUS, SMK_COLUMN_CONFLICTS};
    static const char *const word[] = {"status", "conflicts"};
    for (size_t i = 0; i < sizeof made / sizeof made[0] && t->is_naming; i++)
        if (t->head.place[made[i]] != SIZE_MAX)
            smk_cli_say(t->cli,
                        "%s: column %s passed over. It follows from edits and acts, which are not imported.",
                        t->type.name, word[i]);
}

static bool take_head(struct smk_table_import *t, const struct smk_row *row)
{
    size_t column = 0;
    t->has_head = true;
    bool is_interview = t->type.kind == NULL || strcmp(t->type.name, "interview") == 0, is_survey = false;
    t->err = is_interview ? smk_survey_is_head(row, &is_survey) : SMK_OK;
    if (t->err != SMK_OK)
        return false;
    if (is_survey || (is_interview && t->form_path != NULL) || (t->type.kind == NULL && t->choice_count > 0))
        return smk_table_survey_begin(t, row);
    if (t->type.kind == NULL) {
        t->code = refuse(
            t, "unknown_type", "Nothing says of which type its rows are.",
            "Name it: --type TYPE ('samaki docs' lists them), or name the sheet or file so; of a survey made "
            "elsewhere say which column is what: --map \"COLUMN=district\".");
        return false;
    }
    enum smk_head_row_flaw flaw = smk_head_row_init(&t->head, &t->type, row, &column);
    if (flaw != SMK_HEAD_FINE)
        return refuse_head(t, row, flaw, column);
    say_passed_over(t);
    return true;
}

static bool take_row(void *ctx, const struct smk_row *row)
{
    struct smk_table_import *t = ctx;
    if (!t->has_head)
        return take_head(t, row);
    if (t->survey != NULL)
        smk_table_survey_take(t, row);
    else
        smk_table_take_row(t, row);
    return !is_over(t);
}

/* ---- the file ---- */

static bool read_tables(struct smk_table_import *t, struct smk_bytes file, struct smk_file_fault *ret_fault)
{
    const struct smk_table_sink sink = {take_sheet, take_row, t};
    size_t at = 0;
    while (at < file.len && file.data[at] <= ' ')
        at++;
    bool is_json = at < file.len && (file.data[at] == '{' || file.data[at] == '[');
    bool is_book = file.len > 4 &&
                   (memcmp(file.data, "PK\3\4", 4) == 0 || memcmp(file.data, "\xd0\xcf\x11\xe0", 4) == 0);
    bool is_read = is_book   ? smk_xlsx_read(file, sink, ret_fault)
                   : is_json ? smk_json_tables_read(file, sink, ret_fault)
                             : smk_csv_read(file, sink, ret_fault);
    end_sheet(t);
    return is_read || is_over(t);
}

static enum smk_exit refuse_fault(struct smk_table_import *t, const struct smk_file_fault *fault)
{
    char what[1024];
    struct smk_shown sheet;
    struct smk_column_letters letters;
    if (fault->flaw == SMK_FILE_NO_MEMORY)
        return smk_cli_fail_err(t->cli, SMK_ERR_NOMEM, "reading the file");
    int len = snprintf(what, sizeof what, "The file %s%scannot be read: %s%s",
                       t->is_folder ? t->at->name : "", t->is_folder ? ".csv " : "",
                       fault->sheet[0] != '\0' ? "sheet " : "", smk_text_shown(fault->sheet, &sheet));
    if (fault->row > 0)
        len += snprintf(what + len, sizeof what - (size_t)len, " row %zu", fault->row);
    if (fault->column > 0)
        len += snprintf(what + len, sizeof what - (size_t)len, " column %s",
                        smk_column_letters(fault->column, &letters));
    (void)snprintf(what + len, sizeof what - (size_t)len, ": %s.", smk_file_flaw_text(fault->flaw));
    return smk_cli_fail(t->cli, SMK_EXIT_REFUSED, smk_file_flaw_code(fault->flaw), what,
                        "Nothing was written.",
                        "Correct the file, or save it as XLSX or 'CSV UTF-8', and import it again.");
}

/* All files, one behind the other. */
static bool read_all(struct smk_table_import *t, struct smk_file_fault *ret_fault)
{
    for (size_t i = 0; i < t->file_count && !is_over(t); i++) {
        t->at = &t->file[i];
        if (!read_tables(t, smk_buf_view(&t->at->text), ret_fault))
            return false;
    }
    return true;
}

static enum smk_exit bring_in(struct smk_table_import *t)
{
    struct smk_file_fault fault = {0};
    t->is_naming = true;
    if (!read_all(t, &fault))
        return refuse_fault(t, &fault);
    t->is_naming = false;
    if (is_over(t) || (!t->is_preview && !smk_table_log_open(t)))
        return t->code;
    bool is_read = read_all(t, &fault);
    (void)smk_table_flush(t); /* t->err */
    if (t->sum[SMK_ROW_CREATED] + t->sum[SMK_ROW_CHANGED] > 0 && !t->is_preview)
        smk_home_poke(&t->home);
    if (t->code != SMK_EXIT_DONE || t->err != SMK_OK)
        return t->code;
    return is_read ? smk_table_tell(t) : refuse_fault(t, &fault);
}

enum smk_exit smk_table_import_run(struct smk_table_import *t)
{
    enum smk_exit code = smk_table_files_open(t);
    if (code == SMK_EXIT_DONE)
        code = smk_table_form_open(t);
    if (code == SMK_EXIT_DONE)
        code = smk_loaded_open_home(t->cli, true, &t->home, &t->loaded);
    if (code == SMK_EXIT_DONE && !smk_table_survey_recall(t))
        code = SMK_EXIT_USAGE;
    if (code == SMK_EXIT_DONE && t->err == SMK_OK)
        code = bring_in(t);
    if (t->err != SMK_OK)
        code = smk_cli_fail_err(t->cli, t->err, "importing");
    else if (t->choice_count + t->setting_count > 0 && !smk_table_survey_remember(t))
        code = smk_cli_fail(
            t->cli, SMK_EXIT_REFUSED, "io", "What the columns mean cannot be kept in the home.",
            "The rows were brought in all the same.", "Make room on the disk; say it again next time.");
    if (t->log != NULL)
        (void)fclose(t->log); /* synced already */
    smk_table_files_deinit(t);
    smk_xlsform_deinit(&t->form);
    smk_arena_deinit(&t->payloads);
    smk_survey_places_free(t->places);
    smk_mem_free(t->name);
    smk_mem_free(t->taken);
    json_decref(t->remembered);
    smk_loaded_close(&t->loaded);
    smk_home_close(&t->home);
    return code;
}
