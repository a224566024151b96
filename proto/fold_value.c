/* What a document says: the values of its fields, and its text. */
#include "proto/fold_set.h"

#include <string.h>

static const struct fold_entry *entry_of(const struct smk_fold_entry *seen)
{
    return (const struct fold_entry *)seen; /* `seen` is its first member */
}

/* ---- values ---- */

/* The newest edit that sets the field and speaks, log by log. */
struct candidates {
    const struct smk_fold_doc *doc;
    struct smk_bytes field;
    size_t at; /* in doc->edit, which is by log and seq */
};

static bool candidate_next(struct candidates *c, struct smk_fold_value *ret)
{
    bool is_there = false;
    for (; c->at < c->doc->edit_count; c->at++) {
        const struct smk_fold_entry *e = c->doc->edit[c->at];
        if (is_there && ret->edit->log != e->log)
            return true;
        if (!smk_fold_speaks(e))
            continue;
        struct smk_bytes value = smk_span_find_bytes(e->edit.fields, c->field);
        if (value.len == 0)
            continue;
        *ret = (struct smk_fold_value){.value = value, .edit = e};
        is_there = true;
    }
    return is_there;
}

/* Keeps the list ascending by id of the edit, and each value once: with the smallest id. */
static size_t value_insert(struct smk_fold_value *list, size_t count, const struct smk_fold_value *v)
{
    for (size_t i = 0; i < count; i++) {
        if (!smk_bytes_is_equal(list[i].value, v->value))
            continue;
        if (memcmp(list[i].edit->id, v->edit->id, SMK_ID_BYTES) < 0)
            return count;
        memmove(list + i, list + i + 1, (count - i - 1) * sizeof *list);
        count--;
        break;
    }
    size_t at = count;
    while (at > 0 && memcmp(list[at - 1].edit->id, v->edit->id, SMK_ID_BYTES) > 0)
        at--;
    if (at == SMK_FOLD_VALUES_MAX)
        return count;
    if (count == SMK_FOLD_VALUES_MAX)
        count--;
    memmove(list + at + 1, list + at, (count - at) * sizeof *list);
    list[at] = *v;
    return count + 1;
}

size_t smk_fold_values(struct smk_fold *f, const struct smk_fold_doc *doc, struct smk_bytes field,
                       struct smk_fold_value ret_values[SMK_FOLD_VALUES_MAX])
{
    struct candidates c = {.doc = doc, .field = field};
    struct smk_fold_value v;
    size_t count = 0, candidate_count = 0;
    struct smk_clock_space space = {.levels = f->clocks.levels};
    const struct smk_clock *seen = NULL;
    for (; candidate_next(&c, &v); candidate_count++) {
        ret_values[0] = v;
        seen = smk_clock_join(&space, seen, entry_of(v.edit)->node->clock);
    }
    if (candidate_count > 1) {
        c.at = 0;
        while (candidate_next(&c, &v)) {
            const struct fold_node *n = entry_of(v.edit)->node;
            if (smk_clock_get(&space, seen, n->log->number) < n->seq)
                count = value_insert(ret_values, count, &v);
        }
    }
    f->clocks.is_full = f->clocks.is_full || space.is_full;
    smk_clock_space_deinit(&space);
    return candidate_count > 1 ? count : candidate_count;
}

struct smk_bytes smk_fold_first(struct smk_fold *f, const struct smk_fold_doc *doc, const char *field)
{
    struct smk_fold_value value[SMK_FOLD_VALUES_MAX];
    size_t count = smk_fold_values(f, doc, smk_bytes_of_text(field), value);
    for (size_t i = 0; i < count; i++)
        if (smk_span_type(value[i].value) != SMK_VALUE_NIL)
            return value[i].value;
    return (struct smk_bytes){0};
}

static size_t name_insert(struct smk_bytes *names, size_t count, struct smk_bytes name)
{
    size_t at = count;
    while (at > 0 && smk_key_compare(names[at - 1], name) >= 0)
        at--;
    if (at < count && smk_bytes_is_equal(names[at], name))
        return count;
    if (count == SMK_FOLD_NAMES_MAX)
        return count;
    memmove(names + at + 1, names + at, (count - at) * sizeof *names);
    names[at] = name;
    return count + 1;
}

size_t smk_fold_names(const struct smk_fold_doc *doc, struct smk_bytes ret_names[SMK_FOLD_NAMES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < doc->edit_count; i++) {
        if (!smk_fold_speaks(doc->edit[i]))
            continue;
        struct smk_span_iter it = smk_span_each(doc->edit[i]->edit.fields);
        struct smk_bytes name, value;
        while (smk_span_next(&it, &name, &value))
            count = name_insert(ret_names, count, name);
    }
    return count;
}

/* ---- text ---- */

static enum smk_err pack_part(struct smk_buf *b, const struct smk_fold_doc *doc)
{
    uint8_t head[SMK_TEXT_HEADS_MAX][SMK_ID_BYTES];
    if (doc->head_count == 0)
        return SMK_ERR_NOT_FOUND;
    if (doc->head_count > SMK_TEXT_HEADS_MAX)
        return SMK_ERR_TOO_BIG_HERE;
    for (size_t i = 0; i < doc->head_count; i++)
        memcpy(head[i], doc->head[i]->id, SMK_ID_BYTES);
    smk_text_pack_part(b, doc->id, (const uint8_t(*)[SMK_ID_BYTES])head, doc->head_count);
    return b->err;
}

static bool is_list(const struct smk_fold_doc *doc)
{
    return smk_bytes_is_equal(doc->kind_name, smk_bytes_of_text("joint_list"));
}

static const struct smk_fold_doc *recommendation_of(struct smk_fold *f, const struct smk_fold_doc *list,
                                                    struct smk_bytes id)
{
    if (id.len != SMK_DOC_ID_BYTES)
        return NULL;
    struct fold_doc *doc = smk_fold_doc_of(f, smk_bytes_of_text("recommendation"), id.data, list->scope);
    return doc != NULL && doc->seen.counts ? &doc->seen : NULL;
}

enum smk_err smk_fold_text(struct smk_fold *f, const struct smk_fold_doc *doc, struct smk_buf *b,
                           uint8_t *ret_missing)
{
    struct smk_bytes items = {0}, item;
    if (is_list(doc))
        items = smk_fold_first(f, doc, "recommendations");
    size_t count = smk_span_count(items);
    if (count + 1 > SMK_TEXT_PARTS_MAX)
        return SMK_ERR_TOO_BIG_HERE;
    smk_pack_array(b, count + 1);
    enum smk_err err = pack_part(b, doc);
    struct smk_span_iter it = smk_span_each(items);
    while (err == SMK_OK && smk_span_next(&it, NULL, &item)) {
        struct smk_bytes id = smk_span_bin(item);
        const struct smk_fold_doc *part = recommendation_of(f, doc, id);
        err = part != NULL ? pack_part(b, part) : SMK_ERR_WAITING;
        if (part == NULL && ret_missing != NULL && id.len == SMK_DOC_ID_BYTES)
            memcpy(ret_missing, id.data, id.len);
    }
    return err;
}

void smk_fold_add_text_deps(struct smk_fold *f, struct smk_fold_deps *d, const struct smk_fold_doc *doc)
{
    struct smk_bytes items = {0}, item;
    for (size_t i = 0; i < doc->head_count; i++)
        smk_fold_add_dep(f, d, doc->head[i]);
    if (is_list(doc))
        items = smk_fold_first(f, doc, "recommendations");
    struct smk_span_iter it = smk_span_each(items);
    while (smk_span_next(&it, NULL, &item)) {
        const struct smk_fold_doc *part = recommendation_of(f, doc, smk_span_bin(item));
        for (size_t i = 0; part != NULL && i < part->head_count; i++)
            smk_fold_add_dep(f, d, part->head[i]);
    }
}

/* ---- what a text says of a field ---- */

/* The heads that a text names of a document; empty when it does not. */
static struct smk_bytes heads_in(struct smk_bytes text, const uint8_t *doc)
{
    struct smk_span_iter it = smk_span_each(text);
    struct smk_text_part part;
    while (smk_text_next_part(&it, &part))
        if (part.doc != NULL && memcmp(part.doc, doc, SMK_DOC_ID_BYTES) == 0)
            return part.heads;
    return (struct smk_bytes){0};
}

static bool is_under(const struct smk_fold *f, struct smk_bytes heads, const struct fold_node *n)
{
    struct smk_span_iter it = smk_span_each(heads);
    struct smk_bytes head;
    while (smk_span_next(&it, NULL, &head)) {
        const struct fold_node *h = smk_fold_find_node(f, smk_span_bin(head).data);
        if (h != NULL && smk_fold_node_has_seen(f, h, n))
            return true;
    }
    return false;
}

struct smk_bytes smk_fold_value_in(struct smk_fold *f, const struct fold_doc *doc, struct smk_bytes text,
                                   const char *field)
{
    struct smk_fold_value value[SMK_FOLD_VALUES_MAX];
    const struct fold_entry *best = NULL;
    if (doc == NULL)
        return (struct smk_bytes){0};
    struct smk_bytes heads = heads_in(text, doc->seen.id), name = smk_bytes_of_text(field);
    if (heads.len == 0)
        return smk_fold_values(f, &doc->seen, name, value) > 0 ? value[0].value : (struct smk_bytes){0};
    for (size_t i = 0; i < doc->seen.edit_count; i++) {
        const struct fold_entry *e = entry_of(doc->seen.edit[i]);
        if (e->seen.reason != SMK_REASON_COUNTS || smk_span_find_bytes(e->seen.edit.fields, name).len == 0 ||
            !is_under(f, heads, e->node))
            continue;
        bool is_later = best != NULL && smk_fold_node_has_seen(f, e->node, best->node);
        bool is_beside = best != NULL && !smk_fold_node_has_seen(f, best->node, e->node) &&
                         memcmp(e->seen.id, best->seen.id, SMK_ID_BYTES) < 0;
        if (best == NULL || is_later || is_beside)
            best = e;
    }
    return best != NULL ? smk_span_find_bytes(best->seen.edit.fields, name) : (struct smk_bytes){0};
}
