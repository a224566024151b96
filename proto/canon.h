/* proto/canon.h: canonical msgpack, written and read. The only file that knows msgpack-c is canon.c.
 *
 * Shape    Writing: smk_pack_* append to a struct smk_buf; the caller writes map keys in canonical order
 *          (smk_key_compare), and the number of values it announced. Reading: smk_tree_decode walks the bytes
 *          strictly (walk.h), then lets msgpack-c build a tree; values are handles into it. struct smk_fields
 *          reads an array field by field and remembers its first failure, so a decoder has one check.
 * Source   PROTOCOL.md section 2.
 * Memory   a tree owns its nodes; strings and binaries BORROW from the decoded bytes, which must outlive it.
 * Secrets  none.   Threads  one at a time per object.
 */
#ifndef SMK_PROTO_CANON_H
#define SMK_PROTO_CANON_H

#include "proto/bytes.h"
#include "proto/walk.h"

/* ---- writing: errors stick in b->err, as everywhere in bytes.h ---- */

void smk_pack_nil(struct smk_buf *b);
void smk_pack_bool(struct smk_buf *b, bool value);
void smk_pack_uint(struct smk_buf *b, uint64_t value);
void smk_pack_int(struct smk_buf *b, int64_t value);
void smk_pack_str(struct smk_buf *b, struct smk_bytes utf8);
void smk_pack_text(struct smk_buf *b, const char *utf8);
void smk_pack_bin(struct smk_buf *b, struct smk_bytes bytes);
void smk_pack_array(struct smk_buf *b, size_t count);
void smk_pack_map(struct smk_buf *b, size_t pair_count);
/* Bytes that are already one canonical value. */
void smk_pack_raw(struct smk_buf *b, struct smk_bytes canonical);

/* Canonical order of two map keys: memcmp of their encoded forms, so the shorter length class comes first. */
int smk_key_compare(struct smk_bytes a, struct smk_bytes b);

/* ---- reading ---- */

enum smk_value_type {
    SMK_VALUE_NONE, /* a handle to nothing: map without the key, index past the end */
    SMK_VALUE_NIL,
    SMK_VALUE_BOOL,
    SMK_VALUE_UINT,
    SMK_VALUE_NEGATIVE, /* an integer below zero */
    SMK_VALUE_STR,
    SMK_VALUE_BIN,
    SMK_VALUE_ARRAY,
    SMK_VALUE_MAP,
};

struct smk_value {
    const void *node; /* BORROWED from the tree; NULL is SMK_VALUE_NONE */
};

struct smk_tree {
    void *zone; /* owned by the tree */
    struct smk_value root;
};

/* The usual limits: messages and payloads, and headers. */
#define SMK_WALK_PAYLOAD ((struct smk_walk_limits){.depth_max = SMK_DEPTH_MAX, .nodes_max = SMK_NODES_MAX})
#define SMK_WALK_HEADER ((struct smk_walk_limits){.depth_max = SMK_HEADER_DEPTH_MAX, .nodes_max = 64})

/* Walks, then builds the tree.
 *
 * bytes     BORROWED for as long as ret_tree is used.
 * ret_tree  GIVES; release with smk_tree_deinit. Untouched on failure.
 *
 * OK, every error of smk_walk, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_tree_decode(struct smk_bytes bytes, struct smk_walk_limits limits,
                                          struct smk_tree *ret_tree);
void smk_tree_deinit(struct smk_tree *t); /* works on a zeroed tree */

enum smk_value_type smk_value_type(struct smk_value v);
bool smk_value_is_nil(struct smk_value v);
/* The content, or a zero of that type when v is of another type: check the type where it matters. */
bool smk_value_bool(struct smk_value v);
uint64_t smk_value_uint(struct smk_value v);
int64_t smk_value_int(struct smk_value v); /* SMK_VALUE_NEGATIVE, and SMK_VALUE_UINT up to INT64_MAX */
struct smk_bytes smk_value_str(struct smk_value v);
struct smk_bytes smk_value_bin(struct smk_value v);
size_t smk_value_count(struct smk_value v);                        /* elements or pairs; 0 for other types */
struct smk_value smk_value_item(struct smk_value array, size_t i); /* NONE past the end */
struct smk_bytes smk_value_key(struct smk_value map, size_t i);    /* of pair i; empty past the end */
struct smk_value smk_value_at(struct smk_value map, size_t i);     /* value of pair i */
struct smk_value smk_value_find(struct smk_value map, const char *key); /* NONE when absent */

/* Writes v again, canonically (for values that move into another container). */
void smk_pack_value(struct smk_buf *b, struct smk_value v);

/* ---- reading a fixed array field by field ---- */

struct smk_fields {
    struct smk_value array;
    size_t at;
    enum smk_err err; /* SMK_OK, or SMK_ERR_MALFORMED from the first field that did not fit */
};

/* v must be an array of exactly count elements (smk_fields_of), or of at least count (smk_fields_from: later
 * versions may append fields, which are skipped). */
struct smk_fields smk_fields_of(struct smk_value v, size_t count);
struct smk_fields smk_fields_from(struct smk_value v, size_t count_min);

uint64_t smk_field_uint(struct smk_fields *f, uint64_t max);
bool smk_field_bool(struct smk_fields *f);
struct smk_bytes smk_field_str(struct smk_fields *f, size_t bytes_max);
struct smk_bytes smk_field_bin(struct smk_fields *f, size_t bytes_max);
/* Exactly len bytes, copied; zeros on failure. */
void smk_field_key(struct smk_fields *f, uint8_t *ret_out, size_t len);
/* As smk_field_key, or nil: then *ret_is_nil is true and ret_out is zeros. */
void smk_field_key_or_nil(struct smk_fields *f, uint8_t *ret_out, size_t len, bool *ret_is_nil);
/* An array of at most count_max; NONE on failure. */
struct smk_value smk_field_array(struct smk_fields *f, size_t count_max);
struct smk_value smk_field_map(struct smk_fields *f);
struct smk_value smk_field_any(struct smk_fields *f);

/* OK, or SMK_ERR_MALFORMED when any field did not fit -> peer fault */
SMK_MUST_USE enum smk_err smk_fields_finish(const struct smk_fields *f);

#endif
