/* One case: set up, done by its own node and by a modified one, and judged by all. */
#include "tests/conform/acts.h"

#include <stdio.h>
#include <string.h>

/* ---- the fields of the act ---- */

/* What is left out of an act is as the sample has it elsewhere; reasons and notes are never filled in. */
static json_t *defaults(const struct acts *a, const struct acts_case *c)
{
    static const char *const taken[] = {"date",    "by_org",  "by_office",   "attachment",
                                        "meeting", "votes",   "method",      "percent",
                                        "status",  "grantee", "presented_by"};
    json_t *template = strcmp(c->entity, c->kind) != 0 ? acts_template(a, c) : NULL, *object = json_object();
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        if (json_object_get(template, taken[i]) != NULL)
            (void)json_object_set(object, taken[i], json_object_get(template, taken[i]));
    if (json_object_get(object, "date") == NULL)
        (void)json_object_set_new(object, "date", json_string("2022-01-01"));
    return object;
}

/* Every item of the list that the input leaves out is decided 'accepted'. */
static json_t *items_of(const struct acts *a, const struct acts_case *c)
{
    json_t *said = json_object_get(c->input, "items"), *all = json_array();
    json_t *names = json_object_get(acts_object(a, SMK_IMPORT_JOINT_LIST, c->doc), "recommendations");
    for (size_t i = 0; i < json_array_size(said); i++)
        (void)json_array_append(all, json_array_get(said, i));
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        bool is_said = name == NULL;
        for (size_t k = 0; k < json_array_size(said); k++) {
            const char *other = acts_text(json_array_get(said, k), "recommendation");
            is_said = is_said || (other != NULL && strcmp(other, name) == 0);
        }
        if (!is_said)
            (void)json_array_append_new(
                all, json_pack("{s:s, s:s}", "recommendation", name, "decision", "accepted"));
    }
    return all;
}

/* The number behind the highest rank of the sample: nobody has it. */
static json_int_t free_rank(const struct acts *a)
{
    json_int_t highest = 0;
    for (size_t i = a->set.first[SMK_IMPORT_PRIORITY]; i < a->set.first[SMK_IMPORT_PRIORITY + 1]; i++) {
        json_int_t rank = json_integer_value(json_object_get(a->set.object[i].json, "rank"));
        highest = rank > highest ? rank : highest;
    }
    return highest + 1;
}

static void complete_report(const struct acts_case *c, json_t *object)
{
    const char *status = acts_text(object, "status");
    if (json_object_get(c->input, "status") == NULL)
        (void)json_object_set_new(object, "status", json_string("planned"));
    if (json_object_get(c->input, "percent") != NULL)
        return;
    bool is_done = status != NULL && strcmp(status, "done") == 0;
    (void)json_object_set_new(object, "percent", json_integer(is_done ? 100 : 0));
}

/* The object that the fields of the act are read from. GIVES. */
static json_t *act_object(const struct acts *a, const struct acts_case *c)
{
    json_t *object = defaults(a, c), *value;
    const char *key;
    json_object_foreach(c->input, key, value)
    {
        bool is_name = strcmp(key, "id") == 0 && strcmp(c->entity, c->kind) == 0;
        if (!is_name)
            (void)json_object_set(object, key, value);
    }
    if (strcmp(c->kind, "joint_list") == 0 && json_object_get(object, "list_version") == NULL)
        (void)json_object_set(object, "list_version",
                              json_object_get(acts_object(a, SMK_IMPORT_JOINT_LIST, c->doc), "version"));
    if (strstr(c->act, "accept") != NULL)
        (void)json_object_set_new(object, "items", items_of(a, c));
    if (strncmp(c->act, "prioritise_", 11) == 0 && json_object_get(object, "rank") == NULL)
        (void)json_object_set_new(object, "rank", json_integer(free_rank(a)));
    if (strncmp(c->act, "prioritise_", 11) == 0 && json_object_get(object, "method") == NULL)
        (void)json_object_set_new(object, "method", json_string("consensus"));
    if (strcmp(c->act, "report_progress") == 0)
        complete_report(c, object);
    if (strcmp(c->act, "record_minutes") == 0 && json_object_get(c->input, "minutes") == NULL &&
        json_object_get(c->input, "minutes_en") == NULL && json_object_get(c->input, "minutes_km") == NULL)
        (void)json_object_set_new(object, "minutes_en", json_string("Read out."));
    if (strcmp(c->act, "answer") == 0 && json_object_get(object, "answer") == NULL)
        (void)json_object_set_new(object, "answer", json_string("Seen."));
    return object;
}

/* ---- the report that is verified ---- */

/* The last report of the sample about it; NULL when there is none. */
static const char *last_report(const struct acts *a, const char *recommendation)
{
    const char *last = NULL;
    for (size_t i = a->set.first[SMK_IMPORT_FOLLOW_UP]; i < a->set.first[SMK_IMPORT_FOLLOW_UP + 1]; i++) {
        const char *of = acts_text(a->set.object[i].json, "recommendation");
        if (of != NULL && strcmp(of, recommendation) == 0)
            last = a->set.object[i].id;
    }
    return last;
}

/* Its newest date: a report is newer than another one by its date. */
static const char *newest_report(const struct acts *a, const char *recommendation)
{
    const char *newest = "2022-01-01";
    for (size_t i = a->set.first[SMK_IMPORT_FOLLOW_UP]; i < a->set.first[SMK_IMPORT_FOLLOW_UP + 1]; i++) {
        json_t *report = a->set.object[i].json;
        const char *of = acts_text(report, "recommendation"), *date = acts_text(report, "date");
        if (of != NULL && date != NULL && strcmp(of, recommendation) == 0 && strcmp(date, newest) > 0)
            newest = date;
    }
    return newest;
}

/* The office that stands for a reporter whose role may not report: one more of the same organisation. */
static const struct smk_office *reporter_of(struct acts *a, const struct smk_office *said)
{
    const struct smk_policy_rule *rule =
        smk_policy_act(smk_bytes_of_text("recommendation"), smk_bytes_of_text("report_progress"));
    const struct smk_organisation *org = smk_roster_organisation(a->coalition.roster, said->org.text);
    char slug[SMK_SLUG_LETTERS_MAX + 1];
    if (smk_policy_has_role(rule, said->role.text))
        return said;
    bool is_administration = org != NULL && strncmp(org->kind.text, "sna_", 4) == 0;
    (void)snprintf(slug, sizeof slug, "%.14s-reporter", said->slug.text);
    if (!acts_world_seat(a, slug, said, is_administration ? "sna_clerk" : "member_editor"))
        return NULL;
    return smk_roster_office(a->coalition.roster, slug);
}

/* "The report by reported_by is then taken as there." */
static bool set_up_report(struct acts *a, const struct acts_case *c, json_t *object)
{
    SMK_CLEANUP(acts_deed_deinit) struct acts_deed d = {0};
    const char *name = acts_text(c->input, "reported_by"), *status = acts_text(c->input, "status");
    const struct smk_office *said = acts_office(a, name), *reporter = NULL;
    if (name == NULL) { /* a report that is there */
        const char *last = last_report(a, c->doc);
        if (last != NULL && json_object_get(object, "follow_up") == NULL)
            (void)json_object_set_new(object, "follow_up", json_string(last));
        return true;
    }
    if (said == NULL)
        return acts_fail(a, "no office '%.80s' is in the sample", name);
    reporter = reporter_of(a, said);
    json_t *report = json_copy(c->input);
    if (json_object_get(report, "date") == NULL)
        (void)json_object_set_new(report, "date", json_string(newest_report(a, c->doc)));
    if (status == NULL)
        (void)json_object_set_new(report, "status", json_string("done"));
    bool is_done = status == NULL || strcmp(status, "done") == 0;
    if (json_object_get(report, "percent") == NULL)
        (void)json_object_set_new(report, "percent", json_integer(is_done ? 100 : 0));
    (void)json_object_set_new(report, "id", json_string("taken-as-there"));
    (void)json_object_del(report, "follow_up");
    bool is_set_up = reporter != NULL && acts_sample_act(a, SMK_IMPORT_FOLLOW_UP, c->kind, "report_progress",
                                                         c->doc, report, reporter);
    (void)json_object_set_new(object, "follow_up", json_string("taken-as-there"));
    json_decref(report);
    return is_set_up;
}

/* ---- doing it ---- */

static bool is_same_hash(json_t *said, json_t *list)
{
    const char *hash = json_string_value(said), *here = acts_text(list, "content_hash");
    return said == NULL || (hash != NULL && here != NULL && strcmp(hash, here) == 0);
}

/* The text that an act names when it is not the one that stands: that of a refused edit, or one that is nowhere. */
static void name_other_text(struct acts *a, const struct acts_case *c, const struct acts_own *own,
                            struct acts_deed *d)
{
    uint8_t head[1][SMK_ID_BYTES];
    json_t *hash = json_object_get(c->input, "content_hash");
    bool is_elsewhere = !is_same_hash(hash, acts_object(a, SMK_IMPORT_JOINT_LIST, c->doc));
    if (!own->is_unsound && !is_elsewhere)
        return;
    memcpy(head[0], own->head, sizeof head[0]);
    if (is_elsewhere)
        memset(head[0], 0x5a, sizeof head[0]); /* no record of that id is anywhere */
    d->text = (struct smk_buf){.max = SMK_PAYLOAD_BYTES_MAX};
    smk_pack_array(&d->text, 1);
    smk_text_pack_part(&d->text, d->doc, (const uint8_t(*)[SMK_ID_BYTES])head, 1);
}

static bool act_as(struct acts *a, const struct acts_case *c, const struct smk_office *office, json_t *object,
                   struct acts_own *own)
{
    SMK_CLEANUP(acts_deed_deinit) struct acts_deed d = {0};
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs fill = {0};
    const struct smk_scope *scope = c->has_scope ? &c->scope : own->is_unsound ? &own->scope : NULL;
    if (!acts_deed_act(a, c->kind, c->act, c->doc, office, c->rule->is_wider && !c->has_scope ? NULL : scope,
                       &d))
        return false;
    acts_id(a, "case", c->name, d.id);
    name_other_text(a, c, own, &d);
    return acts_fill(a, c->act, c->doc, object, &fill) &&
           acts_map(a, c->act_kind->field, c->act_kind->field_count, object, &fill, &d.fields) &&
           acts_own_do(a, c, own, &d);
}

/* A study's text in pub. */
static bool publish(struct acts *a, const struct acts_case *c, struct acts_own *own)
{
    SMK_CLEANUP(acts_deed_deinit) struct acts_deed d = {0};
    json_t *object = json_copy(acts_template(a, c)), *value;
    const char *key;
    json_object_foreach(c->input, key, value)(void) json_object_set(object, key, value);
    const struct smk_scope pub = smk_scope_of("pub");
    bool is_good =
        acts_deed_edit(a, c->doc_kind, object, c->doc, c->office[0], c->has_scope ? &c->scope : &pub, &d);
    json_decref(object);
    d.is_published = true;
    return is_good && acts_own_do(a, c, own, &d);
}

static bool do_acts(struct acts *a, const struct acts_case *c, struct acts_own *own)
{
    if (c->rule->is_edit)
        return !c->rule->is_wider || publish(a, c, own);
    json_t *object = act_object(a, c);
    bool is_good = true;
    if (strcmp(c->act, "verify_progress") == 0 || strcmp(c->act, "dispute_progress") == 0)
        is_good = set_up_report(a, c, object);
    for (size_t i = 0; is_good && i < c->office_count; i++)
        is_good = act_as(a, c, c->office[i], object, own);
    json_decref(object);
    return is_good;
}

/* ---- judging ---- */

static enum smk_reason reason_in(struct smk_fold *f, const uint8_t *id)
{
    const struct smk_fold_entry *e = smk_fold_find_entry(f, id);
    return e != NULL ? e->reason : SMK_REASON_NO_PAYLOAD;
}

/* What is refused of a case: of its records the first that is; of two halves that which fails before the other one is asked
 * for. */
static enum smk_reason first_refusal(const enum smk_reason *reason, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (reason[i] != SMK_REASON_COUNTS && reason[i] != SMK_REASON_HALF)
            return reason[i];
    return count > 0 ? reason[count - 1] : SMK_REASON_COUNTS;
}

/* Where it was made: what was said before signing; of halves, what the own fold says after it. */
static enum smk_reason judge_there(struct acts *a, const struct acts_case *c, struct acts_own *own)
{
    size_t device = own->count > 0 ? acts_device_of(a, c->office[0]->slug.text) : ACTS_NOWHERE;
    struct smk_fold *f = acts_world_fold(a, device, &own->scope, false);
    for (size_t i = 0; c->rule->is_half && i < own->count; i++)
        if (own->asked[i] == SMK_REASON_COUNTS)
            own->asked[i] = reason_in(f, acts_world_record(a, own->place[i])->id);
    smk_fold_free(f);
    return first_refusal(own->asked, own->count);
}

static bool judge_in(struct acts *a, const struct acts_case *c, const struct acts_own *own, size_t device,
                     bool is_backwards)
{
    enum smk_reason reason[ACTS_OWN_MAX];
    const char *who = device != ACTS_NOWHERE ? a->device[device].org.text : "the same organisation";
    struct smk_fold *f = acts_world_fold(a, device, NULL, is_backwards);
    size_t count = 0;
    for (size_t k = 0; k < own->count; k++) {
        const struct smk_record *r = acts_world_record(a, own->place[k]);
        if (device == ACTS_NOWHERE || acts_device_holds(a, device, &r->header.scope))
            reason[count++] = reason_in(f, r->id);
    }
    smk_fold_free(f);
    enum smk_reason refused = first_refusal(reason, count);
    if (refused != c->expect)
        return acts_fail(a, "forced into a log: the node of %s says %s, expected %s", who,
                         smk_reason_code(refused), smk_reason_code(c->expect));
    return c->expect == SMK_REASON_COUNTS || reason[count - 1] != SMK_REASON_COUNTS ||
           acts_fail(a, "forced into a log: for the node of %s the act counts", who);
}

/* Every node that holds the scope; every second one gets the records in the other order. */
static bool judge_elsewhere(struct acts *a, const struct acts_case *c, const struct acts_own *own,
                            size_t *ret_nodes)
{
    const struct acts_record *newest = &a->order[own->place[own->count - 1]];
    for (size_t i = 0; i < a->device_count; i++) {
        if (i == newest->log->device || !acts_device_holds(a, i, &own->scope))
            continue;
        if (!judge_in(a, c, own, i, *ret_nodes % 2 == 1))
            return false;
        ++*ret_nodes;
    }
    if (*ret_nodes == 0) /* of one organisation alone: the next device that it gets */
        return judge_in(a, c, own, ACTS_NOWHERE, false);
    return true;
}

static bool bring_given(struct acts *a, const struct acts_case *c)
{
    const char *type;
    json_t *objects;
    json_object_foreach(a->given, type, objects)
    {
        json_t *object = json_object_get(objects, c->doc);
        if (object == NULL || strcmp(type, c->kind) != 0)
            continue;
        json_t *names = json_object_get(object, "recommendations");
        for (size_t i = 0; strcmp(type, "joint_list") == 0 && i < json_array_size(names); i++) {
            const char *name = json_string_value(json_array_get(names, i));
            json_t *item =
                json_object_get(json_object_get(a->given, "recommendation"), name != NULL ? name : "");
            if (item != NULL && !acts_sample_bring_given(a, SMK_IMPORT_RECOMMENDATION, item))
                return false;
        }
        if (!acts_sample_bring_given(a, acts_type(type), object))
            return false;
    }
    return true;
}

/* Where a case stands: just before the first act of that kind on that object. A report that is taken as there stands for the
 * one with which the sample says that the work was done. */
static size_t cut_of(const struct acts *a, const struct acts_case *c)
{
    bool is_edit = c->act == NULL && !c->rule->is_wider;
    size_t cut = acts_sample_first(a, c->kind, is_edit ? NULL : c->rule->act, c->doc);
    cut = cut < a->sample_count ? cut : a->sample_count;
    for (size_t i = 0; acts_text(c->input, "reported_by") != NULL && i < a->steps.count; i++) {
        json_t *report = a->steps.at[i].object->json;
        const char *of = acts_text(report, "recommendation"), *status = acts_text(report, "status");
        bool is_end = status != NULL && (strcmp(status, "done") == 0 || strcmp(status, "dropped") == 0);
        if (a->steps.at[i].object->type == SMK_IMPORT_FOLLOW_UP && is_end && of != NULL &&
            strcmp(of, c->doc) == 0 && a->step_record[i] < cut)
            cut = a->step_record[i];
    }
    return cut;
}

bool acts_case_run(struct acts *a, const struct acts_case *c)
{
    struct acts_own own = {0};
    size_t nodes = 0;
    acts_world_begin_case(a, cut_of(a, c));
    if (!bring_given(a, c) || !acts_setup_document(a, c, &own) || !do_acts(a, c, &own))
        return false;
    if (own.count == 0)
        return acts_fail(a, "it does nothing");
    enum smk_reason there = judge_there(a, c, &own);
    if (there != c->expect)
        return acts_fail(a, "on the acting node: %s, expected %s", smk_reason_code(there),
                         smk_reason_code(c->expect));
    return judge_elsewhere(a, c, &own, &nodes);
}
