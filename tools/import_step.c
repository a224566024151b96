#include "tools/import_step.h"

#include "proto/mem.h"
#include "tools/field_map.h"

#include <string.h>

void smk_import_steps_deinit(struct smk_import_steps *s)
{
    smk_mem_free(s->at);
    *s = (struct smk_import_steps){0};
}

/* ---- who did what ---- */

/* The plain cases: one field, one office, one step. The first row of a document is its first edit. */
static const struct {
    enum smk_import_type type;
    const char *key;
    const char *act;
    bool is_required;
} rows[] = {
    {SMK_IMPORT_CASE_STUDY, "created_by", NULL, true},
    {SMK_IMPORT_CASE_STUDY, "submitted_by", "submit", false},
    {SMK_IMPORT_CASE_STUDY, "verified_by", "verify", false},
    {SMK_IMPORT_MEETING, "planned_by", NULL, true},
    {SMK_IMPORT_MEETING, "minutes_by", "record_minutes", false},
    {SMK_IMPORT_MEETING, "closed_by", "close", false},
    {SMK_IMPORT_JOINT_LIST, "drafted_by", NULL, true},
    {SMK_IMPORT_JOINT_LIST, "negotiated_by", "negotiate", false},
    {SMK_IMPORT_EVENT, "created_by", NULL, true},
    {SMK_IMPORT_EVENT, "recorded_by", "record", false},
    {SMK_IMPORT_PROJECT, "created_by", NULL, true},
    {SMK_IMPORT_FOLLOW_UP, "reported_by", "report_progress", true},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

bool smk_import_is_attested(const struct smk_import_object *o)
{
    const char *mode = smk_import_text(o, "mode");
    return mode != NULL && strcmp(mode, "attested") == 0;
}

static const char *attestor(const struct smk_import_object *o, size_t i)
{
    return json_string_value(json_array_get(json_object_get(o->json, "attestors"), i));
}

const char *smk_import_maker(const struct smk_import_set *set, const struct smk_import_object *o)
{
    const struct smk_import_object *other = NULL;
    switch (o->type) {
    case SMK_IMPORT_RECOMMENDATION:
        other = smk_import_find(set, SMK_IMPORT_JOINT_LIST, smk_import_text(o, "list"));
        return other != NULL ? smk_import_text(other, "drafted_by") : NULL;
    case SMK_IMPORT_ATTACHMENT:
        other = smk_import_find_any(set, smk_import_text(o, "subject"));
        return other != NULL && other->type != SMK_IMPORT_ATTACHMENT ? smk_import_maker(set, other) : NULL;
    case SMK_IMPORT_ENDORSEMENT:
    case SMK_IMPORT_ACCEPTANCE:
        return smk_import_is_attested(o) ? attestor(o, 0) : smk_import_text(o, "by_office");
    case SMK_IMPORT_PRESENTATION:
    case SMK_IMPORT_PRIORITY: return smk_import_text(o, "recorded_by");
    case SMK_IMPORT_VERIFICATION: return smk_import_text(o, "by_office");
    default: break;
    }
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].type == o->type)
            return smk_import_text(o, rows[i].key);
    return NULL;
}

bool smk_import_org_of_office(const struct smk_import_set *set, struct smk_roster *roster, const char *office,
                              struct smk_slug *ret_org)
{
    struct smk_slug slug;
    if (!smk_slug_lower(office, &slug))
        return false;
    const struct smk_office *known = smk_roster_office(roster, slug.text);
    const struct smk_import_seat *seat = smk_import_find_seat(set, slug.text, true);
    if (known == NULL && seat == NULL)
        return false;
    *ret_org = known != NULL ? known->org : seat->org;
    return true;
}

/* ---- steps ---- */

struct maker {
    struct smk_import_steps *steps;
    struct smk_import_set *set;
    struct smk_roster *roster;
    const struct smk_device *device;
    struct smk_import_report *report;
};

static bool holds_office(const struct smk_device *device, const char *office)
{
    for (size_t i = 0; device != NULL && i < device->office_count; i++)
        if (strcmp(device->office[i].text, office) == 0)
            return true;
    return false;
}

static bool push(struct maker *m, const struct smk_import_step *step)
{
    struct smk_import_steps *s = m->steps;
    if (s->count == s->capacity) {
        size_t wanted = s->capacity > 0 ? s->capacity * 2 : 256;
        struct smk_import_step *grown = smk_mem_resize(s->at, wanted * sizeof *grown);
        if (grown == NULL) {
            m->report->is_out_of_memory = true;
            return false;
        }
        s->at = grown;
        s->capacity = wanted;
    }
    s->at[s->count++] = *step;
    return true;
}

/* One step by an office as the folder names it. False when memory runs out. */
static bool push_office(struct maker *m, struct smk_import_object *o, const char *key, const char *office,
                        const struct smk_import_step *like)
{
    struct smk_import_step step = *like;
    step.object = o;
    step.key = key;
    if (o->is_refused)
        return true;
    bool is_link = strcmp(key, "list") == 0 || strcmp(key, "subject") == 0;
    if (office == NULL) {
        smk_import_refuse_object(
            m->report, o, key, is_link ? "unknown_reference" : "missing",
            is_link ? "what it belongs to is not in this folder, so nobody can say whose it is"
                    : "it does not say which office did it");
        return true;
    }
    if (!smk_slug_lower(office, &step.office) ||
        !smk_import_org_of_office(m->set, m->roster, office, &step.org)) {
        smk_import_refuse_object(m->report, o, key, "unknown_office", "no office '%s' is known", office);
        return true;
    }
    bool is_ours = holds_office(m->device, step.office.text);
    step.state = is_ours ? SMK_STEP_OPEN : SMK_STEP_LEFT;
    o->is_ours = o->is_ours || (is_ours && step.act == NULL);
    return push(m, &step);
}

static bool push_plain(struct maker *m, struct smk_import_object *o, const char *key, const char *act)
{
    struct smk_import_step like = {.act = act};
    return push_office(m, o, key, smk_import_text(o, key), &like);
}

static bool make_rows(struct maker *m, struct smk_import_object *o)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].type != o->type)
            continue;
        json_t *office = json_object_get(o->json, rows[i].key);
        bool is_silent = office == NULL || json_is_null(office);
        if ((rows[i].is_required || !is_silent) && !push_plain(m, o, rows[i].key, rows[i].act))
            return false;
    }
    return true;
}

/* Interviews name the organisation alone. */
static bool make_interview(struct maker *m, struct smk_import_object *o)
{
    struct smk_import_step step = {.object = o, .key = "collected_by"};
    const char *org = smk_import_text(o, "collected_by");
    bool is_known = org != NULL && smk_slug_lower(org, &step.org) &&
                    (smk_roster_organisation(m->roster, step.org.text) != NULL ||
                     smk_import_find_seat(m->set, step.org.text, false) != NULL);
    if (!is_known) {
        smk_import_refuse_object(m->report, o, "collected_by",
                                 org == NULL ? "missing" : "unknown_organisation",
                                 "no organisation '%s' is known", org != NULL ? org : "");
        return true;
    }
    o->is_ours = m->device != NULL && strcmp(m->device->org.text, step.org.text) == 0;
    step.state = o->is_ours ? SMK_STEP_OPEN : SMK_STEP_LEFT;
    return push(m, &step);
}

static bool make_agreement(struct maker *m, struct smk_import_object *o, const char *sign, const char *attest)
{
    json_t *attestors = json_object_get(o->json, "attestors");
    const char *mode = smk_import_text(o, "mode");
    if (mode != NULL && strcmp(mode, "signed") != 0 && strcmp(mode, "attested") != 0) {
        smk_import_refuse_object(m->report, o, "mode", "unknown_choice",
                                 "it is neither 'signed' nor 'attested'");
        return true;
    }
    if (!smk_import_is_attested(o))
        return push_plain(m, o, "by_office", sign);
    if (json_array_size(attestors) < 2 || json_array_size(attestors) > SMK_ATTESTORS_MAX) {
        smk_import_refuse_object(m->report, o, "attestors", "needs_two_attestors",
                                 "what is attested needs two offices of different organisations");
        return true;
    }
    for (size_t i = 0; i < json_array_size(attestors); i++) {
        struct smk_import_step like = {.act = attest, .index = i};
        if (!push_office(m, o, "attestors", attestor(o, i), &like))
            return false;
    }
    return true;
}

static bool make_by_choice(struct maker *m, struct smk_import_object *o, const char *choice_key,
                           const char *office_key, const char *const choice[2], const char *const act[2])
{
    const char *word = smk_import_text(o, choice_key);
    for (size_t i = 0; word != NULL && i < 2; i++)
        if (strcmp(word, choice[i]) == 0)
            return push_plain(m, o, office_key, act[i]);
    smk_import_refuse_object(m->report, o, choice_key, "unknown_choice", "it is neither '%s' nor '%s'",
                             choice[0], choice[1]);
    return true;
}

static bool make_project(struct maker *m, struct smk_import_object *o)
{
    json_t *grants = json_object_get(o->json, "subgrants");
    if (!make_rows(m, o))
        return false;
    for (size_t i = 0; i < json_array_size(grants); i++) {
        json_t *grant = json_array_get(grants, i);
        struct smk_import_step like = {.act = "award", .index = i, .part = grant};
        if (json_string_value(json_object_get(grant, "id")) == NULL)
            smk_import_refuse_object(m->report, o, "subgrants", "missing", "a sub-grant has no id");
        if (!push_office(m, o, "awarded_by", json_string_value(json_object_get(grant, "awarded_by")), &like))
            return false;
    }
    return true;
}

static bool make_steps(struct maker *m, struct smk_import_object *o)
{
    static const char *const levels[] = {"province", "national"};
    static const char *const results[] = {"verified", "disputed"};
    static const char *const present[] = {"present_provincial", "present_national"};
    static const char *const prioritise[] = {"prioritise_provincial", "prioritise_national"};
    static const char *const verify[] = {"verify_progress", "dispute_progress"};
    struct smk_import_step edit = {0};
    switch (o->type) {
    case SMK_IMPORT_INTERVIEW: return make_interview(m, o);
    case SMK_IMPORT_RECOMMENDATION: return push_office(m, o, "list", smk_import_maker(m->set, o), &edit);
    case SMK_IMPORT_ATTACHMENT: return push_office(m, o, "subject", smk_import_maker(m->set, o), &edit);
    case SMK_IMPORT_PROJECT: return make_project(m, o);
    case SMK_IMPORT_ENDORSEMENT: return make_agreement(m, o, "endorse", "attest_endorsement");
    case SMK_IMPORT_ACCEPTANCE: return make_agreement(m, o, "accept", "attest_acceptance");
    case SMK_IMPORT_PRESENTATION: return make_by_choice(m, o, "level", "recorded_by", levels, present);
    case SMK_IMPORT_PRIORITY: return make_by_choice(m, o, "level", "recorded_by", levels, prioritise);
    case SMK_IMPORT_VERIFICATION: return make_by_choice(m, o, "result", "by_office", results, verify);
    case SMK_IMPORT_CASE_STUDY:
    case SMK_IMPORT_MEETING:
    case SMK_IMPORT_JOINT_LIST:
    case SMK_IMPORT_EVENT:
    case SMK_IMPORT_FOLLOW_UP:
    case SMK_IMPORT_TYPES: break;
    }
    return make_rows(m, o);
}

bool smk_import_make_steps(struct smk_import_steps *steps, struct smk_import_set *set,
                           struct smk_roster *roster, const struct smk_device *device,
                           struct smk_import_report *report)
{
    struct maker m = {steps, set, roster, device, report};
    for (size_t i = 0; i < set->count; i++)
        if (!set->object[i].is_refused && !make_steps(&m, &set->object[i]))
            return false;
    /* an object may have been refused after its first steps were made */
    for (size_t i = 0; i < steps->count; i++)
        if (steps->at[i].object->is_refused)
            steps->at[i].state = SMK_STEP_REFUSED;
    return true;
}
