#include "proto/check.h"
#include "proto/mem.h"
#include "store/damage.h"

#include <string.h>

enum {
    PAGE_PLACES_MAX = 256, /* in one transaction */
    PAGE_BYTES_MAX = 1024 * 1024,
    PAGE_KEYS_MAX = 4096,
    GAPS_MAX = 65536,
};

struct scrub {
    struct smk_store *store;
    smk_damage_fn *fn;
    void *ctx;
    struct smk_scrub_counts counts;
    uint64_t arrival_max; /* what came later is not looked at */
    uint8_t *is_met;      /* a bit for each arrival that a place names, */
    uint8_t *is_bad;      /* and for each whose record is spoilt */
    struct smk_damage *bad;
    size_t bad_count, bad_capacity;
    uint32_t log_no; /* of the log at hand */
    enum smk_err err;
};

/* ---- what was found ---- */

static bool bit_of(const uint8_t *bits, uint64_t n)
{
    return (bits[n / 8] & (1u << (n % 8))) != 0;
}

static void bit_set(uint8_t *bits, uint64_t n)
{
    bits[n / 8] |= (uint8_t)(1u << (n % 8));
}

static enum smk_err bad_keep(struct scrub *x, const struct smk_damage *d)
{
    if (x->bad_count == SMK_SCRUB_NOTED_MAX)
        return SMK_OK;
    if (x->bad_count == x->bad_capacity) {
        size_t capacity = x->bad_capacity > 0 ? 2 * x->bad_capacity : 16;
        struct smk_damage *grown = smk_mem_resize(x->bad, capacity * sizeof *grown);
        if (grown == NULL)
            return SMK_ERR_NOMEM;
        x->bad = grown;
        x->bad_capacity = capacity;
    }
    x->bad[x->bad_count++] = *d;
    return SMK_OK;
}

/* Outside of transactions. */
static enum smk_err report(struct scrub *x, const struct smk_damage *found)
{
    struct smk_damage d = *found;
    enum smk_err err = SMK_OK;
    d.found_ms = x->store->wall_ms();
    if (d.arrival == 0) {
        x->counts.faults++;
    } else if (!bit_of(x->is_bad, d.arrival)) {
        x->counts.damaged++;
        bit_set(x->is_bad, d.arrival);
        err = bad_keep(x, &d);
    }
    x->fn(x->ctx, &d);
    return err;
}

/* ---- one log, from its head down ---- */

struct descent {
    const struct smk_log *log;
    uint64_t seq;  /* the next place to look at */
    bool knows_id; /* that belongs there */
    uint8_t id[SMK_ID_BYTES];
    uint64_t bare_count; /* records without payload */
    bool names_bare;     /* a second time: the state of the log counts fewer of those */
    size_t found_count;
    struct smk_damage found[PAGE_PLACES_MAX]; /* in this page */
};

static void found_add(struct descent *d, uint32_t log_no, uint64_t arrival, const char *what)
{
    struct smk_damage *f = &d->found[d->found_count++];
    *f = (struct smk_damage){
        .arrival = arrival,
        .log_no = log_no,
        .scope = d->log->scope,
        .seq = d->seq,
        .has_id = d->knows_id,
        .what = what,
    };
    memcpy(f->log_id, d->log->log_id, sizeof f->log_id);
    memcpy(f->author, d->log->author, sizeof f->author);
    memcpy(f->incarnation, d->log->incarnation, sizeof f->incarnation);
    if (d->knows_id)
        memcpy(f->id, d->id, sizeof f->id);
}

static void fault_add(struct descent *d, uint32_t log_no, const struct smk_place *place, bool is_other)
{
    uint64_t arrival = place->state == SMK_PLACE_FAULTY ? 0 : place->arrival;
    if (is_other && d->seq == d->log->seq)
        found_add(d, log_no, 0, "the state of the log names another head");
    else if (is_other)
        found_add(d, log_no, arrival, "it is not the record that the next one names");
    else if (place->state != SMK_PLACE_SOUND)
        found_add(d, log_no, arrival, place->what);
}

static void place_judge(struct scrub *x, struct descent *d, const struct smk_place *place)
{
    bool is_known = smk_place_is_known(place);
    bool is_other = is_known && d->knows_id && memcmp(d->id, place->record.id, SMK_ID_BYTES) != 0;
    bool is_bare = is_known && !is_other && !place->record.has_payload;
    if (place->arrival > 0)
        bit_set(x->is_met, place->arrival);
    d->bare_count += is_bare;
    if (!d->names_bare)
        fault_add(d, x->log_no, place, is_other);
    else if (is_bare)
        found_add(d, x->log_no, place->arrival,
                  "it has no payload, as more records of its log than are counted");
    d->knows_id = is_known && d->seq > 1;
    if (d->knows_id)
        memcpy(d->id, place->record.header.prev, sizeof d->id);
}

static enum smk_err page_look(struct scrub *x, struct smk_txn *t, struct descent *d)
{
    size_t bytes = 0;
    d->found_count = 0;
    for (size_t i = 0; i < PAGE_PLACES_MAX && bytes < PAGE_BYTES_MAX && d->seq > 0; i++, d->seq--) {
        struct smk_place place;
        enum smk_err err = smk_place_look(t, x->log_no, d->log, d->seq, x->arrival_max, &place);
        if (err != SMK_OK)
            return err;
        x->counts.records += !d->names_bare;
        bytes += place.row_bytes;
        place_judge(x, d, &place);
    }
    return SMK_OK;
}

static enum smk_err descend(struct scrub *x, struct descent *d)
{
    d->seq = d->log->seq;
    d->knows_id = true;
    memcpy(d->id, d->log->id, sizeof d->id);
    while (d->seq > 0) {
        struct smk_txn t;
        smk_txn_begin_read(&t, x->store->db);
        enum smk_err err = t.err == SMK_OK ? page_look(x, &t, d) : t.err;
        enum smk_err end = smk_txn_end(&t);
        if (err == SMK_OK)
            err = end;
        for (size_t i = 0; i < d->found_count && err == SMK_OK; i++)
            err = report(x, &d->found[i]);
        if (err != SMK_OK)
            return err;
    }
    return SMK_OK;
}

static bool log_scrub(void *ctx, const struct smk_log *log)
{
    struct scrub *x = ctx;
    struct descent *d = smk_mem_new(sizeof *d);
    x->log_no++;
    x->counts.logs++;
    if (d == NULL) {
        x->err = SMK_ERR_NOMEM;
        return false;
    }
    *d = (struct descent){.log = log};
    x->err = descend(x, d);
    if (x->err == SMK_OK && log->holes > 0 && d->bare_count > log->holes) {
        d->names_bare = true; /* some of them were cut, and nothing tells which */
        x->err = descend(x, d);
    }
    smk_mem_free(d);
    return x->err == SMK_OK;
}

/* ---- by arrival ---- */

/* Goes on behind `after`; *ret_last is the newest number that was looked at, and then its rows are met or reported. */
static enum smk_err keys_look(struct scrub *x, struct smk_txn *t, uint64_t after, uint64_t *ret_last,
                              uint64_t *ret_stray, uint64_t *ret_gaps)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    uint8_t key[SMK_ARRIVAL_KEY_BYTES];
    uint64_t at = after;
    size_t count = 0;
    smk_row_write_u64(after + 1, key);
    smk_cursor_open(&c, t, SMK_TABLE_REC);
    for (bool is_row = smk_cursor_seek(&c, SMK_BYTES(key)); is_row && count < PAGE_KEYS_MAX;
         is_row = smk_cursor_next(&c), count++) {
        uint64_t arrival = smk_row_read_u64(c.key);
        if (arrival > x->arrival_max)
            break;
        if (arrival <= at)
            return SMK_ERR_STORE_DAMAGED;
        for (uint64_t n = at + 1; n < arrival; n++)
            *ret_gaps += !bit_of(x->is_met, n); /* those that a place names were reported there */
        *ret_stray += !bit_of(x->is_met, arrival);
        at = arrival;
    }
    *ret_last = count < PAGE_KEYS_MAX ? x->arrival_max : at;
    return t->err;
}

static enum smk_err arrivals_scrub(struct scrub *x)
{
    uint64_t stray = 0, gaps = 0;
    enum smk_err err = SMK_OK;
    for (uint64_t at = 0; at < x->arrival_max && err == SMK_OK;) {
        struct smk_txn t;
        smk_txn_begin_read(&t, x->store->db);
        err = t.err == SMK_OK ? keys_look(x, &t, at, &at, &stray, &gaps) : t.err;
        enum smk_err end = smk_txn_end(&t);
        if (err == SMK_OK)
            err = end;
    }
    if (err == SMK_OK && stray > 0)
        err = report(x, &(struct smk_damage){.what = "records stand in no place of any log"});
    if (err == SMK_OK && gaps > 0)
        err = report(x, &(struct smk_damage){.what = "the arrival numbers have gaps"});
    return err;
}

/* ---- keeping it ---- */

/* The first row of an earlier scrub behind `after` whose record is good now; 0 = there is none. */
static enum smk_err good_find(struct scrub *x, struct smk_txn *t, uint64_t after, uint64_t *ret_arrival)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    struct smk_damage old;
    uint8_t key[SMK_DAMAGE_KEY_BYTES] = {'d'};
    *ret_arrival = 0;
    smk_row_write_u64(after + 1, key + 1);
    smk_cursor_open(&c, t, SMK_TABLE_LOCAL);
    for (bool is_row = smk_cursor_seek(&c, SMK_BYTES(key)); is_row && c.key.len > 0;
         is_row = smk_cursor_next(&c)) {
        if (c.key.data[0] != 'd')
            break;
        enum smk_err err = smk_damage_row_decode(c.key, c.value, &old);
        if (err != SMK_OK)
            return err;
        if (old.arrival <= x->arrival_max && !bit_of(x->is_bad, old.arrival)) {
            *ret_arrival = old.arrival;
            break;
        }
    }
    return t->err;
}

static enum smk_err keep(struct smk_txn *t, void *ctx)
{
    struct scrub *x = ctx;
    uint64_t good = 0;
    x->counts.mended = 0;
    enum smk_err err = good_find(x, t, 0, &good);
    while (err == SMK_OK && good != 0) {
        smk_damage_row_del(t, good);
        x->counts.mended++;
        err = good_find(x, t, good, &good);
    }
    for (size_t i = 0; i < x->bad_count && err == SMK_OK; i++)
        smk_damage_row_put(t, &x->bad[i]);
    return err != SMK_OK ? err : t->err;
}

/* ---- all of it ---- */

static enum smk_err begin(struct scrub *x)
{
    struct smk_txn t;
    smk_txn_begin_read(&t, x->store->db);
    x->arrival_max = smk_txn_last_arrival(&t);
    uint64_t row_count = smk_txn_count(&t, SMK_TABLE_REC);
    enum smk_err err = smk_txn_end(&t);
    if (err != SMK_OK)
        return err;
    if (row_count > SMK_SEQ_MAX || x->arrival_max > 2 * row_count + GAPS_MAX)
        return SMK_ERR_STORE_DAMAGED; /* the newest number cannot be believed */
    x->is_met = smk_mem_new((size_t)(x->arrival_max / 8 + 1));
    x->is_bad = smk_mem_new((size_t)(x->arrival_max / 8 + 1));
    return x->is_met != NULL && x->is_bad != NULL ? SMK_OK : SMK_ERR_NOMEM;
}

enum smk_err smk_store_scrub(struct smk_store *s, smk_damage_fn *fn, void *ctx,
                             struct smk_scrub_counts *ret_counts)
{
    struct scrub x = {.store = s, .fn = fn, .ctx = ctx};
    enum smk_err err = begin(&x);
    if (err == SMK_OK)
        err = smk_store_each_log(s, log_scrub, &x);
    if (err == SMK_OK)
        err = x.err;
    if (err == SMK_OK)
        err = arrivals_scrub(&x);
    if (err == SMK_OK)
        err = smk_db_write_vital(s->db, keep, &x);
    if (err == SMK_ERR_NOT_ALLOWED_HERE)
        err = SMK_OK; /* a copy that is only read: nothing is kept */
    if (err == SMK_OK)
        *ret_counts = x.counts;
    smk_mem_free(x.is_met);
    smk_mem_free(x.is_bad);
    smk_mem_free(x.bad);
    return err;
}
