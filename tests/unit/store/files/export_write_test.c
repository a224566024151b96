#include "store/files/export_write.h"

#include "store/files/csv.h"
#include "store/files/json.h"
#include "store/files/xlsx.h"

#include "tests/support/exports.h"
#include "tests/support/fault.h"
#include "tests/support/published.h"
#include "tests/support/tempdir.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(export_write, .init = start_crypto);

static struct smk_buf read_file(const char *path)
{
    struct smk_buf b = {.max = 1 << 24};
    uint8_t piece[4096];
    size_t got;
    FILE *file = fopen(path, "rb");
    cr_assert(ne(ptr, file, NULL), "%s", path);
    while ((got = fread(piece, 1, sizeof piece, file)) > 0)
        smk_buf_write(&b, piece, got);
    cr_assert(eq(int, fclose(file), 0));
    return b;
}

static json_t *read_json(const char *path)
{
    struct smk_buf text = read_file(path);
    json_error_t error;
    json_t *json = json_loadb((char *)text.data, text.len, JSON_REJECT_DUPLICATES, &error);
    cr_assert(ne(ptr, json, NULL), "%s: %s, line %d", path, error.text, error.line);
    smk_buf_deinit(&text);
    return json;
}

static bool count_sheet(void *ctx, struct smk_bytes name)
{
    size_t *count = ctx;
    cr_assert(gt(sz, name.len, 0));
    count[0]++;
    return true;
}

static bool count_row(void *ctx, const struct smk_row *row)
{
    size_t *count = ctx;
    cr_assert(gt(sz, row->count, 0));
    count[1]++;
    return true;
}

static bool is_file(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file != NULL)
        (void)fclose(file);
    return file != NULL;
}

Test(export_write, every_form_holds_every_row_and_says_how_many_there_are)
{
    struct test_deeds w;
    struct test_dir dir;
    struct smk_file_fault fault;
    struct smk_export_misfit misfit;
    test_published_init(&w);
    test_dir_init(&dir);
    struct smk_fold *f = test_deeds_fold(&w);
    struct smk_export x = test_export(f, false);
    static const char *const name[SMK_FORMS] = {"csv", "tables.xlsx", "tables.json", "package",
                                                "places.geojson"};
    for (int form = 0; form < SMK_FORMS; form++) {
        struct test_path path = test_dir_at(&dir, name[form]);
        struct smk_export_target target = {.path = path.text,
                                           .form = (enum smk_export_form)form,
                                           .title = "ក \"Trial\"",
                                           .now_ms = 1700000000000};
        cr_assert(eq(int, smk_export_write(&x, &target, &misfit), SMK_OK), "%s", name[form]);
        cr_assert(eq(int, smk_export_write(&x, &target, &misfit), SMK_ERR_EXISTS), "%s", name[form]);
    }
    size_t rows = 0, book[2] = {0}, tables[2] = {0};
    for (size_t i = 0; i < x.count; i++)
        rows += x.table[i].count + 1;
    struct smk_buf file = read_file(test_dir_at(&dir, "tables.xlsx").text);
    cr_assert(
        smk_xlsx_read(smk_buf_view(&file), (struct smk_table_sink){count_sheet, count_row, book}, &fault));
    smk_buf_deinit(&file);
    cr_assert(eq(sz, book[0], x.count));
    cr_assert(eq(sz, book[1], rows));
    file = read_file(test_dir_at(&dir, "tables.json").text);
    cr_assert(smk_json_tables_read(smk_buf_view(&file),
                                   (struct smk_table_sink){count_sheet, count_row, tables}, &fault));
    smk_buf_deinit(&file);
    cr_assert(eq(sz, tables[0], x.count));
    cr_assert(eq(sz, tables[1], rows));
    json_t *json = read_json(test_dir_at(&dir, "tables.json").text);
    cr_assert(eq(int, (int)json_integer_value(json_object_get(json_object_get(json, "rows"), "event")), 2));
    json_decref(json);
    cr_assert(is_file(test_dir_at(&dir, "csv/datapackage.json").text));
    cr_assert(eq(int, is_file(test_dir_at(&dir, "csv/dictionary.csv").text), false));
    smk_export_deinit(&x);
    smk_fold_free(f);
    test_dir_deinit(&dir);
    test_deeds_deinit(&w);
}

static json_t *resource_of(json_t *package, const char *name)
{
    json_t *resources = json_object_get(package, "resources");
    for (size_t i = 0; i < json_array_size(resources); i++) {
        json_t *resource = json_array_get(resources, i);
        if (strcmp(json_string_value(json_object_get(resource, "name")), name) == 0)
            return resource;
    }
    cr_assert(false, "there is no resource %s", name);
    return NULL;
}

/* Size, hash and rows of a resource are those of its file. */
static void check_resource(const struct test_dir *dir, json_t *resource)
{
    char path[64], hash[80] = "sha256:";
    uint8_t digest[SMK_HASH_BYTES];
    (void)snprintf(path, sizeof path, "p/%s", json_string_value(json_object_get(resource, "path")));
    struct smk_buf file = read_file(test_dir_at(dir, path).text);
    cr_assert(eq(sz, (size_t)json_integer_value(json_object_get(resource, "bytes")), file.len), "%s", path);
    smk_sha256(smk_buf_view(&file), (struct smk_bytes){0}, digest);
    smk_hex_format(SMK_BYTES(digest), hash + 7);
    cr_assert(eq(str, (char *)(uintptr_t)json_string_value(json_object_get(resource, "hash")), hash), "%s",
              path);
    json_t *rows = json_object_get(resource, "rows");
    bool is_csv = strstr(path, ".csv") != NULL;
    if (rows != NULL && is_csv) {
        size_t count[2] = {0};
        struct smk_file_fault fault;
        cr_assert(smk_csv_read(smk_buf_view(&file), (struct smk_table_sink){.row = count_row, .ctx = count},
                               &fault));
        cr_assert(eq(sz, count[1], (size_t)json_integer_value(rows) + 1), "%s", path);
    }
    smk_buf_deinit(&file);
}

static json_t *write_package(struct smk_export *x, const struct test_dir *dir)
{
    struct smk_export_misfit misfit;
    struct test_path path = test_dir_at(dir, "p");
    struct smk_export_target target = {.path = path.text,
                                       .form = SMK_FORM_PACKAGE,
                                       .title = "ក \"Trial\"",
                                       .now_ms = 1700000000000,
                                       .replaces = true};
    cr_assert(eq(int, smk_export_write(x, &target, &misfit), SMK_OK));
    return read_json(test_dir_at(dir, "p/datapackage.json").text);
}

Test(export_write, a_package_says_what_is_in_it)
{
    struct test_deeds w;
    struct test_dir dir;
    test_published_init(&w);
    test_dir_init(&dir);
    struct smk_fold *f = test_deeds_fold(&w);
    struct smk_export x = test_export(f, false);
    json_t *package = write_package(&x, &dir);
    cr_assert(
        eq(str, (char *)(uintptr_t)json_string_value(json_object_get(package, "title")), "ក \"Trial\""));
    cr_assert(eq(str, (char *)(uintptr_t)json_string_value(json_object_get(package, "created")),
                 "2023-11-14T22:13:20.000Z"));
    json_t *resources = json_object_get(package, "resources");
    cr_assert(eq(sz, json_array_size(resources), x.count + 3));
    for (size_t i = 0; i < json_array_size(resources); i++)
        check_resource(&dir, json_array_get(resources, i));
    json_t *fields = json_object_get(json_object_get(resource_of(package, "case_study"), "schema"), "fields");
    const struct smk_export_table *t = test_export_table(&x, "case_study");
    cr_assert(eq(sz, json_array_size(fields), t->columns.count));
    for (size_t i = 0; i < t->columns.count; i++) {
        json_t *field = json_array_get(fields, i);
        cr_assert(eq(str, (char *)(uintptr_t)json_string_value(json_object_get(field, "name")),
                     t->columns.at[i]->name));
        cr_assert(gt(sz, json_string_length(json_object_get(field, "title")), 0), "%s",
                  t->columns.at[i]->name);
        cr_assert(gt(sz, json_string_length(json_object_get(field, "title_km")), 0), "%s",
                  t->columns.at[i]->name);
        bool is_number =
            t->columns.at[i]->key_count > 0 && strncmp(t->columns.at[i]->name, "respondents", 11) == 0;
        if (is_number)
            cr_assert(
                eq(str, (char *)(uintptr_t)json_string_value(json_object_get(field, "type")), "integer"));
    }
    json_decref(package);
    smk_export_deinit(&x);
    smk_fold_free(f);
    test_dir_deinit(&dir);
    test_deeds_deinit(&w);
}

Test(export_write, places_add_up_and_have_their_outlines)
{
    struct test_deeds w;
    struct test_dir dir;
    test_published_init(&w);
    test_dir_init(&dir);
    struct smk_fold *f = test_deeds_fold(&w);
    for (int is_public = 0; is_public < 2; is_public++) {
        struct smk_export x = test_export(f, is_public == 1);
        json_t *package = write_package(&x, &dir),
               *map = read_json(test_dir_at(&dir, "p/places.geojson").text);
        json_t *features = json_object_get(map, "features");
        size_t seen = 0;
        for (size_t i = 0; i < json_array_size(features); i++) {
            json_t *feature = json_array_get(features, i), *is = json_object_get(feature, "properties");
            cr_assert(eq(int, (int)json_typeof(json_object_get(feature, "geometry")), (int)JSON_OBJECT));
            if (strcmp(json_string_value(json_object_get(feature, "id")), "0201") != 0)
                continue;
            seen++;
            json_t *women = json_object_get(is, "event.participants.female");
            json_t *studies = json_object_get(is, "case_study");
            cr_assert(eq(int, (int)json_integer_value(studies), 1), "in two scopes it is one");
            cr_assert(eq(int, (int)json_integer_value(json_object_get(is, "event")), 2));
            cr_assert(eq(int, (int)json_integer_value(json_object_get(is, "event.participants.total")), 70));
            if (is_public == 1) /* 20 could be taken off what would be 24 */
                cr_assert(eq(str, (char *)(uintptr_t)json_string_value(women), "*"));
            else
                cr_assert(eq(int, (int)json_integer_value(women), 24));
        }
        cr_assert(eq(sz, seen, 1));
        cr_assert(eq(int, (int)json_integer_value(json_object_get(resource_of(package, "places"), "rows")),
                     (int)json_array_size(features)));
        cr_assert(ne(ptr, strstr(json_string_value(json_object_get(map, "attribution")), "CC BY 4.0"), NULL));
        json_t *left = json_object_get(resource_of(package, "case_study"), "left_out");
        cr_assert(eq(int, left != NULL, is_public == 0), "how much is not published is nobody's business");
        json_decref(map);
        json_decref(package);
        smk_export_deinit(&x);
    }
    smk_fold_free(f);
    test_dir_deinit(&dir);
    test_deeds_deinit(&w);
}

Test(export_write, a_cell_that_no_workbook_can_hold_is_named)
{
    struct test_deeds w;
    struct test_dir dir;
    struct smk_export_misfit misfit;
    static char fields[60 * 1024], text[16001];
    test_deeds_init(&w);
    test_dir_init(&dir);
    memset(text, 'x', sizeof text - 1);
    (void)snprintf(fields, sizeof fields,
                   "{'ref' 'MT-1' 'area' '0201' 'kind' 'forum' 'level' 'district' 'agenda' [{'en' '%s'} "
                   "{'en' '%s'} {'en' "
                   "'%s'}]}",
                   text, text, text);
    test_deed(test_deeds_log(&w, TEST_AS, "dm:0201"), TEST_EDIT("as-editor", "meeting", 1, fields));
    struct smk_fold *f = test_deeds_fold(&w);
    struct smk_export x = test_export(f, false);
    struct test_path path = test_dir_at(&dir, "a.xlsx");
    struct smk_export_target target = {.path = path.text, .form = SMK_FORM_XLSX, .title = "a"};
    cr_assert(eq(int, smk_export_write(&x, &target, &misfit), SMK_ERR_TOO_BIG_HERE));
    cr_assert(eq(str, (char *)(uintptr_t)misfit.table, "meeting"));
    cr_assert(eq(sz, misfit.row, 1));
    cr_assert(eq(str, (char *)(uintptr_t)misfit.column, "agenda_en"));
    cr_assert(eq(int, is_file(path.text), false));
    target.form = SMK_FORM_JSON;
    cr_assert(eq(int, smk_export_write(&x, &target, &misfit), SMK_OK), "JSON can");
    smk_export_deinit(&x);
    smk_fold_free(f);
    test_dir_deinit(&dir);
    test_deeds_deinit(&w);
}

Test(export_write, csv_of_one_table_is_one_file_with_a_mark_where_it_is_asked_for)
{
    struct test_deeds w;
    struct test_dir dir;
    struct smk_export_misfit misfit;
    test_published_init(&w);
    test_dir_init(&dir);
    struct smk_fold *f = test_deeds_fold(&w);
    struct smk_table_type type = test_table_type("joint_list");
    struct smk_export x;
    struct smk_export_options options = {.type = &type, .type_count = 1};
    cr_assert(eq(int, smk_export_init(&x, f, &options), SMK_OK));
    struct test_path path = test_dir_at(&dir, "a.csv");
    struct smk_export_target target = {
        .path = path.text, .form = SMK_FORM_CSV, .title = "a", .has_mark = true};
    cr_assert(eq(int, smk_export_write(&x, &target, &misfit), SMK_OK));
    struct smk_buf file = read_file(path.text);
    cr_assert(eq(int, memcmp(file.data, "\xef\xbb\xbfref,", 7), 0), "an empty form, with its columns");
    smk_buf_deinit(&file);
    smk_export_deinit(&x);
    smk_fold_free(f);
    test_dir_deinit(&dir);
    test_deeds_deinit(&w);
}

Test(export_write, too_little_memory_leaves_no_file, .timeout = 300)
{
    static const char *const form_name[SMK_FORMS] = {"a", "b", "c", "d", "e"};
    struct test_deeds w;
    struct test_dir dir;
    test_published_init(&w);
    test_dir_init(&dir);
    struct smk_fold *f = test_deeds_fold(&w);
    for (int form = 0; form < SMK_FORMS; form++)
        for (unsigned long nth = 0, step = 1;; nth += step, step += nth > 200) {
            struct smk_export x;
            struct smk_export_options options = {.is_public = true};
            struct smk_export_misfit misfit;
            struct test_path path = test_dir_at(&dir, form_name[form]);
            struct smk_export_target target = {
                .path = path.text, .form = (enum smk_export_form)form, .title = "a"};
            test_fault_begin(TEST_FAULT_ONCE, nth);
            enum smk_err err = smk_export_init(&x, f, &options);
            if (err == SMK_OK)
                err = smk_export_write(&x, &target, &misfit);
            smk_export_deinit(&x);
            test_fault_end();
            cr_assert(eq(long, test_fault_live(), 0), "form %d, %lu", form, nth);
            cr_assert(eq(int, err, test_fault_hits() == 0 ? SMK_OK : SMK_ERR_NOMEM), "form %d, %lu", form,
                      nth);
            bool is_there = is_file(path.text);
            cr_assert(eq(int, is_there, err == SMK_OK), "form %d, %lu", form, nth);
            if (err == SMK_OK)
                break;
        }
    smk_fold_free(f);
    test_dir_deinit(&dir);
    test_deeds_deinit(&w);
}
