/* Participants by event and sex: events, then meetings. */
#include "tools/report/report.h"

#include "proto/totals_rows.h"

#include <string.h>

static void gathering_row(struct smk_report *r, const struct smk_fold_doc *doc, struct smk_tally_sum *sum)
{
    struct smk_html *h = &r->html;
    struct smk_bytes tally = smk_report_participants_of(r, doc),
                     area = smk_span_str(smk_report_field(r, doc, "area"));
    struct smk_tally_sum own = {0};
    const char *list = strcmp(doc->kind->name, "event") == 0 ? "event_kind" : "meeting_kind";
    smk_sum_add_tally(&own, tally);
    smk_sum_add_tally(sum, tally);
    smk_html_raw(h, "<tr><td>");
    smk_html_date(h, smk_span_str(smk_report_field(r, doc, "date")));
    smk_html_raw(h, "</td><td>");
    smk_html_bilingual(h, smk_report_field(r, doc, "title"));
    smk_html_raw(h, "<div class=\"note\">");
    smk_html_choice(h, list, smk_span_str(smk_report_field(r, doc, "kind")));
    smk_html_raw(h, " · ");
    smk_html_code(h, smk_span_str(smk_report_field(r, doc, "ref")));
    smk_html_raw(h, "</div></td><td>");
    smk_html_place(h, area);
    smk_html_raw(h, "</td>");
    smk_report_sum_cells(r, &own);
    smk_html_raw(h, "</tr>\n");
}

static void gatherings(struct smk_report *r, const char *kind, enum smk_word title)
{
    static const enum smk_word heads[] = {SMK_WORD_DATE,    SMK_WORD_TITLE,   SMK_WORD_PLACE,
                                          SMK_WORD_N_TOTAL, SMK_WORD_N_WOMEN, SMK_WORD_SEX_RECORDED,
                                          SMK_WORD_NONE};
    struct smk_html *h = &r->html;
    struct smk_tally_sum sum = {0};
    smk_html_raw(h, "<h2>");
    smk_html_word(h, title);
    smk_html_raw(h, "</h2>\n");
    smk_html_table(h, "wide", heads);
    for (size_t i = 0; i < smk_fold_doc_count(r->fold); i++)
        if (smk_report_shows(r, smk_fold_doc_at(r->fold, i), kind))
            gathering_row(r, smk_fold_doc_at(r->fold, i), &sum);
    smk_html_raw(h, "<tr class=\"sum\"><td colspan=\"3\">");
    smk_html_word(h, SMK_WORD_SUM);
    smk_html_raw(h, "</td>");
    smk_report_sum_cells(r, &sum);
    smk_html_raw(h, "</tr>\n");
    smk_html_table_end(h);
}

enum smk_err smk_report_participants(struct smk_report *r)
{
    smk_report_begin(r, SMK_WORD_PARTICIPANTS);
    gatherings(r, "event", SMK_WORD_EVENTS);
    gatherings(r, "meeting", SMK_WORD_MEETINGS);
    return smk_report_end(r);
}
