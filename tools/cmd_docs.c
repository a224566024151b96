/* samaki docs [TYPE]: the types there are, their fields and choices, in the chosen language. */
#include "tools/args.h"
#include "tools/complain.h"
#include "tools/text.h"

#include "proto/labels.h"
#include "proto/policy.h"

#include <string.h>

enum { INDENT_MAX = 8, TYPES_MAX = 64 };

static const char *named(const struct smk_cli *cli, const struct smk_label *label, const char *code)
{
    return smk_label_text(label, cli->language, code);
}

static const char *type_named(const struct smk_cli *cli, const char *type)
{
    return named(cli, smk_label_find("type", smk_bytes_of_text(type)), type);
}

/* ---- where documents of a type stand ---- */

static const struct smk_label *scope_label(const char *scope)
{
    size_t len = strcspn(scope, ":");
    return smk_label_find("scope", (struct smk_bytes){(const uint8_t *)scope, len});
}

static void say_scopes(struct smk_cli *cli, const struct smk_kind *kind)
{
    const char *const *scope = smk_kind_scopes(kind);
    for (size_t i = 0; scope[i] != NULL; i++)
        smk_cli_say(cli, "  %-8s %s", scope[i], named(cli, scope_label(scope[i]), ""));
}

/* ---- fields ---- */

static json_t *label_json(const struct smk_label *label)
{
    if (label == NULL)
        return json_null();
    return json_pack("{s:s, s:s, s:s}", "en", label->en, "km", label->km, "khmer",
                     smk_khmer_word(label->khmer));
}

static json_t *choices_json(const struct smk_field *rule)
{
    json_t *all = json_array();
    for (size_t i = 0; rule->choices != NULL && rule->choices[i] != NULL; i++) {
        const struct smk_label *label = smk_label_choice(rule, smk_bytes_of_text(rule->choices[i]));
        (void)json_array_append_new(
            all, json_pack("{s:s, s:o}", "code", rule->choices[i], "label", label_json(label)));
    }
    return all;
}

static void set_limits(json_t *object, const struct smk_field *rule)
{
    bool is_area = rule->type == SMK_FIELD_AREA;
    if (!is_area && rule->type != SMK_FIELD_INTEGER)
        return;
    (void)json_object_set_new(object, is_area ? "digits_min" : "min", json_integer((json_int_t)rule->min));
    (void)json_object_set_new(object, is_area ? "digits_max" : "max", json_integer((json_int_t)rule->max));
}

static json_t *fields_json(const char *type, const char *above, const struct smk_field *field, size_t count)
{
    json_t *all = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct smk_field *rule = &field[i];
        char path[SMK_FIELD_PATH_MAX + 1];
        (void)snprintf(path, sizeof path, "%s%s%s", above, above[0] != '\0' ? "." : "", rule->name);
        json_t *o = json_pack("{s:s, s:s, s:o}", "name", rule->name, "type", smk_field_type_word(rule->type),
                              "label", label_json(smk_label_field(type, path)));
        (void)json_object_set_new(o, "required", json_boolean((rule->flags & SMK_FIELD_IS_REQUIRED) != 0));
        (void)json_object_set_new(o, "list", json_boolean((rule->flags & SMK_FIELD_IS_LIST) != 0));
        (void)json_object_set_new(o, "may_be_unknown",
                                  json_boolean((rule->flags & SMK_FIELD_MAY_BE_UNKNOWN) != 0));
        set_limits(o, rule);
        if (rule->kind != NULL)
            (void)json_object_set_new(o, "of", json_string(rule->kind));
        if (rule->choices != NULL) {
            (void)json_object_set_new(o, "vocabulary", json_string(rule->vocabulary));
            (void)json_object_set_new(o, "choices", choices_json(rule));
        }
        if (rule->part_count > 0)
            (void)json_object_set_new(o, "parts", fields_json(type, path, rule->part, rule->part_count));
        (void)json_array_append_new(all, o);
    }
    return all;
}

static void say_choices(struct smk_cli *cli, const struct smk_field *rule, const char *indent)
{
    for (size_t i = 0; rule->choices != NULL && rule->choices[i] != NULL; i++) {
        const char *code = rule->choices[i];
        smk_cli_say(cli, "%s      %-22s %s", indent, code,
                    named(cli, smk_label_choice(rule, smk_bytes_of_text(code)), code));
    }
}

static void say_fields(struct smk_cli *cli, const char *type, const char *above,
                       const struct smk_field *field, size_t count, const char *indent)
{
    for (size_t i = 0; i < count; i++) {
        const struct smk_field *rule = &field[i];
        char path[SMK_FIELD_PATH_MAX + 1], name[SMK_FIELD_PATH_MAX + 3], kind[256], deeper[INDENT_MAX + 1];
        (void)snprintf(path, sizeof path, "%s%s%s", above, above[0] != '\0' ? "." : "", rule->name);
        (void)snprintf(name, sizeof name, "%s%s", rule->name,
                       (rule->flags & SMK_FIELD_IS_LIST) != 0 ? "[]" : "");
        smk_field_hint(rule, cli->language, kind, sizeof kind);
        smk_cli_say(cli, "%s%c %-22s %s: %s", indent, (rule->flags & SMK_FIELD_IS_REQUIRED) != 0 ? '*' : ' ',
                    name, named(cli, smk_label_field(type, path), rule->name), kind);
        say_choices(cli, rule, indent);
        (void)snprintf(deeper, sizeof deeper, "%s    ", indent);
        say_fields(cli, type, path, rule->part, rule->part_count, deeper);
    }
}

/* ---- acts ---- */

static json_t *acts_json(const char *type)
{
    json_t *all = json_array();
    for (size_t i = 0; i < smk_policy_count(); i++) {
        const struct smk_policy_rule *rule = smk_policy_at(i);
        const struct smk_act_kind *act =
            smk_act_kind_find(smk_bytes_of_text(rule->kind), smk_bytes_of_text(rule->act));
        if (strcmp(rule->kind, type) != 0 || act == NULL)
            continue;
        json_t *roles = json_array();
        for (size_t k = 0; k < SMK_POLICY_ROLES_MAX && rule->role[k] != NULL; k++)
            (void)json_array_append_new(roles, json_string(rule->role[k]));
        (void)json_array_append_new(
            all, json_pack("{s:s, s:o, s:o, s:o}", "act", rule->act, "label",
                           label_json(smk_label_find("act", smk_bytes_of_text(rule->act))), "roles", roles,
                           "fields", fields_json(type, "", act->field, act->field_count)));
    }
    return all;
}

static void say_acts(struct smk_cli *cli, const char *type)
{
    for (size_t i = 0; i < smk_policy_count(); i++) {
        const struct smk_policy_rule *rule = smk_policy_at(i);
        if (strcmp(rule->kind, type) == 0 && !rule->is_edit)
            smk_cli_say(cli, "  %-22s %s", rule->act,
                        named(cli, smk_label_find("act", smk_bytes_of_text(rule->act)), rule->act));
    }
}

/* ---- one type ---- */

static void tell_kind(struct smk_cli *cli, const struct smk_kind *kind)
{
    const char *const *scope = smk_kind_scopes(kind);
    json_t *seen = json_array();
    for (size_t i = 0; scope[i] != NULL; i++)
        (void)json_array_append_new(
            seen, json_pack("{s:s, s:o}", "scope", scope[i], "label", label_json(scope_label(scope[i]))));
    smk_cli_json(cli, json_pack("{s:s, s:o, s:o, s:b, s:o, s:o}", "type", kind->name, "label",
                                label_json(smk_label_find("type", smk_bytes_of_text(kind->name))), "scopes",
                                seen, "drafts", smk_kind_has_drafts(kind) ? 1 : 0, "fields",
                                fields_json(kind->name, "", kind->field, kind->field_count), "acts",
                                acts_json(kind->name)));
    if (cli->is_json)
        return;
    bool is_khmer = cli->language == SMK_KHMER;
    smk_cli_say(cli, "%s  %s\n", kind->name, type_named(cli, kind->name));
    say_scopes(cli, kind);
    smk_cli_say(cli, is_khmer ? "\nព័ត៌មាន (* ត្រូវតែបំពេញ)" : "\nFields (* is required)");
    say_fields(cli, kind->name, "", kind->field, kind->field_count, "  ");
    smk_cli_say(cli, is_khmer ? "\nសកម្មភាព" : "\nActs");
    say_acts(cli, kind->name);
}

static void tell_entity(struct smk_cli *cli, const struct smk_entity *entity)
{
    const struct smk_field *field = entity->field;
    size_t count = entity->field_count;
    json_t *acts = json_array();
    for (size_t i = 0; entity->kind != NULL && i < SMK_ENTITY_ACTS_MAX && entity->act[i] != NULL; i++) {
        const struct smk_act_kind *act =
            smk_act_kind_find(smk_bytes_of_text(entity->kind), smk_bytes_of_text(entity->act[i]));
        bool has_more =
            act->field_count > count; /* the attested form of an act has all its fields and one more */
        field = has_more ? act->field : field;
        count = has_more ? act->field_count : count;
        (void)json_array_append_new(acts, json_string(entity->act[i]));
    }
    const char *labels = entity->kind != NULL ? entity->kind : entity->name;
    smk_cli_say(cli, "%s  %s\n", entity->name, type_named(cli, entity->name));
    if (!cli->is_json)
        say_fields(cli, labels, "", field, count, "  ");
    smk_cli_json(cli, json_pack("{s:s, s:o, s:s?, s:o, s:o}", "type", entity->name, "label",
                                label_json(smk_label_find("type", smk_bytes_of_text(entity->name))), "of",
                                entity->kind, "acts", acts, "fields", fields_json(labels, "", field, count)));
}

/* ---- all of them ---- */

static void tell_all(struct smk_cli *cli)
{
    for (size_t i = 0; i < smk_kind_count(); i++) {
        const struct smk_kind *kind = smk_kind_at(i);
        if (cli->is_json)
            tell_kind(cli, kind);
        else
            smk_cli_say(cli, "%-16s %s", kind->name, type_named(cli, kind->name));
    }
    smk_cli_say(cli, "%s", "");
    for (size_t i = 0; i < smk_entity_count(); i++) {
        const struct smk_entity *entity = smk_entity_at(i);
        if (cli->is_json)
            tell_entity(cli, entity);
        else
            smk_cli_say(cli, "%-16s %s", entity->name, type_named(cli, entity->name));
    }
}

static enum smk_exit fail_unknown(struct smk_cli *cli, const char *type)
{
    const char *names[TYPES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < smk_kind_count() && count < TYPES_MAX; i++)
        names[count++] = smk_kind_at(i)->name;
    for (size_t i = 0; i < smk_entity_count() && count < TYPES_MAX; i++)
        names[count++] = smk_entity_at(i)->name;
    const char *nearest = smk_args_nearest(type, names, count);
    struct smk_shown shown;
    smk_text_shown(type, &shown);
    if (nearest != NULL)
        (void)smk_args_refuse(cli, "There is no type '%s'. Did you mean '%s'?", shown.text, nearest);
    else
        (void)smk_args_refuse(cli, "There is no type '%s'. 'samaki docs' shows those there are.", shown.text);
    return SMK_EXIT_USAGE;
}

enum smk_exit smk_cmd_docs(struct smk_cli *cli, int argc, char **argv)
{
    const char *type = NULL;
    size_t words = 0;
    if (!smk_args_read(cli, argc, argv, NULL, 0, &type, 1, &words))
        return SMK_EXIT_USAGE;
    if (type == NULL) {
        tell_all(cli);
        return SMK_EXIT_DONE;
    }
    const struct smk_kind *kind = smk_kind_find(smk_bytes_of_text(type));
    const struct smk_entity *entity = smk_entity_find(smk_bytes_of_text(type));
    if (kind == NULL && entity == NULL)
        return fail_unknown(cli, type);
    if (kind != NULL)
        tell_kind(cli, kind);
    else
        tell_entity(cli, entity);
    return SMK_EXIT_DONE;
}
