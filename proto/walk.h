/* proto/walk.h: the strict walker that every foreign msgpack byte passes first.
 *
 * Shape    one value of canonical msgpack and nothing behind it: shortest form for every integer and length,
 *          string keys only, keys strictly ascending by memcmp of their encoded form, valid UTF-8, no floats,
 *          no ext, no reserved byte, depth and number of values bounded. Depth: the root has depth 1, whatever
 *          stands inside d containers has depth d + 1.
 * Source   PROTOCOL.md section 2.   Memory  allocates nothing.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_PROTO_WALK_H
#define SMK_PROTO_WALK_H

#include "proto/utf8.h"

struct smk_walk_limits {
    unsigned depth_max; /* 1..SMK_DEPTH_MAX */
    size_t nodes_max;   /* values, containers included */
};

/* Walks one whole value. Never reads past bytes.len; time is linear in it.
 *
 * OK                     the bytes are the one canonical encoding of one value
 * SMK_ERR_TRUNCATED      the value ends early, or a length claims more than is there  -> peer fault
 * SMK_ERR_TRAILING       bytes after the value                                        -> peer fault
 * SMK_ERR_NOT_CANONICAL  longer form, float, ext, key order, bad UTF-8                -> peer fault
 * SMK_ERR_TOO_DEEP       deeper than depth_max                                        -> peer fault
 * SMK_ERR_TOO_BIG        more values than nodes_max                                   -> peer fault */
SMK_MUST_USE enum smk_err smk_walk(struct smk_bytes bytes, struct smk_walk_limits limits);

#endif
