#include "tests/fuzz/decoder.h"

#include "proto/bounds.h"

#include <stdlib.h>
#include <string.h>

enum { ENCODED_BYTES_MAX = 4 * 1024 * 1024, UNTOUCHED = 0xa5 };

static bool is_peer_fault_or_newer(enum smk_err err)
{
    return smk_err_is_peer_fault(err) || err == SMK_ERR_NEWER_VERSION;
}

static bool is_untouched(const uint8_t *value, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (value[i] != UNTOUCHED)
            return false;
    return true;
}

static uint8_t *value_new(const struct fuzz_decoder *d)
{
    uint8_t *value = malloc(d->value_bytes);
    SMK_ASSERT(value != NULL);
    memset(value, UNTOUCHED, d->value_bytes);
    return value;
}

static void value_drop(const struct fuzz_decoder *d, enum smk_err err, uint8_t *value)
{
    if (err == SMK_OK && d->deinit != NULL)
        d->deinit(value);
    free(value);
}

/* Gives a block. */
static struct fuzz_block encode(const struct fuzz_decoder *d, const uint8_t *value)
{
    struct smk_buf b = {.max = ENCODED_BYTES_MAX};
    d->encode(value, &b);
    SMK_ASSERT(b.err == SMK_OK);
    struct fuzz_block block = fuzz_block_of(smk_buf_view(&b));
    smk_buf_deinit(&b);
    return block;
}

static void check_encoding(const struct fuzz_decoder *d, const uint8_t *value, struct smk_bytes bytes)
{
    struct fuzz_block first = encode(d, value);
    bool is_same = smk_bytes_is_equal(fuzz_block_view(&first), bytes);
    SMK_ASSERT(is_same || (d->may_skip && first.len < bytes.len));
    if (!is_same) {
        uint8_t *again = value_new(d);
        enum smk_err err = d->decode(fuzz_block_view(&first), again);
        SMK_ASSERT(err == SMK_OK);
        struct fuzz_block second = encode(d, again);
        SMK_ASSERT(smk_bytes_is_equal(fuzz_block_view(&first), fuzz_block_view(&second)));
        fuzz_block_drop(&second);
        value_drop(d, err, again);
    }
    fuzz_block_drop(&first);
}

void fuzz_decoder_check(const struct fuzz_decoder *d, struct fuzz_faults faults, struct smk_bytes bytes)
{
    struct fuzz_block block = fuzz_block_of(bytes);
    fuzz_faults_begin(faults);
    uint8_t *value = value_new(d);
    enum smk_err expected = d->decode(fuzz_block_view(&block), value);
    if (expected == SMK_OK && d->encode != NULL)
        check_encoding(d, value, fuzz_block_view(&block));
    if (expected != SMK_OK) {
        SMK_ASSERT(is_untouched(value, d->value_bytes));
        SMK_ASSERT(d->is_named != NULL ? d->is_named(expected) : is_peer_fault_or_newer(expected));
    }
    value_drop(d, expected, value);

    value = value_new(d);
    test_fault_pause(false);
    enum smk_err err = d->decode(fuzz_block_view(&block), value);
    test_fault_pause(true);
    fuzz_check_answer(err, expected);
    if (err != SMK_OK)
        SMK_ASSERT(is_untouched(value, d->value_bytes));
    value_drop(d, err, value);
    fuzz_faults_end();
    fuzz_block_drop(&block);
}
