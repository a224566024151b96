#include "tests/sim/workload.h"

#include "proto/check.h"
#include "proto/payload.h"
#include "tests/sim/byzantine.h"
#include "tests/sim/node.h"
#include "tests/support/notation.h"

#include <stdio.h>
#include <string.h>

enum { DOCUMENTS = 6, HEADS_MAX = 16, LETTERS_MAX = 400 };

size_t workload_scope(struct world *w, struct node *n)
{
    struct smk_roster *roster = disk_roster(&n->disk);
    const struct government *g = &w->government;
    for (unsigned tries = 0; tries < 12; tries++) {
        size_t i = 1 + (size_t)test_rng_below(&w->rng, g->scope_count - 1); /* `gov` is for decisions */
        if (smk_roster_holds(roster, n->device.sign.public_key, &g->scope[i]))
            return i;
    }
    return g->scope_count;
}

/* ---- payloads ---- */

/* A number of a document of this kind of scope. */
static void doc_id(uint64_t number, uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    uint8_t seed[SMK_SEED_BYTES];
    test_seed_bytes("sim document", number, seed);
    memcpy(ret_id, seed, SMK_DOC_ID_BYTES);
}

static const char *kind_in(const struct smk_scope *scope, uint64_t number)
{
    switch (scope->kind) {
    case SMK_SCOPE_PUB: return "event";
    case SMK_SCOPE_PROV: return "case_study";
    case SMK_SCOPE_DM: return number < 2 ? "joint_list" : "recommendation";
    case SMK_SCOPE_ORG: return "interview";
    default: return "note";
    }
}

static struct smk_bytes an_office(struct world *w, const struct node *n)
{
    const char *first = n->offices, *second = strchr(n->offices, ' ');
    if (second != NULL && test_rng_chance(&w->rng, 70))
        return smk_bytes_of_text(second + 1);
    return (struct smk_bytes){(const uint8_t *)first, strcspn(first, " ")};
}

static void pack_fields(struct world *w, struct smk_buf *b)
{
    char text[LETTERS_MAX + 200];
    size_t letters = test_rng_chance(&w->rng, 5) ? LETTERS_MAX : (size_t)test_rng_below(&w->rng, 40);
    char filling[LETTERS_MAX + 1];
    memset(filling, 'k', letters);
    filling[letters] = '\0';
    (void)snprintf(text, sizeof text, "{'ref' 'R-%u' 'theme' 'v%u' 'title' {'en' '%s'}}",
                   (unsigned)test_rng_below(&w->rng, 50), (unsigned)test_rng_below(&w->rng, 4), filling);
    test_pack(b, text, NULL);
    SMK_ASSERT(b->err == SMK_OK);
}

static void pack_act(struct world *w, struct smk_act *act, struct smk_buf *payload)
{
    static const char *const name[] = {"negotiate", "endorse", "report_progress", "verify_progress"};
    struct smk_buf fields = {.max = 1024};
    test_pack(&fields, "{'status' 'done'}", NULL);
    act->act = smk_bytes_of_text(name[test_rng_below(&w->rng, sizeof name / sizeof name[0])]);
    act->fields = smk_buf_view(&fields);
    doc_id(100 + test_rng_below(&w->rng, 1000), act->id);
    test_rng_bytes(&w->rng, act->about, sizeof act->about);
    smk_act_encode(act, payload);
    smk_buf_deinit(&fields);
}

void workload_payload(struct world *w, const struct node *n, const struct smk_scope *scope, uint64_t *type,
                      struct smk_buf *payload)
{
    uint64_t number = test_rng_below(&w->rng, DOCUMENTS);
    struct smk_bytes kind = smk_bytes_of_text(kind_in(scope, number));
    struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
    if (*type == SMK_RECORD_ACT) {
        struct smk_act act = {.kind = kind, .office = an_office(w, n)};
        doc_id(number, act.doc);
        pack_act(w, &act, payload);
    } else {
        struct smk_edit edit = {.kind = kind, .office = an_office(w, n)};
        doc_id(number, edit.doc);
        pack_fields(w, &fields);
        edit.fields = smk_buf_view(&fields);
        smk_edit_encode(&edit, payload);
        smk_buf_deinit(&fields);
    }
    SMK_ASSERT(payload->err == SMK_OK);
}

/* ---- what a record builds on ---- */

struct heads {
    struct world *w;
    size_t count;
    struct smk_head at[HEADS_MAX];
};

static bool head_seen(void *ctx, const struct smk_head *head)
{
    struct heads *h = ctx;
    if (head->seq > 0) /* else there is no record to build on, only the proof of a fork */
        h->at[h->count++] = *head;
    return h->count < HEADS_MAX;
}

static uint64_t time_of(const struct world *w, const struct smk_head *head)
{
    size_t at = ledger_find(&w->ledger, head->log_id);
    if (at == w->ledger.log_count)
        return 0;
    const struct ledger_log *log = &w->ledger.log[at];
    for (size_t i = 0; i < log->count; i++)
        if (memcmp(log->at[i].id, head->id, SMK_ID_BYTES) == 0)
            return log->at[i].time;
    return 0;
}

static void deps_add(struct world *w, struct node *n, struct smk_draft *draft)
{
    const struct smk_view *view = disk_view(&n->disk);
    struct smk_frontier *f = view->frontier(view->ctx, &draft->scope);
    struct heads heads = {.w = w};
    if (f == NULL || n->twin != NULL)
        return;
    smk_frontier_each(f, &(struct smk_prefix){0}, head_seen, &heads);
    size_t wanted = (size_t)test_rng_below(&w->rng, 4);
    for (size_t i = 0; i < heads.count && draft->dep_count < wanted; i++) {
        if (!test_rng_chance(&w->rng, 50))
            continue;
        const struct smk_head *head = &heads.at[i];
        size_t at = draft->dep_count++;
        for (; at > 0 && memcmp(draft->dep[at - 1], head->id, SMK_ID_BYTES) > 0; at--)
            memcpy(draft->dep[at], draft->dep[at - 1], SMK_ID_BYTES);
        memcpy(draft->dep[at], head->id, SMK_ID_BYTES);
        uint64_t time = time_of(w, head);
        if (time > draft->dep_time)
            draft->dep_time = time;
    }
}

void workload_write_to(struct world *w, struct node *n, size_t scope)
{
    struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_draft draft = {.scope = w->government.scope[scope], .type = SMK_RECORD_EDIT};
    if (test_rng_chance(&w->rng, 20))
        draft.type = SMK_RECORD_ACT;
    workload_payload(w, n, &draft.scope, &draft.type, &payload);
    draft.payload = smk_buf_view(&payload);
    deps_add(w, n, &draft);
    (void)node_write(w, n, &draft, 1); /* a full disk, a wrong clock: then it is not written */
    smk_buf_deinit(&payload);
}

void workload_write(struct world *w, struct node *n)
{
    size_t scope = workload_scope(w, n);
    if (scope < w->government.scope_count)
        workload_write_to(w, n, scope);
}

void workload_due(struct world *w, const struct event *e)
{
    struct node *n = &w->node[e->who];
    if (e->serial != n->life || w->phase != PHASE_STORM)
        return;
    size_t count = test_rng_chance(&w->rng, 10) ? 1 + (size_t)test_rng_below(&w->rng, 30) : 1;
    for (size_t i = 0; i < count; i++)
        workload_write(w, n);
    if (!node_is_honest(n))
        byzantine_act(w, n);
    world_in(w, world_around(w, w->weather.write_every_ms),
             (struct event){.what = HAPPENS_WRITE, .who = e->who, .serial = n->life});
}
