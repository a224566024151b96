/* Parts of the daemon: its writer takes a batch, its listener takes a caller, its dialer reaches a peer. */
#include "node/node.h"
#include "proto/check.h"
#include "tests/fault/partner.h"
#include "tests/fault/scenario.h"
#include "tests/fault/stage.h"
#include "tests/support/stores.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NEW_RECORDS = 7, TURNS_MAX = 4000, TURN_US = 500, PATIENCE_MS = 10 * 1000 };

static struct {
    struct stage stage;
    struct truth before;
    struct test_mail mail;
    struct smk_node node; /* large */
    bool has_loop, is_listening;
    struct sockaddr_in at;
    bool is_done;
    enum smk_err verdict; /* of the batch */
    struct smk_home peer; /* whom the dialer reaches: it answers in a thread */
    struct partner partner;
    bool has_partner;
    char address[32];
} n;

static const char *home_path(void)
{
    static struct test_path path;
    path = test_dir_at(scenario_dir(), "a");
    return path.text;
}

static void on_job(void *ctx, const struct smk_job_result *result)
{
    (void)ctx;
    n.is_done = true;
    n.verdict = result->err != SMK_OK ? result->err : result->stored.verdict;
}

/* The daemon's log lines are not what is looked at. */
static int stderr_copy = -1;

static void quiet_begin(void)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    stderr_copy = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    SMK_ASSERT(nowhere >= 0);
    SMK_ASSERT(stderr_copy >= 0);
    SMK_ASSERT(dup2(nowhere, STDERR_FILENO) >= 0);
    (void)close(nowhere);
}

static void quiet_end(void)
{
    SMK_ASSERT(dup2(stderr_copy, STDERR_FILENO) >= 0);
    (void)close(stderr_copy);
}

/* ---- a home, and a batch for it ---- */

static void begin(void)
{
    struct smk_home founder, member;
    smk_log_set_level(SMK_LOG_ERROR);
    quiet_begin();
    test_home_found(scenario_dir(), "a", &founder);
    test_home_decide(&founder, "ctod", "member", "02", "ctod-editor", "member_editor");
    test_home_join(scenario_dir(), "b", &founder, "ctod", "ctod-editor", &member);
    scenario_demand(test_put(&member, "pub", NEW_RECORDS - 1));
    test_mail_of(member.store, "pub", &n.mail);
    SMK_ASSERT(n.mail.count == 1);
    smk_home_close(&member);
    smk_home_close(&founder);
    scenario_demand(truth_read(stage_store(home_path()), UINT64_MAX, &n.before));
    stage_keep(&n.stage, home_path());
}

static void end(void)
{
    quiet_end();
    test_mail_deinit(&n.mail);
    stage_deinit(&n.stage);
    memset(&n, 0, sizeof n);
}

static void arrange(void)
{
    stage_restore(&n.stage);
    memset(&n.node, 0, sizeof n.node);
    n.is_done = false;
    scenario_demand(smk_home_open(home_path(), &n.node.home));
    SMK_ASSERT(uv_loop_init(&n.node.loop) == 0);
    n.has_loop = true;
}

static void clear(void)
{
    if (n.is_listening) {
        n.node.is_stopping = true;
        for (size_t i = 0; i < SMK_LINKS_MAX; i++)
            if (n.node.link[i] != NULL)
                smk_link_close(n.node.link[i]);
        smk_listener_stop(&n.node);
        n.is_listening = false;
    }
    if (n.node.writer != NULL)
        SMK_ASSERT(smk_writer_stop(n.node.writer, PATIENCE_MS));
    n.node.writer = NULL;
    if (n.has_loop) {
        (void)uv_run(&n.node.loop, UV_RUN_DEFAULT);
        SMK_ASSERT(uv_loop_close(&n.node.loop) == 0);
    }
    n.has_loop = false;
    smk_store_view_free(n.node.view);
    n.node.view = NULL;
    smk_home_close(&n.node.home);
}

/* ---- the writer ---- */

static enum smk_err act_writer(void)
{
    struct smk_batch batch = {.ticket = 1, .records_message = smk_buf_view(&n.mail.message[0])};
    enum smk_err err = smk_writer_new(&n.node.loop, &n.node.home, on_job, NULL, &n.node.writer);
    if (err != SMK_OK)
        return err;
    n.is_done = false;
    if (!smk_writer_put_batch(n.node.writer, 1, &batch))
        return SMK_ERR_NOMEM;
    for (int i = 0; i < TURNS_MAX && !n.is_done; i++) {
        (void)uv_run(&n.node.loop, UV_RUN_NOWAIT);
        (void)usleep(TURN_US);
    }
    return n.is_done ? n.verdict : SMK_ERR_SILENT;
}

static const char *check_writer(enum smk_err err)
{
    if (err == SMK_ERR_SILENT)
        return "nobody is told what became of the batch";
    clear();
    const char *wrong = truth_differs(stage_store(home_path()), &n.before, NEW_RECORDS, outcome_of(err));
    if (wrong != NULL || err == SMK_OK)
        return wrong;
    arrange();
    enum smk_err again = act_writer();
    clear();
    if (again != SMK_OK)
        return scenario_text("once more without a fault it answered %s", smk_err_name(again));
    return truth_differs(stage_store(home_path()), &n.before, NEW_RECORDS, OUTCOME_WHOLE);
}

/* ---- the listener ---- */

static void arrange_listener(void)
{
    int len = sizeof n.at;
    arrange();
    scenario_demand(smk_store_view_new(n.node.home.store, &n.node.view));
    scenario_demand(smk_writer_new(&n.node.loop, &n.node.home, on_job, NULL, &n.node.writer));
    SMK_ASSERT(smk_address_parse("127.0.0.1:0", &n.node.config.listen));
    n.node.config.is_listening = true;
    SMK_ASSERT(smk_listener_start(&n.node));
    n.is_listening = true;
    SMK_ASSERT(uv_tcp_getsockname(&n.node.listener, (struct sockaddr *)&n.at, &len) == 0);
}

static bool is_closed_to(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

/* A caller is taken, or turned away; without descriptors the kernel keeps it until there are some. */
static enum smk_err call(bool is_armed)
{
    uint64_t before = n.node.last_link_id;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    SMK_ASSERT(fd >= 0);
    SMK_ASSERT(connect(fd, (struct sockaddr *)&n.at, sizeof n.at) == 0);
    if (is_armed)
        calls_arm();
    for (int i = 0; i < TURNS_MAX / 40 && n.node.last_link_id == before && !is_closed_to(fd); i++) {
        (void)uv_run(&n.node.loop, UV_RUN_NOWAIT);
        (void)usleep(TURN_US);
    }
    calls_disarm();
    bool is_taken = n.node.last_link_id > before;
    (void)close(fd);
    return is_taken ? SMK_OK : SMK_ERR_IO;
}

static enum smk_err act_listener(void)
{
    return call(true);
}

static const char *check_listener(enum smk_err err)
{
    (void)err;
    for (int i = 0; i < 3; i++) /* one that waited may come first */
        if (call(false) == SMK_OK)
            return NULL;
    return "it hears nobody any more";
}

/* ---- the dialer, in a whole daemon ---- */

static struct smk_dial *the_dial(void)
{
    return &n.node.dial[0];
}

static void arrange_daemon(void)
{
    memset(&n.node, 0, sizeof n.node);
    scenario_demand(smk_home_open(home_path(), &n.node.home));
    SMK_ASSERT(uv_loop_init(&n.node.loop) == 0);
    SMK_ASSERT(smk_node_start(&n.node));
    n.has_loop = true;
}

/* The daemon runs, and dials nobody yet. */
static void arrange_dialer(void)
{
    stage_restore(&n.stage);
    scenario_demand(smk_home_open(test_dir_at(scenario_dir(), "b").text, &n.peer));
    partner_listen(&n.partner, &n.peer, n.address);
    n.has_partner = true;
    arrange_daemon();
}

static void daemon_stop(void)
{
    if (!n.has_loop)
        return;
    smk_node_stop(&n.node);
    (void)uv_run(&n.node.loop, UV_RUN_DEFAULT);
    SMK_ASSERT(uv_loop_close(&n.node.loop) == 0);
    n.has_loop = false;
    smk_store_view_free(n.node.view);
    smk_home_close(&n.node.home);
}

static void clear_dialer(void)
{
    daemon_stop();
    if (n.has_partner)
        (void)partner_end(&n.partner);
    n.has_partner = false;
    smk_home_close(&n.peer);
}

static bool has_agreed(void)
{
    struct smk_session_status status = {0};
    struct smk_link *link = smk_node_find_link(&n.node, the_dial()->link_id);
    if (link != NULL)
        smk_session_status(link->session, &status);
    return status.is_agreed;
}

/* OK when both hold the same, else when the dialer waits for another try or the daemon stops. */
static enum smk_err dialer_run(void)
{
    for (int i = 0; i < TURNS_MAX && !n.node.is_stopping; i++) {
        (void)uv_run(&n.node.loop, UV_RUN_NOWAIT);
        if (has_agreed())
            return SMK_OK;
        if (uv_is_active((uv_handle_t *)&the_dial()->timer))
            return SMK_ERR_IO;
        (void)usleep(TURN_US);
    }
    return n.node.is_stopping ? SMK_ERR_STORE_IO : SMK_ERR_SILENT;
}

static void dialer_start(void)
{
    SMK_ASSERT(smk_address_parse(n.address, &n.node.config.peer[0]));
    n.node.config.peer_count = 1;
    smk_dialer_start(&n.node);
}

static enum smk_err act_dialer(void)
{
    calls_arm();
    dialer_start();
    enum smk_err err = dialer_run();
    calls_disarm();
    return err;
}

/* The time until the next try is not waited for. */
static void try_now(void)
{
    uv_timer_t *timer = &the_dial()->timer;
    uv_timer_set_repeat(timer, 1);
    SMK_ASSERT(uv_timer_again(timer) == 0);
    uv_timer_set_repeat(timer, 0);
    while (uv_is_active((uv_handle_t *)timer) && uv_timer_get_due_in(timer) <= 1)
        (void)uv_run(&n.node.loop, UV_RUN_ONCE);
}

static const char *check_dialer(enum smk_err err)
{
    if (err == SMK_ERR_SILENT)
        return "neither is anybody reached nor is there another try";
    for (int i = 0; i < 4 && (err != SMK_OK || n.node.is_stopping); i++) {
        if (n.node.is_stopping ||
            err == SMK_ERR_STORE_IO) { /* the disk has failed: somebody starts it once more */
            daemon_stop();
            arrange_daemon();
            dialer_start();
        } else if (err == SMK_ERR_IO) {
            try_now();
        } else {
            break;
        }
        err = dialer_run();
    }
    if (err != SMK_OK)
        return scenario_text("without a fault nobody is reached: %s", smk_err_name(err));
    clear_dialer();
    return truth_differs(stage_store(home_path()), &n.before, NEW_RECORDS, OUTCOME_WHOLE);
}

#define DAEMON CALLS_MEMORY | CALL_BIT(CALL_OWN_ALLOC)
const struct scenario node_scenarios[] = {
    {.name = "daemon-writer",
     .calls =
         DAEMON | CALL_BIT(CALL_THREAD) | CALL_BIT(CALL_WRITE) | CALL_BIT(CALL_SYNC) | CALL_BIT(CALL_SOCKET),
     .has_all_threads = true,
     .is_vital = true,
     .quick_step = 9,
     .begin = begin,
     .arrange = arrange,
     .act = act_writer,
     .check = check_writer,
     .clear = clear,
     .end = end},
    {.name = "daemon-listener",
     .calls = DAEMON | CALL_BIT(CALL_ACCEPT) | CALL_BIT(CALL_NET),
     .is_tolerant = true,
     .arms_itself = true,
     .begin = begin,
     .arrange = arrange_listener,
     .act = act_listener,
     .check = check_listener,
     .clear = clear,
     .end = end},
    {.name = "daemon-dialer",
     .calls = DAEMON | CALL_BIT(CALL_SOCKET) | CALL_BIT(CALL_NET) | CALL_BIT(CALL_READ) |
              CALL_BIT(CALL_WRITE) | CALL_BIT(CALL_SYNC),
     .has_all_threads = true,
     .is_tolerant = true,
     .has_line = true,
     .arms_itself = true,
     .quick_step = 37,
     .begin = begin,
     .arrange = arrange_dialer,
     .act = act_dialer,
     .check = check_dialer,
     .clear = clear_dialer,
     .end = end},
    {.name = NULL},
};
