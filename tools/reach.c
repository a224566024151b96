#include "tools/link.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HOST_MAX = 256, PAUSE_MS = 250 };

const char *smk_reach_text(enum smk_reach reach)
{
    switch (reach) {
    case SMK_REACH_OK: return "";
    case SMK_REACH_BAD_ADDRESS: return "that is not HOST:PORT";
    case SMK_REACH_NO_HOST: return "there is no machine of that name";
    case SMK_REACH_REFUSED: return "nobody listens there";
    case SMK_REACH_TIMEOUT: return "no answer came";
    case SMK_REACH_FAILED: break;
    }
    return "there is no way to it";
}

/* "host:port" or "[host]:port" into its parts. */
static bool split(const char *address, char host[HOST_MAX], char port[8])
{
    const char *colon = strrchr(address, ':');
    if (colon == NULL || strlen(colon + 1) == 0 || strlen(colon + 1) >= 8)
        return false;
    size_t len = (size_t)(colon - address);
    bool has_brackets = len > 2 && address[0] == '[' && address[len - 1] == ']';
    const char *from = has_brackets ? address + 1 : address;
    len -= has_brackets ? 2 : 0;
    if (len == 0 || len >= HOST_MAX)
        return false;
    memcpy(host, from, len);
    host[len] = 0;
    memcpy(port, colon + 1, strlen(colon + 1) + 1);
    return true;
}

static enum smk_reach reach_of_errno(int error)
{
    if (error == ECONNREFUSED)
        return SMK_REACH_REFUSED;
    return error == ETIMEDOUT ? SMK_REACH_TIMEOUT : SMK_REACH_FAILED;
}

static enum smk_reach await_connection(int fd, unsigned timeout_ms)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    int error = 0, count;
    socklen_t len = sizeof error;
    do
        count = poll(&ready, 1, (int)timeout_ms);
    while (count < 0 && errno == EINTR);
    if (count == 0)
        return SMK_REACH_TIMEOUT;
    if (count < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
        return SMK_REACH_FAILED;
    return error == 0 ? SMK_REACH_OK : reach_of_errno(error);
}

static enum smk_reach connect_to(const struct addrinfo *to, unsigned timeout_ms, int *ret_fd)
{
    int on = 1, fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    enum smk_reach reach = SMK_REACH_OK;
    if (fd < 0)
        return SMK_REACH_FAILED;
    if (connect(fd, to->ai_addr, to->ai_addrlen) != 0)
        reach = errno == EINPROGRESS ? await_connection(fd, timeout_ms) : reach_of_errno(errno);
    if (reach != SMK_REACH_OK) {
        (void)close(fd);
        return reach;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* only a matter of speed */
    *ret_fd = fd;
    return SMK_REACH_OK;
}

static enum smk_reach reach_once(const char *address, unsigned timeout_ms, int *ret_fd)
{
    char host[HOST_MAX], port[8];
    struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    enum smk_reach reach = SMK_REACH_NO_HOST;
    if (!split(address, host, port))
        return SMK_REACH_BAD_ADDRESS;
    int failure = getaddrinfo(host, port, &wanted, &found);
    if (failure == EAI_SERVICE)
        return SMK_REACH_BAD_ADDRESS;
    if (failure != 0)
        return SMK_REACH_NO_HOST;
    for (const struct addrinfo *at = found; at != NULL; at = at->ai_next) {
        enum smk_reach one = connect_to(at, timeout_ms, ret_fd);
        if (reach == SMK_REACH_NO_HOST || one == SMK_REACH_OK || one == SMK_REACH_REFUSED)
            reach = one; /* the most telling answer of all addresses */
        if (one == SMK_REACH_OK)
            break;
    }
    freeaddrinfo(found);
    return reach;
}

enum smk_reach smk_link_reach(const char *address, unsigned timeout_ms, unsigned patience_ms, int *ret_fd)
{
    struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    unsigned waited_ms = 0;
    for (;;) {
        enum smk_reach reach = reach_once(address, timeout_ms, ret_fd);
        if (reach != SMK_REACH_REFUSED || waited_ms >= patience_ms)
            return reach;
        (void)nanosleep(&pause, NULL);
        waited_ms += PAUSE_MS;
    }
}
