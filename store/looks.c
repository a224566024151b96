#include "store/looks.h"

#include "proto/khmer.h"
#include "proto/mem.h"
#include "store/icu.h"

enum { NAME_BYTES_MAX = 4096, FORM_BYTES_MAX = 16 * NAME_BYTES_MAX };

/* Four ways to see a text; two texts look alike when they agree in one. */
struct forms {
    struct smk_buf fold, as_it_stands, small, capital;
};

struct smk_looks {
    struct smk_spoof *spoof;
    struct forms own, other;
    struct smk_buf scratch;
};

static void forms_reset(struct forms *f)
{
    smk_buf_reset(&f->fold);
    smk_buf_reset(&f->as_it_stands);
    smk_buf_reset(&f->small);
    smk_buf_reset(&f->capital);
}

static void forms_deinit(struct forms *f)
{
    smk_buf_deinit(&f->fold);
    smk_buf_deinit(&f->as_it_stands);
    smk_buf_deinit(&f->small);
    smk_buf_deinit(&f->capital);
}

static enum smk_err read_forms(struct smk_looks *l, struct smk_bytes text, struct forms *f)
{
    forms_reset(f);
    smk_buf_reset(&l->scratch);
    enum smk_err err = text.len <= NAME_BYTES_MAX ? SMK_OK : SMK_ERR_TOO_BIG_HERE;
    if (err == SMK_OK)
        err = smk_khmer_fold(text, &f->fold);
    if (err == SMK_OK)
        err = smk_spoof_skeleton(l->spoof, text, &f->as_it_stands);
    if (err == SMK_OK)
        err = smk_icu_casefold(smk_buf_view(&f->fold), &l->scratch);
    if (err == SMK_OK)
        err = smk_spoof_skeleton(l->spoof, smk_buf_view(&l->scratch), &f->small);
    for (size_t i = 0; i < l->scratch.len; i++) /* a 0 is confusable with an O, but not with an o */
        if (l->scratch.data[i] >= 'a' && l->scratch.data[i] <= 'z')
            l->scratch.data[i] = (uint8_t)(l->scratch.data[i] - 'a' + 'A');
    if (err == SMK_OK)
        err = smk_spoof_skeleton(l->spoof, smk_buf_view(&l->scratch), &f->capital);
    return err;
}

enum smk_err smk_looks_new(struct smk_bytes text, struct smk_looks **ret_looks)
{
    struct smk_looks *l = smk_mem_new(sizeof *l);
    if (l == NULL)
        return SMK_ERR_NOMEM;
    struct smk_buf *const buf[] = {&l->own.fold,    &l->own.as_it_stands, &l->own.small,
                                   &l->own.capital, &l->other.fold,       &l->other.as_it_stands,
                                   &l->other.small, &l->other.capital,    &l->scratch};
    for (size_t i = 0; i < sizeof buf / sizeof buf[0]; i++)
        buf[i]->max = FORM_BYTES_MAX;
    enum smk_err err = smk_spoof_new(&l->spoof);
    if (err == SMK_OK)
        err = read_forms(l, text, &l->own);
    if (err != SMK_OK) {
        smk_looks_free(l);
        return err;
    }
    *ret_looks = l;
    return SMK_OK;
}

void smk_looks_free(struct smk_looks *l)
{
    if (l == NULL)
        return;
    smk_spoof_free(l->spoof);
    forms_deinit(&l->own);
    forms_deinit(&l->other);
    smk_buf_deinit(&l->scratch);
    smk_mem_free(l);
}

static bool is_equal(const struct smk_buf *a, const struct smk_buf *b)
{
    return a->len > 0 && smk_bytes_is_equal(smk_buf_view(a), smk_buf_view(b));
}

enum smk_err smk_looks_like(struct smk_looks *l, struct smk_bytes other, bool *ret_is_like)
{
    enum smk_err err = read_forms(l, other, &l->other);
    if (err != SMK_OK)
        return err;
    *ret_is_like = is_equal(&l->own.fold, &l->other.fold) ||
                   is_equal(&l->own.as_it_stands, &l->other.as_it_stands) ||
                   is_equal(&l->own.small, &l->other.small) || is_equal(&l->own.capital, &l->other.capital);
    return SMK_OK;
}

enum smk_err smk_text_looks_like(struct smk_bytes a, struct smk_bytes b, bool *ret_is_like)
{
    struct smk_looks *l = NULL;
    enum smk_err err = smk_looks_new(a, &l);
    if (err == SMK_OK)
        err = smk_looks_like(l, b, ret_is_like);
    smk_looks_free(l);
    return err;
}
