/* tests/crash/child.h: a program that is watched line by line, and may be killed at any instant.
 *
 * Shape    one pipe from its standard output; its standard error goes to a log file. It dies with the test.
 * Memory   crash_child_end releases.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TESTS_CRASH_CHILD_H
#define SMK_TESTS_CRASH_CHILD_H

#include "proto/bytes.h"

#include <sys/types.h>

struct crash_child {
    pid_t pid; /* 0 = none runs */
    int out;   /* what it prints; -1 = closed */
    struct smk_buf text;
    size_t taken; /* bytes of text that were handed out as lines */
};

/* Monotonic microseconds. */
uint64_t crash_now_us(void);

/* Starts argv[0], a path; argv ends with NULL. False, having said why, when the machine refuses. */
bool crash_child_start(const char *const *argv, const char *log_path, struct crash_child *ret_child);

enum crash_line { CRASH_LINE_WHOLE, CRASH_LINE_NOT_YET, CRASH_LINE_END };
/* The next whole line (without its break), waited for until the instant given. A line is BORROWED until the next call. A
 * line without its break is no line: whoever was killed in the middle of printing it has said nothing. */
enum crash_line crash_child_read(struct crash_child *child, uint64_t until_us, const char **ret_line);

/* SIGKILL. What it has printed can still be read. True when it was alive until then. */
bool crash_child_kill(struct crash_child *child);
/* Waits for its end; the exit code, 128 + signal, or -1 when it was still running then (and was killed). */
int crash_child_wait(struct crash_child *child, unsigned limit_ms);
/* Whether it runs; reaps it when it does not. */
bool crash_child_is_alive(struct crash_child *child);
/* Kills it if it runs, and releases; works on a zeroed object. */
void crash_child_end(struct crash_child *child);

#endif
