#include "tests/sim/ledger.h"

#include "proto/check.h"
#include "proto/hash.h"
#include "proto/span.h"
#include "tests/sim/world.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void demand(enum smk_err err)
{
    SMK_ASSERT(err == SMK_OK);
}

void ledger_init(struct ledger *l)
{
    *l = (struct ledger){.index = {.max = LEDGER_LOGS_MAX}};
}

void ledger_deinit(struct ledger *l)
{
    for (size_t i = 0; i < l->log_count; i++)
        free(l->log[i].at);
    free(l->log);
    smk_logmap_deinit(&l->index);
    *l = (struct ledger){0};
}

void holding_init(struct holding *h)
{
    *h = (struct holding){.last_log = SIZE_MAX};
}

void holding_deinit(struct holding *h)
{
    free(h->held);
    *h = (struct holding){0};
}

/* ---- logs ---- */

size_t ledger_find(const struct ledger *l, const uint8_t log_id[SMK_ID_BYTES])
{
    uint64_t at;
    return smk_logmap_get(&l->index, log_id, &at) ? (size_t)at : l->log_count;
}

static size_t node_of_key(const struct world *w, const uint8_t sign_key[SMK_KEY_BYTES])
{
    size_t i = 0;
    while (i < w->node_count && memcmp(w->node[i].device.sign.public_key, sign_key, SMK_KEY_BYTES) != 0)
        i++;
    return i;
}

static struct ledger_log *log_add(struct world *w, const struct smk_header *h,
                                  const uint8_t log_id[SMK_ID_BYTES])
{
    struct ledger *l = &w->ledger;
    if (l->log_count == l->log_capacity) {
        l->log_capacity = l->log_capacity > 0 ? 2 * l->log_capacity : 32;
        l->log = realloc(l->log, l->log_capacity * sizeof *l->log);
        SMK_ASSERT(l->log != NULL);
    }
    demand(smk_logmap_put(&l->index, log_id, l->log_count));
    struct ledger_log *log = &l->log[l->log_count++];
    *log = (struct ledger_log){.author = node_of_key(w, h->author),
                               .scope = government_scope(&w->government, &h->scope)};
    memcpy(log->log_id, log_id, sizeof log->log_id);
    return log;
}

static const struct ledger_record *record_find(const struct ledger_log *log, const struct smk_record *r)
{
    /* Records of an honest log stand in order; those of a Byzantine one nearly do. */
    for (size_t i = (size_t)r->header.seq - 1; i < log->count; i++)
        if (log->at[i].seq == r->header.seq && memcmp(log->at[i].id, r->id, SMK_ID_BYTES) == 0)
            return &log->at[i];
    return NULL;
}

bool ledger_has_fork(const struct ledger_log *log, const struct smk_fork *fork)
{
    unsigned found = 0;
    for (size_t i = 0; i < log->count; i++)
        for (unsigned k = 0; k < 2; k++)
            if (log->at[i].seq == fork->seq && memcmp(log->at[i].id, fork->id[k], SMK_ID_BYTES) == 0)
                found |= 1u << k;
    return found == 3;
}

static void record_add(struct ledger_log *log, const struct smk_record *r)
{
    if (log->count == log->capacity) {
        log->capacity = log->capacity > 0 ? 2 * log->capacity : 16;
        log->at = realloc(log->at, log->capacity * sizeof *log->at);
        SMK_ASSERT(log->at != NULL);
    }
    for (size_t i = 0; log->count >= r->header.seq && i < log->count; i++)
        if (log->at[i].seq == r->header.seq && (!log->is_forked || r->header.seq < log->forked_at)) {
            log->is_forked = true;
            log->forked_at = r->header.seq;
        }
    struct ledger_record *kept = &log->at[log->count++];
    *kept = (struct ledger_record){.time = r->header.time, .seq = r->header.seq};
    memcpy(kept->id, r->id, sizeof kept->id);
    memcpy(kept->prev, r->header.prev, sizeof kept->prev);
}

void ledger_confess(struct world *w, const struct node *author, const struct smk_record *r)
{
    uint8_t log_id[SMK_ID_BYTES];
    SMK_ASSERT(!node_is_honest(author));
    smk_log_id(r->header.author, r->header.incarnation, &r->header.scope, log_id);
    size_t at = ledger_find(&w->ledger, log_id);
    if (at == w->ledger.log_count || record_find(&w->ledger.log[at], r) != NULL)
        return;
    record_add(&w->ledger.log[at], r);
    w->ledger.log[at].at[w->ledger.log[at].count - 1].is_flawed = true;
}

/* ---- what arrives on a disk ---- */

struct look {
    struct world *w;
    struct node *n;
    struct disk *d;
    struct holding *h;
};

static struct held *held_at(struct holding *h, size_t log)
{
    if (log >= h->held_count) {
        size_t count = log + 16;
        h->held = realloc(h->held, count * sizeof *h->held);
        SMK_ASSERT(h->held != NULL);
        memset(h->held + h->held_count, 0, (count - h->held_count) * sizeof *h->held);
        h->held_count = count;
    }
    return &h->held[log];
}

static void decision_mark(const struct world *w, struct holding *h, size_t number)
{
    uint64_t word;
    if (h->decided[number])
        return;
    h->decided[number] = true;
    memcpy(&word, w->government.decided[number].body, sizeof word);
    h->decided_hash += word * 0x9e3779b97f4a7c15U;
}

static void decision_hold(const struct world *w, struct holding *h, struct smk_bytes body, bool is_record)
{
    uint8_t hash[SMK_HASH_BYTES];
    smk_hash(SMK_PERSONAL_OBJECT, body, hash);
    size_t number = government_number(&w->government, hash);
    if (number == w->government.decided_count)
        return;
    h->recorded[number] = h->recorded[number] || is_record;
    decision_mark(w, h, number);
}

void ledger_welcome(struct world *w, struct holding *h, struct smk_bytes welcome)
{
    struct smk_span_iter it = smk_span_each(smk_span_item(welcome, 1));
    struct smk_bytes decision;
    while (welcome.len > 0 && smk_span_next(&it, NULL, &decision))
        decision_hold(w, h, smk_span_bin(smk_span_item(decision, 0)), false);
    memcpy(h->welcomed, h->decided, sizeof h->welcomed);
}

/* The log's number; a new log of the node's own begins here. */
static size_t log_of(const struct look *k, const struct smk_record *r, bool is_own)
{
    const struct ledger *l = &k->w->ledger;
    uint8_t log_id[SMK_ID_BYTES];
    smk_log_id(r->header.author, r->header.incarnation, &r->header.scope, log_id);
    size_t last = k->h->last_log;
    if (last < l->log_count && memcmp(l->log[last].log_id, log_id, sizeof log_id) == 0)
        return last;
    size_t at = ledger_find(l, log_id);
    if (at == l->log_count && is_own)
        (void)log_add(k->w, &r->header, log_id);
    k->h->last_log = at;
    return at;
}

static bool check_place(const struct look *k, const struct ledger_log *log, const struct held *held,
                        const struct smk_record *r)
{
    static const uint8_t nothing[SMK_ID_BYTES];
    const char *scope = r->header.scope.text;
    if (held->fork > 0 && r->header.seq >= held->fork) {
        world_fail(k->w, "node %zu counts record %" PRIu64 " of a log in %s that is forked at %" PRIu64,
                   k->n->index, r->header.seq, scope, held->fork);
        return false;
    }
    if (r->header.seq != held->seq + 1) {
        world_fail(k->w, "node %zu holds record %" PRIu64 " of a log in %s after record %" PRIu64,
                   k->n->index, r->header.seq, scope, held->seq);
        return false;
    }
    if (memcmp(r->header.prev, held->seq > 0 ? held->id : nothing, SMK_ID_BYTES) != 0) {
        world_fail(k->w, "node %zu holds record %" PRIu64 " of node %zu in %s that follows another one",
                   k->n->index, r->header.seq, log->author, scope);
        return false;
    }
    return true;
}

static bool check_origin(const struct look *k, struct ledger_log *log, const struct smk_record *r,
                         bool is_own)
{
    struct world *w = k->w;
    const struct ledger_record *made = record_find(log, r);
    if (made != NULL && !made->is_flawed)
        return true;
    if (!is_own || made != NULL) {
        world_fail(w, "node %zu holds record %" PRIu64 " of node %zu in %s that its author never made",
                   k->n->index, r->header.seq, log->author, r->header.scope.text);
        return false;
    }
    if (node_is_honest(k->n) && log->count >= r->header.seq) {
        world_fail(w, "node %zu has forked its own log in %s at %" PRIu64, k->n->index, r->header.scope.text,
                   r->header.seq);
        return false;
    }
    bool was_forked = log->is_forked;
    record_add(log, r);
    if (log->is_forked && !was_forked)
        world_count(w, FAULT_FORK);
    w->tally.records_written++;
    return true;
}

static bool check_content(const struct look *k, const struct ledger_log *log, const struct smk_record *r)
{
    struct world *w = k->w;
    if (!government_grants(&w->government, k->n->index, log->scope)) {
        world_fail(w, "a record of %s has reached node %zu, which no decision gives that scope",
                   r->header.scope.text, k->n->index);
        return false;
    }
    if (smk_record_check_payload(r) != SMK_OK) {
        world_fail(w, "node %zu holds a record in %s whose payload does not match its header", k->n->index,
                   r->header.scope.text);
        return false;
    }
    if (node_is_honest(k->n) && smk_record_type_needs_own_signature(r->header.type) &&
        !smk_record_is_signed(r, w->coalition.id)) {
        world_fail(w, "node %zu holds a record of type %" PRIu64 " in %s without a good signature of its own",
                   k->n->index, r->header.type, r->header.scope.text);
        return false;
    }
    return true;
}

static bool look_at(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct look *k = ctx;
    struct world *w = k->w;
    bool is_own = memcmp(r->header.author, k->n->device.sign.public_key, SMK_KEY_BYTES) == 0;
    size_t at = log_of(k, r, is_own);
    if (at == w->ledger.log_count) {
        world_fail(w, "node %zu holds a record in %s of a log that nobody has written", k->n->index,
                   r->header.scope.text);
        return false;
    }
    struct ledger_log *log = &w->ledger.log[at];
    struct held *held = held_at(k->h, at);
    if (!check_place(k, log, held, r) || !check_origin(k, log, r, is_own) || !check_content(k, log, r))
        return false;
    held->seq = r->header.seq;
    memcpy(held->id, r->id, sizeof held->id);
    k->h->cursor = arrival;
    k->h->records++;
    w->tally.records_exchanged += !is_own;
    if (r->header.type == SMK_RECORD_DECISION && r->header.scope.kind == SMK_SCOPE_GOV)
        decision_hold(w, k->h, smk_span_bin(smk_span_find(r->payload, "body")), true);
    return true;
}

/* ---- forks ---- */

struct found_id {
    uint8_t id[SMK_ID_BYTES];
};

static bool id_found(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct found_id *f = ctx;
    (void)arrival;
    memcpy(f->id, r->id, sizeof f->id);
    return false;
}

/* What stood behind the fork is not held any more. */
static void held_freeze(struct look *k, struct held *held, const struct smk_fork *fork)
{
    const struct smk_view *view = disk_view(k->d);
    struct found_id f = {0};
    held->fork = fork->seq;
    if (held->seq < fork->seq)
        return;
    held->seq = fork->seq - 1;
    enum smk_err err =
        held->seq > 0 ? view->read_log(view->ctx, fork->log_id, held->seq, id_found, &f) : SMK_OK;
    if (err != SMK_OK)
        world_fail(k->w, "node %zu cannot read a log up to its fork: %s", k->n->index, smk_err_text(err));
    memcpy(held->id, f.id, sizeof held->id);
}

static bool look_at_fork(void *ctx, uint64_t number, const struct smk_view_fork *view_fork)
{
    struct look *k = ctx;
    struct world *w = k->w;
    struct smk_fork fork;
    enum smk_err err = smk_fork_decode(view_fork->proof, w->coalition.id, &fork);
    size_t at = ledger_find(&w->ledger, view_fork->log_id);
    if (err != SMK_OK || fork.seq != view_fork->seq ||
        memcmp(fork.log_id, view_fork->log_id, SMK_ID_BYTES) != 0) {
        world_fail(w, "node %zu keeps something that is no proof of a fork: %s", k->n->index,
                   smk_err_text(err));
        return false;
    }
    if (at == w->ledger.log_count || node_is_honest(&w->node[w->ledger.log[at].author]) ||
        !ledger_has_fork(&w->ledger.log[at], &fork)) {
        world_fail(w, "node %zu takes a log in %s for forked at %" PRIu64 ", which its author never did",
                   k->n->index, fork.scope.text, fork.seq);
        return false;
    }
    struct held *held = held_at(k->h, at);
    if (held->fork > 0 && fork.seq >= held->fork) {
        world_fail(w, "node %zu has moved a fork from %" PRIu64 " up to %" PRIu64, k->n->index, held->fork,
                   fork.seq);
        return false;
    }
    held_freeze(k, held, &fork);
    k->h->fork_cursor = number;
    k->h->is_stale = k->h->is_stale || (fork.scope.kind == SMK_SCOPE_GOV && !fork.scope.is_wit);
    w->tally.proofs++;
    w->tally.proofs_in_stores += k->d->store != NULL;
    return !w->has_failed;
}

/* ---- reading on ---- */

static void read_on(struct world *w, struct node *n, struct disk *d, struct holding *h)
{
    const struct smk_view *view = disk_view(d);
    struct look k = {w, n, d, h};
    enum smk_err err = SMK_OK;
    if (view->fork_number(view->ctx) != h->fork_cursor)
        err = view->read_forks(view->ctx, h->fork_cursor, look_at_fork, &k);
    if (err == SMK_OK && view->arrival(view->ctx) != h->cursor)
        err = view->read_arrivals(view->ctx, h->cursor, look_at, &k);
    if (err != SMK_OK)
        world_fail(w, "node %zu cannot read what it has stored: %s", n->index, smk_err_text(err));
    h->cursor = view->arrival(view->ctx); /* what is left is in dispute */
    h->fork_cursor = view->fork_number(view->ctx);
}

static void read_anew(struct world *w, struct node *n, struct disk *d, struct holding *h)
{
    uint64_t exchanged = w->tally.records_exchanged, proofs = w->tally.proofs;
    uint64_t in_stores = w->tally.proofs_in_stores;
    for (size_t i = 0; i < h->held_count; i++)
        h->held[i].seq = h->held[i].fork = 0;
    h->cursor = h->fork_cursor = 0;
    h->records = 0;
    h->is_stale = false;
    memset(h->recorded, 0, sizeof h->recorded);
    memset(h->decided, 0, sizeof h->decided);
    h->decided_hash = 0;
    for (size_t i = 0; i < w->government.decided_count; i++)
        if (h->welcomed[i])
            decision_mark(w, h, i);
    read_on(w, n, d, h);
    h->is_stale = false;
    w->tally.records_exchanged = exchanged;
    w->tally.proofs = proofs;
    w->tally.proofs_in_stores = in_stores;
}

void ledger_look(struct world *w, struct node *n, struct disk *d, struct holding *h)
{
    read_on(w, n, d, h);
    if (h->is_stale)
        read_anew(w, n, d, h);
}

/* What was promised of a log that has forked since is kept, in dispute. */
static bool is_kept(const struct world *w, const struct disk *d, const struct ledger_log *log,
                    const struct held *held)
{
    if (held->seq >= held->promised)
        return true;
    return held->fork > 0 && held->promised >= held->fork &&
           disk_kept(d, &w->government.scope[log->scope], log->log_id) >= held->promised;
}

void ledger_look_again(struct world *w, struct node *n, struct disk *d, struct holding *h)
{
    read_anew(w, n, d, h);
    for (size_t i = 0; i < h->held_count && i < w->ledger.log_count; i++)
        if (!is_kept(w, d, &w->ledger.log[i], &h->held[i]))
            world_fail(w,
                       "node %zu has lost what it acknowledged: record %" PRIu64 " of node %zu in %s, it "
                       "holds %" PRIu64,
                       n->index, h->held[i].promised, w->ledger.log[i].author,
                       w->government.scope[w->ledger.log[i].scope].text, h->held[i].seq);
}

/* ---- promises ---- */

void ledger_promise(struct world *w, struct node *n, const struct smk_log_run *run)
{
    uint8_t log_id[SMK_ID_BYTES];
    smk_log_id(run->author, run->incarnation, &run->scope, log_id);
    size_t at = ledger_find(&w->ledger, log_id);
    struct held *held = at < w->ledger.log_count ? held_at(&n->holding, at) : NULL;
    bool is_there = held != NULL && held->seq >= run->to;
    if (held != NULL && !is_there && held->fork > 0)
        is_there = disk_kept(&n->disk, &run->scope, log_id) >= run->to;
    if (!is_there) {
        world_fail(w, "node %zu has acknowledged record %" PRIu64 " in %s, which is not on its disk",
                   n->index, run->to, run->scope.text);
        return;
    }
    if (held->promised < run->to)
        held->promised = run->to;
}

void ledger_promise_own(struct world *w, struct node *n)
{
    for (size_t i = 0; i < n->holding.held_count && i < w->ledger.log_count; i++)
        if (w->ledger.log[i].author == n->index && n->holding.held[i].promised < n->holding.held[i].seq)
            n->holding.held[i].promised = n->holding.held[i].seq;
}
