#include "proto/check.h"
#include "proto/hash.h"
#include "proto/lists.h"
#include "proto/mem.h"
#include "proto/roster.h"

#include <string.h>

enum { BODY_FIELDS = 5, BODY_VERSION = 1 };

void smk_decision_hash(struct smk_bytes body, uint8_t ret_hash[SMK_HASH_BYTES])
{
    smk_hash(SMK_PERSONAL_OBJECT, body, ret_hash);
}

/* ---- writing ---- */

static void pack_text_field(struct smk_buf *b, const char *key, const char *text)
{
    smk_pack_text(b, key);
    smk_pack_text(b, text);
}

static void pack_bilingual(struct smk_buf *b, const char *key, const struct smk_bilingual *text)
{
    bool has_en = text->en[0] != '\0', has_km = text->km[0] != '\0';
    SMK_ASSERT(has_en || has_km);
    smk_pack_text(b, key);
    smk_pack_map(b, (size_t)has_en + (size_t)has_km);
    if (has_en)
        pack_text_field(b, "en", text->en);
    if (has_km)
        pack_text_field(b, "km", text->km);
}

static void pack_organisation(struct smk_buf *b, const struct smk_organisation *o)
{
    SMK_ASSERT(o->area_count <= SMK_AREAS_MAX);
    smk_pack_map(b, 3);
    pack_text_field(b, "kind", o->kind.text);
    pack_bilingual(b, "name", &o->name);
    smk_pack_text(b, "areas");
    smk_pack_array(b, o->area_count);
    for (size_t i = 0; i < o->area_count; i++)
        smk_pack_text(b, o->area[i]);
}

static void pack_office(struct smk_buf *b, const struct smk_office *o)
{
    bool has_area = o->area[0] != '\0', has_meeting = o->meeting[0] != '\0';
    smk_pack_map(b, 3 + (size_t)has_area + (size_t)has_meeting);
    pack_text_field(b, "org", o->org.text);
    if (has_area)
        pack_text_field(b, "area", o->area);
    pack_text_field(b, "role", o->role.text);
    pack_bilingual(b, "title", &o->title);
    if (has_meeting)
        pack_text_field(b, "meeting", o->meeting);
}

static void pack_device(struct smk_buf *b, const struct smk_device *d)
{
    SMK_ASSERT(d->office_count <= SMK_OFFICES_PER_DEVICE_MAX);
    smk_pack_map(b, d->has_invitation ? 5 : 4);
    smk_pack_text(b, "box");
    smk_pack_bin(b, SMK_BYTES(d->box_key));
    pack_text_field(b, "org", d->org.text);
    smk_pack_text(b, "offices");
    smk_pack_array(b, d->office_count);
    for (size_t i = 0; i < d->office_count; i++)
        smk_pack_text(b, d->office[i].text);
    smk_pack_text(b, "transport");
    smk_pack_bin(b, SMK_BYTES(d->transport_key));
    if (d->has_invitation) {
        smk_pack_text(b, "invitation");
        smk_pack_bin(b, SMK_BYTES(d->invitation));
    }
}

static void pack_subject(struct smk_buf *b, const struct smk_decision *d)
{
    if (d->kind == SMK_DECIDE_DEVICE)
        smk_pack_bin(b, SMK_BYTES(d->device.sign_key));
    else
        smk_pack_text(b, d->kind == SMK_DECIDE_OFFICE ? d->office.slug.text : d->organisation.slug.text);
}

void smk_decision_encode(const struct smk_decision *d, struct smk_buf *b)
{
    SMK_ASSERT(d->replaces_count <= SMK_CERT_DECISIONS_MAX);
    smk_pack_array(b, BODY_FIELDS);
    smk_pack_uint(b, BODY_VERSION);
    smk_pack_uint(b, d->kind);
    pack_subject(b, d);
    smk_list_pack_hashes(b, d->replaces, d->replaces_count);
    switch (d->kind) {
    case SMK_DECIDE_ORGANISATION: pack_organisation(b, &d->organisation); return;
    case SMK_DECIDE_OFFICE: pack_office(b, &d->office); return;
    case SMK_DECIDE_DEVICE: pack_device(b, &d->device); return;
    }
    SMK_UNREACHABLE();
}

/* ---- reading: the first field that does not fit is remembered ---- */

struct map_reader {
    struct smk_value map;
    enum smk_err err;
};

static void map_refuse(struct map_reader *m)
{
    m->err = SMK_ERR_MALFORMED;
}

static void text_copy(struct map_reader *m, struct smk_value v, char *ret_text, size_t max)
{
    if (!smk_text_copy(smk_value_str(v), ret_text, max))
        map_refuse(m);
}

static void map_text(struct map_reader *m, const char *key, char *ret_text, size_t max)
{
    text_copy(m, smk_value_find(m->map, key), ret_text, max);
}

/* As map_text; an absent field leaves ret_text as it is. */
static bool map_optional_text(struct map_reader *m, const char *key, char *ret_text, size_t max)
{
    struct smk_value v = smk_value_find(m->map, key);
    if (smk_value_type(v) == SMK_VALUE_NONE)
        return false;
    text_copy(m, v, ret_text, max);
    return true;
}

static void slug_copy(struct map_reader *m, struct smk_value v, struct smk_slug *ret_slug)
{
    struct smk_bytes text = smk_value_str(v);
    if (!smk_slug_is_valid(text) || !smk_slug_copy(text, ret_slug))
        map_refuse(m);
}

static void map_key(struct map_reader *m, const char *key, uint8_t *ret_key, size_t len)
{
    struct smk_bytes bin = smk_value_bin(smk_value_find(m->map, key));
    if (bin.len != len)
        map_refuse(m);
    else
        memcpy(ret_key, bin.data, len);
}

static void map_bilingual(struct map_reader *m, const char *key, struct smk_bilingual *ret_text)
{
    struct map_reader inner = {.map = smk_value_find(m->map, key)};
    bool has_en = map_optional_text(&inner, "en", ret_text->en, sizeof ret_text->en - 1);
    bool has_km = map_optional_text(&inner, "km", ret_text->km, sizeof ret_text->km - 1);
    if (inner.err != SMK_OK || (!has_en && !has_km))
        map_refuse(m);
}

static bool is_area(const char *text)
{
    size_t len = strlen(text);
    return (len == 2 || len == 4) && strspn(text, "0123456789") == len;
}

static void map_areas(struct map_reader *m, struct smk_organisation *o)
{
    struct smk_value areas = smk_value_find(m->map, "areas");
    o->area_count = smk_value_count(areas);
    if (smk_value_type(areas) != SMK_VALUE_ARRAY || o->area_count > SMK_AREAS_MAX) {
        map_refuse(m);
        return;
    }
    for (size_t i = 0; i < o->area_count; i++) {
        text_copy(m, smk_value_item(areas, i), o->area[i], sizeof o->area[i] - 1);
        bool rises = i == 0 || strcmp(o->area[i - 1], o->area[i]) < 0;
        if (!is_area(o->area[i]) || !rises)
            map_refuse(m);
    }
}

static enum smk_err read_organisation(struct smk_value subject, struct smk_value map,
                                      struct smk_organisation *o)
{
    struct map_reader m = {.map = map};
    slug_copy(&m, subject, &o->slug);
    map_text(&m, "kind", o->kind.text, SMK_SLUG_LETTERS_MAX);
    map_bilingual(&m, "name", &o->name);
    map_areas(&m, o);
    return m.err;
}

static enum smk_err read_office(struct smk_value subject, struct smk_value map, struct smk_office *o)
{
    struct map_reader m = {.map = map};
    slug_copy(&m, subject, &o->slug);
    slug_copy(&m, smk_value_find(map, "org"), &o->org);
    if (map_optional_text(&m, "area", o->area, sizeof o->area - 1) && !is_area(o->area))
        map_refuse(&m);
    map_text(&m, "role", o->role.text, SMK_SLUG_LETTERS_MAX);
    map_bilingual(&m, "title", &o->title);
    (void)map_optional_text(&m, "meeting", o->meeting, sizeof o->meeting - 1); /* "" when absent */
    return m.err;
}

static enum smk_err read_device(struct smk_value subject, struct smk_value map, struct smk_device *d)
{
    struct map_reader m = {.map = map};
    struct smk_bytes key = smk_value_bin(subject);
    if (key.len != SMK_KEY_BYTES || !smk_sign_key_is_valid(key.data))
        return SMK_ERR_MALFORMED;
    memcpy(d->sign_key, key.data, SMK_KEY_BYTES);
    map_key(&m, "box", d->box_key, sizeof d->box_key);
    slug_copy(&m, smk_value_find(map, "org"), &d->org);
    map_key(&m, "transport", d->transport_key, sizeof d->transport_key);
    d->has_invitation = smk_value_type(smk_value_find(map, "invitation")) != SMK_VALUE_NONE;
    if (d->has_invitation)
        map_key(&m, "invitation", d->invitation, sizeof d->invitation);
    if (m.err != SMK_OK)
        return m.err;
    struct smk_value offices = smk_value_find(map, "offices");
    return smk_list_read_slugs(offices, d->office, SMK_OFFICES_PER_DEVICE_MAX, &d->office_count);
}

static enum smk_err body_read(struct smk_value root, struct smk_decision *ret_decision)
{
    struct smk_value version = smk_value_item(root, 0);
    if (smk_value_type(version) == SMK_VALUE_UINT && smk_value_uint(version) != BODY_VERSION)
        return SMK_ERR_NEWER_VERSION; /* nothing else is known about its shape */
    struct smk_decision d = {0};
    struct smk_fields f = smk_fields_of(root, BODY_FIELDS);
    (void)smk_field_uint(&f, BODY_VERSION); /* only the type is still open */
    uint64_t kind = smk_field_uint(&f, UINT64_MAX);
    struct smk_value subject = smk_field_any(&f);
    struct smk_value replaces = smk_field_any(&f);
    struct smk_value map = smk_field_map(&f);
    enum smk_err err = smk_fields_finish(&f);
    if (err == SMK_OK)
        err = smk_list_read_hashes(replaces, d.replaces, SMK_CERT_DECISIONS_MAX, &d.replaces_count);
    if (err != SMK_OK)
        return err;
    if (kind == SMK_DECIDE_ORGANISATION)
        err = read_organisation(subject, map, &d.organisation);
    else if (kind == SMK_DECIDE_OFFICE)
        err = read_office(subject, map, &d.office);
    else if (kind == SMK_DECIDE_DEVICE)
        err = read_device(subject, map, &d.device);
    else
        err = kind > SMK_DECIDE_DEVICE ? SMK_ERR_NEWER_VERSION : SMK_ERR_MALFORMED;
    if (err != SMK_OK)
        return err;
    d.kind = (enum smk_decision_kind)kind;
    *ret_decision = d;
    return SMK_OK;
}

enum smk_err smk_decision_decode(struct smk_bytes body, struct smk_decision *ret_decision)
{
    SMK_CLEANUP(smk_tree_deinit) struct smk_tree tree = {0};
    if (body.len > SMK_DECISION_BYTES_MAX)
        return SMK_ERR_TOO_BIG;
    enum smk_err err = smk_tree_decode(body, SMK_WALK_PAYLOAD, &tree);
    if (err != SMK_OK)
        return err;
    return body_read(tree.root, ret_decision);
}
