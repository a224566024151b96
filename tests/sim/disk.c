#include "tests/sim/disk.h"

#include "proto/check.h"
#include "store/govern.h"
#include "store/local.h"
#include "tests/sim/standin.h"

#include <stdio.h>
#include <string.h>

static void demand(enum smk_err err)
{
    SMK_ASSERT(err == SMK_OK);
}

/* ---- real stores ---- */

enum { MAP_BYTES = 256 * 1024 }; /* small, so that it has to grow */

static void store_open(struct disk *d)
{
    /* No reserve: the disks of this world are full when the node says so. */
    struct smk_store_options options = {.path = d->path, .map_bytes = MAP_BYTES, .has_no_reserve = true};
    demand(smk_store_open(&options, &d->store));
    demand(smk_store_view_new(d->store, &d->view));
}

static void store_close(struct disk *d)
{
    smk_store_view_free(d->view);
    smk_store_close(d->store);
    d->view = NULL;
    d->store = NULL;
}

static void store_make(struct disk *d, const struct disk_options *options)
{
    int len = snprintf(d->path, sizeof d->path, "%s", options->folder);
    SMK_ASSERT(len > 0);
    SMK_ASSERT((size_t)len < sizeof d->path);
    if (d->welcome.len > 0)
        demand(smk_store_create_welcomed(d->path, smk_buf_view(&d->welcome)));
    else
        demand(smk_store_create(d->path, smk_buf_view(&d->genesis)));
    store_open(d);
}

static void store_look(struct disk *d)
{
    bool has_moved, has_new_roster;
    demand(smk_store_view_catch_up(d->view, &has_moved, &has_new_roster));
}

static void store_take(struct disk *d, const struct smk_bytes *messages, size_t count,
                       struct smk_event *answers)
{
    struct smk_store_verdict verdict[64] = {0};
    SMK_ASSERT(count <= sizeof verdict / sizeof verdict[0]);
    enum smk_err err = smk_store_take(d->store, messages, count, verdict);
    SMK_ASSERT(err == SMK_OK);
    store_look(d);
    for (size_t i = 0; i < count; i++)
        answers[i] = smk_store_verdict_event(&verdict[i], err, 0);
}

static bool keep_newest(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    uint64_t *seq = ctx;
    (void)arrival;
    *seq = r->header.seq;
    return true;
}

static uint64_t store_kept(const struct disk *d, const struct smk_scope *scope,
                           const uint8_t log_id[SMK_ID_BYTES])
{
    const struct smk_view *view = smk_store_view_get(d->view);
    struct smk_frontier *f = view->frontier(view->ctx, scope);
    const struct smk_head *head = f != NULL ? smk_frontier_find(f, log_id) : NULL;
    uint64_t seq = head != NULL ? head->seq : 0;
    enum smk_err err = smk_store_read_branch(d->store, log_id, false, keep_newest, &seq);
    SMK_ASSERT(err == SMK_OK || err == SMK_ERR_NOT_FOUND);
    return seq;
}

static enum smk_err store_write(struct disk *d, const struct smk_draft *drafts, size_t count,
                                uint64_t wall_ms)
{
    uint8_t id[64][SMK_ID_BYTES];
    SMK_ASSERT(count <= sizeof id / sizeof id[0]);
    standin_set_wall(wall_ms);
    enum smk_err err = smk_store_write(d->store, &d->identity, drafts, count, id);
    store_look(d);
    return err;
}

static void store_note_receipt(struct disk *d, const struct smk_session_status *status,
                               const struct smk_sync_receipt *receipt, uint64_t wall_ms)
{
    struct smk_peer_row row = {0};
    enum smk_err err = smk_local_get_peer(d->store, status->peer_sign_key, &row);
    SMK_ASSERT(err == SMK_OK || err == SMK_ERR_NOT_FOUND);
    smk_buf_deinit(&row.receipt);
    row.receipt = (struct smk_buf){.max = receipt->body.len + 256};
    memcpy(row.sign_key, status->peer_sign_key, sizeof row.sign_key);
    smk_pack_array(&row.receipt, 3);
    smk_pack_bin(&row.receipt, receipt->body);
    smk_pack_bin(&row.receipt, SMK_BYTES(receipt->initiator_signature));
    smk_pack_bin(&row.receipt, SMK_BYTES(receipt->responder_signature));
    demand(row.receipt.err);
    row.receipt_ms = wall_ms;
    memcpy(row.receipt_digest, receipt->digest, sizeof row.receipt_digest);
    demand(smk_local_put_peer(d->store, &row));
    smk_buf_deinit(&row.receipt);
}

static void store_note_end(struct disk *d, const struct smk_session_status *status, bool is_initiator,
                           uint64_t wall_ms)
{
    struct smk_session_row row;
    smk_session_row_from(status, is_initiator, wall_ms, &row);
    demand(smk_local_note_session(d->store, &row, status, NULL, NULL));
}

/* ---- in memory ---- */

static void memory_note_end(struct disk *d, const struct smk_session_status *status)
{
    struct memory_peer *peer = memory_node_peer(d->memory, status->peer_sign_key);
    if (status->is_complete)
        peer->memory.lacks_us = false;
    if (status->peer_code == smk_wire_code(SMK_ERR_UNKNOWN_AUTHOR))
        peer->memory.lacks_us = true;
}

/* ---- either ---- */

void disk_make(struct disk *d, const struct disk_options *options)
{
    *d = (struct disk){
        .device = options->device,
        .identity = {.sign = options->device->sign,
                     .transport = options->device->transport,
                     .box = options->device->box},
        .genesis = {.max = SMK_GENESIS_BYTES_MAX},
        .welcome = {.max = SMK_MESSAGE_BYTES_MAX},
    };
    smk_buf_write_bytes(&d->genesis, smk_buf_view(&options->coalition->genesis));
    smk_buf_write_bytes(&d->welcome, options->welcome);
    demand(d->genesis.err);
    demand(d->welcome.err);
    if (options->folder != NULL)
        store_make(d, options);
    else
        memory_disk_make(d, options);
}

void disk_deinit(struct disk *d)
{
    if (d->memory != NULL)
        memory_disk_deinit(d);
    if (d->store != NULL)
        store_close(d);
    smk_buf_deinit(&d->genesis);
    smk_buf_deinit(&d->welcome);
    *d = (struct disk){0};
}

void disk_reopen(struct disk *d)
{
    if (d->memory != NULL) {
        memory_disk_reopen(d);
        return;
    }
    store_close(d);
    store_open(d);
}

const struct smk_view *disk_view(const struct disk *d)
{
    return d->memory != NULL ? &d->memory->view : smk_store_view_get(d->view);
}

struct smk_roster *disk_roster(const struct disk *d)
{
    const struct smk_view *view = disk_view(d);
    return view->roster(view->ctx);
}

void disk_take(struct disk *d, const struct smk_bytes *messages, size_t count, struct smk_event *answers)
{
    if (d->memory != NULL)
        memory_disk_take(d, messages, count, answers);
    else
        store_take(d, messages, count, answers);
}

uint64_t disk_kept(const struct disk *d, const struct smk_scope *scope, const uint8_t log_id[SMK_ID_BYTES])
{
    if (d->memory == NULL)
        return store_kept(d, scope, log_id);
    const struct memory_log *log = memory_node_find(d->memory, log_id);
    return log != NULL ? log->log.seq : 0;
}

enum smk_err disk_write(struct disk *d, const struct smk_draft *drafts, size_t count, uint64_t wall_ms)
{
    return d->memory != NULL ? memory_disk_write(d, drafts, count, wall_ms)
                             : store_write(d, drafts, count, wall_ms);
}

void disk_note_end(struct disk *d, const struct smk_session_status *status, bool is_initiator,
                   uint64_t wall_ms)
{
    static const uint8_t nobody[SMK_KEY_BYTES];
    bool is_unknown_there = status->peer_code == smk_wire_code(SMK_ERR_UNKNOWN_AUTHOR);
    if ((!status->is_bound && !is_unknown_there) || memcmp(status->peer_sign_key, nobody, sizeof nobody) == 0)
        return;
    if (d->memory != NULL)
        memory_note_end(d, status);
    else
        store_note_end(d, status, is_initiator, wall_ms);
}

void disk_note_receipt(struct disk *d, const struct smk_session_status *status,
                       const struct smk_sync_receipt *receipt, uint64_t wall_ms)
{
    if (d->memory == NULL) {
        store_note_receipt(d, status, receipt, wall_ms);
        return;
    }
    struct memory_peer *peer = memory_node_peer(d->memory, status->peer_sign_key);
    peer->memory.receipt_ms = wall_ms;
    memcpy(peer->memory.receipt_digest, receipt->digest, sizeof peer->memory.receipt_digest);
}
