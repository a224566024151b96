/* What is missing in the data: people without sex or number, no place, no date, several values, what is overdue. */
#include "tools/report/facts.h"

#include "proto/totals_rows.h"

#include <string.h>

/* What is wrong with a document; how_many: persons or fields, 0 = that does not apply. */
typedef bool lacks_fn(struct smk_report *r, const struct smk_fold_doc *doc, uint64_t *ret_how_many);

static bool is_kind(const struct smk_fold_doc *doc, const char *kind)
{
    return strcmp(doc->kind->name, kind) == 0;
}

static bool has_people(const struct smk_fold_doc *doc)
{
    return is_kind(doc, "case_study") || is_kind(doc, "event") || is_kind(doc, "meeting");
}

static struct smk_tally_sum people_of(struct smk_report *r, const struct smk_fold_doc *doc)
{
    struct smk_tally_sum sum = {0};
    smk_sum_add_tally(&sum, is_kind(doc, "case_study") ? smk_report_field(r, doc, "respondents")
                                                       : smk_report_participants_of(r, doc));
    return sum;
}

static bool lacks_sex(struct smk_report *r, const struct smk_fold_doc *doc, uint64_t *ret_how_many)
{
    struct smk_bytes sex = smk_span_str(smk_report_field(r, doc, "sex"));
    if (is_kind(doc, "interview")) {
        *ret_how_many = 1;
        return !smk_bytes_is_equal(sex, smk_bytes_of_text("female")) &&
               !smk_bytes_is_equal(sex, smk_bytes_of_text("male"));
    }
    if (!has_people(doc))
        return false;
    struct smk_tally_sum sum = people_of(r, doc);
    *ret_how_many = sum.total - sum.with_sex;
    return sum.total > sum.with_sex;
}

static bool lacks_number(struct smk_report *r, const struct smk_fold_doc *doc, uint64_t *ret_how_many)
{
    *ret_how_many = 0;
    return has_people(doc) && people_of(r, doc).known == 0;
}

static bool lacks_place(struct smk_report *r, const struct smk_fold_doc *doc, uint64_t *ret_how_many)
{
    const char *field = doc->kind->area_field;
    struct smk_bytes level = smk_span_str(smk_report_field(r, doc, "level")), area = {0};
    *ret_how_many = 0;
    if (field == NULL || is_kind(doc, "study_report") ||
        smk_bytes_is_equal(level, smk_bytes_of_text("national")))
        return false;
    area = smk_span_str(smk_report_field(r, doc, field));
    area.len = area.len > 6 ? 6 : area.len; /* of villages the gazetteer has the commune */
    return !smk_html_knows_place(area);
}

static bool lacks_date(struct smk_report *r, const struct smk_fold_doc *doc, uint64_t *ret_how_many)
{
    *ret_how_many = 0;
    return (is_kind(doc, "event") || is_kind(doc, "meeting")) &&
           smk_span_str(smk_report_field(r, doc, "date")).len == 0;
}

static bool has_several(struct smk_report *r, const struct smk_fold_doc *doc, uint64_t *ret_how_many)
{
    *ret_how_many = smk_report_count_conflicts(r, doc);
    return *ret_how_many > 0;
}

static bool is_overdue(struct smk_report *r, const struct smk_fold_doc *doc, uint64_t *ret_how_many)
{
    struct smk_facts facts;
    *ret_how_many = 0;
    if (!is_kind(doc, "recommendation"))
        return false;
    smk_facts_find(r, doc, &facts);
    return smk_facts_is_overdue(r, &facts);
}

/* accepted and accepted_with_changes are the first two words */
static bool lacks_report(struct smk_report *r, const struct smk_fold_doc *doc, uint64_t *ret_how_many)
{
    struct smk_facts facts;
    *ret_how_many = 0;
    if (!is_kind(doc, "recommendation"))
        return false;
    smk_facts_find(r, doc, &facts);
    return facts.report == NULL &&
           (smk_bytes_is_equal(facts.decision, smk_bytes_of_text(smk_decision_word[0])) ||
            smk_bytes_is_equal(facts.decision, smk_bytes_of_text(smk_decision_word[1])));
}

/* ---- the lists ---- */

static void title_of(struct smk_report *r, const struct smk_fold_doc *doc)
{
    if (doc->kind->title_field != NULL)
        smk_html_bilingual(&r->html, smk_report_field(r, doc, doc->kind->title_field));
    else
        smk_html_choice(&r->html, "type", doc->kind_name);
}

static void lacking_row(struct smk_report *r, const struct smk_fold_doc *doc, uint64_t how_many)
{
    struct smk_html *h = &r->html;
    char id[2 * SMK_DOC_ID_BYTES + 1];
    struct smk_bytes ref = smk_span_str(smk_report_field(r, doc, "ref"));
    smk_hex_format(SMK_BYTES(doc->id), id);
    id[8] = '\0';
    smk_html_raw(h, "<tr><td>");
    smk_html_choice(h, "type", doc->kind_name);
    smk_html_raw(h, "</td><td>");
    smk_html_code(h, ref.len > 0 ? ref : smk_bytes_of_text(id));
    smk_html_raw(h, "</td><td>");
    title_of(r, doc);
    smk_html_raw(h, "</td>");
    if (how_many > 0)
        smk_html_cell_number(h, how_many);
    else
        smk_html_raw(h, "<td class=\"n\">–</td>");
    smk_html_raw(h, "</tr>\n");
}

static void lacking(struct smk_report *r, enum smk_word title, lacks_fn *lacks)
{
    static const enum smk_word heads[] = {SMK_WORD_KIND, SMK_WORD_DOCUMENT, SMK_WORD_TITLE,
                                          SMK_WORD_N_HOW_MANY, SMK_WORD_NONE};
    struct smk_html *h = &r->html;
    uint64_t documents = 0, how_many = 0;
    smk_html_raw(h, "<h2>");
    smk_html_word(h, title);
    smk_html_raw(h, "</h2>\n");
    for (size_t i = 0; i < smk_fold_doc_count(r->fold); i++) {
        const struct smk_fold_doc *doc = smk_fold_doc_at(r->fold, i);
        if (doc->kind == NULL || !smk_report_shows(r, doc, doc->kind->name) || !lacks(r, doc, &how_many))
            continue;
        if (documents++ == 0)
            smk_html_table(h, "wide lacking", heads);
        lacking_row(r, doc, how_many);
    }
    if (documents > 0) {
        smk_html_table_end(h);
        smk_html_raw(h, "<p class=\"note\">");
        smk_html_filled(h, SMK_WORD_Q_DOCUMENTS, documents, 0);
    } else {
        smk_html_raw(h, "<p>");
        smk_html_word(h, SMK_WORD_NOTHING_MISSING);
    }
    smk_html_raw(h, "</p>\n");
}

enum smk_err smk_report_quality(struct smk_report *r)
{
    smk_report_begin(r, SMK_WORD_QUALITY);
    lacking(r, SMK_WORD_Q_NO_SEX, lacks_sex);
    lacking(r, SMK_WORD_Q_NO_NUMBER, lacks_number);
    lacking(r, SMK_WORD_Q_NO_PLACE, lacks_place);
    lacking(r, SMK_WORD_Q_NO_DATE, lacks_date);
    lacking(r, SMK_WORD_Q_OVERDUE, is_overdue);
    lacking(r, SMK_WORD_Q_NO_REPORT, lacks_report);
    lacking(r, SMK_WORD_Q_SEVERAL, has_several);
    return smk_report_end(r);
}
