/* What a case says: which act about which document, by whom, and what is expected. */
#include "tests/conform/acts.h"

#include <stdio.h>
#include <string.h>

/* ---- which act ---- */

static const char *choose(const char *word, const char *first, const char *first_act, const char *second,
                          const char *second_act)
{
    if (word == NULL)
        return NULL;
    return strcmp(word, first) == 0 ? first_act : strcmp(word, second) == 0 ? second_act : NULL;
}

/* The act with which a document of that type begins; NULL when there is none. */
static const char *first_text_of(const char *kind)
{
    const struct smk_policy_rule *rule = smk_policy_edit(smk_bytes_of_text(kind), false);
    return rule != NULL ? rule->act : NULL;
}

/* The act that follows from entity and input; NULL when nothing says it. */
static const char *act_of(const struct acts_case *c)
{
    const char *mode = acts_text(c->input, "mode"), *level = acts_text(c->input, "level");
    const char *status = acts_text(c->input, "status"), *result = acts_text(c->input, "result");
    if (json_object_get(c->input, "mode") == NULL)
        mode = "signed";
    if (strcmp(c->entity, "case_study") == 0)
        return "submit";
    if (strcmp(c->entity, "meeting") == 0)
        return status != NULL && strcmp(status, "closed") == 0 ? "close" : "plan";
    if (strcmp(c->entity, "endorsement") == 0)
        return choose(mode, "signed", "endorse", "attested", "attest_endorsement");
    if (strcmp(c->entity, "acceptance") == 0)
        return choose(mode, "signed", "accept", "attested", "attest_acceptance");
    if (strcmp(c->entity, "presentation") == 0)
        return choose(level, "province", "present_provincial", "national", "present_national");
    if (strcmp(c->entity, "priority") == 0)
        return choose(level, "province", "prioritise_provincial", "national", "prioritise_national");
    if (strcmp(c->entity, "follow_up") == 0 && json_object_get(c->input, "verified_by") == NULL)
        return "report_progress";
    if (strcmp(c->entity, "follow_up") == 0 && result == NULL)
        return "verify_progress";
    if (strcmp(c->entity, "follow_up") == 0 || strcmp(c->entity, "verification") == 0)
        return choose(result, "verified", "verify_progress", "disputed", "dispute_progress");
    if (strcmp(c->entity, "subgrant") == 0)
        return "award";
    if (strcmp(c->entity, "joint_list") == 0 && acts_text(c->input, "negotiated_by") != NULL)
        return "negotiate";
    return first_text_of(c->entity);
}

static const struct smk_policy_rule *rule_of(const char *kind, const char *act)
{
    for (size_t i = 0; i < smk_policy_count(); i++) {
        const struct smk_policy_rule *rule = smk_policy_at(i);
        if (strcmp(rule->kind, kind) == 0 && strcmp(rule->act, act) == 0)
            return rule;
    }
    return NULL;
}

static bool read_act(struct acts *a, json_t *json, struct acts_case *c)
{
    const struct smk_kind *kind = smk_kind_find(smk_bytes_of_text(c->entity));
    const struct smk_entity *entity = smk_entity_find(smk_bytes_of_text(c->entity));
    json_t *said = json_object_get(json, "act");
    if (kind == NULL && (entity == NULL || entity->kind == NULL))
        return acts_fail(a, "there are no acts about a thing called '%s'", c->entity);
    c->type = acts_type(c->entity);
    c->kind = kind != NULL ? kind->name : entity->kind;
    c->doc_kind = smk_kind_find(smk_bytes_of_text(c->kind));
    if (said != NULL && !json_is_string(said))
        return acts_fail(a, "'act' is no word");
    const char *act = said != NULL ? json_string_value(said) : act_of(c);
    if (act == NULL)
        return acts_fail(
            a, "nothing says which act it is: neither mode, level, status or result of the %s, nor 'act'",
            c->entity);
    c->rule = rule_of(c->kind, act);
    if (c->rule == NULL)
        return acts_fail(a, "there is no act '%s' about a %s", act, c->kind);
    c->act = c->rule->is_edit ? NULL : c->rule->act;
    c->act_kind = smk_act_kind_find(smk_bytes_of_text(c->kind), smk_bytes_of_text(act));
    return true;
}

/* ---- which document ---- */

static const char *project_of(const struct acts *a, const char *subgrant)
{
    for (size_t i = a->set.first[SMK_IMPORT_PROJECT];
         subgrant != NULL && i < a->set.first[SMK_IMPORT_PROJECT + 1]; i++) {
        json_t *grants = json_object_get(a->set.object[i].json, "subgrants");
        for (size_t k = 0; k < json_array_size(grants); k++) {
            const char *id = acts_text(json_array_get(grants, k), "id");
            if (id != NULL && strcmp(id, subgrant) == 0)
                return a->set.object[i].id;
        }
    }
    return NULL;
}

static bool read_document(struct acts *a, struct acts_case *c)
{
    const char *key = "id";
    if (strcmp(c->entity, c->kind) != 0)
        key = strcmp(c->kind, "joint_list") == 0 ? "list"
              : strcmp(c->kind, "project") == 0  ? "project"
                                                 : c->kind;
    c->doc = acts_text(c->input, key);
    if (c->doc == NULL && strcmp(c->kind, "recommendation") == 0) {
        json_t *report = acts_object(a, SMK_IMPORT_FOLLOW_UP, acts_text(c->input, "follow_up"));
        c->doc = acts_text(report, "recommendation");
    }
    if (c->doc == NULL && strcmp(c->kind, "project") == 0) {
        const char *grant = acts_text(c->input, "subgrant");
        c->doc = project_of(a, grant != NULL ? grant : acts_text(c->input, "id"));
    }
    if (c->doc == NULL)
        return acts_fail(a, "it does not say in '%s' which %s it is about", key, c->kind);
    return strlen(c->doc) <= SMK_SOURCE_BYTES_MAX || acts_fail(a, "the name of the %s is too long", c->kind);
}

/* ---- who ---- */

/* How an input names the office that acts, where the case does not. */
static const char *actor_key(const struct acts_case *c)
{
    static const struct {
        const char *act, *key;
    } row[] = {
        {"submit", "submitted_by"},
        {"verify", "verified_by"},
        {"plan", "planned_by"},
        {"record_minutes", "minutes_by"},
        {"close", "closed_by"},
        {"draft", "drafted_by"},
        {"negotiate", "negotiated_by"},
        {"present_provincial", "recorded_by"},
        {"present_national", "recorded_by"},
        {"prioritise_provincial", "recorded_by"},
        {"prioritise_national", "recorded_by"},
        {"report_progress", "reported_by"},
        {"verify_progress", "verified_by"},
        {"dispute_progress", "verified_by"},
        {"record", "recorded_by"},
        {"award", "awarded_by"},
        {"create", "created_by"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        if (strcmp(row[i].act, c->rule->act) == 0)
            return row[i].key;
    return "by_office";
}

static bool add_office(struct acts *a, struct acts_case *c, json_t *name)
{
    const struct smk_office *office = acts_office(a, json_string_value(name));
    if (office == NULL || acts_device_of(a, office->slug.text) == ACTS_NOWHERE)
        return acts_fail(a, "no office '%.80s' is in the sample",
                         json_is_string(name) ? json_string_value(name) : "(no word)");
    if (c->office_count == SMK_ATTESTORS_MAX)
        return acts_fail(a, "more than %d attestors", SMK_ATTESTORS_MAX);
    c->office[c->office_count++] = office;
    return true;
}

static bool read_offices(struct acts *a, json_t *json, struct acts_case *c)
{
    json_t *attestors = json_object_get(c->input, "attestors"), *by = json_object_get(json, "by_office");
    bool is_attested = c->act != NULL && strncmp(c->act, "attest_", 7) == 0;
    if (is_attested && attestors != NULL && !json_is_array(attestors))
        return acts_fail(a, "'attestors' is no list");
    for (size_t i = 0; is_attested && i < json_array_size(attestors); i++)
        if (!add_office(a, c, json_array_get(attestors, i)))
            return false;
    if (c->office_count > 0)
        return true;
    if (by == NULL)
        by = json_object_get(c->input, "by_office");
    if (by == NULL)
        by = json_object_get(c->input, actor_key(c));
    return by != NULL ? add_office(a, c, by) : acts_fail(a, "it does not say which office acts");
}

static bool read_extras(struct acts *a, json_t *json, struct acts_case *c)
{
    json_t *scope = json_object_get(json, "scope"), *device = json_object_get(json, "device");
    c->device = ACTS_NOWHERE;
    c->has_scope = scope != NULL;
    if (scope != NULL &&
        (!json_is_string(scope) || !smk_scope_parse(smk_bytes_of_text(json_string_value(scope)), &c->scope)))
        return acts_fail(a, "'scope' is no scope");
    if (device != NULL && json_is_string(device))
        c->device = acts_device_of_organisation(a, json_string_value(device));
    return device == NULL || c->device != ACTS_NOWHERE ||
           acts_fail(a, "'device' names no organisation that has one");
}

/* ---- which fields ---- */

/* What an input may say besides the fields of document and act. */
static bool is_known_key(const struct acts_case *c, const char *key)
{
    static const struct {
        const char *kind, *keys;
    } row[] = {
        {"case_study", " created_by submitted_by verified_by status "},
        {"meeting", " planned_by minutes_by closed_by status minutes minutes_en minutes_km "},
        {"joint_list",
         " list mode attestors by_office by_org content_hash level recorded_by drafted_by negotiated_by "},
        {"recommendation",
         " recommendation list level recorded_by reported_by verified_by by_office result "},
        {"event", " created_by recorded_by status "},
        {"project", " project created_by awarded_by status "},
        {"audit_note", " answered_by "},
    };
    char word[80];
    (void)snprintf(word, sizeof word, " %.70s ", key);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        if (strcmp(row[i].kind, c->kind) == 0 && strstr(row[i].keys, word) != NULL)
            return true;
    const struct smk_act_kind *report =
        smk_act_kind_find(smk_bytes_of_text(c->kind), smk_bytes_of_text("report_progress"));
    if (report != NULL && acts_is_field(report->field, report->field_count, key))
        return true; /* of the report that is verified */
    return strcmp(key, "id") == 0 || strcmp(key, "provenance") == 0 ||
           acts_is_field(c->doc_kind->field, c->doc_kind->field_count, key) ||
           (c->act_kind != NULL && acts_is_field(c->act_kind->field, c->act_kind->field_count, key));
}

static bool check_keys(struct acts *a, json_t *json, const struct acts_case *c)
{
    static const char *const own[] = {"case", "entity", "by_office", "input", "expect",
                                      "act",  "scope",  "device",    "why"};
    const char *key;
    json_t *value;
    json_object_foreach(json, key, value)
    {
        bool is_known = false;
        for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
            is_known = is_known || strcmp(own[i], key) == 0;
        if (!is_known)
            return acts_fail(a, "a case has no '%.60s'", key);
    }
    json_object_foreach(c->input, key, value)
    {
        if (!is_known_key(c, key))
            return acts_fail(a, "neither a %s nor the act %s has a field '%.60s'", c->kind, c->rule->act,
                             key);
    }
    return true;
}

static bool read_expected(struct acts *a, json_t *json, struct acts_case *c)
{
    const char *code = acts_text(json, "expect");
    enum {
#define X(name, word, en, km) REASON_##name,
        SMK_REASON_MAP(X)
#undef X
            REASONS
    };
    for (int i = 0; code != NULL && i < REASONS; i++)
        if (strcmp(smk_reason_code((enum smk_reason)i), code) == 0) {
            c->expect = (enum smk_reason)i;
            return true;
        }
    return acts_fail(a, "'expect' is no code of a reason: %.60s", code != NULL ? code : "(no word)");
}

bool acts_case_read(struct acts *a, json_t *json, struct acts_case *ret_case)
{
    struct acts_case c = {.name = acts_text(json, "case"), .entity = acts_text(json, "entity")};
    c.input = json_object_get(json, "input");
    if (c.name == NULL || c.entity == NULL || !json_is_object(c.input))
        return acts_fail(a, "a case has a 'case' (its name), an 'entity' and an 'input'");
    bool is_read = read_expected(a, json, &c) && read_act(a, json, &c) && read_document(a, &c) &&
                   read_offices(a, json, &c) && read_extras(a, json, &c) && check_keys(a, json, &c);
    *ret_case = c;
    return is_read;
}

/* ---- the row `_given` ---- */

static void give(struct acts *a, enum smk_import_type type, const char *id, json_t *object)
{
    const char *name = smk_import_form[type].name;
    if (json_object_get(a->given, name) == NULL)
        (void)json_object_set_new(a->given, name, json_object());
    (void)json_object_set_new(object, "id", json_string(id));
    (void)json_object_set_new(json_object_get(a->given, name), id, object);
}

/* "LIST is a copy of OTHER version N under a new id, negotiated but not endorsed; ITEM is its only item" */
static bool read_note(struct acts *a, const char *note)
{
    char list[65], other[65], item[65], more[2];
    int version = 0;
    int read = sscanf(
        note,
        "%64s is a copy of %64s version %d under a new id, negotiated but not endorsed; %64s is its only "
        "item%1s",
        list, other, &version, item, more);
    json_t *original = read == 4 ? acts_object(a, SMK_IMPORT_JOINT_LIST, other) : NULL;
    const char *first = json_string_value(json_array_get(json_object_get(original, "recommendations"), 0));
    json_t *recommendation = acts_object(a, SMK_IMPORT_RECOMMENDATION, first);
    bool is_that_version = json_integer_value(json_object_get(original, "version")) == version;
    if (original == NULL || recommendation == NULL || !is_that_version)
        return acts_fail(
            a, "what its note gives is not understood: write the objects, as \"joint_lists\": [...]");
    json_t *copy = json_copy(original), *only = json_copy(recommendation);
    (void)json_object_set_new(copy, "recommendations", json_pack("[s]", item));
    (void)json_object_set_new(only, "list", json_string(list));
    (void)json_object_set(only, "drafted_by", json_object_get(original, "drafted_by"));
    give(a, SMK_IMPORT_JOINT_LIST, list, copy);
    give(a, SMK_IMPORT_RECOMMENDATION, item, only);
    return true;
}

static bool read_objects(struct acts *a, const char *file, json_t *objects)
{
    char name[64];
    enum smk_import_type type = SMK_IMPORT_TYPES;
    for (size_t t = 0; t < SMK_IMPORT_TYPES; t++) {
        (void)snprintf(name, sizeof name, "%s.json", file);
        if (strcmp(smk_import_form[t].file, name) == 0)
            type = (enum smk_import_type)t;
    }
    if (type == SMK_IMPORT_TYPES || !json_is_array(objects))
        return acts_fail(a, "'%.40s' is no list of objects as the sample has them", file);
    for (size_t i = 0; i < json_array_size(objects); i++) {
        json_t *object = json_array_get(objects, i);
        const char *id = acts_text(object, "id");
        if (id == NULL || strlen(id) > SMK_SOURCE_BYTES_MAX)
            return acts_fail(a, "an object of '%.40s' has no id", file);
        give(a, type, id, json_copy(object));
    }
    return true;
}

bool acts_given_read(struct acts *a, json_t *row)
{
    const char *key;
    json_t *value, *input = json_object_get(row, "input");
    if (!json_is_object(input))
        return acts_fail(a, "it has no 'input'");
    json_object_foreach(input, key, value)
    {
        bool is_note = strcmp(key, "note") == 0 && json_is_string(value);
        if (!(is_note ? read_note(a, json_string_value(value)) : read_objects(a, key, value)))
            return false;
    }
    return true;
}
