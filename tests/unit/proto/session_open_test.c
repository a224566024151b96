#include "proto/hash.h"
#include "proto/session.h"
#include "tests/support/duel.h"
#include "tests/support/session_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(session_open, .init = start_crypto);

/* What a responder of the fixture's node answers to the first message of a peer. */
struct answer {
    enum smk_err err;
    uint64_t close_code; /* UINT64_MAX: not a byte */
    bool has_join;
};

static uint64_t close_code_heard(struct puppet *p)
{
    struct smk_bytes body;
    struct smk_tree tree = {0};
    struct smk_close close = {.code = UINT64_MAX};
    if (!puppet_await(p, SMK_MESSAGE_CLOSE, &body))
        return UINT64_MAX;
    cr_assert(eq(int, smk_tree_decode(body, SMK_WALK_PAYLOAD, &tree), SMK_OK));
    cr_assert(eq(int, smk_close_decode(tree.root, &close), SMK_OK));
    smk_tree_deinit(&tree);
    return close.code;
}

static struct answer answer_of(struct puppet *p, uint8_t type, struct smk_bytes body)
{
    struct answer a = {.close_code = UINT64_MAX};
    a.err = puppet_say(p, type, body);
    a.has_join = p->up.has_join;
    if (p->from_session.len > 0)
        a.close_code = close_code_heard(p);
    return a;
}

/* ---- the handshake ---- */

Test(session_open, a_caller_breaks_off_before_it_tells_a_stranger_who_it_is)
{
    struct session_fixture f;
    session_fixture_init(&f);
    static const uint8_t other[SMK_KEY_BYTES] = {1};
    const struct {
        const struct test_device *responder;
        const uint8_t *expected;
        enum smk_err err;
        const char *why;
    } row[] = {
        {&f.newcomer, NULL, SMK_ERR_UNKNOWN_PEER, "nobody here knows it"},
        {&f.w.ctod, other, SMK_ERR_UNKNOWN_PEER, "a member, but not the one that was called"},
        {&f.w.sec, NULL, SMK_ERR_UNKNOWN_PEER, "this node itself"},
        {&f.w.ctod, NULL, SMK_OK, "a member"},
        {&f.w.ctod, f.w.ctod.transport.public_key, SMK_OK, "the member that was called"},
        {&f.newcomer, f.newcomer.transport.public_key, SMK_OK, "a key that the user has named"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct puppet p;
        puppet_begin(&p, &f.node, row[i].responder,
                     (struct puppet_options){.expected_transport = row[i].expected});
        cr_assert(eq(int, puppet_shake(&p), row[i].err), "%s", row[i].why);
        cr_assert(eq(u64, p.status.handshake_bytes_sent, row[i].err == SMK_OK ? 100 : 34), "%s", row[i].why);
        cr_assert(eq(u64, p.status.handshake_bytes_received, 98), "%s", row[i].why);
        if (row[i].err != SMK_OK)
            cr_assert(eq(sz, p.from_session.len, 0), "%s", row[i].why);
        puppet_end(&p);
    }
    session_fixture_deinit(&f);
}

Test(session_open, a_handshake_with_a_wrong_frame_fails)
{
    static const struct {
        uint8_t bytes[40];
        size_t len;
        enum smk_err err;
        const char *why;
    } row[] = {
        {{0}, 1, SMK_OK, "half a length: more may come"},
        {{0, 32}, 33, SMK_OK, "a message that is not whole"},
        {{0, 31}, 33, SMK_ERR_HANDSHAKE, "a frame too short"},
        {{0, 33}, 35, SMK_ERR_HANDSHAKE, "a frame too long"},
        {{0, 0}, 2, SMK_ERR_HANDSHAKE, "an empty frame"},
        {{'G', 'E', 'T', ' '}, 4, SMK_ERR_HANDSHAKE, "another protocol"},
    };
    struct session_fixture f;
    session_fixture_init(&f);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct puppet p;
        puppet_begin(&p, &f.node, &f.w.ctod, (struct puppet_options){.is_initiator = true});
        cr_assert(eq(int, puppet_deliver(&p, (struct smk_bytes){row[i].bytes, row[i].len}), row[i].err), "%s",
                  row[i].why);
        cr_assert(eq(sz, p.up.to_send.len, 0));
        puppet_end(&p);
    }
    session_fixture_deinit(&f);
}

Test(session_open, a_handshake_in_another_coalition_fails)
{
    struct session_fixture f;
    struct test_coalition other;
    struct memory_node node;
    struct puppet p;
    session_fixture_init(&f);
    test_coalition_init(&other, 2, 2);
    memory_node_init(&node, &other, &f.w.sec);
    puppet_begin(&p, &f.node, &f.w.ctod, (struct puppet_options){.is_initiator = true});
    struct puppet q;
    puppet_begin(&q, &node, &f.w.ctod, (struct puppet_options){.is_initiator = false});
    /* the other coalition's initiator talks to the responder of ours */
    cr_assert(eq(int, puppet_deliver(&p, smk_buf_view(&q.from_session)), SMK_OK));
    enum smk_err err = puppet_deliver(&q, smk_buf_view(&p.from_session));
    cr_assert(eq(int, err, SMK_ERR_HANDSHAKE));
    puppet_end(&p);
    puppet_end(&q);
    memory_node_deinit(&node);
    test_coalition_deinit(&other);
    session_fixture_deinit(&f);
}

Test(session_open, a_handshake_ends_within_ten_seconds)
{
    struct session_fixture f;
    session_fixture_init(&f);
    for (unsigned role = 0; role < 2; role++) {
        struct puppet p;
        puppet_begin(&p, &f.node, &f.w.ctod, (struct puppet_options){.is_initiator = role == 0});
        cr_assert(eq(u64, p.up.wake_at.ms, p.now_ms + SMK_HANDSHAKE_TIMEOUT_MS));
        cr_assert(eq(int, puppet_time(&p, SMK_HANDSHAKE_TIMEOUT_MS - 1), SMK_OK));
        cr_assert(eq(int, puppet_time(&p, 1), SMK_ERR_SILENT));
        cr_assert(eq(sz, p.up.to_send.len, 0));
        puppet_end(&p);
    }
    session_fixture_deinit(&f);
}

/* ---- strangers ---- */

Test(session_open, a_stranger_hears_nothing_whatever_it_says)
{
    struct session_fixture f;
    session_fixture_init(&f);
    for (unsigned type = 0; type < 256; type++) {
        struct puppet p;
        if (type == SMK_MESSAGE_HELLO || type == SMK_MESSAGE_JOIN)
            continue;
        puppet_begin(&p, &f.node, &f.newcomer, (struct puppet_options){.is_initiator = true});
        cr_assert(eq(int, puppet_shake(&p), SMK_OK));
        smk_buf_reset(&p.from_session);
        struct answer a = answer_of(&p, (uint8_t)type, SMK_BYTES(((const uint8_t[]){0x90})));
        cr_assert(eq(int, a.err, SMK_ERR_UNKNOWN_PEER), "type %u", type);
        cr_assert(eq(u64, a.close_code, UINT64_MAX), "type %u", type);
        puppet_end(&p);
    }
    session_fixture_deinit(&f);
}

Test(session_open, a_stranger_that_says_nothing_is_dropped_after_ten_seconds)
{
    struct session_fixture f;
    struct puppet p;
    session_fixture_init(&f);
    puppet_begin(&p, &f.node, &f.newcomer, (struct puppet_options){.is_initiator = true});
    cr_assert(eq(int, puppet_shake(&p), SMK_OK));
    smk_buf_reset(&p.from_session);
    cr_assert(eq(int, puppet_time(&p, SMK_HANDSHAKE_TIMEOUT_MS), SMK_ERR_SILENT));
    cr_assert(eq(sz, p.up.to_send.len, 0));
    puppet_end(&p);
    session_fixture_deinit(&f);
}

/* ---- hello ---- */

static void pack_hello(struct puppet *p, const struct test_coalition *c, struct smk_buf *b)
{
    uint8_t digest[SMK_HASH_BYTES];
    puppet_digest(p, "gov", digest);
    puppet_hello(p, c, digest, b);
}

static struct answer hello_answer(struct session_fixture *f, const struct test_device *d,
                                  const struct test_coalition *c)
{
    struct puppet p;
    struct smk_buf b = {.max = 65536};
    puppet_begin(&p, &f->node, d, (struct puppet_options){.is_initiator = true});
    cr_assert(eq(int, puppet_shake(&p), SMK_OK));
    pack_hello(&p, c, &b);
    struct answer a = answer_of(&p, SMK_MESSAGE_HELLO, smk_buf_view(&b));
    cr_assert(eq(u8, p.status.is_bound, a.err == SMK_OK));
    puppet_end(&p);
    smk_buf_deinit(&b);
    return a;
}

Test(session_open, an_unknown_device_is_taken_by_its_certificate_alone)
{
    struct session_fixture f;
    session_fixture_init(&f);
    struct test_coalition *c = &f.w.coalition;
    struct answer a = hello_answer(&f, &f.newcomer, NULL);
    cr_assert(eq(int, a.err, SMK_ERR_UNKNOWN_AUTHOR));
    cr_assert(eq(u64, a.close_code, 4)); /* unknown_author: bring your certificate */

    test_certify(c, &f.newcomer, "ctod", "ctod-editor"); /* governance here has not heard of it yet */
    a = hello_answer(&f, &f.newcomer, c);
    cr_assert(eq(int, a.err, SMK_OK));

    a = hello_answer(&f, &f.w.ctod, NULL); /* known: needs none */
    cr_assert(eq(int, a.err, SMK_OK));
    session_fixture_deinit(&f);
}

/* A hello of the newcomer with the certificate of somebody else, or with a damaged one. */
Test(session_open, a_certificate_that_does_not_prove_the_transport_key_is_worth_nothing)
{
    struct session_fixture f;
    session_fixture_init(&f);
    struct test_coalition *c = &f.w.coalition;
    test_certify(c, &f.newcomer, "ctod", "ctod-editor");
    for (unsigned kind = 0; kind < 3; kind++) {
        struct puppet p;
        struct smk_buf b = {.max = 65536}, certificate = {.max = 65536};
        struct test_device mixed = f.newcomer;
        if (kind == 0) /* another device's certificate, with its device key */
            mixed.sign = f.w.ctod.sign;
        puppet_begin(&p, &f.node, &mixed, (struct puppet_options){.is_initiator = true});
        cr_assert(eq(int, puppet_shake(&p), SMK_OK));
        smk_buf_reset(&p.from_session);
        pack_hello(&p, c, &b);
        if (kind == 1)
            b.data[b.len - 34 - 20] ^= 1; /* a signature of the last decision */
        if (kind == 2) {                  /* no decision at all */
            smk_buf_reset(&b);
            struct smk_hello m = {.level = 1, .lowest_level = 1, .has_certificate = true};
            smk_pack_array(&certificate, 0);
            m.certificate_bytes = smk_buf_view(&certificate);
            smk_hello_encode(&m, &b);
        }
        struct answer a = answer_of(&p, SMK_MESSAGE_HELLO, smk_buf_view(&b));
        cr_assert(eq(int, a.err, SMK_ERR_UNKNOWN_PEER), "kind %u", kind);
        cr_assert(eq(u64, a.close_code, UINT64_MAX), "kind %u", kind);
        puppet_end(&p);
        smk_buf_deinit(&b);
        smk_buf_deinit(&certificate);
    }
    session_fixture_deinit(&f);
}

Test(session_open, a_certificate_that_was_replaced_here_is_worth_nothing)
{
    struct session_fixture f;
    session_fixture_init(&f);
    struct test_device renewed = f.w.ctod;
    uint8_t secret[SMK_SEED_BYTES];
    test_seed_bytes("new transport", 1, secret);
    smk_dh_key_init(&renewed.transport, secret);
    struct test_coalition old; /* as governance was before the transport key of ctod was replaced */
    struct test_world before;
    test_world_init(&before);
    old = before.coalition;
    struct smk_decision d = test_device(&renewed, "ctod", "ctod-editor");
    test_replace(&d, f.w.ctod.decision);
    test_decide(&f.w.coalition, &d, renewed.decision);
    memory_node_publish(&f.node, &f.w.coalition);
    struct answer a = hello_answer(&f, &f.w.ctod, &old);
    cr_assert(eq(int, a.err, SMK_ERR_UNKNOWN_PEER));
    cr_assert(eq(u64, a.close_code, UINT64_MAX));
    cr_assert(eq(int, hello_answer(&f, &renewed, NULL).err, SMK_OK));
    test_world_deinit(&before);
    session_fixture_deinit(&f);
}

Test(session_open, a_binding_must_be_of_this_line_role_and_device)
{
    static const char *const why[] = {"a bit flipped", "of the other role", "by another device",
                                      "of another line"};
    struct session_fixture f;
    session_fixture_init(&f);
    for (unsigned kind = 0; kind < 4; kind++) {
        for (unsigned role = 0; role < 2; role++) {
            struct puppet p;
            struct smk_buf b = {.max = 65536};
            struct test_device other = f.w.ctod;
            puppet_begin(&p, &f.node, &f.w.ctod, (struct puppet_options){.is_initiator = role == 0});
            cr_assert(eq(int, puppet_shake(&p), SMK_OK));
            struct puppet forger = p;
            other.sign = f.w.bavel.sign;
            if (kind == 1)
                forger.is_initiator = !p.is_initiator;
            if (kind == 2)
                forger.device = &other;
            if (kind == 3)
                forger.noise.hash[0] ^= 1;
            pack_hello(&forger, NULL, &b);
            if (kind == 0)
                b.data[10] ^= 1;
            struct answer a = answer_of(&p, SMK_MESSAGE_HELLO, smk_buf_view(&b));
            cr_assert(eq(int, a.err, SMK_ERR_BAD_BINDING), "%s", why[kind]);
            cr_assert(eq(u64, a.close_code, 7), "%s", why[kind]);
            cr_assert(not(p.status.is_bound));
            puppet_end(&p);
            smk_buf_deinit(&b);
        }
    }
    session_fixture_deinit(&f);
}

Test(session_open, a_level_that_nobody_speaks_ends_with_version)
{
    static const struct {
        uint64_t level, lowest;
        enum smk_err err;
    } row[] = {{2, 2, SMK_OK},
               {7, 1, SMK_OK},
               {3, 3, SMK_ERR_VERSION},
               {1, 1, SMK_ERR_VERSION},
               {2, 0, SMK_OK},
               {2, 3, SMK_ERR_MALFORMED},
               {UINT64_MAX, UINT64_MAX, SMK_ERR_VERSION}};
    struct session_fixture f;
    session_fixture_init(&f);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct puppet p;
        struct smk_buf b = {.max = 65536};
        struct smk_tree tree = {0};
        struct smk_hello m;
        puppet_begin(&p, &f.node, &f.w.ctod, (struct puppet_options){.is_initiator = true});
        cr_assert(eq(int, puppet_shake(&p), SMK_OK));
        pack_hello(&p, NULL, &b);
        cr_assert(eq(int, smk_tree_decode(smk_buf_view(&b), SMK_WALK_PAYLOAD, &tree), SMK_OK));
        cr_assert(eq(int, smk_hello_decode(tree.root, &m), SMK_OK));
        smk_tree_deinit(&tree);
        smk_buf_reset(&b);
        m.level = row[i].level;
        m.lowest_level = row[i].lowest;
        smk_hello_encode(&m, &b);
        cr_assert(eq(int, answer_of(&p, SMK_MESSAGE_HELLO, smk_buf_view(&b)).err, row[i].err), "row %zu", i);
        puppet_end(&p);
        smk_buf_deinit(&b);
    }
    session_fixture_deinit(&f);
}

Test(session_open, a_caller_that_is_not_known_tells_people_why_the_line_was_cut)
{
    struct session_fixture f;
    struct puppet p;
    session_fixture_init(&f);
    puppet_begin(&p, &f.node, &f.w.ctod, (struct puppet_options){.is_initiator = false});
    cr_assert(eq(int, puppet_shake(&p), SMK_OK));
    cr_assert(eq(int, puppet_event(&p, (struct smk_event){.type = SMK_EV_LINE_CLOSED}), SMK_ERR_CUT_LINE));
    cr_assert(eq(str, (char *)p.status.reason, (char *)"the other node does not know this device"));
    puppet_end(&p);
    session_fixture_deinit(&f);
}
