#include "proto/hash.h"
#include "proto/mem.h"
#include "proto/session.h"
#include "tests/support/duel.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(session_sync, .init = start_crypto);

/* The secretariat with everything, ctod with governance or with nothing but its welcome. */
struct two {
    struct test_world w;
    struct memory_node sec;
    struct memory_node ctod;
    struct duel_side side[2]; /* of the newest session: [0] is ctod */
};

static void two_init(struct two *t)
{
    test_world_init(&t->w);
    memory_node_init(&t->sec, &t->w.coalition, &t->w.sec);
    memory_node_init(&t->ctod, &t->w.coalition, &t->w.ctod);
    memory_node_publish(&t->sec, &t->w.coalition);
    memory_node_meet(&t->ctod, &t->w.coalition, &t->w.ctod);
    memory_node_meet(&t->ctod, &t->w.coalition, &t->w.sec);
}

static void two_deinit(struct two *t)
{
    memory_node_deinit(&t->sec);
    memory_node_deinit(&t->ctod);
    test_world_deinit(&t->w);
}

static void sync_two(struct two *t, uint64_t seed)
{
    duel_once(&t->ctod, &t->sec, (struct duel_options){.seed = seed}, t->side);
}

static bool is_equal(struct two *t, const char *scope)
{
    uint8_t a[SMK_HASH_BYTES], b[SMK_HASH_BYTES];
    memory_node_root(&t->sec, scope, a);
    memory_node_root(&t->ctod, scope, b);
    return memcmp(a, b, sizeof a) == 0;
}

/* ---- what an agreeing session costs ---- */

static const char *const twelve[] = {"gov",     "pub",     "nat",     "prov:02", "dm:0201", "dm:0202",
                                     "dm:0203", "dm:0204", "dm:0205", "dm:0206", "dm:0207", "dm:0208"};

Test(session_sync, an_agreeing_session_costs_few_bytes)
{
    struct two t;
    two_init(&t);
    for (size_t i = 1; i < 12; i++)
        memory_node_edit(&t.sec, twelve[i], 4);
    sync_two(&t, 1); /* makes them equal, with a receipt */
    cr_assert(t.side[0].status.is_complete);
    cr_assert(eq(u64, t.side[0].status.shared_scopes, 12));

    sync_two(&t, 2);
    const struct smk_session_status *s = &t.side[0].status;
    cr_assert(s->was_agreed_at_hello);
    cr_assert(eq(u64, s->handshake_bytes_sent + s->handshake_bytes_received, 198));
    uint64_t quiet = s->line_bytes_sent + s->line_bytes_received - 198;
    printf("12 scopes, agreed: %u bytes after the handshake, both ways\n", (unsigned)quiet);
    cr_assert(eq(u64, quiet, 306));
    cr_assert(eq(u32, t.side[0].notices[SMK_NOTICE_RECEIPT], 0));

    memory_node_peer(&t.ctod, t.w.sec.sign.public_key)->memory.receipt_ms = 1; /* an old one */
    sync_two(&t, 3);
    cr_assert(t.side[0].status.was_agreed_at_hello);
    cr_assert(eq(u32, t.side[0].notices[SMK_NOTICE_RECEIPT], 1));
    cr_assert(eq(u32, t.side[1].notices[SMK_NOTICE_RECEIPT], 1));
    uint64_t with_receipt = s->line_bytes_sent + s->line_bytes_received - 198;
    printf("the same with a receipt: %u bytes\n", (unsigned)with_receipt);
    cr_assert(eq(u64, with_receipt, 495));
    two_deinit(&t);
}

Test(session_sync, the_certificate_comes_when_it_was_asked_for)
{
    struct two t;
    two_init(&t);
    sync_two(&t, 1);
    cr_assert(eq(int, t.side[0].err, SMK_OK)); /* governance has brought it already */
    /* the other node has lost its memory of governance: it says so, then takes the certificate */
    memory_node_deinit(&t.sec);
    memory_node_init(&t.sec, &t.w.coalition, &t.w.sec);
    memory_node_meet(&t.sec, &t.w.coalition, &t.w.sec);
    sync_two(&t, 3);
    cr_assert(eq(int, t.side[0].err, SMK_ERR_PEER_ERROR));
    cr_assert(eq(u64, t.side[0].status.peer_code, 4));
    cr_assert(eq(int, t.side[1].err, SMK_ERR_UNKNOWN_AUTHOR));
    sync_two(&t, 4);
    cr_assert(eq(int, t.side[0].err, SMK_OK), "%s / %s", t.side[0].status.reason, t.side[1].status.reason);
    cr_assert(is_equal(&t, "gov"));
    two_deinit(&t);
}

/* ---- much ---- */

Test(session_sync, a_step_never_wants_to_send_much_more_than_one_batch, .timeout = 120)
{
    struct two t;
    two_init(&t);
    for (unsigned i = 0; i < 700; i++)
        memory_node_edit(&t.sec, i % 3 == 0 ? "pub" : "nat", 5000); /* 15 kB each */
    for (unsigned i = 0; i < 300; i++) {
        memory_node_renew(&t.sec, i);
        memory_node_edit(&t.sec, "dm:0201", 1);
    }
    uint64_t before = memory_node_records(&t.sec, "gov");
    duel_once(&t.ctod, &t.sec, (struct duel_options){.has_to_wait_to_store = true}, t.side);
    for (size_t i = 0; i < 2; i++) {
        cr_assert(eq(int, t.side[i].err, SMK_OK));
        cr_assert(t.side[i].status.is_complete);
        cr_assert(lt(sz, t.side[i].step_bytes_max, 2 * SMK_MESSAGE_BYTES_MAX + 65536));
    }
    cr_assert(eq(u64, t.side[0].status.records_received, before + 702 + 600));
    cr_assert(eq(u64, t.side[1].status.records_sent, before + 702 + 600));
    cr_assert(is_equal(&t, "pub") && is_equal(&t, "nat") && is_equal(&t, "dm:0201"));
    two_deinit(&t);
}

Test(session_sync, a_node_that_is_ahead_gives_only_what_is_missing)
{
    struct two t;
    two_init(&t);
    for (unsigned i = 0; i < 60; i++) {
        memory_node_renew(&t.sec, i);
        memory_node_edit(&t.sec, "pub", 3);
    }
    sync_two(&t, 1);
    memory_node_edit(&t.sec, "pub", 3);
    memory_node_edit(&t.ctod, "nat", 3);
    t.sec.reads = t.ctod.reads = 0;
    sync_two(&t, 2);
    cr_assert(eq(u64, t.side[0].status.records_received, 1));
    cr_assert(eq(u64, t.side[1].status.records_received, 2)); /* open and edit */
    cr_assert(
        le(sz, t.sec.reads + t.ctod.reads, 6)); /* each once to send, and the last of a run once to judge */
    const struct smk_session_status *s = &t.side[0].status;
    printf("1 record each way, 61 logs: %u bytes after the handshake, both ways\n",
           (unsigned)(s->line_bytes_sent + s->line_bytes_received - 198));
    two_deinit(&t);
}

/* ---- refusals ---- */

Test(session_sync, rounds_without_progress_come_to_an_end, .timeout = 60)
{
    struct two t;
    two_init(&t);
    memory_node_edit(&t.sec, "pub", 3);
    sync_two(&t, 1);
    memory_node_edit(&t.sec, "pub", 3);
    t.ctod.refusal = SMK_ERR_BAD_SIGNATURE;
    sync_two(&t, 2);
    for (size_t i = 0; i < 2; i++) {
        cr_assert(eq(int, t.side[i].err, SMK_ERR_NO_PROGRESS));
        cr_assert(not(t.side[i].status.is_agreed));
        cr_assert(not(t.side[i].status.is_complete));
    }
    t.ctod.refusal = SMK_OK;
    sync_two(&t, 3);
    cr_assert(is_equal(&t, "pub"));
    two_deinit(&t);
}

Test(session_sync, a_full_disk_stops_taking_but_not_giving)
{
    for (unsigned who = 0; who < 2; who++) {
        struct two t;
        two_init(&t);
        sync_two(&t, 1);
        for (unsigned i = 0; i < 20; i++) {
            memory_node_edit(&t.sec, "pub", 500);
            memory_node_edit(&t.ctod, "nat", 500);
        }
        struct memory_node *full = who == 0 ? &t.ctod : &t.sec;
        full->room = 3;
        sync_two(&t, 2);
        for (size_t i = 0; i < 2; i++) {
            cr_assert(eq(int, t.side[i].err, SMK_OK));
            cr_assert(t.side[i].status.is_complete); /* nothing was lost on the way */
            cr_assert(not(t.side[i].status.is_agreed));
        }
        cr_assert(eq(str, (char *)t.side[who].status.reason, (char *)smk_err_text(SMK_ERR_STORE_FULL)));
        cr_assert(eq(u64, t.side[1 - who].status.they_lack, 21)); /* and the other one knows why */
        cr_assert(ne(str, (char *)t.side[1 - who].status.reason, ""));
        cr_assert(is_equal(&t, who == 0 ? "nat" : "pub")); /* what the full node could give has arrived */
        cr_assert(not(is_equal(&t, who == 0 ? "pub" : "nat")));
        two_deinit(&t);
    }
}

Test(session_sync, a_record_without_payload_travels_as_a_hole)
{
    struct two t;
    struct test_run *run = malloc(sizeof *run);
    two_init(&t);
    sync_two(&t, 1);
    test_run_init(run, &t.w.coalition, &t.w.ctod, "pub", 3);
    test_run_fill(run, 5);
    test_run_drop_payload(run, 2);
    for (size_t i = 0; i < run->count; i++)
        memory_node_put(&t.sec, &run->record[i]);
    sync_two(&t, 2);
    cr_assert(is_equal(&t, "pub"));
    cr_assert(t.side[0].status.is_agreed);
    bool has_hole = false;
    for (size_t i = 0; i < t.ctod.log_count; i++)
        has_hole = has_hole || t.ctod.log[i].log.holes == 1;
    cr_assert(has_hole);
    test_run_deinit(run);
    free(run);
    two_deinit(&t);
}

Test(session_sync, what_the_giver_cannot_read_is_told_as_a_lack)
{
    static const struct {
        enum smk_err read, giver, taker;
    } row[] = {
        {SMK_ERR_NOT_FOUND, SMK_ERR_NO_PROGRESS, SMK_ERR_NO_PROGRESS},
        {SMK_ERR_STORE_DAMAGED, SMK_ERR_NO_PROGRESS, SMK_ERR_NO_PROGRESS},
        {SMK_ERR_STORE_IO, SMK_ERR_STORE_IO, SMK_ERR_PEER_ERROR},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct two t;
        two_init(&t);
        sync_two(&t, 1);
        memory_node_edit(&t.sec, "pub", 1);
        t.sec.read_error = row[i].read;
        sync_two(&t, 2);
        cr_assert(eq(int, t.side[1].err, row[i].giver));
        cr_assert(eq(int, t.side[0].err, row[i].taker));
        two_deinit(&t);
    }
}

/* ---- memory ---- */

/* Counts down over the allocations inside steps; what the nodes and the test allocate is not touched. */
static struct {
    bool is_inside;
    bool is_sticky;
    long left;
    unsigned long hits;
} fault;

static bool fails(void)
{
    if (!fault.is_inside || fault.left < 0)
        return false;
    if (fault.left > 0) {
        fault.left--;
        return false;
    }
    fault.left = fault.is_sticky ? 0 : -1;
    fault.hits++;
    return true;
}

static void *fault_alloc(size_t size)
{
    return fails() ? NULL : calloc(1, size);
}

static void *fault_resize(void *at, size_t size)
{
    return fails() ? NULL : realloc(at, size);
}

static void on_step(bool begins)
{
    fault.is_inside = begins;
}

/* A session of two nodes that both have something, in which the nth allocation fails. True when none failed. */
static bool survives(long nth, bool is_sticky)
{
    static const struct smk_mem_ops ops = {fault_alloc, fault_resize, free};
    struct two t;
    two_init(&t);
    memory_node_edit(&t.sec, "pub", 3);
    memory_node_edit(&t.ctod, "nat", 3);
    fault.left = nth;
    fault.is_sticky = is_sticky;
    fault.hits = 0;
    smk_mem_use(&ops);
    duel_once(&t.ctod, &t.sec, (struct duel_options){.on_step = on_step}, t.side);
    smk_mem_use(NULL);
    bool is_hit = fault.hits > 0;
    for (size_t i = 0; i < 2; i++) {
        enum smk_err err = t.side[i].err;
        bool is_fitting =
            err == SMK_OK || (is_hit && (err == SMK_ERR_NOMEM || err == SMK_ERR_PEER_ERROR ||
                                         err == SMK_ERR_CUT_LINE || err == SMK_ERR_UNKNOWN_PEER));
        cr_assert(is_fitting, "allocation %ld, side %zu: %s", nth, i, smk_err_name(err));
    }
    sync_two(&t, 2); /* whatever happened, the next session mends it */
    cr_assert(t.side[0].status.is_agreed, "allocation %ld: %s", nth, t.side[0].status.reason);
    cr_assert(is_equal(&t, "pub") && is_equal(&t, "nat"), "allocation %ld", nth);
    two_deinit(&t);
    return !is_hit;
}

Test(session_sync, a_session_that_finds_no_memory_dies_and_leaks_nothing, .timeout = 240)
{
    for (unsigned is_sticky = 0; is_sticky < 2; is_sticky++) {
        long n = 0;
        while (n < 2000 && !survives(n, is_sticky == 1))
            n++;
        cr_assert(gt(long, n, 50));
        cr_assert(lt(long, n, 2000)); /* ended because nothing failed */
    }
}
