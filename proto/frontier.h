/* proto/frontier.h: the heads of one scope as a Merkle tree with 16 branches a level.
 *
 * Shape    keyed by log id, one nibble a level, high nibble first. leaf hash = H(samaki.leaf.v1, canonical [log
 *          id, seq, head id, log root, state, mark]), mark = nil, the seq of the fork, or the id of the cut. A subtree without leaves hashes to 32 zero bytes;
 *          a subtree with one leaf *is* that leaf (its leaf hash); any other is the 4-level binary tree over its
 *          16 slots, each inner hash H(samaki.node.v1, left || right), computed also over empty slots.
 * Source   PROTOCOL.md section 7.
 * Memory   owns its nodes; bounded by the number of logs put into it.
 * Secrets  none.   Threads  one at a time per object.
 */
#ifndef SMK_PROTO_FRONTIER_H
#define SMK_PROTO_FRONTIER_H

#include "proto/bounds.h"
#include "proto/bytes.h"

enum smk_leaf_state { SMK_LEAF_WHOLE = 0, SMK_LEAF_FORKED = 1, SMK_LEAF_CUT = 2 };

/* The head of one log as the frontier sees it. */
struct smk_head {
    uint8_t log_id[SMK_ID_BYTES]; /* H(samaki.log.v1, [author, incarnation, scope]) */
    uint8_t author[SMK_KEY_BYTES];
    uint8_t incarnation[SMK_INCARNATION_BYTES];
    uint64_t seq;             /* of the newest record that is not in dispute; 0 only when forked */
    uint8_t id[SMK_ID_BYTES]; /* zeros at seq 0 */
    uint8_t log_root[SMK_HASH_BYTES];
    enum smk_leaf_state state;
    uint64_t fork; /* FORKED: the lowest seq at which two records are known, above seq; otherwise 0 */
    bool has_cut;
    uint8_t cut_id[SMK_ID_BYTES];
};

/* A position in the tree: the first `nibbles` nibbles of a log id, the rest of path is zero. */
struct smk_prefix {
    uint8_t nibbles; /* 0 = root, at most 64 */
    uint8_t path[SMK_ID_BYTES];
};

struct smk_frontier; /* opaque */

void smk_head_leaf_hash(const struct smk_head *h, uint8_t ret_hash[SMK_HASH_BYTES]);

/* GIVES an empty frontier; NULL when there is no memory. */
struct smk_frontier *smk_frontier_new(void);
void smk_frontier_free(struct smk_frontier *f); /* NULL does nothing */

/* Adds a head or replaces the head of the same log (copied). Hashes are computed lazily, only along changed paths.
 * OK
 * SMK_ERR_NOMEM   unchanged */
SMK_MUST_USE enum smk_err smk_frontier_put(struct smk_frontier *f, const struct smk_head *head);

/* BORROWED until the next put; NULL when the log is not there. */
const struct smk_head *smk_frontier_find(const struct smk_frontier *f, const uint8_t log_id[SMK_ID_BYTES]);

size_t smk_frontier_count(const struct smk_frontier *f);     /* logs */
uint64_t smk_frontier_records(const struct smk_frontier *f); /* sum of all seq */
void smk_frontier_root(struct smk_frontier *f, uint8_t ret_root[SMK_HASH_BYTES]);

/* Of the subtree at prefix: its hash, its number of logs. */
void smk_frontier_hash_at(struct smk_frontier *f, const struct smk_prefix *at,
                          uint8_t ret_hash[SMK_HASH_BYTES]);
size_t smk_frontier_count_at(struct smk_frontier *f, const struct smk_prefix *at);

/* prefix + one nibble (0..15). at->nibbles < 64. */
struct smk_prefix smk_prefix_child(const struct smk_prefix *at, unsigned nibble);
bool smk_prefix_is_of(const struct smk_prefix *at, const uint8_t log_id[SMK_ID_BYTES]);

/* Calls fn for each head below prefix in order of log id, until fn answers false. Do not put meanwhile. */
typedef bool smk_frontier_fn(void *ctx, const struct smk_head *head);
void smk_frontier_each(const struct smk_frontier *f, const struct smk_prefix *at, smk_frontier_fn *fn,
                       void *ctx);

struct smk_frontier_proof {
    unsigned levels;                        /* 0..64 */
    uint8_t sibling[64][4][SMK_HASH_BYTES]; /* [level][0] is next to the slot, [3] next to the level's root */
    bool has_leaf;                          /* the subtree that the path ends at is a leaf ... */
    struct smk_head leaf;                   /* ... this one: of log_id (present) or of another log (absent) */
};

/* Proof that a leaf hash stands at log_id under root, or that nothing does (RFC-6962-like audit path): per nibble
 * level, from the root down, 4 hashes; ends at the subtree that is one leaf or empty.
 * OK
 * SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_frontier_prove(struct smk_frontier *f, const uint8_t log_id[SMK_ID_BYTES],
                                             struct smk_frontier_proof *ret_proof);
/* True when the proof leads from its end to root for log_id; *ret_is_present tells which of the two it proves.
 * Trusts nothing in the proof. The root covers of a leaf what its hash covers: author and incarnation only through
 * the log id, cut_id only when has_cut. */
bool smk_frontier_check(const struct smk_frontier_proof *proof, const uint8_t log_id[SMK_ID_BYTES],
                        const uint8_t root[SMK_HASH_BYTES], bool *ret_is_present);

#endif
