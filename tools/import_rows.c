/* Rows of interviews.csv as objects, the same as in the other files. */
#include "store/files/csv.h"
#include "tools/import_set.h"

#include "proto/mem.h"

#include <string.h>

static const char file_name[] = "interviews.csv";

struct rows {
    size_t column_count; /* 0 before the first row */
    char column[SMK_TABLE_COLUMNS_MAX][SMK_NAME_LETTERS_MAX + 1];
    bool is_field[SMK_TABLE_COLUMNS_MAX]; /* of an interview; otherwise an answer */
    json_t *array;
    struct smk_import_report *report;
    bool has_refused; /* the file as a whole */
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
    r->has_refused = true;
    return false;
}

static bool read_header(struct rows *r, const struct smk_row *row)
{
    const struct smk_kind *kind = smk_kind_find(smk_bytes_of_text("interview"));
    bool has_id = false;
    for (size_t i = 0; i < row->count; i++) {
        struct smk_bytes name = row->cell[i].text;
        if (!is_column_name(name))
            return refuse_file(r, "bad_file",
                               "the name of a column is empty, too long or not plain Latin letters",
                               row->number);
        memcpy(r->column[i], name.data, name.len);
        bool is_id = strcmp(r->column[i], "id") == 0;
        has_id = has_id || is_id;
        r->is_field[i] = is_id || smk_field_find(kind->field, kind->field_count, name) != NULL;
        for (size_t k = 0; k < i; k++)
            if (strcmp(r->column[k], r->column[i]) == 0)
                return refuse_file(r, "duplicate", "two columns have the same name", row->number);
    }
    r->column_count = row->count;
    return has_id || refuse_file(r, "missing", "there is no column 'id'", row->number);
}

static void set_value(struct rows *r, json_t *object, size_t i, struct smk_bytes value)
{
    if (value.len > 0)
        (void)json_object_set_new(object, r->column[i], json_stringn((const char *)value.data, value.len));
}

/* What a refusal calls the row: its id, else its number. */
static void name_row(const struct rows *r, const struct smk_row *row, char ret_ref[SMK_NAME_LETTERS_MAX + 1])
{
    (void)snprintf(ret_ref, SMK_NAME_LETTERS_MAX + 1, "#%zu", json_array_size(r->array) + 1);
    for (size_t i = 0; i < row->count && i < r->column_count; i++) {
        struct smk_bytes id = row->cell[i].text;
        if (strcmp(r->column[i], "id") != 0 || !is_column_name(id))
            continue;
        memcpy(ret_ref, id.data, id.len);
        ret_ref[id.len] = '\0';
    }
}

static void read_row(struct rows *r, const struct smk_row *row)
{
    char ref[SMK_NAME_LETTERS_MAX + 1];
    if (row->count != r->column_count) {
        name_row(r, row, ref);
        smk_import_refuse(r->report, file_name, ref, "", "wrong_shape",
                          "line %zu has %zu fields, the first line has %zu", row->number, row->count,
                          r->column_count);
        return;
    }
    json_t *object = json_object(), *answers = json_object();
    for (size_t i = 0; i < r->column_count; i++)
        set_value(r, r->is_field[i] ? object : answers, i, row->cell[i].text);
    if (json_object_size(answers) > 0)
        (void)json_object_set_new(object, "answers", answers);
    else
        json_decref(answers);
    (void)json_array_append_new(r->array, object);
}

static bool take_row(void *ctx, const struct smk_row *row)
{
    struct rows *r = ctx;
    if (r->column_count == 0)
        return read_header(r, row);
    read_row(r, row);
    return true;
}

static bool read_rows(struct rows *r, struct smk_bytes text)
{
    struct smk_file_fault fault;
    if (smk_csv_read(text, (struct smk_table_sink){.row = take_row, .ctx = r}, &fault))
        return true;
    if (!r->has_refused)
        smk_import_refuse(r->report, file_name, "", "", "bad_file", "line %zu, column %zu: %s", fault.row,
                          fault.column, smk_file_flaw_text(fault.flaw));
    return false;
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
    bool is_good = read_rows(r, smk_buf_view(&text));
    if (is_good)
        *ret_rows = r->array;
    else
        json_decref(r->array);
    smk_mem_free(r);
    return is_good;
}
