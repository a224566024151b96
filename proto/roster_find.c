#include "proto/check.h"
#include "proto/roster_set.h"

#include <string.h>

static const struct smk_roster_entry *find(struct smk_roster *r, enum smk_decision_kind kind,
                                           struct smk_bytes subject)
{
    smk_roster_derive(r);
    return smk_roster_in_force_entry(r, kind, subject);
}

const struct smk_organisation *smk_roster_organisation(struct smk_roster *r, const char *slug)
{
    const struct smk_roster_entry *e = find(r, SMK_DECIDE_ORGANISATION, smk_bytes_of_text(slug));
    return e != NULL ? &e->view->organisation : NULL;
}

const struct smk_office *smk_roster_office(struct smk_roster *r, const char *slug)
{
    const struct smk_roster_entry *e = find(r, SMK_DECIDE_OFFICE, smk_bytes_of_text(slug));
    return e != NULL ? &e->view->office : NULL;
}

const struct smk_device *smk_roster_device(struct smk_roster *r, const uint8_t sign_key[SMK_KEY_BYTES])
{
    const struct smk_roster_entry *e =
        find(r, SMK_DECIDE_DEVICE, (struct smk_bytes){sign_key, SMK_KEY_BYTES});
    return e != NULL ? &e->view->device : NULL;
}

const struct smk_device *smk_roster_device_by_transport(struct smk_roster *r,
                                                        const uint8_t key[SMK_KEY_BYTES])
{
    smk_roster_derive(r);
    size_t low = 0, high = r->transport_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(r->table.transport[middle]->raw.device.transport_key, key, SMK_KEY_BYTES) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    const uint8_t *owner = NULL;
    for (; low < r->transport_count; low++) {
        const struct smk_device *d = &r->table.transport[low]->raw.device;
        if (memcmp(d->transport_key, key, SMK_KEY_BYTES) != 0)
            break;
        if (owner != NULL && memcmp(owner, d->sign_key, SMK_KEY_BYTES) != 0)
            return NULL; /* two devices claim it */
        owner = d->sign_key;
    }
    return owner != NULL ? smk_roster_device(r, owner) : NULL;
}

const struct smk_device *smk_roster_device_by_invitation(struct smk_roster *r,
                                                         const uint8_t invitation[SMK_INVITATION_ID_BYTES])
{
    smk_roster_derive(r);
    size_t low = 0, high = r->invited_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(r->table.invited[middle]->view->device.invitation, invitation, SMK_INVITATION_ID_BYTES) <
            0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == r->invited_count)
        return NULL;
    const struct smk_device *d = &r->table.invited[low]->view->device;
    return memcmp(d->invitation, invitation, SMK_INVITATION_ID_BYTES) == 0 ? d : NULL;
}

size_t smk_roster_organisation_count(struct smk_roster *r)
{
    smk_roster_derive(r);
    return r->organisation_count;
}

const struct smk_organisation *smk_roster_organisation_at(struct smk_roster *r, size_t i)
{
    smk_roster_derive(r);
    SMK_ASSERT(i < r->organisation_count);
    return &r->table.in_force[i]->view->organisation;
}

size_t smk_roster_office_count(struct smk_roster *r)
{
    smk_roster_derive(r);
    return r->office_count;
}

const struct smk_office *smk_roster_office_at(struct smk_roster *r, size_t i)
{
    smk_roster_derive(r);
    SMK_ASSERT(i < r->office_count);
    return &r->table.in_force[r->organisation_count + i]->view->office;
}

size_t smk_roster_device_count(struct smk_roster *r)
{
    smk_roster_derive(r);
    return r->device_count;
}

const struct smk_device *smk_roster_device_at(struct smk_roster *r, size_t i)
{
    smk_roster_derive(r);
    SMK_ASSERT(i < r->device_count);
    return &r->table.in_force[r->organisation_count + r->office_count + i]->view->device;
}

size_t smk_roster_in_force(struct smk_roster *r, enum smk_decision_kind kind, struct smk_bytes subject,
                           uint8_t (*ret_hashes)[SMK_HASH_BYTES], size_t max)
{
    smk_roster_derive(r);
    size_t count = 0;
    for (size_t i = smk_roster_lower_bound(r, kind, subject); i < r->count; i++) {
        const struct smk_roster_entry *e = r->table.entry[i];
        if (e->kind != kind || !smk_bytes_is_equal(smk_roster_subject(e), subject))
            break;
        if (e->is_replaced)
            continue;
        if (count < max)
            memcpy(ret_hashes[count], e->hash, SMK_HASH_BYTES);
        count++;
    }
    return count;
}

bool smk_roster_has_decision(const struct smk_roster *r, const uint8_t hash[SMK_HASH_BYTES])
{
    return smk_roster_find(r, hash) != NULL;
}

const struct smk_device *smk_roster_device_of_decision(struct smk_roster *r,
                                                       const uint8_t hash[SMK_HASH_BYTES])
{
    const struct smk_roster_entry *e = smk_roster_find(r, hash);
    return e != NULL && e->kind == SMK_DECIDE_DEVICE ? &e->raw.device : NULL;
}
