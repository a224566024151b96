#include "store/index_text.h"

#include "proto/hash.h"
#include "proto/mem.h"
#include "proto/utf8.h"
#include "store/index_rows.h"

#include "store/index_print.h" /* made by the build */

#include <string.h>

enum {
    KHMER_FIRST = 0x1780,
    KHMER_COUNT = 128,
    OTHER = 0x01,
    HALF = 0x10,
    COENG = 0x80 + 0x52,
    MARK_FIRST = 0x80 + 0x34,
    MARK_LAST = 0x80 + 0x53,
    ATTHACAN = 0x80 + 0x5d,
    TITLED = 1,
    UNTITLED = 2,
    ID_BYTES_IN_ORDER = 8,
    TEXT_BYTES_MAX = 16 * SMK_ICU_TEXT_BYTES_MAX,
};

/* ---- language ---- */

void smk_index_language_close(struct smk_index_language *l)
{
    smk_tokeniser_free(l->tokeniser);
    smk_collator_free(l->collator);
    *l = (struct smk_index_language){0};
}

enum smk_err smk_index_language_open(struct smk_index_language *l)
{
    char version[SMK_ICU_VERSION_LETTERS_MAX + 1];
    uint8_t hash[SMK_HASH_BYTES];
    *l = (struct smk_index_language){0};
    enum smk_err err = smk_tokeniser_new(&l->tokeniser);
    if (err == SMK_OK)
        err = smk_collator_new(&l->collator);
    if (err == SMK_OK)
        err = smk_icu_version(version);
    if (err != SMK_OK) {
        smk_index_language_close(l);
        return err;
    }
    smk_sha256(smk_bytes_of_text(SMK_INDEX_PRINT), smk_bytes_of_text(version), hash);
    memcpy(l->version, hash, sizeof l->version);
    return SMK_OK;
}

/* ---- compact text ---- */

void smk_compact_write(struct smk_bytes folded, struct smk_buf *b)
{
    uint8_t piece[64];
    size_t len = 0, at = 0;
    uint32_t point;
    for (size_t from = 0; smk_utf8_next(folded, &at, &point); from = at) {
        if (len + 1 + 2 * SMK_UTF8_BYTES_MAX > sizeof piece) {
            smk_buf_write(b, piece, len);
            len = 0;
        }
        if (point < 0x80) {
            piece[len++] = (uint8_t)point;
        } else if (point >= KHMER_FIRST && point < KHMER_FIRST + KHMER_COUNT) {
            piece[len++] = (uint8_t)(0x80 + (point - KHMER_FIRST));
        } else {
            piece[len++] = OTHER;
            for (; from < at; from++) {
                piece[len++] = (uint8_t)(HALF + (folded.data[from] >> 4));
                piece[len++] = (uint8_t)(HALF + (folded.data[from] & 0x0f));
            }
        }
    }
    smk_buf_write(b, piece, len);
}

static bool is_mark(uint8_t c)
{
    return (c >= MARK_FIRST && c <= MARK_LAST) || c == ATTHACAN;
}

static bool is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= OTHER && c < SMK_TEXT_FIELD_END);
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

bool smk_compact_is_border(struct smk_bytes compact, size_t at)
{
    if (at == 0 || at >= compact.len)
        return true;
    uint8_t before = compact.data[at - 1], behind = compact.data[at];
    bool is_inside = before == COENG || is_mark(behind) || (is_letter(before) && is_letter(behind)) ||
                     (is_digit(before) && is_digit(behind));
    return !is_inside;
}

struct smk_bytes smk_compact_title(struct smk_bytes compact)
{
    for (size_t i = 0; i < compact.len; i++)
        if (compact.data[i] == SMK_TEXT_FIELD_END &&
            (i == 0 || (i + 1 < compact.len && compact.data[i + 1] == SMK_TEXT_FIELD_END)))
            return (struct smk_bytes){compact.data, i};
    return compact;
}

bool smk_compact_has(struct smk_bytes compact, struct smk_bytes unit, bool is_beginning)
{
    for (size_t from = 0; unit.len > 0 && unit.len <= compact.len && from <= compact.len - unit.len; from++) {
        const uint8_t *found = memchr(compact.data + from, unit.data[0], compact.len - unit.len - from + 1);
        if (found == NULL)
            return false;
        from = (size_t)(found - compact.data);
        bool is_here = memcmp(found, unit.data, unit.len) == 0 && smk_compact_is_border(compact, from);
        if (is_here && (is_beginning || smk_compact_is_border(compact, from + unit.len)))
            return true;
    }
    return false;
}

/* ---- terms ---- */

void smk_index_terms_deinit(struct smk_index_terms *t)
{
    smk_slices_deinit(&t->terms);
    smk_buf_deinit(&t->text);
}

static enum smk_err add_term(void *ctx, const struct smk_token *token)
{
    struct smk_index_terms *t = ctx;
    size_t from = t->terms.bytes.len;
    if (t->terms.count == SMK_INDEX_TERMS_MAX)
        return SMK_OK;
    smk_compact_write(token->term, &t->terms.bytes);
    return smk_slices_add_from(&t->terms, from);
}

/* Each once, and none that is too long for a key. */
static void sort_terms(struct smk_slices *s)
{
    size_t kept = 0;
    smk_slices_sort(s);
    for (size_t i = 0; i < s->count; i++) {
        bool is_new = kept == 0 || !smk_bytes_is_equal(smk_slices_at(s, kept - 1), smk_slices_at(s, i));
        if (is_new && s->slice[i].len <= SMK_INDEX_TERM_BYTES_MAX)
            s->slice[kept++] = s->slice[i];
    }
    s->count = kept;
}

enum smk_err smk_index_terms_find(struct smk_index_language *l, struct smk_bytes fields,
                                  struct smk_index_terms *t)
{
    smk_slices_reset(&t->terms, TEXT_BYTES_MAX);
    smk_buf_reset(&t->text);
    t->text.max = TEXT_BYTES_MAX;
    enum smk_err err = smk_tokenise(l->tokeniser, fields, SMK_TOKENS_OF_TEXT, add_term, t);
    if (err == SMK_OK)
        smk_compact_write(smk_tokens_folded(l->tokeniser), &t->text);
    if (err == SMK_ERR_INVALID || err == SMK_ERR_TOO_BIG_HERE || t->text.err == SMK_ERR_TOO_BIG_HERE) {
        smk_slices_reset(&t->terms, TEXT_BYTES_MAX);
        smk_buf_reset(&t->text);
        return SMK_OK;
    }
    if (err == SMK_OK)
        err = t->text.err;
    if (err == SMK_OK)
        sort_terms(&t->terms);
    else
        t->terms.count = 0;
    return err;
}

void smk_index_terms_write(const struct smk_index_terms *t, struct smk_buf *b)
{
    for (size_t i = 0; i < t->terms.count; i++) {
        struct smk_bytes term = smk_slices_at(&t->terms, i);
        smk_buf_write_be16(b, (uint16_t)term.len);
        smk_buf_write_bytes(b, term);
    }
}

bool smk_index_terms_next(struct smk_bytes row, size_t *at, struct smk_bytes *ret_term)
{
    if (*at > row.len)
        return false;
    struct smk_reader r = smk_reader_over((struct smk_bytes){row.data + *at, row.len - *at});
    size_t len = smk_read_be16(&r);
    struct smk_bytes term = smk_read_bytes(&r, len);
    if (r.err != SMK_OK || len == 0)
        return false;
    *at += 2 + len;
    *ret_term = term;
    return true;
}

/* ---- order ---- */

enum smk_err smk_index_sort_key(struct smk_index_language *l, struct smk_bytes title, struct smk_bytes ref,
                                const uint8_t *id, struct smk_buf *b)
{
    size_t from = b->len;
    enum smk_err err = SMK_OK;
    smk_buf_write_u8(b, TITLED);
    if (title.len > 0)
        err = smk_collator_key(l->collator, title, SMK_INDEX_SORT_BYTES_MAX, b);
    bool is_titled = err == SMK_OK && title.len > 0;
    if (err == SMK_ERR_INVALID || err == SMK_ERR_TOO_BIG_HERE)
        err = SMK_OK;
    if (err != SMK_OK || b->err != SMK_OK)
        return err != SMK_OK ? err : b->err;
    if (!is_titled) {
        b->len = from;
        smk_buf_write_u8(b, UNTITLED);
    }
    smk_buf_write_u8(b, 0);
    ref.len = ref.len < SMK_NAME_LETTERS_MAX ? ref.len : SMK_NAME_LETTERS_MAX;
    smk_buf_write_bytes(b, ref);
    smk_buf_write_u8(b, 0);
    smk_buf_write(b, id, ID_BYTES_IN_ORDER);
    return b->err;
}
