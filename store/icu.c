/* The only file that sees ICU. */
#include "store/icu.h"

#include "proto/check.h"
#include "proto/khmer.h"
#include "proto/mem.h"

#include <stdio.h>
#include <string.h>
#include <unicode/icudataver.h>
#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/ucol.h>
#include <unicode/unorm2.h>
#include <unicode/uspoof.h>
#include <unicode/ustring.h>
#include <unicode/utext.h>

enum { PLENTY_BYTES = 1024 * 1024 };

/* ---- foreign codes and forms ---- */

static enum smk_err err_from_icu(UErrorCode code)
{
    if (U_SUCCESS(code)) /* warnings too: "km" is the usual rules and a dictionary */
        return SMK_OK;
    return code == U_MEMORY_ALLOCATION_ERROR ? SMK_ERR_NOMEM : SMK_ERR_UNICODE;
}

/* Asked before the library loads anything for the first time. ICU 72 waits for ever, or goes through a null pointer, when
 * some of its small allocations fail: so there must be plenty of memory. */
static enum smk_err demand_plenty(void)
{
    void *plenty = smk_mem_new(PLENTY_BYTES);
    if (plenty == NULL)
        return SMK_ERR_NOMEM;
    smk_mem_free(plenty);
    return SMK_OK;
}

/* UTF-16, as ICU wants it. */
struct wide {
    UChar *unit;
    int32_t len, room;
};

static void wide_deinit(struct wide *w)
{
    smk_mem_free(w->unit);
    *w = (struct wide){0};
}

static enum smk_err wide_grow(struct wide *w, int32_t room)
{
    UChar *unit = smk_mem_array((size_t)room, sizeof *unit);
    if (unit == NULL)
        return SMK_ERR_NOMEM;
    wide_deinit(w);
    *w = (struct wide){.unit = unit, .room = room};
    return SMK_OK;
}

static enum smk_err check_text(struct smk_bytes text)
{
    if (text.len > SMK_ICU_TEXT_BYTES_MAX)
        return SMK_ERR_TOO_BIG_HERE;
    return smk_utf8_is_valid(text) ? SMK_OK : SMK_ERR_INVALID;
}

static const char *letters_of(struct smk_bytes text)
{
    return text.len > 0 ? (const char *)text.data : "";
}

/* The text is good UTF-8: at most one unit a byte. */
static enum smk_err widen(struct smk_bytes text, struct wide *w)
{
    UErrorCode code = U_ZERO_ERROR;
    enum smk_err err = wide_grow(w, (int32_t)text.len + 1);
    if (err != SMK_OK)
        return err;
    (void)u_strFromUTF8(w->unit, w->room, &w->len, letters_of(text), (int32_t)text.len, &code);
    return err_from_icu(code);
}

static enum smk_err narrow(const struct wide *w, struct smk_buf *b)
{
    UErrorCode code = U_ZERO_ERROR;
    int32_t room = 3 * w->len + 1, len = 0; /* a unit is at most three bytes */
    char *text = smk_mem_new((size_t)room);
    if (text == NULL)
        return SMK_ERR_NOMEM;
    (void)u_strToUTF8(text, room, &len, w->unit, w->len, &code);
    enum smk_err err = err_from_icu(code);
    if (err == SMK_OK)
        smk_buf_write(b, text, (size_t)len);
    smk_mem_free(text);
    return err != SMK_OK ? err : b->err;
}

enum smk_err smk_icu_version(char ret_version[SMK_ICU_VERSION_LETTERS_MAX + 1])
{
    UErrorCode code = U_ZERO_ERROR;
    UVersionInfo version;
    char library[U_MAX_VERSION_STRING_LENGTH], data[U_MAX_VERSION_STRING_LENGTH] = "-",
                                               order[U_MAX_VERSION_STRING_LENGTH] = "-";
    enum smk_err err = demand_plenty();
    if (err != SMK_OK)
        return err;
    u_getVersion(version);
    u_versionToString(version, library);
    u_getDataVersion(version, &code);
    if (U_SUCCESS(code))
        u_versionToString(version, data);
    UCollator *collator = ucol_open("km", &code);
    if (U_SUCCESS(code)) {
        ucol_getVersion(collator, version);
        u_versionToString(version, order);
    }
    ucol_close(collator);
    (void)snprintf(ret_version, SMK_ICU_VERSION_LETTERS_MAX + 1, "%s %s %s", library, data, order);
    return code == U_MEMORY_ALLOCATION_ERROR ? SMK_ERR_NOMEM : SMK_OK;
}
_Static_assert(3 * (int)U_MAX_VERSION_STRING_LENGTH <= SMK_ICU_VERSION_LETTERS_MAX, "three versions fit");

/* ---- forms ---- */

static enum smk_err normalise(const UNormalizer2 *form, const struct wide *in, struct wide *ret_out)
{
    UErrorCode code = U_ZERO_ERROR;
    int32_t len = unorm2_normalize(form, in->unit, in->len, NULL, 0, &code);
    if (code != U_BUFFER_OVERFLOW_ERROR && U_FAILURE(code))
        return err_from_icu(code);
    enum smk_err err = wide_grow(ret_out, len + 1);
    if (err != SMK_OK)
        return err;
    code = U_ZERO_ERROR;
    ret_out->len = unorm2_normalize(form, in->unit, in->len, ret_out->unit, ret_out->room, &code);
    return err_from_icu(code);
}

static enum smk_err write_form(const UNormalizer2 *form, struct smk_bytes text, struct smk_buf *b)
{
    SMK_CLEANUP(wide_deinit) struct wide in = {0};
    SMK_CLEANUP(wide_deinit) struct wide out = {0};
    enum smk_err err = widen(text, &in);
    if (err == SMK_OK)
        err = normalise(form, &in, &out);
    return err != SMK_OK ? err : narrow(&out, b);
}

/* True for characters that NFC leaves alone, whatever stands beside them: nearly every text of ours. */
static bool is_nfc_for_sure(uint32_t point)
{
    return point < 0x300 || (point >= 0x1780 && point <= 0x17ff && point != 0x17dd) ||
           (point >= 0x2002 && point <= 0x206f);
}

enum smk_err smk_icu_nfc(struct smk_bytes text, struct smk_buf *b)
{
    UErrorCode code = U_ZERO_ERROR;
    uint32_t point = 0;
    size_t at = 0;
    enum smk_err err = check_text(text);
    if (err != SMK_OK)
        return err;
    while (is_nfc_for_sure(point) && smk_utf8_next(text, &at, &point))
        ;
    if (is_nfc_for_sure(point)) {
        smk_buf_write_bytes(b, text);
        return b->err;
    }
    err = demand_plenty();
    if (err != SMK_OK)
        return err;
    const UNormalizer2 *form = unorm2_getNFCInstance(&code);
    return U_FAILURE(code) ? err_from_icu(code) : write_form(form, text, b);
}

enum smk_err smk_icu_casefold(struct smk_bytes text, struct smk_buf *b)
{
    UErrorCode code = U_ZERO_ERROR;
    enum smk_err err = check_text(text);
    if (err == SMK_OK)
        err = demand_plenty();
    if (err != SMK_OK)
        return err;
    const UNormalizer2 *form = unorm2_getNFKCCasefoldInstance(&code);
    return U_FAILURE(code) ? err_from_icu(code) : write_form(form, text, b);
}

enum smk_icu_class smk_icu_class(uint32_t point)
{
    uint32_t kind = U_GET_GC_MASK((UChar32)point);
    if ((kind & (U_GC_L_MASK | U_GC_M_MASK)) != 0)
        return SMK_ICU_LETTER;
    return (kind & U_GC_N_MASK) != 0 ? SMK_ICU_DIGIT : SMK_ICU_OTHER;
}

/* ---- words ---- */

struct smk_breaker {
    UBreakIterator *raw;
    UText *text; /* of the text at hand; NULL before the first */
};

/* It is loaded with the first Khmer letter: now rather than later. */
static void load_dictionary(struct smk_breaker *b)
{
    size_t border;
    if (smk_breaker_start(b, smk_bytes_of_text("ខ្មែរ")) == SMK_OK)
        (void)smk_breaker_next(b, &border);
    (void)utext_close(b->text);
    b->text = NULL;
}

enum smk_err smk_breaker_new(struct smk_breaker **ret_breaker)
{
    UErrorCode code = U_ZERO_ERROR;
    enum smk_err err = demand_plenty();
    struct smk_breaker *b = err == SMK_OK ? smk_mem_new(sizeof *b) : NULL;
    if (b == NULL)
        return SMK_ERR_NOMEM;
    b->raw = ubrk_open(UBRK_WORD, "km", NULL, 0, &code);
    if (U_SUCCESS(code))
        load_dictionary(b);
    if (U_FAILURE(code)) {
        smk_breaker_free(b);
        return err_from_icu(code);
    }
    *ret_breaker = b;
    return SMK_OK;
}

void smk_breaker_free(struct smk_breaker *b)
{
    if (b == NULL)
        return;
    ubrk_close(b->raw);
    (void)utext_close(b->text);
    smk_mem_free(b);
}

enum smk_err smk_breaker_start(struct smk_breaker *b, struct smk_bytes text)
{
    UErrorCode code = U_ZERO_ERROR;
    enum smk_err err = check_text(text);
    if (err != SMK_OK)
        return err;
    b->text = utext_openUTF8(b->text, letters_of(text), (int64_t)text.len, &code);
    ubrk_setUText(b->raw, b->text, &code); /* does nothing when the first call has failed */
    if (U_SUCCESS(code))
        (void)ubrk_first(b->raw);
    return err_from_icu(code);
}

bool smk_breaker_next(struct smk_breaker *b, size_t *ret_border)
{
    int32_t border = b->text != NULL ? ubrk_next(b->raw) : UBRK_DONE;
    if (border == UBRK_DONE)
        return false;
    *ret_border = (size_t)border;
    return true;
}

/* ---- order ---- */

struct smk_collator {
    UCollator *raw;
};

enum smk_err smk_collator_new(struct smk_collator **ret_collator)
{
    UErrorCode code = U_ZERO_ERROR;
    enum smk_err err = demand_plenty();
    struct smk_collator *c = err == SMK_OK ? smk_mem_new(sizeof *c) : NULL;
    if (c == NULL)
        return SMK_ERR_NOMEM;
    c->raw = ucol_open("km", &code);
    if (U_SUCCESS(code)) {
        ucol_setStrength(c->raw, UCOL_SECONDARY);
        ucol_setAttribute(c->raw, UCOL_NORMALIZATION_MODE, UCOL_ON, &code);
    }
    if (U_FAILURE(code)) {
        smk_collator_free(c);
        return err_from_icu(code);
    }
    *ret_collator = c;
    return SMK_OK;
}

void smk_collator_free(struct smk_collator *c)
{
    if (c == NULL)
        return;
    ucol_close(c->raw);
    smk_mem_free(c);
}

enum smk_err smk_collator_key(struct smk_collator *c, struct smk_bytes text, size_t bytes_max,
                              struct smk_buf *b)
{
    SMK_CLEANUP(wide_deinit) struct wide in = {0};
    enum smk_err err = check_text(text);
    if (err == SMK_OK)
        err = widen(text, &in);
    if (err != SMK_OK)
        return err;
    int32_t room = ucol_getSortKey(c->raw, in.unit, in.len, NULL, 0);
    if (room <= 0)
        return SMK_ERR_UNICODE; /* it cannot say what was missing */
    uint8_t *key = smk_mem_new((size_t)room);
    if (key == NULL)
        return SMK_ERR_NOMEM;
    size_t len = (size_t)ucol_getSortKey(c->raw, in.unit, in.len, key, room) - 1; /* without its final zero */
    smk_buf_write(b, key, len < bytes_max ? len : bytes_max);
    smk_mem_free(key);
    return b->err;
}

/* ---- what is confusable ---- */

struct smk_spoof {
    USpoofChecker *raw;
};

enum smk_err smk_spoof_new(struct smk_spoof **ret_spoof)
{
    UErrorCode code = U_ZERO_ERROR;
    enum smk_err err = demand_plenty();
    struct smk_spoof *s = err == SMK_OK ? smk_mem_new(sizeof *s) : NULL;
    if (s == NULL)
        return SMK_ERR_NOMEM;
    s->raw = uspoof_open(&code);
    if (U_FAILURE(code)) {
        smk_spoof_free(s);
        return err_from_icu(code);
    }
    *ret_spoof = s;
    return SMK_OK;
}

void smk_spoof_free(struct smk_spoof *s)
{
    if (s == NULL)
        return;
    uspoof_close(s->raw);
    smk_mem_free(s);
}

enum smk_err smk_spoof_skeleton(struct smk_spoof *s, struct smk_bytes text, struct smk_buf *b)
{
    SMK_CLEANUP(wide_deinit) struct wide in = {0};
    SMK_CLEANUP(wide_deinit) struct wide out = {0};
    UErrorCode code = U_ZERO_ERROR;
    enum smk_err err = check_text(text);
    if (err == SMK_OK)
        err = widen(text, &in);
    if (err != SMK_OK)
        return err;
    int32_t len = uspoof_getSkeleton(s->raw, 0, in.unit, in.len, NULL, 0, &code);
    if (code != U_BUFFER_OVERFLOW_ERROR && U_FAILURE(code))
        return err_from_icu(code);
    err = wide_grow(&out, len + 1);
    if (err != SMK_OK)
        return err;
    code = U_ZERO_ERROR;
    out.len = uspoof_getSkeleton(s->raw, 0, in.unit, in.len, out.unit, out.room, &code);
    return U_FAILURE(code) ? err_from_icu(code) : narrow(&out, b);
}
