#include "proto/logtree.h"

#include "proto/check.h"
#include "proto/hash.h"

#include <string.h>

enum { PATH_MAX_HASHES = 64 }; /* levels of a tree whose size fits 64 bits */

/* ---- Samaki's own hashes ---- */

static void samaki_empty(uint8_t ret_hash[SMK_HASH_BYTES])
{
    smk_hash(SMK_PERSONAL_LOG_LEAF, (struct smk_bytes){0}, ret_hash);
}

static void samaki_leaf(struct smk_bytes entry, uint8_t ret_hash[SMK_HASH_BYTES])
{
    smk_hash(SMK_PERSONAL_LOG_LEAF, entry, ret_hash);
}

static void samaki_node(const uint8_t left[SMK_HASH_BYTES], const uint8_t right[SMK_HASH_BYTES],
                        uint8_t ret_hash[SMK_HASH_BYTES])
{
    smk_hash_pair(SMK_PERSONAL_LOG_NODE, (struct smk_bytes){left, SMK_HASH_BYTES},
                  (struct smk_bytes){right, SMK_HASH_BYTES}, ret_hash);
}

const struct smk_logtree_hashes smk_logtree_samaki = {
    .empty = samaki_empty,
    .leaf = samaki_leaf,
    .node = samaki_node,
};

/* ---- the peaks ---- */

size_t smk_logtree_peak_count(uint64_t size)
{
    size_t count = 0;
    for (; size != 0; size &= size - 1)
        count++;
    return count;
}

/* A new leaf is a peak of its own, and takes in every peak to its left that has its size: one for each 1 bit at
 * the low end of size. */
static void append_leaf_hash(struct smk_logtree *t, const struct smk_logtree_hashes *h,
                             const uint8_t leaf_hash[SMK_HASH_BYTES])
{
    SMK_ASSERT(t->size < SMK_SEQ_MAX);
    uint8_t peak[SMK_HASH_BYTES];
    memcpy(peak, leaf_hash, sizeof peak);
    size_t count = smk_logtree_peak_count(t->size);
    for (uint64_t low = t->size; (low & 1) != 0; low >>= 1) {
        uint8_t joined[SMK_HASH_BYTES];
        h->node(t->peak[--count], peak, joined);
        memcpy(peak, joined, sizeof peak);
    }
    memcpy(t->peak[count], peak, sizeof peak);
    t->size++;
}

void smk_logtree_append(struct smk_logtree *t, const struct smk_logtree_hashes *h, struct smk_bytes entry)
{
    uint8_t leaf_hash[SMK_HASH_BYTES];
    h->leaf(entry, leaf_hash);
    append_leaf_hash(t, h, leaf_hash);
}

void smk_logtree_root(const struct smk_logtree *t, const struct smk_logtree_hashes *h,
                      uint8_t ret_root[SMK_HASH_BYTES])
{
    SMK_ASSERT(t->size <= SMK_SEQ_MAX);
    size_t count = smk_logtree_peak_count(t->size);
    if (count == 0) {
        h->empty(ret_root);
        return;
    }
    uint8_t root[SMK_HASH_BYTES];
    memcpy(root, t->peak[count - 1], sizeof root);
    for (size_t i = count - 1; i > 0; i--) {
        uint8_t joined[SMK_HASH_BYTES];
        h->node(t->peak[i - 1], root, joined);
        memcpy(root, joined, sizeof root);
    }
    memcpy(ret_root, root, SMK_HASH_BYTES);
}

/* ---- making proofs ---- */

/* The largest power of two below count: where RFC 6962 splits a tree of count leaves. count >= 2. */
static uint64_t split_of(uint64_t count)
{
    uint64_t split = 1;
    while (split < count - split)
        split *= 2;
    return split;
}

/* What both kinds of proof read from while they are made. */
struct source {
    const struct smk_logtree_hashes *h;
    smk_logtree_leaf_fn *leaf_fn;
    void *ctx;
};

/* Appends the root over the leaves begin .. begin + count - 1 to the proof. */
static enum smk_err push_root_over(const struct source *s, uint64_t begin, uint64_t count,
                                   struct smk_proof *proof)
{
    SMK_ASSERT(proof->count < PATH_MAX_HASHES);
    struct smk_logtree part = {0};
    for (uint64_t i = 0; i < count; i++) {
        uint8_t leaf_hash[SMK_HASH_BYTES];
        if (!s->leaf_fn(s->ctx, begin + i, leaf_hash))
            return SMK_ERR_NOT_FOUND;
        append_leaf_hash(&part, s->h, leaf_hash);
    }
    smk_logtree_root(&part, s->h, proof->hash[proof->count++]);
    return SMK_OK;
}

/* Proofs are collected from the root down and used from the leaf up. */
static void give_reversed(const struct smk_proof *proof, struct smk_proof *ret_proof)
{
    ret_proof->count = proof->count;
    for (size_t i = 0; i < proof->count; i++)
        memcpy(ret_proof->hash[i], proof->hash[proof->count - 1 - i], SMK_HASH_BYTES);
}

enum smk_err smk_logtree_prove_inclusion(const struct smk_logtree_hashes *h, uint64_t index, uint64_t size,
                                         smk_logtree_leaf_fn *leaf_fn, void *ctx, struct smk_proof *ret_proof)
{
    if (index >= size || size > SMK_SEQ_MAX)
        return SMK_ERR_INVALID;
    struct source s = {h, leaf_fn, ctx};
    struct smk_proof proof;
    proof.count = 0;
    uint64_t begin = 0;
    for (uint64_t count = size; count > 1;) {
        uint64_t split = split_of(count);
        bool is_left = index - begin < split;
        enum smk_err err = is_left ? push_root_over(&s, begin + split, count - split, &proof)
                                   : push_root_over(&s, begin, split, &proof);
        if (err != SMK_OK)
            return err;
        begin += is_left ? 0 : split;
        count = is_left ? split : count - split;
    }
    give_reversed(&proof, ret_proof);
    return SMK_OK;
}

enum smk_err smk_logtree_prove_consistency(const struct smk_logtree_hashes *h, uint64_t old_size,
                                           uint64_t new_size, smk_logtree_leaf_fn *leaf_fn, void *ctx,
                                           struct smk_proof *ret_proof)
{
    if (old_size > new_size || new_size > SMK_SEQ_MAX || (old_size == 0 && new_size > 0))
        return SMK_ERR_INVALID;
    struct source s = {h, leaf_fn, ctx};
    struct smk_proof proof;
    proof.count = 0;
    uint64_t begin = 0, old_left = old_size, count = new_size;
    bool is_known = true; /* the old root itself is where the descent stands: the checker has it */
    while (old_left != count) {
        uint64_t split = split_of(count);
        bool is_left = old_left <= split;
        enum smk_err err = is_left ? push_root_over(&s, begin + split, count - split, &proof)
                                   : push_root_over(&s, begin, split, &proof);
        if (err != SMK_OK)
            return err;
        if (!is_left) {
            begin += split;
            old_left -= split;
            is_known = false;
        }
        count = is_left ? split : count - split;
    }
    if (!is_known) {
        enum smk_err err = push_root_over(&s, begin, count, &proof);
        if (err != SMK_OK)
            return err;
    }
    give_reversed(&proof, ret_proof);
    return SMK_OK;
}

/* ---- checking proofs: RFC 9162 sections 2.1.3.2 and 2.1.4.2 ---- */

/* Where the check stands: a node's place in its level, the last place of that level. */
struct climb {
    uint64_t at;
    uint64_t last;
};

/* True when the next hash of the proof stands to the left. A right edge without a partner is lifted over the
 * levels where it has none. */
static bool climb_is_from_left(struct climb *c)
{
    bool from_left = (c->at & 1) != 0 || c->at == c->last;
    if (from_left) {
        while ((c->at & 1) == 0 && c->at != 0) {
            c->at >>= 1;
            c->last >>= 1;
        }
    }
    c->at >>= 1;
    c->last >>= 1;
    return from_left;
}

static void join(const struct smk_logtree_hashes *h, const uint8_t left[SMK_HASH_BYTES],
                 const uint8_t right[SMK_HASH_BYTES], uint8_t *ret_hash)
{
    uint8_t joined[SMK_HASH_BYTES];
    h->node(left, right, joined);
    memcpy(ret_hash, joined, sizeof joined); /* ret_hash may be left or right */
}

bool smk_logtree_check_inclusion(const struct smk_logtree_hashes *h, uint64_t index, uint64_t size,
                                 const uint8_t leaf_hash[SMK_HASH_BYTES],
                                 const uint8_t (*proof)[SMK_HASH_BYTES], size_t count,
                                 const uint8_t root[SMK_HASH_BYTES])
{
    if (index >= size)
        return false;
    struct climb c = {.at = index, .last = size - 1};
    uint8_t hash[SMK_HASH_BYTES];
    memcpy(hash, leaf_hash, sizeof hash);
    for (size_t i = 0; i < count; i++) {
        if (c.last == 0)
            return false; /* longer than the way to the root */
        if (climb_is_from_left(&c))
            join(h, proof[i], hash, hash);
        else
            join(h, hash, proof[i], hash);
    }
    return c.last == 0 && memcmp(hash, root, sizeof hash) == 0;
}

bool smk_logtree_check_consistency(const struct smk_logtree_hashes *h, uint64_t old_size, uint64_t new_size,
                                   const uint8_t (*proof)[SMK_HASH_BYTES], size_t count,
                                   const uint8_t old_root[SMK_HASH_BYTES],
                                   const uint8_t new_root[SMK_HASH_BYTES])
{
    if (old_size == new_size)
        return count == 0 && memcmp(old_root, new_root, SMK_HASH_BYTES) == 0;
    if (old_size == 0 || old_size > new_size || count == 0)
        return false;

    struct climb c = {.at = old_size - 1, .last = new_size - 1};
    while ((c.at & 1) != 0) {
        c.at >>= 1;
        c.last >>= 1;
    }
    /* A full old tree is a node of the new one, so its root is not sent. */
    bool is_old_full = (old_size & (old_size - 1)) == 0;
    const uint8_t *first = is_old_full ? old_root : proof[0];
    uint8_t old_hash[SMK_HASH_BYTES], new_hash[SMK_HASH_BYTES];
    memcpy(old_hash, first, sizeof old_hash);
    memcpy(new_hash, first, sizeof new_hash);
    for (size_t i = is_old_full ? 0 : 1; i < count; i++) {
        if (c.last == 0)
            return false;
        if (climb_is_from_left(&c)) {
            join(h, proof[i], old_hash, old_hash);
            join(h, proof[i], new_hash, new_hash);
        } else {
            join(h, new_hash, proof[i], new_hash);
        }
    }
    return c.last == 0 && memcmp(old_hash, old_root, sizeof old_hash) == 0 &&
           memcmp(new_hash, new_root, sizeof new_hash) == 0;
}
