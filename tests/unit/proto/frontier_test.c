#include "proto/frontier.h"
#include "proto/hash.h"
#include "tests/support/fault.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static const uint8_t zeros[SMK_HASH_BYTES];

/* A head of the log whose id begins with these hex digits and goes on with zeros. */
static struct smk_head head_of(const char *nibbles, uint64_t seq)
{
    struct smk_head h = {.seq = seq, .id = {(uint8_t)seq, 1}, .log_root = {(uint8_t)seq, 2}};
    char text[2 * SMK_ID_BYTES + 1];
    memset(text, '0', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    memcpy(text, nibbles, strlen(nibbles));
    cr_assert(smk_hex_parse(text, h.log_id, sizeof h.log_id), "%s", nibbles);
    return h;
}

static struct smk_prefix prefix_of(const char *nibbles)
{
    struct smk_prefix at = {0};
    for (const char *c = nibbles; *c != '\0'; c++)
        at = smk_prefix_child(&at, (unsigned)(*c <= '9' ? *c - '0' : *c - 'a' + 10));
    return at;
}

static struct smk_frontier *frontier_with(const char *const *nibbles, size_t count)
{
    struct smk_frontier *f = smk_frontier_new();
    cr_assert(ne(ptr, f, NULL));
    for (size_t i = 0; i < count; i++) {
        struct smk_head h = head_of(nibbles[i], i + 1);
        cr_assert(eq(int, smk_frontier_put(f, &h), SMK_OK));
    }
    return f;
}

static bool is_equal(const uint8_t a[SMK_HASH_BYTES], const uint8_t b[SMK_HASH_BYTES])
{
    return memcmp(a, b, SMK_HASH_BYTES) == 0;
}

static void pair(const uint8_t left[SMK_HASH_BYTES], const uint8_t right[SMK_HASH_BYTES],
                 uint8_t ret_hash[SMK_HASH_BYTES])
{
    smk_hash_pair("samaki.node.v1", (struct smk_bytes){left, SMK_HASH_BYTES},
                  (struct smk_bytes){right, SMK_HASH_BYTES}, ret_hash);
}

/* ---- hashes ---- */

Test(frontier, hashes_a_head_as_the_canonical_array_of_the_protocol)
{
    static const struct {
        uint64_t seq;
        const char *seq_bytes;
        enum smk_leaf_state state;
        const char *state_byte;
        bool has_cut;
    } row[] = {
        {1, "01", SMK_LEAF_WHOLE, "00", false},
        {127, "7f", SMK_LEAF_FORKED, "01", false},
        {128, "cc80", SMK_LEAF_CUT, "02", true},
        {256, "cd0100", SMK_LEAF_WHOLE, "00", false},
        {65536, "ce00010000", SMK_LEAF_CUT, "02", true},
        {SMK_SEQ_MAX, "cf001fffffffffffff", SMK_LEAF_WHOLE, "00", false},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_head h = {.seq = row[i].seq, .state = row[i].state, .has_cut = row[i].has_cut};
        memset(h.log_id, 0xaa, sizeof h.log_id);
        memset(h.author, 0xee, sizeof h.author); /* these two are not in it: the log id stands for them */
        memset(h.incarnation, 0xee, sizeof h.incarnation);
        memset(h.id, 0xbb, sizeof h.id);
        memset(h.log_root, 0xcc, sizeof h.log_root);
        memset(h.cut_id, 0xdd, sizeof h.cut_id);

        struct smk_buf b = {.max = 256};
        uint8_t number[9];
        smk_buf_write(&b, "\x96\xc4\x20", 3);
        smk_buf_write_bytes(&b, SMK_BYTES(h.log_id));
        cr_assert(smk_hex_parse(row[i].seq_bytes, number, strlen(row[i].seq_bytes) / 2));
        smk_buf_write(&b, number, strlen(row[i].seq_bytes) / 2);
        smk_buf_write(&b, "\xc4\x20", 2);
        smk_buf_write_bytes(&b, SMK_BYTES(h.id));
        smk_buf_write(&b, "\xc4\x20", 2);
        smk_buf_write_bytes(&b, SMK_BYTES(h.log_root));
        cr_assert(smk_hex_parse(row[i].state_byte, number, 1));
        smk_buf_write(&b, number, 1);
        smk_buf_write(&b, row[i].has_cut ? "\xc4\x20" : "\xc0", row[i].has_cut ? 2 : 1);
        if (row[i].has_cut)
            smk_buf_write_bytes(&b, SMK_BYTES(h.cut_id));
        cr_assert(eq(int, b.err, SMK_OK));

        uint8_t wanted[SMK_HASH_BYTES], hash[SMK_HASH_BYTES];
        smk_hash("samaki.leaf.v1", smk_buf_view(&b), wanted);
        smk_head_leaf_hash(&h, hash);
        cr_assert(is_equal(hash, wanted), "row %zu", i);
        smk_buf_deinit(&b);
    }
}

Test(frontier, without_heads_is_32_zero_bytes)
{
    struct smk_frontier *f = smk_frontier_new();
    cr_assert(ne(ptr, f, NULL));
    struct smk_prefix deep = prefix_of("5a5");
    struct smk_head none = head_of("5a5", 1);
    uint8_t hash[SMK_HASH_BYTES] = {1};
    smk_frontier_root(f, hash);
    cr_assert(is_equal(hash, zeros));
    hash[0] = 1;
    smk_frontier_hash_at(f, &deep, hash);
    cr_assert(is_equal(hash, zeros));
    cr_assert(eq(sz, smk_frontier_count(f), 0));
    cr_assert(eq(sz, smk_frontier_count_at(f, &deep), 0));
    cr_assert(eq(u64, smk_frontier_records(f), 0));
    cr_assert(eq(ptr, (void *)smk_frontier_find(f, none.log_id), NULL));
    smk_frontier_free(f);
    smk_frontier_free(NULL);
}

Test(frontier, with_one_head_is_that_leaf)
{
    const char *id[] = {"c0ffee"};
    struct smk_frontier *f = frontier_with(id, 1);
    struct smk_head h = head_of(id[0], 1);
    uint8_t root[SMK_HASH_BYTES], leaf[SMK_HASH_BYTES];
    smk_frontier_root(f, root);
    smk_head_leaf_hash(&h, leaf);
    cr_assert(is_equal(root, leaf));
    smk_frontier_free(f);
}

/* Slots 2 and 13 below the root; 2 is the left leaf of the second pair, 13 the right one of the seventh. */
Test(frontier, with_two_heads_folds_sixteen_slots_in_four_steps)
{
    const char *id[] = {"2", "d"};
    struct smk_frontier *f = frontier_with(id, 2);
    struct smk_head two = head_of("2", 1), thirteen = head_of("d", 2);
    uint8_t e1[SMK_HASH_BYTES], e2[SMK_HASH_BYTES], left[SMK_HASH_BYTES], right[SMK_HASH_BYTES];
    pair(zeros, zeros, e1);
    pair(e1, e1, e2);
    smk_head_leaf_hash(&two, left);
    pair(left, zeros, left); /* 2 3 */
    pair(e1, left, left);    /* 0 .. 3 */
    pair(left, e2, left);    /* 0 .. 7 */
    smk_head_leaf_hash(&thirteen, right);
    pair(zeros, right, right); /* 12 13 */
    pair(right, e1, right);    /* 12 .. 15 */
    pair(e2, right, right);    /* 8 .. 15 */
    uint8_t wanted[SMK_HASH_BYTES], root[SMK_HASH_BYTES];
    pair(left, right, wanted);
    smk_frontier_root(f, root);
    cr_assert(is_equal(root, wanted));
    smk_frontier_free(f);
}

Test(frontier, answers_for_a_prefix_that_ends_inside_a_compressed_path)
{
    const char *id[] = {"7", "a1b2c3", "a1b9"};
    struct smk_frontier *f = frontier_with(id, 3);
    struct smk_head long_one = head_of(id[1], 2);
    uint8_t leaf[SMK_HASH_BYTES], inner[SMK_HASH_BYTES], hash[SMK_HASH_BYTES];
    smk_head_leaf_hash(&long_one, leaf);
    struct smk_prefix shared = prefix_of("a1b");
    smk_frontier_hash_at(f, &shared, inner);

    static const struct {
        const char *at;
        size_t count;
        char hash; /* 0 empty, L the leaf of a1b2c3, I the node at a1b, ? any */
        const char *why;
    } row[] = {
        {"", 3, '?', "everything"},
        {"a", 2, '?', "a node with one filled slot"},
        {"a1b", 2, 'I', "the fork"},
        {"a1b2", 1, 'L', "where the leaf hangs"},
        {"a1b2c", 1, 'L', "below the leaf"},
        {"a1b2c3", 1, 'L', "the end of what is not zero"},
        {"a1b2c30", 1, 'L', "further down"},
        {"a1b2c4", 0, '0', "off the path of the leaf"},
        {"a1b2c31", 0, '0', "off the path, late"},
        {"a1b3", 0, '0', "an empty slot"},
        {"a1b35", 0, '0', "below an empty slot"},
        {"8", 0, '0', "an empty slot of the root"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_prefix at = prefix_of(row[i].at);
        cr_assert(eq(sz, smk_frontier_count_at(f, &at), row[i].count), "row %zu: %s", i, row[i].why);
        smk_frontier_hash_at(f, &at, hash);
        const uint8_t *wanted = row[i].hash == 'L' ? leaf : row[i].hash == 'I' ? inner : zeros;
        cr_assert(eq(int, row[i].hash == '?' || is_equal(hash, wanted), 1), "row %zu: %s", i, row[i].why);
    }
    struct smk_prefix whole = {.nibbles = 2 * SMK_ID_BYTES};
    memcpy(whole.path, long_one.log_id, sizeof whole.path);
    smk_frontier_hash_at(f, &whole, hash);
    cr_assert(is_equal(hash, leaf), "all 64 nibbles");
    smk_frontier_free(f);
}

/* ---- heads ---- */

Test(frontier, replaces_the_head_of_a_log_that_it_has)
{
    const char *id[] = {"11", "12", "9"};
    struct smk_frontier *f = frontier_with(id, 3);
    uint8_t before[SMK_HASH_BYTES], after[SMK_HASH_BYTES], back[SMK_HASH_BYTES];
    smk_frontier_root(f, before);
    struct smk_head newer = head_of("12", 40), older = head_of("12", 2);
    cr_assert(eq(int, smk_frontier_put(f, &newer), SMK_OK));
    smk_frontier_root(f, after);
    cr_assert(not(is_equal(before, after)));
    cr_assert(eq(sz, smk_frontier_count(f), 3));
    cr_assert(eq(u64, smk_frontier_records(f), 1 + 40 + 3));
    const struct smk_head *found = smk_frontier_find(f, newer.log_id);
    cr_assert(ne(ptr, (void *)found, NULL));
    cr_assert(eq(u64, found->seq, 40));
    struct smk_head unknown = head_of("13", 1);
    cr_assert(eq(ptr, (void *)smk_frontier_find(f, unknown.log_id), NULL), "a neighbour that is not there");
    unknown = head_of("94", 1);
    cr_assert(eq(ptr, (void *)smk_frontier_find(f, unknown.log_id), NULL), "the place of another log");
    cr_assert(eq(int, smk_frontier_put(f, &older), SMK_OK));
    smk_frontier_root(f, back);
    cr_assert(is_equal(before, back), "the same heads again");
    cr_assert(eq(u64, smk_frontier_records(f), 1 + 2 + 3));
    smk_frontier_free(f);
}

struct visit {
    uint64_t seq[8];
    size_t count;
    size_t stop_after;
};

static bool visit_head(void *ctx, const struct smk_head *head)
{
    struct visit *v = ctx;
    v->seq[v->count++] = head->seq;
    return v->count < v->stop_after;
}

Test(frontier, walks_the_heads_below_a_prefix_in_order_until_told_to_stop)
{
    const char *id[] = {"f", "a21", "0", "a1", "a2"}; /* seq is the place in this list, from 1 */
    static const struct {
        const char *at;
        size_t stop_after;
        size_t count;
        uint64_t seq[5];
    } row[] = {
        {"", 8, 5, {3, 4, 5, 2, 1}}, {"", 2, 2, {3, 4}}, {"a", 8, 3, {4, 5, 2}}, {"a", 1, 1, {4}},
        {"a2", 8, 2, {5, 2}},        {"f0", 8, 1, {1}},  {"f1", 8, 0, {0}},      {"b", 8, 0, {0}},
    };
    struct smk_frontier *f = frontier_with(id, 5);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct visit v = {.stop_after = row[i].stop_after};
        struct smk_prefix at = prefix_of(row[i].at);
        smk_frontier_each(f, &at, visit_head, &v);
        cr_assert(eq(sz, v.count, row[i].count), "row %zu", i);
        cr_assert(eq(int, memcmp(v.seq, row[i].seq, v.count * sizeof v.seq[0]), 0), "row %zu", i);
    }
    smk_frontier_free(f);
}

Test(frontier, prefixes_grow_by_nibbles_and_match_only_their_own)
{
    struct smk_head h = head_of("a1b2", 1);
    static const struct {
        const char *at;
        bool is_of;
    } row[] = {{"", true},   {"a", true},   {"a1", true},   {"a1b", true},     {"a1b2000", true},
               {"b", false}, {"a2", false}, {"a1c", false}, {"a1b2001", false}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_prefix at = prefix_of(row[i].at);
        cr_assert(eq(sz, at.nibbles, strlen(row[i].at)), "row %zu", i);
        cr_assert(eq(int, smk_prefix_is_of(&at, h.log_id), row[i].is_of), "row %zu", i);
    }
    struct smk_prefix at = prefix_of("a1b");
    cr_assert(eq(int, at.path[0], 0xa1));
    cr_assert(eq(int, at.path[1], 0xb0), "the rest is zero");
}

/* ---- proofs ---- */

Test(frontier, refuses_proofs_that_no_tree_gives)
{
    const char *id[] = {"3", "31", "8"};
    struct smk_frontier *f = frontier_with(id, 3);
    struct smk_head present = head_of("31", 2), absent = head_of("32", 1), beside = head_of("85", 1);
    uint8_t root[SMK_HASH_BYTES];
    bool is_present;
    smk_frontier_root(f, root);
    struct smk_frontier_proof proof, lie;

    cr_assert(eq(int, smk_frontier_prove(f, present.log_id, &proof), SMK_OK));
    cr_assert(smk_frontier_check(&proof, present.log_id, root, &is_present));
    cr_assert(is_present);
    cr_assert(eq(u64, proof.leaf.seq, 2));
    cr_assert(eq(uint, proof.levels, 2));

    is_present = true;
    lie = proof;
    lie.levels = 65;
    cr_assert(not(smk_frontier_check(&lie, present.log_id, root, &is_present)), "deeper than an id is long");
    lie.levels = ~0U;
    cr_assert(not(smk_frontier_check(&lie, present.log_id, root, &is_present)), "far deeper");
    lie = proof;
    lie.levels = 64;
    cr_assert(not(smk_frontier_check(&lie, present.log_id, root, &is_present)), "as deep as an id is long");
    lie = proof;
    lie.has_leaf = false;
    cr_assert(not(smk_frontier_check(&lie, present.log_id, root, &is_present)), "hides the leaf");
    cr_assert(not(smk_frontier_check(&proof, beside.log_id, root, &is_present)),
              "of another part of the tree");
    cr_assert(is_present, "untouched by what is refused");

    cr_assert(eq(int, smk_frontier_prove(f, absent.log_id, &proof), SMK_OK));
    cr_assert(not(proof.has_leaf));
    cr_assert(smk_frontier_check(&proof, absent.log_id, root, &is_present), "ends in an empty slot");
    cr_assert(not(is_present));
    cr_assert(not(smk_frontier_check(&proof, present.log_id, root, &is_present)),
              "a present log is not absent");

    cr_assert(eq(int, smk_frontier_prove(f, beside.log_id, &proof), SMK_OK));
    cr_assert(proof.has_leaf);
    is_present = true;
    cr_assert(smk_frontier_check(&proof, beside.log_id, root, &is_present),
              "ends in the leaf of another log");
    cr_assert(not(is_present));
    proof.leaf.log_id[0] = 0x95;
    cr_assert(not(smk_frontier_check(&proof, beside.log_id, root, &is_present)),
              "a leaf that hangs elsewhere");
    smk_frontier_free(f);
}

/* A tree that no frontier makes: the leaf of a log that begins with 3 hangs in slot 8. */
Test(frontier, refuses_a_leaf_that_hangs_where_it_does_not_belong)
{
    struct smk_head stray = head_of("3", 1), good = head_of("8", 1), asked = head_of("85", 1);
    struct smk_frontier_proof proof = {.levels = 1, .has_leaf = true, .leaf = good};
    for (unsigned is_stray = 0; is_stray < 2; is_stray++) {
        proof.leaf = is_stray ? stray : good;
        uint8_t root[SMK_HASH_BYTES];
        smk_head_leaf_hash(&proof.leaf, root);
        for (unsigned step = 0; step < 3;
             step++) /* slot 8 is on the left in three steps, then on the right */
            pair(root, proof.sibling[0][step], root);
        pair(proof.sibling[0][3], root, root);
        bool is_present = true;
        cr_assert(eq(int, smk_frontier_check(&proof, asked.log_id, root, &is_present), !is_stray));
        cr_assert(eq(int, is_present, is_stray), "only what is accepted is answered");
    }
}

Test(frontier, goes_as_deep_as_an_id_is_long)
{
    struct smk_frontier *f = smk_frontier_new();
    cr_assert(ne(ptr, f, NULL));
    struct smk_head a = head_of("5", 1), b = head_of("5", 2);
    b.log_id[SMK_ID_BYTES - 1] ^= 1;
    cr_assert(eq(int, smk_frontier_put(f, &a), SMK_OK));
    cr_assert(eq(int, smk_frontier_put(f, &b), SMK_OK));
    struct smk_prefix at = {.nibbles = 2 * SMK_ID_BYTES - 1};
    memcpy(at.path, a.log_id, sizeof at.path);
    cr_assert(eq(sz, smk_frontier_count_at(f, &at), 2));
    struct smk_frontier_proof proof;
    uint8_t root[SMK_HASH_BYTES];
    bool is_present = false;
    smk_frontier_root(f, root);
    cr_assert(eq(int, smk_frontier_prove(f, b.log_id, &proof), SMK_OK));
    cr_assert(eq(uint, proof.levels, 64));
    cr_assert(smk_frontier_check(&proof, b.log_id, root, &is_present));
    cr_assert(is_present);
    smk_frontier_free(f);
}

/* ---- memory ---- */

/* 7771 hangs at depth 4, so the fork needs a node at depths 4, 5 and 6. */
static void put_under_faults(enum test_fault kind)
{
    const char *id[] = {"1", "777", "778"};
    const unsigned long allocations = 1 + 3; /* the leaf and the fork */
    struct smk_head added = head_of("7771001", 9), there = head_of("7771", 9);
    unsigned long n;
    for (n = 0; n < 100; n++) {
        test_fault_begin(TEST_FAULT_NONE, 0);
        struct smk_frontier *f = frontier_with(id, 3);
        cr_assert(eq(int, smk_frontier_put(f, &there), SMK_OK));
        uint8_t before[SMK_HASH_BYTES], after[SMK_HASH_BYTES];
        smk_frontier_root(f, before);
        long live_before = test_fault_live();
        test_fault_begin(kind, n);
        enum smk_err err = smk_frontier_put(f, &added);
        unsigned long hits = test_fault_hits();
        long live = test_fault_live();
        test_fault_begin(TEST_FAULT_NONE, 0);
        smk_frontier_root(f, after);
        cr_assert(eq(int, err, hits == 0 ? SMK_OK : SMK_ERR_NOMEM), "allocation %lu", n);
        if (err != SMK_OK) {
            cr_assert(eq(long, live, 0), "allocation %lu leaks", n);
            cr_assert(is_equal(before, after), "allocation %lu", n);
            cr_assert(eq(sz, smk_frontier_count(f), 4));
            cr_assert(eq(u64, smk_frontier_records(f), 1 + 2 + 3 + 9));
            cr_assert(eq(ptr, (void *)smk_frontier_find(f, added.log_id), NULL));
            cr_assert(eq(u64, smk_frontier_find(f, there.log_id)->seq, 9));
        }
        smk_frontier_free(f);
        cr_assert(eq(long, test_fault_live(), err == SMK_OK ? -live_before - live : -live_before));
        test_fault_end();
        if (hits == 0)
            break;
    }
    cr_assert(eq(ulong, n, allocations), "ended because nothing failed");
}

Test(frontier, put_changes_nothing_when_an_allocation_fails)
{
    put_under_faults(TEST_FAULT_ONCE);
    put_under_faults(TEST_FAULT_STICKY);
}

Test(frontier, needs_no_memory_for_a_new_head_of_an_old_log_or_for_questions)
{
    const char *id[] = {"1", "777", "778"};
    struct smk_frontier *f = frontier_with(id, 3);
    struct smk_head h = head_of("777", 9);
    struct smk_frontier_proof proof;
    uint8_t root[SMK_HASH_BYTES];
    test_fault_begin(TEST_FAULT_STICKY, 0);
    enum smk_err put = smk_frontier_put(f, &h);
    smk_frontier_root(f, root);
    enum smk_err proved = smk_frontier_prove(f, h.log_id, &proof);
    struct smk_frontier *none = smk_frontier_new();
    test_fault_end();
    cr_assert(eq(int, put, SMK_OK));
    cr_assert(eq(int, proved, SMK_OK));
    cr_assert(eq(ptr, none, NULL));
    cr_assert(eq(ulong, test_fault_hits(), 1), "only the new frontier asked");
    smk_frontier_free(f);
}
