/* Recommendations x where they stand; progress as it is reported against what others have verified; acceptance by
 * mechanism. */
#include "tools/report/facts.h"

#include <string.h>

/* ---- counting ---- */

enum { WITHOUT_REPORT = SMK_PROGRESS_WORDS, COLUMNS };

struct counts {
    uint64_t total;
    uint64_t by_status[COLUMNS];
    uint64_t verified, disputed, unchecked; /* of those that were reported */
};

static void count(const struct smk_facts *f, struct counts *c)
{
    size_t column = WITHOUT_REPORT;
    for (size_t i = 0; f->report != NULL && i < SMK_PROGRESS_WORDS; i++)
        if (smk_bytes_is_equal(f->status, smk_bytes_of_text(smk_progress_word[i])))
            column = i;
    c->total++;
    c->by_status[column]++;
    c->verified += f->check == SMK_CHECK_VERIFIED;
    c->disputed += f->check == SMK_CHECK_DISPUTED;
    c->unchecked += f->report != NULL && f->check == SMK_CHECK_NONE;
}

/* Walks the districts of a table: rows [*at, return) are of one. */
static size_t district_end(const struct smk_facts_table *t, size_t at)
{
    size_t end = at;
    while (end < t->count && smk_bytes_is_equal(t->row[end]->district, t->row[at]->district))
        end++;
    return end;
}

typedef void cells_fn(struct smk_report *r, const struct counts *c);

static void status_cells(struct smk_report *r, const struct counts *c)
{
    for (size_t i = 0; i < COLUMNS; i++)
        smk_html_cell_number(&r->html, c->by_status[i]);
}

static void check_cells(struct smk_report *r, const struct counts *c)
{
    smk_html_cell_number(&r->html, c->total - c->by_status[WITHOUT_REPORT]);
    smk_html_cell_number(&r->html, c->verified);
    smk_html_cell_number(&r->html, c->disputed);
    smk_html_cell_number(&r->html, c->unchecked);
}

/* One row a district, then their sum. */
static void summary(struct smk_report *r, const struct smk_facts_table *t, const enum smk_word *heads,
                    cells_fn *cells)
{
    struct smk_html *h = &r->html;
    struct counts sum = {0};
    smk_html_table(h, "wide", heads);
    for (size_t at = 0, end; at < t->count; at = end) {
        struct counts own = {0};
        end = district_end(t, at);
        for (size_t i = at; i < end; i++) {
            count(&t->row[i]->facts, &own);
            count(&t->row[i]->facts, &sum);
        }
        smk_html_raw(h, "<tr><td>");
        smk_html_place(h, t->row[at]->district);
        smk_html_raw(h, "</td>");
        smk_html_cell_number(h, own.total);
        cells(r, &own);
        smk_html_raw(h, "</tr>\n");
    }
    smk_html_raw(h, "<tr class=\"sum\"><td>");
    smk_html_word(h, SMK_WORD_SUM);
    smk_html_raw(h, "</td>");
    smk_html_cell_number(h, sum.total);
    cells(r, &sum);
    smk_html_raw(h, "</tr>\n");
    smk_html_table_end(h);
}

/* ---- district by district ---- */

typedef void row_fn(struct smk_report *r, const struct smk_facts_row *row);

static void details(struct smk_report *r, const struct smk_facts_table *t, const enum smk_word *heads,
                    row_fn *fn)
{
    struct smk_html *h = &r->html;
    for (size_t at = 0, end; at < t->count; at = end) {
        end = district_end(t, at);
        smk_html_raw(h, "<h2>");
        smk_html_place(h, t->row[at]->district);
        smk_html_raw(h, "</h2>\n");
        smk_html_table(h, "wide states", heads);
        for (size_t i = at; i < end; i++) {
            smk_html_raw(h, "<tr>");
            smk_facts_title_cells(r, t->row[i]);
            fn(r, t->row[i]);
            smk_html_raw(h, "</tr>\n");
        }
        smk_html_table_end(h);
    }
}

static void matrix_row(struct smk_report *r, const struct smk_facts_row *row)
{
    smk_facts_decision_cell(r, &row->facts);
    smk_facts_status_cell(r, &row->facts);
    smk_facts_check_cell(r, &row->facts);
}

static void progress_row(struct smk_report *r, const struct smk_facts_row *row)
{
    struct smk_html *h = &r->html;
    const struct smk_facts *f = &row->facts;
    smk_facts_status_cell(r, f);
    smk_html_raw(h, "<td>");
    if (f->report != NULL) {
        struct smk_bytes behalf = smk_span_str(smk_span_find(f->report->act.fields, "on_behalf_of"));
        smk_report_office(r, f->report->act.office);
        if (behalf.len > 0) {
            smk_html_raw(h, "<br/>");
            smk_html_word(h, SMK_WORD_ON_BEHALF);
            smk_html_raw(h, " ");
            smk_report_office(r, behalf);
        }
    }
    smk_html_raw(h, "</td>");
    smk_facts_check_cell(r, f);
}

typedef void body_fn(struct smk_report *r, const struct smk_facts_table *t);

/* A page about all recommendations. */
static enum smk_err write_page(struct smk_report *r, enum smk_word title, body_fn *body)
{
    struct smk_facts_table t;
    enum smk_err err = smk_facts_table_make(r, &t);
    if (err != SMK_OK)
        return err;
    smk_report_begin(r, title);
    if (t.count > 0)
        body(r, &t);
    else
        smk_report_nothing(r);
    smk_facts_table_deinit(&t);
    return smk_report_end(r);
}

static void matrix_body(struct smk_report *r, const struct smk_facts_table *t)
{
    static const enum smk_word sums[] = {
        SMK_WORD_DISTRICT, SMK_WORD_N_RECOMMENDATIONS, SMK_WORD_N_PLANNED, SMK_WORD_N_UNDERWAY,
        SMK_WORD_N_DONE,   SMK_WORD_N_STALLED,         SMK_WORD_N_DROPPED, SMK_WORD_N_WITHOUT_REPORT,
        SMK_WORD_NONE};
    static const enum smk_word heads[] = {SMK_WORD_N_NUMBER, SMK_WORD_RECOMMENDATION, SMK_WORD_DECISION,
                                          SMK_WORD_PROGRESS, SMK_WORD_CHECKED,        SMK_WORD_NONE};
    summary(r, t, sums, status_cells);
    details(r, t, heads, matrix_row);
}

enum smk_err smk_report_matrix(struct smk_report *r)
{
    return write_page(r, SMK_WORD_MATRIX, matrix_body);
}

static void progress_body(struct smk_report *r, const struct smk_facts_table *t)
{
    static const enum smk_word sums[] = {
        SMK_WORD_DISTRICT,   SMK_WORD_N_RECOMMENDATIONS, SMK_WORD_N_REPORTED, SMK_WORD_N_VERIFIED,
        SMK_WORD_N_DISPUTED, SMK_WORD_N_UNCHECKED,       SMK_WORD_NONE};
    static const enum smk_word heads[] = {SMK_WORD_N_NUMBER,    SMK_WORD_RECOMMENDATION, SMK_WORD_PROGRESS,
                                          SMK_WORD_REPORTED_BY, SMK_WORD_CHECKED,        SMK_WORD_NONE};
    summary(r, t, sums, check_cells);
    details(r, t, heads, progress_row);
}

enum smk_err smk_report_progress(struct smk_report *r)
{
    return write_page(r, SMK_WORD_PROGRESS_REPORT, progress_body);
}

/* ---- acceptance by mechanism ---- */

struct decided {
    uint64_t total, decided, by_word[SMK_DECISION_WORDS];
};

static struct decided decided_of(const struct smk_report *r, const struct smk_facts_table *t,
                                 const char *mechanism)
{
    struct decided d = {0};
    for (size_t i = 0; i < t->count; i++) {
        struct smk_bytes own = smk_span_str(smk_report_field(r, t->row[i]->doc, "mechanism"));
        if (mechanism != NULL && !smk_bytes_is_equal(own, smk_bytes_of_text(mechanism)))
            continue;
        d.total++;
        d.decided += t->row[i]->facts.decision.len > 0;
        for (size_t k = 0; k < SMK_DECISION_WORDS; k++)
            d.by_word[k] +=
                smk_bytes_is_equal(t->row[i]->facts.decision, smk_bytes_of_text(smk_decision_word[k]));
    }
    return d;
}

/* accepted and accepted_with_changes are the first two words */
static void decided_cells(struct smk_report *r, const struct decided *d)
{
    struct smk_html *h = &r->html;
    uint64_t accepted = d->by_word[0] + d->by_word[1];
    smk_html_cell_number(h, d->total);
    smk_html_cell_number(h, d->decided);
    for (size_t k = 0; k < SMK_DECISION_WORDS; k++)
        smk_html_cell_number(h, d->by_word[k]);
    smk_html_raw(h, "<td class=\"n\">");
    if (d->decided > 0) {
        smk_html_number(h, (accepted * 100 + d->decided / 2) / d->decided);
        smk_html_raw(h, "%");
    } else {
        smk_html_raw(h, "–");
    }
    smk_html_raw(h, "</td></tr>\n");
}

static void acceptance_body(struct smk_report *r, const struct smk_facts_table *t)
{
    static const enum smk_word heads[] = {SMK_WORD_MECHANISM,  SMK_WORD_N_RECOMMENDATIONS,
                                          SMK_WORD_N_DECIDED,  SMK_WORD_N_ACCEPTED,
                                          SMK_WORD_N_CHANGED,  SMK_WORD_N_DEFERRED,
                                          SMK_WORD_N_REFERRED, SMK_WORD_N_REFUSED,
                                          SMK_WORD_N_RATE,     SMK_WORD_NONE};
    struct smk_html *h = &r->html;
    const struct smk_field *rule = smk_field_find(
        t->row[0]->doc->kind->field, t->row[0]->doc->kind->field_count, smk_bytes_of_text("mechanism"));
    smk_html_table(h, "wide", heads);
    for (size_t i = 0; rule != NULL && rule->choices[i] != NULL; i++) {
        struct decided d = decided_of(r, t, rule->choices[i]);
        if (d.total == 0)
            continue;
        smk_html_raw(h, "<tr><td>");
        smk_html_choice(h, "mechanism", smk_bytes_of_text(rule->choices[i]));
        smk_html_raw(h, "</td>");
        decided_cells(r, &d);
    }
    struct decided all = decided_of(r, t, NULL);
    smk_html_raw(h, "<tr class=\"sum\"><td>");
    smk_html_word(h, SMK_WORD_SUM);
    smk_html_raw(h, "</td>");
    decided_cells(r, &all);
    smk_html_table_end(h);
    smk_html_raw(h, "<p class=\"note\">");
    smk_html_word(h, SMK_WORD_RATE_IS);
    smk_html_raw(h, "</p>\n");
}

enum smk_err smk_report_acceptance(struct smk_report *r)
{
    return write_page(r, SMK_WORD_ACCEPTANCE, acceptance_body);
}
