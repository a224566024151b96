/* A fold of some documents alone: what it asks about, and what an entry is about. */
#include "proto/fold_set.h"

#include "proto/mem.h"

#include <stdlib.h>
#include <string.h>

enum smk_err smk_fold_note_asked(struct smk_fold *f)
{
    if (f->asked == NULL)
        f->asked = smk_mem_new(sizeof *f->asked);
    return f->asked != NULL ? SMK_OK : SMK_ERR_NOMEM;
}

void smk_fold_ask_for(const struct smk_fold *f, const uint8_t *doc_id)
{
    if (f->asked != NULL)
        memcpy(f->asked->by, doc_id, sizeof f->asked->by);
}

static int compare_questions(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct smk_fold_question));
}

void smk_fold_ask(const struct smk_fold *f, const uint8_t *topic, bool is_deep)
{
    struct fold_asked *a = f->asked;
    struct smk_fold_question q = {.is_deep = is_deep};
    if (a == NULL || a->is_over)
        return;
    memcpy(q.by, a->by, sizeof q.by);
    memcpy(q.topic, topic, sizeof q.topic);
    if (a->count > 0 && compare_questions(&a->question[a->count - 1], &q) == 0)
        return;
    if (a->count == a->capacity) {
        size_t capacity = a->capacity > 0 ? 2 * a->capacity : 64;
        struct smk_fold_question *grown = smk_mem_resize(a->question, capacity * sizeof *grown);
        a->is_full = a->is_full || grown == NULL;
        if (grown == NULL)
            return;
        a->question = grown;
        a->capacity = capacity;
    }
    a->question[a->count++] = q;
}

size_t smk_fold_asked(struct smk_fold *f, const struct smk_fold_question **ret_questions)
{
    struct fold_asked *a = f->asked;
    size_t kept = 0;
    if (a == NULL || a->count == 0)
        return 0;
    qsort(a->question, a->count, sizeof *a->question, compare_questions);
    for (size_t i = 0; i < a->count; i++)
        if (kept == 0 || compare_questions(&a->question[kept - 1], &a->question[i]) != 0)
            a->question[kept++] = a->question[i];
    a->count = kept;
    *ret_questions = a->question;
    return kept;
}

/* ---- topics ---- */

struct giving {
    smk_topic_fn *fn;
    void *ctx;
    bool is_over;
};

static void give(struct giving *g, const uint8_t *topic)
{
    g->is_over = g->is_over || !g->fn(g->ctx, topic);
}

/* Every value of 16 bytes, however deep: canonical values are at most SMK_DEPTH_MAX deep. */
static void give_ids(struct giving *g, struct smk_bytes value)
{
    struct smk_span_iter level[SMK_DEPTH_MAX];
    size_t depth = 0;
    for (level[depth++] = smk_span_each(value); depth > 0 && !g->is_over;) {
        struct smk_bytes key, part;
        if (!smk_span_next(&level[depth - 1], &key, &part)) {
            depth--;
            continue;
        }
        struct smk_bytes id = smk_span_bin(part);
        if (id.len == SMK_DOC_ID_BYTES)
            give(g, id.data);
        if (depth < SMK_DEPTH_MAX)
            level[depth++] = smk_span_each(part);
    }
}

static void give_work(struct giving *g, const uint8_t *id)
{
    uint8_t topic[SMK_DOC_ID_BYTES];
    smk_fold_work_topic(id, topic);
    give(g, topic);
}

/* Recommendations rest on the acts that decide on them and present them. */
static void give_work_of_items(struct giving *g, const struct smk_act *act)
{
    struct smk_span_iter items = smk_span_each(smk_span_find(act->fields, "items"));
    struct smk_span_iter named = smk_span_each(smk_span_find(act->fields, "recommendations"));
    struct smk_bytes item;
    while (!g->is_over && smk_span_next(&items, NULL, &item)) {
        item = smk_span_bin(smk_span_find(item, "recommendation"));
        if (item.len == SMK_DOC_ID_BYTES)
            give_work(g, item.data);
    }
    while (!g->is_over && smk_span_next(&named, NULL, &item)) {
        item = smk_span_bin(item);
        if (item.len == SMK_DOC_ID_BYTES)
            give_work(g, item.data);
    }
}

static void give_act(struct giving *g, const struct smk_act *act)
{
    uint8_t rank[SMK_DOC_ID_BYTES];
    give(g, act->doc);
    give(g, act->id);
    give(g, act->about);
    give_ids(g, act->fields);
    give_work(g, act->doc);
    give_work_of_items(g, act);
    if (smk_span_find(act->fields, "rank").len == 0)
        return;
    smk_fold_rank_topic(act, rank);
    give(g, rank);
}

void smk_fold_each_topic_of(const struct smk_fold_entry *e, smk_topic_fn *fn, void *ctx)
{
    struct giving g = {.fn = fn, .ctx = ctx};
    if (e->is_act)
        give_act(&g, &e->act);
    else
        give(&g, e->edit.doc);
}

void smk_fold_each_topic(const struct smk_record *record, smk_topic_fn *fn, void *ctx)
{
    struct giving g = {.fn = fn, .ctx = ctx};
    struct smk_edit edit;
    struct smk_act act;
    const struct smk_header *h = &record->header;
    if (!record->has_payload || h->codec != 0 || h->scope.kind == SMK_SCOPE_GOV || h->scope.is_wit)
        return;
    if (h->type == SMK_RECORD_EDIT && smk_edit_decode(record->payload, &edit) == SMK_OK)
        give(&g, edit.doc);
    if (h->type == SMK_RECORD_ACT && smk_act_decode(record->payload, &act) == SMK_OK)
        give_act(&g, &act);
}
