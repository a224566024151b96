#include "tests/support/tempdir.h"

#include "proto/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* In memory if possible: what is tested here does not depend on a disk, and a disk syncs slowly. */
static const char *above(void)
{
    const char *chosen = getenv("TMPDIR");
    if (chosen != NULL)
        return chosen;
    return access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
}

void test_dir_init(struct test_dir *d)
{
    int n = snprintf(d->path, sizeof d->path, "%s/samaki-test-XXXXXX", above());
    SMK_ASSERT(n > 0);
    SMK_ASSERT((size_t)n < sizeof d->path);
    SMK_ASSERT(mkdtemp(d->path) != NULL);
}

/* Two floors of folders at most stand in a home; a few more do no harm. */
static void remove_all(const char *path, int floors)
{
    DIR *folder = opendir(path);
    if (folder == NULL || floors == 0)
        return;
    for (struct dirent *e = readdir(folder); e != NULL; e = readdir(folder)) {
        char inner[TEST_PATH_MAX];
        struct stat st;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        SMK_ASSERT(snprintf(inner, sizeof inner, "%s/%s", path, e->d_name) < (int)sizeof inner);
        if (lstat(inner, &st) == 0 && S_ISDIR(st.st_mode))
            remove_all(inner, floors - 1);
        else
            (void)unlink(inner); /* what stays lies in the folder for rubbish */
    }
    (void)closedir(folder);
    (void)rmdir(path);
}

void test_dir_deinit(struct test_dir *d)
{
    if (d->path[0] != 0)
        remove_all(d->path, 8);
    d->path[0] = 0;
}

struct test_path test_dir_at(const struct test_dir *d, const char *name)
{
    struct test_path p;
    int n = snprintf(p.text, sizeof p.text, "%s/%s", d->path, name);
    SMK_ASSERT(n > 0);
    SMK_ASSERT((size_t)n < sizeof p.text);
    return p;
}

void test_copy_file(const char *from, const char *to)
{
    char block[65536];
    ssize_t n;
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    SMK_ASSERT(in >= 0);
    SMK_ASSERT(out >= 0);
    while ((n = read(in, block, sizeof block)) > 0)
        SMK_ASSERT(write(out, block, (size_t)n) == n);
    SMK_ASSERT(n == 0);
    SMK_ASSERT(close(out) == 0);
    SMK_ASSERT(close(in) == 0);
}

void test_copy_folder(const char *from, const char *to)
{
    DIR *folder = opendir(from);
    SMK_ASSERT(folder != NULL);
    SMK_ASSERT(mkdir(to, 0700) == 0);
    for (struct dirent *e = readdir(folder); e != NULL; e = readdir(folder)) {
        char source[TEST_PATH_MAX], target[TEST_PATH_MAX];
        struct stat st;
        SMK_ASSERT(snprintf(source, sizeof source, "%s/%s", from, e->d_name) < (int)sizeof source);
        SMK_ASSERT(snprintf(target, sizeof target, "%s/%s", to, e->d_name) < (int)sizeof target);
        SMK_ASSERT(lstat(source, &st) == 0);
        if (S_ISREG(st.st_mode))
            test_copy_file(source, target);
    }
    SMK_ASSERT(closedir(folder) == 0);
}

size_t test_file_bytes(const char *path)
{
    struct stat st;
    SMK_ASSERT(stat(path, &st) == 0);
    return (size_t)st.st_size;
}

unsigned char test_file_peek(const char *path, size_t offset)
{
    unsigned char value;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    SMK_ASSERT(fd >= 0);
    SMK_ASSERT(pread(fd, &value, 1, (off_t)offset) == 1);
    SMK_ASSERT(close(fd) == 0);
    return value;
}

void test_file_poke(const char *path, size_t offset, unsigned char value)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    SMK_ASSERT(fd >= 0);
    SMK_ASSERT(pwrite(fd, &value, 1, (off_t)offset) == 1);
    SMK_ASSERT(close(fd) == 0);
}

void test_file_cut(const char *path, size_t bytes)
{
    SMK_ASSERT(truncate(path, (off_t)bytes) == 0);
}
