#define _GNU_SOURCE /* memfd_create */
#include "tests/fuzz/scratch.h"

#include "proto/check.h"
#include "tests/support/tempdir.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static struct test_dir dir;
static struct test_path path;

static void folder_remove(void)
{
    test_dir_deinit(&dir);
}

const char *scratch_folder(void)
{
    if (dir.path[0] == '\0') {
        test_dir_init(&dir);
        int rc = atexit(folder_remove);
        SMK_ASSERT(rc == 0);
    }
    return dir.path;
}

const char *scratch_write(const char *name, struct smk_bytes bytes)
{
    (void)scratch_folder(); /* made, if it was not */
    path = test_dir_at(&dir, name);
    int fd = open(path.text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    SMK_ASSERT(fd >= 0);
    ssize_t written = bytes.len > 0 ? write(fd, bytes.data, bytes.len) : 0;
    SMK_ASSERT((size_t)written == bytes.len);
    (void)close(fd); /* a file in memory */
    return path.text;
}

static int ears = -1, mouth = -1;

void scratch_hush(void)
{
    if (ears < 0) {
        ears = memfd_create("stderr", MFD_CLOEXEC);
        mouth = dup(STDERR_FILENO);
        SMK_ASSERT(ears >= 0);
        SMK_ASSERT(mouth >= 0);
    }
    int rc = ftruncate(ears, 0);
    SMK_ASSERT(rc == 0);
    off_t at = lseek(ears, 0, SEEK_SET);
    SMK_ASSERT(at == 0);
    rc = dup2(ears, STDERR_FILENO);
    SMK_ASSERT(rc == STDERR_FILENO);
}

size_t scratch_hear(char *ret_text, size_t ret_text_max)
{
    int rc = dup2(mouth, STDERR_FILENO);
    SMK_ASSERT(rc == STDERR_FILENO);
    off_t len = lseek(ears, 0, SEEK_END);
    SMK_ASSERT(len >= 0);
    ssize_t got = pread(ears, ret_text, ret_text_max - 1, 0);
    SMK_ASSERT(got >= 0);
    ret_text[got] = '\0';
    return (size_t)len;
}
