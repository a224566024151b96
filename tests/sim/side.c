#include "tests/sim/side.h"

#include "proto/check.h"
#include "proto/span.h"
#include "tests/sim/byzantine.h"
#include "tests/sim/checkers.h"
#include "tests/sim/node.h"
#include "tests/sim/rogue.h"
#include "tests/sim/standin.h"
#include "tests/sim/wiretap.h"

#include <inttypes.h>
#include <string.h>

enum { LINE_HIGH_BYTES = 256 * 1024, RECORDED_BYTES_MAX = 64 * 1024 };

/* ---- opening ---- */

static void session_open(struct world *w, struct line *l, unsigned at)
{
    struct side *s = &l->side[at];
    struct node *n = s->node;
    struct smk_session_options o = {
        .is_initiator = at == 0,
        .is_live = test_rng_chance(&w->rng, w->weather.live_percent),
        .identity = &n->disk.identity,
        .view = disk_view(&n->disk),
    };
    if (!node_is_honest(n))
        o.view = byzantine_view(w, n, l, at);
    test_rng_bytes(&w->rng, o.ephemeral_secret, sizeof o.ephemeral_secret);
    s->is_live = o.is_live;
    enum smk_err err = smk_session_new(&o, &s->session);
    SMK_ASSERT(err == SMK_OK);
}

void side_open(struct world *w, struct line *l, unsigned at, struct node *n)
{
    struct side *s = &l->side[at];
    *s = (struct side){.node = n, .last_at_ms = w->now_ms, .decided_hash = n->holding.decided_hash};
    if (!node_is_honest(n))
        s->rogue = rogue_of(w, n, at == 0);
    if (s->rogue != NULL) {
        line_put(w, l, HAPPENS_ROGUE, at, world_between(w, 1, 50));
        return;
    }
    session_open(w, l, at);
    side_drive(w, l, at, (struct smk_event){.type = SMK_EV_START});
}

void side_open_replay(struct world *w, struct line *l, struct smk_bytes said)
{
    l->side[0] = (struct side){.rogue = rogue_replay(w, said), .last_at_ms = w->now_ms};
    line_put(w, l, HAPPENS_ROGUE, 0, world_between(w, 1, 50));
}

void side_close(struct side *s)
{
    if (s->session != NULL)
        smk_session_status(s->session, &s->status);
    smk_session_free(s->session);
    rogue_free(s->rogue);
    mask_free(s->mask);
    s->session = NULL;
    s->rogue = NULL;
    s->mask = NULL;
}

/* ---- what a step asks for ---- */

static void heed_acknowledged(struct world *w, struct line *l, unsigned at, const struct smk_update *up)
{
    struct node *peer = l->side[1 - at].node;
    if (peer == NULL || !node_is_honest(peer))
        return;
    for (size_t i = 0; i < up->acknowledged_count; i++)
        ledger_promise(w, peer, &up->acknowledged[i]);
}

static void heed(struct world *w, struct line *l, unsigned at, const struct smk_update *up)
{
    struct side *s = &l->side[at];
    for (unsigned i = 0; i < up->notice_count; i++) {
        world_mix(w, up->notice[i]);
        switch (up->notice[i]) {
        case SMK_NOTICE_ACKNOWLEDGED: heed_acknowledged(w, l, at, up); break;
        case SMK_NOTICE_RECEIPT:
            disk_note_receipt(&s->node->disk, &s->status, &up->receipt, node_wall_ms(w, s->node));
            check_receipt(w, l, at, &up->receipt);
            break;
        case SMK_NOTICE_AGREED:
            w->tally.agreements++;
            if (l->edge != LINE_NO_EDGE && at == 0)
                w->edge[l->edge].agreements++;
            break;
        case SMK_NOTICE_FORK: check_fork_notice(w, l, at, s->status.fork_log_id); break;
        default: break;
        }
    }
}

static void hand_over(struct world *w, struct line *l, unsigned at, const struct smk_batch *batch)
{
    struct side *s = &l->side[at];
    check_batch(w, l, at, smk_span_str(smk_span_item(batch->records_message, 1)));
    node_put_batch(
        w, s->node,
        (struct job){
            .line_serial = l->serial, .side = at, .ticket = batch->ticket, .is_for_twin = s->is_for_twin},
        batch->records_message);
}

static void session_ended(struct world *w, struct line *l, unsigned at, enum smk_err err)
{
    struct side *s = &l->side[at];
    smk_session_status(s->session, &s->status);
    world_tell(w, "line %" PRIu64 ": node %zu: %s%s%s", l->serial, s->node->index,
               err == SMK_OK ? "closed in good order" : smk_err_text(err),
               s->status.reason[0] != '\0' ? ": " : "", s->status.reason);
    s->has_ended = true;
    s->ended = err;
    check_end(w, l, at, err);
    disk_note_end(&s->node->disk, &s->status, at == 0, node_wall_ms(w, s->node));
    line_hang_up(w, l, at);
}

void side_wake_later(struct world *w, struct line *l, unsigned at)
{
    struct side *s = &l->side[at];
    if (s->wake_ms == UINT64_MAX)
        return;
    uint64_t in_ms = node_until_ms(w, s->node, s->wake_ms);
    if (s->wake_due_ms > w->now_ms && s->wake_due_ms <= w->now_ms + in_ms)
        return; /* an earlier one is on its way and will put this one */
    s->wake_due_ms = w->now_ms + in_ms;
    line_put(w, l, HAPPENS_WAKE, at, in_ms);
}

void side_drive(struct world *w, struct line *l, unsigned at, struct smk_event ev)
{
    struct side *s = &l->side[at];
    struct smk_update up;
    if (s->is_gone || s->session == NULL)
        return;
    do {
        ev.now.ms = node_mono_ms(w, s->node);
        ev.wall_ms = node_wall_ms(w, s->node);
        s->has_step_due = false;
        standin_set_wall(ev.wall_ms);
        wiretap_begin(w, l, at);
        enum smk_err err = smk_session_step(s->session, &ev, &up);
        wiretap_end();
        smk_session_status(s->session, &s->status);
        world_mix(w, ((uint64_t)(uint32_t)err << 32) + up.to_send.len + ev.type);
        side_send(w, l, at, up.to_send);
        heed(w, l, at, &up);
        if (up.has_batch)
            hand_over(w, l, at, &up.batch);
        if (err != SMK_OK || up.is_finished) {
            session_ended(w, l, at, err);
            return;
        }
        s->has_step_due = up.has_more;
        ev = (struct smk_event){.type = SMK_EV_SENT};
    } while (up.has_more && l->side[1 - at].queued_bytes <= LINE_HIGH_BYTES);
    s->wake_ms = up.wake_at.ms;
    side_wake_later(w, l, at);
}

void side_line_closed(struct world *w, struct line *l, unsigned at)
{
    if (l->side[at].session != NULL)
        side_drive(w, l, at, (struct smk_event){.type = SMK_EV_LINE_CLOSED});
    if (!l->side[at].is_gone)
        line_hang_up(w, l, at);
}

/* ---- rogues ---- */

enum { ROGUE_PIECE_BYTES = 64 * 1024, ROGUE_PATIENCE_MS = 150 * 1000 };

void side_rogue_speaks(struct world *w, struct line *l, unsigned at)
{
    struct side *s = &l->side[at];
    struct smk_buf said = {.max = 8 * SMK_MESSAGE_BYTES_MAX};
    if (s->rogue == NULL)
        return;
    bool goes_on = rogue_speak(w, s->rogue, &said);
    SMK_ASSERT(said.err == SMK_OK);
    side_send(w, l, at, smk_buf_view(&said));
    smk_buf_deinit(&said);
    if (!goes_on || w->now_ms > l->began_ms + ROGUE_PATIENCE_MS)
        line_hang_up(w, l, at);
    else
        line_put(w, l, HAPPENS_ROGUE, at, rogue_pause_ms(w, s->rogue));
}
