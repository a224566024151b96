#include "proto/check.h"
#include "proto/span.h"
#include "tests/sim/disk.h"

#include <stdlib.h>
#include <string.h>

static void demand(enum smk_err err)
{
    SMK_ASSERT(err == SMK_OK);
}

/* ---- roster and frontiers follow from the rows ---- */

/* The decisions of the welcome are known for good, as the node's own rows are. */
static void welcome_keep(struct disk *d)
{
    struct memory_node *n = d->memory;
    struct smk_span_iter it = smk_span_each(smk_span_item(smk_buf_view(&d->welcome), 1));
    struct smk_bytes decision;
    if (d->welcome.len == 0)
        return;
    n->met = calloc(it.left, sizeof *n->met);
    SMK_ASSERT(n->met != NULL);
    while (smk_span_next(&it, NULL, &decision)) {
        struct smk_buf *kept = &n->met[n->met_count++];
        *kept = (struct smk_buf){.max = SMK_PAYLOAD_BYTES_MAX};
        smk_buf_write_bytes(kept, decision);
        demand(kept->err);
        demand(smk_roster_add(n->roster, decision));
    }
}

static void roster_read(struct disk *d)
{
    struct memory_node *n = d->memory;
    struct smk_roster *roster = NULL;
    demand(smk_roster_new(smk_buf_view(&d->genesis), &roster));
    for (size_t i = 0; i < n->met_count; i++)
        demand(smk_roster_add(roster, smk_buf_view(&n->met[i])));
    for (size_t i = 0; i < n->arrival_count; i++) {
        const struct memory_arrival *a = &n->arrival[i];
        const struct smk_record *r = &n->log[a->log].record[a->seq - 1].record;
        if (r->header.type != SMK_RECORD_DECISION || r->header.scope.kind != SMK_SCOPE_GOV ||
            a->seq > smk_log_settled(&n->log[a->log].log))
            continue;
        enum smk_err err = smk_roster_add(roster, r->payload);
        SMK_ASSERT(err == SMK_OK || smk_err_is_record_refused(err)); /* one that is not valid is a no-op */
    }
    smk_roster_free(n->roster);
    n->roster = roster;
}

static struct smk_frontier *frontier_of(struct memory_node *n, const struct smk_scope *scope)
{
    for (size_t i = 0; i < n->scope_count; i++)
        if (smk_scope_is_equal(&n->scope[i].scope, scope))
            return n->scope[i].frontier;
    SMK_UNREACHABLE();
}

static void frontiers_read(struct memory_node *n)
{
    for (size_t i = 0; i < n->scope_count; i++) {
        smk_frontier_free(n->scope[i].frontier);
        n->scope[i].frontier = smk_frontier_new();
        SMK_ASSERT(n->scope[i].frontier != NULL);
    }
    for (size_t i = 0; i < n->log_count; i++) {
        struct smk_head head;
        smk_log_head(&n->log[i].log, &head);
        demand(smk_frontier_put(frontier_of(n, &n->log[i].log.scope), &head));
    }
}

/* ---- life ---- */

void memory_disk_make(struct disk *d, const struct disk_options *options)
{
    d->memory = calloc(1, sizeof *d->memory);
    SMK_ASSERT(d->memory != NULL);
    memory_node_init(d->memory, options->coalition, options->device);
    welcome_keep(d);
}

void memory_disk_deinit(struct disk *d)
{
    memory_node_deinit(d->memory);
    free(d->memory);
}

void memory_disk_reopen(struct disk *d)
{
    roster_read(d);
    frontiers_read(d->memory);
}

void disk_copy(struct disk *d, const struct disk *from)
{
    struct test_coalition coalition = {.genesis = from->genesis};
    struct disk_options options = {
        .coalition = &coalition, .device = from->device, .welcome = smk_buf_view(&from->welcome)};
    const struct memory_node *rows = from->memory;
    disk_make(d, &options);
    for (size_t i = 0; i < rows->arrival_count; i++) {
        const struct memory_arrival *a = &rows->arrival[i];
        if (a->seq <= smk_log_settled(&rows->log[a->log].log))
            memory_node_put(d->memory, &rows->log[a->log].record[a->seq - 1].record);
    }
    memcpy(d->memory->incarnation, rows->incarnation, sizeof rows->incarnation);
    d->has_incarnation = from->has_incarnation;
    d->incarnations = from->incarnations;
    d->certificate_count = from->certificate_count;
    memcpy(d->certificate, from->certificate, sizeof d->certificate);
    d->memory->salt = rows->salt + 1000000; /* what it writes from now on is something else */
}

/* ---- taking ---- */

void memory_disk_take(struct disk *d, const struct smk_bytes *messages, size_t count,
                      struct smk_event *answers)
{
    bool has_doubt = false;
    for (size_t i = 0; i < count; i++) {
        answers[i] = memory_node_store(d->memory, messages[i], 0);
        bool is_gov = smk_span_is_text(smk_span_item(messages[i], 1), "gov");
        has_doubt = has_doubt || (is_gov && answers[i].verdict != SMK_OK);
    }
    if (has_doubt) /* the roster may have read decisions of records that were refused */
        roster_read(d);
}

/* ---- writing ---- */

static void incarnation_draw(struct disk *d, uint64_t wall_ms)
{
    uint64_t day = wall_ms / SMK_DAY_MS;
    d->drawn = day == d->day ? d->drawn + 1 : 1;
    d->day = day;
    d->has_incarnation = true;
    memory_node_renew(d->memory, ++d->incarnations);
}

static bool may_draw(const struct disk *d, uint64_t wall_ms)
{
    return wall_ms / SMK_DAY_MS != d->day || d->drawn < SMK_INCARNATIONS_PER_DAY_MAX;
}

/* Somebody has proved a fork of a log that it writes: only a Byzantine node comes to know such a thing. */
static bool has_forked(const struct disk *d)
{
    const struct memory_node *n = d->memory;
    for (size_t i = 0; i < n->log_count; i++)
        if (n->log[i].log.fork > 0 &&
            memcmp(n->log[i].log.author, d->device->sign.public_key, SMK_KEY_BYTES) == 0 &&
            memcmp(n->log[i].log.incarnation, n->incarnation, SMK_INCARNATION_BYTES) == 0)
            return true;
    return false;
}

/* As the store does: a new incarnation when the certificate is another one, or a log has forked.
 * OK, SMK_ERR_NOT_ALLOWED_HERE, SMK_ERR_TOO_BIG_HERE */
static enum smk_err incarnation_choose(struct disk *d, uint64_t wall_ms)
{
    struct smk_roster *roster = d->memory->roster;
    const uint8_t *key = d->device->sign.public_key;
    uint8_t certificate[SMK_CERT_DECISIONS_MAX][SMK_HASH_BYTES];
    if (smk_roster_device(roster, key) == NULL)
        return SMK_ERR_NOT_ALLOWED_HERE;
    size_t count = smk_roster_in_force(roster, SMK_DECIDE_DEVICE, (struct smk_bytes){key, SMK_KEY_BYTES},
                                       certificate, SMK_CERT_DECISIONS_MAX);
    SMK_ASSERT(count <= SMK_CERT_DECISIONS_MAX);
    if (d->has_incarnation && !has_forked(d) && count == d->certificate_count &&
        memcmp(certificate, d->certificate, count * SMK_HASH_BYTES) == 0)
        return SMK_OK;
    if (!may_draw(d, wall_ms))
        return SMK_ERR_TOO_BIG_HERE;
    incarnation_draw(d, wall_ms);
    d->certificate_count = count;
    memcpy(d->certificate, certificate, count * SMK_HASH_BYTES);
    return SMK_OK;
}

static struct smk_log own_log(const struct disk *d, const struct smk_scope *scope)
{
    struct smk_log empty;
    smk_log_init(&empty, d->device->sign.public_key, d->memory->incarnation, scope);
    const struct memory_log *held = memory_node_find(d->memory, empty.log_id);
    return held != NULL ? held->log : empty;
}

/* Signs one record at the end of its log. */
static void record_append(struct disk *d, struct smk_header *h, struct smk_bytes payload)
{
    struct memory_node *n = d->memory;
    struct smk_buf header = {.max = SMK_HEADER_BYTES_MAX};
    struct smk_log log = own_log(d, &h->scope), after;
    struct smk_record record;
    uint8_t salt[SMK_SEED_BYTES];
    size_t taken;
    bool is_bad;
    memcpy(h->author, log.author, sizeof h->author);
    memcpy(h->incarnation, log.incarnation, sizeof h->incarnation);
    h->seq = log.seq + 1;
    memcpy(h->prev, log.id, sizeof h->prev);
    test_seed_bytes("salt", n->salt++, salt);
    demand(smk_record_make(h, payload, salt, &d->identity.sign, smk_roster_coalition(n->roster), &header,
                           &record));
    demand(smk_log_take_run(&log, n->roster, &record, 1, &after, &taken, &is_bad));
    memory_node_append(n, &after, &record, 1);
    smk_buf_deinit(&header);
}

static void log_open(struct disk *d, const struct smk_scope *scope, uint64_t time)
{
    struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_header h = {.type = SMK_RECORD_OPEN, .scope = *scope, .time = time};
    smk_open_encode((const uint8_t(*)[SMK_HASH_BYTES])d->certificate, d->certificate_count, NULL, 0,
                    "new store", &payload);
    demand(payload.err);
    record_append(d, &h, smk_buf_view(&payload));
    smk_buf_deinit(&payload);
}

/* OK, SMK_ERR_NOT_ALLOWED_HERE, SMK_ERR_CLOCK, SMK_ERR_TOO_BIG_HERE */
static enum smk_err draft_write(struct disk *d, const struct smk_draft *draft, uint64_t wall_ms)
{
    struct smk_header h = {.type = draft->type, .scope = draft->scope, .dep_count = draft->dep_count};
    uint64_t first;
    if (!smk_roster_holds(d->memory->roster, d->device->sign.public_key, &draft->scope))
        return SMK_ERR_NOT_ALLOWED_HERE;
    memcpy(h.dep, draft->dep, sizeof h.dep);
    struct smk_log log = own_log(d, &draft->scope);
    enum smk_err err = smk_time_next(wall_ms, log.time, draft->dep_time, &h.time);
    if (err == SMK_ERR_CLOCK && log.seq > 0 && may_draw(d, wall_ms)) {
        incarnation_draw(d, wall_ms); /* the log was written while the clock was ahead */
        log = own_log(d, &draft->scope);
        err = smk_time_next(wall_ms, log.time, draft->dep_time, &h.time);
    }
    if (err == SMK_OK)
        err = smk_time_next(wall_ms, 0, 0, &first);
    if (err != SMK_OK)
        return err;
    if (log.seq == 0) {
        log_open(d, &draft->scope, first);
        log = own_log(d, &draft->scope);
        err = smk_time_next(wall_ms, log.time, draft->dep_time, &h.time);
        SMK_ASSERT(err == SMK_OK);
    }
    record_append(d, &h, draft->payload);
    return SMK_OK;
}

enum smk_err memory_disk_write(struct disk *d, const struct smk_draft *drafts, size_t count, uint64_t wall_ms)
{
    bool is_known = smk_roster_device(d->memory->roster, d->device->sign.public_key) != NULL;
    enum smk_err err = is_known ? incarnation_choose(d, wall_ms) : SMK_OK;
    for (size_t i = 0; i < count && err == SMK_OK; i++)
        if (drafts[i].type == SMK_RECORD_DECISION)
            err = smk_roster_add(d->memory->roster, drafts[i].payload);
    if (err == SMK_OK && !is_known)
        err = incarnation_choose(d, wall_ms);
    for (size_t i = 0; i < count && err == SMK_OK; i++)
        err = draft_write(d, &drafts[i], wall_ms);
    if (err != SMK_OK && count > 0 && drafts[0].type == SMK_RECORD_DECISION)
        roster_read(d);
    return err;
}
