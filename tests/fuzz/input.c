#include "tests/fuzz/fuzz.h"

#include "proto/hash.h"
#include "store/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t fuzz_below(struct smk_reader *in, uint64_t n)
{
    uint64_t number = 0;
    for (uint64_t left = n - 1; left > 0 && smk_reader_left(in) > 0; left >>= 8)
        number = number << 8 | smk_read_u8(in);
    return number % n;
}

struct smk_bytes fuzz_bytes(struct smk_reader *in, size_t len)
{
    size_t left = smk_reader_left(in);
    return smk_read_bytes(in, len < left ? len : left);
}

struct smk_bytes fuzz_rest(struct smk_reader *in)
{
    return smk_read_bytes(in, smk_reader_left(in));
}

/* ---- failing allocations ---- */

struct fuzz_faults fuzz_faults_read(struct smk_reader *in)
{
    struct fuzz_faults f = {.kind = (enum test_fault)fuzz_below(in, 4)};
    f.nth = (unsigned long)fuzz_below(in, 256);
    if (f.kind > TEST_FAULT_STICKY)
        f.kind = TEST_FAULT_NONE;
    return f;
}

void fuzz_faults_begin(struct fuzz_faults f)
{
    test_fault_begin(f.kind, f.nth);
    test_fault_pause(true);
}

void fuzz_faults_end(void)
{
    test_fault_end();
    SMK_ASSERT(test_fault_live() == 0);
    SMK_ASSERT(test_fault_peak() <= FUZZ_HEAP_BYTES_MAX);
}

void fuzz_check_answer(enum smk_err err, enum smk_err expected)
{
    bool is_memory = err == SMK_ERR_NOMEM && test_fault_hits() > 0;
    if (err == expected || is_memory)
        return;
    fprintf(stderr, "fuzz: %s, without faults %s\n", smk_err_name(err), smk_err_name(expected));
    abort();
}

/* ---- blocks ---- */

struct fuzz_block fuzz_block_of(struct smk_bytes bytes)
{
    struct fuzz_block b = {.data = malloc(bytes.len > 0 ? bytes.len : 1), .len = bytes.len};
    SMK_ASSERT(b.data != NULL);
    if (bytes.len > 0)
        memcpy(b.data, bytes.data, bytes.len);
    return b;
}

void fuzz_block_drop(struct fuzz_block *b)
{
    free(b->data);
    *b = (struct fuzz_block){0};
}

struct smk_bytes fuzz_block_view(const struct fuzz_block *b)
{
    return (struct smk_bytes){b->data, b->len};
}

void fuzz_block_set_tag(struct fuzz_block *row)
{
    uint8_t hash[SMK_HASH_BYTES];
    if (row->len < SMK_TAG_BYTES)
        return;
    smk_sha256((struct smk_bytes){row->data, row->len - SMK_TAG_BYTES}, (struct smk_bytes){0}, hash);
    memcpy(row->data + row->len - SMK_TAG_BYTES, hash, SMK_TAG_BYTES);
}
