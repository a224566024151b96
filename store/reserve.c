#include "store/reserve.h"

#include "store/dbfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { BLOCK_BYTES = 4096, TRIES_MAX = 8 };

static bool is_there(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
}

/* How large it is to be on this disk; 0 when the disk has not twice that room. */
static uint64_t size_for(const char *folder)
{
    struct statvfs disk;
    if (statvfs(folder, &disk) != 0)
        return 0;
    uint64_t whole = (uint64_t)disk.f_blocks * disk.f_frsize, room = (uint64_t)disk.f_bavail * disk.f_frsize;
    uint64_t size = SMK_RESERVE_BYTES;
    if (whole > 0 && whole / SMK_RESERVE_DISK_PARTS < size)
        size = whole / SMK_RESERVE_DISK_PARTS / BLOCK_BYTES * BLOCK_BYTES;
    return room / 2 >= size ? size : 0;
}

/* Beyond the limit of a process the kernel answers with a signal. */
static bool may_write(uint64_t size)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= size;
}

static bool fill(int fd, uint64_t size)
{
    int err = EINTR;
    for (int i = 0; i < TRIES_MAX && err == EINTR; i++)
        err = posix_fallocate(fd, 0, (off_t)size);
    return err == 0;
}

static bool make(const char *folder, const char *path, uint64_t size)
{
    char fresh[SMK_DB_PATH_MAX];
    if (!smk_db_join(folder, "reserve.new", fresh) || (unlink(fresh) != 0 && errno != ENOENT))
        return false;
    int fd = open(fresh, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool is_made = fill(fd, size);
    (void)close(fd); /* nothing was written that matters */
    is_made = is_made && rename(fresh, path) == 0;
    if (!is_made)
        (void)unlink(fresh); /* what stays is cleared away by the next attempt */
    return is_made;
}

bool smk_reserve_keep(const char *folder)
{
    char path[SMK_DB_PATH_MAX];
    if (!smk_db_join(folder, "reserve", path))
        return false;
    if (is_there(path) || !may_write(SMK_RESERVE_BYTES))
        return true;
    uint64_t size = size_for(folder);
    return size > 0 && make(folder, path, size);
}

bool smk_reserve_give_up(const char *folder)
{
    char path[SMK_DB_PATH_MAX];
    return smk_db_join(folder, "reserve", path) && unlink(path) == 0;
}
