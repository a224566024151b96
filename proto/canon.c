#include "proto/canon.h"

#include "proto/bounds.h"
#include "proto/check.h"

#include <msgpack.h>
#include <string.h>

/* ---- writing ---- */

static int sink_write(void *sink, const char *bytes, size_t len)
{
    struct smk_buf *b = sink;
    smk_buf_write(b, bytes, len);
    return b->err == SMK_OK ? 0 : -1;
}

static msgpack_packer packer_into(struct smk_buf *b)
{
    msgpack_packer p;
    msgpack_packer_init(&p, b, sink_write);
    return p;
}

void smk_pack_nil(struct smk_buf *b)
{
    msgpack_packer p = packer_into(b);
    (void)msgpack_pack_nil(&p); /* the buffer keeps the error, here and below */
}

void smk_pack_bool(struct smk_buf *b, bool value)
{
    msgpack_packer p = packer_into(b);
    (void)(value ? msgpack_pack_true(&p) : msgpack_pack_false(&p));
}

void smk_pack_uint(struct smk_buf *b, uint64_t value)
{
    msgpack_packer p = packer_into(b);
    (void)msgpack_pack_uint64(&p, value);
}

void smk_pack_int(struct smk_buf *b, int64_t value)
{
    msgpack_packer p = packer_into(b);
    (void)msgpack_pack_int64(&p, value);
}

void smk_pack_str(struct smk_buf *b, struct smk_bytes utf8)
{
    msgpack_packer p = packer_into(b);
    (void)msgpack_pack_str(&p, utf8.len);
    smk_buf_write_bytes(b, utf8);
}

void smk_pack_text(struct smk_buf *b, const char *utf8)
{
    smk_pack_str(b, smk_bytes_of_text(utf8));
}

void smk_pack_bin(struct smk_buf *b, struct smk_bytes bytes)
{
    msgpack_packer p = packer_into(b);
    (void)msgpack_pack_bin(&p, bytes.len);
    smk_buf_write_bytes(b, bytes);
}

void smk_pack_array(struct smk_buf *b, size_t count)
{
    msgpack_packer p = packer_into(b);
    (void)msgpack_pack_array(&p, count);
}

void smk_pack_map(struct smk_buf *b, size_t pair_count)
{
    msgpack_packer p = packer_into(b);
    (void)msgpack_pack_map(&p, pair_count);
}

void smk_pack_raw(struct smk_buf *b, struct smk_bytes canonical)
{
    smk_buf_write_bytes(b, canonical);
}

/* The encoded form begins with the length, in four classes that rise with it. */
static int key_length_class(size_t len)
{
    return len <= 31 ? 0 : len <= UINT8_MAX ? 1 : len <= UINT16_MAX ? 2 : 3;
}

int smk_key_compare(struct smk_bytes a, struct smk_bytes b)
{
    SMK_ASSERT(key_length_class(a.len) < 3);
    SMK_ASSERT(key_length_class(b.len) < 3);
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return smk_bytes_compare(a, b);
}

/* ---- reading ---- */

enum smk_err smk_tree_decode(struct smk_bytes bytes, struct smk_walk_limits limits, struct smk_tree *ret_tree)
{
    enum smk_err err = smk_walk(bytes, limits);
    if (err != SMK_OK)
        return err;
    msgpack_zone *zone = msgpack_zone_new(MSGPACK_ZONE_CHUNK_SIZE);
    if (zone == NULL)
        return SMK_ERR_NOMEM;
    msgpack_object *root = msgpack_zone_malloc(zone, sizeof *root);
    size_t taken = 0;
    msgpack_unpack_return answer = MSGPACK_UNPACK_NOMEM_ERROR;
    if (root != NULL)
        answer = msgpack_unpack((const char *)bytes.data, bytes.len, &taken, zone, root);
    if (answer == MSGPACK_UNPACK_NOMEM_ERROR) {
        msgpack_zone_free(zone);
        return SMK_ERR_NOMEM;
    }
    SMK_ASSERT(answer == MSGPACK_UNPACK_SUCCESS); /* the walker accepts nothing that msgpack-c refuses */
    SMK_ASSERT(taken == bytes.len);
    *ret_tree = (struct smk_tree){.zone = zone, .root = {root}};
    return SMK_OK;
}

void smk_tree_deinit(struct smk_tree *t)
{
    if (t->zone != NULL)
        msgpack_zone_free(t->zone);
    *t = (struct smk_tree){0};
}

enum smk_value_type smk_value_type(struct smk_value v)
{
    if (v.node == NULL)
        return SMK_VALUE_NONE;
    const msgpack_object *o = v.node;
    switch (o->type) {
    case MSGPACK_OBJECT_NIL: return SMK_VALUE_NIL;
    case MSGPACK_OBJECT_BOOLEAN: return SMK_VALUE_BOOL;
    case MSGPACK_OBJECT_POSITIVE_INTEGER: return SMK_VALUE_UINT;
    case MSGPACK_OBJECT_NEGATIVE_INTEGER: return SMK_VALUE_NEGATIVE;
    case MSGPACK_OBJECT_STR: return SMK_VALUE_STR;
    case MSGPACK_OBJECT_BIN: return SMK_VALUE_BIN;
    case MSGPACK_OBJECT_ARRAY: return SMK_VALUE_ARRAY;
    case MSGPACK_OBJECT_MAP: return SMK_VALUE_MAP;
    case MSGPACK_OBJECT_EXT:
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64: break;
    }
    SMK_UNREACHABLE(); /* the walker lets no float and no ext through */
}

static const msgpack_object *value_of_type(struct smk_value v, enum smk_value_type type)
{
    return smk_value_type(v) == type ? v.node : NULL;
}

bool smk_value_is_nil(struct smk_value v)
{
    return smk_value_type(v) == SMK_VALUE_NIL;
}

bool smk_value_bool(struct smk_value v)
{
    const msgpack_object *o = value_of_type(v, SMK_VALUE_BOOL);
    return o != NULL && o->via.boolean;
}

uint64_t smk_value_uint(struct smk_value v)
{
    const msgpack_object *o = value_of_type(v, SMK_VALUE_UINT);
    return o != NULL ? o->via.u64 : 0;
}

int64_t smk_value_int(struct smk_value v)
{
    const msgpack_object *o = value_of_type(v, SMK_VALUE_NEGATIVE);
    if (o != NULL)
        return o->via.i64;
    uint64_t number = smk_value_uint(v);
    return number <= INT64_MAX ? (int64_t)number : 0;
}

struct smk_bytes smk_value_str(struct smk_value v)
{
    const msgpack_object *o = value_of_type(v, SMK_VALUE_STR);
    return o != NULL ? (struct smk_bytes){(const uint8_t *)o->via.str.ptr, o->via.str.size}
                     : (struct smk_bytes){0};
}

struct smk_bytes smk_value_bin(struct smk_value v)
{
    const msgpack_object *o = value_of_type(v, SMK_VALUE_BIN);
    return o != NULL ? (struct smk_bytes){(const uint8_t *)o->via.bin.ptr, o->via.bin.size}
                     : (struct smk_bytes){0};
}

size_t smk_value_count(struct smk_value v)
{
    const msgpack_object *array = value_of_type(v, SMK_VALUE_ARRAY);
    if (array != NULL)
        return array->via.array.size;
    const msgpack_object *map = value_of_type(v, SMK_VALUE_MAP);
    return map != NULL ? map->via.map.size : 0;
}

struct smk_value smk_value_item(struct smk_value array, size_t i)
{
    const msgpack_object *o = value_of_type(array, SMK_VALUE_ARRAY);
    if (o == NULL || i >= o->via.array.size)
        return (struct smk_value){0};
    return (struct smk_value){&o->via.array.ptr[i]};
}

static const msgpack_object_kv *pair_of(struct smk_value map, size_t i)
{
    const msgpack_object *o = value_of_type(map, SMK_VALUE_MAP);
    return o != NULL && i < o->via.map.size ? &o->via.map.ptr[i] : NULL;
}

struct smk_bytes smk_value_key(struct smk_value map, size_t i)
{
    const msgpack_object_kv *pair = pair_of(map, i);
    return pair != NULL ? smk_value_str((struct smk_value){&pair->key}) : (struct smk_bytes){0};
}

struct smk_value smk_value_at(struct smk_value map, size_t i)
{
    const msgpack_object_kv *pair = pair_of(map, i);
    return (struct smk_value){pair != NULL ? &pair->val : NULL};
}

struct smk_value smk_value_find(struct smk_value map, const char *key)
{
    struct smk_bytes wanted = smk_bytes_of_text(key);
    if (smk_value_type(map) != SMK_VALUE_MAP)
        return (struct smk_value){0};
    for (size_t i = 0; i < smk_value_count(map); i++)
        if (smk_bytes_is_equal(smk_value_key(map, i), wanted))
            return smk_value_at(map, i);
    return (struct smk_value){0};
}

void smk_pack_value(struct smk_buf *b, struct smk_value v)
{
    SMK_ASSERT(v.node != NULL);
    msgpack_packer p = packer_into(b);
    (void)msgpack_pack_object(&p, *(const msgpack_object *)v.node);
}

/* ---- fields ---- */

struct smk_fields smk_fields_of(struct smk_value v, size_t count)
{
    bool fits = smk_value_type(v) == SMK_VALUE_ARRAY && smk_value_count(v) == count;
    return (struct smk_fields){.array = v, .err = fits ? SMK_OK : SMK_ERR_MALFORMED};
}

struct smk_fields smk_fields_from(struct smk_value v, size_t count_min)
{
    bool fits = smk_value_type(v) == SMK_VALUE_ARRAY && smk_value_count(v) >= count_min;
    return (struct smk_fields){.array = v, .err = fits ? SMK_OK : SMK_ERR_MALFORMED};
}

struct smk_value smk_field_any(struct smk_fields *f)
{
    if (f->err != SMK_OK)
        return (struct smk_value){0};
    struct smk_value v = smk_value_item(f->array, f->at++);
    if (v.node == NULL)
        f->err = SMK_ERR_MALFORMED;
    return v;
}

/* The next field when it has the wanted type; otherwise NONE, and the failure is remembered. */
static struct smk_value field_of_type(struct smk_fields *f, enum smk_value_type type)
{
    struct smk_value v = smk_field_any(f);
    if (f->err == SMK_OK && smk_value_type(v) != type)
        f->err = SMK_ERR_MALFORMED;
    return f->err == SMK_OK ? v : (struct smk_value){0};
}

uint64_t smk_field_uint(struct smk_fields *f, uint64_t max)
{
    uint64_t number = smk_value_uint(field_of_type(f, SMK_VALUE_UINT));
    if (number > max)
        f->err = SMK_ERR_MALFORMED;
    return f->err == SMK_OK ? number : 0;
}

bool smk_field_bool(struct smk_fields *f)
{
    return smk_value_bool(field_of_type(f, SMK_VALUE_BOOL));
}

static struct smk_bytes field_capped(struct smk_fields *f, struct smk_bytes content, size_t bytes_max)
{
    if (content.len > bytes_max)
        f->err = SMK_ERR_MALFORMED;
    return f->err == SMK_OK ? content : (struct smk_bytes){0};
}

struct smk_bytes smk_field_str(struct smk_fields *f, size_t bytes_max)
{
    return field_capped(f, smk_value_str(field_of_type(f, SMK_VALUE_STR)), bytes_max);
}

struct smk_bytes smk_field_bin(struct smk_fields *f, size_t bytes_max)
{
    return field_capped(f, smk_value_bin(field_of_type(f, SMK_VALUE_BIN)), bytes_max);
}

void smk_field_key(struct smk_fields *f, uint8_t *ret_out, size_t len)
{
    struct smk_bytes key = smk_value_bin(field_of_type(f, SMK_VALUE_BIN));
    memset(ret_out, 0, len);
    if (f->err == SMK_OK && key.len != len)
        f->err = SMK_ERR_MALFORMED;
    if (f->err == SMK_OK)
        memcpy(ret_out, key.data, len);
}

void smk_field_key_or_nil(struct smk_fields *f, uint8_t *ret_out, size_t len, bool *ret_is_nil)
{
    *ret_is_nil = f->err == SMK_OK && smk_value_is_nil(smk_value_item(f->array, f->at));
    if (!*ret_is_nil) {
        smk_field_key(f, ret_out, len);
        return;
    }
    memset(ret_out, 0, len);
    f->at++;
}

struct smk_value smk_field_array(struct smk_fields *f, size_t count_max)
{
    struct smk_value v = field_of_type(f, SMK_VALUE_ARRAY);
    if (smk_value_count(v) > count_max)
        f->err = SMK_ERR_MALFORMED;
    return f->err == SMK_OK ? v : (struct smk_value){0};
}

struct smk_value smk_field_map(struct smk_fields *f)
{
    return field_of_type(f, SMK_VALUE_MAP);
}

enum smk_err smk_fields_finish(const struct smk_fields *f)
{
    return f->err;
}
