#include "tools/field_map.h"

#include "proto/khmer.h"
#include "store/icu.h"

#include <stdio.h>
#include <string.h>

enum { FREE_DEPTH_MAX = 4, FREE_ITEMS_MAX = 1024 };

static enum smk_flaw pack_field(const struct smk_field_map *m, const struct smk_field *rule, json_t *value,
                                struct smk_buf *b, struct smk_complaint *at);

bool smk_slug_lower(const char *text, struct smk_slug *ret_slug)
{
    struct smk_slug slug = {0};
    size_t len = strlen(text);
    if (len > SMK_SLUG_LETTERS_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        slug.text[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
    if (!smk_slug_is_valid(smk_bytes_of_text(slug.text)))
        return false;
    *ret_slug = slug;
    return true;
}

static bool complain(struct smk_complaint *ret, enum smk_flaw flaw, const char *field)
{
    size_t len = 0;
    for (; field[len] != '\0' && len < SMK_FIELD_PATH_MAX; len++)
        ret->field[len] = field[len] > ' ' && field[len] < 0x7f ? field[len] : '?';
    ret->field[len] = '\0';
    ret->flaw = flaw;
    return false;
}

static struct smk_bytes text_of(json_t *value)
{
    return (struct smk_bytes){(const uint8_t *)json_string_value(value), json_string_length(value)};
}

/* ---- values that go through as they are ---- */

static const char raw_key[] = "\x01raw";

json_t *smk_field_raw(size_t n)
{
    return json_pack("{s:i}", raw_key, (int)n);
}

bool smk_field_is_raw(json_t *value)
{
    return json_is_object(value) && json_object_get(value, raw_key) != NULL;
}

/* The place in m->raw; SIZE_MAX when it is none: whoever types such a key gets no further. */
static size_t raw_place(const struct smk_field_map *m, json_t *value)
{
    json_int_t n = json_integer_value(json_object_get(value, raw_key));
    bool is_raw = smk_field_is_raw(value) && json_is_integer(json_object_get(value, raw_key));
    return is_raw && n >= 0 && (uint64_t)n < m->raw_count ? (size_t)n : SIZE_MAX;
}

static bool is_left_out(const struct smk_field_map *m, json_t *value)
{
    return m->leaves_raw_out && raw_place(m, value) != SIZE_MAX;
}

bool smk_field_is_khmer(const char *text)
{
    return strstr(text, "\xe1\x9e") != NULL || strstr(text, "\xe1\x9f") != NULL; /* U+1780..17FF */
}

/* ---- single values ---- */

/* What went wrong in front of a buffer sticks in it, as if it had gone wrong there; but a text may be too long. */
static enum smk_flaw flaw_of(enum smk_err err, struct smk_buf *b)
{
    if (err == SMK_ERR_TOO_BIG_HERE)
        return SMK_FLAW_TOO_LONG;
    b->err = b->err == SMK_OK ? err : b->err;
    return SMK_FLAW_NONE;
}

/* Every text that is typed here becomes NFC before it is looked at and signed, and is never changed after that. */
static enum smk_flaw pack_text(json_t *value, struct smk_buf *b)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf form = {.max = SMK_PAYLOAD_BYTES_MAX};
    if (!json_is_string(value))
        return SMK_FLAW_WRONG_TYPE;
    enum smk_err err = smk_icu_nfc(text_of(value), &form);
    if (err != SMK_OK)
        return flaw_of(err, b);
    smk_pack_str(b, smk_buf_view(&form));
    return SMK_FLAW_NONE;
}

/* Dates, amounts and codes of places, in whichever digits they were typed: kept in ASCII. */
static enum smk_flaw pack_digits(json_t *value, struct smk_buf *b)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf form = {.max = SMK_PAYLOAD_BYTES_MAX};
    if (!json_is_string(value))
        return SMK_FLAW_WRONG_TYPE;
    enum smk_err err = smk_khmer_fold(text_of(value), &form);
    if (err != SMK_OK)
        return flaw_of(err, b);
    smk_pack_str(b, smk_buf_view(&form));
    return SMK_FLAW_NONE;
}

static enum smk_flaw pack_slug(const struct smk_field_map *m, const struct smk_field *rule, json_t *value,
                               struct smk_buf *b)
{
    struct smk_slug slug;
    uint8_t unused[SMK_DOC_ID_BYTES];
    if (!json_is_string(value))
        return SMK_FLAW_WRONG_TYPE;
    if (!smk_slug_lower(json_string_value(value), &slug))
        return SMK_FLAW_BAD_TEXT;
    if (!m->resolve(m->ctx, rule, slug.text, unused))
        return strcmp(rule->kind, "office") == 0 ? SMK_FLAW_UNKNOWN_OFFICE : SMK_FLAW_UNKNOWN_ORGANISATION;
    smk_pack_text(b, slug.text);
    return SMK_FLAW_NONE;
}

/* A number, or a text of its digits: Khmer ones stand in a JSON file only so. */
static enum smk_flaw pack_integer(json_t *value, struct smk_buf *b)
{
    uint64_t number = 0;
    if (json_is_string(value) && smk_khmer_number_parse(text_of(value), INT64_MAX, &number)) {
        smk_pack_uint(b, number);
        return SMK_FLAW_NONE;
    }
    if (!json_is_integer(value))
        return SMK_FLAW_WRONG_TYPE;
    smk_pack_int(b, json_integer_value(value));
    return SMK_FLAW_NONE;
}

static enum smk_flaw pack_amount(json_t *value, struct smk_buf *b)
{
    char digits[24];
    if (json_is_string(value))
        return pack_digits(value, b);
    if (!json_is_integer(value))
        return SMK_FLAW_WRONG_TYPE;
    (void)snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    smk_pack_text(b, digits);
    return SMK_FLAW_NONE;
}

static enum smk_flaw pack_sha256(json_t *value, struct smk_buf *b)
{
    static const char prefix[] = "sha256:";
    uint8_t hash[SMK_HASH_BYTES];
    const char *hex = json_string_value(value);
    if (hex == NULL)
        return SMK_FLAW_WRONG_TYPE;
    if (strncmp(hex, prefix, sizeof prefix - 1) == 0)
        hex += sizeof prefix - 1;
    if (!smk_hex_parse(hex, hash, sizeof hash))
        return SMK_FLAW_BAD_TEXT;
    smk_pack_bin(b, SMK_BYTES(hash));
    return SMK_FLAW_NONE;
}

static enum smk_flaw pack_reference(const struct smk_field_map *m, const struct smk_field *rule,
                                    json_t *value, struct smk_buf *b)
{
    uint8_t id[SMK_DOC_ID_BYTES];
    if (!json_is_string(value))
        return SMK_FLAW_WRONG_TYPE;
    if (json_string_length(value) > SMK_SOURCE_BYTES_MAX)
        return SMK_FLAW_TOO_LONG;
    if (!m->resolve(m->ctx, rule, json_string_value(value), id))
        return SMK_FLAW_UNKNOWN_REFERENCE;
    smk_pack_bin(b, SMK_BYTES(id));
    return SMK_FLAW_NONE;
}

/* Numbers, texts, null and objects of them: tallies, answers, provenance. In a tally a text is a number as well. */
static enum smk_flaw pack_free(json_t *value, bool is_tally, struct smk_buf *b, unsigned depth)
{
    if (json_is_null(value)) {
        smk_pack_nil(b);
        return SMK_FLAW_NONE;
    }
    if (json_is_integer(value) || (is_tally && json_is_string(value)))
        return pack_integer(value, b);
    if (json_is_string(value))
        return pack_text(value, b);
    if (!json_is_object(value) || depth == 0)
        return SMK_FLAW_WRONG_TYPE;
    if (json_object_size(value) > FREE_ITEMS_MAX)
        return SMK_FLAW_TOO_LONG;
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf name = {.max = UINT8_MAX};
    enum smk_flaw flaw = SMK_FLAW_NONE;
    const char *key;
    json_t *part;
    json_object_foreach(value, key, part)
    {
        smk_buf_reset(&name);
        enum smk_err err = smk_icu_nfc(smk_bytes_of_text(key), &name);
        flaw = err == SMK_OK ? pack_free(part, is_tally, smk_pairs_open(&p, smk_buf_view(&name)), depth - 1)
                             : flaw_of(err, b);
        if (flaw != SMK_FLAW_NONE || err != SMK_OK)
            return flaw;
    }
    smk_pairs_close_into(&p, b);
    return SMK_FLAW_NONE;
}

/* ---- bilingual texts ---- */

static void add_language(struct smk_pairs *p, const char *language, json_t *text, enum smk_flaw *flaw)
{
    if (text != NULL && !json_is_null(text) && *flaw == SMK_FLAW_NONE)
        *flaw = pack_text(text, smk_pairs_open_text(p, language));
}

static enum smk_flaw pack_languages(json_t *en, json_t *km, struct smk_buf *b)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    enum smk_flaw flaw = SMK_FLAW_NONE;
    add_language(&p, "en", en, &flaw);
    add_language(&p, "km", km, &flaw);
    smk_pairs_close_into(&p, b);
    return flaw;
}

/* {"en": .., "km": ..}, or a text alone, which is taken for English unless it holds Khmer letters. */
static enum smk_flaw pack_bilingual(json_t *value, struct smk_buf *b)
{
    if (json_is_object(value)) {
        size_t known =
            (json_object_get(value, "en") != NULL) + (size_t)(json_object_get(value, "km") != NULL);
        if (known != json_object_size(value))
            return SMK_FLAW_UNKNOWN_FIELD;
        return pack_languages(json_object_get(value, "en"), json_object_get(value, "km"), b);
    }
    if (!json_is_string(value))
        return SMK_FLAW_WRONG_TYPE;
    bool is_khmer = smk_field_is_khmer(json_string_value(value));
    return pack_languages(is_khmer ? NULL : value, is_khmer ? value : NULL, b);
}

/* The field that a name such as title_km belongs to; NULL when it is none. */
static const struct smk_field *rule_of_language(const struct smk_field_map *m, const char *name,
                                                const char *language)
{
    size_t len = strlen(name);
    if (len < 4 || name[len - 3] != '_' || strcmp(name + len - 2, language) != 0)
        return NULL;
    const struct smk_field *rule =
        smk_field_find(m->rules, m->rule_count, (struct smk_bytes){(const uint8_t *)name, len - 3});
    return rule != NULL && rule->type == SMK_FIELD_BILINGUAL && (rule->flags & SMK_FIELD_IS_LIST) == 0 ? rule
                                                                                                       : NULL;
}

static json_t *sibling(json_t *object, const struct smk_field *rule, const char *language)
{
    char name[80];
    (void)snprintf(name, sizeof name, "%s_%s", rule->name, language); /* names of fields are short */
    json_t *text = json_object_get(object, name);
    return json_is_null(text) ? NULL : text;
}

/* NAME_en and NAME_km make one field; it is written when the first of the two is met. */
static bool read_language(const struct smk_field *rule, json_t *object, const char *name, struct smk_pairs *p,
                          struct smk_complaint *ret)
{
    json_t *en = sibling(object, rule, "en"), *km = sibling(object, rule, "km");
    bool is_second = strcmp(name + strlen(name) - 2, "km") == 0 && en != NULL;
    if (json_object_get(object, rule->name) != NULL && (en != NULL || km != NULL))
        return complain(ret, SMK_FLAW_UNKNOWN_FIELD, name); /* said twice */
    if (is_second || (en == NULL && km == NULL))
        return true;
    if (km != NULL && en == NULL && strcmp(name + strlen(name) - 2, "en") == 0)
        return true; /* title_en is null: title_km will come */
    enum smk_flaw flaw = pack_languages(en, km, smk_pairs_open_text(p, rule->name));
    return flaw == SMK_FLAW_NONE || complain(ret, flaw, name);
}

/* ---- fields ---- */

static enum smk_flaw pack_group(const struct smk_field_map *m, const struct smk_field *rule, json_t *value,
                                struct smk_buf *b, struct smk_complaint *at)
{
    struct smk_field_map inner = *m;
    inner.rules = rule->part;
    inner.rule_count = rule->part_count;
    inner.skip = NULL;
    inner.takes_known_only = inner.null_takes_back = false;
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    if (!json_is_object(value))
        return SMK_FLAW_WRONG_TYPE;
    if (!smk_field_map_read(&inner, value, &p, at))
        return at->flaw;
    smk_pairs_close_into(&p, b);
    return SMK_FLAW_NONE;
}

static enum smk_flaw pack_item(const struct smk_field_map *m, const struct smk_field *rule, json_t *value,
                               struct smk_buf *b, struct smk_complaint *at)
{
    size_t place = raw_place(m, value);
    if (place != SIZE_MAX) {
        smk_pack_raw(b, m->raw[place]);
        return SMK_FLAW_NONE;
    }
    switch (rule->type) {
    case SMK_FIELD_TEXT:
    case SMK_FIELD_NAME:
    case SMK_FIELD_CHOICE: return pack_text(value, b);
    case SMK_FIELD_AREA:
    case SMK_FIELD_DATE: return pack_digits(value, b);
    case SMK_FIELD_SLUG: return pack_slug(m, rule, value, b);
    case SMK_FIELD_INTEGER: return pack_integer(value, b);
    case SMK_FIELD_AMOUNT: return pack_amount(value, b);
    case SMK_FIELD_BILINGUAL: return pack_bilingual(value, b);
    case SMK_FIELD_REFERENCE: return pack_reference(m, rule, value, b);
    case SMK_FIELD_SHA256: return pack_sha256(value, b);
    case SMK_FIELD_TALLY: return pack_free(value, true, b, FREE_DEPTH_MAX);
    case SMK_FIELD_ANSWERS:
    case SMK_FIELD_PROVENANCE: return pack_free(value, false, b, FREE_DEPTH_MAX);
    case SMK_FIELD_GROUP: return pack_group(m, rule, value, b, at);
    }
    return SMK_FLAW_WRONG_TYPE;
}

/* at->field stays empty unless the flaw lies inside a group. */
static enum smk_flaw pack_field(const struct smk_field_map *m, const struct smk_field *rule, json_t *value,
                                struct smk_buf *b, struct smk_complaint *at)
{
    if ((rule->flags & SMK_FIELD_IS_LIST) == 0)
        return pack_item(m, rule, value, b, at);
    if (!json_is_array(value))
        return SMK_FLAW_WRONG_TYPE;
    if (json_array_size(value) > SMK_LIST_ITEMS_MAX)
        return SMK_FLAW_TOO_LONG;
    size_t left_out = 0;
    for (size_t i = 0; i < json_array_size(value); i++)
        left_out += is_left_out(m, json_array_get(value, i));
    smk_pack_array(b, json_array_size(value) - left_out);
    enum smk_flaw flaw = SMK_FLAW_NONE;
    for (size_t i = 0; flaw == SMK_FLAW_NONE && i < json_array_size(value); i++) {
        json_t *item = json_array_get(value, i);
        flaw = is_left_out(m, item) ? SMK_FLAW_NONE : pack_item(m, rule, item, b, at);
    }
    return flaw;
}

static bool is_skipped(const struct smk_field_map *m, const char *name)
{
    for (size_t i = 0; m->skip != NULL && m->skip[i] != NULL; i++)
        if (strcmp(m->skip[i], name) == 0)
            return true;
    return false;
}

static bool read_named(const struct smk_field_map *m, const struct smk_field *rule, const char *name,
                       json_t *value, struct smk_pairs *p, struct smk_complaint *ret)
{
    struct smk_complaint inner = {0};
    struct smk_buf *b = NULL;
    if (json_is_null(value) && (rule->flags & SMK_FIELD_MAY_BE_UNKNOWN) == 0 && !m->null_takes_back)
        return true;
    b = smk_pairs_open_text(p, rule->name);
    if (json_is_null(value)) {
        smk_pack_nil(b);
        return true;
    }
    enum smk_flaw flaw = pack_field(m, rule, value, b, &inner);
    if (flaw == SMK_FLAW_NONE)
        return true;
    char path[2 * SMK_FIELD_PATH_MAX];
    (void)snprintf(path, sizeof path, inner.field[0] != '\0' ? "%s.%s" : "%s%s", name, inner.field);
    ret->rule = inner.rule != NULL ? inner.rule : rule;
    return complain(ret, flaw, path);
}

/* `id` is what other files call `ref`. */
static const struct smk_field *rule_of(const struct smk_field_map *m, const char *name)
{
    const struct smk_field *rule = smk_field_find(m->rules, m->rule_count, smk_bytes_of_text(name));
    if (rule == NULL && strcmp(name, "id") == 0)
        rule = smk_field_find(m->rules, m->rule_count, smk_bytes_of_text("ref"));
    return rule;
}

bool smk_field_map_read(const struct smk_field_map *m, json_t *object, struct smk_pairs *p,
                        struct smk_complaint *ret_complaint)
{
    const char *name;
    json_t *value;
    *ret_complaint = (struct smk_complaint){0};
    json_object_foreach(object, name, value)
    {
        const struct smk_field *en = rule_of_language(m, name, "en"), *km = rule_of_language(m, name, "km");
        const struct smk_field *rule = rule_of(m, name);
        bool is_good = true;
        if (is_skipped(m, name) || is_left_out(m, value))
            continue;
        if (raw_place(m, value) != SIZE_MAX)
            smk_pack_raw(smk_pairs_open_text(p, rule != NULL ? rule->name : name),
                         m->raw[raw_place(m, value)]);
        else if (rule != NULL)
            is_good = read_named(m, rule, name, value, p, ret_complaint);
        else if (en != NULL || km != NULL)
            is_good = read_language(en != NULL ? en : km, object, name, p, ret_complaint);
        else if (!m->takes_known_only)
            is_good = complain(ret_complaint, SMK_FLAW_UNKNOWN_FIELD, name);
        if (!is_good)
            return false;
    }
    return true;
}
