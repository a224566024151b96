#define _GNU_SOURCE /* accept4 */

#include "tools/coalition_proxy.h"
#include "tools/coalition_child.h"
#include "tools/coalition_run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINES_MAX = 8, PIECE_BYTES = 16 * 1024, STOP_MS = 1000 };

/* One direction: what was read on one side and is not yet written to the other. */
struct way {
    uint8_t piece[PIECE_BYTES];
    size_t at, len;
    bool is_over; /* nothing more will be read */
};

struct line {
    bool is_used;
    int fd[2];         /* 0: whoever dialled, 1: the target */
    struct way way[2]; /* way[i] carries what fd[i] says */
};

struct proxy {
    int control, listener;
    struct sockaddr_in target;
    uint64_t left; /* bytes until the cut */
    bool is_cut, is_open;
    struct line line[LINES_MAX];
};

static struct proxy proxy; /* of the child process; too large for a stack */

/* ---- in the child ---- */

static void drop_line(struct line *line)
{
    (void)close(line->fd[0]);
    (void)close(line->fd[1]);
    line->is_used = false;
}

static void cut(void)
{
    for (size_t i = 0; i < LINES_MAX; i++)
        if (proxy.line[i].is_used)
            drop_line(&proxy.line[i]);
    proxy.is_cut = true;
    if (send(proxy.control, "c", 1, MSG_NOSIGNAL) != 1)
        _exit(0); /* nobody is there to be told */
}

static void take_line(void)
{
    int from = accept4(proxy.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (from < 0)
        return;
    int to = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct line *line = NULL;
    for (size_t i = 0; i < LINES_MAX && line == NULL; i++)
        if (!proxy.line[i].is_used)
            line = &proxy.line[i];
    if (to >= 0 && line != NULL &&
        connect(to, (const struct sockaddr *)&proxy.target, sizeof proxy.target) == 0) {
        *line = (struct line){.is_used = true, .fd = {from, to}};
        return;
    }
    (void)close(from);
    if (to >= 0)
        (void)close(to);
}

static void read_way(struct line *line, size_t side)
{
    struct way *way = &line->way[side];
    ssize_t count = recv(line->fd[side], way->piece, sizeof way->piece, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    way->at = 0;
    way->len = count > 0 ? (size_t)count : 0;
    if (count <= 0) {
        way->is_over = true;
        (void)shutdown(line->fd[1 - side], SHUT_WR);
        return;
    }
    if (!proxy.is_cut && way->len > proxy.left)
        way->len = (size_t)proxy.left;
    if (!proxy.is_cut)
        proxy.left -= way->len;
}

/* False when the line is over. */
static bool write_way(struct line *line, size_t side)
{
    struct way *way = &line->way[side];
    ssize_t count =
        send(line->fd[1 - side], way->piece + way->at, way->len - way->at, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0)
        return errno == EAGAIN || errno == EINTR;
    way->at += (size_t)count;
    return true;
}

static void serve_line(struct line *line, const struct pollfd look[2])
{
    for (size_t side = 0; side < 2; side++) {
        struct way *way = &line->way[side];
        bool has_some = way->at < way->len;
        if (!has_some && !way->is_over && (look[side].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
            read_way(line, side);
        if (way->at < way->len && !write_way(line, side)) {
            drop_line(line);
            return;
        }
    }
    bool is_idle = line->way[0].at == line->way[0].len && line->way[1].at == line->way[1].len;
    if (is_idle && line->way[0].is_over && line->way[1].is_over)
        drop_line(line);
    else if (is_idle && !proxy.is_cut && proxy.left == 0)
        cut();
}

static void serve_once(void)
{
    struct pollfd look[2 + 2 * LINES_MAX] = {{.fd = proxy.control, .events = POLLIN},
                                             {.fd = proxy.listener, .events = POLLIN}};
    if (proxy.is_cut && !proxy.is_open)
        look[1].fd = -1; /* whoever dials now waits */
    for (size_t i = 0; i < LINES_MAX; i++)
        for (size_t side = 0; side < 2; side++) {
            const struct line *line = &proxy.line[i];
            const struct way *to_read = &line->way[side], *to_write = &line->way[1 - side];
            bool can_read = line->is_used && !to_read->is_over && to_read->at == to_read->len;
            bool can_write = line->is_used && to_write->at < to_write->len;
            short events = (short)((can_read ? POLLIN : 0) | (can_write ? POLLOUT : 0));
            look[2 + 2 * i + side] =
                (struct pollfd){.fd = events != 0 ? line->fd[side] : -1, .events = events};
        }
    if (poll(look, sizeof look / sizeof look[0], -1) < 0)
        return;
    char word;
    if (look[0].revents != 0) {
        if (recv(proxy.control, &word, 1, 0) != 1)
            _exit(0);
        proxy.is_open = true;
    }
    if (look[1].revents != 0)
        take_line();
    for (size_t i = 0; i < LINES_MAX; i++)
        if (proxy.line[i].is_used)
            serve_line(&proxy.line[i], &look[2 + 2 * i]);
}

/* ---- in the coalition ---- */

static bool parse_address(const char *text, struct sockaddr_in *ret_address)
{
    char host[64];
    unsigned port = 0;
    const char *colon = strrchr(text, ':');
    if (colon == NULL || (size_t)(colon - text) >= sizeof host)
        return false;
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = 0;
    for (const char *at = colon + 1; *at >= '0' && *at <= '9' && port <= UINT16_MAX; at++)
        port = 10 * port + (unsigned)(*at - '0');
    *ret_address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    return port > 0 && port <= UINT16_MAX && inet_pton(AF_INET, host, &ret_address->sin_addr) == 1;
}

/* A listener on a port of the kernel's choice. */
static bool open_listener(struct smk_proxy *p)
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof own;
    proxy.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (proxy.listener < 0 || bind(proxy.listener, (const struct sockaddr *)&own, len) != 0 ||
        listen(proxy.listener, LINES_MAX) != 0 ||
        getsockname(proxy.listener, (struct sockaddr *)&own, &len) != 0)
        return false;
    (void)snprintf(p->address, sizeof p->address, "127.0.0.1:%u", ntohs(own.sin_port));
    return true;
}

bool smk_proxy_start(const char *target, uint64_t cut_after, struct smk_proxy *ret_proxy)
{
    struct smk_proxy p = {0};
    int ends[2];
    proxy = (struct proxy){.left = cut_after};
    if (!parse_address(target, &proxy.target) || !open_listener(&p) ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return smk_run_fail("The line to %s could not be prepared: %s", target, strerror(errno));
    p.pid = smk_child_fork();
    if (p.pid == 0) {
        (void)close(ends[0]);
        proxy.control = ends[1];
        for (;;)
            serve_once();
    }
    (void)close(proxy.listener);
    (void)close(ends[1]);
    p.control = ends[0];
    if (p.pid < 0)
        return smk_run_fail("The line to %s could not be prepared: %s", target, strerror(errno));
    *ret_proxy = p;
    return true;
}

bool smk_proxy_has_cut(struct smk_proxy *p)
{
    char word;
    return recv(p->control, &word, 1, MSG_DONTWAIT) == 1;
}

void smk_proxy_open(struct smk_proxy *p)
{
    (void)send(p->control, "o", 1, MSG_NOSIGNAL); /* it ends when we do, so it is there */
}

void smk_proxy_stop(struct smk_proxy *p)
{
    (void)close(p->control);
    (void)smk_child_end(p->pid, STOP_MS);
}
