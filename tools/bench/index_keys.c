/* Index, search, lists and totals of a store of many documents; and what reading and writing the same rows costs bare. */
#include "proto/mem.h"
#include "store/icu.h"
#include "store/index_read.h"
#include "store/index_rows.h"
#include "store/index_state.h"
#include "store/index_text.h"
#include "store/inside.h"
#include "tools/bench/bench.h"
#include "tools/bench/data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const struct bench_key bench_index_key[BENCH_INDEX_KEYS] = {
    [BENCH_INDEX] = {"index_1e5", "documents/s", 0.60, false},
    [BENCH_SEARCH] = {"search", "us", 3.0, true},
    [BENCH_LIST] = {"list", "us", 3.0, true},
    [BENCH_TOTALS] = {"totals", "us", 3.0, true},
};

enum { DOCUMENTS = 100000, DOCUMENTS_QUICK = 10000, PATH_MAX_BYTES = 4096, REPEATS = 20 };

struct bench {
    const struct bench_options *options;
    struct smk_home home;
    size_t documents, runs;
};

static void path_of(const struct bench *b, const char *name, char ret_path[PATH_MAX_BYTES])
{
    int len = snprintf(ret_path, PATH_MAX_BYTES, "%s/%s", b->options->dir, name);
    bench_demand(len > 0 && len < PATH_MAX_BYTES ? SMK_OK : SMK_ERR_TOO_BIG_HERE, "the path of the folder");
}

/* ---- indexing: ICU's word breaks and the postings, and nothing else ---- */

/* Postings of some documents, one behind the other: length u16, key. Not counted as time. */
struct postings {
    struct smk_buf rows;
    struct smk_buf text; /* of the same documents, each behind its length u32 */
};

static void gather(struct bench *b, struct smk_index *x, uint32_t first, uint32_t count, struct postings *p)
{
    smk_buf_reset(&p->rows);
    smk_buf_reset(&p->text);
    for (uint32_t n = first; n < first + count; n++) {
        struct smk_index_key k;
        struct smk_bytes own, term;
        size_t at = 0;
        smk_index_number_key(&k, SMK_INDEX_OWN, n);
        if (!smk_txn_get(&x->txn, SMK_TABLE_INDEX, smk_index_key_view(&k), &own))
            bench_demand(SMK_ERR_STORE_DAMAGED, "the terms of a document");
        while (smk_index_terms_next(own, &at, &term)) {
            uint8_t number[4];
            smk_buf_write_u8(&p->rows, (uint8_t)((term.len + 5) >> 8));
            smk_buf_write_u8(&p->rows, (uint8_t)(term.len + 5));
            smk_buf_write_bytes(&p->rows, term);
            smk_buf_write_u8(&p->rows, 0);
            smk_row_write_u32(n, number);
            smk_buf_write_bytes(&p->rows, SMK_BYTES(number));
        }
        struct smk_buf text = {.max = SIZE_MAX};
        uint8_t len[4];
        bench_data_text(n - 1, &text);
        smk_row_write_u32((uint32_t)text.len, len);
        smk_buf_write_bytes(&p->text, SMK_BYTES(len));
        smk_buf_write_bytes(&p->text, smk_buf_view(&text));
        smk_buf_deinit(&text);
    }
    (void)b;
    bench_demand(p->rows.err != SMK_OK ? p->rows.err : p->text.err, "postings");
}

static void break_words(struct smk_breaker *breaker, const struct postings *p)
{
    for (size_t at = 0; at < p->text.len;) {
        size_t border;
        uint32_t len = smk_row_read_u32((struct smk_bytes){p->text.data + at, 4});
        bench_demand(smk_breaker_start(breaker, (struct smk_bytes){p->text.data + at + 4, len}),
                     "word breaks");
        while (smk_breaker_next(breaker, &border))
            ;
        at += 4 + len;
    }
}

static enum smk_err put_run(struct smk_txn *t, void *ctx)
{
    const struct postings *p = ctx;
    for (size_t at = 0; at < p->rows.len;) {
        size_t len = (size_t)p->rows.data[at] << 8 | p->rows.data[at + 1];
        smk_txn_put(t, SMK_TABLE_TERMS, (struct smk_bytes){p->rows.data + at + 2, len},
                    (struct smk_bytes){0});
        at += 2 + len;
    }
    return t->err;
}

static enum smk_err make_nothing(struct smk_txn *t, void *ctx)
{
    (void)ctx;
    return t->err;
}

/* Documents a second of the limit: the documents in their order, committed as often as the index commits. */
static double bare_index(struct bench *b, struct smk_index *x, size_t step)
{
    char path[PATH_MAX_BYTES];
    struct smk_db *db = NULL;
    struct smk_breaker *breaker = NULL;
    struct postings p = {.rows = {.max = SIZE_MAX}, .text = {.max = SIZE_MAX}};
    double seconds = 0;
    static unsigned number;
    char name[32];
    (void)snprintf(name, sizeof name, "bare-%u", number++);
    path_of(b, name, path);
    bench_demand(smk_db_create(path, make_nothing, NULL), "a bare database");
    bench_demand(smk_db_open(&(struct smk_db_options){.path = path}, &db), "opening it");
    bench_demand(smk_breaker_new(&breaker), "word breaks");
    for (size_t n = 0; n < b->documents; n += step) {
        gather(b, x, (uint32_t)n + 1, (uint32_t)(b->documents - n < step ? b->documents - n : step), &p);
        double from = bench_now();
        break_words(breaker, &p);
        bench_demand(smk_db_write(db, put_run, &p), "putting postings");
        seconds += bench_now() - from;
    }
    smk_breaker_free(breaker);
    smk_db_close(db);
    smk_buf_deinit(&p.rows);
    smk_buf_deinit(&p.text);
    return (double)b->documents / seconds;
}

static struct smk_index *open_index(struct bench *b)
{
    struct smk_index *x = NULL;
    bool is_behind;
    bench_demand(smk_index_open(b->home.store, &x, &is_behind), "the index");
    return x;
}

static void measure_index(struct bench *b, struct bench_result *r)
{
    double value[BENCH_RUNS], limit[BENCH_RUNS];
    for (size_t i = 0; i < b->runs; i++) {
        struct smk_index_walk *w = NULL;
        bench_demand(smk_index_reset(b->home.store), "throwing the index away");
        bench_demand(smk_index_walk_new(b->home.store, &w), "a walk");
        size_t step = w->docs_max;
        smk_index_walk_free(w);
        double from = bench_now();
        bench_demand(smk_index_follow(b->home.store), "indexing");
        value[i] = (double)b->documents / (bench_now() - from);
        struct smk_index *x = open_index(b);
        limit[i] = bare_index(b, x, step);
        smk_index_close(x);
    }
    *r = (struct bench_result){bench_median(value, b->runs), bench_median(limit, b->runs)};
}

/* ---- queries: everything that they give, and the same rows read by their numbers ---- */

struct rows {
    struct smk_index *index;
    uint32_t *number;
    size_t count, capacity;
    uint64_t sum; /* so that reading is not left out */
};

static bool count_row(void *ctx, const struct smk_doc_row *row)
{
    struct rows *all = ctx;
    all->count++;
    all->sum += row->title_km.len + row->edit_count;
    return true;
}

static enum smk_err run_query(struct smk_index *x, const struct smk_index_query *q, struct rows *all)
{
    uint64_t total;
    all->count = 0;
    return smk_index_list(x, q, count_row, all, &total);
}

/* The number of each document that a query gives, in its order. */
static bool note_number(void *ctx, const struct smk_doc_row *row)
{
    struct rows *all = ctx;
    char hex[2 * SMK_DOC_ID_BYTES + 1];
    struct smk_index_key prefix;
    smk_hex_format((struct smk_bytes){row->id, SMK_DOC_ID_BYTES}, hex);
    const struct smk_index_filter f = {SMK_FACET_ID, smk_bytes_of_text(hex)};
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    smk_index_facet_prefix(&prefix, SMK_INDEX_FACET, &f);
    smk_cursor_open(&c, &all->index->txn, SMK_TABLE_INDEX);
    if (!smk_cursor_seek(&c, smk_index_key_view(&prefix)) || all->count == all->capacity)
        bench_demand(SMK_ERR_STORE_DAMAGED, "the number of a document");
    all->number[all->count++] = smk_index_key_number(c.key);
    return true;
}

static void read_rows(struct rows *all)
{
    for (size_t i = 0; i < all->count; i++) {
        struct smk_doc_row row;
        if (!smk_index_doc(all->index, all->number[i], &row))
            bench_demand(SMK_ERR_STORE_DAMAGED, "a row");
        all->sum += row.title_km.len + row.edit_count;
    }
}

/* Adds the times of one query, microseconds. */
static void time_query(struct bench *b, struct smk_index *x, const struct smk_index_query *q,
                       struct bench_result *r)
{
    struct rows all = {.index = x, .capacity = b->documents};
    double value[BENCH_RUNS], limit[BENCH_RUNS];
    uint64_t total;
    all.number = smk_mem_array(b->documents, sizeof *all.number);
    if (all.number == NULL)
        bench_demand(SMK_ERR_NOMEM, "rows");
    bench_demand(smk_index_list(x, q, note_number, &all, &total), "a query");
    size_t count = all.count;
    for (size_t i = 0; i < b->runs; i++) {
        double from = bench_now();
        bench_demand(run_query(x, q, &all), "a query");
        value[i] = (bench_now() - from) * 1e6;
        if (all.count != count)
            bench_demand(SMK_ERR_STORE_DAMAGED, "the same query again");
        from = bench_now();
        read_rows(&all);
        limit[i] = (bench_now() - from) * 1e6;
    }
    r->value += bench_median(value, b->runs);
    r->limit += bench_median(limit, b->runs);
    if (getenv("SMK_BENCH_EACH") != NULL)
        (void)fprintf(stderr, "%8zu rows  %10.0f us  %10.0f us  %.*s\n", count, value[b->runs / 2],
                      limit[b->runs / 2], (int)q->text.len, (const char *)q->text.data);
    smk_mem_free(all.number);
}

static const char *const query[] = {
    "ឃុំ",           "ប្រជាពលរដ្ឋ", "សេវាច្រកចេញចូលតែមួយ", "ទឹកស្អាត",   "មេភូមិ",
    "ថវិកា",        "បាណន់",      "មោងឫស្សី",           "ស្រុក ថវិកា", "council",
    "recomm",      "citizens",  "women budget",     "Banan",    "Kamrieng",
    "clean water", "2024",      "EV-000100",        "road 17",  "rainy season ឃុំ",
};

static struct bench_result measure_search(struct bench *b, struct smk_index *x)
{
    struct bench_result r = {0};
    for (size_t i = 0; i < sizeof query / sizeof query[0]; i++) {
        struct smk_index_query q = {.text = smk_bytes_of_text(query[i])};
        time_query(b, x, &q, &r);
    }
    return r;
}

#define FILTER(facet, word)                           \
    {                                                 \
        facet,                                        \
        {                                             \
            (const uint8_t *)(word), sizeof(word) - 1 \
        }                                             \
    }
static const struct smk_index_query list[] = {
    {.order = SMK_ORDER_TITLE},
    {.order = SMK_ORDER_TIME},
    {.order = SMK_ORDER_TITLE, .limit = 100},
    {.order = SMK_ORDER_TITLE, .filter_count = 1, .filter = {FILTER(SMK_FACET_KIND, "event")}},
    {.order = SMK_ORDER_TIME,
     .filter_count = 1,
     .filter = {FILTER(SMK_FACET_KIND, "interview")},
     .limit = 1000},
    {.order = SMK_ORDER_TITLE, .filter_count = 1, .filter = {FILTER(SMK_FACET_PLACE, "02")}},
    {.order = SMK_ORDER_TIME, .filter_count = 1, .filter = {FILTER(SMK_FACET_PLACE, "0201")}},
    {.order = SMK_ORDER_TITLE,
     .filter_count = 2,
     .filter = {FILTER(SMK_FACET_PLACE, "02"), FILTER(SMK_FACET_KIND, "event")}},
    {.order = SMK_ORDER_TITLE, .filter_count = 1, .filter = {FILTER(SMK_FACET_ORG, "sec")}},
};

static struct bench_result measure_lists(struct bench *b, struct smk_index *x)
{
    struct bench_result r = {0};
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        time_query(b, x, &list[i], &r);
    return r;
}

/* ---- totals ---- */

static uint64_t read_sums(struct smk_index *x)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    struct smk_index_key prefix;
    struct smk_totals_row row;
    uint64_t persons = 0;
    smk_index_key_begin(&prefix, SMK_INDEX_SUM);
    smk_cursor_open(&c, &x->txn, SMK_TABLE_INDEX);
    for (bool is_row = smk_cursor_seek(&c, smk_index_key_view(&prefix));
         is_row && smk_index_key_begins(c.key, &prefix); is_row = smk_cursor_next(&c))
        if (smk_index_sum_read(c.key, c.value, &row))
            persons += row.sum.total;
    return persons;
}

static struct bench_result measure_totals(struct bench *b, struct smk_index *x)
{
    double value[BENCH_RUNS], limit[BENCH_RUNS];
    uint64_t persons = 0, rows = 0;
    for (size_t i = 0; i < b->runs; i++) {
        double from = bench_now();
        for (int k = 0; k < REPEATS; k++) {
            struct smk_totals totals;
            bench_demand(smk_index_totals(x, &totals), "totals");
            rows += totals.row_count;
            smk_totals_deinit(&totals);
        }
        value[i] = (bench_now() - from) * 1e6 / REPEATS;
        from = bench_now();
        for (int k = 0; k < REPEATS; k++)
            persons += read_sums(x);
        limit[i] = (bench_now() - from) * 1e6 / REPEATS;
    }
    if (persons == 0 || rows == 0)
        bench_demand(SMK_ERR_STORE_DAMAGED, "the totals are empty");
    return (struct bench_result){bench_median(value, b->runs), bench_median(limit, b->runs)};
}

void bench_index(const struct bench_options *options, const bool wanted[BENCH_INDEX_KEYS],
                 struct bench_result ret_result[BENCH_INDEX_KEYS])
{
    struct bench b = {.options = options,
                      .documents = options->is_quick ? DOCUMENTS_QUICK : DOCUMENTS,
                      .runs = options->is_quick ? BENCH_RUNS_QUICK : BENCH_RUNS};
    char path[PATH_MAX_BYTES];
    path_of(&b, "home", path);
    bench_data_make(path, b.documents, &b.home);
    if (wanted[BENCH_INDEX])
        measure_index(&b, &ret_result[BENCH_INDEX]);
    struct smk_index *x = open_index(&b);
    if (wanted[BENCH_SEARCH])
        ret_result[BENCH_SEARCH] = measure_search(&b, x);
    if (wanted[BENCH_LIST])
        ret_result[BENCH_LIST] = measure_lists(&b, x);
    if (wanted[BENCH_TOTALS])
        ret_result[BENCH_TOTALS] = measure_totals(&b, x);
    smk_index_close(x);
    smk_home_close(&b.home);
}
