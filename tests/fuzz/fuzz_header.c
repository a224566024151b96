/* Target: the header of a record. Input: faults, then the header. */
#include "proto/record.h"
#include "tests/fuzz/decoder.h"
#include "tests/support/builders.h"

#include <stdlib.h>

static enum smk_err decode(struct smk_bytes bytes, void *ret_value)
{
    return smk_header_decode(bytes, ret_value);
}

static void encode(const void *value, struct smk_buf *b)
{
    smk_header_encode(value, b);
}

static const struct fuzz_decoder decoder = {sizeof(struct smk_header), decode, encode, NULL, false, NULL};

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    fuzz_decoder_check(&decoder, faults, fuzz_rest(&in));
}

void fuzz_seeds(void)
{
    static const uint8_t head[2];
    struct test_log *l = test_log_new("prov:02");
    struct smk_buf sealed = {.max = 4096};
    test_run_fill(&l->run, 3);
    fuzz_seed("first", SMK_BYTES(head), l->run.record[0].header_bytes);
    fuzz_seed("next", SMK_BYTES(head), l->run.record[2].header_bytes);
    struct smk_header h = l->run.record[2].header;
    h.codec = 1;
    h.has_key_id = true;
    h.dep_count = 2;
    h.dep[1][0] = 1;
    smk_header_encode(&h, &sealed);
    fuzz_seed("sealed", SMK_BYTES(head), smk_buf_view(&sealed));
    smk_buf_deinit(&sealed);
    test_log_free(l);
}
