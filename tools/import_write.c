#include "tools/import_write.h"

#include <string.h>

void smk_import_wait(struct smk_import_step *step, const char *what, const struct smk_slug *from)
{
    step->state = SMK_STEP_WAITING;
    step->wait_for = what != NULL ? what : "";
    step->wait_from = *from;
}

void smk_import_refuse_reason(struct smk_import *i, struct smk_import_step *step, enum smk_reason reason)
{
    smk_import_refuse_object(&i->report, step->object, step->key, smk_reason_code(reason), "%s as %s: %s",
                             step->act != NULL ? step->act : "write",
                             step->office.text[0] != '\0' ? step->office.text : step->org.text,
                             smk_reason_text(reason));
}

void smk_import_prepare(struct smk_import *i, struct smk_import_step *step)
{
    if (step->object->is_refused) {
        step->state = SMK_STEP_REFUSED;
        return;
    }
    step->state = SMK_STEP_OPEN;
    if (step->act == NULL)
        smk_import_prepare_edit(i, step);
    else
        smk_import_prepare_act(i, step);
    if (step->object->is_refused)
        step->state = SMK_STEP_REFUSED;
}

static void set_deps(struct smk_draft *draft, const struct smk_fold_deps *deps)
{
    for (size_t k = 0; deps != NULL && k < deps->count; k++) {
        memcpy(draft->dep[draft->dep_count++], deps->entry[k]->id, SMK_ID_BYTES);
        if (deps->entry[k]->time > draft->dep_time)
            draft->dep_time = deps->entry[k]->time;
    }
}

void smk_import_add_draft(struct smk_import *i, struct smk_import_step *step, const struct smk_scope *scope,
                          const struct smk_buf *payload, const struct smk_fold_deps *deps)
{
    struct smk_import_batch *b = &i->batch;
    struct smk_roster *roster = smk_fold_roster(i->loaded.fold);
    if (payload->err != SMK_OK) {
        smk_import_refuse_object(&i->report, step->object, "", "too_long",
                                 "it does not fit into one record of 64 KiB");
        return;
    }
    if (!smk_roster_holds(roster, i->home->identity.sign.public_key, scope)) {
        smk_import_refuse_object(&i->report, step->object, step->key, "wrong_scope",
                                 "it belongs into %s, which this device does not hold", scope->text);
        return;
    }
    struct smk_draft *draft = &b->draft[b->count];
    *draft =
        (struct smk_draft){.scope = *scope, .type = step->act != NULL ? SMK_RECORD_ACT : SMK_RECORD_EDIT};
    draft->payload = smk_arena_copy(&b->payloads, smk_buf_view(payload));
    if (draft->payload.len == 0) {
        i->err = SMK_ERR_NOMEM;
        return;
    }
    set_deps(draft, deps);
    b->step[b->count++] = step;
    step->state = SMK_STEP_DONE;
}

static void tell_written(struct smk_import *i, const struct smk_import_step *step,
                         const struct smk_scope *scope, const uint8_t id[SMK_ID_BYTES])
{
    const char *kind = smk_import_form[step->object->type].name;
    const char *ref =
        step->part != NULL ? json_string_value(json_object_get(step->part, "id")) : step->object->id;
    smk_import_count_written(&i->report, kind, step->act);
    if (!i->cli->is_json)
        return;
    json_t *act = step->act != NULL ? json_string(step->act) : json_null();
    json_t *wrote =
        json_pack("{s:o, s:s, s:o, s:s, s:s}", "id", smk_json_hex((struct smk_bytes){id, SMK_ID_BYTES}),
                  "kind", kind, "act", act, "ref", ref, "scope", scope->text);
    smk_cli_json(i->cli, json_pack("{s:o}", "wrote", wrote));
    (void)fflush(stdout); /* whoever reads along may rely on it: it is on the disk */
}

bool smk_import_flush(struct smk_import *i)
{
    struct smk_import_batch *b = &i->batch;
    uint8_t id[SMK_IMPORT_BATCH_MAX][SMK_ID_BYTES];
    if (i->err != SMK_OK || b->count == 0)
        return i->err == SMK_OK;
    i->err = smk_store_write(i->home->store, &i->home->identity, b->draft, b->count, id);
    for (size_t k = 0; i->err == SMK_OK && k < b->count; k++)
        tell_written(i, b->step[k], &b->draft[k].scope, id[k]);
    b->count = 0;
    smk_arena_deinit(&b->payloads);
    return i->err == SMK_OK;
}
