/* Surveys made elsewhere: each row of a file comes out as the file beside it says. */
#include "tests/conform/conform.h"

#include "store/files/csv.h"
#include "store/files/survey.h"
#include "store/files/xlsx.h"

#include <stdio.h>
#include <string.h>

enum { TABLE_BYTES_MAX = 64 * 1024 * 1024 };

struct survey_run {
    struct conform_run *run;
    const struct smk_places *places;
    const json_t *expected; /* in the order of the rows */
    struct smk_survey survey;
    size_t rows;
    bool has_head, is_stopped;
    char *head[SMK_TABLE_COLUMNS_MAX]; /* names of columns */
};

static const char *text_of(const json_t *want, const char *key, char room[32])
{
    const json_t *value = json_object_get(want, key);
    if (json_is_integer(value)) {
        (void)snprintf(room, 32, "%lld", (long long)json_integer_value(value));
        return room;
    }
    return json_is_string(value) ? json_string_value(value) : "";
}

static bool says(const json_t *want, const char *key, const char *got)
{
    char room[32];
    return strcmp(text_of(want, key, room), got != NULL ? got : "") == 0;
}

static const char *judge_accepted(const json_t *want, const struct smk_survey_answer *a)
{
    char age[32] = "";
    if (a->has_age)
        (void)snprintf(age, sizeof age, "%llu", (unsigned long long)a->age);
    if (!says(want, "district", a->district) || !says(want, "commune", a->commune))
        return "the place is another one";
    if (!says(want, "sex", a->sex))
        return "the sex is another one";
    return says(want, "age", age) ? NULL : "the age is another one";
}

static const char *judge(const struct survey_run *s, const json_t *want, const struct smk_survey_answer *a)
{
    static char why[256]; /* conform_count takes it at once */
    if (!says(want, "_id", a->row.text))
        return "the row is another one, or is left out";
    if (!says(want, "outcome", smk_survey_outcome_word(a->outcome))) {
        (void)snprintf(why, sizeof why, "the outcome is %s (%s)", smk_survey_outcome_word(a->outcome),
                       a->reason != NULL ? a->reason : "");
        return why;
    }
    if (a->outcome == SMK_SURVEY_ACCEPT)
        return judge_accepted(want, a);
    if (a->outcome == SMK_SURVEY_DUPLICATE)
        return says(want, "same_as", a->same_as.text) ? NULL : "it is the same as another row";
    if (!says(want, "reason", a->reason)) {
        (void)snprintf(why, sizeof why, "the reason is %s", a->reason);
        return why;
    }
    bool has_field = json_object_get(want, "field") != NULL;
    const char *field = a->column > 0 ? s->head[a->column - 1] : "";
    return !has_field || says(want, "field", field) ? NULL : "the field is another one";
}

static bool take_head(struct survey_run *s, const struct smk_row *row)
{
    enum smk_survey_role role;
    s->has_head = true;
    for (size_t i = 0; i < row->count; i++) {
        struct smk_bytes text = row->cell[i].text;
        s->head[i] = smk_mem_array(text.len + 1, 1);
        if (s->head[i] != NULL && text.len > 0)
            memcpy(s->head[i], text.data, text.len);
    }
    enum smk_err err = smk_survey_init(&s->survey, s->places, row, NULL, 0, NULL, &role);
    if (err != SMK_OK)
        conform_count(s->run, "the first row is not that of a survey", "%s", smk_survey_word(role));
    s->is_stopped = err != SMK_OK;
    return err == SMK_OK;
}

static bool take_row(void *ctx, const struct smk_row *row)
{
    struct survey_run *s = ctx;
    struct smk_survey_answer a;
    if (!s->has_head)
        return take_head(s, row);
    const json_t *want = json_array_get(s->expected, s->rows++);
    if (smk_survey_read(&s->survey, row, &a) != SMK_OK)
        return false;
    conform_count(s->run, want != NULL ? judge(s, want, &a) : "nothing is expected of it", "row %s",
                  a.row.text);
    return true;
}

static bool take_sheet(void *ctx, struct smk_bytes name)
{
    const struct survey_run *s = ctx;
    (void)name;
    return !s->has_head; /* of a workbook the first one */
}

static const char *read_rows(struct survey_run *s, const char *path)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf text = {.max = TABLE_BYTES_MAX};
    struct smk_table_sink sink = {take_sheet, take_row, s};
    struct smk_file_fault fault = {0};
    uint8_t piece[4096];
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return "it cannot be read";
    for (size_t got; (got = fread(piece, 1, sizeof piece, file)) > 0;)
        smk_buf_write(&text, piece, got);
    bool is_whole = ferror(file) == 0 && text.err == SMK_OK;
    (void)fclose(file); /* nothing was written to it */
    if (!is_whole)
        return "it cannot be read";
    bool is_book = text.len > 2 && memcmp(text.data, "PK", 2) == 0;
    bool is_read = is_book ? smk_xlsx_read(smk_buf_view(&text), sink, &fault)
                           : smk_csv_read(smk_buf_view(&text), sink, &fault);
    return is_read || s->is_stopped ? NULL : smk_file_flaw_text(fault.flaw);
}

void conform_survey(struct conform_run *run, const char *rows, const char *expected)
{
    struct smk_places *places = NULL;
    json_t *want = conform_load(expected);
    struct survey_run *s = smk_mem_new(sizeof *s);
    const char *why = NULL;
    if (!json_is_array(want))
        why = "what is expected is no list";
    else if (s == NULL || smk_survey_places_new(&places) != SMK_OK)
        why = "there is no memory for it";
    if (why == NULL) {
        *s = (struct survey_run){.run = run, .places = places, .expected = want};
        why = read_rows(s, rows);
        if (why == NULL && s->rows < json_array_size(want))
            why = "there are fewer rows than are expected";
        smk_survey_deinit(&s->survey);
        for (size_t i = 0; i < SMK_TABLE_COLUMNS_MAX; i++)
            smk_mem_free(s->head[i]);
    }
    if (why != NULL)
        conform_count(run, why, "whole file");
    smk_mem_free(s);
    smk_survey_places_free(places);
    json_decref(want);
}
