#include "store/files/types.h"

#include "proto/check.h"
#include "proto/policy.h"

#include <string.h>

static bool is_text(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* The three that every document may have stand behind its own, the ref in front of them. */
static unsigned field_rank(const struct smk_field *field)
{
    static const char *const last[] = {"remarks", "km_review", "provenance"};
    for (unsigned i = 0; i < 3; i++)
        if (is_text(field->name, last[i]))
            return 2 + i;
    return is_text(field->name, "ref") ? 0 : 1;
}

static bool has_field(const struct smk_table_type *t, const struct smk_field *field)
{
    for (size_t i = 0; i < t->field_count; i++)
        if (is_text(t->field[i]->name, field->name))
            return true;
    return false;
}

static void add_fields(struct smk_table_type *t, const struct smk_field *field, size_t count, unsigned rank)
{
    for (size_t i = 0; i < count; i++) {
        if (field_rank(&field[i]) != rank || has_field(t, &field[i]))
            continue;
        SMK_ASSERT(t->field_count < SMK_TYPE_FIELDS_MAX);
        t->field[t->field_count++] = &field[i];
    }
}

static void fill_fields(struct smk_table_type *t)
{
    for (unsigned rank = 0; rank <= 4; rank++) {
        if (!t->is_act)
            add_fields(t, t->kind->field, t->kind->field_count, rank);
        for (size_t i = 0; i < t->act_count; i++)
            add_fields(t, t->act[i]->field, t->act[i]->field_count, rank);
    }
}

static void add_act(struct smk_table_type *t, const char *act)
{
    const struct smk_act_kind *found =
        act != NULL ? smk_act_kind_find(smk_bytes_of_text(t->kind->name), smk_bytes_of_text(act)) : NULL;
    SMK_ASSERT(t->act_count < SMK_TYPE_ACTS_MAX);
    if (found != NULL)
        t->act[t->act_count++] = found;
}

static bool is_of_entity(const char *kind, const char *act)
{
    for (size_t i = 0; i < smk_entity_count(); i++) {
        const struct smk_entity *e = smk_entity_at(i);
        for (size_t k = 0; e->kind != NULL && is_text(e->kind, kind) && k < SMK_ENTITY_ACTS_MAX; k++)
            if (e->act[k] != NULL && is_text(e->act[k], act))
                return true;
    }
    return false;
}

static void name_type(struct smk_table_type *t, const char *name, const char *ending)
{
    size_t len = strlen(name), tail = strlen(ending);
    SMK_ASSERT(len + tail <= SMK_TYPE_NAME_MAX);
    memcpy(t->name, name, len);
    memcpy(t->name + len, ending, tail + 1);
}

static bool type_of_entity(const struct smk_entity *e, struct smk_table_type *t)
{
    if (e->kind == NULL)
        return false;
    t->kind = smk_kind_find(smk_bytes_of_text(e->kind));
    t->is_act = true;
    name_type(t, e->name, "");
    for (size_t i = 0; i < SMK_ENTITY_ACTS_MAX; i++)
        add_act(t, e->act[i]);
    return true;
}

/* What acts there are about a kind beside those that have a name of their own. */
static bool type_of_acts(const struct smk_kind *kind, struct smk_table_type *t)
{
    t->kind = kind;
    t->is_act = true;
    name_type(t, kind->name, "_act");
    for (size_t i = 0; i < smk_policy_count(); i++) {
        const struct smk_policy_rule *rule = smk_policy_at(i);
        if (is_text(rule->kind, kind->name) && !rule->is_edit && !is_of_entity(kind->name, rule->act))
            add_act(t, rule->act);
    }
    return t->act_count > 0;
}

/* The n-th of the types that there are. */
static bool find_type(size_t n, struct smk_table_type *t)
{
    size_t kinds = smk_kind_count(), entities = smk_entity_count();
    *t = (struct smk_table_type){0};
    if (n < kinds) {
        t->kind = smk_kind_at(n);
        name_type(t, t->kind->name, "");
        return true;
    }
    if (n < kinds + entities)
        return type_of_entity(smk_entity_at(n - kinds), t);
    return type_of_acts(smk_kind_at(n - kinds - entities), t);
}

static size_t slot_count(void)
{
    return 2 * smk_kind_count() + smk_entity_count();
}

size_t smk_table_type_count(void)
{
    struct smk_table_type type;
    size_t count = 0;
    for (size_t i = 0; i < slot_count(); i++)
        count += find_type(i, &type);
    return count;
}

void smk_table_type_at(size_t i, struct smk_table_type *ret_type)
{
    size_t slot = 0;
    for (;; slot++) {
        SMK_ASSERT(slot < slot_count());
        if (find_type(slot, ret_type) && i-- == 0)
            break;
    }
    fill_fields(ret_type);
}

bool smk_table_type_find(struct smk_bytes name, struct smk_table_type *ret_type)
{
    for (size_t slot = 0; slot < slot_count(); slot++)
        if (find_type(slot, ret_type) && smk_bytes_is_equal(name, smk_bytes_of_text(ret_type->name))) {
            fill_fields(ret_type);
            return true;
        }
    return false;
}
