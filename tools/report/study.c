/* A case study, or a study report with the case studies that it joins. */
#include "tools/report/report.h"

#include "proto/totals_rows.h"

#include <string.h>

static void heading(struct smk_report *r, const char *kind, const char *field)
{
    smk_html_raw(&r->html, "<h2>");
    smk_html_label(&r->html, smk_label_field(kind, field), smk_bytes_of_text(field));
    smk_html_raw(&r->html, "</h2>\n");
}

static void paragraph(struct smk_report *r, const struct smk_fold_doc *doc, const char *field)
{
    struct smk_bytes text = smk_report_field(r, doc, field);
    if (smk_span_count(text) == 0)
        return;
    heading(r, doc->kind->name, field);
    smk_html_raw(&r->html, "<p>");
    smk_html_bilingual(&r->html, text);
    smk_html_raw(&r->html, "</p>\n");
}

static void respondents(struct smk_report *r, const struct smk_fold_doc *doc)
{
    heading(r, doc->kind->name, "respondents");
    smk_report_tally_table(r, smk_report_field(r, doc, "respondents"));
}

static void findings(struct smk_report *r, const struct smk_fold_doc *doc)
{
    static const enum smk_word heads[] = {SMK_WORD_N_NUMBER, SMK_WORD_FINDINGS, SMK_WORD_MECHANISM,
                                          SMK_WORD_NONE};
    struct smk_html *h = &r->html;
    struct smk_bytes item;
    uint64_t number = 0;
    struct smk_span_iter it = smk_span_each(smk_report_field(r, doc, "findings"));
    heading(r, doc->kind->name, "findings");
    smk_html_table(h, "", heads);
    while (smk_span_next(&it, NULL, &item)) {
        smk_html_raw(h, "<tr>");
        smk_html_cell_number(h, ++number);
        smk_html_raw(h, "<td>");
        smk_html_bilingual(h, smk_span_find(item, "text"));
        smk_html_raw(h, "<div class=\"note\">");
        smk_html_code(h, smk_span_str(smk_span_find(item, "id")));
        smk_html_raw(h, "</div></td><td>");
        if (smk_span_str(smk_span_find(item, "mechanism")).len > 0)
            smk_html_choice(h, "mechanism", smk_span_str(smk_span_find(item, "mechanism")));
        smk_html_raw(h, "</td></tr>\n");
    }
    smk_html_table_end(h);
}

static void case_study(struct smk_report *r, const struct smk_fold_doc *doc)
{
    static const char *const fact[] = {"district",    "year",    "lead_org",
                                       "compiled_by", "methods", "mechanisms_studied"};
    struct smk_html *h = &r->html;
    smk_html_raw(h, "<table class=\"facts\"><tbody>\n");
    for (size_t i = 0; i < sizeof fact / sizeof fact[0]; i++)
        smk_report_fact(r, doc, fact[i]);
    smk_html_fact(h, NULL, SMK_WORD_STATUS);
    smk_html_choice(h, "status", smk_bytes_of_text(smk_fold_status(doc)));
    smk_html_fact_end(h);
    smk_html_table_end(h);
    respondents(r, doc);
    findings(r, doc);
    smk_html_raw(h, "<table class=\"facts\"><tbody>\n");
    smk_report_fact(r, doc, "attachments");
    smk_report_fact(r, doc, "remarks");
    smk_html_table_end(h);
}

/* ---- the report that joins them ---- */

static const struct smk_fold_doc *study_of(const struct smk_report *r, struct smk_bytes item)
{
    struct smk_bytes id = smk_span_bin(item);
    if (id.len != SMK_DOC_ID_BYTES)
        return NULL;
    return smk_fold_find_doc(r->fold, smk_bytes_of_text("case_study"), id.data, NULL);
}

static void count_studies(struct smk_report *r, struct smk_bytes studies)
{
    struct smk_tally_sum here = {0}, said = {0};
    struct smk_bytes item;
    struct smk_span_iter it = smk_span_each(studies);
    while (smk_span_next(&it, NULL, &item)) {
        const struct smk_fold_doc *doc = study_of(r, item);
        if (doc != NULL && doc->counts && !smk_fold_is_withdrawn(doc))
            smk_sum_add_tally(&here, smk_report_field(r, doc, "respondents"));
    }
    smk_sum_add_tally(&said, smk_report_field(r, r->doc, "respondents"));
    smk_html_raw(&r->html, "<p>");
    smk_html_filled(&r->html, SMK_WORD_STUDIES_HERE, here.count, smk_span_count(studies));
    if (said.known > 0 && here.known == smk_span_count(studies) && said.total != here.total) {
        smk_html_raw(&r->html, " ");
        smk_html_filled(&r->html, SMK_WORD_SUMS_DIFFER, here.total, said.total);
    }
    smk_html_raw(&r->html, "</p>\n");
}

/* Each begins on a page of its own, with its own short name and id. */
static void joined_study(struct smk_report *r, const struct smk_fold_doc *doc, const char *id)
{
    struct smk_html *h = &r->html;
    struct smk_bytes ref =
        doc != NULL ? smk_span_str(smk_report_field(r, doc, "ref")) : smk_bytes_of_text("");
    smk_html_raw(h, "<section class=\"study\"><h1>");
    if (doc != NULL)
        smk_html_both(h, smk_report_field(r, doc, "title"));
    else
        smk_html_word(h, SMK_WORD_NOT_HERE);
    smk_html_raw(h, "</h1>\n<p class=\"note\">");
    smk_html_code(h, ref);
    smk_html_raw(h, " ");
    smk_html_code(h, smk_bytes_of_text(id));
    smk_html_raw(h, "</p>\n");
    if (doc != NULL)
        case_study(r, doc);
    smk_html_raw(h, "</section>\n");
}

static void study_report(struct smk_report *r)
{
    static const char *const fact[] = {"province", "year",    "lead_org",
                                       "project",  "methods", "mechanisms_studied"};
    struct smk_bytes studies = smk_report_field(r, r->doc, "case_studies"), item;
    char id[2 * SMK_DOC_ID_BYTES + 1];
    smk_html_raw(&r->html, "<table class=\"facts\"><tbody>\n");
    for (size_t i = 0; i < sizeof fact / sizeof fact[0]; i++)
        smk_report_fact(r, r->doc, fact[i]);
    smk_html_table_end(&r->html);
    paragraph(r, r->doc, "summary");
    respondents(r, r->doc);
    count_studies(r, studies);
    paragraph(r, r->doc, "findings_overview");
    paragraph(r, r->doc, "conclusions");
    paragraph(r, r->doc, "remarks");
    struct smk_span_iter it = smk_span_each(studies);
    while (smk_span_next(&it, NULL, &item)) {
        if (smk_span_bin(item).len != SMK_DOC_ID_BYTES)
            continue;
        smk_hex_format(smk_span_bin(item), id);
        joined_study(r, study_of(r, item), id);
    }
}

enum smk_err smk_report_study(struct smk_report *r)
{
    bool is_report = strcmp(r->doc->kind->name, "study_report") == 0;
    smk_report_begin(r, SMK_WORD_FINDINGS);
    if (is_report)
        study_report(r);
    else
        case_study(r, r->doc);
    return smk_report_end(r);
}
