/* What was counted: tables of people and of documents. */
#include "tools/report/report.h"

#include "tools/totals_cells.h"

#include <string.h>

static void heading(struct smk_report *r, enum smk_word word)
{
    smk_html_raw(&r->html, "<h2>");
    smk_html_word(&r->html, word);
    smk_html_raw(&r->html, "</h2>\n");
}

/* ---- what is here ---- */

static void count_row(struct smk_report *r, const char *list, const char *code, uint64_t count)
{
    struct smk_html *h = &r->html;
    smk_html_raw(h, "<tr><td>");
    smk_html_choice(h, list, smk_bytes_of_text(code));
    smk_html_raw(h, "</td>");
    smk_html_cell_number(h, count);
    smk_html_raw(h, "<td></td></tr>\n");
}

static void agreed_row(struct smk_report *r, const char *code, const struct smk_agreed *agreed)
{
    struct smk_html *h = &r->html;
    smk_html_raw(h, "<tr><td>");
    smk_html_choice(h, "type", smk_bytes_of_text(code));
    smk_html_raw(h, "</td>");
    smk_html_cell_number(h, agreed->count);
    smk_html_raw(h, "<td>");
    smk_html_filled(h, SMK_WORD_SIGNED_WAYS, agreed->by_signature, agreed->by_attestation);
    smk_html_raw(h, "</td></tr>\n");
}

static void what_is_here(struct smk_report *r, const struct smk_totals *t)
{
    static const enum smk_word heads[] = {SMK_WORD_WHAT, SMK_WORD_N_COUNT, SMK_WORD_REMARK, SMK_WORD_NONE};
    struct smk_html *h = &r->html;
    heading(r, SMK_WORD_WHAT_IS_HERE);
    smk_html_table(h, "", heads);
    count_row(r, "type", "interview", t->interview_rows);
    count_row(r, "type", "case_study", t->respondents.count);
    count_row(r, "type", "meeting", t->meetings.count);
    count_row(r, "type", "joint_list", t->lists);
    count_row(r, "type", "recommendation", t->recommendations);
    agreed_row(r, "endorsement", &t->endorsements);
    count_row(r, "act", "present_provincial", t->presentations_province);
    count_row(r, "act", "present_national", t->presentations_national);
    count_row(r, "act", "prioritise_provincial", t->priorities_province);
    count_row(r, "act", "prioritise_national", t->priorities_national);
    agreed_row(r, "acceptance", &t->acceptances);
    count_row(r, "type", "follow_up", t->follow_ups);
    count_row(r, "act", "verify_progress", t->verified);
    count_row(r, "act", "dispute_progress", t->disputed);
    count_row(r, "type", "event", t->events.count);
    count_row(r, "type", "project", t->projects);
    count_row(r, "type", "subgrant", t->subgrants);
    count_row(r, "type", "attachment", t->attachments);
    smk_html_table_end(h);
    if (t->not_counting > 0) {
        smk_html_raw(h, "<p class=\"note\">");
        smk_html_filled(h, SMK_WORD_NOT_COUNTING, t->not_counting, 0);
        smk_html_raw(h, "</p>\n");
    }
}

/* ---- respondents ---- */

static const enum smk_word sum_heads[] = {SMK_WORD_WHAT, SMK_WORD_N_TOTAL, SMK_WORD_N_WOMEN,
                                          SMK_WORD_SEX_RECORDED, SMK_WORD_NONE};

static void breakdown(struct smk_report *r, const struct smk_totals *t, const char *name,
                      const char *vocabulary)
{
    struct smk_html *h = &r->html;
    char table[SMK_TOTALS_TABLE_LETTERS_MAX + 1];
    bool is_begun = false;
    (void)snprintf(table, sizeof table, "respondents.%s", name);
    for (size_t i = 0; i < t->row_count; i++) {
        if (strcmp(t->row[i].table, table) != 0)
            continue;
        if (!is_begun) {
            smk_html_raw(h, "<h3>");
            smk_html_choice(h, "tally", smk_bytes_of_text(name));
            smk_html_raw(h, "</h3>\n");
            smk_html_table(h, "", sum_heads);
        }
        is_begun = true;
        smk_html_raw(h, "<tr><td>");
        smk_html_choice(h, vocabulary, smk_bytes_of_text(t->row[i].name));
        smk_html_raw(h, "</td>");
        smk_report_sum_cells(r, &t->row[i].sum);
        smk_html_raw(h, "</tr>\n");
    }
    if (is_begun)
        smk_html_table_end(h);
}

/* null: not known. */
static void json_cell(struct smk_report *r, const json_t *number)
{
    if (json_is_integer(number))
        smk_html_cell_number(&r->html, (uint64_t)json_integer_value(number));
    else
        smk_html_cell_unknown(&r->html);
}

static void district_row(struct smk_report *r, const json_t *district)
{
    struct smk_html *h = &r->html;
    const json_t *total = json_object_get(district, "respondents");
    smk_html_raw(h, "<tr><td>");
    smk_html_place(h, smk_bytes_of_text(json_string_value(json_object_get(district, "district"))));
    smk_html_raw(h, "</td>");
    json_cell(r, total);
    json_cell(r, json_object_get(district, "female"));
    smk_html_raw(h, "<td>");
    if (json_is_integer(total))
        smk_html_filled(h, SMK_WORD_OF_WITH_SEX,
                        (uint64_t)json_integer_value(json_object_get(district, "with_sex_recorded")),
                        (uint64_t)json_integer_value(total));
    smk_html_raw(h, "</td>");
    json_cell(r, json_object_get(district, "rows"));
    json_cell(r, json_object_get(district, "not_shared"));
    smk_html_raw(h, "</tr>\n");
}

static void districts(struct smk_report *r, const struct smk_totals *t, const json_t *cells)
{
    static const enum smk_word heads[] = {SMK_WORD_DISTRICT,     SMK_WORD_N_TOTAL,     SMK_WORD_N_WOMEN,
                                          SMK_WORD_SEX_RECORDED, SMK_WORD_N_ROWS_HERE, SMK_WORD_N_NOT_SHARED,
                                          SMK_WORD_NONE};
    struct smk_html *h = &r->html;
    uint64_t rows = 0, not_shared = 0;
    size_t i;
    json_t *district;
    heading(r, SMK_WORD_BY_DISTRICT);
    smk_html_table(h, "wide", heads);
    json_array_foreach(cells, i, district)
    {
        district_row(r, district);
        rows += (uint64_t)json_integer_value(json_object_get(district, "rows"));
        not_shared += (uint64_t)json_integer_value(json_object_get(district, "not_shared"));
    }
    smk_html_raw(h, "<tr class=\"sum\"><td>");
    smk_html_word(h, SMK_WORD_SUM);
    smk_html_raw(h, "</td>");
    smk_report_sum_cells(r, &t->respondents);
    smk_html_cell_number(h, rows);
    smk_html_cell_number(h, not_shared);
    smk_html_raw(h, "</tr>\n");
    smk_html_table_end(h);
}

/* ---- district x type x sex x age x disability ---- */

static void cell_row(struct smk_report *r, const json_t *district, const json_t *cell)
{
    static const char *const key[][2] = {{"respondent_type", "respondent_type"},
                                         {"sex", "sex"},
                                         {"age_band", "age_band"},
                                         {"disability", "disability"}};
    struct smk_html *h = &r->html;
    smk_html_raw(h, "<tr><td>");
    smk_html_place(h, smk_bytes_of_text(json_string_value(json_object_get(district, "district"))));
    smk_html_raw(h, "</td>");
    for (size_t i = 0; i < sizeof key / sizeof key[0]; i++) {
        const char *word = json_string_value(json_object_get(cell, key[i][0]));
        smk_html_raw(h, "<td>");
        if (word != NULL)
            smk_html_choice(h, key[i][1], smk_bytes_of_text(word));
        else
            smk_html_word(h, SMK_WORD_UNKNOWN);
        smk_html_raw(h, "</td>");
    }
    json_cell(r, json_object_get(cell, "count"));
    smk_html_raw(h, "</tr>\n");
}

static void cross_table(struct smk_report *r, const struct smk_totals *t, const json_t *cells)
{
    static const enum smk_word heads[] = {SMK_WORD_DISTRICT,   SMK_WORD_KIND,    SMK_WORD_SEX, SMK_WORD_AGE,
                                          SMK_WORD_DISABILITY, SMK_WORD_N_COUNT, SMK_WORD_NONE};
    size_t i, k;
    json_t *district, *cell;
    heading(r, SMK_WORD_CELLS);
    if (t->interview_rows == 0) {
        smk_html_raw(&r->html, "<p>");
        smk_html_word(&r->html, SMK_WORD_NO_ROWS);
        smk_html_raw(&r->html, "</p>\n");
        return;
    }
    smk_html_table(&r->html, "wide", heads);
    json_array_foreach(cells, i, district)
    {
        json_array_foreach(json_object_get(district, "cells"), k, cell) cell_row(r, district, cell);
    }
    smk_html_table_end(&r->html);
}

enum smk_err smk_report_tally(struct smk_report *r)
{
    struct smk_totals t = {0};
    enum smk_err err = smk_totals_make(r->fold, &t);
    if (err != SMK_OK)
        return err;
    json_t *cells = smk_cells_json(&t);
    smk_report_begin(r, SMK_WORD_TALLIES);
    districts(r, &t, cells);
    breakdown(r, &t, "by_type", "respondent_type");
    breakdown(r, &t, "by_age", "age_band");
    breakdown(r, &t, "by_disability", "disability");
    breakdown(r, &t, "by_method", "method");
    what_is_here(r, &t);
    cross_table(r, &t, cells);
    if (smk_json_has_lost() || cells == NULL)
        r->html.b.err = SMK_ERR_NOMEM;
    json_decref(cells);
    smk_totals_deinit(&t);
    return smk_report_end(r);
}
