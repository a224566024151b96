#include "store/audit.h"

#include "proto/batch.h"
#include "proto/hash.h"
#include "store/inside.h"
#include "tests/support/builders.h"
#include "tests/support/stores.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

/* Stores that hold what an insider or a mistake could have put there, in good order as far as LMDB can tell. */

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(audit_kinds, .init = start_crypto, .timeout = 60);

struct scene {
    struct test_dir dir;
    struct test_path folder;
    struct test_world world;
    struct smk_store *store;
    struct test_run run; /* 8 records of ctod in prov:02: arrivals 8..15 behind the decisions */
    uint32_t log_no;
    size_t finding_count;
    struct smk_finding finding[32];
    struct smk_audit_counts counts;
};

enum { FIRST_ARRIVAL = 8 };

static void take_run(struct scene *s, const struct test_run *run)
{
    struct smk_batch_writer w;
    struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX};
    struct smk_store_verdict verdict;
    smk_batch_writer_init(&w, &run->scope);
    for (size_t i = 0; i < run->count; i++)
        smk_batch_writer_add(&w, &run->record[i]);
    cr_assert(eq(int, smk_batch_writer_finish(&w, 1, &b), SMK_OK));
    struct smk_bytes view = smk_buf_view(&b);
    cr_assert(eq(int, smk_store_take(s->store, &view, 1, &verdict), SMK_OK));
    cr_assert(eq(int, verdict.err, SMK_OK), "%s", smk_err_name(verdict.err));
    cr_assert(eq(u64, verdict.new_records, run->count));
    smk_batch_writer_deinit(&w);
    smk_buf_deinit(&b);
}

static void push_decision(struct scene *s, struct test_run *gov, const struct smk_decision *d)
{
    struct smk_buf payload = {.max = 2 * SMK_DECISION_BYTES_MAX};
    uint8_t hash[SMK_HASH_BYTES];
    test_decision_payload(&s->world.coalition, d, &payload, hash);
    struct smk_header h = test_run_next(gov, SMK_RECORD_DECISION);
    test_run_push(gov, &h, smk_buf_view(&payload));
    smk_buf_deinit(&payload);
}

static void take_decisions(struct scene *s)
{
    struct test_run gov;
    test_run_init(&gov, &s->world.coalition, &s->world.sec, "gov", 1);
    test_run_open(&gov);
    struct smk_decision d[] = {
        test_organisation("sec", "secretariat", ""),
        test_office("sec-approver", "sec", "secretariat_approver", ""),
        test_device(&s->world.sec, "sec", "sec-approver"),
        test_organisation("ctod", "member", "02"),
        test_office("ctod-editor", "ctod", "member_editor", ""),
        test_device(&s->world.ctod, "ctod", "ctod-editor"),
    };
    for (size_t i = 0; i < sizeof d / sizeof d[0]; i++)
        push_decision(s, &gov, &d[i]);
    take_run(s, &gov);
    test_run_deinit(&gov);
}

static void open_store(struct scene *s)
{
    struct smk_store_options options = {.path = s->folder.text};
    cr_assert(eq(int, smk_store_open(&options, &s->store), SMK_OK));
}

static struct scene *scene_new(void)
{
    struct scene *s = calloc(1, sizeof *s);
    test_dir_init(&s->dir);
    test_world_init(&s->world);
    s->folder = test_dir_at(&s->dir, "s");
    cr_assert(eq(int, smk_store_create(s->folder.text, smk_buf_view(&s->world.coalition.genesis)), SMK_OK));
    open_store(s);
    take_decisions(s);
    test_run_init(&s->run, &s->world.coalition, &s->world.ctod, "prov:02", 1);
    s->log_no = 2;
    return s;
}

static void scene_free(struct scene *s)
{
    test_run_deinit(&s->run);
    smk_store_close(s->store);
    test_world_deinit(&s->world);
    test_dir_deinit(&s->dir);
    free(s);
}

static void keep(void *ctx, const struct smk_finding *finding)
{
    struct scene *s = ctx;
    if (s->finding_count < 32)
        s->finding[s->finding_count] = *finding;
    s->finding_count++;
}

/* The store is closed meanwhile: a process opens an environment once. */
static void audit(struct scene *s)
{
    s->finding_count = 0;
    smk_store_close(s->store);
    cr_assert(eq(int, smk_store_audit(s->folder.text, keep, s, &s->counts), SMK_OK));
    cr_assert(eq(u64, s->counts.findings, s->finding_count));
    open_store(s);
}

static const struct smk_finding *only_finding(struct scene *s, enum smk_finding_kind kind)
{
    audit(s);
    cr_assert(eq(sz, s->finding_count, 1), "%s; %s", s->finding[0].what, s->finding[1].what);
    cr_assert(eq(int, s->finding[0].kind, kind), "%s", s->finding[0].what);
    return &s->finding[0];
}

static bool names(const struct smk_finding *f, const struct smk_record *r)
{
    return f->has_id && memcmp(f->id, r->id, SMK_ID_BYTES) == 0 && f->seq == r->header.seq &&
           memcmp(f->author, r->header.author, SMK_KEY_BYTES) == 0 &&
           smk_scope_is_equal(&f->scope, &r->header.scope);
}

/* ---- what a member can do ---- */

Test(audit_kinds, a_bad_signature_that_is_covered_is_held_against_its_author)
{
    struct scene *s = scene_new();
    test_run_fill(&s->run, 4);
    test_run_edit(&s->run, 5);
    test_run_spoil_signature(&s->run);
    test_run_edit(&s->run, 5);
    test_run_spoil_signature(&s->run);
    test_run_edit(&s->run, 5);
    take_run(s, &s->run);
    audit(s);
    cr_assert(eq(sz, s->finding_count, 2));
    for (size_t i = 0; i < 2; i++) {
        cr_assert(eq(int, s->finding[i].kind, SMK_FINDING_BAD_SIGNATURE));
        cr_assert(names(&s->finding[i], &s->run.record[4 + i]));
    }
    cr_assert(eq(u64, s->counts.signatures_good, 7 + 5));
    scene_free(s);
}

Test(audit_kinds, a_payload_that_nobody_erased_is_a_hole)
{
    struct scene *s = scene_new();
    test_run_fill(&s->run, 5);
    test_run_drop_payload(&s->run, 2);
    take_run(s, &s->run);
    cr_assert(names(only_finding(s, SMK_FINDING_HOLE), &s->run.record[2]));
    scene_free(s);
}

Test(audit_kinds, a_decision_without_the_signatures_it_needs_is_named)
{
    struct scene *s = scene_new();
    struct test_run gov;
    struct test_coalition other;
    struct smk_buf payload = {.max = 2 * SMK_DECISION_BYTES_MAX};
    uint8_t hash[SMK_HASH_BYTES];
    struct smk_decision d = test_organisation("x", "member", "");
    test_coalition_init(&other, 2, 2);
    test_run_init(&gov, &s->world.coalition, &s->world.ctod, "gov", 2);
    test_run_open(&gov);
    test_decision_payload(&other, &d, &payload, hash); /* by root keys of somebody else */
    struct smk_header h = test_run_next(&gov, SMK_RECORD_DECISION);
    test_run_push(&gov, &h, smk_buf_view(&payload));
    take_run(s, &gov);
    cr_assert(names(only_finding(s, SMK_FINDING_DECISION), &gov.record[1]));
    smk_buf_deinit(&payload);
    test_coalition_deinit(&other);
    test_run_deinit(&gov);
    scene_free(s);
}

Test(audit_kinds, rights_that_have_changed_since_are_no_finding)
{
    struct scene *s = scene_new();
    struct test_run gov;
    test_run_fill(&s->run, 3);
    take_run(s, &s->run);
    struct smk_decision narrower = test_organisation("ctod", "member", "03");
    uint8_t hash[4][SMK_HASH_BYTES];
    cr_assert(eq(sz,
                 smk_roster_in_force(s->world.coalition.roster, SMK_DECIDE_ORGANISATION,
                                     smk_bytes_of_text("ctod"), hash, 4),
                 1));
    test_replace(&narrower, hash[0]);
    test_run_init(&gov, &s->world.coalition, &s->world.sec, "gov", 3);
    test_run_open(&gov);
    push_decision(s, &gov, &narrower);
    take_run(s, &gov);
    audit(s);
    cr_assert(eq(sz, s->finding_count, 0), "%s", s->finding[0].what);
    test_run_deinit(&gov);
    scene_free(s);
}

/* ---- what only somebody at the file can do ---- */

struct change {
    enum smk_table table;
    uint8_t key[32];
    size_t key_len;
    uint8_t value[2048];
    size_t value_len; /* 0 = delete */
};

static enum smk_err change_write(struct smk_txn *t, void *ctx)
{
    struct change *c = ctx;
    struct smk_bytes key = {c->key, c->key_len};
    if (c->value_len > 0)
        smk_txn_put(t, c->table, key, (struct smk_bytes){c->value, c->value_len});
    else
        smk_txn_del(t, c->table, key);
    return t->err;
}

static void change(struct scene *s, struct change *c)
{
    cr_assert(eq(int, smk_db_write(s->store->db, change_write, c), SMK_OK));
}

/* The change that would leave a row as it is. */
static struct change change_of(struct scene *s, enum smk_table table, const uint8_t *key, size_t key_len)
{
    struct change c = {.table = table, .key_len = key_len};
    struct smk_txn t;
    struct smk_bytes value;
    memcpy(c.key, key, key_len);
    smk_txn_begin_read(&t, s->store->db);
    cr_assert(smk_txn_get(&t, table, (struct smk_bytes){key, key_len}, &value));
    memcpy(c.value, value.data, value.len);
    c.value_len = value.len;
    cr_assert(eq(int, smk_txn_end(&t), SMK_OK));
    return c;
}

static struct change rec_change(struct scene *s, uint64_t seq)
{
    uint8_t key[8];
    smk_row_write_u64(FIRST_ARRIVAL + seq - 1, key);
    return change_of(s, SMK_TABLE_REC, key, sizeof key);
}

static struct change idx_change(struct scene *s, uint64_t seq)
{
    uint8_t key[SMK_PLACE_KEY_BYTES];
    smk_place_key(s->log_no, seq, key);
    return change_of(s, SMK_TABLE_IDX, key, sizeof key);
}

static struct change log_change(struct scene *s)
{
    uint8_t key[4];
    smk_row_write_u32(s->log_no, key);
    return change_of(s, SMK_TABLE_LOG, key, sizeof key);
}

static struct scene *scene_with_eight(void)
{
    struct scene *s = scene_new();
    test_run_fill(&s->run, 8);
    take_run(s, &s->run);
    audit(s);
    cr_assert(eq(sz, s->finding_count, 0));
    return s;
}

static bool has_finding(const struct scene *s, enum smk_finding_kind kind, const uint8_t *id)
{
    for (size_t i = 0; i < s->finding_count && i < 32; i++)
        if (s->finding[i].kind == kind &&
            (id == NULL || (s->finding[i].has_id && memcmp(s->finding[i].id, id, SMK_ID_BYTES) == 0)))
            return true;
    return false;
}

Test(audit_kinds, a_record_that_was_taken_out_is_missing_by_its_id)
{
    for (uint64_t seq = 1; seq <= 8; seq++) {
        struct scene *s = scene_with_eight();
        struct change idx = idx_change(s, seq), rec = rec_change(s, seq);
        idx.value_len = rec.value_len = 0;
        change(s, &rec);
        audit(s);
        cr_assert(has_finding(s, SMK_FINDING_MISSING_RECORD, s->run.record[seq - 1].id), "seq %zu",
                  (size_t)seq);
        change(s, &idx);
        audit(s);
        cr_assert(has_finding(s, SMK_FINDING_MISSING_RECORD, s->run.record[seq - 1].id), "seq %zu",
                  (size_t)seq);
        scene_free(s);
    }
}

Test(audit_kinds, a_tail_that_was_cut_off_is_missing)
{
    struct scene *s = scene_with_eight();
    for (uint64_t seq = 6; seq <= 8; seq++) {
        struct change idx = idx_change(s, seq), rec = rec_change(s, seq);
        idx.value_len = rec.value_len = 0;
        change(s, &idx);
        change(s, &rec);
    }
    audit(s);
    cr_assert(eq(sz, s->finding_count, 3));
    cr_assert(has_finding(s, SMK_FINDING_MISSING_RECORD, s->run.record[7].id));
    scene_free(s);
}

Test(audit_kinds, places_that_were_exchanged_are_noticed)
{
    struct scene *s = scene_with_eight();
    struct change a = idx_change(s, 3), b = idx_change(s, 5), swap = a;
    memcpy(a.value, b.value, 8);
    memcpy(b.value, swap.value, 8);
    change(s, &a);
    change(s, &b);
    audit(s);
    cr_assert(has_finding(s, SMK_FINDING_INDEX, s->run.record[2].id));
    cr_assert(has_finding(s, SMK_FINDING_INDEX, s->run.record[4].id));
    scene_free(s);
}

Test(audit_kinds, a_record_that_was_replaced_by_another_of_its_author_is_missed)
{
    struct scene *s = scene_with_eight();
    struct test_run other;
    uint8_t row[4096];
    test_run_init(&other, &s->world.coalition, &s->world.ctod, "prov:02", 1);
    test_run_fill(&other, 4);
    test_run_edit(&other, 90); /* seq 5, well signed, but another one */
    struct change rec = rec_change(s, 5);
    rec.value_len = smk_rec_row_bytes(&other.record[4]);
    smk_rec_row_write(&other.record[4], s->log_no, row);
    memcpy(rec.value, row, rec.value_len);
    change(s, &rec);
    audit(s);
    cr_assert(has_finding(s, SMK_FINDING_MISSING_RECORD, s->run.record[4].id));
    test_run_deinit(&other);
    scene_free(s);
}

Test(audit_kinds, every_byte_of_a_log_state_and_of_a_place_matters)
{
    struct scene *s = scene_with_eight();
    struct change log = log_change(s), idx = idx_change(s, 4);
    for (size_t i = 0; i < log.value_len; i++) {
        log.value[i] ^= 1;
        change(s, &log);
        log.value[i] ^= 1;
        audit(s);
        cr_assert(ge(sz, s->finding_count, 1), "byte %zu", i);
    }
    change(s, &log);
    for (size_t i = 0; i < idx.value_len; i++) {
        idx.value[i] ^= 1;
        change(s, &idx);
        idx.value[i] ^= 1;
        audit(s);
        cr_assert(ge(sz, s->finding_count, 1), "byte %zu", i);
    }
    change(s, &idx);
    audit(s);
    cr_assert(eq(sz, s->finding_count, 0));
    scene_free(s);
}

Test(audit_kinds, a_log_that_somebody_without_a_certificate_wrote_is_named)
{
    struct scene *s = scene_with_eight();
    struct test_run run;
    struct smk_log log;
    uint8_t row[SMK_LOG_ROW_BYTES_MAX + 2048], place[SMK_PLACE_KEY_BYTES];
    test_run_init(&run, &s->world.coalition, &s->world.bavel, "dm:0202", 1); /* its decision is not here */
    test_run_open(&run);
    const struct smk_record *r = &run.record[0];
    smk_log_init(&log, r->header.author, run.incarnation, &run.scope);
    log.seq = log.verified_through = 1;
    log.time = r->header.time;
    memcpy(log.id, r->id, SMK_ID_BYTES);
    smk_logtree_append(&log.tree, &smk_logtree_samaki, SMK_BYTES(r->id));
    struct change rec = {.table = SMK_TABLE_REC, .key_len = 8, .value_len = smk_rec_row_bytes(r)};
    struct change idx = {.table = SMK_TABLE_IDX, .key_len = SMK_PLACE_KEY_BYTES, .value_len = 8};
    struct change state = {.table = SMK_TABLE_LOG, .key_len = 4};
    struct change id = {.table = SMK_TABLE_LOGID, .key_len = 32, .value_len = 4};
    smk_row_write_u64(FIRST_ARRIVAL + 8, rec.key);
    smk_rec_row_write(r, 3, rec.value);
    smk_place_key(3, 1, place);
    memcpy(idx.key, place, sizeof place);
    smk_row_write_u64(FIRST_ARRIVAL + 8, idx.value);
    smk_row_write_u32(3, state.key);
    state.value_len = smk_log_row_write(&log, row);
    memcpy(state.value, row, state.value_len);
    memcpy(id.key, log.log_id, 32);
    smk_row_write_u32(3, id.value);
    change(s, &rec);
    change(s, &idx);
    change(s, &state);
    change(s, &id);
    cr_assert(names(only_finding(s, SMK_FINDING_RIGHTS), r));
    test_run_deinit(&run);
    scene_free(s);
}

Test(audit_kinds, local_rows_are_looked_at)
{
    struct scene *s = scene_with_eight();
    struct change stray = {.table = SMK_TABLE_LOCAL, .key = "x", .key_len = 1, .value = {1}, .value_len = 1};
    struct change welcome = {
        .table = SMK_TABLE_LOCAL, .key = "w", .key_len = 1, .value = {0x91, 1}, .value_len = 2};
    struct change own = {
        .table = SMK_TABLE_LOCAL, .key = "c", .key_len = 1, .value = {0x98, 1}, .value_len = 9};
    struct change meta = {.table = SMK_TABLE_META, .key = "more", .key_len = 4, .value = {1}, .value_len = 1};
    change(s, &stray);
    (void)only_finding(s, SMK_FINDING_INDEX);
    stray.value_len = 0;
    change(s, &stray);
    change(s, &meta);
    (void)only_finding(s, SMK_FINDING_INDEX);
    meta.value_len = 0;
    change(s, &meta);
    change(s, &own); /* a field more, */
    (void)only_finding(s, SMK_FINDING_INDEX);
    own.value[0] = 0x96; /* and a field less */
    own.value_len = 7;
    change(s, &own);
    (void)only_finding(s, SMK_FINDING_INDEX);
    own.value_len = 0;
    change(s, &own);
    change(s, &welcome);
    (void)only_finding(s, SMK_FINDING_INDEX);
    scene_free(s);
}
