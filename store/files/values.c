#include "store/files/values.h"

#include "store/files/withhold.h"

#include "proto/mem.h"
#include "proto/pairs.h"

void smk_values_deinit(struct smk_values *v)
{
    smk_buf_deinit(&v->fields);
    *v = (struct smk_values){0};
}

/* ---- for everybody ---- */

static void pack_public(const struct smk_field *rule, struct smk_bytes value, bool is_item,
                        struct smk_buf *b);

static void pack_group(const struct smk_field *rule, struct smk_bytes map, struct smk_buf *b)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    struct smk_span_iter it = smk_span_each(map);
    struct smk_bytes key, value;
    while (smk_span_next(&it, &key, &value))
        pack_public(smk_field_find(rule->part, rule->part_count, key), value, false, smk_pairs_open(&p, key));
    smk_pairs_close_into(&p, b);
}

/* With what is withheld; is_item: of a list, not the list. */
static void pack_public(const struct smk_field *rule, struct smk_bytes value, bool is_item, struct smk_buf *b)
{
    bool is_list = (rule->flags & SMK_FIELD_IS_LIST) != 0 && !is_item;
    struct smk_span_iter it = smk_span_each(value);
    struct smk_bytes item;
    if (is_list) {
        smk_pack_array(b, it.left);
        while (smk_span_next(&it, NULL, &item))
            pack_public(rule, item, true, b);
    } else if (rule->type == SMK_FIELD_TALLY) {
        smk_tally_withhold(value, b);
    } else if (rule->type == SMK_FIELD_GROUP && smk_span_type(value) == SMK_VALUE_MAP) {
        pack_group(rule, value, b);
    } else {
        smk_pack_raw(b, value);
    }
}

/* ---- all fields ---- */

static void find_values(struct smk_values *v, const struct smk_table_type *type)
{
    for (size_t i = 0; i < type->field_count; i++)
        v->value[i] = smk_span_find(smk_buf_view(&v->fields), type->field[i]->name);
}

static enum smk_err withhold(struct smk_values *v, const struct smk_table_type *type)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    for (size_t i = 0; i < type->field_count; i++)
        if (v->value[i].len > 0)
            pack_public(type->field[i], v->value[i], false, smk_pairs_open_text(&p, type->field[i]->name));
    smk_buf_reset(&v->fields);
    smk_pairs_close_into(&p, &v->fields);
    find_values(v, type);
    return v->fields.err;
}

static enum smk_err settle(struct smk_values *v, const struct smk_table_type *type, struct smk_pairs *p,
                           const struct smk_field *rules, size_t rule_count, bool is_public)
{
    struct smk_complaint complaint;
    smk_buf_reset(&v->fields);
    smk_pairs_close_into(p, &v->fields);
    if (v->fields.err != SMK_OK)
        return v->fields.err;
    if (!smk_schema_check(rules, rule_count, smk_buf_view(&v->fields), false, &complaint))
        return SMK_ERR_INVALID;
    find_values(v, type);
    return is_public ? withhold(v, type) : SMK_OK;
}

/* The first value that is not taken back; nil where 'not known' is said. */
static struct smk_bytes value_of(struct smk_fold *f, const struct smk_fold_doc *doc,
                                 const struct smk_field *field, bool *ret_has_several)
{
    struct smk_fold_value value[SMK_FOLD_VALUES_MAX];
    struct smk_bytes first = {0};
    size_t count = smk_fold_values(f, doc, smk_bytes_of_text(field->name), value);
    bool may_be_unknown = (field->flags & SMK_FIELD_MAY_BE_UNKNOWN) != 0;
    for (size_t i = count; i-- > 0;)
        if (smk_span_type(value[i].value) != SMK_VALUE_NIL)
            first = value[i].value;
    if (first.len == 0 && count > 0 && may_be_unknown)
        first = value[0].value;
    *ret_has_several = count > 1;
    return first;
}

enum smk_err smk_values_of_document(struct smk_values *v, const struct smk_table_type *type,
                                    struct smk_fold *f, const struct smk_fold_doc *doc, bool is_public)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    for (size_t i = 0; i < type->field_count; i++) {
        struct smk_bytes value = value_of(f, doc, type->field[i], &v->has_several[i]);
        if (value.len > 0)
            smk_pack_raw(smk_pairs_open_text(&p, type->field[i]->name), value);
    }
    return settle(v, type, &p, type->kind->field, type->kind->field_count, is_public);
}

enum smk_err smk_values_of_act(struct smk_values *v, const struct smk_table_type *type,
                               const struct smk_fold_entry *act, bool is_public)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    const struct smk_act_kind *kind = smk_act_kind_find(act->act.kind, act->act.act);
    if (kind == NULL)
        return SMK_ERR_INVALID;
    for (size_t i = 0; i < kind->field_count; i++) {
        struct smk_bytes value = smk_span_find(act->act.fields, kind->field[i].name);
        if (value.len > 0)
            smk_pack_raw(smk_pairs_open_text(&p, kind->field[i].name), value);
    }
    return settle(v, type, &p, kind->field, kind->field_count, is_public);
}
