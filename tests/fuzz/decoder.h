/* tests/fuzz/decoder.h: what holds for every decoder, whatever it is given.
 *
 * Shape    each decoder is a row: how to decode, how to encode what came out, how to let it go.
 * Memory   owns nothing.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TESTS_FUZZ_DECODER_H
#define SMK_TESTS_FUZZ_DECODER_H

#include "tests/fuzz/fuzz.h"

struct fuzz_decoder {
    size_t value_bytes;
    /* Sets *ret_value on success only. */
    enum smk_err (*decode)(struct smk_bytes bytes, void *ret_value);
    /* NULL: nothing of ours writes this form. */
    void (*encode)(const void *value, struct smk_buf *b);
    void (*deinit)(void *value); /* NULL: nothing is owned */
    /* Later versions may append fields, which are skipped: the encoding may then be shorter than what was decoded. */
    bool may_skip;
    /* True for a code that this decoder may answer with; NULL: peer faults and NEWER_VERSION. */
    bool (*is_named)(enum smk_err err);
};

/* Decodes from a heap block of the exact size; checks that
 *   a refusal has a named code and leaves the output untouched, byte for byte;
 *   what is accepted encodes to the very bytes that it came from, and decodes from there again;
 *   with failing allocations the answer is the same, or SMK_ERR_NOMEM;
 *   nothing stays live. */
void fuzz_decoder_check(const struct fuzz_decoder *d, struct fuzz_faults faults, struct smk_bytes bytes);

#endif
