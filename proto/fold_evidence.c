/* Evidence: whole records of a narrower scope, carried by what rests on them, for those who do not hold that scope. */
#include "proto/fold_set.h"

#include <string.h>

static bool is_text(struct smk_bytes bytes, const char *text)
{
    return smk_bytes_is_equal(bytes, smk_bytes_of_text(text));
}

/* One act that was carried, and the office it was done as. The log's open is not here: the office must be one that the
 * author's device holds. */
struct witness {
    struct smk_record record;
    struct smk_act act;
    const struct smk_office *office;
    const struct smk_policy_rule *rule;
};

static const struct smk_office *office_of(struct smk_roster *roster, const uint8_t *author,
                                          struct smk_bytes slug)
{
    const struct smk_device *device = smk_roster_device(roster, author);
    for (size_t i = 0; device != NULL && i < device->office_count; i++) {
        const struct smk_office *office = smk_roster_office(roster, device->office[i].text);
        if (is_text(slug, device->office[i].text) && office != NULL &&
            strcmp(office->org.text, device->org.text) == 0 &&
            smk_roster_organisation(roster, office->org.text) != NULL)
            return office;
    }
    return NULL;
}

/* Signature, payload, author, office, role and area: as of any other act. */
static bool witness_read(struct smk_fold *f, struct smk_bytes wire, struct witness *ret)
{
    struct smk_record *r = &ret->record;
    enum smk_err err = smk_record_decode(wire, r);
    if (err == SMK_OK)
        err = smk_record_check_payload(r);
    f->clocks.is_full = f->clocks.is_full || err == SMK_ERR_NOMEM;
    if (err != SMK_OK || !r->has_payload || r->header.type != SMK_RECORD_ACT || r->header.codec != 0 ||
        !smk_record_is_signed(r, smk_roster_coalition(f->roster)) ||
        smk_act_decode(r->payload, &ret->act) != SMK_OK)
        return false;
    ret->rule = smk_policy_act(ret->act.kind, ret->act.act);
    ret->office = office_of(f->roster, r->header.author, ret->act.office);
    if (ret->rule == NULL || ret->rule->is_wider || ret->office == NULL)
        return false;
    const struct smk_kind *kind = smk_kind_find(ret->act.kind);
    struct smk_place place = {.area = smk_scope_argument(&r->header.scope), .scope = &r->header.scope};
    uint8_t about[SMK_HASH_BYTES];
    smk_text_about(ret->act.text, about);
    return kind != NULL && smk_kind_is_own_scope(kind, &r->header.scope) &&
           smk_text_is_valid(ret->act.text) && memcmp(about, ret->act.about, sizeof about) == 0 &&
           smk_policy_judge(f->roster, ret->rule, ret->office, &place) == SMK_REASON_COUNTS;
}

/* The recommendations of a presentation are those of the text, in its order. */
static bool has_items_of(const struct smk_act *presentation, struct smk_bytes text)
{
    struct smk_span_iter items = smk_span_each(smk_span_find(presentation->fields, "recommendations"));
    struct smk_span_iter parts = smk_span_each(text);
    struct smk_text_part part;
    struct smk_bytes item;
    if (!smk_text_next_part(&parts, &part) || items.left != parts.left)
        return false;
    while (smk_span_next(&items, NULL, &item) && smk_text_next_part(&parts, &part))
        if (!smk_bytes_is_equal(smk_span_bin(item), (struct smk_bytes){part.doc, SMK_DOC_ID_BYTES}))
            return false;
    return true;
}

static bool is_endorsement_of(const struct witness *w, const struct smk_act *act)
{
    return is_text(w->act.kind, "joint_list") && memcmp(w->act.doc, act->doc, sizeof act->doc) == 0 &&
           memcmp(w->act.about, act->about, sizeof act->about) == 0 &&
           (is_text(w->act.act, "endorse") || is_text(w->act.act, "attest_endorsement")) &&
           is_text(act->area, smk_scope_argument(&w->record.header.scope)) && has_items_of(act, w->act.text);
}

static bool are_two_halves(const struct witness *a, const struct witness *b)
{
    bool is_first_secretariat = strcmp(a->office->role.text, "secretariat_approver") == 0;
    bool is_second_secretariat = strcmp(b->office->role.text, "secretariat_approver") == 0;
    struct smk_bytes page = smk_span_bin(smk_span_find(a->act.fields, "page"));
    return b->rule->is_half && is_first_secretariat != is_second_secretariat &&
           strcmp(a->office->org.text, b->office->org.text) != 0 && page.len == SMK_HASH_BYTES &&
           smk_bytes_is_equal(page, smk_span_bin(smk_span_find(b->act.fields, "page")));
}

bool smk_fold_shows_endorsement(struct smk_fold *f, const struct smk_act *act)
{
    struct smk_span_iter it = smk_span_each(act->evidence);
    struct smk_bytes item;
    struct witness first = {0}, second = {0};
    bool has_half = false;
    for (size_t i = 0; i < SMK_EVIDENCE_MAX && smk_span_next(&it, NULL, &item); i++) {
        struct witness *w = has_half ? &second : &first;
        if (!witness_read(f, smk_span_bin(item), w) || !is_endorsement_of(w, act))
            continue;
        if (!w->rule->is_half || (has_half && are_two_halves(&first, &second)))
            return true;
        has_half = true;
    }
    return false;
}

bool smk_fold_shows_verification(struct smk_fold *f, const struct smk_edit *edit)
{
    struct smk_span_iter it = smk_span_each(edit->evidence);
    struct smk_bytes item, from = smk_span_item(edit->from, 0);
    struct witness w = {0};
    if (from.len == 0 || !smk_span_next(&it, NULL, &item) || !witness_read(f, smk_span_bin(item), &w))
        return false;
    struct smk_span_iter parts = smk_span_each(w.act.text);
    struct smk_text_part part;
    return is_text(w.act.kind, "case_study") && is_text(w.act.act, "verify") &&
           smk_text_next_part(&parts, &part) && memcmp(part.doc, edit->doc, sizeof edit->doc) == 0 &&
           memcmp(w.act.doc, edit->doc, sizeof edit->doc) == 0 && smk_bytes_is_equal(part.heads, edit->from);
}
