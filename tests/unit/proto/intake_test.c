#include "proto/intake.h"

#include "proto/hash.h"
#include "tests/support/builders.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(intake, .init = start_crypto, .timeout = 60);

/* A log of six records that is held, and another chain of the same log. */
struct scene {
    struct test_log *held; /* run, world, state */
    struct test_run other;
    struct smk_buf proof;
    bool is_bad[TEST_RUN_MAX];
    enum smk_err read_error;
};

static void scene_init(struct scene *s, size_t common, size_t other_more)
{
    *s = (struct scene){.held = test_log_new("pub"), .proof = {.max = SMK_FORK_BYTES_MAX}};
    struct test_run *run = &s->held->run;
    test_run_init(&s->other, run->coalition, run->device, "pub", 1);
    memcpy(s->other.incarnation, run->incarnation, sizeof s->other.incarnation);
    test_run_fill(run, 6);
    cr_assert(eq(int, test_log_take(s->held, 0), SMK_OK));
    test_run_fill(&s->other, common);
    for (size_t i = 0; i < other_more; i++)
        test_run_edit(&s->other, 80 + i);
}

static void scene_deinit(struct scene *s)
{
    smk_buf_deinit(&s->proof);
    test_run_deinit(&s->other);
    test_log_free(s->held);
}

static enum smk_err held_at(void *ctx, uint64_t seq, struct smk_record *ret_record)
{
    const struct scene *s = ctx;
    if (s->read_error != SMK_OK)
        return s->read_error;
    cr_assert(le(u64, seq, s->held->log.seq));
    *ret_record = s->held->run.record[seq - 1];
    return SMK_OK;
}

static struct smk_intake offer(struct scene *s, const struct smk_record *records, size_t count)
{
    struct smk_intake in = {0};
    smk_buf_reset(&s->proof);
    cr_assert(eq(int,
                 smk_intake_run(&s->held->log, s->held->world.coalition.roster, records, count, held_at, s,
                                s->is_bad, &s->proof, &in),
                 SMK_OK));
    return in;
}

Test(intake, tells_what_is_held_from_what_is_new)
{
    struct scene s;
    scene_init(&s, 6, 4); /* the other chain goes on where the held one ends */
    static const struct {
        size_t first, count, same, taken;
    } row[] = {{0, 6, 6, 0}, {5, 1, 1, 0}, {0, 10, 6, 4}, {4, 3, 2, 1}, {6, 4, 0, 4}, {0, 1, 1, 0}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_intake in = offer(&s, s.other.record + row[i].first, row[i].count);
        cr_assert(eq(int, in.err, SMK_OK), "row %zu", i);
        cr_assert(eq(sz, in.same, row[i].same), "row %zu", i);
        cr_assert(eq(sz, in.taken, row[i].taken), "row %zu", i);
        cr_assert(eq(u64, in.after.seq, 6 + row[i].taken), "row %zu", i);
        cr_assert(not(in.has_fork));
        cr_assert(not(in.has_conflict));
    }
    scene_deinit(&s);
}

Test(intake, finds_the_first_place_where_two_chains_part)
{
    for (size_t common = 1; common < 6; common++) {
        struct scene s;
        struct smk_fork fork;
        scene_init(&s, common, 5);
        struct smk_intake in = offer(&s, s.other.record, s.other.count);
        cr_assert(eq(int, in.err, SMK_ERR_FORKED));
        cr_assert(in.has_fork);
        cr_assert(eq(sz, in.same, common));
        cr_assert(eq(u64, in.fork_seq, common + 1));
        cr_assert(eq(sz, in.taken, 0));
        cr_assert(
            eq(int, smk_fork_decode(smk_buf_view(&s.proof), s.held->world.coalition.id, &fork), SMK_OK));
        cr_assert(eq(u64, fork.seq, common + 1));
        s.held->log.fork = common + 1; /* known from now on */
        in = offer(&s, s.other.record, s.other.count);
        cr_assert(eq(int, in.err, SMK_ERR_FORKED));
        cr_assert(not(in.has_fork));
        scene_deinit(&s);
    }
}

Test(intake, takes_nothing_from_a_fork_on)
{
    struct scene s;
    scene_init(&s, 6, 4);
    s.held->log.fork = 9; /* a proof came before the records */
    struct smk_intake in = offer(&s, s.other.record, s.other.count);
    cr_assert(eq(int, in.err, SMK_ERR_FORKED));
    cr_assert(eq(sz, in.same, 6));
    cr_assert(eq(sz, in.taken, 2));
    cr_assert(eq(u64, in.after.seq, 8));
    scene_deinit(&s);
}

/* Record i of the other branch as a receiver re-makes it: behind the head that it holds. */
static struct smk_record re_make(struct scene *s, size_t i, struct smk_buf *header)
{
    struct smk_record r = s->other.record[i];
    struct smk_header h = r.header;
    memcpy(h.prev, s->held->log.id, sizeof h.prev);
    smk_header_encode(&h, header);
    cr_assert(eq(
        int, smk_record_assemble(smk_buf_view(header), s->other.record[i].signature, r.salt, r.payload, &r),
        SMK_OK));
    return r;
}

Test(intake, a_run_that_does_not_fit_may_have_parted_before)
{
    for (unsigned is_late = 0; is_late < 2; is_late++) {
        struct scene s;
        struct smk_buf header = {.max = SMK_HEADER_BYTES_MAX};
        scene_init(&s, 3, 9);
        struct smk_record re_made = re_make(&s, 6, &header);
        if (is_late == 1) /* the branch that is held came to its head later than the other one went on */
            s.held->log.time = re_made.header.time;
        struct smk_intake in = offer(&s, &re_made, 1);
        cr_assert(eq(int, in.err, is_late == 1 ? SMK_ERR_BAD_TIME : SMK_ERR_NOT_COVERED));
        cr_assert(in.has_conflict);
        cr_assert(not(in.has_fork));
        smk_buf_deinit(&header);
        scene_deinit(&s);
    }
}

Test(intake, a_signed_record_of_a_wrong_time_is_no_conflict)
{
    struct scene s;
    scene_init(&s, 6, 0);
    struct smk_header h = test_run_next(&s.held->run, SMK_RECORD_EDIT);
    struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    h.time = s.held->log.time;
    test_edit_payload(&payload, 1, 1);
    test_run_push(&s.held->run, &h, smk_buf_view(&payload));
    struct smk_intake in = offer(&s, &s.held->run.record[s.held->run.count - 1], 1);
    cr_assert(eq(int, in.err, SMK_ERR_BAD_TIME));
    cr_assert(not(in.has_conflict));
    smk_buf_deinit(&payload);
    scene_deinit(&s);
}

Test(intake, tells_when_what_is_held_cannot_be_read)
{
    struct scene s;
    struct smk_intake in = {0};
    scene_init(&s, 3, 3);
    s.read_error = SMK_ERR_STORE_DAMAGED;
    cr_assert(eq(int,
                 smk_intake_run(&s.held->log, s.held->world.coalition.roster, s.other.record, 6, held_at, &s,
                                s.is_bad, &s.proof, &in),
                 SMK_ERR_STORE_DAMAGED));
    scene_deinit(&s);
}
