#include "tools/doc_find.h"

#include "tools/text.h"

#include <string.h>
#include <strings.h>

bool smk_hex_begins(const char *digits, const uint8_t *id, size_t len)
{
    char text[2 * SMK_ID_BYTES + 1];
    size_t count = strlen(digits);
    if (count < SMK_HEX_DIGITS_MIN || count > 2 * len)
        return false;
    smk_hex_format((struct smk_bytes){id, len}, text);
    return strncasecmp(text, digits, count) == 0;
}

static bool is_ref(const struct smk_loaded *l, const struct smk_fold_doc *doc, const char *word)
{
    struct smk_bytes ref = smk_span_str(smk_fold_first(l->fold, doc, "ref"));
    return ref.len == strlen(word) && ref.len > 0 && strncasecmp((const char *)ref.data, word, ref.len) == 0;
}

/* A document that is here in two scopes is found once, in its own. */
static bool is_its_own(const struct smk_loaded *l, const struct smk_fold_doc *doc)
{
    return smk_fold_find_doc(l->fold, doc->kind_name, doc->id, NULL) == doc;
}

enum smk_found smk_find_document(const struct smk_loaded *l, const char *kind, const char *word,
                                 const struct smk_fold_doc **ret_doc)
{
    const struct smk_fold_doc *by_ref = NULL, *by_id = NULL;
    size_t refs = 0, gone = 0, ids = 0;
    for (size_t i = 0; i < smk_fold_doc_count(l->fold); i++) {
        const struct smk_fold_doc *doc = smk_fold_doc_at(l->fold, i);
        bool is_wanted = kind == NULL || smk_bytes_is_equal(doc->kind_name, smk_bytes_of_text(kind));
        if (!is_wanted || !is_its_own(l, doc))
            continue;
        if (is_ref(l, doc, word)) { /* of two, one that was not withdrawn */
            bool is_gone = smk_fold_is_withdrawn(doc);
            gone += is_gone;
            refs += !is_gone;
            if (!is_gone || refs == 0)
                by_ref = doc;
        }
        if (smk_hex_begins(word, doc->id, sizeof doc->id)) {
            by_id = doc;
            ids++;
        }
    }
    refs = refs > 0 ? refs : gone;
    size_t count = refs > 0 ? refs : ids;
    if (count == 1)
        *ret_doc = refs > 0 ? by_ref : by_id;
    return count == 0 ? SMK_FOUND_NONE : count == 1 ? SMK_FOUND_ONE : SMK_FOUND_SEVERAL;
}

enum smk_exit smk_demand_document(struct smk_cli *cli, const struct smk_loaded *l, const char *kind,
                                  const char *word, const struct smk_fold_doc **ret_doc)
{
    char what[1024];
    struct smk_shown shown;
    enum smk_found found = smk_find_document(l, kind, word, ret_doc);
    if (found == SMK_FOUND_ONE)
        return SMK_EXIT_DONE;
    (void)snprintf(what, sizeof what,
                   found == SMK_FOUND_NONE ? "There is no %s '%s' here."
                                           : "More than one %s is meant by '%s'.",
                   kind != NULL ? kind : "document", smk_text_shown(word, &shown));
    return smk_cli_fail(cli, SMK_EXIT_REFUSED, found == SMK_FOUND_NONE ? "not_found" : "ambiguous", what,
                        "Nothing was changed.",
                        found == SMK_FOUND_NONE
                            ? "'samaki list' shows what is here; sync with a node that has it."
                            : "Use more digits of its id: 'samaki list' shows them.");
}

/* ---- texts and values ---- */

struct smk_bytes smk_any_language(struct smk_bytes bilingual)
{
    struct smk_bytes en = smk_span_str(smk_span_find(bilingual, "en"));
    return en.len > 0 ? en : smk_span_str(smk_span_find(bilingual, "km"));
}

json_t *smk_json_span(struct smk_bytes value)
{
    struct smk_tree tree;
    enum smk_err err = value.len > 0 ? smk_tree_decode(value, SMK_WALK_PAYLOAD, &tree) : SMK_ERR_NOT_FOUND;
    if (err != SMK_OK)
        return err == SMK_ERR_NOMEM ? smk_json_lost() : json_null();
    json_t *json = smk_json_value(tree.root);
    smk_tree_deinit(&tree);
    return json != NULL ? json : json_null();
}

const char *smk_doc_shown(const struct smk_loaded *l, const struct smk_fold_doc *doc,
                          struct smk_doc_name *ret_name)
{
    struct smk_bytes ref = smk_span_str(smk_fold_first(l->fold, doc, "ref"));
    if (ref.len > 0)
        smk_text_safe(ref, sizeof ret_name->text - 1, ret_name->text);
    else
        smk_hex_format((struct smk_bytes){doc->id, SMK_HEX_DIGITS_MIN / 2}, ret_name->text);
    return ret_name->text;
}

/* ---- references ---- */

/* An act by the ref in its fields, or by its id. */
static bool find_act(const struct smk_loaded *l, const char *name, uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    for (size_t i = 0; i < smk_fold_entry_count(l->fold); i++) {
        const struct smk_fold_entry *e = smk_fold_entry_at(l->fold, i);
        if (!e->is_act || !e->is_decoded)
            continue;
        bool is_meant = smk_span_is_text(smk_span_find(e->act.fields, "ref"), name) ||
                        smk_hex_begins(name, e->act.id, sizeof e->act.id) ||
                        smk_hex_begins(name, e->id, sizeof e->id);
        if (!is_meant)
            continue;
        memcpy(ret_id, e->act.id, SMK_DOC_ID_BYTES);
        return true;
    }
    return false;
}

bool smk_resolve_here(void *ctx, const struct smk_field *rule, const char *name,
                      uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    const struct smk_loaded *l = ctx;
    struct smk_roster *roster = smk_fold_roster(l->fold);
    const struct smk_fold_doc *doc = NULL;
    if (rule->type == SMK_FIELD_SLUG)
        return strcmp(rule->kind, "office") == 0 ? smk_roster_office(roster, name) != NULL
                                                 : smk_roster_organisation(roster, name) != NULL;
    bool is_document = smk_kind_find(smk_bytes_of_text(rule->kind)) != NULL;
    bool is_any = strcmp(rule->kind, "any") == 0;
    if ((is_document || is_any) &&
        smk_find_document(l, is_any ? NULL : rule->kind, name, &doc) == SMK_FOUND_ONE) {
        memcpy(ret_id, doc->id, SMK_DOC_ID_BYTES);
        return true;
    }
    if (!is_document && find_act(l, name, ret_id))
        return true;
    return smk_hex_parse(name, ret_id, SMK_DOC_ID_BYTES); /* a whole id may name what is not here */
}

/* ---- offices ---- */

static enum smk_exit choose_named(struct smk_cli *cli, const struct smk_loaded *l,
                                  const struct smk_device *device, smk_judge_fn *judge, void *ctx,
                                  const struct smk_asked *asked, const struct smk_office **ret_office)
{
    const struct smk_office *office = smk_roster_office(smk_fold_roster(l->fold), cli->as_office);
    bool is_held = false;
    for (size_t i = 0; i < device->office_count; i++)
        is_held = is_held || strcmp(device->office[i].text, cli->as_office) == 0;
    if (office == NULL || !is_held)
        return smk_refuse(cli, SMK_EXIT_REFUSED, SMK_SAY_NOT_HELD, NULL);
    enum smk_reason reason = judge(ctx, office);
    *ret_office = office;
    return reason == SMK_REASON_COUNTS ? SMK_EXIT_DONE
                                       : smk_reason_refuse(cli, reason, cli->as_office, asked);
}

enum smk_exit smk_choose_office(struct smk_cli *cli, const struct smk_home *home, const struct smk_loaded *l,
                                smk_judge_fn *judge, void *ctx, const struct smk_asked *asked,
                                const struct smk_office **ret_office)
{
    struct smk_roster *roster = smk_fold_roster(l->fold);
    const struct smk_device *device = smk_roster_device(roster, home->identity.sign.public_key);
    enum smk_reason furthest = SMK_REASON_OFFICE;
    size_t count = 0, len = 0;
    char offices[SMK_OFFICES_PER_DEVICE_MAX * (SMK_SLUG_LETTERS_MAX + 2) + 1];
    if (device == NULL)
        return smk_refuse(cli, SMK_EXIT_REFUSED, SMK_SAY_NO_CERTIFICATE, NULL);
    if (cli->as_office != NULL)
        return choose_named(cli, l, device, judge, ctx, asked, ret_office);
    for (size_t i = 0; i < device->office_count; i++) {
        const struct smk_office *office = smk_roster_office(roster, device->office[i].text);
        enum smk_reason reason = office != NULL ? judge(ctx, office) : SMK_REASON_NOT_IN_FORCE;
        furthest = reason > furthest ? reason : furthest;
        if (reason != SMK_REASON_COUNTS)
            continue;
        *ret_office = count == 0 ? office : *ret_office;
        len += (size_t)snprintf(offices + len, sizeof offices - len, "%s%s", count == 0 ? "" : ", ",
                                office->slug.text);
        count++;
    }
    if (count == 0)
        return smk_reason_refuse(cli, furthest, NULL, asked);
    if (count > 1)
        return smk_refuse(cli, SMK_EXIT_REFUSED, SMK_SAY_SEVERAL_MAY, SMK_ABOUT(offices));
    return SMK_EXIT_DONE;
}
