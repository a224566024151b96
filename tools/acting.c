#include "tools/acting.h"

#include "tools/complain.h"
#include "tools/evidence.h"
#include "tools/field_map.h"
#include "tools/text.h"
#include "tools/when.h"

#include <string.h>

enum smk_exit smk_acting_open(struct smk_cli *cli, struct smk_acting *ret_acting)
{
    memset(ret_acting, 0, sizeof *ret_acting);
    ret_acting->cli = cli;
    return smk_loaded_open_home(cli, true, &ret_acting->home, &ret_acting->loaded);
}

void smk_acting_close(struct smk_acting *a)
{
    smk_loaded_close(&a->loaded);
    smk_home_close(&a->home);
}

const struct smk_device *smk_acting_device(const struct smk_acting *a)
{
    return smk_roster_device(smk_fold_roster(a->loaded.fold), a->home.identity.sign.public_key);
}

void smk_acting_today(char ret_date[11])
{
    struct smk_when when;
    smk_when_shown(smk_wall_ms(), &when); /* "2026-11-22 14:02" */
    memcpy(ret_date, when.text, 10);
    ret_date[10] = '\0';
}

/* ---- writing ---- */

static enum smk_exit write_one(struct smk_acting *a, struct smk_draft *draft, const struct smk_buf *payload,
                               const struct smk_fold_deps *deps, uint8_t ret_id[SMK_ID_BYTES])
{
    uint8_t id[1][SMK_ID_BYTES];
    struct smk_roster *roster = smk_fold_roster(a->loaded.fold);
    if (payload->err != SMK_OK)
        return smk_cli_fail_err(a->cli, payload->err, "writing the record");
    if (!smk_roster_holds(roster, a->home.identity.sign.public_key, &draft->scope)) {
        char what[256];
        (void)snprintf(what, sizeof what, "It belongs into %s, which this device does not hold.",
                       draft->scope.text);
        return smk_cli_fail(a->cli, SMK_EXIT_REFUSED, "wrong_scope", what, "Nothing was written.",
                            "Have it written on a node that holds it.");
    }
    draft->payload = smk_buf_view(payload);
    for (size_t i = 0; i < deps->count; i++) {
        memcpy(draft->dep[draft->dep_count++], deps->entry[i]->id, SMK_ID_BYTES);
        if (deps->entry[i]->time > draft->dep_time)
            draft->dep_time = deps->entry[i]->time;
    }
    enum smk_err err = smk_store_write(a->home.store, &a->home.identity, draft, 1, id);
    if (err != SMK_OK)
        return smk_cli_fail_err(a->cli, err, "writing the record");
    smk_home_poke(&a->home);
    memcpy(ret_id, id[0], SMK_ID_BYTES);
    return SMK_EXIT_DONE;
}

static void tell(struct smk_acting *a, const uint8_t id[SMK_ID_BYTES], const uint8_t doc[SMK_DOC_ID_BYTES],
                 struct smk_bytes kind, struct smk_bytes act, struct smk_bytes ref,
                 const struct smk_office *office, const struct smk_scope *scope, const char *counts)
{
    char record[2 * SMK_ID_BYTES + 1], document[2 * SMK_DOC_ID_BYTES + 1], name[SMK_NAME_LETTERS_MAX + 1];
    char deed[SMK_NAME_LETTERS_MAX + 1];
    if (a->is_quiet)
        return;
    smk_hex_format((struct smk_bytes){id, SMK_ID_BYTES}, record);
    smk_hex_format((struct smk_bytes){doc, SMK_DOC_ID_BYTES}, document);
    smk_text_safe(ref, sizeof name - 1, name);
    smk_text_safe(act.len > 0 ? act : kind, sizeof deed - 1, deed);
    if (a->cli->is_json) {
        json_t *wrote =
            json_pack("{s:s, s:s, s:o, s:o, s:o, s:s, s:s}", "id", record, "doc", document, "kind",
                      smk_json_text(kind), "act", act.len > 0 ? smk_json_text(act) : json_null(), "ref",
                      ref.len > 0 ? smk_json_text(ref) : json_null(), "scope", scope->text, "office",
                      office->slug.text);
        smk_cli_json(a->cli, json_pack("{s:o}", "wrote", wrote));
        return;
    }
    smk_cli_say(a->cli, "%s: %s %s, document %s, in %s, as %s. It is on the disk.", record, deed, name,
                document, scope->text, office->slug.text);
    if (counts[0] != '\0')
        smk_cli_say(a->cli, "%s", counts);
}

struct judging {
    struct smk_fold *fold;
    const struct smk_edit *edit;
    const struct smk_act *act;
    const struct smk_scope *scope;
};

static enum smk_reason judge(void *ctx, const struct smk_office *office)
{
    const struct judging *j = ctx;
    return j->edit != NULL ? smk_fold_judge_edit(j->fold, j->edit, j->scope, office)
                           : smk_fold_judge_act(j->fold, j->act, j->scope, office, smk_wall_ms() << 16);
}

/* The office of the record before, where it may do this too: what belongs together is written by one. Else as --as says. */
static enum smk_exit choose_office(struct smk_acting *a, struct judging *j,
                                   const struct smk_office **ret_office)
{
    const struct smk_office *before = NULL;
    enum smk_exit code = SMK_EXIT_DONE;
    if (a->office.text[0] != '\0' && a->cli->as_office == NULL)
        before = smk_roster_office(smk_fold_roster(a->loaded.fold), a->office.text);
    if (before != NULL && judge(j, before) == SMK_REASON_COUNTS)
        *ret_office = before;
    else
        code = smk_choose_office(a->cli, &a->home, &a->loaded, judge, j, ret_office);
    if (code == SMK_EXIT_DONE)
        a->office = (*ret_office)->slug;
    return code;
}

enum smk_exit smk_acting_edit(struct smk_acting *a, struct smk_edit *edit, const struct smk_scope *scope,
                              const struct smk_fold_doc *doc, struct smk_bytes ref)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct judging j = {.fold = a->loaded.fold, .edit = edit, .scope = scope};
    struct smk_draft draft = {.scope = *scope, .type = SMK_RECORD_EDIT};
    const struct smk_office *office = NULL;
    struct smk_fold_deps deps = {0};
    uint8_t id[SMK_ID_BYTES];
    enum smk_exit code = choose_office(a, &j, &office);
    if (code != SMK_EXIT_DONE)
        return code;
    edit->office = smk_bytes_of_text(office->slug.text);
    for (size_t i = 0; doc != NULL && i < doc->head_count; i++)
        smk_fold_add_dep(a->loaded.fold, &deps, doc->head[i]);
    smk_edit_encode(edit, &payload);
    code = write_one(a, &draft, &payload, &deps, id);
    if (code == SMK_EXIT_DONE)
        tell(a, id, edit->doc, edit->kind, (struct smk_bytes){0}, ref, office, scope, "");
    return code;
}

/* ---- acts ---- */

enum smk_exit smk_acting_fields(struct smk_acting *a, const struct smk_act_kind *kind, json_t *object,
                                struct smk_pairs *pairs, struct smk_buf *ret_fields)
{
    const struct smk_field_map map = {.rules = kind->field,
                                      .rule_count = kind->field_count,
                                      .resolve = smk_resolve_here,
                                      .ctx = &a->loaded};
    struct smk_complaint complaint;
    const struct smk_form form = {.kind = kind->kind, .rules = kind->field, .rule_count = kind->field_count};
    if (!smk_field_map_read(&map, object, pairs, &complaint))
        return smk_complain(a->cli, &form, &complaint);
    smk_pairs_close_into(pairs, ret_fields);
    if (ret_fields->err != SMK_OK)
        return smk_cli_fail_err(a->cli, ret_fields->err, "reading the fields");
    if (!smk_schema_check(kind->field, kind->field_count, smk_buf_view(ret_fields), true, &complaint))
        return smk_complain(a->cli, &form, &complaint);
    return SMK_EXIT_DONE;
}

static enum smk_exit pin_text(struct smk_acting *a, struct smk_act *act, const struct smk_fold_doc *doc,
                              struct smk_buf *text)
{
    char missing[2 * SMK_DOC_ID_BYTES + 1], what[256];
    uint8_t id[SMK_DOC_ID_BYTES] = {0};
    if (act->text.len > 0)
        return SMK_EXIT_DONE;
    enum smk_err err = smk_fold_text(a->loaded.fold, doc, text, id);
    if (err == SMK_ERR_WAITING) {
        smk_hex_format(SMK_BYTES(id), missing);
        (void)snprintf(what, sizeof what, "The list names recommendation %s, which is not here yet.",
                       missing);
        return smk_cli_fail(a->cli, SMK_EXIT_REFUSED, "waiting", what, "Nothing was written.",
                            "Sync with a node that has it, then try again.");
    }
    if (err == SMK_OK)
        err = text->err;
    if (err != SMK_OK)
        return smk_cli_fail_err(a->cli, err, "pinning the text");
    act->text = smk_buf_view(text);
    smk_text_about(act->text, act->about);
    return SMK_EXIT_DONE;
}

/* For the act that is half of something, and for what stands in a wider scope. */
static const char *remark(const struct smk_policy_rule *rule, bool is_second)
{
    if (rule->is_half && !is_second)
        return "It counts once the other attestor has named the same text and page.";
    return "";
}

/* The same act by the same office about the same text, said before and counting or waiting for its other half. An
 * endorsement is the same whatever date it bears; other acts differ by their fields. NULL when there is none. */
static const struct smk_fold_entry *find_same(const struct smk_act *act, const struct smk_fold_doc *doc)
{
    bool is_endorsement = smk_bytes_is_equal(act->act, smk_bytes_of_text("endorse"));
    for (size_t i = 0; i < doc->act_count; i++) {
        const struct smk_fold_entry *e = doc->act[i];
        bool is_alive = e->reason == SMK_REASON_COUNTS || e->reason == SMK_REASON_HALF;
        if (is_alive && smk_bytes_is_equal(e->act.act, act->act) &&
            smk_bytes_is_equal(e->act.office, act->office) &&
            memcmp(e->act.about, act->about, sizeof act->about) == 0 &&
            (is_endorsement || smk_bytes_is_equal(e->act.fields, act->fields)))
            return e;
    }
    return NULL;
}

static void tell_same(struct smk_acting *a, const struct smk_fold_entry *e)
{
    char record[2 * SMK_ID_BYTES + 1], deed[SMK_NAME_LETTERS_MAX + 1];
    struct smk_when when;
    smk_hex_format(SMK_BYTES(e->id), record);
    smk_text_safe(e->act.act, sizeof deed - 1, deed);
    smk_cli_say(a->cli, "Nothing was written: the same %s of this text by this office stands since %s (%s).",
                deed, smk_when_shown(smk_time_ms(e->time), &when), record);
    smk_cli_json(a->cli, json_pack("{s:s, s:b}", "already", record, "written", 0));
}

/* By an office of this device, whichever. */
static bool is_said_before(struct smk_acting *a, const struct smk_act *act, const struct smk_fold_doc *doc,
                           const struct smk_fold_entry **ret_same)
{
    const struct smk_device *device = smk_acting_device(a);
    struct smk_act said = *act;
    for (size_t i = 0; device != NULL && *ret_same == NULL && i < device->office_count; i++) {
        bool is_asked = a->cli->as_office == NULL || strcmp(a->cli->as_office, device->office[i].text) == 0;
        said.office = smk_bytes_of_text(device->office[i].text);
        *ret_same = is_asked ? find_same(&said, doc) : NULL;
    }
    return *ret_same != NULL;
}

static enum smk_exit carry_evidence(struct smk_acting *a, struct smk_act *act, const struct smk_fold_doc *doc,
                                    struct smk_buf *evidence)
{
    char name[SMK_NAME_LETTERS_MAX + 1];
    smk_text_safe(act->act, sizeof name - 1, name);
    enum smk_err err = smk_evidence_pack(&a->loaded, doc, name, evidence);
    if (err == SMK_OK)
        err = evidence->err;
    act->evidence = smk_buf_view(evidence);
    return err == SMK_OK ? SMK_EXIT_DONE : smk_cli_fail_err(a->cli, err, "reading what it rests on");
}

enum smk_exit smk_acting_act(struct smk_acting *a, struct smk_act *act, const struct smk_fold_doc *doc,
                             const struct smk_fold_entry *basis)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf text = {.max = SMK_PAYLOAD_BYTES_MAX};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf evidence = {.max = SMK_PAYLOAD_BYTES_MAX};
    const struct smk_policy_rule *rule = smk_policy_act(act->kind, act->act);
    const struct smk_fold_entry *same = NULL;
    struct smk_scope scope = rule->is_wider ? smk_scope_of("pub") : *doc->scope;
    struct judging j = {.fold = a->loaded.fold, .act = act, .scope = &scope};
    struct smk_draft draft = {.scope = scope, .type = SMK_RECORD_ACT};
    const struct smk_office *office = NULL;
    struct smk_fold_deps deps = {0};
    uint8_t id[SMK_ID_BYTES];
    bool is_second = act->text.len > 0;
    if (rule->is_wider)
        act->area = smk_bytes_of_text(smk_scope_argument(doc->scope));
    enum smk_exit code = pin_text(a, act, doc, &text);
    if (code == SMK_EXIT_DONE && rule->is_wider)
        code = carry_evidence(a, act, doc, &evidence);
    if (code == SMK_EXIT_DONE && !is_said_before(a, act, doc, &same))
        code = choose_office(a, &j, &office);
    if (code != SMK_EXIT_DONE)
        return code;
    if (same != NULL) {
        tell_same(a, same);
        return SMK_EXIT_DONE;
    }
    act->office = smk_bytes_of_text(office->slug.text);
    if (basis != NULL && smk_scope_is_equal(&basis->log->scope, &scope))
        smk_fold_add_dep(a->loaded.fold, &deps, basis);
    smk_fold_add_act_deps(a->loaded.fold, &deps, act, &scope);
    if (rule->is_wider)
        act->text = (struct smk_bytes){0};
    else
        smk_fold_add_text_deps(a->loaded.fold, &deps, doc);
    smk_act_encode(act, &payload);
    code = write_one(a, &draft, &payload, &deps, id);
    if (code == SMK_EXIT_DONE)
        tell(a, id, act->doc, act->kind, act->act, smk_span_str(smk_fold_first(a->loaded.fold, doc, "ref")),
             office, &scope, remark(rule, is_second));
    return code;
}
