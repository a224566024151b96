#include "proto/labels.h"

#include <string.h>

const char *smk_khmer_word(enum smk_khmer how)
{
    static const char *const word[] = {"attested", "standard", "draft", "unreviewed"};
    return word[how];
}

const struct smk_label *smk_label_find(const char *list, struct smk_bytes code)
{
    for (size_t i = 0; i < smk_label_table_count; i++)
        if (strcmp(smk_label_table[i].list, list) == 0 &&
            smk_bytes_is_equal(smk_bytes_of_text(smk_label_table[i].code), code))
            return &smk_label_table[i];
    return NULL;
}

/* "findings[2].text" without what stands in brackets; false when it is too long for any field. */
static bool without_places(const char *path, char ret_text[SMK_FIELD_PATH_MAX + 1])
{
    size_t len = 0;
    bool is_place = false;
    for (; *path != '\0'; path++) {
        is_place = is_place || *path == '[';
        if (!is_place && len == SMK_FIELD_PATH_MAX)
            return false;
        if (!is_place)
            ret_text[len++] = *path;
        is_place = is_place && *path != ']';
    }
    ret_text[len] = '\0';
    return true;
}

static const struct smk_label *find_two(const char *first, const char *second)
{
    char code[SMK_NAME_LETTERS_MAX + SMK_FIELD_PATH_MAX + 2];
    size_t len = strlen(first), rest = strlen(second);
    if (len > SMK_NAME_LETTERS_MAX)
        return NULL;
    memcpy(code, first, len);
    code[len] = '.';
    memcpy(code + len + 1, second, rest + 1);
    return smk_label_find("field", smk_bytes_of_text(code));
}

const struct smk_label *smk_label_field(const char *kind, const char *path)
{
    char plain[SMK_FIELD_PATH_MAX + 1];
    if (!without_places(path, plain))
        return NULL;
    const char *last = strrchr(plain, '.');
    const struct smk_label *label = find_two(kind, plain);
    if (label == NULL)
        label = smk_label_find("field", smk_bytes_of_text(plain));
    if (label == NULL && last != NULL)
        label = smk_label_find("field", smk_bytes_of_text(last + 1));
    if (label == NULL && last != NULL)
        label = smk_label_find("tally", smk_bytes_of_text(last + 1));
    return label;
}

const struct smk_label *smk_label_choice(const struct smk_field *rule, struct smk_bytes word)
{
    return rule->vocabulary != NULL ? smk_label_find(rule->vocabulary, word) : NULL;
}

const struct smk_label *smk_label_scope(const struct smk_scope *scope)
{
    size_t len = strcspn(scope->text, ":");
    return smk_label_find("scope", (struct smk_bytes){(const uint8_t *)scope->text, len});
}

const char *smk_label_text(const struct smk_label *label, enum smk_language language, const char *code)
{
    if (label == NULL)
        return code;
    return language == SMK_KHMER ? label->km : label->en;
}

const char *smk_field_type_word(enum smk_field_type type)
{
    switch (type) {
    case SMK_FIELD_TEXT: return "text";
    case SMK_FIELD_BILINGUAL: return "bilingual";
    case SMK_FIELD_NAME: return "name";
    case SMK_FIELD_SLUG: return "slug";
    case SMK_FIELD_CHOICE: return "choice";
    case SMK_FIELD_AREA: return "area";
    case SMK_FIELD_INTEGER: return "integer";
    case SMK_FIELD_AMOUNT: return "amount";
    case SMK_FIELD_DATE: return "date";
    case SMK_FIELD_TALLY: return "tally";
    case SMK_FIELD_REFERENCE: return "reference";
    case SMK_FIELD_SHA256: return "sha256";
    case SMK_FIELD_ANSWERS: return "answers";
    case SMK_FIELD_PROVENANCE: return "provenance";
    case SMK_FIELD_GROUP: return "group";
    }
    return "";
}
