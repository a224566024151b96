#include "tools/evidence.h"

static bool pack_record(void *ctx, uint64_t arrival, const struct smk_record *record)
{
    struct smk_buf *b = ctx;
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf whole = {.max = 2 * SMK_PAYLOAD_BYTES_MAX};
    (void)arrival;
    smk_record_encode(record, &whole);
    if (whole.err == SMK_OK)
        smk_pack_bin(b, smk_buf_view(&whole));
    else if (b->err == SMK_OK)
        b->err = whole.err;
    return true;
}

enum smk_err smk_evidence_pack(struct smk_loaded *l, const struct smk_fold_doc *doc, const char *act,
                               struct smk_buf *b)
{
    const struct smk_fold_entry *entry[SMK_EVIDENCE_MAX];
    size_t count = smk_fold_evidence(l->fold, doc, act, entry);
    enum smk_err err = SMK_OK;
    if (count == 0)
        return SMK_OK;
    smk_pack_array(b, count);
    for (size_t i = 0; err == SMK_OK && i < count; i++)
        err = smk_loaded_read(l, entry[i]->log->log_id, entry[i]->seq, pack_record, b);
    return err;
}
