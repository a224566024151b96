/* tests/e2e/broken_clock.c: a library to preload: the n-th look at a clock fails, n from 0 on in $BROKEN_CLOCK. */
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* In place of the system's. Nobody looks in two threads at once here. */
int clock_gettime(clockid_t clock, struct timespec *ret_now)
{
    static long seen;
    const char *nth = getenv("BROKEN_CLOCK");
    if (nth == NULL || seen++ != strtol(nth, NULL, 10))
        return (int)syscall(SYS_clock_gettime, clock, ret_now);
    errno = EINVAL;
    return -1;
}
