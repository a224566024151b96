/* tests/crash/shim.c: loaded before the C library (LD_PRELOAD), it lets every call through and writes down what changed
 * files below one folder; see journal.h. A lock is held over the call and its entry, so that their order is the same;
 * entries of several processes are ordered by the locks that these hold themselves. It can also say that the folder lies
 * on another kind of file system. Other calls that change files (mmap, sendfile, copy_file_range) are not used by the
 * programs, but for LMDB's lock file, whose content does not outlive its processes. */
#define _GNU_SOURCE

#include "tests/crash/journal.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { FILES_MAX = 1024, PIECES_MAX = 8 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char below[PATH_MAX];
static size_t below_len;
static int journal = -1;
static ino_t watched[FILES_MAX]; /* by descriptor; 0 = not below the folder */

/* The next function of that name. */
#define REAL(name) ((__typeof__(&name))(uintptr_t)real_find(#name))

static void *real_find(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL)
        abort();
    return found;
}

/* Programs that are started before the folder is named do not concern the shim. */
__attribute__((constructor)) static void begin(void)
{
    const char *folder = getenv(CRASH_SHIM_BELOW), *file = getenv(CRASH_SHIM_JOURNAL);
    if (folder == NULL || strlen(folder) >= sizeof below)
        return;
    below_len = strlen(folder);
    memcpy(below, folder, below_len + 1);
    if (file != NULL)
        journal = REAL(open)(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file != NULL && journal < 0)
        abort();
}

/* What stands behind the folder's name; NULL when the path leads elsewhere. */
static const char *name_of(const char *path)
{
    if (below_len == 0 || strncmp(path, below, below_len) != 0 || path[below_len] != '/')
        return NULL;
    return path + below_len + 1;
}

static bool is_folder_itself(const char *path)
{
    return below_len > 0 && strcmp(path, below) == 0;
}

static ino_t file_of(int fd)
{
    return fd >= 0 && fd < FILES_MAX ? watched[fd] : 0;
}

/* ---- writing down ---- */

static void note(struct crash_entry entry, const char *name, const char *name2, const struct iovec *data,
                 int data_count)
{
    struct iovec piece[3 + PIECES_MAX * 16];
    int count = 0, saved = errno;
    if (journal < 0)
        return;
    entry.magic = CRASH_JOURNAL_MAGIC;
    entry.name_len = (uint16_t)(name != NULL ? strlen(name) : 0);
    entry.name2_len = (uint16_t)(name2 != NULL ? strlen(name2) : 0);
    piece[count++] = (struct iovec){&entry, sizeof entry};
    piece[count++] = (struct iovec){(void *)(uintptr_t)name, entry.name_len};
    piece[count++] = (struct iovec){(void *)(uintptr_t)name2, entry.name2_len};
    size_t left = entry.data_len, total = sizeof entry + entry.name_len + entry.name2_len + left;
    for (int i = 0; i < data_count && left > 0; i++) {
        size_t len = data[i].iov_len < left ? data[i].iov_len : left;
        if (count == (int)(sizeof piece / sizeof piece[0]))
            abort();
        piece[count++] = (struct iovec){data[i].iov_base, len};
        left -= len;
    }
    if (REAL(writev)(journal, piece, count) != (ssize_t)total)
        abort(); /* a journal with gaps proves nothing */
    errno = saved;
}

static void note_name(enum crash_op op, ino_t file, const char *name, const char *name2)
{
    note((struct crash_entry){.op = (uint32_t)op, .file = file}, name, name2, NULL, 0);
}

static void note_number(enum crash_op op, ino_t file, uint64_t number)
{
    note((struct crash_entry){.op = (uint32_t)op, .file = file, .offset = number}, NULL, NULL, NULL, 0);
}

/* `done` bytes of the pieces went to the file. */
static void note_write(int fd, off_t offset, const struct iovec *data, int count, ssize_t done)
{
    struct crash_entry entry = {
        .op = CRASH_OP_WRITE, .file = file_of(fd), .offset = (uint64_t)offset, .data_len = (uint64_t)done};
    int flags = fcntl(fd, F_GETFL);
    entry.is_synced = (flags & (O_DSYNC | O_SYNC)) != 0;
    if (done > 0)
        note(entry, NULL, NULL, data, count);
}

/* ---- opening and closing ---- */

static int open_noted(int folder, const char *path, int flags, mode_t mode)
{
    const char *name = folder == AT_FDCWD ? name_of(path) : NULL;
    struct stat before, after;
    if (name == NULL && !is_folder_itself(path))
        return REAL(openat)(folder, path, flags, mode);
    (void)pthread_mutex_lock(&lock);
    bool was_there = lstat(path, &before) == 0;
    int fd = REAL(openat)(folder, path, flags, mode);
    int saved = errno;
    if (fd >= 0 && fstat(fd, &after) == 0) {
        if (fd >= FILES_MAX)
            abort();
        watched[fd] = after.st_ino;
        if (!was_there)
            note_name(CRASH_OP_CREATE, after.st_ino, name, NULL);
        else if ((flags & O_TRUNC) != 0 && before.st_size > 0)
            note_number(CRASH_OP_SIZE, after.st_ino, 0);
    }
    (void)pthread_mutex_unlock(&lock);
    errno = saved;
    return fd;
}

static mode_t mode_of(int flags, va_list rest)
{
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return open_noted(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return open_noted(AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return open_noted(folder, path, flags, mode);
}

/* Names that the C library's own headers put in the place of open. */
int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
    return open_noted(AT_FDCWD, path, flags, 0);
}

int __open64_2(const char *path, int flags);
int __open64_2(const char *path, int flags)
{
    return open_noted(AT_FDCWD, path, flags, 0);
}

int close(int fd)
{
    if (fd >= 0 && fd < FILES_MAX)
        watched[fd] = 0;
    return REAL(close)(fd);
}

/* ---- bytes ---- */

static off_t place_of(int fd)
{
    struct stat st;
    if ((fcntl(fd, F_GETFL) & O_APPEND) != 0 && fstat(fd, &st) == 0)
        return st.st_size;
    return lseek(fd, 0, SEEK_CUR);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    struct iovec piece = {(void *)(uintptr_t)bytes, len};
    if (fd != STDOUT_FILENO && file_of(fd) == 0)
        return REAL(write)(fd, bytes, len);
    (void)pthread_mutex_lock(&lock);
    off_t offset = file_of(fd) != 0 ? place_of(fd) : 0;
    ssize_t done = REAL(write)(fd, bytes, len);
    if (file_of(fd) != 0)
        note_write(fd, offset, &piece, 1, done);
    else if (done > 0)
        note((struct crash_entry){.op = CRASH_OP_MARK, .data_len = (uint64_t)done}, NULL, NULL, &piece, 1);
    (void)pthread_mutex_unlock(&lock);
    return done;
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
    if (file_of(fd) == 0)
        return REAL(writev)(fd, pieces, count);
    (void)pthread_mutex_lock(&lock);
    off_t offset = place_of(fd);
    ssize_t done = REAL(writev)(fd, pieces, count);
    note_write(fd, offset, pieces, count, done);
    (void)pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
    struct iovec piece = {(void *)(uintptr_t)bytes, len};
    if (file_of(fd) == 0)
        return REAL(pwrite)(fd, bytes, len, offset);
    (void)pthread_mutex_lock(&lock);
    ssize_t done = REAL(pwrite)(fd, bytes, len, offset);
    note_write(fd, offset, &piece, 1, done);
    (void)pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t offset)
{
    return pwrite(fd, bytes, len, offset);
}

ssize_t pwritev(int fd, const struct iovec *pieces, int count, off_t offset)
{
    if (file_of(fd) == 0)
        return REAL(pwritev)(fd, pieces, count, offset);
    (void)pthread_mutex_lock(&lock);
    ssize_t done = REAL(pwritev)(fd, pieces, count, offset);
    note_write(fd, offset, pieces, count, done);
    (void)pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwritev64(int fd, const struct iovec *pieces, int count, off64_t offset)
{
    return pwritev(fd, pieces, count, offset);
}

/* ---- sizes ---- */

/* Takes the lock; -1 for a file that does not concern the shim. */
static off_t size_begin(int fd)
{
    struct stat st;
    (void)pthread_mutex_lock(&lock);
    return file_of(fd) != 0 && fstat(fd, &st) == 0 ? st.st_size : -1;
}

/* Notes the size that the file has now, unless it is the one that it had; lets the lock go and hands the answer on. */
static int size_end(int fd, off_t before, int answer)
{
    struct stat st;
    int saved = errno;
    if (before >= 0 && fstat(fd, &st) == 0 && st.st_size != before)
        note_number(CRASH_OP_SIZE, st.st_ino, (uint64_t)st.st_size);
    (void)pthread_mutex_unlock(&lock);
    errno = saved;
    return answer;
}

int ftruncate(int fd, off_t len)
{
    off_t before = size_begin(fd);
    return size_end(fd, before, REAL(ftruncate)(fd, len));
}

int ftruncate64(int fd, off64_t len)
{
    return ftruncate(fd, len);
}

int fallocate(int fd, int mode, off_t offset, off_t len)
{
    off_t before = size_begin(fd);
    return size_end(fd, before, REAL(fallocate)(fd, mode, offset, len));
}

int fallocate64(int fd, int mode, off64_t offset, off64_t len)
{
    return fallocate(fd, mode, offset, len);
}

int posix_fallocate(int fd, off_t offset, off_t len)
{
    off_t before = size_begin(fd);
    return size_end(fd, before, REAL(posix_fallocate)(fd, offset, len));
}

int posix_fallocate64(int fd, off64_t offset, off64_t len)
{
    return posix_fallocate(fd, offset, len);
}

/* ---- syncing ---- */

int fsync(int fd)
{
    (void)pthread_mutex_lock(&lock);
    int answer = REAL(fsync)(fd);
    if (answer == 0 && file_of(fd) != 0)
        note_number(CRASH_OP_SYNC, file_of(fd), 0);
    (void)pthread_mutex_unlock(&lock);
    return answer;
}

int fdatasync(int fd)
{
    (void)pthread_mutex_lock(&lock);
    int answer = REAL(fdatasync)(fd);
    if (answer == 0 && file_of(fd) != 0)
        note_number(CRASH_OP_SYNC, file_of(fd), 0);
    (void)pthread_mutex_unlock(&lock);
    return answer;
}

/* ---- names ---- */

int mkdir(const char *path, mode_t mode)
{
    const char *name = name_of(path);
    struct stat st;
    (void)pthread_mutex_lock(&lock);
    int answer = REAL(mkdir)(path, mode);
    int saved = errno;
    if (answer == 0 && name != NULL && lstat(path, &st) == 0)
        note_name(CRASH_OP_FOLDER, st.st_ino, name, NULL);
    (void)pthread_mutex_unlock(&lock);
    errno = saved;
    return answer;
}

/* The lock is held: notes a success, lets the lock go and hands the answer on. Both names are below the folder, or
 * neither. */
static int name_end(enum crash_op op, const char *name, const char *name2, int answer)
{
    int saved = errno;
    if (answer == 0 && name != NULL)
        note_name(op, 0, name, name2);
    (void)pthread_mutex_unlock(&lock);
    errno = saved;
    return answer;
}

int rename(const char *from, const char *to)
{
    (void)pthread_mutex_lock(&lock);
    return name_end(CRASH_OP_RENAME, name_of(from), name_of(to), REAL(rename)(from, to));
}

int link(const char *from, const char *to)
{
    (void)pthread_mutex_lock(&lock);
    return name_end(CRASH_OP_LINK, name_of(from), name_of(to), REAL(link)(from, to));
}

int unlink(const char *path)
{
    (void)pthread_mutex_lock(&lock);
    return name_end(CRASH_OP_UNLINK, name_of(path), NULL, REAL(unlink)(path));
}

int rmdir(const char *path)
{
    (void)pthread_mutex_lock(&lock);
    return name_end(CRASH_OP_UNLINK, name_of(path), NULL, REAL(rmdir)(path));
}

/* ---- kinds of file systems ---- */

int statfs(const char *path, struct statfs *ret_fs)
{
    const char *type = getenv(CRASH_SHIM_FS_TYPE);
    int answer = REAL(statfs)(path, ret_fs);
    if (answer == 0 && type != NULL && below_len > 0 && strncmp(path, below, below_len) == 0)
        ret_fs->f_type = (__fsword_t)strtoull(type, NULL, 16);
    return answer;
}

int statfs64(const char *path, struct statfs64 *ret_fs)
{
    return statfs(path, (struct statfs *)ret_fs); /* the same on 64-bit machines */
}
