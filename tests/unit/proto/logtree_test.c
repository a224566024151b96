#include "proto/hash.h"
#include "proto/logtree.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <string.h>

/* ---- SHA-256 with the prefixes of RFC 6962, to have roots that others computed ---- */

static void rfc_empty(uint8_t ret_hash[SMK_HASH_BYTES])
{
    smk_sha256((struct smk_bytes){0}, (struct smk_bytes){0}, ret_hash);
}

static void rfc_leaf(struct smk_bytes entry, uint8_t ret_hash[SMK_HASH_BYTES])
{
    const uint8_t zero[1] = {0};
    smk_sha256(SMK_BYTES(zero), entry, ret_hash);
}

static void rfc_node(const uint8_t left[SMK_HASH_BYTES], const uint8_t right[SMK_HASH_BYTES],
                     uint8_t ret_hash[SMK_HASH_BYTES])
{
    uint8_t front[1 + SMK_HASH_BYTES] = {1};
    memcpy(front + 1, left, SMK_HASH_BYTES);
    smk_sha256(SMK_BYTES(front), (struct smk_bytes){right, SMK_HASH_BYTES}, ret_hash);
}

static const struct smk_logtree_hashes rfc = {rfc_empty, rfc_leaf, rfc_node};

static bool is_hex(const uint8_t hash[SMK_HASH_BYTES], const char *text)
{
    uint8_t wanted[SMK_HASH_BYTES];
    return smk_hex_parse(text, wanted, sizeof wanted) && memcmp(hash, wanted, sizeof wanted) == 0;
}

/* The leaf hash of entry i is i in every byte; entries from `missing` on are not there. */
static bool plain_leaf(void *ctx, uint64_t i, uint8_t ret_leaf_hash[SMK_HASH_BYTES])
{
    const uint64_t *missing = ctx;
    memset(ret_leaf_hash, (int)i, SMK_HASH_BYTES);
    return i < *missing;
}

Test(logtree, has_the_roots_that_others_publish_for_these_entries)
{
    static const struct {
        const char *entry;
        const char *root; /* after this entry */
    } row[] = {
        {"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
        {"00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
        {"10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
        {"2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
        {"3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
        {"40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
        {"5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
        {"606162636465666768696a6b6c6d6e6f",
         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
    };
    struct smk_logtree t = {0};
    uint8_t root[SMK_HASH_BYTES];
    smk_logtree_root(&t, &rfc, root);
    cr_assert(is_hex(root, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"), "no entries");
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        uint8_t entry[16];
        size_t len = strlen(row[i].entry) / 2;
        cr_assert(smk_hex_parse(row[i].entry, entry, len));
        smk_logtree_append(&t, &rfc, (struct smk_bytes){entry, len});
        smk_logtree_root(&t, &rfc, root);
        cr_assert(eq(u64, t.size, i + 1));
        cr_assert(is_hex(root, row[i].root), "row %zu", i);
    }
}

Test(logtree, of_samaki_hashes_with_its_own_personals)
{
    struct smk_logtree t = {0};
    uint8_t id[2][SMK_ID_BYTES] = {{1}, {2}};
    uint8_t wanted[SMK_HASH_BYTES], leaf[2][SMK_HASH_BYTES], root[SMK_HASH_BYTES];

    smk_hash("samaki.lf.v1", (struct smk_bytes){0}, wanted);
    smk_logtree_root(&t, &smk_logtree_samaki, root);
    cr_assert(eq(int, memcmp(root, wanted, sizeof root), 0), "the empty log");

    for (size_t i = 0; i < 2; i++) {
        smk_hash("samaki.lf.v1", SMK_BYTES(id[i]), leaf[i]);
        smk_logtree_append(&t, &smk_logtree_samaki, SMK_BYTES(id[i]));
    }
    smk_hash_pair("samaki.nd.v1", SMK_BYTES(leaf[0]), SMK_BYTES(leaf[1]), wanted);
    smk_logtree_root(&t, &smk_logtree_samaki, root);
    cr_assert(eq(int, memcmp(root, wanted, sizeof root), 0), "two records");
}

Test(logtree, keeps_one_peak_for_each_one_bit)
{
    static const struct {
        uint64_t size;
        size_t peaks;
    } row[] = {
        {0, 0},
        {1, 1},
        {2, 1},
        {3, 2},
        {7, 3},
        {8, 1},
        {SMK_SEQ_MAX - 1, 52},
        {SMK_SEQ_MAX, SMK_LOG_PEAKS_MAX},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(eq(sz, smk_logtree_peak_count(row[i].size), row[i].peaks), "row %zu", i);
}

Test(logtree, takes_the_last_entry_that_a_log_can_have)
{
    struct smk_logtree t = {.size = SMK_SEQ_MAX - 1};
    uint8_t before[SMK_HASH_BYTES], after[SMK_HASH_BYTES];
    smk_logtree_root(&t, &smk_logtree_samaki, before);
    smk_logtree_append(&t, &smk_logtree_samaki, (struct smk_bytes){0});
    smk_logtree_root(&t, &smk_logtree_samaki, after);
    cr_assert(eq(u64, t.size, SMK_SEQ_MAX));
    cr_assert(ne(int, memcmp(before, after, sizeof before), 0));
}

Test(logtree, stops_at_an_entry_beyond_the_last_seq, .signal = SIGABRT)
{
    struct smk_logtree t = {.size = SMK_SEQ_MAX};
    smk_logtree_append(&t, &smk_logtree_samaki, (struct smk_bytes){0});
}

Test(logtree, makes_no_proof_of_what_is_not_there)
{
    static const struct {
        bool is_inclusion;
        uint64_t first; /* index, old size */
        uint64_t size;
        uint64_t missing; /* entries from here on are not available */
        enum smk_err err;
        const char *why;
    } row[] = {
        {true, 0, 0, 9, SMK_ERR_INVALID, "nothing is in an empty log"},
        {true, 5, 5, 9, SMK_ERR_INVALID, "one past the end"},
        {true, UINT64_MAX, 5, 9, SMK_ERR_INVALID, "far past the end"},
        {true, 0, SMK_SEQ_MAX + 1, 9, SMK_ERR_INVALID, "longer than a log can be"},
        {true, 0, 5, 4, SMK_ERR_NOT_FOUND, "the last leaf is missing"},
        {true, 4, 5, 3, SMK_ERR_NOT_FOUND, "an early leaf is missing"},
        {true, 0, 1, 0, SMK_OK, "one leaf needs no other"},
        {false, 6, 5, 9, SMK_ERR_INVALID, "the old tree is larger"},
        {false, 0, 5, 9, SMK_ERR_INVALID, "everything follows nothing"},
        {false, 1, SMK_SEQ_MAX + 1, 9, SMK_ERR_INVALID, "longer than a log can be"},
        {false, 3, 5, 4, SMK_ERR_NOT_FOUND, "a new leaf is missing"},
        {false, 3, 5, 2, SMK_ERR_NOT_FOUND, "an old leaf is missing"},
        {false, 0, 0, 0, SMK_OK, "nothing is nothing"},
        {false, 5, 5, 0, SMK_OK, "equal sizes need no leaves"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_proof proof = {.count = 77};
        uint64_t missing = row[i].missing;
        enum smk_err err =
            row[i].is_inclusion
                ? smk_logtree_prove_inclusion(&rfc, row[i].first, row[i].size, plain_leaf, &missing, &proof)
                : smk_logtree_prove_consistency(&rfc, row[i].first, row[i].size, plain_leaf, &missing,
                                                &proof);
        cr_assert(eq(int, err, row[i].err), "row %zu: %s", i, row[i].why);
        cr_assert(eq(sz, proof.count, err == SMK_OK ? 0 : 77), "row %zu: %s", i, row[i].why);
    }
}

Test(logtree, checks_the_border_cases_as_the_rfcs_do)
{
    static const uint8_t a[SMK_HASH_BYTES] = {1}, b[SMK_HASH_BYTES] = {2};
    const uint8_t proof[65][SMK_HASH_BYTES] = {{3}};
    static const struct {
        uint64_t old_size;
        uint64_t new_size;
        size_t count;
        bool has_equal_roots;
        bool is_good;
        const char *why;
    } row[] = {
        {1, 1, 0, true, true, "the same tree"},
        {0, 0, 0, true, true, "the same empty tree"},
        {7, 7, 0, true, true, "the same tree, whatever its size"},
        {UINT64_MAX, UINT64_MAX, 0, true, true, "even of a size that no log has"},
        {7, 7, 0, false, false, "one size, two roots"},
        {7, 7, 1, true, false, "one size needs no proof"},
        {0, 5, 0, true, false, "everything follows nothing"},
        {0, 5, 1, true, false, "everything follows nothing, with a hash"},
        {5, 4, 0, true, false, "backwards"},
        {5, 4, 3, true, false, "backwards, with hashes"},
        {1, 2, 0, true, false, "a longer tree needs a proof"},
        {4, 8, 0, true, false, "also when the old tree is full"},
        {UINT64_MAX - 1, UINT64_MAX, 0, true, false, "sizes that no log has"},
        {UINT64_MAX - 1, UINT64_MAX, 64, true, false, "sizes that no log has, with hashes"},
        {1, UINT64_MAX, 65, true, false, "more hashes than any tree has levels"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(eq(int,
                     smk_logtree_check_consistency(&rfc, row[i].old_size, row[i].new_size, proof,
                                                   row[i].count, a, row[i].has_equal_roots ? a : b),
                     row[i].is_good),
                  "row %zu: %s", i, row[i].why);

    /* Hashes that would lead from 6 back to 4 if the sizes were not looked at first. */
    uint8_t backwards[2][SMK_HASH_BYTES] = {{1}, {2}}, joined[SMK_HASH_BYTES];
    rfc_node(a, b, joined);
    cr_assert(not(smk_logtree_check_consistency(&rfc, 6, 4, (const uint8_t(*)[SMK_HASH_BYTES])backwards, 2, a,
                                                joined)));

    cr_assert(smk_logtree_check_inclusion(&rfc, 0, 1, a, NULL, 0, a), "the only leaf is the root");
    cr_assert(not(smk_logtree_check_inclusion(&rfc, 0, 1, a, NULL, 0, b)), "another root");
    cr_assert(not(smk_logtree_check_inclusion(&rfc, 0, 1, a, proof, 1, a)), "the only leaf needs no proof");
    cr_assert(not(smk_logtree_check_inclusion(&rfc, 0, 0, a, NULL, 0, a)), "nothing is in an empty log");
    cr_assert(not(smk_logtree_check_inclusion(&rfc, 1, 1, a, NULL, 0, a)), "one past the end");
    cr_assert(not(smk_logtree_check_inclusion(&rfc, UINT64_MAX, 1, a, NULL, 0, a)), "far past the end");
    cr_assert(not(smk_logtree_check_inclusion(&rfc, 0, 2, a, NULL, 0, a)), "too short");
    cr_assert(not(smk_logtree_check_inclusion(&rfc, UINT64_MAX - 1, UINT64_MAX, a, proof, 65, a)),
              "too long");
}
