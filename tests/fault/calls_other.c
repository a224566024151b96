/* Threads, processes, and what gives a descriptor. */
#define _GNU_SOURCE

#include "tests/fault/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define NEXT(name)                 \
    static __typeof__(&name) next; \
    if (next == NULL)              \
    next = (__typeof__(&name))(uintptr_t)calls_next(#name)

/* ---- threads: these answer with the error ---- */

int pthread_create(pthread_t *ret_thread, const pthread_attr_t *attr, void *(*fn)(void *), void *ctx)
{
    NEXT(pthread_create);
    return calls_hit(CALL_THREAD, "pthread_create") ? EAGAIN : next(ret_thread, attr, fn, ctx);
}

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attr)
{
    NEXT(pthread_mutex_init);
    return calls_hit(CALL_THREAD, "pthread_mutex_init") ? EAGAIN : next(mutex, attr);
}

int pthread_rwlock_init(pthread_rwlock_t *lock, const pthread_rwlockattr_t *attr)
{
    NEXT(pthread_rwlock_init);
    return calls_hit(CALL_THREAD, "pthread_rwlock_init") ? EAGAIN : next(lock, attr);
}

/* ---- processes ---- */

pid_t fork(void)
{
    NEXT(fork);
    if (calls_hit(CALL_PROCESS, "fork"))
        return -1;
    pid_t child = next();
    if (child == 0) /* it is this process that is looked at */
        calls_over();
    return child;
}

int pipe(int ends[2])
{
    NEXT(pipe);
    return calls_hit(CALL_PROCESS, "pipe") ? -1 : next(ends);
}

int pipe2(int ends[2], int flags)
{
    NEXT(pipe2);
    return calls_hit(CALL_SOCKET, "pipe2") ? -1 : next(ends, flags);
}

/* ---- descriptors ---- */

int socket(int family, int type, int protocol)
{
    NEXT(socket);
    return calls_hit(CALL_SOCKET, "socket") ? -1 : next(family, type, protocol);
}

int epoll_create1(int flags)
{
    NEXT(epoll_create1);
    return calls_hit(CALL_SOCKET, "epoll_create1") ? -1 : next(flags);
}

int eventfd(unsigned count, int flags)
{
    NEXT(eventfd);
    return calls_hit(CALL_SOCKET, "eventfd") ? -1 : next(count, flags);
}
