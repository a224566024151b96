#include "node/node.h"
#include "proto/hash.h"
#include "tests/support/stores.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TURNS_MAX = 2000, TURN_US = 1000 };

/* A node that only listens, without signals and dialer. */
struct listening {
    struct test_dir dir;
    struct smk_node node;
    struct sockaddr_in at;
};

static struct listening l; /* large, and zero */

static void on_job(void *ctx, const struct smk_job_result *result)
{
    (void)ctx;
    (void)result;
}

static void listening_start(void)
{
    int len = sizeof l.at;
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    test_dir_init(&l.dir);
    test_home_found(&l.dir, "home", &l.node.home);
    cr_assert(eq(int, smk_store_view_new(l.node.home.store, &l.node.view), SMK_OK));
    cr_assert(eq(int, uv_loop_init(&l.node.loop), 0));
    cr_assert(eq(int, smk_writer_new(&l.node.loop, &l.node.home, on_job, NULL, &l.node.writer), SMK_OK));
    cr_assert(smk_address_parse("127.0.0.1:0", &l.node.config.listen));
    l.node.config.is_listening = true;
    smk_log_set_level(SMK_LOG_ERROR);
    cr_assert(smk_listener_start(&l.node));
    cr_assert(eq(int, uv_tcp_getsockname(&l.node.listener, (struct sockaddr *)&l.at, &len), 0));
}

static void listening_end(void)
{
    l.node.is_stopping = true;
    smk_listener_stop(&l.node);
    cr_assert(smk_writer_stop(l.node.writer, 10 * 1000));
    (void)uv_run(&l.node.loop, UV_RUN_DEFAULT);
    cr_assert(eq(int, uv_loop_close(&l.node.loop), 0));
    smk_store_view_free(l.node.view);
    smk_home_close(&l.node.home);
    test_dir_deinit(&l.dir);
}

static int caller_new(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert(ge(int, fd, 0));
    cr_assert(eq(int, connect(fd, (struct sockaddr *)&l.at, sizeof l.at), 0)); /* the backlog takes it */
    cr_assert(eq(int, fcntl(fd, F_SETFL, O_NONBLOCK), 0));
    return fd;
}

static bool is_closed_to(int fd)
{
    char byte;
    ssize_t count = recv(fd, &byte, 1, 0);
    return count == 0 || (count < 0 && errno == ECONNRESET);
}

static struct smk_link *any_link(void)
{
    for (size_t i = 0; i < SMK_LINKS_MAX; i++)
        if (l.node.link[i] != NULL && l.node.link[i]->node != NULL)
            return l.node.link[i];
    return NULL;
}

/* Turns the loop until the question is answered with yes. */
#define TURN_UNTIL(question)                                               \
    do {                                                                   \
        int turns_left = TURNS_MAX;                                        \
        while (!(question) && turns_left-- > 0) {                          \
            (void)uv_run(&l.node.loop, UV_RUN_NOWAIT);                     \
            (void)usleep(TURN_US);                                         \
        }                                                                  \
        cr_assert(question, "not within %d turns of the loop", TURNS_MAX); \
    } while (0)

TestSuite(listener, .init = listening_start, .fini = listening_end, .timeout = 60);

Test(listener, hears_on_after_connections_for_which_there_was_no_place)
{
    static struct smk_link other; /* stands for a link that is no concern of the listener */
    int caller[5];
    other.is_closing = true;
    for (size_t i = 0; i < SMK_LINKS_MAX; i++)
        l.node.link[i] = &other;
    for (size_t i = 0; i < 5; i++) /* all at once, so that one comes while another is being turned away */
        caller[i] = caller_new();
    for (size_t i = 0; i < 5; i++) {
        TURN_UNTIL(is_closed_to(caller[i]));
        cr_assert(eq(int, close(caller[i]), 0));
    }
    memset(l.node.link, 0, sizeof l.node.link);
    int late = caller_new();
    TURN_UNTIL(any_link() != NULL); /* a deaf listener never gets here */
    cr_assert(not(is_closed_to(late)));
    smk_link_close(any_link());
    TURN_UNTIL(is_closed_to(late));
    cr_assert(eq(int, close(late), 0));
}

/* All callers here come from one host. */
Test(listener, lets_the_oldest_go_when_one_host_has_too_many_that_prove_nothing)
{
    enum { CALLERS = SMK_HALF_OPEN_PER_ADDRESS_MAX + 2 };
    int caller[CALLERS];
    for (size_t i = 0; i < CALLERS; i++) {
        uint64_t seen = l.node.last_link_id;
        caller[i] = caller_new();
        TURN_UNTIL(l.node.last_link_id > seen); /* one by one, so that it is known who came first */
    }
    for (size_t i = 0; i < CALLERS; i++) {
        bool is_too_many = i < CALLERS - SMK_HALF_OPEN_PER_ADDRESS_MAX;
        if (is_too_many)
            TURN_UNTIL(is_closed_to(caller[i]));
        cr_assert(eq(int, is_closed_to(caller[i]), is_too_many), "caller %zu", i);
    }
    for (size_t i = 0; i < SMK_LINKS_MAX; i++)
        if (l.node.link[i] != NULL)
            smk_link_close(l.node.link[i]);
    for (size_t i = 0; i < CALLERS; i++) {
        TURN_UNTIL(is_closed_to(caller[i]));
        cr_assert(eq(int, close(caller[i]), 0));
    }
}
