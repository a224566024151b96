#include "node/node.h"

#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool listen_path(const struct smk_node *node, char ret_path[SMK_HOME_PATH_MAX])
{
    return smk_home_join(node->home.path, "run/listen", ret_path);
}

/* Links that have not proved who they are yet: all, and those from one host. */
static size_t count_half_open(const struct smk_node *node, const char *source, size_t *ret_same_source)
{
    size_t count = 0;
    *ret_same_source = 0;
    for (size_t i = 0; i < SMK_LINKS_MAX; i++) {
        const struct smk_link *link = node->link[i];
        if (link == NULL || link->is_initiator || link->is_bound)
            continue;
        count++;
        if (strcmp(link->source, source) == 0)
            ++*ret_same_source;
    }
    return count;
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct smk_node *node = listener->data;
    if (status < 0) {
        smk_log_line(SMK_LOG_WARNING, "accepting failed: %s", uv_strerror(status));
        return;
    }
    smk_feed_look(node, 0); /* the session begins with all that is committed by now */
    struct smk_link *link = smk_link_accept(node, listener);
    if (link == NULL) {
        smk_log_line(SMK_LOG_WARNING, "no place for another connection: it was closed");
        return;
    }
    size_t same_source;
    size_t half_open = count_half_open(node, link->source, &same_source); /* this one included */
    if (half_open > SMK_LISTENERS_HALF_OPEN_MAX || same_source > SMK_HALF_OPEN_PER_ADDRESS_MAX) {
        smk_log_line(SMK_LOG_DEBUG, "too many connections that have not proved who they are: %s was closed",
                     link->address);
        smk_link_close(link);
        return;
    }
    smk_link_begin(link);
}

/* Tells the programs of this home where the daemon listens. */
static bool write_listen_file(struct smk_node *node)
{
    struct sockaddr_storage at;
    int len = sizeof at;
    char path[SMK_HOME_PATH_MAX], host[64] = "", line[128];
    if (!listen_path(node, path) || uv_tcp_getsockname(&node->listener, (struct sockaddr *)&at, &len) != 0)
        return false;
    if (at.ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&at;
        (void)uv_ip6_name(in6, host, sizeof host);
        (void)snprintf(line, sizeof line, "[%s]:%u\n", host, ntohs(in6->sin6_port));
    } else {
        const struct sockaddr_in *in4 = (const struct sockaddr_in *)&at;
        (void)uv_ip4_name(in4, host, sizeof host);
        (void)snprintf(line, sizeof line, "%s:%u\n", host, ntohs(in4->sin_port));
    }
    char fresh[SMK_HOME_PATH_MAX];
    if (!smk_home_join(node->home.path, "run/listen.new", fresh))
        return false;
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return false;
    bool is_written = write(fd, line, strlen(line)) == (ssize_t)strlen(line);
    is_written = close(fd) == 0 && is_written;
    is_written = is_written && rename(fresh, path) == 0; /* a reader sees the whole line or no file */
    if (is_written)
        smk_log_line(SMK_LOG_INFO, "listening on %.*s", (int)strcspn(line, "\n"), line);
    return is_written;
}

static bool resolve(const struct smk_address *address, struct sockaddr_storage *ret_at, socklen_t *ret_len)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found = NULL;
    if (getaddrinfo(address->host, address->port, &hints, &found) != 0)
        return false;
    memcpy(ret_at, found->ai_addr, found->ai_addrlen);
    *ret_len = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

bool smk_listener_start(struct smk_node *node)
{
    const struct smk_address *address = &node->config.listen;
    struct sockaddr_storage at;
    socklen_t len;
    if (!resolve(address, &at, &len)) {
        smk_log_line(SMK_LOG_ERROR, "cannot listen on %s: no such address", address->text);
        return false;
    }
    (void)uv_tcp_init(&node->loop, &node->listener); /* never fails without flags */
    node->listener.data = node;
    int answer = uv_tcp_bind(&node->listener, (struct sockaddr *)&at, 0);
    if (answer == 0)
        answer = uv_listen((uv_stream_t *)&node->listener, SMK_LISTEN_BACKLOG, on_connection);
    if (answer != 0) {
        smk_log_line(SMK_LOG_ERROR, "cannot listen on %s: %s; another program may be using this port",
                     address->text, uv_strerror(answer));
        return false;
    }
    if (!write_listen_file(node)) {
        smk_log_line(SMK_LOG_ERROR, "cannot write run/listen in the home");
        return false;
    }
    return true;
}

void smk_listener_stop(struct smk_node *node)
{
    char path[SMK_HOME_PATH_MAX];
    if (!node->config.is_listening)
        return;
    uv_close((uv_handle_t *)&node->listener, NULL);
    if (listen_path(node, path))
        (void)unlink(path); /* a stale file only sends somebody to a closed port */
}
