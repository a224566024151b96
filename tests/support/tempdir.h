/* tests/support/tempdir.h: a folder of its own for one test, removed with all that is in it.
 *
 * Shape    under $TMPDIR, else /dev/shm, else /tmp. What cannot fail in a test stops the program.
 * Memory   by value.   Secrets  none.   Threads  one at a time per object.
 */
#ifndef SMK_TESTS_SUPPORT_TEMPDIR_H
#define SMK_TESTS_SUPPORT_TEMPDIR_H

#include <stddef.h>

enum { TEST_PATH_MAX = 512 };

struct test_dir {
    char path[TEST_PATH_MAX];
};

struct test_path {
    char text[TEST_PATH_MAX];
};

void test_dir_init(struct test_dir *d);
void test_dir_deinit(struct test_dir *d); /* removes it; works on a zeroed object */

/* PATH/name, by value so that it may stand in an argument. */
struct test_path test_dir_at(const struct test_dir *d, const char *name);

void test_copy_file(const char *from, const char *to);
/* Makes the folder `to` and copies the plain files of the folder `from`; folders inside are left out. */
void test_copy_folder(const char *from, const char *to);
size_t test_file_bytes(const char *path);
/* Reads or writes one byte at an offset. */
unsigned char test_file_peek(const char *path, size_t offset);
void test_file_poke(const char *path, size_t offset, unsigned char value);
void test_file_cut(const char *path, size_t bytes);

#endif
