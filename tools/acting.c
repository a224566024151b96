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
        return smk_refuse(a->cli, SMK_EXIT_REFUSED, SMK_SAY_NOT_HERE, SMK_ABOUT(draft->scope.text));
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
                 const struct smk_office *office, const struct smk_scope *scope)
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
}

struct judging {
    struct smk_fold *fold;
    const struct smk_edit *edit;
    const struct smk_act *act;
    const struct smk_scope *scope;
    struct smk_asked asked;
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
        code = smk_choose_office(a->cli, &a->home, &a->loaded, judge, j, &j->asked, ret_office);
    if (code == SMK_EXIT_DONE)
        a->office = (*ret_office)->slug;
    return code;
}

enum smk_exit smk_acting_edit(struct smk_acting *a, struct smk_edit *edit, const struct smk_scope *scope,
                              const struct smk_fold_doc *doc, struct smk_bytes ref)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    const struct smk_kind *kind = smk_kind_find(edit->kind);
    bool is_wider = kind != NULL && smk_kind_stand(kind, edit->fields, scope) == SMK_STAND_PUBLISHED;
    struct judging j = {.fold = a->loaded.fold,
                        .edit = edit,
                        .scope = scope,
                        .asked = {.rule = smk_policy_edit(edit->kind, is_wider)}};
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
        tell(a, id, edit->doc, edit->kind, (struct smk_bytes){0}, ref, office, scope);
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
    if (!smk_schema_check(kind->field, kind->field_count, smk_buf_view(ret_fields), false, &complaint))
        return smk_complain(a->cli, &form, &complaint);
    return SMK_EXIT_DONE;
}

/* What is missing is asked last: whoever may not do it need not say more, and the policy has words of its own for a reason,
 * a page, an item that is missing. */
static enum smk_exit demand_whole(struct smk_acting *a, const struct smk_act *act)
{
    const struct smk_act_kind *kind = smk_act_kind_find(act->kind, act->act);
    const struct smk_form form = {.kind = kind->kind, .rules = kind->field, .rule_count = kind->field_count};
    struct smk_complaint complaint;
    return smk_schema_check(kind->field, kind->field_count, act->fields, true, &complaint)
               ? SMK_EXIT_DONE
               : smk_complain(a->cli, &form, &complaint);
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

/* What is signed with an act besides what was typed. */
struct prepared {
    const struct smk_policy_rule *rule;
    struct smk_scope scope;
    struct smk_buf text, evidence;
};

static void prepared_deinit(struct prepared *p)
{
    smk_buf_deinit(&p->text);
    smk_buf_deinit(&p->evidence);
}

/* The text that it is about, its area, and what it rests on; p->text and p->evidence are to be released in any case. */
static enum smk_exit prepare(struct smk_acting *a, struct smk_act *act, const struct smk_fold_doc *doc,
                             struct prepared *p)
{
    *p = (struct prepared){.rule = smk_policy_act(act->kind, act->act),
                           .text = {.max = SMK_PAYLOAD_BYTES_MAX},
                           .evidence = {.max = SMK_PAYLOAD_BYTES_MAX}};
    p->scope = p->rule->is_wider ? smk_scope_of("pub") : *doc->scope;
    if (p->rule->is_wider)
        act->area = smk_bytes_of_text(smk_scope_argument(doc->scope));
    enum smk_exit code = pin_text(a, act, doc, &p->text);
    return code == SMK_EXIT_DONE && p->rule->is_wider ? carry_evidence(a, act, doc, &p->evidence) : code;
}

static struct judging judging_of(struct smk_acting *a, const struct smk_act *act,
                                 const struct smk_fold_doc *doc, const struct prepared *p)
{
    return (struct judging){.fold = a->loaded.fold,
                            .act = act,
                            .scope = &p->scope,
                            .asked = {.rule = p->rule,
                                      .stands = smk_fold_stands(a->loaded.fold, doc),
                                      .before = smk_fold_status(doc)}};
}

enum smk_exit smk_acting_judge(struct smk_acting *a, struct smk_act *act, const struct smk_fold_doc *doc,
                               const struct smk_office *const *office, size_t count,
                               enum smk_reason *ret_reason, struct smk_asked *ret_asked,
                               struct smk_scope *ret_scope)
{
    SMK_CLEANUP(prepared_deinit) struct prepared p;
    enum smk_exit code = prepare(a, act, doc, &p);
    if (code != SMK_EXIT_DONE)
        return code;
    struct judging j = judging_of(a, act, doc, &p);
    bool may = false;
    for (size_t i = 0; i < count; i++) {
        ret_reason[i] = judge(&j, office[i]);
        may = may || ret_reason[i] == SMK_REASON_COUNTS;
    }
    *ret_asked = j.asked;
    *ret_scope = p.scope;
    return may ? demand_whole(a, act) : SMK_EXIT_DONE;
}

enum smk_exit smk_acting_act(struct smk_acting *a, struct smk_act *act, const struct smk_fold_doc *doc,
                             const struct smk_fold_entry *basis)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    SMK_CLEANUP(prepared_deinit) struct prepared p;
    bool is_second = act->text.len > 0;
    enum smk_exit code = prepare(a, act, doc, &p);
    if (code != SMK_EXIT_DONE)
        return code;
    struct judging j = judging_of(a, act, doc, &p);
    struct smk_draft draft = {.scope = p.scope, .type = SMK_RECORD_ACT};
    const struct smk_fold_entry *same = NULL;
    const struct smk_office *office = NULL;
    struct smk_fold_deps deps = {0};
    uint8_t id[SMK_ID_BYTES];
    if (is_said_before(a, act, doc, &same)) {
        tell_same(a, same);
        return SMK_EXIT_DONE;
    }
    code = choose_office(a, &j, &office);
    if (code == SMK_EXIT_DONE)
        code = demand_whole(a, act);
    if (code != SMK_EXIT_DONE)
        return code;
    act->office = smk_bytes_of_text(office->slug.text);
    if (basis != NULL && smk_scope_is_equal(&basis->log->scope, &p.scope))
        smk_fold_add_dep(a->loaded.fold, &deps, basis);
    smk_fold_add_act_deps(a->loaded.fold, &deps, act, &p.scope);
    if (p.rule->is_wider)
        act->text = (struct smk_bytes){0};
    else
        smk_fold_add_text_deps(a->loaded.fold, &deps, doc);
    smk_act_encode(act, &payload);
    code = write_one(a, &draft, &payload, &deps, id);
    if (code != SMK_EXIT_DONE)
        return code;
    tell(a, id, act->doc, act->kind, act->act, smk_span_str(smk_fold_first(a->loaded.fold, doc, "ref")),
         office, &p.scope);
    if (p.rule->is_half && !is_second && !a->cli->is_json)
        smk_tell(a->cli, SMK_SAY_OTHER_HALF, NULL);
    return SMK_EXIT_DONE;
}
