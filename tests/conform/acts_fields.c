/* Objects of the sample, and their fields as a record has them. */
#include "tests/conform/acts.h"

#include <string.h>

const char *acts_text(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

enum smk_import_type acts_type(const char *name)
{
    for (size_t t = 0; t < SMK_IMPORT_TYPES; t++)
        if (strcmp(smk_import_form[t].name, name) == 0)
            return (enum smk_import_type)t;
    return SMK_IMPORT_TYPES;
}

json_t *acts_object(const struct acts *a, enum smk_import_type type, const char *id)
{
    if (id == NULL || type == SMK_IMPORT_TYPES)
        return NULL;
    json_t *given = json_object_get(json_object_get(a->given, smk_import_form[type].name), id);
    if (given != NULL)
        return given;
    const struct smk_import_object *o = smk_import_find(&a->set, type, id);
    return o != NULL ? o->json : NULL;
}

void acts_id(const struct acts *a, const char *type, const char *name, uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    smk_import_id(a->coalition.id, type, smk_bytes_of_text(name), ret_id);
}

const char *acts_district(const struct acts *a, enum smk_import_type type, json_t *object)
{
    const char *list = acts_text(object, "list");
    switch (type) {
    case SMK_IMPORT_ENDORSEMENT:
    case SMK_IMPORT_ACCEPTANCE:
    case SMK_IMPORT_PRESENTATION: object = acts_object(a, SMK_IMPORT_JOINT_LIST, list); break;
    case SMK_IMPORT_VERIFICATION:
        object = acts_object(a, SMK_IMPORT_FOLLOW_UP, acts_text(object, "follow_up"));
        object = acts_object(a, SMK_IMPORT_RECOMMENDATION, acts_text(object, "recommendation"));
        break;
    case SMK_IMPORT_PRIORITY:
    case SMK_IMPORT_FOLLOW_UP:
        object = acts_object(a, SMK_IMPORT_RECOMMENDATION, acts_text(object, "recommendation"));
        break;
    default: break;
    }
    const char *district = acts_text(object, "district");
    return district != NULL && strlen(district) == 4 ? district : NULL;
}

/* Names become ids whether or not anything of that name is there: what is not there is for the fold to say. */
static bool resolve(void *ctx, const struct smk_field *rule, const char *name,
                    uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    const struct acts *a = ctx;
    if (rule->type == SMK_FIELD_SLUG)
        return true;
    if (strcmp(rule->kind, "any") != 0) {
        acts_id(a, rule->kind, name, ret_id);
        return true;
    }
    for (size_t t = 0; t < SMK_IMPORT_TYPES; t++)
        if (acts_object(a, (enum smk_import_type)t, name) != NULL) {
            acts_id(a, smk_import_form[t].name, name, ret_id);
            return true;
        }
    return false;
}

static bool map_with(struct acts *a, struct smk_field_map *map, json_t *object, struct smk_pairs *pairs,
                     struct smk_buf *ret_fields)
{
    struct smk_complaint complaint;
    map->takes_known_only = true;
    map->resolve = resolve;
    map->ctx = a;
    *ret_fields = (struct smk_buf){.max = SMK_PAYLOAD_BYTES_MAX};
    if (!smk_field_map_read(map, object, pairs, &complaint))
        return acts_fail(a, "no record can have such a value: %s: %s", complaint.field,
                         smk_flaw_text(complaint.flaw));
    smk_pairs_close_into(pairs, ret_fields);
    return ret_fields->err == SMK_OK || acts_fail(a, "its fields: %s", smk_err_text(ret_fields->err));
}

bool acts_map(struct acts *a, const struct smk_field *rules, size_t count, json_t *object,
              struct smk_pairs *fill, struct smk_buf *ret_fields)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs own = {0};
    struct smk_field_map map = {.rules = rules, .rule_count = count};
    return map_with(a, &map, object, fill != NULL ? fill : &own, ret_fields);
}

bool acts_map_change(struct acts *a, const struct smk_field *rules, size_t count, json_t *object,
                     struct smk_buf *ret_fields)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs pairs = {0};
    struct smk_field_map map = {.rules = rules, .rule_count = count, .null_takes_back = true};
    return map_with(a, &map, object, &pairs, ret_fields);
}

bool acts_is_field(const struct smk_field *rules, size_t count, const char *key)
{
    size_t len = strlen(key);
    struct smk_bytes name = smk_bytes_of_text(key);
    if (smk_field_find(rules, count, name) != NULL)
        return true;
    bool is_language = len > 3 && key[len - 3] == '_' &&
                       (strcmp(key + len - 2, "en") == 0 || strcmp(key + len - 2, "km") == 0);
    if (!is_language)
        return false;
    name.len -= 3;
    const struct smk_field *rule = smk_field_find(rules, count, name);
    return rule != NULL && rule->type == SMK_FIELD_BILINGUAL;
}

/* ---- where documents live ---- */

static bool scope_of_text(const char *prefix, const char *rest, size_t digits, struct smk_scope *ret_scope)
{
    char text[16];
    if (rest == NULL || strlen(rest) < digits)
        return false;
    (void)snprintf(text, sizeof text, "%s%.*s", prefix, (int)digits, rest);
    return smk_scope_parse(smk_bytes_of_text(text), ret_scope);
}

/* Of what it is about: a document, or an act. */
static bool scope_of_subject(struct acts *a, const char *subject, struct smk_scope *ret_scope)
{
    for (size_t t = 0; subject != NULL && t < SMK_IMPORT_TYPES; t++) {
        enum smk_import_type type = (enum smk_import_type)t;
        json_t *object = acts_object(a, type, subject);
        const struct smk_kind *kind = smk_kind_find(smk_bytes_of_text(smk_import_form[t].name));
        struct smk_buf fields;
        if (object == NULL || type == SMK_IMPORT_ATTACHMENT)
            continue;
        if (type == SMK_IMPORT_PRESENTATION || type == SMK_IMPORT_PRIORITY) {
            *ret_scope = smk_scope_of("pub");
            return true;
        }
        if (kind == NULL)
            return scope_of_text("dm:", acts_district(a, type, object), 4, ret_scope);
        bool is_good = acts_map(a, kind->field, kind->field_count, object, NULL, &fields) &&
                       smk_kind_scope(kind, smk_buf_view(&fields), "", ret_scope);
        smk_buf_deinit(&fields);
        return is_good;
    }
    return false;
}

bool acts_scope(struct acts *a, const struct smk_kind *kind, json_t *object, struct smk_bytes fields,
                const struct smk_office *office, struct smk_scope *ret_scope)
{
    bool is_found = false;
    if (kind->lives == SMK_LIVES_WITH_SUBJECT)
        is_found = scope_of_subject(a, acts_text(object, kind->subject_field), ret_scope);
    else
        is_found = smk_kind_scope(kind, fields, office->org.text, ret_scope);
    return is_found || acts_fail(a, "nothing says where the %s belongs", kind->name);
}
