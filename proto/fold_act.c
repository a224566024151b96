/* Acts: what each is about, whether it counts, and the two halves of what is attested. */
#include "proto/fold_set.h"

#include <string.h>

static bool is_same_text(struct smk_bytes bytes, const char *text)
{
    return smk_bytes_is_equal(bytes, smk_bytes_of_text(text));
}

/* ---- the text that an act names ---- */

/* Every id is an edit of that document in the scope of the act, and in form: COUNTS, VERSION, or what is wrong with its
 * form. Whether it counts otherwise is not asked: that may change with governance. */
static enum smk_reason check_heads(const struct smk_fold *f, const struct smk_text_part *part,
                                   const char *kind, struct smk_bytes kind_name,
                                   const struct smk_scope *scope)
{
    struct smk_span_iter it = smk_span_each(part->heads);
    struct smk_bytes head;
    while (smk_span_next(&it, NULL, &head)) {
        const struct fold_node *n = smk_fold_find_node(f, smk_span_bin(head).data);
        if (n == NULL || n->entry == NULL || n->entry->seen.is_act || !n->entry->seen.is_decoded)
            return SMK_REASON_VERSION;
        const struct smk_edit *edit = &n->entry->seen.edit;
        const struct smk_kind *known = smk_kind_find(edit->kind);
        bool is_kind =
            kind != NULL ? is_same_text(edit->kind, kind) : smk_bytes_is_equal(edit->kind, kind_name);
        if (!is_kind || known == NULL || memcmp(edit->doc, part->doc, SMK_DOC_ID_BYTES) != 0 ||
            !smk_scope_is_equal(&n->log->seen.scope, scope))
            return SMK_REASON_VERSION;
        enum smk_reason form = smk_fold_check_form(known, edit);
        if (form != SMK_REASON_COUNTS)
            return form;
    }
    return SMK_REASON_COUNTS;
}

/* The number of the list's version, where the act says one, is that of the text. */
static bool is_its_version(struct smk_fold *f, const struct smk_act *act, const struct smk_scope *scope)
{
    struct smk_bytes said = smk_span_find(act->fields, "list_version");
    const struct fold_doc *doc = smk_fold_doc_of(f, act->kind, act->doc, scope);
    struct smk_bytes here = smk_fold_value_in(f, doc, act->text, "version");
    return said.len == 0 || smk_bytes_is_equal(said, here);
}

static enum smk_reason check_text(struct smk_fold *f, const struct smk_act *act,
                                  const struct smk_scope *scope)
{
    uint8_t about[SMK_HASH_BYTES];
    struct smk_span_iter it = smk_span_each(act->text);
    struct smk_text_part part;
    if (act->text.len == 0)
        return SMK_REASON_NO_TEXT;
    if (!smk_text_is_valid(act->text))
        return SMK_REASON_SHAPE;
    smk_text_about(act->text, about);
    if (memcmp(about, act->about, sizeof about) != 0)
        return SMK_REASON_ABOUT;
    for (bool is_first = true; smk_text_next_part(&it, &part); is_first = false) {
        smk_fold_ask(f, part.doc, false);
        if (is_first && memcmp(part.doc, act->doc, SMK_DOC_ID_BYTES) != 0)
            return SMK_REASON_ABOUT;
        enum smk_reason reason = check_heads(f, &part, is_first ? NULL : "recommendation", act->kind, scope);
        if (reason != SMK_REASON_COUNTS)
            return reason;
    }
    return is_its_version(f, act, scope) ? SMK_REASON_COUNTS : SMK_REASON_VERSION;
}

bool smk_fold_about_now(struct smk_fold *f, struct fold_doc *doc, uint8_t ret_about[SMK_HASH_BYTES])
{
    if (!doc->has_about) {
        struct smk_buf b = {.max = 4 * SMK_PAYLOAD_BYTES_MAX + SMK_TEXT_PARTS_MAX * SMK_TEXT_HEADS_MAX * 34};
        enum smk_err err = smk_fold_text(f, &doc->seen, &b, NULL);
        doc->has_about = true;
        doc->can_about = err == SMK_OK && b.err == SMK_OK;
        if (doc->can_about)
            smk_text_about(smk_buf_view(&b), doc->about_now);
        f->clocks.is_full = f->clocks.is_full || err == SMK_ERR_NOMEM || b.err == SMK_ERR_NOMEM;
        smk_buf_deinit(&b);
    }
    memcpy(ret_about, doc->about_now, SMK_HASH_BYTES);
    return doc->can_about;
}

/* ---- one act ---- */

/* Office, role, area and version. */
static enum smk_reason place_act(struct smk_fold *f, struct fold_entry *e)
{
    struct smk_fold_entry *seen = &e->seen;
    const struct smk_policy_rule *rule = smk_policy_act(seen->act.kind, seen->act.act);
    enum smk_reason reason = smk_fold_judge_office(f, seen->log, seen->act.office, &seen->office);
    if (reason == SMK_REASON_COUNTS)
        reason = smk_fold_judge_placed_act(f, &seen->act, &seen->log->scope, seen->office);
    if (reason != SMK_REASON_COUNTS)
        return reason;
    if (rule->is_wider) {
        seen->note = SMK_NOTE_TEXT_NOT_CHECKED;
        return SMK_REASON_COUNTS;
    }
    reason = check_text(f, &seen->act, &seen->log->scope);
    if (reason != SMK_REASON_COUNTS)
        return reason;
    uint8_t now[SMK_HASH_BYTES];
    if (!smk_fold_about_now(f, e->doc, now) || memcmp(now, seen->act.about, sizeof now) != 0)
        seen->note = SMK_NOTE_EARLIER_VERSION;
    return SMK_REASON_COUNTS;
}

enum smk_reason smk_fold_judge_act(struct smk_fold *f, const struct smk_act *act,
                                   const struct smk_scope *scope, const struct smk_office *office,
                                   uint64_t time)
{
    const struct smk_policy_rule *rule = smk_policy_act(act->kind, act->act);
    struct fold_moment now = {.f = f, .time = time};
    struct smk_act asked = *act;
    enum smk_reason reason = smk_fold_judge_placed_act(f, act, scope, office);
    if (reason == SMK_REASON_COUNTS && !rule->is_wider && act->text.len > 0)
        reason = check_text(f, act, scope);
    if (reason != SMK_REASON_COUNTS)
        return reason;
    if (!rule->is_wider && act->text.len == 0) {
        (void)smk_fold_about_now(f, smk_fold_doc_of(f, act->kind, act->doc, scope), asked.about);
        if (!is_its_version(f, act, scope))
            return SMK_REASON_VERSION;
    }
    return smk_fold_judge_guards(&now, rule, &asked, scope, office, NULL);
}

const char *smk_fold_stands(struct smk_fold *f, const struct smk_fold_doc *doc)
{
    const struct fold_moment now = {.f = f};
    uint8_t about[SMK_HASH_BYTES];
    struct fold_doc *own = smk_fold_doc_of(f, doc->kind_name, doc->id, doc->scope);
    (void)smk_fold_about_now(f, own, about); /* zeros, that no act is about, when it cannot be made */
    return smk_fold_stood(&now, doc->kind_name, doc->id, about);
}

/* The document in the act's own scope; for display also the one that a wider act is about. */
static struct fold_doc *doc_of_act(const struct smk_fold *f, const struct smk_fold_entry *e)
{
    struct fold_doc *doc = smk_fold_doc_of(f, e->act.kind, e->act.doc, &e->log->scope);
    return doc != NULL ? doc : smk_fold_doc_of(f, e->act.kind, e->act.doc, NULL);
}

/* ---- what had been done before ---- */

static int compare_places(const void *a, const void *b)
{
    const struct fold_entry *left = a, *right = b;
    return left->node->place < right->node->place ? -1 : left->node->place > right->node->place ? 1 : 0;
}

/* In causal order, so that whatever an act had seen is judged before it; then the halves, which need not have seen each
 * other: one counts when another one does. */
static enum smk_err judge_placed(struct smk_fold *f)
{
    struct fold_entry **act = smk_fold_pointers(f, f->entry_count);
    const void **spare = smk_fold_pointers(f, f->entry_count);
    const struct fold_moment end = {.f = f};
    size_t count = 0;
    if (act == NULL || spare == NULL)
        return SMK_ERR_NOMEM;
    for (size_t i = 0; i < f->entry_count; i++)
        if (f->entry[i]->is_placed)
            act[count++] = f->entry[i];
    smk_order((const void **)act, spare, count, compare_places);
    for (size_t i = 0; i < count; i++) {
        struct smk_fold_entry *e = &act[i]->seen;
        const struct smk_policy_rule *rule = smk_policy_act(e->act.kind, e->act.act);
        const struct fold_moment then = {.f = f, .node = act[i]->node, .time = e->time};
        smk_fold_ask_for(f, e->act.doc);
        e->reason = smk_fold_judge_guards(&then, rule, &e->act, &e->log->scope, e->office, act[i]);
        act[i]->is_good = e->reason == SMK_REASON_COUNTS;
    }
    for (size_t i = 0; i < count; i++) {
        struct smk_fold_entry *e = &act[i]->seen;
        smk_fold_ask_for(f, e->act.doc);
        if (act[i]->is_good && smk_policy_act(e->act.kind, e->act.act)->is_half &&
            !smk_fold_has_other_half(f, &end, act[i]))
            e->reason = SMK_REASON_HALF;
    }
    return SMK_OK;
}

/* ---- all of them ---- */

static int compare_by_doc(const void *a, const void *b)
{
    const struct fold_entry *left = a, *right = b;
    if (left->doc != right->doc) {
        int order = memcmp(left->doc->seen.id, right->doc->seen.id, SMK_DOC_ID_BYTES);
        if (order == 0)
            order = smk_bytes_compare(left->doc->seen.kind_name, right->doc->seen.kind_name);
        return order != 0 ? order : smk_scope_compare(left->doc->seen.scope, right->doc->seen.scope);
    }
    return 0; /* stable: they stand by log and seq already */
}

/* Hangs the acts on their documents. */
static enum smk_err attach_acts(struct smk_fold *f)
{
    struct fold_entry **act = smk_fold_pointers(f, f->entry_count);
    const void **spare = smk_fold_pointers(f, f->entry_count);
    size_t count = 0;
    if (act == NULL || spare == NULL)
        return SMK_ERR_NOMEM;
    for (size_t i = 0; i < f->entry_count; i++)
        if (f->entry[i]->seen.is_act && f->entry[i]->doc != NULL)
            act[count++] = f->entry[i];
    smk_order((const void **)act, spare, count, compare_by_doc);
    for (size_t at = 0; at < count;) {
        struct fold_doc *doc = act[at]->doc;
        doc->seen.act = (const struct smk_fold_entry *const *)(act + at);
        for (; at < count && act[at]->doc == doc; at++)
            doc->seen.act_count++;
    }
    return SMK_OK;
}

enum smk_err smk_fold_judge_acts(struct smk_fold *f)
{
    enum smk_err err = smk_fold_make_topics(f);
    for (size_t i = 0; err == SMK_OK && i < f->entry_count; i++) {
        struct fold_entry *e = f->entry[i];
        if (!e->seen.is_act || !e->seen.is_decoded)
            continue;
        smk_fold_ask_for(f, e->seen.act.doc);
        e->doc = doc_of_act(f, &e->seen);
        e->seen.doc = e->doc != NULL ? &e->doc->seen : NULL;
        e->seen.reason = place_act(f, e);
        e->is_placed = e->seen.reason == SMK_REASON_COUNTS;
    }
    if (err == SMK_OK)
        err = judge_placed(f);
    return err == SMK_OK ? attach_acts(f) : err;
}
