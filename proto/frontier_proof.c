#include "proto/frontier.h"
#include "proto/frontier_fold.h"

#include "proto/canon.h"
#include "proto/check.h"
#include "proto/hash.h"

#include <string.h>

enum { LEAF_BYTES_MAX = 192 }; /* four fields of 34 bytes, two numbers of at most 9, the array */

unsigned smk_nibble_at(const uint8_t id[SMK_ID_BYTES], unsigned depth)
{
    SMK_ASSERT(depth < SMK_NIBBLES_MAX);
    uint8_t byte = id[depth / 2];
    return depth % 2 == 0 ? byte >> 4 : byte & 15U;
}

/* ---- prefixes ---- */

struct smk_prefix smk_prefix_child(const struct smk_prefix *at, unsigned nibble)
{
    SMK_ASSERT(at->nibbles < SMK_NIBBLES_MAX);
    SMK_ASSERT(nibble < SMK_FOLD_SLOTS);
    struct smk_prefix child = *at;
    uint8_t *byte = &child.path[at->nibbles / 2];
    *byte = (uint8_t)(at->nibbles % 2 == 0 ? nibble << 4 : (*byte & 0xf0U) | nibble);
    child.nibbles++;
    return child;
}

bool smk_prefix_is_of(const struct smk_prefix *at, const uint8_t log_id[SMK_ID_BYTES])
{
    SMK_ASSERT(at->nibbles <= SMK_NIBBLES_MAX);
    if (memcmp(at->path, log_id, at->nibbles / 2) != 0)
        return false;
    return at->nibbles % 2 == 0 ||
           smk_nibble_at(at->path, at->nibbles - 1U) == smk_nibble_at(log_id, at->nibbles - 1U);
}

/* ---- hashes ---- */

void smk_head_leaf_hash(const struct smk_head *h, uint8_t ret_hash[SMK_HASH_BYTES])
{
    uint8_t bytes[LEAF_BYTES_MAX];
    struct smk_buf b = {
        .data = bytes, .capacity = sizeof bytes, .max = sizeof bytes}; /* so it never allocates */
    smk_pack_array(&b, 6);
    smk_pack_bin(&b, SMK_BYTES(h->log_id));
    smk_pack_uint(&b, h->seq);
    smk_pack_bin(&b, SMK_BYTES(h->id));
    smk_pack_bin(&b, SMK_BYTES(h->log_root));
    smk_pack_uint(&b, (uint64_t)h->state);
    if (h->has_cut)
        smk_pack_bin(&b, SMK_BYTES(h->cut_id));
    else if (h->fork > 0)
        smk_pack_uint(&b, h->fork);
    else
        smk_pack_nil(&b);
    SMK_ASSERT(b.err == SMK_OK);
    smk_hash(SMK_PERSONAL_FRONTIER_LEAF, smk_buf_view(&b), ret_hash);
}

void smk_fold_pair(const uint8_t left[SMK_HASH_BYTES], const uint8_t right[SMK_HASH_BYTES], uint8_t *ret_hash)
{
    smk_hash_pair(SMK_PERSONAL_FRONTIER_NODE, (struct smk_bytes){left, SMK_HASH_BYTES},
                  (struct smk_bytes){right, SMK_HASH_BYTES}, ret_hash);
}

void smk_fold_level(struct smk_fold *fold, unsigned width)
{
    uint8_t
        empty_pair[SMK_HASH_BYTES]; /* the same for every empty pair of a step, and most slots are empty */
    bool is_empty_known = false;
    unsigned filled = 0;
    for (unsigned i = 0; i < width / 2; i++) {
        bool is_filled = ((fold->filled >> (2 * i)) & 3U) != 0;
        if (is_filled || !is_empty_known)
            smk_fold_pair(fold->hash[2 * i], fold->hash[2 * i + 1], fold->hash[i]);
        else
            memcpy(fold->hash[i], empty_pair, SMK_HASH_BYTES);
        if (is_filled) {
            filled |= 1U << i;
        } else if (!is_empty_known) {
            memcpy(empty_pair, fold->hash[i], SMK_HASH_BYTES);
            is_empty_known = true;
        }
    }
    fold->filled = filled;
}

/* ---- checking a proof ---- */

/* Where the path ends: the leaf of log_id, the leaf of another log that would have to share its place, nothing. */
static bool end_hash(const struct smk_frontier_proof *proof, const uint8_t log_id[SMK_ID_BYTES],
                     uint8_t ret_hash[SMK_HASH_BYTES], bool *ret_is_present)
{
    *ret_is_present = false;
    if (!proof->has_leaf) {
        memset(ret_hash, 0, SMK_HASH_BYTES);
        return true;
    }
    struct smk_prefix end = {.nibbles = (uint8_t)proof->levels};
    memcpy(end.path, log_id, sizeof end.path); /* the nibbles past the end are not looked at */
    if (!smk_prefix_is_of(&end, proof->leaf.log_id))
        return false;
    *ret_is_present = memcmp(proof->leaf.log_id, log_id, SMK_ID_BYTES) == 0;
    smk_head_leaf_hash(&proof->leaf, ret_hash);
    return true;
}

bool smk_frontier_check(const struct smk_frontier_proof *proof, const uint8_t log_id[SMK_ID_BYTES],
                        const uint8_t root[SMK_HASH_BYTES], bool *ret_is_present)
{
    if (proof->levels > SMK_NIBBLES_MAX)
        return false;
    uint8_t hash[SMK_HASH_BYTES];
    bool is_present;
    if (!end_hash(proof, log_id, hash, &is_present))
        return false;
    for (unsigned depth = proof->levels; depth > 0; depth--) {
        unsigned at = smk_nibble_at(log_id, depth - 1);
        for (unsigned step = 0; step < SMK_FOLD_STEPS; step++, at /= 2) {
            const uint8_t *sibling = proof->sibling[depth - 1][step];
            if (at % 2 == 0)
                smk_fold_pair(hash, sibling, hash);
            else
                smk_fold_pair(sibling, hash, hash);
        }
    }
    if (memcmp(hash, root, sizeof hash) != 0)
        return false;
    *ret_is_present = is_present;
    return true;
}
