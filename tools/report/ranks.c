/* The ranked lists of workshops. */
#include "tools/report/facts.h"

#include "proto/mem.h"
#include "proto/order.h"

#include <string.h>

struct ranks {
    size_t count;
    const struct smk_fold_entry **act, **spare; /* one block */
};

static bool is_rank(const struct smk_report *r, const struct smk_fold_entry *e)
{
    return e->is_act && e->is_decoded && e->reason == SMK_REASON_COUNTS && e->doc != NULL &&
           smk_report_shows(r, e->doc, "recommendation") &&
           (smk_bytes_is_equal(e->act.act, smk_bytes_of_text("prioritise_provincial")) ||
            smk_bytes_is_equal(e->act.act, smk_bytes_of_text("prioritise_national")));
}

static struct smk_bytes meeting_of(const struct smk_fold_entry *e)
{
    return smk_span_bin(smk_span_find(e->act.fields, "meeting"));
}

static uint64_t rank_of(const struct smk_fold_entry *e)
{
    return smk_span_uint(smk_span_find(e->act.fields, "rank"));
}

static int compare_ranks(const void *a, const void *b)
{
    const struct smk_fold_entry *left = a, *right = b;
    int order = -smk_bytes_compare(left->act.act, right->act.act); /* the province before the nation */
    if (order == 0)
        order = smk_bytes_compare(meeting_of(left), meeting_of(right));
    if (order == 0 && rank_of(left) != rank_of(right))
        order = rank_of(left) < rank_of(right) ? -1 : 1;
    return order != 0 ? order : memcmp(left->act.id, right->act.id, SMK_DOC_ID_BYTES);
}

static enum smk_err gather(const struct smk_report *r, struct ranks *ret_ranks)
{
    size_t entries = smk_fold_entry_count(r->fold), count = 0;
    for (size_t i = 0; i < entries; i++)
        count += is_rank(r, smk_fold_entry_at(r->fold, i));
    struct ranks all = {.act = smk_mem_array(count + 1, 2 * sizeof(void *))};
    if (all.act == NULL)
        return SMK_ERR_NOMEM;
    all.spare = all.act + count + 1;
    for (size_t i = 0; i < entries; i++)
        if (is_rank(r, smk_fold_entry_at(r->fold, i)))
            all.act[all.count++] = smk_fold_entry_at(r->fold, i);
    smk_order((const void **)all.act, (const void **)all.spare, all.count, compare_ranks);
    *ret_ranks = all;
    return SMK_OK;
}

static void begin_meeting(struct smk_report *r, const struct smk_fold_entry *e)
{
    static const enum smk_word heads[] = {SMK_WORD_N_RANK,  SMK_WORD_RECOMMENDATION, SMK_WORD_DISTRICT,
                                          SMK_WORD_N_VOTES, SMK_WORD_METHOD,         SMK_WORD_NONE};
    struct smk_html *h = &r->html;
    struct smk_bytes id = meeting_of(e);
    const struct smk_fold_doc *meeting = NULL;
    if (id.len == SMK_DOC_ID_BYTES)
        meeting = smk_fold_find_doc(r->fold, smk_bytes_of_text("meeting"), id.data, NULL);
    smk_html_raw(h, "<h2>");
    smk_html_choice(h, "act", e->act.act);
    smk_html_raw(h, "</h2>\n<p>");
    if (meeting == NULL) {
        smk_html_word(h, SMK_WORD_MEETING);
        smk_html_raw(h, ": ");
        smk_html_word(h, SMK_WORD_NOT_HERE);
    } else {
        smk_html_bilingual(h, smk_report_field(r, meeting, "title"));
        smk_html_raw(h, " · ");
        smk_html_date(h, smk_span_str(smk_report_field(r, meeting, "date")));
        smk_html_raw(h, " · ");
        smk_html_code(h, smk_span_str(smk_report_field(r, meeting, "ref")));
    }
    smk_html_raw(h, "</p>\n");
    smk_html_table(h, "wide", heads);
}

static void rank_row(struct smk_report *r, const struct smk_fold_entry *e)
{
    struct smk_html *h = &r->html;
    struct smk_bytes votes = smk_span_find(e->act.fields, "votes");
    smk_html_raw(h, "<tr>");
    smk_html_cell_number(h, rank_of(e));
    smk_html_raw(h, "<td>");
    smk_html_bilingual(h, smk_report_field(r, e->doc, "title"));
    smk_html_raw(h, "<div class=\"note\">");
    smk_html_code(h, smk_span_str(smk_report_field(r, e->doc, "ref")));
    smk_html_raw(h, "</div></td><td>");
    smk_html_place(h, smk_span_str(smk_report_field(r, e->doc, "district")));
    smk_html_raw(h, "</td>");
    if (smk_span_type(votes) == SMK_VALUE_UINT)
        smk_html_cell_number(h, smk_span_uint(votes));
    else
        smk_html_raw(h, "<td class=\"n\">–</td>");
    smk_html_raw(h, "<td>");
    smk_html_choice(h, "ranking_method", smk_span_str(smk_span_find(e->act.fields, "method")));
    smk_html_raw(h, "</td></tr>\n");
}

enum smk_err smk_report_ranks(struct smk_report *r)
{
    struct ranks all;
    enum smk_err err = gather(r, &all);
    if (err != SMK_OK)
        return err;
    smk_report_begin(r, SMK_WORD_RANKS);
    for (size_t i = 0; i < all.count; i++) {
        const struct smk_fold_entry *e = all.act[i], *before = i > 0 ? all.act[i - 1] : NULL;
        bool is_first = before == NULL || !smk_bytes_is_equal(before->act.act, e->act.act) ||
                        !smk_bytes_is_equal(meeting_of(before), meeting_of(e));
        if (before != NULL && memcmp(before->act.id, e->act.id, SMK_DOC_ID_BYTES) == 0)
            continue; /* entered on two nodes under one id */
        if (is_first && before != NULL)
            smk_html_table_end(&r->html);
        if (is_first)
            begin_meeting(r, e);
        rank_row(r, e);
    }
    if (all.count > 0)
        smk_html_table_end(&r->html);
    else
        smk_report_nothing(r);
    smk_mem_free(all.act);
    return smk_report_end(r);
}
