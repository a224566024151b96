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

TestSuite(session_join, .init = start_crypto);

/* ---- the whole way ---- */

Test(session_join, an_invited_device_is_welcomed_and_then_syncs)
{
    struct session_fixture f;
    struct duel d;
    struct smk_buf welcome = {.max = 65536};
    struct duel_side side[2];
    session_fixture_init(&f);
    duel_begin(&d, &f.joiner, &f.node, (struct duel_options){.join = &f.invitation, .chunk_max = 50});
    duel_run(&d, NULL, NULL);
    cr_assert(d.side[1].has_join);
    const struct smk_join_request *join = &d.side[1].join;
    cr_assert(eq(int, memcmp(join->invitation, f.invitation.id, sizeof join->invitation), 0));
    cr_assert(eq(int, memcmp(join->sign_key, f.newcomer.sign.public_key, SMK_KEY_BYTES), 0));
    cr_assert(eq(int, memcmp(join->transport_key, f.newcomer.transport.public_key, SMK_KEY_BYTES), 0));
    cr_assert(eq(int, memcmp(join->box_key, f.newcomer.box.public_key, SMK_KEY_BYTES), 0));
    session_fixture_welcome(&f, "ctod", "ctod-editor", &welcome);
    struct smk_event admitted = {.type = SMK_EV_ADMITTED, .welcome = smk_buf_view(&welcome)};
    cr_assert(eq(int, duel_event(&d, 1, admitted), SMK_OK));
    duel_run(&d, NULL, NULL);
    for (size_t i = 0; i < 2; i++) {
        cr_assert(eq(int, d.side[i].err, SMK_OK));
        cr_assert(d.side[i].status.is_complete);
    }
    cr_assert(eq(u32, d.side[0].notices[SMK_NOTICE_WELCOME], 1));
    cr_assert(smk_bytes_is_equal(smk_buf_view(&d.side[0].welcome), smk_buf_view(&welcome)));
    duel_end(&d);

    /* both keep it, and an ordinary session on a new line follows */
    memory_node_publish(&f.node, &f.w.coalition);
    memory_node_meet(&f.joiner, &f.w.coalition, &f.newcomer);
    memory_node_meet(&f.joiner, &f.w.coalition, &f.w.sec);
    duel_once(&f.joiner, &f.node, (struct duel_options){0}, side);
    cr_assert(side[0].status.is_agreed);
    cr_assert(eq(u64, memory_node_records(&f.joiner, "pub"), 2));
    cr_assert(eq(u64, memory_node_records(&f.joiner, "gov"), memory_node_records(&f.node, "gov")));
    smk_buf_deinit(&welcome);
    session_fixture_deinit(&f);
}

Test(session_join, a_caller_that_is_not_admitted_hears_nothing)
{
    struct session_fixture f;
    struct duel d;
    session_fixture_init(&f);
    duel_begin(&d, &f.joiner, &f.node, (struct duel_options){.join = &f.invitation});
    duel_run(&d, NULL, NULL);
    size_t before = d.side[1].bytes_out;
    struct smk_event refused = {.type = SMK_EV_ADMITTED, .verdict = SMK_ERR_NOT_ALLOWED_HERE};
    cr_assert(eq(int, duel_event(&d, 1, refused), SMK_ERR_NOT_ALLOWED_HERE));
    cr_assert(eq(sz, d.side[1].bytes_out, before));
    duel_run(&d, NULL, NULL);
    cr_assert(eq(int, d.side[0].err, SMK_ERR_CUT_LINE));
    cr_assert(
        eq(str, (char *)d.side[0].status.reason, (char *)"the other node did not accept the invitation"));
    duel_end(&d);
    session_fixture_deinit(&f);
}

/* ---- what the inviter checks ---- */

enum fault {
    GOOD,
    OTHER_INVITATION,
    OTHER_SECRET,
    EXPIRED,
    USED_BY_ANOTHER,
    USED_BY_ITSELF,
    EXPIRED_BUT_USED_BY_ITSELF,
    MAC,
    SIGN_KEY,
    BOX_KEY,
    BINDING,
    BOX_PROOF,
    ZERO_BOX_KEY,
    OTHER_LINE,
    FAULTS,
};

static void spoil_terms(struct session_fixture *f, struct puppet *p, enum fault fault)
{
    if (fault == OTHER_INVITATION)
        f->node.invitation[0] ^= 1;
    if (fault == OTHER_SECRET)
        f->node.terms.secret[31] ^= 1;
    if (fault == EXPIRED || fault == EXPIRED_BUT_USED_BY_ITSELF)
        f->node.terms.expires_ms = p->wall_ms;
    f->node.terms.is_used =
        fault == USED_BY_ANOTHER || fault == USED_BY_ITSELF || fault == EXPIRED_BUT_USED_BY_ITSELF;
    const struct test_device *user = fault == USED_BY_ANOTHER ? &f->w.ctod : &f->newcomer;
    memcpy(f->node.terms.used_by, user->sign.public_key, SMK_KEY_BYTES);
}

static void spoil_join(struct smk_buf *b, enum fault fault)
{
    struct smk_tree tree = {0};
    struct smk_join m;
    cr_assert(eq(int, smk_tree_decode(smk_buf_view(b), SMK_WALK_PAYLOAD, &tree), SMK_OK));
    cr_assert(eq(int, smk_join_decode(tree.root, &m), SMK_OK));
    smk_tree_deinit(&tree);
    if (fault == MAC)
        m.mac[0] ^= 1;
    if (fault == SIGN_KEY)
        m.sign_key[0] ^= 1;
    if (fault == BOX_KEY)
        m.box_key[0] ^= 1;
    if (fault == BINDING)
        m.binding[0] ^= 1;
    if (fault == BOX_PROOF)
        m.box_proof[0] ^= 1;
    if (fault == ZERO_BOX_KEY)
        memset(m.box_key, 0, sizeof m.box_key);
    smk_buf_reset(b);
    smk_join_encode(&m, b);
}

Test(session_join, a_join_that_does_not_prove_everything_is_answered_with_silence)
{
    for (enum fault fault = GOOD; fault < FAULTS; fault++) {
        struct session_fixture f;
        struct puppet p;
        struct smk_buf b = {.max = 4096};
        bool is_good = fault == GOOD || fault == USED_BY_ITSELF || fault == EXPIRED_BUT_USED_BY_ITSELF;
        session_fixture_init(&f);
        puppet_begin(&p, &f.node, &f.newcomer, (struct puppet_options){.is_initiator = true});
        cr_assert(eq(int, puppet_shake(&p), SMK_OK));
        smk_buf_reset(&p.from_session);
        spoil_terms(&f, &p, fault);
        if (fault == OTHER_LINE)
            p.noise.hash[0] ^= 1;
        puppet_join(&p, &f.invitation, &b);
        spoil_join(&b, fault);
        enum smk_err err = puppet_say(&p, SMK_MESSAGE_JOIN, smk_buf_view(&b));
        cr_assert(eq(int, err, is_good ? SMK_OK : SMK_ERR_BAD_INVITATION), "fault %d", (int)fault);
        cr_assert(eq(u8, p.up.has_join, is_good), "fault %d", (int)fault);
        cr_assert(eq(sz, p.from_session.len, 0), "fault %d", (int)fault);
        puppet_end(&p);
        smk_buf_deinit(&b);
        session_fixture_deinit(&f);
    }
}

Test(session_join, a_device_that_was_certified_but_lost_the_answer_may_join_again)
{
    struct session_fixture f;
    struct puppet p;
    struct smk_buf b = {.max = 4096};
    session_fixture_init(&f);
    test_certify(&f.w.coalition, &f.newcomer, "ctod", "ctod-editor");
    memory_node_publish(&f.node, &f.w.coalition); /* its transport key is known by now */
    f.node.terms.is_used = true;
    memcpy(f.node.terms.used_by, f.newcomer.sign.public_key, SMK_KEY_BYTES);
    f.node.terms.expires_ms = 1; /* meanwhile it has expired */
    puppet_begin(&p, &f.node, &f.newcomer, (struct puppet_options){.is_initiator = true});
    cr_assert(eq(int, puppet_shake(&p), SMK_OK));
    puppet_join(&p, &f.invitation, &b);
    cr_assert(eq(int, puppet_say(&p, SMK_MESSAGE_JOIN, smk_buf_view(&b)), SMK_OK));
    cr_assert(p.up.has_join);
    puppet_end(&p);
    smk_buf_deinit(&b);
    session_fixture_deinit(&f);
}

/* ---- what the joining device checks ---- */

static enum smk_err welcome_answer(struct session_fixture *f, struct smk_bytes welcome, unsigned *ret_notices)
{
    struct puppet p;
    puppet_begin(&p, &f->joiner, &f->w.sec, (struct puppet_options){.join = &f->invitation});
    cr_assert(eq(int, puppet_shake(&p), SMK_OK));
    enum smk_err err = puppet_say(&p, SMK_MESSAGE_WELCOME, welcome);
    *ret_notices = p.up.notice_count;
    puppet_end(&p);
    return err;
}

Test(session_join, a_welcome_must_be_what_the_invitation_promised)
{
    static const struct {
        const char *org, *offices;
        bool has_other_keys;
        enum smk_err err;
        const char *why;
    } row[] = {
        {"ctod", "ctod-editor", false, SMK_OK, "as promised"},
        {"ctod", "", false, SMK_ERR_MALFORMED, "without the office"},
        {"sec", "ctod-editor", false, SMK_ERR_MALFORMED, "another organisation"},
        {"ctod", "sec-approver", false, SMK_ERR_MALFORMED, "another office"},
        {"ctod", "ctod-editor sec-approver", false, SMK_ERR_MALFORMED, "one office too many"},
        {"ctod", "ctod-editor", true, SMK_ERR_MALFORMED, "for other keys"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct session_fixture f;
        struct smk_buf b = {.max = 65536};
        unsigned notices = 0;
        session_fixture_init(&f);
        struct smk_dh_key box = f.newcomer.box;
        if (row[i].has_other_keys)
            f.newcomer.box = f.w.ctod.box;
        session_fixture_welcome(&f, row[i].org, row[i].offices, &b);
        f.newcomer.box = box;
        cr_assert(eq(int, welcome_answer(&f, smk_buf_view(&b), &notices), row[i].err), "%s", row[i].why);
        cr_assert(eq(u32, notices, row[i].err == SMK_OK), "%s", row[i].why);
        smk_buf_deinit(&b);
        session_fixture_deinit(&f);
    }
}

Test(session_join, a_welcome_of_another_coalition_or_with_a_bad_decision_is_refused)
{
    for (unsigned kind = 0; kind < 3; kind++) {
        struct session_fixture f;
        struct test_coalition other;
        struct smk_buf b = {.max = 65536}, good = {.max = 65536};
        unsigned notices = 0;
        session_fixture_init(&f);
        test_coalition_init(&other, 3, 2);
        session_fixture_welcome(&f, "ctod", "ctod-editor", &good);
        if (kind == 0) { /* the genesis of another coalition */
            smk_pack_array(&b, 2);
            smk_pack_bin(&b, smk_buf_view(&other.genesis));
            cr_assert(eq(int,
                         smk_roster_pack_certificate(f.w.coalition.roster, f.newcomer.sign.public_key, &b),
                         SMK_OK));
        } else {
            smk_buf_write_bytes(&b, smk_buf_view(&good));
            b.data[kind == 1 ? b.len - 10 : 40] ^= 1; /* a signature; the genesis */
        }
        cr_assert(eq(int, welcome_answer(&f, smk_buf_view(&b), &notices), SMK_ERR_MALFORMED), "kind %u",
                  kind);
        cr_assert(eq(u32, notices, 0));
        smk_buf_deinit(&b);
        smk_buf_deinit(&good);
        test_coalition_deinit(&other);
        session_fixture_deinit(&f);
    }
}

Test(session_join, a_second_welcome_is_refused)
{
    struct session_fixture f;
    struct puppet p;
    struct smk_buf b = {.max = 65536};
    session_fixture_init(&f);
    session_fixture_welcome(&f, "ctod", "ctod-editor", &b);
    puppet_begin(&p, &f.joiner, &f.w.sec, (struct puppet_options){.join = &f.invitation});
    cr_assert(eq(int, puppet_shake(&p), SMK_OK));
    cr_assert(eq(int, puppet_say(&p, SMK_MESSAGE_WELCOME, smk_buf_view(&b)), SMK_OK));
    cr_assert(eq(int, puppet_say(&p, SMK_MESSAGE_WELCOME, smk_buf_view(&b)), SMK_ERR_UNEXPECTED));
    puppet_end(&p);
    smk_buf_deinit(&b);
    session_fixture_deinit(&f);
}

Test(session_join, an_inviter_with_another_transport_key_is_not_told_anything)
{
    struct session_fixture f;
    struct puppet p;
    session_fixture_init(&f);
    puppet_begin(&p, &f.joiner, &f.w.ctod, (struct puppet_options){.join = &f.invitation});
    cr_assert(eq(int, puppet_shake(&p), SMK_ERR_UNKNOWN_PEER));
    cr_assert(
        eq(u64, p.status.line_bytes_sent, 34)); /* message 1 of the handshake, nothing of its own keys */
    puppet_end(&p);
    session_fixture_deinit(&f);
}
