#define _GNU_SOURCE /* pipe2 */

#include "tests/crash/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TEXT_BYTES_MAX = 256 * 1024 * 1024, LOOK_MS = 2, LINES_KEPT_BYTES = 64 * 1024 };

uint64_t crash_now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail on Linux */
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void run(const char *const *argv, const char *log_path, int out, pid_t parent)
{
    int in = open("/dev/null", O_RDONLY);
    int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent || in < 0 || log < 0 ||
        dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0)
        _exit(127);
    union {
        const char *const *given;
        char *const *wanted;
    } words = {.given = argv}; /* execv promises not to change them, its type does not say so */
    (void)setpgid(0, 0);
    (void)execv(argv[0], words.wanted);
    _exit(127);
}

bool crash_child_start(const char *const *argv, const char *log_path, struct crash_child *ret_child)
{
    int ends[2];
    pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0) {
        (void)fprintf(stderr, "crash_kill: no pipe: %s\n", strerror(errno));
        return false;
    }
    pid_t pid = fork();
    if (pid == 0)
        run(argv, log_path, ends[1], parent);
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        (void)fprintf(stderr, "crash_kill: %s could not be started: %s\n", argv[0], strerror(errno));
        return false;
    }
    (void)setpgid(pid, pid); /* whichever of the two comes first */
    *ret_child = (struct crash_child){.pid = pid, .out = ends[0], .text = {.max = TEXT_BYTES_MAX}};
    return true;
}

/* ---- reading ---- */

static bool take_line(struct crash_child *child, const char **ret_line)
{
    if (child->taken == child->text.len)
        return false;
    char *from = (char *)child->text.data + child->taken;
    char *end = memchr(from, '\n', child->text.len - child->taken);
    if (end == NULL)
        return false;
    *end = 0;
    child->taken += (size_t)(end - from) + 1;
    *ret_line = from;
    return true;
}

enum crash_line crash_child_read(struct crash_child *child, uint64_t until_us, const char **ret_line)
{
    uint8_t piece[16 * 1024];
    for (;;) {
        if (take_line(child, ret_line))
            return CRASH_LINE_WHOLE;
        if (child->taken > LINES_KEPT_BYTES) {
            smk_buf_drop(&child->text, child->taken);
            child->taken = 0;
        }
        uint64_t now_us = crash_now_us();
        struct timespec wait = {0};
        if (now_us < until_us)
            wait = (struct timespec){.tv_sec = (time_t)((until_us - now_us) / 1000000),
                                     .tv_nsec = (long)((until_us - now_us) % 1000000 * 1000)};
        struct pollfd look = {.fd = child->out, .events = POLLIN};
        if (child->out < 0)
            return CRASH_LINE_END;
        if (ppoll(&look, 1, &wait, NULL) <= 0)
            return CRASH_LINE_NOT_YET;
        ssize_t count = read(child->out, piece, sizeof piece);
        if (count > 0)
            smk_buf_write(&child->text, piece, (size_t)count);
        if (count == 0 || (count < 0 && errno != EINTR) || child->text.err != SMK_OK) {
            (void)close(child->out);
            child->out = -1;
        }
    }
}

/* ---- ending ---- */

/* True when it has ended. */
static bool reap(struct crash_child *child, int *ret_code)
{
    int status;
    pid_t answer = waitpid(child->pid, &status, WNOHANG);
    if (answer == 0 || (answer < 0 && errno == EINTR))
        return false;
    *ret_code = answer < 0 ? 127 : WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    child->pid = 0;
    return true;
}

bool crash_child_kill(struct crash_child *child)
{
    int status;
    pid_t pid = child->pid;
    if (pid == 0)
        return false;
    (void)kill(-pid, SIGKILL); /* with whatever it started itself */
    child->pid = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

int crash_child_wait(struct crash_child *child, unsigned limit_ms)
{
    uint64_t until_us = crash_now_us() + (uint64_t)limit_ms * 1000;
    int code = -1;
    while (child->pid != 0 && !reap(child, &code)) {
        if (crash_now_us() >= until_us) {
            (void)crash_child_kill(child);
            return -1;
        }
        (void)poll(NULL, 0, LOOK_MS);
    }
    return code;
}

bool crash_child_is_alive(struct crash_child *child)
{
    int code;
    return child->pid != 0 && !reap(child, &code);
}

void crash_child_end(struct crash_child *child)
{
    (void)crash_child_kill(child);
    if (child->out > 0)
        (void)close(child->out);
    smk_buf_deinit(&child->text);
    *child = (struct crash_child){.out = -1};
}
