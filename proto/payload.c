#include "proto/payload.h"

#include "proto/check.h"
#include "proto/hash.h"

#include <string.h>

/* The last keys of both. */
static void pack_end(struct smk_bytes evidence, struct smk_buf *b)
{
    smk_pack_text(b, "schema");
    smk_pack_uint(b, SMK_SCHEMA_VERSION);
    if (evidence.len == 0)
        return;
    smk_pack_text(b, "evidence");
    smk_pack_raw(b, evidence);
}

void smk_edit_encode(const struct smk_edit *e, struct smk_buf *b)
{
    smk_pack_map(b, (size_t)5 + (e->from.len > 0) + (e->evidence.len > 0));
    smk_pack_text(b, "doc");
    smk_pack_bin(b, SMK_BYTES(e->doc));
    if (e->from.len > 0) {
        smk_pack_text(b, "from");
        smk_pack_raw(b, e->from);
    }
    smk_pack_text(b, "kind");
    smk_pack_str(b, e->kind);
    smk_pack_text(b, "fields");
    smk_pack_raw(b, e->fields);
    smk_pack_text(b, "office");
    smk_pack_str(b, e->office);
    pack_end(e->evidence, b);
}

void smk_act_encode(const struct smk_act *a, struct smk_buf *b)
{
    smk_pack_map(b, (size_t)8 + (a->area.len > 0) + (a->text.len > 0) + (a->evidence.len > 0));
    smk_pack_text(b, "id");
    smk_pack_bin(b, SMK_BYTES(a->id));
    smk_pack_text(b, "act");
    smk_pack_str(b, a->act);
    smk_pack_text(b, "doc");
    smk_pack_bin(b, SMK_BYTES(a->doc));
    if (a->area.len > 0) {
        smk_pack_text(b, "area");
        smk_pack_str(b, a->area);
    }
    smk_pack_text(b, "kind");
    smk_pack_str(b, a->kind);
    if (a->text.len > 0) {
        smk_pack_text(b, "text");
        smk_pack_raw(b, a->text);
    }
    smk_pack_text(b, "about");
    smk_pack_bin(b, SMK_BYTES(a->about));
    smk_pack_text(b, "fields");
    smk_pack_raw(b, a->fields);
    smk_pack_text(b, "office");
    smk_pack_str(b, a->office);
    pack_end(a->evidence, b);
}

/* ---- decoding: a cursor over named keys that remembers its first failure ---- */

struct map_reader {
    struct smk_bytes map;
    enum smk_err err;
};

static struct smk_bytes read_key(struct map_reader *r, const char *key, enum smk_value_type type,
                                 bool is_optional)
{
    struct smk_bytes v = smk_span_find(r->map, key);
    if (v.len == 0 && is_optional)
        return v;
    if (r->err == SMK_OK && smk_span_type(v) != type)
        r->err = SMK_ERR_MALFORMED;
    return r->err == SMK_OK ? v : (struct smk_bytes){0};
}

static void read_id(struct map_reader *r, const char *key, uint8_t *ret_out, size_t len)
{
    struct smk_bytes id = smk_span_bin(read_key(r, key, SMK_VALUE_BIN, false));
    memset(ret_out, 0, len);
    if (r->err == SMK_OK && id.len != len)
        r->err = SMK_ERR_MALFORMED;
    if (r->err == SMK_OK)
        memcpy(ret_out, id.data, len);
}

/* Names of kinds and acts: small letters, digits, low lines. */
static struct smk_bytes read_name(struct map_reader *r, const char *key)
{
    struct smk_bytes name = smk_span_str(read_key(r, key, SMK_VALUE_STR, false));
    bool is_good = name.len >= 1 && name.len <= SMK_NAME_LETTERS_MAX;
    for (size_t i = 0; is_good && i < name.len; i++) {
        uint8_t c = name.data[i];
        is_good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    }
    if (!is_good && r->err == SMK_OK)
        r->err = SMK_ERR_MALFORMED;
    return name;
}

static struct smk_bytes read_slug(struct map_reader *r, const char *key)
{
    struct smk_bytes slug = smk_span_str(read_key(r, key, SMK_VALUE_STR, false));
    if (r->err == SMK_OK && !smk_slug_is_valid(slug))
        r->err = SMK_ERR_MALFORMED;
    return slug;
}

static struct smk_bytes read_area(struct map_reader *r)
{
    struct smk_bytes area = smk_span_str(read_key(r, "area", SMK_VALUE_STR, true));
    bool is_good = area.len <= 8 && area.len % 2 == 0;
    for (size_t i = 0; is_good && i < area.len; i++)
        is_good = area.data[i] >= '0' && area.data[i] <= '9';
    if (!is_good && r->err == SMK_OK)
        r->err = SMK_ERR_MALFORMED;
    return area;
}

static void read_schema(struct map_reader *r)
{
    uint64_t schema = smk_span_uint(read_key(r, "schema", SMK_VALUE_UINT, false));
    if (r->err == SMK_OK && schema != SMK_SCHEMA_VERSION)
        r->err = SMK_ERR_NEWER_VERSION;
}

static bool ids_ascend(struct smk_bytes array, size_t max)
{
    struct smk_span_iter it = smk_span_each(array);
    struct smk_bytes value, last = {0};
    if (smk_span_type(array) != SMK_VALUE_ARRAY || it.left < 1 || it.left > max)
        return false;
    while (smk_span_next(&it, NULL, &value)) {
        struct smk_bytes id = smk_span_bin(value);
        if (id.len != SMK_ID_BYTES || (last.len > 0 && smk_bytes_compare(last, id) >= 0))
            return false;
        last = id;
    }
    return true;
}

/* Whole records, each as the bytes of its one form. */
static struct smk_bytes read_evidence(struct map_reader *r)
{
    struct smk_bytes evidence = read_key(r, "evidence", SMK_VALUE_ARRAY, true), record;
    struct smk_span_iter it = smk_span_each(evidence);
    bool is_good = evidence.len == 0 || (it.left >= 1 && it.left <= SMK_EVIDENCE_MAX);
    while (is_good && smk_span_next(&it, NULL, &record))
        is_good = smk_span_bin(record).len > 0;
    if (!is_good && r->err == SMK_OK)
        r->err = SMK_ERR_MALFORMED;
    return evidence;
}

enum smk_err smk_edit_decode(struct smk_bytes payload, struct smk_edit *ret_edit)
{
    struct map_reader r = {.map = payload};
    struct smk_edit e = {0};
    read_schema(&r);
    read_id(&r, "doc", e.doc, sizeof e.doc);
    e.kind = read_name(&r, "kind");
    e.office = read_slug(&r, "office");
    e.fields = read_key(&r, "fields", SMK_VALUE_MAP, false);
    e.from = read_key(&r, "from", SMK_VALUE_ARRAY, true);
    if (r.err == SMK_OK && e.from.len > 0 && !ids_ascend(e.from, SMK_TEXT_HEADS_MAX))
        r.err = SMK_ERR_MALFORMED;
    e.evidence = read_evidence(&r);
    if (r.err == SMK_OK)
        *ret_edit = e;
    return r.err;
}

enum smk_err smk_act_decode(struct smk_bytes payload, struct smk_act *ret_act)
{
    struct map_reader r = {.map = payload};
    struct smk_act a = {0};
    read_schema(&r);
    read_id(&r, "id", a.id, sizeof a.id);
    read_id(&r, "doc", a.doc, sizeof a.doc);
    read_id(&r, "about", a.about, sizeof a.about);
    a.act = read_name(&r, "act");
    a.kind = read_name(&r, "kind");
    a.office = read_slug(&r, "office");
    a.area = read_area(&r);
    a.fields = read_key(&r, "fields", SMK_VALUE_MAP, false);
    a.text = read_key(&r, "text", SMK_VALUE_ARRAY, true);
    a.evidence = read_evidence(&r);
    if (r.err == SMK_OK)
        *ret_act = a;
    return r.err;
}

/* ---- text ---- */

void smk_text_about(struct smk_bytes text, uint8_t ret_about[SMK_HASH_BYTES])
{
    smk_hash(SMK_PERSONAL_TEXT, text, ret_about);
}

void smk_text_pack_part(struct smk_buf *b, const uint8_t doc[SMK_DOC_ID_BYTES],
                        const uint8_t (*heads)[SMK_ID_BYTES], size_t head_count)
{
    SMK_ASSERT(head_count >= 1);
    SMK_ASSERT(head_count <= SMK_TEXT_HEADS_MAX);
    smk_pack_array(b, 2);
    smk_pack_bin(b, (struct smk_bytes){doc, SMK_DOC_ID_BYTES});
    smk_pack_array(b, head_count);
    for (size_t i = 0; i < head_count; i++) {
        SMK_ASSERT(i == 0 || memcmp(heads[i - 1], heads[i], SMK_ID_BYTES) < 0);
        smk_pack_bin(b, SMK_BYTES(heads[i]));
    }
}

bool smk_text_next_part(struct smk_span_iter *it, struct smk_text_part *ret_part)
{
    struct smk_bytes part;
    if (!smk_span_next(it, NULL, &part))
        return false;
    struct smk_bytes doc = smk_span_bin(smk_span_item(part, 0));
    *ret_part = (struct smk_text_part){.doc = doc.len == SMK_DOC_ID_BYTES ? doc.data : NULL,
                                       .heads = smk_span_item(part, 1)};
    return true;
}

bool smk_text_is_valid(struct smk_bytes text)
{
    struct smk_span_iter it = smk_span_each(text), outer = it;
    if (smk_span_type(text) != SMK_VALUE_ARRAY || it.left < 1 || it.left > SMK_TEXT_PARTS_MAX)
        return false;
    struct smk_bytes item;
    while (smk_span_next(&outer, NULL, &item)) {
        struct smk_text_part part;
        bool is_there = smk_text_next_part(&it, &part);
        if (!is_there || smk_span_type(item) != SMK_VALUE_ARRAY || smk_span_count(item) != 2 ||
            part.doc == NULL)
            return false;
        if (!ids_ascend(part.heads, SMK_TEXT_HEADS_MAX))
            return false;
    }
    return true;
}

/* ---- imported ids ---- */

void smk_import_id(const uint8_t coalition[SMK_ID_BYTES], const char *type, struct smk_bytes source,
                   uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    uint8_t room[64 + SMK_NAME_LETTERS_MAX + SMK_SOURCE_BYTES_MAX], hash[SMK_HASH_BYTES];
    struct smk_buf b = {.data = room, .capacity = sizeof room, .max = sizeof room}; /* never grows */
    SMK_ASSERT(source.len <= SMK_SOURCE_BYTES_MAX);
    smk_pack_array(&b, 3);
    smk_pack_bin(&b, (struct smk_bytes){coalition, SMK_ID_BYTES});
    smk_pack_text(&b, type);
    smk_pack_str(&b, source);
    SMK_ASSERT(b.err == SMK_OK);
    smk_hash(SMK_PERSONAL_IMPORT, smk_buf_view(&b), hash);
    memcpy(ret_id, hash, SMK_DOC_ID_BYTES);
}
