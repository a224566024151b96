/* Names of columns: spelled, read, put in order. */
#include "store/files/columns.h"

#include "proto/check.h"

#include <string.h>

static const char *const role_name[SMK_COLUMN_ROLES] = {
    [SMK_COLUMN_ACT] = "act",
    [SMK_COLUMN_OF] = "of",
    [SMK_COLUMN_DOC] = "doc",
    [SMK_COLUMN_ACT_ID] = "act_id",
    [SMK_COLUMN_SCOPE] = "scope",
    [SMK_COLUMN_FINGERPRINT] = "fingerprint",
    [SMK_COLUMN_STATUS] = "status",
    [SMK_COLUMN_CONFLICTS] = "conflicts",
    [SMK_COLUMN_OFFICE] = "office",
    [SMK_COLUMN_ORG] = "org",
    [SMK_COLUMN_TIME] = "time",
    [SMK_COLUMN_RECORD] = "record",
    [SMK_COLUMN_JUDGEMENT] = "judgement",
};

const char *smk_column_role_name(enum smk_column_role role)
{
    return role_name[role];
}

static bool is_text(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

bool smk_column_role_is_of(const struct smk_table_type *type, enum smk_column_role role)
{
    static const bool of_document[SMK_COLUMN_ROLES] = {
        [SMK_COLUMN_DOC] = true,    [SMK_COLUMN_SCOPE] = true,     [SMK_COLUMN_FINGERPRINT] = true,
        [SMK_COLUMN_STATUS] = true, [SMK_COLUMN_CONFLICTS] = true,
    };
    static const bool of_act[SMK_COLUMN_ROLES] = {
        [SMK_COLUMN_ACT] = true,       [SMK_COLUMN_OF] = true,    [SMK_COLUMN_DOC] = true,
        [SMK_COLUMN_ACT_ID] = true,    [SMK_COLUMN_SCOPE] = true, [SMK_COLUMN_OFFICE] = true,
        [SMK_COLUMN_ORG] = true,       [SMK_COLUMN_TIME] = true,  [SMK_COLUMN_RECORD] = true,
        [SMK_COLUMN_JUDGEMENT] = true,
    };
    return type->is_act ? of_act[role] : of_document[role];
}

const struct smk_field *smk_column_rule(const struct smk_column *c)
{
    return c->part != NULL ? c->part : c->field;
}

static void name_add(struct smk_column *c, const char *word)
{
    size_t len = strlen(c->name);
    for (; *word != '\0'; word++) {
        bool is_marked = *word == '.' || *word == '\\';
        SMK_ASSERT(len + is_marked + 1 <= SMK_COLUMN_NAME_MAX);
        if (is_marked)
            c->name[len++] = '\\';
        c->name[len++] = *word;
    }
    c->name[len] = '\0';
}

static void name_dot(struct smk_column *c)
{
    size_t len = strlen(c->name);
    SMK_ASSERT(len < SMK_COLUMN_NAME_MAX);
    c->name[len] = '.';
    c->name[len + 1] = '\0';
}

/* From the other members. */
void smk_column_spell(struct smk_column *c)
{
    c->name[0] = '\0';
    if (c->role != SMK_COLUMN_FIELD) {
        name_add(c, role_name[c->role]);
        return;
    }
    name_add(c, c->field->name);
    if (c->part != NULL) {
        name_dot(c);
        name_add(c, c->part->name);
    }
    if (c->language[0] != '\0') {
        name_add(c, "_");
        name_add(c, c->language);
    }
    for (size_t i = 0; i < c->key_count; i++) {
        name_dot(c);
        name_add(c, c->key[i]);
    }
}

enum smk_cell_type smk_column_type(const struct smk_column *c)
{
    if (c->role != SMK_COLUMN_FIELD)
        return c->role == SMK_COLUMN_CONFLICTS || c->role == SMK_COLUMN_JUDGEMENT ? SMK_CELL_TEXT
                                                                                  : SMK_CELL_CODE;
    if ((c->field->flags & SMK_FIELD_IS_LIST) != 0)
        return SMK_CELL_TEXT;
    switch (smk_column_rule(c)->type) {
    case SMK_FIELD_INTEGER:
    case SMK_FIELD_TALLY: return SMK_CELL_INTEGER;
    case SMK_FIELD_AMOUNT: return SMK_CELL_DECIMAL;
    case SMK_FIELD_DATE: return SMK_CELL_DATE;
    case SMK_FIELD_NAME:
    case SMK_FIELD_SLUG:
    case SMK_FIELD_CHOICE:
    case SMK_FIELD_AREA:
    case SMK_FIELD_REFERENCE:
    case SMK_FIELD_SHA256: return SMK_CELL_CODE;
    case SMK_FIELD_TEXT:
    case SMK_FIELD_BILINGUAL:
    case SMK_FIELD_ANSWERS:
    case SMK_FIELD_PROVENANCE:
    case SMK_FIELD_GROUP: break;
    }
    return SMK_CELL_TEXT;
}

/* ---- reading a name ---- */

enum { PARTS_MAX = 2 + SMK_COLUMN_KEYS_MAX };

struct name_parts {
    size_t count;
    char part[PARTS_MAX][SMK_NAME_LETTERS_MAX + 1];
};

static bool split_name(struct smk_bytes name, struct name_parts *ret)
{
    size_t len = 0;
    ret->count = 1;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t letter = name.data[i];
        if (letter == '.') {
            if (len == 0 || ret->count == PARTS_MAX)
                return false;
            ret->part[ret->count - 1][len] = '\0';
            ret->count++;
            len = 0;
            continue;
        }
        if (letter == '\\' && ++i == name.len)
            return false;
        if (len == SMK_NAME_LETTERS_MAX || name.data[i] == 0)
            return false;
        ret->part[ret->count - 1][len++] = (char)name.data[i];
    }
    ret->part[ret->count - 1][len] = '\0';
    return len > 0;
}

/* The field that a word names, with its language behind it where it is a text in two. */
static const struct smk_field *match_field(const struct smk_field *field, const char *word,
                                           char ret_language[3])
{
    size_t len = strlen(field->name);
    ret_language[0] = '\0';
    if (field->type != SMK_FIELD_BILINGUAL)
        return is_text(field->name, word) ? field : NULL;
    if (strncmp(field->name, word, len) != 0 || (!is_text(word + len, "_km") && !is_text(word + len, "_en")))
        return NULL;
    memcpy(ret_language, word + len + 1, 3);
    return field;
}

/* Whether so many keys lead to a value of this type, and to which. */
static bool keys_fit(const struct smk_column *c)
{
    bool is_breakdown = c->key_count > 1 && strncmp(c->key[0], "by_", 3) == 0 && c->key[0][3] != '\0';
    const char *last = c->key[c->key_count > 0 ? c->key_count - 1 : 0];
    bool is_head = is_text(last, "total") || is_text(last, "female");
    switch (smk_column_rule(c)->type) {
    case SMK_FIELD_TALLY:
        if (c->key_count == 1)
            return is_head || is_text(last, "youth") || is_text(last, "disability");
        return is_breakdown && (c->key_count == 2 || is_head);
    case SMK_FIELD_ANSWERS: return c->key_count == 1;
    case SMK_FIELD_PROVENANCE: return c->key_count <= 1;
    case SMK_FIELD_GROUP: return false; /* it takes one of its parts */
    default: return c->key_count == 0;
    }
}

static bool match_parts(const struct name_parts *parts, struct smk_column *c)
{
    size_t at = 1;
    if (c->field->type == SMK_FIELD_GROUP) {
        for (size_t i = 0; i < c->field->part_count && parts->count > 1 && c->part == NULL; i++)
            c->part = match_field(&c->field->part[i], parts->part[1], c->language);
        if (c->part == NULL)
            return false;
        at = 2;
    }
    for (; at < parts->count; at++) {
        if (c->key_count == SMK_COLUMN_KEYS_MAX)
            return false;
        memcpy(c->key[c->key_count++], parts->part[at], sizeof c->key[0]);
    }
    return keys_fit(c);
}

bool smk_column_parse(const struct smk_table_type *type, struct smk_bytes name, struct smk_column *ret_column)
{
    struct name_parts parts;
    for (size_t role = SMK_COLUMN_FIELD + 1; role < SMK_COLUMN_ROLES; role++) {
        *ret_column = (struct smk_column){.role = (enum smk_column_role)role};
        if (!smk_column_role_is_of(type, ret_column->role) ||
            !smk_bytes_is_equal(name, smk_bytes_of_text(role_name[role])))
            continue;
        smk_column_spell(ret_column);
        return true;
    }
    if (!split_name(name, &parts))
        return false;
    for (size_t i = 0; i < type->field_count; i++) {
        *ret_column = (struct smk_column){.field_at = i};
        ret_column->field = match_field(type->field[i], parts.part[0], ret_column->language);
        if (ret_column->field == NULL || !match_parts(&parts, ret_column))
            continue;
        smk_column_spell(ret_column);
        return true;
    }
    return false;
}

/* ---- order ---- */

static int compare_sizes(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

/* The sum before the women, both before all else. */
static int key_rank(const char *key)
{
    static const char *const first[] = {"total", "female", "youth", "disability"};
    for (int i = 0; i < 4; i++)
        if (is_text(key, first[i]))
            return i;
    return 4;
}

static int compare_keys(const struct smk_column *a, const struct smk_column *b)
{
    for (size_t i = 0; i < a->key_count && i < b->key_count; i++) {
        int left = key_rank(a->key[i]), right = key_rank(b->key[i]);
        int order = left != right ? left - right : strcmp(a->key[i], b->key[i]);
        if (order != 0)
            return order;
    }
    return compare_sizes(a->key_count, b->key_count);
}

/* The role of the act, and what it is about, stand in front of the fields. */
static int role_rank(const struct smk_column *c)
{
    bool is_front = c->role == SMK_COLUMN_ACT || c->role == SMK_COLUMN_OF;
    return c->role == SMK_COLUMN_FIELD ? 0 : is_front ? (int)c->role - SMK_COLUMN_ROLES : (int)c->role;
}

int smk_column_compare(const struct smk_column *a, const struct smk_column *b)
{
    int order = role_rank(a) - role_rank(b);
    if (order == 0)
        order = compare_sizes(a->field_at, b->field_at);
    if (order == 0 && a->part != b->part)
        order = a->part == NULL ? -1
                : b->part == NULL
                    ? 1
                    : compare_sizes((size_t)(a->part - a->field->part), (size_t)(b->part - b->field->part));
    if (order == 0)
        order = strcmp(b->language, a->language); /* Khmer first */
    return order != 0 ? order : compare_keys(a, b);
}
