#include "tests/sim/rogue.h"

#include "proto/check.h"
#include "proto/message.h"
#include "tests/sim/byzantine.h"
#include "tests/support/voice.h"

#include <stdlib.h>
#include <string.h>

enum { HEARD_BYTES_MAX = 8 * SMK_MESSAGE_BYTES_MAX, GARBAGE_BYTES_MAX = 3000 };

static void demand(enum smk_err err)
{
    SMK_ASSERT(err == SMK_OK);
}

/* ---- life ---- */

static struct rogue *rogue_new(enum rogue_kind kind)
{
    struct rogue *r = calloc(1, sizeof *r);
    SMK_ASSERT(r != NULL);
    r->kind = kind;
    r->in.max = HEARD_BYTES_MAX;
    r->next_batch = 1;
    r->round = 1;
    return r;
}

static void noise_begin(struct world *w, struct rogue *r)
{
    uint8_t prologue[9 + SMK_ID_BYTES + 1] = "SAMAKI/1", secret[SMK_SEED_BYTES];
    struct smk_dh_key ephemeral;
    memcpy(prologue + 9, w->coalition.id, SMK_ID_BYTES);
    prologue[9 + SMK_ID_BYTES] = 1;
    test_rng_bytes(&w->rng, secret, sizeof secret);
    smk_dh_key_init(&ephemeral, secret);
    smk_noise_init(&r->noise, r->is_initiator, SMK_BYTES(prologue), &r->node->device.transport, &ephemeral);
}

struct rogue *rogue_of(struct world *w, struct node *n, bool is_initiator)
{
    static const struct {
        unsigned vices;
        enum rogue_kind kind;
    } row[] = {
        {VICE_SILENCE, ROGUE_SILENT},
        {VICE_GARBAGE, ROGUE_GARBAGE},
        {VICE_FLOOD | VICE_ODD_ENCODING | VICE_OLD_GOVERNANCE | VICE_BAD_INNER | VICE_LIE |
             VICE_FOREIGN_SCOPE | VICE_GARBAGE,
         ROGUE_SPEAKS},
    };
    size_t i = (size_t)test_rng_below(&w->rng, sizeof row / sizeof row[0]);
    if ((n->vices & row[i].vices) == 0 || !test_rng_chance(&w->rng, 70))
        return NULL;
    struct rogue *r = rogue_new(row[i].kind);
    r->node = n;
    r->is_initiator = is_initiator;
    r->most = 1 + (unsigned)test_rng_below(&w->rng, 30);
    if (r->kind == ROGUE_SILENT)
        world_count(w, FAULT_SILENCE);
    if (r->kind == ROGUE_GARBAGE)
        world_count(w, FAULT_GARBAGE);
    if (r->kind == ROGUE_SPEAKS)
        noise_begin(w, r);
    return r;
}

struct rogue *rogue_replay(struct world *w, struct smk_bytes said)
{
    struct rogue *r = rogue_new(ROGUE_REPLAYS);
    (void)w;
    r->script.max = said.len;
    smk_buf_write_bytes(&r->script, said);
    demand(r->script.err);
    return r;
}

void rogue_free(struct rogue *r)
{
    if (r == NULL)
        return;
    smk_noise_deinit(&r->noise);
    if (r->has_channel)
        smk_channel_deinit(&r->channel);
    smk_buf_deinit(&r->in);
    smk_buf_deinit(&r->script);
    free(r);
}

uint64_t rogue_pause_ms(struct world *w, const struct rogue *r)
{
    return r->kind == ROGUE_SILENT ? 10000 : world_between(w, 5, 600);
}

/* ---- hearing ---- */

static void hear_messages(struct rogue *r)
{
    struct smk_message_view m;
    bool has = false;
    enum smk_err err = smk_channel_receive(&r->channel, smk_buf_view(&r->in));
    smk_buf_reset(&r->in);
    while (err == SMK_OK) {
        err = smk_channel_next(&r->channel, &has, &m);
        if (err != SMK_OK || !has)
            break;
        r->has_heard_hello = r->has_heard_hello || m.type == SMK_MESSAGE_HELLO;
        r->is_lost = r->is_lost || m.type == SMK_MESSAGE_CLOSE;
    }
    r->is_lost = r->is_lost || err != SMK_OK;
}

static void channel_begin(struct rogue *r)
{
    struct smk_noise_cipher send, receive;
    demand(smk_noise_split(&r->noise, &send, &receive));
    smk_channel_init(&r->channel, &send, &receive);
    r->has_channel = true;
}

static void hear_handshake(struct rogue *r)
{
    struct smk_buf nothing = {0};
    size_t len = smk_noise_overhead(&r->noise);
    if (smk_noise_is_write_turn(&r->noise) || r->in.len < 2 + len)
        return;
    if (smk_noise_read(&r->noise, (struct smk_bytes){r->in.data + 2, len}, &nothing) != SMK_OK)
        r->is_lost = true;
    smk_buf_deinit(&nothing);
    smk_buf_drop(&r->in, 2 + len);
    if (smk_noise_is_done(&r->noise))
        channel_begin(r);
}

void rogue_hear(struct rogue *r, struct smk_bytes bytes)
{
    if (r->kind != ROGUE_SPEAKS || r->is_lost)
        return;
    smk_buf_write_bytes(&r->in, bytes);
    r->is_lost = r->in.err != SMK_OK;
    if (!r->is_lost && !r->has_channel)
        hear_handshake(r);
    if (!r->is_lost && r->has_channel && r->in.len > 0)
        hear_messages(r);
}

/* ---- speaking ---- */

static void say_handshake(struct rogue *r, struct smk_buf *out)
{
    if (!smk_noise_is_write_turn(&r->noise))
        return;
    smk_buf_write_be16(out, (uint16_t)smk_noise_overhead(&r->noise));
    if (smk_noise_write(&r->noise, (struct smk_bytes){0}, out) != SMK_OK)
        r->is_lost = true;
    if (smk_noise_is_done(&r->noise))
        channel_begin(r);
}

static void say_hello(struct world *w, struct rogue *r, struct smk_buf *body)
{
    uint8_t digest[SMK_HASH_BYTES];
    struct voice v = {.device = &r->node->device,
                      .coalition = w->coalition.id,
                      .handshake_hash = r->noise.hash,
                      .is_initiator = r->is_initiator};
    struct smk_roster *roster = disk_roster(&r->node->disk);
    bool knows_itself = smk_roster_device(roster, r->node->device.sign.public_key) != NULL;
    test_rng_bytes(&w->rng, digest, sizeof digest);
    voice_hello(&v, knows_itself && test_rng_chance(&w->rng, 50) ? roster : NULL, digest, body);
    r->has_said_hello = true;
}

static void say_message(struct world *w, struct rogue *r, struct smk_buf *out)
{
    struct smk_buf body = {.max = SMK_MESSAGE_BYTES_MAX - 1};
    uint8_t type = SMK_MESSAGE_HELLO;
    bool is_polite = r->is_initiator || r->has_heard_hello || test_rng_chance(&w->rng, 3);
    if (!is_polite)
        return;
    if (!r->has_said_hello && test_rng_chance(&w->rng, 97))
        say_hello(w, r, &body);
    else
        type = rogue_word(w, r, &body);
    if (smk_channel_send(&r->channel, type, smk_buf_view(&body), out) != SMK_OK)
        r->is_lost = true;
    smk_buf_deinit(&body);
    r->said++;
}

static void say_garbage(struct world *w, struct rogue *r, struct smk_buf *out)
{
    uint8_t bytes[GARBAGE_BYTES_MAX];
    size_t len = 1 + (size_t)test_rng_below(&w->rng, GARBAGE_BYTES_MAX);
    test_rng_bytes(&w->rng, bytes, len);
    if (r->said == 0 && test_rng_chance(&w->rng, 50)) { /* the length of a good first message */
        bytes[0] = 0;
        bytes[1] = 32;
    }
    smk_buf_write(out, bytes, len);
    r->said++;
}

bool rogue_speak(struct world *w, struct rogue *r, struct smk_buf *out)
{
    switch (r->kind) {
    case ROGUE_SILENT: return true;
    case ROGUE_REPLAYS:
        if (r->said++ == 0)
            smk_buf_write_bytes(out, smk_buf_view(&r->script));
        return r->said < 40;
    case ROGUE_GARBAGE: say_garbage(w, r, out); return r->said < r->most;
    case ROGUE_SPEAKS: break;
    }
    if (!r->has_channel)
        say_handshake(r, out);
    else if (!r->is_lost)
        say_message(w, r, out);
    return !r->is_lost && r->said < r->most;
}
