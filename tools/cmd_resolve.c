/* samaki resolve DOC FIELD --take EDIT | --value VALUE: one value instead of several, by an edit that has seen them all. */
#include "tools/args.h"
#include "tools/conflict.h"
#include "tools/field_words.h"
#include "tools/text.h"
#include "tools/writing.h"

#include <string.h>

enum { TAKE, VALUE, OPTIONS };

/* The document and scope in which the field has several values: where it lives, else where else it is here. */
static const struct smk_fold_doc *doc_in_conflict(struct smk_loaded *l, const struct smk_fold_doc *doc,
                                                  const char *field, struct smk_conflict *ret)
{
    for (size_t i = 0; i <= smk_fold_doc_count(l->fold); i++) {
        const struct smk_fold_doc *at = i == 0 ? doc : smk_fold_doc_at(l->fold, i - 1);
        bool is_same =
            smk_bytes_is_equal(at->kind_name, doc->kind_name) && memcmp(at->id, doc->id, sizeof at->id) == 0;
        if (!is_same)
            continue;
        ret->doc = at;
        ret->field = smk_bytes_of_text(field);
        ret->count = smk_fold_values(l->fold, at, ret->field, ret->value);
        if (ret->count > 1)
            return at;
    }
    return NULL;
}

static enum smk_exit refuse(struct smk_writing *w, enum smk_message message, const char *field)
{
    struct smk_shown shown;
    struct smk_doc_name name;
    return smk_refuse(
        w->acting.cli, SMK_EXIT_REFUSED, message,
        SMK_ABOUT(smk_text_shown(field, &shown), smk_doc_shown(&w->acting.loaded, w->doc, &name)));
}

/* ---- one of the values ---- */

static enum smk_exit take_value(struct smk_writing *w, const struct smk_conflict *c, const char *digits)
{
    const struct smk_fold_value *taken = NULL;
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs pairs = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
    size_t count = 0;
    for (size_t i = 0; i < c->count; i++)
        if (smk_hex_begins(digits, c->value[i].edit->id, SMK_ID_BYTES)) {
            taken = &c->value[i];
            count++;
        }
    if (count != 1)
        return refuse(w, count == 0 ? SMK_SAY_NO_SUCH_VALUE : SMK_SAY_MORE_DIGITS, digits);
    smk_pack_raw(smk_pairs_open(&pairs, c->field), taken->value);
    smk_pairs_close_into(&pairs, &fields);
    if (fields.err != SMK_OK)
        return smk_cli_fail_err(w->acting.cli, fields.err, "reading the value");
    return smk_writing_write_fields(w, smk_buf_view(&fields));
}

/* ---- a value of its own ---- */

/* What all values say in the other language. False: they differ, so that it has to be said too. */
static bool agreed_language(const struct smk_conflict *c, const char *language, json_t *ret_object)
{
    struct smk_bytes first = smk_span_find(c->value[0].value, language);
    for (size_t i = 1; i < c->count; i++)
        if (!smk_bytes_is_equal(smk_span_find(c->value[i].value, language), first))
            return false;
    if (first.len > 0)
        (void)json_object_set_new(ret_object, language, smk_json_span(first));
    return true;
}

static enum smk_exit set_value(struct smk_writing *w, const struct smk_conflict *c, const char *field,
                               const char *text)
{
    const struct smk_field *rule = smk_field_find(w->kind->field, w->kind->field_count, c->field);
    if (rule == NULL)
        return refuse(w, SMK_SAY_ONLY_TAKE, field);
    bool is_text = rule->type == SMK_FIELD_BILINGUAL && (rule->flags & SMK_FIELD_IS_LIST) == 0;
    if (!is_text || text[0] == '{' || text[0] == '\0') {
        (void)json_object_set_new(w->fields, field, smk_field_value_typed(rule, text));
        return smk_writing_write(w);
    }
    const char *own = smk_field_is_khmer(text) ? "km" : "en";
    json_t *value = json_pack("{s:s}", own, text);
    bool is_agreed = agreed_language(c, own[0] == 'k' ? "en" : "km", value);
    (void)json_object_set_new(w->fields, field, value);
    return is_agreed ? smk_writing_write(w) : refuse(w, SMK_SAY_BOTH_LANGUAGES, field);
}

enum smk_exit smk_cmd_resolve(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_writing_close) struct smk_writing w = {0};
    struct smk_arg option[OPTIONS] = {
        [TAKE] = {.name = "--take", .max = 1}, [VALUE] = {.name = "--value", .max = 1, .may_be_empty = true}};
    struct smk_conflict conflict;
    const char *word[2] = {NULL, NULL};
    size_t words = 0;
    if (!smk_args_read(cli, argc, argv, option, OPTIONS, word, 2, &words))
        return SMK_EXIT_USAGE;
    if (words != 2 || option[TAKE].count + option[VALUE].count != 1)
        return smk_cli_usage(cli, NULL, NULL);
    enum smk_exit code = smk_writing_open(cli, &w);
    if (code == SMK_EXIT_DONE)
        code = smk_writing_change(&w, NULL, word[0]);
    if (code != SMK_EXIT_DONE)
        return code;
    const struct smk_fold_doc *doc = doc_in_conflict(&w.acting.loaded, w.doc, word[1], &conflict);
    if (doc == NULL)
        return refuse(&w, SMK_SAY_NO_CONFLICT, word[1]);
    smk_writing_use(&w, doc);
    w.null_takes_back = true;
    return option[TAKE].count > 0 ? take_value(&w, &conflict, option[TAKE].value[0])
                                  : set_value(&w, &conflict, word[1], option[VALUE].value[0]);
}
