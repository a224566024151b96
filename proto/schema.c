#include "proto/schema.h"

#include "proto/schema_value.h"

#include <string.h>

/* Where the check stands, spelled out: "findings[2].text". */
struct path {
    char text[SMK_FIELD_PATH_MAX + 1];
    size_t len;
};

static void path_add(struct path *p, struct smk_bytes word)
{
    for (size_t i = 0; i < word.len && p->len < SMK_FIELD_PATH_MAX; i++) {
        uint8_t c = word.data[i];
        p->text[p->len++] = c >= 0x20 && c < 0x7f ? (char)c : '?';
    }
    p->text[p->len] = '\0';
}

static struct path path_below(const struct path *p, struct smk_bytes name)
{
    struct path below = *p;
    if (below.len > 0)
        path_add(&below, smk_bytes_of_text("."));
    path_add(&below, name);
    return below;
}

static struct path path_item(const struct path *p, size_t i)
{
    struct path item = *p;
    char digits[24];
    i++; /* people count from 1 */
    size_t at = sizeof digits - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + i % 10);
        i /= 10;
    } while (i > 0);
    path_add(&item, smk_bytes_of_text("["));
    path_add(&item, smk_bytes_of_text(digits + at));
    path_add(&item, smk_bytes_of_text("]"));
    return item;
}

static bool complain(struct smk_complaint *ret, enum smk_flaw flaw, const struct path *p)
{
    ret->flaw = flaw;
    memcpy(ret->field, p->text, sizeof ret->field);
    return false;
}

static bool complain_at(struct smk_complaint *ret, enum smk_flaw flaw, const char *field)
{
    struct path p = {0};
    path_add(&p, smk_bytes_of_text(field));
    return complain(ret, flaw, &p);
}

static enum smk_flaw check_texts(struct smk_bytes map)
{
    struct smk_span_iter it = smk_span_each(map);
    struct smk_bytes key, value;
    if (smk_span_type(map) != SMK_VALUE_MAP)
        return SMK_FLAW_WRONG_TYPE;
    if (it.left > SMK_ANSWERS_MAX)
        return SMK_FLAW_TOO_LONG;
    while (smk_span_next(&it, &key, &value)) {
        if (key.len == 0 || key.len > SMK_NAME_LETTERS_MAX || !smk_text_is_clean(key, false))
            return SMK_FLAW_BAD_TEXT;
        enum smk_flaw flaw = smk_check_text(value, 1024, true);
        if (flaw != SMK_FLAW_NONE)
            return flaw;
    }
    return SMK_FLAW_NONE;
}

static enum smk_flaw check_bin(struct smk_bytes v, size_t len)
{
    return smk_span_type(v) == SMK_VALUE_BIN && smk_span_bin(v).len == len ? SMK_FLAW_NONE
                                                                           : SMK_FLAW_WRONG_TYPE;
}

static enum smk_flaw check_integer(struct smk_bytes v, uint64_t min, uint64_t max)
{
    if (smk_span_type(v) == SMK_VALUE_NEGATIVE)
        return SMK_FLAW_OUT_OF_RANGE;
    if (smk_span_type(v) != SMK_VALUE_UINT)
        return SMK_FLAW_WRONG_TYPE;
    uint64_t number = smk_span_uint(v);
    return number >= min && number <= max ? SMK_FLAW_NONE : SMK_FLAW_OUT_OF_RANGE;
}

static enum smk_flaw check_slug(struct smk_bytes v)
{
    if (smk_span_type(v) != SMK_VALUE_STR)
        return SMK_FLAW_WRONG_TYPE;
    return smk_slug_is_valid(smk_span_str(v)) ? SMK_FLAW_NONE : SMK_FLAW_BAD_TEXT;
}

/* One value, not a list and not a group. */
static enum smk_flaw check_value(const struct smk_field *rule, struct smk_bytes v)
{
    switch (rule->type) {
    case SMK_FIELD_TEXT: return smk_check_text(v, SMK_TEXT_BYTES_MAX, true);
    case SMK_FIELD_BILINGUAL: return smk_check_bilingual(v);
    case SMK_FIELD_NAME: return smk_check_name(v);
    case SMK_FIELD_SLUG: return check_slug(v);
    case SMK_FIELD_CHOICE: return smk_check_choice(v, rule->choices);
    case SMK_FIELD_AREA: return smk_check_area(v, rule->min, rule->max);
    case SMK_FIELD_INTEGER: return check_integer(v, rule->min, rule->max);
    case SMK_FIELD_AMOUNT: return smk_check_amount(v);
    case SMK_FIELD_DATE: return smk_check_date(v);
    case SMK_FIELD_TALLY: return smk_tally_is_valid(v) ? SMK_FLAW_NONE : SMK_FLAW_INVALID_TALLY;
    case SMK_FIELD_REFERENCE: return check_bin(v, SMK_DOC_ID_BYTES);
    case SMK_FIELD_SHA256: return check_bin(v, SMK_HASH_BYTES);
    case SMK_FIELD_ANSWERS: return check_texts(v);
    case SMK_FIELD_PROVENANCE:
        return smk_span_type(v) == SMK_VALUE_MAP ? check_texts(v) : smk_check_text(v, 1024, true);
    case SMK_FIELD_GROUP: break;
    }
    return SMK_FLAW_WRONG_TYPE;
}

/* The scalar fields of a group: groups do not stand inside groups. */
static bool check_group(const struct smk_field *rule, struct smk_bytes v, const struct path *at,
                        struct smk_complaint *ret)
{
    struct smk_span_iter it = smk_span_each(v);
    struct smk_bytes key, value;
    if (smk_span_type(v) != SMK_VALUE_MAP)
        return complain(ret, SMK_FLAW_WRONG_TYPE, at);
    while (smk_span_next(&it, &key, &value)) {
        struct path below = path_below(at, key);
        const struct smk_field *part = smk_field_find(rule->part, rule->part_count, key);
        if (part == NULL)
            return complain(ret, SMK_FLAW_UNKNOWN_FIELD, &below);
        bool is_unknown =
            smk_span_type(value) == SMK_VALUE_NIL && (part->flags & SMK_FIELD_MAY_BE_UNKNOWN) != 0;
        enum smk_flaw flaw = is_unknown ? SMK_FLAW_NONE : check_value(part, value);
        if (flaw != SMK_FLAW_NONE) {
            ret->rule = part;
            return complain(ret, flaw, &below);
        }
    }
    for (size_t i = 0; i < rule->part_count; i++) {
        struct smk_bytes name = smk_bytes_of_text(rule->part[i].name);
        struct path below = path_below(at, name);
        if ((rule->part[i].flags & SMK_FIELD_IS_REQUIRED) != 0 && smk_span_find_bytes(v, name).len == 0)
            return complain(ret, SMK_FLAW_MISSING, &below);
    }
    return true;
}

static bool check_item(const struct smk_field *rule, struct smk_bytes v, const struct path *at,
                       struct smk_complaint *ret)
{
    if (rule->type == SMK_FIELD_GROUP)
        return check_group(rule, v, at, ret);
    enum smk_flaw flaw = check_value(rule, v);
    ret->rule = flaw == SMK_FLAW_NONE ? NULL : rule;
    return flaw == SMK_FLAW_NONE || complain(ret, flaw, at);
}

static bool check_list(const struct smk_field *rule, struct smk_bytes v, const struct path *at,
                       struct smk_complaint *ret)
{
    struct smk_span_iter it = smk_span_each(v);
    struct smk_bytes item;
    if (smk_span_type(v) != SMK_VALUE_ARRAY)
        return complain(ret, SMK_FLAW_WRONG_TYPE, at);
    if (it.left > SMK_LIST_ITEMS_MAX)
        return complain(ret, SMK_FLAW_TOO_LONG, at);
    if (it.left == 0 && (rule->flags & SMK_FIELD_IS_REQUIRED) != 0)
        return complain(ret, SMK_FLAW_MISSING, at);
    for (size_t i = 0; smk_span_next(&it, NULL, &item); i++) {
        struct path place = path_item(at, i);
        if (!check_item(rule, item, &place, ret))
            return false;
    }
    return true;
}

static bool check_field(const struct smk_field *rule, struct smk_bytes v, bool is_whole,
                        struct smk_complaint *ret)
{
    struct path at = {0};
    path_add(&at, smk_bytes_of_text(rule->name));
    bool is_required = (rule->flags & SMK_FIELD_IS_REQUIRED) != 0;
    if (smk_span_type(v) == SMK_VALUE_NIL) {
        bool may_be_nil = (rule->flags & SMK_FIELD_MAY_BE_UNKNOWN) != 0 || (!is_whole && !is_required);
        return may_be_nil || complain(ret, is_required ? SMK_FLAW_MISSING : SMK_FLAW_WRONG_TYPE, &at);
    }
    return (rule->flags & SMK_FIELD_IS_LIST) != 0 ? check_list(rule, v, &at, ret)
                                                  : check_item(rule, v, &at, ret);
}

bool smk_schema_check(const struct smk_field *rules, size_t rule_count, struct smk_bytes fields,
                      bool is_whole, struct smk_complaint *ret_complaint)
{
    struct smk_span_iter it = smk_span_each(fields);
    struct smk_bytes key, value;
    *ret_complaint = (struct smk_complaint){0};
    if (smk_span_type(fields) != SMK_VALUE_MAP)
        return complain_at(ret_complaint, SMK_FLAW_WRONG_TYPE, "fields");
    while (smk_span_next(&it, &key, &value)) {
        const struct smk_field *rule = smk_field_find(rules, rule_count, key);
        struct path at = {0};
        path_add(&at, key);
        if (rule == NULL)
            return complain(ret_complaint, SMK_FLAW_UNKNOWN_FIELD, &at);
        if (!check_field(rule, value, is_whole, ret_complaint))
            return false;
    }
    for (size_t i = 0; is_whole && i < rule_count; i++)
        if ((rules[i].flags & SMK_FIELD_IS_REQUIRED) != 0 && smk_span_find(fields, rules[i].name).len == 0)
            return complain_at(ret_complaint, SMK_FLAW_MISSING, rules[i].name);
    return true;
}

bool smk_schema_fits(const struct smk_field *rule, struct smk_bytes item)
{
    struct path nowhere = {0};
    struct smk_complaint unused = {0};
    return check_item(rule, item, &nowhere, &unused);
}

void smk_choices_write(const struct smk_field *rule, char *ret_text, size_t room)
{
    size_t len = 0;
    for (size_t i = 0; rule != NULL && rule->choices != NULL && rule->choices[i] != NULL; i++) {
        size_t word = strlen(rule->choices[i]), gap = len > 0 ? 2 : 0;
        if (len + gap + word + 1 > room)
            break;
        memcpy(ret_text + len, ", ", gap);
        memcpy(ret_text + len + gap, rule->choices[i], word);
        len += gap + word;
    }
    ret_text[len] = '\0';
}

/* ---- rules across fields ---- */

/* What is given of a date says as much as its precision. */
static bool check_precision(struct smk_bytes fields, struct smk_complaint *ret)
{
    static const struct {
        const char *precision;
        size_t letters;
    } row[] = {{"unknown", 0}, {"year", 4}, {"month", 7}, {"day", 10}};
    struct smk_bytes precision = smk_span_find(fields, "date_precision");
    size_t letters = smk_span_str(smk_span_find(fields, "date")).len;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        if (smk_span_is_text(precision, row[i].precision) && letters != row[i].letters)
            return complain_at(ret, SMK_FLAW_BAD_DATE, "date");
    return true;
}

bool smk_level_fits(struct smk_bytes level, struct smk_bytes area)
{
    static const struct {
        const char *level;
        size_t digits;
    } row[] = {{"national", 0}, {"province", 2}, {"district", 4}, {"commune", 6}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        if (smk_span_is_text(level, row[i].level))
            return smk_span_str(area).len == row[i].digits;
    return true;
}

static bool check_meeting(struct smk_bytes fields, bool is_whole, struct smk_complaint *ret)
{
    struct smk_bytes level = smk_span_find(fields, "level"), area = smk_span_find(fields, "area");
    if ((is_whole || area.len > 0) && !smk_level_fits(level, area))
        return complain_at(ret, SMK_FLAW_WRONG_LEVEL, "level");
    bool has_date = smk_span_find(fields, "date").len > 0;
    if (is_whole && !has_date && !smk_span_is_text(smk_span_find(fields, "date_precision"), "unknown"))
        return complain_at(ret, SMK_FLAW_MISSING, "date");
    return check_precision(fields, ret);
}

static bool check_interview(struct smk_bytes fields, struct smk_complaint *ret)
{
    if (smk_span_is_text(smk_span_find(fields, "consent"), "no"))
        return complain_at(ret, SMK_FLAW_NO_CONSENT, "consent");
    struct smk_bytes district = smk_span_str(smk_span_find(fields, "district"));
    struct smk_bytes commune = smk_span_str(smk_span_find(fields, "commune"));
    bool is_inside = commune.len < district.len || district.len == 0 ||
                     memcmp(commune.data, district.data, district.len) == 0;
    return is_inside || complain_at(ret, SMK_FLAW_BAD_AREA, "commune");
}

bool smk_kind_check(const struct smk_kind *kind, struct smk_bytes fields, bool is_whole,
                    struct smk_complaint *ret_complaint)
{
    if (!smk_schema_check(kind->field, kind->field_count, fields, is_whole, ret_complaint))
        return false;
    if (strcmp(kind->name, "meeting") == 0)
        return check_meeting(fields, is_whole, ret_complaint);
    if (strcmp(kind->name, "interview") == 0)
        return check_interview(fields, ret_complaint);
    return strcmp(kind->name, "event") != 0 || check_precision(fields, ret_complaint);
}
