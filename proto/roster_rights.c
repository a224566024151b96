#include "proto/mem.h"
#include "proto/roster_set.h"

#include <string.h>

static bool is_text(const struct smk_slug *slug, const char *text)
{
    return strcmp(slug->text, text) == 0;
}

enum smk_standing smk_roster_standing(struct smk_roster *r, const struct smk_device *device)
{
    bool is_settled = true;
    for (size_t i = 0; i < device->office_count; i++) {
        const struct smk_office *office = smk_roster_office(r, device->office[i].text);
        if (office == NULL)
            is_settled = false;
        else if (!is_text(&office->org, device->org.text) || !is_text(&office->role, "auditor"))
            return SMK_STANDING_ORDINARY;
    }
    if (device->office_count == 0)
        return SMK_STANDING_ORDINARY;
    return is_settled ? SMK_STANDING_AUDITOR : SMK_STANDING_UNSETTLED;
}

static bool auditor_holds(const struct smk_scope *scope)
{
    return scope->kind != SMK_SCOPE_ORG;
}

static bool area_begins_with(const struct smk_organisation *org, const char *digits)
{
    for (size_t i = 0; i < org->area_count; i++)
        if (strncmp(org->area[i], digits, strlen(digits)) == 0)
            return true;
    return false;
}

/* prov:NN goes with an area NN or NN..; dm:NNNN with NN or NNNN. */
static bool members_area_covers(const struct smk_organisation *org, const struct smk_scope *scope)
{
    const char *digits = smk_scope_argument(scope);
    if (scope->kind == SMK_SCOPE_PROV)
        return area_begins_with(org, digits);
    for (size_t i = 0; i < org->area_count; i++)
        if (strncmp(org->area[i], digits, strlen(org->area[i])) == 0)
            return true;
    return false;
}

/* The table of section 5.5. */
static bool organisation_holds(const struct smk_organisation *org, const struct smk_scope *scope)
{
    bool is_secretariat = is_text(&org->kind, "secretariat");
    bool is_member = is_text(&org->kind, "hub") || is_text(&org->kind, "member");
    switch (scope->kind) {
    case SMK_SCOPE_GOV:
    case SMK_SCOPE_PUB: return true;
    case SMK_SCOPE_NAT: return is_secretariat || is_member;
    case SMK_SCOPE_PROV: return is_secretariat || (is_member && members_area_covers(org, scope));
    case SMK_SCOPE_DM:
        if (is_text(&org->kind, "sna_dm")) /* four digits begin an area only if they are all of it */
            return area_begins_with(org, smk_scope_argument(scope));
        return is_secretariat || (is_member && members_area_covers(org, scope));
    case SMK_SCOPE_ORG: return is_text(&org->slug, smk_scope_argument(scope));
    }
    return false;
}

bool smk_roster_holds(struct smk_roster *r, const uint8_t sign_key[SMK_KEY_BYTES],
                      const struct smk_scope *scope)
{
    smk_roster_derive(r);
    const struct smk_roster_entry *e =
        smk_roster_in_force_entry(r, SMK_DECIDE_DEVICE, (struct smk_bytes){sign_key, SMK_KEY_BYTES});
    if (e == NULL)
        return false;
    const struct smk_organisation *org = smk_roster_organisation(r, e->view->device.org.text);
    if (org == NULL || (e->gives_auditor && !auditor_holds(scope)))
        return false;
    return !e->gives_ordinary || organisation_holds(org, scope);
}

bool smk_roster_office_covers(struct smk_roster *r, const struct smk_office *office, const char *area)
{
    if (office->area[0] != '\0')
        return strncmp(office->area, area, strlen(office->area)) == 0;
    const struct smk_organisation *org = smk_roster_organisation(r, office->org.text);
    if (org == NULL)
        return false;
    if (is_text(&org->kind, "secretariat"))
        return true;
    for (size_t i = 0; i < org->area_count; i++)
        if (strncmp(org->area[i], area, strlen(org->area[i])) == 0)
            return true;
    return false;
}

/* ---- certificates ---- */

struct certificate {
    size_t count; /* may rise above the limit; only that many are kept */
    const struct smk_roster_entry *entry[SMK_CERT_DECISIONS_MAX];
};

static void certificate_add(struct smk_roster *r, struct certificate *c, enum smk_decision_kind kind,
                            struct smk_bytes subject)
{
    uint8_t hash[SMK_CERT_DECISIONS_MAX][SMK_HASH_BYTES];
    size_t count = smk_roster_in_force(r, kind, subject, hash, SMK_CERT_DECISIONS_MAX);
    for (size_t i = 0; i < count; i++, c->count++)
        if (i < SMK_CERT_DECISIONS_MAX && c->count < SMK_CERT_DECISIONS_MAX)
            c->entry[c->count] = smk_roster_find(r, hash[i]);
}

enum smk_err smk_roster_pack_certificate(struct smk_roster *r, const uint8_t sign_key[SMK_KEY_BYTES],
                                         struct smk_buf *b)
{
    const struct smk_device *d = smk_roster_device(r, sign_key);
    if (d == NULL)
        return SMK_ERR_NOT_FOUND;
    struct certificate c = {0};
    certificate_add(r, &c, SMK_DECIDE_ORGANISATION, smk_bytes_of_text(d->org.text));
    for (size_t i = 0; i < d->office_count; i++)
        certificate_add(r, &c, SMK_DECIDE_OFFICE, smk_bytes_of_text(d->office[i].text));
    certificate_add(r, &c, SMK_DECIDE_DEVICE, SMK_BYTES(d->sign_key));
    if (c.count > SMK_CERT_DECISIONS_MAX)
        return SMK_ERR_TOO_BIG_HERE;
    smk_pack_array(b, c.count);
    for (size_t i = 0; i < c.count; i++)
        smk_pack_raw(b, c.entry[i]->form);
    return b->err;
}
