/* Rows of surveys made elsewhere as interviews; what a person said about their columns, kept in the home. */
#include "tools/table_import.h"

#include "tools/text.h"

#include "proto/mem.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { SAID_BYTES_MAX = 256 * 1024 };

/* ---- what was said, now and before ---- */

static bool is_setting(const char *name, size_t len)
{
    static const char *const known[] = {"case_study", "method", "consent", "date", "respondent_type"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i]) == len && strncmp(known[i], name, len) == 0)
            return true;
    return false;
}

/* What this command line says goes over what was remembered. */
static bool take_said(struct smk_table_import *t)
{
    json_t *columns = json_object_get(t->remembered, "columns"),
           *values = json_object_get(t->remembered, "values");
    struct smk_shown shown;
    const char *name;
    json_t *value;
    for (size_t i = 0; i < t->choice_count; i++)
        (void)json_object_set_new(columns, t->choice[i].column,
                                  json_string(smk_survey_word(t->choice[i].role)));
    for (size_t i = 0; i < t->setting_count; i++) {
        const char *sign = strchr(t->setting[i], '=');
        if (sign == NULL || !is_setting(t->setting[i], (size_t)(sign - t->setting[i])))
            return smk_args_refuse(t->cli,
                                   "--set is written case_study=REF, method=, consent=, date= or "
                                   "respondent_type=, not '%s'.",
                                   smk_text_shown(t->setting[i], &shown));
        char key[32];
        (void)snprintf(key, sizeof key, "%.*s", (int)(sign - t->setting[i]), t->setting[i]);
        (void)json_object_set_new(values, key, json_string(sign + 1));
    }
    t->choice_count = 0;
    json_object_foreach(columns, name, value)
    {
        enum smk_survey_role role;
        const char *word = json_string_value(value);
        if (word != NULL && smk_survey_role_find(word, &role) && t->choice_count < SMK_TABLE_SETTINGS_MAX)
            t->choice[t->choice_count++] = (struct smk_survey_choice){name, role};
    }
    return true;
}

bool smk_table_survey_recall(struct smk_table_import *t)
{
    char path[SMK_HOME_PATH_MAX];
    struct smk_why why;
    if (smk_home_join(t->home.path, "survey.json", path) &&
        smk_read_json(path, &t->remembered, &why) == SMK_READ_DONE &&
        json_is_object(json_object_get(t->remembered, "columns")) &&
        json_is_object(json_object_get(t->remembered, "values")))
        return take_said(t);
    json_decref(t->remembered); /* none, or spoilt: it is said anew */
    t->remembered = json_pack("{s:{}, s:{}}", "columns", "values");
    if (t->remembered == NULL)
        t->err = SMK_ERR_NOMEM;
    return t->remembered != NULL && take_said(t);
}

/* Written beside its place and renamed. */
bool smk_table_survey_remember(struct smk_table_import *t)
{
    char path[SMK_HOME_PATH_MAX], fresh[SMK_HOME_PATH_MAX];
    if (t->is_preview)
        return true;
    bool is_good = smk_home_join(t->home.path, "survey.json", path) &&
                   smk_home_join(t->home.path, "survey.json.new", fresh);
    int fd = is_good ? open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
    is_good = fd >= 0 && json_dumpfd(t->remembered, fd, JSON_INDENT(1)) == 0 && fsync(fd) == 0;
    if (fd >= 0)
        is_good = close(fd) == 0 && is_good;
    return is_good && rename(fresh, path) == 0;
}

/* ---- the first row ---- */

static bool copy_heads(struct smk_table_import *t, const struct smk_row *row)
{
    t->head_name = smk_mem_array(row->count + 1, sizeof *t->head_name);
    for (size_t i = 0; t->head_name != NULL && i < row->count; i++) {
        struct smk_bytes name = row->cell[i].text;
        t->head_name[i] = smk_mem_array(name.len + 1, 1);
        if (t->head_name[i] == NULL)
            break;
        if (name.len > 0)
            memcpy(t->head_name[i], name.data, name.len);
        t->head_count = i + 1;
    }
    return t->head_name != NULL && t->head_count == row->count;
}

void smk_table_survey_end(struct smk_table_import *t)
{
    if (t->survey != NULL)
        smk_survey_deinit(t->survey);
    smk_mem_free(t->survey);
    for (size_t i = 0; i < t->head_count; i++)
        smk_mem_free(t->head_name[i]);
    smk_mem_free(t->head_name);
    t->survey = NULL;
    t->head_name = NULL;
    t->head_count = 0;
}

static void say_columns(struct smk_table_import *t)
{
    struct smk_shown shown;
    for (size_t i = 0; i < t->head_count; i++) {
        const char *word = "not taken";
        for (size_t role = 0; role < SMK_SURVEY_ROLES; role++)
            if (t->survey->place[role] == i)
                word = smk_survey_word((enum smk_survey_role)role);
        smk_cli_say(t->cli, "  column %s: %s", smk_text_shown(t->head_name[i], &shown), word);
    }
}

static bool refuse_head(struct smk_table_import *t, enum smk_err err, enum smk_survey_role role)
{
    char what[256];
    if (err == SMK_ERR_NOMEM) {
        t->err = err;
        return false;
    }
    (void)snprintf(what, sizeof what,
                   err == SMK_ERR_EXISTS ? "Two columns may be the %s of an interview."
                                         : "No column is the %s of an interview.",
                   smk_survey_word(role));
    t->code = smk_cli_fail(t->cli, SMK_EXIT_REFUSED, "unknown_column", what, "Nothing was written.",
                           "Say which one it is with --map \"COLUMN=district\", once: it is remembered.");
    return false;
}

bool smk_table_survey_begin(struct smk_table_import *t, const struct smk_row *row)
{
    enum smk_survey_role role = SMK_SURVEY_DISTRICT;
    t->survey = smk_mem_new(sizeof *t->survey);
    if (t->survey == NULL || !copy_heads(t, row) ||
        (t->places == NULL && smk_survey_places_new(&t->places) != SMK_OK)) {
        t->err = SMK_ERR_NOMEM;
        return false;
    }
    (void)smk_table_type_find(smk_bytes_of_text("interview"), &t->type);
    enum smk_err err = smk_survey_init(t->survey, t->places, row, t->choice, t->choice_count,
                                       t->form_path != NULL ? &t->form : NULL, &role);
    if (err != SMK_OK)
        return refuse_head(t, err, role);
    if (t->is_preview && !t->is_naming)
        say_columns(t);
    return true;
}

/* ---- a row ---- */

static const char *setting(const struct smk_table_import *t, const char *name)
{
    return json_string_value(json_object_get(json_object_get(t->remembered, "values"), name));
}

static void put(struct smk_pairs *p, const char *key, const char *text, const char *otherwise)
{
    const char *value = text != NULL && text[0] != '\0' ? text : otherwise;
    if (value != NULL && value[0] != '\0')
        smk_pack_text(smk_pairs_open_text(p, key), value);
}

/* The one case study of the district, unless the file or a person names another. */
static bool find_study(struct smk_table_import *t, const struct smk_survey_answer *a,
                       uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    const struct smk_fold_doc *found = NULL, *doc = NULL;
    const char *name = a->case_study.text[0] != '\0' ? a->case_study.text : setting(t, "case_study");
    size_t count = 0;
    if (name != NULL) {
        if (smk_find_document(&t->loaded, "case_study", name, &doc) != SMK_FOUND_ONE)
            return false;
        memcpy(ret_id, doc->id, SMK_DOC_ID_BYTES);
        return true;
    }
    for (size_t i = 0; i < smk_fold_doc_count(t->loaded.fold); i++) {
        doc = smk_fold_doc_at(t->loaded.fold, i);
        bool is_study = doc->counts && smk_bytes_is_equal(doc->kind_name, smk_bytes_of_text("case_study"));
        if (!is_study || !smk_span_is_text(smk_fold_first(t->loaded.fold, doc, "district"), a->district))
            continue;
        count += found == NULL || memcmp(found->id, doc->id, SMK_DOC_ID_BYTES) != 0;
        found = doc;
    }
    if (count == 1)
        memcpy(ret_id, found->id, SMK_DOC_ID_BYTES);
    return count == 1;
}

static void write_fields(struct smk_table_import *t, const struct smk_survey_answer *a,
                         const uint8_t study[SMK_DOC_ID_BYTES], struct smk_buf *b)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    char source[SMK_SURVEY_WORD_MAX + 16];
    const struct smk_device *device =
        smk_roster_device(smk_fold_roster(t->loaded.fold), t->home.identity.sign.public_key);
    (void)snprintf(source, sizeof source, "survey %s", a->key.text);
    smk_pack_bin(smk_pairs_open_text(&p, "case_study"), (struct smk_bytes){study, SMK_DOC_ID_BYTES});
    put(&p, "district", a->district, NULL);
    put(&p, "commune", a->commune, NULL);
    put(&p, "date", a->date, setting(t, "date"));
    put(&p, "method", a->method, setting(t, "method"));
    put(&p, "respondent_type", a->respondent_type, setting(t, "respondent_type"));
    put(&p, "sex", a->sex, "not_stated");
    put(&p, "age_band", a->age_band, "not_stated");
    put(&p, "disability", a->disability, NULL);
    put(&p, "consent", a->consent, setting(t, "consent"));
    put(&p, "guardian_consent", a->guardian_consent, NULL);
    put(&p, "collected_by", device != NULL ? device->org.text : NULL, NULL);
    put(&p, "provenance", source, NULL);
    smk_pairs_close_into(&p, b);
}

static void take_accepted(struct smk_table_import *t, const struct smk_survey_answer *a,
                          struct smk_row_report *r)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
    char source[SMK_SURVEY_WORD_MAX + 1];
    uint8_t study[SMK_DOC_ID_BYTES], id[SMK_DOC_ID_BYTES];
    if (!find_study(t, a, study)) {
        smk_table_refuse(r, "unknown_reference",
                         "No case study of district %s is here, or there are several: say "
                         "--set case_study=REF, or make it first.",
                         a->district);
        return;
    }
    write_fields(t, a, study, &fields);
    if (fields.err != SMK_OK) {
        t->err = fields.err;
        return;
    }
    (void)snprintf(source, sizeof source, "%s", a->key.text[0] != '\0' ? a->key.text : a->row.text);
    smk_import_id(smk_fold_coalition(t->loaded.fold), "survey", smk_bytes_of_text(source), id);
    const struct smk_table_document d = {.kind = t->type.kind, .fields = smk_buf_view(&fields), .doc = id};
    if (a->is_not_approved)
        (void)snprintf(r->why, sizeof r->why, "taken, though its reviewers did not approve it");
    smk_table_take(t, &d, r);
    bool has_setting = strcmp(r->column, "method") == 0 || strcmp(r->column, "consent") == 0 ||
                       strcmp(r->column, "date") == 0 || strcmp(r->column, "respondent_type") == 0;
    if (r->code != NULL && strcmp(r->code, "missing") == 0 && has_setting)
        smk_table_refuse(r, "missing",
                         "The file does not say it: name its column with --map \"COLUMN=%s\", or say "
                         "--set %s=... for all rows.",
                         r->column, r->column);
}

void smk_table_survey_take(struct smk_table_import *t, const struct smk_row *row)
{
    struct smk_survey_answer a;
    struct smk_row_report r = {.number = row->number};
    if (t->is_naming)
        return;
    memcpy(r.sheet, t->sheet, sizeof r.sheet);
    t->err = smk_survey_read(t->survey, row, &a);
    if (t->err != SMK_OK)
        return;
    (void)snprintf(r.ref, sizeof r.ref, "%.*s", SMK_NAME_LETTERS_MAX, a.row.text);
    if (a.outcome == SMK_SURVEY_DUPLICATE) {
        r.outcome = SMK_ROW_SKIPPED;
        r.code = "skip_duplicate";
        (void)snprintf(r.why, sizeof r.why, "It has the same key as %s%s.", a.same_as.text,
                       a.differs ? ", but says something else: look at both" : "");
    } else if (a.outcome == SMK_SURVEY_REJECT) {
        if (a.column > 0 && a.column <= t->head_count)
            (void)snprintf(r.column, sizeof r.column, "%s", t->head_name[a.column - 1]);
        smk_table_refuse(&r, a.reason, "%s. %s", a.reason, a.advice);
    } else {
        take_accepted(t, &a, &r);
    }
    if (!r.is_waiting && t->err == SMK_OK)
        smk_table_report(t, &r);
}
