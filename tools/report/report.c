#include "tools/report/report.h"

#include "proto/totals_rows.h"
#include "tools/report/page.h"
#include "tools/when.h"

#include <stdio.h>
#include <string.h>

struct smk_bytes smk_report_field(const struct smk_report *r, const struct smk_fold_doc *doc,
                                  const char *field)
{
    return smk_fold_first(r->fold, doc, field);
}

void smk_report_open(struct smk_report *r)
{
    struct smk_bytes lists = smk_bytes_of_text("joint_list");
    for (size_t i = 0; i < smk_fold_doc_count(r->fold); i++) {
        if (!smk_bytes_is_equal(smk_fold_doc_at(r->fold, i)->kind_name, lists))
            continue;
        r->list_first = r->list_end == 0 ? i : r->list_first;
        r->list_end = i + 1;
    }
}

void smk_report_deinit(struct smk_report *r)
{
    smk_html_deinit(&r->html);
}

/* ---- which documents ---- */

static bool lies_in(const struct smk_report *r, const struct smk_fold_doc *doc)
{
    const char *field = doc->kind->area_field;
    size_t len = strlen(r->area);
    struct smk_bytes area = {0};
    if (len == 0)
        return true;
    if (field != NULL)
        area = smk_span_str(smk_report_field(r, doc, field));
    return area.len >= len && memcmp(area.data, r->area, len) == 0;
}

bool smk_report_shows(const struct smk_report *r, const struct smk_fold_doc *doc, const char *kind)
{
    return doc->counts && !smk_fold_is_withdrawn(doc) && doc->kind != NULL &&
           strcmp(doc->kind->name, kind) == 0 && !smk_fold_is_draft(doc) &&
           smk_fold_find_doc(r->fold, doc->kind_name, doc->id, NULL) == doc && lies_in(r, doc);
}

size_t smk_report_count_conflicts(const struct smk_report *r, const struct smk_fold_doc *doc)
{
    struct smk_bytes name[SMK_FOLD_NAMES_MAX];
    struct smk_fold_value value[SMK_FOLD_VALUES_MAX];
    size_t names = smk_fold_names(doc, name), count = 0;
    for (size_t i = 0; i < names; i++)
        count += smk_fold_values(r->fold, doc, name[i], value) > 1;
    return count;
}

/* ---- head and foot ---- */

enum { FOOT_LETTERS_MAX = 768, SHORT_HASH_BYTES = 8 };

/* What ties a printed page to the record: its short name, edits, the fingerprint of its text, its id. */
struct identity {
    bool is_whole;
    uint64_t version;
    char hash[2 * SHORT_HASH_BYTES + 1];
    char id[2 * SMK_DOC_ID_BYTES + 1];
};

static enum smk_err identify(const struct smk_report *r, struct identity *ret_identity)
{
    struct smk_buf text = {.max = SMK_HTML_BYTES_MAX};
    uint8_t about[SMK_HASH_BYTES];
    struct identity own = {.version = smk_span_uint(smk_report_field(r, r->doc, "version"))};
    if (own.version == 0)
        own.version = r->doc->edit_count;
    smk_hex_format(SMK_BYTES(r->doc->id), own.id);
    enum smk_err err = smk_fold_text(r->fold, r->doc, &text, NULL);
    own.is_whole = err == SMK_OK && text.err == SMK_OK;
    if (own.is_whole) {
        smk_text_about(smk_buf_view(&text), about);
        smk_hex_format((struct smk_bytes){about, SHORT_HASH_BYTES}, own.hash);
    }
    smk_buf_deinit(&text);
    *ret_identity = own;
    return err == SMK_ERR_NOMEM ? err : SMK_OK;
}

/* The newest thing that the fold knows of, as a day. */
static void newest_day(const struct smk_report *r, char ret_day[11])
{
    struct smk_when when;
    uint64_t newest = 0;
    for (size_t i = 0; i < smk_fold_entry_count(r->fold); i++) {
        const struct smk_fold_entry *e = smk_fold_entry_at(r->fold, i);
        newest = e->time > newest ? e->time : newest;
    }
    (void)snprintf(ret_day, 11, "%.10s", newest > 0 ? smk_when_shown(smk_time_ms(newest), &when) : "");
}

static struct smk_bytes ref_of(const struct smk_report *r)
{
    return smk_span_str(smk_report_field(r, r->doc, "ref"));
}

static void say_identity(struct smk_report *r, const struct identity *own, char foot[FOOT_LETTERS_MAX])
{
    struct smk_html *h = &r->html;
    struct smk_bytes ref = ref_of(r);
    (void)snprintf(foot, FOOT_LETTERS_MAX, "%.*s%s%s %llu · %s · %s", (int)(ref.len < 64 ? ref.len : 64),
                   ref.len > 0 ? (const char *)ref.data : "", ref.len > 0 ? " · " : "",
                   smk_word_text(SMK_WORD_VERSION, h->language), (unsigned long long)own->version,
                   own->is_whole ? own->hash : "-", own->id);
}

static void write_identity(struct smk_report *r, const struct identity *own)
{
    struct smk_html *h = &r->html;
    smk_html_raw(h, "<p class=\"note\">");
    if (ref_of(r).len > 0) {
        smk_html_code(h, ref_of(r));
        smk_html_raw(h, " · ");
    }
    smk_html_word(h, SMK_WORD_VERSION);
    smk_html_raw(h, " ");
    smk_html_number(h, own->version);
    smk_html_raw(h, " · ");
    smk_html_word(h, SMK_WORD_TEXT_HASH);
    smk_html_raw(h, " ");
    smk_html_code(h, smk_bytes_of_text(own->is_whole ? own->hash : "-"));
    smk_html_raw(h, "<br/>");
    smk_html_word(h, SMK_WORD_RECORD);
    smk_html_raw(h, " ");
    smk_html_code(h, smk_bytes_of_text(own->id));
    smk_html_raw(h, "</p>\n");
}

/* The day that it is taken for, the newest record. */
static void write_days(struct smk_report *r)
{
    struct smk_html *h = &r->html;
    char newest[11];
    newest_day(r, newest);
    smk_html_raw(h, "<p class=\"note\">");
    smk_html_word(h, SMK_WORD_AS_OF);
    smk_html_raw(h, " ");
    smk_html_date(h, smk_bytes_of_text(r->today));
    if (newest[0] != '\0') {
        smk_html_raw(h, " · ");
        smk_html_word(h, SMK_WORD_NEWEST);
        smk_html_raw(h, " ");
        smk_html_date(h, smk_bytes_of_text(newest));
    }
    if (r->area[0] != '\0') {
        smk_html_raw(h, " · ");
        smk_html_place(h, smk_bytes_of_text(r->area));
    }
    smk_html_raw(h, "</p>\n");
}

void smk_report_begin(struct smk_report *r, enum smk_word title)
{
    struct smk_html *h = &r->html;
    struct identity own = {0};
    struct smk_bytes name = smk_bytes_of_text(smk_word_text(title, h->language));
    char foot[FOOT_LETTERS_MAX];
    if (r->doc != NULL) {
        h->b.err = identify(r, &own);
        say_identity(r, &own, foot);
    } else {
        (void)snprintf(foot, sizeof foot, "%s · %s", (const char *)name.data, r->today);
    }
    smk_page_begin(h, r->doc != NULL && ref_of(r).len > 0 ? ref_of(r) : name, smk_bytes_of_text(foot));
    smk_html_raw(h, "<div class=\"head\"><h1>");
    if (r->doc == NULL || r->doc->kind->title_field == NULL)
        smk_html_words(h, title);
    else
        smk_html_both(h, smk_report_field(r, r->doc, r->doc->kind->title_field));
    smk_html_raw(h, "</h1>\n");
    if (r->doc != NULL)
        write_identity(r, &own);
    else
        write_days(r);
    smk_html_raw(h, "</div>\n");
    if (r->doc != NULL && !own.is_whole) {
        smk_html_raw(h, "<p class=\"warn\">");
        smk_html_word(h, SMK_WORD_NOT_WHOLE);
        smk_html_raw(h, "</p>\n");
    }
}

enum smk_err smk_report_end(struct smk_report *r)
{
    smk_page_end(&r->html);
    return r->html.b.err;
}

void smk_report_nothing(struct smk_report *r)
{
    smk_html_raw(&r->html, "<p>");
    smk_html_word(&r->html, SMK_WORD_NOTHING);
    smk_html_raw(&r->html, "</p>\n");
}

/* ---- names ---- */

static bool is_slug(struct smk_bytes text, struct smk_slug *ret_slug)
{
    return text.len > 0 && smk_slug_copy(text, ret_slug);
}

static void write_name(struct smk_report *r, const struct smk_bilingual *name, struct smk_bytes slug)
{
    if (name != NULL && (name->en[0] != '\0' || name->km[0] != '\0'))
        smk_html_name(&r->html, name);
    else
        smk_html_code(&r->html, slug);
}

void smk_report_organisation(struct smk_report *r, struct smk_bytes slug)
{
    struct smk_slug copy;
    const struct smk_organisation *o = NULL;
    if (is_slug(slug, &copy))
        o = smk_roster_organisation(smk_fold_roster(r->fold), copy.text);
    write_name(r, o != NULL ? &o->name : NULL, slug);
}

void smk_report_office(struct smk_report *r, struct smk_bytes slug)
{
    struct smk_slug copy;
    const struct smk_office *o = NULL;
    if (is_slug(slug, &copy))
        o = smk_roster_office(smk_fold_roster(r->fold), copy.text);
    write_name(r, o != NULL ? &o->title : NULL, slug);
}

/* ---- fields ---- */

static void write_reference(struct smk_report *r, const char *kind, struct smk_bytes id)
{
    char digits[2 * SMK_DOC_ID_BYTES + 1];
    const struct smk_fold_doc *doc = NULL;
    struct smk_bytes ref = {0};
    if (id.len != SMK_DOC_ID_BYTES)
        return;
    doc = smk_fold_find_doc(r->fold, smk_bytes_of_text(kind), id.data, NULL);
    if (doc != NULL)
        ref = smk_span_str(smk_report_field(r, doc, "ref"));
    smk_hex_format(id, digits);
    smk_html_code(&r->html, ref.len > 0 ? ref : smk_bytes_of_text(digits));
}

static void write_value(struct smk_report *r, const struct smk_field *rule, struct smk_bytes value)
{
    struct smk_html *h = &r->html;
    struct smk_bytes text = smk_span_str(value);
    switch (rule->type) {
    case SMK_FIELD_BILINGUAL: smk_html_bilingual(h, value); break;
    case SMK_FIELD_CHOICE: smk_html_label(h, smk_label_choice(rule, text), text); break;
    case SMK_FIELD_AREA: smk_html_place(h, text); break;
    case SMK_FIELD_DATE: smk_html_date(h, text); break;
    case SMK_FIELD_INTEGER: smk_html_number(h, smk_span_uint(value)); break;
    case SMK_FIELD_REFERENCE: write_reference(r, rule->kind, smk_span_bin(value)); break;
    case SMK_FIELD_SLUG:
        if (strcmp(rule->kind, "office") == 0)
            smk_report_office(r, text);
        else
            smk_report_organisation(r, text);
        break;
    case SMK_FIELD_TEXT: smk_html_text(h, text); break;
    default: smk_html_code(h, text); break;
    }
}

void smk_report_fact(struct smk_report *r, const struct smk_fold_doc *doc, const char *field)
{
    struct smk_html *h = &r->html;
    const struct smk_field *rule =
        smk_field_find(doc->kind->field, doc->kind->field_count, smk_bytes_of_text(field));
    struct smk_bytes value = smk_report_field(r, doc, field), item;
    bool is_first = true;
    if (rule == NULL || value.len == 0 || smk_span_type(value) == SMK_VALUE_NIL)
        return;
    smk_html_fact(h, smk_label_field(doc->kind->name, field), SMK_WORD_NONE);
    if ((rule->flags & SMK_FIELD_IS_LIST) == 0)
        write_value(r, rule, value);
    struct smk_span_iter it = smk_span_each(value);
    while ((rule->flags & SMK_FIELD_IS_LIST) != 0 && smk_span_next(&it, NULL, &item)) {
        smk_html_raw(h, is_first ? "" : "<br/>");
        write_value(r, rule, item);
        is_first = false;
    }
    smk_html_fact_end(h);
}

/* ---- tallies ---- */

void smk_report_sum_cells(struct smk_report *r, const struct smk_tally_sum *sum)
{
    struct smk_html *h = &r->html;
    if (sum->known > 0)
        smk_html_cell_number(h, sum->total);
    else
        smk_html_cell_unknown(h);
    if (sum->with_sex > 0 || (sum->known > 0 && sum->known == sum->count && sum->total == 0))
        smk_html_cell_number(h, sum->female);
    else
        smk_html_cell_unknown(h);
    smk_html_raw(h, "<td>");
    if (sum->known > 0 && sum->with_sex == 0 && sum->total > 0)
        smk_html_word(h, SMK_WORD_SEX_UNKNOWN);
    else if (sum->known > 0)
        smk_html_filled(h, SMK_WORD_OF_WITH_SEX, sum->with_sex, sum->total);
    if (sum->known < sum->count && sum->count > 1) {
        smk_html_raw(h, sum->known > 0 ? "<br/>" : "");
        smk_html_filled(h, SMK_WORD_WITHOUT_NUMBER, sum->count - sum->known, sum->count);
    }
    smk_html_raw(h, "</td>");
}

/* Which vocabulary the names of a breakdown are of. */
static const char *vocabulary_of(struct smk_bytes breakdown)
{
    static const char *const row[][2] = {{"by_type", "respondent_type"},
                                         {"by_age", "age_band"},
                                         {"by_disability", "disability"},
                                         {"by_method", "method"},
                                         {"by_category", "tally"}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        if (smk_bytes_is_equal(breakdown, smk_bytes_of_text(row[i][0])))
            return row[i][1];
    return "tally";
}

static void breakdown_row(struct smk_report *r, const char *vocabulary, struct smk_bytes name,
                          struct smk_bytes part)
{
    struct smk_html *h = &r->html;
    struct smk_tally_sum sum = {0};
    smk_sum_add_tally(&sum, part);
    smk_html_raw(h, "<tr><td>");
    smk_html_choice(h, vocabulary, name);
    smk_html_raw(h, "</td>");
    smk_report_sum_cells(r, &sum);
    smk_html_raw(h, "</tr>\n");
}

void smk_report_tally_table(struct smk_report *r, struct smk_bytes tally)
{
    static const enum smk_word heads[] = {SMK_WORD_WHAT, SMK_WORD_N_TOTAL, SMK_WORD_N_WOMEN,
                                          SMK_WORD_SEX_RECORDED, SMK_WORD_NONE};
    struct smk_html *h = &r->html;
    struct smk_span_iter it = smk_span_each(tally);
    struct smk_bytes key, parts, name, part;
    struct smk_tally_sum sum = {0};
    smk_sum_add_tally(&sum, tally);
    smk_html_table(h, "", heads);
    smk_html_raw(h, "<tr class=\"sum\"><td>");
    smk_html_word(h, SMK_WORD_SUM);
    smk_html_raw(h, "</td>");
    smk_report_sum_cells(r, &sum);
    smk_html_raw(h, "</tr>\n");
    while (smk_span_type(tally) == SMK_VALUE_MAP && smk_span_next(&it, &key, &parts)) {
        if (key.len < 3 || memcmp(key.data, "by_", 3) != 0)
            continue;
        smk_html_raw(h, "<tr><th colspan=\"4\">");
        smk_html_choice(h, "tally", key);
        smk_html_raw(h, "</th></tr>\n");
        struct smk_span_iter rows = smk_span_each(parts);
        while (smk_span_next(&rows, &name, &part))
            breakdown_row(r, vocabulary_of(key), name, part);
    }
    smk_html_table_end(h);
}

struct smk_bytes smk_report_participants_of(const struct smk_report *r, const struct smk_fold_doc *doc)
{
    bool is_meeting = strcmp(doc->kind->name, "meeting") == 0;
    const struct smk_fold_entry *act = smk_fold_newest_act(doc, is_meeting ? "record_minutes" : "record");
    struct smk_bytes tally = {0};
    if (act != NULL)
        tally = smk_span_find(act->act.fields, "participants");
    return tally.len > 0 ? tally : smk_report_field(r, doc, "participants");
}
