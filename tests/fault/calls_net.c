/* Sockets: accepting, connecting, sending. Without _GNU_SOURCE, whose addresses are unions that no definition of ours
 * is compatible with. */
#include "tests/fault/calls.h"

#include <errno.h>
#include <netdb.h>
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

ssize_t recv(int fd, void *bytes, size_t len, int flags)
{
    NEXT(recv);
    return calls_hit_part(CALL_LINE, "recv", &len) ? -1 : next(fd, bytes, len, flags);
}

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
    NEXT(send);
    return calls_hit_part(CALL_LINE, "send", &len) ? -1 : next(fd, bytes, len, flags);
}
