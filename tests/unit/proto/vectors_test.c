#include "tests/support/vectors.h"

#include "proto/hash.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* SMK_WRITE_VECTORS=1 writes the files anew: only ever together with a change of PROTOCOL.md and of a version. */

enum { FILE_BYTES_MAX = 1 << 20 };

static FILE *open_file(size_t file, const char *mode)
{
    const char *root = getenv("SMK_ROOT");
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/tests/vectors/%s", root != NULL ? root : ".",
                       test_vectors_name(file));
    cr_assert(lt(int, len, (int)sizeof path));
    FILE *f = fopen(path, mode);
    cr_assert(ne(ptr, f, NULL), "%s", path);
    return f;
}

static void write_file(size_t file, struct smk_bytes content)
{
    FILE *f = open_file(file, "wb");
    cr_assert(eq(sz, fwrite(content.data, 1, content.len, f), content.len));
    cr_assert(eq(int, fclose(f), 0));
}

Test(vectors, are_reproduced_byte_for_byte)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    char *found = malloc(FILE_BYTES_MAX);
    cr_assert(ne(ptr, found, NULL));
    for (size_t i = 0; i < TEST_VECTOR_FILES; i++) {
        struct smk_buf b = {.max = FILE_BYTES_MAX};
        test_vectors_write(i, &b);
        if (getenv("SMK_WRITE_VECTORS") != NULL)
            write_file(i, smk_buf_view(&b));
        FILE *f = open_file(i, "rb");
        size_t len = fread(found, 1, FILE_BYTES_MAX, f);
        cr_assert(eq(int, fclose(f), 0));
        cr_assert(eq(sz, len, b.len), "%s", test_vectors_name(i));
        cr_assert(eq(int, memcmp(found, b.data, len), 0), "%s", test_vectors_name(i));
        smk_buf_deinit(&b);
    }
    free(found);
}
