#include "tools/act_words.h"

#include "tools/complain.h"
#include "tools/field_words.h"
#include "tools/halves.h"
#include "tools/text.h"

#include <string.h>

/* The acts that there are about a type, as one line. */
static void acts_of(struct smk_bytes kind, char *ret_text, size_t room)
{
    size_t len = 0;
    ret_text[0] = '\0';
    for (size_t i = 0; i < smk_policy_count(); i++) {
        const struct smk_policy_rule *rule = smk_policy_at(i);
        if (rule->is_edit || !smk_bytes_is_equal(kind, smk_bytes_of_text(rule->kind)) || len + 32 > room)
            continue;
        len += (size_t)snprintf(ret_text + len, room - len, "%s%s", len > 0 ? ", " : "", rule->act);
    }
}

static enum smk_exit fail_unknown(struct smk_cli *cli, struct smk_bytes kind)
{
    char what[64 + SMK_NAME_LETTERS_MAX], acts[256], todo[300], name[SMK_NAME_LETTERS_MAX + 1];
    smk_text_safe(kind, sizeof name - 1, name);
    acts_of(kind, acts, sizeof acts);
    (void)snprintf(what, sizeof what, "There is no such act about a document of type %s.", name);
    (void)snprintf(todo, sizeof todo, "Acts: %s.", acts[0] != '\0' ? acts : "none");
    return smk_cli_fail(cli, SMK_EXIT_USAGE, "unknown_act", what, "Nothing was written.", todo);
}

static bool has_field(const struct smk_act_kind *kind, const char *name)
{
    return smk_field_find(kind->field, kind->field_count, smk_bytes_of_text(name)) != NULL;
}

/* ---- what follows from the document, where the words leave it out ---- */

static json_t *hex_of(struct smk_bytes id)
{
    return smk_json_hex(id);
}

/* Each recommendation of the list: as its id, or with one decision for all. */
static json_t *items_of(struct smk_loaded *l, const struct smk_fold_doc *list, const char *decision)
{
    json_t *all = json_array();
    struct smk_span_iter it = smk_span_each(smk_fold_first(l->fold, list, "recommendations"));
    struct smk_bytes item;
    while (smk_span_next(&it, NULL, &item)) {
        json_t *id = hex_of(smk_span_bin(item));
        json_t *entry =
            decision == NULL ? id : json_pack("{s:o, s:s}", "recommendation", id, "decision", decision);
        (void)json_array_append_new(all, entry);
    }
    return all;
}

static void complete(struct smk_acting *a, const struct smk_act_kind *kind, const struct smk_fold_doc *doc,
                     const struct smk_fold_entry *basis, const char *decision, json_t *object)
{
    char today[11];
    smk_acting_today(today);
    if (has_field(kind, "date") && json_object_get(object, "date") == NULL)
        (void)json_object_set_new(object, "date", json_string(today));
    if (has_field(kind, "recommendations") && json_object_get(object, "recommendations") == NULL)
        (void)json_object_set_new(object, "recommendations", items_of(&a->loaded, doc, NULL));
    if (has_field(kind, "items") && json_object_get(object, "items") == NULL && decision != NULL)
        (void)json_object_set_new(object, "items", items_of(&a->loaded, doc, decision));
    if (has_field(kind, "follow_up") && json_object_get(object, "follow_up") == NULL && basis != NULL)
        (void)json_object_set_new(object, "follow_up", hex_of(SMK_BYTES(basis->act.id)));
}

/* The act that this one rests on, where it is plain which. */
static const struct smk_fold_entry *basis_of(const struct smk_fold_doc *doc, const char *act)
{
    static const struct {
        const char *act;
        const char *basis;
    } row[] = {
        {"verify", "submit"},
        {"return", "submit"},
        {"close", "record_minutes"},
        {"endorse", "negotiate"},
        {"attest_endorsement", "negotiate"},
        {"verify_progress", "report_progress"},
        {"dispute_progress", "report_progress"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        if (strcmp(row[i].act, act) == 0)
            return smk_fold_newest_act(doc, row[i].basis);
    return NULL;
}

static enum smk_exit add_page(struct smk_acting *a, const struct smk_arg *option,
                              const struct smk_fold_doc *doc, const char *act, struct smk_pairs *pairs,
                              const struct smk_fold_entry **ret_half)
{
    const struct smk_device *device =
        smk_roster_device(smk_fold_roster(a->loaded.fold), a->home.identity.sign.public_key);
    uint8_t page[SMK_HASH_BYTES];
    enum smk_exit code = smk_page_read(a->cli, smk_arg_value(&option[SMK_ACT_PAGE], NULL), NULL, page);
    if (code != SMK_EXIT_DONE)
        return code;
    smk_pack_bin(smk_pairs_open_text(pairs, "page"), SMK_BYTES(page));
    if (device != NULL)
        *ret_half = smk_half_find(doc, act, page, device->org.text);
    return SMK_EXIT_DONE;
}

static enum smk_exit read_words(struct smk_cli *cli, const struct smk_act_kind *kind,
                                const struct smk_arg *fields, json_t *object)
{
    const struct smk_field_words words = {.rules = kind->field, .rule_count = kind->field_count};
    const struct smk_form form = {.kind = kind->kind, .rules = kind->field, .rule_count = kind->field_count};
    struct smk_complaint complaint;
    struct smk_shown shown;
    for (size_t i = 0; i < fields->count; i++) {
        size_t len = strlen(fields->value[i]);
        bool has_value = len > 0 && fields->value[i][len - 1] != '='; /* there is nothing to take back */
        if (has_value && smk_field_word_read(&words, fields->value[i], object, &complaint))
            continue;
        if (has_value && complaint.flaw != SMK_FLAW_NONE)
            return smk_complain(cli, &form, &complaint);
        return smk_refuse(cli, SMK_EXIT_USAGE, SMK_SAY_NO_SIGN,
                          SMK_ABOUT(smk_text_shown(fields->value[i], &shown)));
    }
    return SMK_EXIT_DONE;
}

void smk_act_words_deinit(struct smk_act_words *w)
{
    smk_pairs_deinit(&w->pairs);
    smk_buf_deinit(&w->fields);
}

/* The page is a file of whoever acts; whoever asks need not have it at hand. */
static enum smk_exit fill(struct smk_acting *a, const struct smk_act_kind *kind, const struct smk_arg *option,
                          bool is_question, json_t *object, struct smk_act_words *w,
                          const struct smk_fold_entry **ret_half)
{
    bool wants_page = has_field(kind, "page") && json_object_get(object, "page") == NULL;
    enum smk_exit code = SMK_EXIT_DONE;
    if (wants_page && (!is_question || option[SMK_ACT_PAGE].count > 0))
        code = add_page(a, option, w->doc, kind->act, &w->pairs, ret_half);
    complete(a, kind, w->doc, w->basis, smk_arg_value(&option[SMK_ACT_ALL], NULL), object);
    return code == SMK_EXIT_DONE ? smk_acting_fields(a, kind, object, &w->pairs, &w->fields) : code;
}

enum smk_exit smk_act_words_init(struct smk_acting *a, const char *act, const char *document,
                                 const struct smk_arg *option, bool is_question, struct smk_act_words *w)
{
    const struct smk_fold_entry *half = NULL;
    enum smk_exit code = smk_demand_document(a->cli, &a->loaded, NULL, document, &w->doc);
    if (code != SMK_EXIT_DONE)
        return code;
    const struct smk_act_kind *kind = smk_act_kind_find(w->doc->kind_name, smk_bytes_of_text(act));
    if (kind == NULL)
        return fail_unknown(a->cli, w->doc->kind_name);
    w->fields = (struct smk_buf){.max = SMK_PAYLOAD_BYTES_MAX};
    w->act = (struct smk_act){.act = smk_bytes_of_text(kind->act), .kind = w->doc->kind_name};
    w->basis = basis_of(w->doc, kind->act);
    json_t *object = json_object();
    code = read_words(a->cli, kind, &option[SMK_ACT_FIELD], object);
    if (code == SMK_EXIT_DONE)
        code = fill(a, kind, option, is_question, object, w, &half);
    json_decref(object);
    if (code != SMK_EXIT_DONE)
        return code;
    smk_half_follow(&w->act, half);
    memcpy(w->act.doc, w->doc->id, sizeof w->act.doc);
    w->act.fields = smk_buf_view(&w->fields);
    w->basis = half != NULL ? half : w->basis;
    return SMK_EXIT_DONE;
}
