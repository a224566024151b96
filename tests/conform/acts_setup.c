/* What stands before the act of a case: its document as it was then, and what the input says about it. */
#include "tests/conform/acts.h"

#include <string.h>

/* What is done with a document one after the other, and by which field its object names who did it. */
static const struct step {
    const char *kind, *act, *key;
} steps[] = {
    {"case_study", "submit", "submitted_by"},     {"case_study", "verify", "verified_by"},
    {"meeting", "record_minutes", "minutes_by"},  {"meeting", "close", "closed_by"},
    {"joint_list", "negotiate", "negotiated_by"}, {"event", "record", "recorded_by"},
    {"audit_note", "answer", "answered_by"},
};
enum { STEPS = sizeof steps / sizeof steps[0] };

/* Acts that are no step of the way: what was done before them. */
static const struct {
    const char *kind, *act, *after;
} branches[] = {
    {"case_study", "return", "submit"},
    {"case_study", "publish", "verify"},
    {"audit_note", "close", "answer"},
    {"meeting", "cancel", NULL},
};

bool acts_own_do(struct acts *a, const struct acts_case *c, struct acts_own *own, struct acts_deed *d)
{
    if (own->count == ACTS_OWN_MAX)
        return acts_fail(a, "it has more acts than can be judged");
    if (c->device != ACTS_NOWHERE)
        d->device = c->device;
    if (!acts_deed_pack(a, d))
        return false;
    struct smk_fold *f = acts_world_fold(a, d->device, &d->scope, false);
    bool is_held = acts_device_has(a, d->device, d->office->slug.text);
    own->asked[own->count] = is_held ? acts_deed_judge(a, f, d) : SMK_REASON_OFFICE;
    smk_fold_free(f);
    own->scope = d->scope;
    own->place[own->count++] = acts_deed_write(a, d);
    return true;
}

/* ---- who does what the case does not say ---- */

static bool fits(struct acts *a, struct acts_deed *d, const struct smk_office *office)
{
    d->office = office;
    d->device = acts_device_of(a, office->slug.text);
    return d->device != ACTS_NOWHERE && acts_device_holds(a, d->device, &d->scope) && acts_deed_pack(a, d) &&
           acts_deed_judge(a, acts_fold(a), d) == SMK_REASON_COUNTS;
}

bool acts_choose_office(struct acts *a, struct acts_deed *d, const struct smk_office *preferred,
                        const struct smk_office *not_this)
{
    struct smk_roster *roster = a->coalition.roster;
    if (preferred != NULL && preferred != not_this && fits(a, d, preferred))
        return true;
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < smk_roster_office_count(roster); i++) {
            const struct smk_office *office = smk_roster_office_at(roster, i);
            bool is_near = not_this != NULL && strcmp(office->org.text, not_this->org.text) == 0;
            if (office != not_this && is_near == (round == 0) && fits(a, d, office))
                return true;
        }
    return not_this != NULL && fits(a, d, not_this);
}

/* ---- what a case leaves out ---- */

static bool is_about(const struct acts_case *c, json_t *object)
{
    const char *id = acts_text(object, strcmp(c->entity, c->kind) == 0      ? "id"
                                       : strcmp(c->kind, "joint_list") == 0 ? "list"
                                                                            : c->kind);
    return id != NULL && strcmp(id, c->doc) == 0;
}

static bool has_same(json_t *object, json_t *input, const char *key)
{
    const char *wanted = acts_text(input, key), *here = acts_text(object, key);
    return wanted == NULL || (here != NULL && strcmp(wanted, here) == 0);
}

/* How well an object of the sample stands for what is left out: its own, of the same place, of the same office. */
static int likeness(const struct acts *a, const struct acts_case *c, json_t *object)
{
    const char *area = acts_text(object, c->doc_kind->area_field != NULL ? c->doc_kind->area_field : "");
    int points = is_about(c, object) ? 16 : 0;
    points += has_same(object, c->input, "level") && has_same(object, c->input, "mode") ? 8 : 0;
    points += has_same(object, c->input, "district") && has_same(object, c->input, "area") ? 4 : 0;
    if (area != NULL && smk_roster_office_covers(a->coalition.roster, c->office[0], area))
        points += 2;
    const char *owner = acts_text(object, c->doc_kind->owner_field != NULL ? c->doc_kind->owner_field : "");
    struct smk_slug slug;
    if (owner != NULL && smk_slug_lower(owner, &slug) && strcmp(slug.text, c->office[0]->org.text) == 0)
        points++;
    return points;
}

json_t *acts_template(const struct acts *a, const struct acts_case *c)
{
    json_t *best = c->type < SMK_IMPORT_TYPES ? acts_object(a, c->type, c->doc) : NULL;
    int most = -1;
    if (best != NULL || c->type == SMK_IMPORT_TYPES)
        return best;
    for (size_t i = a->set.first[c->type]; i < a->set.first[c->type + 1]; i++) {
        int points = likeness(a, c, a->set.object[i].json);
        if (points > most)
            best = a->set.object[i].json;
        most = points > most ? points : most;
    }
    return best;
}

/* ---- the document ---- */

/* Fields that say where a document stands are there from its first text on; the others come by a change, so that what the
 * case says is judged at the act. */
static bool is_of_first_text(const struct acts_case *c, const char *key)
{
    static const char *const first[] = {"district", "area", "level", "kind", "lead_org", "subject", "target"};
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
        if (strcmp(first[i], key) == 0)
            return true;
    return c->rule->is_edit && !c->rule->is_wider;
}

/* A field of the act itself is none of the document's text that the case changes. */
static bool is_of_document(const struct acts_case *c, const char *key)
{
    bool is_of_act = c->act_kind != NULL && acts_is_field(c->act_kind->field, c->act_kind->field_count, key);
    return strcmp(key, "id") != 0 && !is_of_act &&
           acts_is_field(c->doc_kind->field, c->doc_kind->field_count, key);
}

/* The template with what the input says from the beginning. GIVES; NULL after acts_fail. */
static json_t *first_object(struct acts *a, const struct acts_case *c)
{
    json_t *template = acts_template(a, c), *value;
    const char *key;
    json_t *object = template != NULL ? json_copy(template) : json_object();
    (void)json_object_set_new(object, "id", json_string(c->doc));
    if (c->rule->area == SMK_AREA_OWN_ORGANISATION && c->doc_kind->owner_field != NULL)
        (void)json_object_set_new(object, c->doc_kind->owner_field, json_string(c->office[0]->org.text));
    json_object_foreach(c->input, key, value)
    {
        bool is_first = is_of_document(c, key) && is_of_first_text(c, key);
        bool is_who = strlen(key) > 3 && strcmp(key + strlen(key) - 3, "_by") == 0;
        bool is_minutes = strncmp(key, "minutes", 7) == 0;
        bool is_absent = is_of_document(c, key) && json_is_null(value);
        if (is_absent)
            (void)json_object_del(object, key);
        else if (is_first || is_who || is_minutes)
            (void)json_object_set(object, key, value);
    }
    if (json_object_get(c->input, "minutes_en") != NULL && json_object_get(c->input, "minutes_km") == NULL)
        (void)json_object_del(object, "minutes_km"); /* what is said in one language is what is said */
    if (json_object_get(c->input, "minutes_km") != NULL && json_object_get(c->input, "minutes_en") == NULL)
        (void)json_object_del(object, "minutes_en");
    return object;
}

static const struct smk_office *said_office(struct acts *a, json_t *object, const char *key)
{
    return key != NULL ? acts_office(a, acts_text(object, key)) : NULL;
}

static bool is_edit_of(const struct acts_case *c)
{
    return c->act == NULL && !c->rule->is_wider;
}

static bool make_first(struct acts *a, const struct acts_case *c, json_t *object, struct acts_own *own)
{
    SMK_CLEANUP(acts_deed_deinit) struct acts_deed d = {0};
    const char *maker_key = c->doc_kind->maker_key;
    bool is_said = maker_key != NULL && acts_text(c->input, maker_key) != NULL;
    const struct smk_office *maker = said_office(a, is_said ? c->input : object, maker_key);
    if (is_said && maker == NULL)
        return acts_fail(a, "no office '%.80s' is in the sample", acts_text(c->input, maker_key));
    if (!acts_deed_edit(a, c->doc_kind, object, c->doc, c->office[0],
                        c->has_scope && is_edit_of(c) ? &c->scope : NULL, &d))
        return false;
    if (!is_edit_of(c) && is_said) {
        d.office = maker;
        d.device = acts_device_of(a, maker->slug.text);
    } else if (!is_edit_of(c) && !acts_choose_office(a, &d, maker, c->office[0])) {
        d.office = c->office[0]; /* what nobody may write is written by who acts */
        d.device = acts_device_of(a, d.office->slug.text);
    }
    if (!acts_own_do(a, c, own, &d))
        return false;
    own->is_unsound = own->asked[own->count - 1] != SMK_REASON_COUNTS;
    memcpy(own->head, acts_world_record(a, own->place[own->count - 1])->id, sizeof own->head);
    return true;
}

/* The last step that was done before the act of the case; NULL: none. */
static const char *done_before(const struct acts_case *c)
{
    const char *before = NULL;
    for (size_t i = 0; i < sizeof branches / sizeof branches[0]; i++)
        if (strcmp(branches[i].kind, c->kind) == 0 && strcmp(branches[i].act, c->rule->act) == 0)
            return branches[i].after;
    for (size_t i = 0; i < STEPS; i++) {
        if (strcmp(steps[i].kind, c->kind) != 0)
            continue;
        if (strcmp(steps[i].act, c->rule->act) == 0)
            return before;
        before = steps[i].act;
    }
    return NULL;
}

/* The deed of a step by whoever may do it. */
static bool do_step(struct acts *a, const struct acts_case *c, const struct step *step, json_t *object)
{
    SMK_CLEANUP(acts_deed_deinit) struct acts_deed d = {0};
    const struct smk_office *office = said_office(a, object, step->key);
    if (!acts_deed_act(a, c->kind, step->act, c->doc, c->office[0], NULL, &d))
        return false;
    const struct smk_act_kind *kind =
        smk_act_kind_find(smk_bytes_of_text(c->kind), smk_bytes_of_text(step->act));
    if (!acts_map(a, kind->field, kind->field_count, object, NULL, &d.fields))
        return false;
    bool is_said = acts_text(c->input, step->key) != NULL;
    if (!is_said && !acts_choose_office(a, &d, office, c->office[0]))
        return acts_fail(a, "it cannot be set up: nobody may do %s before it", step->act);
    office = is_said ? office : d.office;
    if (office == NULL)
        return acts_fail(a, "no office '%.80s' is in the sample", acts_text(c->input, step->key));
    return acts_sample_act(a, c->type, c->kind, step->act, c->doc, object, office);
}

static bool do_steps(struct acts *a, const struct acts_case *c, json_t *object)
{
    const char *last = done_before(c);
    for (size_t i = 0; last != NULL && i < STEPS; i++) {
        if (strcmp(steps[i].kind, c->kind) != 0)
            continue;
        bool is_denied = json_is_null(json_object_get(c->input, steps[i].key)) &&
                         json_object_get(c->input, steps[i].key) != NULL;
        if (!is_denied && !do_step(a, c, &steps[i], object))
            return false;
        if (strcmp(steps[i].act, last) == 0)
            return true;
    }
    return true;
}

/* Of the input what changes the document as it is; GIVES. */
static json_t *changes(const struct acts_case *c, json_t *object)
{
    json_t *change = json_object(), *value;
    const char *key;
    json_object_foreach(c->input, key, value)
    {
        json_t *here = json_object_get(object, key);
        bool is_same = json_is_null(value) ? here == NULL || json_is_null(here) : json_equal(value, here);
        if (is_of_document(c, key) && !is_same)
            (void)json_object_set(change, key, value);
    }
    return change;
}

static bool change(struct acts *a, const struct acts_case *c, json_t *with, struct acts_own *own)
{
    SMK_CLEANUP(acts_deed_deinit) struct acts_deed d = {0};
    const struct smk_fold_doc *doc = NULL;
    const struct smk_office *writer = c->office[0];
    uint8_t id[SMK_DOC_ID_BYTES];
    acts_id(a, c->kind, c->doc, id);
    doc = smk_fold_find_doc(acts_fold(a), smk_bytes_of_text(c->kind), id, NULL);
    if (doc != NULL && doc->edit_count > 0 && doc->edit[0]->office != NULL)
        writer = doc->edit[0]->office; /* who made it changes it */
    if (doc == NULL)
        return acts_fail(a, "the %s is not there to be changed", c->kind);
    d.kind = c->kind;
    d.office = writer;
    d.device = acts_device_of(a, writer->slug.text);
    d.scope = *doc->scope;
    memcpy(d.doc, id, sizeof d.doc);
    if (!acts_map_change(a, c->doc_kind->field, c->doc_kind->field_count, with, &d.fields) ||
        !acts_own_do(a, c, own, &d))
        return false;
    bool is_refused = own->asked[own->count - 1] != SMK_REASON_COUNTS;
    if (is_refused)
        memcpy(own->head, acts_world_record(a, own->place[own->count - 1])->id, sizeof own->head);
    own->is_unsound = own->is_unsound || is_refused;
    return true;
}

static bool is_here(struct acts *a, const struct acts_case *c)
{
    uint8_t id[SMK_DOC_ID_BYTES];
    acts_id(a, c->kind, c->doc, id);
    const struct smk_fold_doc *doc = smk_fold_find_doc(acts_fold(a), smk_bytes_of_text(c->kind), id, NULL);
    return doc != NULL && doc->counts;
}

bool acts_setup_document(struct acts *a, const struct acts_case *c, struct acts_own *own)
{
    bool is_document = strcmp(c->entity, c->kind) == 0, was_here = is_here(a, c), is_good = true;
    if (!is_document) /* an act about a document that is there, or is not */
        return true;
    json_t *object = was_here ? json_incref(acts_object(a, c->type, c->doc)) : first_object(a, c);
    if (!was_here || is_edit_of(c))
        is_good = make_first(a, c, object, own);
    if (is_good && !was_here && !own->is_unsound && !is_edit_of(c))
        is_good = do_steps(a, c, object);
    json_t *with = changes(c, object);
    if (is_good && !c->rule->is_edit && json_object_size(with) > 0)
        is_good = change(a, c, with, own);
    json_decref(with);
    json_decref(object);
    return is_good;
}
