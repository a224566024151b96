#include "proto/check.h"
#include "proto/mem.h"
#include "store/forks.h"

#include <string.h>

/* Reads go page by page: a short transaction copies rows, then, outside of it, each record is checked and given. */

enum { PAGE_ROWS_MAX = 512, PAGE_BYTES_MAX = 512 * 1024, ROW_BYTES_MAX = 128 * 1024 };

_Static_assert(SMK_PAYLOAD_BYTES_MAX + 2 * SMK_HEADER_BYTES_MAX < ROW_BYTES_MAX,
               "a row fits behind a full page");

/* A page: [arrival u64, length u32, row] one after the other. */
struct page {
    struct smk_buf bytes;
    size_t rows;
    size_t rows_max; /* rises from page to page: who wants one record does not pay for many */
    bool is_last;    /* nothing more to read behind it */
};

static bool page_is_full(const struct page *p)
{
    return p->rows >= p->rows_max || p->bytes.len >= PAGE_BYTES_MAX;
}

static void page_add(struct page *p, uint64_t arrival, struct smk_bytes row)
{
    smk_buf_write_be64(&p->bytes, arrival);
    smk_buf_write_be32(&p->bytes, (uint32_t)row.len);
    smk_buf_write_bytes(&p->bytes, row);
    p->rows++;
}

static void page_begin(struct page *p)
{
    smk_buf_reset(&p->bytes);
    p->rows = 0;
    p->rows_max = p->rows_max == 0 ? 16 : p->rows_max * 4 < PAGE_ROWS_MAX ? p->rows_max * 4 : PAGE_ROWS_MAX;
}

static void reading_begin(struct smk_reading *r, struct page *p)
{
    *p = (struct page){.bytes = r->spare};
    p->bytes.max = PAGE_BYTES_MAX + ROW_BYTES_MAX;
    r->spare = (struct smk_buf){0};
}

static void reading_end(struct smk_reading *r, struct page *p)
{
    if (r->spare.data == NULL)
        r->spare = p->bytes;
    else
        smk_buf_deinit(&p->bytes); /* a nested read has left its own */
}

/* What the records of a page have to be. */
struct expectation {
    const uint8_t *log_id;               /* NULL = any */
    uint64_t seq;                        /* of the next record, with a log */
    uint64_t arrival;                    /* of the next record, without one */
    const struct smk_disputes *disputes; /* records that are not given; NULL = all are */
};

static bool is_expected(const struct expectation *want, const struct smk_record *r, uint64_t arrival)
{
    uint8_t log_id[SMK_ID_BYTES];
    if (want->log_id == NULL)
        return arrival == want->arrival;
    smk_log_id(r->header.author, r->header.incarnation, &r->header.scope, log_id);
    return r->header.seq == want->seq && memcmp(log_id, want->log_id, SMK_ID_BYTES) == 0;
}

/* Checks and gives the records of a page. *ret_goes_on is false when the callback wants no more. */
static enum smk_err page_give(const struct page *p, struct expectation *want, smk_view_record_fn *fn,
                              void *ctx, bool *ret_goes_on)
{
    struct smk_reader reader = smk_reader_over(smk_buf_view(&p->bytes));
    *ret_goes_on = true;
    while (smk_reader_left(&reader) > 0 && *ret_goes_on) {
        struct smk_rec_row row;
        struct smk_record record;
        uint64_t arrival = smk_read_be64(&reader);
        uint32_t len = smk_read_be32(&reader);
        enum smk_err err = smk_rec_row_read(smk_read_bytes(&reader, len), &row);
        if (err == SMK_OK)
            err = smk_rec_row_record(&row, &record);
        if (err == SMK_OK && !is_expected(want, &record, arrival))
            err = SMK_ERR_STORE_DAMAGED;
        if (err != SMK_OK)
            return err;
        want->seq++;
        want->arrival++;
        bool is_disputed =
            want->disputes != NULL && smk_disputes_hold(want->disputes, row.log_no, record.header.seq);
        if (!is_disputed)
            *ret_goes_on = fn(ctx, arrival, &record);
    }
    return SMK_OK;
}

/* A row that is copied without a look at it; only one without a payload is held against the state of its log. */
static bool is_cut(struct smk_bytes bytes, const struct smk_log *log)
{
    struct smk_rec_row row;
    return smk_rec_row_read(bytes, &row) == SMK_OK && smk_rec_row_is_cut(&row, log);
}

/* ---- one log ---- */

static enum smk_err log_page_fill(struct smk_reading *r, struct smk_txn *t, struct page *p,
                                  const uint8_t log_id[SMK_ID_BYTES], uint64_t seq)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    struct smk_bytes row;
    struct smk_log log;
    uint8_t key[SMK_PLACE_KEY_BYTES];
    uint32_t at_log = 0, log_no = 0;
    uint64_t at_seq = 0;
    p->is_last = true;
    if (!smk_txn_find_log(t, log_id, &log_no, &log))
        return t->err;
    smk_place_key(log_no, seq, key);
    smk_cursor_open(&c, t, SMK_TABLE_IDX);
    for (bool is_row = smk_cursor_seek(&c, SMK_BYTES(key)); is_row; is_row = smk_cursor_next(&c)) {
        uint64_t arrival = smk_row_read_u64(c.value);
        if (!smk_place_read(c.key, &at_log, &at_seq))
            return SMK_ERR_STORE_DAMAGED;
        if (at_log != log_no || seq > smk_log_settled(&log))
            break;
        if (arrival > r->arrival_max) /* it came later; unless no record has that number */
            return arrival <= smk_txn_last_arrival(t) ? SMK_OK : SMK_ERR_STORE_DAMAGED;
        if (page_is_full(p)) {
            p->is_last = false;
            return SMK_OK;
        }
        if (at_seq != seq++ || !smk_txn_get(t, SMK_TABLE_REC, c.value, &row) || is_cut(row, &log))
            return t->err != SMK_OK ? t->err : SMK_ERR_STORE_DAMAGED;
        page_add(p, arrival, row);
    }
    if (t->err != SMK_OK)
        return t->err;
    return seq > smk_log_settled(&log) ? SMK_OK : SMK_ERR_STORE_DAMAGED; /* fewer places than the log has */
}

static enum smk_err log_read(struct smk_reading *r, struct page *p, const uint8_t log_id[SMK_ID_BYTES],
                             uint64_t from_seq, smk_view_record_fn *fn, void *ctx)
{
    struct expectation want = {.log_id = log_id, .seq = from_seq};
    bool goes_on = true;
    while (goes_on) {
        struct smk_txn t;
        page_begin(p);
        smk_txn_begin_read(&t, r->store->db);
        enum smk_err err = t.err;
        if (err == SMK_OK)
            err = log_page_fill(r, &t, p, log_id, want.seq);
        enum smk_err end = smk_txn_end(&t);
        if (err == SMK_OK)
            err = end != SMK_OK ? end : p->bytes.err;
        if (err == SMK_OK && p->rows == 0 && want.seq == from_seq)
            return SMK_ERR_NOT_FOUND;
        /* What stands before a damaged place is given. */
        enum smk_err given = p->bytes.err == SMK_OK ? page_give(p, &want, fn, ctx, &goes_on) : SMK_OK;
        if (given != SMK_OK)
            return given;
        if (!goes_on)
            return SMK_OK;
        if (err != SMK_OK || p->is_last)
            return err;
    }
    return SMK_OK;
}

enum smk_err smk_reading_log(struct smk_reading *r, const uint8_t log_id[SMK_ID_BYTES], uint64_t from_seq,
                             smk_view_record_fn *fn, void *ctx)
{
    struct page page;
    reading_begin(r, &page);
    enum smk_err err = log_read(r, &page, log_id, from_seq, fn, ctx);
    reading_end(r, &page);
    return err;
}

/* ---- arrivals ---- */

/* The same for a row of any log: its state is looked up for a row without a payload alone. */
static enum smk_err look_for_cut(struct smk_txn *t, struct smk_bytes bytes)
{
    struct smk_rec_row row;
    struct smk_bytes state;
    struct smk_log log;
    uint8_t key[SMK_LOG_KEY_BYTES];
    if (smk_rec_row_read(bytes, &row) != SMK_OK || row.salt != NULL)
        return SMK_OK; /* whoever takes it off the page finds out */
    smk_row_write_u32(row.log_no, key);
    if (!smk_txn_get(t, SMK_TABLE_LOG, SMK_BYTES(key), &state))
        return t->err != SMK_OK ? t->err : SMK_ERR_STORE_DAMAGED;
    enum smk_err err = smk_log_row_read(state, &log);
    return err == SMK_OK && smk_rec_row_is_cut(&row, &log) ? SMK_ERR_STORE_DAMAGED : err;
}

static enum smk_err arrivals_page_fill(struct smk_reading *r, struct smk_txn *t, struct page *p,
                                       uint64_t from)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    uint8_t key[SMK_ARRIVAL_KEY_BYTES];
    p->is_last = true;
    smk_row_write_u64(from, key);
    smk_cursor_open(&c, t, SMK_TABLE_REC);
    for (bool is_row = smk_cursor_seek(&c, SMK_BYTES(key)); is_row; is_row = smk_cursor_next(&c)) {
        uint64_t arrival = smk_row_read_u64(c.key);
        if (arrival > r->arrival_max)
            return SMK_OK;
        if (page_is_full(p)) {
            p->is_last = false;
            return SMK_OK;
        }
        enum smk_err err = look_for_cut(t, c.value);
        if (err != SMK_OK)
            return err;
        page_add(p, arrival, c.value);
    }
    return t->err;
}

static enum smk_err arrivals_read(struct smk_reading *r, struct page *p, uint64_t after,
                                  smk_view_record_fn *fn, void *ctx)
{
    struct expectation want = {.arrival = after + 1, .disputes = r->disputes};
    bool goes_on = true;
    while (goes_on && want.arrival <= r->arrival_max) {
        struct smk_txn t;
        page_begin(p);
        smk_txn_begin_read(&t, r->store->db);
        enum smk_err err = t.err;
        if (err == SMK_OK)
            err = arrivals_page_fill(r, &t, p, want.arrival);
        enum smk_err end = smk_txn_end(&t);
        if (err == SMK_OK)
            err = end != SMK_OK ? end : p->bytes.err;
        enum smk_err given = p->bytes.err == SMK_OK ? page_give(p, &want, fn, ctx, &goes_on) : SMK_OK;
        if (given != SMK_OK)
            return given;
        if (!goes_on)
            return SMK_OK;
        if (err != SMK_OK)
            return err;
        if (p->is_last) /* every number up to the newest must be there */
            return want.arrival > r->arrival_max ? SMK_OK : SMK_ERR_STORE_DAMAGED;
    }
    return SMK_OK;
}

enum smk_err smk_reading_arrivals(struct smk_reading *r, uint64_t after, smk_view_record_fn *fn, void *ctx)
{
    struct page page;
    reading_begin(r, &page);
    enum smk_err err = arrivals_read(r, &page, after, fn, ctx);
    reading_end(r, &page);
    return err;
}

/* ---- log states ---- */

enum { LOGS_PAGE = 64 };

struct logs_page {
    struct smk_log log[LOGS_PAGE];
    size_t count;
};

static enum smk_err logs_page_fill(struct smk_txn *t, struct logs_page *p, uint32_t from)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    uint8_t key[SMK_LOG_KEY_BYTES];
    smk_row_write_u32(from, key);
    smk_cursor_open(&c, t, SMK_TABLE_LOG);
    for (bool is_row = smk_cursor_seek(&c, SMK_BYTES(key)); is_row && p->count < LOGS_PAGE;
         is_row = smk_cursor_next(&c)) {
        if (smk_row_read_u32(c.key) != from + p->count ||
            smk_log_row_read(c.value, &p->log[p->count]) != SMK_OK)
            return SMK_ERR_STORE_DAMAGED;
        p->count++;
    }
    return t->err;
}

enum smk_err smk_store_each_log(struct smk_store *s, smk_store_log_fn *fn, void *ctx)
{
    struct logs_page *page = smk_mem_new(sizeof *page);
    if (page == NULL)
        return SMK_ERR_NOMEM;
    enum smk_err err = SMK_OK;
    bool goes_on = true;
    for (uint32_t from = 1; goes_on; from += LOGS_PAGE) {
        struct smk_txn t;
        page->count = 0;
        smk_txn_begin_read(&t, s->db);
        err = t.err;
        if (err == SMK_OK)
            err = logs_page_fill(&t, page, from);
        enum smk_err end = smk_txn_end(&t);
        if (err == SMK_OK)
            err = end;
        for (size_t i = 0; i < page->count && goes_on; i++)
            goes_on = fn(ctx, &page->log[i]);
        if (err != SMK_OK || page->count < LOGS_PAGE)
            break;
    }
    smk_mem_free(page);
    return err;
}
