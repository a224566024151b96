/* Deeds: what a record of an edit or act says, and writing it. */
#include "tests/conform/acts.h"

#include "store/home.h"

#include <stdio.h>
#include <string.h>

void acts_deed_deinit(struct acts_deed *d)
{
    smk_buf_deinit(&d->fields);
    smk_buf_deinit(&d->text);
    smk_buf_deinit(&d->payload);
}

/* ---- payloads ---- */

static const struct smk_fold_doc *doc_of(struct acts *a, const struct acts_deed *d)
{
    return smk_fold_find_doc(acts_fold(a), smk_bytes_of_text(d->kind), d->doc, NULL);
}

/* Whole records of a narrower scope that what is done in a wider one rests on. */
static void pack_evidence(struct acts *a, const struct smk_fold_doc *doc, const char *act, struct smk_buf *b)
{
    const struct smk_fold_entry *entry[SMK_EVIDENCE_MAX];
    size_t count = doc != NULL ? smk_fold_evidence(acts_fold(a), doc, act, entry) : 0;
    if (count > 0)
        smk_pack_array(b, count);
    for (size_t i = 0; i < count; i++) {
        SMK_CLEANUP(smk_buf_deinit) struct smk_buf whole = {.max = 2 * SMK_PAYLOAD_BYTES_MAX};
        smk_record_encode(acts_world_find(a, entry[i]->id), &whole);
        smk_pack_bin(b, smk_buf_view(&whole));
    }
}

static bool pack_edit(struct acts *a, struct acts_deed *d)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf from = {.max = SMK_PAYLOAD_BYTES_MAX};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf evidence = {.max = SMK_PAYLOAD_BYTES_MAX};
    const struct smk_fold_doc *study = d->is_published ? doc_of(a, d) : NULL;
    struct smk_edit edit = {.kind = smk_bytes_of_text(d->kind),
                            .office = smk_bytes_of_text(d->office->slug.text),
                            .fields = smk_buf_view(&d->fields)};
    memcpy(edit.doc, d->doc, sizeof edit.doc);
    if (study != NULL) {
        smk_pack_array(&from, study->head_count);
        for (size_t i = 0; i < study->head_count; i++)
            smk_pack_bin(&from, SMK_BYTES(study->head[i]->id));
        pack_evidence(a, study, "publish", &evidence);
        edit.from = smk_buf_view(&from);
        edit.evidence = smk_buf_view(&evidence);
    }
    smk_edit_encode(&edit, &d->payload);
    return from.err == SMK_OK && evidence.err == SMK_OK;
}

static bool pack_act(struct acts *a, struct acts_deed *d)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf now = {.max = SMK_PAYLOAD_BYTES_MAX};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf evidence = {.max = SMK_PAYLOAD_BYTES_MAX};
    const struct smk_policy_rule *rule =
        smk_policy_act(smk_bytes_of_text(d->kind), smk_bytes_of_text(d->act));
    const struct smk_fold_doc *doc = doc_of(a, d);
    struct smk_act act = {.kind = smk_bytes_of_text(d->kind), .act = smk_bytes_of_text(d->act)};
    act.office = smk_bytes_of_text(d->office->slug.text);
    act.fields = smk_buf_view(&d->fields);
    memcpy(act.doc, d->doc, sizeof act.doc);
    memcpy(act.id, d->id, sizeof act.id);
    if (d->text.len == 0 && doc != NULL && doc->counts &&
        smk_fold_text(acts_fold(a), doc, &now, NULL) != SMK_OK)
        return acts_fail(a, "the text of the %s cannot be named", d->kind);
    act.text = smk_buf_view(d->text.len > 0 ? &d->text : &now);
    smk_text_about(act.text, act.about);
    if (rule->is_wider) {
        act.text = (struct smk_bytes){0};
        act.area = d->area != NULL ? smk_bytes_of_text(d->area) : (struct smk_bytes){0};
        pack_evidence(a, doc, d->act, &evidence);
        act.evidence = smk_buf_view(&evidence);
    }
    smk_act_encode(&act, &d->payload);
    return evidence.err == SMK_OK;
}

bool acts_deed_pack(struct acts *a, struct acts_deed *d)
{
    smk_buf_deinit(&d->payload);
    d->payload = (struct smk_buf){.max = SMK_PAYLOAD_BYTES_MAX};
    bool is_good = d->act != NULL ? pack_act(a, d) : pack_edit(a, d);
    return is_good && (d->payload.err == SMK_OK ||
                       acts_fail(a, "it fits into no record: %s", smk_err_text(d->payload.err)));
}

enum smk_reason acts_deed_judge(struct acts *a, struct smk_fold *f, const struct acts_deed *d)
{
    struct smk_edit edit;
    struct smk_act act;
    if (d->act == NULL)
        return smk_edit_decode(smk_buf_view(&d->payload), &edit) == SMK_OK
                   ? smk_fold_judge_edit(f, &edit, &d->scope, d->office)
                   : SMK_REASON_SHAPE;
    return smk_act_decode(smk_buf_view(&d->payload), &act) == SMK_OK
               ? smk_fold_judge_act(f, &act, &d->scope, d->office, a->time_ms << 16)
               : SMK_REASON_SHAPE;
}

size_t acts_deed_write(struct acts *a, const struct acts_deed *d)
{
    return acts_world_write(a, d->device, &d->scope, d->act != NULL ? SMK_RECORD_ACT : SMK_RECORD_EDIT,
                            smk_buf_view(&d->payload));
}

/* ---- making them ---- */

bool acts_deed_edit(struct acts *a, const struct smk_kind *kind, json_t *object, const char *name,
                    const struct smk_office *office, const struct smk_scope *scope,
                    struct acts_deed *ret_deed)
{
    struct acts_deed d = {.kind = kind->name, .office = office};
    d.device = acts_device_of(a, office->slug.text);
    acts_id(a, kind->name, name, d.doc);
    if (scope != NULL)
        d.scope = *scope;
    if (!acts_map(a, kind->field, kind->field_count, object, NULL, &d.fields) ||
        (scope == NULL && !acts_scope(a, kind, object, smk_buf_view(&d.fields), office, &d.scope))) {
        acts_deed_deinit(&d);
        return false;
    }
    *ret_deed = d;
    return true;
}

/* Of a list or recommendation that is nowhere: the district in its name, else that of the office. */
static bool scope_of_name(const struct acts *a, const char *name, const struct smk_office *office,
                          struct smk_scope *ret_scope)
{
    const struct smk_organisation *org = smk_roster_organisation(a->coalition.roster, office->org.text);
    const char *area = office->area;
    char text[16];
    for (const char *at = name; *at != '\0';
         at += strspn(at, "0123456789") > 0 ? strspn(at, "0123456789") : 1)
        if (strspn(at, "0123456789") == 4) {
            area = at;
            break;
        }
    if (area[0] == '\0' && org != NULL && org->area_count == 1)
        area = org->area[0];
    (void)snprintf(text, sizeof text, "dm:%.4s", area);
    return strspn(area, "0123456789") >= 4 && smk_scope_parse(smk_bytes_of_text(text), ret_scope);
}

static bool scope_of_act(struct acts *a, const struct smk_policy_rule *rule, const char *name,
                         struct acts_deed *d)
{
    const struct smk_fold_doc *doc = doc_of(a, d);
    if (rule->is_wider) {
        d->scope = smk_scope_of("pub");
        return true;
    }
    if (doc == NULL && scope_of_name(a, name, d->office, &d->scope))
        return true;
    if (doc == NULL)
        return acts_fail(a, "the %s is nowhere, so nothing says where the act belongs: give it a \"scope\"",
                         d->kind);
    d->scope = *doc->scope;
    return true;
}

bool acts_deed_act(struct acts *a, const char *kind, const char *act, const char *name,
                   const struct smk_office *office, const struct smk_scope *scope, struct acts_deed *ret_deed)
{
    const struct smk_policy_rule *rule = smk_policy_act(smk_bytes_of_text(kind), smk_bytes_of_text(act));
    struct acts_deed d = {.kind = kind, .act = act, .office = office};
    char number[32];
    d.device = acts_device_of(a, office->slug.text);
    acts_id(a, kind, name, d.doc);
    (void)snprintf(number, sizeof number, "%zu", a->count);
    acts_id(a, "act", number, d.id);
    enum smk_import_type type = acts_type(kind);
    d.area = acts_district(a, type, acts_object(a, type, name));
    if (scope != NULL)
        d.scope = *scope;
    else if (!scope_of_act(a, rule, name, &d))
        return false;
    *ret_deed = d;
    return true;
}

static bool fill_page(struct acts *a, const char *name, struct smk_pairs *fill)
{
    uint8_t hash[SMK_HASH_BYTES];
    json_t *page = acts_object(a, SMK_IMPORT_ATTACHMENT, name);
    if (page == NULL)
        return true; /* nobody has it: the act names none */
    if (acts_text(page, "sha256") == NULL || !smk_hex_parse(acts_text(page, "sha256"), hash, sizeof hash))
        return acts_fail(a, "the attachment %s has no SHA-256", name);
    smk_pack_bin(smk_pairs_open_text(fill, "page"), SMK_BYTES(hash));
    return true;
}

bool acts_fill(struct acts *a, const char *act, const char *list, json_t *object, struct smk_pairs *fill)
{
    if (strncmp(act, "attest_", 7) == 0 && json_object_get(object, "page") == NULL)
        return fill_page(a, acts_text(object, "attachment"), fill);
    if (strncmp(act, "present_", 8) != 0 || json_object_get(object, "recommendations") != NULL)
        return true;
    json_t *names = json_object_get(acts_object(a, SMK_IMPORT_JOINT_LIST, list), "recommendations");
    struct smk_buf *b = smk_pairs_open_text(fill, "recommendations");
    smk_pack_array(b, json_array_size(names));
    for (size_t i = 0; i < json_array_size(names); i++) {
        uint8_t id[SMK_DOC_ID_BYTES];
        const char *name = json_string_value(json_array_get(names, i));
        acts_id(a, "recommendation", name != NULL ? name : "", id);
        smk_pack_bin(b, SMK_BYTES(id));
    }
    return true;
}
