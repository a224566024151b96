/* proto/span.h: a canonical msgpack value read in place, without building a tree.
 *
 * Shape    a span is the bytes of exactly one value; empty bytes stand for 'nothing there'. Reading one as another type
 *          gives a zero of that type, as with handles into a tree (canon.h). The bytes must have passed smk_walk: every
 *          function here stays inside them in any case, but only then are the answers right.
 * Source   PROTOCOL.md section 2.
 * Memory   everything BORROWS from the bytes.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_PROTO_SPAN_H
#define SMK_PROTO_SPAN_H

#include "proto/canon.h"

enum smk_value_type smk_span_type(struct smk_bytes v);
bool smk_span_bool(struct smk_bytes v);
uint64_t smk_span_uint(struct smk_bytes v);
struct smk_bytes smk_span_str(struct smk_bytes v);
struct smk_bytes smk_span_bin(struct smk_bytes v);
size_t smk_span_count(struct smk_bytes v); /* elements or pairs; 0 for other types */

/* Walks an array or a map in order. */
struct smk_span_iter {
    struct smk_bytes rest;
    size_t left;
    bool is_map;
};
struct smk_span_iter smk_span_each(struct smk_bytes container);
/* False at the end. ret_key is the letters of the key of a map, empty in an array; it may be NULL. */
bool smk_span_next(struct smk_span_iter *it, struct smk_bytes *ret_key, struct smk_bytes *ret_value);

/* The value under a key; empty when it is absent or v is no map. */
struct smk_bytes smk_span_find(struct smk_bytes map, const char *key);
struct smk_bytes smk_span_find_bytes(struct smk_bytes map, struct smk_bytes key);
/* Element i of an array; empty past the end. */
struct smk_bytes smk_span_item(struct smk_bytes array, size_t i);

bool smk_span_is_text(struct smk_bytes v, const char *text);

#endif
