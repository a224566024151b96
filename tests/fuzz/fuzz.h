/* tests/fuzz/fuzz.h: what every fuzz target is made of.
 *
 * Shape    a target is one file fuzz_NAME.c with fuzz_one and fuzz_seeds; one.c makes LLVMFuzzerTestOneInput of them, for
 *          libFuzzer and for replay.c alike. The first two bytes of an input say which allocation fails.
 * Memory   what a target takes from the heap it gives back before fuzz_one returns.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TESTS_FUZZ_FUZZ_H
#define SMK_TESTS_FUZZ_FUZZ_H

#include "proto/bytes.h"
#include "proto/check.h"
#include "tests/support/fault.h"

enum {
    FUZZ_HEAP_BYTES_MAX = 64 * 1024 * 1024, /* live at once, for one input */
    FUZZ_TIME_MS_MAX = 100,                 /* of this thread, for one input */
};

/* ---- what a target gives ---- */

/* One input. Stops the process where a property does not hold. */
void fuzz_one(struct smk_bytes input);

/* Calls fuzz_seed for each input to begin with. */
void fuzz_seeds(void);
/* The input is the bytes of head, then those of body. name: letters, digits and hyphens. */
void fuzz_seed(const char *name, struct smk_bytes head, struct smk_bytes body);

/* ---- taking an input apart: zeros and empty bytes once it is used up ---- */

uint64_t fuzz_below(struct smk_reader *in, uint64_t n); /* 0..n-1; takes as many bytes as n needs; n >= 1 */
/* At most len bytes. */
struct smk_bytes fuzz_bytes(struct smk_reader *in, size_t len);
struct smk_bytes fuzz_rest(struct smk_reader *in);

/* ---- failing allocations ---- */

struct fuzz_faults {
    enum test_fault kind;
    unsigned long nth;
};
struct fuzz_faults fuzz_faults_read(struct smk_reader *in);
/* From here on blocks are counted; they fail only between test_fault_pause(false) and test_fault_pause(true). */
void fuzz_faults_begin(struct fuzz_faults f);
/* Nothing is live now, and never was too much. */
void fuzz_faults_end(void);
/* What err may be: `expected` is the answer without faults. */
void fuzz_check_answer(enum smk_err err, enum smk_err expected);

/* ---- a copy in a heap block of exactly its size ---- */

struct fuzz_block {
    uint8_t *data;
    size_t len;
};
struct fuzz_block fuzz_block_of(struct smk_bytes bytes);
void fuzz_block_drop(struct fuzz_block *b);
struct smk_bytes fuzz_block_view(const struct fuzz_block *b);
/* Ends a row of the store with the tag that belongs to it; one that is too short stays as it is. */
void fuzz_block_set_tag(struct fuzz_block *row);

#endif
