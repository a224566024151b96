#include "proto/fork.h"

#include "proto/hash.h"

#include "tests/support/builders.h"
#include "tests/support/strict.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(fork, .init = start_crypto, .timeout = 60);

/* Two chains of one log: `common` records are the same, then each has its own. */
struct pair {
    struct test_world w;
    struct test_run a, b;
    struct smk_buf proof;
};

static struct pair *pair_new(size_t common)
{
    struct pair *p = calloc(1, sizeof *p);
    cr_assert(ne(ptr, p, NULL));
    test_world_init(&p->w);
    test_run_init(&p->a, &p->w.coalition, &p->w.ctod, "pub", 1);
    test_run_init(&p->b, &p->w.coalition, &p->w.ctod, "pub", 1);
    if (common > 0) {
        test_run_fill(&p->a, common);
        test_run_fill(&p->b, common);
    }
    p->proof.max = SMK_FORK_BYTES_MAX;
    return p;
}

static void pair_free(struct pair *p)
{
    smk_buf_deinit(&p->proof);
    test_run_deinit(&p->a);
    test_run_deinit(&p->b);
    test_world_deinit(&p->w);
    free(p);
}

/* A record that the other chain has not, with a bad signature if so wished. */
static void push(struct test_run *run, size_t letters, bool is_spoilt)
{
    test_run_edit(run, letters);
    if (is_spoilt)
        test_run_spoil_signature(run);
}

static enum smk_err make(struct pair *p, size_t at)
{
    smk_buf_reset(&p->proof);
    return smk_fork_make(&p->a.record[at], p->a.count - at, &p->b.record[at], p->b.count - at,
                         p->w.coalition.id, &p->proof);
}

static enum smk_err decode(struct pair *p, struct smk_fork *ret_fork)
{
    return smk_fork_decode(smk_buf_view(&p->proof), p->w.coalition.id, ret_fork);
}

Test(fork, two_records_at_one_place_prove_it)
{
    struct pair *p = pair_new(3);
    struct smk_fork f;
    uint8_t log_id[SMK_ID_BYTES];
    push(&p->a, 10, false);
    push(&p->b, 20, false);
    cr_assert(eq(int, make(p, 3), SMK_OK));
    cr_assert(eq(int, decode(p, &f), SMK_OK));
    cr_assert(eq(u64, f.seq, 4));
    cr_assert(eq(str, f.scope.text, (char *)"pub"));
    smk_log_id(p->a.device->sign.public_key, p->a.incarnation, &p->a.scope, log_id);
    cr_assert(eq(int, memcmp(f.log_id, log_id, sizeof log_id), 0));
    cr_assert(lt(int, memcmp(f.id[0], f.id[1], SMK_ID_BYTES), 0));
    uint8_t other[SMK_ID_BYTES] = {0};
    cr_assert(ne(int, smk_fork_decode(smk_buf_view(&p->proof), other, &f), SMK_OK), "another coalition");
    pair_free(p);
}

Test(fork, at_the_first_record_and_by_the_signature_alone)
{
    struct pair *p = pair_new(0);
    struct smk_fork f;
    test_run_open(&p->a);
    test_run_open(&p->b);
    struct smk_buf same = {.max = SMK_FORK_BYTES_MAX};
    /* the same record twice is no fork: such a proof is never made, and refused when it comes */
    cr_assert(eq(int, smk_fork_make(p->a.record, 1, p->b.record, 1, p->w.coalition.id, &same), SMK_OK));
    cr_assert(eq(int, smk_fork_decode(smk_buf_view(&same), p->w.coalition.id, &f), SMK_ERR_MALFORMED));
    smk_buf_deinit(&same);
    test_run_spoil_signature(&p->b);
    push(&p->b, 5, false);
    cr_assert(eq(int, make(p, 0), SMK_OK));
    cr_assert(eq(int, decode(p, &f), SMK_OK));
    cr_assert(eq(u64, f.seq, 1));
    pair_free(p);
}

Test(fork, a_bad_signature_is_covered_by_the_next_fifteen)
{
    static const struct {
        size_t spoilt;
        enum smk_err err;
    } row[] = {{0, SMK_OK}, {1, SMK_OK}, {15, SMK_OK}, {16, SMK_ERR_BAD_SIGNATURE}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct pair *p = pair_new(2);
        struct smk_fork f;
        push(&p->a, 10, false);
        for (size_t k = 0; k <= row[i].spoilt; k++)
            push(&p->b, 20 + k, k < row[i].spoilt);
        cr_assert(eq(int, make(p, 2), row[i].err), "%zu bad ones", row[i].spoilt);
        if (row[i].err == SMK_OK)
            cr_assert(eq(int, decode(p, &f), SMK_OK), "%zu bad ones", row[i].spoilt);
        pair_free(p);
    }
}

static uint8_t strict_coalition[SMK_ID_BYTES];

static enum smk_err strict_decode(struct smk_bytes bytes)
{
    struct smk_fork f;
    return smk_fork_decode(bytes, strict_coalition, &f);
}

Test(fork, every_prefix_and_every_changed_bit_is_refused)
{
    struct pair *p = pair_new(1);
    push(&p->a, 10, true);
    push(&p->a, 11, false);
    push(&p->b, 20, false);
    cr_assert(eq(int, make(p, 1), SMK_OK));
    memcpy(strict_coalition, p->w.coalition.id, sizeof strict_coalition);
    const char *wrong = test_strictness(smk_buf_view(&p->proof), strict_decode);
    cr_assert(eq(ptr, (void *)(uintptr_t)wrong, NULL), "%s", wrong);
    for (size_t bit = 0; bit < 8 * p->proof.len; bit++) {
        struct smk_fork f;
        p->proof.data[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        cr_assert(ne(int, decode(p, &f), SMK_OK), "bit %zu", bit);
        p->proof.data[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    pair_free(p);
}

/* Packs what smk_fork_make would never make. */
static void pack(struct smk_buf *b, const struct smk_record *first, size_t first_count,
                 const struct smk_record *second, size_t second_count)
{
    const struct smk_record *chain[] = {first, second};
    const size_t count[] = {first_count, second_count};
    smk_buf_reset(b);
    smk_pack_array(b, 2);
    for (size_t i = 0; i < 2; i++) {
        smk_pack_array(b, count[i]);
        for (size_t k = 0; k < count[i]; k++) {
            smk_pack_array(b, 2);
            smk_pack_bin(b, chain[i][k].header_bytes);
            smk_pack_bin(b, SMK_BYTES(chain[i][k].signature));
        }
    }
}

/* A good proof, but for what one entry, one branch or the proof itself has too many or too few of. */
enum excess { NOTHING, ENTRY_MORE, ENTRY_LESS, BRANCH_MORE, PROOF_MORE, PROOF_LESS, EXCESSES };

static void pack_excess(struct smk_buf *b, const struct smk_record *low, const struct smk_record *high,
                        enum excess excess)
{
    const struct smk_record *record[] = {low, high};
    size_t branches = excess == PROOF_LESS ? 1 : 2;
    smk_buf_reset(b);
    smk_pack_array(b, excess == PROOF_MORE ? 3 : branches);
    for (size_t i = 0; i < branches; i++) {
        bool is_last = i == 1;
        bool is_more = is_last && excess == ENTRY_MORE, is_less = is_last && excess == ENTRY_LESS;
        smk_pack_array(b, is_last && excess == BRANCH_MORE ? 2 : 1);
        smk_pack_array(b, is_more ? 3 : is_less ? 1 : 2);
        smk_pack_bin(b, record[i]->header_bytes);
        if (!is_less)
            smk_pack_bin(b, SMK_BYTES(record[i]->signature));
        if (is_more || (is_last && excess == BRANCH_MORE))
            smk_pack_uint(b, 0);
    }
    if (excess == PROOF_MORE)
        smk_pack_array(b, 0);
}

Test(fork, of_exactly_two_branches_of_entries_of_two)
{
    struct pair *p = pair_new(1);
    struct smk_fork f;
    push(&p->a, 10, false);
    push(&p->b, 20, false);
    bool is_a_first = memcmp(p->a.record[1].id, p->b.record[1].id, SMK_ID_BYTES) < 0;
    const struct smk_record *low = is_a_first ? &p->a.record[1] : &p->b.record[1];
    const struct smk_record *high = is_a_first ? &p->b.record[1] : &p->a.record[1];
    for (int i = 0; i < EXCESSES; i++) {
        pack_excess(&p->proof, low, high, (enum excess)i);
        cr_assert(eq(int, decode(p, &f), i == NOTHING ? SMK_OK : SMK_ERR_MALFORMED), "excess %d", i);
    }
    pair_free(p);
}

Test(fork, what_proves_nothing_is_refused)
{
    struct pair *p = pair_new(2);
    struct test_run *other = calloc(1, sizeof *other);
    struct smk_fork f;
    cr_assert(ne(ptr, other, NULL));
    test_run_init(other, &p->w.coalition, &p->w.ctod, "nat", 1);
    test_run_fill(other, 3);
    push(&p->a, 10, false);
    push(&p->b, 20, false);
    push(&p->b, 21, false);
    bool is_a_first = memcmp(p->a.record[2].id, p->b.record[2].id, SMK_ID_BYTES) < 0;
    const struct smk_record *low = is_a_first ? p->a.record : p->b.record;
    const struct smk_record *high = is_a_first ? p->b.record : p->a.record;
    pack(&p->proof, low + 2, 1, high + 2, 1);
    cr_assert(eq(int, decode(p, &f), SMK_OK), "the good one");
    pack(&p->proof, high + 2, 1, low + 2, 1);
    cr_assert(eq(int, decode(p, &f), SMK_ERR_MALFORMED), "the greater id first");
    pack(&p->proof, low + 2, 0, high + 2, 1);
    cr_assert(eq(int, decode(p, &f), SMK_ERR_MALFORMED), "an empty branch");
    pack(&p->proof, low + 1, 1, high + 2, 1);
    cr_assert(eq(int, decode(p, &f), SMK_ERR_MALFORMED), "two places");
    pack(&p->proof, low + 2, 1, other->record + 2, 1);
    cr_assert(eq(int, decode(p, &f), SMK_ERR_MALFORMED), "two logs");
    pack(&p->proof, p->b.record + 2, 2, p->b.record + 2, 2);
    cr_assert(eq(int, decode(p, &f), SMK_ERR_MALFORMED), "one branch twice");
    struct smk_record torn[2] = {p->a.record[2], p->b.record[3]}; /* the second does not follow the first */
    pack(&p->proof, torn, 2, p->b.record + 2, 1);
    cr_assert(eq(int, decode(p, &f), SMK_ERR_MALFORMED), "a torn chain");
    test_run_deinit(other);
    free(other);
    pair_free(p);
}
