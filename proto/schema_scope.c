/* Which scope a document lives in. */
#include "proto/schema.h"

#include <string.h>

/* "prov:" or "dm:" and the first digits of an area. */
static bool scope_of_area(const char *prefix, struct smk_bytes area, size_t digits,
                          struct smk_scope *ret_scope)
{
    char text[SMK_SCOPE_LETTERS_MAX + 1];
    size_t at = strlen(prefix);
    if (area.len < digits)
        return false;
    memcpy(text, prefix, at);
    memcpy(text + at, area.data, digits);
    return smk_scope_parse((struct smk_bytes){(const uint8_t *)text, at + digits}, ret_scope);
}

static bool scope_of_meeting(struct smk_bytes fields, struct smk_scope *ret_scope)
{
    struct smk_bytes level = smk_span_find(fields, "level");
    if (smk_span_is_text(level, "district") || smk_span_is_text(level, "commune"))
        return scope_of_area("dm:", smk_span_str(smk_span_find(fields, "area")), 4, ret_scope);
    if (!smk_span_is_text(level, "province") && !smk_span_is_text(level, "national"))
        return false;
    *ret_scope = smk_scope_of("pub");
    return true;
}

bool smk_kind_scope(const struct smk_kind *kind, struct smk_bytes fields, const char *org,
                    struct smk_scope *ret_scope)
{
    struct smk_bytes area = {0};
    if (kind->area_field != NULL)
        area = smk_span_str(smk_span_find(fields, kind->area_field));
    switch (kind->lives) {
    case SMK_LIVES_IN_PROVINCE: return scope_of_area("prov:", area, 2, ret_scope);
    case SMK_LIVES_BY_LEVEL: return scope_of_meeting(fields, ret_scope);
    case SMK_LIVES_IN_DISTRICT: return scope_of_area("dm:", area, 4, ret_scope);
    case SMK_LIVES_IN_ORGANISATION: *ret_scope = smk_scope_of_org(org); return true;
    case SMK_LIVES_IN_PUBLIC: *ret_scope = smk_scope_of("pub"); return true;
    case SMK_LIVES_WITH_SUBJECT: break;
    }
    return false;
}

/* The area that a field gives lies where the scope says; nothing given fits everywhere. */
static bool area_fits(struct smk_bytes area, const struct smk_scope *scope)
{
    const char *digits = smk_scope_argument(scope);
    size_t len = strlen(digits);
    return area.len == 0 || (area.len >= len && memcmp(area.data, digits, len) == 0);
}

static bool meeting_fits(struct smk_bytes fields, struct smk_bytes area, const struct smk_scope *scope)
{
    struct smk_bytes level = smk_span_find(fields, "level");
    bool is_local = smk_span_is_text(level, "district") || smk_span_is_text(level, "commune");
    if (scope->kind == SMK_SCOPE_DM)
        return (level.len == 0 || is_local) && area_fits(area, scope);
    return scope->kind == SMK_SCOPE_PUB && !is_local;
}

bool smk_kind_fits_scope(const struct smk_kind *kind, struct smk_bytes fields, const struct smk_scope *scope)
{
    struct smk_bytes area = {0};
    if (scope->is_wit)
        return false;
    if (kind->area_field != NULL)
        area = smk_span_str(smk_span_find(fields, kind->area_field));
    switch (kind->lives) {
    case SMK_LIVES_IN_PROVINCE:
        return scope->kind == SMK_SCOPE_PUB || (scope->kind == SMK_SCOPE_PROV && area_fits(area, scope));
    case SMK_LIVES_BY_LEVEL: return meeting_fits(fields, area, scope);
    case SMK_LIVES_IN_DISTRICT: return scope->kind == SMK_SCOPE_DM && area_fits(area, scope);
    case SMK_LIVES_IN_ORGANISATION: return scope->kind == SMK_SCOPE_ORG;
    case SMK_LIVES_IN_PUBLIC: return scope->kind == SMK_SCOPE_PUB;
    case SMK_LIVES_WITH_SUBJECT: return scope->kind != SMK_SCOPE_GOV && scope->kind != SMK_SCOPE_NAT;
    }
    return false;
}

bool smk_kind_is_own_scope(const struct smk_kind *kind, const struct smk_scope *scope)
{
    bool is_published = kind->lives == SMK_LIVES_IN_PROVINCE && scope->kind == SMK_SCOPE_PUB;
    return !is_published && smk_kind_fits_scope(kind, (struct smk_bytes){0}, scope);
}
