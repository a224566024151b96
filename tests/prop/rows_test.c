#include "store/audit.h"
#include "store/db.h"
#include "store/rows.h"

#include "proto/batch.h"
#include "proto/hash.h"
#include "tests/support/builders.h"
#include "tests/support/stores.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows of a store's tables that are not what they were, in a file whose pages are sound: an audit says so, or nobody
 * who reads can tell the difference. */

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(rows, .init = start_crypto, .timeout = 600);

enum { ROW_BYTES_MAX = 4096, ROWS_OF_A_TABLE_MAX = 12, BYTES_OF_A_ROW_MAX = 24 };

/* A store of the secretariat's coalition with a log in each of two scopes, one of which its author has forked. */
struct subject {
    struct test_dir dir;
    struct test_path folder;
    uint8_t truth[SMK_HASH_BYTES];    /* what reading gives, */
    uint8_t findings[SMK_HASH_BYTES]; /* and what an audit finds, before anything is changed */
    size_t tried, found, without_effect;
};

/* ---- making it ---- */

static void take_message(struct smk_store *store, struct smk_batch_writer *w)
{
    struct smk_store_verdict v;
    struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX};
    cr_assert(eq(int, smk_batch_writer_finish(w, 1, &b), SMK_OK));
    struct smk_bytes view = smk_buf_view(&b);
    cr_assert(eq(int, smk_store_take(store, &view, 1, &v), SMK_OK));
    smk_batch_writer_deinit(w);
    smk_buf_deinit(&b);
}

static void take_run(struct smk_store *store, const struct test_run *run)
{
    struct smk_batch_writer w;
    smk_batch_writer_init(&w, &run->scope);
    for (size_t i = 0; i < run->count; i++)
        smk_batch_writer_add(&w, &run->record[i]);
    take_message(store, &w);
}

static void push_decision(struct test_run *gov, const struct smk_decision *d)
{
    struct smk_buf payload = {.max = 2 * SMK_DECISION_BYTES_MAX};
    uint8_t hash[SMK_HASH_BYTES];
    test_decision_payload(gov->coalition, d, &payload, hash);
    struct smk_header h = test_run_next(gov, SMK_RECORD_DECISION);
    test_run_push(gov, &h, smk_buf_view(&payload));
    smk_buf_deinit(&payload);
}

static void govern(struct smk_store *store, struct test_world *w, struct test_run *gov)
{
    test_run_init(gov, &w->coalition, &w->sec, "gov", 1);
    test_run_open(gov);
    struct smk_decision d[] = {
        test_organisation("sec", "secretariat", ""),
        test_office("sec-approver", "sec", "secretariat_approver", ""),
        test_device(&w->sec, "sec", "sec-approver"),
        test_organisation("ctod", "member", "02"),
        test_office("ctod-editor", "ctod", "member_editor", ""),
        test_device(&w->ctod, "ctod", "ctod-editor"),
    };
    for (size_t i = 0; i < sizeof d / sizeof d[0]; i++)
        push_decision(gov, &d[i]);
    take_run(store, gov);
}

static void subject_init(struct subject *s)
{
    struct test_world *w = calloc(1, sizeof *w);
    struct test_run *run = calloc(4, sizeof *run);
    struct smk_store *store = NULL;
    cr_assert(ne(ptr, w, NULL));
    cr_assert(ne(ptr, run, NULL));
    *s = (struct subject){0};
    test_dir_init(&s->dir);
    test_world_init(w);
    s->folder = test_dir_at(&s->dir, "s");
    cr_assert(eq(int, smk_store_create(s->folder.text, smk_buf_view(&w->coalition.genesis)), SMK_OK));
    cr_assert(eq(int, smk_store_open(&(struct smk_store_options){.path = s->folder.text}, &store), SMK_OK));
    govern(store, w, &run[0]);
    test_run_init(&run[1], &w->coalition, &w->ctod, "nat", 2);
    test_run_fill(&run[1], 3);
    test_run_edit(&run[1], 5);
    test_run_spoil_signature(&run[1]);
    test_run_edit(&run[1], 6);
    for (size_t i = 2; i < 4; i++) { /* two branches of one log, from its fifth record on */
        test_run_init(&run[i], &w->coalition, &w->ctod, "prov:02", 3);
        test_run_fill(&run[i], 4);
        for (size_t k = 0; k < 3; k++)
            test_run_edit(&run[i], 10 * i + k);
    }
    for (size_t i = 1; i < 4; i++)
        take_run(store, &run[i]);
    cr_assert(eq(int, test_store_digest(store, s->truth), SMK_OK));
    smk_store_close(store);
    for (size_t i = 0; i < 4; i++)
        test_run_deinit(&run[i]);
    test_world_deinit(w);
    free(run);
    free(w);
}

/* ---- changing a row ---- */

struct row {
    enum smk_table table;
    uint8_t key[ROW_BYTES_MAX], value[ROW_BYTES_MAX];
    size_t key_len, value_len;
};

struct change {
    const struct row *from; /* taken away; NULL = nothing is */
    const struct row *to;   /* put; NULL = nothing is */
};

static enum smk_err change_write(struct smk_txn *t, void *ctx)
{
    const struct change *c = ctx;
    if (c->from != NULL)
        smk_txn_del(t, c->from->table, (struct smk_bytes){c->from->key, c->from->key_len});
    if (c->to != NULL)
        smk_txn_put(t, c->to->table, (struct smk_bytes){c->to->key, c->to->key_len},
                    (struct smk_bytes){c->to->value, c->to->value_len});
    return t->err;
}

static void change_make(const struct subject *s, const struct row *from, const struct row *to)
{
    struct smk_db *db = NULL;
    struct change c = {from, to};
    cr_assert(eq(int, smk_db_open(&(struct smk_db_options){.path = s->folder.text}, &db), SMK_OK));
    cr_assert(eq(int, smk_db_write(db, change_write, &c), SMK_OK));
    smk_db_close(db);
}

/* Copies row number `at` of a table; false when there is none. */
static bool row_copy(const struct subject *s, enum smk_table table, size_t at, struct row *ret_row)
{
    struct smk_txn t;
    struct smk_cursor c = {0};
    struct smk_db *db = NULL;
    cr_assert(eq(int, smk_db_open(&(struct smk_db_options){.path = s->folder.text}, &db), SMK_OK));
    smk_txn_begin_read(&t, db);
    smk_cursor_open(&c, &t, table);
    bool is_row = smk_cursor_first(&c);
    for (size_t i = 0; i < at && is_row; i++)
        is_row = smk_cursor_next(&c);
    if (is_row) {
        cr_assert(le(sz, c.value.len, ROW_BYTES_MAX));
        *ret_row = (struct row){.table = table, .key_len = c.key.len, .value_len = c.value.len};
        memcpy(ret_row->key, c.key.data, c.key.len);
        memcpy(ret_row->value, c.value.data, c.value.len);
    }
    smk_cursor_close(&c);
    cr_assert(eq(int, smk_txn_end(&t), SMK_OK));
    smk_db_close(db);
    return is_row;
}

static enum smk_err digest_of(const struct subject *s, uint8_t ret_digest[SMK_HASH_BYTES])
{
    struct smk_store *store;
    struct smk_store_options options = {.path = s->folder.text, .is_read_only = true};
    enum smk_err err = smk_store_open(&options, &store);
    if (err != SMK_OK)
        return err;
    err = test_store_digest(store, ret_digest);
    smk_store_close(store);
    return err;
}

static void finding_add(void *ctx, const struct smk_finding *f)
{
    uint8_t *hash = ctx;
    const uint64_t number[] = {f->kind, f->seq, f->arrival, f->has_id};
    smk_sha256((struct smk_bytes){hash, SMK_HASH_BYTES},
               (struct smk_bytes){(const uint8_t *)number, sizeof number}, hash);
    smk_sha256((struct smk_bytes){hash, SMK_HASH_BYTES}, smk_bytes_of_text(f->what), hash);
    smk_sha256((struct smk_bytes){hash, SMK_HASH_BYTES}, SMK_BYTES(f->id), hash);
}

static enum smk_err audit(const struct subject *s, uint8_t ret_findings[SMK_HASH_BYTES])
{
    struct smk_audit_counts counts;
    memset(ret_findings, 0, SMK_HASH_BYTES);
    return smk_store_audit(s->folder.text, finding_add, ret_findings, &counts);
}

static bool is_named(enum smk_err err)
{
    return err == SMK_ERR_STORE_DAMAGED || err == SMK_ERR_STORE_VERSION;
}

/* The file as it is now: found out by an audit, or the same to everybody who reads. */
static void expect_found(struct subject *s, const struct row *row, const char *how, size_t at)
{
    uint8_t digest[SMK_HASH_BYTES], findings[SMK_HASH_BYTES];
    const char *table = smk_table_name(row->table);
    enum smk_err audited = audit(s, findings), reading = digest_of(s, digest);
    bool is_found = is_named(audited) || memcmp(findings, s->findings, sizeof findings) != 0;
    bool is_same = reading == SMK_OK && memcmp(digest, s->truth, sizeof digest) == 0;
    cr_assert(audited == SMK_OK || is_named(audited), "%s in `%s` at %zu: the audit says %s", how, table, at,
              smk_err_text(audited));
    cr_assert(reading == SMK_OK || reading == SMK_ERR_NOT_FOUND || is_named(reading),
              "%s in `%s` at %zu: reading says %s", how, table, at, smk_err_text(reading));
    cr_assert(is_found || is_same, "%s in `%s` at %zu: nobody notices", how, table, at);
    s->tried++;
    s->found += is_found;
    s->without_effect += !is_found;
}

static void try_change(struct subject *s, const struct row *was, const struct row *is, const char *how,
                       size_t at)
{
    change_make(s, was, is);
    expect_found(s, was != NULL ? was : is, how, at);
    change_make(s, is, was);
}

/* ---- the changes ---- */

/* What stands at the end of a log state, or beside a record, is made to fit again: no disk does this by itself. */
static void tag_again(struct row *row)
{
    uint8_t hash[SMK_HASH_BYTES];
    if (row->table == SMK_TABLE_LOG && row->value_len > SMK_TAG_BYTES) {
        size_t len = row->value_len - SMK_TAG_BYTES;
        smk_sha256((struct smk_bytes){row->value, len}, (struct smk_bytes){0}, hash);
        memcpy(row->value + len, hash, SMK_TAG_BYTES);
    }
    struct smk_rec_row rec;
    struct smk_record record;
    bool is_record = row->table == SMK_TABLE_REC || row->table == SMK_TABLE_DIS;
    if (is_record && smk_rec_row_read((struct smk_bytes){row->value, row->value_len}, &rec) == SMK_OK &&
        smk_record_assemble(rec.header, rec.signature, rec.salt, rec.payload, &record) == SMK_OK)
        memcpy(row->value + (rec.tag - row->value), record.id, SMK_TAG_BYTES);
}

static void try_bytes(struct subject *s, const struct row *was)
{
    struct row *is = malloc(sizeof *is);
    cr_assert(ne(ptr, is, NULL));
    size_t step = was->value_len / BYTES_OF_A_ROW_MAX + 1;
    for (size_t at = 0; at < was->value_len; at += step)
        for (unsigned fits = 0; fits < 2; fits++) {
            *is = *was;
            is->value[at] ^= (uint8_t)(1u << at % 8);
            if (fits == 1)
                tag_again(is);
            if (memcmp(is->value, was->value, was->value_len) != 0)
                try_change(s, was, is, fits == 1 ? "a changed byte that fits" : "a changed byte", at);
        }
    for (size_t at = 0; at < was->key_len; at++) {
        *is = *was;
        is->key[at] ^= 0x80; /* never the key of another row */
        try_change(s, was, is, "a changed byte of a key", at);
    }
    free(is);
}

static void try_lengths(struct subject *s, const struct row *was, size_t at)
{
    struct row *is = malloc(sizeof *is);
    cr_assert(ne(ptr, is, NULL));
    *is = *was;
    is->value_len = was->value_len - 1;
    try_change(s, was, is, "a shorter row", at);
    is->value[was->value_len] = 0;
    is->value_len = was->value_len + 1;
    try_change(s, was, is, "a longer row", at);
    is->value_len = 0;
    try_change(s, was, is, "an empty row", at);
    *is = *was;
    memset(is->key + 1, 0xfe, is->key_len - 1); /* a row more, behind all others */
    try_change(s, NULL, is, "a row more", at);
    try_change(s, was, NULL, "a row less", at);
    free(is);
}

/* Another row's value under this key. */
static void try_exchange(struct subject *s, const struct row *was, const struct row *other, size_t at)
{
    struct row *is = malloc(sizeof *is);
    cr_assert(ne(ptr, is, NULL));
    *is = *was;
    is->value_len = other->value_len;
    memcpy(is->value, other->value, other->value_len);
    if (is->value_len != was->value_len || memcmp(is->value, was->value, is->value_len) != 0)
        try_change(s, was, is, "another row's value", at);
    free(is);
}

Test(rows, whatever_is_changed_in_a_row_is_found_or_has_no_effect)
{
    static struct row was, other;
    struct subject s;
    subject_init(&s);
    cr_assert(eq(int, audit(&s, s.findings), SMK_OK));
    for (unsigned table = 0; table < SMK_TABLE_COUNT; table++)
        for (size_t at = 0; at < ROWS_OF_A_TABLE_MAX && row_copy(&s, table, at, &was); at++) {
            try_bytes(&s, &was);
            try_lengths(&s, &was, at);
            if (row_copy(&s, table, at + 1, &other))
                try_exchange(&s, &was, &other, at);
        }
    printf("%zu changes of rows: %zu found by the audit, %zu without effect\n", s.tried, s.found,
           s.without_effect);
    cr_assert(gt(sz, s.found, s.without_effect));
    uint8_t findings[SMK_HASH_BYTES];
    cr_assert(eq(int, audit(&s, findings), SMK_OK));
    cr_assert(eq(int, memcmp(findings, s.findings, sizeof findings), 0), "all rows are back");
    test_dir_deinit(&s.dir);
}
