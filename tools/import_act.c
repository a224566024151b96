/* One act of the folder: what it says, which text it pins, what it builds on. */
#include "tools/import_need.h"

#include "tools/evidence.h"

#include <string.h>

/* What stands in an object beside the fields of its act. */
static const char *const agreement[] = {"list", "content_hash", "mode", "attestors", "status", NULL};
static const char *const presentation[] = {"list", "content_hash", "level", "recorded_by", NULL};
static const char *const priority[] = {"level", "recommendation", "recorded_by", NULL};
static const char *const follow_up[] = {"recommendation", "reported_by", NULL};
static const char *const verification[] = {"by_office", "result", NULL};
static const char *const subgrant[] = {"awarded_by", "status", "reports", NULL};

static const char *const *skip_of(enum smk_import_type type)
{
    switch (type) {
    case SMK_IMPORT_ENDORSEMENT:
    case SMK_IMPORT_ACCEPTANCE: return agreement;
    case SMK_IMPORT_PRESENTATION: return presentation;
    case SMK_IMPORT_PRIORITY: return priority;
    case SMK_IMPORT_FOLLOW_UP: return follow_up;
    case SMK_IMPORT_VERIFICATION: return verification;
    default: return subgrant;
    }
}

/* What the act takes from a document's object: its minutes, and nothing else. GIVES. */
static json_t *part_of_document(const struct smk_import_step *step)
{
    static const char *const key[] = {"minutes_en", "minutes_km", "minutes"};
    json_t *part = json_object();
    for (size_t k = 0; strcmp(step->act, "record_minutes") == 0 && k < sizeof key / sizeof key[0]; k++) {
        json_t *text = json_object_get(step->object->json, key[k]);
        if (text != NULL)
            (void)json_object_set(part, key[k], text);
    }
    return part;
}

static json_t *source_of(const struct smk_import_step *step)
{
    if (step->part != NULL)
        return json_incref(step->part);
    if (smk_import_form[step->object->type].is_document)
        return part_of_document(step);
    return json_incref(step->object->json);
}

void smk_import_act_id(const struct smk_import *i, const struct smk_import_step *step,
                       uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    const struct smk_import_object *o = step->object;
    char type[2 * SMK_NAME_LETTERS_MAX];
    const char *name = smk_import_form[o->type].name;
    if (step->part != NULL) {
        smk_import_id_of(i, "subgrant", json_string_value(json_object_get(step->part, "id")), ret_id);
        return;
    }
    (void)snprintf(type, sizeof type, "%s.%s", name, step->act); /* both are ours and short */
    smk_import_id_of(i, smk_import_form[o->type].is_document ? type : name, o->id, ret_id);
}

/* The SHA-256 of the page that both attestors have before them. */
static bool add_page(struct smk_import *i, struct smk_import_object *o, struct smk_pairs *p)
{
    const char *name = smk_import_text(o, "attachment");
    const struct smk_import_object *page = smk_import_find(&i->set, SMK_IMPORT_ATTACHMENT, name);
    const char *hex = page != NULL ? smk_import_text(page, "sha256") : NULL;
    uint8_t hash[SMK_HASH_BYTES];
    if (hex == NULL || !smk_hex_parse(hex, hash, sizeof hash)) {
        smk_import_refuse_object(&i->report, o, "attachment", name == NULL ? "missing" : "unknown_reference",
                                 "what is attested needs its page among the attachments, with a SHA-256");
        return false;
    }
    smk_pack_bin(smk_pairs_open_text(p, "page"), SMK_BYTES(hash));
    return true;
}

static bool add_more(struct smk_import *i, struct smk_import_step *step, const struct smk_import_target *t,
                     struct smk_pairs *p)
{
    if (strncmp(step->act, "attest_", 7) == 0)
        return add_page(i, step->object, p);
    if (strncmp(step->act, "present_", 8) == 0) {
        struct smk_bytes items = smk_fold_first(i->loaded.fold, t->doc, "recommendations");
        smk_pack_raw(smk_pairs_open_text(p, "recommendations"), items);
    }
    return true;
}

static bool make_fields(struct smk_import *i, struct smk_import_step *step, const struct smk_import_target *t,
                        const struct smk_act *act, struct smk_buf *fields)
{
    const struct smk_act_kind *kind = smk_act_kind_find(act->kind, act->act);
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    const struct smk_field_map map = {.rules = kind->field,
                                      .rule_count = kind->field_count,
                                      .skip = skip_of(step->object->type),
                                      .resolve = smk_import_resolve,
                                      .ctx = i};
    struct smk_complaint complaint;
    json_t *source = source_of(step);
    bool is_good = add_more(i, step, t, &p) && smk_import_map(i, step->object, source, &map, &p, fields);
    json_decref(source);
    if (!is_good)
        return false;
    if (smk_schema_check(kind->field, kind->field_count, smk_buf_view(fields), true, &complaint))
        return true;
    smk_import_complain(i, step->object, &complaint);
    return false;
}

/* A list that an act names is the one that is here. */
static bool check_version(struct smk_import *i, struct smk_import_object *o,
                          const struct smk_import_target *t)
{
    json_t *said = json_object_get(o->json, "list_version");
    uint64_t here = smk_span_uint(smk_fold_first(i->loaded.fold, t->doc, "version"));
    if (t->type != SMK_IMPORT_JOINT_LIST || !json_is_integer(said) ||
        json_integer_value(said) == (json_int_t)here)
        return true;
    smk_import_refuse_object(&i->report, o, "list_version", "unknown_version", "version %llu of %s is here",
                             (unsigned long long)here, t->source);
    return false;
}

/* The text as it stands; for a second half that of the first, which must name the same page. */
static bool make_text(struct smk_import *i, struct smk_import_step *step, const struct smk_import_target *t,
                      const struct smk_fold_entry *basis, struct smk_act *act, struct smk_buf *text)
{
    bool is_second = step->index > 0 && strncmp(step->act, "attest_", 7) == 0;
    if (is_second) {
        struct smk_bytes page = smk_span_find(act->fields, "page");
        if (!smk_bytes_is_equal(page, smk_span_find(basis->act.fields, "page"))) {
            smk_import_refuse_object(&i->report, step->object, "attachment", "other_page",
                                     "the first attestor named another page");
            return false;
        }
        act->text = basis->act.text;
        memcpy(act->about, basis->act.about, sizeof act->about);
        return true;
    }
    enum smk_err err = smk_fold_text(i->loaded.fold, t->doc, text, NULL);
    if (err != SMK_OK || text->err != SMK_OK) {
        i->err = err == SMK_ERR_NOMEM ? err : i->err;
        smk_import_refuse_object(&i->report, step->object, "", "too_long", "its text cannot be pinned: %s",
                                 smk_err_text(err != SMK_OK ? err : text->err));
        return false;
    }
    act->text = smk_buf_view(text);
    smk_text_about(act->text, act->about);
    return true;
}

static bool carry_evidence(struct smk_import *i, struct smk_import_step *step,
                           const struct smk_import_target *t, struct smk_act *act, struct smk_buf *evidence)
{
    enum smk_err err = smk_evidence_pack(&i->loaded, t->doc, step->act, evidence);
    act->evidence = smk_buf_view(evidence);
    i->err = err != SMK_OK ? err : i->err;
    if (evidence->err != SMK_OK)
        smk_import_refuse_object(&i->report, step->object, "", "too_long",
                                 "what it rests on does not fit: %s", smk_err_text(evidence->err));
    return err == SMK_OK && evidence->err == SMK_OK;
}

static void write_act(struct smk_import *i, struct smk_import_step *step, const struct smk_import_target *t,
                      const struct smk_fold_entry *basis, struct smk_act *act)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf evidence = {.max = SMK_PAYLOAD_BYTES_MAX};
    const struct smk_policy_rule *rule = smk_policy_act(act->kind, act->act);
    const struct smk_office *office = smk_roster_office(smk_fold_roster(i->loaded.fold), step->office.text);
    struct smk_scope scope = *t->doc->scope;
    struct smk_fold_deps deps = {0};
    enum smk_reason reason = SMK_REASON_NOT_IN_FORCE;
    if (rule->is_wider) {
        const char *area = smk_import_district_of(i, step->object);
        act->area = smk_bytes_of_text(area != NULL ? area : smk_scope_argument(t->doc->scope));
        act->text = (struct smk_bytes){0};
        scope = smk_scope_of("pub");
        if (!carry_evidence(i, step, t, act, &evidence))
            return;
    }
    if (office != NULL)
        reason = smk_fold_judge_act(i->loaded.fold, act, &scope, office, smk_wall_ms() << 16);
    if (reason != SMK_REASON_COUNTS) {
        smk_import_refuse_reason(i, step, reason);
        return;
    }
    if (basis != NULL && smk_scope_is_equal(&basis->log->scope, &scope))
        smk_fold_add_dep(i->loaded.fold, &deps, basis);
    smk_fold_add_act_deps(i->loaded.fold, &deps, act, &scope);
    if (!rule->is_wider)
        smk_fold_add_text_deps(i->loaded.fold, &deps, t->doc);
    smk_act_encode(act, &payload);
    smk_import_add_draft(i, step, &scope, &payload, &deps);
}

bool smk_import_is_act_here(const struct smk_import *i, const struct smk_import_step *step)
{
    uint8_t id[SMK_DOC_ID_BYTES];
    const char *source = smk_import_target_source(i, step->object);
    const struct smk_fold_doc *doc =
        smk_import_find_doc(i, smk_import_target_type(step->object->type), source);
    smk_import_act_id(i, step, id);
    return smk_import_find_act(doc, step->act, id, step->office.text) != NULL;
}

void smk_import_prepare_act(struct smk_import *i, struct smk_import_step *step)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf text = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_import_target t;
    const struct smk_fold_entry *basis = NULL;
    if (!smk_import_find_target(i, step, &t))
        return;
    struct smk_act act = {.act = smk_bytes_of_text(step->act), .kind = t.doc->kind_name};
    act.office = smk_bytes_of_text(step->office.text);
    memcpy(act.doc, t.doc->id, sizeof act.doc);
    smk_import_act_id(i, step, act.id);
    if (!make_fields(i, step, &t, &act, &fields)) /* a bad file is told, even when the act is there already */
        return;
    if (smk_import_find_act(t.doc, step->act, act.id, step->office.text) != NULL) {
        step->state = SMK_STEP_ALREADY;
        return;
    }
    if (!check_version(i, step->object, &t) || !smk_import_check_needs(i, step, &t, &basis))
        return;
    act.fields = smk_buf_view(&fields);
    if (make_text(i, step, &t, basis, &act, &text))
        write_act(i, step, &t, basis, &act);
}
