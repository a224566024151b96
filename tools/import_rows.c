/* Rows of interviews.csv as objects, the same as in the other files. */
#include "tools/csv.h"
#include "tools/import_set.h"

#include "proto/mem.h"

#include <string.h>

static const char file_name[] = "interviews.csv";

struct rows {
    struct smk_csv csv;
    size_t column_count;
    char column[SMK_CSV_FIELDS_MAX][SMK_NAME_LETTERS_MAX + 1];
    bool is_field[SMK_CSV_FIELDS_MAX]; /* of an interview; otherwise an answer */
    json_t *array;
    struct smk_import_report *report;
};

static bool is_column_name(struct smk_bytes name)
{
    bool is_good = name.len >= 1 && name.len <= SMK_NAME_LETTERS_MAX;
    for (size_t i = 0; is_good && i < name.len; i++)
        is_good = name.data[i] > ' ' && name.data[i] < 0x7f;
    return is_good;
}

static bool refuse_file(struct rows *r, const char *code, const char *why, size_t line)
{
    smk_import_refuse(r->report, file_name, "", "", code, "line %zu: %s", line, why);
    return false;
}

static bool read_header(struct rows *r)
{
    const struct smk_kind *kind = smk_kind_find(smk_bytes_of_text("interview"));
    bool has_id = false;
    if (!smk_csv_next(&r->csv))
        return r->csv.flaw == SMK_CSV_FINE || refuse_file(r, "bad_file", smk_csv_flaw_text(r->csv.flaw), 1);
    for (size_t i = 0; i < r->csv.field_count; i++) {
        struct smk_bytes name = r->csv.field[i];
        if (!is_column_name(name))
            return refuse_file(r, "bad_file",
                               "the name of a column is empty, too long or not plain Latin letters", 1);
        memcpy(r->column[i], name.data, name.len);
        bool is_id = strcmp(r->column[i], "id") == 0;
        has_id = has_id || is_id;
        r->is_field[i] = is_id || smk_field_find(kind->field, kind->field_count, name) != NULL;
        for (size_t k = 0; k < i; k++)
            if (strcmp(r->column[k], r->column[i]) == 0)
                return refuse_file(r, "duplicate", "two columns have the same name", 1);
    }
    r->column_count = r->csv.field_count;
    return has_id || refuse_file(r, "missing", "there is no column 'id'", 1);
}

/* False: the row was refused. */
static bool set_value(struct rows *r, json_t *row, json_t *answers, size_t i, const char *ref)
{
    struct smk_bytes value = r->csv.field[i];
    if (value.len == 0)
        return true;
    json_t *text = json_stringn((const char *)value.data, value.len);
    if (text == NULL || memchr(value.data, 0, value.len) != NULL) {
        json_decref(text);
        smk_import_refuse(r->report, file_name, ref, r->column[i], "bad_text",
                          "line %zu: the text is not good UTF-8", r->csv.line);
        return false;
    }
    (void)json_object_set_new(r->is_field[i] ? row : answers, r->column[i], text);
    return true;
}

static void read_row(struct rows *r)
{
    char ref[SMK_NAME_LETTERS_MAX + 1], place[32];
    (void)snprintf(place, sizeof place, "#%zu", json_array_size(r->array) + 1);
    memcpy(ref, place, sizeof place);
    for (size_t i = 0; i < r->csv.field_count && i < r->column_count; i++)
        if (strcmp(r->column[i], "id") == 0 && is_column_name(r->csv.field[i])) {
            memcpy(ref, r->csv.field[i].data, r->csv.field[i].len);
            ref[r->csv.field[i].len] = '\0';
        }
    if (r->csv.field_count != r->column_count) {
        smk_import_refuse(r->report, file_name, ref, "", "wrong_shape",
                          "line %zu has %zu fields, the first line has %zu", r->csv.line, r->csv.field_count,
                          r->column_count);
        return;
    }
    json_t *row = json_object(), *answers = json_object();
    bool is_good = true;
    for (size_t i = 0; is_good && i < r->column_count; i++)
        is_good = set_value(r, row, answers, i, ref);
    if (json_object_size(answers) > 0)
        (void)json_object_set_new(row, "answers", answers);
    else
        json_decref(answers);
    if (is_good)
        (void)json_array_append_new(r->array, row);
    else
        json_decref(row);
}

static bool read_rows(struct rows *r)
{
    if (!read_header(r))
        return false;
    while (smk_csv_next(&r->csv)) {
        if (json_array_size(r->array) >= SMK_IMPORT_ROWS_MAX)
            return refuse_file(r, "too_long", "there are more rows than one file may have", r->csv.line);
        read_row(r);
    }
    return r->csv.flaw == SMK_CSV_FINE ||
           refuse_file(r, "bad_file", smk_csv_flaw_text(r->csv.flaw), r->csv.line);
}

bool smk_import_read_rows(const char *path, json_t **ret_rows, struct smk_import_report *report)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf text = {0};
    struct smk_why why;
    enum smk_read answer = smk_read_file(path, SMK_CSV_FILE_BYTES_MAX, &text, &why);
    if (answer == SMK_READ_REFUSED)
        smk_import_refuse(report, file_name, "", "", "bad_file", "%s", why.text);
    if (answer != SMK_READ_DONE)
        return answer == SMK_READ_ABSENT;
    struct rows *r = smk_mem_new(sizeof *r);
    if (r == NULL) {
        report->is_out_of_memory = true;
        return false;
    }
    r->report = report;
    r->array = json_array();
    smk_csv_init(&r->csv, smk_buf_view(&text));
    bool is_good = read_rows(r);
    smk_csv_deinit(&r->csv);
    if (is_good)
        *ret_rows = r->array;
    else
        json_decref(r->array);
    smk_mem_free(r);
    return is_good;
}
