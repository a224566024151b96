/* Target: the proof that an author forked a log. Signatures are the simulator's stand-ins.
 * Input: faults, which; which 0: the proof as it is; 1: two branches, from which our own encoder makes one: for each branch
 * the length (1 or 2 bytes), then for each record whether its signature is spoilt, and the letters of its text. */
#include "proto/fork.h"
#include "tests/fuzz/decoder.h"
#include "tests/sim/standin.h"
#include "tests/support/builders.h"

#include <stdlib.h>
#include <string.h>

static struct test_world world;
static const uint8_t *coalition;

static void prepare(void)
{
    if (coalition != NULL)
        return;
    standin_begin(1, false);
    test_world_init(&world);
    coalition = world.coalition.id;
}

static enum smk_err decode(struct smk_bytes bytes, void *ret_value)
{
    return smk_fork_decode(bytes, coalition, ret_value);
}

static bool is_named(enum smk_err err)
{
    return smk_err_is_peer_fault(err) || err == SMK_ERR_BAD_SIGNATURE || err == SMK_ERR_NEWER_VERSION;
}

static const struct fuzz_decoder decoder = {sizeof(struct smk_fork), decode, NULL, NULL, false, is_named};

/* What holds of every proof that convinces. */
static void check_proof(struct smk_bytes proof)
{
    struct smk_fork f;
    static const uint8_t other[SMK_ID_BYTES] = {1};
    uint8_t log_id[SMK_ID_BYTES];
    struct smk_fork untouched;
    if (smk_fork_decode(proof, coalition, &f) != SMK_OK)
        return;
    SMK_ASSERT(memcmp(f.id[0], f.id[1], SMK_ID_BYTES) < 0);
    SMK_ASSERT(f.seq >= 1 && f.seq <= SMK_SEQ_MAX);
    smk_log_id(f.author, f.incarnation, &f.scope, log_id);
    SMK_ASSERT(memcmp(log_id, f.log_id, sizeof log_id) == 0);
    SMK_ASSERT(smk_fork_decode(proof, other, &untouched) == SMK_ERR_BAD_SIGNATURE);
}

/* A branch of the log from seq 2 on. Whether one of its records is covered. */
static bool branch_make(struct smk_reader *in, struct test_run *run)
{
    bool is_covered = false;
    test_run_init(run, &world.coalition, &world.ctod, "pub", 1);
    test_run_open(run);
    bool is_long = fuzz_below(in, 8) == 7; /* about as long as the last record that may cover the first */
    size_t count =
        is_long ? SMK_COVER_RECORDS_MAX - 1 + (size_t)fuzz_below(in, 4) : 1 + (size_t)fuzz_below(in, 4);
    for (size_t i = 0; i < count; i++) {
        bool is_spoilt = fuzz_below(in, 4) == 0;
        test_run_edit(run, 1 + (size_t)fuzz_below(in, 8));
        if (is_spoilt)
            test_run_spoil_signature(run);
        is_covered = is_covered || (!is_spoilt && i < SMK_COVER_RECORDS_MAX);
    }
    return is_covered;
}

static void proof_make(struct smk_reader *in, struct smk_buf *proof)
{
    struct test_run *run[2] = {malloc(sizeof *run[0]), malloc(sizeof *run[1])};
    bool is_covered[2];
    for (size_t i = 0; i < 2; i++) {
        SMK_ASSERT(run[i] != NULL);
        is_covered[i] = branch_make(in, run[i]);
    }
    const struct smk_record *a = &run[0]->record[1], *b = &run[1]->record[1];
    if (memcmp(a->id, b->id, SMK_ID_BYTES) != 0) {
        enum smk_err err = smk_fork_make(a, run[0]->count - 1, b, run[1]->count - 1, coalition, proof);
        struct smk_fork f;
        SMK_ASSERT((err == SMK_OK) == (is_covered[0] && is_covered[1]));
        SMK_ASSERT(err == SMK_OK || err == SMK_ERR_BAD_SIGNATURE);
        if (err == SMK_OK) {
            err = smk_fork_decode(smk_buf_view(proof), coalition, &f);
            SMK_ASSERT(err == SMK_OK);
            SMK_ASSERT(f.seq == 2);
        }
    }
    for (size_t i = 0; i < 2; i++) {
        test_run_deinit(run[i]);
        free(run[i]);
    }
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    struct smk_buf proof = {.max = SMK_FORK_BYTES_MAX};
    prepare();
    if (fuzz_below(&in, 2) == 1)
        proof_make(&in, &proof);
    struct smk_bytes bytes = proof.len > 0 ? smk_buf_view(&proof) : fuzz_rest(&in);
    fuzz_decoder_check(&decoder, faults, bytes);
    check_proof(bytes);
    smk_buf_deinit(&proof);
}

void fuzz_seeds(void)
{
    static const uint8_t raw[] = {0, 0, 0};
    static const uint8_t short_branches[] = {0, 0, 1, 0, 0, 1, 4, 0, 0, 1, 5},
                         spoilt[] = {0, 0, 1, 3, 0, 4, 0, 5, 1, 6, 1, 7, 2, 1, 8, 0, 9};
    struct smk_buf proof = {.max = SMK_FORK_BYTES_MAX};
    struct smk_reader in = smk_reader_over((struct smk_bytes){short_branches + 3, sizeof short_branches - 3});
    prepare();
    proof_make(&in, &proof);
    fuzz_seed("proof", SMK_BYTES(raw), smk_buf_view(&proof));
    smk_buf_reset(&proof);
    in = smk_reader_over((struct smk_bytes){spoilt + 3, sizeof spoilt - 3});
    proof_make(&in, &proof);
    fuzz_seed("longer-proof", SMK_BYTES(raw), smk_buf_view(&proof));
    fuzz_seed("two-branches", SMK_BYTES(short_branches), (struct smk_bytes){0});
    fuzz_seed("spoilt-branches", SMK_BYTES(spoilt), (struct smk_bytes){0});
    smk_buf_deinit(&proof);
}
