#include "tests/support/memory_node.h"

#include "proto/check.h"
#include "proto/decision.h"
#include "proto/hash.h"

#include <stdlib.h>
#include <string.h>

static void demand(enum smk_err err)
{
    SMK_ASSERT(err == SMK_OK);
}

/* Grows an array by one, doubling at powers of two. */
static void *grown(void *at, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return at;
    void *more = realloc(at, (count == 0 ? 1 : 2 * count) * size);
    SMK_ASSERT(more != NULL);
    return more;
}

/* ---- what is there ---- */

static struct memory_scope *find_scope(const struct memory_node *n, const struct smk_scope *scope)
{
    for (size_t i = 0; i < n->scope_count; i++)
        if (smk_scope_is_equal(&n->scope[i].scope, scope))
            return &n->scope[i];
    return NULL;
}

static struct memory_scope *need_scope(struct memory_node *n, const struct smk_scope *scope)
{
    struct memory_scope *found = find_scope(n, scope);
    if (found != NULL)
        return found;
    n->scope = grown(n->scope, n->scope_count, sizeof *n->scope);
    size_t at = n->scope_count++;
    for (; at > 0 && smk_scope_compare(&n->scope[at - 1].scope, scope) > 0; at--)
        n->scope[at] = n->scope[at - 1];
    n->scope[at] = (struct memory_scope){*scope, smk_frontier_new()};
    SMK_ASSERT(n->scope[at].frontier != NULL);
    return &n->scope[at];
}

struct memory_log *memory_node_find(const struct memory_node *n, const uint8_t log_id[SMK_ID_BYTES])
{
    uint64_t at;
    return smk_logmap_get(&n->index, log_id, &at) ? &n->log[at] : NULL;
}

void memory_node_append(struct memory_node *n, const struct smk_log *log, const struct smk_record *records,
                        size_t count)
{
    uint64_t at;
    if (!smk_logmap_get(&n->index, log->log_id, &at)) {
        n->log = grown(n->log, n->log_count, sizeof *n->log);
        at = n->log_count++;
        n->log[at] = (struct memory_log){0};
        demand(smk_logmap_put(&n->index, log->log_id, at));
    }
    struct memory_log *own = &n->log[at];
    own->log = *log;
    for (size_t i = 0; i < count; i++) {
        struct memory_record m = {.record = records[i]};
        size_t header_bytes = records[i].header_bytes.len, payload_bytes = records[i].payload.len;
        m.bytes = malloc(header_bytes + payload_bytes);
        SMK_ASSERT(m.bytes != NULL);
        memcpy(m.bytes, records[i].header_bytes.data, header_bytes);
        if (payload_bytes > 0)
            memcpy(m.bytes + header_bytes, records[i].payload.data, payload_bytes);
        m.record.header_bytes.data = m.bytes;
        m.record.payload.data = m.bytes + header_bytes;
        own->record = grown(own->record, own->count, sizeof *own->record);
        own->record[own->count++] = m;
        n->arrival = grown(n->arrival, n->arrival_count, sizeof *n->arrival);
        n->arrival[n->arrival_count++] = (struct memory_arrival){(size_t)at, records[i].header.seq};
    }
    struct smk_head head;
    smk_log_head(log, &head);
    demand(smk_frontier_put(need_scope(n, &log->scope)->frontier, &head));
}

/* ---- the view ---- */

static struct smk_roster *view_roster(void *ctx)
{
    return ((struct memory_node *)ctx)->roster;
}

static uint64_t view_arrival(void *ctx)
{
    return ((struct memory_node *)ctx)->arrival_count;
}

static struct smk_frontier *view_frontier(void *ctx, const struct smk_scope *scope)
{
    struct memory_scope *found = find_scope(ctx, scope);
    return found != NULL ? found->frontier : NULL;
}

static void view_each_scope(void *ctx, smk_view_scope_fn *fn, void *fn_ctx)
{
    struct memory_node *n = ctx;
    for (size_t i = 0; i < n->scope_count; i++)
        if (!fn(fn_ctx, &n->scope[i].scope))
            return;
}

static enum smk_err view_read_log(void *ctx, const uint8_t log_id[SMK_ID_BYTES], uint64_t from_seq,
                                  smk_view_record_fn *fn, void *fn_ctx)
{
    struct memory_node *n = ctx;
    const struct memory_log *log = memory_node_find(n, log_id);
    if (n->read_error != SMK_OK)
        return n->read_error;
    if (log == NULL || from_seq > smk_log_settled(&log->log))
        return SMK_ERR_NOT_FOUND;
    for (size_t i = (size_t)from_seq - 1; i < smk_log_settled(&log->log); i++) {
        n->reads++;
        if (!fn(fn_ctx, 0, &log->record[i].record))
            break;
    }
    return SMK_OK;
}

static enum smk_err view_read_arrivals(void *ctx, uint64_t after, smk_view_record_fn *fn, void *fn_ctx)
{
    struct memory_node *n = ctx;
    for (size_t i = (size_t)after; i < n->arrival_count; i++) {
        const struct memory_arrival *a = &n->arrival[i];
        if (a->seq > smk_log_settled(&n->log[a->log].log))
            continue;
        n->reads++;
        if (!fn(fn_ctx, i + 1, &n->log[a->log].record[a->seq - 1].record))
            break;
    }
    return SMK_OK;
}

static uint64_t view_fork_number(void *ctx)
{
    return ((struct memory_node *)ctx)->fork_number;
}

static struct smk_view_fork fork_of(const struct memory_log *log)
{
    struct smk_view_fork fork = {
        .scope = log->log.scope, .seq = log->log.fork, .proof = smk_buf_view(&log->proof)};
    memcpy(fork.log_id, log->log.log_id, sizeof fork.log_id);
    return fork;
}

/* Few logs fork: each number looks for its log. */
static enum smk_err view_read_forks(void *ctx, uint64_t after, smk_view_fork_fn *fn, void *fn_ctx)
{
    const struct memory_node *n = ctx;
    for (uint64_t number = after + 1; number <= n->fork_number; number++)
        for (size_t i = 0; i < n->log_count; i++) {
            struct smk_view_fork fork = fork_of(&n->log[i]);
            if (n->log[i].log.fork_number == number && !fn(fn_ctx, number, &fork))
                return SMK_OK;
        }
    return SMK_OK;
}

static enum smk_err view_read_fork(void *ctx, const uint8_t log_id[SMK_ID_BYTES], smk_view_fork_fn *fn,
                                   void *fn_ctx)
{
    const struct memory_log *log = memory_node_find(ctx, log_id);
    if (log == NULL || log->log.fork == 0)
        return SMK_ERR_NOT_FOUND;
    struct smk_view_fork fork = fork_of(log);
    (void)fn(fn_ctx, log->log.fork_number, &fork); /* there is only one */
    return SMK_OK;
}

static bool view_find_invitation(void *ctx, const uint8_t id[SMK_INVITATION_ID_BYTES],
                                 struct smk_invitation_terms *ret_terms)
{
    struct memory_node *n = ctx;
    if (!n->has_invitation || memcmp(id, n->invitation, SMK_INVITATION_ID_BYTES) != 0)
        return false;
    *ret_terms = n->terms;
    return true;
}

static void view_peer_memory(void *ctx, const uint8_t sign_key[SMK_KEY_BYTES],
                             struct smk_peer_memory *ret_memory)
{
    *ret_memory = memory_node_peer(ctx, sign_key)->memory;
}

struct memory_peer *memory_node_peer(struct memory_node *n, const uint8_t sign_key[SMK_KEY_BYTES])
{
    for (size_t i = 0; i < n->peer_count; i++)
        if (memcmp(n->peer[i].sign_key, sign_key, SMK_KEY_BYTES) == 0)
            return &n->peer[i];
    SMK_ASSERT(n->peer_count < sizeof n->peer / sizeof n->peer[0]);
    struct memory_peer *added = &n->peer[n->peer_count++];
    *added = (struct memory_peer){0};
    memcpy(added->sign_key, sign_key, SMK_KEY_BYTES);
    return added;
}

/* ---- life ---- */

void memory_node_init(struct memory_node *n, const struct test_coalition *c, const struct test_device *d)
{
    *n = (struct memory_node){
        .device = d,
        .identity = {.sign = d->sign, .transport = d->transport, .box = d->box},
        .index = {.max = 1 << 20},
        .room = SIZE_MAX,
    };
    n->view = (struct smk_view){
        .ctx = n,
        .roster = view_roster,
        .arrival = view_arrival,
        .frontier = view_frontier,
        .each_scope = view_each_scope,
        .read_log = view_read_log,
        .read_arrivals = view_read_arrivals,
        .fork_number = view_fork_number,
        .read_forks = view_read_forks,
        .read_fork = view_read_fork,
        .find_invitation = view_find_invitation,
        .peer_memory = view_peer_memory,
    };
    demand(smk_roster_new(smk_buf_view(&c->genesis), &n->roster));
    memory_node_renew(n, 0);
}

void memory_node_deinit(struct memory_node *n)
{
    for (size_t i = 0; i < n->log_count; i++) {
        for (size_t k = 0; k < n->log[i].count; k++)
            free(n->log[i].record[k].bytes);
        free(n->log[i].record);
        smk_buf_deinit(&n->log[i].proof);
    }
    for (size_t i = 0; i < n->met_count; i++)
        smk_buf_deinit(&n->met[i]);
    free(n->met);
    for (size_t i = 0; i < n->scope_count; i++)
        smk_frontier_free(n->scope[i].frontier);
    free(n->log);
    free(n->arrival);
    free(n->scope);
    smk_logmap_deinit(&n->index);
    smk_roster_free(n->roster);
    *n = (struct memory_node){0};
}

/* ---- governance ---- */

typedef void decision_fn(struct memory_node *n, struct smk_bytes payload);

/* Calls fn with the payload map of each decision of a certificate. */
static void each_of_certificate(struct memory_node *n, const struct test_coalition *c,
                                const uint8_t *sign_key, decision_fn *fn)
{
    struct smk_buf certificate = {.max = 1 << 20};
    struct smk_tree tree = {0};
    demand(smk_roster_pack_certificate(c->roster, sign_key, &certificate));
    demand(smk_tree_decode(smk_buf_view(&certificate), SMK_WALK_PAYLOAD, &tree));
    for (size_t i = 0; i < smk_value_count(tree.root); i++) {
        struct smk_value decision = smk_value_item(tree.root, i);
        struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
        smk_pack_map(&payload, 2);
        smk_pack_text(&payload, "body");
        smk_pack_value(&payload, smk_value_item(decision, 0));
        smk_pack_text(&payload, "sigs");
        smk_pack_value(&payload, smk_value_item(decision, 1));
        demand(payload.err);
        fn(n, smk_buf_view(&payload));
        smk_buf_deinit(&payload);
    }
    smk_tree_deinit(&tree);
    smk_buf_deinit(&certificate);
}

/* Known for good, as from a welcome. */
static void meet_decision(struct memory_node *n, struct smk_bytes payload)
{
    demand(smk_roster_add(n->roster, payload));
    n->met = grown(n->met, n->met_count, sizeof *n->met);
    n->met[n->met_count] = (struct smk_buf){.max = SMK_PAYLOAD_BYTES_MAX};
    smk_buf_write_bytes(&n->met[n->met_count], payload);
    demand(n->met[n->met_count++].err);
}

void memory_node_meet(struct memory_node *n, const struct test_coalition *c, const struct test_device *d)
{
    each_of_certificate(n, c, d->sign.public_key, meet_decision);
}

void memory_node_clone(struct memory_node *n, const struct test_coalition *c, const struct memory_node *from)
{
    memory_node_init(n, c, from->device);
    memcpy(n->incarnation, from->incarnation, sizeof n->incarnation);
    n->salt = from->salt;
    for (size_t i = 0; i < from->met_count; i++)
        meet_decision(n, smk_buf_view(&from->met[i]));
    for (size_t i = 0; i < from->log_count; i++) {
        const struct memory_log *log = &from->log[i];
        SMK_ASSERT(log->log.fork == 0);
        for (size_t k = 0; k < log->count; k++)
            memory_node_append(n, &log->log, &log->record[k].record, 1);
    }
    SMK_ASSERT(n->arrival_count == from->arrival_count);
    if (n->arrival_count > 0)
        memcpy(n->arrival, from->arrival, n->arrival_count * sizeof *n->arrival);
}

static bool is_published(const struct memory_node *n, struct smk_bytes payload)
{
    for (size_t i = 0; i < n->log_count; i++)
        for (size_t k = 0; k < n->log[i].count; k++)
            if (n->log[i].record[k].record.header.type == SMK_RECORD_DECISION &&
                smk_bytes_is_equal(n->log[i].record[k].record.payload, payload))
                return true;
    return false;
}

static void publish_decision(struct memory_node *n, struct smk_bytes payload)
{
    meet_decision(n, payload);
    if (!is_published(n, payload))
        memory_node_write(n, "gov", SMK_RECORD_DECISION, payload);
}

void memory_node_publish(struct memory_node *n, const struct test_coalition *c)
{
    memory_node_meet(n, c, n->device); /* whoever writes is known first */
    for (size_t i = 0; i < smk_roster_device_count(c->roster); i++)
        each_of_certificate(n, c, smk_roster_device_at(c->roster, i)->sign_key, publish_decision);
}

/* ---- writing ---- */

void memory_node_renew(struct memory_node *n, uint64_t incarnation)
{
    uint8_t seed[SMK_SEED_BYTES];
    test_seed_bytes("incarnation", incarnation, seed);
    memcpy(n->incarnation, seed, sizeof n->incarnation);
    for (size_t i = 0; i < sizeof n->incarnation; i++)
        n->incarnation[i] ^= n->device->sign.public_key[i];
}

static void own_log(const struct memory_node *n, const struct smk_scope *scope, struct smk_log *ret_log)
{
    struct smk_log empty;
    smk_log_init(&empty, n->device->sign.public_key, n->incarnation, scope);
    const struct memory_log *held = memory_node_find(n, empty.log_id);
    *ret_log = held != NULL ? held->log : empty;
}

static void write_next(struct memory_node *n, const struct smk_scope *scope, uint64_t type,
                       struct smk_bytes payload)
{
    struct smk_log log, after;
    struct smk_buf header_buf = {.max = SMK_HEADER_BYTES_MAX};
    struct smk_record record;
    uint8_t seed[SMK_SEED_BYTES];
    size_t taken;
    bool is_bad;
    own_log(n, scope, &log);
    struct smk_header h = {.type = type, .scope = *scope, .seq = log.seq + 1};
    memcpy(h.author, n->device->sign.public_key, sizeof h.author);
    memcpy(h.incarnation, n->incarnation, sizeof h.incarnation);
    if (log.seq > 0)
        memcpy(h.prev, log.id, sizeof h.prev);
    demand(smk_time_next(1713312000000, log.time, 0, &h.time));
    test_seed_bytes("salt", n->salt++, seed);
    demand(smk_record_make(&h, payload, seed, &n->device->sign, smk_roster_coalition(n->roster), &header_buf,
                           &record));
    demand(smk_log_take_run(&log, n->roster, &record, 1, &after, &taken, &is_bad));
    memory_node_append(n, &after, &record, 1);
    smk_buf_deinit(&header_buf);
}

void memory_node_write(struct memory_node *n, const char *scope_text, uint64_t type, struct smk_bytes payload)
{
    struct smk_scope scope = smk_scope_of(scope_text);
    struct smk_log log;
    own_log(n, &scope, &log);
    if (log.seq == 0) {
        struct smk_buf open = {.max = SMK_PAYLOAD_BYTES_MAX};
        uint8_t under[1][SMK_HASH_BYTES];
        memcpy(under[0], n->device->decision, sizeof under[0]);
        smk_open_encode((const uint8_t(*)[SMK_HASH_BYTES])under, 1, NULL, 0, "new store", &open);
        demand(open.err);
        write_next(n, &scope, SMK_RECORD_OPEN, smk_buf_view(&open));
        smk_buf_deinit(&open);
    }
    write_next(n, &scope, type, payload);
}

void memory_node_edit(struct memory_node *n, const char *scope, size_t letters)
{
    struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    test_edit_payload(&payload, n->salt, letters);
    memory_node_write(n, scope, SMK_RECORD_EDIT, smk_buf_view(&payload));
    smk_buf_deinit(&payload);
}

void memory_node_put(struct memory_node *n, const struct smk_record *r)
{
    struct smk_log log;
    const struct memory_log *held;
    smk_log_init(&log, r->header.author, r->header.incarnation, &r->header.scope);
    held = memory_node_find(n, log.log_id);
    if (held != NULL)
        log = held->log;
    SMK_ASSERT(r->header.seq == log.seq + 1);
    log.seq++;
    log.time = r->header.time;
    memcpy(log.id, r->id, sizeof log.id);
    smk_logtree_append(&log.tree, &smk_logtree_samaki, SMK_BYTES(r->id));
    if (r->header.type == SMK_RECORD_DECISION && r->has_payload) {
        enum smk_err err = smk_roster_add(n->roster, r->payload);
        SMK_ASSERT(err == SMK_OK || smk_err_is_record_refused(err)); /* one that is not valid is a no-op */
    }
    memory_node_append(n, &log, r, 1);
}

void memory_node_copy(struct memory_node *n, const struct memory_log *log, size_t count)
{
    for (size_t i = 0; i < count; i++)
        memory_node_put(n, &log->record[i].record);
}

/* ---- questions ---- */

void memory_node_root(struct memory_node *n, const char *scope_text, uint8_t ret_root[SMK_HASH_BYTES])
{
    struct smk_scope scope = smk_scope_of(scope_text);
    struct memory_scope *found = find_scope(n, &scope);
    memset(ret_root, 0, SMK_HASH_BYTES);
    if (found != NULL)
        smk_frontier_root(found->frontier, ret_root);
}

uint64_t memory_node_records(const struct memory_node *n, const char *scope_text)
{
    struct smk_scope scope = smk_scope_of(scope_text);
    const struct memory_scope *found = find_scope(n, &scope);
    return found != NULL ? smk_frontier_records(found->frontier) : 0;
}
