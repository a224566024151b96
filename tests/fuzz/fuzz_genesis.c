/* Target: the genesis. Input: faults, then the payload. */
#include "proto/roster.h"
#include "tests/fuzz/decoder.h"
#include "tests/support/builders.h"

static enum smk_err decode(struct smk_bytes bytes, void *ret_value)
{
    return smk_genesis_decode(bytes, ret_value);
}

static void encode(const void *value, struct smk_buf *b)
{
    smk_genesis_encode(value, b);
}

static const struct fuzz_decoder decoder = {sizeof(struct smk_genesis), decode, encode, NULL, false, NULL};

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    fuzz_decoder_check(&decoder, faults, fuzz_rest(&in));
}

void fuzz_seeds(void)
{
    static const uint8_t head[2];
    struct test_coalition c;
    test_coalition_init(&c, 1, 1);
    fuzz_seed("one-key", SMK_BYTES(head), smk_buf_view(&c.genesis));
    test_coalition_deinit(&c);
    test_coalition_init(&c, 3, 2);
    fuzz_seed("three-keys", SMK_BYTES(head), smk_buf_view(&c.genesis));
    test_coalition_deinit(&c);
}
