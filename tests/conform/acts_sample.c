/* The sample comes in: every object, by the offices that it names, in the order of the import. */
#include "tests/conform/acts.h"

#include <string.h>

/* What acts are about a type of the sample's files, and by which of its fields its name stands there. */
static const struct {
    enum smk_import_type type;
    const char *kind;
    const char *key; /* NULL: its own id */
} targets[] = {
    {SMK_IMPORT_ENDORSEMENT, "joint_list", "list"},
    {SMK_IMPORT_ACCEPTANCE, "joint_list", "list"},
    {SMK_IMPORT_PRESENTATION, "joint_list", "list"},
    {SMK_IMPORT_PRIORITY, "recommendation", "recommendation"},
    {SMK_IMPORT_FOLLOW_UP, "recommendation", "recommendation"},
};

static const char *target_of(const struct acts *a, enum smk_import_type type, json_t *object,
                             const char **ret_kind)
{
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        if (targets[i].type == type) {
            *ret_kind = targets[i].kind;
            return acts_text(object, targets[i].key);
        }
    if (type == SMK_IMPORT_VERIFICATION) {
        *ret_kind = "recommendation";
        return acts_text(acts_object(a, SMK_IMPORT_FOLLOW_UP, acts_text(object, "follow_up")),
                         "recommendation");
    }
    *ret_kind = smk_import_form[type].name;
    return acts_text(object, "id");
}

/* What an act takes from its object: of a document its minutes, of an act everything. GIVES. */
static json_t *source_of(enum smk_import_type type, const char *act, json_t *object)
{
    static const char *const minutes[] = {"minutes_en", "minutes_km", "minutes"};
    if (type == SMK_IMPORT_TYPES || !smk_import_form[type].is_document)
        return json_incref(object);
    json_t *part = json_object();
    for (size_t i = 0; strcmp(act, "record_minutes") == 0 && i < sizeof minutes / sizeof minutes[0]; i++)
        if (json_object_get(object, minutes[i]) != NULL)
            (void)json_object_set(part, minutes[i], json_object_get(object, minutes[i]));
    return part;
}

static bool write_act(struct acts *a, enum smk_import_type type, const char *act, const char *kind,
                      const char *name, json_t *object, const struct smk_office *office, size_t *ret_place)
{
    SMK_CLEANUP(acts_deed_deinit) struct acts_deed d = {0};
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs fill = {0};
    const struct smk_act_kind *act_kind = smk_act_kind_find(smk_bytes_of_text(kind), smk_bytes_of_text(act));
    const char *own_name = acts_text(object, "id");
    if (!acts_deed_act(a, kind, act, name, office, NULL, &d))
        return false;
    if (own_name != NULL && (type == SMK_IMPORT_TYPES || !smk_import_form[type].is_document))
        acts_id(a, type == SMK_IMPORT_TYPES ? "subgrant" : smk_import_form[type].name, own_name, d.id);
    json_t *source = source_of(type, act, object);
    bool is_good = acts_fill(a, act, name, object, &fill) &&
                   acts_map(a, act_kind->field, act_kind->field_count, source, &fill, &d.fields) &&
                   acts_deed_pack(a, &d);
    json_decref(source);
    if (!is_good)
        return false;
    *ret_place = acts_deed_write(a, &d);
    return true;
}

static bool write_edit(struct acts *a, enum smk_import_type type, json_t *object,
                       const struct smk_office *office, size_t *ret_place)
{
    SMK_CLEANUP(acts_deed_deinit) struct acts_deed d = {0};
    const struct smk_kind *kind = smk_kind_find(smk_bytes_of_text(smk_import_form[type].name));
    if (!acts_deed_edit(a, kind, object, acts_text(object, "id"), office, NULL, &d) || !acts_deed_pack(a, &d))
        return false;
    *ret_place = acts_deed_write(a, &d);
    return true;
}

static bool bring_step(struct acts *a, const struct smk_import_step *step, size_t *ret_place)
{
    const struct smk_import_object *o = step->object;
    const struct smk_office *office = smk_roster_office(a->coalition.roster, step->office.text);
    const char *kind, *name = target_of(a, o->type, o->json, &kind);
    bool is_done = office != NULL && name != NULL;
    if (is_done && step->act == NULL)
        is_done = write_edit(a, o->type, o->json, office, ret_place);
    else if (is_done)
        is_done = write_act(a, step->part != NULL ? SMK_IMPORT_TYPES : o->type, step->act, kind, name,
                            step->part != NULL ? step->part : o->json, office, ret_place);
    if (!is_done) {
        char why[ACTS_WHY_MAX];
        memcpy(why, a->why, sizeof why);
        return acts_fail(a, "the sample: %s cannot be brought in: %.300s", o->id,
                         why[0] != '\0' ? why : "what it is about or who did it is not there");
    }
    return true;
}

/* A sample of which something does not count is no ground to build on. */
static bool check_counts(struct acts *a)
{
    for (size_t i = 0; i < a->steps.count; i++) {
        if (a->step_record[i] == SIZE_MAX)
            continue;
        const struct smk_fold_entry *e =
            smk_fold_find_entry(acts_fold(a), acts_world_record(a, a->step_record[i])->id);
        if (e == NULL || e->reason != SMK_REASON_COUNTS)
            return acts_fail(a, "the sample: %s of %s does not count: %s",
                             a->steps.at[i].act != NULL ? a->steps.at[i].act : "the text",
                             a->steps.at[i].object->id,
                             e != NULL ? smk_reason_code(e->reason) : "it is not there");
    }
    return true;
}

bool acts_sample_bring(struct acts *a)
{
    if (!smk_import_make_steps(&a->steps, &a->set, a->coalition.roster, NULL, &a->report))
        return acts_fail(a, "there is no memory for it");
    if (a->report.refused > 0)
        return acts_fail(a, "the sample: %s %s: %s", a->report.refusal[0].file, a->report.refusal[0].ref,
                         a->report.refusal[0].why.text);
    a->step_record = smk_mem_array(a->steps.count + 1, sizeof *a->step_record);
    a->cut = a->sample_count = SIZE_MAX; /* what is written now is there */
    for (size_t i = 0; i < a->steps.count; i++) {
        a->step_record[i] = SIZE_MAX;
        if (a->steps.at[i].object->type == SMK_IMPORT_INTERVIEW)
            continue; /* rows of their organisation alone: no act rests on them */
        if (!bring_step(a, &a->steps.at[i], &a->step_record[i]))
            return false;
    }
    bool is_sound = check_counts(a);
    a->cut = a->sample_count = a->count;
    return is_sound;
}

/* Signing and attesting are one kind of act: a list is endorsed once. */
static const char *kind_of_act(const char *act)
{
    if (strcmp(act, "attest_endorsement") == 0)
        return "endorse";
    return strcmp(act, "attest_acceptance") == 0 ? "accept" : act;
}

size_t acts_sample_first(const struct acts *a, const char *kind, const char *act, const char *name)
{
    for (size_t i = 0; i < a->steps.count; i++) {
        const struct smk_import_step *step = &a->steps.at[i];
        const char *of, *about = target_of(a, step->object->type, step->object->json, &of);
        bool is_same_act = act == NULL || step->act == NULL
                               ? act == step->act
                               : strcmp(kind_of_act(act), kind_of_act(step->act)) == 0;
        if (a->step_record[i] != SIZE_MAX && is_same_act && about != NULL && strcmp(of, kind) == 0 &&
            strcmp(about, name) == 0)
            return a->step_record[i];
    }
    return SIZE_MAX;
}

/* ---- what a row `_given` adds ---- */

bool acts_sample_act(struct acts *a, enum smk_import_type type, const char *kind, const char *act,
                     const char *name, json_t *object, const struct smk_office *office)
{
    size_t place;
    if (!write_act(a, type, act, kind, name, object, office, &place))
        return false;
    const struct smk_fold_entry *e = smk_fold_find_entry(acts_fold(a), acts_world_record(a, place)->id);
    return e->reason == SMK_REASON_COUNTS || acts_fail(a, "it cannot be set up: %s by %s is refused: %s", act,
                                                       office->slug.text, smk_reason_code(e->reason));
}

bool acts_sample_bring_given(struct acts *a, enum smk_import_type type, json_t *object)
{
    static const struct {
        enum smk_import_type type;
        const char *key, *act;
    } row[] = {
        {SMK_IMPORT_CASE_STUDY, "created_by", NULL},
        {SMK_IMPORT_CASE_STUDY, "submitted_by", "submit"},
        {SMK_IMPORT_CASE_STUDY, "verified_by", "verify"},
        {SMK_IMPORT_MEETING, "planned_by", NULL},
        {SMK_IMPORT_MEETING, "minutes_by", "record_minutes"},
        {SMK_IMPORT_MEETING, "closed_by", "close"},
        {SMK_IMPORT_RECOMMENDATION, "drafted_by", NULL},
        {SMK_IMPORT_JOINT_LIST, "drafted_by", NULL},
        {SMK_IMPORT_JOINT_LIST, "negotiated_by", "negotiate"},
        {SMK_IMPORT_EVENT, "created_by", NULL},
        {SMK_IMPORT_EVENT, "recorded_by", "record"},
        {SMK_IMPORT_PROJECT, "created_by", NULL},
    };
    const char *name = acts_text(object, "id"), *kind = smk_import_form[type].name;
    bool is_there = false;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        const struct smk_office *office = acts_office(a, acts_text(object, row[i].key));
        size_t place;
        if (row[i].type != type || json_is_null(json_object_get(object, row[i].key)) ||
            (row[i].act != NULL && json_object_get(object, row[i].key) == NULL))
            continue;
        if (office == NULL)
            return acts_fail(a, "the given %s does not say in '%s' which office did it", name, row[i].key);
        if (row[i].act == NULL && !write_edit(a, type, object, office, &place))
            return false;
        if (row[i].act != NULL && !acts_sample_act(a, type, kind, row[i].act, name, object, office))
            return false;
        is_there = true;
    }
    return is_there || acts_fail(a, "objects of type %s cannot be given", kind);
}
