#include "store/govern.h"

#include "proto/check.h"
#include "proto/mem.h"
#include "store/inside.h"

#include <string.h>

bool smk_root_can_decide(struct smk_root root, const struct smk_genesis *g)
{
    bool is_found[SMK_ROOT_KEYS_MAX] = {false};
    for (size_t i = 0; i < root.count; i++) {
        size_t at = 0;
        while (at < g->key_count && memcmp(g->key[at], root.key[i].public_key, SMK_KEY_BYTES) != 0)
            at++;
        if (at == g->key_count || is_found[at])
            return false;
        is_found[at] = true;
    }
    return root.count >= g->k;
}

/* ---- does a decision hold together ---- */

static bool is_auditor(const struct smk_office *office)
{
    return strcmp(office->role.text, "auditor") == 0;
}

static bool device_fits(struct smk_roster *r, const struct smk_device *d)
{
    size_t auditors = 0;
    if (smk_roster_organisation(r, d->org.text) == NULL)
        return false;
    for (size_t i = 0; i < d->office_count; i++) {
        const struct smk_office *office = smk_roster_office(r, d->office[i].text);
        if (office == NULL || strcmp(office->org.text, d->org.text) != 0)
            return false;
        auditors += is_auditor(office);
    }
    const struct smk_device *other = smk_roster_device_by_transport(r, d->transport_key);
    if (other != NULL && memcmp(other->sign_key, d->sign_key, SMK_KEY_BYTES) != 0)
        return false;
    return auditors == 0 || auditors == d->office_count;
}

static bool decision_fits(struct smk_roster *r, const struct smk_decision *d)
{
    switch (d->kind) {
    case SMK_DECIDE_ORGANISATION: return true; /* its form is all there is to it */
    case SMK_DECIDE_OFFICE: return smk_roster_organisation(r, d->office.org.text) != NULL;
    case SMK_DECIDE_DEVICE: return device_fits(r, &d->device);
    }
    return false;
}

static struct smk_bytes subject_of(const struct smk_decision *d)
{
    switch (d->kind) {
    case SMK_DECIDE_ORGANISATION: return smk_bytes_of_text(d->organisation.slug.text);
    case SMK_DECIDE_OFFICE: return smk_bytes_of_text(d->office.slug.text);
    case SMK_DECIDE_DEVICE: return SMK_BYTES(d->device.sign_key);
    }
    return (struct smk_bytes){0};
}

static void offices_sort(struct smk_device *d)
{
    size_t kept = 0;
    for (size_t i = 0; i < d->office_count; i++) {
        struct smk_slug slug = d->office[i];
        size_t at = 0;
        while (at < kept && strcmp(d->office[at].text, slug.text) < 0)
            at++;
        if (at < kept && strcmp(d->office[at].text, slug.text) == 0)
            continue;
        memmove(&d->office[at + 1], &d->office[at], (kept - at) * sizeof slug);
        d->office[at] = slug;
        kept++;
    }
    d->office_count = kept;
}

/* The one decision in force on the subject, as content. False when there is none or more than one. */
static bool content_in_force(struct smk_roster *r, const struct smk_decision *d, struct smk_decision *ret_now)
{
    const struct smk_organisation *organisation;
    const struct smk_office *office;
    const struct smk_device *device;
    *ret_now = (struct smk_decision){.kind = d->kind};
    switch (d->kind) {
    case SMK_DECIDE_ORGANISATION:
        organisation = smk_roster_organisation(r, d->organisation.slug.text);
        if (organisation != NULL)
            ret_now->organisation = *organisation;
        return organisation != NULL;
    case SMK_DECIDE_OFFICE:
        office = smk_roster_office(r, d->office.slug.text);
        if (office != NULL)
            ret_now->office = *office;
        return office != NULL;
    case SMK_DECIDE_DEVICE:
        device = smk_roster_device(r, d->device.sign_key);
        if (device != NULL)
            ret_now->device = *device;
        return device != NULL;
    }
    return false;
}

static enum smk_err is_in_force(struct smk_roster *r, const struct smk_decision *d, bool *ret_is)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf asked = {.max = SMK_DECISION_PAYLOAD_BYTES_MAX};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf now = {.max = SMK_DECISION_PAYLOAD_BYTES_MAX};
    struct smk_decision content = *d, in_force;
    *ret_is = false;
    if (d->replaces_count != 1 || !content_in_force(r, d, &in_force))
        return SMK_OK;
    content.replaces_count = 0;
    smk_decision_encode(&content, &asked);
    smk_decision_encode(&in_force, &now);
    *ret_is = smk_bytes_is_equal(smk_buf_view(&asked), smk_buf_view(&now));
    return asked.err != SMK_OK ? asked.err : now.err;
}

/* ---- making them ---- */

enum smk_err smk_decision_make(struct smk_store *s, struct smk_root root, struct smk_decision *d,
                               struct smk_buf *payload, bool *ret_is_new)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf body = {.max = SMK_DECISION_BYTES_MAX};
    struct smk_decision decoded;
    bool is_known = false;
    if (d->kind == SMK_DECIDE_DEVICE)
        offices_sort(&d->device);
    size_t count =
        smk_roster_in_force(s->roster, d->kind, subject_of(d), d->replaces, SMK_CERT_DECISIONS_MAX);
    d->replaces_count = count < SMK_CERT_DECISIONS_MAX ? count : SMK_CERT_DECISIONS_MAX;
    enum smk_err err = is_in_force(s->roster, d, &is_known);
    *ret_is_new = !is_known;
    if (err != SMK_OK || is_known)
        return err;
    smk_decision_encode(d, &body);
    if (body.err != SMK_OK)
        return body.err == SMK_ERR_NOMEM ? body.err : SMK_ERR_INVALID;
    err = smk_decision_decode(smk_buf_view(&body), &decoded);
    if (err == SMK_ERR_NOMEM)
        return err;
    if (err != SMK_OK || !decision_fits(s->roster, d))
        return SMK_ERR_INVALID;
    err = smk_decision_sign(smk_buf_view(&body), root.key, root.count, s->coalition, payload);
    if (err == SMK_OK)
        err = smk_roster_add(s->roster, smk_buf_view(payload));
    return err == SMK_ERR_BAD_DECISION ? SMK_ERR_INVALID : err;
}

struct deciding {
    const struct smk_identity *identity;
    struct smk_root root;
    const struct smk_decision *decisions;
    size_t count;
    struct smk_buf *payloads; /* of those that are new */
    size_t written;
};

/* The first of two rounds: a founder's device is known only by the last of its decisions. */
static enum smk_err decisions_make(struct smk_store *s, struct deciding *g)
{
    g->written = 0;
    for (size_t i = 0; i < g->count; i++) {
        struct smk_decision d = g->decisions[i];
        struct smk_buf *payload = &g->payloads[g->written];
        bool is_new = false;
        smk_buf_deinit(payload); /* of an earlier attempt */
        payload->max = SMK_DECISION_PAYLOAD_BYTES_MAX;
        enum smk_err err = smk_decision_make(s, g->root, &d, payload, &is_new);
        if (err != SMK_OK)
            return err;
        g->written += is_new;
    }
    return SMK_OK;
}

static enum smk_err decide(struct smk_store *s, struct smk_txn *t, void *ctx)
{
    struct deciding *g = ctx;
    SMK_CLEANUP(smk_own_deinit) struct smk_own own = {0};
    uint8_t id[SMK_ID_BYTES];
    if (!smk_root_can_decide(g->root, smk_roster_genesis(s->roster)))
        return SMK_ERR_NOT_ALLOWED_HERE;
    /* What the decisions change about this device holds from the next write on. */
    bool is_known = smk_roster_device(s->roster, g->identity->sign.public_key) != NULL;
    enum smk_err err = is_known ? smk_own_begin(&own, s, t, g->identity) : SMK_OK;
    if (err == SMK_OK)
        err = decisions_make(s, g);
    if (err != SMK_OK || g->written == 0)
        return err;
    if (!is_known)
        err = smk_own_begin(&own, s, t, g->identity);
    for (size_t i = 0; i < g->written && err == SMK_OK; i++)
        err = smk_own_write_decision(&own, smk_buf_view(&g->payloads[i]), id);
    return err == SMK_OK ? smk_own_finish(&own) : err;
}

enum smk_err smk_store_decide(struct smk_store *s, const struct smk_identity *identity,
                              const struct smk_sign_key *root_keys, size_t root_key_count,
                              const struct smk_decision *decisions, size_t count, size_t *ret_written)
{
    struct deciding g = {
        .identity = identity,
        .root = {root_keys, root_key_count},
        .decisions = decisions,
        .count = count,
    };
    g.payloads = smk_mem_array(count > 0 ? count : 1, sizeof *g.payloads);
    if (g.payloads == NULL)
        return SMK_ERR_NOMEM;
    enum smk_err err = smk_store_transact_vital(s, decide, &g);
    if (err == SMK_OK)
        *ret_written = g.written;
    for (size_t i = 0; i < count; i++)
        smk_buf_deinit(&g.payloads[i]);
    smk_mem_free(g.payloads);
    return err;
}
