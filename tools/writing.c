#include "tools/writing.h"

#include "tools/args.h"
#include "tools/field_words.h"
#include "tools/read_file.h"
#include "tools/text.h"

#include <string.h>

enum { TYPES_MAX = 32 };

enum smk_exit smk_writing_open(struct smk_cli *cli, struct smk_writing *ret_writing)
{
    memset(ret_writing, 0, sizeof *ret_writing);
    ret_writing->fields = json_object();
    enum smk_exit code = smk_acting_open(cli, &ret_writing->acting);
    ret_writing->present.loaded = &ret_writing->acting.loaded;
    return code;
}

void smk_writing_close(struct smk_writing *w)
{
    json_decref(w->fields);
    smk_acting_close(&w->acting);
}

static struct smk_cli *cli_of(const struct smk_writing *w)
{
    return w->acting.cli;
}

enum smk_exit smk_writing_refuse(const struct smk_writing *w, const char *code, const char *what,
                                 const char *todo)
{
    return smk_cli_fail(cli_of(w), SMK_EXIT_REFUSED, code, what, "Nothing was written.", todo);
}

enum smk_exit smk_writing_complain(const struct smk_writing *w, const struct smk_complaint *complaint)
{
    struct smk_form form = smk_form_of(w->kind);
    return smk_complain(cli_of(w), &form, complaint);
}

/* ---- which type, which document ---- */

static enum smk_exit fail_unknown(const struct smk_writing *w, const char *type)
{
    const char *names[TYPES_MAX];
    struct smk_shown shown;
    size_t count = 0;
    for (; count < smk_kind_count() && count < TYPES_MAX; count++)
        names[count] = smk_kind_at(count)->name;
    const char *nearest = smk_args_nearest(type, names, count);
    return smk_refuse(cli_of(w), SMK_EXIT_REFUSED, nearest != NULL ? SMK_SAY_NEAR_TYPE : SMK_SAY_UNKNOWN_TYPE,
                      SMK_ABOUT(smk_text_shown(type, &shown), nearest));
}

enum smk_exit smk_writing_begin(struct smk_writing *w, const char *type)
{
    w->kind = smk_kind_find(smk_bytes_of_text(type));
    return w->kind != NULL ? SMK_EXIT_DONE : fail_unknown(w, type);
}

enum smk_exit smk_writing_change(struct smk_writing *w, const char *kind, const char *word)
{
    const struct smk_fold_doc *doc = NULL;
    struct smk_doc_name name;
    char type[SMK_NAME_LETTERS_MAX + 1];
    enum smk_exit code = smk_demand_document(cli_of(w), &w->acting.loaded, kind, word, &doc);
    if (code != SMK_EXIT_DONE)
        return code;
    smk_text_safe(doc->kind_name, sizeof type - 1, type);
    if (doc->kind == NULL)
        return smk_refuse(cli_of(w), SMK_EXIT_REFUSED, SMK_SAY_NEWER_TYPE,
                          SMK_ABOUT(smk_doc_shown(&w->acting.loaded, doc, &name), type));
    smk_writing_use(w, doc);
    return SMK_EXIT_DONE;
}

void smk_writing_use(struct smk_writing *w, const struct smk_fold_doc *doc)
{
    w->kind = doc->kind;
    w->doc = w->present.doc = doc;
    w->is_draft = smk_fold_is_draft(doc);
}

/* ---- fields that come in ---- */

static enum smk_exit read_form(struct smk_writing *w, json_t *file)
{
    json_t *fields = json_object_get(file, "fields");
    const char *type = json_string_value(json_object_get(file, "type"));
    const char *doc = json_string_value(json_object_get(file, "doc"));
    if (type == NULL && json_is_object(fields))
        type = json_string_value(json_object_get(file, "kind"));
    if (!json_is_object(file) || (type == NULL && w->kind == NULL))
        return smk_refuse(cli_of(w), SMK_EXIT_REFUSED, SMK_SAY_NO_TYPE, NULL);
    bool is_begun = w->kind != NULL;
    if (is_begun && type != NULL && strcmp(type, w->kind->name) != 0)
        return smk_writing_refuse(w, "wrong_type", "The file is about another type of document.",
                                  "Name that type, or another file.");
    enum smk_exit code = is_begun ? SMK_EXIT_DONE : smk_writing_begin(w, type);
    if (code == SMK_EXIT_DONE && doc != NULL && !is_begun)
        code = smk_writing_change(w, w->kind->name, doc);
    if (code == SMK_EXIT_DONE && json_object_update(w->fields, json_is_object(fields) ? fields : file) != 0)
        code = smk_cli_fail_err(cli_of(w), SMK_ERR_NOMEM, "reading the file");
    return code;
}

/* Everything that is no field. The office that a file names as maker stands for --as. */
static enum smk_exit take_maker(struct smk_writing *w)
{
    const char *key = w->kind->maker_key;
    const char *office = key != NULL ? json_string_value(json_object_get(w->fields, key)) : NULL;
    if (office != NULL && !smk_slug_lower(office, &w->office))
        return smk_writing_refuse(w, "bad_text", "The file names its maker in a form that no office has.",
                                  "Use the office's id.");
    if (office != NULL && cli_of(w)->as_office == NULL)
        cli_of(w)->as_office = w->office.text;
    if (key != NULL)
        (void)json_object_del(w->fields, key); /* it may not be there */
    (void)json_object_del(w->fields, "type");  /* likewise */
    (void)json_object_del(w->fields, "doc");   /* likewise */
    return SMK_EXIT_DONE;
}

/* Of a file, null says nothing. */
static void drop_nulls(struct smk_writing *w)
{
    const char *name;
    json_t *value;
    void *next;
    json_object_foreach_safe(w->fields, next, name, value)
    {
        const struct smk_field *rule =
            smk_field_find(w->kind->field, w->kind->field_count, smk_bytes_of_text(name));
        if (json_is_null(value) && rule != NULL && (rule->flags & SMK_FIELD_MAY_BE_UNKNOWN) == 0)
            (void)json_object_del(w->fields, name);
    }
}

enum smk_exit smk_writing_take_file(struct smk_writing *w, const char *path)
{
    struct smk_why why;
    char what[SMK_WHY_LETTERS_MAX + 64];
    json_t *file = NULL;
    enum smk_read answer = smk_read_json(path, &file, &why);
    if (answer == SMK_READ_ABSENT)
        return smk_writing_refuse(w, "not_found", "There is no such file.", "Check the path.");
    if (answer == SMK_READ_REFUSED) {
        (void)snprintf(what, sizeof what, "The file cannot be used: %s.", why.text);
        return smk_writing_refuse(w, "bad_file", what, "It has to hold one JSON object.");
    }
    enum smk_exit code = read_form(w, file);
    json_decref(file);
    if (code == SMK_EXIT_DONE)
        code = take_maker(w);
    if (code == SMK_EXIT_DONE)
        drop_nulls(w);
    return code;
}

bool smk_writing_take_word(struct smk_writing *w, const char *word, struct smk_complaint *ret_complaint)
{
    const struct smk_field_words words = {.rules = w->kind->field,
                                          .rule_count = w->kind->field_count,
                                          .present = smk_present_get,
                                          .resolve = smk_present_resolve,
                                          .ctx = &w->present};
    w->null_takes_back = true;
    return smk_field_word_read(&words, word, w->fields, ret_complaint);
}

enum smk_exit smk_writing_take_words(struct smk_writing *w, const char *const *word, size_t count)
{
    struct smk_complaint complaint;
    struct smk_shown shown;
    for (size_t i = 0; i < count; i++) {
        if (smk_writing_take_word(w, word[i], &complaint))
            continue;
        if (complaint.flaw != SMK_FLAW_NONE)
            return smk_writing_complain(w, &complaint);
        return smk_refuse(cli_of(w), SMK_EXIT_USAGE, SMK_SAY_NO_SIGN,
                          SMK_ABOUT(smk_text_shown(word[i], &shown)));
    }
    return SMK_EXIT_DONE;
}
