#include "proto/batch.h"
#include "proto/hash.h"
#include "proto/session.h"
#include "tests/support/session_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(session_hostile, .init = start_crypto);

/* The puppet is ctod and has the word; the session is of the secretariat. */
struct talk {
    struct session_fixture f;
    struct puppet p;
    struct smk_buf b; /* the next message of the puppet */
};

static enum smk_err say(struct talk *t, uint8_t type)
{
    enum smk_err err = puppet_say(&t->p, type, smk_buf_view(&t->b));
    smk_buf_reset(&t->b);
    return err;
}

static void talk_hello(struct talk *t, bool is_initiator, const char *digest_of)
{
    uint8_t digest[SMK_HASH_BYTES];
    t->b = (struct smk_buf){.max = SMK_MESSAGE_BYTES_MAX};
    puppet_begin(&t->p, &t->f.node, &t->f.w.ctod, (struct puppet_options){.is_initiator = is_initiator});
    cr_assert(eq(int, puppet_shake(&t->p), SMK_OK));
    puppet_digest(&t->p, digest_of, digest);
    puppet_hello(&t->p, NULL, digest, &t->b);
    cr_assert(eq(int, say(t, SMK_MESSAGE_HELLO), SMK_OK));
}

/* Live: the digests were equal. */
static void talk_live(struct talk *t, bool is_initiator)
{
    session_fixture_init(&t->f);
    talk_hello(t, is_initiator, "gov pub");
}

/* A round about pub, which ctod says not to have. */
static void talk_round(struct talk *t)
{
    struct smk_scope_root gov = {.scope = smk_scope_of("gov")};
    session_fixture_init(&t->f);
    talk_hello(t, true, "nat");
    memory_node_root(&t->f.node, "gov", gov.root);
    smk_roots_encode(1, &gov, 1, &t->b);
    cr_assert(eq(int, say(t, SMK_MESSAGE_ROOTS), SMK_OK));
}

static void talk_end(struct talk *t)
{
    puppet_end(&t->p);
    smk_buf_deinit(&t->b);
    session_fixture_deinit(&t->f);
}

/* ---- scopes ---- */

Test(session_hostile, a_scope_that_is_not_shared_is_denied)
{
    static const char *const scope[] = {"dm:0301", "org:sec", "org:ctod", "wit:org:sec"};
    static const uint8_t type[] = {SMK_MESSAGE_TREE, SMK_MESSAGE_WANT, SMK_MESSAGE_LACK, SMK_MESSAGE_RECORDS};
    for (size_t i = 0; i < sizeof scope / sizeof scope[0]; i++) {
        for (size_t k = 0; k < sizeof type; k++) {
            struct talk t;
            struct smk_scope denied = smk_scope_of(scope[i]);
            struct smk_want_run run = {.from = 1, .to = 1};
            struct smk_lack lack = {.scope = denied, .from = 1};
            talk_round(&t);
            if (type[k] == SMK_MESSAGE_TREE)
                smk_tree_message_encode(&denied, 0, (struct smk_bytes){0}, false, &t.b);
            if (type[k] == SMK_MESSAGE_WANT) {
                smk_want_begin(&denied, 1, &t.b);
                smk_want_run_encode(&run, &t.b);
            }
            if (type[k] == SMK_MESSAGE_LACK)
                smk_lack_encode(&lack, &t.b);
            if (type[k] == SMK_MESSAGE_RECORDS) {
                struct smk_batch_writer w;
                struct test_run *r = malloc(sizeof *r);
                test_run_init(r, &t.f.w.coalition, &t.f.w.ctod, scope[i], 1);
                test_run_fill(r, 1);
                smk_batch_writer_init(&w, &denied);
                smk_batch_writer_add(&w, &r->record[0]);
                cr_assert(eq(int, smk_batch_writer_finish(&w, 1, &t.b), SMK_OK));
                smk_batch_writer_deinit(&w);
                test_run_deinit(r);
                free(r);
            }
            cr_assert(eq(int, say(&t, type[k]), SMK_ERR_SCOPE_DENIED), "%s, message %u", scope[i],
                      (unsigned)type[k]);
            cr_assert(not(t.p.up.has_batch));
            talk_end(&t);
        }
    }
}

Test(session_hostile, roots_of_a_scope_that_is_not_shared_are_denied)
{
    struct talk t;
    struct smk_scope_root at[2] = {{.scope = smk_scope_of("gov")}, {.scope = smk_scope_of("org:sec")}};
    session_fixture_init(&t.f);
    talk_hello(&t, true, "nat");
    memory_node_root(&t.f.node, "gov", at[0].root);
    smk_roots_encode(1, at, 2, &t.b);
    cr_assert(eq(int, say(&t, SMK_MESSAGE_ROOTS), SMK_ERR_SCOPE_DENIED));
    talk_end(&t);
}

/* Arrives from elsewhere: ctod is a donor from now on, and no longer holds `nat`. */
static void make_donor(struct talk *t)
{
    struct smk_decision d = test_organisation("ctod", "donor", ""),
                        old = test_organisation("ctod", "member", "02");
    struct smk_buf body = {.max = 4096};
    uint8_t hash[SMK_HASH_BYTES];
    smk_decision_encode(&old, &body);
    smk_decision_hash(smk_buf_view(&body), hash);
    test_replace(&d, hash);
    test_decide(&t->f.w.coalition, &d, hash);
    memory_node_publish(&t->f.node, &t->f.w.coalition);
    smk_buf_deinit(&body);
}

/* Counts the messages of a type that the session has said by now. */
static unsigned hear_all(struct talk *t, uint8_t type)
{
    struct smk_message_view m;
    unsigned count = 0;
    while (t->p.up.has_more)
        cr_assert(eq(int, puppet_event(&t->p, (struct smk_event){.type = SMK_EV_SENT}), SMK_OK));
    while ((m = puppet_hear(&t->p)).type != 0)
        count += m.type == type;
    return count;
}

Test(session_hostile, what_was_asked_for_is_not_given_once_the_rights_have_ended, .timeout = 60)
{
    for (unsigned has_rights = 0; has_rights < 2; has_rights++) {
        struct talk t;
        struct smk_scope nat = smk_scope_of("nat");
        struct smk_scope_root gov = {.scope = smk_scope_of("gov")};
        session_fixture_init(&t.f);
        for (unsigned i = 0; i < 200; i++)
            memory_node_edit(&t.f.node, "nat", 15000); /* 9 MB: more than is given without an answer */
        talk_hello(&t, true, "pub");
        memory_node_root(&t.f.node, "gov", gov.root);
        smk_roots_encode(1, &gov, 1, &t.b);
        cr_assert(eq(int, say(&t, SMK_MESSAGE_ROOTS), SMK_OK));
        smk_want_begin(&nat, 1, &t.b);
        struct smk_want_run run = {.from = 1, .to = 201};
        memcpy(run.author, t.f.w.sec.sign.public_key, SMK_KEY_BYTES);
        memcpy(run.incarnation, t.f.node.incarnation, SMK_INCARNATION_BYTES);
        smk_want_run_encode(&run, &t.b);
        cr_assert(eq(int, say(&t, SMK_MESSAGE_WANT), SMK_OK));
        unsigned given = hear_all(&t, SMK_MESSAGE_RECORDS), more = 0;
        cr_assert(gt(u32, given, 2));
        if (has_rights == 0)
            make_donor(&t);
        for (uint64_t acked = 1; acked <= given; acked++) {
            smk_ack_encode(&(struct smk_ack){.batch = acked}, &t.b);
            cr_assert(eq(int, say(&t, SMK_MESSAGE_ACK), SMK_OK));
            more += hear_all(&t, SMK_MESSAGE_RECORDS);
        }
        cr_assert(eq(int, more > 0, has_rights == 1), "%u batches more", more);
        talk_end(&t);
    }
}

Test(session_hostile, rights_that_end_in_mid_session_count_at_once)
{
    struct talk t;
    talk_round(&t);
    struct smk_scope scope = smk_scope_of("nat");
    smk_tree_message_encode(&scope, 0, (struct smk_bytes){0}, false, &t.b);
    cr_assert(eq(int, say(&t, SMK_MESSAGE_TREE), SMK_ERR_UNEXPECTED)); /* shared, only not in this round */
    talk_end(&t);

    talk_round(&t);
    make_donor(&t);
    smk_tree_message_encode(&scope, 0, (struct smk_bytes){0}, false, &t.b);
    cr_assert(eq(int, say(&t, SMK_MESSAGE_TREE), SMK_ERR_SCOPE_DENIED));
    talk_end(&t);
}

/* The session has told its roots, that of `nat` among them; before it hears the puppet's, ctod has become a donor. */
Test(session_hostile, no_walk_begins_in_a_scope_that_is_not_shared_any_more)
{
    for (unsigned has_rights = 0; has_rights < 2; has_rights++) {
        struct talk t;
        struct smk_scope_root gov = {.scope = smk_scope_of("gov")};
        struct smk_bytes body;
        session_fixture_init(&t.f);
        memory_node_edit(&t.f.node, "nat", 10);
        talk_hello(&t, false, "pub");
        cr_assert(puppet_await(&t.p, SMK_MESSAGE_ROOTS, &body));
        memory_node_root(&t.f.node, "gov", gov.root);
        if (has_rights == 0)
            make_donor(&t);
        smk_roots_encode(1, &gov, 1, &t.b);
        cr_assert(eq(int, say(&t, SMK_MESSAGE_ROOTS), SMK_OK));
        cr_assert(eq(int, puppet_await(&t.p, has_rights ? SMK_MESSAGE_TREE : SMK_MESSAGE_CLOSE, &body), 1));
        cr_assert(eq(int, t.p.status.reason[0] != '\0', has_rights == 0));
        talk_end(&t);
    }
}

/* ---- credit ---- */

static void pack_batch(struct talk *t, uint64_t number, size_t records, size_t letters)
{
    struct smk_scope nat = smk_scope_of("nat");
    struct test_run *r = malloc(sizeof *r);
    struct smk_batch_writer w;
    test_run_init(r, &t->f.w.coalition, &t->f.w.ctod, "nat", 1);
    test_run_open(r);
    for (size_t i = 1; i < records; i++)
        test_run_edit(r, letters);
    smk_batch_writer_init(&w, &nat);
    for (size_t i = 0; i < records; i++)
        smk_batch_writer_add(&w, &r->record[i]);
    smk_buf_reset(&t->b);
    cr_assert(eq(int, smk_batch_writer_finish(&w, number, &t->b), SMK_OK));
    smk_batch_writer_deinit(&w);
    test_run_deinit(r);
    free(r);
}

Test(session_hostile, more_bytes_than_granted_end_the_session, .timeout = 30)
{
    struct talk t;
    size_t bytes = 0;
    talk_live(&t, true);
    for (uint64_t number = 1;; number++) {
        pack_batch(&t, number, 16, 20000); /* 960 kB */
        size_t len = t.b.len;
        enum smk_err err = say(&t, SMK_MESSAGE_RECORDS);
        if (bytes + len > SMK_CREDIT_BYTES) {
            cr_assert(eq(int, err, SMK_ERR_CREDIT));
            break;
        }
        cr_assert(eq(int, err, SMK_OK));
        cr_assert(t.p.up.has_batch);
        cr_assert(eq(u64, t.p.up.batch.ticket, number));
        bytes += len;
    }
    cr_assert(gt(sz, bytes, SMK_CREDIT_BYTES - SMK_MESSAGE_BYTES_MAX));
    talk_end(&t);
}

Test(session_hostile, more_batches_than_granted_end_the_session)
{
    struct talk t;
    talk_live(&t, true);
    for (uint64_t number = 1; number <= SMK_BATCHES_UNDER_WAY_MAX; number++) {
        pack_batch(&t, number, 1, 1);
        cr_assert(eq(int, say(&t, SMK_MESSAGE_RECORDS), SMK_OK));
    }
    struct smk_event stored = {.type = SMK_EV_STORED, .ticket = 17}; /* in any order */
    cr_assert(eq(int, puppet_event(&t.p, stored), SMK_OK));
    pack_batch(&t, SMK_BATCHES_UNDER_WAY_MAX + 1, 1, 1);
    cr_assert(eq(int, say(&t, SMK_MESSAGE_RECORDS), SMK_OK));
    pack_batch(&t, SMK_BATCHES_UNDER_WAY_MAX + 2, 1, 1);
    cr_assert(eq(int, say(&t, SMK_MESSAGE_RECORDS), SMK_ERR_CREDIT));
    talk_end(&t);
}

Test(session_hostile, batches_are_counted_without_gaps)
{
    static const uint64_t number[] = {0, 2, UINT64_MAX};
    for (size_t i = 0; i < sizeof number / sizeof number[0]; i++) {
        struct talk t;
        talk_live(&t, true);
        pack_batch(&t, number[i], 1, 1);
        cr_assert(eq(int, say(&t, SMK_MESSAGE_RECORDS), SMK_ERR_UNEXPECTED));
        talk_end(&t);
    }
}

Test(session_hostile, more_wanted_runs_than_granted_end_the_session)
{
    struct talk t;
    struct smk_scope pub = smk_scope_of("pub");
    talk_round(&t);
    t.f.node.read_error = SMK_ERR_STORE_BUSY; /* nothing may be served meanwhile, so ask in one delivery */
    struct smk_buf line = {.max = 1 << 20};
    for (unsigned m = 0; m < 5; m++) {
        smk_want_begin(&pub, SMK_WANT_RUNS_MAX, &t.b);
        for (unsigned i = 0; i < SMK_WANT_RUNS_MAX; i++) {
            struct smk_want_run run = {.from = 1, .to = 2};
            run.author[0] = (uint8_t)i;
            run.author[1] = (uint8_t)m;
            smk_want_run_encode(&run, &t.b);
        }
        cr_assert(
            eq(int, smk_channel_send(&t.p.channel, SMK_MESSAGE_WANT, smk_buf_view(&t.b), &line), SMK_OK));
        smk_buf_reset(&t.b);
    }
    cr_assert(eq(int, puppet_deliver(&t.p, smk_buf_view(&line)), SMK_ERR_CREDIT));
    smk_buf_deinit(&line);
    talk_end(&t);
}

Test(session_hostile, a_giver_stops_when_its_credit_is_used_up, .timeout = 60)
{
    struct talk t;
    struct smk_scope pub = smk_scope_of("pub");
    size_t bytes = 0;
    unsigned batches = 0;
    talk_round(&t);
    for (unsigned i = 0; i < 200; i++)
        memory_node_edit(&t.f.node, "pub", 15000); /* 9 MB */
    smk_want_begin(&pub, 1, &t.b);
    struct smk_want_run run = {.from = 1, .to = 202};
    memcpy(run.author, t.f.w.sec.sign.public_key, SMK_KEY_BYTES);
    memcpy(run.incarnation, t.f.node.incarnation, SMK_INCARNATION_BYTES);
    smk_want_run_encode(&run, &t.b);
    cr_assert(eq(int, say(&t, SMK_MESSAGE_WANT), SMK_OK));
    uint64_t acked = 0;
    for (unsigned turn = 0; turn < 300; turn++) {
        struct smk_message_view m;
        while (t.p.up.has_more)
            cr_assert(eq(int, puppet_event(&t.p, (struct smk_event){.type = SMK_EV_SENT}), SMK_OK));
        while ((m = puppet_hear(&t.p)).type != 0) {
            if (m.type == SMK_MESSAGE_RECORDS) {
                bytes += m.body.len;
                batches++;
            }
        }
        cr_assert(le(sz, bytes, SMK_CREDIT_BYTES));
        if (acked == batches)
            break;
        if (turn < 4)
            continue; /* it does not go on by itself */
        smk_ack_encode(&(struct smk_ack){.batch = ++acked}, &t.b);
        bytes -= bytes / (batches - acked + 1); /* about one batch less */
        cr_assert(eq(int, say(&t, SMK_MESSAGE_ACK), SMK_OK));
    }
    cr_assert(eq(u64, acked, batches));
    cr_assert(eq(u64, t.p.status.records_sent, 202));
    talk_end(&t);
}

Test(session_hostile, an_ack_of_a_batch_that_is_not_under_way_ends_the_session)
{
    struct talk t;
    talk_live(&t, true);
    memory_node_edit(&t.f.node, "nat", 1);
    cr_assert(eq(int, puppet_event(&t.p, (struct smk_event){.type = SMK_EV_ARRIVED}), SMK_OK));
    smk_ack_encode(&(struct smk_ack){.batch = 1}, &t.b);
    cr_assert(eq(int, say(&t, SMK_MESSAGE_ACK), SMK_OK));
    smk_ack_encode(&(struct smk_ack){.batch = 1}, &t.b);
    cr_assert(eq(int, say(&t, SMK_MESSAGE_ACK), SMK_ERR_UNEXPECTED));
    talk_end(&t);
}

/* ---- rounds ---- */

Test(session_hostile, numbers_of_rounds_do_not_jump)
{
    static const uint64_t round[] = {0, 2, UINT64_MAX};
    for (size_t i = 0; i < 3; i++) {
        struct talk t;
        session_fixture_init(&t.f);
        talk_hello(&t, true, "nat");
        smk_roots_encode(round[i], NULL, 0, &t.b);
        cr_assert(eq(int, say(&t, SMK_MESSAGE_ROOTS), SMK_ERR_UNEXPECTED));
        talk_end(&t);

        talk_round(&t);
        smk_done_encode(round[i], &t.b);
        cr_assert(eq(int, say(&t, SMK_MESSAGE_DONE), SMK_ERR_UNEXPECTED));
        talk_end(&t);

        talk_live(&t, true);
        smk_compare_encode(&(struct smk_compare){.round = round[i] + 1}, &t.b);
        cr_assert(
            eq(int, say(&t, SMK_MESSAGE_COMPARE), round[i] == UINT64_MAX ? SMK_OK : SMK_ERR_UNEXPECTED));
        talk_end(&t);
    }
}

Test(session_hostile, done_before_the_walks_are_over_and_trees_out_of_turn_are_refused)
{
    struct talk t;
    struct smk_scope pub = smk_scope_of("pub");
    talk_round(&t);
    smk_done_encode(1, &t.b);
    cr_assert(eq(int, say(&t, SMK_MESSAGE_DONE), SMK_ERR_UNEXPECTED));
    talk_end(&t);

    talk_round(&t);
    smk_tree_message_encode(&pub, 0, (struct smk_bytes){0}, false, &t.b);
    cr_assert(eq(int, say(&t, SMK_MESSAGE_TREE), SMK_OK)); /* asks nothing: the walk is over */
    smk_tree_message_encode(&pub, 0, (struct smk_bytes){0}, false, &t.b);
    cr_assert(eq(int, say(&t, SMK_MESSAGE_TREE), SMK_ERR_UNEXPECTED));
    talk_end(&t);
}

Test(session_hostile, a_lack_of_something_that_was_not_wanted_does_no_harm)
{
    struct talk t;
    struct smk_lack lack = {.scope = smk_scope_of("pub"), .from = 7, .code = 99};
    talk_round(&t);
    smk_lack_encode(&lack, &t.b);
    cr_assert(eq(int, say(&t, SMK_MESSAGE_LACK), SMK_OK));
    talk_end(&t);
}

/* ---- receipts ---- */

/* The session is the initiator: it has sent a receipt. */
Test(session_hostile, a_receipt_answer_must_be_signed_by_the_peer)
{
    struct talk t;
    uint8_t signature[SMK_SIGNATURE_BYTES] = {1};
    talk_live(&t, false);
    smk_receipt_answer_encode(signature, &t.b);
    cr_assert(eq(int, say(&t, SMK_MESSAGE_RECEIPT_ANSWER), SMK_ERR_BAD_BINDING));
    talk_end(&t);
}

Test(session_hostile, a_peer_that_always_says_moved_is_not_asked_again)
{
    struct talk t;
    struct smk_bytes body;
    talk_live(&t, false);
    cr_assert(puppet_await(&t.p, SMK_MESSAGE_RECEIPT, &body));
    smk_receipt_answer_encode(NULL, &t.b);
    cr_assert(eq(int, say(&t, SMK_MESSAGE_RECEIPT_ANSWER), SMK_OK));
    cr_assert(puppet_await(&t.p, SMK_MESSAGE_COMPARE, &body)); /* compares again */
    uint8_t digest[SMK_HASH_BYTES];
    puppet_digest(&t.p, "gov pub", digest);
    struct smk_compare same = {0};
    memcpy(same.digest, digest, sizeof digest);
    smk_compare_encode(&same, &t.b);
    cr_assert(eq(int, say(&t, SMK_MESSAGE_COMPARE), SMK_OK));
    cr_assert(not(puppet_await(&t.p, SMK_MESSAGE_RECEIPT, &body)));
    smk_receipt_answer_encode(NULL, &t.b);
    cr_assert(eq(int, say(&t, SMK_MESSAGE_RECEIPT_ANSWER), SMK_ERR_UNEXPECTED)); /* none was asked for */
    talk_end(&t);
}

Test(session_hostile, a_receipt_about_other_records_is_answered_with_moved)
{
    static const char *const why[] = {"another digest", "another count", "another scope", "not signed"};
    for (unsigned kind = 0; kind < 4; kind++) {
        struct talk t;
        struct smk_buf body = {.max = 4096};
        uint8_t digest[SMK_HASH_BYTES], object[SMK_HASH_BYTES];
        struct smk_receipt m = {0};
        talk_live(&t, true);
        puppet_digest(&t.p, kind == 0 ? "gov" : "gov pub", digest);
        smk_pack_array(&body, 4);
        smk_pack_bin(&body, SMK_BYTES(t.p.noise.hash));
        smk_pack_bin(&body, SMK_BYTES(digest));
        smk_pack_array(&body, 1);
        smk_pack_array(&body, 4);
        smk_pack_text(&body, kind == 2 ? "nat" : "pub");
        smk_pack_uint(&body, kind == 1);
        smk_pack_uint(&body, 0);
        smk_pack_uint(&body, 0);
        smk_pack_uint(&body, t.p.wall_ms);
        m.time_ms = t.p.wall_ms;
        smk_hash(SMK_PERSONAL_OBJECT, smk_buf_view(&body), object);
        cr_assert(eq(
            int, smk_sign(&t.f.w.ctod.sign, SMK_SIGN_SYNC_RECEIPT, t.f.w.coalition.id, object, m.signature),
            SMK_OK));
        m.signature[0] ^= kind == 3;
        smk_receipt_encode(&m, &t.b);
        cr_assert(eq(int, say(&t, SMK_MESSAGE_RECEIPT), SMK_OK), "%s", why[kind]);
        struct smk_bytes answer;
        cr_assert(eq(u8, puppet_await(&t.p, SMK_MESSAGE_RECEIPT_ANSWER, &answer), true), "%s", why[kind]);
        cr_assert(smk_bytes_is_equal(answer, SMK_BYTES(((const uint8_t[]){0x91, 0xc0}))), "%s", why[kind]);
        cr_assert(eq(u32, t.p.up.notice_count, 0));
        smk_buf_deinit(&body);
        talk_end(&t);
    }
}

/* ---- bytes ---- */

Test(session_hostile, a_frame_that_does_not_open_ends_the_session)
{
    struct talk t;
    uint8_t frame[2 + 40] = {0, 40};
    talk_live(&t, true);
    cr_assert(eq(int, puppet_deliver(&t.p, SMK_BYTES(frame)), SMK_ERR_DECRYPT));
    talk_end(&t);
    talk_live(&t, true);
    frame[1] = 16;
    cr_assert(eq(int, puppet_deliver(&t.p, SMK_BYTES(frame)), SMK_ERR_MALFORMED));
    talk_end(&t);
}

Test(session_hostile, a_message_longer_than_allowed_is_refused_from_its_length)
{
    struct talk t;
    uint8_t head[5] = {0x00, 0x11, 0x00, 0x01, 1}; /* 1,114,113 */
    uint8_t frame[2 + sizeof head + SMK_FRAME_TAG_BYTES] = {0, sizeof head + SMK_FRAME_TAG_BYTES};
    talk_live(&t, true);
    cr_assert(eq(int, smk_noise_cipher_seal(&t.p.channel.send, SMK_BYTES(head), frame + 2), SMK_OK));
    cr_assert(eq(int, puppet_deliver(&t.p, SMK_BYTES(frame)), SMK_ERR_TOO_BIG));
    talk_end(&t);
}

/* A caller that pours bytes in without ever going on is told that there is no room, before memory runs out. */
Test(session_hostile, bytes_that_nobody_looks_at_are_bounded, .timeout = 60)
{
    struct talk t;
    struct smk_buf line = {.max = 4 * SMK_MESSAGE_BYTES_MAX};
    enum smk_err err = SMK_OK;
    size_t poured = 0;
    talk_live(&t, true);
    pack_batch(&t, 1, 16, 20000);
    cr_assert(
        eq(int, smk_channel_send(&t.p.channel, SMK_MESSAGE_RECORDS, smk_buf_view(&t.b), &line), SMK_OK));
    pack_batch(&t, 2, 16, 20000);
    cr_assert(
        eq(int, smk_channel_send(&t.p.channel, SMK_MESSAGE_RECORDS, smk_buf_view(&t.b), &line), SMK_OK));
    cr_assert(eq(int, puppet_deliver(&t.p, smk_buf_view(&line)), SMK_OK));
    cr_assert(t.p.up.has_batch && t.p.up.has_more); /* the second waits for the next step */
    for (unsigned i = 0; i < 100 && err == SMK_OK; i++) {
        uint8_t *junk = calloc(1, 1 << 20);
        err = puppet_deliver(&t.p, (struct smk_bytes){junk, 1 << 20});
        poured += 1 << 20;
        free(junk);
    }
    cr_assert(eq(int, err, SMK_ERR_MALFORMED)); /* the junk comes up once the second batch was lent */
    cr_assert(le(sz, poured, 3 << 20));
    smk_buf_deinit(&line);
    talk_end(&t);
}

/* A peer that asks and asks and does not read: nothing is answered while the caller says that the line is full. */
Test(session_hostile, a_full_line_gets_no_more_answers)
{
    enum { QUESTIONS = 50 };
    struct talk t;
    struct smk_scope pub = smk_scope_of("pub");
    struct smk_buf line = {.max = SMK_MESSAGE_BYTES_MAX};
    talk_round(&t);
    smk_tree_message_encode(&pub, 0, (struct smk_bytes){0}, true,
                            &t.b); /* to be answered: there is more to come */
    for (unsigned i = 0; i < QUESTIONS; i++) {
        cr_assert(
            eq(int, smk_channel_send(&t.p.channel, SMK_MESSAGE_TREE, smk_buf_view(&t.b), &line), SMK_OK));
        struct smk_event ev = {
            .type = SMK_EV_RECEIVED, .received = smk_buf_view(&line), .is_line_full = true};
        size_t before = i == 0 ? 0 : t.p.up.unread_bytes;
        cr_assert(eq(int, puppet_event(&t.p, ev), SMK_OK));
        cr_assert(eq(sz, t.p.up.to_send.len, 0), "answered question %u", i);
        cr_assert(eq(sz, t.p.up.unread_bytes, before + line.len), "question %u", i);
        cr_assert(t.p.up.has_more);
        smk_buf_reset(&line);
    }
    cr_assert(eq(int, puppet_event(&t.p, (struct smk_event){.type = SMK_EV_SENT}), SMK_OK));
    cr_assert(eq(sz, t.p.up.unread_bytes, 0));
    struct smk_bytes body;
    for (unsigned i = 0; i < QUESTIONS; i++)
        cr_assert(puppet_await(&t.p, SMK_MESSAGE_TREE, &body), "question %u was never answered", i);
    smk_buf_deinit(&line);
    talk_end(&t);
}

Test(session_hostile, a_peer_that_does_not_read_is_stopped_all_the_same)
{
    struct talk t;
    talk_round(&t);
    cr_assert(
        eq(int, puppet_event(&t.p, (struct smk_event){.type = SMK_EV_STOP, .is_line_full = true}), SMK_OK));
    cr_assert(eq(sz, t.p.up.to_send.len, 0));
    for (unsigned i = 0; i < 2; i++) { /* its close, then the end */
        cr_assert(gt(u64, t.p.up.wake_at.ms, t.p.now_ms), "wake-up %u is in the past: a loop", i);
        t.p.now_ms = t.p.up.wake_at.ms;
        enum smk_err err = puppet_event(&t.p, (struct smk_event){.type = SMK_EV_TIME, .is_line_full = true});
        cr_assert(eq(int, err, i == 0 ? SMK_OK : SMK_ERR_SILENT));
        cr_assert(eq(u8, t.p.up.to_send.len > 0, i == 0));
    }
    talk_end(&t);
}
