#include "tools/link.h"

#include "proto/check.h"
#include "proto/mem.h"
#include "store/govern.h"
#include "store/local.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
    INBOX_BYTES = 64 * 1024,
    OUT_HIGH_BYTES = 2 * 1024 * 1024,     /* above this the session makes no more of its own accord */
    OUT_BYTES_MAX = 4 * SMK_CREDIT_BYTES, /* what a session may answer at most before the peer has to read */
    LOOK_MS = 200,                        /* how often the store is asked for what other programs committed */
    LAST_BYTES_MS = 5 * 1000,             /* how long the end of a session may take to leave this machine */
    GOODBYE_MS = 1000,                    /* how long to wait for the peer to hang up, so that it reads all */
};

/* 1. out.data[out_sent..out.len) is not yet in the kernel's hands.
 * 2. is_over: no further step; the result is set. */
struct link {
    int fd;
    const struct smk_link_options *options;
    struct smk_link_result *result;
    struct smk_session *session;
    struct smk_store_view *view; /* NULL while joining */
    struct smk_buf out;
    size_t out_sent;
    struct smk_mono wake_at;
    bool has_step_due; /* the session has more, and waits until out is short again */
    bool is_over;
    bool has_receipt;
    struct smk_sync_receipt receipt; /* its body points into receipt_body */
    struct smk_buf receipt_body;
    struct smk_buf welcome; /* of the device that is being admitted */
    uint8_t inbox[INBOX_BYTES];
};

static struct smk_mono mono_now(void)
{
    struct timespec now;
    SMK_ASSERT(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (struct smk_mono){(uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000};
}

static size_t out_left(const struct link *l)
{
    return l->out.len - l->out_sent;
}

static void end(struct link *l, enum smk_err err)
{
    if (!l->is_over)
        l->result->err = err;
    l->is_over = true;
}

/* ---- what a step asks for ---- */

static void heed(struct link *l, enum smk_notice notice, const struct smk_update *up)
{
    if (notice == SMK_NOTICE_FORK)
        l->result->has_fork = true;
    if (notice == SMK_NOTICE_ACKNOWLEDGED && l->options->acknowledged != NULL)
        l->options->acknowledged(l->options->acknowledged_ctx, up->acknowledged, up->acknowledged_count);
    if (notice == SMK_NOTICE_WELCOME) {
        l->result->welcome = (struct smk_buf){.max = SMK_MESSAGE_BYTES_MAX};
        smk_buf_write_bytes(&l->result->welcome, up->welcome);
        if (l->result->welcome.err != SMK_OK)
            end(l, l->result->welcome.err);
    }
    if (notice == SMK_NOTICE_RECEIPT) {
        smk_buf_deinit(&l->receipt_body);
        l->receipt_body = (struct smk_buf){.max = SMK_MESSAGE_BYTES_MAX};
        smk_buf_write_bytes(&l->receipt_body, up->receipt.body);
        l->receipt = up->receipt;
        l->receipt.body = smk_buf_view(&l->receipt_body);
        l->has_receipt = l->receipt_body.err == SMK_OK;
    }
}

static struct smk_event store_batch(struct link *l, const struct smk_batch *batch)
{
    struct smk_store_verdict verdict = {0};
    enum smk_err err = smk_store_take(l->options->home->store, &batch->records_message, 1, &verdict);
    if (err != SMK_OK && l->result->store_err == SMK_OK)
        l->result->store_err = err;
    return smk_store_verdict_event(&verdict, err, batch->ticket);
}

static struct smk_event admit(struct link *l, const struct smk_join_request *request)
{
    const struct smk_home *home = l->options->home;
    smk_buf_deinit(&l->welcome);
    enum smk_err err = smk_store_admit(home->store, &home->identity, home->root_key, home->root_key_count,
                                       request, smk_wall_ms(), &l->welcome);
    return (struct smk_event){.type = SMK_EV_ADMITTED, .verdict = err, .welcome = smk_buf_view(&l->welcome)};
}

/* The view moves between two steps only. True when something arrived or governance changed. */
static bool catch_up(struct link *l)
{
    bool has_moved = false, has_new_roster = false;
    if (l->view == NULL)
        return false;
    enum smk_err err = smk_store_view_catch_up(l->view, &has_moved, &has_new_roster);
    if (err != SMK_OK)
        end(l, err);
    return has_moved || has_new_roster;
}

/* One step. True when another one follows at once: ret_next. */
static bool step(struct link *l, struct smk_event ev, struct smk_event *ret_next)
{
    struct smk_update up;
    ev.now = mono_now();
    ev.wall_ms = smk_wall_ms();
    enum smk_err err = smk_session_step(l->session, &ev, &up);
    smk_buf_write_bytes(&l->out, up.to_send);
    for (unsigned i = 0; i < up.notice_count; i++)
        heed(l, up.notice[i], &up);
    l->wake_at = up.wake_at;
    if (err == SMK_OK)
        err = l->out.err;
    if (err != SMK_OK || up.is_finished)
        end(l, err);
    if (l->is_over)
        return false;
    l->has_step_due = up.has_more && out_left(l) > OUT_HIGH_BYTES;
    *ret_next = (struct smk_event){.type = SMK_EV_SENT};
    if (up.has_batch)
        *ret_next = store_batch(l, &up.batch);
    else if (up.has_join)
        *ret_next = admit(l, &up.join);
    return up.has_batch || up.has_join || (up.has_more && !l->has_step_due);
}

static void drive(struct link *l, struct smk_event ev)
{
    if (catch_up(l) && ev.type != SMK_EV_STORED && ev.type != SMK_EV_START) {
        struct smk_event arrived = {.type = SMK_EV_ARRIVED};
        while (!l->is_over && step(l, arrived, &arrived))
            (void)catch_up(l);
    }
    while (!l->is_over && step(l, ev, &ev))
        (void)catch_up(l);
}

/* ---- the line ---- */

static void flush(struct link *l)
{
    while (out_left(l) > 0) {
        ssize_t count = send(l->fd, l->out.data + l->out_sent, out_left(l), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (count < 0) { /* the peer misses bytes: what it has said may still be read, then the line ends */
            (void)shutdown(l->fd, SHUT_RDWR);
            l->out_sent = l->out.len;
            break;
        }
        l->out_sent += (size_t)count;
    }
    if (out_left(l) == 0 || l->out_sent > OUT_HIGH_BYTES) {
        smk_buf_drop(&l->out, l->out_sent);
        l->out_sent = 0;
    }
}

static void receive(struct link *l)
{
    ssize_t count = recv(l->fd, l->inbox, sizeof l->inbox, MSG_DONTWAIT);
    if (count < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
        return;
    if (count > 0) {
        drive(l, (struct smk_event){.type = SMK_EV_RECEIVED, .received = {l->inbox, (size_t)count}});
        return;
    }
    drive(l, (struct smk_event){.type = SMK_EV_LINE_CLOSED});
    end(l, SMK_ERR_CUT_LINE);
}

static int until(struct smk_mono at, int at_most_ms)
{
    uint64_t now_ms = mono_now().ms;
    uint64_t left_ms = at.ms > now_ms ? at.ms - now_ms : 0;
    return left_ms < (uint64_t)at_most_ms ? (int)left_ms : at_most_ms;
}

static void talk(struct link *l)
{
    drive(l, (struct smk_event){.type = SMK_EV_START});
    while (!l->is_over) {
        flush(l);
        if (l->has_step_due && out_left(l) <= OUT_HIGH_BYTES) {
            drive(l, (struct smk_event){.type = SMK_EV_SENT});
            continue;
        }
        struct pollfd ready = {.fd = l->fd, .events = (short)(POLLIN | (out_left(l) > 0 ? POLLOUT : 0))};
        int count = poll(&ready, 1, until(l->wake_at, LOOK_MS));
        if (count > 0 && (ready.revents & (POLLIN | POLLHUP | POLLERR)) != 0)
            receive(l);
        else if (count < 0 && errno != EINTR)
            end(l, SMK_ERR_IO);
        if (!l->is_over && until(l->wake_at, 1) == 0)
            drive(l, (struct smk_event){.type = SMK_EV_TIME});
        else if (!l->is_over && count == 0 && catch_up(l))
            drive(l, (struct smk_event){.type = SMK_EV_ARRIVED});
    }
}

/* Sends what is left, then waits for the peer to hang up: a line closed with unread bytes would take back what was
 * sent. */
static void hang_up(struct link *l)
{
    struct smk_mono deadline = {mono_now().ms + LAST_BYTES_MS};
    struct pollfd ready = {.fd = l->fd, .events = POLLOUT};
    for (flush(l); out_left(l) > 0 && until(deadline, 1) > 0; flush(l))
        (void)poll(&ready, 1, until(deadline, LAST_BYTES_MS));
    (void)shutdown(l->fd, SHUT_WR);
    deadline.ms = mono_now().ms + GOODBYE_MS;
    ready.events = POLLIN;
    while (until(deadline, 1) > 0 && poll(&ready, 1, until(deadline, GOODBYE_MS)) > 0)
        if (recv(l->fd, l->inbox, sizeof l->inbox, MSG_DONTWAIT) <= 0)
            break;
}

/* ---- life ---- */

void smk_link_result_deinit(struct smk_link_result *result)
{
    smk_buf_deinit(&result->welcome);
    *result = (struct smk_link_result){0};
}

static enum smk_err begin(struct link *l)
{
    const struct smk_link_options *options = l->options;
    struct smk_session_options session = {
        .is_initiator = options->is_initiator, .identity = &options->home->identity, .join = options->join};
    if (options->join == NULL) {
        enum smk_err err = smk_store_view_new(options->home->store, &l->view);
        if (err != SMK_OK)
            return err;
        session.view = smk_store_view_get(l->view);
    }
    memcpy(session.expected_transport, options->expected_transport, sizeof session.expected_transport);
    smk_random(session.ephemeral_secret, sizeof session.ephemeral_secret);
    enum smk_err err = smk_session_new(&session, &l->session);
    smk_mem_wipe(session.ephemeral_secret, sizeof session.ephemeral_secret);
    return err;
}

static enum smk_err note(struct link *l)
{
    struct smk_session_row row;
    const struct smk_session_status *status = &l->result->status;
    bool is_unknown_there = status->peer_code == smk_wire_code(SMK_ERR_UNKNOWN_AUTHOR);
    if ((!status->is_bound && !is_unknown_there) || l->options->join != NULL)
        return SMK_OK; /* nobody proved who it was */
    smk_session_row_from(status, l->options->is_initiator, smk_wall_ms(), &row);
    enum smk_err err = smk_local_note_session(l->options->home->store, &row, status, l->options->address,
                                              l->has_receipt ? &l->receipt : NULL);
    return err != SMK_OK ? err : l->receipt_body.err; /* there was a receipt, and it could not be kept */
}

enum smk_err smk_link_talk(int fd, const struct smk_link_options *options, struct smk_link_result *ret_result)
{
    SMK_ASSERT(options->home->has_identity);
    SMK_ASSERT(options->join != NULL || options->home->store != NULL);
    *ret_result = (struct smk_link_result){0};
    struct link *l = smk_mem_new(sizeof *l);
    if (l == NULL)
        return SMK_ERR_NOMEM;
    l->fd = fd;
    l->options = options;
    l->result = ret_result;
    l->out.max = OUT_BYTES_MAX;
    enum smk_err err = begin(l);
    if (err == SMK_OK) {
        talk(l);
        hang_up(l);
        smk_session_status(l->session, &ret_result->status);
        err = note(l);
        if (ret_result->status.records_received > 0)
            smk_home_poke(options->home);
    }
    smk_session_free(l->session);
    if (l->view != NULL)
        smk_store_view_free(l->view);
    smk_buf_deinit(&l->out);
    smk_buf_deinit(&l->receipt_body);
    smk_buf_deinit(&l->welcome);
    smk_mem_wipe(l, sizeof *l);
    smk_mem_free(l);
    return err;
}
