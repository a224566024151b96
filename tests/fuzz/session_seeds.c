#include "tests/fuzz/session_seeds.h"

#include "proto/channel.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/session_play.h"

#include <stdio.h>
#include <stdlib.h>

enum smk_err __real_smk_channel_send(struct smk_channel *c, uint8_t type, struct smk_bytes body,
                                     struct smk_buf *line);
enum smk_err __wrap_smk_channel_send(struct smk_channel *c, uint8_t type, struct smk_bytes body,
                                     struct smk_buf *line);

static struct smk_buf *record; /* of what the honest peer says; NULL = nobody listens */

/* The linker gives every call of smk_channel_send from another file to this. */
enum smk_err __wrap_smk_channel_send(struct smk_channel *c, uint8_t type, struct smk_bytes body,
                                     struct smk_buf *line)
{
    if (record != NULL) {
        SMK_ASSERT(body.len <= UINT16_MAX);
        smk_buf_write_u8(record, OP_SAY);
        smk_buf_write_u8(record, type);
        smk_buf_write_be16(record, (uint16_t)body.len);
        smk_buf_write_bytes(record, body);
    }
    return __real_smk_channel_send(c, type, body, line);
}

struct hearing {
    struct play play;
    struct smk_session *peer;
    struct smk_buf said; /* operations so far */
    struct smk_buf line; /* of the peer, not yet delivered */
    bool is_over;
};

static void demand(enum smk_err err)
{
    SMK_ASSERT(err == SMK_OK);
}

static void peer_begin(struct hearing *h)
{
    struct play *p = &h->play;
    struct smk_session_options o = {
        .is_initiator = p->puppet.is_initiator,
        .is_live = true,
        .identity = &p->other->identity,
        .view = &p->other->view,
        .join = p->puppet.is_initiator && p->peer == &p->newcomer ? &p->invitation : NULL,
    };
    test_seed_bytes("puppet ephemeral", 0, o.ephemeral_secret); /* as puppet.c draws it */
    demand(smk_session_new(&o, &h->peer));
}

static void peer_step(struct hearing *h, struct smk_event ev);

static void peer_admits(struct hearing *h)
{
    struct smk_buf welcome = {.max = 65536};
    play_welcome(&h->play, &welcome);
    peer_step(h, (struct smk_event){.type = SMK_EV_ADMITTED, .welcome = smk_buf_view(&welcome)});
    smk_buf_deinit(&welcome);
}

/* One step of the peer, with all that follows on its side. */
static void peer_step(struct hearing *h, struct smk_event ev)
{
    struct play *p = &h->play;
    struct smk_update up = {.has_more = true};
    while (up.has_more && !h->is_over) {
        ev.now.ms = p->puppet.now_ms;
        ev.wall_ms = p->puppet.wall_ms;
        record = &h->said;
        enum smk_err err = smk_session_step(h->peer, &ev, &up);
        record = NULL;
        smk_buf_write_bytes(&h->line, up.to_send);
        h->is_over = err != SMK_OK || up.is_finished;
        ev = (struct smk_event){.type = SMK_EV_SENT};
        if (up.has_join)
            peer_admits(h);
        if (up.has_batch && !h->is_over)
            peer_step(h, memory_node_store(p->other, up.batch.records_message, up.batch.ticket));
    }
}

static void tested_did(struct hearing *h)
{
    struct play *p = &h->play;
    play_note(p);
    if (p->puppet.up.has_more) {
        smk_buf_write_u8(&h->said, OP_SENT);
        (void)puppet_event(&p->puppet, (struct smk_event){.type = SMK_EV_SENT});
        play_note(p);
    }
    while (p->batch_count > 0) {
        smk_buf_write_u8(&h->said, OP_STORED);
        smk_buf_write_be16(&h->said, SESSION_REAL_VERDICT);
        (void)play_store(p, 0);
        play_note(p);
    }
    if (p->has_join) {
        struct smk_buf welcome = {.max = 65536};
        play_welcome(p, &welcome);
        p->has_join = false;
        smk_buf_write_u8(&h->said, OP_ADMITTED);
        smk_buf_write_u8(&h->said, 0);
        (void)puppet_event(&p->puppet,
                           (struct smk_event){.type = SMK_EV_ADMITTED, .welcome = smk_buf_view(&welcome)});
        smk_buf_deinit(&welcome);
    }
}

/* Carries bytes to and fro until both are silent. */
static void carry(struct hearing *h)
{
    struct play *p = &h->play;
    while (h->line.len > 0 || p->puppet.from_session.len > 0) {
        if (h->line.len > 0) {
            struct fuzz_block piece = fuzz_block_of(smk_buf_view(&h->line));
            smk_buf_reset(&h->line);
            (void)puppet_deliver(&p->puppet, fuzz_block_view(&piece));
            fuzz_block_drop(&piece);
            tested_did(h);
        }
        if (p->puppet.from_session.len > 0) {
            struct fuzz_block piece = fuzz_block_of(smk_buf_view(&p->puppet.from_session));
            smk_buf_reset(&p->puppet.from_session);
            peer_step(h, (struct smk_event){.type = SMK_EV_RECEIVED, .received = fuzz_block_view(&piece)});
            fuzz_block_drop(&piece);
        }
    }
}

static void write_and_stop(struct hearing *h, unsigned scene)
{
    struct play *p = &h->play;
    if (scene == SCENE_JOIN || scene == SCENE_INVITER)
        return;
    smk_buf_write_u8(&h->said, OP_ARRIVED);
    smk_buf_write_u8(&h->said, 0);
    memory_node_edit(&p->node, "pub", 3);
    (void)puppet_event(&p->puppet, (struct smk_event){.type = SMK_EV_ARRIVED});
    tested_did(h);
    carry(h);
    memory_node_edit(p->other, "pub", 3);
    peer_step(h, (struct smk_event){.type = SMK_EV_ARRIVED});
    carry(h);
    smk_buf_write_u8(&h->said, OP_TIME);
    smk_buf_write_be16(&h->said, 12000);
    (void)puppet_time(&p->puppet, 48000);
    tested_did(h);
    peer_step(h, (struct smk_event){.type = SMK_EV_TIME});
    carry(h);
    peer_step(h, (struct smk_event){.type = SMK_EV_STOP});
    carry(h);
}

static void seed_scene(unsigned flags)
{
    const uint8_t head[] = {0, 0, (uint8_t)flags};
    struct hearing *h = calloc(1, sizeof *h);
    char name[32];
    SMK_ASSERT(h != NULL);
    h->said.max = h->line.max = 16 * 1024 * 1024;
    play_begin(&h->play, flags, true);
    peer_begin(h);
    peer_step(h, (struct smk_event){.type = SMK_EV_START});
    carry(h);
    write_and_stop(h, flags >> FLAG_SCENE_SHIFT);
    SMK_ASSERT(h->said.err == SMK_OK);
    (void)snprintf(name, sizeof name, "scene-%02u", flags);
    fuzz_seed(name, SMK_BYTES(head), smk_buf_view(&h->said));
    smk_session_free(h->peer);
    smk_buf_deinit(&h->said);
    smk_buf_deinit(&h->line);
    play_end(&h->play);
    free(h);
}

void session_seeds(void)
{
    for (unsigned flags = 0; flags < SCENES << FLAG_SCENE_SHIFT; flags++)
        seed_scene(flags);
}
