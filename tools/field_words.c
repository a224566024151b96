#include "tools/field_words.h"

#include "proto/khmer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- typed values ---- */

/* Khmer digits as ASCII ones; everything else as it is. GIVES: smk_mem_free. */
static char *ascii_digits(const char *text, size_t len)
{
    char *plain = smk_mem_new(len + 1);
    size_t to = 0;
    for (size_t at = 0; plain != NULL && at < len;) {
        const uint8_t *b = (const uint8_t *)text + at;
        bool is_khmer = len - at >= 3 && b[0] == 0xE1 && b[1] == 0x9F && b[2] >= 0xA0 && b[2] <= 0xA9;
        plain[to++] = is_khmer ? (char)('0' + (b[2] - 0xA0)) : text[at];
        at += is_khmer ? 3 : 1;
    }
    return plain;
}

static json_t *with_ascii_digits(const char *text, size_t len)
{
    char *plain = ascii_digits(text, len);
    json_t *value = plain != NULL ? json_string(plain) : NULL;
    smk_mem_free(plain);
    return value;
}

static json_t *number_typed(const char *text, size_t len)
{
    uint64_t number;
    struct smk_bytes bytes = {(const uint8_t *)text, len};
    if (smk_khmer_number_parse(bytes, INT64_MAX, &number))
        return json_integer((json_int_t)number);
    return json_stringn(text, len);
}

/* A code, or what the choice is called in one of the languages. */
static json_t *choice_typed(const struct smk_field *rule, const char *text, size_t len)
{
    for (size_t i = 0; rule->choices[i] != NULL; i++) {
        const struct smk_label *label = smk_label_choice(rule, smk_bytes_of_text(rule->choices[i]));
        const char *name[] = {rule->choices[i], label != NULL ? label->en : "",
                              label != NULL ? label->km : ""};
        for (size_t k = 0; k < sizeof name / sizeof name[0]; k++)
            if (len > 0 && strlen(name[k]) == len && strncasecmp(name[k], text, len) == 0)
                return json_string(rule->choices[i]);
    }
    return json_stringn(text, len);
}

/* "52", "52/30": a total, and how many of them are women. */
static json_t *tally_typed(const char *text)
{
    const char *stroke = strchr(text, '/');
    size_t len = stroke != NULL ? (size_t)(stroke - text) : strlen(text);
    json_t *female = json_null();
    if (stroke != NULL && stroke[1] != '\0' && strcmp(stroke + 1, "?") != 0)
        female = number_typed(stroke + 1, strlen(stroke + 1));
    json_t *total = len == 1 && text[0] == '?' ? json_null() : number_typed(text, len);
    return json_pack("{s:o, s:o}", "total", total, "female", female);
}

json_t *smk_field_item_typed(const struct smk_field *rule, const char *text, size_t len)
{
    switch (rule->type) {
    case SMK_FIELD_INTEGER: return number_typed(text, len);
    case SMK_FIELD_CHOICE: return choice_typed(rule, text, len);
    case SMK_FIELD_AREA:
    case SMK_FIELD_DATE:
    case SMK_FIELD_AMOUNT: return with_ascii_digits(text, len);
    default: return json_stringn(text, len);
    }
}

/* Texts may hold commas, so that they are one item. */
static bool is_split(const struct smk_field *rule)
{
    return rule->type != SMK_FIELD_BILINGUAL && rule->type != SMK_FIELD_TEXT && rule->type != SMK_FIELD_GROUP;
}

static json_t *list_typed(const struct smk_field *rule, const char *text)
{
    json_t *list = json_array();
    while (*text != '\0') {
        size_t len = is_split(rule) ? strcspn(text, ",") : strlen(text), end = len;
        while (len > 0 && text[len - 1] == ' ' && is_split(rule))
            len--;
        (void)json_array_append_new(list, smk_field_item_typed(rule, text, len));
        text += end;
        text += *text == ',';
        text += is_split(rule) ? strspn(text, " ") : 0;
    }
    return list;
}

json_t *smk_field_value_typed(const struct smk_field *rule, const char *text)
{
    json_t *value = NULL;
    bool is_list = (rule->flags & SMK_FIELD_IS_LIST) != 0;
    if (*text == '\0')
        return json_null();
    if (*text == '{' || *text == '[')
        value = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (value != NULL)
        return value;
    if (is_list)
        return list_typed(rule, text);
    return rule->type == SMK_FIELD_TALLY ? tally_typed(text) : smk_field_item_typed(rule, text, strlen(text));
}

/* ---- paths ---- */

enum op { SET, ADD, TAKE_OUT };

/* Where a word points to while its name is read from left to right: the holder's slot, not yet looked into. */
struct cursor {
    const struct smk_field_words *w;
    json_t *object;
    const struct smk_field *rule; /* of the slot; NULL: a free key of a tally, of answers, or a language */
    const struct smk_field *free; /* the field that the free key lies in */
    bool is_item;                 /* the slot is one item of the rule's list */
    json_t *holder;               /* BORROWED: object or array */
    char key[SMK_FIELD_PATH_MAX + 1];
    size_t place; /* in an array */
    struct smk_complaint *ret;
};

static bool complain(struct cursor *c, enum smk_flaw flaw)
{
    c->ret->flaw = flaw;
    c->ret->rule = c->rule;
    return false;
}

static json_t *slot_get(const struct cursor *c)
{
    return json_is_array(c->holder) ? json_array_get(c->holder, c->place)
                                    : json_object_get(c->holder, c->key);
}

/* TAKES the value. */
static bool slot_set(struct cursor *c, json_t *value)
{
    bool is_array = json_is_array(c->holder);
    if (is_array && c->place == json_array_size(c->holder))
        return json_array_append_new(c->holder, value) == 0;
    return (is_array ? json_array_set_new(c->holder, c->place, value)
                     : json_object_set_new(c->holder, c->key, value)) == 0;
}

static bool is_list_slot(const struct cursor *c)
{
    return c->rule != NULL && !c->is_item && (c->rule->flags & SMK_FIELD_IS_LIST) != 0;
}

/* A text alone is one of the language of its letters. GIVES. */
static json_t *text_of_letters(const char *text)
{
    return json_pack("{s:s}", smk_field_is_khmer(text) ? "km" : "en", text);
}

/* What the slot holds now, as something that can be gone into: made when there is nothing. */
static json_t *slot_open(struct cursor *c)
{
    json_t *now = slot_get(c);
    if ((now == NULL || json_is_null(now)) && slot_set(c, is_list_slot(c) ? json_array() : json_object()))
        now = slot_get(c);
    if (now != NULL && json_is_string(now) && c->rule != NULL && c->rule->type == SMK_FIELD_BILINGUAL &&
        slot_set(c, text_of_letters(json_string_value(now))))
        now = slot_get(c);
    if (now != NULL && smk_field_is_raw(now)) {
        (void)complain(c, SMK_FLAW_NEWER);
        return NULL;
    }
    if (now == NULL || (is_list_slot(c) ? !json_is_array(now) : !json_is_object(now))) {
        (void)complain(c, SMK_FLAW_WRONG_TYPE);
        return NULL;
    }
    return now;
}

static const struct smk_field *find_rule(const struct smk_field *rules, size_t count, const char *name)
{
    const struct smk_field *rule = smk_field_find(rules, count, smk_bytes_of_text(name));
    if (rule == NULL && strcmp(name, "id") == 0)
        rule = smk_field_find(rules, count, smk_bytes_of_text("ref"));
    return rule;
}

/* "title_km" is the field title and the language km; a plain name has none. */
static const struct smk_field *find_named(const struct smk_field *rules, size_t count, char *name,
                                          const char **ret_language)
{
    size_t len = strlen(name);
    const struct smk_field *rule = find_rule(rules, count, name);
    *ret_language = NULL;
    bool has_tail = len > 3 && (strcmp(name + len - 3, "_en") == 0 || strcmp(name + len - 3, "_km") == 0);
    if (rule != NULL || !has_tail)
        return rule;
    name[len - 3] = '\0';
    rule = find_rule(rules, count, name);
    if (rule == NULL || rule->type != SMK_FIELD_BILINGUAL || (rule->flags & SMK_FIELD_IS_LIST) != 0) {
        name[len - 3] = '_';
        return NULL;
    }
    *ret_language = strcmp(name + len - 2, "en") == 0 ? "en" : "km";
    return rule;
}

static void set_key(struct cursor *c, const char *key)
{
    (void)snprintf(c->key, sizeof c->key, "%s", key); /* paths are no longer than that */
}

/* Goes into what the slot holds. */
static bool go_to_key(struct cursor *c, const struct smk_field *rule, const struct smk_field *free_in,
                      const char *key)
{
    json_t *holder = slot_open(c);
    if (holder == NULL)
        return false;
    c->holder = holder;
    c->rule = rule;
    c->free = free_in;
    c->is_item = false;
    set_key(c, key);
    return true;
}

static bool step_name(struct cursor *c, char *name)
{
    const struct smk_field *in = c->rule != NULL ? c->rule : c->free, *part = NULL;
    const char *language = NULL;
    if (is_list_slot(c))
        return complain(c, SMK_FLAW_WRONG_TYPE);
    if (c->rule != NULL && in->type == SMK_FIELD_GROUP) {
        part = find_named(in->part, in->part_count, name, &language);
        if (part == NULL)
            return complain(c, SMK_FLAW_UNKNOWN_FIELD);
        return go_to_key(c, part, NULL, name) && (language == NULL || go_to_key(c, NULL, part, language));
    }
    bool is_language = strcmp(name, "en") == 0 || strcmp(name, "km") == 0;
    bool is_free = in->type == SMK_FIELD_TALLY || in->type == SMK_FIELD_ANSWERS ||
                   in->type == SMK_FIELD_PROVENANCE || (in->type == SMK_FIELD_BILINGUAL && is_language);
    return is_free ? go_to_key(c, NULL, in, name) : complain(c, SMK_FLAW_UNKNOWN_FIELD);
}

/* The place of an item: a number from 1, or the `id` of a group. */
static bool step_place(struct cursor *c, const char *name)
{
    uint64_t number = 0;
    if (!is_list_slot(c))
        return complain(c, SMK_FLAW_WRONG_TYPE);
    json_t *list = slot_open(c);
    if (list == NULL)
        return false;
    size_t count = json_array_size(list), place = count;
    for (size_t i = 0; i < count; i++) {
        const char *id = json_string_value(json_object_get(json_array_get(list, i), "id"));
        if (id != NULL && strcmp(id, name) == 0)
            place = i;
    }
    if (place == count && smk_khmer_number_parse(smk_bytes_of_text(name), SMK_LIST_ITEMS_MAX, &number))
        place = (size_t)number - 1; /* 0 is far outside */
    if (place > count || (place == count && number == 0))
        return complain(c, number > 0 || place > count ? SMK_FLAW_OUT_OF_RANGE : SMK_FLAW_UNKNOWN_REFERENCE);
    c->holder = list;
    c->place = place;
    c->is_item = true;
    return true;
}

/* ".name" or "[place]" at *at; moves *at behind it. */
static bool step(struct cursor *c, const char **at)
{
    char name[SMK_FIELD_PATH_MAX + 1];
    bool is_place = **at == '[';
    size_t len = strcspn(*at + 1, is_place ? "]" : ".[");
    if (len == 0 || len > SMK_FIELD_PATH_MAX || (is_place && (*at)[1 + len] != ']'))
        return complain(c, SMK_FLAW_UNKNOWN_FIELD);
    memcpy(name, *at + 1, len);
    name[len] = '\0';
    *at += 1 + len + (is_place ? 1 : 0);
    return is_place ? step_place(c, name) : step_name(c, name);
}

/* ---- what is done there ---- */

static bool is_same_item(const struct cursor *c, json_t *item, json_t *typed, const char *text)
{
    uint8_t id[SMK_DOC_ID_BYTES];
    char hex[2 * SMK_DOC_ID_BYTES + 1];
    const char *own = json_string_value(json_object_get(item, "id")), *word = json_string_value(typed);
    if (json_equal(item, typed) || (own != NULL && strcmp(own, text) == 0))
        return true;
    if (word == NULL || !json_is_string(item))
        return false;
    if (c->rule->type != SMK_FIELD_REFERENCE)
        return strcasecmp(json_string_value(item), word) == 0;
    if (c->w->resolve == NULL || !c->w->resolve(c->w->ctx, c->rule, word, id))
        return false;
    smk_hex_format(SMK_BYTES(id), hex);
    return strcmp(json_string_value(item), hex) == 0;
}

static bool take_out(struct cursor *c, json_t *list, const char *text)
{
    json_t *typed = smk_field_item_typed(c->rule, text, strlen(text));
    bool is_found = false;
    for (size_t i = json_array_size(list); i > 0; i--)
        if (is_same_item(c, json_array_get(list, i - 1), typed, text)) {
            (void)json_array_remove(list, i - 1);
            is_found = true;
        }
    json_decref(typed);
    return is_found || complain(c, SMK_FLAW_UNKNOWN_REFERENCE);
}

static bool change_list(struct cursor *c, enum op op, const char *text)
{
    if (!is_list_slot(c))
        return complain(c, SMK_FLAW_WRONG_TYPE);
    json_t *list = slot_open(c);
    if (list == NULL)
        return false;
    if (op == TAKE_OUT)
        return take_out(c, list, text);
    json_t *more = smk_field_value_typed(c->rule, text);
    bool is_done =
        json_is_array(more) ? json_array_extend(list, more) == 0 : json_array_append(list, more) == 0;
    json_decref(more);
    return is_done;
}

/* A free key: a number where a tally has one, a text elsewhere. Nothing: unknown for a head of a tally, gone otherwise. */
static bool set_free(struct cursor *c, const char *text)
{
    bool is_tally = c->free->type == SMK_FIELD_TALLY;
    bool is_head = strcmp(c->key, "total") == 0 || strcmp(c->key, "female") == 0;
    if (*text == '\0' && !(is_tally && is_head)) {
        (void)json_object_del(c->holder, c->key); /* it may not be there */
        return true;
    }
    if (*text == '\0' || (is_tally && strcmp(text, "?") == 0))
        return slot_set(c, json_null());
    if (is_tally && (*text == '{' || strchr(text, '/') != NULL))
        return slot_set(c, smk_field_value_typed(c->free, text));
    return slot_set(c, is_tally ? number_typed(text, strlen(text)) : json_string(text));
}

/* A text without a language is taken for the one of its letters. */
static bool set_bilingual(struct cursor *c, const char *text)
{
    const struct smk_field *rule = c->rule;
    if (*text == '{') {
        json_t *whole = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        if (whole != NULL)
            return slot_set(c, whole);
    }
    return go_to_key(c, NULL, rule, smk_field_is_khmer(text) ? "km" : "en") && slot_set(c, json_string(text));
}

static bool set_value(struct cursor *c, bool is_deep, const char *text)
{
    if (c->rule == NULL)
        return set_free(c, text);
    if (*text == '\0' && c->is_item) {
        (void)json_array_remove(c->holder, c->place); /* it may be the place behind the last */
        return true;
    }
    if (*text == '\0' && is_deep) {
        (void)json_object_del(c->holder, c->key); /* it may not be there */
        return true;
    }
    if (*text != '\0' && c->rule->type == SMK_FIELD_BILINGUAL && !is_list_slot(c))
        return set_bilingual(c, text);
    if (c->is_item && *text != '{')
        return slot_set(c, smk_field_item_typed(c->rule, text, strlen(text)));
    return slot_set(c, smk_field_value_typed(c->rule, text));
}

/* A part of a field is changed in what the field has now. */
static bool load_present(struct cursor *c)
{
    enum smk_flaw flaw = SMK_FLAW_NONE;
    if (json_object_get(c->object, c->rule->name) != NULL || c->w->present == NULL)
        return true;
    json_t *now = c->w->present(c->w->ctx, c->rule, &flaw);
    if (flaw != SMK_FLAW_NONE)
        return complain(c, flaw);
    return now == NULL || json_object_set_new(c->object, c->rule->name, now) == 0;
}

/* What is left of a text when its last language went, of a group when its last part did. */
static void clear_empty(struct cursor *c, const char *name)
{
    json_t *value = json_object_get(c->object, name);
    if (json_is_object(value) && json_object_size(value) == 0)
        (void)json_object_set_new(c->object, name, json_null());
}

static bool read_path(struct cursor *c, const char *path, enum op op, const char *text)
{
    char name[SMK_FIELD_PATH_MAX + 1];
    const char *language, *at = path;
    size_t len = strcspn(path, ".[");
    memcpy(name, path, len);
    name[len] = '\0';
    const struct smk_field *rule = find_named(c->w->rules, c->w->rule_count, name, &language);
    if (rule == NULL)
        return complain(c, SMK_FLAW_UNKNOWN_FIELD);
    c->rule = rule;
    c->holder = c->object;
    set_key(c, rule->name);
    at += len;
    bool is_deep = *at != '\0' || language != NULL;
    bool is_partly = rule->type == SMK_FIELD_BILINGUAL && (rule->flags & SMK_FIELD_IS_LIST) == 0 &&
                     text[0] != '\0' && text[0] != '{';
    if ((is_deep || op != SET || is_partly) && !load_present(c))
        return false;
    bool is_good = language == NULL || go_to_key(c, NULL, rule, language);
    while (is_good && *at != '\0')
        is_good = step(c, &at);
    if (is_good)
        is_good = op == SET ? set_value(c, is_deep, text) : change_list(c, op, text);
    clear_empty(c, rule->name);
    return is_good;
}

bool smk_field_word_read(const struct smk_field_words *w, const char *word, json_t *object,
                         struct smk_complaint *ret_complaint)
{
    struct cursor c = {.w = w, .object = object, .ret = ret_complaint};
    const char *sign = strchr(word, '=');
    enum op op = SET;
    char path[SMK_FIELD_PATH_MAX + 1];
    *ret_complaint = (struct smk_complaint){0};
    if (sign == NULL || sign == word)
        return false;
    size_t len = (size_t)(sign - word);
    if (sign[-1] == '+' || sign[-1] == '-') {
        op = sign[-1] == '+' ? ADD : TAKE_OUT;
        len--;
    }
    if (len == 0 || len > SMK_FIELD_PATH_MAX)
        return false;
    memcpy(path, word, len);
    path[len] = '\0';
    for (size_t i = 0; i < len; i++)
        ret_complaint->field[i] = path[i] > ' ' && path[i] < 0x7f ? path[i] : '?';
    return read_path(&c, path, op, sign + 1);
}
