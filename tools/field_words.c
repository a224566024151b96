#include "tools/field_words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Digits alone become a number where the field wants one. */
static json_t *item_of(const struct smk_field *rule, const char *text, size_t len)
{
    char digits[20];
    bool wants_number = rule != NULL && rule->type == SMK_FIELD_INTEGER;
    if (wants_number && len > 0 && len < sizeof digits && strspn(text, "0123456789") >= len) {
        memcpy(digits, text, len);
        digits[len] = '\0';
        return json_integer((json_int_t)strtoll(digits, NULL, 10));
    }
    return json_stringn(text, len);
}

static json_t *list_of(const struct smk_field *rule, const char *text)
{
    json_t *list = json_array();
    while (*text != '\0') {
        size_t len = strcspn(text, ",");
        (void)json_array_append_new(list, item_of(rule, text, len));
        text += len;
        text += *text == ',';
    }
    return list;
}

bool smk_field_word_read(const struct smk_field *rules, size_t rule_count, const char *word, json_t *object)
{
    const char *sign = strchr(word, '=');
    if (sign == NULL || sign == word || sign[1] == '\0' || sign - word > SMK_NAME_LETTERS_MAX)
        return false;
    struct smk_bytes name = {(const uint8_t *)word, (size_t)(sign - word)};
    const struct smk_field *rule = smk_field_find(rules, rule_count, name);
    const char *text = sign + 1;
    json_t *value;
    if (*text == '{' || *text == '[')
        value = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    else if (rule != NULL && (rule->flags & SMK_FIELD_IS_LIST) != 0)
        value = list_of(rule, text);
    else
        value = item_of(rule, text, strlen(text));
    return value != NULL && json_object_setn_new(object, word, name.len, value) == 0;
}
