/* Sockets: accepting, connecting, sending. Without _GNU_SOURCE, whose addresses are unions that no definition of ours
 * is compatible with. */
#include "tests/fault/calls.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>

#define NEXT(name)                 \
    static __typeof__(&name) next; \
    if (next == NULL)              \
    next = (__typeof__(&name))(uintptr_t)calls_next(#name)

int accept4(int fd, struct sockaddr *restrict at, socklen_t *restrict len, int flags);

int accept4(int fd, struct sockaddr *restrict at, socklen_t *restrict len, int flags)
{
    NEXT(accept4);
    return calls_hit(CALL_ACCEPT, "accept4") ? -1 : next(fd, at, len, flags);
}

/* ---- the net ---- */

int connect(int fd, const struct sockaddr *to, socklen_t len)
{
    NEXT(connect);
    return calls_hit(CALL_NET, "connect") ? -1 : next(fd, to, len);
}

int bind(int fd, const struct sockaddr *at, socklen_t len)
{
    NEXT(bind);
    return calls_hit(CALL_NET, "bind") ? -1 : next(fd, at, len);
}

int listen(int fd, int backlog)
{
    NEXT(listen);
    return calls_hit(CALL_NET, "listen") ? -1 : next(fd, backlog);
}

int getsockname(int fd, struct sockaddr *restrict at, socklen_t *restrict len)
{
    NEXT(getsockname);
    return calls_hit(CALL_NET, "getsockname") ? -1 : next(fd, at, len);
}

int getpeername(int fd, struct sockaddr *restrict at, socklen_t *restrict len)
{
    NEXT(getpeername);
    return calls_hit(CALL_NET, "getpeername") ? -1 : next(fd, at, len);
}

int getaddrinfo(const char *restrict host, const char *restrict port, const struct addrinfo *restrict hints,
                struct addrinfo **restrict ret_found)
{
    NEXT(getaddrinfo);
    return calls_hit(CALL_NET, "getaddrinfo") ? EAI_MEMORY : next(host, port, hints, ret_found);
}

/* ---- lines ---- */

static bool line_is_hit(int fd, const char *function, size_t *len)
{
    if (!calls_hit_part(CALL_LINE, function, len))
        return false;
    int error = errno;
    if (error == ECONNRESET)
        (void)shutdown(fd, SHUT_RDWR); /* no kernel says so of a line that goes on */
    errno = error;
    return true;
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    size_t nothing = 0;
    NEXT(poll);
    if (!calls_hit_part(CALL_LINE, "poll", &nothing))
        return next(fds, count, timeout_ms);
    errno = errno == EINTR ? EINTR : ENOMEM; /* it knows no other */
    return -1;
}

ssize_t recv(int fd, void *bytes, size_t len, int flags)
{
    NEXT(recv);
    return line_is_hit(fd, "recv", &len) ? -1 : next(fd, bytes, len, flags);
}

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
    NEXT(send);
    return line_is_hit(fd, "send", &len) ? -1 : next(fd, bytes, len, flags);
}
