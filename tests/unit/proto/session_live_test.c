#include "proto/batch.h"
#include "proto/hash.h"
#include "proto/session.h"
#include "tests/support/duel.h"
#include "tests/support/session_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(session_live, .init = start_crypto);

/* Two nodes that share `gov pub nat ...` and have agreed. */
struct live {
    struct test_world w;
    struct memory_node node[2];
    struct duel d;
};

static void live_init(struct live *l)
{
    test_world_init(&l->w);
    memory_node_init(&l->node[0], &l->w.coalition, &l->w.ctod);
    memory_node_init(&l->node[1], &l->w.coalition, &l->w.sec);
    memory_node_publish(&l->node[1], &l->w.coalition);
    memory_node_meet(&l->node[0], &l->w.coalition, &l->w.sec);
    memory_node_meet(&l->node[0], &l->w.coalition, &l->w.ctod);
    memory_node_edit(&l->node[1], "pub", 2);
    duel_begin(&l->d, &l->node[0], &l->node[1], (struct duel_options){.is_live = {true, true}});
    duel_run(&l->d, NULL, NULL);
    for (size_t i = 0; i < 2; i++)
        cr_assert(l->d.side[i].status.is_agreed);
}

static void live_deinit(struct live *l)
{
    duel_end(&l->d);
    memory_node_deinit(&l->node[0]);
    memory_node_deinit(&l->node[1]);
    test_world_deinit(&l->w);
}

static uint64_t line_bytes(const struct live *l)
{
    return l->d.side[0].status.line_bytes_sent + l->d.side[1].status.line_bytes_sent;
}

static void arrive(struct live *l, unsigned at)
{
    cr_assert(eq(int, duel_event(&l->d, at, (struct smk_event){.type = SMK_EV_ARRIVED}), SMK_OK));
    duel_run(&l->d, NULL, NULL);
}

static void arrive_with_errors(struct live *l, unsigned at)
{
    (void)duel_event(&l->d, at, (struct smk_event){.type = SMK_EV_ARRIVED});
    duel_run(&l->d, NULL, NULL);
}

/* ---- pushing ---- */

Test(session_live, what_one_commits_the_other_gets_once)
{
    struct live l;
    live_init(&l);
    for (unsigned at = 0; at < 2; at++) {
        uint64_t sent = l.d.side[at].status.records_sent, echoed = l.d.side[1 - at].status.records_sent;
        memory_node_edit(&l.node[at], "nat", 3);
        memory_node_edit(&l.node[at], "nat", 3);
        arrive(&l, at);
        cr_assert(eq(u64, l.d.side[at].status.records_sent, sent + 3)); /* with the open */
        cr_assert(eq(u64, l.d.side[1 - at].status.records_sent, echoed));
        arrive(&l, 1 - at); /* the other looks at its arrivals, among them these */
        cr_assert(eq(u64, l.d.side[1 - at].status.records_sent, echoed));
        cr_assert(l.d.side[0].status.is_agreed && l.d.side[1].status.is_agreed);
    }
    cr_assert(eq(u64, memory_node_records(&l.node[0], "nat"), memory_node_records(&l.node[1], "nat")));
    live_deinit(&l);
}

Test(session_live, a_pushed_record_costs_little_more_than_itself)
{
    struct live l;
    live_init(&l);
    memory_node_edit(&l.node[0], "nat", 3);
    arrive(&l, 0);
    uint64_t before = line_bytes(&l);
    memory_node_edit(&l.node[0], "nat", 3);
    arrive(&l, 0);
    const struct memory_log *log = &l.node[0].log[l.node[0].log_count - 1];
    uint64_t record = log->record[log->count - 1].record.payload.len + SMK_SIGNATURE_BYTES + SMK_SALT_BYTES;
    uint64_t cost = line_bytes(&l) - before - record;
    printf("a pushed record: %u bytes besides payload, signature and salt, both ways\n", (unsigned)cost);
    cr_assert(le(u64, cost, 160)); /* author, incarnation, time; the acknowledgement; two frames */
    live_deinit(&l);
}

Test(session_live, what_is_not_shared_is_not_pushed)
{
    struct live l;
    live_init(&l);
    uint64_t before = line_bytes(&l);
    memory_node_edit(&l.node[0], "org:ctod", 3);
    memory_node_edit(&l.node[1], "org:sec", 3);
    memory_node_edit(&l.node[1], "dm:0301", 3);
    arrive(&l, 0);
    arrive(&l, 1);
    cr_assert(eq(u64, line_bytes(&l), before));
    live_deinit(&l);
}

Test(session_live, thousands_of_new_logs_are_pushed_or_found_by_comparing, .timeout = 120)
{
    struct live l;
    live_init(&l);
    for (unsigned i = 0; i < 4200; i++) { /* more than are remembered, and more than wait at once */
        memory_node_renew(&l.node[0], i);
        memory_node_edit(&l.node[0], i % 2 == 0 ? "pub" : "nat", 1);
    }
    arrive(&l, 0);
    for (unsigned i = 0; i < 3 && !l.d.side[0].status.is_agreed; i++)
        (void)duel_wait(&l.d);
    cr_assert(l.d.side[0].status.is_agreed && l.d.side[1].status.is_agreed);
    cr_assert(eq(u64, memory_node_records(&l.node[0], "pub"), memory_node_records(&l.node[1], "pub")));
    cr_assert(eq(u64, memory_node_records(&l.node[0], "nat"), memory_node_records(&l.node[1], "nat")));
    live_deinit(&l);
}

Test(session_live, a_push_that_was_refused_leads_to_another_comparison)
{
    for (unsigned at = 0; at < 2; at++) {
        struct live l;
        live_init(&l);
        unsigned agreements = l.d.side[0].notices[SMK_NOTICE_AGREED];
        l.node[1 - at].refusal = SMK_ERR_GAP;
        memory_node_edit(&l.node[at], "nat", 3);
        cr_assert(eq(int, duel_event(&l.d, at, (struct smk_event){.type = SMK_EV_ARRIVED}), SMK_OK));
        while (l.d.side[1 - at].batch_count == 0) /* until the push has come */
            cr_assert(eq(int,
                         duel_event(&l.d, 1 - at,
                                    (struct smk_event){.type = SMK_EV_RECEIVED,
                                                       .received = smk_buf_view(&l.d.side[1 - at].inbox)}),
                         SMK_OK));
        smk_buf_reset(&l.d.side[1 - at].inbox);
        struct smk_event refused = {.type = SMK_EV_STORED, .verdict = SMK_ERR_GAP};
        refused.ticket = l.d.side[1 - at].batch[0].ticket;
        smk_buf_deinit(&l.d.side[1 - at].batch[0].message);
        l.d.side[1 - at].batch_count = 0;
        l.node[1 - at].refusal = SMK_OK;
        cr_assert(eq(int, duel_event(&l.d, 1 - at, refused), SMK_OK));
        duel_run(&l.d, NULL, NULL);
        cr_assert(l.d.side[0].status.is_agreed && l.d.side[1].status.is_agreed, "side %u", at);
        cr_assert(eq(u32, l.d.side[0].notices[SMK_NOTICE_AGREED], agreements + 1));
        cr_assert(eq(u64, memory_node_records(&l.node[0], "nat"), memory_node_records(&l.node[1], "nat")));
        live_deinit(&l);
    }
}

Test(session_live, new_rights_open_new_scopes_at_once)
{
    struct live l;
    live_init(&l);
    struct smk_decision d = test_organisation("ctod", "member", "02 03");
    struct smk_decision old = test_organisation("ctod", "member", "02");
    struct smk_buf body = {.max = 4096};
    uint8_t hash[SMK_HASH_BYTES];
    memory_node_edit(&l.node[1], "dm:0301", 3);
    arrive(&l, 1);
    cr_assert(eq(u64, memory_node_records(&l.node[0], "dm:0301"), 0));
    smk_decision_encode(&old, &body);
    smk_decision_hash(smk_buf_view(&body), hash);
    test_replace(&d, hash);
    test_decide(&l.w.coalition, &d, hash);
    memory_node_publish(&l.node[1], &l.w.coalition);
    arrive(&l, 1);
    cr_assert(eq(u64, memory_node_records(&l.node[0], "dm:0301"), 2));
    cr_assert(l.d.side[0].status.is_agreed && l.d.side[1].status.is_agreed);
    smk_buf_deinit(&body);
    live_deinit(&l);
}

Test(session_live, a_disk_that_fills_up_ends_the_session_in_order)
{
    for (unsigned full = 0; full < 2; full++) {
        struct live l;
        live_init(&l);
        l.node[full].room = 0;
        memory_node_edit(&l.node[1 - full], "nat", 3);
        arrive(&l, 1 - full);
        for (unsigned i = 0; i < 2; i++)
            cr_assert(l.d.side[i].is_over && l.d.side[i].err == SMK_OK && l.d.side[i].status.is_complete,
                      "full %u, side %u: %s", full, i, l.d.side[i].status.reason);
        cr_assert(eq(u64, memory_node_records(&l.node[full], "nat"), 0));
        live_deinit(&l);
    }
}

Test(session_live, a_store_that_fails_ends_the_session_with_that_error)
{
    static const struct {
        enum smk_err verdict;
        uint64_t code; /* that the peer is told */
    } row[] = {{SMK_ERR_STORE_IO, 14}, {SMK_ERR_STORE_BUSY, 10}, {SMK_ERR_NOMEM, 10}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct live l;
        live_init(&l);
        l.node[1].refusal = row[i].verdict;
        memory_node_edit(&l.node[0], "nat", 3);
        arrive_with_errors(&l, 0);
        cr_assert(eq(int, l.d.side[1].err, row[i].verdict));
        cr_assert(eq(int, l.d.side[0].err, SMK_ERR_PEER_ERROR));
        cr_assert(eq(u64, l.d.side[0].status.peer_code, row[i].code));
        live_deinit(&l);
    }
}

/* ---- time ---- */

Test(session_live, a_quiet_line_is_kept_alive_by_comparing)
{
    struct live l;
    live_init(&l);
    (void)duel_wait(&l.d); /* the first comparison: since then nothing has moved */
    uint64_t before = line_bytes(&l), begin_ms = l.d.now_ms;
    for (unsigned i = 0; i < 10; i++)
        cr_assert(duel_wait(&l.d));
    cr_assert(eq(u64, l.d.now_ms - begin_ms, 10 * SMK_KEEPALIVE_MS));
    cr_assert(eq(u64, line_bytes(&l) - before, 10 * 118));
    for (unsigned at = 0; at < 2; at++) {
        cr_assert(not(l.d.side[at].is_over));
        cr_assert(eq(u32, l.d.side[at].notices[SMK_NOTICE_AGREED], 1));
    }
    live_deinit(&l);
}

Test(session_live, a_quiet_session_says_now_and_then_that_both_are_still_equal)
{
    struct live l;
    live_init(&l);
    for (unsigned i = 0; i < 2 * 15 + 1; i++) /* twenty minutes of comparisons */
        cr_assert(duel_wait(&l.d));
    for (unsigned at = 0; at < 2; at++) {
        const struct smk_session_status *status = &l.d.side[at].status;
        cr_assert(ge(u32, l.d.side[at].notices[SMK_NOTICE_AGREED], 2), "side %u", at);
        cr_assert(le(u32, l.d.side[at].notices[SMK_NOTICE_AGREED], 3), "side %u", at);
        cr_assert(le(u64, l.d.wall_ms - status->compared_ms, SMK_KEEPALIVE_MS), "side %u", at);
    }
    uint64_t compared_ms = l.d.side[0].status.compared_ms;
    memory_node_edit(&l.node[0], "nat", 3);
    arrive(&l, 0); /* a push is no comparison */
    cr_assert(eq(u64, l.d.side[0].status.compared_ms, compared_ms));
    live_deinit(&l);
}

Test(session_live, a_silent_peer_is_given_up_after_two_minutes)
{
    struct session_fixture f;
    session_fixture_init(&f);
    for (unsigned role = 0; role < 2; role++) {
        struct puppet p;
        struct smk_buf b = {.max = 4096};
        uint8_t digest[SMK_HASH_BYTES];
        puppet_begin(&p, &f.node, &f.w.ctod, (struct puppet_options){.is_initiator = role == 0});
        cr_assert(eq(int, puppet_shake(&p), SMK_OK));
        puppet_digest(&p, "gov pub", digest);
        puppet_hello(&p, NULL, digest, &b);
        cr_assert(eq(int, puppet_say(&p, SMK_MESSAGE_HELLO, smk_buf_view(&b)), SMK_OK));
        cr_assert(eq(int, puppet_time(&p, SMK_SILENCE_TIMEOUT_MS - 1), SMK_OK));
        cr_assert(eq(int, puppet_time(&p, 1), SMK_ERR_SILENT));
        puppet_end(&p);
        smk_buf_deinit(&b);
    }
    session_fixture_deinit(&f);
}

Test(session_live, a_line_lives_twelve_hours, .timeout = 60)
{
    struct live l;
    live_init(&l);
    uint64_t begin_ms = l.d.now_ms;
    while (!l.d.side[0].is_over)
        cr_assert(duel_wait(&l.d));
    cr_assert(eq(u64, l.d.now_ms - begin_ms, SMK_SESSION_AGE_MAX_MS));
    for (unsigned at = 0; at < 2; at++)
        cr_assert(l.d.side[at].err == SMK_OK && l.d.side[at].status.is_complete);
    live_deinit(&l);
}

/* ---- the end ---- */

Test(session_live, a_stop_waits_for_what_is_under_way)
{
    for (unsigned at = 0; at < 2; at++) {
        struct live l;
        live_init(&l);
        l.d.options.has_to_wait_to_store = true;
        memory_node_edit(&l.node[0], "nat", 3);
        cr_assert(eq(int, duel_event(&l.d, 0, (struct smk_event){.type = SMK_EV_ARRIVED}), SMK_OK));
        while (l.d.side[1].batch_count == 0)
            cr_assert(eq(int,
                         duel_event(&l.d, 1,
                                    (struct smk_event){.type = SMK_EV_RECEIVED,
                                                       .received = smk_buf_view(&l.d.side[1].inbox)}),
                         SMK_OK));
        smk_buf_reset(&l.d.side[1].inbox);
        cr_assert(eq(int, duel_event(&l.d, at, (struct smk_event){.type = SMK_EV_STOP}), SMK_OK));
        cr_assert(not(l.d.side[at].is_over)); /* one side waits for its ack, the other for its disk */
        duel_run(&l.d, NULL, NULL);
        for (unsigned i = 0; i < 2; i++)
            cr_assert(l.d.side[i].err == SMK_OK && l.d.side[i].status.is_complete, "stopped by %u, side %u",
                      at, i);
        cr_assert(eq(u64, memory_node_records(&l.node[1], "nat"), 2));
        cr_assert(eq(u64, l.d.side[0].status.records_sent, 2));
        live_deinit(&l);
    }
}

Test(session_live, both_may_stop_at_once)
{
    struct live l;
    live_init(&l);
    for (unsigned at = 0; at < 2; at++)
        cr_assert(eq(int, duel_event(&l.d, at, (struct smk_event){.type = SMK_EV_STOP}), SMK_OK));
    duel_run(&l.d, NULL, NULL);
    for (unsigned i = 0; i < 2; i++)
        cr_assert(l.d.side[i].err == SMK_OK && l.d.side[i].status.is_complete);
    live_deinit(&l);
}

Test(session_live, a_peer_that_does_not_close_is_not_waited_for_for_ever)
{
    struct session_fixture f;
    struct puppet p;
    struct smk_buf b = {.max = 4096};
    uint8_t digest[SMK_HASH_BYTES];
    session_fixture_init(&f);
    puppet_begin(&p, &f.node, &f.w.ctod, (struct puppet_options){.is_initiator = true});
    cr_assert(eq(int, puppet_shake(&p), SMK_OK));
    puppet_digest(&p, "gov pub", digest);
    puppet_hello(&p, NULL, digest, &b);
    cr_assert(eq(int, puppet_say(&p, SMK_MESSAGE_HELLO, smk_buf_view(&b)), SMK_OK));
    memory_node_edit(&f.node, "nat", 1);
    cr_assert(eq(int, puppet_event(&p, (struct smk_event){.type = SMK_EV_ARRIVED}), SMK_OK));
    cr_assert(eq(int, puppet_event(&p, (struct smk_event){.type = SMK_EV_STOP}), SMK_OK));
    cr_assert(eq(sz, p.up.to_send.len, 0)); /* the push is not acknowledged */
    cr_assert(eq(int, puppet_event(&p, (struct smk_event){.type = SMK_EV_SENT}), SMK_OK));
    cr_assert(eq(sz, p.up.to_send.len, 0));
    uint64_t wait_ms = p.up.wake_at.ms - p.now_ms;
    cr_assert(eq(int, puppet_time(&p, wait_ms), SMK_OK));
    cr_assert(gt(sz, p.up.to_send.len, 0)); /* close */
    wait_ms = p.up.wake_at.ms - p.now_ms;
    cr_assert(eq(int, puppet_time(&p, wait_ms), SMK_ERR_SILENT));
    cr_assert(not(p.status.is_complete));
    puppet_end(&p);
    smk_buf_deinit(&b);
    session_fixture_deinit(&f);
}

Test(session_live, a_close_with_a_code_or_a_wrong_count_is_not_complete)
{
    static const struct {
        uint64_t code, extra;
        enum smk_err err;
        bool is_complete;
    } row[] = {{0, 0, SMK_OK, true}, {0, 1, SMK_OK, false}, {10, 0, SMK_ERR_PEER_ERROR, false}};
    struct session_fixture f;
    session_fixture_init(&f);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct puppet p;
        struct smk_buf b = {.max = 4096};
        uint8_t digest[SMK_HASH_BYTES];
        puppet_begin(&p, &f.node, &f.w.ctod, (struct puppet_options){.is_initiator = true});
        cr_assert(eq(int, puppet_shake(&p), SMK_OK));
        puppet_digest(&p, "gov pub", digest);
        puppet_hello(&p, NULL, digest, &b);
        cr_assert(eq(int, puppet_say(&p, SMK_MESSAGE_HELLO, smk_buf_view(&b)), SMK_OK));
        smk_buf_reset(&b);
        smk_close_encode(&(struct smk_close){row[i].code, 1 + row[i].extra}, &b);
        cr_assert(eq(int, puppet_say(&p, SMK_MESSAGE_CLOSE, smk_buf_view(&b)), row[i].err));
        cr_assert(p.up.is_finished);
        cr_assert(eq(u8, p.status.is_complete, row[i].is_complete));
        cr_assert(eq(u64, p.status.peer_code, row[i].code));
        cr_assert(eq(int, (int)p.up.notice[0], SMK_NOTICE_PEER_CLOSED));
        struct smk_bytes body;
        cr_assert(eq(u8, puppet_await(&p, SMK_MESSAGE_CLOSE, &body), row[i].code == 0));
        puppet_end(&p);
        smk_buf_deinit(&b);
    }
    session_fixture_deinit(&f);
}

Test(session_live, a_line_that_is_cut_is_never_complete)
{
    struct live l;
    live_init(&l);
    for (unsigned at = 0; at < 2; at++) {
        cr_assert(
            eq(int, duel_event(&l.d, at, (struct smk_event){.type = SMK_EV_LINE_CLOSED}), SMK_ERR_CUT_LINE));
        cr_assert(not(l.d.side[at].status.is_complete));
        cr_assert(not(l.d.side[at].status.is_agreed));
    }
    live_deinit(&l);
}
