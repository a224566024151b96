#include "node/link.h"

#include "node/node.h"
#include "proto/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct write_req {
    uv_write_t req; /* first, so that the two pointers are the same */
    struct smk_link *link;
    size_t len;
    uint8_t bytes[];
};

static void link_drive(struct smk_link *link, struct smk_event ev);

/* ---- life ---- */

static void link_note_end(struct smk_link *link)
{
    if (link->is_noted || link->session == NULL)
        return;
    link->is_noted = true;
    struct smk_session_status status;
    smk_session_status(link->session, &status);
    const char *address = link->is_initiator ? link->address : "";
    bool is_unknown_there = status.peer_code == smk_wire_code(SMK_ERR_UNKNOWN_AUTHOR);
    bool is_worth_noting =
        status.is_bound || is_unknown_there; /* then the next hello has to carry the certificate */
    if (is_worth_noting && !smk_writer_put_session(link->node->writer, &status, link->is_initiator, address))
        smk_log_line(SMK_LOG_WARNING, "link %llu: no memory to note how it ended",
                     (unsigned long long)link->id);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct smk_link *link = handle->data;
    SMK_ASSERT(link->open_handles > 0);
    if (--link->open_handles > 0)
        return;
    smk_session_free(link->session);
    free(link); /* the only free of a link in the program */
}

void smk_link_close(struct smk_link *link)
{
    if (link->is_closing)
        return;
    link->is_closing = true;
    struct smk_node *node = link->node;
    link_note_end(link);
    for (size_t i = 0; i < SMK_LINKS_MAX; i++)
        if (node->link[i] == link)
            node->link[i] = NULL;
    if (link->is_initiator)
        smk_dialer_link_ended(node, link);
    uv_close((uv_handle_t *)&link->timer, on_handle_closed);
    uv_close((uv_handle_t *)&link->tcp, on_handle_closed);
}

static bool link_place(struct smk_node *node, struct smk_link *link)
{
    for (size_t i = 0; i < SMK_LINKS_MAX; i++) {
        if (node->link[i] == NULL) {
            node->link[i] = link;
            link->id = ++node->last_link_id;
            return true;
        }
    }
    return false;
}

/* GIVES a link with both handles initialised and a place in the node; from here only closing releases it. */
static struct smk_link *link_new(struct smk_node *node, bool is_initiator)
{
    struct smk_link *link = calloc(1, sizeof *link);
    if (link == NULL)
        return NULL;
    link->node = node;
    link->is_initiator = is_initiator;
    struct smk_session_options options = {.is_initiator = is_initiator,
                                          .is_live = true,
                                          .identity = &node->home.identity,
                                          .view = smk_store_view_get(node->view)};
    smk_random(options.ephemeral_secret, sizeof options.ephemeral_secret);
    enum smk_err err = smk_session_new(&options, &link->session);
    if (err != SMK_OK || !link_place(node, link)) {
        smk_session_free(link->session);
        free(link);
        return NULL;
    }
    (void)uv_tcp_init(&node->loop, &link->tcp); /* these two never fail on Unix without flags */
    link->tcp.data = link;
    link->open_handles++;
    (void)uv_timer_init(&node->loop, &link->timer);
    link->timer.data = link;
    link->open_handles++;
    return link;
}

/* ---- writing ---- */

static void on_written(uv_write_t *req, int status)
{
    struct write_req *wr = (struct write_req *)req;
    struct smk_link *link = wr->link;
    link->queued_bytes -= wr->len;
    free(wr);
    if (link->is_closing)
        return;
    if (status < 0 || (link->is_finishing && link->queued_bytes == 0)) {
        smk_link_close(link);
        return;
    }
    if (link->has_step_due && link->queued_bytes <= SMK_LINK_WRITE_HIGH_BYTES)
        link_drive(link, (struct smk_event){.type = SMK_EV_SENT});
}

static bool link_write(struct smk_link *link, struct smk_bytes bytes)
{
    if (bytes.len == 0)
        return true;
    if (link->queued_bytes + bytes.len > SMK_LINK_WRITE_BYTES_MAX)
        return false;
    struct write_req *wr = malloc(sizeof *wr + bytes.len);
    if (wr == NULL)
        return false;
    wr->link = link;
    wr->len = bytes.len;
    memcpy(wr->bytes, bytes.data, bytes.len);
    uv_buf_t buf = uv_buf_init((char *)wr->bytes, (unsigned)bytes.len);
    if (uv_write(&wr->req, (uv_stream_t *)&link->tcp, &buf, 1, on_written) != 0) {
        free(wr);
        return false;
    }
    link->queued_bytes += bytes.len;
    return true;
}

/* ---- driving the machine ---- */

/* Does what the update asks for. False when the link cannot go on. */
static bool link_obey(struct smk_link *link, const struct smk_update *up)
{
    if (!link_write(link, up->to_send))
        return false;
    for (unsigned i = 0; i < up->notice_count; i++)
        smk_link_notice(link, up->notice[i], up);
    if (up->has_batch && !smk_writer_put_batch(link->node->writer, link->id, &up->batch))
        return false;
    if (up->has_join && !smk_writer_put_admit(link->node->writer, link->id, &up->join))
        return false;
    return true;
}

static void on_too_slow(uv_timer_t *timer)
{
    smk_link_close(timer->data);
}

/* The session is over. A peer that does not read keeps its place here for a little while only. */
static void link_finish(struct smk_link *link)
{
    link->is_finishing = true;
    if (link->queued_bytes == 0)
        smk_link_close(link);
    else
        (void)uv_timer_start(&link->timer, on_too_slow, SMK_LINK_FINISH_MS, 0);
}

static void link_failed(struct smk_link *link, enum smk_err err, const struct smk_update *up)
{
    smk_link_say_failure(link, err);
    if (link_write(link, up->to_send))
        link_finish(link);
    else
        smk_link_close(link);
}

static void on_timer(uv_timer_t *timer)
{
    link_drive(timer->data, (struct smk_event){.type = SMK_EV_TIME});
}

static void link_wake_at(struct smk_link *link, struct smk_mono at)
{
    if (at.ms == SMK_MONO_NEVER.ms) {
        (void)uv_timer_stop(&link->timer);
        return;
    }
    uint64_t now_ms = uv_now(&link->node->loop);
    (void)uv_timer_start(&link->timer, on_timer, at.ms > now_ms ? at.ms - now_ms : 0, 0);
}

static void link_pace_reading(struct smk_link *link);

static void link_drive(struct smk_link *link, struct smk_event ev)
{
    if (link->is_closing || link->is_finishing)
        return;
    struct smk_update up;
    do {
        ev.now.ms = uv_now(&link->node->loop);
        ev.wall_ms = smk_wall_ms();
        ev.is_line_full = link->queued_bytes > SMK_LINK_WRITE_HIGH_BYTES;
        link->has_step_due = false;
        enum smk_err err = smk_session_step(link->session, &ev, &up);
        if (err != SMK_OK) {
            link_failed(link, err, &up);
            return;
        }
        if (!link_obey(link, &up)) {
            smk_link_close(link);
            return;
        }
        if (link->is_limit_due)
            smk_node_limit_links_of(link->node, link);
        link->is_limit_due = false;
        link->has_step_due = up.has_more;
        link->unread_bytes = up.unread_bytes;
        ev = (struct smk_event){.type = SMK_EV_SENT};
    } while (up.has_more && link->queued_bytes <= SMK_LINK_WRITE_HIGH_BYTES && !up.is_finished);
    link_wake_at(link, up.wake_at);
    if (up.is_finished)
        link_finish(link);
    else
        link_pace_reading(link);
}

/* ---- reading ---- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf)
{
    (void)suggested;
    struct smk_link *link = handle->data;
    *ret_buf = uv_buf_init((char *)link->inbox, sizeof link->inbox);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct smk_link *link = stream->data;
    if (count == 0)
        return;
    struct smk_event ev = {.type = SMK_EV_LINE_CLOSED};
    if (count > 0) {
        ev.type = SMK_EV_RECEIVED;
        ev.received = (struct smk_bytes){(const uint8_t *)buf->base, (size_t)count};
    }
    link_drive(link, ev);
    if (count < 0)
        smk_link_close(link);
}

/* A full writer stops reading, so that a fast peer cannot make memory grow. A full line does not at once: two nodes that
 * both stopped reading would wait for each other. Their sessions say nothing more meanwhile (is_line_full) and keep what
 * comes unread; only a peer that goes on sending without ever reading fills that as well. */
static void link_pace_reading(struct smk_link *link)
{
    bool should_read = !smk_writer_is_full(link->node->writer) &&
                       (!link->has_step_due || link->unread_bytes <= SMK_LINK_UNREAD_HIGH_BYTES);
    if (should_read && !link->is_reading)
        link->is_reading = uv_read_start((uv_stream_t *)&link->tcp, on_alloc, on_read) == 0;
    if (!should_read && link->is_reading) {
        (void)uv_read_stop((uv_stream_t *)&link->tcp); /* always 0 */
        link->is_reading = false;
    }
}

/* ---- beginning ---- */

void smk_link_begin(struct smk_link *link)
{
    (void)uv_tcp_nodelay(&link->tcp, 1); /* only a matter of speed */
    link->has_begun = true;
    link_drive(link, (struct smk_event){.type = SMK_EV_START});
}

static void link_source(struct smk_link *link)
{
    struct sockaddr_storage from;
    int len = sizeof from;
    char port[8] = "";
    if (uv_tcp_getpeername(&link->tcp, (struct sockaddr *)&from, &len) != 0)
        return;
    if (from.ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&from;
        (void)uv_ip6_name(in6, link->source, sizeof link->source);
        (void)snprintf(port, sizeof port, "%u", ntohs(in6->sin6_port));
    } else {
        const struct sockaddr_in *in4 = (const struct sockaddr_in *)&from;
        (void)uv_ip4_name(in4, link->source, sizeof link->source);
        (void)snprintf(port, sizeof port, "%u", ntohs(in4->sin_port));
    }
    (void)snprintf(link->address, sizeof link->address, "%s port %s", link->source, port);
}

struct smk_link *smk_link_accept(struct smk_node *node, uv_stream_t *listener)
{
    struct smk_link *link = link_new(node, false);
    if (link == NULL)
        return NULL;
    if (uv_accept(listener, (uv_stream_t *)&link->tcp) != 0) {
        smk_link_close(link);
        return NULL;
    }
    link_source(link);
    return link;
}

static void on_connected(uv_connect_t *req, int status)
{
    struct smk_link *link = req->data;
    if (link->is_closing)
        return;
    link->connect_error = status;
    if (status < 0)
        smk_link_close(link);
    else
        smk_link_begin(link);
}

static void on_not_connected(uv_timer_t *timer)
{
    struct smk_link *link = timer->data;
    link->connect_error = UV_ETIMEDOUT;
    smk_link_close(link);
}

struct smk_link *smk_link_dial(struct smk_node *node, const struct sockaddr *to, const char *address)
{
    struct smk_link *link = link_new(node, true);
    if (link == NULL)
        return NULL;
    (void)snprintf(link->address, sizeof link->address, "%s", address);
    link->connect.data = link;
    link->connect_error = uv_tcp_connect(&link->connect, &link->tcp, to, on_connected);
    if (link->connect_error != 0) {
        smk_link_close(link);
        return NULL;
    }
    link->connect_error =
        UV_ECANCELED; /* should we end it before it stands; 0 is no error to libuv's texts */
    (void)uv_timer_start(&link->timer, on_not_connected, SMK_LINK_CONNECT_MS,
                         0); /* a silent host says nothing */
    return link;
}

/* ---- events from outside ---- */

void smk_link_arrived(struct smk_link *link)
{
    link_drive(link, (struct smk_event){.type = SMK_EV_ARRIVED});
}

void smk_link_stored(struct smk_link *link, const struct smk_event *stored)
{
    smk_link_say_refusal(link, stored->verdict);
    link_drive(link, *stored);
}

void smk_link_admitted(struct smk_link *link, enum smk_err verdict, struct smk_bytes welcome)
{
    link_drive(link, (struct smk_event){.type = SMK_EV_ADMITTED, .verdict = verdict, .welcome = welcome});
}

void smk_link_stop(struct smk_link *link)
{
    link->is_stopping = true;
    if (link->has_begun)
        link_drive(link, (struct smk_event){.type = SMK_EV_STOP});
    else
        smk_link_close(link); /* not even connected */
}

void smk_link_resume(struct smk_link *link)
{
    if (link->has_begun && !link->is_closing && !link->is_finishing && !link->is_reading)
        link_pace_reading(link);
}
