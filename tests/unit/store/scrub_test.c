#include "store/scrub.h"

#include "proto/hash.h"
#include "store/audit.h"
#include "store/damage.h"
#include "tests/support/builders.h"
#include "tests/support/fault.h"
#include "tests/support/rng.h"
#include "tests/support/stores.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(scrub, .init = start_crypto, .timeout = 120);

enum { FOUND_MAX = 64, EDITS = 24 };

/* ---- a home, and everything that it holds ---- */

struct patient {
    struct test_dir dir;
    struct smk_home home;
    uint8_t digest[SMK_HASH_BYTES];
    struct smk_buf *bytes; /* by arrival, from 1: whole records */
    struct smk_record *record;
    size_t count;
};

static bool keep_record(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct patient *p = ctx;
    cr_assert(eq(u64, arrival, p->count + 1));
    p->bytes = realloc(p->bytes, (arrival + 1) * sizeof *p->bytes);
    p->bytes[arrival] = (struct smk_buf){.max = SMK_PAYLOAD_BYTES_MAX + 4096};
    smk_record_encode(r, &p->bytes[arrival]);
    cr_assert(eq(int, p->bytes[arrival].err, SMK_OK));
    p->count++;
    return true;
}

static void patient_init(struct patient *p)
{
    struct smk_store_view *v;
    *p = (struct patient){0};
    test_dir_init(&p->dir);
    test_home_found(&p->dir, "a", &p->home);
    cr_assert(eq(int, test_put(&p->home, "pub", EDITS), SMK_OK));
    cr_assert(eq(int, test_put(&p->home, "nat", EDITS), SMK_OK));
    cr_assert(eq(int, test_store_digest(p->home.store, p->digest), SMK_OK));
    cr_assert(eq(int, smk_store_view_new(p->home.store, &v), SMK_OK));
    const struct smk_view *view = smk_store_view_get(v);
    cr_assert(eq(int, view->read_arrivals(view->ctx, 0, keep_record, p), SMK_OK));
    smk_store_view_free(v);
    p->record = calloc(p->count + 1, sizeof *p->record);
    for (size_t i = 1; i <= p->count; i++)
        cr_assert(eq(int, smk_record_decode(smk_buf_view(&p->bytes[i]), &p->record[i]), SMK_OK));
}

static void patient_deinit(struct patient *p)
{
    for (size_t i = 1; i <= p->count; i++)
        smk_buf_deinit(&p->bytes[i]);
    free(p->bytes);
    free(p->record);
    smk_home_close(&p->home);
    test_dir_deinit(&p->dir);
}

/* Whether everything is as it was. */
static bool is_healthy(struct patient *p)
{
    uint8_t digest[SMK_HASH_BYTES];
    return test_store_digest(p->home.store, digest) == SMK_OK &&
           memcmp(digest, p->digest, sizeof digest) == 0;
}

/* ---- damaging a row ---- */

struct blow {
    enum smk_table table;
    uint8_t key[SMK_PLACE_KEY_BYTES];
    size_t key_len;
    size_t at; /* byte of the value; SIZE_MAX = the row goes */
    uint8_t bits;
    size_t value_len; /* as it was */
};

static enum smk_err strike_row(struct smk_txn *t, void *ctx)
{
    struct blow *b = ctx;
    struct smk_bytes key = {b->key, b->key_len}, value;
    cr_assert(smk_txn_get(t, b->table, key, &value));
    b->value_len = value.len;
    if (b->at == SIZE_MAX) {
        smk_txn_del(t, b->table, key);
        return t->err;
    }
    uint8_t *copy = malloc(value.len);
    memcpy(copy, value.data, value.len);
    copy[b->at % value.len] ^= b->bits;
    smk_txn_put(t, b->table, key, (struct smk_bytes){copy, value.len});
    free(copy);
    return t->err;
}

static size_t strike_record(struct patient *p, uint64_t arrival, size_t at, uint8_t bits)
{
    struct blow b = {.table = SMK_TABLE_REC, .key_len = SMK_ARRIVAL_KEY_BYTES, .at = at, .bits = bits};
    smk_row_write_u64(arrival, b.key);
    cr_assert(eq(int, smk_db_write(p->home.store->db, strike_row, &b), SMK_OK));
    return b.value_len;
}

/* ---- scrubbing ---- */

struct findings {
    size_t count;
    struct smk_damage at[FOUND_MAX];
    struct smk_scrub_counts counts;
};

static void find(void *ctx, const struct smk_damage *d)
{
    struct findings *f = ctx;
    cr_assert(lt(sz, f->count, FOUND_MAX));
    f->at[f->count++] = *d;
}

static void scrub(struct patient *p, struct findings *ret_f)
{
    *ret_f = (struct findings){0};
    cr_assert(eq(int, smk_store_scrub(p->home.store, find, ret_f, &ret_f->counts), SMK_OK));
}

static void count_row(void *ctx, const struct smk_damage *d)
{
    cr_assert(gt(u64, d->arrival, 0));
    ++*(size_t *)ctx;
}

static size_t count_rows(struct patient *p)
{
    size_t count = 0;
    cr_assert(eq(int, smk_store_each_damaged(p->home.store, count_row, &count), SMK_OK));
    return count;
}

static size_t mend(struct patient *p, uint64_t from, uint64_t to)
{
    size_t mended = 99;
    cr_assert(eq(int, smk_store_mend(p->home.store, &p->record[from], to - from + 1, &mended), SMK_OK));
    return mended;
}

Test(scrub, finds_nothing_in_a_sound_store_and_keeps_nothing)
{
    struct patient p;
    struct findings f;
    patient_init(&p);
    uint64_t moment = smk_store_moment(p.home.store);
    scrub(&p, &f);
    cr_assert(eq(sz, f.count, 0));
    cr_assert(eq(u64, f.counts.records, p.count));
    cr_assert(eq(u64, f.counts.logs, 3));
    cr_assert(eq(u64, f.counts.damaged + f.counts.faults + f.counts.mended, 0));
    cr_assert(eq(u64, smk_store_moment(p.home.store), moment), "nothing was written");
    patient_deinit(&p);
}

Test(scrub, finds_every_flipped_bit_by_name_and_mends_it)
{
    struct patient p;
    uint64_t seed = test_seed();
    struct test_rng rng = test_rng_from(seed);
    patient_init(&p);
    for (int i = 0; i < 300; i++) {
        struct findings f;
        uint64_t arrival = 1 + test_rng_below(&rng, p.count);
        size_t at = (size_t)test_rng_below(&rng, 1 << 20);
        uint8_t bits = (uint8_t)(1u << test_rng_below(&rng, 8));
        size_t place = at % strike_record(&p, arrival, at, bits);
        bool is_log_number = place >= 1 && place <= 4; /* which readers through the index do not look at */
        scrub(&p, &f);
        cr_assert(eq(sz, f.count, 1), "seed %zu, turn %d", (size_t)seed, i);
        cr_assert(eq(u64, f.at[0].arrival, arrival), "seed %zu, turn %d", (size_t)seed, i);
        cr_assert(eq(u64, f.at[0].seq, p.record[arrival].header.seq));
        cr_assert(f.at[0].has_id);
        cr_assert(eq(int, memcmp(f.at[0].id, p.record[arrival].id, SMK_ID_BYTES), 0));
        cr_assert(eq(u64, f.counts.damaged, 1));
        cr_assert(eq(sz, count_rows(&p), 1));
        cr_assert(eq(int, is_healthy(&p), is_log_number), "seed %zu, turn %d", (size_t)seed, i);
        cr_assert(eq(sz, mend(&p, arrival, arrival), 1), "seed %zu, turn %d", (size_t)seed, i);
        cr_assert(eq(sz, count_rows(&p), 0));
        cr_assert(is_healthy(&p), "seed %zu, turn %d", (size_t)seed, i);
    }
    patient_deinit(&p);
}

Test(scrub, mends_a_stretch_from_its_newest_record_down)
{
    struct patient p;
    struct findings f;
    patient_init(&p);
    uint64_t head = p.count, first = p.count - EDITS; /* of `nat`, whose open stands there */
    for (uint64_t n = first; n <= head; n++)
        strike_record(&p, n, 40 + n, 4);
    scrub(&p, &f);
    cr_assert(eq(u64, f.counts.damaged, EDITS + 1));
    cr_assert(f.at[0].has_id, "the head, which the state of the log names");
    cr_assert(not(f.at[1].has_id), "nobody knows what stood before it");
    cr_assert(eq(sz, mend(&p, first, head - 1), 0), "not before the head is sound");
    cr_assert(eq(sz, mend(&p, first + 3, head), head - first - 2));
    cr_assert(eq(sz, mend(&p, first, first + 2), 3));
    cr_assert(is_healthy(&p));
    scrub(&p, &f);
    cr_assert(eq(u64, f.counts.damaged + f.counts.faults, 0));
    patient_deinit(&p);
}

Test(scrub, mends_a_decision_without_which_there_is_no_roster)
{
    struct patient p;
    struct smk_roster *roster = NULL;
    patient_init(&p);
    for (uint64_t n = 1; n <= p.count && p.record[n].header.scope.kind == SMK_SCOPE_GOV; n++)
        strike_record(&p, n, 200, 1);
    cr_assert(eq(int, smk_store_roster(p.home.store, &roster), SMK_ERR_STORE_DAMAGED));
    cr_assert(gt(sz, mend(&p, 1, 5), 3));
    cr_assert(eq(int, smk_store_roster(p.home.store, &roster), SMK_OK));
    smk_roster_free(roster);
    cr_assert(is_healthy(&p));
    patient_deinit(&p);
}

Test(scrub, takes_nothing_but_the_record_that_belongs_there)
{
    struct patient p;
    size_t mended = 99;
    patient_init(&p);
    uint64_t n = p.count - 3;
    strike_record(&p, n, 300, 1);
    struct smk_record other = p.record[n];
    other.id[31] ^= 1;
    cr_assert(eq(int, smk_store_mend(p.home.store, &other, 1, &mended), SMK_OK));
    cr_assert(eq(sz, mended, 0), "another id");
    other = p.record[n];
    other.has_payload = false;
    cr_assert(eq(int, smk_store_mend(p.home.store, &other, 1, &mended), SMK_OK));
    cr_assert(eq(sz, mended, 0), "without the payload that stood here");
    other = p.record[n];
    other.salt[0] ^= 1;
    cr_assert(eq(int, smk_store_mend(p.home.store, &other, 1, &mended), SMK_OK));
    cr_assert(eq(sz, mended, 0), "with another salt");
    other = p.record[n];
    other.header.incarnation[0] ^= 1;
    cr_assert(eq(int, smk_store_mend(p.home.store, &other, 1, &mended), SMK_ERR_NOT_FOUND));
    cr_assert(eq(sz, mend(&p, n - 2, n - 1), 0), "sound ones are left alone");
    cr_assert(eq(sz, mend(&p, n - 2, n + 2), 1));
    cr_assert(is_healthy(&p));
    patient_deinit(&p);
}

Test(scrub, puts_a_row_back_that_is_gone)
{
    struct patient p;
    struct findings f;
    patient_init(&p);
    strike_record(&p, p.count - 5, SIZE_MAX, 0);
    scrub(&p, &f);
    cr_assert(eq(u64, f.counts.damaged, 1));
    cr_assert(eq(u64, f.counts.faults, 0));
    cr_assert(eq(sz, mend(&p, p.count - 5, p.count - 5), 1));
    cr_assert(is_healthy(&p));
    patient_deinit(&p);
}

/* ---- rows that end behind the signature, as those of records without payload do ---- */

static enum smk_err cut_row(struct smk_txn *t, void *ctx)
{
    uint8_t key[SMK_ARRIVAL_KEY_BYTES];
    struct smk_bytes row;
    smk_row_write_u64(*(const uint64_t *)ctx, key);
    cr_assert(smk_txn_get(t, SMK_TABLE_REC, SMK_BYTES(key), &row));
    size_t len = 1 + 4 + 8 + 2 + ((size_t)row.data[13] << 8 | row.data[14]) + SMK_SIGNATURE_BYTES;
    uint8_t *copy = malloc(len);
    cr_assert(lt(sz, len, row.len));
    memcpy(copy, row.data, len);
    smk_txn_put(t, SMK_TABLE_REC, SMK_BYTES(key), (struct smk_bytes){copy, len});
    free(copy);
    return t->err;
}

static void cut_record(struct patient *p, uint64_t arrival)
{
    cr_assert(eq(int, smk_db_write(p->home.store->db, cut_row, &arrival), SMK_OK));
}

/* The state of the log of a record says that so many are without payload. */
struct tally {
    const struct smk_record *of;
    uint64_t holes;
};

static enum smk_err write_tally(struct smk_txn *t, void *ctx)
{
    const struct tally *tally = ctx;
    const struct smk_header *h = &tally->of->header;
    uint8_t log_id[SMK_ID_BYTES], key[SMK_LOG_KEY_BYTES], row[SMK_LOG_ROW_BYTES_MAX];
    uint32_t log_no;
    struct smk_log log;
    smk_log_id(h->author, h->incarnation, &h->scope, log_id);
    cr_assert(smk_txn_find_log(t, log_id, &log_no, &log));
    log.holes = tally->holes;
    smk_row_write_u32(log_no, key);
    smk_txn_put(t, SMK_TABLE_LOG, SMK_BYTES(key), (struct smk_bytes){row, smk_log_row_write(&log, row)});
    return t->err;
}

static void set_tally(struct patient *p, uint64_t arrival, uint64_t holes)
{
    struct tally tally = {&p->record[arrival], holes};
    cr_assert(eq(int, smk_db_write(p->home.store->db, write_tally, &tally), SMK_OK));
}

static bool read_on(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    (void)arrival;
    (void)r;
    ++*(size_t *)ctx;
    return true;
}

/* Reads by arrival and the log of that record; both go wrong, or neither does. */
static enum smk_err read_both(struct patient *p, uint64_t of, size_t *ret_by_arrival, size_t *ret_by_log)
{
    const struct smk_header *h = &p->record[of].header;
    struct smk_store_view *v;
    uint8_t log_id[SMK_ID_BYTES];
    *ret_by_arrival = *ret_by_log = 0;
    smk_log_id(h->author, h->incarnation, &h->scope, log_id);
    cr_assert(eq(int, smk_store_view_new(p->home.store, &v), SMK_OK));
    const struct smk_view *view = smk_store_view_get(v);
    enum smk_err by_arrival = view->read_arrivals(view->ctx, 0, read_on, ret_by_arrival);
    enum smk_err by_log = view->read_log(view->ctx, log_id, 1, read_on, ret_by_log);
    smk_store_view_free(v);
    cr_assert(eq(int, by_arrival, by_log));
    return by_log;
}

Test(scrub, finds_a_row_that_lost_its_payload_by_name_and_mends_it)
{
    struct patient p;
    patient_init(&p);
    uint64_t first = p.count - 2 * (EDITS + 1) + 1;  /* behind the decisions */
    for (uint64_t n = first; n <= p.count; n += 7) { /* an open, edits, and a head */
        struct findings f;
        size_t by_arrival, by_log, mended = 99;
        struct smk_record bare = p.record[n];
        bare.has_payload = false;
        cut_record(&p, n);
        cr_assert(eq(int, read_both(&p, n, &by_arrival, &by_log), SMK_ERR_STORE_DAMAGED), "%zu", (size_t)n);
        cr_assert(eq(sz, by_arrival, n - 1));
        cr_assert(eq(u64, by_log, p.record[n].header.seq - 1));
        scrub(&p, &f);
        cr_assert(eq(sz, f.count, 1), "%zu", (size_t)n);
        cr_assert(eq(u64, f.at[0].arrival, n));
        cr_assert(f.at[0].has_id);
        cr_assert(eq(int, memcmp(f.at[0].id, p.record[n].id, SMK_ID_BYTES), 0));
        cr_assert(eq(u64, f.counts.damaged, 1));
        cr_assert(eq(sz, count_rows(&p), 1));
        cr_assert(eq(int, smk_store_mend(p.home.store, &bare, 1, &mended), SMK_OK));
        cr_assert(eq(sz, mended, 0), "it was stored with its payload");
        strike_record(&p, n, 40, 1); /* and what is left of it is spoilt as well */
        cr_assert(eq(int, smk_store_mend(p.home.store, &bare, 1, &mended), SMK_OK));
        cr_assert(eq(sz, mended, 0), "it was stored with its payload");
        cr_assert(eq(sz, mend(&p, n, n), 1), "%zu", (size_t)n);
        cr_assert(eq(sz, count_rows(&p), 0));
        cr_assert(is_healthy(&p), "%zu", (size_t)n);
    }
    patient_deinit(&p);
}

Test(scrub, misses_no_decision_that_lost_its_payload)
{
    struct patient p;
    struct findings f;
    struct smk_roster *roster = NULL;
    patient_init(&p);
    cut_record(&p, 2);
    cr_assert(eq(int, smk_store_roster(p.home.store, &roster), SMK_ERR_STORE_DAMAGED));
    scrub(&p, &f);
    cr_assert(eq(sz, f.count, 1));
    cr_assert(eq(u64, f.at[0].arrival, 2));
    cr_assert(eq(sz, mend(&p, 2, 2), 1));
    cr_assert(eq(int, smk_store_roster(p.home.store, &roster), SMK_OK));
    smk_roster_free(roster);
    cr_assert(is_healthy(&p));
    patient_deinit(&p);
}

Test(scrub, names_every_record_without_payload_when_the_log_counts_fewer)
{
    struct patient p;
    struct findings f;
    size_t by_arrival, by_log;
    patient_init(&p);
    uint64_t n = p.count - 6;
    cut_record(&p, n);
    cut_record(&p, n + 2);
    set_tally(&p, n, 2);
    cr_assert(eq(int, read_both(&p, n, &by_arrival, &by_log), SMK_OK), "two that came without");
    scrub(&p, &f);
    cr_assert(eq(sz, f.count, 0));
    cr_assert(eq(sz, mend(&p, n - 1, n + 3), 0), "they are what was stored");
    set_tally(&p, n, 1);
    scrub(&p, &f);
    cr_assert(eq(sz, f.count, 2));
    cr_assert(eq(u64, f.at[0].arrival, n + 2), "from the head down");
    cr_assert(eq(u64, f.at[1].arrival, n));
    cr_assert(f.at[0].has_id && f.at[1].has_id);
    cr_assert(eq(u64, f.counts.records, p.count), "no record is counted twice");
    cr_assert(eq(sz, count_rows(&p), 2));
    cr_assert(eq(sz, mend(&p, n - 1, n + 3), 1), "the count fits then");
    scrub(&p, &f);
    cr_assert(eq(u64, f.counts.damaged + f.counts.faults, 0));
    cr_assert(eq(u64, f.counts.mended, 1), "one more is what was stored after all");
    cr_assert(eq(sz, count_rows(&p), 0));
    patient_deinit(&p);
}

/* The index row of the n-th arrival. */
static struct blow blow_at_index(struct patient *p, uint64_t n, size_t at, uint8_t bits)
{
    struct blow b = {.table = SMK_TABLE_IDX, .key_len = SMK_PLACE_KEY_BYTES, .at = at, .bits = bits};
    const struct smk_header *h = &p->record[n].header;
    uint8_t log_id[SMK_ID_BYTES];
    uint32_t log_no;
    struct smk_log log;
    struct smk_txn t;
    smk_log_id(h->author, h->incarnation, &h->scope, log_id);
    smk_txn_begin_read(&t, p->home.store->db);
    cr_assert(smk_txn_find_log(&t, log_id, &log_no, &log));
    cr_assert(eq(int, smk_txn_end(&t), SMK_OK));
    smk_place_key(log_no, h->seq, b.key);
    return b;
}

Test(scrub, tells_a_fault_of_the_index_from_a_spoilt_record)
{
    static const struct {
        size_t at;
        uint8_t bits;
        const char *why;
    } row[] = {
        {7, 1, "it leads to a neighbour"},
        {0, 1, "it leads beyond the newest arrival"},
        {SIZE_MAX, 0, "it is not there"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct patient p;
        struct findings f;
        size_t mended;
        patient_init(&p);
        uint64_t n = p.count - 7;
        struct blow b = blow_at_index(&p, n, row[i].at, row[i].bits);
        cr_assert(eq(int, smk_db_write(p.home.store->db, strike_row, &b), SMK_OK));
        scrub(&p, &f);
        cr_assert(eq(u64, f.counts.damaged, 0), "%s", row[i].why);
        cr_assert(ge(u64, f.counts.faults, 1), "%s", row[i].why);
        cr_assert(eq(sz, count_rows(&p), 0), "%s", row[i].why);
        cr_assert(eq(int, smk_store_mend(p.home.store, &p.record[n], 1, &mended), SMK_ERR_STORE_DAMAGED),
                  "%s", row[i].why);
        patient_deinit(&p);
    }
}

static void tell_finding(void *ctx, const struct smk_finding *finding)
{
    (void)ctx;
    cr_log_warn("%s", finding->what);
}

Test(scrub, forgets_what_is_good_again_and_does_not_disturb_an_audit)
{
    struct patient p;
    struct findings f;
    struct smk_audit_counts counts;
    patient_init(&p);
    strike_record(&p, p.count, 300, 8);
    strike_record(&p, p.count - 1, 300, 8);
    scrub(&p, &f);
    cr_assert(eq(sz, count_rows(&p), 2));
    strike_record(&p, p.count, 300, 8); /* back, by chance */
    scrub(&p, &f);
    cr_assert(eq(u64, f.counts.mended, 1));
    cr_assert(eq(u64, f.counts.damaged, 1));
    cr_assert(eq(sz, count_rows(&p), 1));
    strike_record(&p, p.count - 1, 300, 8);
    smk_home_close(&p.home);
    struct findings audit = {0};
    cr_assert(
        eq(int, smk_store_audit(test_dir_at(&p.dir, "a/store").text, tell_finding, &audit, &counts), SMK_OK));
    cr_assert(eq(u64, counts.findings, 0), "a row `d` is in form");
    patient_deinit(&p);
}

Test(scrub, keeps_nothing_in_a_store_that_is_only_read)
{
    struct patient p;
    struct findings f = {0};
    struct smk_store *copy;
    patient_init(&p);
    strike_record(&p, p.count, 300, 8);
    test_copy_folder(test_dir_at(&p.dir, "a/store").text, test_dir_at(&p.dir, "copy").text);
    struct test_path folder = test_dir_at(&p.dir, "copy");
    struct smk_store_options options = {.path = folder.text, .is_read_only = true};
    cr_assert(eq(int, smk_store_open(&options, &copy), SMK_OK));
    cr_assert(eq(int, smk_store_scrub(copy, find, &f, &f.counts), SMK_OK));
    cr_assert(eq(u64, f.counts.damaged, 1));
    smk_store_close(copy);
    patient_deinit(&p);
}

Test(scrub, survives_every_failing_allocation)
{
    static const enum test_fault kinds[] = {TEST_FAULT_ONCE, TEST_FAULT_STICKY};
    struct patient p;
    patient_init(&p);
    for (size_t k = 0; k < 2; k++) {
        bool was_hit = true;
        for (unsigned long nth = 0; was_hit; nth++) {
            struct findings f = {0};
            size_t mended = 0;
            strike_record(&p, p.count - 2, 300, 8);
            test_fault_begin(kinds[k], nth);
            enum smk_err err = smk_store_scrub(p.home.store, find, &f, &f.counts);
            if (err == SMK_OK)
                err = smk_store_mend(p.home.store, &p.record[p.count - 2], 1, &mended);
            test_fault_end();
            was_hit = test_fault_hits() > 0;
            cr_assert(eq(long, test_fault_live(), 0), "allocation %lu", nth);
            cr_assert(eq(int, err, was_hit ? SMK_ERR_NOMEM : SMK_OK), "allocation %lu", nth);
            if (mended == 0) {
                cr_assert(eq(sz, mend(&p, p.count - 2, p.count - 2), 1));
            }
            cr_assert(is_healthy(&p), "allocation %lu", nth);
            cr_assert(lt(u64, nth, 1000));
        }
    }
    patient_deinit(&p);
}
