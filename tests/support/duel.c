#include "tests/support/duel.h"

#include "proto/check.h"
#include "proto/hash.h"

#include <stdlib.h>
#include <string.h>

enum { QUEUE_BYTES_MAX = 256 * 1024 * 1024, WALL_MS_FIRST = 1000 };

void duel_begin(struct duel *d, struct memory_node *initiator, struct memory_node *responder,
                struct duel_options options)
{
    struct memory_node *node[2] = {initiator, responder};
    *d = (struct duel){.rng = test_rng_from(options.seed), .options = options, .now_ms = WALL_MS_FIRST};
    d->wall_ms = 1713312000000;
    for (unsigned i = 0; i < 2; i++) {
        struct smk_session_options o = {
            .is_initiator = i == 0,
            .is_live = options.is_live[i],
            .identity = &node[i]->identity,
            .view = i == 0 && options.join != NULL ? NULL : &node[i]->view,
            .join = i == 0 ? options.join : NULL,
        };
        test_rng_bytes(&d->rng, o.ephemeral_secret, sizeof o.ephemeral_secret);
        d->side[i] = (struct duel_side){
            .node = node[i],
            .wake_ms = UINT64_MAX,
            .inbox = {.max = QUEUE_BYTES_MAX},
            .welcome = {.max = SMK_MESSAGE_BYTES_MAX},
        };
        enum smk_err err = smk_session_new(&o, &d->side[i].session);
        SMK_ASSERT(err == SMK_OK);
    }
    for (unsigned i = 0; i < 2; i++)
        (void)duel_event(d, i, (struct smk_event){.type = SMK_EV_START});
}

void duel_end(struct duel *d)
{
    for (unsigned i = 0; i < 2; i++) {
        struct duel_side *side = &d->side[i];
        smk_session_free(side->session);
        smk_buf_deinit(&side->inbox);
        smk_buf_deinit(&side->welcome);
        for (size_t k = 0; k < side->batch_count; k++)
            smk_buf_deinit(&side->batch[k].message);
        free(side->batch);
        *side = (struct duel_side){0};
    }
}

/* ---- updates ---- */

static void keep_batch(struct duel_side *side, const struct smk_batch *batch)
{
    struct duel_batch *more = realloc(side->batch, (side->batch_count + 1) * sizeof *more);
    SMK_ASSERT(more != NULL);
    side->batch = more;
    struct duel_batch *kept = &more[side->batch_count++];
    *kept = (struct duel_batch){.ticket = batch->ticket, .message = {.max = SMK_MESSAGE_BYTES_MAX}};
    smk_buf_write_bytes(&kept->message, batch->records_message);
    SMK_ASSERT(kept->message.err == SMK_OK);
}

/* Both signatures of a receipt must be good. */
static void keep_receipt(struct duel *d, unsigned at, const struct smk_sync_receipt *r)
{
    struct memory_node *own = d->side[at].node, *other = d->side[1 - at].node;
    const uint8_t *coalition = smk_roster_coalition(own->roster);
    const struct memory_node *initiator = d->side[0].node, *responder = d->side[1].node;
    uint8_t object[SMK_HASH_BYTES];
    smk_hash(SMK_PERSONAL_OBJECT, r->body, object);
    SMK_ASSERT(r->is_ours_initiator == (at == 0));
    bool is_good = smk_verify(initiator->device->sign.public_key, SMK_SIGN_SYNC_RECEIPT, coalition, object,
                              r->initiator_signature);
    SMK_ASSERT(is_good);
    is_good = smk_verify(responder->device->sign.public_key, SMK_SIGN_SYNC_RECEIPT, coalition, object,
                         r->responder_signature);
    SMK_ASSERT(is_good);
    struct memory_peer *peer = memory_node_peer(own, other->device->sign.public_key);
    peer->memory.receipt_ms = d->wall_ms;
    memcpy(peer->memory.receipt_digest, r->digest, sizeof r->digest);
}

static void keep_notices(struct duel *d, unsigned at, const struct smk_update *up)
{
    struct duel_side *side = &d->side[at];
    SMK_ASSERT(up->notice_count <= sizeof up->notice / sizeof up->notice[0]);
    for (unsigned i = 0; i < up->notice_count; i++) {
        side->notices[up->notice[i]]++;
        if (up->notice[i] == SMK_NOTICE_RECEIPT)
            keep_receipt(d, at, &up->receipt);
        if (up->notice[i] == SMK_NOTICE_WELCOME)
            smk_buf_write_bytes(&side->welcome, up->welcome);
    }
}

static void remember(struct duel *d, unsigned at)
{
    static const uint8_t nobody[SMK_KEY_BYTES];
    struct duel_side *side = &d->side[at];
    if (memcmp(side->status.peer_sign_key, nobody, sizeof nobody) == 0)
        return;
    struct memory_peer *peer = memory_node_peer(side->node, side->status.peer_sign_key);
    if (side->status.is_complete)
        peer->memory.lacks_us = false;
    if (side->status.peer_code == 4) /* unknown_author */
        peer->memory.lacks_us = true;
}

enum smk_err duel_event(struct duel *d, unsigned at, struct smk_event ev)
{
    struct duel_side *side = &d->side[at];
    struct smk_update up;
    ev.now.ms = d->now_ms;
    ev.wall_ms = d->wall_ms;
    if (d->options.on_step != NULL)
        d->options.on_step(true);
    enum smk_err err = smk_session_step(side->session, &ev, &up);
    if (d->options.on_step != NULL)
        d->options.on_step(false);
    smk_session_status(side->session, &side->status);
    if (err == SMK_ERR_DEAD)
        return err;
    keep_notices(d, at, &up);
    side->bytes_out += up.to_send.len;
    SMK_ASSERT(side->bytes_out == side->status.line_bytes_sent);
    if (up.to_send.len > side->step_bytes_max)
        side->step_bytes_max = up.to_send.len;
    if (!d->is_cut)
        smk_buf_write_bytes(&d->side[1 - at].inbox, up.to_send);
    SMK_ASSERT(d->side[1 - at].inbox.err == SMK_OK);
    if (up.has_batch)
        keep_batch(side, &up.batch);
    side->has_join = side->has_join || up.has_join;
    if (up.has_join)
        side->join = up.join;
    side->has_more = up.has_more;
    side->wake_ms = up.wake_at.ms;
    side->err = err;
    side->is_over = err != SMK_OK || up.is_finished;
    SMK_ASSERT(err == SMK_OK || up.is_finished);
    if (side->is_over)
        remember(d, at);
    return err;
}

/* ---- what can happen ---- */

static void deliver(struct duel *d, unsigned at)
{
    struct duel_side *side = &d->side[at];
    size_t len = side->inbox.len;
    if (d->options.chunk_max > 0)
        len = 1 + (size_t)test_rng_below(&d->rng, d->options.chunk_max);
    if (len > side->inbox.len)
        len = side->inbox.len;
    if (d->options.cut_after > 0 && d->delivered + len >= d->options.cut_after) {
        len = d->options.cut_after - d->delivered;
        d->is_cut = true;
    }
    d->delivered += len;
    uint8_t *exact = malloc(len > 0 ? len : 1); /* exact size: ASan sees one byte too far */
    SMK_ASSERT(exact != NULL);
    memcpy(exact, side->inbox.data, len);
    smk_buf_drop(&side->inbox, len);
    (void)duel_event(d, at, (struct smk_event){.type = SMK_EV_RECEIVED, .received = {exact, len}});
    free(exact);
    if (d->is_cut) {
        smk_buf_reset(&d->side[0].inbox);
        smk_buf_reset(&d->side[1].inbox);
    }
}

static void store_one(struct duel *d, unsigned at)
{
    struct duel_side *side = &d->side[at];
    struct duel_batch batch = side->batch[0];
    side->batch_count--;
    memmove(side->batch, side->batch + 1, side->batch_count * sizeof batch);
    struct smk_event ev = memory_node_store(side->node, smk_buf_view(&batch.message), batch.ticket);
    smk_buf_deinit(&batch.message);
    (void)duel_event(d, at, ev);
}

static bool happen(struct duel *d, unsigned at, bool may_store)
{
    struct duel_side *side = &d->side[at];
    if (side->is_over)
        return false;
    bool is_alone = d->is_cut || (d->side[1 - at].is_over && side->inbox.len == 0);
    if (side->has_more) {
        (void)duel_event(d, at, (struct smk_event){.type = SMK_EV_SENT});
    } else if (side->batch_count > 0 && may_store &&
               (is_alone || side->inbox.len == 0 || test_rng_chance(&d->rng, 50))) {
        store_one(d, at);
    } else if (side->inbox.len > 0) {
        deliver(d, at);
    } else if (is_alone) {
        (void)duel_event(d, at, (struct smk_event){.type = SMK_EV_LINE_CLOSED});
    } else {
        return false;
    }
    return true;
}

void duel_run(struct duel *d, duel_meddle_fn *meddle, void *ctx)
{
    for (;;) {
        unsigned first = (unsigned)test_rng_below(&d->rng, 2);
        bool may_store = !d->options.has_to_wait_to_store;
        bool has_happened = happen(d, first, may_store) || happen(d, 1 - first, may_store);
        if (!has_happened && !may_store)
            has_happened = happen(d, first, true) || happen(d, 1 - first, true);
        if (!has_happened)
            return;
        if (meddle != NULL && test_rng_chance(&d->rng, 10))
            meddle(ctx, d);
    }
}

bool duel_wait(struct duel *d)
{
    uint64_t next = UINT64_MAX;
    for (unsigned i = 0; i < 2; i++)
        if (!d->side[i].is_over && d->side[i].wake_ms < next)
            next = d->side[i].wake_ms;
    if (next == UINT64_MAX)
        return false;
    if (next > d->now_ms) {
        d->wall_ms += next - d->now_ms;
        d->now_ms = next;
    }
    for (unsigned i = 0; i < 2; i++)
        if (!d->side[i].is_over && d->side[i].wake_ms <= d->now_ms)
            (void)duel_event(d, i, (struct smk_event){.type = SMK_EV_TIME});
    duel_run(d, NULL, NULL);
    return true;
}

void duel_once(struct memory_node *initiator, struct memory_node *responder, struct duel_options options,
               struct duel_side ret_side[2])
{
    struct duel d;
    duel_begin(&d, initiator, responder, options);
    duel_run(&d, NULL, NULL);
    while ((!d.side[0].is_over || !d.side[1].is_over) && duel_wait(&d))
        ;
    memcpy(ret_side, d.side, sizeof d.side);
    duel_end(&d);
}
