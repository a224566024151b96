/* Who may make this edit or act: office, role, owner, area. */
#include "proto/fold_set.h"

#include <string.h>

/* ---- the form of an edit ---- */

static bool has_good_tallies(const struct smk_kind *kind, struct smk_bytes fields)
{
    for (size_t i = 0; i < kind->field_count; i++) {
        if (kind->field[i].type != SMK_FIELD_TALLY)
            continue;
        struct smk_bytes v = smk_span_find(fields, kind->field[i].name);
        if (smk_span_type(v) == SMK_VALUE_MAP && !smk_tally_is_valid(v))
            return false;
    }
    return true;
}

enum smk_reason smk_fold_check_form(const struct smk_kind *kind, const struct smk_edit *edit)
{
    struct smk_bytes level = smk_span_find(edit->fields, "level");
    struct smk_bytes area = smk_span_find(edit->fields, kind->area_field != NULL ? kind->area_field : "");
    if (!has_good_tallies(kind, edit->fields))
        return SMK_REASON_TALLY;
    if (kind->lives == SMK_LIVES_BY_LEVEL && level.len > 0 && area.len > 0 && !smk_level_fits(level, area))
        return SMK_REASON_LEVEL;
    if (strcmp(kind->name, "interview") == 0 &&
        smk_span_is_text(smk_span_find(edit->fields, "consent"), "no"))
        return SMK_REASON_CONSENT;
    return SMK_REASON_COUNTS;
}

static bool is_same_text(struct smk_bytes bytes, const char *text)
{
    return smk_bytes_is_equal(bytes, smk_bytes_of_text(text));
}

static void copy_area(struct smk_bytes area, char ret_area[SMK_FOLD_AREA_ROOM])
{
    size_t len = area.len < SMK_FOLD_AREA_ROOM ? area.len : 0;
    if (len > 0)
        memcpy(ret_area, area.data, len);
    ret_area[len] = '\0';
}

enum smk_reason smk_fold_judge_office(struct smk_fold *f, const struct smk_fold_log *log,
                                      struct smk_bytes slug, const struct smk_office **ret_office)
{
    for (size_t i = 0; i < log->office_count; i++) {
        if (!is_same_text(slug, log->office[i].text))
            continue;
        const struct smk_office *office = smk_roster_office(f->roster, log->office[i].text);
        if (office == NULL || strcmp(office->org.text, log->org.text) != 0 ||
            smk_roster_organisation(f->roster, log->org.text) == NULL)
            return SMK_REASON_NOT_IN_FORCE;
        *ret_office = office;
        return SMK_REASON_COUNTS;
    }
    return SMK_REASON_OFFICE;
}

/* ---- edits ---- */

/* What the edits that e had seen say about owner and area; each log's first counting edit stands for all of it. */
struct past {
    bool is_empty;
    bool has_own; /* one by the same organisation */
    char area[SMK_FOLD_AREA_ROOM];
};

static struct past past_of(struct smk_fold *f, const struct fold_doc *doc, const struct fold_node *e,
                           const char *org)
{
    struct past past = {.is_empty = true};
    const struct fold_entry *own = e != NULL ? e->log->judged : NULL;
    if (doc != NULL && own != NULL && own->doc == doc) { /* an earlier one of its own log has said it all */
        past = (struct past){.has_own = true};
        memcpy(past.area, own->area, sizeof past.area);
        return past;
    }
    const struct fold_entry *smallest = NULL; /* not the first that is met: that hangs on other documents */
    for (size_t i = 0; doc != NULL && i < doc->first_count; i++) {
        const struct fold_entry *first = doc->first[i];
        if (e != NULL && !smk_fold_node_has_seen(f, e, first->node))
            continue;
        past.is_empty = false;
        past.has_own = past.has_own || strcmp(first->seen.log->org.text, org) == 0;
        bool is_smaller =
            smallest == NULL || memcmp(first->seen.id, smallest->seen.id, sizeof first->seen.id) < 0;
        if (first->area[0] != '\0' && is_smaller)
            smallest = first;
    }
    if (smallest != NULL)
        memcpy(past.area, smallest->area, sizeof past.area);
    return past;
}

void smk_fold_note_first(struct smk_fold *f, struct fold_doc *doc, struct fold_entry *e)
{
    struct past past = past_of(f, doc, e->node, e->seen.log->org.text);
    const char *field = doc->seen.kind->area_field;
    if (past.area[0] == '\0' && field != NULL)
        copy_area(smk_span_str(smk_span_find(e->seen.edit.fields, field)), past.area);
    memcpy(e->area, past.area, sizeof e->area);
    e->node->log->judged = e;
    doc->first[doc->first_count++] = e;
}

/* The organisation that the edit itself names as owner is the office's, or it names none. */
static bool names_own_organisation(const struct smk_kind *kind, struct smk_bytes fields, const char *org)
{
    if (kind->owner_field == NULL)
        return true;
    struct smk_bytes owner = smk_span_find(fields, kind->owner_field);
    return owner.len == 0 || smk_span_is_text(owner, org);
}

enum smk_reason smk_fold_judge_placed_edit(struct smk_fold *f, const struct smk_edit *edit,
                                           const struct smk_scope *scope, const struct smk_office *office,
                                           const struct fold_doc *doc, const struct fold_node *e)
{
    const struct smk_kind *kind = smk_kind_find(edit->kind);
    if (kind == NULL)
        return SMK_REASON_UNKNOWN_KIND;
    enum smk_reason form = smk_fold_check_form(kind, edit);
    if (form != SMK_REASON_COUNTS)
        return form;
    enum smk_stand stand = smk_kind_stand(kind, edit->fields, scope);
    const struct smk_policy_rule *rule = smk_policy_edit(edit->kind, stand == SMK_STAND_PUBLISHED);
    if (stand == SMK_STAND_NONE || rule == NULL)
        return SMK_REASON_SCOPE;
    if (!smk_policy_has_role(rule, office->role.text))
        return SMK_REASON_ROLE;
    if (stand == SMK_STAND_DRAFT) /* nobody else sees it, whatever it says about area and owner */
        return is_same_text(smk_bytes_of_text(smk_scope_argument(scope)), office->org.text)
                   ? SMK_REASON_COUNTS
                   : SMK_REASON_OWNER;
    struct past past = past_of(f, doc, e, office->org.text);
    bool is_owner =
        (past.is_empty || past.has_own) && names_own_organisation(kind, edit->fields, office->org.text);
    char area[SMK_FOLD_AREA_ROOM] = "";
    if (kind->area_field != NULL)
        copy_area(smk_span_str(smk_span_find(edit->fields, kind->area_field)), area);
    if (scope->kind == SMK_SCOPE_DM)
        copy_area(smk_bytes_of_text(smk_scope_argument(scope)), area);
    struct smk_place place = {
        .area = area[0] != '\0' ? area : past.area, .scope = scope, .is_owner = is_owner};
    enum smk_reason reason = smk_policy_judge(f->roster, rule, office, &place);
    if (reason != SMK_REASON_COUNTS)
        return reason;
    bool has_moved = !past.is_empty && strcmp(place.area, past.area) != 0 && scope->kind != SMK_SCOPE_DM;
    place.area = past.area; /* who moves a document elsewhere has a say about the old place as well */
    if (has_moved)
        reason = smk_policy_judge(f->roster, rule, office, &place);
    return reason == SMK_REASON_COUNTS ? smk_fold_judge_text(f, rule, edit, past.is_empty, e != NULL)
                                       : reason;
}

enum smk_reason smk_fold_judge_edit(struct smk_fold *f, const struct smk_edit *edit,
                                    const struct smk_scope *scope, const struct smk_office *office)
{
    const struct fold_doc *doc = smk_fold_doc_of(f, edit->kind, edit->doc, scope);
    return smk_fold_judge_placed_edit(f, edit, scope, office, doc, NULL);
}

/* ---- acts ---- */

static bool owns(const struct fold_doc *doc, const char *org)
{
    for (size_t i = 0; doc != NULL && i < doc->first_count; i++)
        if (strcmp(doc->first[i]->seen.log->org.text, org) == 0)
            return true;
    return false;
}

/* A rapporteur's office that names a meeting is for that one. */
static bool is_its_meeting(struct smk_fold *f, const struct smk_office *office, const struct smk_act *act,
                           const struct smk_scope *scope)
{
    uint8_t id[SMK_DOC_ID_BYTES];
    struct smk_bytes meeting = {act->doc, sizeof act->doc}, name = smk_bytes_of_text(office->meeting);
    if (!is_same_text(act->kind, "meeting"))
        meeting = smk_span_bin(smk_span_find(act->fields, "meeting"));
    if (name.len == 0)
        return true;
    if (meeting.len != SMK_DOC_ID_BYTES)
        return false;
    smk_import_id(smk_roster_coalition(f->roster), "meeting", name, id);
    if (memcmp(id, meeting.data, sizeof id) == 0)
        return true;
    struct fold_doc *doc = smk_fold_doc_of(f, smk_bytes_of_text("meeting"), meeting.data, scope);
    return doc != NULL && smk_span_is_text(smk_fold_first(f, &doc->seen, "ref"), office->meeting);
}

/* The area of the document: that of its scope; in `pub` its own field, or what a wider act says. */
static void area_of_act(struct smk_fold *f, const struct smk_act *act, const struct smk_policy_rule *rule,
                        const struct smk_scope *scope, const struct fold_doc *doc,
                        char ret_area[SMK_FOLD_AREA_ROOM])
{
    struct smk_bytes area = act->area;
    if (!rule->is_wider) {
        area = smk_bytes_of_text(smk_scope_argument(scope));
        if (scope->kind != SMK_SCOPE_DM && doc != NULL && doc->seen.kind->area_field != NULL)
            area = smk_span_str(smk_fold_first(f, &doc->seen, doc->seen.kind->area_field));
    }
    copy_area(area, ret_area);
}

/* Whoever made what an audit note is about, a document or an act in the note's scope, answers it. */
static bool owns_target(struct smk_fold *f, const struct fold_doc *note, const struct smk_scope *scope,
                        const char *org)
{
    struct smk_bytes id =
        note != NULL ? smk_span_bin(smk_fold_first(f, &note->seen, "target")) : (struct smk_bytes){0};
    if (id.len != SMK_DOC_ID_BYTES)
        return false;
    for (size_t i = 0; i < smk_kind_count(); i++)
        if (owns(smk_fold_doc_of(f, smk_bytes_of_text(smk_kind_at(i)->name), id.data, scope), org))
            return true;
    return smk_fold_is_act_of(f, id.data, scope, org);
}

enum smk_reason smk_fold_judge_placed_act(struct smk_fold *f, const struct smk_act *act,
                                          const struct smk_scope *scope, const struct smk_office *office)
{
    const struct smk_kind *kind = smk_kind_find(act->kind);
    const struct smk_policy_rule *rule = smk_policy_act(act->kind, act->act);
    char area[SMK_FOLD_AREA_ROOM] = "";
    if (kind == NULL)
        return SMK_REASON_UNKNOWN_KIND;
    if (rule == NULL)
        return SMK_REASON_UNKNOWN_ACT;
    bool is_placed =
        rule->is_wider ? scope->kind == SMK_SCOPE_PUB && !scope->is_wit : smk_kind_is_own_scope(kind, scope);
    if (!is_placed)
        return SMK_REASON_SCOPE;
    struct fold_doc *doc = smk_fold_doc_of(f, act->kind, act->doc, scope);
    area_of_act(f, act, rule, scope, rule->is_wider ? NULL : doc, area);
    struct smk_place place = {.area = area, .scope = scope, .is_owner = owns(doc, office->org.text)};
    if (rule->area == SMK_AREA_OWNER_OF_TARGET)
        place.is_owner = owns_target(f, doc, scope, office->org.text);
    if (strcmp(office->role.text, "workshop_rapporteur") == 0 &&
        smk_policy_has_role(rule, office->role.text) && !is_its_meeting(f, office, act, scope))
        return SMK_REASON_MEETING;
    bool is_here = rule->is_wider || (doc != NULL && doc->seen.counts);
    if (!is_here) /* without the document nobody knows its area; its role is known */
        return smk_policy_has_role(rule, office->role.text) ? SMK_REASON_NO_DOCUMENT : SMK_REASON_ROLE;
    return smk_policy_judge(f->roster, rule, office, &place);
}
