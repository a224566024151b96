#include "tools/report/words.h"

#include <string.h>

static const struct {
    const char *name, *en, *km;
} words[] = {
#define X(name, en, km) {#name, en, km},
    SMK_WORD_MAP(X)
#undef X
};

const char *smk_word_text(enum smk_word word, enum smk_language language)
{
    return language == SMK_KHMER ? words[word].km : words[word].en;
}

bool smk_word_is_number(enum smk_word word)
{
    return strncmp(words[word].name, "N_", 2) == 0;
}
