#include "node/writer.h"

#include "node/log.h"
#include "proto/check.h"
#include "proto/mem.h"
#include "store/govern.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { AGREED_STALE_MS = 300 * 1000 }; /* an agreement without news is not written down again before this */

struct job {
    struct job *next;
    enum smk_job_type type;
    uint64_t link_id;
    uint64_t ticket;
    size_t cost_bytes;
    uint8_t *message; /* BATCH: owned copy */
    size_t message_len;
    struct smk_join_request request;  /* ADMIT */
    struct smk_session_status status; /* SESSION, AGREED */
    bool is_initiator;
    char address[256];
    struct smk_sync_receipt receipt; /* RECEIPT: body points into receipt_body */
    struct smk_buf receipt_body;
    /* results */
    enum smk_err err;
    struct smk_event stored; /* BATCH */
    struct smk_buf welcome;
};

struct job_queue {
    struct job *first;
    struct job **end;
};

struct smk_writer {
    uv_async_t wake; /* first; the struct is freed when its close callback runs */
    pthread_t thread;
    pthread_mutex_t lock; /* guards waiting, done, waiting_bytes, is_stopping, is_over */
    pthread_cond_t has_work;
    pthread_cond_t over; /* of the thread; counts on the monotonic clock */
    struct job_queue waiting;
    struct job_queue done;
    size_t waiting_bytes;
    bool is_stopping;
    bool is_over;
    struct smk_home *home;
    smk_job_done_fn *done_fn;
    void *ctx;
};

static void queue_init(struct job_queue *q)
{
    q->first = NULL;
    q->end = &q->first;
}

static void queue_put(struct job_queue *q, struct job *job)
{
    job->next = NULL;
    *q->end = job;
    q->end = &job->next;
}

static struct job *queue_take(struct job_queue *q)
{
    struct job *job = q->first;
    if (job == NULL)
        return NULL;
    q->first = job->next;
    if (q->first == NULL)
        q->end = &q->first;
    return job;
}

static void job_free(struct job *job)
{
    if (job == NULL)
        return;
    free(job->message);
    smk_buf_deinit(&job->receipt_body);
    smk_buf_deinit(&job->welcome);
    free(job);
}

/* ---- on the writer's thread ---- */

static void work_batches(struct smk_writer *w, struct job **batch, size_t count)
{
    struct smk_bytes message[SMK_WRITER_GROUP_BATCHES_MAX] = {{0}};
    struct smk_store_verdict verdict[SMK_WRITER_GROUP_BATCHES_MAX] = {0};
    for (size_t i = 0; i < count; i++)
        message[i] = (struct smk_bytes){batch[i]->message, batch[i]->message_len};
    enum smk_err err = smk_store_take(w->home->store, message, count, verdict);
    if (err != SMK_OK)
        smk_log_line(SMK_LOG_ERROR, "storing %zu batches failed: %s; nothing of them was acknowledged", count,
                     smk_err_text(err));
    for (size_t i = 0; i < count; i++) {
        batch[i]->stored = smk_store_verdict_event(&verdict[i], err, batch[i]->ticket);
        batch[i]->err = batch[i]->stored.verdict;
    }
}

/* What is kept of a peer, or a fresh row for one that is new. GIVES ret_row->receipt. */
static enum smk_err peer_row_of(struct smk_writer *w, const uint8_t sign_key[SMK_KEY_BYTES],
                                struct smk_peer_row *ret_row)
{
    *ret_row = (struct smk_peer_row){0};
    enum smk_err err = smk_local_get_peer(w->home->store, sign_key, ret_row);
    if (err != SMK_ERR_NOT_FOUND)
        return err;
    memcpy(ret_row->sign_key, sign_key, SMK_KEY_BYTES);
    return SMK_OK;
}

static enum smk_err agreed_note(struct smk_writer *w, const struct smk_session_status *status)
{
    struct smk_peer_row row;
    enum smk_err err = peer_row_of(w, status->peer_sign_key, &row);
    struct smk_peer_row before = row;
    bool is_newer = smk_peer_row_compared(&row, status, smk_wall_ms());
    bool is_news = before.compared_records != row.compared_records || before.lacks_us ||
                   before.last_reason[0] != '\0' ||
                   row.compared_ms - before.compared_ms > AGREED_STALE_MS; /* also a time that was wrong */
    if (err == SMK_OK && is_newer && is_news) {
        row.lacks_us = false;
        row.last_reason[0] = '\0'; /* of an earlier session */
        err = smk_local_put_peer(w->home->store, &row);
    }
    smk_buf_deinit(&row.receipt);
    return err;
}

static enum smk_err receipt_note(struct smk_writer *w, const struct job *job)
{
    struct smk_peer_row row;
    enum smk_err err = peer_row_of(w, job->status.peer_sign_key, &row);
    smk_buf_deinit(&row.receipt);
    row.receipt = (struct smk_buf){.max = job->receipt.body.len + 256};
    smk_pack_array(&row.receipt, 3);
    smk_pack_bin(&row.receipt, job->receipt.body);
    smk_pack_bin(&row.receipt, SMK_BYTES(job->receipt.initiator_signature));
    smk_pack_bin(&row.receipt, SMK_BYTES(job->receipt.responder_signature));
    row.receipt_ms = smk_wall_ms();
    memcpy(row.receipt_digest, job->receipt.digest, sizeof row.receipt_digest);
    if (err == SMK_OK)
        err = row.receipt.err;
    if (err == SMK_OK)
        err = smk_local_put_peer(w->home->store, &row);
    smk_buf_deinit(&row.receipt);
    return err;
}

static enum smk_err session_note(struct smk_writer *w, const struct job *job)
{
    struct smk_session_row row;
    smk_session_row_from(&job->status, job->is_initiator, smk_wall_ms(), &row);
    const char *address = job->address[0] != '\0' ? job->address : NULL;
    return smk_local_note_session(w->home->store, &row, &job->status, address, NULL);
}

static void work_one(struct smk_writer *w, struct job *job)
{
    struct smk_home *home = w->home;
    switch (job->type) {
    case SMK_JOB_ADMIT:
        job->err = smk_store_admit(home->store, &home->identity, home->root_key, home->root_key_count,
                                   &job->request, smk_wall_ms(), &job->welcome);
        break;
    case SMK_JOB_SESSION: job->err = session_note(w, job); break;
    case SMK_JOB_AGREED: job->err = agreed_note(w, &job->status); break;
    case SMK_JOB_RECEIPT: job->err = receipt_note(w, job); break;
    case SMK_JOB_BATCH: SMK_UNREACHABLE();
    }
    if (job->err != SMK_OK && job->type != SMK_JOB_ADMIT)
        smk_log_line(SMK_LOG_WARNING, "could not keep what a session said: %s", smk_err_text(job->err));
}

/* Takes the next job, and with a batch those that directly follow it. */
static size_t take_group(struct smk_writer *w, struct job *group[SMK_WRITER_GROUP_BATCHES_MAX])
{
    size_t count = 0, bytes = 0;
    while (count < SMK_WRITER_GROUP_BATCHES_MAX && bytes < SMK_WRITER_GROUP_BYTES &&
           w->waiting.first != NULL) {
        bool is_batch = w->waiting.first->type == SMK_JOB_BATCH;
        if (count > 0 && !is_batch)
            break;
        group[count] = queue_take(&w->waiting);
        w->waiting_bytes -= group[count]->cost_bytes;
        bytes += group[count]->message_len;
        count++;
        if (!is_batch)
            break;
    }
    return count;
}

static void *writer_main(void *arg)
{
    struct smk_writer *w = arg;
    pthread_mutex_lock(&w->lock);
    for (;;) {
        while (w->waiting.first == NULL && !w->is_stopping)
            pthread_cond_wait(&w->has_work, &w->lock);
        struct job *group[SMK_WRITER_GROUP_BATCHES_MAX];
        size_t count = take_group(w, group);
        if (count == 0)
            break; /* stopping, and nothing is left */
        pthread_mutex_unlock(&w->lock);
        if (group[0]->type == SMK_JOB_BATCH)
            work_batches(w, group, count);
        else
            work_one(w, group[0]);
        pthread_mutex_lock(&w->lock);
        for (size_t i = 0; i < count; i++)
            queue_put(&w->done, group[i]);
        (void)uv_async_send(&w->wake); /* cannot fail on a live handle */
    }
    w->is_over = true;
    pthread_cond_signal(&w->over);
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* ---- on the loop's thread ---- */

static void hand_out_results(struct smk_writer *w)
{
    for (;;) {
        pthread_mutex_lock(&w->lock);
        struct job *job = queue_take(&w->done);
        pthread_mutex_unlock(&w->lock);
        if (job == NULL)
            return;
        struct smk_job_result result = {.type = job->type,
                                        .link_id = job->link_id,
                                        .ticket = job->ticket,
                                        .err = job->err,
                                        .stored = job->stored,
                                        .welcome = smk_buf_view(&job->welcome)};
        w->done_fn(w->ctx, &result);
        job_free(job);
    }
}

static void on_wake(uv_async_t *async)
{
    hand_out_results(async->data);
}

static void on_writer_closed(uv_handle_t *handle)
{
    struct smk_writer *w = handle->data;
    (void)pthread_cond_destroy(&w->has_work);
    (void)pthread_cond_destroy(&w->over);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
}

enum smk_err smk_writer_new(uv_loop_t *loop, struct smk_home *home, smk_job_done_fn *done, void *ctx,
                            struct smk_writer **ret_writer)
{
    struct smk_writer *w = calloc(1, sizeof *w);
    if (w == NULL)
        return SMK_ERR_NOMEM;
    w->home = home;
    w->done_fn = done;
    w->ctx = ctx;
    queue_init(&w->waiting);
    queue_init(&w->done);
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic); /* none of these fails on Linux */
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_cond_init(&w->has_work, NULL);
    (void)pthread_cond_init(&w->over, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    if (uv_async_init(loop, &w->wake, on_wake) != 0) {
        free(w);
        return SMK_ERR_IO;
    }
    w->wake.data = w;
    if (pthread_create(&w->thread, NULL, writer_main, w) != 0) {
        uv_close((uv_handle_t *)&w->wake, on_writer_closed);
        return SMK_ERR_IO;
    }
    *ret_writer = w;
    return SMK_OK;
}

/* With the lock held. */
static void drop_waiting_batches(struct smk_writer *w)
{
    struct job_queue kept;
    queue_init(&kept);
    for (struct job *job = queue_take(&w->waiting); job != NULL; job = queue_take(&w->waiting)) {
        if (job->type != SMK_JOB_BATCH) {
            queue_put(&kept, job);
            continue;
        }
        w->waiting_bytes -= job->cost_bytes;
        job_free(job);
    }
    while (kept.first != NULL)
        queue_put(&w->waiting, queue_take(&kept));
}

static struct timespec after_ms(unsigned ms)
{
    struct timespec until;
    SMK_ASSERT(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000 * 1000;
    if (until.tv_nsec >= 1000 * 1000 * 1000) {
        until.tv_sec++;
        until.tv_nsec -= 1000 * 1000 * 1000;
    }
    return until;
}

bool smk_writer_stop(struct smk_writer *w, unsigned patience_ms)
{
    pthread_mutex_lock(&w->lock);
    w->is_stopping = true;
    drop_waiting_batches(w);
    pthread_cond_signal(&w->has_work);
    struct timespec until = after_ms(patience_ms);
    while (!w->is_over && pthread_cond_timedwait(&w->over, &w->lock, &until) == 0)
        continue;
    bool is_over = w->is_over;
    pthread_mutex_unlock(&w->lock);
    if (!is_over)
        return false;
    (void)pthread_join(w->thread, NULL);
    hand_out_results(w);
    uv_close((uv_handle_t *)&w->wake, on_writer_closed);
    return true;
}

static void put(struct smk_writer *w, struct job *job)
{
    job->cost_bytes = sizeof *job + job->message_len;
    pthread_mutex_lock(&w->lock);
    SMK_ASSERT(!w->is_stopping);
    w->waiting_bytes += job->cost_bytes;
    queue_put(&w->waiting, job);
    pthread_cond_signal(&w->has_work);
    pthread_mutex_unlock(&w->lock);
}

static struct job *job_new(enum smk_job_type type)
{
    struct job *job = calloc(1, sizeof *job);
    if (job != NULL)
        job->type = type;
    return job;
}

bool smk_writer_put_batch(struct smk_writer *w, uint64_t link_id, const struct smk_batch *batch)
{
    struct job *job = job_new(SMK_JOB_BATCH);
    if (job == NULL)
        return false;
    job->link_id = link_id;
    job->ticket = batch->ticket;
    job->message_len = batch->records_message.len;
    job->message = malloc(job->message_len > 0 ? job->message_len : 1);
    if (job->message == NULL) {
        job_free(job);
        return false;
    }
    if (job->message_len > 0)
        memcpy(job->message, batch->records_message.data, job->message_len);
    put(w, job);
    return true;
}

bool smk_writer_put_admit(struct smk_writer *w, uint64_t link_id, const struct smk_join_request *request)
{
    struct job *job = job_new(SMK_JOB_ADMIT);
    if (job == NULL)
        return false;
    job->link_id = link_id;
    job->request = *request;
    put(w, job);
    return true;
}

bool smk_writer_put_session(struct smk_writer *w, const struct smk_session_status *status, bool is_initiator,
                            const char *address)
{
    struct job *job = job_new(SMK_JOB_SESSION);
    if (job == NULL)
        return false;
    job->status = *status;
    job->is_initiator = is_initiator;
    (void)snprintf(job->address, sizeof job->address, "%s", address);
    put(w, job);
    return true;
}

bool smk_writer_put_receipt(struct smk_writer *w, const struct smk_session_status *status,
                            const struct smk_sync_receipt *receipt)
{
    struct job *job = job_new(SMK_JOB_RECEIPT);
    if (job == NULL)
        return false;
    job->status = *status;
    job->receipt = *receipt;
    job->receipt_body.max = receipt->body.len;
    smk_buf_write_bytes(&job->receipt_body, receipt->body);
    if (job->receipt_body.err != SMK_OK) {
        job_free(job);
        return false;
    }
    job->receipt.body = smk_buf_view(&job->receipt_body);
    put(w, job);
    return true;
}

bool smk_writer_put_agreed(struct smk_writer *w, const struct smk_session_status *status)
{
    struct job *job = job_new(SMK_JOB_AGREED);
    if (job == NULL)
        return false;
    job->status = *status;
    put(w, job);
    return true;
}

bool smk_writer_is_full(struct smk_writer *w)
{
    pthread_mutex_lock(&w->lock);
    bool is_full = w->waiting_bytes > SMK_WRITER_BYTES_HIGH;
    pthread_mutex_unlock(&w->lock);
    return is_full;
}
