#include "tools/snapshot.h"

#include "tools/evidence.h"

#include "tools/text.h"

#include <string.h>

/* The two texts, and what becomes of them. */
struct taking {
    struct smk_writing *w;
    struct smk_fold *f;
    const struct smk_fold_doc *doc;
    const struct smk_fold_doc *wide; /* NULL: not there yet */
    struct smk_pairs pairs;
    char clash[SMK_SENTENCE_BYTES_MAX]; /* fields that were changed there too */
    char several[SMK_SENTENCE_BYTES_MAX];
};

/* ---- what the wider text has ---- */

/* Whether an edit of the narrow text lies in the past of one that a snapshot names, or is that one. */
static bool is_delivered(const struct taking *t, const struct smk_fold_entry *e)
{
    for (size_t i = 0; t->wide != NULL && i < t->wide->edit_count; i++) {
        const struct smk_fold_entry *snapshot = t->wide->edit[i];
        struct smk_span_iter it = smk_span_each(snapshot->edit.from);
        struct smk_bytes id;
        while (snapshot->reason == SMK_REASON_COUNTS && smk_span_next(&it, NULL, &id)) {
            const struct smk_fold_entry *from = smk_fold_find_entry(t->f, smk_span_bin(id).data);
            if (from != NULL && (from == e || smk_fold_has_seen(t->f, from, e)))
                return true;
        }
    }
    return false;
}

static bool has_all(const struct taking *t)
{
    for (size_t i = 0; i < t->doc->head_count; i++)
        if (!is_delivered(t, t->doc->head[i]))
            return false;
    return true;
}

/* ---- field by field ---- */

static void add_name(const struct taking *t, struct smk_bytes name, char *ret_list, size_t room)
{
    char field[SMK_NAME_LETTERS_MAX + 1], shown[256];
    size_t len = strlen(ret_list);
    smk_text_safe(name, sizeof field - 1, field);
    smk_field_shown(t->doc->kind->name, field, t->w->acting.cli->language, shown, sizeof shown);
    (void)snprintf(ret_list + len, room - len, "%s%s (%s)", len > 0 ? ", " : "", shown, field);
}

static void put(struct taking *t, struct smk_bytes name, struct smk_bytes value)
{
    smk_pack_raw(smk_pairs_open(&t->pairs, name), value);
}

static bool is_nothing(struct smk_bytes value)
{
    return value.len == 0 || smk_span_type(value) == SMK_VALUE_NIL;
}

/* The wider text was changed by somebody who did not take it from here, and says something else. */
static bool clashes(const struct smk_fold_value *wide, size_t count, struct smk_bytes value)
{
    for (size_t i = 0; i < count; i++)
        if (wide[i].edit->edit.from.len == 0 && !smk_bytes_is_equal(wide[i].value, value))
            return true;
    return false;
}

static void take_field(struct taking *t, struct smk_bytes name)
{
    struct smk_fold_value own[SMK_FOLD_VALUES_MAX], wide[SMK_FOLD_VALUES_MAX];
    size_t own_count = smk_fold_values(t->f, t->doc, name, own), wide_count = 0;
    if (t->wide != NULL)
        wide_count = smk_fold_values(t->f, t->wide, name, wide);
    bool is_news = own_count > 0 && !is_delivered(t, own[0].edit);
    if (own_count > 1) {
        add_name(t, name, t->several, sizeof t->several);
    } else if (is_news) {
        if (clashes(wide, wide_count, own[0].value))
            add_name(t, name, t->clash, sizeof t->clash);
        if (!is_nothing(own[0].value) || (wide_count > 0 && !is_nothing(wide[0].value)))
            put(t, name, own[0].value);
    } else if (wide_count == 1 && !is_nothing(wide[0].value)) {
        put(t, name, wide[0].value); /* as it has been changed there since; several values stay as they are */
    }
}

static void take_fields(struct taking *t)
{
    struct smk_bytes own[SMK_FOLD_NAMES_MAX], wide[SMK_FOLD_NAMES_MAX];
    size_t own_count = smk_fold_names(t->doc, own), wide_count = 0;
    if (t->wide != NULL)
        wide_count = smk_fold_names(t->wide, wide);
    for (size_t i = 0; i < own_count; i++)
        take_field(t, own[i]);
    for (size_t i = 0; i < wide_count; i++) {
        bool is_both = false;
        for (size_t k = 0; k < own_count; k++)
            is_both = is_both || smk_bytes_is_equal(own[k], wide[i]);
        if (!is_both)
            take_field(t, wide[i]);
    }
}

/* ---- the record ---- */

/* The heads of the narrow text, ascending as they are. */
static bool pack_from(const struct smk_fold_doc *doc, struct smk_buf *b)
{
    if (doc->head_count > SMK_TEXT_HEADS_MAX)
        return false;
    smk_pack_array(b, doc->head_count);
    for (size_t i = 0; i < doc->head_count; i++)
        smk_pack_bin(b, SMK_BYTES(doc->head[i]->id));
    return b->err == SMK_OK;
}

static enum smk_exit refuse(const struct taking *t, enum smk_message message, const char *fields)
{
    struct smk_doc_name name;
    return smk_refuse(t->w->acting.cli, SMK_EXIT_REFUSED, message,
                      SMK_ABOUT(smk_doc_shown(&t->w->acting.loaded, t->doc, &name), fields));
}

static enum smk_exit write(struct taking *t, const struct smk_scope *scope)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf from = {.max = SMK_PAYLOAD_BYTES_MAX};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf evidence = {.max = SMK_PAYLOAD_BYTES_MAX};
    smk_pairs_close_into(&t->pairs, &fields);
    if (fields.err == SMK_ERR_TOO_BIG_HERE || !pack_from(t->doc, &from))
        return smk_refuse(t->w->acting.cli, SMK_EXIT_REFUSED, SMK_SAY_TOO_MANY_FIELDS, NULL);
    if (fields.err != SMK_OK)
        return smk_cli_fail_err(t->w->acting.cli, fields.err, "taking the text");
    enum smk_exit code = smk_writing_demand_whole(t->w, t->doc->kind, smk_buf_view(&fields));
    if (code != SMK_EXIT_DONE)
        return code;
    if (scope->kind == SMK_SCOPE_PUB && strcmp(t->doc->kind->name, "case_study") == 0) {
        enum smk_err err = smk_evidence_pack(&t->w->acting.loaded, t->doc, "publish", &evidence);
        if (err != SMK_OK || evidence.err != SMK_OK)
            return smk_cli_fail_err(t->w->acting.cli, err != SMK_OK ? err : evidence.err,
                                    "reading what it rests on");
    }
    struct smk_edit edit = {.kind = smk_bytes_of_text(t->doc->kind->name),
                            .fields = smk_buf_view(&fields),
                            .from = smk_buf_view(&from),
                            .evidence = smk_buf_view(&evidence)};
    memcpy(edit.doc, t->doc->id, sizeof edit.doc);
    return smk_acting_edit(&t->w->acting, &edit, scope, t->wide,
                           smk_span_str(smk_span_find(edit.fields, "ref")));
}

enum smk_snapshot smk_snapshot_write(struct smk_writing *w, const struct smk_fold_doc *doc,
                                     const struct smk_scope *scope, bool is_over, enum smk_exit *ret_code)
{
    struct taking t = {.w = w, .f = w->acting.loaded.fold, .doc = doc};
    t.wide = smk_fold_find_doc(t.f, doc->kind_name, doc->id, scope);
    *ret_code = SMK_EXIT_DONE;
    if (has_all(&t))
        return SMK_SNAPSHOT_SAME;
    take_fields(&t);
    if (t.several[0] != '\0')
        *ret_code = refuse(&t, SMK_SAY_SEVERAL_IN_TEXT, t.several);
    else if (t.clash[0] != '\0' && !is_over)
        *ret_code = refuse(&t, SMK_SAY_CHANGED_THERE, t.clash);
    else
        *ret_code = write(&t, scope);
    smk_pairs_deinit(&t.pairs);
    return *ret_code == SMK_EXIT_DONE ? SMK_SNAPSHOT_WRITTEN : SMK_SNAPSHOT_FAILED;
}

bool smk_snapshot_scope(const struct smk_writing *w, const struct smk_fold_doc *doc,
                        struct smk_scope *ret_scope)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs pairs = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
    const char *const name[] = {doc->kind->area_field, "level"};
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        struct smk_bytes value = {0};
        if (name[i] != NULL)
            value = smk_fold_first(w->acting.loaded.fold, doc, name[i]);
        if (value.len > 0)
            smk_pack_raw(smk_pairs_open_text(&pairs, name[i]), value);
    }
    smk_pairs_close_into(&pairs, &fields);
    return fields.err == SMK_OK &&
           smk_kind_scope(doc->kind, smk_buf_view(&fields), smk_scope_argument(doc->scope), ret_scope);
}
