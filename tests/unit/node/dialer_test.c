#include "node/node.h"
#include "proto/hash.h"
#include "tests/support/stores.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TURNS_MAX = 2000, TURN_US = 1000, CALLERS_MAX = 8, CALL_MS = 200 };

/* A node that only dials one address, where a program listens that takes nobody: its queue is full. */
static struct dialling {
    struct test_dir dir;
    struct smk_node node;
    int deaf;
    int caller[CALLERS_MAX]; /* that fill the queue, and the first for which there is no place */
    size_t caller_count;
} d;

static void on_job(void *ctx, const struct smk_job_result *result)
{
    (void)ctx;
    (void)result;
}

/* True when the connection stands after a little while. */
static bool is_taken(const struct sockaddr_in *at)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    cr_assert(lt(sz, d.caller_count, CALLERS_MAX), "the queue never gets full");
    d.caller[d.caller_count++] = fd;
    int answer = connect(fd, (const struct sockaddr *)at, sizeof *at);
    cr_assert(answer == 0 || errno == EINPROGRESS);
    return poll(&ready, 1, CALL_MS) > 0;
}

static void deaf_start(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    char address[64];
    d.deaf = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert(eq(int, bind(d.deaf, (struct sockaddr *)&at, sizeof at), 0));
    cr_assert(eq(int, listen(d.deaf, 0), 0));
    cr_assert(eq(int, getsockname(d.deaf, (struct sockaddr *)&at, &len), 0));
    while (is_taken(&at))
        continue;
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", ntohs(at.sin_port));
    cr_assert(smk_address_parse(address, &d.node.config.peer[d.node.config.peer_count++]));
}

static void dialling_start(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    smk_log_set_level(SMK_LOG_ERROR);
    test_dir_init(&d.dir);
    test_home_found(&d.dir, "home", &d.node.home);
    cr_assert(eq(int, smk_store_view_new(d.node.home.store, &d.node.view), SMK_OK));
    cr_assert(eq(int, uv_loop_init(&d.node.loop), 0));
    cr_assert(eq(int, smk_writer_new(&d.node.loop, &d.node.home, on_job, NULL, &d.node.writer), SMK_OK));
    deaf_start();
    smk_dialer_start(&d.node);
}

static struct smk_link *any_link(void)
{
    for (size_t i = 0; i < SMK_LINKS_MAX; i++)
        if (d.node.link[i] != NULL)
            return d.node.link[i];
    return NULL;
}

static void dialling_end(void)
{
    d.node.is_stopping = true;
    smk_dialer_stop(&d.node);
    if (any_link() != NULL)
        smk_link_close(any_link());
    cr_assert(smk_writer_stop(d.node.writer, 10 * 1000));
    (void)uv_run(&d.node.loop, UV_RUN_DEFAULT);
    cr_assert(eq(int, uv_loop_close(&d.node.loop), 0));
    smk_store_view_free(d.node.view);
    smk_home_close(&d.node.home);
    test_dir_deinit(&d.dir);
    for (size_t i = 0; i < d.caller_count; i++)
        (void)close(d.caller[i]);
    (void)close(d.deaf);
}

/* Turns the loop until the question is answered with yes. */
#define TURN_UNTIL(question)                                               \
    do {                                                                   \
        int turns_left = TURNS_MAX;                                        \
        while (!(question) && turns_left-- > 0) {                          \
            (void)uv_run(&d.node.loop, UV_RUN_NOWAIT);                     \
            (void)usleep(TURN_US);                                         \
        }                                                                  \
        cr_assert(question, "not within %d turns of the loop", TURNS_MAX); \
    } while (0)

TestSuite(dialer, .init = dialling_start, .fini = dialling_end, .timeout = 60);

/* The ten seconds are not waited for: what is to happen then happens now. */
Test(dialer, gives_up_a_connection_that_nobody_answers_and_dials_again_later)
{
    for (unsigned turn = 0; turn < 2; turn++) {
        TURN_UNTIL(any_link() != NULL);
        struct smk_link *link = any_link();
        cr_assert(not(link->has_begun));
        cr_assert(uv_is_active((uv_handle_t *)&link->timer), "somebody looks at the clock");
        cr_assert(le(u64, uv_timer_get_due_in(&link->timer), SMK_LINK_CONNECT_MS));
        cr_assert(gt(u64, uv_timer_get_due_in(&link->timer), SMK_LINK_CONNECT_MS / 2));
        uv_timer_set_repeat(&link->timer, 1);
        cr_assert(eq(int, uv_timer_again(&link->timer), 0));
        TURN_UNTIL(any_link() == NULL);
        cr_assert(eq(u64, d.node.dial[0].link_id, 0));
        cr_assert(uv_is_active((uv_handle_t *)&d.node.dial[0].timer), "the address is not given up");
    }
}
