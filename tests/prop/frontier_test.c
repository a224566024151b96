#include "proto/frontier.h"
#include "proto/hash.h"
#include "tests/support/rng.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { HEADS_MAX = 400 };

/* ---- the model: a sorted array, and the definition of the hashes in PROTOCOL.md section 7, with no cache ---- */

struct model {
    size_t count;
    struct smk_head head[HEADS_MAX];
};

static void model_put(struct model *m, const struct smk_head *head)
{
    size_t at = 0;
    while (at < m->count && memcmp(m->head[at].log_id, head->log_id, SMK_ID_BYTES) < 0)
        at++;
    if (at == m->count || memcmp(m->head[at].log_id, head->log_id, SMK_ID_BYTES) != 0) {
        cr_assert(lt(sz, m->count, HEADS_MAX));
        memmove(&m->head[at + 1], &m->head[at], (m->count - at) * sizeof m->head[0]);
        m->count++;
    }
    m->head[at] = *head;
}

static const struct smk_head *model_find(const struct model *m, const uint8_t log_id[SMK_ID_BYTES])
{
    for (size_t i = 0; i < m->count; i++)
        if (memcmp(m->head[i].log_id, log_id, SMK_ID_BYTES) == 0)
            return &m->head[i];
    return NULL;
}

static unsigned nibble(const uint8_t id[SMK_ID_BYTES], unsigned depth)
{
    return (depth & 1) == 0 ? (unsigned)id[depth >> 1] / 16 : (unsigned)id[depth >> 1] % 16;
}

static void naive_hash(const struct smk_head *head, size_t count, unsigned depth, uint8_t *ret_hash);

/* The binary tree over the slots first .. first + width - 1; the heads are those of these slots. */
static void naive_slots(const struct smk_head *head, size_t count, unsigned depth, unsigned first,
                        unsigned width, uint8_t *ret_hash)
{
    if (width == 1) {
        naive_hash(head, count, depth + 1, ret_hash);
        return;
    }
    size_t left_count = 0;
    while (left_count < count && nibble(head[left_count].log_id, depth) < first + width / 2)
        left_count++;
    uint8_t both[2 * SMK_HASH_BYTES];
    naive_slots(head, left_count, depth, first, width / 2, both);
    naive_slots(head + left_count, count - left_count, depth, first + width / 2, width / 2,
                both + SMK_HASH_BYTES);
    smk_hash("samaki.node.v1", SMK_BYTES(both), ret_hash);
}

static void naive_hash(const struct smk_head *head, size_t count, unsigned depth, uint8_t *ret_hash)
{
    if (count == 0)
        memset(ret_hash, 0, SMK_HASH_BYTES);
    else if (count == 1)
        smk_head_leaf_hash(head, ret_hash); /* its bytes are pinned by the unit test */
    else
        naive_slots(head, count, depth, 0, 16, ret_hash);
}

/* The heads of the model below a prefix: a run of the array. */
static size_t model_below(const struct model *m, const struct smk_prefix *at,
                          const struct smk_head **ret_first)
{
    size_t count = 0;
    *ret_first = m->head;
    for (size_t i = 0; i < m->count; i++) {
        unsigned same = 0;
        while (same < at->nibbles && nibble(m->head[i].log_id, same) == nibble(at->path, same))
            same++;
        if (same < at->nibbles)
            continue;
        if (count++ == 0)
            *ret_first = &m->head[i];
    }
    return count;
}

/* ---- the generator: ids that share long prefixes, logs that come again ---- */

/* An id of the model as it is, or the same in its first k nibbles only, or a fresh one. */
static void draw_id(struct test_rng *r, const struct model *m, uint8_t ret_id[SMK_ID_BYTES])
{
    uint8_t id[SMK_ID_BYTES];
    test_rng_bytes(r, id, sizeof id);
    if (test_rng_chance(r, 10))
        memset(id, test_rng_chance(r, 50) ? 0x00 : 0xff, sizeof id);
    if (m->count > 0 && !test_rng_chance(r, 40)) {
        const uint8_t *known = m->head[test_rng_below(r, m->count)].log_id;
        unsigned same = test_rng_chance(r, 15)   ? 64
                        : test_rng_chance(r, 15) ? 63
                        : test_rng_chance(r, 50) ? (unsigned)test_rng_below(r, 4)
                                                 : (unsigned)test_rng_below(r, 64);
        memcpy(id, known, same / 2);
        if (same % 2 == 1)
            id[same / 2] = (uint8_t)((known[same / 2] & 0xf0) | (id[same / 2] & 0x0f));
    }
    memcpy(ret_id, id, sizeof id);
}

static struct smk_head draw_head(struct test_rng *r, const struct model *m)
{
    struct smk_head h = {.seq = 1 + (test_rng_u64(r) & SMK_SEQ_MAX) / 2};
    h.seq >>= test_rng_below(r, 50);
    h.seq += h.seq == 0 ? 1 : 0;
    draw_id(r, m, h.log_id);
    test_rng_bytes(r, h.author, sizeof h.author);
    test_rng_bytes(r, h.incarnation, sizeof h.incarnation);
    test_rng_bytes(r, h.id, sizeof h.id);
    test_rng_bytes(r, h.log_root, sizeof h.log_root);
    h.state = (enum smk_leaf_state)test_rng_below(r, 3);
    h.has_cut = h.state == SMK_LEAF_CUT;
    if (h.has_cut)
        test_rng_bytes(r, h.cut_id, sizeof h.cut_id);
    return h;
}

static size_t draw_count(struct test_rng *r)
{
    return (size_t)(test_rng_chance(r, 40)   ? test_rng_below(r, 4)
                    : test_rng_chance(r, 90) ? test_rng_below(r, 40)
                                             : test_rng_below(r, HEADS_MAX));
}

static struct smk_prefix draw_prefix(struct test_rng *r, const struct model *m)
{
    uint8_t id[SMK_ID_BYTES];
    draw_id(r, m, id);
    unsigned nibbles = (unsigned)(test_rng_chance(r, 60) ? test_rng_below(r, 5) : test_rng_below(r, 65));
    struct smk_prefix at = {0};
    for (unsigned i = 0; i < nibbles; i++)
        at = smk_prefix_child(&at, nibble(id, i));
    return at;
}

static struct model *model_new(void)
{
    struct model *m = calloc(1, sizeof *m);
    cr_assert(ne(ptr, m, NULL));
    return m;
}

static void put(struct smk_frontier *f, const struct smk_head *h)
{
    enum smk_err err = smk_frontier_put(f, h);
    cr_assert(eq(int, err, SMK_OK));
}

/* GIVES a frontier of the model's heads, put in an order that the seed shuffles. */
static struct smk_frontier *frontier_of(const struct model *m, uint64_t seed)
{
    struct test_rng r = test_rng_from(seed);
    struct smk_frontier *f = smk_frontier_new();
    size_t *order = calloc(m->count + 1, sizeof *order);
    cr_assert(ne(ptr, f, NULL));
    cr_assert(ne(ptr, order, NULL));
    for (size_t i = 0; i < m->count; i++) {
        size_t j = (size_t)test_rng_below(&r, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    for (size_t i = 0; i < m->count; i++)
        put(f, &m->head[order[i]]);
    free(order);
    return f;
}

static struct model *draw_model(struct test_rng *r)
{
    struct model *m = model_new();
    for (size_t n = draw_count(r); n > 0; n--) {
        struct smk_head h = draw_head(r, m);
        model_put(m, &h);
    }
    return m;
}

static bool root_is(struct smk_frontier *f, const uint8_t wanted[SMK_HASH_BYTES])
{
    uint8_t root[SMK_HASH_BYTES];
    smk_frontier_root(f, root);
    return memcmp(root, wanted, sizeof root) == 0;
}

/* ---- against the model ---- */

/* Field by field: what lies between the fields of a struct is nobody's. */
static bool head_is_equal(const struct smk_head *a, const struct smk_head *b)
{
    return memcmp(a->log_id, b->log_id, sizeof a->log_id) == 0 &&
           memcmp(a->author, b->author, sizeof a->author) == 0 &&
           memcmp(a->incarnation, b->incarnation, sizeof a->incarnation) == 0 && a->seq == b->seq &&
           memcmp(a->id, b->id, sizeof a->id) == 0 &&
           memcmp(a->log_root, b->log_root, sizeof a->log_root) == 0 && a->state == b->state &&
           a->has_cut == b->has_cut && memcmp(a->cut_id, b->cut_id, sizeof a->cut_id) == 0;
}

struct walk {
    const struct smk_head *next;
    size_t left;
};

static bool walk_head(void *ctx, const struct smk_head *head)
{
    struct walk *w = ctx;
    if (w->left == 0 || !head_is_equal(head, w->next))
        return false;
    w->next++;
    w->left--;
    return true;
}

static void compare_at(struct smk_frontier *f, const struct model *m, const struct smk_prefix *at,
                       uint64_t seed)
{
    struct walk w;
    w.left = model_below(m, at, &w.next);
    uint8_t wanted[SMK_HASH_BYTES], hash[SMK_HASH_BYTES];
    naive_hash(w.next, w.left, at->nibbles, wanted);
    smk_frontier_hash_at(f, at, hash);
    cr_assert(eq(int, memcmp(hash, wanted, sizeof hash), 0), "seed %" PRIu64 ", %u nibbles", seed,
              at->nibbles);
    cr_assert(eq(sz, smk_frontier_count_at(f, at), w.left), "seed %" PRIu64 ", %u nibbles", seed,
              at->nibbles);
    smk_frontier_each(f, at, walk_head, &w);
    cr_assert(eq(sz, w.left, 0), "seed %" PRIu64 ", %u nibbles", seed, at->nibbles);
}

static void compare_proof(struct smk_frontier *f, const struct model *m, const uint8_t log_id[SMK_ID_BYTES],
                          uint64_t seed)
{
    struct smk_frontier_proof proof;
    const struct smk_head *wanted = model_find(m, log_id);
    const struct smk_head *found = smk_frontier_find(f, log_id);
    cr_assert(eq(int, found != NULL, wanted != NULL), "seed %" PRIu64, seed);
    cr_assert(eq(int, smk_frontier_prove(f, log_id, &proof), SMK_OK));
    uint8_t root[SMK_HASH_BYTES];
    naive_hash(m->head, m->count, 0, root);
    bool is_present = wanted == NULL;
    cr_assert(smk_frontier_check(&proof, log_id, root, &is_present), "seed %" PRIu64, seed);
    cr_assert(eq(int, is_present, wanted != NULL), "seed %" PRIu64, seed);
    if (wanted != NULL) {
        cr_assert(head_is_equal(found, wanted), "seed %" PRIu64, seed);
        cr_assert(head_is_equal(&proof.leaf, wanted), "seed %" PRIu64, seed);
    }
}

/* Questions come between the puts, so that every cached hash has a chance to be out of date. */
Test(frontier_prop, agrees_with_the_plain_model_after_any_puts, .timeout = 120)
{
    uint64_t first = test_seed();
    for (uint64_t seed = first; seed < first + 250; seed++) {
        struct test_rng r = test_rng_from(seed);
        struct model *m = model_new();
        struct smk_frontier *f = smk_frontier_new();
        cr_assert(ne(ptr, f, NULL));
        for (size_t puts = draw_count(&r); puts > 0; puts--) {
            struct smk_head h = draw_head(&r, m);
            model_put(m, &h);
            put(f, &h);
            if (test_rng_chance(&r, 30)) {
                struct smk_prefix at = draw_prefix(&r, m);
                compare_at(f, m, &at, seed);
            }
            if (test_rng_chance(&r, 10))
                compare_proof(f, m, h.log_id, seed);
        }
        compare_at(f, m, &(struct smk_prefix){0}, seed);
        uint64_t records = 0;
        for (size_t i = 0; i < m->count; i++)
            records += m->head[i].seq;
        cr_assert(eq(sz, smk_frontier_count(f), m->count), "seed %" PRIu64, seed);
        cr_assert(eq(u64, smk_frontier_records(f), records), "seed %" PRIu64, seed);
        for (unsigned i = 0; i < 8; i++) {
            uint8_t id[SMK_ID_BYTES];
            struct smk_prefix at = draw_prefix(&r, m);
            compare_at(f, m, &at, seed);
            draw_id(&r, m, id);
            compare_proof(f, m, id, seed);
        }
        smk_frontier_free(f);
        free(m);
    }
}

/* ---- laws ---- */

Test(frontier_prop, any_order_of_puts_gives_one_root, .timeout = 60)
{
    uint64_t first = test_seed();
    for (uint64_t seed = first; seed < first + 150; seed++) {
        struct test_rng r = test_rng_from(seed);
        struct model *m = draw_model(&r);
        uint8_t root[SMK_HASH_BYTES];
        naive_hash(m->head, m->count, 0, root);
        for (uint64_t order = 0; order < 4; order++) {
            struct smk_frontier *f = frontier_of(m, seed * 4 + order);
            cr_assert(root_is(f, root), "seed %" PRIu64 ", order %" PRIu64, seed, order);
            for (size_t i = 0; i < m->count; i++) /* everything again changes nothing */
                put(f, &m->head[i]);
            cr_assert(root_is(f, root), "seed %" PRIu64 ", order %" PRIu64, seed, order);
            smk_frontier_free(f);
        }
        free(m);
    }
}

/* Changes what a leaf hash covers, in one bit; false when the field is not there. */
static bool change_head(struct smk_head *h, unsigned field, size_t bit)
{
    uint8_t *bytes = field == 0 ? h->id : field == 1 ? h->log_root : field == 2 ? h->cut_id : NULL;
    if (bytes != NULL)
        bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    else if (field == 3)
        h->seq ^= (uint64_t)1 << (bit % 53);
    else if (field == 4)
        h->state = (enum smk_leaf_state)((unsigned)h->state ^ 1U << (bit % 8));
    else
        h->has_cut = !h->has_cut;
    return field != 2 || h->has_cut;
}

Test(frontier_prop, one_changed_or_added_head_changes_the_root, .timeout = 60)
{
    uint64_t first = test_seed();
    for (uint64_t seed = first; seed < first + 200; seed++) {
        struct test_rng r = test_rng_from(seed);
        struct model *m = draw_model(&r);
        struct smk_frontier *f = frontier_of(m, seed);
        uint8_t root[SMK_HASH_BYTES];
        smk_frontier_root(f, root);
        for (unsigned field = 0; field < 6 && m->count > 0; field++) {
            const struct smk_head *old = &m->head[test_rng_below(&r, m->count)];
            struct smk_head changed = *old;
            if (!change_head(&changed, field, (size_t)test_rng_below(&r, 256)))
                continue;
            put(f, &changed);
            cr_assert(not(root_is(f, root)), "seed %" PRIu64 ", field %u", seed, field);
            put(f, old);
            cr_assert(root_is(f, root), "seed %" PRIu64 ", field %u", seed, field);
        }
        struct smk_head added = draw_head(&r, m);
        if (model_find(m, added.log_id) == NULL) {
            put(f, &added);
            cr_assert(not(root_is(f, root)), "seed %" PRIu64 ", added", seed);
        }
        smk_frontier_free(f);
        free(m);
    }
}

/* ---- damaged proofs ---- */

static void refuse(const struct smk_frontier_proof *p, const uint8_t log_id[SMK_ID_BYTES],
                   const uint8_t root[SMK_HASH_BYTES], uint64_t seed, const char *what)
{
    bool is_present = false;
    cr_assert(not(smk_frontier_check(p, log_id, root, &is_present)), "seed %" PRIu64 ", %s", seed, what);
}

static void damage(const struct smk_frontier_proof *good, const uint8_t log_id[SMK_ID_BYTES],
                   const uint8_t root[SMK_HASH_BYTES], uint64_t seed)
{
    struct smk_frontier_proof p = *good;
    for (size_t bit = 0; bit < 256; bit++) {
        uint8_t other[SMK_HASH_BYTES], mask = (uint8_t)(1U << (bit % 8));
        memcpy(other, root, sizeof other);
        other[bit / 8] ^= mask;
        refuse(&p, log_id, other, seed, "root");
        for (unsigned i = 0; i < 4 * p.levels; i++) {
            p.sibling[i / 4][i % 4][bit / 8] ^= mask;
            refuse(&p, log_id, root, seed, "sibling");
            p.sibling[i / 4][i % 4][bit / 8] ^= mask;
        }
        if (!p.has_leaf)
            continue;
        p.leaf.log_id[bit / 8] ^= mask;
        refuse(&p, log_id, root, seed, "log id of the leaf");
        p.leaf.log_id[bit / 8] ^= mask;
        for (unsigned field = 0; field < 6; field++) {
            if (change_head(&p.leaf, field, bit))
                refuse(&p, log_id, root, seed, "field of the leaf");
            p.leaf = good->leaf;
        }
    }
    p.has_leaf = !p.has_leaf;
    refuse(&p, log_id, root, seed, "leaf or not");
    p.has_leaf = good->has_leaf;
    for (p.levels = 0; p.levels < 70; p.levels++)
        if (p.levels != good->levels)
            refuse(&p, log_id, root, seed, "levels");
}

Test(frontier_prop, one_changed_bit_fails_a_proof, .timeout = 120)
{
    uint64_t first = test_seed();
    for (uint64_t seed = first; seed < first + 40; seed++) {
        struct test_rng r = test_rng_from(seed);
        struct model *m = draw_model(&r);
        struct smk_frontier *f = frontier_of(m, seed);
        struct smk_frontier_proof proof;
        uint8_t root[SMK_HASH_BYTES], id[SMK_ID_BYTES];
        smk_frontier_root(f, root);
        draw_id(&r, m, id);
        cr_assert(eq(int, smk_frontier_prove(f, id, &proof), SMK_OK));
        if (proof.levels <= 3 || seed == first) /* every bit of a deep one takes long */
            damage(&proof, id, root, seed);
        smk_frontier_free(f);
        free(m);
    }
}

/* A proof made for one log, shown for another: it may be true of that one too, but it is never a lie. */
Test(frontier_prop, a_proof_never_lies_about_another_log, .timeout = 60)
{
    uint64_t first = test_seed();
    for (uint64_t seed = first; seed < first + 300; seed++) {
        struct test_rng r = test_rng_from(seed);
        struct model *m = draw_model(&r);
        struct smk_frontier *f = frontier_of(m, seed);
        uint8_t root[SMK_HASH_BYTES], mine[SMK_ID_BYTES], other[SMK_ID_BYTES];
        struct smk_frontier_proof proof;
        smk_frontier_root(f, root);
        for (unsigned i = 0; i < 20; i++) {
            draw_id(&r, m, mine);
            draw_id(&r, m, other);
            cr_assert(eq(int, smk_frontier_prove(f, mine, &proof), SMK_OK));
            bool is_present;
            if (smk_frontier_check(&proof, other, root, &is_present))
                cr_assert(eq(int, is_present, model_find(m, other) != NULL), "seed %" PRIu64, seed);
        }
        smk_frontier_free(f);
        free(m);
    }
}
