#include "tests/sim/node.h"

#include "proto/check.h"
#include "tests/sim/byzantine.h"
#include "tests/sim/check_forks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MILLION = 1000000 };

/* 2024-04-17 00:00 UTC */
static const uint64_t START_MS = 1713312000000;

bool node_is_honest(const struct node *n)
{
    return n->vices == 0;
}

bool node_knows(const struct node *n, const struct node *other)
{
    return smk_roster_device(disk_roster(&n->disk), other->device.sign.public_key) != NULL;
}

/* ---- clocks ---- */

uint64_t node_mono_ms(const struct world *w, const struct node *n)
{
    int64_t passed = (int64_t)(w->now_ms - n->clock.base_ms);
    return n->clock.base_mono_ms + (uint64_t)(passed + passed * n->clock.drift_ppm / MILLION);
}

uint64_t node_wall_ms(const struct world *w, const struct node *n)
{
    return (uint64_t)((int64_t)(START_MS + node_mono_ms(w, n)) + n->clock.offset_ms);
}

uint64_t node_until_ms(const struct world *w, const struct node *n, uint64_t mono_ms)
{
    uint64_t now_ms = node_mono_ms(w, n);
    if (mono_ms <= now_ms)
        return 1;
    uint64_t left_ms = mono_ms - now_ms;
    return left_ms * MILLION / (uint64_t)(MILLION + n->clock.drift_ppm) + 1;
}

void node_set_drift(const struct world *w, struct node *n, int64_t drift_ppm)
{
    n->clock.base_mono_ms = node_mono_ms(w, n);
    n->clock.base_ms = w->now_ms;
    n->clock.drift_ppm = drift_ppm;
}

/* ---- life ---- */

void node_make_disk(struct world *w, struct node *n, struct smk_bytes welcome)
{
    char folder[TEST_PATH_MAX + 32];
    struct disk_options options = {.coalition = &w->coalition, .device = &n->device, .welcome = welcome};
    bool is_real = w->has_real_stores && node_is_honest(n);
    (void)snprintf(folder, sizeof folder, "%s/%zu", w->dir.path, n->index);
    options.folder = is_real ? folder : NULL;
    disk_make(&n->disk, &options);
    holding_init(&n->holding);
    ledger_welcome(w, &n->holding, welcome);
    n->is_up = true;
    n->clock = (struct clock){.base_ms = w->now_ms, .base_mono_ms = 1000};
}

void node_start(struct world *w, struct node *n)
{
    n->is_up = true;
    for (size_t i = 0; i < w->edge_count; i++)
        if (w->edge[i].from == n->index)
            edge_dial_later(w, i, world_between(w, 1, 3000));
    world_in(w, world_around(w, w->weather.write_every_ms),
             (struct event){.what = HAPPENS_WRITE, .who = (uint32_t)n->index, .serial = n->life});
}

static void jobs_drop(struct node *n, size_t first)
{
    for (size_t i = first; i < n->job_count; i++)
        smk_buf_deinit(&n->job[i].message);
    n->job_count = first;
}

/* Of an honest node; a Byzantine one may hold what nobody would take. */
static void group_look(const struct world *w, const struct node *n, struct forks_due *due)
{
    for (size_t i = 0; node_is_honest(n) && i < n->group_count; i++)
        forks_due_add(w, &n->disk, smk_buf_view(&n->job[i].message), due);
}

/* The sync is over: the group is on the disk. */
static void group_take(struct world *w, struct node *n, struct smk_event *answers)
{
    struct smk_bytes message[WORLD_JOBS_MAX];
    struct forks_due due = {0};
    size_t own = 0;
    group_look(w, n, &due);
    for (size_t i = 0; i < n->group_count; i++) {
        message[own] = smk_buf_view(&n->job[i].message);
        if (n->job[i].is_for_twin)
            disk_take(n->twin, &message[own], 1, &answers[i]);
        else if (n->twin != NULL)
            disk_take(&n->disk, &message[own], 1, &answers[i]);
        else
            own++;
    }
    if (own > 0)
        disk_take(&n->disk, message, own, answers);
    check_forks_due(w, n, &n->disk, &due);
}

static void look(struct world *w, struct node *n)
{
    ledger_look(w, n, &n->disk, &n->holding);
    if (n->twin != NULL)
        ledger_look(w, n, n->twin, &n->twin_holding);
}

void node_crash(struct world *w, struct node *n, struct node_crash how)
{
    struct smk_event answers[WORLD_JOBS_MAX] = {0};
    SMK_ASSERT(n->is_up);
    world_tell(w, "node %zu crashes, %s, %s", n->index,
               n->group_count == 0 ? "nothing under way"
               : how.is_batch_kept ? "the batch under way is kept"
                                   : "the batch under way is lost",
               how.is_silent ? "silently" : "its lines break");
    world_count(w, n->group_count == 0 ? FAULT_CRASH_IDLE
                                       : (how.is_batch_kept ? FAULT_CRASH_KEPT : FAULT_CRASH_LOST));
    if (n->group_count > 0 && how.is_batch_kept && !n->is_full)
        group_take(w, n, answers);
    n->is_up = false;
    n->life++;
    n->group_count = 0;
    n->is_look_due = false;
    jobs_drop(n, 0);
    lines_drop_node(w, n, how.is_silent);
    world_in(w, how.back_in_ms,
             (struct event){.what = HAPPENS_RESTART, .who = (uint32_t)n->index, .serial = n->life});
}

void node_restart(struct world *w, struct node *n)
{
    world_tell(w, "node %zu comes back", n->index);
    disk_reopen(&n->disk);
    n->roster_decided = 0;
    ledger_look_again(w, n, &n->disk, &n->holding);
    if (n->twin != NULL) {
        disk_reopen(n->twin);
        ledger_look_again(w, n, n->twin, &n->twin_holding);
    }
    node_start(w, n);
}

void node_make_room(const struct world *w, struct node *n)
{
    if (n->is_full)
        n->full_ms = w->now_ms;
    n->is_full = false;
}

/* ---- writing ---- */

static void look_later(struct world *w, struct node *n)
{
    if (n->is_look_due)
        return;
    n->is_look_due = true;
    world_in(w, world_between(w, 0, 200),
             (struct event){.what = HAPPENS_LOOK, .who = (uint32_t)n->index, .serial = n->life});
}

bool node_write(struct world *w, struct node *n, const struct smk_draft *drafts, size_t count)
{
    if (n->is_full || !n->is_up)
        return false;
    struct disk *d = byzantine_face(w, n);
    enum smk_err err = disk_write(d, drafts, count, byzantine_wall_ms(w, n));
    if (err != SMK_OK && err != SMK_ERR_NOT_ALLOWED_HERE && err != SMK_ERR_CLOCK &&
        err != SMK_ERR_TOO_BIG_HERE)
        world_fail(w, "node %zu cannot write to %s: %s", n->index, drafts[0].scope.text, smk_err_text(err));
    look(w, n);
    if (err != SMK_OK)
        return false;
    ledger_promise_own(w, n);
    look_later(w, n);
    return true;
}

void node_look(struct world *w, const struct event *e)
{
    struct node *n = &w->node[e->who];
    if (e->serial != n->life)
        return;
    n->is_look_due = false;
    lines_arrived(w, n, 0);
}

static void sync_begin(struct world *w, struct node *n)
{
    if (n->group_count > 0 || n->job_count == 0)
        return;
    n->group_count = n->job_count < WORLD_JOBS_MAX ? n->job_count : WORLD_JOBS_MAX;
    uint64_t sync_ms = world_between(w, w->weather.sync_min_ms, w->weather.sync_max_ms);
    struct event e = {.what = HAPPENS_SYNC, .who = (uint32_t)n->index, .serial = n->life};
    world_in(w, sync_ms, e);
    if (!w->is_crash_due)
        return;
    w->is_crash_due = false;
    e.what = HAPPENS_CRASH;
    world_in(w, sync_ms - 1, e);
}

void node_put_batch(struct world *w, struct node *n, struct job job, struct smk_bytes message)
{
    n->job = realloc(n->job, (n->job_count + 1) * sizeof *n->job);
    SMK_ASSERT(n->job != NULL);
    job.message = (struct smk_buf){.max = SMK_MESSAGE_BYTES_MAX};
    smk_buf_write_bytes(&job.message, message);
    SMK_ASSERT(job.message.err == SMK_OK);
    n->job[n->job_count++] = job;
    sync_begin(w, n);
}

void node_sync_over(struct world *w, const struct event *e)
{
    struct node *n = &w->node[e->who];
    struct smk_event answer[WORLD_JOBS_MAX] = {0};
    struct job done[WORLD_JOBS_MAX];
    if (e->serial != n->life)
        return;
    size_t count = n->group_count;
    SMK_ASSERT(count > 0);
    if (n->is_full) {
        for (size_t i = 0; i < count; i++)
            answer[i] = (struct smk_event){.type = SMK_EV_STORED, .verdict = SMK_ERR_STORE_FULL};
    } else {
        group_take(w, n, answer);
        look(w, n);
    }
    memcpy(done, n->job, count * sizeof done[0]);
    n->job_count -= count;
    memmove(n->job, n->job + count, n->job_count * sizeof n->job[0]);
    n->group_count = 0;
    for (size_t i = 0; i < count; i++) {
        smk_buf_deinit(&done[i].message);
        world_mix(w, (uint64_t)(int64_t)answer[i].verdict + answer[i].new_records);
        if (answer[i].verdict != SMK_OK)
            world_tell(w, "node %zu refuses a batch of line %" PRIu64 ": %s", n->index, done[i].line_serial,
                       smk_err_text(answer[i].verdict));
        lines_arrived(w, n, done[i].line_serial);
        answer[i].ticket = done[i].ticket;
        line_stored(w, &done[i], &answer[i]);
    }
    sync_begin(w, n);
}
