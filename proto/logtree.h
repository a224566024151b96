/* proto/logtree.h: the Merkle tree over the record ids of one log, in the shape of RFC 6962.
 *
 * Shape    MTH of RFC 6962 section 2.1 with three exchangeable hashes: empty tree, leaf, node. Only the peaks are
 *          kept: the roots of the full subtrees, largest first, one for each 1 bit of size.
 * Source   PROTOCOL.md section 6.   Memory  caller's.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_PROTO_LOGTREE_H
#define SMK_PROTO_LOGTREE_H

#include "proto/bounds.h"
#include "proto/bytes.h"

/* The three hashes. */
struct smk_logtree_hashes {
    void (*empty)(uint8_t ret_hash[SMK_HASH_BYTES]);
    void (*leaf)(struct smk_bytes entry, uint8_t ret_hash[SMK_HASH_BYTES]);
    void (*node)(const uint8_t left[SMK_HASH_BYTES], const uint8_t right[SMK_HASH_BYTES],
                 uint8_t ret_hash[SMK_HASH_BYTES]);
};

/* Samaki's own: samaki.lf.v1 of nothing, samaki.lf.v1 of the id, samaki.nd.v1 of left || right. */
extern const struct smk_logtree_hashes smk_logtree_samaki;

/* Invariant: peak_count is the number of 1 bits of size. */
struct smk_logtree {
    uint64_t size;
    uint8_t peak[SMK_LOG_PEAKS_MAX][SMK_HASH_BYTES];
};

size_t smk_logtree_peak_count(uint64_t size);
void smk_logtree_append(struct smk_logtree *t, const struct smk_logtree_hashes *h, struct smk_bytes entry);
void smk_logtree_root(const struct smk_logtree *t, const struct smk_logtree_hashes *h,
                      uint8_t ret_root[SMK_HASH_BYTES]);

/* Where proofs take their leaf hashes from: the leaf hash of entry i. False = not available, the proof fails. */
typedef bool smk_logtree_leaf_fn(void *ctx, uint64_t i, uint8_t ret_leaf_hash[SMK_HASH_BYTES]);

struct smk_proof {
    size_t count; /* at most 2 * 64 */
    uint8_t hash[128][SMK_HASH_BYTES];
};

/* Inclusion of leaf index in the tree of the first size leaves (RFC 6962 section 2.1.1). index < size.
 * OK
 * SMK_ERR_NOT_FOUND   leaf_fn could not give a leaf
 * SMK_ERR_INVALID     index >= size, or size > SMK_SEQ_MAX */
SMK_MUST_USE enum smk_err smk_logtree_prove_inclusion(const struct smk_logtree_hashes *h, uint64_t index,
                                                      uint64_t size, smk_logtree_leaf_fn *leaf_fn, void *ctx,
                                                      struct smk_proof *ret_proof);
/* Consistency between the trees of the first old_size and new_size leaves (section 2.1.2).
 * Equal sizes give an empty proof.
 * OK
 * SMK_ERR_NOT_FOUND   leaf_fn could not give a leaf
 * SMK_ERR_INVALID     old_size > new_size, new_size > SMK_SEQ_MAX, or old_size is 0 and new_size is not: every
 *                     tree follows the empty one, so such a proof would say nothing and the checker refuses it */
SMK_MUST_USE enum smk_err smk_logtree_prove_consistency(const struct smk_logtree_hashes *h, uint64_t old_size,
                                                        uint64_t new_size, smk_logtree_leaf_fn *leaf_fn,
                                                        void *ctx, struct smk_proof *ret_proof);

/* Checkers; proof is an array of count hashes of 32 bytes. Neither allocates nor trusts any number. A proof that
 * is longer or shorter than it must be is refused. Equal sizes: true for equal roots and no proof. */
bool smk_logtree_check_inclusion(const struct smk_logtree_hashes *h, uint64_t index, uint64_t size,
                                 const uint8_t leaf_hash[SMK_HASH_BYTES],
                                 const uint8_t (*proof)[SMK_HASH_BYTES], size_t count,
                                 const uint8_t root[SMK_HASH_BYTES]);
bool smk_logtree_check_consistency(const struct smk_logtree_hashes *h, uint64_t old_size, uint64_t new_size,
                                   const uint8_t (*proof)[SMK_HASH_BYTES], size_t count,
                                   const uint8_t old_root[SMK_HASH_BYTES],
                                   const uint8_t new_root[SMK_HASH_BYTES]);

#endif
