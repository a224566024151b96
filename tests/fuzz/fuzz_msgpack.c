/* Target: our walker against msgpack-c, another's reading of the same format. Input: the bytes.
 *
 * msgpack-c makes room for as many elements as a length claims, so it is asked only about bytes whose lengths can be
 * true; a plain count of tokens, which knows nothing of canonical forms, says which. */
#include "proto/bounds.h"
#include "proto/canon.h"
#include "tests/fuzz/fuzz.h"

#include <msgpack.h>
#include <string.h>

enum { DEPTH_ASKED_MAX = 30 }; /* msgpack-c's own stack holds 32 */

/* ---- can the lengths be true? ---- */

static uint64_t be_number(struct smk_reader *r, unsigned width)
{
    uint64_t number = 0;
    while (width-- > 0)
        number = number << 8 | smk_read_u8(r);
    return number;
}

/* Reads one token: how many bytes and how many values follow from it. */
static void token_read(struct smk_reader *r, uint64_t *ret_bytes, uint64_t *ret_values)
{
    static const uint8_t fixed[0x20] = {[0x0a] = 4, [0x0b] = 8, [0x0c] = 1, [0x0d] = 2, /* floats, uints */
                                        [0x0e] = 4, [0x0f] = 8, [0x10] = 1, [0x11] = 2, /* ints */
                                        [0x12] = 4, [0x13] = 8, [0x14] = 2, [0x15] = 3, /* fixext */
                                        [0x16] = 5, [0x17] = 9, [0x18] = 17};
    uint8_t lead = smk_read_u8(r);
    *ret_bytes = *ret_values = 0;
    if (lead < 0x80 || lead >= 0xe0)
        return;
    if (lead < 0xa0)
        *ret_values = (uint64_t)(lead & 15) << (lead < 0x90);
    else if (lead < 0xc0)
        *ret_bytes = lead & 31;
    else if (lead >= 0xc4 && lead <= 0xc6)
        *ret_bytes = be_number(r, 1u << (lead - 0xc4));
    else if (lead >= 0xc7 && lead <= 0xc9)
        *ret_bytes = be_number(r, 1u << (lead - 0xc7)) + 1;
    else if (lead >= 0xd9 && lead <= 0xdb)
        *ret_bytes = be_number(r, 1u << (lead - 0xd9));
    else if (lead == 0xdc || lead == 0xdd)
        *ret_values = be_number(r, lead == 0xdc ? 2 : 4);
    else if (lead == 0xde || lead == 0xdf)
        *ret_values = 2 * be_number(r, lead == 0xde ? 2 : 4);
    else
        *ret_bytes = fixed[lead - 0xc0];
}

/* No length claims more than there is, and nothing is deeper than msgpack-c goes. */
static bool lengths_can_be_true(struct smk_bytes bytes)
{
    struct smk_reader r = smk_reader_over(bytes);
    uint64_t left[DEPTH_ASKED_MAX] = {1};
    unsigned depth = 1;
    while (depth > 0 && smk_reader_left(&r) > 0) {
        uint64_t content, values;
        left[depth - 1]--;
        token_read(&r, &content, &values);
        if (content > smk_reader_left(&r) || values > smk_reader_left(&r))
            return false;
        (void)smk_read_bytes(&r, (size_t)content);
        if (values > 0 && depth == DEPTH_ASKED_MAX)
            return false;
        if (values > 0)
            left[depth++] = values;
        while (depth > 0 && left[depth - 1] == 0)
            depth--;
    }
    return true;
}

/* ---- what msgpack-c's tree must look like for our form ---- */

struct census {
    size_t values;
    unsigned deepest;
    bool is_ours; /* no float, no ext, text is UTF-8, keys are texts and rise */
};

static bool keys_rise(const msgpack_object_map *map)
{
    for (uint32_t i = 0; i < map->size; i++) {
        if (map->ptr[i].key.type != MSGPACK_OBJECT_STR)
            return false;
        struct smk_bytes key = {(const uint8_t *)map->ptr[i].key.via.str.ptr, map->ptr[i].key.via.str.size};
        if (i == 0)
            continue;
        struct smk_bytes last = {(const uint8_t *)map->ptr[i - 1].key.via.str.ptr,
                                 map->ptr[i - 1].key.via.str.size};
        bool rises = last.len != key.len ? last.len < key.len : smk_bytes_compare(last, key) < 0;
        if (!rises)
            return false;
    }
    return true;
}

static void census_take(const msgpack_object *o, unsigned depth, struct census *c)
{
    c->values++;
    c->deepest = depth > c->deepest ? depth : c->deepest;
    switch (o->type) {
    case MSGPACK_OBJECT_EXT:
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64: c->is_ours = false; break;
    case MSGPACK_OBJECT_STR:
        c->is_ours = c->is_ours &&
                     smk_utf8_is_valid((struct smk_bytes){(const uint8_t *)o->via.str.ptr, o->via.str.size});
        break;
    case MSGPACK_OBJECT_ARRAY:
        for (uint32_t i = 0; i < o->via.array.size; i++)
            census_take(&o->via.array.ptr[i], depth + 1, c);
        break;
    case MSGPACK_OBJECT_MAP:
        c->is_ours = c->is_ours && keys_rise(&o->via.map);
        for (uint32_t i = 0; i < o->via.map.size; i++) {
            census_take(&o->via.map.ptr[i].key, depth + 1, c);
            census_take(&o->via.map.ptr[i].val, depth + 1, c);
        }
        break;
    default: break;
    }
}

static bool packs_to(const msgpack_object *o, struct smk_bytes bytes)
{
    msgpack_sbuffer sink;
    msgpack_packer packer;
    msgpack_sbuffer_init(&sink);
    msgpack_packer_init(&packer, &sink, msgpack_sbuffer_write);
    int rc = msgpack_pack_object(&packer, *o);
    SMK_ASSERT(rc == 0);
    bool is_same = sink.size == bytes.len && memcmp(sink.data, bytes.data, bytes.len) == 0;
    msgpack_sbuffer_destroy(&sink);
    return is_same;
}

/* ---- the comparison ---- */

static void compare(struct smk_bytes bytes, enum smk_err ours)
{
    msgpack_unpacked theirs;
    size_t taken = 0;
    msgpack_unpacked_init(&theirs);
    msgpack_unpack_return answer = msgpack_unpack_next(&theirs, (const char *)bytes.data, bytes.len, &taken);
    SMK_ASSERT(answer != MSGPACK_UNPACK_NOMEM_ERROR);
    bool is_whole = answer == MSGPACK_UNPACK_SUCCESS && taken == bytes.len;
    struct census c = {.is_ours = true};
    if (answer == MSGPACK_UNPACK_SUCCESS)
        census_take(&theirs.data, 1, &c);
    bool is_within = c.deepest <= SMK_DEPTH_MAX && c.values <= SMK_NODES_MAX;
    bool is_canonical = is_whole && c.is_ours && packs_to(&theirs.data, bytes);
    SMK_ASSERT((ours == SMK_OK) == (is_canonical && is_within));
    if (ours == SMK_ERR_TRUNCATED)
        SMK_ASSERT(answer != MSGPACK_UNPACK_SUCCESS);
    if (ours == SMK_ERR_TRAILING)
        SMK_ASSERT(answer == MSGPACK_UNPACK_SUCCESS && taken < bytes.len);
    if (ours == SMK_ERR_TOO_DEEP)
        SMK_ASSERT(answer != MSGPACK_UNPACK_SUCCESS || c.deepest > SMK_DEPTH_MAX);
    msgpack_unpacked_destroy(&theirs);
}

void fuzz_one(struct smk_bytes input)
{
    struct fuzz_block block = fuzz_block_of(input);
    struct smk_bytes bytes = fuzz_block_view(&block);
    enum smk_err ours = smk_walk(bytes, SMK_WALK_PAYLOAD);
    bool is_askable = bytes.len > 0 && lengths_can_be_true(bytes);
    if (is_askable)
        compare(bytes, ours);
    else
        SMK_ASSERT(ours != SMK_OK);
    fuzz_block_drop(&block);
}

void fuzz_seeds(void)
{
    static const struct {
        const char *name;
        uint8_t len;
        uint8_t bytes[20];
    } seed[] = {
        {"long-forms", 7, {0x93, 0x01, 0xd0, 0x80, 0xcd, 0x01, 0x00}},
        {"map", 8, {0x82, 0xa1, 'k', 0xc0, 0xa2, 'k', 'k', 0xc3}},
        {"float", 9, {0xcb, 0x3f, 0xf0}},
        {"ext", 4, {0xc7, 0x01, 0x05, 0x07}},
        {"str-8", 4, {0xd9, 0x02, 'a', 'b'}},
        {"bin-8", 5, {0xc4, 0x03, 0x01, 0x02, 0x03}},
        {"khmer", 4, {0xa3, 0xe1, 0x9e, 0x80}},
        {"array-16", 19, {0xdc, 0x00, 0x10, 0x01}},
    };
    for (size_t i = 0; i < sizeof seed / sizeof seed[0]; i++)
        fuzz_seed(seed[i].name, (struct smk_bytes){seed[i].bytes, seed[i].len}, (struct smk_bytes){0});
}
