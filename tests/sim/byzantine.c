#include "tests/sim/byzantine.h"

#include "proto/check.h"
#include "proto/span.h"
#include "tests/sim/node.h"
#include "tests/sim/workload.h"

#include <stdlib.h>
#include <string.h>

enum { FLOOD_RECORDS_MAX = 120 };
static const uint64_t FIFTY_YEARS_MS = (uint64_t)50 * 365 * SMK_DAY_MS;

/* Beside real stores one neighbour leads two lives, in most worlds: what they do about it is theirs alone. */
static bool draw_beside_stores(struct world *w)
{
    if (!w->has_real_stores || !test_rng_chance(&w->rng, 70))
        return false;
    struct node *n = &w->node[1 + test_rng_below(&w->rng, 2)];
    SMK_ASSERT(!n->is_root);
    n->vices = VICE_FORK;
    w->tally.worlds_byzantine = 1;
    return true;
}

static void draw_vices(struct world *w, struct node *n)
{
    static const unsigned seen[] = {VICE_WITHHOLD, VICE_LIE, VICE_DRIP, VICE_SILENCE, VICE_GARBAGE};
    size_t vices = 1 + (size_t)test_rng_below(&w->rng, 6);
    for (size_t i = 0; i < vices; i++)
        n->vices |= 1u << test_rng_below(&w->rng, 13);
    if (test_rng_chance(&w->rng, 40)) /* something that every other session shows */
        n->vices |= seen[test_rng_below(&w->rng, sizeof seen / sizeof seen[0])];
    if (test_rng_chance(&w->rng, 30)) /* other vices would spoil what its two histories need to be met */
        n->vices = VICE_FORK;
}

void byzantine_draw(struct world *w)
{
    size_t most = w->node_count / 4, count = 0;
    if (draw_beside_stores(w))
        return;
    if (most == 0 || (!w->options.must_be_byzantine && !test_rng_chance(&w->rng, 40)))
        return;
    size_t wanted = 1 + (size_t)test_rng_below(&w->rng, most);
    for (size_t tries = 0; tries < 200 && count < wanted; tries++) {
        struct node *n = &w->node[test_rng_below(&w->rng, w->node_count)];
        if (n->is_root || n->vices != 0 || !n->is_member) /* who comes late has little time */
            continue;
        draw_vices(w, n);
        count++;
    }
    w->tally.worlds_byzantine = count > 0;
}

bool byzantine_drips(struct world *w, const struct node *n)
{
    bool drips = (n->vices & VICE_DRIP) != 0 && test_rng_chance(&w->rng, 50);
    if (drips)
        world_count(w, FAULT_DRIP);
    return drips;
}

/* ---- two faces ---- */

struct disk *byzantine_face(struct world *w, struct node *n)
{
    return n->twin != NULL && test_rng_chance(&w->rng, 50) ? n->twin : &n->disk;
}

uint64_t byzantine_wall_ms(struct world *w, const struct node *n)
{
    uint64_t wall_ms = node_wall_ms(w, n);
    if ((n->vices & VICE_FUTURE) == 0 || !test_rng_chance(&w->rng, 20))
        return wall_ms;
    world_count(w, FAULT_FUTURE);
    return wall_ms + FIFTY_YEARS_MS;
}

static void grow_twin(struct world *w, struct node *n)
{
    if (n->twin != NULL || n->holding.records == 0)
        return;
    n->twin = calloc(1, sizeof *n->twin);
    SMK_ASSERT(n->twin != NULL);
    disk_copy(n->twin, &n->disk);
    holding_init(&n->twin_holding);
    ledger_look_again(w, n, n->twin, &n->twin_holding);
    world_tell(w, "node %zu begins to lead two lives", n->index);
}

/* ---- bad records ---- */

/* Signs and puts in whatever this is; nothing is judged. */
static void put_raw(struct world *w, struct node *n, struct smk_header *h, struct smk_bytes payload,
                    bool is_spoiled)
{
    struct memory_node *rows = n->disk.memory;
    struct smk_buf header = {.max = SMK_HEADER_BYTES_MAX};
    struct smk_record r;
    struct smk_log log;
    uint8_t salt[SMK_SEED_BYTES];
    smk_log_init(&log, n->device.sign.public_key, rows->incarnation, &h->scope);
    const struct memory_log *held = memory_node_find(rows, log.log_id);
    if (held == NULL || held->log.fork > 0)
        return; /* its open comes first; a log that is found out is of no use any more */
    memcpy(h->author, log.author, sizeof h->author);
    memcpy(h->incarnation, log.incarnation, sizeof h->incarnation);
    memcpy(h->prev, held->log.id, sizeof h->prev);
    h->seq = held->log.seq + 1;
    h->time = held->log.time + 1;
    test_seed_bytes("salt", rows->salt++, salt);
    enum smk_err err = smk_record_make(h, payload, salt, &n->device.sign, w->coalition.id, &header, &r);
    SMK_ASSERT(err == SMK_OK);
    if (is_spoiled) {
        uint8_t signature[SMK_SIGNATURE_BYTES];
        memcpy(signature, r.signature, sizeof signature);
        signature[test_rng_below(&w->rng, sizeof signature)] ^= 1;
        err = smk_record_assemble(r.header_bytes, signature, r.salt, r.payload, &r);
        SMK_ASSERT(err == SMK_OK);
    }
    memory_node_put(rows, &r);
    smk_buf_deinit(&header);
    ledger_look(w, n, &n->disk, &n->holding);
}

static void bad_inner(struct world *w, struct node *n)
{
    struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    size_t scope = workload_scope(w, n);
    struct smk_header h = {.type = test_rng_chance(&w->rng, 80) ? SMK_RECORD_EDIT : SMK_RECORD_ACT};
    if (scope == w->government.scope_count)
        return;
    h.scope = w->government.scope[scope];
    workload_payload(w, n, &h.scope, h.type, &payload);
    put_raw(w, n, &h, smk_buf_view(&payload), true);
    if (test_rng_chance(&w->rng, 80))
        put_raw(w, n, &h, smk_buf_view(&payload), false);
    smk_buf_deinit(&payload);
    world_count(w, FAULT_BAD_INNER);
}

struct old_decision {
    struct smk_buf payload;
    uint64_t skip;
};

static bool old_decision_found(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct old_decision *o = ctx;
    (void)arrival;
    if (r->header.type != SMK_RECORD_DECISION || o->skip-- > 0)
        return true;
    smk_buf_write_bytes(&o->payload, r->payload);
    return false;
}

static void old_governance(struct world *w, struct node *n)
{
    const struct smk_view *view = disk_view(&n->disk);
    struct old_decision o = {.payload = {.max = SMK_PAYLOAD_BYTES_MAX}, .skip = test_rng_below(&w->rng, 40)};
    struct smk_header h = {.type = SMK_RECORD_DECISION, .scope = smk_scope_of("gov")};
    enum smk_err err = view->read_arrivals(view->ctx, 0, old_decision_found, &o);
    SMK_ASSERT(err == SMK_OK);
    if (o.payload.len > 0) {
        put_raw(w, n, &h, smk_buf_view(&o.payload), false);
        world_count(w, FAULT_OLD_GOVERNANCE);
    }
    smk_buf_deinit(&o.payload);
}

/* Its own device in another organisation, with the right number of signatures: by its own key, under the names of the
 * root keys. */
static void false_decision(struct world *w, struct node *n)
{
    size_t k = w->has_real_keys ? 1 : w->coalition.k; /* Ed25519 itself does not sign for another key */
    struct test_coalition usurper = {.root_count = k, .k = k};
    struct smk_decision d = test_device(&n->device, "sec", "sec-approver");
    struct smk_header h = {.type = SMK_RECORD_DECISION, .scope = smk_scope_of("gov")};
    struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    uint8_t hash[SMK_HASH_BYTES], in_force[SMK_CERT_DECISIONS_MAX][SMK_HASH_BYTES];
    size_t count = smk_roster_in_force(disk_roster(&n->disk), SMK_DECIDE_DEVICE, SMK_BYTES(d.device.sign_key),
                                       in_force, SMK_CERT_DECISIONS_MAX);
    for (size_t i = 0; i < count && i < SMK_CERT_DECISIONS_MAX; i++)
        test_replace(&d, in_force[i]); /* whoever believes it believes this one alone */
    memcpy(usurper.id, w->coalition.id, sizeof usurper.id);
    for (size_t i = 0; i < usurper.k; i++) {
        usurper.root[i] = n->device.sign;
        if (!w->has_real_keys)
            memcpy(usurper.root[i].public_key, w->coalition.root[i].public_key, SMK_KEY_BYTES);
    }
    test_decision_payload(&usurper, &d, &payload, hash);
    put_raw(w, n, &h, smk_buf_view(&payload), false);
    smk_buf_deinit(&payload);
    world_count(w, FAULT_FALSE_DECISION);
}

static void flood(struct world *w, struct node *n)
{
    size_t count = 20 + (size_t)test_rng_below(&w->rng, FLOOD_RECORDS_MAX - 20);
    for (size_t i = 0; i < count; i++)
        workload_write(w, n);
    world_count(w, FAULT_FLOOD);
}

enum {
    DEEDS = VICE_FORK | VICE_FLOOD | VICE_BAD_INNER | VICE_OLD_GOVERNANCE | VICE_FALSE_DECISION,
};

void byzantine_act(struct world *w, struct node *n)
{
    unsigned vice;
    if ((n->vices & DEEDS) == 0 || n->is_full || w->phase != PHASE_STORM || !test_rng_chance(&w->rng, 70))
        return;
    do {
        vice = 1u << test_rng_below(&w->rng, 13);
    } while ((vice & n->vices & DEEDS) == 0);
    if ((vice & (VICE_OLD_GOVERNANCE | VICE_FALSE_DECISION)) != 0)
        workload_write_to(w, n, 0); /* opens its log there */
    switch (vice) {
    case VICE_FORK: grow_twin(w, n); break;
    case VICE_FLOOD: flood(w, n); break;
    case VICE_BAD_INNER: bad_inner(w, n); break;
    case VICE_OLD_GOVERNANCE:
        old_governance(w, n);
        old_governance(w, n);
        break;
    default: false_decision(w, n); break;
    }
}
