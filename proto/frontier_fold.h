/* proto/frontier_fold.h: what the frontier and the checker of its proofs share; for these two alone.
 *
 * Shape    a node's 16 slots fold into one hash in 4 steps, each hashing neighbours in pairs.
 * Source   PROTOCOL.md section 7.   Memory  caller's.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_PROTO_FRONTIER_FOLD_H
#define SMK_PROTO_FRONTIER_FOLD_H

#include "proto/bounds.h"

enum {
    SMK_FOLD_SLOTS = 16,
    SMK_FOLD_STEPS = 4,
    SMK_NIBBLES_MAX = 2 * SMK_ID_BYTES,
};

_Static_assert(1 << SMK_FOLD_STEPS == SMK_FOLD_SLOTS, "halving the slots so often leaves one hash");

/* The nibble of an id at a depth (0 = the high half of the first byte). depth < SMK_NIBBLES_MAX. */
unsigned smk_nibble_at(const uint8_t id[SMK_ID_BYTES], unsigned depth);

/* H(samaki.node.v1, left || right); ret_hash may be left or right. */
void smk_fold_pair(const uint8_t left[SMK_HASH_BYTES], const uint8_t right[SMK_HASH_BYTES],
                   uint8_t *ret_hash);

struct smk_fold {
    uint8_t hash[SMK_FOLD_SLOTS][SMK_HASH_BYTES];
    unsigned filled; /* bit i: hash[i] covers at least one leaf */
};

/* Hashes the first width entries in pairs into the first width / 2. width is 16, 8, 4 or 2. */
void smk_fold_level(struct smk_fold *fold, unsigned width);

#endif
