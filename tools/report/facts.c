#include "tools/report/facts.h"

#include "proto/mem.h"
#include "proto/order.h"

#include <string.h>

const struct smk_fold_entry *smk_facts_acceptance(const struct smk_fold_doc *list)
{
    const struct smk_fold_entry *by_hand = smk_fold_newest_act(list, "accept");
    return by_hand != NULL ? by_hand : smk_fold_newest_act(list, "attest_acceptance");
}

const struct smk_fold_entry *smk_facts_endorsement(const struct smk_fold_doc *list)
{
    const struct smk_fold_entry *by_hand = smk_fold_newest_act(list, "endorse");
    return by_hand != NULL ? by_hand : smk_fold_newest_act(list, "attest_endorsement");
}

/* An item named twice counts as it is named last. */
static void find_decision(const struct smk_fold_entry *acceptance, struct smk_bytes id, struct smk_facts *f)
{
    struct smk_bytes item;
    struct smk_span_iter it = smk_span_each(smk_span_find(acceptance->act.fields, "items"));
    while (smk_span_next(&it, NULL, &item)) {
        if (!smk_bytes_is_equal(smk_span_bin(smk_span_find(item, "recommendation")), id))
            continue;
        f->decision = smk_span_str(smk_span_find(item, "decision"));
        f->due = smk_span_str(smk_span_find(item, "due"));
    }
}

static void find_check(const struct smk_fold_doc *recommendation, struct smk_facts *f)
{
    for (size_t i = 0; i < recommendation->act_count; i++) {
        const struct smk_fold_entry *e = recommendation->act[i];
        bool verifies = smk_bytes_is_equal(e->act.act, smk_bytes_of_text("verify_progress"));
        bool disputes = smk_bytes_is_equal(e->act.act, smk_bytes_of_text("dispute_progress"));
        struct smk_bytes about = smk_span_bin(smk_span_find(e->act.fields, "follow_up"));
        if (e->reason != SMK_REASON_COUNTS || (!verifies && !disputes) ||
            !smk_bytes_is_equal(about, SMK_BYTES(f->report->act.id)))
            continue;
        bool is_newer =
            f->checked_by == NULL || e->time > f->checked_by->time ||
            (e->time == f->checked_by->time && memcmp(e->id, f->checked_by->id, SMK_ID_BYTES) > 0);
        if (!is_newer)
            continue;
        f->checked_by = e;
        f->check = verifies ? SMK_CHECK_VERIFIED : SMK_CHECK_DISPUTED;
    }
}

static bool names(const struct smk_report *r, const struct smk_fold_doc *list, struct smk_bytes id)
{
    struct smk_bytes item;
    struct smk_span_iter it = smk_span_each(smk_report_field(r, list, "recommendations"));
    while (smk_span_next(&it, NULL, &item))
        if (smk_bytes_is_equal(smk_span_bin(item), id))
            return true;
    return false;
}

static bool is_list(const struct smk_fold_doc *doc)
{
    return doc->kind != NULL && doc->counts && !smk_fold_is_withdrawn(doc) &&
           strcmp(doc->kind->name, "joint_list") == 0 && !smk_fold_is_draft(doc);
}

void smk_facts_find(const struct smk_report *r, const struct smk_fold_doc *recommendation,
                    struct smk_facts *ret_facts)
{
    struct smk_facts f = {.report = smk_fold_newest_act(recommendation, "report_progress")};
    struct smk_bytes id = SMK_BYTES(recommendation->id);
    const struct smk_fold_entry *newest = NULL;
    for (size_t i = r->list_first; i < r->list_end; i++) {
        const struct smk_fold_doc *list = smk_fold_doc_at(r->fold, i);
        const struct smk_fold_entry *acceptance = is_list(list) ? smk_facts_acceptance(list) : NULL;
        if (acceptance == NULL || !names(r, list, id) || (newest != NULL && newest->time > acceptance->time))
            continue;
        newest = acceptance;
        find_decision(acceptance, id, &f);
    }
    if (f.report != NULL) {
        f.status = smk_span_str(smk_span_find(f.report->act.fields, "status"));
        find_check(recommendation, &f);
    }
    *ret_facts = f;
}

bool smk_facts_is_overdue(const struct smk_report *r, const struct smk_facts *f)
{
    size_t len = f->due.len < 10 ? f->due.len : 10;
    bool is_over = smk_bytes_is_equal(f->status, smk_bytes_of_text("done")) ||
                   smk_bytes_is_equal(f->status, smk_bytes_of_text("dropped"));
    return smk_date_is_valid(f->due) && !is_over && memcmp(f->due.data, r->today, len) < 0;
}

/* ---- all of them ---- */

static int compare_rows(const void *a, const void *b)
{
    const struct smk_facts_row *left = a, *right = b;
    int order = smk_bytes_compare(left->district, right->district);
    if (order == 0 && left->number != right->number)
        order = left->number < right->number ? -1 : 1;
    return order != 0 ? order : memcmp(left->doc->id, right->doc->id, SMK_DOC_ID_BYTES);
}

enum smk_err smk_facts_table_make(const struct smk_report *r, struct smk_facts_table *ret_table)
{
    size_t docs = smk_fold_doc_count(r->fold), count = 0;
    for (size_t i = 0; i < docs; i++)
        count += smk_report_shows(r, smk_fold_doc_at(r->fold, i), "recommendation");
    struct smk_facts_table t = {.row = smk_mem_array(count + 1, 2 * sizeof(void *)),
                                .all = smk_mem_array(count + 1, sizeof(struct smk_facts_row))};
    if (t.row == NULL || t.all == NULL) {
        smk_facts_table_deinit(&t);
        return SMK_ERR_NOMEM;
    }
    for (size_t i = 0; i < docs; i++) {
        const struct smk_fold_doc *doc = smk_fold_doc_at(r->fold, i);
        if (!smk_report_shows(r, doc, "recommendation"))
            continue;
        struct smk_facts_row *row = t.row[t.count] = &t.all[t.count];
        *row = (struct smk_facts_row){.doc = doc,
                                      .district = smk_span_str(smk_report_field(r, doc, "district")),
                                      .number = smk_span_uint(smk_report_field(r, doc, "number"))};
        smk_facts_find(r, doc, &row->facts);
        t.count++;
    }
    smk_order((const void **)t.row, (const void **)t.row + count + 1, t.count, compare_rows);
    *ret_table = t;
    return SMK_OK;
}

void smk_facts_table_deinit(struct smk_facts_table *t)
{
    smk_mem_free(t->row);
    smk_mem_free(t->all);
    *t = (struct smk_facts_table){0};
}

/* ---- cells ---- */

void smk_facts_title_cells(struct smk_report *r, const struct smk_facts_row *row)
{
    struct smk_html *h = &r->html;
    smk_html_cell_number(h, row->number);
    smk_html_raw(h, "<td>");
    smk_html_bilingual(h, smk_report_field(r, row->doc, "title"));
    smk_html_raw(h, "<div class=\"note\">");
    smk_html_code(h, smk_span_str(smk_report_field(r, row->doc, "ref")));
    smk_html_raw(h, "</div></td>");
}

void smk_facts_decision_cell(struct smk_report *r, const struct smk_facts *f)
{
    struct smk_html *h = &r->html;
    smk_html_raw(h, "<td>");
    if (f->decision.len > 0)
        smk_html_choice(h, "status", f->decision);
    else
        smk_html_word(h, SMK_WORD_NO_DECISION);
    if (f->due.len > 0) {
        smk_html_raw(h, "<br/>");
        smk_html_word(h, smk_facts_is_overdue(r, f) ? SMK_WORD_Q_OVERDUE : SMK_WORD_DUE);
        smk_html_raw(h, " ");
        smk_html_date(h, f->due);
    }
    smk_html_raw(h, "</td>");
}

void smk_facts_status_cell(struct smk_report *r, const struct smk_facts *f)
{
    struct smk_html *h = &r->html;
    struct smk_bytes percent = {0};
    if (f->report == NULL) {
        smk_html_cell_word(h, SMK_WORD_NO_REPORT);
        return;
    }
    percent = smk_span_find(f->report->act.fields, "percent");
    smk_html_raw(h, "<td>");
    smk_html_choice(h, "status", f->status);
    if (smk_span_type(percent) == SMK_VALUE_UINT) {
        smk_html_raw(h, " ");
        smk_html_number(h, smk_span_uint(percent));
        smk_html_raw(h, "%");
    }
    smk_html_raw(h, "<br/>");
    smk_html_date(h, smk_span_str(smk_span_find(f->report->act.fields, "date")));
    smk_html_raw(h, "</td>");
}

void smk_facts_check_cell(struct smk_report *r, const struct smk_facts *f)
{
    struct smk_html *h = &r->html;
    if (f->report == NULL) {
        smk_html_raw(h, "<td>–</td>");
        return;
    }
    smk_html_raw(h, "<td>");
    smk_html_word(h, f->check == SMK_CHECK_VERIFIED   ? SMK_WORD_IS_VERIFIED
                     : f->check == SMK_CHECK_DISPUTED ? SMK_WORD_IS_DISPUTED
                                                      : SMK_WORD_NOT_CHECKED);
    if (f->checked_by != NULL) {
        smk_html_raw(h, "<br/>");
        smk_html_date(h, smk_span_str(smk_span_find(f->checked_by->act.fields, "date")));
    }
    smk_html_raw(h, "</td>");
}
