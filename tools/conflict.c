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
    char *text;
    size_t len, room;
};

static void put(struct writer *w, const char *text)
{
    if (w->len + 1 >= w->room)
        return;
    smk_text_safe(smk_bytes_of_text(text), w->room - 1 - w->len, w->text + w->len);
    w->len += strlen(w->text + w->len);
}

static void put_span(struct writer *w, struct smk_bytes text)
{
    if (w->len + 1 >= w->room)
        return;
    smk_text_safe(text, w->room - 1 - w->len, w->text + w->len);
    w->len += strlen(w->text + w->len);
}

static void put_json(struct writer *w, struct smk_bytes value)
{
    json_t *json = smk_json_span(value);
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    put(w, text != NULL ? text : "?");
    free(text);
    json_decref(json);
}

static void put_item(struct writer *w, const struct smk_field *rule, struct smk_bytes value,
                     enum smk_language language)
{
    struct smk_bytes text = smk_span_str(value);
    if (rule != NULL && rule->type == SMK_FIELD_CHOICE && smk_span_type(value) == SMK_VALUE_STR) {
        const struct smk_label *label = smk_label_choice(rule, text);
        if (label != NULL)
            put(w, smk_label_text(label, language, ""));
        else
            put_span(w, text);
        return;
    }
    if (rule != NULL && rule->type == SMK_FIELD_BILINGUAL && smk_span_type(value) == SMK_VALUE_MAP) {
        struct smk_bytes en = smk_span_str(smk_span_find(value, "en"));
        struct smk_bytes km = smk_span_str(smk_span_find(value, "km"));
        put_span(w, language == SMK_KHMER ? km : en);
        put(w, en.len > 0 && km.len > 0 ? " / " : "");
        put_span(w, language == SMK_KHMER ? en : km);
        return;
    }
    if (smk_span_type(value) == SMK_VALUE_STR)
        put_span(w, text);
    else
        put_json(w, value);
}

void smk_value_shown(const struct smk_field *rule, struct smk_bytes value, enum smk_language language,
                     char *ret_text, size_t room)
{
    struct writer w = {.text = ret_text, .room = room};
    struct smk_span_iter it = smk_span_each(value);
    struct smk_bytes item;
    ret_text[0] = '\0';
    if (smk_span_type(value) != SMK_VALUE_ARRAY) {
        put_item(&w, rule, value, language);
        return;
    }
    for (bool is_first = true; smk_span_next(&it, NULL, &item); is_first = false) {
        put(&w, is_first ? "" : ", ");
        put_item(&w, rule, item, language);
    }
}
