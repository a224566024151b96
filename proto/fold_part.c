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

void smk_fold_ask_for(const struct smk_fold *f, const uint8_t *doc_id)
{
    if (f->asked != NULL)
        memcpy(f->asked->by, doc_id, sizeof f->asked->by);
}

static int compare_questions(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct smk_fold_question));
}

void smk_fold_ask(const struct smk_fold *f, const uint8_t *doc_id)
{
    struct fold_asked *a = f->asked;
    struct smk_fold_question q;
    if (a == NULL)
        return;
    memcpy(q.by, a->by, sizeof q.by);
    memcpy(q.about, doc_id, sizeof q.about);
    if (a->count > 0 && compare_questions(&a->question[a->count - 1], &q) == 0)
        return;
    if (a->count == a->capacity) {
        size_t capacity = a->capacity > 0 ? 2 * a->capacity : 64;
        struct smk_fold_question *grown = smk_mem_resize(a->question, capacity * sizeof *grown);
        a->is_full = a->is_full || grown == NULL;
        if (grown == NULL)
            return;
        a->question = grown;
        a->capacity = capacity;
    }
    a->question[a->count++] = q;
}

size_t smk_fold_asked(struct smk_fold *f, const struct smk_fold_question **ret_questions)
{
    struct fold_asked *a = f->asked;
    size_t kept = 0;
    if (a == NULL || a->count == 0)
        return 0;
    qsort(a->question, a->count, sizeof *a->question, compare_questions);
    for (size_t i = 0; i < a->count; i++)
        if (kept == 0 || compare_questions(&a->question[kept - 1], &a->question[i]) != 0)
            a->question[kept++] = a->question[i];
    a->count = kept;
    *ret_questions = a->question;
    return kept;
}
