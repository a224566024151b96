#include "store/index_postings.h"

#include "proto/mem.h"
#include "store/rows.h"

void smk_postings_deinit(struct smk_postings *p)
{
    smk_slices_deinit(&p->keys);
}

enum smk_err smk_postings_add(struct smk_postings *p, struct smk_txn *t, struct smk_bytes term,
                              uint32_t number)
{
    uint8_t end[1 + 4] = {0};
    size_t at = p->keys.bytes.len;
    if (at == 0 || at + term.len + sizeof end > SMK_POSTINGS_BYTES_MAX) {
        enum smk_err err = smk_postings_put(p, t);
        if (err != SMK_OK)
            return err;
        at = 0;
    }
    smk_row_write_u32(number, end + 1);
    smk_buf_write_bytes(&p->keys.bytes, term);
    smk_buf_write(&p->keys.bytes, end, sizeof end);
    return smk_slices_add_from(&p->keys, at);
}

enum smk_err smk_postings_put(struct smk_postings *p, struct smk_txn *t)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    smk_slices_sort(&p->keys);
    smk_cursor_open(&c, t, SMK_TABLE_TERMS);
    for (size_t i = 0; i < p->keys.count && t->err == SMK_OK; i++)
        smk_cursor_put(&c, smk_slices_at(&p->keys, i), (struct smk_bytes){0});
    smk_slices_reset(&p->keys, SMK_POSTINGS_BYTES_MAX);
    return t->err;
}
