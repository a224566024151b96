/* The columns of one table. */
#include "store/files/columns.h"

#include "proto/mem.h"

#include <string.h>

void smk_columns_deinit(struct smk_columns *c)
{
    for (size_t i = 0; i < c->count; i++)
        smk_mem_free(c->at[i]);
    smk_mem_free(c->at);
    *c = (struct smk_columns){0};
}

/* Where a column stands, or would. */
static size_t find_place(const struct smk_columns *c, const struct smk_column *column, bool *ret_is_there)
{
    size_t low = 0, high = c->count;
    *ret_is_there = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = smk_column_compare(c->at[middle], column);
        if (order == 0) {
            *ret_is_there = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum smk_err insert(struct smk_columns *c, const struct smk_column *column)
{
    bool is_there;
    size_t at = find_place(c, column, &is_there);
    if (is_there)
        return SMK_OK;
    if (c->count == SMK_TABLE_COLUMNS_MAX)
        return SMK_ERR_TOO_BIG_HERE;
    if (c->count == c->room) {
        size_t room = c->room > 0 ? 2 * c->room : 64;
        struct smk_column **grown = smk_mem_resize(c->at, room * sizeof(struct smk_column *));
        if (grown == NULL)
            return SMK_ERR_NOMEM;
        c->at = grown;
        c->room = room;
    }
    struct smk_column *copy = smk_mem_new(sizeof *copy);
    if (copy == NULL)
        return SMK_ERR_NOMEM;
    *copy = *column;
    copy->is_new = true;
    smk_column_spell(copy);
    memmove(c->at + at + 1, c->at + at, (c->count - at) * sizeof *c->at);
    c->at[at] = copy;
    c->count++;
    return SMK_OK;
}

static void settle(struct smk_columns *c, bool keeps_new)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->count; i++) {
        if (c->at[i]->is_new && !keeps_new)
            smk_mem_free(c->at[i]);
        else
            c->at[kept++] = c->at[i];
    }
    c->count = kept;
    for (size_t i = 0; i < kept; i++)
        c->at[i]->is_new = false;
}

static enum smk_err insert_languages(struct smk_columns *c, struct smk_column column)
{
    memcpy(column.language, "km", 3);
    enum smk_err err = insert(c, &column);
    memcpy(column.language, "en", 3);
    return err == SMK_OK ? insert(c, &column) : err;
}

static enum smk_err insert_head(struct smk_columns *c, struct smk_column column)
{
    static const char head[2][8] = {"total", "female"};
    enum smk_err err = SMK_OK;
    for (size_t i = 0; i < 2 && err == SMK_OK; i++) {
        memcpy(column.key[column.key_count], head[i], sizeof head[i]);
        struct smk_column part = column;
        part.key_count++;
        err = insert(c, &part);
    }
    return err;
}

/* What a field or a part of a group has whatever the documents say. */
static enum smk_err insert_field(struct smk_columns *c, struct smk_column column)
{
    enum smk_err err = SMK_OK;
    const struct smk_field *rule = smk_column_rule(&column);
    switch (rule->type) {
    case SMK_FIELD_BILINGUAL: return insert_languages(c, column);
    case SMK_FIELD_TALLY: return insert_head(c, column);
    case SMK_FIELD_ANSWERS: return SMK_OK;
    case SMK_FIELD_GROUP:
        for (size_t i = 0; err == SMK_OK && i < rule->part_count; i++) {
            column.part = &rule->part[i];
            err = insert_field(c, column);
        }
        return err;
    default: return insert(c, &column);
    }
}

enum smk_err smk_columns_init(struct smk_columns *ret_columns, const struct smk_table_type *type)
{
    enum smk_err err = SMK_OK;
    *ret_columns = (struct smk_columns){.type = type};
    for (size_t i = 0; err == SMK_OK && i < type->field_count; i++)
        err = insert_field(ret_columns, (struct smk_column){.field_at = i, .field = type->field[i]});
    for (size_t role = SMK_COLUMN_FIELD + 1; err == SMK_OK && role < SMK_COLUMN_ROLES; role++)
        if (smk_column_role_is_of(type, (enum smk_column_role)role))
            err = insert(ret_columns, &(struct smk_column){.role = (enum smk_column_role)role});
    settle(ret_columns, true);
    return err;
}

void smk_columns_for_import(struct smk_columns *c)
{
    for (size_t i = 0; i < c->count; i++)
        c->at[i]->is_new = c->at[i]->role == SMK_COLUMN_STATUS || c->at[i]->role == SMK_COLUMN_CONFLICTS;
    settle(c, false);
}

/* ---- what documents need beside them ---- */

static bool is_key(struct smk_bytes key)
{
    return key.len > 0 && key.len <= SMK_NAME_LETTERS_MAX && smk_text_is_clean(key, false);
}

static bool push_key(struct smk_column *c, struct smk_bytes key)
{
    if (!is_key(key))
        return false;
    memcpy(c->key[c->key_count], key.data, key.len);
    c->key[c->key_count++][key.len] = '\0';
    return true;
}

static enum smk_err insert_part(struct smk_columns *c, struct smk_column column, struct smk_bytes name,
                                struct smk_bytes value)
{
    enum smk_err err = SMK_OK;
    struct smk_span_iter it = smk_span_each(value);
    struct smk_bytes key;
    if (!push_key(&column, name))
        return SMK_ERR_INVALID;
    if (smk_span_type(value) != SMK_VALUE_MAP)
        return insert(c, &column);
    while (err == SMK_OK && smk_span_next(&it, &key, &value)) { /* total, female */
        struct smk_column part = column;
        bool is_head = smk_bytes_is_equal(key, smk_bytes_of_text("total")) ||
                       smk_bytes_is_equal(key, smk_bytes_of_text("female"));
        err = is_head && push_key(&part, key) ? insert(c, &part) : SMK_ERR_INVALID;
    }
    return err;
}

static enum smk_err insert_tally(struct smk_columns *c, const struct smk_column *column,
                                 struct smk_bytes tally)
{
    enum smk_err err = SMK_OK;
    struct smk_span_iter it = smk_span_each(tally), parts;
    struct smk_bytes name, value, key;
    while (err == SMK_OK && smk_span_next(&it, &name, &value)) {
        struct smk_column part = *column;
        if (!push_key(&part, name))
            return SMK_ERR_INVALID;
        if (smk_span_type(value) != SMK_VALUE_MAP) {
            err = insert(c, &part);
            continue;
        }
        parts = smk_span_each(value);
        while (err == SMK_OK && smk_span_next(&parts, &key, &value))
            err = insert_part(c, part, key, value);
    }
    return err;
}

static enum smk_err insert_keys(struct smk_columns *c, const struct smk_column *column, struct smk_bytes map)
{
    enum smk_err err = SMK_OK;
    struct smk_span_iter it = smk_span_each(map);
    struct smk_bytes key, value;
    if (smk_span_type(map) != SMK_VALUE_MAP) /* a provenance of one text */
        return SMK_OK;
    while (err == SMK_OK && smk_span_next(&it, &key, &value)) {
        struct smk_column part = *column;
        err = push_key(&part, key) ? insert(c, &part) : SMK_ERR_INVALID;
    }
    return err;
}

static enum smk_err insert_value(struct smk_columns *c, struct smk_column column, struct smk_bytes value)
{
    const struct smk_field *rule = smk_column_rule(&column);
    enum smk_err err = SMK_OK;
    switch (rule->type) {
    case SMK_FIELD_TALLY: return insert_tally(c, &column, value);
    case SMK_FIELD_ANSWERS:
    case SMK_FIELD_PROVENANCE: return insert_keys(c, &column, value);
    case SMK_FIELD_GROUP:
        for (size_t i = 0; err == SMK_OK && i < rule->part_count; i++) {
            column.part = &rule->part[i];
            err = insert_value(c, column, smk_span_find(value, rule->part[i].name));
        }
        return err;
    default: return SMK_OK;
    }
}

static enum smk_err insert_values(struct smk_columns *c, size_t field_at, struct smk_bytes value)
{
    struct smk_column column = {.field_at = field_at, .field = c->type->field[field_at]};
    struct smk_span_iter it = smk_span_each(value);
    struct smk_bytes item;
    enum smk_err err = SMK_OK;
    if ((column.field->flags & SMK_FIELD_IS_LIST) == 0)
        return insert_value(c, column, value);
    while (err == SMK_OK && smk_span_next(&it, NULL, &item))
        err = insert_value(c, column, item);
    return err;
}

enum smk_err smk_columns_add(struct smk_columns *c, const struct smk_bytes *value)
{
    enum smk_err err = SMK_OK;
    for (size_t i = 0; err == SMK_OK && i < c->type->field_count; i++)
        if (value[i].len > 0)
            err = insert_values(c, i, value[i]);
    settle(c, err == SMK_OK);
    return err;
}
