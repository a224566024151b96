#define _GNU_SOURCE /* pipe2 */

#include "tools/coalition_child.h"

#include "proto/check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CHILDREN_MAX = 128, LOOK_MS = 5, END_MS = 2000 };

static pid_t children[CHILDREN_MAX]; /* 0 = a free place */
static volatile sig_atomic_t has_signal;

static void on_signal(int number)
{
    (void)number;
    has_signal = 1;
}

void smk_child_watch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART: waiting ends */
    static const int watched[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof watched / sizeof watched[0]; i++)
        (void)sigaction(watched[i], &action, NULL);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignore, NULL);
}

bool smk_child_is_interrupted(void)
{
    return has_signal != 0;
}

uint64_t smk_child_now_ms(void)
{
    struct timespec now;
    SMK_ASSERT(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void smk_child_wait(int fd, unsigned timeout_ms)
{
    struct pollfd look = {.fd = fd, .events = POLLIN};
    (void)poll(&look, 1, (int)timeout_ms); /* whoever waits looks for itself what has happened */
}

/* ---- starting ---- */

static pid_t *find_place(pid_t pid)
{
    for (size_t i = 0; i < CHILDREN_MAX; i++)
        if (children[i] == pid)
            return &children[i];
    return NULL;
}

/* In the child: dies with its parent, gets signals of its own, begins with nothing ignored. */
static void settle_in(pid_t parent)
{
    static const int usual[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
    (void)setpgid(0, 0);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(127);
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        (void)signal(usual[i], SIG_DFL);
}

pid_t smk_child_fork(void)
{
    pid_t *place = find_place(0);
    pid_t parent = getpid();
    if (place == NULL) {
        errno = EAGAIN;
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0)
        settle_in(parent);
    if (pid > 0) {
        (void)setpgid(pid, pid); /* whichever of the two comes first */
        *place = pid;
    }
    return pid;
}

static void run(const char *const *argv, int out_fd, int err_fd)
{
    int in_fd = open("/dev/null", O_RDONLY);
    if (in_fd < 0 || dup2(in_fd, STDIN_FILENO) < 0 || dup2(out_fd, STDOUT_FILENO) < 0 ||
        dup2(err_fd, STDERR_FILENO) < 0)
        _exit(127);
    union {
        const char *const *given;
        char *const *wanted;
    } words = {.given = argv}; /* execv promises not to change them, its type does not say so */
    (void)execv(argv[0], words.wanted);
    _exit(127);
}

pid_t smk_child_start(const char *const *argv, int out_fd, int err_fd)
{
    pid_t pid = smk_child_fork();
    if (pid == 0)
        run(argv, out_fd, err_fd);
    return pid;
}

/* ---- ending ---- */

bool smk_child_is_over(pid_t pid, int *ret_exit)
{
    int status;
    pid_t *place = find_place(pid);
    SMK_ASSERT(pid > 0);
    SMK_ASSERT(place != NULL);
    pid_t answer = waitpid(pid, &status, WNOHANG);
    if (answer == 0 || (answer < 0 && errno == EINTR))
        return false;
    *place = 0;
    (void)kill(-pid, SIGKILL); /* whatever it started itself */
    *ret_exit = answer < 0 ? 127 : WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return true;
}

static bool await_end(pid_t pid, unsigned limit_ms, int *ret_exit)
{
    uint64_t until_ms = smk_child_now_ms() + limit_ms;
    while (!smk_child_is_over(pid, ret_exit)) {
        if (smk_child_now_ms() >= until_ms)
            return false;
        smk_child_wait(-1, LOOK_MS);
    }
    return true;
}

int smk_child_end(pid_t pid, unsigned grace_ms)
{
    int code = 0;
    (void)kill(pid, SIGTERM);
    if (await_end(pid, grace_ms, &code))
        return code;
    (void)kill(-pid, SIGKILL);
    if (!await_end(pid, END_MS, &code)) {
        code = 128 + SIGKILL; /* stuck in the kernel: nobody can do more */
        *find_place(pid) = 0;
    }
    return code;
}

void smk_child_end_all(unsigned grace_ms)
{
    for (size_t i = 0; i < CHILDREN_MAX; i++)
        if (children[i] != 0)
            (void)kill(children[i], SIGTERM);
    uint64_t until_ms = smk_child_now_ms() + grace_ms;
    for (size_t i = 0; i < CHILDREN_MAX; i++)
        if (children[i] != 0) {
            uint64_t now_ms = smk_child_now_ms();
            (void)smk_child_end(children[i], now_ms < until_ms ? (unsigned)(until_ms - now_ms) : 0);
        }
}

/* ---- collecting ---- */

/* Reads until the end of the line, the time, or a signal. 0, or an errno. */
static int read_all(int fd, uint64_t until_ms, struct smk_buf *out)
{
    uint8_t piece[16 * 1024];
    for (;;) {
        uint64_t now_ms = smk_child_now_ms();
        if (smk_child_is_interrupted())
            return EINTR;
        if (now_ms >= until_ms)
            return ETIMEDOUT;
        struct pollfd look = {.fd = fd, .events = POLLIN};
        if (poll(&look, 1, (int)(until_ms - now_ms)) <= 0)
            continue;
        ssize_t count = read(fd, piece, sizeof piece);
        if (count == 0)
            return 0;
        if (count < 0 && errno != EINTR)
            return errno;
        if (count > 0)
            smk_buf_write(out, piece, (size_t)count);
        if (out->err != SMK_OK)
            return EMSGSIZE;
    }
}

bool smk_child_collect(const char *const *argv, int err_fd, unsigned limit_ms, struct smk_buf *out,
                       int *ret_exit)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    pid_t pid = smk_child_start(argv, ends[1], err_fd);
    int failure = pid < 0 ? errno : 0;
    (void)close(ends[1]);
    if (failure == 0)
        failure = read_all(ends[0], smk_child_now_ms() + limit_ms, out);
    (void)close(ends[0]);
    if (pid > 0 && failure == 0 && !await_end(pid, limit_ms, ret_exit))
        failure = ETIMEDOUT;
    if (pid > 0 && failure != 0 && find_place(pid) != NULL)
        (void)smk_child_end(pid, 0);
    errno = failure;
    return failure == 0;
}
