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

/* Links that have not proved who they are yet. */
struct half_open {
    size_t count;
    size_t same_source;              /* those from one host */
    struct smk_link *oldest;         /* of all */
    struct smk_link *oldest_of_host; /* of those */
};

static struct half_open find_half_open(const struct smk_node *node, const char *source)
{
    struct half_open h = {0};
    for (size_t i = 0; i < SMK_LINKS_MAX; i++) {
        struct smk_link *link = node->link[i];
        if (link == NULL || link->is_initiator || link->is_bound || link->is_closing)
            continue;
        h.count++;
        if (h.oldest == NULL || link->id < h.oldest->id)
            h.oldest = link;
        if (strcmp(link->source, source) != 0)
            continue;
        h.same_source++;
        if (h.oldest_of_host == NULL || link->id < h.oldest_of_host->id)
            h.oldest_of_host = link;
    }
    return h;
}

/* Whoever has been silent longest gives way, so that connections that say nothing keep nobody out. */
static void make_way(struct smk_node *node, const char *source)
{
    struct half_open h = find_half_open(node, source);
    struct smk_link *last = NULL;
    if (h.same_source > SMK_HALF_OPEN_PER_ADDRESS_MAX)
        last = h.oldest_of_host;
    else if (h.count > SMK_LISTENERS_HALF_OPEN_MAX)
        last = h.oldest;
    if (last == NULL)
        return;
    smk_log_line(SMK_LOG_DEBUG, "too many connections that have not proved who they are: %s was closed",
                 last->address);
    smk_link_close(last);
}

static void turn_away(struct smk_node *node);

static void on_turned_away(uv_handle_t *handle)
{
    struct smk_node *node = handle->data;
    node->is_turning_away = false;
    if (node->has_one_waiting && !node->is_stopping)
        turn_away(node);
}

/* A connection that nobody accepts would stop the listener for good. */
static void turn_away(struct smk_node *node)
{
    node->has_one_waiting = node->is_turning_away;
    if (node->is_turning_away)
        return;
    node->is_turning_away = true;
    (void)uv_tcp_init(&node->loop, &node->turned_away); /* never fails without flags */
    node->turned_away.data = node;
    (void)uv_accept((uv_stream_t *)&node->listener,
                    (uv_stream_t *)&node->turned_away); /* closed either way */
    uv_close((uv_handle_t *)&node->turned_away, on_turned_away);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct smk_node *node = listener->data;
    if (status < 0) {
        if (smk_log_is_due(&node->no_place_pace, uv_now(&node->loop)))
            smk_log_line(SMK_LOG_WARNING, "accepting failed: %s", uv_strerror(status));
        return;
    }
    smk_feed_look(node, 0); /* the session begins with all that is committed by now */
    struct smk_link *link = smk_link_accept(node, listener);
    if (link == NULL) {
        if (smk_log_is_due(&node->no_place_pace, uv_now(&node->loop)))
            smk_log_line(SMK_LOG_WARNING, "no place for another connection: it was closed");
        turn_away(node);
        return;
    }
    make_way(node, link->source); /* this one counts already, and is the newest */
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
