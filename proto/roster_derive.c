#include "proto/check.h"
#include "proto/roster_set.h"

#include <string.h>

/* What is in force, computed from the whole set (PROTOCOL.md section 5.3). A *group* is the decisions on one
 * subject; its *representative* is the one with the smallest hash among those in force. */

typedef int entry_order(const struct smk_roster_entry *a, const struct smk_roster_entry *b);

/* Heap sort: in place, no recursion, no bad cases. */
static void sift_down(struct smk_roster_entry **at, size_t root, size_t count, entry_order *order)
{
    for (;;) {
        size_t child = 2 * root + 1;
        if (child >= count)
            return;
        if (child + 1 < count && order(at[child], at[child + 1]) < 0)
            child++;
        if (order(at[root], at[child]) >= 0)
            return;
        struct smk_roster_entry *larger = at[child];
        at[child] = at[root];
        at[root] = larger;
        root = child;
    }
}

static void entries_sort(struct smk_roster_entry **at, size_t count, entry_order *order)
{
    for (size_t i = count / 2; i-- > 0;)
        sift_down(at, i, count, order);
    for (size_t left = count; left-- > 1;) {
        struct smk_roster_entry *largest = at[0];
        at[0] = at[left];
        at[left] = largest;
        sift_down(at, 0, left, order);
    }
}

struct smk_bytes smk_roster_subject(const struct smk_roster_entry *e)
{
    switch (e->kind) {
    case SMK_DECIDE_ORGANISATION: return smk_bytes_of_text(e->raw.organisation.slug.text);
    case SMK_DECIDE_OFFICE: return smk_bytes_of_text(e->raw.office.slug.text);
    case SMK_DECIDE_DEVICE: return SMK_BYTES(e->raw.device.sign_key);
    }
    SMK_UNREACHABLE();
}

static int order_against_subject(const struct smk_roster_entry *e, enum smk_decision_kind kind,
                                 struct smk_bytes subject)
{
    if (e->kind != kind)
        return e->kind < kind ? -1 : 1;
    return smk_bytes_compare(smk_roster_subject(e), subject);
}

static int order_of_subjects(const struct smk_roster_entry *a, const struct smk_roster_entry *b)
{
    int order = order_against_subject(a, b->kind, smk_roster_subject(b));
    return order != 0 ? order : memcmp(a->hash, b->hash, SMK_HASH_BYTES);
}

static int order_of_transport_keys(const struct smk_roster_entry *a, const struct smk_roster_entry *b)
{
    int order = memcmp(a->raw.device.transport_key, b->raw.device.transport_key, SMK_KEY_BYTES);
    return order != 0 ? order : memcmp(a->raw.device.sign_key, b->raw.device.sign_key, SMK_KEY_BYTES);
}

static int order_of_invitations(const struct smk_roster_entry *a, const struct smk_roster_entry *b)
{
    int order = memcmp(a->view->device.invitation, b->view->device.invitation, SMK_INVITATION_ID_BYTES);
    return order != 0 ? order : memcmp(a->raw.device.sign_key, b->raw.device.sign_key, SMK_KEY_BYTES);
}

/* ---- what several decisions in force have in common; false when they contradict each other ---- */

static bool is_same_slug(const struct smk_slug *a, const struct smk_slug *b)
{
    return strcmp(a->text, b->text) == 0;
}

static bool organisation_meet(struct smk_organisation *o, const struct smk_organisation *other)
{
    size_t kept = 0;
    for (size_t i = 0; i < o->area_count; i++)
        for (size_t j = 0; j < other->area_count; j++)
            if (strcmp(o->area[i], other->area[j]) == 0)
                memmove(o->area[kept++], o->area[i], sizeof o->area[i]);
    o->area_count = kept;
    return is_same_slug(&o->kind, &other->kind);
}

static bool office_meet(const struct smk_office *o, const struct smk_office *other)
{
    return is_same_slug(&o->org, &other->org) && is_same_slug(&o->role, &other->role) &&
           strcmp(o->area, other->area) == 0 && strcmp(o->meeting, other->meeting) == 0;
}

static bool device_meet(struct smk_device *d, const struct smk_device *other)
{
    size_t kept = 0;
    for (size_t i = 0; i < d->office_count; i++)
        for (size_t j = 0; j < other->office_count; j++)
            if (is_same_slug(&d->office[i], &other->office[j]))
                d->office[kept++] = d->office[i];
    d->office_count = kept;
    return is_same_slug(&d->org, &other->org) &&
           memcmp(d->transport_key, other->transport_key, SMK_KEY_BYTES) == 0 &&
           memcmp(d->box_key, other->box_key, SMK_KEY_BYTES) == 0;
}

static bool content_meet(enum smk_decision_kind kind, union smk_roster_content *c,
                         const union smk_roster_content *other)
{
    switch (kind) {
    case SMK_DECIDE_ORGANISATION: return organisation_meet(&c->organisation, &other->organisation);
    case SMK_DECIDE_OFFICE: return office_meet(&c->office, &other->office);
    case SMK_DECIDE_DEVICE: return device_meet(&c->device, &other->device);
    }
    SMK_UNREACHABLE();
}

/* ---- deriving ---- */

/* The set only grows, so what is replaced stays replaced. */
static void mark_replaced(struct smk_roster *r)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct smk_roster_entry *e = r->table.entry[i];
        for (size_t j = 0; j < e->replaces_count; j++) {
            struct smk_roster_entry *old = smk_roster_find(r, e->replaces[j]);
            if (old != NULL && order_against_subject(old, e->kind, smk_roster_subject(e)) == 0)
                old->is_replaced = true;
        }
    }
}

static size_t group_end(const struct smk_roster *r, size_t start)
{
    const struct smk_roster_entry *first = r->table.entry[start];
    size_t end = start + 1;
    while (end < r->count &&
           order_against_subject(r->table.entry[end], first->kind, smk_roster_subject(first)) == 0)
        end++;
    return end;
}

/* Folds the group; the representative, or NULL when nothing is in force or it contradicts itself. */
static struct smk_roster_entry *group_fold(struct smk_roster *r, size_t start, size_t end)
{
    struct smk_roster_entry *chosen = NULL;
    bool agrees = true;
    for (size_t i = start; i < end; i++) {
        struct smk_roster_entry *e = r->table.entry[i];
        if (e->is_replaced)
            continue;
        if (chosen == NULL) {
            chosen = e;
            e->merged = e->raw;
        } else {
            agrees = content_meet(e->kind, &chosen->merged, &e->raw) && agrees;
        }
    }
    if (chosen == NULL || !agrees)
        return NULL;
    chosen->view = &chosen->merged;
    return chosen;
}

/* A device that is an auditor by one of its decisions is one, whatever the others say; one that may be either holds what
 * both would give it. */
static void note_auditors(struct smk_roster *r, struct smk_roster_entry *chosen, size_t start, size_t end)
{
    chosen->gives_auditor = chosen->gives_ordinary = false;
    for (size_t i = start; i < end; i++) {
        const struct smk_roster_entry *e = r->table.entry[i];
        if (e->is_replaced)
            continue;
        enum smk_standing standing = smk_roster_standing(r, &e->raw.device);
        chosen->gives_auditor |= standing != SMK_STANDING_ORDINARY;
        chosen->gives_ordinary |= standing != SMK_STANDING_AUDITOR;
    }
}

static bool has_organisation(const struct smk_roster *r, const struct smk_device *d)
{
    return smk_roster_in_force_entry(r, SMK_DECIDE_ORGANISATION, smk_bytes_of_text(d->org.text)) != NULL;
}

static void derive_group(struct smk_roster *r, size_t start, size_t end)
{
    struct smk_roster_entry *chosen = group_fold(r, start, end);
    struct smk_roster_tables *t = &r->table;
    enum smk_decision_kind kind = t->entry[start]->kind;
    if (kind == SMK_DECIDE_DEVICE)
        for (size_t i = start; i < end; i++)
            if (!t->entry[i]->is_replaced)
                t->transport[r->transport_count++] = t->entry[i];
    if (chosen == NULL || (kind == SMK_DECIDE_DEVICE && !has_organisation(r, &chosen->view->device)))
        return;
    t->in_force[r->organisation_count + r->office_count + r->device_count] = chosen;
    switch (kind) {
    case SMK_DECIDE_ORGANISATION: r->organisation_count++; return;
    case SMK_DECIDE_OFFICE: r->office_count++; return;
    case SMK_DECIDE_DEVICE: r->device_count++; break;
    }
    note_auditors(r, chosen, start, end);
    if (chosen->view->device.has_invitation)
        t->invited[r->invited_count++] = chosen;
}

void smk_roster_derive(struct smk_roster *r)
{
    if (r->is_derived)
        return;
    r->organisation_count = r->office_count = r->device_count = 0;
    r->transport_count = r->invited_count = 0;
    mark_replaced(r);
    entries_sort(r->table.entry, r->count, order_of_subjects);
    r->is_derived = true; /* what follows asks about the kinds that are already done */
    for (size_t start = 0, end; start < r->count; start = end) {
        end = group_end(r, start);
        derive_group(r, start, end);
    }
    entries_sort(r->table.transport, r->transport_count, order_of_transport_keys);
    entries_sort(r->table.invited, r->invited_count, order_of_invitations);
}

/* ---- finding ---- */

/* First place in a sorted table whose entry is not below (kind, subject). */
static size_t lower_bound(struct smk_roster_entry *const *at, size_t count, enum smk_decision_kind kind,
                          struct smk_bytes subject)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (order_against_subject(at[middle], kind, subject) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t smk_roster_lower_bound(const struct smk_roster *r, enum smk_decision_kind kind,
                              struct smk_bytes subject)
{
    return lower_bound(r->table.entry, r->count, kind, subject);
}

const struct smk_roster_entry *smk_roster_in_force_entry(const struct smk_roster *r,
                                                         enum smk_decision_kind kind,
                                                         struct smk_bytes subject)
{
    size_t count = r->organisation_count + r->office_count + r->device_count;
    size_t at = lower_bound(r->table.in_force, count, kind, subject);
    if (at == count || order_against_subject(r->table.in_force[at], kind, subject) != 0)
        return NULL;
    return r->table.in_force[at];
}
