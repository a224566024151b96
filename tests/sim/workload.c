#include "tests/sim/workload.h"

#include "proto/check.h"
#include "proto/payload.h"
#include "tests/sim/acts.h"
#include "tests/sim/byzantine.h"
#include "tests/sim/node.h"
#include "tests/sim/papers.h"
#include "tests/support/notation.h"

#include <string.h>

enum {
    HEADS_MAX = 16,
    BUSY_PERCENT = 60,
    BUSY_WORKING_PERCENT = 95,
    BYZANTINE_WORKING_PERCENT = 15,
    EDITOR_TRIES = 6,
    ACT_PERCENT_FIRST =
        20, /* of what is written, when there is something to do: at the beginning of a storm */
    ACT_PERCENT_WORKING = 70,
    ACT_PERCENT_LAST = 98, /* and at its end: texts that are edited for ever are never endorsed */
    PUBLISH_PERCENT = 20,
    CARELESS_ACT_PERCENT = 5,
};

/* Where most of the work is done: the nodes of its first organisations, and so most nodes, hold these. */
static const char *const busy[] = {"dm:0202", "dm:0202", "dm:0202", "prov:02", "pub", "pub"};

static bool is_held(struct world *w, struct node *n, size_t scope)
{
    return smk_roster_holds(disk_roster(&n->disk), n->device.sign.public_key, &w->government.scope[scope]);
}

static size_t any_scope(struct world *w)
{
    return 1 + (size_t)test_rng_below(&w->rng, w->government.scope_count - 1); /* `gov` is for decisions */
}

size_t workload_scope(struct world *w, struct node *n)
{
    for (unsigned tries = 0; tries < 12; tries++) {
        size_t i = any_scope(w);
        if (test_rng_chance(&w->rng, w->weather.is_working ? BUSY_WORKING_PERCENT : BUSY_PERCENT)) {
            struct smk_scope scope =
                smk_scope_of(busy[test_rng_below(&w->rng, sizeof busy / sizeof busy[0])]);
            i = government_scope(&w->government, &scope);
        }
        if (is_held(w, n, i))
            return i;
    }
    return w->government.scope_count;
}

/* The number of a scope that is held and in which nothing is done but writing; of that one when none turns up. */
static size_t quiet_scope(struct world *w, struct node *n, const struct smk_scope *scope)
{
    for (unsigned tries = 0; tries < 12; tries++) {
        size_t i = any_scope(w);
        if (is_held(w, n, i) && !act_is_possible(&w->government.scope[i]))
            return i;
    }
    return government_scope(&w->government, scope);
}

/* ---- payloads ---- */

struct work {
    uint64_t paper;
    struct smk_bytes office;
};

static struct smk_bytes an_office(struct world *w, const struct node *n)
{
    const char *first = n->offices, *second = strchr(n->offices, ' ');
    if (second != NULL && test_rng_chance(&w->rng, 70))
        return smk_bytes_of_text(second + 1);
    return (struct smk_bytes){(const uint8_t *)first, strcspn(first, " ")};
}

/* An act without a text: nobody counts it. */
static void pack_careless_act(struct world *w, struct smk_act *act, struct smk_buf *payload)
{
    static const char *const name[] = {"negotiate", "endorse", "report_progress", "verify_progress"};
    struct smk_buf fields = {.max = 1024};
    test_pack(&fields, "{'status' 'done'}", NULL);
    act->act = smk_bytes_of_text(name[test_rng_below(&w->rng, sizeof name / sizeof name[0])]);
    act->fields = smk_buf_view(&fields);
    test_rng_bytes(&w->rng, act->id, sizeof act->id);
    test_rng_bytes(&w->rng, act->about, sizeof act->about);
    smk_act_encode(act, payload);
    smk_buf_deinit(&fields);
}

static void pack_edit(struct world *w, const struct node *n, const struct smk_scope *scope, uint64_t number,
                      struct smk_edit *edit, struct smk_buf *payload)
{
    struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
    paper_fields(w, n, scope, number, &fields);
    edit->fields = smk_buf_view(&fields);
    smk_edit_encode(edit, payload);
    smk_buf_deinit(&fields);
}

static void pack_payload(struct world *w, const struct node *n, const struct smk_scope *scope, uint64_t type,
                         struct work work, struct smk_buf *payload)
{
    struct smk_bytes kind = smk_bytes_of_text(paper_kind(scope, work.paper));
    struct smk_act act = {.kind = kind, .office = work.office};
    struct smk_edit edit = {.kind = kind, .office = work.office};
    paper_id(scope, work.paper, act.doc);
    paper_id(scope, work.paper, edit.doc);
    if (type == SMK_RECORD_ACT)
        pack_careless_act(w, &act, payload);
    else
        pack_edit(w, n, scope, work.paper, &edit, payload);
    SMK_ASSERT(payload->err == SMK_OK);
}

static struct work any_work(struct world *w, const struct node *n, uint64_t first_paper, uint64_t papers)
{
    struct work work = {.paper = first_paper + test_rng_below(&w->rng, papers)};
    work.office = an_office(w, n);
    return work;
}

/* One of so many papers from the first one on, and an office: mostly such that the edit counts. */
static struct work choose_work(struct world *w, const struct node *n, const struct smk_scope *scope,
                               uint64_t first_paper, uint64_t papers)
{
    struct work work = any_work(w, n, first_paper, papers);
    for (unsigned i = 0; i < EDITOR_TRIES && !paper_is_for(n, scope, work.paper, work.office); i++)
        work = any_work(w, n, first_paper, papers);
    return work;
}

void workload_payload(struct world *w, const struct node *n, const struct smk_scope *scope, uint64_t type,
                      struct smk_buf *payload)
{
    pack_payload(w, n, scope, type, choose_work(w, n, scope, 0, PAPERS), payload);
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
    bool has_read_all = test_rng_chance(&w->rng, 50);
    size_t wanted = has_read_all ? SMK_DEPS_MAX : (size_t)test_rng_below(&w->rng, 4);
    for (size_t i = 0; i < heads.count && draft->dep_count < wanted; i++) {
        if (!has_read_all && !test_rng_chance(&w->rng, 50))
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

static unsigned act_percent(const struct world *w)
{
    uint64_t passed_ms = w->now_ms < w->storm_ms ? w->now_ms : w->storm_ms;
    unsigned first = w->weather.is_working ? ACT_PERCENT_WORKING : ACT_PERCENT_FIRST;
    return first + (unsigned)((ACT_PERCENT_LAST - first) * passed_ms / w->storm_ms);
}

static enum act_choice choose_act(struct world *w, struct node *n, struct smk_draft *draft,
                                  struct smk_buf *payload, uint64_t *ret_paper)
{
    if (!act_is_possible(&draft->scope) || !test_rng_chance(&w->rng, act_percent(w)))
        return ACT_NOTHING;
    if (draft->scope.kind == SMK_SCOPE_PUB && test_rng_chance(&w->rng, PUBLISH_PERCENT) &&
        act_publish(w, n, draft, payload))
        return ACT_CHOSEN;
    enum act_choice choice = act_choose(w, n, draft, payload, ret_paper);
    if (choice == ACT_NOTHING) /* they turn to something else */
        draft->scope = w->government.scope[quiet_scope(w, n, &draft->scope)];
    return choice;
}

void workload_write_to(struct world *w, struct node *n, size_t scope)
{
    struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_draft draft = {.scope = w->government.scope[scope], .type = SMK_RECORD_EDIT};
    enum act_choice choice = ACT_NOTHING;
    uint64_t paper = 0;
    if (n->twin == NULL) /* of two faces neither has seen what the other has */
        choice = choose_act(w, n, &draft, &payload, &paper);
    if (choice != ACT_CHOSEN) {
        bool is_missing = choice == ACT_PAPER_MISSING;
        bool is_act = !is_missing && test_rng_chance(&w->rng, CARELESS_ACT_PERCENT);
        draft.type = is_act ? SMK_RECORD_ACT : SMK_RECORD_EDIT;
        struct work work = choose_work(w, n, &draft.scope, is_missing ? paper : 0, is_missing ? 1 : PAPERS);
        pack_payload(w, n, &draft.scope, draft.type, work, &payload);
        deps_add(w, n, &draft);
    }
    draft.payload = smk_buf_view(&payload);
    (void)node_write(w, n, &draft, 1); /* a full disk, a wrong clock: then it is not written */
    smk_buf_deinit(&payload);
}

bool workload_edit(struct world *w, struct node *n, size_t scope)
{
    struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_draft draft = {.scope = w->government.scope[scope], .type = SMK_RECORD_EDIT};
    workload_payload(w, n, &draft.scope, draft.type, &payload);
    draft.payload = smk_buf_view(&payload);
    bool is_written = node_write(w, n, &draft, 1);
    smk_buf_deinit(&payload);
    return is_written;
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
    bool is_burst = !w->weather.is_working && test_rng_chance(&w->rng, 10);
    size_t count = is_burst ? 1 + (size_t)test_rng_below(&w->rng, 30) : 1;
    for (size_t i = 0; i < count; i++)
        workload_write(w, n);
    if (!node_is_honest(n) && (!w->weather.is_working || test_rng_chance(&w->rng, BYZANTINE_WORKING_PERCENT)))
        byzantine_act(w, n);
    bool is_forger = (n->vices & VICE_FORK) != 0 && !w->weather.is_working; /* two histories take two hands */
    world_in(w, world_around(w, w->weather.write_every_ms / (is_forger ? 2 : 1)),
             (struct event){.what = HAPPENS_WRITE, .who = e->who, .serial = n->life});
}
