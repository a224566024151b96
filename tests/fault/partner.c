#include "tests/fault/partner.h"

#include "proto/check.h"
#include "tests/fault/calls.h"
#include "tools/link.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static void talk(struct partner *p, int fd)
{
    struct smk_link_options options = {.home = p->home, .is_initiator = p->is_initiator};
    struct smk_link_result result;
    p->err = smk_link_talk(fd, &options, &result);
    if (p->err == SMK_OK)
        p->err = result.err;
    smk_link_result_deinit(&result);
    (void)close(fd);
}

static void *run(void *ctx)
{
    struct partner *p = ctx;
    calls_spare();
    if (!p->is_listening) {
        talk(p, p->fd);
        return NULL;
    }
    for (;;) {
        struct pollfd ready[] = {{.fd = p->stop[0], .events = POLLIN}, {.fd = p->fd, .events = POLLIN}};
        SMK_ASSERT(poll(ready, 2, -1) > 0);
        if (ready[0].revents != 0)
            return NULL;
        int fd = accept(p->fd, NULL, NULL);
        if (fd >= 0)
            talk(p, fd);
    }
}

static void begin(struct partner *p)
{
    SMK_ASSERT(pthread_create(&p->thread, NULL, run, p) == 0);
}

void partner_talk(struct partner *p, struct smk_home *home, int fd, bool is_initiator)
{
    *p = (struct partner){.home = home, .fd = fd, .is_initiator = is_initiator};
    begin(p);
}

void partner_listen(struct partner *p, struct smk_home *home, char ret_address[32])
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    *p = (struct partner){.home = home, .is_listening = true};
    p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    SMK_ASSERT(p->fd >= 0);
    SMK_ASSERT(pipe(p->stop) == 0);
    SMK_ASSERT(bind(p->fd, (struct sockaddr *)&at, sizeof at) == 0);
    SMK_ASSERT(listen(p->fd, 8) == 0);
    SMK_ASSERT(getsockname(p->fd, (struct sockaddr *)&at, &len) == 0);
    (void)snprintf(ret_address, 32, "127.0.0.1:%u", ntohs(at.sin_port));
    begin(p);
}

enum smk_err partner_end(struct partner *p)
{
    if (p->is_listening)
        (void)close(p->stop[1]);
    SMK_ASSERT(pthread_join(p->thread, NULL) == 0);
    if (p->is_listening) {
        (void)close(p->stop[0]);
        (void)close(p->fd);
    }
    return p->err;
}
