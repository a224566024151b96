/* The form by which a survey was asked: what its columns and answers mean, and what of it is not understood. */
#include "tools/table_import.h"

#include "tools/text.h"

enum { FORM_NOTES_TOLD_MAX = 200 };

static enum smk_exit refuse(struct smk_table_import *t, const char *error, const char *why)
{
    char what[SMK_WHY_LETTERS_MAX + 64];
    (void)snprintf(what, sizeof what, "The form cannot be used: %s.", why);
    return smk_cli_fail(t->cli, SMK_EXIT_REFUSED, error, what, "Nothing was written.",
                        "Save the form as XLSX, as Kobo and ODK give it, or import without --form.");
}

static enum smk_exit read_form(struct smk_table_import *t)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf file = {0};
    struct smk_why why = {"there is no such file"};
    struct smk_file_fault fault = {0};
    enum smk_read answer = smk_read_file(t->form_path, SMK_CSV_FILE_BYTES_MAX, &file, &why);
    if (answer != SMK_READ_DONE)
        return refuse(t, answer == SMK_READ_ABSENT ? "not_found" : "bad_file", why.text);
    if (smk_xlsform_read(smk_buf_view(&file), &t->form, &fault))
        return SMK_EXIT_DONE;
    if (fault.flaw == SMK_FILE_NO_MEMORY)
        return smk_cli_fail_err(t->cli, SMK_ERR_NOMEM, "reading the form");
    return refuse(t, smk_file_flaw_code(fault.flaw), smk_file_flaw_text(fault.flaw));
}

/* ---- what is not understood ---- */

static void tell_note(struct smk_table_import *t, const char *sheet, size_t row, const char *about,
                      const char *what)
{
    struct smk_shown shown_sheet, shown;
    char where[32] = "";
    if (row > 0)
        (void)snprintf(where, sizeof where, ", row %zu", row);
    smk_cli_say(t->cli, "  form: %s%s, %s: %s", smk_text_shown(sheet, &shown_sheet), where,
                smk_text_shown(about, &shown), what);
}

static const char unasked[] = "an interview has no field for it; --map \"COLUMN=...\" says otherwise";

/* OK, SMK_ERR_NOMEM */
static enum smk_err find_role(const struct smk_xlsform_question *q, bool *ret_has_role)
{
    enum smk_survey_role role;
    enum smk_err err = smk_survey_role_of(q, &role);
    *ret_has_role = err == SMK_OK;
    return err == SMK_ERR_NOMEM ? err : SMK_OK;
}

static enum smk_err tell_questions(struct smk_table_import *t, size_t *told)
{
    const struct smk_xlsform *f = &t->form;
    for (size_t i = 0; i < f->question_count; i++) {
        bool has_role;
        enum smk_err err = find_role(&f->question[i], &has_role);
        if (err != SMK_OK)
            return err;
        if (!has_role && (*told)++ < FORM_NOTES_TOLD_MAX)
            tell_note(t, "survey", f->question[i].row, f->question[i].shown, unasked);
    }
    return SMK_OK;
}

enum smk_exit smk_table_form_open(struct smk_table_import *t)
{
    const struct smk_xlsform *f = &t->form;
    size_t told = 0;
    if (t->form_path == NULL)
        return SMK_EXIT_DONE;
    enum smk_exit code = read_form(t);
    if (code != SMK_EXIT_DONE)
        return code;
    smk_cli_say(t->cli,
                "The form has %zu questions and %zu choices. Of it is not understood:", f->question_count,
                f->choice_count);
    for (size_t i = 0; i < f->note_count; i++)
        if (told++ < FORM_NOTES_TOLD_MAX)
            tell_note(t, f->note[i].sheet, f->note[i].row, f->note[i].about, f->note[i].what);
    if (tell_questions(t, &told) != SMK_OK)
        return smk_cli_fail_err(t->cli, SMK_ERR_NOMEM, "reading the form");
    if (told == 0)
        smk_cli_say(t->cli, "  nothing");
    if (told > FORM_NOTES_TOLD_MAX)
        smk_cli_say(t->cli, "  form: %zu more; --json lists all of them", told - FORM_NOTES_TOLD_MAX);
    return SMK_EXIT_DONE;
}

static json_t *note_json(const char *sheet, size_t row, const char *about, const char *what)
{
    return json_pack("{s:o, s:I, s:o, s:s}", "sheet", smk_json_text(smk_bytes_of_text(sheet)), "row",
                     (json_int_t)row, "about", smk_json_text(smk_bytes_of_text(about)), "what", what);
}

json_t *smk_table_form_json(struct smk_table_import *t)
{
    const struct smk_xlsform *f = &t->form;
    json_t *notes = json_array();
    enum smk_err err = SMK_OK;
    for (size_t i = 0; i < f->note_count; i++)
        (void)json_array_append_new(
            notes, note_json(f->note[i].sheet, f->note[i].row, f->note[i].about, f->note[i].what));
    for (size_t i = 0; i < f->question_count && err == SMK_OK; i++) {
        bool has_role;
        err = find_role(&f->question[i], &has_role);
        if (err == SMK_OK && !has_role)
            (void)json_array_append_new(
                notes, note_json("survey", f->question[i].row, f->question[i].shown, unasked));
    }
    if (err != SMK_OK) {
        json_decref(notes);
        t->cli->has_lost_words = true;
        return NULL;
    }
    return json_pack("{s:I, s:I, s:o}", "questions", (json_int_t)f->question_count, "choices",
                     (json_int_t)f->choice_count, "not_understood", notes);
}
