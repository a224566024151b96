/* samaki withdraw DOC --reason TEXT: takes a document back; it stays readable, and is left out of totals, reports, exports. */
#include "tools/acting.h"
#include "tools/args.h"
#include "tools/built_on.h"
#include "tools/field_map.h"
#include "tools/text.h"
#include "tools/undo.h"

#include <string.h>

enum { REASON, OPTIONS };

json_t *smk_withdraw_reason(const char *text)
{
    return json_pack("{s:s}", smk_field_is_khmer(text) ? "reason_km" : "reason_en", text);
}

static enum smk_exit refuse_named(struct smk_cli *cli, const struct smk_loaded *l,
                                  const struct smk_fold_doc *by)
{
    char what[512];
    struct smk_doc_name name;
    (void)snprintf(what, sizeof what, "Another document names it: %s.", smk_doc_shown(l, by, &name));
    return smk_cli_fail(cli, SMK_EXIT_REFUSED, "named", what, "Nothing was written.",
                        "Change or withdraw that one first.");
}

/* Nothing may hang in the air: no document names it, and no wider text was taken from it. */
static enum smk_exit check(struct smk_acting *a, const struct smk_fold_doc *doc)
{
    SMK_CLEANUP(smk_built_on_deinit) struct smk_built_on built = {0};
    if (smk_fold_is_withdrawn(doc))
        return smk_cli_fail(a->cli, SMK_EXIT_REFUSED, "withdrawn", "It was withdrawn before.",
                            "Nothing was written.", "'samaki history' says by whom and why.");
    if (smk_fold_is_draft(doc))
        return smk_cli_fail(a->cli, SMK_EXIT_REFUSED, "draft", "It is a draft, which nobody else has seen.",
                            "Nothing was written.", "Leave it as it is, or correct it with 'samaki edit'.");
    enum smk_err err = smk_built_on_init(&built, a->loaded.fold);
    if (err != SMK_OK)
        return smk_cli_fail_err(a->cli, err, "looking for what names it");
    size_t at = smk_built_on_find(&built, doc->id);
    return at < built.count ? refuse_named(a->cli, &a->loaded, built.row[at].by) : SMK_EXIT_DONE;
}

enum smk_exit smk_cmd_withdraw(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_acting_close) struct smk_acting a = {0};
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs pairs = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_arg option[OPTIONS] = {[REASON] = {.name = "--reason", .max = 1}};
    const struct smk_fold_doc *doc = NULL;
    const char *word = NULL;
    size_t words = 0;
    if (!smk_args_read(cli, argc, argv, option, OPTIONS, &word, 1, &words))
        return SMK_EXIT_USAGE;
    if (words != 1 || !smk_arg_demand(cli, &option[REASON], "\"entered twice\""))
        return words != 1 ? smk_cli_usage(cli, NULL, NULL) : SMK_EXIT_USAGE;
    enum smk_exit code = smk_acting_open(cli, &a);
    if (code == SMK_EXIT_DONE)
        code = smk_demand_document(cli, &a.loaded, NULL, word, &doc);
    if (code == SMK_EXIT_DONE)
        code = check(&a, doc);
    const struct smk_act_kind *kind =
        code == SMK_EXIT_DONE ? smk_act_kind_find(doc->kind_name, smk_bytes_of_text("withdraw")) : NULL;
    if (code == SMK_EXIT_DONE && kind == NULL)
        code =
            smk_cli_fail(cli, SMK_EXIT_REFUSED, "unknown_act", "This version does not know such documents.",
                         "Nothing was written.", "Use the newer Samaki that it was made with.");
    if (code != SMK_EXIT_DONE)
        return code;
    json_t *object = smk_withdraw_reason(option[REASON].value[0]);
    code = smk_acting_fields(&a, kind, object, &pairs, &fields);
    json_decref(object);
    if (code != SMK_EXIT_DONE)
        return code;
    struct smk_act act = {.act = smk_bytes_of_text("withdraw"), .kind = doc->kind_name};
    smk_random(act.id, sizeof act.id);
    memcpy(act.doc, doc->id, sizeof act.doc);
    act.fields = smk_buf_view(&fields);
    return smk_acting_act(&a, &act, doc, NULL);
}
