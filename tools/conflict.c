#include "tools/conflict.h"

#include <stdlib.h>
#include <string.h>

size_t smk_conflicts_each(struct smk_fold *f, const struct smk_fold_doc *doc, smk_conflict_fn *fn, void *ctx)
{
    struct smk_bytes name[SMK_FOLD_NAMES_MAX];
    struct smk_conflict conflict = {.doc = doc};
    size_t names = smk_fold_names(doc, name), found = 0;
    for (size_t i = 0; i < names; i++) {
        conflict.field = name[i];
        conflict.count = smk_fold_values(f, doc, name[i], conflict.value);
        if (conflict.count < 2)
            continue;
        found++;
        if (fn != NULL)
            fn(ctx, &conflict);
    }
    return found;
}

/* ---- values for people ---- */

struct writer {
    const struct smk_loaded *l;
    const struct smk_field *rule;
    enum smk_language language;
    char *text;
    size_t len, room;
};

static void put_span(struct writer *w, struct smk_bytes text)
{
    if (w->len + 1 >= w->room)
        return;
    smk_text_safe(text, w->room - 1 - w->len, w->text + w->len);
    w->len += strlen(w->text + w->len);
}

static void put(struct writer *w, const char *text)
{
    put_span(w, smk_bytes_of_text(text));
}

static void put_json(struct writer *w, struct smk_bytes value)
{
    json_t *json = smk_json_span(value);
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    put(w, text != NULL ? text : "?");
    free(text);
    json_decref(json);
}

static void put_choice(struct writer *w, struct smk_bytes word)
{
    const struct smk_label *label = smk_label_choice(w->rule, word);
    if (label != NULL)
        put(w, smk_label_text(label, w->language, ""));
    else
        put_span(w, word);
}

static void put_languages(struct writer *w, struct smk_bytes value)
{
    struct smk_bytes en = smk_span_str(smk_span_find(value, "en"));
    struct smk_bytes km = smk_span_str(smk_span_find(value, "km"));
    put_span(w, w->language == SMK_KHMER ? km : en);
    put(w, en.len > 0 && km.len > 0 ? " / " : "");
    put_span(w, w->language == SMK_KHMER ? en : km);
}

/* What people call the document; its id when it is not here. */
static void put_reference(struct writer *w, struct smk_bytes value)
{
    struct smk_doc_name name;
    struct smk_bytes id = smk_span_bin(value);
    const struct smk_fold_doc *doc = NULL;
    if (id.len == SMK_DOC_ID_BYTES)
        doc = smk_fold_find_doc(w->l->fold, smk_bytes_of_text(w->rule->kind), id.data, NULL);
    if (doc != NULL)
        put(w, smk_doc_shown(w->l, doc, &name));
    else
        put_json(w, value);
}

/* "52/30", with what else there is behind it. */
static void put_tally(struct writer *w, struct smk_bytes value)
{
    char heads[64];
    struct smk_bytes total = smk_span_find(value, "total"), female = smk_span_find(value, "female");
    bool has_women = smk_span_type(female) == SMK_VALUE_UINT;
    if (smk_span_type(total) != SMK_VALUE_UINT) {
        put_json(w, value);
        return;
    }
    (void)snprintf(heads, sizeof heads, "%llu/", (unsigned long long)smk_span_uint(total));
    put(w, heads);
    (void)snprintf(heads, sizeof heads, "%llu", (unsigned long long)smk_span_uint(female));
    put(w, has_women ? heads : "?");
    if (smk_span_count(value) > 2) {
        put(w, " ");
        put_json(w, value);
    }
}

static void put_item(struct writer *w, struct smk_bytes value)
{
    bool is_text = smk_span_type(value) == SMK_VALUE_STR, is_map = smk_span_type(value) == SMK_VALUE_MAP;
    enum smk_field_type type = w->rule != NULL ? w->rule->type : SMK_FIELD_TEXT;
    if (type == SMK_FIELD_CHOICE && is_text)
        put_choice(w, smk_span_str(value));
    else if (type == SMK_FIELD_BILINGUAL && is_map)
        put_languages(w, value);
    else if (type == SMK_FIELD_REFERENCE)
        put_reference(w, value);
    else if (type == SMK_FIELD_TALLY && is_map)
        put_tally(w, value);
    else if (is_text)
        put_span(w, smk_span_str(value));
    else
        put_json(w, value);
}

void smk_value_shown(const struct smk_loaded *l, const struct smk_field *rule, struct smk_bytes value,
                     enum smk_language language, char *ret_text, size_t room)
{
    struct writer w = {.l = l, .rule = rule, .language = language, .text = ret_text, .room = room};
    struct smk_span_iter it = smk_span_each(value);
    struct smk_bytes item;
    ret_text[0] = '\0';
    if (smk_span_type(value) != SMK_VALUE_ARRAY) {
        put_item(&w, value);
        return;
    }
    for (bool is_first = true; smk_span_next(&it, NULL, &item); is_first = false) {
        put(&w, is_first ? "" : ", ");
        put_item(&w, item);
    }
}
