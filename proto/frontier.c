#include "proto/frontier.h"

#include "proto/canon.h"
#include "proto/check.h"
#include "proto/frontier_fold.h"
#include "proto/hash.h"
#include "proto/mem.h"

#include <string.h>

/* A subtree with one leaf is that leaf, wherever it hangs; a node has at least two leaves below it, and its depth
 * is that of its place. Nothing is ever taken out, so a node never shrinks back to a leaf. */
struct subtree {
    bool is_leaf;
    bool is_hashed; /* hash is that of the present content */
    uint8_t hash[SMK_HASH_BYTES];
};

struct leaf {
    struct subtree base;
    struct smk_head head;
};

struct node {
    struct subtree base;
    size_t leaf_count;
    struct subtree *slot[SMK_FOLD_SLOTS]; /* NULL = empty */
};

struct smk_frontier {
    /* 1. leaf_count of every node is the number of leaves below it, and at least 2.
     * 2. a subtree that is not hashed has no hashed subtree above it. */
    struct subtree *root; /* NULL = empty */
    size_t count;
    uint64_t records;
};

static const uint8_t empty_hash[SMK_HASH_BYTES];

static struct leaf *leaf_of(struct subtree *s)
{
    SMK_ASSERT(s->is_leaf);
    return (struct leaf *)(void *)s; /* base is the first member */
}

static struct node *node_of(struct subtree *s)
{
    SMK_ASSERT(!s->is_leaf);
    return (struct node *)(void *)s;
}

static const struct leaf *leaf_in(const struct subtree *s)
{
    SMK_ASSERT(s->is_leaf);
    return (const struct leaf *)(const void *)s;
}

static const struct node *node_in(const struct subtree *s)
{
    SMK_ASSERT(!s->is_leaf);
    return (const struct node *)(const void *)s;
}

/* ---- life ---- */

struct smk_frontier *smk_frontier_new(void)
{
    return smk_mem_new(sizeof(struct smk_frontier));
}

/* Calls itself at most once a nibble: 64 deep. So does everything below that goes down the tree. */
static void subtree_free(struct subtree *s)
{
    if (s == NULL)
        return;
    if (!s->is_leaf) {
        struct node *n = node_of(s);
        for (unsigned i = 0; i < SMK_FOLD_SLOTS; i++)
            subtree_free(n->slot[i]);
    }
    smk_mem_free(s);
}

void smk_frontier_free(struct smk_frontier *f)
{
    if (f == NULL)
        return;
    subtree_free(f->root);
    smk_mem_free(f);
}

/* ---- put ---- */

/* GIVES the subtree of two different logs that share their first `depth` nibbles: a node for each further nibble
 * that they share, then one with both leaves. TAKES the leaves. NULL when there is no memory. */
static struct subtree *fork_new(struct leaf *a, struct leaf *b, unsigned depth)
{
    struct subtree *top = NULL;
    struct subtree **place = &top;
    for (;; depth++) {
        SMK_ASSERT(depth < SMK_NIBBLES_MAX);
        struct node *n = smk_mem_new(sizeof *n);
        if (n == NULL) {
            subtree_free(top); /* the leaves do not hang in it yet */
            return NULL;
        }
        n->leaf_count = 2;
        *place = &n->base;
        unsigned a_nibble = smk_nibble_at(a->head.log_id, depth);
        unsigned b_nibble = smk_nibble_at(b->head.log_id, depth);
        if (a_nibble != b_nibble) {
            n->slot[a_nibble] = &a->base;
            n->slot[b_nibble] = &b->base;
            return top;
        }
        place = &n->slot[a_nibble];
    }
}

/* Nodes from the root down to where log_id stands or would stand. */
struct path {
    struct node *node[SMK_NIBBLES_MAX];
    unsigned depth;         /* nodes above the place */
    struct subtree **place; /* a leaf, or empty */
};

static void path_find(struct smk_frontier *f, const uint8_t log_id[SMK_ID_BYTES], struct path *ret_path)
{
    ret_path->depth = 0;
    ret_path->place = &f->root;
    while (*ret_path->place != NULL && !(*ret_path->place)->is_leaf) {
        SMK_ASSERT(ret_path->depth < SMK_NIBBLES_MAX);
        struct node *n = node_of(*ret_path->place);
        ret_path->node[ret_path->depth] = n;
        ret_path->place = &n->slot[smk_nibble_at(log_id, ret_path->depth)];
        ret_path->depth++;
    }
}

/* Adds a leaf at the place, beside the leaf of another log that may stand there. */
static enum smk_err add_leaf(const struct path *path, const struct smk_head *head)
{
    struct leaf *added = smk_mem_new(sizeof *added);
    if (added == NULL)
        return SMK_ERR_NOMEM;
    added->base.is_leaf = true;
    added->head = *head;
    struct subtree *standing = *path->place;
    if (standing == NULL) {
        *path->place = &added->base;
    } else {
        struct subtree *fork = fork_new(leaf_of(standing), added, path->depth);
        if (fork == NULL) {
            smk_mem_free(added);
            return SMK_ERR_NOMEM;
        }
        *path->place = fork;
    }
    return SMK_OK;
}

enum smk_err smk_frontier_put(struct smk_frontier *f, const struct smk_head *head)
{
    struct path path;
    path_find(f, head->log_id, &path);
    struct subtree *standing = *path.place;
    bool is_new = standing == NULL || memcmp(leaf_of(standing)->head.log_id, head->log_id, SMK_ID_BYTES) != 0;
    if (is_new) {
        enum smk_err err = add_leaf(&path, head);
        if (err != SMK_OK)
            return err;
        f->count++;
    } else {
        struct leaf *known = leaf_of(standing);
        f->records -= known->head.seq;
        known->head = *head;
        known->base.is_hashed = false;
    }
    f->records += head->seq;
    for (unsigned i = 0; i < path.depth; i++) {
        path.node[i]->leaf_count += is_new ? 1 : 0;
        path.node[i]->base.is_hashed = false;
    }
    return SMK_OK;
}

/* ---- questions ---- */

const struct smk_head *smk_frontier_find(const struct smk_frontier *f, const uint8_t log_id[SMK_ID_BYTES])
{
    const struct subtree *s = f->root;
    for (unsigned depth = 0; s != NULL && !s->is_leaf; depth++)
        s = node_in(s)->slot[smk_nibble_at(log_id, depth)];
    if (s == NULL || memcmp(leaf_in(s)->head.log_id, log_id, SMK_ID_BYTES) != 0)
        return NULL;
    return &leaf_in(s)->head;
}

size_t smk_frontier_count(const struct smk_frontier *f)
{
    return f->count;
}

uint64_t smk_frontier_records(const struct smk_frontier *f)
{
    return f->records;
}

/* The subtree at a prefix, also where it is a leaf that hangs higher up; NULL when nothing is there. */
static struct subtree *find_subtree(const struct smk_frontier *f, const struct smk_prefix *at)
{
    SMK_ASSERT(at->nibbles <= SMK_NIBBLES_MAX);
    struct subtree *s = f->root;
    for (unsigned depth = 0; depth < at->nibbles && s != NULL; depth++) {
        if (s->is_leaf)
            return smk_prefix_is_of(at, leaf_of(s)->head.log_id) ? s : NULL;
        s = node_of(s)->slot[smk_nibble_at(at->path, depth)];
    }
    return s;
}

size_t smk_frontier_count_at(struct smk_frontier *f, const struct smk_prefix *at)
{
    const struct subtree *s = find_subtree(f, at);
    if (s == NULL)
        return 0;
    return s->is_leaf ? 1 : node_in(s)->leaf_count;
}

static bool each_below(const struct subtree *s, smk_frontier_fn *fn, void *ctx)
{
    if (s == NULL)
        return true;
    if (s->is_leaf)
        return fn(ctx, &leaf_in(s)->head);
    const struct node *n = node_in(s);
    for (unsigned i = 0; i < SMK_FOLD_SLOTS; i++)
        if (!each_below(n->slot[i], fn, ctx))
            return false;
    return true;
}

void smk_frontier_each(const struct smk_frontier *f, const struct smk_prefix *at, smk_frontier_fn *fn,
                       void *ctx)
{
    (void)each_below(find_subtree(f, at), fn, ctx); /* false only says that fn had enough */
}

/* ---- hashes ---- */

static void subtree_hash(struct subtree *s);

/* The hashes of a node's slots, those below computed where they are missing. */
static void slot_hashes(struct node *n, struct smk_fold *ret_fold)
{
    ret_fold->filled = 0;
    for (unsigned i = 0; i < SMK_FOLD_SLOTS; i++) {
        struct subtree *s = n->slot[i];
        if (s == NULL) {
            memcpy(ret_fold->hash[i], empty_hash, SMK_HASH_BYTES);
            continue;
        }
        subtree_hash(s);
        memcpy(ret_fold->hash[i], s->hash, SMK_HASH_BYTES);
        ret_fold->filled |= 1U << i;
    }
}

static void node_hash(struct node *n)
{
    struct smk_fold fold;
    slot_hashes(n, &fold);
    for (unsigned width = SMK_FOLD_SLOTS; width > 1; width /= 2)
        smk_fold_level(&fold, width);
    memcpy(n->base.hash, fold.hash[0], SMK_HASH_BYTES);
}

static void subtree_hash(struct subtree *s)
{
    if (s->is_hashed)
        return;
    if (s->is_leaf)
        smk_head_leaf_hash(&leaf_of(s)->head, s->hash);
    else
        node_hash(node_of(s));
    s->is_hashed = true;
}

void smk_frontier_hash_at(struct smk_frontier *f, const struct smk_prefix *at,
                          uint8_t ret_hash[SMK_HASH_BYTES])
{
    struct subtree *s = find_subtree(f, at);
    if (s != NULL)
        subtree_hash(s);
    memcpy(ret_hash, s != NULL ? s->hash : empty_hash, SMK_HASH_BYTES);
}

void smk_frontier_root(struct smk_frontier *f, uint8_t ret_root[SMK_HASH_BYTES])
{
    smk_frontier_hash_at(f, &(struct smk_prefix){0}, ret_root);
}

enum smk_err smk_frontier_prove(struct smk_frontier *f, const uint8_t log_id[SMK_ID_BYTES],
                                struct smk_frontier_proof *ret_proof)
{
    struct path path;
    path_find(f, log_id, &path);
    *ret_proof = (struct smk_frontier_proof){.levels = path.depth};
    for (unsigned depth = 0; depth < path.depth; depth++) {
        struct smk_fold fold;
        slot_hashes(path.node[depth], &fold);
        unsigned at = smk_nibble_at(log_id, depth);
        for (unsigned step = 0; step < SMK_FOLD_STEPS; step++, at /= 2) {
            memcpy(ret_proof->sibling[depth][step], fold.hash[at ^ 1], SMK_HASH_BYTES);
            smk_fold_level(&fold, SMK_FOLD_SLOTS >> step);
        }
    }
    const struct subtree *end = *path.place;
    if (end != NULL) {
        ret_proof->has_leaf = true;
        ret_proof->leaf = leaf_in(end)->head;
    }
    return SMK_OK;
}
