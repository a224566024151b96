/* Target: frames and messages after the handshake, with real ciphers.
 * Input: faults, how far the next change of keys is, how far the last nonce is, then operations:
 *   a frame whose plain bytes are given, sealed here; a message sent by a channel of our own; raw bytes for the line;
 *   delivery of a part of the line; one flipped bit of what waits on the line.
 *
 * As long as the line was not spoilt, the messages that come out are those that went in. */
#include "proto/channel.h"
#include "proto/mem.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

enum {
    SENT_BYTES_MAX = 192 * 1024, /* by one input */
    LINE_BYTES_MAX = 2 * SENT_BYTES_MAX,
    EVERY = SMK_REKEY_EVERY_MESSAGES,
};

struct world {
    struct smk_channel sender, receiver;
    struct smk_buf line;  /* on its way */
    struct smk_buf plain; /* all that was sealed, in order */
    size_t heard;         /* bytes of plain that came out as messages */
    bool is_spoilt;
};

static void world_init(struct world *w, struct smk_reader *in)
{
    struct smk_noise_cipher there = {.key = {1}}, back = {.key = {2}};
    uint64_t frames = EVERY - 1 - fuzz_below(in, 16), nonce_left = fuzz_below(in, 256);
    if (nonce_left > 0 && nonce_left < 8)
        there.nonce = UINT64_MAX - nonce_left;
    *w = (struct world){.line = {.max = LINE_BYTES_MAX}, .plain = {.max = LINE_BYTES_MAX}};
    smk_channel_init(&w->sender, &there, &back);
    smk_channel_init(&w->receiver, &back, &there);
    w->sender.frames_sent = w->receiver.frames_received = frames;
}

static void world_deinit(struct world *w)
{
    smk_channel_deinit(&w->sender);
    smk_channel_deinit(&w->receiver);
    smk_buf_deinit(&w->line);
    smk_buf_deinit(&w->plain);
}

/* ---- what the model expects ---- */

static struct smk_reader unheard(const struct world *w)
{
    struct smk_reader r = smk_reader_over(smk_buf_view(&w->plain));
    (void)smk_read_bytes(&r, w->heard);
    return r;
}

/* Whether the next whole message in plain is this one; moves on. */
static void expect_message(struct world *w, const struct smk_message_view *m)
{
    if (w->is_spoilt)
        return;
    struct smk_reader r = unheard(w);
    uint32_t length = smk_read_be32(&r);
    SMK_ASSERT(length == m->body.len + 1);
    SMK_ASSERT(smk_read_u8(&r) == m->type);
    SMK_ASSERT(smk_bytes_is_equal(smk_read_bytes(&r, m->body.len), m->body));
    SMK_ASSERT(r.err == SMK_OK);
    w->heard += 4 + length;
}

static void listen(struct world *w)
{
    struct smk_message_view m;
    bool has = true;
    while (w->receiver.err == SMK_OK && has) {
        enum smk_err err = smk_channel_next(&w->receiver, &has, &m);
        SMK_ASSERT(err == SMK_OK || err == SMK_ERR_MALFORMED);
        if (err == SMK_OK && has)
            expect_message(w, &m);
    }
    if (w->receiver.err == SMK_OK)
        return;
    SMK_ASSERT(smk_channel_next(&w->receiver, &has, &m) == SMK_ERR_DEAD);
}

/* ---- operations ---- */

static void seal_frame(struct world *w, struct smk_bytes plain)
{
    struct smk_channel *c = &w->sender;
    uint8_t sealed[256 + SMK_FRAME_TAG_BYTES];
    if (plain.len == 0 || c->err != SMK_OK)
        return;
    if (smk_noise_cipher_seal(&c->send, plain, sealed) != SMK_OK)
        return;
    if (++c->frames_sent % EVERY == 0)
        smk_noise_cipher_rekey(&c->send);
    smk_buf_write_be16(&w->line, (uint16_t)(plain.len + SMK_FRAME_TAG_BYTES));
    smk_buf_write(&w->line, sealed, plain.len + SMK_FRAME_TAG_BYTES);
    smk_buf_write_bytes(&w->plain, plain);
}

static void send_message(struct world *w, uint8_t type, size_t len)
{
    if (w->plain.len + len > SENT_BYTES_MAX)
        return;
    uint8_t *body = calloc(1, len + 1);
    SMK_ASSERT(body != NULL);
    body[len / 2] = type;
    size_t before = w->line.len;
    test_fault_pause(false);
    enum smk_err err = smk_channel_send(&w->sender, type, (struct smk_bytes){body, len}, &w->line);
    test_fault_pause(true);
    bool is_known =
        err == SMK_OK || err == SMK_ERR_DEAD || err == SMK_ERR_NOMEM || err == SMK_ERR_TOO_BIG_HERE;
    SMK_ASSERT(is_known);
    SMK_ASSERT(err != SMK_ERR_NOMEM || test_fault_hits() > 0);
    SMK_ASSERT(err == SMK_OK || w->line.len == before);
    if (err == SMK_ERR_NOMEM)
        w->line.err = SMK_OK;
    if (err == SMK_OK) {
        smk_buf_write_be32(&w->plain, (uint32_t)len + 1);
        smk_buf_write_u8(&w->plain, type);
        smk_buf_write(&w->plain, body, len);
    }
    free(body);
}

static void deliver(struct world *w, size_t len)
{
    if (len > w->line.len)
        len = w->line.len;
    struct fuzz_block piece = fuzz_block_of((struct smk_bytes){w->line.data, len});
    bool was_dead = w->receiver.err != SMK_OK;
    smk_buf_drop(&w->line, len);
    test_fault_pause(false);
    enum smk_err err = smk_channel_receive(&w->receiver, fuzz_block_view(&piece));
    test_fault_pause(true);
    fuzz_block_drop(&piece);
    bool is_used_up = w->receiver.receive.nonce == UINT64_MAX;
    SMK_ASSERT(was_dead ? err == SMK_ERR_DEAD : err != SMK_ERR_DEAD || is_used_up);
    was_dead = was_dead || err == SMK_ERR_DEAD;
    if (err == SMK_ERR_NOMEM)
        SMK_ASSERT(test_fault_hits() > 0);
    else if (err != SMK_OK && !was_dead)
        SMK_ASSERT(err == SMK_ERR_TOO_BIG || w->is_spoilt);
    listen(w);
}

static void spoil(struct world *w, size_t at)
{
    if (w->line.len == 0)
        return;
    w->line.data[at % w->line.len] ^= (uint8_t)(1u << (at >> 8 & 7));
    w->is_spoilt = true;
}

/* Mostly small; of two and more frames now and then. */
static size_t message_bytes(uint8_t op, size_t given)
{
    return op < 8 ? given : given / 64;
}

static void operate(struct world *w, struct smk_reader *in)
{
    uint8_t op = smk_read_u8(in);
    switch (op % 8) {
    case 0:
    case 1: seal_frame(w, fuzz_bytes(in, smk_read_u8(in))); break;
    case 2: send_message(w, op, smk_read_u8(in)); break;
    case 3: send_message(w, op, message_bytes(op, smk_read_be16(in))); break;
    case 4: deliver(w, smk_read_u8(in)); break;
    case 5: deliver(w, w->line.len); break;
    case 6: spoil(w, smk_read_be16(in)); break;
    default: smk_buf_write_bytes(&w->line, fuzz_bytes(in, smk_read_u8(in))); w->is_spoilt = true;
    }
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    struct world w;
    fuzz_faults_begin(faults);
    world_init(&w, &in);
    for (unsigned i = 0; i < 64 && smk_reader_left(&in) > 0; i++)
        operate(&w, &in);
    deliver(&w, w.line.len);
    SMK_ASSERT(w.line.err == SMK_OK);
    SMK_ASSERT(w.plain.err == SMK_OK);
    /* Nothing whole is kept back. */
    struct smk_reader rest = unheard(&w);
    uint32_t length = smk_read_be32(&rest);
    bool is_alive = w.receiver.err == SMK_OK && !w.is_spoilt;
    if (is_alive && rest.err == SMK_OK)
        SMK_ASSERT(length > smk_reader_left(&rest));
    world_deinit(&w);
    fuzz_faults_end();
}

void fuzz_seeds(void)
{
    static const uint8_t whole[] = {0, 0, 3, 0, 0, 7, 0, 0, 0, 3, 5, 0x90, 0xc0, 5};
    static const uint8_t sent[] = {0, 0, 1, 0, 2, 9, 4, 3, 4, 7, 2, 200, 5, 3, 40, 1, 5, 2, 1, 5};
    static const uint8_t split[] = {0, 0, 0, 0, 0, 3, 0, 0, 0, 5, 1, 2, 3, 1, 2, 3, 0, 4, 9, 9, 9, 9, 5};
    static const uint8_t spoilt[] = {0, 0, 0, 0, 2, 9, 6, 2, 4, 5, 7, 3, 0, 1, 2, 5};
    static const uint8_t last_nonce[] = {0, 0, 0, 2, 2, 1, 2, 1, 2, 1, 5};
    static const uint8_t too_big[] = {0, 0, 0, 0, 0, 4, 0, 0x7f, 0xff, 0xff, 5};
    fuzz_seed("whole", SMK_BYTES(whole), (struct smk_bytes){0});
    fuzz_seed("sent", SMK_BYTES(sent), (struct smk_bytes){0});
    fuzz_seed("split", SMK_BYTES(split), (struct smk_bytes){0});
    fuzz_seed("spoilt", SMK_BYTES(spoilt), (struct smk_bytes){0});
    fuzz_seed("last-nonce", SMK_BYTES(last_nonce), (struct smk_bytes){0});
    fuzz_seed("too-big", SMK_BYTES(too_big), (struct smk_bytes){0});
}
