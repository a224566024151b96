/* Target: the session after the handshake. Signatures and X25519 are the simulator's stand-ins, so that what is said can
 * be signed; every frame is sealed by the peer that says it.
 *
 * Input: faults, flags, then operations (enum op), each with its arguments. flags: bit 0 the peer began, bit 1 the
 * session is not live, then the scene: which of the two knows what. */
#include "tests/fuzz/session_play.h"

#include "proto/mem.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/session_seeds.h"

#include <stdlib.h>
#include <string.h>

enum { OPERATIONS_MAX = 200, SESSION_BYTES_MAX = 24 * 1024 * 1024 };

static void on_step(bool begins)
{
    test_fault_pause(!begins);
}

/* ---- properties ---- */

static bool is_named(const struct play *p, enum smk_err err)
{
    if (err == SMK_ERR_NOMEM)
        return test_fault_hits() > 0 || p->injected == err;
    return err == SMK_OK || smk_err_is_peer_fault(err) || err == SMK_ERR_NO_PROGRESS ||
           err == SMK_ERR_UNKNOWN_AUTHOR || err == p->injected || err == p->node.read_error;
}

/* What was answered to an event. False when the session is over. */
static bool check(struct play *p, enum smk_err err)
{
    const struct smk_update *up = &p->puppet.up;
    SMK_ASSERT(is_named(p, err));
    SMK_ASSERT(up->to_send.len <= 4 * SMK_MESSAGE_BYTES_MAX);
    SMK_ASSERT(up->unread_bytes <= 2 * SMK_CREDIT_BYTES);
    SMK_ASSERT(p->puppet.status.peer_code == 0 || p->puppet.has_channel);
    play_note(p);
    bool is_over = err != SMK_OK || up->is_finished;
    while (p->puppet.has_channel) {
        struct smk_message_view m = puppet_hear(&p->puppet); /* demands that every frame opens */
        if (m.type == 0)
            break;
        SMK_ASSERT(m.type < SMK_MESSAGE_END);
        enum smk_err walked = smk_walk(m.body, SMK_WALK_PAYLOAD);
        SMK_ASSERT(walked == SMK_OK);
    }
    if (is_over) {
        enum smk_err later = puppet_event(&p->puppet, (struct smk_event){.type = SMK_EV_TIME});
        SMK_ASSERT(later == SMK_ERR_DEAD || (err == SMK_OK && later == SMK_OK));
    }
    return !is_over;
}

/* A node never holds a log that nothing covers. */
static void check_node(const struct memory_node *n)
{
    const uint8_t *coalition = smk_roster_coalition(n->roster);
    for (size_t i = 0; i < n->log_count; i++) {
        const struct memory_log *log = &n->log[i];
        if (log->count > 0)
            SMK_ASSERT(smk_record_is_signed(&log->record[log->count - 1].record, coalition));
    }
}

/* ---- operations ---- */

static enum smk_err stored(struct play *p, struct smk_reader *in)
{
    static const enum smk_err verdict[] = {SMK_ERR_GAP,        SMK_ERR_BAD_SIGNATURE, SMK_ERR_UNKNOWN_AUTHOR,
                                           SMK_ERR_MALFORMED,  SMK_ERR_STORE_FULL,    SMK_ERR_STORE_IO,
                                           SMK_ERR_NOMEM,      SMK_ERR_FORKED,        SMK_ERR_NOT_ENTITLED,
                                           SMK_ERR_NOT_COVERED};
    uint64_t which = fuzz_below(in, 256), answer = fuzz_below(in, 32);
    if (p->batch_count == 0)
        return SMK_OK;
    size_t at = (size_t)(which % p->batch_count);
    if (answer < sizeof verdict / sizeof verdict[0]) {
        p->injected = verdict[answer];
        p->node.refusal = verdict[answer];
    }
    enum smk_err err = play_store(p, at);
    p->node.refusal = SMK_OK;
    return err;
}

static enum smk_err say_hello(struct play *p, struct smk_reader *in)
{
    static const char *const scopes[] = {"gov", "gov pub", "gov nat pub", "pub"};
    struct smk_buf b = {.max = 65536};
    uint8_t digest[SMK_HASH_BYTES];
    uint64_t which = fuzz_below(in, 8);
    puppet_digest(&p->puppet, scopes[which / 2], digest);
    bool has_certificate =
        which % 2 == 1 && smk_roster_device(p->world->coalition.roster, p->peer->sign.public_key) != NULL;
    puppet_hello(&p->puppet, has_certificate ? &p->world->coalition : NULL, digest, &b);
    enum smk_err err = puppet_say(&p->puppet, SMK_MESSAGE_HELLO, smk_buf_view(&b));
    smk_buf_deinit(&b);
    return err;
}

static enum smk_err say_join(struct play *p)
{
    struct smk_buf b = {.max = 4096};
    puppet_join(&p->puppet, &p->invitation, &b);
    enum smk_err err = puppet_say(&p->puppet, SMK_MESSAGE_JOIN, smk_buf_view(&b));
    smk_buf_deinit(&b);
    return err;
}

static enum smk_err admitted(struct play *p, struct smk_reader *in)
{
    struct smk_event ev = {.type = SMK_EV_ADMITTED};
    struct smk_buf welcome = {.max = 65536};
    bool is_refused = fuzz_below(in, 2) == 1 || !p->has_own_world; /* to certify it would change the world */
    if (!p->has_join)
        return SMK_OK;
    p->has_join = false;
    if (is_refused)
        ev.verdict = p->injected = SMK_ERR_NOT_ALLOWED_HERE;
    else
        play_welcome(p, &welcome);
    ev.welcome = smk_buf_view(&welcome);
    enum smk_err err = puppet_event(&p->puppet, ev);
    smk_buf_deinit(&welcome);
    return err;
}

static enum smk_err arrived(struct play *p, struct smk_reader *in)
{
    static const char *const scope[] = {"pub", "nat", "dm:0202", "prov:02"};
    uint64_t which = fuzz_below(in, 8);
    if (which < 4 && p->can_write)
        memory_node_edit(&p->node, scope[which], 3);
    return puppet_event(&p->puppet, (struct smk_event){.type = SMK_EV_ARRIVED});
}

static enum smk_err say(struct play *p, struct smk_reader *in)
{
    uint8_t type = smk_read_u8(in);
    struct fuzz_block body = fuzz_block_of(fuzz_bytes(in, smk_read_be16(in)));
    enum smk_err err = puppet_say(&p->puppet, type, fuzz_block_view(&body));
    fuzz_block_drop(&body);
    return err;
}

static enum smk_err raw(struct play *p, struct smk_reader *in)
{
    struct fuzz_block line = fuzz_block_of(fuzz_bytes(in, smk_read_u8(in)));
    enum smk_err err = puppet_deliver(&p->puppet, fuzz_block_view(&line));
    fuzz_block_drop(&line);
    return err;
}

static enum smk_err plain_event(struct play *p, enum smk_event_type type, bool is_line_full)
{
    return puppet_event(&p->puppet, (struct smk_event){.type = type, .is_line_full = is_line_full});
}

static enum smk_err operate(struct play *p, struct smk_reader *in)
{
    switch (fuzz_below(in, OPS)) {
    case OP_SAY: return say(p, in);
    case OP_STORED: return stored(p, in);
    case OP_TIME: return puppet_time(&p->puppet, 4 * (uint64_t)smk_read_be16(in));
    case OP_ARRIVED: return arrived(p, in);
    case OP_SENT: return plain_event(p, SMK_EV_SENT, false);
    case OP_FULL: return plain_event(p, SMK_EV_SENT, true);
    case OP_STOP: return plain_event(p, SMK_EV_STOP, false);
    case OP_LINE_CLOSED: return plain_event(p, SMK_EV_LINE_CLOSED, false);
    case OP_RAW: return raw(p, in);
    case OP_ADMITTED: return admitted(p, in);
    case OP_HELLO: return say_hello(p, in);
    case OP_JOIN: return say_join(p);
    default: p->node.read_error = fuzz_below(in, 2) == 0 ? SMK_OK : SMK_ERR_STORE_DAMAGED; return SMK_OK;
    }
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    struct play *p = calloc(1, sizeof *p);
    static bool is_prepared;
    SMK_ASSERT(p != NULL);
    if (!is_prepared)
        play_prepare();
    is_prepared = true;
    fuzz_faults_begin(faults);
    play_begin(p, (unsigned)fuzz_below(&in, 256), false);
    size_t before = test_fault_peak();
    enum smk_err err = puppet_shake(&p->puppet);
    p->puppet.on_step = on_step;
    bool goes_on = p->puppet.has_channel && check(p, err);
    for (unsigned i = 0; goes_on && i < OPERATIONS_MAX && smk_reader_left(&in) > 0; i++)
        goes_on = check(p, operate(p, &in));
    check_node(&p->node);
    SMK_ASSERT(test_fault_peak() - before <= SESSION_BYTES_MAX);
    play_end(p);
    free(p);
    fuzz_faults_end();
}

void fuzz_seeds(void)
{
    play_prepare();
    session_seeds();
}
