/* Target: keys and rows of the store, as a damaged file may give them.
 * Input: faults, which row (enum which), then its bytes; a log state gets a good tag unless `which` says as it is. */
#include "proto/hash.h"
#include "proto/mem.h"
#include "store/damage.h"
#include "store/forks.h"
#include "store/local_rows.h"
#include "store/rows.h"
#include "tests/fuzz/decoder.h"
#include "tests/support/builders.h"
#include "tests/support/notation.h"

#include <stdlib.h>
#include <string.h>

enum which { RECORD, LOG, LOG_AS_IT_IS, PLACE, FORK, DAMAGE, INVITATION, PEER, SESSION, WHICH };

static bool is_damaged(enum smk_err err)
{
    return err == SMK_ERR_STORE_DAMAGED;
}

/* ---- decoders ---- */

static enum smk_err record_decode(struct smk_bytes bytes, void *ret_value)
{
    struct smk_rec_row row;
    enum smk_err err = smk_rec_row_read(bytes, &row);
    SMK_ASSERT(err != SMK_OK || smk_rec_row_log(bytes) == row.log_no);
    return err == SMK_OK ? smk_rec_row_record(&row, ret_value) : err;
}

static enum smk_err log_decode(struct smk_bytes bytes, void *ret_value)
{
    struct smk_log_row_name name;
    enum smk_err err = smk_log_row_read(bytes, ret_value);
    bool has_name = smk_log_row_name(bytes, &name);
    SMK_ASSERT(err != SMK_OK || has_name);
    return err;
}

static void log_encode(const void *value, struct smk_buf *b)
{
    uint8_t row[SMK_LOG_ROW_BYTES_MAX];
    smk_buf_write(b, row, smk_log_row_write(value, row));
}

static enum smk_err damage_decode(struct smk_bytes bytes, void *ret_value)
{
    struct smk_reader r = smk_reader_over(bytes);
    struct smk_bytes key = fuzz_bytes(&r, SMK_DAMAGE_KEY_BYTES);
    return smk_damage_row_decode(key, fuzz_rest(&r), ret_value);
}

static const uint8_t id[SMK_KEY_BYTES] = {7};

static enum smk_err invitation_decode(struct smk_bytes bytes, void *ret_value)
{
    return smk_invitation_row_decode(id, bytes, ret_value);
}

static enum smk_err peer_decode(struct smk_bytes bytes, void *ret_value)
{
    return smk_peer_row_decode(id, bytes, ret_value);
}

static void peer_deinit(void *value)
{
    smk_buf_deinit(&((struct smk_peer_row *)value)->receipt);
}

static enum smk_err session_decode(struct smk_bytes bytes, void *ret_value)
{
    return smk_session_row_decode(bytes, ret_value);
}

static const struct fuzz_decoder decoder[WHICH] = {
    [RECORD] = {sizeof(struct smk_record), record_decode, NULL, NULL, false, is_damaged},
    [LOG] = {sizeof(struct smk_log), log_decode, log_encode, NULL, false, is_damaged},
    [LOG_AS_IT_IS] = {sizeof(struct smk_log), log_decode, log_encode, NULL, false, is_damaged},
    [DAMAGE] = {sizeof(struct smk_damage), damage_decode, NULL, NULL, false, is_damaged},
    [INVITATION] = {sizeof(struct smk_invitation_row), invitation_decode, NULL, NULL, false, is_damaged},
    [PEER] = {sizeof(struct smk_peer_row), peer_decode, NULL, peer_deinit, false, is_damaged},
    [SESSION] = {sizeof(struct smk_session_row), session_decode, NULL, NULL, false, is_damaged},
};

/* ---- what is no row of its own ---- */

static void try_record(struct smk_bytes bytes)
{
    struct smk_rec_row row;
    struct smk_record record;
    if (smk_rec_row_read(bytes, &row) != SMK_OK || smk_rec_row_record(&row, &record) != SMK_OK)
        return;
    SMK_ASSERT(smk_rec_row_bytes(&record) == bytes.len);
    uint8_t *again = malloc(bytes.len);
    SMK_ASSERT(again != NULL);
    smk_rec_row_write(&record, row.log_no, again);
    SMK_ASSERT(memcmp(again, bytes.data, bytes.len) == 0);
    free(again);
}

static void try_place(struct smk_bytes bytes)
{
    uint32_t log_no;
    uint64_t seq;
    uint8_t key[SMK_PLACE_KEY_BYTES];
    if (!smk_place_read(bytes, &log_no, &seq))
        return;
    smk_place_key(log_no, seq, key);
    SMK_ASSERT(smk_bytes_is_equal(SMK_BYTES(key), bytes));
}

static void try_fork(struct smk_bytes bytes)
{
    struct smk_fork_row row;
    if (!smk_fork_row_read(bytes, &row))
        return;
    SMK_ASSERT(row.log_no != 0);
    SMK_ASSERT(row.proof.len + SMK_FORK_LOG_BYTES == bytes.len);
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    enum which which = (enum which)fuzz_below(&in, WHICH);
    struct fuzz_block block = fuzz_block_of(fuzz_rest(&in));
    struct smk_bytes bytes = fuzz_block_view(&block);
    if (which == LOG)
        fuzz_block_set_tag(&block);
    if (decoder[which].decode != NULL)
        fuzz_decoder_check(&decoder[which], faults, bytes);
    if (which == RECORD)
        try_record(bytes);
    else if (which == PLACE)
        try_place(bytes);
    else if (which == FORK)
        try_fork(bytes);
    (void)smk_row_read_u32(bytes);
    (void)smk_row_read_u64(bytes);
    fuzz_block_drop(&block);
}

/* ---- seeds ---- */

static void seed_text(const char *name, enum which which, const char *before, const char *text)
{
    const uint8_t head[] = {0, 0, (uint8_t)which};
    struct smk_buf b = {.max = 65536};
    smk_buf_write(&b, before, strlen(before));
    test_pack(&b, text, NULL);
    fuzz_seed(name, SMK_BYTES(head), smk_buf_view(&b));
    smk_buf_deinit(&b);
}

static void seed_records(void)
{
    static const uint8_t record_head[] = {0, 0, RECORD}, log_head[] = {0, 0, LOG};
    struct test_log *l = test_log_new("prov:02");
    uint8_t row[4096];
    test_run_fill(&l->run, 5);
    enum smk_err err = test_log_take(l, 0);
    SMK_ASSERT(err == SMK_OK);
    smk_rec_row_write(&l->run.record[1], 3, row);
    fuzz_seed("record", SMK_BYTES(record_head),
              (struct smk_bytes){row, smk_rec_row_bytes(&l->run.record[1])});
    fuzz_seed("log", SMK_BYTES(log_head), (struct smk_bytes){row, smk_log_row_write(&l->log, row)});
    l->log.fork = 4;
    l->log.fork_number = 1;
    fuzz_seed("forked-log", SMK_BYTES(log_head), (struct smk_bytes){row, smk_log_row_write(&l->log, row)});
    test_run_drop_payload(&l->run, 2);
    smk_rec_row_write(&l->run.record[2], 3, row);
    fuzz_seed("hole", SMK_BYTES(record_head), (struct smk_bytes){row, smk_rec_row_bytes(&l->run.record[2])});
    test_log_free(l);
}

void fuzz_seeds(void)
{
    static const uint8_t place[] = {0, 0, PLACE, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9};
    static const uint8_t fork[] = {0, 0, FORK, 0, 0, 0, 1, 0x90};
    seed_records();
    fuzz_seed("place", SMK_BYTES(place), (struct smk_bytes){0});
    fuzz_seed("fork", SMK_BYTES(fork), (struct smk_bytes){0});
    seed_text("damage", DAMAGE, "d12345678", "[1 3 7 #32x01 1713312000000]");
    seed_text("invitation", INVITATION, "", "[1 #32x01 'ctod' ['ctod-editor'] 1713312000000 nil]");
    seed_text("used-invitation", INVITATION, "", "[1 #32x01 'ctod' [] 1713312000000 #32x02]");
    seed_text("peer", PEER, "", "[1 false #9x61 5 6 7 #3x62 8 #32x01 #40x07]");
    seed_text("session", SESSION, "", "[1 5 #32x01 true true false true 1 2 3 4 5 #3x62]");
}
