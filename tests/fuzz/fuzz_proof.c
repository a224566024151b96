/* Target: proofs of the two trees, which trust nothing in them (frontier.h, logtree.h).
 * Input: which; which 0: heads, one asked for, then changes to a good proof of it; 1: leaves of a log, then changes to a good
 * proof of inclusion; 2: the same for a proof of consistency. A change: where (2 bytes), what (1 byte). */
#include "proto/frontier.h"
#include "proto/logtree.h"
#include "proto/mem.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/builders.h"

#include <string.h>

/* Changes bytes of an object. */
static void change(struct smk_reader *in, void *object, size_t bytes)
{
    uint8_t *at = object;
    while (smk_reader_left(in) >= 3) {
        size_t where = smk_read_be16(in);
        at[where % bytes] ^= smk_read_u8(in);
    }
}

static void head_make(uint64_t number, struct smk_head *ret_head)
{
    *ret_head = (struct smk_head){.seq = 1 + number};
    test_seed_bytes("log", number, ret_head->log_id);
    test_seed_bytes("head", number, ret_head->id);
    test_seed_bytes("root", number, ret_head->log_root);
}

/* A proof that leads to the root says the truth, whatever was done to it. */
static void try_frontier(struct smk_reader *in)
{
    struct smk_frontier *f = smk_frontier_new();
    struct smk_head head;
    struct smk_frontier_proof proof;
    uint8_t root[SMK_HASH_BYTES];
    bool is_present = false;
    SMK_ASSERT(f != NULL);
    uint64_t count = fuzz_below(in, 24), asked = fuzz_below(in, 32);
    for (uint64_t i = 0; i < count; i++) {
        head_make(i, &head);
        enum smk_err put = smk_frontier_put(f, &head);
        SMK_ASSERT(put == SMK_OK);
    }
    head_make(asked, &head);
    memset(&proof, 0, sizeof proof);
    enum smk_err err = smk_frontier_prove(f, head.log_id, &proof);
    SMK_ASSERT(err == SMK_OK);
    smk_frontier_root(f, root);
    SMK_ASSERT(smk_frontier_check(&proof, head.log_id, root, &is_present));
    SMK_ASSERT(is_present == (asked < count));
    size_t levels = proof.levels < 4 ? proof.levels : 4;
    size_t siblings = levels * sizeof proof.sibling[0];
    switch (fuzz_below(in, 3)) {
    case 0: change(in, proof.sibling, siblings > 0 ? siblings : 1); break;
    case 1: change(in, &proof.leaf.log_id, sizeof proof.leaf.log_id); break;
    default: proof.levels = (unsigned)fuzz_below(in, 300);
    }
    if (smk_frontier_check(&proof, head.log_id, root, &is_present))
        SMK_ASSERT(is_present == (asked < count));
    smk_frontier_free(f);
}

/* ---- logs ---- */

static bool leaf_at(void *ctx, uint64_t i, uint8_t ret_leaf_hash[SMK_HASH_BYTES])
{
    uint8_t id[SMK_HASH_BYTES];
    (void)ctx;
    test_seed_bytes("record", i, id);
    smk_logtree_samaki.leaf(SMK_BYTES(id), ret_leaf_hash);
    return true;
}

static void tree_make(uint64_t size, uint8_t ret_root[SMK_HASH_BYTES])
{
    struct smk_logtree tree = {0};
    for (uint64_t i = 0; i < size; i++) {
        uint8_t id[SMK_HASH_BYTES];
        test_seed_bytes("record", i, id);
        smk_logtree_append(&tree, &smk_logtree_samaki, SMK_BYTES(id));
    }
    smk_logtree_root(&tree, &smk_logtree_samaki, ret_root);
}

static bool is_same_proof(const struct smk_proof *a, const struct smk_proof *b)
{
    return a->count == b->count && memcmp(a->hash, b->hash, a->count * SMK_HASH_BYTES) == 0;
}

static void change_proof(struct smk_reader *in, struct smk_proof *p)
{
    if (fuzz_below(in, 4) == 0)
        p->count = (size_t)fuzz_below(in, 129);
    change(in, p->hash, (p->count > 0 ? p->count : 1) * SMK_HASH_BYTES);
}

static bool is_included(uint64_t index, uint64_t size, const uint8_t leaf[SMK_HASH_BYTES],
                        const struct smk_proof *p, const uint8_t root[SMK_HASH_BYTES])
{
    return smk_logtree_check_inclusion(&smk_logtree_samaki, index, size, leaf, p->hash, p->count, root);
}

static bool is_consistent(uint64_t old, uint64_t size, const struct smk_proof *p,
                          const uint8_t old_root[SMK_HASH_BYTES], const uint8_t root[SMK_HASH_BYTES])
{
    return smk_logtree_check_consistency(&smk_logtree_samaki, old, size, p->hash, p->count, old_root, root);
}

static void try_inclusion(struct smk_reader *in)
{
    uint64_t size = 1 + fuzz_below(in, 70), index = fuzz_below(in, size);
    uint8_t root[SMK_HASH_BYTES], leaf[SMK_HASH_BYTES];
    struct smk_proof good, changed;
    memset(&good, 0, sizeof good);
    tree_make(size, root);
    (void)leaf_at(NULL, index, leaf); /* always there */
    enum smk_err err = smk_logtree_prove_inclusion(&smk_logtree_samaki, index, size, leaf_at, NULL, &good);
    SMK_ASSERT(err == SMK_OK);
    SMK_ASSERT(is_included(index, size, leaf, &good, root));
    changed = good;
    uint64_t other = fuzz_below(in, 80);
    change_proof(in, &changed);
    if (is_included(index, size, leaf, &changed, root))
        SMK_ASSERT(is_same_proof(&good, &changed));
    if (is_included(other, size, leaf, &good, root))
        SMK_ASSERT(other == index);
    (void)is_included(smk_read_be64(in), smk_read_be64(in), leaf, &changed, root); /* any number, no harm */
}

static void try_consistency(struct smk_reader *in)
{
    uint64_t size = 1 + fuzz_below(in, 70), old = 1 + fuzz_below(in, size);
    uint8_t root[SMK_HASH_BYTES], old_root[SMK_HASH_BYTES];
    struct smk_proof good, changed;
    memset(&good, 0, sizeof good);
    tree_make(size, root);
    tree_make(old, old_root);
    enum smk_err err = smk_logtree_prove_consistency(&smk_logtree_samaki, old, size, leaf_at, NULL, &good);
    SMK_ASSERT(err == SMK_OK);
    SMK_ASSERT(is_consistent(old, size, &good, old_root, root));
    changed = good;
    change_proof(in, &changed);
    if (is_consistent(old, size, &changed, old_root, root))
        SMK_ASSERT(is_same_proof(&good, &changed));
    (void)is_consistent(smk_read_be64(in), smk_read_be64(in), &changed, old_root,
                        root); /* any number, no harm */
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    fuzz_faults_begin((struct fuzz_faults){0});
    switch (fuzz_below(&in, 3)) {
    case 0: try_frontier(&in); break;
    case 1: try_inclusion(&in); break;
    default: try_consistency(&in);
    }
    fuzz_faults_end();
}

void fuzz_seeds(void)
{
    static const uint8_t present[] = {0, 20, 3, 0, 0, 1, 1}, absent[] = {0, 20, 30, 1, 0, 1, 1},
                         levels[] = {0, 20, 3, 2, 0, 7};
    static const uint8_t inclusion[] = {1, 33, 7, 8, 1, 0, 3, 1}, consistency[] = {2, 40, 12, 1, 0, 3, 1};
    static const uint8_t longer[] = {1, 33, 7, 8, 0, 9};
    fuzz_seed("present", SMK_BYTES(present), (struct smk_bytes){0});
    fuzz_seed("absent", SMK_BYTES(absent), (struct smk_bytes){0});
    fuzz_seed("levels", SMK_BYTES(levels), (struct smk_bytes){0});
    fuzz_seed("inclusion", SMK_BYTES(inclusion), (struct smk_bytes){0});
    fuzz_seed("consistency", SMK_BYTES(consistency), (struct smk_bytes){0});
    fuzz_seed("longer", SMK_BYTES(longer), (struct smk_bytes){0});
}
