#include "proto/hash.h"
#include "proto/session.h"
#include "tests/support/duel.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { DEVICES = 3, LOGS_OF_ONE_MAX = 90, MEDDLED_MAX = 12 };

static const char *const scopes[] = {"gov",     "pub",     "nat",         "prov:02", "dm:0201",  "dm:0202",
                                     "dm:0301", "wit:pub", "wit:dm:0202", "org:sec", "org:ctod", "org:bavel"};
enum { SCOPES = sizeof scopes / sizeof scopes[0] };

/* Three devices and what they have written, from which every case takes some. */
struct pool {
    struct test_world world;
    const struct test_device *device[DEVICES];
    struct memory_node author[DEVICES];
};

static bool holds(struct pool *p, const struct test_device *d, const char *scope)
{
    struct smk_scope s = smk_scope_of(scope);
    return smk_roster_holds(p->world.coalition.roster, d->sign.public_key, &s);
}

static void pool_init(struct pool *p, uint64_t seed, size_t logs_of_one)
{
    struct test_rng rng = test_rng_from(seed);
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    test_world_init(&p->world);
    p->device[0] = &p->world.sec;
    p->device[1] = &p->world.ctod;
    p->device[2] = &p->world.bavel;
    for (size_t i = 0; i < DEVICES; i++) {
        memory_node_init(&p->author[i], &p->world.coalition, p->device[i]);
        for (size_t k = 0; k < DEVICES; k++)
            memory_node_meet(&p->author[i], &p->world.coalition, p->device[k]);
    }
    memory_node_publish(&p->author[0], &p->world.coalition);
    for (size_t i = 0; i < DEVICES; i++) {
        for (size_t k = 0; k < logs_of_one; k++) {
            const char *scope = scopes[1 + test_rng_below(&rng, SCOPES - 1)];
            size_t length = test_rng_chance(&rng, 20) ? 1 + (size_t)test_rng_below(&rng, 20) : 1;
            memory_node_renew(&p->author[i], k);
            for (size_t r = 0; r < length && holds(p, p->device[i], scope); r++)
                memory_node_edit(&p->author[i], scope, (size_t)test_rng_below(&rng, 40));
        }
    }
}

static void pool_deinit(struct pool *p)
{
    for (size_t i = 0; i < DEVICES; i++)
        memory_node_deinit(&p->author[i]);
    test_world_deinit(&p->world);
}

/* How much of each log a node of a case holds. */
struct share {
    unsigned none_percent;  /* logs that it has nothing of */
    unsigned whole_percent; /* of the others: logs that it has all of */
    bool has_gov;
};

static void node_init(struct memory_node *n, struct pool *p, size_t device, const struct share *share,
                      struct test_rng *rng)
{
    memory_node_init(n, &p->world.coalition, p->device[device]);
    for (size_t i = 0; i < DEVICES; i++)
        if (share->has_gov || i == device || i == 0)
            memory_node_meet(n, &p->world.coalition, p->device[i]);
    for (size_t i = 0; i < DEVICES; i++) /* as if an earlier session had ended for want of the certificate */
        memory_node_peer(n, p->device[i]->sign.public_key)->memory.lacks_us = true;
    memory_node_renew(n, 1000); /* what it writes itself stands in other logs than the pool's */
    for (size_t i = 0; i < DEVICES; i++) {
        for (size_t k = 0; k < p->author[i].log_count; k++) {
            const struct memory_log *log = &p->author[i].log[k];
            bool is_gov = strcmp(log->log.scope.text, "gov") == 0;
            if (!holds(p, p->device[device], log->log.scope.text) || (is_gov && !share->has_gov))
                continue;
            size_t count = log->count;
            if (!is_gov && test_rng_chance(rng, share->none_percent))
                count = 0;
            else if (!is_gov && !test_rng_chance(rng, share->whole_percent))
                count = (size_t)test_rng_below(rng, log->count + 1);
            memory_node_copy(n, log, count);
        }
    }
}

/* Which records of which scopes the two nodes of a case hold. */
struct count {
    uint64_t records[2][SCOPES];
};

static struct count count_of(const struct memory_node *a, const struct memory_node *b)
{
    struct count c;
    for (size_t i = 0; i < SCOPES; i++) {
        c.records[0][i] = memory_node_records(a, scopes[i]);
        c.records[1][i] = memory_node_records(b, scopes[i]);
    }
    return c;
}

/* NULL when every shared scope is equal and nothing else has moved. */
static const char *compare_nodes(struct pool *p, struct memory_node *a, struct memory_node *b,
                                 const struct count *before)
{
    struct count now = count_of(a, b);
    for (size_t i = 0; i < SCOPES; i++) {
        uint8_t root_a[SMK_HASH_BYTES], root_b[SMK_HASH_BYTES];
        bool is_shared = holds(p, a->device, scopes[i]) && holds(p, b->device, scopes[i]);
        memory_node_root(a, scopes[i], root_a);
        memory_node_root(b, scopes[i], root_b);
        if (is_shared && memcmp(root_a, root_b, sizeof root_a) != 0)
            return scopes[i];
        if (!is_shared &&
            (now.records[0][i] != before->records[0][i] || now.records[1][i] != before->records[1][i]))
            return "a scope that is not shared has moved";
    }
    return NULL;
}

static struct share any_share(struct test_rng *rng)
{
    static const struct share row[] = {
        {0, 100, true},  /* all */
        {100, 0, true},  /* nothing */
        {0, 0, true},    /* a part of every log */
        {50, 100, true}, /* half of the logs */
        {1, 99, true},   /* almost all */
        {30, 50, true},  {0, 100, false}, {100, 0, false}, {50, 50, false},
    };
    return row[test_rng_below(rng, sizeof row / sizeof row[0])];
}

struct pair {
    struct memory_node a;
    struct memory_node b;
    struct count before;
};

/* The initiator must know the responder, and one of the two all devices: else they have nothing to share. */
static void pair_init(struct pair *c, struct pool *p, struct test_rng *rng)
{
    struct share share_a = any_share(rng), share_b = any_share(rng);
    size_t a = (size_t)test_rng_below(rng, DEVICES),
           b = (a + 1 + (size_t)test_rng_below(rng, DEVICES - 1)) % DEVICES;
    share_a.has_gov = share_a.has_gov || b != 0 || !share_b.has_gov;
    node_init(&c->a, p, a, &share_a, rng);
    node_init(&c->b, p, b, &share_b, rng);
    c->before = count_of(&c->a, &c->b);
}

static void pair_deinit(struct pair *c)
{
    memory_node_deinit(&c->a);
    memory_node_deinit(&c->b);
}

static size_t any_chunk(struct test_rng *rng)
{
    static const size_t row[] = {0, 0, 1500, 200, 17, 70000};
    return row[test_rng_below(rng, sizeof row / sizeof row[0])];
}

#define SAY "seed %" PRIu64 ": %s"

Test(session_prop, two_nodes_end_with_the_same_records_and_say_so, .timeout = 240)
{
    struct pool p;
    uint64_t first = test_seed();
    pool_init(&p, first, 30);
    for (uint64_t seed = first; seed < first + 150; seed++) {
        struct test_rng rng = test_rng_from(seed);
        struct pair c;
        struct duel_side side[2];
        pair_init(&c, &p, &rng);
        duel_once(&c.a, &c.b, (struct duel_options){.seed = seed, .chunk_max = any_chunk(&rng)}, side);
        for (size_t i = 0; i < 2; i++) {
            cr_assert(eq(int, side[i].err, SMK_OK), SAY, seed, side[i].status.reason);
            cr_assert(side[i].status.is_agreed, SAY, seed, "does not say agreed");
            cr_assert(side[i].status.is_complete, SAY, seed, "does not say complete");
            cr_assert(eq(u32, side[i].notices[SMK_NOTICE_RECEIPT], 1), SAY, seed, "receipts");
        }
        const char *differs = compare_nodes(&p, &c.a, &c.b, &c.before);
        cr_assert(eq(ptr, (void *)differs, NULL), SAY, seed, differs);
        for (size_t i = 0; i < 2; i++)
            cr_assert(eq(u64, side[i].status.line_bytes_sent, side[1 - i].status.line_bytes_received), SAY,
                      seed, "bytes");
        cr_assert(eq(u64, side[0].status.records_sent, side[1].status.records_received), SAY, seed, "counts");
        cr_assert(eq(u64, side[1].status.records_sent, side[0].status.records_received), SAY, seed, "counts");
        pair_deinit(&c);
    }
    pool_deinit(&p);
}

Test(session_prop, what_a_cut_line_has_stored_stays_and_the_next_session_goes_on, .timeout = 240)
{
    struct pool p;
    uint64_t first = test_seed();
    pool_init(&p, first, 30);
    for (uint64_t seed = first; seed < first + 100; seed++) {
        struct test_rng rng = test_rng_from(seed);
        struct pair c;
        struct duel_side side[2];
        pair_init(&c, &p, &rng);
        size_t cut = 1 + (size_t)test_rng_below(&rng, test_rng_chance(&rng, 50) ? 2000 : 60000);
        for (unsigned attempt = 0; attempt < 40; attempt++) {
            uint64_t held = count_of(&c.a, &c.b).records[0][1];
            struct duel_options o = {
                .seed = seed * 64 + attempt, .chunk_max = any_chunk(&rng), .cut_after = cut};
            duel_once(&c.a, &c.b, o, side);
            cr_assert(le(u64, held, count_of(&c.a, &c.b).records[0][1]), SAY, seed, "records have gone");
            for (size_t i = 0; i < 2; i++)
                cr_assert(side[i].err == SMK_OK || side[i].err == SMK_ERR_CUT_LINE, SAY, seed,
                          side[i].status.reason);
            if (side[0].status.is_complete && side[1].status.is_complete)
                break;
            cut += 1 + (size_t)test_rng_below(&rng, 60000);
        }
        const char *differs = compare_nodes(&p, &c.a, &c.b, &c.before);
        cr_assert(eq(ptr, (void *)differs, NULL), SAY, seed, differs);
        pair_deinit(&c);
    }
    pool_deinit(&p);
}

/* ---- local writes while the session goes on ---- */

struct meddler {
    struct pool *p;
    struct test_rng rng;
    unsigned written;
};

static void write_something(struct meddler *m, struct duel *d)
{
    unsigned at = (unsigned)test_rng_below(&m->rng, 2);
    struct memory_node *n = d->side[at].node;
    const char *scope = scopes[1 + test_rng_below(&m->rng, SCOPES - 1)];
    if (m->written >= MEDDLED_MAX || d->side[at].is_over || !holds(m->p, n->device, scope) ||
        smk_roster_device(n->roster, n->device->sign.public_key) == NULL)
        return;
    if (test_rng_chance(&m->rng, 30))
        memory_node_renew(n, 2000 + m->written);
    for (uint64_t k = test_rng_below(&m->rng, 3); k < 3; k++)
        memory_node_edit(n, scope, (size_t)test_rng_below(&m->rng, 300));
    m->written++;
    (void)duel_event(d, at, (struct smk_event){.type = SMK_EV_ARRIVED});
}

static void meddle(void *ctx, struct duel *d)
{
    write_something(ctx, d);
}

/* What the two wrote in scopes that they do not share is no concern of theirs. */
static void forget_unshared(struct pair *c, struct pool *p)
{
    struct count now = count_of(&c->a, &c->b);
    for (size_t i = 0; i < SCOPES; i++)
        if (!holds(p, c->a.device, scopes[i]) || !holds(p, c->b.device, scopes[i])) {
            c->before.records[0][i] = now.records[0][i];
            c->before.records[1][i] = now.records[1][i];
        }
}

Test(session_prop, what_is_written_during_a_live_session_arrives_as_well, .timeout = 240)
{
    struct pool p;
    uint64_t first = test_seed();
    pool_init(&p, first, 12);
    for (uint64_t seed = first; seed < first + 150; seed++) {
        struct meddler m = {.p = &p, .rng = test_rng_from(seed)};
        struct pair c;
        struct duel d;
        pair_init(&c, &p, &m.rng);
        duel_begin(
            &d, &c.a, &c.b,
            (struct duel_options){.seed = seed, .is_live = {true, true}, .chunk_max = any_chunk(&m.rng)});
        duel_run(&d, meddle, &m);
        for (unsigned k = 0; k < 4; k++) {
            write_something(&m, &d);
            duel_run(&d, meddle, &m);
        }
        forget_unshared(&c, &p);
        for (size_t i = 0; i < 2; i++) {
            cr_assert(not(d.side[i].is_over), SAY, seed, d.side[i].status.reason);
            cr_assert(d.side[i].status.is_agreed, SAY, seed, "does not say agreed");
        }
        const char *differs = compare_nodes(&p, &c.a, &c.b, &c.before);
        cr_assert(eq(ptr, (void *)differs, NULL), SAY, seed, differs);
        (void)duel_event(&d, (unsigned)(seed % 2), (struct smk_event){.type = SMK_EV_STOP});
        duel_run(&d, NULL, NULL);
        for (size_t i = 0; i < 2; i++)
            cr_assert(d.side[i].is_over && d.side[i].err == SMK_OK && d.side[i].status.is_complete, SAY, seed,
                      d.side[i].status.reason);
        duel_end(&d);
        pair_deinit(&c);
    }
    pool_deinit(&p);
}

Test(session_prop, writes_during_a_short_session_never_stop_it_from_ending, .timeout = 240)
{
    struct pool p;
    uint64_t first = test_seed();
    pool_init(&p, first, 12);
    for (uint64_t seed = first; seed < first + 100; seed++) {
        struct meddler m = {.p = &p, .rng = test_rng_from(seed)};
        struct pair c;
        struct duel d;
        struct duel_side side[2];
        pair_init(&c, &p, &m.rng);
        duel_begin(&d, &c.a, &c.b, (struct duel_options){.seed = seed, .is_live = {false, seed % 2 == 0}});
        duel_run(&d, meddle, &m);
        for (size_t i = 0; i < 2; i++)
            cr_assert(d.side[i].is_over && d.side[i].err == SMK_OK, SAY, seed, d.side[i].status.reason);
        duel_end(&d);
        duel_once(&c.b, &c.a, (struct duel_options){.seed = seed}, side);
        if (side[0].err == SMK_ERR_UNKNOWN_PEER) /* the other way round it may not know whom it calls */
            duel_once(&c.a, &c.b, (struct duel_options){.seed = seed}, side);
        forget_unshared(&c, &p);
        const char *differs = compare_nodes(&p, &c.a, &c.b, &c.before);
        cr_assert(eq(ptr, (void *)differs, NULL), SAY, seed, differs);
        pair_deinit(&c);
    }
    pool_deinit(&p);
}

/* ---- three in a row ---- */

struct chain {
    struct duel d[2]; /* 0 - 1 and 1 - 2 */
};

static void chain_run(struct chain *c)
{
    for (unsigned i = 0; i < 6; i++) {
        for (unsigned k = 0; k < 2; k++) {
            duel_run(&c->d[k], NULL, NULL);
            for (unsigned side = 0; side < 2; side++)
                (void)duel_event(&c->d[k], side, (struct smk_event){.type = SMK_EV_ARRIVED});
        }
    }
}

Test(session_prop, a_record_runs_along_a_chain_of_live_sessions, .timeout = 120)
{
    struct pool p;
    uint64_t first = test_seed();
    pool_init(&p, first, 8);
    for (uint64_t seed = first; seed < first + 40; seed++) {
        struct test_rng rng = test_rng_from(seed);
        struct memory_node node[3];
        struct share share[3];
        struct chain c;
        static const size_t device[3] = {1, 0, 2}; /* ctod - sec - bavel: all share `pub` */
        for (size_t i = 0; i < 3; i++) {
            share[i] = any_share(&rng);
            share[i].has_gov = share[i].has_gov || i == 1;
            node_init(&node[i], &p, device[i], &share[i], &rng);
        }
        for (unsigned k = 0; k < 2; k++)
            duel_begin(&c.d[k], &node[k == 0 ? 0 : 2], &node[1],
                       (struct duel_options){
                           .seed = seed + k, .is_live = {true, true}, .chunk_max = any_chunk(&rng)});
        chain_run(&c);
        for (unsigned round = 0; round < 3; round++) {
            uint64_t sent_before = c.d[0].side[1].status.records_sent;
            size_t writer = (size_t)test_rng_below(&rng, 3);
            memory_node_edit(&node[writer], "pub", 9);
            chain_run(&c);
            uint64_t records = memory_node_records(&node[0], "pub");
            for (size_t i = 1; i < 3; i++)
                cr_assert(eq(u64, memory_node_records(&node[i], "pub"), records), "seed %" PRIu64, seed);
            if (writer == 0) /* what came from it did not go back to it */
                cr_assert(eq(u64, c.d[0].side[1].status.records_sent, sent_before), "seed %" PRIu64, seed);
        }
        for (unsigned k = 0; k < 2; k++) {
            cr_assert(c.d[k].side[0].status.is_agreed && c.d[k].side[1].status.is_agreed, "seed %" PRIu64,
                      seed);
            duel_end(&c.d[k]);
        }
        for (size_t i = 0; i < 3; i++)
            memory_node_deinit(&node[i]);
    }
    pool_deinit(&p);
}

/* ---- many logs ---- */

Test(session_prop, two_hundred_logs_and_more, .timeout = 240)
{
    struct pool p;
    uint64_t first = test_seed();
    pool_init(&p, first, LOGS_OF_ONE_MAX);
    for (uint64_t seed = first; seed < first + 20; seed++) {
        struct test_rng rng = test_rng_from(seed);
        struct pair c;
        struct duel_side side[2];
        pair_init(&c, &p, &rng);
        duel_once(&c.a, &c.b, (struct duel_options){.seed = seed, .chunk_max = any_chunk(&rng)}, side);
        for (size_t i = 0; i < 2; i++)
            cr_assert(side[i].status.is_agreed && side[i].status.is_complete, SAY, seed,
                      side[i].status.reason);
        const char *differs = compare_nodes(&p, &c.a, &c.b, &c.before);
        cr_assert(eq(ptr, (void *)differs, NULL), SAY, seed, differs);
        pair_deinit(&c);
    }
    pool_deinit(&p);
}
