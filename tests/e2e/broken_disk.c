/* tests/e2e/broken_disk.c: a library to preload: syncing fails as on a dying disk, once $BROKEN_DISK names a file. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int sync_fails(void)
{
    const char *sign = getenv("BROKEN_DISK");
    if (sign == NULL || access(sign, F_OK) != 0)
        return 0;
    errno = EIO;
    return 1;
}

/* In place of the system's; nobody but the store syncs in these programs. */
int fdatasync(int fd)
{
    return sync_fails() ? -1 : fsync(fd);
}
