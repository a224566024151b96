/* Target: scopes, slugs and hex, which arrive as text. Input: the text. */
#include "proto/scope.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void check_scope(struct smk_bytes text)
{
    struct smk_scope scope, untouched;
    memset(&scope, 0xa5, sizeof scope);
    untouched = scope;
    if (!smk_scope_parse(text, &scope)) {
        SMK_ASSERT(memcmp(&scope, &untouched, sizeof scope) == 0);
        return;
    }
    SMK_ASSERT(smk_bytes_is_equal(smk_scope_bytes(&scope), text));
    SMK_ASSERT(scope.kind <= SMK_SCOPE_ORG);
    const char *argument = smk_scope_argument(&scope);
    size_t len = strlen(argument);
    bool is_right = scope.kind == SMK_SCOPE_PROV  ? len == 2
                    : scope.kind == SMK_SCOPE_DM  ? len == 4
                    : scope.kind == SMK_SCOPE_ORG ? smk_slug_is_valid(smk_bytes_of_text(argument))
                                                  : len == 0;
    SMK_ASSERT(is_right);
}

void fuzz_one(struct smk_bytes input)
{
    struct fuzz_block block = fuzz_block_of(input);
    struct smk_bytes text = fuzz_block_view(&block);
    struct smk_slug slug;
    check_scope(text);
    bool is_slug = smk_slug_is_valid(text), is_copied = smk_slug_copy(text, &slug);
    SMK_ASSERT(!is_slug || is_copied);
    if (is_copied)
        SMK_ASSERT(smk_bytes_is_equal(smk_bytes_of_text(slug.text), text));
    uint8_t bytes[16] = {0};
    char hex[33], terminated[64] = {0};
    if (text.len < sizeof terminated && text.len > 0)
        memcpy(terminated, text.data, text.len);
    if (smk_hex_parse(terminated, bytes, sizeof bytes)) {
        smk_hex_format(SMK_BYTES(bytes), hex);
        for (size_t i = 0; i < 32; i++)
            SMK_ASSERT(hex[i] == terminated[i] || hex[i] == (char)(terminated[i] | 0x20));
    }
    fuzz_block_drop(&block);
}

void fuzz_seeds(void)
{
    static const char *const text[] = {"gov",
                                       "pub",
                                       "nat",
                                       "prov:02",
                                       "dm:0201",
                                       "org:ctod",
                                       "wit:gov",
                                       "wit:dm:0202",
                                       "org:a-b-0123456",
                                       "wit:org:ctod",
                                       "00112233445566778899aAbBcCdDeEfF"};
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
        char name[] = "text-a";
        name[5] = (char)('a' + i);
        fuzz_seed(name, smk_bytes_of_text(text[i]), (struct smk_bytes){0});
    }
}
