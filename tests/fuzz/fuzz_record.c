/* Target: a whole record, and its payload against its header.
 * Input: faults, kind; kind even: the record; kind odd: type, then a payload to which a fitting header is made. */
#include "proto/decision.h"
#include "proto/record.h"
#include "tests/fuzz/decoder.h"
#include "tests/support/builders.h"

#include <stdlib.h>

static enum smk_err decode(struct smk_bytes bytes, void *ret_value)
{
    return smk_record_decode(bytes, ret_value);
}

static void encode(const void *value, struct smk_buf *b)
{
    smk_record_encode(value, b);
}

static const struct fuzz_decoder decoder = {sizeof(struct smk_record), decode, encode, NULL, false, NULL};

/* What a receiver does with a record of good shape. */
static void judge(struct smk_bytes wire)
{
    struct smk_record r;
    static const uint8_t coalition[SMK_ID_BYTES];
    if (smk_record_decode(wire, &r) != SMK_OK)
        return;
    enum smk_err err = smk_record_check_payload(&r);
    SMK_ASSERT(err == SMK_OK || err == SMK_ERR_BAD_HASH || err == SMK_ERR_MALFORMED);
    SMK_ASSERT(!smk_record_is_signed(&r, coalition));
}

static enum smk_err decision_form(struct smk_bytes payload)
{
    struct smk_tree tree = {0};
    struct smk_decision_form form;
    enum smk_err err = smk_tree_decode(payload, SMK_WALK_PAYLOAD, &tree);
    if (err == SMK_OK)
        err = smk_decision_form_read(tree.root, &form);
    smk_tree_deinit(&tree);
    return err;
}

static void judge_payload(struct fuzz_faults faults, uint64_t type, struct smk_bytes bytes)
{
    struct fuzz_block payload = fuzz_block_of(bytes);
    struct smk_record r = {.has_payload = true, .payload = fuzz_block_view(&payload)};
    struct smk_open open;
    r.header = (struct smk_header){.type = type, .seq = 1, .payload_len = payload.len};
    smk_payload_hash(r.salt, r.payload, r.header.payload_hash);
    fuzz_faults_begin(faults);
    enum smk_err expected = smk_record_check_payload(&r);
    SMK_ASSERT(expected == SMK_OK || expected == SMK_ERR_MALFORMED);
    if (type == SMK_RECORD_OPEN && smk_walk(r.payload, SMK_WALK_PAYLOAD) == SMK_OK)
        SMK_ASSERT((expected == SMK_OK) == (smk_open_decode(r.payload, &open) == SMK_OK));
    if (type == SMK_RECORD_DECISION)
        SMK_ASSERT(expected != SMK_OK || decision_form(r.payload) == SMK_OK);
    if (type > SMK_RECORD_DECISION)
        SMK_ASSERT(expected != SMK_OK || smk_walk(r.payload, SMK_WALK_PAYLOAD) == SMK_OK);
    test_fault_pause(false);
    fuzz_check_answer(smk_record_check_payload(&r), expected);
    fuzz_faults_end();
    fuzz_block_drop(&payload);
}

void fuzz_one(struct smk_bytes input)
{
    static const uint64_t type[] = {SMK_RECORD_OPEN, SMK_RECORD_DECISION, SMK_RECORD_EDIT, 99};
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    if (fuzz_below(&in, 2) == 0) {
        struct smk_bytes wire = fuzz_rest(&in);
        fuzz_decoder_check(&decoder, faults, wire);
        judge(wire);
        return;
    }
    uint64_t chosen = type[fuzz_below(&in, 4)];
    judge_payload(faults, chosen, fuzz_rest(&in));
}

void fuzz_seeds(void)
{
    static const uint8_t whole[3], open[] = {0, 0, 1, 0}, decision[] = {0, 0, 1, 1}, edit[] = {0, 0, 1, 2};
    struct test_log *l = test_log_new("pub");
    struct test_coalition *c = &l->world.coalition;
    struct smk_buf b = {.max = 65536};
    uint8_t hash[SMK_HASH_BYTES];
    test_run_fill(&l->run, 3);
    smk_record_encode(&l->run.record[0], &b);
    fuzz_seed("open-record", SMK_BYTES(whole), smk_buf_view(&b));
    smk_buf_reset(&b);
    smk_record_encode(&l->run.record[1], &b);
    fuzz_seed("edit-record", SMK_BYTES(whole), smk_buf_view(&b));
    fuzz_seed("open-payload", SMK_BYTES(open), l->run.record[0].payload);
    fuzz_seed("edit-payload", SMK_BYTES(edit), l->run.record[1].payload);
    test_run_drop_payload(&l->run, 2);
    smk_buf_reset(&b);
    smk_record_encode(&l->run.record[2], &b);
    fuzz_seed("hole", SMK_BYTES(whole), smk_buf_view(&b));
    struct smk_decision d = test_organisation("new", "member", "02 0301");
    smk_buf_reset(&b);
    test_decision_payload(c, &d, &b, hash);
    fuzz_seed("decision-payload", SMK_BYTES(decision), smk_buf_view(&b));
    smk_buf_deinit(&b);
    test_log_free(l);
}
