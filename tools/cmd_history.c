/* samaki history DOC: what happened to a document, in order of time. */
#include "tools/args.h"
#include "tools/doc_find.h"
#include "tools/entry_say.h"
#include "tools/record_show.h"
#include "tools/text.h"
#include "tools/when.h"

#include "proto/order.h"

#include <string.h>

/* What an edit set: the names of its fields. */
static void list_fields(const struct smk_fold_entry *e, char *ret_text, size_t room)
{
    struct smk_span_iter it = smk_span_each(e->edit.fields);
    struct smk_bytes name, value;
    size_t len = 0;
    ret_text[0] = '\0';
    while (len + SMK_NAME_LETTERS_MAX + 4 < room && smk_span_next(&it, &name, &value)) {
        char shown[SMK_NAME_LETTERS_MAX + 1];
        smk_text_safe(name, sizeof shown - 1, shown);
        len += (size_t)snprintf(ret_text + len, room - len, "%s%s", len > 0 ? ", " : "", shown);
    }
}

static void say_event(struct smk_cli *cli, const struct smk_fold_entry *e)
{
    char what[512], office[SMK_SLUG_LETTERS_MAX + 1];
    char deed[2 * SMK_ENTRY_WORDS_MAX], words[SMK_ENTRY_WORDS_MAX];
    struct smk_when when;
    smk_text_safe(e->is_act ? e->act.office : e->edit.office, sizeof office - 1, office);
    if (e->is_act)
        smk_text_safe(e->act.act, SMK_NAME_LETTERS_MAX, what);
    else
        list_fields(e, what, sizeof what);
    smk_message_write(cli, e->is_act ? SMK_SAY_DID : SMK_SAY_WROTE, SMK_ABOUT(what), deed, sizeof deed);
    smk_cli_say(cli, "%s  %-24s %s", smk_when_shown(smk_time_ms(e->time), &when), office, deed);
    smk_entry_when(cli, e, words);
    smk_cli_say(cli, "%18s%s", "", words);
    smk_entry_verdict(cli, e, words);
    if (words[0] != '\0')
        smk_cli_say(cli, "%18s%s", "", words);
}

static enum smk_exit say_history(struct smk_cli *cli, struct smk_loaded *l, const struct smk_fold_doc *doc)
{
    size_t count = doc->edit_count + doc->act_count;
    const struct smk_fold_entry **event = smk_mem_array(count, 2 * sizeof(void *));
    if (event == NULL)
        return smk_cli_fail_err(cli, SMK_ERR_NOMEM, "reading the history");
    memcpy(event, doc->edit, doc->edit_count * sizeof *event);
    if (doc->act_count > 0)
        memcpy(event + doc->edit_count, doc->act, doc->act_count * sizeof *event);
    smk_order((const void **)event, (const void **)event + count, count, smk_entry_compare_times);
    for (size_t i = 0; i < count; i++) {
        if (cli->is_json)
            smk_cli_json(cli, smk_entry_json(l, event[i]));
        else
            say_event(cli, event[i]);
    }
    smk_mem_free(event);
    if (l->read_err != SMK_OK)
        return smk_cli_fail_err(cli, l->read_err, "reading its records");
    return SMK_EXIT_DONE;
}

enum smk_exit smk_cmd_history(struct smk_cli *cli, int argc, char **argv)
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
    if (code == SMK_EXIT_DONE)
        code = smk_demand_document(cli, &l, NULL, word, &doc);
    return code == SMK_EXIT_DONE ? say_history(cli, &l, doc) : code;
}
