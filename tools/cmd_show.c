/* samaki show ID: one document with its edits and acts, or one record. */
#include "tools/args.h"
#include "tools/doc_find.h"
#include "tools/entry_say.h"
#include "tools/record_show.h"
#include "tools/text.h"

#include "proto/order.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 2000 };

/* "name: value", the value as compact JSON. TAKES the value. */
static void say_value(struct smk_cli *cli, const char *name, json_t *value)
{
    char shown[SHOWN_MAX + 1];
    bool is_text = json_is_string(value);
    char *text = is_text ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    struct smk_bytes bytes = smk_bytes_of_text(is_text ? json_string_value(value) : text != NULL ? text : "");
    smk_text_safe(bytes, SHOWN_MAX, shown);
    smk_cli_say(cli, "  %-20s %s%s", name, shown, bytes.len > SHOWN_MAX ? "..." : "");
    free(text);
    json_decref(value);
}

static void say_object(struct smk_cli *cli, json_t *object)
{
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value) say_value(cli, name, json_incref(value));
}

/* ---- records ---- */

struct showing {
    struct smk_cli *cli;
    struct smk_loaded *l;
};

static bool show_record(void *ctx, uint64_t arrival, const struct smk_record *record)
{
    struct showing *s = ctx;
    const struct smk_fold_entry *e = smk_fold_find_entry(s->l->fold, record->id);
    json_t *object = smk_record_json(record);
    (void)arrival;
    if (e != NULL) {
        smk_entry_set_judgement(object, e);
    } else { /* opens, decisions: whether they hold is a matter of governance */
        (void)json_object_set_new(object, "counts", json_null());
        (void)json_object_set_new(object, "reason", json_null());
    }
    if (!s->cli->is_json) {
        say_object(s->cli, object);
        json_decref(object);
        return false;
    }
    smk_cli_json(s->cli, object);
    return false;
}

/* ---- documents ---- */

static json_t *values_json(const struct smk_fold_value *value, size_t count)
{
    json_t *all = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(all, json_pack("{s:o, s:o, s:o}", "value", smk_json_span(value[i].value),
                                                   "edit", smk_json_hex(SMK_BYTES(value[i].edit->id)),
                                                   "office", smk_json_text(value[i].edit->edit.office)));
    return all;
}

/* fields: the first value of each; concurrent: all values of those that have several. */
static void set_fields(json_t *object, const struct smk_loaded *l, const struct smk_fold_doc *doc)
{
    struct smk_bytes name[SMK_FOLD_NAMES_MAX];
    struct smk_fold_value value[SMK_FOLD_VALUES_MAX];
    size_t names = smk_fold_names(doc, name);
    json_t *fields = json_object(), *concurrent = json_object();
    for (size_t i = 0; i < names; i++) {
        size_t count = smk_fold_values(l->fold, doc, name[i], value);
        const char *key = (const char *)name[i].data;
        if (count > 0)
            (void)json_object_setn_new(fields, key, name[i].len, smk_json_span(value[0].value));
        if (count > 1)
            (void)json_object_setn_new(concurrent, key, name[i].len, values_json(value, count));
    }
    (void)json_object_set_new(object, "fields", fields);
    (void)json_object_set_new(object, "concurrent", concurrent);
}

/* In order of time. GIVES an array of count: smk_mem_free; NULL when there is no memory or count is 0. */
static const struct smk_fold_entry **by_time(const struct smk_fold_entry *const *entry, size_t count)
{
    const struct smk_fold_entry **sorted = count > 0 ? smk_mem_array(count, 2 * sizeof(void *)) : NULL;
    if (sorted == NULL)
        return NULL;
    memcpy(sorted, entry, count * sizeof *sorted);
    smk_order((const void **)sorted, (const void **)sorted + count, count, smk_entry_compare_times);
    return sorted;
}

static json_t *entries_json(struct smk_loaded *l, const struct smk_fold_entry *const *entry, size_t count)
{
    json_t *all = json_array();
    const struct smk_fold_entry **sorted = by_time(entry, count);
    for (size_t i = 0; sorted != NULL && i < count; i++)
        (void)json_array_append_new(all, smk_entry_json(l, sorted[i]));
    smk_mem_free(sorted);
    return all;
}

static json_t *doc_json(struct smk_loaded *l, const struct smk_fold_doc *doc)
{
    json_t *object = json_object(), *heads = json_array();
    const char *status = smk_fold_status(doc);
    for (size_t i = 0; i < doc->head_count; i++)
        (void)json_array_append_new(heads, smk_json_hex(SMK_BYTES(doc->head[i]->id)));
    (void)json_object_set_new(object, "id", smk_json_hex(SMK_BYTES(doc->id)));
    (void)json_object_set_new(object, "kind", smk_json_text(doc->kind_name));
    (void)json_object_set_new(object, "ref", smk_json_span(smk_fold_first(l->fold, doc, "ref")));
    (void)json_object_set_new(object, "scope", json_string(doc->scope->text));
    (void)json_object_set_new(object, "counts", json_boolean(doc->counts));
    (void)json_object_set_new(object, "status", status[0] != '\0' ? json_string(status) : json_null());
    (void)json_object_set_new(object, "heads", heads);
    set_fields(object, l, doc);
    (void)json_object_set_new(object, "edits", entries_json(l, doc->edit, doc->edit_count));
    (void)json_object_set_new(object, "acts", entries_json(l, doc->act, doc->act_count));
    return object;
}

/* Its id, act and office; under them when, and whether it counts. */
static void say_entry(struct smk_cli *cli, const struct smk_fold_entry *e)
{
    char id[2 * SMK_ID_BYTES + 1], act[SMK_NAME_LETTERS_MAX + 1], office[SMK_SLUG_LETTERS_MAX + 1];
    char words[SMK_ENTRY_WORDS_MAX];
    smk_hex_format(SMK_BYTES(e->id), id);
    smk_text_safe(e->is_act ? e->act.act : smk_bytes_of_text("edit"), sizeof act - 1, act);
    smk_text_safe(e->is_act ? e->act.office : e->edit.office, sizeof office - 1, office);
    smk_cli_say(cli, "  %-22s %-24s %s", act, office, id);
    smk_entry_when(cli, e, words);
    smk_cli_say(cli, "    %s", words);
    smk_entry_verdict(cli, e, words);
    if (words[0] != '\0')
        smk_cli_say(cli, "    %s", words);
}

static void say_entries(struct smk_cli *cli, enum smk_message title,
                        const struct smk_fold_entry *const *entry, size_t count)
{
    const struct smk_fold_entry **sorted = by_time(entry, count);
    if (sorted != NULL) {
        smk_cli_say(cli, "%s", "");
        smk_tell(cli, title, NULL);
    }
    for (size_t i = 0; sorted != NULL && i < count; i++)
        say_entry(cli, sorted[i]);
    smk_mem_free(sorted);
}

/* TAKES object, the document as JSON. */
static void say_doc(struct smk_cli *cli, json_t *object, const struct smk_fold_doc *doc)
{
    static const char *const head[] = {"id", "kind", "ref", "scope", "counts", "status"};
    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++)
        say_value(cli, head[i], json_incref(json_object_get(object, head[i])));
    smk_cli_say(cli, "%s", "");
    smk_tell(cli, SMK_SAY_ITS_TEXT, NULL);
    say_object(cli, json_object_get(object, "fields"));
    if (json_object_size(json_object_get(object, "concurrent")) > 0) {
        smk_cli_say(cli, "%s", "");
        smk_tell(cli, SMK_SAY_CONCURRENT, NULL);
        say_object(cli, json_object_get(object, "concurrent"));
    }
    say_entries(cli, SMK_SAY_EDITS, doc->edit, doc->edit_count);
    say_entries(cli, SMK_SAY_ACTS, doc->act, doc->act_count);
    json_decref(object);
}

/* A word that is no document's name may be a record's id. */
static enum smk_exit show_by_id(struct smk_cli *cli, struct smk_loaded *l,
                                const struct smk_named_record *record)
{
    struct showing s = {.cli = cli, .l = l};
    if (record->count == 1) {
        enum smk_err err = smk_loaded_read(l, record->log_id, record->seq, show_record, &s);
        return err == SMK_OK ? SMK_EXIT_DONE : smk_cli_fail_err(cli, err, "reading the record");
    }
    return smk_cli_fail(
        cli, SMK_EXIT_REFUSED, record->count == 0 ? "not_found" : "ambiguous",
        record->count == 0 ? "Nothing of that name or id is here." : "More than one record begins with that.",
        "Nothing was changed.",
        record->count == 0 ? "'samaki list' shows the documents; sync with a node that has it."
                           : "Use more digits of the id.");
}

enum smk_exit smk_cmd_show(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    SMK_CLEANUP(smk_loaded_close) struct smk_loaded l = {0};
    struct smk_named_record record;
    const struct smk_fold_doc *doc = NULL;
    const char *word = NULL;
    size_t words = 0;
    if (!smk_args_read(cli, argc, argv, NULL, 0, &word, 1, &words))
        return SMK_EXIT_USAGE;
    if (words != 1)
        return smk_cli_usage(cli, NULL, NULL);
    enum smk_exit code = smk_loaded_open_named(cli, word, &home, &l, &record);
    if (code != SMK_EXIT_DONE)
        return code;
    bool is_whole_record = strlen(word) == 2 * SMK_ID_BYTES;
    enum smk_found found = is_whole_record ? SMK_FOUND_NONE : smk_find_document(&l, NULL, word, &doc);
    if (found == SMK_FOUND_NONE)
        return show_by_id(cli, &l, &record);
    if (found == SMK_FOUND_SEVERAL)
        return smk_demand_document(cli, &l, NULL, word, &doc);
    json_t *object = doc_json(&l, doc);
    if (l.read_err != SMK_OK) {
        json_decref(object);
        return smk_cli_fail_err(cli, l.read_err, "reading its records");
    }
    if (cli->is_json)
        smk_cli_json(cli, object);
    else
        say_doc(cli, object, doc);
    return SMK_EXIT_DONE;
}
