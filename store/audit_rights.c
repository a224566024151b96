#include "proto/mem.h"
#include "store/audit_state.h"

#include <string.h>

/* Only what can be judged the same way at any later time: the rights of a log are those that its open names, so they
 * are held against the scope only while the decisions named there are still in force. */

static void say(struct smk_audit *a, const struct smk_audit_link *l, enum smk_finding_kind kind,
                const char *what)
{
    const struct smk_header *h = &l->record.header;
    struct smk_finding finding = {
        .kind = kind,
        .has_id = true,
        .scope = h->scope,
        .seq = h->seq,
        .arrival = l->arrival,
        .what = what,
    };
    memcpy(finding.id, l->record.id, SMK_ID_BYTES);
    memcpy(finding.author, h->author, SMK_KEY_BYTES);
    smk_audit_report(a, &finding);
}

static bool names_author(struct smk_audit *a, const struct smk_open *open,
                         const uint8_t author[SMK_KEY_BYTES])
{
    for (size_t i = 0; i < open->under_count; i++) {
        const struct smk_device *device = smk_roster_device_of_decision(a->roster, open->under[i]);
        if (device != NULL && memcmp(device->sign_key, author, SMK_KEY_BYTES) == 0)
            return true;
    }
    return false;
}

/* True when the open names every decision in force on a subject, and there is one; adds their number. */
static bool names_all(struct smk_audit *a, const struct smk_open *open, enum smk_decision_kind kind,
                      struct smk_bytes subject, size_t *named)
{
    uint8_t hash[SMK_CERT_DECISIONS_MAX][SMK_HASH_BYTES];
    size_t count = smk_roster_in_force(a->roster, kind, subject, hash, SMK_CERT_DECISIONS_MAX), found = 0;
    for (size_t i = 0; i < count && i < SMK_CERT_DECISIONS_MAX; i++)
        for (size_t k = 0; k < open->under_count; k++)
            found += memcmp(hash[i], open->under[k], SMK_HASH_BYTES) == 0;
    *named += found;
    return count > 0 && found == count;
}

/* True when what the open names is just what is in force on the device, its organisation and its offices. */
static bool is_current(struct smk_audit *a, const struct smk_open *open, const struct smk_device *device)
{
    size_t named = 0;
    bool is_all = names_all(a, open, SMK_DECIDE_DEVICE, SMK_BYTES(device->sign_key), &named) &&
                  names_all(a, open, SMK_DECIDE_ORGANISATION, smk_bytes_of_text(device->org.text), &named);
    for (size_t i = 0; i < device->office_count && is_all; i++)
        is_all = names_all(a, open, SMK_DECIDE_OFFICE, smk_bytes_of_text(device->office[i].text), &named);
    return is_all && named == open->under_count;
}

static enum smk_err open_check(struct smk_audit *a, const struct smk_audit_link *l)
{
    const struct smk_header *h = &l->record.header;
    struct smk_open open;
    enum smk_err err = smk_open_decode(l->record.payload, &open);
    if (err == SMK_ERR_NOMEM)
        return err;
    if (err != SMK_OK || !names_author(a, &open, h->author)) {
        say(a, l, SMK_FINDING_RIGHTS, "no decision that it is opened under makes its author a device");
        return SMK_OK;
    }
    const struct smk_device *device = smk_roster_device(a->roster, h->author);
    if (device != NULL && is_current(a, &open, device) && !smk_roster_holds(a->roster, h->author, &h->scope))
        say(a, l, SMK_FINDING_RIGHTS, "its author does not hold its scope");
    return SMK_OK;
}

enum smk_err smk_audit_meaning(struct smk_audit *a, const struct smk_audit_link *l)
{
    const struct smk_header *h = &l->record.header;
    bool is_gov = h->scope.kind == SMK_SCOPE_GOV && !h->scope.is_wit;
    if (!l->record.has_payload || h->codec != 0)
        return SMK_OK;
    if (h->type == SMK_RECORD_OPEN)
        return open_check(a, l);
    if (h->type != SMK_RECORD_DECISION || !is_gov)
        return SMK_OK;
    enum smk_err err = smk_roster_add(a->roster, l->record.payload);
    if (err == SMK_ERR_BAD_DECISION)
        say(a, l, SMK_FINDING_DECISION, "the decision lacks signatures that it needs: it does not count");
    return err == SMK_ERR_NOMEM ? err : SMK_OK;
}
