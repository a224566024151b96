#include "node/node.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct smk_link *smk_node_find_link(struct smk_node *node, uint64_t id)
{
    for (size_t i = 0; i < SMK_LINKS_MAX; i++)
        if (node->link[i] != NULL && node->link[i]->id == id)
            return node->link[i];
    return NULL;
}

static bool is_link_with(const struct smk_link *link, const uint8_t peer_key[SMK_KEY_BYTES])
{
    return link != NULL && link->is_bound && memcmp(link->peer_key, peer_key, SMK_KEY_BYTES) == 0;
}

bool smk_node_has_link_with(const struct smk_node *node, const uint8_t peer_key[SMK_KEY_BYTES])
{
    for (size_t i = 0; i < SMK_LINKS_MAX; i++)
        if (is_link_with(node->link[i], peer_key) && !node->link[i]->is_stopping &&
            !node->link[i]->is_finishing)
            return true;
    return false;
}

void smk_node_limit_links_of(struct smk_node *node, const struct smk_link *newest)
{
    size_t count = 1;
    struct smk_link *oldest = NULL, *oldest_alive = NULL;
    for (size_t i = 0; i < SMK_LINKS_MAX; i++) {
        struct smk_link *link = node->link[i];
        if (link == newest || !is_link_with(link, newest->peer_key))
            continue;
        count++;
        if (oldest == NULL || link->id < oldest->id)
            oldest = link;
        bool is_alive = !link->is_stopping && !link->is_finishing;
        if (is_alive && (oldest_alive == NULL || link->id < oldest_alive->id))
            oldest_alive = link;
    }
    if (count > SMK_LINKS_PER_PEER_MAX && oldest_alive != NULL)
        smk_link_stop(oldest_alive);
    if (count > 2 * SMK_LINKS_PER_PEER_MAX)
        smk_link_close(oldest); /* it had its time to end; may have ended just now */
}

/* Whether a commit that failed is on the disk cannot be known, so the store takes no more writes until it is opened
 * again: whoever started this program has to start it once more. */
static void store_failed(struct smk_node *node)
{
    if (node->has_failed)
        return;
    node->has_failed = true;
    smk_log_line(SMK_LOG_ERROR,
                 "the disk failed while the store was written: stopping; what was acknowledged before "
                 "is safe; look at the disk, then start samakid again");
    smk_node_stop(node);
}

/* The writer has done a job for a link: the view first, so that the session sees what it has stored. */
static void on_job_done(void *ctx, const struct smk_job_result *result)
{
    struct smk_node *node = ctx;
    if (result->err == SMK_ERR_STORE_IO)
        store_failed(node);
    if (result->type != SMK_JOB_BATCH && result->type != SMK_JOB_ADMIT)
        return;
    smk_feed_look(node, result->link_id);
    struct smk_link *link = smk_node_find_link(node, result->link_id);
    if (link != NULL && result->type == SMK_JOB_BATCH)
        smk_link_stored(link, &result->stored);
    else if (link != NULL)
        smk_link_admitted(link, result->err, result->welcome);
    if (smk_writer_is_full(node->writer))
        return;
    for (size_t i = 0; i < SMK_LINKS_MAX; i++)
        if (node->link[i] != NULL)
            smk_link_resume(node->link[i]);
}

static void on_signal(uv_signal_t *handle, int signal)
{
    struct smk_node *node = handle->data;
    smk_log_line(SMK_LOG_INFO, "signal %d: closing sessions and stopping", signal);
    smk_node_stop(node);
}

static bool signals_start(struct smk_node *node)
{
    node->on_term.data = node;
    node->on_int.data = node;
    return uv_signal_init(&node->loop, &node->on_term) == 0 &&
           uv_signal_init(&node->loop, &node->on_int) == 0 &&
           uv_signal_start(&node->on_term, on_signal, SIGTERM) == 0 &&
           uv_signal_start(&node->on_int, on_signal, SIGINT) == 0;
}

bool smk_node_start(struct smk_node *node)
{
    enum smk_err err = smk_store_view_new(node->home.store, &node->view);
    if (err == SMK_OK)
        err = smk_writer_new(&node->loop, &node->home, on_job_done, node, &node->writer);
    if (err != SMK_OK) {
        smk_log_line(SMK_LOG_ERROR, "cannot start: %s", smk_err_text(err));
        return false;
    }
    (void)uv_timer_init(&node->loop, &node->stop_timer); /* never fails */
    node->stop_timer.data = node;
    if (!signals_start(node)) {
        smk_log_line(SMK_LOG_ERROR, "cannot start: no signal handlers");
        return false;
    }
    if (!smk_feed_start(node) || (node->config.is_listening && !smk_listener_start(node)))
        return false;
    smk_dialer_start(node);
    return true;
}

/* Everything but the links is gone: nothing may hold the loop any longer. */
static void on_stop_grace_over(uv_timer_t *timer)
{
    struct smk_node *node = timer->data;
    for (size_t i = 0; i < SMK_LINKS_MAX; i++)
        if (node->link[i] != NULL)
            smk_link_close(node->link[i]);
    smk_feed_stop(node);
    node->is_writer_busy = !smk_writer_stop(node->writer, SMK_STOP_WRITER_MS);
    if (node->is_writer_busy || smk_dialer_is_looking_up(node))
        uv_stop(&node->loop); /* it would not end in time */
    uv_close((uv_handle_t *)timer, NULL);
    uv_close((uv_handle_t *)&node->on_term, NULL);
    uv_close((uv_handle_t *)&node->on_int, NULL);
}

static void on_stop_look(uv_timer_t *timer)
{
    struct smk_node *node = timer->data;
    uint64_t waited_ms = uv_now(&node->loop) - node->stop_began_ms;
    bool has_links = false;
    for (size_t i = 0; i < SMK_LINKS_MAX; i++)
        has_links = has_links || node->link[i] != NULL;
    if (!has_links || waited_ms >= SMK_STOP_GRACE_MS)
        on_stop_grace_over(timer);
}

void smk_node_stop(struct smk_node *node)
{
    if (node->is_stopping)
        return;
    node->is_stopping = true;
    node->stop_began_ms = uv_now(&node->loop);
    smk_listener_stop(node);
    smk_dialer_stop(node);
    for (size_t i = 0; i < SMK_LINKS_MAX; i++)
        if (node->link[i] != NULL)
            smk_link_stop(node->link[i]);
    (void)uv_timer_start(&node->stop_timer, on_stop_look, 0, 20);
}
