/* The joint list of one district, for signature. */
#include "tools/report/facts.h"

#include <string.h>

/* ---- what stands above the table ---- */

/* The recommendation that an item of the list names; NULL when it is not here. */
static const struct smk_fold_doc *recommendation_of(const struct smk_report *r, struct smk_bytes item)
{
    struct smk_bytes id = smk_span_bin(item);
    return id.len == SMK_DOC_ID_BYTES
               ? smk_fold_find_doc(r->fold, smk_bytes_of_text("recommendation"), id.data, NULL)
               : NULL;
}

static void warn_of_conflicts(struct smk_report *r)
{
    struct smk_bytes item;
    size_t count = smk_report_count_conflicts(r, r->doc);
    struct smk_span_iter it = smk_span_each(smk_report_field(r, r->doc, "recommendations"));
    while (smk_span_next(&it, NULL, &item)) {
        const struct smk_fold_doc *doc = recommendation_of(r, item);
        count += doc != NULL ? smk_report_count_conflicts(r, doc) : 0;
    }
    if (count == 0)
        return;
    smk_html_raw(&r->html, "<p class=\"warn\">");
    smk_html_filled(&r->html, SMK_WORD_SEVERAL_VALUES, count, 0);
    smk_html_raw(&r->html, "</p>\n");
}

static void agreed_fact(struct smk_report *r, enum smk_word word, const struct smk_fold_entry *act)
{
    struct smk_html *h = &r->html;
    if (act == NULL)
        return;
    bool is_attested = memcmp(act->act.act.data, "attest_", 7) == 0;
    smk_html_fact(h, NULL, word);
    smk_html_date(h, smk_span_str(smk_span_find(act->act.fields, "date")));
    smk_html_raw(h, " · ");
    smk_html_choice(h, "status", smk_bytes_of_text(is_attested ? "attested" : "signed"));
    if (act->note == SMK_NOTE_EARLIER_VERSION) {
        smk_html_raw(h, " · ");
        smk_html_word(h, SMK_WORD_EARLIER_TEXT);
    }
    smk_html_fact_end(h);
}

static void write_facts(struct smk_report *r)
{
    struct smk_html *h = &r->html;
    smk_html_raw(h, "<table class=\"facts\"><tbody>\n");
    smk_report_fact(r, r->doc, "district");
    smk_report_fact(r, r->doc, "version");
    smk_report_fact(r, r->doc, "parties");
    smk_report_fact(r, r->doc, "negotiated_at");
    smk_html_fact(h, NULL, SMK_WORD_STATUS);
    smk_html_choice(h, "status", smk_bytes_of_text(smk_fold_status(r->doc)));
    smk_html_fact_end(h);
    agreed_fact(r, SMK_WORD_ENDORSED_ON, smk_facts_endorsement(r->doc));
    agreed_fact(r, SMK_WORD_ACCEPTED_ON, smk_facts_acceptance(r->doc));
    smk_html_table_end(h);
}

/* ---- the recommendations ---- */

static void part(struct smk_report *r, struct smk_bytes text)
{
    if (text.len == 0 || smk_span_count(text) == 0)
        return;
    smk_html_raw(&r->html, "<div class=\"note\">");
    smk_html_both(&r->html, text);
    smk_html_raw(&r->html, "</div>");
}

static void recommendation_row(struct smk_report *r, const struct smk_fold_doc *doc)
{
    struct smk_html *h = &r->html;
    struct smk_facts facts;
    smk_facts_find(r, doc, &facts);
    smk_html_cell_number(h, smk_span_uint(smk_report_field(r, doc, "number")));
    smk_html_raw(h, "<td><b>");
    smk_html_both(h, smk_report_field(r, doc, "title"));
    smk_html_raw(h, "</b>");
    part(r, smk_report_field(r, doc, "detail"));
    part(r, smk_report_field(r, doc, "expected_result"));
    smk_html_raw(h, "</td><td>");
    smk_report_office(r, smk_span_str(smk_report_field(r, doc, "responsible_office")));
    smk_html_raw(h, "</td><td>");
    smk_html_choice(h, "timeframe", smk_span_str(smk_report_field(r, doc, "timeframe")));
    smk_html_raw(h, "</td><td>");
    smk_html_both(h, smk_report_field(r, doc, "indicator"));
    smk_html_raw(h, "</td>");
    if (facts.decision.len > 0)
        smk_facts_decision_cell(r, &facts);
    else
        smk_html_raw(h, "<td></td>"); /* to be filled in by hand */
}

static void write_recommendations(struct smk_report *r)
{
    static const enum smk_word heads[] = {SMK_WORD_N_NUMBER, SMK_WORD_RECOMMENDATION, SMK_WORD_RESPONSIBLE,
                                          SMK_WORD_PERIOD,   SMK_WORD_INDICATOR,      SMK_WORD_DECISION,
                                          SMK_WORD_NONE};
    struct smk_html *h = &r->html;
    struct smk_bytes item;
    char id[2 * SMK_DOC_ID_BYTES + 1];
    struct smk_span_iter it = smk_span_each(smk_report_field(r, r->doc, "recommendations"));
    smk_html_table(h, "wide list", heads);
    while (smk_span_next(&it, NULL, &item)) {
        const struct smk_fold_doc *doc = recommendation_of(r, item);
        smk_html_raw(h, "<tr>");
        if (doc != NULL) {
            recommendation_row(r, doc);
        } else if (smk_span_bin(item).len == SMK_DOC_ID_BYTES) {
            smk_hex_format(smk_span_bin(item), id);
            smk_html_raw(h, "<td class=\"n\">?</td><td colspan=\"5\">");
            smk_html_code(h, smk_bytes_of_text(id));
            smk_html_raw(h, " ");
            smk_html_word(h, SMK_WORD_NOT_HERE);
            smk_html_raw(h, "</td>");
        }
        smk_html_raw(h, "</tr>\n");
    }
    smk_html_table_end(h);
}

/* ---- the signatures ---- */

static void blank_line(struct smk_report *r, enum smk_word word)
{
    smk_html_raw(&r->html, "<p class=\"line\">");
    smk_html_word(&r->html, word);
    smk_html_raw(&r->html, "</p>");
}

static void party_block(struct smk_report *r, struct smk_bytes slug)
{
    struct smk_html *h = &r->html;
    smk_html_raw(h, "<div class=\"party\"><p><b>");
    smk_report_organisation(r, slug);
    smk_html_raw(h, "</b></p>");
    smk_html_raw(h, "<div class=\"stamp\">");
    smk_html_word(h, SMK_WORD_STAMP);
    smk_html_raw(h, "</div>");
    blank_line(r, SMK_WORD_SIGNER_NAME);
    blank_line(r, SMK_WORD_SIGNER_POSITION);
    blank_line(r, SMK_WORD_SIGNED_ON);
    smk_html_raw(h, "</div>\n");
}

static void write_signatures(struct smk_report *r)
{
    struct smk_bytes item;
    struct smk_span_iter it = smk_span_each(smk_report_field(r, r->doc, "parties"));
    smk_html_raw(&r->html, "<h2>");
    smk_html_words(&r->html, SMK_WORD_SIGNATURES);
    smk_html_raw(&r->html, "</h2>\n<p class=\"keep\">");
    smk_html_word(&r->html, SMK_WORD_TODAY_LINE);
    smk_html_raw(&r->html, "</p>\n<div class=\"parties\">\n");
    while (smk_span_next(&it, NULL, &item))
        party_block(r, smk_span_str(item));
    smk_html_raw(&r->html, "</div>\n");
}

enum smk_err smk_report_list(struct smk_report *r)
{
    smk_report_begin(r, SMK_WORD_LIST_FOR_SIGNATURE);
    warn_of_conflicts(r);
    write_facts(r);
    write_recommendations(r);
    write_signatures(r);
    return smk_report_end(r);
}
