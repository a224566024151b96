#include "store/files/row_leaf.h"

#include "store/files/number.h"

#include "proto/khmer.h"

#include <string.h>

/* Where a value goes, and what is said when there is none. */
struct packing {
    const struct smk_references *references;
    struct smk_buf *b;
    struct smk_row_flaw *flaw;
};

enum smk_err smk_row_refuse(struct smk_row_flaw *ret_flaw, const struct smk_column *c, const char *code,
                            const char *why)
{
    ret_flaw->code = code;
    ret_flaw->why = why;
    ret_flaw->rule = smk_column_rule(c);
    memcpy(ret_flaw->column, c->name, sizeof c->name);
    return SMK_ERR_INVALID;
}

static enum smk_err refuse_flaw(struct packing *k, const struct smk_column *c, enum smk_flaw flaw)
{
    return smk_row_refuse(k->flaw, c, smk_flaw_code(flaw), smk_flaw_text(flaw));
}

static struct smk_bytes trim(struct smk_bytes text)
{
    while (text.len > 0 && text.data[text.len - 1] <= ' ')
        text.len--;
    while (text.len > 0 && text.data[0] <= ' ')
        text = (struct smk_bytes){text.data + 1, text.len - 1};
    return text;
}

/* ---- words: what is short and has no spaces around it ---- */

enum { WORD_BYTES_MAX = 160 };

struct word {
    char text[WORD_BYTES_MAX + 1];
};

/* Trimmed, with Khmer digits as those that machines read. */
static bool read_word(struct smk_bytes text, struct word *ret)
{
    size_t len = 0, at = 0;
    uint32_t point;
    text = trim(text);
    for (size_t before = 0; smk_utf8_next(text, &at, &point); before = at) {
        bool is_digit = point >= 0x17e0 && point <= 0x17e9;
        size_t taken = is_digit ? 1 : at - before;
        if (taken > WORD_BYTES_MAX - len)
            return false;
        if (is_digit)
            ret->text[len] = (char)('0' + (point - 0x17e0));
        else
            memcpy(ret->text + len, text.data + before, taken);
        len += taken;
    }
    ret->text[len] = '\0';
    return at == text.len;
}

static void lower(struct word *w)
{
    for (char *at = w->text; *at != '\0'; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
}

static bool all_digits(const char *text)
{
    return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* A spreadsheet takes 0201 for a number and leaves 201: codes of places have an even number of digits. */
static void mend_area(struct word *w)
{
    size_t len = strlen(w->text);
    if (!all_digits(w->text) || len % 2 == 0 || len == WORD_BYTES_MAX)
        return;
    memmove(w->text + 1, w->text, len + 1);
    w->text[0] = '0';
}

/* A cell that shows a day and an hour is read as the day. */
static void cut_time(struct word *w)
{
    char *time = strchr(w->text, 'T');
    if (time != NULL && time - w->text == 10)
        *time = '\0';
}

/* ---- single values ---- */

static enum smk_err pack_word(const struct smk_column *c, struct smk_leaf leaf, struct packing *k)
{
    enum smk_field_type type = smk_column_rule(c)->type;
    struct word w;
    if (!read_word(leaf.text, &w))
        return refuse_flaw(k, c, SMK_FLAW_TOO_LONG);
    if (type == SMK_FIELD_AREA)
        mend_area(&w);
    if (type == SMK_FIELD_DATE)
        cut_time(&w);
    if (type == SMK_FIELD_CHOICE) {
        lower(&w);
        if (leaf.type == SMK_CELL_BOOLEAN && strcmp(w.text, "true") == 0)
            memcpy(w.text, "yes", sizeof "yes");
        else if (leaf.type == SMK_CELL_BOOLEAN)
            memcpy(w.text, "no", sizeof "no");
    }
    smk_pack_text(k->b, w.text);
    return SMK_OK;
}

static enum smk_err pack_slug(const struct smk_column *c, struct smk_leaf leaf, struct packing *k)
{
    const struct smk_field *rule = smk_column_rule(c);
    uint8_t unused[SMK_DOC_ID_BYTES];
    struct word w;
    if (!read_word(leaf.text, &w))
        return refuse_flaw(k, c, SMK_FLAW_TOO_LONG);
    lower(&w);
    if (!smk_slug_is_valid(smk_bytes_of_text(w.text)))
        return refuse_flaw(k, c, SMK_FLAW_BAD_TEXT);
    if (!k->references->find(k->references->ctx, rule, w.text, unused))
        return refuse_flaw(k, c,
                           strcmp(rule->kind, "office") == 0 ? SMK_FLAW_UNKNOWN_OFFICE
                                                             : SMK_FLAW_UNKNOWN_ORGANISATION);
    smk_pack_text(k->b, w.text);
    return SMK_OK;
}

static enum smk_err pack_count(const struct smk_column *c, struct smk_leaf leaf, struct packing *k)
{
    struct smk_number number;
    uint64_t value;
    bool is_tally = smk_column_rule(c)->type == SMK_FIELD_TALLY;
    struct smk_bytes text = trim(leaf.text);
    if (is_tally &&
        (leaf.type == SMK_CELL_UNKNOWN || smk_bytes_is_equal(text, smk_bytes_of_text("unknown")))) {
        smk_pack_nil(k->b);
        return SMK_OK;
    }
    if (is_tally && smk_bytes_is_equal(text, smk_bytes_of_text("*")))
        return smk_row_refuse(k->flaw, c, "withheld",
                              "the number is withheld in this file: take it from the full one");
    if (smk_number_read(text, 0, &number) && number.is_integer) /* also 5.00 */
        text = smk_bytes_of_text(number.text);
    if (!smk_khmer_number_parse(text, INT64_MAX, &value))
        return smk_row_refuse(k->flaw, c, smk_flaw_code(SMK_FLAW_WRONG_TYPE), "it is not a whole number");
    smk_pack_uint(k->b, value);
    return SMK_OK;
}

static enum smk_err pack_reference(const struct smk_column *c, struct smk_leaf leaf, struct packing *k)
{
    uint8_t id[SMK_DOC_ID_BYTES];
    struct word w;
    if (!read_word(leaf.text, &w) || strlen(w.text) > SMK_SOURCE_BYTES_MAX)
        return refuse_flaw(k, c, SMK_FLAW_TOO_LONG);
    if (!k->references->find(k->references->ctx, smk_column_rule(c), w.text, id))
        return refuse_flaw(k, c, SMK_FLAW_UNKNOWN_REFERENCE);
    smk_pack_bin(k->b, SMK_BYTES(id));
    return SMK_OK;
}

static enum smk_err pack_hash(const struct smk_column *c, struct smk_leaf leaf, struct packing *k)
{
    static const char prefix[] = "sha256:";
    uint8_t hash[SMK_HASH_BYTES];
    struct word w;
    if (!read_word(leaf.text, &w))
        return refuse_flaw(k, c, SMK_FLAW_TOO_LONG);
    bool has_prefix = strncmp(w.text, prefix, sizeof prefix - 1) == 0;
    if (!smk_hex_parse(w.text + (has_prefix ? sizeof prefix - 1 : 0), hash, sizeof hash))
        return refuse_flaw(k, c, SMK_FLAW_BAD_TEXT);
    smk_pack_bin(k->b, SMK_BYTES(hash));
    return SMK_OK;
}

static enum smk_err pack_leaf(const struct smk_column *c, struct smk_leaf leaf, struct packing *k)
{
    if (leaf.type == SMK_CELL_ERROR)
        return smk_row_refuse(k->flaw, c, "spreadsheet_error", "the spreadsheet shows an error in this cell");
    switch (smk_column_rule(c)->type) {
    case SMK_FIELD_NAME:
    case SMK_FIELD_CHOICE:
    case SMK_FIELD_AREA:
    case SMK_FIELD_AMOUNT:
    case SMK_FIELD_DATE: return pack_word(c, leaf, k);
    case SMK_FIELD_SLUG: return pack_slug(c, leaf, k);
    case SMK_FIELD_INTEGER:
    case SMK_FIELD_TALLY: return pack_count(c, leaf, k);
    case SMK_FIELD_REFERENCE: return pack_reference(c, leaf, k);
    case SMK_FIELD_SHA256: return pack_hash(c, leaf, k);
    case SMK_FIELD_TEXT:
    case SMK_FIELD_BILINGUAL:
    case SMK_FIELD_ANSWERS:
    case SMK_FIELD_PROVENANCE:
    case SMK_FIELD_GROUP: break;
    }
    smk_pack_str(k->b, leaf.text);
    return SMK_OK;
}

enum smk_err smk_leaf_pack(const struct smk_column *c, struct smk_leaf leaf,
                           const struct smk_references *references, struct smk_buf *b,
                           struct smk_row_flaw *ret_flaw)
{
    struct packing k = {references, b, ret_flaw};
    return pack_leaf(c, leaf, &k);
}
