/* tools/coalition_child.h: programs that the coalition starts, watches and ends.
 *
 * Shape    every child has a process group of its own and is killed by the kernel when this program dies; all that
 *          still run are ended by smk_child_end_all.
 * Memory   pids in a static table.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_COALITION_CHILD_H
#define SMK_TOOLS_COALITION_CHILD_H

#include "proto/bytes.h"

#include <sys/types.h>

/* From now on SIGINT, SIGTERM and SIGHUP are remembered instead of ending this program. */
void smk_child_watch_signals(void);
bool smk_child_is_interrupted(void);

/* Monotonic milliseconds. */
uint64_t smk_child_now_ms(void);
/* Waits until fd (-1: nothing) can be read, a signal comes, or the time is over. */
void smk_child_wait(int fd, unsigned timeout_ms);

/* Starts argv[0], a path; reads nothing from standard input. out_fd and err_fd stay the caller's. argv ends with NULL.
 * Returns -1 when the machine gives no process. */
pid_t smk_child_start(const char *const *argv, int out_fd, int err_fd);
/* As fork, for a child that runs code of this program; it must end with _exit. */
pid_t smk_child_fork(void);

/* True when it has ended: exit code, or 128 + signal. It is then forgotten. */
bool smk_child_is_over(pid_t pid, int *ret_exit);
/* SIGTERM, and SIGKILL when that does not end it in time. Returns the exit code as above. */
int smk_child_end(pid_t pid, unsigned grace_ms);
void smk_child_end_all(unsigned grace_ms);

/* Runs a program to its end and collects what it prints. False when it could not be run, printed more than out takes,
 * was interrupted, or took longer than limit_ms and was ended; errno then says why (ETIMEDOUT, EINTR, EMSGSIZE, ...). */
bool smk_child_collect(const char *const *argv, int err_fd, unsigned limit_ms, struct smk_buf *out,
                       int *ret_exit);

#endif
