#include "store/files/dictionary.h"

#include <stdio.h>
#include <string.h>

/* Columns that are no field; nobody whose language it is has seen the Khmer. */
static const struct {
    const char *en, *km, *note;
} role_label[SMK_COLUMN_ROLES] = {
    [SMK_COLUMN_ACT] = {"Act", "សកម្មភាព", "what was done"},
    [SMK_COLUMN_OF] = {"About", "អំពី", "short name of the document that it is about, else its id"},
    [SMK_COLUMN_DOC] = {"Id of the document", "លេខសម្គាល់ឯកសារ", "32 hex digits; the same on every node"},
    [SMK_COLUMN_ACT_ID] = {"Id of the act", "លេខសម្គាល់សកម្មភាព", "32 hex digits"},
    [SMK_COLUMN_SCOPE] = {"Who shares it", "អ្នកដែលរួមប្រើ", "scope"},
    [SMK_COLUMN_FINGERPRINT] =
        {"Fingerprint", "ស្នាមសម្គាល់",
         "16 hex digits over what the fields say; an import refuses the row when the document "
         "says something else by then"},
    [SMK_COLUMN_STATUS] = {"Status", "ស្ថានភាព", "derived from acts; not brought in"},
    [SMK_COLUMN_CONFLICTS] = {"Fields with several values", "ចំណុចដែលមានតម្លៃច្រើន",
                              "edits that had not seen each other; the first value is shown; not brought in"},
    [SMK_COLUMN_OFFICE] = {"Office", "តំណែង", "that acted"},
    [SMK_COLUMN_ORG] = {"Organisation", "អង្គការ", "of the office"},
    [SMK_COLUMN_TIME] = {"Signed at", "ពេលចុះហត្ថលេខា", "UTC"},
    [SMK_COLUMN_RECORD] = {"Id of the record", "លេខសម្គាល់កំណត់ត្រា", "64 hex digits"},
    [SMK_COLUMN_JUDGEMENT] = {"Remark", "កំណត់សម្គាល់", "on the text that it is about"},
};

/* ---- names ---- */

/* The words of a breakdown are those of a vocabulary. */
static const char *vocabulary_of(const char *breakdown)
{
    static const struct {
        const char *breakdown, *vocabulary;
    } row[] = {{"by_type", "respondent_type"},
               {"by_age", "age_band"},
               {"by_disability", "disability"},
               {"by_method", "method"},
               {"by_sex", "sex"}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        if (strcmp(row[i].breakdown, breakdown) == 0)
            return row[i].vocabulary;
    return NULL;
}

/* NULL where a key is a word of the people who wrote it. */
static const struct smk_label *key_label(const struct smk_column *c, size_t i)
{
    struct smk_bytes key = smk_bytes_of_text(c->key[i]);
    if (smk_column_rule(c)->type != SMK_FIELD_TALLY)
        return NULL;
    if (i != 1)
        return smk_label_find("tally", key);
    const char *vocabulary = vocabulary_of(c->key[0]);
    return vocabulary != NULL ? smk_label_find(vocabulary, key) : NULL;
}

static const struct smk_label *field_label(const struct smk_table_type *type, const struct smk_column *c)
{
    return smk_label_field(type->is_act ? type->name : type->kind->name, c->field->name);
}

static const struct smk_label *part_label(const struct smk_table_type *type, const struct smk_column *c)
{
    char path[SMK_FIELD_PATH_MAX + 1];
    int len = snprintf(path, sizeof path, "%s.%s", c->field->name, c->part->name);
    return len > 0 && (size_t)len < sizeof path ? smk_label_field(type->kind->name, path) : NULL;
}

static void add(struct smk_buf *b, const char *text)
{
    smk_buf_write_bytes(b, smk_bytes_of_text(text));
}

void smk_column_label(const struct smk_table_type *type, const struct smk_column *c,
                      enum smk_language language, struct smk_buf *b)
{
    if (c->role != SMK_COLUMN_FIELD) {
        add(b, language == SMK_KHMER ? role_label[c->role].km : role_label[c->role].en);
        return;
    }
    add(b, smk_label_text(field_label(type, c), language, c->field->name));
    if (c->part != NULL) {
        add(b, ": ");
        add(b, smk_label_text(part_label(type, c), language, c->part->name));
    }
    for (size_t i = 0; i < c->key_count; i++) {
        add(b, ": ");
        add(b, smk_label_text(key_label(c, i), language, c->key[i]));
    }
    bool is_khmer = strcmp(c->language, "km") == 0;
    if (c->language[0] != '\0')
        add(b, language == SMK_KHMER ? is_khmer ? " (ខ្មែរ)" : " (អង់គ្លេស)"
               : is_khmer            ? " (Khmer)"
                                     : " (English)");
}

static enum smk_khmer least(enum smk_khmer a, const struct smk_label *label)
{
    return label != NULL && label->khmer > a ? label->khmer : a;
}

enum smk_khmer smk_column_khmer(const struct smk_table_type *type, const struct smk_column *c)
{
    enum smk_khmer khmer = SMK_KHMER_ATTESTED;
    if (c->role != SMK_COLUMN_FIELD)
        return SMK_KHMER_UNREVIEWED;
    khmer = least(khmer, field_label(type, c));
    if (c->part != NULL)
        khmer = least(khmer, part_label(type, c));
    for (size_t i = 0; i < c->key_count; i++)
        khmer = least(khmer, key_label(c, i));
    return khmer;
}

/* ---- what stands in it ---- */

static const char *const type_word[][2] = {
    [SMK_CELL_TEXT] = {"text", "texts"},          [SMK_CELL_CODE] = {"code", "codes"},
    [SMK_CELL_INTEGER] = {"integer", "integers"}, [SMK_CELL_DECIMAL] = {"decimal", "decimals"},
    [SMK_CELL_DATE] = {"date", "dates"},
};

void smk_column_type_word(const struct smk_column *c, struct smk_buf *b)
{
    if (c->role != SMK_COLUMN_FIELD || (c->field->flags & SMK_FIELD_IS_LIST) == 0) {
        add(b, type_word[smk_column_type(c)][0]);
        return;
    }
    struct smk_field item = *c->field; /* as if one stood alone */
    struct smk_column alone = *c;
    item.flags &= ~(unsigned)SMK_FIELD_IS_LIST;
    alone.field = &item;
    add(b, "list of ");
    add(b, type_word[smk_column_type(&alone)][1]);
}

static void add_number(struct smk_buf *b, uint64_t number)
{
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    add(b, digits);
}

static void add_range(struct smk_buf *b, const struct smk_field *rule, const char *what)
{
    add_number(b, rule->min);
    if (rule->max != rule->min) {
        add(b, " to ");
        add_number(b, rule->max);
    }
    add(b, what);
}

void smk_column_note(const struct smk_column *c, struct smk_buf *b)
{
    char choices[1024];
    if (c->role != SMK_COLUMN_FIELD) {
        add(b, role_label[c->role].note);
        return;
    }
    const struct smk_field *rule = smk_column_rule(c);
    switch (rule->type) {
    case SMK_FIELD_CHOICE:
        smk_choices_write(rule, choices, sizeof choices);
        add(b, "one of: ");
        add(b, choices);
        break;
    case SMK_FIELD_AREA: add_range(b, rule, " digits"); break;
    case SMK_FIELD_INTEGER: add_range(b, rule, ""); break;
    case SMK_FIELD_DATE: add(b, "2021, 2021-11 or 2021-11-16"); break;
    case SMK_FIELD_TALLY: add(b, "people; 'unknown' is not zero; '*' is withheld"); break;
    case SMK_FIELD_REFERENCE:
        add(b, "short name of: ");
        add(b, rule->kind);
        add(b, "; or its id");
        break;
    case SMK_FIELD_SLUG:
        add(b, "id of: ");
        add(b, rule->kind);
        break;
    default: break;
    }
}

bool smk_column_is_required(const struct smk_column *c)
{
    if (c->role != SMK_COLUMN_FIELD || (c->field->flags & SMK_FIELD_IS_REQUIRED) == 0)
        return false;
    bool is_half = c->language[0] != '\0'; /* one of two languages is enough */
    bool is_detail = c->key_count > 0 && strcmp(c->key[0], "total") != 0;
    return !is_half && !is_detail && (c->part == NULL || (c->part->flags & SMK_FIELD_IS_REQUIRED) != 0);
}
