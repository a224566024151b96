/* The documents that an import has made, withdrawn. */
#include "tools/acting.h"
#include "tools/built_on.h"
#include "tools/read_file.h"
#include "tools/text.h"
#include "tools/undo.h"
#include "tools/when.h"

#include "proto/arena.h"
#include "proto/mem.h"
#include "proto/order.h"

#include <inttypes.h>
#include <string.h>

enum { UNDO_BATCH_MAX = 200, UNDO_TOLD_MAX = 40, UNDO_ROWS_MAX = 1000 * 1000 };

enum outcome { GOES, BEFORE, STAYS, OUTCOMES };
static const char *const outcome_word[OUTCOMES] = {"withdrawn", "withdrawn_before", "stays"};

/* A document that a row of the log has made or changed. */
struct item {
    uint8_t doc[SMK_DOC_ID_BYTES];
    uint8_t record[SMK_ID_BYTES];
    bool has_record, was_made;
    size_t row;
    char ref[SMK_NAME_LETTERS_MAX + 1];
    const struct smk_fold_doc *here; /* NULL: it is not here */
    bool is_elsewhere;               /* it stands in a second scope */
    enum outcome outcome;
    const char *code;
    char why[256];
};

struct undoing {
    struct smk_cli *cli;
    struct smk_acting a;
    struct smk_built_on built;
    json_t *reason;
    size_t count, room;
    struct item *item; /* ascending by doc */
    uint64_t sum[OUTCOMES], told;
    /* what is to be written */
    size_t draft_count;
    struct smk_draft draft[UNDO_BATCH_MAX];
    size_t of[UNDO_BATCH_MAX]; /* items */
    struct smk_arena payloads;
};

/* ---- the log ---- */

static enum smk_exit refuse_log(struct undoing *u, size_t line, const char *why)
{
    char what[512];
    if (line > 0)
        (void)snprintf(what, sizeof what, "The log cannot be used: line %zu %s.", line, why);
    else
        (void)snprintf(what, sizeof what, "The log cannot be used: %s.", why);
    return smk_cli_fail(u->cli, SMK_EXIT_REFUSED, "bad_log", what, "Nothing was written.",
                        "Name the file that the import has named: HOME/imports/TIME-HASH.jsonl.");
}

static bool keep_row(struct undoing *u, const json_t *line)
{
    const char *outcome = json_string_value(json_object_get(line, "outcome"));
    const char *doc = json_string_value(json_object_get(line, "doc"));
    const char *record = json_string_value(json_object_get(line, "record"));
    const char *ref = json_string_value(json_object_get(line, "ref"));
    struct item item = {.row = (size_t)json_integer_value(json_object_get(line, "row"))};
    if (outcome == NULL)
        return false;
    item.was_made = strcmp(outcome, "created") == 0;
    if (!item.was_made && strcmp(outcome, "changed") != 0)
        return true;
    if (doc == NULL || !smk_hex_parse(doc, item.doc, sizeof item.doc))
        return false;
    item.has_record = record != NULL && smk_hex_parse(record, item.record, sizeof item.record);
    (void)snprintf(item.ref, sizeof item.ref, "%s", ref != NULL ? ref : "");
    if (u->count == u->room) {
        size_t room = u->room > 0 ? 2 * u->room : 256;
        struct item *grown = room <= UNDO_ROWS_MAX ? smk_mem_resize(u->item, room * sizeof *grown) : NULL;
        u->cli->has_lost_words = u->cli->has_lost_words || grown == NULL;
        if (grown == NULL)
            return false;
        u->item = grown;
        u->room = room;
    }
    u->item[u->count++] = item;
    return true;
}

static enum smk_exit read_lines(struct undoing *u, struct smk_bytes text)
{
    size_t number = 0;
    for (size_t at = 0; at < text.len;) {
        const uint8_t *end = memchr(text.data + at, '\n', text.len - at);
        size_t len = end != NULL ? (size_t)(end - text.data) - at : text.len - at;
        json_t *line = json_loadb((const char *)text.data + at, len, JSON_REJECT_DUPLICATES, NULL);
        number++;
        bool is_good = number == 1 ? json_is_string(json_object_get(line, "sha256")) &&
                                         json_is_string(json_object_get(line, "file"))
                                   : keep_row(u, line);
        json_decref(line);
        if (!is_good)
            return refuse_log(u, number, "is no line of the log of an import");
        at += len + 1;
    }
    return number > 0 ? SMK_EXIT_DONE : refuse_log(u, 0, "it is empty");
}

static enum smk_exit read_log(struct undoing *u, const char *path)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf text = {0};
    struct smk_why why = {"there is no such file"};
    enum smk_read answer = smk_read_file(path, SMK_CSV_FILE_BYTES_MAX, &text, &why);
    return answer == SMK_READ_DONE ? read_lines(u, smk_buf_view(&text)) : refuse_log(u, 0, why.text);
}

/* ---- the documents ---- */

static int compare_items(const void *a, const void *b)
{
    const struct item *left = a, *right = b;
    return memcmp(left->doc, right->doc, SMK_DOC_ID_BYTES);
}

/* In order; of several rows about one document the first stays. */
static enum smk_err sort_items(struct undoing *u)
{
    const void **order = smk_mem_array(2 * u->count + 1, sizeof *order);
    struct item *sorted = smk_mem_array(u->count + 1, sizeof *sorted);
    size_t kept = 0;
    enum smk_err err = order != NULL && sorted != NULL ? SMK_OK : SMK_ERR_NOMEM;
    for (size_t i = 0; err == SMK_OK && i < u->count; i++)
        order[i] = &u->item[i];
    if (err == SMK_OK) {
        smk_order(order, order + u->count, u->count, compare_items);
        for (size_t i = 0; i < u->count; i++)
            if (kept == 0 || compare_items(order[i], &sorted[kept - 1]) != 0)
                sorted[kept++] = *(const struct item *)order[i];
        smk_mem_free(u->item);
        u->item = sorted;
        u->count = kept;
        sorted = NULL;
    }
    smk_mem_free(order);
    smk_mem_free(sorted);
    return err;
}

static struct item *find_item(struct undoing *u, const uint8_t doc[SMK_DOC_ID_BYTES])
{
    size_t low = 0, high = u->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(u->item[middle].doc, doc, SMK_DOC_ID_BYTES) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool is_found = low < u->count && memcmp(u->item[low].doc, doc, SMK_DOC_ID_BYTES) == 0;
    return is_found ? &u->item[low] : NULL;
}

static void find_documents(struct undoing *u)
{
    for (size_t i = 0; i < smk_fold_doc_count(u->a.loaded.fold); i++) {
        const struct smk_fold_doc *doc = smk_fold_doc_at(u->a.loaded.fold, i);
        struct item *item = doc->counts ? find_item(u, doc->id) : NULL;
        if (item == NULL)
            continue;
        item->is_elsewhere = item->here != NULL;
        item->here = doc;
    }
}

/* ---- what has been built on it ---- */

__attribute__((format(printf, 3, 4))) static void stay(struct item *item, const char *code,
                                                       const char *format, ...)
{
    va_list arguments;
    item->outcome = STAYS;
    item->code = code;
    va_start(arguments, format);
    (void)vsnprintf(item->why, sizeof item->why, format, arguments); /* a long one is cut */
    va_end(arguments);
}

static const struct smk_fold_entry *later_edit(const struct item *item)
{
    for (size_t i = 0; i < item->here->edit_count; i++) {
        const struct smk_fold_entry *e = item->here->edit[i];
        bool is_own = item->has_record && memcmp(e->id, item->record, SMK_ID_BYTES) == 0;
        if (e->reason == SMK_REASON_COUNTS && !is_own && (item->has_record || item->here->edit_count > 1))
            return e;
    }
    return NULL;
}

static const struct smk_fold_entry *any_act(const struct smk_fold_doc *doc)
{
    for (size_t i = 0; i < doc->act_count; i++)
        if (doc->act[i]->reason == SMK_REASON_COUNTS &&
            !smk_bytes_is_equal(doc->act[i]->act.act, smk_bytes_of_text("withdraw")))
            return doc->act[i];
    return NULL;
}

/* An edit of before a document was withdrawn and brought back by this import is no later one. */
static bool is_before(const struct undoing *u, const struct item *item, const struct smk_fold_entry *e)
{
    const struct smk_fold_entry *own =
        item->has_record ? smk_fold_find_entry(u->a.loaded.fold, item->record) : NULL;
    return own != NULL && smk_fold_has_seen(u->a.loaded.fold, own, e);
}

static void judge(struct undoing *u, struct item *item)
{
    struct smk_when when;
    char word[SMK_NAME_LETTERS_MAX + 1];
    if (item->here == NULL) {
        stay(item, "not_here", "It is not here.");
        return;
    }
    item->outcome = smk_fold_is_withdrawn(item->here) ? BEFORE : GOES;
    if (item->outcome == BEFORE)
        return;
    const struct smk_fold_entry *edit = later_edit(item), *act = any_act(item->here);
    if (!item->was_made) {
        stay(item, "changed", "The import has changed it only: 'samaki history' shows what it said before.");
    } else if (item->is_elsewhere) {
        stay(item, "elsewhere", "It was taken into a wider scope.");
    } else if (edit != NULL && !is_before(u, item, edit)) {
        smk_text_safe(edit->edit.office, sizeof word - 1, word);
        stay(item, "edited_since", "%s has changed it on %s.", word,
             smk_when_shown(smk_time_ms(edit->time), &when));
    } else if (act != NULL) {
        smk_text_safe(act->act.act, sizeof word - 1, word);
        stay(item, "acted_on", "Something was done about it: %s, on %s.", word,
             smk_when_shown(smk_time_ms(act->time), &when));
    }
}

/* A document that one names which stays cannot go; until no more have to stay. */
static void judge_names(struct undoing *u)
{
    bool has_more = true;
    while (has_more) {
        has_more = false;
        for (size_t i = 0; i < u->count; i++) {
            struct item *item = &u->item[i];
            size_t at = item->outcome == GOES ? smk_built_on_find(&u->built, item->doc) : u->built.count;
            for (; at < u->built.count && memcmp(u->built.row[at].id, item->doc, SMK_DOC_ID_BYTES) == 0;
                 at++) {
                const struct smk_fold_doc *by = u->built.row[at].by;
                const struct item *other = find_item(u, by->id);
                struct smk_doc_name name;
                if (other != NULL && other->outcome == GOES)
                    continue;
                stay(item, "named", "Another document names it: %s.", smk_doc_shown(&u->a.loaded, by, &name));
                has_more = true;
                break;
            }
        }
    }
}

/* ---- writing ---- */

/* The first office that may; NULL, with the reason of the last that may not. */
static const struct smk_office *choose_office(struct undoing *u, const struct smk_act *act,
                                              const struct smk_scope *scope, enum smk_reason *ret_reason)
{
    struct smk_roster *roster = smk_fold_roster(u->a.loaded.fold);
    const struct smk_device *device = smk_acting_device(&u->a);
    *ret_reason = SMK_REASON_ROLE;
    for (size_t i = 0; device != NULL && i < device->office_count; i++) {
        const struct smk_office *office = smk_roster_office(roster, device->office[i].text);
        bool is_asked = u->cli->as_office == NULL || strcmp(u->cli->as_office, device->office[i].text) == 0;
        if (office == NULL || !is_asked)
            continue;
        *ret_reason = smk_fold_judge_act(u->a.loaded.fold, act, scope, office, smk_wall_ms() << 16);
        if (*ret_reason == SMK_REASON_COUNTS)
            return office;
    }
    return NULL;
}

static void say_item(struct undoing *u, const struct item *item)
{
    struct smk_shown ref;
    char hex[2 * SMK_DOC_ID_BYTES + 1];
    smk_hex_format(SMK_BYTES(item->doc), hex);
    u->sum[item->outcome]++;
    if (u->cli->is_json) {
        json_t *row =
            json_pack("{s:I, s:o, s:s, s:s, s:o, s:o}", "row", (json_int_t)item->row, "ref",
                      item->ref[0] != '\0' ? smk_json_text(smk_bytes_of_text(item->ref)) : json_null(), "doc",
                      hex, "outcome", outcome_word[item->outcome], "reason",
                      item->code != NULL ? json_string(item->code) : json_null(), "why",
                      item->code != NULL ? json_string(item->why) : json_null());
        smk_cli_json(u->cli, json_pack("{s:o}", "row", row));
    }
    if (item->outcome == STAYS && u->told++ < UNDO_TOLD_MAX)
        smk_cli_say(u->cli, "row %zu%s%s: stays: %s", item->row, item->ref[0] != '\0' ? ", " : "",
                    smk_text_shown(item->ref, &ref), item->why);
}

static enum smk_err flush(struct undoing *u)
{
    uint8_t id[UNDO_BATCH_MAX][SMK_ID_BYTES];
    enum smk_err err = SMK_OK;
    if (u->draft_count > 0)
        err = smk_store_write(u->a.home.store, &u->a.home.identity, u->draft, u->draft_count, id);
    for (size_t i = 0; err == SMK_OK && i < u->draft_count; i++)
        say_item(u, &u->item[u->of[i]]);
    u->draft_count = 0;
    smk_arena_deinit(&u->payloads);
    return err;
}

static void set_deps(struct undoing *u, const struct smk_act *act, const struct smk_fold_doc *doc,
                     struct smk_draft *draft)
{
    struct smk_fold_deps deps = {0};
    smk_fold_add_act_deps(u->a.loaded.fold, &deps, act, doc->scope);
    smk_fold_add_text_deps(u->a.loaded.fold, &deps, doc);
    for (size_t i = 0; i < deps.count; i++) {
        memcpy(draft->dep[draft->dep_count++], deps.entry[i]->id, SMK_ID_BYTES);
        if (deps.entry[i]->time > draft->dep_time)
            draft->dep_time = deps.entry[i]->time;
    }
}

/* Judges the act by the rules of the coalition, and writes it unless it is a preview. */
static enum smk_err withdraw(struct undoing *u, struct item *item, struct smk_bytes fields, bool is_preview)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf text = {.max = SMK_PAYLOAD_BYTES_MAX};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    const struct smk_fold_doc *doc = item->here;
    struct smk_act act = {.act = smk_bytes_of_text("withdraw"), .kind = doc->kind_name, .fields = fields};
    enum smk_reason reason;
    enum smk_err err = smk_fold_text(u->a.loaded.fold, doc, &text, NULL);
    if (err == SMK_ERR_NOMEM || text.err == SMK_ERR_NOMEM)
        return SMK_ERR_NOMEM;
    if (err != SMK_OK || text.err != SMK_OK) {
        stay(item, "waiting", "Something that it names is not here.");
        return SMK_OK;
    }
    act.text = smk_buf_view(&text);
    smk_text_about(act.text, act.about);
    memcpy(act.doc, doc->id, sizeof act.doc);
    smk_random(act.id, sizeof act.id);
    const struct smk_office *office = choose_office(u, &act, doc->scope, &reason);
    if (office == NULL) {
        stay(item, smk_reason_code(reason), "None of this device's offices may withdraw it: %s.",
             smk_reason_text(reason));
        return SMK_OK;
    }
    act.office = smk_bytes_of_text(office->slug.text);
    smk_act_encode(&act, &payload);
    struct smk_draft *draft = &u->draft[u->draft_count];
    *draft = (struct smk_draft){.scope = *doc->scope, .type = SMK_RECORD_ACT};
    draft->payload = smk_arena_copy(&u->payloads, smk_buf_view(&payload));
    if (payload.err != SMK_OK || draft->payload.len == 0)
        return payload.err != SMK_OK ? payload.err : SMK_ERR_NOMEM;
    set_deps(u, &act, doc, draft);
    if (is_preview) {
        smk_arena_deinit(&u->payloads);
        return SMK_OK;
    }
    u->of[u->draft_count++] = (size_t)(item - u->item);
    return u->draft_count == UNDO_BATCH_MAX ? flush(u) : SMK_OK;
}

static enum smk_err withdraw_all(struct undoing *u, struct smk_bytes fields, bool is_preview)
{
    enum smk_err err = SMK_OK;
    for (size_t i = 0; err == SMK_OK && i < u->count; i++) {
        struct item *item = &u->item[i];
        bool goes = item->outcome == GOES;
        if (goes)
            err = withdraw(u, item, fields, is_preview);
        if (err == SMK_OK && (!goes || is_preview || item->outcome != GOES))
            say_item(u, item);
    }
    return err == SMK_OK ? flush(u) : err;
}

/* ---- all of it ---- */

static enum smk_exit tell(struct undoing *u, bool is_preview)
{
    if (u->told > UNDO_TOLD_MAX)
        smk_cli_say(u->cli, "... and %" PRIu64 " more.", u->told - UNDO_TOLD_MAX);
    smk_cli_say(u->cli, "%s%" PRIu64 " withdrawn, %" PRIu64 " withdrawn before, %" PRIu64 " stay.",
                is_preview ? "Nothing was written. It would be: " : "", u->sum[GOES], u->sum[BEFORE],
                u->sum[STAYS]);
    if (is_preview)
        smk_cli_say(u->cli, "The same command without --preview withdraws them.");
    else if (u->sum[GOES] > 0)
        smk_cli_say(u->cli, "They stay readable ('samaki show', 'samaki history'), and come back when the "
                            "file is imported again.");
    json_t *sum = json_pack("{s:I, s:I, s:I, s:b}", outcome_word[GOES], (json_int_t)u->sum[GOES],
                            outcome_word[BEFORE], (json_int_t)u->sum[BEFORE], outcome_word[STAYS],
                            (json_int_t)u->sum[STAYS], "preview", is_preview);
    smk_cli_json(u->cli, json_pack("{s:o}", "summary", sum));
    return u->sum[STAYS] > 0 ? SMK_EXIT_REFUSED : SMK_EXIT_DONE;
}

static enum smk_exit undo(struct undoing *u, bool is_preview)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs pairs = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
    const struct smk_act_kind *kind = smk_act_kind_find(
        smk_bytes_of_text("interview"), smk_bytes_of_text("withdraw")); /* all have the same fields */
    enum smk_exit code = smk_acting_fields(&u->a, kind, u->reason, &pairs, &fields);
    if (code != SMK_EXIT_DONE)
        return code;
    enum smk_err err = sort_items(u);
    if (err == SMK_OK)
        err = smk_built_on_init(&u->built, u->a.loaded.fold);
    if (err == SMK_OK) {
        find_documents(u);
        for (size_t i = 0; i < u->count; i++)
            judge(u, &u->item[i]);
        judge_names(u);
        err = withdraw_all(u, smk_buf_view(&fields), is_preview);
    }
    if (u->sum[GOES] > 0 && !is_preview)
        smk_home_poke(&u->a.home);
    return err == SMK_OK ? tell(u, is_preview) : smk_cli_fail_err(u->cli, err, "withdrawing");
}

enum smk_exit smk_import_undo(struct smk_cli *cli, const char *log, const char *reason, bool is_preview)
{
    struct undoing *u = smk_mem_new(sizeof *u);
    if (u == NULL)
        return smk_cli_fail_err(cli, SMK_ERR_NOMEM, "withdrawing");
    u->cli = cli;
    u->reason = smk_withdraw_reason(reason != NULL ? reason : "The import of a file was taken back.");
    enum smk_exit code = smk_acting_open(cli, &u->a);
    if (code == SMK_EXIT_DONE)
        code = read_log(u, log);
    if (code == SMK_EXIT_DONE)
        code = undo(u, is_preview);
    json_decref(u->reason);
    smk_built_on_deinit(&u->built);
    smk_arena_deinit(&u->payloads);
    smk_mem_free(u->item);
    smk_acting_close(&u->a);
    smk_mem_free(u);
    return code;
}
