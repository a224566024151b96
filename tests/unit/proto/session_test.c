#include "proto/session.h"

#include "proto/batch.h"
#include "proto/hash.h"
#include "tests/support/session_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(session, .init = start_crypto);

/* ---- every phase, reached by messages alone ---- */

enum phase { NEW, HANDSHAKE, JOINING, ADMITTING, HELLO, ROOTS, ROUND, COMPARE, LIVE, CLOSING, OVER, PHASES };

static const char *const phase_name[PHASES] = {"new",   "handshake", "joining", "admitting", "hello", "roots",
                                               "round", "compare",   "live",    "closing",   "over"};

static bool is_reachable(bool is_initiator, enum phase phase)
{
    return phase == JOINING ? is_initiator : phase != ADMITTING || !is_initiator;
}

static void say_hello(struct puppet *p, bool is_equal)
{
    struct smk_buf b = {.max = 4096};
    uint8_t digest[SMK_HASH_BYTES];
    puppet_digest(p, is_equal ? "gov pub" : "gov", digest);
    puppet_hello(p, NULL, digest, &b);
    cr_assert(eq(int, puppet_say(p, SMK_MESSAGE_HELLO, smk_buf_view(&b)), SMK_OK));
    smk_buf_deinit(&b);
}

/* The session's own roots, or only that of gov. */
static void pack_roots(struct puppet *p, uint64_t round, size_t count, struct smk_buf *b)
{
    struct smk_scope_root at[2] = {{.scope = smk_scope_of("gov")}, {.scope = smk_scope_of("pub")}};
    memory_node_root(p->node, "gov", at[0].root);
    memory_node_root(p->node, "pub", at[1].root);
    smk_roots_encode(round, at, count, b);
}

static void say_roots(struct puppet *p, size_t count)
{
    struct smk_buf b = {.max = 4096};
    pack_roots(p, 1, count, &b);
    cr_assert(eq(int, puppet_say(p, SMK_MESSAGE_ROOTS, smk_buf_view(&b)), SMK_OK));
    smk_buf_deinit(&b);
}

static void say_done(struct puppet *p)
{
    struct smk_buf b = {.max = 64};
    smk_done_encode(1, &b);
    cr_assert(eq(int, puppet_say(p, SMK_MESSAGE_DONE, smk_buf_view(&b)), SMK_OK));
    smk_buf_deinit(&b);
}

static void say_join(struct puppet *p, const struct smk_invitation *inv)
{
    struct smk_buf b = {.max = 4096};
    puppet_join(p, inv, &b);
    cr_assert(eq(int, puppet_say(p, SMK_MESSAGE_JOIN, smk_buf_view(&b)), SMK_OK));
    cr_assert(p->up.has_join);
    smk_buf_deinit(&b);
}

/* is_initiator: the session's role. */
static void reach(struct puppet *p, struct session_fixture *f, bool is_initiator, enum phase phase)
{
    if (phase == JOINING) {
        puppet_begin(p, &f->joiner, &f->w.sec, (struct puppet_options){.join = &f->invitation});
        cr_assert(eq(int, puppet_shake(p), SMK_OK));
        return;
    }
    const struct test_device *peer = phase == ADMITTING ? &f->newcomer : &f->w.ctod;
    puppet_begin(p, &f->node, peer, (struct puppet_options){.is_initiator = !is_initiator});
    if (phase == HANDSHAKE)
        return;
    cr_assert(eq(int, puppet_shake(p), SMK_OK));
    if (phase == ADMITTING)
        say_join(p, &f->invitation);
    if (phase == HELLO || phase == ADMITTING)
        return;
    say_hello(p, phase == LIVE || phase == CLOSING || phase == OVER);
    if (phase == CLOSING || phase == OVER)
        cr_assert(eq(int, puppet_event(p, (struct smk_event){.type = SMK_EV_STOP}), SMK_OK));
    if ((phase == CLOSING || phase == OVER) && is_initiator) { /* it waits for the answer to its receipt */
        struct smk_buf b = {.max = 64};
        smk_receipt_answer_encode(NULL, &b);
        cr_assert(eq(int, puppet_say(p, SMK_MESSAGE_RECEIPT_ANSWER, smk_buf_view(&b)), SMK_OK));
        smk_buf_deinit(&b);
    }
    if (phase == OVER)
        cr_assert(eq(int, puppet_event(p, (struct smk_event){.type = SMK_EV_LINE_CLOSED}), SMK_ERR_CUT_LINE));
    if (phase == ROUND)
        say_roots(p, 1);
    if (phase == COMPARE) {
        say_roots(p, 2);
        say_done(p);
    }
}

/* ---- a well-formed message of each type ---- */

static void pack_records(struct session_fixture *f, struct smk_buf *b)
{
    struct test_run *run = malloc(sizeof *run);
    struct smk_batch_writer w;
    struct smk_scope pub = smk_scope_of("pub");
    test_run_init(run, &f->w.coalition, &f->w.ctod, "pub", 5);
    test_run_fill(run, 3);
    smk_batch_writer_init(&w, &pub);
    for (size_t i = 0; i < run->count; i++)
        smk_batch_writer_add(&w, &run->record[i]);
    cr_assert(eq(int, smk_batch_writer_finish(&w, 1, b), SMK_OK));
    smk_batch_writer_deinit(&w);
    test_run_deinit(run);
    free(run);
}

static void pack_receipt(struct puppet *p, struct smk_buf *b)
{
    struct smk_buf body = {.max = 4096};
    struct smk_receipt m = {0};
    uint8_t digest[SMK_HASH_BYTES], object[SMK_HASH_BYTES];
    static const char *const scope[] = {"gov", "pub"};
    puppet_digest(p, "gov pub", digest);
    smk_pack_array(&body, 4);
    smk_pack_bin(&body, SMK_BYTES(p->noise.hash));
    smk_pack_bin(&body, SMK_BYTES(digest));
    smk_pack_array(&body, 2);
    for (size_t i = 0; i < 2; i++) {
        smk_pack_array(&body, 4);
        smk_pack_text(&body, scope[i]);
        smk_pack_uint(&body, memory_node_records(p->node, scope[i]));
        smk_pack_uint(&body, 0);
        smk_pack_uint(&body, 0);
    }
    smk_pack_uint(&body, p->wall_ms);
    smk_hash(SMK_PERSONAL_OBJECT, smk_buf_view(&body), object);
    m.time_ms = p->wall_ms;
    cr_assert(eq(int,
                 smk_sign(&p->device->sign, SMK_SIGN_SYNC_RECEIPT, smk_roster_coalition(p->node->roster),
                          object, m.signature),
                 SMK_OK));
    smk_receipt_encode(&m, b);
    smk_buf_deinit(&body);
}

static void pack_good(struct puppet *p, struct session_fixture *f, enum phase phase, unsigned type,
                      struct smk_buf *b)
{
    struct smk_scope pub = smk_scope_of("pub");
    struct smk_want_run run = {.from = 1, .to = 2};
    struct smk_lack lack = {.scope = pub, .from = 1, .code = 13};
    struct smk_compare compare = {.round = phase == COMPARE || phase == ROUND};
    uint8_t digest[SMK_HASH_BYTES];
    puppet_digest(p, "gov pub", digest);
    memcpy(compare.digest, digest, sizeof digest);
    memcpy(run.author, f->w.sec.sign.public_key, SMK_KEY_BYTES);
    memcpy(run.incarnation, f->node.incarnation, SMK_INCARNATION_BYTES);
    memcpy(lack.author, run.author, SMK_KEY_BYTES);
    switch (type) {
    case SMK_MESSAGE_HELLO: puppet_hello(p, NULL, digest, b); break;
    case SMK_MESSAGE_JOIN: puppet_join(p, &f->invitation, b); break;
    case SMK_MESSAGE_WELCOME: session_fixture_welcome(f, "ctod", "ctod-editor", b); break;
    case SMK_MESSAGE_ROOTS: pack_roots(p, 1, 2, b); break;
    case SMK_MESSAGE_TREE: smk_tree_message_encode(&pub, 0, (struct smk_bytes){0}, false, b); break;
    case SMK_MESSAGE_WANT:
        smk_want_begin(&pub, 1, b);
        smk_want_run_encode(&run, b);
        break;
    case SMK_MESSAGE_RECORDS: pack_records(f, b); break;
    case SMK_MESSAGE_ACK: smk_ack_encode(&(struct smk_ack){.batch = 1}, b); break;
    case SMK_MESSAGE_LACK: smk_lack_encode(&lack, b); break;
    case SMK_MESSAGE_DONE: smk_done_encode(1, b); break;
    case SMK_MESSAGE_COMPARE: smk_compare_encode(&compare, b); break;
    case SMK_MESSAGE_RECEIPT: pack_receipt(p, b); break;
    case SMK_MESSAGE_RECEIPT_ANSWER: smk_receipt_answer_encode(NULL, b); break;
    case SMK_MESSAGE_AGAIN: smk_again_encode(b); break;
    default: smk_close_encode(&(struct smk_close){.message_count = p->channel.messages_sent}, b);
    }
    cr_assert(eq(int, b->err, SMK_OK));
}

/* ---- phase x message ---- */

#define BIT(type) (1u << SMK_MESSAGE_##type)
#define SESSION_ENDS BIT(CLOSE)
#define ROUND_GOES_ON (BIT(WANT) | BIT(RECORDS) | BIT(LACK) | SESSION_ENDS)
#define ANYTHING ((1u << SMK_MESSAGE_END) - 2)

/* What PROTOCOL.md section 9 allows the peer to say. An `ack` is allowed in more places than here, but in none of
 * these cells is a batch under way; `tree` and `done` depend on the side that has the turn. */
static const unsigned allowed[2][PHASES] = {
    [true] =
        {
            [JOINING] = BIT(WELCOME) | SESSION_ENDS,
            [HELLO] = BIT(HELLO) | SESSION_ENDS,
            [ROOTS] = BIT(ROOTS) | SESSION_ENDS,
            [ROUND] = BIT(TREE) | ROUND_GOES_ON,
            [COMPARE] = BIT(RECORDS) | BIT(COMPARE) | BIT(AGAIN) | SESSION_ENDS,
            [LIVE] = BIT(RECORDS) | BIT(AGAIN) | BIT(RECEIPT_ANSWER) | SESSION_ENDS,
            [CLOSING] = ANYTHING,
        },
    [false] =
        {
            [ADMITTING] = SESSION_ENDS,
            [HELLO] = BIT(HELLO) | BIT(JOIN) | SESSION_ENDS,
            [ROOTS] = BIT(ROOTS) | SESSION_ENDS,
            [ROUND] = BIT(TREE) | ROUND_GOES_ON,
            [COMPARE] = BIT(RECORDS) | BIT(COMPARE) | SESSION_ENDS,
            [LIVE] = BIT(RECORDS) | BIT(COMPARE) | BIT(RECEIPT) | SESSION_ENDS,
            [CLOSING] = ANYTHING,
        },
};

static uint64_t heard_close_code(struct puppet *p)
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

static void check_cell(struct session_fixture *f, bool is_initiator, enum phase phase, unsigned type)
{
    struct puppet p;
    struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX};
    const char *role = is_initiator ? "initiator" : "responder";
    bool is_allowed = (allowed[is_initiator][phase] >> type & 1u) != 0;
    reach(&p, f, is_initiator, phase);
    pack_good(&p, f, phase, type, &b);
    enum smk_err err = puppet_say(&p, (uint8_t)type, smk_buf_view(&b));
    cr_assert(eq(int, err, is_allowed ? SMK_OK : SMK_ERR_UNEXPECTED), "%s, %s, message %u: %s", role,
              phase_name[phase], type, p.status.reason);
    if (!is_allowed) {
        struct smk_update up;
        bool is_told = phase != ADMITTING; /* no word to somebody who is not admitted */
        cr_assert(eq(u64, heard_close_code(&p), is_told ? 1 : UINT64_MAX), "%s, %s, message %u", role,
                  phase_name[phase], type);
        cr_assert(p.up.is_finished);
        cr_assert(eq(int, smk_session_step(p.session, &(struct smk_event){.type = SMK_EV_SENT}, &up),
                     SMK_ERR_DEAD));
    }
    smk_buf_deinit(&b);
    puppet_end(&p);
}

Test(session, takes_in_each_phase_only_the_messages_that_belong_there, .timeout = 120)
{
    struct session_fixture f;
    session_fixture_init(&f);
    for (unsigned role = 0; role < 2; role++)
        for (enum phase phase = JOINING; phase < OVER; phase++)
            for (unsigned type = 1; type < SMK_MESSAGE_END && is_reachable(role == 1, phase); type++)
                check_cell(&f, role == 1, phase, type);
    session_fixture_deinit(&f);
}

/* Whoever takes messages away in front of a close cannot make it count right. */
Test(session, a_close_that_counts_other_messages_than_came_is_not_complete, .timeout = 60)
{
    static const int off[] = {0, 1, -1, 1000};
    struct session_fixture f;
    session_fixture_init(&f);
    for (unsigned role = 0; role < 2; role++)
        for (size_t i = 0; i < sizeof off / sizeof off[0]; i++) {
            struct puppet p;
            struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX};
            reach(&p, &f, role == 1, LIVE);
            uint64_t count = p.channel.messages_sent + (uint64_t)(int64_t)off[i];
            smk_close_encode(&(struct smk_close){.message_count = count}, &b);
            cr_assert(eq(int, puppet_say(&p, SMK_MESSAGE_CLOSE, smk_buf_view(&b)), SMK_OK));
            struct smk_session_status status;
            smk_session_status(p.session, &status);
            cr_assert(eq(int, status.is_complete, off[i] == 0), "role %u, off by %d", role, off[i]);
            smk_buf_deinit(&b);
            puppet_end(&p);
        }
    session_fixture_deinit(&f);
}

Test(session, ends_with_version_at_an_unknown_type_and_skips_those_from_128_on, .timeout = 60)
{
    static const struct {
        uint8_t type;
        enum smk_err err;
    } row[] = {
        {0, SMK_ERR_VERSION}, {16, SMK_ERR_VERSION}, {127, SMK_ERR_VERSION}, {128, SMK_OK}, {255, SMK_OK}};
    struct session_fixture f;
    session_fixture_init(&f);
    for (enum phase phase = HELLO; phase < CLOSING; phase++) {
        for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
            struct puppet p;
            reach(&p, &f, phase % 2 == 0, phase);
            enum smk_err err = puppet_say(&p, row[i].type, SMK_BYTES(((const uint8_t[]){0x90})));
            cr_assert(eq(int, err, row[i].err), "%s, type %u", phase_name[phase], (unsigned)row[i].type);
            if (err != SMK_OK)
                cr_assert(eq(u64, heard_close_code(&p), 12));
            puppet_end(&p);
        }
    }
    session_fixture_deinit(&f);
}

Test(session, refuses_each_message_that_is_not_in_form, .timeout = 120)
{
    static const struct {
        struct smk_bytes body;
        enum smk_err err;
        const char *why;
    } row[] = {
        {{(const uint8_t *)"", 0}, SMK_ERR_TRUNCATED, "nothing"},
        {{(const uint8_t *)"\xc0", 1}, SMK_ERR_MALFORMED, "no array"},
        {{(const uint8_t *)"\x91\xc3", 2}, SMK_ERR_MALFORMED, "wrong fields"},
        {{(const uint8_t *)"\x92\x01", 2}, SMK_ERR_TRUNCATED, "ends early"},
        {{(const uint8_t *)"\x90\x90", 2}, SMK_ERR_TRAILING, "two values"},
        {{(const uint8_t *)"\x91\xcc\x01", 3}, SMK_ERR_NOT_CANONICAL, "a longer form"},
    };
    struct session_fixture f;
    session_fixture_init(&f);
    for (unsigned role = 0; role < 2; role++)
        for (enum phase phase = JOINING; phase < CLOSING; phase++)
            for (unsigned type = 1; type < SMK_MESSAGE_END && is_reachable(role == 1, phase); type++)
                for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
                    struct puppet p;
                    if ((allowed[role][phase] >> type & 1u) == 0)
                        continue;
                    reach(&p, &f, role == 1, phase);
                    enum smk_err err = puppet_say(&p, (uint8_t)type, row[i].body);
                    bool has_no_fields = type == SMK_MESSAGE_AGAIN && i == 2;
                    bool is_join = type == SMK_MESSAGE_JOIN && row[i].err == SMK_ERR_MALFORMED;
                    enum smk_err wanted = is_join         ? SMK_ERR_BAD_INVITATION
                                          : has_no_fields ? SMK_OK
                                                          : row[i].err;
                    cr_assert(eq(int, err, wanted), "%s, %s, message %u", phase_name[phase], row[i].why,
                              type);
                    puppet_end(&p);
                }
    session_fixture_deinit(&f);
}

/* ---- phase x event ---- */

enum { EVENTS = SMK_EV_LINE_CLOSED + 1 };

static enum smk_err event_expected(enum phase phase, enum smk_event_type type)
{
    if (phase == OVER)
        return SMK_ERR_DEAD;
    switch (type) {
    case SMK_EV_START: return phase == NEW ? SMK_OK : SMK_ERR_INVALID;
    case SMK_EV_RECEIVED: return phase == NEW ? SMK_ERR_INVALID : SMK_OK;
    case SMK_EV_STORED: return SMK_ERR_INVALID; /* nothing was handed out in any of these cells */
    case SMK_EV_ADMITTED: return phase == ADMITTING ? SMK_OK : SMK_ERR_INVALID;
    case SMK_EV_LINE_CLOSED: return SMK_ERR_CUT_LINE;
    default: return SMK_OK;
    }
}

Test(session, answers_every_event_in_every_phase, .timeout = 60)
{
    struct session_fixture f;
    session_fixture_init(&f);
    struct smk_buf welcome = {.max = 65536};
    session_fixture_welcome(&f, "ctod", "ctod-editor", &welcome);
    for (unsigned role = 0; role < 2; role++)
        for (enum phase phase = HANDSHAKE; phase < PHASES; phase++)
            for (unsigned type = 0; type < EVENTS && is_reachable(role == 1, phase); type++) {
                struct puppet p;
                reach(&p, &f, role == 1, phase);
                struct smk_event ev = {.type = (enum smk_event_type)type, .ticket = 1};
                ev.welcome = smk_buf_view(&welcome);
                enum smk_err err = puppet_event(&p, ev);
                cr_assert(eq(int, err, event_expected(phase, ev.type)), "%s, event %u", phase_name[phase],
                          type);
                puppet_end(&p);
            }
    smk_buf_deinit(&welcome);
    session_fixture_deinit(&f);
}

Test(session, before_it_starts_takes_no_bytes_but_may_be_stopped, .timeout = 20)
{
    struct session_fixture f;
    session_fixture_init(&f);
    for (unsigned type = 0; type < EVENTS; type++) {
        struct smk_session *s = NULL;
        struct smk_update up;
        struct smk_session_options o = {.identity = &f.node.identity, .view = &f.node.view};
        cr_assert(eq(int, smk_session_new(&o, &s), SMK_OK));
        struct smk_event ev = {.type = (enum smk_event_type)type};
        cr_assert(eq(int, smk_session_step(s, &ev, &up), event_expected(NEW, ev.type)), "event %u", type);
        cr_assert(
            eq(u8, up.is_finished,
               type != SMK_EV_START && type != SMK_EV_TIME && type != SMK_EV_SENT && type != SMK_EV_ARRIVED));
        smk_session_free(s);
    }
    smk_session_free(NULL);
    session_fixture_deinit(&f);
}
