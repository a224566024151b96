/* A fold of some documents alone: which others it looks for. */
#include "proto/fold_set.h"

#include "proto/mem.h"

#include <stdlib.h>
#include <string.h>

enum smk_err smk_fold_note_asked(struct smk_fold *f)
{
    if (f->asked == NULL)
        f->asked = smk_mem_new(sizeof *f->asked);
    return f->asked != NULL ? SMK_OK : SMK_ERR_NOMEM;
}

void smk_fold_ask(const struct smk_fold *f, const uint8_t *doc_id)
{
    struct fold_asked *a = f->asked;
    if (a == NULL || (a->count > 0 && memcmp(a->id[a->count - 1], doc_id, SMK_DOC_ID_BYTES) == 0))
        return;
    if (a->count == a->capacity) {
        size_t capacity = a->capacity > 0 ? 2 * a->capacity : 64;
        uint8_t(*grown)[SMK_DOC_ID_BYTES] = smk_mem_resize(a->id, capacity * sizeof *grown);
        a->is_full = a->is_full || grown == NULL;
        if (grown == NULL)
            return;
        a->id = grown;
        a->capacity = capacity;
    }
    memcpy(a->id[a->count++], doc_id, SMK_DOC_ID_BYTES);
}

static int compare_ids(const void *a, const void *b)
{
    return memcmp(a, b, SMK_DOC_ID_BYTES);
}

size_t smk_fold_asked(struct smk_fold *f, const uint8_t (**ret_ids)[SMK_DOC_ID_BYTES])
{
    struct fold_asked *a = f->asked;
    size_t kept = 0;
    if (a == NULL || a->count == 0)
        return 0;
    qsort(a->id, a->count, sizeof *a->id, compare_ids);
    for (size_t i = 0; i < a->count; i++)
        if (kept == 0 || memcmp(a->id[kept - 1], a->id[i], SMK_DOC_ID_BYTES) != 0)
            memmove(a->id[kept++], a->id[i], SMK_DOC_ID_BYTES);
    a->count = kept;
    *ret_ids = (const uint8_t(*)[SMK_DOC_ID_BYTES])a->id;
    return kept;
}
