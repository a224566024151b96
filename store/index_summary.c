#include "store/index_summary.h"

#include "proto/hash.h"
#include "proto/mem.h"

#include <string.h>

enum {
    FACETS_MAX = 256,
    TEXT_BYTES_MAX = SMK_ICU_TEXT_BYTES_MAX,
    PLACE_DIGITS_MIN = 2,
    PLACE_DIGITS_MAX = 8,
};

void smk_index_summary_deinit(struct smk_index_summary *s)
{
    smk_buf_deinit(&s->row);
    smk_buf_deinit(&s->text);
}

/* ---- what is gathered from the fields of a document ---- */

struct gathering {
    struct smk_buf *text;
    struct smk_index_filter facet[FACETS_MAX]; /* BORROW from the payloads */
    size_t facet_count;
};

static void add_facet(struct gathering *g, enum smk_facet facet, struct smk_bytes value)
{
    bool is_plain = value.len <= SMK_INDEX_VALUE_BYTES_MAX;
    for (size_t i = 0; is_plain && i < value.len; i++)
        is_plain = value.data[i] != 0;
    if (!is_plain) /* no value of ours: nobody asks for it */
        return;
    for (size_t i = 0; i < g->facet_count; i++)
        if (g->facet[i].facet == facet && smk_bytes_is_equal(g->facet[i].value, value))
            return;
    if (g->facet_count < FACETS_MAX)
        g->facet[g->facet_count++] = (struct smk_index_filter){facet, value};
}

/* The place itself, and all that it lies in. */
static void add_place(struct gathering *g, struct smk_bytes code)
{
    for (size_t i = 0; i < code.len; i++)
        if (code.data[i] < '0' || code.data[i] > '9')
            return;
    for (size_t len = PLACE_DIGITS_MIN; len <= code.len && len <= PLACE_DIGITS_MAX; len += 2)
        add_facet(g, SMK_FACET_PLACE, (struct smk_bytes){code.data, len});
}

static void add_text(struct gathering *g, struct smk_bytes text)
{
    if (text.len == 0 || g->text->len + text.len + 2 > TEXT_BYTES_MAX)
        return; /* what does not fit any more is not found */
    smk_buf_write_bytes(g->text, text);
    smk_buf_write_u8(g->text, SMK_TEXT_FIELD_END);
}

static void add_texts_of_map(struct gathering *g, struct smk_bytes map)
{
    struct smk_span_iter it = smk_span_each(map);
    struct smk_bytes key, value;
    while (smk_span_next(&it, &key, &value))
        add_text(g, smk_span_str(value));
}

static bool is_named(const struct smk_field *rule, const char *begin)
{
    return strncmp(rule->name, begin, strlen(begin)) == 0;
}

static void gather(struct gathering *g, const struct smk_field *rule, struct smk_bytes value);

static void gather_parts(struct gathering *g, const struct smk_field *rule, struct smk_bytes map)
{
    for (size_t i = 0; i < rule->part_count; i++)
        gather(g, &rule->part[i], smk_span_find(map, rule->part[i].name));
}

static void gather_one(struct gathering *g, const struct smk_field *rule, struct smk_bytes value)
{
    switch (rule->type) {
    case SMK_FIELD_TEXT: add_text(g, smk_span_str(value)); break;
    case SMK_FIELD_BILINGUAL:
    case SMK_FIELD_ANSWERS: add_texts_of_map(g, value); break;
    case SMK_FIELD_GROUP: gather_parts(g, rule, value); break;
    case SMK_FIELD_AREA: add_place(g, smk_span_str(value)); break;
    case SMK_FIELD_SLUG:
        if (strcmp(rule->kind, "organisation") == 0)
            add_facet(g, SMK_FACET_ORG, smk_span_str(value));
        break;
    case SMK_FIELD_CHOICE:
        if (is_named(rule, "mechanism"))
            add_facet(g, SMK_FACET_MECHANISM, smk_span_str(value));
        break;
    case SMK_FIELD_NAME:
        if (strcmp(rule->name, "ref") == 0)
            add_text(g, smk_span_str(value));
        if (strcmp(rule->name, "theme") == 0)
            add_facet(g, SMK_FACET_THEME, smk_span_str(value));
        break;
    case SMK_FIELD_INTEGER:
    case SMK_FIELD_AMOUNT:
    case SMK_FIELD_DATE:
    case SMK_FIELD_TALLY:
    case SMK_FIELD_REFERENCE:
    case SMK_FIELD_SHA256:
    case SMK_FIELD_PROVENANCE: break;
    }
}

/* Groups inside groups are as deep as the table of fields. */
static void gather(struct gathering *g, const struct smk_field *rule, struct smk_bytes value)
{
    struct smk_span_iter it = smk_span_each(value);
    struct smk_bytes item;
    if (value.len == 0 || smk_span_type(value) == SMK_VALUE_NIL)
        return;
    if ((rule->flags & SMK_FIELD_IS_LIST) == 0) {
        gather_one(g, rule, value);
        return;
    }
    while (!it.is_map && smk_span_next(&it, NULL, &item))
        gather_one(g, rule, item);
}

static void gather_values(struct gathering *g, struct smk_fold *f, const struct smk_fold_doc *doc,
                          const struct smk_field *rule)
{
    struct smk_fold_value value[SMK_FOLD_VALUES_MAX];
    size_t count = smk_fold_values(f, doc, smk_bytes_of_text(rule->name), value);
    for (size_t i = 0; i < count; i++)
        gather(g, rule, value[i].value);
}

/* Of a type that this version does not know every text is taken, and what is called a title for its title. */
static const struct smk_field any_text = {.type = SMK_FIELD_BILINGUAL};

static const char *title_name(const struct smk_fold_doc *doc)
{
    return doc->kind != NULL ? doc->kind->title_field : "title";
}

static const struct smk_field *title_field(const struct smk_fold_doc *doc)
{
    const char *name = title_name(doc);
    return name != NULL && doc->kind != NULL
               ? smk_field_find(doc->kind->field, doc->kind->field_count, smk_bytes_of_text(name))
               : NULL;
}

static void gather_unknown(struct gathering *g, struct smk_fold *f, const struct smk_fold_doc *doc)
{
    struct smk_bytes name[SMK_FOLD_NAMES_MAX];
    struct smk_fold_value value[SMK_FOLD_VALUES_MAX];
    size_t names = smk_fold_names(doc, name);
    for (size_t i = 0; i < names; i++) {
        size_t count = smk_fold_values(f, doc, name[i], value);
        for (size_t k = 0; k < count; k++)
            gather_one(g, &any_text, value[k].value);
    }
}

static void gather_acts(struct gathering *g, const struct smk_fold_doc *doc)
{
    for (size_t i = 0; i < doc->act_count; i++) {
        const struct smk_fold_entry *e = doc->act[i];
        const struct smk_act_kind *kind = smk_act_kind_find(e->act.kind, e->act.act);
        for (size_t k = 0; kind != NULL && e->reason == SMK_REASON_COUNTS && k < kind->field_count; k++) {
            const struct smk_field *rule = &kind->field[k];
            bool is_text = rule->type == SMK_FIELD_TEXT || rule->type == SMK_FIELD_BILINGUAL ||
                           rule->type == SMK_FIELD_GROUP;
            if (is_text) /* what an act says of places and organisations is its own matter */
                gather(g, rule, smk_span_find(e->act.fields, rule->name));
        }
    }
}

/* The title comes first, and an empty field behind it; then the other fields, then the acts. */
static void gather_all(struct gathering *g, struct smk_fold *f, const struct smk_fold_doc *doc)
{
    const struct smk_field *title = title_field(doc);
    if (title != NULL)
        gather_values(g, f, doc, title);
    smk_buf_write_u8(g->text, SMK_TEXT_FIELD_END);
    for (size_t i = 0; doc->kind != NULL && i < doc->kind->field_count; i++)
        if (&doc->kind->field[i] != title)
            gather_values(g, f, doc, &doc->kind->field[i]);
    if (doc->kind == NULL)
        gather_unknown(g, f, doc);
    gather_acts(g, doc);
}

/* ---- the row ---- */

/* Small letters and hex, for the time of the making of one row. */
struct spelling {
    char ref[SMK_NAME_LETTERS_MAX];
    char id[2 * SMK_DOC_ID_BYTES + 1];
};

static struct smk_bytes lower(struct smk_bytes text, char *to, size_t room)
{
    size_t len = text.len < room ? text.len : 0;
    for (size_t i = 0; i < len; i++)
        to[i] = text.data[i] >= 'A' && text.data[i] <= 'Z' ? (char)(text.data[i] - 'A' + 'a')
                                                           : (char)text.data[i];
    return (struct smk_bytes){(const uint8_t *)to, len};
}

static void add_own_facets(struct gathering *g, const struct smk_fold_doc *doc, const struct smk_doc_row *row,
                           struct spelling *s)
{
    const char *argument = smk_scope_argument(doc->scope);
    bool has_place = false;
    for (size_t i = 0; i < g->facet_count; i++)
        has_place = has_place || g->facet[i].facet == SMK_FACET_PLACE;
    if (!has_place && (doc->scope->kind == SMK_SCOPE_DM || doc->scope->kind == SMK_SCOPE_PROV))
        add_place(g, smk_bytes_of_text(argument));
    if (doc->scope->kind == SMK_SCOPE_ORG)
        add_facet(g, SMK_FACET_ORG, smk_bytes_of_text(argument));
    for (size_t i = 0; i < doc->edit_count; i++)
        if (doc->edit[i]->reason == SMK_REASON_COUNTS)
            add_facet(g, SMK_FACET_ORG, smk_bytes_of_text(doc->edit[i]->log->org.text));
    add_facet(g, SMK_FACET_ALL, (struct smk_bytes){0});
    add_facet(g, SMK_FACET_KIND, row->kind);
    add_facet(g, SMK_FACET_STATUS, doc->counts ? row->status : smk_bytes_of_text("not_counted"));
    if (row->ref.len > 0)
        add_facet(g, SMK_FACET_REF, lower(row->ref, s->ref, sizeof s->ref));
    smk_hex_format((struct smk_bytes){doc->id, sizeof doc->id}, s->id);
    add_facet(g, SMK_FACET_ID, smk_bytes_of_text(s->id));
}

static bool is_borne(enum smk_facet facet, struct smk_bytes value)
{
    return value.len > 0 || facet == SMK_FACET_ALL;
}

static void pack_facets(const struct gathering *g, struct smk_buf *b)
{
    size_t count = 0;
    for (size_t i = 0; i < g->facet_count; i++)
        count += is_borne(g->facet[i].facet, g->facet[i].value);
    smk_pack_array(b, count);
    for (size_t i = 0; i < g->facet_count; i++)
        if (is_borne(g->facet[i].facet, g->facet[i].value))
            smk_index_pack_facet(b, g->facet[i].facet, g->facet[i].value);
}

/* Not longer than is kept, and no character cut in two. */
static struct smk_bytes cut_title(struct smk_bytes title)
{
    if (title.len <= SMK_INDEX_TITLE_BYTES_MAX)
        return title;
    title.len = SMK_INDEX_TITLE_BYTES_MAX;
    while (title.len > 0 && (title.data[title.len] & 0xc0) == 0x80)
        title.len--;
    return title;
}

static void set_title(struct smk_fold *f, const struct smk_fold_doc *doc, struct smk_doc_row *row)
{
    const char *name = title_name(doc);
    struct smk_bytes title = name != NULL ? smk_fold_first(f, doc, name) : (struct smk_bytes){0};
    row->title_en = cut_title(smk_span_str(smk_span_find(title, "en")));
    row->title_km = cut_title(smk_span_str(smk_span_find(title, "km")));
}

static void set_endorsement(const struct smk_fold_doc *doc, struct smk_doc_row *row)
{
    const struct smk_fold_entry *by_hand = smk_fold_newest_act(doc, "endorse");
    const struct smk_fold_entry *attested = smk_fold_newest_act(doc, "attest_endorsement");
    const struct smk_fold_entry *newest = by_hand != NULL ? by_hand : attested;
    row->endorsed = by_hand != NULL ? 1 : attested != NULL ? 2 : 0;
    row->note = newest != NULL ? newest->note : SMK_NOTE_NONE;
}

static struct smk_bytes date_of(struct smk_fold *f, const struct smk_fold_doc *doc, char ret_year[8])
{
    static const char *const field[] = {"date", "start"};
    for (size_t i = 0; i < sizeof field / sizeof field[0]; i++) {
        struct smk_bytes date = smk_span_str(smk_fold_first(f, doc, field[i]));
        if (date.len > 0 && date.len <= sizeof "2021-11-16" - 1)
            return date;
    }
    uint64_t year = smk_span_uint(smk_fold_first(f, doc, "year"));
    if (year < 1000 || year > 9999)
        return (struct smk_bytes){0};
    for (size_t i = 4; i-- > 0; year /= 10)
        ret_year[i] = (char)('0' + year % 10);
    return (struct smk_bytes){(const uint8_t *)ret_year, 4};
}

static void set_counts(struct smk_fold *f, const struct smk_fold_doc *doc, struct smk_doc_row *row)
{
    struct smk_bytes name[SMK_FOLD_NAMES_MAX];
    struct smk_fold_value value[SMK_FOLD_VALUES_MAX];
    for (size_t i = 0; i < doc->edit_count; i++)
        if (doc->edit[i]->reason == SMK_REASON_COUNTS && doc->edit[i]->time > row->touched)
            row->touched = doc->edit[i]->time;
    for (size_t i = 0; i < doc->act_count; i++)
        if (doc->act[i]->reason == SMK_REASON_COUNTS && doc->act[i]->time > row->touched)
            row->touched = doc->act[i]->time;
    size_t names = doc->edit_count > 1 ? smk_fold_names(doc, name) : 0;
    for (size_t i = 0; i < names; i++)
        row->conflicts += smk_fold_values(f, doc, name[i], value) > 1;
}

static void pack_heads(const struct smk_fold_doc *doc, struct smk_buf *b)
{
    size_t count = doc->head_count < SMK_TEXT_HEADS_MAX ? doc->head_count : SMK_TEXT_HEADS_MAX;
    smk_pack_array(b, count);
    for (size_t i = 0; i < count; i++)
        smk_pack_bin(b, SMK_BYTES(doc->head[i]->id));
}

enum smk_err smk_index_summarise(struct smk_index_language *l, struct smk_fold *f,
                                 const struct smk_fold_doc *doc, struct smk_index_summary *s)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf parts = {.max = SMK_INDEX_ROW_BYTES_MAX};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf sort = {.max = SMK_INDEX_ROW_BYTES_MAX};
    struct gathering g = {.text = &s->text};
    struct spelling spelling;
    char year[8];
    uint8_t hash[SMK_HASH_BYTES];
    struct smk_doc_row row = {.id = doc->id, .kind = doc->kind_name, .counts = doc->counts};
    s->row.max = SMK_INDEX_ROW_BYTES_MAX;
    s->text.max = TEXT_BYTES_MAX;
    smk_buf_reset(&s->row);
    smk_buf_reset(&s->text);
    row.scope = smk_scope_bytes(doc->scope);
    row.ref = smk_span_str(smk_fold_first(f, doc, "ref"));
    row.status = smk_bytes_of_text(smk_fold_status(doc));
    row.reason = doc->counts || doc->edit_count == 0 ? SMK_REASON_COUNTS : doc->edit[0]->reason;
    row.edit_count = doc->edit_count;
    row.act_count = doc->act_count;
    row.date = date_of(f, doc, year);
    set_title(f, doc, &row);
    set_endorsement(doc, &row);
    set_counts(f, doc, &row);
    gather_all(&g, f, doc);
    add_own_facets(&g, doc, &row, &spelling);
    pack_heads(doc, &parts);
    size_t heads = parts.len;
    pack_facets(&g, &parts);
    enum smk_err err =
        smk_index_sort_key(l, row.title_km.len > 0 ? row.title_km : row.title_en, row.ref, doc->id, &sort);
    if (err != SMK_OK || parts.err != SMK_OK)
        return err != SMK_OK ? err : parts.err;
    row.heads = (struct smk_bytes){parts.data, heads};
    row.facets = (struct smk_bytes){parts.data + heads, parts.len - heads};
    row.sort = smk_buf_view(&sort);
    smk_sha256(smk_buf_view(&s->text), (struct smk_bytes){0}, hash);
    row.print = (struct smk_bytes){hash, SMK_TAG_BYTES};
    smk_doc_row_write(&row, &s->row);
    return s->row.err != SMK_OK ? s->row.err : s->text.err;
}

/* ---- names ---- */

static void pack_slugs(const struct smk_field *rules, size_t rule_count, struct smk_bytes map,
                       struct smk_buf *b, size_t *count);

static void pack_slugs_of(const struct smk_field *rule, struct smk_bytes value, struct smk_buf *b,
                          size_t *count)
{
    struct smk_bytes slug = smk_span_str(value);
    if (rule->type == SMK_FIELD_GROUP)
        pack_slugs(rule->part, rule->part_count, value, b, count);
    if (rule->type != SMK_FIELD_SLUG || !smk_slug_is_valid(slug))
        return;
    smk_pack_str(b, slug);
    ++*count;
}

static void pack_slugs(const struct smk_field *rules, size_t rule_count, struct smk_bytes map,
                       struct smk_buf *b, size_t *count)
{
    for (size_t i = 0; i < rule_count; i++) {
        struct smk_bytes value = smk_span_find(map, rules[i].name), item;
        struct smk_span_iter it = smk_span_each(value);
        if ((rules[i].flags & SMK_FIELD_IS_LIST) == 0)
            pack_slugs_of(&rules[i], value, b, count);
        else
            while (!it.is_map && smk_span_next(&it, NULL, &item))
                pack_slugs_of(&rules[i], item, b, count);
    }
}

void smk_index_pack_names(const struct smk_fold_entry *e, struct smk_buf *b, size_t *count)
{
    if (e->is_act) {
        const struct smk_act_kind *kind = smk_act_kind_find(e->act.kind, e->act.act);
        if (kind != NULL)
            pack_slugs(kind->field, kind->field_count, e->act.fields, b, count);
        return;
    }
    const struct smk_kind *kind = smk_kind_find(e->edit.kind);
    if (kind != NULL)
        pack_slugs(kind->field, kind->field_count, e->edit.fields, b, count);
}
