#include "tests/fuzz/session_play.h"

#include "proto/check.h"
#include "proto/mem.h"
#include "tests/sim/standin.h"

#include <string.h>

static void demand(enum smk_err err)
{
    SMK_ASSERT(err == SMK_OK);
}

/* ---- who knows what ---- */

static void invite(const struct play *p, struct memory_node *n)
{
    n->has_invitation = true;
    memcpy(n->invitation, p->invitation.id, sizeof n->invitation);
    memcpy(n->terms.secret, p->invitation.secret, sizeof n->terms.secret);
    n->terms.expires_ms = p->invitation.expires_ms;
}

static void invitation_make(struct play *p)
{
    struct smk_invitation *inv = &p->invitation;
    *inv = (struct smk_invitation){.expires_ms = UINT64_MAX, .office_count = 1};
    memcpy(inv->coalition, p->world->coalition.id, SMK_ID_BYTES);
    memcpy(inv->transport_key, p->world->sec.transport.public_key, SMK_KEY_BYTES);
    memcpy(inv->box_key, p->world->sec.box.public_key, SMK_KEY_BYTES);
    memset(inv->id, 7, sizeof inv->id);
    memset(inv->secret, 8, sizeof inv->secret);
    memcpy(inv->org.text, "ctod", sizeof "ctod");
    memcpy(inv->office[0].text, "ctod-editor", sizeof "ctod-editor");
}

/* Several logs in two scopes. */
static void write_logs(struct memory_node *n, uint64_t first, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        memory_node_renew(n, first + i);
        memory_node_edit(n, i % 3 == 0 ? "nat" : "pub", 2);
    }
}

/* The secretariat's node knows everything from the start; the others know who they and it are. */
static void node_make(const struct play *p, struct memory_node *n, const struct test_device *d,
                      enum scene scene)
{
    struct test_world *w = p->world;
    memory_node_init(n, &w->coalition, d);
    if (d == &w->sec || scene == SCENE_LOGS)
        memory_node_publish(n, &w->coalition);
    if (d == &w->sec)
        memory_node_edit(n, "pub", 4);
    if (d == &w->ctod && scene != SCENE_LOGS) {
        memory_node_meet(n, &w->coalition, &w->ctod);
        memory_node_meet(n, &w->coalition, &w->sec);
    }
    if (scene == SCENE_LOGS)
        write_logs(n, d == &w->sec ? 10 : 40, 12);
}

/* ---- life ---- */

static bool is_of_joining(enum scene scene)
{
    return scene == SCENE_JOIN || scene == SCENE_INVITER;
}

/* A device that joins is certified in mid-play, which changes the world. */
static void world_take(struct play *p, enum scene scene)
{
    static struct test_world lasting;
    static bool is_made;
    p->has_own_world = is_of_joining(scene);
    if (p->has_own_world) {
        p->world = smk_mem_new(sizeof *p->world);
        SMK_ASSERT(p->world != NULL);
        test_world_init(p->world);
        return;
    }
    if (!is_made) {
        test_world_init(&lasting);
        (void)smk_roster_device_count(
            lasting.coalition.roster); /* its tables are made on the first question */
    }
    is_made = true;
    p->world = &lasting;
}

/* The nodes as each scene finds them, written once and copied; those that join begin with nothing. */
static struct memory_node beginning[SCENES];

void play_prepare(void)
{
    struct play p = {0};
    standin_begin(1, false);
    world_take(&p, SCENE_MEMBER);
    node_make(&p, &beginning[SCENE_MEMBER], &p.world->sec, SCENE_MEMBER);
    node_make(&p, &beginning[SCENE_NEWCOMER], &p.world->ctod, SCENE_NEWCOMER);
    node_make(&p, &beginning[SCENE_LOGS], &p.world->sec, SCENE_LOGS);
}

void play_begin(struct play *p, unsigned flags, bool has_other)
{
    *p = (struct play){0};
    enum scene scene = (enum scene)((flags >> FLAG_SCENE_SHIFT) % SCENES);
    bool is_joining = is_of_joining(scene), is_newcomer = scene == SCENE_NEWCOMER;
    world_take(p, scene);
    test_device_init(&p->newcomer, 9);
    invitation_make(p);
    const struct test_device *here = scene == SCENE_JOIN ? &p->newcomer
                                     : is_newcomer       ? &p->world->ctod
                                                         : &p->world->sec;
    p->peer = scene == SCENE_INVITER   ? &p->newcomer
              : here == &p->world->sec ? &p->world->ctod
                                       : &p->world->sec;
    p->can_write = scene != SCENE_JOIN;
    if (p->has_own_world)
        node_make(p, &p->node, here, scene);
    else
        memory_node_clone(&p->node, &p->world->coalition, &beginning[scene]);
    invite(p, &p->node);
    if (has_other) {
        p->other = smk_mem_new(sizeof *p->other);
        SMK_ASSERT(p->other != NULL);
        node_make(p, p->other, p->peer, scene);
        invite(p, p->other);
    }
    puppet_begin(&p->puppet, &p->node, p->peer,
                 (struct puppet_options){
                     .is_initiator = is_joining ? scene == SCENE_INVITER : (flags & FLAG_PEER_BEGAN) != 0,
                     .is_short = (flags & FLAG_SHORT) != 0,
                     .join = scene == SCENE_JOIN ? &p->invitation : NULL,
                 });
}

void play_end(struct play *p)
{
    puppet_end(&p->puppet);
    for (size_t i = 0; i < p->batch_count; i++)
        smk_buf_deinit(&p->batch[i]);
    memory_node_deinit(&p->node);
    if (p->other != NULL)
        memory_node_deinit(p->other);
    smk_mem_free(p->other);
    if (!p->has_own_world)
        return;
    test_world_deinit(p->world);
    smk_mem_free(p->world);
}

/* ---- what the session asks for ---- */

void play_note(struct play *p)
{
    struct smk_update *up = &p->puppet.up;
    bool has_batch = up->has_batch;
    p->has_join = p->has_join || up->has_join;
    up->has_join = up->has_batch =
        false; /* an operation may come to nothing, and leave this update the newest */
    if (!has_batch)
        return;
    SMK_ASSERT(p->batch_count < PLAY_BATCHES_MAX);
    struct smk_buf *kept = &p->batch[p->batch_count];
    p->ticket[p->batch_count++] = up->batch.ticket;
    *kept = (struct smk_buf){.max = SMK_MESSAGE_BYTES_MAX};
    smk_buf_write_bytes(kept, up->batch.records_message);
    demand(kept->err);
}

enum smk_err play_store(struct play *p, size_t at)
{
    struct smk_buf message = p->batch[at];
    uint64_t ticket = p->ticket[at];
    p->batch_count--;
    p->batch[at] = p->batch[p->batch_count];
    p->ticket[at] = p->ticket[p->batch_count];
    struct smk_event ev = memory_node_store(&p->node, smk_buf_view(&message), ticket);
    smk_buf_deinit(&message);
    return puppet_event(&p->puppet, ev);
}

void play_welcome(struct play *p, struct smk_buf *b)
{
    struct smk_decision d = test_device(&p->newcomer, "ctod", "ctod-editor");
    struct test_coalition *c = &p->world->coalition;
    test_decide(c, &d, p->newcomer.decision);
    smk_pack_array(b, 2);
    smk_pack_bin(b, smk_buf_view(&c->genesis));
    demand(smk_roster_pack_certificate(c->roster, p->newcomer.sign.public_key, b));
}
