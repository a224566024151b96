#define _GNU_SOURCE /* getdents64 */

#include "tests/support/tidy.h"

#include "proto/check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS_MAX = 100, ENTRIES_BYTES = 4096, STAT_BYTES = 512, REMOVALS_MAX = 5 };

static const char *volatile folder;
static void (*volatile call_first)(void);
static volatile pid_t owner;

/* ---- what this program has started: only what a signal handler may call ---- */

static long number_at(const char *text)
{
    long number = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        number = number * 10 + (*text - '0');
    return number;
}

/* /proc/PID/stat is 'PID (NAME) STATE PARENT ...', and NAME may hold anything. */
static bool is_child(int proc, const char *pid)
{
    char path[32] = {0}, text[STAT_BYTES];
    size_t len = strlen(pid);
    if (len > 10)
        return false;
    memcpy(path, pid, len);
    memcpy(path + len, "/stat", sizeof "/stat");
    int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
    ssize_t count = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0)
        (void)close(fd);
    text[count > 0 ? count : 0] = 0;
    const char *name_end = strrchr(text, ')');
    return name_end != NULL && strlen(name_end) > 4 && number_at(name_end + 4) == (long)getpid();
}

/* Kills the children that there are now, those that have ended and wait to be reaped among them; how many. */
static size_t children_kill(void)
{
    _Alignas(struct dirent64) char entries[ENTRIES_BYTES];
    size_t count = 0;
    ssize_t len;
    int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (proc >= 0 && (len = getdents64(proc, entries, sizeof entries)) > 0)
        for (ssize_t at = 0; at < len;) {
            const struct dirent64 *e = (const void *)(entries + at);
            at += e->d_reclen;
            if (e->d_name[0] < '1' || e->d_name[0] > '9' || !is_child(proc, e->d_name))
                continue;
            (void)kill((pid_t)number_at(e->d_name), SIGKILL);
            count++;
        }
    if (proc >= 0)
        (void)close(proc);
    return count;
}

/* Grandchildren become children when their parents die: until there is nobody left. */
static void children_end(void)
{
    for (int i = 0; i < ROUNDS_MAX; i++) {
        size_t count = children_kill();
        if (count == 0)
            return;
        for (; count > 0; count--)
            (void)waitpid(-1, NULL, 0);
    }
}

/* ---- the folder ---- */

static bool folder_remove(const char *path)
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        (void)execl("/bin/rm", "rm", "-rf", "--", path, (char *)NULL);
        _exit(127);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status == 0;
}

void test_tidy_now(void)
{
    const char *path = folder;
    if (getpid() != owner) /* a child that has inherited the handler only ends */
        return;
    if (call_first != NULL)
        call_first();
    children_end();
    for (int i = 0; i < REMOVALS_MAX && path != NULL; i++) /* another thread may still be making files */
        if (folder_remove(path))
            return;
}

static void on_signal(int number)
{
    (void)signal(number, SIG_DFL);
    test_tidy_now();
    (void)raise(number); /* it comes when this returns */
}

void test_tidy_begin(void (*first)(void))
{
    static const int ending[] = {SIGHUP, SIGINT, SIGTERM};
    struct sigaction action = {.sa_handler = on_signal};
    SMK_ASSERT(sigemptyset(&action.sa_mask) == 0);
    owner = getpid();
    call_first = first;
    SMK_ASSERT(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++)
        SMK_ASSERT(sigaddset(&action.sa_mask, ending[i]) == 0);
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++) {
        struct sigaction before;
        SMK_ASSERT(sigaction(ending[i], NULL, &before) == 0);
        if (before.sa_handler != SIG_IGN) /* in the background a shell has SIGINT ignored */
            SMK_ASSERT(sigaction(ending[i], &action, NULL) == 0);
    }
}

void test_tidy_folder(const char *path)
{
    folder = path;
}
