#include "tools/label_word.h"

#include "proto/labels.h"
#include "tools/args.h"

#include <string.h>

enum { CODES_MAX = 64 };

static char plain(char c)
{
    bool is_capital = c >= 'A' && c <= 'Z';
    return c == '_' || c == '-' ? ' ' : is_capital ? (char)(c + ('a' - 'A')) : c;
}

static bool is_same(const char *left, const char *right)
{
    while (*left != '\0' && plain(*left) == plain(*right)) {
        left++;
        right++;
    }
    return *left == *right;
}

const char *smk_label_word(const char *list, const char *word)
{
    for (size_t i = 0; i < smk_label_table_count; i++) {
        const struct smk_label *label = &smk_label_table[i];
        bool is_called = is_same(label->code, word) || is_same(label->en, word) || is_same(label->km, word);
        if (is_called && strcmp(label->list, list) == 0)
            return label->code;
    }
    return NULL;
}

const char *smk_label_nearest(const char *list, const char *word)
{
    const char *code[CODES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < smk_label_table_count && count < CODES_MAX; i++)
        if (strcmp(smk_label_table[i].list, list) == 0)
            code[count++] = smk_label_table[i].code;
    return smk_args_nearest(word, code, count);
}
