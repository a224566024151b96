/* Target: text from elsewhere on its way to a terminal, instants, names of zones, slugs as people write them, fields as words of
 * the command line. Input: the text. */
#include "proto/walk.h"
#include "tests/fuzz/fuzz.h"
#include "tools/cli.h"
#include "tools/field_map.h"
#include "tools/field_words.h"
#include "tools/text.h"
#include "tools/typed.h"
#include "tools/when.h"

#include <stdlib.h>
#include <string.h>

/* What a terminal gets moves no cursor, turns no direction and hides nothing, whatever came. */
static void check_shown(struct smk_bytes shown)
{
    uint32_t point;
    SMK_ASSERT(smk_utf8_is_valid(shown));
    for (size_t at = 0; at < shown.len;) {
        at += smk_text_next(shown, at, &point);
        SMK_ASSERT(!smk_text_is_unsafe(point));
    }
}

static void try_words(const char *word)
{
    for (size_t i = 0; i < smk_kind_count(); i++) {
        const struct smk_kind *kind = smk_kind_at(i);
        json_t *object = json_object();
        SMK_ASSERT(object != NULL);
        struct smk_complaint complaint;
        const struct smk_field_words words = {.rules = kind->field, .rule_count = kind->field_count};
        bool is_good = smk_field_word_read(&words, word, object, &complaint);
        SMK_ASSERT(!is_good || json_object_size(object) <= 1);
        SMK_ASSERT(!is_good || complaint.flaw == SMK_FLAW_NONE);
        check_shown(smk_bytes_of_text(complaint.field));
        json_decref(object);
    }
}

/* A typed text is NFC, so that it is itself when it is typed again. */
static void try_typed(struct smk_bytes text)
{
    char once[64], again[64];
    enum smk_err err = SMK_OK;
    enum smk_typed typed = smk_typed_read(text, sizeof once - 1, once, &err);
    SMK_ASSERT((typed == SMK_TYPED_NO_TEXT) == !smk_utf8_is_valid(text));
    SMK_ASSERT(typed != SMK_TYPED_FAILED);
    if (typed != SMK_TYPED_WELL)
        return;
    struct smk_bytes first = smk_bytes_of_text(once);
    if (memchr(text.data, 0, text.len) != NULL)
        return; /* no word of a command line has it */
    typed = smk_typed_read(first, sizeof again - 1, again, &err);
    SMK_ASSERT(typed == SMK_TYPED_WELL);
    SMK_ASSERT(strcmp(once, again) == 0);
}

void fuzz_one(struct smk_bytes input)
{
    struct fuzz_block block = fuzz_block_of(input);
    struct smk_bytes text = fuzz_block_view(&block);
    struct smk_shown shown;
    struct smk_slug slug;
    struct smk_when when;
    char safe[64];
    smk_text_safe(text, sizeof safe - 1, safe);
    check_shown(smk_bytes_of_text(safe));
    char *word = malloc(text.len + 1);
    SMK_ASSERT(word != NULL);
    if (text.len > 0)
        memcpy(word, text.data, text.len);
    word[text.len] = '\0';
    check_shown(smk_bytes_of_text(smk_text_shown(word, &shown)));
    if (smk_slug_lower(word, &slug))
        SMK_ASSERT(smk_slug_is_valid(smk_bytes_of_text(slug.text)));
    if (smk_when_is_zone_name(word))
        SMK_ASSERT(strstr(word, "..") == NULL); /* it becomes part of a path */
    struct smk_reader r = smk_reader_over(text);
    uint64_t wall_ms = smk_read_be64(&r);
    check_shown(smk_bytes_of_text(smk_when_shown(wall_ms, &when)));
    json_t *json = smk_when_json(wall_ms);
    SMK_ASSERT(json != NULL);
    json_decref(json);
    try_words(word);
    try_typed(text);
    free(word);
    fuzz_block_drop(&block);
}

void fuzz_seeds(void)
{
    static const char *const text[] = {
        "ឃុំចម្ការសំរោង",       "a\x1b[2J\x7f\n",          "\xe2\x80\xae right",   "\xf0\x9f\x90\x9f fish",
        "Asia/Phnom_Penh",  "CTOD-Approver",           "title={\"en\":\"x\"}", "participants=12",
        "partners=ctod,as", "\xc0\x80\xed\xa0\x80\xff"};
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
        char name[] = "text-a";
        name[5] = (char)('a' + i);
        fuzz_seed(name, smk_bytes_of_text(text[i]), (struct smk_bytes){0});
    }
}
