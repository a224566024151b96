/* samaki submit DOC, samaki publish DOC: the whole text into a wider scope. */
#include "tools/args.h"
#include "tools/snapshot.h"
#include "tools/text.h"

#include <string.h>

/* A document that is remembered over writes, after which the fold is read anew. */
struct named {
    const struct smk_kind *kind;
    uint8_t id[SMK_DOC_ID_BYTES];
};

static struct named name_of(const struct smk_fold_doc *doc)
{
    struct named n = {.kind = doc->kind};
    memcpy(n.id, doc->id, sizeof n.id);
    return n;
}

static const struct smk_fold_doc *find_in(const struct smk_writing *w, const struct named *n,
                                          const struct smk_scope *scope)
{
    return smk_fold_find_doc(w->acting.loaded.fold, smk_bytes_of_text(n->kind->name), n->id, scope);
}

static const struct smk_fold_doc *draft_of(const struct smk_writing *w, const struct named *n)
{
    const struct smk_device *device = smk_acting_device(&w->acting);
    struct smk_scope scope;
    if (device == NULL || !smk_kind_has_drafts(n->kind))
        return NULL;
    scope = smk_scope_of_org(device->org.text);
    return find_in(w, n, &scope);
}

static enum smk_exit refresh(struct smk_writing *w)
{
    enum smk_err err = smk_loaded_refresh(&w->acting.loaded);
    w->doc = w->present.doc = NULL;
    return err == SMK_OK ? SMK_EXIT_DONE : smk_cli_fail_err(w->acting.cli, err, "reading the store");
}

/* ---- one text ---- */

/* "In prov:02 now, seen by ..." TAKES what the fold handed out. */
static enum smk_exit bring(struct smk_writing *w, const struct named *n, const struct smk_scope *from,
                           const struct smk_scope *to, bool is_over, bool *ret_is_written)
{
    enum smk_exit code;
    struct smk_doc_name name;
    const struct smk_fold_doc *doc = find_in(w, n, from);
    smk_doc_shown(&w->acting.loaded, doc, &name);
    enum smk_snapshot answer = smk_snapshot_write(w, doc, to, is_over, &code);
    *ret_is_written = answer == SMK_SNAPSHOT_WRITTEN;
    if (answer != SMK_SNAPSHOT_WRITTEN)
        return code;
    smk_tell(w->acting.cli, SMK_SAY_WHOLE_TEXT,
             SMK_ABOUT(name.text, to->text,
                       smk_label_text(smk_label_scope(to), w->acting.cli->language, to->text)));
    return refresh(w);
}

/* Whether an attachment may go along into a scope: what its visibility says. */
static bool may_go(const struct smk_writing *w, const struct smk_fold_doc *doc, const struct smk_scope *to)
{
    struct smk_bytes visibility = smk_fold_first(w->acting.loaded.fold, doc, "visibility");
    bool is_coalition = to->kind == SMK_SCOPE_PROV || to->kind == SMK_SCOPE_NAT;
    if (smk_span_is_text(visibility, "coalition"))
        return is_coalition;
    if (smk_span_is_text(visibility, "parties"))
        return is_coalition || to->kind == SMK_SCOPE_DM;
    return smk_span_is_text(visibility, "public");
}

/* The attachments of a document, as far as they may be seen there. */
static enum smk_exit bring_attachments(struct smk_writing *w, const struct named *n,
                                       const struct smk_scope *from, const struct smk_scope *to)
{
    enum { AT_ONCE_MAX = 256 };
    struct named attached[AT_ONCE_MAX];
    size_t count = 0;
    enum smk_exit code = SMK_EXIT_DONE;
    for (size_t i = 0; i < smk_fold_doc_count(w->acting.loaded.fold) && count < AT_ONCE_MAX; i++) {
        const struct smk_fold_doc *doc = smk_fold_doc_at(w->acting.loaded.fold, i);
        bool is_one = doc->kind != NULL && doc->counts && strcmp(doc->kind->name, "attachment") == 0 &&
                      smk_scope_is_equal(doc->scope, from);
        if (!is_one)
            continue;
        struct smk_bytes subject = smk_span_bin(smk_fold_first(w->acting.loaded.fold, doc, "subject"));
        if (smk_bytes_is_equal(subject, SMK_BYTES(n->id)) && may_go(w, doc, to))
            attached[count++] = name_of(doc);
    }
    for (size_t i = 0; code == SMK_EXIT_DONE && i < count; i++) {
        bool is_written;
        code = bring(w, &attached[i], from, to, false, &is_written);
    }
    return code;
}

/* ---- submit ---- */

/* What a draft names that is itself still a draft. */
struct naming {
    struct smk_writing *w;
    const struct named *n;
    const struct smk_scope *from;
    struct smk_doc_name name;
    size_t count; /* recommendations, which go along */
    struct named part[SMK_LIST_ITEMS_MAX];
};

static void take_reference(struct naming *s, const struct smk_field *rule, struct smk_bytes id)
{
    struct named m = {.kind = smk_kind_find(smk_bytes_of_text(rule->kind))};
    struct smk_doc_name other;
    if (m.kind == NULL || id.len != sizeof m.id)
        return;
    memcpy(m.id, id.data, sizeof m.id);
    const struct smk_fold_doc *best = find_in(s->w, &m, NULL);
    if (best == NULL || !smk_kind_has_drafts(m.kind) || !smk_scope_is_equal(best->scope, s->from))
        return;
    if (strcmp(rule->kind, "recommendation") == 0 && s->count < SMK_LIST_ITEMS_MAX)
        s->part[s->count++] = m;
    else
        smk_tell(s->w->acting.cli, SMK_SAY_REFERS_TO_DRAFT,
                 SMK_ABOUT(s->name.text, smk_doc_shown(&s->w->acting.loaded, best, &other)));
}

static void take_references(struct naming *s)
{
    const struct smk_fold_doc *doc = find_in(s->w, s->n, s->from);
    smk_doc_shown(&s->w->acting.loaded, doc, &s->name);
    for (size_t i = 0; i < s->n->kind->field_count; i++) {
        const struct smk_field *rule = &s->n->kind->field[i];
        if (rule->type != SMK_FIELD_REFERENCE)
            continue;
        struct smk_bytes value = smk_fold_first(s->w->acting.loaded.fold, doc, rule->name), item;
        struct smk_span_iter it = smk_span_each(value);
        take_reference(s, rule, smk_span_bin(value));
        while (smk_span_next(&it, NULL, &item))
            take_reference(s, rule, smk_span_bin(item));
    }
}

/* A list goes with those of its recommendations that are drafts; other drafts that a document names are pointed out. */
static enum smk_exit bring_named(struct smk_writing *w, const struct named *n, const struct smk_scope *from,
                                 const struct smk_scope *to)
{
    struct naming s = {.w = w, .n = n, .from = from};
    enum smk_exit code = SMK_EXIT_DONE;
    take_references(&s);
    for (size_t i = 0; code == SMK_EXIT_DONE && i < s.count; i++) {
        bool is_written;
        code = bring(w, &s.part[i], from, to, false, &is_written);
    }
    return code;
}

/* Types that are submitted by an act, about the text as it stands now. */
static enum smk_exit act_submit(struct smk_writing *w, const struct smk_fold_doc *doc)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs pairs = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_act act = {.act = smk_bytes_of_text("submit"), .kind = doc->kind_name};
    smk_pairs_close_into(&pairs, &fields);
    if (fields.err != SMK_OK)
        return smk_cli_fail_err(w->acting.cli, fields.err, "submitting");
    smk_random(act.id, sizeof act.id);
    memcpy(act.doc, doc->id, sizeof act.doc);
    act.fields = smk_buf_view(&fields);
    return smk_acting_act(&w->acting, &act, doc, NULL);
}

static enum smk_exit submit_draft(struct smk_writing *w, const struct named *n,
                                  const struct smk_fold_doc *draft, bool is_over, bool *ret_is_written)
{
    struct smk_scope from = *draft->scope, to;
    if (!smk_snapshot_scope(w, draft, &to))
        return smk_refuse(w->acting.cli, SMK_EXIT_REFUSED, SMK_SAY_NOWHERE, NULL);
    enum smk_exit code = bring_named(w, n, &from, &to);
    if (code == SMK_EXIT_DONE)
        code = bring(w, n, &from, &to, is_over, ret_is_written);
    return code == SMK_EXIT_DONE ? bring_attachments(w, n, &from, &to) : code;
}

static enum smk_exit tell_same(struct smk_writing *w, const struct smk_fold_doc *doc)
{
    struct smk_doc_name name;
    char id[2 * SMK_DOC_ID_BYTES + 1];
    smk_hex_format(SMK_BYTES(doc->id), id);
    smk_tell(w->acting.cli, SMK_SAY_STANDS_THERE,
             SMK_ABOUT(smk_doc_shown(&w->acting.loaded, doc, &name), doc->scope->text));
    smk_cli_json(w->acting.cli, json_pack("{s:s, s:b}", "already", id, "written", 0));
    return SMK_EXIT_DONE;
}

static enum smk_exit submit(struct smk_writing *w, const char *word, bool is_over)
{
    enum smk_exit code = smk_writing_change(w, NULL, word);
    if (code != SMK_EXIT_DONE)
        return code;
    const struct named n = name_of(w->doc);
    const struct smk_fold_doc *draft = draft_of(w, &n);
    bool has_act = smk_policy_act(smk_bytes_of_text(n.kind->name), smk_bytes_of_text("submit")) != NULL;
    bool is_written = false;
    struct smk_doc_name name;
    if (draft != NULL)
        code = submit_draft(w, &n, draft, is_over, &is_written);
    if (code != SMK_EXIT_DONE)
        return code;
    const struct smk_fold_doc *now = find_in(w, &n, NULL);
    if (draft == NULL && !has_act)
        return smk_refuse(w->acting.cli, SMK_EXIT_REFUSED, SMK_SAY_SUBMITTED_ONLY,
                          SMK_ABOUT(smk_doc_shown(&w->acting.loaded, now, &name)));
    if (has_act)
        return act_submit(w, now);
    return is_written ? SMK_EXIT_DONE : tell_same(w, now);
}

enum smk_exit smk_cmd_submit(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_writing_close) struct smk_writing w = {0};
    struct smk_arg option[1] = {{.name = "--over"}};
    const char *word = NULL;
    size_t words = 0;
    if (!smk_args_read(cli, argc, argv, option, 1, &word, 1, &words))
        return SMK_EXIT_USAGE;
    if (words != 1)
        return smk_cli_usage(cli, NULL, NULL);
    enum smk_exit code = smk_writing_open(cli, &w);
    return code == SMK_EXIT_DONE ? submit(&w, word, option[0].count > 0) : code;
}

/* ---- publish ---- */

static enum smk_exit publish(struct smk_writing *w, const char *word)
{
    struct smk_scope pub = smk_scope_of("pub");
    struct smk_doc_name name;
    bool is_written = false;
    enum smk_exit code = smk_writing_change(w, NULL, word);
    if (code != SMK_EXIT_DONE)
        return code;
    const struct named n = name_of(w->doc);
    smk_doc_shown(&w->acting.loaded, w->doc, &name);
    if (!smk_kind_is_published(n.kind))
        return smk_refuse(w->acting.cli, SMK_EXIT_REFUSED, SMK_SAY_NOT_PUBLISHED,
                          SMK_ABOUT(name.text, smk_label_text(smk_label_find("type", w->doc->kind_name),
                                                              w->acting.cli->language, n.kind->name)));
    if (w->is_draft)
        return smk_refuse(w->acting.cli, SMK_EXIT_REFUSED, SMK_SAY_NOT_SUBMITTED, SMK_ABOUT(name.text));
    struct smk_scope from = *w->doc->scope;
    if (!smk_scope_is_equal(&from, &pub))
        code = bring(w, &n, &from, &pub, false, &is_written);
    if (code == SMK_EXIT_DONE && is_written)
        code = bring_attachments(w, &n, &from, &pub);
    const struct smk_fold_doc *published = find_in(w, &n, &pub);
    return code != SMK_EXIT_DONE || is_written || published == NULL ? code : tell_same(w, published);
}

enum smk_exit smk_cmd_publish(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_writing_close) struct smk_writing w = {0};
    const char *word = NULL;
    size_t words = 0;
    if (!smk_args_read(cli, argc, argv, NULL, 0, &word, 1, &words))
        return SMK_EXIT_USAGE;
    if (words != 1)
        return smk_cli_usage(cli, NULL, NULL);
    enum smk_exit code = smk_writing_open(cli, &w);
    return code == SMK_EXIT_DONE ? publish(&w, word) : code;
}
