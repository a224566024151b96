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
    case SMK_LIVES_BY_AREA:
        *ret_scope = smk_scope_of("nat");
        return area.len == 0 || scope_of_area("prov:", area, 2, ret_scope);
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

const char *const *smk_kind_scopes(const struct smk_kind *kind)
{
    static const char *const by_rule[][6] = {
        [SMK_LIVES_IN_PROVINCE] = {"org:SLUG", "prov:NN", "pub", NULL},
        [SMK_LIVES_BY_AREA] = {"org:SLUG", "prov:NN", "nat", "pub", NULL},
        [SMK_LIVES_BY_LEVEL] = {"org:SLUG", "dm:NNNN", "pub", NULL},
        [SMK_LIVES_IN_DISTRICT] = {"org:SLUG", "dm:NNNN", NULL},
        [SMK_LIVES_IN_ORGANISATION] = {"org:SLUG", NULL},
        [SMK_LIVES_IN_PUBLIC] = {"org:SLUG", "pub", NULL},
        [SMK_LIVES_WITH_SUBJECT] = {"org:SLUG", "dm:NNNN", "prov:NN", "nat", "pub", NULL},
    };
    return by_rule[kind->lives];
}

bool smk_kind_has_drafts(const struct smk_kind *kind)
{
    return kind->lives != SMK_LIVES_IN_ORGANISATION && kind->lives != SMK_LIVES_WITH_SUBJECT;
}

bool smk_kind_is_published(const struct smk_kind *kind)
{
    return kind->lives == SMK_LIVES_IN_PROVINCE || kind->lives == SMK_LIVES_BY_AREA;
}

static bool fits_own(const struct smk_kind *kind, struct smk_bytes fields, struct smk_bytes area,
                     const struct smk_scope *scope)
{
    switch (kind->lives) {
    case SMK_LIVES_IN_PROVINCE: return scope->kind == SMK_SCOPE_PROV && area_fits(area, scope);
    case SMK_LIVES_BY_AREA:
        return scope->kind == SMK_SCOPE_NAT ? area.len == 0
                                            : scope->kind == SMK_SCOPE_PROV && area_fits(area, scope);
    case SMK_LIVES_BY_LEVEL: return meeting_fits(fields, area, scope);
    case SMK_LIVES_IN_DISTRICT: return scope->kind == SMK_SCOPE_DM && area_fits(area, scope);
    case SMK_LIVES_IN_ORGANISATION: return scope->kind == SMK_SCOPE_ORG;
    case SMK_LIVES_IN_PUBLIC: return scope->kind == SMK_SCOPE_PUB;
    case SMK_LIVES_WITH_SUBJECT: return scope->kind != SMK_SCOPE_GOV;
    }
    return false;
}

enum smk_stand smk_kind_stand(const struct smk_kind *kind, struct smk_bytes fields,
                              const struct smk_scope *scope)
{
    struct smk_bytes area = {0};
    if (scope->is_wit)
        return SMK_STAND_NONE;
    if (kind->area_field != NULL)
        area = smk_span_str(smk_span_find(fields, kind->area_field));
    if (fits_own(kind, fields, area, scope))
        return SMK_STAND_OWN;
    if (scope->kind == SMK_SCOPE_PUB && smk_kind_is_published(kind))
        return SMK_STAND_PUBLISHED;
    return scope->kind == SMK_SCOPE_ORG && smk_kind_has_drafts(kind) ? SMK_STAND_DRAFT : SMK_STAND_NONE;
}

bool smk_kind_fits_scope(const struct smk_kind *kind, struct smk_bytes fields, const struct smk_scope *scope)
{
    return smk_kind_stand(kind, fields, scope) != SMK_STAND_NONE;
}

bool smk_kind_is_own_scope(const struct smk_kind *kind, const struct smk_scope *scope)
{
    return smk_kind_stand(kind, (struct smk_bytes){0}, scope) == SMK_STAND_OWN;
}
