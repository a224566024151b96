/* samaki conflicts [DOC]: fields that were written by people who had not seen each other's text, side by side. */
#include "tools/args.h"
#include "tools/complain.h"
#include "tools/conflict.h"
#include "tools/text.h"
#include "tools/when.h"

#include <string.h>

struct showing {
    struct smk_cli *cli;
    struct smk_loaded *l;
};

static const struct smk_field *rule_of(const struct smk_conflict *c)
{
    if (c->doc->kind == NULL)
        return NULL;
    return smk_field_find(c->doc->kind->field, c->doc->kind->field_count, c->field);
}

static json_t *value_json(const struct smk_fold_value *value)
{
    const struct smk_fold_entry *e = value->edit;
    json_t *o = json_object();
    (void)json_object_set_new(o, "value", smk_json_span(value->value));
    (void)json_object_set_new(o, "edit", smk_json_hex(SMK_BYTES(e->id)));
    (void)json_object_set_new(o, "office", smk_json_text(e->edit.office));
    (void)json_object_set_new(o, "org", json_string(e->log->org.text));
    (void)json_object_set_new(o, "time", json_integer((json_int_t)e->time));
    (void)json_object_set_new(o, "when", smk_when_json(smk_time_ms(e->time)));
    return o;
}

static json_t *label_json(const struct smk_label *label)
{
    return label != NULL ? json_pack("{s:s, s:s}", "en", label->en, "km", label->km) : json_null();
}

static void tell_json(struct showing *s, const struct smk_conflict *c, const struct smk_label *label)
{
    json_t *o = json_object(), *values = json_array();
    for (size_t i = 0; i < c->count; i++)
        (void)json_array_append_new(values, value_json(&c->value[i]));
    (void)json_object_set_new(o, "doc", smk_json_hex(SMK_BYTES(c->doc->id)));
    (void)json_object_set_new(o, "kind", smk_json_text(c->doc->kind_name));
    (void)json_object_set_new(o, "ref", smk_json_span(smk_fold_first(s->l->fold, c->doc, "ref")));
    (void)json_object_set_new(o, "scope", json_string(c->doc->scope->text));
    (void)json_object_set_new(o, "field", smk_json_text(c->field));
    (void)json_object_set_new(o, "label", label_json(label));
    (void)json_object_set_new(o, "values", values);
    smk_cli_json(s->cli, o);
}

static void say_value(struct showing *s, const struct smk_field *rule, const struct smk_fold_value *value)
{
    char id[SMK_HEX_DIGITS_MIN + 1], office[SMK_SLUG_LETTERS_MAX + 1], text[SMK_SENTENCE_BYTES_MAX];
    struct smk_when when;
    bool is_nil = smk_span_type(value->value) == SMK_VALUE_NIL;
    smk_hex_format((struct smk_bytes){value->edit->id, SMK_HEX_DIGITS_MIN / 2}, id);
    smk_text_safe(value->edit->edit.office, sizeof office - 1, office);
    if (is_nil)
        smk_message_write(s->cli, SMK_SAY_TAKEN_BACK, NULL, text, sizeof text);
    else
        smk_value_shown(s->l, rule, value->value, s->cli->language, text, sizeof text);
    smk_cli_say(s->cli, "  %s  %s  %-20s %s", id, smk_when_shown(smk_time_ms(value->edit->time), &when),
                office, text);
}

static void tell(void *ctx, const struct smk_conflict *c)
{
    struct showing *s = ctx;
    struct smk_doc_name doc;
    char kind[SMK_NAME_LETTERS_MAX + 1], field[SMK_NAME_LETTERS_MAX + 1], id[SMK_HEX_DIGITS_MIN + 1];
    smk_text_safe(c->doc->kind_name, sizeof kind - 1, kind);
    smk_text_safe(c->field, sizeof field - 1, field);
    const struct smk_label *label = smk_label_field(kind, field);
    if (s->cli->is_json) {
        tell_json(s, c, label);
        return;
    }
    smk_doc_shown(s->l, c->doc, &doc);
    smk_hex_format((struct smk_bytes){c->value[0].edit->id, SMK_HEX_DIGITS_MIN / 2}, id);
    smk_cli_say(s->cli, "%s  %s  %s: %s (%s)", doc.text, kind, c->doc->scope->text,
                smk_label_text(label, s->cli->language, field), field);
    for (size_t i = 0; i < c->count; i++)
        say_value(s, rule_of(c), &c->value[i]);
    smk_tell(s->cli, SMK_SAY_HOW_TO_RESOLVE, SMK_ABOUT(doc.text, field, id));
}

enum smk_exit smk_cmd_conflicts(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    SMK_CLEANUP(smk_loaded_close) struct smk_loaded l = {0};
    struct showing s = {.cli = cli, .l = &l};
    const struct smk_fold_doc *wanted = NULL;
    const char *word = NULL;
    size_t words = 0, found = 0;
    if (!smk_args_read(cli, argc, argv, NULL, 0, &word, 1, &words))
        return SMK_EXIT_USAGE;
    enum smk_exit code = smk_loaded_open_home(cli, false, &home, &l);
    if (code == SMK_EXIT_DONE && word != NULL)
        code = smk_demand_document(cli, &l, NULL, word, &wanted);
    if (code != SMK_EXIT_DONE)
        return code;
    for (size_t i = 0; i < smk_fold_doc_count(l.fold); i++) {
        const struct smk_fold_doc *doc = smk_fold_doc_at(l.fold, i);
        bool is_wanted = wanted == NULL || (smk_bytes_is_equal(wanted->kind_name, doc->kind_name) &&
                                            memcmp(wanted->id, doc->id, sizeof doc->id) == 0);
        found += is_wanted ? smk_conflicts_each(l.fold, doc, tell, &s) : 0;
    }
    if (found == 0)
        smk_tell(cli, SMK_SAY_NO_CONFLICTS, NULL);
    return SMK_EXIT_DONE;
}
