/* Files: opening, bytes, sizes, maps, names, questions, locks. */
#define _GNU_SOURCE

#include "tests/fault/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

/* The next function of that name, looked up once in each definition. */
#define NEXT(name)                 \
    static __typeof__(&name) next; \
    if (next == NULL)              \
    next = (__typeof__(&name))(uintptr_t)calls_next(#name)

/* ---- opening and closing ---- */

static bool open_is_hit(const char *path, const char *function)
{
    return calls_is_path_ours(path) && calls_hit(CALL_OPEN, function);
}

#define OPENING(name)                                                                  \
    int name(const char *path, int flags, ...)                                         \
    {                                                                                  \
        NEXT(name);                                                                    \
        va_list rest;                                                                  \
        va_start(rest, flags);                                                         \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0; \
        va_end(rest);                                                                  \
        return open_is_hit(path, #name) ? -1 : next(path, flags, mode);                \
    }

OPENING(open)
OPENING(open64)

FILE *fopen(const char *path, const char *mode)
{
    NEXT(fopen);
    return open_is_hit(path, "fopen") ? NULL : next(path, mode);
}

int close(int fd)
{
    NEXT(close);
    bool is_hit = calls_hit(CALL_CLOSE, "close");
    int saved = errno, answer = next(fd);
    if (is_hit)
        errno = saved;
    return is_hit ? -1 : answer;
}

/* ---- bytes ---- */

/* An eventfd gives and takes always, and libuv relies on that. */
static bool is_event(int fd)
{
    struct stat st;
    static __typeof__(&fstat) look;
    if (look == NULL)
        look = (__typeof__(&fstat))(uintptr_t)calls_next("fstat");
    return look(fd, &st) == 0 && (st.st_mode & S_IFMT) == 0;
}

ssize_t read(int fd, void *bytes, size_t len)
{
    NEXT(read);
    return !is_event(fd) && calls_hit_part(CALL_READ, "read", &len) ? -1 : next(fd, bytes, len);
}

ssize_t pread(int fd, void *bytes, size_t len, off_t offset)
{
    NEXT(pread);
    return calls_hit_part(CALL_READ, "pread", &len) ? -1 : next(fd, bytes, len, offset);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    NEXT(write);
    return !is_event(fd) && calls_hit_part(CALL_WRITE, "write", &len) ? -1 : next(fd, bytes, len);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
    NEXT(pwrite);
    return calls_hit_part(CALL_WRITE, "pwrite", &len) ? -1 : next(fd, bytes, len, offset);
}

static size_t bytes_of(const struct iovec *pieces, int count)
{
    size_t len = 0;
    for (int i = 0; i < count; i++)
        len += pieces[i].iov_len;
    return len;
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
    NEXT(writev);
    size_t whole = bytes_of(pieces, count), len = whole;
    if (calls_hit_part(CALL_WRITE, "writev", &len))
        return -1;
    if (len == whole)
        return next(fd, pieces, count);
    struct iovec first = {pieces[0].iov_base, len < pieces[0].iov_len ? len : pieces[0].iov_len};
    return next(fd, &first, 1);
}

int fsync(int fd)
{
    NEXT(fsync);
    return calls_hit(CALL_SYNC, "fsync") ? -1 : next(fd);
}

int fdatasync(int fd)
{
    NEXT(fdatasync);
    return calls_hit(CALL_SYNC, "fdatasync") ? -1 : next(fd);
}

int msync(void *at, size_t len, int flags)
{
    NEXT(msync);
    return calls_hit(CALL_SYNC, "msync") ? -1 : next(at, len, flags);
}

/* ---- sizes and maps ---- */

int ftruncate(int fd, off_t len)
{
    NEXT(ftruncate);
    return calls_hit(CALL_SIZE, "ftruncate") ? -1 : next(fd, len);
}

static bool is_reserve(int fd)
{
    char link_name[64], path[PATH_MAX];
    (void)snprintf(link_name, sizeof link_name, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link_name, path, sizeof path - 1);
    path[len > 0 ? len : 0] = 0;
    return !calls_is_path_ours(path);
}

/* It answers with the error and leaves errno alone. */
int posix_fallocate(int fd, off_t offset, off_t len)
{
    NEXT(posix_fallocate);
    return !is_reserve(fd) && calls_hit(CALL_SIZE, "posix_fallocate") ? errno : next(fd, offset, len);
}

void *mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
    NEXT(mmap);
    if (calls_hit(CALL_MAP, "mmap"))
        return MAP_FAILED;
    void *made = next(at, len, protection, flags, fd, offset);
    calls_note_map(made != MAP_FAILED ? 1 : 0);
    return made;
}

int munmap(void *at, size_t len)
{
    NEXT(munmap);
    int answer = next(at, len);
    calls_note_map(answer == 0 ? -1 : 0);
    return answer;
}

/* ---- names ---- */

int rename(const char *from, const char *to)
{
    NEXT(rename);
    return calls_is_path_ours(from) && calls_hit(CALL_NAME, "rename") ? -1 : next(from, to);
}

int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags)
{
    NEXT(renameat2);
    return calls_is_path_ours(from) && calls_hit(CALL_NAME, "renameat2")
               ? -1
               : next(from_at, from, to_at, to, flags);
}

int link(const char *from, const char *to)
{
    NEXT(link);
    return calls_is_path_ours(from) && calls_hit(CALL_NAME, "link") ? -1 : next(from, to);
}

int mkdir(const char *path, mode_t mode)
{
    NEXT(mkdir);
    return calls_is_path_ours(path) && calls_hit(CALL_NAME, "mkdir") ? -1 : next(path, mode);
}

int unlink(const char *path)
{
    NEXT(unlink);
    return calls_is_path_ours(path) && calls_hit(CALL_UNLINK, "unlink") ? -1 : next(path);
}

int rmdir(const char *path)
{
    NEXT(rmdir);
    return calls_is_path_ours(path) && calls_hit(CALL_UNLINK, "rmdir") ? -1 : next(path);
}

/* ---- questions ---- */

#define LOOKING(name, what)                                                                           \
    int name(const char *path, struct what *ret_##what)                                               \
    {                                                                                                 \
        NEXT(name);                                                                                   \
        return calls_is_path_ours(path) && calls_hit(CALL_LOOK, #name) ? -1 : next(path, ret_##what); \
    }

LOOKING(stat, stat)
LOOKING(lstat, stat)
LOOKING(statfs, statfs)
LOOKING(statvfs, statvfs)

int fstat(int fd, struct stat *ret_stat)
{
    NEXT(fstat);
    return calls_hit(CALL_LOOK, "fstat") ? -1 : next(fd, ret_stat);
}

int access(const char *path, int mode)
{
    NEXT(access);
    return calls_is_path_ours(path) && calls_hit(CALL_LOOK, "access") ? -1 : next(path, mode);
}

/* ---- locks, random bytes ---- */

int flock(int fd, int operation)
{
    NEXT(flock);
    return calls_hit(CALL_LOCK, "flock") ? -1 : next(fd, operation);
}

#define CONTROLLING(name)                                                                 \
    int name(int fd, int command, ...)                                                    \
    {                                                                                     \
        NEXT(name);                                                                       \
        va_list rest;                                                                     \
        va_start(rest, command);                                                          \
        void *argument = va_arg(rest, void *);                                            \
        va_end(rest);                                                                     \
        bool is_lock = command == F_SETLK || command == F_SETLKW || command == F_GETLK;   \
        return is_lock && calls_hit(CALL_LOCK, #name) ? -1 : next(fd, command, argument); \
    }

CONTROLLING(fcntl)
CONTROLLING(fcntl64)

ssize_t getrandom(void *bytes, size_t len, unsigned flags)
{
    NEXT(getrandom);
    return calls_hit(CALL_RANDOM, "getrandom") ? -1 : next(bytes, len, flags);
}
