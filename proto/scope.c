#include "proto/scope.h"

#include "proto/check.h"

#include <string.h>

_Static_assert(sizeof "wit:org:" - 1 + SMK_SLUG_LETTERS_MAX <= SMK_SCOPE_LETTERS_MAX,
               "the longest scope fits");

static bool starts_with(struct smk_bytes text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.len >= len && memcmp(text.data, prefix, len) == 0;
}

static struct smk_bytes without(struct smk_bytes text, size_t count)
{
    return (struct smk_bytes){text.data + count, text.len - count};
}

static bool is_digits(struct smk_bytes text, size_t count)
{
    if (text.len != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return true;
}

/* The kind of a scope without `wit:`. */
static bool scope_kind(struct smk_bytes inner, enum smk_scope_kind *ret_kind)
{
    static const struct {
        const char *word;
        enum smk_scope_kind kind;
    } plain[] = {{"gov", SMK_SCOPE_GOV}, {"pub", SMK_SCOPE_PUB}, {"nat", SMK_SCOPE_NAT}};
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if (smk_bytes_is_equal(inner, smk_bytes_of_text(plain[i].word))) {
            *ret_kind = plain[i].kind;
            return true;
        }
    }
    if (starts_with(inner, "prov:") && is_digits(without(inner, 5), 2))
        *ret_kind = SMK_SCOPE_PROV;
    else if (starts_with(inner, "dm:") && is_digits(without(inner, 3), 4))
        *ret_kind = SMK_SCOPE_DM;
    else if (starts_with(inner, "org:") && smk_slug_is_valid(without(inner, 4)))
        *ret_kind = SMK_SCOPE_ORG;
    else
        return false;
    return true;
}

bool smk_scope_parse(struct smk_bytes text, struct smk_scope *ret_scope)
{
    bool is_wit = starts_with(text, "wit:");
    enum smk_scope_kind kind;
    if (!scope_kind(is_wit ? without(text, 4) : text, &kind))
        return false;
    struct smk_scope scope = {.kind = kind, .is_wit = is_wit};
    memcpy(scope.text, text.data, text.len);
    *ret_scope = scope;
    return true;
}

struct smk_scope smk_scope_of(const char *text)
{
    struct smk_scope scope;
    bool is_scope = smk_scope_parse(smk_bytes_of_text(text), &scope);
    SMK_ASSERT(is_scope);
    return scope;
}

struct smk_scope smk_scope_of_org(const char *slug)
{
    char text[sizeof "org:" + SMK_SLUG_LETTERS_MAX] = "org:";
    size_t len = strlen(slug);
    SMK_ASSERT(len <= SMK_SLUG_LETTERS_MAX);
    memcpy(text + 4, slug, len);
    return smk_scope_of(text);
}

bool smk_scope_is_equal(const struct smk_scope *a, const struct smk_scope *b)
{
    return strcmp(a->text, b->text) == 0;
}

int smk_scope_compare(const struct smk_scope *a, const struct smk_scope *b)
{
    return strcmp(a->text, b->text);
}

struct smk_bytes smk_scope_bytes(const struct smk_scope *s)
{
    return smk_bytes_of_text(s->text);
}

const char *smk_scope_argument(const struct smk_scope *s)
{
    bool has_argument = s->kind == SMK_SCOPE_PROV || s->kind == SMK_SCOPE_DM || s->kind == SMK_SCOPE_ORG;
    return has_argument ? strrchr(s->text, ':') + 1 : "";
}

bool smk_slug_is_valid(struct smk_bytes text)
{
    if (text.len < 1 || text.len > SMK_SLUG_LETTERS_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return false;
    }
    return true;
}

bool smk_slug_copy(struct smk_bytes text, struct smk_slug *ret_slug)
{
    if (text.len > SMK_SLUG_LETTERS_MAX || (text.len > 0 && memchr(text.data, 0, text.len) != NULL))
        return false;
    struct smk_slug slug = {0};
    if (text.len > 0)
        memcpy(slug.text, text.data, text.len);
    *ret_slug = slug;
    return true;
}
