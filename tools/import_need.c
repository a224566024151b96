#include "tools/import_need.h"

#include <string.h>

/* ---- what it is about ---- */

enum smk_import_type smk_import_target_type(enum smk_import_type type)
{
    switch (type) {
    case SMK_IMPORT_ENDORSEMENT:
    case SMK_IMPORT_ACCEPTANCE:
    case SMK_IMPORT_PRESENTATION: return SMK_IMPORT_JOINT_LIST;
    case SMK_IMPORT_PRIORITY:
    case SMK_IMPORT_FOLLOW_UP:
    case SMK_IMPORT_VERIFICATION: return SMK_IMPORT_RECOMMENDATION;
    default: return type;
    }
}

/* The field that names the document; a document is about itself: NULL. */
static const char *target_key(enum smk_import_type type)
{
    if (type == SMK_IMPORT_VERIFICATION)
        return "follow_up";
    if (type == SMK_IMPORT_PRIORITY || type == SMK_IMPORT_FOLLOW_UP)
        return "recommendation";
    return smk_import_form[type].is_document ? NULL : "list";
}

const char *smk_import_target_source(const struct smk_import *i, const struct smk_import_object *o)
{
    const char *key = target_key(o->type);
    if (key == NULL)
        return o->id;
    const char *source = smk_import_text(o, key);
    if (o->type != SMK_IMPORT_VERIFICATION)
        return source;
    const struct smk_import_object *report = smk_import_find(&i->set, SMK_IMPORT_FOLLOW_UP, source);
    return report != NULL ? smk_import_text(report, "recommendation") : NULL;
}

/* Who brings in an object of the folder; "" when nobody can tell. */
static struct smk_slug bringer_of(const struct smk_import *i, enum smk_import_type type, const char *source)
{
    struct smk_slug org = {0};
    const struct smk_import_object *o = smk_import_find(&i->set, type, source);
    const char *office = o != NULL ? smk_import_maker(&i->set, o) : NULL;
    if (office != NULL && !smk_import_org_of_office(&i->set, smk_fold_roster(i->loaded.fold), office, &org))
        org = (struct smk_slug){0};
    return org;
}

/* Waits for a document, unless it can never come. */
static void wait_for_document(struct smk_import *i, struct smk_import_step *step, enum smk_import_type type,
                              const char *source, const char *key)
{
    if (smk_import_find(&i->set, type, source) != NULL) {
        struct smk_slug from = bringer_of(i, type, source);
        smk_import_wait(step, source, &from);
        return;
    }
    bool is_refused = smk_import_exists(&i->set, type, source);
    smk_import_refuse_object(
        &i->report, step->object, key, is_refused ? "rests_on_refused" : "unknown_reference",
        is_refused ? "it rests on %s, which is refused" : "%s is neither in this folder nor here", source);
    step->state = SMK_STEP_REFUSED;
}

/* Every recommendation that the file of the list names. */
static bool list_is_whole(struct smk_import *i, struct smk_import_step *step, const char *source)
{
    const struct smk_import_object *list = smk_import_find(&i->set, SMK_IMPORT_JOINT_LIST, source);
    json_t *names = list != NULL ? json_object_get(list->json, "recommendations") : NULL;
    for (size_t k = 0; k < json_array_size(names); k++) {
        const char *name = json_string_value(json_array_get(names, k));
        if (name != NULL && smk_import_find_doc(i, SMK_IMPORT_RECOMMENDATION, name) != NULL)
            continue;
        wait_for_document(i, step, SMK_IMPORT_RECOMMENDATION, name != NULL ? name : "", "recommendations");
        return false;
    }
    return true;
}

bool smk_import_find_target(struct smk_import *i, struct smk_import_step *step,
                            struct smk_import_target *ret_target)
{
    struct smk_import_target t = {.type = smk_import_target_type(step->object->type)};
    const char *key = target_key(step->object->type);
    t.source = smk_import_target_source(i, step->object);
    if (t.source == NULL) {
        smk_import_refuse_object(&i->report, step->object, key, "unknown_reference",
                                 "it does not name what it is about, or that is not in this folder");
        return false;
    }
    t.doc = smk_import_find_doc(i, t.type, t.source);
    if (t.doc == NULL) {
        wait_for_document(i, step, t.type, t.source, key != NULL ? key : "");
        return false;
    }
    if (t.type == SMK_IMPORT_JOINT_LIST && !list_is_whole(i, step, t.source))
        return false;
    *ret_target = t;
    return true;
}

/* ---- what it rests on ---- */

const struct smk_fold_entry *smk_import_find_act(const struct smk_fold_doc *doc, const char *act,
                                                 const uint8_t id[SMK_DOC_ID_BYTES], const char *office)
{
    for (size_t k = 0; doc != NULL && k < doc->act_count; k++) {
        const struct smk_fold_entry *e = doc->act[k];
        bool is_act = smk_bytes_is_equal(e->act.act, smk_bytes_of_text(act));
        if (is_act && memcmp(e->act.id, id, SMK_DOC_ID_BYTES) == 0 &&
            (office == NULL || smk_bytes_is_equal(e->act.office, smk_bytes_of_text(office))))
            return e;
    }
    return NULL;
}

/* The endorsement or acceptance of a list in the folder; NULL when there is none. */
static struct smk_import_object *agreement_of(const struct smk_import *i, enum smk_import_type type,
                                              const char *list)
{
    for (size_t k = i->set.first[type]; list != NULL && k < i->set.first[type + 1]; k++) {
        struct smk_import_object *o = &i->set.object[k];
        const char *name = smk_import_text(o, "list");
        if (name != NULL && strcmp(name, list) == 0)
            return o;
    }
    return NULL;
}

/* Whose half of an agreement is missing, or whose signature. */
static struct smk_slug missing_party(const struct smk_import *i, const struct smk_import_object *o,
                                     const struct smk_fold_doc *list, const char *attest)
{
    struct smk_slug org = bringer_of(i, o->type, o->id), office;
    json_t *attestors = json_object_get(o->json, "attestors");
    uint8_t id[SMK_DOC_ID_BYTES];
    smk_import_id_of(i, smk_import_form[o->type].name, o->id, id);
    for (size_t k = 0; smk_import_is_attested(o) && k < json_array_size(attestors); k++) {
        const char *name = json_string_value(json_array_get(attestors, k));
        if (name == NULL || !smk_slug_lower(name, &office) ||
            smk_import_find_act(list, attest, id, office.text) != NULL)
            continue;
        if (smk_import_org_of_office(&i->set, smk_fold_roster(i->loaded.fold), name, &org))
            return org;
    }
    return org;
}

/* A counting endorsement (or acceptance) of a list; otherwise the step waits for it. */
static const struct smk_fold_entry *find_agreement(struct smk_import *i, struct smk_import_step *step,
                                                   enum smk_import_type type, const char *list)
{
    bool is_endorsement = type == SMK_IMPORT_ENDORSEMENT;
    const char *sign = is_endorsement ? "endorse" : "accept";
    const char *attest = is_endorsement ? "attest_endorsement" : "attest_acceptance";
    const struct smk_fold_doc *doc = smk_import_find_doc(i, SMK_IMPORT_JOINT_LIST, list);
    const struct smk_fold_entry *found = doc != NULL ? smk_fold_newest_act(doc, sign) : NULL;
    if (found == NULL && doc != NULL)
        found = smk_fold_newest_act(doc, attest);
    if (found != NULL)
        return found;
    const struct smk_import_object *o = agreement_of(i, type, list);
    struct smk_slug from = {0};
    if (o != NULL && o->is_refused) {
        smk_import_refuse_object(&i->report, step->object, "", "rests_on_refused",
                                 "it rests on %s, which is refused", o->id);
        step->state = SMK_STEP_REFUSED;
        return NULL;
    }
    if (o != NULL)
        from = missing_party(i, o, doc, attest);
    smk_import_wait(step, o != NULL ? o->id : list, &from);
    return NULL;
}

/* A counting act about the document itself; otherwise the step waits for the office that a field of the object names. */
static const struct smk_fold_entry *find_earlier(struct smk_import *i, struct smk_import_step *step,
                                                 const struct smk_import_target *t, const char *act,
                                                 const char *key)
{
    const struct smk_fold_entry *found = smk_fold_newest_act(t->doc, act);
    const struct smk_import_object *o = smk_import_find(&i->set, t->type, t->source);
    const char *office = o != NULL ? smk_import_text(o, key) : NULL;
    struct smk_slug from = {0};
    if (found != NULL)
        return found;
    if (office != NULL && !smk_import_org_of_office(&i->set, smk_fold_roster(i->loaded.fold), office, &from))
        from = (struct smk_slug){0};
    smk_import_wait(step, t->source, &from);
    return NULL;
}

/* The presentation at the same meeting and level that names the recommendation. */
static const struct smk_fold_entry *find_presentation(struct smk_import *i, struct smk_import_step *step,
                                                      const struct smk_import_target *t)
{
    const struct smk_import_object *recommendation = smk_import_find(&i->set, t->type, t->source);
    const char *list = recommendation != NULL ? smk_import_text(recommendation, "list") : NULL;
    const char *meeting = smk_import_text(step->object, "meeting");
    const struct smk_fold_doc *doc = smk_import_find_doc(i, SMK_IMPORT_JOINT_LIST, list);
    bool is_national = strcmp(step->act, "prioritise_national") == 0;
    const char *act = is_national ? "present_national" : "present_provincial";
    uint8_t meeting_id[SMK_DOC_ID_BYTES];
    smk_import_id_of(i, "meeting", meeting != NULL ? meeting : "", meeting_id);
    for (size_t k = 0; doc != NULL && k < doc->act_count; k++) {
        const struct smk_fold_entry *e = doc->act[k];
        if (e->reason != SMK_REASON_COUNTS || !smk_bytes_is_equal(e->act.act, smk_bytes_of_text(act)))
            continue;
        struct smk_bytes at = smk_span_bin(smk_span_find(e->act.fields, "meeting")), named;
        struct smk_span_iter it = smk_span_each(smk_span_find(e->act.fields, "recommendations"));
        while (smk_bytes_is_equal(at, SMK_BYTES(meeting_id)) && smk_span_next(&it, NULL, &named))
            if (smk_bytes_is_equal(smk_span_bin(named), SMK_BYTES(t->doc->id)))
                return e;
    }
    struct smk_slug from = {0};
    size_t end = i->set.first[SMK_IMPORT_PRESENTATION + 1];
    for (size_t k = i->set.first[SMK_IMPORT_PRESENTATION]; list != NULL && k < end; k++) {
        const struct smk_import_object *o = &i->set.object[k];
        const char *of = smk_import_text(o, "list"), *where = smk_import_text(o, "meeting");
        if (of == NULL || where == NULL || meeting == NULL || strcmp(of, list) != 0 ||
            strcmp(where, meeting) != 0)
            continue;
        from = bringer_of(i, o->type, o->id);
        smk_import_wait(step, o->id, &from);
        return NULL;
    }
    smk_import_wait(step, list != NULL ? list : t->source, &from);
    return NULL;
}

/* The report that is verified. */
static const struct smk_fold_entry *find_report(struct smk_import *i, struct smk_import_step *step,
                                                const struct smk_import_target *t)
{
    const char *name = smk_import_text(step->object, "follow_up");
    uint8_t id[SMK_DOC_ID_BYTES];
    smk_import_id_of(i, "follow_up", name, id);
    const struct smk_fold_entry *found = smk_import_find_act(t->doc, "report_progress", id, NULL);
    struct smk_slug from = bringer_of(i, SMK_IMPORT_FOLLOW_UP, name);
    if (found == NULL || found->reason != SMK_REASON_COUNTS)
        smk_import_wait(step, name, &from);
    return found != NULL && found->reason == SMK_REASON_COUNTS ? found : NULL;
}

/* The first attestor's half; the others name the same text and page. */
static const struct smk_fold_entry *find_first_half(struct smk_import *i, struct smk_import_step *step,
                                                    const struct smk_import_target *t)
{
    const struct smk_import_object *o = step->object;
    struct smk_slug from = bringer_of(i, o->type, o->id), office = {0};
    const char *first = smk_import_maker(&i->set, o);
    uint8_t id[SMK_DOC_ID_BYTES];
    smk_import_id_of(i, smk_import_form[o->type].name, o->id, id);
    const struct smk_fold_entry *found = NULL;
    if (first != NULL && smk_slug_lower(first, &office))
        found = smk_import_find_act(t->doc, step->act, id, office.text);
    if (found == NULL)
        smk_import_wait(step, o->id, &from);
    return found;
}

/* Whether the meeting at which a list was negotiated is closed here; one that is not in the folder is left to the judge. */
static bool has_closed_meeting(struct smk_import *i, struct smk_import_step *step)
{
    const char *name = smk_import_text(step->object, "negotiated_at");
    const struct smk_import_object *meeting =
        name != NULL ? smk_import_find(&i->set, SMK_IMPORT_MEETING, name) : NULL;
    const struct smk_fold_doc *doc =
        meeting != NULL ? smk_import_find_doc(i, SMK_IMPORT_MEETING, name) : NULL;
    const char *office = meeting != NULL ? smk_import_text(meeting, "closed_by") : NULL;
    struct smk_slug from = {0};
    if (office == NULL || (doc != NULL && smk_fold_newest_act(doc, "close") != NULL))
        return true;
    if (!smk_import_org_of_office(&i->set, smk_fold_roster(i->loaded.fold), office, &from))
        from = (struct smk_slug){0};
    smk_import_wait(step, name, &from);
    return false;
}

static bool is_one_of(const char *act, const char *a, const char *b)
{
    return strcmp(act, a) == 0 || strcmp(act, b) == 0;
}

bool smk_import_check_needs(struct smk_import *i, struct smk_import_step *step,
                            const struct smk_import_target *target, const struct smk_fold_entry **ret_basis)
{
    const struct smk_import_object *o = step->object;
    const char *act = step->act;
    *ret_basis = NULL;
    if (strcmp(act, "negotiate") == 0)
        return has_closed_meeting(i, step);
    if (strcmp(act, "verify") == 0 && smk_import_text(o, "submitted_by") != NULL)
        *ret_basis = find_earlier(i, step, target, "submit", "submitted_by");
    else if (strcmp(act, "close") == 0 && smk_import_text(o, "minutes_by") != NULL)
        *ret_basis = find_earlier(i, step, target, "record_minutes", "minutes_by");
    else if (step->index > 0 && is_one_of(act, "attest_endorsement", "attest_acceptance"))
        *ret_basis = find_first_half(i, step, target);
    else if (is_one_of(act, "endorse", "attest_endorsement"))
        *ret_basis = find_earlier(i, step, target, "negotiate", "negotiated_by");
    else if (is_one_of(act, "accept", "attest_acceptance") ||
             is_one_of(act, "present_provincial", "present_national"))
        *ret_basis = find_agreement(i, step, SMK_IMPORT_ENDORSEMENT, target->source);
    else if (is_one_of(act, "prioritise_provincial", "prioritise_national"))
        *ret_basis = find_presentation(i, step, target);
    else if (strcmp(act, "report_progress") == 0) {
        const struct smk_import_object *r =
            smk_import_find(&i->set, SMK_IMPORT_RECOMMENDATION, target->source);
        *ret_basis =
            find_agreement(i, step, SMK_IMPORT_ACCEPTANCE, r != NULL ? smk_import_text(r, "list") : NULL);
    } else if (is_one_of(act, "verify_progress", "dispute_progress"))
        *ret_basis = find_report(i, step, target);
    else
        return true;
    return *ret_basis != NULL;
}
