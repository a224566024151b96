#include "node/node.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void smk_feed_look(struct smk_node *node, uint64_t except)
{
    bool has_moved, has_new_roster;
    enum smk_err err = smk_store_view_catch_up(node->view, &has_moved, &has_new_roster);
    if (err != SMK_OK) {
        if (smk_log_is_due(&node->read_failed_pace, uv_now(&node->loop)))
            smk_log_line(SMK_LOG_ERROR, "reading what was committed failed: %s; trying again",
                         smk_err_text(err));
        return;
    }
    if (!has_moved && !has_new_roster)
        return;
    for (size_t i = 0; i < SMK_LINKS_MAX; i++)
        if (node->link[i] != NULL && node->link[i]->id != except)
            smk_link_arrived(node->link[i]);
}

static void on_look_timer(uv_timer_t *timer)
{
    smk_feed_look(timer->data, 0);
}

static void on_poked(uv_poll_t *poll, int status, int events)
{
    struct smk_node *node = poll->data;
    char nothing[16];
    (void)status;
    (void)events;
    for (int i = 0; i < 64 && recv(node->poke_fd, nothing, sizeof nothing, 0) >= 0; i++)
        continue; /* what a poke says does not matter, only that it came */
    smk_feed_look(node, 0);
}

static bool poke_address(const struct smk_node *node, struct sockaddr_un *ret_at)
{
    char path[SMK_HOME_PATH_MAX];
    *ret_at = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (!smk_home_join(node->home.path, "run/poke", path) || strlen(path) >= sizeof ret_at->sun_path)
        return false;
    memcpy(ret_at->sun_path, path, strlen(path) + 1);
    return true;
}

/* Without the socket the daemon still looks every 200 ms; so a path that is too long is only slower. */
static void poke_start(struct smk_node *node)
{
    struct sockaddr_un at;
    node->poke_fd = -1;
    if (!poke_address(node, &at)) {
        smk_log_line(SMK_LOG_INFO, "the home's path is too long for run/poke: looking every %d ms instead",
                     SMK_FEED_LOOK_MS);
        return;
    }
    (void)unlink(
        at.sun_path); /* left behind by a killed daemon; run/samakid.lock says that no other one lives */
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
        uv_poll_init(&node->loop, &node->poke, fd) != 0) {
        smk_log_line(SMK_LOG_WARNING, "no run/poke (%s): looking every %d ms instead", strerror(errno),
                     SMK_FEED_LOOK_MS);
        if (fd >= 0)
            (void)close(fd);
        return;
    }
    node->poke_fd = fd;
    node->poke.data = node;
    (void)uv_poll_start(&node->poke, UV_READABLE, on_poked);
}

bool smk_feed_start(struct smk_node *node)
{
    (void)uv_timer_init(&node->loop, &node->look_timer); /* never fails */
    node->look_timer.data = node;
    poke_start(node);
    return uv_timer_start(&node->look_timer, on_look_timer, SMK_FEED_LOOK_MS, SMK_FEED_LOOK_MS) == 0;
}

static void on_poke_closed(uv_handle_t *handle)
{
    struct smk_node *node = handle->data;
    (void)close(node->poke_fd);
    node->poke_fd = -1;
}

void smk_feed_stop(struct smk_node *node)
{
    struct sockaddr_un at;
    uv_close((uv_handle_t *)&node->look_timer, NULL);
    if (node->poke_fd < 0)
        return;
    uv_close((uv_handle_t *)&node->poke, on_poke_closed);
    if (poke_address(node, &at))
        (void)unlink(at.sun_path); /* a stale socket is removed at the next start */
}
