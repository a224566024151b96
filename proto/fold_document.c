/* Documents: the edits of one id, kind and scope; their heads. */
#include "proto/fold_set.h"

#include <string.h>

/* ---- entries ---- */

static enum smk_reason reason_of(enum smk_err err)
{
    return err == SMK_ERR_NEWER_VERSION ? SMK_REASON_NEWER : SMK_REASON_SHAPE;
}

static void decode_entry(struct smk_fold_entry *e, const struct fold_node *n)
{
    enum smk_err err = SMK_OK;
    if (!n->has_payload) {
        e->reason = SMK_REASON_NO_PAYLOAD;
        return;
    }
    err = e->is_act ? smk_act_decode(n->payload, &e->act) : smk_edit_decode(n->payload, &e->edit);
    e->is_decoded = err == SMK_OK;
    e->reason = err == SMK_OK ? SMK_REASON_COUNTS : reason_of(err);
}

static enum smk_err make_entries(struct smk_fold *f)
{
    f->entry = smk_fold_pointers(f, f->record_count);
    if (f->entry == NULL)
        return SMK_ERR_NOMEM;
    for (size_t i = 0; i < f->record_count; i++) {
        struct fold_node *n = f->by_log[i];
        if (n->type != SMK_RECORD_EDIT && n->type != SMK_RECORD_ACT)
            continue;
        struct fold_entry *e = smk_arena_new(&f->derived, sizeof *e);
        if (e == NULL)
            return SMK_ERR_NOMEM;
        memcpy(e->seen.id, n->id, sizeof n->id);
        e->seen.log = &n->log->seen;
        e->seen.seq = n->seq;
        e->seen.time = n->time;
        e->seen.is_act = n->type == SMK_RECORD_ACT;
        e->seen.payload = n->payload;
        decode_entry(&e->seen, n);
        e->node = n;
        n->entry = e;
        f->entry[f->entry_count++] = e;
    }
    return SMK_OK;
}

/* ---- grouping ---- */

/* Place in the table of kinds; unknown ones behind all others. */
static size_t kind_place(struct smk_bytes name)
{
    for (size_t i = 0; i < smk_kind_count(); i++)
        if (smk_bytes_is_equal(smk_bytes_of_text(smk_kind_at(i)->name), name))
            return i;
    return smk_kind_count();
}

static int compare_kinds(struct smk_bytes a, struct smk_bytes b)
{
    if (smk_bytes_is_equal(a, b))
        return 0;
    size_t left = kind_place(a), right = kind_place(b);
    if (left != right)
        return left < right ? -1 : 1;
    return smk_bytes_compare(a, b);
}

static int compare_edits(const void *a, const void *b)
{
    const struct fold_entry *left = a, *right = b;
    int order = compare_kinds(left->seen.edit.kind, right->seen.edit.kind);
    if (order == 0)
        order = memcmp(left->seen.edit.doc, right->seen.edit.doc, SMK_DOC_ID_BYTES);
    if (order == 0)
        order = smk_scope_compare(&left->seen.log->scope, &right->seen.log->scope);
    if (order == 0 && left->node->place != right->node->place)
        order = left->node->place < right->node->place ? -1 : 1;
    return order;
}

static bool is_same_document(const struct fold_entry *a, const struct fold_entry *b)
{
    return smk_bytes_is_equal(a->seen.edit.kind, b->seen.edit.kind) &&
           memcmp(a->seen.edit.doc, b->seen.edit.doc, SMK_DOC_ID_BYTES) == 0 &&
           smk_scope_is_equal(&a->seen.log->scope, &b->seen.log->scope);
}

static int compare_to_doc(const struct fold_doc *doc, struct smk_bytes kind, const uint8_t *id)
{
    int order = compare_kinds(doc->seen.kind_name, kind);
    return order != 0 ? order : memcmp(doc->seen.id, id, SMK_DOC_ID_BYTES);
}

bool smk_fold_is_draft(const struct smk_fold_doc *doc)
{
    return doc->kind != NULL &&
           smk_kind_stand(doc->kind, (struct smk_bytes){0}, doc->scope) == SMK_STAND_DRAFT;
}

/* Of a document that is here in several scopes: the one where it lives, then the published one, then the draft. */
static int precedence(const struct smk_fold_doc *doc)
{
    bool is_private = doc->scope->kind == SMK_SCOPE_ORG;
    if (doc->kind == NULL || !smk_kind_is_own_scope(doc->kind, doc->scope))
        return is_private ? 3 : 2;
    return is_private ? 1 : 0;
}

struct fold_doc *smk_fold_doc_of(const struct smk_fold *f, struct smk_bytes kind, const uint8_t *id,
                                 const struct smk_scope *scope)
{
    smk_fold_ask(f, id, false);
    size_t low = 0, high = f->doc_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_to_doc(f->doc[middle], kind, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    struct fold_doc *best = NULL;
    for (; low < f->doc_count && compare_to_doc(f->doc[low], kind, id) == 0; low++) {
        struct fold_doc *doc = f->doc[low];
        if (scope != NULL && smk_scope_is_equal(doc->seen.scope, scope))
            return doc;
        if (scope == NULL && (best == NULL || precedence(&doc->seen) < precedence(&best->seen)))
            best = doc;
    }
    return best;
}

/* ---- judging the edits of one document ---- */

static int compare_places(const void *a, const void *b)
{
    const struct fold_entry *left = a, *right = b;
    if (left->node->log != right->node->log)
        return left->node->log->number < right->node->log->number ? -1 : 1;
    return left->node->seq < right->node->seq ? -1 : left->node->seq > right->node->seq ? 1 : 0;
}

static int compare_by_id(const void *a, const void *b)
{
    const struct fold_entry *left = a, *right = b;
    return memcmp(left->seen.id, right->seen.id, SMK_ID_BYTES);
}

/* In causal order, so that whatever an edit had seen is judged before it. */
static void judge_edits(struct smk_fold *f, struct fold_doc *doc, struct fold_entry *const *edit)
{
    for (size_t i = 0; i < doc->seen.edit_count; i++) {
        struct smk_fold_entry *e = &edit[i]->seen;
        edit[i]->doc = doc;
        e->doc = &doc->seen;
        e->reason = smk_fold_judge_office(f, e->log, e->edit.office, &e->office);
        if (e->reason == SMK_REASON_COUNTS)
            e->reason =
                smk_fold_judge_placed_edit(f, &e->edit, &e->log->scope, e->office, doc, edit[i]->node);
        if (e->reason != SMK_REASON_COUNTS)
            continue;
        doc->seen.counts = true;
        const struct fold_entry *judged = edit[i]->node->log->judged;
        if (judged == NULL || judged->doc != doc)
            smk_fold_note_first(f, doc, edit[i]);
    }
}

/* Of the counting edits, the newest of each log that no other one had seen. edit: by log and seq. */
static enum smk_err find_heads(struct smk_fold *f, struct fold_doc *doc, struct fold_entry *const *edit,
                               const void **spare)
{
    const struct fold_entry **head = smk_fold_pointers(f, doc->first_count);
    const struct smk_clock *seen = NULL;
    size_t count = 0, kept = 0;
    if (head == NULL)
        return SMK_ERR_NOMEM;
    for (size_t i = 0; i < doc->seen.edit_count; i++) {
        if (edit[i]->seen.reason != SMK_REASON_COUNTS)
            continue;
        bool is_same_log = count > 0 && head[count - 1]->node->log == edit[i]->node->log;
        count = is_same_log ? count : count + 1;
        head[count - 1] = edit[i];
    }
    for (size_t i = 0; i < count; i++)
        seen = count > 1 ? smk_clock_join(&f->clocks, seen, head[i]->node->clock) : NULL;
    for (size_t i = 0; i < count; i++)
        if (smk_clock_get(&f->clocks, seen, head[i]->node->log->number) < head[i]->node->seq)
            head[kept++] = head[i];
    smk_order((const void **)head, spare, kept, compare_by_id);
    doc->seen.head = (const struct smk_fold_entry *const *)head;
    doc->seen.head_count = kept;
    return SMK_OK;
}

/* edit: the edits of one document in causal order; sorted by log and seq afterwards. */
static enum smk_err make_document(struct smk_fold *f, struct fold_entry **edit, size_t count,
                                  const void **spare)
{
    struct fold_doc *doc = smk_arena_new(&f->derived, sizeof *doc);
    struct fold_entry **own = smk_fold_pointers(f, count);
    if (doc == NULL || own == NULL)
        return SMK_ERR_NOMEM;
    doc->first = smk_fold_pointers(f, count);
    if (doc->first == NULL)
        return SMK_ERR_NOMEM;
    memcpy(doc->seen.id, edit[0]->seen.edit.doc, sizeof doc->seen.id);
    doc->seen.kind_name = edit[0]->seen.edit.kind;
    doc->seen.kind = smk_kind_find(doc->seen.kind_name);
    doc->seen.scope = &edit[0]->seen.log->scope;
    doc->seen.edit_count = count;
    smk_fold_ask_for(f, doc->seen.id);
    judge_edits(f, doc, edit);
    memcpy(own, edit, count * sizeof *own);
    smk_order((const void **)own, spare, count, compare_places);
    doc->seen.edit = (const struct smk_fold_entry *const *)own;
    f->doc[f->doc_count++] = doc;
    return find_heads(f, doc, own, spare);
}

enum smk_err smk_fold_make_documents(struct smk_fold *f)
{
    enum smk_err err = make_entries(f);
    if (err != SMK_OK)
        return err;
    struct fold_entry **edit = smk_fold_pointers(f, f->entry_count);
    const void **spare = smk_fold_pointers(f, f->entry_count);
    size_t count = 0;
    f->doc = smk_fold_pointers(f, f->entry_count);
    if (edit == NULL || spare == NULL || f->doc == NULL)
        return SMK_ERR_NOMEM;
    for (size_t i = 0; i < f->entry_count; i++)
        if (!f->entry[i]->seen.is_act && f->entry[i]->seen.is_decoded)
            edit[count++] = f->entry[i];
    smk_order((const void **)edit, spare, count, compare_edits);
    for (size_t at = 0; err == SMK_OK && at < count;) {
        size_t end = at + 1;
        while (end < count && is_same_document(edit[at], edit[end]))
            end++;
        err = make_document(f, edit + at, end - at, spare);
        at = end;
    }
    return err;
}
