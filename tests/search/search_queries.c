/* Asks the index of a home every query of a file, and compares what it finds with what the file expects.
 *
 *   search_queries HOME QUERIES
 *
 * QUERIES is in the form of queries.json. Exits 1 when a query finds another set of documents; says which. */
#include "proto/hash.h"
#include "proto/mem.h"
#include "store/home.h"
#include "store/index.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* The names of what was found; each is a key, so one that comes in two scopes is there once. */
static bool note_row(void *ctx, const struct smk_doc_row *row)
{
    json_t *found = ctx;
    char name[256] = "";
    size_t len = row->ref.len < sizeof name ? row->ref.len : sizeof name - 1;
    if (len > 0)
        memcpy(name, row->ref.data, len);
    return json_object_set_new(found, name, json_true()) == 0;
}

static bool is_expected(struct smk_index *index, const json_t *row)
{
    const char *text = json_string_value(json_object_get(row, "query"));
    const json_t *expect = json_object_get(row, "expect");
    const struct smk_index_query q = {.text = smk_bytes_of_text(text)};
    json_t *found = json_object(), *name;
    uint64_t total;
    size_t i, missing = 0;
    enum smk_err err = smk_index_list(index, &q, note_row, found, &total);
    json_array_foreach(expect, i, name)
    {
        bool is_there = json_object_get(found, json_string_value(name)) != NULL;
        missing += !is_there;
        if (!is_there)
            (void)fprintf(stderr, "search_queries: '%s' does not find %s\n", text, json_string_value(name));
    }
    bool is_same = err == SMK_OK && missing == 0 && json_object_size(found) == json_array_size(expect);
    if (!is_same)
        (void)fprintf(stderr, "search_queries: '%s': %s, %zu found, %zu expected\n", text, smk_err_text(err),
                      json_object_size(found), json_array_size(expect));
    json_decref(found);
    return is_same;
}

static int ask_all(struct smk_home *home, const json_t *rows)
{
    struct smk_index *index = NULL;
    bool is_behind = false;
    size_t i, wrong = 0;
    json_t *row;
    enum smk_err err = smk_index_open(home->store, &index, &is_behind);
    if (err != SMK_OK || is_behind) {
        (void)fprintf(stderr, "search_queries: the index: %s\n", smk_err_text(err));
        return 1;
    }
    json_array_foreach(rows, i, row) wrong += !is_expected(index, row);
    smk_index_close(index);
    (void)printf("%zu queries, %zu wrong\n", json_array_size(rows), wrong);
    return wrong == 0 && json_array_size(rows) > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct smk_home home;
    json_error_t where;
    if (argc != 3) {
        (void)fprintf(stderr, "usage: search_queries HOME QUERIES\n");
        return 2;
    }
    json_t *rows = json_load_file(argv[2], 0, &where);
    enum smk_err err = smk_crypto_start();
    if (err == SMK_OK)
        err = smk_home_open(argv[1], &home);
    if (rows == NULL || err != SMK_OK) {
        (void)fprintf(stderr, "search_queries: %s, %s\n", rows == NULL ? where.text : "", smk_err_text(err));
        json_decref(rows);
        return 1;
    }
    int code = ask_all(&home, rows);
    smk_home_close(&home);
    json_decref(rows);
    return code;
}
