/* Stands in the place of libFuzzer in ordinary builds: gives every file of the folders on its command line to the
 * target, each in a heap block of exactly its size. Finding no file at all is a failure. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/one.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static bool replay_file(const char *path)
{
    struct smk_buf b = {.max = FUZZ_HEAP_BYTES_MAX};
    uint8_t piece[4096];
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    for (size_t len; (len = fread(piece, 1, sizeof piece, file)) > 0;)
        smk_buf_write(&b, piece, len);
    bool is_read = ferror(file) == 0 && b.err == SMK_OK;
    fclose(file);
    if (is_read) {
        struct fuzz_block exact = fuzz_block_of(smk_buf_view(&b));
        smk_buf_deinit(&b);
        LLVMFuzzerTestOneInput(exact.data, exact.len);
        fuzz_block_drop(&exact);
    }
    smk_buf_deinit(&b);
    return is_read;
}

/* How many files there were; -1 when one cannot be read. */
static long replay_folder(const char *folder)
{
    long count = 0;
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return -1;
    for (struct dirent *entry; count >= 0 && (entry = readdir(dir)) != NULL;) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        int len = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        bool fits = len > 0 && (size_t)len < sizeof path;
        count = fits && replay_file(path) ? count + 1 : -1;
    }
    closedir(dir);
    return count;
}

int main(int argc, char **argv)
{
    long inputs = 0;
    LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        long count = replay_folder(argv[i]);
        if (count < 0) {
            fprintf(stderr, "replay: %s: cannot be read\n", argv[i]);
            return 1;
        }
        inputs += count;
    }
    printf("%ld inputs\n", inputs);
    if (inputs == 0)
        fprintf(stderr, "replay: no input: usage: %s FOLDER...\n", argv[0]);
    return inputs > 0 ? 0 : 1;
}
