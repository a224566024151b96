#include "tools/present.h"

#include <string.h>

static json_t *raw_of(struct smk_present *p, struct smk_bytes value)
{
    if (p->raw_count == SMK_PRESENT_RAW_MAX) {
        p->is_full = true;
        return json_null();
    }
    p->raw[p->raw_count] = value;
    return smk_field_raw(p->raw_count++);
}

static json_t *item_json(struct smk_present *p, const struct smk_field *rule, struct smk_bytes value);

static json_t *group_json(struct smk_present *p, const struct smk_field *rule, struct smk_bytes value)
{
    struct smk_span_iter it = smk_span_each(value);
    struct smk_bytes name, part;
    json_t *object = json_object();
    while (smk_span_next(&it, &name, &part)) {
        const struct smk_field *inner = smk_field_find(rule->part, rule->part_count, name);
        json_t *json = inner != NULL ? item_json(p, inner, part) : raw_of(p, part);
        (void)json_object_setn_new(object, (const char *)name.data, name.len, json);
    }
    return object;
}

/* A slug may have been of an organisation or office that is there no more. */
static bool is_known_slug(struct smk_present *p, const struct smk_field *rule, struct smk_bytes value)
{
    char slug[SMK_SLUG_LETTERS_MAX + 1];
    uint8_t unused[SMK_DOC_ID_BYTES];
    struct smk_bytes text = smk_span_str(value);
    if (text.len > SMK_SLUG_LETTERS_MAX)
        return false;
    memcpy(slug, text.data, text.len);
    slug[text.len] = '\0';
    return smk_resolve_here(p->loaded, rule, slug, unused);
}

static json_t *item_json(struct smk_present *p, const struct smk_field *rule, struct smk_bytes value)
{
    if (rule->type == SMK_FIELD_GROUP && smk_span_type(value) == SMK_VALUE_MAP)
        return group_json(p, rule, value);
    bool is_unknown = smk_span_type(value) == SMK_VALUE_NIL && (rule->flags & SMK_FIELD_MAY_BE_UNKNOWN) != 0;
    if (!is_unknown && !smk_schema_fits(rule, value))
        return raw_of(p, value);
    if (rule->type == SMK_FIELD_SLUG && !is_known_slug(p, rule, value))
        return raw_of(p, value);
    return smk_json_span(value);
}

json_t *smk_present_value(struct smk_present *p, const struct smk_field *rule, struct smk_bytes value)
{
    if ((rule->flags & SMK_FIELD_IS_LIST) == 0)
        return item_json(p, rule, value);
    struct smk_span_iter it = smk_span_each(value);
    struct smk_bytes item;
    if (smk_span_type(value) != SMK_VALUE_ARRAY)
        return raw_of(p, value);
    json_t *list = json_array();
    while (smk_span_next(&it, NULL, &item))
        (void)json_array_append_new(list, item_json(p, rule, item));
    return list;
}

json_t *smk_present_get(void *ctx, const struct smk_field *rule, enum smk_flaw *ret_flaw)
{
    struct smk_present *p = ctx;
    struct smk_fold_value value[SMK_FOLD_VALUES_MAX];
    size_t count = 0;
    if (p->doc != NULL)
        count = smk_fold_values(p->loaded->fold, p->doc, smk_bytes_of_text(rule->name), value);
    if (count == 0 || smk_span_type(value[0].value) == SMK_VALUE_NIL)
        return NULL;
    if (count > 1) {
        *ret_flaw = SMK_FLAW_SEVERAL;
        return NULL;
    }
    json_t *json = smk_present_value(p, rule, value[0].value);
    if (smk_field_is_raw(json) || p->is_full) {
        *ret_flaw = p->is_full ? SMK_FLAW_TOO_LONG : SMK_FLAW_NEWER;
        json_decref(json);
        return NULL;
    }
    return json;
}

bool smk_present_resolve(void *ctx, const struct smk_field *rule, const char *name,
                         uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    struct smk_present *p = ctx;
    return smk_resolve_here(p->loaded, rule, name, ret_id);
}
