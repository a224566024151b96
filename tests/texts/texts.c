#include "tests/texts/texts.h"

#include "proto/check.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the texts ---- */

static json_t *load(const char *name)
{
    char path[1024];
    const char *root = getenv("SMK_ROOT");
    (void)snprintf(path, sizeof path, "%s/../shared/vectors/text/%s", root != NULL ? root : ".", name);
    return json_load_file(path, JSON_ALLOW_NUL, NULL);
}

static void keep(struct texts *t, const void *bytes, size_t len)
{
    SMK_ASSERT(t->count < TEXTS_MAX);
    uint8_t *copy = malloc(len + 1);
    SMK_ASSERT(copy != NULL);
    memcpy(copy, bytes, len);
    t->at[t->count++] = (struct smk_bytes){copy, len};
}

bool texts_load(struct texts *ret_texts)
{
    json_t *naughty = load("blns.json"), *made = load("injection_strings.json"), *item;
    json_t *cases = json_object_get(made, "cases");
    size_t i;
    ret_texts->count = 0;
    json_array_foreach(naughty, i, item) keep(ret_texts, json_string_value(item), json_string_length(item));
    json_array_foreach(cases, i, item)
    {
        const char *text = json_string_value(json_object_get(item, "b64"));
        uint8_t bytes[4096];
        size_t len = 0;
        SMK_ASSERT(text != NULL);
        SMK_ASSERT(sodium_base642bin(bytes, sizeof bytes, text, strlen(text), NULL, &len, NULL,
                                     sodium_base64_VARIANT_ORIGINAL) == 0);
        keep(ret_texts, bytes, len);
    }
    bool is_there = json_array_size(naughty) > 0 && json_array_size(cases) > 0;
    json_decref(naughty);
    json_decref(made);
    return is_there;
}

/* ---- the leaves ---- */

static bool is_coded(enum smk_field_type type)
{
    return type != SMK_FIELD_TEXT && type != SMK_FIELD_BILINGUAL && type != SMK_FIELD_NAME &&
           type != SMK_FIELD_ANSWERS && type != SMK_FIELD_PROVENANCE;
}

static void add(struct leaf *leaf, size_t *count, struct leaf next)
{
    SMK_ASSERT(*count < LEAVES_MAX);
    leaf[(*count)++] = next;
}

static void add_rule(struct leaf *leaf, size_t *count, const struct leaf *base, const struct smk_field *rule)
{
    struct leaf next = *base;
    next.part = rule == base->field ? NULL : rule;
    next.language = "";
    next.is_coded = is_coded(rule->type);
    if (rule->type == SMK_FIELD_GROUP) {
        SMK_ASSERT(rule == base->field); /* a group in a group has no columns */
        for (size_t i = 0; i < rule->part_count; i++)
            add_rule(leaf, count, base, &rule->part[i]);
        return;
    }
    if (rule->type == SMK_FIELD_BILINGUAL) {
        next.language = "km";
        add(leaf, count, next);
        next.language = "en";
    }
    if (rule->type == SMK_FIELD_PROVENANCE) {
        add(leaf, count, next);
        next.key = "title";
    }
    if (rule->type == SMK_FIELD_ANSWERS)
        next.key = "q1";
    add(leaf, count, next);
}

size_t leaves_find(bool of_acts, struct leaf ret_leaf[LEAVES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < smk_table_type_count(); i++) {
        struct leaf base = {.language = ""};
        smk_table_type_at(i, &base.type);
        for (size_t k = 0; base.type.is_act == of_acts && k < base.type.field_count; k++) {
            base.field = base.type.field[k];
            add_rule(ret_leaf, &count, &base, base.field);
        }
    }
    return count;
}

const char *leaf_name(const struct leaf *leaf)
{
    static char name[256];
    (void)snprintf(name, sizeof name, "%s.%s%s%s%s%s%s%s", leaf->type.name, leaf->field->name,
                   leaf->part != NULL ? "." : "", leaf->part != NULL ? leaf->part->name : "",
                   leaf->language[0] != '\0' ? "_" : "", leaf->language, leaf->key != NULL ? "." : "",
                   leaf->key != NULL ? leaf->key : "");
    return name;
}

bool leaf_is_column(const struct leaf *leaf, const struct smk_column *c)
{
    if (c->role != SMK_COLUMN_FIELD || c->field != leaf->field || c->part != leaf->part ||
        strcmp(c->language, leaf->language) != 0)
        return false;
    const struct smk_field *rule = leaf->part != NULL ? leaf->part : leaf->field;
    const char *key = rule->type == SMK_FIELD_TALLY ? "total" : leaf->key;
    return key == NULL ? c->key_count == 0 : c->key_count == 1 && strcmp(c->key[0], key) == 0;
}

/* ---- values ---- */

void value_pack_ordinary(const struct smk_field *rule, struct smk_buf *b)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    uint8_t bytes[32] = {1, 2, 3};
    switch (rule->type) {
    case SMK_FIELD_CHOICE: smk_pack_text(b, rule->choices[0]); return;
    case SMK_FIELD_SLUG: smk_pack_text(b, strcmp(rule->kind, "office") == 0 ? "sec-editor" : "sec"); return;
    case SMK_FIELD_AREA: smk_pack_text(b, rule->min <= 4 && rule->max >= 4 ? "0201" : "020101"); return;
    case SMK_FIELD_INTEGER: smk_pack_uint(b, rule->min); return;
    case SMK_FIELD_AMOUNT: smk_pack_text(b, "1.50"); return;
    case SMK_FIELD_DATE: smk_pack_text(b, "2021-11-16"); return;
    case SMK_FIELD_REFERENCE: smk_pack_bin(b, (struct smk_bytes){bytes, SMK_DOC_ID_BYTES}); return;
    case SMK_FIELD_SHA256: smk_pack_bin(b, SMK_BYTES(bytes)); return;
    case SMK_FIELD_BILINGUAL: smk_pack_text(smk_pairs_open_text(&p, "km"), "x"); break;
    case SMK_FIELD_ANSWERS: smk_pack_text(smk_pairs_open_text(&p, "q1"), "x"); break;
    case SMK_FIELD_TALLY:
        smk_pack_uint(smk_pairs_open_text(&p, "total"), 12);
        smk_pack_uint(smk_pairs_open_text(&p, "female"), 6);
        break;
    case SMK_FIELD_GROUP:
        for (size_t i = 0; i < rule->part_count; i++)
            if ((rule->part[i].flags & SMK_FIELD_IS_REQUIRED) != 0)
                value_pack_ordinary(&rule->part[i], smk_pairs_open_text(&p, rule->part[i].name));
        break;
    default: smk_pack_text(b, "x"); return;
    }
    smk_pairs_close_into(&p, b);
}

static void pack_text(const struct smk_field *rule, const struct leaf *leaf, struct smk_bytes text,
                      struct smk_buf *b)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    const char *key = leaf->language[0] != '\0' ? leaf->language : leaf->key;
    if (rule->type == SMK_FIELD_TALLY)
        key = "total";
    if (key == NULL) {
        smk_pack_str(b, text);
        return;
    }
    smk_pack_str(smk_pairs_open_text(&p, key), text);
    smk_pairs_close_into(&p, b);
}

static void pack_item(const struct leaf *leaf, struct smk_bytes text, struct smk_buf *b)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    if (leaf->part == NULL) {
        pack_text(leaf->field, leaf, text, b);
        return;
    }
    for (size_t i = 0; i < leaf->field->part_count; i++) {
        const struct smk_field *part = &leaf->field->part[i];
        if (part == leaf->part)
            pack_text(part, leaf, text, smk_pairs_open_text(&p, part->name));
        else if ((part->flags & SMK_FIELD_IS_REQUIRED) != 0)
            value_pack_ordinary(part, smk_pairs_open_text(&p, part->name));
    }
    smk_pairs_close_into(&p, b);
}

void leaf_pack(const struct leaf *leaf, struct smk_bytes text, struct smk_buf *b)
{
    bool is_list = (leaf->field->flags & SMK_FIELD_IS_LIST) != 0;
    if (is_list)
        smk_pack_array(b, 3);
    pack_item(leaf, text, b);
    if (is_list) {
        pack_item(leaf, smk_bytes_of_text("x"), b);
        pack_item(leaf, text, b);
    }
}

bool leaf_fits(const struct leaf *leaf, struct smk_bytes value)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_complaint complaint;
    smk_pack_raw(smk_pairs_open_text(&p, leaf->field->name), value);
    smk_pairs_close_into(&p, &fields);
    SMK_ASSERT(fields.err == SMK_OK);
    bool fits = smk_schema_check(leaf->field, 1, smk_buf_view(&fields), false, &complaint);
    bool is_named = fits || strncmp(complaint.field, leaf->field->name, strlen(leaf->field->name)) == 0;
    texts_check(is_named, "the refusal names another field", leaf, value);
    return fits;
}

/* What rules across fields want otherwise than pack_ordinary has it. */
static const struct {
    const char *kind, *field, *word;
} wanted[] = {
    {"meeting", "level", "district"},        {"meeting", "area", "0201"},
    {"meeting", "date", "2021-11-16"},       {"event", "date", "2021-11-16"},
    {"recommendation", "level", "district"}, {"interview", "consent", "yes"},
    {"interview", "age_band", "18_30"},      {"attachment", "visibility", "public"},
    {"event", "organisers", "sec"},
};

static const char *wanted_word(const struct smk_kind *kind, const struct smk_field *rule)
{
    for (size_t k = 0; kind != NULL && k < sizeof wanted / sizeof wanted[0]; k++)
        if (strcmp(wanted[k].kind, kind->name) == 0 && strcmp(wanted[k].field, rule->name) == 0)
            return wanted[k].word;
    return NULL;
}

bool field_is_needed(const struct smk_kind *kind, const struct smk_field *rule)
{
    return (rule->flags & SMK_FIELD_IS_REQUIRED) != 0 || wanted_word(kind, rule) != NULL;
}

void field_pack_needed(const struct smk_kind *kind, const struct smk_field *rule, struct smk_buf *b)
{
    const char *word = wanted_word(kind, rule);
    if ((rule->flags & SMK_FIELD_IS_LIST) != 0)
        smk_pack_array(b, 1);
    if (word != NULL)
        smk_pack_text(b, word);
    else
        value_pack_ordinary(rule, b);
}

void texts_check(bool is_good, const char *what, const struct leaf *leaf, struct smk_bytes text)
{
    if (is_good)
        return;
    (void)fprintf(stderr, "%s: %s, for the text ", leaf != NULL ? leaf_name(leaf) : "", what);
    for (size_t i = 0; i < text.len; i++)
        (void)fprintf(stderr, "%02x", text.data[i]);
    (void)fprintf(stderr, "\n");
    exit(1);
}
