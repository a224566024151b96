/* tests/net/slow_line.c: a bad line in front of one listener: it delays, is narrow, stalls, and breaks at any byte.
 *
 *   slow_line HOST:PORT SEED RTT_MS BYTES_PER_S STALL_PER_MILLE CUT_BYTES_MAX
 *
 * Prints the address at which it listens. Each direction of a connection carries BYTES_PER_S, RTT_MS / 2 late; of a
 * thousand pieces STALL_PER_MILLE come some round trips later, with all that follows them. A connection breaks after a
 * number of bytes that is drawn from 1 to CUT_BYTES_MAX, both directions together, once in three with a reset. Of each end
 * it prints what it said first, as `first HEX`: that is its ephemeral key. On SIGTERM it says what it did, and ends. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum {
    PIECE_BYTES = 400,
    QUEUE_BYTES_MAX = 16 * 1024, /* on their way in one direction; beyond it the sender has to wait */
    STALL_ROUND_TRIPS_MAX = 6,
    BACKLOG = 32,
    FIRST_BYTES = 34, /* the length of a frame and an ephemeral key */
};

struct piece {
    struct piece *next;
    uint64_t due_ms;
    size_t len;
    char bytes[PIECE_BYTES];
};

/* What one end has said and the other has not heard yet. */
struct way {
    struct line *line;
    uv_tcp_t *from, *to;
    uv_timer_t timer; /* for the first piece */
    struct piece *first, **end;
    size_t queued_bytes;
    uint64_t free_ms, last_due_ms; /* when the wire is free again; when the newest piece comes out */
    bool is_over;                  /* its end has said everything */
    bool is_reading;
    bool has_spoken;
    char inbox[4096];
};

struct line {
    uv_tcp_t end[2]; /* 0: who dialled, 1: the target */
    uv_connect_t connect;
    struct way way[2]; /* way[i] carries what end[i] says */
    uint64_t left;     /* bytes until it breaks */
    unsigned open_handles;
    bool is_closing;
};

static struct {
    uv_loop_t loop;
    uv_tcp_t listener;
    uv_signal_t on_term;
    struct sockaddr_in target;
    uint64_t seed, delay_ms, rate, stall_per_mille, cut_max;
    uint64_t lines, cuts, stalls, bytes;
} g;

static void must(int answer, const char *what)
{
    if (answer >= 0)
        return;
    fprintf(stderr, "slow_line: %s: %s\n", what, uv_strerror(answer));
    exit(1);
}

/* From 0 to below - 1 (splitmix64). */
static uint64_t draw(uint64_t below)
{
    uint64_t z = g.seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (z ^ z >> 31) % below;
}

/* ---- the end of a line ---- */

static void on_closed(uv_handle_t *handle)
{
    struct line *line = handle->data;
    if (--line->open_handles > 0)
        return;
    for (int i = 0; i < 2; i++) {
        for (struct piece *p = line->way[i].first, *next; p != NULL; p = next) {
            next = p->next;
            free(p);
        }
    }
    free(line);
}

static void line_close(struct line *line, bool is_reset)
{
    if (line->is_closing)
        return;
    line->is_closing = true;
    for (int i = 0; i < 2; i++) {
        uv_close((uv_handle_t *)&line->way[i].timer, on_closed);
        if (!is_reset || uv_tcp_close_reset(&line->end[i], on_closed) != 0)
            uv_close((uv_handle_t *)&line->end[i], on_closed);
    }
}

static void line_cut(struct line *line)
{
    g.cuts++;
    line_close(line, draw(3) == 0);
}

/* ---- what comes out ---- */

struct writing {
    uv_write_t req; /* first, so that the two pointers are the same */
    struct piece *piece;
};

static void on_written(uv_write_t *req, int status)
{
    struct writing *w = (struct writing *)req;
    (void)status; /* reading tells that the line is gone */
    free(w->piece);
    free(w);
}

static void way_pace(struct way *way);

static void on_ended(uv_shutdown_t *req, int status)
{
    (void)status;
    free(req);
}

/* Both ends have said everything, and the other has heard it. */
static void way_end(struct way *way)
{
    struct line *line = way->line;
    uv_shutdown_t *req = calloc(1, sizeof *req);
    if (req == NULL || uv_shutdown(req, (uv_stream_t *)way->to, on_ended) != 0)
        free(req);
    if (line->way[0].is_over && line->way[1].is_over && line->way[0].first == NULL &&
        line->way[1].first == NULL)
        line_close(line, false);
}

/* Lets one piece out; false when the line is gone. */
static bool way_give(struct way *way, struct piece *piece)
{
    struct line *line = way->line;
    size_t len = piece->len < line->left ? piece->len : (size_t)line->left;
    struct writing *w = calloc(1, sizeof *w);
    uv_buf_t buf = uv_buf_init(piece->bytes, (unsigned)len);
    must(w != NULL ? 0 : UV_ENOMEM, "memory");
    w->piece = piece;
    g.bytes += len;
    line->left -= len;
    if (len == 0 || uv_write(&w->req, (uv_stream_t *)way->to, &buf, 1, on_written) != 0)
        on_written(&w->req, -1);
    if (line->left > 0)
        return true;
    line_cut(line);
    return false;
}

static void on_due(uv_timer_t *timer)
{
    struct line *line = timer->data;
    struct way *way = &line->way[timer == &line->way[1].timer];
    while (way->first != NULL && way->first->due_ms <= uv_now(&g.loop)) {
        struct piece *piece = way->first;
        way->first = piece->next;
        if (way->first == NULL)
            way->end = &way->first;
        way->queued_bytes -= piece->len;
        if (!way_give(way, piece))
            return;
    }
    way_pace(way);
    if (way->first == NULL && way->is_over)
        way_end(way);
}

/* ---- what goes in ---- */

static void way_put(struct way *way, const char *bytes, size_t len)
{
    struct piece *piece = calloc(1, sizeof *piece);
    uint64_t now_ms = uv_now(&g.loop);
    must(piece != NULL ? 0 : UV_ENOMEM, "memory");
    if (way->free_ms < now_ms)
        way->free_ms = now_ms;
    way->free_ms += len * 1000 / g.rate;
    piece->due_ms = way->free_ms + g.delay_ms;
    if (draw(1000) < g.stall_per_mille) {
        g.stalls++;
        piece->due_ms += (1 + draw(STALL_ROUND_TRIPS_MAX)) * 2 * g.delay_ms;
    }
    if (piece->due_ms < way->last_due_ms)
        piece->due_ms = way->last_due_ms;
    way->last_due_ms = piece->due_ms;
    piece->len = len;
    memcpy(piece->bytes, bytes, len);
    *way->end = piece;
    way->end = &piece->next;
    way->queued_bytes += len;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf)
{
    struct line *line = handle->data;
    struct way *way = &line->way[handle == (uv_handle_t *)&line->end[1]];
    (void)suggested;
    *ret_buf = uv_buf_init(way->inbox, sizeof way->inbox);
}

static void tell_first(struct way *way, const char *bytes, size_t len)
{
    bool is_first = !way->has_spoken;
    way->has_spoken = true;
    if (!is_first || len < FIRST_BYTES)
        return;
    printf("first ");
    for (size_t i = 0; i < FIRST_BYTES; i++)
        printf("%02x", (unsigned char)bytes[i]);
    printf("\n");
    must(fflush(stdout) == 0 ? 0 : UV_EIO, "writing");
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct line *line = stream->data;
    struct way *way = &line->way[stream == (uv_stream_t *)&line->end[1]];
    if (count < 0 && count != UV_EOF) {
        line_close(line, true);
        return;
    }
    if (count < 0) {
        way->is_over = true;
        if (way->first == NULL)
            way_end(way);
        return;
    }
    tell_first(way, buf->base, (size_t)count);
    for (size_t at = 0; at < (size_t)count; at += PIECE_BYTES)
        way_put(way, buf->base + at, (size_t)count - at < PIECE_BYTES ? (size_t)count - at : PIECE_BYTES);
    way_pace(way);
}

/* The timer runs for the first piece; the end is read from while there is room. */
static void way_pace(struct way *way)
{
    uint64_t now_ms = uv_now(&g.loop);
    bool has_room = way->queued_bytes <= QUEUE_BYTES_MAX && !way->is_over;
    if (way->line->is_closing)
        return;
    if (way->first != NULL)
        must(uv_timer_start(&way->timer, on_due,
                            way->first->due_ms > now_ms ? way->first->due_ms - now_ms : 0, 0),
             "timer");
    if (has_room && !way->is_reading)
        (void)uv_read_start((uv_stream_t *)way->from, on_alloc,
                            on_read); /* a dead end is told by the other */
    if (!has_room && way->is_reading)
        (void)uv_read_stop((uv_stream_t *)way->from);
    way->is_reading = has_room;
}

/* ---- a new line ---- */

static void on_connected(uv_connect_t *req, int status)
{
    struct line *line = req->data;
    if (line->is_closing)
        return;
    if (status < 0) {
        line_close(line, true);
        return;
    }
    for (int i = 0; i < 2; i++)
        way_pace(&line->way[i]);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct line *line = calloc(1, sizeof *line);
    must(status, "listening");
    must(line != NULL ? 0 : UV_ENOMEM, "memory");
    for (int i = 0; i < 2; i++) {
        struct way *way = &line->way[i];
        must(uv_tcp_init(&g.loop, &line->end[i]), "socket");
        must(uv_timer_init(&g.loop, &way->timer), "timer");
        line->end[i].data = way->timer.data = line;
        line->open_handles += 2;
        way->line = line;
        way->from = &line->end[i];
        way->to = &line->end[1 - i];
        way->end = &way->first;
    }
    g.lines++;
    line->left = 1 + draw(g.cut_max);
    line->connect.data = line;
    must(uv_accept(listener, (uv_stream_t *)&line->end[0]), "accepting");
    (void)uv_tcp_nodelay(&line->end[0], 1); /* the delay is ours to make */
    (void)uv_tcp_nodelay(&line->end[1], 1);
    if (uv_tcp_connect(&line->connect, &line->end[1], (const struct sockaddr *)&g.target, on_connected) != 0)
        line_close(line, true);
}

static void on_signal(uv_signal_t *handle, int signal)
{
    (void)handle;
    (void)signal;
    printf("%" PRIu64 " connections, %" PRIu64 " cuts, %" PRIu64 " stalls, %" PRIu64 " bytes\n", g.lines,
           g.cuts, g.stalls, g.bytes);
    exit(fflush(stdout) != 0); /* what is open ends with the process */
}

static void listen_here(void)
{
    struct sockaddr_in here;
    int len = sizeof here;
    must(uv_ip4_addr("127.0.0.1", 0, &here), "address");
    must(uv_tcp_init(&g.loop, &g.listener), "socket");
    must(uv_tcp_bind(&g.listener, (const struct sockaddr *)&here, 0), "binding");
    must(uv_listen((uv_stream_t *)&g.listener, BACKLOG, on_connection), "listening");
    must(uv_tcp_getsockname(&g.listener, (struct sockaddr *)&here, &len), "address");
    printf("127.0.0.1:%u\n", ntohs(here.sin_port));
    must(fflush(stdout) == 0 ? 0 : UV_EIO, "writing");
}

int main(int argc, char **argv)
{
    char host[64];
    const char *colon = argc == 7 ? strrchr(argv[1], ':') : NULL;
    if (colon == NULL || (size_t)(colon - argv[1]) >= sizeof host) {
        fprintf(stderr, "usage: slow_line HOST:PORT SEED RTT_MS BYTES_PER_S STALL_PER_MILLE CUT_BYTES_MAX\n");
        return 2;
    }
    memcpy(host, argv[1], (size_t)(colon - argv[1]));
    host[colon - argv[1]] = '\0';
    g.seed = strtoull(argv[2], NULL, 10);
    g.delay_ms = strtoull(argv[3], NULL, 10) / 2;
    g.rate = strtoull(argv[4], NULL, 10);
    g.stall_per_mille = strtoull(argv[5], NULL, 10);
    g.cut_max = strtoull(argv[6], NULL, 10);
    must(g.rate > 0 && g.cut_max > 0 ? 0 : UV_EINVAL, "BYTES_PER_S and CUT_BYTES_MAX");
    must(uv_ip4_addr(host, (int)strtol(colon + 1, NULL, 10), &g.target), "HOST:PORT");
    must(uv_loop_init(&g.loop), "loop");
    must(uv_signal_init(&g.loop, &g.on_term), "signal");
    must(uv_signal_start(&g.on_term, on_signal, SIGTERM), "signal");
    listen_here();
    return uv_run(&g.loop, UV_RUN_DEFAULT);
}
