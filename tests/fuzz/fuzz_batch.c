/* Target: the `records` message. Input: faults, how many items of each run are skipped, then the body. */
#include "proto/batch.h"
#include "proto/fork.h"
#include "proto/mem.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/builders.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t prev[SMK_ID_BYTES] = {9};

/* What a batch writer makes of the same records and proofs is the message itself, unless it held runs that belong
 * together, or fields of a later version. */
static struct smk_batch_writer writer;
static bool is_one_piece;

static void write_records(const struct smk_record *records, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!smk_batch_writer_has_room(&writer, &records[i])) {
            is_one_piece = false;
            return;
        }
        smk_batch_writer_add(&writer, &records[i]);
    }
}

static enum smk_err read_run(struct smk_batch_reader *r, size_t at, size_t skip)
{
    struct smk_batch_run run = smk_batch_reader_run(r, at);
    size_t left = skip < run.count ? run.count - skip : 0;
    struct smk_record *records = calloc(left + 1, sizeof *records); /* not of proto's heap: it may not fail */
    SMK_ASSERT(records != NULL);
    SMK_ASSERT(run.count >= 1 && run.first_seq >= 1);
    enum smk_err err = smk_batch_reader_records(r, at, run.count - left, prev, records);
    SMK_ASSERT(err == SMK_OK || err == SMK_ERR_MALFORMED || err == SMK_ERR_NOMEM);
    for (size_t i = 0; err == SMK_OK && i < left; i++) {
        SMK_ASSERT(records[i].header.seq == run.first_seq + (run.count - left) + i);
        SMK_ASSERT(i == 0 || memcmp(records[i].header.prev, records[i - 1].id, SMK_ID_BYTES) == 0);
        enum smk_err payload = smk_record_check_payload(&records[i]);
        SMK_ASSERT(payload != SMK_ERR_BAD_HASH); /* it was computed from what is there */
    }
    if (err == SMK_OK && skip == 0 && is_one_piece)
        write_records(records, left);
    free(records);
    return err;
}

static void note_decision(void *ctx, struct smk_bytes payload)
{
    *(size_t *)ctx += payload.len;
}

static enum smk_err read_all(struct smk_batch_reader *r, size_t skip)
{
    size_t decisions = 0;
    enum smk_err err = SMK_OK;
    for (size_t i = 0; err == SMK_OK && i < r->run_count; i++)
        err = read_run(r, i, skip);
    smk_batch_reader_each_decision(r, note_decision, &decisions);
    for (size_t i = 0; i < r->fork_count; i++) {
        struct smk_buf proof = {.max = SMK_MESSAGE_BYTES_MAX};
        struct smk_fork fork;
        smk_batch_reader_fork(r, i, &proof);
        enum smk_err answer = proof.err;
        if (answer == SMK_OK)
            answer = smk_fork_decode(smk_buf_view(&proof), prev, &fork);
        SMK_ASSERT(answer != SMK_OK); /* nobody signs for this coalition */
        if (proof.len > SMK_FORK_BYTES_MAX || !smk_batch_writer_add_fork(&writer, smk_buf_view(&proof)))
            is_one_piece = false;
        smk_buf_deinit(&proof);
    }
    return err;
}

static enum smk_err read_message(struct smk_bytes body, size_t skip, enum smk_err *ret_records)
{
    struct smk_batch_reader r, untouched;
    memset(&r, 0xa5, sizeof r);
    untouched = r;
    enum smk_err err = smk_batch_reader_init(&r, body);
    if (err != SMK_OK) {
        SMK_ASSERT(memcmp(&r, &untouched, sizeof r) == 0);
        return err;
    }
    *ret_records = read_all(&r, skip);
    smk_batch_reader_deinit(&r);
    return SMK_OK;
}

/* The parts that a message shares with the one that is written anew: number and scope are taken from it. */
static void check_rewritten(struct smk_bytes body)
{
    struct smk_batch_reader r;
    struct smk_buf b = {.max = 2 * SMK_MESSAGE_BYTES_MAX};
    enum smk_err err = smk_batch_reader_init(&r, body);
    SMK_ASSERT(err == SMK_OK);
    err = smk_batch_writer_finish(&writer, r.number, &b);
    SMK_ASSERT(err == SMK_OK);
    SMK_ASSERT(b.len > body.len || b.len < body.len || smk_bytes_is_equal(smk_buf_view(&b), body));
    if (smk_value_count(r.tree.root) == 4)
        SMK_ASSERT(b.len <= body.len);
    smk_batch_reader_deinit(&r);
    smk_buf_deinit(&b);
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    size_t skip = (size_t)fuzz_below(&in, 4);
    struct fuzz_block block = fuzz_block_of(fuzz_rest(&in));
    struct smk_bytes body = fuzz_block_view(&block);
    enum smk_err records = SMK_OK, faulty_records = SMK_OK;
    struct smk_batch_reader peek;
    fuzz_faults_begin(faults);
    struct smk_scope scope = smk_scope_of("pub");
    if (smk_batch_reader_init(&peek, body) == SMK_OK) {
        scope = peek.scope;
        smk_batch_reader_deinit(&peek);
    }
    smk_batch_writer_init(&writer, &scope);
    is_one_piece = skip == 0;
    enum smk_err expected = read_message(body, skip, &records);
    SMK_ASSERT(expected == SMK_OK || smk_err_is_peer_fault(expected));
    if (expected == SMK_OK && records == SMK_OK && is_one_piece)
        check_rewritten(body);
    smk_batch_writer_deinit(&writer);

    smk_batch_writer_init(&writer, &scope);
    is_one_piece = false;
    test_fault_pause(false);
    enum smk_err err = read_message(body, skip, &faulty_records);
    test_fault_pause(true);
    fuzz_check_answer(err, expected);
    if (err == SMK_OK)
        fuzz_check_answer(faulty_records, records);
    smk_batch_writer_deinit(&writer);
    fuzz_faults_end();
    fuzz_block_drop(&block);
}

/* ---- seeds ---- */

static void seed_run(const char *name, const char *scope, size_t count, size_t hole, bool has_proof)
{
    static const uint8_t head[3];
    struct test_log *l = test_log_new(scope);
    struct test_run *other = malloc(sizeof *other);
    struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX}, proof = {.max = SMK_FORK_BYTES_MAX};
    struct smk_batch_writer w;
    SMK_ASSERT(other != NULL);
    test_run_init(other, &l->world.coalition, &l->world.ctod, scope, 0);
    test_run_fill(other, 1);
    test_run_edit(other, 9);
    test_run_fill(&l->run, count);
    if (hole > 0)
        test_run_drop_payload(&l->run, hole);
    smk_batch_writer_init(&w, &l->run.scope);
    for (size_t i = 0; i < l->run.count; i++)
        smk_batch_writer_add(&w, &l->run.record[i]);
    if (has_proof) {
        enum smk_err made =
            smk_fork_make(&l->run.record[1], 1, &other->record[1], 1, l->world.coalition.id, &proof);
        SMK_ASSERT(made == SMK_OK);
        bool fits = smk_batch_writer_add_fork(&w, smk_buf_view(&proof));
        SMK_ASSERT(fits);
    }
    enum smk_err err = smk_batch_writer_finish(&w, 1, &b);
    SMK_ASSERT(err == SMK_OK);
    fuzz_seed(name, SMK_BYTES(head), smk_buf_view(&b));
    smk_batch_writer_deinit(&w);
    smk_buf_deinit(&b);
    smk_buf_deinit(&proof);
    test_run_deinit(other);
    free(other);
    test_log_free(l);
}

void fuzz_seeds(void)
{
    seed_run("one", "pub", 1, 0, false);
    seed_run("three", "prov:02", 3, 0, false);
    seed_run("hole", "pub", 3, 2, false);
    seed_run("proof", "pub", 2, 0, true);
}
