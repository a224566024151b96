#include "proto/check.h"
#include "proto/message.h"
#include "proto/span.h"
#include "tests/sim/disk.h"

#include <stdlib.h>
#include <string.h>

static void demand(enum smk_err err)
{
    SMK_ASSERT(err == SMK_OK);
}

/* ---- roster and frontiers follow from the rows ---- */

static void welcome_read(struct disk *d, struct smk_roster *roster)
{
    struct smk_tree tree = {0};
    struct smk_welcome welcome;
    if (d->welcome.len == 0)
        return;
    demand(smk_tree_decode(smk_buf_view(&d->welcome), SMK_WALK_PAYLOAD, &tree));
    demand(smk_welcome_decode(tree.root, &welcome));
    demand(smk_roster_add_certificate(roster, welcome.decisions));
    smk_tree_deinit(&tree);
}

static void roster_read(struct disk *d)
{
    struct memory_node *n = d->memory;
    struct smk_roster *roster = NULL;
    demand(smk_roster_new(smk_buf_view(&d->genesis), &roster));
    welcome_read(d, roster);
    for (size_t i = 0; i < n->arrival_count; i++) {
        const struct memory_arrival *a = &n->arrival[i];
        const struct smk_record *r = &n->log[a->log].record[a->seq - 1].record;
        if (r->header.type != SMK_RECORD_DECISION || r->header.scope.kind != SMK_SCOPE_GOV)
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
    welcome_read(d, d->memory->roster);
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
                      struct disk_verdict *verdicts)
{
    bool has_doubt = false;
    for (size_t i = 0; i < count; i++) {
        verdicts[i].err = memory_node_take(d->memory, messages[i], &verdicts[i].new_records);
        bool is_gov = smk_span_is_text(smk_span_item(messages[i], 1), "gov");
        has_doubt = has_doubt || (is_gov && verdicts[i].err != SMK_OK);
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

/* As the store does: a new incarnation when the certificate is another one.
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
    if (d->has_incarnation && count == d->certificate_count &&
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
