/* samaki list [TYPE]: the documents that are here. */
#include "tools/args.h"
#include "tools/conflict.h"
#include "tools/messages.h"
#include "tools/text.h"

#include <string.h>

/* Why a document does not count: the reason of its first edit. */
static const char *reason_of(const struct smk_fold_doc *doc)
{
    return doc->counts || doc->edit_count == 0 ? NULL : smk_reason_code(doc->edit[0]->reason);
}

/* How a list is endorsed: "signed", "attested", or NULL. */
static const char *endorsed(const struct smk_fold_doc *doc, enum smk_note *ret_note)
{
    const struct smk_fold_entry *by_hand = smk_fold_newest_act(doc, "endorse");
    const struct smk_fold_entry *attested = smk_fold_newest_act(doc, "attest_endorsement");
    const struct smk_fold_entry *newest = by_hand != NULL ? by_hand : attested;
    *ret_note = newest != NULL ? newest->note : SMK_NOTE_NONE;
    return by_hand != NULL ? "signed" : attested != NULL ? "attested" : NULL;
}

static struct smk_bytes title_of(const struct smk_loaded *l, const struct smk_fold_doc *doc)
{
    const char *field = doc->kind != NULL ? doc->kind->title_field : "title";
    return field != NULL ? smk_any_language(smk_fold_first(l->fold, doc, field)) : (struct smk_bytes){0};
}

static json_t *text_or_null(const char *text)
{
    return text != NULL && text[0] != '\0' ? json_string(text) : json_null();
}

static void list_json(struct smk_cli *cli, const struct smk_loaded *l, const struct smk_fold_doc *doc)
{
    enum smk_note note;
    struct smk_bytes title = title_of(l, doc);
    json_t *line = json_object();
    (void)json_object_set_new(line, "id", smk_json_hex(SMK_BYTES(doc->id)));
    (void)json_object_set_new(line, "kind", smk_json_text(doc->kind_name));
    (void)json_object_set_new(line, "ref", smk_json_span(smk_fold_first(l->fold, doc, "ref")));
    (void)json_object_set_new(line, "title", title.len > 0 ? smk_json_text(title) : json_null());
    (void)json_object_set_new(line, "scope", json_string(doc->scope->text));
    (void)json_object_set_new(line, "counts", json_boolean(doc->counts));
    (void)json_object_set_new(line, "reason", text_or_null(reason_of(doc)));
    (void)json_object_set_new(line, "status", text_or_null(smk_fold_status(doc)));
    (void)json_object_set_new(line, "endorsed", text_or_null(endorsed(doc, &note)));
    (void)json_object_set_new(line, "note", text_or_null(smk_note_text(note)));
    (void)json_object_set_new(line, "conflicts",
                              json_integer((json_int_t)smk_conflicts_each(l->fold, doc, NULL, NULL)));
    (void)json_object_set_new(line, "edits", json_integer((json_int_t)doc->edit_count));
    (void)json_object_set_new(line, "acts", json_integer((json_int_t)doc->act_count));
    smk_cli_json(cli, line);
}

static void list_line(struct smk_cli *cli, const struct smk_loaded *l, const struct smk_fold_doc *doc)
{
    struct smk_doc_name name;
    char title[161], kind[SMK_NAME_LETTERS_MAX + 1], id[SMK_HEX_DIGITS_MIN + 1];
    enum smk_note note;
    const char *mode = endorsed(doc, &note), *reason = reason_of(doc);
    smk_text_safe(title_of(l, doc), sizeof title - 1, title);
    smk_text_safe(doc->kind_name, sizeof kind - 1, kind);
    smk_hex_format((struct smk_bytes){doc->id, SMK_HEX_DIGITS_MIN / 2}, id);
    smk_cli_say(cli, "%s  %-16s %-14s %-10s %-11s %s%s%s%s%s%s%s", id, smk_doc_shown(l, doc, &name), kind,
                doc->scope->text, reason != NULL ? "not counted" : smk_fold_status(doc), title,
                mode != NULL ? "  [" : "", mode != NULL ? mode : "", mode != NULL ? " endorsement" : "",
                note != SMK_NOTE_NONE ? " " : "", smk_note_text(note), mode != NULL ? "]" : "");
    size_t conflicts = smk_conflicts_each(l->fold, doc, NULL, NULL);
    char count[24];
    (void)snprintf(count, sizeof count, "%zu", conflicts);
    if (conflicts > 0)
        smk_tell(cli, SMK_SAY_HAS_CONFLICTS, SMK_ABOUT(count, name.text));
    if (reason != NULL)
        smk_cli_say(cli, "          does not count: %s", smk_reason_text(doc->edit[0]->reason));
}

/* A type that this version does not know may still be here. */
static bool is_here(const struct smk_loaded *l, const char *kind)
{
    bool is_found = smk_kind_find(smk_bytes_of_text(kind)) != NULL;
    for (size_t i = 0; !is_found && i < smk_fold_doc_count(l->fold); i++)
        is_found = smk_bytes_is_equal(smk_fold_doc_at(l->fold, i)->kind_name, smk_bytes_of_text(kind));
    return is_found;
}

static enum smk_exit fail_unknown(struct smk_cli *cli, const char *kind)
{
    const char *names[32];
    size_t count = 0;
    for (; count < smk_kind_count() && count < 32; count++)
        names[count] = smk_kind_at(count)->name;
    const char *nearest = smk_args_nearest(kind, names, count);
    char todo[128] = "'samaki docs' shows the types.";
    if (nearest != NULL)
        (void)snprintf(todo, sizeof todo, "Did you mean '%s'?", nearest);
    return smk_cli_fail(cli, SMK_EXIT_USAGE, "unknown_kind", "There is no such type of document.",
                        "Nothing was done.", todo);
}

enum smk_exit smk_cmd_list(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    SMK_CLEANUP(smk_loaded_close) struct smk_loaded l = {0};
    const char *kind = NULL;
    size_t words = 0, shown = 0;
    if (!smk_args_read(cli, argc, argv, NULL, 0, &kind, 1, &words))
        return SMK_EXIT_USAGE;
    enum smk_exit code = smk_loaded_open_home(cli, false, &home, &l);
    if (code != SMK_EXIT_DONE)
        return code;
    if (kind != NULL && !is_here(&l, kind))
        return fail_unknown(cli, kind);
    for (size_t i = 0; i < smk_fold_doc_count(l.fold); i++) {
        const struct smk_fold_doc *doc = smk_fold_doc_at(l.fold, i);
        if (kind != NULL && !smk_bytes_is_equal(doc->kind_name, smk_bytes_of_text(kind)))
            continue;
        shown++;
        if (cli->is_json)
            list_json(cli, &l, doc);
        else
            list_line(cli, &l, doc);
    }
    if (shown == 0)
        smk_cli_say(cli, "There is nothing here yet%s.", kind != NULL ? " of this type" : "");
    return SMK_EXIT_DONE;
}
