#include "proto/logtree.h"
#include "tests/support/rng.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRIES_MAX = 130, ALL_PAIRS_MAX = 40 };

static const struct smk_logtree_hashes *const h = &smk_logtree_samaki;

/* What the checkers take; C17 does not let an array of arrays become const by itself. */
typedef const uint8_t (*hash_list)[SMK_HASH_BYTES];

/* The definition of RFC 6962 section 2.1, word for word: no peaks, no cache. */
static void naive_root(hash_list leaf, uint64_t count, uint8_t ret_root[SMK_HASH_BYTES])
{
    if (count == 0) {
        h->empty(ret_root);
    } else if (count == 1) {
        memcpy(ret_root, leaf[0], SMK_HASH_BYTES);
    } else {
        uint64_t k = 1;
        while (2 * k < count)
            k *= 2;
        uint8_t left[SMK_HASH_BYTES], right[SMK_HASH_BYTES];
        naive_root(leaf, k, left);
        naive_root(leaf + k, count - k, right);
        h->node(left, right, ret_root);
    }
}

/* The paths of sections 2.1.1 and 2.1.2, in the order of the RFC. */
static void naive_push(hash_list leaf, uint64_t count, struct smk_proof *p)
{
    naive_root(leaf, count, p->hash[p->count++]);
}

static void naive_path(uint64_t m, hash_list leaf, uint64_t count, struct smk_proof *p)
{
    if (count == 1)
        return;
    uint64_t k = 1;
    while (2 * k < count)
        k *= 2;
    if (m < k) {
        naive_path(m, leaf, k, p);
        naive_push(leaf + k, count - k, p);
    } else {
        naive_path(m - k, leaf + k, count - k, p);
        naive_push(leaf, k, p);
    }
}

static void naive_subproof(uint64_t m, hash_list leaf, uint64_t count, bool is_known, struct smk_proof *p)
{
    if (m == count) {
        if (!is_known)
            naive_push(leaf, count, p);
        return;
    }
    uint64_t k = 1;
    while (2 * k < count)
        k *= 2;
    if (m <= k) {
        naive_subproof(m, leaf, k, is_known, p);
        naive_push(leaf + k, count - k, p);
    } else {
        naive_subproof(m - k, leaf + k, count - k, false, p);
        naive_push(leaf, k, p);
    }
}

/* A log of random ids: its leaf hashes, and the root at every size. */
struct sample {
    uint8_t leaf[ENTRIES_MAX][SMK_HASH_BYTES];
    uint8_t root[ENTRIES_MAX + 1][SMK_HASH_BYTES];
};

static struct sample *sample_new(uint64_t seed)
{
    struct sample *s = calloc(1, sizeof *s);
    cr_assert(ne(ptr, s, NULL));
    struct test_rng r = test_rng_from(seed);
    struct smk_logtree t = {0};
    smk_logtree_root(&t, h, s->root[0]);
    for (size_t i = 0; i < ENTRIES_MAX; i++) {
        uint8_t id[SMK_ID_BYTES];
        test_rng_bytes(&r, id, sizeof id);
        h->leaf(SMK_BYTES(id), s->leaf[i]);
        smk_logtree_append(&t, h, SMK_BYTES(id));
        smk_logtree_root(&t, h, s->root[i + 1]);
    }
    return s;
}

static bool sample_leaf(void *ctx, uint64_t i, uint8_t ret_leaf_hash[SMK_HASH_BYTES])
{
    const struct sample *s = ctx;
    memcpy(ret_leaf_hash, s->leaf[i], SMK_HASH_BYTES);
    return true;
}

static bool proof_is_equal(const struct smk_proof *a, const struct smk_proof *b)
{
    return a->count == b->count && memcmp(a->hash, b->hash, a->count * SMK_HASH_BYTES) == 0;
}

/* The proof in a block of exactly its size, so that a read past its end is noticed. */
static uint8_t (*proof_exact(const struct smk_proof *p))[SMK_HASH_BYTES]
{
    uint8_t(*exact)[SMK_HASH_BYTES] = malloc(p->count > 0 ? p->count * SMK_HASH_BYTES : 1);
    cr_assert(ne(ptr, exact, NULL));
    memcpy(exact, p->hash, p->count * SMK_HASH_BYTES);
    return exact;
}

Test(logtree_prop, has_the_root_of_the_definition_at_every_size, .timeout = 60)
{
    uint64_t seed = test_seed();
    struct sample *s = sample_new(seed);
    for (size_t size = 0; size <= ENTRIES_MAX; size++) {
        uint8_t wanted[SMK_HASH_BYTES];
        naive_root((hash_list)s->leaf, size, wanted);
        cr_assert(eq(int, memcmp(s->root[size], wanted, sizeof wanted), 0), "seed %" PRIu64 ", size %zu",
                  seed, size);
    }
    free(s);
}

/* Proves, compares with the definition, and checks. */
static void check_inclusion_of(struct sample *s, uint64_t index, uint64_t size, struct smk_proof *ret_proof)
{
    struct smk_proof wanted = {0};
    naive_path(index, (hash_list)s->leaf, size, &wanted);
    enum smk_err err = smk_logtree_prove_inclusion(h, index, size, sample_leaf, s, ret_proof);
    cr_assert(eq(int, err, SMK_OK));
    cr_assert(proof_is_equal(ret_proof, &wanted), "inclusion of %" PRIu64 " in %" PRIu64, index, size);
    cr_assert(smk_logtree_check_inclusion(h, index, size, s->leaf[index], (hash_list)ret_proof->hash,
                                          ret_proof->count, s->root[size]),
              "inclusion of %" PRIu64 " in %" PRIu64, index, size);
}

static void check_consistency_of(struct sample *s, uint64_t old_size, uint64_t new_size,
                                 struct smk_proof *ret_proof)
{
    struct smk_proof wanted = {0};
    naive_subproof(old_size, (hash_list)s->leaf, new_size, true, &wanted);
    enum smk_err err = smk_logtree_prove_consistency(h, old_size, new_size, sample_leaf, s, ret_proof);
    cr_assert(eq(int, err, SMK_OK));
    cr_assert(proof_is_equal(ret_proof, &wanted), "consistency of %" PRIu64 " and %" PRIu64, old_size,
              new_size);
    cr_assert(smk_logtree_check_consistency(h, old_size, new_size, (hash_list)ret_proof->hash,
                                            ret_proof->count, s->root[old_size], s->root[new_size]),
              "consistency of %" PRIu64 " and %" PRIu64, old_size, new_size);
}

Test(logtree_prop, proofs_of_all_pairs_are_those_of_the_definition, .timeout = 60)
{
    struct sample *s = sample_new(test_seed());
    struct smk_proof proof;
    for (uint64_t size = 1; size <= ALL_PAIRS_MAX; size++) {
        for (uint64_t index = 0; index < size; index++)
            check_inclusion_of(s, index, size, &proof);
        for (uint64_t old_size = 1; old_size <= size; old_size++)
            check_consistency_of(s, old_size, size, &proof);
    }
    struct test_rng r = test_rng_from(test_seed());
    for (unsigned i = 0; i < 300; i++) {
        uint64_t size = 1 + test_rng_below(&r, ENTRIES_MAX);
        check_inclusion_of(s, test_rng_below(&r, size), size, &proof);
        check_consistency_of(s, 1 + test_rng_below(&r, size), size, &proof);
    }
    free(s);
}

/* In a tree of the true size, whatever index and length are claimed. (The size itself is bound by the root only:
 * places with the same turns on the way up share their proofs.) */
Test(logtree_prop, an_inclusion_proof_fits_one_place_and_one_length, .timeout = 60)
{
    struct sample *s = sample_new(test_seed());
    struct smk_proof proof = {0};
    hash_list hashes = (hash_list)proof.hash;
    for (uint64_t size = 1; size <= ALL_PAIRS_MAX; size++) {
        for (uint64_t index = 0; index < size; index++) {
            check_inclusion_of(s, index, size, &proof);
            const uint8_t *leaf = s->leaf[index], *root = s->root[size];
            for (uint64_t claimed = 0; claimed <= size; claimed++)
                cr_assert(eq(int,
                             smk_logtree_check_inclusion(h, claimed, size, leaf, hashes, proof.count, root),
                             claimed == index),
                          "%" PRIu64 " as %" PRIu64 " of %" PRIu64, index, claimed, size);
            for (size_t count = 0; count <= proof.count + 2; count++)
                cr_assert(eq(int, smk_logtree_check_inclusion(h, index, size, leaf, hashes, count, root),
                             count == proof.count),
                          "%" PRIu64 " of %" PRIu64 " with %zu hashes", index, size, count);
        }
    }
    free(s);
}

/* A proof of one tree under claims about another: the answer may be yes, where the turns on the way to the root are
 * the same, but then the length is the one that the claim demands. */
Test(logtree_prop, no_claim_is_accepted_with_a_proof_of_another_length, .timeout = 60)
{
    enum { SIZE_MAX_HERE = 12 };
    struct sample *s = sample_new(test_seed());
    for (uint64_t n = 0; n < (uint64_t)SIZE_MAX_HERE * SIZE_MAX_HERE; n++) {
        uint64_t size = n / SIZE_MAX_HERE + 1, place = n % SIZE_MAX_HERE;
        if (place >= size)
            continue;
        struct smk_proof inclusion, consistency;
        check_inclusion_of(s, place, size, &inclusion);
        check_consistency_of(s, place + 1, size, &consistency);
        for (uint64_t claim = 0; claim < (uint64_t)SIZE_MAX_HERE * SIZE_MAX_HERE; claim++) {
            uint64_t claimed = claim / SIZE_MAX_HERE + 1, at = claim % SIZE_MAX_HERE;
            if (at >= claimed)
                continue;
            struct smk_proof wanted = {0};
            naive_path(at, (hash_list)s->leaf, claimed, &wanted);
            if (wanted.count != inclusion.count)
                cr_assert(
                    not(smk_logtree_check_inclusion(h, at, claimed, s->leaf[place], (hash_list)inclusion.hash,
                                                    inclusion.count, s->root[size])));
            wanted.count = 0;
            naive_subproof(at + 1, (hash_list)s->leaf, claimed, true, &wanted);
            if (wanted.count != consistency.count)
                cr_assert(
                    not(smk_logtree_check_consistency(h, at + 1, claimed, (hash_list)consistency.hash,
                                                      consistency.count, s->root[place + 1], s->root[size])));
        }
    }
    free(s);
}

Test(logtree_prop, one_changed_bit_fails_an_inclusion_proof, .timeout = 60)
{
    uint64_t seed = test_seed();
    struct sample *s = sample_new(seed);
    struct test_rng r = test_rng_from(seed);
    for (unsigned n = 0; n < 12; n++) {
        uint64_t size = 1 + test_rng_below(&r, ENTRIES_MAX);
        uint64_t index = test_rng_below(&r, size);
        struct smk_proof proof;
        check_inclusion_of(s, index, size, &proof);
        uint8_t(*exact)[SMK_HASH_BYTES] = proof_exact(&proof);
        uint8_t leaf[SMK_HASH_BYTES], root[SMK_HASH_BYTES];
        memcpy(leaf, s->leaf[index], sizeof leaf);
        memcpy(root, s->root[size], sizeof root);
        size_t bits = 8 * SMK_HASH_BYTES;
        for (size_t bit = 0; bit < (proof.count + 2) * bits; bit++) {
            uint8_t *hash = bit < bits ? leaf : bit < 2 * bits ? root : exact[bit / bits - 2];
            uint8_t mask = (uint8_t)(1U << (bit % 8));
            hash[bit % bits / 8] ^= mask;
            cr_assert(
                not(smk_logtree_check_inclusion(h, index, size, leaf, (hash_list)exact, proof.count, root)),
                "seed %" PRIu64 ", %" PRIu64 " of %" PRIu64 ", bit %zu", seed, index, size, bit);
            hash[bit % bits / 8] ^= mask;
        }
        cr_assert(smk_logtree_check_inclusion(h, index, size, leaf, (hash_list)exact, proof.count, root));
        free(exact);
    }
    free(s);
}

Test(logtree_prop, one_changed_bit_or_length_fails_a_consistency_proof, .timeout = 60)
{
    uint64_t seed = test_seed();
    struct sample *s = sample_new(seed);
    struct test_rng r = test_rng_from(seed);
    for (unsigned n = 0; n < 12; n++) {
        uint64_t size = 2 + test_rng_below(&r, ENTRIES_MAX - 1);
        uint64_t old = 1 + test_rng_below(&r, size - 1);
        struct smk_proof proof;
        check_consistency_of(s, old, size, &proof);
        uint8_t(*exact)[SMK_HASH_BYTES] = proof_exact(&proof);
        uint8_t roots[2][SMK_HASH_BYTES];
        memcpy(roots[0], s->root[old], SMK_HASH_BYTES);
        memcpy(roots[1], s->root[size], SMK_HASH_BYTES);
        size_t bits = 8 * SMK_HASH_BYTES;
        for (size_t bit = 0; bit < (proof.count + 2) * bits; bit++) {
            uint8_t *hash = bit < 2 * bits ? roots[bit / bits] : exact[bit / bits - 2];
            uint8_t mask = (uint8_t)(1U << (bit % 8));
            hash[bit % bits / 8] ^= mask;
            cr_assert(not(smk_logtree_check_consistency(h, old, size, (hash_list)exact, proof.count, roots[0],
                                                        roots[1])),
                      "seed %" PRIu64 ", %" PRIu64 " to %" PRIu64 ", bit %zu", seed, old, size, bit);
            hash[bit % bits / 8] ^= mask;
        }
        cr_assert(
            smk_logtree_check_consistency(h, old, size, (hash_list)exact, proof.count, roots[0], roots[1]));
        for (size_t count = 0; count < proof.count; count++)
            cr_assert(not(
                smk_logtree_check_consistency(h, old, size, (hash_list)exact, count, roots[0], roots[1])));
        cr_assert(not(
            smk_logtree_check_consistency(h, old, size, (hash_list)exact, proof.count, roots[1], roots[0])));
        memset(proof.hash[proof.count], 0, SMK_HASH_BYTES);
        cr_assert(not(smk_logtree_check_consistency(h, old, size, (hash_list)proof.hash, proof.count + 1,
                                                    roots[0], roots[1])));
        free(exact);
    }
    free(s);
}

/* Random words as sizes and hashes: any answer but true for a proof that nobody made. */
Test(logtree_prop, random_claims_are_refused_without_harm, .timeout = 60)
{
    struct test_rng r = test_rng_from(test_seed());
    uint8_t hash[3][SMK_HASH_BYTES];
    static uint8_t proof[128][SMK_HASH_BYTES];
    for (unsigned i = 0; i < 128; i++)
        test_rng_bytes(&r, proof[i], SMK_HASH_BYTES);
    for (unsigned n = 0; n < 3000; n++) {
        for (unsigned i = 0; i < 3; i++)
            test_rng_bytes(&r, hash[i], SMK_HASH_BYTES);
        uint64_t a = test_rng_u64(&r) >> test_rng_below(&r, 64);
        uint64_t b = test_rng_u64(&r) >> test_rng_below(&r, 64);
        size_t count = (size_t)test_rng_below(&r, 129);
        cr_assert(not(smk_logtree_check_inclusion(h, a, b, hash[0], (hash_list)proof, count, hash[1])));
        cr_assert(not(smk_logtree_check_consistency(h, a, b, (hash_list)proof, count, hash[1], hash[2])));
    }
}
