/* The first edit of a document of the folder. */
#include "tools/import_write.h"

#include "proto/hash.h"

#include <string.h>

/* What stands in an object beside its fields: acts, and what follows from them. */
static const char *const nothing[] = {NULL};
static const char *const case_study[] = {"created_by", "submitted_by", "verified_by", "status", NULL};
static const char *const meeting[] = {"planned_by", "minutes_by", "minutes_en", "minutes_km",
                                      "minutes",    "closed_by",  "status",     NULL};
static const char *const joint_list[] = {"drafted_by", "negotiated_by", "status", "content_hash", NULL};
static const char *const recommendation[] = {"status", NULL};
static const char *const event[] = {"created_by", "recorded_by", "status", NULL};
static const char *const project[] = {"created_by", "subgrants", "status", NULL};
static const char *const attachment[] = {"file", NULL};

static const char *const *const skip_of[SMK_IMPORT_TYPES] = {
    [SMK_IMPORT_INTERVIEW] = nothing,     [SMK_IMPORT_CASE_STUDY] = case_study,
    [SMK_IMPORT_MEETING] = meeting,       [SMK_IMPORT_RECOMMENDATION] = recommendation,
    [SMK_IMPORT_JOINT_LIST] = joint_list, [SMK_IMPORT_EVENT] = event,
    [SMK_IMPORT_PROJECT] = project,       [SMK_IMPORT_ATTACHMENT] = attachment,
};

/* Any edit of the document by an office of this step. */
static bool is_there(const struct smk_import_step *step, const struct smk_fold_doc *doc)
{
    for (size_t i = 0; doc != NULL && i < doc->edit_count; i++) {
        const struct smk_fold_entry *e = doc->edit[i];
        bool is_its_office = step->office.text[0] != '\0'
                                 ? smk_bytes_is_equal(e->edit.office, smk_bytes_of_text(step->office.text))
                                 : strcmp(e->log->org.text, step->org.text) == 0;
        if (is_its_office)
            return true;
    }
    return false;
}

/* The file of an attachment, when it lies in the folder, is what the object says. */
static bool file_fits(struct smk_import *i, struct smk_import_object *o)
{
    const char *name = smk_import_text(o, "file"), *said = smk_import_text(o, "sha256");
    char path[SMK_HOME_PATH_MAX];
    uint8_t hash[SMK_HASH_BYTES], wanted[SMK_HASH_BYTES];
    struct smk_why why;
    if (name == NULL)
        return true;
    if (name[0] == '/' || strstr(name, "..") != NULL || !smk_home_join(i->set.folder, name, path)) {
        smk_import_refuse_object(&i->report, o, "file", "bad_path", "it leads out of the folder");
        return false;
    }
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf bytes = {0};
    enum smk_read answer = smk_read_file(path, SMK_CSV_FILE_BYTES_MAX, &bytes, &why);
    if (answer != SMK_READ_DONE)
        return answer == SMK_READ_ABSENT;
    smk_sha256(smk_buf_view(&bytes), (struct smk_bytes){0}, hash);
    bool is_same =
        said != NULL && smk_hex_parse(said, wanted, sizeof wanted) && memcmp(hash, wanted, sizeof hash) == 0;
    if (!is_same)
        smk_import_refuse_object(&i->report, o, "sha256", "bad_hash",
                                 "the file in the folder has another SHA-256");
    return is_same;
}

void smk_import_complain(struct smk_import *i, struct smk_import_object *o,
                         const struct smk_complaint *complaint)
{
    char choices[300];
    smk_choices_write(complaint->rule, choices, sizeof choices);
    smk_import_refuse_object(&i->report, o, complaint->field, smk_flaw_code(complaint->flaw), "%s%s%s",
                             smk_flaw_text(complaint->flaw), choices[0] != '\0' ? ": " : "", choices);
}

bool smk_import_map(struct smk_import *i, struct smk_import_object *o, json_t *json,
                    const struct smk_field_map *map, struct smk_pairs *p, struct smk_buf *b)
{
    struct smk_complaint complaint;
    if (!smk_field_map_read(map, json, p, &complaint)) {
        smk_import_complain(i, o, &complaint);
        return false;
    }
    smk_pairs_close_into(p, b);
    if (b->err == SMK_OK)
        return true;
    if (b->err == SMK_ERR_NOMEM)
        i->err = SMK_ERR_NOMEM;
    else
        smk_import_refuse_object(&i->report, o, "", "too_long", "it does not fit into one record of 64 KiB");
    return false;
}

/* The office of an interview: the one asked for, else the first of the device that may. */
static const struct smk_office *choose_office(struct smk_import *i, struct smk_import_step *step,
                                              const struct smk_edit *edit, const struct smk_scope *scope)
{
    const struct smk_device *device = smk_import_device(i);
    struct smk_roster *roster = smk_fold_roster(i->loaded.fold);
    if (step->office.text[0] != '\0')
        return smk_roster_office(roster, step->office.text);
    for (size_t k = 0; device != NULL && k < device->office_count; k++) {
        const struct smk_office *office = smk_roster_office(roster, device->office[k].text);
        bool is_wanted = i->cli->as_office == NULL || strcmp(i->cli->as_office, device->office[k].text) == 0;
        if (office == NULL || !is_wanted)
            continue;
        if (smk_fold_judge_edit(i->loaded.fold, edit, scope, office) == SMK_REASON_COUNTS)
            return office;
    }
    return NULL;
}

static void write_edit(struct smk_import *i, struct smk_import_step *step, struct smk_edit *edit,
                       const struct smk_scope *scope)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    const struct smk_office *office = choose_office(i, step, edit, scope);
    enum smk_reason reason = SMK_REASON_ROLE;
    if (office != NULL)
        reason = smk_fold_judge_edit(i->loaded.fold, edit, scope, office);
    if (reason != SMK_REASON_COUNTS) {
        smk_import_refuse_reason(i, step, reason);
        return;
    }
    edit->office = smk_bytes_of_text(office->slug.text);
    smk_edit_encode(edit, &payload);
    smk_import_add_draft(i, step, scope, &payload, NULL);
}

void smk_import_prepare_edit(struct smk_import *i, struct smk_import_step *step)
{
    struct smk_import_object *o = step->object;
    const struct smk_kind *kind = smk_kind_find(smk_bytes_of_text(smk_import_form[o->type].name));
    const struct smk_field_map map = {.rules = kind->field,
                                      .rule_count = kind->field_count,
                                      .skip = skip_of[o->type],
                                      .resolve = smk_import_resolve,
                                      .ctx = i};
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_edit edit = {.kind = smk_bytes_of_text(kind->name)};
    struct smk_complaint complaint;
    struct smk_scope scope;
    smk_import_id_of(i, kind->name, o->id, edit.doc);
    if (!smk_import_map(i, o, o->json, &map, &p, &fields))
        return;
    edit.fields = smk_buf_view(&fields);
    if (!smk_kind_check(kind, edit.fields, true, &complaint)) {
        smk_import_complain(i, o, &complaint);
        return;
    }
    if (!smk_import_scope_of(i, o, &scope)) {
        smk_import_refuse_object(&i->report, o, "", "wrong_scope", "nothing in it says where it belongs");
        return;
    }
    if (o->type == SMK_IMPORT_ATTACHMENT && !file_fits(i, o))
        return;
    if (is_there(step, smk_fold_find_doc(i->loaded.fold, edit.kind, edit.doc, NULL))) {
        step->state = SMK_STEP_ALREADY;
        return;
    }
    write_edit(i, step, &edit, &scope);
}
